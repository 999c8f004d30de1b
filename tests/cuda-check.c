/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/cuda-check.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <string.h>

/* ---- NVRTC ---- */

typedef struct
{
  gpointer library;
  int (*create) (gpointer          *program,
                 const char        *text,
                 const char        *name,
                 int                n,
                 const char *const *headers,
                 const char *const *names);
  int (*compile) (gpointer program, int n, const char *const *options);
  int (*log_size) (gpointer program, gsize *size);
  int (*log) (gpointer program, char *log);
  int (*destroy) (gpointer *program);
} Nvrtc;

static gboolean
open_nvrtc (Nvrtc *nvrtc)
{
  static const char *const names[] = { "libnvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12",
                                       "/usr/local/cuda/lib64/libnvrtc.so",
                                       "/usr/local/cuda/lib/libnvrtc.so" };

  memset (nvrtc, 0, sizeof *nvrtc);
  for (guint i = 0; i < G_N_ELEMENTS (names) && nvrtc->library == NULL; i++)
    nvrtc->library = dlopen (names[i], RTLD_NOW | RTLD_LOCAL);
  if (nvrtc->library == NULL)
    return FALSE;
  *(void **) &nvrtc->create = dlsym (nvrtc->library, "nvrtcCreateProgram");
  *(void **) &nvrtc->compile = dlsym (nvrtc->library, "nvrtcCompileProgram");
  *(void **) &nvrtc->log_size = dlsym (nvrtc->library, "nvrtcGetProgramLogSize");
  *(void **) &nvrtc->log = dlsym (nvrtc->library, "nvrtcGetProgramLog");
  *(void **) &nvrtc->destroy = dlsym (nvrtc->library, "nvrtcDestroyProgram");
  return nvrtc->create != NULL && nvrtc->compile != NULL && nvrtc->log_size != NULL &&
         nvrtc->log != NULL && nvrtc->destroy != NULL;
}

static char *
all_code (guint n, WeftKernelText *const *texts)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  GString *all = g_string_new (weft_emit_prelude (WEFT_TEXT_CUDA));

  for (guint i = 0; i < n; i++)
    if (g_hash_table_add (known, texts[i]->key))
      g_string_append (all, texts[i]->code);
  return g_string_free (all, FALSE);
}

/* A text that does not compile ends the test. */
static void
compile_for (const Nvrtc *nvrtc, const char *code, const char *architecture)
{
  g_autofree char *option = g_strconcat ("--gpu-architecture=", architecture, NULL);
  const char      *options[] = { option, "--fmad=false" };
  gpointer         program = NULL;
  g_autofree char *log = NULL;
  gsize            size = 0;

  g_assert_cmpint (nvrtc->create (&program, code, "kernels.cu", 0, NULL, NULL), ==, 0);
  if (nvrtc->compile (program, G_N_ELEMENTS (options), options) != 0)
    {
      nvrtc->log_size (program, &size);
      log = g_malloc0 (size + 1);
      nvrtc->log (program, log);
      g_error ("%s: %s", architecture, log);
    }
  nvrtc->destroy (&program);
}

gboolean
cuda_check_compile (guint n, WeftKernelText *const *texts)
{
  static const char *const architectures[] = { "sm_75", "sm_80", "sm_90" };
  g_autofree char         *code = all_code (n, texts);
  Nvrtc                    nvrtc;

  if (!open_nvrtc (&nvrtc))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (architectures); i++)
    compile_for (&nvrtc, code, architectures[i]);
  return TRUE;
}

/* ---- On the CPU ---- */

/* What the text finds around itself: a grid of GRID blocks of BLOCK threads, which take turns. The
 * threads of a warp go from shuffle to shuffle together: each leaves its number, and lets the
 * others run; two places by turns, so that nobody writes over what is still read. */
static const char around[] =
  "#include <math.h>\n"
  "#include <stdlib.h>\n"
  "#include <string.h>\n"
  "#include <ucontext.h>\n"
  "#define __global__\n"
  "#define __device__\n"
  "#define __forceinline__ inline __attribute__ ((always_inline, unused))\n"
  "#define GRID 2\n"
  "#define BLOCK 64\n"
  "struct Index { unsigned x; };\n"
  "static Index threadIdx, blockIdx, blockDim = { BLOCK }, gridDim = { GRID };\n"
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
  "static inline float __fmaf_rn (float a, float b, float c) { return fmaf (a, b, c); }\n"
  "static inline double __fma_rn (double a, double b, double c) { return fma (a, b, c); }\n"
  "static inline float __fsqrt_rn (float x) { return sqrtf (x); }\n"
  "static inline double __dsqrt_rn (double x) { return sqrt (x); }\n"
  "static inline double __longlong_as_double (long long x) { double y; memcpy (&y, &x, 8); return "
  "y; }\n"
  "struct Pointer { char *p; template<class T> operator T * () const { return (T *) p; } };\n"
  "static char *const *at;\n"
  "static char *partials, *scratch;\n"
  "static int bad;\n"
  "static int launch (void (*kernel) (void), char *const *pointers, char *parts, size_t bytes) {\n"
  "  at = pointers; partials = parts; bad = 0; body = kernel;\n"
  "  scratch = (char *) aligned_alloc (64, (bytes * GRID * BLOCK + 64) / 64 * 64);\n"
  "  for (blockIdx.x = 0; blockIdx.x < GRID; blockIdx.x++)\n"
  "    for (first = 0; first < BLOCK; first += 32) {\n"
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
  "  free (scratch);\n"
  "  return bad;\n"
  "}\n";

typedef int (*Launch) (char *const *at, char *partials);

struct _CudaEmulation
{
  gpointer library;
  guint    n;
  Launch  *launches;
};

/* A function launch_I for each text, which gives the kernel its parameters. */
static void
append_launches (GString *code, guint n, WeftKernelText *const *texts)
{
  for (guint i = 0; i < n; i++)
    {
      g_string_append_printf (code, "static void call_%u (void) { " WEFT_TEXT_NAME "_%s (", i,
                              texts[i]->key);
      for (guint k = 0; k < texts[i]->n_pointers; k++)
        g_string_append_printf (code, "Pointer{at[%u]}, ", k);
      g_string_append_printf (code,
                              "partials, scratch, &bad); }\n"
                              "extern \"C\" int launch_%u (char *const *at, char *partials) "
                              "{ return launch (call_%u, at, partials, %" G_GSIZE_FORMAT "); }\n",
                              i, i, texts[i]->scratch_bytes);
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
cuda_emulation_new (guint n, WeftKernelText *const *texts)
{
  g_autofree char *compiler = g_find_program_in_path ("c++");
  g_autofree char *kernels = all_code (n, texts);
  g_autoptr (GString) code = g_string_new (around);
  CudaEmulation *emulation;

#if defined(__SANITIZE_ADDRESS__)
  /* AddressSanitizer does not follow stacks that take turns. */
  g_clear_pointer (&compiler, g_free);
#endif
  if (compiler == NULL)
    return NULL;
  g_string_append (code, kernels);
  append_launches (code, n, texts);
  emulation = g_new0 (CudaEmulation, 1);
  emulation->library = build_library (compiler, code->str);
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

int
cuda_emulation_run (CudaEmulation *emulation, guint i, char *const *at, char *partials)
{
  return emulation->launches[i](at, partials);
}
