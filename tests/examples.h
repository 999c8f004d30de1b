/* Examples of rows as settings: a text whose sampled inputs become inputs of a graph, with their
 * numbers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/ops.h"
#include "engine/run/function.h"

#define EXAMPLE_MAX_INPUTS 12
#define EXAMPLE_MAX_OUTPUTS 16

typedef struct
{
  WeftGraph    *graph;
  WeftDType     dtype;    /* of real inputs */
  gboolean      named;    /* dimensions above 1 have names, those of one size the same name */
  guint         stream;   /* added to the streams that the numbers are drawn from */
  WeftBindings *bindings; /* NULL, or gets what the names stand for */
  guint         n_inputs, n_outputs;
  gboolean      real[EXAMPLE_MAX_INPUTS]; /* moved by differences, differentiated */
  WeftValue    *inputs[EXAMPLE_MAX_INPUTS];
  WeftArray    *arrays[EXAMPLE_MAX_INPUTS];
  WeftValue    *outputs[EXAMPLE_MAX_OUTPUTS];
} Example;

/* Registers reals, ints, spd and the others of rows.def, once, after weft_ops_init. */
void example_register_samples (void);
/* Builds @text. FALSE and the error if it cannot be built. */
gboolean
     example_open (Example *example, const char *text, WeftDType dtype, gboolean named, GError **error);
void example_close (Example *example);
/* From now on, texts built in example->graph add their sampled inputs to @example (zeroed but for
 * its settings). */
void example_begin (Example *example);

/* Number @i of the samples of @stream in @domain; away from kinks. */
double example_sample (WeftDomain domain, guint stream, guint i);
/* Evaluates @n values of the example; @results are owned. Random rows draw the same numbers each
 * time. */
gboolean example_call (Example          *example,
                       WeftMode          mode,
                       guint             n,
                       WeftValue *const *values,
                       WeftArray       **results,
                       GError          **error);
/* The function for several calls. */
WeftFunction *example_function (
  Example *example, WeftMode mode, guint n, WeftValue *const *values, GError **error);
/* Sum over the real outputs of sum (output * w) with fixed weights w; NULL if no output is real. */
WeftValue *example_cost (Example *example, guint n, WeftValue *const *values, guint stream);
