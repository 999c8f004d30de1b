/* The plan of memory: the arena's bytes downwards, the kernels of one call to the right; a block is
 * one value, from the kernel that makes it to the last that reads it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspect/amounts.h"
#include "ui/inspect/plot.h"

#include <glib/gi18n.h>

#define FONT 11
#define RADIUS 2
#define GAP 1.0
#define AXIS 18.0 /* below the plan, for the kernels' numbers */
#define TEXT_WIDTH 40.0
#define TEXT_HEIGHT 13.0
#define N_TICKS 12
#define LEAST 1.0

static void
block_rect (const WeftPlotting *plotting, const WeftAnatomyBlock *block, WeftRect *rect)
{
  const WeftAnatomy *anatomy = plotting->anatomy;
  double             column = plotting->width / MAX (anatomy->n_steps, 1);
  double             byte = (plotting->height - AXIS) / MAX ((double) anatomy->arena_bytes, 1);
  *rect = (WeftRect){ block->born * column, block->offset * byte,
                      MAX ((block->dies + 1 - block->born) * column - GAP, LEAST),
                      MAX (block->bytes * byte - GAP, LEAST) };
  if (plotting->rtl)
    rect->x = plotting->width - rect->x - rect->width;
}

/* The kernel that makes the block. */
static guint
maker (const WeftAnatomy *anatomy, const WeftAnatomyBlock *block)
{
  for (guint i = 0; i < anatomy->n_kernels; i++)
    if (anatomy->kernels[i].depth == 0 && anatomy->kernels[i].step == block->born)
      return i;
  return WEFT_NO_KERNEL;
}

static void
draw_axis (WeftPlotting *plotting)
{
  const WeftFont   font = { FONT, WEFT_FONT_MONO };
  WeftColour       colour = weft_theme_colour (plotting->style->theme, WEFT_ROLE_TEXT_DIM);
  double           top = plotting->height - AXIS;
  g_autofree char *first = g_strdup (_ ("kernel 0"));
  g_autofree char *last =
    g_strdup_printf (_ ("kernel %u"), MAX (plotting->anatomy->n_steps, 1) - 1);
  WeftRect box = { 0, top + 3, plotting->width, AXIS - 3 };
  for (guint i = 0; i <= N_TICKS; i++)
    weft_pen_fill (&plotting->pen, (WeftRect){ i * (plotting->width - 1) / N_TICKS, top, 1, 4 }, 0,
                   colour);
  weft_pen_text (&plotting->pen, plotting->style, plotting->rtl ? last : first, font, box,
                 WEFT_ALIGN_START, colour);
  weft_pen_text (&plotting->pen, plotting->style, plotting->rtl ? first : last, font, box,
                 WEFT_ALIGN_END, colour);
}

/* Dark text on light blocks, as dark themes have them; light text on dark ones. */
static WeftColour
text_on (WeftColour fill)
{
  double light = 0.299 * fill.red + 0.587 * fill.green + 0.114 * fill.blue;
  return light > 0.55 ? (WeftColour){ 0, 0, 0, 1 } : (WeftColour){ 1, 1, 1, 1 };
}

static void
draw (WeftPlotting *plotting)
{
  const WeftAnatomy *anatomy = plotting->anatomy;
  const WeftFont     font = { FONT, WEFT_FONT_PLAIN };
  WeftThemeKind      theme = plotting->style->theme;
  guint              selected = weft_inspect_model_get_selected (plotting->model);
  WeftRect           rect;
  for (guint i = 0; i < anatomy->n_blocks; i++)
    {
      const WeftAnatomyBlock *block = &anatomy->blocks[i];
      guint                   kernel = maker (anatomy, block);
      WeftStepKind            kind = kernel != WEFT_NO_KERNEL ? anatomy->kernels[kernel].kind : WEFT_STEP_OP;
      WeftColour              fill = weft_kernel_kind_colour (theme, kind);
      block_rect (plotting, block, &rect);
      weft_pen_fill (&plotting->pen, rect, RADIUS, fill);
      if (kernel == selected && kernel != WEFT_NO_KERNEL)
        weft_pen_border (&plotting->pen, rect, RADIUS,
                         (WeftStroke){ weft_theme_colour (theme, WEFT_ROLE_TEXT), 2, 0 });
      if (rect.width >= TEXT_WIDTH && rect.height >= TEXT_HEIGHT)
        {
          g_autofree char *place = weft_inspect_model_dup_block_place (plotting->model, block);
          WeftRect         box = { rect.x + 6, rect.y, rect.width - 8, rect.height };
          weft_pen_text (&plotting->pen, plotting->style, place != NULL ? place : block->name, font,
                         box, WEFT_ALIGN_START, text_on (fill));
        }
    }
  draw_axis (plotting);
}

static char *
at (WeftPlotting *plotting, double x, double y, guint *kernel)
{
  WeftRect rect;
  for (guint i = plotting->anatomy->n_blocks; i-- > 0;)
    {
      const WeftAnatomyBlock *block = &plotting->anatomy->blocks[i];
      block_rect (plotting, block, &rect);
      if (!weft_rect_contains (&rect, x, y))
        continue;
      g_autofree char *bytes = weft_amount_of_bytes (block->bytes);
      g_autofree char *place = weft_inspect_model_dup_block_place (plotting->model, block);
      *kernel = maker (plotting->anatomy, block);
      return g_strdup_printf (_ ("%s · %s\n%s\nkernel %u to %u"), block->name, bytes,
                              place != NULL ? place : "", block->born, block->dies);
    }
  return NULL;
}

static char *
describe (WeftPlotting *plotting)
{
  g_autofree char *peak = weft_amount_of_bytes (plotting->anatomy->arena_bytes);
  g_autofree char *sum = weft_amount_of_bytes (plotting->anatomy->intermediate_bytes);
  return g_strdup_printf (_ ("%u values share %s; apart they would take %s"),
                          plotting->anatomy->n_blocks, peak, sum);
}

const WeftPlotKind weft_memory_plot = {
  .name = N_ ("Memory over one step"), .height = 150, .draw = draw, .at = at, .describe = describe
};
