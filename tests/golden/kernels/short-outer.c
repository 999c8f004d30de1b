int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const float *const in0 = (const float *) at[0];
  const float *const in1 = (const float *) at[1];
  const float *const in2 = (const float *) at[2];
  float *const out0 = (float *) at[3];
  const float r3 = 0.5f;             /* 6 number */
  long b = (begin + 9) / 10 * 10;
  const long head = b < end ? b : end;
  float x1[160];
  for (int k = 0; k < 16; k++)
    for (int j = 0; j < 10; j++)
      x1[k * 10 + j] = in1[j];
  for (; b + 160 <= end; b += 160) {
    const long u = b / 10;
    float x0[160];
    for (int k = 0; k < 16; k++)
      for (int j = 0; j < 10; j++)
        x0[k * 10 + j] = in0[0 + (u + k)];
    WEFT_INDEPENDENT
    for (int l = 0; l < 160; l++) {
      const float r0 = x0[l];        /* 1 load */
      const float r1 = x1[l];        /* 0 load */
      const float r5 = in2[b + l];   /* 0 load */
      const float r2 = r0 * r1;      /* 4 mul */
      const float r4 = r2 * r3;      /* 7 mul */
      const float r6 = r5 - r4;      /* 8 sub */
      out0[b + l] = r6;              /* 8 store */
    }
  }
  for (int part = 0; part < 2; part++) {
    const long from = part == 0 ? begin : head < b ? b : head;
    const long to = part == 0 ? head : end;
    for (long i = from; i < to; i++) {
      const float r0 = in0[i / 10];  /* 1 load */
      const float r1 = in1[i % 10];  /* 0 load */
      const float r5 = in2[i];       /* 0 load */
      const float r2 = r0 * r1;      /* 4 mul */
      const float r4 = r2 * r3;      /* 7 mul */
      const float r6 = r5 - r4;      /* 8 sub */
      out0[i] = r6;                  /* 8 store */
    }
  }
  return 0;
}
