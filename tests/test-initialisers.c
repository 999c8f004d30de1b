/* Initialisers: every row on every kind of shape, and what each promises: spread, right angles,
 * zeros.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/lower-private.h"

#include "engine/ops/ops.h"

#include <math.h>

static WeftArray *
fill (const char *init, guint rank, const gint64 *shape, guint64 seed)
{
  g_autoptr (WeftJson) json = weft_json_new_string (init);
  g_autoptr (GError) error = NULL;
  WeftArray *array = weft_initialise (json, WEFT_F32, rank, shape, seed, &error);

  g_assert_no_error (error);
  return array;
}

static double
at (const WeftArray *array, gint64 row, gint64 column)
{
  return weft_array_get (array, row * array->shape[array->rank - 1] + column);
}

/* Every row gives numbers for every shape, the same for the same seed. */
static void
test_all (void)
{
  static const gint64 shapes[][4] = {
    { 0 },
    { 7 },
    { 5, 3 },
    { 3, 5 },
    { 20, 4 },
    { 2, 3, 4 },
    { 3, 3, 2, 6 },
    { 1, 1 },
  };
  static const guint ranks[] = { 0, 1, 2, 2, 2, 3, 4, 2 };

  for (guint i = 0; i < weft_initialiser_count (); i++)
    for (guint k = 0; k < G_N_ELEMENTS (ranks); k++)
      {
        const char *name = weft_initialiser_get (i)->name;
        g_autoptr (WeftJson) json = weft_json_new_string (name);
        g_autoptr (WeftArray) a = fill (name, ranks[k], shapes[k], 3);
        g_autoptr (WeftArray) b = fill (name, ranks[k], shapes[k], 3);

        g_test_message ("%s, rank %u", name, ranks[k]);
        g_assert_true (weft_initialise_check (json, WEFT_F32, ranks[k], shapes[k], NULL));
        for (gint64 n = 0; n < a->n_elements; n++)
          {
            g_assert_true (isfinite (weft_array_get (a, n)));
            g_assert_cmpfloat (weft_array_get (a, n), ==, weft_array_get (b, n));
          }
      }
}

static void
test_simple (void)
{
  g_autoptr (WeftArray) constant = fill ("constant", 2, (gint64[]){ 2, 2 }, 1);
  g_autoptr (WeftArray) identity = fill ("identity", 2, (gint64[]){ 3, 4 }, 1);
  g_autoptr (WeftArray) ones = fill ("ones", 1, (gint64[]){ 4 }, 1);
  g_autoptr (WeftArray) own = fill ("2 * sqrt(fan_in) * ones(shape)", 2, (gint64[]){ 9, 2 }, 1);
  /* A filter of 3 x 5 over 4 channels that gives 7. */
  g_autoptr (WeftArray) filter =
    fill ("1000 * fan_in + fan_out + zeros(shape)", 4, (gint64[]){ 3, 5, 4, 7 }, 1);

  g_assert_cmpfloat_with_epsilon (weft_array_get (constant, 3), 0.1, 1e-7);
  g_assert_cmpfloat (weft_array_get (ones, 3), ==, 1);
  g_assert_cmpfloat (weft_array_get (own, 0), ==, 6);
  g_assert_cmpfloat (weft_array_get (filter, 0), ==, 1000 * 3 * 5 * 4 + 3 * 5 * 7);
  for (gint64 row = 0; row < 3; row++)
    for (gint64 column = 0; column < 4; column++)
      g_assert_cmpfloat (at (identity, row, column), ==, row == column);
}

/* Rows (of a wide matrix) or columns (of a tall one) at right angles, and of length 1. */
static void
test_orthogonal (void)
{
  static const gint64 sizes[][2] = { { 12, 5 }, { 5, 12 }, { 8, 8 } };

  for (guint k = 0; k < G_N_ELEMENTS (sizes); k++)
    {
      g_autoptr (WeftArray) q = fill ("orthogonal", 2, sizes[k], 11 + k);
      gboolean tall = sizes[k][0] >= sizes[k][1];
      gint64   n = tall ? sizes[k][1] : sizes[k][0], m = tall ? sizes[k][0] : sizes[k][1];

      for (gint64 i = 0; i < n; i++)
        for (gint64 j = 0; j < n; j++)
          {
            double product = 0;

            for (gint64 r = 0; r < m; r++)
              product += tall ? at (q, r, i) * at (q, r, j) : at (q, i, r) * at (q, j, r);
            g_assert_cmpfloat_with_epsilon (product, i == j, 1e-5);
          }
    }
}

/* 15 inputs of each output, others 0. */
static void
test_sparse (void)
{
  g_autoptr (WeftArray) wide = fill ("sparse", 2, (gint64[]){ 100, 20 }, 5);
  g_autoptr (WeftArray) small = fill ("sparse", 2, (gint64[]){ 6, 3 }, 5);

  for (gint64 column = 0; column < 20; column++)
    {
      guint n = 0;

      for (gint64 row = 0; row < 100; row++)
        n += at (wide, row, column) != 0;
      g_assert_cmpuint (n, ==, 15);
    }
  for (gint64 i = 0; i < small->n_elements; i++)
    g_assert_cmpfloat (weft_array_get (small, i), !=, 0);
}

/* The standard deviation of 300 x 200 numbers; its own deviation is sigma / sqrt(2 n) = 0.3 %. */
static void
test_spread (void)
{
  static const struct
  {
    const char *name;
    double      variance;
  } rows[] = {
    { "normal", 0.05 * 0.05 },
    { "uniform", 0.1 * 0.1 / 12 },
    { "glorot_normal", 2.0 / 500 },
    { "glorot_uniform", 2.0 / 500 },
    { "he_normal", 2.0 / 300 },
    { "he_uniform", 2.0 / 300 },
    { "lecun_normal", 1.0 / 300 },
    { "lecun_uniform", 1.0 / 300 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (WeftArray) a = fill (rows[i].name, 2, (gint64[]){ 300, 200 }, 17);
      double sum = 0, squares = 0;

      for (gint64 n = 0; n < a->n_elements; n++)
        {
          sum += weft_array_get (a, n);
          squares += weft_array_get (a, n) * weft_array_get (a, n);
        }
      g_test_message ("%s", rows[i].name);
      g_assert_cmpfloat_with_epsilon (sqrt (squares / 60000) / sqrt (rows[i].variance), 1, 0.02);
      g_assert_cmpfloat_with_epsilon (sum / 60000, 0, 5 * sqrt (rows[i].variance / 60000));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/document/initialiser/all", test_all);
  g_test_add_func ("/document/initialiser/simple", test_simple);
  g_test_add_func ("/document/initialiser/orthogonal", test_orthogonal);
  g_test_add_func ("/document/initialiser/sparse", test_sparse);
  g_test_add_func ("/document/initialiser/spread", test_spread);
  return g_test_run ();
}
