/* A sweep: runs of one document with other settings, each combination of them or some at random.
 *
 *   "training": {"sweep": {"over": {"training.rate": "0.0001..0.1 log in 4", "hidden.units": "32,
 * 64, 128"}, "draws": 8, "seed": 1}}
 *
 * Values are a list, or a range LOW..HIGH with "log" for even steps of the logarithm and "in N" for
 * the points of a grid (3). Between whole numbers lie whole numbers. With "draws" that many
 * combinations are drawn; without, all are taken. A sweep is nothing but runs that wait (runs.h):
 * queue.h trains them, now or after the program was killed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/setting.h"

G_BEGIN_DECLS

#define WEFT_SWEEP_MAX_RUNS 1000

typedef struct
{
  char      *setting, *text;
  GPtrArray *list;      /* of WeftJson: the values to choose from; NULL: a range */
  double     low, high; /* of a range */
  gboolean   log, whole;
  guint      n;         /* points of the range on a grid */
} WeftSweepAxis;

typedef struct
{
  GPtrArray *axes;  /* WeftSweepAxis */
  guint      draws; /* 0: a grid */
  gint64     seed;
} WeftSweep;

WeftSweep *weft_sweep_new (void);
void       weft_sweep_free (WeftSweep *sweep);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSweep, weft_sweep_free)
/* Errors: WEFT_DOCUMENT_ERROR_MODEL, naming the setting. */
gboolean weft_sweep_add (WeftSweep *sweep, const char *setting, const char *values, GError **error);
/* The document's own. Errors: likewise. NULL without an error: it has none. */
WeftSweep *weft_sweep_read (WeftDocument *document, GError **error);
/* For the training section; caller owns. */
WeftJson *weft_sweep_to_json (const WeftSweep *sweep);

/* The combinations: {"training.rate": 0.001, "hidden.units": 64}. Caller owns the array and them.
 * Errors: WEFT_DOCUMENT_ERROR_MODEL where there are none or too many. */
GPtrArray *weft_sweep_points (const WeftSweep *sweep, GError **error);
/* "rate 0.001, hidden.units 64"; caller owns. */
char *weft_sweep_title (WeftJson *point);
/* Makes a waiting run of @document in @folder for each combination; none where one of them cannot
 * be. @number: of the sweep; @n: how many runs. Any thread, where @document is a snapshot. Errors:
 * those of the settings and of weft_runs_begin. */
gboolean weft_sweep_queue (const WeftSweep *sweep,
                           WeftDocument    *document,
                           const char      *folder,
                           guint           *number,
                           guint           *n,
                           GError         **error);
/* Values to begin with for @setting, as text. Caller owns. */
char *weft_sweep_suggest (const WeftSetting *setting);

G_END_DECLS
