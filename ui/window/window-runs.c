/* A window's runs: the list of those kept beside its document, in the left column of Train and in
 * the charts; reports.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "engine/train/runs.h"
#include "ui/curves/report.h"
#include "ui/shared/free-later.h"
#include "ui/shared/settings.h"
#include "ui/window/application.h"
#include "ui/window/notice.h"

#include "ui/draw/format.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

/* ---- The list ---- */

static void
follow_runs (WeftWindow *window)
{
  g_autofree char *folder = window->document != NULL ? weft_runs_folder (window->document) : NULL;
  weft_run_list_set_folder (window->run_list, folder);
  weft_run_list_set_live (window->run_list,
                          window->run != NULL ? weft_run_model_get_folder (window->run) : NULL);
  weft_run_list_refresh (window->run_list);
}

/* ---- Old runs ---- */

static void
limit_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  guint most = (guint) g_settings_get_int (weft_settings_get (), "runs-kept");
  g_task_return_int (task, (gssize) weft_runs_prune (data, most, FALSE));
}

static void
limited_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  if (g_task_propagate_int (G_TASK (result), NULL) > 0)
    weft_run_list_refresh (WEFT_WINDOW (source)->run_list);
}

/* For internal use: the oldest runs go where there are more than are to be kept. */
void
weft_window_limit_runs (WeftWindow *window)
{
  const char *folder = weft_run_list_get_folder (window->run_list);
  if (folder == NULL || g_settings_get_int (weft_settings_get (), "runs-kept") == 0)
    return;
  g_autoptr (GTask) task = g_task_new (window, NULL, limited_cb, NULL);
  g_task_set_task_data (task, g_strdup (folder), g_free);
  g_task_run_in_thread (task, limit_thread);
}

static void
removed_cb (WeftRunsPane *pane, guint number, const char *title, WeftWindow *window)
{
  g_autofree char *text = g_strdup_printf (_ ("Deleted “%s”"), title);
  AdwToast        *toast = weft_window_new_toast (text);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_action_name (toast, "win.restore-run");
  adw_toast_set_action_target (toast, "u", number);
  adw_toast_overlay_add_toast (window->toasts, toast);
}

static void
restore_run_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GError) error = NULL;
  if (!weft_run_list_restore (WEFT_WINDOW (data)->run_list, g_variant_get_uint32 (parameter),
                              &error))
    weft_window_show_error (data, _ ("Could Not Undo"), error->message);
}

/* ---- A document with another name ---- */

typedef struct
{
  char *from, *to;
} Places;

static void
places_free (gpointer data)
{
  Places *places = data;
  g_free (places->from);
  g_free (places->to);
  g_free (places);
}

static void
follow_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Places *places = data;
  GError       *error = NULL;
  if (weft_runs_follow (places->from, places->to, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
followed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftWindow *window = WEFT_WINDOW (source);
  g_autoptr (GError) error = NULL;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    weft_window_show_error (window, _ ("Could Not Take the Runs Along"), error->message);
  if (window->run == NULL)
    return;
  /* The one that the next start goes on with may have another place. */
  weft_run_model_find_interrupted (window->run);
  follow_runs (window);
}

/* The runs go where the document is saved first, and are there as well where it is saved as
 * another. */
static void
saved_cb (WeftWindow *window)
{
  const char      *from = weft_run_list_get_folder (window->run_list);
  g_autofree char *to = weft_runs_folder (window->document);
  if (from == NULL || g_strcmp0 (from, to) == 0)
    return;
  Places *places = g_new0 (Places, 1);
  places->from = g_strdup (from);
  places->to = g_steal_pointer (&to);
  g_autoptr (GTask) task = g_task_new (window, NULL, followed_cb, NULL);
  g_task_set_task_data (task, places, places_free);
  g_task_run_in_thread (task, follow_thread);
}

/* ---- A document that was renamed in a file manager ---- */

static void
lost_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Places *places = data;
  g_task_return_pointer (task, weft_runs_find_lost (places->from, places->to), g_free);
}

static void
lost_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftWindow      *window = WEFT_WINDOW (source);
  const Places    *places = g_task_get_task_data (G_TASK (result));
  g_autofree char *folder = g_task_propagate_pointer (G_TASK (result), NULL);
  if (folder == NULL || window->document == NULL ||
      g_strcmp0 (weft_document_get_path (window->document), places->from) != 0)
    return;
  g_autofree char *name = g_path_get_basename (folder);
  g_autofree char *text = g_strdup_printf (
    _ ("“%s” holds runs of this model, and the document of that name is gone. Was it renamed?"),
    name);
  g_free (window->lost_runs);
  window->lost_runs = g_steal_pointer (&folder);
  weft_notice_show (window->notices, &(WeftNotice){ .key = "lost-runs",
                                                    .text = text,
                                                    .label = _ ("_Use These Runs"),
                                                    .action = "win.take-runs" });
}

/* Only where the document has no runs of its own. */
static void
look_for_lost (WeftWindow *window)
{
  const char *path = weft_document_get_path (window->document);
  const char *own = weft_run_list_get_folder (window->run_list);
  weft_notice_hide (window->notices, "lost-runs");
  if (path == NULL || own == NULL || g_file_test (own, G_FILE_TEST_EXISTS))
    return;
  Places *places = g_new0 (Places, 1);
  places->from = g_strdup (path);
  places->to = weft_document_signature (window->document);
  g_autoptr (GTask) task = g_task_new (window, NULL, lost_cb, NULL);
  g_task_set_task_data (task, places, places_free);
  g_task_run_in_thread (task, lost_thread);
}

/* The folder gets the name that the document has. */
static void
take_runs_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  const char *own = weft_run_list_get_folder (window->run_list);
  weft_notice_hide (window->notices, "lost-runs");
  if (window->lost_runs == NULL || own == NULL)
    return;
  if (g_rename (window->lost_runs, own) != 0)
    weft_window_show_error (window, _ ("Could Not Take the Runs Along"), g_strerror (errno));
  weft_run_list_refresh (window->run_list);
  weft_run_model_find_interrupted (window->run);
}

static void
open_cb (WeftRunsPane *pane, const char *path, WeftWindow *window)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_application_open (G_APPLICATION (gtk_window_get_application (GTK_WINDOW (window))), &file, 1,
                      "");
}

/* ---- Reports ---- */

typedef struct
{
  char *folder, *path;
} Report;

static void
report_free (Report *report)
{
  g_free (report->folder);
  g_free (report->path);
  g_free (report);
}

static void
report_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Report *report = data;
  GError *error = NULL;
  if (weft_report_write (report->folder, report->path, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
reported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftWindow *window = WEFT_WINDOW (source);
  Report     *report = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      weft_window_show_error (window, _ ("Could Not Export the Report"), error->message);
      return;
    }
  g_autofree char *name = g_path_get_basename (report->path);
  g_autofree char *text = g_strdup_printf (_ ("Saved %s"), name);
  weft_window_toast (window, text);
}

static void
write_report (WeftWindow *window, const char *folder, const char *path)
{
  g_autoptr (GTask) task = g_task_new (window, NULL, reported_cb, NULL);
  Report *report = g_new0 (Report, 1);
  report->folder = g_strdup (folder);
  report->path = g_strdup (path);
  g_task_set_task_data (task, report, (GDestroyNotify) report_free);
  g_task_run_in_thread (task, report_thread);
}

static void
response_cb (GtkNativeDialog *dialog, int response, WeftWindow *window)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    write_report (window, g_object_get_data (G_OBJECT (dialog), "folder"), path);
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

static void
report_cb (WeftRunsPane *pane, const char *folder, WeftWindow *window)
{
  GtkFileChooserNative *dialog =
    gtk_file_chooser_native_new (_ ("Export Report"), GTK_WINDOW (window),
                                 GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  weft_window_suggest_file (window, GTK_FILE_CHOOSER (dialog), _ (" report.html"));
  g_object_set_data_full (G_OBJECT (dialog), "folder", g_strdup (folder), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (response_cb), window, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* Of the newest run. */
static char *
dup_newest (WeftWindow *window)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (window->run_list));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (WeftRunItem) item = g_list_model_get_item (G_LIST_MODEL (window->run_list), i);
      if (weft_run_item_get_run (item)->state != WEFT_KEPT_QUEUED)
        return g_strdup (weft_run_item_get_folder (item));
    }
  weft_window_toast (window, _ ("There is no run yet: train first"));
  return NULL;
}

static void
report_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow      *window = data;
  g_autofree char *folder = dup_newest (window);
  if (folder != NULL)
    report_cb (window->runs_pane, folder, window);
}

/* For scripts: no dialog. */
static void
report_to_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autofree char *folder = dup_newest (data);
  if (folder != NULL)
    write_report (data, folder, g_variant_get_string (parameter, NULL));
}

static void
export_curves_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftCurves *curves = weft_board_get_curves (WEFT_WINDOW (data)->board);
  gtk_widget_activate_action (GTK_WIDGET (curves), "curves.export", "s", "");
}

static void
fit_curves_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  weft_curves_fit (weft_board_get_curves (WEFT_WINDOW (data)->board));
}

const GActionEntry weft_window_runs_actions[] = {
  { .name = "take-runs", .activate = take_runs_action },
  { .name = "restore-run", .activate = restore_run_action, .parameter_type = "u" },
  { .name = "export-report", .activate = report_action },
  { .name = "export-report-to", .activate = report_to_action, .parameter_type = "s" },
  { .name = "export-curves", .activate = export_curves_action },
  { .name = "fit-curves", .activate = fit_curves_action },
};
const guint weft_window_n_runs_actions = G_N_ELEMENTS (weft_window_runs_actions);

/* ---- The window ---- */

/* For internal use: once, when the window is made. */
void
weft_window_begin_runs (WeftWindow *window)
{
  window->run_list = weft_run_list_new ();
  weft_runs_pane_set_list (window->runs_pane, window->run_list);
  g_signal_connect_object (window->runs_pane, "open", G_CALLBACK (open_cb), window, 0);
  g_signal_connect_object (window->runs_pane, "removed", G_CALLBACK (removed_cb), window, 0);
  g_signal_connect_object (window->runs_pane, "report", G_CALLBACK (report_cb), window, 0);
  weft_curves_set_list (weft_board_get_curves (window->board), window->run_list);
}

static void
state_cb (WeftWindow *window)
{
  follow_runs (window);
  if (!weft_run_model_is_busy (window->run))
    weft_window_limit_runs (window);
}

/* A run that was under way when its window was closed goes on with the next start. */
static void
interrupted_cb (WeftRunModel *run, gint64 step, WeftWindow *window)
{
  g_autofree char *count = weft_format_count (step);
  g_autofree char *text =
    g_strdup_printf (_ ("The last run stands at step %s; Train goes on with it"), count);
  weft_window_toast (window, text);
}

static void
trash_free (gpointer folder)
{
  weft_runs_empty_trash (folder);
  g_free (folder);
}

/* Checkpoints may be large, and taking them from the disk slow. */
static void
empty_trash (const char *folder)
{
  weft_free_later (trash_free, g_strdup (folder));
}

/* For internal use: another document, or none. */
void
weft_window_follow_runs (WeftWindow *window)
{
  weft_window_renew_queue (window);
  follow_runs (window);
  if (window->run == NULL)
    return;
  if (weft_run_list_get_folder (window->run_list) != NULL && !weft_window_is_shared (window))
    empty_trash (weft_run_list_get_folder (window->run_list));
  g_signal_connect_object (window->run, "interrupted", G_CALLBACK (interrupted_cb), window, 0);
  weft_run_model_find_interrupted (window->run);
  look_for_lost (window);
  g_signal_connect_object (window->run, "notify::state", G_CALLBACK (state_cb), window,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (window->document, "saved", G_CALLBACK (saved_cb), window,
                           G_CONNECT_SWAPPED);
}
