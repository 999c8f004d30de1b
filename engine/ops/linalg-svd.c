/* Singular values and what is made of them: svd, svdvals, pinv, lstsq, cofactor; and qr.
 *
 * One unit is one matrix. To LAPACK a row-major matrix a = u s v' is a' = v s u', so that the two
 * sides of its answer are v' and u as we want them, without a copy. A matrix with an infinity or
 * NaN in it gives NaN.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/linalg-private.h"

#include <math.h>

/* Operations on one matrix, in m n min (m, n). */
#define SVD_FLOPS 20.0

static double
svd_flops (const WeftKernelCall *call)
{
  double m = weft_call_rows (call), n = weft_call_columns (call);

  return SVD_FLOPS * weft_call_matrices (call) * m * n * MIN (m, n);
}

/* ---- One decomposition ---- */

typedef struct
{
  int   m, n, k; /* a is [m, n] by rows */
  void *a, *u, *s, *vt, *work;
  int  *iwork, n_work;
} Svd;

/* Room for the copy that LAPACK destroys, for singular values and, with @vectors, for thin u and
 * v'. */
static gsize
svd_layout (const WeftKernelCall *call, const char *job, gboolean vectors, char *at, Svd *svd)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  char             *start = at;
  double            best[2] = { 0 };
  int               query = -1, info, ld_a, ld_u, ld_vt;

  svd->m = weft_call_rows (call);
  svd->n = weft_call_columns (call);
  svd->k = MIN (svd->m, svd->n);
  ld_a = MAX (svd->n, 1);
  ld_u = ld_a;
  ld_vt = MAX (svd->m, 1);
  lapack->gesdd (job, &svd->n, &svd->m, best, &ld_a, best, best, &ld_u, best, &ld_vt, best, &query,
                 &svd->n_work, &info, 1);
  svd->n_work = MAX (1, (int) weft_load_number (call->out_dtype[0], best, 0));
  svd->a = weft_take (&at, (gsize) svd->m * svd->n * lapack->size);
  svd->s = weft_take (&at, svd->k * lapack->size);
  svd->u = weft_take (&at, vectors ? (gsize) svd->m * svd->k * lapack->size : 0);
  svd->vt = weft_take (&at, vectors ? (gsize) svd->n * svd->k * lapack->size : 0);
  svd->work = weft_take (&at, svd->n_work * lapack->size);
  svd->iwork = weft_take (&at, 8 * MAX (svd->k, 1) * sizeof (int));
  return at - start;
}

/* Decomposes the matrix at @from; u by rows is [m, k or m], v' [k or n, n]. FALSE: it is not
 * finite. */
static gboolean
svd_decompose (
  const WeftKernelCall *call, Svd *svd, const char *job, const void *from, void *u, void *vt)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  gint64            elements = (gint64) svd->m * svd->n;
  int               ld_vt = MAX (*job == 'A' ? svd->m : svd->k, 1);
  int               info, ld_a = MAX (svd->n, 1), ld_u = ld_a;

  if (!weft_all_finite (call->out_dtype[0], from, elements))
    return FALSE;
  if (elements == 0)
    return TRUE;
  memcpy (svd->a, from, elements * lapack->size);
  lapack->gesdd (job, &svd->n, &svd->m, svd->a, &ld_a, svd->s, vt, &ld_u, u, &ld_vt, svd->work,
                 &svd->n_work, svd->iwork, &info, 1);
  return info == 0;
}

static const char *
matrix_at (const WeftKernelCall *call, const Svd *svd, gint64 unit)
{
  return (const char *) call->in[0] + unit * svd->m * svd->n * weft_call_lapack (call)->size;
}

/* Row @i of v' times @factor. */
static void
scale_row (WeftDType dtype, Svd *svd, gint64 i, double factor)
{
  for (gint64 j = i * svd->n; j < (i + 1) * svd->n; j++)
    weft_store_number (dtype, svd->vt, j, factor * weft_load_number (dtype, svd->vt, j));
}

/* The singular values of one matrix in a reference: thin factors, the caller frees. */
static void
plain_svd (const WeftArray *a, gint64 unit, double **u, double **s, double **v)
{
  gint64 m = a->shape[a->rank - 2], n = a->shape[a->rank - 1], k = MIN (m, n);

  *u = g_new (double, m *k + 1);
  *s = g_new (double, k + 1);
  *v = g_new (double, n *k + 1);
  weft_plain_svd (m, n, (const double *) a->data + unit * m * n, *u, *s, *v);
}

/* ---- svd, svdvals ---- */

static INFER (infer_svd)
{
  const WeftShape *a = &inputs[0].shape;
  WeftDim          m, n, k;

  if (!weft_infer_matrix (op, &inputs[0], "a", error))
    return FALSE;
  m = a->dims[a->rank - 2];
  n = a->dims[a->rank - 1];
  k = weft_dim_minimum (m, n);
  for (guint i = 0; i < op->n_outputs; i++)
    types[i].dtype = inputs[0].dtype;
  if (op->n_outputs == 1)
    {
      types[0].shape = weft_shape_of_vectors (a, k);
      return TRUE;
    }
  types[0].shape = weft_shape_of_matrices (a, m, attrs[0].i ? m : k);
  types[1].shape = weft_shape_of_vectors (a, k);
  types[2].shape = weft_shape_of_matrices (a, attrs[0].i ? n : k, n);
  return TRUE;
}

static const char *
svd_job (const WeftKernelCall *call)
{
  return call->n_outputs == 1 ? "N" : call->attrs[0].i ? "A"
                                                       : "S";
}

static gsize
svd_scratch (const WeftKernelCall *call)
{
  Svd svd;

  return svd_layout (call, svd_job (call), FALSE, NULL, &svd);
}

static void
svd_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  WeftDType   dtype = call->out_dtype[0];
  gsize       size = weft_dtype_size (dtype);
  const char *job = svd_job (call);
  gboolean    vectors = call->n_outputs > 1, full = *job == 'A';
  Svd         svd;

  svd_layout (call, job, FALSE, call->scratch, &svd);
  for (gint64 unit = begin; unit < end; unit++)
    {
      gint64 n_u = (gint64) svd.m * (full ? svd.m : svd.k),
             n_vt = (gint64) svd.n * (full ? svd.n : svd.k);
      char *u = vectors ? (char *) call->out[0] + unit * n_u * size : NULL;
      char *s = (char *) call->out[vectors ? 1 : 0] + unit * svd.k * size;
      char *vt = vectors ? (char *) call->out[2] + unit * n_vt * size : NULL;

      if (!svd_decompose (call, &svd, job, matrix_at (call, &svd, unit), u, vt))
        {
          weft_fill_nan (dtype, svd.s, svd.k);
          weft_fill_nan (dtype, u, vectors ? n_u : 0);
          weft_fill_nan (dtype, vt, vectors ? n_vt : 0);
        }
      else if (svd.k == 0 && full)
        {
          weft_fill_identity (dtype, u, svd.m, svd.m);
          weft_fill_identity (dtype, vt, svd.n, svd.n);
        }
      memcpy (s, svd.s, svd.k * size);
    }
}

/* The first columns of @full [m, m] are those of @thin [m, k], the others what an orthonormal basis
 * lacks. */
static void
complete (gint64 m, gint64 k, const double *thin, double *full)
{
  g_autofree double *q = g_new (double, m *m + 1);
  g_autofree double *r = g_new (double, m *k + 1);

  weft_plain_qr (m, k, thin, q, r);
  for (gint64 i = 0; i < m; i++)
    for (gint64 j = 0; j < m; j++)
      full[i * m + j] = j < k ? thin[i * k + j] : q[i * m + j];
}

static REFERENCE (svd_reference)
{
  const WeftArray *a = inputs[0];
  gint64           m = a->shape[a->rank - 2], n = a->shape[a->rank - 1], k = MIN (m, n);
  gint64           n_matrices = weft_product (a->shape, a->rank - 2);

  for (gint64 unit = 0; unit < n_matrices; unit++)
    {
      g_autofree double *u = NULL;
      g_autofree double *s = NULL;
      g_autofree double *v = NULL;
      g_autofree double *square = g_new (double, n *n + 1);
      WeftArray         *values = outputs[apply->n_outputs == 1 ? 0 : 1];

      plain_svd (a, unit, &u, &s, &v);
      memcpy ((double *) values->data + unit * k, s, k * sizeof *s);
      if (apply->n_outputs == 1)
        continue;
      if (!apply->attrs[0].i)
        {
          memcpy ((double *) outputs[0]->data + unit * m * k, u, m * k * sizeof *u);
          weft_transpose_matrix (WEFT_F64, (double *) outputs[2]->data + unit * k * n, v, n, k);
          continue;
        }
      complete (m, k, u, (double *) outputs[0]->data + unit * m * m);
      complete (n, k, v, square);
      weft_transpose_matrix (WEFT_F64, (double *) outputs[2]->data + unit * n * n, square, n, n);
    }
}

static const WeftKernel svd_kernel = {
  .units = weft_call_matrices,
  .run = svd_run,
  .scratch = svd_scratch,
  .flops = svd_flops,
};
const WeftOpCode weft_code_svd = {
  .infer = infer_svd,
  .reference = svd_reference,
  .kernel = &svd_kernel,
};

/* ---- pinv ---- */

static INFER (infer_pinv)
{
  const WeftShape *a = &inputs[0].shape;

  if (!weft_infer_matrix (op, &inputs[0], "a", error))
    return FALSE;
  types[0].dtype = inputs[0].dtype;
  types[0].shape = weft_shape_of_matrices (a, a->dims[a->rank - 1], a->dims[a->rank - 2]);
  return TRUE;
}

/* Singular values below this share of the largest count as 0. */
static double
cutoff (const WeftAttr *rcond, WeftDType dtype, gint64 m, gint64 n)
{
  if (rcond->kind != WEFT_ATTR_NONE)
    return rcond->f;
  return weft_lapack_get (dtype)->epsilon * MAX (m, n);
}

static gsize
pinv_scratch (const WeftKernelCall *call)
{
  Svd svd;

  return svd_layout (call, "S", TRUE, NULL, &svd);
}

/* To LAPACK the result [n, m] is its transpose, u s^-1 v'. */
static void
pinv_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  WeftDType         dtype = call->out_dtype[0];
  Svd               svd;

  svd_layout (call, "S", TRUE, call->scratch, &svd);
  for (gint64 unit = begin; unit < end; unit++)
    {
      char  *y = (char *) call->out[0] + unit * svd.m * svd.n * lapack->size;
      double least;

      if (svd.k == 0)
        continue;
      if (!svd_decompose (call, &svd, "S", matrix_at (call, &svd, unit), svd.u, svd.vt))
        {
          weft_fill_nan (dtype, y, (gint64) svd.m * svd.n);
          continue;
        }
      least = cutoff (&call->attrs[0], dtype, svd.m, svd.n) * weft_load_number (dtype, svd.s, 0);
      for (gint64 i = 0; i < svd.k; i++)
        {
          double s = weft_load_number (dtype, svd.s, i);

          scale_row (dtype, &svd, i, s > least ? 1 / s : 0);
        }
      lapack->gemm ("T", "T", &svd.m, &svd.n, &svd.k, lapack->one, svd.u, &svd.k, svd.vt,
                    &svd.n, lapack->zero, y, &svd.m, 1, 1);
    }
}

/* @y [n, m]: the pseudo-inverse of matrix @unit. */
static void
plain_pinv (const WeftArray *a, gint64 unit, double share, double *y)
{
  gint64             m = a->shape[a->rank - 2], n = a->shape[a->rank - 1], k = MIN (m, n);
  g_autofree double *u = NULL;
  g_autofree double *s = NULL;
  g_autofree double *v = NULL;

  plain_svd (a, unit, &u, &s, &v);
  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < m; j++)
      {
        y[i * m + j] = 0;
        for (gint64 l = 0; l < k; l++)
          if (s[l] > share * s[0])
            y[i * m + j] += v[i * k + l] / s[l] * u[j * k + l];
      }
}

static REFERENCE (pinv_reference)
{
  const WeftArray *a = inputs[0];
  gint64           m = a->shape[a->rank - 2], n = a->shape[a->rank - 1];

  for (gint64 unit = 0; unit * m * n < a->n_elements; unit++)
    plain_pinv (a, unit, cutoff (&apply->attrs[0], WEFT_F64, m, n),
                (double *) outputs[0]->data + unit * m * n);
}

static const WeftKernel pinv_kernel = {
  .units = weft_call_matrices,
  .run = pinv_run,
  .scratch = pinv_scratch,
  .flops = svd_flops,
};
const WeftOpCode weft_code_pinv = {
  .infer = infer_pinv,
  .reference = pinv_reference,
  .kernel = &pinv_kernel,
};

/* ---- lstsq ---- */

static INFER (infer_lstsq)
{
  const WeftShape *a = &inputs[0].shape, *b = &inputs[1].shape;

  if (!weft_infer_matrix (op, &inputs[0], "a", error))
    return FALSE;
  if (a->rank != 2 || b->rank < 1 || b->rank > 2)
    {
      g_autofree char *text = weft_two_shapes (a, b);

      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: a must be a matrix and b a vector or a matrix, they are %s", op->name,
                   text);
      return FALSE;
    }
  if (weft_dim_differs (a->dims[0], b->dims[0]))
    {
      g_autofree char *text = weft_two_shapes (a, b);
      g_autofree char *what = g_strdup_printf ("rows, of %s", text);

      weft_infer_differ (op, a->dims[0], b->dims[0], what, error);
      return FALSE;
    }
  types[0].dtype = inputs[0].dtype;
  types[0].shape = *b;
  types[0].shape.dims[0] = a->dims[1];
  return TRUE;
}

typedef struct
{
  int   m, n, k, tall; /* a [m, n], b [m, k]; the larger of m and n */
  void *a, *b, *s, *work;
  int  *iwork, n_work;
} Lstsq;

static gint64
lstsq_units (const WeftKernelCall *call)
{
  return 1;
}

static gsize
lstsq_layout (const WeftKernelCall *call, char *at, Lstsq *lstsq)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  double            best[2] = { 0 }, rcond = 0;
  int               query = -1, rank, info, ld_a, ld_b, n_iwork = 0;
  char             *start = at;

  lstsq->m = weft_call_rows (call);
  lstsq->n = weft_call_columns (call);
  lstsq->k = call->in_ranks[1] == 1 ? 1 : call->in_shapes[1][1];
  lstsq->tall = MAX (lstsq->m, lstsq->n);
  ld_a = MAX (lstsq->m, 1);
  ld_b = MAX (lstsq->tall, 1);
  lapack->gelsd (&lstsq->m, &lstsq->n, &lstsq->k, best, &ld_a, best, &ld_b, best, &rcond, &rank,
                 best, &query, &n_iwork, &info);
  lstsq->n_work = MAX (1, (int) weft_load_number (call->out_dtype[0], best, 0));
  lstsq->a = weft_take (&at, (gsize) lstsq->m * lstsq->n * lapack->size);
  lstsq->b = weft_take (&at, (gsize) lstsq->tall * lstsq->k * lapack->size);
  lstsq->s = weft_take (&at, MIN (lstsq->m, lstsq->n) * lapack->size);
  lstsq->work = weft_take (&at, lstsq->n_work * lapack->size);
  lstsq->iwork = weft_take (&at, MAX (1, n_iwork) * sizeof (int));
  return at - start;
}

static gsize
lstsq_scratch (const WeftKernelCall *call)
{
  Lstsq lstsq;

  return lstsq_layout (call, NULL, &lstsq);
}

static void
lstsq_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  WeftDType         dtype = call->out_dtype[0];
  double            share_double;
  float             share_single;
  int               info, rank, ld_a, ld_b;
  gint64            elements = weft_call_rows (call) * weft_call_columns (call);
  Lstsq             lstsq;

  if (begin >= end)
    return;
  lstsq_layout (call, call->scratch, &lstsq);
  share_single = share_double = cutoff (&call->attrs[0], dtype, lstsq.m, lstsq.n);
  ld_a = MAX (lstsq.m, 1);
  ld_b = MAX (lstsq.tall, 1);
  weft_transpose_matrix (dtype, lstsq.a, call->in[0], lstsq.m, lstsq.n);
  for (gint64 i = 0; i < lstsq.m; i++)
    for (gint64 j = 0; j < lstsq.k; j++)
      weft_store_number (dtype, lstsq.b, j * lstsq.tall + i,
                         weft_load_number (dtype, call->in[1], i * lstsq.k + j));
  info = !weft_all_finite (dtype, call->in[0], elements);
  if (elements == 0)
    memset (lstsq.b, 0, (gsize) lstsq.tall * lstsq.k * lapack->size);
  else if (info == 0)
    lapack->gelsd (&lstsq.m, &lstsq.n, &lstsq.k, lstsq.a, &ld_a, lstsq.b, &ld_b, lstsq.s,
                   dtype == WEFT_F32 ? (const void *) &share_single : &share_double, &rank,
                   lstsq.work, &lstsq.n_work, lstsq.iwork, &info);
  for (gint64 i = 0; i < lstsq.n; i++)
    for (gint64 j = 0; j < lstsq.k; j++)
      weft_store_number (dtype, call->out[0], i * lstsq.k + j,
                         info != 0 ? NAN : weft_load_number (dtype, lstsq.b, j * lstsq.tall + i));
}

static REFERENCE (lstsq_reference)
{
  const WeftArray   *a = inputs[0], *b = inputs[1];
  gint64             m = a->shape[0], n = a->shape[1], k = b->rank == 1 ? 1 : b->shape[1];
  g_autofree double *inverse = g_new0 (double, m *n + 1);

  if (m * n > 0)
    plain_pinv (a, 0, cutoff (&apply->attrs[0], WEFT_F64, m, n), inverse);
  weft_plain_product (n, m, k, inverse, b->data, outputs[0]->data);
}

static const WeftKernel lstsq_kernel = {
  .units = lstsq_units,
  .run = lstsq_run,
  .scratch = lstsq_scratch,
  .flops = svd_flops,
};
const WeftOpCode weft_code_lstsq = {
  .infer = infer_lstsq,
  .reference = lstsq_reference,
  .kernel = &lstsq_kernel,
};

/* ---- cofactor ---- */

static gsize
cofactor_layout (const WeftKernelCall *call, char *at, Svd *svd, int **pivots)
{
  gsize bytes = svd_layout (call, "S", TRUE, at, svd);
  char *start = at, *end = at + bytes;

  *pivots = weft_take (&end, svd->n * sizeof (int));
  return end - start;
}

static gsize
cofactor_scratch (const WeftKernelCall *call)
{
  Svd  svd;
  int *pivots;

  return cofactor_layout (call, NULL, &svd, &pivots);
}

/* 1 or -1: the determinant of an orthogonal matrix, which is destroyed in a copy. */
static double
orthogonal_sign (const WeftKernelCall *call, Svd *svd, const void *q, int *pivots)
{
  double sign = 1;
  int    info;

  memcpy (svd->a, q, (gsize) svd->n * svd->n * weft_call_lapack (call)->size);
  weft_call_lapack (call)->getrf (&svd->n, &svd->n, svd->a, &svd->n, pivots, &info);
  for (gint64 i = 0; i < svd->n; i++)
    if ((weft_load_number (call->out_dtype[0], svd->a, i * svd->n + i) < 0) != (pivots[i] != i + 1))
      sign = -sign;
  return sign;
}

/* det (a) a^-T without a division: a = u s v' has the cofactors det (u) det (v) u d v' where d_i is
 * the product of all s but s_i. Whatever the rank. */
static void
cofactor_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  WeftDType         dtype = call->out_dtype[0];
  Svd               svd;
  int              *pivots;

  cofactor_layout (call, call->scratch, &svd, &pivots);
  for (gint64 unit = begin; unit < end && svd.n > 0; unit++)
    {
      char  *y = (char *) call->out[0] + unit * svd.n * svd.n * lapack->size;
      double sign;

      if (!svd_decompose (call, &svd, "S", matrix_at (call, &svd, unit), svd.u, svd.vt))
        {
          weft_fill_nan (dtype, y, (gint64) svd.n * svd.n);
          continue;
        }
      sign =
        orthogonal_sign (call, &svd, svd.u, pivots) * orthogonal_sign (call, &svd, svd.vt, pivots);
      for (gint64 i = 0; i < svd.n; i++)
        {
          double others = sign;

          for (gint64 j = 0; j < svd.n; j++)
            others *= j == i ? 1 : weft_load_number (dtype, svd.s, j);
          scale_row (dtype, &svd, i, others);
        }
      lapack->gemm ("N", "N", &svd.n, &svd.n, &svd.n, lapack->one, svd.vt, &svd.n, svd.u, &svd.n,
                    lapack->zero, y, &svd.n, 1, 1);
    }
}

/* Each the signed determinant of what is left without its row and column. */
static REFERENCE (cofactor_reference)
{
  gint64             n = inputs[0]->shape[inputs[0]->rank - 1];
  g_autofree double *minor = g_new (double, n *n + 1);

  for (gint64 i = 0; i < inputs[0]->n_elements; i++)
    {
      const double *a = (const double *) inputs[0]->data + i / (n * n) * n * n;
      gint64        row = i % (n * n) / n, column = i % n, at = 0;

      for (gint64 j = 0; j < n * n; j++)
        if (j / n != row && j % n != column)
          minor[at++] = a[j];
      weft_array_set (outputs[0], i,
                      ((row + column) % 2 == 0 ? 1 : -1) * weft_plain_det (n - 1, minor));
    }
}

static const WeftKernel cofactor_kernel = {
  .units = weft_call_matrices,
  .run = cofactor_run,
  .scratch = cofactor_scratch,
  .flops = svd_flops,
};
const WeftOpCode weft_code_cofactor = {
  .infer = weft_infer_square_of_square,
  .reference = cofactor_reference,
  .kernel = &cofactor_kernel,
};

/* ---- qr ---- */

static INFER (infer_qr)
{
  const WeftShape *a = &inputs[0].shape;
  WeftDim          m, n, k;

  if (!weft_infer_matrix (op, &inputs[0], "a", error))
    return FALSE;
  m = a->dims[a->rank - 2];
  n = a->dims[a->rank - 1];
  k = g_str_equal (attrs[0].s, "complete") ? m : weft_dim_minimum (m, n);
  types[0].dtype = types[1].dtype = inputs[0].dtype;
  types[0].shape = weft_shape_of_matrices (a, m, k);
  types[1].shape = weft_shape_of_matrices (a, k, n);
  return TRUE;
}

typedef struct
{
  int   m, n, k, columns; /* a [m, n], q [m, columns] */
  void *a, *tau, *work;
  int   n_work;
} Qr;

static gsize
qr_layout (const WeftKernelCall *call, char *at, Qr *qr)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  WeftDType         dtype = call->out_dtype[0];
  double            best[2] = { 0 };
  int               query = -1, info, ld, ld_q;
  char             *start = at;

  qr->m = weft_call_rows (call);
  qr->n = weft_call_columns (call);
  qr->k = MIN (qr->m, qr->n);
  qr->columns = call->out_shape[0][call->out_rank[0] - 1];
  ld = MAX (qr->n, 1);
  ld_q = MAX (qr->columns, 1);
  lapack->gelqf (&qr->n, &qr->m, best, &ld, best, best, &query, &info);
  qr->n_work = MAX (1, (int) weft_load_number (dtype, best, 0));
  lapack->orglq (&qr->columns, &qr->m, &qr->k, best, &ld_q, best, best, &query, &info);
  qr->n_work = MAX (qr->n_work, (int) weft_load_number (dtype, best, 0));
  qr->a = weft_take (&at, (gsize) qr->m * qr->n * lapack->size);
  qr->tau = weft_take (&at, qr->k * lapack->size);
  qr->work = weft_take (&at, qr->n_work * lapack->size);
  return at - start;
}

static gsize
qr_scratch (const WeftKernelCall *call)
{
  Qr qr;

  return qr_layout (call, NULL, &qr);
}

/* To LAPACK, a' = l q' with l = r'. The rows of q' are reflections in the first rows of its
 * answer. */
static void
qr_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  gsize             size = lapack->size;
  int               info, ld, ld_q;
  Qr                qr;

  qr_layout (call, call->scratch, &qr);
  ld = MAX (qr.n, 1);
  ld_q = MAX (qr.columns, 1);
  for (gint64 unit = begin; unit < end; unit++)
    {
      char *q = (char *) call->out[0] + unit * qr.m * qr.columns * size;
      char *r = (char *) call->out[1] + unit * qr.columns * qr.n * size;

      memcpy (qr.a, (const char *) call->in[0] + unit * qr.m * qr.n * size,
              (gsize) qr.m * qr.n * size);
      memset (r, 0, (gsize) qr.columns * qr.n * size);
      if (qr.k == 0)
        {
          weft_fill_identity (call->out_dtype[0], q, qr.m, qr.columns);
          continue;
        }
      lapack->gelqf (&qr.n, &qr.m, qr.a, &ld, qr.tau, qr.work, &qr.n_work, &info);
      for (gint64 i = 0; i < qr.k; i++)
        memcpy (r + (i * qr.n + i) * size, (char *) qr.a + (i * qr.n + i) * size,
                (qr.n - i) * size);
      for (gint64 j = 0; j < qr.m; j++)
        memcpy (q + j * qr.columns * size, (char *) qr.a + j * qr.n * size, qr.k * size);
      lapack->orglq (&qr.columns, &qr.m, &qr.k, q, &ld_q, qr.tau, qr.work, &qr.n_work, &info);
    }
}

static REFERENCE (qr_reference)
{
  const WeftArray   *a = inputs[0];
  gint64             m = a->shape[a->rank - 2], n = a->shape[a->rank - 1];
  gint64             k = outputs[0]->shape[a->rank - 1];
  g_autofree double *q = g_new (double, m *m + 1);
  g_autofree double *r = g_new (double, m *n + 1);

  for (gint64 unit = 0; unit < weft_product (a->shape, a->rank - 2); unit++)
    {
      weft_plain_qr (m, n, (const double *) a->data + unit * m * n, q, r);
      for (gint64 i = 0; i < m; i++)
        memcpy ((double *) outputs[0]->data + (unit * m + i) * k, q + i * m, k * sizeof *q);
      memcpy ((double *) outputs[1]->data + unit * k * n, r, k * n * sizeof *r);
    }
}

static double
qr_flops (const WeftKernelCall *call)
{
  return svd_flops (call) / SVD_FLOPS * 4;
}

static const WeftKernel qr_kernel = {
  .units = weft_call_matrices,
  .run = qr_run,
  .scratch = qr_scratch,
  .flops = qr_flops,
};
const WeftOpCode weft_code_qr = {
  .infer = infer_qr,
  .reference = qr_reference,
  .kernel = &qr_kernel,
};
