/* Out of loops, after them: what only feeds a stack is computed for all rows at once, and what is
 * read of a stack is its last row becomes the final value.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/loops.h"

typedef struct
{
  const WeftLoop *loop;
  GPtrArray      *order;    /* of the step */
  guint8         *constant; /* by application: the same in every step */
  guint8         *pushed;   /* by application: only feeds stacks, and works for all rows */
} Step;

static guint
count_row_inputs (const Step *step, const WeftApply *apply)
{
  guint n = 0;

  for (guint i = 0; i < apply->n_inputs; i++)
    n += !step->constant[apply->inputs[i]->apply->id];
  return n;
}

/* Whether @apply does for stacks, with a first axis more, what it does for rows. */
static gboolean
works_on_stacks (const Step *step, const WeftApply *apply)
{
  guint rank = apply->outputs[0].type.shape.rank;

  if (apply->n_outputs != 1 || rank == WEFT_MAX_RANK || count_row_inputs (step, apply) == 0 ||
      apply->op->traits & (WEFT_TRAIT_RANDOM | WEFT_TRAIT_EFFECT | WEFT_TRAIT_BODY))
    return FALSE;
  if (apply->op->id == WEFT_OP_MATMUL)
    return !step->constant[apply->inputs[0]->apply->id] &&
           step->constant[apply->inputs[1]->apply->id] && apply->inputs[0]->type.shape.rank >= 1 &&
           apply->inputs[1]->type.shape.rank == 2;
  if (weft_loop_counts_from_end (apply))
    return TRUE;
  if (!(apply->op->traits & WEFT_TRAIT_ELEMENTWISE))
    return FALSE;
  /* Rows of lower rank would meet the wrong axes. */
  for (guint i = 0; i < apply->n_inputs; i++)
    if (!step->constant[apply->inputs[i]->apply->id] && apply->inputs[i]->type.shape.rank != rank)
      return FALSE;
  return TRUE;
}

/* Marks what stays: all that states, or what cannot be pushed, read. From the outputs down. */
static void
find_pushed (Step *step)
{
  const WeftBody    *body = step->loop->step;
  g_autofree guint8 *stays = g_malloc0 (weft_graph_n_applies (body->graph) + 1);

  for (guint i = 0; i < step->loop->n_states; i++)
    stays[body->outputs[i]->apply->id] = 1;
  for (guint i = step->order->len; i-- > 0;)
    {
      const WeftApply *apply = g_ptr_array_index (step->order, i);

      step->pushed[apply->id] =
        !stays[apply->id] && apply->n_inputs > 0 && works_on_stacks (step, apply);
      for (guint k = 0; k < apply->n_inputs && !step->pushed[apply->id]; k++)
        stays[apply->inputs[k]->apply->id] = 1;
    }
}

static void
step_init (Step *step, const WeftLoop *loop)
{
  const WeftBody *body = loop->step;
  guint           n = weft_graph_n_applies (body->graph) + 1;

  step->loop = loop;
  step->order = weft_graph_order (body->graph, body->n_outputs, body->outputs);
  step->pushed = g_malloc0 (n);
  step->constant = weft_loop_constants (loop, step->order);
  find_pushed (step);
}

static void
step_clear (Step *step)
{
  g_ptr_array_unref (step->order);
  g_free (step->pushed);
  g_free (step->constant);
}

/* What is pushed out for the sake of @value, inputs first. WeftApply*; NULL where there is no
 * product in it, so that it would save nothing. */
static GPtrArray *
pushed_for (const Step *step, WeftValue *value)
{
  g_autoptr (GPtrArray) order = weft_graph_order (step->loop->step->graph, 1, &value);
  g_autofree guint8 *needed = g_malloc0 (value->apply->id + 1);
  GPtrArray         *found = g_ptr_array_new ();
  gboolean           product = FALSE;

  needed[value->apply->id] = step->pushed[value->apply->id];
  for (guint i = order->len; i-- > 0;)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      if (!needed[apply->id] || !step->pushed[apply->id])
        continue;
      product |= apply->op->id == WEFT_OP_MATMUL;
      g_ptr_array_insert (found, 0, apply);
      for (guint k = 0; k < apply->n_inputs; k++)
        needed[apply->inputs[k]->apply->id] = 1;
    }
  if (product)
    return found;
  g_ptr_array_unref (found);
  return NULL;
}

/* The rows that @pushed reads and the loop makes: to be stacked. FALSE where that is too much. */
static gboolean
add_stacked (const Step *step, const GPtrArray *pushed, GPtrArray *stacked)
{
  for (guint i = 0; i < pushed->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (pushed, i);

      for (guint k = 0; k < apply->n_inputs; k++)
        {
          WeftValue *value = apply->inputs[k];

          if (step->constant[value->apply->id] || step->pushed[value->apply->id] ||
              g_ptr_array_find (stacked, value, NULL))
            continue;
          if (!weft_loop_fits_stacked (step->loop, value))
            return FALSE;
          g_ptr_array_add (stacked, value);
        }
    }
  return TRUE;
}

/* ---- The loop without it ---- */

static gboolean
find_sequence (const WeftLoop *loop, const WeftValue *value, guint *number)
{
  for (*number = 0; *number < loop->n_sequences; ++*number)
    if (loop->step->inputs[*number] == value)
      return TRUE;
  return FALSE;
}

/* Outputs of the step: states, the extras that stay, and what is stacked from now on. */
static GPtrArray *
new_outputs (const WeftLoop *loop, const gboolean *gone, const GPtrArray *stacked)
{
  GPtrArray *outputs = g_ptr_array_new ();
  guint      number;

  for (guint i = 0; i < loop->n_states + loop->n_extras; i++)
    if (i < loop->n_states || !gone[i - loop->n_states])
      g_ptr_array_add (outputs, loop->step->outputs[i]);
  for (guint i = 0; i < stacked->len; i++)
    if (!find_sequence (loop, g_ptr_array_index (stacked, i), &number))
      weft_step_output (outputs, g_ptr_array_index (stacked, i));
  return outputs;
}

static WeftApply *
make_loop (WeftGraph *graph, const WeftLoop *loop, const WeftApply *apply, GPtrArray *outputs)
{
  WeftLoop less = *loop;
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) given = g_ptr_array_new ();
  g_autoptr (WeftBodyMaker) maker = weft_step_begin (graph, loop->step, NULL, map);

  for (guint i = 0; i < apply->n_inputs; i++)
    g_ptr_array_add (given, apply->inputs[i]);
  return weft_loop_remake (
    graph, &less,
    weft_step_finish (maker, loop->step, outputs->len, (WeftValue **) outputs->pdata, map), given);
}

/* What stands outside, for all rows, for what the pushed part reads. */
static void
set_outside (const Step      *step,
             const WeftApply *apply,
             WeftApply       *made,
             const GPtrArray *stacked,
             GPtrArray       *outputs,
             GHashTable      *outside)
{
  const WeftBody *body = step->loop->step;
  guint           number;

  for (guint i = step->loop->n_sequences + step->loop->n_states; i < body->n_inputs; i++)
    g_hash_table_insert (outside, body->inputs[i], apply->inputs[i]);
  for (guint i = 0; i < stacked->len; i++)
    {
      WeftValue *value = g_ptr_array_index (stacked, i);

      if (find_sequence (step->loop, value, &number))
        g_hash_table_insert (outside, value, apply->inputs[number]);
      else
        g_hash_table_insert (
          outside, value,
          weft_apply_output (made, step->loop->n_states + weft_step_output (outputs, value)));
    }
}

/* @value of the step for all rows, made in @graph from what @outside says. NULL where that does not
 * come out right. */
static WeftValue *
compute_stack (WeftGraph *graph, const Step *step, WeftValue *value, GHashTable *outside)
{
  g_autoptr (GPtrArray) order = weft_graph_order (step->loop->step->graph, 1, &value);
  WeftValue *stack;
  WeftType   row;

  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *inside = g_ptr_array_index (order, i);

      if ((!step->pushed[inside->id] && !step->constant[inside->id]) ||
          inside->op->id == WEFT_OP_INPUT || g_hash_table_contains (outside, &inside->outputs[0]))
        continue;
      stack = weft_loop_lift_apply (graph, inside, outside);
      if (stack == NULL)
        return NULL;
      for (guint k = 0; k < inside->n_outputs; k++)
        g_hash_table_insert (outside, &inside->outputs[k], &stack->apply->outputs[k]);
    }
  stack = g_hash_table_lookup (outside, value);
  if (stack->type.shape.rank != value->type.shape.rank + 1 ||
      !weft_dim_equal (stack->type.shape.dims[0], step->loop->steps))
    return NULL;
  row = weft_row_type (&stack->type);
  return row.dtype == value->type.dtype && weft_shape_equal (&row.shape, &value->type.shape) ? stack
                                                                                             : NULL;
}

/* Which extras are pushed out, and what is stacked for them. FALSE: none. */
static gboolean
choose (const Step *step, gboolean *gone, GPtrArray *stacked)
{
  gboolean any = FALSE;

  for (guint i = 0; i < step->loop->n_extras; i++)
    {
      WeftValue *value = step->loop->step->outputs[step->loop->n_states + i];
      g_autoptr (GPtrArray) pushed = pushed_for (step, value);

      gone[i] = pushed != NULL && add_stacked (step, pushed, stacked);
      any |= gone[i];
    }
  return any;
}

gboolean
weft_loop_push (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results)
{
  WeftLoop             loop = weft_loop_read (apply);
  g_autofree gboolean *gone = g_new0 (gboolean, loop.n_extras + 1);
  g_autoptr (GPtrArray) stacked = g_ptr_array_new ();
  Step     step;
  gboolean done = FALSE;

  /* Rows that the loop never comes to are 0, whatever would be computed of them. */
  if (loop.until || loop.n_extras == 0)
    return FALSE;
  step_init (&step, &loop);
  if (choose (&step, gone, stacked))
    {
      g_autoptr (GPtrArray) outputs = new_outputs (&loop, gone, stacked);
      g_autoptr (GHashTable) outside = g_hash_table_new (NULL, NULL);
      WeftApply *made = make_loop (graph, &loop, apply, outputs);
      guint      kept = loop.n_states;

      set_outside (&step, apply, made, stacked, outputs, outside);
      done = TRUE;
      for (guint i = 0; i < 2 * loop.n_states; i++)
        results[i] = weft_apply_output (made, i);
      for (guint i = 0; i < loop.n_extras && done; i++)
        {
          results[2 * loop.n_states + i] =
            gone[i] ? compute_stack (graph, &step, loop.step->outputs[loop.n_states + i], outside)
                    : weft_apply_output (made, loop.n_states + kept++);
          done = results[2 * loop.n_states + i] != NULL;
        }
      results[apply->n_outputs - 1] = weft_loop_count (made);
    }
  step_clear (&step);
  for (guint i = 0; i < apply->n_outputs && !done; i++)
    results[i] = NULL;
  return done;
}

/* ---- The last row ---- */

/* The stack's row that @index picks, and nothing else: 1 the last, -1 the first, 0 neither. */
static gint
picked_row (const WeftAttr *index, WeftDim steps)
{
  WeftDim at;

  if (index->n_index < 1 || index->index[0].kind != WEFT_INDEX_AT)
    return 0;
  for (guint i = 1; i < index->n_index; i++)
    if (index->index[i].kind != WEFT_INDEX_REST)
      return 0;
  at = index->index[0].start;
  if (weft_dim_equal (at, weft_dim (-1)) || weft_dim_equal (weft_dim_add (at, weft_dim (1)), steps))
    return 1;
  return weft_dim_equal (at, weft_dim (0)) ? -1 : 0;
}

/* x[-1] where x is the stack of a loop's state: its final value, so that nobody has to stack it. */
WeftValue *
weft_loop_last (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftValue *stack = match->root->apply->inputs[0];
  WeftLoop         loop;
  guint            state;

  if (stack->apply->op->id != WEFT_OP_LOOP || match->root->apply->n_inputs != 1)
    return NULL;
  loop = weft_loop_read (stack->apply);
  if (stack->index < loop.n_states || stack->index >= 2 * loop.n_states || loop.until)
    return NULL;
  state = stack->index - loop.n_states;
  if (picked_row (weft_apply_attr (match->root->apply, "index"), loop.steps) !=
      (loop.backwards ? -1 : 1))
    return NULL;
  return weft_loop_final (stack->apply, state);
}
