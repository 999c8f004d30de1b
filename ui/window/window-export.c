/* What is drawn on the canvas as a picture in a file, by the drawing code of ui/draw/render.h.
 *
 * Pictures are made in the background, from a snapshot; a message says what came of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "ui/draw/render.h"

#include <glib/gi18n.h>

/* ---- In the background ---- */

typedef struct
{
  WeftDocument     *document; /* a snapshot */
  char             *group;    /* the definition that is shown; NULL: the document */
  char             *path;
  guint32          *nodes;
  WeftRenderOptions options;
} Export;

static void
export_free (Export *export)
{
  g_object_unref (export->document);
  g_free (export->group);
  g_free (export->path);
  g_free (export->nodes);
  g_free (export);
}

static void
export_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Export *export = data;
  GError       *error = NULL;
  WeftDocument *drawn = export->group != NULL
                          ? weft_document_get_group (export->document, export->group)
                          : export->document;
  if (weft_render_file (drawn, NULL, export->path, &export->options, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftWindow *window = WEFT_WINDOW (source);
  Export *export = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      weft_window_show_error (window, _ ("Could Not Export"), error->message);
      return;
    }
  g_autofree char *name = g_path_get_basename (export->path);
  g_autofree char *text = g_strdup_printf (_ ("Saved %s"), name);
  weft_window_toast (window, text);
}

/* For internal use: writes what is shown, or of it what is selected, to @path, whose end says the
 * format. A message follows. */
void
weft_window_export_to (WeftWindow *window, const char *path, const WeftExportChoice *choice)
{
  WeftDocument *shown = weft_window_get_shown (window);
  g_autoptr (GTask) task = g_task_new (window, NULL, exported_cb, NULL);
  Export *export = g_new0 (Export, 1);
  guint          n = 0;
  const guint32 *uids = weft_canvas_get_selection (window->canvas, &n);
  /* A layer of the library is a document of its own. */
  gboolean inside = weft_document_get_group_name (shown) != NULL;
  export->document = weft_document_snapshot (inside ? weft_document_get_root (shown) : shown);
  export->group = g_strdup (weft_document_get_group_name (shown));
  export->path = g_strdup (path);
  export->options.theme = choice->dark ? WEFT_THEME_DARK : WEFT_THEME_LIGHT;
  export->options.scale = choice->scale;
  if (choice->selection && n > 0)
    {
      export->nodes = g_memdup2 (uids, n * sizeof *uids);
      export->options.nodes = export->nodes;
      export->options.n_nodes = n;
    }
  g_task_set_task_data (task, export, (GDestroyNotify) export_free);
  g_task_run_in_thread (task, export_thread);
}

/* ---- Which file ---- */

static const struct
{
  const char *suffix;
  const char *title;
} FORMATS[] = {
  { ".pdf", N_ ("PDF") },
  { ".svg", N_ ("SVG") },
  { ".png", N_ ("PNG") },
};

static gboolean
has_format (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  for (guint i = 0; i < G_N_ELEMENTS (FORMATS); i++)
    if (g_str_has_suffix (lower, FORMATS[i].suffix))
      return TRUE;
  return FALSE;
}

/* A name without an end gets that of the format that is chosen below the list of files. */
static char *
with_suffix (const char *path, GtkFileChooser *chooser)
{
  GtkFileFilter *filter = gtk_file_chooser_get_filter (chooser);
  const char    *name = filter != NULL ? gtk_file_filter_get_name (filter) : NULL;
  if (has_format (path))
    return g_strdup (path);
  for (guint i = 0; i < G_N_ELEMENTS (FORMATS); i++)
    if (g_strcmp0 (name, _ (FORMATS[i].title)) == 0)
      return g_strconcat (path, FORMATS[i].suffix, NULL);
  return g_strconcat (path, FORMATS[0].suffix, NULL);
}

static void
response_cb (GtkNativeDialog *dialog, int response, WeftWindow *window)
{
  GtkFileChooser *chooser = GTK_FILE_CHOOSER (dialog);
  g_autoptr (GFile) file = gtk_file_chooser_get_file (chooser);
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  if (response == GTK_RESPONSE_ACCEPT && window->document != NULL && path != NULL)
    {
      const char      *scale = gtk_file_chooser_get_choice (chooser, "scale");
      g_autofree char *whole = with_suffix (path, chooser);
      WeftExportChoice choice = {
        .selection = g_strcmp0 (gtk_file_chooser_get_choice (chooser, "selection"), "true") == 0,
        .dark = g_strcmp0 (gtk_file_chooser_get_choice (chooser, "dark"), "true") == 0,
        .scale = scale != NULL ? g_ascii_strtod (scale, NULL) : 2,
      };
      weft_window_export_to (window, whole, &choice);
    }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

static void
add_choices (WeftWindow *window, GtkFileChooser *chooser)
{
  static const char *const scales[] = { "1", "2", "4", NULL };
  const char              *titles[] = { _ ("Normal"), _ ("Double"), _ ("Fourfold"), NULL };
  gtk_file_chooser_add_choice (chooser, "scale", _ ("Size of a PNG"), (const char **) scales,
                               titles);
  gtk_file_chooser_set_choice (chooser, "scale", "2");
  if (weft_canvas_n_selected (window->canvas) > 0)
    {
      gtk_file_chooser_add_choice (chooser, "selection", _ ("Only the selection"), NULL, NULL);
      gtk_file_chooser_set_choice (chooser, "selection", "true");
    }
  gtk_file_chooser_add_choice (chooser, "dark", _ ("Dark colours"), NULL, NULL);
}

/* For internal use: a name beside the document, which ends in @end: " report.html". */
void
weft_window_suggest_file (WeftWindow *window, GtkFileChooser *chooser, const char *end)
{
  const char      *path = weft_document_get_path (window->document);
  const char      *title = weft_document_get_title (window->document);
  g_autofree char *file = path != NULL ? g_path_get_basename (path) : NULL;
  if (file == NULL)
    file =
      g_strdelimit (g_strdup (title != NULL && *title != '\0' ? title : _ ("Untitled")), "/", '-');
  if (g_str_has_suffix (file, ".weft"))
    file[strlen (file) - strlen (".weft")] = '\0';
  g_autofree char *name = g_strconcat (file, end, NULL);
  gtk_file_chooser_set_current_name (chooser, name);
  if (path == NULL)
    return;
  g_autoptr (GFile) self = g_file_new_for_path (path);
  g_autoptr (GFile) folder = g_file_get_parent (self);
  gtk_file_chooser_set_current_folder (chooser, folder, NULL);
}

static void
export_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow           *window = data;
  GtkFileChooserNative *dialog =
    gtk_file_chooser_native_new (_ ("Export Picture"), GTK_WINDOW (window),
                                 GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  weft_window_suggest_file (window, GTK_FILE_CHOOSER (dialog), FORMATS[0].suffix);
  for (guint i = 0; i < G_N_ELEMENTS (FORMATS); i++)
    {
      g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
      g_autofree char *pattern = g_strconcat ("*", FORMATS[i].suffix, NULL);
      gtk_file_filter_set_name (filter, _ (FORMATS[i].title));
      gtk_file_filter_add_pattern (filter, pattern);
      gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
    }
  add_choices (window, GTK_FILE_CHOOSER (dialog));
  g_signal_connect_object (dialog, "response", G_CALLBACK (response_cb), window, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* For scripts: no dialog. */
static void
export_to_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftExportChoice choice = { .selection = TRUE, .scale = 2 };
  weft_window_export_to (data, g_variant_get_string (parameter, NULL), &choice);
}

const GActionEntry weft_window_export_actions[] = {
  { .name = "export", .activate = export_action },
  { .name = "export-to", .activate = export_to_action, .parameter_type = "s" },
};
const guint weft_window_n_export_actions = G_N_ELEMENTS (weft_window_export_actions);
