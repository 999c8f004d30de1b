/* Curves as pictures.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/curve-export.h"

#include "engine/base/file.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

G_DEFINE_QUARK (weft_curves_error, weft_curves_error)

#define WIDTH 720.0
#define HEIGHT 400.0
#define PNG_SCALE 2.0
/* Points of a PDF, 72 an inch, to units of a drawing, 96 an inch. */
#define POINTS_A_UNIT 0.75

typedef enum
{
  FORMAT_SVG,
  FORMAT_PDF,
  FORMAT_PNG,
} Format;

static WeftCurvesPicture
complete (const WeftCurvesPicture *picture)
{
  WeftCurvesPicture whole = { 0 };
  if (picture != NULL)
    whole = *picture;
  whole.width = whole.width > 0 ? whole.width : WIDTH;
  whole.height = whole.height > 0 ? whole.height : HEIGHT;
  whole.scale = whole.scale > 0 ? whole.scale : PNG_SCALE;
  return whole;
}

/* A cursor belongs to the screen. */
static void
draw (GPtrArray *arts, cairo_t *cr, const WeftCurvesPicture *picture)
{
  g_autoptr (WeftStyle) style = weft_style_new (NULL, picture->theme);
  WeftPen pen = weft_pen_for_cairo (cr);
  weft_pen_fill (&pen, (WeftRect){ 0, 0, picture->width, picture->height * MAX (arts->len, 1) }, 0,
                 weft_theme_colour (picture->theme, WEFT_ROLE_CARD));
  for (guint i = 0; i < arts->len; i++)
    {
      WeftChartArt *art = g_ptr_array_index (arts, i);
      double        cursor = art->cursor;
      art->cursor = NAN;
      cairo_save (cr);
      cairo_translate (cr, 0, i * picture->height);
      weft_chart_art_draw (art, cr, style, picture->width, picture->height);
      cairo_restore (cr);
      art->cursor = cursor;
    }
}

static cairo_status_t
append_cb (void *data, const unsigned char *bytes, unsigned int n)
{
  g_byte_array_append (data, bytes, n);
  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *
new_surface (Format format, double width, double height, double scale, GByteArray *bytes)
{
  switch (format)
    {
    case FORMAT_SVG:
      {
        cairo_surface_t *surface =
          cairo_svg_surface_create_for_stream (append_cb, bytes, width, height);
        cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PX);
        return surface;
      }
    case FORMAT_PDF:
      return cairo_pdf_surface_create_for_stream (append_cb, bytes, width * POINTS_A_UNIT,
                                                  height * POINTS_A_UNIT);
    case FORMAT_PNG:
      break;
    }
  return cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) ceil (width * scale),
                                     (int) ceil (height * scale));
}

/* NULL: see @error. */
static GByteArray *
render (GPtrArray *arts, Format format, const WeftCurvesPicture *picture, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  double           scale = format == FORMAT_PNG ? picture->scale : format == FORMAT_PDF ? POINTS_A_UNIT
                                                                                        : 1;
  cairo_surface_t *surface = new_surface (
    format, picture->width, picture->height * MAX (arts->len, 1), picture->scale, bytes);
  cairo_t       *cr = cairo_create (surface);
  cairo_status_t status;
  cairo_scale (cr, scale, scale);
  draw (arts, cr, picture);
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (status == CAIRO_STATUS_SUCCESS && format == FORMAT_PNG)
    status = cairo_surface_write_to_png_stream (surface, append_cb, bytes);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return g_steal_pointer (&bytes);
  g_set_error (error, WEFT_CURVES_ERROR, WEFT_CURVES_ERROR_DRAW,
               _ ("The curves could not be drawn: %s"), cairo_status_to_string (status));
  return NULL;
}

/**
 * weft_curves_to_svg:
 * @arts: (element-type WeftChartArt): charts, one above the other
 * @picture: (nullable): size and colours
 *
 * Returns: (transfer full): the text of the picture; NULL on error
 * Errors: WEFT_CURVES_ERROR
 */
char *
weft_curves_to_svg (GPtrArray *arts, const WeftCurvesPicture *picture, GError **error)
{
  WeftCurvesPicture whole = complete (picture);
  g_autoptr (GByteArray) bytes = render (arts, FORMAT_SVG, &whole, error);
  return bytes != NULL ? g_strndup ((const char *) bytes->data, bytes->len) : NULL;
}

static gboolean
write_picture (GPtrArray               *arts,
               Format                   format,
               const char              *path,
               const WeftCurvesPicture *picture,
               GError                 **error)
{
  WeftCurvesPicture whole = complete (picture);
  g_autoptr (GByteArray) bytes = render (arts, format, &whole, error);
  return bytes != NULL && weft_file_write_atomic (path, bytes->data, bytes->len, error);
}

static gboolean
write_table (GPtrArray *arts, const char *path, gboolean csv, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (WeftChartTrack));
  const GArray *tracks =
    arts->len > 0 ? ((WeftChartArt *) g_ptr_array_index (arts, 0))->tracks : none;
  for (guint i = 0; i < arts->len; i++)
    g_ptr_array_add (names, ((WeftChartArt *) g_ptr_array_index (arts, i))->name);
  g_ptr_array_add (names, NULL);
  g_autofree char *text =
    csv ? weft_curves_to_csv (tracks, (const char *const *) names->pdata)
        : weft_curves_to_json_lines (tracks, (const char *const *) names->pdata);
  return weft_file_write_atomic (path, text, strlen (text), error);
}

/**
 * weft_curves_write:
 * @arts: (element-type WeftChartArt): charts
 * @path: where to
 * @picture: (nullable): size and colours of a picture
 *
 * Errors: WEFT_CURVES_ERROR, G_FILE_ERROR
 */
gboolean
weft_curves_write (GPtrArray               *arts,
                   const char              *path,
                   const WeftCurvesPicture *picture,
                   GError                 **error)
{
  static const char *const PICTURES[] = { ".svg", ".pdf", ".png" }; /* by Format */
  g_autofree char         *lower = g_ascii_strdown (path, -1);
  for (guint i = 0; i < G_N_ELEMENTS (PICTURES); i++)
    if (g_str_has_suffix (lower, PICTURES[i]))
      return write_picture (arts, (Format) i, path, picture, error);
  if (g_str_has_suffix (lower, ".csv") || g_str_has_suffix (lower, ".jsonl"))
    return write_table (arts, path, g_str_has_suffix (lower, ".csv"), error);
  g_set_error (error, WEFT_CURVES_ERROR, WEFT_CURVES_ERROR_FORMAT,
               _ ("%s: the name must end in .svg, .pdf, .png, .csv or .jsonl"), path);
  return FALSE;
}
