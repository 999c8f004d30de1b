/* How numbers are spread, and how that changes while the model learns: a histogram for each look,
 * the newest in front.
 *
 * Three views are made of it: the weights of a parameter, their gradients, and what flows out of a
 * node.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/format.h"
#include "ui/train/measures.h"
#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define N_BINS 56
/* Where there are more, every second goes: those that stay are as far apart again. */
#define MOST_ROWS 28
#define MOST_DEVIATIONS 4 /* from the mean: what is farther away is not drawn */
#define MARGIN 14.0
#define LEFT_TO_RIGHT "\342\200\216"
#define FOOT 18.0
#define N_SAMPLES 256 /* rows of the data that gradients and activations are of */
/* The same range goes on until what is new lies outside of it, or fills less than this part of it.
 */
#define LEAST_USE 0.3

typedef struct
{
  gint64 step;
  float  density[N_BINS];
  double low, high; /* of the bins */
  double mean, deviation, zeros;
} Row;

typedef struct
{
  GArray *rows;      /* of Row, the oldest first */
  gint64  every;     /* steps between those that stay; 0: as they come */
  double  low, high; /* of all */
} Ridges;

static void
free_result (gpointer data)
{
  g_array_unref (((Ridges *) data)->rows);
}

/* Fewer numbers, wider strokes: with the width that suits a normal distribution nearly. Source:
 * Scott 1979. */
static void
smooth (Row *row, const guint32 *bins, gint64 n)
{
  double width = (row->high - row->low) / N_BINS;
  double wanted = 0.7 * row->deviation / cbrt (MAX ((double) n, 1));
  double sigma = CLAMP (wanted / width, 0.5, 6);
  for (int i = 0; i < N_BINS; i++)
    {
      double sum = 0, all = 0;
      for (int k = 0; k < N_BINS; k++)
        {
          double share = exp (-(i - k) * (i - k) / (2 * sigma * sigma));
          sum += share * bins[k];
          all += share;
        }
      row->density[i] = n > 0 ? (float) (sum / all / (double) n / width) : 0;
    }
}

static void
measure (Row *row, const WeftArray *array)
{
  double  sum = 0, squares = 0, low = INFINITY, high = -INFINITY;
  gint64  n = 0, zeros = 0;
  guint32 bins[N_BINS];
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double x = weft_array_get (array, i);
      if (!isfinite (x))
        continue;
      n++;
      sum += x;
      squares += x * x;
      zeros += x == 0;
      low = MIN (low, x);
      high = MAX (high, x);
    }
  row->mean = n > 0 ? sum / (double) n : NAN;
  row->deviation = n > 0 ? sqrt (MAX (squares / (double) n - row->mean * row->mean, 0)) : NAN;
  row->zeros = n > 0 ? (double) zeros / (double) n : 0;
  row->low = n > 0 ? low : 0;
  row->high = n > 0 && high > low ? high : row->low + 1e-9;
  weft_histogram (array, row->low, row->high, N_BINS, bins);
  smooth (row, bins, n);
}

/* ---- Rows over time ---- */

static Row *
get_row (const Ridges *ridges, guint index)
{
  return &g_array_index (ridges->rows, Row, index);
}

/* Those of @previous, and the new one; of another run nothing stays. The newest is always there;
 * the one before it stays if it is far enough from the one before that. */
static Ridges *
append (const Ridges *previous, const Row *row)
{
  Ridges *ridges = weft_result_new (Ridges);
  ridges->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  if (previous != NULL)
    {
      ridges->every = previous->every;
      for (guint i = 0; i < previous->rows->len && get_row (previous, i)->step < row->step; i++)
        g_array_append_val (ridges->rows, *get_row (previous, i));
    }
  guint n = ridges->rows->len;
  if (n >= 2 && get_row (ridges, n - 1)->step - get_row (ridges, n - 2)->step < ridges->every)
    g_array_set_size (ridges->rows, n - 1);
  g_array_append_val (ridges->rows, *row);
  return ridges;
}

/* The place of a row at @step among the others; -1: one is closer to it than rows are apart. */
static gint
find_gap (const Ridges *ridges, gint64 step)
{
  gint place = 0;
  for (guint i = 0; i < ridges->rows->len; i++)
    {
      gint64 distance = step - get_row (ridges, i)->step;
      if (ABS (distance) < MAX (ridges->every, 1))
        return -1;
      place += distance > 0;
    }
  return place;
}

/* Every second goes, from the one before the newest. */
static void
thin_out (Ridges *ridges)
{
  for (guint i = ridges->rows->len - 2; i < ridges->rows->len && i > 0; i -= 2)
    g_array_remove_index (ridges->rows, i);
  guint n = ridges->rows->len;
  ridges->every = (get_row (ridges, n - 1)->step - get_row (ridges, 0)->step) / MAX (n - 1, 1);
}

/* The numbers that a view is about, as they are in @look; FALSE: there are none. */
typedef gboolean (*Measure) (WeftLook *look, const char *choice, Row *row, GError **error);

/* A run is faster than the looks at it, or was begun before the view was there: its checkpoints say
 * how it was in between. */
static void
add_past (Ridges *ridges, const WeftLook *look, const char *choice, Measure measure_look)
{
  g_autoptr (GArray) steps = weft_look_past (look);
  for (guint i = 0; i < steps->len && !g_cancellable_is_cancelled (look->cancellable); i++)
    {
      Row  row = { g_array_index (steps, gint64, i) };
      gint place = find_gap (ridges, row.step);
      g_autoptr (GHashTable) values = place >= 0 ? weft_look_values_at (look, row.step) : NULL;
      WeftLook past = *look;
      past.step = row.step;
      past.values = values;
      if (values != NULL && measure_look (&past, choice, &row, NULL))
        g_array_insert_val (ridges->rows, (guint) place, row);
    }
}

/* A few numbers far outside would leave the others no room. */
static void
set_range (Ridges *ridges)
{
  ridges->low = INFINITY;
  ridges->high = -INFINITY;
  for (guint i = 0; i < ridges->rows->len; i++)
    {
      const Row *row = get_row (ridges, i);
      double     far = row->deviation > 0 ? MOST_DEVIATIONS * row->deviation : INFINITY;
      ridges->low = MIN (ridges->low, MAX (row->low, row->mean - far));
      ridges->high = MAX (ridges->high, MIN (row->high, row->mean + far));
    }
}

static gpointer
compute (WeftLook     *look,
         const char   *choice,
         const Ridges *previous,
         Measure       measure_look,
         GError      **error)
{
  Row row = { look->step };
  if (choice == NULL || !measure_look (look, choice, &row, error))
    return NULL;
  Ridges *ridges = append (previous, &row);
  add_past (ridges, look, choice, measure_look);
  while (ridges->rows->len > MOST_ROWS)
    thin_out (ridges);
  set_range (ridges);
  return ridges;
}

/* ---- Whose numbers ---- */

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  g_auto (GStrv) names = weft_parameter_names (document, 1);
  return names[0] != NULL;
}

static char **
parameter_choices (const WeftFacts *facts, WeftDocument *document)
{
  return weft_parameter_names (document, 1);
}

static gboolean
measure_weights (WeftLook *look, const char *choice, Row *row, GError **error)
{
  WeftArray *array = look->values != NULL ? g_hash_table_lookup (look->values, choice) : NULL;
  if (array != NULL)
    measure (row, array);
  return array != NULL;
}

static gpointer
compute_weights (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  return compute (look, choice, previous, measure_weights, error);
}

/* The outputs of a predictor for some rows of the data; @index is the one that is asked for. */
static gboolean
measure_output (WeftLook *look, WeftPredictor *predictor, guint index, Row *row, GError **error)
{
  WeftDataset           *dataset = weft_look_dataset (look, error);
  guint                  n = weft_predictor_n_outputs (predictor);
  g_autofree WeftArray **results = g_new0 (WeftArray *, n + 1);
  if (dataset == NULL)
    return FALSE;
  gsize n_rows = (gsize) MIN (weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN), N_SAMPLES);
  if (!weft_predictor_rows (predictor, dataset, WEFT_SPLIT_TRAIN, NULL, n_rows, results,
                            look->cancellable, error))
    return FALSE;
  measure (row, results[index]);
  for (guint i = 0; i < n; i++)
    weft_array_unref (results[i]);
  return TRUE;
}

static gboolean
measure_gradients (WeftLook *look, const char *choice, Row *row, GError **error)
{
  WeftPredictor *predictor = weft_look_predictor (look, 0, NULL, TRUE, error);
  for (guint i = 0; predictor != NULL && i < weft_predictor_n_outputs (predictor); i++)
    if (g_strcmp0 (weft_predictor_output_name (predictor, i), choice) == 0)
      return measure_output (look, predictor, i, row, error);
  return FALSE;
}

static gpointer
compute_gradients (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  return compute (look, choice, previous, measure_gradients, error);
}

static gboolean
activations_fit (const WeftFacts *facts, WeftDocument *document)
{
  g_auto (GStrv) names = weft_inner_ports (facts, document);
  return names[0] != NULL;
}

static gboolean
measure_activations (WeftLook *look, const char *choice, Row *row, GError **error)
{
  WeftPredictor *predictor = weft_look_predictor (look, 1, &choice, FALSE, error);
  return predictor != NULL && measure_output (look, predictor, 0, row, error);
}

static gpointer
compute_activations (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  return compute (look, choice, previous, measure_activations, error);
}

/* ---- Drawing ---- */

/* How much of the numbers is at place @x of the common range, as a density: bins of other rows are
 * of other widths. */
static double
density_at (const Row *row, double x)
{
  double width = (row->high - row->low) / N_BINS, at = (x - row->low) / width - 0.5;
  if (x < row->low || x > row->high)
    return 0;
  gint   i = (gint) floor (at);
  double part = at - i;
  double a = row->density[CLAMP (i, 0, N_BINS - 1)], b = row->density[CLAMP (i + 1, 0, N_BINS - 1)];
  return a + (b - a) * part;
}

static void
trace (WeftDrawing *drawing, const Ridges *ridges, const Row *row, double base, double scale)
{
  double width = drawing->width - 2 * MARGIN;
  guint  n = (guint) MAX (width / 2, 2);
  for (guint i = 0; i <= n; i++)
    {
      double x = ridges->low + (ridges->high - ridges->low) * i / n;
      cairo_line_to (drawing->cr, MARGIN + width * i / n, base - scale * density_at (row, x));
    }
}

/* The place of a row's foot: the oldest stands behind, at the top. */
static double
base_of (WeftDrawing *drawing, guint index, guint n, double room)
{
  double last = drawing->height - FOOT - 6;
  return n > 1 ? room + (last - room) * index / (n - 1) : last;
}

static void
draw (WeftDrawing *drawing)
{
  const Ridges *ridges = drawing->result;
  guint         n = ridges->rows->len;
  double        room = (drawing->height - FOOT) * (n > 1 ? 0.34 : 0.85), most = 1e-300;
  WeftColour    card = weft_drawing_colour (drawing, WEFT_ROLE_CARD);
  WeftColour    strong = weft_theme_family (drawing->style->theme, "layer");
  WeftColour    line = weft_drawing_is_dark (drawing)
                         ? weft_colour_mix (strong, (WeftColour){ 1, 1, 1, 1 }, 0.6)
                         : card;
  for (guint i = 0; i < n; i++)
    for (guint k = 0; k < N_BINS; k++)
      {
        const Row *row = &g_array_index (ridges->rows, Row, i);
        most = MAX (most, density_at (row, row->low + (k + 0.5) * (row->high - row->low) / N_BINS));
      }
  for (guint i = 0; i < n; i++)
    {
      const Row *row = &g_array_index (ridges->rows, Row, i);
      double     base = base_of (drawing, i, n, room), age = n > 1 ? (double) i / (n - 1) : 1;
      cairo_move_to (drawing->cr, MARGIN, base);
      trace (drawing, ridges, row, base, (room - 4) / most);
      cairo_line_to (drawing->cr, drawing->width - MARGIN, base);
      cairo_close_path (drawing->cr);
      weft_drawing_set_colour (
        drawing, weft_colour_fade (weft_colour_mix (card, strong, 0.35 + 0.65 * age), 0.92));
      cairo_fill (drawing->cr);
      trace (drawing, ridges, row, base, (room - 4) / most);
      weft_drawing_set_colour (drawing, line);
      cairo_set_line_width (drawing->cr, 0.8);
      cairo_stroke (drawing->cr);
    }
  /* Numbers run from left to right, their signs too. */
  g_autofree char *low = g_strdup_printf (LEFT_TO_RIGHT "%.3g", ridges->low),
                  *high = g_strdup_printf (LEFT_TO_RIGHT "%.3g", ridges->high);
  WeftRect foot = { MARGIN, drawing->height - FOOT - 2, drawing->width - 2 * MARGIN, FOOT };
  weft_drawing_text (drawing, low, 10, WEFT_FONT_MONO, foot, WEFT_ALIGN_START, WEFT_ROLE_TEXT_DIM);
  weft_drawing_text (drawing, high, 10, WEFT_FONT_MONO, foot, WEFT_ALIGN_END, WEFT_ROLE_TEXT_DIM);
}

/* ---- Words ---- */

static const Row *
newest (gconstpointer result)
{
  const Ridges *ridges = result;
  return &g_array_index (ridges->rows, Row, ridges->rows->len - 1);
}

static char *
note (gconstpointer result)
{
  const Ridges *ridges = result;
  if (ridges->every == 0)
    return weft_step_note (newest (result)->step);
  g_autofree char *every = weft_format_count (ridges->every);
  return g_strdup_printf (_ ("every %s steps"), every);
}

static char *
row_text (const Row *row)
{
  g_autofree char *step = weft_format_count (row->step);
  return g_strdup_printf (_ ("Step %s: from %.3g to %.3g, mean %.3g, deviation %.3g, %.1f%% zero"),
                          step, row->low, row->high, row->mean, row->deviation, 100 * row->zeros);
}

static char *
describe (gconstpointer result)
{
  return row_text (newest (result));
}

static guint
n_items (gconstpointer result)
{
  return ((const Ridges *) result)->rows->len;
}

static WeftRect
item_rect (WeftDrawing *drawing, guint item)
{
  guint  n = n_items (drawing->result);
  double room = (drawing->height - FOOT) * (n > 1 ? 0.34 : 0.85);
  double base = base_of (drawing, item, n, room),
         pitch = n > 1 ? base_of (drawing, 1, n, room) - room : room;
  return (WeftRect){ MARGIN, base - MAX (pitch, 4), drawing->width - 2 * MARGIN, MAX (pitch, 4) };
}

static char *
item_text (gconstpointer result, guint item)
{
  return row_text (&g_array_index (((const Ridges *) result)->rows, Row, item));
}

static guint
item_columns (WeftDrawing *drawing)
{
  return 1;
}

#define RIDGES                                                                               \
  .free = free_result, .draw = draw, .note = note, .describe = describe, .n_items = n_items, \
  .item_rect = item_rect, .item_text = item_text, .item_columns = item_columns

const WeftViewKind weft_weights_view = { .name = "weights",
                                         .title = N_ ("Weights over time"),
                                         .empty =
                                           N_ ("Train the model to see how its weights spread."),
                                         .first = TRUE,
                                         .fits = fits,
                                         .choices = parameter_choices,
                                         .compute = compute_weights,
                                         RIDGES };

const WeftViewKind weft_gradients_view = { .name = "gradients",
                                           .title = N_ ("Gradients over time"),
                                           .empty = N_ (
                                             "Train the model to see how large its gradients are."),
                                           .fits = fits,
                                           .choices = parameter_choices,
                                           .compute = compute_gradients,
                                           RIDGES };

const WeftViewKind weft_activations_view = { .name = "activations",
                                             .title = N_ ("Activations over time"),
                                             .empty =
                                               N_ ("Train the model to see what its layers give."),
                                             .fits = activations_fit,
                                             .choices = weft_inner_ports,
                                             .compute = compute_activations,
                                             RIDGES };
