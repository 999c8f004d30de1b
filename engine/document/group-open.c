/* Taking a group apart: the nodes of its definition come in the place of one use.
 *
 * What the definition's texts say by its knobs is written out; what they can say only inside a
 * definition (the shape of an input) is refused with a sentence.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/catalogue.h"
#include "engine/document/document-undo.h"
#include "engine/document/interface.h"
#include "engine/document/layer.h"

#include "engine/graph/expr.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* ---- Knobs written out ---- */

static WeftJson *
knob_value (WeftJson *params, const WeftParam *knob)
{
  return weft_json_has (params, knob->name) ? weft_json_get (params, knob->name) : knob->otherwise;
}

static const WeftParam *
find_knob (GArray *knobs, const char *name)
{
  for (guint i = 0; i < knobs->len; i++)
    if (g_str_equal (g_array_index (knobs, WeftParam, i).name, name))
      return &g_array_index (knobs, WeftParam, i);
  return NULL;
}

/* The knob's value as it stands in a text before @rest. */
static void
append_value (GString *out, WeftJson *value, const char *rest)
{
  const char *text = weft_json_string (value, NULL);

  if (weft_json_kind (value) == WEFT_JSON_BOOL)
    g_string_append (out, weft_json_bool (value, FALSE) ? "True" : "False");
  else if (weft_json_kind (value) == WEFT_JSON_NULL)
    g_string_append (out, "None");
  else if (text == NULL)
    {
      g_autofree char *number = weft_json_to_string (value);
      g_string_append (out, number);
    }
  else if (g_str_equal (text, "none") && *rest == '(')
    ; /* none(x) is (x) */
  else if (weft_op_find (text) != NULL || *rest == '(')
    g_string_append (out, text);
  else
    g_string_append_printf (out, "'%s'", text);
}

/* @text with the knobs' values in place of their names; strings and attributes are left alone. */
static char *
write_out (const char *text, GArray *knobs, WeftJson *params)
{
  GString *out = g_string_new (NULL);
  char     quote = '\0';

  for (const char *at = text; *at != '\0';)
    {
      gsize            length = strspn (at, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_");
      g_autofree char *word = g_strndup (at, length);
      const char      *rest = at + length + strspn (at + length, " ");
      const WeftParam *knob = NULL;

      if (length > 0 && quote == '\0' && !g_ascii_isdigit (*at) && (at == text || at[-1] != '.') &&
          (*rest != '=' || rest[1] == '='))
        knob = find_knob (knobs, word);
      if (knob != NULL)
        append_value (out, knob_value (params, knob), rest);
      else if (length > 0)
        g_string_append (out, word);
      else
        {
          if (quote == *at)
            quote = '\0';
          else if (quote == '\0' && (*at == '\'' || *at == '"'))
            quote = *at;
          g_string_append_c (out, *at);
          length = 1;
        }
      at += length;
    }
  return g_string_free (out, FALSE);
}

static WeftJson *
open_params (WeftJson *inner, GArray *knobs, WeftJson *params)
{
  WeftJson    *opened = weft_json_new_object ();
  WeftJsonIter iter = { inner };
  const char  *key;
  WeftJson    *value;

  while (weft_json_next (&iter, &key, &value))
    {
      const char      *text = weft_json_string (value, NULL);
      const WeftParam *knob = text != NULL ? find_knob (knobs, text) : NULL;

      if (knob != NULL)
        weft_json_set (opened, key, weft_json_copy (knob_value (params, knob)));
      else if (text != NULL)
        {
          g_autofree char *written = write_out (text, knobs, params);
          weft_json_set_string (opened, key, written);
        }
      else
        weft_json_set (opened, key, value != NULL ? weft_json_copy (value) : weft_json_new_null ());
    }
  return opened;
}

/* ---- What must stay in a definition ---- */

static gboolean
is_expression (const WeftNode *node)
{
  return g_str_equal (node->op, "expression");
}

/* Texts of nodes other than formulas have no inputs in a document. */
static gboolean
check_texts (WeftDocument *group, const WeftInterface *interface, GError **error)
{
  for (guint i = 0; i < group->nodes->len; i++)
    {
      const WeftNode *node = weft_document_node_at (group, i);
      WeftJsonIter    iter = { node->params };
      const char     *key;
      WeftJson       *value;

      while (!is_expression (node) && weft_json_next (&iter, &key, &value))
        {
          const char *text = weft_json_string (value, NULL);
          g_autoptr (WeftExpr) expr = text != NULL ? weft_expr_parse (text, NULL) : NULL;
          const char **names = expr != NULL ? weft_expr_free_names (expr) : NULL;

          for (; names != NULL && *names != NULL; names++)
            if (g_strv_contains (interface->inputs, *names) && !g_str_equal (key, "target"))
              return weft_document_refuse (
                error,
                _ ("%s takes its %s from the input %s, which only a group can do; write "
                   "numbers there first."),
                node->id, key, *names);
        }
    }
  return TRUE;
}

/* ---- In the place of the node ---- */

typedef struct
{
  WeftDocument        *document, *group;
  const WeftInterface *interface;
  const WeftNode      *node;
  GHashTable          *uids; /* inside -> outside */
  GHashTable          *ids;  /* id inside -> uid outside */
  GArray              *made; /* uids outside */
} Opening;

static gboolean
is_port (const WeftNode *node)
{
  return g_str_equal (node->op, "input") || g_str_equal (node->op, "output");
}

static void
add_node (Opening      *opening,
          const char   *id,
          const char   *op,
          WeftNodeFlags flags,
          WeftJson     *take_params,
          double        x,
          double        y)
{
  g_autofree char *unique = weft_document_unique_id (opening->document, id);
  Edit             edit = { .kind = EDIT_ADD_NODE, .index = opening->document->nodes->len };
  guint32          uid = weft_document_next_uid ();

  edit.node = weft_node_box_new (uid, unique, op, take_params, weft_document_on_canvas (x),
                                 weft_document_on_canvas (y));
  edit.node->node.flags = flags;
  weft_document_do (opening->document, &edit);
  g_hash_table_insert (opening->ids, (gpointer) g_intern_string (id), GUINT_TO_POINTER (uid));
  g_array_append_val (opening->made, uid);
}

/* Where the node of the definition that is farthest left and up goes. */
static void
find_corner (WeftDocument *group, double *x, double *y)
{
  gboolean first = TRUE;

  *x = *y = 0;
  for (guint i = 0; i < group->nodes->len; i++)
    {
      const WeftNode *node = weft_document_node_at (group, i);

      if (is_port (node))
        continue;
      *x = first ? node->x : MIN (*x, node->x);
      *y = first ? node->y : MIN (*y, node->y);
      first = FALSE;
    }
}

static void
add_nodes (Opening *opening)
{
  double left, top;

  find_corner (opening->group, &left, &top);
  for (guint i = 0; i < opening->group->nodes->len; i++)
    {
      const WeftNode *node = weft_document_node_at (opening->group, i);

      if (is_port (node))
        continue;
      add_node (opening, node->id, node->op, node->flags,
                open_params (node->params, opening->interface->params, opening->node->params),
                opening->node->x + node->x - left, opening->node->y + node->y - top);
      g_hash_table_insert (opening->uids, GUINT_TO_POINTER (node->uid),
                           g_hash_table_lookup (opening->ids, node->id));
    }
  if (opening->group->nodes->len == 0)
    {
      WeftJson        *params = weft_json_new_object ();
      WeftJson        *layer = weft_document_get_member (opening->group, "layer");
      const char      *body = weft_json_get_string (layer, "body", "");
      g_autofree char *text = write_out (body, opening->interface->params, opening->node->params);

      weft_json_set_string (params, "text", text);
      add_node (opening, opening->node->id, "expression", 0, params, opening->node->x,
                opening->node->y);
      g_hash_table_insert (opening->uids, NULL,
                           GUINT_TO_POINTER (g_array_index (opening->made, guint32, 0)));
    }
}

static void
rename_targets (Opening *opening)
{
  for (guint i = 0; i < opening->made->len; i++)
    {
      const WeftNode *node =
        weft_document_node (opening->document, g_array_index (opening->made, guint32, i));
      const char *target = weft_json_get_string (node->params, "target", "");
      gpointer    uid = g_hash_table_lookup (opening->ids, target);
      Edit        edit = { .kind = EDIT_PARAMS, .uid = node->uid };

      if (!g_str_equal (node->op, "update") || uid == NULL)
        continue;
      edit.before = weft_json_ref (node->params);
      edit.after = weft_json_copy (node->params);
      weft_json_set_string (edit.after, "target",
                            weft_document_node (opening->document, GPOINTER_TO_UINT (uid))->id);
      weft_document_do (opening->document, &edit);
    }
}

/* @look: a wire that it is drawn as, (@dx, @dy) away; NULL: straight away. */
static void
add_wire (Opening       *opening,
          guint32        from,
          const char    *from_port,
          guint32        to,
          const char    *to_port,
          const WireBox *look,
          double         dx,
          double         dy)
{
  Edit edit = { .kind = EDIT_ADD_WIRE, .index = opening->document->wires->len };

  if (from == 0 || to == 0 || weft_document_wire_into (opening->document, to, to_port) != NULL)
    return;
  edit.wire = weft_wire_box_new (from, from_port, to, to_port);
  if (look != NULL)
    weft_wire_box_look_like (edit.wire, look, dx, dy);
  weft_document_do (opening->document, &edit);
}

static guint32
outside (Opening *opening, guint32 uid)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (opening->uids, GUINT_TO_POINTER (uid)));
}

/* Where what comes out of port @port of the group comes from now: uid and port. An input that goes
 * straight through is what is wired into it. */
static guint32
source_of (Opening *opening, const char *port, const char **from_port)
{
  const WeftNode *inner = weft_document_node_by_id (opening->group, port);
  const WeftWire *wire;

  if (opening->group->nodes->len == 0)
    {
      *from_port = opening->interface->n_results == 1 ? "out" : port;
      return outside (opening, 0);
    }
  if (inner == NULL)
    return 0;
  *from_port = "y";
  if (!g_str_equal (inner->op, "output"))
    return outside (opening, inner->uid);
  wire = weft_document_wire_into (opening->group, inner->uid, "x");
  if (wire == NULL)
    return 0;
  inner = weft_document_node (opening->group, wire->from);
  if (g_str_equal (inner->op, "input"))
    {
      wire = weft_document_wire_into (opening->document, opening->node->uid, inner->id);
      *from_port = wire != NULL ? g_intern_string (wire->from_port) : "";
      return wire != NULL ? wire->from : 0;
    }
  *from_port = g_intern_string (wire->from_port);
  return outside (opening, inner->uid);
}

static void
add_inner_wires (Opening *opening)
{
  double left, top;

  find_corner (opening->group, &left, &top);
  for (guint i = 0; i < opening->group->wires->len; i++)
    {
      const WeftWire *wire = weft_document_wire_at (opening->group, i);
      const WeftNode *from = weft_document_node (opening->group, wire->from);
      guint32         to = outside (opening, wire->to);
      const WeftWire *outer =
        g_str_equal (from->op, "input")
          ? weft_document_wire_into (opening->document, opening->node->uid, from->id)
          : NULL;

      if (outer != NULL)
        add_wire (opening, outer->from, outer->from_port, to, wire->to_port,
                  (const WireBox *) outer, 0, 0);
      else
        add_wire (opening, outside (opening, wire->from), wire->from_port, to, wire->to_port,
                  (const WireBox *) wire, opening->node->x - left, opening->node->y - top);
    }
}

/* A formula may name the definition's inputs without a wire. */
static void
wire_names (Opening *opening)
{
  for (guint i = 0; i < opening->made->len; i++)
    {
      guint32         uid = g_array_index (opening->made, guint32, i);
      const WeftNode *node = weft_document_node (opening->document, uid);
      g_autoptr (WeftPorts) ports = NULL;

      if (!is_expression (node))
        continue;
      ports = weft_document_ports (opening->document, uid);
      for (guint k = 0; k < ports->n_inputs; k++)
        {
          const char     *name = ports->inputs[k].name;
          const WeftWire *outer =
            g_strv_contains (opening->interface->inputs, name)
              ? weft_document_wire_into (opening->document, opening->node->uid, name)
              : NULL;

          if (outer != NULL)
            add_wire (opening, outer->from, outer->from_port, uid, name, (const WireBox *) outer, 0,
                      0);
        }
    }
}

typedef struct
{
  guint32     from, to;
  const char *from_port, *to_port;
  WireBox    *look; /* owned: drawn as the wire was */
} Link;

static void
link_clear (gpointer data)
{
  weft_wire_box_unref (((Link *) data)->look);
}

/* What the node fed, and where that comes from now. */
static GArray *
list_outer (Opening *opening)
{
  GArray *links = g_array_new (FALSE, FALSE, sizeof (Link));

  g_array_set_clear_func (links, link_clear);
  for (guint i = 0; i < opening->document->wires->len; i++)
    {
      const WeftWire *wire = weft_document_wire_at (opening->document, i);
      Link            link = { 0 };

      if (wire->from != opening->node->uid)
        continue;
      link.from = source_of (opening, wire->from_port, &link.from_port);
      link.to = wire->to;
      link.to_port = g_intern_string (wire->to_port);
      link.look = weft_wire_box_new (wire->from, wire->from_port, wire->to, wire->to_port);
      weft_wire_box_look_like (link.look, (const WireBox *) wire, 0, 0);
      g_array_append_val (links, link);
    }
  return links;
}

static char *
training_port (const char *port, gpointer data)
{
  Opening         *opening = data;
  const char      *dot = strrchr (port, '.');
  g_autofree char *id = dot != NULL ? g_strndup (port, dot - port) : NULL;
  const char      *from_port = NULL;
  guint32          uid;

  if (id == NULL || !g_str_equal (id, opening->node->id))
    return NULL;
  uid = source_of (opening, dot + 1, &from_port);
  return uid != 0
           ? g_strconcat (weft_document_node (opening->document, uid)->id, ".", from_port, NULL)
           : NULL;
}

static void
put_in_place (Opening *opening)
{
  g_autoptr (GArray) links = NULL;
  guint32 uid = opening->node->uid;

  add_nodes (opening);
  rename_targets (opening);
  add_inner_wires (opening);
  wire_names (opening);
  links = list_outer (opening);
  weft_document_map_training (opening->document, training_port, opening);
  weft_document_remove_nodes (opening->document, &uid, 1);
  for (guint i = 0; i < links->len; i++)
    {
      const Link *link = &g_array_index (links, Link, i);

      add_wire (opening, link->from, link->from_port, link->to, link->to_port, link->look, 0, 0);
    }
}

/* weft_document_ungroup:
 * @uid: a node that is a group, or a layer
 *
 * Returns: (transfer full): the numbers of the nodes that came in its place (guint32); NULL on
 * failure. Errors: WEFT_DOCUMENT_ERROR_EDIT.
 */
GArray *
weft_document_ungroup (WeftDocument *document, guint32 uid, GError **error)
{
  WeftDocument    *root = weft_document_get_root (document);
  const WeftNode  *node = weft_document_node (document, uid);
  const char      *name = weft_group_of_op (node->op);
  g_autofree char *kept = g_strdup (name);
  Opening          opening = { .document = document, .node = node };

  opening.group =
    name != NULL ? weft_document_get_group (document, name) : weft_layer_document (node->op);
  if (opening.group == NULL)
    {
      weft_document_refuse (error, _ ("%s is no group."), node->id);
      return NULL;
    }
  opening.interface = weft_document_interface (opening.group);
  if (weft_document_is_frozen (document, error) ||
      !check_texts (opening.group, opening.interface, error))
    return NULL;
  opening.uids = g_hash_table_new (NULL, NULL);
  opening.ids = g_hash_table_new (g_str_hash, g_str_equal);
  opening.made = g_array_new (FALSE, FALSE, sizeof (guint32));
  weft_document_begin (root, _ ("Ungroup"));
  weft_document_hold (root);
  put_in_place (&opening);
  if (kept != NULL && weft_document_count_uses (root, kept) == 0)
    weft_document_remove_group (root, kept, NULL);
  weft_document_release (root);
  weft_document_end (root);
  g_hash_table_unref (opening.uids);
  g_hash_table_unref (opening.ids);
  return opening.made;
}
