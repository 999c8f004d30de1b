/* What a document computes as text for people and other programs: NumPy, PyTorch, TeX.
 *
 * The texts compute what the document does when it does not train; parameters are read by name from
 * a file that `weft-cli train --save` writes. What a language has no function for is an error that
 * names the node.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_SOURCE_NUMPY,
  WEFT_SOURCE_PYTORCH,
  WEFT_SOURCE_TEX,
} WeftSourceLanguage;

/* The text of the @n nodes @uids, of all that the training section names where @n is 0; the caller
 * owns it. @node (may be NULL) gets the node to blame, 0: none. Errors: WEFT_DOCUMENT_ERROR_MODEL.
 */
char *weft_document_to_source (WeftDocument      *document,
                               const guint32     *uids,
                               guint              n,
                               WeftSourceLanguage language,
                               guint32           *node,
                               GError           **error);
/* A text of the expression language as a formula of TeX, without the dollars; the caller owns it.
 * Errors: WEFT_EXPR_ERROR. */
char *weft_expression_to_tex (const char *text, GError **error);

G_END_DECLS
