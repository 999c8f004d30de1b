/* The drawing of a chart: one curve of one or several runs. For the window, for files, for paper.
 *
 * Behind a smoothed training curve stands the raw one, every point of it: each column of pixels
 * shows the least and the greatest of its points, so a million points cost what a thousand do. What
 * is not finite is a marked gap, flags stand where a knob was turned. Runs are told apart by colour
 * and by dashes, validation has dots.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/curves/axis.h"
#include "ui/curves/run-data.h"
#include "ui/draw/pen.h"

G_BEGIN_DECLS

/* Looks of runs; after these they come again. */
#define WEFT_N_RUN_LOOKS 8

typedef struct
{
  WeftRunData *data;  /* borrowed */
  const char  *title; /* of the run, borrowed */
  guint        look;  /* colour and dashes */
} WeftChartTrack;

typedef struct
{
  WeftClockKind x;
  WeftScale     x_scale, y_scale;
  gboolean      skip_start; /* the first steps do not count for the range of values */
  gboolean      smoothed;
} WeftChartLook;

typedef struct
{
  /* Given */
  char         *name;   /* of the curve, owned */
  GArray       *tracks; /* of WeftChartTrack */
  WeftChartLook look;
  double        x_from, x_to, y_from, y_to; /* what is shown; NaN: what fits */
  double        cursor;                     /* on the x axis; NaN: none */
  const char   *empty;                      /* what stands there without points, borrowed */

  /* As laid out last */
  gboolean laid_out;
  WeftAxis x, y;
  WeftRect plot;
} WeftChartArt;

WeftChartArt *weft_chart_art_new (const char *name);
void          weft_chart_art_free (WeftChartArt *art);
void          weft_chart_art_add (WeftChartArt *art, WeftRunData *data, const char *title, guint look);
char         *weft_chart_art_dup_title (const WeftChartArt *art);
char         *weft_chart_art_dup_reading (const WeftChartArt *art, double value);
/* The axis' value at a place of the drawing; NaN: beside the plot. */
double weft_chart_art_x_at (const WeftChartArt *art, double x);
double weft_chart_art_y_at (const WeftChartArt *art, double y);
void
weft_chart_art_draw (WeftChartArt *art, cairo_t *cr, WeftStyle *style, double width, double height);
/* A line in the run's colour and dashes, in a box of this size. */
void
           weft_run_look_sample (cairo_t *cr, WeftThemeKind theme, guint look, double width, double height);
WeftColour weft_run_look_colour (WeftThemeKind theme, guint look);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftChartArt, weft_chart_art_free)

G_END_DECLS
