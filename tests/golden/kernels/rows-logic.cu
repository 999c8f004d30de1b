extern "C" __global__ void
weft_kernel (const float *in0, unsigned char *out0, char *partials, char *scratch, int *bad) {
  const long thread = (long) blockIdx.x * blockDim.x + threadIdx.x;
  const long threads = (long) gridDim.x * blockDim.x;
  const long worker = thread / 32, workers = threads / 32;
  const int l = threadIdx.x % 32;
  const float r1 = -1000.0f;                     /* 2 number */
  const float r3 = 3.0f;                         /* 6 number */
  for (long u = worker; u < 6; u += workers) {
    const float *const p0 = in0 + u * 40;
    unsigned char r5 = 1;                        /* 4 reduce */
    unsigned char r6 = 0;                        /* 8 reduce */
    #pragma unroll 4
    for (int j = l; j < 40; j += 32) {
      const float r0 = p0[j];                    /* 0 load */
      const unsigned char r2 = (r0 > r1) != 0;   /* 3 gt */
      const unsigned char r4 = (r0 == r3) != 0;  /* 7 eq */
      r5 = ((r5 != 0) & (r2 != 0)) != 0;         /* 4 reduce */
      r6 = ((r6 != 0) | (r4 != 0)) != 0;         /* 8 reduce */
    }
    for (int h = 16; h > 0; h /= 2) {
      const unsigned char x = __shfl_down_sync (0xffffffffu, r5, h);
      r5 = ((r5 != 0) & (x != 0)) != 0;          /* 4 reduce */
    }
    r5 = __shfl_sync (0xffffffffu, r5, 0);
    for (int h = 16; h > 0; h /= 2) {
      const unsigned char x = __shfl_down_sync (0xffffffffu, r6, h);
      r6 = ((r6 != 0) | (x != 0)) != 0;          /* 8 reduce */
    }
    r6 = __shfl_sync (0xffffffffu, r6, 0);
    const unsigned char r7 = (r5 | r6) != 0;     /* 9 bit_or */
    if (l == 0) out0[u] = r7;                    /* 9 store */
  }
}
