/* Changing how selected nodes hang together: taking them out of their chain, swapping inputs,
 * linking in a row, replacing, bypassing.
 *
 * Each is one step of the history.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* ---- Wires as they were before an edit ---- */

static GArray *
copy_selection (WeftCanvas *canvas)
{
  GArray *copy = g_array_new (FALSE, FALSE, sizeof (guint32));

  g_array_append_vals (copy, canvas->selection->data, canvas->selection->len);
  return copy;
}

static gboolean
has (const GArray *uids, guint32 uid)
{
  for (guint i = 0; i < uids->len; i++)
    if (g_array_index (uids, guint32, i) == uid)
      return TRUE;
  return FALSE;
}

static WeftEnds
ends_of (const WeftWire *wire)
{
  return (WeftEnds){ wire->from, wire->to, g_intern_string (wire->from_port),
                     g_intern_string (wire->to_port) };
}

/* Those that begin in @uids and end outside, or the other way round; of WeftEnds. */
static GArray *
list_crossing (WeftDocument *document, const GArray *uids)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (WeftEnds));

  for (guint i = 0; i < weft_document_n_wires (document); i++)
    {
      WeftEnds ends = ends_of (weft_document_wire_at (document, i));

      if (has (uids, ends.from) != has (uids, ends.to))
        g_array_append_val (list, ends);
    }
  return list;
}

/* ---- Out of the chain ---- */

/* What flows into the first wired input of @uid; FALSE if all are open. */
static gboolean
find_source (WeftDocument *document, guint32 uid, guint32 *from, const char **port)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (document, uid);

  for (guint i = 0; i < ports->n_inputs; i++)
    {
      const WeftWire *wire = weft_document_wire_into (document, uid, ports->inputs[i].name);

      if (!wire)
        continue;
      *from = wire->from;
      *port = g_intern_string (wire->from_port);
      return TRUE;
    }
  return FALSE;
}

/* The wire that takes the place of @ends when @uids are gone from the chain. */
static gboolean
find_bridge (WeftCanvas *canvas, const GArray *uids, const WeftEnds *ends, WeftEnds *bridge)
{
  guint32     from = ends->from;
  const char *port = ends->from_port;

  while (has (uids, from))
    if (!find_source (canvas->document, from, &from, &port))
      return FALSE;
  *bridge = (WeftEnds){ from, ends->to, port, ends->to_port };
  return TRUE;
}

/* Bridges of all wires that leave @uids, as far as they fit; of WeftEnds. */
static GArray *
list_bridges (WeftCanvas *canvas, const GArray *uids, const GArray *crossing)
{
  GArray *bridges = g_array_new (FALSE, FALSE, sizeof (WeftEnds));

  for (guint i = 0; i < crossing->len; i++)
    {
      const WeftEnds  *ends = &g_array_index (crossing, WeftEnds, i);
      g_autofree char *refusal = NULL;
      WeftEnds         bridge;

      if (!has (uids, ends->from) || !find_bridge (canvas, uids, ends, &bridge))
        continue;
      if (canvas->typing)
        refusal = weft_typing_refusal (canvas->typing, bridge.from, bridge.from_port, bridge.to,
                                       bridge.to_port);
      if (!refusal)
        g_array_append_val (bridges, bridge);
    }
  return bridges;
}

/* What the nodes joined is joined without them, where it fits; they keep the wires among
 * themselves. Inside a step of the caller's. */
void
weft_canvas_take_out (WeftCanvas *canvas, const GArray *uids)
{
  g_autoptr (GArray) crossing = list_crossing (canvas->document, uids);
  g_autoptr (GArray) bridges = NULL;

  weft_canvas_flush (canvas);
  bridges = list_bridges (canvas, uids, crossing);
  for (guint i = 0; i < crossing->len; i++)
    {
      const WeftEnds *ends = &g_array_index (crossing, WeftEnds, i);

      weft_document_disconnect (canvas->document, ends->to, ends->to_port);
    }
  for (guint i = 0; i < bridges->len; i++)
    {
      const WeftEnds *ends = &g_array_index (bridges, WeftEnds, i);

      weft_document_connect (canvas->document, ends->from, ends->from_port, ends->to, ends->to_port,
                             NULL);
    }
}

/* The selected nodes go; what they joined is joined. */
void
weft_canvas_dissolve (WeftCanvas *canvas)
{
  g_autoptr (GArray) uids = copy_selection (canvas);

  if (!canvas->document || uids->len == 0)
    return;
  weft_document_begin (canvas->document, _ ("Delete and Reconnect"));
  weft_canvas_take_out (canvas, uids);
  weft_document_remove_nodes (canvas->document, (const guint32 *) (gpointer) uids->data, uids->len);
  weft_document_end (canvas->document);
}

/* ---- Inputs ---- */

/* What is wired to each of the ports, in their order; from 0: open. */
static GArray *
list_inputs (WeftDocument *document, guint32 uid, const WeftPorts *ports)
{
  GArray *list = g_array_new (FALSE, TRUE, sizeof (WeftEnds));

  for (guint i = 0; i < ports->n_inputs; i++)
    {
      const WeftWire *wire = weft_document_wire_into (document, uid, ports->inputs[i].name);
      WeftEnds        ends = { .to = uid };

      if (wire)
        ends = ends_of (wire);
      else
        ends.to_port = g_intern_string (ports->inputs[i].name);
      g_array_append_val (list, ends);
    }
  return list;
}

/* Two inputs change places, open or not; of more, those that are wired go round. */
static void
swap_inputs (WeftCanvas *canvas, guint32 uid)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (canvas->document, uid);
  g_autoptr (GArray) inputs = list_inputs (canvas->document, uid, ports);

  for (guint i = inputs->len; inputs->len > 2 && i-- > 0;)
    if (!g_array_index (inputs, WeftEnds, i).from)
      g_array_remove_index (inputs, i);
  for (guint i = 0; inputs->len > 1 && i < inputs->len; i++)
    weft_document_disconnect (canvas->document, uid, g_array_index (inputs, WeftEnds, i).to_port);
  for (guint i = 0; inputs->len > 1 && i < inputs->len; i++)
    {
      const WeftEnds *source = &g_array_index (inputs, WeftEnds, (i + 1) % inputs->len);

      if (source->from)
        weft_document_connect (canvas->document, source->from, source->from_port, uid,
                               g_array_index (inputs, WeftEnds, i).to_port, NULL);
    }
}

void
weft_canvas_swap_inputs (WeftCanvas *canvas)
{
  if (!canvas->document || canvas->selection->len == 0)
    return;
  weft_document_begin (canvas->document, _ ("Swap Inputs"));
  for (guint i = 0; i < canvas->selection->len; i++)
    swap_inputs (canvas, g_array_index (canvas->selection, guint32, i));
  weft_document_end (canvas->document);
}

/* ---- In a row ---- */

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const WeftCanvasNode *first = *(WeftCanvasNode *const *) a;
  const WeftCanvasNode *second = *(WeftCanvasNode *const *) b;
  double                by = first->x != second->x ? first->x - second->x : first->y - second->y;

  return by < 0 ? -1 : by > 0;
}

/* Each selected node to the next one to its right. */
void
weft_canvas_link_row (WeftCanvas *canvas)
{
  g_autoptr (GPtrArray) row = g_ptr_array_new ();

  for (guint i = 0; canvas->document && i < canvas->selection->len; i++)
    g_ptr_array_add (
      row, weft_canvas_find_node (canvas, g_array_index (canvas->selection, guint32, i)));
  if (row->len < 2)
    {
      weft_canvas_fail (canvas, _ ("Select the nodes that are to be linked first."));
      return;
    }
  g_ptr_array_sort (row, compare_places);
  weft_document_begin (canvas->document, _ ("Link in a Row"));
  for (guint i = 0; i + 1 < row->len; i++)
    {
      const WeftCanvasNode *from = row->pdata[i];
      const WeftCanvasNode *to = row->pdata[i + 1];
      WeftPendingLink       link = { .uid = from->uid, .from_output = TRUE };

      if (from->art->n_outputs > 0)
        link.port = g_intern_string (from->art->outputs[0].name);
      if (link.port && weft_canvas_connect_best (canvas, &link, to->uid, TRUE))
        continue;
      {
        /* Translators: both are names of nodes */
        g_autofree char *text =
          g_strdup_printf (_ ("%s has no open input for what %s gives."), to->art->title,
                           from->art->title);

        weft_canvas_fail (canvas, text);
      }
    }
  weft_document_end (canvas->document);
}

/* The first outputs of the other selected nodes follow the one that was wired to @to, from top to
 * bottom, into the ports that are left. Inside a step of the caller's. */
void
weft_canvas_link_others (WeftCanvas *canvas, guint32 from, guint32 to)
{
  g_autoptr (GArray) uids = copy_selection (canvas);

  for (guint i = 0; i < uids->len; i++)
    {
      const WeftCanvasNode *node =
        weft_canvas_find_node (canvas, g_array_index (uids, guint32, i));
      WeftPendingLink link = { .from_output = TRUE };

      if (!node || node->uid == from || node->uid == to || node->art->n_outputs == 0)
        continue;
      link.uid = node->uid;
      link.port = g_intern_string (node->art->outputs[0].name);
      weft_canvas_connect_best (canvas, &link, to, TRUE);
    }
}

/* ---- Replacing, bypassing ---- */

/* @params: (nullable): taken. */
void
weft_canvas_replace (WeftCanvas *canvas, const char *op, WeftJson *params)
{
  g_autoptr (GArray) uids = copy_selection (canvas);
  const WeftEntry *entry = weft_catalogue_find (op);
  /* Translators: %s is what an operation is called, such as "softmax" */
  g_autofree char *label =
    g_strdup_printf (_ ("Replace with %s"), entry && entry->title ? entry->title : op);
  g_autoptr (GError) error = NULL;

  weft_document_begin (canvas->document, label);
  for (guint i = 0; i < uids->len && !error; i++)
    {
      guint32 *uid = &g_array_index (uids, guint32, i);
      guint32  next = weft_document_replace_node (
         canvas->document, *uid, op, params ? weft_json_copy (params) : NULL, &error);

      *uid = next ? next : *uid;
    }
  weft_document_end (canvas->document);
  g_clear_pointer (&params, weft_json_unref);
  if (error)
    weft_canvas_fail (canvas, error->message);
  weft_canvas_set_selection (canvas, (const guint32 *) (gpointer) uids->data, uids->len);
}

/* All bypassed, or none if they are already. */
void
weft_canvas_toggle_flag (WeftCanvas *canvas, WeftNodeFlags flag)
{
  g_autoptr (GError) error = NULL;
  gboolean all = TRUE;

  for (guint i = 0; i < canvas->selection->len; i++)
    {
      const WeftNode *node =
        weft_document_node (canvas->document, g_array_index (canvas->selection, guint32, i));

      all = all && node && (node->flags & flag);
    }
  if (canvas->document && canvas->selection->len > 0 &&
      !weft_document_set_flag (canvas->document,
                               (const guint32 *) (gpointer) canvas->selection->data,
                               canvas->selection->len, flag, !all, canvas->typing, &error))
    weft_canvas_fail (canvas, error->message);
}

/* ---- What nothing needs ---- */

/* Adds the node of "id.port". */
static void
add_port (WeftDocument *document, const char *port, GArray *uids)
{
  const char      *dot = port ? strchr (port, '.') : NULL;
  g_autofree char *id = dot ? g_strndup (port, (gsize) (dot - port)) : NULL;
  const WeftNode  *node = id ? weft_document_node_by_id (document, id) : NULL;

  if (node)
    g_array_append_val (uids, node->uid);
}

/* The nodes that something is computed for: losses, metrics, what a group gives, new values. */
static GArray *
list_goals (WeftCanvas *canvas)
{
  WeftDocument *document = canvas->document;
  WeftJson     *training = weft_document_get_training (document);
  GArray       *goals = g_array_new (FALSE, FALSE, sizeof (guint32));
  const char   *key;
  WeftJson     *value;

  add_port (document, weft_json_get_string (training, "loss", NULL), goals);
  for (WeftJsonIter i = { weft_json_get (training, "metrics") }; weft_json_next (&i, &key, &value);)
    add_port (document, weft_json_string (value, NULL), goals);
  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *node = canvas->order->pdata[i];

      if (node->art->n_outputs == 0)
        g_array_append_val (goals, node->uid);
    }
  return goals;
}

/* Selects what neither the loss, a metric nor an output needs; without any of those, what hangs on
 * nothing. */
void
weft_canvas_select_unused (WeftCanvas *canvas)
{
  g_autoptr (GArray) unused = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GArray) goals = NULL;
  g_autoptr (GHashTable) needed = NULL;

  if (!canvas->document)
    return;
  goals = list_goals (canvas);
  needed =
    weft_canvas_reached (canvas, (const guint32 *) (gpointer) goals->data, goals->len, TRUE);
  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *node = canvas->order->pdata[i];

      if (goals->len > 0 ? !g_hash_table_contains (needed, GUINT_TO_POINTER (node->uid))
                         : node->n_wires == 0)
        g_array_append_val (unused, node->uid);
    }
  weft_canvas_set_selection (canvas, (const guint32 *) (gpointer) unused->data, unused->len);
  if (unused->len == 0)
    weft_canvas_fail (canvas, _ ("Every node is used."));
}
