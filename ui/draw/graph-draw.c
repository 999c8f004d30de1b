/* Drawing of what is there after a step.
 *
 * What goes is red, dashed and has a minus; what comes is green, thick and has a plus; what the
 * rule saw has a thick amber outline; so nothing is said by colour alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/graph-art-private.h"

#include <math.h>
#include <string.h>

#include "ui/draw/rule-art.h"
#include "ui/draw/wire-art.h"

/* Of names alone, as large as there is room for. */
#define FAR_SIZE 19.0
#define FAR_SIZE_LEAST 11.5
#define FONT_OUTPUT ((WeftFont){ 10.5, WEFT_FONT_BOLD })
#define FONT_LABEL ((WeftFont){ 10.5, WEFT_FONT_MONO })
#define OUTPUT_HEIGHT 15
#define OUTPUT_WIDTH 170
#define LABEL_HEIGHT 17
#define LABEL_PAD 7
#define BADGE_RADIUS 7.5
#define DIMMED 0.35
/* A new box begins this large. */
#define BORN 0.75

#define ink(style, role) weft_theme_colour ((style)->theme, WEFT_ROLE_##role)

/* ---- Where things are while one picture becomes another ---- */

static double
ease (double t)
{
  return t * t * (3 - 2 * t);
}

static gboolean
is_still (const WeftGraphScene *scene, const WeftGraphLook *look)
{
  return !look->before ||
         weft_graph_scene_layout (look->before) == weft_graph_scene_layout (scene);
}

static double
mix (double a, double b, double t)
{
  return a + (b - a) * t;
}

static WeftRect
place (const WeftGraphScene *scene, const WeftGraphLook *look, guint box)
{
  WeftRect now = weft_graph_scene_rect (scene, box);
  WeftRect then;
  double   t = ease (look->fade);

  if (is_still (scene, look))
    return now;
  then = weft_graph_scene_rect (look->before, box);
  if (!scene->present[box])
    return then;
  if (!look->before->present[box])
    return now;
  return (WeftRect){ mix (then.x, now.x, t), mix (then.y, now.y, t), now.width, now.height };
}

/* 0: not there, 1: wholly there. */
static double
presence (gboolean now, gboolean before, const WeftGraphLook *look)
{
  if (!look->before || (now && before))
    return now ? 1 : 0;
  return now ? look->fade : before ? 1 - look->fade
                                   : 0;
}

/* Whether the look wants what is in both scenes, or what is in one. */
static gboolean
is_wanted (const WeftGraphScene *scene, const WeftGraphLook *look, gboolean now, gboolean before)
{
  gboolean still = !look->before || (now && before && is_still (scene, look));

  return !(look->still_only && !still) && !(look->moving_only && still);
}

static guint8
marks_of (const WeftGraphLook *look, guint apply)
{
  return look->marks ? look->marks[apply] : 0;
}

/* ---- Wires ---- */

static guint
copy_pieces (const WeftLayout *layout, guint wire, WeftCurve *pieces)
{
  guint n = 0;

  for (guint k = 0; k + 3 < layout->n_points[wire]; k += 3, n++)
    for (guint p = 0; p < 4; p++)
      pieces[n].p[p] =
        (WeftPoint){ layout->points[wire][k + p].x, layout->points[wire][k + p].y };
  return n;
}

/* From port to port of boxes that glide. */
static guint
bend (const WeftGraphScene *scene, const WeftGraphLook *look, guint index, WeftCurve *pieces)
{
  const WeftGraphArt  *art = scene->art;
  const WeftGraphWire *wire = art_wire (art, index);
  WeftRect             from = place (scene, look, wire->from);
  WeftRect             to = place (scene, look, wire->to);
  WeftLayoutPoint      out =
    weft_layout_port (&art->nodes[wire->from], TRUE, wire->from_port, FALSE);
  WeftLayoutPoint in = weft_layout_port (&art->nodes[wire->to], FALSE, wire->to_port, FALSE);
  WeftPoint       a = { from.x + out.x, from.y + out.y };
  WeftPoint       b = { to.x + in.x, to.y + in.y };
  double          reach = MAX (fabs (b.y - a.y) / 2, 12);

  pieces[0] = (WeftCurve){ { a, { a.x, a.y + reach }, { b.x, b.y - reach }, b } };
  return 1;
}

/* Room for the pieces of @wire in either picture. */
static WeftCurve *
make_room (const WeftGraphScene *scene, const WeftGraphLook *look, guint wire)
{
  guint n = weft_graph_scene_layout (scene)->n_points[wire];

  if (look->before)
    n = MAX (n, weft_graph_scene_layout (look->before)->n_points[wire]);
  return g_new (WeftCurve, n / 3 + 1);
}

static guint
find_pieces (const WeftGraphScene *scene, const WeftGraphLook *look, guint wire, WeftCurve *pieces)
{
  const WeftLayout *now = weft_graph_scene_layout (scene);
  const WeftLayout *then;
  double            t = ease (look->fade);
  guint             n;

  if (is_still (scene, look))
    return copy_pieces (now, wire, pieces);
  then = weft_graph_scene_layout (look->before);
  if (!scene->wired[wire])
    return copy_pieces (then, wire, pieces);
  if (!look->before->wired[wire])
    return copy_pieces (now, wire, pieces);
  if (now->n_points[wire] != then->n_points[wire])
    return t >= 1 ? copy_pieces (now, wire, pieces) : bend (scene, look, wire, pieces);
  n = copy_pieces (now, wire, pieces);
  for (guint i = 0; i < n; i++)
    for (guint p = 0; p < 4; p++)
      {
        WeftLayoutPoint was = then->points[wire][3 * i + p];

        pieces[i].p[p].x = mix (was.x, pieces[i].p[p].x, t);
        pieces[i].p[p].y = mix (was.y, pieces[i].p[p].y, t);
      }
  return n;
}

static WeftStroke
wire_stroke (const WeftGraphScene *scene, guint index, WeftStyle *style, const WeftGraphLook *look)
{
  const WeftGraphWire *wire = art_wire (scene->art, index);
  guint8               from = marks_of (look, art_box (scene->art, wire->from)->apply);
  guint8               to = marks_of (look, art_box (scene->art, wire->to)->apply);
  double               more = style->theme >= WEFT_THEME_CONTRAST_LIGHT ? 0.6 : 0;
  WeftStroke           stroke = { ink (style, EDGE), 1.4 + more };

  if (from & to & WEFT_MARK_REMOVED)
    stroke = (WeftStroke){ ink (style, REMOVED), 1.9 + more, WEFT_DASH_LONG };
  else if (to & WEFT_MARK_ADDED)
    stroke = (WeftStroke){ ink (style, ADDED), 2.1 + more };
  else if (from & to & WEFT_MARK_MATCHED)
    stroke = (WeftStroke){ ink (style, MATCHED), 2.1 + more };
  else if ((from | to) & (WEFT_MARK_SELECTED | WEFT_MARK_HOVERED))
    stroke = (WeftStroke){ ink (style, ACCENT), 2 + more };
  else if ((from | to) & WEFT_MARK_DIMMED)
    stroke.colour = weft_colour_fade (stroke.colour, DIMMED);
  if (weft_graph_scene_layout (scene)->back[index] && stroke.dash == WEFT_DASH_NONE)
    stroke.dash = WEFT_DASH_DOTS;
  if (look->detail == WEFT_DETAIL_BLOCK)
    {
      stroke.width *= 2;
      stroke.dash = WEFT_DASH_NONE;
    }
  return stroke;
}

/* The memory that an op takes over from what it reads: a broad band under the wire. */
static gboolean
is_lane (const WeftGraphScene *scene, guint index)
{
  const WeftGraphWire *wire = art_wire (scene->art, index);
  const WeftGraphBox  *to = art_box (scene->art, wire->to);

  return to->overwrites == wire->to_port + 1 && scene->step >= to->overwrites_from;
}

static gboolean
reaches (const WeftGraphLook *look, const WeftCurve *pieces, guint n)
{
  for (guint i = 0; look->area && i < n; i++)
    {
      WeftRect bounds = weft_rect_grow (weft_curve_bounds (&pieces[i]), 4);

      if (weft_rect_overlaps (&bounds, look->area))
        return TRUE;
    }
  return !look->area;
}

static void
draw_wire (const WeftGraphScene *scene,
           guint                 wire,
           WeftPen              *pen,
           WeftStyle            *style,
           const WeftGraphLook  *look)
{
  gboolean              now = scene->wired[wire];
  gboolean              before = look->before && look->before->wired[wire];
  double                there = presence (now, before, look);
  g_autofree WeftCurve *pieces = make_room (scene, look, wire);
  WeftStroke            stroke;
  guint                 n;

  if (there <= 0 || !is_wanted (scene, look, now, before))
    return;
  n = find_pieces (scene, look, wire, pieces);
  if (!reaches (look, pieces, n))
    return;
  stroke = wire_stroke (scene, wire, style, look);
  stroke.colour = weft_colour_fade (stroke.colour, there);
  if (is_lane (scene, wire))
    weft_pen_curves (pen, n, pieces, (WeftStroke){ ink (style, LANE), stroke.width + 6 });
  weft_pen_curves (pen, n, pieces, stroke);
}

/** weft_graph_scene_draw_wires: below the boxes. */
void
weft_graph_scene_draw_wires (WeftGraphScene      *scene,
                             WeftPen             *pen,
                             WeftStyle           *style,
                             const WeftGraphLook *look)
{
  const GArray *gone = look->before ? look->before->wires : NULL;

  for (guint i = 0; gone && i < gone->len; i++)
    if (!scene->wired[g_array_index (gone, guint, i)])
      draw_wire (scene, g_array_index (gone, guint, i), pen, style, look);
  for (guint i = 0; i < scene->wires->len; i++)
    draw_wire (scene, g_array_index (scene->wires, guint, i), pen, style, look);
}

/* ---- Boxes ---- */

typedef struct
{
  WeftColour fill, line, text, dim;
  double     width;
  WeftDash   dash;
} Paint;

static Paint
choose_paint (const WeftGraphBox *box, guint8 marks, WeftStyle *style)
{
  double more = style->theme >= WEFT_THEME_CONTRAST_LIGHT ? 0.8 : 0;
  Paint  paint = { ink (style, CARD), ink (style, CARD_BORDER), ink (style, TEXT),
                   ink (style, TEXT_DIM), 1.2 };

  if (marks & WEFT_MARK_REMOVED)
    paint = (Paint){ ink (style, REMOVED_FILL), ink (style, REMOVED), paint.text, paint.dim,
                     1.8 + more, WEFT_DASH_LONG };
  else if (marks & WEFT_MARK_MATCHED)
    paint = (Paint){ ink (style, MATCHED_FILL), ink (style, MATCHED), paint.text, paint.dim,
                     2.6 + more };
  else if (marks & WEFT_MARK_ADDED)
    paint =
      (Paint){ ink (style, ADDED_FILL), ink (style, ADDED), paint.text, paint.dim, 2 + more };
  else if (marks & WEFT_MARK_SELECTED)
    paint = (Paint){ ink (style, SELECTED_FILL), ink (style, ACCENT), paint.text, paint.dim,
                     1.8 + more };
  else if (marks & WEFT_MARK_HOVERED)
    paint.line = paint.dim;
  return paint;
}

static WeftColour
pill_colour (WeftBoxKind kind, WeftStyle *style)
{
  if (kind == WEFT_BOX_INPUT)
    return weft_theme_family (style->theme, "data");
  if (kind == WEFT_BOX_PARAMETER)
    return ink (style, PARAMETERS);
  return ink (style, LABELS);
}

static void
draw_rings (WeftRect   rect,
            double     radius,
            guint8     marks,
            double     alpha,
            WeftPen   *pen,
            WeftStyle *style)
{
  WeftColour accent = weft_colour_fade (ink (style, ACCENT), alpha);

  if ((marks & WEFT_MARK_SELECTED) &&
      (marks & (WEFT_MARK_MATCHED | WEFT_MARK_REMOVED | WEFT_MARK_ADDED)))
    weft_pen_border (pen, weft_rect_grow (rect, 4), radius + 4, (WeftStroke){ accent, 2 });
  else if (marks & WEFT_MARK_LINKED)
    weft_pen_border (pen, weft_rect_grow (rect, 4), radius + 4,
                     (WeftStroke){ accent, 2, WEFT_DASH_LONG });
  if (marks & WEFT_MARK_FOCUSED)
    weft_pen_border (pen, weft_rect_grow (rect, 5), radius + 5,
                     (WeftStroke){ weft_colour_fade (accent, 0.6), 2.5 });
}

static WeftFont
far_font (const char *title, double width, WeftStyle *style)
{
  WeftFont font = { FAR_SIZE, WEFT_FONT_BOLD | WEFT_FONT_MONO };
  double   text = weft_text_width (style, title, font);

  /* In steps, so that there are few fonts. */
  if (text > width)
    font.size = MAX (FAR_SIZE_LEAST, floor (2 * FAR_SIZE * width / text) / 2);
  return font;
}

static void
draw_pill (const WeftGraphBox *box,
           WeftRect            rect,
           guint8              marks,
           double              alpha,
           WeftDetail          detail,
           WeftPen            *pen,
           WeftStyle          *style)
{
  double     radius = rect.height / 2;
  WeftRect   text = weft_rect_grow (rect, 0);
  WeftFont   font = BOX_FONT_PILL;
  WeftColour line;

  text.x += 6 * style->scale;
  text.width -= 12 * style->scale;
  if (detail == WEFT_DETAIL_PORTS)
    font = far_font (box->title, text.width, style);
  if (box->kind == WEFT_BOX_CONSTANT)
    {
      weft_pen_fill (pen, rect, radius, weft_colour_fade (ink (style, PILL), alpha));
      weft_pen_border (pen, rect, radius,
                       (WeftStroke){ weft_colour_fade (ink (style, CARD_BORDER), alpha), 1.2 });
      weft_pen_text (pen, style, box->title, font, text, WEFT_ALIGN_CENTRE,
                     weft_colour_fade (ink (style, TEXT), alpha));
    }
  else
    {
      weft_pen_fill (pen, rect, radius, weft_colour_fade (pill_colour (box->kind, style), alpha));
      weft_pen_text (pen, style, box->title, font, text, WEFT_ALIGN_CENTRE,
                     weft_colour_fade (ink (style, HEADER_TEXT), alpha));
    }
  if (!(marks & (WEFT_MARK_MATCHED | WEFT_MARK_REMOVED | WEFT_MARK_ADDED | WEFT_MARK_SELECTED |
                 WEFT_MARK_HOVERED)))
    return;
  line = weft_colour_fade (choose_paint (box, marks, style).line, alpha);
  weft_pen_border (
    pen, weft_rect_grow (rect, 3), radius + 3,
    (WeftStroke){ line, 2, marks & WEFT_MARK_REMOVED ? WEFT_DASH_LONG : WEFT_DASH_NONE });
}

static void
draw_card (const WeftGraphBox *box,
           WeftRect            rect,
           guint8              marks,
           double              alpha,
           WeftDetail          detail,
           WeftPen            *pen,
           WeftStyle          *style)
{
  double     s = style->scale;
  double     radius = BOX_RADIUS * s;
  double     pad = BOX_PAD * s / 2;
  Paint      paint = choose_paint (box, marks, style);
  WeftStroke stroke = { weft_colour_fade (paint.line, alpha), paint.width, paint.dash };
  WeftRect   title = { rect.x + pad, rect.y + 3.5 * s, rect.width - 2 * pad, 19 * s };
  WeftRect   below = { rect.x + pad, rect.y + 21 * s, rect.width - 2 * pad, 15 * s };

  weft_pen_fill (pen, rect, radius, weft_colour_fade (paint.fill, alpha));
  weft_pen_border (pen, rect, radius, stroke);
  /* A second line inside: there is more in there. */
  if (box->has_body)
    weft_pen_border (pen, weft_rect_grow (rect, -3.5), radius - 2.5,
                     (WeftStroke){ stroke.colour, 1, stroke.dash });
  if (detail == WEFT_DETAIL_PORTS)
    {
      weft_pen_text (pen, style, box->title, far_font (box->title, rect.width - 4, style),
                     weft_rect_grow (rect, -1), WEFT_ALIGN_CENTRE,
                     weft_colour_fade (paint.text, alpha));
      return;
    }
  weft_pen_text (pen, style, box->title, BOX_FONT_TITLE, title, WEFT_ALIGN_CENTRE,
                 weft_colour_fade (paint.text, alpha));
  weft_pen_text (pen, style, box->detail, BOX_FONT_DETAIL, below, WEFT_ALIGN_CENTRE,
                 weft_colour_fade (paint.dim, alpha));
}

/* A disc with a plus or a minus at the corner. */
static void
draw_badge (WeftRect rect, guint8 marks, double alpha, WeftPen *pen, WeftStyle *style)
{
  double     s = style->scale;
  double     x = rect.x + rect.width - 3 * s;
  double     y = rect.y + 2 * s;
  double     r = BADGE_RADIUS * s;
  gboolean   plus = (marks & WEFT_MARK_ADDED) != 0;
  WeftColour colour = weft_colour_fade (plus ? ink (style, ADDED) : ink (style, REMOVED), alpha);
  WeftColour sign = weft_colour_fade (ink (style, CARD), alpha);

  if (!(marks & (WEFT_MARK_ADDED | WEFT_MARK_REMOVED)))
    return;
  weft_pen_disc (pen, x, y, r + 1.2, sign);
  weft_pen_disc (pen, x, y, r, colour);
  weft_pen_fill (pen, (WeftRect){ x - 4 * s, y - 0.8 * s, 8 * s, 1.6 * s }, 0, sign);
  if (plus)
    weft_pen_fill (pen, (WeftRect){ x - 0.8 * s, y - 4 * s, 1.6 * s, 8 * s }, 0, sign);
}

static void
draw_block (const WeftGraphBox *box,
            WeftRect            rect,
            guint8              marks,
            double              alpha,
            WeftPen            *pen,
            WeftStyle          *style)
{
  Paint      paint = choose_paint (box, marks, style);
  WeftColour colour = box->kind == WEFT_BOX_OP || box->kind == WEFT_BOX_CONSTANT
                        ? weft_colour_fade (ink (style, TEXT_DIM), 0.45)
                        : pill_colour (box->kind, style);

  if (marks & (WEFT_MARK_ADDED | WEFT_MARK_REMOVED | WEFT_MARK_MATCHED | WEFT_MARK_SELECTED))
    {
      colour = paint.line;
      rect = weft_rect_grow (rect, 6);
    }
  weft_pen_fill (pen, rect, 0, weft_colour_fade (colour, alpha));
  if (marks & WEFT_MARK_REMOVED)
    weft_pen_fill (pen, weft_rect_grow (rect, -8), 0, weft_colour_fade (ink (style, CARD), alpha));
  if (marks & (WEFT_MARK_LINKED | WEFT_MARK_FOCUSED))
    weft_pen_border (pen, weft_rect_grow (rect, 10), 0,
                     (WeftStroke){ weft_colour_fade (ink (style, ACCENT), alpha), 8 });
}

/* "loss" below what gives it; beside the wire where somebody reads it too. */
static void
draw_output (const WeftGraphScene *scene,
             guint                 index,
             WeftRect              rect,
             double                alpha,
             WeftPen              *pen,
             WeftStyle            *style)
{
  const char *name = g_hash_table_lookup (scene->outputs, GUINT_TO_POINTER (index));
  double      s = style->scale;
  double      x = rect.x + rect.width / 2;
  double      y = rect.y + rect.height;
  double      width;
  WeftRect    box;
  WeftColour  colour = weft_colour_fade (ink (style, ACCENT), alpha);

  if (!name)
    return;
  width = MIN (weft_text_width (style, name, FONT_OUTPUT) + 2, OUTPUT_WIDTH * s);
  box = (WeftRect){ x - width / 2, y + 7 * s, width, OUTPUT_HEIGHT * s };
  for (guint i = 0; i < scene->wires->len; i++)
    if (art_wire (scene->art, g_array_index (scene->wires, guint, i))->from == index)
      {
        box.x = x + 9 * s;
        break;
      }
  weft_pen_fill (pen, (WeftRect){ x - 0.9, y, 1.8, 6 * s }, 0, colour);
  weft_pen_disc (pen, x, y + 6 * s, 2.4 * s, colour);
  box.y += 2 * s;
  /* Wires may pass here. */
  weft_pen_fill (pen, weft_rect_grow (box, 1), 3 * s,
                 weft_colour_fade (ink (style, CANVAS), 0.85 * alpha));
  weft_pen_text (pen, style, name, FONT_OUTPUT, box, WEFT_ALIGN_START, colour);
}

static void
draw_box (WeftGraphScene      *scene,
          guint                index,
          guint8               more,
          WeftPen             *pen,
          WeftStyle           *style,
          const WeftGraphLook *look)
{
  const WeftGraphBox *box = art_box (scene->art, index);
  gboolean            now = scene->present[index];
  gboolean            before = look->before && look->before->present[index];
  double              alpha = presence (now, before, look);
  guint8              marks = marks_of (look, box->apply) | more;
  WeftRect            rect = place (scene, look, index);
  WeftRect            ink_rect = weft_rect_grow (rect, 2 * BOX_REACH * style->scale);
  double              size = now && alpha < 1 ? BORN + (1 - BORN) * ease (alpha) : 1;

  if (alpha <= 0 || !is_wanted (scene, look, now, before) ||
      (look->area && !weft_rect_overlaps (&ink_rect, look->area)))
    return;
  if (marks & WEFT_MARK_DIMMED)
    alpha *= DIMMED;
  rect = (WeftRect){ rect.x + rect.width * (1 - size) / 2, rect.y + rect.height * (1 - size) / 2,
                     rect.width * size, rect.height * size };
  if (look->detail == WEFT_DETAIL_BLOCK)
    {
      draw_block (box, rect, marks, alpha, pen, style);
      return;
    }
  if (box->kind == WEFT_BOX_OP)
    draw_card (box, rect, marks, alpha, look->detail, pen, style);
  else
    draw_pill (box, rect, marks, alpha, look->detail, pen, style);
  draw_rings (rect, box->kind == WEFT_BOX_OP ? BOX_RADIUS * style->scale : rect.height / 2, marks,
              alpha, pen, style);
  draw_badge (rect, marks, alpha, pen, style);
  if (look->detail == WEFT_DETAIL_FULL)
    draw_output (now ? scene : look->before, index, rect, alpha, pen, style);
}

static void
draw_chip (WeftGraphScene      *scene,
           guint                index,
           WeftPen             *pen,
           WeftStyle           *style,
           const WeftGraphLook *look)
{
  const Chip *chip = art_chip (scene->art, index);
  gboolean    now = scene->present[chip->to];
  gboolean    before = look->before && look->before->present[chip->to];
  double      alpha = presence (now, before, look);
  guint8      marks = marks_of (look, chip->apply);
  WeftRect    box = place (scene, look, chip->to);
  WeftRect    rect = { box.x + chip->rect.x, box.y + chip->rect.y, chip->rect.width,
                       chip->rect.height };
  Paint       paint =
    choose_paint (art_box (scene->art, chip->to), marks & ~WEFT_MARK_SELECTED, style);
  double radius = rect.height / 2;

  if (alpha <= 0 || !is_wanted (scene, look, now, before) ||
      (look->area && !weft_rect_overlaps (&rect, look->area)))
    return;
  if (marks_of (look, art_box (scene->art, chip->to)->apply) & WEFT_MARK_DIMMED)
    alpha *= DIMMED;
  if (!(marks & (WEFT_MARK_MATCHED | WEFT_MARK_REMOVED | WEFT_MARK_ADDED)))
    {
      paint.fill = ink (style, PILL);
      paint.line = ink (style, LABEL_BORDER);
    }
  weft_pen_fill (pen, rect, radius, weft_colour_fade (paint.fill, alpha));
  weft_pen_border (pen, rect, radius,
                   (WeftStroke){ weft_colour_fade (paint.line, alpha), MIN (paint.width, 1.6),
                                 WEFT_DASH_NONE });
  weft_pen_text (pen, style, chip->text, BOX_FONT_CHIP, rect, WEFT_ALIGN_CENTRE,
                 weft_colour_fade (ink (style, TEXT), alpha));
}

/* Names of the pattern, side by side at the lower left corner of what they stand for. */
static void
draw_tags (WeftGraphScene *scene, WeftPen *pen, WeftStyle *style, const WeftGraphLook *look)
{
  WeftHistory       *history = scene->art->history;
  double             s = style->scale;
  g_autofree double *taken = look->n_tags ? g_new0 (double, scene->art->boxes->len + 1) : NULL;

  for (guint i = 0; i < look->n_tags; i++)
    {
      const WeftGraphTag *tag = &look->tags[i];
      guint               apply = weft_history_value_apply (history, tag->value);
      guint               box = weft_graph_art_find (scene->art, apply);
      WeftRect            rect;

      if (box == WEFT_NO_BOX || !scene->present[box])
        continue;
      rect = place (scene, look, box);
      rect.y += rect.height - 8 * s;
      rect.height = TAG_HEIGHT * s;
      rect.x += -6 * s + taken[box];
      rect.width = MAX (weft_text_width (style, tag->name, BOX_FONT_TAG) + 2 * TAG_PAD * s,
                        TAG_HEIGHT * s);
      taken[box] += rect.width + 3 * s;
      if (look->area && !weft_rect_overlaps (&rect, look->area))
        continue;
      weft_pen_fill (pen, weft_rect_grow (rect, 1.2), rect.height / 2 + 1.2, ink (style, CARD));
      weft_pen_fill (pen, rect, rect.height / 2, weft_rule_colour_of (style->theme, tag->colour));
      weft_pen_text (pen, style, tag->name, BOX_FONT_TAG, rect, WEFT_ALIGN_CENTRE,
                     ink (style, CARD));
    }
}

/** weft_graph_scene_draw_boxes: above the wires. */
void
weft_graph_scene_draw_boxes (WeftGraphScene      *scene,
                             WeftPen             *pen,
                             WeftStyle           *style,
                             const WeftGraphLook *look)
{
  const GArray *gone = look->before ? look->before->boxes : NULL;
  const GArray *gone_chips = look->before ? look->before->chips : NULL;

  for (guint i = 0; gone && i < gone->len; i++)
    if (!scene->present[g_array_index (gone, guint, i)])
      draw_box (scene, g_array_index (gone, guint, i), 0, pen, style, look);
  for (guint i = 0; i < scene->boxes->len; i++)
    draw_box (scene, g_array_index (scene->boxes, guint, i), 0, pen, style, look);
  if (look->detail != WEFT_DETAIL_FULL)
    return;
  for (guint i = 0; gone_chips && i < gone_chips->len; i++)
    if (!scene->present[art_chip (scene->art, g_array_index (gone_chips, guint, i))->to])
      draw_chip (scene, g_array_index (gone_chips, guint, i), pen, style, look);
  for (guint i = 0; i < scene->chips->len; i++)
    draw_chip (scene, g_array_index (scene->chips, guint, i), pen, style, look);
  if (!look->moving_only)
    draw_tags (scene, pen, style, look);
}

void
weft_graph_scene_draw (WeftGraphScene      *scene,
                       WeftPen             *pen,
                       WeftStyle           *style,
                       const WeftGraphLook *look)
{
  weft_graph_scene_draw_wires (scene, pen, style, look);
  weft_graph_scene_draw_boxes (scene, pen, style, look);
}

/** weft_graph_scene_draw_box: again, above the others, with @more marks. */
void
weft_graph_scene_draw_box (WeftGraphScene      *scene,
                           guint                box,
                           guint                more,
                           WeftPen             *pen,
                           WeftStyle           *style,
                           const WeftGraphLook *look)
{
  draw_box (scene, box, (guint8) more, pen, style, look);
  for (guint i = 0; look->detail == WEFT_DETAIL_FULL && i < scene->chips->len; i++)
    if (art_chip (scene->art, g_array_index (scene->chips, guint, i))->to == box)
      draw_chip (scene, g_array_index (scene->chips, guint, i), pen, style, look);
}

/** weft_graph_scene_draw_wire_label: element type and shape of what runs along @wire, and @wire
 * itself, bright. */
void
weft_graph_scene_draw_wire_label (WeftGraphScene      *scene,
                                  guint                wire,
                                  WeftPen             *pen,
                                  WeftStyle           *style,
                                  const WeftGraphLook *look)
{
  const WeftValue *value =
    weft_history_value (scene->art->history, art_wire (scene->art, wire)->value);
  g_autofree char      *type = weft_type_to_string (&value->type);
  g_autofree char      *text = value->name ? g_strdup_printf ("%s  %s", value->name, type) : NULL;
  const char           *shown = text ? text : type;
  double                s = style->scale;
  double                width = weft_text_width (style, shown, FONT_LABEL) + 2 * LABEL_PAD * s;
  double                height = LABEL_HEIGHT * s;
  g_autofree WeftCurve *pieces = make_room (scene, look, wire);
  guint                 n = find_pieces (scene, look, wire, pieces);
  WeftPoint             middle;
  WeftRect              rect;

  if (n == 0)
    return;
  weft_pen_curves (pen, n, pieces, (WeftStroke){ ink (style, ACCENT), 2.2 });
  middle = weft_curve_at (&pieces[n / 2], n % 2 ? 0.5 : 0);
  rect = (WeftRect){ middle.x - width / 2, middle.y - height / 2, width, height };
  weft_pen_fill (pen, rect, height / 2, ink (style, LABEL));
  weft_pen_border (pen, rect, height / 2, (WeftStroke){ ink (style, LABEL_BORDER), 1 });
  weft_pen_text (pen, style, shown, FONT_LABEL, rect, WEFT_ALIGN_CENTRE, ink (style, LABEL_TEXT));
}
