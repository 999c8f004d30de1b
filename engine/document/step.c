/* What a loop's step is: which of its inputs are rows, states and constants, which results are new
 * states.
 *
 * A group gives the new value of state h as its output "new_h"; where no output is called so, the
 * states that the parameter "states" lists are the first outputs, in its order. An output "until"
 * says when to stop. A lambda gives a tuple: the new states, then what else comes out, at last
 * until(condition).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/step.h"

#include "engine/document/interface.h"
#include "engine/document/model-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* weft_loop_kind:
 * @kind: (out) (optional)
 */
gboolean
weft_loop_kind (const char *op, WeftLoopKind *kind)
{
  static const char *const names[] = { "scan", "map", "reduce", "cond", "beam_search" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (op, names[i]))
      {
        if (kind != NULL)
          *kind = i;
        return TRUE;
      }
  return FALSE;
}

/* weft_loop_steps:
 */
const char *const *
weft_loop_steps (WeftLoopKind kind)
{
  static const char *const one[] = { "step", NULL };
  static const char *const two[] = { "then", "otherwise", NULL };

  return kind == WEFT_LOOP_COND ? two : one;
}

/* weft_step_free:
 */
void
weft_step_free (WeftStep *step)
{
  g_clear_pointer (&step->lambda, weft_expr_unref);
  g_array_unref (step->inputs);
  g_ptr_array_unref (step->outer);
  g_ptr_array_unref (step->results);
  g_free (step);
}

static gboolean
has (const GPtrArray *names, const char *name)
{
  for (guint i = 0; i < names->len; i++)
    if (g_str_equal (g_ptr_array_index (names, i), name))
      return TRUE;
  return FALSE;
}

static WeftStepInput *
find_input (const WeftStep *step, const char *name)
{
  for (guint i = 0; i < step->inputs->len; i++)
    if (g_str_equal (g_array_index (step->inputs, WeftStepInput, i).name, name))
      return &g_array_index (step->inputs, WeftStepInput, i);
  return NULL;
}

static void
add_input (WeftStep *step, const char *name)
{
  WeftStepInput input = { g_intern_string (name), WEFT_STEP_ROW };

  g_array_append_val (step->inputs, input);
}

static void
read_group (WeftStep *step)
{
  const WeftInterface *interface = weft_document_interface (step->group);

  for (guint i = 0; interface->inputs[i] != NULL; i++)
    add_input (step, interface->inputs[i]);
  for (guint i = 0; i < interface->n_results; i++)
    if (g_str_equal (interface->outputs[i], "until"))
      step->until = TRUE;
    else
      g_ptr_array_add (step->results, (gpointer) interface->outputs[i]);
}

/* The parameters, and how many values the lambda gives. */
static gboolean
read_lambda (WeftStep *step, guint *n_results, GError **error)
{
  guint               n;
  const WeftExprItem *items = weft_expr_items (step->lambda, &n);
  const char        **names = weft_expr_free_names (step->lambda);
  const WeftExprItem *last;

  if (n < 2 || items[0].kind != WEFT_EXPR_LAMBDA || items[n - 1].kind != WEFT_EXPR_LAMBDA_END)
    return weft_model_fail (
      error, _ ("a step is the name of a group, or a lambda such as “lambda x, h: "
                "tanh(x + h)”"));
  for (guint i = 0; i < items[0].n_args; i++)
    add_input (step, items[1 + i].name);
  for (guint i = 0; names[i] != NULL; i++)
    g_ptr_array_add (step->outer, (gpointer) names[i]);
  last = &items[n - 2];
  *n_results = last->kind == WEFT_EXPR_TUPLE ? last->n_args : 1;
  if (last->kind == WEFT_EXPR_TUPLE && n >= 3 && items[n - 3].kind == WEFT_EXPR_CALL &&
      g_strcmp0 (items[n - 3].name, "until") == 0)
    {
      step->until = TRUE;
      --*n_results;
    }
  return TRUE;
}

/* "h c" or "h, c" in parameter @param: those inputs have role @role. */
static gboolean
set_roles (
  WeftStep *step, const WeftNode *node, const char *param, WeftStepRole role, GError **error)
{
  g_auto (GStrv) names = g_strsplit_set (weft_json_get_string (node->params, param, ""), " ,", -1);

  for (guint i = 0; names[i] != NULL; i++)
    {
      WeftStepInput *input = *names[i] != '\0' ? find_input (step, names[i]) : NULL;

      if (input == NULL && *names[i] != '\0')
        return weft_model_fail (error, _ ("%s: the step has no input %s"), param, names[i]);
      if (input != NULL)
        input->role = role;
    }
  return TRUE;
}

static gboolean
is_new (const WeftStep *step, const char *state)
{
  g_autofree char *name = g_strconcat ("new_", state, NULL);

  return has (step->results, name);
}

/* Where nothing is said: a group's inputs h with an output new_h; a lambda's parameters after the
 * first. */
static void
guess_states (WeftStep *step)
{
  for (guint i = 0; i < step->inputs->len; i++)
    {
      WeftStepInput *input = &g_array_index (step->inputs, WeftStepInput, i);

      if (input->role == WEFT_STEP_ROW &&
          (step->group != NULL ? is_new (step, input->name) : i > 0))
        input->role = WEFT_STEP_STATE;
    }
}

static gboolean
set_scan_roles (WeftStep *step, const WeftNode *node, GError **error)
{
  if (!set_roles (step, node, "constants", WEFT_STEP_CONSTANT, error))
    return FALSE;
  if (*weft_json_get_string (node->params, "states", "") != '\0')
    return set_roles (step, node, "states", WEFT_STEP_STATE, error);
  guess_states (step);
  return TRUE;
}

static gboolean
set_all_roles (WeftStep *step, const WeftNode *node, WeftLoopKind kind, GError **error)
{
  switch (kind)
    {
    case WEFT_LOOP_SCAN:
      return set_scan_roles (step, node, error);
    case WEFT_LOOP_MAP:
      return set_roles (step, node, "constants", WEFT_STEP_CONSTANT, error);
    case WEFT_LOOP_REDUCE:
      if (step->inputs->len > 1)
        g_array_index (step->inputs, WeftStepInput, 1).role = WEFT_STEP_STATE;
      return set_roles (step, node, "constants", WEFT_STEP_CONSTANT, error);
    case WEFT_LOOP_BEAM:
      for (guint i = 1; i < step->inputs->len; i++)
        g_array_index (step->inputs, WeftStepInput, i).role = WEFT_STEP_STATE;
      return set_roles (step, node, "constants", WEFT_STEP_CONSTANT, error);
    case WEFT_LOOP_COND:
      for (guint i = 0; i < step->inputs->len; i++)
        g_array_index (step->inputs, WeftStepInput, i).role = WEFT_STEP_CONSTANT;
      return TRUE;
    }
  return FALSE;
}

/* A lambda's values have no names: new_h for state h, then y, y2, ... */
static void
name_results (WeftStep *step, guint n_results)
{
  guint n = 0;

  for (guint i = 0; i < step->inputs->len && n < n_results; i++)
    if (g_array_index (step->inputs, WeftStepInput, i).role == WEFT_STEP_STATE)
      {
        g_autofree char *name =
          g_strconcat ("new_", g_array_index (step->inputs, WeftStepInput, i).name, NULL);

        g_ptr_array_add (step->results, (gpointer) g_intern_string (name));
        n++;
      }
  for (guint i = 1; n < n_results; i++, n++)
    {
      g_autofree char *name = i > 1 ? g_strdup_printf ("y%u", i) : g_strdup ("y");

      g_ptr_array_add (step->results, (gpointer) g_intern_string (name));
    }
}

/* What @node says, or its default. */
static const char *
step_text (const WeftNode *node, const char *param)
{
  guint            n = 0;
  const WeftParam *params = weft_catalogue_params (node->op, &n);

  for (guint i = 0; !weft_json_has (node->params, param) && i < n; i++)
    if (g_str_equal (params[i].name, param))
      return weft_json_string (params[i].otherwise, "");
  return weft_json_get_string (node->params, param, "");
}

/* weft_step_new:
 *
 * Returns: (transfer full): NULL on failure.
 */
WeftStep *
weft_step_new (WeftDocument *document, const WeftNode *node, const char *param, GError **error)
{
  g_autoptr (WeftStep) step = g_new0 (WeftStep, 1);
  const char  *text = step_text (node, param);
  WeftLoopKind kind = WEFT_LOOP_SCAN;
  guint        n_results = 0;

  weft_loop_kind (node->op, &kind);
  step->inputs = g_array_new (FALSE, FALSE, sizeof (WeftStepInput));
  step->outer = g_ptr_array_new ();
  step->results = g_ptr_array_new ();
  step->group = weft_document_get_group (document, text);
  if (*text == '\0')
    {
      weft_model_fail (
        error, _ ("%s must be given: a group, or a lambda such as “lambda x, h: tanh(x + h)”"),
        param);
      return NULL;
    }
  if (step->group != NULL)
    read_group (step);
  else
    {
      step->lambda = weft_expr_parse (text, error);
      if (step->lambda == NULL || !read_lambda (step, &n_results, error))
        return NULL;
    }
  if (!set_all_roles (step, node, kind, error))
    return NULL;
  if (step->group == NULL)
    name_results (step, n_results);
  return g_steal_pointer (&step);
}

/* weft_step_new_state:
 */
gint
weft_step_new_state (const WeftStep *step, const char *name)
{
  g_autofree char *new_name = g_strconcat ("new_", name, NULL);
  guint            place = 0;

  for (guint i = 0; i < step->results->len; i++)
    if (g_str_equal (g_ptr_array_index (step->results, i), new_name))
      return (gint) i;
  /* No name says it: the states without one are the first results that are no other's. */
  for (guint i = 0; i < step->inputs->len; i++)
    {
      const WeftStepInput *input = &g_array_index (step->inputs, WeftStepInput, i);

      if (g_str_equal (input->name, name))
        break;
      place += input->role == WEFT_STEP_STATE && !is_new (step, input->name);
    }
  for (guint i = 0; i < step->results->len; i++)
    if (!g_str_has_prefix (g_ptr_array_index (step->results, i), "new_") && place-- == 0)
      return (gint) i;
  return -1;
}
