/* Programs whose steps all have texts: every elementwise row in every type that it takes, and loop
 * nests of every shape; and memory to run them in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/emit.h"

G_BEGIN_DECLS

typedef struct
{
  char        *name; /* "row/add/f32", "expression/chain" */
  WeftProgram *program;
} EmitCase;

/* EmitCase; all their steps have texts in @language. */
GPtrArray   *emit_cases_new (WeftTextLanguage language);
gboolean     emit_program_has_text (const WeftProgram *program, WeftTextLanguage language);
WeftProgram *emit_row_program (const WeftOp *op, WeftDType dtype);
/* Where each slot is, inputs filled: @wild: with special values. */
char **emit_make_slots (const WeftProgram *program, gboolean wild);
void   emit_free_slots (const WeftProgram *program, char **slots);
/* at[] of @step. */
char **emit_operands (const WeftProgram *program, const WeftStep *step, char **slots);

G_END_DECLS
