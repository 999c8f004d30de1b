/* Small products of matrices in C: sums in registers, a block of results at a time.
 *
 * What is small, and in which order the terms are added, says weft_step_is_small_product.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/emit-private.h"

/* Bytes of sums in registers, and of one row of them: a quarter of 32 registers of 64 bytes. */
#define BLOCK_BYTES 512
#define BLOCK_ROW_BYTES 256
#define MAX_BLOCK_ROWS 8
#define VECTOR_BYTES 64

typedef struct
{
  WeftWriter     *writer;
  const WeftStep *step;
  const char     *type, *fma;
  gint64          a_row, a_k, b_row; /* elements from one to the next */
} Product;

/* weft_emit_has_product:
 *
 * Returns: whether weft_emit_product can write @step.
 */
gboolean
weft_emit_has_product (const WeftStep *step)
{
  return weft_step_is_small_product (step);
}

/* Writes the result at @row, @column (texts), whose sum is called @sum. */
static void
emit_result (const Product *product, const char *row, const char *column, const char *sum)
{
  const WeftStep  *step = product->step;
  g_autofree char *scaled =
    step->gemm.scales ? g_strdup_printf ("alpha * %s", sum) : g_strdup (sum);

  if (step->gemm.adds)
    weft_writer_line (
      product->writer,
      "out0[(%s) * %" G_GINT64_FORMAT " + (%s)] = beta * in2[(%s) * %" G_GINT64_FORMAT
      " + (%s) * %" G_GINT64_FORMAT "] + %s;",
      row, step->gemm.ldc, column, row, step->gemm.c_row, column, step->gemm.c_column, scaled);
  else
    weft_writer_line (product->writer, "out0[(%s) * %" G_GINT64_FORMAT " + (%s)] = %s;", row,
                      step->gemm.ldc, column, scaled);
}

/* ---- Blocks ---- */

/* Something about the sums of row @r of a block from column @first on: they stand in vectors s0_0,
 * s0_16, ..., each with loops of its own, which are one instruction; longer arrays a compiler may
 * keep in memory. */
typedef void (*VectorFunc) (const Product *product, gint64 r, gint64 first, gint64 width);

static void
each_vector (const Product *product, gint64 rows, gint64 columns, VectorFunc func)
{
  gint64 width = VECTOR_BYTES / (gint64) weft_dtype_size (product->step->gemm.dtype);

  for (gint64 r = 0; r < rows; r++)
    for (gint64 first = 0; first < columns; first += width)
      func (product, r, first, MIN (width, columns - first));
}

static void
declare_vector (const Product *product, gint64 r, gint64 first, gint64 width)
{
  weft_writer_line (product->writer,
                    "%s s%" G_GINT64_FORMAT "_%" G_GINT64_FORMAT "[%" G_GINT64_FORMAT "] = { 0 };",
                    product->type, r, first, width);
}

static void
add_to_vector (const Product *product, gint64 r, gint64 first, gint64 width)
{
  weft_writer_line (product->writer, "for (int l = 0; l < %" G_GINT64_FORMAT "; l++)", width);
  weft_writer_line (product->writer,
                    "  s%" G_GINT64_FORMAT "_%" G_GINT64_FORMAT "[l] = %s (a%" G_GINT64_FORMAT
                    ", b[%" G_GINT64_FORMAT " + l], s%" G_GINT64_FORMAT "_%" G_GINT64_FORMAT
                    "[l]);",
                    r, first, product->fma, r, first, r, first);
}

static void
store_vector (const Product *product, gint64 r, gint64 first, gint64 width)
{
  g_autofree char *row = g_strdup_printf ("i + %" G_GINT64_FORMAT, r);
  g_autofree char *column = g_strdup_printf ("j + %" G_GINT64_FORMAT " + l", first);
  g_autofree char *sum =
    g_strdup_printf ("s%" G_GINT64_FORMAT "_%" G_GINT64_FORMAT "[l]", r, first);

  weft_writer_line (product->writer, "for (int l = 0; l < %" G_GINT64_FORMAT "; l++)", width);
  product->writer->indent++;
  emit_result (product, row, column, sum);
  product->writer->indent--;
}

/* The results of @rows rows from row i on and @columns columns from column j on. */
static void
emit_block (const Product *product, gint64 rows, gint64 columns)
{
  WeftWriter *writer = product->writer;

  each_vector (product, rows, columns, declare_vector);
  weft_writer_open (writer, "for (int k = 0; k < %" G_GINT64_FORMAT "; k++)",
                    product->step->gemm.k);
  weft_writer_line (writer,
                    "const %s *const b = in1 + k * %" G_GINT64_FORMAT " + j;", product->type,
                    product->b_row);
  for (gint64 r = 0; r < rows; r++)
    weft_writer_line (writer,
                      "const %s a%" G_GINT64_FORMAT " = in0[(i + %" G_GINT64_FORMAT
                      ") * %" G_GINT64_FORMAT " + k * %" G_GINT64_FORMAT "];",
                      product->type, r, r, product->a_row, product->a_k);
  each_vector (product, rows, columns, add_to_vector);
  weft_writer_close (writer);
  each_vector (product, rows, columns, store_vector);
}

/* Counts @name from @begin to @end in steps of @by, at least one, in a block that is opened. */
static void
open_range (WeftWriter *writer, const char *name, gint64 begin, gint64 end, gint64 by)
{
  weft_writer_open (writer,
                    "for (int %s = %" G_GINT64_FORMAT "; %s < %" G_GINT64_FORMAT
                    "; %s += %" G_GINT64_FORMAT ")",
                    name, begin, name, end, name, by);
}

/* All columns of @rows rows from row i on. */
static void
emit_band (const Product *product, gint64 rows)
{
  gint64 n = product->step->gemm.n;
  gint64 width = BLOCK_ROW_BYTES / (gint64) weft_dtype_size (product->step->gemm.dtype);
  gint64 whole = n / width * width;

  for (gint64 begin = 0; begin < n; begin = begin < whole ? whole : n)
    {
      open_range (product->writer, "j", begin, begin < whole ? whole : n,
                  begin < whole ? width : n - whole);
      emit_block (product, rows, begin < whole ? width : n - whole);
      weft_writer_close (product->writer);
    }
}

static void
emit_blocks (const Product *product)
{
  gint64 m = product->step->gemm.m;
  gint64 row = MIN (product->step->gemm.n * (gint64) weft_dtype_size (product->step->gemm.dtype),
                    BLOCK_ROW_BYTES);
  gint64 rows = MIN (m, CLAMP (BLOCK_BYTES / row, 1, MAX_BLOCK_ROWS)), whole = m / rows * rows;

  for (gint64 begin = 0; begin < m; begin = begin < whole ? whole : m)
    {
      open_range (product->writer, "i", begin, begin < whole ? whole : m,
                  begin < whole ? rows : m - whole);
      emit_band (product, begin < whole ? rows : m - whole);
      weft_writer_close (product->writer);
    }
}

/* weft_emit_product:
 *
 * The lines of @step, for which there is one unit; see weft_emit_work.
 */
void
weft_emit_product (WeftWriter *writer, const WeftStep *step)
{
  gboolean single = step->gemm.dtype == WEFT_F32;
  Product  product = { .writer = writer,
                       .step = step,
                       .type = weft_text_type (step->gemm.dtype),
                       .fma = single ? "weft_fma_f32" : "weft_fma_f64",
                       .a_row = step->gemm.transpose_a ? 1 : step->gemm.lda,
                       .a_k = step->gemm.transpose_a ? step->gemm.lda : 1,
                       .b_row = step->gemm.ldb };

  for (guint i = 0; i < step->n_in; i++)
    weft_writer_line (writer, "const %s *const in%u = (const %s *) at[%u];", product.type, i,
                      product.type, i);
  weft_writer_line (writer, "%s *const out0 = (%s *) at[%u];", product.type, product.type,
                    step->n_in);
  if (step->gemm.scales)
    weft_writer_line (writer, "const %s alpha = in3[0];", product.type);
  if (step->gemm.adds)
    weft_writer_line (writer, "const %s beta = in4[0];", product.type);
  emit_blocks (&product);
}
