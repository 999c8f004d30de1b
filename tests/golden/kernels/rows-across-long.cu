extern "C" __global__ void
weft_kernel (const float *in0, float *out0, char *partials, char *scratch, int *bad) {
  const long thread = (long) blockIdx.x * blockDim.x + threadIdx.x;
  const long threads = (long) gridDim.x * blockDim.x;
  const long worker = thread, workers = threads;
  for (long column = worker; column < 2006; column += workers) {
    const long piece = column / 1003;
    const int j = (int) (column % 1003);
    const long begin = piece * 8;
    const long end = begin + 8 < 9 ? begin + 8 : 9;
    float *const out0 = (float *) (partials + piece * 4032 + 0);
    float c0 = 0.0f;             /* 2 across */
    #pragma unroll 4
    for (long u = begin; u < end; u++) {
      const float *const p0 = in0 + u * 1003;
      const float r0 = p0[j];    /* 0 load */
      const float r1 = r0 * r0;  /* 1 mul */
      c0 = c0 + r1;              /* 2 across */
    }
    out0[j] = c0;                /* 2 across */
  }
}
