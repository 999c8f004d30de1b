/* What views count and compute from a model's outputs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/measures.h"

#include "engine/ops/lapack.h"

#include <cblas.h>
#include <math.h>

/* weft_guesses_new: */
WeftGuesses *
weft_guesses_new (const WeftFacts *facts, const WeftOutcome *outcome)
{
  WeftGuesses       *guesses = g_new0 (WeftGuesses, 1);
  guint              n_classes = MAX (facts->n_classes, 2);
  gint64             step = facts->single ? 1 : (gint64) n_classes;
  g_autofree double *p = g_new (double, n_classes);
  guesses->n = outcome->n;
  guesses->truth = g_new0 (guint32, outcome->n + 1);
  guesses->guess = g_new0 (guint32, outcome->n + 1);
  guesses->sure = g_new0 (double, outcome->n + 1);
  for (gsize i = 0; i < outcome->n; i++)
    {
      guint best = 0;
      weft_facts_probabilities (facts, outcome->output, (gint64) i * step, p);
      for (guint k = 1; k < n_classes; k++)
        if (p[k] > p[best])
          best = k;
      double truth = outcome->target != NULL ? weft_array_get (outcome->target, (gint64) i) : 0;
      guesses->truth[i] = truth >= 0 ? MIN ((guint32) truth, n_classes - 1) : 0;
      guesses->guess[i] = best;
      guesses->sure[i] = p[best];
    }
  return guesses;
}

/* weft_guesses_free: */
void
weft_guesses_free (WeftGuesses *guesses)
{
  if (guesses == NULL)
    return;
  g_free (guesses->truth);
  g_free (guesses->guess);
  g_free (guesses->sure);
  g_free (guesses);
}

/* weft_guesses_count: */
void
weft_guesses_count (const WeftGuesses *guesses, guint n_classes, guint32 *counts)
{
  for (guint i = 0; i < n_classes * n_classes; i++)
    counts[i] = 0;
  for (gsize i = 0; i < guesses->n; i++)
    if (guesses->truth[i] < n_classes && guesses->guess[i] < n_classes)
      counts[guesses->truth[i] * n_classes + guesses->guess[i]]++;
}

static gint
compare_sure (gconstpointer a, gconstpointer b, gpointer data)
{
  const WeftGuesses *guesses = data;
  guint32            i = *(const guint32 *) a, k = *(const guint32 *) b;
  if (guesses->sure[i] != guesses->sure[k])
    return guesses->sure[i] < guesses->sure[k] ? -1 : 1;
  return i < k ? -1 : i > k;
}

/* weft_guesses_least_sure: */
guint32 *
weft_guesses_least_sure (const WeftGuesses *guesses, int truth, int guess, gsize *n)
{
  guint32 *rows = g_new (guint32, guesses->n + 1);
  *n = 0;
  for (gsize i = 0; i < guesses->n; i++)
    if ((truth < 0 || guesses->truth[i] == (guint32) truth) &&
        (guess < 0 || guesses->guess[i] == (guint32) guess))
      rows[(*n)++] = (guint32) i;
  g_qsort_with_data (rows, (gint) *n, sizeof *rows, compare_sure, (gpointer) guesses);
  return rows;
}

/* weft_class_scores:
 *
 * Source: precision TP / (TP + FP), recall TP / (TP + FN), F1 their harmonic mean.
 */
void
weft_class_scores (const guint32 *counts, guint n_classes, WeftClassScore *scores)
{
  for (guint c = 0; c < n_classes; c++)
    {
      guint right = counts[c * n_classes + c], taken = 0, support = 0;
      for (guint k = 0; k < n_classes; k++)
        {
          support += counts[c * n_classes + k];
          taken += counts[k * n_classes + c];
        }
      scores[c].support = support;
      scores[c].precision = taken > 0 ? (double) right / taken : NAN;
      scores[c].recall = support > 0 ? (double) right / support : NAN;
      scores[c].f1 = taken + support > 0 ? 2.0 * right / (taken + support) : NAN;
    }
}

/* The eigenvectors of the symmetric @a [size, size] in its rows, the smallest eigenvalue first. */
static gboolean
decompose (double *a, int size, double *values)
{
  const WeftLapack *lapack = weft_lapack_get (WEFT_F64);
  double            query;
  int               n_work = -1, n_whole = -1, whole_query, info = 0;
  lapack->syevd ("V", "U", &size, a, &size, values, &query, &n_work, &whole_query, &n_whole, &info,
                 1, 1);
  n_work = (int) query;
  n_whole = whole_query;
  g_autofree double *work = g_new (double, MAX (n_work, 1));
  g_autofree int    *whole = g_new (int, MAX (n_whole, 1));
  lapack->syevd ("V", "U", &size, a, &size, values, work, &n_work, whole, &n_whole, &info, 1, 1);
  return info == 0;
}

/* A direction is one up to its sign: so that pictures do not flip from one look to the next. */
static void
orient (double *xy, gsize n, guint axis)
{
  gsize best = 0;
  for (gsize i = 1; i < n; i++)
    if (fabs (xy[2 * i + axis]) > fabs (xy[2 * best + axis]))
      best = i;
  if (xy[2 * best + axis] < 0)
    for (gsize i = 0; i < n; i++)
      xy[2 * i + axis] = -xy[2 * i + axis];
}

/* weft_principal_plane: */
gboolean
weft_principal_plane (const double *rows, gsize n, gsize m, double *xy, double shares[2])
{
  gboolean wide = m > n; /* then the products of rows are fewer than those of columns */
  gsize    size = wide ? n : m;
  double   sum = 0;
  if (n < 2 || m < 2 || size > 4096)
    return FALSE;
  g_autofree double *centred = g_new (double, n *m);
  g_autofree double *products = g_new0 (double, size *size);
  g_autofree double *values = g_new (double, size);
  for (gsize k = 0; k < m; k++)
    {
      double mean = 0;
      for (gsize i = 0; i < n; i++)
        mean += rows[i * m + k] / (double) n;
      for (gsize i = 0; i < n; i++)
        centred[i * m + k] = rows[i * m + k] - mean;
    }
  cblas_dsyrk (CblasRowMajor, CblasLower, wide ? CblasNoTrans : CblasTrans, (int) size,
               (int) (wide ? m : n), 1, centred, (int) m, 0, products, (int) size);
  /* What is the lower half by rows is the upper one by columns. */
  if (!decompose (products, (int) size, values))
    return FALSE;
  for (gsize i = 0; i < size; i++)
    sum += MAX (values[i], 0);
  for (guint axis = 0; axis < 2; axis++)
    {
      const double *vector = products + (size - 1 - axis) * size;
      double        value = MAX (values[size - 1 - axis], 0);
      shares[axis] = sum > 0 ? value / sum : 0;
      for (gsize i = 0; i < n; i++)
        xy[2 * i + axis] =
          wide ? vector[i] * sqrt (value) : cblas_ddot ((int) m, centred + i * m, 1, vector, 1);
      orient (xy, n, axis);
    }
  return TRUE;
}

/* weft_histogram: */
void
weft_histogram (const WeftArray *array, double low, double high, guint n_bins, guint32 *bins)
{
  for (guint i = 0; i < n_bins; i++)
    bins[i] = 0;
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double x = weft_array_get (array, i);
      double at = high > low ? (x - low) / (high - low) * n_bins : 0;
      if (isfinite (x) && at >= 0 && at <= n_bins)
        bins[MIN ((guint) at, n_bins - 1)]++;
    }
}
