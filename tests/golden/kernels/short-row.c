int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const float *const in0 = (const float *) at[0];
  const float *const in1 = (const float *) at[1];
  float *const out0 = (float *) at[2];
  WEFT_INDEPENDENT
  for (int i = (int) begin; i < (int) end; i++) {
    const float r0 = in0[i];      /* 0 load */
    const float r1 = in1[i % 7];  /* 1 load */
    const float r2 = r0 + r1;     /* 2 add */
    out0[i] = r2;                 /* 2 store */
  }
  return 0;
}
