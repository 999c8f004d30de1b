/* Curves as files: pictures, tables, events for TensorBoard.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/curves/chart-art.h"

G_BEGIN_DECLS

#define WEFT_CURVES_ERROR (weft_curves_error_quark ())
typedef enum
{
  WEFT_CURVES_ERROR_FORMAT, /* the file's name ends in nothing that is known */
} WeftCurvesErrorCode;
GQuark weft_curves_error_quark (void);

typedef struct
{
  WeftThemeKind theme;
  double        width, height; /* of one chart; 0: 720 by 400 */
  double        scale;         /* PNG pixels a unit; 0: 2 */
} WeftCurvesPicture;

/* @arts: of WeftChartArt, one above the other; @path ends in .svg, .pdf, .png, .csv or .jsonl.
 * @picture may be NULL. Errors: WEFT_CURVES_ERROR, WEFT_RENDER_ERROR, G_FILE_ERROR. */
gboolean weft_curves_write (GPtrArray               *arts,
                            const char              *path,
                            const WeftCurvesPicture *picture,
                            GError                 **error);
/* The picture as the text of an SVG. */
char *weft_curves_to_svg (GPtrArray *arts, const WeftCurvesPicture *picture, GError **error);

/* Every point of all curves of @tracks (of WeftChartTrack), or of those in @names (NULL: all):
 * "run,curve,part,step,epoch,time_s, examples,value", or one JSON object a line with these members.
 * A value that is not finite is empty, or null. */
char *weft_curves_to_csv (const GArray *tracks, const char *const *names);
char *weft_curves_to_json_lines (const GArray *tracks, const char *const *names);

/* A file of events for each of @tracks in a folder of its own below @folder, as TensorBoard reads
 * it: tags "loss/train", "loss/validation". @wall_time: when the run began, in seconds; 0: now.
 * Errors: G_FILE_ERROR. */
gboolean weft_curves_write_tensorboard (const GArray *tracks,
                                        const char   *folder,
                                        double        wall_time,
                                        GError      **error);
guint32  weft_crc32c (const guint8 *bytes, gsize n);

G_END_DECLS
