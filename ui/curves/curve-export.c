/* Curves as pictures.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/curve-export.h"

#include "engine/base/file.h"
#include "ui/draw/picture-file.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

G_DEFINE_QUARK (weft_curves_error, weft_curves_error)

#define WIDTH 720.0
#define HEIGHT 400.0
#define PNG_SCALE 2.0

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

static void
render (WeftPictureFile         *file,
        GPtrArray               *arts,
        WeftPictureFormat        format,
        const WeftCurvesPicture *picture)
{
  WeftCurvesPicture whole = complete (picture);
  weft_picture_begin (file, format, whole.width, whole.height * MAX (arts->len, 1), whole.scale,
                      TRUE);
  draw (arts, file->cr, &whole);
}

/**
 * weft_curves_to_svg:
 * @arts: (element-type WeftChartArt): charts, one above the other
 * @picture: (nullable): size and colours
 *
 * Returns: (transfer full): the text of the picture; NULL on error
 * Errors: WEFT_RENDER_ERROR
 */
char *
weft_curves_to_svg (GPtrArray *arts, const WeftCurvesPicture *picture, GError **error)
{
  WeftPictureFile file;
  render (&file, arts, WEFT_PICTURE_SVG, picture);
  g_autoptr (GByteArray) bytes = weft_picture_end (&file, error);
  return bytes != NULL ? g_strndup ((const char *) bytes->data, bytes->len) : NULL;
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
 * Errors: WEFT_CURVES_ERROR, WEFT_RENDER_ERROR, G_FILE_ERROR
 */
gboolean
weft_curves_write (GPtrArray               *arts,
                   const char              *path,
                   const WeftCurvesPicture *picture,
                   GError                 **error)
{
  g_autofree char  *lower = g_ascii_strdown (path, -1);
  WeftPictureFormat format;
  WeftPictureFile   file;
  if (weft_picture_format_guess (path, &format))
    {
      render (&file, arts, format, picture);
      return weft_picture_end_write (&file, path, error);
    }
  if (g_str_has_suffix (lower, ".csv") || g_str_has_suffix (lower, ".jsonl"))
    return write_table (arts, path, g_str_has_suffix (lower, ".csv"), error);
  g_set_error (error, WEFT_CURVES_ERROR, WEFT_CURVES_ERROR_FORMAT,
               _ ("%s: the name must end in .svg, .pdf, .png, .csv or .jsonl"), path);
  return FALSE;
}
