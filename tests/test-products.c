/* The engine's own products: every bit as promised, for every vector instruction set that this
 * machine has.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/ops/cpu.h"
#include "engine/run/product-kernels.h"

#define MAX_SIDE 80
#define MAX_DEPTH 700
#define ALPHA 0.7
#define BETA -1.3

typedef struct
{
  gint64   m, n, k;
  gboolean by_columns, packs_a;
  gboolean turned, packs; /* b */
  gboolean scales, in_place;
  int      c_step; /* -1: nothing is added */
} Case;

/* Written to have the tails of all blocks in it. */
static const gint64 sides[] = { 1, 2, 4, 7, 8, 9, 15, 16, 17, 31, 33, 48, 63, 64, 65, 80 };

static char scratch[MAX_DEPTH * (256 + (MAX_SIDE + 16) * sizeof (double)) + MAX_SIDE * 256]
  __attribute__ ((aligned (64)));

static WeftOwnProduct
product_of (const Case *t)
{
  return (WeftOwnProduct){ .m = t->m,
                           .n = t->n,
                           .k = t->k,
                           .a_row = t->by_columns ? 1 : t->k,
                           .a_column = t->by_columns ? t->m : 1,
                           .b_row = t->turned ? 1 : t->n,
                           .b_column = t->turned ? t->k : 1,
                           .packs = t->packs || t->turned,
                           .packs_a = t->packs_a,
                           .ld = t->n,
                           .c_row = t->in_place ? t->n : t->c_step * t->n,
                           .c_column = t->in_place ? 1 : t->c_step,
                           .alpha = ALPHA,
                           .beta = BETA,
                           .scales = t->scales };
}

#define TEST(type, kernel, number_fma)                                                           \
  static void test_##type (const WeftProductKernels *kernels, const Case *t)                     \
  {                                                                                              \
    static type    a[MAX_SIDE * MAX_DEPTH], b[MAX_SIDE * MAX_DEPTH], c[MAX_SIDE * MAX_SIDE * 2]; \
    static type    y[MAX_SIDE * MAX_SIDE + 1], expected[MAX_SIDE * MAX_SIDE + 1];                \
    WeftOwnProduct p = product_of (t);                                                           \
    for (guint i = 0; i < G_N_ELEMENTS (a); i++)                                                 \
      {                                                                                          \
        a[i] = (type) g_test_rand_double_range (-2, 2);                                          \
        b[i] = a[i] * (type) 1.3 + (type) (i % 7);                                               \
      }                                                                                          \
    for (guint i = 0; i < G_N_ELEMENTS (y); i++)                                                 \
      c[i] = y[i] = expected[i] = (type) g_test_rand_double_range (-2, 2);                       \
    for (gint64 i = 0; i < t->m; i++)                                                            \
      for (gint64 j = 0; j < t->n; j++)                                                          \
        {                                                                                        \
          type sum = 0, *to = &expected[i * t->n + j];                                           \
          type added = t->in_place ? *to : c[MAX (0, i * p.c_row + j * p.c_column)];             \
          type both = (type) BETA * added;                                                       \
          for (gint64 k = 0; k < t->k; k++)                                                      \
            sum = number_fma (a[i * p.a_row + k * p.a_column], b[k * p.b_row + j * p.b_column],  \
                              sum);                                                              \
          if (t->scales)                                                                         \
            sum = (type) ALPHA * sum;                                                            \
          *to = t->c_step < 0 ? sum : both + sum;                                                \
        }                                                                                        \
    p.a = a;                                                                                     \
    p.b = b;                                                                                     \
    p.c = t->c_step < 0 ? NULL : t->in_place ? y                                                 \
                                             : c;                                                \
    p.result = y;                                                                                \
    g_assert_cmpuint (weft_own_product_scratch (&p), <=, sizeof scratch);                        \
    kernels->kernel (&p, scratch);                                                               \
    g_assert_cmpmem (y, sizeof y, expected, sizeof expected);                                    \
  }

TEST (float, f32, fmaf)
TEST (double, f64, fma)

static void
test_case (gconstpointer kernels, gint64 m, gint64 n, gint64 k)
{
  for (guint way = 0; way < 12; way++)
    {
      Case t = { .m = m,
                 .n = n,
                 .k = k,
                 .by_columns = way & 1,
                 .packs_a = way == 5 || way == 11,
                 .turned = way % 5 == 0,
                 .packs = way % 5 == 1,
                 .scales = (way & 2) != 0,
                 .in_place = way >= 6 && way <= 8,
                 .c_step = (int) (way / 3) - 1 };
      test_float (kernels, &t);
      test_double (kernels, &t);
    }
}

static void
test_sizes (gconstpointer kernels)
{
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    for (guint j = (i & 1); j < G_N_ELEMENTS (sides); j += 2)
      test_case (kernels, sides[i], sides[j], sides[(3 * i + j) % G_N_ELEMENTS (sides)]);
}

static void
test_deep (gconstpointer kernels)
{
  static const gint64 depths[] = { 319, 320, 321, 512, 700 };
  for (guint i = 0; i < G_N_ELEMENTS (depths); i++)
    for (guint j = 0; j + 3 < G_N_ELEMENTS (sides); j += 3)
      test_case (kernels, sides[j + i % 4], sides[j], depths[i]);
}

static void
add (const char *name, const WeftProductKernels *kernels)
{
  g_autofree char *sizes = g_strconcat ("/engine/products/", name, "/sizes", NULL);
  g_autofree char *deep = g_strconcat ("/engine/products/", name, "/deep", NULL);
  g_test_add_data_func (sizes, kernels, test_sizes);
  g_test_add_data_func (deep, kernels, test_deep);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#if defined(__x86_64__)
  /* Without fused instructions the baseline rounds twice. */
  if (weft_cpu_level () >= WEFT_CPU_AVX2)
    add ("avx2", &weft_product_kernels_avx2);
  if (weft_cpu_level () >= WEFT_CPU_AVX512)
    add ("avx512", &weft_product_kernels_avx512);
#else
  add ("baseline", &weft_product_kernels_baseline);
#endif
  return g_test_run ();
}
