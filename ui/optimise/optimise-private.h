/* What the files of the model share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/optimise-model.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean  known; /* else on its way */
  WeftProof proof;
  char     *message; /* why there is none; NULL: there is one */
} WeftKnownProof;

/* A history that is open: the function's, then those of bodies inside it. */
typedef struct
{
  WeftHistory  *history;
  WeftGraphArt *art;
  WeftCursor   *cursor, *drawn;
  WeftHistory
    *drawn_history; /* as history, but where the forward graph stands beside the backward one */
  WeftGraphArt *drawn_art;
  GHashTable   *proofs; /* step -> WeftKnownProof* */
  GHashTable   *counts; /* rule -> number of steps */
  guint         step;
  WeftHalf      half;
} WeftOptimiseLevel;

#define WEFT_OPTIMISE_NOTHING G_MAXUINT
#define WEFT_OPTIMISE_SPEED 2.0 /* halves a second */

typedef enum
{
  WEFT_OPTIMISE_SIGNAL_CHANGED,
  WEFT_OPTIMISE_SIGNAL_MOVED,
  WEFT_OPTIMISE_SIGNAL_SELECTION,
  WEFT_OPTIMISE_SIGNAL_PROVED,
  WEFT_OPTIMISE_SIGNAL_RULES,
  WEFT_OPTIMISE_SIGNAL_PLAYING,
  WEFT_OPTIMISE_N_SIGNALS
} WeftOptimiseSignal;

struct _WeftOptimiseModel
{
  GObject parent_instance;

  /* Owned */
  WeftDocument *document;
  GPtrArray    *off;     /* of char*: rules */
  GPtrArray    *levels;  /* WeftOptimiseLevel*, the outermost first; empty: no history yet */
  GCancellable *working; /* NULL: no worker */
  GCancellable *proving; /* NULL: nobody proves */
  char         *message, *lesson;
  GArray       *linked[2]; /* by side, sorted guint */
  GArray       *forward;   /* as of the job; NULL: not known */

  /* Plain values */
  WeftOptimiseState state;
  guint32           failed_node;
  gint              function; /* -1: the one that fits */
  guint             shown_function;
  guint             n_kernels;
  double            kernel_bytes, text_scale;
  gboolean          active, stale;
  guint             selected;
  WeftSide          side;
  double            speed;
  guint             player; /* source; 0: does not play */
};

/* What a worker brings: a history with its picture, or an error. */
typedef struct
{
  /* What was asked for */
  WeftDocument *document; /* a snapshot; NULL: the picture of @history only */
  gint          function; /* -1: the one that fits */
  char        **off;
  double        text_scale;
  /* What came of it */
  WeftHistory  *history;
  WeftGraphArt *art;
  WeftHistory  *drawn_history; /* the forward graph beside the backward one; else NULL */
  WeftGraphArt *drawn_art;
  GArray       *forward; /* sorted guint: what the forward results need in the graph as drawn */
  guint         n_kernels; /* 0: not known */
  double        kernel_bytes;
  guint32       node; /* to blame */
  GError       *error;
} WeftOptimiseJob;

WeftOptimiseJob *weft_optimise_job_new (WeftDocument *document, gint function, GPtrArray *off);
void             weft_optimise_job_free (WeftOptimiseJob *job);
/* On a worker: fills in what came of it. */
void weft_optimise_job_run (WeftOptimiseJob *job, GCancellable *cancellable);

/* The functions in the order in which they are offered. */
extern const WeftInspectPart weft_optimise_parts[];
extern const guint           weft_optimise_n_parts;

/* Takes what @job has made. */
WeftOptimiseLevel *weft_optimise_level_new (WeftOptimiseJob *job);
void               weft_optimise_level_free (WeftOptimiseLevel *level);

/* optimise-job.c: a GCompareFunc of guint. */
int weft_optimise_compare_ids (gconstpointer a, gconstpointer b);
/* optimise-model.c */
WeftOptimiseLevel *weft_optimise_top (WeftOptimiseModel *model);
void weft_optimise_emit (WeftOptimiseModel *model, WeftOptimiseSignal signal, guint step);
void weft_optimise_cancel (GCancellable **cancellable);
/* optimise-place.c */
void weft_optimise_clear_selection (WeftOptimiseModel *model);
/* optimise-rules.c */
void weft_optimise_prove_next (WeftOptimiseModel *model);

G_END_DECLS
