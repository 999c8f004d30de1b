/* expm: the exponential of a matrix, by scaling, a Pade approximant, and squaring.
 *
 * One unit is one matrix. Everything here commutes with the transpose, so a row-major matrix is
 * given to BLAS as it lies.
 *
 * Source: Higham 2005, "The scaling and squaring method for the matrix exponential revisited".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/linalg-private.h"

#include <math.h>

/* The largest 1-norm for which the approximant of a degree has a backward error below the unit
 * roundoff: Higham 2005, tables 2.3 and, for single precision, 2.4. Degree 9 is left out: 13 costs
 * one product more. */
typedef struct
{
  guint  degree;
  double theta;
} Degree;
static const Degree degrees_double[] = { { 3, 1.495585217958292e-2 },
                                         { 5, 2.539398330063230e-1 },
                                         { 7, 9.504178996162932e-1 },
                                         { 13, 5.371920351148152 } };
static const Degree degrees_single[] = { { 3, 4.258730016922831e-1 },
                                         { 5, 1.880152677804762 },
                                         { 7, 3.925724783138660 } };
#define MAX_DEGREE 13
#define N_MATRICES 6

typedef struct
{
  const WeftLapack *lapack;
  WeftDType         dtype;
  int               n;
  char             *a, *powers[3], *u, *v; /* scaled a; its 2nd, 4th, 6th powers */
  int              *pivots;
} Expm;

static gsize
expm_layout (const WeftKernelCall *call, char *at, Expm *expm)
{
  char **matrices[N_MATRICES] = { &expm->a, &expm->powers[0], &expm->powers[1],
                                  &expm->powers[2], &expm->u, &expm->v };
  char  *start = at;

  expm->lapack = weft_call_lapack (call);
  expm->dtype = call->out_dtype[0];
  expm->n = weft_call_rows (call);
  for (guint i = 0; i < N_MATRICES; i++)
    *matrices[i] = weft_take (&at, (gsize) expm->n * expm->n * expm->lapack->size);
  expm->pivots = weft_take (&at, expm->n * sizeof (int));
  return at - start;
}

static gsize
expm_scratch (const WeftKernelCall *call)
{
  Expm expm;

  return expm_layout (call, NULL, &expm);
}

/* @c = @a @b, or @c += @a @b. */
static void
multiply (const Expm *expm, const char *a, const char *b, gboolean add, char *c)
{
  const WeftLapack *lapack = expm->lapack;

  lapack->gemm ("N", "N", &expm->n, &expm->n, &expm->n, lapack->one, a, &expm->n, b, &expm->n,
                add ? lapack->one : lapack->zero, c, &expm->n, 1, 1);
}

/* @to = factors[0] I + factors[1] a^2 + ... over @count even powers from the @first. */
static void
sum_powers (const Expm *expm, const double *factors, guint count, gboolean identity, char *to)
{
  gint64 n = expm->n;

  for (gint64 i = 0; i < n * n; i++)
    {
      double sum = identity && i % (n + 1) == 0 ? factors[0] : 0;

      for (guint k = 1; k <= count; k++)
        sum += factors[2 * k] * weft_load_number (expm->dtype, expm->powers[k - 1], i);
      weft_store_number (expm->dtype, to, i, sum);
    }
}

/* The approximant's coefficients: c_j = (2m - j)! m! / ((2m)! (m - j)! j!). */
static void
coefficients (guint m, double *c)
{
  c[0] = 1;
  for (guint j = 1; j <= m; j++)
    c[j] = c[j - 1] * (m - j + 1) / ((2.0 * m - j + 1) * j);
}

/* u = a (c1 I + c3 a^2 + ...) and v = c0 I + c2 a^2 + ...; @spare [n, n]. */
static void
approximate (const Expm *expm, guint degree, char *spare)
{
  double c[MAX_DEGREE + 1];
  guint  n_powers = MIN ((degree - 1) / 2, 3);

  coefficients (degree, c);
  multiply (expm, expm->a, expm->a, FALSE, expm->powers[0]);
  for (guint i = 1; i < n_powers; i++)
    multiply (expm, expm->powers[i - 1], expm->powers[0], FALSE, expm->powers[i]);
  sum_powers (expm, c + 1, n_powers, TRUE, spare);
  sum_powers (expm, c, n_powers, TRUE, expm->v);
  if (degree == MAX_DEGREE)
    {
      sum_powers (expm, c + 7, 3, FALSE, expm->u);
      multiply (expm, expm->powers[2], expm->u, TRUE, spare);
      sum_powers (expm, c + 6, 3, FALSE, expm->u);
      multiply (expm, expm->powers[2], expm->u, TRUE, expm->v);
    }
  multiply (expm, expm->a, spare, FALSE, expm->u);
}

/* The 1-norm of the transpose, which serves as well. NaN stays. */
static double
one_norm (const Expm *expm, const void *a)
{
  double largest = 0;

  for (gint64 i = 0; i < expm->n; i++)
    {
      double sum = 0;

      for (gint64 j = 0; j < expm->n; j++)
        sum += fabs (weft_load_number (expm->dtype, a, i * expm->n + j));
      largest = sum > largest || isnan (sum) ? sum : largest;
    }
  return largest;
}

/* y = (v - u)^-1 (v + u), squared @squarings times. */
static void
divide_and_square (const Expm *expm, int squarings, char *y)
{
  gint64 elements = (gint64) expm->n * expm->n;
  int    info;

  for (gint64 i = 0; i < elements; i++)
    {
      double u = weft_load_number (expm->dtype, expm->u, i),
             v = weft_load_number (expm->dtype, expm->v, i);

      weft_store_number (expm->dtype, expm->a, i, v - u);
      weft_store_number (expm->dtype, y, i, v + u);
    }
  expm->lapack->getrf (&expm->n, &expm->n, expm->a, &expm->n, expm->pivots, &info);
  if (info == 0)
    expm->lapack->getrs ("N", &expm->n, &expm->n, expm->a, &expm->n, expm->pivots, y, &expm->n,
                         &info, 1);
  if (info != 0)
    weft_fill_nan (expm->dtype, y, elements);
  for (int i = 0; i < squarings; i++)
    {
      multiply (expm, y, y, FALSE, expm->u);
      memcpy (y, expm->u, elements * expm->lapack->size);
    }
}

static void
expm_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gboolean      single = call->out_dtype[0] == WEFT_F32;
  const Degree *degrees = single ? degrees_single : degrees_double;
  guint         last, k;
  Expm          expm;

  last = single ? G_N_ELEMENTS (degrees_single) - 1 : G_N_ELEMENTS (degrees_double) - 1;
  expm_layout (call, call->scratch, &expm);
  for (gint64 unit = begin; unit < end && expm.n > 0; unit++)
    {
      gint64      elements = (gint64) expm.n * expm.n;
      const char *from = (const char *) call->in[0] + unit * elements * expm.lapack->size;
      char       *y = (char *) call->out[0] + unit * elements * expm.lapack->size;
      double      size = one_norm (&expm, from);
      int         squarings = 0;

      if (!isfinite (size))
        {
          weft_fill_nan (expm.dtype, y, elements);
          continue;
        }
      for (k = 0; k < last && size > degrees[k].theta; k++)
        ;
      if (size > degrees[last].theta)
        squarings = (int) ceil (log2 (size / degrees[last].theta));
      for (gint64 i = 0; i < elements; i++)
        weft_store_number (expm.dtype, expm.a, i,
                           ldexp (weft_load_number (expm.dtype, from, i), -squarings));
      approximate (&expm, degrees[k].degree, y);
      divide_and_square (&expm, squarings, y);
    }
}

static REFERENCE (expm_reference)
{
  gint64 n = inputs[0]->shape[inputs[0]->rank - 1];

  for (gint64 i = 0; i < inputs[0]->n_elements; i += n * n)
    weft_plain_expm (n, (const double *) inputs[0]->data + i, (double *) outputs[0]->data + i);
}

static double
expm_flops (const WeftKernelCall *call)
{
  double n = weft_call_rows (call);

  return 20 * weft_call_matrices (call) * n * n * n;
}

static const WeftKernel expm_kernel = {
  .units = weft_call_matrices,
  .run = expm_run,
  .scratch = expm_scratch,
  .flops = expm_flops,
};
const WeftOpCode weft_code_expm = {
  .infer = weft_infer_square_of_square,
  .reference = expm_reference,
  .kernel = &expm_kernel,
};
