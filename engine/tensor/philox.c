/* Philox 4x32-10 and the distributions made from it.
 *
 * Number i of a stream depends on (seed, stream, i) alone, so any piece of it may be made by any
 * thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/philox.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/philox-block.h"

/**
 * weft_philox:
 * @counter: which block of four words
 * @out: (out): [4] words
 *
 * Any thread.
 */
void
weft_philox (guint64 seed, guint64 stream, guint64 counter, guint32 out[4])
{
  weft_philox_block (seed, stream, counter, out);
}

/* ---- Blocks into numbers ---- */

/* Fills @out with numbers @first.. of a stream that has PER numbers a block; the first and last
 * block may be cut. */
#define FILL(TYPE, PER, BLOCK)                                \
  while (n > 0)                                               \
    {                                                         \
      gsize   skip = first % PER, take = MIN (n, PER - skip); \
      guint32 words[4];                                       \
      TYPE    numbers[PER];                                   \
                                                              \
      weft_philox (seed, stream, first / PER, words);         \
      BLOCK (words, numbers);                                 \
      memcpy (out, numbers + skip, take * sizeof (TYPE));     \
      out += take;                                            \
      first += take;                                          \
      n -= take;                                              \
    }

/* Uniform in [0, 1), 24 bits. Any thread. */
void
weft_philox_uniform_f32 (guint64 seed, guint64 stream, guint64 first, gsize n, float *out)
{
  FILL (float, 4, weft_uniform_block_f32)
}

/* Uniform in [0, 1), 53 bits. Any thread. */
void
weft_philox_uniform_f64 (guint64 seed, guint64 stream, guint64 first, gsize n, double *out)
{
  FILL (double, 2, weft_uniform_block_f64)
}

/* Standard normal; the largest magnitude is sqrt (64 log 2) = 6.66. Any thread. */
void
weft_philox_normal_f32 (guint64 seed, guint64 stream, guint64 first, gsize n, float *out)
{
  FILL (float, 4, weft_normal_block_f32)
}

/* Standard normal; the largest magnitude is sqrt (106 log 2) = 8.57. Any thread. */
void
weft_philox_normal_f64 (guint64 seed, guint64 stream, guint64 first, gsize n, double *out)
{
  FILL (double, 2, weft_normal_block_f64)
}

/**
 * weft_philox_permutation:
 * @n: at most 2^32
 * @out: (out): [@n]
 *
 * 0..n-1 in random order (Fisher-Yates). 64 random bits choose each place, so that the bias of not
 * rejecting is below 2^-32. Any thread.
 */
void
weft_philox_permutation (guint64 seed, guint64 stream, gsize n, guint32 *out)
{
  guint32 words[4];

  g_return_if_fail (n <= (gsize) G_MAXUINT32 + 1);

  for (gsize i = 0; i < n; i++)
    out[i] = (guint32) i;
  for (gsize i = n; i-- > 1;)
    {
      gsize   draw = n - 1 - i;
      gsize   other;
      guint32 swap;

      if (draw % 2 == 0)
        weft_philox (seed, stream, draw / 2, words);
      other =
        (gsize) (((unsigned __int128) weft_philox_word64 (words + 2 * (draw % 2)) * (i + 1)) >> 64);
      swap = out[i];
      out[i] = out[other];
      out[other] = swap;
    }
}

/* ---- Seeds ---- */

guint64
weft_random_seed (guint64 seed, guint64 stream)
{
  /* 2**64 over the golden ratio spreads neighbouring streams over all bits. */
  return seed ^ (stream * 0x9e3779b97f4a7c15);
}

/* The seed of row @row of a loop that runs under @seed: mixed, so that no row of one stream draws
 * what a row of another does.
 * Source: the finaliser of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195). */
guint64
weft_random_row_seed (guint64 seed, guint64 row)
{
  guint64 z = seed + (row + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}
