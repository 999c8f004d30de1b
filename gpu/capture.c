/* Launches kept as one CUDA graph: a step then costs the CPU one call.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "gpu/device.h"

struct _WeftCapture
{
  CUgraphExec graph;
};

gboolean
weft_cuda_capture (WeftDevice *device)
{
  WeftCuda *cuda = (WeftCuda *) device;

  return weft_cuda_enter (cuda) &&
         cuda->driver->cuStreamBeginCapture (cuda->stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL) ==
           CUDA_SUCCESS;
}

/* What a library cannot do while it is captured is no failure of the device: nothing was run, and
 * all of it is done one by one then. */
WeftCapture *
weft_cuda_captured (WeftDevice *device)
{
  WeftCuda             *cuda = (WeftCuda *) device;
  const WeftCudaDriver *driver = cuda->driver;
  CUgraph               graph = NULL;
  CUgraphExec           instance = NULL;
  CUresult              result = driver->cuStreamEndCapture (cuda->stream, &graph);
  WeftCapture          *capture;

  if (result == CUDA_SUCCESS && cuda->failure == NULL)
    driver->cuGraphInstantiate (&instance, graph, 0);
  if (graph != NULL)
    driver->cuGraphDestroy (graph);
  g_clear_pointer (&cuda->failure, g_free);
  if (instance == NULL)
    return NULL;
  capture = g_new0 (WeftCapture, 1);
  capture->graph = instance;
  return capture;
}

void
weft_cuda_replay (WeftDevice *device, WeftCapture *capture)
{
  WeftCuda *cuda = (WeftCuda *) device;

  if (weft_cuda_enter (cuda))
    weft_cuda_check (cuda, cuda->driver->cuGraphLaunch (capture->graph, cuda->stream),
                     "cuGraphLaunch");
}

void
weft_cuda_free_capture (WeftDevice *device, WeftCapture *capture)
{
  WeftCuda *cuda = (WeftCuda *) device;

  if (weft_cuda_enter (cuda))
    cuda->driver->cuGraphExecDestroy (capture->graph);
  g_free (capture);
}
