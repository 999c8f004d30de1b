extern "C" __global__ void
weft_kernel (const float *in0, const float *in1, const float *in2, float *out0, char *partials, char *scratch, int *bad) {
  const float r3 = 0.5f;           /* 6 number */
  const int threads = (int) gridDim.x * blockDim.x;
  const int thread = (int) blockIdx.x * blockDim.x + threadIdx.x;
  for (int i = 0 + thread; i < 370; i += threads) {
    const float r0 = in0[i / 10];  /* 1 load */
    const float r1 = in1[i % 10];  /* 0 load */
    const float r5 = in2[i];       /* 0 load */
    const float r2 = r0 * r1;      /* 4 mul */
    const float r4 = r2 * r3;      /* 7 mul */
    const float r6 = r5 - r4;      /* 8 sub */
    out0[i] = r6;                  /* 8 store */
  }
}
