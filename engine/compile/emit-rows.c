/* Loop nests with rows in C.
 *
 * A long row is gone through by itself: each run of instructions that stand once an element is a loop
 * over it, reductions in WEFT_LANES lanes. Short rows, which are reduced in the order of their elements,
 * go BLOCK at a time, so that the rows are what vectorises; what a row by itself has as one number has
 * a place for each row of the block then.
 *
 *     r5  register 5        k5  register 5 of a whole row, for later loops
 *     s5  lanes of it       p2, q0  the row of operand 2, of result 0
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <string.h>

#include "engine/compile/emit-private.h"

#define BLOCK 16
#define SCRATCH_ALIGNMENT 64
/* Operands from here on are not found in the caches; rows from here on are worth asking for early. */
#define PREFETCH_BYTES (4 << 20)
#define PREFETCH_ROW 4096
#define LINE_BYTES 64

typedef struct
{
  WeftWriter        *writer;
  const WeftStep    *step;
  const WeftTileOp **makers;  /* by register */
  guint             *runs;    /* by instruction: which run it is in */
  gint64             row;     /* elements of the rows that are written now */
  guint              block;   /* how many of them at once */
  gboolean           streams; /* in a loop over a block of streamed results */
  const char        *place;   /* of the element in its row, where one is written */
} Nest;

static gboolean
is_once_a_row (const WeftTileOp *op)
{
  return op->op == WEFT_TILE_PICK || (op->per_row && op->op != WEFT_TILE_REDUCE);
}

/* Numbers stand before everything. */
static gboolean
is_in_a_run (const WeftTileOp *op)
{
  return op->op != WEFT_TILE_NUMBER;
}

static gboolean
has_result (const WeftTileOp *op)
{
  return op->op != WEFT_TILE_STORE && op->op != WEFT_TILE_ACROSS;
}

/* A loop over a row ends with its reductions and results. */
static gboolean
ends_loop (const WeftTileOp *op)
{
  return op->op == WEFT_TILE_REDUCE || op->op == WEFT_TILE_ACROSS || op->op == WEFT_TILE_STORE;
}

/* Whether @op, which follows @before, is the first of a new run. */
static gboolean
begins_run (const WeftTileOp *before, const WeftTileOp *op)
{
  return is_once_a_row (before) != is_once_a_row (op) ||
         (!is_once_a_row (op) && ends_loop (before) && !ends_loop (op));
}

static void
nest_init (Nest *nest, WeftWriter *writer, const WeftStep *step)
{
  const WeftTileOp *before = NULL;
  guint             run = 0;

  *nest = (Nest){ .writer = writer, .step = step };
  nest->makers = g_new0 (const WeftTileOp *, step->n_registers + 1);
  nest->runs = g_new0 (guint, step->n_ops + 1);
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];

      if (has_result (op))
        nest->makers[op->dst] = op;
      if (!is_in_a_run (op))
        continue;
      if (before != NULL && begins_run (before, op))
        run++;
      nest->runs[i] = run;
      before = op;
    }
}

static void
nest_clear (Nest *nest)
{
  g_free (nest->makers);
  g_free (nest->runs);
}

static guint
run_of (const Nest *nest, const WeftTileOp *op)
{
  return nest->runs[op - nest->step->ops];
}

/* Whether @op, in a row by itself, is the same for all elements; it is loaded before its loop. */
static gboolean
is_invariant (const Nest *nest, const WeftTileOp *op)
{
  return nest->block <= 1 && op->op == WEFT_TILE_LOAD && !op->per_row &&
         nest->step->in[op->src[0]].strides[nest->step->rank - 1] == 0;
}

/* Whether a loop after the one that makes it reads @op's register of elements, out of its place. */
static gboolean
is_kept (const Nest *nest, const WeftTileOp *op)
{
  return op->kept && has_result (op) && op->op != WEFT_TILE_NUMBER && op->op != WEFT_TILE_REDUCE &&
         !is_once_a_row (op) && !is_invariant (nest, op);
}

/* How instruction @reader calls register @reg. */
static void
name_register (const Nest *nest, const WeftTileOp *reader, guint reg, char *name, gsize size)
{
  const WeftTileOp *maker = nest->makers[reg];
  gboolean          of_row = maker->op == WEFT_TILE_REDUCE || is_once_a_row (maker);

  if (maker->op == WEFT_TILE_NUMBER)
    g_snprintf (name, size, "r%u", reg);
  else if (of_row)
    g_snprintf (name, size, nest->block > 1 ? "r%u[l]" : "r%u", reg);
  else if (run_of (nest, maker) == run_of (nest, reader) || is_invariant (nest, maker))
    g_snprintf (name, size, "r%u", reg);
  else if (nest->block > 1)
    g_snprintf (name, size, "k%u[%s][l]", reg, nest->place);
  else
    g_snprintf (name, size, "k%u[%s]", reg, nest->place);
}

/* ---- Operands ---- */

/* Elements between one row of @operand and the next; FALSE: that is not always the same. */
static gboolean
row_distance (const WeftStep *step, const WeftOperand *operand, gint64 *distance)
{
  gint64 below = 1;

  *distance = 0;
  for (guint axis = step->rank - 1; axis-- > 0; below *= step->dims[axis])
    {
      if (step->dims[axis] == 1)
        continue;
      if (below == 1)
        *distance = operand->strides[axis];
      else if (operand->strides[axis] != *distance * below)
        return FALSE;
    }
  return TRUE;
}

/* " * 3", or nothing where @stride is 1. */
static char *
times (const char *name, gint64 stride)
{
  if (stride == 1)
    return g_strdup (name);
  return g_strdup_printf ("%s * %" G_GINT64_FORMAT, name, stride);
}

/* Operand @i's element at @place (NULL: the first) of the row. */
static char *
operand_text (const Nest *nest, guint i, const char *place)
{
  const WeftOperand *operand = &nest->step->in[i];
  gint64             distance, stride = operand->strides[nest->step->rank - 1];
  g_autofree char   *in_row = place == NULL || stride == 0 ? g_strdup ("0") : NULL;
  g_autofree char   *of_row = NULL;

  if (in_row == NULL)
    {
      g_autofree char *bracketed = stride != 1 && strchr (place, ' ') != NULL
                                     ? g_strdup_printf ("(%s)", place)
                                     : g_strdup (place);

      in_row = times (bracketed, stride);
    }
  if (nest->block == 1)
    return g_strdup_printf ("p%u[%s]", i, in_row);
  if (!row_distance (nest->step, operand, &distance))
    {
      of_row = weft_text_place (nest->step->rank - 1, nest->step->dims, operand->strides, "(u + l)");
      return g_strdup_printf ("in%u[%s%s]", i, in_row, of_row);
    }
  if (distance == 0)
    return g_strdup_printf ("p%u[%s]", i, in_row);
  of_row = times ("l", distance);
  return g_strdup_printf ("p%u[%s + %s]", i, of_row, in_row);
}

/* Where the rows that follow begin. */
static void
emit_row_pointers (Nest *nest)
{
  const WeftStep    *step = nest->step;
  const WeftProgram *program = nest->writer->program;

  for (guint i = 0; i < step->n_in; i++)
    {
      const char      *type = weft_text_type (program->slots[step->in[i].slot].dtype);
      g_autofree char *place = weft_text_place (step->rank - 1, step->dims, step->in[i].strides, "u");

      weft_writer_line (nest->writer, "const %s *const p%u = in%u%s;", type, i, i, place);
    }
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];

      if (op->op == WEFT_TILE_STORE && !op->per_row)
        weft_writer_line (nest->writer, "%s *const q%u = out%u + u * %" G_GINT64_FORMAT ";",
                          weft_text_type (program->slots[step->out[op->dst].slot].dtype), op->dst, op->dst, step->row);
    }
}

/* ---- One instruction ---- */

static const char *
result_type (const WeftTileOp *op)
{
  return weft_text_type (weft_tile_result_dtype (op));
}

static char *
index_text (const WeftTileOp *op, const char *place)
{
  WeftDType        of = weft_dtype_is_float (op->dtype) ? WEFT_F64 : op->dtype;
  g_autofree char *p = weft_text_number (op->p, of), *q = weft_text_number (op->q, of);

  return g_strdup_printf ("(%s) (%s + %s * (%s) (%s))", weft_text_type (op->dtype), p, q, weft_text_type (of), place);
}

/* What @op sets its register to. */
static char *
value_text (const Nest *nest, const WeftTileOp *op)
{
  char              names[3][40];
  const char *const src[] = { names[0], names[1], names[2] };

  if (op->op == WEFT_TILE_LOAD)
    return operand_text (nest, op->src[0], op->per_row ? NULL : nest->place);
  if (op->op == WEFT_TILE_INDEX)
    return index_text (op, nest->place);
  if (op->op == WEFT_TILE_PICK)
    {
      name_register (nest, op, op->src[1], names[0], sizeof names[0]);
      return operand_text (nest, op->src[0], names[0]);
    }
  for (guint k = 0; k < 3; k++)
    name_register (nest, op, op->src[k], names[k], sizeof names[k]);
  return weft_text_expression (op, src);
}

/* A result out of @op's source. */
static void
emit_store (Nest *nest, const WeftTileOp *op)
{
  char name[40];

  name_register (nest, op, op->src[0], name, sizeof name);
  if (op->per_row)
    weft_writer_op (nest->writer, op, "out%u[%s] = %s;", op->dst, nest->block > 1 ? "u + l" : "u", name);
  else if (nest->streams && weft_emit_is_streamed (nest->writer->program, nest->step, op->dst))
    weft_writer_op (nest->writer, op, "t%u[l] = %s;", op->dst, name);
  else if (nest->block > 1)
    weft_writer_op (nest->writer, op, "q%u[l * %" G_GINT64_FORMAT " + %s] = %s;", op->dst, nest->step->row, nest->place,
                    name);
  else
    weft_writer_op (nest->writer, op, "q%u[%s] = %s;", op->dst, nest->place, name);
}

/* @to = @to combined with @op's source. */
static void
emit_combine (Nest *nest, const WeftTileOp *op, const char *to)
{
  char             name[40];
  g_autofree char *text = NULL;

  name_register (nest, op, op->src[0], name, sizeof name);
  text = weft_text_combine (op->combine, op->dtype, to, name);
  weft_writer_op (nest->writer, op, "%s = %s;", to, text);
}

/* An instruction inside the loop over a row; @lanes: of lanes. */
static void
emit_element (Nest *nest, const WeftTileOp *op, gboolean lanes)
{
  char             name[60];
  g_autofree char *text = NULL;

  switch (op->op)
    {
    case WEFT_TILE_STORE:
      emit_store (nest, op);
      return;
    case WEFT_TILE_REDUCE:
      g_snprintf (name, sizeof name, lanes ? "s%u[l]" : nest->block > 1 ? "r%u[l]"
                                                                        : "r%u",
                  op->dst);
      emit_combine (nest, op, name);
      return;
    case WEFT_TILE_ACROSS:
      if (nest->block == 1)
        {
          g_snprintf (name, sizeof name, "out%u[%s]", op->dst, nest->place);
          emit_combine (nest, op, name);
          return;
        }
      /* Rows are put together in their order, after the loop. */
      name_register (nest, op, op->src[0], name, sizeof name);
      weft_writer_op (nest->writer, op, "a%u[l][%s] = %s;", op->dst, nest->place, name);
      return;
    default:
      text = value_text (nest, op);
      weft_writer_op (nest->writer, op, "const %s r%u = %s;", result_type (op), op->dst, text);
      if (!is_kept (nest, op))
        return;
      if (nest->block > 1)
        weft_writer_op (nest->writer, op, "k%u[%s][l] = r%u;", op->dst, nest->place, op->dst);
      else
        weft_writer_op (nest->writer, op, "k%u[%s] = r%u;", op->dst, nest->place, op->dst);
    }
}

/* ---- A run of elements ---- */

typedef struct
{
  guint first, end; /* instructions */
} Run;

static gboolean
run_has (const Nest *nest, const Run *run, guint kind)
{
  for (guint i = run->first; i < run->end; i++)
    if (nest->step->ops[i].op == kind && !is_once_a_row (&nest->step->ops[i]))
      return TRUE;
  return FALSE;
}

static void
emit_elements (Nest *nest, const Run *run, const char *place, gboolean lanes)
{
  nest->place = place;
  for (guint i = run->first; i < run->end; i++)
    if (is_in_a_run (&nest->step->ops[i]) && !is_invariant (nest, &nest->step->ops[i]))
      emit_element (nest, &nest->step->ops[i], lanes);
  nest->place = NULL;
}

static void
emit_invariants (Nest *nest, const Run *run)
{
  for (guint i = run->first; i < run->end; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];

      if (is_in_a_run (op) && is_invariant (nest, op))
        weft_writer_op (nest->writer, op, "const %s r%u = p%u[0];", result_type (op), op->dst, op->src[0]);
    }
}

/* Lanes, or what is reduced in order, at their neutral elements. */
static void
emit_neutral (Nest *nest, const Run *run, gboolean lanes)
{
  for (guint i = run->first; i < run->end; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];
      g_autofree char  *neutral = NULL;

      if (op->op != WEFT_TILE_REDUCE)
        continue;
      neutral = weft_text_neutral (op->combine, op->dtype);
      if (lanes || nest->block > 1)
        {
          guint n = lanes ? WEFT_LANES : nest->block;
          char  letter = lanes ? 's' : 'r';

          weft_writer_op (nest->writer, op, "%s %c%u[%u];", result_type (op), letter, op->dst, n);
          weft_writer_line (nest->writer, "for (int l = 0; l < %u; l++)", n);
          weft_writer_line (nest->writer, "  %c%u[l] = %s;", letter, op->dst, neutral);
        }
      else
        weft_writer_op (nest->writer, op, "%s r%u = %s;", result_type (op), op->dst, neutral);
    }
}

/* Lanes put together pairwise. */
static void
emit_join (Nest *nest, const Run *run)
{
  for (guint i = run->first; i < run->end; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];

      if (op->op != WEFT_TILE_REDUCE)
        continue;
      for (guint half = WEFT_LANES / 2; half > 0; half /= 2)
        {
          char             a[40], b[40];
          g_autofree char *text = NULL;

          g_snprintf (a, sizeof a, "s%u[l]", op->dst);
          g_snprintf (b, sizeof b, "s%u[l + %u]", op->dst, half);
          text = weft_text_combine (op->combine, op->dtype, a, b);
          weft_writer_line (nest->writer, "for (int l = 0; l < %u; l++)", half);
          weft_writer_line (nest->writer, "  %s = %s;", a, text);
        }
      weft_writer_op (nest->writer, op, "const %s r%u = s%u[0];", result_type (op), op->dst, op->dst);
    }
}

/* Whether a loop before @run has loaded operand @i. */
static gboolean
is_loaded_before (const Nest *nest, const Run *run, guint i)
{
  for (guint k = 0; k < run->first; k++)
    if (nest->step->ops[k].op == WEFT_TILE_LOAD && !nest->step->ops[k].per_row && nest->step->ops[k].src[0] == i)
      return TRUE;
  return FALSE;
}

/* While this row is in the cache, and is computed on, the next one comes: of operands that come from
 * memory, in a loop that finds its own row in the cache. */
static void
emit_prefetches (Nest *nest, const Run *run)
{
  const WeftStep *step = nest->step;

  for (guint k = run->first; k < run->end; k++)
    {
      const WeftTileOp *op = &step->ops[k];
      guint             i = op->src[0], size = (guint) weft_dtype_size (op->dtype);
      gint64            distance, bytes = nest->row * size;

      if (op->op != WEFT_TILE_LOAD || op->per_row || !is_loaded_before (nest, run, i) ||
          step->in[i].strides[step->rank - 1] != 1 || !row_distance (step, &step->in[i], &distance) || distance == 0 ||
          bytes < PREFETCH_ROW || bytes * weft_step_units (step) < PREFETCH_BYTES)
        continue;
      for (guint at = 0; at < WEFT_LANES; at += LINE_BYTES / size)
        weft_writer_line (nest->writer, "__builtin_prefetch (p%u + j + %" G_GINT64_FORMAT ", 0, 2);", i, distance + at);
    }
}

/* WEFT_LANES elements at a time, then the rest of the row. */
static void
emit_lanes (Nest *nest, const Run *run)
{
  gint64           rest = nest->row % WEFT_LANES, whole = nest->row - rest;
  g_autofree char *place = g_strdup_printf ("%" G_GINT64_FORMAT " + l", whole);

  weft_writer_open (nest->writer, "for (int j = 0; j < %" G_GINT64_FORMAT "; j += %u)", whole, WEFT_LANES);
  emit_prefetches (nest, run);
  weft_writer_line (nest->writer, "WEFT_INDEPENDENT");
  weft_writer_open (nest->writer, "for (int l = 0; l < %u; l++)", WEFT_LANES);
  emit_elements (nest, run, "j + l", TRUE);
  weft_writer_close (nest->writer);
  weft_writer_close (nest->writer);
  if (rest == 0)
    return;
  weft_writer_line (nest->writer, "WEFT_INDEPENDENT");
  weft_writer_open (nest->writer, "for (int l = 0; l < %" G_GINT64_FORMAT "; l++)", rest);
  emit_elements (nest, run, place, TRUE);
  weft_writer_close (nest->writer);
}

/* The rows of a block, put together in their order. */
static void
emit_block_across (Nest *nest, const Run *run)
{
  for (guint i = run->first; i < run->end; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];
      char              to[40], from[40];
      g_autofree char  *text = NULL;

      if (op->op != WEFT_TILE_ACROSS || op->per_row)
        continue;
      g_snprintf (to, sizeof to, "out%u[j]", op->dst);
      g_snprintf (from, sizeof from, "a%u[l][j]", op->dst);
      text = weft_text_combine (op->combine, op->dtype, to, from);
      weft_writer_line (nest->writer, "for (int l = 0; l < %u; l++)", nest->block);
      weft_writer_line (nest->writer, "  for (int j = 0; j < %" G_GINT64_FORMAT "; j++)", nest->row);
      weft_writer_op (nest->writer, op, "    %s = %s;", to, text);
    }
}

/* Each element of a block of rows, the rows side by side. */
static void
emit_block_elements (Nest *nest, const Run *run)
{
  weft_writer_open (nest->writer, "for (int j = 0; j < %" G_GINT64_FORMAT "; j++)", nest->row);
  weft_writer_line (nest->writer, "WEFT_INDEPENDENT");
  weft_writer_open (nest->writer, "for (int l = 0; l < %u; l++)", nest->block);
  emit_elements (nest, run, "j", FALSE);
  weft_writer_close (nest->writer);
  weft_writer_close (nest->writer);
}

static gboolean
run_streams (const Nest *nest, const Run *run)
{
  for (guint i = run->first; i < run->end; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];

      if (op->op == WEFT_TILE_STORE && weft_emit_is_streamed (nest->writer->program, nest->step, op->dst))
        return TRUE;
    }
  return FALSE;
}

/* A loop whose results go past the caches, in blocks. */
static void
emit_streams (Nest *nest, const Run *run)
{
  weft_writer_open (nest->writer, "for (int b = 0; b < %" G_GINT64_FORMAT "; b += %u)", nest->row, WEFT_STREAM_BLOCK);
  weft_writer_line (nest->writer, "const int n = %" G_GINT64_FORMAT " - b < %u ? %" G_GINT64_FORMAT " - b : %u;",
                    nest->row, WEFT_STREAM_BLOCK, nest->row, WEFT_STREAM_BLOCK);
  weft_emit_stream_places (nest->writer, nest->step, run->first, run->end);
  weft_writer_line (nest->writer, "WEFT_INDEPENDENT");
  weft_writer_open (nest->writer, "for (int l = 0; l < n; l++)");
  nest->streams = TRUE;
  emit_elements (nest, run, "b + l", FALSE);
  nest->streams = FALSE;
  weft_writer_close (nest->writer);
  weft_emit_stream (nest->writer, nest->step, run->first, run->end, "q", "b");
  weft_writer_close (nest->writer);
}

static void
emit_element_run (Nest *nest, const Run *run)
{
  gboolean lanes = nest->row > WEFT_LANES && run_has (nest, run, WEFT_TILE_REDUCE);

  emit_invariants (nest, run);
  emit_neutral (nest, run, lanes);
  if (lanes)
    {
      emit_lanes (nest, run);
      emit_join (nest, run);
      return;
    }
  if (nest->block > 1)
    {
      emit_block_elements (nest, run);
      emit_block_across (nest, run);
      return;
    }
  if (run_streams (nest, run))
    {
      emit_streams (nest, run);
      return;
    }
  weft_writer_line (nest->writer, "WEFT_INDEPENDENT");
  weft_writer_open (nest->writer, "for (int j = 0; j < %" G_GINT64_FORMAT "; j++)", nest->row);
  emit_elements (nest, run, "j", FALSE);
  weft_writer_close (nest->writer);
}

/* ---- A run of rows ---- */

static void
emit_pick_check (Nest *nest, const WeftTileOp *op)
{
  char name[40];

  name_register (nest, op, op->src[1], name, sizeof name);
  weft_writer_op (nest->writer, op, "if ((unsigned long long) %s >= %" G_GINT64_FORMAT ")", name, nest->step->row);
  weft_writer_line (nest->writer, "  return %u;", (guint) (op - nest->step->ops) + 1);
}

/* One number a row. */
static void
emit_row_op (Nest *nest, const WeftTileOp *op)
{
  g_autofree char *text = NULL;
  char             name[40];

  if (op->op == WEFT_TILE_ACROSS)
    {
      g_snprintf (name, sizeof name, "c%u", op->dst);
      emit_combine (nest, op, name);
      return;
    }
  if (op->op == WEFT_TILE_STORE)
    {
      emit_store (nest, op);
      return;
    }
  if (op->op == WEFT_TILE_PICK)
    emit_pick_check (nest, op);
  text = value_text (nest, op);
  if (nest->block > 1)
    weft_writer_op (nest->writer, op, "r%u[l] = %s;", op->dst, text);
  else
    weft_writer_op (nest->writer, op, "const %s r%u = %s;", result_type (op), op->dst, text);
}

/* Lines, or a loop over the block's rows and one for what goes from row to row. */
static void
emit_row_run (Nest *nest, const Run *run)
{
  for (guint i = run->first; i < run->end; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];

      if (is_in_a_run (op) && nest->block > 1 && has_result (op))
        weft_writer_line (nest->writer, "%s r%u[%u];", result_type (op), op->dst, nest->block);
    }
  for (guint across = 0; across < 2; across++)
    {
      guint written = 0;

      for (guint i = run->first; i < run->end; i++)
        {
          const WeftTileOp *op = &nest->step->ops[i];

          if (!is_in_a_run (op) || (op->op == WEFT_TILE_ACROSS) != across)
            continue;
          if (nest->block > 1 && written++ == 0)
            weft_writer_open (nest->writer, "for (int l = 0; l < %u; l++)", nest->block);
          emit_row_op (nest, op);
        }
      if (written > 0)
        weft_writer_close (nest->writer);
    }
}

/* ---- Rows ---- */

/* Places on the stack that a block of short rows needs. */
static void
emit_block_places (Nest *nest)
{
  for (guint i = 0; i < nest->step->n_ops; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];

      if (is_kept (nest, op))
        weft_writer_line (nest->writer, "%s k%u[%" G_GINT64_FORMAT "][%u];", result_type (op), op->dst, nest->row,
                          nest->block);
      if (op->op == WEFT_TILE_ACROSS && !op->per_row && nest->block > 1)
        weft_writer_line (nest->writer, "%s a%u[%u][%" G_GINT64_FORMAT "];", result_type (op), op->dst, nest->block,
                          nest->row);
    }
}

/* The instructions of @block rows of @row elements from row u. */
static void
emit_rows (Nest *nest, gint64 row, guint block)
{
  const WeftStep *step = nest->step;

  nest->row = row;
  nest->block = block;
  emit_row_pointers (nest);
  if (block > 1)
    emit_block_places (nest);
  for (guint i = 0, end; i < step->n_ops; i = end)
    {
      end = i + 1;
      if (!is_in_a_run (&step->ops[i]))
        continue;
      while (end < step->n_ops && (!is_in_a_run (&step->ops[end]) || nest->runs[end] == nest->runs[i]))
        end++;
      if (is_once_a_row (&step->ops[i]))
        emit_row_run (nest, &(Run){ i, end });
      else
        emit_element_run (nest, &(Run){ i, end });
    }
}

/* Places in the caller's scratch for what later loops over a long row read. */
static gsize
emit_scratch (Nest *nest)
{
  gsize bytes = 0;

  for (guint i = 0; i < nest->step->n_ops; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];
      gsize             size = weft_dtype_size (weft_tile_result_dtype (op)) * nest->step->row;

      if (!is_kept (nest, op))
        continue;
      weft_writer_line (nest->writer, "%s *const k%u = (%s *) (scratch + %" G_GSIZE_FORMAT ");", result_type (op), op->dst,
                        result_type (op), bytes);
      bytes += (size + SCRATCH_ALIGNMENT - 1) / SCRATCH_ALIGNMENT * SCRATCH_ALIGNMENT;
    }
  return bytes;
}

static void
emit_before (Nest *nest)
{
  for (guint i = 0; i < nest->step->n_ops; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];
      g_autofree char  *text = NULL;

      if (op->op == WEFT_TILE_NUMBER)
        {
          text = weft_text_number (op->p, op->dtype);
          weft_writer_op (nest->writer, op, "const %s r%u = %s;", result_type (op), op->dst, text);
        }
      if (op->op != WEFT_TILE_ACROSS)
        continue;
      text = weft_text_neutral (op->combine, op->dtype);
      if (op->per_row)
        {
          weft_writer_op (nest->writer, op, "%s c%u = %s;", result_type (op), op->dst, text);
          continue;
        }
      weft_writer_line (nest->writer, "for (int j = 0; j < %" G_GINT64_FORMAT "; j++)", nest->step->row);
      weft_writer_op (nest->writer, op, "  out%u[j] = %s;", op->dst, text);
    }
}

static void
emit_after (Nest *nest)
{
  for (guint i = 0; i < nest->step->n_ops; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];

      if (op->op == WEFT_TILE_ACROSS && op->per_row)
        weft_writer_op (nest->writer, op, "out%u[0] = c%u;", op->dst, op->dst);
    }
}

/* All rows but a ragged last one, and that one. */
static void
emit_ragged (Nest *nest)
{
  gint64 last = weft_step_units (nest->step) - 1;

  weft_writer_line (nest->writer, "const long whole = end > %" G_GINT64_FORMAT " ? %" G_GINT64_FORMAT " : end;", last,
                    last);
  weft_writer_open (nest->writer, "for (long u = begin; u < whole; u++)");
  emit_rows (nest, nest->step->row, 1);
  weft_writer_close (nest->writer);
  weft_writer_open (nest->writer, "if (whole < end)");
  weft_writer_line (nest->writer, "const long u = whole;");
  emit_rows (nest, nest->step->ragged, 1);
  weft_writer_close (nest->writer);
}

/* weft_emit_rows:
 *
 * Returns: how many bytes of scratch the text needs.
 */
gsize
weft_emit_rows (WeftWriter *writer, const WeftStep *step)
{
  Nest  nest;
  gsize bytes;

  nest_init (&nest, writer, step);
  weft_emit_operands (writer, step);
  bytes = emit_scratch (&nest);
  emit_before (&nest);
  if (step->ragged > 0)
    emit_ragged (&nest);
  else
    {
      gboolean blocks = step->row <= WEFT_LANES && weft_step_units (step) >= BLOCK;

      weft_writer_line (writer, "long u = begin;");
      if (blocks)
        {
          weft_writer_open (writer, "for (; u + %u <= end; u += %u)", BLOCK, BLOCK);
          emit_rows (&nest, step->row, BLOCK);
          weft_writer_close (writer);
        }
      weft_writer_open (writer, "for (; u < end; u++)");
      emit_rows (&nest, step->row, 1);
      weft_writer_close (writer);
    }
  emit_after (&nest);
  for (guint i = 0; i < step->n_out; i++)
    if (i != step->partials && weft_emit_is_streamed (writer->program, step, i))
      {
        weft_writer_line (writer, "weft_stream_end ();");
        break;
      }
  nest_clear (&nest);
  return bytes;
}
