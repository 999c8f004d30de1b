/* A document's training section, read and checked.
 *
 *   "training": {"loss": "cost.loss", "metrics": {"accuracy": "acc.y"}, "output": "p.y", "rule":
 * "adam", "rate": 0.001, "schedule": "constant", "knobs": {"beta1": 0.9}, "batch": 64, "epochs":
 * 10, "steps": 1000, "seed": 1}
 *
 *   "early_stopping": {"metric": "accuracy", "better": "greater", "patience": 5, "min_delta": 0,
 * "restore_best": true}
 *
 * and the members of adjust.h, "drop_non_finite": true; the rule may be one of the document's own,
 * {"text": "p = p - rate * g", "knobs": "rate: float (0, inf) = 0.1"}. Every member may be absent.
 * Ports are not looked up here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/adjust.h"

G_BEGIN_DECLS

/* Which epoch is the best, and when a run ends because none is better. */
typedef struct
{
  guint    metric;    /* 0: the loss */
  gboolean greater;   /* is better */
  gint64   patience;  /* epochs without a better one after which the run ends; -1: it does not */
  double   min_delta; /* by how much better counts */
  gboolean restore;   /* the run ends with the parameters of the best epoch */
} WeftMonitor;

typedef struct
{
  char              *loss, *output; /* NULL: not stated */
  guint              n_metrics;     /* without the loss */
  char              *names[WEFT_MAX_METRICS], *ports[WEFT_MAX_METRICS];
  const WeftRuleRow *rule, *schedule;
  double             rule_knobs[WEFT_MAX_KNOBS], schedule_knobs[WEFT_MAX_KNOBS];
  double             rate;
  gsize              batch;
  gint64             epochs, steps; /* -1: not stated */
  gint64             seed;
  gboolean           drop_non_finite;
  WeftMonitor        monitor;
  WeftAdjustments    adjustments;
} WeftTraining;

WeftTraining *weft_training_new (WeftDocument *document, GError **error);
void          weft_training_free (WeftTraining *training);
/* Whether a metric called @name is better when it is greater, where nobody says it. */
gboolean      weft_training_is_greater_better (const char *name);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftTraining, weft_training_free)

G_END_DECLS
