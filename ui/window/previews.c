/* Previews; see previews.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/previews.h"

#include "engine/train/sample.h"

#include <math.h>
#include <string.h>

#define LEAST_PAUSE_US 100000 /* ten times a second */
#define SHARE 4               /* evaluating takes at most one part in so many of the time */
#define N_BARS 24
#define MOST_ROWS 24
#define MOST_COLUMNS 96
#define MOST_PICTURES 5
#define MOST_NODES 200
/* A wire whose values are so many powers of ten smaller than the largest is thin. */
#define DECADES 3.0
/* Nodes that cannot be evaluated are left out, one after the other. */
#define MOST_FAILURES 8

typedef enum
{
  FORM_HISTOGRAM,
  FORM_HEAT_MAP,
  FORM_PICTURES,
} Form;
#define N_FORMS 3

/* What a card shows. */
typedef struct
{
  Form     form;
  float    bars[N_BARS];
  guint8  *pixels; /* [n, height, width] */
  guint    width, height, n;
  char    *caption;
  double   size;   /* root of the mean square */
  gboolean single; /* one number: it is said, not drawn */
} Preview;

typedef struct
{
  guint32  uid;
  gint     form; /* -1: what suits the shape */
  Form     shown;
  Preview *preview; /* NULL: none yet */
} Item;

struct _WeftPreviews
{
  /* Borrowed */
  WeftCanvas   *canvas;
  WeftDocument *document;
  WeftRunModel *run;

  /* Owned */
  GHashTable   *items; /* uid -> Item */
  GCancellable *cancellable;

  /* Plain values */
  gboolean all, busy, stale;
  gint64   began_us, took_us;
  guint    source;
};

typedef struct
{
  WeftDocument *document; /* a snapshot */
  WeftRunModel *run;
  GArray       *uids, *forms;
  GPtrArray    *ports;    /* "hidden.y" */
  GPtrArray    *previews; /* Preview, NULL where there is none */
} Request;

static void
preview_free (gpointer data)
{
  Preview *preview = data;

  if (!preview)
    return;
  g_free (preview->pixels);
  g_free (preview->caption);
  g_free (preview);
}

static void
item_free (gpointer data)
{
  preview_free (((Item *) data)->preview);
  g_free (data);
}

static void
request_free (gpointer data)
{
  Request *request = data;

  g_object_unref (request->document);
  g_object_unref (request->run);
  g_array_unref (request->uids);
  g_array_unref (request->forms);
  g_ptr_array_unref (request->ports);
  g_ptr_array_unref (request->previews);
  g_free (request);
}

/* ---- On the worker: from numbers to what is shown ---- */

static Form
suiting_form (const WeftArray *array)
{
  if (array->rank >= 4)
    return FORM_PICTURES;
  return array->rank == 3 ? FORM_HEAT_MAP : FORM_HISTOGRAM;
}

static void
find_range (const WeftArray *array, double *low, double *high, double *mean, double *size)
{
  gint64 n = 0;
  double sum = 0, squares = 0;

  *low = INFINITY;
  *high = -INFINITY;
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double x = weft_array_get (array, i);

      if (!isfinite (x))
        continue;
      *low = MIN (*low, x);
      *high = MAX (*high, x);
      sum += x;
      squares += x * x;
      n++;
    }
  *mean = n > 0 ? sum / (double) n : NAN;
  *size = n > 0 ? sqrt (squares / (double) n) : 0;
}

static void
fill_bars (const WeftArray *array, double low, double high, float *bars)
{
  float most = 1;

  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double x = weft_array_get (array, i);
      int    at = high > low ? (int) ((x - low) / (high - low) * N_BARS) : 0;

      if (isfinite (x))
        bars[CLAMP (at, 0, N_BARS - 1)]++;
    }
  for (guint i = 0; i < N_BARS; i++)
    most = MAX (most, bars[i]);
  for (guint i = 0; i < N_BARS; i++)
    bars[i] /= most;
}

static guint8
to_grey (double x, double low, double high)
{
  return isfinite (x) && high > low ? (guint8) (255 * CLAMP ((x - low) / (high - low), 0, 1)) : 0;
}

/* Pictures of @height by @width numbers, from the @first element on; every @row_step-th row and
 * @column_step-th column of the matrix that is @stride wide. */
static void
copy_grey (const WeftArray *array,
           gint64           first,
           gint64           stride,
           gint64           row_step,
           gint64           column_step,
           double           low,
           double           high,
           Preview         *preview,
           guint            index)
{
  guint8 *out = preview->pixels + (gsize) index * preview->width * preview->height;

  for (guint y = 0; y < preview->height; y++)
    for (guint x = 0; x < preview->width; x++)
      {
        gint64 at = first + (gint64) y * row_step * stride + (gint64) x * column_step;

        out[y * preview->width + x] =
          at < array->n_elements ? to_grey (weft_array_get (array, at), low, high) : 0;
      }
}

/* The last axis from left to right, the one before it (or a single row) downwards. */
static void
fill_heat_map (const WeftArray *array, double low, double high, Preview *preview)
{
  gint64 columns = array->rank > 0 ? array->shape[array->rank - 1] : 1;
  gint64 rows = array->rank > 1 ? array->shape[array->rank - 2] : 1;
  gint64 row_step = (rows + MOST_ROWS - 1) / MOST_ROWS;
  gint64 column_step = (columns + MOST_COLUMNS - 1) / MOST_COLUMNS;

  preview->width = (guint) ((columns + column_step - 1) / column_step);
  preview->height = (guint) ((rows + row_step - 1) / row_step);
  preview->n = 1;
  preview->pixels = g_malloc0 ((gsize) preview->width * preview->height);
  copy_grey (array, 0, columns, row_step, column_step, low, high, preview, 0);
}

/* Whether the last axis holds square pictures in a row. */
static gint64
square_side (const WeftArray *array)
{
  gint64 n = array->rank > 0 ? array->shape[array->rank - 1] : 0;
  gint64 side = (gint64) lround (sqrt ((double) n));

  return side >= 4 && side * side == n ? side : 0;
}

/* Channels of the first row, or the first rows; FALSE where the numbers are no pictures. */
static gboolean
fill_pictures (const WeftArray *array, double low, double high, Preview *preview)
{
  gint64 side = array->rank < 3 ? square_side (array) : 0;
  gint64 height = side ? side : array->rank >= 3 ? array->shape[array->rank - 2]
                                                 : 0;
  gint64 width = side ? side : array->rank >= 3 ? array->shape[array->rank - 1]
                                                : 0;
  gint64 n = height * width > 0 ? array->n_elements / (height * width) : 0;
  gint64 step = (MAX (height, width) + MOST_COLUMNS - 1) / MOST_COLUMNS;

  if (n == 0 || height < 2 || width < 2)
    return FALSE;
  preview->n = (guint) MIN (n, MOST_PICTURES);
  preview->width = (guint) ((width + step - 1) / step);
  preview->height = (guint) ((height + step - 1) / step);
  preview->pixels = g_malloc0 ((gsize) preview->n * preview->width * preview->height);
  for (guint i = 0; i < preview->n; i++)
    copy_grey (array, i * height * width, width, step, step, low, high, preview, i);
  return TRUE;
}

static Preview *
preview_new (const WeftArray *array, gint form)
{
  Preview *preview = g_new0 (Preview, 1);
  double   low, high, mean;

  find_range (array, &low, &high, &mean, &preview->size);
  preview->form = form >= 0 ? (Form) form : suiting_form (array);
  preview->single = array->n_elements <= 1;
  if (preview->single || !isfinite (low))
    preview->form = FORM_HISTOGRAM;
  else if (preview->form == FORM_PICTURES && !fill_pictures (array, low, high, preview))
    preview->form = FORM_HEAT_MAP;
  if (preview->form == FORM_HEAT_MAP)
    fill_heat_map (array, low, high, preview);
  else if (preview->form == FORM_HISTOGRAM && isfinite (low))
    fill_bars (array, low, high, preview->bars);
  if (array->n_elements == 1)
    preview->caption = g_strdup_printf ("%.5g", weft_array_get (array, 0));
  else
    preview->caption = g_strdup_printf ("%.3g … %.3g, ⌀ %.3g", low, high, mean);
  return preview;
}

/* Which of the ports belongs to the node that is to blame; -1: none. */
static gint
find_blamed (const Request *request, guint32 node)
{
  for (guint i = 0; i < request->uids->len; i++)
    if (g_array_index (request->uids, guint32, i) == node)
      return (gint) i;
  return -1;
}

static void
evaluate_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  g_autoptr (GHashTable) trained = weft_run_model_dup_values (request->run);

  for (guint failures = 0; failures < MOST_FAILURES && request->ports->len > 0; failures++)
    {
      g_autofree WeftArray **results = g_new0 (WeftArray *, request->ports->len + 1);
      guint32                node = 0;
      gint                   blamed;

      if (weft_sample_evaluate (request->document, request->ports->len,
                                (const char *const *) request->ports->pdata, trained, results,
                                &node, cancellable, NULL))
        {
          for (guint i = 0; i < request->ports->len; i++)
            {
              g_ptr_array_add (request->previews,
                               preview_new (results[i], g_array_index (request->forms, gint, i)));
              weft_array_unref (results[i]);
            }
          break;
        }
      /* Without a culprit the last one goes: it is the furthest down most of the time. */
      blamed = find_blamed (request, node);
      if (blamed < 0)
        blamed = (gint) request->ports->len - 1;
      g_array_remove_index (request->uids, (guint) blamed);
      g_array_remove_index (request->forms, (guint) blamed);
      g_ptr_array_remove_index (request->ports, (guint) blamed);
    }
  g_task_return_boolean (task, TRUE);
}

/* ---- On the cards ---- */

static void
show_item (WeftPreviews *watch, const Item *item)
{
  const Preview *preview = item->preview;
  gboolean       bars = preview && preview->form == FORM_HISTOGRAM && !preview->single;
  gboolean       wide = preview && preview->form == FORM_HEAT_MAP;
  gboolean       picture = preview && preview->form != FORM_HISTOGRAM;

  weft_canvas_set_caption (watch->canvas, item->uid, preview ? preview->caption : NULL);
  weft_canvas_set_bars (watch->canvas, item->uid, bars ? preview->bars : NULL, bars ? N_BARS : 0);
  weft_canvas_set_picture (watch->canvas, item->uid, preview ? preview->pixels : NULL,
                           preview ? preview->width : 0, preview ? preview->height : 0,
                           picture ? preview->n : 0, wide);
}

static void
show_all (WeftPreviews *watch)
{
  GHashTableIter iter;
  gpointer       item;

  g_hash_table_iter_init (&iter, watch->items);
  while (g_hash_table_iter_next (&iter, NULL, &item))
    if (((Item *) item)->preview)
      show_item (watch, item);
}

/* While all are watched the thickness of a wire tells how large what flows in it is, in powers of
 * ten below the largest. */
static void
show_flow (WeftPreviews *watch)
{
  GHashTableIter iter;
  gpointer       value;
  double         most = 0;

  g_hash_table_iter_init (&iter, watch->items);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Item *) value)->preview)
      most = MAX (most, ((Item *) value)->preview->size);
  g_hash_table_iter_init (&iter, watch->items);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Item *item = value;
      double      part = item->preview && most > 0 ? item->preview->size / most : 0;

      weft_canvas_set_flow (watch->canvas, item->uid,
                            !watch->all || !item->preview ? -1
                            : part > 0                    ? CLAMP (1 + log10 (part) / DECADES, 0, 1)
                                                          : 0);
    }
}

static void
evaluated_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Request      *request = g_task_get_task_data (G_TASK (result));
  WeftPreviews *watch = data;

  /* The watch is gone: so is what @data points to. */
  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;
  watch->busy = FALSE;
  watch->took_us = g_get_monotonic_time () - watch->began_us;
  for (guint i = 0; i < request->previews->len; i++)
    {
      Item *item = g_hash_table_lookup (
        watch->items, GUINT_TO_POINTER (g_array_index (request->uids, guint32, i)));

      if (!item)
        continue;
      preview_free (item->preview);
      item->preview = g_steal_pointer (&request->previews->pdata[i]);
      item->shown = item->preview->form;
      show_item (watch, item);
    }
  show_flow (watch);
  if (watch->stale)
    weft_previews_ask (watch);
}

/* ---- When ---- */

static void
add_port (WeftPreviews *watch, Request *request, const WeftNode *node, gint form)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (watch->document, node->uid);

  if (!ports || ports->n_outputs == 0 || request->ports->len >= MOST_NODES)
    return;
  /* Data are pictures more often than not; where they are none they are a heat map. */
  if (form < 0 && g_str_equal (node->op, "dataset"))
    form = FORM_PICTURES;
  g_array_append_val (request->uids, node->uid);
  g_array_append_val (request->forms, form);
  g_ptr_array_add (request->ports, g_strdup_printf ("%s.%s", node->id, ports->outputs[0].name));
}

static Item *
get_item (WeftPreviews *watch, guint32 uid)
{
  Item *item = g_hash_table_lookup (watch->items, GUINT_TO_POINTER (uid));

  if (item)
    return item;
  item = g_new0 (Item, 1);
  item->uid = uid;
  item->form = -1;
  g_hash_table_insert (watch->items, GUINT_TO_POINTER (uid), item);
  return item;
}

static Request *
request_new (WeftPreviews *watch)
{
  Request *request = g_new0 (Request, 1);

  request->document = weft_document_snapshot (watch->document);
  request->run = g_object_ref (watch->run);
  request->uids = g_array_new (FALSE, FALSE, sizeof (guint32));
  request->forms = g_array_new (FALSE, FALSE, sizeof (gint));
  request->ports = g_ptr_array_new_with_free_func (g_free);
  request->previews = g_ptr_array_new_with_free_func (preview_free);
  for (guint i = 0; i < weft_document_n_nodes (watch->document); i++)
    {
      const WeftNode *node = weft_document_node_at (watch->document, i);
      Item           *item = watch->all ? get_item (watch, node->uid)
                                        : g_hash_table_lookup (watch->items, GUINT_TO_POINTER (node->uid));

      if (item)
        add_port (watch, request, node, item->form);
    }
  return request;
}

static gboolean
evaluate_cb (gpointer data)
{
  WeftPreviews *watch = data;
  Request      *request = request_new (watch);
  g_autoptr (GTask) task = NULL;

  watch->source = 0;
  watch->stale = FALSE;
  if (request->ports->len == 0)
    {
      request_free (request);
      return G_SOURCE_REMOVE;
    }
  watch->busy = TRUE;
  watch->began_us = g_get_monotonic_time ();
  task = g_task_new (NULL, watch->cancellable, evaluated_cb, watch);
  g_task_set_task_data (task, request, request_free);
  g_task_run_in_thread (task, evaluate_thread);
  return G_SOURCE_REMOVE;
}

/** weft_previews_ask: evaluates soon, if something is watched. */
void
weft_previews_ask (WeftPreviews *watch)
{
  gint64 since = g_get_monotonic_time () - watch->began_us;
  gint64 pause = MAX (LEAST_PAUSE_US, SHARE * watch->took_us);

  watch->stale = TRUE;
  if (watch->busy || watch->source || (g_hash_table_size (watch->items) == 0 && !watch->all))
    return;
  watch->source = g_timeout_add_full (G_PRIORITY_LOW, (guint) (MAX (pause - since, 0) / 1000 + 1),
                                      evaluate_cb, watch, NULL);
}

/* ---- What is watched ---- */

static void
forget (WeftPreviews *watch, Item *item)
{
  g_clear_pointer (&item->preview, preview_free);
  show_item (watch, item);
}

/** weft_previews_toggle: @uid: of a node of the document */
gboolean
weft_previews_toggle (WeftPreviews *watch, guint32 uid)
{
  Item *item = g_hash_table_lookup (watch->items, GUINT_TO_POINTER (uid));

  if (item)
    {
      forget (watch, item);
      g_hash_table_remove (watch->items, GUINT_TO_POINTER (uid));
      return FALSE;
    }
  get_item (watch, uid);
  weft_previews_ask (watch);
  return TRUE;
}

/** weft_previews_next_form: histogram, heat map, pictures, and again; watches it where it was not.
 */
void
weft_previews_next_form (WeftPreviews *watch, guint32 uid)
{
  Item *item = g_hash_table_lookup (watch->items, GUINT_TO_POINTER (uid));

  if (!item)
    item = get_item (watch, uid);
  else
    item->form = (gint) ((item->shown + 1) % N_FORMS);
  weft_previews_ask (watch);
}

gboolean
weft_previews_get_all (WeftPreviews *watch)
{
  return watch->all;
}

/** weft_previews_set_all: FALSE forgets every one. */
void
weft_previews_set_all (WeftPreviews *watch, gboolean all)
{
  GHashTableIter iter;
  gpointer       item;

  watch->all = all;
  if (all)
    {
      weft_previews_ask (watch);
      return;
    }
  g_hash_table_iter_init (&iter, watch->items);
  while (g_hash_table_iter_next (&iter, NULL, &item))
    forget (watch, item);
  show_flow (watch);
  g_hash_table_remove_all (watch->items);
}

WeftPreviews *
weft_previews_new (WeftCanvas *canvas, WeftDocument *document, WeftRunModel *run)
{
  WeftPreviews *watch = g_new0 (WeftPreviews, 1);

  watch->canvas = canvas;
  watch->document = document;
  watch->run = run;
  watch->items = g_hash_table_new_full (NULL, NULL, NULL, item_free);
  watch->cancellable = g_cancellable_new ();
  g_signal_connect_swapped (run, "points", G_CALLBACK (weft_previews_ask), watch);
  g_signal_connect_swapped (run, "notify::state", G_CALLBACK (weft_previews_ask), watch);
  g_signal_connect_swapped (canvas, "typed", G_CALLBACK (weft_previews_ask), watch);
  /* Cards of a definition came and went: the document's are new ones. */
  g_signal_connect_swapped (canvas, "notify::document", G_CALLBACK (show_all), watch);
  return watch;
}

void
weft_previews_free (WeftPreviews *watch)
{
  g_signal_handlers_disconnect_by_data (watch->run, watch);
  g_signal_handlers_disconnect_by_data (watch->canvas, watch);
  g_clear_handle_id (&watch->source, g_source_remove);
  g_cancellable_cancel (watch->cancellable);
  g_object_unref (watch->cancellable);
  g_hash_table_unref (watch->items);
  g_free (watch);
}
