/* Random edits of documents, as people make them: for tests that compare ways to the same document.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"

/* One edit of @document, or of one of its definitions, drawn from @rand: any of document.h's, undo
 * and redo included, and one step at most. It may be refused; then nothing changes. The same
 * document and numbers give the same edit. */
void weft_random_edit (WeftDocument *document, GRand *rand);
/* A small document to begin with; the caller owns it. */
WeftDocument *weft_random_edit_begin (GRand *rand);
/* The document after each undo and redo, as text, with the edits' names; the current one is marked.
 * Where it stands does not change; the caller owns it. */
char *weft_random_states (WeftDocument *document);
