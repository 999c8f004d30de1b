/* Ops' own kernels: their calls are filled once; each run sets pointers and shares the units out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/function-private.h"
#include "engine/run/pool.h"

#define CHUNK_US 15.0
#define MIN_JOB_US 20.0
/* Rows run at about one operation a nanosecond where nothing vectorises. */
#define FLOPS_PER_US 1000.0
#define BYTES_PER_FLOP 8

/* @flops, @bytes: the step's, for deciding how to share it out. */
void
weft_kernel_plan_init (WeftKernelPlan *plan, const WeftApply *apply, double flops, double bytes)
{
  const WeftKernel *kernel = apply->op->kernel;
  weft_prepared_call_init (&plan->prepared, apply);
  if (kernel->prepare != NULL)
    {
      weft_pool_prepare_thread ();
      plan->prepared.call.prepared = kernel->prepare (&plan->prepared.call);
    }
  plan->units = kernel->units (&plan->prepared.call);
  plan->scratch = kernel->scratch != NULL ? kernel->scratch (&plan->prepared.call) : 0;
  plan->us = MAX (flops, bytes / BYTES_PER_FLOP) / FLOPS_PER_US;
  plan->grain = plan->us < MIN_JOB_US ? MAX (plan->units, 1)
                                      : MAX (1, (gint64) (plan->units * (CHUNK_US / plan->us)));
}

void
weft_kernel_plan_clear (WeftKernelPlan *plan)
{
  const WeftOp *op = plan->prepared.call.op;
  if (op == NULL)
    return;
  if (op->kernel->release != NULL && plan->prepared.call.prepared != NULL)
    op->kernel->release (plan->prepared.call.prepared);
  weft_prepared_call_clear (&plan->prepared);
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
  WeftKernelCall call = job->plan->prepared.call;
  if (weft_executor_is_cancelled (job->executor))
    return;
  weft_pool_prepare_thread ();
  if (job->plan->scratch > 0)
    call.scratch = weft_pool_scratch (job->plan->scratch);
  call.op->kernel->run (&call, begin, end);
}

/* Asks the kernel whether it will meet a number out of range. */
void
weft_kernel_plan_check (WeftKernelPlan *plan, WeftExecutor *executor, const WeftStep *step)
{
  for (guint i = 0; i < step->n_in; i++)
    plan->prepared.in[i] = weft_executor_operand (executor, &step->in[i]);
  plan->prepared.call.bad = &executor->bad;
  plan->prepared.call.op->kernel->check (&plan->prepared.call);
}

void
weft_kernel_plan_run (WeftKernelPlan *plan, WeftExecutor *executor, const WeftStep *step)
{
  Job             job = { plan, executor };
  WeftKernelCall *call = &plan->prepared.call;
  for (guint i = 0; i < step->n_in; i++)
    plan->prepared.in[i] = weft_executor_operand (executor, &step->in[i]);
  for (guint i = 0; i < step->n_out; i++)
    call->out[i] = weft_executor_operand (executor, &step->out[i]);
  call->seed = weft_random_seed (executor->seed, call->stream);
  call->step = executor->step;
  call->bad = &executor->bad;
  call->event = executor->event;
  call->event_data = executor->event_data;
  if (call->op->kernel->begin != NULL)
    {
      weft_pool_prepare_thread ();
      call->op->kernel->begin (call);
    }
  weft_pool_run_estimated (run_units, &job, plan->units, plan->grain, plan->us);
  if (call->op->kernel->finish != NULL && !weft_executor_is_cancelled (executor))
    call->op->kernel->finish (call);
}
