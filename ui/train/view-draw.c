/* What the drawings of views share, and a view as a file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/view.h"

#include "ui/draw/picture-file.h"

#include <glib/gi18n.h>
#include <math.h>

#define EXPORT_WIDTH 560
#define EXPORT_HEIGHT 460
#define PNG_SCALE 2
#define HEADER 34.0

WeftColour
weft_drawing_colour (const WeftDrawing *drawing, WeftRole role)
{
  return weft_theme_colour (drawing->style->theme, role);
}

gboolean
weft_drawing_is_dark (const WeftDrawing *drawing)
{
  return drawing->style->theme == WEFT_THEME_DARK ||
         drawing->style->theme == WEFT_THEME_CONTRAST_DARK;
}

void
weft_drawing_set_colour (const WeftDrawing *drawing, WeftColour colour)
{
  cairo_set_source_rgba (drawing->cr, colour.red, colour.green, colour.blue, colour.alpha);
}

WeftColour
weft_colour_mix (WeftColour a, WeftColour b, double share)
{
  float s = (float) CLAMP (share, 0, 1);
  return (WeftColour){ a.red + (b.red - a.red) * s, a.green + (b.green - a.green) * s,
                       a.blue + (b.blue - a.blue) * s, a.alpha + (b.alpha - a.alpha) * s };
}

/* The Okabe-Ito palette: told apart by those who do not see red and green. */
WeftColour
weft_drawing_class_colour (const WeftDrawing *drawing, guint index)
{
  static const WeftColour colours[] = {
    { 0.90f, 0.38f, 0.00f, 1 },
    { 0.21f, 0.52f, 0.89f, 1 },
    { 0.00f, 0.62f, 0.45f, 1 },
    { 0.80f, 0.47f, 0.65f, 1 },
    { 0.90f, 0.62f, 0.00f, 1 },
    { 0.34f, 0.71f, 0.91f, 1 },
    { 0.51f, 0.24f, 0.61f, 1 },
    { 0.39f, 0.27f, 0.17f, 1 },
    { 0.58f, 0.58f, 0.10f, 1 },
    { 0.45f, 0.45f, 0.48f, 1 },
  };
  WeftColour colour = colours[index % G_N_ELEMENTS (colours)];
  WeftColour white = { 1, 1, 1, 1 };
  return weft_drawing_is_dark (drawing) ? weft_colour_mix (colour, white, 0.18) : colour;
}

void
weft_drawing_text (WeftDrawing *drawing,
                   const char  *text,
                   double       size,
                   guint        flags,
                   WeftRect     box,
                   WeftAlign    align,
                   WeftRole     role)
{
  weft_pen_text (&drawing->pen, drawing->style, text, (WeftFont){ size, flags }, box, align,
                 weft_drawing_colour (drawing, role));
}

void
weft_drawing_message (WeftDrawing *drawing, const char *text)
{
  const WeftFont font = { 12, WEFT_FONT_PLAIN };
  double         one_line = ceil (weft_text_width (drawing->style, text, font)) + 2;
  double         width = MIN (MIN (drawing->width - 32, 380), one_line);
  double         height = weft_paragraph_height (drawing->style, text, font, width, 8);
  WeftRect       box = { (drawing->width - width) / 2, MAX ((drawing->height - height) / 2 - 10, 0),
                         width, height };
  weft_pen_paragraph (&drawing->pen, drawing->style, text, font, box, 8,
                      weft_drawing_colour (drawing, WEFT_ROLE_TEXT_DIM));
}

void
weft_drawing_picture (WeftDrawing  *drawing,
                      WeftRect      box,
                      const guint8 *pixels,
                      guint         width,
                      guint         height,
                      guint         channels)
{
  double             scale = MIN (box.width / width, box.height / height);
  int                stride = cairo_format_stride_for_width (CAIRO_FORMAT_RGB24, (int) width);
  g_autofree guint8 *data = g_malloc0 ((gsize) stride * height);
  cairo_surface_t   *image;
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        const guint8 *p = pixels + ((gsize) y * width + x) * channels;
        guint32       rgb = channels == 3 ? (guint32) p[0] << 16 | (guint32) p[1] << 8 | p[2]
                                          : (guint32) p[0] * 0x010101;
        ((guint32 *) (gpointer) (data + (gsize) y * stride))[x] = rgb;
      }
  image = cairo_image_surface_create_for_data (data, CAIRO_FORMAT_RGB24, (int) width, (int) height,
                                               stride);
  cairo_save (drawing->cr);
  cairo_translate (drawing->cr, box.x + (box.width - width * scale) / 2,
                   box.y + (box.height - height * scale) / 2);
  cairo_rectangle (drawing->cr, 0, 0, width * scale, height * scale);
  cairo_clip (drawing->cr);
  cairo_scale (drawing->cr, scale, scale);
  cairo_set_source_surface (drawing->cr, image, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (drawing->cr), CAIRO_FILTER_NEAREST);
  cairo_paint (drawing->cr);
  cairo_restore (drawing->cr);
  cairo_surface_finish (image);
  cairo_surface_destroy (image);
}

/* ---- Files ---- */

static void
draw_page (WeftView *view, cairo_t *cr, WeftStyle *style)
{
  const WeftViewKind *kind = weft_view_get_kind (view);
  gconstpointer       result = weft_view_get_result (view);
  WeftDrawing         drawing = { .cr = cr,
                                  .pen = weft_pen_for_cairo (cr),
                                  .style = style,
                                  .width = EXPORT_WIDTH,
                                  .height = EXPORT_HEIGHT - HEADER,
                                  .result = result,
                                  .scratch = weft_view_get_scratch (view),
                                  .item = -1 };
  WeftRect            box = { 14, 4, EXPORT_WIDTH - 28, HEADER - 4 };
  g_autofree char    *note = result != NULL && kind->note != NULL ? kind->note (result) : NULL;
  weft_pen_fill (&drawing.pen, (WeftRect){ 0, 0, EXPORT_WIDTH, EXPORT_HEIGHT }, 0,
                 weft_drawing_colour (&drawing, WEFT_ROLE_CARD));
  weft_drawing_text (&drawing, _ (kind->title), 13, WEFT_FONT_BOLD, box, WEFT_ALIGN_START,
                     WEFT_ROLE_TEXT);
  if (note != NULL)
    weft_drawing_text (&drawing, note, 11, WEFT_FONT_PLAIN, box, WEFT_ALIGN_END,
                       WEFT_ROLE_TEXT_DIM);
  cairo_translate (cr, 0, HEADER);
  if (result != NULL)
    kind->draw (&drawing);
  else
    weft_drawing_message (&drawing, _ (kind->empty));
}

/**
 * weft_view_export:
 * @view: a view
 * @path: a file, whose end says the format
 * @error: where to put what went wrong
 *
 * Errors: WEFT_RENDER_ERROR_FORMAT, WEFT_RENDER_ERROR_DRAW, G_FILE_ERROR.
 *
 * Returns: whether it was written; in the light theme, as papers are
 */
gboolean
weft_view_export (WeftView *view, const char *path, GError **error)
{
  WeftPictureFormat format;
  WeftPictureFile   file;
  if (!weft_picture_format_of (path, &format, error))
    return FALSE;
  PangoContext *pango = gtk_widget_create_pango_context (GTK_WIDGET (view));
  g_autoptr (WeftStyle) style = weft_style_new (pango, WEFT_THEME_LIGHT);
  g_object_unref (pango);
  weft_picture_begin (&file, format, EXPORT_WIDTH, EXPORT_HEIGHT, PNG_SCALE, TRUE);
  draw_page (view, file.cr, style);
  return weft_picture_end_write (&file, path, error);
}
