/* How a wire runs: from its source over its dots to its end, smooth or in right angles.
 *
 * A leg leads from one point to the next; it is one curve, or several pieces in right angles. Dots
 * belong to the drawing alone: the model knows one wire from end to end.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/wire-art.h"

#include <math.h>

/* Of a leg's length, for the handles of its curve. */
#define HANDLE 0.38
/* A wire in right angles leaves and arrives with at least so much. */
#define STUB 18
#define CORNER 7
/* A leg in right angles that goes back has at most five straight pieces and four corners. */
#define MAX_PIECES 9
/* Tags: from the port to the name, and the name's size. */
#define TAG_GAP 12
#define TAG_HEIGHT 17
#define TAG_PAD 6

typedef struct
{
  WeftWireArt *art;
  guint        leg;
} Route;

static void
add_piece (Route *route, WeftCurve curve)
{
  WeftWireArt *art = route->art;

  art->curves[art->n_curves] = curve;
  art->legs[art->n_curves++] = route->leg;
}

static WeftCurve
straight (WeftPoint a, WeftPoint b)
{
  return (WeftCurve){ { a,
                        { a.x + (b.x - a.x) / 3, a.y + (b.y - a.y) / 3 },
                        { a.x + (b.x - a.x) * 2 / 3, a.y + (b.y - a.y) * 2 / 3 },
                        b } };
}

/* ---- In right angles ---- */

static WeftPoint
towards (WeftPoint a, WeftPoint b, double by)
{
  double length = hypot (b.x - a.x, b.y - a.y);

  return length > 0
           ? (WeftPoint){ a.x + (b.x - a.x) / length * by, a.y + (b.y - a.y) / length * by }
           : a;
}

/* A line over @points with round corners. */
static void
add_corners (Route *route, const WeftPoint *points, guint n)
{
  WeftPoint last = points[0];

  for (guint i = 1; i + 1 < n; i++)
    {
      WeftPoint here = points[i];
      double    room = MIN (hypot (here.x - points[i - 1].x, here.y - points[i - 1].y),
                            hypot (points[i + 1].x - here.x, points[i + 1].y - here.y)) /
                    2;
      WeftPoint in = towards (here, points[i - 1], MIN (CORNER, room));
      WeftPoint out = towards (here, points[i + 1], MIN (CORNER, room));

      add_piece (route, straight (last, in));
      add_piece (route, (WeftCurve){ { in, here, here, out } });
      last = out;
    }
  add_piece (route, straight (last, points[n - 1]));
}

/* There, half way across, up or down, and on; where it goes back, around. */
static void
add_angles (Route *route, WeftPoint a, WeftPoint b, gboolean leaves, gboolean arrives)
{
  double out = leaves ? STUB : 0, in = arrives ? STUB : 0;

  if (b.x - a.x >= out + in)
    {
      double    x = a.x + out + (b.x - a.x - out - in) / 2;
      WeftPoint points[] = { a, { x, a.y }, { x, b.y }, b };

      add_corners (route, points, G_N_ELEMENTS (points));
    }
  else
    {
      double    y = (a.y + b.y) / 2;
      WeftPoint points[] = { a,
                             { a.x + out, a.y },
                             { a.x + out, y },
                             { b.x - in, y },
                             { b.x - in, b.y },
                             b };

      add_corners (route, points, G_N_ELEMENTS (points));
    }
}

/* ---- Smooth ---- */

/* The direction at a dot is that from the point before to the point behind. */
static WeftPoint
direction_at (const WeftPoint *points, guint n, guint i)
{
  if (i == 0 || i + 1 == n)
    return (WeftPoint){ 1, 0 };
  return towards (
    (WeftPoint){ 0, 0 },
    (WeftPoint){ points[i + 1].x - points[i - 1].x, points[i + 1].y - points[i - 1].y }, 1);
}

static void
add_smooth (Route *route, const WeftPoint *points, guint n, guint i)
{
  WeftPoint a = points[i], b = points[i + 1];
  WeftPoint from = direction_at (points, n, i), to = direction_at (points, n, i + 1);
  double    length = HANDLE * hypot (b.x - a.x, b.y - a.y);

  add_piece (route, (WeftCurve){ { a,
                                   { a.x + from.x * length, a.y + from.y * length },
                                   { b.x - to.x * length, b.y - to.y * length },
                                   b } });
}

/* ---- All of it ---- */

/* Two short pieces, at the ends of which the name stands. */
static void
add_stubs (Route *route, WeftPoint a, WeftPoint b)
{
  add_piece (route, straight (a, (WeftPoint){ a.x + TAG_GAP, a.y }));
  route->leg++;
  add_piece (route, straight ((WeftPoint){ b.x - TAG_GAP, b.y }, b));
}

static void
make_room (WeftWireArt *art, guint n)
{
  if (n <= art->room)
    return;
  art->curves = g_renew (WeftCurve, art->curves, n);
  art->legs = g_renew (guint, art->legs, n);
  art->room = n;
}

void
weft_wire_art_set_ends (WeftWireArt *art, double x0, double y0, double x1, double y1)
{
  guint                 n = art->n_dots + 2;
  Route                 route = { art, 0 };
  g_autofree WeftPoint *points = NULL;

  art->n_curves = 0;
  if (n == 2 && !art->angular && !art->tag)
    {
      make_room (art, 1);
      add_piece (&route, weft_wire_curve (x0, y0, x1, y1));
      return;
    }
  points = g_new (WeftPoint, n);
  points[0] = (WeftPoint){ x0, y0 };
  for (guint i = 0; i < art->n_dots; i++)
    points[i + 1] = (WeftPoint){ art->dots[i].x + art->dots_dx, art->dots[i].y + art->dots_dy };
  points[n - 1] = (WeftPoint){ x1, y1 };
  make_room (art, n * (art->angular ? MAX_PIECES : 1));
  if (art->tag)
    add_stubs (&route, points[0], points[n - 1]);
  else
    for (; route.leg + 1 < n; route.leg++)
      if (art->angular)
        add_angles (&route, points[route.leg], points[route.leg + 1], route.leg == 0,
                    route.leg + 2 == n);
      else
        add_smooth (&route, points, n, route.leg);
}

/** weft_wire_art_set_dots: as in the document; they show with the next ends. */
void
weft_wire_art_set_dots (WeftWireArt *art, const double (*dots)[2], guint n)
{
  art->n_dots = n;
  art->dots = g_renew (WeftPoint, art->dots, n + 1);
  for (guint i = 0; i < n; i++)
    art->dots[i] = (WeftPoint){ dots[i][0], dots[i][1] };
}

/* ---- Asking ---- */

WeftRect
weft_wire_art_bounds (const WeftWireArt *art)
{
  WeftRect bounds = weft_curve_bounds (&art->curves[0]);

  for (guint i = 0; i < art->n_curves; i++)
    {
      const WeftPoint *p = art->curves[i].p;

      for (guint k = 0; k < 4; k++)
        {
          double right = MAX (bounds.x + bounds.width, p[k].x);
          double bottom = MAX (bounds.y + bounds.height, p[k].y);

          bounds.x = MIN (bounds.x, p[k].x);
          bounds.y = MIN (bounds.y, p[k].y);
          bounds.width = right - bounds.x;
          bounds.height = bottom - bounds.y;
        }
    }
  /* The names stand beside the ends of the stubs. */
  return art->tag ? weft_rect_grow (bounds, art->tag_width + TAG_HEIGHT) : bounds;
}

static double
distance_to_rect (const WeftRect *rect, double x, double y)
{
  double dx = MAX (0, MAX (rect->x - x, x - rect->x - rect->width));
  double dy = MAX (0, MAX (rect->y - y, y - rect->y - rect->height));

  return hypot (dx, dy);
}

/* The leg that is nearest, and how far it is. */
static double
find_leg (const WeftWireArt *art, double x, double y, guint *leg)
{
  double nearest = G_MAXDOUBLE;

  *leg = 0;
  for (guint i = 0; i < art->n_curves; i++)
    {
      double distance = weft_curve_distance (&art->curves[i], x, y);

      if (distance >= nearest)
        continue;
      nearest = distance;
      *leg = art->legs[i];
    }
  return nearest;
}

double
weft_wire_art_distance (const WeftWireArt *art, double x, double y)
{
  guint  leg;
  double distance = find_leg (art, x, y, &leg);

  for (guint i = 0; art->tag && i < 2; i++)
    {
      WeftRect rect = weft_wire_art_tag_rect (art, i == 1);

      distance = MIN (distance, distance_to_rect (&rect, x, y));
    }
  return distance;
}

/** weft_wire_art_find_gap: where among the dots one at (@x, @y) belongs. */
guint
weft_wire_art_find_gap (const WeftWireArt *art, double x, double y)
{
  guint leg;

  find_leg (art, x, y, &leg);
  return MIN (leg, art->n_dots);
}

/** weft_wire_art_find_dot: the one within @reach, -1: none. */
gint
weft_wire_art_find_dot (const WeftWireArt *art, double x, double y, double reach)
{
  for (guint i = 0; !art->tag && i < art->n_dots; i++)
    if (hypot (art->dots[i].x - x, art->dots[i].y - y) < reach)
      return (gint) i;
  return -1;
}

static double
length_of (const WeftCurve *curve)
{
  return hypot (curve->p[3].x - curve->p[0].x, curve->p[3].y - curve->p[0].y);
}

/** weft_wire_art_at: the point at share @t of the way. */
WeftPoint
weft_wire_art_at (const WeftWireArt *art, double t)
{
  double whole = 0;

  for (guint i = 0; i < art->n_curves; i++)
    whole += length_of (&art->curves[i]);
  t *= whole;
  for (guint i = 0; i + 1 < art->n_curves; i++)
    {
      double length = length_of (&art->curves[i]);

      if (t < length && length > 0)
        return weft_curve_at (&art->curves[i], t / length);
      t -= length;
    }
  whole = length_of (&art->curves[art->n_curves - 1]);
  return weft_curve_at (&art->curves[art->n_curves - 1], whole > 0 ? CLAMP (t / whole, 0, 1) : 0);
}

/* ---- Tags ---- */

/** weft_wire_art_set_tag: @text stands at both ends in place of a line; NULL: a line. */
void
weft_wire_art_set_tag (WeftWireArt *art, WeftStyle *style, const char *text)
{
  g_free (art->tag);
  art->tag = g_strdup (text);
  art->tag_width =
    text ? weft_text_width (style, text, WEFT_TAG_FONT) + 2 * TAG_PAD * style->scale : 0;
}

/** weft_wire_art_tag_rect: of the name at the source, or at the other end. */
WeftRect
weft_wire_art_tag_rect (const WeftWireArt *art, gboolean arriving)
{
  const WeftCurve *stub = &art->curves[arriving ? art->n_curves - 1 : 0];
  WeftPoint        at = arriving ? stub->p[0] : stub->p[3];

  return (WeftRect){ arriving ? at.x - art->tag_width : at.x, at.y - TAG_HEIGHT / 2.0,
                     art->tag_width, TAG_HEIGHT };
}
