/* Ops' own kernels: their calls are filled once; each run sets pointers and shares the units out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"
#include "engine/run/function-private.h"
#include "engine/run/pool.h"

#define CHUNK_US 15.0
#define MIN_JOB_US 20.0
/* Rows run at about one operation a nanosecond where nothing vectorises. */
#define FLOPS_PER_US 1000.0

void
weft_kernel_plan_init (WeftKernelPlan *plan, const WeftProgram *program, const WeftStep *step)
{
  const WeftApply *apply = step->apply;
  WeftKernelCall  *call = &plan->call;
  double           flops = step->flops;
  guint            n = MAX (apply->n_inputs, 1);
  plan->in_dtypes = g_new0 (WeftDType, n);
  plan->in_ranks = g_new0 (guint, n);
  plan->in_shapes = g_malloc0_n (n, sizeof *plan->in_shapes);
  plan->in = g_new0 (const void *, n);
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      plan->in_dtypes[i] = apply->inputs[i]->type.dtype;
      plan->in_ranks[i] = weft_type_dims (&apply->inputs[i]->type, plan->in_shapes[i]);
    }
  call->op = apply->op;
  call->attrs = apply->attrs;
  call->n_inputs = apply->n_inputs;
  call->n_outputs = apply->n_outputs;
  call->in_dtypes = plan->in_dtypes;
  call->in_ranks = plan->in_ranks;
  call->in_shapes = (const gint64 (*)[WEFT_MAX_RANK]) plan->in_shapes;
  call->in = plan->in;
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      call->out_dtype[i] = apply->outputs[i].type.dtype;
      call->out_rank[i] = weft_type_dims (&apply->outputs[i].type, call->out_shape[i]);
    }
  call->stream = apply->stream;
  plan->units = apply->op->kernel->units (call);
  plan->scratch = apply->op->kernel->scratch != NULL ? apply->op->kernel->scratch (call) : 0;
  if (apply->op->kernel->flops != NULL)
    flops = apply->op->kernel->flops (call);
  plan->us = MAX (flops, step->bytes / 8) / FLOPS_PER_US;
  plan->grain = plan->us < MIN_JOB_US ? MAX (plan->units, 1) : MAX (1, (gint64) (plan->units * (CHUNK_US / plan->us)));
}

void
weft_kernel_plan_clear (WeftKernelPlan *plan)
{
  g_free (plan->in_dtypes);
  g_free (plan->in_ranks);
  g_free (plan->in_shapes);
  g_free (plan->in);
}

typedef struct
{
  WeftKernelPlan *plan;
  WeftExecutor   *executor;
} Job;

/* Each thread has scratch of its own, hence a call of its own. */
static void
run_units (gpointer data, gint64 begin, gint64 end)
{
  const Job     *job = data;
  WeftKernelCall call = job->plan->call;
  if (weft_executor_is_cancelled (job->executor))
    return;
  if (job->plan->scratch > 0)
    call.scratch = weft_pool_scratch (job->plan->scratch);
  call.op->kernel->run (&call, begin, end);
}

void
weft_kernel_plan_run (WeftKernelPlan *plan, WeftExecutor *executor, const WeftStep *step)
{
  Job job = { plan, executor };
  for (guint i = 0; i < step->n_in; i++)
    plan->in[i] = weft_executor_operand (executor, &step->in[i]);
  for (guint i = 0; i < step->n_out; i++)
    plan->call.out[i] = weft_executor_operand (executor, &step->out[i]);
  plan->call.seed = weft_random_seed (executor->seed, plan->call.stream);
  plan->call.step = executor->step;
  plan->call.bad = &executor->bad;
  weft_pool_run_estimated (run_units, &job, plan->units, plan->grain, plan->us);
}
