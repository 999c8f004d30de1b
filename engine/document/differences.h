/* What differs between two documents as files, in words: parameters, nodes, wires, training. Not
 * where things stand.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/base/json.h"

G_BEGIN_DECLS

/* Sentences' parts, such as "hidden.units 128 → 64", "act: tanh instead of relu", "without
 * dropout1", "rate 0.01 → 0.001"; those of the graph come first. Caller owns; never NULL. Any
 * thread. */
GPtrArray *weft_document_differences (WeftJson *before, WeftJson *after);
/* The same, joined; "" where nothing differs. At most @most of them are named; 0: all. Caller owns.
 */
char *weft_document_differences_text (WeftJson *before, WeftJson *after, guint most);

G_END_DECLS
