/* The first rows of a data set of pictures, on its card.
 *
 * Only of sets that ship with Weft: looking at a document reads no other file. They are read on a
 * worker, once a process; a card whose set has no pictures stays without.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <math.h>

#include "engine/dataset/dataset.h"

#define N_PICTURES 3
/* A row of fewer numbers is a table's, not a picture's. */
#define MIN_SIDE 8
/* After the window has come up: a large set takes a few hundred milliseconds of a core. */
#define DELAY_MS 300

typedef struct
{
  guint   side, n; /* n 0: no pictures */
  guint8 *pixels;
} Pictures;

static void
pictures_free (gpointer data)
{
  Pictures *pictures = data;

  g_free (pictures->pixels);
  g_free (pictures);
}

/* name -> Pictures of this process; the main thread's. */
static GHashTable *
known_sets (void)
{
  static GHashTable *known;

  if (!known)
    known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, pictures_free);
  return known;
}

/* ---- On the worker ---- */

static guint
side_of (const WeftColumn *column)
{
  gint64 size = 1;
  guint  side;

  if (!weft_dtype_is_float (column->dtype) || column->rank == 0 || column->rank > 2)
    return 0;
  for (guint i = 0; i < column->rank; i++)
    size *= column->shape[i];
  side = (guint) lround (sqrt ((double) size));
  return side >= MIN_SIDE && (gint64) side * side == size ? side : 0;
}

/* Each picture from its darkest to its brightest number. */
static void
to_grey (const WeftArray *rows, Pictures *pictures)
{
  gsize n = (gsize) pictures->side * pictures->side;

  pictures->pixels = g_malloc (n * pictures->n);
  for (gsize i = 0; i < pictures->n; i++)
    {
      double low = G_MAXDOUBLE, high = -G_MAXDOUBLE;

      for (gsize k = 0; k < n; k++)
        {
          double value = weft_array_get (rows, (gint64) (i * n + k));

          low = MIN (low, value);
          high = MAX (high, value);
        }
      for (gsize k = 0; k < n; k++)
        {
          double value = weft_array_get (rows, (gint64) (i * n + k));

          pictures->pixels[i * n + k] =
            high > low ? (guint8) (255 * (value - low) / (high - low)) : 0;
        }
    }
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Pictures *pictures = g_new0 (Pictures, 1);
  g_autoptr (WeftJson) json = weft_json_new_object ();
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (WeftDataset) dataset = NULL;
  g_autoptr (WeftArray) rows = NULL;
  const WeftColumn *columns;
  guint             n = 0, column = 0;

  weft_json_set_string (json, "data", data);
  spec = weft_dataset_spec_new (json, NULL, NULL);
  columns = spec ? weft_dataset_spec_columns (spec, &n) : NULL;
  while (column < n && side_of (&columns[column]) == 0)
    column++;
  if (column < n)
    dataset = weft_dataset_open (spec, NULL, NULL);
  if (dataset && weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN) >= N_PICTURES)
    {
      rows = weft_dataset_gather (dataset, WEFT_SPLIT_TRAIN, column, NULL, N_PICTURES, NULL);
      if (rows != NULL)
        {
          pictures->side = side_of (&columns[column]);
          pictures->n = N_PICTURES;
          to_grey (rows, pictures);
        }
    }
  g_task_return_pointer (task, pictures, pictures_free);
}

/* ---- On the main thread ---- */

static const char *
set_of (WeftCanvas *canvas, guint32 uid)
{
  const WeftNode *node = weft_document_node (canvas->document, uid);

  if (!node || !g_str_equal (node->op, "dataset"))
    return NULL;
  return weft_json_get_string (node->params, "data", NULL);
}

static void
show (WeftCanvas *canvas, WeftCanvasNode *node, const Pictures *pictures)
{
  if (pictures->n != node->extras.n_thumbnails || pictures->n > 0)
    weft_canvas_set_thumbnails (canvas, node->uid, pictures->pixels, pictures->side, pictures->side,
                                pictures->n);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftCanvas *canvas = WEFT_CANVAS (source);
  const char *name = g_task_get_task_data (G_TASK (result));
  Pictures   *pictures = g_task_propagate_pointer (G_TASK (result), NULL);

  g_hash_table_insert (known_sets (), g_strdup (name), pictures);
  for (guint i = 0; canvas->document && i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];

      if (g_strcmp0 (set_of (canvas, node->uid), name) == 0)
        show (canvas, node, pictures);
    }
}

static gboolean
start_cb (gpointer data)
{
  WeftCanvas *canvas = data;
  g_autoptr (GHashTable) asked = g_hash_table_new (g_str_hash, g_str_equal);

  canvas->thumbnails_id = 0;
  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      const char     *name = set_of (canvas, node->uid);
      g_autoptr (GTask) task = NULL;

      if (!name || g_hash_table_contains (known_sets (), name) ||
          !g_hash_table_add (asked, (gpointer) name))
        continue;
      task = g_task_new (canvas, NULL, read_cb, NULL);
      g_task_set_task_data (task, g_strdup (name), g_free);
      g_task_run_in_thread (task, read_thread);
    }
  return G_SOURCE_REMOVE;
}

/* After nodes came or changed: known pictures at once, others when they have been read. */
void
weft_canvas_update_thumbnails (WeftCanvas *canvas)
{
  gboolean missing = FALSE;

  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      const char     *name = set_of (canvas, node->uid);
      const Pictures *pictures = name ? g_hash_table_lookup (known_sets (), name) : NULL;

      if (g_strcmp0 (name, node->thumbnails_of) == 0)
        continue;
      g_free (node->thumbnails_of);
      node->thumbnails_of = g_strdup (name);
      if (pictures)
        show (canvas, node, pictures);
      else if (node->extras.n_thumbnails > 0)
        weft_canvas_set_thumbnails (canvas, node->uid, NULL, 0, 0, 0);
      missing = missing || (name && !pictures);
    }
  if (missing && canvas->thumbnails_id == 0)
    canvas->thumbnails_id = g_timeout_add (DELAY_MS, start_cb, canvas);
}
