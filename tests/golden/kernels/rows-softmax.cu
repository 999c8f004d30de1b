extern "C" __global__ void
weft_kernel (const float *in0, float *out0, char *partials, char *scratch, int *bad) {
  const long thread = (long) blockIdx.x * blockDim.x + threadIdx.x;
  const long threads = (long) gridDim.x * blockDim.x;
  const long worker = thread / 32, workers = threads / 32;
  const int l = threadIdx.x % 32;
  for (long u = worker; u < 9; u += workers) {
    const float *const p0 = in0 + u * 1003;
    float *const q0 = out0 + u * 1003;
    float r1 = weft_float_f32 ((int) 0xff800000);  /* 1 reduce */
    float r2 = weft_float_f32 ((int) 0xff800000);  /* 4 reduce */
    #pragma unroll 4
    for (int j = l; j < 1003; j += 32) {
      const float r0 = p0[j];                      /* 0 load */
      r1 = weft_max_f32 (r1, r0);                  /* 1 reduce */
      r2 = weft_max_f32 (r2, r0);                  /* 4 reduce */
    }
    for (int h = 16; h > 0; h /= 2) {
      const float x = __shfl_down_sync (0xffffffffu, r1, h);
      r1 = weft_max_f32 (r1, x);                   /* 1 reduce */
    }
    r1 = __shfl_sync (0xffffffffu, r1, 0);
    for (int h = 16; h > 0; h /= 2) {
      const float x = __shfl_down_sync (0xffffffffu, r2, h);
      r2 = weft_max_f32 (r2, x);                   /* 4 reduce */
    }
    r2 = __shfl_sync (0xffffffffu, r2, 0);
    float r6 = 0.0f;                               /* 7 reduce */
    #pragma unroll 4
    for (int j = l; j < 1003; j += 32) {
      const float r3 = p0[j];                      /* 0 load */
      const float r4 = r3 - r2;                    /* 5 sub */
      const float r5 = weft_exp_f32 (r4);          /* 6 exp */
      r6 = r6 + r5;                                /* 7 reduce */
    }
    for (int h = 16; h > 0; h /= 2) {
      const float x = __shfl_down_sync (0xffffffffu, r6, h);
      r6 = r6 + x;                                 /* 7 reduce */
    }
    r6 = __shfl_sync (0xffffffffu, r6, 0);
    #pragma unroll 4
    for (int j = l; j < 1003; j += 32) {
      const float r7 = p0[j];                      /* 0 load */
      const float r8 = r7 - r1;                    /* 2 sub */
      const float r9 = weft_exp_f32 (r8);          /* 3 exp */
      const float r10 = r9 / r6;                   /* 8 div */
      q0[j] = r10;                                 /* 8 store */
    }
  }
}
