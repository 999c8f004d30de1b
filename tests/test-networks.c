/* Rows of networks beyond their examples: convolutions large enough to be cut among threads, by
 * tiles and by oneDNN, against plain loops in double; the numbers for any number of threads;
 * windows with ties and NaN; ctc against all paths; losses at logits of 1e4; norms far from zero.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/philox.h"
#include "tests/world.h"

#include <math.h>
#include <string.h>

/* ---- Evaluating a text over arrays ---- */

typedef struct
{
  const char *name;
  WeftArray  *array; /* owned */
} Given;

/* The arrays enter as inputs, as @dtype. */
static WeftArray *
evaluate (const char *text, const Given *given, guint n, WeftMode mode, WeftDType dtype)
{
  g_auto (World) world;

  world_init (&world);
  for (guint i = 0; i < n; i++)
    {
      WeftDType own = given[i].array->dtype;

      world_add_input (&world, given[i].name,
                       weft_array_cast (given[i].array, weft_dtype_is_float (own) ? dtype : own));
    }
  return world_run_one (&world, world_build (&world, text), mode);
}

static WeftArray *
normal (guint stream, guint rank, const gint64 *shape)
{
  WeftArray *array = weft_array_new (WEFT_F64, rank, shape);

  weft_philox_normal_f64 (stream, 0, 0, array->n_elements, array->data);
  return array;
}

/* The largest difference over the largest number of @expected. */
static double
distance (const WeftArray *got, const WeftArray *expected)
{
  double largest = 1e-300, difference = 0;

  g_assert_cmpint (got->n_elements, ==, expected->n_elements);
  for (gint64 i = 0; i < got->n_elements; i++)
    {
      double a = weft_array_get (got, i), b = weft_array_get (expected, i);

      largest = fmax (largest, fabs (b));
      difference = fmax (difference, fabs (a - b));
      if (isnan (a) || isnan (b))
        return INFINITY;
    }
  return difference / largest;
}

/* ---- Convolutions ---- */

/* A float has 24 bits; the longest sum here has some 2e5 terms of random signs. */
#define TOLERANCE_F32 2e-5
#define TOLERANCE_F64 1e-12

typedef struct
{
  gint64      x[5], w[5];
  guint       rank;
  const char *attrs; /* ", stride=2" */
} Setting;

static const Setting settings[] = {
  { { 64, 28, 28, 1 }, { 5, 5, 1, 20 }, 4, "" },
  { { 37, 12, 12, 20 }, { 5, 5, 20, 50 }, 4, "" },
  { { 33, 16, 16, 16 }, { 3, 3, 16, 16 }, 4, ", padding='same'" },
  { { 9, 17, 15, 24 }, { 3, 3, 24, 40 }, 4, ", padding='same', stride=2" },
  { { 12, 20, 20, 32 }, { 3, 3, 8, 32 }, 4, ", padding='same', groups=4" },
  { { 16, 24, 24, 32 }, { 3, 3, 1, 32 }, 4, ", padding='same', groups=32" },
  { { 8, 20, 20, 16 }, { 3, 3, 16, 24 }, 4, ", dilation=2, pads=(0, 3, 2, 1)" },
  { { 40, 200, 12 }, { 7, 12, 20 }, 3, ", padding='causal', dilation=3" },
  { { 21, 100, 5 }, { 9, 5, 7 }, 3, ", padding='full', stride=3" },
  { { 5, 6, 12, 12, 8 }, { 3, 3, 3, 8, 16 }, 5, ", padding='same'" },
  { { 3, 7, 9, 8, 4 }, { 2, 3, 2, 4, 6 }, 5, ", stride=(2, 1, 2), pads=(1, 0, 2)" },
  { { 50, 10, 10, 6 }, { 1, 1, 6, 30 }, 4, "" },
  { { 2, 9, 7, 70 }, { 3, 3, 70, 37 }, 4, "" },
  { { 3, 6, 6, 64 }, { 3, 3, 64, 133 }, 4, ", padding='same'" },
  { { 3, 5, 5, 260 }, { 1, 2, 130, 18 }, 4, ", groups=2" },
  { { 1, 40, 44, 12 }, { 3, 3, 12, 20 }, 4, ", padding='same'" },
  { { 2, 61, 33, 20 }, { 3, 3, 20, 12 }, 4, "" },
};

/* conv and both gradients of a setting: in float on the pool, in double by loops, and by the
 * definition where that does not take too long. */
static void
test_conv (gconstpointer data)
{
  const Setting   *setting = data;
  g_autofree char *conv = g_strdup_printf ("conv(x, w%s)", setting->attrs);
  g_autofree char *texts[3] = {
    g_strdup (conv), g_strdup_printf ("conv_input_grad(g, w, shape=x.shape%s)", setting->attrs),
    g_strdup_printf ("conv_weight_grad(x, g, shape=w.shape%s)", setting->attrs)
  };
  Given given[3] = { { "x", normal (1, setting->rank, setting->x) },
                     { "w", normal (2, setting->rank, setting->w) } };
  g_autoptr (WeftArray) y = evaluate (conv, given, 2, WEFT_MODE_INTERPRET, WEFT_F64);
  gboolean small =
    (double) y->n_elements * given[1].array->n_elements / setting->w[setting->rank - 1] < 1e8;

  given[2] = (Given){ "g", normal (3, setting->rank, y->shape) };
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (WeftArray) wide = evaluate (texts[i], given, 3, WEFT_MODE_INTERPRET, WEFT_F64);
      g_autoptr (WeftArray) narrow = evaluate (texts[i], given, 3, WEFT_MODE_INTERPRET, WEFT_F32);
      g_autoptr (WeftArray) plain = NULL;

      g_assert_cmpfloat (distance (narrow, wide), <, TOLERANCE_F32);
      if (!small)
        continue;
      plain = evaluate (texts[i], given, 3, WEFT_MODE_REFERENCE, WEFT_F64);
      g_assert_cmpfloat (distance (wide, plain), <, TOLERANCE_F64);
    }
  for (guint i = 0; i < 3; i++)
    {
      weft_array_unref (given[i].array);
      g_clear_pointer (&texts[i], g_free);
    }
}

/* The same bits for one thread and for several. */
static void
test_conv_threads (void)
{
  const Setting    *setting = &settings[1];
  Given             given[2] = { { "x", normal (1, setting->rank, setting->x) },
                                 { "w", normal (2, setting->rank, setting->w) } };
  const char *const texts[] = { "max_pool(conv(x, w))",
                                "conv_weight_grad(x, conv(x, w), shape=w.shape)",
                                "conv_input_grad(conv(x, w), w, shape=x.shape)",
                                "batch_norm(conv(x, w))" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (WeftArray) one = NULL;
      g_autoptr (WeftArray) three = NULL;

      weft_pool_set_threads (1);
      one = evaluate (texts[i], given, 2, WEFT_MODE_INTERPRET, WEFT_F32);
      weft_pool_set_threads (3);
      three = evaluate (texts[i], given, 2, WEFT_MODE_INTERPRET, WEFT_F32);
      g_assert_true (weft_array_same (one, three));
    }
  weft_pool_set_threads (0);
  for (guint i = 0; i < 2; i++)
    weft_array_unref (given[i].array);
}

/* A program is run again with other numbers: what was prepared holds none of them. */
static void
test_conv_again (void)
{
  g_autoptr (WeftArray) twice = NULL;
  Given given[2] = { { "x", normal (1, 4, (gint64[]){ 3, 8, 8, 8 }) },
                     { "w", normal (2, 5, (gint64[]){ 4, 3, 3, 8, 8 }) } };

  twice = evaluate ("map(lambda k: conv(x, k), w)[2] - conv(x, w[2])", given, 2,
                    WEFT_MODE_INTERPRET, WEFT_F32);
  for (gint64 i = 0; i < twice->n_elements; i++)
    g_assert_cmpfloat (fabs (weft_array_get (twice, i)), <, 1e-4);
  for (guint i = 0; i < 2; i++)
    weft_array_unref (given[i].array);
}

/* ---- Pooling ---- */

static void
assert_numbers (const WeftArray *array, guint n, const double *expected)
{
  g_assert_cmpint (array->n_elements, ==, n);
  for (guint i = 0; i < n; i++)
    if (isnan (expected[i]))
      g_assert_true (isnan (weft_array_get (array, i)));
    else
      g_assert_cmpfloat (weft_array_get (array, i), ==, expected[i]);
}

/* The first of equals gets the gradient; NaN is the largest; a window of -inf has a maximum. */
static void
test_pool_edges (void)
{
  static const double   numbers[] = { 1, 1, NAN, 2, -INFINITY, -INFINITY };
  WeftArray            *x = weft_array_new (WEFT_F64, 3, (gint64[]){ 1, 6, 1 });
  WeftArray            *g = weft_array_new (WEFT_F64, 3, (gint64[]){ 1, 3, 1 });
  Given                 given[2] = { { "x", x }, { "g", g } };
  static const WeftMode modes[] = { WEFT_MODE_INTERPRET, WEFT_MODE_REFERENCE };

  for (guint i = 0; i < 6; i++)
    weft_array_set (x, i, numbers[i]);
  for (guint i = 0; i < 3; i++)
    weft_array_set (g, i, i + 1);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (WeftArray) y = evaluate ("max_pool(x)", given, 2, modes[i], WEFT_F64);
      g_autoptr (WeftArray) back = evaluate ("max_pool_grad(x, g)", given, 2, modes[i], WEFT_F64);

      assert_numbers (y, 3, (double[]){ 1, NAN, -INFINITY });
      assert_numbers (back, 6, (double[]){ 1, 0, 2, 0, 3, 0 });
    }
  weft_array_unref (x);
  weft_array_unref (g);
}

/* ---- ctc ---- */

/* Whether @path, repeats merged and blanks (0) left out, spells @labels. */
static gboolean
spells (const guint *path, guint n, const gint64 *labels, guint n_labels)
{
  guint at = 0;

  for (guint i = 0; i < n; i++)
    if (path[i] != 0 && (i == 0 || path[i] != path[i - 1]))
      {
        if (at == n_labels || labels[at] != path[i])
          return FALSE;
        at++;
      }
  return at == n_labels;
}

/* The definition: the sum over all paths. */
static void
test_ctc_paths (void)
{
  enum
  {
    TIME = 5,
    CLASSES = 3,
    PATHS = 243
  };
  static const gint64 words[][3] = { { 1, 2, -1 }, { 2, 2, -1 }, { 1, 2, 1 }, { -1, 0, 0 } };
  WeftArray          *logits = normal (5, 3, (gint64[]){ 4, TIME, CLASSES });
  WeftArray          *labels = weft_array_new (WEFT_I64, 2, (gint64[]){ 4, 3 });
  Given               given[2] = { { "logits", logits }, { "labels", labels } };
  g_autoptr (WeftArray) p =
    evaluate ("softmax(logits) + 0 * sum(labels)", given, 2, WEFT_MODE_REFERENCE, WEFT_F64);
  g_autoptr (WeftArray) losses = NULL;

  for (guint i = 0; i < 12; i++)
    weft_array_set (labels, i, words[i / 3][i % 3]);
  losses = evaluate ("ctc_losses(logits, labels, full((4,), 5, dtype=i64))", given, 2,
                     WEFT_MODE_INTERPRET, WEFT_F64);
  for (guint b = 0; b < 4; b++)
    {
      double sum = 0;
      guint  n = words[b][0] < 0 ? 0 : words[b][2] < 0 ? 2
                                                       : 3;

      for (guint k = 0; k < PATHS; k++)
        {
          guint  path[TIME], rest = k;
          double product = 1;

          for (guint t = 0; t < TIME; t++, rest /= CLASSES)
            {
              path[t] = rest % CLASSES;
              product *= weft_array_get (p, (b * TIME + t) * CLASSES + path[t]);
            }
          if (spells (path, TIME, words[b], n))
            sum += product;
        }
      g_assert_cmpfloat (fabs (weft_array_get (losses, b) + log (sum)), <, 1e-12);
    }
  weft_array_unref (logits);
  weft_array_unref (labels);
}

/* Labels longer than the time: infinitely unlikely, and no gradient. */
static void
test_ctc_impossible (void)
{
  WeftArray *logits = normal (5, 3, (gint64[]){ 1, 2, 3 });
  WeftArray *labels = weft_array_new (WEFT_I64, 2, (gint64[]){ 1, 2 });
  Given      given[2] = { { "logits", logits }, { "labels", labels } };
  g_autoptr (WeftArray) loss = NULL;
  g_autoptr (WeftArray) gradient = NULL;

  weft_array_set (labels, 0, 1);
  weft_array_set (labels, 1, 1);
  loss = evaluate ("ctc(logits, labels)", given, 2, WEFT_MODE_INTERPRET, WEFT_F32);
  gradient = evaluate ("ctc_grad(logits, labels, full((1,), 2, dtype=i64))", given, 2,
                       WEFT_MODE_INTERPRET, WEFT_F32);
  g_assert_true (isinf (weft_array_get (loss, 0)));
  for (gint64 i = 0; i < gradient->n_elements; i++)
    g_assert_cmpfloat (weft_array_get (gradient, i), ==, 0);
  weft_array_unref (logits);
  weft_array_unref (labels);
}

/* ---- Large numbers ---- */

/* Losses and what they are made of, at logits of 1e4 in float, against double. */
static void
test_large_logits (void)
{
  static const char *const texts[] = {
    "softmax(x)",
    "log_softmax(x)",
    "cross_entropy(x, labels)",
    "cross_entropy_grad(x, labels)",
    "cross_entropy(x, softmax(x))",
    "binary_cross_entropy(x, t)",
    "log_sigmoid(x)",
    "hinge(x, 2 * t - 1)",
    "multiclass_hinge(x, labels)",
    "huber(x, t)",
    "log_cosh_error(x, t)",
    "logsumexp(x, axis=-1)",
    "negative_log_likelihood(log_softmax(x), labels)",
    "cosine_similarity(x, t)",
    "ctc(reshape(x, (2, 3, 5)), reshape(labels[:2] % 4 + 1, (2, 1)))",
    "scaled_dot_product_attention(x, x, t, causal=True)",
    "standardize(x)",
    "rms_norm(x)",
  };
  WeftArray *x = normal (7, 2, (gint64[]){ 6, 5 }),
            *t = weft_array_new (WEFT_F64, 2, (gint64[]){ 6, 5 });
  WeftArray *labels = weft_array_new (WEFT_I64, 1, (gint64[]){ 6 });
  Given      given[3] = { { "x", x }, { "t", t }, { "labels", labels } };

  for (guint i = 0; i < 30; i++)
    {
      weft_array_set (x, i, (float) (1e4 * weft_array_get (x, i)));
      weft_array_set (t, i, i % 3 == 0);
      weft_array_set (labels, i % 6, i % 5);
    }
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (WeftArray) narrow = evaluate (texts[i], given, 3, WEFT_MODE_INTERPRET, WEFT_F32);
      g_autoptr (WeftArray) wide = evaluate (texts[i], given, 3, WEFT_MODE_REFERENCE, WEFT_F64);

      if (!(distance (narrow, wide) < 1e-5))
        g_error ("%s differs by %g", texts[i], distance (narrow, wide));
    }
  weft_array_unref (x);
  weft_array_unref (t);
  weft_array_unref (labels);
}

/* Means far larger than deviations: a float holds them to 1e-7 of the mean, here 1e-4 of the
 * deviation. */
static void
test_norm_far_from_zero (void)
{
  static const char *const texts[] = { "standardize(x + 1000)", "batch_norm(x + 1000)",
                                       "standardize(x + 1000, axis=(0, 1))" };
  Given                    given = { "x", normal (9, 2, (gint64[]){ 300, 40 }) };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (WeftArray) narrow = evaluate (texts[i], &given, 1, WEFT_MODE_INTERPRET, WEFT_F32);
      g_autoptr (WeftArray) wide = evaluate (texts[i], &given, 1, WEFT_MODE_REFERENCE, WEFT_F64);

      g_assert_cmpfloat (distance (narrow, wide), <, 1e-4);
    }
  weft_array_unref (given.array);
}

/* Columns of one number each: nothing is left but rounding, which 1 / sqrt (epsilon) makes larger.
 */
static void
test_norm_of_constants (void)
{
  Given given = { "x", normal (9, 2, (gint64[]){ 1, 40 }) };
  g_autoptr (WeftArray) y = evaluate ("standardize(broadcast_to(x, (3000, 40)), axis=0)", &given, 1,
                                      WEFT_MODE_INTERPRET, WEFT_F32);

  for (gint64 i = 0; i < y->n_elements; i++)
    g_assert_cmpfloat (fabs (weft_array_get (y, i)), <, 1e-4);
  weft_array_unref (given.array);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/networks/conv/%u", i);

      g_test_add_data_func (path, &settings[i], test_conv);
    }
  g_test_add_func ("/engine/networks/conv/threads", test_conv_threads);
  g_test_add_func ("/engine/networks/conv/again", test_conv_again);
  g_test_add_func ("/engine/networks/pool/edges", test_pool_edges);
  g_test_add_func ("/engine/networks/ctc/paths", test_ctc_paths);
  g_test_add_func ("/engine/networks/ctc/impossible", test_ctc_impossible);
  g_test_add_func ("/engine/networks/large-logits", test_large_logits);
  g_test_add_func ("/engine/networks/norm-far-from-zero", test_norm_far_from_zero);
  g_test_add_func ("/engine/networks/norm-of-constants", test_norm_of_constants);
  return g_test_run ();
}
