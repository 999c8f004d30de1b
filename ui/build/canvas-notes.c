/* Editing a note: a popover over it with its text; closing it is one undo step.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>

static const WeftNote *
find_note (WeftCanvas *canvas, const char *id)
{
  for (guint i = 0; canvas->document && i < weft_document_n_notes (canvas->document); i++)
    if (g_strcmp0 (weft_document_note_at (canvas->document, i)->id, id) == 0)
      return weft_document_note_at (canvas->document, i);
  return NULL;
}

static void
closed_cb (GtkPopover *popover, GtkTextView *view)
{
  WeftCanvas      *canvas = WEFT_CANVAS (gtk_widget_get_parent (GTK_WIDGET (popover)));
  const char      *id = g_object_get_data (G_OBJECT (popover), "note");
  const WeftNote  *note = find_note (canvas, id);
  GtkTextBuffer   *buffer = gtk_text_view_get_buffer (view);
  g_autofree char *text = NULL;

  g_object_get (buffer, "text", &text, NULL);
  if (note && g_strcmp0 (note->text, text) != 0)
    {
      weft_document_begin (canvas->document, _ ("Edit Note"));
      weft_document_set_note (canvas->document, id, text, note->x, note->y, note->width,
                              note->height);
      weft_document_end (canvas->document);
    }
  gtk_widget_grab_focus (GTK_WIDGET (canvas));
}

/* The first line is the heading. */
void
weft_canvas_edit_note (WeftCanvas *canvas, const char *id)
{
  const WeftNote *note = find_note (canvas, id);
  GtkWidget      *view = gtk_text_view_new ();
  GtkWidget      *scroller = gtk_scrolled_window_new ();
  GdkRectangle    at = { 0 };
  double          x, y;

  if (!note)
    {
      g_object_ref_sink (view);
      g_object_ref_sink (scroller);
      g_object_unref (view);
      g_object_unref (scroller);
      return;
    }
  g_clear_pointer (&canvas->note_editor, gtk_widget_unparent);
  canvas->note_editor = gtk_popover_new ();
  g_object_set_data_full (G_OBJECT (canvas->note_editor), "note", g_strdup (id), g_free);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)), note->text, -1);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (view), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (view), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Text of the note"), -1);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), view);
  gtk_widget_set_size_request (scroller, 300, 120);
  gtk_popover_set_child (GTK_POPOVER (canvas->note_editor), scroller);
  gtk_widget_set_parent (canvas->note_editor, GTK_WIDGET (canvas));
  weft_canvas_to_view (canvas, note->x + note->width / 2, note->y, &x, &y);
  at = (GdkRectangle){ (int) x, (int) y, 1, 1 };
  gtk_popover_set_pointing_to (GTK_POPOVER (canvas->note_editor), &at);
  g_signal_connect (canvas->note_editor, "closed", G_CALLBACK (closed_cb), view);
  gtk_popover_popup (GTK_POPOVER (canvas->note_editor));
  gtk_widget_grab_focus (view);
  /* What a new note says is there to be typed over. */
  if (g_str_equal (note->text, _ ("Note")))
    g_signal_emit_by_name (view, "select-all", TRUE);
}
