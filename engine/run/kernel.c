/* Ops' own kernels: their calls are filled once; each run sets pointers and shares the units out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/function-private.h"
#include "engine/run/pool.h"

/* Rows run at about one operation a nanosecond where nothing vectorises. */
#define FLOPS_PER_US 1000.0
#define BYTES_PER_FLOP 8

void
weft_kernel_plan_init (WeftKernelPlan *plan, const WeftApply *apply)
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
}

WeftShare
weft_kernel_plan_share (const WeftKernelPlan *plan, const WeftStep *step)
{
  return weft_share_cut (plan->units, 1,
                         MAX (step->flops, step->bytes / BYTES_PER_FLOP) / FLOPS_PER_US);
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

/* Sets what changes with the call. */
void
weft_kernel_begin (WeftExecutor *executor, guint i)
{
  const WeftStep *step = &executor->program->steps[i];
  WeftKernelCall *call = &executor->kernels[i].prepared.call;
  char          **at = weft_executor_at (executor, i);
  call->in = (const void **) at;
  for (guint k = 0; k < step->n_out; k++)
    call->out[k] = at[step->n_in + k];
  call->seed = weft_random_seed (executor->seed, call->stream);
  call->step = executor->step;
  call->bad = &executor->bad[i];
  call->event = executor->event;
  call->event_data = executor->event_data;
  if (call->op->kernel->begin != NULL)
    {
      weft_pool_prepare_thread ();
      call->op->kernel->begin (call);
    }
}

/* Each thread has scratch of its own, hence a call of its own. */
void
weft_kernel_run (WeftExecutor *executor, guint i, gint64 begin, gint64 end)
{
  const WeftKernelPlan *plan = &executor->kernels[i];
  WeftKernelCall        call = plan->prepared.call;
  end = MIN (end, plan->units);
  if (begin >= end)
    return;
  weft_pool_prepare_thread ();
  if (plan->scratch > 0)
    call.scratch = weft_pool_scratch (plan->scratch);
  call.op->kernel->run (&call, begin, end);
}

void
weft_kernel_finish (WeftExecutor *executor, guint i)
{
  WeftKernelCall *call = &executor->kernels[i].prepared.call;
  if (call->op->kernel->finish != NULL && !weft_executor_is_cancelled (executor))
    call->op->kernel->finish (call);
}

/* Asks the kernel whether it will meet a number out of range. */
void
weft_kernel_plan_check (WeftExecutor *executor, guint i)
{
  WeftKernelCall *call = &executor->kernels[i].prepared.call;
  call->in = (const void **) weft_executor_at (executor, i);
  call->bad = &executor->bad[i];
  call->op->kernel->check (call);
}
