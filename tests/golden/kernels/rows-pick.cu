extern "C" __global__ void
weft_kernel (const int *in0, const float *in1, float *out0, char *partials, char *scratch, int *bad) {
  const long thread = (long) blockIdx.x * blockDim.x + threadIdx.x;
  const long threads = (long) gridDim.x * blockDim.x;
  const long worker = thread, workers = threads;
  for (long piece = worker; piece < 1; piece += workers) {
    const long begin = piece * 37;
    const long end = begin + 37 < 37 ? begin + 37 : 37;
    const int r1 = 10;                       /* 6 number */
    const float r9 = 37.0f;                  /* 10 number */
    float c0 = 0.0f;                         /* 10 across */
    for (long u = begin; u < end; u++) {
      const int *const p0 = in0 + u;
      const float *const p1 = in1 + u * 10;
      const int r0 = p0[0];                  /* 0 load */
      const int r2 = weft_mod_i32 (r0, r1);  /* 7 mod */
      if ((unsigned long long) r2 >= 10)     /* 8 pick */
      {
        *bad = 5;
        continue;
      }
      const float r3 = p1[r2];               /* 8 pick */
      float r6 = 0.0f;                       /* 3 reduce */
      for (int j = 0; j < 10; j++) {
        const float r4 = p1[j];              /* 1 load */
        const float r5 = weft_exp_f32 (r4);  /* 2 exp */
        r6 = r6 + r5;                        /* 3 reduce */
      }
      const float r7 = weft_log_f32 (r6);    /* 4 log */
      const float r8 = r7 - r3;              /* 9 sub */
      const float r10 = r8 / r9;             /* 10 div */
      c0 = c0 + r10;                         /* 10 across */
    }
    out0[0] = c0;                            /* 10 across */
  }
}
