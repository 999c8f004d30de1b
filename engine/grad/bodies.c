/* Differentiation of ops that own graphs.
 *
 * The cotangents of a loop are a loop the other way: its sequences are the loop's own, the states
 * that each step began with, and the cotangents of the rows; its states are the cotangents of the
 * states and, added up, of the constants; its step is the gradient of a copy of the step. A row
 * draws the same random numbers in both. Rows that "until" never reached are passed over. The
 * cotangents of a branch are a branch of gradients. So each result is a graph like any other and
 * has derivatives again.
 *
 * Source: Werbos 1990, "Backpropagation through time: what it does and how to do it", Proc.
 * IEEE 78.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/grad/grad-private.h"
#include "engine/ops/loop.h"

static gboolean
is_float (const WeftValue *value)
{
  return weft_dtype_is_float (value->type.dtype);
}

/* ---- One application of a body ---- */

/* The cotangents of @inputs[k] where wanted[k] into grads[k] (NULL: none flows), given those of the
 * outputs of @body (NULL: none); all values of @graph. */
static gboolean
pull_back (WeftGraph        *graph,
           const WeftBody   *body,
           WeftValue *const *inputs,
           WeftValue *const *cotangents,
           const gboolean   *wanted,
           WeftValue       **grads,
           GError          **error)
{
  g_autofree WeftValue **outputs = g_new (WeftValue *, body->n_outputs + 1);
  g_autoptr (GPtrArray) costs = g_ptr_array_new ();
  g_autoptr (GPtrArray) given = g_ptr_array_new ();
  g_autoptr (GPtrArray) wrt = g_ptr_array_new ();
  g_autofree WeftValue **found = NULL;
  WeftGradOptions        options = { .disconnected = WEFT_DISCONNECTED_NONE };
  guint                  n = 0;

  weft_body_inline (body, graph, inputs, outputs);
  for (guint i = 0; i < body->n_outputs; i++)
    if (cotangents[i] != NULL && is_float (outputs[i]))
      {
        g_ptr_array_add (costs, outputs[i]);
        g_ptr_array_add (given, cotangents[i]);
      }
  for (guint i = 0; i < body->n_inputs; i++)
    if (wanted[i] && is_float (inputs[i]))
      g_ptr_array_add (wrt, inputs[i]);
  found = g_new0 (WeftValue *, wrt->len + 1);
  options.n_costs = costs->len;
  options.costs = (WeftValue *const *) costs->pdata;
  options.cotangents = (WeftValue *const *) given->pdata;
  if (!weft_grad_full (graph, &options, wrt->len, (WeftValue *const *) wrt->pdata, found, error))
    return FALSE;
  for (guint i = 0; i < body->n_inputs; i++)
    grads[i] = wanted[i] && is_float (inputs[i]) ? found[n++] : NULL;
  return TRUE;
}

/* ---- Loops ---- */

/* Where a sequence of the backward loop comes from. */
typedef enum
{
  FROM_SEQUENCE,   /* sequence @index of the loop */
  FROM_STATE,      /* state @index as each step began */
  FROM_TRAJECTORY, /* cotangent of trajectory @index */
  FROM_EXTRA,      /* cotangent of extra @index */
  FROM_ROWS,       /* the numbers of the rows */
} Source;

typedef struct
{
  Source     source;
  guint      index;
  WeftValue *inside; /* a row of it, in the body */
} Sequence;

typedef struct
{
  WeftGraph        *graph;
  WeftApply        *apply;
  WeftLoop          loop;
  WeftValue *const *cotangents; /* of the outputs */
  gboolean         *wanted;     /* inputs; states: whether they change with anything wanted */
  WeftBodyMaker    *maker;
  GArray           *sequences;   /* Sequence */
  GPtrArray        *state_grads; /* WeftValue* in the body: cotangents of the wanted states */
  GPtrArray        *sums;        /* WeftValue* in the body: of the wanted constants so far */
  GPtrArray        *constants;   /* WeftValue* in the body, then the count */
  WeftBody         *step;        /* of the backward loop */
} Backward;

static void
backward_clear (Backward *back)
{
  g_clear_pointer (&back->wanted, g_free);
  g_clear_pointer (&back->maker, weft_body_maker_free);
  g_clear_pointer (&back->sequences, g_array_unref);
  g_clear_pointer (&back->state_grads, g_ptr_array_unref);
  g_clear_pointer (&back->sums, g_ptr_array_unref);
  g_clear_pointer (&back->constants, g_ptr_array_unref);
  g_clear_pointer (&back->step, weft_body_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Backward, backward_clear)

/* Input numbers of the loop and its step. */
static guint
state_input (const Backward *back, guint state)
{
  return back->loop.n_sequences + state;
}

static guint
constant_input (const Backward *back, guint constant)
{
  return back->loop.n_sequences + back->loop.n_states + constant;
}

/* The cotangent of trajectory @i, or of an extra after the trajectories; NULL if there is none. */
static WeftValue *
row_cotangent (const Backward *back, guint i)
{
  return back->cotangents[back->loop.n_states + i];
}

/* A state changes with what is wanted if the step makes it of something that does; one step may
 * bring that about for the next. */
static void
find_wanted (Backward *back, const gboolean *wanted)
{
  const WeftBody      *step = back->loop.step;
  g_autofree gboolean *reached = g_new0 (gboolean, step->n_outputs + 1);
  g_autoptr (GPtrArray) wrt = g_ptr_array_new ();
  gboolean changed = TRUE;

  back->wanted = g_memdup2 (wanted, back->apply->n_inputs * sizeof *wanted);
  while (changed)
    {
      changed = FALSE;
      g_ptr_array_set_size (wrt, 0);
      for (guint i = 0; i < step->n_inputs; i++)
        if (back->wanted[i])
          g_ptr_array_add (wrt, step->inputs[i]);
      weft_grad_reach (step->graph, step->n_outputs, step->outputs, wrt->len,
                       (WeftValue *const *) wrt->pdata, reached);
      for (guint i = 0; i < back->loop.n_states; i++)
        if (reached[i] && !back->wanted[state_input (back, i)])
          back->wanted[state_input (back, i)] = changed = TRUE;
    }
}

static WeftValue *
sum_of (WeftGraph *graph, WeftValue *a, WeftValue *b)
{
  return a == NULL ? b : b == NULL ? a
                                   : weft_graph_op (graph, "add", a, b, NULL);
}

/* Whether the index, of a trajectory, is that of the row that is made last, all of it. */
static gboolean
is_last_row (const Backward *back, const WeftAttr *index)
{
  WeftDim at;

  if (index->n_index < 1 || index->index[0].kind != WEFT_INDEX_AT)
    return FALSE;
  for (guint i = 1; i < index->n_index; i++)
    if (index->index[i].kind != WEFT_INDEX_REST)
      return FALSE;
  at = index->index[0].start;
  if (back->loop.backwards)
    return weft_dim_equal (at, weft_dim (0));
  return weft_dim_equal (at, weft_dim (-1)) ||
         weft_dim_equal (weft_dim_add (at, weft_dim (1)), back->loop.steps);
}

/* The last row of a trajectory is the final state: a cotangent that is zero but there is one of
 * that, so that nobody has to go through zeros. @cotangents is changed. */
static void
move_last_rows (Backward *back, WeftValue **cotangents)
{
  for (guint i = 0; i < back->loop.n_states && !back->loop.until; i++)
    {
      WeftValue       *stack = cotangents[back->loop.n_states + i];
      const WeftApply *apply = stack != NULL ? stack->apply : NULL;

      if (apply == NULL || apply->op->id != WEFT_OP_INDEX_ADD || apply->n_inputs != 1 ||
          !is_last_row (back, weft_apply_attr (apply, "index")) ||
          !weft_type_equal (&apply->inputs[0]->type, &back->loop.step->outputs[i]->type))
        continue;
      cotangents[i] = sum_of (back->graph, cotangents[i], apply->inputs[0]);
      cotangents[back->loop.n_states + i] = NULL;
    }
}

static void
add_sequence (Backward *back, Source source, guint index, const char *name, const WeftType *row)
{
  Sequence sequence = { source, index, weft_body_maker_input (back->maker, name, row) };

  g_array_append_val (back->sequences, sequence);
}

/* The parameters of the backward step, all that may be needed. */
static void
add_params (Backward *back)
{
  const WeftBody *step = back->loop.step;
  const WeftType  number = { .dtype = WEFT_I64 };
  guint           n_rows = back->loop.n_states + back->loop.n_extras;

  for (guint i = 0; i < back->loop.n_sequences + back->loop.n_states; i++)
    add_sequence (back, i < back->loop.n_sequences ? FROM_SEQUENCE : FROM_STATE,
                  i < back->loop.n_sequences ? i : i - back->loop.n_sequences,
                  step->inputs[i]->name, &step->inputs[i]->type);
  for (guint i = 0; i < n_rows; i++)
    if (row_cotangent (back, i) != NULL)
      add_sequence (back, i < back->loop.n_states ? FROM_TRAJECTORY : FROM_EXTRA,
                    i < back->loop.n_states ? i : i - back->loop.n_states, "gy",
                    &step->outputs[i]->type);
  if (back->loop.until)
    add_sequence (back, FROM_ROWS, 0, "t", &number);
  for (guint i = 0; i < back->loop.n_states; i++)
    if (back->wanted[state_input (back, i)])
      g_ptr_array_add (back->state_grads,
                       weft_body_maker_input (back->maker, "gh",
                                              &step->inputs[state_input (back, i)]->type));
  for (guint i = 0; i < back->loop.n_constants; i++)
    if (back->wanted[constant_input (back, i)])
      g_ptr_array_add (back->sums,
                       weft_body_maker_input (back->maker, "gc",
                                              &step->inputs[constant_input (back, i)]->type));
  for (guint i = 0; i < back->loop.n_constants; i++)
    {
      const WeftValue *constant = step->inputs[constant_input (back, i)];

      g_ptr_array_add (back->constants,
                       weft_body_maker_input (back->maker, constant->name, &constant->type));
    }
  if (back->loop.until)
    g_ptr_array_add (back->constants, weft_body_maker_input (back->maker, "count", &number));
}

/* ---- The backward step ---- */

/* What stands for @value of the backward step's graph in @inner, a branch of it, or @value itself.
 */
static WeftValue *
seen_from (WeftBodyMaker *inner, WeftValue *value)
{
  return inner != NULL ? weft_body_maker_capture (inner, value) : value;
}

static WeftValue *
find_row (Backward *back, Source source, guint index)
{
  for (guint i = 0; i < back->sequences->len; i++)
    {
      const Sequence *sequence = &g_array_index (back->sequences, Sequence, i);

      if (sequence->source == source && sequence->index == index)
        return sequence->inside;
    }
  return NULL;
}

/* The cotangents of what the step returned: of a state from the next step and from its row. */
static void
step_cotangents (Backward *back, WeftBodyMaker *inner, WeftGraph *graph, WeftValue **cotangents)
{
  guint n = 0;

  for (guint i = 0; i < back->loop.n_states; i++)
    if (back->wanted[state_input (back, i)])
      {
        WeftValue *row = find_row (back, FROM_TRAJECTORY, i);
        WeftValue *next = seen_from (inner, g_ptr_array_index (back->state_grads, n++));

        cotangents[i] = sum_of (graph, next, row != NULL ? seen_from (inner, row) : NULL);
      }
  for (guint i = 0; i < back->loop.n_extras; i++)
    {
      WeftValue *row = find_row (back, FROM_EXTRA, i);

      if (row != NULL)
        cotangents[back->loop.n_states + i] = seen_from (inner, row);
    }
}

static WeftValue *
or_zeros (WeftGraph *graph, WeftValue *value, const WeftValue *like)
{
  return value != NULL ? value : weft_grad_zeros_like (graph, like);
}

/* What the backward step returns for a row that was reached: cotangents of the states it began
 * with, sums of those of the constants, cotangents of the rows of the sequences. In the backward
 * step's graph, or in that of @inner, a branch of it. */
static gboolean
reached_row (Backward *back, WeftBodyMaker *inner, GPtrArray *outputs, GError **error)
{
  const WeftBody        *step = back->loop.step;
  WeftGraph             *graph = weft_body_maker_get_graph (inner != NULL ? inner : back->maker);
  g_autofree WeftValue **inputs = g_new0 (WeftValue *, step->n_inputs + 1);
  g_autofree WeftValue **cotangents = g_new0 (WeftValue *, step->n_outputs + 1);
  g_autofree WeftValue **grads = g_new0 (WeftValue *, step->n_inputs + 1);
  guint                  n = 0;

  for (guint i = 0; i < constant_input (back, 0); i++)
    inputs[i] = seen_from (inner, g_array_index (back->sequences, Sequence, i).inside);
  for (guint i = 0; i < back->loop.n_constants; i++)
    inputs[constant_input (back, i)] =
      seen_from (inner, g_ptr_array_index (back->constants, i));
  step_cotangents (back, inner, graph, cotangents);
  if (!pull_back (graph, step, inputs, cotangents, back->wanted, grads, error))
    return FALSE;
  for (guint i = 0; i < back->loop.n_states; i++)
    if (back->wanted[state_input (back, i)])
      g_ptr_array_add (outputs, or_zeros (graph, grads[state_input (back, i)],
                                          step->inputs[state_input (back, i)]));
  for (guint i = 0; i < back->loop.n_constants; i++)
    if (back->wanted[constant_input (back, i)])
      g_ptr_array_add (outputs,
                       sum_of (graph, seen_from (inner, g_ptr_array_index (back->sums, n++)),
                               grads[constant_input (back, i)]));
  for (guint i = 0; i < back->loop.n_sequences; i++)
    if (back->wanted[i])
      g_ptr_array_add (outputs, or_zeros (graph, grads[i], step->inputs[i]));
  return TRUE;
}

/* The same for a row that was not reached: the states stay, the sequences get zeros. */
static void
passed_row (Backward *back, WeftBodyMaker *inner, GPtrArray *outputs)
{
  for (guint i = 0; i < back->state_grads->len; i++)
    g_ptr_array_add (outputs, seen_from (inner, g_ptr_array_index (back->state_grads, i)));
  for (guint i = 0; i < back->sums->len; i++)
    g_ptr_array_add (outputs, seen_from (inner, g_ptr_array_index (back->sums, i)));
  for (guint i = 0; i < back->loop.n_sequences; i++)
    if (back->wanted[i])
      g_ptr_array_add (outputs, weft_grad_zeros_like (weft_body_maker_get_graph (inner),
                                                      back->loop.step->inputs[i]));
}

/* TRUE inside the backward step where the loop did reach the row. */
static WeftValue *
is_reached (Backward *back)
{
  WeftGraph *graph = weft_body_maker_get_graph (back->maker);
  WeftValue *t = find_row (back, FROM_ROWS, 0);
  WeftValue *count = g_ptr_array_index (back->constants, back->loop.n_constants);
  WeftValue *steps;

  if (!back->loop.backwards)
    return weft_graph_op (graph, "lt", t, count, NULL);
  steps = weft_graph_dim (graph, back->loop.steps);
  return weft_graph_op (graph, "ge", t, weft_graph_op (graph, "sub", steps, count, NULL), NULL);
}

static WeftBody *
finish (WeftBodyMaker *maker, const GPtrArray *outputs, GPtrArray *captures)
{
  return weft_body_maker_finish (maker, outputs->len, (WeftValue *const *) outputs->pdata,
                                 captures);
}

static gboolean
choose_row (Backward *back, GPtrArray *outputs, GError **error)
{
  WeftGraph *graph = weft_body_maker_get_graph (back->maker);
  g_autoptr (WeftBodyMaker) then = weft_body_maker_new (graph);
  g_autoptr (WeftBodyMaker) otherwise = weft_body_maker_new (graph);
  g_autoptr (GPtrArray) then_outputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) otherwise_outputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) then_captures = g_ptr_array_new ();
  g_autoptr (GPtrArray) otherwise_captures = g_ptr_array_new ();
  g_autoptr (WeftBody) then_body = NULL;
  g_autoptr (WeftBody) otherwise_body = NULL;
  WeftApply *branch;

  if (!reached_row (back, then, then_outputs, error))
    return FALSE;
  passed_row (back, otherwise, otherwise_outputs);
  then_body = finish (then, then_outputs, then_captures);
  otherwise_body = finish (otherwise, otherwise_outputs, otherwise_captures);
  branch = weft_branch_apply (graph, is_reached (back), then_body, then_captures, otherwise_body,
                              otherwise_captures, NULL);
  g_assert (branch != NULL);
  for (guint i = 0; i < branch->n_outputs; i++)
    g_ptr_array_add (outputs, weft_apply_output (branch, i));
  return TRUE;
}

/* ---- The backward loop ---- */

/* @body over the inputs with keep[i] only; the others are not read. */
static WeftBody *
keep_inputs (WeftGraph *graph, const WeftBody *body, const gboolean *keep)
{
  g_autoptr (WeftBodyMaker) maker = weft_body_maker_new (graph);
  g_autoptr (GPtrArray) nothing = g_ptr_array_new ();
  g_autofree WeftValue **inputs = g_new0 (WeftValue *, body->n_inputs + 1);
  g_autofree WeftValue **outputs = g_new0 (WeftValue *, body->n_outputs + 1);

  for (guint i = 0; i < body->n_inputs; i++)
    if (keep[i])
      inputs[i] = weft_body_maker_input (maker, body->inputs[i]->name, &body->inputs[i]->type);
  weft_body_inline (body, weft_body_maker_get_graph (maker), inputs, outputs);
  return weft_body_maker_finish (maker, body->n_outputs, outputs, nothing);
}

/* The states with which the steps began: each row's own from the row before it. */
static WeftValue *
states_before (Backward *back, guint state)
{
  WeftGraph *graph = back->graph;
  gint64     front = 0;
  WeftAttr   new_axis = weft_attr_axes (graph, 1, &front), axis = weft_attr_int (0);
  WeftValue *first = back->apply->inputs[state_input (back, state)];
  WeftValue *parts[2], *all;

  first = weft_graph_apply (graph, weft_op (WEFT_OP_EXPAND_DIMS), 1, &first, &new_axis, NULL);
  parts[back->loop.backwards ? 1 : 0] = first;
  parts[back->loop.backwards ? 0 : 1] = weft_loop_trajectory (back->apply, &back->loop, state);
  all = weft_graph_apply (graph, weft_op (WEFT_OP_CONCAT), 2, parts, &axis, NULL);
  g_assert (all != NULL);
  return weft_rows (graph, all, weft_dim (back->loop.backwards ? 1 : 0), back->loop.steps);
}

static WeftValue *
sequence_of (Backward *back, const Sequence *sequence)
{
  switch (sequence->source)
    {
    case FROM_SEQUENCE:
      return back->apply->inputs[sequence->index];
    case FROM_STATE:
      return states_before (back, sequence->index);
    case FROM_TRAJECTORY:
      return row_cotangent (back, sequence->index);
    case FROM_EXTRA:
      return row_cotangent (back, back->loop.n_states + sequence->index);
    case FROM_ROWS:
      break;
    }

  WeftAttr   attrs[2] = { weft_attr_dim (back->graph, back->loop.steps),
                          weft_attr_dtype (WEFT_I64) };
  WeftValue *rows =
    weft_graph_apply (back->graph, weft_op (WEFT_OP_IOTA), 0, NULL, attrs, NULL);

  g_assert (rows != NULL);
  return rows;
}

/* The inputs of the backward loop, without what its step does not read. */
static void
collect_inputs (Backward *back, WeftLoop *loop, GPtrArray *inputs)
{
  const WeftBody      *raw = back->step;
  g_autofree gboolean *keep = g_new0 (gboolean, raw->n_inputs + 1);
  g_autoptr (GPtrArray) order = weft_graph_order (raw->graph, raw->n_outputs, raw->outputs);
  guint n_states = back->state_grads->len + back->sums->len, first = back->sequences->len;

  for (guint i = 0; i < raw->n_inputs; i++)
    keep[i] = (i >= first && i < first + n_states) ||
              g_ptr_array_find (order, raw->inputs[i]->apply, NULL);
  for (guint i = 0; i < first; i++)
    if (keep[i])
      g_ptr_array_add (inputs, sequence_of (back, &g_array_index (back->sequences, Sequence, i)));
  loop->n_sequences = inputs->len;
  loop->n_states = n_states;
  for (guint i = 0; i < back->loop.n_states; i++)
    if (back->wanted[state_input (back, i)])
      g_ptr_array_add (inputs, or_zeros (back->graph, back->cotangents[i],
                                         back->apply->inputs[state_input (back, i)]));
  for (guint i = 0; i < back->loop.n_constants; i++)
    if (back->wanted[constant_input (back, i)])
      g_ptr_array_add (inputs,
                       weft_grad_zeros_like (back->graph,
                                             back->apply->inputs[constant_input (back, i)]));
  for (guint i = 0; i < back->constants->len; i++)
    if (keep[first + n_states + i])
      g_ptr_array_add (inputs, i < back->loop.n_constants
                                 ? back->apply->inputs[constant_input (back, i)]
                                 : weft_loop_count (back->apply));
  loop->step = keep_inputs (back->graph, raw, keep);
}

static void
read_results (Backward *back, WeftApply *apply, const gboolean *wanted, WeftValue **results)
{
  WeftLoop loop = weft_loop_read (apply);
  guint    n = 0, n_extras = 0;

  for (guint i = 0; i < back->loop.n_states; i++)
    if (back->wanted[state_input (back, i)])
      {
        if (wanted[state_input (back, i)])
          results[state_input (back, i)] = weft_loop_final (apply, n);
        n++;
      }
  for (guint i = 0; i < back->loop.n_constants; i++)
    if (back->wanted[constant_input (back, i)])
      results[constant_input (back, i)] = weft_loop_final (apply, n++);
  for (guint i = 0; i < back->loop.n_sequences; i++)
    if (back->wanted[i])
      results[i] = weft_loop_extra (apply, &loop, n_extras++);
}

static gboolean
grad_of_loop (WeftGraph        *graph,
              WeftApply        *apply,
              WeftValue *const *cotangents,
              const gboolean   *wanted,
              WeftValue       **results,
              GError          **error)
{
  g_autofree WeftValue **moved = g_memdup2 (cotangents, apply->n_outputs * sizeof *moved);
  g_auto (Backward) back = { .graph = graph, .apply = apply, .cotangents = moved };
  g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) nothing = g_ptr_array_new ();
  g_autoptr (GError) problem = NULL;
  WeftLoop   loop = { 0 };
  WeftApply *backward;

  back.loop = weft_loop_read (apply);
  move_last_rows (&back, moved);
  back.maker = weft_body_maker_new (graph);
  back.sequences = g_array_new (FALSE, FALSE, sizeof (Sequence));
  back.state_grads = g_ptr_array_new ();
  back.sums = g_ptr_array_new ();
  back.constants = g_ptr_array_new ();
  find_wanted (&back, wanted);
  add_params (&back);
  if (!(back.loop.until ? choose_row (&back, outputs, error)
                        : reached_row (&back, NULL, outputs, error)))
    return FALSE;
  back.step = finish (back.maker, outputs, nothing);
  g_assert (nothing->len == 0);
  loop.steps = back.loop.steps;
  loop.backwards = !back.loop.backwards;
  collect_inputs (&back, &loop, inputs);
  backward =
    weft_loop_apply (graph, &loop, inputs->len, (WeftValue *const *) inputs->pdata, &problem);
  weft_body_unref (loop.step);
  if (backward == NULL)
    {
      g_set_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_UNDEFINED,
                   "the gradient of a loop cannot be formed: %s", problem->message);
      return FALSE;
    }
  read_results (&back, backward, wanted, results);
  return TRUE;
}

/* ---- Branches ---- */

/* The gradient of one branch of @apply as a body, and what it takes in @captures. */
static WeftBody *
grad_of_side (WeftGraph        *graph,
              WeftApply        *apply,
              const WeftBody   *side,
              WeftValue *const *cotangents,
              const gboolean   *wanted,
              GPtrArray        *captures,
              GError          **error)
{
  g_autoptr (WeftBodyMaker) maker = weft_body_maker_new (graph);
  g_autofree WeftValue **inputs = g_new0 (WeftValue *, side->n_inputs + 1);
  g_autofree WeftValue **inside = g_new0 (WeftValue *, side->n_outputs + 1);
  g_autofree WeftValue **grads = g_new0 (WeftValue *, side->n_inputs + 1);
  g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
  WeftGraph *body = weft_body_maker_get_graph (maker);

  for (guint i = 0; i < side->n_inputs; i++)
    inputs[i] = weft_body_maker_capture (maker, apply->inputs[1 + i]);
  for (guint i = 0; i < side->n_outputs; i++)
    if (cotangents[i] != NULL)
      inside[i] = weft_body_maker_capture (maker, cotangents[i]);
  if (!pull_back (body, side, inputs, inside, wanted + 1, grads, error))
    return NULL;
  for (guint i = 0; i < side->n_inputs; i++)
    if (wanted[1 + i])
      g_ptr_array_add (outputs, or_zeros (body, grads[i], inputs[i]));
  return finish (maker, outputs, captures);
}

static gboolean
grad_of_branch (WeftGraph        *graph,
                WeftApply        *apply,
                WeftValue *const *cotangents,
                const gboolean   *wanted,
                WeftValue       **results,
                GError          **error)
{
  g_autoptr (GPtrArray) then_captures = g_ptr_array_new ();
  g_autoptr (GPtrArray) otherwise_captures = g_ptr_array_new ();
  g_autoptr (WeftBody) then = NULL;
  g_autoptr (WeftBody) otherwise = NULL;
  WeftApply *branch;
  guint      n = 0;

  then = grad_of_side (graph, apply, weft_apply_attr (apply, "then")->body, cotangents, wanted,
                       then_captures, error);
  if (then == NULL)
    return FALSE;
  otherwise = grad_of_side (graph, apply, weft_apply_attr (apply, "otherwise")->body, cotangents,
                            wanted, otherwise_captures, error);
  if (otherwise == NULL)
    return FALSE;
  branch = weft_branch_apply (graph, apply->inputs[0], then, then_captures, otherwise,
                              otherwise_captures, NULL);
  g_assert (branch != NULL);
  for (guint i = 1; i < apply->n_inputs; i++)
    if (wanted[i])
      results[i] = weft_apply_output (branch, n++);
  return TRUE;
}

/* ---- Gradients of one's own ---- */

static gboolean
grad_of_custom (WeftGraph        *graph,
                WeftApply        *apply,
                WeftValue *const *cotangents,
                const gboolean   *wanted,
                WeftValue       **results)
{
  const WeftBody        *body = weft_apply_attr (apply, "gradient")->body;
  guint                  n_args = body->n_outputs;
  g_autofree WeftValue **inputs = g_new0 (WeftValue *, body->n_inputs + 1);
  g_autofree WeftValue **outputs = g_new0 (WeftValue *, n_args + 1);

  /* The arguments, the cotangent in the place of y, then what else the function reads. */
  for (guint i = 0; i < body->n_inputs; i++)
    inputs[i] = i < n_args ? apply->inputs[1 + i] : i == n_args ? cotangents[0]
                                                                : apply->inputs[i];
  weft_body_inline (body, graph, inputs, outputs);
  for (guint i = 0; i < n_args; i++)
    if (wanted[1 + i])
      results[1 + i] = outputs[i];
  return TRUE;
}

gboolean
weft_grad_of_bodies (WeftGraph        *graph,
                     WeftApply        *apply,
                     WeftValue *const *cotangents,
                     const gboolean   *wanted,
                     WeftValue       **results,
                     GError          **error)
{
  if (apply->op == weft_op (WEFT_OP_LOOP))
    return grad_of_loop (graph, apply, cotangents, wanted, results, error);
  if (apply->op == weft_op (WEFT_OP_BRANCH))
    return grad_of_branch (graph, apply, cotangents, wanted, results, error);
  return grad_of_custom (graph, apply, cotangents, wanted, results);
}
