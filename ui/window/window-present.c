/* The window in the classroom: a document's lesson beside its views, and presenting: full screen,
 * large text, keys shown.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "engine/document/lesson.h"
#include "ui/present/key-display.h"
#include "ui/present/lesson-editor.h"
#include "ui/present/lesson-panel.h"

#include <glib/gi18n.h>

/* Text is that much larger while presenting. */
#define LARGE 1.5
/* A refusal is not said again within this time: a key that is held would fill the window with it.
 */
#define REFUSAL_PAUSE_US (3 * G_USEC_PER_SEC)

static void
set_enabled (WeftWindow *window, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (window), name);
  if (G_IS_SIMPLE_ACTION (action))
    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

static void
update_panes (WeftWindow *window)
{
  gboolean lesson = gtk_widget_get_visible (window->lesson), presenting = window->presenting;
  weft_window_hold_pane (window, WEFT_PANE_PALETTE, lesson || presenting);
  weft_window_hold_pane (window, WEFT_PANE_INSPECTOR, lesson || presenting);
  weft_window_hold_pane (window, WEFT_PANE_DOCK, presenting);
}

/* ---- Lessons ---- */

/* What the step is about is selected; it is brought into view where nothing of it can be seen. */
static void
show_nodes (WeftWindow *window, const char *const *ids)
{
  g_autoptr (GArray) uids = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; ids != NULL && ids[i] != NULL; i++)
    {
      const WeftNode *node = weft_document_node_by_id (window->document, ids[i]);
      if (node != NULL)
        g_array_append_val (uids, node->uid);
    }
  if (uids->len == 0)
    return;
  weft_window_leave_levels (window, 0);
  weft_canvas_set_selection (window->canvas, (const guint32 *) (gconstpointer) uids->data,
                             uids->len);
  weft_canvas_fit (window->canvas);
}

/* The step that was reached is remembered where the view is. */
static void
remember_step (WeftWindow *window, guint index)
{
  WeftJson *old = weft_document_get_view (window->document);
  WeftJson *view = old != NULL ? weft_json_copy (old) : weft_json_new_object ();
  weft_json_set_int (view, "step", index + 1);
  weft_document_set_view (window->document, view);
}

static void
step_cb (WeftLessonPanel *panel, guint index, WeftWindow *window)
{
  const WeftLessonStep *step = weft_lesson_panel_get_step (panel);
  if (window->document == NULL)
    return;
  remember_step (window, index);
  if (step->view != NULL)
    gtk_stack_set_visible_child_name (window->views, step->view);
  show_nodes (window, step->show);
}

static void
refused_cb (WeftDocument *document, const char *sentence, WeftWindow *window)
{
  gint64 now = g_get_monotonic_time ();
  if (now - window->refused_us < REFUSAL_PAUSE_US)
    return;
  window->refused_us = now;
  weft_window_toast (window, sentence);
}

static void
show_lesson (WeftWindow *window, gboolean shown)
{
  gboolean has = window->document != NULL &&
                 weft_document_get_member (window->document, "lesson") != NULL;
  gtk_widget_set_visible (window->lesson, shown);
  set_enabled (window, "take-lesson", has && !shown);
  set_enabled (window, "edit-whole", shown);
  set_enabled (window, "edit-lesson", window->document != NULL && !shown);
  update_panes (window);
}

static void
take_lesson (WeftWindow *window)
{
  g_autoptr (GError) error = NULL;
  if (!weft_lesson_take (window->document, &error))
    {
      weft_window_show_error (window, _ ("The Lesson Cannot Be Shown"), error->message);
      show_lesson (window, FALSE);
      return;
    }
  WeftJson *view = weft_document_get_view (window->document);
  gint64    step = view != NULL ? weft_json_get_int (view, "step", 1) : 1;
  show_lesson (window, TRUE);
  weft_lesson_panel_set_document (WEFT_LESSON_PANEL (window->lesson), window->document, NULL);
  weft_lesson_panel_go (WEFT_LESSON_PANEL (window->lesson), (int) CLAMP (step - 1, 0, G_MAXINT));
}

/* For internal use: the window has another document. One with a lesson opens as a lesson. */
void
weft_window_follow_lesson (WeftWindow *window)
{
  weft_lesson_panel_set_document (WEFT_LESSON_PANEL (window->lesson), NULL, NULL);
  if (window->document == NULL)
    {
      show_lesson (window, FALSE);
      return;
    }
  g_signal_connect_object (window->document, "refused", G_CALLBACK (refused_cb), window, 0);
  if (weft_document_get_member (window->document, "lesson") != NULL)
    take_lesson (window);
  else
    show_lesson (window, FALSE);
}

static void
take_lesson_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  take_lesson (data);
}

static void
edit_whole_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  weft_lesson_leave (window->document);
  weft_lesson_panel_set_document (WEFT_LESSON_PANEL (window->lesson), NULL, NULL);
  show_lesson (window, FALSE);
}

static void
lesson_kept_cb (WeftWindow *window)
{
  show_lesson (window, FALSE);
}

static void
edit_lesson_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow       *window = data;
  WeftLessonEditor *editor = weft_lesson_editor_new (GTK_WINDOW (window), window->document);
  g_signal_connect_object (editor, "kept", G_CALLBACK (lesson_kept_cb), window, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (editor));
}

/* ---- Presenting ---- */

/* Windows that present share the display's text size: the first makes it large, the last gives it
 * back. */
static guint n_presenting;

static void
set_large_text (WeftWindow *window, gboolean large)
{
  GtkSettings *settings = gtk_widget_get_settings (GTK_WIDGET (window));
  int          dpi;
  if (large ? n_presenting++ > 0 : --n_presenting > 0)
    return;
  if (!large)
    {
      gtk_settings_reset_property (settings, "gtk-xft-dpi");
      return;
    }
  g_object_get (settings, "gtk-xft-dpi", &dpi, NULL);
  g_object_set (settings, "gtk-xft-dpi", (int) ((dpi > 0 ? dpi : 96 * 1024) * LARGE), NULL);
}

/* Once the window has its new size: two frames on. */
static gboolean
fit_cb (GtkWidget *canvas, GdkFrameClock *clock, gpointer data)
{
  WeftWindow *window = data;
  if (++window->fit_frames < 3)
    return G_SOURCE_CONTINUE;
  weft_canvas_fit (window->canvas);
  return G_SOURCE_REMOVE;
}

static void
set_presenting (WeftWindow *window, gboolean presenting)
{
  if (window->presenting == presenting)
    return;
  window->presenting = presenting;
  set_large_text (window, presenting);
  gtk_widget_set_visible (window->header, !presenting);
  gtk_widget_set_visible (window->status_bar, !presenting);
  gtk_widget_set_visible (window->leave_button, presenting);
  update_panes (window);
  weft_key_display_watch (WEFT_KEY_DISPLAY (window->keys), presenting ? GTK_WIDGET (window) : NULL);
  window->fit_frames = 0;
  gtk_widget_add_tick_callback (GTK_WIDGET (window->canvas), fit_cb, window, NULL);
  if (presenting)
    {
      window->was_fullscreen = gtk_window_is_fullscreen (GTK_WINDOW (window));
      gtk_window_fullscreen (GTK_WINDOW (window));
    }
  else if (!window->was_fullscreen)
    gtk_window_unfullscreen (GTK_WINDOW (window));
}

static void
present_state (GSimpleAction *action, GVariant *state, gpointer data)
{
  set_presenting (data, g_variant_get_boolean (state));
  g_simple_action_set_state (action, state);
}

/* For internal use: the window closes; text has its size again. */
void
weft_window_stop_presenting (WeftWindow *window)
{
  if (window->presenting)
    set_large_text (window, FALSE);
  window->presenting = FALSE;
}

static GtkWidget *
new_leave_button (void)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("view-restore-symbolic");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.present");
  gtk_widget_set_tooltip_text (button, _ ("Stop presenting"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Stop presenting"), -1);
  gtk_widget_add_css_class (button, "osd");
  gtk_widget_add_css_class (button, "circular");
  gtk_widget_add_css_class (button, "leave-presenting");
  gtk_widget_set_halign (button, GTK_ALIGN_END);
  gtk_widget_set_valign (button, GTK_ALIGN_END);
  gtk_widget_set_visible (button, FALSE);
  return button;
}

/* For internal use: puts the lesson beside the views, and what presenting shows over everything. */
void
weft_window_init_present (WeftWindow *window)
{
  GtkWidget *views = GTK_WIDGET (window->views), *column = gtk_widget_get_parent (views);
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0), *stage = gtk_overlay_new ();
  GtkWidget *pages = GTK_WIDGET (window->pages);

  window->lesson = weft_lesson_panel_new ();
  gtk_widget_set_visible (window->lesson, FALSE);
  g_signal_connect_object (window->lesson, "step", G_CALLBACK (step_cb), window, 0);
  g_object_ref (views);
  gtk_box_remove (GTK_BOX (column), views);
  gtk_box_append (GTK_BOX (row), window->lesson);
  gtk_box_append (GTK_BOX (row), views);
  gtk_widget_set_hexpand (views, TRUE);
  g_object_unref (views);
  gtk_box_prepend (GTK_BOX (column), row);

  window->keys = weft_key_display_new ();
  window->leave_button = new_leave_button ();
  g_object_ref (pages);
  adw_toast_overlay_set_child (window->toasts, NULL);
  gtk_overlay_set_child (GTK_OVERLAY (stage), pages);
  g_object_unref (pages);
  gtk_overlay_add_overlay (GTK_OVERLAY (stage), window->keys);
  gtk_overlay_add_overlay (GTK_OVERLAY (stage), window->leave_button);
  adw_toast_overlay_set_child (window->toasts, stage);
}

const GActionEntry weft_window_present_actions[] = {
  { .name = "present", .state = "false", .change_state = present_state },
  { .name = "take-lesson", .activate = take_lesson_action },
  { .name = "edit-whole", .activate = edit_whole_action },
  { .name = "edit-lesson", .activate = edit_lesson_action },
};
const guint weft_window_n_present_actions = G_N_ELEMENTS (weft_window_present_actions);
