/* The limit programs of the bench as one worker, which answers the same lines as all workers.
 *
 *     limit --workload W2a --threads 2 --serve [--blas]
 *
 * Products are oneDNN's, with --blas OpenBLAS's. Without --serve it measures itself for a second.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/bench/limit.h"

#include <cblas.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#if WEFT_HAVE_DNNL
#include <oneapi/dnnl/dnnl.h>
#endif

static int with_blas = !WEFT_HAVE_DNNL;

/* ---- Numbers ---- */

float *
limit_zeros (long n)
{
  size_t bytes = ((size_t) n * sizeof (float) + 63) / 64 * 64;
  float *p = aligned_alloc (64, bytes);

  memset (p, 0, bytes);
  return p;
}

/* Source: Steele, Lea & Flood 2014, SplitMix64; the top 24 bits. */
static float
unit_number (uint64_t seed, uint64_t i)
{
  uint64_t z = (i + (seed << 32) + 1) * 0x9E3779B97F4A7C15ull;

  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  z ^= z >> 31;
  return (float) (z >> 40) * (1.0f / 16777216.0f);
}

float *
limit_unit (uint64_t seed, long n)
{
  float *p = limit_zeros (n);

  for (long i = 0; i < n; i++)
    p[i] = unit_number (seed, i);
  return p;
}

float *
limit_around (uint64_t seed, long n, double scale)
{
  float *p = limit_unit (seed, n);

  for (long i = 0; i < n; i++)
    p[i] = (p[i] * 2 - 1) * (float) scale;
  return p;
}

int *
limit_whole (uint64_t seed, long n, int k)
{
  int *p = malloc (n * sizeof (int));

  for (long i = 0; i < n; i++)
    {
      p[i] = (int) (unit_number (seed, i) * (float) k);
      p[i] = p[i] < k ? p[i] : k - 1;
    }
  return p;
}

float
limit_glorot (double fan_in, double fan_out)
{
  return (float) sqrt (6.0 / (fan_in + fan_out));
}

/* ---- What all need ---- */

void
limit_product (int          transpose_a,
               int          transpose_b,
               long         m,
               long         n,
               long         k,
               float        alpha,
               const float *a,
               const float *b,
               float        beta,
               float       *c)
{
  long lda = transpose_a ? m : k, ldb = transpose_b ? k : n;

#if WEFT_HAVE_DNNL
  if (!with_blas)
    {
      dnnl_sgemm (transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb,
                  beta, c, n);
      return;
    }
#endif
  cblas_sgemm (CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
               transpose_b ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, n);
}

static double
cross_entropy_row (float *p, const float *bias, int label, long rows, long n)
{
  float most = -INFINITY, sum = 0, scale, chosen;

  for (long j = 0; j < n; j++)
    {
      p[j] += bias[j];
      most = p[j] > most ? p[j] : most;
    }
  chosen = p[label] - most;
  for (long j = 0; j < n; j++)
    {
      float e = expf (p[j] - most);

      p[j] = e;
      sum += e;
    }
  scale = 1.0f / (sum * rows);
  for (long j = 0; j < n; j++)
    p[j] *= scale;
  p[label] -= 1.0f / rows;
  return logf (sum) - chosen;
}

float
limit_cross_entropy (float *z, const float *bias, const int *labels, long rows, long n)
{
  double total = 0;

#pragma omp parallel for schedule(static) reduction(+ \
                                                    : total) if (rows * n > LIMIT_PARALLEL / 2)
  for (long r = 0; r < rows; r++)
    total += cross_entropy_row (z + r * n, bias, labels[r], rows, n);
  return (float) (total / rows);
}

void
limit_add_rows (float *b, const float *g, long rows, long n, float alpha)
{
#pragma omp parallel if (rows * n > 5 * LIMIT_PARALLEL)
  {
    long thread = omp_get_thread_num (), threads = omp_get_num_threads ();
    long end = n * (thread + 1) / threads;

    for (long r = 0; r < rows; r++)
      for (long j = n * thread / threads; j < end; j++)
        b[j] += alpha * g[r * n + j];
  }
}

/* ---- A call that does nearly nothing ---- */

static volatile float number = 1;

static float
add_one_step (void)
{
  return number + 1;
}

static LimitStep
limit_scalar (const char *name)
{
  return strcmp (name, "W8_scalar") == 0 ? add_one_step : NULL;
}

/* ---- The worker ---- */

static double
clock_s (clockid_t which)
{
  struct timespec t;

  clock_gettime (which, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static double
peak_mb (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024.0;
}

static void
answer_lines (LimitStep step)
{
  char  line[64];
  float loss = 0;

  while (fgets (line, sizeof line, stdin) != NULL && strncmp (line, "run ", 4) == 0)
    {
      long   n = atol (line + 4);
      double cpu = clock_s (CLOCK_PROCESS_CPUTIME_ID), start = clock_s (CLOCK_MONOTONIC), seconds;

      for (long i = 0; i < n; i++)
        loss = step ();
      seconds = clock_s (CLOCK_MONOTONIC) - start;
      printf ("{\"wall_s\":%.9f,\"cpu_s\":%.9f,\"loss\":%.9g}\n", seconds,
              clock_s (CLOCK_PROCESS_CPUTIME_ID) - cpu, loss);
      fflush (stdout);
    }
  printf ("{\"rss_mb\":%.1f,\"child_rss_mb\":0}\n", peak_mb ());
}

static double
measure_alone (LimitStep step)
{
  double seconds = 0;
  long   n = 1;

  for (; seconds < 1; n *= 2)
    {
      double start = clock_s (CLOCK_MONOTONIC);

      for (long i = 0; i < n; i++)
        step ();
      seconds = clock_s (CLOCK_MONOTONIC) - start;
    }
  return seconds / (n / 2) * 1e3;
}

static int
work (const char *name, const char *peer, int threads, int serve)
{
  static LimitStep (*const makers[]) (const char *) = { limit_mlp, limit_chain, limit_rnn,
                                                        limit_lstm, limit_gru, limit_gpt,
                                                        limit_copy, limit_scalar };
  double    start = clock_s (CLOCK_MONOTONIC), base = peak_mb (), seconds;
  LimitStep step = NULL;
  float     first, loss = 0;

  for (size_t i = 0; i < sizeof makers / sizeof *makers && step == NULL; i++)
    step = makers[i](name);
  if (step == NULL)
    {
      printf ("{\"workload\":\"%s\",\"peer\":\"%s\",\"threads\":%d,\"skipped\":\"not written by "
              "hand\"}\n",
              name, peer, threads);
      return 0;
    }
  first = step ();
  seconds = clock_s (CLOCK_MONOTONIC) - start;
  for (int i = 0; i < 9; i++)
    loss = step ();
  printf ("{%s\"workload\":\"%s\",\"peer\":\"%s\",\"threads\":%d,\"import_s\":0,\"compile_s\":%.4f,"
          "\"loss1\":%.9g,\"loss10\":%.9g,\"base_mb\":%.1f,\"rss_mb\":%.1f",
          serve ? "\"ready\":true," : "", name, peer, threads, seconds, first, loss, base,
          peak_mb ());
  if (!serve)
    printf (",\"ms_per_step\":%.6g", measure_alone (step));
  printf ("}\n");
  fflush (stdout);
  if (serve)
    answer_lines (step);
  return 0;
}

int
main (int argc, char **argv)
{
  const char *name = "", *peer = "limit";
  int         threads = 1, serve = 0;

  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--serve") == 0)
      serve = 1;
    else if (strcmp (argv[i], "--blas") == 0)
      with_blas = 1;
    else if (i + 1 < argc && strcmp (argv[i], "--workload") == 0)
      name = argv[++i];
    else if (i + 1 < argc && strcmp (argv[i], "--peer") == 0)
      peer = argv[++i];
    else if (i + 1 < argc && strcmp (argv[i], "--threads") == 0)
      threads = atoi (argv[++i]);
  omp_set_num_threads (threads);
  return work (name, peer, threads, serve);
}
