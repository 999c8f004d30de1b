/* Pictures as bytes, by Cairo.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/picture-file.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gi18n.h>
#include <math.h>

#include "engine/base/file.h"

G_DEFINE_QUARK (weft_render_error, weft_render_error)

/* Points of a PDF are 72 an inch, units 96. */
#define POINTS_A_UNIT 0.75

/**
 * weft_picture_format_guess:
 * @path: a file's name
 * @format: (out): set where its end is known
 *
 * Returns: whether it is
 */
gboolean
weft_picture_format_guess (const char *path, WeftPictureFormat *format)
{
  static const char *const ends[] = { ".svg", ".pdf", ".png" }; /* by WeftPictureFormat */
  g_autofree char         *lower = g_ascii_strdown (path, -1);

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    if (g_str_has_suffix (lower, ends[i]))
      {
        *format = (WeftPictureFormat) i;
        return TRUE;
      }
  return FALSE;
}

/**
 * weft_picture_format_of:
 * @path: a file's name
 * @format: (out): the format that its end names
 *
 * Errors: WEFT_RENDER_ERROR_FORMAT.
 */
gboolean
weft_picture_format_of (const char *path, WeftPictureFormat *format, GError **error)
{
  if (weft_picture_format_guess (path, format))
    return TRUE;
  g_set_error (error, WEFT_RENDER_ERROR, WEFT_RENDER_ERROR_FORMAT,
               _ ("“%s” names no picture format: end the name in .svg, .pdf or .png."), path);
  return FALSE;
}

static cairo_status_t
append_cb (void *data, const unsigned char *bytes, unsigned int n)
{
  g_byte_array_append (data, bytes, n);
  return CAIRO_STATUS_SUCCESS;
}

/**
 * weft_picture_begin:
 * @file: (out): zeroed or not
 * @width: in units
 * @height: in units
 * @png_scale: pixels of a PNG a unit
 * @opaque: a PNG without transparency
 */
void
weft_picture_begin (WeftPictureFile  *file,
                    WeftPictureFormat format,
                    double            width,
                    double            height,
                    double            png_scale,
                    gboolean          opaque)
{
  double scale = 1;

  *file = (WeftPictureFile){ .bytes = g_byte_array_new (), .format = format };
  switch (format)
    {
    case WEFT_PICTURE_SVG:
      file->surface = cairo_svg_surface_create_for_stream (append_cb, file->bytes, width, height);
      cairo_svg_surface_set_document_unit (file->surface, CAIRO_SVG_UNIT_PX);
      break;
    case WEFT_PICTURE_PDF:
      scale = POINTS_A_UNIT;
      file->surface = cairo_pdf_surface_create_for_stream (append_cb, file->bytes, width * scale,
                                                           height * scale);
      break;
    case WEFT_PICTURE_PNG:
      scale = png_scale;
      file->surface =
        cairo_image_surface_create (opaque ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32,
                                    (int) ceil (width * scale), (int) ceil (height * scale));
      break;
    }
  file->cr = cairo_create (file->surface);
  cairo_scale (file->cr, scale, scale);
}

void
weft_picture_set_title (WeftPictureFile *file, const char *title)
{
  if (file->format != WEFT_PICTURE_PDF)
    return;
  if (title != NULL)
    cairo_pdf_surface_set_metadata (file->surface, CAIRO_PDF_METADATA_TITLE, title);
  cairo_pdf_surface_set_metadata (file->surface, CAIRO_PDF_METADATA_CREATOR, "Weft");
}

void
weft_picture_begin_page (WeftPictureFile *file, double width, double height)
{
  if (file->format == WEFT_PICTURE_PDF)
    cairo_pdf_surface_set_size (file->surface, width * POINTS_A_UNIT, height * POINTS_A_UNIT);
}

void
weft_picture_end_page (WeftPictureFile *file)
{
  if (file->format == WEFT_PICTURE_PDF)
    cairo_show_page (file->cr);
}

/**
 * weft_picture_end:
 * @file: (inout): is empty then
 *
 * Returns: (transfer full) (nullable): the file's content. Errors: WEFT_RENDER_ERROR_DRAW
 */
GByteArray *
weft_picture_end (WeftPictureFile *file, GError **error)
{
  cairo_status_t status = cairo_status (file->cr);

  g_clear_pointer (&file->cr, cairo_destroy);
  if (status == CAIRO_STATUS_SUCCESS && file->format == WEFT_PICTURE_PNG)
    status = cairo_surface_write_to_png_stream (file->surface, append_cb, file->bytes);
  cairo_surface_finish (file->surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (file->surface);
  g_clear_pointer (&file->surface, cairo_surface_destroy);
  if (status == CAIRO_STATUS_SUCCESS)
    return g_steal_pointer (&file->bytes);
  g_clear_pointer (&file->bytes, g_byte_array_unref);
  g_set_error (error, WEFT_RENDER_ERROR, WEFT_RENDER_ERROR_DRAW,
               _ ("The picture could not be drawn: %s."), cairo_status_to_string (status));
  return NULL;
}

/**
 * weft_picture_end_write:
 * @file: (inout): is empty then
 * @path: where to; written whole or not at all
 *
 * Errors: WEFT_RENDER_ERROR_DRAW, G_FILE_ERROR.
 */
gboolean
weft_picture_end_write (WeftPictureFile *file, const char *path, GError **error)
{
  g_autoptr (GByteArray) bytes = weft_picture_end (file, error);

  return bytes != NULL && weft_file_write_atomic (path, bytes->data, bytes->len, error);
}
