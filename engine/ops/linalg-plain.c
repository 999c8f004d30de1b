/* Linear algebra by textbook algorithms in float64, for comparison with LAPACK: short, slow, and
 * made another way (Jacobi rotations where LAPACK has QR iterations, Taylor where the kernel has
 * Pade).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/linalg-private.h"

#include <complex.h>
#include <math.h>

/* Sweeps of rotations: convergence is quadratic, ten do for any matrix of a test. */
#define SWEEPS 60

void
weft_plain_product (gint64 m, gint64 k, gint64 n, const double *a, const double *b, double *c)
{
  for (gint64 i = 0; i < m; i++)
    for (gint64 j = 0; j < n; j++)
      {
        double sum = 0;

        for (gint64 l = 0; l < k; l++)
          sum += a[i * k + l] * b[l * n + j];
        c[i * n + j] = sum;
      }
}

void
weft_plain_cholesky (gint64 n, const double *a, double *l)
{
  memset (l, 0, n * n * sizeof *l);
  for (gint64 j = 0; j < n; j++)
    for (gint64 i = j; i < n; i++)
      {
        double sum = a[i * n + j];

        for (gint64 k = 0; k < j; k++)
          sum -= l[i * n + k] * l[j * n + k];
        if (i == j && !(sum > 0))
          {
            weft_fill_nan (WEFT_F64, l, n * n);
            return;
          }
        l[i * n + j] = i == j ? sqrt (sum) : sum / l[j * n + j];
      }
}

static void
swap_rows (double *a, gint64 n, gint64 i, gint64 j)
{
  for (gint64 k = 0; k < n && i != j; k++)
    {
      double kept = a[i * n + k];

      a[i * n + k] = a[j * n + k];
      a[j * n + k] = kept;
    }
}

void
weft_plain_lu (gint64 m, gint64 n, const double *a, double *lu, gint64 *perm)
{
  memcpy (lu, a, m * n * sizeof *lu);
  for (gint64 i = 0; i < m; i++)
    perm[i] = i;
  for (gint64 j = 0; j < MIN (m, n); j++)
    {
      gint64 best = j, kept = perm[j];

      for (gint64 i = j + 1; i < m; i++)
        if (fabs (lu[i * n + j]) > fabs (lu[best * n + j]))
          best = i;
      swap_rows (lu, n, j, best);
      perm[j] = perm[best];
      perm[best] = kept;
      for (gint64 i = j + 1; i < m; i++)
        {
          double factor = lu[j * n + j] == 0 ? 0 : lu[i * n + j] / lu[j * n + j];

          lu[i * n + j] = factor;
          for (gint64 k = j + 1; k < n; k++)
            lu[i * n + k] -= factor * lu[j * n + k];
        }
    }
}

/* Of a permutation: 1 or -1. */
static double
permutation_sign (gint64 n, const gint64 *perm)
{
  double sign = 1;

  for (gint64 i = 0; i < n; i++)
    for (gint64 j = i + 1; j < n; j++)
      if (perm[i] > perm[j])
        sign = -sign;
  return sign;
}

double
weft_plain_det (gint64 n, const double *a)
{
  g_autofree double *lu = g_new (double, n *n + 1);
  g_autofree gint64 *perm = g_new (gint64, n + 1);
  double             det;

  weft_plain_lu (n, n, a, lu, perm);
  det = permutation_sign (n, perm);
  for (gint64 i = 0; i < n; i++)
    det *= lu[i * n + i];
  return det;
}

gboolean
weft_plain_solve (gint64 n, gint64 k, const double *a, const double *b, double *x)
{
  g_autofree double *lu = g_new (double, n *n + 1);
  g_autofree gint64 *perm = g_new (gint64, n + 1);

  weft_plain_lu (n, n, a, lu, perm);
  for (gint64 i = 0; i < n; i++)
    if (lu[i * n + i] == 0 || isnan (lu[i * n + i]))
      {
        weft_fill_nan (WEFT_F64, x, n * k);
        return FALSE;
      }
  for (gint64 c = 0; c < k; c++)
    {
      for (gint64 i = 0; i < n; i++)
        {
          x[i * k + c] = b[perm[i] * k + c];
          for (gint64 j = 0; j < i; j++)
            x[i * k + c] -= lu[i * n + j] * x[j * k + c];
        }
      for (gint64 i = n; i-- > 0;)
        {
          for (gint64 j = i + 1; j < n; j++)
            x[i * k + c] -= lu[i * n + j] * x[j * k + c];
          x[i * k + c] /= lu[i * n + i];
        }
    }
  return TRUE;
}

/* ---- Rotations ---- */

/* The cosine and sine that turn [[p, q], [q, r]] into a diagonal.
 * Source: Golub and Van Loan 2013, Matrix Computations, algorithm 8.5.1. */
static void
find_rotation (double p, double q, double r, double *c, double *s)
{
  double tau = (r - p) / (2 * q), t;

  t = tau >= 0 ? 1 / (tau + sqrt (1 + tau * tau)) : -1 / (-tau + sqrt (1 + tau * tau));
  *c = 1 / sqrt (1 + t * t);
  *s = t * *c;
}

/* Columns @i and @j of @a [m, n]. */
static void
rotate_columns (double *a, gint64 m, gint64 n, gint64 i, gint64 j, double c, double s)
{
  for (gint64 k = 0; k < m; k++)
    {
      double x = a[k * n + i], y = a[k * n + j];

      a[k * n + i] = c * x - s * y;
      a[k * n + j] = s * x + c * y;
    }
}

static void
rotate_rows (double *a, gint64 n, gint64 i, gint64 j, double c, double s)
{
  for (gint64 k = 0; k < n; k++)
    {
      double x = a[i * n + k], y = a[j * n + k];

      a[i * n + k] = c * x - s * y;
      a[j * n + k] = s * x + c * y;
    }
}

/* Sorts @values (@k of them), and the columns of @a [m, k] and @b [n, k] (may be NULL) with them.
 */
static void
sort_columns (
  gint64 k, double *values, gboolean descending, gint64 m, double *a, gint64 n, double *b)
{
  for (gint64 i = 0; i < k; i++)
    for (gint64 j = i + 1; j < k; j++)
      if (descending ? values[j] > values[i] : values[j] < values[i])
        {
          double kept = values[i];

          values[i] = values[j];
          values[j] = kept;
          rotate_columns (a, m, k, i, j, 0, -1);
          if (b != NULL)
            rotate_columns (b, n, k, i, j, 0, -1);
        }
}

void
weft_plain_eigh (gint64 n, const double *a, double *w, double *v)
{
  g_autofree double *d = g_memdup2 (a, MAX (n * n, 1) * sizeof *a);

  weft_fill_identity (WEFT_F64, v, n, n);
  for (guint sweep = 0; sweep < SWEEPS; sweep++)
    for (gint64 i = 0; i < n; i++)
      for (gint64 j = i + 1; j < n; j++)
        {
          double c, s;

          if (d[i * n + j] == 0)
            continue;
          find_rotation (d[i * n + i], d[i * n + j], d[j * n + j], &c, &s);
          rotate_columns (d, n, n, i, j, c, s);
          rotate_rows (d, n, i, j, c, s);
          d[i * n + j] = d[j * n + i] = 0;
          rotate_columns (v, n, n, i, j, c, s);
        }
  for (gint64 i = 0; i < n; i++)
    w[i] = d[i * n + i];
  sort_columns (n, w, FALSE, n, v, 0, NULL);
}

/* One-sided rotations of a tall matrix, until its columns are orthogonal: @u [m, n] starts as @a.
 * Source: Hestenes 1958; Golub and Van Loan 2013, section 8.6.3. */
static void
svd_tall (gint64 m, gint64 n, double *u, double *s, double *v)
{
  weft_fill_identity (WEFT_F64, v, n, n);
  for (guint sweep = 0; sweep < SWEEPS; sweep++)
    for (gint64 i = 0; i < n; i++)
      for (gint64 j = i + 1; j < n; j++)
        {
          double p = 0, q = 0, r = 0, c, t;

          for (gint64 k = 0; k < m; k++)
            {
              p += u[k * n + i] * u[k * n + i];
              q += u[k * n + i] * u[k * n + j];
              r += u[k * n + j] * u[k * n + j];
            }
          if (fabs (q) <= 1e-17 * sqrt (p * r))
            continue;
          find_rotation (p, q, r, &c, &t);
          rotate_columns (u, m, n, i, j, c, t);
          rotate_columns (v, n, n, i, j, c, t);
        }
  for (gint64 j = 0; j < n; j++)
    {
      s[j] = 0;
      for (gint64 k = 0; k < m; k++)
        s[j] += u[k * n + j] * u[k * n + j];
      s[j] = sqrt (s[j]);
      for (gint64 k = 0; k < m && s[j] > 0; k++)
        u[k * n + j] /= s[j];
    }
  sort_columns (n, s, TRUE, m, u, n, v);
}

void
weft_plain_svd (gint64 m, gint64 n, const double *a, double *u, double *s, double *v)
{
  if (m >= n)
    {
      memcpy (u, a, m * n * sizeof *u);
      svd_tall (m, n, u, s, v);
      return;
    }
  weft_transpose_matrix (WEFT_F64, v, a, m, n);
  svd_tall (n, m, v, s, u);
}

/* ---- Reflections ---- */

/* Applies I - 2 h h' / |h|^2 to rows @from .. of @a [m, n] from the left. */
static void
reflect (double *a, gint64 m, gint64 n, gint64 from, const double *h)
{
  double length = 0;

  for (gint64 k = from; k < m; k++)
    length += h[k] * h[k];
  for (gint64 j = 0; j < n && length > 0; j++)
    {
      double along = 0;

      for (gint64 k = from; k < m; k++)
        along += h[k] * a[k * n + j];
      for (gint64 k = from; k < m; k++)
        a[k * n + j] -= 2 * along / length * h[k];
    }
}

void
weft_plain_qr (gint64 m, gint64 n, const double *a, double *q, double *r)
{
  g_autofree double *h = g_new0 (double, m + 1);
  g_autofree double *qt = g_new (double, m *m + 1);

  memcpy (r, a, m * n * sizeof *r);
  weft_fill_identity (WEFT_F64, qt, m, m);
  for (gint64 j = 0; j < MIN (m - 1, n); j++)
    {
      double norm = 0, below = 0;

      for (gint64 k = j; k < m; k++)
        {
          h[k] = r[k * n + j];
          norm += h[k] * h[k];
          below += k > j ? h[k] * h[k] : 0;
        }
      /* Nothing to reflect: LAPACK leaves the sign as it is. */
      if (below == 0)
        continue;
      h[j] += h[j] >= 0 ? sqrt (norm) : -sqrt (norm);
      reflect (r, m, n, j, h);
      reflect (qt, m, m, j, h);
      for (gint64 k = j + 1; k < m; k++)
        r[k * n + j] = 0;
    }
  weft_transpose_matrix (WEFT_F64, q, qt, m, m);
}

/* ---- Others ---- */

void
weft_plain_expm (gint64 n, const double *a, double *y)
{
  g_autofree double *x = g_new (double, n *n + 1);
  g_autofree double *term = g_new (double, n *n + 1);
  g_autofree double *next = g_new (double, n *n + 1);
  double             norm = 0;
  int                squarings;

  for (gint64 i = 0; i < n * n; i++)
    norm += fabs (a[i]);
  if (!isfinite (norm))
    {
      weft_fill_nan (WEFT_F64, y, n * n);
      return;
    }
  squarings = MAX (0, (int) ceil (log2 (norm + 1e-300)) + 2);
  for (gint64 i = 0; i < n * n; i++)
    x[i] = ldexp (a[i], -squarings);
  weft_fill_identity (WEFT_F64, y, n, n);
  weft_fill_identity (WEFT_F64, term, n, n);
  /* The norm is at most 1/4: 20 terms leave 4^-20 / 20!. */
  for (guint k = 1; k <= 20; k++)
    {
      weft_plain_product (n, n, n, term, x, next);
      for (gint64 i = 0; i < n * n; i++)
        y[i] += term[i] = next[i] / k;
    }
  for (int k = 0; k < squarings; k++)
    {
      weft_plain_product (n, n, n, y, y, next);
      memcpy (y, next, n * n * sizeof *y);
    }
}

/* The roots of the characteristic polynomial.
 * Source: Faddeev and LeVerrier for its coefficients; Durand 1960 and Kerner 1966 for the roots. */
void
weft_plain_eigenvalues (gint64 n, const double *a, double *re, double *im)
{
  g_autofree double         *m = g_new0 (double, n *n + 1);
  g_autofree double         *next = g_new (double, n *n + 1);
  g_autofree double         *c = g_new (double, n + 1);
  g_autofree double complex *z = g_new (double complex, n + 1);

  c[n] = 1;
  for (gint64 k = 1; k <= n; k++)
    {
      for (gint64 i = 0; i < n; i++)
        m[i * n + i] += c[n - k + 1];
      weft_plain_product (n, n, n, a, m, next);
      c[n - k] = 0;
      for (gint64 i = 0; i < n; i++)
        c[n - k] -= next[i * n + i] / k;
      memcpy (m, next, n * n * sizeof *m);
    }
  for (gint64 i = 0; i < n; i++)
    z[i] = cpow (0.4 + 0.9 * I, i);
  for (guint step = 0; step < 2000; step++)
    for (gint64 i = 0; i < n; i++)
      {
        double complex value = 1, others = 1;

        for (gint64 k = n; k-- > 0;)
          value = value * z[i] + c[k];
        for (gint64 k = 0; k < n; k++)
          others *= k == i ? 1 : z[i] - z[k];
        if (others != 0)
          z[i] -= value / others;
      }
  for (gint64 i = 0; i < n; i++)
    {
      re[i] = creal (z[i]);
      im[i] = cimag (z[i]);
    }
}
