/* Tests of a run that goes on with other settings: what acts at the next step, what is flagged, and
 * what leaves the run as it is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops.h"
#include "engine/train/runs.h"
#include "tests/session-tools.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define EPOCHS 400

/* Starts digits-mlp and waits for its first steps. */
static WeftDocument *
begin (Fixture *fixture)
{
  WeftDocument  *document = load_example ("digits-mlp");
  WeftRunOptions options = run_options (-1);

  options.steps = -1;
  weft_document_set_training (document, "epochs", weft_json_new_int (EPOCHS));
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  while (wait_for (fixture, WEFT_EVENT_STEP)->step < 3)
    ;
  return document;
}

/* The flag about @knob; no step may fail on the way to it. */
static WeftEvent *
wait_for_flag (Fixture *fixture, const char *knob)
{
  WeftEvent *event;

  do
    event = wait_for (fixture, WEFT_EVENT_FLAG);
  while (!g_str_equal (event->message, knob));
  return event;
}

static void
test_batch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = begin (fixture);
  gint64     before = 0, at;
  WeftEvent *event, *first;

  for (guint i = 0; i < fixture->events->len; i++)
    {
      const WeftEvent *one = g_ptr_array_index (fixture->events, i);

      if (one->kind == WEFT_EVENT_STARTED)
        before = one->total_steps;
    }
  weft_document_set_training (document, "batch", weft_json_new_int (16));
  weft_session_change (fixture->session, weft_document_snapshot (document));
  event = wait_for_flag (fixture, "batch");
  g_assert_cmpfloat (event->rate, ==, 16);
  at = event->step;
  first = wait_for (fixture, WEFT_EVENT_STEP);
  /* No step is lost, and what is left has four times as many. */
  g_assert_cmpint (first->step, ==, at + 1);
  g_assert_cmpint (first->total_steps, >, 3 * before);
  g_assert_cmpfloat_with_epsilon (first->total_epochs, EPOCHS, 0.1);
  /* The parameters are those of before: the loss does not begin again. */
  g_assert_true (isfinite (first->train[0]));
}

static void
test_rule (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = begin (fixture);
  double before = 0, after;

  while (wait_for (fixture, WEFT_EVENT_EPOCH)->step < 200)
    ;
  before =
    ((WeftEvent *) g_ptr_array_index (fixture->events, fixture->events->len - 1))->validation[0];
  weft_document_set_training (document, "rule", weft_json_new_string ("momentum"));
  weft_document_set_training (document, "rate", weft_json_new_number (0.001));
  weft_session_change (fixture->session, weft_document_snapshot (document));
  wait_for_flag (fixture, "rule: momentum");
  after = wait_for (fixture, WEFT_EVENT_EPOCH)->validation[0];
  /* One epoch of small steps from where it stood; fresh parameters would measure above 2. */
  g_assert_cmpfloat (fabs (after - before), <, 0.5);
}

static guint32
node_of (WeftDocument *document, const char *id)
{
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    if (g_str_equal (weft_document_node_at (document, i)->id, id))
      return weft_document_node_at (document, i)->uid;
  g_error ("there is no node %s", id);
}

static void
test_node (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = begin (fixture);
  g_autoptr (GError) error = NULL;

  weft_document_set_param (document, node_of (document, "hidden"), "activation",
                           weft_json_new_string ("tanh"), &error);
  g_assert_no_error (error);
  weft_session_change (fixture->session, weft_document_snapshot (document));
  g_assert_true (isnan (wait_for_flag (fixture, "hidden.activation: tanh")->rate));
  g_assert_true (isfinite (wait_for (fixture, WEFT_EVENT_STEP)->train[0]));
}

/* An activation that can be taken out while the model learns. */
static const char with_activation[] =
  "{\"format\": \"weft\", \"version\": 1, \"nodes\": ["
  "{\"id\": \"iris\", \"op\": \"dataset\", \"params\": {\"data\": \"iris\"}},"
  "{\"id\": \"hidden\", \"op\": \"dense\", \"params\": {\"units\": 8}},"
  "{\"id\": \"curve\", \"op\": \"tanh\"},"
  "{\"id\": \"logits\", \"op\": \"dense\", \"params\": {\"units\": 3}},"
  "{\"id\": \"cost\", \"op\": \"cross_entropy\"}], \"wires\": ["
  "\"iris.features -> hidden.x\", \"hidden.y -> curve.x\", \"curve.y -> logits.x\","
  "\"logits.y -> cost.logits\", \"iris.label -> cost.labels\"],"
  "\"training\": {\"loss\": \"cost.loss\", \"rate\": 0.01, \"epochs\": 10000}}";

static void
test_bypass (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_parse (with_activation, -1, "test", &error);
  WeftRunOptions options = run_options (-1);
  guint32        node;

  g_assert_no_error (error);
  node = node_of (document, "curve");
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  while (wait_for (fixture, WEFT_EVENT_STEP)->step < 3)
    ;
  for (guint on = 1; on <= 1; on--)
    {
      g_assert_true (
        weft_document_set_flag (document, &node, 1, WEFT_NODE_BYPASSED, on == 1, NULL, &error));
      weft_session_change (fixture->session, weft_document_snapshot (document));
      g_assert_cmpfloat (wait_for_flag (fixture, "curve.bypass")->rate, ==, on);
      g_assert_true (isfinite (wait_for (fixture, WEFT_EVENT_STEP)->train[0]));
    }
}

/* A model without the data set that the run reads is for the next run. */
static void
test_without_data (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_parse (with_activation, -1, "test", &error);
  g_autoptr (GString) other = g_string_new (with_activation);
  g_autoptr (WeftDocument) alone = NULL;
  WeftRunOptions options = run_options (-1);

  g_string_replace (
    other, "{\"id\": \"iris\", \"op\": \"dataset\", \"params\": {\"data\": \"iris\"}}",
    "{\"id\": \"iris\", \"op\": \"constant\", \"params\": {\"value\": [[1.0, 2.0, 3.0, 4.0]]}},"
    "{\"id\": \"label\", \"op\": \"constant\", \"params\": {\"value\": [2]}}",
    1);
  g_string_replace (other, "iris.features", "iris.y", 1);
  g_string_replace (other, "iris.label", "label.y", 1);
  alone = weft_document_parse (other->str, -1, "test", &error);
  g_assert_no_error (error);
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  while (wait_for (fixture, WEFT_EVENT_STEP)->step < 3)
    ;
  weft_session_change (fixture->session, weft_document_snapshot (alone));
  for (guint i = 0; i < 20; i++)
    g_assert_true (isfinite (wait_for (fixture, WEFT_EVENT_STEP)->train[0]));
  weft_session_train (fixture->session, weft_document_snapshot (alone), &options);
  wait_for (fixture, WEFT_EVENT_STARTED);
  wait_for (fixture, WEFT_EVENT_STEP);
  weft_session_change (fixture->session, weft_document_snapshot (document));
  for (guint i = 0; i < 20; i++)
    g_assert_true (isfinite (wait_for (fixture, WEFT_EVENT_STEP)->train[0]));
}

/* Other parameters are for the next run: this one goes on as it was, and says nothing. */
static void
test_other_parameters (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = begin (fixture);
  g_autoptr (GError) error = NULL;
  guint n;

  weft_document_set_param (document, node_of (document, "hidden"), "units", weft_json_new_int (7),
                           &error);
  g_assert_no_error (error);
  n = fixture->events->len;
  weft_session_change (fixture->session, weft_document_snapshot (document));
  weft_document_set_training (document, "loss", weft_json_new_string ("nowhere.y"));
  weft_session_change (fixture->session, weft_document_snapshot (document));
  weft_session_stop (fixture->session);
  wait_for (fixture, WEFT_EVENT_FINISHED);
  for (gint64 step = 0; n < fixture->events->len; n++)
    {
      const WeftEvent *event = g_ptr_array_index (fixture->events, n);

      g_assert_cmpint (event->kind, !=, WEFT_EVENT_FLAG);
      if (event->kind == WEFT_EVENT_STEP && step > 0)
        g_assert_cmpint (event->step, ==, step + 1);
      if (event->kind == WEFT_EVENT_STEP)
        step = event->step;
    }
}

static char *
make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("weft-runs-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

/* What a step of @document takes. */
static gsize
peak_of (Fixture *fixture, WeftDocument *document)
{
  WeftRunOptions options = run_options (1);

  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  return wait_for (fixture, WEFT_EVENT_FINISHED)->peak_bytes;
}

/* A change that cannot be made ends the run, and its record says so. */
static void
test_too_large (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = make_folder ();
  g_autoptr (WeftDocument) document = load_example ("digits-mlp");
  g_autoptr (WeftKeptRun) run = NULL;
  g_autofree char *path = weft_runs_path (folder, 1);
  WeftRunOptions   options = run_options (-1);
  WeftEvent       *event;

  options.epochs = EPOCHS;
  options.runs_folder = folder;
  options.max_bytes = 2 * peak_of (fixture, document);
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  while (wait_for (fixture, WEFT_EVENT_STEP)->step < 3)
    ;
  weft_document_set_training (document, "batch", weft_json_new_int (1400));
  weft_session_change (fixture->session, weft_document_snapshot (document));
  event = wait_for (fixture, WEFT_EVENT_FAILED);
  g_assert_nonnull (strstr (event->message, "a smaller batch needs less"));
  wait_for_state (fixture, WEFT_RUN_FAILED);
  run = weft_runs_open (path);
  g_assert_cmpint (run->state, ==, WEFT_KEPT_FAILED);
  g_assert_cmpstr (run->message, ==, event->message);
  g_assert_true (weft_runs_remove (path, NULL));
  g_rmdir (folder);
}

/* Parameters of a best epoch before the change are what the run ends with, where all later ones are
 * worse. */
static void
test_best (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("digits-mlp");
  WeftRunOptions options = run_options (-1);
  double         best = INFINITY;

  options.steps = -1;
  weft_document_set_training (document, "epochs", weft_json_new_int (EPOCHS));
  weft_document_set_training (
    document, "early_stopping",
    weft_json_parse ("{\"metric\": \"loss\", \"patience\": 1000}", -1, NULL));
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  for (guint i = 0; i < 6; i++)
    best = MIN (best, wait_for (fixture, WEFT_EVENT_EPOCH)->validation[0]);
  weft_document_set_training (document, "rule", weft_json_new_string ("sgd"));
  weft_document_set_training (document, "rate", weft_json_new_number (5));
  weft_session_change (fixture->session, weft_document_snapshot (document));
  wait_for_flag (fixture, "rule: sgd");
  while (wait_for (fixture, WEFT_EVENT_EPOCH)->validation[0] < 3 * best)
    ;
  /* That was the last epoch. */
  weft_document_set_training (document, "epochs", weft_json_new_int (1));
  weft_session_change (fixture->session, weft_document_snapshot (document));
  g_assert_cmpfloat (wait_for (fixture, WEFT_EVENT_FINISHED)->test[0], <, 2 * best);
}

/* Memory that is not there for copies is not taken for them: the run goes on, but cannot go back.
 */
static void
test_no_room_to_rewind (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("digits-mlp");
  WeftRunOptions options = run_options (-1);

  options.max_bytes = peak_of (fixture, document);
  options.epochs = EPOCHS;
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  while (wait_for (fixture, WEFT_EVENT_STEP)->step < 10)
    ;
  weft_session_rewind (fixture->session);
  g_assert_nonnull (strstr (wait_for (fixture, WEFT_EVENT_NOTE)->message, "earlier state"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add ("/train/change/batch", Fixture, NULL, set_up, test_batch, tear_down);
  g_test_add ("/train/change/rule", Fixture, NULL, set_up, test_rule, tear_down);
  g_test_add ("/train/change/node", Fixture, NULL, set_up, test_node, tear_down);
  g_test_add ("/train/change/bypass", Fixture, NULL, set_up, test_bypass, tear_down);
  g_test_add ("/train/change/without-data", Fixture, NULL, set_up, test_without_data, tear_down);
  g_test_add ("/train/change/other-parameters", Fixture, NULL, set_up, test_other_parameters,
              tear_down);
  g_test_add ("/train/change/too-large", Fixture, NULL, set_up, test_too_large, tear_down);
  g_test_add ("/train/change/best", Fixture, NULL, set_up, test_best, tear_down);
  g_test_add ("/train/change/no-room-to-rewind", Fixture, NULL, set_up, test_no_room_to_rewind,
              tear_down);
  return g_test_run ();
}
