/* Tests of engine/train: checkpoints and logs, and the session: its events,
 * commands, and that equal seeds give equal numbers to the last bit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/ops/ops.h"
#include "engine/run/function.h"
#include "engine/train/checkpoint.h"
#include "engine/train/log.h"
#include "engine/train/mailbox.h"
#include "engine/train/model.h"
#include "engine/train/update.h"
#include "tests/session-tools.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* ---- Logs and checkpoints ---- */

static void
assert_line (const WeftEvent *event, gboolean no_times, const char *expected)
{
  static const char *const names[] = { "loss", "accuracy", NULL };
  g_autoptr (WeftJson) json = weft_event_to_json (event, names, no_times);
  g_autofree char *line = weft_json_to_string (json);
  g_autoptr (WeftJson) want = weft_json_parse (expected, -1, NULL);

  g_assert_nonnull (want);
  if (!weft_json_equal (json, want))
    g_error ("%s is not %s", line, expected);
}

static void
test_log_lines (void)
{
  WeftEvent event = { .kind = WEFT_EVENT_STEP,
                      .step = 100,
                      .epoch = 0.1066098,
                      .time_s = 0.0401,
                      .n_metrics = 2,
                      .train = { 0.61, 0.85 } };

  assert_line (&event, FALSE,
               "{\"event\": \"step\", \"step\": 100, \"epoch\": 0.1066, \"time_s\": 0.04, "
               "\"train\": {\"loss\": 0.61, \"accuracy\": 0.85}}");
  event.dropped = 3;
  assert_line (&event, TRUE,
               "{\"event\": \"step\", \"step\": 100, \"epoch\": 0.1066, \"dropped\": 3, "
               "\"train\": {\"loss\": 0.61, \"accuracy\": 0.85}}");
  event.dropped = 0;
  event.kind = WEFT_EVENT_EPOCH;
  event.has_validation = TRUE;
  event.validation[0] = 0.5;
  event.validation[1] = 0.75;
  assert_line (&event, TRUE,
               "{\"event\": \"epoch\", \"step\": 100, \"epoch\": 0.1066, \"train\": {\"loss\": "
               "0.61, \"accuracy\": 0.85},"
               " \"validation\": {\"loss\": 0.5, \"accuracy\": 0.75}}");
  event.kind = WEFT_EVENT_FINISHED;
  event.message = (char *) "epochs";
  event.has_test = TRUE;
  event.test[0] = 0.09;
  event.test[1] = 0.973;
  event.steps_per_s = 1234.56;
  event.peak_bytes = 4096;
  assert_line (&event, FALSE,
               "{\"event\": \"finished\", \"reason\": \"epochs\", \"step\": 100, \"test\": "
               "{\"loss\": 0.09, \"accuracy\": 0.973},"
               " \"steps_per_s\": 1234.6, \"peak_bytes\": 4096}");
}

static char *
new_folder (void)
{
  char *folder = g_dir_make_tmp ("weft-train-XXXXXX", NULL);

  g_assert_nonnull (folder);
  return folder;
}

static char *
read_text (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
test_log_rewind (void)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *path = g_build_filename (folder, "log.jsonl", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_assert_true (weft_log_rewind (path, 3, &error));
  g_file_set_contents (path,
                       "{\"event\": \"step\", \"step\": 2}\n{\"event\": \"epoch\", \"step\": "
                       "3}\n{\"event\": \"step\", \"step\": 4}\n"
                       "{\"event\": \"finished\", \"step\": 3}\nnonsense\n{\"event\": \"st",
                       -1, NULL);
  g_assert_true (weft_log_rewind (path, 3, &error));
  g_assert_no_error (error);
  text = read_text (path);
  g_assert_cmpstr (text, ==,
                   "{\"event\": \"step\", \"step\": 2}\n{\"event\": \"epoch\", \"step\": 3}\n");
  g_remove (path);
  g_rmdir (folder);
}

static void
test_checkpoint (void)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *path = g_build_filename (folder, "c.safetensors", NULL);
  gint64           shape[] = { 2, 3 };
  g_autoptr (WeftArray) array = weft_array_new (WEFT_F32, 2, shape);
  g_autoptr (WeftShared) w = weft_shared_new ("hidden.W", "parameter", array);
  g_autoptr (GPtrArray) shared = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  WeftPosition position = { .step = 17,
                            .epoch = 2,
                            .batch = 3,
                            .seed = 9,
                            .rate = 0.1,
                            .rows = 40,
                            .sums = { 1 / 3.0, -2e-300 },
                            .signature = "abc" };
  WeftPosition back;

  g_ptr_array_add (shared, w);
  for (int i = 0; i < 6; i++)
    weft_array_set (w->value, i, 1.0 / (i + 1));
  g_assert_true (weft_checkpoint_write (path, shared, &position, &error));
  weft_array_set (w->value, 4, 99);
  g_assert_true (weft_checkpoint_read (path, shared, &back, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (weft_array_get (w->value, 4), ==, (float) (1.0 / 5));
  g_assert_cmpint (back.step, ==, 17);
  g_assert_cmpint (back.epoch, ==, 2);
  g_assert_cmpint (back.batch, ==, 3);
  g_assert_cmpint (back.seed, ==, 9);
  g_assert_cmpint (back.rows, ==, 40);
  g_assert_true (back.rate == 0.1 && back.sums[0] == 1 / 3.0 && back.sums[1] == -2e-300);
  g_assert_cmpstr (back.signature, ==, "abc");

  /* Parameters alone can be loaded, but say nothing about a run. */
  g_assert_true (weft_checkpoint_write (path, shared, NULL, &error));
  g_assert_true (weft_parameters_read (path, shared, &error));
  g_assert_false (weft_checkpoint_read (path, shared, &back, &error));
  g_assert_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_FORMAT);
  g_remove (path);
  g_rmdir (folder);
}

static void
test_checkpoint_of_another (void)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *path = g_build_filename (folder, "c.safetensors", NULL);
  gint64           small[] = { 2 }, large[] = { 3 };
  g_autoptr (WeftArray) a = weft_array_new (WEFT_F32, 1, small);
  g_autoptr (WeftArray) b = weft_array_new (WEFT_F32, 1, large);
  g_autoptr (WeftShared) written = weft_shared_new ("b", "parameter", a);
  g_autoptr (WeftShared) wanted = weft_shared_new ("b", "parameter", b);
  g_autoptr (WeftShared) other = weft_shared_new ("W", "parameter", a);
  g_autoptr (GPtrArray) shared = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (shared, written);
  g_assert_true (weft_checkpoint_write (path, shared, NULL, &error));
  shared->pdata[0] = wanted;
  g_assert_false (weft_parameters_read (path, shared, &error));
  g_assert_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "(2,)"));
  g_assert_nonnull (strstr (error->message, "(3,)"));
  g_clear_error (&error);
  shared->pdata[0] = other;
  g_assert_false (weft_parameters_read (path, shared, &error));
  g_assert_nonnull (strstr (error->message, "W"));
  g_remove (path);
  g_rmdir (folder);
}

/* ---- The mailbox ---- */

static void
post_step (WeftMailbox *mailbox, gint64 step)
{
  WeftEvent event = { .kind = WEFT_EVENT_STEP, .step = step };

  weft_mailbox_post (mailbox, &event);
}

static void
test_mailbox_order (void)
{
  WeftMailbox  *mailbox = weft_mailbox_new (NULL, NULL);
  WeftEvent     epoch = { .kind = WEFT_EVENT_EPOCH };
  WeftEventKind kinds[] = { WEFT_EVENT_STEP, WEFT_EVENT_STEP, WEFT_EVENT_EPOCH, WEFT_EVENT_STEP };

  post_step (mailbox, 1);
  post_step (mailbox, 2);
  weft_mailbox_post (mailbox, &epoch);
  post_step (mailbox, 3);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (WeftEvent) event = weft_mailbox_take (mailbox);

      g_assert_nonnull (event);
      g_assert_cmpint (event->kind, ==, kinds[i]);
    }
  g_assert_null (weft_mailbox_take (mailbox));
  weft_mailbox_free (mailbox);
}

/* A consumer that is far behind gets the newest points, in order. */
static void
test_mailbox_newest (void)
{
  WeftMailbox *mailbox = weft_mailbox_new (NULL, NULL);
  gint64       last = 0, n = 0;

  for (gint64 i = 1; i <= 100000; i++)
    post_step (mailbox, i);
  for (;;)
    {
      g_autoptr (WeftEvent) event = weft_mailbox_take (mailbox);

      if (event == NULL)
        break;
      g_assert_cmpint (event->step, >, last);
      last = event->step;
      n++;
    }
  g_assert_cmpint (last, ==, 100000);
  g_assert_cmpint (n, <, 100000);
  g_assert_cmpint (n, >=, 1000);
  weft_mailbox_free (mailbox);
}

#define MANY 200000

static gpointer
posting_thread (gpointer data)
{
  for (gint64 i = 1; i <= MANY; i++)
    if (i % 1000 == 0)
      {
        WeftEvent event = { .kind = WEFT_EVENT_EPOCH, .step = i };
        weft_mailbox_post (data, &event);
      }
    else
      post_step (data, i);
  return NULL;
}

static void
test_mailbox_lossless (void)
{
  WeftMailbox *mailbox = weft_mailbox_new (NULL, NULL);
  GThread     *thread;
  gint64       next = 1;

  weft_mailbox_set_lossless (mailbox, TRUE);
  thread = g_thread_new ("post", posting_thread, mailbox);
  while (next <= MANY)
    {
      g_autoptr (WeftEvent) event = weft_mailbox_take (mailbox);

      if (event == NULL)
        continue;
      g_assert_cmpint (event->step, ==, next);
      next++;
    }
  g_thread_join (thread);
  weft_mailbox_free (mailbox);
}

/* ---- The session ---- */

/* All of a run's log without times. */
static char *
train_log (Fixture *fixture, WeftDocument *document, const WeftRunOptions *options)
{
  GString *log = g_string_new (NULL);
  g_auto (GStrv) names = NULL;

  weft_session_train (fixture->session, weft_document_snapshot (document), options);
  for (;;)
    {
      WeftEvent *event = next_event (fixture);
      g_autoptr (WeftJson) json = NULL;
      g_autofree char *line = NULL;

      if (event->kind == WEFT_EVENT_FAILED)
        g_error ("failed: %s", event->message);
      if (event->kind == WEFT_EVENT_STARTED)
        names = g_strdupv (event->names);
      if (names != NULL)
        json = weft_event_to_json (event, (const char *const *) names, TRUE);
      if (json != NULL)
        {
          line = weft_json_to_string (json);
          g_string_append_printf (log, "%s\n", line);
        }
      if (event->kind == WEFT_EVENT_FINISHED)
        return g_string_free (log, FALSE);
    }
}

static void
test_events (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("iris");
  WeftRunOptions options = { .steps = -1, .epochs = 2, .seed = 1, .lossless = TRUE };
  WeftEvent     *event;
  gint64         steps = 0, epochs = 0;

  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  event = next_event (fixture);
  g_assert_cmpint (event->kind, ==, WEFT_EVENT_STATE);
  g_assert_cmpint (event->state, ==, WEFT_RUN_LOADING);
  event = next_event (fixture);
  g_assert_cmpint (event->kind, ==, WEFT_EVENT_STARTED);
  g_assert_cmpstr (event->names[0], ==, "loss");
  g_assert_cmpstr (event->names[1], ==, "accuracy");
  g_assert_cmpint (event->total_steps, ==, 14);
  event = next_event (fixture);
  g_assert_cmpint (event->state, ==, WEFT_RUN_RUNNING);
  while ((event = next_event (fixture))->kind != WEFT_EVENT_FINISHED)
    {
      if (event->kind == WEFT_EVENT_STEP)
        g_assert_cmpint (event->step, ==, ++steps);
      else
        {
          g_assert_cmpint (event->kind, ==, WEFT_EVENT_EPOCH);
          g_assert_cmpint (event->step, ==, steps);
          g_assert_cmpfloat (event->epoch, ==, ++epochs);
          g_assert_true (event->has_validation);
          g_assert_true (isfinite (event->validation[0]));
        }
    }
  /* 105 rows in batches of 16 are 7 steps an epoch. */
  g_assert_cmpint (steps, ==, 14);
  g_assert_cmpint (epochs, ==, 2);
  g_assert_cmpstr (event->message, ==, "epochs");
  g_assert_true (event->has_test);
  g_assert_cmpfloat (event->steps_per_s, >, 0);
  g_assert_cmpuint (event->peak_bytes, >, 0);
  g_assert_cmpint (next_event (fixture)->state, ==, WEFT_RUN_FINISHED);
}

static void
test_same_seed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("digits-mlp");
  WeftRunOptions   options = run_options (60);
  g_autofree char *first = train_log (fixture, document, &options);
  g_autofree char *second = train_log (fixture, document, &options);
  g_autofree char *other = NULL;

  g_assert_cmpstr (first, ==, second);
  options.seed = 2;
  other = train_log (fixture, document, &options);
  g_assert_cmpstr (first, !=, other);
}

static void
test_same_bits_on_threads (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("digits-mlp");
  WeftRunOptions   options = run_options (40);
  g_autofree char *again = NULL;
  g_autofree char *first = NULL;

  options.threads = 2;
  first = train_log (fixture, document, &options);
  again = train_log (fixture, document, &options);
  g_assert_cmpstr (first, ==, again);
  weft_pool_set_threads (0);
}

/* Pausing, stepping and going on change no number. */
static void
test_pause (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("iris");
  /* More than the mailbox holds: a lossless run cannot end before its events are taken, so the
   * pause always meets a running one. */
  WeftRunOptions   options = run_options (6000);
  g_autofree char *whole = train_log (fixture, document, &options);
  g_autoptr (GString) log = g_string_new (NULL);
  static const char *const names[] = { "loss", "accuracy", NULL };
  WeftEvent               *event;
  gint64                   paused_at;

  wait_for_state (fixture, WEFT_RUN_FINISHED);
  weft_session_step (fixture->session, weft_document_snapshot (document), &options);
  wait_for_state (fixture, WEFT_RUN_PAUSED);
  g_assert_cmpint (weft_session_get_state (fixture->session), ==, WEFT_RUN_PAUSED);
  weft_session_step (fixture->session, weft_document_snapshot (document), &options);
  wait_for_state (fixture, WEFT_RUN_PAUSED);
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  while ((event = wait_for (fixture, WEFT_EVENT_STEP))->step < 20)
    ;
  weft_session_pause (fixture->session);
  wait_for_state (fixture, WEFT_RUN_PAUSED);
  paused_at = ((WeftEvent *) g_ptr_array_index (fixture->events, fixture->events->len - 2))->step;
  g_usleep (50000);
  g_assert_null (weft_session_next_event (fixture->session));
  weft_session_resume (fixture->session);
  wait_for (fixture, WEFT_EVENT_FINISHED);
  g_assert_cmpint (paused_at, <, 6000);
  for (guint i = 0; i < fixture->events->len; i++)
    {
      WeftEvent *one = g_ptr_array_index (fixture->events, i);
      g_autoptr (WeftJson) json = one->run >= 2 ? weft_event_to_json (one, names, TRUE) : NULL;
      g_autofree char *line = json != NULL ? weft_json_to_string (json) : NULL;

      if (line != NULL)
        g_string_append_printf (log, "%s\n", line);
    }
  g_assert_cmpstr (log->str, ==, whole);
}

static void
test_one_step (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("iris");
  WeftRunOptions options = run_options (100);

  for (gint64 i = 1; i <= 9; i++)
    {
      weft_session_step (fixture->session, weft_document_snapshot (document), &options);
      g_assert_cmpint (wait_for (fixture, WEFT_EVENT_STEP)->step, ==, i);
      wait_for_state (fixture, WEFT_RUN_PAUSED);
    }
  g_assert_null (weft_session_next_event (fixture->session));
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("iris");
  WeftRunOptions options = run_options (G_MAXINT32);
  WeftEvent     *event;

  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  wait_for (fixture, WEFT_EVENT_STEP);
  weft_session_stop (fixture->session);
  event = wait_for (fixture, WEFT_EVENT_FINISHED);
  g_assert_cmpstr (event->message, ==, "stopped");
  g_assert_false (event->has_test);
  wait_for_state (fixture, WEFT_RUN_FINISHED);
  /* Commands that fit no state are ignored. */
  weft_session_stop (fixture->session);
  weft_session_pause (fixture->session);
  weft_session_resume (fixture->session);
  weft_session_set_rate (fixture->session, 0.5);
  g_usleep (20000);
  g_assert_null (weft_session_next_event (fixture->session));
}

static void
test_free_while_running (void)
{
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (WeftDocument) document = load_example ("digits-mlp");
      WeftSession   *session = weft_session_new (NULL, NULL);
      WeftRunOptions options = run_options (G_MAXINT32);

      weft_session_train (session, weft_document_snapshot (document), &options);
      g_usleep (i * 10000);
      weft_session_free (session);
    }
}

/* A rate set while paused acts from the next step on, and going back to it gives the numbers of a
 * run that never changed. */
static void
test_live_rate (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("iris");
  WeftRunOptions options = run_options (3);
  WeftEvent     *event;
  double         plain[3], changed[3];

  weft_document_set_training (document, "schedule", weft_json_new_string ("constant"));
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  for (guint i = 0; i < 3; i++)
    plain[i] = wait_for (fixture, WEFT_EVENT_STEP)->train[0];
  wait_for_state (fixture, WEFT_RUN_FINISHED);
  weft_session_step (fixture->session, weft_document_snapshot (document), &options);
  changed[0] = wait_for (fixture, WEFT_EVENT_STEP)->train[0];
  wait_for_state (fixture, WEFT_RUN_PAUSED);
  weft_session_set_rate (fixture->session, 0.5);
  event = wait_for (fixture, WEFT_EVENT_RATE);
  g_assert_cmpfloat (event->rate, ==, 0.5);
  g_assert_cmpint (event->step, ==, 1);
  weft_session_resume (fixture->session);
  for (guint i = 1; i < 3; i++)
    changed[i] = wait_for (fixture, WEFT_EVENT_STEP)->train[0];
  /* The first two losses are before the changed update, the third after it. */
  g_assert_cmpfloat (plain[0], ==, changed[0]);
  g_assert_cmpfloat (plain[1], ==, changed[1]);
  g_assert_cmpfloat (plain[2], !=, changed[2]);
}

static void
resume_at (Fixture *fixture, WeftDocument *document, gint64 stop_at)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *file = g_build_filename (folder, WEFT_CHECKPOINT_FILE, NULL);
  g_autofree char *log = g_build_filename (folder, WEFT_CHECKPOINT_LOG, NULL);
  WeftRunOptions   options = { .steps = -1, .epochs = 6, .seed = 1, .lossless = TRUE };
  g_autofree char *whole = NULL;
  g_autofree char *part = NULL;
  g_autofree char *rest = NULL;
  g_autofree char *kept = NULL;
  const char      *cut;

  /* Other schedules know the end of the run, which is another for the part. */
  weft_document_set_training (document, "schedule", weft_json_new_string ("constant"));
  whole = train_log (fixture, document, &options);
  options.checkpoint_dir = folder;
  options.epochs = -1;
  options.steps = stop_at;
  part = train_log (fixture, document, &options);
  options.resume_dir = folder;
  options.steps = -1;
  options.epochs = 6;
  options.seed = -1;
  rest = train_log (fixture, document, &options);
  cut = strstr (part, "{\"event\":\"finished\"");
  if (cut == NULL)
    cut = strstr (part, "{\"event\": \"finished\"");
  g_assert_nonnull (cut);
  g_assert_true (strncmp (whole, part, cut - part) == 0);
  g_assert_cmpstr (whole + (cut - part), ==, rest);
  kept = read_text (log);
  g_assert_nonnull (strstr (kept, "finished"));
  g_assert_null (strstr (strstr (kept, "finished") + 8, "finished"));
  g_remove (file);
  g_remove (log);
  g_rmdir (folder);
}

/* Stopped anywhere and resumed, a run writes the log of one that was never stopped. */
static void
test_resume (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("iris");

  resume_at (fixture, document, GPOINTER_TO_INT (data));
}

/* The same with each update rule, and with all that can stand around one. */
static void
test_resume_with_all (Fixture *fixture, gconstpointer data)
{
  static const char *const members[][2] = {
    { "l1", "0.001" },
    { "l2", "0.001" },
    { "weight_decay", "0.01" },
    { "max_norm", "2" },
    { "clip_value", "0.5" },
    { "clip_norm", "0.75" },
    { "clip_total_norm", "1" },
    { "drop_non_finite", "true" },
    { "parameters", "{\"*.b\": {\"l1\": null, \"rate_factor\": 2}}" },
  };
  const char *rule = data;
  g_autoptr (WeftDocument) document = load_example ("iris");

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    weft_document_set_training (document, members[i][0],
                                weft_json_parse (members[i][1], -1, NULL));
  weft_document_set_training (document, "knobs", weft_json_new_object ());
  weft_document_set_training (document, "rule",
                              rule[0] == '{' ? weft_json_parse (rule, -1, NULL)
                                             : weft_json_new_string (rule));
  resume_at (fixture, document, 9);
}

/* A rule that spoils the parameters: steps that are not finite are counted, and the run says when
 * all are. */
static void
test_dropped_steps (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("iris");
  WeftRunOptions options = run_options (400);
  WeftEvent     *event;

  weft_document_set_training (
    document, "rule", weft_json_parse ("{\"text\": \"p = p / (p - p) - rate * g\"}", -1, NULL));
  weft_document_set_training (document, "knobs", weft_json_new_object ());
  weft_document_set_training (document, "schedule", weft_json_new_string ("constant"));
  weft_document_set_training (document, "drop_non_finite", weft_json_new_bool (TRUE));
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  event = wait_for (fixture, WEFT_EVENT_FAILED);
  g_assert_nonnull (strstr (event->message, "the last 100 steps"));
  g_assert_cmpint (event->dropped, ==, 100);
  g_assert_cmpint (event->step, ==, 100);
}

static void
test_resume_of_another (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("iris");
  g_autofree char *folder = new_folder ();
  g_autofree char *file = g_build_filename (folder, WEFT_CHECKPOINT_FILE, NULL);
  g_autofree char *log = g_build_filename (folder, WEFT_CHECKPOINT_LOG, NULL);
  WeftRunOptions   options = run_options (5);
  g_autofree char *part = NULL;
  WeftEvent       *event;

  options.checkpoint_dir = folder;
  part = train_log (fixture, document, &options);
  wait_for_state (fixture, WEFT_RUN_FINISHED);
  options.resume_dir = folder;
  options.seed = -1;
  weft_document_set_training (document, "batch", weft_json_new_int (8));
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  event = wait_for (fixture, WEFT_EVENT_FAILED);
  g_assert_nonnull (strstr (event->message, "changed"));
  g_remove (file);
  g_remove (log);
  g_rmdir (folder);
}

static void
test_save (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("iris");
  g_autofree char *folder = new_folder ();
  g_autofree char *path = g_build_filename (folder, "p.safetensors", NULL);
  WeftRunOptions   options = run_options (5);
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) arrays = NULL;

  g_assert_false (weft_session_save (fixture->session, path, &error));
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL);
  g_clear_error (&error);
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  wait_for (fixture, WEFT_EVENT_FINISHED);
  g_assert_true (weft_session_save (fixture->session, path, &error));
  arrays = weft_safetensors_read (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (g_hash_table_lookup (arrays, "hidden.W"));
  g_assert_nonnull (g_hash_table_lookup (arrays, "logits.b"));
  g_assert_nonnull (g_hash_table_lookup (arrays, "hidden.W.m"));
  g_remove (path);
  g_rmdir (folder);
}

static void
assert_fails (Fixture *fixture, WeftDocument *document, const char *word)
{
  WeftRunOptions options = run_options (50);
  WeftEvent     *event;

  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  event = wait_for (fixture, WEFT_EVENT_FAILED);
  if (strstr (event->message, word) == NULL)
    g_error ("\"%s\" does not say \"%s\"", event->message, word);
  wait_for_state (fixture, WEFT_RUN_FAILED);
}

static void
test_wrong_training (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *key, *value, *word;
  } cases[] = {
    { "rule", "\"adem\"", "adem" },
    { "schedule", "\"cosin\"", "cosin" },
    { "rate", "-1", "rate" },
    { "rate", "\"fast\"", "rate" },
    { "batch", "0", "batch" },
    { "batch", "1e300", "batch" },
    { "epochs", "-3", "epochs" },
    { "knobs", "{\"beta1\": 1.5}", "beta1" },
    { "knobs", "{\"bata\": 0.5}", "bata" },
    { "loss", "\"cost.nothing\"", "cost.nothing" },
    { "loss", "\"logits.y\"", "logits.y" },
    { "metrics", "{\"loss\": \"acc.y\"}", "loss" },
    { "metrics", "{\"a\": \"nowhere.y\"}", "nowhere.y" },
    { "metrics", "{\"a\": 3}", "a" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WeftDocument) document = load_example ("iris");

      weft_document_set_training (document, cases[i].key,
                                  weft_json_parse (cases[i].value, -1, NULL));
      assert_fails (fixture, document, cases[i].word);
    }
}

/* A rate that makes the loss run away: the run ends, says where, and the numbers before that step
 * are kept. */
static void
test_not_finite (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("auto-mpg");
  g_autofree char *folder = new_folder ();
  g_autofree char *path = g_build_filename (folder, "p.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) arrays = NULL;
  WeftArray *w;

  weft_document_set_training (document, "rule", weft_json_new_string ("sgd"));
  weft_document_set_training (document, "rate", weft_json_new_number (1e6));
  assert_fails (fixture, document, "lower the rate");
  g_assert_true (weft_session_save (fixture->session, path, &error));
  arrays = weft_safetensors_read (path, NULL, &error);
  g_assert_no_error (error);
  w = g_hash_table_lookup (arrays, "prediction.W");
  for (gint64 i = 0; i < w->n_elements; i++)
    g_assert_true (isfinite (weft_array_get (w, i)));
  g_remove (path);
  g_rmdir (folder);
}

/* ---- Examples ---- */

static const struct
{
  const char *name;
  gint64      steps;
  double      share; /* of its size by which the loss falls, from the first quarter of the steps to the
                        last */
} examples[] = {
  { "mnist-softmax", 20, 0.1 },
  { "mnist-mlp", 20, 0.1 },
  { "mnist-lenet", 12, 0.1 },
  { "digits-mlp", 40, 0.1 },
  { "iris", 60, 0.1 },
  { "two-moons", 60, 0.1 },
  { "airline-lstm", 60, 0.1 },
  { "california-housing", 60, 0.1 },
  { "cifar-cnn", 10, 0.02 },
  { "auto-mpg", 60, 0.1 },
  { "linear-regression", 40, 0.1 },
  { "autoencoder", 60, 0.1 },
  { "logistic-l1", 60, 0.1 },
  { "gaussian-process", 16, 0.01 },
  { "char-rnn", 16, 0.05 },
  { "char-gru", 16, 0.05 },
  { "char-lstm", 16, 0.05 },
  { "char-transformer", 16, 0.05 },
  { "optimise-log-softmax", 60, 0.1 },
  { "optimise-cross-entropy", 200, 0.1 },
};

/* None that can be trained is forgotten. */
static void
test_all_examples (void)
{
  g_autofree char *folder = g_build_filename (weft_data_dir (), "examples", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;

  while ((file = g_dir_read_name (dir)) != NULL)
    {
      gboolean found = !g_str_has_suffix (file, ".weft");

      for (guint i = 0; i < G_N_ELEMENTS (examples); i++)
        found = found || (g_str_has_prefix (file, examples[i].name) &&
                          g_str_equal (file + strlen (examples[i].name), ".weft"));
      if (!found)
        {
          g_autofree char *name = g_strndup (file, strlen (file) - strlen (".weft"));
          g_autoptr (WeftDocument) document = load_example (name);

          if (weft_json_n_members (weft_document_get_training (document)) > 0)
            g_error ("%s is not among the examples that are trained here", file);
        }
    }
}

static void
test_example (Fixture *fixture, gconstpointer data)
{
  guint index = GPOINTER_TO_UINT (data);
  g_autoptr (WeftDocument) document = load_example (examples[index].name);
  WeftRunOptions options = run_options (examples[index].steps);
  double         first = 0, last = 0;
  gint64         quarter = examples[index].steps / 4;

  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  for (gint64 i = 1; i <= examples[index].steps; i++)
    {
      WeftEvent *event = wait_for (fixture, WEFT_EVENT_STEP);

      if (i <= quarter)
        first += event->train[0];
      if (i > examples[index].steps - quarter)
        last += event->train[0];
    }
  g_assert_cmpfloat (last, <, first - examples[index].share * fabs (first));
}

/* Cards are about 150 by 130: none may lie on another, and wires go from left to right,
 * or down to the next row. */
static void
test_example_layout (gconstpointer data)
{
  guint index = GPOINTER_TO_UINT (data);
  g_autoptr (WeftDocument) document = load_example (examples[index].name);

  g_assert_cmpuint (strlen (weft_document_get_title (document)), >, 0);
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    for (guint k = 0; k < i; k++)
      {
        const WeftNode *a = weft_document_node_at (document, i);
        const WeftNode *b = weft_document_node_at (document, k);

        g_assert_true (fabs (a->x - b->x) >= 180 || fabs (a->y - b->y) >= 90);
      }
  for (guint i = 0; i < weft_document_n_wires (document); i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);

      const WeftNode *from = weft_document_node (document, wire->from);
      const WeftNode *to = weft_document_node (document, wire->to);

      g_assert_true (from->x < to->x || from->y + 150 < to->y);
    }
}

static void
add_examples (void)
{
  g_test_add_func ("/train/example/all", test_all_examples);
  for (guint i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      g_autofree char *path = g_strdup_printf ("/train/example/%s/trains", examples[i].name);
      g_autofree char *layout = g_strdup_printf ("/train/example/%s/layout", examples[i].name);

      g_test_add (path, Fixture, GUINT_TO_POINTER (i), set_up, test_example, tear_down);
      g_test_add_data_func (layout, GUINT_TO_POINTER (i), test_example_layout);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/train/log/lines", test_log_lines);
  g_test_add_func ("/train/log/rewind", test_log_rewind);
  g_test_add_func ("/train/checkpoint/round-trip", test_checkpoint);
  g_test_add_func ("/train/checkpoint/of-another-model", test_checkpoint_of_another);
  g_test_add_func ("/train/mailbox/order", test_mailbox_order);
  g_test_add_func ("/train/mailbox/newest", test_mailbox_newest);
  g_test_add_func ("/train/mailbox/lossless", test_mailbox_lossless);
  g_test_add ("/train/session/events", Fixture, NULL, set_up, test_events, tear_down);
  g_test_add ("/train/session/same-seed", Fixture, NULL, set_up, test_same_seed, tear_down);
  g_test_add ("/train/session/same-bits-on-threads", Fixture, NULL, set_up,
              test_same_bits_on_threads, tear_down);
  g_test_add ("/train/session/pause", Fixture, NULL, set_up, test_pause, tear_down);
  g_test_add ("/train/session/one-step", Fixture, NULL, set_up, test_one_step, tear_down);
  g_test_add ("/train/session/stop", Fixture, NULL, set_up, test_stop, tear_down);
  g_test_add_func ("/train/session/free-while-running", test_free_while_running);
  g_test_add ("/train/session/live-rate", Fixture, NULL, set_up, test_live_rate, tear_down);
  /* In the middle of an epoch of 7 steps, at its end, and near it. */
  g_test_add ("/train/session/resume/middle", Fixture, GINT_TO_POINTER (17), set_up, test_resume,
              tear_down);
  g_test_add ("/train/session/resume/end-of-epoch", Fixture, GINT_TO_POINTER (14), set_up,
              test_resume, tear_down);
  g_test_add ("/train/session/resume/first-step", Fixture, GINT_TO_POINTER (1), set_up, test_resume,
              tear_down);
  for (guint i = 0; i < weft_update_rule_count (); i++)
    {
      const char      *name = weft_update_rule_get (i)->name;
      g_autofree char *path = g_strdup_printf ("/train/session/resume/with-all/%s", name);

      g_test_add (path, Fixture, name, set_up, test_resume_with_all, tear_down);
    }
  g_test_add (
    "/train/session/resume/with-all/own", Fixture,
    "{\"text\": \"v = mu * v - rate * g; p = p + v\", \"knobs\": \"mu: float [0, 1) = 0.9\"}",
    set_up, test_resume_with_all, tear_down);
  g_test_add ("/train/session/dropped-steps", Fixture, NULL, set_up, test_dropped_steps, tear_down);
  g_test_add ("/train/session/resume/of-another-model", Fixture, NULL, set_up,
              test_resume_of_another, tear_down);
  g_test_add ("/train/session/save", Fixture, NULL, set_up, test_save, tear_down);
  g_test_add ("/train/session/wrong-training", Fixture, NULL, set_up, test_wrong_training,
              tear_down);
  g_test_add ("/train/session/not-finite", Fixture, NULL, set_up, test_not_finite, tear_down);
  add_examples ();
  return g_test_run ();
}
