/* Random graphs that have the form of a rule's pattern, with numbers for their inputs.
 *
 * Everything is derived: shapes, element types and constants from the guards (their sample column
 * in guards.c) and from the ops that read a name, attributes from the ops' signatures and the
 * operands at hand. A row's SAMPLES say the rest. Half of the operands are not plain: repeated,
 * single, empty, shared, constant, or of dimensions that have names.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/rewrite/rewrite-private.h"

#define RULE_SAMPLE_MAX_INPUTS 16
#define RULE_SAMPLE_MAX_OUTPUTS 2

typedef enum
{
  RULE_NUMBERS_PLAIN,   /* in the domains of the ops that read them, or anywhere within 3 */
  RULE_NUMBERS_LARGE,   /* very large and small ones among them, but three of them can be multiplied
                         */
  RULE_NUMBERS_SPECIAL, /* NaN, infinities, -0, huge, tiny and subnormal ones among them */
} RuleNumbers;

typedef struct
{
  WeftGraph    *graph;
  WeftBindings *bindings;  /* of named dimensions */
  guint         n_outputs; /* the first has the form of the pattern; another one reads a part of it */
  WeftValue    *outputs[RULE_SAMPLE_MAX_OUTPUTS];
  guint         n_inputs;
  WeftValue    *inputs[RULE_SAMPLE_MAX_INPUTS];
  WeftDomain    domains[RULE_SAMPLE_MAX_INPUTS];
  gboolean      given[RULE_SAMPLE_MAX_INPUTS];  /* a text of the row drew its numbers: they stay */
  gboolean      number[RULE_SAMPLE_MAX_INPUTS]; /* never NaN */
  WeftArray    *arrays[RULE_SAMPLE_MAX_INPUTS];
  WeftValue    *values[WEFT_PATTERN_MAX_SLOTS]; /* what the names stand for; NULL where a text made the
                                                   whole graph */
} RuleSample;

/* Draws a graph with @rand. FALSE where what was drawn does not fit together: draw again. */
gboolean rule_sample_new (RuleSample *sample, const WeftRule *rule, GRand *rand);
/* Draws the inputs' numbers. */
void rule_sample_fill (RuleSample *sample, RuleNumbers numbers, GRand *rand);
/* Puts NaN into one real input that @read needs; none that stands for a name which the replacement
 * drops. */
void rule_sample_spoil (RuleSample *sample, const WeftRule *rule, WeftValue *read, GRand *rand);
/* @n values by the rows' references in double. @largest: the largest size of a number on the way to
 * each, infinite where one is not finite. FALSE where sizes do not fit after all. The caller owns
 * @results. */
gboolean rule_sample_evaluate (
  RuleSample *sample, guint n, WeftValue *const *values, WeftArray **results, double *largest);
void rule_sample_clear (RuleSample *sample);
