/* Texts that change while they do not have the focus.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/outside-text.h"

typedef struct
{
  /* Borrowed */
  GtkEventControllerFocus *focus; /* of the text */
  WeftOutsideTextFunc      commit;
  gpointer                 data;

  /* Plain values */
  guint idle_id;
} Watch;

static void
watch_free (gpointer data)
{
  Watch *watch = data;
  g_clear_handle_id (&watch->idle_id, g_source_remove);
  g_free (watch);
}

static gboolean
commit_cb (gpointer data)
{
  Watch *watch = data;
  watch->idle_id = 0;
  watch->commit (watch->data);
  return G_SOURCE_REMOVE;
}

/* A text is set by deleting and inserting: only what stands there in the end is meant. */
static void
changed_cb (Watch *watch)
{
  if (watch->idle_id == 0 && !gtk_event_controller_focus_contains_focus (watch->focus))
    watch->idle_id = g_idle_add (commit_cb, watch);
}

/**
 * weft_outside_text_watch:
 * @text: a GtkEditable or a GtkTextView
 * @commit: called after the text has changed while @text did not have the focus; also after the
 * program itself has set it, so it has to see whether there is anything to do
 * @data: for @commit; outlives @text
 */
void
weft_outside_text_watch (GtkWidget *text, WeftOutsideTextFunc commit, gpointer data)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();
  Watch              *watch = g_new0 (Watch, 1);
  *watch = (Watch){ GTK_EVENT_CONTROLLER_FOCUS (focus), commit, data, 0 };
  gtk_widget_add_controller (text, focus);
  g_object_set_data_full (G_OBJECT (text), "weft-outside-text", watch, watch_free);
  if (GTK_IS_TEXT_VIEW (text))
    g_signal_connect_swapped (gtk_text_view_get_buffer (GTK_TEXT_VIEW (text)), "changed",
                              G_CALLBACK (changed_cb), watch);
  else
    g_signal_connect_swapped (text, "changed", G_CALLBACK (changed_cb), watch);
}
