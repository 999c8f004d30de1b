/* Functions of the expression language that are not ops: the rows of functions.def, their arguments and
 * calls.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* ---- Arguments ---- */

#define MAX_ARGS 8

/* A signature "x, axis=None" read once. */
typedef struct
{
  const char *name, *summary;
  guint       n;
  const char *names[MAX_ARGS];
  WeftExpr   *otherwise[MAX_ARGS]; /* NULL: must be given */
  WeftExpr   *body;                /* of a text */
  gboolean (*expand) (WeftGraph         *graph,
                      const WeftBinding *args,
                      WeftBinding       *result,
                      GError           **error);
} Function;

static gboolean
bind_one (Function          *function,
          guint              index,
          const WeftBinding *arg,
          WeftBinding       *bound,
          gboolean          *given,
          GError           **error)
{
  if (given[index])
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s: %s is given twice",
                   function->name, function->names[index]);
      return FALSE;
    }
  given[index] = TRUE;
  bound[index] = *arg;
  return TRUE;
}

static gboolean
bind_defaults (
  Function *function, WeftGraph *graph, WeftBinding *bound, const gboolean *given, GError **error)
{
  for (guint i = 0; i < function->n; i++)
    {
      g_autoptr (WeftScope) scope = NULL;

      if (given[i])
        continue;
      if (function->otherwise[i] == NULL)
        {
          g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s: %s must be given",
                       function->name, function->names[i]);
          return FALSE;
        }
      scope = weft_scope_new ();
      if (!weft_expr_build (function->otherwise[i], graph, scope, &bound[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
bind (Function          *function,
      WeftGraph         *graph,
      guint              n,
      const WeftBinding *args,
      const char *const *keywords,
      WeftBinding       *bound,
      GError           **error)
{
  gboolean given[MAX_ARGS] = { FALSE };

  for (guint i = 0; i < n; i++)
    {
      guint index = i;

      if (keywords[i] != NULL)
        for (index = 0; index < function->n && !g_str_equal (function->names[index], keywords[i]);
             index++)
          ;
      if (index >= function->n)
        {
          if (keywords[i] != NULL)
            g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME, "%s: has no argument %s",
                         function->name, keywords[i]);
          else
            g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                         "%s: takes %u arguments, not %u", function->name, function->n, n);
          return FALSE;
        }
      if (!bind_one (function, index, &args[i], bound, given, error))
        return FALSE;
    }
  return bind_defaults (function, graph, bound, given, error);
}

/* A place inside a text of ours means nothing to people: "1:1: broadcast_to: ..." becomes "full:
 * broadcast_to: ...". */
static void
blame_function (const Function *function, GError **error)
{
  const char *message;

  if (error == NULL || *error == NULL)
    return;
  message = (*error)->message + strspn ((*error)->message, "0123456789: ");

  g_autofree char *blamed = g_strdup_printf ("%s: %s", function->name, message);

  g_free ((*error)->message);
  (*error)->message = g_steal_pointer (&blamed);
}

static gboolean
call (WeftGraph         *graph,
      guint              n,
      const WeftBinding *args,
      const char *const *keywords,
      gpointer           data,
      WeftBinding       *result,
      GError           **error)
{
  Function   *function = data;
  WeftBinding bound[MAX_ARGS];

  if (!bind (function, graph, n, args, keywords, bound, error))
    return FALSE;
  if (function->expand != NULL)
    return function->expand (graph, bound, result, error);

  g_autoptr (WeftScope) scope = weft_scope_new ();

  for (guint i = 0; i < function->n; i++)
    weft_scope_set (scope, function->names[i], &bound[i]);
  if (weft_expr_build (function->body, graph, scope, result, error))
    return TRUE;
  blame_function (function, error);
  return FALSE;
}

/* ---- The list ---- */

#define EXAMPLES(...) .examples = { __VA_ARGS__ }
#define MISTAKES(...) .mistakes = { __VA_ARGS__ }

#define FUNCTION(...)
#define EXPANDER(NAME, ...) EXPAND (NAME);
#include "engine/ops/functions.def"
#undef FUNCTION
#undef EXPANDER

static const struct
{
  const char    *name, *signature, *summary;
  const char    *text;    /* of a FUNCTION */
  WeftExpanderFunc expand; /* of an EXPANDER */
  const char    *formula; /* what a gradient that is this call means; NULL: the call says it */
  const char    *examples[WEFT_MAX_EXAMPLES], *mistakes[WEFT_MAX_EXAMPLES];
} functions[] = {
#define FUNCTION(NAME, SIGNATURE, TEXT, SUMMARY, ...) \
  { .name = NAME, .signature = SIGNATURE, .summary = SUMMARY, .text = TEXT, __VA_ARGS__ },
#define EXPANDER(NAME, SIGNATURE, SUMMARY, FORMULA, ...) \
  { .name = #NAME, .signature = SIGNATURE, .summary = SUMMARY, .expand = weft_function_##NAME, .formula = FORMULA, __VA_ARGS__ },
#include "engine/ops/functions.def"
#undef FUNCTION
#undef EXPANDER
};



/* The gradient of input number @index (the last repeats where the row is variadic) for people: the
 * row's text, or the formula that its helper function stands for. NULL if there is none. Any
 * thread. */
const char *
weft_op_gradient_formula (const WeftOp *op, guint index)
{
  const char *text = op->n_inputs > 0 ? op->grad[MIN (index, op->n_inputs - 1)] : NULL;

  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (expanders); i++)
    {
      gsize n = strlen (expanders[i].name);

      if (expanders[i].formula != NULL && strncmp (text, expanders[i].name, n) == 0 &&
          text[n] == '(')
        return _ (expanders[i].formula);
    }
  return text;
}

/* A text of ours that must parse. */
static WeftExpr *
must_parse (const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;
  WeftExpr *expr = weft_expr_parse (text, &error);

  if (expr == NULL)
    g_error ("function %s: %s", name, error->message);
  return expr;
}

static Function *
add_function (const char *name, const char *signature, const char *summary)
{
  Function *function = g_new0 (Function, 1);
  g_auto (GStrv) words = g_strsplit (signature, ",", -1);

  function->name = name;
  function->summary = summary;
  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto (GStrv) sides = g_strsplit (words[i], "=", 2);

      g_assert (function->n < MAX_ARGS);
      function->names[function->n] = g_intern_string (g_strstrip (sides[0]));
      if (sides[1] != NULL)
        function->otherwise[function->n] = must_parse (name, sides[1]);
      function->n++;
    }
  weft_expr_register_function (&(WeftExprFunction){ name, call, function, signature, summary });
  return function;
}

void
weft_functions_register (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (expanders); i++)
    add_function (expanders[i].name, expanders[i].signature, expanders[i].summary)->expand =
      expanders[i].expand;
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    add_function (texts[i].name, texts[i].signature, texts[i].summary)->body =
      must_parse (texts[i].name, texts[i].text);
}
