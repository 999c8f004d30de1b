/* The inner loops of convolutions for each instruction set that this machine has, against plain
 * loops: every block of columns, last vectors that lie over those before, storing and adding.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/conv-kernels.h"

#include <math.h>
#include <string.h>

#include "engine/ops/cpu.h"
#include "engine/tensor/philox.h"

/* Sums of @TERMS products of numbers below 1, rounded once each: below TERMS * 2^-24. */
#define TERMS 37
#define TOLERANCE(is_double) ((is_double) ? 1e-13 : 5e-6)
#define SPREAD 3 /* elements between what neighbouring terms read */
#define LINE 160 /* elements of a row of results; twice more than any block */

typedef struct
{
  const WeftConvKernels *kernels;
  gboolean               is_double;
} Table;

/* Numbers of either type. */
typedef struct
{
  gboolean is_double;
  char    *data;
} Numbers;

static Numbers
numbers_new (const Table *table, guint stream, gsize n)
{
  Numbers            numbers = { table->is_double, g_malloc0 (n * sizeof (double)) };
  g_autofree double *drawn = g_new (double, n);

  weft_philox_uniform_f64 (stream, 0, 0, n, drawn);
  for (gsize i = 0; i < n; i++)
    if (numbers.is_double)
      ((double *) numbers.data)[i] = drawn[i] - 0.5;
    else
      ((float *) numbers.data)[i] = drawn[i] - 0.5;
  return numbers;
}

static double
number (const Numbers *numbers, gint64 i)
{
  return numbers->is_double ? ((const double *) numbers->data)[i]
                            : ((const float *) numbers->data)[i];
}

static gpointer
address (const Numbers *numbers, gint64 i)
{
  return numbers->data + i * (gint64) (numbers->is_double ? sizeof (double) : sizeof (float));
}

/* The columns of a block: [width] where each stands in the line of results. */
static gint64
columns_of (const Table *table, guint whole, guint kind, gint64 overlap, gint64 *columns)
{
  gint64 lanes = table->kernels->lanes, last = lanes / 4 << kind, n = 0;

  for (gint64 j = 0; j < whole * lanes; j++)
    columns[n++] = j;
  for (gint64 j = 0; j < last; j++)
    columns[n++] = whole * lanes - overlap + j;
  return n;
}

static void
check_product (const Table *table, guint whole, guint kind, gint64 overlap, gboolean add)
{
  const WeftConvBlock *block = &table->kernels->blocks[whole][kind];
  gint64               columns[LINE], width = columns_of (table, whole, kind, overlap, columns);
  Numbers              x = numbers_new (table, 1, 1000), w = numbers_new (table, 2, TERMS * width);
  gsize                n = (WEFT_CONV_MAX_TILE + 1) * LINE;
  Numbers              y = numbers_new (table, 3, n), before = numbers_new (table, 3, n);
  gpointer             in[WEFT_CONV_MAX_TILE], out[WEFT_CONV_MAX_TILE];
  gint32               at[TERMS];

  for (gint i = 0; i < TERMS; i++)
    at[i] = i * SPREAD;
  for (gint r = 0; r < block->n_rows; r++)
    {
      in[r] = address (&x, 7 * r);
      out[r] = address (&y, r * LINE + LINE / 2);
    }
  block->product (in, at, TERMS, w.data, out, columns[width - (table->kernels->lanes / 4 << kind)],
                  add);
  /* Where vectors lie over each other the last one is stored last; both add. */
  for (gint r = 0; r < block->n_rows; r++)
    for (gint64 j = -LINE / 2; j < LINE / 2; j++)
      {
        gint64 place = r * LINE + LINE / 2 + j;
        double expected = number (&before, place);

        for (gint64 k = 0; k < width; k++)
          {
            double sum = 0;

            if (columns[k] != j)
              continue;
            for (gint i = 0; i < TERMS; i++)
              sum += number (&x, 7 * r + at[i]) * number (&w, i * width + k);
            expected = add ? expected + sum : sum;
          }
        g_assert_cmpfloat (fabs (number (&y, place) - expected), <=, TOLERANCE (x.is_double));
      }
  g_free (x.data);
  g_free (w.data);
  g_free (y.data);
  g_free (before.data);
}

static void
check_outer (const Table *table, guint whole, guint kind, gint64 overlap)
{
  const WeftConvBlock *block = &table->kernels->blocks[whole][kind];
  gint64               columns[LINE], width = columns_of (table, whole, kind, overlap, columns);
  Numbers              x = numbers_new (table, 1, 1000), g = numbers_new (table, 2, TERMS * LINE);
  Numbers              w = numbers_new (table, 3, WEFT_CONV_MAX_TILE * width);
  Numbers              before = numbers_new (table, 3, WEFT_CONV_MAX_TILE * width);
  gint32               x_at[TERMS], g_at[TERMS], row[WEFT_CONV_MAX_TILE];

  for (gint i = 0; i < TERMS; i++)
    {
      x_at[i] = i * SPREAD;
      g_at[i] = i * LINE + LINE / 2 - table->kernels->lanes;
    }
  for (gint r = 0; r < block->n_rows; r++)
    row[r] = 11 * r;
  block->outer (w.data, x.data, g.data, x_at, g_at, TERMS, row,
                columns[width - (table->kernels->lanes / 4 << kind)]);
  for (gint r = 0; r < block->n_rows; r++)
    for (gint64 k = 0; k < width; k++)
      {
        double expected = number (&before, r * width + k);

        for (gint i = 0; i < TERMS; i++)
          expected += number (&x, x_at[i] + row[r]) * number (&g, g_at[i] + columns[k]);
        g_assert_cmpfloat (fabs (number (&w, r * width + k) - expected), <=,
                           TOLERANCE (x.is_double));
      }
  g_free (x.data);
  g_free (w.data);
  g_free (g.data);
  g_free (before.data);
}

static void
test_table (gconstpointer data)
{
  const Table *table = data;

  for (gint whole = 0; whole < table->kernels->n_whole; whole++)
    for (guint kind = 0; kind < 3; kind++)
      for (gint64 overlap = 0; overlap < (whole > 0 ? 3 : 1); overlap++)
        {
          check_product (table, whole, kind, overlap, FALSE);
          check_product (table, whole, kind, overlap, TRUE);
          check_outer (table, whole, kind, overlap);
        }
}

static void
add (const char *name, const WeftConvKernels *kernels)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *path = g_strdup_printf ("/ops/conv-kernels/%s/%s", name, i ? "f64" : "f32");
      Table           *table = g_new (Table, 1);

      *table = (Table){ &kernels[i], i == 1 };
      g_test_add_data_func_full (path, table, test_table, g_free);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#if defined(__x86_64__)
  if (weft_cpu_level () >= WEFT_CPU_AVX2)
    add ("avx2", weft_conv_kernels_1);
  if (weft_cpu_level () >= WEFT_CPU_AVX512)
    add ("avx512", weft_conv_kernels_2);
#endif
  return g_test_run ();
}
