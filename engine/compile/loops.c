/* Loops and choices: their bodies become programs of their own, and what a body makes gets a place.
 *
 * A value that is stacked is written where its row belongs. A state that nobody keeps goes through
 * a ring of places in the workspace: one for the step that writes it and one for every step that
 * still reads an older value; or the body writes over the old value where that dies. A state that
 * only moves on (the value before last) is a pointer. Nothing is copied but what a body takes from
 * somewhere else as it is. What nobody reads is not computed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"
#include "engine/graph/body.h"

#define ALIGNMENT 64

static gsize
align (gsize bytes)
{
  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static gsize
type_bytes (const WeftType *type)
{
  gint64 dims[WEFT_MAX_RANK], strides[WEFT_MAX_RANK];
  guint  rank = weft_type_dims (type, dims);
  return (gsize) weft_view_contiguous_strides (rank, dims, strides) *
         weft_dtype_size (type->dtype);
}

void
weft_bodies_free (WeftBodies *bodies)
{
  for (guint i = 0; i < bodies->n_programs; i++)
    {
      weft_program_free (bodies->programs[i]);
      g_free (bodies->results[i]);
    }
  g_free (bodies);
}

/* ---- Nodes ---- */

static gboolean
is_loop (const WeftApply *apply)
{
  return apply->op->id == WEFT_OP_LOOP;
}

gboolean
weft_compile_is_bodies (const WeftApply *apply)
{
  return is_loop (apply) || apply->op->id == WEFT_OP_BRANCH;
}

static guint
n_sequences_of (const WeftApply *apply)
{
  return is_loop (apply) ? (guint) weft_apply_attr (apply, "sequences")->i : 0;
}

/* Whether each row is in C order; rows may lie at any distance. */
static gboolean
rows_are_contiguous (const WeftView *view, const WeftType *type)
{
  gint64 dims[WEFT_MAX_RANK], strides[WEFT_MAX_RANK];
  guint  rank = weft_type_dims (type, dims);
  if (weft_view_contiguous_strides (rank, dims, strides) == 0)
    return TRUE;
  for (guint i = 1; i < rank; i++)
    if (dims[i] != 1 && view->strides[i] != strides[i])
      return FALSE;
  return TRUE;
}

/* The view of operand number @i, copied first where the body could not read it. */
static WeftView
body_operand (WeftBuilder *builder, const WeftApply *apply, guint i)
{
  const WeftValue *value = apply->inputs[i];
  if (i < n_sequences_of (apply))
    {
      WeftView view = weft_builder_view (builder, value);
      if (rows_are_contiguous (&view, &value->type))
        return view;
    }
  return weft_builder_contiguous (builder, value);
}

/* One node: its results are those of @apply and the workspace. */
void
weft_compile_lower_bodies (WeftBuilder *builder, const WeftApply *apply)
{
  WeftNodeKind kind = is_loop (apply) ? WEFT_NODE_LOOP : WEFT_NODE_BRANCH;
  WeftNode    *node;
  WeftRoot     workspace = { .value = &apply->outputs[0], .kind = WEFT_SLOT_ARENA, .scratch = TRUE };
  for (guint i = 0; i < apply->n_inputs; i++)
    body_operand (builder, apply, i);
  node = weft_builder_add_node (builder, kind, apply, &apply->outputs[0], apply->n_inputs);
  for (guint i = 0; i < apply->n_inputs; i++)
    node->operands[i] = body_operand (builder, apply, i);
  weft_builder_add_results (builder, apply);
  node->n_results++;
  workspace.node = builder->nodes->len - 1;
  g_array_append_val (builder->roots, workspace);
}

/* ---- What a body must compute ---- */

typedef struct
{
  WeftBuilder     *builder;
  const WeftNode  *node;
  const WeftApply *apply;
  WeftStep        *step;
  WeftBodies      *bodies;
  guint           *places; /* by result of the application: number among the step's, or WEFT_NOBODY */
  const WeftBody  *body;
  gboolean        *needed; /* by output of the body */
} Task;

/* The step's results: what somebody reads, and the workspace. */
static void
list_results (Task *task)
{
  const WeftNode *node = task->node;
  GArray         *out = g_array_new (FALSE, TRUE, sizeof (WeftOperand));
  task->places = g_new (guint, node->n_results);
  for (guint i = 0; i < node->n_results; i++)
    {
      WeftOperand operand = { .slot = node->first_result + i };
      WeftRoot   *root = weft_builder_root (task->builder, operand.slot);
      root->stored |= root->scratch;
      task->places[i] = root->stored ? out->len : WEFT_NOBODY;
      if (root->stored)
        g_array_append_val (out, operand);
    }
  task->bodies->workspace = out->len - 1;
  task->step->n_out = out->len;
  task->step->out = (WeftOperand *) g_array_free (out, FALSE);
}

static void
list_operands (Task *task)
{
  const WeftNode *node = task->node;
  task->step->n_in = node->n_operands;
  task->step->in = g_new0 (WeftOperand, MAX (node->n_operands, 1));
  for (guint i = 0; i < node->n_operands; i++)
    {
      task->step->in[i].slot = node->operands[i].root;
      task->step->in[i].offset = node->operands[i].offset;
      task->step->in[i].strides[0] = node->operands[i].strides[0];
    }
}

static gboolean
is_until (const Task *task, guint output)
{
  return weft_apply_attr (task->apply, "until")->i && output == task->body->n_outputs - 1;
}

/* Number among the application's results of what stacks the output. */
static guint
rows_of (const Task *task, guint output)
{
  return is_until (task, output) ? WEFT_NOBODY : task->places[task->bodies->n_states + output];
}

static guint
last_of (const Task *task, guint output)
{
  return output < task->bodies->n_states ? task->places[output] : WEFT_NOBODY;
}

static guint
collect_needed (const Task *task, WeftValue **wanted)
{
  guint n = 0;
  for (guint i = 0; i < task->body->n_outputs; i++)
    if (task->needed[i])
      wanted[n++] = task->body->outputs[i];
  return n;
}

/* Marks the outputs that are read outside or stop the loop, and the states that those need. */
static void
find_needed (Task *task)
{
  const WeftBody        *body = task->body;
  g_autofree WeftValue **wanted = g_new (WeftValue *, body->n_outputs + 1);
  gboolean               more = TRUE;
  task->needed = g_new0 (gboolean, body->n_outputs + 1);
  for (guint i = 0; i < body->n_outputs; i++)
    task->needed[i] = is_until (task, i) || rows_of (task, i) != WEFT_NOBODY ||
                      last_of (task, i) != WEFT_NOBODY;
  while (more)
    {
      guint n = collect_needed (task, wanted);
      g_autoptr (GPtrArray) order = weft_graph_order (body->graph, n, wanted);
      more = FALSE;
      for (guint i = 0; i < task->bodies->n_states; i++)
        if (!task->needed[i] &&
            g_ptr_array_find (order, body->inputs[task->bodies->n_sequences + i]->apply, NULL))
          more = task->needed[i] = TRUE;
    }
}

/* The results of the loop's body: those that are stacked first, so that of two that are the same
 * value the stacked one has it written where it belongs. */
static void
choose_results (Task *task)
{
  WeftBodies *bodies = task->bodies;
  GArray     *results = g_array_new (FALSE, TRUE, sizeof (WeftBodyResult));
  bodies->until = WEFT_NOBODY;
  for (guint stacked = 2; stacked-- > 0;)
    for (guint i = 0; i < task->body->n_outputs; i++)
      {
        WeftBodyResult result = { .output = i,
                                  .state = i < bodies->n_states ? i : WEFT_NOBODY,
                                  .rows = rows_of (task, i),
                                  .last = last_of (task, i),
                                  .bytes = type_bytes (&task->body->outputs[i]->type) };
        if (!task->needed[i] || (result.rows != WEFT_NOBODY) != stacked)
          continue;
        if (is_until (task, i))
          bodies->until = results->len;
        g_array_append_val (results, result);
      }
  bodies->n_results[0] = results->len;
  bodies->results[0] = (WeftBodyResult *) g_array_free (results, FALSE);
}

/* ---- Programs ---- */

/* The program of the body's outputs in @results. */
static WeftProgram *
compile_body (const WeftBody       *body,
              guint                 n,
              const WeftBodyResult *results,
              const guint          *donors)
{
  WeftGraph             *graph = weft_graph_new ();
  g_autofree WeftValue **inputs = g_new (WeftValue *, body->n_inputs + 1);
  g_autofree WeftValue **outputs = g_new (WeftValue *, n + 1);
  g_autoptr (GHashTable) inside = g_hash_table_new (NULL, NULL);
  gboolean cloned;
  for (guint i = 0; i < body->n_inputs; i++)
    {
      weft_graph_push_origins (graph, body->inputs[i]->apply->origins);
      inputs[i] = weft_graph_input (graph, body->inputs[i]->name, &body->inputs[i]->type);
      weft_graph_pop_origin (graph);
      g_hash_table_insert (inside, body->inputs[i], inputs[i]);
    }
  for (guint i = 0; i < n; i++)
    outputs[i] = body->outputs[results[i].output];
  cloned = weft_graph_clone (body->graph, graph, n, outputs, inside, NULL, outputs, NULL);
  g_assert (cloned);
  return weft_program_new_body (graph, body->n_inputs, inputs, n, outputs, donors);
}

/* ---- Places for states ---- */

typedef enum
{
  MADE,    /* written where it is wanted, or over the state's old value */
  COPIED,  /* lies in the body's arena: copied after the step */
  SAME,    /* is another result */
  OLD,     /* is a state's old value, or part of it */
  LASTING, /* is a constant, or part of a sequence */
} Source;

/* Where result @number comes from; @which: the result, or the state, that it is. */
static Source
source_of (const WeftBodies *bodies, guint number, guint *which)
{
  const WeftProgram *program = bodies->programs[0];
  guint              slot_number = program->outputs[number].slot;
  const WeftSlot    *slot = &program->slots[slot_number];
  *which = number;
  if (slot->kind == WEFT_SLOT_ARENA)
    return COPIED;
  if (slot->kind == WEFT_SLOT_OUTPUT)
    {
      *which = slot->index;
      return slot->index == number ? MADE : SAME;
    }
  if (program->written_over[number])
    return MADE;
  if (slot->kind != WEFT_SLOT_INPUT || slot->index < bodies->n_sequences ||
      slot->index >= bodies->n_sequences + bodies->n_states)
    return LASTING;
  *which = slot->index - bodies->n_sequences;
  return OLD;
}

static guint
result_of_state (const WeftBodies *bodies, guint state)
{
  for (guint i = 0; i < bodies->n_results[0]; i++)
    if (bodies->results[0][i].state == state)
      return i;
  g_assert_not_reached ();
}

/* For how many steps after its own each result is still read as some state: 1 for a state, one more
 * for every state that takes over the old value of another; 0: by none. */
static guint *
find_ages (const WeftBodies *bodies)
{
  guint *ages = g_new0 (guint, bodies->n_results[0] + 1);
  for (guint i = 0; i < bodies->n_results[0]; i++)
    {
      guint  at = i, age = 1, which;
      Source source = source_of (bodies, at, &which);
      if (bodies->results[0][i].state == WEFT_NOBODY)
        continue;
      /* States that only change places go round for ever. */
      while ((source == OLD || source == SAME) && age <= bodies->n_states)
        {
          age += source == OLD;
          at = source == OLD ? result_of_state (bodies, which) : which;
          source = source_of (bodies, at, &which);
        }
      ages[at] = MAX (ages[at], age);
    }
  return ages;
}

/* Gives rings to what is made and not stacked; returns the bytes of the workspace. */
static gsize
place_rings (WeftBodies *bodies)
{
  gsize             bytes = align (bodies->programs[0]->arena_bytes);
  g_autofree guint *ages = find_ages (bodies);
  for (guint i = 0; i < bodies->n_results[0]; i++)
    {
      WeftBodyResult *result = &bodies->results[0][i];
      guint           which;
      Source          source = source_of (bodies, i, &which);
      result->in_place = bodies->programs[0]->written_over[i];
      if (result->rows != WEFT_NOBODY || (source != MADE && source != COPIED))
        continue;
      if (result->in_place)
        result->ring_rows = result->last == WEFT_NOBODY ? 1 : 0;
      else
        result->ring_rows = ages[i] + 1;
      result->ring_offset = bytes;
      bytes += result->ring_rows * align (result->bytes);
    }
  return bytes;
}

/* ---- Steps ---- */

static void
set_workspace (Task *task, gsize bytes)
{
  WeftRoot *root =
    weft_builder_root (task->builder, task->step->out[task->bodies->workspace].slot);
  root->n = bytes;
}

static void
count_work (Task *task)
{
  WeftStep *step = task->step;
  double    repeats = step->kind == WEFT_STEP_LOOP ? task->bodies->n_rows : 1;
  for (guint i = 0; i < task->bodies->n_programs; i++)
    {
      const WeftProgram *program = task->bodies->programs[i];
      step->flops = MAX (step->flops, repeats * program->flops);
      step->bytes = MAX (step->bytes, repeats * program->bytes);
      task->builder->program->n_random += program->n_random;
      task->builder->program->intermediate_bytes += (gsize) repeats * program->intermediate_bytes;
    }
}

/* A state that is not stacked may be written over its old value. */
static guint *
find_donors (const WeftApply *apply, const WeftBodies *bodies)
{
  guint *donors = g_new0 (guint, bodies->n_results[0] + 1);
  for (guint i = 0; i < bodies->n_results[0]; i++)
    if (bodies->results[0][i].state != WEFT_NOBODY && bodies->results[0][i].rows == WEFT_NOBODY &&
        weft_compile_may_overwrite (apply, bodies->n_sequences + bodies->results[0][i].state))
      donors[i] = 1 + bodies->n_sequences + bodies->results[0][i].state;
  return donors;
}

static void
fill_loop (Task *task)
{
  WeftBodies       *bodies = task->bodies;
  const WeftApply  *apply = task->apply;
  g_autofree guint *donors = NULL;
  task->body = weft_apply_attr (apply, "step")->body;
  bodies->n_rows = weft_apply_attr (apply, "steps")->dims->dims[0].offset;
  bodies->backwards = weft_apply_attr (apply, "backwards")->i != 0;
  bodies->n_sequences = n_sequences_of (apply);
  bodies->n_states = (guint) weft_apply_attr (apply, "states")->i;
  bodies->count = task->places[apply->n_outputs - 1];
  find_needed (task);
  choose_results (task);
  donors = find_donors (apply, bodies);
  bodies->n_programs = 1;
  bodies->programs[0] =
    compile_body (task->body, bodies->n_results[0], bodies->results[0], donors);
  task->step->kind = WEFT_STEP_LOOP;
  task->step->name = g_strdup_printf ("loop %" G_GINT64_FORMAT, bodies->n_rows);
  set_workspace (task, place_rings (bodies));
  g_free (task->needed);
}

static void
fill_branch (Task *task)
{
  static const char *const sides[] = { "then", "otherwise" };
  WeftBodies              *bodies = task->bodies;
  gsize                    bytes = 0;
  bodies->count = bodies->until = WEFT_NOBODY;
  bodies->n_programs = G_N_ELEMENTS (sides);
  for (guint i = 0; i < bodies->n_programs; i++)
    {
      const WeftBody *body = weft_apply_attr (task->apply, sides[i])->body;
      GArray         *results = g_array_new (FALSE, TRUE, sizeof (WeftBodyResult));
      for (guint k = 0; k < body->n_outputs; k++)
        {
          WeftBodyResult result = { .output = k,
                                    .state = WEFT_NOBODY,
                                    .rows = task->places[k],
                                    .last = WEFT_NOBODY,
                                    .bytes = type_bytes (&body->outputs[k]->type) };
          if (result.rows != WEFT_NOBODY)
            g_array_append_val (results, result);
        }
      bodies->n_results[i] = results->len;
      bodies->results[i] = (WeftBodyResult *) g_array_free (results, FALSE);
      bodies->programs[i] = compile_body (body, bodies->n_results[i], bodies->results[i], NULL);
      bytes = MAX (bytes, bodies->programs[i]->arena_bytes);
    }
  task->step->kind = WEFT_STEP_BRANCH;
  task->step->name = g_strdup ("branch");
  set_workspace (task, bytes);
}

/* Fills the step of a LOOP or BRANCH node. */
void
weft_compile_bodies (WeftBuilder *builder, WeftNode *node, WeftStep *step)
{
  Task task = { .builder = builder, .node = node, .apply = node->apply, .step = step };
  task.bodies = step->bodies = g_new0 (WeftBodies, 1);
  step->apply = node->apply;
  step->origins = node->apply->origins;
  list_results (&task);
  list_operands (&task);
  if (node->kind == WEFT_NODE_LOOP)
    fill_loop (&task);
  else
    fill_branch (&task);
  count_work (&task);
  g_free (task.places);
}
