/* Loop nests and strided copies in CUDA C: the same instructions, shared out among the threads of a
 * grid, which may have any size.
 *
 * Without rows, a thread an element, or four where they lie side by side. A long row is a warp's, its
 * lanes the threads, which are put together pairwise as in C, so the bits are the same; of short
 * rows each thread has one. What a later loop reads of a row stays in the threads' registers where
 * they hold it. What goes across rows goes across the rows of a piece, one after the other: a thread
 * has one column of a piece, or, where something is put together along the rows too, a warp or a
 * thread has the piece. Blocks are whole warps.
 *
 * scratch has a place for each worker of the grid; bad is set to 1 + the number of an instruction
 * that met a number out of range.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <string.h>

#include "engine/compile/emit-nest.h"

#define ALIGNMENT 64
/* Of a thread, for a row that a warp has: more, and fewer warps are at work at once. */
#define MOST_REGISTERS 64

static gsize
align (gsize bytes)
{
  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The head of the kernel. Returns how many operands and results are among its parameters. */
guint
weft_emit_parameters (WeftWriter *writer, const WeftStep *step)
{
  GString *list = g_string_new (NULL);
  guint    n = step->n_in;

  for (guint i = 0; i < step->n_in; i++)
    g_string_append_printf (list, "const %s *in%u, ",
                            weft_text_type (writer->program->slots[step->in[i].slot].dtype), i);
  for (guint i = 0; i < step->n_out; i++)
    if (step->kind != WEFT_STEP_TILES || i != step->partials)
      {
        g_string_append_printf (
          list, "%s *out%u, ", weft_text_type (writer->program->slots[step->out[i].slot].dtype), i);
        n++;
      }
  if (step->kind == WEFT_STEP_OP && (step->apply->op->traits & WEFT_TRAIT_RANDOM) != 0)
    {
      g_string_append (list, "const unsigned long long *draw, ");
      n++;
    }
  weft_writer_line (writer, "extern \"C\" __global__ void");
  weft_writer_open (writer, WEFT_TEXT_NAME " (%schar *partials, char *scratch, int *bad)",
                    list->str);
  g_string_free (list, TRUE);
  return n;
}

/* The text of the kernel whose braces are still open. */
WeftKernelText *
weft_emit_finish (WeftWriter *writer, guint n_pointers, gint64 threads)
{
  WeftKernelText *text;

  weft_writer_close (writer);
  text = weft_writer_finish (writer);
  text->n_pointers = n_pointers;
  text->threads = threads;
  return text;
}

/* ---- With rows ---- */

static gboolean
goes_across (const WeftStep *step)
{
  for (guint i = 0; i < step->n_ops; i++)
    if (step->ops[i].op == WEFT_TILE_ACROSS)
      return TRUE;
  return FALSE;
}

/* Which worker this is, and how many there are. */
static void
emit_workers (WeftNest *nest)
{
  weft_writer_line (nest->writer,
                    "const long thread = (long) blockIdx.x * blockDim.x + threadIdx.x;");
  weft_writer_line (nest->writer, "const long threads = (long) gridDim.x * blockDim.x;");
  if (nest->warp)
    {
      weft_writer_line (nest->writer, "const long worker = thread / %u, workers = threads / %u;",
                        WEFT_LANES, WEFT_LANES);
      weft_writer_line (nest->writer, "const int l = threadIdx.x %% %u;", WEFT_LANES);
    }
  else
    weft_writer_line (nest->writer, "const long worker = thread, workers = threads;");
}

/* Whether a thread has one column of a piece's rows: nothing is put together along them. */
static gboolean
goes_by_columns (const WeftStep *step)
{
  if (!goes_across (step) || step->ragged > 0)
    return FALSE;
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];

      if (op->op == WEFT_TILE_REDUCE || op->op == WEFT_TILE_PICK ||
          (op->per_row && (op->op == WEFT_TILE_STORE || op->op == WEFT_TILE_ACROSS)))
        return FALSE;
    }
  return TRUE;
}

/* Whether a warp's threads can hold what stays of a row. */
static gboolean
fits_registers (const WeftNest *nest)
{
  gint64 words = 0;

  for (guint i = 0; i < nest->step->n_ops; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];

      if (weft_nest_is_kept (nest, op) || (op->op == WEFT_TILE_ACROSS && !op->per_row))
        words += (nest->step->row + WEFT_LANES - 1) / WEFT_LANES *
                 MAX (weft_dtype_size (weft_tile_result_dtype (op)) / 4, 1);
    }
  return words > 0 && words <= MOST_REGISTERS;
}

/* Places for what later loops read; returns the bytes of each worker's scratch. */
static gsize
emit_kept (WeftNest *nest)
{
  gsize  bytes = 0, at = 0;
  gint64 own = nest->in_registers ? (nest->step->row + WEFT_LANES - 1) / WEFT_LANES : nest->step->row;

  for (guint i = 0; nest->warp && !nest->in_registers && i < nest->step->n_ops; i++)
    if (weft_nest_is_kept (nest, &nest->step->ops[i]))
      bytes +=
        align (weft_dtype_size (weft_tile_result_dtype (&nest->step->ops[i])) * nest->step->row);
  for (guint i = 0; i < nest->step->n_ops; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];
      const char       *type = weft_nest_result_type (op);

      if (!weft_nest_is_kept (nest, op))
        continue;
      if (!nest->warp || nest->in_registers)
        {
          weft_writer_line (nest->writer, "%s k%u[%" G_GINT64_FORMAT "];", type, op->dst, own);
          continue;
        }
      weft_writer_line (nest->writer,
                        "%s *const k%u = (%s *) (scratch + worker * %" G_GSIZE_FORMAT
                        " + %" G_GSIZE_FORMAT ");",
                        type, op->dst, type, bytes, at);
      at += align (weft_dtype_size (weft_tile_result_dtype (op)) * nest->step->row);
    }
  return bytes;
}

static void
emit_neutral (WeftNest *nest, const WeftNestRun *run)
{
  for (guint i = run->first; i < run->end; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];
      g_autofree char  *neutral = NULL;

      if (op->op != WEFT_TILE_REDUCE)
        continue;
      neutral = weft_text_neutral (op->combine, op->dtype);
      weft_writer_op (nest->writer, op, "%s r%u = %s;", weft_nest_result_type (op), op->dst,
                      neutral);
      if (nest->warp && nest->row <= WEFT_LANES)
        weft_writer_line (nest->writer, "%s v%u = %s;", weft_nest_result_type (op), op->dst,
                          neutral);
    }
}

/* The lanes' parts of each reduction become the row's, in every lane. */
static void
emit_lanes (WeftNest *nest, const WeftNestRun *run)
{
  gboolean in_order = nest->row <= WEFT_LANES;

  for (guint i = run->first; i < run->end; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];
      g_autofree char  *text = NULL, *r = NULL;

      if (op->op != WEFT_TILE_REDUCE)
        continue;
      r = g_strdup_printf ("r%u", op->dst);
      text = weft_text_combine (op->combine, op->dtype, r, "x");
      if (in_order)
        weft_writer_open (nest->writer, "for (int h = 0; h < %" G_GINT64_FORMAT "; h++)",
                          nest->row);
      else
        weft_writer_open (nest->writer, "for (int h = %u; h > 0; h /= 2)", WEFT_LANES / 2);
      weft_writer_line (nest->writer, "const %s x = __shfl_%s (0xffffffffu, %c%u, h);",
                        weft_nest_result_type (op), in_order ? "sync" : "down_sync",
                        in_order ? 'v' : 'r', op->dst);
      weft_writer_op (nest->writer, op, "%s = %s;", r, text);
      weft_writer_close (nest->writer);
      if (!in_order)
        weft_writer_line (nest->writer, "%s = __shfl_sync (0xffffffffu, %s, 0);", r, r);
    }
}

static void
emit_run (WeftNest *nest, const WeftNestRun *run)
{
  if (weft_nest_is_once_a_row (&nest->step->ops[run->first]))
    {
      for (guint i = run->first; i < run->end; i++)
        if (weft_nest_is_in_a_run (&nest->step->ops[i]))
          weft_nest_write_row_op (nest, &nest->step->ops[i]);
      return;
    }
  weft_nest_write_invariants (nest, run);
  emit_neutral (nest, run);
  if (!nest->columns)
    weft_nest_open_row (nest);
  weft_nest_write_elements (nest, run, "j", FALSE);
  if (!nest->columns)
    weft_nest_close_row (nest);
  if (nest->warp)
    emit_lanes (nest, run);
}

/* The instructions of row u, of @row elements. */
static void
emit_row (WeftNest *nest, gint64 row)
{
  WeftNestRun run;

  nest->row = row;
  weft_nest_write_pointers (nest);
  for (guint i = 0; weft_nest_next_run (nest, i, &run); i = run.end)
    emit_run (nest, &run);
}

/* The body of a loop over rows. */
static void
emit_any_row (WeftNest *nest)
{
  const WeftStep *step = nest->step;

  if (step->ragged == 0)
    {
      emit_row (nest, step->row);
      return;
    }
  weft_writer_open (nest->writer, "if (u < %" G_GINT64_FORMAT ")", weft_step_units (step) - 1);
  emit_row (nest, step->row);
  weft_writer_close (nest->writer);
  weft_writer_open (nest->writer, "else");
  emit_row (nest, step->ragged);
  weft_writer_close (nest->writer);
}

/* A worker's pieces of rows. */
static void
emit_pieces (WeftNest *nest)
{
  const WeftStep *step = nest->step;
  gint64          units = weft_step_units (step);
  gint64          rows = step->partials != WEFT_NOBODY && step->piece_rows > 0 ? step->piece_rows : units;
  gint64          pieces = rows > 0 ? (units + rows - 1) / rows : 0;
  gsize           at = 0;

  if (nest->columns)
    {
      weft_writer_open (nest->writer,
                        "for (long column = worker; column < %" G_GINT64_FORMAT
                        "; column += workers)",
                        pieces * step->row);
      weft_writer_line (nest->writer, "const long piece = column / %" G_GINT64_FORMAT ";",
                        step->row);
      weft_writer_line (nest->writer, "const int j = (int) (column %% %" G_GINT64_FORMAT ");",
                        step->row);
    }
  else
    weft_writer_open (nest->writer,
                      "for (long piece = worker; piece < %" G_GINT64_FORMAT "; piece += workers)",
                      pieces);
  weft_writer_line (nest->writer, "const long begin = piece * %" G_GINT64_FORMAT ";", rows);
  weft_writer_line (nest->writer,
                    "const long end = begin + %" G_GINT64_FORMAT " < %" G_GINT64_FORMAT
                    " ? begin + %" G_GINT64_FORMAT " : %" G_GINT64_FORMAT ";",
                    rows, units, rows, units);
  for (guint i = 0; rows < units && i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];
      const char       *type = weft_nest_result_type (op);

      if (op->op != WEFT_TILE_ACROSS)
        continue;
      weft_writer_line (nest->writer,
                        "%s *const out%u = (%s *) (partials + piece * %" G_GSIZE_FORMAT
                        " + %" G_GSIZE_FORMAT ");",
                        type, op->dst, type, weft_step_partial_bytes (step), at);
      at += align (weft_dtype_size (op->dtype) * (op->per_row ? 1 : step->row));
    }
  weft_nest_write_before (nest);
  if (nest->columns)
    weft_writer_line (nest->writer, "#pragma unroll 4");
  weft_writer_open (nest->writer, "for (long u = begin; u < end; u++)");
  emit_any_row (nest);
  weft_writer_close (nest->writer);
  weft_nest_write_after (nest);
  weft_writer_close (nest->writer);
}

static gsize
emit_rows (WeftWriter *writer, const WeftStep *step)
{
  WeftNest nest;
  gsize    bytes;

  weft_nest_init (&nest, writer, step);
  nest.block = 1;
  nest.columns = goes_by_columns (step);
  nest.warp = step->row > WEFT_LANES && !nest.columns;
  nest.in_registers = nest.warp && fits_registers (&nest);
  emit_workers (&nest);
  bytes = emit_kept (&nest);
  if (goes_across (step))
    emit_pieces (&nest);
  else
    {
      weft_nest_write_before (&nest);
      weft_writer_open (writer, "for (long u = worker; u < %" G_GINT64_FORMAT "; u += workers)",
                        weft_step_units (step));
      emit_any_row (&nest);
      weft_writer_close (writer);
    }
  weft_nest_clear (&nest);
  return bytes;
}

/* The loop of this thread over i from 0 to @n; @step: NULL, or i is a number of its elements. */
static void
open_elements (WeftWriter *writer, gint64 n, const WeftStep *step)
{
  const char *type = step != NULL ? weft_emit_grid_counter (step) : "long";

  weft_writer_line (writer, "const %s threads = (%s) gridDim.x * blockDim.x;", type, type);
  weft_writer_open (writer,
                    "for (%s i = (%s) blockIdx.x * blockDim.x + threadIdx.x; i < %" G_GINT64_FORMAT
                    "; i += threads)",
                    type, type, n);
}

/* Strided, by fours where they are neighbours on both sides. */
static void
emit_copy (WeftWriter *writer, const WeftStep *step)
{
  const char      *type = weft_text_type (writer->program->slots[step->out[0].slot].dtype);
  g_autofree char *four = weft_emit_four_place (writer->program, step, 0);
  g_autofree char *place = NULL;

  if (four != NULL && weft_step_units (step) % 4 == 0 && weft_emit_is_aligned (writer->program, &step->out[0]))
    {
      open_elements (writer, weft_step_units (step) / 4, step);
      weft_writer_line (writer,
                        "((weft_four<%s> *) out0)[i] = ((const weft_four<%s> *) in0)[%s];", type,
                        type, weft_text_index (four));
      weft_writer_close (writer);
      return;
    }
  place = weft_text_place (step->rank, step->dims, step->in[0].strides, "i");
  open_elements (writer, weft_step_units (step), step);
  weft_writer_line (writer, "out0[i] = in0[%s];", weft_text_index (place));
  weft_writer_close (writer);
}

/* How many threads of the kernel find work. */
static gint64
count_threads (const WeftProgram *program, const WeftStep *step)
{
  gint64 units = weft_step_units (step);

  if (step->kind == WEFT_STEP_TILES && step->row == 0)
    return weft_emit_grid_threads (program, step);
  if (step->row == 0)
    return units;
  if (goes_across (step))
    units = step->partials != WEFT_NOBODY && step->piece_rows > 0
              ? (units + step->piece_rows - 1) / step->piece_rows
              : 1;
  if (goes_by_columns (step))
    return units * step->row;
  return step->row > WEFT_LANES ? units * WEFT_LANES : units;
}

static gboolean
has_text (const WeftStep *step)
{
  return step->kind == WEFT_STEP_COPY ||
         (step->kind == WEFT_STEP_TILES && weft_emit_has_nest (step, WEFT_TEXT_CUDA));
}

/* weft_emit_cuda:
 *
 * Returns: the text of the first kernel of @step, owned by the caller; NULL: it has none.
 */
WeftKernelText *
weft_emit_cuda (const WeftProgram *program, const WeftStep *step)
{
  WeftWriter      writer;
  WeftKernelText *text;
  gsize           bytes = 0;
  guint           n_pointers;

  if (step->kind == WEFT_STEP_OP)
    return weft_emit_op (program, step, 0);
  if (!has_text (step))
    return NULL;
  weft_writer_init (&writer, program, WEFT_TEXT_CUDA);
  n_pointers = weft_emit_parameters (&writer, step);
  if (step->kind == WEFT_STEP_COPY)
    emit_copy (&writer, step);
  else if (step->row > 0)
    bytes = emit_rows (&writer, step);
  else
    weft_emit_grid (&writer, step);
  text = weft_emit_finish (&writer, n_pointers, count_threads (program, step));
  text->scratch_bytes = bytes;
  text->fails = weft_step_picks (step);
  weft_writer_clear (&writer);
  return text;
}

/* ---- Pieces ---- */

/* One result, its pieces one after the other; @at: where it lies in each. */
static void
emit_pieces_of (WeftWriter *writer, const WeftStep *step, const WeftTileOp *op, gsize at)
{
  const char      *type = weft_text_type (op->dtype);
  g_autofree char *together = weft_text_combine (op->combine, op->dtype, "x", "y");

  weft_writer_open (writer, "if (i < %" G_GINT64_FORMAT ")", op->per_row ? 1 : step->row);
  weft_writer_line (writer,
                    "const %s *const piece = (const %s *) (partials + %" G_GSIZE_FORMAT ") + i;",
                    type, type, at);
  weft_writer_line (writer, "%s x = *piece;", type);
  weft_writer_open (writer, "for (long k = 1; k < %" G_GINT64_FORMAT "; k++)",
                    (weft_step_units (step) + step->piece_rows - 1) / step->piece_rows);
  weft_writer_line (writer,
                    "const %s y = *(const %s *) ((const char *) piece + k * %" G_GSIZE_FORMAT ");",
                    type, type, weft_step_partial_bytes (step));
  weft_writer_op (writer, op, "x = %s;", together);
  weft_writer_close (writer);
  weft_writer_line (writer, "out%u[i] = x;", op->dst);
  weft_writer_close (writer);
}

/* A kernel that puts the pieces of what goes across the rows of @it together, in their order, a
 * thread an element; NULL: it leaves no pieces. */
static WeftKernelText *
emit_join (const WeftProgram *program, const WeftStep *it)
{
  WeftWriter      writer;
  WeftKernelText *text;
  gsize           at = 0;
  guint           n_pointers;

  if (!has_text (it) || it->kind != WEFT_STEP_TILES || it->partials == WEFT_NOBODY ||
      it->piece_rows == 0 || weft_step_units (it) <= it->piece_rows)
    return NULL;
  weft_writer_init (&writer, program, WEFT_TEXT_CUDA);
  n_pointers = weft_emit_parameters (&writer, it);
  open_elements (&writer, it->row, NULL);
  for (guint i = 0; i < it->n_ops; i++)
    if (it->ops[i].op == WEFT_TILE_ACROSS)
      {
        emit_pieces_of (&writer, it, &it->ops[i], at);
        at += align (weft_dtype_size (it->ops[i].dtype) * (it->ops[i].per_row ? 1 : it->row));
      }
  weft_writer_close (&writer);
  text = weft_emit_finish (&writer, n_pointers, it->row);
  weft_writer_clear (&writer);
  return text;
}

/* weft_emit_then:
 * @launch: which of the launches after the first of @step, from 1.
 *
 * Returns: its text, owned by the caller; NULL: there are no more.
 */
WeftKernelText *
weft_emit_then (const WeftProgram *program, guint step, guint launch)
{
  const WeftStep *it = &program->steps[step];

  if (it->kind == WEFT_STEP_OP)
    return weft_emit_op (program, it, launch);
  return launch == 1 ? emit_join (program, it) : NULL;
}

/* ---- Products ---- */

/* Strides of the result of @step and of what it adds, over its matrices, rows and columns. */
static guint
addend_dims (const WeftStep *step, gint64 *dims, gint64 *from, gint64 *to)
{
  guint n = step->gemm.batch_rank;

  for (guint i = 0; i < n; i++)
    {
      dims[i] = step->gemm.batch[i];
      from[i] = step->gemm.batch_c[i];
      to[i] = step->gemm.batch_out[i];
    }
  dims[n] = step->gemm.m;
  from[n] = step->gemm.c_row;
  to[n] = step->gemm.ldc;
  dims[n + 1] = step->gemm.n;
  from[n + 1] = step->gemm.c_column;
  to[n + 1] = 1;
  return n + 2;
}

/* weft_emit_is_aligned:
 *
 * Returns: whether @operand is known to start at a multiple of four of its elements. What a body is
 * given lies anywhere.
 */
gboolean
weft_emit_is_aligned (const WeftProgram *program, const WeftOperand *operand)
{
  const WeftSlot *slot = &program->slots[operand->slot];

  return operand->offset % 4 == 0 &&
         (!program->is_body || (slot->kind != WEFT_SLOT_INPUT && slot->kind != WEFT_SLOT_OUTPUT));
}

static gboolean
is_in_place (
  const WeftStep *step, guint rank, const gint64 *dims, const gint64 *from, const gint64 *to)
{
  if (step->in[2].slot != step->out[0].slot || step->in[2].offset != step->out[0].offset)
    return FALSE;
  for (guint i = 0; i < rank; i++)
    if (dims[i] > 1 && from[i] != to[i])
      return FALSE;
  return TRUE;
}

/* weft_emit_addend:
 *
 * A kernel that puts what a product is added to where the product goes, a thread an element.
 *
 * Returns: its text, or NULL where @step adds nothing, or what it adds is there.
 */
WeftKernelText *
weft_emit_addend (const WeftProgram *program, guint step)
{
  const WeftStep  *it = &program->steps[step];
  gint64           dims[WEFT_MAX_RANK + 2], from[WEFT_MAX_RANK + 2], to[WEFT_MAX_RANK + 2], n = 1;
  g_autofree char *read = NULL, *write = NULL;
  WeftWriter       writer;
  WeftKernelText  *text;
  guint            rank, n_pointers;

  if (it->kind != WEFT_STEP_GEMM || !it->gemm.adds)
    return NULL;
  rank = addend_dims (it, dims, from, to);
  if (is_in_place (it, rank, dims, from, to))
    return NULL;
  for (guint i = 0; i < rank; i++)
    n *= dims[i];
  read = weft_text_place (rank, dims, from, "i");
  write = weft_text_place (rank, dims, to, "i");
  weft_writer_init (&writer, program, WEFT_TEXT_CUDA);
  n_pointers = weft_emit_parameters (&writer, it);
  open_elements (&writer, n, NULL);
  weft_writer_line (&writer, "*(out0%s) = *(in2%s);", write, read);
  weft_writer_close (&writer);
  text = weft_emit_finish (&writer, n_pointers, n);
  weft_writer_clear (&writer);
  return text;
}
