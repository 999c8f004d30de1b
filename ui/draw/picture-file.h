/* A picture in a format that people take away: SVG, PDF or PNG. What draws on it counts in units,
 * which are CSS pixels: as many pixels of a PNG as its scale says, 3/4 of a point in a PDF.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

#define WEFT_RENDER_ERROR (weft_render_error_quark ())
typedef enum
{
  WEFT_RENDER_ERROR_FORMAT, /* the file's name ends in none of .svg .pdf .png */
  WEFT_RENDER_ERROR_SIZE,   /* the picture would be too large for the format */
  WEFT_RENDER_ERROR_DRAW,   /* Cairo failed; the message says how */
} WeftRenderErrorCode;
GQuark weft_render_error_quark (void);

typedef enum
{
  WEFT_PICTURE_SVG,
  WEFT_PICTURE_PDF,
  WEFT_PICTURE_PNG,
} WeftPictureFormat;
/* By the end of @path, in capitals too. FALSE: it is none of them. */
gboolean weft_picture_format_guess (const char *path, WeftPictureFormat *format);
/* The same. Errors: WEFT_RENDER_ERROR_FORMAT. */
gboolean weft_picture_format_of (const char *path, WeftPictureFormat *format, GError **error);

/* One that is being drawn; begun ones must be ended. */
typedef struct
{
  cairo_t          *cr; /* to draw on, in units */
  cairo_surface_t  *surface;
  GByteArray       *bytes;
  WeftPictureFormat format;
} WeftPictureFile;

void weft_picture_begin (WeftPictureFile  *file,
                         WeftPictureFormat format,
                         double            width,
                         double            height,
                         double            png_scale,
                         gboolean          opaque);
/* PDF only: the title may be NULL; the size of the page that is drawn next; that it is done. */
void weft_picture_set_title (WeftPictureFile *file, const char *title);
void weft_picture_begin_page (WeftPictureFile *file, double width, double height);
void weft_picture_end_page (WeftPictureFile *file);

GByteArray *weft_picture_end (WeftPictureFile *file, GError **error);
gboolean    weft_picture_end_write (WeftPictureFile *file, const char *path, GError **error);

G_END_DECLS
