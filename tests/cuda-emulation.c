/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/cuda-emulation.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <string.h>

/* What a text finds around itself: blocks of threads, which take turns. The threads of a warp go
 * from shuffle to shuffle together: each leaves its number, and lets the others run; two places by
 * turns, so that nobody writes over what is still read. */
static const char around[] =
  "#include <math.h>\n"
  "#include <stdlib.h>\n"
  "#include <string.h>\n"
  "#include <ucontext.h>\n"
  "#define __global__\n"
  "#define __device__\n"
  "#define __align__(n) __attribute__ ((aligned (n)))\n"
  "#define __forceinline__ inline __attribute__ ((always_inline, unused))\n"
  "struct Index { unsigned x; };\n"
  "static Index threadIdx, blockIdx, blockDim, gridDim;\n"
  "static ucontext_t home, threads_[32];\n"
  "static char stacks[32][65536];\n"
  "static int current, first, finished;\n"
  "static bool is_done[32];\n"
  "static long long left[2][32];\n"
  "static unsigned turn[32];\n"
  "static void (*body) (void);\n"
  "static void next (void) {\n"
  "  int from = current;\n"
  "  do current = (current + 1) % 32; while (is_done[current] && finished < 32);\n"
  "  threadIdx.x = first + current;\n"
  "  if (finished == 32) setcontext (&home);\n"
  "  if (current != from) swapcontext (&threads_[from], &threads_[current]);\n"
  "}\n"
  "static void thread_main (void) {\n"
  "  body ();\n"
  "  is_done[current] = true;\n"
  "  finished++;\n"
  "  next ();\n"
  "}\n"
  "template<class T> static T shuffle (T x, int from) {\n"
  "  int me = current;\n"
  "  long long *place = left[turn[me]++ % 2];\n"
  "  memcpy (&place[me], &x, sizeof x);\n"
  "  next ();\n"
  "  memcpy (&x, &place[from < 32 ? from : me], sizeof x);\n"
  "  return x;\n"
  "}\n"
  "template<class T> static T __shfl_sync (unsigned, T x, int from) { return shuffle (x, from); }\n"
  "template<class T> static T __shfl_down_sync (unsigned, T x, int by) { return shuffle (x, "
  "current + by); }\n"
  "static unsigned __ballot_sync (unsigned, bool x) {\n"
  "  unsigned all = 0;\n"
  "  for (int i = 0; i < 32; i++) if (shuffle (x, i)) all |= 1u << i;\n"
  "  return all;\n"
  "}\n"
  "static inline int atomicAdd (int *to, int x) { *to += x; return *to - x; }\n"
  "static inline int __ffs (unsigned x) { return __builtin_ffs ((int) x); }\n"
  "static inline float __fmaf_rn (float a, float b, float c) { return fmaf (a, b, c); }\n"
  "static inline double __fma_rn (double a, double b, double c) { return fma (a, b, c); }\n"
  "static inline float __fsqrt_rn (float x) { return sqrtf (x); }\n"
  "static inline double __dsqrt_rn (double x) { return sqrt (x); }\n"
  "static inline double __longlong_as_double (long long x) { double y; memcpy (&y, &x, 8); return "
  "y; }\n"
  "struct Pointer { char *p; template<class T> operator T * () const { return (T *) p; } };\n"
  "static char *const *at;\n"
  "static void launch (void (*kernel) (void), char *const *parameters, unsigned grid, unsigned "
  "block) {\n"
  "  at = parameters; body = kernel; gridDim.x = grid; blockDim.x = block;\n"
  "  for (blockIdx.x = 0; blockIdx.x < grid; blockIdx.x++)\n"
  "    for (first = 0; first < (int) block; first += 32) {\n"
  "      finished = 0;\n"
  "      for (int i = 0; i < 32; i++) {\n"
  "        is_done[i] = false;\n"
  "        turn[i] = 0;\n"
  "        getcontext (&threads_[i]);\n"
  "        threads_[i].uc_stack.ss_sp = stacks[i];\n"
  "        threads_[i].uc_stack.ss_size = sizeof stacks[i];\n"
  "        makecontext (&threads_[i], thread_main, 0);\n"
  "      }\n"
  "      current = 0;\n"
  "      threadIdx.x = first;\n"
  "      swapcontext (&home, &threads_[0]);\n"
  "    }\n"
  "}\n";

typedef void (*Launch) (char *const *parameters, guint grid, guint block);

struct _CudaEmulation
{
  gpointer library;
  Launch  *launches;
};

/* How many parameters the kernel @name has in @code. */
static guint
count_parameters (const char *code, const char *name)
{
  g_autofree char *head = g_strconcat (name, " (", NULL);
  const char      *at = strstr (code, head);
  guint            n = 1;

  g_assert_nonnull (at);
  for (at += strlen (head); *at != ')'; at++)
    n += *at == ',';
  return n;
}

/* A function launch_I for each kernel, which gives it its parameters. */
static void
append_launches (GString *all, const char *code, guint n, const char *const *names)
{
  for (guint i = 0; i < n; i++)
    {
      guint n_parameters = count_parameters (code, names[i]);

      g_string_append_printf (all, "static void call_%u (void) { %s (", i, names[i]);
      for (guint k = 0; k < n_parameters; k++)
        g_string_append_printf (all, "%sPointer{at[%u]}", k > 0 ? ", " : "", k);
      g_string_append_printf (
        all,
        "); }\nextern \"C\" void launch_%u (char *const *parameters, unsigned grid, "
        "unsigned block) { launch (call_%u, parameters, grid, block); }\n",
        i, i);
    }
}

static gpointer
build_library (const char *compiler, const char *code)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-cuda-XXXXXX", NULL);
  g_autofree char *source = g_build_filename (folder, "kernels.cc", NULL);
  g_autofree char *library = g_build_filename (folder, "kernels.so", NULL);
  const char      *arguments[] = { compiler,
                                   "-O1",
                                   "-ffp-contract=off",
                                   "-fwrapv",
                                   "-fno-math-errno",
                                   "-march=native",
                                   "-w",
                                   "-fPIC",
                                   "-shared",
                                   source,
                                   "-o",
                                   library,
                                   NULL };
  g_autofree char *errors = NULL;
  g_autoptr (GError) error = NULL;
  gpointer handle;
  int      status;

  g_file_set_contents (source, code, -1, &error);
  g_assert_no_error (error);
  g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &errors,
                &status, &error);
  g_assert_no_error (error);
  if (status != 0)
    g_error ("%s: %s", source, errors);
  handle = dlopen (library, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL)
    g_error ("%s", dlerror ());
  g_unlink (source);
  g_unlink (library);
  g_rmdir (folder);
  return handle;
}

CudaEmulation *
cuda_emulation_new (const char *code, guint n, const char *const *names)
{
  g_autofree char *compiler = g_find_program_in_path ("c++");
  g_autoptr (GString) all = g_string_new (around);
  CudaEmulation *emulation;

#if defined(__SANITIZE_ADDRESS__)
  /* AddressSanitizer does not follow stacks that take turns. */
  g_clear_pointer (&compiler, g_free);
#endif
  if (compiler == NULL)
    return NULL;
  g_string_append (all, code);
  append_launches (all, code, n, names);
  emulation = g_new0 (CudaEmulation, 1);
  emulation->library = build_library (compiler, all->str);
  emulation->launches = g_new0 (Launch, n + 1);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("launch_%u", i);

      *(void **) &emulation->launches[i] = dlsym (emulation->library, name);
      g_assert_nonnull (emulation->launches[i]);
    }
  return emulation;
}

void
cuda_emulation_free (CudaEmulation *emulation)
{
  dlclose (emulation->library);
  g_free (emulation->launches);
  g_free (emulation);
}

void
cuda_emulation_run (
  CudaEmulation *emulation, guint i, char *const *parameters, guint grid, guint block)
{
  emulation->launches[i](parameters, grid, block);
}
