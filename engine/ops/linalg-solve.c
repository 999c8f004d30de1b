/* Triangular factors and what is solved with them: cholesky, lu, solve, solve_triangular, inv, det,
 * cofactor, slogdet.
 *
 * One unit is one matrix. A matrix that is singular, or not positive definite, gives NaN for the
 * whole matrix where NumPy raises an error: a stack's other matrices are not lost, and a program
 * does not stop.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/linalg-private.h"

#include <math.h>

/* A cube's worth of work on one matrix, for each of them. */
static double
cubic_flops (const WeftKernelCall *call)
{
  double n = weft_call_rows (call);

  return weft_call_matrices (call) * n * n * n;
}

/* One number a matrix, for each result. */
static INFER (infer_numbers)
{
  if (!weft_infer_square (op, &inputs[0], "a", error))
    return FALSE;
  types[0] = inputs[0];
  types[0].shape.rank -= 2;
  if (op->n_outputs > 1)
    types[1] = types[0];
  return TRUE;
}

/* ---- cholesky ---- */

/* Zeros above the diagonal, or below it. */
static void
clear_triangle (char *a, gint64 n, gsize size, gboolean above)
{
  for (gint64 i = 0; i < n; i++)
    if (above)
      memset (a + (i * n + i + 1) * size, 0, (n - i - 1) * size);
    else
      memset (a + i * n * size, 0, i * size);
}

/* The lower triangle by rows is the upper one by columns. */
static void
cholesky_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  gboolean          upper = call->attrs[0].i;
  gint64            n = weft_call_rows (call);
  int               side = n, ld = MAX (side, 1), info;

  for (gint64 unit = begin; unit < end && n > 0; unit++)
    {
      char *y = (char *) call->out[0] + unit * n * n * lapack->size;

      memcpy (y, (const char *) call->in[0] + unit * n * n * lapack->size, n * n * lapack->size);
      clear_triangle (y, n, lapack->size, !upper);
      lapack->potrf (upper ? "L" : "U", &side, y, &ld, &info, 1);
      if (info != 0)
        weft_fill_nan (call->out_dtype[0], y, n * n);
    }
}

static REFERENCE (cholesky_reference)
{
  gint64             n = inputs[0]->shape[inputs[0]->rank - 1];
  g_autofree double *kept = g_new (double, n *n + 1);
  g_autofree double *l = g_new (double, n *n + 1);

  for (gint64 i = 0; i < inputs[0]->n_elements; i += MAX (n * n, 1))
    {
      const double *a = (const double *) inputs[0]->data + i;
      double       *y = (double *) outputs[0]->data + i;

      if (!apply->attrs[0].i)
        {
          weft_plain_cholesky (n, a, y);
          continue;
        }
      weft_transpose_matrix (WEFT_F64, kept, a, n, n);
      weft_plain_cholesky (n, kept, l);
      weft_transpose_matrix (WEFT_F64, y, l, n, n);
    }
}

static const WeftKernel cholesky_kernel = {
  .units = weft_call_matrices,
  .run = cholesky_run,
  .flops = cubic_flops,
};
const WeftOpCode weft_code_cholesky = {
  .infer = weft_infer_square_of_square,
  .reference = cholesky_reference,
  .kernel = &cholesky_kernel,
};

/* ---- solve and solve_triangular ---- */

/* b is one vector for all matrices where it has one axis, else matrices. */
static INFER (infer_solve)
{
  const WeftShape *a = &inputs[0].shape, *b = &inputs[1].shape;
  WeftShape        batch_a = *a, batch_b = *b, *shape = &types[0].shape;
  gboolean         vector = b->rank == 1;
  g_autofree char *text = NULL;
  g_autofree char *what = NULL;
  guint            axis;

  if (!weft_infer_square (op, &inputs[0], "a", error) ||
      (!vector && !weft_infer_matrix (op, &inputs[1], "b", error)))
    return FALSE;
  text = weft_two_shapes (a, b);
  if (weft_dim_differs (a->dims[a->rank - 1], b->dims[b->rank - (vector ? 1 : 2)]))
    {
      what = g_strdup_printf ("rows, of %s", text);
      weft_infer_differ (op, a->dims[a->rank - 1], b->dims[b->rank - (vector ? 1 : 2)], what,
                         error);
      return FALSE;
    }
  batch_a.rank -= 2;
  batch_b.rank -= vector ? 1 : 2;
  if (!weft_shape_broadcast (&batch_a, &batch_b, shape, &axis))
    {
      what = g_strdup_printf ("batch, of %s", text);
      weft_infer_differ (op, batch_a.dims[batch_a.rank - 1 - axis],
                         batch_b.dims[batch_b.rank - 1 - axis], what, error);
      return FALSE;
    }
  types[0].dtype = inputs[0].dtype;
  shape->dims[shape->rank++] = a->dims[a->rank - 1];
  if (!vector)
    shape->dims[shape->rank++] = b->dims[b->rank - 1];
  return TRUE;
}

typedef struct
{
  gint64 n, k; /* a is [n, n], b is [n, k] */
  guint  batch_rank;
  gint64 units;
} Solve;

static Solve
solve_of (const WeftKernelCall *call)
{
  gboolean vector = call->in_ranks[1] == 1;
  Solve    solve = { .n = weft_call_rows (call), .k = 1 };

  if (!vector)
    solve.k = call->in_shapes[1][call->in_ranks[1] - 1];
  solve.batch_rank = call->out_rank[0] - (vector ? 1 : 2);
  solve.units = weft_product (call->out_shape[0], solve.batch_rank);
  return solve;
}

static gint64
solve_units (const WeftKernelCall *call)
{
  return solve_of (call).units;
}

static double
solve_flops (const WeftKernelCall *call)
{
  Solve  solve = solve_of (call);
  double n = solve.n;

  return solve.units * n * n * (n + 2 * solve.k);
}

static double
triangular_flops (const WeftKernelCall *call)
{
  Solve solve = solve_of (call);

  return (double) solve.units * solve.n * solve.n * solve.k;
}

/* Of one matrix: a copy of it and its pivots. */
static gsize
factor_layout (const WeftKernelCall *call, char *at, void **a, int **pivots)
{
  gint64 n = weft_call_rows (call);
  char  *start = at;

  *a = weft_take (&at, n * n * weft_call_lapack (call)->size);
  *pivots = weft_take (&at, n * sizeof (int));
  return at - start;
}

static gsize
factor_scratch (const WeftKernelCall *call)
{
  void *a;
  int  *pivots;

  return factor_layout (call, NULL, &a, &pivots);
}

static void
swap_rows (char *y, gsize bytes, gint64 i, gint64 j)
{
  for (gsize k = 0; k < bytes && i != j; k++)
    {
      char kept = y[i * bytes + k];

      y[i * bytes + k] = y[j * bytes + k];
      y[j * bytes + k] = kept;
    }
}

/* To LAPACK, a and b are a' and b', and x' a' = b'. With a' = P L U: b' U^-1 L^-1 P^-1, in place.
 */
static void
solve_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  Solve             solve = solve_of (call);
  int               n = solve.n, k = solve.k, ld = MAX (n, 1), ldb = MAX (k, 1), info, *pivots;
  void             *a;

  factor_layout (call, call->scratch, &a, &pivots);
  for (gint64 unit = begin; unit < end && solve.n * k > 0; unit++)
    {
      char *y = (char *) call->out[0] + unit * n * k * lapack->size;

      memcpy (a,
              (const char *) call->in[0] +
                weft_call_offset (call, 0, solve.batch_rank, unit) * lapack->size,
              solve.n * n * lapack->size);
      memcpy (y,
              (const char *) call->in[1] +
                weft_call_offset (call, 1, solve.batch_rank, unit) * lapack->size,
              solve.n * k * lapack->size);
      lapack->getrf (&n, &n, a, &ld, pivots, &info);
      if (info != 0)
        {
          weft_fill_nan (call->out_dtype[0], y, solve.n * k);
          continue;
        }
      lapack->trsm ("R", "U", "N", "N", &k, &n, lapack->one, a, &ld, y, &ldb, 1, 1, 1, 1);
      lapack->trsm ("R", "L", "N", "U", &k, &n, lapack->one, a, &ld, y, &ldb, 1, 1, 1, 1);
      for (int i = n; i-- > 0;)
        swap_rows (y, k * lapack->size, i, pivots[i] - 1);
    }
}

/* Of result @unit, in an array of references: where matrix @which begins. */
static const double *
reference_operand (WeftArray *const *inputs, const WeftArray *y, guint which, gint64 unit)
{
  const WeftArray *x = inputs[which];
  gboolean         vector = inputs[1]->rank == 1;
  guint            batch_rank = y->rank - (vector ? 1 : 2), own = x->rank > 2 ? x->rank - 2 : 0;
  gint64           flat = 0, index[WEFT_MAX_RANK];

  for (guint i = batch_rank; i-- > 0; unit /= y->shape[i])
    index[i] = unit % y->shape[i];
  for (guint i = 0; i < own; i++)
    flat = flat * x->shape[i] + (x->shape[i] == 1 ? 0 : index[batch_rank - own + i]);
  return (const double *) x->data + (own == 0 ? 0 : flat * x->shape[own] * x->shape[own + 1]);
}

/* The triangle of @a that counts, transposed where the attributes say so, in @full [n, n]. */
static void
triangle (const WeftAttr *attrs, gint64 n, const double *a, double *full)
{
  gboolean lower = attrs[1].i, unit = attrs[2].i;

  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      {
        double value = i == j ? (unit ? 1 : a[i * n + j]) : (i > j) == lower ? a[i * n + j]
                                                                             : 0;

        full[attrs[0].i ? j * n + i : i * n + j] = value;
      }
}

static REFERENCE (solve_reference)
{
  const WeftArray   *a = inputs[0], *b = inputs[1];
  gint64             n = a->shape[a->rank - 1], k = b->rank == 1 ? 1 : b->shape[b->rank - 1];
  g_autofree double *full = g_new (double, n *n + 1);

  for (gint64 unit = 0; unit * n * k < outputs[0]->n_elements; unit++)
    {
      const double *matrix = reference_operand (inputs, outputs[0], 0, unit);

      if (apply->op->n_attrs > 0)
        triangle (apply->attrs, n, matrix, full);
      else
        memcpy (full, matrix, n * n * sizeof *full);
      weft_plain_solve (n, k, full, reference_operand (inputs, outputs[0], 1, unit),
                        (double *) outputs[0]->data + unit * n * k);
    }
}

static const WeftKernel solve_kernel = {
  .units = solve_units,
  .run = solve_run,
  .scratch = factor_scratch,
  .flops = solve_flops,
};
const WeftOpCode weft_code_solve = {
  .infer = infer_solve,
  .reference = solve_reference,
  .kernel = &solve_kernel,
};

/* TRUE where the triangle's diagonal has a zero. */
static gboolean
is_singular (const WeftKernelCall *call, const char *a, gint64 n)
{
  for (gint64 i = 0; i < n && !call->attrs[2].i; i++)
    if (weft_load_number (call->out_dtype[0], a, i * n + i) == 0)
      return TRUE;
  return FALSE;
}

/* The matrix is read where it is: its lower triangle is an upper one by columns. */
static void
triangular_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  Solve             solve = solve_of (call);
  int               n = solve.n, k = solve.k, ld = MAX (n, 1), ldb = MAX (k, 1);

  for (gint64 unit = begin; unit < end && solve.n * k > 0; unit++)
    {
      const char *a = (const char *) call->in[0] +
                      weft_call_offset (call, 0, solve.batch_rank, unit) * lapack->size;
      char *y = (char *) call->out[0] + unit * n * k * lapack->size;

      memcpy (y,
              (const char *) call->in[1] +
                weft_call_offset (call, 1, solve.batch_rank, unit) * lapack->size,
              solve.n * k * lapack->size);
      if (is_singular (call, a, n))
        weft_fill_nan (call->out_dtype[0], y, solve.n * k);
      else
        lapack->trsm ("R", call->attrs[1].i ? "U" : "L", call->attrs[0].i ? "T" : "N",
                      call->attrs[2].i ? "U" : "N", &k, &n, lapack->one, a, &ld, y, &ldb, 1, 1, 1,
                      1);
    }
}

static const WeftKernel triangular_kernel = {
  .units = solve_units,
  .run = triangular_run,
  .flops = triangular_flops,
};
const WeftOpCode weft_code_solve_triangular = {
  .infer = infer_solve,
  .reference = solve_reference,
  .kernel = &triangular_kernel,
};

/* ---- inv ---- */

static gsize
inv_layout (const WeftKernelCall *call, char *at, int **pivots, void **work, int *n_work)
{
  int    n = weft_call_rows (call), ld = MAX (n, 1), query = -1, info;
  double size[2] = { 0 };
  char  *start = at;

  weft_call_lapack (call)->getri (&n, size, &ld, &info, size, &query, &info);
  *n_work = MAX (ld, (int) weft_load_number (call->out_dtype[0], size, 0));
  *pivots = weft_take (&at, n * sizeof (int));
  *work = weft_take (&at, *n_work * weft_call_lapack (call)->size);
  return at - start;
}

static gsize
inv_scratch (const WeftKernelCall *call)
{
  int  *pivots, n_work;
  void *work;

  return inv_layout (call, NULL, &pivots, &work, &n_work);
}

static void
inv_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  gint64            elements = weft_call_rows (call) * weft_call_rows (call);
  int               n = weft_call_rows (call), ld = MAX (n, 1), info, *pivots, n_work;
  void             *work;

  inv_layout (call, call->scratch, &pivots, &work, &n_work);
  for (gint64 unit = begin; unit < end && n > 0; unit++)
    {
      char *y = (char *) call->out[0] + unit * elements * lapack->size;

      memcpy (y, (const char *) call->in[0] + unit * elements * lapack->size,
              elements * lapack->size);
      lapack->getrf (&n, &n, y, &ld, pivots, &info);
      if (info == 0)
        lapack->getri (&n, y, &ld, pivots, work, &n_work, &info);
      if (info != 0)
        weft_fill_nan (call->out_dtype[0], y, elements);
    }
}

static REFERENCE (inv_reference)
{
  gint64             n = inputs[0]->shape[inputs[0]->rank - 1];
  g_autofree double *identity = g_new (double, n *n + 1);

  weft_fill_identity (WEFT_F64, identity, n, n);
  for (gint64 i = 0; i < inputs[0]->n_elements; i += n * n)
    weft_plain_solve (n, n, (const double *) inputs[0]->data + i, identity,
                      (double *) outputs[0]->data + i);
}

static const WeftKernel inv_kernel = {
  .units = weft_call_matrices,
  .run = inv_run,
  .scratch = inv_scratch,
  .flops = cubic_flops,
};
const WeftOpCode weft_code_inv = {
  .infer = weft_infer_square_of_square,
  .reference = inv_reference,
  .kernel = &inv_kernel,
};

/* ---- det, slogdet, cofactor ---- */

/* A product of many factors that neither overflows nor underflows on the way. */
typedef struct
{
  double mantissa;
  gint64 exponent;
} Product;

static void
product_multiply (Product *product, double factor)
{
  int exponent;

  product->mantissa = frexp (product->mantissa * factor, &exponent);
  if (isfinite (product->mantissa) && product->mantissa != 0)
    product->exponent += exponent;
}

static double
product_value (const Product *product)
{
  return ldexp (product->mantissa, CLAMP (product->exponent, -5000, 5000));
}

/* The determinant from the factors of a matrix (or its transpose). */
static Product
product_of_factors (WeftDType dtype, const void *a, const int *pivots, gint64 n)
{
  Product product = { 1, 0 };

  for (gint64 i = 0; i < n; i++)
    {
      product_multiply (&product, weft_load_number (dtype, a, i * n + i));
      if (pivots[i] != i + 1)
        product.mantissa = -product.mantissa;
    }
  return product;
}

static void
det_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  WeftDType         dtype = call->out_dtype[0];
  gint64            elements = weft_call_rows (call) * weft_call_rows (call);
  int               n = weft_call_rows (call), ld = MAX (n, 1), info, *pivots;
  void             *a;

  factor_layout (call, call->scratch, &a, &pivots);
  for (gint64 unit = begin; unit < end; unit++)
    {
      Product product;

      if (n > 0)
        {
          memcpy (a, (const char *) call->in[0] + unit * elements * lapack->size,
                  elements * lapack->size);
          lapack->getrf (&n, &n, a, &ld, pivots, &info);
        }
      product = product_of_factors (dtype, a, pivots, n);
      if (call->n_outputs == 1)
        {
          weft_store_number (dtype, call->out[0], unit, product_value (&product));
          continue;
        }
      weft_store_number (dtype, call->out[0], unit,
                         product.mantissa > 0   ? 1
                         : product.mantissa < 0 ? -1
                                                : product.mantissa);
      weft_store_number (dtype, call->out[1], unit,
                         log (fabs (product.mantissa)) + product.exponent * G_LN2);
    }
}

static REFERENCE (det_reference)
{
  gint64 n = inputs[0]->shape[inputs[0]->rank - 1];

  for (gint64 unit = 0; unit < outputs[0]->n_elements; unit++)
    {
      double det = weft_plain_det (n, (const double *) inputs[0]->data + unit * n * n);

      if (apply->n_outputs == 1)
        {
          weft_array_set (outputs[0], unit, det);
          continue;
        }
      weft_array_set (outputs[0], unit, det > 0 ? 1 : det < 0 ? -1
                                                              : det);
      weft_array_set (outputs[1], unit, log (fabs (det)));
    }
}

static const WeftKernel det_kernel = {
  .units = weft_call_matrices,
  .run = det_run,
  .scratch = factor_scratch,
  .flops = cubic_flops,
};
const WeftOpCode weft_code_det = {
  .infer = infer_numbers,
  .reference = det_reference,
  .kernel = &det_kernel,
};

/* ---- lu ---- */

static INFER (infer_lu)
{
  const WeftShape *a = &inputs[0].shape;
  WeftDim          m, n, k;

  if (!weft_infer_matrix (op, &inputs[0], "a", error))
    return FALSE;
  m = a->dims[a->rank - 2];
  n = a->dims[a->rank - 1];
  k = weft_dim_minimum (m, n);
  for (guint i = 0; i < 3; i++)
    types[i].dtype = inputs[0].dtype;
  types[0].shape = weft_shape_of_matrices (a, m, m);
  types[1].shape = weft_shape_of_matrices (a, m, k);
  types[2].shape = weft_shape_of_matrices (a, k, n);
  return TRUE;
}

static gsize
lu_layout (const WeftKernelCall *call, char *at, void **a, int **pivots, int **perm)
{
  gint64 m = weft_call_rows (call), n = weft_call_columns (call);
  char  *start = at;

  *a = weft_take (&at, m * n * weft_call_lapack (call)->size);
  *pivots = weft_take (&at, MIN (m, n) * sizeof (int));
  *perm = weft_take (&at, m * sizeof (int));
  return at - start;
}

static gsize
lu_scratch (const WeftKernelCall *call)
{
  void *a;
  int  *pivots, *perm;

  return lu_layout (call, NULL, &a, &pivots, &perm);
}

static void
lu_permutation (WeftDType dtype, int m, int k, const int *pivots, int *perm, void *p)
{
  for (int i = 0; i < m; i++)
    perm[i] = i;
  for (int i = 0; i < k; i++)
    {
      int kept = perm[i];

      perm[i] = perm[pivots[i] - 1];
      perm[pivots[i] - 1] = kept;
    }
  memset (p, 0, (gsize) m * m * weft_dtype_size (dtype));
  for (int i = 0; i < m; i++)
    weft_store_number (dtype, p, (gint64) perm[i] * m + i, 1);
}

static void
lu_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const WeftLapack *lapack = weft_call_lapack (call);
  WeftDType         dtype = call->out_dtype[0];
  int               m = weft_call_rows (call), n = weft_call_columns (call), k = MIN (m, n);
  int               ld = MAX (m, 1), info, *pivots, *perm;
  void             *a;

  lu_layout (call, call->scratch, &a, &pivots, &perm);
  for (gint64 unit = begin; unit < end; unit++)
    {
      char *l = (char *) call->out[1] + unit * m * k * lapack->size;
      char *u = (char *) call->out[2] + unit * k * n * lapack->size;

      weft_transpose_matrix (dtype, a, (const char *) call->in[0] + unit * m * n * lapack->size, m,
                             n);
      if (k > 0)
        lapack->getrf (&m, &n, a, &ld, pivots, &info);
      lu_permutation (dtype, m, k, pivots, perm,
                      (char *) call->out[0] + unit * m * m * lapack->size);
      for (gint64 i = 0; i < m; i++)
        for (gint64 j = 0; j < k; j++)
          weft_store_number (dtype, l, i * k + j,
                             i > j ? weft_load_number (dtype, a, j * m + i) : i == j);
      for (gint64 i = 0; i < k; i++)
        for (gint64 j = 0; j < n; j++)
          weft_store_number (dtype, u, i * n + j,
                             j >= i ? weft_load_number (dtype, a, j * m + i) : 0);
    }
}

static REFERENCE (lu_reference)
{
  gint64             m = inputs[0]->shape[inputs[0]->rank - 2];
  gint64             n = inputs[0]->shape[inputs[0]->rank - 1], k = MIN (m, n);
  g_autofree double *lu = g_new (double, m *n + 1);
  g_autofree gint64 *perm = g_new (gint64, m + 1);

  for (gint64 unit = 0; unit * m * m < outputs[0]->n_elements; unit++)
    {
      double *p = (double *) outputs[0]->data + unit * m * m;
      double *l = (double *) outputs[1]->data + unit * m * k;
      double *u = (double *) outputs[2]->data + unit * k * n;

      weft_plain_lu (m, n, (const double *) inputs[0]->data + unit * m * n, lu, perm);
      for (gint64 i = 0; i < m; i++)
        {
          p[perm[i] * m + i] = 1;
          for (gint64 j = 0; j < n; j++)
            if (i > j)
              l[i * k + j] = lu[i * n + j];
            else
              u[i * n + j] = lu[i * n + j];
          if (i < k)
            l[i * k + i] = 1;
        }
    }
}

static double
lu_flops (const WeftKernelCall *call)
{
  double m = weft_call_rows (call), n = weft_call_columns (call);

  return weft_call_matrices (call) * m * n * MIN (m, n);
}

static const WeftKernel lu_kernel = {
  .units = weft_call_matrices,
  .run = lu_run,
  .scratch = lu_scratch,
  .flops = lu_flops,
};
const WeftOpCode weft_code_lu = {
  .infer = infer_lu,
  .reference = lu_reference,
  .kernel = &lu_kernel,
};
