/* Steps as pictures: which file, in the background, and what came of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/optimise-view-private.h"

#include "ui/draw/graph-export.h"
#include "ui/shared/settings.h"

#include <glib/gi18n.h>

typedef struct
{
  WeftGraphArt *art;
  char         *path, *title;
  guint         first, last;
  char        **written;
} Export;

static void
export_free (Export *export)
{
  weft_graph_art_free (export->art);
  g_free (export->path);
  g_free (export->title);
  g_strfreev (export->written);
  g_free (export);
}

/* ---- The worker ---- */

static void
export_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Export *export = data;
  WeftGraphExport options = {
    .title = export->title, .first = export->first, .last = export->last, .theme = WEFT_THEME_LIGHT
  };
  GError *error = NULL;
  if (weft_graph_export (export->art, export->path, &options, &export->written, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (source);
  Export *export = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      weft_optimise_view_tell (view, error->message);
      return;
    }
  guint            n = g_strv_length (export->written);
  g_autofree char *name = g_path_get_basename (n > 0 ? export->written[0] : export->path);
  g_autofree char *text = n > 1
                            ? g_strdup_printf (g_dngettext (NULL, "Saved %u picture, from %s on",
                                                            "Saved %u pictures, from %s on", n),
                                               n, name)
                            : g_strdup_printf (_ ("Saved %s"), name);
  weft_optimise_view_tell (view, text);
}

static Export *
export_new (WeftOptimiseView *view, gboolean all)
{
  WeftHistory  *history = weft_optimise_model_get_history (view->model);
  WeftDocument *document = weft_optimise_model_get_document (view->model);
  guint         step = weft_optimise_model_get_step (view->model);
  Export *export = g_new0 (Export, 1);
  export->art = weft_graph_art_ref (weft_optimise_model_get_art (view->model));
  export->title = g_strdup (document != NULL ? weft_document_get_title (document) : NULL);
  export->first = all ? 0 : step;
  export->last = all ? weft_history_n_steps (history) : step;
  return export;
}

/**
 * weft_optimise_view_export_to:
 * @view: the view, with a history
 * @path: ends in .svg, .pdf or .png
 * @all: every step; else the current one
 *
 * For internal use. Writes in the background; "message" says what came of it.
 */
void
weft_optimise_view_export_to (WeftOptimiseView *view, const char *path, gboolean all)
{
  g_autoptr (GTask) task = g_task_new (view, NULL, exported_cb, NULL);
  Export *export = export_new (view, all);
  export->path = g_strdup (path);
  g_task_set_task_data (task, export, (GDestroyNotify) export_free);
  g_task_run_in_thread (task, export_thread);
}

/* ---- Which file ---- */

/* The format is in the name's end. */
static char *
with_suffix (const char *path, gboolean all)
{
  static const char *const SUFFIXES[] = { ".svg", ".pdf", ".png" };
  for (guint i = 0; path != NULL && i < G_N_ELEMENTS (SUFFIXES); i++)
    if (g_str_has_suffix (path, SUFFIXES[i]))
      return g_strdup (path);
  return path != NULL ? g_strconcat (path, all ? ".pdf" : ".svg", NULL) : NULL;
}

static void
response_cb (GtkNativeDialog *dialog, int response, WeftOptimiseView *view)
{
  if (response == GTK_RESPONSE_ACCEPT && weft_optimise_model_get_history (view->model) != NULL)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
      gboolean         all = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (dialog), "weft-all"));
      g_autofree char *whole = with_suffix (path, all);
      if (whole != NULL)
        weft_optimise_view_export_to (view, whole, all);
    }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

static void
add_filter (GtkFileChooser *chooser, const char *name, const char *pattern)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, name);
  gtk_file_filter_add_pattern (filter, pattern);
  gtk_file_chooser_add_filter (chooser, filter);
}

/* For internal use: asks for a file first. */
void
weft_optimise_view_export (WeftOptimiseView *view, gboolean all)
{
  GtkRoot         *root = gtk_widget_get_root (GTK_WIDGET (view));
  guint            step = weft_optimise_model_get_step (view->model);
  g_autofree char *name =
    all ? g_strdup (_ ("rewrites.pdf")) : g_strdup_printf (_ ("step-%03u.svg"), step);
  GtkFileChooserNative *dialog =
    gtk_file_chooser_native_new (all ? _ ("Export All Steps") : _ ("Export This Step"),
                                 GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL,
                                 GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  if (all)
    add_filter (GTK_FILE_CHOOSER (dialog), _ ("PDF, a page a step"), "*.pdf");
  add_filter (GTK_FILE_CHOOSER (dialog), all ? _ ("SVG, a file a step") : _ ("SVG"), "*.svg");
  if (!all)
    add_filter (GTK_FILE_CHOOSER (dialog), _ ("PDF"), "*.pdf");
  add_filter (GTK_FILE_CHOOSER (dialog), all ? _ ("PNG, a file a step") : _ ("PNG"), "*.png");
  g_object_set_data (G_OBJECT (dialog), "weft-all", GINT_TO_POINTER (all));
  g_signal_connect_object (dialog, "response", G_CALLBACK (response_cb), view, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
