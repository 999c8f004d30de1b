/* Operands of a proof: numbers within what their readers are for.
 *
 * Ordinary numbers are of ordinary size, with a 0 or another whole number now and then where a sign
 * or a tie may matter. Extreme rows have some numbers far out among ordinary ones: there a sum
 * overflows, a softmax underflows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/proof-private.h"

#include "engine/ops/domain.h"
#include "engine/tensor/philox.h"

#include <math.h>

/* One in so many ordinary reals is a whole number; one in so many of an extreme row is far out. */
#define WHOLE_EVERY 24
#define FAR_EVERY 3

/* Of parameters, which are small where a model can be trained. */
#define PARAMETER_SCALE 0.125

static const double scales[] = { 100, 1000, 1e4, 1e-30 };

typedef struct
{
  guint64 seed, stream, next;
} Stream;

static double
uniform (Stream *stream)
{
  double u;

  weft_philox_uniform_f64 (stream->seed, stream->stream, stream->next++, 1, &u);
  return u;
}

static double
ordinary (Stream *stream, WeftDomain domain)
{
  double u = uniform (stream), x;

  if (weft_domain_number (domain, u, &x))
    return x;
  if (domain == WEFT_DOMAIN_NONZERO)
    return u < 0.5 ? -0.3 - 5 * u : 0.3 + 5 * (u - 0.5);
  x = uniform (stream);
  return x < 1.0 / WHOLE_EVERY ? floor (5 * u) - 2 : 6 * u - 3;
}

static double
far_out (Stream *stream, WeftDomain domain, double scale)
{
  double u = ordinary (stream, domain);

  switch (domain)
    {
    case WEFT_DOMAIN_UNIT:
      return u < 0 ? -1 + 1e-7 : 1 - 1e-7;
    case WEFT_DOMAIN_PROBABILITY:
      return u < 0.5 ? 1e-7 : 1 - 1e-7;
    case WEFT_DOMAIN_ABOVE_ONE:
      return scale > 1 ? u * scale : 1 + 1e-7;
    case WEFT_DOMAIN_INTS:
    case WEFT_DOMAIN_BOOLS:
    case WEFT_DOMAIN_NONZERO:
    case WEFT_DOMAIN_POSITIVE:
    case WEFT_DOMAIN_NEGATIVE:
    case WEFT_DOMAIN_REALS:
    case WEFT_DOMAIN_SPECIAL:
      break;
    }
  return u * scale;
}

/* A A^T + n I, matrix by matrix. */
static void
draw_definite (Stream *stream, WeftArray *array)
{
  gint64             n = array->shape[array->rank - 1];
  g_autofree double *a = g_new (double, n *n + 1);

  for (gint64 start = 0; start < array->n_elements; start += n * n)
    {
      for (gint64 i = 0; i < n * n; i++)
        a[i] = ordinary (stream, WEFT_DOMAIN_UNIT);
      for (gint64 i = 0; i < n; i++)
        for (gint64 k = 0; k < n; k++)
          {
            double sum = i == k ? (double) n : 0;

            for (gint64 j = 0; j < n; j++)
              sum += a[i * n + j] * a[k * n + j];
            weft_array_set (array, start + i * n + k, sum);
          }
    }
}

static gboolean
is_signed (WeftDType dtype)
{
  return dtype == WEFT_I8 || dtype == WEFT_I16 || dtype == WEFT_I32 || dtype == WEFT_I64;
}

static double
draw_whole (Stream *stream, const WeftProofOperand *operand, WeftDType dtype)
{
  double u = uniform (stream);

  if (operand->limit > 0)
    return floor (u * (double) operand->limit);
  return floor (7 * u) - (is_signed (dtype) ? 3 : 0);
}

static gboolean
is_matrix (const WeftArray *array)
{
  return array->rank >= 2 && array->shape[array->rank - 1] == array->shape[array->rank - 2];
}

WeftArray *
weft_proof_draw (const WeftProofOperand *operand,
                 guint64                 seed,
                 guint                   index,
                 guint                   row,
                 gboolean                extreme,
                 double                 *largest)
{
  const WeftType *type = &operand->input->type;
  Stream          stream = { seed, ((guint64) index << 32) + row, 0 };
  double          scale = scales[row % G_N_ELEMENTS (scales)];
  double          usual = operand->shared != NULL ? PARAMETER_SCALE : 1;
  gint64          shape[WEFT_MAX_RANK];
  gboolean        is_float = weft_dtype_is_float (type->dtype) && operand->limit == 0;
  WeftArray      *array;

  if (!weft_shape_resolve (&type->shape, NULL, shape))
    g_assert_not_reached ();
  array = weft_array_new (type->dtype, type->shape.rank, shape);
  if (is_float && operand->definite && is_matrix (array))
    draw_definite (&stream, array);
  else
    for (gint64 i = 0; i < array->n_elements; i++)
      {
        gboolean is_far = extreme && is_float && uniform (&stream) < 1.0 / FAR_EVERY;
        double   x = type->dtype == WEFT_BOOL ? uniform (&stream) < 0.5
                     : !is_float              ? draw_whole (&stream, operand, type->dtype)
                     : is_far                 ? far_out (&stream, operand->domain, scale)
                                              : usual * ordinary (&stream, operand->domain);

        weft_array_set (array, i, x);
        *largest = MAX (*largest, fabs (x));
      }
  return array;
}
