/* CUDA among the devices that a program can choose from.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "gpu/cuda-device.h"

static WeftDeviceInfo *
to_info (guint number, const WeftCudaInfo *cuda, const char *problem)
{
  WeftDeviceInfo *info = g_new0 (WeftDeviceInfo, 1);

  info->word = g_strdup_printf ("cuda:%u", number);
  info->name = g_strdup (cuda->name);
  info->bytes = cuda->bytes;
  info->problem = g_strdup (problem);
  return info;
}

static GPtrArray *
list (char **why)
{
  g_autoptr (GPtrArray) all = weft_cuda_list (why);
  g_autofree char *problem = weft_cuda_get_problem ();
  GPtrArray       *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_device_info_free);

  for (guint i = 0; i < all->len; i++)
    g_ptr_array_add (infos, to_info (i, all->pdata[i], problem));
  return infos;
}

static const WeftDeviceKind kind = { "cuda", list, weft_cuda_open };

void
weft_cuda_add_kind (void)
{
  weft_devices_add (&kind);
}
