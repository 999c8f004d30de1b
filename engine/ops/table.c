/* The op tables as rows, and their registration.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* Columns of the .def files. */
#define ELEMENTWISE WEFT_TRAIT_ELEMENTWISE
#define COMMUTATIVE WEFT_TRAIT_COMMUTATIVE
#define ASSOCIATIVE WEFT_TRAIT_ASSOCIATIVE
#define BOOL_RESULT WEFT_TRAIT_BOOL_RESULT
#define FLOAT_ONLY WEFT_TRAIT_FLOAT_ONLY
#define INT_ONLY WEFT_TRAIT_INT_ONLY
#define VARIADIC WEFT_TRAIT_VARIADIC
#define RANDOM WEFT_TRAIT_RANDOM
#define LEAF WEFT_TRAIT_LEAF
#define VIEW WEFT_TRAIT_VIEW
#define INTERNAL WEFT_TRAIT_INTERNAL
#define CONDITION WEFT_TRAIT_CONDITION
#define PROMOTE WEFT_TRAIT_PROMOTE
#define EFFECT WEFT_TRAIT_EFFECT
#define BODY WEFT_TRAIT_BODY
#define REALS WEFT_DOMAIN_REALS
#define NONZERO WEFT_DOMAIN_NONZERO
#define POSITIVE WEFT_DOMAIN_POSITIVE
#define NEGATIVE WEFT_DOMAIN_NEGATIVE
#define UNIT WEFT_DOMAIN_UNIT
#define PROBABILITY WEFT_DOMAIN_PROBABILITY
#define ABOVE_ONE WEFT_DOMAIN_ABOVE_ONE
#define INTS WEFT_DOMAIN_INTS
#define BOOLS WEFT_DOMAIN_BOOLS
#define SPECIAL WEFT_DOMAIN_SPECIAL
#define GRAD(...) .grad = { __VA_ARGS__ }
#define NO_GRAD(WHY) .no_grad = WHY
#define NONE .no_grad = NULL

#define EXAMPLES(...) .examples = { __VA_ARGS__ }
#define MISTAKES(...) .mistakes = { __VA_ARGS__ }

/* The code that rows name stands beside their kernels. */
#define OP(ID, INPUTS, OUTPUTS, FAMILY, TRAITS, ATTRS, CODE, ...) \
  extern const WeftOpCode weft_code_##CODE;
#include "engine/ops/rows.def"
#undef OP
const WeftOpCode weft_code_none;

static WeftOp rows[WEFT_N_OPS] = {
#define OP(ID, INPUTS, FAMILY, TRAITS, ATTRS, C, GRADIENT, DOMAIN, ALIASES, SUMMARY, ...) \
  [WEFT_OP_##ID] = { .name = #ID,                                                         \
                     .aliases = ALIASES,                                                  \
                     .family = FAMILY,                                                    \
                     .inputs = INPUTS,                                                    \
                     .attr_text = ATTRS,                                                  \
                     .outputs = "y",                                                      \
                     .traits = WEFT_TRAIT_ELEMENTWISE | (TRAITS),                         \
                     .c = #C,                                                             \
                     GRADIENT,                                                            \
                     .domain = DOMAIN,                                                    \
                     .summary = SUMMARY,                                                  \
                     __VA_ARGS__ },
#include "engine/ops/elementwise.def"
#undef OP
#define OP(ID, INPUTS, OUTPUTS, FAMILY, TRAITS, ATTRS, CODE, GRADIENT, DOMAIN, ALIASES, SUMMARY, \
           ...)                                                                                  \
  [WEFT_OP_##ID] = { .name = #ID,                                                                \
                     .aliases = ALIASES,                                                         \
                     .family = FAMILY,                                                           \
                     .inputs = INPUTS,                                                           \
                     .attr_text = ATTRS,                                                         \
                     .outputs = OUTPUTS,                                                         \
                     .traits = TRAITS,                                                           \
                     .code = &weft_code_##CODE,                                                  \
                     GRADIENT,                                                                   \
                     .domain = DOMAIN,                                                           \
                     .summary = SUMMARY,                                                         \
                     __VA_ARGS__ },
#include "engine/ops/rows.def"
#undef OP
};

const WeftOpFamily weft_op_families[] = {
  { "data", N_ ("Data"), "weft-data" },
  { "parameter", N_ ("Parameters"), "weft-parameter" },
  { "layer", N_ ("Layers"), "weft-layer" },
  { "neural", N_ ("Neural network"), "weft-neural" },
  { "loss", N_ ("Loss"), "weft-loss" },
  { "math", N_ ("Math"), "weft-math" },
  { "algebra", N_ ("Linear algebra"), "weft-math" },
  { "fft", N_ ("Fourier transforms"), "weft-math" },
  { "special", N_ ("Special functions"), "weft-math" },
  { "reduce", N_ ("Reductions"), "weft-reduce" },
  { "logic", N_ ("Comparison and logic"), "weft-logic" },
  { "shape", N_ ("Shape"), "weft-shape" },
  { "sort", N_ ("Sorting and searching"), "weft-shape" },
  { "debug", N_ ("Debugging"), "weft-logic" },
  { "random", N_ ("Random"), "weft-random" },
  { "loop", N_ ("Loops and choices"), "weft-loop" },
  { "internal", N_ ("Internal"), "weft-internal" },
};
const guint weft_n_op_families = G_N_ELEMENTS (weft_op_families);

/* The text inside FLOATS (...) or INTS (...), which only say for which types the tokens make sense.
 */
static const char *
bare_text (const char *c)
{
  if (!g_str_has_prefix (c, "FLOATS (") && !g_str_has_prefix (c, "INTS ("))
    return c;

  g_autofree char *text = g_strdup (strchr (c, '(') + 1);

  text[strlen (text) - 1] = '\0';
  return g_intern_string (text);
}

/* Registers all rows and functions. Once a process; later calls do nothing. Any thread. */
void
weft_ops_init (void)
{
  static gsize done;

  if (!g_once_init_enter (&done))
    return;
  for (guint i = 0; i < WEFT_N_OPS; i++)
    {
      g_autofree char *name = g_ascii_strdown (rows[i].name, -1);

      rows[i].name = g_intern_string (name);
      if (rows[i].c != NULL)
        rows[i].c = bare_text (rows[i].c);
    }
  weft_op_register (rows, WEFT_N_OPS);
  weft_functions_register ();
  g_once_init_leave (&done, 1);
}
