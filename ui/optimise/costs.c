/* What a history's graph costs after each step.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/costs.h"

#include "ui/draw/format.h"

#include <glib/gi18n.h>
#include <math.h>

/* Peak memory takes a walk over the graph, so not every step of a long history gets one; between
 * two that have, it is the line between them. */
#define MAX_PEAKS 200

typedef struct
{
  guint   n; /* steps, and the graph as drawn */
  double *values[WEFT_N_COSTS];
} Numbers;

struct _WeftCosts
{
  GObject parent_instance;

  /* Borrowed */
  WeftOptimiseModel *model; /* NULL once it has gone */

  /* Owned */
  WeftHistory  *history; /* that the numbers are of, or will be; NULL: none */
  GCancellable *working;
  Numbers      *numbers; /* NULL: not yet */
};

enum
{
  SIGNAL_READY,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftCosts, weft_costs, G_TYPE_OBJECT)

static void
numbers_free (Numbers *numbers)
{
  for (guint kind = 0; kind < WEFT_N_COSTS; kind++)
    g_free (numbers->values[kind]);
  g_free (numbers);
}

/* ---- The worker ---- */

static void
fill_peaks (Numbers *numbers, guint from, guint to)
{
  double *peaks = numbers->values[WEFT_COST_PEAK];
  for (guint step = from + 1; step < to; step++)
    peaks[step] = peaks[from] + (peaks[to] - peaks[from]) * (step - from) / (to - from);
}

static Numbers *
numbers_new (WeftHistory *history, GCancellable *cancellable)
{
  Numbers *numbers = g_new0 (Numbers, 1);
  guint    last = weft_history_n_steps (history), stride = last / MAX_PEAKS + 1, before = 0;
  numbers->n = last + 1;
  for (guint kind = 0; kind < WEFT_N_COSTS; kind++)
    numbers->values[kind] = g_new (double, numbers->n);
  for (guint step = 0; step <= last && !g_cancellable_is_cancelled (cancellable); step++)
    {
      WeftCost cost = { 0 };
      gboolean whole = step % stride == 0 || step == last;
      if (whole)
        weft_history_cost (history, step, &cost);
      else
        weft_history_counts (history, step, &cost);
      numbers->values[WEFT_COST_OPS][step] = cost.ops;
      numbers->values[WEFT_COST_FLOPS][step] = cost.flops;
      numbers->values[WEFT_COST_BYTES][step] = cost.bytes;
      if (!whole)
        continue;
      numbers->values[WEFT_COST_PEAK][step] = cost.peak_bytes;
      fill_peaks (numbers, before, step);
      before = step;
    }
  return numbers;
}

static void
work_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer (task, numbers_new (data, cancellable), (GDestroyNotify) numbers_free);
}

static void
worked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftCosts *costs = WEFT_COSTS (source);
  Numbers   *numbers = g_task_propagate_pointer (G_TASK (result), NULL);
  if (numbers == NULL)
    return;
  costs->numbers = numbers;
  g_signal_emit (costs, signals[SIGNAL_READY], 0);
}

static void
follow_model (WeftCosts *costs)
{
  WeftHistory *history = weft_optimise_model_get_history (costs->model);
  if (history == costs->history)
    return;
  g_cancellable_cancel (costs->working);
  g_clear_object (&costs->working);
  g_clear_pointer (&costs->history, weft_history_unref);
  g_clear_pointer (&costs->numbers, numbers_free);
  if (history == NULL)
    return;
  costs->history = weft_history_ref (history);
  costs->working = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (costs, costs->working, worked_cb, NULL);
  g_task_set_task_data (task, weft_history_ref (history), (GDestroyNotify) weft_history_unref);
  g_task_run_in_thread (task, work_thread);
}

/* ---- Asking ---- */

/**
 * weft_costs_get:
 * @costs: the costs
 * @kind: which
 * @step: after which step; 0: as drawn
 *
 * Returns: the number; NaN: not known yet
 */
double
weft_costs_get (WeftCosts *costs, WeftCostKind kind, guint step)
{
  if (costs->numbers == NULL || step >= costs->numbers->n)
    return NAN;
  return costs->numbers->values[kind][step];
}

/**
 * weft_costs_greatest:
 * @costs: the costs
 * @kind: which
 *
 * Returns: the greatest number of all steps; NaN: not known yet
 */
double
weft_costs_greatest (WeftCosts *costs, WeftCostKind kind)
{
  double greatest = weft_costs_get (costs, kind, 0);
  for (guint step = 1; costs->numbers != NULL && step < costs->numbers->n; step++)
    greatest = MAX (greatest, costs->numbers->values[kind][step]);
  return greatest;
}

/**
 * weft_costs_biggest_drop:
 * @costs: the costs
 * @kind: which
 *
 * Returns: the step that saved most; 0: none saved anything, or it is not known yet
 */
guint
weft_costs_biggest_drop (WeftCosts *costs, WeftCostKind kind)
{
  double most = 0;
  guint  best = 0;
  for (guint step = 1; costs->numbers != NULL && step < costs->numbers->n; step++)
    {
      double drop = costs->numbers->values[kind][step - 1] - costs->numbers->values[kind][step];
      if (drop <= most)
        continue;
      most = drop;
      best = step;
    }
  return best;
}

/**
 * weft_cost_title:
 * @kind: which cost
 *
 * Returns: (transfer none): its name
 */
const char *
weft_cost_title (WeftCostKind kind)
{
  static const char *const TITLES[] = { N_ ("ops"), N_ ("flops"), N_ ("bytes moved"),
                                        N_ ("peak memory") };
  return _ (TITLES[kind]);
}

/**
 * weft_cost_text:
 * @kind: which cost
 * @value: how much; NaN: not known
 *
 * Returns: (transfer full): "9", "14.5k"
 */
char *
weft_cost_text (WeftCostKind kind, double value)
{
  if (!isfinite (value))
    return g_strdup ("–");
  return kind == WEFT_COST_OPS ? weft_format_count ((gint64) value) : weft_format_short (value);
}

static void
weft_costs_dispose (GObject *object)
{
  WeftCosts *costs = WEFT_COSTS (object);
  g_cancellable_cancel (costs->working);
  g_clear_object (&costs->working);
  g_clear_pointer (&costs->history, weft_history_unref);
  g_clear_pointer (&costs->numbers, numbers_free);
  g_clear_weak_pointer (&costs->model);
  G_OBJECT_CLASS (weft_costs_parent_class)->dispose (object);
}

static void
weft_costs_class_init (WeftCostsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_costs_dispose;
  signals[SIGNAL_READY] =
    g_signal_new ("ready", WEFT_TYPE_COSTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_costs_init (WeftCosts *costs)
{
}

/**
 * weft_costs_new:
 * @model: whose history
 *
 * Returns: (transfer full): its costs, which follow the model
 */
WeftCosts *
weft_costs_new (WeftOptimiseModel *model)
{
  WeftCosts *costs = g_object_new (WEFT_TYPE_COSTS, NULL);
  g_set_weak_pointer (&costs->model, model);
  g_signal_connect_object (model, "changed", G_CALLBACK (follow_model), costs, G_CONNECT_SWAPPED);
  follow_model (costs);
  return costs;
}
