/* Copying and pasting: nodes as text, a small document that can be read in a mail.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/document-undo.h"

#include <glib/gi18n-lib.h>

/* The @n nodes @uids, and the wires among them, as a document's text. The caller owns it. */
char *
weft_document_copy (WeftDocument *document, const guint32 *uids, guint n)
{
  g_autoptr (WeftDocument) part = weft_document_new ();
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < n; i++)
    g_hash_table_add (wanted, GUINT_TO_POINTER (uids[i]));
  for (guint i = 0; i < document->nodes->len; i++)
    if (g_hash_table_contains (wanted, GUINT_TO_POINTER (weft_document_node_at (document, i)->uid)))
      weft_document_insert_node (part, part->nodes->len, g_ptr_array_index (document->nodes, i));
  for (guint i = 0; i < document->wires->len; i++)
    {
      WireBox *box = g_ptr_array_index (document->wires, i);

      if (g_hash_table_contains (wanted, GUINT_TO_POINTER (box->wire.from)) &&
          g_hash_table_contains (wanted, GUINT_TO_POINTER (box->wire.to)))
        weft_document_insert_wire (part, part->wires->len, box);
    }
  return weft_document_to_text (part);
}

static guint32
paste_node (WeftDocument *document, const NodeBox *from, double dx, double dy)
{
  g_autofree char *id = weft_document_unique_id (document, from->id);
  Edit             edit = { .kind = EDIT_ADD_NODE, .index = document->nodes->len };
  guint32          uid = weft_document_next_uid ();

  edit.node = weft_node_box_new (uid, id, from->op, weft_json_copy (from->node.params),
                                 weft_document_on_canvas (from->node.x + dx),
                                 weft_document_on_canvas (from->node.y + dy));
  edit.node->extra = from->extra != NULL ? weft_json_copy (from->extra) : NULL;
  weft_document_do (document, &edit);
  return uid;
}

/* Adds the nodes and wires of @text, which weft_document_copy made, moved by (@dx, @dy), as one
 * step. Returns the numbers of the new nodes (guint32, the caller owns the array), or NULL. Errors:
 * WEFT_DOCUMENT_ERROR if the text is no document; nothing changes then. */
GArray *
weft_document_paste (WeftDocument *document, const char *text, double dx, double dy, GError **error)
{
  g_autoptr (WeftDocument) part = weft_document_parse (text, -1, _ ("clipboard"), error);
  g_autoptr (GHashTable) new_uids = g_hash_table_new (NULL, NULL);
  GArray *uids;

  if (part == NULL)
    return NULL;
  for (guint i = 0; i < part->nodes->len; i++)
    if (!weft_document_check_op (document, weft_document_node_at (part, i)->op, error))
      return NULL;
  uids = g_array_new (FALSE, FALSE, sizeof (guint32));
  weft_document_begin (document, _ ("Paste"));
  weft_document_hold (document);
  for (guint i = 0; i < part->nodes->len; i++)
    {
      const NodeBox *box = g_ptr_array_index (part->nodes, i);
      guint32        uid = paste_node (document, box, dx, dy);

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
      weft_document_do (document, &edit);
    }
  weft_document_release (document);
  weft_document_end (document);
  return uids;
}
