/* Whether layers learn: the size of each parameter and of its gradient, how far one step moves it
 * in proportion to its size, and which units say nothing for any row.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define N_SAMPLES 256
#define MARGIN 12.0
#define HEAD 20.0
/* Widths of columns, at text of the usual size. */
#define NUMBER 62.0
#define DEAD_WIDTH 40.0
#define LEAST_NAME 70.0
#define LEAST_BAR 30.0
/* A step that moves a weight by a thousandth of its size is about right. Source: Karpathy, cs231n,
 * "Ratio of weights:updates". */
#define GUIDE 1e-3
#define LEAST 1e-6 /* the bars go from here to 1, by powers of ten */

typedef struct
{
  char  *name;
  double size, gradient, ratio, dead; /* NaN: not known */
} Layer;

typedef struct
{
  guint       n;
  Layer      *layers;
  GHashTable *values; /* to compare the next ones with */
  gint64      step;
} Health;

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  g_auto (GStrv) names = weft_parameter_names (document, 2);
  return names[0] != NULL;
}

static double
norm (const WeftArray *a, const WeftArray *b)
{
  double sum = 0;
  for (gint64 i = 0; i < a->n_elements; i++)
    {
      double x = weft_array_get (a, i) - (b != NULL ? weft_array_get (b, i) : 0);
      sum += x * x;
    }
  return sqrt (sum / MAX ((double) a->n_elements, 1));
}

/* The part of the units, places along the last axis, that are 0 for every row; NaN where numbers
 * are below 0. */
static double
dead_share (const WeftArray *array)
{
  gint64               n = array->rank > 0 ? array->shape[array->rank - 1] : 0, dead = 0;
  g_autofree gboolean *alive = g_new0 (gboolean, n + 1);
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double x = weft_array_get (array, i);
      if (x < 0)
        return NAN;
      alive[i % n] |= x != 0;
    }
  for (gint64 i = 0; i < n; i++)
    dead += !alive[i];
  return n > 0 ? (double) dead / (double) n : NAN;
}

static void
free_result (gpointer data)
{
  Health *health = data;
  for (guint i = 0; i < health->n; i++)
    g_free (health->layers[i].name);
  g_free (health->layers);
  g_hash_table_unref (health->values);
}

static WeftArray **
outputs_of (WeftLook *look, WeftPredictor *predictor, GError **error)
{
  WeftDataset           *dataset = predictor != NULL ? weft_look_dataset (look, error) : NULL;
  g_autofree WeftArray **results =
    predictor != NULL ? g_new0 (WeftArray *, weft_predictor_n_outputs (predictor) + 1) : NULL;
  gsize n =
    dataset != NULL ? (gsize) MIN (weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN), N_SAMPLES) : 0;
  if (dataset == NULL || !weft_predictor_rows (predictor, dataset, WEFT_SPLIT_TRAIN, NULL, n,
                                               results, look->cancellable, error))
    return NULL;
  return g_steal_pointer (&results);
}

static void
take_gradients (Health *health, WeftLook *look)
{
  WeftPredictor         *predictor = weft_look_predictor (look, 0, NULL, TRUE, NULL);
  g_autofree WeftArray **results = outputs_of (look, predictor, NULL);
  for (guint k = 0; results != NULL && k < weft_predictor_n_outputs (predictor); k++)
    {
      for (guint i = 0; i < health->n; i++)
        if (g_str_equal (health->layers[i].name, weft_predictor_output_name (predictor, k)))
          health->layers[i].gradient = norm (results[k], NULL);
      weft_array_unref (results[k]);
    }
}

/* Of the layer that a parameter belongs to: what comes out of its node. */
static void
take_dead (Health *health, WeftLook *look)
{
  if (look->cache->ports == NULL)
    look->cache->ports = weft_inner_ports (look->facts, look->document);
  char         **ports = look->cache->ports;
  WeftPredictor *predictor =
    ports[0] != NULL
      ? weft_look_predictor (look, g_strv_length (ports), (const char *const *) ports, FALSE, NULL)
      : NULL;
  g_autofree WeftArray **results = outputs_of (look, predictor, NULL);
  for (guint k = 0; results != NULL && ports[k] != NULL; k++)
    {
      gsize id = (gsize) (strrchr (ports[k], '.') - ports[k]) + 1;
      for (guint i = 0; i < health->n; i++)
        if (strncmp (health->layers[i].name, ports[k], id) == 0 &&
            g_strcmp0 (ports[k], look->facts->output) != 0)
          health->layers[i].dead = dead_share (results[k]);
      weft_array_unref (results[k]);
    }
}

static gpointer
compute (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  const Health *before = previous;
  if (look->cache->matrices == NULL)
    look->cache->matrices = weft_parameter_names (look->document, 2);
  char **names = look->cache->matrices;
  if (before != NULL && before->step == look->step)
    return g_atomic_rc_box_acquire ((gpointer) before);
  Health *health = weft_result_new (Health);
  gint64  steps = before != NULL ? look->step - before->step : 0;
  health->step = look->step;
  health->values = g_hash_table_ref (look->values);
  health->layers = g_new0 (Layer, g_strv_length (names) + 1);
  for (guint i = 0; names[i] != NULL; i++)
    {
      WeftArray *now = g_hash_table_lookup (look->values, names[i]);
      WeftArray *then = steps > 0 ? g_hash_table_lookup (before->values, names[i]) : NULL;
      if (now == NULL)
        continue;
      Layer *layer = &health->layers[health->n++];
      *layer = (Layer){ g_strdup (names[i]), norm (now, NULL), NAN, NAN, NAN };
      if (then != NULL && then->n_elements == now->n_elements && layer->size > 0)
        layer->ratio = norm (now, then) / (double) steps / layer->size;
    }
  take_gradients (health, look);
  take_dead (health, look);
  /* Without a step between two looks there is nothing to compare: the last ratio stands. */
  for (guint i = 0; steps <= 0 && before != NULL && i < MIN (health->n, before->n); i++)
    health->layers[i].ratio = before->layers[i].ratio;
  return health;
}

/* ---- Drawing ---- */

static double
head_height (WeftDrawing *drawing)
{
  return HEAD * MAX (drawing->style->scale, 1);
}

static WeftRect
row_rect (WeftDrawing *drawing, guint item)
{
  const Health *health = drawing->result;
  double        head = head_height (drawing);
  double        height = MIN ((drawing->height - head - MARGIN) / MAX (health->n, 1), 1.6 * head);
  return (WeftRect){ MARGIN, head + item * height, drawing->width - 2 * MARGIN, height };
}

static double
place (double ratio)
{
  return CLAMP (log (ratio / LEAST) / log (1 / LEAST), 0, 1);
}

/* How much a step moves a weight: a number, and before it, where there is room, a bar. */
static void
draw_ratio (WeftDrawing *drawing, double ratio, WeftRect box, double number)
{
  WeftRect         bar = { box.x, box.y + box.height / 2 - 4, box.width - number - 4, 8 }, part = bar;
  g_autofree char *text = isfinite (ratio) ? g_strdup_printf ("%.1e", ratio) : g_strdup ("–");
  weft_drawing_text (drawing, text, 11, WEFT_FONT_MONO,
                     (WeftRect){ box.x + box.width - number, box.y, number, box.height },
                     WEFT_ALIGN_END, WEFT_ROLE_TEXT);
  if (bar.width < LEAST_BAR)
    return;
  double guide = bar.x + bar.width * place (GUIDE);
  weft_pen_fill (&drawing->pen, bar, 3, weft_drawing_colour (drawing, WEFT_ROLE_PILL));
  part.width = isfinite (ratio) ? bar.width * place (ratio) : 0;
  weft_pen_fill (&drawing->pen, part, MIN (3, part.width / 2),
                 weft_drawing_colour (drawing, WEFT_ROLE_ACCENT));
  weft_pen_fill (&drawing->pen, (WeftRect){ guide - 0.75, box.y + 2, 1.5, box.height - 4 }, 0,
                 weft_drawing_colour (drawing, WEFT_ROLE_ERROR));
}

static void
draw_number (WeftDrawing *drawing, double number, const char *format, WeftRect box)
{
  char text[32] = "–";
  if (isfinite (number))
    g_snprintf (text, sizeof text, format, number);
  weft_drawing_text (drawing, text, 11, WEFT_FONT_MONO, box, WEFT_ALIGN_END, WEFT_ROLE_TEXT);
}

enum
{
  SIZE,
  GRADIENT,
  RATIO,
  DEAD,
  N_NUMBERS
};

/* The places of the numbers' columns; the rest is for the names. Where there is little room the bar
 * goes first, then the size. */
static void
place_columns (WeftDrawing *drawing, WeftRect *columns)
{
  double scale = MAX (drawing->style->scale, 1), number = NUMBER * scale,
         right = drawing->width - MARGIN;
  double room = drawing->width - 2 * MARGIN - LEAST_NAME * scale - 3 * number - DEAD_WIDTH * scale;
  double widths[N_NUMBERS] = { room >= 0 ? number : 0, number, number + MAX (0, room * 0.7),
                               DEAD_WIDTH * scale };
  for (guint k = N_NUMBERS; k-- > 0; right -= widths[k])
    columns[k] = (WeftRect){ right - widths[k], 0, widths[k], head_height (drawing) };
}

static void
draw_layer (WeftDrawing *drawing, const Layer *layer, WeftRect row, WeftRect *columns)
{
  for (guint k = 0; k < N_NUMBERS; k++)
    columns[k] = (WeftRect){ columns[k].x, row.y, columns[k].width, row.height };
  weft_drawing_text (drawing, layer->name, 11, WEFT_FONT_PLAIN,
                     (WeftRect){ row.x, row.y, columns[SIZE].x - row.x, row.height },
                     WEFT_ALIGN_START, WEFT_ROLE_TEXT);
  if (columns[SIZE].width > 0)
    draw_number (drawing, layer->size, "%.2g", columns[SIZE]);
  draw_number (drawing, layer->gradient, "%.1e", columns[GRADIENT]);
  draw_ratio (drawing, layer->ratio, columns[RATIO], columns[GRADIENT].width);
  draw_number (drawing, 100 * layer->dead, "%.0f%%", columns[DEAD]);
}

static void
draw (WeftDrawing *drawing)
{
  const Health *health = drawing->result;
  const char   *heads[N_NUMBERS] = { _ ("size"), _ ("gradient"), _ ("step / size"), _ ("dead") };
  WeftRect      columns[N_NUMBERS];
  place_columns (drawing, columns);
  for (guint k = 0; k < N_NUMBERS; k++)
    if (columns[k].width > 0)
      weft_drawing_text (drawing, heads[k], 11, WEFT_FONT_PLAIN, columns[k], WEFT_ALIGN_END,
                         WEFT_ROLE_TEXT_DIM);
  for (guint i = 0; i < health->n; i++)
    draw_layer (drawing, &health->layers[i], row_rect (drawing, i), columns);
}

/* ---- Words ---- */

static guint
n_items (gconstpointer result)
{
  return ((const Health *) result)->n;
}

static char *
item_text (gconstpointer result, guint item)
{
  const Layer *layer = &((const Health *) result)->layers[item];
  return g_strdup_printf (_ ("%s: size %.3g, gradient %.3g, one step moves it by %.2g of its size, "
                             "%.1f%% of the units are dead"),
                          layer->name, layer->size, layer->gradient, layer->ratio,
                          100 * layer->dead);
}

static guint
item_columns (WeftDrawing *drawing)
{
  return 1;
}

static char *
note (gconstpointer result)
{
  return weft_step_note (((const Health *) result)->step);
}

static char *
describe (gconstpointer result)
{
  return weft_describe_items (NULL, result, ((const Health *) result)->n, item_text);
}

const WeftViewKind weft_health_view = {
  .name = "health",
  .title = N_ ("Health of layers"),
  .empty = N_ ("Train the model to see whether its layers learn."),
  .fits = fits,
  .compute = compute,
  .free = free_result,
  .draw = draw,
  .note = note,
  .describe = describe,
  .n_items = n_items,
  .item_rect = row_rect,
  .item_text = item_text,
  .item_columns = item_columns,
};
