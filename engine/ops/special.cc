/* Special functions: Boost.Math and the C library behind plain C functions, with the limits and
 * poles that the libraries leave out.
 *
 * Written once for any real type: double where that keeps the digits, long double elsewhere and for
 * what is tested against.
 * The only C++ of the program; nothing here throws, allocates for long or keeps state.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "engine/ops/special.h"

#include <cmath>
#include <limits>

#include <math.h>

#define BOOST_DISABLE_ASSERTS
#include <boost/math/special_functions/bessel.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/polygamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>

namespace
{

namespace bm = boost::math;
namespace pol = boost::math::policies;

/* NaN and infinities instead of exceptions; each type computes in itself. */
typedef pol::policy<pol::domain_error<pol::ignore_error>,
                    pol::pole_error<pol::ignore_error>,
                    pol::overflow_error<pol::ignore_error>,
                    pol::underflow_error<pol::ignore_error>,
                    pol::denorm_error<pol::ignore_error>,
                    pol::rounding_error<pol::ignore_error>,
                    pol::evaluation_error<pol::ignore_error>,
                    pol::indeterminate_result_error<pol::ignore_error>,
                    pol::promote_double<false> >
  Policy;

template <typename T>
constexpr T nan_of = std::numeric_limits<T>::quiet_NaN ();
template <typename T>
constexpr T inf_of = std::numeric_limits<T>::infinity ();

template <typename T>
bool
is_pole (T x)
{
  return x <= 0 && std::floor (x) == x;
}

/* ---- Error functions ---- */

/* exp (@x * @x) for |x| < 26, with the rounding error of the square put back. */
template <typename T>
T
exp_square (T x)
{
  T square = x * x, lost = std::fma (x, x, -square);

  return std::exp (square) * (1 + lost);
}

template <typename T>
T
erfc_of (T x)
{
  return std::erfc (x);
}

/* exp (x * x) erfc (x); beyond 25 the first terms of its asymptotic series are exact enough: the
 * next is below 1e-19 of the result.
 * Source: Abramowitz & Stegun 7.1.23. */
template <typename T>
T
erfcx_of (T x)
{
  const T inverse_sqrt_pi = T (0.564189583547756286948079451560772586L);

  if (std::isnan (x))
    return x;
  if (x < -27 || x == -inf_of<T>)
    return inf_of<T>;
  if (x < 0)
    return exp_square (x) * (2 - std::erfc (-x));
  if (x < 25)
    return exp_square (x) * std::erfc (x);

  T h = 1 / (2 * x * x), sum = 1;

  for (int k = 7; k > 0; k--)
    sum = 1 - (2 * k - 1) * h * sum;
  return inverse_sqrt_pi / x * sum;
}

template <typename T>
T
erfinv_of (T x)
{
  if (!(std::abs (x) < 1))
    return std::abs (x) == 1 ? std::copysign (inf_of<T>, x) : nan_of<T>;
  return x == 0 ? x : bm::erf_inv (x, Policy ());
}

template <typename T>
T
erfcinv_of (T x)
{
  if (!(x > 0 && x < 2))
    return x == 0 ? inf_of<T> : x == 2 ? -inf_of<T>
                                       : nan_of<T>;
  return bm::erfc_inv (x, Policy ());
}

/* ---- Gamma and its logarithmic derivatives ---- */

template <typename T>
T
gamma_of (T x)
{
  return x == -inf_of<T> ? nan_of<T> : std::tgamma (x);
}

inline double
log_gamma (double x)
{
  int sign;

  return lgamma_r (x, &sign);
}

inline long double
log_gamma (long double x)
{
  int sign;

  return lgammal_r (x, &sign);
}

template <typename T>
T
lgamma_of (T x)
{
  return log_gamma (x);
}

template <typename T>
T
digamma_of (T x)
{
  if (x == 0)
    return std::copysign (inf_of<T>, -x);
  if (std::isnan (x) || std::isinf (x) || is_pole (x))
    return x > 0 ? x : nan_of<T>;
  return bm::digamma (x, Policy ());
}

/* @x is no pole. Reflection: Abramowitz & Stegun 6.4.7 with n = 1. */
template <typename T>
T
trigamma_of (T x)
{
  if (std::isnan (x) || std::isinf (x))
    return x > 0 ? 0 : nan_of<T>;
  return is_pole (x) ? inf_of<T> : bm::trigamma (x, Policy ());
}

/* n! is no double beyond. */
const double largest_derivative = 170;

template <typename T>
T
polygamma_of (T n, T x)
{
  if (std::isnan (n) || std::isnan (x) || !(n >= 0 && n <= largest_derivative) ||
      std::floor (n) != n)
    return nan_of<T>;
  if (n == 0)
    return digamma_of (x);
  if (std::isinf (x))
    return x > 0 ? 0 : nan_of<T>;
  if (is_pole (x))
    return std::fmod (n, T (2)) == 1     ? inf_of<T>
           : x == 0 && !std::signbit (x) ? -inf_of<T>
                                         : nan_of<T>;
  if (n == 1)
    return bm::trigamma (x, Policy ());

  T y = bm::polygamma ((int) n, x, Policy ());

  /* Near a pole overflow takes the sign of (-1)^(n + 1) n! / (x - pole)^(n + 1). */
  if (std::isinf (y))
    y = x > std::fmin (std::round (x), T (0)) && std::fmod (n, T (2)) == 0 ? -inf_of<T> : inf_of<T>;
  return y;
}

/* ---- Beta ---- */

/* log (Gamma (@x)) less Stirling's formula, @x >= 10: the next term is below 1e-17.
 * Source: Abramowitz & Stegun 6.1.40 and 6.1.41. */
template <typename T>
T
stirling_rest (T x)
{
  static const long double c[] = { 1 / 12.0L, -1 / 360.0L, 1 / 1260.0L,
                                   -1 / 1680.0L, 1 / 1188.0L, -691 / 360360.0L,
                                   1 / 156.0L, -3617 / 122400.0L, 43867 / 244188.0L };
  T                        r = 1 / (x * x), sum = 0;

  for (int k = 8; k >= 0; k--)
    sum = sum * r + T (c[k]);
  return sum / x;
}

/* For a, b > 0. From 10 on the large parts of log Gamma are those of Stirling's formula, put
 * together so that they do not cancel. */
template <typename T>
T
log_beta_positive (T a, T b)
{
  if (a < b)
    std::swap (a, b);
  if (b < T (1e-290))
    return std::log1p (b / a) - std::log (b);
  if (a < 10)
    return std::log (bm::beta (a, b, Policy ()));
  if (std::isinf (a))
    return -a;

  T rest = stirling_rest (a) - stirling_rest (a + b) - (a - T (0.5)) * std::log1p (b / a);

  if (b < 10)
    return log_gamma (b) - b * (std::log (a + b) - 1) + rest;
  return T (0.918938533204672741780329736405617640L) - std::log (b) / 2 +
         b * std::log (b / (a + b)) + stirling_rest (b) + rest;
}

template <typename T>
int
gamma_sign (T x)
{
  return x > 0 || std::fmod (std::floor (x), T (2)) == 0 ? 1 : -1;
}

/* Swaps so that @a is at a pole, if one is. FALSE: nothing cancels the pole, or there is none. A
 * whole
 * @b > 0 cancels it where gamma (a + b) has one too: beta (a, b) = (-1)^b beta (1 - a - b, b). */
template <typename T>
bool
pole_cancels (T &a, T &b)
{
  if (!is_pole (a))
    std::swap (a, b);
  return is_pole (a) && b > 0 && std::floor (b) == b && 1 - a - b > 0;
}

/* beta (a, b) where one is negative, lifted above 0 step by step: beta (a, b) is
 * beta (a + 1, b) (a + b) / a. */
template <typename T>
T
beta_lifted (T a, T b)
{
  T factor = 1;

  for (; a < 0; a += 1)
    factor *= (a + b) / a;
  for (; b < 0; b += 1)
    factor *= (a + b) / b;
  return factor * bm::beta (a, b, Policy ());
}

/* Where lifting would take long. */
const double far_below = -1e4;

template <typename T>
T
lbeta_of (T a, T b)
{
  if (std::isnan (a) || std::isnan (b) || a == -inf_of<T> || b == -inf_of<T>)
    return nan_of<T>;
  if (a > 0 && b > 0)
    return log_beta_positive (a, b);
  if (pole_cancels (a, b))
    return log_beta_positive (1 - a - b, b);
  if (is_pole (a) || is_pole (b) || is_pole (a + b))
    return is_pole (a) || is_pole (b) ? inf_of<T> : -inf_of<T>;

  T beta = std::fmin (a, b) > far_below ? std::abs (beta_lifted (a, b)) : 0;

  if (beta > std::numeric_limits<T>::min ())
    return std::log (beta);
  return log_gamma (a) + log_gamma (b) - log_gamma (a + b);
}

template <typename T>
T
beta_of (T a, T b)
{
  if (std::isnan (a) || std::isnan (b) || a == -inf_of<T> || b == -inf_of<T>)
    return nan_of<T>;
  if (a > 0 && b > 0 && !std::isinf (a) && !std::isinf (b) && std::fmin (a, b) > T (1e-290))
    return bm::beta (a, b, Policy ());
  if (pole_cancels (a, b))
    return (std::fmod (b, T (2)) == 0 ? 1 : -1) * bm::beta (1 - a - b, b, Policy ());
  if (is_pole (a) || is_pole (b) || is_pole (a + b))
    return is_pole (a) || is_pole (b) ? inf_of<T> : 0;
  if (!(a > 0 && b > 0) && std::fmin (a, b) > far_below)
    return beta_lifted (a, b);

  T magnitude = std::exp (lbeta_of (a, b));

  return gamma_sign (a) * gamma_sign (b) * gamma_sign (a + b) * magnitude;
}

/* Both shapes large. Source: Abramowitz & Stegun 26.5.22. */
template <typename T>
T
betainc_normal (T a, T b, T x)
{
  T u = std::cbrt (b * x), v = std::cbrt (a * (1 - x));
  T z = 3 * (u * (1 - 1 / (9 * b)) - v * (1 - 1 / (9 * a))) / std::sqrt (u * u / b + v * v / a);

  return std::erfc (-z * T (0.70710678118654752440L)) / 2;
}

template <typename T>
T
betainc_of (T a, T b, T x)
{
  if (!(a > 0 && b > 0 && x >= 0 && x <= 1) || std::isinf (a) || std::isinf (b))
    return nan_of<T>;
  if (x == 0 || x == 1)
    return x;
  if (std::fmax (a, b) < T (1e-30))
    return b / (a + b);
  if (std::fmin (a, b) > T (1e7))
    return betainc_normal (a, b, x);
  return bm::ibeta (a, b, x, Policy ());
}

/* ---- Incomplete gamma ---- */

/* FALSE: *@lower and the complement are the result. */
template <typename T>
bool
gamma_pair_is_regular (T a, T x, T *lower)
{
  *lower = nan_of<T>;
  if (!(a >= 0 && x >= 0))
    return false;
  if (a == 0 || std::isinf (a))
    *lower = (a == 0) == (x == 0) && (a == 0 || std::isinf (x)) ? nan_of<T> : a == 0 ? 1
                                                                                     : 0;
  else if (x == 0 || std::isinf (x))
    *lower = x == 0 ? 0 : 1;
  else
    return true;
  return false;
}

template <typename T>
T
gammainc_of (T a, T x)
{
  T limit;

  return gamma_pair_is_regular (a, x, &limit) ? bm::gamma_p (a, x, Policy ()) : limit;
}

template <typename T>
T
gammaincc_of (T a, T x)
{
  T limit;

  return gamma_pair_is_regular (a, x, &limit) ? bm::gamma_q (a, x, Policy ()) : 1 - limit;
}

/* A number with its first two derivatives by a. */
template <typename T>
struct Jet
{
  T x, d, dd;
};

template <typename T>
Jet<T>
operator+ (Jet<T> a, Jet<T> b)
{
  return { a.x + b.x, a.d + b.d, a.dd + b.dd };
}

template <typename T>
Jet<T>
operator* (Jet<T> a, Jet<T> b)
{
  return { a.x * b.x, a.d * b.x + a.x * b.d, a.dd * b.x + 2 * a.d * b.d + a.x * b.dd };
}

template <typename T>
Jet<T>
operator/ (Jet<T> a, Jet<T> b)
{
  T q = a.x / b.x, d = (a.d - q * b.d) / b.x;

  return { q, d, (a.dd - 2 * d * b.d - q * b.dd) / b.x };
}

/* gammainc (a, x) over its density: the series x / a + x^2 / (a (a + 1)) + ..., which does not
 * cancel. Source: Abramowitz & Stegun 6.5.29. */
template <typename T>
Jet<T>
lower_over_density (T a, T x)
{
  Jet<T> term = Jet<T>{ x, 0, 0 } / Jet<T>{ a, 1, 0 }, sum = term;

  for (int n = 1; n < 100000; n++)
    {
      term = term * (Jet<T>{ x, 0, 0 } / Jet<T>{ a + n, 1, 0 });
      sum = sum + term;
      if (std::abs (term.x) <= sum.x * T (1e-20) &&
          std::abs (term.dd) <= std::abs (sum.dd) * T (1e-20))
        break;
    }
  return sum;
}

/* gammaincc (a, x) over the density: x times Legendre's continued fraction, by Lentz's method.
 * Source: Abramowitz & Stegun 6.5.31; Lentz 1976, doi:10.1364/AO.15.000668. */
template <typename T>
Jet<T>
upper_over_density (T a, T x)
{
  const Jet<T> one = { 1, 0, 0 };
  Jet<T>       b = { x + 1 - a, -1, 0 }, d = one / b, f = d, c = { T (1e300), 0, 0 };

  for (int k = 1; k < 100000; k++)
    {
      Jet<T> numerator = { -k * (k - a), T (k), 0 };

      b.x += 2;
      d = one / (b + numerator * d);
      c = b + numerator / c;

      Jet<T> factor = c * d;

      f = f * factor;
      if (std::abs (factor.x - 1) + std::abs (factor.d) + std::abs (factor.dd) <
          4 * std::numeric_limits<T>::epsilon ())
        break;
    }
  return { f.x * x, f.d * x, f.dd * x };
}

/* The quantile of the gamma distribution moves by slope as its shape a grows; the slope by curve.
 * With F = p G for the density p and L = log x - digamma a: dF/da = p (L G + dG/da), and the slope
 * is
 * -(dF/da) / p; likewise from the upper tail. Very large shapes: Wilson & Hilferty 1931,
 * x = a (1 - 1 / (9 a) + z / (3 sqrt a))^3 at a constant z. */
template <typename T>
void
gamma_motion (T a, T x, T *slope, T *curve)
{
  *slope = *curve = nan_of<T>;
  if (!(a > 0 && x >= 0) || std::isinf (a) || std::isinf (x))
    return;
  if (x == 0)
    {
      *slope = *curve = 0;
      return;
    }
  if (a > 1e6)
    {
      T w = std::cbrt (x / a);

      *slope = w * w * (w - T (1.5) * (w - 1) + 1 / (6 * a));
      *curve = -w * w / a * (1 - w / 2 + 1 / (9 * a)) - w * w / (6 * a * a);
      return;
    }

  T      l = std::log (x) - bm::digamma (a, Policy ());
  bool   low = x < 1 || x < a + T (0.5);
  Jet<T> g = low ? lower_over_density (a, x) : upper_over_density (a, x);
  T      sign = low ? -1 : 1;

  *slope = sign * (l * g.x + g.d);
  *curve = sign * (l * g.d + g.dd - bm::trigamma (a, Policy ()) * g.x);
}

template <typename T>
T
gamma_slope_of (T a, T x)
{
  T slope, curve;

  gamma_motion (a, x, &slope, &curve);
  return slope;
}

template <typename T>
T
gamma_curve_of (T a, T x)
{
  T slope, curve;

  gamma_motion (a, x, &slope, &curve);
  return curve;
}

/* ---- Bessel functions ---- */

/* Orders beyond this give 0, or NaN where the argument is not far below the order. */
const double largest_order = 1e5;

/* FALSE: *@y is the result. Below @x = -0 only whole orders are real. */
template <typename T>
bool
order_is_regular (T v, T x, T *y)
{
  bool whole = std::floor (v) == v;

  *y = nan_of<T>;
  if (std::isnan (v) || std::isnan (x) || (x < 0 && !whole))
    return false;
  if (std::abs (v) > largest_order)
    *y = (v > 0 || whole) && std::abs (x) < std::abs (v) / 2 ? 0 : nan_of<T>;
  else if (x == 0 && v < 0 && !whole)
    *y = std::fmod (std::floor (v), T (2)) == 0 ? -inf_of<T> : inf_of<T>;
  else
    return true;
  return false;
}

template <typename T>
T
iv_of (T v, T x)
{
  T y;

  if (!order_is_regular (v, x, &y))
    return y;
  if (std::isinf (x))
    return x > 0 || std::fmod (v, T (2)) == 0 ? inf_of<T> : -inf_of<T>;
  return bm::cyl_bessel_i (v, x, Policy ());
}

template <typename T>
T
jv_of (T v, T x)
{
  T y;

  if (!order_is_regular (v, x, &y))
    return y;
  return std::isinf (x) ? 0 : bm::cyl_bessel_j (v, x, Policy ());
}

template <typename T>
T
i0_of (T x)
{
  return iv_of (T (0), x);
}

template <typename T>
T
i1_of (T x)
{
  return iv_of (T (1), x);
}

/* In double Boost loses digits around the zeros of j0 and j1. */
template <typename T>
T
j0_of (T x)
{
  return (T) jv_of (0.0L, (long double) x);
}

template <typename T>
T
j1_of (T x)
{
  return (T) jv_of (1.0L, (long double) x);
}

} /* namespace */

/* ---- The C functions ---- */

/* The policy leaves nothing to throw; should a library do so all the same, the result is NaN. */
#define GUARDED(RESULT)      \
  try                        \
    {                        \
      return RESULT;         \
    }                        \
  catch (...)                \
    {                        \
      return nan_of<double>; \
    }

#define DEFINE_1(NAME)                                                         \
  extern "C" double weft_special_##NAME (double x) { GUARDED (NAME##_of (x)) } \
  extern "C" double weft_exact_##NAME (double x) { GUARDED ((double) NAME##_of ((long double) x)) }
/* In double these lose digits where large parts cancel: all of them. */
#define DEFINE_2(NAME)                                              \
  extern "C" double weft_special_##NAME (double a, double x)        \
  {                                                                 \
    GUARDED ((double) NAME##_of ((long double) a, (long double) x)) \
  }
#define DEFINE_3(NAME)                                                               \
  extern "C" double weft_special_##NAME (double a, double b, double x)               \
  {                                                                                  \
    GUARDED ((double) NAME##_of ((long double) a, (long double) b, (long double) x)) \
  }

WEFT_SPECIAL_ERFC (DEFINE_1)
WEFT_SPECIAL_1 (DEFINE_1)
WEFT_SPECIAL_2 (DEFINE_2)
WEFT_SPECIAL_3 (DEFINE_3)
