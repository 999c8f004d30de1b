/* Adjustments: what a training section asks for beside its rule, for all parameters or for some.
 *
 *   "l2": 0.0001, "clip_total_norm": 5,
 *   "parameters": {"*.b": {"l2": null}, "embedding.*": {"rate_factor": 0.1}, "conv1.*": {"frozen":
 * true}}
 *
 * Members are the rows of adjustments.def; null and absence switch one off. The keys of
 * "parameters" are names of parameters, with * and ? for any letters; where several match, the
 * later wins.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/session.h"

G_BEGIN_DECLS

#define WEFT_N_ADJUSTMENTS 7

/* For one parameter. */
typedef struct
{
  gboolean frozen;                     /* training leaves it as it is */
  double   rate_factor;                /* times the run's rate */
  double values[WEFT_N_ADJUSTMENTS]; /* NaN: off */
} WeftAdjust;

typedef struct
{
  char      *pattern;
  WeftAdjust given;
  gboolean   has_frozen, has_rate_factor, has[WEFT_N_ADJUSTMENTS];
} WeftAdjustPattern;

typedef struct
{
  WeftAdjust         all;
  guint              n_patterns;
  WeftAdjustPattern *patterns; /* owned */
} WeftAdjustments;

/* Reads the members of a training section. Errors: WEFT_DOCUMENT_ERROR_MODEL, naming the key. */
gboolean weft_adjustments_read (WeftAdjustments *adjustments, WeftJson *training, GError **error);
void     weft_adjustments_clear (WeftAdjustments *adjustments);
/* What holds for the parameter called @name. */
WeftAdjust weft_adjustments_get (const WeftAdjustments *adjustments, const char *name);
/* The first pattern that none of @parameters and none of @frozen (WeftShared*, may be NULL)
 * matches, or NULL. */
const char *weft_adjustments_unmatched (const WeftAdjustments *adjustments,
                                        GPtrArray             *parameters,
                                        GPtrArray             *frozen);

typedef enum
{
  WEFT_ADJUST_GRADIENT,
  WEFT_ADJUST_PARAMETER,
} WeftAdjustWhen;
WeftAdjustWhen weft_adjustment_when (guint index);
guint weft_adjustment_rank (guint index); /* least rank of the parameters that it acts on */

/* "a: float [0, 1) = 0.9; ..." Errors: WEFT_DOCUMENT_ERROR_MODEL. */
gboolean weft_knobs_parse (const char *text, WeftKnob *knobs, guint *n, GError **error);
/* A rule that a document brings, {"text": ..., "knobs": ...}: checked, and kept for good, the same
 * row for the same texts. Errors: WEFT_DOCUMENT_ERROR_MODEL. */
const WeftRuleRow *weft_own_rule (WeftJson *json, GError **error);

G_END_DECLS
