int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const int *const in0 = (const int *) at[0];
  const float *const in1 = (const float *) at[1];
  float *const out0 = (float *) at[2];
  const int r1 = 10;                         /* 6 number */
  const float r9 = 37.0f;                    /* 10 number */
  float c0 = 0.0f;                           /* 10 across */
  long u = begin;
  for (; u + 16 <= end; u += 16) {
    const int *const p0 = in0 + u;
    const float *const p1 = in1 + u * 10;
    int r0[16];
    int r2[16];
    float r3[16];
    for (int l = 0; l < 16; l++) {
      r0[l] = p0[l + 0];                     /* 0 load */
      r2[l] = weft_mod_i32 (r0[l], r1);      /* 7 mod */
      if ((unsigned long long) r2[l] >= 10)  /* 8 pick */
        return 5;
      r3[l] = p1[l * 10 + r2[l]];            /* 8 pick */
    }
    float r6[16];                            /* 3 reduce */
    for (int l = 0; l < 16; l++)
      r6[l] = 0.0f;
    for (int j = 0; j < 10; j++) {
      WEFT_INDEPENDENT
      for (int l = 0; l < 16; l++) {
        const float r4 = p1[l * 10 + j];     /* 1 load */
        const float r5 = weft_exp_f32 (r4);  /* 2 exp */
        r6[l] = r6[l] + r5;                  /* 3 reduce */
      }
    }
    float r7[16];
    float r8[16];
    float r10[16];
    for (int l = 0; l < 16; l++) {
      r7[l] = weft_log_f32 (r6[l]);          /* 4 log */
      r8[l] = r7[l] - r3[l];                 /* 9 sub */
      r10[l] = r8[l] / r9;                   /* 10 div */
    }
    for (int l = 0; l < 16; l++) {
      c0 = c0 + r10[l];                      /* 10 across */
    }
  }
  for (; u < end; u++) {
    const int *const p0 = in0 + u;
    const float *const p1 = in1 + u * 10;
    const int r0 = p0[0];                    /* 0 load */
    const int r2 = weft_mod_i32 (r0, r1);    /* 7 mod */
    if ((unsigned long long) r2 >= 10)       /* 8 pick */
      return 5;
    const float r3 = p1[r2];                 /* 8 pick */
    float r6 = 0.0f;                         /* 3 reduce */
    for (int j = 0; j < 10; j++) {
      const float r4 = p1[j];                /* 1 load */
      const float r5 = weft_exp_f32 (r4);    /* 2 exp */
      r6 = r6 + r5;                          /* 3 reduce */
    }
    const float r7 = weft_log_f32 (r6);      /* 4 log */
    const float r8 = r7 - r3;                /* 9 sub */
    const float r10 = r8 / r9;               /* 10 div */
    c0 = c0 + r10;                           /* 10 across */
  }
  out0[0] = c0;                              /* 10 across */
  return 0;
}
