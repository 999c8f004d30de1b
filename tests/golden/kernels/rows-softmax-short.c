int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const float *const in0 = (const float *) at[0];
  float *const out0 = (float *) at[1];
  long u = begin;
  for (; u + 16 <= end; u += 16) {
    const float *const p0 = in0 + u * 10;
    float *const q0 = out0 + u * 10;
    float r1[16];                                  /* 1 reduce */
    for (int l = 0; l < 16; l++)
      r1[l] = weft_float_f32 ((int) 0xff800000);
    float r2[16];                                  /* 4 reduce */
    for (int l = 0; l < 16; l++)
      r2[l] = weft_float_f32 ((int) 0xff800000);
    for (int j = 0; j < 10; j++) {
      WEFT_INDEPENDENT
      for (int l = 0; l < 16; l++) {
        const float r0 = p0[l * 10 + j];           /* 0 load */
        r1[l] = weft_max_f32 (r1[l], r0);          /* 1 reduce */
        r2[l] = weft_max_f32 (r2[l], r0);          /* 4 reduce */
      }
    }
    float r6[16];                                  /* 7 reduce */
    for (int l = 0; l < 16; l++)
      r6[l] = 0.0f;
    for (int j = 0; j < 10; j++) {
      WEFT_INDEPENDENT
      for (int l = 0; l < 16; l++) {
        const float r3 = p0[l * 10 + j];           /* 0 load */
        const float r4 = r3 - r2[l];               /* 5 sub */
        const float r5 = weft_exp_f32 (r4);        /* 6 exp */
        r6[l] = r6[l] + r5;                        /* 7 reduce */
      }
    }
    for (int j = 0; j < 10; j++) {
      WEFT_INDEPENDENT
      for (int l = 0; l < 16; l++) {
        const float r7 = p0[l * 10 + j];           /* 0 load */
        const float r8 = r7 - r1[l];               /* 2 sub */
        const float r9 = weft_exp_f32 (r8);        /* 3 exp */
        const float r10 = r9 / r6[l];              /* 8 div */
        q0[l * 10 + j] = r10;                      /* 8 store */
      }
    }
  }
  for (; u < end; u++) {
    const float *const p0 = in0 + u * 10;
    float *const q0 = out0 + u * 10;
    float r1 = weft_float_f32 ((int) 0xff800000);  /* 1 reduce */
    float r2 = weft_float_f32 ((int) 0xff800000);  /* 4 reduce */
    for (int j = 0; j < 10; j++) {
      const float r0 = p0[j];                      /* 0 load */
      r1 = weft_max_f32 (r1, r0);                  /* 1 reduce */
      r2 = weft_max_f32 (r2, r0);                  /* 4 reduce */
    }
    float r6 = 0.0f;                               /* 7 reduce */
    for (int j = 0; j < 10; j++) {
      const float r3 = p0[j];                      /* 0 load */
      const float r4 = r3 - r2;                    /* 5 sub */
      const float r5 = weft_exp_f32 (r4);          /* 6 exp */
      r6 = r6 + r5;                                /* 7 reduce */
    }
    WEFT_INDEPENDENT
    for (int j = 0; j < 10; j++) {
      const float r7 = p0[j];                      /* 0 load */
      const float r8 = r7 - r1;                    /* 2 sub */
      const float r9 = weft_exp_f32 (r8);          /* 3 exp */
      const float r10 = r9 / r6;                   /* 8 div */
      q0[j] = r10;                                 /* 8 store */
    }
  }
  return 0;
}
