/* Executing a program: what the parts of the interpreter share.
 *
 *     executor.c  memory, order of the steps, errors
 *     tiles.c     fused loop nests        copy.c     strided copies
 *     product.c   matrix products         kernel.c   ops' own kernels
 *     loop.c      loops and choices, which run programs of their own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/compile/program.h"
#include "engine/run/primitives.h"

G_BEGIN_DECLS

typedef struct _WeftExecutor WeftExecutor;
typedef struct _WeftTilePlan WeftTilePlan;
typedef struct _WeftLoopPlan WeftLoopPlan;

/* An op kernel's step: its call and how the work is shared out. */
typedef struct
{
  WeftPreparedCall prepared;
  gint64           units, grain;
  gsize            scratch;
  double           us; /* estimated */
} WeftKernelPlan;

struct _WeftExecutor
{
  WeftProgram *program;
  void       **slots; /* where each slot's bytes are; inputs, shared variables and outputs change with the
                         call */
  gpointer        arena;
  gboolean        inside;  /* program and arena belong to a step of another executor */
  WeftTilePlan  **tiles;   /* by step, NULL where it is of another kind */
  WeftLoopPlan  **loops;   /* likewise */
  WeftKernelPlan *kernels; /* by step */
  guint64         seed, step;
  void (*event) (gpointer data, const WeftKernelCall *call); /* what EFFECT ops tell; or NULL */
  gpointer      event_data;
  gint          bad;         /* set by kernels: 1 + the input with a number out of range */
  GCancellable *cancellable; /* of the running call, NULL where it is too late to cancel */
};

/* Takes @program. Errors: WEFT_RUN_ERROR_MEMORY. */
WeftExecutor *weft_executor_new (WeftProgram *program, guint64 seed, GError **error);
/* For a program that a step runs: @program and @arena are borrowed. */
WeftExecutor *weft_executor_new_inside (WeftProgram *program, gpointer arena);
void          weft_executor_free (WeftExecutor *executor);
/* Slots of inputs, shared variables and outputs are set. Errors: G_IO_ERROR_CANCELLED,
 * WEFT_RUN_ERROR_INDEX. */
gboolean weft_executor_run (WeftExecutor *executor, GCancellable *cancellable, GError **error);

static inline char *
weft_executor_operand (WeftExecutor *executor, const WeftOperand *operand)
{
  return (char *) executor->slots[operand->slot] +
         operand->offset * (gssize) weft_dtype_size (executor->program->slots[operand->slot].dtype);
}
/* Chunks ask before they start; what a cancelled step leaves undone is never seen. */
static inline gboolean
weft_executor_is_cancelled (WeftExecutor *executor)
{
  return executor->cancellable != NULL && g_cancellable_is_cancelled (executor->cancellable);
}

WeftTilePlan *weft_tile_plan_new (const WeftProgram    *program,
                                  const WeftStep       *step,
                                  const WeftPrimitives *primitives);
void          weft_tile_plan_free (WeftTilePlan *plan);
int           weft_tile_plan_call (const WeftTilePlan *plan,
                                   char *const        *at,
                                   gint64              begin,
                                   gint64              end,
                                   char               *scratch);
gsize         weft_tile_plan_scratch (const WeftTilePlan *plan);
void          weft_tile_plan_run (WeftTilePlan *plan, WeftExecutor *executor);
void          weft_copy_run (WeftExecutor *executor, const WeftStep *step);
void          weft_product_run (WeftExecutor *executor, const WeftStep *step);
void
     weft_kernel_plan_init (WeftKernelPlan *plan, const WeftApply *apply, double flops, double bytes);
void weft_kernel_plan_check (WeftKernelPlan *plan, WeftExecutor *executor, const WeftStep *step);
void weft_kernel_plan_clear (WeftKernelPlan *plan);
void weft_kernel_plan_run (WeftKernelPlan *plan, WeftExecutor *executor, const WeftStep *step);

WeftLoopPlan *weft_loop_plan_new (const WeftStep *step, char *workspace);
void          weft_loop_plan_free (WeftLoopPlan *plan);
gboolean      weft_loop_plan_run (WeftLoopPlan *plan, WeftExecutor *executor, GError **error);

G_END_DECLS
