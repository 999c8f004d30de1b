/* What is wrong with a card, written beside it and over all other cards: below it, or where another
 * card is in the way, above, after or before it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

/* Between a card and the message, in units at a text scale of 1. */
#define GAP 8
/* No more messages are shown at once: who has so many problems reads the list of them. */
#define MANY 64

static WeftRect
card_box (WeftCanvas *canvas, const WeftCanvasNode *node)
{
  double dx, dy;

  weft_canvas_node_offset (canvas, node, &dx, &dy);
  return (WeftRect){ node->x + dx, node->y + dy, node->art->width, node->art->height };
}

static gboolean
is_free (WeftCanvas *canvas, const WeftCanvasNode *owner, const WeftRect *box)
{
  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect              card = card_box (canvas, node);

      if (node != owner && weft_rect_overlaps (&card, box))
        return FALSE;
    }
  return TRUE;
}

/**
 * weft_canvas_problem_box:
 *
 * Returns: where the message of a node's problem stands, in the document's coordinates; empty: it
 * has none
 */
WeftRect
weft_canvas_problem_box (WeftCanvas *canvas, WeftCanvasNode *node)
{
  WeftRect card = card_box (canvas, node),
           box = weft_node_art_problem_box (node->art, canvas->style);
  double    gap = GAP * canvas->style->scale;
  WeftPoint places[] = {
    { card.x, card.y + card.height + gap },
    { card.x, card.y - gap - box.height },
    { card.x + card.width + 2 * gap, card.y },
    { card.x - 2 * gap - box.width, card.y },
  };

  if (box.width <= 0)
    return box;
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      box.x = places[i].x;
      box.y = places[i].y;
      if (is_free (canvas, node, &box))
        return box;
    }
  box.x = places[0].x;
  box.y = places[0].y;
  return box;
}

/* For internal use: in the document's coordinates. */
void
weft_canvas_draw_problems (WeftCanvas *canvas, WeftPen *pen)
{
  WeftRect view = weft_canvas_viewport (canvas);
  guint    n = 0;

  if (canvas->detail >= WEFT_DETAIL_BLOCK)
    return;
  for (guint i = 0; i < canvas->order->len && n < MANY; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect        seen = weft_canvas_node_box (canvas, node), box;

      if (!node->art->problem || node->art->incomplete || !weft_rect_overlaps (&seen, &view))
        continue;
      n++;
      box = weft_canvas_problem_box (canvas, node);
      weft_node_art_draw_problem (node->art, pen, canvas->style, box);
    }
}
