/* Matrix products for one vector instruction set: WEFT_VARIANT names it, the build compiles this
 * file once for each.
 *
 * Each element of the result is one chain of fused multiply-adds over k, ascending from 0, whatever
 * the block that it is in: however the work is cut, and in compiled code that counts the same way,
 * the bits are the same. A block of the result stays in registers while k runs over a part of b
 * that fits the caches; a and b are laid out anew where their rows are far apart or turned.
 *
 * Source: Goto and van de Geijn 2008, doi:10.1145/1356052.1356053.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif
#include <string.h>

#include "engine/run/product-kernels.h"

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_ (a, b)

#define UNROLLED _Pragma ("GCC unroll 8")
#define ALWAYS static inline __attribute__ ((always_inline))

/* Columns of a matrix that lies turned, four by four: to[k][c] = b[c][k], with rows of b and of to
 * @b_row and @to_row apart. Returns how many k are done. */
static gint64
turn_f32 (const float *b, gint64 b_row, gint64 n_k, gint64 n, float *to, gint64 to_row)
{
  gint64 k = 0;
#if defined(__SSE2__)
  for (; k + 4 <= n_k; k += 4)
    {
      gint64 c = 0;
      for (; c + 4 <= n; c += 4)
        {
          __m128 x[4];
          for (int i = 0; i < 4; i++)
            x[i] = _mm_loadu_ps (b + (c + i) * b_row + k);
          _MM_TRANSPOSE4_PS (x[0], x[1], x[2], x[3]);
          for (int i = 0; i < 4; i++)
            _mm_storeu_ps (to + (k + i) * to_row + c, x[i]);
        }
      for (; c < n; c++)
        for (int i = 0; i < 4; i++)
          to[(k + i) * to_row + c] = b[c * b_row + k + i];
    }
#endif
  return k;
}

static gint64
turn_f64 (const double *b, gint64 b_row, gint64 n_k, gint64 n, double *to, gint64 to_row)
{
  return 0;
}

#if defined(__AVX512F__)

/* Vectors of one block beside each other, and rows of one, which is taller where it is narrow. */
#define MAX_WIDE 4
#define TALL 4
#define TALL_NARROW 8
#define T float
#define V __m512
#define NAME(x) x##_f32
#define N_LANES 16
#define ZERO _mm512_setzero_ps ()
#define SET(x) _mm512_set1_ps (x)
#define MULTIPLY_ADD(a, b, c) _mm512_fmadd_ps (a, b, c)
#define MULTIPLY(a, b) _mm512_mul_ps (a, b)
#define ADD(a, b) _mm512_add_ps (a, b)
#define MASK(n) ((__mmask16) ((1u << (n)) - 1))
#define M __mmask16
#define LOAD(p, mask) _mm512_maskz_loadu_ps (mask, p)
#define STORE(p, mask, x) _mm512_mask_storeu_ps (p, mask, x)
#include "engine/run/product-blocks.h"

#undef N_LANES
#undef ZERO
#undef SET
#undef MULTIPLY_ADD
#undef MULTIPLY
#undef ADD
#undef MASK
#undef M
#undef LOAD
#undef STORE
#undef T
#undef V
#undef NAME

#define T double
#define V __m512d
#define NAME(x) x##_f64
#define N_LANES 8
#define ZERO _mm512_setzero_pd ()
#define SET(x) _mm512_set1_pd (x)
#define MULTIPLY_ADD(a, b, c) _mm512_fmadd_pd (a, b, c)
#define MULTIPLY(a, b) _mm512_mul_pd (a, b)
#define ADD(a, b) _mm512_add_pd (a, b)
#define MASK(n) ((__mmask8) ((1u << (n)) - 1))
#define M __mmask8
#define LOAD(p, mask) _mm512_maskz_loadu_pd (mask, p)
#define STORE(p, mask, x) _mm512_mask_storeu_pd (p, mask, x)
#include "engine/run/product-blocks.h"

#elif defined(__AVX2__)

#define MAX_WIDE 2
#define TALL 6
#define TALL_NARROW 6

ALWAYS __m256i
mask_of (int n, gboolean wide)
{
  static const gint32 ones[] = { -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0 };
  return _mm256_loadu_si256 ((const __m256i *) (ones + 8 - (wide ? 2 * n : n)));
}

#define T float
#define V __m256
#define NAME(x) x##_f32
#define N_LANES 8
#define ZERO _mm256_setzero_ps ()
#define SET(x) _mm256_set1_ps (x)
#define MULTIPLY_ADD(a, b, c) _mm256_fmadd_ps (a, b, c)
#define MULTIPLY(a, b) _mm256_mul_ps (a, b)
#define ADD(a, b) _mm256_add_ps (a, b)
#define MASK(n) mask_of (n, FALSE)
#define M __m256i
#define LOAD(p, mask) _mm256_maskload_ps (p, mask)
#define STORE(p, mask, x) _mm256_maskstore_ps (p, mask, x)
#include "engine/run/product-blocks.h"

#undef N_LANES
#undef ZERO
#undef SET
#undef MULTIPLY_ADD
#undef MULTIPLY
#undef ADD
#undef MASK
#undef M
#undef LOAD
#undef STORE
#undef T
#undef V
#undef NAME

#define T double
#define V __m256d
#define NAME(x) x##_f64
#define N_LANES 4
#define ZERO _mm256_setzero_pd ()
#define SET(x) _mm256_set1_pd (x)
#define MULTIPLY_ADD(a, b, c) _mm256_fmadd_pd (a, b, c)
#define MULTIPLY(a, b) _mm256_mul_pd (a, b)
#define ADD(a, b) _mm256_add_pd (a, b)
#define MASK(n) mask_of (n, TRUE)
#define M __m256i
#define LOAD(p, mask) _mm256_maskload_pd (p, mask)
#define STORE(p, mask, x) _mm256_maskstore_pd (p, mask, x)
#include "engine/run/product-blocks.h"

#else

/* Without such instructions a product and a sum take the place of the fused one, as in the math
 * prelude. */
#define MAX_WIDE 4
#define TALL 4
#define TALL_NARROW 4
#define ZERO 0
#define SET(x) (x)
#ifdef __FP_FAST_FMAF
#define MULTIPLY_ADD(a, b, c) NAME (fused) (a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif
#define MULTIPLY(a, b) ((a) * (b))
#define ADD(a, b) ((a) + (b))
#define MASK(n) (n)
#define M int
#define LOAD(p, mask) ((mask) > 0 ? *(p) : 0)
#define STORE(p, mask, x) \
  if ((mask) > 0)         \
  *(p) = (x)
#define N_LANES 1

#define T float
#define V float
#define NAME(x) x##_f32
#define fused_f32 __builtin_fmaf
#include "engine/run/product-blocks.h"

#undef T
#undef V
#undef NAME
#define T double
#define V double
#define NAME(x) x##_f64
#define fused_f64 __builtin_fma
#include "engine/run/product-blocks.h"

#endif

const WeftProductKernels PASTE (weft_product_kernels_, WEFT_VARIANT) = { product_f32, product_f64 };
