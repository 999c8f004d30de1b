int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const float *const in0 = (const float *) at[0];
  const float *const in1 = (const float *) at[1];
  const float *const in2 = (const float *) at[2];
  float *const out0 = (float *) at[3];
  const float r3 = 0.100000001f;            /* 5 number */
  const float r6 = in2[0];                  /* 2 load */
  for (long u = begin / 40; u < (end + 39) / 40; u++) {
    const long start = u * 40;
    const long from = begin > start ? begin - start : 0;
    const long to = end - start < 40 ? end - start : 40;
    const float *const p0 = in0 + u * 40;
    const float *const p1 = in1;
    WEFT_INDEPENDENT
    for (long j = from; j < to; j++) {
      const float r0 = p0[j];               /* 0 load */
      const float r1 = p1[j];               /* 1 load */
      const float r2 = r0 * r1;             /* 3 mul */
      const float r4 = r2 + r3;             /* 6 add */
      const float r5 = weft_tanh_f32 (r4);  /* 7 tanh */
      const float r7 = r5 * r6;             /* 8 mul */
      out0[start + j] = r7;                 /* 8 store */
    }
  }
  return 0;
}
