/* What an earlier start left behind: each journal that nobody holds becomes a window, as it was,
 * with its undo and redo steps, without a question.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/recover.h"

#include "engine/document/journal.h"
#include "engine/train/runs.h"
#include "ui/window/notice.h"
#include "ui/window/window-private.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

/* What could not be restored, and copies of what was damaged, stay so long. */
#define KEEP_DAYS 30

static gboolean
is_empty (WeftDocument *document)
{
  return weft_document_get_path (document) == NULL && !weft_document_get_modified (document) &&
         weft_document_get_redo_label (document) == NULL;
}

static void
show_damaged (WeftWindow *window, const char *path)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *text = g_strdup_printf (
    _ ("The last changes could not be read again; what is left of them is in “%s.damaged”."), name);
  weft_notice_show (window->notices,
                    &(WeftNotice){ .key = "damaged", .text = text, .error = TRUE });
}

static void
show_window (GtkApplication *application, WeftDocument *document, const char *damaged)
{
  WeftWindow *window = weft_window_new (application);
  weft_window_set_document (window, document);
  gtk_window_present (GTK_WINDOW (window));
  if (damaged != NULL)
    show_damaged (window, damaged);
  else if (weft_document_get_modified (document))
    weft_window_toast (window, _ ("Here is what was not saved, as you left it"));
}

/* Said once: under its other name nobody looks for it. What another version wrote, that one can
 * read. */
static void
show_failure (GtkApplication *application, const char *path, const GError *error)
{
  g_autofree char *aside = g_strconcat (path, ".damaged", NULL);
  if (g_error_matches (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_VERSION) ||
      g_rename (path, aside) != 0)
    {
      g_free (aside);
      aside = g_strdup (path);
    }
  GtkWindow *window = gtk_application_get_active_window (application);
  if (window == NULL || !WEFT_IS_WINDOW (window))
    window = GTK_WINDOW (weft_window_new (application));
  gtk_window_present (window);
  g_autofree char *name = g_filename_display_name (aside);
  g_autofree char *text =
    g_strdup_printf (_ ("The changes kept in “%s” cannot be read: %s"), name, error->message);
  weft_window_show_error (WEFT_WINDOW (window), _ ("Could Not Restore a Document"), text);
}

/**
 * weft_recover_documents:
 * @application: the application, which has just started
 *
 * Opens the documents that an earlier start of the program left unsaved or was killed with.
 */
void
weft_recover_documents (GtkApplication *application)
{
  const char *folder = weft_journal_folder ();
  g_autoptr (GPtrArray) paths = weft_journal_list (folder);
  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      g_autoptr (GError) error = NULL;
      gboolean damaged = FALSE;
      g_autoptr (WeftDocument) document = weft_journal_restore (path, &damaged, &error);
      if (document == NULL)
        {
          /* Another start of the program was faster. */
          if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_AGAIN) &&
              !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            show_failure (application, path, error);
        }
      else if (is_empty (document) && !damaged)
        weft_journal_stop (document, FALSE);
      else
        show_window (application, document, damaged ? path : NULL);
    }
  weft_journal_sweep (folder, KEEP_DAYS);
  weft_runs_sweep_untitled ();
}
