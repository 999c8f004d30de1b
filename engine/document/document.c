/* Documents: the object, what it holds, and what it says of its changes. Edits and undo are in
 * document-edit.c, the file in document-file.c, the clipboard in document-clipboard.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/document-private.h"
#include "engine/document/journal-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

G_DEFINE_QUARK (weft_document_error, weft_document_error)
G_DEFINE_FINAL_TYPE (WeftDocument, weft_document, G_TYPE_OBJECT)

enum
{
  PROP_TITLE = 1,
  PROP_PATH,
  PROP_MODIFIED,
  PROP_CAN_UNDO,
  PROP_CAN_REDO,
  N_PROPS
};

enum
{
  CHANGED,
  SAVED,
  REFUSED,
  N_SIGNALS
};

#define LESSON_TAKEN \
  N_ ("Only the knobs of this lesson can be turned; the menu has Edit the Whole Document.")

static GParamSpec *props[N_PROPS];
static guint       signals[N_SIGNALS];

/* ---- The object ---- */

guint32
weft_document_next_uid (void)
{
  static gint last;

  return (guint32) g_atomic_int_add (&last, 1) + 1;
}

static guint
target_hash (gconstpointer key)
{
  const WireBox *box = key;

  return box->wire.to * 31 + g_str_hash (box->to_port);
}

static gboolean
target_equal (gconstpointer a, gconstpointer b)
{
  const WireBox *x = a, *y = b;

  return x->wire.to == y->wire.to && g_str_equal (x->to_port, y->to_port);
}

static void
free_step (gpointer data)
{
  Step *step = data;

  g_free (step->label);
  g_array_unref (step->edits);
  g_free (step);
}

static void
weft_document_init (WeftDocument *self)
{
  self->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_node_box_unref);
  self->by_uid = g_hash_table_new (NULL, NULL);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->wires = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_wire_box_unref);
  self->wires_into = g_hash_table_new (target_hash, target_equal);
  self->notes = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_note_box_unref);
  self->training = weft_json_new_object ();
  self->view = weft_json_new_object ();
  self->extra = weft_json_new_object ();
  self->title = g_strdup ("");
  self->groups = g_ptr_array_new_with_free_func (g_object_unref);
  self->undo = g_ptr_array_new_with_free_func (free_step);
  self->redo = g_ptr_array_new_with_free_func (free_step);
  self->touched = g_array_new (FALSE, FALSE, sizeof (guint32));
}

static void
weft_document_finalize (GObject *object)
{
  WeftDocument *self = WEFT_DOCUMENT (object);

  g_clear_pointer (&self->open, free_step);
  g_clear_pointer (&self->journal, weft_journal_free);
  g_ptr_array_unref (self->undo);
  g_ptr_array_unref (self->redo);
  for (guint i = 0; i < self->groups->len; i++)
    ((WeftDocument *) g_ptr_array_index (self->groups, i))->root = NULL;
  g_ptr_array_unref (self->groups);
  g_clear_pointer (&self->interface, weft_interface_free);
  g_free (self->group_name);
  g_array_unref (self->touched);
  g_hash_table_unref (self->wires_into);
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->by_uid);
  g_ptr_array_unref (self->notes);
  g_ptr_array_unref (self->wires);
  g_ptr_array_unref (self->nodes);
  weft_json_unref (self->training);
  weft_json_unref (self->view);
  weft_json_unref (self->extra);
  g_free (self->title);
  g_free (self->path);
  g_free (self->digest);
  G_OBJECT_CLASS (weft_document_parent_class)->finalize (object);
}

static void
weft_document_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WeftDocument *self = WEFT_DOCUMENT (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_MODIFIED:
      g_value_set_boolean (value, weft_document_get_modified (self));
      break;
    case PROP_CAN_UNDO:
      g_value_set_boolean (value, weft_document_get_undo_label (self) != NULL);
      break;
    case PROP_CAN_REDO:
      g_value_set_boolean (value, weft_document_get_redo_label (self) != NULL);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
weft_document_class_init (WeftDocumentClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = weft_document_finalize;
  object_class->get_property = weft_document_get_property;
  props[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  props[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);
  props[PROP_MODIFIED] = g_param_spec_boolean ("modified", NULL, NULL, FALSE, flags);
  props[PROP_CAN_UNDO] = g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, flags);
  props[PROP_CAN_REDO] = g_param_spec_boolean ("can-redo", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[CHANGED] = g_signal_new ("changed", WEFT_TYPE_DOCUMENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[SAVED] = g_signal_new ("saved", WEFT_TYPE_DOCUMENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
  signals[REFUSED] = g_signal_new ("refused", WEFT_TYPE_DOCUMENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

/* An empty, untitled document. The caller owns it. */
WeftDocument *
weft_document_new (void)
{
  return g_object_new (WEFT_TYPE_DOCUMENT, NULL);
}

/* ---- Saying what changed ---- */

void
weft_document_hold (WeftDocument *document)
{
  weft_document_get_root (document)->hold++;
}

/* A definition changed: so did all nodes that use it, wherever they stand. Where the change was in
 * places or notes only, no node is another. */
static void
spread (WeftDocument *root)
{
  const WeftChangeFlags deep = WEFT_CHANGE_NODES | WEFT_CHANGE_WIRES | WEFT_CHANGE_EVERYTHING;
  g_autoptr (GPtrArray) changed = g_ptr_array_new ();

  for (guint i = 0; i < root->groups->len; i++)
    {
      WeftDocument *group = g_ptr_array_index (root->groups, i);

      if (group->flags != 0)
        weft_document_touch (root, WEFT_CHANGE_GROUPS, 0);
      if (group->flags & deep)
        g_ptr_array_add (changed, group);
    }
  for (guint i = 0; i < changed->len; i++)
    for (guint k = 0; k <= root->groups->len; k++)
      {
        WeftDocument *user = k < root->groups->len ? g_ptr_array_index (root->groups, k) : root;
        const char   *name = ((WeftDocument *) g_ptr_array_index (changed, i))->group_name;
        g_autoptr (GArray) uses = weft_document_uses (user, name);

        for (guint u = 0; u < uses->len; u++)
          weft_document_touch (user, WEFT_CHANGE_NODES, g_array_index (uses, guint32, u));
        if (uses->len > 0 && user != root && !g_ptr_array_find (changed, user, NULL))
          g_ptr_array_add (changed, user);
      }
}

static void
tell (WeftDocument *document)
{
  WeftChange          change;
  g_autofree guint32 *nodes = NULL;

  if (document->flags == 0)
    return;
  nodes = g_memdup2 (document->touched->data, document->touched->len * sizeof (guint32));
  change = (WeftChange){ document->flags, document->touched->len, nodes };
  document->flags = 0;
  g_array_set_size (document->touched, 0);
  document->revision++;
  g_signal_emit (document, signals[CHANGED], 0, &change);
  for (guint i = PROP_TITLE; i < N_PROPS; i++)
    if (i != PROP_PATH)
      g_object_notify_by_pspec (G_OBJECT (document), props[i]);
}

void
weft_document_release (WeftDocument *document)
{
  WeftDocument *root = weft_document_get_root (document);
  g_autoptr (GPtrArray) groups = NULL;

  g_assert (root->hold > 0);
  if (--root->hold > 0)
    return;
  spread (root);
  /* Those who are told may edit. */
  groups = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < root->groups->len; i++)
    g_ptr_array_add (groups, g_object_ref (g_ptr_array_index (root->groups, i)));
  for (guint i = 0; i < groups->len; i++)
    tell (g_ptr_array_index (groups, i));
  tell (root);
}

/* Adds to the change being collected; @node 0: none. */
void
weft_document_touch (WeftDocument *document, WeftChangeFlags flags, guint32 node)
{
  document->flags |= flags;
  if (node != 0)
    g_array_append_val (document->touched, node);
}

/* ---- Raw changes ---- */

void
weft_document_insert_node (WeftDocument *document, guint index, NodeBox *box)
{
  g_ptr_array_insert (document->nodes, MIN (index, document->nodes->len), g_rc_box_acquire (box));
  g_hash_table_insert (document->by_uid, GUINT_TO_POINTER (box->node.uid), box);
  g_hash_table_insert (document->by_id, box->id, box);
  weft_document_touch (document, WEFT_CHANGE_NODES, box->node.uid);
}

void
weft_document_take_out_node (WeftDocument *document, guint index)
{
  NodeBox *box = g_ptr_array_index (document->nodes, index);

  weft_document_touch (document, WEFT_CHANGE_NODES, box->node.uid);
  g_hash_table_remove (document->by_uid, GUINT_TO_POINTER (box->node.uid));
  g_hash_table_remove (document->by_id, box->id);
  g_ptr_array_remove_index (document->nodes, index);
}

static void
touch_wire (WeftDocument *document, const WireBox *box)
{
  weft_document_touch (document, WEFT_CHANGE_WIRES, box->wire.from);
  weft_document_touch (document, WEFT_CHANGE_WIRES, box->wire.to);
}

void
weft_document_insert_wire (WeftDocument *document, guint index, WireBox *box)
{
  g_ptr_array_insert (document->wires, MIN (index, document->wires->len), g_rc_box_acquire (box));
  g_hash_table_add (document->wires_into, box);
  touch_wire (document, box);
}

void
weft_document_take_out_wire (WeftDocument *document, guint index)
{
  WireBox *box = g_ptr_array_index (document->wires, index);

  touch_wire (document, box);
  g_hash_table_remove (document->wires_into, box);
  g_ptr_array_remove_index (document->wires, index);
}

void
weft_document_insert_note (WeftDocument *document, guint index, NoteBox *box)
{
  g_ptr_array_insert (document->notes, MIN (index, document->notes->len), g_rc_box_acquire (box));
  weft_document_touch (document, WEFT_CHANGE_NOTES, 0);
}

void
weft_document_take_out_note (WeftDocument *document, guint index)
{
  g_ptr_array_remove_index (document->notes, index);
  weft_document_touch (document, WEFT_CHANGE_NOTES, 0);
}

/* Puts definition @group, called @name, among those of @document, which is none itself. */
void
weft_document_insert_group (WeftDocument *document,
                            guint         index,
                            WeftDocument *group,
                            const char   *name)
{
  g_assert (document->root == NULL && group->root == NULL);
  g_ptr_array_insert (document->groups, MIN (index, document->groups->len), g_object_ref (group));
  group->root = document;
  g_free (group->group_name);
  group->group_name = g_strdup (name);
  weft_document_touch (document, WEFT_CHANGE_GROUPS, 0);
}

void
weft_document_take_out_group (WeftDocument *document, WeftDocument *group)
{
  g_assert (group->root == document);
  group->root = NULL;
  g_clear_pointer (&group->group_name, g_free);
  g_ptr_array_remove (document->groups, group);
  weft_document_touch (document, WEFT_CHANGE_GROUPS, 0);
}

void
weft_document_name_group (WeftDocument *document, WeftDocument *group, const char *name)
{
  g_free (group->group_name);
  group->group_name = g_strdup (name);
  weft_document_touch (document, WEFT_CHANGE_GROUPS, 0);
}

/* ---- Looking ---- */

NodeBox *
weft_document_box (WeftDocument *document, guint32 uid)
{
  return g_hash_table_lookup (document->by_uid, GUINT_TO_POINTER (uid));
}

guint
weft_document_wire_index (WeftDocument *document, const WireBox *box)
{
  guint index = 0;

  g_ptr_array_find (document->wires, box, &index);
  return index;
}

/* How many nodes there are. */
guint
weft_document_n_nodes (WeftDocument *document)
{
  return document->nodes->len;
}

/* Node number @index in file order; borrowed until the next edit. */
const WeftNode *
weft_document_node_at (WeftDocument *document, guint index)
{
  g_return_val_if_fail (index < document->nodes->len, NULL);
  return &((NodeBox *) g_ptr_array_index (document->nodes, index))->node;
}

/* The node with number @uid, or NULL if it is not (or no longer) there. */
const WeftNode *
weft_document_node (WeftDocument *document, guint32 uid)
{
  NodeBox *box = weft_document_box (document, uid);

  return box != NULL ? &box->node : NULL;
}

/* The node called @id, or NULL. */
const WeftNode *
weft_document_node_by_id (WeftDocument *document, const char *id)
{
  NodeBox *box = g_hash_table_lookup (document->by_id, id);

  return box != NULL ? &box->node : NULL;
}

/* How many wires there are. */
guint
weft_document_n_wires (WeftDocument *document)
{
  return document->wires->len;
}

/* Wire number @index in file order; borrowed until the next edit. */
const WeftWire *
weft_document_wire_at (WeftDocument *document, guint index)
{
  g_return_val_if_fail (index < document->wires->len, NULL);
  return &((WireBox *) g_ptr_array_index (document->wires, index))->wire;
}

/* The wire that ends in input @port of node @to, or NULL if the port is open. */
const WeftWire *
weft_document_wire_into (WeftDocument *document, guint32 to, const char *port)
{
  WireBox  key = { .wire = { .to = to }, .to_port = (char *) port };
  WireBox *box = g_hash_table_lookup (document->wires_into, &key);

  return box != NULL ? &box->wire : NULL;
}

/* How many notes there are. */
guint
weft_document_n_notes (WeftDocument *document)
{
  return document->notes->len;
}

/* Note number @index; borrowed until the next edit. */
const WeftNote *
weft_document_note_at (WeftDocument *document, guint index)
{
  g_return_val_if_fail (index < document->notes->len, NULL);
  return &((NoteBox *) g_ptr_array_index (document->notes, index))->note;
}

/* The "training" object; borrowed, read only, never NULL. */
WeftJson *
weft_document_get_training (WeftDocument *document)
{
  return document->training;
}

/* The "view" object; borrowed, read only, never NULL. */
WeftJson *
weft_document_get_view (WeftDocument *document)
{
  return document->view;
}

/* Replaces the "view" object by @view (taken): no undo step, no modification. */
void
weft_document_set_view (WeftDocument *document, WeftJson *view)
{
  weft_json_unref (document->view);
  document->view = view;
}

/* Member @key of the file that is none of the known ones ("layer", "summary", ...);
 * borrowed, NULL if absent. */
WeftJson *
weft_document_get_member (WeftDocument *document, const char *key)
{
  return weft_json_get (document->extra, key);
}

/* The path of the file, NULL while untitled; borrowed. */
const char *
weft_document_get_path (WeftDocument *document)
{
  return weft_document_get_root (document)->path;
}

/* The title, "" if there is none; borrowed. */
const char *
weft_document_get_title (WeftDocument *document)
{
  return document->title;
}

/* A document as it ran lies at NAME.runs/NUMBER/document.weft (engine/train/runs.h): its data
 * stayed beside NAME. */
static gboolean
is_of_run (const char *folder)
{
  g_autofree char *runs = g_path_get_dirname (folder);
  g_autofree char *number = g_path_get_basename (folder);

  return g_str_has_suffix (runs, ".runs") && *number != '\0' &&
         strspn (number, "0123456789") == strlen (number);
}

/* The folder that data files are relative to: that of the file; NULL while untitled. The caller
 * owns it. */
char *
weft_document_dup_folder (WeftDocument *document)
{
  const char      *path = weft_document_get_path (document);
  g_autofree char *folder = path != NULL ? g_path_get_dirname (path) : NULL;
  g_autofree char *runs = NULL;

  if (folder == NULL || !is_of_run (folder))
    return g_steal_pointer (&folder);
  runs = g_path_get_dirname (folder);
  return g_path_get_dirname (runs);
}

static guint64
state_serial (WeftDocument *document)
{
  return document->undo->len > 0
           ? ((Step *) g_ptr_array_index (document->undo, document->undo->len - 1))->serial
           : 0;
}

/* TRUE if the document differs from its file: undoing back to what was saved makes it FALSE again.
 */
gboolean
weft_document_get_modified (WeftDocument *document)
{
  WeftDocument *root = weft_document_get_root (document);

  return (root->open != NULL && root->open->edits->len > 0) ||
         state_serial (root) != root->saved_serial;
}

/* A number that grows with each change. */
guint64
weft_document_get_revision (WeftDocument *document)
{
  return document->revision;
}

/* The document is now what @path holds. */
void
weft_document_mark_saved (WeftDocument *document, const char *path)
{
  if (g_strcmp0 (document->path, path) != 0)
    {
      g_free (document->path);
      document->path = g_strdup (path);
      g_object_notify_by_pspec (G_OBJECT (document), props[PROP_PATH]);
    }
  document->saved_serial = state_serial (document);
  weft_journal_note_saved (document);
  g_object_notify_by_pspec (G_OBJECT (document), props[PROP_MODIFIED]);
  g_signal_emit (document, signals[SAVED], 0);
}

/* ---- Snapshots ---- */

static void
copy_node (const NodeBox *from, WeftDocument *to, guint32 uid)
{
  NodeBox *box = weft_node_box_new (uid, from->id, from->op, weft_json_copy (from->node.params),
                                    from->node.x, from->node.y);

  weft_node_box_look_like (box, from);
  weft_document_insert_node (to, to->nodes->len, box);
  weft_node_box_unref (box);
}

static void
copy_note (const NoteBox *from, WeftDocument *to)
{
  NoteBox *box = weft_note_box_new (from->id, from->text, from->note.x, from->note.y,
                                    from->note.width, from->note.height);

  box->note.frame = from->note.frame;
  box->extra = from->extra != NULL ? weft_json_copy (from->extra) : NULL;
  weft_document_insert_note (to, to->notes->len, box);
  weft_note_box_unref (box);
}

void
weft_document_copy_content (WeftDocument *from, WeftDocument *to, gboolean fresh)
{
  for (guint i = 0; i < from->nodes->len; i++)
    {
      const NodeBox *box = g_ptr_array_index (from->nodes, i);

      copy_node (box, to, fresh ? weft_document_next_uid () : box->node.uid);
    }
  for (guint i = 0; i < from->wires->len; i++)
    {
      const WeftWire *wire = weft_document_wire_at (from, i);
      const char     *a = weft_document_node (from, wire->from)->id;
      const char     *b = weft_document_node (from, wire->to)->id;
      WireBox        *box = weft_wire_box_new (weft_document_node_by_id (to, a)->uid, wire->from_port,
                                               weft_document_node_by_id (to, b)->uid, wire->to_port);

      weft_wire_box_look_like (box, (const WireBox *) wire, 0, 0);
      weft_document_insert_wire (to, i, box);
      weft_wire_box_unref (box);
    }
  for (guint i = 0; i < from->notes->len; i++)
    copy_note (g_ptr_array_index (from->notes, i), to);
  weft_json_unref (to->training);
  weft_json_unref (to->extra);
  weft_json_unref (to->view);
  to->training = weft_json_copy (from->training);
  to->extra = weft_json_copy (from->extra);
  to->view = weft_json_copy (from->view);
  g_free (to->title);
  to->title = g_strdup (from->title);
}

static void
forget_changes (WeftDocument *document)
{
  document->flags = 0;
  g_array_set_size (document->touched, 0);
}

/* A copy of @document for another thread: the same node numbers and path, no undo steps, no signals
 * connected. Of a definition it is a document by itself, with all groups. The caller owns it. */
WeftDocument *
weft_document_snapshot (WeftDocument *document)
{
  WeftDocument *copy = weft_document_new ();
  WeftDocument *root = weft_document_get_root (document);

  weft_document_copy_content (document, copy, FALSE);
  copy->path = g_strdup (document->path);
  copy->revision = document->revision;
  for (guint i = 0; i < root->groups->len; i++)
    {
      WeftDocument *group = g_ptr_array_index (root->groups, i);
      g_autoptr (WeftDocument) twin = weft_document_new ();

      weft_document_copy_content (group, twin, FALSE);
      twin->revision = group->revision;
      weft_document_insert_group (copy, i, twin, group->group_name);
      forget_changes (twin);
    }
  forget_changes (copy);
  return copy;
}

/* As weft_document_snapshot, and no edit changes it. */
WeftDocument *
weft_document_snapshot_frozen (WeftDocument *document)
{
  WeftDocument *copy = weft_document_snapshot (document);

  copy->frozen = TRUE;
  return copy;
}

gboolean
weft_document_is_frozen (WeftDocument *document, GError **error)
{
  WeftDocument *root = weft_document_get_root (document);

  if (root->frozen)
    g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT,
                 _ ("%s ships with Weft; make it your own to change it."), root->title);
  if (!root->lesson || root->turning)
    return root->frozen;
  if (error == NULL)
    g_signal_emit (root, signals[REFUSED], 0, _ (LESSON_TAKEN));
  else
    g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT, _ (LESSON_TAKEN));
  return TRUE;
}

/* ---- Names and ways ---- */

gboolean
weft_document_id_is_valid (const char *id)
{
  if (*id == '\0' || g_utf8_strlen (id, -1) > WEFT_MAX_ID)
    return FALSE;
  for (const char *at = id; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (c != '_' && c != '-' && !g_unichar_isalnum (c))
        return FALSE;
    }
  return TRUE;
}

char *
weft_document_unique_id (WeftDocument *document, const char *id)
{
  gsize            stem = strlen (id);
  g_autofree char *base = NULL;

  if (!g_hash_table_contains (document->by_id, id))
    return g_strdup (id);
  while (stem > 1 && g_ascii_isdigit (id[stem - 1]))
    stem--;
  base = g_strndup (id, stem);
  for (guint i = 2;; i++)
    {
      g_autofree char *digits = g_strdup_printf ("%u", i);
      g_autofree char *head = g_utf8_substring (
        base, 0, MIN (g_utf8_strlen (base, -1), WEFT_MAX_ID - (glong) strlen (digits)));
      g_autofree char *next = g_strconcat (head, digits, NULL);

      if (!g_hash_table_contains (document->by_id, next))
        return g_steal_pointer (&next);
    }
}

double
weft_document_on_canvas (double x)
{
  return isnan (x) ? 0 : CLAMP (x, -WEFT_MAX_POSITION, WEFT_MAX_POSITION);
}

static char *
spell_path (WeftDocument *document, GHashTable *came_from, guint32 from, guint32 to)
{
  GString *text = g_string_new (weft_document_box (document, to)->id);

  for (guint32 at = to; at != from;)
    {
      at = GPOINTER_TO_UINT (g_hash_table_lookup (came_from, GUINT_TO_POINTER (at)));
      g_string_prepend (text, " -> ");
      g_string_prepend (text, weft_document_box (document, at)->id);
    }
  return g_string_free (text, FALSE);
}

GHashTable *
weft_document_targets (WeftDocument *document)
{
  GHashTable *next = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref);

  for (guint i = 0; i < document->wires->len; i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);
      GArray         *targets = g_hash_table_lookup (next, GUINT_TO_POINTER (wire->from));

      if (targets == NULL)
        {
          targets = g_array_new (FALSE, FALSE, sizeof (guint32));
          g_hash_table_insert (next, GUINT_TO_POINTER (wire->from), targets);
        }
      g_array_append_val (targets, wire->to);
    }
  return next;
}

char *
weft_document_path_between (WeftDocument *document, guint32 from, guint32 to)
{
  g_autoptr (GHashTable) came_from = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) next = weft_document_targets (document);
  g_autoptr (GArray) queue = g_array_new (FALSE, FALSE, sizeof (guint32));

  g_array_append_val (queue, from);
  g_hash_table_insert (came_from, GUINT_TO_POINTER (from), GUINT_TO_POINTER (from));
  for (guint i = 0; i < queue->len; i++)
    {
      guint32 at = g_array_index (queue, guint32, i);
      GArray *targets = g_hash_table_lookup (next, GUINT_TO_POINTER (at));

      if (at == to)
        return spell_path (document, came_from, from, to);
      for (guint k = 0; targets != NULL && k < targets->len; k++)
        {
          guint32 target = g_array_index (targets, guint32, k);

          if (!g_hash_table_contains (came_from, GUINT_TO_POINTER (target)))
            {
              g_hash_table_insert (came_from, GUINT_TO_POINTER (target), GUINT_TO_POINTER (at));
              g_array_append_val (queue, target);
            }
        }
    }
  return NULL;
}
