int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const float *const in0 = (const float *) at[0];
  unsigned char *const out0 = (unsigned char *) at[1];
  const float r1 = -1000.0f;                       /* 2 number */
  const float r3 = 3.0f;                           /* 6 number */
  long u = begin;
  for (; u < end; u++) {
    const float *const p0 = in0 + u * 40;
    unsigned char s5[32];                          /* 4 reduce */
    for (int l = 0; l < 32; l++)
      s5[l] = 1;
    unsigned char s6[32];                          /* 8 reduce */
    for (int l = 0; l < 32; l++)
      s6[l] = 0;
    for (int j = 0; j < 32; j += 32) {
      WEFT_INDEPENDENT
      for (int l = 0; l < 32; l++) {
        const float r0 = p0[j + l];                /* 0 load */
        const unsigned char r2 = (r0 > r1) != 0;   /* 3 gt */
        const unsigned char r4 = (r0 == r3) != 0;  /* 7 eq */
        s5[l] = ((s5[l] != 0) & (r2 != 0)) != 0;   /* 4 reduce */
        s6[l] = ((s6[l] != 0) | (r4 != 0)) != 0;   /* 8 reduce */
      }
    }
    WEFT_INDEPENDENT
    for (int l = 0; l < 8; l++) {
      const float r0 = p0[32 + l];                 /* 0 load */
      const unsigned char r2 = (r0 > r1) != 0;     /* 3 gt */
      const unsigned char r4 = (r0 == r3) != 0;    /* 7 eq */
      s5[l] = ((s5[l] != 0) & (r2 != 0)) != 0;     /* 4 reduce */
      s6[l] = ((s6[l] != 0) | (r4 != 0)) != 0;     /* 8 reduce */
    }
    for (int l = 0; l < 16; l++)
      s5[l] = ((s5[l] != 0) & (s5[l + 16] != 0)) != 0;
    for (int l = 0; l < 8; l++)
      s5[l] = ((s5[l] != 0) & (s5[l + 8] != 0)) != 0;
    for (int l = 0; l < 4; l++)
      s5[l] = ((s5[l] != 0) & (s5[l + 4] != 0)) != 0;
    for (int l = 0; l < 2; l++)
      s5[l] = ((s5[l] != 0) & (s5[l + 2] != 0)) != 0;
    for (int l = 0; l < 1; l++)
      s5[l] = ((s5[l] != 0) & (s5[l + 1] != 0)) != 0;
    const unsigned char r5 = s5[0];                /* 4 reduce */
    for (int l = 0; l < 16; l++)
      s6[l] = ((s6[l] != 0) | (s6[l + 16] != 0)) != 0;
    for (int l = 0; l < 8; l++)
      s6[l] = ((s6[l] != 0) | (s6[l + 8] != 0)) != 0;
    for (int l = 0; l < 4; l++)
      s6[l] = ((s6[l] != 0) | (s6[l + 4] != 0)) != 0;
    for (int l = 0; l < 2; l++)
      s6[l] = ((s6[l] != 0) | (s6[l + 2] != 0)) != 0;
    for (int l = 0; l < 1; l++)
      s6[l] = ((s6[l] != 0) | (s6[l + 1] != 0)) != 0;
    const unsigned char r6 = s6[0];                /* 8 reduce */
    const unsigned char r7 = (r5 | r6) != 0;       /* 9 bit_or */
    out0[u] = r7;                                  /* 9 store */
  }
  return 0;
}
