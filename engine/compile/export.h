/* A program as one C file and one header: kernels as their texts, everything else as plain loops,
 * parameters and constants as numbers.
 *
 * The text needs a C compiler that knows GCC's attributes and <math.h>, <string.h>; it allocates
 * nothing and keeps no state but the exported variables and its arena, so one thread may be inside
 * at a time. Of what people typed only names reach it, as identifiers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/program.h"

G_BEGIN_DECLS

#define WEFT_EXPORT_ERROR (weft_export_error_quark ())
typedef enum
{
  WEFT_EXPORT_ERROR_OP, /* an op, or a function in a kernel, that has no text */
} WeftExportErrorCode;
GQuark weft_export_error_quark (void);

typedef struct
{
  const char        *name;    /* an identifier: of the files and of everything that they define */
  const char        *about;   /* one line for the top of both files: no input of people */
  const char *const *inputs;  /* by input of the program; made identifiers of */
  const char *const *outputs; /* likewise */
} WeftExportNames;

/* @header, @source: caller owns. @node gets the document node that cannot be exported, 0: none is
 * known. Errors: WEFT_EXPORT_ERROR. */
gboolean weft_export_c (const WeftProgram     *program,
                        const WeftExportNames *names,
                        char                 **header,
                        char                 **source,
                        guint32               *node,
                        GError               **error);

/* @text with everything that is no letter, digit or _ made _, and no digit first; caller owns. */
char *weft_export_identifier (const char *text);

G_END_DECLS
