/* Patterns: the left side of a rule as op rows over names, and whether a value has that form.
 *
 * Operands of commutative ops match in either order. A number matches a constant of any type and
 * shape that is filled with it; in a rule that keeps every bit, 0 is not -0. An attribute that the
 * text does not name must have its default. "x[i]" is indexing by numbers, slices and new axes, i
 * all of them; "f(...)" has any operands; the name of a class stands for each op of it
 * (op-classes.c).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/rewrite-private.h"

#include <math.h>
#include <string.h>

/* ---- Reading ---- */

/* One operand on the reader's stack. */
typedef struct
{
  enum
  {
    ENTRY_NAME,
    ENTRY_NUMBER,
    ENTRY_ATTR, /* True, None, a string */
    ENTRY_NODE,
    ENTRY_REST, /* ... */
  } kind;
  const char *name;
  double      number;
  WeftAttr    attr;
  guint       node;
  const char *keyword;
} Entry;

typedef struct
{
  WeftPattern *pattern;
  GArray      *stack; /* Entry */
} Reader;

static gboolean
fail (GError **error, const WeftExprItem *item, const char *what)
{
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%u: %s", item->column, what);
  return FALSE;
}

static void
push (Reader *reader, Entry entry)
{
  g_array_append_val (reader->stack, entry);
}

static Entry *
entry_at (Reader *reader, guint below_top)
{
  return &g_array_index (reader->stack, Entry, reader->stack->len - 1 - below_top);
}

static gint
find_name (const char *const *names, guint n, const char *name)
{
  for (guint i = 0; i < n; i++)
    if (g_str_equal (names[i], name))
      return i;
  return -1;
}

/* The slot of the value called @name, or -1. */
gint
weft_pattern_value_slot (const WeftPattern *pattern, const char *name)
{
  return find_name (pattern->values, pattern->n_values, name);
}

/* The slot of the attribute called @name, or -1. */
gint
weft_pattern_attr_slot (const WeftPattern *pattern, const char *name)
{
  return find_name (pattern->attrs, pattern->n_attrs, name);
}

/* The slot of the op that the name of a class stands for, or -1. */
gint
weft_pattern_op_slot (const WeftPattern *pattern, const char *name)
{
  return find_name (pattern->ops, pattern->n_ops, name);
}

static gboolean
add_node (Reader                *reader,
          const WeftExprItem    *item,
          const WeftPatternNode *node,
          guint                 *index,
          GError               **error)
{
  WeftPattern *pattern = reader->pattern;

  if (pattern->n_nodes == WEFT_PATTERN_MAX_NODES)
    return fail (error, item, "the pattern is too large");
  *index = pattern->n_nodes;
  pattern->nodes[pattern->n_nodes++] = *node;
  return TRUE;
}

/* The node for @entry where a value is wanted. */
static gboolean
value_node (
  Reader *reader, const WeftExprItem *item, const Entry *entry, guint *index, GError **error)
{
  WeftPattern    *pattern = reader->pattern;
  WeftPatternNode node = { .swap = -1 };
  gint            slot;

  switch (entry->kind)
    {
    case ENTRY_NODE:
      *index = entry->node;
      return TRUE;
    case ENTRY_NUMBER:
      node.kind = WEFT_PATTERN_NUMBER;
      node.number = entry->number;
      return add_node (reader, item, &node, index, error);
    case ENTRY_NAME:
      if (weft_pattern_attr_slot (pattern, entry->name) >= 0)
        return fail (error, item, "one name stands for a value and for an attribute");
      slot = weft_pattern_value_slot (pattern, entry->name);
      if (slot < 0)
        {
          if (pattern->n_values == WEFT_PATTERN_MAX_SLOTS)
            return fail (error, item, "too many names");
          slot = pattern->n_values++;
          pattern->values[slot] = entry->name;
        }
      node.kind = WEFT_PATTERN_VALUE;
      node.slot = slot;
      return add_node (reader, item, &node, index, error);
    case ENTRY_ATTR:
    case ENTRY_REST:
      break;
    }
  return fail (error, item, "a value is needed here");
}

static gboolean
read_attr (Reader             *reader,
           const WeftExprItem *item,
           const WeftAttrSpec *spec,
           const Entry        *entry,
           WeftPatternAttr    *attr,
           GError            **error)
{
  WeftPattern *pattern = reader->pattern;
  gint         slot;

  switch (entry->kind)
    {
    case ENTRY_NAME:
      if (weft_pattern_value_slot (pattern, entry->name) >= 0)
        return fail (error, item, "one name stands for a value and for an attribute");
      slot = weft_pattern_attr_slot (pattern, entry->name);
      if (slot < 0)
        {
          if (pattern->n_attrs == WEFT_PATTERN_MAX_SLOTS)
            return fail (error, item, "too many names");
          slot = pattern->n_attrs++;
          pattern->attrs[slot] = entry->name;
          pattern->attr_kinds[slot] = spec->kind;
        }
      attr->kind = WEFT_PATTERN_ATTR_NAMED;
      attr->slot = slot;
      return TRUE;
    case ENTRY_NUMBER:
      if (spec->kind != WEFT_ATTR_FLOAT && spec->kind != WEFT_ATTR_INT)
        return fail (error, item,
                     "this attribute is no number: name it, and say what it must be in a guard");
      attr->attr = spec->kind == WEFT_ATTR_FLOAT ? weft_attr_float (entry->number)
                                                 : weft_attr_int ((gint64) entry->number);
      return TRUE;
    case ENTRY_ATTR:
      attr->attr = entry->attr;
      return TRUE;
    case ENTRY_NODE:
    case ENTRY_REST:
      break;
    }
  return fail (error, item, "an attribute is a name, a number, a string, True, False or None");
}

/* The attributes of @op as they are where a text does not say them. */
static WeftPatternAttr *
default_attrs (const WeftOp *op)
{
  WeftPatternAttr *attrs = g_new0 (WeftPatternAttr, MAX (op->n_attrs, 1));

  for (guint i = 0; i < op->n_attrs; i++)
    {
      attrs[i].attr = op->attrs[i].otherwise;
      attrs[i].slot = op->attrs[i].has_default ? 0 : G_MAXUINT;
    }
  return attrs;
}

/* The @n top entries as operands and attributes of @node. */
static gboolean
read_arguments (
  Reader *reader, const WeftExprItem *item, guint n, WeftPatternNode *node, GError **error)
{
  const WeftOp *op = node->op;
  guint         n_attrs = 0;

  for (guint i = 0; i < n; i++)
    {
      const Entry *entry = entry_at (reader, n - 1 - i);
      gboolean     variadic = (op->traits & WEFT_TRAIT_VARIADIC) != 0;
      gint         position;

      if (entry->kind == ENTRY_REST && variadic)
        node->rest = TRUE;
      else if (entry->keyword == NULL && (node->n_inputs < op->n_inputs || variadic))
        {
          if (node->n_inputs == WEFT_PATTERN_MAX_SLOTS || node->rest)
            return fail (error, item, "too many operands");
          if (!value_node (reader, item, entry, &node->inputs[node->n_inputs++], error))
            return FALSE;
        }
      else
        {
          position =
            entry->keyword != NULL ? weft_op_attr_index (op, entry->keyword) : (gint) n_attrs++;
          if (position < 0 || position >= (gint) op->n_attrs)
            return fail (error, item, "the op has no such attribute");
          node->attrs[position].slot = 0;
          if (!read_attr (reader, item, &op->attrs[position], entry, &node->attrs[position], error))
            return FALSE;
        }
    }
  for (guint i = 0; i < op->n_attrs; i++)
    if (node->attrs[i].slot == G_MAXUINT)
      return fail (error, item, "an attribute without a default must be named");
  if (node->n_inputs < op->n_inputs && !(op->traits & WEFT_TRAIT_VARIADIC))
    return fail (error, item, "too few operands");
  return TRUE;
}

/* Which op the class name @name stands for; the same name is the same op. */
static gboolean
op_slot (Reader *reader, const WeftExprItem *item, guint *slot, GError **error)
{
  WeftPattern *pattern = reader->pattern;
  gint         found = weft_pattern_op_slot (pattern, item->name);

  if (found < 0 && pattern->n_ops == WEFT_PATTERN_MAX_SLOTS)
    return fail (error, item, "too many names");
  if (found < 0)
    {
      found = pattern->n_ops++;
      pattern->ops[found] = item->name;
    }
  *slot = found;
  return TRUE;
}

/* An application of @op, or of any op of class number @op_class that is written alike, to the @n
 * top entries, which it takes. */
static gboolean
read_op (Reader             *reader,
         const WeftExprItem *item,
         const WeftOp       *op,
         gint                op_class,
         guint               n,
         GError            **error)
{
  WeftPatternNode node = { .kind = WEFT_PATTERN_OP, .op = op, .op_class = op_class, .swap = -1 };
  guint           index;

  node.attrs = default_attrs (op);
  if ((op_class >= 0 && !op_slot (reader, item, &node.op_slot, error)) ||
      !read_arguments (reader, item, n, &node, error))
    {
      g_free (node.attrs);
      return FALSE;
    }
  if (op_class < 0 && op->traits & WEFT_TRAIT_COMMUTATIVE && node.n_inputs == 2)
    node.swap = reader->pattern->n_swaps++;
  if (!add_node (reader, item, &node, &index, error))
    {
      g_free (node.attrs);
      return FALSE;
    }
  g_array_set_size (reader->stack, reader->stack->len - n);
  push (reader, (Entry){ .kind = ENTRY_NODE, .node = index });
  return TRUE;
}

/* x[i]: the name stands for the whole index. */
static gboolean
read_index (Reader *reader, const WeftExprItem *item, GError **error)
{
  if (item->n_args != 1 || entry_at (reader, 0)->kind != ENTRY_NAME)
    return fail (error, item,
                 "a pattern is made of calls, operators, names and numbers; an index is a name");
  entry_at (reader, 0)->keyword = "index";
  return read_op (reader, item, weft_op (WEFT_OP_GETITEM), -1, 2, error);
}

static gboolean
read_call (Reader *reader, const WeftExprItem *item, GError **error)
{
  const WeftOp *op = weft_op_find (item->name);
  gint          op_class = op == NULL ? weft_op_class_find (item->name) : -1;

  if (op_class >= 0)
    op = weft_op_class_like (op_class);
  if (op == NULL)
    return fail (error, item, "unknown op");
  return read_op (reader, item, op, op_class, item->n_args, error);
}

static gboolean
read_constant (Reader *reader, const WeftExprItem *item, GError **error)
{
  WeftAttr attr;

  if (g_str_equal (item->name, "Ellipsis"))
    {
      push (reader, (Entry){ .kind = ENTRY_REST });
      return TRUE;
    }
  if (g_str_equal (item->name, "None"))
    attr = weft_attr_none ();
  else if (g_str_equal (item->name, "True") || g_str_equal (item->name, "False"))
    attr = weft_attr_bool (g_str_equal (item->name, "True"));
  else
    return fail (error, item, "not allowed in a pattern");
  push (reader, (Entry){ .kind = ENTRY_ATTR, .attr = attr });
  return TRUE;
}

static gboolean
read_unary (Reader *reader, const WeftExprItem *item, GError **error)
{
  Entry *top = entry_at (reader, 0);

  if (g_str_equal (item->name, "neg") && top->kind == ENTRY_NUMBER)
    {
      top->number = -top->number;
      return TRUE;
    }
  return read_op (reader, item, weft_op_find (item->name), -1, 1, error);
}

static gboolean
read_item (Reader *reader, const WeftExprItem *item, GError **error)
{
  switch (item->kind)
    {
    case WEFT_EXPR_NUMBER:
      push (reader, (Entry){ .kind = ENTRY_NUMBER, .number = item->number });
      return TRUE;
    case WEFT_EXPR_NAME:
      push (reader, (Entry){ .kind = ENTRY_NAME, .name = item->name });
      return TRUE;
    case WEFT_EXPR_STRING:
      push (reader, (Entry){ .kind = ENTRY_ATTR, .attr = weft_attr_string (item->name) });
      return TRUE;
    case WEFT_EXPR_CONST:
      return read_constant (reader, item, error);
    case WEFT_EXPR_KEYWORD:
      entry_at (reader, 0)->keyword = item->name;
      return TRUE;
    case WEFT_EXPR_UNARY:
      return read_unary (reader, item, error);
    case WEFT_EXPR_BINARY:
      return read_op (reader, item, weft_op_find (item->name), -1, 2, error);
    case WEFT_EXPR_CALL:
      return read_call (reader, item, error);
    case WEFT_EXPR_INDEX:
      return read_index (reader, item, error);
    case WEFT_EXPR_METHOD:
    case WEFT_EXPR_ATTR:
    case WEFT_EXPR_SLICE:
    case WEFT_EXPR_IF_ELSE:
    case WEFT_EXPR_TUPLE:
    case WEFT_EXPR_ASSIGN:
    case WEFT_EXPR_UNPACK:
    case WEFT_EXPR_DROP:
    case WEFT_EXPR_LAMBDA:
    case WEFT_EXPR_LAMBDA_END:
      break;
    }
  return fail (error, item, "a pattern is made of calls, operators, names and numbers");
}

/* Reads @expr as a pattern into @pattern (zeroed; its attribute arrays are freed by
 * weft_rule_clear). Errors: WEFT_EXPR_ERROR_VALUE, "COLUMN: what". */
gboolean
weft_pattern_compile (const WeftExpr *expr, WeftPattern *pattern, GError **error)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, TRUE, sizeof (Entry));
  Reader              reader = { pattern, stack };
  const WeftExprItem *items;
  guint               n;

  items = weft_expr_items (expr, &n);
  for (guint i = 0; i < n; i++)
    if (!read_item (&reader, &items[i], error))
      return FALSE;
  if (stack->len != 1 || entry_at (&reader, 0)->kind != ENTRY_NODE)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "a pattern is one op applied to something");
      return FALSE;
    }
  return TRUE;
}

/* ---- Matching ---- */

/* Arithmetic on bools is logic (True + True is True): rules over numbers do not hold there. */
static gboolean
is_bool_arithmetic (const WeftApply *apply)
{
  return apply->op->traits & WEFT_TRAIT_ELEMENTWISE &&
         !(apply->op->traits & (WEFT_TRAIT_BOOL_RESULT | WEFT_TRAIT_CONDITION)) &&
         apply->n_inputs > 0 && apply->inputs[0]->type.dtype == WEFT_BOOL &&
         !g_str_equal (apply->op->name, "cast");
}

static gboolean
match_attrs (const WeftPatternNode *node, const WeftApply *apply, WeftMatch *match)
{
  for (guint i = 0; i < node->op->n_attrs; i++)
    {
      const WeftPatternAttr *attr = &node->attrs[i];

      if (attr->kind == WEFT_PATTERN_ATTR_GIVEN)
        {
          if (!weft_attr_equal (&attr->attr, &apply->attrs[i]))
            return FALSE;
        }
      else if (match->attrs[attr->slot] == NULL)
        match->attrs[attr->slot] = &apply->attrs[i];
      else if (!weft_attr_equal (match->attrs[attr->slot], &apply->attrs[i]))
        return FALSE;
    }
  return TRUE;
}

/* Whether the node stands for the op of @apply, and for the same one as elsewhere. */
static gboolean
match_op (const WeftPatternNode *node, WeftApply *apply, WeftMatch *match)
{
  const WeftApply *bound;

  if (node->op_class < 0)
    return apply->op == node->op;
  if (!weft_op_class_has (node->op_class, apply->op))
    return FALSE;
  bound = match->ops[node->op_slot];
  if (bound == NULL)
    {
      match->ops[node->op_slot] = apply;
      return TRUE;
    }
  if (bound->op != apply->op)
    return FALSE;
  /* Those that the class writes are the pattern's business. */
  for (guint i = node->op->n_attrs; i < apply->op->n_attrs; i++)
    if (!weft_attr_equal (&bound->attrs[i], &apply->attrs[i]))
      return FALSE;
  return TRUE;
}

static gboolean
match_number (const WeftPattern *pattern, const WeftPatternNode *node, const WeftValue *value)
{
  double fill, wanted = node->number;

  if (!weft_constant_fill (value, &fill))
    return FALSE;
  if (value->type.dtype == WEFT_F32)
    wanted = (float) wanted;
  return fill == wanted && (!pattern->signed_zero || signbit (fill) == signbit (wanted));
}

/* Notes what did not fit. */
static gboolean
misfit (WeftMisfit *misfit, WeftMisfitKind kind, guint node, WeftValue *value, guint n_covered)
{
  if (misfit != NULL)
    *misfit = (WeftMisfit){ kind, node, value, n_covered };
  return FALSE;
}

static gboolean
match_apply (const WeftPatternNode *node,
             guint                  number,
             WeftValue             *value,
             WeftMatch             *match,
             WeftMisfit            *why)
{
  WeftApply *apply = value->apply;

  /* A number that takes the type of what it meets is folded, not rewritten. */
  if (value->type.weak)
    return misfit (why, WEFT_MISFIT_WEAK, number, value, match->n_covered);
  if (!match_op (node, apply, match) || value->index != 0)
    return misfit (why, WEFT_MISFIT_OP, number, value, match->n_covered);
  if (node->rest ? apply->n_inputs < node->n_inputs : apply->n_inputs != node->n_inputs)
    return misfit (why, WEFT_MISFIT_OPERANDS, number, value, match->n_covered);
  if (node->op_class < 0 && is_bool_arithmetic (apply))
    return misfit (why, WEFT_MISFIT_BOOL, number, value, match->n_covered);
  if (!match_attrs (node, apply, match))
    return misfit (why, WEFT_MISFIT_ATTR, number, value, match->n_covered);
  match->covered[match->n_covered++] = apply;
  return TRUE;
}

static void
match_init (WeftMatch *match, const WeftPattern *pattern, WeftValue *root)
{
  match->root = root;
  match->n_covered = 0;
  match->n_unasked = pattern->n_swaps;
  match->uses = NULL;
  match->fused = NULL;
  memset (match->values, 0, pattern->n_values * sizeof *match->values);
  memset (match->attrs, 0, pattern->n_attrs * sizeof *match->attrs);
  memset (match->ops, 0, pattern->n_ops * sizeof *match->ops);
}

/* Whether @value has the form of @pattern, with the operands of commutative op number i exchanged
 * where bit i of @order is set, of 2**n_swaps orders; @match gets what the names stand for and the
 * applications covered. @why (or NULL) gets what did not fit.
 *
 * The root is the last node and operands stand before their users, so one walk from the root down
 * sees each node's value before its operands. */
gboolean
weft_pattern_explain (
  const WeftPattern *pattern, WeftValue *value, guint order, WeftMatch *match, WeftMisfit *why)
{
  WeftValue *values[WEFT_PATTERN_MAX_NODES];

  match_init (match, pattern, value);
  values[pattern->n_nodes - 1] = value;
  for (guint i = pattern->n_nodes; i-- > 0;)
    {
      const WeftPatternNode *node = &pattern->nodes[i];
      WeftApply             *apply = values[i]->apply;

      switch (node->kind)
        {
        case WEFT_PATTERN_VALUE:
          if (match->values[node->slot] != NULL && match->values[node->slot] != values[i])
            return misfit (why, WEFT_MISFIT_VALUE, i, values[i], match->n_covered);
          if (values[i]->type.weak && values[i]->apply->n_inputs > 0)
            return misfit (why, WEFT_MISFIT_WEAK, i, values[i], match->n_covered);
          match->values[node->slot] = values[i];
          break;
        case WEFT_PATTERN_NUMBER:
          if (!match_number (pattern, node, values[i]))
            return misfit (why, WEFT_MISFIT_NUMBER, i, values[i], match->n_covered);
          break;
        case WEFT_PATTERN_OP:
          if (!match_apply (node, i, values[i], match, why))
            return FALSE;
          /* Nodes are numbered from the operands up, and so are the bits. */
          if (node->swap >= 0)
            match->n_unasked = node->swap;
          for (guint k = 0; k < node->n_inputs; k++)
            values[node->inputs[k]] =
              apply->inputs[node->swap >= 0 && order >> node->swap & 1 ? 1 - k : k];
          break;
        }
    }
  return TRUE;
}

/* As weft_pattern_explain, for who only wants to know whether. */
gboolean
weft_pattern_match (const WeftPattern *pattern, WeftValue *value, guint order, WeftMatch *match)
{
  return weft_pattern_explain (pattern, value, order, match, NULL);
}

gboolean
weft_pattern_takes (const WeftPattern *pattern, guint op)
{
  const WeftPatternNode *root = &pattern->nodes[pattern->n_nodes - 1];

  return root->op_class >= 0 ? weft_op_class_has (root->op_class, weft_op_get (op))
                             : root->op->id == op;
}
