/* The examples that ship, and the files that were open lately.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/start/examples.h"

#include <gtk/gtk.h>
#include <string.h>

#include "engine/base/file.h"

#define MAX_EXAMPLE_BYTES (1 << 20)
#define MAX_RECENT 12
#define MIME_TYPE "application/x-weft"

static void
example_free (WeftExample *example)
{
  g_free (example->path);
  g_free (example->title);
  g_free (example->summary);
  g_clear_object (&example->document);
  g_free (example);
}

static char *
dup_summary (const char *path)
{
  g_autoptr (GBytes) bytes = weft_file_read (path, MAX_EXAMPLE_BYTES, NULL);
  if (bytes == NULL)
    return NULL;
  gsize       size;
  const char *text = g_bytes_get_data (bytes, &size);
  g_autoptr (WeftJson) json = weft_json_parse (text, (gssize) size, NULL);
  return json != NULL ? g_strdup (weft_json_get_string (json, "summary", NULL)) : NULL;
}

static WeftExample *
load (const char *path)
{
  g_autoptr (WeftDocument) document = weft_document_load (path, NULL);
  if (document == NULL)
    return NULL;
  WeftExample *example = g_new0 (WeftExample, 1);
  const char  *title = weft_document_get_title (document);
  example->path = g_strdup (path);
  example->title = title != NULL && *title != '\0' ? g_strdup (title) : g_path_get_basename (path);
  example->summary = dup_summary (path);
  example->document = g_steal_pointer (&document);
  return example;
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * weft_examples_load:
 * @lessons: those that are lessons, else the others
 *
 * Returns: (transfer full) (element-type WeftExample): the examples that can be read
 */
GPtrArray *
weft_examples_load (gboolean lessons)
{
  GPtrArray       *examples = g_ptr_array_new_with_free_func ((GDestroyNotify) example_free);
  g_autofree char *folder =
    g_build_filename (weft_data_dir (), lessons ? "lessons" : "examples", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".weft"))
      g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (paths, compare_paths);
  for (guint i = 0; i < paths->len; i++)
    {
      WeftExample *example = load (g_ptr_array_index (paths, i));
      if (example != NULL)
        g_ptr_array_add (examples, example);
    }
  return examples;
}

static void
recent_file_free (WeftRecentFile *file)
{
  g_free (file->path);
  g_free (file->name);
  g_free (file->folder);
  g_free (file);
}

static char *
dup_folder_name (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  const char      *home = g_get_home_dir ();
  if (g_str_has_prefix (folder, home) &&
      (folder[strlen (home)] == '/' || folder[strlen (home)] == '\0'))
    return g_strconcat ("~", folder + strlen (home), NULL);
  return g_steal_pointer (&folder);
}

static int
compare_visits (gconstpointer a, gconstpointer b)
{
  GtkRecentInfo *x = (GtkRecentInfo *) a, *y = (GtkRecentInfo *) b;
  return g_date_time_compare (gtk_recent_info_get_modified (y), gtk_recent_info_get_modified (x));
}

/**
 * weft_recent_files:
 *
 * Returns: (transfer full) (element-type WeftRecentFile): those that still exist, the latest first
 */
GPtrArray *
weft_recent_files (void)
{
  GPtrArray *files = g_ptr_array_new_with_free_func ((GDestroyNotify) recent_file_free);
  GList     *items =
    g_list_sort (gtk_recent_manager_get_items (gtk_recent_manager_get_default ()), compare_visits);
  for (GList *item = items; item != NULL && files->len < MAX_RECENT; item = item->next)
    {
      GtkRecentInfo   *info = item->data;
      g_autofree char *path = g_filename_from_uri (gtk_recent_info_get_uri (info), NULL, NULL);
      if (path == NULL || g_strcmp0 (gtk_recent_info_get_mime_type (info), MIME_TYPE) != 0 ||
          !g_file_test (path, G_FILE_TEST_EXISTS))
        continue;
      WeftRecentFile *file = g_new0 (WeftRecentFile, 1);
      file->name = g_path_get_basename (path);
      file->folder = dup_folder_name (path);
      file->path = g_steal_pointer (&path);
      g_ptr_array_add (files, file);
    }
  g_list_free_full (items, (GDestroyNotify) gtk_recent_info_unref);
  return files;
}

/**
 * weft_recent_add:
 * @path: of a document that was opened or saved
 */
void
weft_recent_add (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *uri = g_file_get_uri (file);
  GtkRecentData    data = {
       .mime_type = (char *) MIME_TYPE,
       .app_name = (char *) "Weft",
       .app_exec = (char *) "weft %f",
  };
  gtk_recent_manager_add_full (gtk_recent_manager_get_default (), uri, &data);
}
