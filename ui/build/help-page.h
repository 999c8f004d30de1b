/* What a node computes, told in full: formula, shapes, parameters, gradient, and an example graph.
 *
 * All of it is made from the catalogue, the op tables and the document.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/document/lower.h"

G_BEGIN_DECLS

/* "activation(x @ W + b)", the text of an expression, or a call with the op's parameters; NULL
 * where there is none. Caller owns. */
char *weft_help_formula (const WeftNode *node);
/* How shapes go through @op, in a sentence; NULL where there is no rule in one sentence. */
const char *weft_help_shape_rule (const char *op);
/* "x f32 (batch, 64) → y f32 (batch, 10)"; NULL where nothing is known. Caller owns. */
char *weft_help_shapes (WeftDocument *document, WeftTyping *typing, guint32 uid);
/* A document with the node alone, its inputs fed as they are in @document or with a batch of rows.
 * NULL where it cannot stand alone. */
WeftDocument *weft_help_example (WeftDocument *document, WeftTyping *typing, guint32 uid);
/* A window with the page. Floating no more: GTK holds it. */
GtkWindow *weft_help_window_new (WeftDocument *document, WeftTyping *typing, guint32 uid);

G_END_DECLS
