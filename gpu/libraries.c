/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gpu/libraries.h"

#include <dlfcn.h>
#include <glib/gi18n.h>

/* The names that NVIDIA's installers and packages give, the newest first; then where its toolkit
 * lies. */
static const char *const driver_names[] = { "libcuda.so.1", "libcuda.so", NULL };
static const char *const nvrtc_names[] = { "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so",
                                           "/usr/local/cuda/lib64/libnvrtc.so", NULL };
static const char *const cublas_names[] = { "libcublas.so.13", "libcublas.so.12", "libcublas.so",
                                            "/usr/local/cuda/lib64/libcublas.so", NULL };
#ifdef WEFT_HAVE_CUDNN
static const char *const cudnn_names[] = { "libcudnn.so.9", "libcudnn.so",
                                           "/usr/local/cuda/lib64/libcudnn.so", NULL };
#endif

typedef struct
{
  gsize       offset; /* in the table */
  const char *name;   /* of the version that the headers declare: "cuMemAlloc_v2" */
} Function;

#define TEXT(name) #name
#define NAME(name) TEXT (name)
#define DRIVER_ROW(name) { G_STRUCT_OFFSET (WeftCudaDriver, name), NAME (name) },
#define NVRTC_ROW(name) { G_STRUCT_OFFSET (WeftNvrtc, name), NAME (name) },
#define CUBLAS_ROW(name) { G_STRUCT_OFFSET (WeftCublas, name), NAME (name) },
static const Function driver_functions[] = { WEFT_CUDA_FUNCTIONS (DRIVER_ROW) };
static const Function nvrtc_functions[] = { WEFT_NVRTC_FUNCTIONS (NVRTC_ROW) };
static const Function cublas_functions[] = { WEFT_CUBLAS_FUNCTIONS (CUBLAS_ROW) };
#ifdef WEFT_HAVE_CUDNN
#define CUDNN_ROW(name) { G_STRUCT_OFFSET (WeftCudnn, name), NAME (name) },
static const Function cudnn_functions[] = { WEFT_CUDNN_FUNCTIONS (CUDNN_ROW) };
#endif

/* Opens the first library of @names that is there and fills @table. NULL, or why not; owned. */
static char *
open_library (const char *const *names, guint n, const Function *functions, gpointer table)
{
  gpointer library = NULL;

  for (guint i = 0; names[i] != NULL && library == NULL; i++)
    library = dlopen (names[i], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL)
    return g_strdup_printf (_ ("%s is not installed"), names[0]);
  for (guint i = 0; i < n; i++)
    {
      gpointer symbol = dlsym (library, functions[i].name);

      if (symbol == NULL)
        {
          dlclose (library);
          return g_strdup_printf (_ ("%s is too old: it has no %s; update it"), names[0],
                                  functions[i].name);
        }
      *(gpointer *) ((char *) table + functions[i].offset) = symbol;
    }
  return NULL;
}

const WeftCudaDriver *
weft_cuda_driver (char **why)
{
  static WeftCudaDriver driver;
  static char          *problem;
  static gsize          once;

  if (g_once_init_enter (&once))
    {
      problem =
        open_library (driver_names, G_N_ELEMENTS (driver_functions), driver_functions, &driver);
      if (problem == NULL && driver.cuInit (0) != CUDA_SUCCESS)
        problem = g_strdup (_ ("NVIDIA's driver is installed but finds no device"));
      g_once_init_leave (&once, 1);
    }
  if (problem != NULL && why != NULL)
    *why = g_strdup (problem);
  return problem == NULL ? &driver : NULL;
}

/* The function that opens one library, once a process. */
#define DEFINE_OPEN(Type, function, names, functions)                                \
  const Type *function (char **why)                                                  \
  {                                                                                  \
    static Type  table;                                                              \
    static char *problem;                                                            \
    static gsize once;                                                               \
                                                                                     \
    if (g_once_init_enter (&once))                                                   \
      {                                                                              \
        problem = open_library (names, G_N_ELEMENTS (functions), functions, &table); \
        g_once_init_leave (&once, 1);                                                \
      }                                                                              \
    if (problem != NULL && why != NULL)                                              \
      *why = g_strdup (problem);                                                     \
    return problem == NULL ? &table : NULL;                                          \
  }

DEFINE_OPEN (WeftNvrtc, weft_cuda_nvrtc, nvrtc_names, nvrtc_functions)
DEFINE_OPEN (WeftCublas, weft_cuda_cublas, cublas_names, cublas_functions)
#ifdef WEFT_HAVE_CUDNN
DEFINE_OPEN (WeftCudnn, weft_cuda_cudnn, cudnn_names, cudnn_functions)
#endif
