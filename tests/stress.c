/* A long run: memory must stay where it is. `make stress`, or
 *
 *     stress [STEPS [RESTARTS]]
 *
 * trains a small model STEPS times (a million) in compiled mode, and starts, cancels and starts
 * again a session RESTARTS times (50) at random moments. Prints steps a second for each tenth of
 * the run, for people to judge; fails if the process grew.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/train/batch.h"

#define PARTS 10
/* Of the resident set, between the first tenth and the last: the allocator's own pieces. */
#define MAX_GROWTH_BYTES (4 << 20)

static gsize
resident_bytes (void)
{
  g_autofree char *text = NULL;
  long             pages[2] = { 0, 0 };
  malloc_trim (0);
  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    sscanf (text, "%ld %ld", &pages[0], &pages[1]);
  return (gsize) pages[1] * (gsize) sysconf (_SC_PAGESIZE);
}

static void
die_if (const GError *error)
{
  if (error == NULL)
    return;
  fprintf (stderr, "stress: %s\n", error->message);
  exit (1);
}

/* Whether memory is where it was. */
static gboolean
judge (const char *what, gsize before, gsize after)
{
  gboolean good = after < before + MAX_GROWTH_BYTES;
  printf ("%s: %.1f MB, then %.1f MB: %s\n", what, before / 1e6, after / 1e6,
          good ? "flat" : "IT GREW");
  return good;
}

static gboolean
many_steps (WeftDocument *document, gint64 steps)
{
  g_autoptr (GError) error = NULL;
  WeftModelOptions options = { .seed = 1, .mode = WEFT_MODE_COMPILE };
  WeftStepInfo     info = { .total = steps };
  WeftBatch        batch = { 0 };
  double           metrics[WEFT_MAX_METRICS];
  gsize            before = 0;
  guint32          node;
  g_autoptr (WeftModel) model = weft_model_new (document, &options, &node, &error);
  die_if (error);
  info.rate = weft_model_rate (model);
  weft_batch_init (&batch, document, model, 1, FALSE, &error);
  die_if (error);
  for (guint part = 0; part < PARTS; part++)
    {
      gint64 start = g_get_monotonic_time ();
      for (gint64 i = 0; i < steps / PARTS; i++, info.step++)
        {
          weft_model_step (model, batch.columns, &info, metrics, NULL, NULL, &error);
          die_if (error);
        }
      if (part == 0)
        before = resident_bytes ();
      printf ("%2u: %8.0f steps/s, %.1f MB\n", part + 1,
              steps / PARTS * 1e6 / (g_get_monotonic_time () - start), resident_bytes () / 1e6);
      fflush (stdout);
    }
  weft_batch_clear (&batch);
  return judge ("steps", before, resident_bytes ());
}

static void
notify_cb (gpointer data)
{
}

/* Takes what the session says until @until_us. */
static void
listen_until (WeftSession *session, gint64 until_us)
{
  WeftEvent *event;
  while (g_get_monotonic_time () < until_us)
    {
      while ((event = weft_session_next_event (session)) != NULL)
        {
          if (event->kind == WEFT_EVENT_FAILED)
            {
              fprintf (stderr, "stress: %s\n", event->message);
              exit (1);
            }
          weft_event_free (event);
        }
      g_usleep (1000);
    }
}

static gboolean
many_restarts (WeftDocument *document, guint restarts)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  gsize before = 0;
  for (guint i = 0; i < restarts; i++)
    {
      WeftRunOptions options = {
        .steps = G_MAXINT32, .epochs = -1, .seed = i, .mode = WEFT_MODE_COMPILE
      };
      WeftSession *session = weft_session_new (notify_cb, NULL);
      weft_session_train (session, weft_document_snapshot (document), &options);
      listen_until (session, g_get_monotonic_time () + g_rand_int_range (rand, 0, 300000));
      if (g_rand_boolean (rand))
        {
          weft_session_stop (session);
          weft_session_train (session, weft_document_snapshot (document), &options);
          listen_until (session, g_get_monotonic_time () + g_rand_int_range (rand, 0, 100000));
        }
      weft_session_free (session);
      if (i == restarts / 5)
        before = resident_bytes ();
    }
  return judge ("restarts", before, resident_bytes ());
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  gint64           steps = argc > 1 ? g_ascii_strtoll (argv[1], NULL, 10) : 1000000;
  guint            restarts = argc > 2 ? (guint) g_ascii_strtoull (argv[2], NULL, 10) : 50;
  g_autofree char *path =
    g_build_filename (weft_data_dir (), "examples", "logistic-l1.weft", NULL);
  g_autoptr (WeftDocument) document = weft_document_load (path, &error);
  gboolean good;
  die_if (error);
  good = many_steps (document, steps);
  return many_restarts (document, restarts) && good ? 0 : 1;
}
