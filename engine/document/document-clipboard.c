/* Copying and pasting: nodes as text, a small document that can be read in a mail.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/document-undo.h"
#include "engine/document/step.h"

#include <glib/gi18n-lib.h>

/* The @n nodes @uids, the wires among them and the groups that they use, as a document's text. The
 * caller owns it. */
char *
weft_document_copy (WeftDocument *document, const guint32 *uids, guint n)
{
  g_autoptr (WeftDocument) part = weft_document_new ();
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < n; i++)
    g_hash_table_add (wanted, GUINT_TO_POINTER (uids[i]));
  for (guint i = 0; i < document->nodes->len; i++)
    if (g_hash_table_contains (wanted, GUINT_TO_POINTER (weft_document_node_at (document, i)->uid)))
      {
        weft_document_insert_node (part, part->nodes->len, g_ptr_array_index (document->nodes, i));
        weft_document_copy_groups (document, weft_document_node_at (document, i), part);
      }
  for (guint i = 0; i < document->wires->len; i++)
    {
      WireBox *box = g_ptr_array_index (document->wires, i);

      if (g_hash_table_contains (wanted, GUINT_TO_POINTER (box->wire.from)) &&
          g_hash_table_contains (wanted, GUINT_TO_POINTER (box->wire.to)))
        weft_document_insert_wire (part, part->wires->len, box);
    }
  return weft_document_to_text (part);
}

/* Groups of the text under their names in the document: one that is there already, and the same, is
 * shared; another one of that name gets a new name. */
GHashTable *
weft_document_name_groups (WeftDocument *document, WeftDocument *part)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < weft_document_n_groups (part); i++)
    {
      WeftDocument    *group = weft_document_group_at (part, i);
      const char      *name = weft_document_get_group_name (group);
      WeftDocument    *there = weft_document_get_group (document, name);
      g_autofree char *text = weft_document_group_text (group);
      g_autofree char *there_text = there != NULL ? weft_document_group_text (there) : NULL;

      g_hash_table_insert (names, g_strdup (name),
                           g_strcmp0 (text, there_text) == 0
                             ? g_strdup (name)
                             : weft_document_unique_group_name (document, name));
    }
  return names;
}

/* The node's op under the groups' new names. */
static char *
new_op (const WeftNode *node, GHashTable *names)
{
  const char *group = weft_group_of_op (node->op);
  const char *name = group != NULL ? g_hash_table_lookup (names, group) : NULL;

  return name != NULL ? g_strconcat ("group:", name, NULL) : g_strdup (node->op);
}

static WeftJson *
new_params (const WeftNode *node, GHashTable *names)
{
  WeftJson    *params = weft_json_copy (node->params);
  WeftLoopKind kind;

  if (!weft_loop_kind (node->op, &kind))
    return params;
  for (const char *const *param = weft_loop_steps (kind); *param != NULL; param++)
    {
      const char *step = weft_json_get_string (node->params, *param, NULL);
      const char *name = step != NULL ? g_hash_table_lookup (names, step) : NULL;

      if (name != NULL)
        weft_json_set_string (params, *param, name);
    }
  return params;
}

void
weft_document_rename_uses (WeftDocument *document, GHashTable *names)
{
  for (guint i = 0; i < document->nodes->len; i++)
    {
      NodeBox  *box = g_ptr_array_index (document->nodes, i);
      char     *op = new_op (&box->node, names);
      WeftJson *params = new_params (&box->node, names);

      g_free (box->op);
      box->node.op = box->op = op;
      weft_json_unref (box->node.params);
      box->node.params = params;
    }
}

void
weft_document_add_groups (WeftDocument *document, WeftDocument *part, GHashTable *names)
{
  WeftDocument *root = weft_document_get_root (document);

  for (guint i = 0; i < weft_document_n_groups (part); i++)
    {
      WeftDocument *group = weft_document_group_at (part, i);
      const char   *name = g_hash_table_lookup (names, weft_document_get_group_name (group));
      Edit          edit = { .kind = EDIT_ADD_GROUP, .index = root->groups->len };

      if (weft_document_get_group (root, name) != NULL)
        continue;
      edit.group = weft_document_new ();
      weft_document_copy_content (group, edit.group, TRUE);
      weft_document_rename_uses (edit.group, names);
      edit.group->flags = 0;
      g_array_set_size (edit.group->touched, 0);
      edit.after = weft_json_new_string (name);
      weft_document_do (root, &edit);
    }
}

static guint32
paste_node (WeftDocument *document, const NodeBox *from, GHashTable *names, double dx, double dy)
{
  g_autofree char *id = weft_document_unique_id (document, from->id);
  g_autofree char *op = new_op (&from->node, names);
  Edit             edit = { .kind = EDIT_ADD_NODE, .index = document->nodes->len };
  guint32          uid = weft_document_next_uid ();

  edit.node = weft_node_box_new (uid, id, op, new_params (&from->node, names),
                                 weft_document_on_canvas (from->node.x + dx),
                                 weft_document_on_canvas (from->node.y + dy));
  weft_node_box_look_like (edit.node, from);
  weft_document_do (document, &edit);
  return uid;
}

static gboolean
check_use (WeftDocument *document, const char *name, GHashTable *names, GError **error)
{
  const char *group = name != NULL ? g_hash_table_lookup (names, name) : NULL;

  return group == NULL || weft_document_get_group (document, group) == NULL ||
         weft_document_check_nesting (document, group, error);
}

/* A definition cannot get a use of itself, nor of a group that contains it. */
static gboolean
check_paste (WeftDocument *document, WeftDocument *part, GHashTable *names, GError **error)
{
  for (guint i = 0; i < part->nodes->len; i++)
    {
      const WeftNode *node = weft_document_node_at (part, i);
      WeftLoopKind    kind;

      if (!weft_document_check_op (part, node->op, error) ||
          !check_use (document, weft_group_of_op (node->op), names, error))
        return FALSE;
      if (!weft_loop_kind (node->op, &kind))
        continue;
      for (const char *const *param = weft_loop_steps (kind); *param != NULL; param++)
        if (!check_use (document, weft_json_get_string (node->params, *param, NULL), names, error))
          return FALSE;
    }
  return TRUE;
}

/* Adds the nodes and wires of @text, which weft_document_copy made, moved by (@dx, @dy), as one
 * step. Returns the numbers of the new nodes (guint32, the caller owns the array), or NULL. Errors:
 * WEFT_DOCUMENT_ERROR if the text is no document; nothing changes then. */
GArray *
weft_document_paste (WeftDocument *document, const char *text, double dx, double dy, GError **error)
{
  g_autoptr (WeftDocument) part = weft_document_parse (text, -1, _ ("clipboard"), error);
  g_autoptr (GHashTable) new_uids = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) names = NULL;
  GArray *uids;

  if (part == NULL || weft_document_is_frozen (document, error))
    return NULL;
  names = weft_document_name_groups (document, part);
  if (!check_paste (document, part, names, error))
    return NULL;
  uids = g_array_new (FALSE, FALSE, sizeof (guint32));
  weft_document_begin (document, _ ("Paste"));
  weft_document_hold (document);
  weft_document_add_groups (document, part, names);
  for (guint i = 0; i < part->nodes->len; i++)
    {
      const NodeBox *box = g_ptr_array_index (part->nodes, i);
      guint32        uid = paste_node (document, box, names, dx, dy);

      g_hash_table_insert (new_uids, GUINT_TO_POINTER (box->node.uid), GUINT_TO_POINTER (uid));
      g_array_append_val (uids, uid);
    }
  for (guint i = 0; i < part->wires->len; i++)
    {
      const WeftWire *wire = weft_document_wire_at (part, i);
      Edit            edit = { .kind = EDIT_ADD_WIRE, .index = document->wires->len };

      edit.wire = weft_wire_box_new (
        GPOINTER_TO_UINT (g_hash_table_lookup (new_uids, GUINT_TO_POINTER (wire->from))),
        wire->from_port,
        GPOINTER_TO_UINT (g_hash_table_lookup (new_uids, GUINT_TO_POINTER (wire->to))),
        wire->to_port);
      weft_wire_box_look_like (edit.wire, (const WireBox *) wire, dx, dy);
      weft_document_do (document, &edit);
    }
  weft_document_release (document);
  weft_document_end (document);
  return uids;
}
