/* A window's document as a file: open, save, close.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "engine/document/disk.h"
#include "engine/document/journal.h"
#include "ui/shared/choice-row.h"
#include "ui/start/examples.h"
#include "ui/window/application.h"

#include <glib/gi18n.h>

#define SUFFIX ".weft"

static GtkFileChooserNative *
new_chooser (WeftWindow *window, GtkFileChooserAction action)
{
  gboolean              save = action == GTK_FILE_CHOOSER_ACTION_SAVE;
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (
    save ? _ ("Save Document") : _ ("Open Document"), GTK_WINDOW (window), action,
    save ? _ ("_Save") : _ ("_Open"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  GtkFileFilter *ours = gtk_file_filter_new (), *all = gtk_file_filter_new ();
  gtk_file_filter_set_name (ours, _ ("Weft documents"));
  gtk_file_filter_add_pattern (ours, "*" SUFFIX);
  gtk_file_filter_set_name (all, _ ("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), ours);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), all);
  return chooser;
}

static WeftApplication *
get_application (WeftWindow *window)
{
  return WEFT_APPLICATION (gtk_window_get_application (GTK_WINDOW (window)));
}

/* ---- Opening ---- */

static void
open_response_cb (GtkNativeDialog *dialog, int response, WeftWindow *window)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = g_file_get_path (file);
      if (path != NULL)
        weft_application_open_path (get_application (window), window, path, FALSE);
    }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

static void
open_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow           *window = data;
  GtkFileChooserNative *chooser = new_chooser (window, GTK_FILE_CHOOSER_ACTION_OPEN);
  g_signal_connect (chooser, "response", G_CALLBACK (open_response_cb), window);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* For internal use: the files of the popover. */
void
weft_window_fill_recent (WeftWindow *window)
{
  GtkListBoxRow *row;
  while ((row = gtk_list_box_get_row_at_index (window->recent_list, 0)) != NULL)
    gtk_list_box_remove (window->recent_list, GTK_WIDGET (row));
  g_clear_pointer (&window->recent, g_ptr_array_unref);
  window->recent = weft_recent_files ();
  for (guint i = 0; i < window->recent->len; i++)
    {
      WeftRecentFile *file = g_ptr_array_index (window->recent, i);
      GtkWidget      *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
      GtkWidget      *name = gtk_label_new (file->name), *folder = gtk_label_new (file->folder);
      gtk_label_set_xalign (GTK_LABEL (name), 0);
      gtk_label_set_xalign (GTK_LABEL (folder), 0);
      gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
      gtk_label_set_ellipsize (GTK_LABEL (folder), PANGO_ELLIPSIZE_MIDDLE);
      gtk_widget_add_css_class (folder, "dim-label");
      gtk_widget_add_css_class (folder, "caption");
      gtk_box_append (GTK_BOX (box), name);
      gtk_box_append (GTK_BOX (box), folder);
      GtkWidget *made = weft_choice_row_new ();
      gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (made), box);
      gtk_accessible_update_property (GTK_ACCESSIBLE (made), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      file->name, -1);
      gtk_list_box_append (window->recent_list, made);
    }
}

/* ---- Saving ---- */

/**
 * weft_window_save_to:
 * @window: a window with a document
 * @path: where
 * @error: return location
 *
 * Saves the document, which has this path from now on.
 *
 * Returns: FALSE if it could not be written; nothing has changed then
 * Errors: G_FILE_ERROR
 */
gboolean
weft_window_save_to (WeftWindow *window, const char *path, GError **error)
{
  g_return_val_if_fail (window->document != NULL, FALSE);
  if (weft_path_is_read_only (path))
    {
      g_autofree char *name = g_filename_display_name (path);
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_ROFS,
                   _ ("“%s” is read-only: save under another name."), name);
      return FALSE;
    }
  if (!weft_document_save (window->document, path, error))
    return FALSE;
  weft_recent_add (path);
  weft_window_update_titles (window);
  return TRUE;
}

/* What another program made of the file is not written over without a question: the strip asks it.
 */
static gboolean
try_save (WeftWindow *window, const char *path)
{
  if (g_strcmp0 (path, weft_document_get_path (window->document)) == 0 &&
      !weft_window_look_at_disk (window))
    return FALSE;
  g_autoptr (GError) error = NULL;
  if (weft_window_save_to (window, path, &error))
    return TRUE;
  weft_window_show_error (window, _ ("Could Not Save"), error->message);
  return FALSE;
}

static void
save_response_cb (GtkNativeDialog *dialog, int response, WeftWindow *window)
{
  gboolean close = g_object_get_data (G_OBJECT (dialog), "weft-close") != NULL;
  gboolean saved = FALSE;
  if (response == GTK_RESPONSE_ACCEPT && window->document != NULL)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *chosen = g_file_get_path (file);
      g_autofree char *path = chosen == NULL || g_str_has_suffix (chosen, SUFFIX)
                                ? g_strdup (chosen)
                                : g_strconcat (chosen, SUFFIX, NULL);
      saved = path != NULL && try_save (window, path);
    }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
  if (saved && close)
    gtk_window_close (GTK_WINDOW (window));
}

static void
ask_path (WeftWindow *window, gboolean close)
{
  GtkFileChooserNative *chooser = new_chooser (window, GTK_FILE_CHOOSER_ACTION_SAVE);
  const char           *path = weft_document_get_path (window->document),
             *title = weft_document_get_title (window->document);
  if (path != NULL)
    {
      g_autoptr (GFile) file = g_file_new_for_path (path);
      gtk_file_chooser_set_file (GTK_FILE_CHOOSER (chooser), file, NULL);
    }
  else
    {
      g_autofree char *base = g_strdelimit (
        g_strdup (title != NULL && *title != '\0' ? title : _ ("Untitled")), "/", '-');
      g_autofree char *name = g_strconcat (base, SUFFIX, NULL);
      gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), name);
    }
  if (close)
    g_object_set_data (G_OBJECT (chooser), "weft-close", chooser);
  g_signal_connect (chooser, "response", G_CALLBACK (save_response_cb), window);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
save_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  const char *path = weft_document_get_path (window->document);
  if (path == NULL)
    {
      ask_path (window, FALSE);
      return;
    }
  if (weft_path_is_read_only (path))
    {
      ask_path (window, FALSE);
      return;
    }
  g_autofree char *same = g_strdup (path);
  try_save (window, same);
}

static void
save_as_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ask_path (data, FALSE);
}

/* For scripts: no dialog. */
static void
save_to_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  try_save (data, g_variant_get_string (parameter, NULL));
}

/* ---- Closing ---- */

static void
close_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_window_close (data);
}

static void
close_response_cb (AdwMessageDialog *dialog, const char *response, WeftWindow *window)
{
  if (g_str_equal (response, "cancel"))
    return;
  const char *path = weft_document_get_path (window->document);
  if (g_str_equal (response, "save") && (path == NULL || weft_path_is_read_only (path)))
    {
      ask_path (window, TRUE);
      return;
    }
  g_autofree char *same = g_strdup (path);
  if (g_str_equal (response, "save") && !try_save (window, same))
    return;
  window->close_confirmed = TRUE;
  gtk_window_close (GTK_WINDOW (window));
}

/* For internal use: unsaved changes are asked about; anything else can be had again. */
gboolean
weft_window_close_request (GtkWindow *gtk_window)
{
  WeftWindow *window = WEFT_WINDOW (gtk_window);
  if (window->document == NULL || window->close_confirmed || weft_window_is_shared (window) ||
      !weft_document_get_modified (window->document))
    return GDK_EVENT_PROPAGATE;
  g_autofree char *body = g_strdup_printf (
    _ ("“%s” has changes that are not saved. They are lost if they are discarded."),
    gtk_label_get_label (window->title));
  AdwMessageDialog *dialog =
    ADW_MESSAGE_DIALOG (adw_message_dialog_new (gtk_window, _ ("Save Changes?"), body));
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "discard", _ ("_Discard"),
                                    "save", _ ("_Save"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "discard", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_response_appearance (dialog, "save", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "save");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect (dialog, "response", G_CALLBACK (close_response_cb), window);
  gtk_window_present (GTK_WINDOW (dialog));
  return GDK_EVENT_STOP;
}

/**
 * weft_window_quit:
 * @window: a window
 *
 * Closes it; what is not saved is there again at the next start. Only where that cannot be kept
 * (the disk is full) the user is asked.
 */
void
weft_window_quit (WeftWindow *window)
{
  if (window->document != NULL && weft_document_get_modified (window->document) &&
      weft_journal_get_problem (window->document) == NULL)
    {
      window->keep_journal = TRUE;
      window->close_confirmed = TRUE;
    }
  gtk_window_close (GTK_WINDOW (window));
}

const GActionEntry weft_window_file_actions[] = {
  { .name = "open", .activate = open_action },
  { .name = "save", .activate = save_action },
  { .name = "save-as", .activate = save_as_action },
  { .name = "save-to", .activate = save_to_action, .parameter_type = "s" },
  { .name = "close", .activate = close_action },
};
const guint weft_window_n_file_actions = G_N_ELEMENTS (weft_window_file_actions);
