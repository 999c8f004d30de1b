/* Doing one reversible edit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document-private.h"

/* Does @edit and records it in the open step; takes what it holds. Between begin and end only. */
void weft_document_do (WeftDocument *document, Edit *edit);

/* A step of its own, told as one change when it ends. */
void weft_document_begin_told (WeftDocument *document, const char *label);
void weft_document_end_told (WeftDocument *document);

/* Sets WEFT_DOCUMENT_ERROR_EDIT; always FALSE. */
gboolean weft_document_refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
