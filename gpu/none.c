/* The CUDA device of a build that had no headers of CUDA.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "gpu/cuda-device.h"

#include "engine/run/function.h"

#include <glib/gi18n.h>

GPtrArray *
weft_cuda_list (char **why)
{
  if (why != NULL)
    *why = g_strdup (_ ("this Weft was built without CUDA's headers"));
  return g_ptr_array_new ();
}

const char *
weft_cuda_get_driver_version (void)
{
  return NULL;
}

char *
weft_cuda_get_problem (void)
{
  return NULL;
}

WeftDevice *
weft_cuda_open (guint index, GError **error)
{
  g_autofree char *why = NULL;
  g_autoptr (GPtrArray) list = weft_cuda_list (&why);

  g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_DEVICE,
               _ ("there is no CUDA device here (%s); use the CPU"), why);
  return NULL;
}
