/* Data in the window: importing a file, looking at the rows of a dataset node.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "ui/data/data-window.h"
#include "ui/data/import-window.h"

#include <glib/gi18n.h>

/* ---- Importing ---- */

typedef struct
{
  WeftWindow *window; /* borrowed: the import window is transient for it */
  gboolean    placed; /* at x, y of the canvas; else near the middle */
  double      x, y;
} Place;

/* The card is called like its file where that can be a name: "housing" says more than "dataset". */
static void
name_by_file (WeftDocument *document, guint32 uid, const char *file)
{
  g_autofree char *name = file != NULL ? g_path_get_basename (file) : NULL;

  if (name == NULL || !g_ascii_isalpha (*name))
    return;
  name[strcspn (name, ".")] = '\0';
  g_strcanon (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS, '_');
  weft_document_rename_node (document, uid, name, NULL);
}

static void
import_cb (WeftImportWindow *import, WeftJson *params, Place *place)
{
  WeftCanvas      *canvas = place->window->canvas;
  WeftJson        *copy = weft_json_copy (params);
  g_autofree char *file = g_strdup (weft_json_get_string (params, "file", NULL));
  guint32          uid;

  if (place->window->document == NULL)
    {
      weft_json_unref (copy);
      return;
    }
  weft_document_begin (weft_window_get_shown (place->window), _ ("Import Data"));
  uid = place->placed ? weft_canvas_add (canvas, "dataset", copy, place->x, place->y)
                      : weft_canvas_add_at_centre (canvas, "dataset", copy);
  if (uid != 0)
    name_by_file (weft_window_get_shown (place->window), uid, file);
  weft_document_end (weft_window_get_shown (place->window));
  if (uid != 0)
    gtk_widget_grab_focus (GTK_WIDGET (canvas));
}

static void
free_place (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
show_import (WeftWindow *window, const char *path, const Place *place)
{
  WeftImportWindow *import = weft_import_window_new (GTK_WINDOW (window), path);

  g_signal_connect_data (import, "import", G_CALLBACK (import_cb),
                         g_memdup2 (place, sizeof *place), free_place, 0);
  gtk_window_present (GTK_WINDOW (import));
}

static gboolean
file_dropped_cb (WeftCanvas *canvas, const char *path, double x, double y, WeftWindow *window)
{
  Place place = { .window = window, .placed = TRUE, .x = x, .y = y };

  show_import (window, path, &place);
  return TRUE;
}

static void
response_cb (GtkNativeDialog *dialog, int response, WeftWindow *window)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  Place            place = { .window = window };

  if (response == GTK_RESPONSE_ACCEPT && window->document != NULL && path != NULL)
    show_import (window, path, &place);
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

static void
import_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow           *window = data;
  GtkFileChooserNative *dialog =
    gtk_file_chooser_native_new (_ ("Import Data"), GTK_WINDOW (window),
                                 GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Look at It"), _ ("_Cancel"));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (response_cb), window, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
import_file_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  Place place = { .window = data };

  show_import (data, g_variant_get_string (parameter, NULL), &place);
}

/* ---- Looking ---- */

static gboolean
is_dataset (const WeftNode *node)
{
  return node != NULL && g_str_equal (node->op, "dataset");
}

/* For internal use: FALSE if the node holds no data. */
gboolean
weft_window_look_at_data (WeftWindow *window, guint32 uid)
{
  WeftDocument    *document = weft_window_get_shown (window);
  const WeftNode  *node = weft_document_node (document, uid);
  g_autofree char *folder = weft_document_dup_folder (document);

  if (!is_dataset (node))
    return FALSE;
  gtk_window_present (
    GTK_WINDOW (weft_data_window_new (GTK_WINDOW (window), node->id, node->params, folder)));
  return TRUE;
}

/* The only dataset of the document; 0: there are none, or several. */
static guint32
find_dataset (WeftDocument *document)
{
  guint32 found = 0;

  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    if (is_dataset (weft_document_node_at (document, i)))
      {
        if (found != 0)
          return 0;
        found = weft_document_node_at (document, i)->uid;
      }
  return found;
}

static void
look_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow    *window = data;
  guint          n;
  const guint32 *uids = weft_canvas_get_selection (window->canvas, &n);
  WeftDocument  *document = weft_window_get_shown (window);
  gboolean       selected = n == 1 && is_dataset (weft_document_node (document, uids[0]));
  guint32        uid = selected ? uids[0] : find_dataset (document);

  if (!weft_window_look_at_data (window, uid))
    weft_window_toast (window, _ ("Select a dataset to look at its rows."));
}

/* For internal use. */
void
weft_window_init_data (WeftWindow *window)
{
  g_signal_connect (window->canvas, "file-dropped", G_CALLBACK (file_dropped_cb), window);
}

const GActionEntry weft_window_data_actions[] = {
  { .name = "import-data", .activate = import_action },
  { .name = "import-file", .activate = import_file_action, .parameter_type = "s" },
  { .name = "look-at-data", .activate = look_action },
};
const guint weft_window_n_data_actions = G_N_ELEMENTS (weft_window_data_actions);
