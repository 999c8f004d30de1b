/* What replaces a match: the rule's action, or its replacement text over what the names stand for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/rewrite-private.h"

#include <string.h>

/* A name of a class in a text: the op that it stood for, its attributes as they were but for those
 * that the text gives. */
typedef struct
{
  const WeftApply *apply;
  guint            n_inputs;
} MatchedOp;

static gboolean
call_matched (WeftGraph         *graph,
              guint              n_args,
              const WeftBinding *args,
              gpointer           data,
              WeftBinding       *result,
              GError           **error)
{
  const MatchedOp     *matched = data;
  const WeftApply     *apply = matched->apply;
  WeftValue           *inputs[WEFT_PATTERN_MAX_SLOTS];
  g_autofree WeftAttr *attrs =
    g_memdup2 (apply->attrs, MAX (apply->op->n_attrs, 1) * sizeof *attrs);

  g_return_val_if_fail (n_args >= matched->n_inputs && n_args <= G_N_ELEMENTS (inputs), FALSE);
  for (guint i = 0; i < matched->n_inputs; i++)
    {
      inputs[i] = weft_binding_to_value (&args[i], graph, error);
      if (inputs[i] == NULL)
        return FALSE;
    }
  for (guint i = matched->n_inputs; i < n_args; i++)
    {
      guint position = i - matched->n_inputs;

      if (!weft_binding_to_attr (&args[i], graph, apply->op->attrs[position].kind, &attrs[position],
                                 error))
        return FALSE;
    }
  result->kind = WEFT_BIND_VALUE;
  result->value = weft_graph_apply (graph, apply->op, matched->n_inputs, inputs, attrs, error);
  return result->value != NULL;
}

/* The text's names: values, attributes and ops of the match. */
static WeftScope *
scope_of (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  WeftScope *scope = weft_scope_new ();
  WeftAttr   result = weft_attr_shape (graph, &match->root->type.shape);

  weft_scope_set_attr (scope, "result", &result);

  for (guint i = 0; i < rule->pattern.n_values; i++)
    weft_scope_set_value (scope, rule->pattern.values[i], match->values[i]);
  for (guint i = 0; i < rule->pattern.n_attrs; i++)
    {
      WeftAttr attr = *match->attrs[i];

      /* One axis is a number: that serves ops that take one axis and those that take several. */
      if (attr.kind == WEFT_ATTR_AXES && attr.dims->rank == 1)
        attr = weft_attr_int (attr.dims->dims[0].offset);
      weft_scope_set_attr (scope, rule->pattern.attrs[i], &attr);
    }
  for (guint i = 0; i < rule->pattern.n_ops; i++)
    {
      MatchedOp *matched = g_new (MatchedOp, 1);

      *matched = (MatchedOp){ match->ops[i], match->ops[i]->n_inputs };
      weft_scope_set_function (scope, rule->pattern.ops[i], call_matched, matched, g_free);
    }
  return scope;
}

/* exp (1000) would be an infinity before a later rule sees that it need not be. */
static gboolean
is_function (const WeftApply *apply)
{
  return apply->op->c != NULL && strstr (apply->op->c, "W (") != NULL;
}

/* @apply computed, if all it reads is known, repeated or not; else NULL. */
static WeftValue *
compute (WeftGraph *graph, const WeftApply *apply)
{
  WeftValue *inputs[WEFT_PATTERN_MAX_SLOTS], *value;

  if (apply->n_inputs == 0 || is_function (apply))
    return NULL;
  value = weft_fold (graph, apply);
  if (value != NULL || !(apply->op->traits & WEFT_TRAIT_ELEMENTWISE) ||
      apply->n_inputs > G_N_ELEMENTS (inputs))
    return value;
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      inputs[i] = apply->inputs[i];
      if (inputs[i]->apply->op->id == WEFT_OP_BROADCAST_TO)
        inputs[i] = inputs[i]->apply->inputs[0];
      if (inputs[i]->apply->literal == NULL)
        return NULL;
    }
  value = weft_graph_apply (graph, apply->op, apply->n_inputs, inputs, apply->attrs, NULL);
  value = value != NULL ? weft_fold (graph, value->apply) : NULL;
  return value != NULL ? weft_conform (graph, value, &apply->outputs[0].type) : NULL;
}

/* @value with every application from id @first on that is made of constants alone computed: an op
 * over constants counts nothing in the measure, so none may be left. */
static WeftValue *
fold_constants (WeftGraph *graph, WeftValue *value, guint first)
{
  guint                  n = weft_graph_n_applies (graph) - first;
  g_autofree WeftValue **now = g_new0 (WeftValue *, MAX (n, 1)); /* of the first outputs */

  if (value->apply->id < first)
    return value;
  for (guint i = 0; i < n; i++)
    {
      WeftApply             *apply = weft_graph_get_apply (graph, first + i);
      gboolean               changed = FALSE;
      g_autofree WeftValue **inputs = g_memdup2 (apply->inputs, apply->n_inputs * sizeof *inputs);

      for (guint k = 0; k < apply->n_inputs; k++)
        {
          guint id = inputs[k]->apply->id;

          if (id < first || inputs[k]->index != 0 || now[id - first] == inputs[k])
            continue;
          inputs[k] = now[id - first];
          changed = TRUE;
        }
      if (changed)
        apply = weft_graph_again (graph, apply, inputs);
      now[i] = compute (graph, apply);
      if (now[i] == NULL)
        now[i] = &apply->outputs[0];
    }
  return value->index == 0 ? now[value->apply->id - first] : value;
}

WeftValue *
weft_rule_replace (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  g_autoptr (WeftScope) scope = NULL;
  guint       first = weft_graph_n_applies (graph);
  WeftBinding binding;
  WeftValue  *value;

  if (rule->action != NULL)
    return rule->action (graph, rule, match);
  scope = scope_of (graph, rule, match);
  if (!weft_expr_build (rule->replacement, graph, scope, &binding, NULL))
    return NULL;
  value = weft_binding_to_value (&binding, graph, NULL);
  return value != NULL ? fold_constants (graph, value, first) : NULL;
}
