int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const float *const in0 = (const float *) at[0];
  float *const out0 = (float *) at[1];
  long u = begin;
  for (; u < end; u++) {
    const float *const p0 = in0 + u * 1003;
    float *const q0 = out0 + u * 1003;
    float s1[32];                            /* 1 reduce */
    for (int l = 0; l < 32; l++)
      s1[l] = weft_float_f32 ((int) 0xff800000);
    float s2[32];                            /* 4 reduce */
    for (int l = 0; l < 32; l++)
      s2[l] = weft_float_f32 ((int) 0xff800000);
    for (int j = 0; j < 992; j += 32) {
      WEFT_INDEPENDENT
      for (int l = 0; l < 32; l++) {
        const float r0 = p0[j + l];          /* 0 load */
        s1[l] = weft_max_f32 (s1[l], r0);    /* 1 reduce */
        s2[l] = weft_max_f32 (s2[l], r0);    /* 4 reduce */
      }
    }
    WEFT_INDEPENDENT
    for (int l = 0; l < 11; l++) {
      const float r0 = p0[992 + l];          /* 0 load */
      s1[l] = weft_max_f32 (s1[l], r0);      /* 1 reduce */
      s2[l] = weft_max_f32 (s2[l], r0);      /* 4 reduce */
    }
    for (int l = 0; l < 16; l++)
      s1[l] = weft_max_f32 (s1[l], s1[l + 16]);
    for (int l = 0; l < 8; l++)
      s1[l] = weft_max_f32 (s1[l], s1[l + 8]);
    for (int l = 0; l < 4; l++)
      s1[l] = weft_max_f32 (s1[l], s1[l + 4]);
    for (int l = 0; l < 2; l++)
      s1[l] = weft_max_f32 (s1[l], s1[l + 2]);
    for (int l = 0; l < 1; l++)
      s1[l] = weft_max_f32 (s1[l], s1[l + 1]);
    const float r1 = s1[0];                  /* 1 reduce */
    for (int l = 0; l < 16; l++)
      s2[l] = weft_max_f32 (s2[l], s2[l + 16]);
    for (int l = 0; l < 8; l++)
      s2[l] = weft_max_f32 (s2[l], s2[l + 8]);
    for (int l = 0; l < 4; l++)
      s2[l] = weft_max_f32 (s2[l], s2[l + 4]);
    for (int l = 0; l < 2; l++)
      s2[l] = weft_max_f32 (s2[l], s2[l + 2]);
    for (int l = 0; l < 1; l++)
      s2[l] = weft_max_f32 (s2[l], s2[l + 1]);
    const float r2 = s2[0];                  /* 4 reduce */
    float s6[32];                            /* 7 reduce */
    for (int l = 0; l < 32; l++)
      s6[l] = 0.0f;
    for (int j = 0; j < 992; j += 32) {
      WEFT_INDEPENDENT
      for (int l = 0; l < 32; l++) {
        const float r3 = p0[j + l];          /* 0 load */
        const float r4 = r3 - r2;            /* 5 sub */
        const float r5 = weft_exp_f32 (r4);  /* 6 exp */
        s6[l] = s6[l] + r5;                  /* 7 reduce */
      }
    }
    WEFT_INDEPENDENT
    for (int l = 0; l < 11; l++) {
      const float r3 = p0[992 + l];          /* 0 load */
      const float r4 = r3 - r2;              /* 5 sub */
      const float r5 = weft_exp_f32 (r4);    /* 6 exp */
      s6[l] = s6[l] + r5;                    /* 7 reduce */
    }
    for (int l = 0; l < 16; l++)
      s6[l] = s6[l] + s6[l + 16];
    for (int l = 0; l < 8; l++)
      s6[l] = s6[l] + s6[l + 8];
    for (int l = 0; l < 4; l++)
      s6[l] = s6[l] + s6[l + 4];
    for (int l = 0; l < 2; l++)
      s6[l] = s6[l] + s6[l + 2];
    for (int l = 0; l < 1; l++)
      s6[l] = s6[l] + s6[l + 1];
    const float r6 = s6[0];                  /* 7 reduce */
    WEFT_INDEPENDENT
    for (int j = 0; j < 1003; j++) {
      const float r7 = p0[j];                /* 0 load */
      const float r8 = r7 - r1;              /* 2 sub */
      const float r9 = weft_exp_f32 (r8);    /* 3 exp */
      const float r10 = r9 / r6;             /* 8 div */
      q0[j] = r10;                           /* 8 store */
    }
  }
  return 0;
}
