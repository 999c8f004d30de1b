/* Bodies for inputs of other element types: an f32 loop over f64 inputs becomes an f64 loop.
 *
 * Graphs are copied with other element types (a check in double, mixed precision); a body follows
 * what it is given, as every other op does.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/loop.h"
#include "engine/ops/ops-private.h"

/* Element types go up with each round of a loop's states: bool, integers, floats. */
#define MAX_ROUNDS 4

static WeftDType
strong_dtype (const WeftValue *value)
{
  if (value->type.weak && weft_dtype_is_float (value->type.dtype))
    return WEFT_F32;
  return weft_dtypes[value->type.dtype].compute;
}

/* The element types of @n values; whether they are those of the body's inputs already. */
static gboolean
read_dtypes (const WeftBody *body, guint n, WeftValue *const *values, WeftDType *dtypes)
{
  gboolean same = TRUE;

  for (guint i = 0; i < n; i++)
    {
      dtypes[i] = strong_dtype (values[i]);
      same &= dtypes[i] == body->inputs[i]->type.dtype;
    }
  return same;
}

/* A state takes the wider of what it begins with and what the step makes of it. */
void
weft_settle_loop (
  WeftGraph *graph, const WeftOp *op, guint n_inputs, WeftValue **inputs, WeftAttr *attrs)
{
  WeftBody             *body = attrs[0].body;
  guint                 first = attrs[2].i, n_states = attrs[3].i;
  g_autofree WeftDType *dtypes = g_new0 (WeftDType, n_inputs + 1);
  g_autofree WeftDType *outputs = g_new0 (WeftDType, body->n_outputs + 1);
  g_autoptr (WeftBody) fit = NULL;
  gboolean changed = TRUE;

  if (n_inputs != body->n_inputs || body->n_outputs < n_states || first + n_states > n_inputs ||
      read_dtypes (body, n_inputs, inputs, dtypes))
    return;
  for (guint round = 0; changed && round < MAX_ROUNDS; round++)
    {
      changed = FALSE;
      g_clear_pointer (&fit, weft_body_unref);
      fit = weft_body_retype (body, dtypes, NULL, NULL);
      if (fit == NULL)
        return;
      for (guint i = 0; i < fit->n_outputs; i++)
        outputs[i] = fit->outputs[i]->type.dtype;
      for (guint i = 0; i < n_states; i++)
        {
          outputs[i] = weft_dtype_promote (outputs[i], dtypes[first + i]);
          changed |= outputs[i] != dtypes[first + i];
          dtypes[first + i] = outputs[i];
        }
    }
  g_clear_pointer (&fit, weft_body_unref);
  fit = changed ? NULL : weft_body_retype (body, dtypes, outputs, NULL);
  if (fit == NULL)
    return;
  for (guint i = 0; i < n_states; i++)
    inputs[first + i] = weft_graph_cast (graph, inputs[first + i], dtypes[first + i]);
  attrs[0] = weft_attr_take_body (graph, g_steal_pointer (&fit));
}

/* Both branches give the wider of their two types. */
void
weft_settle_branch (
  WeftGraph *graph, const WeftOp *op, guint n_inputs, WeftValue **inputs, WeftAttr *attrs)
{
  WeftBody             *then = attrs[0].body, *otherwise = attrs[1].body;
  g_autofree WeftDType *dtypes = g_new0 (WeftDType, n_inputs + 1);
  g_autofree WeftDType *outputs = g_new0 (WeftDType, then->n_outputs + 1);
  g_autoptr (WeftBody) a = NULL;
  g_autoptr (WeftBody) b = NULL;

  if (n_inputs != then->n_inputs + 1 || then->n_inputs != otherwise->n_inputs ||
      then->n_outputs != otherwise->n_outputs ||
      read_dtypes (then, n_inputs - 1, inputs + 1, dtypes))
    return;
  a = weft_body_retype (then, dtypes, NULL, NULL);
  b = weft_body_retype (otherwise, dtypes, NULL, NULL);
  if (a == NULL || b == NULL)
    return;
  for (guint i = 0; i < a->n_outputs; i++)
    outputs[i] = weft_dtype_promote (a->outputs[i]->type.dtype, b->outputs[i]->type.dtype);
  attrs[0] = weft_attr_take_body (graph, weft_body_retype (then, dtypes, outputs, NULL));
  attrs[1] = weft_attr_take_body (graph, weft_body_retype (otherwise, dtypes, outputs, NULL));
}

/* The gradient takes the arguments and what has the type of y, and gives the arguments' types. */
void
weft_settle_custom (
  WeftGraph *graph, const WeftOp *op, guint n_inputs, WeftValue **inputs, WeftAttr *attrs)
{
  WeftBody              *body = attrs[0].body;
  guint                  n_args = body->n_outputs;
  g_autofree WeftValue **given = g_new0 (WeftValue *, n_inputs + 1);
  g_autofree WeftDType  *dtypes = g_new0 (WeftDType, n_inputs + 1);
  WeftBody              *fit;

  if (n_inputs != body->n_inputs || n_inputs < 1 + n_args)
    return;
  for (guint i = 0; i < n_inputs; i++)
    given[i] = inputs[i < n_args ? i + 1 : i == n_args ? 0
                                                       : i];
  if (read_dtypes (body, n_inputs, given, dtypes))
    return;
  fit = weft_body_retype (body, dtypes, dtypes, NULL);
  if (fit != NULL)
    attrs[0] = weft_attr_take_body (graph, fit);
}
