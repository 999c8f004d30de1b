extern "C" __global__ void
weft_kernel (const float *in0, const float *in1, float *out0, char *partials, char *scratch, int *bad) {
  const float r3 = 1.0f;                        /* 5 number */
  const long threads = (long) gridDim.x * blockDim.x;
  for (long i = (long) blockIdx.x * blockDim.x + threadIdx.x; i < 240; i += threads) {
    const float r0 = in0[i % 40 * 6 + i / 40];  /* 1 load */
    const float r1 = in1[i];                    /* 0 load */
    const float r2 = r0 * r1;                   /* 3 mul */
    const float r4 = r2 + r3;                   /* 6 add */
    out0[i] = r4;                               /* 6 store */
  }
}
