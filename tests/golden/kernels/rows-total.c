int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const float *const in0 = (const float *) at[0];
  float *const out0 = (float *) at[1];
  long u = begin;
  for (; u < end; u++) {
    const float *const p0 = in0;
    float s2[32];                     /* 2 reduce */
    for (int l = 0; l < 32; l++)
      s2[l] = 0.0f;
    for (int j = 0; j < 4992; j += 32) {
      WEFT_INDEPENDENT
      for (int l = 0; l < 32; l++) {
        const float r0 = p0[j + l];   /* 0 load */
        const float r1 = r0 * r0;     /* 1 mul */
        s2[l] = s2[l] + r1;           /* 2 reduce */
      }
    }
    WEFT_INDEPENDENT
    for (int l = 0; l < 8; l++) {
      const float r0 = p0[4992 + l];  /* 0 load */
      const float r1 = r0 * r0;       /* 1 mul */
      s2[l] = s2[l] + r1;             /* 2 reduce */
    }
    for (int l = 0; l < 16; l++)
      s2[l] = s2[l] + s2[l + 16];
    for (int l = 0; l < 8; l++)
      s2[l] = s2[l] + s2[l + 8];
    for (int l = 0; l < 4; l++)
      s2[l] = s2[l] + s2[l + 4];
    for (int l = 0; l < 2; l++)
      s2[l] = s2[l] + s2[l + 2];
    for (int l = 0; l < 1; l++)
      s2[l] = s2[l] + s2[l + 1];
    const float r2 = s2[0];           /* 2 reduce */
    out0[u] = r2;                     /* 2 store */
  }
  return 0;
}
