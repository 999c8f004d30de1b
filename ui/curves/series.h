/* One curve of a run: every point is kept, and any range of it is summed up in time that follows
 * the logarithm of its length, so that a chart of a long run costs what its pixels cost.
 *
 * Smoothing is taken over all points, before anything is left out for drawing. Points that
 * are not finite are gaps. One thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _WeftSeries WeftSeries;

typedef enum
{
  WEFT_SMOOTHING_MEAN, /* running, the past weighs less the farther it is */
  WEFT_SMOOTHING_BELL, /* both sides, by a normal distribution */
} WeftSmoothing;

WeftSeries *weft_series_new (void);
void        weft_series_free (WeftSeries *series);
void        weft_series_clear (WeftSeries *series);
void        weft_series_append (WeftSeries *series, double x, double y);
guint       weft_series_n (const WeftSeries *series);
guint       weft_series_n_gaps (const WeftSeries *series);
void        weft_series_gap (const WeftSeries *series, guint index, double *from, double *to);
double      weft_series_x (const WeftSeries *series, guint index);
double      weft_series_y (const WeftSeries *series, guint index);
guint       weft_series_find (const WeftSeries *series, double x);
gboolean    weft_series_range (
     const WeftSeries *series, guint begin, guint end, double *minimum, double *maximum);
void   weft_series_set_smoothing (WeftSeries *series, WeftSmoothing smoothing, double weight);
double weft_series_smooth (const WeftSeries *series, guint index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSeries, weft_series_free)

G_END_DECLS
