int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const float *const in0 = (const float *) at[0];
  float *const out0 = (float *) at[1];
  for (int j = 0; j < 1003; j++) {
    out0[j] = 0.0f;              /* 2 across */
  }
  long u = begin;
  for (; u < end; u++) {
    const float *const p0 = in0 + u * 1003;
    WEFT_INDEPENDENT
    for (int j = 0; j < 1003; j++) {
      const float r0 = p0[j];    /* 0 load */
      const float r1 = r0 * r0;  /* 1 mul */
      out0[j] = out0[j] + r1;    /* 2 across */
    }
  }
  return 0;
}
