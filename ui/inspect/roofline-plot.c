/* The roofline: operations a second over operations a byte, both logarithmic; the line is what the
 * machine can do at best, a dot is a kernel. Williams, Waterman, Patterson: Roofline, CACM 52
 * (2009).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspect/amounts.h"
#include "ui/inspect/plot.h"

#include <glib/gi18n.h>
#include <math.h>

#define FONT 11
#define LEFT 44.0
#define BOTTOM 32.0
#define TOP 20.0
#define RIGHT 14.0
/* A length as large as text is. */
#define LARGE(length) ((length) *MAX (plotting->style->scale, 1))
#define DOT 5.0
/* Decades: operations a byte, operations a second. */
#define X_FIRST (-2.0)
#define X_LAST 3.0
#define Y_DECADES 4.0
#define LABEL_SHARE \
  0.06 /* kernels that take at least this part of the time have their name at the dot */

/* The decade at the top: the first above the machine's peak. */
static double
top_decade (const WeftPlotting *plotting)
{
  return ceil (log10 (MAX (plotting->anatomy->profile->roofline.flops_per_s, 1)) + 0.1);
}

static double
place_x (const WeftPlotting *plotting, double flops_per_byte)
{
  double at = CLAMP ((log10 (flops_per_byte) - X_FIRST) / (X_LAST - X_FIRST), 0, 1);
  return LARGE (LEFT) + at * (plotting->width - LARGE (LEFT) - LARGE (RIGHT));
}

static double
place_y (const WeftPlotting *plotting, double flops_per_s)
{
  double at = (top_decade (plotting) - log10 (flops_per_s)) / Y_DECADES;
  return LARGE (TOP) + CLAMP (at, 0, 1) * (plotting->height - LARGE (TOP) - LARGE (BOTTOM));
}

/* Where the dot of a kernel is. FALSE: it does no arithmetic, or was not measured. */
static gboolean
dot (const WeftPlotting *plotting, guint kernel, WeftPoint *point)
{
  const WeftProfileKernel *row = &plotting->anatomy->profile->kernels[kernel];
  if (row->flops <= 0 || row->bytes <= 0 || row->ns <= 0)
    return FALSE;
  point->x = place_x (plotting, row->flops / row->bytes);
  point->y = place_y (plotting, row->flops / row->ns * 1e9);
  return TRUE;
}

static void
line (WeftPlotting *plotting, WeftPoint from, WeftPoint to, WeftColour colour, double width)
{
  WeftCurve curve = { { from, from, to, to } };
  weft_pen_curve (&plotting->pen, &curve, (WeftStroke){ colour, width, WEFT_DASH_NONE });
}

static void
draw_grid (WeftPlotting *plotting)
{
  const WeftFont font = { FONT, WEFT_FONT_PLAIN };
  WeftThemeKind  theme = plotting->style->theme;
  WeftColour     dim = weft_theme_colour (theme, WEFT_ROLE_TEXT_DIM),
             grid = weft_colour_fade (dim, 0.22); /* as charts have it */
  for (double decade = top_decade (plotting) - Y_DECADES; decade <= top_decade (plotting); decade++)
    {
      double           y = place_y (plotting, pow (10, decade));
      g_autofree char *text = g_strdup_printf ("%g", pow (10, decade - 9));
      line (plotting, (WeftPoint){ LARGE (LEFT), y },
            (WeftPoint){ plotting->width - LARGE (RIGHT), y }, grid, 1);
      weft_pen_text (&plotting->pen, plotting->style, text, font,
                     (WeftRect){ 0,
                                 MIN (y, plotting->height - LARGE (BOTTOM) - LARGE (6)) - LARGE (8),
                                 LARGE (LEFT) - 6, LARGE (16) },
                     WEFT_ALIGN_END, dim);
    }
  for (double decade = X_FIRST; decade <= X_LAST; decade++)
    {
      double           x = place_x (plotting, pow (10, decade));
      g_autofree char *text = g_strdup_printf ("%g", pow (10, decade));
      weft_pen_text (
        &plotting->pen, plotting->style, text, font,
        (WeftRect){ x - LARGE (25), plotting->height - LARGE (BOTTOM) + 3, LARGE (50), LARGE (14) },
        WEFT_ALIGN_CENTRE, dim);
    }
  weft_pen_text (&plotting->pen, plotting->style, "GFLOP/s", font,
                 (WeftRect){ 0, 0, plotting->width, LARGE (14) }, WEFT_ALIGN_START, dim);
  weft_pen_text (&plotting->pen, plotting->style, _ ("flop per byte"), font,
                 (WeftRect){ LARGE (LEFT), plotting->height - LARGE (16),
                             plotting->width - LARGE (LEFT) - LARGE (RIGHT), LARGE (14) },
                 WEFT_ALIGN_END, dim);
}

/* Returns where the name of the roof stands. */
static WeftRect
draw_roof (WeftPlotting *plotting)
{
  const WeftFont      font = { FONT, WEFT_FONT_PLAIN };
  const WeftRoofline *roof = &plotting->anatomy->profile->roofline;
  WeftThemeKind       theme = plotting->style->theme;
  WeftColour          ink = weft_theme_colour (theme, WEFT_ROLE_TEXT);
  double              ridge = roof->flops_per_s / MAX (roof->bytes_per_s, 1),
         left = MAX (pow (10, X_FIRST),
                     pow (10, top_decade (plotting) - Y_DECADES) / MAX (roof->bytes_per_s, 1)),
         peak = place_y (plotting, roof->flops_per_s);
  WeftPoint corner = { place_x (plotting, ridge), peak };
  line (plotting,
        (WeftPoint){ place_x (plotting, left), place_y (plotting, left * roof->bytes_per_s) },
        corner, ink, 1.6);
  line (plotting, corner, (WeftPoint){ plotting->width - LARGE (RIGHT), peak }, ink, 1.6);
  double   width = MIN (weft_text_width (plotting->style, _ ("peak arithmetic"), font) + 2,
                        plotting->width - LARGE (RIGHT) - corner.x);
  WeftRect name = { plotting->width - LARGE (RIGHT) - width, peak - LARGE (17), width, LARGE (14) };
  weft_pen_text (&plotting->pen, plotting->style, _ ("peak arithmetic"), font, name, WEFT_ALIGN_END,
                 weft_theme_colour (theme, WEFT_ROLE_TEXT_DIM));
  return name;
}

#define MAX_LABELS 13 /* that of the roof is one */

/* The height of the roof at a place. */
static double
roof_at (const WeftPlotting *plotting, double x)
{
  const WeftRoofline *roof = &plotting->anatomy->profile->roofline;
  double              decade = X_FIRST + (x - LARGE (LEFT)) / (plotting->width - LARGE (LEFT) - LARGE (RIGHT)) *
                              (X_LAST - X_FIRST);
  return place_y (plotting, MIN (pow (10, decade) * roof->bytes_per_s, roof->flops_per_s));
}

/* Neither through the roof nor over what is there already. */
static gboolean
is_free (const WeftPlotting *plotting, const WeftRect *box, const WeftRect *taken, guint n_taken)
{
  double left = roof_at (plotting, box->x), right = roof_at (plotting, box->x + box->width);
  if (MAX (left, right) > box->y && MIN (left, right) < box->y + box->height)
    return FALSE;
  for (guint i = 0; i < n_taken; i++)
    if (weft_rect_overlaps (box, &taken[i]))
      return FALSE;
  return TRUE;
}

/* Names, the most expensive kernels' first, where there is room for them: behind the dot or before
 * it, a little below or above. */
static void
draw_label (WeftPlotting *plotting, guint kernel, WeftRect *taken, guint *n_taken)
{
  static const double      rises[] = { 2, -16, -7 };
  const WeftFont           font = { FONT, WEFT_FONT_PLAIN };
  const WeftAnatomyKernel *k = &plotting->anatomy->kernels[kernel];
  WeftPoint                point;
  WeftRect                 box = { 0, 0, weft_text_width (plotting->style, k->name, font) + 2, 14 };
  guint                    place = 0;
  if (*n_taken == MAX_LABELS || !dot (plotting, kernel, &point))
    return;
  for (; place < 2 * G_N_ELEMENTS (rises); place++)
    {
      box.y = point.y + rises[place / 2];
      box.x = place % 2 == 0 ? point.x + DOT + 4 : point.x - DOT - 4 - box.width;
      if (box.x >= LARGE (LEFT) && box.x + box.width <= plotting->width &&
          is_free (plotting, &box, taken, *n_taken))
        break;
    }
  if (place == 2 * G_N_ELEMENTS (rises))
    return;
  taken[(*n_taken)++] = box;
  weft_pen_text (&plotting->pen, plotting->style, k->name, font, box, WEFT_ALIGN_START,
                 weft_theme_colour (plotting->style->theme, WEFT_ROLE_TEXT_DIM));
}

static int
by_time (gconstpointer a, gconstpointer b, gpointer data)
{
  const WeftProfile *profile = data;
  double             one = profile->kernels[*(const guint *) a].ns,
         other = profile->kernels[*(const guint *) b].ns;
  return one < other ? 1 : one > other ? -1
                                       : 0;
}

static void
draw_labels (WeftPlotting *plotting, guint selected, const WeftRect *roof_name)
{
  const WeftAnatomy *anatomy = plotting->anatomy;
  g_autofree guint  *order = g_new (guint, anatomy->n_kernels);
  WeftRect           taken[MAX_LABELS] = { *roof_name };
  guint              n_taken = 1;
  for (guint i = 0; i < anatomy->n_kernels; i++)
    order[i] = i;
  g_qsort_with_data (order, (int) anatomy->n_kernels, sizeof (guint), by_time, anatomy->profile);
  if (selected < anatomy->n_kernels)
    draw_label (plotting, selected, taken, &n_taken);
  for (guint i = 0; i < anatomy->n_kernels; i++)
    if (order[i] != selected &&
        weft_inspect_model_kernel_share (plotting->model, order[i]) >= LABEL_SHARE)
      draw_label (plotting, order[i], taken, &n_taken);
}

static void
draw_dots (WeftPlotting *plotting, const WeftRect *roof_name)
{
  const WeftAnatomy *anatomy = plotting->anatomy;
  WeftThemeKind      theme = plotting->style->theme;
  guint              selected = weft_inspect_model_get_selected (plotting->model);
  WeftPoint          point;
  for (guint i = 0; i < anatomy->n_kernels; i++)
    if (dot (plotting, i, &point))
      weft_pen_disc (&plotting->pen, point.x, point.y, DOT,
                     weft_kernel_kind_colour (theme, anatomy->kernels[i].kind));
  if (selected < anatomy->n_kernels && dot (plotting, selected, &point))
    weft_pen_border (
      &plotting->pen, (WeftRect){ point.x - DOT - 2, point.y - DOT - 2, 2 * DOT + 4, 2 * DOT + 4 },
      DOT + 2, (WeftStroke){ weft_theme_colour (theme, WEFT_ROLE_TEXT), 1.6, WEFT_DASH_NONE });
  draw_labels (plotting, selected, roof_name);
}

static void
draw (WeftPlotting *plotting)
{
  const WeftFont font = { FONT, WEFT_FONT_PLAIN };
  if (plotting->anatomy->profile == NULL)
    {
      weft_pen_text (&plotting->pen, plotting->style, _ ("Not measured yet"), font,
                     (WeftRect){ 0, 0, plotting->width, plotting->height }, WEFT_ALIGN_CENTRE,
                     weft_theme_colour (plotting->style->theme, WEFT_ROLE_TEXT_DIM));
      return;
    }
  draw_grid (plotting);
  WeftRect roof_name = draw_roof (plotting);
  draw_dots (plotting, &roof_name);
}

static char *
at (WeftPlotting *plotting, double x, double y, guint *kernel)
{
  WeftPoint point;
  double    nearest = 3 * DOT;
  *kernel = WEFT_NO_KERNEL;
  for (guint i = 0; plotting->anatomy->profile != NULL && i < plotting->anatomy->n_kernels; i++)
    if (dot (plotting, i, &point) && hypot (point.x - x, point.y - y) < nearest)
      {
        nearest = hypot (point.x - x, point.y - y);
        *kernel = i;
      }
  if (*kernel == WEFT_NO_KERNEL)
    return NULL;
  const WeftProfileKernel *row = &plotting->anatomy->profile->kernels[*kernel];
  g_autofree char         *place = weft_inspect_model_dup_place (plotting->model, *kernel);
  g_autofree char         *flops = weft_rate_of_flops (row->flops / row->ns * 1e9);
  g_autofree char         *bytes = weft_rate_of_bytes (row->bytes / row->ns * 1e9);
  return g_strdup_printf ("%s\n%s\n%s · %s", row->name, place, flops, bytes);
}

static char *
describe (WeftPlotting *plotting)
{
  const WeftProfile *profile = plotting->anatomy->profile;
  g_autofree char   *flops = NULL, *bytes = NULL;
  if (profile == NULL)
    return g_strdup (_ ("Not measured yet"));
  flops = weft_rate_of_flops (profile->roofline.flops_per_s);
  bytes = weft_rate_of_bytes (profile->roofline.bytes_per_s);
  return g_strdup_printf (_ ("This machine reaches %s and %s"), flops, bytes);
}

const WeftPlotKind weft_roofline_plot = {
  .name = N_ ("Roofline"), .height = 150, .draw = draw, .at = at, .describe = describe
};
