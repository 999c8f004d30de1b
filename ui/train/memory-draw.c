/* The picture of a step's memory: from the top, the plan, its peak, the nodes that take most, and
 * the size of the process over time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/memory.h"

#include "ui/draw/format.h"

#include <glib/gi18n.h>

#define MARGIN 12.0
#define GAP 6.0
#define LINE 16.0
#define FONT 11
#define SUMS_LINES 2
/* Bands that are smaller have no room for a name. */
#define TEXT_WIDTH 44.0
#define TEXT_HEIGHT 12.0
/* Of the height: what the plan takes, and the rows of nodes at most. */
#define PLAN_SHARE 0.38
#define ROWS_SHARE 0.3
/* Of the width of a row: its node's name, and its number at the end. */
#define NAME_SHARE 0.3
#define NUMBER_WIDTH 62.0
/* A curve that nearly fills its place still has some air above it. */
#define HEADROOM 1.15

typedef struct
{
  WeftRect plan, peak, rows, sums, sizes;
  double   line;
  guint    n_rows;
} Layout;

static const WeftFont font = { FONT, WEFT_FONT_PLAIN };

static Layout
lay_out (WeftDrawing *drawing)
{
  const WeftMemory  *memory = drawing->result;
  const WeftAnatomy *anatomy = memory->plan->anatomy;
  g_autofree char   *sums = weft_memory_dup_sums (memory);
  double             width = MAX (drawing->width - 2 * MARGIN, 1);
  double             height = MAX (drawing->height - MARGIN, 1);
  Layout             layout = { .line = LINE * drawing->style->scale };
  guint              most = (guint) MAX (height * ROWS_SHARE / layout.line, 1);
  layout.n_rows = MIN (most, anatomy->n_shares);
  layout.plan = (WeftRect){ MARGIN, 0, width, height * PLAN_SHARE };
  layout.peak = (WeftRect){ MARGIN, layout.plan.height + 2, width, layout.line };
  layout.rows =
    (WeftRect){ MARGIN, layout.peak.y + layout.line, width, layout.n_rows * layout.line };
  layout.sums =
    (WeftRect){ MARGIN, layout.rows.y + layout.rows.height, width,
                weft_paragraph_height (drawing->style, sums, font, width, SUMS_LINES) };
  double top = layout.sums.y + layout.sums.height + GAP;
  layout.sizes = (WeftRect){ MARGIN, top, width, MAX (height - top, 2 * layout.line) };
  return layout;
}

static WeftRect
row_rect (const Layout *layout, guint row)
{
  return (WeftRect){ layout->rows.x, layout->rows.y + row * layout->line, layout->rows.width,
                     layout->line };
}

static WeftRect
block_rect (const Layout *layout, const WeftAnatomy *anatomy, guint index)
{
  const WeftAnatomyBlock *block = &anatomy->blocks[index];
  double                  column = layout->plan.width / MAX (anatomy->n_steps, 1);
  double                  byte = layout->plan.height / MAX ((double) anatomy->arena_bytes, 1);
  return (WeftRect){ layout->plan.x + block->born * column, (double) block->offset * byte,
                     MAX ((block->dies + 1 - block->born) * column - 1, 1),
                     MAX ((double) block->bytes * byte - 1, 1) };
}

/**
 * weft_memory_item_rect:
 * @drawing: of a memory
 * @item: a share, or a block behind the shares
 *
 * Returns: its place; empty for a share that has no row
 */
WeftRect
weft_memory_item_rect (WeftDrawing *drawing, guint item)
{
  const WeftAnatomy *anatomy = ((const WeftMemory *) drawing->result)->plan->anatomy;
  Layout             layout = lay_out (drawing);
  if (item >= anatomy->n_shares)
    return block_rect (&layout, anatomy, item - anatomy->n_shares);
  if (item < layout.n_rows)
    return row_rect (&layout, item);
  return (WeftRect){ layout.rows.x, layout.rows.y + layout.rows.height, 0, 0 };
}

static WeftColour
colour_of (WeftDrawing *drawing, const char *name)
{
  return weft_theme_binding (drawing->style->theme, g_str_hash (name));
}

/* ---- The plan ---- */

static void
draw_plan (WeftDrawing *drawing, const WeftMemory *memory, const Layout *layout)
{
  const WeftAnatomy *anatomy = memory->plan->anatomy;
  double             column = layout->plan.width / MAX (anatomy->n_steps, 1);
  WeftColour         ink = { 1, 1, 1, 1 };
  if (weft_drawing_is_dark (drawing))
    ink = (WeftColour){ 0, 0, 0, 1 };
  for (guint i = 0; i < anatomy->n_blocks; i++)
    {
      WeftRect box = block_rect (layout, anatomy, i);
      weft_pen_fill (&drawing->pen, box, 2, colour_of (drawing, memory->plan->names[i]));
      if (box.width >= TEXT_WIDTH && box.height >= TEXT_HEIGHT)
        weft_pen_text (&drawing->pen, drawing->style, memory->plan->names[i], (WeftFont){ 10, 0 },
                       (WeftRect){ box.x + 4, box.y, box.width - 6, box.height }, WEFT_ALIGN_START,
                       ink);
    }
  weft_pen_fill (&drawing->pen,
                 (WeftRect){ layout->plan.x + (anatomy->peak_step + 0.5) * column - 1,
                             layout->plan.y, 2, layout->plan.height },
                 0, weft_drawing_colour (drawing, WEFT_ROLE_TEXT));
}

/* ---- Nodes ---- */

static gsize
bytes_of (const WeftAnatomyShare *share)
{
  return share->peak_bytes + share->parameter_bytes + share->state_bytes;
}

/* What lies at the peak in the node's colour; parameters, and the rule's state, fainter. */
static void
draw_row (WeftDrawing *drawing, const WeftMemory *memory, guint index, WeftRect row)
{
  const WeftAnatomyShare *share = &memory->plan->anatomy->shares[index];
  const gsize             parts[] = { share->peak_bytes, share->parameter_bytes,
                                      share->state_bytes };
  double                  most = (double) bytes_of (&memory->plan->anatomy->shares[0]);
  double                  name = row.width * NAME_SHARE, x = row.x + name + GAP;
  double                  number = NUMBER_WIDTH * drawing->style->scale;
  double                  room = MAX (row.width - name - number - 2 * GAP, 1);
  WeftColour              colour = colour_of (drawing, memory->plan->share_names[index]);
  g_autofree char        *bytes = g_format_size (bytes_of (share));
  weft_drawing_text (drawing, memory->plan->share_names[index], FONT, WEFT_FONT_PLAIN,
                     (WeftRect){ row.x, row.y, name, row.height }, WEFT_ALIGN_START,
                     WEFT_ROLE_TEXT);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      double width = room * (double) parts[i] / MAX (most, 1);
      weft_pen_fill (&drawing->pen, (WeftRect){ x, row.y + 4, width, row.height - 8 }, 0,
                     weft_colour_fade (colour, 1 - 0.3 * i));
      x += width;
    }
  weft_drawing_text (drawing, bytes, FONT, WEFT_FONT_PLAIN,
                     (WeftRect){ row.x + row.width - number, row.y, number, row.height },
                     WEFT_ALIGN_END, WEFT_ROLE_TEXT_DIM);
}

/* ---- The process ---- */

static void
trace_sizes (WeftDrawing *drawing, const WeftMemory *memory, WeftRect plot, double most)
{
  gint64 begin = memory->sizes[0].time_us;
  double span = (double) (memory->sizes[memory->n_sizes - 1].time_us - begin);
  for (guint i = 0; i < memory->n_sizes; i++)
    {
      double part = span > 0 ? (double) (memory->sizes[i].time_us - begin) / span : 1;
      cairo_line_to (drawing->cr, plot.x + plot.width * part,
                     plot.y + plot.height * (1 - memory->sizes[i].bytes / most));
    }
  if (memory->n_sizes == 1)
    cairo_rel_line_to (drawing->cr, -2, 0);
  weft_drawing_set_colour (drawing, weft_drawing_colour (drawing, WEFT_ROLE_WIRE_INT));
  cairo_set_line_width (drawing->cr, 2);
  cairo_stroke (drawing->cr);
}

/* What the plan says on the axis of what there really is. */
static void
draw_planned (WeftDrawing *drawing, double y, WeftRect plot)
{
  const double dashes[] = { 4, 3 };
  weft_drawing_set_colour (drawing, weft_drawing_colour (drawing, WEFT_ROLE_ACCENT));
  cairo_set_line_width (drawing->cr, 1.5);
  cairo_set_dash (drawing->cr, dashes, G_N_ELEMENTS (dashes), 0);
  cairo_move_to (drawing->cr, plot.x, y);
  cairo_line_to (drawing->cr, plot.x + plot.width, y);
  cairo_stroke (drawing->cr);
  cairo_set_dash (drawing->cr, NULL, 0, 0);
}

static void
draw_sizes (WeftDrawing *drawing, const WeftMemory *memory, const Layout *layout)
{
  double           planned = (double) weft_memory_planned (memory), most = planned;
  WeftRect         plot = layout->sizes, foot = plot;
  gint64           span = memory->sizes[memory->n_sizes - 1].time_us - memory->sizes[0].time_us;
  g_autofree char *process = weft_memory_dup_process (memory);
  g_autofree char *duration = weft_format_duration ((double) span / G_USEC_PER_SEC);
  g_autofree char *ago = g_strdup_printf (_ ("%s ago"), duration);
  for (guint i = 0; i < memory->n_sizes; i++)
    most = MAX (most, memory->sizes[i].bytes);
  most *= HEADROOM;
  plot.height = MAX (plot.height - layout->line, 1);
  foot.y += plot.height;
  foot.height = layout->line;
  weft_pen_border (&drawing->pen, plot, 0,
                   (WeftStroke){ weft_drawing_colour (drawing, WEFT_ROLE_GRID), 1, 0 });
  draw_planned (drawing, plot.y + plot.height * (1 - planned / most), plot);
  trace_sizes (drawing, memory, plot, most);
  weft_drawing_text (drawing, ago, FONT, WEFT_FONT_PLAIN, foot, WEFT_ALIGN_START,
                     WEFT_ROLE_TEXT_DIM);
  weft_drawing_text (drawing, process, FONT, WEFT_FONT_PLAIN, foot, WEFT_ALIGN_CENTRE,
                     WEFT_ROLE_TEXT);
  weft_drawing_text (drawing, _ ("now"), FONT, WEFT_FONT_PLAIN, foot, WEFT_ALIGN_END,
                     WEFT_ROLE_TEXT_DIM);
}

/**
 * weft_memory_draw:
 * @drawing: of a memory
 */
void
weft_memory_draw (WeftDrawing *drawing)
{
  const WeftMemory *memory = drawing->result;
  Layout            layout = lay_out (drawing);
  g_autofree char  *sums = weft_memory_dup_sums (memory), *peak = weft_memory_dup_peak (memory);
  draw_plan (drawing, memory, &layout);
  weft_drawing_text (drawing, peak, FONT, WEFT_FONT_PLAIN, layout.peak, WEFT_ALIGN_START,
                     WEFT_ROLE_TEXT);
  for (guint i = 0; i < layout.n_rows; i++)
    draw_row (drawing, memory, i, row_rect (&layout, i));
  weft_pen_paragraph (&drawing->pen, drawing->style, sums, font, layout.sums, SUMS_LINES,
                      weft_drawing_colour (drawing, WEFT_ROLE_TEXT_DIM));
  draw_sizes (drawing, memory, &layout);
}
