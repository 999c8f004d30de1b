/* Texts of the expression language as formulas of TeX: fractions, powers, roots and sums are drawn,
 * products of matrices stand side by side.
 *
 * The tree of the text is written from below: each item has its operands' formulas.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/source.h"
#include "engine/graph/expr.h"

#include <string.h>

/* How tightly a formula binds; brackets come where a looser one stands in a tighter place. */
typedef enum
{
  TEX_LOOSE, /* comparisons, choices */
  TEX_SUM,
  TEX_PRODUCT,
  TEX_POWER,
  TEX_ATOM,
} Binding;

typedef struct
{
  char   *text;
  Binding binding;
} Formula;

typedef struct
{
  const WeftExprTree *tree;
  Formula            *formulas; /* by item */
} Writer;

/* Functions that TeX has a sign for; $ is the operand. Others stand upright by their names. */
static const struct
{
  const char *name, *format;
  Binding     binding;
} functions[] = {
  { "sqrt", "\\sqrt{$}", TEX_ATOM },
  { "exp", "e^{$}", TEX_POWER },
  { "abs", "\\left|$\\right|", TEX_ATOM },
  { "square", "{$}^{2}", TEX_POWER },
  { "reciprocal", "\\frac{1}{$}", TEX_ATOM },
  { "rsqrt", "\\frac{1}{\\sqrt{$}}", TEX_ATOM },
  { "floor", "\\left\\lfloor $\\right\\rfloor", TEX_ATOM },
  { "ceil", "\\left\\lceil $\\right\\rceil", TEX_ATOM },
  { "l2_norm", "\\left\\|$\\right\\|_2", TEX_ATOM },
  { "transpose", "{$}^{\\top}", TEX_POWER },
};

/* Names that TeX knows: \tanh and its kin. */
static const char *const known[] = { "log", "sin", "cos", "tan", "sinh", "cosh",
                                     "tanh", "max", "min", "det", NULL };
static const char *const greek[] = { "alpha", "beta", "gamma", "delta", "epsilon", "zeta",
                                     "eta", "theta", "kappa", "lambda", "mu", "nu",
                                     "xi", "pi", "rho", "sigma", "tau", "phi",
                                     "chi", "psi", "omega", NULL };

static const struct
{
  const char *op, *sign;
  Binding     binding;
} operators[] = {
  { "add", " + ", TEX_SUM },
  { "sub", " - ", TEX_SUM },
  { "mul", " \\odot ", TEX_PRODUCT },
  { "matmul", "\\, ", TEX_PRODUCT },
  { "mod", " \\bmod ", TEX_PRODUCT },
  { "lt", " < ", TEX_LOOSE },
  { "le", " \\le ", TEX_LOOSE },
  { "gt", " > ", TEX_LOOSE },
  { "ge", " \\ge ", TEX_LOOSE },
  { "eq", " = ", TEX_LOOSE },
  { "ne", " \\ne ", TEX_LOOSE },
  { "logical_and", " \\land ", TEX_LOOSE },
  { "logical_or", " \\lor ", TEX_LOOSE },
};

/* ---- Names and numbers ---- */

static char *
escape (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "_", -1);

  return g_strjoinv ("\\_", parts);
}

static char *
one_name (const char *name)
{
  g_autofree char *escaped = NULL;

  if (g_strv_contains (greek, name))
    return g_strconcat ("\\", name, NULL);
  if (strlen (name) == 1)
    return g_strdup (name);
  escaped = escape (name);
  return g_strdup_printf ("\\mathrm{%s}", escaped);
}

/* hidden_W is the W of hidden; h1 has the number below. */
static char *
name_formula (const char *name)
{
  const char      *dash = strrchr (name, '_');
  gsize            stem = strlen (name);
  g_autofree char *head = NULL, *symbol = NULL, *below = NULL;

  if (dash != NULL && dash != name && dash[1] != '\0')
    {
      head = g_strndup (name, dash - name);
      symbol = one_name (dash + 1);
      below = g_ascii_isdigit (dash[1]) ? one_name (head) : escape (head);
      return g_ascii_isdigit (dash[1]) ? g_strdup_printf ("%s_{%s}", below, dash + 1)
                                       : g_strdup_printf ("%s_{\\mathrm{%s}}", symbol, below);
    }
  /* The underscore that keeps a name apart from a function's is none of the formula's. */
  if (stem > 1 && name[stem - 1] == '_')
    {
      head = g_strndup (name, stem - 1);
      return one_name (head);
    }
  while (stem > 1 && g_ascii_isdigit (name[stem - 1]))
    stem--;
  head = g_strndup (name, stem);
  symbol = one_name (head);
  return name[stem] != '\0' ? g_strdup_printf ("%s_{%s}", symbol, name + stem)
                            : g_steal_pointer (&symbol);
}

/* 1e-4 as a power of ten. */
static char *
number_formula (const Writer *writer, guint item)
{
  g_autofree char *text = weft_expr_tree_print (writer->tree, item, NULL);
  char            *e = strchr (text, 'e');

  if (e == NULL)
    return g_str_has_suffix (text, ".0") ? g_strndup (text, strlen (text) - 2) : g_strdup (text);
  *e = '\0';
  e++;
  while (*e == '+' || (*e == '0' && e[1] != '\0'))
    e++;
  if (*e == '-' && e[1] == '0')
    memmove (e + 1, e + 2, strlen (e + 1));
  return g_str_equal (text, "1") ? g_strdup_printf ("10^{%s}", e)
                                 : g_strdup_printf ("%s \\cdot 10^{%s}", text, e);
}

/* ---- Items ---- */

static void
put (Writer *writer, guint item, char *take_text, Binding binding)
{
  g_free (writer->formulas[item].text);
  writer->formulas[item] = (Formula){ take_text, binding };
}

static guint
operand (const Writer *writer, guint item, guint k)
{
  return writer->tree->operands[writer->tree->first[item] + k];
}

static const char *
text_of (const Writer *writer, guint item)
{
  return writer->formulas[item].text != NULL ? writer->formulas[item].text : "";
}

/* The formula of @item, in brackets where it binds less than @least. */
static char *
bracketed (const Writer *writer, guint item, Binding least)
{
  return writer->formulas[item].binding < least
           ? g_strdup_printf ("\\left(%s\\right)", text_of (writer, item))
           : g_strdup (text_of (writer, item));
}

static char *
list (const Writer *writer, guint item, guint from, guint n)
{
  GString *out = g_string_new (NULL);

  for (guint k = 0; k < n; k++)
    g_string_append_printf (out, "%s%s", k > 0 ? ", " : "",
                            text_of (writer, operand (writer, item, from + k)));
  return g_string_free (out, FALSE);
}

static void
put_binary (Writer *writer, guint item)
{
  const char      *op = writer->tree->items[item].name;
  guint            a = operand (writer, item, 0), b = operand (writer, item, 1);
  g_autofree char *left = NULL, *right = NULL, *name = NULL;

  if (g_str_equal (op, "div"))
    {
      put (writer, item,
           g_strdup_printf ("\\frac{%s}{%s}", text_of (writer, a), text_of (writer, b)), TEX_ATOM);
      return;
    }
  if (g_str_equal (op, "pow"))
    {
      left = bracketed (writer, a, TEX_ATOM);
      put (writer, item, g_strdup_printf ("%s^{%s}", left, text_of (writer, b)), TEX_POWER);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (operators); i++)
    if (g_str_equal (op, operators[i].op))
      {
        const WeftExprItem *number = &writer->tree->items[a];
        const char         *sign = operators[i].sign;

        if (g_str_equal (op, "mul") && number->kind == WEFT_EXPR_NUMBER)
          sign = " \\, ";
        left = bracketed (writer, a, operators[i].binding);
        right = bracketed (writer, b, operators[i].binding + 1);
        put (writer, item, g_strconcat (left, sign, right, NULL), operators[i].binding);
        return;
      }
  name = escape (op);
  put (writer, item,
       g_strdup_printf ("\\mathrm{%s}\\left(%s, %s\\right)", name, text_of (writer, a),
                        text_of (writer, b)),
       TEX_ATOM);
}

/* sum(x, axis=1) as a sum sign with the axis below. */
static gboolean
put_reduction (Writer *writer, guint item, const char *name, guint n)
{
  const char      *sign = g_str_equal (name, "sum")    ? "\\sum"
                          : g_str_equal (name, "prod") ? "\\prod"
                                                       : NULL;
  g_autofree char *inner = NULL, *axis = NULL;

  if (sign == NULL || n == 0)
    return FALSE;
  for (guint k = 1; k < n; k++)
    {
      guint               argument = operand (writer, item, k);
      const WeftExprItem *it = &writer->tree->items[argument];

      if (it->kind != WEFT_EXPR_KEYWORD && k == 1)
        axis = g_strdup_printf ("_{%s}", text_of (writer, argument));
      else if (it->kind == WEFT_EXPR_KEYWORD && g_str_equal (it->name, "axis"))
        axis = g_strdup_printf ("_{%s}", text_of (writer, operand (writer, argument, 0)));
    }
  inner = bracketed (writer, operand (writer, item, 0), TEX_PRODUCT);
  put (writer, item, g_strdup_printf ("%s%s %s", sign, axis != NULL ? axis : "", inner),
       TEX_PRODUCT);
  return TRUE;
}

static void
put_call (Writer *writer, guint item, guint n)
{
  const char      *name = writer->tree->items[item].name;
  g_autofree char *arguments = NULL, *plain = NULL;

  if (put_reduction (writer, item, name, n))
    return;
  for (guint i = 0; n == 1 && i < G_N_ELEMENTS (functions); i++)
    if (g_str_equal (functions[i].name, name))
      {
        const char      *at = strchr (functions[i].format, '$');
        gboolean         power = functions[i].format[0] == '{';
        g_autofree char *inner =
          bracketed (writer, operand (writer, item, 0), power ? TEX_ATOM : TEX_LOOSE);

        put (writer, item,
             g_strdup_printf ("%.*s%s%s", (int) (at - functions[i].format), functions[i].format,
                              inner, at + 1),
             functions[i].binding);
        return;
      }
  arguments = list (writer, item, 0, n);
  plain = escape (name);
  put (writer, item,
       g_strdup_printf (g_strv_contains (known, name) ? "\\%s\\left(%s\\right)"
                                                      : "\\mathrm{%s}\\left(%s\\right)",
                        plain, arguments),
       TEX_ATOM);
}

static void
put_unary (Writer *writer, guint item)
{
  const char      *op = writer->tree->items[item].name;
  g_autofree char *inner = bracketed (writer, operand (writer, item, 0), TEX_PRODUCT);

  put (writer, item,
       g_strconcat (g_str_equal (op, "neg")   ? "-"
                    : g_str_equal (op, "pos") ? ""
                                              : "\\lnot ",
                    inner, NULL),
       TEX_SUM);
}

static char *
slice_text (const Writer *writer, guint item)
{
  const char *start = text_of (writer, operand (writer, item, 0));
  const char *stop = text_of (writer, operand (writer, item, 1));
  const char *step = text_of (writer, operand (writer, item, 2));

  return g_strdup_printf ("%s:%s%s%s", g_str_equal (start, "\\mathrm{None}") ? "" : start,
                          g_str_equal (stop, "\\mathrm{None}") ? "" : stop,
                          g_str_equal (step, "\\mathrm{None}") ? "" : ":",
                          g_str_equal (step, "\\mathrm{None}") ? "" : step);
}

static void
put_item (Writer *writer, guint item)
{
  const WeftExprItem *it = &writer->tree->items[item];
  g_autofree char    *a = NULL, *b = NULL;

  switch (it->kind)
    {
    case WEFT_EXPR_NUMBER:
      a = number_formula (writer, item);
      put (writer, item, g_strdup (a), *a == '-' ? TEX_SUM : TEX_ATOM);
      break;
    case WEFT_EXPR_NAME:
      put (writer, item, name_formula (it->name), TEX_ATOM);
      break;
    case WEFT_EXPR_STRING:
    case WEFT_EXPR_CONST:
      a = g_str_equal (it->name, "Ellipsis") ? g_strdup ("\\dots") : escape (it->name);
      put (writer, item,
           *a == '\\' ? g_strdup (a) : g_strdup_printf ("\\mathrm{%s}", a), TEX_ATOM);
      break;
    case WEFT_EXPR_CALL:
      put_call (writer, item, it->n_args);
      break;
    case WEFT_EXPR_METHOD:
      put_call (writer, item, it->n_args + 1);
      break;
    case WEFT_EXPR_KEYWORD:
      a = escape (it->name);
      put (writer, item,
           g_strdup_printf ("\\mathrm{%s}{=}%s", a, text_of (writer, operand (writer, item, 0))),
           TEX_LOOSE);
      break;
    case WEFT_EXPR_ATTR:
      a = bracketed (writer, operand (writer, item, 0), TEX_ATOM);
      put (writer, item,
           g_str_equal (it->name, "T")
             ? g_strconcat (a, "^{\\top}", NULL)
             : g_strdup_printf ("\\mathrm{%s}\\left(%s\\right)", it->name, a),
           g_str_equal (it->name, "T") ? TEX_POWER : TEX_ATOM);
      break;
    case WEFT_EXPR_UNARY:
      put_unary (writer, item);
      break;
    case WEFT_EXPR_BINARY:
      put_binary (writer, item);
      break;
    case WEFT_EXPR_INDEX:
      a = bracketed (writer, operand (writer, item, 0), TEX_ATOM);
      b = list (writer, item, 1, it->n_args);
      put (writer, item, g_strdup_printf ("{%s}_{[%s]}", a, b), TEX_ATOM);
      break;
    case WEFT_EXPR_SLICE:
      put (writer, item, slice_text (writer, item), TEX_ATOM);
      break;
    case WEFT_EXPR_IF_ELSE:
      put (writer, item,
           g_strdup_printf ("\\begin{cases} %s & %s \\\\ %s & \\text{otherwise} \\end{cases}",
                            text_of (writer, operand (writer, item, 0)),
                            text_of (writer, operand (writer, item, 1)),
                            text_of (writer, operand (writer, item, 2))),
           TEX_ATOM);
      break;
    case WEFT_EXPR_TUPLE:
      a = list (writer, item, 0, it->n_args);
      put (writer, item, g_strdup_printf ("\\left(%s\\right)", a), TEX_ATOM);
      break;
    case WEFT_EXPR_ASSIGN:
      a = name_formula (it->name);
      put (writer, item,
           g_strdup_printf ("%s = %s", a, text_of (writer, operand (writer, item, 0))), TEX_LOOSE);
      break;
    case WEFT_EXPR_UNPACK:
      put (writer, item, g_strdup (text_of (writer, operand (writer, item, 0))), TEX_LOOSE);
      break;
    case WEFT_EXPR_LAMBDA_END:
      b = text_of (writer, operand (writer, item, it->n_args - 1)) != NULL
            ? g_strdup (text_of (writer, operand (writer, item, it->n_args - 1)))
            : NULL;
      a = name_formula (it->integer > 1 && it[1 - it->integer].kind == WEFT_EXPR_NAME
                          ? it[1 - it->integer].name
                          : "x");
      put (writer, item, g_strdup_printf ("%s \\mapsto %s", a, b), TEX_LOOSE);
      break;
    case WEFT_EXPR_DROP:
    case WEFT_EXPR_LAMBDA:
      break;
    }
}

/* weft_expression_to_tex:
 */
char *
weft_expression_to_tex (const char *text, GError **error)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, error);
  g_autoptr (WeftExprTree) tree = NULL;
  GString *out;
  Writer   writer;

  if (expr == NULL)
    return NULL;
  tree = weft_expr_tree_new (expr);
  writer = (Writer){ tree, g_new0 (Formula, tree->n_items + 1) };
  for (guint i = 0; i < tree->n_items; i++)
    {
      const WeftExprItem *item = &tree->items[i];

      put_item (&writer, i);
      if (item->kind == WEFT_EXPR_LAMBDA || item->kind == WEFT_EXPR_UNPACK)
        i += item->n_args;
    }
  out = g_string_new (NULL);
  for (guint i = 0; i < tree->n_roots; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? " \\\\\n" : "", text_of (&writer, tree->roots[i]));
  for (guint i = 0; i < tree->n_items; i++)
    g_free (writer.formulas[i].text);
  g_free (writer.formulas);
  return g_string_free (out, FALSE);
}
