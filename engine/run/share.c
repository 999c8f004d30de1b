/* Sharing steps out: one step, or a group of steps that do not need each other, is one job of
 * chunks.
 *
 * What a chunk is depends on the step alone, and of large products on the number of threads.
 * Compiled code, once it is there, does the same chunks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/executor.h"
#include "engine/run/pool.h"

/* A chunk should take this long, so that claiming it costs nothing; shorter jobs are not cut. Small
 * jobs are cut into a few equal chunks: so a thread's part is the same from step to step, and what
 * it needs is in its cache. */
#define CHUNK_US 10.0
#define MIN_JOB_US 6.0
#define FEW_CHUNKS 4

typedef struct
{
  WeftExecutor *executor;
  guint         first, n; /* steps */
} Job;

/* ---- Planning ---- */

WeftShare
weft_share_cut (gint64 units, gint64 grain, double us)
{
  WeftShare share = { .n = 1, .units = units, .us = us };
  if (us < MIN_JOB_US || units <= grain)
    return share;
  if (us < FEW_CHUNKS * CHUNK_US)
    share.units = (units + FEW_CHUNKS - 1) / FEW_CHUNKS;
  else
    share.units = MAX (1, (gint64) (units * (CHUNK_US / us)));
  share.units = (share.units + grain - 1) / grain * grain;
  share.n = (units + share.units - 1) / share.units;
  return share;
}

/* Bytes that a thread needs for a chunk of step @i. */
static gsize
scratch_of (WeftExecutor *executor, guint i)
{
  const WeftStep *step = &executor->program->steps[i];
  if (executor->codes[i].func != NULL)
    return executor->codes[i].scratch_bytes;
  if (step->kind == WEFT_STEP_TILES)
    return weft_tile_plan_scratch (executor->tiles[i]);
  if (step->kind == WEFT_STEP_OP)
    return executor->kernels[i].scratch;
  if (step->kind == WEFT_STEP_GEMM)
    return weft_product_plan_scratch (&executor->products[i], step);
  return 0;
}

void
weft_share_plan (WeftExecutor *executor, guint i)
{
  const WeftStep *step = &executor->program->steps[i];
  WeftShare       whole = { .n = 1, .units = 1 };
  gboolean        compiled = executor->codes[i].func != NULL;
  switch (step->kind)
    {
    case WEFT_STEP_TILES:
      executor->shares[i] = weft_tile_plan_share (executor->tiles[i]);
      break;
    case WEFT_STEP_COPY:
      executor->shares[i] = compiled ? whole : weft_copy_share (step);
      break;
    case WEFT_STEP_OP:
      executor->shares[i] = compiled ? whole : weft_kernel_plan_share (&executor->kernels[i], step);
      break;
    case WEFT_STEP_GEMM:
      executor->shares[i] = compiled ? whole
                                     : weft_product_plan_share (&executor->products[i], step,
                                                                executor->n_threads);
      break;
    case WEFT_STEP_LOOP:
    case WEFT_STEP_BRANCH:
      whole.n = compiled ? 1 : 0;
      executor->shares[i] = whole;
      break;
    }
  weft_pool_reserve (scratch_of (executor, i));
}

void
weft_executor_set_code (WeftExecutor  *executor,
                        guint          step,
                        WeftKernelCode code,
                        gsize          scratch_bytes)
{
  executor->codes[step] = (WeftStepCode){ code, scratch_bytes };
  weft_share_plan (executor, step);
}

/* ---- Chunks ---- */

/* Units @begin to @end, by compiled code or the interpreter of nests. */
static void
run_nest (WeftExecutor *executor, guint i, char *const *at, gint64 begin, gint64 end)
{
  const WeftStepCode *code = &executor->codes[i];
  int                 bad;
  if (code->func != NULL)
    bad = code->func (at, begin, end, weft_pool_scratch (code->scratch_bytes));
  else
    bad = weft_tile_plan_call (executor->tiles[i], at, begin, end,
                               weft_pool_scratch (weft_tile_plan_scratch (executor->tiles[i])));
  if (bad != 0)
    g_atomic_int_set (&executor->bad[i], bad);
}

/* A piece of rows of which something goes into a place of its own. */
static void
run_piece (WeftExecutor *executor, guint i, gint64 piece, gint64 begin, gint64 end)
{
  const WeftStep *step = &executor->program->steps[i];
  guint           n = step->n_in + step->n_out;
  char          **at = g_newa (char *, n);
  memcpy (at, weft_executor_at (executor, i), n * sizeof (char *));
  weft_tile_plan_place (executor->tiles[i], at, piece);
  run_nest (executor, i, at, begin, end);
}

static gboolean
has_pieces (const WeftStep *step, const WeftShare *share)
{
  return step->kind == WEFT_STEP_TILES && step->piece_rows > 0 && share->n > 1;
}

static void
run_chunk (WeftExecutor *executor, guint i, gint64 chunk)
{
  const WeftStep  *step = &executor->program->steps[i];
  const WeftShare *share = &executor->shares[i];
  gint64           begin = chunk * share->units, end = begin + share->units;
  if (executor->codes[i].func != NULL && step->kind != WEFT_STEP_TILES)
    {
      /* Small enough for one thread, or it would have no code. */
      run_nest (executor, i, weft_executor_at (executor, i), 0, weft_step_units (step));
      return;
    }
  switch (step->kind)
    {
    case WEFT_STEP_TILES:
      end = MIN (end, weft_step_units (step));
      if (has_pieces (step, share))
        run_piece (executor, i, chunk, begin, end);
      else
        run_nest (executor, i, weft_executor_at (executor, i), begin, end);
      break;
    case WEFT_STEP_COPY:
      weft_copy_run (executor, i, begin, end);
      break;
    case WEFT_STEP_OP:
      weft_kernel_run (executor, i, begin, end);
      break;
    case WEFT_STEP_GEMM:
      weft_product_run (executor, i, begin, end);
      break;
    case WEFT_STEP_LOOP:
    case WEFT_STEP_BRANCH:
      g_assert_not_reached ();
    }
}

static void
run_chunks (gpointer data, gint64 begin, gint64 end)
{
  const Job *job = data;
  guint      i = job->first;
  for (gint64 before = 0; begin < end; begin++)
    {
      if (weft_executor_is_cancelled (job->executor))
        return;
      for (; begin - before >= job->executor->shares[i].n; i++)
        before += job->executor->shares[i].n;
      run_chunk (job->executor, i, begin - before);
    }
}

/* ---- Running ---- */

static void
begin_step (WeftExecutor *executor, guint i)
{
  if (executor->program->steps[i].kind == WEFT_STEP_OP && executor->codes[i].func == NULL)
    weft_kernel_begin (executor, i);
}

static void
finish_step (WeftExecutor *executor, guint i)
{
  const WeftStep *step = &executor->program->steps[i];
  if (step->kind == WEFT_STEP_OP && executor->codes[i].func == NULL)
    weft_kernel_finish (executor, i);
  else if (has_pieces (step, &executor->shares[i]))
    weft_tile_plan_join (executor->tiles[i], weft_executor_at (executor, i));
}

void
weft_share_run (WeftExecutor *executor, guint first, guint n)
{
  Job    job = { executor, first, n };
  gint64 chunks = 0;
  double us = 0;
  for (guint i = first; i < first + n; i++)
    {
      begin_step (executor, i);
      chunks += executor->shares[i].n;
      us += executor->shares[i].us;
    }
  weft_pool_run_estimated (run_chunks, &job, chunks, 1, us);
  for (guint i = first; i < first + n; i++)
    finish_step (executor, i);
}
