/* A document and its file: see disk.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/disk.h"

#include "engine/base/file.h"
#include "engine/document/document-undo.h"
#include "engine/document/journal-private.h"

#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#define MAX_FILE_BYTES (64 * 1024 * 1024)

void
weft_document_note_content (WeftDocument *document, const void *data, gsize length)
{
  g_free (document->digest);
  document->digest =
    g_compute_checksum_for_data (G_CHECKSUM_SHA256, length > 0 ? data : "", length);
}

/* ---- Looking ---- */

/* Of what the path holds now; NULL: it cannot be read. */
static char *
digest_now (WeftDocument *document)
{
  g_autoptr (GBytes) bytes = weft_file_read (document->path, MAX_FILE_BYTES, NULL);

  return bytes != NULL ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes) : NULL;
}

WeftDiskState
weft_document_look_at_disk (WeftDocument *document)
{
  g_autofree char *now = NULL;

  document = weft_document_get_root (document);
  if (document->path == NULL || document->digest == NULL)
    return WEFT_DISK_SAME;
  now = digest_now (document);
  if (now == NULL)
    return WEFT_DISK_GONE;
  return g_str_equal (now, document->digest) ? WEFT_DISK_SAME : WEFT_DISK_CHANGED;
}

void
weft_document_accept_disk (WeftDocument *document)
{
  document = weft_document_get_root (document);
  g_free (document->digest);
  document->digest = document->path != NULL ? digest_now (document) : NULL;
  /* What is open is another thing than what the file holds. */
  document->saved_serial = G_MAXUINT64;
  weft_journal_note_kept (document);
  weft_document_hold (document);
  weft_document_touch (document, WEFT_CHANGE_TRAINING, 0);
  weft_document_release (document);
}

gboolean
weft_path_is_read_only (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  struct stat      info;

  if (stat (path, &info) != 0)
    return FALSE;
  /* The superuser may write everything; a file without any such right is meant to stay as it is. */
  return (info.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0 || access (path, W_OK) != 0 ||
         access (folder, W_OK) != 0;
}

/* ---- Reloading ---- */

static void
remove_content (WeftDocument *document)
{
  for (guint i = document->wires->len; i-- > 0;)
    {
      Edit edit = { .kind = EDIT_REMOVE_WIRE, .index = i };

      edit.wire = g_rc_box_acquire ((WireBox *) g_ptr_array_index (document->wires, i));
      weft_document_do (document, &edit);
    }
  for (guint i = document->nodes->len; i-- > 0;)
    {
      Edit edit = { .kind = EDIT_REMOVE_NODE, .index = i };

      edit.node = g_rc_box_acquire ((NodeBox *) g_ptr_array_index (document->nodes, i));
      weft_document_do (document, &edit);
    }
  for (guint i = document->notes->len; i-- > 0;)
    {
      Edit edit = { .kind = EDIT_REMOVE_NOTE, .index = i };

      edit.note = g_rc_box_acquire ((NoteBox *) g_ptr_array_index (document->notes, i));
      weft_document_do (document, &edit);
    }
  for (guint i = document->groups->len; i-- > 0;)
    {
      WeftDocument *group = g_ptr_array_index (document->groups, i);
      Edit          edit = { .kind = EDIT_REMOVE_GROUP, .index = i, .group = g_object_ref (group) };

      edit.after = weft_json_new_string (group->group_name);
      weft_document_do (document, &edit);
    }
}

static void
add_groups (WeftDocument *document, WeftDocument *loaded)
{
  while (loaded->groups->len > 0)
    {
      WeftDocument    *group = g_ptr_array_index (loaded->groups, 0);
      g_autofree char *name = g_strdup (group->group_name);
      Edit             edit = { .kind = EDIT_ADD_GROUP, .index = document->groups->len };

      edit.group = g_object_ref (group);
      edit.after = weft_json_new_string (name);
      weft_document_take_out_group (loaded, group);
      group->flags = 0;
      weft_document_do (document, &edit);
    }
}

/* Nodes of @loaded, under the numbers of @known (by name and op) where they have one. Gives the new
 * numbers by the old ones. */
static GHashTable *
add_nodes (WeftDocument *document, WeftDocument *loaded, GHashTable *known)
{
  GHashTable *uids = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < loaded->nodes->len; i++)
    {
      const NodeBox   *box = g_ptr_array_index (loaded->nodes, i);
      g_autofree char *key = g_strconcat (box->op, " ", box->id, NULL);
      guint32          uid = GPOINTER_TO_UINT (g_hash_table_lookup (known, key));
      Edit             edit = { .kind = EDIT_ADD_NODE, .index = i };

      uid = uid != 0 ? uid : box->node.uid;
      edit.node = weft_node_box_new (uid, box->id, box->op, weft_json_ref (box->node.params),
                                     box->node.x, box->node.y);
      weft_node_box_look_like (edit.node, box);
      g_hash_table_insert (uids, GUINT_TO_POINTER (box->node.uid), GUINT_TO_POINTER (uid));
      weft_document_do (document, &edit);
    }
  return uids;
}

static void
add_wires_and_notes (WeftDocument *document, WeftDocument *loaded, GHashTable *uids)
{
  for (guint i = 0; i < loaded->wires->len; i++)
    {
      const WireBox  *box = g_ptr_array_index (loaded->wires, i);
      const WeftWire *wire = &box->wire;
      Edit            edit = { .kind = EDIT_ADD_WIRE, .index = i };

      edit.wire = weft_wire_box_new (
        GPOINTER_TO_UINT (g_hash_table_lookup (uids, GUINT_TO_POINTER (wire->from))),
        wire->from_port, GPOINTER_TO_UINT (g_hash_table_lookup (uids, GUINT_TO_POINTER (wire->to))),
        wire->to_port);
      weft_wire_box_look_like (edit.wire, box, 0, 0);
      weft_document_do (document, &edit);
    }
  for (guint i = 0; i < loaded->notes->len; i++)
    {
      Edit edit = { .kind = EDIT_ADD_NOTE, .index = i };

      edit.note = g_rc_box_acquire ((NoteBox *) g_ptr_array_index (loaded->notes, i));
      weft_document_do (document, &edit);
    }
}

/* A change of something that belongs to the document as a whole, where it is one. Takes both. */
static void
change (WeftDocument *document, EditKind kind, WeftJson *take_before, WeftJson *take_after)
{
  Edit edit = { .kind = kind, .before = take_before, .after = take_after };

  if (weft_json_equal (take_before, take_after))
    weft_document_clear_edit (&edit);
  else
    weft_document_do (document, &edit);
}

static WeftJson *
dup_member (WeftDocument *document, const char *key)
{
  WeftJson *member = weft_document_get_member (document, key);

  return member != NULL ? weft_json_copy (member) : weft_json_new_null ();
}

/* Members of the file that no edit changes, and so no undo brings back. */
static void
take_members (WeftDocument *document, WeftDocument *loaded)
{
  if (weft_json_equal (document->extra, loaded->extra))
    return;
  weft_json_unref (document->extra);
  document->extra = weft_json_copy (loaded->extra);
  weft_journal_begin_again (document);
}

static GHashTable *
numbers_by_name (WeftDocument *document)
{
  GHashTable *known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < document->nodes->len; i++)
    {
      const WeftNode *node = weft_document_node_at (document, i);

      g_hash_table_insert (known, g_strconcat (node->op, " ", node->id, NULL),
                           GUINT_TO_POINTER (node->uid));
    }
  return known;
}

gboolean
weft_document_reload (WeftDocument *document, GError **error)
{
  g_autoptr (WeftDocument) loaded = NULL;
  g_autoptr (GHashTable) known = NULL, uids = NULL;

  document = weft_document_get_root (document);
  g_return_val_if_fail (document->path != NULL, FALSE);
  loaded = weft_document_load (document->path, error);
  if (loaded == NULL)
    return FALSE;
  known = numbers_by_name (document);
  weft_document_begin_told (document, _ ("Reload"));
  remove_content (document);
  add_groups (document, loaded);
  uids = add_nodes (document, loaded, known);
  add_wires_and_notes (document, loaded, uids);
  change (document, EDIT_TRAINING, weft_json_ref (document->training),
          weft_json_ref (loaded->training));
  change (document, EDIT_TITLE, weft_json_new_string (document->title),
          weft_json_new_string (loaded->title));
  change (document, EDIT_LAYER, dup_member (document, "layer"), dup_member (loaded, "layer"));
  change (document, EDIT_LESSON, dup_member (document, "lesson"), dup_member (loaded, "lesson"));
  weft_document_end_told (document);
  g_free (document->digest);
  document->digest = g_steal_pointer (&loaded->digest);
  weft_document_mark_saved (document, loaded->path);
  take_members (document, loaded);
  return TRUE;
}
