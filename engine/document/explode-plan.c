/* Planning the nodes that an expression is taken apart into: which op, which parameters, what is
 * wired where. Nothing is changed here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/explode-private.h"

#include "engine/document/document-private.h"
#include "engine/document/interface.h"

#include <math.h>
#include <string.h>

/* ---- Life ---- */

static void
source_free (gpointer data)
{
  WeftSource *source = data;

  g_free (source->name);
  g_free (source);
}

void
weft_explosion_plan_free (gpointer data)
{
  WeftPlan *plan = data;

  g_free (plan->op);
  g_free (plan->id);
  g_clear_pointer (&plan->params, weft_json_unref);
  g_ptr_array_unref (plan->ports);
  g_array_unref (plan->sources);
  g_free (plan);
}

void
weft_explosion_init (WeftExplosion  *self,
                     WeftDocument   *document,
                     const WeftNode *node,
                     WeftExpr       *expr)
{
  WeftExprTree *tree = weft_expr_tree_new (expr);

  *self = (WeftExplosion){ .document = document, .node = node, .tree = tree };
  self->ports = weft_document_ports (document, node->uid);
  self->heat = g_new0 (WeftHeat, tree->n_items + 1);
  self->source = g_new0 (gint, tree->n_items + 1);
  self->texts = g_new0 (char *, tree->n_items + 1);
  self->sources = g_ptr_array_new_with_free_func (source_free);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->names = g_hash_table_new (g_str_hash, g_str_equal);
  self->taken = g_hash_table_new (g_str_hash, g_str_equal);
  self->plans = g_ptr_array_new_with_free_func (weft_explosion_plan_free);
  for (guint i = 0; i < tree->n_items; i++)
    if (tree->items[i].name != NULL)
      g_hash_table_add (self->taken, (gpointer) tree->items[i].name);
}

void
weft_explosion_clear (WeftExplosion *self)
{
  for (guint i = 0; i < self->tree->n_items; i++)
    g_free (self->texts[i]);
  g_free (self->texts);
  g_free (self->heat);
  g_free (self->source);
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->names);
  g_hash_table_unref (self->taken);
  g_ptr_array_unref (self->sources);
  g_ptr_array_unref (self->plans);
  weft_expr_tree_free (self->tree);
  weft_ports_free (self->ports);
}

/* ---- Sources ---- */

/* a, b, ... z, a2, ...: the next that means nothing else. */
char *
weft_explosion_free_name (const WeftExplosion *self)
{
  for (guint i = 0;; i++)
    {
      g_autofree char *name = i < 26 ? g_strdup_printf ("%c", 'a' + (int) i)
                                     : g_strdup_printf ("%c%u", 'a' + (int) (i % 26), i / 26 + 1);

      if (!g_hash_table_contains (self->taken, name) &&
          !g_hash_table_contains (self->by_name, name))
        return g_steal_pointer (&name);
    }
}

guint
weft_explosion_add_source (WeftExplosion *self, gint plan, const char *port, char *take_name)
{
  WeftSource *source = g_new (WeftSource, 1);

  *source = (WeftSource){ plan, g_intern_string (port), take_name };
  g_hash_table_insert (self->by_name, source->name, GUINT_TO_POINTER (self->sources->len));
  g_ptr_array_add (self->sources, source);
  return self->sources->len - 1;
}

const WeftSource *
weft_explosion_source (const WeftExplosion *self, guint index)
{
  return g_ptr_array_index (self->sources, index);
}

void
weft_explosion_be_value (WeftExplosion *self, guint item, guint source)
{
  self->heat[item] = WEFT_HEAT_VALUE;
  self->source[item] = (gint) source;
  g_free (self->texts[item]);
  self->texts[item] = g_strdup (weft_explosion_source (self, source)->name);
}

/* ---- Planning nodes ---- */

static WeftPlan *
new_plan (WeftExplosion *self, const char *op)
{
  WeftPlan *plan = g_new0 (WeftPlan, 1);

  plan->op = g_strdup (op);
  plan->params = weft_json_new_object ();
  plan->ports = g_ptr_array_new_with_free_func (g_free);
  plan->sources = g_array_new (FALSE, FALSE, sizeof (guint));
  return plan;
}

static void
plan_input (WeftExplosion *self, WeftPlan *plan, const char *port, guint source)
{
  gint from = weft_explosion_source (self, source)->plan;

  g_ptr_array_add (plan->ports, g_strdup (port));
  g_array_append_val (plan->sources, source);
  if (from >= 0)
    plan->depth =
      MAX (plan->depth, ((const WeftPlan *) g_ptr_array_index (self->plans, from))->depth + 1);
}

/* The first output of @plan (taken) is a source. */
guint
weft_explosion_finish (WeftExplosion *self, WeftPlan *plan, const char *port)
{
  g_ptr_array_add (self->plans, plan);
  return weft_explosion_add_source (self, (gint) self->plans->len - 1, port,
                                    weft_explosion_free_name (self));
}

guint
weft_explosion_operand (const WeftExplosion *self, guint item, guint k)
{
  return self->tree->operands[self->tree->first[item] + k];
}

/* The item as text, with the sources' names for the values in it. */
char *
weft_explosion_text (WeftExplosion *self, guint item)
{
  g_autofree char *own = g_steal_pointer (&self->texts[item]);
  char            *text =
    weft_expr_tree_print (self->tree, item, (const char *const *) self->texts);

  self->texts[item] = g_steal_pointer (&own);
  return text;
}

/* Every value that @text names is wired into @plan under its name; FALSE if @except is one of them.
 */
static gboolean
plan_names (WeftExplosion *self, WeftPlan *plan, const char *text, const char *except)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, NULL);

  if (expr == NULL)
    return FALSE;
  for (const char **name = weft_expr_free_names (expr); *name != NULL; name++)
    {
      gpointer source;

      if (!g_hash_table_lookup_extended (self->by_name, *name, NULL, &source))
        continue;
      if (g_strcmp0 (*name, except) == 0)
        return FALSE;
      plan_input (self, plan, *name, GPOINTER_TO_UINT (source));
    }
  return TRUE;
}

/* An expression node of @text alone. */
WeftPlan *
weft_explosion_plan_text (WeftExplosion *self, const char *text)
{
  WeftPlan *plan = new_plan (self, "expression");
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, NULL);
  g_autofree char *canonical = expr != NULL ? weft_expr_to_string (expr) : g_strdup (text);

  weft_json_set_string (plan->params, "text", canonical);
  plan_names (self, plan, canonical, NULL);
  return plan;
}

/* ---- Arguments as parameters ---- */

static gboolean
is_number (const WeftExprItem *item)
{
  return item->kind == WEFT_EXPR_NUMBER;
}

static WeftJson *
number_json (const WeftExprItem *item, gboolean negative)
{
  if (item->is_int)
    return weft_json_new_int (negative ? -item->integer : item->integer);
  return isfinite (item->number) ? weft_json_new_number (negative ? -item->number : item->number)
                                 : NULL;
}

/* A number, -number, True, False, None, 'text' or the name of an element type; NULL: another thing.
 */
static WeftJson *
scalar_json (const WeftExplosion *self, guint item)
{
  const WeftExprItem *it = &self->tree->items[item];
  WeftDType           dtype;

  if (is_number (it))
    return number_json (it, FALSE);
  if (it->kind == WEFT_EXPR_UNARY && g_str_equal (it->name, "neg") &&
      is_number (&self->tree->items[weft_explosion_operand (self, item, 0)]))
    return number_json (&self->tree->items[weft_explosion_operand (self, item, 0)], TRUE);
  if (it->kind == WEFT_EXPR_STRING)
    return weft_json_new_string (it->name);
  if (it->kind == WEFT_EXPR_NAME && self->texts[item] == NULL &&
      weft_dtype_parse (it->name, &dtype))
    return weft_json_new_string (it->name);
  if (it->kind != WEFT_EXPR_CONST || g_str_equal (it->name, "Ellipsis"))
    return NULL;
  return g_str_equal (it->name, "None") ? weft_json_new_null ()
                                        : weft_json_new_bool (g_str_equal (it->name, "True"));
}

static WeftJson *
literal_json (const WeftExplosion *self, guint item)
{
  g_autoptr (WeftJson) array = NULL;

  if (self->tree->items[item].kind != WEFT_EXPR_TUPLE)
    return scalar_json (self, item);
  array = weft_json_new_array ();
  for (guint k = 0; k < self->tree->items[item].n_args; k++)
    {
      WeftJson *json = scalar_json (self, weft_explosion_operand (self, item, k));

      if (json == NULL)
        return NULL;
      weft_json_append (array, json);
    }
  return g_steal_pointer (&array);
}

/* ---- Calls as nodes of ops ---- */

static const WeftParam *
find_param (const char *op, const char *name)
{
  guint            n;
  const WeftParam *params = weft_catalogue_params (op, &n);

  for (guint i = 0; i < n; i++)
    if (g_str_equal (params[i].name, name))
      return &params[i];
  return NULL;
}

static gboolean
plan_param (WeftExplosion *self, WeftPlan *plan, const WeftOp *op, const char *name, guint item)
{
  const WeftParam *param = find_param (op->name, name);
  WeftJson        *json = self->heat[item] == WEFT_HEAT_COLD ? literal_json (self, item) : NULL;

  if (json == NULL)
    return FALSE;
  weft_json_set (plan->params, name, json);
  return param != NULL && weft_param_check (param, json, NULL);
}

static gboolean
plan_operand (WeftExplosion *self, WeftPlan *plan, const char *port, guint item)
{
  if (self->heat[item] != WEFT_HEAT_VALUE)
    return FALSE;
  plan_input (self, plan, port, (guint) self->source[item]);
  return TRUE;
}

/* concat((a, b), axis), add_n(a, b): how many arguments were operands; 0: they are none. */
static guint
plan_variadic (WeftExplosion *self, WeftPlan *plan, const WeftOp *op, const guint *args, guint n)
{
  gboolean tuple = n > 0 && self->tree->items[args[0]].kind == WEFT_EXPR_TUPLE;
  guint    count = tuple ? self->tree->items[args[0]].n_args : n;

  if (op->n_inputs != 1 || count == 0)
    return 0;
  for (guint k = 0; k < count; k++)
    {
      g_autofree char *port = g_strdup_printf ("%s%u", op->input_names[0], k);

      if (!plan_operand (self, plan, port,
                         tuple ? weft_explosion_operand (self, args[0], k) : args[k]))
        return 0;
    }
  return tuple ? 1 : n;
}

static gboolean
plan_keyword (WeftExplosion *self, WeftPlan *plan, const WeftOp *op, guint item)
{
  const char *name = self->tree->items[item].name;
  guint       value = weft_explosion_operand (self, item, 0);

  if (weft_op_attr_index (op, name) >= 0)
    return plan_param (self, plan, op, name, value);
  return weft_op_input_index (op, name) >= 0 && !(op->traits & WEFT_TRAIT_VARIADIC) &&
         plan_operand (self, plan, name, value);
}

/* reshape(x, 2, 3) is reshape(x, (2, 3)). */
static gboolean
plan_packed (WeftExplosion *self, WeftPlan *plan, const WeftOp *op, const guint *args, guint n)
{
  WeftJson *array = weft_json_new_array ();

  if (op->n_attrs != 1)
    {
      weft_json_unref (array);
      return FALSE;
    }
  weft_json_set (plan->params, op->attrs[0].name, array);
  for (guint k = 0; k < n; k++)
    {
      WeftJson *json = self->heat[args[k]] == WEFT_HEAT_COLD ? scalar_json (self, args[k]) : NULL;

      if (json == NULL)
        return FALSE;
      weft_json_append (array, json);
    }
  return find_param (op->name, op->attrs[0].name) != NULL &&
         weft_param_check (find_param (op->name, op->attrs[0].name), array, NULL);
}

static gboolean
plan_arguments (WeftExplosion *self, WeftPlan *plan, const WeftOp *op, const guint *args, guint n)
{
  guint positional = 0, used;

  while (positional < n && self->tree->items[args[positional]].kind != WEFT_EXPR_KEYWORD)
    positional++;
  if (op->traits & WEFT_TRAIT_VARIADIC)
    {
      used = plan_variadic (self, plan, op, args, positional);
      if (used == 0)
        return FALSE;
    }
  else
    for (used = 0; used < MIN (positional, op->n_inputs); used++)
      if (!plan_operand (self, plan, op->input_names[used], args[used]))
        return FALSE;
  if (positional - used > op->n_attrs)
    {
      if (!plan_packed (self, plan, op, args + used, positional - used))
        return FALSE;
      used = positional;
    }
  for (guint k = used; k < positional; k++)
    if (!plan_param (self, plan, op, op->attrs[k - used].name, args[k]))
      return FALSE;
  for (guint k = positional; k < n; k++)
    if (!plan_keyword (self, plan, op, args[k]))
      return FALSE;
  return (op->traits & WEFT_TRAIT_VARIADIC) || plan->ports->len == op->n_inputs;
}

/* What a node cannot be, or what a call treats in its own way. */
static gboolean
is_node_op (const WeftExplosion *self, const char *name, const WeftOp *op)
{
  GArray *knobs = weft_document_get_member (self->document, "layer") != NULL
                    ? weft_document_interface (self->document)->params
                    : NULL;

  for (guint i = 0; knobs != NULL && i < knobs->len; i++)
    if (g_str_equal (g_array_index (knobs, WeftParam, i).name, name))
      return FALSE;
  return op != NULL && !(op->traits & (WEFT_TRAIT_LEAF | WEFT_TRAIT_INTERNAL | WEFT_TRAIT_BODY)) &&
         !g_str_equal (op->name, "cast") && weft_expr_find_function (name) == NULL &&
         weft_catalogue_find (op->name) != NULL &&
         !g_hash_table_contains (self->names, name) &&
         weft_document_get_group (self->document, name) == NULL;
}

/* A call of @name over @args as a node of that op; NULL: it must be an expression. */
static WeftPlan *
plan_call (WeftExplosion *self, const char *name, const guint *args, guint n)
{
  const WeftOp *op = weft_op_find (name);
  WeftPlan     *plan;

  if (!is_node_op (self, name, op))
    return NULL;
  plan = new_plan (self, op->name);
  if (plan_arguments (self, plan, op, args, n))
    return plan;
  weft_explosion_plan_free (plan);
  return NULL;
}

/* The op of x[...]. */
static const WeftOp *
index_op (void)
{
  for (guint i = 0; i < weft_op_count (); i++)
    {
      const WeftOp *op = weft_op_get (i);

      if (!(op->traits & WEFT_TRAIT_INTERNAL) && op->n_attrs == 1 &&
          op->attrs[0].kind == WEFT_ATTR_INDEX)
        return op;
    }
  return NULL;
}

static WeftPlan *
plan_index (WeftExplosion *self, guint item)
{
  const WeftOp    *op = index_op ();
  guint            object = weft_explosion_operand (self, item, 0);
  g_autofree char *text = NULL;
  g_autofree char *kept = NULL;
  g_autofree char *entries = NULL;
  WeftPlan        *plan;
  gsize            length;

  if (op == NULL || self->heat[object] != WEFT_HEAT_VALUE)
    return NULL;
  kept = g_steal_pointer (&self->texts[object]);
  self->texts[object] = g_strdup ("_");
  text = weft_explosion_text (self, item);
  g_free (self->texts[object]);
  self->texts[object] = g_steal_pointer (&kept);
  length = strlen (text);
  entries = g_strndup (text + 2, length - 3);
  plan = new_plan (self, op->name);
  plan_input (self, plan, op->input_names[0], (guint) self->source[object]);
  weft_json_set_string (plan->params, op->attrs[0].name, entries);
  if (plan_names (self, plan, text, op->input_names[0]))
    return plan;
  weft_explosion_plan_free (plan);
  return NULL;
}

WeftPlan *
weft_explosion_plan_op (WeftExplosion *self, guint item)
{
  const WeftExprItem *it = &self->tree->items[item];
  const guint        *args = self->tree->operands + self->tree->first[item];
  guint               n = weft_expr_tree_n_operands (self->tree, item);

  switch (it->kind)
    {
    case WEFT_EXPR_CALL:
    case WEFT_EXPR_METHOD:
    case WEFT_EXPR_BINARY:
    case WEFT_EXPR_UNARY:
      return plan_call (self, it->name, args, n);
    case WEFT_EXPR_ATTR:
      return plan_call (self, "transpose", args, 1);
    case WEFT_EXPR_INDEX:
      return plan_index (self, item);
    case WEFT_EXPR_NUMBER:
    case WEFT_EXPR_NAME:
    case WEFT_EXPR_STRING:
    case WEFT_EXPR_CONST:
    case WEFT_EXPR_KEYWORD:
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
  return NULL;
}
