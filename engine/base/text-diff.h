/* What changed from one short text to another, word by word: for formulas before and after a
 * rewrite.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_DIFF_KEPT,
  WEFT_DIFF_REMOVED,
  WEFT_DIFF_ADDED,
} WeftDiffKind;

typedef struct
{
  WeftDiffKind kind;
  guint        start, length; /* bytes: of the text before; where ADDED, of the text after */
} WeftDiffSpan;

/* WeftDiffSpan in reading order; what is removed stands before what is added there. The caller owns
 * the array. Any thread. */
GArray *weft_text_diff (const char *before, const char *after);
/* "[-log(softmax-]{+log_softmax+}(x)"; the caller owns the text. */
char *weft_text_diff_to_string (const char *before, const char *after);

G_END_DECLS
