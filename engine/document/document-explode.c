/* An expression node as nodes of its ops.
 *
 * Each construct of the text becomes a node: the op's own where all its operands are values, else
 * an expression node of that construct alone, which can say numbers, shapes and functions as the
 * text did. What is no value by itself (numbers, shapes, tuples) goes into the node that uses it,
 * so that the nodes compute what the text computed, to the type.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/document-undo.h"
#include "engine/document/explode-private.h"
#include "engine/document/interface.h"
#include "engine/document/lower.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* From one made node to the next. */
#define COLUMN_WIDTH 220
#define ROW_HEIGHT 130

/* ---- The items, one after the other ---- */

static gboolean
is_port (const WeftExplosion *self, const char *name)
{
  for (guint i = 0; i < self->ports->n_inputs; i++)
    if (g_str_equal (self->ports->inputs[i].name, name))
      return weft_document_wire_into (self->document, self->node->uid, name) != NULL ||
             weft_document_get_member (self->document, "layer") == NULL ||
             !g_strv_contains (weft_document_interface (self->document)->inputs, name);
  return FALSE;
}

static void
read_name (WeftExplosion *self, guint item)
{
  const char *name = self->tree->items[item].name;
  gpointer    known;

  if (g_hash_table_lookup_extended (self->names, name, NULL, &known))
    {
      guint from = GPOINTER_TO_UINT (known);

      self->heat[item] = self->heat[from];
      self->source[item] = self->source[from];
      g_free (self->texts[item]);
      self->texts[item] = self->heat[from] == WEFT_HEAT_VALUE
                            ? g_strdup (self->texts[from])
                            : g_strconcat ("(", self->texts[from], ")", NULL);
      return;
    }
  if (g_hash_table_lookup_extended (self->by_name, name, NULL, &known))
    weft_explosion_be_value (self, item, GPOINTER_TO_UINT (known));
  else if (is_port (self, name))
    weft_explosion_be_value (self, item,
                             weft_explosion_add_source (self, -1, name, g_strdup (name)));
}

static WeftHeat
heat_below (const WeftExplosion *self, guint item)
{
  WeftHeat heat = WEFT_HEAT_COLD;

  for (guint k = 0; k < weft_expr_tree_n_operands (self->tree, item); k++)
    heat = MAX (heat, self->heat[weft_explosion_operand (self, item, k)]);
  return heat;
}

/* A call that may give several values is part of what takes one of them out. */
static gboolean
may_be_tuple (const WeftExplosion *self, guint item)
{
  const WeftExprItem *it = &self->tree->items[item];
  const WeftOp       *op;

  if (it->kind != WEFT_EXPR_CALL && it->kind != WEFT_EXPR_METHOD)
    return FALSE;
  op = weft_op_find (it->name);
  return op == NULL || op->n_outputs > 1 || weft_expr_find_function (it->name) != NULL;
}

/* TRUE if @item is what the next item takes apart. */
static gboolean
is_taken_apart (const WeftExplosion *self, guint item)
{
  for (guint i = item + 1; i < self->tree->n_items; i++)
    {
      const WeftExprItem *it = &self->tree->items[i];

      if (it->kind == WEFT_EXPR_UNPACK)
        return weft_explosion_operand (self, i, 0) == item;
      if (it->kind == WEFT_EXPR_INDEX && weft_explosion_operand (self, i, 0) == item)
        return TRUE;
    }
  return FALSE;
}

static void
make_value (WeftExplosion *self, guint item)
{
  WeftPlan        *plan;
  g_autofree char *text = NULL;
  const WeftOp    *op;

  if (may_be_tuple (self, item) && is_taken_apart (self, item))
    {
      self->heat[item] = WEFT_HEAT_HOT;
      return;
    }
  plan = weft_explosion_plan_op (self, item);
  if (plan == NULL)
    {
      text = weft_explosion_text (self, item);
      weft_explosion_be_value (
        self, item, weft_explosion_finish (self, weft_explosion_plan_text (self, text), "out"));
      return;
    }
  op = weft_op_find (plan->op);
  weft_explosion_be_value (self, item, weft_explosion_finish (self, plan, op->output_names[0]));
}

/* "name = value": the node is called so, where the name is given once. */
static void
assign (WeftExplosion *self, guint item)
{
  const char *name = self->tree->items[item].name;
  guint       value = weft_explosion_operand (self, item, 0);
  guint       n = 0;

  for (guint i = 0; i < self->tree->n_items; i++)
    n += self->tree->items[i].kind == WEFT_EXPR_ASSIGN && self->tree->items[i].name == name;
  if (self->heat[value] == WEFT_HEAT_VALUE && n == 1 &&
      weft_explosion_source (self, self->source[value])->plan >= 0)
    {
      WeftPlan *plan =
        g_ptr_array_index (self->plans, weft_explosion_source (self, self->source[value])->plan);

      if (plan->id == NULL)
        plan->id = g_strdup (name);
    }
  if (self->heat[value] != WEFT_HEAT_VALUE && self->texts[value] == NULL)
    self->texts[value] = weft_explosion_text (self, value);
  g_hash_table_insert (self->names, (gpointer) name, GUINT_TO_POINTER (value));
}

/* "a, b = f(x)": one node with several outputs. */
static void
unpack (WeftExplosion *self, guint item)
{
  const WeftExprItem *names = &self->tree->items[item + 1];
  guint               value = weft_explosion_operand (self, item, 0), n = self->tree->items[item].n_args;
  gboolean            tuple = self->tree->items[value].kind == WEFT_EXPR_TUPLE;
  WeftPlan           *plan = NULL;
  const WeftOp       *op = NULL;
  guint               number;

  if (tuple && self->tree->items[value].n_args == n)
    {
      for (guint k = 0; k < n; k++)
        {
          guint part = weft_explosion_operand (self, value, k);

          if (self->heat[part] != WEFT_HEAT_VALUE && self->texts[part] == NULL)
            self->texts[part] = weft_explosion_text (self, part);
          g_hash_table_insert (self->names, (gpointer) names[k].name, GUINT_TO_POINTER (part));
        }
      return;
    }
  plan = weft_explosion_plan_op (self, value);
  if (plan != NULL)
    op = weft_op_find (plan->op);
  if (plan != NULL && op->n_outputs != n)
    g_clear_pointer (&plan, weft_explosion_plan_free);
  if (plan == NULL)
    {
      g_autofree char *text = weft_explosion_text (self, item);

      op = NULL;
      plan = weft_explosion_plan_text (self, text);
    }
  g_ptr_array_add (self->plans, plan);
  number = self->plans->len - 1;
  for (guint k = 0; k < n; k++)
    {
      const char *port = op != NULL ? op->output_names[k] : names[k].name;
      guint       source =
        weft_explosion_add_source (self, (gint) number, port, weft_explosion_free_name (self));

      /* The name's own item, which nobody has as an weft_explosion_operand, stands for the value.
       */
      weft_explosion_be_value (self, item + 1 + k, source);
      g_hash_table_insert (self->names, (gpointer) names[k].name, GUINT_TO_POINTER (item + 1 + k));
    }
}

static void
read_item (WeftExplosion *self, guint item)
{
  const WeftExprItem *it = &self->tree->items[item];

  switch (it->kind)
    {
    case WEFT_EXPR_NAME:
      read_name (self, item);
      break;
    case WEFT_EXPR_KEYWORD:
    case WEFT_EXPR_SLICE:
    case WEFT_EXPR_TUPLE:
      self->heat[item] = MIN (heat_below (self, item), WEFT_HEAT_HOT);
      break;
    case WEFT_EXPR_ATTR:
      if (g_str_equal (it->name, "at"))
        self->heat[item] = WEFT_HEAT_HOT;
      else if (g_str_equal (it->name, "T") && heat_below (self, item) != WEFT_HEAT_COLD)
        make_value (self, item);
      break;
    case WEFT_EXPR_INDEX:
      /* x.at[i] is what is written to. */
      if (self->tree->items[weft_explosion_operand (self, item, 0)].kind == WEFT_EXPR_ATTR &&
          self->heat[weft_explosion_operand (self, item, 0)] == WEFT_HEAT_HOT)
        self->heat[item] = WEFT_HEAT_HOT;
      else if (heat_below (self, item) != WEFT_HEAT_COLD)
        make_value (self, item);
      break;
    case WEFT_EXPR_CALL:
    case WEFT_EXPR_METHOD:
    case WEFT_EXPR_BINARY:
    case WEFT_EXPR_UNARY:
    case WEFT_EXPR_IF_ELSE:
      if (heat_below (self, item) != WEFT_HEAT_COLD)
        make_value (self, item);
      break;
    case WEFT_EXPR_ASSIGN:
      assign (self, item);
      break;
    case WEFT_EXPR_UNPACK:
      unpack (self, item);
      break;
    case WEFT_EXPR_NUMBER:
    case WEFT_EXPR_STRING:
    case WEFT_EXPR_CONST:
    case WEFT_EXPR_DROP:
    case WEFT_EXPR_LAMBDA:
    case WEFT_EXPR_LAMBDA_END:
      break;
    }
}

/* Inside of a function only names from outside stand for something else. */
static guint
read_lambda (WeftExplosion *self, guint begin)
{
  guint end = begin + (guint) self->tree->items[begin].integer;
  g_autoptr (GHashTable) own = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = begin + 1; i <= end; i++)
    if (i <= begin + self->tree->items[begin].n_args ||
        self->tree->items[i].kind == WEFT_EXPR_ASSIGN)
      g_hash_table_add (own, (gpointer) self->tree->items[i].name);
  for (guint i = begin + 1; i <= end; i++)
    if (self->tree->items[i].kind == WEFT_EXPR_NAME &&
        !g_hash_table_contains (own, self->tree->items[i].name))
      {
        read_name (self, i);
        self->heat[i] = WEFT_HEAT_COLD;
      }
  return end;
}

static gboolean
read_all (WeftExplosion *self, GError **error)
{
  for (guint i = 0; i < self->tree->n_items; i++)
    {
      const WeftExprItem *it = &self->tree->items[i];

      if (it->kind == WEFT_EXPR_LAMBDA)
        i = read_lambda (self, i);
      else if (it->kind == WEFT_EXPR_ASSIGN &&
               self->tree->items[weft_explosion_operand (self, i, 0)].kind == WEFT_EXPR_LAMBDA_END)
        return weft_document_refuse (
          error, _ ("%s cannot be taken apart: its text defines the function %s."), self->node->id,
          it->name);
      else
        read_item (self, i);
      if (it->kind == WEFT_EXPR_UNPACK)
        i += it->n_args;
    }
  return TRUE;
}

/* The source of output @port; one is made where the text gives something else there. */
static guint
result_of (WeftExplosion *self, const char *port)
{
  gpointer         known;
  guint            item = self->tree->roots[self->tree->n_roots - 1];
  g_autofree char *text = NULL;

  if (g_hash_table_lookup_extended (self->names, port, NULL, &known) &&
      !g_str_equal (port, "out"))
    item = GPOINTER_TO_UINT (known);
  if (self->heat[item] == WEFT_HEAT_VALUE)
    return (guint) self->source[item];
  text =
    self->texts[item] != NULL ? g_strdup (self->texts[item]) : weft_explosion_text (self, item);
  weft_explosion_be_value (
    self, item, weft_explosion_finish (self, weft_explosion_plan_text (self, text), "out"));
  return (guint) self->source[item];
}

/* ---- Putting the nodes there ---- */

static void
place_plans (WeftExplosion *self)
{
  g_autoptr (GHashTable) rows = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < self->plans->len; i++)
    {
      WeftPlan *plan = g_ptr_array_index (self->plans, i);
      gpointer  column = GUINT_TO_POINTER (plan->depth);

      plan->row = GPOINTER_TO_UINT (g_hash_table_lookup (rows, column));
      g_hash_table_insert (rows, column, GUINT_TO_POINTER (plan->row + 1));
    }
}

static void
add_plan (WeftExplosion *self, WeftPlan *plan)
{
  const char      *name = plan->id != NULL ? plan->id : plan->op;
  g_autofree char *id = weft_document_unique_id (self->document, name);
  Edit             edit = { .kind = EDIT_ADD_NODE, .index = self->document->nodes->len };

  plan->uid = weft_document_next_uid ();
  edit.node =
    weft_node_box_new (plan->uid, id, plan->op, weft_json_ref (plan->params),
                       weft_document_on_canvas (self->node->x + plan->depth * COLUMN_WIDTH),
                       weft_document_on_canvas (self->node->y + plan->row * ROW_HEIGHT));
  weft_document_do (self->document, &edit);
}

/* The node and port of @source; 0: nothing is wired there. */
static guint32
origin_of (const WeftExplosion *self, guint index, const char **port)
{
  const WeftSource *source = weft_explosion_source (self, index);
  const WeftWire   *wire;

  *port = source->port;
  if (source->plan >= 0)
    return ((const WeftPlan *) g_ptr_array_index (self->plans, source->plan))->uid;
  wire = weft_document_wire_into (self->document, self->node->uid, source->port);
  *port = wire != NULL ? g_intern_string (wire->from_port) : NULL;
  return wire != NULL ? wire->from : 0;
}

static void
add_wire (WeftDocument  *document,
          guint32        from,
          const char    *from_port,
          guint32        to,
          const char    *to_port,
          const WireBox *look)
{
  Edit edit = { .kind = EDIT_ADD_WIRE, .index = document->wires->len };

  if (from == 0)
    return;
  edit.wire = weft_wire_box_new (from, from_port, to, to_port);
  if (look != NULL)
    weft_wire_box_look_like (edit.wire, look, 0, 0);
  weft_document_do (document, &edit);
}

static void
add_plans (WeftExplosion *self)
{
  place_plans (self);
  for (guint i = 0; i < self->plans->len; i++)
    add_plan (self, g_ptr_array_index (self->plans, i));
  for (guint i = 0; i < self->plans->len; i++)
    {
      const WeftPlan *plan = g_ptr_array_index (self->plans, i);

      for (guint k = 0; k < plan->ports->len; k++)
        {
          const char *port;
          guint32     from = origin_of (self, g_array_index (plan->sources, guint, k), &port);

          add_wire (self->document, from, port, plan->uid, g_ptr_array_index (plan->ports, k),
                    NULL);
        }
    }
}

static char *
training_port (const char *port, gpointer data)
{
  WeftExplosion *self = data;
  gsize          length = strlen (self->node->id);
  const char    *from_port;
  guint32        from;

  if (!g_str_has_prefix (port, self->node->id) || port[length] != '.')
    return NULL;
  from = origin_of (self, result_of (self, port + length + 1), &from_port);
  return from != 0
           ? g_strconcat (weft_document_node (self->document, from)->id, ".", from_port, NULL)
           : NULL;
}

static GArray *
replace_node (WeftExplosion *self)
{
  WeftDocument *document = self->document;
  g_autoptr (GPtrArray) out = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_wire_box_unref);
  g_autoptr (GPtrArray) ports = g_ptr_array_new ();
  g_autoptr (GArray) origins = g_array_new (FALSE, FALSE, sizeof (guint32));
  GArray *made = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 uid = self->node->uid;

  add_plans (self);
  weft_document_map_training (document, training_port, self);
  for (guint i = 0; i < document->wires->len; i++)
    {
      WireBox    *box = g_ptr_array_index (document->wires, i);
      const char *port;
      guint32     from;

      if (box->wire.from != uid)
        continue;
      from = origin_of (self, result_of (self, box->from_port), &port);
      g_ptr_array_add (out, g_rc_box_acquire (box));
      g_ptr_array_add (ports, (gpointer) port);
      g_array_append_val (origins, from);
    }
  for (guint i = 0; i < self->plans->len; i++)
    g_array_append_val (made, ((const WeftPlan *) g_ptr_array_index (self->plans, i))->uid);
  weft_document_remove_nodes (document, &uid, 1);
  for (guint i = 0; i < out->len; i++)
    {
      const WireBox *box = g_ptr_array_index (out, i);

      add_wire (document, g_array_index (origins, guint32, i), g_ptr_array_index (ports, i),
                box->wire.to, box->to_port, box);
    }
  return made;
}

/* ---- The command ---- */

/* Every output that is there becomes a source before nodes are added. */
static gboolean
plan_all (WeftExplosion *self, GError **error)
{
  if (!read_all (self, error))
    return FALSE;
  for (guint i = 0; i < self->ports->n_outputs; i++)
    result_of (self, self->ports->outputs[i].name);
  if (self->plans->len == 0 ||
      (self->plans->len == 1 &&
       g_str_equal (((const WeftPlan *) g_ptr_array_index (self->plans, 0))->op, "expression")))
    return weft_document_refuse (error, _ ("%s is one operation already."), self->node->id);
  return TRUE;
}

static WeftExpr *
expression_of (const WeftNode *node, GError **error)
{
  if (!g_str_equal (node->op, "expression"))
    {
      weft_document_refuse (error, _ ("%s is no expression."), node->id);
      return NULL;
    }
  return weft_expr_parse (weft_json_get_string (node->params, "text", ""), error);
}

static GArray *
explode (WeftDocument *document, guint32 uid, GError **error)
{
  const WeftNode *node = weft_document_node (document, uid);
  g_autoptr (WeftExpr) expr = expression_of (node, error);
  GArray       *made = NULL;
  WeftExplosion self;

  if (expr == NULL)
    return NULL;
  weft_explosion_init (&self, document, node, expr);
  if (plan_all (&self, error))
    {
      weft_document_begin_told (document, _ ("Take Expression Apart"));
      made = replace_node (&self);
      weft_document_end_told (document);
    }
  weft_explosion_clear (&self);
  return made;
}

/* The first problem that typing has with one of @uids; NULL: none. */
static char *
problem_among (WeftDocument *document, const guint32 *uids, guint n)
{
  g_autoptr (WeftTyping) typing = weft_typing_new (document);

  weft_typing_update (typing);
  for (guint i = 0; i < n; i++)
    {
      const WeftProblem *problem = weft_typing_node_problem (typing, uids[i]);

      if (problem != NULL)
        return g_strdup (problem->message);
    }
  return NULL;
}

/* What types cannot say before it is done is tried on a copy: a text may hold what no node can. */
static gboolean
try_on_copy (WeftDocument *document, guint32 uid, GError **error)
{
  g_autoptr (WeftDocument) copy = weft_document_snapshot (document);
  g_autofree char *before = problem_among (copy, &uid, 1), *after = NULL;
  g_autoptr (GArray) made = explode (copy, uid, error);

  if (made == NULL)
    return FALSE;
  after = problem_among (copy, (const guint32 *) (void *) made->data, made->len);
  return before != NULL || after == NULL ||
         weft_document_refuse (error, _ ("%s cannot be taken apart: %s."),
                               weft_document_node (document, uid)->id, after);
}

/* Puts nodes of its ops in the place of expression node @uid; they compute the same. Returns their
 * numbers (guint32, the caller owns the array), NULL on failure. Errors: WEFT_DOCUMENT_ERROR_EDIT
 * if it is no expression, or one operation only; WEFT_EXPR_ERROR if its text does not parse. */
GArray *
weft_document_explode (WeftDocument *document, guint32 uid, GError **error)
{
  g_return_val_if_fail (weft_document_node (document, uid) != NULL, NULL);
  if (weft_document_is_frozen (document, error) || !try_on_copy (document, uid, error))
    return NULL;
  return explode (document, uid, error);
}
