int
weft_kernel (char *const *at, long begin, long end, char *scratch) {
  const long long *const in0 = (const long long *) at[0];
  const double *const in1 = (const double *) at[1];
  long long *const out0 = (long long *) at[2];
  const long long r1 = 3LL;                           /* 3 number */
  const long long r3 = 5LL;                           /* 6 number */
  WEFT_INDEPENDENT
  for (int i = (int) begin; i < (int) end; i++) {
    const long long r0 = in0[i];                      /* 1 load */
    const double r5 = in1[i];                         /* 0 load */
    const long long r2 = weft_floordiv_i64 (r0, r1);  /* 4 floor_div */
    const long long r4 = weft_mod_i64 (r2, r3);       /* 7 mod */
    const long long r6 = weft_i64_of_f64 (r5);        /* 8 cast */
    const long long r7 = r4 + r6;                     /* 9 add */
    out0[i] = r7;                                     /* 9 store */
  }
  return 0;
}
