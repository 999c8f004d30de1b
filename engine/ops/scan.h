/* What a text says about a loop, on its way to LOOP.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/expand.h"
#include "engine/ops/loop.h"

/* A state that looks further back than this is a mistake. */
#define WEFT_MAX_TAPS 64

typedef struct
{
  WeftValue *value;  /* a sequence, the initial value of a state, or a constant */
  gboolean   tapped; /* written with taps */
  guint      n_taps;
  gint64     taps[WEFT_MAX_TAPS]; /* {0}, or {-1} for states, where there are none */
  guint      first;               /* of a state: its newest one among the loop's states */
} WeftScanItem;

typedef struct
{
  const char        *name; /* "scan" */
  WeftGraph         *graph;
  const WeftBinding *step;
  GArray            *sequences, *states, *constants; /* WeftScanItem */
  WeftDim            n;
  gboolean           has_n;
  gboolean           backwards;

  /* Made */
  GPtrArray *rows;    /* WeftValue*: sequences of the loop, one a tap, n long */
  GPtrArray *initial; /* WeftValue*: states of the loop, one a step back */
  GPtrArray *rest;    /* WeftValue*: constants of the loop */
  WeftBody  *body;
  gboolean   until;
  guint      n_extras;
} WeftScan;

/* What the loop or its parts give. */
typedef struct
{
  GPtrArray *finals, *trajectories, *extras; /* WeftValue* */
  WeftValue *count;
} WeftScanResults;

void weft_scan_init (WeftScan *scan, const char *name, WeftGraph *graph, const WeftBinding *step);
void weft_scan_clear (WeftScan *scan);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeftScan, weft_scan_clear)
void weft_scan_results_init (WeftScanResults *results);
void weft_scan_results_clear (WeftScanResults *results);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeftScanResults, weft_scan_results_clear)

/* Sets "NAME: message"; FALSE. */
gboolean weft_scan_fail (const WeftScan *scan, GError **error, const char *format, ...)
  G_GNUC_PRINTF (3, 4);
/* One value, which may be written with taps. @default_tap: 0 for a sequence, -1 for a state. */
gboolean weft_scan_read_item (
  WeftScan *scan, const WeftBinding *binding, gint64 default_tap, GArray *items, GError **error);
/* One value or a tuple of them; with @numbers a tuple of bare numbers is one array. */
gboolean weft_scan_read_items (WeftScan          *scan,
                               const WeftBinding *binding,
                               gint64             default_tap,
                               gboolean           numbers,
                               GArray            *items,
                               GError           **error);
gboolean weft_scan_read_steps (WeftScan *scan, const WeftBinding *binding, GError **error);
/* A whole number of at least 1, or 0 for None. */
gboolean weft_scan_read_length (
  WeftScan *scan, const WeftBinding *binding, const char *what, gint64 *length, GError **error);
/* Builds the step, after all is read. */
gboolean weft_scan_make_body (WeftScan *scan, GError **error);
/* Makes the loops. @truncate, @checkpoint: 0 for none. */
gboolean weft_scan_run (
  WeftScan *scan, gint64 truncate, gint64 checkpoint, WeftScanResults *results, GError **error);
/* Appends @from to @to; @frozen: as constants for the gradient. */
void weft_scan_add_all (GPtrArray *to, WeftGraph *graph, const GPtrArray *from, gboolean frozen);

static inline WeftScanItem *
weft_scan_item (GArray *items, guint i)
{
  return &g_array_index (items, WeftScanItem, i);
}
