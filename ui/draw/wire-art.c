/* Wires: geometry, labels, drawing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/wire-art.h"

#include <math.h>
#include <string.h>

#define FONT_LABEL ((WeftFont){ 10.5, WEFT_FONT_MONO })
#define FONT_SMALL ((WeftFont){ 9, WEFT_FONT_MONO })
#define LABEL_HEIGHT 17
#define LABEL_PAD 7
#define SMALL_HEIGHT 14
#define SMALL_PAD 4
/* No label is wider than twice this. */
#define LABEL_REACH 100
/* Wires whose values are watched, from the least to the largest. */
#define THIN 1.0
#define THICK 7.0
/* The part of a wire's way that a label with bytes may take. */
#define AMPLE 0.5
#define DOT 3.5
#define DOT_BRIGHT 5.0
/* A curve is measured as this many chords; a wire 1000 units long is then at most 2 units off. */
#define N_CHORDS 32

/* ---- Geometry ---- */

/** weft_wire_curve: leaves to the right, arrives from the left; handles grow with the distance, and
 * more when it goes back. */
WeftCurve
weft_wire_curve (double x0, double y0, double x1, double y1)
{
  double dx = x1 - x0;
  double dy = fabs (y1 - y0);
  double handle = dx >= 0 ? MAX (dx / 2, MIN (40, dy / 2)) : MIN (60 + -dx / 3 + dy / 6, 220);

  return (WeftCurve){ { { x0, y0 }, { x0 + handle, y0 }, { x1 - handle, y1 }, { x1, y1 } } };
}

WeftPoint
weft_curve_at (const WeftCurve *curve, double t)
{
  const WeftPoint *p = curve->p;
  double           u = 1 - t;
  double           b[4] = { u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t };

  return (WeftPoint){ b[0] * p[0].x + b[1] * p[1].x + b[2] * p[2].x + b[3] * p[3].x,
                      b[0] * p[0].y + b[1] * p[1].y + b[2] * p[2].y + b[3] * p[3].y };
}

/** weft_curve_bounds: of the control polygon, which holds the curve. */
WeftRect
weft_curve_bounds (const WeftCurve *curve)
{
  double left = curve->p[0].x, right = left, top = curve->p[0].y, bottom = top;

  for (guint i = 1; i < 4; i++)
    {
      left = MIN (left, curve->p[i].x);
      right = MAX (right, curve->p[i].x);
      top = MIN (top, curve->p[i].y);
      bottom = MAX (bottom, curve->p[i].y);
    }
  return (WeftRect){ left, top, right - left, bottom - top };
}

static double
chord_distance (WeftPoint a, WeftPoint b, double x, double y)
{
  double dx = b.x - a.x;
  double dy = b.y - a.y;
  double length = dx * dx + dy * dy;
  double t = length > 0 ? CLAMP (((x - a.x) * dx + (y - a.y) * dy) / length, 0, 1) : 0;

  return hypot (x - a.x - t * dx, y - a.y - t * dy);
}

double
weft_curve_distance (const WeftCurve *curve, double x, double y)
{
  double    nearest = G_MAXDOUBLE;
  WeftPoint last = curve->p[0];

  for (guint i = 1; i <= N_CHORDS; i++)
    {
      WeftPoint next = weft_curve_at (curve, (double) i / N_CHORDS);

      nearest = MIN (nearest, chord_distance (last, next, x, y));
      last = next;
    }
  return nearest;
}

/* ---- Looks ---- */

/** weft_wire_colour: any thread. */
WeftColour
weft_wire_colour (WeftThemeKind theme, const WeftType *type)
{
  WeftRole role;

  if (!type)
    role = WEFT_ROLE_WIRE_UNKNOWN;
  else if (weft_dtypes[type->dtype].kind == WEFT_KIND_BOOL)
    role = WEFT_ROLE_WIRE_BOOL;
  else if (weft_dtypes[type->dtype].kind == WEFT_KIND_INT)
    role = WEFT_ROLE_WIRE_INT;
  else if (type->shape.rank == 0)
    role = WEFT_ROLE_WIRE_SCALAR;
  else
    role = type->dtype == WEFT_F64 ? WEFT_ROLE_WIRE_DOUBLE : WEFT_ROLE_WIRE_FLOAT;
  return weft_theme_colour (theme, role);
}

/** weft_wire_stroke: colour, thickness and dash for what flows. Any thread. */
WeftStroke
weft_wire_stroke (WeftThemeKind theme, const WeftType *type)
{
  static const double widths[] = { 1.6, 2, 2.4, 2.8 };
  WeftStroke          stroke = { weft_wire_colour (theme, type), 1.6, WEFT_DASH_NONE };

  if (!type)
    return stroke;
  stroke.width = widths[MIN (type->shape.rank, G_N_ELEMENTS (widths) - 1)];
  if (theme >= WEFT_THEME_CONTRAST_LIGHT)
    stroke.width = MAX (stroke.width, 2);
  if (weft_dtypes[type->dtype].kind == WEFT_KIND_INT)
    stroke.dash = WEFT_DASH_LONG;
  else if (weft_dtypes[type->dtype].kind == WEFT_KIND_BOOL)
    stroke.dash = WEFT_DASH_DOTS;
  return stroke;
}

/* ---- A wire ---- */

/** weft_wire_art_new: of unknown type and no length yet. Caller owns. */
WeftWireArt *
weft_wire_art_new (const WeftWire *wire)
{
  WeftWireArt *art = g_new0 (WeftWireArt, 1);

  art->flow = -1;

  art->from = wire->from;
  art->to = wire->to;
  art->from_port = g_intern_string (wire->from_port);
  art->to_port = g_intern_string (wire->to_port);
  art->n_bytes = -1;
  weft_wire_art_set_dots (art, wire->dots, wire->n_dots);
  weft_wire_art_set_ends (art, 0, 0, 0, 0);
  return art;
}

void
weft_wire_art_free (WeftWireArt *art)
{
  g_free (art->label);
  g_free (art->curves);
  g_free (art->legs);
  g_free (art->dots);
  g_free (art->tag);
  g_free (art->short_label);
  g_free (art->long_label);
  g_free (art->number);
  g_free (art->short_number);
  g_free (art);
}

/**
 * weft_wire_art_set_type:
 * @type: (nullable): borrowed for the call
 *
 * Returns: whether the wire showed something else before
 */
gboolean
weft_wire_art_set_type (WeftWireArt *art, const WeftType *type)
{
  const char *shape;

  if (type ? art->known && weft_type_equal (&art->type, type) : !art->known)
    return FALSE;
  g_clear_pointer (&art->label, g_free);
  g_clear_pointer (&art->short_label, g_free);
  g_clear_pointer (&art->long_label, g_free);
  art->n_bytes = -1;
  art->shown = NULL;
  art->stale = TRUE;
  art->known = type != NULL;
  if (!type)
    return TRUE;
  art->type = *type;
  art->label = weft_type_to_string (type);
  /* A scalar's label is its element type alone: "()" says nothing to most people. */
  shape = strchr (art->label, ' ');
  if (shape && type->shape.rank > 0)
    art->short_label = g_strdup (shape + 1);
  else if (shape)
    art->label[shape - art->label] = '\0';
  return TRUE;
}

static WeftRect
label_at (const WeftWireArt *art, WeftStyle *style, const char *label, gboolean small, double t)
{
  double width = weft_text_width (style, label, small ? FONT_SMALL : FONT_LABEL) +
                 2 * (small ? SMALL_PAD : LABEL_PAD) * style->scale;
  double    height = (small ? SMALL_HEIGHT : LABEL_HEIGHT) * style->scale;
  WeftPoint middle = weft_wire_art_at (art, t);

  return (WeftRect){ middle.x - width / 2, middle.y - height / 2, width, height };
}

static gboolean
is_free (const WeftRect *rect, const WeftRect *obstacles, guint n)
{
  for (guint i = 0; i < n; i++)
    if (weft_rect_overlaps (rect, &obstacles[i]))
      return FALSE;
  return TRUE;
}

/** weft_wire_art_set_bytes: TRUE if it showed another number before. */
gboolean
weft_wire_art_set_bytes (WeftWireArt *art, gint64 n_bytes)
{
  g_autofree char *size = NULL;

  if (n_bytes == art->n_bytes)
    return FALSE;
  art->n_bytes = n_bytes;
  if (art->shown == art->long_label)
    art->shown = NULL;
  g_clear_pointer (&art->long_label, g_free);
  art->stale = TRUE;
  if (n_bytes < 0 || !art->label)
    return TRUE;
  size = g_format_size_full ((guint64) n_bytes, G_FORMAT_SIZE_IEC_UNITS);
  art->long_label = g_strdup_printf ("%s · %s", art->label, size);
  return TRUE;
}

/** weft_wire_art_set_number: TRUE if it showed another before. */
gboolean
weft_wire_art_set_number (WeftWireArt *art,
                          const char  *number,
                          const char  *short_number,
                          WeftWireTone tone)
{
  if (g_strcmp0 (art->number, number) == 0 && art->tone == tone)
    return FALSE;
  g_free (art->number);
  g_free (art->short_number);
  art->number = g_strdup (number);
  art->short_number = g_strdup (short_number);
  art->tone = tone;
  art->shown = NULL;
  art->stale = TRUE;
  return TRUE;
}

/** weft_wire_art_full_label: NULL where nothing is known. */
const char *
weft_wire_art_full_label (const WeftWireArt *art)
{
  return art->number ? art->number : art->long_label ? art->long_label
                                                     : art->label;
}

/* Bytes are told where the label takes no more than this part of the way. */
static gboolean
has_ample_room (const WeftWireArt *art, WeftStyle *style)
{
  double way = fabs (art->curves[art->n_curves - 1].p[3].x - art->curves[0].p[0].x);

  return art->long_label &&
         weft_text_width (style, art->long_label, FONT_LABEL) + 2 * LABEL_PAD * style->scale <=
           AMPLE * way;
}

/** weft_wire_art_place_label: with bytes where there is ample room, else the whole label if there
 * is room for it, else the shape, else the shape set small, else nothing. A number stands in the
 * middle, small, where there is no room for it. */
void
weft_wire_art_place_label (WeftWireArt *art, WeftStyle *style, const WeftRect *obstacles, guint n)
{
  static const double places[] = { 0.5, 0.42, 0.58, 0.33, 0.67, 0.25, 0.75, 0.15, 0.85 };
  const char         *labels[] = { has_ample_room (art, style) ? art->long_label : NULL, art->label,
                           art->short_label,
                           art->short_label ? art->short_label : art->label };

  if (art->number)
    {
      labels[0] = NULL;
      labels[1] = art->number;
      labels[2] = labels[3] = art->short_number;
    }
  art->shown = NULL;
  art->stale = FALSE;
  for (guint k = 0; !art->tag && k < G_N_ELEMENTS (labels); k++)
    for (guint i = 0; labels[k] && i < G_N_ELEMENTS (places); i++)
      {
        gboolean small = k == G_N_ELEMENTS (labels) - 1;
        WeftRect rect = label_at (art, style, labels[k], small, places[i]);

        if (!is_free (&rect, obstacles, n))
          continue;
        art->shown = labels[k];
        art->small = small;
        art->label_rect = rect;
        return;
      }
  if (!art->number || art->tag)
    return;
  art->shown = art->short_number;
  art->small = TRUE;
  art->label_rect = label_at (art, style, art->shown, TRUE, 0.5);
}

/** weft_wire_art_place_labels: in the order of the wires; those that are not stale keep theirs. */
void
weft_wire_art_place_labels (GPtrArray      *wires,
                            WeftStyle      *style,
                            const WeftRect *cards,
                            guint           n_cards)
{
  g_autofree WeftRect *near = g_new (WeftRect, n_cards + wires->len + 1);

  for (guint i = 0; i < wires->len; i++)
    {
      WeftWireArt *wire = wires->pdata[i];
      WeftRect     around;
      guint        n = 0;

      if (!wire->stale || !weft_wire_art_full_label (wire))
        continue;
      around = weft_rect_grow (weft_wire_art_bounds (wire), LABEL_REACH * style->scale);
      for (guint k = 0; k < n_cards; k++)
        if (weft_rect_overlaps (&around, &cards[k]))
          near[n++] = cards[k];
      for (guint k = 0; k < wires->len; k++)
        {
          const WeftWireArt *other = wires->pdata[k];

          if (other != wire && other->shown && !other->stale &&
              weft_rect_overlaps (&around, &other->label_rect))
            near[n++] = weft_rect_grow (other->label_rect, 2);
        }
      weft_wire_art_place_label (wire, style, near, n);
    }
}

void
weft_wire_art_force_label (WeftWireArt *art, WeftStyle *style)
{
  art->shown = weft_wire_art_full_label (art);
  art->small = FALSE;
  if (art->shown)
    art->label_rect = label_at (art, style, art->shown, FALSE, 0.5);
}

/* From afar: lines from point to point. */
static void
draw_lines (const WeftWireArt *art, WeftPen *pen, WeftStroke stroke)
{
  for (guint i = 0; i < art->n_curves; i++)
    {
      WeftCurve line = art->curves[i];

      line.p[1] = line.p[0];
      line.p[2] = line.p[3];
      weft_pen_curve (pen, &line, stroke);
    }
}

/* The name at both ends, framed as the wire would be drawn. */
static void
draw_tags (const WeftWireArt *art, WeftPen *pen, WeftStyle *style, WeftStroke stroke)
{
  for (guint i = 0; i < 2; i++)
    {
      WeftRect rect = weft_wire_art_tag_rect (art, i == 1);

      weft_pen_fill (pen, rect, 4, weft_theme_colour (style->theme, WEFT_ROLE_LABEL));
      weft_pen_border (pen, rect, 4, (WeftStroke){ stroke.colour, 1.2 });
      weft_pen_text (pen, style, art->tag, WEFT_TAG_FONT, rect, WEFT_ALIGN_CENTRE,
                     weft_theme_colour (style->theme, WEFT_ROLE_LABEL_TEXT));
    }
}

void
weft_wire_art_draw (const WeftWireArt  *art,
                    WeftPen            *pen,
                    WeftStyle          *style,
                    const WeftWireLook *look)
{
  WeftStroke stroke = weft_wire_stroke (style->theme, art->known ? &art->type : NULL);

  if (art->flow >= 0)
    stroke.width = THIN + (THICK - THIN) * art->flow;
  if (look->bright || look->wrong)
    stroke.width += 1.2;
  if (look->wrong)
    stroke.colour = weft_theme_colour (style->theme, WEFT_ROLE_ERROR);
  if (look->faded)
    stroke.colour =
      weft_colour_fade (stroke.colour, style->theme >= WEFT_THEME_CONTRAST_LIGHT ? 0.5 : 0.25);
  if (look->straight)
    {
      stroke.dash = WEFT_DASH_NONE;
      stroke.width *= 1.5;
      draw_lines (art, pen, stroke);
      return;
    }
  if (art->tag)
    {
      draw_lines (art, pen, stroke);
      draw_tags (art, pen, style, stroke);
      return;
    }
  weft_pen_curves (pen, art->n_curves, art->curves, stroke);
  for (guint i = 0; !look->plain && i < art->n_dots; i++)
    weft_pen_disc (pen, art->dots[i].x + art->dots_dx, art->dots[i].y + art->dots_dy,
                   look->bright ? DOT_BRIGHT : DOT, stroke.colour);
}

/** weft_wire_art_draw_label: nothing where no place was found. */
void
weft_wire_art_draw_label (const WeftWireArt *art, WeftPen *pen, WeftStyle *style)
{
  static const WeftRole borders[] = { [WEFT_WIRE_VALUE] = WEFT_ROLE_ACCENT,
                                      [WEFT_WIRE_GRADIENT] = WEFT_ROLE_MATCHED,
                                      [WEFT_WIRE_WRONG] = WEFT_ROLE_ERROR };
  double                radius = art->label_rect.height / 2;
  WeftRole              border = art->number ? borders[art->tone] : WEFT_ROLE_LABEL_BORDER;

  if (!art->shown)
    return;
  weft_pen_fill (pen, art->label_rect, radius, weft_theme_colour (style->theme, WEFT_ROLE_LABEL));
  weft_pen_border (pen, art->label_rect, radius,
                   (WeftStroke){ weft_theme_colour (style->theme, border), art->number ? 1.5 : 1 });
  weft_pen_text (pen, style, art->shown, art->small ? FONT_SMALL : FONT_LABEL, art->label_rect,
                 WEFT_ALIGN_CENTRE, weft_theme_colour (style->theme, WEFT_ROLE_LABEL_TEXT));
}
