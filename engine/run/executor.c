/* The interpreter: a program's steps, one after the other, over one arena.
 *
 * Nothing is allocated while it runs, but for a thread's scratch the first time. A call can be
 * cancelled between chunks until the first step that writes a shared variable; from there on
 * nothing fails and the call is finished.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <glib/gi18n.h>
#include <stdlib.h>

#include "engine/run/function-private.h"

/* Of the arena, as the memory plan assumes. */
#define ALIGNMENT 64

static WeftExecutor *
executor_new (WeftProgram *program, gpointer arena)
{
  WeftExecutor         *executor = g_new0 (WeftExecutor, 1);
  const WeftPrimitives *primitives = weft_primitives_get ();
  executor->program = program;
  executor->slots = g_new0 (void *, MAX (program->n_slots, 1));
  executor->arena = arena;
  executor->tiles = g_new0 (WeftTilePlan *, MAX (program->n_steps, 1));
  executor->loops = g_new0 (WeftLoopPlan *, MAX (program->n_steps, 1));
  executor->kernels = g_new0 (WeftKernelPlan, MAX (program->n_steps, 1));
  for (guint i = 0; i < program->n_slots; i++)
    {
      const WeftSlot *slot = &program->slots[i];
      if (slot->kind == WEFT_SLOT_ARENA)
        executor->slots[i] = (char *) executor->arena + slot->offset;
      else if (slot->kind == WEFT_SLOT_CONSTANT)
        executor->slots[i] = program->constants[slot->index]->data;
    }
  for (guint i = 0; i < program->n_steps; i++)
    {
      const WeftStep *step = &program->steps[i];
      if (step->kind == WEFT_STEP_TILES)
        executor->tiles[i] = weft_tile_plan_new (program, step, primitives);
      else if (step->kind == WEFT_STEP_OP)
        weft_kernel_plan_init (&executor->kernels[i], step->apply, step->flops, step->bytes);
      else if (step->bodies != NULL)
        executor->loops[i] = weft_loop_plan_new (
          step, weft_executor_operand (executor, &step->out[step->bodies->workspace]));
    }
  return executor;
}

WeftExecutor *
weft_executor_new_inside (WeftProgram *program, gpointer arena)
{
  WeftExecutor *executor = executor_new (program, arena);
  executor->inside = TRUE;
  return executor;
}

WeftExecutor *
weft_executor_new (WeftProgram *program, guint64 seed, GError **error)
{
  gsize         arena_bytes = (MAX (program->arena_bytes, 1) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  gpointer      arena = aligned_alloc (ALIGNMENT, arena_bytes);
  WeftExecutor *executor;
  if (arena == NULL)
    {
      g_autofree char *needs = g_format_size (arena_bytes);
      g_set_error (
        error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_MEMORY,
        _ ("this needs %s at once, which the system does not give; make a dimension smaller"),
        needs);
      weft_program_free (program);
      return NULL;
    }
  executor = executor_new (program, arena);
  executor->seed = seed;
  return executor;
}

void
weft_executor_free (WeftExecutor *executor)
{
  for (guint i = 0; i < executor->program->n_steps; i++)
    {
      g_clear_pointer (&executor->tiles[i], weft_tile_plan_free);
      g_clear_pointer (&executor->loops[i], weft_loop_plan_free);
      weft_kernel_plan_clear (&executor->kernels[i]);
    }
  g_free (executor->tiles);
  g_free (executor->loops);
  g_free (executor->kernels);
  g_free (executor->slots);
  if (!executor->inside)
    {
      free (executor->arena);
      weft_program_free (executor->program);
    }
  g_free (executor);
}

static gboolean
run_step (WeftExecutor *executor, guint i, GError **error)
{
  const WeftStep *step = &executor->program->steps[i];
  switch (step->kind)
    {
    case WEFT_STEP_TILES:
      weft_tile_plan_run (executor->tiles[i], executor);
      break;
    case WEFT_STEP_OP:
      weft_kernel_plan_run (&executor->kernels[i], executor, step);
      break;
    case WEFT_STEP_GEMM:
      weft_product_run (executor, step);
      break;
    case WEFT_STEP_COPY:
      weft_copy_run (executor, step);
      break;
    case WEFT_STEP_LOOP:
    case WEFT_STEP_BRANCH:
      return weft_loop_plan_run (executor->loops[i], executor, error);
    }
  return TRUE;
}

static gboolean
check_indices (WeftExecutor *executor, const WeftStep *step, GError **error)
{
  gint        bad = g_atomic_int_get (&executor->bad);
  const char *port;
  if (bad == 0)
    return TRUE;
  if (step->apply->op->kernel->complain != NULL)
    {
      const WeftKernelCall *call = &executor->kernels[step - executor->program->steps].prepared.call;
      g_autofree char      *message = call->op->kernel->complain (call);
      return weft_run_fail (error, WEFT_RUN_ERROR_ASSERT, step->apply, NULL, "%s: %s",
                            call->op->name, message);
    }
  port = step->apply->op->input_names[CLAMP (bad, 1, (gint) step->apply->op->n_inputs) - 1];
  return weft_run_fail (error, WEFT_RUN_ERROR_INDEX, step->apply, port,
                        _ ("%s: a number of %s is outside its range; check the data against the "
                           "sizes of the other inputs"),
                        step->apply->op->name, port);
}

/* From here on variables are written: what could still fail is asked first. */
static gboolean
check_the_rest (WeftExecutor *executor, guint first, GError **error)
{
  const WeftProgram *program = executor->program;
  for (guint i = first; i < program->n_steps; i++)
    {
      const WeftStep *step = &program->steps[i];
      if (step->kind != WEFT_STEP_OP || step->apply->op->kernel->check == NULL)
        continue;
      weft_kernel_plan_check (&executor->kernels[i], executor, step);
      if (!check_indices (executor, step, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
weft_executor_run (WeftExecutor *executor, GCancellable *cancellable, GError **error)
{
  const WeftProgram *program = executor->program;
  executor->cancellable = cancellable;
  executor->bad = 0;
  for (guint i = 0; i < program->n_steps; i++)
    {
      if (executor->cancellable != NULL &&
          g_cancellable_set_error_if_cancelled (executor->cancellable, error))
        return FALSE;
      if (i == program->first_in_place)
        {
          if (!check_the_rest (executor, i, error))
            return FALSE;
          executor->cancellable = NULL;
        }
      if (!run_step (executor, i, error))
        return FALSE;
      if (program->steps[i].kind == WEFT_STEP_OP &&
          !check_indices (executor, &program->steps[i], error))
        return FALSE;
    }
  /* Chunks of the last step may have been skipped. */
  return executor->cancellable == NULL ||
         !g_cancellable_set_error_if_cancelled (executor->cancellable, error);
}
