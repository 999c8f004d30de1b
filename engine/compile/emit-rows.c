/* Loop nests with rows in C.
 *
 * A long row is gone through by itself: each run of instructions that stand once an element is a
 * loop over it, reductions in WEFT_LANES lanes. Short rows, which are reduced in the order of their
 * elements, go BLOCK at a time, so that the rows are what vectorises; what a row by itself has as
 * one number has a place for each row of the block then.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/emit-nest.h"

#define BLOCK 16
#define SCRATCH_ALIGNMENT 64
/* Operands from here on are not found in the caches; rows from here on are worth asking for early.
 */
#define PREFETCH_BYTES (4 << 20)
#define PREFETCH_ROW 4096
#define LINE_BYTES 64

/* ---- A run of elements ---- */

/* Lanes, or what is reduced in order, at their neutral elements. */
static void
emit_neutral (WeftNest *nest, const WeftNestRun *run, gboolean lanes)
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

          weft_writer_op (nest->writer, op, "%s %c%u[%u];", weft_nest_result_type (op), letter,
                          op->dst, n);
          weft_writer_line (nest->writer, "for (int l = 0; l < %u; l++)", n);
          weft_writer_line (nest->writer, "  %c%u[l] = %s;", letter, op->dst, neutral);
        }
      else
        weft_writer_op (nest->writer, op, "%s r%u = %s;", weft_nest_result_type (op), op->dst,
                        neutral);
    }
}

/* Lanes put together pairwise. */
static void
emit_join (WeftNest *nest, const WeftNestRun *run)
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
      weft_writer_op (nest->writer, op, "const %s r%u = s%u[0];", weft_nest_result_type (op),
                      op->dst, op->dst);
    }
}

/* Whether a loop before @run has loaded operand @i. */
static gboolean
is_loaded_before (const WeftNest *nest, const WeftNestRun *run, guint i)
{
  for (guint k = 0; k < run->first; k++)
    if (nest->step->ops[k].op == WEFT_TILE_LOAD && !nest->step->ops[k].per_row &&
        nest->step->ops[k].src[0] == i)
      return TRUE;
  return FALSE;
}

/* While this row is in the cache, and is computed on, the next one comes: of operands that come
 * from memory, in a loop that finds its own row in the cache. */
static void
emit_prefetches (WeftNest *nest, const WeftNestRun *run)
{
  const WeftStep *step = nest->step;

  for (guint k = run->first; k < run->end; k++)
    {
      const WeftTileOp *op = &step->ops[k];
      guint             i = op->src[0], size = (guint) weft_dtype_size (op->dtype);
      gint64            distance, bytes = nest->row * size;

      if (op->op != WEFT_TILE_LOAD || op->per_row || !is_loaded_before (nest, run, i) ||
          step->in[i].strides[step->rank - 1] != 1 ||
          !weft_nest_row_distance (step, &step->in[i], &distance) || distance == 0 ||
          bytes < PREFETCH_ROW || bytes * weft_step_units (step) < PREFETCH_BYTES)
        continue;
      for (guint at = 0; at < WEFT_LANES; at += LINE_BYTES / size)
        weft_writer_line (nest->writer,
                          "__builtin_prefetch (p%u + j + %" G_GINT64_FORMAT ", 0, 2);", i,
                          distance + at);
    }
}

/* WEFT_LANES elements at a time, then the rest of the row. */
static void
emit_lanes (WeftNest *nest, const WeftNestRun *run)
{
  gint64           rest = nest->row % WEFT_LANES, whole = nest->row - rest;
  g_autofree char *place = g_strdup_printf ("%" G_GINT64_FORMAT " + l", whole);

  weft_writer_open (nest->writer, "for (int j = 0; j < %" G_GINT64_FORMAT "; j += %u)", whole,
                    WEFT_LANES);
  emit_prefetches (nest, run);
  weft_writer_line (nest->writer, "WEFT_INDEPENDENT");
  weft_writer_open (nest->writer, "for (int l = 0; l < %u; l++)", WEFT_LANES);
  weft_nest_write_elements (nest, run, "j + l", TRUE);
  weft_writer_close (nest->writer);
  weft_writer_close (nest->writer);
  if (rest == 0)
    return;
  weft_writer_line (nest->writer, "WEFT_INDEPENDENT");
  weft_writer_open (nest->writer, "for (int l = 0; l < %" G_GINT64_FORMAT "; l++)", rest);
  weft_nest_write_elements (nest, run, place, TRUE);
  weft_writer_close (nest->writer);
}

/* The rows of a block, put together in their order. */
static void
emit_block_across (WeftNest *nest, const WeftNestRun *run)
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
      weft_writer_line (nest->writer, "  for (int j = 0; j < %" G_GINT64_FORMAT "; j++)",
                        nest->row);
      weft_writer_op (nest->writer, op, "    %s = %s;", to, text);
    }
}

/* Each element of a block of rows, the rows side by side. */
static void
emit_block_elements (WeftNest *nest, const WeftNestRun *run)
{
  weft_writer_open (nest->writer, "for (int j = 0; j < %" G_GINT64_FORMAT "; j++)", nest->row);
  weft_writer_line (nest->writer, "WEFT_INDEPENDENT");
  weft_writer_open (nest->writer, "for (int l = 0; l < %u; l++)", nest->block);
  weft_nest_write_elements (nest, run, "j", FALSE);
  weft_writer_close (nest->writer);
  weft_writer_close (nest->writer);
}

static gboolean
run_streams (const WeftNest *nest, const WeftNestRun *run)
{
  for (guint i = run->first; i < run->end; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];

      if (op->op == WEFT_TILE_STORE &&
          weft_emit_is_streamed (nest->writer->program, nest->step, op->dst))
        return TRUE;
    }
  return FALSE;
}

/* A loop whose results go past the caches, in blocks. */
static void
emit_streams (WeftNest *nest, const WeftNestRun *run)
{
  weft_writer_open (nest->writer, "for (int b = 0; b < %" G_GINT64_FORMAT "; b += %u)", nest->row,
                    WEFT_STREAM_BLOCK);
  weft_writer_line (nest->writer,
                    "const int n = %" G_GINT64_FORMAT " - b < %u ? %" G_GINT64_FORMAT " - b : %u;",
                    nest->row, WEFT_STREAM_BLOCK, nest->row, WEFT_STREAM_BLOCK);
  weft_emit_stream_places (nest->writer, nest->step, run->first, run->end);
  weft_writer_line (nest->writer, "WEFT_INDEPENDENT");
  weft_writer_open (nest->writer, "for (int l = 0; l < n; l++)");
  nest->streams = TRUE;
  weft_nest_write_elements (nest, run, "b + l", FALSE);
  nest->streams = FALSE;
  weft_writer_close (nest->writer);
  weft_emit_stream (nest->writer, nest->step, run->first, run->end, "q", "b");
  weft_writer_close (nest->writer);
}

static void
emit_element_run (WeftNest *nest, const WeftNestRun *run)
{
  gboolean lanes = nest->row > WEFT_LANES && weft_nest_run_has (nest, run, WEFT_TILE_REDUCE);

  weft_nest_write_invariants (nest, run);
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
  /* What is reduced in order depends on the element before. */
  if (!weft_nest_run_has (nest, run, WEFT_TILE_REDUCE))
    weft_writer_line (nest->writer, "WEFT_INDEPENDENT");
  weft_writer_open (nest->writer, "for (int j = 0; j < %" G_GINT64_FORMAT "; j++)", nest->row);
  weft_nest_write_elements (nest, run, "j", FALSE);
  weft_writer_close (nest->writer);
}

/* ---- A run of rows ---- */

/* Lines, or a loop over the block's rows and one for what goes from row to row. */
static void
emit_row_run (WeftNest *nest, const WeftNestRun *run)
{
  for (guint i = run->first; i < run->end; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];

      if (weft_nest_is_in_a_run (op) && nest->block > 1 && weft_nest_has_result (op))
        weft_writer_line (nest->writer, "%s r%u[%u];", weft_nest_result_type (op), op->dst,
                          nest->block);
    }
  for (guint across = 0; across < 2; across++)
    {
      guint written = 0;

      for (guint i = run->first; i < run->end; i++)
        {
          const WeftTileOp *op = &nest->step->ops[i];

          if (!weft_nest_is_in_a_run (op) || (op->op == WEFT_TILE_ACROSS) != across)
            continue;
          if (nest->block > 1 && written++ == 0)
            weft_writer_open (nest->writer, "for (int l = 0; l < %u; l++)", nest->block);
          weft_nest_write_row_op (nest, op);
        }
      if (written > 0)
        weft_writer_close (nest->writer);
    }
}

/* ---- Rows ---- */

/* Places on the stack that a block of short rows needs. */
static void
emit_block_places (WeftNest *nest)
{
  for (guint i = 0; i < nest->step->n_ops; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];

      if (weft_nest_is_kept (nest, op))
        weft_writer_line (nest->writer, "%s k%u[%" G_GINT64_FORMAT "][%u];",
                          weft_nest_result_type (op), op->dst, nest->row, nest->block);
      if (op->op == WEFT_TILE_ACROSS && !op->per_row && nest->block > 1)
        weft_writer_line (nest->writer, "%s a%u[%u][%" G_GINT64_FORMAT "];",
                          weft_nest_result_type (op), op->dst, nest->block, nest->row);
    }
}

/* The instructions of @block rows of @row elements from row u. */
static void
emit_rows (WeftNest *nest, gint64 row, guint block)
{
  WeftNestRun run;

  nest->row = row;
  nest->block = block;
  weft_nest_write_pointers (nest);
  if (block > 1)
    emit_block_places (nest);
  for (guint i = 0; weft_nest_next_run (nest, i, &run); i = run.end)
    if (weft_nest_is_once_a_row (&nest->step->ops[run.first]))
      emit_row_run (nest, &run);
    else
      emit_element_run (nest, &run);
}

/* Places in the caller's scratch for what later loops over a long row read. */
static gsize
emit_scratch (WeftNest *nest)
{
  gsize bytes = 0;

  for (guint i = 0; i < nest->step->n_ops; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];
      gsize             size = weft_dtype_size (weft_tile_result_dtype (op)) * nest->step->row;

      if (!weft_nest_is_kept (nest, op))
        continue;
      weft_writer_line (nest->writer, "%s *const k%u = (%s *) (scratch + %" G_GSIZE_FORMAT ");",
                        weft_nest_result_type (op), op->dst, weft_nest_result_type (op), bytes);
      bytes += (size + SCRATCH_ALIGNMENT - 1) / SCRATCH_ALIGNMENT * SCRATCH_ALIGNMENT;
    }
  return bytes;
}

/* All rows but a ragged last one, and that one. */
static void
emit_ragged (WeftNest *nest)
{
  gint64 last = weft_step_units (nest->step) - 1;

  weft_writer_line (nest->writer,
                    "const long whole = end > %" G_GINT64_FORMAT " ? %" G_GINT64_FORMAT " : end;",
                    last, last);
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
  WeftNest nest;
  gsize    bytes;

  weft_nest_init (&nest, writer, step);
  weft_emit_operands (writer, step);
  bytes = emit_scratch (&nest);
  weft_nest_write_before (&nest);
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
  weft_nest_write_after (&nest);
  for (guint i = 0; i < step->n_out; i++)
    if (i != step->partials && weft_emit_is_streamed (writer->program, step, i))
      {
        weft_writer_line (writer, "weft_stream_end ();");
        break;
      }
  weft_nest_clear (&nest);
  return bytes;
}
