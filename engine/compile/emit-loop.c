/* Whole loops in C: where the body is small, calling its steps one by one would cost more than they
 * do.
 *
 * The steps of the body stand in blocks, each with operands of its own; between two rows only
 * pointers move, as run/loop.c moves them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/emit-private.h"

#define ALIGNMENT 64
/* Of one row: from here on steps are worth sharing out among threads. */
#define MAX_FLOPS 2e5
#define MAX_BYTES 1e6
/* Of all rows, some 50 ms: until they are done nobody can stop them. */
#define MAX_TOTAL_FLOPS 1e9
/* A longer constant is data, not text. */
#define MAX_CONSTANT 16

typedef struct
{
  WeftWriter        *writer;
  const WeftStep    *step;
  const WeftBodies  *bodies;
  const WeftProgram *body;
} Loop;

/* ---- What has a text ---- */

static gboolean
body_step_has_text (const WeftStep *step)
{
  if (step->kind == WEFT_STEP_LOOP)
    return FALSE;
  if (step->kind == WEFT_STEP_TILES && step->partials != WEFT_NOBODY && step->piece_rows > 0)
    return FALSE;
  for (guint i = 0; i < step->n_ops; i++)
    if (step->ops[i].op == WEFT_TILE_PICK)
      return FALSE;
  return step->kind == WEFT_STEP_COPY || weft_emit_has_work (step);
}

static gboolean
constants_are_short (const WeftProgram *body)
{
  for (guint i = 0; i < body->n_constants; i++)
    if (body->constants[i]->n_elements > MAX_CONSTANT)
      return FALSE;
  return TRUE;
}

/* weft_emit_has_loop:
 *
 * Returns: whether weft_emit_loop can write @step, and should.
 */
gboolean
weft_emit_has_loop (const WeftStep *step)
{
  const WeftProgram *body;

  if (step->kind != WEFT_STEP_LOOP || step->bodies->until != WEFT_NOBODY ||
      step->bodies->n_rows == 0)
    return FALSE;
  body = step->bodies->programs[0];
  if (body->flops > MAX_FLOPS || body->flops * step->bodies->n_rows > MAX_TOTAL_FLOPS ||
      body->bytes > MAX_BYTES || body->n_random > 0 || !constants_are_short (body))
    return FALSE;
  for (guint i = 0; i < body->n_steps; i++)
    if (!body_step_has_text (&body->steps[i]))
      return FALSE;
  return TRUE;
}

/* ---- Places ---- */

/* Where operand @operand of the body is. */
static char *
place_of (const Loop *loop, const WeftOperand *operand)
{
  const WeftSlot *slot = &loop->body->slots[operand->slot];
  gssize          offset = operand->offset * (gssize) weft_dtype_size (slot->dtype);

  switch (slot->kind)
    {
    case WEFT_SLOT_INPUT:
      return g_strdup_printf ("i%u + %" G_GSSIZE_FORMAT, slot->index, offset);
    case WEFT_SLOT_OUTPUT:
      return g_strdup_printf ("o%u + %" G_GSSIZE_FORMAT, slot->index, offset);
    case WEFT_SLOT_CONSTANT:
      return g_strdup_printf ("(char *) c%u + %" G_GSSIZE_FORMAT, slot->index, offset);
    case WEFT_SLOT_ARENA:
    case WEFT_SLOT_SHARED:
      break;
    }
  return g_strdup_printf ("room + %" G_GSSIZE_FORMAT, (gssize) slot->offset + offset);
}

static gsize
pitch (const WeftBodyResult *result)
{
  return (result->bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* ---- Before and after the rows ---- */

static void
emit_constants (const Loop *loop)
{
  for (guint i = 0; i < loop->body->n_constants; i++)
    {
      const WeftArray *array = loop->body->constants[i];
      g_autoptr (GString) numbers = g_string_new (NULL);

      for (gint64 k = 0; k < array->n_elements; k++)
        {
          g_autofree char *number = weft_text_number (weft_array_get (array, k), array->dtype);

          g_string_append_printf (numbers, "%s%s", k > 0 ? ", " : "", number);
        }
      weft_writer_line (loop->writer, "const %s c%u[] = { %s };", weft_text_type (array->dtype), i,
                        array->n_elements > 0 ? numbers->str : "0");
    }
}

/* Bytes from row to row of sequence @i. */
static gssize
advance_of (const Loop *loop, guint i)
{
  return loop->step->in[i].strides[0] *
         (gssize) weft_dtype_size (loop->body->slots[i].dtype) *
         (loop->bodies->backwards ? -1 : 1);
}

static void
emit_inputs (const Loop *loop)
{
  const WeftBodies *bodies = loop->bodies;

  for (guint i = 0; i < loop->step->n_in; i++)
    {
      gssize start = i < bodies->n_sequences && bodies->backwards
                       ? -(bodies->n_rows - 1) * advance_of (loop, i)
                       : 0;

      weft_writer_line (loop->writer, "char *i%u = at[%u] + %" G_GSSIZE_FORMAT ";", i, i, start);
    }
  weft_writer_line (loop->writer, "char *const room = at[%u];",
                    loop->step->n_in + bodies->workspace);
}

/* A state that the body writes over starts as a copy of its initial value. */
static void
emit_initial_states (const Loop *loop)
{
  const WeftBodies *bodies = loop->bodies;

  for (guint i = 0; i < bodies->n_results[0]; i++)
    {
      const WeftBodyResult *result = &bodies->results[0][i];
      guint                 state = bodies->n_sequences + result->state;

      if (!result->in_place)
        continue;
      if (result->ring_rows > 0)
        weft_writer_line (loop->writer, "char *const s%u = room + %" G_GSIZE_FORMAT ";", i,
                          result->ring_offset);
      else
        weft_writer_line (loop->writer, "char *const s%u = at[%u];", i,
                          loop->step->n_in + result->last);
      weft_writer_line (loop->writer,
                        "if (s%u != i%u) __builtin_memcpy (s%u, i%u, %" G_GSIZE_FORMAT ");", i,
                        state, i, state, result->bytes);
      weft_writer_line (loop->writer, "i%u = s%u;", state, i);
    }
}

static void
emit_end (const Loop *loop)
{
  const WeftBodies *bodies = loop->bodies;

  for (guint i = 0; i < bodies->n_results[0]; i++)
    {
      const WeftBodyResult *result = &bodies->results[0][i];
      guint                 last = loop->step->n_in + result->last;
      guint                 state = bodies->n_sequences + result->state;

      if (result->last != WEFT_NOBODY)
        weft_writer_line (loop->writer,
                          "if (at[%u] != i%u) __builtin_memcpy (at[%u], i%u, %" G_GSIZE_FORMAT ");",
                          last, state, last, state, result->bytes);
    }
  if (bodies->count != WEFT_NOBODY)
    weft_writer_line (loop->writer, "*(long long *) at[%u] = %" G_GINT64_FORMAT ";",
                      loop->step->n_in + bodies->count, bodies->n_rows);
}

/* ---- A row ---- */

static void
emit_outputs (const Loop *loop)
{
  const WeftBodies *bodies = loop->bodies;

  for (guint i = 0; i < bodies->n_results[0]; i++)
    {
      const WeftBodyResult *result = &bodies->results[0][i];

      if (result->rows != WEFT_NOBODY)
        weft_writer_line (loop->writer, "char *const o%u = at[%u] + row * %" G_GSIZE_FORMAT ";", i,
                          loop->step->n_in + result->rows, result->bytes);
      else if (result->ring_rows > 0 && !result->in_place)
        weft_writer_line (loop->writer,
                          "char *const o%u = room + %" G_GSIZE_FORMAT
                          " + n %% %u * %" G_GSIZE_FORMAT ";",
                          i, result->ring_offset, result->ring_rows, pitch (result));
    }
}

static gsize
emit_body_step (const Loop *loop, const WeftStep *step)
{
  WeftWriter *writer = loop->writer;
  g_autoptr (GString) places = g_string_new (NULL);
  gsize scratch = 0;

  for (guint i = 0; i < step->n_in + step->n_out; i++)
    {
      g_autofree char *place =
        place_of (loop, i < step->n_in ? &step->in[i] : &step->out[i - step->n_in]);

      g_string_append_printf (places, "%s%s", i > 0 ? ", " : "", place);
    }
  weft_writer_line (writer, "/* %s */",
                    step->kind == WEFT_STEP_OP ? step->apply->op->name : step->name);
  writer->indent++;
  weft_writer_line (writer, "{");
  writer->indent++;
  weft_writer_line (writer, "char *const at[] = { %s };", places->str);
  if (step->kind == WEFT_STEP_COPY)
    weft_emit_copy (writer, step);
  else
    {
      weft_writer_line (writer, "const long long begin = 0, end = %" G_GINT64_FORMAT ";",
                        step->kind == WEFT_STEP_TILES ? weft_step_units (step) : 1);
      scratch = weft_emit_work (writer, step);
    }
  weft_writer_close (writer);
  return scratch;
}

/* Brings what lies elsewhere to its place and moves states and sequences on. */
static void
emit_moves (const Loop *loop)
{
  const WeftBodies *bodies = loop->bodies;

  for (guint i = 0; i < bodies->n_results[0]; i++)
    {
      const WeftBodyResult *result = &bodies->results[0][i];
      const WeftOperand    *output = &loop->body->outputs[i];
      const WeftSlot       *slot = &loop->body->slots[output->slot];
      g_autofree char      *from = place_of (loop, output);

      if (result->rows != WEFT_NOBODY ||
          (slot->kind == WEFT_SLOT_ARENA && result->ring_rows > 0))
        {
          if (slot->kind != WEFT_SLOT_OUTPUT || slot->index != i)
            weft_writer_line (loop->writer,
                              "if (o%u != %s) __builtin_memcpy (o%u, %s, %" G_GSIZE_FORMAT ");", i,
                              from, i, from, result->bytes);
          g_free (from);
          from = g_strdup_printf ("o%u", i);
        }
      if (result->state != WEFT_NOBODY)
        weft_writer_line (loop->writer, "char *const next%u = %s;", result->state, from);
    }
  for (guint i = 0; i < bodies->n_results[0]; i++)
    if (bodies->results[0][i].state != WEFT_NOBODY)
      weft_writer_line (loop->writer, "i%u = next%u;",
                        bodies->n_sequences + bodies->results[0][i].state,
                        bodies->results[0][i].state);
  for (guint i = 0; i < bodies->n_sequences; i++)
    weft_writer_line (loop->writer, "i%u += %" G_GSSIZE_FORMAT ";", i, advance_of (loop, i));
}

/* weft_emit_loop:
 *
 * The lines of @step, for which there is one unit; see weft_emit_work.
 */
gsize
weft_emit_loop (WeftWriter *writer, const WeftStep *step)
{
  Loop               loop = { writer, step, step->bodies, step->bodies->programs[0] };
  const WeftProgram *program = writer->program;
  gsize              scratch = 0;

  writer->program = loop.body;
  emit_constants (&loop);
  emit_inputs (&loop);
  emit_initial_states (&loop);
  weft_writer_open (writer, "for (long long n = 0; n < %" G_GINT64_FORMAT "; n++)",
                    loop.bodies->n_rows);
  if (loop.bodies->backwards)
    weft_writer_line (writer, "const long long row = %" G_GINT64_FORMAT " - n;",
                      loop.bodies->n_rows - 1);
  else
    weft_writer_line (writer, "const long long row = n;");
  emit_outputs (&loop);
  for (guint i = 0; i < loop.body->n_steps; i++)
    {
      gsize needed = emit_body_step (&loop, &loop.body->steps[i]);

      scratch = MAX (scratch, needed);
    }
  emit_moves (&loop);
  weft_writer_close (writer);
  emit_end (&loop);
  writer->program = program;
  return scratch;
}
