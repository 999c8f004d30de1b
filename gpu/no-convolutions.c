/* Convolutions of a build that had no headers of cuDNN: the CPU does them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "gpu/device.h"

gboolean
weft_cuda_has_convolution (WeftCuda *cuda, const WeftApply *apply)
{
  return FALSE;
}

void
weft_cuda_convolve (WeftCuda *cuda, const WeftApply *apply, char *const *at)
{
}

void
weft_cuda_close_convolutions (WeftCuda *cuda)
{
}
