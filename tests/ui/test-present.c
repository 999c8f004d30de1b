/* The window out and in class: pictures, paper, lessons, presenting.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/lesson.h"
#include "tests/ui/window-tools.h"
#include "ui/present/key-display.h"
#include "ui/present/key-text.h"
#include "ui/present/lesson-editor.h"
#include "ui/present/lesson-panel.h"

#include <glib/gstdio.h>

/* ---- Pictures and paper ---- */

static gboolean
is_written (gpointer path)
{
  g_autofree char *text = NULL;
  gsize            size = 0;
  return g_file_get_contents (path, &text, &size, NULL) && size > 1000;
}

static char *
write_by (WeftWindow *window, const char *action, const char *folder, const char *name)
{
  char *path = g_build_filename (folder, name, NULL);
  g_action_group_activate_action (G_ACTION_GROUP (window), action, g_variant_new_string (path));
  wait_for (is_written, path);
  return path;
}

static int
png_width (const char *path)
{
  g_autofree char *text = NULL;
  gsize            size = 0;
  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  const guchar *bytes = (const guchar *) text;
  return bytes[16] << 24 | bytes[17] << 16 | bytes[18] << 8 | bytes[19];
}

/* Cairo writes the page objects as plain text. */
static int
n_pages (const char *path)
{
  g_autofree char *text = NULL;
  gsize            size = 0;
  int              n = 0;
  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  for (gsize i = 0; i + 12 < size; i++)
    if (memcmp (text + i, "/Type /Page", 11) == 0 && text[i + 11] != 's')
      n++;
  return n;
}

static void
test_export (void)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-export-XXXXXX", NULL);
  WeftWindow      *window = open_example ("digits-mlp");
  g_autofree char *all = write_by (window, "export-to", folder, "all.png");
  select_node (window, "hidden");
  g_autofree char *part = write_by (window, "export-to", folder, "part.png");
  g_autofree char *paper = write_by (window, "print-to", folder, "paper.pdf");
  g_autofree char *poster = write_by (window, "print-poster-to", folder, "poster.pdf");
  settle ();
  g_assert_cmpint (n_pages (paper), ==, 1);
  g_assert_cmpint (n_pages (poster), >=, 2);
  g_assert_cmpint (png_width (part), >, 0);
  g_assert_cmpint (png_width (part) * 2, <, png_width (all));
  g_autofree char *pdf = NULL;
  g_assert_true (g_file_get_contents (paper, &pdf, NULL, NULL));
  g_assert_true (g_str_has_prefix (pdf, "%PDF"));
  close_window (window);
  g_remove (all);
  g_remove (part);
  g_remove (paper);
  g_remove (poster);
  g_rmdir (folder);
}

static char *
copied_as (WeftWindow *window, const char *language)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_action_group_activate_action (G_ACTION_GROUP (window), "copy-as",
                                  g_variant_new_string (language));
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (window));
  g_value_init (&value, G_TYPE_STRING);
  g_assert_true (
    gdk_content_provider_get_value (gdk_clipboard_get_content (clipboard), &value, NULL));
  return g_value_dup_string (&value);
}

static void
test_copy_as (void)
{
  WeftWindow      *window = open_example ("iris");
  g_autofree char *numpy = copied_as (window, "numpy");
  g_autofree char *pytorch = copied_as (window, "pytorch");
  g_autofree char *tex = copied_as (window, "tex");
  g_assert_nonnull (strstr (numpy, "import numpy"));
  g_assert_nonnull (strstr (pytorch, "import torch"));
  g_assert_nonnull (strchr (tex, '\\'));
  close_window (window);
}

/* ---- Lessons ---- */

static WeftWindow *
open_lesson (const char *name)
{
  g_autofree char *path = g_build_filename (weft_data_dir (), "lessons", name, NULL);
  WeftWindow      *window = weft_window_new (GTK_APPLICATION (application));
  g_assert_true (weft_application_open_path (application, window, path, TRUE));
  wait_for (is_drawn, window);
  return window;
}

static gboolean
is_enabled (WeftWindow *window, const char *action)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (window), action);
}

static void
test_lesson (void)
{
  WeftWindow      *window = open_lesson ("width.weft");
  WeftDocument    *document = weft_window_get_document (window);
  WeftCanvas      *canvas = find_type (window, WEFT_TYPE_CANVAS);
  WeftLessonPanel *panel = find_type (window, WEFT_TYPE_LESSON_PANEL);
  guint            n = weft_document_n_nodes (document);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (panel)));
  g_assert_true (weft_lesson_is_taken (document));
  g_assert_cmpuint (weft_canvas_n_selected (canvas), ==, 1); /* what the first step shows */
  weft_canvas_delete (canvas);
  g_assert_cmpuint (weft_document_n_nodes (document), ==, n);
  weft_param_row_set_value (find_row (window, "units"), NULL);
  weft_lesson_panel_go (panel, 1);
  g_assert_cmpstr (weft_lesson_panel_get_step (panel)->view, ==, "train");
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (canvas)));
  weft_lesson_panel_go (panel, -5);
  g_assert_cmpstr (weft_lesson_panel_get_step (panel)->title, ==, "The task");
  g_assert_false (is_enabled (window, "take-lesson"));
  act (window, "edit-whole");
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (panel)));
  g_assert_false (weft_lesson_is_taken (document));
  select_node (window, "p");
  weft_canvas_delete (canvas);
  g_assert_cmpuint (weft_document_n_nodes (document), ==, n - 1);
  act (window, "take-lesson");
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (panel)));
  close_window (window);
}

/* The step that was reached comes back with the document. */
static void
test_lesson_step (void)
{
  WeftWindow      *window = open_lesson ("width.weft");
  WeftDocument    *document = weft_window_get_document (window);
  WeftLessonPanel *panel = find_type (window, WEFT_TYPE_LESSON_PANEL);
  weft_lesson_panel_go (panel, 2);
  g_assert_cmpint (weft_json_get_int (weft_document_get_view (document), "step", 0), ==, 3);
  act (window, "edit-whole");
  act (window, "take-lesson");
  g_assert_cmpstr (weft_lesson_panel_get_step (panel)->title, ==, "More neurons");
  close_window (window);
}

static void *
find_editor (void)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();
  for (GList *at = windows; at != NULL; at = at->next)
    if (WEFT_IS_LESSON_EDITOR (at->data))
      return at->data;
  return NULL;
}

/* A document becomes a lesson from the window, in one step; a step about a node that is not there
 * is refused. */
static void
test_lesson_editor (void)
{
  WeftWindow       *window = open_example ("iris");
  WeftDocument     *document = weft_window_get_document (window);
  WeftLessonEditor *editor;
  GtkTextBuffer    *buffer;
  g_autoptr (GError) error = NULL;
  g_assert_false (is_enabled (window, "take-lesson"));
  act (window, "edit-lesson");
  editor = find_editor ();
  g_assert_nonnull (editor);
  buffer = gtk_text_view_get_buffer (find_type (editor, GTK_TYPE_TEXT_VIEW));
  gtk_text_buffer_set_text (buffer, "# One\nshow: nobody\nText.", -1);
  g_assert_false (weft_lesson_editor_keep (editor));
  g_assert_null (weft_document_get_member (document, "lesson"));
  gtk_text_buffer_set_text (buffer, "# One\nview: train\nText,\n\nand more.\n# Two\nThe end.", -1);
  gtk_check_button_set_active (find_type (editor, GTK_TYPE_CHECK_BUTTON), TRUE); /* the rate */
  g_assert_true (weft_lesson_editor_keep (editor));
  g_autoptr (WeftLesson) lesson = weft_lesson_new (document, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lesson->n_knobs, ==, 1);
  g_assert_cmpstr (lesson->knobs[0].name, ==, "rate");
  g_assert_cmpuint (lesson->n_steps, ==, 2);
  g_assert_cmpstr (lesson->steps[0].view, ==, "train");
  g_assert_cmpstr (lesson->steps[0].text, ==, "Text,\n\nand more.");
  g_assert_true (is_enabled (window, "take-lesson"));
  act (window, "take-lesson");
  g_assert_true (weft_lesson_is_taken (document));
  act (window, "edit-whole");
  weft_document_undo (document);
  g_assert_null (weft_document_get_member (document, "lesson"));
  close_window (window);
}

/* ---- Presenting ---- */

static gboolean
is_large (gpointer dpi)
{
  int now;
  g_object_get (gtk_settings_get_default (), "gtk-xft-dpi", &now, NULL);
  return now > *(int *) dpi;
}

static gboolean
is_as_before (gpointer dpi)
{
  int now;
  g_object_get (gtk_settings_get_default (), "gtk-xft-dpi", &now, NULL);
  return now == *(int *) dpi;
}

static void
test_present (void)
{
  WeftWindow     *window = open_example ("iris");
  WeftKeyDisplay *keys = find_type (window, WEFT_TYPE_KEY_DISPLAY);
  GtkWidget      *header = find_type (window, ADW_TYPE_HEADER_BAR);
  int             dpi;
  g_object_get (gtk_settings_get_default (), "gtk-xft-dpi", &dpi, NULL);
  g_action_group_change_action_state (G_ACTION_GROUP (window), "present",
                                      g_variant_new_boolean (TRUE));
  wait_for (is_large, &dpi);
  g_assert_false (gtk_widget_get_mapped (header));
  weft_key_display_show (keys, "Ctrl+G");
  g_assert_cmpstr (weft_key_display_get_text (keys), ==, "Ctrl+G");
  weft_key_display_show (keys, "Ctrl+G");
  g_assert_cmpstr (weft_key_display_get_text (keys), ==, "Ctrl+G × 2");
  g_action_group_change_action_state (G_ACTION_GROUP (window), "present",
                                      g_variant_new_boolean (FALSE));
  wait_for (is_as_before, &dpi);
  g_assert_true (gtk_widget_get_mapped (header));
  g_assert_cmpstr (weft_key_display_get_text (keys), ==, "");
  /* A window that goes while it presents takes the large text with it. */
  g_action_group_change_action_state (G_ACTION_GROUP (window), "present",
                                      g_variant_new_boolean (TRUE));
  wait_for (is_large, &dpi);
  close_window (window);
  wait_for (is_as_before, &dpi);
}

static void
test_key_text (void)
{
  static const struct
  {
    guint           key;
    GdkModifierType modifiers;
    gboolean        writing;
    const char     *text;
  } CASES[] = {
    { GDK_KEY_g, GDK_CONTROL_MASK, FALSE, "Ctrl+G" },
    { GDK_KEY_G, GDK_CONTROL_MASK | GDK_SHIFT_MASK, FALSE, "Shift+Ctrl+G" },
    { GDK_KEY_Control_L, 0, FALSE, NULL },
    { GDK_KEY_Shift_R, GDK_SHIFT_MASK, FALSE, NULL },
    { GDK_KEY_a, 0, TRUE, NULL },
    { GDK_KEY_a, 0, FALSE, "A" },
    { GDK_KEY_a, GDK_CONTROL_MASK, TRUE, "Ctrl+A" },
    { GDK_KEY_Return, 0, TRUE, "Return" },
    { GDK_KEY_plus, GDK_CONTROL_MASK | GDK_SHIFT_MASK, FALSE, "Ctrl++" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autofree char *text = weft_key_text (CASES[i].key, CASES[i].modifiers, CASES[i].writing);
      g_assert_cmpstr (text, ==, CASES[i].text);
    }
  g_autofree char *click = weft_gesture_text (WEFT_GESTURE_CLICK, 1, 0);
  g_autofree char *drag = weft_gesture_text (WEFT_GESTURE_DRAG, 3, GDK_CONTROL_MASK | GDK_ALT_MASK);
  g_assert_cmpstr (click, ==, "Click");
  g_assert_cmpstr (drag, ==, "Ctrl+Alt+Right Drag");
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  start_application ();
  g_test_add_func ("/ui/present/export", test_export);
  g_test_add_func ("/ui/present/copy-as", test_copy_as);
  g_test_add_func ("/ui/present/lesson", test_lesson);
  g_test_add_func ("/ui/present/lesson/step", test_lesson_step);
  g_test_add_func ("/ui/present/lesson/editor", test_lesson_editor);
  g_test_add_func ("/ui/present/presenting", test_present);
  g_test_add_func ("/ui/present/key-text", test_key_text);
  int status = g_test_run ();
  g_object_unref (application);
  return status;
}
