int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const float *const in0 = (const float *) at[0];
  const float *const in1 = (const float *) at[1];
  float *const out0 = (float *) at[2];
  const float r3 = 1.0f;           /* 5 number */
  for (long u = begin / 40; u < (end + 39) / 40; u++) {
    const long start = u * 40;
    const long from = begin > start ? begin - start : 0;
    const long to = end - start < 40 ? end - start : 40;
    const float *const p0 = in0 + u;
    const float *const p1 = in1 + u * 40;
    WEFT_INDEPENDENT
    for (long j = from; j < to; j++) {
      const float r0 = p0[j * 6];  /* 1 load */
      const float r1 = p1[j];      /* 0 load */
      const float r2 = r0 * r1;    /* 3 mul */
      const float r4 = r2 + r3;    /* 6 add */
      out0[start + j] = r4;        /* 6 store */
    }
  }
  return 0;
}
