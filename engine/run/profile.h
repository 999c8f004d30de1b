/* What each kernel of a function costs: time, bytes, arithmetic, and what the machine could do at
 * best.
 *
 * Reading a clock around a kernel costs some 30 ns, so profiling may stay on while training.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/function.h"

G_BEGIN_DECLS

/* What this machine can do with the pool's number of threads. */
typedef struct
{
  guint  threads;
  double flops_per_s; /* f32, fused multiply-adds counted as two */
  double bytes_per_s; /* read and written, from memory */
} WeftRoofline;

/* Measured once a process for a number of threads (some 0.1 s); the best that this machine ever
 * showed is remembered on disk. Any thread. */
WeftRoofline weft_roofline_get (void);

/* All numbers are of one call of the function; ns is the median over the calls. */
typedef struct
{
  char        *name;
  WeftStepKind kind;
  guint        depth; /* 0: a step of the program; 1: of the body of the loop before it, ... */
  guint        step;  /* its number in its program */
  guint        n_nodes;
  guint32     *nodes; /* document nodes it comes from */
  double       calls; /* 1; in a body: the rows of the loop */
  double       ns;
  double       flops, bytes;
  double       start_ns; /* since the call began; depth 0 */
  gboolean     compiled; /* generated code ran, not the interpreter; FALSE for libraries */
} WeftProfileKernel;

typedef struct
{
  guint              n_calls; /* measured */
  double             call_ns; /* median of a whole call */
  guint              n_kernels;
  WeftProfileKernel *kernels;
  WeftRoofline       roofline;
} WeftProfile;

/* Starts (from nothing) or ends measuring the calls of @function, in any mode but REFERENCE. */
void weft_function_set_profiling (WeftFunction *function, gboolean profiling);
/* What was measured of the program of the last call; NULL: nothing. Caller owns. */
WeftProfile *weft_function_get_profile (WeftFunction *function);
void         weft_profile_free (WeftProfile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftProfile, weft_profile_free)
/* The least that the machine needs for @kernel, in ns; @by_flops (or NULL): arithmetic makes the
 * limit, else bytes. */
double weft_roofline_limit (const WeftRoofline      *roofline,
                            const WeftProfileKernel *kernel,
                            gboolean                *by_flops);

G_END_DECLS
