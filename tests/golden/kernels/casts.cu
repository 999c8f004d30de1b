extern "C" __global__ void
weft_kernel (const float *in0, const int *in1, int *out0, char *partials, char *scratch, int *bad) {
  const int r2 = in1[0];                  /* 1 load */
  const long threads = (long) gridDim.x * blockDim.x;
  for (long i = (long) blockIdx.x * blockDim.x + threadIdx.x; i < 240; i += threads) {
    const float r0 = in0[i];              /* 0 load */
    const int r1 = weft_i32_of_f32 (r0);  /* 2 cast */
    const int r3 = r1 + r2;               /* 4 add */
    out0[i] = r3;                         /* 4 store */
  }
}
