/* Functions of the expression language that are not ops: the rows of functions.def, their arguments
 * and calls.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* ---- Arguments ---- */

#define MAX_ARGS 8

/* A signature "x, axis=None" or "text, *xs" read once. */
typedef struct
{
  const char      *name, *summary;
  guint            n;
  const char      *names[MAX_ARGS];
  WeftExpr        *otherwise[MAX_ARGS]; /* NULL: must be given */
  WeftExpr        *body;                /* of a text */
  guint            rest;                /* 1 + which one takes all positional arguments that are left; 0: none */
  WeftExpanderFunc expand;
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

/* The arguments that are left, or the one tuple of them that is given, as one argument. */
static void
bind_rest (Function          *function,
           WeftGraph         *graph,
           guint              n,
           const WeftBinding *args,
           WeftBinding       *bound,
           gboolean          *given)
{
  WeftBinding *tuple = &bound[function->rest - 1];

  given[function->rest - 1] = TRUE;
  *tuple = args[0];
  if (n == 1 && args[0].kind == WEFT_BIND_TUPLE)
    return;
  *tuple = (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = n };
  tuple->items = weft_graph_alloc (graph, n * sizeof *tuple->items);
  memcpy (tuple->items, args, n * sizeof *tuple->items);
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
  guint    n_rest;

  for (guint i = 0; i < n; i++)
    {
      guint index = i;

      if (function->rest > 0 && i + 1 >= function->rest && keywords[i] == NULL)
        {
          n_rest = i;
          while (n_rest < n && keywords[n_rest] == NULL)
            n_rest++;
          bind_rest (function, graph, n_rest - i, args + i, bound, given);
          i = n_rest - 1;
          continue;
        }
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

static const struct
{
  const char      *name, *signature, *summary;
  const char      *text;    /* of a FUNCTION */
  WeftExpanderFunc expand;  /* of an EXPANDER */
  const char      *formula; /* what a gradient that is this call means; NULL: the call says it */
  const char      *examples[WEFT_MAX_EXAMPLES], *mistakes[WEFT_MAX_EXAMPLES];
} functions[] = {
#define FUNCTION(NAME, SIGNATURE, TEXT, SUMMARY, ...) \
  { .name = NAME, .signature = SIGNATURE, .summary = SUMMARY, .text = TEXT, __VA_ARGS__ },
#define EXPANDER(NAME, SIGNATURE, SUMMARY, FORMULA, ...) \
  { .name = #NAME,                                       \
    .signature = SIGNATURE,                              \
    .summary = SUMMARY,                                  \
    .expand = weft_build_##NAME,                         \
    .formula = FORMULA,                                  \
    __VA_ARGS__ },
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

  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (functions); i++)
    {
      gsize n = strlen (functions[i].name);

      if (functions[i].formula != NULL && strncmp (text, functions[i].name, n) == 0 &&
          text[n] == '(')
        return _ (functions[i].formula);
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
      if (g_strstrip (sides[0])[0] == '*')
        function->rest = i + 1;
      function->names[function->n] = g_intern_string (sides[0] + (sides[0][0] == '*' ? 1 : 0));
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
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    {
      Function *function =
        add_function (functions[i].name, functions[i].signature, functions[i].summary);

      function->expand = functions[i].expand;
      if (functions[i].text != NULL)
        function->body = must_parse (functions[i].name, functions[i].text);
    }
}

/* The examples of function @name, or its mistakes: WEFT_MAX_EXAMPLES texts, NULL after the last;
 * NULL if there is no such function. For tests and help. */
const char *const *
weft_functions_examples (const char *name, gboolean mistakes)
{
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    if (g_str_equal (functions[i].name, name))
      return mistakes ? functions[i].mistakes : functions[i].examples;
  return NULL;
}

guint
weft_functions_count (void)
{
  return G_N_ELEMENTS (functions);
}

const char *
weft_functions_name (guint index)
{
  return functions[index].name;
}
