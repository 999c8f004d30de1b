/* The softmax family and its kin at logits of 1e4 and -1e4, where each exponential alone overflows
 * or is lost: values and gradients, in f32 and f64, of the ops and of the plain texts that
 * rewriting makes stable.
 *
 * Tolerance: a result is right to 4 eps of itself, or of the logits where it is of their size.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/grad/grad.h"
#include "tests/world.h"

#include <float.h>
#include <math.h>

#define N 4

/* log (1 + exp (-1/2)), and the softmax of (0, -1/2). */
#define REST 0.47407698418010669
#define FIRST 0.62245933120185456
#define SECOND 0.37754066879814544
#define LOG2 0.69314718055994531

static const double logits[N] = { 1e4, 9999.5, -1e4, 0 };
static const double masked[N] = { -INFINITY, 0, 1e4, -INFINITY };

typedef struct
{
  const char   *text;
  gboolean      gradient; /* of the text instead of its value */
  const double *x;
  double        expected[N]; /* the first alone of a scalar */
  gboolean      rounded;     /* through a sum that is rounded at the size of the logits */
} Case;

static const Case cases[] = {
  { "softmax(x)", FALSE, logits, { FIRST, SECOND, 0, 0 } },
  { "log_softmax(x)", FALSE, logits, { -REST, -0.5 - REST, -20000 - REST, -10000 - REST } },
  { "log(softmax(x))", FALSE, logits, { -REST, -0.5 - REST, -20000 - REST, -10000 - REST } },
  { "logsumexp(x)", FALSE, logits, { 10000 + REST } },
  { "log(sum(exp(x)))", FALSE, logits, { 10000 + REST } },
  { "cross_entropy(x, 2)", FALSE, logits, { 20000 + REST } },
  { "cross_entropy(x, 0)", FALSE, logits, { REST }, TRUE },
  { "cross_entropy(x, softmax(x))", FALSE, logits, { REST + 0.5 * SECOND } },
  { "-sum(softmax(x) * log_softmax(x))", FALSE, logits, { REST + 0.5 * SECOND } },
  { "sigmoid(x)", FALSE, logits, { 1, 1, 0, 0.5 } },
  { "log_sigmoid(x)", FALSE, logits, { 0, 0, -10000, -LOG2 } },
  { "log(sigmoid(x))", FALSE, logits, { 0, 0, -10000, -LOG2 } },
  { "log(1 - sigmoid(x))", FALSE, logits, { -10000, -9999.5, 0, -LOG2 } },
  { "softplus(x)", FALSE, logits, { 10000, 9999.5, 0, LOG2 } },
  { "log(1 + exp(x))", FALSE, logits, { 10000, 9999.5, 0, LOG2 } },
  { "logaddexp(x, 0.0)", FALSE, logits, { 10000, 9999.5, 0, LOG2 } },
  { "logaddexp(x, x)", FALSE, logits, { 10000 + LOG2, 9999.5 + LOG2, -10000 + LOG2, LOG2 } },
  { "binary_cross_entropy(x, x < 0)", FALSE, logits, { (10000 + 9999.5 + 10000 + LOG2) / 4 } },
  { "binary_cross_entropy(x, x > 0)", FALSE, logits, { LOG2 / 4 } },
  { "tanh(x)", FALSE, logits, { 1, 1, -1, 0 } },
  { "silu(x)", FALSE, logits, { 10000, 9999.5, 0, 0 } },
  { "gelu(x)", FALSE, logits, { 10000, 9999.5, 0, 0 } },
  { "mish(x)", FALSE, logits, { 10000, 9999.5, 0, 0 } },
  { "softmax(x)", FALSE, masked, { 0, 0, 1, 0 } },
  { "logsumexp(x)", FALSE, masked, { 10000 } },
  { "log_softmax(x)[1:3]", FALSE, masked, { -10000, 0 } },
  { "cross_entropy(x, 1)", FALSE, masked, { 10000 } },
  { "logsumexp(x)", TRUE, logits, { FIRST, SECOND, 0, 0 } },
  { "log(sum(exp(x)))", TRUE, logits, { FIRST, SECOND, 0, 0 }, TRUE },
  { "log(sum(exp(x), axis=-1))", TRUE, logits, { FIRST, SECOND, 0, 0 } },
  { "log(sum(exp(x), axis=0, keepdims=True))[0]", TRUE, logits, { FIRST, SECOND, 0, 0 } },
  { "cross_entropy(x, 2)", TRUE, logits, { FIRST, SECOND, -1, 0 } },
  { "-log(softmax(x))[2]", TRUE, logits, { FIRST, SECOND, -1, 0 } },
  { "log_softmax(x)[0]", TRUE, logits, { 1 - FIRST, -SECOND, 0, 0 } },
  { "softmax(x)[0]", TRUE, logits, { FIRST * SECOND, -FIRST *SECOND, 0, 0 } },
  { "sum(log(sigmoid(x)))", TRUE, logits, { 0, 0, 1, 0.5 } },
  { "sum(softplus(x))", TRUE, logits, { 1, 1, 0, 0.5 } },
  { "sum(log(1 + exp(x)))", TRUE, logits, { 1, 1, 0, 0.5 } },
  { "sum(logaddexp(x, 0.0))", TRUE, logits, { 1, 1, 0, 0.5 } },
  { "4 * binary_cross_entropy(x, x < 0)", TRUE, logits, { 1, 1, -1, 0.5 } },
  { "sum(sigmoid(x))", TRUE, logits, { 0, 0, 0, 0.25 } },
  { "sum(tanh(x))", TRUE, logits, { 0, 0, 0, 1 } },
  { "sum(silu(x))", TRUE, logits, { 1, 1, 0, 0.5 } },
  { "sum(gelu(x))", TRUE, logits, { 1, 1, 0, 0.5 } },
  { "sum(mish(x))", TRUE, logits, { 1, 1, 0, 0.6 } },
  { "cross_entropy(x, 1)", TRUE, masked, { 0, -1, 1, 0 } },
};

static WeftArray *
evaluate (const Case *test, WeftDType dtype)
{
  g_auto (World) world;
  g_autoptr (GError) error = NULL;
  WeftArray *at = weft_array_new (dtype, 1, (const gint64[]){ N }), *result;
  WeftValue *x, *value;

  for (guint i = 0; i < N; i++)
    weft_array_set (at, i, test->x[i]);
  world_init (&world);
  x = world_add_input (&world, "x", at);
  value = world_build (&world, test->text);
  if (test->gradient &&
      !weft_grad (world.graph, value, NULL, NULL, 1, &x, WEFT_DISCONNECTED_ERROR, &value, &error))
    g_error ("%s: %s", test->text, error->message);
  result = world_run_one (&world, value, WEFT_MODE_INTERPRET);
  g_assert_cmpint (result->dtype, ==, dtype);
  return result;
}

static void
test_case (gconstpointer data)
{
  static const WeftDType dtypes[] = { WEFT_F32, WEFT_F64 };
  const Case            *test = data;

  for (guint t = 0; t < G_N_ELEMENTS (dtypes); t++)
    {
      double eps = dtypes[t] == WEFT_F32 ? FLT_EPSILON : DBL_EPSILON;
      g_autoptr (WeftArray) got = evaluate (test, dtypes[t]);

      for (gint64 i = 0; i < got->n_elements; i++)
        {
          double y = weft_array_get (got, i), expected = test->expected[i];
          /* What is far from every logit is right to its own last digits. */
          double scale =
            test->rounded || fabs (expected) > 100 ? 1e4 : fmax (fabs (expected), 1e-3);

          if (fabs (y - expected) <= 4 * eps * scale)
            continue;
          g_test_message ("%s%s in %s, element %d: %.17g, expected %.17g",
                          test->gradient ? "gradient of " : "", test->text,
                          weft_dtypes[dtypes[t]].name, (int) i, y, expected);
          g_test_fail ();
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path =
        g_strdup_printf ("/engine/stable/%s/%u", cases[i].gradient ? "gradient" : "value", i);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}
