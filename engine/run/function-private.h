/* What the files of functions share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/compiled.h"
#include "engine/run/device-run.h"
#include "engine/run/profile-private.h"
#include "engine/run/function.h"
#include "engine/tensor/philox.h"

G_BEGIN_DECLS

typedef struct _WeftWatch WeftWatch;

/* A function made for one set of input shapes and sizes that depend on data. */
typedef struct
{
  gint64        *shapes;   /* of all inputs, one after the other, then the counts */
  WeftGraph     *graph;    /* REFERENCE: owned; else the program's */
  WeftValue    **inputs;   /* in graph */
  WeftValue    **results;  /* outputs, then new values; in graph */
  WeftExecutor  *executor; /* NULL in REFERENCE mode */
  WeftDeviceRun *device;   /* NULL: the CPU does all */
  WeftCompiled  *compiled; /* COMPILE, COMPARE; else NULL */
  WeftRewrite   *journal;  /* NULL without rewrites */
} WeftVariant;

struct _WeftFunction
{
  WeftGraph       *graph; /* owned, dimensions may have names */
  guint            n_inputs, n_outputs, n_updates;
  WeftValue      **inputs;  /* in graph */
  WeftArray      **cast;    /* room for the arrays of a call, in compute types */
  WeftValue      **results; /* n_outputs, then n_updates */
  WeftShared     **targets; /* references */
  WeftArray      **kept;    /* the last call's outputs, to be used again; NULL: there are none */
  GPtrArray       *shared;  /* WeftValue of every variable that is read, in graph */
  guint            n_dims;  /* of all inputs */
  WeftMode         mode;
  WeftDevice      *device; /* borrowed, or NULL */
  guint64          seed, step;
  WeftWatch       *watch;     /* NULL: neither guard nor monitor */
  WeftProfiling   *profiling; /* NULL: nobody measures */
  WeftRunEventFunc event;     /* NULL: nobody listens */
  gpointer         event_data;
  gboolean         no_rewrites;
  char           **without;
  GPtrArray       *variants; /* WeftVariant, the last used one last */
  /* Sizes that depend on data: this function gives them, and has one of its own where some depend
   * on others. NULL: there are none. */
  WeftFunction *counts;
  WeftFunction *reference;    /* COMPARE: the same in REFERENCE mode, with the new values as outputs */
  const char  **count_names;  /* interned, by output of counts */
  gint64       *count_values; /* of the last call */
};

/* specialise.c. Errors: WEFT_RUN_ERROR_INPUT, WEFT_RUN_ERROR_MEMORY, WEFT_TYPE_ERROR. */
WeftVariant      *
weft_function_specialise (WeftFunction *function, WeftArray *const *inputs, GError **error);
void weft_variant_free (WeftVariant *variant);
/* fits.c */
char    *weft_program_describe_peak (const WeftProgram *program,
                                     guint              n_results,
                                     WeftValue *const  *results,
                                     const WeftApply  **largest);
gboolean weft_check_fits (const WeftProgram *program,
                          guint              n_results,
                          WeftValue *const  *results,
                          gsize              limit,
                          GError           **error);
/* reference.c: @results[i] is the F64 array of variant->results[i]. Errors: G_IO_ERROR_CANCELLED,
 * WEFT_RUN_ERROR_INDEX. */
gboolean weft_reference_run (WeftFunction     *function,
                             WeftVariant      *variant,
                             WeftArray *const *inputs,
                             WeftArray       **results,
                             GCancellable     *cancellable,
                             GError          **error);
/* compare.c: whether the F64 @reference of @value agrees with @got, as well as its type can.
 * Errors: WEFT_RUN_ERROR_COMPARE. */
gboolean weft_compare_result (const WeftValue *value,
                              const WeftArray *got,
                              const WeftArray *reference,
                              GError         **error);
/* Tells the listener of WeftFunction @data about @call. */
void weft_function_tell (gpointer data, const WeftKernelCall *call);
/* error.c: sets @error, about input @port (or NULL) of @apply; returns FALSE. */
gboolean weft_run_fail (GError         **error,
                        WeftRunErrorCode code,
                        const WeftApply *apply,
                        const char      *port,
                        const char      *format,
                        ...) G_GNUC_PRINTF (5, 6);

G_END_DECLS
