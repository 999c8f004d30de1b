/* What a run measured.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/run-data.h"

#include <math.h>
#include <string.h>

/* Knobs have short names; what else stands in a damaged log is not kept for ever. */
#define MAX_KNOB 40

static void
curve_free (WeftRunCurve *curve)
{
  g_free (curve->name);
  weft_series_free (curve->train);
  weft_series_free (curve->validation);
  g_free (curve);
}

/**
 * weft_run_data_new:
 *
 * Returns: (transfer full): of a run that has measured nothing
 */
WeftRunData *
weft_run_data_new (void)
{
  WeftRunData *data = g_new0 (WeftRunData, 1);
  data->curves = g_ptr_array_new_with_free_func ((GDestroyNotify) curve_free);
  data->flags = g_array_new (FALSE, FALSE, sizeof (WeftRunFlag));
  data->clock = weft_clock_new ();
  return data;
}

/**
 * weft_run_data_free:
 * @data: (nullable) (transfer full): of a run
 */
void
weft_run_data_free (WeftRunData *data)
{
  if (data == NULL)
    return;
  g_ptr_array_unref (data->curves);
  g_array_unref (data->flags);
  weft_clock_free (data->clock);
  g_free (data->reason);
  g_free (data);
}

/**
 * weft_run_data_clear:
 * @data: of a run
 *
 * Takes all away but the smoothing.
 */
void
weft_run_data_clear (WeftRunData *data)
{
  g_ptr_array_set_size (data->curves, 0);
  g_array_set_size (data->flags, 0);
  weft_clock_clear (data->clock);
  g_clear_pointer (&data->reason, g_free);
}

/**
 * weft_run_data_find:
 * @data: of a run
 * @name: of a metric, or "loss"
 *
 * Returns: (transfer none) (nullable): its curve
 */
WeftRunCurve *
weft_run_data_find (WeftRunData *data, const char *name)
{
  for (guint i = 0; i < data->curves->len; i++)
    {
      WeftRunCurve *curve = g_ptr_array_index (data->curves, i);
      if (g_str_equal (curve->name, name))
        return curve;
    }
  return NULL;
}

/**
 * weft_run_data_add_curve:
 * @data: of a run
 * @name: of a metric, or "loss"
 *
 * Returns: (transfer none): a new curve without points
 */
WeftRunCurve *
weft_run_data_add_curve (WeftRunData *data, const char *name)
{
  WeftRunCurve *curve = g_new0 (WeftRunCurve, 1);
  curve->name = g_strdup (name);
  curve->train = weft_series_new ();
  curve->validation = weft_series_new ();
  curve->test = NAN;
  weft_series_set_smoothing (curve->train, data->smoothing, data->weight);
  g_ptr_array_add (data->curves, curve);
  return curve;
}

/**
 * weft_run_data_add_flag:
 * @data: of a run
 * @step: from which on it acted
 * @knob: what was turned: "rate"
 * @value: to what
 */
void
weft_run_data_add_flag (WeftRunData *data, double step, const char *knob, double value)
{
  if (strlen (knob) > MAX_KNOB)
    return;
  WeftRunFlag flag = { step, g_intern_string (knob), value };
  g_array_append_val (data->flags, flag);
  if (g_str_equal (knob, "batch"))
    weft_clock_set_batch (data->clock, value);
}

static void
cut_series (WeftSeries **series, const WeftRunData *data, double step)
{
  WeftSeries *kept = weft_series_new ();
  weft_series_set_smoothing (kept, data->smoothing, data->weight);
  for (guint i = 0; i < weft_series_n (*series) && weft_series_x (*series, i) <= step; i++)
    weft_series_append (kept, weft_series_x (*series, i), weft_series_y (*series, i));
  weft_series_free (*series);
  *series = kept;
}

/**
 * weft_run_data_rewind:
 * @data: of a run
 * @step: that it went back to
 */
void
weft_run_data_rewind (WeftRunData *data, double step)
{
  for (guint i = 0; i < data->curves->len; i++)
    {
      WeftRunCurve *curve = g_ptr_array_index (data->curves, i);
      cut_series (&curve->train, data, step);
      cut_series (&curve->validation, data, step);
      curve->test = NAN;
    }
  for (guint i = data->flags->len; i-- > 0;)
    if (g_array_index (data->flags, WeftRunFlag, i).step > step)
      g_array_remove_index (data->flags, i);
  weft_clock_rewind (data->clock, step);
  g_clear_pointer (&data->reason, g_free);
}

/* A curve goes forward: a line that was written twice, or out of turn, is left out. */
static void
append (WeftSeries *series, double step, double value)
{
  guint n = weft_series_n (series);
  if (n == 0 || step > weft_series_x (series, n - 1))
    weft_series_append (series, step, value);
}

static void
join_series (WeftSeries *series, const WeftSeries *later)
{
  guint n = weft_series_n (series);
  guint i = n > 0 ? weft_series_find (later, weft_series_x (series, n - 1)) : 0;
  for (; i < weft_series_n (later); i++)
    append (series, weft_series_x (later, i), weft_series_y (later, i));
}

static gboolean
has_flag (const WeftRunData *data, const WeftRunFlag *flag)
{
  for (guint i = 0; i < data->flags->len; i++)
    {
      const WeftRunFlag *one = &g_array_index (data->flags, WeftRunFlag, i);
      if (one->step == flag->step && one->knob == flag->knob && one->value == flag->value)
        return TRUE;
    }
  return FALSE;
}

/**
 * weft_run_data_join:
 * @data: of a run
 * @later: of the same run, from a later step on
 *
 * Takes what @later measured after @data.
 */
void
weft_run_data_join (WeftRunData *data, const WeftRunData *later)
{
  for (guint i = 0; i < later->curves->len; i++)
    {
      const WeftRunCurve *from = g_ptr_array_index (later->curves, i);
      WeftRunCurve       *curve = weft_run_data_find (data, from->name);
      if (curve == NULL)
        curve = weft_run_data_add_curve (data, from->name);
      join_series (curve->train, from->train);
      join_series (curve->validation, from->validation);
      curve->test = from->test;
    }
  for (guint i = 0; i < later->flags->len; i++)
    {
      const WeftRunFlag *flag = &g_array_index (later->flags, WeftRunFlag, i);
      if (!has_flag (data, flag))
        weft_run_data_add_flag (data, flag->step, flag->knob, flag->value);
    }
  weft_clock_join (data->clock, later->clock);
  g_free (data->reason);
  data->reason = g_strdup (later->reason);
}

static void
add_values (WeftRunData *data, const WeftLogLine *line, gboolean validation)
{
  const WeftLogValue *values = validation ? line->validation : line->train;
  guint               n = validation ? line->n_validation : line->n_train;
  for (guint i = 0; i < n; i++)
    {
      WeftRunCurve *curve = i < data->curves->len ? g_ptr_array_index (data->curves, i) : NULL;
      if (curve == NULL || !g_str_equal (curve->name, values[i].name))
        curve = weft_run_data_find (data, values[i].name);
      if (curve == NULL)
        curve = weft_run_data_add_curve (data, values[i].name);
      append (validation ? curve->validation : curve->train, line->step, values[i].value);
    }
}

/**
 * weft_run_data_add_line:
 * @data: of a run
 * @line: of its log
 *
 * An epoch's line repeats the training values as a mean over the epoch: only what it says of
 * validation is taken.
 */
void
weft_run_data_add_line (WeftRunData *data, const WeftLogLine *line)
{
  switch (line->kind)
    {
    case WEFT_LOG_STEP:
    case WEFT_LOG_EPOCH:
      weft_clock_add (data->clock, line->step, line->epoch, line->time_s);
      if (line->kind == WEFT_LOG_STEP)
        add_values (data, line, FALSE);
      add_values (data, line, TRUE);
      break;
    case WEFT_LOG_FLAG:
      weft_run_data_add_flag (data, line->step, line->text, line->value);
      break;
    case WEFT_LOG_FINISHED:
    case WEFT_LOG_FAILED:
      g_free (data->reason);
      data->reason = g_strdup (line->text);
      for (guint i = 0; i < line->n_test; i++)
        {
          WeftRunCurve *curve = weft_run_data_find (data, line->test[i].name);
          if (curve != NULL)
            curve->test = line->test[i].value;
        }
      break;
    }
}

/* A log that is read. */
typedef struct
{
  WeftRunData *data;
  double       last; /* the last step that counts */
} Reading;

static void
line_cb (const WeftLogLine *line, gpointer user_data)
{
  const Reading *reading = user_data;
  if (!(line->step > reading->last))
    weft_run_data_add_line (reading->data, line);
}

/**
 * weft_run_data_read:
 * @path: of a log
 * @batch: rows of a step
 * @last: the last step that counts; INFINITY: all
 * @report: (out): lines, and damaged ones
 *
 * Returns: (transfer full): what the log holds; NULL on error
 * Errors: G_FILE_ERROR, G_IO_ERROR_CANCELLED
 */
WeftRunData *
weft_run_data_read (
  const char    *path,
  double         batch,
  double         last,
  WeftLogReport *report,
  GCancellable  *cancellable,
  GError       **error)
{
  g_autoptr (WeftRunData) data = weft_run_data_new ();
  Reading reading = { data, last };
  weft_clock_set_batch (data->clock, batch);
  if (!weft_log_read (path, line_cb, &reading, report, cancellable, error))
    return NULL;
  return g_steal_pointer (&data);
}

/**
 * weft_run_data_set_smoothing:
 * @data: of a run
 * @smoothing: how
 * @weight: [0, 1)
 *
 * Of the training curves: validation has few points, and each counts.
 */
void
weft_run_data_set_smoothing (WeftRunData *data, WeftSmoothing smoothing, double weight)
{
  data->smoothing = smoothing;
  data->weight = weight;
  for (guint i = 0; i < data->curves->len; i++)
    weft_series_set_smoothing (((WeftRunCurve *) g_ptr_array_index (data->curves, i))->train,
                               smoothing, weight);
}

/**
 * weft_run_data_last_step:
 * @data: of a run
 *
 * Returns: the last step at which something was measured; 0: none
 */
double
weft_run_data_last_step (const WeftRunData *data)
{
  double last = 0;
  for (guint i = 0; i < data->curves->len; i++)
    {
      const WeftRunCurve *curve = g_ptr_array_index (data->curves, i);
      guint               n = weft_series_n (curve->train), m = weft_series_n (curve->validation);
      if (n > 0)
        last = MAX (last, weft_series_x (curve->train, n - 1));
      if (m > 0)
        last = MAX (last, weft_series_x (curve->validation, m - 1));
    }
  return last;
}
