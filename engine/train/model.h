/* A model: what a document says about training, as functions over one set of shared values.
 *
 * step: loss, metrics, gradients and updates in one program; measure: loss and metrics, without
 * updates; predict: the output port. One thread at a time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/function.h"
#include "engine/train/session.h"
#include "engine/train/training.h"

G_BEGIN_DECLS

typedef struct _WeftModel WeftModel;

typedef enum
{
  WEFT_MODEL_STEP,
  WEFT_MODEL_MEASURE,
  WEFT_MODEL_PREDICT,
} WeftModelPart;

typedef struct
{
  gint64             seed; /* -1: the document's */
  WeftMode           mode;
  const char *const *without; /* rewrite rules that are off, or NULL */
  gboolean           no_rewrites;
  WeftDevice        *device; /* borrowed, outlives the model; NULL: the CPU */
} WeftModelOptions;

/* What a step is given besides the columns. */
typedef struct
{
  gint64 step;  /* number of steps done before */
  double total; /* of the run, for the schedule */
  double rate;  /* as set; the schedule shapes it */
  double plateaus; /* that the run came to so far */
} WeftStepInfo;

/* @node gets the node that is to blame, 0 if none is. */
WeftModel *weft_model_new (WeftDocument           *document,
                           const WeftModelOptions *options,
                           guint32                *node,
                           GError                **error);
void       weft_model_free (WeftModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftModel, weft_model_free)

/* The training section, with defaults filled in and checked. */
gint64 weft_model_seed (WeftModel *model);
double weft_model_rate (WeftModel *model);
gsize  weft_model_batch (WeftModel *model);
gint64 weft_model_steps (WeftModel *model); /* -1: not stated */
gint64 weft_model_epochs (WeftModel *model);
const WeftMonitor *weft_model_monitor (WeftModel *model);
const WeftTraining *weft_model_training (WeftModel *model);

/* The dataset node that feeds the model, 0 if the document's own nodes hold the data. */
guint32            weft_model_dataset (WeftModel *model);
guint              weft_model_n_metrics (WeftModel *model);    /* the loss is the first */
const char *const *weft_model_metric_names (WeftModel *model); /* NULL-terminated */
const char        *weft_model_loss_port (WeftModel *model);
const char        *weft_model_output_port (WeftModel *model); /* NULL: none */

/* Parameters and the update rule's state: WeftShared*, unique names. Borrowed. */
GPtrArray *weft_model_shared (WeftModel *model);
gint64     weft_model_n_parameters (WeftModel *model);
/* Whether steps that are not finite are left without effect, and how many were. */
gboolean weft_model_drops (WeftModel *model, gint64 *dropped);

/* @columns: by column number of the data set, NULL where the model reads none; may be NULL without
 * a data set.
 * @metrics: n_metrics numbers; @rate_now: what the schedule made of the rate, or NULL. */
gboolean weft_model_step (WeftModel          *model,
                          WeftArray *const   *columns,
                          const WeftStepInfo *info,
                          double             *metrics,
                          double             *rate_now,
                          GCancellable       *cancellable,
                          GError            **error);
gboolean weft_model_measure (WeftModel        *model,
                             WeftArray *const *columns,
                             gint64            step,
                             double           *metrics,
                             GCancellable     *cancellable,
                             GError          **error);
/* Errors: WEFT_DOCUMENT_ERROR_MODEL if the document has no output. */
gboolean weft_model_predict (WeftModel        *model,
                             WeftArray *const *columns,
                             WeftArray       **output,
                             GCancellable     *cancellable,
                             GError          **error);
/* Makes the program without running it. */
gboolean weft_model_prepare (WeftModel        *model,
                             WeftModelPart     part,
                             WeftArray *const *columns,
                             GError          **error);
/* The function of a part, borrowed; NULL if the document has none. */
WeftFunction *weft_model_function (WeftModel *model, WeftModelPart part, GError **error);
/* A copy of a part's graph before any rewrite, as weft_function_copy_graph; @names gets the
 * results' names: char*, owned by the array if it has a free function. Caller owns. */
WeftGraph *weft_model_copy_graph (WeftModel    *model,
                                  WeftModelPart part,
                                  WeftBindings *bindings,
                                  GPtrArray    *results,
                                  GPtrArray    *names,
                                  GError      **error);
/* Where the first number that is not finite arises in the forward pass of these columns:
 * "hidden.y"; caller owns. NULL: nowhere. */
char *
weft_model_first_bad (WeftModel *model, WeftArray *const *columns, gint64 step, guint32 *node);

/* The loss of a document that names none; caller owns. Errors: WEFT_DOCUMENT_ERROR_MODEL. */
char *weft_model_guess_loss (WeftDocument *document, WeftLowered *lowered, GError **error);

/* Hash of all that a run depends on but rate, steps and epochs: two documents with the same one
 * train alike. Caller owns. */
char *weft_document_signature (WeftDocument *document);

G_END_DECLS
