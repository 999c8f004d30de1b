extern "C" __global__ void
weft_kernel (const long long *in0, const double *in1, long long *out0, char *partials, char *scratch, int *bad) {
  const long long r1 = 3LL;                             /* 3 number */
  const long long r3 = 5LL;                             /* 6 number */
  const int threads = (int) gridDim.x * blockDim.x;
  const int thread = (int) blockIdx.x * blockDim.x + threadIdx.x;
  for (int i = thread; i < 60; i += threads) {
    const weft_four<long long> v0 = ((const weft_four<long long> *) in0)[i];
    const weft_four<double> v1 = ((const weft_four<double> *) in1)[i];
    weft_four<long long> w0;
    #pragma unroll
    for (int k = 0; k < 4; k++) {
      const long long r0 = v0.x[k];                     /* 1 load */
      const double r5 = v1.x[k];                        /* 0 load */
      const long long r2 = weft_floordiv_i64 (r0, r1);  /* 4 floor_div */
      const long long r4 = weft_mod_i64 (r2, r3);       /* 7 mod */
      const long long r6 = weft_i64_of_f64 (r5);        /* 8 cast */
      const long long r7 = r4 + r6;                     /* 9 add */
      w0.x[k] = r7;                                     /* 9 store */
    }
    ((weft_four<long long> *) out0)[i] = w0;
  }
}
