/* Every update rule and schedule against PyTorch, 100 steps from the same gradients:
 * tests/golden/train/rules.jsonl, which tests/oracle/rules.py writes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/ops/ops.h"
#include "engine/run/function.h"
#include "engine/train/plateau.h"
#include "engine/train/update.h"

#include <math.h>
#include <string.h>

#define MAX_BYTES (1 << 20)
#define N_STEPS 100
#define N 3
/* Some ten float64 roundings a step in another order, of which running means forget most. */
#define TOLERANCE 1e-11

static WeftJson *head; /* rate, start, gradients */

static void
read_knobs (const WeftRuleRow *row, WeftJson *given, double *values)
{
  guint           n;
  const WeftKnob *knobs = weft_rule_row_knobs (row, &n);

  for (guint i = 0; i < n; i++)
    values[i] = weft_json_get_number (given, knobs[i].name, knobs[i].otherwise);
}

static double
rate_of_file (void)
{
  return weft_json_get_number (head, "rate", NAN);
}

/* ---- Rules ---- */

/* A function that does one update of @p by the gradient that is fed, in float64. */
static WeftFunction *
update_function (const WeftRuleRow *row, const double *knobs, WeftShared *p, gboolean *timed)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (GPtrArray) targets =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  WeftType          scalar = { .dtype = WEFT_F64 };
  WeftType          vector = { .dtype = WEFT_F64, .shape = weft_shape (1, (gint64) N) };
  WeftValue        *inputs[] = { weft_graph_input (graph, "g", &vector),
                                 weft_graph_input (graph, "t", &scalar) };
  WeftUpdateContext context = { .graph = graph,
                                .rate = weft_graph_scalar (graph, WEFT_F64, rate_of_file ()),
                                .t = inputs[1] };
  WeftFunctionSpec  spec = { .graph = graph, .n_inputs = 2, .inputs = inputs };
  WeftFunction     *function;
  gboolean          built;

  built = weft_update_build (row, knobs, &context, p, inputs[0], targets, values, &error);
  g_assert_no_error (error);
  g_assert_true (built);
  spec.n_updates = targets->len;
  spec.targets = (WeftShared **) targets->pdata;
  spec.new_values = (WeftValue **) values->pdata;
  *timed = strstr (row->text, "**t") != NULL || strstr (row->text, "**(t") != NULL;
  spec.n_inputs = *timed ? 2 : 1;
  function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  return function;
}

static void
check_place (WeftShared *p, WeftJson *wanted, const char *name, int step)
{
  for (guint i = 0; i < N; i++)
    {
      double x = weft_array_get (p->value, i);
      double y = weft_json_number (weft_json_at (wanted, i), NAN);

      if (!(fabs (x - y) <= TOLERANCE * MAX (1, fabs (y))))
        g_error ("%s: after step %d number %u is %.17g; PyTorch has %.17g", name, step, i, x, y);
    }
}

static void
test_rule (gconstpointer data)
{
  WeftJson          *json = (WeftJson *) data;
  const WeftRuleRow *row = weft_update_rule_find (weft_json_get_string (json, "rule", NULL));
  WeftJson          *gradients = weft_json_get (head, "gradients"), *places = weft_json_get (json, "p");
  gint64             shape[] = { N };
  g_autoptr (WeftArray) start = weft_array_new (WEFT_F64, 1, shape);
  g_autoptr (WeftShared) p = weft_shared_new ("p", "parameter", start);
  g_autoptr (WeftFunction) function = NULL;
  gboolean timed;
  double   knobs[WEFT_MAX_KNOBS];

  g_assert_nonnull (row);
  g_assert_cmpuint (weft_json_length (places), ==, N_STEPS);
  read_knobs (row, weft_json_get (json, "knobs"), knobs);
  for (guint i = 0; i < N; i++)
    ((double *) p->value->data)[i] =
      weft_json_number (weft_json_at (weft_json_get (head, "start"), i), NAN);
  function = update_function (row, knobs, p, &timed);
  for (int t = 0; t < N_STEPS; t++)
    {
      g_autoptr (WeftArray) g = weft_array_new (WEFT_F64, 1, shape);
      g_autoptr (WeftArray) time = weft_array_new_scalar (WEFT_F64, t + 1);
      WeftArray *inputs[] = { g, time };
      g_autoptr (GError) error = NULL;

      for (guint i = 0; i < N; i++)
        ((double *) g->data)[i] =
          weft_json_number (weft_json_at (weft_json_at (gradients, t), i), NAN);
      weft_function_call (function, inputs, NULL, NULL, &error);
      g_assert_no_error (error);
      check_place (p, weft_json_at (places, t), row->name, t + 1);
    }
}

/* ---- Schedules ---- */

static void
test_schedule (gconstpointer data)
{
  WeftJson *json = (WeftJson *) data, *rates = weft_json_get (json, "rates"),
           *measures = weft_json_get (json, "measures");
  const WeftRuleRow *row = weft_schedule_find (weft_json_get_string (json, "schedule", NULL));
  WeftTraining       training = { .schedule = row,
                                  .monitor.greater = weft_json_get_bool (json, "greater", FALSE) };
  WeftPlateau        plateau = { 0 };
  const double      *knobs = training.schedule_knobs;

  g_assert_nonnull (row);
  g_assert_cmpuint (weft_json_length (rates), ==, N_STEPS);
  read_knobs (row, weft_json_get (json, "knobs"), training.schedule_knobs);
  for (int step = 0; step < N_STEPS; step++)
    {
      g_autoptr (WeftGraph) graph = weft_graph_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftArray) rate = NULL;
      WeftValue *inputs[WEFT_N_SCHEDULE_INPUTS] = {
        weft_graph_scalar (graph, WEFT_F64, step), weft_graph_scalar (graph, WEFT_F64, N_STEPS),
        weft_graph_scalar (graph, WEFT_F64, rate_of_file ()),
        weft_graph_scalar (graph, WEFT_F64, (double) plateau.count)
      };
      WeftValue *value = weft_schedule_build (row, knobs, graph, inputs, &error);

      g_assert_no_error (error);
      rate = weft_evaluate (graph, value, 0, &error);
      g_assert_no_error (error);
      if (!(fabs (weft_array_get (rate, 0) - weft_json_number (weft_json_at (rates, step), NAN)) <=
            TOLERANCE * rate_of_file ()))
        g_error ("%s: the rate of step %d is %.17g; PyTorch has %.17g", row->name, step,
                 weft_array_get (rate, 0), weft_json_number (weft_json_at (rates, step), NAN));
      weft_plateau_follow (&plateau, &training,
                           weft_json_number (weft_json_at (measures, step), NAN));
    }
}

/* ---- The file ---- */

static gboolean
has_row (GPtrArray *rows, const char *key, const char *name)
{
  for (guint i = 0; i < rows->len; i++)
    if (g_strcmp0 (weft_json_get_string (g_ptr_array_index (rows, i), key, NULL), name) == 0)
      return TRUE;
  return FALSE;
}

/* A row that is added to a table is asked for here. */
static void
test_complete (gconstpointer data)
{
  GPtrArray *rows = (GPtrArray *) data;

  for (guint i = 0; i < weft_update_rule_count (); i++)
    if (!has_row (rows, "rule", weft_update_rule_get (i)->name))
      g_error ("rules.jsonl has no rule %s", weft_update_rule_get (i)->name);
  for (guint i = 0; i < weft_schedule_count (); i++)
    if (!has_row (rows, "schedule", weft_schedule_get (i)->name))
      g_error ("rules.jsonl has no schedule %s", weft_schedule_get (i)->name);
}

static GPtrArray *
read_rows (void)
{
  g_autofree char *path =
    g_test_build_filename (G_TEST_DIST, "golden", "train", "rules.jsonl", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = weft_file_read (path, MAX_BYTES, &error);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_json_unref);

  g_assert_no_error (error);
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_ptr_array_add (rows, weft_json_parse (lines[i], -1, &error));
      g_assert_no_error (error);
    }
  return rows;
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) rows = NULL;

  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  rows = read_rows ();
  head = g_ptr_array_index (rows, 0);
  for (guint i = 1; i < rows->len; i++)
    {
      WeftJson        *json = g_ptr_array_index (rows, i);
      gboolean         rule = weft_json_has (json, "rule");
      const char      *name = weft_json_get_string (json, rule ? "rule" : "schedule", "");
      g_autofree char *path = g_strdup_printf ("/train/pytorch/%s/%s/%u",
                                               rule ? "rule" : "schedule", name, i);

      g_test_add_data_func (path, json, rule ? test_rule : test_schedule);
    }
  g_test_add_data_func ("/train/pytorch/complete", rows, test_complete);
  return g_test_run ();
}
