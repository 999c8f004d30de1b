/* Philox 4x32-10 and the distributions made from it.
 *
 * Number i of a stream depends on (seed, stream, i) alone, so any piece of it may be made by any
 * thread. Layout: the counter's words are counter (low, high), stream (low, high); the key's are
 * seed (low, high).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/philox.h"

#include <math.h>
#include <string.h>

#define N_ROUNDS 10

/**
 * weft_philox:
 * @counter: which block of four words
 * @out: (out): [4] words
 *
 * Any thread.
 *
 * Source: Salmon et al. 2011, section 3.3; multipliers and Weyl constants of its Table 2 for 4x32.
 */
void
weft_philox (guint64 seed, guint64 stream, guint64 counter, guint32 out[4])
{
  guint32 c0 = (guint32) counter, c1 = (guint32) (counter >> 32);
  guint32 c2 = (guint32) stream, c3 = (guint32) (stream >> 32);
  guint32 k0 = (guint32) seed, k1 = (guint32) (seed >> 32);

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      guint64 p0 = (guint64) 0xD2511F53 * c0;
      guint64 p1 = (guint64) 0xCD9E8D57 * c2;

      c0 = (guint32) (p1 >> 32) ^ c1 ^ k0;
      c1 = (guint32) p1;
      c2 = (guint32) (p0 >> 32) ^ c3 ^ k1;
      c3 = (guint32) p0;
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/* ---- Blocks into numbers ---- */

static void
uniform_f32_block (const guint32 words[4], float out[4])
{
  for (guint i = 0; i < 4; i++)
    out[i] = (float) (words[i] >> 8) * 0x1p-24f;
}

static guint64
word64 (const guint32 *words)
{
  return (guint64) words[1] << 32 | words[0];
}

static void
uniform_f64_block (const guint32 words[4], double out[2])
{
  for (guint i = 0; i < 2; i++)
    out[i] = (double) (word64 (words + 2 * i) >> 11) * 0x1p-53;
}

/* Two normals from u1 in (0, 1] and u2 in [0, 1).
 * Source: Box & Muller 1958, "A note on the generation of random normal deviates". */
static void
box_muller (double u1, double u2, double out[2])
{
  double radius = sqrt (-2.0 * log (u1));
  double sine, cosine;

  sincos (2.0 * G_PI * u2, &sine, &cosine);
  out[0] = radius * cosine;
  out[1] = radius * sine;
}

/* Computed in double, so that libraries whose last bits differ still agree on nearly every
 * float. */
static void
normal_f32_block (const guint32 words[4], float out[4])
{
  for (guint i = 0; i < 4; i += 2)
    {
      double pair[2];

      box_muller (((double) words[i] + 1.0) * 0x1p-32, (double) words[i + 1] * 0x1p-32, pair);
      out[i] = (float) pair[0];
      out[i + 1] = (float) pair[1];
    }
}

static void
normal_f64_block (const guint32 words[4], double out[2])
{
  box_muller (((double) (word64 (words) >> 11) + 1.0) * 0x1p-53,
              (double) (word64 (words + 2) >> 11) * 0x1p-53, out);
}

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
  FILL (float, 4, uniform_f32_block)
}

/* Uniform in [0, 1), 53 bits. Any thread. */
void
weft_philox_uniform_f64 (guint64 seed, guint64 stream, guint64 first, gsize n, double *out)
{
  FILL (double, 2, uniform_f64_block)
}

/* Standard normal; the largest magnitude is sqrt (64 log 2) = 6.66. Any thread. */
void
weft_philox_normal_f32 (guint64 seed, guint64 stream, guint64 first, gsize n, float *out)
{
  FILL (float, 4, normal_f32_block)
}

/* Standard normal; the largest magnitude is sqrt (106 log 2) = 8.57. Any thread. */
void
weft_philox_normal_f64 (guint64 seed, guint64 stream, guint64 first, gsize n, double *out)
{
  FILL (double, 2, normal_f64_block)
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
      other = (gsize) (((unsigned __int128) word64 (words + 2 * (draw % 2)) * (i + 1)) >> 64);
      swap = out[i];
      out[i] = out[other];
      out[other] = swap;
    }
}
