/* Guides: while cards are dragged their sides, middles and wires come to stand in line with others,
 * and a line shows with which.
 *
 * A guide within reach goes before the grid. The reach is the same on the screen at any zoom.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <math.h>

#define REACH_PX 6.0
/* What stands this near to a line is on it. */
#define SAME 0.5
#define MAX_LINES 6

typedef struct
{
  gboolean upright; /* a line of one x */
  double   at, from, to;
} Line;

/* Where along a side cards line up: at its ends and in its middle. */
static const double parts[] = { 0, 0.5, 1 };

static double
nearer (double best, double delta)
{
  return fabs (delta) < fabs (best) ? delta : best;
}

static void
try_box (const WeftRect *box, const WeftRect *other, double *dx, double *dy)
{
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      *dx = nearer (*dx, other->x + parts[i] * other->width - box->x - parts[i] * box->width);
      *dy = nearer (*dy, other->y + parts[i] * other->height - box->y - parts[i] * box->height);
    }
}

/* The heights of the two ends of a wire between @node, put at @y, and a card that rests; FALSE: it
 * is no such wire. */
static gboolean
wire_ends (WeftCanvas           *canvas,
           const WeftWireArt    *wire,
           const WeftCanvasNode *node,
           double                y,
           double               *own,
           double               *other)
{
  gboolean              at_input = wire->to == node->uid;
  const WeftCanvasNode *rests = weft_canvas_find_node (canvas, at_input ? wire->from : wire->to);
  const WeftNodeArt    *from, *to;
  gint                  output, input;

  if ((!at_input && wire->from != node->uid) || !rests || rests->moving)
    return FALSE;
  from = at_input ? rests->art : node->art;
  to = at_input ? node->art : rests->art;
  output = weft_node_art_find_output (from, wire->from_port);
  input = weft_node_art_find_input (to, wire->to_port);
  if (output < 0 || input < 0)
    return FALSE;
  *own = y + (at_input ? to->inputs[input].y : from->outputs[output].y);
  *other = rests->y + (at_input ? from->outputs[output].y : to->inputs[input].y);
  return TRUE;
}

static void
add_line (GArray *lines, gboolean upright, double at, double a, double b, double c, double d)
{
  Line line = { upright, at, MIN (MIN (a, b), MIN (c, d)), MAX (MAX (a, b), MAX (c, d)) };

  for (guint i = 0; i < lines->len; i++)
    {
      Line *known = &g_array_index (lines, Line, i);

      if (known->upright != upright || fabs (known->at - at) > SAME)
        continue;
      known->from = MIN (known->from, line.from);
      known->to = MAX (known->to, line.to);
      return;
    }
  if (lines->len < MAX_LINES)
    g_array_append_val (lines, line);
}

static void
show_lines (GArray *lines, const WeftRect *box, const WeftRect *other)
{
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      double x = box->x + parts[i] * box->width;
      double y = box->y + parts[i] * box->height;

      if (fabs (other->x + parts[i] * other->width - x) < SAME)
        add_line (lines, TRUE, x, box->y, box->y + box->height, other->y, other->y + other->height);
      if (fabs (other->y + parts[i] * other->height - y) < SAME)
        add_line (lines, FALSE, y, box->x, box->x + box->width, other->x, other->x + other->width);
    }
}

/* The boxes that something can be lined up with: resting cards and notes in view. */
static GArray *
resting_boxes (WeftCanvas *canvas)
{
  GArray  *boxes = g_array_new (FALSE, FALSE, sizeof (WeftRect));
  WeftRect view = weft_canvas_viewport (canvas);

  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect              box = { node->x, node->y, node->art->width, node->art->height };

      if (!node->moving && weft_rect_overlaps (&box, &view))
        g_array_append_val (boxes, box);
    }
  for (guint i = 0; i < weft_document_n_notes (canvas->document); i++)
    {
      const WeftNote *note = weft_document_note_at (canvas->document, i);
      WeftRect        box = { note->x, note->y, note->width, note->height };

      if (!weft_canvas_note_moves (canvas, note->id) && weft_rect_overlaps (&box, &view))
        g_array_append_val (boxes, box);
    }
  return boxes;
}

/**
 * weft_canvas_snap_to_guides:
 * @node: (nullable): the card that is held, for its wires
 * @box: where it would be, at the pointer
 * @x: where the grid would put it; changed where a guide is within reach
 */
void
weft_canvas_snap_to_guides (
  WeftCanvas *canvas, const WeftCanvasNode *node, const WeftRect *box, double *x, double *y)
{
  g_autoptr (GArray) boxes = resting_boxes (canvas);
  double   reach = REACH_PX / canvas->zoom;
  double   dx = G_MAXDOUBLE, dy = G_MAXDOUBLE, own, other;
  WeftRect at;

  for (guint i = 0; i < boxes->len; i++)
    try_box (box, &g_array_index (boxes, WeftRect, i), &dx, &dy);
  for (guint i = 0; node && i < canvas->wires->len; i++)
    if (wire_ends (canvas, canvas->wires->pdata[i], node, box->y, &own, &other) &&
        fabs (other - own) <= reach)
      dy = other - own; /* a straight wire goes before all else */
  if (fabs (dx) <= reach)
    *x = box->x + dx;
  if (fabs (dy) <= reach)
    *y = box->y + dy;
  at = (WeftRect){ *x, *y, box->width, box->height };
  g_array_set_size (canvas->guides, 0);
  for (guint i = 0; i < boxes->len; i++)
    show_lines (canvas->guides, &at, &g_array_index (boxes, WeftRect, i));
}

void
weft_canvas_clear_guides (WeftCanvas *canvas)
{
  if (canvas->guides->len == 0)
    return;
  g_array_set_size (canvas->guides, 0);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

GArray *
weft_canvas_new_guides (void)
{
  return g_array_new (FALSE, FALSE, sizeof (Line));
}

/* In view coordinates: a line is one pixel wide at any zoom. */
void
weft_canvas_draw_guides (WeftCanvas *canvas, GtkSnapshot *snapshot)
{
  WeftPen    pen = weft_pen_for_snapshot (snapshot);
  WeftColour colour = weft_theme_colour (canvas->style->theme, WEFT_ROLE_ACCENT);

  for (guint i = 0; i < canvas->guides->len; i++)
    {
      const Line *line = &g_array_index (canvas->guides, Line, i);
      double      x, y, x1, y1;

      weft_canvas_to_view (canvas, line->upright ? line->at : line->from,
                           line->upright ? line->from : line->at, &x, &y);
      weft_canvas_to_view (canvas, line->upright ? line->at : line->to,
                           line->upright ? line->to : line->at, &x1, &y1);
      weft_pen_fill (&pen, (WeftRect){ round (x), round (y), MAX (1, x1 - x), MAX (1, y1 - y) }, 0,
                     colour);
    }
}
