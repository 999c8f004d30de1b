/* Another op at a node's place, with what still fits: wires and parameters of the same names.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/catalogue.h"
#include "engine/document/document-undo.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* From a port of the old node to one of the new one. */
typedef struct
{
  WeftDocument *document;
  const char   *old, *id; /* names of the nodes */
  WeftPorts    *old_ports, *new_ports;
} Mapping;

static gboolean
has_port (const WeftPort *ports, guint n, const char *name)
{
  for (guint i = 0; i < n; i++)
    if (g_str_equal (ports[i].name, name))
      return TRUE;
  return FALSE;
}

/* The port of the same name; the first one for the first one, unless an old port has that name. */
static const char *
map_port (
  const WeftPort *from, guint n_from, const WeftPort *to, guint n_to, const char *name)
{
  if (has_port (to, n_to, name))
    return name;
  if (n_from > 0 && n_to > 0 && g_str_equal (from[0].name, name) &&
      !has_port (from, n_from, to[0].name))
    return to[0].name;
  return NULL;
}

static const char *
map_output (const Mapping *mapping, const char *name)
{
  return map_port (mapping->old_ports->outputs, mapping->old_ports->n_outputs,
                   mapping->new_ports->outputs, mapping->new_ports->n_outputs, name);
}

static const char *
map_input (const Mapping *mapping, const char *name)
{
  return map_port (mapping->old_ports->inputs, mapping->old_ports->n_inputs,
                   mapping->new_ports->inputs, mapping->new_ports->n_inputs, name);
}

/* "old.y" of the training section as "new.out"; NULL leaves it as it is. */
static char *
map_training (const char *port, gpointer data)
{
  const Mapping *mapping = data;
  gsize          length = strlen (mapping->old);
  const char    *output;

  if (!g_str_has_prefix (port, mapping->old) || port[length] != '.')
    return NULL;
  output = map_output (mapping, port + length + 1);
  return g_strconcat (mapping->id, ".", output != NULL ? output : port + length + 1, NULL);
}

/* What a node of @op is called where nobody gave it a name. */
static const char *
usual_name (const char *op)
{
  return weft_group_of_op (op) != NULL ? weft_group_of_op (op) : op;
}

/* A name that came from the op ("relu2") follows the new one; a name that was given stays. */
static gboolean
is_usual (const WeftNode *node)
{
  const char *usual = usual_name (node->op);
  gsize       length = strlen (usual);

  return g_str_has_prefix (node->id, usual) &&
         strspn (node->id + length, "0123456789") == strlen (node->id + length);
}

/* @params, and those of @node that an @op has too and that it can have. */
static WeftJson *
keep_params (WeftDocument *document, const WeftNode *node, const char *op, WeftJson *params)
{
  WeftJson        *kept = params != NULL ? weft_json_copy (params) : weft_json_new_object ();
  guint            n = 0;
  const WeftParam *known = weft_document_params (document, op, &n);

  for (guint i = 0; i < n; i++)
    {
      WeftJson *value = weft_json_get (node->params, known[i].name);

      if (weft_json_has (node->params, known[i].name) && !weft_json_has (kept, known[i].name) &&
          weft_param_check (&known[i], value, NULL))
        weft_json_set (kept, known[i].name,
                       value != NULL ? weft_json_copy (value) : weft_json_new_null ());
    }
  return kept;
}

/* The wires of the node, taken out: array of WireBox. */
static GPtrArray *
take_wires (WeftDocument *document, guint32 uid)
{
  GPtrArray *wires = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_wire_box_unref);

  for (guint i = document->wires->len; i-- > 0;)
    {
      WireBox *box = g_ptr_array_index (document->wires, i);
      Edit     edit = { .kind = EDIT_REMOVE_WIRE, .index = i };

      if (box->wire.from != uid && box->wire.to != uid)
        continue;
      g_ptr_array_insert (wires, 0, g_rc_box_acquire (box));
      edit.wire = g_rc_box_acquire (box);
      weft_document_do (document, &edit);
    }
  return wires;
}

static void
put_wires (const Mapping *mapping, GPtrArray *wires, guint32 old, guint32 uid)
{
  WeftDocument *document = mapping->document;

  for (guint i = 0; i < wires->len; i++)
    {
      const WireBox *box = g_ptr_array_index (wires, i);
      gboolean       out = box->wire.from == old;
      const char    *from_port = out ? map_output (mapping, box->from_port) : box->from_port;
      const char    *to_port = out ? box->to_port : map_input (mapping, box->to_port);
      Edit           edit = { .kind = EDIT_ADD_WIRE, .index = document->wires->len };

      if (from_port == NULL || to_port == NULL)
        continue;
      edit.wire = weft_wire_box_new (out ? uid : box->wire.from, from_port,
                                     out ? box->wire.to : uid, to_port);
      weft_wire_box_look_like (edit.wire, box, 0, 0);
      weft_document_do (document, &edit);
    }
}

static void
take_node (WeftDocument *document, NodeBox *box)
{
  Edit edit = { .kind = EDIT_REMOVE_NODE, .node = g_rc_box_acquire (box) };

  g_ptr_array_find (document->nodes, box, &edit.index);
  weft_document_do (document, &edit);
}

/* A node @op like @old in its place among the nodes; returns its number. */
static guint32
put_node (
  WeftDocument *document, const NodeBox *old, guint index, const char *op, WeftJson *take_params)
{
  g_autofree char *id =
    weft_document_unique_id (document, is_usual (&old->node) ? usual_name (op) : old->id);
  guint32 uid = weft_document_next_uid ();
  Edit    edit = { .kind = EDIT_ADD_NODE, .index = index };

  edit.node = weft_node_box_new (uid, id, op, take_params, old->node.x, old->node.y);
  weft_node_box_look_like (edit.node, old);
  edit.node->node.flags &= ~WEFT_NODE_BYPASSED;
  weft_document_do (document, &edit);
  return uid;
}

static gboolean
is_port_node (const char *op)
{
  return g_str_equal (op, "input") || g_str_equal (op, "output") || g_str_equal (op, "parameter") ||
         g_str_equal (op, "shared");
}

static gboolean
check_replace (WeftDocument *document, const char *op, GError **error)
{
  return !weft_document_is_frozen (document, error) &&
         weft_document_check_op (document, op, error) &&
         (weft_group_of_op (op) == NULL ||
          weft_document_check_nesting (document, weft_group_of_op (op), error));
}

/* Puts an @op in the place of node @uid. Wires stay at ports of the same name, and the first input
 * and output stand for one another; so do parameters that the new op has too.
 * @params (taken, may be NULL): go before those of the old node. Returns the number of the new
 * node, 0 on failure. Errors: WEFT_DOCUMENT_ERROR_EDIT for an unknown op. */
guint32
weft_document_replace_node (
  WeftDocument *document, guint32 uid, const char *op, WeftJson *params, GError **error)
{
  g_autoptr (WeftJson) given = params;
  NodeBox *box = weft_document_box (document, uid);
  g_autoptr (GPtrArray) wires = NULL;
  g_autoptr (WeftPorts) old_ports = NULL;
  g_autoptr (WeftPorts) new_ports = NULL;
  g_autofree char *label = NULL;
  Mapping          mapping;
  guint            index = 0;
  guint32          made;

  g_return_val_if_fail (box != NULL, 0);
  if (!check_replace (document, op, error))
    return 0;
  label = g_strdup_printf (_ ("Replace %s"), box->id);
  old_ports = weft_document_ports (document, uid);
  g_rc_box_acquire (box);
  weft_document_begin_told (document, label);
  g_ptr_array_find (document->nodes, box, &index);
  wires = take_wires (document, uid);
  take_node (document, box);
  made = put_node (document, box, index, op, keep_params (document, &box->node, op, given));
  new_ports = weft_document_ports (document, made);
  mapping = (Mapping){ document, box->id, weft_document_node (document, made)->id, old_ports,
                       new_ports };
  put_wires (&mapping, wires, uid, made);
  weft_document_map_training (document, map_training, &mapping);
  if (is_port_node (box->op) && (!is_port_node (op) || !g_str_equal (mapping.id, box->id)))
    weft_document_port_renamed (document, box->id, is_port_node (op) ? mapping.id : NULL);
  weft_document_end_told (document);
  weft_node_box_unref (box);
  return made;
}
