extern "C" __global__ void
weft_kernel (const float *in0, const float *in1, float *out0, char *partials, char *scratch, int *bad) {
  const int threads = (int) gridDim.x * blockDim.x;
  const int thread = (int) blockIdx.x * blockDim.x + threadIdx.x;
  for (int i = 0 + thread; i < 126; i += threads) {
    const float r0 = in0[i];      /* 0 load */
    const float r1 = in1[i % 7];  /* 1 load */
    const float r2 = r0 + r1;     /* 2 add */
    out0[i] = r2;                 /* 2 store */
  }
}
