/* Actions on sums and reductions.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/actions.h"

/* ---- Terms ---- */

static WeftValue *
without_sign (WeftValue *term, gboolean *negative)
{
  *negative = term->apply->op->id == WEFT_OP_NEG;
  return *negative ? term->apply->inputs[0] : term;
}

/* Adds @term to @terms, or takes away the one that it cancels. */
static void
add_term (GPtrArray *terms, WeftValue *term, gboolean *changed)
{
  gboolean   negative, other_negative;
  WeftValue *value = without_sign (term, &negative);
  double     fill;

  if (weft_constant_fill (term, &fill) && fill == 0)
    {
      *changed = TRUE;
      return;
    }
  for (guint i = 0; i < terms->len; i++)
    if (without_sign (g_ptr_array_index (terms, i), &other_negative) == value &&
        other_negative != negative)
      {
        g_ptr_array_remove_index (terms, i);
        *changed = TRUE;
        return;
      }
  g_ptr_array_add (terms, term);
}

/* add_n(...): sums inside it are part of it, what cancels and zeros go. */
static WeftValue *
terms (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *sum = match->covered[0];
  g_autoptr (GPtrArray) left = g_ptr_array_new ();
  gboolean changed = FALSE;

  for (guint i = 0; i < sum->n_inputs; i++)
    {
      const WeftApply *inner = sum->inputs[i]->apply;

      if ((inner->op->id != WEFT_OP_ADD && inner->op != sum->op) || match->uses[inner->id] > 1)
        {
          add_term (left, sum->inputs[i], &changed);
          continue;
        }
      changed = TRUE;
      for (guint k = 0; k < inner->n_inputs; k++)
        add_term (left, inner->inputs[k], &changed);
    }
  /* That everything cancels is only right for finite numbers. */
  if (!changed || left->len == 0)
    return NULL;
  return weft_graph_apply (graph, sum->op, left->len, (WeftValue *const *) left->pdata, NULL, NULL);
}

/* ---- Reductions ---- */

/* @reduction over those axes of @x that are marked, which are dropped. */
static WeftValue *
reduce (WeftGraph *graph, const WeftApply *reduction, WeftValue *x, const gboolean *reduced)
{
  const WeftOp        *op = reduction->op;
  g_autofree WeftAttr *attrs = g_memdup2 (reduction->attrs, op->n_attrs * sizeof *attrs);
  gint64               axes[WEFT_MAX_RANK];
  guint                n = 0;

  for (guint i = 0; i < x->type.shape.rank; i++)
    if (reduced[i])
      axes[n++] = i;
  attrs[weft_op_attr_index (op, "axis")] =
    n == x->type.shape.rank ? weft_attr_none () : weft_attr_axes (graph, n, axes);
  return weft_graph_apply (graph, op, 1, &x, attrs, NULL);
}

/* f(f(x, a), b) without kept axes: over the axes of both. */
static WeftValue *
reduce_twice (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *second = match->covered[0], *first = match->covered[1];
  WeftValue       *x = first->inputs[0];
  guint            rank = x->type.shape.rank, left = 0;
  gboolean         inner[WEFT_MAX_RANK], outer[WEFT_MAX_RANK];

  weft_mark_axes (weft_apply_attr (first, "axis"), rank, inner);
  weft_mark_axes (weft_apply_attr (second, "axis"), first->outputs[0].type.shape.rank, outer);
  for (guint i = 0; i < rank; i++)
    if (!inner[i])
      inner[i] = outer[left++];
  return reduce (graph, second, x, inner);
}

/* f(transpose(x, a), b): the axes of x, and what remains in the order it had. */
static WeftValue *
reduce_transposed (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *reduction = match->covered[0], *moved = match->covered[1];
  const WeftAttr  *order = weft_apply_attr (moved, "axes");
  WeftValue       *x = moved->inputs[0], *value;
  guint            rank = x->type.shape.rank, n = 0;
  gboolean         reduced[WEFT_MAX_RANK], of_x[WEFT_MAX_RANK];
  gint64           place[WEFT_MAX_RANK], axes[WEFT_MAX_RANK];
  WeftAttr         attr;

  weft_mark_axes (weft_apply_attr (reduction, "axis"), rank, reduced);
  for (guint i = 0; i < rank; i++)
    of_x[weft_source_axis (order, rank, i)] = reduced[i];
  for (guint i = 0; i < rank; i++)
    if (!of_x[i])
      place[i] = n++;
  n = 0;
  for (guint i = 0; i < rank; i++)
    if (!reduced[i])
      axes[n++] = place[weft_source_axis (order, rank, i)];
  value = reduce (graph, reduction, x, of_x);
  attr = weft_attr_axes (graph, n, axes);
  return value != NULL ? weft_graph_apply (graph, moved->op, 1, &value, &attr, NULL) : NULL;
}

/* Marks the axes of @shape that @sum, a sum or a sum_to, adds up. FALSE: the numbers behind names
 * decide which. */
static gboolean
mark_summed (const WeftApply *sum, const WeftShape *shape, gboolean *reduced)
{
  const WeftShape *left = &sum->outputs[0].type.shape;
  guint            missing = shape->rank - left->rank;

  if (sum->op->id == WEFT_OP_SUM)
    weft_mark_axes (weft_apply_attr (sum, "axis"), shape->rank, reduced);
  else
    for (guint i = 0; i < shape->rank; i++)
      {
        reduced[i] = i < missing || !weft_dim_equal (left->dims[i - missing], shape->dims[i]);
        if (i >= missing && reduced[i] && !weft_dim_equal (left->dims[i - missing], weft_dim (1)))
          return FALSE;
      }
  return TRUE;
}

/* The sum of a single number x that is repeated: x times how many are added. */
static WeftValue *
sum_fill (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *sum = match->covered[0], *fill = match->covered[1];
  const WeftShape *shape = &fill->outputs[0].type.shape;
  WeftValue       *value = fill->inputs[0];
  gboolean         reduced[WEFT_MAX_RANK];

  if (!mark_summed (sum, shape, reduced))
    return NULL;
  for (guint i = 0; i < shape->rank; i++)
    if (reduced[i])
      {
        WeftValue *n =
          weft_graph_cast (graph, weft_graph_dim (graph, shape->dims[i]), value->type.dtype);

        value = weft_graph_op (graph, "mul", value, n, NULL);
      }
  return value;
}

const WeftAction weft_actions_sums[] = {
  { "terms", terms },
  { "reduce-twice", reduce_twice },
  { "reduce-transposed", reduce_transposed },
  { "sum-fill", sum_fill },
};
const guint weft_n_actions_sums = G_N_ELEMENTS (weft_actions_sums);
