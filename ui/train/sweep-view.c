/* The runs of the newest sweep: a line for each through its settings to what it measured, and a
 * table, the best first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/sweep.h"
#include "engine/train/runs.h"
#include "engine/train/training.h"
#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>

#define MARGIN 12.0
#define ROW 18.0
#define HEAD 18.0
#define LABEL 15.0
/* Of the height, for the lines. */
#define LINES 0.52
/* Values that span more are drawn by their logarithm. */
#define WIDE 20.0
#define NUMBER 64.0

typedef struct
{
  char   *title;
  double  measured; /* NaN: nothing yet */
  double *places;   /* on each axis, 0 at the foot, 1 at the top */
  char  **texts;
} Row;

typedef struct
{
  char *name, *low, *high;
} Axis;

typedef struct
{
  char      *metric;
  gboolean   greater;
  GPtrArray *rows;      /* Row, the best first */
  GPtrArray *axes;      /* Axis: of the settings */
  double     low, high; /* of what was measured */
} Sweep;

static void
row_free (gpointer data)
{
  Row *row = data;
  g_free (row->title);
  g_free (row->places);
  g_strfreev (row->texts);
  g_free (row);
}

static void
axis_free (gpointer data)
{
  Axis *axis = data;
  g_free (axis->name);
  g_free (axis->low);
  g_free (axis->high);
  g_free (axis);
}

static void
free_result (gpointer data)
{
  Sweep *sweep = data;
  g_free (sweep->metric);
  g_ptr_array_unref (sweep->rows);
  g_ptr_array_unref (sweep->axes);
}

static char **
choices (const WeftFacts *facts, WeftDocument *document)
{
  g_autoptr (WeftTraining) training = weft_training_new (document, NULL);
  char **names = g_new0 (char *, training != NULL ? training->n_metrics + 2 : 2);
  names[0] = g_strdup ("loss");
  for (guint i = 0; training != NULL && i < training->n_metrics; i++)
    names[i + 1] = g_strdup (training->names[i]);
  return names;
}

/* ---- What is there ---- */

/* Those of the newest sweep stay. */
static GPtrArray *
read_runs (const char *folder)
{
  GPtrArray *runs = weft_runs_list (folder);
  guint      newest = 0;
  for (guint i = 0; i < runs->len; i++)
    newest = MAX (newest, ((WeftKeptRun *) g_ptr_array_index (runs, i))->sweep);
  for (guint i = runs->len; i > 0; i--)
    {
      const WeftKeptRun *run = g_ptr_array_index (runs, i - 1);
      if (run->sweep != newest || newest == 0 || run->settings == NULL)
        g_ptr_array_remove_index (runs, i - 1);
    }
  return runs;
}

static int
compare_rows (gconstpointer a, gconstpointer b, gpointer data)
{
  const Row   *one = *(Row *const *) a, *other = *(Row *const *) b;
  const Sweep *sweep = data;
  if (isnan (one->measured) || isnan (other->measured))
    return isnan (one->measured) - isnan (other->measured);
  if (one->measured == other->measured)
    return 0;
  return (one->measured < other->measured) != sweep->greater ? -1 : 1;
}

/* Numbers in their order, evenly or by the logarithm; words as they come. */
static void
place_numbers (Sweep *sweep, GPtrArray *runs, guint index, const char *setting)
{
  Axis  *axis = g_ptr_array_index (sweep->axes, index);
  double low = INFINITY, high = -INFINITY;
  for (guint i = 0; i < runs->len; i++)
    {
      double value = weft_json_number (
        weft_json_get (((WeftKeptRun *) g_ptr_array_index (runs, i))->settings, setting), NAN);
      low = fmin (low, value);
      high = fmax (high, value);
    }
  gboolean wide = low > 0 && high / low > WIDE;
  for (guint i = 0; i < runs->len; i++)
    {
      double value = weft_json_number (
        weft_json_get (((WeftKeptRun *) g_ptr_array_index (runs, i))->settings, setting), NAN);
      double place = wide ? log (value / low) / log (high / low) : (value - low) / (high - low);
      ((Row *) g_ptr_array_index (sweep->rows, i))->places[index] = isfinite (place) ? place : 0.5;
    }
  axis->low = g_strdup_printf ("%.4g", low);
  axis->high = g_strdup_printf ("%.4g", high);
}

static void
place_words (Sweep *sweep, guint index)
{
  Axis *axis = g_ptr_array_index (sweep->axes, index);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  for (guint i = 0; i < sweep->rows->len; i++)
    {
      const Row *row = g_ptr_array_index (sweep->rows, i);
      if (!g_ptr_array_find_with_equal_func (words, row->texts[index], g_str_equal, NULL))
        g_ptr_array_add (words, row->texts[index]);
    }
  for (guint i = 0; i < sweep->rows->len; i++)
    {
      const Row *row = g_ptr_array_index (sweep->rows, i);
      guint      at = 0;
      g_ptr_array_find_with_equal_func (words, row->texts[index], g_str_equal, &at);
      row->places[index] = words->len > 1 ? (double) at / (words->len - 1) : 0.5;
    }
  axis->low = g_strdup (words->len > 0 ? g_ptr_array_index (words, 0) : "");
  axis->high = g_strdup (words->len > 1 ? g_ptr_array_index (words, words->len - 1) : "");
}

static void
add_row (Sweep *sweep, const WeftKeptRun *run)
{
  Row  *row = g_new0 (Row, 1);
  guint n = sweep->axes->len;
  row->title = weft_sweep_title (run->settings);
  row->measured = weft_kept_run_measured (run, sweep->metric);
  row->places = g_new0 (double, n + 1);
  row->texts = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    row->texts[i] = weft_setting_text (
      weft_json_get (run->settings, ((Axis *) g_ptr_array_index (sweep->axes, i))->name));
  if (isfinite (row->measured))
    {
      sweep->low = fmin (sweep->low, row->measured);
      sweep->high = fmax (sweep->high, row->measured);
    }
  g_ptr_array_add (sweep->rows, row);
}

static gpointer
compute (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  g_autoptr (GPtrArray) runs = read_runs (look->runs_folder);
  const char *setting;
  WeftJson   *value;
  if (runs->len == 0)
    return NULL;
  Sweep *sweep = weft_result_new (Sweep);
  sweep->metric = g_strdup (choice != NULL ? choice : "loss");
  sweep->greater = weft_training_is_greater_better (sweep->metric);
  sweep->rows = g_ptr_array_new_with_free_func (row_free);
  sweep->axes = g_ptr_array_new_with_free_func (axis_free);
  sweep->low = INFINITY;
  sweep->high = -INFINITY;
  WeftJson *first = ((WeftKeptRun *) g_ptr_array_index (runs, 0))->settings;
  for (WeftJsonIter i = { first }; weft_json_next (&i, &setting, &value);)
    {
      Axis *axis = g_new0 (Axis, 1);
      axis->name = g_strdup (setting);
      g_ptr_array_add (sweep->axes, axis);
    }
  for (guint i = 0; i < runs->len; i++)
    add_row (sweep, g_ptr_array_index (runs, i));
  for (guint i = 0; i < sweep->axes->len; i++)
    {
      const char *name = ((Axis *) g_ptr_array_index (sweep->axes, i))->name;
      if (isfinite (weft_json_number (weft_json_get (first, name), NAN)))
        place_numbers (sweep, runs, i, name);
      else
        place_words (sweep, i);
    }
  g_ptr_array_sort_with_data (sweep->rows, compare_rows, sweep);
  return sweep;
}

/* ---- The lines ---- */

static double
place_measured (const Sweep *sweep, const Row *row)
{
  double span = sweep->high - sweep->low;
  return span > 0 ? (row->measured - sweep->low) / span : 0.5;
}

/* 0: the worst, 1: the best. */
static double
quality (const Sweep *sweep, const Row *row)
{
  double place = place_measured (sweep, row);
  return sweep->greater ? place : 1 - place;
}

static double
axis_x (const WeftDrawing *drawing, guint index)
{
  const Sweep *sweep = drawing->result;
  double       left = MARGIN + NUMBER / 2, width = drawing->width - 2 * MARGIN - NUMBER;
  return left + width * index / MAX (sweep->axes->len, 1);
}

static double
axis_y (const WeftDrawing *drawing, double place)
{
  double top = 2 * LABEL + 4, foot = drawing->height * LINES - LABEL;
  return foot - (foot - top) * place;
}

static void
draw_axis (WeftDrawing *drawing, guint index, const char *name, const char *low, const char *high)
{
  double     x = axis_x (drawing, index);
  WeftColour colour = weft_drawing_colour (drawing, WEFT_ROLE_GRID);
  double     width = (drawing->width - 2 * MARGIN) / (((const Sweep *) drawing->result)->axes->len + 1);
  WeftRect   box = { x - width / 2, 0, width, LABEL };
  weft_pen_fill (
    &drawing->pen,
    (WeftRect){ x - 0.5, axis_y (drawing, 1), 1, axis_y (drawing, 0) - axis_y (drawing, 1) }, 0,
    colour);
  weft_drawing_text (drawing, name, 11, WEFT_FONT_PLAIN, box, WEFT_ALIGN_CENTRE, WEFT_ROLE_TEXT);
  box.y = LABEL;
  weft_drawing_text (drawing, high, 10, WEFT_FONT_MONO, box, WEFT_ALIGN_CENTRE, WEFT_ROLE_TEXT_DIM);
  box.y = axis_y (drawing, 0) + 2;
  weft_drawing_text (drawing, low, 10, WEFT_FONT_MONO, box, WEFT_ALIGN_CENTRE, WEFT_ROLE_TEXT_DIM);
}

static void
draw_line (WeftDrawing *drawing, const Row *row, gboolean strong)
{
  const Sweep *sweep = drawing->result;
  WeftColour   bad = weft_drawing_class_colour (drawing, 1),
             good = weft_drawing_class_colour (drawing, 0);
  cairo_new_path (drawing->cr);
  for (guint i = 0; i < sweep->axes->len; i++)
    cairo_line_to (drawing->cr, axis_x (drawing, i), axis_y (drawing, row->places[i]));
  cairo_line_to (drawing->cr, axis_x (drawing, sweep->axes->len),
                 axis_y (drawing, place_measured (sweep, row)));
  weft_drawing_set_colour (drawing, weft_colour_mix (bad, good, quality (sweep, row)));
  cairo_set_line_width (drawing->cr, strong ? 3 : 1.25);
  cairo_stroke (drawing->cr);
}

static void
draw_lines (WeftDrawing *drawing)
{
  const Sweep     *sweep = drawing->result;
  g_autofree char *low = g_strdup_printf ("%.4g", sweep->low),
                  *high = g_strdup_printf ("%.4g", sweep->high);
  gboolean known = sweep->high >= sweep->low;
  for (guint i = 0; i < sweep->axes->len; i++)
    {
      const Axis *axis = g_ptr_array_index (sweep->axes, i);
      const char *name =
        g_str_has_prefix (axis->name, "training.") ? axis->name + strlen ("training.") : axis->name;
      draw_axis (drawing, i, name, axis->low, axis->high);
    }
  draw_axis (drawing, sweep->axes->len, sweep->metric, known ? low : "", known ? high : "");
  /* The best lie above the others. */
  for (guint i = sweep->rows->len; i > 0; i--)
    {
      const Row *row = g_ptr_array_index (sweep->rows, i - 1);
      if (isfinite (row->measured))
        draw_line (drawing, row, i == 1 || (gint) i - 1 == drawing->item);
    }
}

/* ---- The table ---- */

static guint
n_items (gconstpointer result)
{
  return ((const Sweep *) result)->rows->len;
}

static WeftRect
item_rect (WeftDrawing *drawing, guint item)
{
  double top = drawing->height * LINES + HEAD;
  return (WeftRect){ MARGIN, top + item * ROW, drawing->width - 2 * MARGIN, ROW };
}

static void
draw_row (WeftDrawing *drawing, guint index, WeftRect box)
{
  const Sweep     *sweep = drawing->result;
  const Row       *row = g_ptr_array_index (sweep->rows, index);
  double           width = (box.width - NUMBER) / MAX (sweep->axes->len, 1);
  g_autofree char *number =
    isnan (row->measured) ? g_strdup ("–") : g_strdup_printf ("%.4g", row->measured);
  for (guint i = 0; i < sweep->axes->len; i++)
    weft_drawing_text (drawing, row->texts[i], 11, WEFT_FONT_MONO,
                       (WeftRect){ box.x + i * width, box.y, width - 6, box.height },
                       WEFT_ALIGN_START, WEFT_ROLE_TEXT);
  weft_drawing_text (drawing, number, 11, WEFT_FONT_MONO,
                     (WeftRect){ box.x + box.width - NUMBER, box.y, NUMBER, box.height },
                     WEFT_ALIGN_END, WEFT_ROLE_TEXT);
}

static void
draw_heads (WeftDrawing *drawing)
{
  const Sweep *sweep = drawing->result;
  WeftRect     box = item_rect (drawing, 0);
  double       width = (box.width - NUMBER) / MAX (sweep->axes->len, 1);
  box.y -= HEAD;
  for (guint i = 0; i < sweep->axes->len; i++)
    {
      const Axis *axis = g_ptr_array_index (sweep->axes, i);
      const char *name =
        g_str_has_prefix (axis->name, "training.") ? axis->name + strlen ("training.") : axis->name;
      weft_drawing_text (drawing, name, 11, WEFT_FONT_PLAIN,
                         (WeftRect){ box.x + i * width, box.y, width - 6, HEAD }, WEFT_ALIGN_START,
                         WEFT_ROLE_TEXT_DIM);
    }
  weft_drawing_text (drawing, sweep->metric, 11, WEFT_FONT_PLAIN,
                     (WeftRect){ box.x + box.width - NUMBER, box.y, NUMBER, HEAD }, WEFT_ALIGN_END,
                     WEFT_ROLE_TEXT_DIM);
}

static void
draw (WeftDrawing *drawing)
{
  draw_lines (drawing);
  draw_heads (drawing);
  for (guint i = 0; i < n_items (drawing->result); i++)
    {
      WeftRect box = item_rect (drawing, i);
      if (box.y + box.height > drawing->height)
        return;
      draw_row (drawing, i, box);
    }
}

/* ---- In words ---- */

static char *
note (gconstpointer result)
{
  const Sweep *sweep = result;
  const Row   *best = g_ptr_array_index (sweep->rows, 0);
  if (isnan (best->measured))
    return g_strdup_printf (g_dngettext (NULL, "%u run", "%u runs", sweep->rows->len),
                            sweep->rows->len);
  return g_strdup_printf (_ ("best: %s"), best->title);
}

static char *
item_text (gconstpointer result, guint item)
{
  const Sweep *sweep = result;
  const Row   *row = g_ptr_array_index (sweep->rows, item);
  if (isnan (row->measured))
    return g_strdup_printf (_ ("%s: not measured yet"), row->title);
  return g_strdup_printf ("%s: %s %.4g", row->title, sweep->metric, row->measured);
}

static guint
item_columns (WeftDrawing *drawing)
{
  return 1;
}

static char *
describe (gconstpointer result)
{
  const Sweep     *sweep = result;
  g_autofree char *best = item_text (result, 0);
  return g_strdup_printf (g_dngettext (NULL, "%u run of a sweep; the best is %s",
                                       "%u runs of a sweep; the best is %s", sweep->rows->len),
                          sweep->rows->len, best);
}

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  return facts->loss != NULL;
}

const WeftViewKind weft_sweep_view = {
  .name = "sweep",
  .title = N_ ("Sweep"),
  .empty = N_ ("Train a sweep (Ctrl+Shift+F5) to see which settings are best."),
  .untrained = TRUE,
  .fits = fits,
  .choices = choices,
  .compute = compute,
  .free = free_result,
  .draw = draw,
  .note = note,
  .describe = describe,
  .n_items = n_items,
  .item_rect = item_rect,
  .item_text = item_text,
  .item_columns = item_columns,
};
