int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const float *const in0 = (const float *) at[0];
  float *const out0 = (float *) at[1];
  long u = begin;
  for (; u + 16 <= end; u += 16) {
    const float *const p0 = in0 + u * 10;
    float *const q0 = out0 + u * 10;
    float r1[16];                                  /* 19 reduce */
    for (int l = 0; l < 16; l++)
      r1[l] = weft_float_f32 ((int) 0xff800000);
    float r2[16];                                  /* 22 reduce */
    for (int l = 0; l < 16; l++)
      r2[l] = weft_float_f32 ((int) 0xff800000);
    for (int j = 0; j < 10; j++) {
      WEFT_INDEPENDENT
      for (int l = 0; l < 16; l++) {
        const float r0 = p0[l * 10 + j];           /* 13 load */
        r1[l] = weft_max_f32 (r1[l], r0);          /* 19 reduce */
        r2[l] = weft_max_f32 (r2[l], r0);          /* 22 reduce */
      }
    }
    float r6[16];                                  /* 25 reduce */
    for (int l = 0; l < 16; l++)
      r6[l] = 0.0f;
    for (int j = 0; j < 10; j++) {
      WEFT_INDEPENDENT
      for (int l = 0; l < 16; l++) {
        const float r3 = p0[l * 10 + j];           /* 13 load */
        const float r4 = r3 - r2[l];               /* 23 sub */
        const float r5 = weft_exp_f32 (r4);        /* 24 exp */
        r6[l] = r6[l] + r5;                        /* 25 reduce */
      }
    }
    for (int j = 0; j < 10; j++) {
      WEFT_INDEPENDENT
      for (int l = 0; l < 16; l++) {
        const float r7 = p0[l * 10 + j];           /* 13 load */
        const float r8 = r7 - r1[l];               /* 20 sub */
        const float r9 = weft_exp_f32 (r8);        /* 21 exp */
        const float r10 = r9 / r6[l];              /* 26 div */
        q0[l * 10 + j] = r10;                      /* 26 store */
      }
    }
  }
  for (; u < end; u++) {
    const float *const p0 = in0 + u * 10;
    float *const q0 = out0 + u * 10;
    float r1 = weft_float_f32 ((int) 0xff800000);  /* 19 reduce */
    float r2 = weft_float_f32 ((int) 0xff800000);  /* 22 reduce */
    for (int j = 0; j < 10; j++) {
      const float r0 = p0[j];                      /* 13 load */
      r1 = weft_max_f32 (r1, r0);                  /* 19 reduce */
      r2 = weft_max_f32 (r2, r0);                  /* 22 reduce */
    }
    float r6 = 0.0f;                               /* 25 reduce */
    for (int j = 0; j < 10; j++) {
      const float r3 = p0[j];                      /* 13 load */
      const float r4 = r3 - r2;                    /* 23 sub */
      const float r5 = weft_exp_f32 (r4);          /* 24 exp */
      r6 = r6 + r5;                                /* 25 reduce */
    }
    WEFT_INDEPENDENT
    for (int j = 0; j < 10; j++) {
      const float r7 = p0[j];                      /* 13 load */
      const float r8 = r7 - r1;                    /* 20 sub */
      const float r9 = weft_exp_f32 (r8);          /* 21 exp */
      const float r10 = r9 / r6;                   /* 26 div */
      q0[j] = r10;                                 /* 26 store */
    }
  }
  return 0;
}
