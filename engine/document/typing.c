/* Typing while one draws: each node is lowered alone, over placeholders of the types that are wired
 * in.
 *
 * What a node says depends on its own parameters and on those types only, so an edit costs the
 * nodes it touches and those whose inputs it really changes. A node with an unknown input is
 * unknown itself and is no problem: the problem stands where it arose.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/typing-private.h"

#include "engine/document/layer.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* ---- Life ---- */

static void
node_types_free (gpointer data)
{
  WeftNodeTypes *types = data;

  g_array_unref (types->outputs);
  g_array_unref (types->fed);
  g_array_unref (types->fed_before);
  g_ptr_array_unref (types->users);
  g_free (types->problem.port);
  g_free (types->problem.message);
  g_free (types);
}

static void
problem_free (gpointer data)
{
  WeftProblem *problem = data;

  g_free (problem->port);
  g_free (problem->message);
  g_free (problem);
}

static WeftNodeTypes *
node_types_new (guint32 uid)
{
  WeftNodeTypes *types = g_new0 (WeftNodeTypes, 1);

  types->uid = uid;
  types->outputs = g_array_new (FALSE, FALSE, sizeof (WeftPortType));
  types->fed = g_array_new (FALSE, FALSE, sizeof (WeftFed));
  types->fed_before = g_array_new (FALSE, FALSE, sizeof (WeftFed));
  types->users = g_ptr_array_new ();
  return types;
}

static WeftNodeTypes *
find (WeftTyping *typing, guint32 uid)
{
  return g_hash_table_lookup (typing->nodes, GUINT_TO_POINTER (uid));
}

static void
changed_cb (WeftTyping *typing, const WeftChange *change)
{
  const WeftChangeFlags looks = WEFT_CHANGE_POSITIONS | WEFT_CHANGE_NOTES | WEFT_CHANGE_LOOKS;

  if ((change->flags & ~looks) == 0)
    return;
  for (guint i = 0; i < change->n_nodes; i++)
    g_hash_table_add (typing->dirty, GUINT_TO_POINTER (change->nodes[i]));
  for (guint i = 0;
       (change->flags & WEFT_CHANGE_EVERYTHING) && i < weft_document_n_nodes (typing->document);
       i++)
    g_hash_table_add (typing->dirty,
                      GUINT_TO_POINTER (weft_document_node_at (typing->document, i)->uid));
  if (change->flags & (WEFT_CHANGE_WIRES | WEFT_CHANGE_EVERYTHING))
    typing->reorder = TRUE;
  if (change->flags & (WEFT_CHANGE_TRAINING | WEFT_CHANGE_EVERYTHING))
    typing->training = TRUE;
  /* Other parameters or another name need no new order, nodes that came or went do. */
  for (guint i = 0; (change->flags & WEFT_CHANGE_NODES) && i < change->n_nodes; i++)
    if (!find (typing, change->nodes[i]) ||
        !weft_document_node (typing->document, change->nodes[i]))
      typing->reorder = TRUE;
}

/**
 * weft_typing_new:
 * @document: borrowed; must outlive the typing
 *
 * Knows nothing before the first weft_typing_update. Returns: owned; free with weft_typing_free
 */
WeftTyping *
weft_typing_new (WeftDocument *document)
{
  WeftTyping *typing = g_new0 (WeftTyping, 1);
  WeftChange  all = { WEFT_CHANGE_EVERYTHING, 0, NULL };

  typing->document = document;
  typing->nodes = g_hash_table_new_full (NULL, NULL, NULL, node_types_free);
  typing->dirty = g_hash_table_new (NULL, NULL);
  typing->opened = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  typing->order = g_ptr_array_new ();
  typing->all = g_ptr_array_new ();
  typing->problems = g_ptr_array_new ();
  typing->training_problems = g_ptr_array_new_with_free_func (problem_free);
  typing->handler = g_signal_connect_swapped (document, "changed", G_CALLBACK (changed_cb), typing);
  changed_cb (typing, &all);
  return typing;
}

void
weft_typing_free (WeftTyping *typing)
{
  g_signal_handler_disconnect (typing->document, typing->handler);
  g_ptr_array_unref (typing->problems);
  g_ptr_array_unref (typing->training_problems);
  g_ptr_array_unref (typing->order);
  g_ptr_array_unref (typing->all);
  g_hash_table_unref (typing->dirty);
  g_hash_table_unref (typing->opened);
  g_hash_table_unref (typing->nodes);
  g_clear_pointer (&typing->values, g_array_unref);
  g_clear_pointer (&typing->knobs, weft_json_unref);
  g_free (typing);
}

/* ---- The order, and who feeds whom ---- */

static gboolean
is_gone_cb (gpointer key, gpointer value, gpointer data)
{
  return weft_document_node (data, GPOINTER_TO_UINT (key)) == NULL;
}

/* A card for every node; what was wired into it stands aside for comparison. */
static void
read_nodes (WeftTyping *typing)
{
  g_ptr_array_set_size (typing->all, 0);
  for (guint i = 0; i < weft_document_n_nodes (typing->document); i++)
    {
      guint32        uid = weft_document_node_at (typing->document, i)->uid;
      WeftNodeTypes *types = find (typing, uid);
      GArray        *swap;

      if (!types)
        {
          types = node_types_new (uid);
          g_hash_table_insert (typing->nodes, GUINT_TO_POINTER (uid), types);
          g_hash_table_add (typing->dirty, GUINT_TO_POINTER (uid));
        }
      swap = types->fed_before;
      types->fed_before = types->fed;
      types->fed = swap;
      g_array_set_size (types->fed, 0);
      g_ptr_array_set_size (types->users, 0);
      g_ptr_array_add (typing->all, types);
    }
}

/* What flowed in a wire that was there before is kept; one that is new makes its node be typed
 * anew. */
static void
read_wires (WeftTyping *typing)
{
  for (guint w = 0; w < weft_document_n_wires (typing->document); w++)
    {
      const WeftWire *wire = weft_document_wire_at (typing->document, w);
      WeftNodeTypes  *to = find (typing, wire->to);
      WeftNodeTypes  *from = find (typing, wire->from);
      guint           k = to->fed->len;
      WeftFed        *old = k < to->fed_before->len ? &g_array_index (to->fed_before, WeftFed, k) : NULL;
      WeftFed         fed;

      if (old && old->from == wire->from && g_str_equal (old->port, wire->to_port) &&
          g_str_equal (old->from_port, wire->from_port))
        fed = *old;
      else
        {
          fed = (WeftFed){ .port = g_intern_string (wire->to_port),
                           .from_port = g_intern_string (wire->from_port),
                           .from = wire->from };
          g_hash_table_add (typing->dirty, GUINT_TO_POINTER (to->uid));
        }
      g_array_append_val (to->fed, fed);
      g_ptr_array_add (from->users, to);
    }
}

/* Kahn's algorithm. Nodes of a cycle, which a document cannot have, are left out and stay unknown.
 */
static void
sort (WeftTyping *typing)
{
  read_nodes (typing);
  read_wires (typing);
  g_ptr_array_set_size (typing->order, 0);
  for (guint i = 0; i < typing->all->len; i++)
    {
      WeftNodeTypes *types = typing->all->pdata[i];

      types->n_open = types->fed->len;
      if (types->fed->len != types->fed_before->len)
        g_hash_table_add (typing->dirty, GUINT_TO_POINTER (types->uid));
      if (types->n_open == 0)
        g_ptr_array_add (typing->order, types);
    }
  for (guint k = 0; k < typing->order->len; k++)
    {
      GPtrArray *users = ((WeftNodeTypes *) typing->order->pdata[k])->users;

      for (guint u = 0; u < users->len; u++)
        if (--((WeftNodeTypes *) users->pdata[u])->n_open == 0)
          g_ptr_array_add (typing->order, users->pdata[u]);
    }
}

/* ---- One node ---- */

static const WeftType *
output_of (const WeftNodeTypes *types, const char *port)
{
  for (guint i = 0; types && i < types->outputs->len; i++)
    if (g_str_equal (g_array_index (types->outputs, WeftPortType, i).port, port))
      return &g_array_index (types->outputs, WeftPortType, i).type;
  return NULL;
}

/* Reads what flows into the node; TRUE if something else does than when it was typed. */
static gboolean
read_fed (WeftTyping *typing, WeftNodeTypes *types)
{
  gboolean news = FALSE;

  for (guint i = 0; i < types->fed->len; i++)
    {
      WeftFed        *fed = &g_array_index (types->fed, WeftFed, i);
      const WeftType *type = output_of (find (typing, fed->from), fed->from_port);

      if ((type != NULL) == fed->known && (!type || weft_type_equal (type, &fed->type)))
        continue;
      news = TRUE;
      fed->known = type != NULL;
      if (type)
        fed->type = *type;
    }
  return news;
}

static gboolean
set_problem (WeftNodeTypes *types, const char *port, const char *message)
{
  if (g_strcmp0 (types->problem.message, message) == 0 &&
      g_strcmp0 (types->problem.port, port) == 0)
    return FALSE;
  g_free (types->problem.port);
  g_free (types->problem.message);
  types->problem = (WeftProblem){ types->uid, g_strdup (port), g_strdup (message) };
  return TRUE;
}

static gboolean
has_port (const WeftPort *ports, guint n, const char *name)
{
  for (guint i = 0; i < n; i++)
    if (g_str_equal (ports[i].name, name))
      return TRUE;
  return FALSE;
}

/* A wire at a port that is not there (any more): said at the node whose port is missing. */
static char *
find_missing_port (WeftTyping *typing, const WeftNode *node)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (typing->document, node->uid);
  const WeftNodeTypes *types = find (typing, node->uid);

  if (!ports)
    return NULL;
  for (guint i = 0; i < types->fed->len; i++)
    {
      const WeftFed *fed = &g_array_index (types->fed, WeftFed, i);

      if (!has_port (ports->inputs, ports->n_inputs, fed->port))
        return g_strdup_printf (_ ("%s has no input %s; take the wire off or rename it"), node->id,
                                fed->port);
    }
  return NULL;
}

/* The same seen from the other end: the source is fine, but has no such output. */
static char *
find_missing_source (WeftTyping *typing, const WeftNodeTypes *types)
{
  for (guint i = 0; i < types->fed->len; i++)
    {
      const WeftFed  *fed = &g_array_index (types->fed, WeftFed, i);
      const WeftNode *from = weft_document_node (typing->document, fed->from);
      g_autoptr (WeftPorts) ports =
        fed->known ? NULL : weft_document_ports (typing->document, fed->from);

      if (ports && from && (ports->n_inputs > 0 || ports->n_outputs > 0) &&
          !has_port (ports->outputs, ports->n_outputs, fed->from_port))
        return g_strdup_printf (
          _ ("%s has no output %s; take the wire off or draw it from another"), from->id,
          fed->from_port);
      if (from && !fed->known && (from->flags & WEFT_NODE_BYPASSED) &&
          find (typing, fed->from)->outputs->len > 0)
        return g_strdup_printf (_ ("%s is bypassed and has no %s"), from->id, fed->from_port);
    }
  return NULL;
}

gboolean
weft_typing_lower (WeftTyping     *typing,
                   WeftGraph      *graph,
                   const WeftNode *node,
                   const GArray   *fed,
                   GHashTable     *outputs,
                   GPtrArray      *shared,
                   char          **port,
                   GError        **error)
{
  const WeftLowerOptions options = { .training = TRUE, .no_init = TRUE };
  g_autoptr (GHashTable) inputs = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) values = NULL;
  WeftLowerUse use;

  for (guint i = 0; i < fed->len; i++)
    {
      const WeftFed *in = &g_array_index (fed, WeftFed, i);

      g_hash_table_insert (inputs, (gpointer) in->port,
                           weft_graph_input (graph, in->port, &in->type));
    }
  /* What hangs on an input that is not known is not known either. */
  if (typing->open && weft_lower_is_source (node->op) && !g_str_equal (node->op, "constant"))
    return TRUE;
  values = weft_typing_use_values (typing, graph);
  use = (WeftLowerUse){ values, typing->knobs };
  return weft_lower_node (graph, typing->document, &use, node, &options, inputs, outputs, shared,
                          port, error);
}

static void
count_parameters (WeftNodeTypes *types, GPtrArray *shared)
{
  types->n_parameters = 0;
  types->n_tensors = 0;
  for (guint i = 0; i < shared->len; i++)
    {
      const WeftShared *variable = shared->pdata[i];

      if (!variable->trainable)
        continue;
      types->n_parameters += variable->value->n_elements;
      types->n_tensors++;
    }
}

/* Takes @next over; TRUE if the outputs are others than before. */
static gboolean
take_outputs (WeftNodeTypes *types, GArray *next)
{
  gboolean same = next->len == types->outputs->len;

  for (guint i = 0; same && i < next->len; i++)
    {
      const WeftPortType *new = &g_array_index (next, WeftPortType, i);
      const WeftType *old = output_of (types, new->port);

      same = old && weft_type_equal (old, &new->type);
    }
  g_array_unref (types->outputs);
  types->outputs = next;
  return !same;
}

static gboolean
set_outputs (WeftNodeTypes *types, GHashTable *outputs)
{
  GArray        *next = g_array_new (FALSE, FALSE, sizeof (WeftPortType));
  GHashTableIter iter;
  gpointer       port, value;

  g_hash_table_iter_init (&iter, outputs);
  while (g_hash_table_iter_next (&iter, &port, &value))
    {
      WeftPortType type = { g_intern_string (port), ((const WeftValue *) value)->type };

      g_array_append_val (next, type);
    }
  return take_outputs (types, next);
}

/* ---- Uses of one definition ---- */

/* A definition that is used with the same knobs on the same types gives the same types: within one
 * update it is opened once. NULL: @node uses none. */
static char *
use_key (WeftTyping *typing, const WeftNodeTypes *types, const WeftNode *node)
{
  g_autofree char *params = NULL;
  GString         *key;

  if ((node->flags & WEFT_NODE_BYPASSED) ||
      (!weft_layer_find (node->op) && !weft_document_group_of (typing->document, node->op)))
    return NULL;
  params = weft_json_to_string (node->params);
  key = g_string_new (node->op);
  g_string_append_printf (key, " %s", params);
  for (guint i = 0; i < types->fed->len; i++)
    {
      const WeftFed   *fed = &g_array_index (types->fed, WeftFed, i);
      g_autofree char *type = weft_type_to_string (&fed->type);

      g_string_append_printf (key, " %s:%s%s", fed->port, type, fed->type.weak ? "?" : "");
    }
  return g_string_free (key, FALSE);
}

static gboolean
copy_result (WeftNodeTypes *types, const WeftNodeTypes *twin)
{
  gboolean news = take_outputs (types, g_array_copy (twin->outputs));

  types->n_parameters = twin->n_parameters;
  types->n_tensors = twin->n_tensors;
  return set_problem (types, twin->problem.port, twin->problem.message) || news;
}

/* TRUE if its types or its problem are others than before. */
static gboolean
type_node (WeftTyping *typing, WeftNodeTypes *types, const WeftNode *node)
{
  g_autoptr (WeftGraph) graph = NULL;
  g_autoptr (GHashTable) outputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) shared =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  g_autoptr (GError) error = NULL;
  g_autofree char *missing = find_missing_port (typing, node);
  g_autofree char *port = NULL;
  g_autofree char *key = NULL;
  WeftNodeTypes   *twin;
  gboolean         known = TRUE;
  gboolean         news;

  if (!missing)
    missing = find_missing_source (typing, types);
  for (guint i = 0; i < types->fed->len; i++)
    known = known && g_array_index (types->fed, WeftFed, i).known;
  key = !missing && known ? use_key (typing, types, node) : NULL;
  twin = key ? g_hash_table_lookup (typing->opened, key) : NULL;
  if (twin)
    return copy_result (types, twin);
  if (key)
    g_hash_table_insert (typing->opened, g_steal_pointer (&key), types);
  if (!missing && known)
    {
      graph = weft_graph_new ();
      if (!weft_typing_lower (typing, graph, node, types->fed, outputs, shared, &port, &error))
        {
          g_hash_table_remove_all (outputs);
          g_ptr_array_set_size (shared, 0);
        }
    }
  count_parameters (types, shared);
  news = set_outputs (types, outputs);
  return set_problem (types, missing ? NULL : port,
                      missing ? missing
                      : error ? error->message
                              : NULL) ||
         news;
}

/* ---- All ---- */

/* What is said of a wire whose source gives nothing depends on the source. */
static void
doubt_users (WeftTyping *typing, const WeftNodeTypes *types)
{
  for (guint u = 0; u < types->users->len; u++)
    {
      const WeftNodeTypes *user = types->users->pdata[u];

      for (guint i = 0; i < user->fed->len; i++)
        if (!g_array_index (user->fed, WeftFed, i).known &&
            g_array_index (user->fed, WeftFed, i).from == types->uid)
          g_hash_table_add (typing->dirty, GUINT_TO_POINTER (user->uid));
    }
}

static void
collect_problems (WeftTyping *typing)
{
  g_ptr_array_set_size (typing->problems, 0);
  for (guint i = 0; i < typing->all->len; i++)
    {
      WeftNodeTypes *types = typing->all->pdata[i];

      if (types->problem.message)
        g_ptr_array_add (typing->problems, &types->problem);
    }
  for (guint i = 0; i < typing->training_problems->len; i++)
    g_ptr_array_add (typing->problems, typing->training_problems->pdata[i]);
}

/**
 * weft_typing_update:
 *
 * Returns: TRUE if some type or problem is another than after the last call
 */
gboolean
weft_typing_update (WeftTyping *typing)
{
  gboolean news = FALSE;
  gboolean all = weft_typing_read_use (typing) || typing->serial != weft_catalogue_serial ();

  if (!all && !typing->reorder && !typing->training && g_hash_table_size (typing->dirty) == 0)
    return FALSE;
  if (typing->reorder)
    {
      news = g_hash_table_foreach_remove (typing->nodes, is_gone_cb, typing->document) > 0;
      sort (typing);
      typing->reorder = FALSE;
    }
  for (guint i = 0; i < typing->order->len; i++)
    {
      WeftNodeTypes *types = typing->order->pdata[i];
      gboolean       fed = read_fed (typing, types);

      if (!fed && !all && !g_hash_table_contains (typing->dirty, GUINT_TO_POINTER (types->uid)))
        continue;
      if (type_node (typing, types, weft_document_node (typing->document, types->uid)))
        news = TRUE;
      doubt_users (typing, types);
    }
  g_hash_table_remove_all (typing->dirty);
  g_hash_table_remove_all (typing->opened);
  typing->serial = weft_catalogue_serial ();
  typing->training = FALSE;
  if (weft_typing_check_training (typing))
    news = TRUE;
  collect_problems (typing);
  return news;
}

/** weft_typing_output: (nullable): NULL where unknown; borrowed until the next update. */
const WeftType *
weft_typing_output (WeftTyping *typing, guint32 uid, const char *port)
{
  return output_of (find (typing, uid), port);
}

/** weft_typing_input: (nullable): what flows into an input; NULL where it is open or unknown.
 * Borrowed until the next update. */
const WeftType *
weft_typing_input (WeftTyping *typing, guint32 uid, const char *port)
{
  const WeftWire *wire = weft_document_wire_into (typing->document, uid, port);

  return wire ? weft_typing_output (typing, wire->from, wire->from_port) : NULL;
}

guint
weft_typing_n_problems (WeftTyping *typing)
{
  return typing->problems->len;
}

/** weft_typing_problem: in document order; borrowed until the next update. */
const WeftProblem *
weft_typing_problem (WeftTyping *typing, guint index)
{
  g_return_val_if_fail (index < typing->problems->len, NULL);
  return typing->problems->pdata[index];
}

/** weft_typing_node_problem: (nullable): borrowed until the next update. */
const WeftProblem *
weft_typing_node_problem (WeftTyping *typing, guint32 uid)
{
  const WeftNodeTypes *types = find (typing, uid);

  return types && types->problem.message ? &types->problem : NULL;
}

/**
 * weft_typing_n_parameters:
 * @n_tensors: (out) (optional): how many arrays they stand in
 *
 * Returns: trainable numbers in the node
 */
gint64
weft_typing_n_parameters (WeftTyping *typing, guint32 uid, guint *n_tensors)
{
  const WeftNodeTypes *types = find (typing, uid);

  if (n_tensors)
    *n_tensors = types ? types->n_tensors : 0;
  return types ? types->n_parameters : 0;
}
