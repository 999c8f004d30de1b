/* Eigenvalues and eigenvectors: eigh, eigvalsh, eig, eigvals.
 *
 * One unit is one matrix. A matrix with an infinity or NaN in it gives NaN.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/linalg-private.h"

#include <complex.h>
#include <math.h>

/* Operations on one matrix, in n^3: reduction, iteration, vectors. */
#define EIGEN_FLOPS 12.0

static double
eigen_flops (const WeftKernelCall *call)
{
  double n = weft_call_rows (call);

  return EIGEN_FLOPS * weft_call_matrices (call) * n * n * n;
}

/* Values in the first half of the results, vectors in the second. */
static INFER (infer_eigen)
{
  const WeftShape *a = &inputs[0].shape;
  WeftShape        values;

  if (!weft_infer_square (op, &inputs[0], "a", error))
    return FALSE;
  values = weft_shape_of_vectors (a, a->dims[a->rank - 1]);
  for (guint i = 0; i < op->n_outputs; i++)
    {
      gboolean vectors = g_str_has_prefix (op->output_names[i], "v");

      types[i].dtype = inputs[0].dtype;
      types[i].shape = vectors ? *a : values;
    }
  return TRUE;
}

/* ---- Symmetric matrices ---- */

typedef struct
{
  void *a, *work;
  int  *iwork, n_work, n_iwork;
} EighLayout;

static gsize
eigh_layout (const WeftKernelCall *call, char *at, EighLayout *layout)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  gint64            n = weft_call_rows (call);
  gboolean          vectors = call->n_outputs > 1;
  char             *start = at;

  /* LAPACK's own formulas for SYEVD, and room for its blocked reduction. */
  layout->n_work = vectors ? 1 + 6 * n + 2 * n * n : 2 * n + 1;
  layout->n_work = MAX (layout->n_work, 2 * n + 64 * n);
  layout->n_iwork = vectors ? 3 + 5 * n : 1;
  layout->a = weft_take (&at, vectors ? 0 : n * n * lapack->size);
  layout->work = weft_take (&at, layout->n_work * lapack->size);
  layout->iwork = weft_take (&at, layout->n_iwork * sizeof (int));
  return at - start;
}

static gsize
eigh_scratch (const WeftKernelCall *call)
{
  EighLayout layout;

  return eigh_layout (call, NULL, &layout);
}

static void
transpose_in_place (WeftDType dtype, void *a, gint64 n)
{
  for (gint64 i = 0; i < n; i++)
    for (gint64 j = i + 1; j < n; j++)
      {
        double kept = weft_load_number (dtype, a, i * n + j);

        weft_store_number (dtype, a, i * n + j, weft_load_number (dtype, a, j * n + i));
        weft_store_number (dtype, a, j * n + i, kept);
      }
}

/* The lower triangle by rows is the upper one by columns. */
static void
eigh_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  WeftDType         dtype = call->out_dtype[0];
  gboolean          vectors = call->n_outputs > 1;
  const char       *triangle = g_str_equal (call->attrs[0].s, "L") ? "U" : "L";
  gint64            elements = weft_call_rows (call) * weft_call_rows (call);
  int               n = weft_call_rows (call), ld = MAX (n, 1), info;
  EighLayout        layout;

  eigh_layout (call, call->scratch, &layout);
  for (gint64 unit = begin; unit < end; unit++)
    {
      const char *from = (const char *) call->in[0] + unit * elements * lapack->size;
      char       *w = (char *) call->out[0] + unit * n * lapack->size;
      char       *a = vectors ? (char *) call->out[1] + unit * elements * lapack->size : layout.a;

      memcpy (a, from, elements * lapack->size);
      info = !weft_all_finite (dtype, from, elements);
      if (info == 0 && n > 0)
        lapack->syevd (vectors ? "V" : "N", triangle, &n, a, &ld, w, layout.work, &layout.n_work,
                       layout.iwork, &layout.n_iwork, &info, 1, 1);
      if (info != 0)
        {
          weft_fill_nan (dtype, w, n);
          weft_fill_nan (dtype, a, elements);
        }
      else if (vectors)
        transpose_in_place (dtype, a, n);
    }
}

static REFERENCE (eigh_reference)
{
  gint64             n = inputs[0]->shape[inputs[0]->rank - 1];
  gboolean           lower = g_str_equal (apply->attrs[0].s, "L");
  g_autofree double *full = g_new (double, n *n + 1);
  g_autofree double *vectors = g_new (double, n *n + 1);

  for (gint64 unit = 0; unit * n < outputs[0]->n_elements; unit++)
    {
      const double *a = (const double *) inputs[0]->data + unit * n * n;

      for (gint64 i = 0; i < n; i++)
        for (gint64 j = 0; j < n; j++)
          full[i * n + j] = (i >= j) == lower ? a[i * n + j] : a[j * n + i];
      for (gint64 i = 0; i < n; i++)
        full[i * n + i] = a[i * n + i];
      weft_plain_eigh (n, full, (double *) outputs[0]->data + unit * n, vectors);
      if (apply->n_outputs > 1)
        memcpy ((double *) outputs[1]->data + unit * n * n, vectors, n * n * sizeof *vectors);
    }
}

static const WeftKernel eigh_kernel = {
  .units = weft_call_matrices,
  .run = eigh_run,
  .scratch = eigh_scratch,
  .flops = eigen_flops,
};
const WeftOpCode weft_code_eigh = {
  .infer = infer_eigen,
  .reference = eigh_reference,
  .kernel = &eigh_kernel,
};

/* ---- General matrices ---- */

typedef struct
{
  void *a, *vectors, *work;
  int   n_work;
} EigLayout;

static gsize
eig_layout (const WeftKernelCall *call, char *at, EigLayout *layout)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  gboolean          vectors = call->n_outputs > 2;
  int               n = weft_call_rows (call), ld = MAX (n, 1), query = -1, info;
  double            best[2] = { 0 };
  char             *start = at;

  lapack->geev ("N", vectors ? "V" : "N", &n, best, &ld, best, best, best, &ld, best, &ld, best,
                &query, &info, 1, 1);
  layout->n_work = MAX (4 * n, (int) weft_load_number (call->out_dtype[0], best, 0));
  layout->n_work = MAX (layout->n_work, 1);
  layout->a = weft_take (&at, (gsize) n * n * lapack->size);
  layout->vectors = weft_take (&at, vectors ? (gsize) n * n * lapack->size : 0);
  layout->work = weft_take (&at, layout->n_work * lapack->size);
  return at - start;
}

static gsize
eig_scratch (const WeftKernelCall *call)
{
  EigLayout layout;

  return eig_layout (call, NULL, &layout);
}

/* LAPACK packs the vectors of a conjugate pair, real ± i imaginary, into two columns. */
static void
unpack_vectors (const WeftKernelCall *call, const void *packed, gint64 unit)
{
  WeftDType   dtype = call->out_dtype[0];
  gint64      n = weft_call_rows (call);
  gsize       size = weft_dtype_size (dtype);
  const char *imaginary = (const char *) call->out[1] + unit * n * size;
  char       *re = (char *) call->out[2] + unit * n * n * size;
  char       *im = (char *) call->out[3] + unit * n * n * size;

  for (gint64 j = 0; j < n; j++)
    {
      double part = weft_load_number (dtype, imaginary, j);
      gint64 first = part < 0 ? j - 1 : j;

      for (gint64 i = 0; i < n; i++)
        {
          double second = part == 0 ? 0 : weft_load_number (dtype, packed, (first + 1) * n + i);

          weft_store_number (dtype, re, i * n + j, weft_load_number (dtype, packed, first * n + i));
          weft_store_number (dtype, im, i * n + j, part < 0 ? -second : second);
        }
    }
}

static void
eig_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  WeftDType         dtype = call->out_dtype[0];
  gboolean          vectors = call->n_outputs > 2;
  int               n = weft_call_rows (call), ld = MAX (n, 1), info;
  EigLayout         layout;

  eig_layout (call, call->scratch, &layout);
  for (gint64 unit = begin; unit < end && n > 0; unit++)
    {
      gint64      elements = (gint64) n * n;
      const char *from = (const char *) call->in[0] + unit * elements * lapack->size;

      weft_transpose_matrix (dtype, layout.a, from, n, n);
      info = !weft_all_finite (dtype, from, elements);
      if (info == 0)
        lapack->geev ("N", vectors ? "V" : "N", &n, layout.a, &ld,
                      (char *) call->out[0] + unit * n * lapack->size,
                      (char *) call->out[1] + unit * n * lapack->size, NULL, &ld, layout.vectors,
                      &ld, layout.work, &layout.n_work, &info, 1, 1);
      if (info == 0 && vectors)
        unpack_vectors (call, layout.vectors, unit);
      for (guint i = 0; i < call->n_outputs && info != 0; i++)
        {
          gint64 each = i < 2 ? n : elements;

          weft_fill_nan (dtype, (char *) call->out[i] + unit * each * lapack->size, each);
        }
    }
}

/* A vector v with (a - value) v = 0 of length 1, whose largest element is real, by inverse
 * iteration with a value that is a little off. */
static void
plain_vector (gint64 n, const double *a, double complex value, double complex *v)
{
  g_autofree double complex *m = g_new (double complex, n *(n + 1));
  double                     length = 0;

  value += (1 + cabs (value)) * 1e-10;
  for (gint64 i = 0; i < n; i++)
    v[i] = 1 + 0.1 * i;
  for (guint step = 0; step < 4; step++)
    {
      for (gint64 i = 0; i < n; i++)
        for (gint64 j = 0; j <= n; j++)
          m[i * (n + 1) + j] = j == n ? v[i] : a[i * n + j] - (i == j ? value : 0);
      for (gint64 k = 0; k < n; k++)
        {
          gint64 best = k;

          for (gint64 i = k; i < n; i++)
            if (cabs (m[i * (n + 1) + k]) > cabs (m[best * (n + 1) + k]))
              best = i;
          for (gint64 j = 0; j <= n; j++)
            {
              double complex kept = m[k * (n + 1) + j];

              m[k * (n + 1) + j] = m[best * (n + 1) + j];
              m[best * (n + 1) + j] = kept;
            }
          for (gint64 i = 0; i < n; i++)
            {
              double complex factor = i == k ? 0 : m[i * (n + 1) + k] / m[k * (n + 1) + k];

              for (gint64 j = k; j <= n; j++)
                m[i * (n + 1) + j] -= factor * m[k * (n + 1) + j];
            }
        }
      length = 0;
      for (gint64 i = 0; i < n; i++)
        {
          v[i] = m[i * (n + 1) + n] / m[i * (n + 1) + i];
          length = hypot (length, cabs (v[i]));
        }
      for (gint64 i = 0; i < n; i++)
        v[i] /= length;
    }
}

static REFERENCE (eig_reference)
{
  gint64                     n = inputs[0]->shape[inputs[0]->rank - 1];
  g_autofree double complex *v = g_new (double complex, n + 1);

  for (gint64 unit = 0; unit * n < outputs[0]->n_elements; unit++)
    {
      const double *a = (const double *) inputs[0]->data + unit * n * n;
      double       *re = (double *) outputs[0]->data + unit * n;
      double       *im = (double *) outputs[1]->data + unit * n;

      weft_plain_eigenvalues (n, a, re, im);
      for (gint64 j = 0; j < n && apply->n_outputs > 2; j++)
        {
          plain_vector (n, a, re[j] + im[j] * I, v);
          for (gint64 i = 0; i < n; i++)
            {
              ((double *) outputs[2]->data)[unit * n * n + i * n + j] = creal (v[i]);
              ((double *) outputs[3]->data)[unit * n * n + i * n + j] = cimag (v[i]);
            }
        }
    }
}

static const WeftKernel eig_kernel = {
  .units = weft_call_matrices,
  .run = eig_run,
  .scratch = eig_scratch,
  .flops = eigen_flops,
};
const WeftOpCode weft_code_eig = {
  .infer = infer_eigen,
  .reference = eig_reference,
  .kernel = &eig_kernel,
};
