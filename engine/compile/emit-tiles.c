/* Loop nests without rows in C, and at the end in CUDA C: each element by itself.
 *
 * A result may lie in the bytes of an operand that is read element by element, so pointers are not
 * restrict and all loads of an element stand before its stores. What does not change from element
 * to element is loaded before the loop.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <string.h>

#include "engine/compile/emit-private.h"

/* Inner dims from here on are a loop of their own; of shorter ones a block of so many elements is,
 * which is whole vectors. */
#define LONG_ROW 32
#define BLOCK_ELEMENTS 128
#define VECTOR_ELEMENTS 16

/* Results that do not fit into any cache are written past them, WEFT_STREAM_BLOCK elements at a
 * time. */
#define STREAM_BYTES (32 << 20)
#define STREAM_ALIGNMENT 64

static gint64
element_count (const WeftStep *step)
{
  gint64 n = 1;

  for (guint i = 0; i < step->rank; i++)
    n *= step->dims[i];
  return n;
}

static gboolean
is_one_number (const WeftStep *step, const WeftOperand *operand)
{
  for (guint i = 0; i < step->rank; i++)
    if (operand->strides[i] != 0 && step->dims[i] != 1)
      return FALSE;
  return TRUE;
}

/* "int" where every place in an operand fits in it, which vectorises better. */
static const char *
counter_type (const WeftStep *step)
{
  gint64 most = element_count (step);

  for (guint i = 0; i < step->n_in; i++)
    {
      gint64 span = 0;

      for (guint k = 0; k < step->rank; k++)
        span += ABS (step->in[i].strides[k]) * step->dims[k];
      most = MAX (most, span);
    }
  return most < G_MAXINT32 ? "int" : "long";
}

static gboolean
same_bytes (const WeftSlot *a, const WeftSlot *b)
{
  if (a->kind != b->kind)
    return FALSE;
  return a->kind == WEFT_SLOT_ARENA ? a->offset == b->offset : a->index == b->index;
}

/* weft_emit_is_streamed:
 *
 * Returns: whether result @out goes past the caches: it is large, and no operand has brought its
 * bytes there.
 */
gboolean
weft_emit_is_streamed (const WeftProgram *program, const WeftStep *step, guint out)
{
  const WeftSlot *slot = &program->slots[step->out[out].slot];

  if (slot->bytes < STREAM_BYTES ||
      step->row * weft_dtype_size (slot->dtype) % STREAM_ALIGNMENT != 0)
    return FALSE;
  for (guint i = 0; i < step->n_in; i++)
    if (same_bytes (&program->slots[step->in[i].slot], slot))
      return FALSE;
  return TRUE;
}

/* weft_emit_stream_places:
 * @first, @end: instructions.
 *
 * Declares the places of a block's streamed results.
 *
 * Returns: whether there are any.
 */
gboolean
weft_emit_stream_places (WeftWriter *writer, const WeftStep *step, guint first, guint end)
{
  gboolean any = FALSE;

  for (guint i = first; i < end; i++)
    {
      const WeftTileOp *op = &step->ops[i];

      if (op->op != WEFT_TILE_STORE || op->per_row ||
          !weft_emit_is_streamed (writer->program, step, op->dst))
        continue;
      weft_writer_line (writer, "%s t%u[%u];", weft_text_type (op->dtype), op->dst,
                        WEFT_STREAM_BLOCK);
      any = TRUE;
    }
  return any;
}

/* weft_emit_stream:
 * @to: how the result's pointer is called, with the number of the result after it.
 * @from: where the block begins.
 *
 * Writes the blocks of n elements, after their loop.
 */
void
weft_emit_stream (WeftWriter     *writer,
                  const WeftStep *step,
                  guint           first,
                  guint           end,
                  const char     *to,
                  const char     *from)
{
  for (guint i = first; i < end; i++)
    {
      const WeftTileOp *op = &step->ops[i];

      if (op->op == WEFT_TILE_STORE && !op->per_row &&
          weft_emit_is_streamed (writer->program, step, op->dst))
        weft_writer_op (writer, op, "weft_stream (%s%u + %s, t%u, n * %u);", to, op->dst, from,
                        op->dst, (guint) weft_dtype_size (op->dtype));
    }
}

/* Declares the pointers of all operands and results. */
void
weft_emit_operands (WeftWriter *writer, const WeftStep *step)
{
  for (guint i = 0; i < step->n_in; i++)
    {
      const char *type = weft_text_type (writer->program->slots[step->in[i].slot].dtype);

      weft_writer_line (writer, "const %s *const in%u = (const %s *) at[%u];", type, i, type, i);
    }
  for (guint i = 0; i < step->n_out; i++)
    if (i != step->partials)
      {
        const char *type = weft_text_type (writer->program->slots[step->out[i].slot].dtype);

        weft_writer_line (writer, "%s *const out%u = (%s *) at[%u];", type, i, type,
                          step->n_in + i);
      }
}

/* Numbers, and operands that are one number. */
static void
emit_invariants (WeftWriter *writer, const WeftStep *step)
{
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];
      const char       *type = weft_text_type (op->dtype);

      if (op->op == WEFT_TILE_NUMBER)
        {
          g_autofree char *number = weft_text_number (op->p, op->dtype);

          weft_writer_op (writer, op, "const %s r%u = %s;", type, op->dst, number);
        }
      else if (op->op == WEFT_TILE_LOAD && is_one_number (step, &step->in[op->src[0]]))
        weft_writer_op (writer, op, "const %s r%u = in%u[0];", type, op->dst, op->src[0]);
    }
}

/* A computed element: dst = row or cast. */
static void
emit_computed (WeftWriter *writer, const WeftTileOp *op)
{
  char              names[3][16];
  const char *const src[] = { names[0], names[1], names[2] };
  g_autofree char  *text = NULL;

  for (guint k = 0; k < 3; k++)
    g_snprintf (names[k], sizeof names[k], "r%u", op->src[k]);
  text = weft_text_expression (op, src);
  weft_writer_op (writer, op, "const %s r%u = %s;", weft_text_type (weft_tile_result_dtype (op)),
                  op->dst, text);
}

/* Where an element is. */
typedef struct
{
  char      **in;      /* by operand: "in0[i]" */
  const char *out;     /* its number */
  gboolean    streams; /* it is number l of a block */
  gboolean    fours;   /* it is number k of four */
} Places;

static void
emit_loads (WeftWriter *writer, const WeftStep *step, const Places *places)
{
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];

      if (op->op == WEFT_TILE_LOAD && !is_one_number (step, &step->in[op->src[0]]))
        weft_writer_op (writer, op, "const %s r%u = %s;", weft_text_type (op->dtype), op->dst,
                        places->in[op->src[0]]);
    }
}

static void
emit_element (WeftWriter *writer, const WeftStep *step, const Places *places)
{
  emit_loads (writer, step, places);
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];

      if (op->op < WEFT_N_ELEMENTWISE || op->op == WEFT_TILE_CAST)
        emit_computed (writer, op);
    }
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];

      if (op->op != WEFT_TILE_STORE)
        continue;
      if (places->streams && weft_emit_is_streamed (writer->program, step, op->dst))
        weft_writer_op (writer, op, "t%u[l] = r%u;", op->dst, op->src[0]);
      else if (places->fours)
        weft_writer_op (writer, op, "w%u.x[k] = r%u;", op->dst, op->src[0]);
      else
        weft_writer_op (writer, op, "out%u[%s] = r%u;", op->dst, places->out, op->src[0]);
    }
}

static gboolean
has_streams (WeftWriter *writer, const WeftStep *step)
{
  for (guint i = 0; i < step->n_out; i++)
    if (weft_emit_is_streamed (writer->program, step, i))
      return TRUE;
  return FALSE;
}

/* Whether operand @i is read as the results are written. */
static gboolean
is_direct (const WeftStep *step, guint i)
{
  g_autofree char *place = weft_text_place (step->rank, step->dims, step->in[i].strides, "i");

  return g_str_equal (place, " + i");
}

/* Whether every operand is read as the results are written. */
static gboolean
is_flat (const WeftStep *step)
{
  for (guint i = 0; i < step->n_in; i++)
    if (!is_direct (step, i) && !is_one_number (step, &step->in[i]))
      return FALSE;
  return TRUE;
}

/* Where element number i, which is also called @number, is in each operand; places by division
 * where dims are short. */
static char **
flat_places (const WeftStep *step, const char *number)
{
  char **in = g_new0 (char *, step->n_in + 1);

  for (guint i = 0; i < step->n_in; i++)
    {
      g_autofree char *place = weft_text_place (step->rank, step->dims, step->in[i].strides, "i");

      if (is_direct (step, i))
        in[i] = g_strdup_printf ("in%u[%s]", i, number);
      else
        in[i] = g_strdup_printf ("in%u[%s]", i, weft_text_index (place));
    }
  return in;
}

/* As emit_flat, in blocks. Results are counted by long: with -fwrapv gcc takes an int's sum for one
 * that may wrap around, and gathers the elements one by one. */
static void
emit_blocks (WeftWriter *writer, const WeftStep *step)
{
  const char *type = counter_type (step);
  g_auto (GStrv) in = flat_places (step, "b + l");
  Places places = { in, "b + l", TRUE };

  weft_writer_open (writer, "for (long b = begin; b < end; b += %u)", WEFT_STREAM_BLOCK);
  weft_writer_line (writer, "const int n = end - b < %u ? (int) (end - b) : %u;", WEFT_STREAM_BLOCK,
                    WEFT_STREAM_BLOCK);
  weft_emit_stream_places (writer, step, 0, step->n_ops);
  weft_writer_line (writer, "WEFT_INDEPENDENT");
  weft_writer_open (writer, "for (int l = 0; l < n; l++)");
  if (!is_flat (step))
    weft_writer_line (writer, "const %s i = (%s) b + l;", type, type);
  emit_element (writer, step, &places);
  weft_writer_close (writer);
  weft_emit_stream (writer, step, 0, step->n_ops, "out", "b");
  weft_writer_close (writer);
  weft_writer_line (writer, "weft_stream_end ();");
}

/* One loop over the elements in C order. */
static void
emit_flat (WeftWriter *writer, const WeftStep *step)
{
  const char *type = counter_type (step);
  g_auto (GStrv) in = flat_places (step, "i");
  Places places = { in, "i", FALSE };

  if (has_streams (writer, step))
    {
      emit_blocks (writer, step);
      return;
    }
  weft_writer_line (writer, "WEFT_INDEPENDENT");
  weft_writer_open (writer, "for (%s i = (%s) begin; i < (%s) end; i++)", type, type, type);
  emit_element (writer, step, &places);
  weft_writer_close (writer);
}

/* weft_emit_grid_counter:
 *
 * Returns: what counts the elements of @step in a grid: an int stays one when a grid is added.
 */
const char *
weft_emit_grid_counter (const WeftStep *step)
{
  return element_count (step) < G_MAXINT32 / 2 ? counter_type (step) : "long";
}

/* weft_emit_four_place:
 *
 * Returns: where number i of fours of elements is, in fours, as weft_text_place says it; NULL where
 * four elements that belong together do not lie side by side, or not where fours begin. Owned.
 */
char *
weft_emit_four_place (const WeftProgram *program, const WeftStep *step, guint in)
{
  gint64 dims[WEFT_MAX_RANK], strides[WEFT_MAX_RANK];
  guint  last = step->rank - 1;

  if (step->rank == 0 || !weft_emit_is_aligned (program, &step->in[in]))
    return NULL;
  if (is_direct (step, in))
    return g_strdup (" + i");
  if (step->in[in].strides[last] != 1 || step->dims[last] % 4 != 0)
    return NULL;
  for (guint k = 0; k < last; k++)
    {
      if (step->in[in].strides[k] % 4 != 0 && step->dims[k] != 1)
        return NULL;
      dims[k] = step->dims[k];
      strides[k] = step->in[in].strides[k] / 4;
    }
  dims[last] = step->dims[last] / 4;
  strides[last] = 1;
  return weft_text_place (step->rank, dims, strides, "i");
}

/* Whether operand @in is the same for four elements that belong together. */
static gboolean
is_same_for_four (const WeftStep *step, guint in)
{
  return step->rank > 0 && step->in[in].strides[step->rank - 1] == 0 &&
         step->dims[step->rank - 1] % 4 == 0;
}

/* Whether a thread has four elements: results begin where fours do, and, but for single numbers,
 * operands that are not as the results have whole fours in their rows. */
static gboolean
goes_by_fours (const WeftProgram *program, const WeftStep *step)
{
  if (step->rank == 0 || (element_count (step) % 4 != 0 && !is_flat (step)))
    return FALSE;
  for (guint i = 0; i < step->n_out; i++)
    if (!weft_emit_is_aligned (program, &step->out[i]))
      return FALSE;
  return TRUE;
}

gint64
weft_emit_grid_threads (const WeftProgram *program, const WeftStep *step)
{
  gint64 n = element_count (step);

  return goes_by_fours (program, step) ? (n + 3) / 4 : n;
}

/* Loads what element k of the fours needs, before the loop over k, and says where it is then. */
static char *
load_four (WeftWriter *writer, const WeftStep *step, guint in)
{
  const char      *type = weft_text_type (writer->program->slots[step->in[in].slot].dtype);
  g_autofree char *place = weft_emit_four_place (writer->program, step, in);

  if (place != NULL)
    {
      weft_writer_line (writer,
                        "const weft_four<%s> v%u = ((const weft_four<%s> *) in%u)[%s];", type, in,
                        type, in, weft_text_index (place));
      return g_strdup_printf ("v%u.x[k]", in);
    }
  if (is_same_for_four (step, in))
    {
      gint64 dims[WEFT_MAX_RANK];

      memcpy (dims, step->dims, sizeof dims);
      dims[step->rank - 1] /= 4;
      place = weft_text_place (step->rank, dims, step->in[in].strides, "i");
      weft_writer_line (writer, "const %s v%u = in%u[%s];", type, in, in,
                        weft_text_index (place));
      return g_strdup_printf ("v%u", in);
    }
  place = weft_text_place (step->rank, step->dims, step->in[in].strides, "(4 * i + k)");
  return g_strdup_printf ("in%u[%s]", in, weft_text_index (place));
}

static void
emit_fours (WeftWriter *writer, const WeftStep *step)
{
  g_auto (GStrv) in = g_new0 (char *, step->n_in + 1);
  Places places = { in, NULL, FALSE, TRUE };

  for (guint i = 0; i < step->n_in; i++)
    in[i] = is_one_number (step, &step->in[i]) ? g_strdup ("") : load_four (writer, step, i);
  for (guint i = 0; i < step->n_out; i++)
    weft_writer_line (writer, "weft_four<%s> w%u;",
                      weft_text_type (writer->program->slots[step->out[i].slot].dtype), i);
  weft_writer_line (writer, "#pragma unroll");
  weft_writer_open (writer, "for (int k = 0; k < 4; k++)");
  emit_element (writer, step, &places);
  weft_writer_close (writer);
  for (guint i = 0; i < step->n_out; i++)
    weft_writer_line (writer, "((weft_four<%s> *) out%u)[i] = w%u;",
                      weft_text_type (writer->program->slots[step->out[i].slot].dtype), i, i);
}

/* weft_emit_grid:
 *
 * The lines of a step without rows in CUDA C. What is left of the last four goes to the first
 * threads.
 */
void
weft_emit_grid (WeftWriter *writer, const WeftStep *step)
{
  const char *type = weft_emit_grid_counter (step);
  gint64      n = element_count (step), whole = goes_by_fours (writer->program, step) ? n / 4 : 0;
  g_auto (GStrv) in = flat_places (step, "i");
  Places places = { in, "i", FALSE, FALSE };

  emit_invariants (writer, step);
  weft_writer_line (writer, "const %s threads = (%s) gridDim.x * blockDim.x;", type, type);
  weft_writer_line (writer, "const %s thread = (%s) blockIdx.x * blockDim.x + threadIdx.x;", type,
                    type);
  if (whole > 0)
    {
      weft_writer_open (writer, "for (%s i = thread; i < %" G_GINT64_FORMAT "; i += threads)", type,
                        whole);
      emit_fours (writer, step);
      weft_writer_close (writer);
    }
  if (4 * whole == n)
    return;
  weft_writer_open (writer,
                    "for (%s i = %" G_GINT64_FORMAT " + thread; i < %" G_GINT64_FORMAT
                    "; i += threads)",
                    type, 4 * whole, n);
  emit_element (writer, step, &places);
  weft_writer_close (writer);
}

/* The text of operand @i's element number j of the row. */
static char *
row_element (const WeftStep *step, guint i, const char *place)
{
  gint64 stride = step->in[i].strides[step->rank - 1];

  if (stride == 0)
    return g_strdup_printf ("in%u[%s]", i, *place != '\0' ? place + strlen (" + ") : "0");
  if (stride == 1)
    return g_strdup_printf ("p%u[j]", i);
  return g_strdup_printf ("p%u[j * %" G_GINT64_FORMAT "]", i, stride);
}

/* A loop over rows, and one over the elements of each, counted by long: with -fwrapv gcc vectorises
 * no loop whose int does not start at 0; and where the outer counter moves by what the inner loop
 * has done, gcc forgets that its elements are independent. */
static void
emit_nested (WeftWriter *writer, const WeftStep *step)
{
  gint64 row = step->dims[step->rank - 1];
  g_auto (GStrv) in = g_new0 (char *, step->n_in + 1);
  Places places = { in, (char *) "start + j" };

  weft_writer_open (writer,
                    "for (long u = begin / %" G_GINT64_FORMAT "; u < (end + %" G_GINT64_FORMAT
                    ") / %" G_GINT64_FORMAT "; u++)",
                    row, row - 1, row);
  weft_writer_line (writer, "const long start = u * %" G_GINT64_FORMAT ";", row);
  weft_writer_line (writer, "const long from = begin > start ? begin - start : 0;");
  weft_writer_line (writer,
                    "const long to = end - start < %" G_GINT64_FORMAT
                    " ? end - start : %" G_GINT64_FORMAT ";",
                    row, row);
  for (guint i = 0; i < step->n_in; i++)
    {
      g_autofree char *place =
        weft_text_place (step->rank - 1, step->dims, step->in[i].strides, "u");
      const char *of = weft_text_type (writer->program->slots[step->in[i].slot].dtype);

      in[i] = row_element (step, i, place);
      if (step->in[i].strides[step->rank - 1] != 0)
        weft_writer_line (writer, "const %s *const p%u = in%u%s;", of, i, i, place);
      else if (!is_one_number (step, &step->in[i]))
        {
          weft_writer_line (writer, "const %s e%u = %s;", of, i, in[i]);
          g_free (in[i]);
          in[i] = g_strdup_printf ("e%u", i);
        }
    }
  weft_writer_line (writer, "WEFT_INDEPENDENT");
  weft_writer_open (writer, "for (long j = from; j < to; j++)");
  emit_element (writer, step, &places);
  weft_writer_close (writer);
  weft_writer_close (writer);
}

/* ---- Short rows ---- */

/* How many rows are a block. */
static gint64
block_rows (gint64 row)
{
  gint64 together = VECTOR_ELEMENTS;

  while (together > 1 && row * (together / 2) % VECTOR_ELEMENTS == 0)
    together /= 2;
  return (BLOCK_ELEMENTS + row * together - 1) / (row * together) * together;
}

/* Whether operand @i is the same for every row. */
static gboolean
repeats (const WeftStep *step, guint i)
{
  for (guint k = 0; k + 1 < step->rank; k++)
    if (step->in[i].strides[k] != 0 && step->dims[k] != 1)
      return FALSE;
  return TRUE;
}

/* Lays out the rows from row u on of operands that are not as the results are, so that a block is
 * one run of elements; @repeating: those that are the same for all blocks. */
static void
emit_layout (WeftWriter *writer, const WeftStep *step, gint64 rows, gboolean repeating)
{
  gint64 row = step->dims[step->rank - 1];

  for (guint i = 0; i < step->n_in; i++)
    {
      const char      *type = weft_text_type (writer->program->slots[step->in[i].slot].dtype);
      gint64           stride = step->in[i].strides[step->rank - 1];
      g_autofree char *place =
        weft_text_place (step->rank - 1, step->dims, step->in[i].strides, "(u + k)");
      g_autofree char *element = NULL;

      if (is_one_number (step, &step->in[i]) || is_direct (step, i) ||
          repeats (step, i) != repeating)
        continue;
      element = stride == 0   ? g_strdup ("0")
                : stride == 1 ? g_strdup ("j")
                              : g_strdup_printf ("j * %" G_GINT64_FORMAT "L", stride);
      weft_writer_line (writer, "%s x%u[%" G_GINT64_FORMAT "];", type, i, rows * row);
      weft_writer_line (writer, "for (int k = 0; k < %" G_GINT64_FORMAT "; k++)", rows);
      weft_writer_line (writer, "  for (int j = 0; j < %" G_GINT64_FORMAT "; j++)", row);
      weft_writer_line (writer, "    x%u[k * %" G_GINT64_FORMAT " + j] = in%u[%s%s];", i, row, i,
                        element, place);
    }
}

/* Blocks of whole rows; what is before and after them element by element. */
static void
emit_short (WeftWriter *writer, const WeftStep *step)
{
  gint64 row = step->dims[step->rank - 1], rows = block_rows (row);
  g_auto (GStrv) flat = flat_places (step, "i");
  g_auto (GStrv) in = g_new0 (char *, step->n_in + 1);
  Places places = { in, "b + l", FALSE }, ends = { flat, "i", FALSE };

  for (guint i = 0; i < step->n_in; i++)
    in[i] = g_strdup_printf (is_direct (step, i) ? "in%u[b + l]" : "x%u[l]", i);
  weft_writer_line (writer,
                    "long b = (begin + %" G_GINT64_FORMAT ") / %" G_GINT64_FORMAT
                    " * %" G_GINT64_FORMAT ";",
                    row - 1, row, row);
  weft_writer_line (writer, "const long head = b < end ? b : end;");
  emit_layout (writer, step, rows, TRUE);
  weft_writer_open (writer, "for (; b + %" G_GINT64_FORMAT " <= end; b += %" G_GINT64_FORMAT ")",
                    rows * row, rows * row);
  weft_writer_line (writer, "const long u = b / %" G_GINT64_FORMAT ";", row);
  emit_layout (writer, step, rows, FALSE);
  weft_writer_line (writer, "WEFT_INDEPENDENT");
  weft_writer_open (writer, "for (int l = 0; l < %" G_GINT64_FORMAT "; l++)", rows * row);
  emit_element (writer, step, &places);
  weft_writer_close (writer);
  weft_writer_close (writer);
  weft_writer_open (writer, "for (int part = 0; part < 2; part++)");
  weft_writer_line (writer, "const long from = part == 0 ? begin : head < b ? b : head;");
  weft_writer_line (writer, "const long to = part == 0 ? head : end;");
  weft_writer_open (writer, "for (long i = from; i < to; i++)");
  emit_element (writer, step, &ends);
  weft_writer_close (writer);
  weft_writer_close (writer);
}

/* ---- The choice ---- */

/* Whether blocks of whole rows are worth their text. */
static gboolean
is_short (const WeftStep *step)
{
  gint64 row = step->dims[step->rank - 1];

  return row > 0 && row < LONG_ROW && element_count (step) >= 2 * block_rows (row) * row;
}

void
weft_emit_tiles (WeftWriter *writer, const WeftStep *step)
{
  weft_emit_operands (writer, step);
  emit_invariants (writer, step);
  if (step->rank <= 1 || is_flat (step))
    emit_flat (writer, step);
  else if (is_short (step))
    emit_short (writer, step);
  else if (step->dims[step->rank - 1] < LONG_ROW)
    emit_flat (writer, step);
  else
    emit_nested (writer, step);
}
