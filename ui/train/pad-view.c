/* A pad to draw on, of as many pixels as the model's input, and what the model takes the drawing
 * for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/pictures.h"
#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>

#define MARGIN 12.0
#define GAP 16.0
#define MOST_CLASSES 40
/* The pen's radius, in pixels of a pad of 28: a written digit's line is some three of them wide. */
#define RADIUS 1.5
#define MOST_SIDE 128

typedef struct
{
  guint      n, width, height;
  gboolean   drawn;
  double    *p;
  char     **names;
  WeftColumn column;
} Pad;

/* What was drawn: the view's, from the first stroke on. */
typedef struct
{
  guint  width, height;
  double last_x, last_y;
  float  ink[];
} Ink;

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  return facts->task == WEFT_TASK_CLASSES && facts->width > 0 && facts->channels == 1 &&
         facts->width <= MOST_SIDE && facts->height <= MOST_SIDE &&
         facts->n_classes <= MOST_CLASSES;
}

static void
free_result (gpointer data)
{
  g_free (((Pad *) data)->p);
  g_strfreev (((Pad *) data)->names);
}

static gpointer
compute (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  const WeftFacts *facts = look->facts;
  Pad             *pad = weft_result_new (Pad);
  g_autoptr (WeftArray) output = NULL;
  pad->n = facts->n_classes;
  pad->width = facts->width;
  pad->height = facts->height;
  pad->column = *facts->input_column;
  pad->p = g_new0 (double, pad->n + 1);
  pad->names = g_new0 (char *, pad->n + 1);
  for (guint i = 0; i < pad->n; i++)
    pad->names[i] = weft_facts_class_name (facts, i);
  if (look->drawn == NULL || look->drawn->n_elements != facts->n_features)
    return pad;
  WeftPredictor *predictor =
    weft_look_predictor (look, 1, (const char *const *) &facts->output, FALSE, error);
  if (predictor == NULL || !weft_predictor_array (predictor, (guint) facts->input, look->drawn,
                                                  &output, look->cancellable, error))
    {
      g_atomic_rc_box_release_full (pad, free_result);
      return NULL;
    }
  weft_facts_probabilities (facts, output, 0, pad->p);
  pad->drawn = TRUE;
  return pad;
}

/* ---- Ink ---- */

static WeftRect
sheet (WeftDrawing *drawing)
{
  const Pad *pad = drawing->result;
  double     width = MIN (drawing->width * 0.58, drawing->width - 150) - MARGIN,
         height = drawing->height - MARGIN;
  double scale = MAX (MIN (width / pad->width, height / pad->height), 1);
  return (WeftRect){ MARGIN, (height - scale * pad->height) / 2, scale * pad->width,
                     scale * pad->height };
}

static Ink *
get_ink (WeftView *view, const Pad *pad)
{
  Ink *ink = weft_view_get_scratch (view);
  if (ink != NULL && ink->width == pad->width && ink->height == pad->height)
    return ink;
  ink = g_malloc0 (sizeof (Ink) + (gsize) pad->width * pad->height * sizeof (float));
  ink->width = pad->width;
  ink->height = pad->height;
  weft_view_set_scratch (view, ink, g_free);
  return ink;
}

static void
dab (Ink *ink, double x, double y)
{
  double radius = MAX (RADIUS * ink->width / 28, 0.62);
  for (guint row = 0; row < ink->height; row++)
    for (guint column = 0; column < ink->width; column++)
      {
        double away = hypot (column + 0.5 - x, row + 0.5 - y);
        float *pixel = &ink->ink[row * ink->width + column];
        *pixel = MAX (*pixel, (float) CLAMP (1.35 - away / radius * 0.85, 0, 1));
      }
}

static void
send (WeftView *view, const Pad *pad, const Ink *ink)
{
  gint64 shape[WEFT_MAX_RANK] = { 1 };
  for (guint i = 0; i < pad->column.rank; i++)
    shape[i + 1] = pad->column.shape[i];
  WeftArray *array = weft_array_new (pad->column.dtype, pad->column.rank + 1, shape);
  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, ink->ink[i]);
  weft_observer_set_drawn (weft_view_get_observer (view), array);
}

static void
drag (WeftView *view, WeftDrawing *drawing, double x, double y, WeftDragPhase phase)
{
  const Pad *pad = drawing->result;
  if (pad == NULL)
    return;
  WeftRect box = sheet (drawing);
  Ink     *ink = get_ink (view, pad);
  double   to_x = (x - box.x) / box.width * pad->width, to_y = (y - box.y) / box.height * pad->height;
  if (phase == WEFT_DRAG_BEGIN)
    {
      ink->last_x = to_x;
      ink->last_y = to_y;
    }
  guint steps = (guint) MIN (ceil (hypot (to_x - ink->last_x, to_y - ink->last_y) * 3) + 1, 1000);
  for (guint i = 1; i <= steps; i++)
    dab (ink, ink->last_x + (to_x - ink->last_x) * i / steps,
         ink->last_y + (to_y - ink->last_y) * i / steps);
  ink->last_x = to_x;
  ink->last_y = to_y;
  send (view, pad, ink);
}

static void
clear (WeftView *view)
{
  weft_view_set_scratch (view, NULL, NULL);
  weft_observer_set_drawn (weft_view_get_observer (view), NULL);
}

/* ---- Drawing ---- */

static void
draw_sheet (WeftDrawing *drawing, WeftRect box)
{
  const Pad         *pad = drawing->result;
  const Ink         *ink = drawing->scratch;
  gsize              n = (gsize) pad->width * pad->height;
  g_autofree guint8 *pixels = g_malloc (n);
  gboolean           empty = ink == NULL || ink->width != pad->width || ink->height != pad->height;
  for (gsize i = 0; i < n; i++)
    pixels[i] = empty ? 20 : (guint8) (20 + 235 * ink->ink[i]);
  weft_drawing_picture (drawing, box, pixels, pad->width, pad->height, 1);
  weft_pen_border (&drawing->pen, weft_rect_grow (box, 1), 2,
                   (WeftStroke){ weft_drawing_colour (drawing, WEFT_ROLE_CARD_BORDER), 1, 0 });
  if (empty)
    weft_pen_text (&drawing->pen, drawing->style, _ ("Draw here"),
                   (WeftFont){ 13, WEFT_FONT_PLAIN }, box, WEFT_ALIGN_CENTRE,
                   (WeftColour){ 0.8f, 0.8f, 0.8f, 1 });
}

static void
draw (WeftDrawing *drawing)
{
  const Pad *pad = drawing->result;
  WeftRect   box = sheet (drawing);
  double     left = box.x + box.width + GAP, width = drawing->width - left - MARGIN;
  double     height = MIN ((drawing->height - MARGIN) / pad->n, 30);
  guint      best = 0;
  draw_sheet (drawing, box);
  for (guint i = 1; i < pad->n; i++)
    if (pad->p[i] > pad->p[best])
      best = i;
  for (guint i = 0; i < pad->n; i++)
    {
      gboolean         is_best = pad->drawn && i == best;
      WeftRect         row = { left, i * height, width, height };
      WeftRect         bar = { left + 44, row.y + height / 2 - 4, MAX (width - 86, 10), 8 }, part = bar;
      g_autofree char *share =
        pad->drawn ? g_strdup_printf ("%.0f%%", 100 * pad->p[i]) : g_strdup ("");
      part.width = bar.width * pad->p[i];
      weft_drawing_text (drawing, pad->names[i], 12, is_best ? WEFT_FONT_BOLD : WEFT_FONT_PLAIN,
                         (WeftRect){ row.x, row.y, 40, height }, WEFT_ALIGN_START, WEFT_ROLE_TEXT);
      weft_pen_fill (&drawing->pen, bar, 3, weft_drawing_colour (drawing, WEFT_ROLE_PILL));
      weft_pen_fill (
        &drawing->pen, part, MIN (3, part.width / 2),
        weft_drawing_colour (drawing, is_best ? WEFT_ROLE_ACCENT : WEFT_ROLE_TEXT_DIM));
      weft_drawing_text (drawing, share, 11, WEFT_FONT_MONO,
                         (WeftRect){ left + width - 40, row.y, 40, height }, WEFT_ALIGN_END,
                         WEFT_ROLE_TEXT);
    }
}

static char *
describe (gconstpointer result)
{
  const Pad *pad = result;
  guint      best = 0;
  for (guint i = 1; i < pad->n; i++)
    if (pad->p[i] > pad->p[best])
      best = i;
  if (!pad->drawn)
    return g_strdup (_ (
      "Nothing is drawn: draw with the pointer, or go to a pixel with the arrows and press Enter"));
  return g_strdup_printf (_ ("The drawing is taken for %s, sure to %.1f%%"), pad->names[best],
                          100 * pad->p[best]);
}

static char *
note (gconstpointer result)
{
  return ((const Pad *) result)->drawn ? NULL : g_strdup (_ ("draw, and see what it is"));
}

/* ---- The keyboard: pixel after pixel ---- */

static guint
n_items (gconstpointer result)
{
  const Pad *pad = result;
  return pad->width * pad->height;
}

static WeftRect
item_rect (WeftDrawing *drawing, guint item)
{
  const Pad *pad = drawing->result;
  WeftRect   box = sheet (drawing);
  double     side = box.width / pad->width;
  return (WeftRect){ box.x + item % pad->width * side, box.y + item / pad->width * side, side,
                     side };
}

static guint
item_columns (WeftDrawing *drawing)
{
  return ((const Pad *) drawing->result)->width;
}

static char *
item_text (gconstpointer result, guint item)
{
  const Pad *pad = result;
  return g_strdup_printf (_ ("Row %u, column %u"), item / pad->width + 1, item % pad->width + 1);
}

static void
activate (WeftView *view, gconstpointer result, guint item)
{
  const Pad *pad = result;
  Ink       *ink = get_ink (view, pad);
  dab (ink, item % pad->width + 0.5, item / pad->width + 0.5);
  send (view, pad, ink);
}

const WeftViewKind weft_pad_view = {
  .name = "pad",
  .title = N_ ("Draw"),
  .empty = N_ ("Train the model, then draw something for it to read."),
  .fits = fits,
  .compute = compute,
  .free = free_result,
  .draw = draw,
  .note = note,
  .describe = describe,
  .n_items = n_items,
  .item_rect = item_rect,
  .item_text = item_text,
  .item_columns = item_columns,
  .activate = activate,
  .drag = drag,
  .action = N_ ("Clear"),
  .act = clear,
};
