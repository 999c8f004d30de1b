/* The rows that own graphs: type rules, and how applications of them are read and made.
 *
 * They have no kernel: engine/run runs their bodies.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/loop.h"
#include "engine/ops/ops-private.h"

/* Attributes of LOOP in the order of its row. */
enum
{
  LOOP_STEP,
  LOOP_STEPS,
  LOOP_SEQUENCES,
  LOOP_STATES,
  LOOP_UNTIL,
  LOOP_BACKWARDS,
  N_LOOP_ATTRS
};

/* ---- Rows ---- */

/* The type of one row of @type, which has a first axis. Any thread. */
WeftType
weft_row_type (const WeftType *type)
{
  WeftType row = *type;

  g_assert (type->shape.rank > 0);
  row.weak = FALSE;
  row.shape.rank--;
  for (guint i = 0; i < row.shape.rank; i++)
    row.shape.dims[i] = type->shape.dims[i + 1];
  return row;
}

static WeftType
stacked_type (const WeftType *row, WeftDim n)
{
  WeftType type = *row;

  type.weak = FALSE;
  type.shape.rank++;
  type.shape.dims[0] = n;
  for (guint i = 0; i < row->shape.rank; i++)
    type.shape.dims[i + 1] = row->shape.dims[i];
  return type;
}

/* Rows @start to @start + @count of @x; @x itself if that is all of it. */
WeftValue *
weft_rows (WeftGraph *graph, WeftValue *x, WeftDim start, WeftDim count)
{
  WeftIndex  entry = { .kind = WEFT_INDEX_SLICE, .step = 1, .has_start = TRUE, .has_stop = TRUE };
  WeftAttr   attr = { .kind = WEFT_ATTR_INDEX, .n_index = 1, .index = &entry };
  WeftValue *rows;

  if (weft_dim_equal (start, weft_dim (0)) && weft_dim_equal (count, x->type.shape.dims[0]))
    return x;
  entry.start = start;
  entry.stop = weft_dim_add (start, count);
  rows = weft_graph_apply (graph, weft_op (WEFT_OP_GETITEM), 1, &x, &attr, NULL);
  g_assert (rows != NULL);
  return rows;
}

/* ---- Types ---- */

/* FALSE if the two can be no one type for any binding of the names. */
static gboolean
types_fit (const WeftType *a, const WeftType *b)
{
  if (a->dtype != b->dtype || a->shape.rank != b->shape.rank)
    return FALSE;
  for (guint i = 0; i < a->shape.rank; i++)
    if (weft_dim_differs (a->shape.dims[i], b->shape.dims[i]))
      return FALSE;
  return TRUE;
}

static gboolean
differ (const WeftOp   *op,
        const char     *what,
        guint           number,
        const WeftType *is,
        const char     *but,
        const WeftType *should,
        GError        **error)
{
  g_autofree char *a = weft_type_to_string (is);
  g_autofree char *b = weft_type_to_string (should);

  g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %s %u is %s, %s %s", op->name,
               what, number + 1, a, but, b);
  return FALSE;
}

static gboolean
fail_arity (const WeftOp *op, const char *what, guint wanted, guint given, GError **error)
{
  g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ARITY, "%s: %s %u, given %u", op->name, what,
               wanted, given);
  return FALSE;
}

static guint
count_loop (const WeftAttr *attrs, guint n_inputs)
{
  guint n_states = attrs[LOOP_STATES].i;
  guint n_back = attrs[LOOP_STEP].body->n_outputs, n_marks = attrs[LOOP_UNTIL].i ? 1 : 0;

  return 2 * n_states + (n_back > n_states + n_marks ? n_back - n_states - n_marks : 0) + 1;
}

static gboolean
check_loop_inputs (const WeftOp   *op,
                   const WeftAttr *attrs,
                   const WeftType *inputs,
                   GError        **error)
{
  const WeftBody *step = attrs[LOOP_STEP].body;
  guint           n_sequences = attrs[LOOP_SEQUENCES].i, n_states = attrs[LOOP_STATES].i;

  for (guint i = 0; i < step->n_inputs; i++)
    {
      WeftType        given = inputs[i];
      const WeftType *wanted = &step->inputs[i]->type;

      if (i >= n_sequences)
        {
          if (!types_fit (&given, wanted))
            return differ (op, i < n_sequences + n_states ? "state" : "constant",
                           i < n_sequences + n_states ? i - n_sequences
                                                      : i - n_sequences - n_states,
                           &given, "the step takes", wanted, error);
          continue;
        }
      if (given.shape.rank == 0)
        return differ (op, "sequence", i, &given, "which has no rows for", wanted, error);
      if (weft_dim_differs (given.shape.dims[0], attrs[LOOP_STEPS].dims->dims[0]))
        {
          weft_infer_differ (op, given.shape.dims[0], attrs[LOOP_STEPS].dims->dims[0], "steps",
                             error);
          return FALSE;
        }
      given = weft_row_type (&given);
      if (!types_fit (&given, wanted))
        return differ (op, "a row of sequence", i, &given, "the step takes", wanted, error);
    }
  return TRUE;
}

static INFER (infer_loop)
{
  const WeftBody *step = attrs[LOOP_STEP].body;
  WeftDim         n = attrs[LOOP_STEPS].dims->dims[0];
  guint           n_sequences = attrs[LOOP_SEQUENCES].i, n_states = attrs[LOOP_STATES].i;
  guint           n_marks = attrs[LOOP_UNTIL].i ? 1 : 0;

  if (n_inputs != step->n_inputs || n_inputs < n_sequences + n_states)
    return fail_arity (op, "the step takes", step->n_inputs, n_inputs, error);
  if (step->n_outputs < n_states + n_marks)
    return fail_arity (op, "the step must return", n_states + n_marks, step->n_outputs, error);
  if (weft_dim_is_number (n) && n.offset < 0)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                   "%s: there cannot be %" G_GINT64_FORMAT " steps", op->name, n.offset);
      return FALSE;
    }
  if (!check_loop_inputs (op, attrs, inputs, error))
    return FALSE;
  for (guint i = 0; i < n_states; i++)
    {
      const WeftType *state = &step->inputs[n_sequences + i]->type;

      if (!types_fit (&step->outputs[i]->type, state))
        return differ (op, "state", i, state, "the step returns", &step->outputs[i]->type, error);
      types[i] = *state;
    }
  for (guint i = 0; i + n_marks < step->n_outputs; i++)
    {
      if (step->outputs[i]->type.shape.rank == WEFT_MAX_RANK)
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                       "%s: what a step returns has at most %d dimensions", op->name,
                       WEFT_MAX_RANK - 1);
          return FALSE;
        }
      types[n_states + i] =
        stacked_type (i < n_states ? &types[i] : &step->outputs[i]->type, n);
    }
  if (n_marks > 0)
    {
      const WeftType *mark = &step->outputs[step->n_outputs - 1]->type;

      if (mark->dtype != WEFT_BOOL || mark->shape.rank > 0)
        {
          g_autofree char *text = weft_type_to_string (mark);

          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE,
                       "%s: until needs one bool, not %s", op->name, text);
          return FALSE;
        }
    }
  types[count_loop (attrs, n_inputs) - 1] = (WeftType){ .dtype = WEFT_I64 };
  return TRUE;
}
const WeftOpCode weft_code_loop = { .settle = weft_settle_loop,
                                    .infer = infer_loop,
                                    .count = count_loop };

static guint
count_branch (const WeftAttr *attrs, guint n_inputs)
{
  return attrs[0].body->n_outputs;
}

static INFER (infer_branch)
{
  if (inputs[0].dtype != WEFT_BOOL || inputs[0].shape.rank > 0)
    {
      g_autofree char *text = weft_type_to_string (&inputs[0]);

      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE,
                   "%s: the condition must be one bool, not %s; where chooses element by element",
                   op->name, text);
      return FALSE;
    }
  for (guint k = 0; k < 2; k++)
    {
      const WeftBody *body = attrs[k].body;

      if (n_inputs != body->n_inputs + 1)
        return fail_arity (op, "a branch takes", body->n_inputs, n_inputs - 1, error);
      if (body->n_outputs != attrs[0].body->n_outputs)
        return fail_arity (op, "the first branch returns", attrs[0].body->n_outputs,
                           body->n_outputs, error);
      for (guint i = 1; i < n_inputs; i++)
        if (!types_fit (&inputs[i], &body->inputs[i - 1]->type))
          return differ (op, "value", i - 1, &inputs[i], "a branch takes",
                         &body->inputs[i - 1]->type, error);
    }
  for (guint i = 0; i < attrs[0].body->n_outputs; i++)
    {
      types[i] = attrs[0].body->outputs[i]->type;
      if (!types_fit (&types[i], &attrs[1].body->outputs[i]->type))
        return differ (op, "result", i, &types[i], "of the other branch",
                       &attrs[1].body->outputs[i]->type, error);
    }
  return TRUE;
}
const WeftOpCode weft_code_branch = { .settle = weft_settle_branch,
                                      .infer = infer_branch,
                                      .count = count_branch };

static INFER (infer_custom)
{
  const WeftBody *body = attrs[0].body;
  guint           n_args = body->n_outputs;

  /* The body takes the arguments, the cotangent of y, and what else it needs. */
  if (n_inputs != body->n_inputs || n_inputs < 1 + n_args)
    return fail_arity (op, "the gradient takes", body->n_inputs, n_inputs, error);
  for (guint i = 0; i < n_inputs; i++)
    {
      const WeftType *wanted = &body->inputs[i]->type;
      const WeftType *given = &inputs[i < n_args ? i + 1 : i == n_args ? 0
                                                                       : i];

      if (!types_fit (given, wanted))
        return differ (op, "value", i, given, "the gradient takes", wanted, error);
    }
  for (guint i = 0; i < n_args; i++)
    if (!types_fit (&body->outputs[i]->type, &inputs[1 + i]))
      return differ (op, "argument", i, &inputs[1 + i], "its gradient is", &body->outputs[i]->type,
                     error);
  types[0] = inputs[0];
  return TRUE;
}
const WeftOpCode weft_code_custom = { .settle = weft_settle_custom, .infer = infer_custom };

/* ---- Applications ---- */

/* What @apply, a LOOP, consists of; borrowed from it. Any thread. */
WeftLoop
weft_loop_read (const WeftApply *apply)
{
  WeftLoop loop = { .step = apply->attrs[LOOP_STEP].body,
                    .steps = apply->attrs[LOOP_STEPS].dims->dims[0],
                    .n_sequences = apply->attrs[LOOP_SEQUENCES].i,
                    .n_states = apply->attrs[LOOP_STATES].i,
                    .until = apply->attrs[LOOP_UNTIL].i != 0,
                    .backwards = apply->attrs[LOOP_BACKWARDS].i != 0 };

  loop.n_constants = apply->n_inputs - loop.n_sequences - loop.n_states;
  loop.n_extras = apply->n_outputs - 2 * loop.n_states - 1;
  return loop;
}

/* Applies @loop (its step is referenced; n_constants and n_extras are not looked at) to @inputs: as
 * many sequences and states as it says, the rest constants. Errors: WEFT_TYPE_ERROR. */
WeftApply *
weft_loop_apply (WeftGraph        *graph,
                 const WeftLoop   *loop,
                 guint             n_inputs,
                 WeftValue *const *inputs,
                 GError          **error)
{
  WeftAttr attrs[N_LOOP_ATTRS] = {
    [LOOP_STEP] = { .kind = WEFT_ATTR_BODY, .body = loop->step },
    [LOOP_STEPS] = weft_attr_dim (graph, loop->steps),
    [LOOP_SEQUENCES] = weft_attr_int (loop->n_sequences),
    [LOOP_STATES] = weft_attr_int (loop->n_states),
    [LOOP_UNTIL] = weft_attr_bool (loop->until),
    [LOOP_BACKWARDS] = weft_attr_bool (loop->backwards),
  };
  WeftValue *first =
    weft_graph_apply (graph, weft_op (WEFT_OP_LOOP), n_inputs, inputs, attrs, error);

  return first != NULL ? first->apply : NULL;
}

/* @body over @n inputs, of which its own are numbers @to[i]; named and typed as @values. */
static WeftBody *
spread (WeftGraph *graph, const WeftBody *body, guint n, WeftValue *const *values, const guint *to)
{
  g_autoptr (WeftBodyMaker) maker = weft_body_maker_new (graph);
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) nothing = g_ptr_array_new ();
  g_autofree WeftValue **own = g_new (WeftValue *, body->n_inputs + 1);
  g_autofree WeftValue **outputs = g_new (WeftValue *, body->n_outputs + 1);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (inputs,
                     weft_body_maker_input (maker, values[i]->name, &values[i]->type));
  for (guint i = 0; i < body->n_inputs; i++)
    own[i] = g_ptr_array_index (inputs, to[i]);
  weft_body_inline (body, weft_body_maker_get_graph (maker), own, outputs);
  return weft_body_maker_finish (maker, body->n_outputs, outputs, nothing);
}

/* The number of @value among the first inputs, added if it is not there. */
static guint
number_of (GPtrArray *values, WeftValue *value)
{
  guint index;

  if (g_ptr_array_find (values, value, &index))
    return index;
  g_ptr_array_add (values, value);
  return values->len - 1;
}

/* A BRANCH on @condition, whose bodies (borrowed) take the values of @then_captures and
 * @otherwise_captures, values of @graph. Errors: WEFT_TYPE_ERROR. */
WeftApply *
weft_branch_apply (WeftGraph *graph,
                   WeftValue *condition,
                   WeftBody  *then,
                   GPtrArray *then_captures,
                   WeftBody  *otherwise,
                   GPtrArray *otherwise_captures,
                   GError   **error)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autofree guint *then_to = g_new (guint, then_captures->len + 1);
  g_autofree guint *otherwise_to = g_new (guint, otherwise_captures->len + 1);
  WeftAttr          attrs[2];
  WeftValue        *first;

  for (guint i = 0; i < then_captures->len; i++)
    then_to[i] = number_of (values, g_ptr_array_index (then_captures, i));
  for (guint i = 0; i < otherwise_captures->len; i++)
    otherwise_to[i] = number_of (values, g_ptr_array_index (otherwise_captures, i));
  attrs[0] = weft_attr_take_body (
    graph, spread (graph, then, values->len, (WeftValue **) values->pdata, then_to));
  attrs[1] = weft_attr_take_body (
    graph, spread (graph, otherwise, values->len, (WeftValue **) values->pdata, otherwise_to));
  g_ptr_array_insert (values, 0, condition);
  first = weft_graph_apply (graph, weft_op (WEFT_OP_BRANCH), values->len,
                            (WeftValue **) values->pdata, attrs, error);
  return first != NULL ? first->apply : NULL;
}
