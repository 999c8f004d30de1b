/* Drawing of node cards and notes with a pen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/node-art-private.h"

#include "ui/draw/wire-art.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define ink(style, role) weft_theme_colour ((style)->theme, WEFT_ROLE_##role)

static void
draw_header (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style, WeftDetail detail)
{
  double   s = style->scale;
  double   title = weft_text_width (style, art->title, FONT_TITLE);
  WeftRect bar = { 0, 0, art->width, art->header_height };
  WeftRect text = { PAD * s + 2 * s, 0, art->width - 2 * (PAD + 2) * s, art->header_height };

  weft_pen_fill_corners (pen, bar, (WeftCorners){ { RADIUS * s, RADIUS * s, 0, 0 } },
                         weft_theme_family (style->theme, art->family));
  if (detail == WEFT_DETAIL_PORTS)
    {
      weft_pen_text (pen, style, art->title, FONT_FAR, text, WEFT_ALIGN_START,
                     ink (style, HEADER_TEXT));
      return;
    }
  weft_pen_text (pen, style, art->title, FONT_TITLE, text, WEFT_ALIGN_START,
                 ink (style, HEADER_TEXT));
  title = MIN (title, text.width) + 12 * s;
  text.x += title;
  text.width -= title;
  if (text.width > 12 * s)
    weft_pen_text (pen, style, art->kind, FONT_KIND, text, WEFT_ALIGN_END, ink (style, HEADER_DIM));
}

static WeftColour
port_colour (const WeftPortArt *port, WeftStyle *style, const WeftNodeLook *look, guint index)
{
  if (port->wrong)
    return ink (style, ERROR);
  return look->port_colours ? look->port_colours[index] : ink (style, WIRE_UNKNOWN);
}

/* An optional port that stays open is a ring; every other one a dot. */
static void
draw_port (const WeftPortArt *port,
           WeftPen           *pen,
           WeftStyle         *style,
           WeftColour         colour,
           gboolean           dim,
           gboolean           bright)
{
  double s = style->scale;
  double radius = ((bright ? 2.5 : 0) + (port->minor ? MINOR_RADIUS : PORT_RADIUS)) * s;

  if (dim)
    colour = weft_colour_fade (colour, 0.25);
  if (bright)
    weft_pen_disc (pen, port->x, port->y, radius + 4 * s, weft_colour_fade (colour, 0.25));
  weft_pen_disc (pen, port->x, port->y, radius + 1.5 * s, ink (style, CARD));
  weft_pen_disc (pen, port->x, port->y, radius, colour);
  if (port->optional && !bright)
    weft_pen_disc (pen, port->x, port->y, radius - 2 * s, ink (style, CARD));
}

static void
draw_ports (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style, const WeftNodeLook *look)
{
  double s = style->scale;
  double line = PORT_PITCH * s;

  for (guint i = 0; i < art->n_inputs + art->n_outputs; i++)
    {
      gboolean           output = i >= art->n_inputs;
      guint              k = output ? i - art->n_inputs : i;
      const WeftPortArt *port = output ? &art->outputs[k] : &art->inputs[k];
      gboolean           dim = k < 64 && ((output ? look->dim_outputs : look->dim_inputs) >> k & 1);
      gboolean           bright = (output ? look->bright_output : look->bright_input) == (gint) k;
      WeftRect           box = { PORT_TEXT * s, port->y - line / 2, art->width - 2 * PORT_TEXT * s, line };
      WeftColour         text = port->wrong   ? ink (style, ERROR)
                                : port->minor ? ink (style, TEXT_DIM)
                                              : ink (style, TEXT);

      if (port->hidden)
        continue;
      draw_port (port, pen, style, port_colour (port, style, look, i), dim, bright);
      if (look->detail == WEFT_DETAIL_FULL && !(art->flags & WEFT_NODE_COLLAPSED))
        weft_pen_text (pen, style, port->name, port->minor ? FONT_MINOR : FONT_PORT, box,
                       output ? WEFT_ALIGN_END : WEFT_ALIGN_START,
                       dim ? weft_colour_fade (text, 0.35) : text);
    }
}

/** weft_node_art_row_box: of the pill, from the card's origin. */
WeftRect
weft_node_art_row_box (const WeftNodeArt *art, WeftStyle *style, guint row)
{
  double s = style->scale;

  return (WeftRect){ PAD * s, art->rows_y + art->row_height * row + 1, art->width - 2 * PAD * s,
                     PILL_HEIGHT * s };
}

static void
draw_rows (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style)
{
  double s = style->scale;

  for (guint i = 0; i < art->n_rows; i++)
    {
      WeftRect pill = weft_node_art_row_box (art, style, i);
      WeftRect text = { pill.x + PILL_PAD * s, pill.y, pill.width - 2 * PILL_PAD * s, pill.height };
      double   label = weft_text_width (style, art->rows[i].label, FONT_ROW);

      weft_pen_fill (pen, pill, 5 * s, ink (style, PILL));
      weft_pen_text (pen, style, art->rows[i].label, FONT_ROW, text, WEFT_ALIGN_START,
                     ink (style, TEXT_DIM));
      text.x += label + 10 * s;
      text.width -= label + 10 * s;
      weft_pen_text (pen, style, art->rows[i].value, FONT_VALUE, text, WEFT_ALIGN_END,
                     ink (style, TEXT));
    }
}

static void
draw_bars (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style)
{
  double     s = style->scale;
  guint      n = art->extras->n_bars;
  double     width = (art->width - 2 * PAD * s) / n;
  double     most = (FOOT_HEIGHT - 8) * s;
  WeftColour colour = weft_colour_fade (weft_theme_family (style->theme, art->family), 0.75);

  for (guint i = 0; i < n; i++)
    {
      double height = MAX (1, most * CLAMP (art->extras->bars[i], 0, 1));

      weft_pen_fill (pen,
                     (WeftRect){ PAD * s + i * width, art->foot_y + FOOT_HEIGHT * s - height,
                                 MAX (1, width - 1), height },
                     0, colour);
    }
}

static void
draw_thumbnails (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style)
{
  const WeftNodeExtras *extras = art->extras;
  double                s = style->scale;
  double                side = (FOOT_HEIGHT - 6) * s;
  double                gap = 4 * s;
  guint                 fit = (guint) ((art->width - 2 * PAD * s + gap) / (side + gap));

  for (guint i = 0; i < MIN (fit, extras->n_thumbnails); i++)
    {
      WeftRect box = { PAD * s + i * (side + gap), art->foot_y + 4 * s, side, side };

      weft_pen_push_clip (pen, box, 4 * s);
      weft_pen_image (pen, box,
                      extras->thumbnails +
                        (gsize) i * extras->thumbnail_width * extras->thumbnail_height,
                      extras->thumbnail_width, extras->thumbnail_height);
      weft_pen_pop_clip (pen);
    }
}

/* A heat map: as wide as the card. */
static void
draw_wide (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style)
{
  double   s = style->scale;
  WeftRect box = { PAD * s, art->foot_y + 4 * s, art->width - 2 * PAD * s, (FOOT_HEIGHT - 6) * s };

  weft_pen_image (pen, box, art->extras->thumbnails, art->extras->thumbnail_width,
                  art->extras->thumbnail_height);
}

/* Below the picture, or where one would be. */
static void
draw_caption (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style)
{
  const WeftNodeExtras *extras = art->extras;
  double                s = style->scale;
  gboolean              picture = extras->n_bars > 0 || extras->n_thumbnails > 0;
  WeftRect              box = { PAD * s, art->foot_y + (picture ? FOOT_HEIGHT : 0) * s, art->width - 2 * PAD * s,
                                CAPTION_HEIGHT * s };

  weft_pen_text (pen, style, extras->caption, FONT_MINOR, box, WEFT_ALIGN_START,
                 ink (style, TEXT_DIM));
}

static WeftRect
badge_rect (const WeftNodeArt *art, WeftStyle *style)
{
  double s = style->scale;
  double width = weft_text_width (style, art->extras->badge, FONT_BADGE) + 20 * s;

  return (WeftRect){ art->width + 6 * s - width, art->height - 9 * s, width, BADGE_HEIGHT * s };
}

static gboolean
is_wrong (const WeftNodeArt *art)
{
  return art->problem && !art->incomplete;
}

/**
 * weft_node_art_problem_box:
 *
 * Returns: where the message of a card's problem stands if nothing is in its way: below; empty:
 * there is none
 */
WeftRect
weft_node_art_problem_box (const WeftNodeArt *art, WeftStyle *style)
{
  if (!is_wrong (art))
    return (WeftRect){ 0, 0, 0, 0 };

  double s = style->scale;
  double width = MAX (art->width, PROBLEM_WIDTH * s);
  double height =
    weft_paragraph_height (style, art->problem, FONT_PROBLEM, width - 16 * s, PROBLEM_LINES);

  return (WeftRect){ 0, art->height + 8 * s, width, height + 8 * s };
}

static void
draw_problem_mark (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style)
{
  double   s = style->scale;
  double   r = 9 * s;
  WeftRect mark = { art->width - r - 2 * s, -r + 2 * s, 2 * r, 2 * r };

  weft_pen_fill (pen, weft_rect_grow (mark, 1.5 * s), r + 1.5 * s, ink (style, CARD));
  weft_pen_fill (pen, mark, r, ink (style, ERROR));
  weft_pen_text (pen, style, "!", FONT_TITLE, mark, WEFT_ALIGN_CENTRE, ink (style, CARD));
}

/**
 * weft_node_art_draw_problem:
 * @box: as weft_node_art_problem_box() has it, or moved to where there is room
 *
 * The message of the card's problem. It is drawn when all cards are: none may cover it.
 */
void
weft_node_art_draw_problem (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style, WeftRect box)
{
  double s = style->scale;

  if (!is_wrong (art))
    return;
  weft_pen_fill (pen, box, 6 * s, ink (style, ERROR_FILL));
  weft_pen_border (pen, box, 6 * s, (WeftStroke){ ink (style, ERROR), 1 });
  box = (WeftRect){ box.x + 8 * s, box.y + 4 * s, box.width - 16 * s, box.height - 8 * s };
  weft_pen_paragraph (pen, style, art->problem, FONT_PROBLEM, box, PROBLEM_LINES,
                      ink (style, ERROR));
}

/* What comes out of a collapsed card. */
static void
draw_type (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style)
{
  double   s = style->scale;
  WeftRect box = { PORT_TEXT * s, art->header_height, art->width - 2 * PORT_TEXT * s,
                   art->height - art->header_height };

  if (art->type_text)
    weft_pen_text (pen, style, art->type_text, FONT_TYPE, box, WEFT_ALIGN_CENTRE,
                   ink (style, TEXT_DIM));
}

/* A pinned card wears a pin on its upper edge. */
static void
draw_pin (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style)
{
  double    s = style->scale;
  double    x = art->width / 2;
  WeftPoint head = { x, -3 * s }, tip = { x, 9 * s };

  weft_pen_curve (pen, &(WeftCurve){ { head, head, tip, tip } },
                  (WeftStroke){ ink (style, TEXT_DIM), 1.5 * s, WEFT_DASH_NONE });
  weft_pen_disc (pen, x, -3 * s, 5 * s, ink (style, CARD));
  weft_pen_disc (pen, x, -3 * s, 4 * s, ink (style, ACCENT));
}

/* Left of the upper edge, with its condition. */
static WeftRect
stop_rect (const WeftNodeArt *art, WeftStyle *style)
{
  double s = style->scale;
  double width =
    *art->extras->stop ? weft_text_width (style, art->extras->stop, FONT_MINOR) + 16 * s : 0;

  return (WeftRect){ -7 * s, -8 * s, 14 * s + width, 16 * s };
}

static void
draw_stop (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style)
{
  double   s = style->scale;
  WeftRect rect = stop_rect (art, style);
  WeftRect text = { rect.x + 16 * s, rect.y, rect.width - 18 * s, rect.height };

  if (*art->extras->stop)
    {
      weft_pen_fill (pen, rect, rect.height / 2, ink (style, CARD));
      weft_pen_border (pen, rect, rect.height / 2, (WeftStroke){ ink (style, ERROR), 1.2 });
      weft_pen_text (pen, style, art->extras->stop, FONT_MINOR, text, WEFT_ALIGN_START,
                     ink (style, TEXT));
    }
  weft_pen_disc (pen, 0, 0, 7 * s, ink (style, CARD));
  weft_pen_disc (pen, 0, 0, 5.5 * s, ink (style, ERROR));
}

static void
draw_outline (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style, const WeftNodeLook *look)
{
  double   s = style->scale;
  WeftRect card = { 0, 0, art->width, art->height };

  if (is_wrong (art))
    weft_pen_border (pen, weft_rect_grow (card, 1), RADIUS * s + 1,
                     (WeftStroke){ ink (style, ERROR), 2 });
  if (look->alarm)
    weft_pen_border (pen, weft_rect_grow (card, 6), (RADIUS + 6) * s,
                     (WeftStroke){ ink (style, ERROR), 4 });
  if (look->selected)
    weft_pen_border (pen, weft_rect_grow (card, is_wrong (art) ? 3 : 1),
                     (RADIUS + 1) * s, (WeftStroke){ ink (style, ACCENT), 2 });
  if (look->focused)
    weft_pen_border (pen, weft_rect_grow (card, 4), (RADIUS + 4) * s,
                     (WeftStroke){ weft_colour_fade (ink (style, ACCENT), 0.6), 2 });
}

/* From far away: a block in the family's colour. Square: a thousand rounded clips take long. */
static void
draw_block (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style, const WeftNodeLook *look)
{
  WeftRect   card = { 0, 0, art->width, art->height };
  WeftColour colour = weft_theme_family (style->theme, art->family);

  weft_pen_fill (pen, card, 0, look->faded ? weft_colour_fade (colour, 0.4) : colour);
  if (art->extras && art->extras->stop)
    weft_pen_disc (pen, 0, 0, 14 * style->scale, ink (style, ERROR));
  if (look->alarm)
    weft_pen_border (pen, weft_rect_grow (card, 20), (RADIUS + 20) * style->scale,
                     (WeftStroke){ ink (style, ERROR), 10 });
  if (is_wrong (art) || look->selected)
    weft_pen_border (
      pen, weft_rect_grow (card, 8), (RADIUS + 8) * style->scale,
      (WeftStroke){ is_wrong (art) ? ink (style, ERROR) : ink (style, ACCENT),
                    8 });
}

/* A bypassed card is pale; what comes in goes through it, and it says so. */
static void
draw_bypass (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style)
{
  const char *text = _ ("bypassed");
  double      s = style->scale;
  WeftRect    card = { 0, 0, art->width, art->height };
  double      width = weft_text_width (style, text, FONT_MINOR) + 2 * PILL_PAD * s;
  WeftRect    pill = { (art->width - width) / 2, 0, width, PILL_HEIGHT * s };
  WeftStroke  stroke = { ink (style, TEXT_DIM), 2 * s, WEFT_DASH_LONG };
  WeftCurve   through;

  weft_pen_fill (pen, card, RADIUS * s, weft_colour_fade (ink (style, CANVAS), 0.6));
  if (art->n_inputs == 0 || art->n_outputs == 0)
    return;
  pill.y = (art->inputs[0].y + art->outputs[0].y - pill.height) / 2;
  through = weft_wire_curve (art->inputs[0].x, art->inputs[0].y, art->outputs[0].x,
                             art->outputs[0].y);
  weft_pen_curve (pen, &through, stroke);
  weft_pen_fill (pen, pill, 5 * s, ink (style, LABEL));
  weft_pen_border (pen, pill, 5 * s, (WeftStroke){ ink (style, LABEL_BORDER), 1 });
  weft_pen_text (pen, style, text, FONT_MINOR, pill, WEFT_ALIGN_CENTRE, ink (style, LABEL_TEXT));
}

/**
 * weft_node_art_draw:
 *
 * With the card's top left corner at the pen's origin.
 */
void
weft_node_art_draw (const WeftNodeArt  *art,
                    WeftPen            *pen,
                    WeftStyle          *style,
                    const WeftNodeLook *look)
{
  double   s = style->scale;
  WeftRect card = { 0, 0, art->width, art->height };

  if (look->detail >= WEFT_DETAIL_BLOCK)
    {
      draw_block (art, pen, style, look);
      return;
    }
  /* A hard shadow: blurred ones are a sixth of what a frame costs when the view pans. */
  weft_pen_fill (pen, (WeftRect){ -1, 1, card.width + 2, card.height + 2 }, RADIUS * s + 1,
                 ink (style, SHADOW));
  weft_pen_fill (pen, card, RADIUS * s, ink (style, CARD));
  draw_header (art, pen, style, look->detail);
  weft_pen_border (pen, (WeftRect){ -1, -1, card.width + 2, card.height + 2 }, RADIUS * s + 1,
                   (WeftStroke){ ink (style, CARD_BORDER), 1 });
  draw_outline (art, pen, style, look);
  if (look->detail == WEFT_DETAIL_FULL && (art->flags & WEFT_NODE_COLLAPSED))
    draw_type (art, pen, style);
  else if (look->detail == WEFT_DETAIL_FULL)
    {
      draw_rows (art, pen, style);
      if (art->extras && art->extras->n_bars > 0)
        draw_bars (art, pen, style);
      else if (art->extras && art->extras->n_thumbnails > 0 && art->extras->wide)
        draw_wide (art, pen, style);
      else if (art->extras && art->extras->n_thumbnails > 0)
        draw_thumbnails (art, pen, style);
      if (art->extras && art->extras->caption)
        draw_caption (art, pen, style);
    }
  draw_ports (art, pen, style, look);
  if (art->extras && art->extras->badge)
    {
      WeftRect badge = badge_rect (art, style);

      weft_pen_fill (pen, badge, badge.height / 2, weft_theme_family (style->theme, art->family));
      weft_pen_text (pen, style, art->extras->badge, FONT_BADGE, badge, WEFT_ALIGN_CENTRE,
                     ink (style, HEADER_TEXT));
    }
  if (art->flags & WEFT_NODE_PINNED)
    draw_pin (art, pen, style);
  if (art->extras && art->extras->stop)
    draw_stop (art, pen, style);
  if (is_wrong (art))
    draw_problem_mark (art, pen, style);
  if (art->flags & WEFT_NODE_BYPASSED)
    draw_bypass (art, pen, style);
  /* A veil of the ground's colour: cheaper than drawing the card into a buffer of its own. */
  if (look->faded)
    weft_pen_fill (pen, weft_rect_grow (card, 7 * s), RADIUS * s,
                   weft_colour_fade (ink (style, CANVAS), 0.75));
}

/** weft_node_art_ink: with shadow, badge, message and the focus ring. */
WeftRect
weft_node_art_ink (const WeftNodeArt *art, WeftStyle *style)
{
  WeftRect all = weft_rect_grow ((WeftRect){ 0, 0, art->width, art->height }, 10 * style->scale);
  WeftRect part;

  if (art->extras && art->extras->badge)
    {
      part = badge_rect (art, style);
      all = weft_rect_union (&all, &part);
    }
  if (is_wrong (art))
    {
      part = weft_node_art_problem_box (art, style);
      all = weft_rect_union (&all, &part);
    }
  if (art->extras && art->extras->stop)
    {
      part = weft_rect_grow (stop_rect (art, style), 2);
      all = weft_rect_union (&all, &part);
    }
  return all;
}
