/* The product in BLAS's form: alpha * (a @ b) + beta * c.
 *
 * The type rule and the definition are those of matmul, with c repeated to the product's shape. It
 * has no kernel here: a program gives it to BLAS, which may write over c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"

extern const WeftOpCode weft_code_matmul;

enum
{
  INPUT_A,
  INPUT_B,
  INPUT_C,
  INPUT_ALPHA,
  INPUT_BETA,
};

static gboolean
is_single_number (const WeftOp *op, const WeftType *type, const char *name, GError **error)
{
  g_autofree char *text = NULL;

  if (type->shape.rank == 0)
    return TRUE;
  text = weft_shape_to_string (&type->shape);
  g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
               "%s: %s must be a single number, it is %s", op->name, name, text);
  return FALSE;
}

/* Sizes that are known at the call only must be the same ones: c never makes the product larger. */
static gboolean
repeats_to (const WeftOp *op, const WeftShape *c, const WeftShape *whole, GError **error)
{
  if (!weft_infer_broadcast (op, c, whole, error))
    return FALSE;
  for (guint i = 0; i < c->rank; i++)
    {
      WeftDim a = c->dims[i], b = whole->dims[whole->rank - c->rank + i];

      if (!weft_dim_equal (a, b) && !weft_dim_equal (a, weft_dim (1)))
        {
          weft_infer_differ (op, a, b, "c and the product", error);
          return FALSE;
        }
    }
  return TRUE;
}

static INFER (infer_gemm)
{
  return weft_code_matmul.infer (op, attrs, 2, inputs, types, error) &&
         repeats_to (op, &inputs[INPUT_C].shape, &types[0].shape, error) &&
         is_single_number (op, &inputs[INPUT_ALPHA], "alpha", error) &&
         is_single_number (op, &inputs[INPUT_BETA], "beta", error);
}

/* The element of @c that is repeated to element @index of an array of @shape. */
static double
repeated_element (const WeftArray *c, const WeftArray *whole, gint64 index)
{
  gint64 position = 0, stride = 1;

  for (guint i = 0; i < whole->rank; i++)
    {
      gint64 at = index % whole->shape[whole->rank - 1 - i];
      gint64 size = i < c->rank ? c->shape[c->rank - 1 - i] : 1;

      index /= whole->shape[whole->rank - 1 - i];
      position += size == 1 ? 0 : at * stride;
      stride *= size;
    }
  return ((const double *) c->data)[position];
}

static REFERENCE (gemm_reference)
{
  double  alpha = weft_array_get (inputs[INPUT_ALPHA], 0);
  double  beta = weft_array_get (inputs[INPUT_BETA], 0);
  double *y = outputs[0]->data;

  weft_code_matmul.reference (apply, inputs, outputs);
  for (gint64 i = 0; i < outputs[0]->n_elements; i++)
    y[i] = alpha * y[i] + beta * repeated_element (inputs[INPUT_C], outputs[0], i);
}

const WeftOpCode weft_code_gemm = { .infer = infer_gemm, .reference = gemm_reference };
