/* Expressions as tokens.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/expr-private.h"

typedef enum
{
  TOKEN_NUMBER,
  TOKEN_NAME,
  TOKEN_STRING,
  TOKEN_SYMBOL,
  TOKEN_NEWLINE, /* or ; */
  TOKEN_END,
} TokenKind;

typedef struct
{
  TokenKind   kind;
  const char *text; /* interned */
  gboolean    is_int;
  double      number;
  gint64      integer;
  guint       line, column;
} Token;

/* The tokens of @text, the last one END; the caller owns them. Errors: WEFT_EXPR_ERROR_SYNTAX. */
GArray *weft_expr_lex (const char *text, GError **error);
/* "line:column: ..." */
void weft_expr_fail (GError **error, guint line, guint column, const char *format, ...)
  G_GNUC_PRINTF (4, 5);
