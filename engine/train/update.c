/* Builds a rule's text once for each parameter.
 *
 * Names that the text assigns and reads before are its state: shared values of the parameter's
 * type, zero at first, called PARAMETER.NAME. Other assigned names are steps on the way.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/update.h"

#include "engine/graph/expr.h"

#include <string.h>

static void
bind_knobs (WeftScope *scope, const WeftRuleRow *row, const double *values)
{
  guint           n;
  const WeftKnob *knobs = weft_rule_row_knobs (row, &n);

  for (guint i = 0; i < n; i++)
    if (!g_str_equal (knobs[i].name, "rate"))
      {
        WeftAttr attr = weft_attr_float (values[i]);
        weft_scope_set_attr (scope, knobs[i].name, &attr);
      }
}

/* weft_schedule_build:
 * @knobs: values in the order of the row's knobs
 * @step, @total, @rate: f64 scalars
 *
 * Returns: the rate of this step, f64 scalar.
 */
WeftValue *
weft_schedule_build (const WeftRuleRow *schedule,
                     const double      *knobs,
                     WeftGraph         *graph,
                     WeftValue         *step,
                     WeftValue         *total,
                     WeftValue         *rate,
                     GError           **error)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (schedule->text, error);
  g_autoptr (WeftScope) scope = weft_scope_new ();

  if (expr == NULL)
    return NULL;
  bind_knobs (scope, schedule, knobs);
  weft_scope_set_value (scope, "step", step);
  weft_scope_set_value (scope, "total", total);
  weft_scope_set_value (scope, "rate", rate);
  return weft_expr_build_value (expr, graph, scope, error);
}

static gboolean
holds (const char **names, const char *name)
{
  return g_strv_contains ((const char *const *) names, name);
}

static WeftShared *
new_state (WeftShared *parameter, const char *name)
{
  g_autofree char *full = g_strdup_printf ("%s.%s", parameter->name, name);
  g_autoptr (WeftArray) zeros =
    weft_array_new (parameter->value->dtype, parameter->value->rank, parameter->value->shape);
  WeftShared *state = weft_shared_new (full, "state", zeros);

  state->trainable = FALSE;
  state->node = parameter->node;
  return state;
}

static gboolean
collect (const WeftUpdateContext *context,
         WeftScope               *scope,
         const char              *name,
         WeftShared              *target,
         GPtrArray               *targets,
         GPtrArray               *values,
         GError                 **error)
{
  WeftBinding *binding = weft_scope_get (scope, name);
  WeftValue   *value = weft_binding_to_value (binding, context->graph, error);

  if (value == NULL)
    return FALSE;
  value = weft_graph_cast (context->graph, value, target->value->dtype);
  g_ptr_array_add (targets, weft_shared_ref (target));
  g_ptr_array_add (values, value);
  return TRUE;
}

/* weft_update_build:
 * @knobs: values in the order of the row's knobs
 * @parameter: its value's type is the state's type
 * @gradient: of the loss by @parameter
 *
 * Errors: those of the expression language.
 */
gboolean
weft_update_build (const WeftRuleRow       *rule,
                   const double            *knobs,
                   const WeftUpdateContext *context,
                   WeftShared              *parameter,
                   WeftValue               *gradient,
                   GPtrArray               *targets,
                   GPtrArray               *values,
                   GError                 **error)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (rule->text, error);
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GPtrArray) states =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char **assigned, **free_names;
  WeftDType    dtype = parameter->value->dtype;

  if (expr == NULL)
    return FALSE;
  assigned = weft_expr_assigned_names (expr);
  free_names = weft_expr_free_names (expr);
  bind_knobs (scope, rule, knobs);
  weft_scope_set_value (scope, "p", weft_graph_shared (context->graph, parameter));
  weft_scope_set_value (scope, "g", gradient);
  weft_scope_set_value (scope, "t", weft_graph_cast (context->graph, context->t, dtype));
  weft_scope_set_value (scope, "rate", weft_graph_cast (context->graph, context->rate, dtype));
  for (guint i = 0; assigned[i] != NULL; i++)
    if (!g_str_equal (assigned[i], "p") && holds (free_names, assigned[i]))
      {
        WeftShared *state = new_state (parameter, assigned[i]);

        g_ptr_array_add (states, state);
        g_ptr_array_add (names, (gpointer) assigned[i]);
        weft_scope_set_value (scope, assigned[i], weft_graph_shared (context->graph, state));
      }
  if (!weft_expr_build (expr, context->graph, scope, NULL, error) ||
      !collect (context, scope, "p", parameter, targets, values, error))
    return FALSE;
  for (guint i = 0; i < states->len; i++)
    if (!collect (context, scope, g_ptr_array_index (names, i), g_ptr_array_index (states, i),
                  targets, values, error))
      return FALSE;
  return TRUE;
}
