/* Tests of a run that goes on with other settings: what acts at the next step, what is flagged, and what leaves the run as it is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops.h"
#include "tests/session-tools.h"

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
  before = ((WeftEvent *) g_ptr_array_index (fixture->events, fixture->events->len - 1))->validation[0];
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

  weft_document_set_param (document, node_of (document, "hidden"), "activation", weft_json_new_string ("tanh"), &error);
  g_assert_no_error (error);
  weft_session_change (fixture->session, weft_document_snapshot (document));
  g_assert_true (isnan (wait_for_flag (fixture, "hidden.activation: tanh")->rate));
  g_assert_true (isfinite (wait_for (fixture, WEFT_EVENT_STEP)->train[0]));
}

/* Other parameters are for the next run: this one goes on as it was, and says nothing. */
static void
test_other_parameters (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = begin (fixture);
  g_autoptr (GError) error = NULL;
  guint n;

  weft_document_set_param (document, node_of (document, "hidden"), "units", weft_json_new_int (7), &error);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add ("/train/change/batch", Fixture, NULL, set_up, test_batch, tear_down);
  g_test_add ("/train/change/rule", Fixture, NULL, set_up, test_rule, tear_down);
  g_test_add ("/train/change/node", Fixture, NULL, set_up, test_node, tear_down);
  g_test_add ("/train/change/other-parameters", Fixture, NULL, set_up, test_other_parameters, tear_down);
  return g_test_run ();
}
