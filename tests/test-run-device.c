/* Runs on devices: what they learn is the same; a run measures which is faster, and goes on on the
 * CPU after its device is lost. The device is one made of the CPU (host-device.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops.h"
#include "engine/run/devices.h"
#include "tests/host-device.h"
#include "tests/session-tools.h"

#include <math.h>
#include <string.h>

#define N_STEPS 12
/* Sums in another order, over the steps. */
#define TOLERANCE 1e-4

/* ---- A kind of device ---- */

static guint64     lives, room; /* of those that are opened */
static gboolean    none;
static const char *problem;

static GPtrArray *
list (char **why)
{
  GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_device_info_free);

  if (none)
    {
      *why = g_strdup ("nobody has one");
      return infos;
    }
  for (guint i = 0; i < 2; i++)
    {
      WeftDeviceInfo *info = g_new0 (WeftDeviceInfo, 1);

      info->word = g_strdup_printf ("host:%u", i);
      info->name = g_strdup_printf ("Host %u", i);
      info->problem = g_strdup (i == 1 ? "broken" : problem);
      g_ptr_array_add (infos, info);
    }
  return infos;
}

static WeftDevice *
open_host (guint number, GError **error)
{
  WeftDevice *device = number == 0 ? host_device_new () : NULL;

  if (device == NULL)
    {
      g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_DEVICE, "there is no host %u", number);
      return NULL;
    }
  host_device_counts (device)->lives = lives;
  if (room > 0)
    host_device_counts (device)->room = room;
  return device;
}

static const WeftDeviceKind kind = { "host", list, open_host };

static gboolean
has_device (void)
{
  g_autoptr (WeftDevice) device = host_device_new ();

  if (device == NULL)
    g_test_skip ("there is no C++ compiler, or AddressSanitizer watches");
  return device != NULL;
}

/* ---- Runs ---- */

static WeftDocument *
begin (Fixture *fixture, const char *word)
{
  WeftDocument  *document = load_example ("digits-mlp");
  WeftRunOptions options = run_options (N_STEPS);

  options.log_every = 1;
  options.device_word = word;
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  return document;
}

static const WeftEvent *
last_event (Fixture *fixture, WeftEventKind kind_of)
{
  const WeftEvent *last = NULL;

  for (guint i = 0; i < fixture->events->len; i++)
    if (((WeftEvent *) fixture->events->pdata[i])->kind == kind_of)
      last = fixture->events->pdata[i];
  return last;
}

/* The loss of the last step of a run on the CPU. */
static double
cpu_loss (void)
{
  Fixture fixture = { 0 };
  double  loss;

  set_up (&fixture, NULL);
  {
    g_autoptr (WeftDocument) document = begin (&fixture, "cpu");

    wait_for (&fixture, WEFT_EVENT_FINISHED);
    loss = last_event (&fixture, WEFT_EVENT_STEP)->train[0];
  }
  tear_down (&fixture, NULL);
  return loss;
}

static void
check_finished (Fixture *fixture)
{
  const WeftEvent *step;

  wait_for (fixture, WEFT_EVENT_FINISHED);
  step = last_event (fixture, WEFT_EVENT_STEP);
  g_assert_cmpint (step->step, ==, N_STEPS);
  g_assert_cmpfloat_with_epsilon (step->train[0], cpu_loss (), TOLERANCE);
}

static void
test_named (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = NULL;

  if (!has_device ())
    return;
  document = begin (fixture, "host");
  check_finished (fixture);
}

static void
test_auto (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = NULL;
  const WeftEvent *note;

  if (!has_device ())
    return;
  document = begin (fixture, "auto");
  check_finished (fixture);
  note = last_event (fixture, WEFT_EVENT_NOTE);
  g_assert_nonnull (note);
  /* Threads that take turns are slower. */
  g_assert_true (g_str_has_prefix (note->message, "Training on CPU (Host 0: "));
  g_assert_null (strstr (note->message, "Host 1"));
}

/* What cannot take the model is told and not taken. */
static void
test_auto_full (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = NULL;

  if (!has_device ())
    return;
  room = 5000;
  document = begin (fixture, "auto");
  check_finished (fixture);
  room = 0;
  g_assert_nonnull (strstr (last_event (fixture, WEFT_EVENT_NOTE)->message, "the device is full"));
}

/* Without a device nothing is measured and nothing said. */
static void
test_auto_none (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = NULL;

  none = TRUE;
  document = begin (fixture, "auto");
  check_finished (fixture);
  none = FALSE;
  g_assert_null (last_event (fixture, WEFT_EVENT_NOTE));
}

static void
test_lost (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = NULL;
  const WeftEvent *failed;

  if (!has_device ())
    return;
  lives = 60;
  document = begin (fixture, "host");
  failed = wait_for (fixture, WEFT_EVENT_FAILED);
  lives = 0;
  g_assert_true (failed->of_device);
  g_assert_nonnull (strstr (failed->message, "the device is lost"));
  g_assert_nonnull (last_event (fixture, WEFT_EVENT_REWOUND));
  weft_session_resume (fixture->session);
  check_finished (fixture);
}

static void
test_unknown (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = begin (fixture, "host:1");
  const WeftEvent *failed = wait_for (fixture, WEFT_EVENT_FAILED);

  g_assert_true (failed->of_device);
  g_assert_nonnull (strstr (failed->message, "there is no host 1"));
}

/* A run that is paused goes on where it is told to. */
static void
test_moved (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example ("digits-mlp");
  WeftRunOptions options = run_options (N_STEPS);

  if (!has_device ())
    return;
  options.log_every = 1;
  options.device_word = "cpu";
  weft_session_step (fixture->session, weft_document_snapshot (document), &options);
  wait_for_state (fixture, WEFT_RUN_PAUSED);
  options.device_word = "host";
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  check_finished (fixture);
  g_assert_null (last_event (fixture, WEFT_EVENT_NOTE));
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  weft_devices_add (&kind);
  add ("/train/device/named", test_named);
  add ("/train/device/auto", test_auto);
  add ("/train/device/auto/full", test_auto_full);
  add ("/train/device/auto/none", test_auto_none);
  add ("/train/device/lost", test_lost);
  add ("/train/device/unknown", test_unknown);
  add ("/train/device/moved", test_moved);
  return g_test_run ();
}
