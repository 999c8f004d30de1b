/* The half of the pen that is the same for both backs: shorthands, text, rectangles.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/pen.h"

#include <math.h>
#include <pango/pangocairo.h>

/* The width cache is dropped when it gets this long: labels that change all the time (badges) must
 * not fill memory. */
#define MAX_CACHED_WIDTHS 20000
/* A layout takes about 2 KiB. */
#define MAX_CACHED_LAYOUTS 2000

/**
 * weft_style_new:
 * @pango: (nullable): a widget's context, whose resolution carries the user's text scale; NULL
 * makes one for files
 *
 * Returns: owned; free with weft_style_free
 */
WeftStyle *
weft_style_new (PangoContext *pango, WeftThemeKind theme)
{
  WeftStyle *style = g_new0 (WeftStyle, 1);
  double     dpi;

  style->pango = pango ? g_object_ref (pango)
                       : pango_font_map_create_context (pango_cairo_font_map_get_default ());
  dpi = pango_cairo_context_get_resolution (style->pango);
  style->scale = pango && dpi > 0 ? CLAMP (dpi / 96, 0.5, 2) : 1;
  style->theme = theme;
  style->widths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  style->layouts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  if (!pango)
    {
      g_autoptr (PangoFontDescription) font = pango_font_description_from_string ("Sans 11");
      cairo_font_options_t *options = cairo_font_options_create ();

      /* Positions must not depend on the file's resolution. */
      cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
      cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
      pango_cairo_context_set_font_options (style->pango, options);
      cairo_font_options_destroy (options);
      pango_context_set_font_description (style->pango, font);
      pango_context_set_round_glyph_positions (style->pango, FALSE);
    }
  return style;
}

void
weft_style_free (WeftStyle *style)
{
  g_hash_table_unref (style->widths);
  g_hash_table_unref (style->layouts);
  g_object_unref (style->pango);
  g_free (style);
}

static WeftCorners
all_corners (double radius)
{
  return (WeftCorners){ { radius, radius, radius, radius } };
}

void
weft_pen_fill (WeftPen *pen, WeftRect rect, double radius, WeftColour colour)
{
  WeftCorners corners = all_corners (radius);

  pen->back->fill_rect (pen, &rect, &corners, colour);
}

void
weft_pen_fill_corners (WeftPen *pen, WeftRect rect, WeftCorners corners, WeftColour colour)
{
  pen->back->fill_rect (pen, &rect, &corners, colour);
}

/** weft_pen_border: the line lies inside @rect. */
void
weft_pen_border (WeftPen *pen, WeftRect rect, double radius, WeftStroke stroke)
{
  WeftCorners corners = all_corners (radius);

  pen->back->stroke_rect (pen, &rect, &corners, &stroke);
}

/** weft_pen_shadow: below @rect, which is not filled. */
void
weft_pen_shadow (
  WeftPen *pen, WeftRect rect, double radius, WeftColour colour, double dy, double blur)
{
  WeftCorners corners = all_corners (radius);

  if (colour.alpha > 0)
    pen->back->shadow (pen, &rect, &corners, colour, dy, blur);
}

void
weft_pen_disc (WeftPen *pen, double x, double y, double radius, WeftColour colour)
{
  weft_pen_fill (pen, (WeftRect){ x - radius, y - radius, 2 * radius, 2 * radius }, radius, colour);
}

void
weft_pen_curve (WeftPen *pen, const WeftCurve *curve, WeftStroke stroke)
{
  pen->back->stroke_curves (pen, 1, curve, &stroke);
}

void
weft_pen_curves (WeftPen *pen, guint n, const WeftCurve *curves, WeftStroke stroke)
{
  if (n > 0)
    pen->back->stroke_curves (pen, n, curves, &stroke);
}

void
weft_pen_push_clip (WeftPen *pen, WeftRect rect, double radius)
{
  WeftCorners corners = all_corners (radius);

  pen->back->push_clip (pen, &rect, &corners);
}

void
weft_pen_pop_clip (WeftPen *pen)
{
  pen->back->pop_clip (pen);
}

/** weft_pen_image: @grey is [@height, @width], one byte a pixel, borrowed. */
void
weft_pen_image (WeftPen *pen, WeftRect rect, const guint8 *grey, guint width, guint height)
{
  pen->back->image (pen, &rect, grey, width, height);
}

/* ---- Text ---- */

static PangoLayout *
make_layout (WeftStyle *style, const char *text, WeftFont font)
{
  PangoLayout *layout = pango_layout_new (style->pango);
  g_autoptr (PangoFontDescription) description =
    pango_font_description_copy (pango_context_get_font_description (style->pango));

  if (font.flags & WEFT_FONT_MONO)
    pango_font_description_set_family_static (description, "monospace");
  pango_font_description_set_weight (
    description, font.flags & WEFT_FONT_BOLD ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_absolute_size (description, font.size * style->scale * PANGO_SCALE);
  pango_layout_set_font_description (layout, description);
  pango_layout_set_text (layout, text, -1);
  return layout;
}

/* One line of @text, as wide as it is; kept, since shaping a line takes 30 us and most lines are
 * drawn again. */
static PangoLayout *
get_line (WeftStyle *style, const char *text, WeftFont font)
{
  g_autofree char *key = g_strdup_printf ("%u %d %d %s", font.flags, (int) lround (font.size * 8),
                                          (int) lround (style->scale * 64), text);
  PangoLayout     *line = g_hash_table_lookup (style->layouts, key);

  if (line)
    return line;
  if (g_hash_table_size (style->layouts) >= MAX_CACHED_LAYOUTS)
    g_hash_table_remove_all (style->layouts);
  line = make_layout (style, text, font);
  pango_layout_set_single_paragraph_mode (line, TRUE);
  g_hash_table_insert (style->layouts, g_steal_pointer (&key), line);
  return line;
}

/** weft_pen_text: one line in the vertical middle of @box. */
void
weft_pen_text (WeftPen    *pen,
               WeftStyle  *style,
               const char *text,
               WeftFont    font,
               WeftRect    box,
               WeftAlign   align,
               WeftColour  colour)
{
  g_autoptr (PangoLayout) layout = g_object_ref (get_line (style, text, font));
  PangoRectangle extents;
  double         x = box.x;
  double         slack;

  pango_layout_get_extents (layout, NULL, &extents);
  /* A layout that fits keeps no width: rounding must not put an ellipsis on it. */
  if (extents.width > (box.width + 1) * PANGO_SCALE)
    {
      g_object_unref (layout);
      layout = make_layout (style, text, font);
      pango_layout_set_single_paragraph_mode (layout, TRUE);
      pango_layout_set_width (layout, (int) (MAX (box.width, 0) * PANGO_SCALE));
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
      pango_layout_get_extents (layout, NULL, &extents);
    }
  slack = box.width - (double) extents.width / PANGO_SCALE;
  if (align == WEFT_ALIGN_CENTRE)
    x += slack / 2;
  else if (align == WEFT_ALIGN_END)
    x += slack;
  pen->back->layout (pen, layout, x,
                     box.y + (box.height - (double) extents.height / PANGO_SCALE) / 2, colour);
}

static PangoLayout *
make_paragraph (WeftStyle *style, const char *text, WeftFont font, double width, guint max_lines)
{
  PangoLayout *layout = make_layout (style, text, font);

  pango_layout_set_width (layout, (int) (MAX (width, 1) * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_height (layout, -(int) max_lines);
  return layout;
}

static double
layout_height (PangoLayout *layout)
{
  PangoRectangle extents;

  pango_layout_get_extents (layout, NULL, &extents);
  return (double) extents.height / PANGO_SCALE;
}

/** weft_pen_paragraph: wrapped text from the top of @box; returns the height that it took. */
double
weft_pen_paragraph (WeftPen    *pen,
                    WeftStyle  *style,
                    const char *text,
                    WeftFont    font,
                    WeftRect    box,
                    guint       max_lines,
                    WeftColour  colour)
{
  g_autoptr (PangoLayout) layout = make_paragraph (style, text, font, box.width, max_lines);

  pen->back->layout (pen, layout, box.x, box.y, colour);
  return layout_height (layout);
}

/* The paragraph of @markup at a width, kept as lines are. */
static PangoLayout *
get_markup (WeftStyle *style, const char *markup, WeftFont font, double width)
{
  g_autofree char *key =
    g_strdup_printf ("markup %u %d %d %d %s", font.flags, (int) lround (font.size * 8),
                     (int) lround (style->scale * 64), (int) lround (width), markup);
  PangoLayout *layout = g_hash_table_lookup (style->layouts, key);

  if (layout)
    return layout;
  if (g_hash_table_size (style->layouts) >= MAX_CACHED_LAYOUTS)
    g_hash_table_remove_all (style->layouts);
  layout = make_layout (style, "", font);
  pango_layout_set_markup (layout, markup, -1);
  pango_layout_set_width (layout, (int) (MAX (width, 1) * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  g_hash_table_insert (style->layouts, g_steal_pointer (&key), layout);
  return layout;
}

/** weft_pen_markup: wrapped from the top of @box; returns the height that it takes. */
double
weft_pen_markup (WeftPen    *pen,
                 WeftStyle  *style,
                 const char *markup,
                 WeftFont    font,
                 WeftRect    box,
                 WeftColour  colour)
{
  g_autoptr (PangoLayout) layout = g_object_ref (get_markup (style, markup, font, box.width));
  double height = layout_height (layout);

  if (height > box.height)
    weft_pen_push_clip (pen, box, 0);
  pen->back->layout (pen, layout, box.x, box.y, colour);
  if (height > box.height)
    weft_pen_pop_clip (pen);
  return height;
}

/** weft_paragraph_height: what weft_pen_paragraph would take. */
double
weft_paragraph_height (
  WeftStyle *style, const char *text, WeftFont font, double width, guint max_lines)
{
  g_autoptr (PangoLayout) layout = make_paragraph (style, text, font, width, max_lines);

  return layout_height (layout);
}

/** weft_text_width: of one line, in the document's units. Remembered, as measuring costs 20 us and
 * labels repeat. */
double
weft_text_width (WeftStyle *style, const char *text, WeftFont font)
{
  g_autofree char *key =
    g_strdup_printf ("%u %d %s", font.flags, (int) lround (font.size * 8), text);
  double *known = g_hash_table_lookup (style->widths, key);
  g_autoptr (PangoLayout) layout = NULL;
  PangoRectangle extents;

  if (known)
    return *known;
  if (g_hash_table_size (style->widths) > MAX_CACHED_WIDTHS)
    g_hash_table_remove_all (style->widths);
  layout = make_layout (style, text, font);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_get_extents (layout, NULL, &extents);
  known = g_new (double, 1);
  *known = (double) extents.width / PANGO_SCALE;
  g_hash_table_insert (style->widths, g_steal_pointer (&key), known);
  return *known;
}

/* ---- Rectangles ---- */

gboolean
weft_rect_contains (const WeftRect *rect, double x, double y)
{
  return x >= rect->x && y >= rect->y && x < rect->x + rect->width && y < rect->y + rect->height;
}

gboolean
weft_rect_overlaps (const WeftRect *a, const WeftRect *b)
{
  return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
         b->y < a->y + a->height;
}

/** weft_rect_union: the smallest rectangle around both. */
WeftRect
weft_rect_union (const WeftRect *a, const WeftRect *b)
{
  WeftRect both;

  if (a->width <= 0 || a->height <= 0)
    return *b;
  if (b->width <= 0 || b->height <= 0)
    return *a;
  both.x = MIN (a->x, b->x);
  both.y = MIN (a->y, b->y);
  both.width = MAX (a->x + a->width, b->x + b->width) - both.x;
  both.height = MAX (a->y + a->height, b->y + b->height) - both.y;
  return both;
}

WeftRect
weft_rect_grow (WeftRect rect, double by)
{
  return (WeftRect){ rect.x - by, rect.y - by, rect.width + 2 * by, rect.height + 2 * by };
}
