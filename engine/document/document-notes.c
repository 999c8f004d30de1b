/* Notes and frames: texts on the canvas.
 *
 * A frame is a note that is drawn behind the nodes. What lies in it is not written down: it is what
 * lies there when the frame is moved.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/document-undo.h"

#include <glib/gi18n-lib.h>

static guint
find_note (WeftDocument *document, const char *id)
{
  for (guint i = 0; i < document->notes->len; i++)
    if (g_str_equal (weft_document_note_at (document, i)->id, id))
      return i;
  return G_MAXUINT;
}

static NoteBox *
new_note (const char *id, const char *text, double x, double y, double width, double height)
{
  return weft_note_box_new (id, text, weft_document_on_canvas (x), weft_document_on_canvas (y),
                            MAX (weft_document_on_canvas (width), WEFT_MIN_NOTE_WIDTH),
                            MAX (weft_document_on_canvas (height), WEFT_MIN_NOTE_HEIGHT));
}

static char *
free_id (WeftDocument *document)
{
  for (guint i = 1;; i++)
    {
      g_autofree char *id = g_strdup_printf ("n%u", i);

      if (find_note (document, id) == G_MAXUINT)
        return g_steal_pointer (&id);
    }
}

static const char *
add_note (WeftDocument *document, NoteBox *take_note, const char *label)
{
  Edit edit = { .kind = EDIT_ADD_NOTE, .index = document->notes->len, .note = take_note };

  weft_document_begin_told (document, label);
  weft_document_do (document, &edit);
  weft_document_end_told (document);
  return weft_document_note_at (document, document->notes->len - 1)->id;
}

/* Adds a note; returns its id, borrowed until it is removed. */
const char *
weft_document_add_note (
  WeftDocument *document, const char *text, double x, double y, double width, double height)
{
  g_autofree char *id = NULL;

  if (weft_document_is_frozen (document, NULL))
    return NULL;
  id = free_id (document);
  return add_note (document, new_note (id, text, x, y, width, height), _ ("Add Note"));
}

/* Adds a frame called @title; returns its id, borrowed until it is removed. */
const char *
weft_document_add_frame (
  WeftDocument *document, const char *title, double x, double y, double width, double height)
{
  g_autofree char *id = NULL;
  NoteBox         *box;

  if (weft_document_is_frozen (document, NULL))
    return NULL;
  id = free_id (document);
  box = new_note (id, title, x, y, width, height);
  box->note.frame = TRUE;
  return add_note (document, box, _ ("Add Frame"));
}

/* Changes the text, place and size of note or frame @id. */
void
weft_document_set_note (WeftDocument *document,
                        const char   *id,
                        const char   *text,
                        double        x,
                        double        y,
                        double        width,
                        double        height)
{
  guint    index = find_note (document, id);
  NoteBox *old, *box;
  Edit     edit = { .kind = EDIT_NOTE, .index = index };

  g_return_if_fail (index != G_MAXUINT);
  if (weft_document_is_frozen (document, NULL))
    return;
  old = g_ptr_array_index (document->notes, index);
  box = new_note (id, text, x, y, width, height);
  box->note.frame = old->note.frame;
  box->extra = old->extra != NULL ? weft_json_copy (old->extra) : NULL;
  edit.before = weft_note_box_to_json (old);
  edit.after = weft_note_box_to_json (box);
  weft_note_box_unref (box);
  if (weft_json_equal (edit.before, edit.after))
    {
      weft_json_unref (edit.before);
      weft_json_unref (edit.after);
      return;
    }
  weft_document_begin_told (document, old->note.frame ? _ ("Change Frame") : _ ("Change Note"));
  weft_document_do (document, &edit);
  weft_document_end_told (document);
}

/* Removes note or frame @id, if it is there. */
void
weft_document_remove_note (WeftDocument *document, const char *id)
{
  guint    index = find_note (document, id);
  NoteBox *box;
  Edit     edit = { .kind = EDIT_REMOVE_NOTE, .index = index };

  if (index == G_MAXUINT || weft_document_is_frozen (document, NULL))
    return;
  box = g_ptr_array_index (document->notes, index);
  edit.note = g_rc_box_acquire (box);
  weft_document_begin_told (document, box->note.frame ? _ ("Delete Frame") : _ ("Delete Note"));
  weft_document_do (document, &edit);
  weft_document_end_told (document);
}
