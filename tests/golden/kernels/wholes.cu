extern "C" __global__ void
weft_kernel (const long long *in0, const double *in1, long long *out0, char *partials, char *scratch, int *bad) {
  const long long r1 = 3LL;                           /* 3 number */
  const long long r3 = 5LL;                           /* 6 number */
  const long threads = (long) gridDim.x * blockDim.x;
  for (long i = (long) blockIdx.x * blockDim.x + threadIdx.x; i < 240; i += threads) {
    const long long r0 = in0[i];                      /* 1 load */
    const double r5 = in1[i];                         /* 0 load */
    const long long r2 = weft_floordiv_i64 (r0, r1);  /* 4 floor_div */
    const long long r4 = weft_mod_i64 (r2, r3);       /* 7 mod */
    const long long r6 = weft_i64_of_f64 (r5);        /* 8 cast */
    const long long r7 = r4 + r6;                     /* 9 add */
    out0[i] = r7;                                     /* 9 store */
  }
}
