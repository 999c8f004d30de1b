/* What a run measured: a curve for the loss and for each metric, the clock, and where a knob was
 * changed.
 *
 * Filled by a run as it goes on, or from the log of one. One thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/train/log-read.h"
#include "ui/curves/clock.h"
#include "ui/curves/series.h"

G_BEGIN_DECLS

typedef struct
{
  char       *name;
  WeftSeries *train, *validation; /* over steps */
  double      test;               /* NaN: not measured */
} WeftRunCurve;

/* A knob that was turned while the run went on. */
typedef struct
{
  double      step;
  const char *knob; /* interned */
  double      value;
} WeftRunFlag;

typedef struct
{
  GPtrArray    *curves; /* of WeftRunCurve; the loss is first */
  GArray       *flags;  /* of WeftRunFlag */
  WeftClock    *clock;
  char         *reason; /* how it ended; NULL: not said */
  WeftSmoothing smoothing;
  double        weight;
} WeftRunData;

WeftRunData  *weft_run_data_new (void);
void          weft_run_data_free (WeftRunData *data);
void          weft_run_data_clear (WeftRunData *data);
WeftRunCurve *weft_run_data_find (WeftRunData *data, const char *name);
WeftRunCurve *weft_run_data_add_curve (WeftRunData *data, const char *name);
void weft_run_data_add_flag (WeftRunData *data, double step, const char *knob, double value);
void          weft_run_data_add_line (WeftRunData *data, const WeftLogLine *line);
void weft_run_data_set_smoothing (WeftRunData *data, WeftSmoothing smoothing, double weight);
/* Forgets what was measured after @step: the run went back there. */
void          weft_run_data_rewind (WeftRunData *data, double step);
/* What @later, the same run from a later step on, measured after @data. */
void          weft_run_data_join (WeftRunData *data, const WeftRunData *later);
double        weft_run_data_last_step (const WeftRunData *data);
/* @last: the last step that counts. Errors: as weft_log_read. Any thread. */
WeftRunData *weft_run_data_read (const char    *path,
                                 double         batch,
                                 double         last,
                                 WeftLogReport *report,
                                 GCancellable  *cancellable,
                                 GError       **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRunData, weft_run_data_free)

G_END_DECLS
