/* weft-cli ops: the op tables, as text or JSON.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"

#include "engine/base/nearest.h"
#include "engine/ops/ops.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

static gboolean as_json, with_internal;

static const GOptionEntry entries[] = { { "json", 0, 0, G_OPTION_ARG_NONE, &as_json,
                                          N_ ("answer in JSON"), NULL },
                                        { "all", 0, 0, G_OPTION_ARG_NONE, &with_internal,
                                          N_ ("also those that only rewrites make"), NULL },
                                        { NULL } };

/* "softmax(x, axis=-1)" */
static char *
signature (const WeftOp *op)
{
  GString    *text = g_string_new (op->name);
  const char *comma = "";

  g_string_append_c (text, '(');
  for (guint i = 0; i < op->n_inputs; i++)
    {
      gboolean many = (op->traits & WEFT_TRAIT_VARIADIC) != 0 && i + 1 == op->n_inputs;

      g_string_append_printf (text, "%s%s%s", comma, op->input_names[i], many ? "..." : "");
      comma = ", ";
    }
  for (guint i = 0; i < op->n_attrs; i++)
    {
      g_string_append_printf (text, "%s%s", comma, op->attrs[i].name);
      if (op->attrs[i].has_default)
        {
          g_string_append_c (text, '=');
          weft_attr_append (&op->attrs[i].otherwise, text);
        }
      comma = ", ";
    }
  g_string_append_c (text, ')');
  return g_string_free (text, FALSE);
}

static WeftJson *
words (const char *text)
{
  g_auto (GStrv) split = g_strsplit (text, " ", -1);
  WeftJson *array = weft_json_new_array ();

  for (guint i = 0; split[i] != NULL; i++)
    if (split[i][0] != '\0')
      weft_json_append (array, weft_json_new_string (split[i]));
  return array;
}

/* Of rows that neither have a gradient nor say why: leaves, and values that nothing flows back
 * through. */
#define NOTHING_FLOWS N_ ("nothing flows back: it has no inputs, or passes no derivative on")

static gboolean
has_gradient (const WeftOp *op)
{
  for (guint i = 0; i < G_N_ELEMENTS (op->grad); i++)
    if (op->grad[i] != NULL)
      return TRUE;
  return FALSE;
}

static WeftJson *
to_json (const WeftOp *op)
{
  WeftJson        *json = weft_json_new_object ();
  g_autofree char *call = signature (op);

  weft_json_set_string (json, "name", op->name);
  weft_json_set_string (json, "signature", call);
  weft_json_set_string (json, "family", op->family);
  weft_json_set_string (json, "summary", _ (op->summary));
  weft_json_set (json, "aliases", words (op->aliases));
  weft_json_set (json, "inputs", words (op->inputs));
  weft_json_set (json, "outputs", words (op->outputs));
  weft_json_set_string (json, "attributes", op->attr_text);
  if (op->no_grad != NULL)
    weft_json_set_string (json, "no_gradient", _ (op->no_grad));
  else if (!has_gradient (op))
    weft_json_set_string (json, "no_gradient", _ (NOTHING_FLOWS));
  weft_json_set_bool (json, "has_gradient", has_gradient (op));
  if (op->no_grad == NULL && has_gradient (op))
    {
      WeftJson *gradients = weft_json_new_array ();

      for (guint i = 0; i < MIN (op->n_inputs, G_N_ELEMENTS (op->grad)); i++)
        weft_json_append (gradients, op->grad[i] != NULL
                                       ? weft_json_new_string (weft_op_gradient_formula (op, i))
                                       : weft_json_new_null ());
      weft_json_set (json, "gradients", gradients);
    }
  return json;
}

/* A function is built of ops: its gradient is theirs. */
static WeftJson *
function_to_json (const WeftExprFunction *function)
{
  WeftJson        *json = weft_json_new_object ();
  g_autofree char *call = g_strdup_printf ("%s(%s)", function->name, function->signature);

  weft_json_set_string (json, "name", function->name);
  weft_json_set_string (json, "signature", call);
  weft_json_set_string (json, "family", "function");
  weft_json_set_string (json, "summary", _ (function->summary));
  weft_json_set_string (json, "gradient", "through the ops that it is made of");
  return json;
}

static void
print_attributes (const WeftOp *op)
{
  g_auto (GStrv) texts = g_strsplit (op->attr_text, ";", -1);

  for (guint i = 0; texts[i] != NULL; i++)
    if (*g_strstrip (texts[i]) != '\0')
      printf ("  %s\n", texts[i]);
}

static void
print_one (const WeftOp *op)
{
  g_autofree char *call = signature (op);
  gboolean         titled = FALSE;

  printf ("%s\n  %s\n\n", call, _ (op->summary));
  printf (_ ("family     %s\n"), op->family);
  if (*op->aliases != '\0')
    printf (_ ("aliases    %s\n"), op->aliases);
  printf (_ ("inputs     %s\n"), *op->inputs != '\0' ? op->inputs : _ ("none"));
  printf (_ ("outputs    %s\n"), op->outputs);
  if (op->n_attrs > 0)
    {
      printf ("%s\n", _ ("attributes"));
      print_attributes (op);
    }
  if (op->no_grad != NULL)
    {
      printf (_ ("gradient   none: %s\n"), _ (op->no_grad));
      return;
    }
  for (guint i = 0; i < op->n_inputs && i < G_N_ELEMENTS (op->grad); i++)
    if (op->grad[i] != NULL)
      {
        printf ("%-10s d%s = %s\n", titled ? "" : _ ("gradient"), op->input_names[i],
                weft_op_gradient_formula (op, i));
        titled = TRUE;
      }
}

static int
one (const char *name)
{
  const WeftOp           *op = weft_op_find (name);
  const WeftExprFunction *function = weft_expr_find_function (name);
  g_autofree char        *hint = NULL;
  WeftNearest             nearest;

  /* A function goes before an op of which its name is but an alias. */
  if (function != NULL && op != NULL && !g_str_equal (op->name, name))
    op = NULL;
  if (op != NULL && as_json)
    cli_answer (to_json (op));
  else if (op != NULL)
    print_one (op);
  else if (function != NULL && as_json)
    cli_answer (function_to_json (function));
  else if (function != NULL)
    printf ("%s(%s)\n  %s\n", function->name, function->signature, _ (function->summary));
  if (op != NULL || function != NULL)
    return CLI_DONE;
  weft_nearest_begin (&nearest, name);
  for (guint i = 0; i < weft_op_count (); i++)
    weft_nearest_offer (&nearest, weft_op_get (i)->name);
  hint = weft_nearest_hint (&nearest);
  return cli_say (CLI_INPUT, _ ("there is no op “%s”%s"), name, hint);
}

static gboolean
is_listed (const WeftOp *op, const char *family)
{
  return g_str_equal (op->family, family) &&
         (with_internal || (op->traits & WEFT_TRAIT_INTERNAL) == 0);
}

static void
print_family (const WeftOpFamily *family)
{
  gboolean titled = FALSE;

  for (guint i = 0; i < weft_op_count (); i++)
    if (is_listed (weft_op_get (i), family->key))
      {
        g_autofree char *call = signature (weft_op_get (i));

        if (!titled)
          printf ("%s\n", _ (family->title));
        titled = TRUE;
        printf ("  %-44s %s\n", call, _ (weft_op_get (i)->summary));
      }
}

static void
print_functions (void)
{
  printf ("%s\n", _ ("Functions, made of ops"));
  for (guint i = 0; i < weft_functions_count (); i++)
    {
      const WeftExprFunction *function = weft_expr_find_function (weft_functions_name (i));
      g_autofree char        *call =
        g_strdup_printf ("%s(%s)", function->name, function->signature);

      printf ("  %-44s %s\n", call, _ (function->summary));
    }
}

/* cli_ops:
 *
 * Returns: the exit code.
 */
int
cli_ops (int argc, char **argv)
{
  int       code = cli_parse (&argc, &argv, entries);
  WeftJson *all;

  if (code >= 0)
    return code;
  if (argc > 2)
    return cli_say (CLI_CALL, _ ("one name at a time: %s is one too many"), argv[2]);
  if (argc == 2)
    return one (argv[1]);
  if (!as_json)
    {
      for (guint f = 0; f < weft_n_op_families; f++)
        print_family (&weft_op_families[f]);
      print_functions ();
      return CLI_DONE;
    }
  all = weft_json_new_array ();
  for (guint i = 0; i < weft_op_count (); i++)
    if (with_internal || (weft_op_get (i)->traits & WEFT_TRAIT_INTERNAL) == 0)
      weft_json_append (all, to_json (weft_op_get (i)));
  for (guint i = 0; i < weft_functions_count (); i++)
    weft_json_append (all,
                      function_to_json (weft_expr_find_function (weft_functions_name (i))));
  cli_answer (all);
  return CLI_DONE;
}
