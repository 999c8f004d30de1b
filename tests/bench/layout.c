/* Measures drawings of graphs beside Graphviz's dot, in one run: milliseconds by kind and size, and
 * how long a cancelled one goes on. Both work on one thread: what is counted is the processor's
 * time, so that other programs do not matter.
 *
 * Usage: bench-layout [SIZE...]; dot gets as long as DOT_S seconds.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/layout-samples.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define ROUNDS 5
#define DOT_S 20
/* Cancellations at so many different moments. */
#define MOMENTS 20

static double
clock_ms (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return (double) time.tv_sec * 1e3 + (double) time.tv_nsec / 1e6;
}

static double
now_ms (void)
{
  return clock_ms (CLOCK_THREAD_CPUTIME_ID);
}

/* Of programs that have ended. */
static double
children_ms (void)
{
  struct rusage usage;

  getrusage (RUSAGE_CHILDREN, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
         (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
layout_ms (const Sample *sample)
{
  double times[ROUNDS];

  for (guint i = 0; i < ROUNDS; i++)
    {
      double start = now_ms ();
      g_autoptr (WeftLayout) layout = sample_layout (sample, NULL);

      times[i] = now_ms () - start;
    }
  qsort (times, ROUNDS, sizeof *times, compare_numbers);
  return times[ROUNDS / 2];
}

/* Negative: it took longer than it may, or is not there. */
static double
dot_ms (const Sample *sample)
{
  g_autofree char *text = sample_to_dot (sample, 0);
  g_autofree char *limit = g_strdup_printf ("%d", DOT_S);
  g_autoptr (GSubprocess) dot =
    g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                        G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                      NULL, "timeout", limit, "dot", "-Tplain", NULL);
  g_autofree char *out = NULL;
  double           start = children_ms ();

  if (dot == NULL || !g_subprocess_communicate_utf8 (dot, text, NULL, &out, NULL, NULL) ||
      !g_subprocess_get_successful (dot))
    return -1;
  return children_ms () - start;
}

/* ---- Cancelling ---- */

typedef struct
{
  GCancellable *cancellable;
  clockid_t     clock; /* of the thread that draws */
  double        at_ms; /* of its time */
  gint          done;
} Cancel;

static gpointer
cancel_thread (gpointer data)
{
  Cancel *cancel = data;

  while (clock_ms (cancel->clock) < cancel->at_ms && !g_atomic_int_get (&cancel->done))
    g_usleep (100);
  cancel->at_ms = clock_ms (cancel->clock);
  g_cancellable_cancel (cancel->cancellable);
  return NULL;
}

/* The longest that a drawing went on after it was cancelled. */
static double
cancel_ms (const Sample *sample, double whole_ms)
{
  double longest = 0;

  for (guint i = 0; i < MOMENTS; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      Cancel   cancel = { cancellable };
      GThread *thread;
      double   end;
      g_autoptr (WeftLayout) layout = NULL;

      pthread_getcpuclockid (pthread_self (), &cancel.clock);
      cancel.at_ms = now_ms () + whole_ms * i / MOMENTS;
      thread = g_thread_new ("cancel", cancel_thread, &cancel);
      layout = weft_layout_new (
        sample->nodes->len, (const WeftLayoutNode *) (gpointer) sample->nodes->data,
        sample->edges->len, (const WeftLayoutEdge *) (gpointer) sample->edges->data, NULL,
        cancellable);
      end = now_ms ();
      g_atomic_int_set (&cancel.done, TRUE);
      g_thread_join (thread);
      if (layout == NULL)
        longest = MAX (longest, end - cancel.at_ms);
    }
  return longest;
}

static void
measure (const Sample *sample)
{
  double ours = layout_ms (sample), dots = dot_ms (sample), cancel = cancel_ms (sample, ours);

  printf ("| %-22s | %6u | %6u | %10.1f | ", sample->name, sample->nodes->len, sample->edges->len,
          ours);
  if (dots >= 0)
    printf ("%10.1f | %8.1f | ", dots, dots / ours);
  else
    printf ("%10s | %8s | ", "-", "-");
  printf ("%10.1f |\n", cancel);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  static const guint sizes[] = { 100, 400, 2000, 5000 };
  guint              n_sizes = argc > 1 ? (guint) argc - 1 : G_N_ELEMENTS (sizes);

  printf ("| %-22s | %6s | %6s | %10s | %10s | %8s | %10s |\n", "graph", "nodes", "edges", "ms",
          "dot ms", "dot / ms", "cancel ms");
  for (guint i = 0; i < n_sizes; i++)
    {
      guint n = argc > 1 ? (guint) atoi (argv[i + 1]) : sizes[i];
      g_autoptr (Sample) history = sample_new_history (n / 2, n / 4, 1);

      for (guint kind = 0; kind < SAMPLE_N_KINDS; kind++)
        {
          g_autoptr (Sample) sample = sample_new (kind, n, 1);

          measure (sample);
        }
      measure (history);
    }
  return 0;
}
