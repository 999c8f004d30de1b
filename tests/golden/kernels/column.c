int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const float *const in0 = (const float *) at[0];
  const float *const in1 = (const float *) at[1];
  const float *const in2 = (const float *) at[2];
  float *const out0 = (float *) at[3];
  for (long u = begin / 40; u < (end + 39) / 40; u++) {
    const long start = u * 40;
    const long from = begin > start ? begin - start : 0;
    const long to = end - start < 40 ? end - start : 40;
    const float *const p0 = in0 + u * 40;
    const float e1 = in1[u];
    const float *const p2 = in2;
    WEFT_INDEPENDENT
    for (long j = from; j < to; j++) {
      const float r0 = p0[j];    /* 0 load */
      const float r1 = e1;       /* 2 load */
      const float r3 = p2[j];    /* 1 load */
      const float r2 = r0 * r1;  /* 3 mul */
      const float r4 = r2 + r3;  /* 4 add */
      out0[start + j] = r4;      /* 4 store */
    }
  }
  return 0;
}
