/* What the parts of the export share.
 *
 *     export.c        data, programs, the two files
 *     export-steps.c  one step as statements
 *     export-ops.c    the ops that have a function in export-runtime.h
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/emit.h"
#include "engine/compile/export.h"

G_BEGIN_DECLS

typedef struct
{
  const char *name;
  GString    *data;      /* constants and variables */
  GString    *kernels;   /* functions of kernels */
  GString    *programs;  /* functions of programs, bodies first */
  GHashTable *known;     /* keys of kernels and names of constants that are written */
  GHashTable *variables; /* WeftShared -> its identifier, owned */
  guint       n_programs, n_constants;
  gsize       scratch_bytes;
  GHashTable *numbers; /* WeftProgram -> its number + 1 */
  guint32     node;    /* of what cannot be exported */
} WeftExport;

/* Where an operand starts, as an expression of type char *: "(workspace + 128)"; caller owns. */
char *
weft_export_operand (WeftExport *export, const WeftProgram *program, const WeftOperand *operand);
/* The same for its dtype's type: "(const float *) (workspace + 128)". */
char *
weft_export_typed (WeftExport *export, const WeftProgram *program, const WeftOperand *operand);
/* "3, 4, 5" */
char *weft_export_numbers (guint n, const gint64 *numbers);
/* "f32": of the runtime's functions. */
const char *weft_export_suffix (WeftDType dtype);
/* Remembers who cannot be exported; returns FALSE. */
gboolean
weft_export_refuse (WeftExport *export, const WeftStep *step, const char *what, GError **error);

/* Statements into export->programs. Errors: WEFT_EXPORT_ERROR. */
gboolean weft_export_step (WeftExport *export, const WeftProgram *program, guint i, GError **error);
gboolean weft_export_op (WeftExport *export,
                         const WeftProgram *program,
                         const WeftStep    *step,
                         GError           **error);
/* The function of @program, once; returns its number. G_MAXUINT: error. */
guint weft_export_program (WeftExport *export, const WeftProgram *program, GError **error);

extern const char weft_export_runtime[];

G_END_DECLS
