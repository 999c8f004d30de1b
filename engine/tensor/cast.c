/* Casting arrays between all element types.
 *
 * Goes by tiles through f64 (where a float is read or made from one) or i64 (between integers), so
 * a cast is two loops of a table instead of one of 169. What does not fit saturates; NaN becomes 0
 * as an integer and true as a bool, as in NumPy.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/array-private.h"

#include <string.h>

/* Both halves of a tile stay in the first-level cache. */
#define TILE 1024

/* ---- Half precision ---- */

static float
float_of_bits (guint32 bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static guint32
bits_of_float (float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static double
f16_to_f64 (guint16 half)
{
  guint32 sign = (guint32) (half & 0x8000) << 16;
  guint32 exponent = (half >> 10) & 31;
  guint32 fraction = half & 0x3ff;
  float   magnitude;

  if (exponent == 31)
    magnitude = float_of_bits (0x7f800000 | fraction << 13);
  else if (exponent == 0)
    magnitude = (float) fraction * 0x1p-24f;
  else
    magnitude = float_of_bits ((exponent + 112) << 23 | fraction << 13);
  return float_of_bits (bits_of_float (magnitude) | sign);
}

/* Rounds to nearest, ties to even; beyond 65504 gives infinity. */
static guint16
f16_of_f64 (double value)
{
  double  magnitude = __builtin_fabs (value);
  guint16 sign = __builtin_signbit (value) ? 0x8000 : 0;
  int     exponent;
  double  unit;
  guint32 steps;

  if (magnitude != magnitude)
    return sign | 0x7e00;
  if (magnitude >= 65520.0) /* halfway between the largest number and what would come next */
    return sign | 0x7c00;
  if (magnitude < 0x1p-14)
    return sign | (guint16) __builtin_rint (magnitude *
                                            0x1p24); /* 0x400, rounded up, is the smallest normal */
  exponent = __builtin_ilogb (magnitude);
  unit = __builtin_ldexp (1.0, exponent - 10);
  steps =
    (guint32) __builtin_rint (magnitude / unit); /* 1024..2048; 2048 carries into the exponent */
  return sign | (guint16) (((exponent + 14) << 10) + steps);
}

static double
bf16_to_f64 (guint16 half)
{
  return float_of_bits ((guint32) half << 16);
}

/* Rounds the double once: going through f32 would round twice. */
static guint16
bf16_of_f64 (double value)
{
  float   near = (float) value;
  guint32 bits = bits_of_float (near);
  guint32 half = bits >> 16, low = bits & 0xffff;

  if (value != value)
    return half | 0x40;
  if (low == 0x8000) /* a tie in f32: the double decides if it was none before */
    {
      double beyond = __builtin_fabs (value) - __builtin_fabs ((double) near);

      half += beyond > 0 || (beyond == 0 && (half & 1));
    }
  else
    half += low > 0x8000;
  return (guint16) half;
}

/* ---- Between a tile and elements ---- */

#define READ(TYPE, OUT)                      \
  for (gsize i = 0; i < n; i++)              \
    out[i] = (OUT) ((const TYPE *) data)[i]; \
  break

void
weft_elements_to_f64 (WeftDType dtype, const void *data, gsize n, double *out)
{
  switch (dtype)
    {
    case WEFT_BOOL:
      for (gsize i = 0; i < n; i++)
        out[i] = ((const guint8 *) data)[i] != 0;
      break;
    case WEFT_U8:
      READ (guint8, double);
    case WEFT_I8:
      READ (gint8, double);
    case WEFT_U16:
      READ (guint16, double);
    case WEFT_I16:
      READ (gint16, double);
    case WEFT_U32:
      READ (guint32, double);
    case WEFT_I32:
      READ (gint32, double);
    case WEFT_U64:
      READ (guint64, double);
    case WEFT_I64:
      READ (gint64, double);
    case WEFT_F32:
      READ (float, double);
    case WEFT_F64:
      READ (double, double);
    case WEFT_F16:
      for (gsize i = 0; i < n; i++)
        out[i] = f16_to_f64 (((const guint16 *) data)[i]);
      break;
    case WEFT_BF16:
      for (gsize i = 0; i < n; i++)
        out[i] = bf16_to_f64 (((const guint16 *) data)[i]);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* Towards zero, saturating; NaN gives 0. */
static gint64
i64_of_f64 (double value)
{
  if (value != value)
    return 0;
  if (value >= 0x1p63)
    return G_MAXINT64;
  return value <= -0x1p63 ? G_MININT64 : (gint64) value;
}

void
weft_elements_to_i64 (WeftDType dtype, const void *data, gsize n, gint64 *out)
{
  switch (dtype)
    {
    case WEFT_BOOL:
      for (gsize i = 0; i < n; i++)
        out[i] = ((const guint8 *) data)[i] != 0;
      break;
    case WEFT_U8:
      READ (guint8, gint64);
    case WEFT_I8:
      READ (gint8, gint64);
    case WEFT_U16:
      READ (guint16, gint64);
    case WEFT_I16:
      READ (gint16, gint64);
    case WEFT_U32:
      READ (guint32, gint64);
    case WEFT_I32:
      READ (gint32, gint64);
    case WEFT_I64:
      READ (gint64, gint64);
    case WEFT_U64:
      for (gsize i = 0; i < n; i++)
        out[i] = (gint64) MIN (((const guint64 *) data)[i], (guint64) G_MAXINT64);
      break;
    case WEFT_F16:
    case WEFT_BF16:
    case WEFT_F32:
    case WEFT_F64:
      for (gsize i = 0; i < n; i++)
        {
          double value;

          weft_elements_to_f64 (dtype, (const char *) data + i * weft_dtype_size (dtype), 1,
                                &value);
          out[i] = i64_of_f64 (value);
        }
      break;
    default:
      g_assert_not_reached ();
    }
}

#define WRITE_INT(TYPE, LOW, HIGH)                                                \
  for (gsize i = 0; i < n; i++)                                                   \
    ((TYPE *) data)[i] = (TYPE) (in[i] < (LOW) ? (LOW) : in[i] > (HIGH) ? (HIGH)  \
                                                                        : in[i]); \
  break

#define WRITE_FLOAT(TYPE)              \
  for (gsize i = 0; i < n; i++)        \
    ((TYPE *) data)[i] = (TYPE) in[i]; \
  break

void
weft_elements_from_i64 (WeftDType dtype, void *data, gsize n, const gint64 *in)
{
  switch (dtype)
    {
    case WEFT_BOOL:
      for (gsize i = 0; i < n; i++)
        ((guint8 *) data)[i] = in[i] != 0;
      break;
    case WEFT_U8:
      WRITE_INT (guint8, 0, G_MAXUINT8);
    case WEFT_I8:
      WRITE_INT (gint8, G_MININT8, G_MAXINT8);
    case WEFT_U16:
      WRITE_INT (guint16, 0, G_MAXUINT16);
    case WEFT_I16:
      WRITE_INT (gint16, G_MININT16, G_MAXINT16);
    case WEFT_U32:
      WRITE_INT (guint32, 0, (gint64) G_MAXUINT32);
    case WEFT_I32:
      WRITE_INT (gint32, G_MININT32, G_MAXINT32);
    case WEFT_I64:
      memcpy (data, in, n * sizeof *in);
      break;
    case WEFT_U64:
      for (gsize i = 0; i < n; i++)
        ((guint64 *) data)[i] = (guint64) MAX (in[i], 0);
      break;
    case WEFT_F32:
      WRITE_FLOAT (float);
    case WEFT_F64:
      WRITE_FLOAT (double);
    case WEFT_F16:
    case WEFT_BF16:
      for (gsize i = 0; i < n; i++)
        ((guint16 *) data)[i] =
          dtype == WEFT_F16 ? f16_of_f64 ((double) in[i]) : bf16_of_f64 ((double) in[i]);
      break;
    default:
      g_assert_not_reached ();
    }
}

void
weft_elements_from_f64 (WeftDType dtype, void *data, gsize n, const double *in)
{
  switch (dtype)
    {
    case WEFT_F32:
      WRITE_FLOAT (float);
    case WEFT_F64:
      memcpy (data, in, n * sizeof *in);
      break;
    case WEFT_F16:
      for (gsize i = 0; i < n; i++)
        ((guint16 *) data)[i] = f16_of_f64 (in[i]);
      break;
    case WEFT_BF16:
      for (gsize i = 0; i < n; i++)
        ((guint16 *) data)[i] = bf16_of_f64 (in[i]);
      break;
    case WEFT_BOOL:
      for (gsize i = 0; i < n; i++)
        ((guint8 *) data)[i] = in[i] != 0;
      break;
    case WEFT_U64: /* the only integers beyond i64 */
      for (gsize i = 0; i < n; i++)
        ((guint64 *) data)[i] = in[i] >= 0x1p64 ? G_MAXUINT64 : in[i] > 0 ? (guint64) in[i]
                                                                          : 0;
      break;
    case WEFT_U8:
    case WEFT_I8:
    case WEFT_U16:
    case WEFT_I16:
    case WEFT_U32:
    case WEFT_I32:
    case WEFT_I64:
      for (gsize i = 0; i < n; i++)
        {
          gint64 whole = i64_of_f64 (in[i]);

          weft_elements_from_i64 (dtype, (char *) data + i * weft_dtype_size (dtype), 1, &whole);
        }
      break;
    default:
      g_assert_not_reached ();
    }
}

/* The way of all picture data: a loop of its own that the compiler turns into vectors. */
static void
u8_to_f32 (const guint8 *restrict from, float *restrict to, gsize n)
{
  for (gsize i = 0; i < n; i++)
    to[i] = from[i];
}

void
weft_convert (WeftDType to, void *out, WeftDType from, const void *in, gsize n)
{
  gboolean whole = !weft_dtype_is_float (from) && !weft_dtype_is_float (to);
  union
  {
    double f64[TILE];
    gint64 i64[TILE];
  } tile;

  if (from == to)
    {
      memcpy (out, in, n * weft_dtype_size (to));
      return;
    }
  if (from == WEFT_U8 && to == WEFT_F32)
    {
      u8_to_f32 (in, out, n);
      return;
    }
  for (gsize done = 0; done < n; done += TILE)
    {
      gsize       take = MIN (n - done, TILE);
      const char *source = (const char *) in + done * weft_dtype_size (from);
      char       *target = (char *) out + done * weft_dtype_size (to);

      if (whole)
        {
          weft_elements_to_i64 (from, source, take, tile.i64);
          weft_elements_from_i64 (to, target, take, tile.i64);
        }
      else
        {
          weft_elements_to_f64 (from, source, take, tile.f64);
          weft_elements_from_f64 (to, target, take, tile.f64);
        }
    }
}

/**
 * weft_array_cast:
 *
 * A copy of @array in another element type. Floats become integers by cutting the fraction off;
 * what does not fit takes the nearest value there is; NaN gives 0, as a bool true. Any thread.
 *
 * Returns: (transfer full): the copy
 */
WeftArray *
weft_array_cast (const WeftArray *array, WeftDType dtype)
{
  WeftArray *copy = weft_array_new (dtype, array->rank, array->shape);

  weft_convert (dtype, copy->data, array->dtype, array->data, (gsize) array->n_elements);
  return copy;
}
