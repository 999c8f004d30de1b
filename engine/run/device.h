/* A device beside the CPU: memory of its own, code, launches in order. gpu/ has CUDA; tests have
 * one that is made of the CPU.
 *
 * What is launched runs later, one after the other; what goes wrong then stays, and is told by
 * settle. All of a device's functions are called by one thread at a time. Addresses are the
 * device's: nobody else reads through them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/emit.h"

G_BEGIN_DECLS

typedef struct _WeftDevice     WeftDevice;
typedef struct _WeftDeviceCode WeftDeviceCode;
typedef struct _WeftCapture    WeftCapture; /* launches that were kept as one */

/* One launch of a kernel of CUDA C; see engine/compile/emit-cuda.c for its parameters. */
typedef struct
{
  guint        kernel;     /* number of the text that the code was built from */
  guint        n_pointers; /* operands and results but the partials */
  char *const *pointers;
  char        *partials; /* or NULL */
  char        *bad;      /* of an int */
} WeftDeviceLaunch;

typedef struct
{
  /* 256-aligned; errors: WEFT_RUN_ERROR_MEMORY */
  char *(*allocate) (WeftDevice *device, gsize bytes, GError **error);
  void (*release) (WeftDevice *device, char *at);
  /* @from is read, @to is written, before these return. */
  void (*upload) (WeftDevice *device, char *to, const void *from, gsize bytes);
  void (*download) (WeftDevice *device, void *to, const char *from, gsize bytes);
  void (*copy) (WeftDevice *device, char *to, const char *from, gsize bytes);
  void (*clear) (WeftDevice *device, char *at, gsize bytes);
  /* Errors: WEFT_RUN_ERROR_DEVICE */
  WeftDeviceCode *(*build) (WeftDevice            *device,
                            guint                  n,
                            WeftKernelText *const *texts,
                            GError               **error);
  void (*free_code) (WeftDevice *device, WeftDeviceCode *code);
  void (*launch) (WeftDevice *device, WeftDeviceCode *code, const WeftDeviceLaunch *launch);
  /* A GEMM step, or an op's; @at: its operands, then its results. */
  gboolean (*has_product) (WeftDevice *device, const WeftStep *step);
  void (*product) (WeftDevice *device, const WeftStep *step, char *const *at);
  /* What is launched, copied and multiplied from here on is kept, not done, until captured gives
   * it; nothing else may be asked of the device in between. FALSE: it cannot. NULL: it never can.
   */
  gboolean (*capture) (WeftDevice *device);
  /* NULL: it could not be kept, and nothing of it was done. */
  WeftCapture *(*captured) (WeftDevice *device);
  void (*replay) (WeftDevice *device, WeftCapture *capture);
  void (*free_capture) (WeftDevice *device, WeftCapture *capture);
  /* Waits for all. Errors: WEFT_RUN_ERROR_DEVICE: something failed since it was opened, and what
   * lies in the device's memory is nobody's. */
  gboolean (*settle) (WeftDevice *device, GError **error);
  void (*free) (WeftDevice *device);
} WeftDeviceClass;

/* What whoever opened a device wants of it, before it is used. */
typedef struct
{
  gboolean tf32;       /* f32 factors of products may lose 13 bits */
  gboolean free_order; /* the same call may give other last bits another time */
  gboolean one_by_one; /* a step's launches are not captured as one */
} WeftDeviceChoices;

struct _WeftDevice
{
  const WeftDeviceClass *class;
  WeftDeviceChoices   choices;
  guint64             rooms;  /* counts what makes captures stale: memory of its own that moved */
  char               *name;   /* "NVIDIA H100", for people; owned */
  struct _WeftPlaces *places; /* of variables in its memory: device-run.c; NULL: there are none */
};
/* After the functions that use it. */
void weft_device_free (WeftDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftDevice, weft_device_free)

G_END_DECLS
