/* Measures linear algebra and Fourier transforms beside NumPy, in turns, and prints one table.
 *
 * NumPy runs in a process of its own (peer-numpy.py) with one thread; so does Weft here. A block of
 * one, a block of the other, medians over the rounds. Usage:
 * bench-algebra [WORD...]    only the rows whose name holds one of the words
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops.h"
#include "engine/run/function.h"
#include "engine/tensor/philox.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 9
#define BLOCK_S 0.05

/* x is a random array of the shape, made symmetric positive definite where @spd; @numpy is what the
 * peer runs, where z is x as complex numbers. */
typedef struct
{
  const char *name, *text, *numpy;
  guint       rank;
  gint64      shape[3];
  gboolean    spd;
} Case;

static const Case cases[] = {
  { "cholesky 200 x 200", "cholesky(x)", "np.linalg.cholesky(x)", 2, { 200, 200 }, TRUE },
  { "solve 200 x 200, 200 sides", "solve(x, x)", "np.linalg.solve(x, x)", 2, { 200, 200 }, TRUE },
  { "solve 200 x 200, 1 side",
    "solve(x, x[0])",
    "np.linalg.solve(x, x[0])",
    2,
    { 200, 200 },
    TRUE },
  { "inv 200 x 200", "inv(x)", "np.linalg.inv(x)", 2, { 200, 200 }, TRUE },
  { "eigh 200 x 200", "eigh(x)", "np.linalg.eigh(x)", 2, { 200, 200 }, TRUE },
  { "eigvalsh 200 x 200", "eigvalsh(x)", "np.linalg.eigvalsh(x)", 2, { 200, 200 }, TRUE },
  { "eig 200 x 200", "eig(x)", "np.linalg.eig(x)", 2, { 200, 200 }, FALSE },
  { "svd 200 x 200", "svd(x)", "np.linalg.svd(x)", 2, { 200, 200 }, FALSE },
  { "qr 200 x 200", "qr(x)", "np.linalg.qr(x)", 2, { 200, 200 }, FALSE },
  { "det 200 x 200", "det(x)", "np.linalg.det(x)", 2, { 200, 200 }, FALSE },
  { "solve 1000 of 8 x 8", "solve(x, x)", "np.linalg.solve(x, x)", 3, { 1000, 8, 8 }, TRUE },
  { "fft of 2^16", "fft(x)", "np.fft.fft(z)", 2, { 65536, 2 }, FALSE },
  { "rfft of 2^16", "rfft(x)", "np.fft.rfft(x)", 1, { 65536 }, FALSE },
  { "fft of 1000, 64 times", "fft(x)", "np.fft.fft(z)", 3, { 64, 1000, 2 }, FALSE },
  { "fft of 1000 along axis 0, 64 times",
    "fft(x, axis=0)",
    "np.fft.fft(z, axis=0)",
    3,
    { 1000, 64, 2 },
    FALSE },
  { "fft of the prime 10007", "fft(x)", "np.fft.fft(z)", 2, { 10007, 2 }, FALSE },
  { "fft2 of 256 x 256", "fft2(x)", "np.fft.fft2(z)", 3, { 256, 256, 2 }, FALSE },
  { "einsum of 4 matrices of 100",
    "einsum('ij,jk,kl,lm->im', x, x, x, x)",
    "np.einsum('ij,jk,kl,lm->im', x, x, x, x, optimize=True)",
    2,
    { 100, 100 },
    FALSE },
};

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

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (double *numbers)
{
  qsort (numbers, ROUNDS, sizeof *numbers, compare_numbers);
  return numbers[ROUNDS / 2];
}

/* ---- Weft ---- */

/* Twice the side on the diagonal makes a symmetric matrix of numbers below 1 positive definite. */
static WeftArray *
sample (const Case *test)
{
  WeftArray *x = weft_array_new (WEFT_F64, test->rank, test->shape);
  gint64     n = test->shape[test->rank - 1];
  double    *data = x->data;

  weft_philox_uniform_f64 (1, 0, 0, x->n_elements, data);
  for (gint64 at = 0; at < x->n_elements && test->spd; at += n * n)
    for (gint64 i = 0; i < n; i++)
      for (gint64 j = 0; j <= i; j++)
        data[at + i * n + j] = data[at + j * n + i] += i == j ? 2 * n : 0;
  return x;
}

/* Outputs of a tuple are all computed. */
static WeftFunction *
make_function (const Case *test, const WeftArray *x)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (WeftExpr) expr = NULL;
  g_autoptr (GError) error = NULL;
  WeftType         type = { x->dtype, FALSE, weft_array_get_shape (x) };
  WeftValue       *input = weft_graph_input (graph, "x", &type), *outputs[4];
  WeftFunctionSpec spec = {
    .graph = graph, .n_inputs = 1, .inputs = &input, .n_outputs = 1, .outputs = outputs
  };
  WeftBinding   result;
  WeftFunction *function;

  weft_scope_set_value (scope, "x", input);
  expr = weft_expr_parse (test->text, &error);
  must (error);
  weft_expr_build (expr, graph, scope, &result, &error);
  must (error);
  if (result.kind == WEFT_BIND_TUPLE)
    spec.n_outputs = result.n_items;
  for (guint i = 0; i < spec.n_outputs; i++)
    outputs[i] = result.kind == WEFT_BIND_TUPLE ? result.items[i].value : result.value;
  function = weft_function_new (&spec, &error);
  must (error);
  return function;
}

static double
run_weft (WeftFunction *function, WeftArray *x, long n)
{
  double start = now ();

  for (long i = 0; i < n; i++)
    {
      WeftArray *outputs[4] = { NULL };
      g_autoptr (GError) error = NULL;

      weft_function_call (function, &x, outputs, NULL, &error);
      must (error);
      for (guint k = 0; k < G_N_ELEMENTS (outputs); k++)
        g_clear_pointer (&outputs[k], weft_array_unref);
    }
  return (now () - start) / n;
}

/* ---- NumPy ---- */

typedef struct
{
  GSubprocess      *process;
  GOutputStream    *to;
  GDataInputStream *from;
} Peer;

static void
peer_start (Peer *peer, const char *script)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);

  g_subprocess_launcher_setenv (launcher, "OPENBLAS_NUM_THREADS", "1", TRUE);
  peer->process = g_subprocess_launcher_spawn (launcher, &error, "/usr/bin/python3", script, NULL);
  must (error);
  peer->to = g_subprocess_get_stdin_pipe (peer->process);
  peer->from = g_data_input_stream_new (g_subprocess_get_stdout_pipe (peer->process));
}

/* What the peer answers to @line, as a number. */
static double
peer_ask (Peer *peer, const char *line)
{
  g_autofree char *answer = NULL;
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (peer->to, line, strlen (line), NULL, NULL, &error);
  must (error);
  answer = g_data_input_stream_read_line (peer->from, NULL, NULL, &error);
  must (error);
  if (answer == NULL)
    g_error ("NumPy does not answer");
  return atof (answer);
}

static double
run_peer (Peer *peer, long n)
{
  g_autofree char *line = g_strdup_printf ("run %ld\n", n);

  return peer_ask (peer, line) / n;
}

static void
measure (const Case *test, Peer *peer, const char *folder)
{
  g_autoptr (WeftArray) x = sample (test);
  g_autoptr (WeftFunction) function = make_function (test, x);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, "x.npy", NULL);
  g_autofree char *line = g_strdup_printf ("load %s %s\n", path, test->numpy);
  double           ours[ROUNDS], theirs[ROUNDS], mine, numpys;
  long             n, m;

  weft_npy_write (path, x, &error);
  must (error);
  peer_ask (peer, line);
  run_weft (function, x, 2);
  n = 1 + BLOCK_S / run_weft (function, x, 3);
  m = 1 + BLOCK_S / run_peer (peer, 3);
  for (guint i = 0; i < ROUNDS; i++)
    {
      ours[i] = run_weft (function, x, n);
      theirs[i] = run_peer (peer, m);
    }
  mine = median (ours);
  numpys = median (theirs);
  printf ("| %-36s | %9.1f us | %9.1f us | %5.2f |\n", test->name, mine * 1e6, numpys * 1e6,
          mine / numpys);
  fflush (stdout);
  g_remove (path);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-bench-XXXXXX", NULL);
  g_autofree char *script =
    g_build_filename (WEFT_SOURCE_DATA_DIR, "..", "tests", "bench", "peer-numpy.py", NULL);
  Peer peer;

  weft_ops_init ();
  weft_pool_set_threads (1);
  peer_start (&peer, script);
  printf ("| %-36s | %12s | %12s | %5s |\n", "float64, one thread", "Weft", "NumPy", "ratio");
  printf ("|--------------------------------------|-------------:|-------------:|------:|\n");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gboolean wanted = argc < 2;

      for (int k = 1; k < argc; k++)
        wanted = wanted || strstr (cases[i].name, argv[k]) != NULL;
      if (wanted)
        measure (&cases[i], &peer, folder);
    }
  g_output_stream_close (peer.to, NULL, NULL);
  g_subprocess_wait (peer.process, NULL, NULL);
  g_object_unref (peer.from);
  g_object_unref (peer.process);
  g_rmdir (folder);
  return 0;
}
