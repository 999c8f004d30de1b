/* Pictures in folders: each folder is a class and bears its name.
 *
 * A column from "pixels" says by its shape, [height, width, colours] or [height, width], to what
 * all are scaled; colours are 1 (grey), 3 or 4 (with opacity). gdk-pixbuf reads the files, so every
 * kind that the desktop knows is read; it needs neither a display nor GTK.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/pages.h"
#include "engine/base/number-text.h"
#include "engine/dataset/readers-private.h"

#include "engine/base/file.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>
#include <glib/gi18n-lib.h>

/* Larger is no picture to learn from: a few bytes may claim any size. */
#define MAX_FILE_BYTES ((gsize) 64 << 20)
#define MAX_PIXELS ((gint64) 1 << 26)
#define MAX_CLASSES 65536
#define MAX_THREADS 16

/* ---- Folders ---- */

static gboolean
is_picture (const char *name)
{
  static const char *const endings[] = { ".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp",
                                         ".tif", ".tiff", ".ppm", ".pgm", NULL };
  g_autofree char         *lower = g_ascii_strdown (name, -1);

  for (guint i = 0; endings[i] != NULL; i++)
    if (g_str_has_suffix (lower, endings[i]))
      return TRUE;
  return FALSE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Paths of the pictures, or of the folders, in @folder, sorted; hidden ones left out. */
static GPtrArray *
list_folder (const char *folder, gboolean folders, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &local);
  GPtrArray  *paths;
  const char *name;

  if (dir == NULL)
    {
      weft_source_fail (folder, error, "%s", local->message);
      return NULL;
    }
  paths = g_ptr_array_new_with_free_func (g_free);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      char *path = g_build_filename (folder, name, NULL);

      if (*name != '.' && (folders ? g_file_test (path, G_FILE_TEST_IS_DIR) : is_picture (name)))
        g_ptr_array_add (paths, path);
      else
        g_free (path);
    }
  g_ptr_array_sort (paths, compare_names);
  return paths;
}

/* ---- One picture ---- */

static void
size_prepared_cb (GdkPixbufLoader *loader, int width, int height, gpointer data)
{
  gboolean *large = data;

  *large = (gint64) width * height > MAX_PIXELS;
  if (*large)
    gdk_pixbuf_loader_set_size (loader, 0, 0); /* the loader gives up before it takes memory */
}

static GdkPixbuf *
load_picture (const char *path, GError **error)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) bytes = weft_file_read (path, MAX_FILE_BYTES, &local);
  gboolean   large = FALSE, good;
  GdkPixbuf *pixbuf = NULL;

  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_prepared_cb), &large);
  good = bytes != NULL && gdk_pixbuf_loader_write_bytes (loader, bytes, &local);
  good = gdk_pixbuf_loader_close (loader, good ? &local : NULL) && good;
  if (good && !large)
    pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  if (pixbuf != NULL)
    return gdk_pixbuf_apply_embedded_orientation (pixbuf);
  if (large)
    weft_source_fail (path, error, _ ("the picture has more than %s pixels"),
                      WEFT_INT_TEXT (MAX_PIXELS));
  else
    weft_source_fail (path, error, _ ("not a picture that can be read: %s"),
                      local != NULL ? local->message : _ ("it is empty"));
  return NULL;
}

/* ITU-R 601-2, as PIL rounds it. */
static guint8
grey (const guint8 *rgb)
{
  return (guint8) ((rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u + 0x8000u) >> 16);
}

static void
copy_pixels (const GdkPixbuf *pixbuf, gint64 colours, guint8 *out)
{
  int           width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  int           n = gdk_pixbuf_get_n_channels (pixbuf);
  const guint8 *pixels = gdk_pixbuf_read_pixels (pixbuf);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        const guint8 *in = pixels + (gsize) y * gdk_pixbuf_get_rowstride (pixbuf) + (gsize) x * n;

        if (colours == 1)
          *out++ = grey (in);
        for (gint64 k = 0; colours > 1 && k < colours; k++)
          *out++ = k < n ? in[k] : 255;
      }
}

static gboolean
read_picture (const char *path, const WeftSourceColumn *column, guint8 *out, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = load_picture (path, error);
  int height = (int) column->shape[0], width = (int) column->shape[1];

  if (pixbuf == NULL)
    return FALSE;
  if (gdk_pixbuf_get_width (pixbuf) != width || gdk_pixbuf_get_height (pixbuf) != height)
    {
      GdkPixbuf *scaled = gdk_pixbuf_scale_simple (pixbuf, width, height, GDK_INTERP_BILINEAR);

      if (scaled == NULL)
        return weft_source_fail (path, error, _ ("too little memory to scale the picture"));
      g_object_unref (pixbuf);
      pixbuf = scaled;
    }
  copy_pixels (pixbuf, column->rank == 3 ? column->shape[2] : 1, out);
  return TRUE;
}

/* ---- All of them ---- */

typedef struct
{
  GPtrArray *paths;  /* owned, of char* */
  GArray    *labels; /* owned, of gint32 */
} Pictures;

static void
clear_pictures (Pictures *pictures)
{
  g_clear_pointer (&pictures->paths, g_ptr_array_unref);
  g_clear_pointer (&pictures->labels, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pictures, clear_pictures)

static gboolean
list_pictures (const char *folder, char **classes, Pictures *pictures, GError **error)
{
  g_autoptr (GPtrArray) folders = list_folder (folder, TRUE, error);

  if (folders == NULL)
    return FALSE;
  for (guint i = 0; i < folders->len; i++)
    {
      g_autofree char *name = g_path_get_basename (folders->pdata[i]);
      g_autoptr (GPtrArray) inside = NULL;
      gint32 label = 0;

      while (classes != NULL && classes[label] != NULL && strcmp (classes[label], name) != 0)
        label++;
      if (classes != NULL && classes[label] == NULL)
        return weft_source_fail (folders->pdata[i], error,
                                 _ ("the folder's name is none of the classes in “columns”"));
      inside = list_folder (folders->pdata[i], FALSE, error);
      if (inside == NULL)
        return FALSE;
      for (guint k = 0; k < inside->len; k++)
        {
          g_ptr_array_add (pictures->paths, g_steal_pointer (&inside->pdata[k]));
          g_array_append_val (pictures->labels, label);
        }
    }
  return pictures->paths->len > 0 ||
         weft_source_fail (folder, error,
                           _ ("no folder in it holds pictures; there must be a folder for each "
                              "class"));
}

static const WeftSourceColumn *
find_column (WeftDatasetSpec *spec, const char *from)
{
  for (guint c = 0; c < spec->n_sources; c++)
    if (strcmp (spec->sources[c].from[0], from) == 0)
      return &spec->sources[c];
  return NULL;
}

gboolean
weft_images_check (WeftDatasetSpec *spec, GError **error)
{
  for (guint c = 0; c < spec->n_sources; c++)
    {
      const WeftSourceColumn *column = &spec->sources[c];
      gint64                  colours = column->rank == 3 ? column->shape[2] : 1;

      if (strcmp (column->from[0], "label") == 0 && column->classes != NULL && column->rank == 0)
        continue;
      if (strcmp (column->from[0], "pixels") == 0 && column->classes == NULL &&
          (column->rank == 2 || column->rank == 3) &&
          (colours == 1 || colours == 3 || colours == 4))
        continue;
      return weft_spec_fail (
        error,
        _ ("data set: column “%s” of pictures must come from “pixels” with "
           "“shape” [height, width, 1, 3 or 4], or from “label” with “classes”"),
        column->name);
    }
  return TRUE;
}

/* Reading all pictures, on several threads. */
typedef struct
{
  const Pictures         *pictures;
  const WeftSourceColumn *column;
  guint8                 *out;
  gsize                   row_bytes;
  guint                   next; /* atomic: the first that nobody has taken */
  guint                   done; /* atomic */
  gint                    quit; /* atomic */

  GMutex  lock;  /* of both */
  guint   worst; /* the first picture that cannot be read */
  GError *error; /* owned: of that one */
} Reading;

static void
note_error (Reading *reading, guint picture, GError *error)
{
  g_mutex_lock (&reading->lock);
  if (reading->error == NULL || picture < reading->worst)
    {
      g_clear_error (&reading->error);
      reading->error = g_steal_pointer (&error);
      reading->worst = picture;
    }
  g_mutex_unlock (&reading->lock);
  g_clear_error (&error);
  g_atomic_int_set (&reading->quit, TRUE);
}

/* FALSE: there are no more. Pictures before one that cannot be read are all tried, so that the same
 * one is named every time. */
static gboolean
read_next (Reading *reading)
{
  GError *error = NULL;
  guint   i =
    g_atomic_int_get (&reading->quit) ? G_MAXUINT : (guint) g_atomic_int_add (&reading->next, 1);

  if (i >= reading->pictures->paths->len)
    return FALSE;
  if (!read_picture (reading->pictures->paths->pdata[i], reading->column,
                     reading->out + i * reading->row_bytes, &error))
    note_error (reading, i, error);
  else if (weft_pages_contain (reading->out))
    weft_pages_touched (reading->row_bytes);
  g_atomic_int_inc (&reading->done);
  return TRUE;
}

static gpointer
read_thread (gpointer data)
{
  while (read_next (data))
    ;
  return NULL;
}

/* This thread reads, too, says how far it is, and looks at the cancellable. */
static gboolean
read_all (Reading *reading, GCancellable *cancellable, GError **error)
{
  guint    n = MIN (g_get_num_processors (), MAX_THREADS) - 1;
  GThread *threads[MAX_THREADS];

  for (guint i = 0; i < n; i++)
    threads[i] = g_thread_new ("weft-pictures", read_thread, reading);
  while (!g_cancellable_is_cancelled (cancellable) && read_next (reading))
    weft_dataset_report (g_atomic_int_get (&reading->done), reading->pictures->paths->len);
  g_atomic_int_set (&reading->quit, TRUE);
  for (guint i = 0; i < n; i++)
    g_thread_join (threads[i]);
  if (reading->error == NULL)
    return !g_cancellable_set_error_if_cancelled (cancellable, error);
  g_propagate_error (error, g_steal_pointer (&reading->error));
  return FALSE;
}

static WeftArray *
read_pixels (const Pictures         *pictures,
             const WeftSourceColumn *column,
             GCancellable           *cancellable,
             GError                **error)
{
  gint64  shape[WEFT_MAX_RANK] = { pictures->paths->len };
  Reading reading = { .pictures = pictures, .column = column, .row_bytes = 1 };
  g_autoptr (WeftArray) array = NULL;
  gboolean good;

  for (guint i = 0; i < column->rank; i++)
    reading.row_bytes *= (gsize) (shape[i + 1] = column->shape[i]);
  array = weft_pages_new_array (WEFT_U8, column->rank + 1, shape, NULL, error);
  if (array == NULL)
    return NULL;
  reading.out = array->data;
  g_mutex_init (&reading.lock);
  good = read_all (&reading, cancellable, error);
  g_mutex_clear (&reading.lock);
  return good ? g_steal_pointer (&array) : NULL;
}

WeftTable *
weft_images_read (WeftDatasetSpec       *spec,
                  const WeftSourceFiles *files,
                  GCancellable          *cancellable,
                  GError               **error)
{
  g_auto (Pictures) pictures = { g_ptr_array_new_with_free_func (g_free),
                                 g_array_new (FALSE, FALSE, sizeof (gint32)) };
  const WeftSourceColumn *label = find_column (spec, "label");
  g_autoptr (WeftTable) table = weft_table_new (spec->n_sources);

  if (!list_pictures (files->paths[0], label != NULL ? label->classes : NULL, &pictures, error))
    return NULL;
  table->n_rows = pictures.paths->len;
  for (guint c = 0; c < spec->n_sources; c++)
    {
      const WeftSourceColumn *column = &spec->sources[c];

      table->strides[c] = 1;
      for (guint i = 0; i < column->rank; i++)
        table->strides[c] *= column->shape[i];
      if (strcmp (column->from[0], "label") == 0)
        {
          table->arrays[c] = weft_array_new (WEFT_I32, 1, &table->n_rows);
          memcpy (table->arrays[c]->data, pictures.labels->data, table->arrays[c]->n_bytes);
        }
      else
        table->arrays[c] = read_pixels (&pictures, column, cancellable, error);
      if (table->arrays[c] == NULL)
        return NULL;
    }
  return g_steal_pointer (&table);
}

/* ---- Guessing ---- */

/* The first picture's size, made smaller until a network of today learns from it in minutes. */
#define MAX_GUESSED_SIDE 128

static WeftJson *
pixels_column (const char *path, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = load_picture (path, error);
  WeftJson *column, *shape;
  int       width, height, larger;

  if (pixbuf == NULL)
    return NULL;
  width = gdk_pixbuf_get_width (pixbuf);
  height = gdk_pixbuf_get_height (pixbuf);
  larger = MAX (MAX (width, height), MAX_GUESSED_SIDE);
  column = weft_json_new_object ();
  shape = weft_json_new_array ();
  weft_json_append (shape, weft_json_new_int (MAX (height * MAX_GUESSED_SIDE / larger, 1)));
  weft_json_append (shape, weft_json_new_int (MAX (width * MAX_GUESSED_SIDE / larger, 1)));
  weft_json_append (shape, weft_json_new_int (3));
  weft_json_set_string (column, "name", "pixels");
  weft_json_set_string (column, "type", "u8");
  weft_json_set (column, "shape", shape);
  return column;
}

static WeftJson *
label_column (const char *folder)
{
  g_autoptr (GPtrArray) folders = list_folder (folder, TRUE, NULL);
  WeftJson *column = weft_json_new_object (), *classes = weft_json_new_array ();

  for (guint i = 0; folders != NULL && i < MIN (folders->len, MAX_CLASSES); i++)
    {
      g_autofree char *name = g_path_get_basename (folders->pdata[i]);

      weft_json_append (classes, weft_json_new_string (name));
    }
  weft_json_set_string (column, "name", "label");
  weft_json_set (column, "classes", classes);
  return column;
}

WeftJson *
weft_images_guess (const char *path, GError **error)
{
  g_auto (Pictures) pictures = { g_ptr_array_new_with_free_func (g_free),
                                 g_array_new (FALSE, FALSE, sizeof (gint32)) };
  WeftJson *spec, *pixels, *columns, *transforms, *scale;

  if (!list_pictures (path, NULL, &pictures, error))
    return NULL;
  pixels = pixels_column (pictures.paths->pdata[0], error);
  if (pixels == NULL)
    return NULL;
  spec = weft_json_new_object ();
  columns = weft_json_new_array ();
  transforms = weft_json_new_array ();
  scale = weft_json_new_object ();
  weft_json_append (columns, pixels);
  weft_json_append (columns, label_column (path));
  weft_json_set_string (scale, "do", "scale");
  weft_json_set_string (scale, "column", "pixels");
  weft_json_set_number (scale, "by", 1.0 / 255);
  weft_json_append (transforms, scale);
  weft_json_set_string (spec, "format", "images");
  weft_json_set_string (spec, "file", path);
  weft_json_set (spec, "columns", columns);
  weft_json_set (spec, "transforms", transforms);
  weft_json_set_int (spec, "rows", pictures.paths->len);
  return spec;
}
