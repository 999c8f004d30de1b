/* Which vector instructions this machine has: code that is compiled several times picks its variant
 * by it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

typedef enum
{
  WEFT_CPU_BASELINE, /* what the compiler targets by itself */
  WEFT_CPU_AVX2,     /* AVX2 and fused multiply-add */
  WEFT_CPU_AVX512,   /* AVX-512 F, DQ, BW, VL */
} WeftCpuLevel;

/* Any thread. */
static inline WeftCpuLevel
weft_cpu_level (void)
{
#if defined(__x86_64__)
  __builtin_cpu_init ();
  if (__builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512dq") &&
      __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("avx512vl"))
    return WEFT_CPU_AVX512;
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    return WEFT_CPU_AVX2;
#endif
  return WEFT_CPU_BASELINE;
}
