/* The engine's own small products: every bit as promised, for every vector instruction set that
 * this machine has.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/ops/cpu.h"
#include "engine/run/product-kernels.h"

#define MAX_SIDE 80

typedef struct
{
  gint64   m, n, k;
  gboolean by_columns; /* a */
  gboolean scales, in_place;
  int      c_step; /* -1: nothing is added */
} Case;

/* Written to have the tails of all blocks in it. */
static const gint64 sides[] = { 1, 2, 4, 7, 8, 9, 15, 16, 17, 31, 33, 48, 63, 64, 65, 80 };

#define TEST(type, number_fma)                                                                  \
  static void test_##type (const WeftProductKernels *kernels, const Case *t)                    \
  {                                                                                             \
    static type a[MAX_SIDE * MAX_SIDE], b[MAX_SIDE * MAX_SIDE], c[MAX_SIDE * MAX_SIDE * 2],     \
      y[MAX_SIDE * MAX_SIDE + 1];                                                               \
    static type      expected[MAX_SIDE * MAX_SIDE + 1];                                         \
    WeftSmallProduct p = { .m = t->m,                                                           \
                           .n = t->n,                                                           \
                           .k = t->k,                                                           \
                           .a = a,                                                              \
                           .b = b,                                                              \
                           .a_row = t->by_columns ? 1 : t->k,                                   \
                           .a_column = t->by_columns ? t->m : 1,                                \
                           .b_row = t->n,                                                       \
                           .result = y,                                                         \
                           .ld = t->n,                                                          \
                           .c = t->c_step < 0 ? NULL : t->in_place ? y                          \
                                                                   : c,                         \
                           .c_row = t->in_place ? t->n : t->c_step * t->n,                      \
                           .c_column = t->in_place ? 1 : t->c_step,                             \
                           .alpha = 0.7,                                                        \
                           .beta = -1.3,                                                        \
                           .scales = t->scales };                                               \
    for (guint i = 0; i < G_N_ELEMENTS (a); i++)                                                \
      {                                                                                         \
        a[i] = (type) g_test_rand_double_range (-2, 2);                                         \
        b[i] = (type) g_test_rand_double_range (-2, 2);                                         \
        c[2 * i] = c[2 * i + 1] = y[i] = (type) g_test_rand_double_range (-2, 2);               \
      }                                                                                         \
    memcpy (expected, y, sizeof y);                                                             \
    for (gint64 i = 0; i < t->m; i++)                                                           \
      for (gint64 j = 0; j < t->n; j++)                                                         \
        {                                                                                       \
          type  sum = 0;                                                                        \
          type *to = &expected[i * t->n + j];                                                   \
          for (gint64 k = 0; k < t->k; k++)                                                     \
            sum = number_fma (a[i * p.a_row + k * p.a_column], b[k * t->n + j], sum);           \
          if (t->scales)                                                                        \
            sum = (type) 0.7 * sum;                                                             \
          if (p.c != NULL)                                                                      \
            {                                                                                   \
              type added = (type) -1.3 * (t->in_place ? *to : c[i * p.c_row + j * p.c_column]); \
              sum = added + sum;                                                                \
            }                                                                                   \
          *to = sum;                                                                            \
        }                                                                                       \
    kernels->NAME_##type (&p);                                                                  \
    g_assert_cmpmem (y, sizeof y, expected, sizeof expected);                                   \
  }

#define NAME_float f32
#define NAME_double f64
TEST (float, fmaf)
TEST (double, fma)

static void
test_variant (gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    for (guint j = 0; j < G_N_ELEMENTS (sides); j++)
      for (guint way = 0; way < 12; way++)
        {
          Case t = { .m = sides[i],
                     .n = sides[j],
                     .k = sides[(i + j + way) % G_N_ELEMENTS (sides)],
                     .by_columns = way & 1,
                     .scales = way & 2,
                     .in_place = way == 3 || way == 4,
                     .c_step = (int) (way / 3) - 1 };
          test_float (data, &t);
          test_double (data, &t);
        }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#if defined(__x86_64__)
  if (weft_cpu_level () >= WEFT_CPU_AVX2)
    g_test_add_data_func ("/engine/products/avx2", &weft_product_kernels_avx2, test_variant);
  if (weft_cpu_level () >= WEFT_CPU_AVX512)
    g_test_add_data_func ("/engine/products/avx512", &weft_product_kernels_avx512, test_variant);
    /* Without fused instructions the baseline rounds twice. */
#else
  g_test_add_data_func ("/engine/products/baseline", &weft_product_kernels_baseline, test_variant);
#endif
  return g_test_run ();
}
