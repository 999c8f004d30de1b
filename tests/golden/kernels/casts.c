int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const float *const in0 = (const float *) at[0];
  const int *const in1 = (const int *) at[1];
  int *const out0 = (int *) at[2];
  const int r2 = in1[0];                  /* 1 load */
  WEFT_INDEPENDENT
  for (int i = (int) begin; i < (int) end; i++) {
    const float r0 = in0[i];              /* 0 load */
    const int r1 = weft_i32_of_f32 (r0);  /* 2 cast */
    const int r3 = r1 + r2;               /* 4 add */
    out0[i] = r3;                         /* 4 store */
  }
  return 0;
}
