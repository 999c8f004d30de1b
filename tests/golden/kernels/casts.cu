extern "C" __global__ void
weft_kernel (const float *in0, const int *in1, int *out0, char *partials, char *scratch, int *bad) {
  const int r2 = in1[0];                    /* 1 load */
  const int threads = (int) gridDim.x * blockDim.x;
  const int thread = (int) blockIdx.x * blockDim.x + threadIdx.x;
  for (int i = thread; i < 60; i += threads) {
    const weft_four<float> v0 = ((const weft_four<float> *) in0)[i];
    weft_four<int> w0;
    #pragma unroll
    for (int k = 0; k < 4; k++) {
      const float r0 = v0.x[k];             /* 0 load */
      const int r1 = weft_i32_of_f32 (r0);  /* 2 cast */
      const int r3 = r1 + r2;               /* 4 add */
      w0.x[k] = r3;                         /* 4 store */
    }
    ((weft_four<int> *) out0)[i] = w0;
  }
}
