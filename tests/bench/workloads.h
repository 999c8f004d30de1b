/* The works of the bench, each an ordinary document in tests/bench/workloads, fed with numbers that
 * every peer makes from the same bits (splitmix64), so that losses compare.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/model.h"

G_BEGIN_DECLS

typedef enum
{
  BENCH_UNIT,   /* [0, 1) */
  BENCH_AROUND, /* [-scale, scale) */
  BENCH_WHOLE,  /* 0 to scale - 1 */
  BENCH_ONE,
} BenchNumbers;

/* How an array begins. */
typedef struct
{
  const char  *name; /* of the parameter; NULL: the next column or input */
  guint        seed;
  BenchNumbers numbers;
  double       scale;
  gint64 (*place) (gint64 i); /* where element i stands in the peers' order; NULL: the same */
} BenchFill;

typedef enum
{
  BENCH_TRAIN,   /* training steps: loss, gradients, updates */
  BENCH_MEASURE, /* the loss alone */
  BENCH_CALL,    /* a function of inputs, with gradients of its result by those that are floats */
} BenchKind;

#define BENCH_MAX_FILLS 24

typedef struct
{
  const char *name, *document, *result; /* CALL: the port */
  BenchKind   kind;
  gboolean    gradients;
  gint64      rows, n_batches; /* rows of a batch, CALL: named dimensions; batches in turn */
  gint64      element;         /* CALL: of the result, the loss; -1: it is a sum */
  BenchFill   columns[4];
  BenchFill   parameters[BENCH_MAX_FILLS];
} BenchWorkload;

const BenchWorkload *bench_workload_find (const char *name); /* NULL: there is none */

/* A workload ready to run. One thread. */
typedef struct _BenchRun BenchRun;
BenchRun                *bench_run_new (const BenchWorkload *workload, WeftMode mode, GError **error);
void                     bench_run_free (BenchRun *run);
/* @n steps; the loss of the last. */
gboolean bench_run_steps (BenchRun *run, gint64 n, double *loss, GError **error);
/* From the document to something that can be called, without the numbers that it is fed. */
double bench_run_made_seconds (BenchRun *run);
/* After a step: the function that ran. */
WeftFunction *bench_run_function (BenchRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchRun, bench_run_free)

G_END_DECLS
