/* One look at a model: what the views of a board share while they compute. Of the worker's thread,
 * but for what is made before.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/facts.h"
#include "engine/train/predict.h"

G_BEGIN_DECLS

/* Outputs for rows that the model was not trained with. */
typedef struct
{
  WeftSplit  split; /* validation; test or training rows where there are none */
  gsize      n;
  WeftArray *output, *target; /* [n, ...]; target NULL: the model has none */
} WeftOutcome;

/* Kept between looks at the same model. */
typedef struct
{
  char        *signature; /* of the document that it was made of */
  WeftFacts   *facts;
  WeftDataset *dataset;
  GHashTable  *predictors;        /* ports -> WeftPredictor */
  char       **matrices, **ports; /* of view-kinds.h, where somebody asked for them */
} WeftLookCache;

void weft_look_cache_clear (WeftLookCache *cache);

typedef struct
{
  WeftDocument    *document; /* a snapshot */
  GHashTable      *values;   /* name -> WeftArray; NULL: nothing was trained */
  gint64           step;
  char            *run_folder;   /* where the run is kept (engine/train/runs.h); NULL: it is not */
  char            *runs_folder;  /* where all of the document's are; NULL: nowhere */
  gsize            peak_bytes;   /* of the run, as it says */
  int              truth, guess; /* the rows that are asked for; -1: all */
  WeftArray       *drawn;        /* what was drawn on the pad; NULL: nothing */
  GCancellable    *cancellable;
  WeftLookCache   *cache;
  const WeftFacts *facts;   /* the cache's */
  WeftOutcome     *outcome; /* NULL until it is asked for */
  gboolean         fresh;   /* the cache was made anew: it is another model */
} WeftLook;

/* Brings the cache up to date. */
void weft_look_begin (WeftLook *look);
void weft_look_end (WeftLook *look);
/* Steps before that of @look of which the run has checkpoints, ascending; caller owns the array of
 * gint64. */
GArray *weft_look_past (const WeftLook *look);
/* The values of one of them; caller owns; NULL: it is gone. */
GHashTable *weft_look_values_at (const WeftLook *look, gint64 step);

/* All of these are borrowed. NULL: see @error. */
WeftDataset *weft_look_dataset (WeftLook *look, GError **error);
/* With the values of this look. */
WeftPredictor *weft_look_predictor (
  WeftLook *look, guint n, const char *const *ports, gboolean gradients, GError **error);
const WeftOutcome *weft_look_outcome (WeftLook *look, GError **error);

G_END_DECLS
