/* Reads a document's training section; every mistake names its key and says what would be right.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/training.h"
#include "engine/base/number-text.h"
#include "engine/train/training-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define DEFAULT_BATCH 64
#define DEFAULT_EPOCHS 10
#define MAX_BATCH (1 << 24)
#define MAX_STEPS (G_GINT64_CONSTANT (1) << 48)

gboolean
weft_training_fail (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list          args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, _ ("training: %s"), text);
  return FALSE;
}

static char *
row_names (guint (*count) (void), const WeftRuleRow *(*get) (guint))
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < count (); i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", get (i)->name);
  return g_string_free (names, FALSE);
}

static gboolean
read_rule (WeftTraining *training, WeftJson *json, GError **error)
{
  const char *rule = weft_json_get_string (json, "rule", "adam");
  const char *schedule = weft_json_get_string (json, "schedule", "constant");

  if (weft_json_kind (weft_json_get (json, "rule")) == WEFT_JSON_OBJECT)
    training->rule = weft_own_rule (weft_json_get (json, "rule"), error);
  else
    training->rule = weft_update_rule_find (rule);
  if (training->rule == NULL && error != NULL && *error != NULL)
    return FALSE;
  if (training->rule == NULL)
    {
      g_autofree char *names = row_names (weft_update_rule_count, weft_update_rule_get);
      return weft_training_fail (
        error, _ ("there is no update rule “%s”; there are %s"), rule, names);
    }
  training->schedule = weft_schedule_find (schedule);
  if (training->schedule == NULL)
    {
      g_autofree char *names = row_names (weft_schedule_count, weft_schedule_get);
      return weft_training_fail (
        error, _ ("there is no schedule “%s”; there are %s"), schedule, names);
    }
  return TRUE;
}

static gboolean
check_knob (const WeftKnob *knob, double value, GError **error)
{
  g_autofree char *range = NULL;

  if (weft_knob_accepts (knob, value))
    return TRUE;
  range = weft_knob_range (knob);
  if (isnan (value))
    return weft_training_fail (error, _ ("%s must be a number in %s"), knob->name, range);
  return weft_training_fail (
    error, _ ("%s is %g; it must be a number in %s"), knob->name, value, range);
}

static gboolean
read_knobs (const WeftRuleRow *row, WeftJson *given, double *values, GError **error)
{
  guint           n;
  const WeftKnob *knobs = weft_rule_row_knobs (row, &n);

  for (guint i = 0; i < n; i++)
    {
      values[i] = knobs[i].otherwise;
      if (weft_json_has (given, knobs[i].name))
        values[i] = weft_json_get_number (given, knobs[i].name, NAN);
      if (!check_knob (&knobs[i], values[i], error))
        return FALSE;
    }
  return TRUE;
}

/* A knob that neither row has is most likely a slip of the pen. */
static gboolean
check_knob_names (WeftTraining *training, WeftJson *given, GError **error)
{
  const WeftRuleRow *rows[] = { training->rule, training->schedule };

  for (guint i = 0; i < weft_json_n_members (given); i++)
    {
      const char *key = weft_json_member (given, i, NULL);
      gboolean    known = FALSE;

      for (guint r = 0; r < G_N_ELEMENTS (rows) && !known; r++)
        {
          guint           n;
          const WeftKnob *knobs = weft_rule_row_knobs (rows[r], &n);

          for (guint k = 0; k < n; k++)
            known = known || g_str_equal (knobs[k].name, key);
        }
      if (!known)
        return weft_training_fail (error, _ ("neither %s nor the %s schedule has a knob “%s”"),
                                   training->rule->name, training->schedule->name, key);
    }
  return TRUE;
}

static gboolean
read_rate (WeftTraining *training, WeftJson *json, GError **error)
{
  guint           n;
  const WeftKnob *knobs = weft_rule_row_knobs (training->rule, &n);

  g_assert (n > 0 && g_str_equal (knobs[0].name, "rate"));
  training->rate = weft_json_has (json, "rate") ? weft_json_get_number (json, "rate", NAN)
                                                : training->rule_knobs[0];
  return check_knob (&knobs[0], training->rate, error);
}

static gboolean
read_count (WeftJson   *json,
            const char *key,
            gint64      minimum,
            gint64      maximum,
            gint64      otherwise,
            gint64     *value,
            GError    **error)
{
  WeftJson *member = weft_json_get (json, key);

  *value = otherwise;
  if (member == NULL || weft_json_kind (member) == WEFT_JSON_NULL)
    return TRUE;
  if (weft_json_kind (member) == WEFT_JSON_INT)
    {
      *value = weft_json_int (member, minimum - 1);
      if (*value >= minimum && *value <= maximum)
        return TRUE;
    }
  return weft_training_fail (error,
                             _ ("%s must be a whole number from %s to %s"),
                             key, WEFT_INT_TEXT (minimum), WEFT_INT_TEXT (maximum));
}

static gboolean
read_metrics (WeftTraining *training, WeftJson *json, GError **error)
{
  WeftJson *metrics = weft_json_get (json, "metrics");

  if (weft_json_n_members (metrics) + 1 > WEFT_MAX_METRICS)
    return weft_training_fail (error, _ ("there are %u metrics; at most %d can be followed"),
                               weft_json_n_members (metrics), WEFT_MAX_METRICS - 1);
  for (guint i = 0; i < weft_json_n_members (metrics); i++)
    {
      WeftJson   *port;
      const char *name = weft_json_member (metrics, i, &port);

      if (g_str_equal (name, "loss"))
        return weft_training_fail (
          error, _ ("a metric cannot be named “loss”: that is the loss itself"));
      if (weft_json_string (port, NULL) == NULL)
        return weft_training_fail (error, _ ("metric %s must be a port such as \"acc.y\""), name);
      training->names[i] = g_strdup (name);
      training->ports[i] = g_strdup (weft_json_string (port, NULL));
      training->n_metrics++;
    }
  return TRUE;
}

/* A member of another kind than its own is a mistake, not an absent one. */
static gboolean
check_kinds (WeftJson *json, GError **error)
{
  WeftJson *rule;
  static const struct
  {
    const char  *key;
    WeftJsonKind kind;
    const char  *wanted;
  } members[] = {
    { "loss", WEFT_JSON_STRING, N_ ("a port such as \"cost.loss\"") },
    { "output", WEFT_JSON_STRING, N_ ("a port such as \"logits.y\"") },
    { "schedule", WEFT_JSON_STRING, N_ ("the name of a schedule such as \"constant\"") },
    { "knobs", WEFT_JSON_OBJECT, N_ ("an object such as {\"beta1\": 0.9}") },
    { "early_stopping", WEFT_JSON_OBJECT,
      N_ ("an object such as {\"metric\": \"loss\", \"patience\": 5}") },
    { "metrics", WEFT_JSON_OBJECT, N_ ("an object such as {\"accuracy\": \"acc.y\"}") },
    { "drop_non_finite", WEFT_JSON_BOOL, N_ ("true or false") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      WeftJson *member = weft_json_get (json, members[i].key);

      if (member != NULL && weft_json_kind (member) != members[i].kind)
        return weft_training_fail (
          error, _ ("%s must be %s"), members[i].key, _ (members[i].wanted));
    }
  rule = weft_json_get (json, "rule");
  if (rule != NULL && weft_json_kind (rule) != WEFT_JSON_STRING &&
      weft_json_kind (rule) != WEFT_JSON_OBJECT)
    return weft_training_fail (
      error, _ ("rule must be the name of an update rule such as \"adam\", or an "
                "object with its text"));
  return TRUE;
}

/* weft_training_is_greater_better:
 * @name: of a metric
 *
 * Metrics that are shares of what is right are better when they are greater.
 */
gboolean
weft_training_is_greater_better (const char *name)
{
  static const char *const endings[] = { "accuracy", "auc", "f1", "precision", "recall", "r2",
                                         "score" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (name, endings[i]))
      return TRUE;
  return FALSE;
}

static gboolean
find_metric (WeftTraining *training, const char *name, GError **error)
{
  training->monitor.metric = 0;
  if (g_str_equal (name, "loss"))
    return TRUE;
  for (guint i = 0; i < training->n_metrics; i++)
    if (g_str_equal (name, training->names[i]))
      {
        training->monitor.metric = i + 1;
        return TRUE;
      }
  return weft_training_fail (
    error, _ ("early_stopping watches “%s”, which is no metric; there are loss and "
              "those of “metrics”"),
    name);
}

static gboolean
read_monitor (WeftTraining *training, WeftJson *json, GError **error)
{
  static const char *const known[] = { "metric", "better", "patience", "min_delta", "restore_best",
                                       NULL };
  WeftJson                *early = weft_json_get (json, "early_stopping");
  WeftMonitor             *monitor = &training->monitor;
  const char              *name = weft_json_get_string (early, "metric", "loss"), *better;

  *monitor = (WeftMonitor){ .patience = -1 };
  if (early == NULL)
    return TRUE;
  for (guint i = 0; i < weft_json_n_members (early); i++)
    if (!g_strv_contains (known, weft_json_member (early, i, NULL)))
      return weft_training_fail (
        error, _ ("early_stopping has no member “%s”; it has metric, better, "
                  "patience, min_delta and restore_best"),
        weft_json_member (early, i, NULL));
  if (!find_metric (training, name, error) ||
      !read_count (early, "patience", 0, MAX_STEPS, 5, &monitor->patience, error))
    return FALSE;
  better = weft_json_get_string (early, "better",
                                 weft_training_is_greater_better (name) ? "greater" : "smaller");
  if (!g_str_equal (better, "greater") && !g_str_equal (better, "smaller"))
    return weft_training_fail (
      error, _ ("better must be \"greater\" or \"smaller\", not “%s”"), better);
  monitor->greater = g_str_equal (better, "greater");
  monitor->min_delta = weft_json_get_number (early, "min_delta", 0);
  monitor->restore = weft_json_get_bool (early, "restore_best", TRUE);
  if (monitor->min_delta >= 0 && isfinite (monitor->min_delta))
    return TRUE;
  return weft_training_fail (error, _ ("min_delta is %g; it must be a number of at least 0"),
                             monitor->min_delta);
}

/* weft_training_new:
 * @document: its section is read
 *
 * Returns: the section with defaults; caller owns.
 * Errors: WEFT_DOCUMENT_ERROR_MODEL, naming the key.
 */
WeftTraining *
weft_training_new (WeftDocument *document, GError **error)
{
  g_autoptr (WeftTraining) training = g_new0 (WeftTraining, 1);
  WeftJson *json = weft_document_get_training (document);
  WeftJson *knobs = weft_json_get (json, "knobs");
  gint64    batch;

  if (!check_kinds (json, error))
    return NULL;
  training->loss = g_strdup (weft_json_get_string (json, "loss", NULL));
  training->output = g_strdup (weft_json_get_string (json, "output", NULL));
  if (!read_rule (training, json, error) ||
      !read_knobs (training->rule, knobs, training->rule_knobs, error) ||
      !read_knobs (training->schedule, knobs, training->schedule_knobs, error) ||
      !check_knob_names (training, knobs, error) || !read_rate (training, json, error) ||
      !read_metrics (training, json, error) || !read_monitor (training, json, error) ||
      !weft_adjustments_read (&training->adjustments, json, error) ||
      !read_count (json, "batch", 1, MAX_BATCH, DEFAULT_BATCH, &batch, error) ||
      !read_count (json, "epochs", 0, MAX_STEPS, DEFAULT_EPOCHS, &training->epochs, error) ||
      !read_count (json, "steps", 0, MAX_STEPS, -1, &training->steps, error) ||
      !read_count (json, "seed", 0, G_MAXINT64, 1, &training->seed, error))
    return NULL;
  training->batch = batch;
  training->drop_non_finite = weft_json_get_bool (json, "drop_non_finite", FALSE);
  return g_steal_pointer (&training);
}

void
weft_training_free (WeftTraining *training)
{
  for (guint i = 0; i < WEFT_MAX_METRICS; i++)
    {
      g_free (training->names[i]);
      g_free (training->ports[i]);
    }
  weft_adjustments_clear (&training->adjustments);
  g_free (training->loss);
  g_free (training->output);
  g_free (training);
}
