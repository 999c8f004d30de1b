/* Doing one reversible edit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document-private.h"

/* Does @edit and records it in the open step; takes what it holds. Between begin and end only. */
void weft_document_do (WeftDocument *document, Edit *edit);
