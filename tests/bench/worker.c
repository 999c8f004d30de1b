/* Weft as one of the workers of the bench: runs a workload when told to.
 *
 *     worker --workload W2a --threads 2 --serve
 *
 * Says {"ready": true, ...} after ten steps, with the losses of the first and the tenth, then
 * answers the lines "run N" and "quit"; peers.py tells all workers the same and keeps the time.
 * Without --serve it measures itself for a second. --first: only the time from a valid graph to the
 * end of the first step, and of the first step in compiled code.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops.h"
#include "tests/bench/workloads.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define MEASURED_S 1.0

static char    *workload_name, *peer_name, *mode_name;
static int      threads = 1;
static gboolean serve, first_only;

static const GOptionEntry entries[] = {
  { "workload", 0, 0, G_OPTION_ARG_STRING, &workload_name, "which", "W" },
  { "peer", 0, 0, G_OPTION_ARG_STRING, &peer_name, "name to answer with", "P" },
  { "threads", 0, 0, G_OPTION_ARG_INT, &threads, "how many", "N" },
  { "mode", 0, 0, G_OPTION_ARG_STRING, &mode_name, "interpret or compile (default)", "MODE" },
  { "serve", 0, 0, G_OPTION_ARG_NONE, &serve, "answer lines", NULL },
  { "first", 0, 0, G_OPTION_ARG_NONE, &first_only, "only the times of the first steps", NULL },
  { NULL }
};

static double
now (void)
{
  return g_get_monotonic_time () / 1e6;
}

static double
cpu_seconds (int who)
{
  struct rusage usage;

  getrusage (who, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         1e-6 * (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double
peak_mb (int who)
{
  struct rusage usage;

  getrusage (who, &usage);
  return usage.ru_maxrss / 1024.0;
}

static int
fail (GError *error)
{
  g_autofree char *text = g_strescape (error->message, "");

  printf ("{\"workload\":\"%s\",\"peer\":\"%s\",\"threads\":%d,\"error\":\"%s\"}\n", workload_name,
          peer_name, threads, text);
  g_error_free (error);
  return 1;
}

static void
say_memory (BenchRun *run)
{
  const WeftProgram *program = weft_function_get_program (bench_run_function (run));

  if (program != NULL)
    printf (",\"arena_mb\":%.3f,\"bound_mb\":%.3f,\"intermediates_mb\":%.3f,\"steps\":%u",
            program->arena_bytes / 1048576.0, program->bound_bytes / 1048576.0,
            program->intermediate_bytes / 1048576.0, program->n_steps);
}

static gboolean
answer_lines (BenchRun *run, GError **error)
{
  char   line[64];
  double loss = 0;

  while (fgets (line, sizeof line, stdin) != NULL && g_str_has_prefix (line, "run "))
    {
      double cpu = cpu_seconds (RUSAGE_SELF), start = now (), seconds;

      if (!bench_run_steps (run, strtoll (line + 4, NULL, 10), &loss, error))
        return FALSE;
      seconds = now () - start;
      printf ("{\"wall_s\":%.9f,\"cpu_s\":%.9f,\"loss\":%.9g}\n", seconds,
              cpu_seconds (RUSAGE_SELF) - cpu, loss);
      fflush (stdout);
    }
  printf ("{\"rss_mb\":%.1f,\"child_rss_mb\":%.1f}\n", peak_mb (RUSAGE_SELF),
          peak_mb (RUSAGE_CHILDREN));
  return TRUE;
}

static gboolean
measure_alone (BenchRun *run, double *ms, double *cpu_ms, GError **error)
{
  double loss, seconds = 0;

  for (gint64 n = 1; seconds < MEASURED_S; n *= 2)
    {
      double start = now (), cpu = cpu_seconds (RUSAGE_SELF);

      if (!bench_run_steps (run, n, &loss, error))
        return FALSE;
      seconds = now () - start;
      *ms = seconds / n * 1e3;
      *cpu_ms = (cpu_seconds (RUSAGE_SELF) - cpu) / n * 1e3;
    }
  return TRUE;
}

/* The first step may be the interpreter's. */
static int
say_first (const BenchWorkload *workload, WeftMode mode)
{
  GError *error = NULL;
  g_autoptr (BenchRun) run = bench_run_new (workload, mode, &error);
  double loss, start = now (), seconds;

  if (run == NULL || !bench_run_steps (run, 1, &loss, &error))
    return fail (error);
  seconds = bench_run_made_seconds (run) + now () - start;
  printf ("{\"workload\":\"%s\",\"first_ms\":%.3f", workload->name, seconds * 1e3);
  weft_function_wait_compiled (bench_run_function (run));
  if (!bench_run_steps (run, 1, &loss, &error))
    return fail (error);
  seconds = bench_run_made_seconds (run) + now () - start;
  printf (",\"compiled_ms\":%.3f}\n", seconds * 1e3);
  return 0;
}

static int
work (const BenchWorkload *workload, WeftMode mode)
{
  double  start = now (), first, tenth, ms = 0, cpu_ms = 0, base = peak_mb (RUSAGE_SELF), seconds;
  double  cpu = cpu_seconds (RUSAGE_SELF) + cpu_seconds (RUSAGE_CHILDREN);
  GError *error = NULL;
  g_autoptr (BenchRun) run = bench_run_new (workload, mode, &error);

  if (run == NULL || !bench_run_steps (run, 1, &first, &error))
    return fail (error);
  seconds = now () - start;
  cpu = cpu_seconds (RUSAGE_SELF) + cpu_seconds (RUSAGE_CHILDREN) - cpu;
  weft_function_wait_compiled (bench_run_function (run));
  if (!bench_run_steps (run, 9, &tenth, &error) ||
      (!serve && !measure_alone (run, &ms, &cpu_ms, &error)))
    return fail (error);
  printf ("{%s\"workload\":\"%s\",\"peer\":\"%s\",\"threads\":%d,\"import_s\":0,\"compile_s\":%.4f,"
          "\"compile_cpu_s\":%.4f,\"loss1\":%.9g,\"loss10\":%.9g,\"base_mb\":%.1f,\"rss_mb\":%.1f",
          serve ? "\"ready\":true," : "", workload->name, peer_name, threads, seconds, cpu, first,
          tenth, base, peak_mb (RUSAGE_SELF));
  if (!serve)
    printf (",\"ms_per_step\":%.6g,\"cpu_ms_per_step\":%.6g", ms, cpu_ms);
  say_memory (run);
  printf ("}\n");
  fflush (stdout);
  return !serve || answer_lines (run, &error) ? 0 : fail (error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  const BenchWorkload *workload;
  WeftMode             mode = WEFT_MODE_COMPILE;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || workload_name == NULL)
    {
      fprintf (stderr, "worker: %s\n", error != NULL ? error->message : "which --workload?");
      return 2;
    }
  if (peer_name == NULL)
    peer_name = g_strdup ("weft");
  workload = bench_workload_find (workload_name);
  if (workload == NULL)
    return fail (g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no such workload"));
  weft_ops_init ();
  weft_pool_set_threads (threads);
  if (g_strcmp0 (mode_name, "interpret") == 0)
    mode = WEFT_MODE_INTERPRET;
  return first_only ? say_first (workload, mode) : work (workload, mode);
}
