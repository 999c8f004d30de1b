/* Nodes of ops as one expression node whose text says the same.
 *
 * Each node becomes a construct of the text, in the order of the wires: what is used once stands
 * where it is used, what is used more often gets a name. Nodes that hold something (parameters,
 * data, a definition) have no text and stay outside.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/catalogue.h"
#include "engine/document/document-undo.h"
#include "engine/document/interface.h"
#include "engine/graph/expr.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* An output of a chosen node. */
typedef struct
{
  guint32     uid;
  const char *port;     /* interned */
  guint       n_inside; /* wires to other chosen nodes */
  gboolean    outside;  /* somebody else uses it */
  char       *text;     /* what stands for it in the text */
} Result;

typedef struct
{
  WeftDocument *document;
  GHashTable   *chosen;  /* set of uids */
  GArray       *order;   /* guint32 */
  GPtrArray    *results; /* Result */
  GHashTable   *taken;   /* names that mean something, owned */
  GHashTable   *inputs;  /* "uid port" outside, or "uid port" of an open input -> name; owned */
  GString      *text;
  double        x, y;
} Collapse;

static void
result_free (gpointer data)
{
  g_free (((Result *) data)->text);
  g_free (data);
}

static void
collapse_init (Collapse *self, WeftDocument *document, const guint32 *uids, guint n)
{
  *self = (Collapse){ .document = document };
  self->chosen = g_hash_table_new (NULL, NULL);
  self->order = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->results = g_ptr_array_new_with_free_func (result_free);
  self->taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->text = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    if (weft_document_node (document, uids[i]) != NULL)
      g_hash_table_add (self->chosen, GUINT_TO_POINTER (uids[i]));
}

static void
collapse_clear (Collapse *self)
{
  g_hash_table_unref (self->chosen);
  g_array_unref (self->order);
  g_ptr_array_unref (self->results);
  g_hash_table_unref (self->taken);
  g_hash_table_unref (self->inputs);
  g_string_free (self->text, TRUE);
}

static gboolean
is_chosen (const Collapse *self, guint32 uid)
{
  return g_hash_table_contains (self->chosen, GUINT_TO_POINTER (uid));
}

/* ---- What can be chosen ---- */

static gboolean
is_scalar (WeftJson *value)
{
  WeftJsonKind kind = weft_json_kind (value);

  return kind == WEFT_JSON_INT || kind == WEFT_JSON_NUMBER || kind == WEFT_JSON_BOOL;
}

static gboolean
has_text (const WeftNode *node)
{
  const WeftOp *op = weft_op_find (node->op);

  if (node->flags & WEFT_NODE_BYPASSED)
    return FALSE;
  if (g_str_equal (node->op, "expression"))
    return TRUE;
  if (g_str_equal (node->op, "constant"))
    return is_scalar (weft_json_get (node->params, "value"));
  return op != NULL && !(op->traits & (WEFT_TRAIT_LEAF | WEFT_TRAIT_INTERNAL | WEFT_TRAIT_BODY)) &&
         weft_catalogue_find (node->op)->body == NULL &&
         (g_str_equal (op->name, "cast") || weft_expr_find_function (op->name) == NULL);
}

static gboolean
check_choice (const Collapse *self, GError **error)
{
  for (guint i = 0; i < self->document->nodes->len; i++)
    {
      const WeftNode *node = weft_document_node_at (self->document, i);

      if (is_chosen (self, node->uid) && !has_text (node))
        return weft_document_refuse (
          error, _ ("%s must stay outside: an expression cannot say it."), node->id);
    }
  return g_hash_table_size (self->chosen) > 1 ||
         weft_document_refuse (error, _ ("Choose two nodes or more."));
}

/* What the nodes feed, outside, must not feed them again: the expression is one node. */
static gboolean
check_convex (const Collapse *self, GError **error)
{
  g_autoptr (GHashTable) after = g_hash_table_new (NULL, NULL);
  gboolean more = TRUE;

  while (more)
    {
      more = FALSE;
      for (guint i = 0; i < self->document->wires->len; i++)
        {
          const WeftWire *wire = weft_document_wire_at (self->document, i);
          gboolean        behind = g_hash_table_contains (after, GUINT_TO_POINTER (wire->from));

          if (behind && is_chosen (self, wire->to))
            return weft_document_refuse (
              error,
              _ ("%s lies between these nodes: take it in, or the wires would make a "
                 "cycle."),
              weft_document_node (self->document, wire->from)->id);
          if ((behind || is_chosen (self, wire->from)) && !is_chosen (self, wire->to))
            more |= g_hash_table_add (after, GUINT_TO_POINTER (wire->to));
        }
    }
  return TRUE;
}

/* The chosen nodes, what feeds before what is fed (Kahn 1962). */
static void
sort (Collapse *self)
{
  g_autoptr (GHashTable) open = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < self->document->wires->len; i++)
    {
      const WeftWire *wire = weft_document_wire_at (self->document, i);
      gpointer        to = GUINT_TO_POINTER (wire->to);

      if (is_chosen (self, wire->from) && is_chosen (self, wire->to))
        g_hash_table_insert (
          open, to, GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (open, to)) + 1));
    }
  for (guint i = 0; i < self->document->nodes->len; i++)
    {
      guint32 uid = weft_document_node_at (self->document, i)->uid;

      if (is_chosen (self, uid) && g_hash_table_lookup (open, GUINT_TO_POINTER (uid)) == NULL)
        g_array_append_val (self->order, uid);
    }
  for (guint k = 0; k < self->order->len; k++)
    for (guint i = 0; i < self->document->wires->len; i++)
      {
        const WeftWire *wire = weft_document_wire_at (self->document, i);
        gpointer        to = GUINT_TO_POINTER (wire->to);
        guint           left;

        if (wire->from != g_array_index (self->order, guint32, k) || !is_chosen (self, wire->to))
          continue;
        left = GPOINTER_TO_UINT (g_hash_table_lookup (open, to)) - 1;
        g_hash_table_insert (open, to, GUINT_TO_POINTER (left));
        if (left == 0)
          g_array_append_val (self->order, wire->to);
      }
}

/* ---- Names ---- */

static void
take_name (Collapse *self, const char *name)
{
  g_hash_table_add (self->taken, g_strdup (name));
}

/* Names of functions, of knobs, and those that functions in the texts give to their arguments. */
static void
take_names (Collapse *self)
{
  GArray *knobs = weft_document_get_member (self->document, "layer") != NULL
                    ? weft_document_interface (self->document)->params
                    : NULL;

  for (guint i = 0; knobs != NULL && i < knobs->len; i++)
    take_name (self, g_array_index (knobs, WeftParam, i).name);
  take_name (self, "training");
  for (guint i = 0; i < self->order->len; i++)
    {
      const WeftNode *node =
        weft_document_node (self->document, g_array_index (self->order, guint32, i));
      g_autoptr (WeftExpr) expr = NULL;
      const WeftExprItem *items;
      guint               n = 0;

      if (!g_str_equal (node->op, "expression"))
        continue;
      expr = weft_expr_parse (weft_json_get_string (node->params, "text", ""), NULL);
      items = expr != NULL ? weft_expr_items (expr, &n) : NULL;
      for (guint k = 0; k < n; k++)
        {
          if (items[k].kind == WEFT_EXPR_CALL)
            take_name (self, items[k].name);
          for (guint p = 1; items[k].kind == WEFT_EXPR_LAMBDA && p <= items[k].n_args; p++)
            take_name (self, items[k + p].name);
        }
    }
}

static gboolean
is_free (const Collapse *self, const char *name)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (name, NULL);
  const char **names = expr != NULL ? weft_expr_free_names (expr) : NULL;

  return names != NULL && names[0] != NULL && g_str_equal (names[0], name) &&
         !g_hash_table_contains (self->taken, name) && weft_op_find (name) == NULL &&
         weft_expr_find_function (name) == NULL &&
         weft_document_get_group (self->document, name) == NULL;
}

/* A name like @wish that means nothing yet; the caller owns it. */
static char *
new_name (Collapse *self, const char *wish)
{
  g_autofree char *base = g_strdup (wish);

  g_strcanon (base, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_", '_');
  if (g_ascii_isdigit (*base))
    *base = '_';
  for (guint i = 1;; i++)
    {
      g_autofree char *name = i == 1 ? g_strdup (base) : g_strdup_printf ("%s%u", base, i);

      if (is_free (self, name))
        {
          take_name (self, name);
          return g_steal_pointer (&name);
        }
    }
}

/* ---- Outputs ---- */

static Result *
find_result (const Collapse *self, guint32 uid, const char *port)
{
  for (guint i = 0; i < self->results->len; i++)
    {
      Result *result = g_ptr_array_index (self->results, i);

      if (result->uid == uid && g_str_equal (result->port, port))
        return result;
    }
  return NULL;
}

static char *
note_training (const char *port, gpointer data)
{
  Collapse        *self = data;
  const char      *dot = strchr (port, '.');
  g_autofree char *id = dot != NULL ? g_strndup (port, dot - port) : NULL;
  const WeftNode  *node = id != NULL ? weft_document_node_by_id (self->document, id) : NULL;
  Result          *result = node != NULL ? find_result (self, node->uid, dot + 1) : NULL;

  if (result != NULL)
    result->outside = TRUE;
  return NULL;
}

/* Who uses what; a node that nobody uses is why the others are there. */
static void
find_results (Collapse *self)
{
  for (guint i = 0; i < self->order->len; i++)
    {
      guint32 uid = g_array_index (self->order, guint32, i);
      g_autoptr (WeftPorts) ports = weft_document_ports (self->document, uid);

      for (guint k = 0; k < ports->n_outputs; k++)
        {
          Result *result = g_new0 (Result, 1);

          result->uid = uid;
          result->port = g_intern_string (ports->outputs[k].name);
          g_ptr_array_add (self->results, result);
        }
    }
  for (guint i = 0; i < self->document->wires->len; i++)
    {
      const WeftWire *wire = weft_document_wire_at (self->document, i);
      Result         *result =
        is_chosen (self, wire->from) ? find_result (self, wire->from, wire->from_port) : NULL;

      if (result != NULL && is_chosen (self, wire->to))
        result->n_inside++;
      else if (result != NULL)
        result->outside = TRUE;
    }
  weft_document_map_training (self->document, note_training, self);
  for (guint i = 0; i < self->results->len; i++)
    {
      Result  *result = g_ptr_array_index (self->results, i);
      gboolean first =
        i == 0 || ((Result *) g_ptr_array_index (self->results, i - 1))->uid != result->uid;
      gboolean used = FALSE;

      for (guint k = i; first && k < self->results->len; k++)
        {
          const Result *other = g_ptr_array_index (self->results, k);

          used = used || (other->uid == result->uid && (other->n_inside > 0 || other->outside));
        }
      if (first && !used)
        result->outside = TRUE;
    }
}

static guint
count_outside (const Collapse *self)
{
  guint n = 0;

  for (guint i = 0; i < self->results->len; i++)
    n += ((const Result *) g_ptr_array_index (self->results, i))->outside;
  return n;
}

/* ---- Inputs ---- */

/* What stands in the text for input @port of node @uid; NULL: an optional one that is open.
 * Borrowed. */
static const char *
input_text (Collapse *self, guint32 uid, const char *port)
{
  const WeftWire  *wire = weft_document_wire_into (self->document, uid, port);
  g_autofree char *key = NULL;
  const char      *known, *wish = port;
  char            *name;

  if (wire != NULL && is_chosen (self, wire->from))
    {
      const Result *result = find_result (self, wire->from, wire->from_port);

      return result != NULL ? result->text : NULL;
    }
  key = wire != NULL ? g_strdup_printf ("%u %s", wire->from, wire->from_port)
                     : g_strdup_printf ("open %u %s", uid, port);
  known = g_hash_table_lookup (self->inputs, key);
  if (known != NULL)
    return known;
  if (wire != NULL && !g_str_equal (weft_document_node (self->document, uid)->op, "expression"))
    wish = g_str_equal (wire->from_port, "y") || g_str_equal (wire->from_port, "out")
             ? weft_document_node (self->document, wire->from)->id
             : wire->from_port;
  name = new_name (self, wish);
  g_hash_table_insert (self->inputs, g_steal_pointer (&key), name);
  return name;
}

/* ---- Nodes as text ---- */

static void
append_json (GString *out, WeftJson *json, WeftAttrKind kind)
{
  WeftJsonKind     is = weft_json_kind (json);
  g_autofree char *text = NULL;

  if (is == WEFT_JSON_NULL)
    g_string_append (out, "None");
  else if (is == WEFT_JSON_BOOL)
    g_string_append (out, weft_json_bool (json, FALSE) ? "True" : "False");
  else if (is == WEFT_JSON_STRING)
    g_string_append_printf (out, kind == WEFT_ATTR_STRING ? "'%s'" : "%s",
                            weft_json_string (json, ""));
  else if (is == WEFT_JSON_ARRAY)
    {
      g_string_append_c (out, '(');
      for (guint i = 0; i < weft_json_length (json); i++)
        {
          append_json (out, weft_json_at (json, i), kind);
          g_string_append (out, ", ");
        }
      g_string_append_c (out, ')');
    }
  else
    {
      text = weft_json_to_string (json);
      g_string_append (out, text);
    }
}

/* @text with the names that are inputs of node @uid in terms of the expression. */
static char *
substitute (Collapse *self, guint32 uid, const char *text, GHashTable *assigned, GError **error)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, error);
  g_autoptr (WeftExprTree) tree = NULL;
  g_autoptr (WeftPorts) ports = weft_document_ports (self->document, uid);
  g_autoptr (GHashTable) own = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree const char **texts = NULL;
  GString                *out;
  guint                   end = 0;

  if (expr == NULL)
    return NULL;
  tree = weft_expr_tree_new (expr);
  texts = g_new0 (const char *, tree->n_items + 1);
  for (guint i = 0; i < tree->n_items; i++)
    {
      const WeftExprItem *item = &tree->items[i];

      if (item->kind == WEFT_EXPR_LAMBDA)
        end = MAX (end, i + (guint) item->integer);
      for (guint p = 1; item->kind == WEFT_EXPR_LAMBDA && p <= item->n_args; p++)
        g_hash_table_add (own, (gpointer) item[p].name);
      if (i < end && item->kind == WEFT_EXPR_ASSIGN)
        g_hash_table_add (own, (gpointer) item->name);
      if (item->kind != WEFT_EXPR_NAME || (i < end && g_hash_table_contains (own, item->name)))
        continue;
      texts[i] = assigned != NULL ? g_hash_table_lookup (assigned, item->name) : NULL;
      for (guint p = 0; texts[i] == NULL && p < ports->n_inputs; p++)
        if (g_str_equal (ports->inputs[p].name, item->name))
          texts[i] = input_text (self, uid, item->name);
    }
  out = g_string_new (NULL);
  for (guint i = 0; i < tree->n_roots; i++)
    {
      const WeftExprItem *root = &tree->items[tree->roots[i]];
      guint               item = tree->roots[i];
      g_autofree char    *line = NULL;

      if (root->kind == WEFT_EXPR_ASSIGN)
        {
          line = weft_expr_tree_print (tree, tree->operands[tree->first[item]], texts);
          g_string_append_printf (out, "%s = %s\n",
                                  (char *) g_hash_table_lookup (assigned, root->name), line);
          continue;
        }
      for (guint p = 1; root->kind == WEFT_EXPR_UNPACK && p <= root->n_args; p++)
        g_string_append_printf (out, "%s%s", p > 1 ? ", " : "",
                                (char *) g_hash_table_lookup (assigned, root[p].name));
      if (root->kind == WEFT_EXPR_UNPACK)
        g_string_append (out, " = ");
      line = weft_expr_tree_print (
        tree, root->kind == WEFT_EXPR_UNPACK ? tree->operands[tree->first[item]] : item, texts);
      g_string_append_printf (out, i + 1 < tree->n_roots ? "%s\n" : "%s", line);
    }
  return g_string_free (out, FALSE);
}

/* Parameters of an op's node as keywords: ", axis=1". */
static gboolean
append_params (Collapse *self, const WeftNode *node, const WeftOp *op, GString *out, GError **error)
{
  for (guint i = 0; i < op->n_attrs; i++)
    {
      WeftJson        *json = weft_json_get (node->params, op->attrs[i].name);
      g_autofree char *text = NULL;

      if (!weft_json_has (node->params, op->attrs[i].name))
        continue;
      g_string_append_printf (out, "%s%s=", out->str[out->len - 1] == '(' ? "" : ", ",
                              op->attrs[i].name);
      if (weft_json_kind (json) == WEFT_JSON_STRING && op->attrs[i].kind != WEFT_ATTR_STRING &&
          op->attrs[i].kind != WEFT_ATTR_DTYPE)
        {
          text = substitute (self, node->uid, weft_json_string (json, ""), NULL, error);
          if (text == NULL)
            return FALSE;
          g_string_append (out, text);
        }
      else
        append_json (out, json, op->attrs[i].kind);
    }
  return TRUE;
}

static gboolean
append_operands (Collapse *self, const WeftNode *node, const WeftOp *op, GString *out)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (self->document, node->uid);
  gboolean many = (op->traits & WEFT_TRAIT_VARIADIC) != 0;
  guint    n = 0;

  if (many)
    g_string_append_c (out, '(');
  for (guint i = 0; i < ports->n_inputs; i++)
    {
      const char *text = many && weft_document_wire_into (self->document, node->uid,
                                                          ports->inputs[i].name) == NULL
                           ? NULL
                           : input_text (self, node->uid, ports->inputs[i].name);

      if (text != NULL)
        g_string_append_printf (out, "%s%s", n++ > 0 ? ", " : "", text);
    }
  if (many)
    g_string_append (out, n == 1 ? ",)" : ")");
  return n > 0;
}

/* "a @ b", "x[1:]", "softmax(x, axis=1)". */
static char *
text_of_op (Collapse *self, const WeftNode *node, const WeftOp *op, GError **error)
{
  const char *symbol =
    op->n_inputs <= 2 && op->n_attrs == 0 ? weft_expr_operator (op->name, op->n_inputs == 1) : NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; i < op->n_attrs; i++)
    if (op->attrs[i].kind == WEFT_ATTR_INDEX)
      {
        const char      *object = input_text (self, node->uid, op->input_names[0]);
        g_autofree char *whole =
          g_strdup_printf ("%s[%s]", op->input_names[0],
                           weft_json_get_string (node->params, op->attrs[i].name, "..."));

        return object != NULL ? substitute (self, node->uid, whole, NULL, error) : NULL;
      }
  if (symbol != NULL)
    return op->n_inputs == 1
             ? g_strdup_printf ("(%s%s%s)", symbol, g_ascii_isalpha (*symbol) ? " " : "",
                                input_text (self, node->uid, op->input_names[0]))
             : g_strdup_printf ("(%s %s %s)", input_text (self, node->uid, op->input_names[0]),
                                symbol, input_text (self, node->uid, op->input_names[1]));
  g_string_append_printf (out, "%s(", op->name);
  append_operands (self, node, op, out);
  if (!append_params (self, node, op, out, error))
    return NULL;
  g_string_append_c (out, ')');
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* "float32(0.5)": a constant node's number has an element type of its own. */
static char *
text_of_constant (const WeftNode *node)
{
  WeftJson        *value = weft_json_get (node->params, "value");
  WeftJsonKind     kind = weft_json_kind (value);
  g_autofree char *text = kind == WEFT_JSON_BOOL
                            ? g_strdup (weft_json_bool (value, FALSE) ? "True" : "False")
                            : weft_json_to_string (value);

  return g_strdup_printf ("%s(%s)",
                          weft_json_get_string (node->params, "dtype",
                                                kind == WEFT_JSON_BOOL  ? "bool"
                                                : kind == WEFT_JSON_INT ? "int64"
                                                                        : "float32"),
                          text);
}

/* The names that the node's text assigns, under new ones. */
static GHashTable *
name_assigned (Collapse *self, const WeftNode *node, const char *text)
{
  GHashTable *assigned = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, NULL);

  for (const char **name = expr != NULL ? weft_expr_assigned_names (expr) : NULL;
       name != NULL && *name != NULL; name++)
    {
      Result *result = find_result (self, node->uid, *name);
      char   *fresh = new_name (self, *name);

      g_hash_table_insert (assigned, (gpointer) *name, fresh);
      if (result != NULL)
        result->text = g_strdup (fresh);
    }
  return assigned;
}

/* The result of the node: where it stands once and nowhere else, it stands there; else it has a
 * name. */
static void
put_result (Collapse *self, const WeftNode *node, Result *result, char *take_text)
{
  if (result->n_inside == 1 && !result->outside)
    {
      result->text = g_strdup_printf ("(%s)", take_text);
      g_free (take_text);
      return;
    }
  if (result->n_inside == 0 && count_outside (self) == 1)
    {
      result->text = take_text;
      return;
    }
  result->text = new_name (self, node->id);
  g_string_append_printf (self->text, "%s = %s\n", result->text, take_text);
  g_free (take_text);
}

static gboolean
put_expression (Collapse *self, const WeftNode *node, GError **error)
{
  const char *text = weft_json_get_string (node->params, "text", "");
  g_autoptr (GHashTable) assigned = name_assigned (self, node, text);
  g_autofree char *lines = substitute (self, node->uid, text, assigned, error);
  Result          *result = find_result (self, node->uid, "out");
  char            *last;

  if (lines == NULL)
    return FALSE;
  if (result == NULL)
    {
      g_string_append_printf (self->text, "%s\n", lines);
      return TRUE;
    }
  last = strrchr (lines, '\n');
  if (last != NULL)
    g_string_append_printf (self->text, "%.*s\n", (int) (last - lines), lines);
  put_result (self, node, result, g_strdup (last != NULL ? last + 1 : lines));
  return TRUE;
}

/* "values, indices = topk(x, k=3)". */
static void
put_several (Collapse *self, const WeftNode *node, const WeftOp *op, const char *text)
{
  for (guint i = 0; i < op->n_outputs; i++)
    {
      Result *result = find_result (self, node->uid, op->output_names[i]);

      result->text = new_name (self, op->output_names[i]);
      g_string_append_printf (self->text, "%s%s", i > 0 ? ", " : "", result->text);
    }
  g_string_append_printf (self->text, " = %s\n", text);
}

static gboolean
put_node (Collapse *self, const WeftNode *node, GError **error)
{
  const WeftOp    *op = weft_op_find (node->op);
  g_autofree char *text = NULL;

  if (g_str_equal (node->op, "expression"))
    return put_expression (self, node, error);
  text = g_str_equal (node->op, "constant") ? text_of_constant (node)
                                            : text_of_op (self, node, op, error);
  if (text == NULL)
    return FALSE;
  if (g_str_equal (node->op, "constant"))
    put_result (self, node, find_result (self, node->uid, "y"), g_steal_pointer (&text));
  else if (op->n_outputs > 1)
    put_several (self, node, op, text);
  else
    put_result (self, node, find_result (self, node->uid, op->output_names[0]),
                g_steal_pointer (&text));
  return TRUE;
}

/* The whole text, canonical; NULL on failure. */
static char *
make_text (Collapse *self, GError **error)
{
  g_autoptr (WeftExpr) expr = NULL;

  for (guint i = 0; i < self->order->len; i++)
    {
      const WeftNode *node =
        weft_document_node (self->document, g_array_index (self->order, guint32, i));

      self->x += node->x / self->order->len;
      self->y += node->y / self->order->len;
      if (!put_node (self, node, error))
        return NULL;
    }
  for (guint i = 0; count_outside (self) == 1 && i < self->results->len; i++)
    {
      const Result *result = g_ptr_array_index (self->results, i);

      if (result->outside)
        g_string_append (self->text, result->text);
    }
  expr = weft_expr_parse (self->text->str, error);
  return expr != NULL ? weft_expr_to_string (expr) : NULL;
}

/* ---- Putting the node there ---- */

typedef struct
{
  Collapse   *self;
  const char *id;
} Renaming;

static char *
training_port (const char *port, gpointer data)
{
  Renaming        *renaming = data;
  Collapse        *self = renaming->self;
  const char      *dot = strchr (port, '.');
  g_autofree char *id = dot != NULL ? g_strndup (port, dot - port) : NULL;
  const WeftNode  *node = id != NULL ? weft_document_node_by_id (self->document, id) : NULL;
  const Result    *result =
    node != NULL && is_chosen (self, node->uid) ? find_result (self, node->uid, dot + 1) : NULL;

  if (result == NULL)
    return NULL;
  return g_strconcat (renaming->id, ".", count_outside (self) == 1 ? "out" : result->text, NULL);
}

typedef struct
{
  guint32     from, to;
  const char *from_port, *to_port; /* interned */
  WireBox    *look;                /* a reference, may be NULL */
} Link;

static void
clear_link (gpointer data)
{
  g_clear_pointer (&((Link *) data)->look, weft_wire_box_unref);
}

/* The wires of the new node @uid. */
static GArray *
list_links (Collapse *self, guint32 uid)
{
  GArray *links = g_array_new (FALSE, FALSE, sizeof (Link));
  g_autoptr (GHashTable) fed = g_hash_table_new (g_str_hash, g_str_equal);

  g_array_set_clear_func (links, clear_link);
  for (guint i = 0; i < self->document->wires->len; i++)
    {
      WireBox         *box = g_ptr_array_index (self->document->wires, i);
      const WeftWire  *wire = &box->wire;
      gboolean         from = is_chosen (self, wire->from), to = is_chosen (self, wire->to);
      Link             link = { wire->from, wire->to, g_intern_string (wire->from_port),
                                g_intern_string (wire->to_port), NULL };
      g_autofree char *key = NULL;

      if (from == to)
        continue;
      if (from)
        {
          link.from = uid;
          link.from_port =
            count_outside (self) == 1
              ? "out"
              : g_intern_string (find_result (self, wire->from, wire->from_port)->text);
          link.look = g_rc_box_acquire (box);
        }
      else
        {
          key = g_strdup_printf ("%u %s", wire->from, wire->from_port);
          link.to = uid;
          link.to_port = g_hash_table_lookup (self->inputs, key);
          if (link.to_port == NULL || !g_hash_table_add (fed, (gpointer) link.to_port))
            continue;
          link.to_port = g_intern_string (link.to_port);
        }
      g_array_append_val (links, link);
    }
  return links;
}

static guint32
put_in_place (Collapse *self, const char *text)
{
  WeftDocument    *document = self->document;
  WeftJson        *params = weft_json_new_object ();
  g_autofree char *id = weft_document_unique_id (document, "expression");
  guint32          uid = weft_document_next_uid ();
  Edit             edit = { .kind = EDIT_ADD_NODE, .index = document->nodes->len };
  Renaming         renaming = { self, id };
  g_autoptr (GArray) links = list_links (self, uid);

  weft_json_set_string (params, "text", text);
  edit.node = weft_node_box_new (uid, id, "expression", params, weft_document_on_canvas (self->x),
                                 weft_document_on_canvas (self->y));
  weft_document_do (document, &edit);
  weft_document_map_training (document, training_port, &renaming);
  weft_document_remove_nodes (document, (const guint32 *) (void *) self->order->data,
                              self->order->len);
  for (guint i = 0; i < links->len; i++)
    {
      const Link *link = &g_array_index (links, Link, i);
      Edit        wire = { .kind = EDIT_ADD_WIRE, .index = document->wires->len };

      wire.wire = weft_wire_box_new (link->from, link->from_port, link->to, link->to_port);
      if (link->look != NULL)
        weft_wire_box_look_like (wire.wire, link->look, 0, 0);
      weft_document_do (document, &wire);
    }
  return uid;
}

/* Puts one expression node in the place of the @n nodes @uids; its text computes what they do.
 * Returns its number, 0 on failure. Errors: WEFT_DOCUMENT_ERROR_EDIT if one of them cannot be said
 * in a text, or lies around another; WEFT_EXPR_ERROR if a text does not parse. */
guint32
weft_document_collapse (WeftDocument *document, const guint32 *uids, guint n, GError **error)
{
  Collapse         self;
  g_autofree char *text = NULL;
  guint32          uid = 0;

  if (weft_document_is_frozen (document, error))
    return 0;
  collapse_init (&self, document, uids, n);
  if (check_choice (&self, error) && check_convex (&self, error))
    {
      sort (&self);
      take_names (&self);
      weft_document_begin_told (document, _ ("Join into Expression"));
      find_results (&self);
      text = make_text (&self, error);
      if (text != NULL)
        uid = put_in_place (&self, text);
      weft_document_end_told (document);
    }
  collapse_clear (&self);
  return uid;
}
