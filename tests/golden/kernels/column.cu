extern "C" __global__ void
weft_kernel (const float *in0, const float *in1, const float *in2, float *out0, char *partials, char *scratch, int *bad) {
  const int threads = (int) gridDim.x * blockDim.x;
  const int thread = (int) blockIdx.x * blockDim.x + threadIdx.x;
  for (int i = thread; i < 60; i += threads) {
    const weft_four<float> v0 = ((const weft_four<float> *) in0)[i];
    const float v1 = in1[i / 10];
    const weft_four<float> v2 = ((const weft_four<float> *) in2)[i % 10];
    weft_four<float> w0;
    #pragma unroll
    for (int k = 0; k < 4; k++) {
      const float r0 = v0.x[k];  /* 0 load */
      const float r1 = v1;       /* 2 load */
      const float r3 = v2.x[k];  /* 1 load */
      const float r2 = r0 * r1;  /* 3 mul */
      const float r4 = r2 + r3;  /* 4 add */
      w0.x[k] = r4;              /* 4 store */
    }
    ((weft_four<float> *) out0)[i] = w0;
  }
}
