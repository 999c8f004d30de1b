/* Measures Weft beside a limit or a budget, in one run, and prints one table.
 *
 * Speeds of this machine drift, so what is compared is measured in turns: a block of one, a block
 * of the other, medians over the rounds. Absolute times of two runs are not to be compared. Usage:
 * bench [WORD...]    only the rows whose name holds one of the words
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/ops/ops.h"
#include "engine/run/function.h"
#include "engine/tensor/philox.h"
#include "engine/train/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 15
#define BLOCK_S 0.04

static char **words;

static gboolean
wanted (const char *name)
{
  if (words[0] == NULL)
    return TRUE;
  for (guint i = 0; words[i] != NULL; i++)
    if (strstr (name, words[i]) != NULL)
      return TRUE;
  return FALSE;
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (double *numbers, guint n)
{
  qsort (numbers, n, sizeof *numbers, compare_numbers);
  return n % 2 == 1 ? numbers[n / 2] : (numbers[n / 2 - 1] + numbers[n / 2]) / 2;
}

static void
print_row (const char *what, double seconds, const char *beside, double limit_seconds)
{
  const char *unit = seconds < 1e-3 ? "us" : "ms";
  double      scale = seconds < 1e-3 ? 1e6 : 1e3;

  printf ("| %-46s | %9.2f %s | %-28s | %9.2f %s | %6.2f |\n", what, seconds * scale, unit, beside,
          limit_seconds * scale, unit, seconds / limit_seconds);
  fflush (stdout);
}

static void
must (GError *error)
{
  if (error != NULL)
    g_error ("%s", error->message);
}

static double
now (void)
{
  return g_get_monotonic_time () / 1e6;
}

/* ---- A peer in a process of its own ---- */

typedef struct
{
  GSubprocess      *process;
  GOutputStream    *to;
  GDataInputStream *from;
} Peer;

static void
peer_start (Peer *peer, const char *program, const char *blas, guint threads)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autofree char *count = g_strdup_printf ("%u", threads);

  /* With the default the peer's threads would spin while Weft's block runs. */
  g_subprocess_launcher_setenv (launcher, "GOMP_SPINCOUNT", "2000", TRUE);
  g_subprocess_launcher_setenv (launcher, "OMP_NUM_THREADS", count, TRUE);
  g_subprocess_launcher_setenv (launcher, "OPENBLAS_NUM_THREADS", count, TRUE);
  peer->process = g_subprocess_launcher_spawn (launcher, &error, program, blas, count, NULL);
  must (error);
  peer->to = g_subprocess_get_stdin_pipe (peer->process);
  peer->from = g_data_input_stream_new (g_subprocess_get_stdout_pipe (peer->process));
}

/* Seconds a step. */
static double
peer_run (Peer *peer, long n)
{
  g_autofree char *line = g_strdup_printf ("run %ld\n", n);
  g_autofree char *answer = NULL;
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (peer->to, line, strlen (line), NULL, NULL, &error);
  must (error);
  answer = g_data_input_stream_read_line (peer->from, NULL, NULL, &error);
  must (error);
  return atof (answer) / n;
}

static void
peer_stop (Peer *peer)
{
  g_output_stream_close (peer->to, NULL, NULL);
  g_subprocess_wait (peer->process, NULL, NULL);
  g_object_unref (peer->from);
  g_object_unref (peer->process);
}

/* ---- Training steps ---- */

static WeftDocument *
load_example (const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/examples/%s.weft", weft_data_dir (), name);
  g_autoptr (GError) error = NULL;
  WeftDocument *document = weft_document_load (path, &error);

  must (error);
  return document;
}

typedef struct
{
  WeftModel *model;
  WeftArray *columns[2];
  gint64     step;
} Trainer;

static void
trainer_start (Trainer *trainer)
{
  g_autoptr (WeftDocument) document = load_example ("mnist-mlp");
  g_autoptr (GError) error = NULL;
  guint32 node;
  gint64  shape[] = { 0, 784 };

  trainer->model = weft_model_new (document, NULL, &node, &error);
  must (error);
  shape[0] = weft_model_batch (trainer->model);
  trainer->columns[0] = weft_array_new (WEFT_F32, 2, shape);
  trainer->columns[1] = weft_array_new (WEFT_I32, 1, shape);
  weft_philox_uniform_f32 (1, 0, 0, trainer->columns[0]->n_elements, trainer->columns[0]->data);
  for (gint64 i = 0; i < shape[0]; i++)
    weft_array_set (trainer->columns[1], i, i * 7 % 10);
}

static double
trainer_run (Trainer *trainer, long n)
{
  double start = now ();

  for (long i = 0; i < n; i++)
    {
      WeftStepInfo info = { trainer->step++, 1e6, 1e-3 };
      double       metrics[WEFT_MAX_METRICS];
      g_autoptr (GError) error = NULL;

      weft_model_step (trainer->model, trainer->columns, &info, metrics, NULL, NULL, &error);
      must (error);
    }
  return (now () - start) / n;
}

static void
trainer_stop (Trainer *trainer)
{
  weft_model_free (trainer->model);
  weft_array_unref (trainer->columns[0]);
  weft_array_unref (trainer->columns[1]);
}

static void
measure_steps (const char *folder, const char *blas, guint threads)
{
  g_autofree char *program = g_build_filename (folder, "peer-mlp", NULL);
  g_autofree char *what =
    g_strdup_printf ("mnist-mlp: training step, %u thread%s", threads, threads > 1 ? "s" : "");
  g_autofree char *beside =
    g_strdup_printf ("C by hand, %s", g_str_equal (blas, "dnnl") ? "oneDNN" : "OpenBLAS");
  double  ours[ROUNDS], theirs[ROUNDS];
  Trainer trainer = { 0 };
  Peer    peer;
  long    n;

  if (!wanted (what))
    return;
  weft_pool_set_threads (threads);
  peer_start (&peer, program, blas, threads);
  trainer_start (&trainer);
  peer_run (&peer, 20);
  n = MAX (1, BLOCK_S / trainer_run (&trainer, 20));
  for (guint i = 0; i < ROUNDS; i++)
    {
      ours[i] = trainer_run (&trainer, n);
      theirs[i] = peer_run (&peer, n);
    }
  print_row (what, median (ours, ROUNDS), beside, median (theirs, ROUNDS));
  trainer_stop (&trainer);
  peer_stop (&peer);
}

/* ---- Times to wait ---- */

static void
measure_first_step (void)
{
  double times[ROUNDS];

  if (!wanted ("mnist-mlp: valid document to first step"))
    return;
  for (guint i = 0; i < ROUNDS; i++)
    {
      Trainer trainer = { 0 };
      double  start = now ();

      trainer_start (&trainer);
      trainer_run (&trainer, 1);
      times[i] = now () - start;
      trainer_stop (&trainer);
    }
  print_row ("mnist-mlp: valid document to first step", median (times, ROUNDS), "budget", 20e-3);
}

static void
measure_compile (void)
{
  double times[ROUNDS];

  if (!wanted ("mnist-mlp: compile the training step"))
    return;
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (GError) error = NULL;
      Trainer trainer = { 0 };
      double  start;

      trainer_start (&trainer);
      start = now ();
      weft_model_prepare (trainer.model, WEFT_MODEL_STEP, trainer.columns, &error);
      times[i] = now () - start;
      must (error);
      trainer_stop (&trainer);
    }
  print_row ("mnist-mlp: compile the training step", median (times, ROUNDS), "budget", 20e-3);
}

static void
measure_start (const char *folder)
{
  g_autofree char *program = g_build_filename (folder, "..", "..", "app", "weft-cli", NULL);
  double           bare[ROUNDS], ops[ROUNDS], check[ROUNDS];
  g_autofree char *file = g_strdup_printf ("%s/examples/mnist-mlp.weft", weft_data_dir ());
  const char      *calls[][4] = { { program, "--version", NULL },
                                  { program, "ops", "softmax", NULL },
                                  { program, "check", file, NULL } };
  double          *times[] = { bare, ops, check };

  if (!wanted ("weft-cli: start"))
    return;
  for (guint i = 0; i < ROUNDS; i++)
    for (guint k = 0; k < G_N_ELEMENTS (calls); k++)
      {
        g_autoptr (GError) error = NULL;
        double start = now ();
        g_autoptr (GSubprocess) process = g_subprocess_newv (
          calls[k], G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);

        must (error);
        g_subprocess_wait (process, NULL, NULL);
        times[k][i] = now () - start;
      }
  print_row ("weft-cli: start and end (--version)", median (bare, ROUNDS), "budget", 50e-3);
  print_row ("weft-cli: start, all op rows read (ops softmax)", median (ops, ROUNDS), "budget",
             50e-3);
  print_row ("weft-cli: start, check mnist-mlp", median (check, ROUNDS), "budget", 50e-3);
}

/* ---- Types while editing ---- */

#define N_NODES 1000

/* A chain of dense layers and elementwise ops, as long as a document of this size would have it. */
static WeftDocument *
large_document (guint32 *last)
{
  WeftDocument *document = weft_document_new ();
  g_autoptr (WeftJson) json = weft_json_parse ("{\"data\": \"mnist\"}", -1, NULL);
  g_autoptr (GError) error = NULL;
  guint32 before =
    weft_document_add_node (document, "dataset", "data", weft_json_ref (json), 0, 0, &error);
  const char *port = "pixels";

  must (error);
  for (guint i = 1; i < N_NODES; i++)
    {
      static const char *const ops[] = { "dense", "tanh", "relu", "sigmoid" };
      guint32                  node = weft_document_add_node (document, ops[i % 4], NULL, NULL, 200 * i, 0, &error);

      must (error);
      weft_document_connect (document, before, port, node, "x", &error);
      must (error);
      before = node;
      port = "y";
    }
  *last = before;
  return document;
}

static void
measure_edit (WeftDocument *document, WeftTyping *typing, guint index, const char *what)
{
  const WeftNode *node = weft_document_node_at (document, index);
  double          times[ROUNDS];

  if (!wanted (what))
    return;
  while (!g_str_equal (node->op, "dense"))
    node = weft_document_node_at (document, ++index);
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (GError) error = NULL;
      double start;

      weft_document_set_param (document, node->uid, "units", weft_json_new_int (32 + i), &error);
      must (error);
      start = now ();
      weft_typing_update (typing);
      times[i] = now () - start;
    }
  print_row (what, median (times, ROUNDS), "budget", 1e-3);
}

static void
measure_typing (void)
{
  guint32 last;
  g_autoptr (WeftDocument) document = NULL;
  g_autoptr (WeftTyping) typing = NULL;
  double times[ROUNDS];

  if (!wanted ("types of 1000 nodes"))
    return;
  document = large_document (&last);
  for (guint i = 0; i < ROUNDS; i++)
    {
      double start = now ();
      g_autoptr (WeftTyping) fresh = weft_typing_new (document);

      weft_typing_update (fresh);
      times[i] = now () - start;
    }
  print_row ("types of 1000 nodes, whole", median (times, ROUNDS), "budget", 10e-3);
  typing = weft_typing_new (document);
  weft_typing_update (typing);
  measure_edit (document, typing, N_NODES - 8, "types of 1000 nodes, edit near the end");
  measure_edit (document, typing, N_NODES / 2, "types of 1000 nodes, edit in the middle");
  measure_edit (document, typing, 1, "types of 1000 nodes, edit of the first layer");
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_path_get_dirname (argv[0]);
  guint            cores = g_get_num_processors ();

  words = argv + 1;
  weft_ops_init ();
  printf ("| %-46s | %12s | %-28s | %12s | %6s |\n", "what", "Weft", "beside", "", "ratio");
  printf ("|%.48s|%.14s|%.30s|%.14s|%.8s|\n", "------------------------------------------------",
          "--------------", "------------------------------", "--------------", "--------");
  measure_steps (folder, "blas", 1);
  measure_steps (folder, "dnnl", 1);
  if (cores > 1)
    {
      measure_steps (folder, "blas", 2);
      measure_steps (folder, "dnnl", 2);
    }
  weft_pool_set_threads (0);
  measure_first_step ();
  measure_compile ();
  measure_start (folder);
  measure_typing ();
  return 0;
}
