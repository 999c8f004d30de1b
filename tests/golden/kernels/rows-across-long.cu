extern "C" __global__ void
weft_kernel (const float *in0, float *out0, char *partials, char *scratch, int *bad) {
  const long thread = (long) blockIdx.x * blockDim.x + threadIdx.x;
  const long threads = (long) gridDim.x * blockDim.x;
  const long worker = thread / 32, workers = threads / 32;
  const int l = threadIdx.x % 32;
  for (long piece = worker; piece < 2; piece += workers) {
    const long begin = piece * 8;
    const long end = begin + 8 < 9 ? begin + 8 : 9;
    float *const out0 = (float *) (partials + piece * 4032 + 0);
    for (int j = l; j < 1003; j += 32)
      out0[j] = 0.0f;              /* 2 across */
    for (long u = begin; u < end; u++) {
      const float *const p0 = in0 + u * 1003;
      for (int j = l; j < 1003; j += 32) {
        const float r0 = p0[j];    /* 0 load */
        const float r1 = r0 * r0;  /* 1 mul */
        out0[j] = out0[j] + r1;    /* 2 across */
      }
    }
  }
}
