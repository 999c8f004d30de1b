/* Expressions as text: canonical spacing, no parenthesis that is not needed. Reads back to the same
 * items.
 *
 * The postfix array is given its tree form (operands of each item) by one pass, then written by an
 * explicit stack.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/expr-private.h"

#include <math.h>
#include <string.h>

/* How many operands @item takes from the stack. */
static guint
n_operands (const WeftExprItem *item)
{
  switch (item->kind)
    {
    case WEFT_EXPR_NUMBER:
    case WEFT_EXPR_NAME:
    case WEFT_EXPR_STRING:
    case WEFT_EXPR_CONST:
    case WEFT_EXPR_LAMBDA:
      return 0;
    case WEFT_EXPR_CALL:
    case WEFT_EXPR_TUPLE:
      return item->n_args;
    case WEFT_EXPR_METHOD:
    case WEFT_EXPR_INDEX:
      return item->n_args + 1;
    case WEFT_EXPR_KEYWORD:
    case WEFT_EXPR_ATTR:
    case WEFT_EXPR_UNARY:
    case WEFT_EXPR_ASSIGN:
    case WEFT_EXPR_UNPACK:
    case WEFT_EXPR_DROP:
    case WEFT_EXPR_LAMBDA_END:
      return 1;
    case WEFT_EXPR_BINARY:
      return 2;
    case WEFT_EXPR_SLICE:
    case WEFT_EXPR_IF_ELSE:
      return 3;
    }
  return 0;
}

static guint
precedence_of (const WeftExprItem *item)
{
  switch (item->kind)
    {
    case WEFT_EXPR_BINARY:
      return weft_operator_of_op (item->name, FALSE)->precedence;
    case WEFT_EXPR_UNARY:
      return weft_operator_of_op (item->name, TRUE)->precedence;
    case WEFT_EXPR_IF_ELSE:
      return WEFT_PRECEDENCE_IF_ELSE;
    case WEFT_EXPR_NUMBER:
      /* -1 ** 2 would read as -(1 ** 2). */
      return signbit (item->number) ? WEFT_PRECEDENCE_UNARY : WEFT_PRECEDENCE_ATOM;
    case WEFT_EXPR_LAMBDA_END:
      return WEFT_PRECEDENCE_LAMBDA;
    case WEFT_EXPR_LAMBDA:
    case WEFT_EXPR_NAME:
    case WEFT_EXPR_STRING:
    case WEFT_EXPR_CONST:
    case WEFT_EXPR_CALL:
    case WEFT_EXPR_KEYWORD:
    case WEFT_EXPR_METHOD:
    case WEFT_EXPR_ATTR:
    case WEFT_EXPR_INDEX:
    case WEFT_EXPR_SLICE:
    case WEFT_EXPR_TUPLE:
    case WEFT_EXPR_ASSIGN:
    case WEFT_EXPR_UNPACK:
    case WEFT_EXPR_DROP:
      break;
    }
  return WEFT_PRECEDENCE_ATOM;
}

typedef struct
{
  const WeftExprItem *items;
  const guint        *first; /* item -> index of its first operand in operands */
  const guint        *operands;
  const char *const  *texts; /* what is written in the place of items, NULL: as they are */
  GString            *out;
  GArray             *todo; /* Task, last first */
} Printer;

/* Write @text, or item @item, or both in turn. */
typedef struct
{
  const char *text; /* NULL: the item */
  guint       item;
} Task;

/* Tasks are pushed in reverse of the order in which they are written. */
static void
push_text (Printer *printer, const char *text)
{
  Task task = { text, 0 };

  g_array_append_val (printer->todo, task);
}

static void
push_item (Printer *printer, guint item)
{
  Task task = { NULL, item };

  g_array_append_val (printer->todo, task);
}

static void
push_guarded (Printer *printer, guint item, guint least)
{
  gboolean guard = precedence_of (&printer->items[item]) < least;

  if (guard)
    push_text (printer, ")");
  push_item (printer, item);
  if (guard)
    push_text (printer, "(");
}

static guint
operand (const Printer *printer, guint item, guint k)
{
  return printer->operands[printer->first[item] + k];
}

/* Operands @from .. @from + @n separated by commas. */
static void
push_list (Printer *printer, guint item, guint from, guint n)
{
  for (guint k = n; k-- > 0;)
    {
      push_item (printer, operand (printer, item, from + k));
      if (k > 0)
        push_text (printer, ", ");
    }
}

static void
push_binary (Printer *printer, guint item)
{
  const WeftOperator *op = weft_operator_of_op (printer->items[item].name, FALSE);
  gboolean            right = op->precedence == WEFT_PRECEDENCE_POWER;
  gboolean            compare = op->precedence == WEFT_PRECEDENCE_COMPARE;
  guint               other = operand (printer, item, 1);
  /* 2 ** -x needs no parentheses: a unary operator may follow any operator that binds tighter than
   * it. */
  gboolean unary = right && printer->items[other].kind == WEFT_EXPR_UNARY &&
                   precedence_of (&printer->items[other]) == WEFT_PRECEDENCE_UNARY;

  push_guarded (printer, other,
                unary   ? WEFT_PRECEDENCE_UNARY
                : right ? op->precedence
                        : op->precedence + 1);
  if (!right)
    push_text (printer, " ");
  push_text (printer, op->symbol);
  if (!right)
    push_text (printer, " ");
  push_guarded (printer, operand (printer, item, 0),
                right || compare ? op->precedence + 1 : op->precedence);
}

static void
push_slice (Printer *printer, guint item)
{
  for (guint k = 3; k-- > 0;)
    {
      guint               part = operand (printer, item, k);
      const WeftExprItem *p = &printer->items[part];
      gboolean            none = p->kind == WEFT_EXPR_CONST && g_str_equal (p->name, "None");

      if (!none)
        push_item (printer, part);
      if (k == 1 || (k == 2 && !none))
        push_text (printer, ":");
    }
}

static void
append_number (const WeftExprItem *item, GString *out)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (item->is_int)
    {
      g_string_append_printf (out, "%" G_GINT64_FORMAT, item->integer);
      return;
    }
  for (guint digits = 1; digits <= 17; digits++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%ug", digits);
      g_ascii_formatd (buffer, sizeof buffer, format, item->number);
      if (g_ascii_strtod (buffer, NULL) == item->number)
        break;
    }
  g_string_append (out, buffer);
  if (strpbrk (buffer, ".ein") == NULL)
    g_string_append (out, ".0");
}

static void
push_call_like (Printer *printer, guint item)
{
  const WeftExprItem *it = &printer->items[item];
  guint               own = it->kind == WEFT_EXPR_CALL ? 0 : 1;

  push_text (printer, it->kind == WEFT_EXPR_INDEX ? "]" : ")");
  push_list (printer, item, own, it->n_args);
  push_text (printer, it->kind == WEFT_EXPR_INDEX ? "[" : "(");
  if (it->name != NULL)
    push_text (printer, it->name);
  if (it->kind == WEFT_EXPR_METHOD)
    push_text (printer, ".");
  if (own == 1)
    push_guarded (printer, operand (printer, item, 0), WEFT_PRECEDENCE_ATOM);
}

/* "lambda x, h: value" or "lambda x, h: (statement; value)". */
static void
push_lambda (Printer *printer, guint item)
{
  const WeftExprItem *end = &printer->items[item], *begin = end - end->integer;
  gboolean            block = end->n_args > 1;

  if (block)
    push_text (printer, ")");
  for (guint k = end->n_args; k-- > 0;)
    {
      push_item (printer, operand (printer, item, k));
      if (k > 0)
        push_text (printer, "; ");
    }
  push_text (printer, block ? ": (" : ": ");
  for (guint k = begin->n_args; k-- > 0;)
    {
      push_text (printer, begin[1 + k].name);
      push_text (printer, k > 0 ? ", " : " ");
    }
  push_text (printer, "lambda");
}

/* Writes leaves at once, everything else as tasks. */
static void
print_item (Printer *printer, guint item)
{
  const WeftExprItem *it = &printer->items[item];

  if (printer->texts != NULL && printer->texts[item] != NULL)
    {
      g_string_append (printer->out, printer->texts[item]);
      return;
    }
  switch (it->kind)
    {
    case WEFT_EXPR_NUMBER:
      append_number (it, printer->out);
      break;
    case WEFT_EXPR_NAME:
      g_string_append (printer->out, it->name);
      break;
    case WEFT_EXPR_CONST:
      g_string_append (printer->out, g_str_equal (it->name, "Ellipsis") ? "..." : it->name);
      break;
    case WEFT_EXPR_STRING:
      {
        const char *quote = strchr (it->name, '\'') != NULL ? "\"" : "'";

        g_string_append_printf (printer->out, "%s%s%s", quote, it->name, quote);
      }
      break;
    case WEFT_EXPR_CALL:
    case WEFT_EXPR_METHOD:
    case WEFT_EXPR_INDEX:
      push_call_like (printer, item);
      break;
    case WEFT_EXPR_KEYWORD:
      push_item (printer, operand (printer, item, 0));
      push_text (printer, "=");
      push_text (printer, it->name);
      break;
    case WEFT_EXPR_ATTR:
      push_text (printer, it->name);
      push_text (printer, ".");
      push_guarded (printer, operand (printer, item, 0), WEFT_PRECEDENCE_ATOM);
      break;
    case WEFT_EXPR_UNARY:
      push_guarded (printer, operand (printer, item, 0), precedence_of (it));
      push_text (printer, weft_operator_of_op (it->name, TRUE)->symbol);
      break;
    case WEFT_EXPR_BINARY:
      push_binary (printer, item);
      break;
    case WEFT_EXPR_SLICE:
      push_slice (printer, item);
      break;
    case WEFT_EXPR_IF_ELSE:
      push_guarded (printer, operand (printer, item, 2), WEFT_PRECEDENCE_IF_ELSE);
      push_text (printer, " else ");
      push_guarded (printer, operand (printer, item, 1), WEFT_PRECEDENCE_IF_ELSE + 1);
      push_text (printer, " if ");
      push_guarded (printer, operand (printer, item, 0), WEFT_PRECEDENCE_IF_ELSE + 1);
      break;
    case WEFT_EXPR_TUPLE:
      push_text (printer, it->n_args == 1 ? ",)" : ")");
      push_list (printer, item, 0, it->n_args);
      push_text (printer, "(");
      break;
    case WEFT_EXPR_ASSIGN:
      push_item (printer, operand (printer, item, 0));
      push_text (printer, " = ");
      push_text (printer, it->name);
      break;
    case WEFT_EXPR_UNPACK:
      push_item (printer, operand (printer, item, 0));
      push_text (printer, " = ");
      for (guint k = it->n_args; k-- > 0;)
        {
          push_text (printer, printer->items[item + 1 + k].name);
          if (k > 0)
            push_text (printer, ", ");
        }
      break;
    case WEFT_EXPR_LAMBDA_END:
      push_lambda (printer, item);
      break;
    case WEFT_EXPR_LAMBDA:
    case WEFT_EXPR_DROP:
      break;
    }
}

static void
print_tree (Printer *printer, guint root)
{
  push_item (printer, root);
  while (printer->todo->len > 0)
    {
      Task task = g_array_index (printer->todo, Task, printer->todo->len - 1);

      g_array_set_size (printer->todo, printer->todo->len - 1);
      if (task.text != NULL)
        g_string_append (printer->out, task.text);
      else
        print_item (printer, task.item);
    }
}

typedef struct
{
  const WeftExprItem *items;
  guint              *first;    /* of each item: where its operands begin in @operands */
  GArray             *operands; /* guint */
  GArray             *stack;    /* guint: items whose values wait */
  GArray             *roots;    /* guint: statements of the text, then those of the functions around */
  GArray             *starts;   /* guint: where the statements of each function around begin in @roots */
} Tree;

static guint
pop_root (GArray *array)
{
  guint last = g_array_index (array, guint, array->len - 1);

  g_array_set_size (array, array->len - 1);
  return last;
}

/* The operands of item @i; returns how many items after it were its own. */
static guint
add_to_tree (Tree *tree, guint i)
{
  const WeftExprItem *item = &tree->items[i];
  guint               k = n_operands (item);

  if (item->kind == WEFT_EXPR_DROP)
    {
      guint root = pop_root (tree->stack);

      g_array_append_val (tree->roots, root);
      return 0;
    }
  if (item->kind == WEFT_EXPR_LAMBDA)
    {
      g_array_append_val (tree->starts, tree->roots->len);
      return item->n_args;
    }
  tree->first[i] = tree->operands->len;
  if (item->kind == WEFT_EXPR_LAMBDA_END)
    {
      guint start = pop_root (tree->starts);

      g_array_append_vals (tree->operands, &g_array_index (tree->roots, guint, start),
                           tree->roots->len - start);
      g_array_set_size (tree->roots, start);
    }
  g_array_append_vals (tree->operands, &g_array_index (tree->stack, guint, tree->stack->len - k),
                       k);
  g_array_set_size (tree->stack, tree->stack->len - k);
  if (item->kind == WEFT_EXPR_ASSIGN || item->kind == WEFT_EXPR_UNPACK)
    g_array_append_val (tree->roots, i);
  else
    g_array_append_val (tree->stack, i);
  return item->kind == WEFT_EXPR_UNPACK ? item->n_args : 0;
}

/* The operands of each item, by running the postfix array over a stack of item numbers; the roots
 * of its statements in @roots. */
static void
find_operands (const WeftExprItem *items, guint n, guint *first, GArray *operands, GArray *roots)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (guint));
  Tree tree = { items, first, operands, stack, roots, starts };

  for (guint i = 0; i < n; i++)
    i += add_to_tree (&tree, i);
  if (stack->len > 0)
    g_array_append_val (roots, g_array_index (stack, guint, 0));
}

const char *
weft_expr_operator (const char *op, gboolean unary)
{
  const WeftOperator *found = weft_operator_of_op (op, unary);

  return found != NULL ? found->symbol : NULL;
}

/* weft_expr_tree_new:
 *
 * The items of @expr with their operands, which were on a stack. Returns: (transfer full): borrows
 * from @expr.
 */
WeftExprTree *
weft_expr_tree_new (const WeftExpr *expr)
{
  WeftExprTree *tree = g_new0 (WeftExprTree, 1);
  g_autoptr (GArray) operands = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) roots = g_array_new (FALSE, FALSE, sizeof (guint));

  tree->items = weft_expr_items (expr, &tree->n_items);
  tree->first = g_new0 (guint, tree->n_items + 1);
  find_operands (tree->items, tree->n_items, tree->first, operands, roots);
  tree->n_roots = roots->len;
  tree->operands = (guint *) (void *) g_array_free (g_steal_pointer (&operands), FALSE);
  tree->roots = (guint *) (void *) g_array_free (g_steal_pointer (&roots), FALSE);
  return tree;
}

void
weft_expr_tree_free (WeftExprTree *tree)
{
  g_free (tree->first);
  g_free (tree->operands);
  g_free (tree->roots);
  g_free (tree);
}

/* How many operands item @item has; of the end of a lambda, its statements. */
guint
weft_expr_tree_n_operands (const WeftExprTree *tree, guint item)
{
  const WeftExprItem *it = &tree->items[item];

  return it->kind == WEFT_EXPR_LAMBDA_END ? it->n_args : n_operands (it);
}

/* weft_expr_tree_print:
 * @texts: (nullable): [n_items] what stands in the place of an item, NULL: the item itself
 *
 * Returns: (transfer full): the text of @item and what is below it.
 */
char *
weft_expr_tree_print (const WeftExprTree *tree, guint item, const char *const *texts)
{
  g_autoptr (GArray) todo = g_array_new (FALSE, FALSE, sizeof (Task));
  Printer printer = { tree->items, tree->first, tree->operands,
                      texts, g_string_new (NULL), todo };

  print_tree (&printer, item);
  return g_string_free (printer.out, FALSE);
}

/* Canonical text of @expr: one statement a line, least parentheses. Parses to the same items. The
 * caller owns it. Any thread. */
char *
weft_expr_to_string (const WeftExpr *expr)
{
  guint               n;
  const WeftExprItem *items = weft_expr_items (expr, &n);
  g_autofree guint   *first = g_new0 (guint, n);
  g_autoptr (GArray) operands = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) roots = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) todo = g_array_new (FALSE, FALSE, sizeof (Task));
  Printer printer;

  find_operands (items, n, first, operands, roots);
  printer =
    (Printer){ items, first, (const guint *) (void *) operands->data, NULL, g_string_new (NULL),
               todo };
  for (guint i = 0; i < roots->len; i++)
    {
      if (i > 0)
        g_string_append_c (printer.out, '\n');
      print_tree (&printer, g_array_index (roots, guint, i));
    }
  return g_string_free (printer.out, FALSE);
}
