/* Doing one reversible edit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document-private.h"

/* Does @edit and records it in the open step; takes what it holds. Between begin and end only. */
void weft_document_do (WeftDocument *document, Edit *edit);

/* A change of places: dragging makes many of them, of which the last counts. */
gboolean weft_document_edit_is_place (const Edit *edit);
/* Lets go of what @edit holds. */
void weft_document_clear_edit (Edit *edit);
/* The step that is open begins again: what was done in it so far is taken back. */
void weft_document_roll_back (WeftDocument *document);

/* A step of its own, told as one change when it ends. */
void weft_document_begin_told (WeftDocument *document, const char *label);
void weft_document_end_told (WeftDocument *document);

/* Sets WEFT_DOCUMENT_ERROR_EDIT; always FALSE. */
gboolean weft_document_refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
