/* Tests of control over a run: a step in phases, breakpoints, where it pauses by itself, one step
 * back, frozen parameters. None of them may change a number of the run.
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

#define STEPS 70 /* of digits-mlp: two epochs and a half */

/* ---- Tools ---- */

/* An epoch is 23 steps, so that its ends are passed. */
static WeftDocument *
new_document (const char *rule, double rate)
{
  WeftDocument *document = load_example ("digits-mlp");
  g_autoptr (GError) error = NULL;
  guint32 hidden = weft_document_node_by_id (document, "hidden")->uid;

  weft_document_set_training (document, "rule", weft_json_new_string (rule));
  weft_document_set_training (document, "rate", weft_json_new_number (rate));
  weft_document_set_param (document, hidden, "units", weft_json_new_int (12), &error);
  g_assert_no_error (error);
  return document;
}

/* All arrays as they are now; caller owns. */
static GHashTable *
values_of (Fixture *fixture)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-phases-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "v.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  GHashTable *values;

  g_assert_true (weft_session_save (fixture->session, path, &error));
  values = weft_safetensors_read (path, NULL, &error);
  g_assert_no_error (error);
  g_remove (path);
  g_rmdir (folder);
  return values;
}

static void
assert_same_values (GHashTable *a, GHashTable *b)
{
  GHashTableIter iter;
  gpointer       name, array;

  g_assert_cmpuint (g_hash_table_size (a), ==, g_hash_table_size (b));
  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &name, &array))
    {
      const WeftArray *one = array, *other = g_hash_table_lookup (b, name);

      g_assert_nonnull (other);
      g_assert_cmpmem (one->data, one->n_bytes, other->data, other->n_bytes);
    }
}

static GHashTable *
values_without_looking (WeftDocument *document, gint64 steps)
{
  Fixture        fixture = { 0 };
  WeftRunOptions options = run_options (STEPS);
  WeftUntil      until = WEFT_UNTIL_NOTHING;
  GHashTable    *values;

  set_up (&fixture, NULL);
  until.step = steps;
  weft_session_run_to (fixture.session, weft_document_snapshot (document), &options, &until);
  wait_for_state (&fixture, WEFT_RUN_PAUSED);
  values = values_of (&fixture);
  tear_down (&fixture, NULL);
  return values;
}

static void
run_to (Fixture *fixture, WeftDocument *document, gint64 step)
{
  WeftRunOptions options = run_options (STEPS);
  WeftUntil      until = WEFT_UNTIL_NOTHING;

  until.step = step;
  weft_session_run_to (fixture->session, weft_document_snapshot (document), &options, &until);
  wait_for_state (fixture, WEFT_RUN_PAUSED);
}

static const WeftPortNumbers *
numbers_of (const WeftEvent *event, const char *name, gboolean parameter)
{
  for (guint i = 0; event->ports != NULL && i < event->ports->len; i++)
    {
      const WeftPortNumbers *one = g_ptr_array_index (event->ports, i);

      if (g_str_equal (one->name, name) && one->parameter == parameter)
        return one;
    }
  return NULL;
}

static WeftEvent *
next_phase (Fixture *fixture, WeftDocument *document, WeftStepPhase phase)
{
  WeftRunOptions options = run_options (STEPS);
  WeftEvent     *event;

  weft_session_step_phase (fixture->session, weft_document_snapshot (document), &options);
  event = wait_for (fixture, WEFT_EVENT_PHASE);
  g_assert_cmpint (event->phase, ==, phase);
  wait_for_state (fixture, WEFT_RUN_PAUSED);
  return event;
}

/* ---- Phases ---- */

static void
test_phases (Fixture *fixture, gconstpointer data)
{
  const double rate = 0.1;
  g_autoptr (WeftDocument) document = new_document ("sgd", rate);
  g_autoptr (GHashTable) looked = NULL;
  g_autoptr (GHashTable) plain = NULL;
  const WeftPortNumbers *gradient, *update;
  WeftEvent             *event;
  double                 loss;

  event = next_phase (fixture, document, WEFT_STEP_FORWARD);
  g_assert_cmpint (event->step, ==, 1);
  g_assert_null (event->message);
  g_assert_cmpint (numbers_of (event, "hidden.y", FALSE)->numbers.shape[1], ==, 12);
  g_assert_cmpfloat (numbers_of (event, "hidden.y", FALSE)->numbers.minimum, >=, 0);
  g_assert_null (numbers_of (event, "objective.y", FALSE));
  event = next_phase (fixture, document, WEFT_STEP_LOSS);
  loss = numbers_of (event, "objective.y", FALSE)->numbers.mean;
  g_assert_nonnull (numbers_of (event, "acc.y", FALSE));
  event = next_phase (fixture, document, WEFT_STEP_BACKWARD);
  gradient = numbers_of (event, "hidden.W", TRUE);
  g_assert_nonnull (numbers_of (event, "hidden.y", FALSE));
  g_assert_cmpfloat (numbers_of (event, "objective.y", FALSE)->numbers.mean, ==, 1);
  /* Plain descent: the change is the gradient times the rate. */
  event = next_phase (fixture, document, WEFT_STEP_UPDATE);
  g_assert_cmpint (event->step, ==, 1);
  update = numbers_of (event, "hidden.W", TRUE);
  g_assert_cmpfloat_with_epsilon (update->numbers.size, rate * gradient->numbers.size,
                                  1e-5 * gradient->numbers.size);
  g_assert_cmpfloat (update->before, >, 0);
  for (guint i = 0; i < fixture->events->len; i++)
    {
      const WeftEvent *one = g_ptr_array_index (fixture->events, i);

      if (one->kind == WEFT_EVENT_STEP)
        g_assert_cmpfloat_with_epsilon (one->train[0], loss, 1e-5);
    }
  run_to (fixture, document, 40);
  looked = values_of (fixture);
  plain = values_without_looking (document, 40);
  assert_same_values (looked, plain);
}

/* A step of which one phase was seen is made whole by whatever goes on with the run. */
static void
test_half_seen (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = new_document ("adam", 0.01);
  g_autoptr (GHashTable) looked = NULL;
  g_autoptr (GHashTable) plain = NULL;

  run_to (fixture, document, 22);
  next_phase (fixture, document, WEFT_STEP_FORWARD);
  next_phase (fixture, document, WEFT_STEP_LOSS);
  /* Over the end of an epoch. */
  run_to (fixture, document, 24);
  next_phase (fixture, document, WEFT_STEP_FORWARD);
  run_to (fixture, document, 30);
  looked = values_of (fixture);
  plain = values_without_looking (document, 30);
  assert_same_values (looked, plain);
}

/* ---- Breakpoints ---- */

static void
set_breakpoint (Fixture *fixture, const char *node, WeftBreakKind kind, double limit)
{
  GPtrArray      *points = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_breakpoint_free);
  WeftBreakpoint *point = g_new0 (WeftBreakpoint, 1);

  *point = (WeftBreakpoint){ g_strdup (node), kind, limit };
  g_ptr_array_add (points, point);
  weft_session_set_breakpoints (fixture->session, points);
}

static WeftEvent *
go_on_to_breakpoint (Fixture *fixture, WeftDocument *document)
{
  WeftRunOptions options = run_options (STEPS);
  WeftEvent     *event;

  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  event = wait_for (fixture, WEFT_EVENT_PHASE);
  wait_for_state (fixture, WEFT_RUN_PAUSED);
  return event;
}

static void
test_breakpoint (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = new_document ("adam", 0.01);
  g_autoptr (GHashTable) looked = NULL;
  g_autoptr (GHashTable) plain = NULL;
  WeftEvent *event;

  set_breakpoint (fixture, "hidden", WEFT_BREAK_ALWAYS, 0);
  for (gint64 step = 1; step <= 3; step++)
    {
      event = go_on_to_breakpoint (fixture, document);
      g_assert_cmpint (event->step, ==, step);
      g_assert_cmpstr (event->message, ==, "hidden");
      g_assert_nonnull (numbers_of (event, "hidden.y", FALSE));
      /* The step has not come further. */
      g_assert_null (numbers_of (event, "logits.y", FALSE));
    }
  /* From there the step can be looked at. */
  event = next_phase (fixture, document, WEFT_STEP_FORWARD);
  g_assert_cmpint (event->step, ==, 3);
  g_assert_nonnull (numbers_of (event, "logits.y", FALSE));
  set_breakpoint (fixture, "nowhere", WEFT_BREAK_ALWAYS, 0);
  run_to (fixture, document, 20);
  looked = values_of (fixture);
  plain = values_without_looking (document, 20);
  assert_same_values (looked, plain);
}

static void
test_breakpoint_above (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = new_document ("adam", 0.01);
  const WeftPortNumbers *numbers;
  WeftEvent             *event;

  set_breakpoint (fixture, "logits", WEFT_BREAK_ABOVE, 8);
  event = go_on_to_breakpoint (fixture, document);
  numbers = numbers_of (event, "logits.y", FALSE);
  g_assert_cmpint (event->step, >, 1);
  g_assert_true (numbers->numbers.maximum > 8 || numbers->numbers.minimum < -8);
  g_assert_cmpint (go_on_to_breakpoint (fixture, document)->step, >, event->step);
}

static void
test_breakpoint_bad (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = new_document ("sgd", 1e30);
  WeftEvent *event;

  set_breakpoint (fixture, "logits", WEFT_BREAK_BAD, 0);
  event = go_on_to_breakpoint (fixture, document);
  g_assert_cmpint (event->step, >, 1);
  g_assert_cmpint (numbers_of (event, "logits.y", FALSE)->numbers.n_bad, >, 0);
}

/* ---- Until ---- */

static gint64
last_step (Fixture *fixture)
{
  for (guint i = fixture->events->len; i-- > 0;)
    {
      const WeftEvent *event = g_ptr_array_index (fixture->events, i);

      if (event->kind == WEFT_EVENT_STEP)
        return event->step;
    }
  return 0;
}

static void
test_until (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = new_document ("adam", 0.01);
  WeftRunOptions options = run_options (-1);
  WeftUntil      until = WEFT_UNTIL_NOTHING;
  gint64         epoch;

  until.next_epoch = TRUE;
  weft_session_run_to (fixture->session, weft_document_snapshot (document), &options, &until);
  wait_for_state (fixture, WEFT_RUN_PAUSED);
  epoch = last_step (fixture);
  g_assert_cmpint (
    ((WeftEvent *) g_ptr_array_index (fixture->events, fixture->events->len - 2))->kind, ==,
    WEFT_EVENT_EPOCH);
  weft_session_run_to (fixture->session, weft_document_snapshot (document), &options, &until);
  wait_for_state (fixture, WEFT_RUN_PAUSED);
  g_assert_cmpint (last_step (fixture), ==, 2 * epoch);
  until = WEFT_UNTIL_NOTHING;
  until.epoch = 4;
  weft_session_run_to (fixture->session, weft_document_snapshot (document), &options, &until);
  wait_for_state (fixture, WEFT_RUN_PAUSED);
  g_assert_cmpint (last_step (fixture), ==, 4 * epoch);
  /* As measured after an epoch; it says so. */
  until = (WeftUntil){ .metric = 1, .validation = TRUE, .above = TRUE, .value = 0.5 };
  weft_session_run_to (fixture->session, weft_document_snapshot (document), &options, &until);
  g_assert_nonnull (strstr (wait_for (fixture, WEFT_EVENT_NOTE)->message, "accuracy"));
  wait_for_state (fixture, WEFT_RUN_PAUSED);
  g_assert_cmpint (last_step (fixture) % epoch, ==, 0);
}

/* ---- Back ---- */

static void
rewind_once (Fixture *fixture, gint64 to)
{
  weft_session_rewind (fixture->session);
  g_assert_cmpint (wait_for (fixture, WEFT_EVENT_REWOUND)->step, ==, to);
}

/* The state is that of a run that went no further, and going on gives what it gave. */
static void
test_rewind (Fixture *fixture, gconstpointer data)
{
  static const gint64 places[] = { 1, 2, 24, 47, 60 };
  g_autoptr (WeftDocument) document = new_document (data, 0.01);
  g_autoptr (GHashTable) end = values_without_looking (document, 65);
  g_autoptr (GHashTable) again = NULL;

  weft_document_set_training (document, "schedule", weft_json_new_string ("constant"));
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (GHashTable) plain = values_without_looking (document, MAX (places[i] - 1, 1));
      g_autoptr (GHashTable) back = NULL;

      run_to (fixture, document, places[i]);
      rewind_once (fixture, places[i] - 1);
      back = values_of (fixture);
      if (places[i] > 1)
        assert_same_values (back, plain);
    }
  run_to (fixture, document, 65);
  again = values_of (fixture);
  assert_same_values (again, end);
}

/* Several times, over the ends of epochs. */
static void
test_rewind_far (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = new_document ("adam", 0.01);
  g_autoptr (GHashTable) plain = values_without_looking (document, 20);
  g_autoptr (GHashTable) back = NULL;

  run_to (fixture, document, 50);
  for (gint64 step = 49; step >= 20; step--)
    rewind_once (fixture, step);
  back = values_of (fixture);
  assert_same_values (back, plain);
}

/* Nothing is before the first step. */
static void
test_rewind_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = new_document ("adam", 0.01);

  next_phase (fixture, document, WEFT_STEP_FORWARD);
  weft_session_rewind (fixture->session);
  g_assert_nonnull (wait_for (fixture, WEFT_EVENT_NOTE)->message);
  g_assert_cmpint (weft_session_get_state (fixture->session), ==, WEFT_RUN_PAUSED);
}

/* The rate is turned up while it trains; the step that makes a NaN has no effect, and the one
 * before can be taken back. */
static void
test_not_finite (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = new_document ("sgd", 0.1);
  g_autoptr (GHashTable) plain = values_without_looking (document, 29);
  g_autoptr (GHashTable) back = NULL;
  WeftRunOptions options = run_options (STEPS);
  WeftEvent     *event;

  run_to (fixture, document, 30);
  weft_document_set_training (document, "rate", weft_json_new_number (1e30));
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  event = wait_for (fixture, WEFT_EVENT_FAILED);
  g_assert_cmpuint (event->node, !=, 0);
  wait_for_state (fixture, WEFT_RUN_FAILED);
  while (event->step >= 30)
    {
      weft_session_rewind (fixture->session);
      event = wait_for (fixture, WEFT_EVENT_REWOUND);
    }
  g_assert_cmpint (weft_session_get_state (fixture->session), ==, WEFT_RUN_PAUSED);
  back = values_of (fixture);
  assert_same_values (back, plain);
  weft_document_set_training (document, "rate", weft_json_new_number (0.1));
  run_to (fixture, document, 60);
}

/* What is on disk goes back too. */
static void
test_rewind_kept (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-phases-XXXXXX", NULL);
  g_autoptr (WeftDocument) document = new_document ("adam", 0.01);
  WeftRunOptions   options = run_options (STEPS);
  WeftUntil        until = WEFT_UNTIL_NOTHING;
  g_autofree char *run = NULL, *log = NULL, *text = NULL;
  g_autoptr (GArray) steps = NULL;

  until.step = 40;
  options.runs_folder = folder;
  weft_session_run_to (fixture->session, weft_document_snapshot (document), &options, &until);
  run = g_strdup (wait_for (fixture, WEFT_EVENT_STARTED)->message);
  wait_for_state (fixture, WEFT_RUN_PAUSED);
  rewind_once (fixture, 39);
  steps = weft_runs_steps (run);
  g_assert_cmpuint (steps->len, >, 0);
  g_assert_cmpint (g_array_index (steps, gint64, steps->len - 1), ==, 39);
  log = g_build_filename (run, "log.jsonl", NULL);
  g_assert_true (g_file_get_contents (log, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\"step\": 39"));
  g_assert_null (strstr (text, "\"step\": 40"));
  run_to (fixture, document, 41);
  weft_session_stop (fixture->session);
  wait_for (fixture, WEFT_EVENT_FINISHED);
}

/* ---- Frozen ---- */

static void
set_frozen (WeftDocument *document, const char *text)
{
  weft_document_set_training (document, "parameters", weft_json_parse (text, -1, NULL));
}

static gboolean
has_moved (GHashTable *before, GHashTable *after, const char *name)
{
  const WeftArray *a = g_hash_table_lookup (before, name), *b = g_hash_table_lookup (after, name);

  return memcmp (a->data, b->data, a->n_bytes) != 0;
}

static void
test_frozen (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = new_document ("adam", 0.01);
  g_autoptr (GHashTable) first = NULL;
  g_autoptr (GHashTable) middle = NULL;
  g_autoptr (GHashTable) last = NULL;

  set_frozen (document, "{\"hidden.*\": {\"frozen\": true}}");
  run_to (fixture, document, 1);
  first = values_of (fixture);
  run_to (fixture, document, 10);
  middle = values_of (fixture);
  g_assert_false (has_moved (first, middle, "hidden.W"));
  g_assert_false (has_moved (first, middle, "hidden.b"));
  g_assert_true (has_moved (first, middle, "logits.W"));
  g_assert_null (g_hash_table_lookup (middle, "hidden.W.m"));
  /* On the way: the later pattern wins, and the curve gets a flag. */
  set_frozen (document, "{\"hidden.*\": {\"frozen\": true}, \"*.b\": {\"frozen\": false}}");
  weft_session_change (fixture->session, weft_document_snapshot (document));
  g_assert_nonnull (strstr (wait_for (fixture, WEFT_EVENT_FLAG)->message, "parameters.*.b"));
  run_to (fixture, document, 20);
  last = values_of (fixture);
  g_assert_false (has_moved (middle, last, "hidden.W"));
  g_assert_true (has_moved (middle, last, "hidden.b"));
}

static void
test_frozen_wrong (Fixture *fixture, gconstpointer data)
{
  static const char *const cases[][2] = {
    { "{\"hiden.*\": {\"frozen\": true}}", "hiden.*" },
    { "{\"*\": {\"frozen\": true}}", "frozen" },
    { "{\"*\": {\"frozen\": 1}}", "true or false" },
    { "{\"*\": {\"frosen\": true}}", "frozen" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WeftDocument) document = new_document ("adam", 0.01);
      WeftRunOptions options = run_options (STEPS);
      WeftEvent     *event;

      set_frozen (document, cases[i][0]);
      weft_session_train (fixture->session, weft_document_snapshot (document), &options);
      event = wait_for (fixture, WEFT_EVENT_FAILED);
      if (strstr (event->message, cases[i][1]) == NULL)
        g_error ("\"%s\" does not say \"%s\"", event->message, cases[i][1]);
      wait_for_state (fixture, WEFT_RUN_FAILED);
    }
}

#define ADD(PATH, FUNC, DATA) g_test_add ("/train/" PATH, Fixture, DATA, set_up, FUNC, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  ADD ("phases/one-step", test_phases, NULL);
  ADD ("phases/half-seen", test_half_seen, NULL);
  ADD ("breakpoint/always", test_breakpoint, NULL);
  ADD ("breakpoint/above", test_breakpoint_above, NULL);
  ADD ("breakpoint/not-finite", test_breakpoint_bad, NULL);
  ADD ("until", test_until, NULL);
  ADD ("rewind/sgd", test_rewind, "sgd");
  ADD ("rewind/adam", test_rewind, "adam");
  ADD ("rewind/far", test_rewind_far, NULL);
  ADD ("rewind/nothing", test_rewind_nothing, NULL);
  ADD ("rewind/not-finite", test_not_finite, NULL);
  ADD ("rewind/kept", test_rewind_kept, NULL);
  ADD ("frozen/some", test_frozen, NULL);
  ADD ("frozen/wrong", test_frozen_wrong, NULL);
  return g_test_run ();
}
