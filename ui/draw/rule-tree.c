/* Reading one side of a rule into a graph.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/rule-tree.h"

#include <string.h>

#include "engine/graph/expr.h"

typedef struct
{
  WeftRuleTree *tree;
  GHashTable   *known;    /* text -> node + 1 */
  GArray       *stack;    /* guint: nodes */
  GPtrArray    *keywords; /* by place on the stack: the keyword it is the value of, or NULL */
} Reader;

static void
node_free (gpointer data)
{
  WeftRuleNode *node = data;

  g_free (node->title);
  g_free (node->detail);
  g_free (node->text);
  g_array_unref (node->operands);
  g_free (node);
}

static WeftRuleNode *
node_at (const WeftRuleTree *tree, guint index)
{
  return tree->nodes->pdata[index];
}

static void
push (Reader *reader, guint node)
{
  g_array_append_val (reader->stack, node);
  g_ptr_array_add (reader->keywords, NULL);
}

/* Takes @node; an equal one that is there already stands for it. */
static void
push_node (Reader *reader, WeftRuleNode *node)
{
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (reader->known, node->text));

  if (known)
    {
      node_free (node);
      push (reader, known - 1);
      return;
    }
  g_ptr_array_add (reader->tree->nodes, node);
  g_hash_table_insert (reader->known, node->text, GUINT_TO_POINTER (reader->tree->nodes->len));
  push (reader, reader->tree->nodes->len - 1);
}

static WeftRuleNode *
make_node (WeftRuleNodeKind kind, const char *title)
{
  WeftRuleNode *node = g_new0 (WeftRuleNode, 1);

  node->kind = kind;
  node->title = g_strdup (title);
  node->operands = g_array_new (FALSE, FALSE, sizeof (guint));
  return node;
}

static void
push_leaf (Reader *reader, WeftRuleNodeKind kind, const char *title)
{
  WeftRuleNode *node = make_node (kind, title);

  node->text = g_strdup (title);
  push_node (reader, node);
}

static void
push_number (Reader *reader, const WeftExprItem *item)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (text, sizeof text, "%.10g", item->number);
  push_leaf (reader, WEFT_RULE_NUMBER, text);
}

/* Whether argument @index, or the one with @keyword, of @op is an attribute. */
static gboolean
is_attribute (const WeftOp *op, guint index, const char *keyword)
{
  if (!op)
    return FALSE;
  if (keyword)
    return weft_op_attr_index (op, keyword) >= 0;
  return index >= op->n_inputs && !(op->traits & WEFT_TRAIT_VARIADIC);
}

static void
add_detail (WeftRuleNode *node, const char *keyword, const char *text)
{
  g_autofree char *one = keyword && !g_str_equal (keyword, text)
                           ? g_strdup_printf ("%s=%s", keyword, text)
                           : g_strdup (text);
  char            *all =
    node->detail ? g_strdup_printf ("%s, %s", node->detail, one) : g_strdup (one);

  g_free (node->detail);
  node->detail = all;
}

/* Takes @n arguments off the stack and puts on what @title makes of them. */
static void
push_call (Reader *reader, const char *title, guint n)
{
  const WeftOp *op = weft_op_find (title);
  WeftRuleNode *node = make_node (WEFT_RULE_OP, title);
  GString      *text = g_string_new (title);
  guint         base = reader->stack->len - MIN (n, reader->stack->len);

  g_string_append_c (text, '(');
  for (guint i = base; i < reader->stack->len; i++)
    {
      guint               index = g_array_index (reader->stack, guint, i);
      const WeftRuleNode *argument = node_at (reader->tree, index);
      const char         *keyword = reader->keywords->pdata[i];

      g_string_append_printf (text, "%s%s%s%s", i > base ? ", " : "", keyword ? keyword : "",
                              keyword ? "=" : "", argument->text);
      if (is_attribute (op, i - base, keyword))
        {
          /* "True" alone says nothing. */
          if (!keyword && argument->kind != WEFT_RULE_VALUE &&
              i - base - op->n_inputs < op->n_attrs)
            keyword = op->attrs[i - base - op->n_inputs].name;
          add_detail (node, keyword, argument->text);
        }
      else
        g_array_append_val (node->operands, index);
    }
  g_string_append_c (text, ')');
  node->text = g_string_free (text, FALSE);
  g_array_set_size (reader->stack, base);
  g_ptr_array_set_size (reader->keywords, (gint) base);
  push_node (reader, node);
}

/* A tuple, a slice, an index: text, of which only names can be seen. */
static void
push_tuple (Reader *reader, guint n, const char *open, const char *between, const char *close)
{
  GString *text = g_string_new (open);
  guint    base = reader->stack->len - MIN (n, reader->stack->len);

  for (guint i = base; i < reader->stack->len; i++)
    g_string_append_printf (
      text, "%s%s", i > base ? between : "",
      node_at (reader->tree, g_array_index (reader->stack, guint, i))->text);
  g_string_append (text, close);
  g_array_set_size (reader->stack, base);
  g_ptr_array_set_size (reader->keywords, (gint) base);
  push_leaf (reader, WEFT_RULE_NUMBER, text->str);
  g_string_free (text, TRUE);
}

static void
push_unary (Reader *reader, const char *op)
{
  guint               last = g_array_index (reader->stack, guint, reader->stack->len - 1);
  const WeftRuleNode *operand = node_at (reader->tree, last);

  if (operand->kind == WEFT_RULE_NUMBER && g_str_equal (op, "neg"))
    {
      g_autofree char *text = g_strconcat ("-", operand->text, NULL);

      g_array_set_size (reader->stack, reader->stack->len - 1);
      g_ptr_array_set_size (reader->keywords, (gint) reader->stack->len);
      push_leaf (reader, WEFT_RULE_NUMBER, text);
      return;
    }
  push_call (reader, op, 1);
}

static void
push_member (Reader *reader, const char *name)
{
  guint            last = g_array_index (reader->stack, guint, reader->stack->len - 1);
  g_autofree char *text = g_strdup_printf ("%s.%s", node_at (reader->tree, last)->text, name);

  if (g_str_equal (name, "T"))
    {
      push_call (reader, "transpose", 1);
      return;
    }
  g_array_set_size (reader->stack, reader->stack->len - 1);
  g_ptr_array_set_size (reader->keywords, (gint) reader->stack->len);
  push_leaf (reader, WEFT_RULE_NUMBER, text);
}

/* FALSE: rules do not say such things. */
static gboolean
read_item (Reader *reader, const WeftExprItem *item)
{
  if (item->kind >= WEFT_EXPR_CALL && reader->stack->len == 0 && item->n_args > 0)
    return FALSE;
  switch (item->kind)
    {
    case WEFT_EXPR_NUMBER:
      push_number (reader, item);
      return TRUE;
    case WEFT_EXPR_NAME:
      push_leaf (reader, WEFT_RULE_VALUE, item->name);
      return TRUE;
    case WEFT_EXPR_STRING:
    case WEFT_EXPR_CONST:
      push_leaf (reader, WEFT_RULE_NUMBER, item->name);
      return TRUE;
    case WEFT_EXPR_CALL:
      push_call (reader, item->name, item->n_args);
      return TRUE;
    case WEFT_EXPR_METHOD:
      push_call (reader, item->name, item->n_args + 1);
      return TRUE;
    case WEFT_EXPR_KEYWORD:
      reader->keywords->pdata[reader->keywords->len - 1] = (gpointer) item->name;
      return TRUE;
    case WEFT_EXPR_ATTR:
      push_member (reader, item->name);
      return TRUE;
    case WEFT_EXPR_UNARY:
      push_unary (reader, item->name);
      return TRUE;
    case WEFT_EXPR_BINARY:
      push_call (reader, item->name, 2);
      return TRUE;
    case WEFT_EXPR_INDEX:
      push_tuple (reader, item->n_args, "[", ", ", "]");
      push_call (reader, "index", 2);
      return TRUE;
    case WEFT_EXPR_SLICE:
      push_tuple (reader, 3, "", ":", "");
      return TRUE;
    case WEFT_EXPR_IF_ELSE:
      push_call (reader, "where", 3);
      return TRUE;
    case WEFT_EXPR_TUPLE:
      push_tuple (reader, item->n_args, "(", ", ", ")");
      return TRUE;
    case WEFT_EXPR_ASSIGN:
    case WEFT_EXPR_UNPACK:
    case WEFT_EXPR_DROP:
    case WEFT_EXPR_LAMBDA:
    case WEFT_EXPR_LAMBDA_END:
      return FALSE;
    }
  return FALSE;
}

/* Nodes come after their operands, so one pass backwards finds what the root needs. */
static void
find_order (WeftRuleTree *tree, guint root)
{
  g_autofree gboolean *needed = g_new0 (gboolean, tree->nodes->len);

  needed[root] = TRUE;
  for (guint i = root + 1; i-- > 0;)
    for (guint k = 0; needed[i] && k < node_at (tree, i)->operands->len; k++)
      needed[g_array_index (node_at (tree, i)->operands, guint, k)] = TRUE;
  for (guint i = 0; i <= root; i++)
    if (needed[i])
      g_array_append_val (tree->order, i);
}

/** weft_rule_tree_new: NULL where @text is "", code, or no single expression. Any thread. */
WeftRuleTree *
weft_rule_tree_new (const char *text)
{
  g_autoptr (WeftExpr) expr = *text && *text != '@' ? weft_expr_parse (text, NULL) : NULL;
  g_autoptr (WeftRuleTree) tree = g_new0 (WeftRuleTree, 1);
  const WeftExprItem *items;
  Reader              reader = { tree };
  gboolean            good = expr != NULL;
  guint               n = 0;

  tree->nodes = g_ptr_array_new_with_free_func (node_free);
  tree->order = g_array_new (FALSE, FALSE, sizeof (guint));
  reader.known = g_hash_table_new (g_str_hash, g_str_equal);
  reader.stack = g_array_new (FALSE, FALSE, sizeof (guint));
  reader.keywords = g_ptr_array_new ();
  items = good ? weft_expr_items (expr, &n) : NULL;
  for (guint i = 0; good && i < n; i++)
    good = read_item (&reader, &items[i]);
  good = good && reader.stack->len == 1;
  if (good)
    find_order (tree, g_array_index (reader.stack, guint, 0));
  g_hash_table_unref (reader.known);
  g_array_unref (reader.stack);
  g_ptr_array_unref (reader.keywords);
  return good ? g_steal_pointer (&tree) : NULL;
}

void
weft_rule_tree_free (WeftRuleTree *tree)
{
  g_ptr_array_unref (tree->nodes);
  g_array_unref (tree->order);
  g_free (tree);
}
