/* Rejection and inversion, in double, over the source of one element.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/draws.h"
#include "engine/ops/special.h"
#include "engine/tensor/philox.h"

#include <math.h>

/* Blocks of four words that belong to one element; rejection needs three on average. */
#define BLOCK_BITS 16

#define LOG_SQRT_2PI 0.918938533204672741780
#define SQRT_HALF 0.707106781186547524401

/* ---- Random bits of one element ---- */

/* Starts the part of (@seed, @stream) that belongs to @element, below 2**48. */
void
weft_source_init (WeftSource *source, guint64 seed, guint64 stream, guint64 element)
{
  source->seed = seed;
  source->stream = stream;
  source->block = element << BLOCK_BITS;
  source->n_left = 0;
  source->has_spare = FALSE;
}

static guint64
next_word64 (WeftSource *source)
{
  const guint32 *words;

  if (source->n_left == 0)
    {
      weft_philox (source->seed, source->stream, source->block++, source->words);
      source->n_left = 4;
    }
  source->n_left -= 2;
  words = source->words + source->n_left;
  return (guint64) words[1] << 32 | words[0];
}

/* In (0, 1), 52 bits: neither end is possible, and 1 - u is exact. */
double
weft_source_uniform (WeftSource *source)
{
  return ((double) (next_word64 (source) >> 12) + 0.5) * 0x1p-52;
}

/* Standard normal.
 * Source: Box & Muller 1958, "A note on the generation of random normal deviates". */
double
weft_source_normal (WeftSource *source)
{
  double radius, angle;

  source->has_spare = !source->has_spare;
  if (!source->has_spare)
    return source->spare;
  radius = sqrt (-2 * log (weft_source_uniform (source)));
  angle = 2 * G_PI * weft_source_uniform (source);
  source->spare = radius * sin (angle);
  return radius * cos (angle);
}

/* ---- Gamma ---- */

/* Of @shape > 0 and scale 1.
 * Source: Marsaglia & Tsang 2000, doi:10.1145/358407.358414; shapes below 1 by its section 6. */
double
weft_draw_gamma (WeftSource *source, double shape)
{
  double lift = shape < 1 ? pow (weft_source_uniform (source), 1 / shape) : 1;
  double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / sqrt (9 * d);

  for (;;)
    {
      double x = weft_source_normal (source), v = 1 + c * x, u;

      if (v <= 0)
        continue;
      v = v * v * v;
      u = weft_source_uniform (source);
      if (u < 1 - 0.0331 * x * x * x * x || log (u) < 0.5 * x * x + d * (1 - v + log (v)))
        return d * v * lift;
    }
}

/* ---- Poisson and binomial ---- */

/* log (k!) less Stirling's formula. */
static double
stirling_rest (double k)
{
  double r;

  if (k < 16)
    return weft_special_lgamma (k + 1) - (k > 0 ? (k + 0.5) * log (k) - k : 0) - LOG_SQRT_2PI;
  r = 1 / (k * k);
  return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - r / 1680) * r) * r) / k;
}

/* k log (k / mean) - (k - mean), for k near a large mean too. */
static double
deviance (double k, double mean)
{
  return k == 0 ? mean : k * log1p ((k - mean) / mean) - (k - mean);
}

static double
log_poisson_mass (double k, double rate)
{
  return -deviance (k, rate) - LOG_SQRT_2PI - stirling_rest (k) - (k > 0 ? 0.5 * log (k) : 0);
}

/* Source: Loader 2000, "Fast and accurate computation of binomial probabilities". */
static double
log_binomial_mass (double k, double n, double p)
{
  if (k == 0 || k == n)
    return k == 0 ? n * log1p (-p) : n * log (p);
  return stirling_rest (n) - stirling_rest (k) - stirling_rest (n - k) - deviance (k, n * p) -
         deviance (n - k, n * (1 - p)) + 0.5 * log (n / (k * (n - k))) - LOG_SQRT_2PI;
}

/* Below this mean masses are added up from 0; the paper's methods hold from it on. */
#define SMALL_MEAN 10

/* Source: Hoermann 1993, "The transformed rejection method for generating Poisson random
 * variables", doi:10.1016/0167-6687(93)90997-4, algorithm PTRS. */
static double
poisson_large (WeftSource *source, double rate)
{
  double b = 0.931 + 2.53 * sqrt (rate), a = -0.059 + 0.02483 * b;
  double log_inverse_alpha = log (1.1239 + 1.1328 / (b - 3.4)), v_r = 0.9277 - 3.6224 / (b - 2);

  for (;;)
    {
      double u = weft_source_uniform (source) - 0.5, v = weft_source_uniform (source);
      double s = 0.5 - fabs (u), k = floor ((2 * a / s + b) * u + rate + 0.43);

      if (s >= 0.07 && v <= v_r)
        return k;
      if (k >= 0 && (s >= 0.013 || v <= s) &&
          log (v) + log_inverse_alpha - log (a / (s * s) + b) <= log_poisson_mass (k, rate))
        return k;
    }
}

/* @rate: 0..WEFT_DRAW_MAX_RATE. */
double
weft_draw_poisson (WeftSource *source, double rate)
{
  double u, mass = exp (-rate), sum = mass, k = 0;

  if (rate >= SMALL_MEAN)
    return poisson_large (source, rate);
  u = weft_source_uniform (source);
  while (u > sum && mass > 0)
    {
      k++;
      mass *= rate / k;
      sum += mass;
    }
  return k;
}

/* Source: Hoermann 1993, "The generation of binomial random variates",
 * doi:10.1080/00949659308811496, algorithm BTRS; @p at most 0.5. */
static double
binomial_large (WeftSource *source, double n, double p)
{
  double spread = sqrt (n * p * (1 - p)), b = 1.15 + 2.53 * spread;
  double a = -0.0873 + 0.0248 * b + 0.01 * p, v_r = 0.92 - 4.2 / b;
  double alpha = (2.83 + 5.1 / b) * spread, mode = floor ((n + 1) * p);
  double most = log_binomial_mass (mode, n, p);

  for (;;)
    {
      double u = weft_source_uniform (source) - 0.5, v = weft_source_uniform (source);
      double s = 0.5 - fabs (u), k = floor ((2 * a / s + b) * u + n * p + 0.5);

      if (s >= 0.07 && v <= v_r)
        return k;
      if (k >= 0 && k <= n &&
          log (v * alpha / (a / (s * s) + b)) <= log_binomial_mass (k, n, p) - most)
        return k;
    }
}

/* @n: whole, 0..WEFT_DRAW_MAX_TRIALS; @p: 0..1. */
double
weft_draw_binomial (WeftSource *source, double n, double p)
{
  gboolean turned = p > 0.5;
  double   u, mass, sum, k = 0;

  p = turned ? 1 - p : p;
  if (n * p >= SMALL_MEAN)
    k = binomial_large (source, n, p);
  else
    {
      mass = sum = exp (n * log1p (-p));
      u = weft_source_uniform (source);
      while (u > sum && mass > 0 && k < n)
        {
          mass *= (n - k) / (k + 1) * (p / (1 - p));
          sum += mass;
          k++;
        }
    }
  return turned ? n - k : k;
}

/* ---- Whole numbers ---- */

/* @low..@high - 1, each as likely as the others: words that would favour some are drawn again.
 * Source: Lemire 2019, doi:10.1145/3230636. */
gint64
weft_draw_integer (WeftSource *source, gint64 low, gint64 high)
{
  guint64           n = (guint64) high - (guint64) low, least = -n % n;
  unsigned __int128 product;

  do
    product = (unsigned __int128) next_word64 (source) * n;
  while ((guint64) product < least);
  return (gint64) ((guint64) low + (guint64) (product >> 64));
}

/* ---- Truncated normal ---- */

/* From here on out exp (-x * x / 2) alone shapes the tail: the density falls by a part in 10^3
 * more. */
#define FAR 30

/* The number above @low > 0 whose chance to be exceeded, within the tail up to @high, is 1 - @u. */
static double
upper_tail (double u, double low, double high)
{
  double above, beyond;

  if (low > FAR)
    return sqrt (low * low - 2 * log1p (u * expm1 (0.5 * (low * low - high * high))));
  above = weft_special_erfc (low * SQRT_HALF);
  beyond = weft_special_erfc (high * SQRT_HALF);
  return weft_special_erfcinv (above - u * (above - beyond)) / SQRT_HALF;
}

/* Across 0, from the nearer end. */
static double
across (double u, double low, double high)
{
  double below = 0.5 * weft_special_erfc (-low * SQRT_HALF);
  double above = 0.5 * weft_special_erfc (high * SQRT_HALF);
  double p = below + u * (1 - below - above);

  if (p <= 0.5)
    return -weft_special_erfcinv (2 * p) / SQRT_HALF;
  return weft_special_erfcinv (2 * (above + (1 - u) * (1 - below - above))) / SQRT_HALF;
}

/* NaN where @low > @high. */
double
weft_truncated_normal (double u, double low, double high)
{
  double x;

  if (!(low <= high))
    return NAN;
  if (low > 0)
    x = upper_tail (u, low, high);
  else
    x = high < 0 ? -upper_tail (1 - u, -high, -low) : across (u, low, high);
  return CLAMP (x, low, high);
}
