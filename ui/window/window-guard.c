/* Nothing gets lost: a window's document has a journal, and its file is watched.
 *
 * The journal begins with the document and goes when its last window is closed, after the question
 * about unsaved changes. Quitting keeps the journals of what is not saved, as a crash does;
 * recover.c brings the documents back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "engine/document/disk.h"
#include "engine/document/journal.h"
#include "ui/window/notice.h"

#include <glib/gi18n.h>

/* After an edit, what was written goes to the disk itself; the disk may be slow, so not for each.
 */
#define SYNC_MS 1000

/* Other programs write a file in several moves; the last one counts. */
#define LOOK_MS 300

/* ---- The journal ---- */

/* The strip says that the disk is full, or why else the journal cannot be written, until it can. */
static void
update_problem (WeftWindow *window)
{
  const char *problem = weft_journal_get_problem (window->document);
  if (problem == NULL)
    weft_notice_hide (window->notices, "journal");
  else if (!weft_notice_is_shown (window->notices, "journal"))
    weft_notice_show (window->notices, &(WeftNotice){ .key = "journal",
                                                      .text = problem,
                                                      .label = _ ("Save _As…"),
                                                      .action = "win.save-as",
                                                      .error = TRUE });
}

static gboolean
sync_cb (gpointer data)
{
  WeftWindow *window = data;
  weft_journal_keep_view (window->document);
  weft_journal_sync (window->document, FALSE);
  update_problem (window);
  /* It is tried again until there is room. */
  if (weft_journal_get_problem (window->document) != NULL)
    return G_SOURCE_CONTINUE;
  window->sync_source = 0;
  return G_SOURCE_REMOVE;
}

static void
changed_cb (WeftWindow *window)
{
  update_problem (window);
  if (window->sync_source == 0)
    window->sync_source = g_timeout_add (SYNC_MS, sync_cb, window);
}

/* ---- The file ---- */

static char *
dup_file_name (WeftWindow *window)
{
  g_autofree char *base = g_path_get_basename (weft_document_get_path (window->document));
  return g_filename_display_name (base);
}

static void
show_changed (WeftWindow *window)
{
  g_autofree char *name = dup_file_name (window);
  g_autofree char *text =
    g_strdup_printf (_ ("Another program changed “%s” on disk. Reloading can be undone."), name);
  weft_notice_show (window->notices, &(WeftNotice){ .key = "disk",
                                                    .text = text,
                                                    .label = _ ("_Reload"),
                                                    .action = "win.reload",
                                                    .other_label = _ ("_Keep Mine"),
                                                    .other_action = "win.keep-mine" });
}

static void
show_gone (WeftWindow *window)
{
  g_autofree char *name = dup_file_name (window);
  g_autofree char *text =
    g_strdup_printf (_ ("“%s” is no longer there, or cannot be read: Save writes it again."), name);
  weft_notice_show (window->notices, &(WeftNotice){ .key = "disk",
                                                    .text = text,
                                                    .label = _ ("_Save"),
                                                    .action = "win.save",
                                                    .other_label = _ ("Save _As…"),
                                                    .other_action = "win.save-as" });
}

/* For internal use: looks whether another program changed the file, and says so. FALSE: it did. */
gboolean
weft_window_look_at_disk (WeftWindow *window)
{
  WeftDiskState state = weft_document_look_at_disk (window->document);
  if (state == (WeftDiskState) window->disk_state && state != WEFT_DISK_CHANGED)
    return TRUE;
  window->disk_state = state;
  switch (state)
    {
    case WEFT_DISK_SAME:
      weft_notice_hide (window->notices, "disk");
      break;
    case WEFT_DISK_CHANGED:
      show_changed (window);
      break;
    case WEFT_DISK_GONE:
      show_gone (window);
      break;
    }
  return state != WEFT_DISK_CHANGED;
}

static gboolean
look_cb (gpointer data)
{
  WeftWindow *window = data;
  window->look_source = 0;
  weft_window_look_at_disk (window);
  return G_SOURCE_REMOVE;
}

static void
look_soon (WeftWindow *window)
{
  if (window->look_source == 0 && window->document != NULL)
    window->look_source = g_timeout_add (LOOK_MS, look_cb, window);
}

static void
file_changed_cb (WeftWindow *window)
{
  look_soon (window);
}

/* Not every disk tells of changes: the window looks when it is gone back to. */
static void
active_cb (WeftWindow *window)
{
  if (gtk_window_is_active (GTK_WINDOW (window)))
    look_soon (window);
}

static void
show_read_only (WeftWindow *window, const char *path)
{
  if (path == NULL || !weft_path_is_read_only (path))
    {
      weft_notice_hide (window->notices, "read-only");
      return;
    }
  g_autofree char *name = dup_file_name (window);
  g_autofree char *text = g_strdup_printf (
    _ ("“%s” is read-only: changes can be saved under another name only."), name);
  weft_notice_show (window->notices, &(WeftNotice){ .key = "read-only",
                                                    .text = text,
                                                    .label = _ ("Save _As…"),
                                                    .action = "win.save-as" });
}

/* The document has a path, or another one, or was saved. */
static void
follow_file (WeftWindow *window)
{
  const char *path = weft_document_get_path (window->document);
  if (window->monitor != NULL)
    g_signal_handlers_disconnect_by_data (window->monitor, window);
  g_clear_object (&window->monitor);
  window->disk_state = WEFT_DISK_SAME;
  weft_notice_hide (window->notices, "disk");
  show_read_only (window, path);
  if (path == NULL)
    return;
  g_autoptr (GFile) file = g_file_new_for_path (path);
  window->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (window->monitor != NULL)
    g_signal_connect_swapped (window->monitor, "changed", G_CALLBACK (file_changed_cb), window);
}

/* ---- Actions ---- */

static void
reload_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  g_autoptr (GError) error = NULL;
  if (weft_document_get_path (window->document) == NULL)
    return;
  if (!weft_document_reload (window->document, &error))
    {
      weft_window_show_error (window, _ ("Could Not Reload"), error->message);
      return;
    }
  weft_window_toast (window, _ ("Reloaded from disk; Undo brings your version back"));
}

static void
keep_mine_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  weft_document_accept_disk (window->document);
  window->disk_state = WEFT_DISK_SAME;
  weft_notice_hide (window->notices, "disk");
}

static void
second_window_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  WeftWindow *second = weft_window_new (gtk_window_get_application (GTK_WINDOW (window)));
  weft_window_set_document (second, window->document);
  gtk_window_present (GTK_WINDOW (second));
}

const GActionEntry weft_window_guard_actions[] = {
  { .name = "reload", .activate = reload_action },
  { .name = "keep-mine", .activate = keep_mine_action },
  { .name = "second-window", .activate = second_window_action },
};
const guint weft_window_n_guard_actions = G_N_ELEMENTS (weft_window_guard_actions);

/* ---- Beginning and ending ---- */

/* For internal use: whether another window shows the same document. */
gboolean
weft_window_is_shared (WeftWindow *window)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();
  for (GList *item = windows; item != NULL; item = item->next)
    if (WEFT_IS_WINDOW (item->data) && item->data != (gpointer) window &&
        weft_window_get_document (item->data) == window->document)
      return TRUE;
  return FALSE;
}

/* For internal use: the window has a document now. */
void
weft_window_begin_guard (WeftWindow *window)
{
  if (weft_journal_get_path (window->document) == NULL &&
      weft_journal_get_problem (window->document) == NULL)
    weft_journal_start (window->document, weft_journal_folder ());
  window->keep_journal = FALSE;
  g_signal_connect_swapped (window->document, "changed", G_CALLBACK (changed_cb), window);
  g_signal_connect_swapped (window->document, "saved", G_CALLBACK (follow_file), window);
  g_signal_connect (window, "notify::is-active", G_CALLBACK (active_cb), NULL);
  follow_file (window);
  update_problem (window);
  look_soon (window);
}

/* For internal use: it has none any more. */
void
weft_window_end_guard (WeftWindow *window)
{
  g_clear_handle_id (&window->sync_source, g_source_remove);
  g_clear_handle_id (&window->look_source, g_source_remove);
  if (window->monitor != NULL)
    g_signal_handlers_disconnect_by_data (window->monitor, window);
  g_clear_object (&window->monitor);
  g_signal_handlers_disconnect_by_data (window->document, window);
  g_signal_handlers_disconnect_by_func (window, active_cb, NULL);
  weft_notice_hide (window->notices, "journal");
  weft_notice_hide (window->notices, "disk");
  weft_notice_hide (window->notices, "read-only");
  weft_notice_hide (window->notices, "damaged");
  if (weft_window_is_shared (window))
    return;
  weft_journal_keep_view (window->document);
  weft_journal_stop (window->document, window->keep_journal);
}
