/* Products out of loops: one large product for all steps instead of a small one in each.
 *
 * Before the loop, what a step computes from rows of sequences and constants with a product in it
 * is computed for all rows. After the loop, a state that only adds up products of two rows, or sums
 * of rows, is one product, or sum, of the stacked rows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/loops.h"

#include <string.h>

/* More than this is not kept for the sake of a larger product: 256 MB of f32. */
#define MAX_STACKED_ELEMENTS (64 * 1024 * 1024)

gboolean
weft_loop_fits_stacked (const WeftLoop *loop, const WeftValue *row)
{
  double n = 1;

  if (!weft_dim_is_number (loop->steps) || !weft_shape_is_static (&row->type.shape))
    return FALSE;
  for (guint i = 0; i < row->type.shape.rank; i++)
    n *= row->type.shape.dims[i].offset;
  return n * loop->steps.offset <= MAX_STACKED_ELEMENTS;
}

/* Whether @apply works along its last axes, which a first axis more does not move: a softmax or a
 * reduction over axes counted from the end. */
gboolean
weft_loop_counts_from_end (const WeftApply *apply)
{
  static const char *const names[] = { "softmax", "log_softmax", "logsumexp", "sum",
                                       "mean", "max", "min", NULL };
  const WeftAttr          *axis;

  if (!g_strv_contains (names, apply->op->name))
    return FALSE;
  axis = weft_apply_attr (apply, "axis");
  if (axis->kind == WEFT_ATTR_INT)
    return axis->i < 0;
  for (guint i = 0; axis->kind == WEFT_ATTR_AXES && i < axis->dims->rank; i++)
    if (axis->dims->dims[i].offset >= 0)
      return FALSE;
  return axis->kind == WEFT_ATTR_AXES;
}

/* ---- Before the loop ---- */

typedef enum
{
  CHANGES, /* depends on states or chance, or cannot be computed for all rows at once */
  CONSTANT,
  ROWS,
} Kind;

static gboolean
works_on_all_rows (const WeftApply *apply, const Kind *kinds)
{
  guint rank = apply->outputs[0].type.shape.rank;

  if (apply->n_outputs != 1 || rank == WEFT_MAX_RANK)
    return FALSE;
  if (apply->op->id == WEFT_OP_MATMUL)
    return kinds[apply->inputs[0]->apply->id] == ROWS &&
           kinds[apply->inputs[1]->apply->id] == CONSTANT &&
           apply->inputs[0]->type.shape.rank >= 1 && apply->inputs[1]->type.shape.rank == 2;
  if (weft_loop_counts_from_end (apply))
    return TRUE;
  if (!(apply->op->traits & WEFT_TRAIT_ELEMENTWISE))
    return FALSE;
  /* Rows of lower rank would meet the wrong axes. */
  for (guint i = 0; i < apply->n_inputs; i++)
    if (kinds[apply->inputs[i]->apply->id] == ROWS && apply->inputs[i]->type.shape.rank != rank)
      return FALSE;
  return TRUE;
}

static Kind
kind_of (const WeftApply *apply, const Kind *kinds)
{
  Kind kind = CONSTANT;

  if (apply->op->traits & (WEFT_TRAIT_RANDOM | WEFT_TRAIT_EFFECT | WEFT_TRAIT_BODY))
    return CHANGES;
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      Kind input = kinds[apply->inputs[i]->apply->id];

      if (input == CHANGES)
        return CHANGES;
      kind = MAX (kind, input);
    }
  return kind == CONSTANT || works_on_all_rows (apply, kinds) ? kind : CHANGES;
}

typedef struct
{
  const WeftLoop *loop;
  GPtrArray      *order;    /* of the step */
  Kind           *kinds;    /* by application */
  guint8         *products; /* by application: there is a product in it */
} Step;

static void
step_init (Step *step, const WeftLoop *loop)
{
  const WeftBody *body = loop->step;
  guint           n = weft_graph_n_applies (body->graph) + 1;

  step->loop = loop;
  step->order = weft_graph_order (body->graph, body->n_outputs, body->outputs);
  step->kinds = g_new0 (Kind, n);
  step->products = g_new0 (guint8, n);
  for (guint i = 0; i < step->order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (step->order, i);

      if (apply->op->id != WEFT_OP_INPUT)
        step->kinds[apply->id] = kind_of (apply, step->kinds);
      else
        for (guint k = 0; k < body->n_inputs; k++)
          if (body->inputs[k]->apply == apply)
            step->kinds[apply->id] = k < loop->n_sequences                    ? ROWS
                                     : k < loop->n_sequences + loop->n_states ? CHANGES
                                                                              : CONSTANT;
      step->products[apply->id] = apply->op->id == WEFT_OP_MATMUL;
      for (guint k = 0; k < apply->n_inputs; k++)
        step->products[apply->id] |= step->products[apply->inputs[k]->apply->id];
    }
}

static void
step_clear (Step *step)
{
  g_ptr_array_unref (step->order);
  g_free (step->kinds);
  g_free (step->products);
}

static void
add_liftable (const Step *step, GPtrArray *found, GHashTable *seen, WeftValue *value)
{
  if (step->kinds[value->apply->id] == ROWS && step->products[value->apply->id] &&
      weft_loop_fits_stacked (step->loop, value) && g_hash_table_add (seen, value))
    g_ptr_array_add (found, value);
}

/* What has a product in it, can be computed for all rows, and is used by what cannot. */
static GPtrArray *
liftable_values (const Step *step)
{
  const WeftBody *body = step->loop->step;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < step->order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (step->order, i);

      for (guint k = 0; k < apply->n_inputs && step->kinds[apply->id] == CHANGES; k++)
        add_liftable (step, found, seen, apply->inputs[k]);
    }
  for (guint i = 0; i < body->n_outputs; i++)
    add_liftable (step, found, seen, body->outputs[i]);
  return found;
}

WeftValue *
weft_loop_lift_apply (WeftGraph *graph, const WeftApply *apply, GHashTable *outside)
{
  g_autofree WeftValue **inputs = g_new (WeftValue *, apply->n_inputs + 1);
  WeftValue             *value;

  if (apply->literal != NULL)
    {
      value = weft_graph_constant (graph, apply->literal);
      value->type.weak = apply->outputs[0].type.weak;
      return value;
    }
  if (apply->op->id == WEFT_OP_DIM)
    return weft_graph_dim (graph, weft_apply_attr (apply, "dim")->dims->dims[0]);
  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = g_hash_table_lookup (outside, apply->inputs[i]);
  weft_graph_push_origins (graph, apply->origins);
  value = weft_graph_apply (graph, apply->op, apply->n_inputs, inputs, apply->attrs, NULL);
  weft_graph_pop_origin (graph);
  return value;
}

/* Computes @values of the step for all rows in @graph; @lifted gets them. FALSE where that does not
 * come out right. */
static gboolean
lift_values (WeftGraph       *graph,
             const Step      *step,
             const WeftApply *apply,
             GPtrArray       *values,
             WeftValue      **lifted)
{
  const WeftBody *body = step->loop->step;
  g_autoptr (GHashTable) outside = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) order =
    weft_graph_order (body->graph, values->len, (WeftValue **) values->pdata);

  for (guint i = 0; i < body->n_inputs; i++)
    g_hash_table_insert (outside, body->inputs[i], apply->inputs[i]);
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *inside = g_ptr_array_index (order, i);
      WeftValue *value;

      if (inside->op->id == WEFT_OP_INPUT)
        continue;
      value = weft_loop_lift_apply (graph, inside, outside);
      if (value == NULL)
        return FALSE;
      for (guint k = 0; k < inside->n_outputs; k++)
        g_hash_table_insert (outside, &inside->outputs[k], &value->apply->outputs[k]);
    }
  for (guint i = 0; i < values->len; i++)
    {
      const WeftValue *inside = g_ptr_array_index (values, i);
      WeftType         row;

      lifted[i] = g_hash_table_lookup (outside, inside);
      if (lifted[i]->type.shape.rank != inside->type.shape.rank + 1 ||
          !weft_dim_equal (lifted[i]->type.shape.dims[0], step->loop->steps))
        return FALSE;
      row = weft_row_type (&lifted[i]->type);
      if (row.dtype != inside->type.dtype || !weft_shape_equal (&row.shape, &inside->type.shape))
        return FALSE;
    }
  return TRUE;
}

/* The loop over what was lifted, too. */
static WeftApply *
loop_with_sequences (WeftGraph       *graph,
                     const WeftLoop  *loop,
                     const WeftApply *apply,
                     GPtrArray       *values,
                     WeftValue      **lifted)
{
  const WeftBody *body = loop->step;
  WeftLoop        more = *loop;
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) given = g_ptr_array_new ();
  g_autoptr (WeftBodyMaker) maker = weft_body_maker_new (graph);

  more.n_sequences += values->len;
  for (guint i = 0; i <= body->n_inputs; i++)
    {
      for (guint k = 0; k < values->len && i == loop->n_sequences; k++)
        {
          WeftValue *value = g_ptr_array_index (values, k);

          g_hash_table_insert (map, value,
                               weft_body_maker_input (maker, value->name, &value->type));
          g_ptr_array_add (given, lifted[k]);
        }
      if (i == body->n_inputs)
        break;
      g_hash_table_insert (
        map, body->inputs[i],
        weft_body_maker_input (maker, body->inputs[i]->name, &body->inputs[i]->type));
      g_ptr_array_add (given, apply->inputs[i]);
    }
  return weft_loop_remake (graph, &more,
                           weft_step_finish (maker, body, body->n_outputs, body->outputs, map),
                           given);
}

gboolean
weft_loop_lift (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results)
{
  WeftLoop               loop = weft_loop_read (apply);
  g_autofree WeftValue **lifted = NULL;
  Step                   step;
  WeftApply             *made = NULL;

  /* Rows that the loop never comes to would be computed for nothing. */
  if (loop.until || loop.n_sequences == 0)
    return FALSE;
  step_init (&step, &loop);
  {
    g_autoptr (GPtrArray) values = liftable_values (&step);

    lifted = g_new (WeftValue *, values->len + 1);
    if (values->len > 0 && lift_values (graph, &step, apply, values, lifted))
      made = loop_with_sequences (graph, &loop, apply, values, lifted);
  }
  step_clear (&step);
  for (guint i = 0; made != NULL && i < apply->n_outputs; i++)
    results[i] = &made->outputs[i];
  return made != NULL;
}

/* ---- After the loop ---- */

/* A state that adds up: final = initial + left.T @ right over all rows, or + the sum of left. */
typedef struct
{
  guint      state;
  WeftValue *left, *right; /* of the step; right NULL: a sum */
} Sum;

static guint
count_reads (const WeftBody *body, const GPtrArray *order, const WeftValue *value)
{
  guint n = 0;

  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; k < apply->n_inputs; k++)
        n += apply->inputs[k] == value;
    }
  for (guint i = 0; i < body->n_outputs; i++)
    n += body->outputs[i] == value;
  return n;
}

static gboolean
swaps_two_axes (const WeftApply *apply)
{
  const WeftAttr *axes;

  if (apply->op->id != WEFT_OP_TRANSPOSE || apply->inputs[0]->type.shape.rank != 2)
    return FALSE;
  axes = weft_apply_attr (apply, "axes");
  return axes->kind == WEFT_ATTR_NONE || axes->dims->dims[0].offset == 1 ||
         axes->dims->dims[0].offset == -1;
}

static gboolean
sums_first_axis (const WeftApply *apply)
{
  const WeftAttr *axes;

  if (apply->op->id != WEFT_OP_SUM || apply->inputs[0]->type.shape.rank != 2 ||
      apply->inputs[0]->type.dtype != apply->outputs[0].type.dtype ||
      weft_apply_attr (apply, "keepdims")->i)
    return FALSE;
  axes = weft_apply_attr (apply, "axis");
  return axes->kind == WEFT_ATTR_AXES && axes->dims->rank == 1 &&
         (axes->dims->dims[0].offset == 0 || axes->dims->dims[0].offset == -2);
}

static gboolean
read_sum (const WeftLoop *loop, const GPtrArray *order, guint state, Sum *sum)
{
  const WeftBody  *body = loop->step;
  const WeftValue *old = body->inputs[loop->n_sequences + state];
  const WeftApply *add = body->outputs[state]->apply, *term;

  if (add->op->id != WEFT_OP_ADD || (add->inputs[0] != old) == (add->inputs[1] != old) ||
      count_reads (body, order, old) != 1 || count_reads (body, order, &add->outputs[0]) != 1)
    return FALSE;
  term = add->inputs[add->inputs[0] == old ? 1 : 0]->apply;
  if (!weft_type_equal (&term->outputs[0].type, &old->type))
    return FALSE;
  *sum = (Sum){ .state = state };
  if (sums_first_axis (term))
    sum->left = term->inputs[0];
  else if (term->op->id == WEFT_OP_MATMUL && swaps_two_axes (term->inputs[0]->apply) &&
           term->inputs[1]->type.shape.rank == 2)
    {
      sum->left = term->inputs[0]->apply->inputs[0];
      sum->right = term->inputs[1];
    }
  return sum->left != NULL && weft_dtype_is_float (old->type.dtype) &&
         weft_loop_fits_stacked (loop, sum->left) &&
         (sum->right == NULL || weft_loop_fits_stacked (loop, sum->right));
}

/* The states that add up and of which only the last value is needed. Sum. */
static GArray *
find_sums (const WeftApply *apply, const WeftLoop *loop, WeftBodyPass *pass)
{
  const WeftBody *body = loop->step;
  g_autoptr (GPtrArray) order = weft_graph_order (body->graph, body->n_outputs, body->outputs);
  GArray *sums = g_array_new (FALSE, FALSE, sizeof (Sum));

  for (guint i = 0; i < loop->n_states; i++)
    {
      Sum sum;

      if (!weft_value_is_needed (pass->needed, &apply->outputs[loop->n_states + i]) &&
          read_sum (loop, order, i, &sum))
        g_array_append_val (sums, sum);
    }
  return sums;
}

/* The rows of @value of the step as [steps * rows, columns]: a sequence, or what @made stacks. */
static WeftValue *
stacked_rows (WeftGraph       *graph,
              const WeftLoop  *loop,
              const WeftApply *apply,
              WeftApply       *made,
              GPtrArray       *outputs,
              WeftValue       *value)
{
  WeftValue *stack = NULL;
  WeftShape  shape = { .rank = 2 };
  WeftAttr   attr;

  for (guint i = 0; i < loop->n_sequences; i++)
    if (loop->step->inputs[i] == value)
      stack = apply->inputs[i];
  if (stack == NULL)
    {
      WeftLoop now = weft_loop_read (made);

      stack = weft_apply_output (made, now.n_states + weft_step_output (outputs, value));
    }
  shape.dims[0] = weft_dim_mul (stack->type.shape.dims[0], stack->type.shape.dims[1]);
  shape.dims[1] = stack->type.shape.dims[2];
  attr = weft_attr_shape (graph, &shape);
  return weft_graph_apply (graph, weft_op (WEFT_OP_RESHAPE), 1, &stack, &attr, NULL);
}

static WeftValue *
sum_rows (WeftGraph *graph, WeftValue *left, WeftValue *right)
{
  const WeftOp        *op = weft_op (WEFT_OP_SUM);
  g_autofree WeftAttr *attrs = NULL;

  if (right != NULL)
    return weft_graph_op (graph, "matmul", weft_graph_op (graph, "transpose", left, NULL), right,
                          NULL);
  attrs = g_new (WeftAttr, op->n_attrs);
  for (guint i = 0; i < op->n_attrs; i++)
    attrs[i] = op->attrs[i].otherwise;
  attrs[weft_op_attr_index (op, "axis")] = weft_attr_axes (graph, 1, (gint64[]){ 0 });
  return weft_graph_apply (graph, op, 1, &left, attrs, NULL);
}

static gboolean
is_sequence (const WeftLoop *loop, const WeftValue *value)
{
  for (guint i = 0; i < loop->n_sequences; i++)
    if (loop->step->inputs[i] == value)
      return TRUE;
  return FALSE;
}

/* Outputs of the step without the sums' states, with what they add up as further extras. */
static GPtrArray *
outputs_without (const WeftLoop *loop, const GArray *sums, const gboolean *gone)
{
  GPtrArray *outputs = g_ptr_array_new ();

  for (guint i = 0; i < loop->n_states + loop->n_extras; i++)
    if (i >= loop->n_states || !gone[i])
      g_ptr_array_add (outputs, loop->step->outputs[i]);
  for (guint i = 0; i < sums->len; i++)
    {
      const Sum *sum = &g_array_index (sums, Sum, i);

      if (!is_sequence (loop, sum->left))
        weft_step_output (outputs, sum->left);
      if (sum->right != NULL && !is_sequence (loop, sum->right))
        weft_step_output (outputs, sum->right);
    }
  return outputs;
}

static WeftApply *
loop_without (WeftGraph       *graph,
              const WeftLoop  *loop,
              const WeftApply *apply,
              GPtrArray       *outputs,
              const gboolean  *gone)
{
  const WeftBody      *body = loop->step;
  WeftLoop             less = *loop;
  g_autofree gboolean *keep = g_new (gboolean, body->n_inputs + 1);
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) given = g_ptr_array_new ();
  g_autoptr (WeftBodyMaker) maker = NULL;

  for (guint i = 0; i < body->n_inputs; i++)
    {
      keep[i] = i < loop->n_sequences || i >= loop->n_sequences + loop->n_states ||
                !gone[i - loop->n_sequences];
      less.n_states -= !keep[i];
      if (keep[i])
        g_ptr_array_add (given, apply->inputs[i]);
    }
  maker = weft_step_begin (graph, body, keep, map);
  return weft_loop_remake (
    graph, &less,
    weft_step_finish (maker, body, outputs->len, (WeftValue **) outputs->pdata, map), given);
}

gboolean
weft_loop_sum (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results)
{
  WeftLoop             loop = weft_loop_read (apply);
  g_autofree gboolean *gone = g_new0 (gboolean, loop.n_states + 1);
  g_autoptr (GArray) sums = NULL;
  g_autoptr (GPtrArray) outputs = NULL;
  WeftApply *made;
  guint      now = 0, n_kept;

  if (loop.until)
    return FALSE;
  sums = find_sums (apply, &loop, pass);
  if (sums->len == 0)
    return FALSE;
  for (guint i = 0; i < sums->len; i++)
    gone[g_array_index (sums, Sum, i).state] = TRUE;
  outputs = outputs_without (&loop, sums, gone);
  made = loop_without (graph, &loop, apply, outputs, gone);
  n_kept = loop.n_states - sums->len;
  for (guint i = 0; i < loop.n_states + loop.n_extras; i++)
    {
      if (i < loop.n_states && gone[i])
        continue;
      if (i < loop.n_states)
        results[i] = weft_apply_output (made, now);
      results[loop.n_states + i] = weft_apply_output (made, n_kept + now++);
    }
  results[apply->n_outputs - 1] = weft_loop_count (made);
  for (guint i = 0; i < sums->len; i++)
    {
      const Sum *sum = &g_array_index (sums, Sum, i);
      WeftValue *left = stacked_rows (graph, &loop, apply, made, outputs, sum->left);
      WeftValue *right = sum->right != NULL
                           ? stacked_rows (graph, &loop, apply, made, outputs, sum->right)
                           : NULL;

      results[sum->state] = weft_graph_op (graph, "add",
                                           apply->inputs[loop.n_sequences + sum->state],
                                           sum_rows (graph, left, right), NULL);
    }
  return TRUE;
}
