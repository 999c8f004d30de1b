/* Builds a rule's text once for each parameter, and the adjustments around it.
 *
 * Names that the text assigns and reads before are its state: shared values of the parameter's
 * type, zero at first, called PARAMETER.NAME. Other assigned names are steps on the way.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/update.h"

#include "engine/graph/expr.h"

#include <glib/gi18n-lib.h>
#include <math.h>
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

const char *const weft_schedule_input_names[WEFT_N_SCHEDULE_INPUTS] = { "step", "total", "rate",
                                                                        "plateaus" };

/* weft_schedule_build:
 * @knobs: values in the order of the row's knobs
 * @inputs: as weft_schedule_input_names
 *
 * Returns: the rate of this step, f64 scalar.
 */
WeftValue *
weft_schedule_build (const WeftRuleRow *schedule,
                     const double      *knobs,
                     WeftGraph         *graph,
                     WeftValue *const  *inputs,
                     GError           **error)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (schedule->text, error);
  g_autoptr (WeftScope) scope = weft_scope_new ();

  if (expr == NULL)
    return NULL;
  bind_knobs (scope, schedule, knobs);
  for (guint i = 0; i < WEFT_N_SCHEDULE_INPUTS; i++)
    weft_scope_set_value (scope, weft_schedule_input_names[i], inputs[i]);
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
same_shape (WeftValue *value, const WeftArray *array)
{
  WeftShape shape = weft_array_get_shape (array);

  return weft_shape_equal (&value->type.shape, &shape);
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
  if (!same_shape (value, target->value))
    {
      g_autofree char *text = weft_shape_to_string (&value->type.shape);
      WeftShape        shape = weft_array_get_shape (target->value);
      g_autofree char *wanted = weft_shape_to_string (&shape);

      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("%s becomes %s, but it must keep the parameter's shape %s"), name, text,
                   wanted);
      return FALSE;
    }
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

/* ---- Adjustments ---- */

/* One row's text over @scope; the new value of @name, NULL after an error. */
static WeftValue *
adjust_one (const WeftUpdateContext *context,
            guint                    row,
            double                   value,
            WeftScope               *scope,
            const char              *name,
            GError                 **error)
{
  const WeftRuleRow *adjustment = weft_adjustment_get (row);
  WeftAttr           knob = weft_attr_float (value);
  g_autoptr (WeftExpr) expr = weft_expr_parse (adjustment->text, error);

  if (expr == NULL)
    return NULL;
  weft_scope_set_attr (scope, adjustment->name, &knob);
  if (!weft_expr_build (expr, context->graph, scope, NULL, error))
    return NULL;
  return weft_binding_to_value (weft_scope_get (scope, name), context->graph, error);
}

/* The length of all gradients as one vector, f64 scalar. */
static WeftValue *
total_norm (WeftGraph *graph, GPtrArray *gradients)
{
  WeftValue *sum = weft_graph_scalar (graph, WEFT_F64, 0);

  for (guint i = 0; i < gradients->len; i++)
    {
      WeftValue *square = weft_graph_op (graph, "square", g_ptr_array_index (gradients, i), NULL);
      WeftValue *part = weft_graph_op (graph, "sum", square, NULL);

      sum = weft_graph_op (graph, "add", sum, weft_graph_cast (graph, part, WEFT_F64), NULL);
    }
  return weft_graph_op (graph, "sqrt", sum, NULL);
}

/* A row for no parameter, or of no effect. */
static gboolean
is_off (const WeftAdjust *adjust, guint row, WeftShared *parameter)
{
  guint           n;
  const WeftKnob *knob = weft_rule_row_knobs (weft_adjustment_get (row), &n);
  double          value = adjust->values[row];

  return isnan (value) || (value == 0 && knob->otherwise == 0) ||
         parameter->value->rank < weft_adjustment_rank (row);
}

/* Puts the adjusted gradients in place of those in @gradients. */
static gboolean
adjust_gradients (const WeftTraining      *training,
                  const WeftUpdateContext *context,
                  GPtrArray               *parameters,
                  GPtrArray               *gradients,
                  GError                 **error)
{
  for (guint row = 0; row < WEFT_N_ADJUSTMENTS; row++)
    {
      WeftValue *norm = NULL;

      if (weft_adjustment_when (row) != WEFT_ADJUST_GRADIENT)
        continue;
      if (strstr (weft_adjustment_get (row)->text, "norm)") != NULL &&
          !isnan (training->adjustments.all.values[row]))
        norm = total_norm (context->graph, gradients);
      for (guint i = 0; i < parameters->len; i++)
        {
          WeftShared *parameter = g_ptr_array_index (parameters, i);
          WeftAdjust  adjust = weft_adjustments_get (&training->adjustments, parameter->name);
          g_autoptr (WeftScope) scope = weft_scope_new ();
          WeftDType dtype = parameter->value->dtype;

          if (is_off (&adjust, row, parameter))
            continue;
          weft_scope_set_value (scope, "g", g_ptr_array_index (gradients, i));
          weft_scope_set_value (scope, "p", weft_graph_shared (context->graph, parameter));
          if (norm != NULL)
            weft_scope_set_value (scope, "norm", weft_graph_cast (context->graph, norm, dtype));
          gradients->pdata[i] = adjust_one (context, row, adjust.values[row], scope, "g", error);
          if (gradients->pdata[i] == NULL)
            return FALSE;
        }
    }
  return TRUE;
}

/* The new value of @parameter after the rows that follow the rule. */
static WeftValue *
adjust_parameter (const WeftAdjust        *adjust,
                  const WeftUpdateContext *context,
                  WeftShared              *parameter,
                  WeftValue               *value,
                  GError                 **error)
{
  gint64    axes[WEFT_MAX_RANK];
  guint     rank = parameter->value->rank;
  WeftDType dtype = parameter->value->dtype;

  for (guint i = 0; i + 1 < rank; i++)
    axes[i] = i;
  for (guint row = 0; value != NULL && row < WEFT_N_ADJUSTMENTS; row++)
    {
      g_autoptr (WeftScope) scope = weft_scope_new ();
      WeftAttr all_but_last = weft_attr_axes (context->graph, rank > 0 ? rank - 1 : 0, axes);

      if (weft_adjustment_when (row) != WEFT_ADJUST_PARAMETER || is_off (adjust, row, parameter))
        continue;
      weft_scope_set_value (scope, "p", value);
      weft_scope_set_value (scope, "old", weft_graph_shared (context->graph, parameter));
      weft_scope_set_value (scope, "rate", weft_graph_cast (context->graph, context->rate, dtype));
      weft_scope_set_attr (scope, "axes", &all_but_last);
      value = adjust_one (context, row, adjust->values[row], scope, "p", error);
    }
  return value;
}

/* ---- Steps that are not finite ---- */

/* Bool scalar: the loss and all gradients are finite. */
static WeftValue *
all_finite (WeftGraph *graph, WeftValue *loss, GPtrArray *gradients)
{
  WeftValue *ok = weft_graph_op (graph, "isfinite", loss, NULL);

  for (guint i = 0; i < gradients->len; i++)
    {
      WeftValue *finite = weft_graph_op (graph, "isfinite", g_ptr_array_index (gradients, i), NULL);

      ok =
        weft_graph_op (graph, "logical_and", ok, weft_graph_op (graph, "all", finite, NULL), NULL);
    }
  return ok;
}

/* Every new value only where @ok; counts in @dropped. */
static void
keep_where_not (
  WeftGraph *graph, WeftValue *ok, WeftShared *dropped, GPtrArray *targets, GPtrArray *values)
{
  WeftValue *count = weft_graph_shared (graph, dropped);
  WeftValue *more =
    weft_graph_op (graph, "add", count, weft_graph_scalar (graph, WEFT_F64, 1), NULL);

  for (guint i = 0; i < targets->len; i++)
    values->pdata[i] =
      weft_graph_op (graph, "where", ok, g_ptr_array_index (values, i),
                     weft_graph_shared (graph, g_ptr_array_index (targets, i)), NULL);
  g_ptr_array_add (targets, weft_shared_ref (dropped));
  g_ptr_array_add (values, weft_graph_op (graph, "where", ok, count, more, NULL));
}

/* weft_updates_build:
 * @training: rule, knobs and adjustments
 * @context: of the run; its t counts all steps
 * @loss: scalar
 * @dropped: (nullable): f64 scalar state; NULL where @training drops no steps
 * @gradients: of @parameters, in their order; changed
 *
 * Errors: those of the expression language; WEFT_DOCUMENT_ERROR_MODEL where a pattern matches no
 * parameter.
 */
gboolean
weft_updates_build (const WeftTraining      *training,
                    const WeftUpdateContext *context,
                    WeftValue               *loss,
                    WeftShared              *dropped,
                    GPtrArray               *parameters,
                    GPtrArray               *gradients,
                    GPtrArray               *targets,
                    GPtrArray               *values,
                    GError                 **error)
{
  WeftGraph  *graph = context->graph;
  const char *stray =
    weft_adjustments_unmatched (&training->adjustments, parameters, context->frozen);
  WeftValue *ok = dropped != NULL ? all_finite (graph, loss, gradients) : NULL;
  WeftValue *t = context->t;

  if (stray != NULL)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("training: parameters: nothing that is trained is called “%.60s”; %s is one "
                      "name"),
                   stray, ((WeftShared *) g_ptr_array_index (parameters, 0))->name);
      return FALSE;
    }
  if (!adjust_gradients (training, context, parameters, gradients, error))
    return FALSE;
  /* Steps that were dropped do not count for corrections that fade with the number of steps. */
  if (dropped != NULL)
    t = weft_graph_op (graph, "sub", t, weft_graph_shared (graph, dropped), NULL);
  for (guint i = 0; i < parameters->len; i++)
    {
      WeftShared       *parameter = g_ptr_array_index (parameters, i);
      WeftAdjust        adjust = weft_adjustments_get (&training->adjustments, parameter->name);
      WeftUpdateContext own = { .graph = graph, .rate = context->rate, .t = t };
      guint             first = targets->len;
      gboolean          done;

      if (adjust.rate_factor != 1)
        own.rate = weft_graph_op (graph, "mul", context->rate,
                                  weft_graph_scalar (graph, WEFT_F64, adjust.rate_factor), NULL);
      weft_graph_push_origin (graph, parameter->node);
      done = weft_update_build (training->rule, training->rule_knobs, &own, parameter,
                                g_ptr_array_index (gradients, i), targets, values, error);
      if (done)
        values->pdata[first] =
          adjust_parameter (&adjust, &own, parameter, values->pdata[first], error);
      done = done && values->pdata[first] != NULL;
      weft_graph_pop_origin (graph);
      if (!done)
        return FALSE;
    }
  if (dropped != NULL)
    keep_where_not (graph, ok, dropped, targets, values);
  return TRUE;
}
