/* Edits in the journal: a row of the table for each kind, which says what it has.
 *
 * Reading looks at everything that it is going to use: what does not fit the document is refused.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/journal-private.h"

#include <string.h>

/* ---- Numbers of nodes ---- */

void
weft_journal_numbers_init (JournalNumbers *numbers)
{
  numbers->by_uid = g_hash_table_new (NULL, NULL);
  numbers->uids = g_hash_table_new (NULL, NULL);
  numbers->last = 0;
}

void
weft_journal_numbers_clear (JournalNumbers *numbers)
{
  g_clear_pointer (&numbers->by_uid, g_hash_table_unref);
  g_clear_pointer (&numbers->uids, g_hash_table_unref);
}

void
weft_journal_numbers_set (JournalNumbers *numbers, gint64 number, guint32 uid)
{
  g_hash_table_insert (numbers->by_uid, GUINT_TO_POINTER (uid), GUINT_TO_POINTER (number));
  g_hash_table_insert (numbers->uids, GUINT_TO_POINTER (number), GUINT_TO_POINTER (uid));
  numbers->last = MAX (numbers->last, (guint) number);
}

guint
weft_journal_number_of (JournalNumbers *numbers, guint32 uid)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (numbers->by_uid, GUINT_TO_POINTER (uid)));

  if (number == 0)
    {
      number = numbers->last + 1;
      weft_journal_numbers_set (numbers, number, uid);
    }
  return number;
}

static gboolean
is_number (gint64 number)
{
  return number > 0 && number < G_MAXINT32;
}

guint32
weft_journal_uid_of (const JournalNumbers *numbers, gint64 number)
{
  if (!is_number (number))
    return 0;
  return GPOINTER_TO_UINT (g_hash_table_lookup (numbers->uids, GUINT_TO_POINTER (number)));
}

WeftJson *
weft_journal_write_numbers (JournalNumbers *numbers, WeftDocument *document)
{
  WeftJson *list = weft_json_new_array ();

  for (guint i = 0; i < document->nodes->len; i++)
    weft_json_append (list, weft_json_new_int (weft_journal_number_of (
                              numbers, weft_document_node_at (document, i)->uid)));
  return list;
}

gboolean
weft_journal_read_numbers (JournalNumbers *numbers, WeftDocument *document, WeftJson *json)
{
  if (weft_json_length (json) != document->nodes->len)
    return FALSE;
  for (guint i = 0; i < document->nodes->len; i++)
    {
      gint64 number = weft_json_int (weft_json_at (json, i), 0);

      if (!is_number (number))
        return FALSE;
      weft_journal_numbers_set (numbers, number, weft_document_node_at (document, i)->uid);
    }
  return TRUE;
}

/* ---- What an edit may have ---- */

typedef struct
{
  JournalNumbers *numbers;
  WeftDocument   *root, *document; /* the document is where it happens: the root or a definition */
} Place;

static gint64
get_index (WeftJson *json, guint limit)
{
  gint64 index = weft_json_get_int (json, "index", -1);

  return index < limit ? index : -1;
}

static void
write_index (Place *place, const Edit *edit, WeftJson *json)
{
  weft_json_set_int (json, "index", edit->index);
}

static gboolean
read_index (Place *place, WeftJson *json, Edit *edit)
{
  edit->index = (guint) get_index (json, G_MAXINT32);
  return edit->index < G_MAXINT32;
}

static void
write_uid (Place *place, const Edit *edit, WeftJson *json)
{
  weft_json_set_int (json, "node", weft_journal_number_of (place->numbers, edit->uid));
}

static gboolean
read_uid (Place *place, WeftJson *json, Edit *edit)
{
  edit->uid = weft_journal_uid_of (place->numbers, weft_json_get_int (json, "node", 0));
  return weft_document_box (place->document, edit->uid) != NULL;
}

static void
write_new_node (Place *place, const Edit *edit, WeftJson *json)
{
  weft_json_set_int (json, "number",
                     weft_journal_number_of (place->numbers, edit->node->node.uid));
  weft_json_set (json, "node", weft_node_box_to_json (edit->node));
}

static gboolean
read_new_node (Place *place, WeftJson *json, Edit *edit)
{
  gint64  number = weft_json_get_int (json, "number", 0);
  guint32 uid = weft_journal_uid_of (place->numbers, number);

  /* A node that comes back under its old number: its file was read again. */
  if (uid == 0)
    uid = weft_document_next_uid ();
  edit->node = weft_node_box_from_json (weft_json_get (json, "node"), uid, NULL);
  if (edit->node == NULL || !is_number (number) ||
      weft_document_box (place->document, uid) != NULL ||
      weft_document_node_by_id (place->document, edit->node->id) != NULL)
    return FALSE;
  weft_journal_numbers_set (place->numbers, number, uid);
  return TRUE;
}

static void
write_old_node (Place *place, const Edit *edit, WeftJson *json)
{
  weft_json_set_int (json, "number",
                     weft_journal_number_of (place->numbers, edit->node->node.uid));
}

static gboolean
read_old_node (Place *place, WeftJson *json, Edit *edit)
{
  gint64  index = get_index (json, place->document->nodes->len);
  guint32 uid = weft_journal_uid_of (place->numbers, weft_json_get_int (json, "number", 0));

  if (index < 0 || weft_document_node_at (place->document, (guint) index)->uid != uid)
    return FALSE;
  edit->node = g_rc_box_acquire ((NodeBox *) g_ptr_array_index (place->document->nodes, index));
  return TRUE;
}

static void
write_new_wire (Place *place, const Edit *edit, WeftJson *json)
{
  const WeftWire *wire = &edit->wire->wire;

  weft_json_set_int (json, "from", weft_journal_number_of (place->numbers, wire->from));
  weft_json_set_string (json, "from-port", wire->from_port);
  weft_json_set_int (json, "to", weft_journal_number_of (place->numbers, wire->to));
  weft_json_set_string (json, "to-port", wire->to_port);
  weft_json_set (json, "route", weft_wire_box_get_route (edit->wire));
}

static gboolean
read_new_wire (Place *place, WeftJson *json, Edit *edit)
{
  guint32     from = weft_journal_uid_of (place->numbers, weft_json_get_int (json, "from", 0));
  guint32     to = weft_journal_uid_of (place->numbers, weft_json_get_int (json, "to", 0));
  const char *from_port = weft_json_get_string (json, "from-port", NULL);
  const char *to_port = weft_json_get_string (json, "to-port", NULL);

  if (weft_document_box (place->document, from) == NULL ||
      weft_document_box (place->document, to) == NULL || from_port == NULL || to_port == NULL ||
      weft_document_wire_into (place->document, to, to_port) != NULL)
    return FALSE;
  edit->wire = weft_wire_box_new (from, from_port, to, to_port);
  weft_wire_box_set_route (edit->wire, weft_json_get (json, "route"));
  return TRUE;
}

/* An edit of the wire, or of the note, that stands at the index. */
static gboolean
read_wire_index (Place *place, WeftJson *json, Edit *edit)
{
  return read_index (place, json, edit) && edit->index < place->document->wires->len;
}

static gboolean
read_note_index (Place *place, WeftJson *json, Edit *edit)
{
  return read_index (place, json, edit) && edit->index < place->document->notes->len;
}

static gboolean
read_old_wire (Place *place, WeftJson *json, Edit *edit)
{
  gint64 index = get_index (json, place->document->wires->len);

  if (index < 0)
    return FALSE;
  edit->wire = g_rc_box_acquire ((WireBox *) g_ptr_array_index (place->document->wires, index));
  return TRUE;
}

static void
write_new_note (Place *place, const Edit *edit, WeftJson *json)
{
  weft_json_set (json, "note", weft_note_box_to_json (edit->note));
}

static gboolean
read_new_note (Place *place, WeftJson *json, Edit *edit)
{
  edit->note = weft_note_box_from_json (weft_json_get (json, "note"), NULL);
  return edit->note != NULL;
}

static gboolean
read_old_note (Place *place, WeftJson *json, Edit *edit)
{
  gint64 index = get_index (json, place->document->notes->len);

  if (index < 0)
    return FALSE;
  edit->note = g_rc_box_acquire ((NoteBox *) g_ptr_array_index (place->document->notes, index));
  return TRUE;
}

/* Five numbers a node: which, from where, to where. */
static void
write_moves (Place *place, const Edit *edit, WeftJson *json)
{
  WeftJson *list = weft_json_new_array ();

  for (guint i = 0; i < edit->moves->len; i++)
    {
      const Move *move = &g_array_index (edit->moves, Move, i);

      weft_json_append (list,
                        weft_json_new_int (weft_journal_number_of (place->numbers, move->uid)));
      for (guint k = 0; k < 4; k++)
        weft_json_append (list, weft_json_new_number (k < 2 ? move->from[k] : move->to[k - 2]));
    }
  weft_json_set (json, "moves", list);
}

static gboolean
read_moves (Place *place, WeftJson *json, Edit *edit)
{
  WeftJson *list = weft_json_get (json, "moves");
  guint     n = weft_json_length (list) / 5;

  edit->moves = g_array_sized_new (FALSE, FALSE, sizeof (Move), n);
  for (guint i = 0; i < n; i++)
    {
      Move move = { weft_journal_uid_of (place->numbers,
                                         weft_json_int (weft_json_at (list, i * 5), 0)),
                    { 0, 0 },
                    { 0, 0 } };

      if (weft_document_box (place->document, move.uid) == NULL)
        return FALSE;
      for (guint k = 0; k < 2; k++)
        {
          move.from[k] = weft_json_number (weft_json_at (list, i * 5 + 1 + k), 0);
          move.to[k] = weft_json_number (weft_json_at (list, i * 5 + 3 + k), 0);
        }
      g_array_append_val (edit->moves, move);
    }
  return TRUE;
}

static void
write_before (Place *place, const Edit *edit, WeftJson *json)
{
  weft_json_set (json, "before",
                 edit->before != NULL ? weft_json_ref (edit->before) : weft_json_new_null ());
}

static gboolean
read_before (Place *place, WeftJson *json, Edit *edit)
{
  WeftJson *value = weft_json_get (json, "before");

  edit->before = value != NULL ? weft_json_ref (value) : weft_json_new_null ();
  return weft_json_has (json, "before");
}

static void
write_after (Place *place, const Edit *edit, WeftJson *json)
{
  weft_json_set (json, "after",
                 edit->after != NULL ? weft_json_ref (edit->after) : weft_json_new_null ());
}

static gboolean
read_after (Place *place, WeftJson *json, Edit *edit)
{
  WeftJson *value = weft_json_get (json, "after");

  edit->after = value != NULL ? weft_json_ref (value) : weft_json_new_null ();
  return weft_json_has (json, "after");
}

/* The definition as it came; what later edits make of it, they say. */
static void
write_new_group (Place *place, const Edit *edit, WeftJson *json)
{
  g_autofree char *member = weft_document_group_text (edit->group);
  g_autofree char *text = g_strconcat ("{", member, "}", NULL);

  weft_json_set_string (json, "text", text);
  weft_json_set (json, "numbers", weft_journal_write_numbers (place->numbers, edit->group));
}

static gboolean
read_new_group (Place *place, WeftJson *json, Edit *edit)
{
  g_autoptr (WeftJson) whole =
    weft_json_parse (weft_json_get_string (json, "text", ""), -1, NULL);
  WeftJson   *member = NULL;
  const char *name = weft_json_n_members (whole) == 1 ? weft_json_member (whole, 0, &member) : NULL;

  if (name == NULL)
    return FALSE;
  edit->group = weft_document_group_from_json (name, member);
  return edit->group != NULL && weft_document_get_group (place->root, name) == NULL &&
         weft_journal_read_numbers (place->numbers, edit->group, weft_json_get (json, "numbers"));
}

static gboolean
read_old_group (Place *place, WeftJson *json, Edit *edit)
{
  gint64 index = get_index (json, place->root->groups->len);

  if (index < 0)
    return FALSE;
  edit->group = g_object_ref (g_ptr_array_index (place->root->groups, index));
  return TRUE;
}

static void
write_which_group (Place *place, const Edit *edit, WeftJson *json)
{
  guint index = 0;

  g_ptr_array_find (place->root->groups, edit->group, &index);
  weft_json_set_int (json, "index", index);
}

/* What the state tells when it is read is not written. */
static void
write_nothing (Place *place, const Edit *edit, WeftJson *json)
{
}

typedef struct
{
  void (*write) (Place *place, const Edit *edit, WeftJson *json);
  gboolean (*read) (Place *place, WeftJson *json, Edit *edit);
} Field;

static const Field INDEX = { write_index, read_index };
static const Field WIRE_INDEX = { write_index, read_wire_index };
static const Field NOTE_INDEX = { write_index, read_note_index };
static const Field UID = { write_uid, read_uid };
static const Field NEW_NODE = { write_new_node, read_new_node };
static const Field OLD_NODE = { write_old_node, read_old_node };
static const Field NEW_WIRE = { write_new_wire, read_new_wire };
static const Field OLD_WIRE = { write_nothing, read_old_wire };
static const Field NEW_NOTE = { write_new_note, read_new_note };
static const Field OLD_NOTE = { write_nothing, read_old_note };
static const Field MOVES = { write_moves, read_moves };
static const Field BEFORE = { write_before, read_before };
static const Field AFTER = { write_after, read_after };
static const Field NEW_GROUP = { write_new_group, read_new_group };
static const Field OLD_GROUP = { write_nothing, read_old_group };
static const Field WHICH_GROUP = { write_which_group, read_old_group };

/* clang-format off */
/* A row for each kind of edit; there is no other list. New: the edit brings it. Old: it stands in the document at the index. */
static const struct
{
  EditKind     kind;
  const char  *name;
  const Field *fields[4];
} KINDS[] = {
  /* kind              name            what it has */
  { EDIT_ADD_NODE,     "add-node",     { &INDEX, &NEW_NODE } },
  { EDIT_REMOVE_NODE,  "remove-node",  { &INDEX, &OLD_NODE } },
  { EDIT_RENAME,       "rename",       { &UID, &BEFORE, &AFTER } },
  { EDIT_PARAMS,       "params",       { &UID, &BEFORE, &AFTER } },
  { EDIT_MOVE,         "move",         { &MOVES } },
  { EDIT_ADD_WIRE,     "add-wire",     { &INDEX, &NEW_WIRE } },
  { EDIT_REMOVE_WIRE,  "remove-wire",  { &INDEX, &OLD_WIRE } },
  { EDIT_ADD_NOTE,     "add-note",     { &INDEX, &NEW_NOTE } },
  { EDIT_REMOVE_NOTE,  "remove-note",  { &INDEX, &OLD_NOTE } },
  { EDIT_TRAINING,     "training",     { &BEFORE, &AFTER } },
  { EDIT_TITLE,        "title",        { &BEFORE, &AFTER } },
  { EDIT_OP,           "op",           { &UID, &BEFORE, &AFTER } },
  { EDIT_LESSON,       "lesson",       { &BEFORE, &AFTER } },
  { EDIT_LAYER,        "layer",        { &BEFORE, &AFTER } },
  { EDIT_ADD_GROUP,    "add-group",    { &INDEX, &AFTER, &NEW_GROUP } },
  { EDIT_REMOVE_GROUP, "remove-group", { &INDEX, &AFTER, &OLD_GROUP } },
  { EDIT_RENAME_GROUP, "rename-group", { &WHICH_GROUP, &BEFORE, &AFTER } },
  { EDIT_FLAGS,        "flags",        { &UID, &BEFORE, &AFTER } },
  { EDIT_ROUTE,        "route",        { &WIRE_INDEX, &BEFORE, &AFTER } },
  { EDIT_NOTE,         "note",         { &NOTE_INDEX, &BEFORE, &AFTER } },
};
/* clang-format on */

gint
weft_journal_place_of (WeftDocument *root, const Edit *edit)
{
  guint inside = 0;

  if (edit->inside == NULL || !g_ptr_array_find (root->groups, edit->inside, &inside))
    return -1;
  return (gint) inside;
}

WeftJson *
weft_journal_write_edit (JournalNumbers *numbers, WeftDocument *root, const Edit *edit, gint inside)
{
  Place     place = { numbers, root, edit->inside != NULL ? edit->inside : root };
  WeftJson *json = weft_json_new_object ();
  guint     row = 0;

  while (KINDS[row].kind != edit->kind)
    g_assert (++row < G_N_ELEMENTS (KINDS));
  weft_json_set_string (json, "edit", KINDS[row].name);
  if (inside >= 0)
    weft_json_set_int (json, "in", inside);
  for (guint i = 0; i < G_N_ELEMENTS (KINDS[row].fields) && KINDS[row].fields[i] != NULL; i++)
    KINDS[row].fields[i]->write (&place, edit, json);
  return json;
}

static gboolean
find_place (WeftJson *json, Place *place)
{
  gint64 inside = weft_json_get_int (json, "in", -1);

  if (inside >= (gint64) place->root->groups->len)
    return FALSE;
  place->document =
    inside >= 0 ? g_ptr_array_index (place->root->groups, inside) : place->root;
  return TRUE;
}

gboolean
weft_journal_read_edit (
  JournalNumbers *numbers, WeftDocument *root, WeftJson *json, Edit *edit, WeftDocument **target)
{
  Place       place = { numbers, root, root };
  const char *name = weft_json_get_string (json, "edit", "");
  guint       row = 0;

  while (row < G_N_ELEMENTS (KINDS) && !g_str_equal (KINDS[row].name, name))
    row++;
  if (row == G_N_ELEMENTS (KINDS) || !find_place (json, &place))
    return FALSE;
  edit->kind = KINDS[row].kind;
  *target = place.document;
  for (guint i = 0; i < G_N_ELEMENTS (KINDS[row].fields) && KINDS[row].fields[i] != NULL; i++)
    if (!KINDS[row].fields[i]->read (&place, json, edit))
      return FALSE;
  return TRUE;
}
