/* Random rows whose parameters are numbers, permutations and dropout: type rules and kernels.
 *
 * An element's number depends on the call's seed (of the stream), its step and the element's flat
 * position only, so that any way of sharing out the elements gives the same numbers. There is no
 * reference beyond that: the definition is Philox.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/draws.h"
#include "engine/ops/random-private.h"
#include "engine/ops/thread-text.h"
#include "engine/tensor/philox.h"

#include <math.h>

#include "engine/tensor/philox-block.h"

/* Elements a unit draws; a multiple of the numbers of one Philox block. */
#define BLOCK 1024

static gboolean
check_float (const WeftOp *op, WeftDType dtype, GError **error)
{
  if (weft_dtype_is_float (dtype))
    return TRUE;
  g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE, "%s: draws f32 or f64, not %s",
               op->name, weft_dtypes[dtype].name);
  return FALSE;
}

/* No axis may have a negative size. Errors: WEFT_TYPE_ERROR_SHAPE. */
gboolean
weft_random_check_shape (const WeftOp *op, const WeftShape *shape, GError **error)
{
  for (guint i = 0; i < shape->rank; i++)
    if (weft_dim_is_number (shape->dims[i]) && shape->dims[i].offset < 0)
      {
        g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                     "%s: axis %u has the negative size %" G_GINT64_FORMAT, op->name, i,
                     shape->dims[i].offset);
        return FALSE;
      }
  return TRUE;
}

/* The last attribute of a random row: with a number there, draws depend on it and the step alone.
 * Source: the finaliser of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195). */
guint64
weft_random_seed_of (const WeftKernelCall *call)
{
  const WeftAttr *seed = &call->attrs[call->op->n_attrs - 1];
  guint64         z;

  if (seed->kind == WEFT_ATTR_NONE)
    return call->seed;
  z = (guint64) seed->i + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/* ---- By numbers ---- */

static INFER (random_infer)
{
  gint low = weft_op_attr_index (op, "low");

  types[0].dtype = weft_dtypes[attrs[op->n_attrs - 2].i].compute;
  types[0].shape = *attrs[0].dims;
  if (!weft_random_check_shape (op, &types[0].shape, error))
    return FALSE;
  if (low >= 0 && !(attrs[low].f <= attrs[low + 1].f))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                   "%s: low = %g is above high = %g", op->name, attrs[low].f, attrs[low + 1].f);
      return FALSE;
    }
  return check_float (op, types[0].dtype, error);
}

static gint64
random_units (const WeftKernelCall *call)
{
  return (weft_product (call->out_shape[0], call->out_rank[0]) + BLOCK - 1) / BLOCK;
}

static void
draw (
  WeftDType dtype, gboolean normal, guint64 seed, guint64 step, gint64 first, gint64 n, void *out)
{
  if (dtype == WEFT_F64)
    (normal ? weft_philox_normal_f64 : weft_philox_uniform_f64) (seed, step, first, n, out);
  else
    (normal ? weft_philox_normal_f32 : weft_philox_uniform_f32) (seed, step, first, n, out);
}

/* Numbers in (0, 1) without the ends: 32 bits each, or 52 where @wide. @first is a multiple of 4.
 */
static void
open_uniforms (guint64 seed, guint64 step, gboolean wide, gint64 first, gint64 n, double *out)
{
  guint per = wide ? 2 : 4;

  for (gint64 i = 0; i < n; i += per)
    {
      guint32 words[4];
      double  block[4];

      weft_philox (seed, step, (first + i) / per, words);
      (wide ? weft_open_block_f64 : weft_open_block_f32) (words, block);
      for (guint k = 0; k < per && i + k < n; k++)
        out[i + k] = block[k];
    }
}

/* The quantile of the standard distribution. */
static double
quantile (const WeftKernelCall *call, double u)
{
  switch ((guint) call->op->id)
    {
    case WEFT_OP_EXPONENTIAL:
      return -log (u);
    case WEFT_OP_LAPLACE:
      return u < 0.5 ? log (2 * u) : -log (2 * (1 - u));
    case WEFT_OP_CAUCHY:
      return u < 0.25 || u > 0.75 ? -1 / tan (G_PI * u) : tan (G_PI * (u - 0.5));
    case WEFT_OP_GUMBEL:
      return -log (-log (u));
    default:
      return weft_truncated_normal (u, call->attrs[3].f, call->attrs[4].f);
    }
}

static void
draw_quantiles (const WeftKernelCall *call, gint64 first, gint64 n, void *out)
{
  double   u[BLOCK];
  gboolean wide = call->out_dtype[0] == WEFT_F64;

  for (gint64 at = 0; at < n; at += BLOCK)
    {
      gint64 m = MIN (n - at, BLOCK);

      open_uniforms (weft_random_seed_of (call), call->step, wide, first + at, m, u);
      for (gint64 i = 0; i < m; i++)
        if (wide)
          ((double *) out)[at + i] = quantile (call, u[i]);
        else
          ((float *) out)[at + i] = (float) quantile (call, u[i]);
    }
}

/* x = a + b * x, or x < a where @compare. */
static void
finish (WeftDType dtype, void *data, gint64 n, double a, double b, gboolean compare)
{
  if (dtype == WEFT_F64)
    for (gint64 i = 0; i < n; i++)
      ((double *) data)[i] = compare ? ((double *) data)[i] < a : a + b * ((double *) data)[i];
  else
    for (gint64 i = 0; i < n; i++)
      ((float *) data)[i] =
        compare ? ((float *) data)[i] < (float) a : (float) a + (float) b * ((float *) data)[i];
}

static void
random_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gint64 total = weft_product (call->out_shape[0], call->out_rank[0]), first = begin * BLOCK,
         n = MIN (end * BLOCK, total) - first;
  WeftDType       dtype = call->out_dtype[0];
  char           *out = (char *) call->out[0] + first * weft_dtype_size (dtype);
  const WeftAttr *p = call->attrs + 1;
  guint           id = call->op->id;

  if (id == WEFT_OP_UNIFORM || id == WEFT_OP_NORMAL || id == WEFT_OP_BERNOULLI)
    draw (dtype, id == WEFT_OP_NORMAL, weft_random_seed_of (call), call->step, first, n, out);
  else
    draw_quantiles (call, first, n, out);
  if (id == WEFT_OP_BERNOULLI)
    finish (dtype, out, n, p[0].f, 0, TRUE);
  else if (id == WEFT_OP_UNIFORM)
    finish (dtype, out, n, p[0].f, p[1].f - p[0].f, FALSE);
  else if (id == WEFT_OP_EXPONENTIAL)
    finish (dtype, out, n, 0, p[0].f, FALSE);
  else
    finish (dtype, out, n, p[0].f, p[1].f, FALSE);
}

/* ---- On a device: a thread a block of Philox ---- */

/* Declares u[], the numbers of block i: uniform, standard normal, or open (in (0, 1), double).
 * Returns how many there are. */
static guint
block_text (const WeftKernelCall *call, gboolean seeded, const char *kind, WeftThreadText *text)
{
  const char *type = call->out_dtype[0] == WEFT_F64 ? "f64" : "f32";
  guint       n = call->out_dtype[0] == WEFT_F64 ? 2 : 4;
  gboolean    open = g_str_equal (kind, "open");

  weft_thread_line (text, "unsigned words[4];");
  if (seeded)
    weft_thread_line (text, "weft_philox_block (0x%" G_GINT64_MODIFIER "xULL, step, i, words);",
                      weft_random_seed_of (call));
  else
    weft_thread_line (text, "weft_philox_block (seed, step, i, words);");
  weft_thread_line (text, "%s u[%u];", open || n == 2 ? "double" : "float", n);
  weft_thread_line (text, "weft_%s_block_%s (words, u);", kind, type);
  text->n = (weft_product (call->out_shape[0], call->out_rank[0]) + n - 1) / n;
  return n;
}

/* Writes @value, an expression over u[k] and place, for the numbers of the block. */
static void
block_result (const WeftKernelCall *call, guint n, const char *value, WeftThreadText *text)
{
  gint64 total = weft_product (call->out_shape[0], call->out_rank[0]);

  weft_thread_line (text, "#pragma unroll");
  weft_thread_line (text, "for (int k = 0; k < %u; k++)", n);
  weft_thread_line (text, "  {");
  weft_thread_line (text, "    const auto place = i * %u + k;", n);
  if (total % n != 0)
    weft_thread_line (text, "    if (place < %" G_GINT64_FORMAT ")", total);
  weft_thread_line (text, "    %sout0[place] = %s;", total % n != 0 ? "  " : "", value);
  weft_thread_line (text, "  }");
}

/* The quantile of u[k], as quantile () has it; NULL: there is no text. */
static const char *
quantile_text (guint op)
{
  switch (op)
    {
    case WEFT_OP_EXPONENTIAL:
      return "-log (u[k])";
    case WEFT_OP_LAPLACE:
      return "(u[k] < 0.5 ? log (2 * u[k]) : -log (2 * (1 - u[k])))";
    case WEFT_OP_CAUCHY:
      return "(u[k] < 0.25 || u[k] > 0.75 ? -1 / tan (3.14159265358979323846 * u[k])"
             " : tan (3.14159265358979323846 * (u[k] - 0.5)))";
    case WEFT_OP_GUMBEL:
      return "-log (-log (u[k]))";
    default:
      return NULL;
    }
}

static gboolean
random_text (const WeftKernelCall *call, guint launch, WeftThreadText *text)
{
  const WeftAttr  *p = call->attrs + 1;
  guint            id = call->op->id, n;
  gboolean         plain = id == WEFT_OP_UNIFORM || id == WEFT_OP_NORMAL || id == WEFT_OP_BERNOULLI;
  gboolean         seeded = call->attrs[call->op->n_attrs - 1].kind != WEFT_ATTR_NONE;
  double           a = id == WEFT_OP_EXPONENTIAL ? 0 : p[0].f;
  double           b = id == WEFT_OP_EXPONENTIAL ? p[0].f : id == WEFT_OP_UNIFORM ? p[1].f - p[0].f
                                                                                  : p[1].f;
  char             first[WEFT_THREAD_NUMBER], factor[WEFT_THREAD_NUMBER];
  g_autofree char *value = NULL;

  if (launch > 0 || (!plain && quantile_text (id) == NULL))
    return FALSE;
  n = block_text (call, seeded, !plain ? "open" : id == WEFT_OP_NORMAL ? "normal"
                                                                       : "uniform",
                  text);
  weft_thread_number (a, first);
  weft_thread_number (b, factor);
  if (id == WEFT_OP_BERNOULLI)
    value = g_strdup_printf ("u[k] < (R) %s", first);
  else
    value = g_strdup_printf ("(R) %s + (R) %s * (R) %s", first, factor,
                             plain ? "u[k]" : quantile_text (id));
  block_result (call, n, value, text);
  return TRUE;
}

/* Ten rounds of two wide products for four numbers, and the rest. */
static double
random_flops (const WeftKernelCall *call)
{
  return 12.0 * weft_product (call->out_shape[0], call->out_rank[0]);
}

static const WeftKernel random_kernel = { .units = random_units,
                                          .run = random_run,
                                          .flops = random_flops,
                                          .text = random_text };

/* ---- Permutations ---- */

static INFER (permutation_infer)
{
  types[0].dtype = WEFT_I64;
  types[0].shape = *attrs[0].dims;
  return weft_random_check_shape (op, &types[0].shape, error);
}

/* Fisher and Yates' shuffle is one chain. */
static gint64
permutation_units (const WeftKernelCall *call)
{
  return 1;
}

static void
permutation_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  WeftSource source;
  gint64    *out = call->out[0];

  weft_source_init (&source, weft_random_seed_of (call), call->step, 0);
  for (gint64 i = 0; i < call->out_shape[0][0]; i++)
    {
      gint64 other = weft_draw_integer (&source, 0, i + 1);

      out[i] = out[other];
      out[other] = i;
    }
}

static const WeftKernel permutation_kernel = { .units = permutation_units,
                                               .run = permutation_run,
                                               .flops = random_flops };

/* ---- Dropout ---- */

static INFER (dropout_infer)
{
  types[0].dtype = inputs[0].dtype;
  types[0].shape = inputs[0].shape;
  return TRUE;
}

static void
dropout_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gint64 total = weft_product (call->out_shape[0], call->out_rank[0]), first = begin * BLOCK,
         n = MIN (end * BLOCK, total) - first;
  double rate = call->attrs[0].f;

  draw (call->out_dtype[0], FALSE, call->seed, call->step, first, n,
        (char *) call->out[0] + first * weft_dtype_size (call->out_dtype[0]));
  if (call->out_dtype[0] == WEFT_F64)
    {
      const double *x = (const double *) call->in[0] + first;
      double       *y = (double *) call->out[0] + first, scale = 1 / (1 - rate);

      for (gint64 i = 0; i < n; i++)
        y[i] = y[i] < rate ? 0 : x[i] * scale;
    }
  else
    {
      const float *x = (const float *) call->in[0] + first;
      float       *y = (float *) call->out[0] + first, limit = rate, scale = 1 / (1 - rate);

      for (gint64 i = 0; i < n; i++)
        y[i] = y[i] < limit ? 0 : x[i] * scale;
    }
}

static gboolean
dropout_text (const WeftKernelCall *call, guint launch, WeftThreadText *text)
{
  double           rate = call->attrs[0].f;
  char             limit[WEFT_THREAD_NUMBER], scale[WEFT_THREAD_NUMBER];
  g_autofree char *value = NULL;

  if (launch > 0)
    return FALSE;
  weft_thread_number (rate, limit);
  weft_thread_number (1 / (1 - rate), scale);
  value = g_strdup_printf ("u[k] < (R) %s ? (R) 0 : in0[place] * (R) %s", limit, scale);
  block_result (call, block_text (call, FALSE, "uniform", text), value, text);
  return TRUE;
}

static const WeftKernel dropout_kernel = { .units = random_units,
                                           .run = dropout_run,
                                           .flops = random_flops,
                                           .text = dropout_text };

/* ---- What the rows name ---- */

const WeftOpCode weft_code_random = { .infer = random_infer, .kernel = &random_kernel };
const WeftOpCode weft_code_permutation = { .infer = permutation_infer,
                                           .kernel = &permutation_kernel };
const WeftOpCode weft_code_dropout = { .infer = dropout_infer, .kernel = &dropout_kernel };
