/* Lowering: the nodes of a document in the order of its wires, each into the graph.
 *
 * A layer is a document that is lowered in the same way, in a scope of its own: its input nodes are
 * what is wired into it, its knobs are names in its texts. Nothing fails as a whole: a node that
 * cannot be lowered is a problem, and what hangs on it is left out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/lower-private.h"

#include "engine/base/nearest.h"
#include "engine/dataset/dataset.h"
#include "engine/document/document-private.h"
#include "engine/document/interface.h"
#include "engine/document/layer.h"
#include "engine/document/step.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Layers and groups in layers and groups; a layer that contains itself ends here. */
#define MAX_DEPTH 96
#define MAX_INSIDE 1000000

void
weft_lower_put (const WeftLowerCall *call, const char *port, WeftValue *value)
{
  g_hash_table_insert (call->outputs, g_strdup (port), value);
}

/* ---- The order ---- */

typedef struct
{
  guint            n;         /* nodes */
  guint            n_ordered; /* less than n if there is a cycle */
  guint           *order;     /* indices, what feeds before what is fed */
  guint           *first;     /* [n + 1]: where in wires those into each node begin */
  const WeftWire **wires;     /* by target */
  guint           *from;      /* index of the node that each of them comes from */
} Order;

static void
order_free (Order *order)
{
  g_free (order->order);
  g_free (order->first);
  g_free (order->wires);
  g_free (order->from);
  g_free (order);
}

static guint
index_of (GHashTable *index, guint32 uid)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (index, GUINT_TO_POINTER (uid)));
}

/* The wires of @document by the node at their end, in their order. */
static void
sort_wires (WeftDocument *document, Order *order)
{
  guint n_wires = weft_document_n_wires (document);
  g_autoptr (GHashTable) index = g_hash_table_new (NULL, NULL);
  g_autofree guint *next = NULL;

  order->first = g_new0 (guint, order->n + 2);
  order->wires = g_new0 (const WeftWire *, n_wires + 1);
  order->from = g_new0 (guint, n_wires + 1);
  for (guint i = 0; i < order->n; i++)
    g_hash_table_insert (index, GUINT_TO_POINTER (weft_document_node_at (document, i)->uid),
                         GUINT_TO_POINTER (i));
  for (guint w = 0; w < n_wires; w++)
    order->first[index_of (index, weft_document_wire_at (document, w)->to) + 1]++;
  for (guint i = 0; i < order->n; i++)
    order->first[i + 1] += order->first[i];
  next = g_memdup2 (order->first, (order->n + 2) * sizeof *next);
  for (guint w = 0; w < n_wires; w++)
    {
      const WeftWire *wire = weft_document_wire_at (document, w);
      guint           at = next[index_of (index, wire->to)]++;

      order->wires[at] = wire;
      order->from[at] = index_of (index, wire->from);
    }
}

/* Kahn's algorithm; among nodes that are ready the first of the document goes first, so that the
 * order of an unchanged document does not change. */
static Order *
order_new (WeftDocument *document)
{
  Order            *order = g_new0 (Order, 1);
  guint             n = order->n = weft_document_n_nodes (document), n_wires = weft_document_n_wires (document);
  g_autofree guint *waiting = g_new0 (guint, n + 1);
  g_autofree guint *first = g_new0 (guint, n + 2);
  g_autofree guint *next = NULL;
  g_autofree guint *target = g_new0 (guint, n_wires + 1);

  order->order = g_new0 (guint, n + 1);
  sort_wires (document, order);
  for (guint w = 0; w < n_wires; w++)
    first[order->from[w] + 1]++;
  for (guint i = 0; i < n; i++)
    {
      first[i + 1] += first[i];
      waiting[i] = order->first[i + 1] - order->first[i];
    }
  next = g_memdup2 (first, (n + 2) * sizeof *next);
  for (guint i = 0; i < n; i++)
    for (guint w = order->first[i]; w < order->first[i + 1]; w++)
      target[next[order->from[w]]++] = i;
  for (guint i = 0; i < n; i++)
    if (waiting[i] == 0)
      order->order[order->n_ordered++] = i;
  for (guint k = 0; k < order->n_ordered; k++)
    for (guint e = first[order->order[k]]; e < first[order->order[k] + 1]; e++)
      if (--waiting[target[e]] == 0)
        order->order[order->n_ordered++] = target[e];
  return order;
}

typedef struct
{
  Order  *order;
  guint64 revision;
} KeptOrder;

static void
kept_order_free (gpointer data)
{
  KeptOrder *kept = data;

  order_free (kept->order);
  g_free (kept);
}

/* Layers never change: theirs is made once and any thread may read it. A group belongs to the
 * thread of its document. */
static const Order *
order_of_definition (WeftDocument *definition)
{
  static GMutex lock;
  static GQuark quark;
  KeptOrder    *kept;

  g_mutex_lock (&lock);
  if (quark == 0)
    quark = g_quark_from_static_string ("weft-kept-order");
  kept = g_object_get_qdata (G_OBJECT (definition), quark);
  if (kept == NULL || kept->revision != weft_document_get_revision (definition))
    {
      kept = g_new (KeptOrder, 1);
      kept->order = order_new (definition);
      kept->revision = weft_document_get_revision (definition);
      g_object_set_qdata_full (G_OBJECT (definition), quark, kept, kept_order_free);
    }
  g_mutex_unlock (&lock);
  return kept->order;
}

/* ---- Nodes among their wires ---- */

/* Outputs of every node of one document, by index: port -> WeftValue*. */
typedef struct
{
  WeftDocument *document;
  const Order  *order;
  GHashTable  **outputs;
} Body;

static void
body_init (Body *body, WeftDocument *document, const Order *order)
{
  body->document = document;
  body->order = order;
  body->outputs = g_new0 (GHashTable *, order->n + 1);
  for (guint i = 0; i < order->n; i++)
    body->outputs[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
body_clear (Body *body)
{
  for (guint i = 0; i < body->order->n; i++)
    g_hash_table_unref (body->outputs[i]);
  g_free (body->outputs);
}

/* An output of a bypassed node that is not there. */
static void
fail_bypassed (const WeftNode *from, const char *port, GError **error)
{
  if (from->flags & WEFT_NODE_BYPASSED)
    g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                 _ ("%s is bypassed and has no %s"), from->id, port);
}

/* What is wired into node @to; FALSE: something that it needs could not be lowered, which has been
 * said where it arose, or is an error here. */
static gboolean
gather (Body *body, guint to, GHashTable *inputs, GError **error)
{
  for (guint w = body->order->first[to]; w < body->order->first[to + 1]; w++)
    {
      const WeftWire *wire = body->order->wires[w];
      WeftValue      *value = g_hash_table_lookup (body->outputs[body->order->from[w]], wire->from_port);

      if (value == NULL)
        {
          if (g_hash_table_size (body->outputs[body->order->from[w]]) > 0)
            fail_bypassed (weft_document_node_at (body->document, body->order->from[w]),
                           wire->from_port, error);
          return FALSE;
        }
      g_hash_table_insert (inputs, (gpointer) wire->to_port, value);
    }
  return TRUE;
}

typedef void (*FailFunc) (gpointer        data,
                          const WeftNode *node,
                          const char     *port,
                          const GError   *error);

/* Lowers all nodes of @body; each that fails is told to @fail. */
static void
lower_body (const WeftLowerLevel *level, Body *body, FailFunc fail, gpointer data)
{
  for (guint k = 0; k < body->order->n_ordered; k++)
    {
      guint           i = body->order->order[k];
      const WeftNode *node = weft_document_node_at (body->document, i);
      WeftLowerLevel  here = *level;
      g_autoptr (GHashTable) inputs = g_hash_table_new (g_str_hash, g_str_equal);
      g_autoptr (GError) error = NULL;
      g_autofree char *port = NULL;
      WeftLowerCall    call = { node, inputs, body->outputs[i], &port };

      if (level->depth == 0)
        here.node = node->uid;
      if ((!gather (body, i, inputs, &error) || !weft_lower_one (&here, &call, &error)) &&
          error != NULL)
        fail (data, node, port, error);
    }
}

/* ---- Layers and groups ---- */

WeftJson *
weft_lower_knobs (const WeftLowerLevel *level, const WeftNode *node)
{
  guint            n = 0;
  WeftJson        *values = weft_json_new_object ();
  const WeftParam *params = weft_document_params (level->document, node->op, &n);

  for (guint i = 0; i < n; i++)
    {
      WeftJson *json = weft_lower_param (level, node, params[i].name);

      weft_json_set (values, params[i].name,
                     json != NULL ? weft_json_copy (json) : weft_json_new_null ());
    }
  return values;
}

typedef struct
{
  GError *error;
  char   *where;
} Failure;

static void
keep_first_cb (gpointer data, const WeftNode *node, const char *port, const GError *error)
{
  Failure *failure = data;

  if (failure->error != NULL)
    return;
  failure->error = g_error_copy (error);
  failure->where = g_strdup (node->id);
}

static void
put_outputs (const WeftLowerCall *call, Body *body)
{
  for (guint i = 0; i < body->order->n; i++)
    {
      const WeftNode *node = weft_document_node_at (body->document, i);
      GHashTableIter  iter;
      gpointer        value;

      if (!g_str_equal (node->op, "output") && !g_str_equal (node->op, "parameter") &&
          !g_str_equal (node->op, "shared"))
        continue;
      g_hash_table_iter_init (&iter, body->outputs[i]);
      if (g_hash_table_iter_next (&iter, NULL, &value))
        weft_lower_put (call, node->id, value);
    }
}

/* A definition without nodes is its text. */
static gboolean
lower_text (const WeftLowerLevel *inside,
            const WeftLowerCall  *call,
            WeftDocument         *definition,
            GError              **error)
{
  const WeftInterface *interface = weft_document_interface (definition);
  const char          *body =
    weft_json_get_string (weft_document_get_member (definition, "layer"), "body", "");
  g_autoptr (WeftJson) params = weft_json_new_object ();
  g_autoptr (GHashTable) outputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  WeftNode      node = { call->node->uid, "body", "expression", params, 0, 0 };
  WeftLowerCall text = { &node, call->inputs, outputs, call->port };
  WeftValue    *value;

  weft_json_set_string (params, "text", body);
  if (!weft_lower_expression (inside, &text, error))
    return FALSE;
  for (guint i = 0; i < interface->n_results; i++)
    {
      value = g_hash_table_lookup (outputs, interface->outputs[i]);
      if (value == NULL && interface->n_results == 1)
        value = g_hash_table_lookup (outputs, "out");
      if (value != NULL)
        weft_lower_put (call, interface->outputs[i], value);
    }
  return TRUE;
}

/* TRUE if something is wired into each input. */
static gboolean
check_inputs (const WeftLowerCall *call, WeftDocument *definition, GError **error)
{
  const WeftInterface *interface = weft_document_interface (definition);

  for (guint i = 0; interface->inputs[i] != NULL; i++)
    if (g_hash_table_lookup (call->inputs, interface->inputs[i]) == NULL &&
        !weft_definition_is_optional (definition, interface->inputs[i]))
      {
        *call->port = g_strdup (interface->inputs[i]);
        g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                     _ ("nothing is wired in"));
        return FALSE;
      }
  return TRUE;
}

/* weft_lower_inputs:
 * @inside: the definition's level; its values are not looked at
 *
 * Defaults are made in the order of the inputs, so that one may use those before it.
 *
 * Returns: (transfer full): NULL on failure.
 */
GHashTable *
weft_lower_inputs (const WeftLowerLevel *inside, GHashTable *wired, GError **error)
{
  const WeftInterface *interface = weft_document_interface (inside->document);
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);
  WeftLowerLevel level = *inside;
  GHashTableIter iter;
  gpointer       name, value;

  level.values = values;
  level.wired = wired;
  g_hash_table_iter_init (&iter, wired);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_hash_table_insert (values, name, value);
  for (guint i = 0; interface->inputs[i] != NULL; i++)
    {
      const WeftNode *node = weft_document_node_by_id (inside->document, interface->inputs[i]);
      const char     *text = node != NULL ? weft_json_get_string (node->params, "default", NULL) : NULL;
      g_autoptr (WeftExpr) expr = NULL;
      g_autoptr (WeftScope) scope = NULL;

      if (text == NULL || g_hash_table_contains (values, interface->inputs[i]))
        continue;
      expr = weft_lower_parse (text, error);
      scope = weft_lower_scope (&level, NULL);
      value = expr != NULL ? weft_expr_build_value (expr, level.graph, scope, error) : NULL;
      if (value == NULL)
        {
          g_prefix_error (error, "%s: default: ", node->id);
          return NULL;
        }
      g_hash_table_insert (values, (gpointer) interface->inputs[i], value);
    }
  return g_steal_pointer (&values);
}

static gboolean
too_much (const WeftLowerLevel *level, const WeftLowerCall *call, guint n, GError **error)
{
  *level->n_inside += n;
  if (level->depth < MAX_DEPTH && *level->n_inside <= MAX_INSIDE)
    return FALSE;
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
               level->depth == MAX_DEPTH
                 ? _ ("layers in layers are too deep: does %s contain itself?")
                 : _ ("%s unfolds into too many nodes: does it contain itself?"),
               call->node->op);
  return TRUE;
}

/* Lowers the nodes of @definition. Errors: the first inside; a group's, which people opened or can
 * open, says at which node. */
static gboolean
lower_nodes (const WeftLowerLevel *inside,
             const WeftLowerCall  *call,
             WeftDocument         *definition,
             GError              **error)
{
  Failure failure = { 0 };
  Body    body;

  body_init (&body, definition, order_of_definition (definition));
  lower_body (inside, &body, keep_first_cb, &failure);
  put_outputs (call, &body);
  body_clear (&body);
  if (failure.error == NULL)
    return TRUE;
  if (!inside->hidden)
    g_prefix_error (&failure.error, "%s: ", failure.where);
  g_propagate_error (error, failure.error);
  g_free (failure.where);
  return FALSE;
}

static const char *
gradient_of (WeftDocument *definition)
{
  return weft_json_get_string (weft_document_get_member (definition, "layer"), "gradient", "");
}

/* weft_lower_definition:
 * @definition: a layer's document or a group's
 *
 * Errors: the first inside the definition.
 */
gboolean
weft_lower_definition (const WeftLowerLevel *level,
                       const WeftLowerCall  *call,
                       WeftDocument         *definition,
                       GError              **error)
{
  g_autofree char *prefix = g_strconcat (level->prefix, call->node->id, ".", NULL);
  g_autoptr (WeftJson) knobs = weft_lower_knobs (level, call->node);
  g_autoptr (GHashTable) values = NULL;
  WeftLowerLevel inside = *level;
  guint          n = weft_document_n_nodes (definition);
  const char    *gradient;

  if (too_much (level, call, n, error) || !check_inputs (call, definition, error))
    return FALSE;
  inside.document = definition;
  inside.prefix = prefix;
  inside.knobs = knobs;
  inside.depth = level->depth + 1;
  inside.hidden = level->hidden || weft_group_of_op (call->node->op) == NULL;
  inside.values = values = weft_lower_inputs (&inside, call->inputs, error);
  inside.wired = call->inputs;
  if (values == NULL)
    return FALSE;
  gradient = level->plain ? "" : gradient_of (definition);
  inside.plain = FALSE;
  if (*gradient != '\0' ? weft_lower_own_gradient (level, call, definition, values, gradient, error)
      : n == 0          ? lower_text (&inside, call, definition, error)
                        : lower_nodes (&inside, call, definition, error))
    return TRUE;
  if (*call->port == NULL && g_hash_table_size (call->inputs) == 1)
    {
      GHashTableIter iter;
      gpointer       port;

      g_hash_table_iter_init (&iter, call->inputs);
      g_hash_table_iter_next (&iter, &port, NULL);
      *call->port = g_strdup (port);
    }
  return FALSE;
}

/* ---- One node ---- */

static gboolean
lower_output (const WeftLowerCall *call, GError **error)
{
  GHashTableIter iter;
  gpointer       value;

  g_hash_table_iter_init (&iter, call->inputs);
  if (!g_hash_table_iter_next (&iter, NULL, &value))
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("nothing is wired in"));
      return FALSE;
    }
  weft_lower_put (call, call->node->id, value);
  return TRUE;
}

/* The new value of a variable that stands in the same document. */
static gboolean
lower_update (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error)
{
  const char     *target = weft_json_string (weft_lower_param (level, call->node, "target"), "");
  const WeftNode *node = weft_document_node_by_id (level->document, target);
  WeftLowerUpdate update = { .node = level->node };
  GHashTableIter  iter;
  gpointer        value;

  if (node == NULL || (!g_str_equal (node->op, "shared") && !g_str_equal (node->op, "parameter")))
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("target must name a shared value beside it, and “%s” is none"), target);
      return FALSE;
    }
  g_hash_table_iter_init (&iter, call->inputs);
  if (!g_hash_table_iter_next (&iter, NULL, &value))
    {
      *call->port = g_strdup ("x");
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("nothing is wired in"));
      return FALSE;
    }
  if (level->updates == NULL)
    return TRUE;
  update.name = g_strconcat (level->prefix, target, NULL);
  update.value = value;
  g_array_append_val (level->updates, update);
  return TRUE;
}

static gboolean
unknown_op (const char *op, GError **error)
{
  g_autofree char *hint = NULL;
  WeftNearest      nearest;

  weft_nearest_begin (&nearest, op);
  for (guint i = 0; i < weft_catalogue_n (); i++)
    weft_nearest_offer (&nearest, weft_catalogue_at (i)->op);
  hint = weft_nearest_hint (&nearest);
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, _ ("there is no op “%s”%s"),
               op, hint);
  return FALSE;
}

static const WeftParam *
find_param (const WeftParam *params, guint n, const char *name)
{
  for (guint i = 0; i < n; i++)
    if (g_str_equal (params[i].name, name))
      return &params[i];
  return NULL;
}

static gboolean
unknown_param (
  const WeftNode *node, const char *name, const WeftParam *params, guint n, GError **error)
{
  g_autofree char *hint = NULL;
  WeftNearest      nearest;

  weft_nearest_begin (&nearest, name);
  for (guint i = 0; i < n; i++)
    weft_nearest_offer (&nearest, params[i].name);
  hint = weft_nearest_hint (&nearest);
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
               _ ("%s has no parameter “%s”%s"), node->op, name, hint);
  return FALSE;
}

/* Each parameter that is given exists, and a definition's is one of those that its knob allows.
 * The values of op rows and sources are checked where they are read; a text that names a knob
 * stands for its value. */
static gboolean
check_params (const WeftLowerLevel *level, const WeftNode *node, gboolean knobs, GError **error)
{
  guint            n = 0;
  const WeftParam *params = weft_document_params (level->document, node->op, &n);
  WeftJsonIter     iter = { node->params };
  const char      *name;
  WeftJson        *value;

  while (weft_json_next (&iter, &name, &value))
    {
      const WeftParam *param = find_param (params, n, name);
      WeftJson        *meant = value != NULL ? weft_lower_param (level, node, name) : NULL;

      if (param == NULL)
        return unknown_param (node, name, params, n, error);
      if (knobs && !weft_param_check (param, meant, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
lower_any (const WeftLowerLevel *level,
           const WeftLowerCall  *call,
           WeftDocument         *definition,
           GError              **error)
{
  const char *op = call->node->op;

  if (weft_lower_is_source (op))
    return weft_lower_source (level, call, error);
  if (g_str_equal (op, "expression"))
    return weft_lower_expression (level, call, error);
  if (g_str_equal (op, "output"))
    return lower_output (call, error);
  if (g_str_equal (op, "update"))
    return lower_update (level, call, error);
  if (definition != NULL)
    return weft_lower_definition (level, call, definition, error);
  if (weft_loop_kind (op, NULL))
    return weft_lower_loop (level, call, error);
  if (weft_op_find (op) != NULL)
    return weft_lower_op (level, call, weft_op_find (op), error);
  return unknown_op (op, error);
}

/* What is wired into the first input that has a wire is the first output. Errors: nothing is wired
 * in, or there is no output. */
static gboolean
lower_bypassed (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (level->document, call->node->uid);
  WeftValue *value = NULL;

  for (guint i = 0; i < ports->n_inputs && value == NULL; i++)
    value = g_hash_table_lookup (call->inputs, ports->inputs[i].name);
  if (value != NULL && ports->n_outputs > 0)
    {
      weft_lower_put (call, ports->outputs[0].name, value);
      return TRUE;
    }
  if (ports->n_inputs > 0)
    *call->port = g_strdup (ports->inputs[0].name);
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
               ports->n_outputs > 0 ? _ ("bypassed, and nothing is wired in to let through")
                                    : _ ("bypassed, and it has no output"));
  return FALSE;
}

/* weft_lower_one:
 *
 * A node of any op, with its origin: the node itself, and those of the groups that it stands in.
 */
gboolean
weft_lower_one (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error)
{
  const char   *op = call->node->op;
  WeftDocument *definition = weft_layer_document (op);
  gboolean      known, done;

  if (call->node->flags & WEFT_NODE_BYPASSED)
    return lower_bypassed (level, call, error);
  if (definition == NULL)
    definition = weft_document_group_of (level->document, op);
  known = definition != NULL || weft_catalogue_find (op) != NULL;
  if (level->hidden)
    return lower_any (level, call, definition, error);
  /* A data set's parameters are its specification, which is checked as a whole. */
  if (known && !g_str_equal (op, "dataset") &&
      !check_params (level, call->node, definition != NULL, error))
    return FALSE;
  weft_graph_push_origin (level->graph, call->node->uid);
  done = lower_any (level, call, definition, error);
  weft_graph_pop_origin (level->graph);
  return done;
}

gboolean
weft_lower_node (WeftGraph              *graph,
                 WeftDocument           *document,
                 const WeftLowerUse     *use,
                 const WeftNode         *node,
                 const WeftLowerOptions *options,
                 GHashTable             *inputs,
                 GHashTable             *outputs,
                 GPtrArray              *shared,
                 char                  **port,
                 GError                **error)
{
  g_autofree char *folder = weft_document_dup_folder (document);
  guint            n_inside = 0;
  WeftLowerLevel   level = {
      .graph = graph,
      .options = options,
      .shared = shared,
      .document = document,
      .folder = folder,
      .prefix = "",
      .node = node->uid,
      .values = use != NULL ? use->values : NULL,
      .knobs = use != NULL ? use->knobs : NULL,
      .n_inside = &n_inside,
  };
  WeftLowerCall call = { node, inputs, outputs, port };
  g_autoptr (GHashTable) values = NULL;

  *port = NULL;
  if (level.values != NULL)
    {
      level.wired = level.values;
      level.values = values = weft_lower_inputs (&level, level.wired, NULL);
    }
  if (level.wired != NULL && values == NULL)
    level.values = level.wired;
  return weft_lower_one (&level, &call, error);
}

/* ---- A whole document ---- */

static void
problem_free (WeftProblem *problem)
{
  g_free (problem->port);
  g_free (problem->message);
  g_free (problem);
}

static void
input_port_free (WeftInputPort *port)
{
  g_free (port->name);
  g_free (port->dataset);
  g_free (port);
}

static void
add_problem (WeftLowered *lowered, guint32 node, const char *port, const char *message)
{
  WeftProblem *problem = g_new (WeftProblem, 1);

  *problem = (WeftProblem){ node, g_strdup (port), g_strdup (message) };
  g_ptr_array_add (lowered->problems, problem);
}

static void
add_problem_cb (gpointer data, const WeftNode *node, const char *port, const GError *error)
{
  add_problem (data, node->uid, port, error->message);
}

static int
compare_columns (gconstpointer a, gconstpointer b)
{
  const WeftInputPort *x = *(WeftInputPort *const *) a, *y = *(WeftInputPort *const *) b;

  return x->value->id < y->value->id ? -1 : x->value->id > y->value->id;
}

/* Columns were made in their order, so the ids of their values say which is which. */
static void
add_inputs (WeftLowered *lowered, const WeftNode *node, GHashTable *outputs)
{
  g_autoptr (GPtrArray) ports = g_ptr_array_new ();
  gboolean       dataset = g_str_equal (node->op, "dataset");
  GHashTableIter iter;
  gpointer       name, value;

  g_hash_table_iter_init (&iter, outputs);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      WeftInputPort *port = g_new0 (WeftInputPort, 1);

      port->name =
        dataset ? g_strdup_printf ("%s.%s", node->id, (char *) name) : g_strdup (node->id);
      port->node = node->uid;
      port->dataset = dataset ? g_strdup (node->id) : NULL;
      port->value = value;
      g_ptr_array_add (ports, port);
    }
  g_ptr_array_sort (ports, compare_columns);
  for (guint i = 0; i < ports->len; i++)
    {
      ((WeftInputPort *) g_ptr_array_index (ports, i))->column = i;
      g_ptr_array_add (lowered->inputs, g_ptr_array_index (ports, i));
    }
}

static void
keep_outputs (WeftLowered *lowered, Body *body)
{
  for (guint i = 0; i < body->order->n; i++)
    {
      const WeftNode *node = weft_document_node_at (body->document, i);
      GHashTableIter  iter;
      gpointer        name, value;

      g_hash_table_iter_init (&iter, body->outputs[i]);
      while (g_hash_table_iter_next (&iter, &name, &value))
        g_hash_table_insert (lowered->values, g_strdup_printf ("%s.%s", node->id, (char *) name),
                             value);
      if (g_str_equal (node->op, "dataset") || g_str_equal (node->op, "input"))
        add_inputs (lowered, node, body->outputs[i]);
    }
}

static void
clear_update (gpointer data)
{
  g_free (((WeftLowerUpdate *) data)->name);
}

static WeftShared *
find_shared (const WeftLowered *lowered, const char *name)
{
  for (guint i = 0; i < lowered->shared->len; i++)
    {
      WeftShared *shared = g_ptr_array_index (lowered->shared, i);

      if (g_str_equal (shared->name, name))
        return shared;
    }
  return NULL;
}

/* Each variable has one new value of its own shape. */
static void
keep_update (WeftLowered *lowered, const WeftLowerUpdate *update)
{
  WeftShared *shared = find_shared (lowered, update->name);
  WeftValue  *old = shared != NULL ? weft_graph_shared (lowered->graph, shared) : NULL;

  if (shared == NULL)
    return;
  if (!weft_shape_equal (&old->type.shape, &update->value->type.shape))
    {
      g_autofree char *is = weft_shape_to_string (&old->type.shape);
      g_autofree char *would_be = weft_shape_to_string (&update->value->type.shape);
      g_autofree char *message =
        g_strdup_printf (_ ("update: %s is %s, and its new value %s"), update->name, is, would_be);

      add_problem (lowered, update->node, NULL, message);
    }
  else if (g_ptr_array_find (lowered->targets, shared, NULL))
    {
      g_autofree char *message =
        g_strdup_printf (_ ("update: %s has another new value already"), update->name);

      add_problem (lowered, update->node, NULL, message);
    }
  else
    {
      g_ptr_array_add (lowered->targets, shared);
      g_ptr_array_add (lowered->new_values,
                       weft_graph_cast (lowered->graph, update->value, old->type.dtype));
    }
}

/* weft_document_lower:
 * @document: read only during the call
 * @options: training or not, seed, values to share
 *
 * Returns: the graph with everything in it that could be lowered; caller owns.
 */
WeftLowered *
weft_document_lower (WeftDocument *document, const WeftLowerOptions *options)
{
  WeftLowered     *lowered = g_new0 (WeftLowered, 1);
  g_autofree char *folder = weft_document_dup_folder (document);
  guint            n_inside = 0;
  g_autoptr (GArray) updates = g_array_new (FALSE, FALSE, sizeof (WeftLowerUpdate));
  WeftLowerLevel level = { .options = options, .folder = folder, .prefix = "" };
  Order         *order = order_new (document);
  Body           body;

  lowered->graph = weft_graph_new ();
  lowered->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  lowered->inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) input_port_free);
  lowered->shared = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  lowered->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) problem_free);
  lowered->targets = g_ptr_array_new ();
  lowered->new_values = g_ptr_array_new ();
  g_array_set_clear_func (updates, clear_update);
  level.updates = updates;
  level.graph = lowered->graph;
  level.document = document;
  level.n_inside = &n_inside;
  level.shared = lowered->shared;
  body_init (&body, document, order);
  lower_body (&level, &body, add_problem_cb, lowered);
  if (order->n_ordered < order->n)
    add_problem (lowered, 0, NULL, _ ("the wires go round in a circle"));
  keep_outputs (lowered, &body);
  for (guint i = 0; options->training && i < updates->len; i++)
    keep_update (lowered, &g_array_index (updates, WeftLowerUpdate, i));
  body_clear (&body);
  order_free (order);
  return lowered;
}

/* weft_lowered_free:
 */
void
weft_lowered_free (WeftLowered *lowered)
{
  g_hash_table_unref (lowered->values);
  g_ptr_array_unref (lowered->inputs);
  g_ptr_array_unref (lowered->shared);
  g_ptr_array_unref (lowered->problems);
  g_ptr_array_unref (lowered->targets);
  g_ptr_array_unref (lowered->new_values);
  weft_graph_free (lowered->graph);
  g_free (lowered);
}

/* weft_lowered_get:
 *
 * Returns: the value at an output port, "cost.loss"; NULL: there is none, or it could not be
 * lowered.
 */
WeftValue *
weft_lowered_get (WeftLowered *lowered, const char *port)
{
  return g_hash_table_lookup (lowered->values, port);
}
