/* Reads the log of a run (engine/train/log.h), a million lines in some two seconds.
 *
 * A log may be damaged: what is no line of a log is counted and left out, and a line without an
 * end, which a crash leaves, is not looked at.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_LOG_STEP,
  WEFT_LOG_EPOCH,
  WEFT_LOG_FLAG, /* a knob changed: knob, value */
  WEFT_LOG_FINISHED,
  WEFT_LOG_FAILED,
} WeftLogKind;

#define WEFT_LOG_MAX_VALUES 64
typedef struct
{
  const char *name;  /* lives as long as the reading */
  double      value; /* NaN: was not finite */
} WeftLogValue;

typedef struct
{
  WeftLogKind  kind;
  double       step, epoch, time_s; /* NaN: not said */
  double       examples;            /* so far; NaN: not said */
  const char  *text;                /* knob, reason or message; NULL: none */
  double       value;               /* of the knob */
  guint        n_train, n_validation, n_test;
  WeftLogValue train[WEFT_LOG_MAX_VALUES], validation[WEFT_LOG_MAX_VALUES],
    test[WEFT_LOG_MAX_VALUES];
} WeftLogLine;

typedef void (*WeftLogFunc) (const WeftLogLine *line, gpointer data);

typedef struct
{
  guint64 n_lines, n_damaged, first_damaged; /* lines count from 1; 0: none */
} WeftLogReport;

gboolean weft_log_read (const char    *path,
                        WeftLogFunc    func,
                        gpointer       data,
                        WeftLogReport *report,
                        GCancellable  *cancellable,
                        GError       **error);
/* The same of what lies in memory. */
void weft_log_read_text (
  const char *text, gsize size, WeftLogFunc func, gpointer data, WeftLogReport *report);

G_END_DECLS
