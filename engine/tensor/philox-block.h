/* Philox 4x32-10 and the numbers made of one block of its words, for the CPU (philox.c) and, as
 * text, for devices: nothing here but C that both know.
 *
 * Layout: the counter's words are counter (low, high), stream (low, high); the key's are seed (low,
 * high).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#ifndef WEFT_PRELUDE_FUNC
#define WEFT_PRELUDE_FUNC static inline __attribute__ ((always_inline, unused))
#endif

/* Four words for block @counter of stream @stream under @seed.
 * Source: Salmon et al. 2011, section 3.3; multipliers and Weyl constants of its Table 2 for 4x32.
 */
WEFT_PRELUDE_FUNC void
weft_philox_block (unsigned long long seed,
                   unsigned long long stream,
                   unsigned long long counter,
                   unsigned          *out)
{
  unsigned c0 = (unsigned) counter, c1 = (unsigned) (counter >> 32);
  unsigned c2 = (unsigned) stream, c3 = (unsigned) (stream >> 32);
  unsigned k0 = (unsigned) seed, k1 = (unsigned) (seed >> 32);

  for (int i = 0; i < 10; i++)
    {
      const unsigned long long p0 = 0xD2511F53ULL * c0;
      const unsigned long long p1 = 0xCD9E8D57ULL * c2;

      c0 = (unsigned) (p1 >> 32) ^ c1 ^ k0;
      c1 = (unsigned) p1;
      c2 = (unsigned) (p0 >> 32) ^ c3 ^ k1;
      c3 = (unsigned) p0;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

WEFT_PRELUDE_FUNC unsigned long long
weft_philox_word64 (const unsigned *words)
{
  return (unsigned long long) words[1] << 32 | words[0];
}

/* Uniform in [0, 1): four with 24 bits, or two with 53. */
WEFT_PRELUDE_FUNC void
weft_uniform_block_f32 (const unsigned *words, float *out)
{
  for (int i = 0; i < 4; i++)
    out[i] = (float) (words[i] >> 8) * 0x1p-24f;
}

WEFT_PRELUDE_FUNC void
weft_uniform_block_f64 (const unsigned *words, double *out)
{
  for (int i = 0; i < 2; i++)
    out[i] = (double) (weft_philox_word64 (words + 2 * i) >> 11) * 0x1p-53;
}

/* In (0, 1) without the ends: four with 32 bits, or two with 52. */
WEFT_PRELUDE_FUNC void
weft_open_block_f32 (const unsigned *words, double *out)
{
  for (int i = 0; i < 4; i++)
    out[i] = ((double) words[i] + 0.5) * 0x1p-32;
}

WEFT_PRELUDE_FUNC void
weft_open_block_f64 (const unsigned *words, double *out)
{
  for (int i = 0; i < 2; i++)
    out[i] = ((double) (weft_philox_word64 (words + 2 * i) >> 12) + 0.5) * 0x1p-52;
}

/* Two normals from u1 in (0, 1] and u2 in [0, 1).
 * Source: Box & Muller 1958, "A note on the generation of random normal deviates". */
WEFT_PRELUDE_FUNC void
weft_box_muller (double u1, double u2, double *out)
{
  const double radius = sqrt (-2.0 * log (u1)), angle = 2.0 * 3.14159265358979323846 * u2;

  out[0] = radius * cos (angle);
  out[1] = radius * sin (angle);
}

/* Standard normal, four or two. Computed in double, so that libraries whose last bits differ still
 * agree on nearly every float. */
WEFT_PRELUDE_FUNC void
weft_normal_block_f32 (const unsigned *words, float *out)
{
  for (int i = 0; i < 4; i += 2)
    {
      double pair[2];

      weft_box_muller (((double) words[i] + 1.0) * 0x1p-32, (double) words[i + 1] * 0x1p-32, pair);
      out[i] = (float) pair[0];
      out[i + 1] = (float) pair[1];
    }
}

WEFT_PRELUDE_FUNC void
weft_normal_block_f64 (const unsigned *words, double *out)
{
  weft_box_muller (((double) (weft_philox_word64 (words) >> 11) + 1.0) * 0x1p-53,
                   (double) (weft_philox_word64 (words + 2) >> 11) * 0x1p-53, out);
}
