/* One call of the function, in time: a block for each kernel, as wide as it takes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspect/amounts.h"
#include "ui/inspect/plot.h"

#include <glib/gi18n.h>

#define FONT 12
#define RADIUS 2
#define GAP 1.0
#define LEAST_WIDTH 1.5

static gboolean
block (const WeftPlotting *plotting, guint kernel, WeftRect *rect)
{
  const WeftProfile       *profile = plotting->anatomy->profile;
  const WeftProfileKernel *row = profile != NULL ? &profile->kernels[kernel] : NULL;
  double                   scale, width;
  if (row == NULL || row->depth > 0 || profile->call_ns <= 0)
    return FALSE;
  scale = plotting->width / profile->call_ns;
  width = MAX (row->ns * scale - GAP, LEAST_WIDTH);
  *rect = (WeftRect){ row->start_ns * scale, 0, width, plotting->height };
  if (plotting->rtl)
    rect->x = plotting->width - rect->x - width;
  return TRUE;
}

static void
draw (WeftPlotting *plotting)
{
  const WeftFont font = { FONT, WEFT_FONT_PLAIN };
  WeftThemeKind  theme = plotting->style->theme;
  guint          selected = weft_inspect_model_get_selected (plotting->model);
  WeftRect       rect;
  for (guint i = 0; i < plotting->anatomy->n_kernels; i++)
    {
      const WeftAnatomyKernel *kernel = &plotting->anatomy->kernels[i];
      if (!block (plotting, i, &rect))
        continue;
      weft_pen_fill (&plotting->pen, rect, RADIUS, weft_kernel_kind_colour (theme, kernel->kind));
      if (i == selected)
        weft_pen_border (&plotting->pen, rect, RADIUS,
                         (WeftStroke){ weft_theme_colour (theme, WEFT_ROLE_TEXT), 2, 0 });
    }
  if (plotting->anatomy->profile == NULL)
    weft_pen_text (&plotting->pen, plotting->style, _ ("Not measured yet"), font,
                   (WeftRect){ 0, 0, plotting->width, plotting->height }, WEFT_ALIGN_CENTRE,
                   weft_theme_colour (theme, WEFT_ROLE_TEXT_DIM));
}

static char *
at (WeftPlotting *plotting, double x, double y, guint *kernel)
{
  WeftRect rect;
  for (guint i = plotting->anatomy->n_kernels; i-- > 0;)
    if (block (plotting, i, &rect) && weft_rect_contains (&rect, x, y))
      {
        const WeftAnatomyKernel *found = &plotting->anatomy->kernels[i];
        g_autofree char         *time = weft_amount_of_time (plotting->anatomy->profile->kernels[i].ns);
        g_autofree char         *place = weft_inspect_model_dup_place (plotting->model, i);
        *kernel = i;
        return g_strdup_printf ("%s · %s\n%s\n%s", found->name, time, place,
                                weft_kernel_kind_name (found->kind));
      }
  return NULL;
}

static char *
describe (WeftPlotting *plotting)
{
  g_autofree char *time = NULL;
  if (plotting->anatomy->profile == NULL)
    return g_strdup (_ ("Not measured yet"));
  time = weft_amount_of_time (plotting->anatomy->profile->call_ns);
  return g_strdup_printf (_ ("%u kernels one after the other in %s"), plotting->anatomy->n_steps,
                          time);
}

const WeftPlotKind weft_time_plot = {
  .name = N_ ("One step, in time"), .height = 26, .draw = draw, .at = at, .describe = describe
};
