/* Actions of stabilise.def: the cross-entropy of labels, as people spell it.
 *
 * -mean(log_softmax(x)[arange(n), t]), with take_along_axis or otherwise, is cross_entropy(x, t),
 * and what reverse mode makes of it cross_entropy_grad(x, t): one pass over each row. A negative
 * label counts from the end there, as in every index.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/facts.h"
#include "engine/rewrite/stable.h"

/* ---- Labels ---- */

/* @value without axes of size 1 that were added to it. */
static const WeftValue *
without_views (const WeftValue *value)
{
  while (value->apply->op->id == WEFT_OP_RESHAPE || value->apply->op->id == WEFT_OP_EXPAND_DIMS)
    value = value->apply->inputs[0];
  return value;
}

/* Whether @apply, which reads or writes at an index its operands from @first on say, does so at one
 * place of each of
 * @rows rows, in order: at which, with one axis. */
static WeftValue *
label_of_rows (WeftGraph *graph, const WeftApply *apply, WeftDim rows)
{
  const WeftAttr  *index = weft_apply_attr (apply, "index");
  const WeftValue *each;
  WeftValue       *labels;
  WeftShape        line = { .rank = 1, .dims = { rows } };
  WeftAttr         shape;

  if (apply->n_inputs != 3 || index->n_index != 2 || index->index[0].kind != WEFT_INDEX_ARRAY ||
      index->index[1].kind != WEFT_INDEX_ARRAY)
    return NULL;
  each = without_views (apply->inputs[1]);
  labels = apply->inputs[2];
  if (each->apply->op->id != WEFT_OP_IOTA || !weft_dim_equal (each->type.shape.dims[0], rows) ||
      labels->type.dtype == WEFT_BOOL || weft_dtype_is_float (labels->type.dtype) ||
      !weft_shape_equal (&apply->inputs[1]->type.shape, &labels->type.shape))
    return NULL;
  labels = (WeftValue *) without_views (labels);
  if (labels->type.shape.rank == 1 && weft_dim_equal (labels->type.shape.dims[0], rows))
    return labels;
  shape = weft_attr_shape (graph, &line);
  return weft_graph_apply (graph, weft_op (WEFT_OP_RESHAPE), 1, &labels, &shape, NULL);
}

static gboolean
is_last_axis (const WeftAttr *axis, guint rank)
{
  gint64 number;

  if (axis->kind == WEFT_ATTR_INT)
    number = axis->i;
  else if (axis->kind == WEFT_ATTR_AXES && axis->dims->rank == 1)
    number = axis->dims->dims[0].offset;
  else
    return FALSE;
  return number == -1 || number == (gint64) rank - 1;
}

/* The text @text over x, labels and c. */
static WeftValue *
build_text (WeftGraph *graph, const char *text, WeftValue *x, WeftValue *labels, WeftValue *c)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, NULL);
  g_autoptr (WeftScope) scope = weft_scope_new ();

  weft_scope_set_value (scope, "x", x);
  weft_scope_set_value (scope, "t", labels);
  if (c != NULL)
    weft_scope_set_value (scope, "c", c);
  return weft_expr_build_value (expr, graph, scope, NULL);
}

/* Counted from the beginning. */
static WeftValue *
from_start (WeftGraph *graph, WeftValue *x, WeftValue *labels)
{
  if (weft_known_not_negative (labels))
    return labels;
  return build_text (graph, "where(t < 0, t + x.shape[-1], t)", x, labels, NULL);
}

/* ---- The loss ---- */

/* -mean(log_softmax(x)[arange(n), t]). */
static WeftValue *
cross_entropy (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *mean = match->root->apply->inputs[0]->apply, *part = mean->inputs[0]->apply,
                  *log;
  WeftValue *x, *labels;

  if (match->root->type.shape.rank != 0 || part->op->id != WEFT_OP_GETITEM)
    return NULL;
  log = part->inputs[0]->apply;
  if (log->op->id != WEFT_OP_LOG_SOFTMAX || log->outputs[0].type.shape.rank != 2 ||
      !is_last_axis (weft_apply_attr (log, "axis"), 2))
    return NULL;
  x = log->inputs[0];
  labels = label_of_rows (graph, part, x->type.shape.dims[0]);
  return labels == NULL
           ? NULL
           : build_text (graph, "cross_entropy(x, t)", x, from_start (graph, x, labels), NULL);
}

/* ---- Its gradient ---- */

/* What is added at every index, if it is one number: a single value. */
static WeftValue *
single_of (WeftValue *value)
{
  while (value->type.shape.rank > 0 && value->apply->n_inputs == 1 &&
         (value->apply->op->id == WEFT_OP_BROADCAST_TO || value->apply->op->id == WEFT_OP_RESHAPE ||
          value->apply->op->id == WEFT_OP_EXPAND_DIMS))
    value = value->apply->inputs[0];
  return value->type.shape.rank == 0 ? value : NULL;
}

/* The operand of @product that is a softmax of rows, times the sum of the rows of @of. */
static WeftValue *
softmax_times_sum (const WeftApply *product, const WeftValue *of)
{
  for (guint k = 0; k < 2; k++)
    {
      const WeftApply *softmax = product->inputs[k]->apply, *sum = product->inputs[1 - k]->apply;

      if (softmax->op->id == WEFT_OP_SOFTMAX && sum->op->id == WEFT_OP_SUM &&
          sum->inputs[0] == of && is_last_axis (weft_apply_attr (softmax, "axis"), 2) &&
          is_last_axis (weft_apply_attr (sum, "axis"), 2) && weft_apply_attr (sum, "keepdims")->i)
        return softmax->inputs[0];
    }
  return NULL;
}

/* a - softmax(x) * sum(a, -1, True), where a is c at the label of each row and 0 elsewhere. */
static WeftValue *
cross_entropy_gradient (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  WeftValue       *at = match->values[0], *x, *c, *labels;
  const WeftApply *product = match->root->apply->inputs[1]->apply;

  if (at->apply->op->id != WEFT_OP_INDEX_ADD || at->type.shape.rank != 2 ||
      product->op->id != WEFT_OP_MUL)
    return NULL;
  x = softmax_times_sum (product, at);
  c = single_of (at->apply->inputs[0]);
  if (x == NULL || c == NULL || !weft_shape_equal (&x->type.shape, &at->type.shape) ||
      x->type.dtype != at->type.dtype)
    return NULL;
  labels = label_of_rows (graph, at->apply, x->type.shape.dims[0]);
  if (labels == NULL)
    return NULL;
  return build_text (graph, "-c * cast(x.shape[0], x.dtype) * cross_entropy_grad(x, t)", x,
                     from_start (graph, x, labels), c);
}

/* t * c - sum(t, -1, True) * c * softmax(x). */
static WeftValue *
gradient_of_shares (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftPattern *pattern = &rule->pattern;

  return build_text (graph, "-c * cast(rows(x), x.dtype) * cross_entropy_grad(x, t)",
                     match->values[weft_pattern_value_slot (pattern, "x")],
                     match->values[weft_pattern_value_slot (pattern, "t")],
                     match->values[weft_pattern_value_slot (pattern, "c")]);
}

const WeftAction weft_actions_labels[] = {
  { "cross-entropy", cross_entropy },
  { "cross-entropy-gradient", cross_entropy_gradient },
  { "cross-entropy-gradient-shares", gradient_of_shares },
};
const guint weft_n_actions_labels = G_N_ELEMENTS (weft_actions_labels);
