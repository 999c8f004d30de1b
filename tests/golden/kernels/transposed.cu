extern "C" __global__ void
weft_kernel (const float *in0, const float *in1, float *out0, char *partials, char *scratch, int *bad) {
  const float r3 = 1.0f;                                /* 5 number */
  const int threads = (int) gridDim.x * blockDim.x;
  const int thread = (int) blockIdx.x * blockDim.x + threadIdx.x;
  for (int i = thread; i < 60; i += threads) {
    const weft_four<float> v1 = ((const weft_four<float> *) in1)[i];
    weft_four<float> w0;
    #pragma unroll
    for (int k = 0; k < 4; k++) {
      const float r0 = in0[(4 * i + k) % 40 * 6 + (4 * i + k) / 40]; /* 1 load */
      const float r1 = v1.x[k];                         /* 0 load */
      const float r2 = r0 * r1;                         /* 3 mul */
      const float r4 = r2 + r3;                         /* 6 add */
      w0.x[k] = r4;                                     /* 6 store */
    }
    ((weft_four<float> *) out0)[i] = w0;
  }
}
