/* Wires: their curve, colour, dash, label, and how far a point is from them.
 *
 * Colour says the element type, the dash says it again for those who cannot tell colours apart
 * (integers long dashes, bool dots), thickness says the rank. A scalar is grey, an unknown type
 * pale.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/lower.h"
#include "ui/draw/pen.h"

G_BEGIN_DECLS

/* What a number on a wire is, which its colour and its sign tell. */
typedef enum
{
  WEFT_WIRE_VALUE,
  WEFT_WIRE_GRADIENT,
  WEFT_WIRE_WRONG, /* not finite */
} WeftWireTone;

typedef struct
{
  guint32     from, to;
  const char *from_port, *to_port; /* interned */
  WeftCurve  *curves; /* owned, @n_curves, end to end; two stubs where there is a tag */
  guint      *legs;   /* owned: of each, after how many dots it comes */
  WeftPoint  *dots;   /* owned, @n_dots: that it passes */
  double      dots_dx, dots_dy; /* that a drag moves them by */
  double      tag_width;
  char       *tag;     /* the name that stands at both ends in place of a line; NULL: none */
  guint       n_curves, n_dots, room;
  gboolean    angular; /* in right angles */
  gboolean    known;
  WeftType    type;
  char       *label;       /* "f32 (batch, 64)" */
  char       *short_label; /* "(batch, 64)", where the gap is narrow; NULL: there is none */
  char
    *long_label; /* "f32 (batch, 64) · 16.0 KiB", where there is ample room; NULL: there is none */
  gint64      n_bytes;     /* of one batch; -1: unknown */
  char        *number; /* stands in place of the labels: what flows, in numbers; NULL: nothing */
  char       *short_number; /* the same where the gap is narrow */
  WeftWireTone tone;        /* of the number */
  double flow; /* how large what flows is beside the rest, 0..1: the thickness; -1: not watched */
  gboolean    stale;       /* the label changed since a place was looked for */
  const char *shown;       /* one of the three, NULL: no room */
  gboolean    small;       /* set narrowly, as there was no room else */
  WeftRect    label_rect;
} WeftWireArt;

typedef struct
{
  gboolean bright; /* hovered, or of a selected node */
  gboolean faded;
  gboolean straight; /* far away: a line, no curve */
  gboolean wrong;    /* part of what is refused: red and thick */
  gboolean plain;    /* without its dots */
} WeftWireLook;

#define WEFT_TAG_FONT ((WeftFont){ 10.5, WEFT_FONT_MONO })

WeftWireArt *weft_wire_art_new (const WeftWire *wire);
void         weft_wire_art_free (WeftWireArt *art);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftWireArt, weft_wire_art_free)
/* NULL: unknown. TRUE if that is news. */
gboolean weft_wire_art_set_type (WeftWireArt *art, const WeftType *type);
/* A number in place of the label, and a shorter one; both NULL: the label again. TRUE if that is
 * news. */
gboolean weft_wire_art_set_number (WeftWireArt *art,
                                   const char  *number,
                                   const char  *short_number,
                                   WeftWireTone tone);
/* What stands on the wire where there is room for all of it. */
const char *weft_wire_art_full_label (const WeftWireArt *art);
/* What flows in one batch; -1: unknown. TRUE if that is news. */
gboolean weft_wire_art_set_bytes (WeftWireArt *art, gint64 n_bytes);
/* The route anew, with the dots and the tag as they are set. A new art has none until then. */
void      weft_wire_art_set_ends (WeftWireArt *art, double x0, double y0, double x1, double y1);
void      weft_wire_art_set_dots (WeftWireArt *art, const double (*dots)[2], guint n);
void      weft_wire_art_set_tag (WeftWireArt *art, WeftStyle *style, const char *text);
WeftRect  weft_wire_art_tag_rect (const WeftWireArt *art, gboolean arriving);
WeftRect  weft_wire_art_bounds (const WeftWireArt *art);
double    weft_wire_art_distance (const WeftWireArt *art, double x, double y);
WeftPoint weft_wire_art_at (const WeftWireArt *art, double t);
gint      weft_wire_art_find_dot (const WeftWireArt *art, double x, double y, double reach);
guint     weft_wire_art_find_gap (const WeftWireArt *art, double x, double y);
/* Looks for a place along the wire where a label hides none of @obstacles (in document
 * coordinates). */
void
weft_wire_art_place_label (WeftWireArt *art, WeftStyle *style, const WeftRect *obstacles, guint n);
/* The same for all of @wires (of WeftWireArt) that are stale: around @cards and around each other's
 * labels. */
void weft_wire_art_place_labels (GPtrArray      *wires,
                                 WeftStyle      *style,
                                 const WeftRect *cards,
                                 guint           n_cards);
/* Puts the label at the middle whatever is there: for the wire under the pointer. */
void weft_wire_art_force_label (WeftWireArt *art, WeftStyle *style);
void weft_wire_art_draw (const WeftWireArt  *art,
                         WeftPen            *pen,
                         WeftStyle          *style,
                         const WeftWireLook *look);
void weft_wire_art_draw_label (const WeftWireArt *art, WeftPen *pen, WeftStyle *style);

WeftColour weft_wire_colour (WeftThemeKind theme, const WeftType *type); /* NULL: unknown */
WeftStroke weft_wire_stroke (WeftThemeKind theme, const WeftType *type);
WeftCurve  weft_wire_curve (double x0, double y0, double x1, double y1);
WeftPoint  weft_curve_at (const WeftCurve *curve, double t);
WeftRect   weft_curve_bounds (const WeftCurve *curve);
double     weft_curve_distance (const WeftCurve *curve, double x, double y);

G_END_DECLS
