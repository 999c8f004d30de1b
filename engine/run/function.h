/* Functions: what a graph computes, callable. Inputs, outputs, updates of shared values, givens, as
 * theano.function.
 *
 * A function is called by one thread at a time. The first call with new input shapes specialises,
 * rewrites and compiles a program; programs are cached per set of shapes. Without updates and
 * RANDOM ops a call has no effect but its outputs; updates all happen together after the last
 * kernel, and not at all if the call fails or is cancelled.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/compile/program.h"
#include "engine/rewrite/rewrite.h"

G_BEGIN_DECLS

typedef struct _WeftFunction WeftFunction;
typedef struct _WeftDevice   WeftDevice; /* device.h */

typedef enum
{
  WEFT_MODE_INTERPRET, /* tier 0, the tile interpreter */
  WEFT_MODE_REFERENCE, /* plain float64, op by op, no rewrites */
  WEFT_MODE_COMPILE,   /* as INTERPRET, bit for bit; compiled code takes over as it comes */
  WEFT_MODE_COMPARE,   /* slow: each compiled kernel beside the interpreter, all results beside
                          REFERENCE */
} WeftMode;

#define WEFT_RUN_ERROR (weft_run_error_quark ())
typedef enum
{
  WEFT_RUN_ERROR_INPUT,   /* an input has the wrong type or shape; names it */
  WEFT_RUN_ERROR_MEMORY,  /* the plan is larger than memory; says what takes it */
  WEFT_RUN_ERROR_INDEX,   /* a label or index out of range found while running; names the op */
  WEFT_RUN_ERROR_ASSERT,  /* a condition of an assert does not hold */
  WEFT_RUN_ERROR_GUARD,   /* the guard met a number that is not finite, or huge; names where it arose
                           */
  WEFT_RUN_ERROR_DEVICE,  /* a device failed, or cannot be used */
  WEFT_RUN_ERROR_COMPARE, /* COMPARE: two ways to compute a result differ; names the first */
} WeftRunErrorCode;
GQuark weft_run_error_quark (void);
/* The document node that a WEFT_RUN_ERROR is about, 0 if none is known, and its input, or NULL. */
guint32     weft_run_error_get_node (const GError *error);
const char *weft_run_error_get_port (const GError *error);

typedef struct
{
  WeftGraph         *graph; /* borrowed during new */
  guint              n_inputs;
  WeftValue *const  *inputs;
  guint              n_outputs;
  WeftValue *const  *outputs;
  guint              n_updates;
  WeftShared *const *targets;
  WeftValue *const  *new_values;
  WeftMode           mode;
  guint64            seed;
  gboolean           no_rewrites;
  const char *const *without; /* rules off, or NULL */
  WeftDevice        *device;  /* borrowed, outlives the function; NULL: the CPU. Not in REFERENCE mode */
} WeftFunctionSpec;

/* Clones what it needs: the graph may be freed after. Errors: an output that needs an input not
 * listed names it. */
WeftFunction *weft_function_new (const WeftFunctionSpec *spec, GError **error);
void          weft_function_free (WeftFunction *function);
/* @inputs: n_inputs arrays; storage types are cast on entry. @outputs: n_outputs new arrays, caller
 * owns, may be NULL if there are none. In REFERENCE mode the results are F64. @cancellable is
 * looked at between kernels. */
gboolean weft_function_call (WeftFunction     *function,
                             WeftArray *const *inputs,
                             WeftArray       **outputs,
                             GCancellable     *cancellable,
                             GError          **error);
/* What print, watch and breakpoint tell. */
typedef struct
{
  const WeftOp      *op;
  const char        *message; /* the row's attribute, may be empty */
  const WeftOrigins *origins;
  WeftArray         *value; /* a copy, lives as long as the callback runs; reference it to keep it */
} WeftRunEvent;
typedef void (*WeftRunEventFunc) (const WeftRunEvent *event, gpointer data);
/* @func is called on the thread of the call, between kernels; NULL: nobody listens. */
void weft_function_set_event (WeftFunction *function, WeftRunEventFunc func, gpointer data);
/* Calls stop before any variable is changed where a kernel gives a number that is NaN or larger
 * than @limit: INFINITY lets only NaN be bad, G_MAXDOUBLE infinities too; 0 (the default): no
 * guard. */
void weft_function_set_guard (WeftFunction *function, double limit);
/* What a monitor is told after each kernel. */
typedef struct
{
  const WeftProgram *program; /* of the function, or of a loop's or choice's body */
  guint              step;    /* number in it */
  guint              n_results;
  WeftArray *const  *results; /* copies, as long as the callback runs */
} WeftMonitorEvent;
typedef void (*WeftMonitorFunc) (const WeftMonitorEvent *event, gpointer data);
/* @func is called on the thread of the call; NULL: nobody listens. */
void weft_function_set_monitor (WeftFunction *function, WeftMonitorFunc func, gpointer data);
/* The call counter that RANDOM ops mix in; set it to resume a run to the bit. */
guint64 weft_function_get_step (WeftFunction *function);
void    weft_function_set_step (WeftFunction *function, guint64 step);
/* The program of the last call, borrowed; NULL before the first and in REFERENCE mode. */
const WeftProgram *weft_function_get_program (WeftFunction *function);
WeftRewrite       *weft_function_get_journal (WeftFunction *function); /* borrowed, of the last program */
guint              weft_function_n_inputs (WeftFunction *function);
const char        *weft_function_input_name (WeftFunction *function,
                                             guint         index); /* borrowed; NULL: it has none */
/* The variable that gets new value number @index, borrowed. */
WeftShared *weft_function_get_target (WeftFunction *function, guint index);
/* A copy of its graph before any rewrite, with numbers for the dimensions that @bindings (or NULL)
 * names: caller owns. @results gets the outputs, then the new values: WeftValue*, borrowed. Errors:
 * WEFT_TYPE_ERROR where the numbers do not fit. */
WeftGraph *weft_function_copy_graph (WeftFunction *function,
                                     WeftBindings *bindings,
                                     GPtrArray    *results,
                                     GError      **error);
/* Waits until the code of the last call's program is there, or will not come. Returns at once in
 * other modes. */
void weft_function_wait_compiled (WeftFunction *function);
/* Why kernels of the last call's program stay interpreted in COMPILE mode: one sentence, borrowed
 * until the next call; NULL: they do not, as far as one knows yet. */
const char *weft_function_get_compile_message (WeftFunction *function);
/* Compiles for these shapes without running. */
gboolean weft_function_prepare (WeftFunction *function, WeftArray *const *inputs, GError **error);
/* Of this machine. Any thread. */
gsize weft_memory_bytes (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftFunction, weft_function_free)

/* Evaluates one value that depends on no input. Convenience for tests, initialisers and constants.
 */
WeftArray *weft_evaluate (WeftGraph *graph, WeftValue *value, guint64 seed, GError **error);

/* ---- The thread pool: one a process ---- */

/* 0: one per allowed core. Before the first use; later calls wait for idle. */
void  weft_pool_set_threads (guint n);
guint weft_pool_get_threads (void);
/* Calls func (data, begin, end) over 0..n in chunks of about @grain on all threads, the caller
 * included; returns when all is done. */
void weft_pool_run (void (*func) (gpointer data, gint64 begin, gint64 end),
                    gpointer data,
                    gint64   n,
                    gint64   grain);

G_END_DECLS
