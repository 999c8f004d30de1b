/* The pen: what draws nodes, wires and notes, once for the screen and for files.
 *
 * A pen has two backs: Cairo (files, wires) and GtkSnapshot (node cards on the canvas). Lengths are
 * the document's units; the caller has set origin and scale. Text is laid out by Pango with the
 * style's context, so that a card has the same size on both. A stroked rectangle's line lies inside
 * the rectangle.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <cairo.h>
#include <pango/pango.h>

#include "ui/draw/theme.h"

G_BEGIN_DECLS

typedef struct
{
  double x, y, width, height;
} WeftRect;

typedef struct
{
  double x, y;
} WeftPoint;

typedef struct
{
  WeftPoint p[4]; /* a cubic Bezier: ends and handles */
} WeftCurve;

typedef enum
{
  WEFT_DASH_NONE,
  WEFT_DASH_LONG,
  WEFT_DASH_DOTS,
} WeftDash;

typedef struct
{
  WeftColour colour;
  double     width;
  WeftDash   dash;
} WeftStroke;

typedef enum
{
  WEFT_FONT_PLAIN = 0,
  WEFT_FONT_BOLD = 1 << 0,
  WEFT_FONT_MONO = 1 << 1,
} WeftFontFlags;

typedef struct
{
  double size; /* pixels at text scale 1 */
  guint  flags;
} WeftFont;

/* Corner radii: top left, top right, bottom right, bottom left. */
typedef struct
{
  double radius[4];
} WeftCorners;

typedef struct _WeftPen WeftPen;

typedef struct
{
  void (*fill_rect) (WeftPen           *pen,
                     const WeftRect    *rect,
                     const WeftCorners *corners,
                     WeftColour         colour);
  void (*stroke_rect) (WeftPen           *pen,
                       const WeftRect    *rect,
                       const WeftCorners *corners,
                       const WeftStroke  *stroke);
  void (*shadow) (WeftPen           *pen,
                  const WeftRect    *rect,
                  const WeftCorners *corners,
                  WeftColour         colour,
                  double             dy,
                  double             blur);
  void (*stroke_curves) (WeftPen          *pen,
                         guint             n,
                         const WeftCurve  *curves,
                         const WeftStroke *stroke); /* end to end */
  void (*layout) (WeftPen *pen, PangoLayout *layout, double x, double y, WeftColour colour);
  void (*push_clip) (WeftPen *pen, const WeftRect *rect, const WeftCorners *corners);
  void (*pop_clip) (WeftPen *pen);
  void (*image) (WeftPen *pen, const WeftRect *rect, const guint8 *grey, guint width, guint height);
} WeftPenBack;

struct _WeftPen
{
  const WeftPenBack *back;
  gpointer           target; /* cairo_t or GtkSnapshot, borrowed */
};

/* What drawing needs to know besides the thing drawn: fonts, text scale, colours. */
typedef struct
{
  PangoContext *pango;  /* owned */
  GHashTable   *widths;  /* text with font -> width, since most labels of a document repeat */
  GHashTable   *layouts; /* likewise -> PangoLayout of one line; not to be changed */
  double        scale;  /* of text, and of what is sized by text */
  WeftThemeKind theme;
} WeftStyle;

WeftStyle *weft_style_new (PangoContext *pango, WeftThemeKind theme);
void       weft_style_free (WeftStyle *style);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftStyle, weft_style_free)

WeftPen weft_pen_for_cairo (cairo_t *cr);

void weft_pen_fill (WeftPen *pen, WeftRect rect, double radius, WeftColour colour);
void weft_pen_fill_corners (WeftPen *pen, WeftRect rect, WeftCorners corners, WeftColour colour);
void weft_pen_border (WeftPen *pen, WeftRect rect, double radius, WeftStroke stroke);
void weft_pen_shadow (
  WeftPen *pen, WeftRect rect, double radius, WeftColour colour, double dy, double blur);
void weft_pen_disc (WeftPen *pen, double x, double y, double radius, WeftColour colour);
void weft_pen_curve (WeftPen *pen, const WeftCurve *curve, WeftStroke stroke);
/* One line of @n pieces, each beginning where the one before it ends. */
void weft_pen_curves (WeftPen *pen, guint n, const WeftCurve *curves, WeftStroke stroke);
void weft_pen_push_clip (WeftPen *pen, WeftRect rect, double radius);
void weft_pen_pop_clip (WeftPen *pen);
/* @grey: @width x @height bytes, row-major, drawn without smoothing. */
void weft_pen_image (WeftPen *pen, WeftRect rect, const guint8 *grey, guint width, guint height);

typedef enum
{
  WEFT_ALIGN_START,
  WEFT_ALIGN_CENTRE,
  WEFT_ALIGN_END,
} WeftAlign;
/* One line, centred vertically in @box, cut with an ellipsis where it is wider. */
void weft_pen_text (WeftPen    *pen,
                    WeftStyle  *style,
                    const char *text,
                    WeftFont    font,
                    WeftRect    box,
                    WeftAlign   align,
                    WeftColour  colour);
/* Wrapped at words in @box, from its top; at most @max_lines. Returns the height. */
double weft_pen_paragraph (WeftPen    *pen,
                           WeftStyle  *style,
                           const char *text,
                           WeftFont    font,
                           WeftRect    box,
                           guint       max_lines,
                           WeftColour  colour);
/* Pango markup, wrapped in @box, from its top; cut where the box ends. Returns the height. Kept, as
 * notes are drawn in every frame. */
double weft_pen_markup (WeftPen    *pen,
                        WeftStyle  *style,
                        const char *markup,
                        WeftFont    font,
                        WeftRect    box,
                        WeftColour  colour);
double weft_text_width (WeftStyle *style, const char *text, WeftFont font);
double weft_paragraph_height (
  WeftStyle *style, const char *text, WeftFont font, double width, guint max_lines);

/* ---- Small geometry ---- */
gboolean weft_rect_contains (const WeftRect *rect, double x, double y);
gboolean weft_rect_overlaps (const WeftRect *a, const WeftRect *b);
WeftRect weft_rect_union (const WeftRect *a,
                          const WeftRect *b); /* one without area counts as nothing */
WeftRect weft_rect_grow (WeftRect rect, double by);

G_END_DECLS
