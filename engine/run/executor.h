/* Executing a program: what the parts of the interpreter share.
 *
 *     executor.c  memory, order of the steps, errors
 *     share.c     how a step, or a group of steps, is shared out among threads
 *     tiles.c     fused loop nests        copy.c     strided copies
 *     product.c   matrix products         kernel.c   ops' own kernels
 *     loop.c      loops and choices, which run programs of their own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>
#include <time.h>

#include "engine/compile/emit.h"
#include "engine/run/primitives.h"

G_BEGIN_DECLS

typedef struct _WeftExecutor  WeftExecutor;
typedef struct _WeftTilePlan  WeftTilePlan;
typedef struct _WeftLoopPlan  WeftLoopPlan;
typedef struct _WeftDeviceRun WeftDeviceRun;

/* How a step is shared out: chunks that may run at once. Those of large products depend on the
 * number of threads, all others on the step alone. */
typedef struct
{
  gint64 n;     /* chunks; 0: the step is not shared out */
  gint64 units; /* of a chunk: rows, elements, pieces of a product, units of an op's kernel */
  double us;    /* estimated, of all */
} WeftShare;

/* An op kernel's step. */
typedef struct
{
  WeftPreparedCall prepared;
  gint64           units;
  gsize            scratch;
} WeftKernelPlan;

/* A product's step: how it is cut. */
typedef struct
{
  gint64   products;                  /* of the batch */
  gboolean own;                       /* by the engine's kernels, not by BLAS */
  gint64   row_pieces, column_pieces; /* of one product */
  gint64   rows, columns;             /* of a piece */
} WeftProductPlan;

/* A step's code, once it is compiled. */
typedef struct
{
  WeftKernelCode func; /* NULL: there is none */
  gsize          scratch_bytes;
} WeftStepCode;

/* An operand whose bytes change with the call. */
typedef struct
{
  guint  at; /* number in executor->at */
  guint  slot;
  gssize offset; /* bytes */
} WeftPlace;

/* Called after a step, on the thread of the run. FALSE and an error end it. */
typedef gboolean (*WeftStepFunc) (WeftExecutor *executor,
                                  guint         step,
                                  gpointer      data,
                                  GError      **error);

struct _WeftExecutor
{
  WeftProgram *program;
  void       **slots; /* where each slot's bytes are; inputs, shared variables and outputs change with the
                         call */
  gpointer         arena;
  GThread         *filling, *filling_shared; /* ask for pages of the arena and of variables; or NULL */
  guint            n_threads;                /* that the steps are cut for */
  gboolean         inside;                   /* program and arena belong to a step of another executor */
  char           **at;                       /* where the operands of all steps start: those of a step in, then out */
  guint           *first_at;                 /* by step */
  WeftPlace       *bindings;                 /* of operands in slots that change */
  guint            n_bindings;
  WeftShare       *shares;   /* by step */
  WeftStepCode    *codes;    /* likewise */
  WeftTilePlan   **tiles;    /* likewise, NULL where it is of another kind */
  WeftLoopPlan   **loops;    /* likewise */
  WeftKernelPlan  *kernels;  /* likewise */
  WeftProductPlan *products; /* likewise */
  gint
         *bad; /* likewise, set by chunks: 1 + the input, or instruction, with a number out of range */
  guint64 seed, step;
  void (*event) (gpointer data, const WeftKernelCall *call); /* what EFFECT ops tell; or NULL */
  gpointer       event_data;
  GCancellable  *cancellable; /* of the running call, NULL where it is too late to cancel */
  WeftStepFunc   after;       /* or NULL */
  gpointer       after_data;
  gboolean       compare; /* steps with code are checked by the interpreter */
  WeftDeviceRun *device;  /* borrowed; NULL: the CPU does all */
  gint64        *clock;   /* borrowed; ns of each step, which runs add to; NULL: nobody measures */
};

/* Takes @program. Errors: WEFT_RUN_ERROR_MEMORY. */
WeftExecutor *weft_executor_new (WeftProgram *program, guint64 seed, GError **error);
/* Begins to get memory that every run will write: the arena, and variables until
 * weft_executor_settle_shared; one that is given other memory meanwhile is no harm, since only
 * pages that are there are asked for. */
void weft_executor_fill_pages (WeftExecutor *executor);
void weft_executor_settle_shared (WeftExecutor *executor);
/* For a program that a step runs: @program and @arena are borrowed. */
WeftExecutor *weft_executor_new_inside (WeftProgram *program, gpointer arena);
void          weft_executor_free (WeftExecutor *executor);
/* Slots of inputs, shared variables and outputs are set. Errors: G_IO_ERROR_CANCELLED,
 * WEFT_RUN_ERROR_INDEX. */
gboolean weft_executor_run (WeftExecutor *executor, GCancellable *cancellable, GError **error);
/* Lets compiled code do step number @step from the next run on; NULL: the interpreter again.
 * Between two runs, by the thread that runs; @code outlives the executor, or its use. */
void weft_executor_set_code (WeftExecutor  *executor,
                             guint          step,
                             WeftKernelCode code,
                             gsize          scratch_bytes);

static inline char *
weft_executor_operand (WeftExecutor *executor, const WeftOperand *operand)
{
  return (char *) executor->slots[operand->slot] +
         operand->offset * (gssize) weft_dtype_size (executor->program->slots[operand->slot].dtype);
}
/* Where the operands of a step start: in, then out. */
static inline char **
weft_executor_at (WeftExecutor *executor, guint step)
{
  return executor->at + executor->first_at[step];
}
static inline gint64
weft_clock_ns (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}
/* Chunks ask before they start; what a cancelled step leaves undone is never seen. */
static inline gboolean
weft_executor_is_cancelled (WeftExecutor *executor)
{
  return executor->cancellable != NULL && g_cancellable_is_cancelled (executor->cancellable);
}

/* share.c: makes executor->shares[step], and does the @n steps from @first on, which do not need
 * each other. */
void weft_share_plan (WeftExecutor *executor, guint step);
void weft_share_run (WeftExecutor *executor, guint first, guint n);

/* What is @us microseconds of work in @units, cut to chunks worth handing out, each a multiple of
 * @grain. */
WeftShare weft_share_cut (gint64 units, gint64 grain, double us);

WeftTilePlan *weft_tile_plan_new (const WeftProgram    *program,
                                  const WeftStep       *step,
                                  const WeftPrimitives *primitives);
void          weft_tile_plan_free (WeftTilePlan *plan);
int           weft_tile_plan_call (
            const WeftTilePlan *plan, char *const *at, gint64 begin, gint64 end, char *scratch);
gsize     weft_tile_plan_scratch (const WeftTilePlan *plan);
WeftShare weft_tile_plan_share (const WeftTilePlan *plan);
/* Puts the pieces of what goes across rows together. */
void weft_tile_plan_join (const WeftTilePlan *plan, char *const *at);
/* Where piece number @piece of what goes across rows belongs. */
void weft_tile_plan_place (const WeftTilePlan *plan, char **at, gint64 piece);

WeftShare weft_copy_share (const WeftStep *step);
void      weft_copy_run (WeftExecutor *executor, guint step, gint64 begin, gint64 end);

void      weft_product_plan_init (WeftProductPlan *plan, const WeftStep *step);
WeftShare weft_product_plan_share (WeftProductPlan *plan, const WeftStep *step, guint n_threads);
gsize     weft_product_plan_scratch (const WeftProductPlan *plan, const WeftStep *step);
void      weft_product_run (WeftExecutor *executor, guint step, gint64 begin, gint64 end);

void      weft_kernel_plan_init (WeftKernelPlan *plan, const WeftApply *apply);
WeftShare weft_kernel_plan_share (const WeftKernelPlan *plan, const WeftStep *step);
void      weft_kernel_plan_check (WeftExecutor *executor, guint step);
void      weft_kernel_plan_clear (WeftKernelPlan *plan);
void      weft_kernel_begin (WeftExecutor *executor, guint step);
void      weft_kernel_run (WeftExecutor *executor, guint step, gint64 begin, gint64 end);
void      weft_kernel_finish (WeftExecutor *executor, guint step);

WeftLoopPlan *weft_loop_plan_new (const WeftStep *step, char *workspace);
void          weft_loop_plan_free (WeftLoopPlan *plan);
gboolean      weft_loop_plan_run (WeftLoopPlan *plan, WeftExecutor *executor, GError **error);
/* Where a loop runs whose addresses are not the CPU's. */
typedef struct
{
  char *const *at; /* the step's operands, then its results */
  void (*run) (gpointer data, WeftExecutor *body, gint64 row);
  void (*copy) (gpointer data, char *to, const char *from, gsize bytes);
  void (*clear) (gpointer data, char *at, gsize bytes);
  gpointer data;
} WeftLoopPlace;
/* All rows of a LOOP that nothing stops, whose workspace the plan was made for. */
void weft_loop_plan_run_at (WeftLoopPlan *plan, WeftExecutor *executor, const WeftLoopPlace *place);
/* What runs program number @i of the step; borrowed. */
WeftExecutor *weft_loop_plan_get_executor (WeftLoopPlan *plan, guint i);

G_END_DECLS
