/* Undo and redo: steps of reversible edits.
 *
 * An edit is done once by weft_document_do, which also records it; undoing and redoing apply the
 * same record backwards and forwards.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/document-undo.h"
#include "engine/document/breakpoints.h"
#include "engine/document/journal-private.h"

#include <string.h>

void
weft_document_clear_edit (Edit *edit)
{
  g_clear_pointer (&edit->node, weft_node_box_unref);
  g_clear_pointer (&edit->wire, weft_wire_box_unref);
  g_clear_pointer (&edit->note, weft_note_box_unref);
  g_clear_pointer (&edit->moves, g_array_unref);
  g_clear_pointer (&edit->before, weft_json_unref);
  g_clear_pointer (&edit->after, weft_json_unref);
  g_clear_object (&edit->group);
  g_clear_object (&edit->inside);
}

static void
clear_edit (gpointer data)
{
  weft_document_clear_edit (data);
}

/* ---- Applying ---- */

static void
rename_box (WeftDocument *document, guint32 uid, const char *id)
{
  NodeBox *box = weft_document_box (document, uid);

  weft_document_rename_breakpoint (document, box->id, id);
  g_hash_table_remove (document->by_id, box->id);
  g_free (box->id);
  box->id = g_strdup (id);
  box->node.id = box->id;
  g_hash_table_insert (document->by_id, box->id, box);
  weft_document_touch (document, WEFT_CHANGE_NODES, uid);
}

static void
replace_params (WeftDocument *document, guint32 uid, WeftJson *params)
{
  NodeBox *box = weft_document_box (document, uid);

  weft_json_unref (box->node.params);
  box->node.params = weft_json_ref (params);
  weft_document_touch (document, WEFT_CHANGE_NODES, uid);
}

static void
move_boxes (WeftDocument *document, const GArray *moves, gboolean forwards)
{
  for (guint i = 0; i < moves->len; i++)
    {
      const Move   *move = &g_array_index (moves, Move, i);
      const double *place = forwards ? move->to : move->from;
      NodeBox      *box = weft_document_box (document, move->uid);

      box->node.x = place[0];
      box->node.y = place[1];
      weft_document_touch (document, WEFT_CHANGE_POSITIONS, move->uid);
    }
}

static void
replace_training (WeftDocument *document, WeftJson *training)
{
  weft_json_unref (document->training);
  document->training = weft_json_ref (training);
  weft_document_touch (document, WEFT_CHANGE_TRAINING, 0);
}

static void
replace_title (WeftDocument *document, WeftJson *title)
{
  g_free (document->title);
  document->title = g_strdup (weft_json_string (title, ""));
  weft_document_touch (document, WEFT_CHANGE_TRAINING, 0);
}

static void
replace_op (WeftDocument *document, guint32 uid, const char *op)
{
  NodeBox *box = weft_document_box (document, uid);

  g_free (box->op);
  box->op = g_strdup (op);
  box->node.op = box->op;
  weft_document_touch (document, WEFT_CHANGE_NODES, uid);
}

static void
replace_layer (WeftDocument *document, WeftJson *layer)
{
  if (weft_json_kind (layer) == WEFT_JSON_OBJECT)
    weft_json_set (document->extra, "layer", weft_json_ref (layer));
  else
    weft_json_remove (document->extra, "layer");
  weft_document_touch (document, WEFT_CHANGE_NODES, 0);
}

static void
replace_lesson (WeftDocument *document, WeftJson *lesson)
{
  if (weft_json_kind (lesson) == WEFT_JSON_OBJECT)
    weft_json_set (document->extra, "lesson", weft_json_ref (lesson));
  else
    weft_json_remove (document->extra, "lesson");
  weft_document_touch (document, WEFT_CHANGE_TRAINING, 0);
}

static void
replace_flags (WeftDocument *document, guint32 uid, WeftJson *flags)
{
  NodeBox      *box = weft_document_box (document, uid);
  WeftNodeFlags old = box->node.flags;

  box->node.flags = (WeftNodeFlags) weft_json_int (flags, 0);
  weft_document_touch (document,
                       ((old ^ box->node.flags) & WEFT_NODE_BYPASSED) != 0
                         ? WEFT_CHANGE_NODES | WEFT_CHANGE_LOOKS
                         : WEFT_CHANGE_LOOKS,
                       uid);
}

static void
replace_route (WeftDocument *document, guint index, WeftJson *route)
{
  WireBox *box = g_ptr_array_index (document->wires, index);

  weft_wire_box_set_route (box, route);
  weft_document_touch (document, WEFT_CHANGE_LOOKS, box->wire.from);
  weft_document_touch (document, WEFT_CHANGE_LOOKS, box->wire.to);
}

static void
replace_note (WeftDocument *document, guint index, WeftJson *note)
{
  weft_note_box_read (g_ptr_array_index (document->notes, index), note);
  weft_document_touch (document, WEFT_CHANGE_NOTES, 0);
}

static void
apply_to_group (WeftDocument *document, const Edit *edit, gboolean forwards)
{
  if (edit->kind == EDIT_RENAME_GROUP)
    weft_document_name_group (document, edit->group,
                              weft_json_string (forwards ? edit->after : edit->before, ""));
  else if ((edit->kind == EDIT_ADD_GROUP) == forwards)
    weft_document_insert_group (document, edit->index, edit->group,
                                weft_json_string (edit->after, ""));
  else
    weft_document_take_out_group (document, edit->group);
}

static void
apply (WeftDocument *root, const Edit *edit, gboolean forwards)
{
  WeftDocument *document = edit->inside != NULL ? edit->inside : root;
  WeftJson     *json = forwards ? edit->after : edit->before;

  switch (edit->kind)
    {
    case EDIT_ADD_NODE:
    case EDIT_REMOVE_NODE:
      if ((edit->kind == EDIT_ADD_NODE) == forwards)
        weft_document_insert_node (document, edit->index, edit->node);
      else
        weft_document_take_out_node (document, edit->index);
      break;
    case EDIT_ADD_WIRE:
    case EDIT_REMOVE_WIRE:
      if ((edit->kind == EDIT_ADD_WIRE) == forwards)
        weft_document_insert_wire (document, edit->index, edit->wire);
      else
        weft_document_take_out_wire (document, edit->index);
      break;
    case EDIT_ADD_NOTE:
    case EDIT_REMOVE_NOTE:
      if ((edit->kind == EDIT_ADD_NOTE) == forwards)
        weft_document_insert_note (document, edit->index, edit->note);
      else
        weft_document_take_out_note (document, edit->index);
      break;
    case EDIT_RENAME:
      rename_box (document, edit->uid, weft_json_string (json, ""));
      break;
    case EDIT_PARAMS:
      replace_params (document, edit->uid, json);
      break;
    case EDIT_MOVE:
      move_boxes (document, edit->moves, forwards);
      break;
    case EDIT_TRAINING:
      replace_training (document, json);
      break;
    case EDIT_TITLE:
      replace_title (document, json);
      break;
    case EDIT_OP:
      replace_op (document, edit->uid, weft_json_string (json, ""));
      break;
    case EDIT_LESSON:
      replace_lesson (document, json);
      break;
    case EDIT_LAYER:
      replace_layer (document, json);
      break;
    case EDIT_ADD_GROUP:
    case EDIT_REMOVE_GROUP:
    case EDIT_RENAME_GROUP:
      apply_to_group (root, edit, forwards);
      break;
    case EDIT_FLAGS:
      replace_flags (document, edit->uid, json);
      break;
    case EDIT_ROUTE:
      replace_route (document, edit->index, json);
      break;
    case EDIT_NOTE:
      replace_note (document, edit->index, json);
      break;
    }
}

/* ---- Recording ---- */

static gboolean
same_nodes (const GArray *a, const GArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (g_array_index (a, Move, i).uid != g_array_index (b, Move, i).uid)
      return FALSE;
  return TRUE;
}

gboolean
weft_document_edit_is_place (const Edit *edit)
{
  return edit->kind == EDIT_MOVE || edit->kind == EDIT_ROUTE || edit->kind == EDIT_NOTE;
}

/* A change of the same places in the same step, with nothing but such changes since, is one with
 * it. */
static gboolean
coalesce (Step *step, const Edit *edit)
{
  for (guint i = step->edits->len; weft_document_edit_is_place (edit) && i-- > 0;)
    {
      Edit *last = &g_array_index (step->edits, Edit, i);

      if (!weft_document_edit_is_place (last))
        return FALSE;
      if (last->kind != edit->kind || last->inside != edit->inside || last->index != edit->index)
        continue;
      if (edit->kind != EDIT_MOVE)
        {
          weft_json_unref (last->after);
          last->after = weft_json_ref (edit->after);
          return TRUE;
        }
      if (!same_nodes (last->moves, edit->moves))
        return FALSE;
      for (guint k = 0; k < edit->moves->len; k++)
        memcpy (g_array_index (last->moves, Move, k).to, g_array_index (edit->moves, Move, k).to,
                sizeof (double[2]));
      return TRUE;
    }
  return FALSE;
}

void
weft_document_do (WeftDocument *document, Edit *edit)
{
  WeftDocument *root = weft_document_get_root (document);

  g_assert (root->open != NULL);
  weft_document_hold (root);
  if (document != root)
    edit->inside = g_object_ref (document);
  apply (root, edit, TRUE);
  if (coalesce (root->open, edit))
    clear_edit (edit);
  else
    {
      weft_journal_note_edit (root, edit);
      g_array_append_val (root->open->edits, *edit);
    }
  weft_document_release (root);
}

/* Starts an undo step called @label (translated), or joins the one that is open. */
void
weft_document_begin (WeftDocument *document, const char *label)
{
  static guint64 serial;

  document = weft_document_get_root (document);
  if (document->depth++ > 0)
    return;
  document->open = g_new0 (Step, 1);
  document->open->label = g_strdup (label);
  document->open->serial = ++serial;
  document->open->edits = g_array_new (FALSE, TRUE, sizeof (Edit));
  g_array_set_clear_func (document->open->edits, clear_edit);
}

/* Ends what the matching begin started. A step in which nothing happened is none. */
void
weft_document_end (WeftDocument *document)
{
  Step *step;

  document = weft_document_get_root (document);
  step = document->open;
  g_return_if_fail (document->depth > 0);
  if (--document->depth > 0)
    return;
  weft_document_hold (document);
  document->open = NULL;
  if (step->edits->len > 0)
    {
      g_ptr_array_set_size (document->redo, 0);
      g_ptr_array_add (document->undo, step);
      weft_journal_note_step (document, JOURNAL_DO, step);
      g_object_notify (G_OBJECT (document), "can-undo");
      g_object_notify (G_OBJECT (document), "can-redo");
      g_object_notify (G_OBJECT (document), "modified");
    }
  else
    {
      weft_journal_note_empty (document);
      g_free (step->label);
      g_array_unref (step->edits);
      g_free (step);
    }
  weft_document_release (document);
}

void
weft_document_roll_back (WeftDocument *document)
{
  g_assert (document->open != NULL);
  for (guint i = document->open->edits->len; i-- > 0;)
    apply (document, &g_array_index (document->open->edits, Edit, i), FALSE);
  g_array_set_size (document->open->edits, 0);
  weft_journal_note_empty (document);
}

/* ---- Undo, redo ---- */

static gboolean
shift (WeftDocument *document, GPtrArray *from, GPtrArray *to, gboolean forwards)
{
  Step *step;

  if (from->len == 0 || document->depth > 0)
    return FALSE;
  step = g_ptr_array_steal_index (from, from->len - 1);
  weft_document_hold (document);
  for (guint i = 0; i < step->edits->len; i++)
    apply (document, &g_array_index (step->edits, Edit, forwards ? i : step->edits->len - 1 - i),
           forwards);
  g_ptr_array_add (to, step);
  weft_journal_note_step (document, forwards ? JOURNAL_REDO : JOURNAL_UNDO, step);
  weft_document_release (document);
  return TRUE;
}

/* Takes the last step back. FALSE if there is none or a step is open. */
gboolean
weft_document_undo (WeftDocument *document)
{
  document = weft_document_get_root (document);
  return shift (document, document->undo, document->redo, FALSE);
}

/* Does the step that was taken back last again. FALSE if there is none or a step is open. */
gboolean
weft_document_redo (WeftDocument *document)
{
  document = weft_document_get_root (document);
  return shift (document, document->redo, document->undo, TRUE);
}

/* Takes @n steps back, or does -@n of them again, as far as there are so many: one change. */
void
weft_document_go_steps (WeftDocument *document, gint n)
{
  document = weft_document_get_root (document);
  weft_document_hold (document);
  while (n > 0 ? weft_document_undo (document) : n < 0 && weft_document_redo (document))
    n += n > 0 ? -1 : 1;
  weft_document_release (document);
}

static const char *
last_label (const GPtrArray *steps)
{
  return steps->len > 0 ? ((const Step *) g_ptr_array_index (steps, steps->len - 1))->label : NULL;
}

/* What undo would take back, NULL if nothing; borrowed. */
const char *
weft_document_get_undo_label (WeftDocument *document)
{
  return last_label (weft_document_get_root (document)->undo);
}

/* What redo would do, NULL if nothing; borrowed. */
const char *
weft_document_get_redo_label (WeftDocument *document)
{
  return last_label (weft_document_get_root (document)->redo);
}

/* weft_document_get_step_label:
 * @redo: of the steps that redo would do again
 * @index: 0 is the next one
 *
 * Returns: (nullable): borrowed; NULL after the last.
 */
const char *
weft_document_get_step_label (WeftDocument *document, gboolean redo, guint index)
{
  WeftDocument    *root = weft_document_get_root (document);
  const GPtrArray *steps = redo ? root->redo : root->undo;

  return index < steps->len
           ? ((const Step *) g_ptr_array_index (steps, steps->len - 1 - index))->label
           : NULL;
}

/* ---- What commands share ---- */

void
weft_document_begin_told (WeftDocument *document, const char *label)
{
  weft_document_begin (document, label);
  weft_document_hold (document);
}

void
weft_document_end_told (WeftDocument *document)
{
  weft_document_release (document);
  weft_document_end (document);
}

gboolean
weft_document_refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT, format, args);
  va_end (args);
  return FALSE;
}
