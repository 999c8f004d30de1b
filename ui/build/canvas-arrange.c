/* Putting selected cards in order: aligned at a side, with equal gaps, with straight wires.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

/* A card and where it goes. */
typedef struct
{
  WeftCanvasNode *node;
  double          x, y;
} Card;

static GArray *
selected_cards (WeftCanvas *canvas)
{
  GArray *cards = g_array_new (FALSE, FALSE, sizeof (Card));

  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      Card            card = { node, node->x, node->y };

      if (node->look.selected)
        g_array_append_val (cards, card);
    }
  return cards;
}

static void
place_cards (WeftCanvas *canvas, GArray *cards, const char *label)
{
  g_autofree guint32 *uids = g_new (guint32, cards->len + 1);
  g_autofree double (*places)[2] = g_malloc ((cards->len + 1) * sizeof *places);

  for (guint i = 0; i < cards->len; i++)
    {
      const Card *card = &g_array_index (cards, Card, i);

      uids[i] = card->node->uid;
      places[i][0] = card->x;
      places[i][1] = card->y;
    }
  weft_canvas_place_nodes (canvas, label, uids, cards->len, (const double (*)[2]) places);
}

/* ---- Align ---- */

static void
align (GArray *cards, WeftArrange how)
{
  double left = G_MAXDOUBLE, right = -G_MAXDOUBLE, top = G_MAXDOUBLE, bottom = -G_MAXDOUBLE;

  for (guint i = 0; i < cards->len; i++)
    {
      const Card *card = &g_array_index (cards, Card, i);

      left = MIN (left, card->x);
      right = MAX (right, card->x + card->node->art->width);
      top = MIN (top, card->y);
      bottom = MAX (bottom, card->y + card->node->art->height);
    }
  for (guint i = 0; i < cards->len; i++)
    {
      Card  *card = &g_array_index (cards, Card, i);
      double width = card->node->art->width;
      double height = card->node->art->height;

      if (how == WEFT_ARRANGE_LEFT)
        card->x = left;
      else if (how == WEFT_ARRANGE_CENTRE)
        card->x = round ((left + right - width) / 2);
      else if (how == WEFT_ARRANGE_RIGHT)
        card->x = right - width;
      else if (how == WEFT_ARRANGE_TOP)
        card->y = top;
      else if (how == WEFT_ARRANGE_MIDDLE)
        card->y = round ((top + bottom - height) / 2);
      else
        card->y = bottom - height;
    }
}

/* ---- Distribute ---- */

static gint
by_x (gconstpointer a, gconstpointer b)
{
  const Card *p = a, *q = b;

  return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->y > q->y) - (p->y < q->y);
}

static gint
by_y (gconstpointer a, gconstpointer b)
{
  const Card *p = a, *q = b;

  return p->y != q->y ? (p->y > q->y) - (p->y < q->y) : (p->x > q->x) - (p->x < q->x);
}

/* Equal gaps between the first and the last, which stay. */
static void
distribute (GArray *cards, gboolean across)
{
  double begin, end, filled = 0, gap, at;

  g_array_sort (cards, across ? by_x : by_y);
  begin = across ? g_array_index (cards, Card, 0).x : g_array_index (cards, Card, 0).y;
  end = begin;
  for (guint i = 0; i < cards->len; i++)
    {
      const Card *card = &g_array_index (cards, Card, i);
      double      size = across ? card->node->art->width : card->node->art->height;

      end = MAX (end, (across ? card->x : card->y) + size);
      filled += size;
    }
  gap = (end - begin - filled) / (cards->len - 1);
  at = begin;
  for (guint i = 0; i < cards->len; i++)
    {
      Card *card = &g_array_index (cards, Card, i);

      if (across)
        card->x = round (at);
      else
        card->y = round (at);
      at += gap + (across ? card->node->art->width : card->node->art->height);
    }
}

/* ---- Straighten ---- */

static Card *
find_card (GArray *cards, guint32 uid)
{
  for (guint i = 0; i < cards->len; i++)
    if (g_array_index (cards, Card, i).node->uid == uid)
      return &g_array_index (cards, Card, i);
  return NULL;
}

static gboolean
would_overlap (WeftCanvas *canvas, GArray *cards, const Card *card, double y)
{
  WeftRect box = { card->x, y, card->node->art->width, card->node->art->height };

  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      const Card     *other = find_card (cards, node->uid);
      WeftRect        there = { other ? other->x : node->x, other ? other->y : node->y,
                         node->art->width, node->art->height };

      if (node != card->node && weft_rect_overlaps (&box, &there))
        return TRUE;
    }
  return FALSE;
}

/* Where @card must be for @wire to be level; NaN where its other end is no card or has no port. */
static double
level (WeftCanvas *canvas, GArray *cards, const Card *card, const WeftWireArt *wire)
{
  gboolean        at_input = wire->to == card->node->uid;
  WeftCanvasNode *other = weft_canvas_find_node (canvas, at_input ? wire->from : wire->to);
  const Card     *moved = other ? find_card (cards, other->uid) : NULL;
  WeftNodeArt    *from = at_input ? (other ? other->art : NULL) : card->node->art;
  WeftNodeArt    *to = at_input ? card->node->art : (other ? other->art : NULL);
  gint            output = from ? weft_node_art_find_output (from, wire->from_port) : -1;
  gint            input = to ? weft_node_art_find_input (to, wire->to_port) : -1;
  double          y = moved ? moved->y : other ? other->y
                                               : NAN;

  if (output < 0 || input < 0)
    return NAN;
  return at_input ? y + from->outputs[output].y - to->inputs[input].y
                  : y + to->inputs[input].y - from->outputs[output].y;
}

/* From left to right each card is levelled with the first wire into it that comes from the
 * selection; a single card with any wire of its. Where it would lie on another card it stays. */
static void
straighten (WeftCanvas *canvas, GArray *cards)
{
  gboolean single = cards->len == 1;

  g_array_sort (cards, by_x);
  for (guint i = 0; i < cards->len; i++)
    {
      Card  *card = &g_array_index (cards, Card, i);
      double y = NAN;

      for (guint k = 0; k < canvas->wires->len && isnan (y); k++)
        {
          const WeftWireArt *wire = canvas->wires->pdata[k];

          if (wire->to == card->node->uid && (single || find_card (cards, wire->from)))
            y = level (canvas, cards, card, wire);
        }
      for (guint k = 0; single && k < canvas->wires->len && isnan (y); k++)
        if (((WeftWireArt *) canvas->wires->pdata[k])->from == card->node->uid)
          y = level (canvas, cards, card, canvas->wires->pdata[k]);
      if (!isnan (y) && !would_overlap (canvas, cards, card, y))
        card->y = y;
    }
}

/**
 * weft_canvas_arrange: the selected cards, as one step of the history.
 */
void
weft_canvas_arrange (WeftCanvas *canvas, WeftArrange how)
{
  g_autoptr (GArray) cards = NULL;
  gboolean distributes = how == WEFT_ARRANGE_ACROSS || how == WEFT_ARRANGE_DOWN;
  guint    least = distributes ? 3 : how == WEFT_ARRANGE_STRAIGHT ? 1
                                                                  : 2;

  if (!canvas->document)
    return;
  /* A selected wire is made straight by its target. */
  if (how == WEFT_ARRANGE_STRAIGHT && canvas->selection->len == 0 && canvas->selected_to)
    {
      guint32 to = canvas->selected_to;

      weft_canvas_set_selection (canvas, &to, 1);
    }
  cards = selected_cards (canvas);
  if (cards->len < least)
    {
      weft_canvas_fail (canvas, distributes ? _ ("Select three nodes or more to distribute them.")
                                : how == WEFT_ARRANGE_STRAIGHT
                                  ? _ ("Select nodes with wires between them to straighten these.")
                                  : _ ("Select two nodes or more to align them."));
      return;
    }
  if (distributes)
    distribute (cards, how == WEFT_ARRANGE_ACROSS);
  else if (how == WEFT_ARRANGE_STRAIGHT)
    straighten (canvas, cards);
  else
    align (cards, how);
  place_cards (canvas, cards,
               distributes                    ? _ ("Distribute Nodes")
               : how == WEFT_ARRANGE_STRAIGHT ? _ ("Straighten Wires")
                                              : _ ("Align Nodes"));
}
