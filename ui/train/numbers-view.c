/* A model that predicts a number: what it says beside what is so, how far it is off, or both from
 * row to row, which is a forecast where rows follow each other in time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/measures.h"
#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>

#define MOST_POINTS 1000
#define LEFT 50.0
#define RADIUS 3.0
#define LEGEND_WIDTH 90.0
#define LEGEND_HEIGHT 18.0

typedef enum
{
  BY_ACTUAL,
  RESIDUALS,
  BY_ROW,
  N_LOOKS
} Look;

static const char *const look_names[N_LOOKS] = {
  N_ ("predicted by actual"),
  N_ ("residuals"),
  N_ ("row by row"),
};

typedef struct
{
  guint     n;
  double   *truth, *guess;
  double    error, r2; /* root of the mean square; share of the variance explained */
  Look      look;
  WeftSplit split;
} Numbers;

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  return facts->task == WEFT_TASK_NUMBERS;
}

static char **
choices (const WeftFacts *facts, WeftDocument *document)
{
  char **names = g_new0 (char *, N_LOOKS + 1);
  for (guint i = 0; i < N_LOOKS; i++)
    names[i] = g_strdup (_ (look_names[i]));
  return names;
}

static Look
look_of (const char *choice)
{
  for (guint i = 0; i < N_LOOKS; i++)
    if (g_strcmp0 (choice, _ (look_names[i])) == 0)
      return (Look) i;
  return BY_ACTUAL;
}

static gpointer
compute (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  const WeftOutcome *outcome = weft_look_outcome (look, error);
  if (outcome == NULL || outcome->target == NULL ||
      outcome->output->n_elements != outcome->target->n_elements)
    return NULL;
  Numbers *numbers = weft_result_new (Numbers);
  gint64   all = outcome->target->n_elements;
  double   mean = 0, squares = 0, variance = 0;
  numbers->n = (guint) MIN (all, MOST_POINTS);
  numbers->truth = g_new (double, numbers->n + 1);
  numbers->guess = g_new (double, numbers->n + 1);
  numbers->look = look_of (choice);
  numbers->split = outcome->split;
  for (gint64 i = 0; i < all; i++)
    mean += weft_array_get (outcome->target, i) / (double) all;
  for (gint64 i = 0; i < all; i++)
    {
      double truth = weft_array_get (outcome->target, i),
             guess = weft_array_get (outcome->output, i);
      squares += (guess - truth) * (guess - truth);
      variance += (truth - mean) * (truth - mean);
      if (i < numbers->n)
        {
          numbers->truth[i] = truth;
          numbers->guess[i] = guess;
        }
    }
  numbers->error = sqrt (squares / (double) all);
  numbers->r2 = variance > 0 ? 1 - squares / variance : NAN;
  return numbers;
}

static void
free_result (gpointer data)
{
  Numbers *numbers = data;
  g_free (numbers->truth);
  g_free (numbers->guess);
}

static double
y_of (const Numbers *numbers, guint i)
{
  return numbers->look == RESIDUALS ? numbers->truth[i] - numbers->guess[i] : numbers->guess[i];
}

static double
x_of (const Numbers *numbers, guint i)
{
  return numbers->look == BY_ROW      ? i + 1
         : numbers->look == RESIDUALS ? numbers->guess[i]
                                      : numbers->truth[i];
}

static WeftFrame
frame_of (WeftDrawing *drawing)
{
  const Numbers *numbers = drawing->result;
  double         top = numbers->look == BY_ROW ? LEGEND_HEIGHT : 6;
  WeftFrame      frame = {
         { LEFT, top, drawing->width - LEFT - 14, drawing->height - top - 22 },
         INFINITY,
         -INFINITY,
         INFINITY,
         -INFINITY
  };
  for (guint i = 0; i < numbers->n; i++)
    {
      frame.x_low = MIN (frame.x_low, x_of (numbers, i));
      frame.x_high = MAX (frame.x_high, x_of (numbers, i));
      frame.y_low = MIN (frame.y_low, y_of (numbers, i));
      frame.y_high = MAX (frame.y_high, y_of (numbers, i));
      if (numbers->look == BY_ROW)
        {
          frame.y_low = MIN (frame.y_low, numbers->truth[i]);
          frame.y_high = MAX (frame.y_high, numbers->truth[i]);
        }
    }
  if (numbers->look == RESIDUALS)
    {
      frame.y_high = MAX (fabs (frame.y_high), fabs (frame.y_low));
      frame.y_low = -frame.y_high;
    }
  else if (numbers->look == BY_ACTUAL)
    {
      frame.x_low = frame.y_low = MIN (frame.x_low, frame.y_low);
      frame.x_high = frame.y_high = MAX (frame.x_high, frame.y_high);
    }
  return frame;
}

/* Where a model that is always right has its points. */
static void
draw_right (WeftDrawing *drawing, const WeftFrame *frame)
{
  gboolean residuals = ((const Numbers *) drawing->result)->look == RESIDUALS;
  double   from = residuals ? 0 : frame->x_low, to = residuals ? 0 : frame->x_high;
  weft_drawing_set_colour (drawing, weft_drawing_colour (drawing, WEFT_ROLE_TEXT_DIM));
  cairo_set_line_width (drawing->cr, 1);
  cairo_set_dash (drawing->cr, (double[]){ 4, 4 }, 2, 0);
  cairo_move_to (drawing->cr, weft_frame_x (frame, frame->x_low), weft_frame_y (frame, from));
  cairo_line_to (drawing->cr, weft_frame_x (frame, frame->x_high), weft_frame_y (frame, to));
  cairo_stroke (drawing->cr);
  cairo_set_dash (drawing->cr, NULL, 0, 0);
}

static void
draw_points (WeftDrawing *drawing, const WeftFrame *frame)
{
  const Numbers *numbers = drawing->result;
  WeftColour     colour = weft_colour_fade (weft_drawing_class_colour (drawing, 1), 0.75);
  draw_right (drawing, frame);
  for (guint i = 0; i < numbers->n; i++)
    weft_pen_disc (&drawing->pen, weft_frame_x (frame, x_of (numbers, i)),
                   weft_frame_y (frame, y_of (numbers, i)), RADIUS, colour);
}

/* One of the two lines, with its entry in the legend; the second is dashed, so that colour is not
 * alone. */
static void
draw_line (WeftDrawing     *drawing,
           const WeftFrame *frame,
           const double    *values,
           guint            place,
           const char      *name)
{
  const Numbers *numbers = drawing->result;
  double         x = LEFT + place * LEGEND_WIDTH, y = LEGEND_HEIGHT / 2 - 2;
  weft_drawing_set_colour (drawing, weft_drawing_class_colour (drawing, 1 - place));
  cairo_set_line_width (drawing->cr, 2);
  cairo_set_dash (drawing->cr, (double[]){ 5, 3 }, place == 1 ? 2 : 0, 0);
  cairo_move_to (drawing->cr, x, y);
  cairo_line_to (drawing->cr, x + 18, y);
  cairo_new_sub_path (drawing->cr);
  for (guint i = 0; i < numbers->n; i++)
    cairo_line_to (drawing->cr, weft_frame_x (frame, x_of (numbers, i)),
                   weft_frame_y (frame, values[i]));
  cairo_stroke (drawing->cr);
  cairo_set_dash (drawing->cr, NULL, 0, 0);
  weft_drawing_text (drawing, name, 11, WEFT_FONT_PLAIN,
                     (WeftRect){ x + 22, 0, LEGEND_WIDTH - 26, LEGEND_HEIGHT - 4 },
                     WEFT_ALIGN_START, WEFT_ROLE_TEXT);
}

static void
draw (WeftDrawing *drawing)
{
  const Numbers *numbers = drawing->result;
  WeftFrame      frame = frame_of (drawing);
  switch (numbers->look)
    {
    case BY_ROW:
      weft_frame_draw (drawing, &frame, _ ("row"), "");
      draw_line (drawing, &frame, numbers->truth, 0, _ ("actual"));
      draw_line (drawing, &frame, numbers->guess, 1, _ ("predicted"));
      break;
    case RESIDUALS:
      weft_frame_draw (drawing, &frame, _ ("predicted"), _ ("actual minus predicted"));
      draw_points (drawing, &frame);
      break;
    case BY_ACTUAL:
    case N_LOOKS:
      weft_frame_draw (drawing, &frame, _ ("actual"), _ ("predicted"));
      draw_points (drawing, &frame);
      break;
    }
}

static char *
note (gconstpointer result)
{
  const Numbers *numbers = result;
  return g_strdup_printf (_ ("%s · off by %.3g, R² %.3f"), weft_split_name (numbers->split),
                          numbers->error, numbers->r2);
}

static char *
describe (gconstpointer result)
{
  const Numbers   *numbers = result;
  g_autofree char *fit =
    g_strdup_printf (_ ("%u points: root of the mean square error %.4g, R² %.4f"), numbers->n,
                     numbers->error, numbers->r2);
  return g_strdup_printf ("%s, %s", _ (look_names[numbers->look]), fit);
}

static guint
n_items (gconstpointer result)
{
  return ((const Numbers *) result)->n;
}

static WeftRect
item_rect (WeftDrawing *drawing, guint item)
{
  const Numbers *numbers = drawing->result;
  WeftFrame      frame = frame_of (drawing);
  return weft_frame_mark (&frame, x_of (numbers, item), y_of (numbers, item), RADIUS);
}

static char *
item_text (gconstpointer result, guint item)
{
  const Numbers *numbers = result;
  return g_strdup_printf (_ ("Row %u: predicted %.4g, actual %.4g"), item + 1, numbers->guess[item],
                          numbers->truth[item]);
}

const WeftViewKind weft_numbers_view = {
  .name = "numbers",
  .title = N_ ("Regression"),
  .empty = N_ ("Train the model to see its numbers beside the actual ones."),
  .first = TRUE,
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
};
