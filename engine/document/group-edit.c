/* Making and changing definitions: each command is one step of the document, undone to the bit.
 * Taking a group apart is in group-open.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/catalogue.h"
#include "engine/document/document-undo.h"
#include "engine/document/interface.h"
#include "engine/document/layer.h"
#include "engine/document/step.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* From a definition's outermost nodes to its ports. */
#define PORT_DISTANCE 250

/* ---- Single changes ---- */

static void
add_group (WeftDocument *root, WeftDocument *take_group, const char *name)
{
  Edit edit = { .kind = EDIT_ADD_GROUP, .index = root->groups->len, .group = take_group };

  edit.after = weft_json_new_string (name);
  weft_document_do (root, &edit);
}

static void
remove_group (WeftDocument *root, WeftDocument *group)
{
  Edit edit = { .kind = EDIT_REMOVE_GROUP, .group = g_object_ref (group) };

  g_ptr_array_find (root->groups, group, &edit.index);
  edit.after = weft_json_new_string (group->group_name);
  weft_document_do (root, &edit);
}

static void
set_op (WeftDocument *document, const WeftNode *node, const char *group)
{
  Edit             edit = { .kind = EDIT_OP, .uid = node->uid };
  g_autofree char *op = g_strconcat ("group:", group, NULL);

  edit.before = weft_json_new_string (node->op);
  edit.after = weft_json_new_string (op);
  weft_document_do (document, &edit);
}

/* The parameters of loop node @node that are @old say @name now. */
static void
set_steps (WeftDocument *document, const WeftNode *node, const char *old, const char *name)
{
  Edit         edit = { .kind = EDIT_PARAMS, .uid = node->uid };
  WeftLoopKind kind;

  if (!weft_loop_kind (node->op, &kind))
    return;
  edit.before = weft_json_ref (node->params);
  edit.after = weft_json_copy (node->params);
  for (const char *const *param = weft_loop_steps (kind); *param != NULL; param++)
    if (g_strcmp0 (weft_json_get_string (node->params, *param, NULL), old) == 0)
      weft_json_set_string (edit.after, *param, name);
  weft_document_do (document, &edit);
}

/* The node, which used @old, uses definition @group from now on. */
static void
use_group (WeftDocument *document, guint32 uid, const char *old, const char *group)
{
  const WeftNode *node = weft_document_node (document, uid);

  if (weft_group_of_op (node->op) != NULL)
    set_op (document, node, group);
  else
    set_steps (document, node, old, group);
}

static void
set_layer (WeftDocument *definition, WeftJson *take_layer)
{
  Edit      edit = { .kind = EDIT_LAYER };
  WeftJson *old = weft_document_get_member (definition, "layer");

  edit.before = old != NULL ? weft_json_copy (old) : weft_json_new_null ();
  edit.after = take_layer;
  weft_document_do (definition, &edit);
}

static gboolean
check_name (WeftDocument *document, const char *name, GError **error)
{
  if (!weft_document_id_is_valid (name))
    return weft_document_refuse (error, _ ("“%s” cannot be a name: use letters, digits, _ and -."),
                                 name);
  if (weft_document_get_group (document, name) != NULL)
    return weft_document_refuse (error, _ ("Another group is called “%s” already."), name);
  return TRUE;
}

/* ---- From a selection ---- */

typedef struct
{
  WeftDocument *document, *group;
  GHashTable   *chosen;  /* uid -> uid inside */
  GHashTable   *inputs;  /* "uid port" outside -> id of the input node */
  GHashTable   *outputs; /* "uid port" inside -> id of the output node */
  WeftJson     *input_names, *output_names;
  double        left, right, top, bottom;
  double        next_input, next_output; /* where the next port goes */
} Making;

static gboolean
is_chosen (const Making *making, guint32 uid)
{
  return g_hash_table_contains (making->chosen, GUINT_TO_POINTER (uid));
}

static gboolean
check_choice (const Making *making, GError **error)
{
  for (guint i = 0; i < making->document->nodes->len; i++)
    {
      const WeftNode *node = weft_document_node_at (making->document, i);

      if (is_chosen (making, node->uid) &&
          (g_str_equal (node->op, "dataset") || g_str_equal (node->op, "input") ||
           g_str_equal (node->op, "output")))
        return weft_document_refuse (
          error, _ ("%s must stay outside: a group gets what it works on through its ports."),
          node->id);
    }
  return g_hash_table_size (making->chosen) > 0 ||
         weft_document_refuse (error, _ ("Choose the nodes that the group shall hold."));
}

/* What the nodes feed, outside, must not feed them again: a group is one node. */
static gboolean
check_convex (const Making *making, GError **error)
{
  WeftDocument *document = making->document;
  g_autoptr (GHashTable) after = g_hash_table_new (NULL, NULL);
  gboolean more = TRUE;

  while (more)
    {
      more = FALSE;
      for (guint i = 0; i < document->wires->len; i++)
        {
          const WeftWire *wire = weft_document_wire_at (document, i);
          gboolean        from = is_chosen (making, wire->from);
          gboolean        behind = g_hash_table_contains (after, GUINT_TO_POINTER (wire->from));

          if (behind && is_chosen (making, wire->to))
            return weft_document_refuse (
              error,
              _ ("%s lies between these nodes: take it into the group, or the wires "
                 "would make a cycle."),
              weft_document_node (document, wire->from)->id);
          if ((from || behind) && !is_chosen (making, wire->to))
            more |= g_hash_table_add (after, GUINT_TO_POINTER (wire->to));
        }
    }
  return TRUE;
}

static void
add_inner_node (WeftDocument *group, const char *id, const char *op, double x, double y)
{
  NodeBox *box = weft_node_box_new (weft_document_next_uid (), id, op, NULL, x, y);

  weft_document_insert_node (group, group->nodes->len, box);
  weft_node_box_unref (box);
}

/* @look: a wire that it is drawn as, NULL: straight away. */
static void
add_inner_wire (WeftDocument  *group,
                guint32        from,
                const char    *from_port,
                guint32        to,
                const char    *to_port,
                const WireBox *look)
{
  WireBox *box = weft_wire_box_new (from, from_port, to, to_port);

  if (look != NULL)
    weft_wire_box_look_like (box, look, 0, 0);
  weft_document_insert_wire (group, group->wires->len, box);
  weft_wire_box_unref (box);
}

static void
copy_chosen (Making *making)
{
  gboolean first = TRUE;

  for (guint i = 0; i < making->document->nodes->len; i++)
    {
      const NodeBox  *box = g_ptr_array_index (making->document->nodes, i);
      const WeftNode *node = &box->node;
      NodeBox        *inner;
      guint32         uid;

      if (!is_chosen (making, node->uid))
        continue;
      uid = weft_document_next_uid ();
      inner = weft_node_box_new (uid, node->id, node->op, weft_json_copy (node->params), node->x,
                                 node->y);
      weft_node_box_look_like (inner, box);
      weft_document_insert_node (making->group, making->group->nodes->len, inner);
      weft_node_box_unref (inner);
      g_hash_table_insert (making->chosen, GUINT_TO_POINTER (node->uid), GUINT_TO_POINTER (uid));
      making->left = first ? node->x : MIN (making->left, node->x);
      making->right = first ? node->x : MAX (making->right, node->x);
      making->top = first ? node->y : MIN (making->top, node->y);
      making->bottom = first ? node->y : MAX (making->bottom, node->y);
      first = FALSE;
    }
  making->next_input = making->next_output = making->top;
}

static guint32
inner_uid (const Making *making, guint32 uid)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (making->chosen, GUINT_TO_POINTER (uid)));
}

/* A port's name that no node inside has. */
static char *
port_id (WeftDocument *group, const char *port)
{
  g_autofree char *name = g_strdup (port);

  g_strcanon (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_", '_');
  return weft_document_unique_id (group, name);
}

static const char *
input_for (Making *making, const WeftWire *wire)
{
  g_autofree char *key = g_strdup_printf ("%u %s", wire->from, wire->from_port);
  const char      *known = g_hash_table_lookup (making->inputs, key);
  char            *id;

  if (known != NULL)
    return known;
  id = port_id (making->group, wire->to_port);
  add_inner_node (making->group, id, "input", making->left - PORT_DISTANCE, making->next_input);
  making->next_input += PORT_DISTANCE / 2;
  weft_json_append (making->input_names, weft_json_new_string (id));
  g_hash_table_insert (making->inputs, g_steal_pointer (&key), id);
  return id;
}

/* The output node for port @port of chosen node @uid; made where there is none yet. */
static const char *
output_for (Making *making, guint32 uid, const char *port)
{
  g_autofree char *key = g_strdup_printf ("%u %s", uid, port);
  const char      *known = g_hash_table_lookup (making->outputs, key);
  char            *id;

  if (known != NULL)
    return known;
  id = port_id (making->group, port);
  add_inner_node (making->group, id, "output", making->right + PORT_DISTANCE, making->next_output);
  making->next_output += PORT_DISTANCE / 2;
  add_inner_wire (making->group, inner_uid (making, uid), port,
                  weft_document_node_by_id (making->group, id)->uid, "x", NULL);
  weft_json_append (making->output_names, weft_json_new_string (id));
  g_hash_table_insert (making->outputs, g_steal_pointer (&key), id);
  return id;
}

/* Parameters are ports of a group by themselves. */
static gboolean
is_held (WeftDocument *document, guint32 uid)
{
  const char *op = weft_document_node (document, uid)->op;

  return g_str_equal (op, "parameter") || g_str_equal (op, "shared");
}

static const char *
outer_port (Making *making, guint32 uid, const char *port)
{
  return is_held (making->document, uid) ? weft_document_node (making->document, uid)->id
                                         : output_for (making, uid, port);
}

static void
cut_wires (Making *making)
{
  for (guint i = 0; i < making->document->wires->len; i++)
    {
      const WeftWire *wire = weft_document_wire_at (making->document, i);
      guint32         from = inner_uid (making, wire->from), to = inner_uid (making, wire->to);

      if (to != 0 && from != 0)
        add_inner_wire (making->group, from, wire->from_port, to, wire->to_port,
                        (const WireBox *) wire);
      else if (to != 0)
        {
          const char *id = input_for (making, wire);

          add_inner_wire (making->group, weft_document_node_by_id (making->group, id)->uid, "y", to,
                          wire->to_port, NULL);
        }
      else if (from != 0)
        outer_port (making, wire->from, wire->from_port);
    }
}

/* "cost.loss" of a chosen node as the new node's port. */
static char *
training_port (const char *port, gpointer data)
{
  Making          *making = data;
  const char      *dot = strrchr (port, '.');
  g_autofree char *id = dot != NULL ? g_strndup (port, dot - port) : NULL;
  const WeftNode  *node = id != NULL ? weft_document_node_by_id (making->document, id) : NULL;

  if (node == NULL || !is_chosen (making, node->uid))
    return NULL;
  return g_strdup (outer_port (making, node->uid, dot + 1));
}

static char *
note_port (const char *port, gpointer data)
{
  g_free (training_port (port, data));
  return NULL;
}

/* A node whose results nobody uses is why the others are there: they are the group's. */
static void
add_ends (Making *making)
{
  g_autoptr (GHashTable) used = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < making->document->wires->len; i++)
    g_hash_table_add (used, GUINT_TO_POINTER (weft_document_wire_at (making->document, i)->from));
  for (guint i = 0; i < making->document->nodes->len; i++)
    {
      const WeftNode *node = weft_document_node_at (making->document, i);
      g_autoptr (WeftPorts) ports = NULL;

      if (!is_chosen (making, node->uid) || is_held (making->document, node->uid) ||
          g_hash_table_contains (used, GUINT_TO_POINTER (node->uid)))
        continue;
      ports = weft_document_ports (making->document, node->uid);
      if (ports->n_outputs > 0)
        output_for (making, node->uid, ports->outputs[0].name);
    }
}

typedef struct
{
  guint32 from, to;
  char   *from_port, *to_port;
} Link;

static void
clear_link (gpointer data)
{
  Link *link = data;

  g_free (link->from_port);
  g_free (link->to_port);
}

/* The wires of the new node, @uid. */
static GArray *
list_links (Making *making, guint32 uid)
{
  GArray *links = g_array_new (FALSE, FALSE, sizeof (Link));
  g_autoptr (GHashTable) fed = g_hash_table_new (g_str_hash, g_str_equal);

  g_array_set_clear_func (links, clear_link);
  for (guint i = 0; i < making->document->wires->len; i++)
    {
      const WeftWire *wire = weft_document_wire_at (making->document, i);
      gboolean        from = is_chosen (making, wire->from), to = is_chosen (making, wire->to);
      Link            link = { wire->from, wire->to, NULL, NULL };

      if (from == to)
        continue;
      if (to)
        {
          const char *id = input_for (making, wire);

          if (!g_hash_table_add (fed, (gpointer) id))
            continue;
          link.to = uid;
          link.from_port = g_strdup (wire->from_port);
          link.to_port = g_strdup (id);
        }
      else
        {
          link.from = uid;
          link.from_port = g_strdup (outer_port (making, wire->from, wire->from_port));
          link.to_port = g_strdup (wire->to_port);
        }
      g_array_append_val (links, link);
    }
  return links;
}

/* Puts @prefix before what @func gives. */
typedef struct
{
  Making     *making;
  const char *id;
} Renaming;

static char *
group_port (const char *port, gpointer data)
{
  Renaming        *renaming = data;
  g_autofree char *inner = training_port (port, renaming->making);

  return inner != NULL ? g_strconcat (renaming->id, ".", inner, NULL) : NULL;
}

static guint32
put_in_place (Making *making, const char *name, GArray *uids)
{
  WeftDocument    *document = making->document;
  g_autofree char *op = g_strconcat ("group:", name, NULL);
  g_autofree char *id = weft_document_unique_id (document, name);
  Edit             edit = { .kind = EDIT_ADD_NODE, .index = document->nodes->len };
  Renaming         renaming = { making, id };
  g_autoptr (GArray) links = NULL;
  guint32 uid = weft_document_next_uid ();

  edit.node = weft_node_box_new (uid, id, op, NULL, (making->left + making->right) / 2,
                                 (making->top + making->bottom) / 2);
  weft_document_do (document, &edit);
  links = list_links (making, uid);
  weft_document_map_training (document, group_port, &renaming);
  weft_document_remove_nodes (document, (const guint32 *) (void *) uids->data, uids->len);
  for (guint i = 0; i < links->len; i++)
    {
      const Link *link = &g_array_index (links, Link, i);
      Edit        wire = { .kind = EDIT_ADD_WIRE, .index = document->wires->len };

      wire.wire = weft_wire_box_new (link->from, link->from_port, link->to, link->to_port);
      weft_document_do (document, &wire);
    }
  return uid;
}

static void
making_init (Making *making, WeftDocument *document, const guint32 *uids, guint n)
{
  *making = (Making){ .document = document };
  making->group = weft_document_new ();
  making->chosen = g_hash_table_new (NULL, NULL);
  making->inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  making->outputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  making->input_names = weft_json_new_array ();
  making->output_names = weft_json_new_array ();
  for (guint i = 0; i < n; i++)
    if (weft_document_node (document, uids[i]) != NULL)
      g_hash_table_insert (making->chosen, GUINT_TO_POINTER (uids[i]), NULL);
}

static void
making_clear (Making *making)
{
  g_clear_object (&making->group);
  g_hash_table_unref (making->chosen);
  g_hash_table_unref (making->inputs);
  g_hash_table_unref (making->outputs);
  g_clear_pointer (&making->input_names, weft_json_unref);
  g_clear_pointer (&making->output_names, weft_json_unref);
}

static void
make_definition (Making *making)
{
  WeftJson *layer = weft_json_new_object ();

  copy_chosen (making);
  cut_wires (making);
  weft_document_map_training (making->document, note_port, making);
  add_ends (making);
  weft_json_set (layer, "inputs", g_steal_pointer (&making->input_names));
  weft_json_set (layer, "outputs", g_steal_pointer (&making->output_names));
  making->input_names = weft_json_new_array ();
  making->output_names = weft_json_new_array ();
  weft_json_set (making->group->extra, "layer", layer);
  making->group->flags = 0;
  g_array_set_size (making->group->touched, 0);
}

/* weft_document_create_group:
 * @uids: [n] the nodes
 * @name: of the definition, made unique; NULL: "group"
 *
 * Returns: the number of the node that stands for them; 0 on failure. Errors:
 * WEFT_DOCUMENT_ERROR_EDIT.
 */
guint32
weft_document_create_group (
  WeftDocument *document, const guint32 *uids, guint n, const char *name, GError **error)
{
  WeftDocument    *root = weft_document_get_root (document);
  g_autofree char *unique = NULL;
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (guint32));
  Making  making;
  guint32 uid = 0;

  if (weft_document_is_frozen (document, error))
    return 0;
  if (name != NULL && !weft_document_id_is_valid (name))
    return weft_document_refuse (error, _ ("“%s” cannot be a name: use letters, digits, _ and -."),
                                 name);
  unique = weft_document_unique_group_name (document, name != NULL ? name : "group");
  g_array_append_vals (chosen, uids, n);
  making_init (&making, document, uids, n);
  if (check_choice (&making, error) && check_convex (&making, error))
    {
      make_definition (&making);
      weft_document_begin_told (root, _ ("Group"));
      add_group (root, g_object_ref (making.group), unique);
      uid = put_in_place (&making, unique, chosen);
      weft_document_end_told (root);
    }
  making_clear (&making);
  return uid;
}

/* ---- Definitions ---- */

/* weft_document_add_group:
 *
 * Returns: (transfer none): an empty definition, one input x and one output y. Errors:
 * WEFT_DOCUMENT_ERROR_EDIT.
 */
WeftDocument *
weft_document_add_group (WeftDocument *document, const char *name, GError **error)
{
  WeftDocument    *root = weft_document_get_root (document);
  g_autofree char *unique = NULL;
  WeftDocument    *group;

  if (weft_document_is_frozen (document, error))
    return NULL;
  if (!weft_document_id_is_valid (name))
    {
      weft_document_refuse (error, _ ("“%s” cannot be a name: use letters, digits, _ and -."),
                            name);
      return NULL;
    }
  unique = weft_document_unique_group_name (document, name);
  group = weft_document_new ();
  add_inner_node (group, "x", "input", 0, 0);
  add_inner_node (group, "y", "output", 2 * PORT_DISTANCE, 0);
  add_inner_wire (group, weft_document_node_by_id (group, "x")->uid, "y",
                  weft_document_node_by_id (group, "y")->uid, "x", NULL);
  group->flags = 0;
  g_array_set_size (group->touched, 0);
  weft_document_begin_told (root, _ ("Add Group"));
  add_group (root, group, unique);
  weft_document_end_told (root);
  return group;
}

/* The name and the definition of what node @node is, or of the step that it runs. */
static WeftDocument *
find_definition (WeftDocument *document, const WeftNode *node, const char **name)
{
  *name = weft_group_of_op (node->op);
  if (*name == NULL)
    *name = weft_group_of_step (document, node, "step");
  if (*name == NULL)
    *name = weft_group_of_step (document, node, "then");
  if (*name != NULL)
    return weft_document_get_group (document, *name);
  *name = node->op;
  return weft_layer_document (node->op);
}

/* @group as a definition of its own called @name; what it uses of a layer's groups comes along. */
static void
add_copy (WeftDocument *root, WeftDocument *group, const char *name)
{
  WeftDocument *copy = weft_document_new ();

  weft_document_copy_content (group, copy, TRUE);
  if (weft_document_get_root (group) != root)
    {
      g_autoptr (GHashTable) names = weft_document_name_groups (root, group);

      weft_document_add_groups (root, group, names);
      weft_document_rename_uses (copy, names);
    }
  copy->flags = 0;
  g_array_set_size (copy->touched, 0);
  add_group (root, copy, name);
}

/* weft_document_make_unique:
 * @uid: a node that uses a definition, as a group or as the step of a loop, or that is a layer
 * @name: of the new definition; NULL: the old one's with a number
 *
 * Errors: WEFT_DOCUMENT_ERROR_EDIT, also where the node is its definition's only use.
 */
gboolean
weft_document_make_unique (WeftDocument *document, guint32 uid, const char *name, GError **error)
{
  WeftDocument    *root = weft_document_get_root (document);
  const WeftNode  *node = weft_document_node (document, uid);
  const char      *old;
  WeftDocument    *group = find_definition (document, node, &old);
  gboolean         layer = group != NULL && weft_document_get_root (group) != root;
  g_autofree char *unique = NULL, *kept = NULL;

  if (group == NULL)
    return weft_document_refuse (error, _ ("%s is no group."), node->id);
  if (weft_document_is_frozen (document, error))
    return FALSE;
  if (!layer && weft_document_count_uses (document, old) < 2)
    return weft_document_refuse (error, _ ("%s is the only use of %s already."), node->id, old);
  if (name != NULL && !weft_document_id_is_valid (name))
    return weft_document_refuse (error, _ ("“%s” cannot be a name: use letters, digits, _ and -."),
                                 name);
  unique = weft_document_unique_group_name (document, name != NULL ? name : old);
  kept = g_strdup (old);
  weft_document_begin_told (root, layer ? _ ("Make It My Own") : _ ("Make Unique"));
  add_copy (root, group, unique);
  if (layer)
    set_op (document, node, unique);
  else
    use_group (document, uid, kept, unique);
  weft_document_end_told (root);
  return TRUE;
}

/* weft_document_rename_group:
 *
 * All uses follow. Errors: WEFT_DOCUMENT_ERROR_EDIT.
 */
gboolean
weft_document_rename_group (WeftDocument *document,
                            const char   *name,
                            const char   *new_name,
                            GError      **error)
{
  WeftDocument    *root = weft_document_get_root (document);
  WeftDocument    *group = weft_document_get_group (root, name);
  Edit             edit = { .kind = EDIT_RENAME_GROUP };
  g_autofree char *kept = NULL;
  g_autoptr (GPtrArray) users = g_ptr_array_new ();
  g_autoptr (GPtrArray) uses = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);

  if (weft_document_is_frozen (document, error))
    return FALSE;
  if (group == NULL)
    return weft_document_refuse (error, _ ("There is no group “%s”."), name);
  if (g_str_equal (name, new_name))
    return TRUE;
  if (!check_name (root, new_name, error))
    return FALSE;
  for (guint i = 0; i <= root->groups->len; i++)
    {
      WeftDocument *user = i < root->groups->len ? g_ptr_array_index (root->groups, i) : root;

      g_ptr_array_add (users, user);
      g_ptr_array_add (uses, weft_document_uses (user, name));
    }
  edit.before = weft_json_new_string (name);
  edit.after = weft_json_new_string (new_name);
  edit.group = g_object_ref (group);
  kept = g_strdup (name);
  weft_document_begin_told (root, _ ("Rename Group"));
  weft_document_do (root, &edit);
  for (guint i = 0; i < users->len; i++)
    {
      GArray *of_one = g_ptr_array_index (uses, i);

      for (guint k = 0; k < of_one->len; k++)
        use_group (g_ptr_array_index (users, i), g_array_index (of_one, guint32, k), kept,
                   weft_json_string (edit.after, ""));
    }
  weft_document_end_told (root);
  return TRUE;
}

/* weft_document_remove_group:
 *
 * Errors: WEFT_DOCUMENT_ERROR_EDIT while something uses it.
 */
gboolean
weft_document_remove_group (WeftDocument *document, const char *name, GError **error)
{
  WeftDocument *root = weft_document_get_root (document);
  WeftDocument *group = weft_document_get_group (root, name);
  guint         n = group != NULL ? weft_document_count_uses (root, name) : 0;

  if (weft_document_is_frozen (document, error))
    return FALSE;
  if (group == NULL)
    return weft_document_refuse (error, _ ("There is no group “%s”."), name);
  if (n > 0)
    return weft_document_refuse (
      error, g_dngettext (GETTEXT_PACKAGE, "%u node still uses %s.", "%u nodes still use %s.", n),
      n, name);
  weft_document_begin_told (root, _ ("Delete Group"));
  remove_group (root, group);
  weft_document_end_told (root);
  return TRUE;
}

/* ---- What a definition says of itself ---- */

/* Ports may have gone where @definition is used. */
static void
drop_stale_uses (WeftDocument *definition)
{
  WeftDocument *root = weft_document_get_root (definition);
  const char   *name = weft_document_get_group_name (definition);

  for (guint i = 0; name != NULL && i <= root->groups->len; i++)
    {
      WeftDocument *user = i < root->groups->len ? g_ptr_array_index (root->groups, i) : root;
      g_autoptr (GArray) uses = weft_document_uses (user, name);

      for (guint k = 0; k < uses->len; k++)
        weft_document_drop_stale_wires (user, g_array_index (uses, guint32, k));
    }
}

static gboolean
check_member (const char *key, WeftJson *value, GError **error)
{
  static const char *const texts[] = { "title", "summary", "body", "gradient",
                                       "aliases", "family", NULL };
  static const char *const lists[] = { "knobs", "inputs", "outputs", NULL };
  WeftJsonKind             kind = weft_json_kind (value);

  if (value == NULL || (g_strv_contains (texts, key) && kind == WEFT_JSON_STRING) ||
      (g_strv_contains (lists, key) && kind == WEFT_JSON_ARRAY))
    return TRUE;
  return weft_document_refuse (error,
                               g_strv_contains (texts, key)   ? _ ("%s must be a text.")
                               : g_strv_contains (lists, key) ? _ ("%s must be a list.")
                                                              : _ ("A group has no member %s."),
                               key);
}

/* weft_document_set_layer:
 * @value: (transfer full) (nullable)
 *
 * Errors: WEFT_DOCUMENT_ERROR_EDIT.
 */
gboolean
weft_document_set_layer (WeftDocument *definition, const char *key, WeftJson *value, GError **error)
{
  g_autoptr (WeftJson) owned = value;
  WeftJson *old = weft_document_get_member (definition, "layer");
  g_autoptr (WeftJson) layer = old != NULL ? weft_json_copy (old) : weft_json_new_object ();
  g_autofree char *label = g_strdup_printf (_ ("Change %s"), key);

  if (weft_document_is_frozen (definition, error))
    return FALSE;
  if (!check_member (key, value, error))
    return FALSE;
  if (owned != NULL)
    weft_json_set (layer, key, g_steal_pointer (&owned));
  else
    weft_json_remove (layer, key);
  if (old != NULL && weft_json_equal (old, layer))
    return TRUE;
  weft_document_begin_told (definition, label);
  set_layer (definition, g_steal_pointer (&layer));
  drop_stale_uses (definition);
  weft_document_end_told (definition);
  return TRUE;
}

/* ---- Ports with other names ---- */

static gboolean
rename_in_list (WeftJson *layer, const char *key, const char *old, const char *id)
{
  WeftJson *list = weft_json_get (layer, key);
  WeftJson *renamed;
  gboolean  changed = FALSE;

  if (weft_json_kind (list) != WEFT_JSON_ARRAY)
    return FALSE;
  renamed = weft_json_new_array ();
  for (guint i = 0; i < weft_json_length (list); i++)
    {
      const char *name = weft_json_string (weft_json_at (list, i), "");
      gboolean    same = g_str_equal (name, old);

      changed = changed || same;
      if (!same || id != NULL)
        weft_json_append (renamed, weft_json_new_string (same ? id : name));
    }
  weft_json_set (layer, key, renamed);
  return changed;
}

/* The wires of one use at port @old: at @id now. */
static void
rename_wires (WeftDocument *document, guint32 uid, const char *old, const char *id)
{
  for (guint i = 0; i < document->wires->len; i++)
    {
      WireBox        *box = g_ptr_array_index (document->wires, i);
      const WeftWire *wire = &box->wire;
      gboolean        from = wire->from == uid && g_str_equal (wire->from_port, old);
      gboolean        to = wire->to == uid && g_str_equal (wire->to_port, old);
      Edit            out = { .kind = EDIT_REMOVE_WIRE, .index = i };
      Edit            in = { .kind = EDIT_ADD_WIRE, .index = i };

      if (!from && !to)
        continue;
      out.wire = g_rc_box_acquire (box);
      in.wire = weft_wire_box_new (wire->from, from ? id : wire->from_port, wire->to,
                                   to ? id : wire->to_port);
      weft_wire_box_look_like (in.wire, box, 0, 0);
      weft_document_do (document, &out);
      weft_document_do (document, &in);
    }
}

typedef struct
{
  WeftDocument *root;
  const char   *group, *old, *id;
} PortName;

static char *
rename_port (const char *port, gpointer data)
{
  const PortName  *name = data;
  const char      *dot = strrchr (port, '.');
  g_autofree char *id = dot != NULL ? g_strndup (port, dot - port) : NULL;
  const WeftNode  *node = id != NULL ? weft_document_node_by_id (name->root, id) : NULL;

  if (node == NULL || g_strcmp0 (weft_group_of_op (node->op), name->group) != 0 ||
      !g_str_equal (dot + 1, name->old))
    return NULL;
  return g_strconcat (id, ".", name->id, NULL);
}

/* weft_document_port_renamed:
 *
 * Between begin and end.
 */
void
weft_document_port_renamed (WeftDocument *document, const char *old, const char *id)
{
  WeftDocument *root = weft_document_get_root (document);
  const char   *name = weft_document_get_group_name (document);
  WeftJson     *layer = weft_document_get_member (document, "layer");
  g_autoptr (WeftJson) changed = layer != NULL ? weft_json_copy (layer) : weft_json_new_object ();
  gboolean inputs = rename_in_list (changed, "inputs", old, id);
  gboolean outputs = rename_in_list (changed, "outputs", old, id);
  PortName port = { root, name, old, id };

  if (inputs || outputs)
    set_layer (document, g_steal_pointer (&changed));
  if (name == NULL)
    return;
  if (id == NULL)
    {
      drop_stale_uses (document);
      return;
    }
  for (guint i = 0; i <= root->groups->len; i++)
    {
      WeftDocument *user = i < root->groups->len ? g_ptr_array_index (root->groups, i) : root;
      g_autoptr (GArray) uses = weft_document_uses (user, name);

      for (guint k = 0; k < uses->len; k++)
        rename_wires (user, g_array_index (uses, guint32, k), old, id);
    }
  weft_document_map_training (root, rename_port, &port);
}
