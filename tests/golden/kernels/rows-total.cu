extern "C" __global__ void
weft_kernel (const float *in0, float *out0, char *partials, char *scratch, int *bad) {
  const long thread = (long) blockIdx.x * blockDim.x + threadIdx.x;
  const long threads = (long) gridDim.x * blockDim.x;
  const long worker = thread / 32, workers = threads / 32;
  const int l = threadIdx.x % 32;
  for (long u = worker; u < 1; u += workers) {
    const float *const p0 = in0;
    float r2 = 0.0f;             /* 2 reduce */
    #pragma unroll 4
    for (int j = l; j < 5000; j += 32) {
      const float r0 = p0[j];    /* 0 load */
      const float r1 = r0 * r0;  /* 1 mul */
      r2 = r2 + r1;              /* 2 reduce */
    }
    for (int h = 16; h > 0; h /= 2) {
      const float x = __shfl_down_sync (0xffffffffu, r2, h);
      r2 = r2 + x;               /* 2 reduce */
    }
    r2 = __shfl_sync (0xffffffffu, r2, 0);
    if (l == 0) out0[u] = r2;    /* 2 store */
  }
}
