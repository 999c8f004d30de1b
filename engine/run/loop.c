/* Loops and choices: a step's programs, run over one workspace.
 *
 * Between two steps of a loop only pointers move: rows of sequences and results by a fixed
 * distance, states from place to place as the compiler planned (compile/loops.c). Nothing is
 * allocated. A choice runs one of its programs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <glib/gi18n.h>

#include "engine/run/function-private.h"
#include "engine/base/number-text.h"

#define ALIGNMENT 64

/* A slot of the program that gets its pointer before each run. */
typedef struct
{
  guint    slot, index;
  gboolean output;
} Binding;

/* Of one of the step's programs. */
typedef struct
{
  WeftExecutor   *executor;
  guint           n_bindings, n_inputs;
  Binding        *bindings;
  char          **inputs, **outputs; /* pointers of the next run */
  guint           n_results;
  WeftBodyResult *results; /* the program's */
  gboolean       *copied;  /* by result: lies in the arena */
} Part;

struct _WeftLoopPlan
{
  const WeftStep   *step;
  const WeftBodies *bodies;
  Part              parts[2];
  char            **next;     /* by state */
  gssize           *advances; /* bytes from row to row of each sequence */
  char            **rows;     /* by result: where row 0 goes, or NULL */
  const WeftLoopPlace *place; /* of the running call; NULL: the CPU */
};

/* ---- Making ---- */

static void
part_init (Part *part, WeftProgram *program, guint n_results, WeftBodyResult *results, char *arena)
{
  g_autoptr (GArray) bindings = g_array_new (FALSE, FALSE, sizeof (Binding));
  part->executor = weft_executor_new_inside (program, arena);
  part->n_results = n_results;
  part->results = results;
  part->copied = g_new0 (gboolean, MAX (n_results, 1));
  for (guint i = 0; i < program->n_slots; i++)
    {
      const WeftSlot *slot = &program->slots[i];
      Binding         binding = { i, slot->index, slot->kind == WEFT_SLOT_OUTPUT };
      if (slot->kind != WEFT_SLOT_INPUT && slot->kind != WEFT_SLOT_OUTPUT)
        continue;
      if (slot->kind == WEFT_SLOT_INPUT)
        part->n_inputs = MAX (part->n_inputs, slot->index + 1);
      g_array_append_val (bindings, binding);
    }
  for (guint i = 0; i < n_results; i++)
    part->copied[i] = program->slots[program->outputs[i].slot].kind == WEFT_SLOT_ARENA;
  part->inputs = g_new0 (char *, MAX (part->n_inputs, 1));
  part->outputs = g_new0 (char *, MAX (n_results, 1));
  part->n_bindings = bindings->len;
  part->bindings = (Binding *) g_array_steal (bindings, NULL);
}

static void
part_clear (Part *part)
{
  g_clear_pointer (&part->executor, weft_executor_free);
  g_free (part->bindings);
  g_free (part->inputs);
  g_free (part->outputs);
  g_free (part->copied);
}

/* The plan of a LOOP or BRANCH step; @step outlives it, @workspace is the step's. */
WeftLoopPlan *
weft_loop_plan_new (const WeftStep *step, char *workspace)
{
  WeftLoopPlan     *plan = g_new0 (WeftLoopPlan, 1);
  const WeftBodies *bodies = step->bodies;
  plan->step = step;
  plan->bodies = bodies;
  for (guint i = 0; i < bodies->n_programs; i++)
    part_init (&plan->parts[i], bodies->programs[i], bodies->n_results[i], bodies->results[i],
               workspace);
  plan->next = g_new0 (char *, MAX (bodies->n_states, 1));
  plan->advances = g_new0 (gssize, MAX (bodies->n_sequences, 1));
  plan->rows = g_new0 (char *, MAX (bodies->n_results[0], 1));
  for (guint i = 0; i < bodies->n_sequences; i++)
    {
      const WeftSlot *slot = &bodies->programs[0]->slots[i];
      plan->advances[i] = step->in[i].strides[0] * (gssize) weft_dtype_size (slot->dtype) *
                          (bodies->backwards ? -1 : 1);
    }
  return plan;
}

void
weft_loop_plan_free (WeftLoopPlan *plan)
{
  for (guint i = 0; i < plan->bodies->n_programs; i++)
    part_clear (&plan->parts[i]);
  g_free (plan->next);
  g_free (plan->advances);
  g_free (plan->rows);
  g_free (plan);
}

WeftExecutor *
weft_loop_plan_get_executor (WeftLoopPlan *plan, guint i)
{
  return plan->parts[i].executor;
}

/* ---- One run of a program ---- */

static void
bind (Part *part)
{
  void **slots = part->executor->slots;
  for (guint i = 0; i < part->n_bindings; i++)
    {
      const Binding *binding = &part->bindings[i];
      slots[binding->slot] = binding->output ? part->outputs[binding->index]
                                             : part->inputs[binding->index];
    }
}

static gboolean
run_part (Part *part, GCancellable *cancellable, GError **error)
{
  bind (part);
  return weft_executor_run (part->executor, cancellable, error);
}

static char *
step_operand (const WeftLoopPlan *plan, WeftExecutor *executor, guint i)
{
  return plan->place != NULL ? plan->place->at[i]
                             : weft_executor_operand (executor, &plan->step->in[i]);
}

/* Where result @i lies after a run. */
static char *
result_of (const Part *part, guint i)
{
  return weft_executor_operand (part->executor, &part->executor->program->outputs[i]);
}

static void
copy (const WeftLoopPlan *plan, char *to, const char *from, gsize bytes)
{
  if (to == from || bytes == 0)
    return;
  if (plan->place != NULL)
    plan->place->copy (plan->place->data, to, from, bytes);
  else
    memcpy (to, from, bytes);
}

static void
clear (const WeftLoopPlan *plan, char *at, gsize bytes)
{
  if (plan->place != NULL)
    plan->place->clear (plan->place->data, at, bytes);
  else
    memset (at, 0, bytes);
}

/* ---- Choices ---- */

static gboolean
run_branch (WeftLoopPlan *plan, WeftExecutor *executor, GError **error)
{
  const WeftStep *step = plan->step;
  guint8          taken = *(const guint8 *) weft_executor_operand (executor, &step->in[0]);
  Part           *part = &plan->parts[taken ? 0 : 1];
  part->executor->seed = executor->seed;
  part->executor->event = executor->event;
  part->executor->event_data = executor->event_data;
  part->executor->step = executor->step;
  for (guint i = 0; i < part->n_inputs; i++)
    part->inputs[i] = weft_executor_operand (executor, &step->in[i + 1]);
  for (guint i = 0; i < part->n_results; i++)
    part->outputs[i] = weft_executor_operand (executor, &step->out[part->results[i].rows]);
  if (!run_part (part, executor->cancellable, error))
    return FALSE;
  for (guint i = 0; i < part->n_results; i++)
    copy (plan, part->outputs[i], result_of (part, i), part->results[i].bytes);
  return TRUE;
}

/* ---- Loops ---- */

static char *
step_result (WeftLoopPlan *plan, WeftExecutor *executor, guint number)
{
  if (number == WEFT_NOBODY)
    return NULL;
  return plan->place != NULL ? plan->place->at[plan->step->n_in + number]
                             : weft_executor_operand (executor, &plan->step->out[number]);
}

static char *
ring_place (WeftLoopPlan *plan, char *workspace, const WeftBodyResult *result, gint64 k)
{
  gsize pitch = (result->bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  return workspace + result->ring_offset + k % result->ring_rows * pitch;
}

/* A state that the body writes over starts as a copy of its initial value. */
static void
begin_states (WeftLoopPlan *plan, WeftExecutor *executor, char *workspace)
{
  const WeftBodies *bodies = plan->bodies;
  Part             *part = &plan->parts[0];
  for (guint i = 0; i < part->n_results; i++)
    {
      const WeftBodyResult *result = &part->results[i];
      char                 *initial, *place;
      if (!result->in_place)
        continue;
      initial = part->inputs[bodies->n_sequences + result->state];
      place = result->ring_rows > 0 ? ring_place (plan, workspace, result, 0)
                                    : step_result (plan, executor, result->last);
      copy (plan, place, initial, result->bytes);
      part->inputs[bodies->n_sequences + result->state] = place;
    }
}

static void
begin (WeftLoopPlan *plan, WeftExecutor *executor, char *workspace)
{
  const WeftBodies *bodies = plan->bodies;
  Part             *part = &plan->parts[0];
  for (guint i = 0; i < part->n_inputs; i++)
    part->inputs[i] = step_operand (plan, executor, i);
  for (guint i = 0; bodies->backwards && i < bodies->n_sequences; i++)
    part->inputs[i] -= (bodies->n_rows - 1) * plan->advances[i];
  for (guint i = 0; i < part->n_results; i++)
    plan->rows[i] = step_result (plan, executor, part->results[i].rows);
  begin_states (plan, executor, workspace);
}

/* Where the body is to write what it makes in the @k-th step, which makes row @row. */
static void
place_outputs (WeftLoopPlan *plan, char *workspace, gint64 k, gint64 row)
{
  Part *part = &plan->parts[0];
  for (guint i = 0; i < part->n_results; i++)
    {
      const WeftBodyResult *result = &part->results[i];
      if (plan->rows[i] != NULL)
        part->outputs[i] = plan->rows[i] + row * (gssize) result->bytes;
      else if (result->ring_rows > 0 && !result->in_place)
        part->outputs[i] = ring_place (plan, workspace, result, k);
    }
}

/* Brings what lies elsewhere to its place and moves states and sequences on. Returns whether the
 * loop is to stop. */
static gboolean
move_on (WeftLoopPlan *plan)
{
  const WeftBodies *bodies = plan->bodies;
  Part             *part = &plan->parts[0];
  gboolean          stop = FALSE;
  for (guint i = 0; i < part->n_results; i++)
    {
      const WeftBodyResult *result = &part->results[i];
      char                 *from = result_of (part, i);
      if (i == bodies->until)
        stop = *(const guint8 *) from != 0;
      if (plan->rows[i] != NULL || (part->copied[i] && result->ring_rows > 0))
        {
          copy (plan, part->outputs[i], from, result->bytes);
          from = part->outputs[i];
        }
      if (result->state != WEFT_NOBODY)
        plan->next[result->state] = from;
    }
  for (guint i = 0; i < part->n_results; i++)
    if (part->results[i].state != WEFT_NOBODY)
      part->inputs[bodies->n_sequences + part->results[i].state] =
        plan->next[part->results[i].state];
  for (guint i = 0; i < bodies->n_sequences; i++)
    part->inputs[i] += plan->advances[i];
  return stop;
}

/* Final values, the count, and zeros where no row was made. */
static void
end (WeftLoopPlan *plan, WeftExecutor *executor, gint64 done)
{
  const WeftBodies *bodies = plan->bodies;
  Part             *part = &plan->parts[0];
  for (guint i = 0; i < part->n_results; i++)
    {
      const WeftBodyResult *result = &part->results[i];
      char                 *last = step_result (plan, executor, result->last);
      gint64                missing = bodies->n_rows - done;
      if (last != NULL)
        copy (plan, last, part->inputs[bodies->n_sequences + result->state], result->bytes);
      if (plan->rows[i] != NULL && missing > 0)
        clear (plan, plan->rows[i] + (bodies->backwards ? 0 : done) * result->bytes,
               missing * result->bytes);
    }
  if (bodies->count != WEFT_NOBODY)
    *(gint64 *) step_result (plan, executor, bodies->count) = done;
}

static gboolean
run_loop (WeftLoopPlan *plan, WeftExecutor *executor, GError **error)
{
  const WeftBodies *bodies = plan->bodies;
  Part             *part = &plan->parts[0];
  char             *workspace = step_result (plan, executor, bodies->workspace);
  gboolean          stop = FALSE;
  gint64            k;
  begin (plan, executor, workspace);
  part->executor->step = executor->step;
  for (k = 0; k < bodies->n_rows && !stop; k++)
    {
      gint64 row = bodies->backwards ? bodies->n_rows - 1 - k : k;
      part->executor->seed = weft_random_row_seed (executor->seed, row);
      part->executor->event = executor->event;
      part->executor->event_data = executor->event_data;
      place_outputs (plan, workspace, k, row);
      if (!run_part (part, executor->cancellable, error))
        {
          if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            g_prefix_error (error, _ ("row %s of a loop: "), WEFT_INT_TEXT (row));
          return FALSE;
        }
      stop = move_on (plan);
    }
  end (plan, executor, k);
  return TRUE;
}

/* Runs the step. Errors: as weft_executor_run. */
gboolean
weft_loop_plan_run (WeftLoopPlan *plan, WeftExecutor *executor, GError **error)
{
  return plan->step->kind == WEFT_STEP_LOOP ? run_loop (plan, executor, error)
                                            : run_branch (plan, executor, error);
}

/* weft_loop_plan_run_at:
 *
 * Row by row, without waiting: what goes wrong is told when somebody settles the device.
 */
void
weft_loop_plan_run_at (WeftLoopPlan *plan, WeftExecutor *executor, const WeftLoopPlace *place)
{
  const WeftBodies *bodies = plan->bodies;
  Part             *part = &plan->parts[0];
  char             *workspace;
  g_assert (plan->step->kind == WEFT_STEP_LOOP && bodies->until == WEFT_NOBODY &&
            bodies->count == WEFT_NOBODY);
  plan->place = place;
  workspace = step_result (plan, executor, bodies->workspace);
  begin (plan, executor, workspace);
  for (gint64 k = 0; k < bodies->n_rows; k++)
    {
      gint64 row = bodies->backwards ? bodies->n_rows - 1 - k : k;
      place_outputs (plan, workspace, k, row);
      bind (part);
      place->run (place->data, part->executor, row);
      move_on (plan);
    }
  end (plan, executor, bodies->n_rows);
  plan->place = NULL;
}
