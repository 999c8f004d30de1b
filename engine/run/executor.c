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
#include <sys/mman.h>

#include "engine/run/compiled.h"
#include "engine/run/device-run.h"
#include "engine/run/function-private.h"
#include "engine/run/pages.h"
#include "engine/run/pool.h"

/* Of the arena, as the memory plan assumes; of a large one, which then lies in few pages. */
#define ALIGNMENT 64
#define HUGE_PAGE (2 << 20)

static gboolean
changes (const WeftSlot *slot)
{
  return slot->kind != WEFT_SLOT_ARENA && slot->kind != WEFT_SLOT_CONSTANT;
}

static void
bind_operand (WeftExecutor *executor, GArray *bindings, const WeftOperand *operand, guint at)
{
  const WeftSlot *slot = &executor->program->slots[operand->slot];
  WeftPlace       binding = { at, operand->slot,
                              operand->offset * (gssize) weft_dtype_size (slot->dtype) };
  if (changes (slot))
    g_array_append_val (bindings, binding);
  else
    executor->at[at] = weft_executor_operand (executor, operand);
}

/* What lies in the arena, and constants, stays where it is. */
static void
bind_steps (WeftExecutor *executor)
{
  const WeftProgram *program = executor->program;
  GArray            *bindings = g_array_new (FALSE, FALSE, sizeof (WeftPlace));
  guint              n = 0;
  executor->first_at = g_new0 (guint, MAX (program->n_steps, 1));
  for (guint i = 0; i < program->n_steps; i++)
    {
      executor->first_at[i] = n;
      n += program->steps[i].n_in + program->steps[i].n_out;
    }
  executor->at = g_new0 (char *, MAX (n, 1));
  for (guint i = 0; i < program->n_steps; i++)
    {
      const WeftStep *step = &program->steps[i];
      for (guint k = 0; k < step->n_in + step->n_out; k++)
        bind_operand (executor, bindings,
                      k < step->n_in ? &step->in[k] : &step->out[k - step->n_in],
                      executor->first_at[i] + k);
    }
  executor->n_bindings = bindings->len;
  executor->bindings = (WeftPlace *) g_array_free (bindings, FALSE);
}

static void
plan_step (WeftExecutor *executor, guint i)
{
  const WeftStep *step = &executor->program->steps[i];
  if (step->kind == WEFT_STEP_TILES)
    executor->tiles[i] = weft_tile_plan_new (executor->program, step, weft_primitives_get ());
  else if (step->kind == WEFT_STEP_OP)
    weft_kernel_plan_init (&executor->kernels[i], step->apply);
  else if (step->kind == WEFT_STEP_GEMM)
    weft_product_plan_init (&executor->products[i], step);
  else if (step->bodies != NULL)
    executor->loops[i] = weft_loop_plan_new (
      step, weft_executor_operand (executor, &step->out[step->bodies->workspace]));
  weft_share_plan (executor, i);
}

static WeftExecutor *
executor_new (WeftProgram *program, gpointer arena)
{
  WeftExecutor *executor = g_new0 (WeftExecutor, 1);
  guint         n = MAX (program->n_steps, 1);
  executor->program = program;
  executor->slots = g_new0 (void *, MAX (program->n_slots, 1));
  executor->arena = arena;
  executor->shares = g_new0 (WeftShare, n);
  executor->codes = g_new0 (WeftStepCode, n);
  executor->tiles = g_new0 (WeftTilePlan *, n);
  executor->loops = g_new0 (WeftLoopPlan *, n);
  executor->kernels = g_new0 (WeftKernelPlan, n);
  executor->products = g_new0 (WeftProductPlan, n);
  executor->bad = g_new0 (gint, n);
  for (guint i = 0; i < program->n_slots; i++)
    {
      const WeftSlot *slot = &program->slots[i];
      if (slot->kind == WEFT_SLOT_ARENA)
        executor->slots[i] = (char *) executor->arena + slot->offset;
      else if (slot->kind == WEFT_SLOT_CONSTANT)
        executor->slots[i] = program->constants[slot->index]->data;
    }
  bind_steps (executor);
  executor->n_threads = weft_pool_count ();
  for (guint i = 0; i < program->n_steps; i++)
    plan_step (executor, i);
  return executor;
}

WeftExecutor *
weft_executor_new_inside (WeftProgram *program, gpointer arena)
{
  WeftExecutor *executor = executor_new (program, arena);
  executor->inside = TRUE;
  return executor;
}

static gpointer
new_arena (gsize needed, gsize *bytes)
{
  gsize    alignment = needed >= HUGE_PAGE ? HUGE_PAGE : ALIGNMENT;
  gpointer arena;
  *bytes = (MAX (needed, 1) + alignment - 1) / alignment * alignment;
  arena = aligned_alloc (alignment, *bytes);
#ifdef MADV_HUGEPAGE
  if (arena != NULL && alignment == HUGE_PAGE)
    madvise (arena, *bytes, MADV_HUGEPAGE);
#endif
  return arena;
}

WeftExecutor *
weft_executor_new (WeftProgram *program, guint64 seed, GError **error)
{
  gsize         arena_bytes;
  gpointer      arena = new_arena (program->arena_bytes, &arena_bytes);
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
weft_executor_fill_pages (WeftExecutor *executor)
{
  const WeftProgram *program = executor->program;
  WeftPages          arena = { executor->arena, program->arena_bytes };
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (WeftPages));
  for (guint i = 0; i < program->n_updates; i++)
    {
      const WeftArray *value = program->shared[program->updates[i].shared]->value;
      WeftPages        pages = { value->data, value->n_bytes };
      if (program->updates[i].in_place && value->owner_free == free)
        g_array_append_val (all, pages);
    }
  executor->filling = weft_pages_fill (1, &arena);
  executor->filling_shared = weft_pages_fill (all->len, (const WeftPages *) all->data);
}

void
weft_executor_settle_shared (WeftExecutor *executor)
{
  g_clear_pointer (&executor->filling_shared, g_thread_join);
}

void
weft_executor_free (WeftExecutor *executor)
{
  weft_executor_settle_shared (executor);
  g_clear_pointer (&executor->filling, g_thread_join);
  for (guint i = 0; i < executor->program->n_steps; i++)
    {
      g_clear_pointer (&executor->tiles[i], weft_tile_plan_free);
      g_clear_pointer (&executor->loops[i], weft_loop_plan_free);
      weft_kernel_plan_clear (&executor->kernels[i]);
    }
  g_free (executor->tiles);
  g_free (executor->loops);
  g_free (executor->kernels);
  g_free (executor->products);
  g_free (executor->shares);
  g_free (executor->codes);
  g_free (executor->bad);
  g_free (executor->at);
  g_free (executor->first_at);
  g_free (executor->bindings);
  g_free (executor->slots);
  if (!executor->inside)
    {
      free (executor->arena);
      weft_program_free (executor->program);
    }
  g_free (executor);
}

/* ---- Numbers out of range ---- */

static gboolean
fail_index (const WeftApply *apply, guint input, GError **error)
{
  const char *port = apply->op->input_names[MIN (input, apply->op->n_inputs - 1)];
  return weft_run_fail (error, WEFT_RUN_ERROR_INDEX, apply, port,
                        _ ("%s: a number of %s is outside its range; check the data against the "
                           "sizes of the other inputs"),
                        apply->op->name, port);
}

/* A nest meets one where it picks: the op that does so has one input of whole numbers. */
static gboolean
fail_pick (WeftExecutor *executor, const WeftStep *step, guint instruction, GError **error)
{
  guint            id = step->ops[MIN (instruction, step->n_ops - 1)].apply;
  const WeftApply *apply = weft_graph_get_apply (executor->program->graph, id);
  guint            input = 0;
  for (guint i = 0; i < apply->n_inputs; i++)
    if (!weft_dtype_is_float (apply->inputs[i]->type.dtype))
      input = i;
  return fail_index (apply, input, error);
}

static gboolean
check_indices (WeftExecutor *executor, guint i, GError **error)
{
  const WeftStep *step = &executor->program->steps[i];
  gint            bad = g_atomic_int_get (&executor->bad[i]);
  if (bad == 0)
    return TRUE;
  if (step->kind == WEFT_STEP_TILES)
    return fail_pick (executor, step, bad - 1, error);
  if (step->apply->op->kernel->complain != NULL)
    {
      const WeftKernelCall *call = &executor->kernels[i].prepared.call;
      g_autofree char      *message = call->op->kernel->complain (call);
      return weft_run_fail (error, WEFT_RUN_ERROR_ASSERT, step->apply, NULL, "%s: %s",
                            call->op->name, message);
    }
  return fail_index (step->apply, MAX (bad, 1) - 1, error);
}

/* What the device's kernels before step number @end have met. */
static gboolean
check_kernels (WeftExecutor *executor, guint end, GError **error)
{
  if (executor->device == NULL)
    return TRUE;
  if (!weft_device_run_check (executor->device, error))
    return FALSE;
  for (guint i = 0; i < end; i++)
    if (!check_indices (executor, i, error))
      return FALSE;
  return TRUE;
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
      if (executor->device != NULL)
        weft_device_run_need (executor->device, i);
      weft_kernel_plan_check (executor, i);
      if (!check_indices (executor, i, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- Running ---- */

/* How many steps from number @i on are one job. */
static guint
group_at (WeftExecutor *executor, guint i)
{
  guint n = MIN (MAX (executor->program->steps[i].group, 1), executor->program->n_steps - i);
  for (guint k = 0; k < n; k++)
    if (executor->shares[i + k].n == 0)
      return 1;
  return n;
}

static gboolean
run_steps (WeftExecutor *executor, guint first, guint n, GError **error)
{
  if (executor->device != NULL && weft_device_run_step (executor->device, first))
    return TRUE;
  if (executor->shares[first].n == 0)
    return weft_loop_plan_run (executor->loops[first], executor, error);
  if (executor->compare && executor->codes[first].func != NULL)
    return weft_compare_step (executor, first, error) && check_indices (executor, first, error);
  weft_share_run (executor, first, n);
  for (guint i = first; i < first + n; i++)
    if (!check_indices (executor, i, error))
      return FALSE;
  return TRUE;
}

/* Somebody changed the number of threads. */
static void
cut_again (WeftExecutor *executor)
{
  executor->n_threads = weft_pool_count ();
  for (guint i = 0; i < executor->program->n_steps; i++)
    weft_share_plan (executor, i);
}

static void
bind (WeftExecutor *executor)
{
  for (guint i = 0; i < executor->n_bindings; i++)
    {
      const WeftPlace *binding = &executor->bindings[i];
      executor->at[binding->at] = (char *) executor->slots[binding->slot] + binding->offset;
    }
}

gboolean
weft_executor_run (WeftExecutor *executor, GCancellable *cancellable, GError **error)
{
  const WeftProgram *program = executor->program;
  gint64            *clock = executor->clock;
  guint              n;
  executor->cancellable = cancellable;
  if (executor->device != NULL)
    weft_device_run_begin (executor->device);
  memset (executor->bad, 0, program->n_steps * sizeof (gint));
  bind (executor);
  if (executor->n_threads != weft_pool_count ())
    cut_again (executor);
  for (guint i = 0; i < program->n_steps; i += n)
    {
      /* Measured or compared, the steps of a group run one by one, as on a device. */
      n = clock == NULL && !executor->compare && executor->device == NULL ? group_at (executor, i)
                                                                          : 1;
      if (executor->cancellable != NULL &&
          g_cancellable_set_error_if_cancelled (executor->cancellable, error))
        return FALSE;
      if (program->first_in_place >= i && program->first_in_place < i + n)
        {
          if (!check_kernels (executor, i, error) || !check_the_rest (executor, i, error))
            return FALSE;
          executor->cancellable = NULL;
        }
      if (clock != NULL)
        clock[i] -= weft_clock_ns ();
      if (!run_steps (executor, i, n, error))
        return FALSE;
      if (executor->device != NULL && executor->after != NULL)
        weft_device_run_show (executor->device, i);
      if (clock != NULL && executor->device != NULL &&
          !weft_device_run_wait (executor->device, error))
        return FALSE;
      if (clock != NULL)
        clock[i] += weft_clock_ns ();
      for (guint k = i; executor->after != NULL && k < i + n; k++)
        if (!executor->after (executor, k, executor->after_data, error))
          return FALSE;
    }
  if (executor->device != NULL && (!check_kernels (executor, program->n_steps, error) ||
                                   !weft_device_run_end (executor->device, error)))
    return FALSE;
  /* Chunks of the last step may have been skipped. */
  return executor->cancellable == NULL ||
         !g_cancellable_set_error_if_cancelled (executor->cancellable, error);
}
