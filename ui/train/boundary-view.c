/* What a model of two numbers says everywhere: a grid of cells in the colours of the classes, as
 * strong as it is sure, or from the least to the greatest number; the rows that it was not trained
 * with are drawn upon it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/measures.h"
#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>

#define SIDE 60 /* cells of the grid */
#define MOST_POINTS 400
#define MARGIN 12.0
#define PAD 0.08 /* around the points, as a part of their extent */
#define RADIUS 3.6

typedef struct
{
  double   low[2], high[2];     /* of the inputs */
  double   values[SIDE * SIDE]; /* from below: how sure of the class; or the number, 0 to 1 */
  guint8   classes[SIDE * SIDE];
  guint    n, right;
  float    x[MOST_POINTS], y[MOST_POINTS];
  guint8   truth[MOST_POINTS], guess[MOST_POINTS];
  char   **names;
  gint64   step;
  gboolean numbers;
  double   least, greatest; /* of the numbers */
} Boundary;

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  return (facts->task == WEFT_TASK_CLASSES || facts->task == WEFT_TASK_NUMBERS) &&
         facts->input >= 0 && facts->n_features == 2 &&
         weft_dtype_is_float (facts->input_column->dtype);
}

/* The points, and the extent of what is drawn. */
static gboolean
find_points (Boundary *boundary, WeftLook *look, const WeftOutcome *outcome, GError **error)
{
  g_autoptr (WeftArray) input =
    weft_dataset_gather (weft_look_dataset (look, NULL), outcome->split, (guint) look->facts->input,
                         NULL, outcome->n, error);
  if (input == NULL)
    return FALSE;
  boundary->n = (guint) MIN (outcome->n, MOST_POINTS);
  for (guint axis = 0; axis < 2; axis++)
    {
      double low = INFINITY, high = -INFINITY;
      for (gsize i = 0; i < outcome->n; i++)
        {
          double x = weft_array_get (input, (gint64) (2 * i + axis));
          low = MIN (low, x);
          high = MAX (high, x);
          if (i < boundary->n)
            (axis == 0 ? boundary->x : boundary->y)[i] = (float) x;
        }
      double span = high > low ? high - low : 1;
      boundary->low[axis] = low - PAD * span;
      boundary->high[axis] = high + PAD * span;
    }
  return TRUE;
}

static void
fill_classes (Boundary *boundary, const WeftFacts *facts, const WeftArray *output)
{
  g_autofree double *p = g_new (double, MAX (facts->n_classes, 2));
  for (guint i = 0; i < SIDE * SIDE; i++)
    {
      guint best = 0;
      weft_facts_probabilities (facts, output, (gint64) i * (facts->single ? 1 : facts->n_classes),
                                p);
      for (guint k = 1; k < facts->n_classes; k++)
        if (p[k] > p[best])
          best = k;
      boundary->classes[i] = (guint8) best;
      boundary->values[i] = (p[best] - 1.0 / facts->n_classes) / (1 - 1.0 / facts->n_classes);
    }
}

static void
fill_numbers (Boundary *boundary, const WeftArray *output)
{
  gint64 step = output->n_elements / (SIDE * SIDE);
  boundary->numbers = TRUE;
  boundary->least = INFINITY;
  boundary->greatest = -INFINITY;
  for (guint i = 0; i < SIDE * SIDE; i++)
    {
      boundary->values[i] = weft_array_get (output, (gint64) i * step);
      boundary->least = MIN (boundary->least, boundary->values[i]);
      boundary->greatest = MAX (boundary->greatest, boundary->values[i]);
    }
  for (guint i = 0; i < SIDE * SIDE; i++)
    boundary->values[i] =
      boundary->greatest > boundary->least
        ? (boundary->values[i] - boundary->least) / (boundary->greatest - boundary->least)
        : 0.5;
}

static gboolean
fill_grid (Boundary *boundary, WeftLook *look, GError **error)
{
  const char    *port = look->facts->output;
  WeftPredictor *predictor = weft_look_predictor (look, 1, &port, FALSE, error);
  g_autoptr (WeftArray) grid =
    weft_array_new (look->facts->input_column->dtype, 2, (gint64[]){ SIDE * SIDE, 2 });
  g_autoptr (WeftArray) output = NULL;
  for (guint i = 0; i < SIDE * SIDE; i++)
    for (guint axis = 0; axis < 2; axis++)
      {
        double at = ((axis == 0 ? i % SIDE : i / SIDE) + 0.5) / SIDE;
        weft_array_set (grid, 2 * i + axis,
                        boundary->low[axis] + at * (boundary->high[axis] - boundary->low[axis]));
      }
  if (predictor == NULL || !weft_predictor_array (predictor, (guint) look->facts->input, grid,
                                                  &output, look->cancellable, error))
    return FALSE;
  if (look->facts->task == WEFT_TASK_CLASSES)
    fill_classes (boundary, look->facts, output);
  else
    fill_numbers (boundary, output);
  return TRUE;
}

static void
free_result (gpointer data)
{
  g_strfreev (((Boundary *) data)->names);
}

static gpointer
compute (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  const WeftOutcome *outcome = weft_look_outcome (look, error);
  if (outcome == NULL)
    return NULL;
  Boundary *boundary = weft_result_new (Boundary);
  boundary->step = look->step;
  boundary->names = g_new0 (char *, look->facts->n_classes + 1);
  for (guint i = 0; i < look->facts->n_classes; i++)
    boundary->names[i] = weft_facts_class_name (look->facts, i);
  if (!find_points (boundary, look, outcome, error) || !fill_grid (boundary, look, error))
    {
      g_atomic_rc_box_release_full (boundary, free_result);
      return NULL;
    }
  if (look->facts->task != WEFT_TASK_CLASSES || outcome->target == NULL)
    return boundary;
  g_autoptr (WeftGuesses) guesses = weft_guesses_new (look->facts, outcome);
  for (guint i = 0; i < boundary->n; i++)
    {
      boundary->truth[i] = (guint8) guesses->truth[i];
      boundary->guess[i] = (guint8) guesses->guess[i];
      boundary->right += guesses->truth[i] == guesses->guess[i];
    }
  return boundary;
}

/* ---- Drawing ---- */

static WeftFrame
frame_of (WeftDrawing *drawing)
{
  const Boundary *boundary = drawing->result;
  return (WeftFrame){ { MARGIN, 2, drawing->width - 2 * MARGIN, drawing->height - MARGIN - 2 },
                      boundary->low[0],
                      boundary->high[0],
                      boundary->low[1],
                      boundary->high[1] };
}

static void
draw_grid (WeftDrawing *drawing, const WeftRect *plot)
{
  const Boundary *boundary = drawing->result;
  guint8          pixels[SIDE * SIDE * 3];
  WeftColour      card = weft_drawing_colour (drawing, WEFT_ROLE_CARD);
  for (guint i = 0; i < SIDE * SIDE; i++)
    {
      WeftColour strong =
        weft_drawing_class_colour (drawing, boundary->numbers ? 1 : boundary->classes[i]);
      WeftColour colour = weft_colour_mix (
        card, strong, 0.06 + (boundary->numbers ? 0.7 : 0.42) * boundary->values[i]);
      guint8 *p = &pixels[3 * ((SIDE - 1 - i / SIDE) * SIDE + i % SIDE)];
      p[0] = (guint8) (255 * colour.red);
      p[1] = (guint8) (255 * colour.green);
      p[2] = (guint8) (255 * colour.blue);
    }
  cairo_save (drawing->cr);
  cairo_translate (drawing->cr, plot->x, plot->y);
  cairo_scale (drawing->cr, plot->width / plot->height, 1);
  weft_drawing_picture (drawing, (WeftRect){ 0, 0, plot->height, plot->height }, pixels, SIDE, SIDE,
                        3);
  cairo_restore (drawing->cr);
}

/* A class has its colour and its form; what is wrong has a dark ring. */
static void
draw_point (WeftDrawing *drawing, double x, double y, guint truth, gboolean right)
{
  WeftColour white = { 1, 1, 1, 1 };
  WeftColour ring = right ? white : weft_drawing_colour (drawing, WEFT_ROLE_TEXT);
  if (truth == 1)
    {
      weft_pen_fill (&drawing->pen,
                     (WeftRect){ x - RADIUS - 1, y - RADIUS - 1, 2 * RADIUS + 2, 2 * RADIUS + 2 },
                     1.5, ring);
      weft_pen_fill (&drawing->pen, (WeftRect){ x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS }, 1,
                     weft_drawing_class_colour (drawing, truth));
      return;
    }
  weft_pen_disc (&drawing->pen, x, y, RADIUS + 1.2, ring);
  weft_pen_disc (&drawing->pen, x, y, RADIUS, weft_drawing_class_colour (drawing, truth));
}

static void
draw (WeftDrawing *drawing)
{
  const Boundary *boundary = drawing->result;
  WeftFrame       frame = frame_of (drawing);
  draw_grid (drawing, &frame.plot);
  for (guint i = 0; i < boundary->n; i++)
    draw_point (drawing, weft_frame_x (&frame, boundary->x[i]),
                weft_frame_y (&frame, boundary->y[i]), boundary->truth[i],
                boundary->numbers || boundary->truth[i] == boundary->guess[i]);
}

static char *
note (gconstpointer result)
{
  const Boundary *boundary = result;
  if (boundary->numbers)
    return g_strdup_printf (_ ("from %.3g to %.3g"), boundary->least, boundary->greatest);
  return g_strdup_printf (_ ("%u of %u points right"), boundary->right, boundary->n);
}

static char *
describe (gconstpointer result)
{
  const Boundary  *boundary = result;
  guint            counts[256] = { 0 };
  g_autofree char *head = note (result);
  g_autoptr (GString) text = g_string_new (head);
  for (guint i = 0; i < SIDE * SIDE; i++)
    counts[boundary->classes[i]]++;
  for (guint i = 0; !boundary->numbers && boundary->names[i] != NULL && i < 12; i++)
    g_string_append_printf (text, _ ("; %s holds %.0f%% of the plane"), boundary->names[i],
                            100.0 * counts[i] / (SIDE * SIDE));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static guint
n_items (gconstpointer result)
{
  return ((const Boundary *) result)->n;
}

static WeftRect
item_rect (WeftDrawing *drawing, guint item)
{
  const Boundary *boundary = drawing->result;
  WeftFrame       frame = frame_of (drawing);
  return weft_frame_mark (&frame, boundary->x[item], boundary->y[item], RADIUS + 1);
}

static char *
item_text (gconstpointer result, guint item)
{
  const Boundary *boundary = result;
  if (boundary->numbers)
    return g_strdup_printf ("(%.3g, %.3g)", boundary->x[item], boundary->y[item]);
  return g_strdup_printf (
    boundary->truth[item] == boundary->guess[item] ? _ ("(%.3g, %.3g): %s, right")
                                                   : _ ("(%.3g, %.3g): %s, but taken for %s"),
    boundary->x[item], boundary->y[item], boundary->names[boundary->truth[item]],
    boundary->names[boundary->guess[item]]);
}

const WeftViewKind weft_boundary_view = {
  .name = "boundary",
  .title = N_ ("Decision boundary"),
  .empty = N_ ("Train the model to see where it draws the line."),
  .first = TRUE,
  .fits = fits,
  .compute = compute,
  .free = free_result,
  .draw = draw,
  .note = note,
  .describe = describe,
  .n_items = n_items,
  .item_rect = item_rect,
  .item_text = item_text,
};
