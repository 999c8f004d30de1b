/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/cuda-check.h"

#include <dlfcn.h>
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
  g_autofree char         *code = weft_emit_cuda_file (n, texts);
  Nvrtc                    nvrtc;

  if (!open_nvrtc (&nvrtc))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (architectures); i++)
    compile_for (&nvrtc, code, architectures[i]);
  return TRUE;
}

/* ---- On the CPU ---- */

#define GRID 2
#define BLOCK 64

struct _CudaCheck
{
  CudaEmulation *emulation;
  guint         *n_pointers;    /* by text */
  gsize         *scratch_bytes; /* likewise */
};

CudaCheck *
cuda_check_new (guint n, WeftKernelText *const *texts)
{
  g_autofree char *code = weft_emit_cuda_file (n, texts);
  g_auto (GStrv) names = g_new0 (char *, n + 1);
  CudaEmulation *emulation;
  CudaCheck     *check;

  for (guint i = 0; i < n; i++)
    names[i] = g_strconcat (WEFT_TEXT_NAME "_", texts[i]->key, NULL);
  emulation = cuda_emulation_new (code, n, (const char *const *) names);
  if (emulation == NULL)
    return NULL;
  check = g_new0 (CudaCheck, 1);
  check->emulation = emulation;
  check->n_pointers = g_new (guint, n);
  check->scratch_bytes = g_new (gsize, n);
  for (guint i = 0; i < n; i++)
    {
      check->n_pointers[i] = texts[i]->n_pointers;
      check->scratch_bytes[i] = texts[i]->scratch_bytes;
    }
  return check;
}

void
cuda_check_free (CudaCheck *check)
{
  cuda_emulation_free (check->emulation);
  g_free (check->n_pointers);
  g_free (check->scratch_bytes);
  g_free (check);
}

int
cuda_check_run (CudaCheck *check, guint i, char *const *pointers, char *partials)
{
  guint             n = check->n_pointers[i];
  g_autofree char **parameters = g_new (char *, n + 3);
  g_autofree char  *scratch = g_malloc (check->scratch_bytes[i] * GRID * BLOCK + 2 * 64);
  int               bad = 0;

  memcpy (parameters, pointers, n * sizeof (char *));
  parameters[n] = partials;
  parameters[n + 1] = (char *) (((gsize) scratch + 63) / 64 * 64);
  parameters[n + 2] = (char *) &bad;
  cuda_emulation_run (check->emulation, i, parameters, GRID, BLOCK);
  return bad;
}
