/* What the parts of a chart's drawing share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/curves/chart-art.h"

G_BEGIN_DECLS

typedef struct
{
  WeftChartArt *art;
  cairo_t      *cr;
  WeftPen       pen;
  WeftStyle    *style;
  double        width, height;
} WeftChartDraw;

typedef struct
{
  const char *name;
  char       *value;
  WeftColour  colour;
} WeftReading;

void weft_chart_draw_tracks (WeftChartDraw *draw);
void weft_chart_draw_flags (WeftChartDraw *draw);
void weft_chart_draw_line_sample (
  WeftChartDraw *draw, guint look, gboolean validation, double x, double y);
double     weft_chart_place_x (const WeftChartDraw *draw, double value);
double     weft_chart_place_y (const WeftChartDraw *draw, double value);
void       weft_chart_set_role (WeftChartDraw *draw, WeftRole role, double alpha);
void       weft_chart_text (WeftChartDraw *draw,
                            const char    *text,
                            guint          flags,
                            double         x,
                            double         y,
                            double         align,
                            WeftColour     colour);
double     weft_chart_text_width (WeftChartDraw *draw, const char *text, guint flags);
WeftColour weft_chart_validation_colour (const WeftChartDraw *draw, const WeftChartTrack *track);
/* The last point at or left of @step; -1: there is none. */
gint64 weft_chart_index_at (const WeftSeries *series, double step);

G_END_DECLS
