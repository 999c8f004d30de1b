/* Distributions: what is drawn against the distribution function and the first two moments, the
 * same numbers on any number of threads, streams that know nothing of each other, and gradients.
 *
 * All seeds are fixed, so a test passes always or never. Thresholds are those that a right
 * distribution exceeds once in a thousand seeds: the Kolmogorov-Smirnov distance times sqrt (n)
 * above 1.95, the chi-square sum above its 0.999 quantile, a mean 3.3 standard errors away.
 * Distribution functions come from the special functions (test-ulp.c has their errors).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/grad/grad.h"
#include "engine/ops/special.h"
#include "engine/run/function.h"
#include "tests/graph-tools.h"

#include <math.h>
#include <string.h>

#define N 40000
#define KS_LIMIT 1.95
#define CHANCE 1e-3
#define STANDARD_ERRORS 3.3

/* ---- Drawing ---- */

/* What @text draws under @seed at call number @step. */
static WeftArray *
draw (const char *text, guint64 seed, guint64 step)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftFunction) function = NULL;
  WeftValue       *value = build_value (graph, scope, text);
  WeftFunctionSpec spec = { .graph = graph, .n_outputs = 1, .outputs = &value, .seed = seed };
  WeftArray       *result = NULL;
  function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  weft_function_set_step (function, step);
  if (!weft_function_call (function, NULL, &result, NULL, &error))
    g_error ("%s: %s", text, error->message);
  return result;
}

static double *
numbers_of (const WeftArray *array)
{
  double *x = g_new (double, array->n_elements);
  for (gint64 i = 0; i < array->n_elements; i++)
    x[i] = weft_array_get (array, i);
  return x;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

/* ---- Distribution functions: chance of a number up to x; p, q are the parameters ---- */

static double
uniform_cdf (double x, double p, double q)
{
  return (x - p) / (q - p);
}
static double
normal_cdf (double x, double p, double q)
{
  return 0.5 * erfc (-(x - p) / q / sqrt (2));
}
/* Between p and q, from the nearer tail. */
static double
truncated_cdf (double x, double p, double q)
{
  double side = p > 0 ? -1 : 1, low = erfc (-side * p / sqrt (2)),
         high = erfc (-side * q / sqrt (2));
  return (erfc (-side * x / sqrt (2)) - low) / (high - low);
}
static double
exponential_cdf (double x, double p, double q)
{
  return -expm1 (-x / p);
}
static double
laplace_cdf (double x, double p, double q)
{
  x = (x - p) / q;
  return x < 0 ? 0.5 * exp (x) : 1 - 0.5 * exp (-x);
}
static double
cauchy_cdf (double x, double p, double q)
{
  return 0.5 + atan ((x - p) / q) / G_PI;
}
static double
gumbel_cdf (double x, double p, double q)
{
  return exp (-exp (-(x - p) / q));
}
static double
gamma_cdf (double x, double p, double q)
{
  return weft_special_gammainc (p, x / q);
}
static double
beta_cdf (double x, double p, double q)
{
  return weft_special_betainc (p, q, x);
}
static double
poisson_cdf (double x, double p, double q)
{
  return x < 0 ? 0 : weft_special_gammaincc (floor (x) + 1, p);
}
static double
binomial_cdf (double x, double p, double q)
{
  x = floor (x);
  return x < 0 ? 0 : x >= p ? 1
                            : weft_special_betainc (p - x, x + 1, 1 - q);
}

/* ---- Continuous ---- */

typedef struct
{
  const char *name, *text; /* draws N numbers */
  double (*cdf) (double x, double p, double q);
  double p, q, mean, sd; /* sd 0: the distribution has none */
} Case;

static const Case continuous[] = {
  { "uniform", "uniform((200, 200), -1.0, 3.0)", uniform_cdf, -1, 3, 1, 1.1547005 },
  { "uniform-f64", "uniform((40000,), dtype=f64)", uniform_cdf, 0, 1, 0.5, 0.28867513 },
  { "uniform-arrays", "uniform((40000,), -1.0 * ones((1,)), 3.0)", uniform_cdf, -1, 3, 1,
    1.1547005 },
  { "normal", "normal((40000,), 3.0, 2.0)", normal_cdf, 3, 2, 3, 2 },
  { "normal-f64", "normal((40000,), dtype=f64)", normal_cdf, 0, 1, 0, 1 },
  { "normal-arrays", "normal((40000,), full((1,), 3.0), 2.0)", normal_cdf, 3, 2, 3, 2 },
  { "truncated_normal", "truncated_normal((40000,))", truncated_cdf, -2, 2, 0, 0.87962566 },
  { "truncated_normal-tail", "truncated_normal((40000,), low=3.0, high=4.0)", truncated_cdf, 3, 4,
    3.2613, 0.2196 },
  { "truncated_normal-arrays", "standard_truncated_normal(full((40000,), -6.0, dtype=f64), -5.0)",
    truncated_cdf, -6, -5, -5.1833, 0.171 },
  { "exponential", "exponential((40000,), 2.5)", exponential_cdf, 2.5, 0, 2.5, 2.5 },
  { "exponential-f64", "exponential((40000,), dtype=f64)", exponential_cdf, 1, 0, 1, 1 },
  { "laplace", "laplace((40000,), 1.0, 2.0)", laplace_cdf, 1, 2, 1, 2.8284271 },
  { "cauchy", "cauchy((40000,), 1.0, 2.0)", cauchy_cdf, 1, 2, 0, 0 },
  { "cauchy-f64", "cauchy((40000,), dtype=f64)", cauchy_cdf, 0, 1, 0, 0 },
  { "gumbel", "gumbel((40000,), 1.0, 2.0)", gumbel_cdf, 1, 2, 2.15443133, 2.56509966 },
  { "gamma-0.05", "standard_gamma(0.05 * ones((40000,), dtype=f64))", gamma_cdf, 0.05, 1, 0.05,
    0.2236068 },
  { "gamma-0.7", "standard_gamma(0.7, shape=(40000,))", gamma_cdf, 0.7, 1, 0.7, 0.83666003 },
  { "gamma-1", "standard_gamma(1.0, shape=(40000,))", gamma_cdf, 1, 1, 1, 1 },
  { "gamma-2.5", "random_gamma(2.5, 3.0, (40000,))", gamma_cdf, 2.5, 3, 7.5, 4.7434165 },
  { "gamma-300", "standard_gamma(300.0, shape=(40000,))", gamma_cdf, 300, 1, 300, 17.320508 },
  { "beta-2-3", "random_beta(2.0, 3.0, (40000,))", beta_cdf, 2, 3, 0.4, 0.2 },
  { "beta-0.5-0.5", "random_beta(0.5, 0.5, (40000,))", beta_cdf, 0.5, 0.5, 0.5, 0.35355339 },
  { "beta-0.1-0.2", "random_beta(full((40000,), 0.1, dtype=f64), 0.2)", beta_cdf, 0.1, 0.2,
    0.33333333, 0.41344912 },
  { "beta-200-100", "random_beta(200.0, 100.0, (40000,))", beta_cdf, 200, 100, 0.66666667,
    0.027170 },
  { "dirichlet", "dirichlet(3.0 - iota(3), (40000,))[:, 1]", beta_cdf, 2, 4, 0.33333333,
    0.17817416 },
};

static void
check_mean (const char *name, const double *x, gint64 n, double mean, double sd)
{
  double sum = 0;
  for (gint64 i = 0; i < n; i++)
    sum += x[i];
  g_test_message ("%s: mean %g, %.2f standard errors away", name, sum / n,
                  (sum / n - mean) / (sd / sqrt (n)));
  g_assert_cmpfloat (fabs (sum / n - mean), <, STANDARD_ERRORS * sd / sqrt (n) + 1e-4 * sd);
}

static void
test_continuous (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (WeftArray) drawn = draw (test->text, 11, 0);
  g_autofree double *x = numbers_of (drawn);
  gint64             n = drawn->n_elements;
  double             distance = 0;
  g_assert_cmpint (n, ==, N);
  qsort (x, n, sizeof *x, compare);
  for (gint64 i = 0; i < n; i++)
    {
      double chance = test->cdf (x[i], test->p, test->q);
      g_assert_true (chance >= 0 && chance <= 1);
      distance =
        fmax (distance, fmax (fabs (chance - (double) i / n), fabs (chance - (i + 1.0) / n)));
    }
  g_test_message ("%s: distance %.2f / sqrt (n)", test->name, distance * sqrt (n));
  g_assert_cmpfloat (distance * sqrt (n), <, KS_LIMIT);
  if (test->sd > 0)
    check_mean (test->name, x, n, test->mean, test->sd);
}

/* ---- Whole numbers ---- */

static const Case discrete[] = {
  { "bernoulli", "bernoulli((40000,), 0.3)", binomial_cdf, 1, 0.3, 0.3, 0.45825757 },
  { "bernoulli-arrays", "bernoulli(p=full((40000,), 0.3))", binomial_cdf, 1, 0.3, 0.3, 0.45825757 },
  { "binomial-10", "binomial(10, 0.3, shape=(40000,))", binomial_cdf, 10, 0.3, 3, 1.4491377 },
  { "binomial-40", "binomial(40, 0.8, shape=(40000,))", binomial_cdf, 40, 0.8, 32, 2.5298221 },
  { "binomial-25", "binomial(25, 0.5, shape=(40000,), dtype=f32)", binomial_cdf, 25, 0.5, 12.5,
    2.5 },
  { "binomial-1e6", "binomial(1000000, 0.7, shape=(40000,))", binomial_cdf, 1e6, 0.7, 7e5,
    458.25757 },
  { "poisson-0.3", "poisson(0.3, shape=(40000,))", poisson_cdf, 0.3, 0, 0.3, 0.54772256 },
  { "poisson-9.9", "poisson(9.9, shape=(40000,))", poisson_cdf, 9.9, 0, 9.9, 3.1464265 },
  { "poisson-10", "poisson(10.0, shape=(40000,))", poisson_cdf, 10, 0, 10, 3.1622777 },
  { "poisson-55", "poisson(full((40000,), 55.0), dtype=i32)", poisson_cdf, 55, 0, 55, 7.4161985 },
  { "poisson-1e5", "poisson(100000.0, shape=(40000,))", poisson_cdf, 1e5, 0, 1e5, 316.22777 },
  { "integers", "integers(-2, 5, shape=(40000,))", NULL, -2, 5, 1, 2 },
  { "multinomial", "multinomial(20, 3.0 - iota(3), shape=(40000,))[:, 1]", binomial_cdf, 20,
    1.0 / 3, 6.6666667, 2.1081851 },
};

static double
whole_cdf (const Case *test, double x)
{
  return test->cdf != NULL ? test->cdf (x, test->p, test->q)
                           : CLAMP ((floor (x) - test->p + 1) / (test->q - test->p), 0, 1);
}

/* Bins between edges a third of a standard deviation apart, joined until 20 draws are expected in
 * each. */
static void
test_discrete (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (WeftArray) drawn = draw (test->text, 12, 0);
  g_autofree double *x = numbers_of (drawn);
  gint64             n = drawn->n_elements, at = 0;
  double             sum = 0, before = 0;
  guint              bins = 0;
  g_assert_cmpint (n, ==, N);
  qsort (x, n, sizeof *x, compare);
  for (double z = -5; z < 5; z += 0.33)
    {
      double edge = floor (test->mean + z * test->sd),
             chance = z + 0.33 < 5 ? whole_cdf (test, edge) : 1;
      double expected = (chance - before) * n;
      gint64 first = at;
      if (z + 0.33 < 5 && (expected < 20 || (1 - chance) * n < 20))
        continue;
      while (at < n && (x[at] <= edge || z + 0.33 >= 5))
        at++;
      sum += (at - first - expected) * (at - first - expected) / expected;
      before = chance;
      bins++;
    }
  for (gint64 i = 0; i < n; i++)
    g_assert_true (floor (x[i]) == x[i]);
  g_test_message ("%s: chi-square %.1f over %u bins", test->name, sum, bins);
  g_assert_cmpuint (bins, >=, 2);
  g_assert_cmpfloat (weft_special_gammaincc (0.5 * (bins - 1), 0.5 * sum), >, CHANCE);
  check_mean (test->name, x, n, test->mean, test->sd);
}

/* Chi-square of counts against what is expected of each. */
static void
check_counts (const char *what, const double *counts, const double *expected, guint n)
{
  double sum = 0;
  for (guint i = 0; i < n; i++)
    sum += (counts[i] - expected[i]) * (counts[i] - expected[i]) / expected[i];
  g_test_message ("%s: chi-square %.1f over %u bins", what, sum, n);
  g_assert_cmpfloat (weft_special_gammaincc (0.5 * (n - 1), 0.5 * sum), >, CHANCE);
}

static void
check_even (const char *what, const double *counts, guint n, double each)
{
  g_autofree double *expected = g_new (double, n);
  for (guint i = 0; i < n; i++)
    expected[i] = each;
  check_counts (what, counts, expected, n);
}

static void
test_categorical (void)
{
  static const char *const texts[] = {
    "categorical(3.0 - iota(3), shape=(40000,))",
    "categorical(broadcast_to(3.0 - iota(3), (200, 1, 3)), shape=(200, 200))",
    "choice(3, (40000,), p=3.0 - iota(3))"
  };
  static const double expected[] = { N / 2.0, N / 3.0, N / 6.0 };
  for (guint t = 0; t < G_N_ELEMENTS (texts); t++)
    {
      g_autoptr (WeftArray) drawn = draw (texts[t], 13, t);
      double counts[3] = { 0 };
      for (gint64 i = 0; i < drawn->n_elements; i++)
        counts[(int) weft_array_get (drawn, i)]++;
      check_counts (texts[t], counts, expected, 3);
    }
}

/* Every order of four numbers, and every first pick of five, is as likely as the others. */
static void
test_permutation (void)
{
  double orders[256] = { 0 }, even[24], firsts[5] = { 0 };
  guint  n = 0;
  g_autoptr (WeftArray) large = draw ("permutation(1000)", 3, 0),
                        rows = draw ("permutation(iota(5) * 10)", 3, 1);
  gboolean seen[1000] = { FALSE };
  for (guint i = 0; i < 1000; i++)
    {
      guint at = (guint) weft_array_get (large, i);
      g_assert_false (seen[at]);
      seen[at] = TRUE;
    }
  for (guint i = 0, sum = 0; i < 5; i++)
    {
      sum += (guint) weft_array_get (rows, i);
      g_assert_true (i < 4 || sum == 100);
    }
  for (guint step = 0; step < 2400; step++)
    {
      g_autoptr (WeftArray) order = draw ("permutation(4)", 3, step),
                            some = draw ("choice(5, (2,), replace=False)", 4, step);
      guint code = 0;
      for (guint i = 0; i < 4; i++)
        code = code * 4 + (guint) weft_array_get (order, i);
      orders[code]++;
      firsts[(guint) weft_array_get (some, 0)]++;
      g_assert_true (weft_array_get (some, 0) != weft_array_get (some, 1));
    }
  for (guint i = 0; i < 256; i++)
    if (orders[i] > 0)
      even[n++] = orders[i];
  g_assert_cmpuint (n, ==, 24);
  check_even ("orders", even, 24, 100);
  check_even ("firsts", firsts, 5, 480);
}

/* Bounds of the whole range of 64 bits. */
static void
test_wide_integers (void)
{
  g_autoptr (WeftArray) drawn =
    draw ("integers(-9000000000000000000, 9000000000000000000, shape=(40000,))", 14, 0);
  double counts[18] = { 0 };
  for (gint64 i = 0; i < N; i++)
    counts[(guint) ((((const gint64 *) drawn->data)[i] + 9000000000000000000.0) / 1e18)]++;
  check_even ("wide integers", counts, 18, N / 18.0);
}

/* ---- Seeds, streams, threads ---- */

static const char *const drawings[] = {
  "normal((5000,))",
  "uniform((5000,), dtype=f64)",
  "exponential((5000,))",
  "truncated_normal((5000,))",
  "standard_gamma(0.5, shape=(5000,))",
  "poisson(20.0, shape=(5000,))",
  "binomial(100, 0.3, shape=(5000,))",
  "integers(0, 1000000, shape=(5000,))",
  "categorical(3.0 - iota(3), shape=(5000,))",
  "permutation(5000)",
  "random_beta(0.5, 2.0, (5000,))",
  "multinomial(50, 3.0 - iota(3), shape=(5000,))",
};
#define N_LISTS (G_N_ELEMENTS (drawings) - 1) /* those of one axis */

/* Any number of threads, a call that is made again, and one that resumes give the same bits. */
static void
test_threads (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (drawings); i++)
    {
      g_autoptr (WeftArray) first = NULL;
      for (guint threads = 1; threads < 5; threads++)
        {
          g_autoptr (WeftArray) drawn = NULL;
          weft_pool_set_threads (threads);
          drawn = draw (drawings[i], 15, 7);
          if (first == NULL)
            first = g_steal_pointer (&drawn);
          else if (!weft_array_same (first, drawn))
            g_error ("%s differs on %u threads", drawings[i], threads);
        }
    }
  weft_pool_set_threads (0);
}

static double
correlation (const WeftArray *a, const WeftArray *b)
{
  double sums[5] = { 0 }, n = a->n_elements;
  for (gint64 i = 0; i < a->n_elements; i++)
    {
      double x = weft_array_get (a, i), y = weft_array_get (b, i);
      sums[0] += x;
      sums[1] += y;
      sums[2] += x * x;
      sums[3] += y * y;
      sums[4] += x * y;
    }
  return (sums[4] / n - sums[0] / n * (sums[1] / n)) /
         sqrt ((sums[2] / n - sums[0] / n * (sums[0] / n)) *
               (sums[3] / n - sums[1] / n * (sums[1] / n)));
}

static void
assert_unrelated (const char *what, const WeftArray *a, const WeftArray *b)
{
  double r = correlation (a, b);
  g_test_message ("%s: correlation %.2f / sqrt (n)", what, r * sqrt (a->n_elements));
  g_assert_cmpfloat (fabs (r) * sqrt (a->n_elements), <, STANDARD_ERRORS);
}

/* One of the two arrays that @format, with the drawing in place of both %s, makes. */
static WeftArray *
draw_part (const char *format, const char *drawing)
{
  g_auto (GStrv) parts = g_strsplit (format, "%", -1);
  g_autofree char *text = g_strjoinv (drawing, parts);
  return draw (text, 1, 0);
}

/* Neighbouring seeds, calls and applications, and a stream with itself one element on. */
static void
test_streams (void)
{
  for (guint i = 0; i < N_LISTS; i++)
    {
      const char *text = drawings[i];
      g_autoptr (WeftArray) here = draw (text, 1, 0), seed = draw (text, 2, 0),
                            step = draw (text, 1, 1);
      g_autoptr (WeftArray) a = draw_part ("stack((%, %))[0]", text),
                            b = draw_part ("stack((%, %))[1]", text);
      g_autoptr (WeftArray) c = draw_part ("(%)[1:]", text), d = draw_part ("(%)[:-1]", text);
      assert_unrelated (text, here, seed);
      assert_unrelated (text, here, step);
      assert_unrelated (text, a, b);
      assert_unrelated (text, c, d);
    }
}

/* With a seed of its own a draw does not mind its place, the run's seed or its neighbours, but is
 * new with every call. */
static void
test_own_seed (void)
{
  static const char *const texts[] = { "normal((100,), seed=5)",
                                       "poisson(20.0, shape=(100,), seed=5)",
                                       "permutation(100, seed=5)",
                                       "laplace((100,), ones((1,)), seed=5)" };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *beside = g_strdup_printf ("stack((uniform((100,)), %s * 1.0))[1]", texts[i]);
      g_autofree char *alone = g_strdup_printf ("%s * 1.0", texts[i]);
      g_autoptr (WeftArray) first = draw (alone, 1, 0), other = draw (beside, 2, 0),
                            later = draw (alone, 1, 1);
      g_assert_true (weft_array_same (first, other));
      g_assert_false (weft_array_same (first, later));
    }
}

/* ---- Gradients ---- */

/* The mean of a quantity over many draws has a known derivative by the parameter; that of the draws
 * must have it as its mean. */
typedef struct
{
  const char *name, *text; /* of the parameter x; a mean over draws */
  double      x, expected, within;
} Slope;

static const Slope slopes[] = {
  /* E y = a, E y^2 = a (a + 1), E log y = digamma a */
  { "gamma-mean", "mean(random_gamma(x, 1.0, (40000,)))", 2.5, 1, 0.01 },
  { "gamma-small", "mean(standard_gamma(x, shape=(40000,)))", 0.3, 1, 0.05 },
  { "gamma-square", "mean(square(standard_gamma(x, shape=(40000,))))", 2.5, 6, 0.15 },
  { "gamma-log", "mean(log(standard_gamma(x, shape=(40000,))))", 2.5, 0.49035775610023486, 0.005 },
  { "gamma-large", "mean(standard_gamma(x, shape=(40000,)))", 500, 1, 0.01 },
  /* E y = a / (a + b) */
  { "beta-a", "mean(random_beta(x, 3.0, (40000,)))", 2, 0.12, 0.003 },
  { "beta-b", "mean(random_beta(2.0, x, (40000,)))", 3, -0.08, 0.003 },
  { "dirichlet", "mean(dirichlet(stack((x, x + 1)), (40000,))[:, 0])", 0.5, 0.25, 0.01 },
  /* of the standard normal between low and high: E y = (phi (low) - phi (high)) / (Phi (high) - Phi
     (low)) */
  { "truncated-low", "mean(truncated_normal((40000,), 0.0, 1.0, x, 2.0))", -1, 0.36347, 0.005 },
  { "normal-std", "mean(square(normal((40000,), 1.0, x)))", 2, 4, 0.1 },
  { "uniform-high", "mean(square(uniform((40000,), 0.0, x)))", 3, 2, 0.05 },
  { "exponential-scale", "mean(square(exponential((40000,), x)))", 1.5, 6, 0.3 },
  { "gumbel-scale", "mean(gumbel((40000,), 0.0, x))", 1.5, 0.5772156649015329, 0.02 },
};

static void
test_slope (gconstpointer data)
{
  const Slope *test = data;
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftFunction) function = NULL;
  g_autoptr (WeftArray) at = weft_array_new_scalar (WEFT_F64, test->x);
  g_autoptr (WeftArray) result = NULL;
  WeftValue *x = bind_input (graph, scope, "x", WEFT_F64, 0, NULL), *cost, *slope;
  cost = build_value (graph, scope, test->text);
  if (!weft_grad (graph, cost, NULL, NULL, 1, &x, WEFT_DISCONNECTED_ERROR, &slope, &error))
    g_error ("%s: %s", test->text, error->message);
  function = weft_function_new (
    &(WeftFunctionSpec){
      .graph = graph, .n_inputs = 1, .inputs = &x, .n_outputs = 1, .outputs = &slope, .seed = 5 },
    &error);
  g_assert_no_error (error);
  g_assert_true (weft_function_call (function, &at, &result, NULL, &error));
  g_test_message ("%s: %g, expected %g", test->name, weft_array_get (result, 0), test->expected);
  g_assert_cmpfloat_with_epsilon (weft_array_get (result, 0), test->expected, test->within);
}

/* Draws of whole numbers refuse gradients with a reason. */
static void
test_no_slope (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  WeftValue *x = bind_input (graph, scope, "x", WEFT_F32, 0, NULL), *cost, *slope;
  cost = build_value (graph, scope, "1.0 * poisson(x, dtype=f32)");
  g_assert_false (
    weft_grad (graph, cost, NULL, NULL, 1, &x, WEFT_DISCONNECTED_ERROR, &slope, &error));
  g_assert_nonnull (strstr (error->message, "do not change smoothly"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (continuous); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/random/%s", continuous[i].name);
      g_test_add_data_func (path, &continuous[i], test_continuous);
    }
  for (guint i = 0; i < G_N_ELEMENTS (discrete); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/random/%s", discrete[i].name);
      g_test_add_data_func (path, &discrete[i], test_discrete);
    }
  for (guint i = 0; i < G_N_ELEMENTS (slopes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/random/gradient/%s", slopes[i].name);
      g_test_add_data_func (path, &slopes[i], test_slope);
    }
  g_test_add_func ("/engine/random/categorical", test_categorical);
  g_test_add_func ("/engine/random/permutation", test_permutation);
  g_test_add_func ("/engine/random/wide-integers", test_wide_integers);
  g_test_add_func ("/engine/random/threads", test_threads);
  g_test_add_func ("/engine/random/streams", test_streams);
  g_test_add_func ("/engine/random/own-seed", test_own_seed);
  g_test_add_func ("/engine/random/no-gradient", test_no_slope);
  return g_test_run ();
}
