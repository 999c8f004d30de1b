/* Actions: replacements that a text cannot say, by name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/actions.h"
#include "engine/rewrite/blas.h"
#include "engine/rewrite/stable.h"

#include <string.h>

/* transpose(transpose(x, a), b): one transpose in the order of both. */
static WeftValue *
compose_transposes (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftAttr *inner = match->attrs[weft_pattern_attr_slot (&rule->pattern, "a")];
  const WeftAttr *outer = match->attrs[weft_pattern_attr_slot (&rule->pattern, "b")];
  WeftValue      *x = match->values[0];
  guint           rank = x->type.shape.rank;
  gint64          axes[WEFT_MAX_RANK];
  WeftAttr        attr;

  for (guint i = 0; i < rank; i++)
    axes[i] = weft_source_axis (inner, rank, weft_source_axis (outer, rank, i));
  attr = weft_attr_axes (graph, rank, axes);
  return weft_graph_apply (graph, match->root->apply->op, 1, &x, &attr, NULL);
}

/* ---- What is added at an index ---- */

/* @x with what @scattered adds to zeros, or takes away where @negate, added to it there. NULL where
 * @x is repeated for that. */
static WeftValue *
write_at (WeftGraph *graph, WeftValue *x, const WeftApply *scattered, gboolean negate)
{
  g_autofree WeftValue **inputs = g_new (WeftValue *, scattered->n_inputs + 1);
  const WeftOp          *op = weft_op (WEFT_OP_INDEX_WRITE);
  WeftAttr               attrs[2];

  if (!weft_type_equal (&x->type, &scattered->outputs[0].type))
    return NULL;
  inputs[0] = x;
  memcpy (inputs + 1, scattered->inputs, scattered->n_inputs * sizeof *inputs);
  if (negate)
    inputs[1] = weft_graph_op (graph, "neg", inputs[1], NULL);
  attrs[weft_op_attr_index (op, "index")] = *weft_apply_attr (scattered, "index");
  attrs[weft_op_attr_index (op, "mode")] = weft_attr_string ("add");
  return weft_graph_apply (graph, op, scattered->n_inputs + 1, inputs, attrs, NULL);
}

static const WeftApply *
scattered_value (const WeftRule *rule, const WeftMatch *match)
{
  return match->values[weft_pattern_value_slot (&rule->pattern, "b")]->apply;
}

/* a + b, where b is zeros with something added at an index. */
static WeftValue *
add_at (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  return write_at (graph, match->values[weft_pattern_value_slot (&rule->pattern, "a")],
                   scattered_value (rule, match), FALSE);
}

static WeftValue *
subtract_at (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  return write_at (graph, match->values[weft_pattern_value_slot (&rule->pattern, "a")],
                   scattered_value (rule, match), TRUE);
}

/* a * b for a single number a: what is added is multiplied. */
static WeftValue *
scale_at (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply       *scattered = scattered_value (rule, match);
  g_autofree WeftValue **inputs =
    g_memdup2 (scattered->inputs, scattered->n_inputs * sizeof *inputs);

  inputs[0] = weft_graph_op (
    graph, "mul", match->values[weft_pattern_value_slot (&rule->pattern, "a")], inputs[0], NULL);
  return weft_graph_apply (graph, scattered->op, scattered->n_inputs, inputs, scattered->attrs,
                           NULL);
}

/* ---- The table ---- */

static const WeftAction actions[] = {
  { "compose-transposes", compose_transposes },
  { "add-at", add_at },
  { "subtract-at", subtract_at },
  { "scale-at", scale_at },
};
static const guint n_actions = G_N_ELEMENTS (actions);

/* This table and those of other files, a line each. */
static const struct
{
  const WeftAction *actions;
  const guint      *n;
} tables[] = {
  { actions, &n_actions },
  { weft_actions_index, &weft_n_actions_index },
  { weft_actions_parts, &weft_n_actions_parts },
  { weft_actions_sums, &weft_n_actions_sums },
  { weft_actions_stable, &weft_n_actions_stable },
  { weft_actions_labels, &weft_n_actions_labels },
  { weft_actions_blas, &weft_n_actions_blas },
};

/* The action called @name, or NULL. */
WeftActionFunc
weft_action_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (guint k = 0; k < *tables[i].n; k++)
      if (g_str_equal (tables[i].actions[k].name, name))
        return tables[i].actions[k].func;
  return NULL;
}
