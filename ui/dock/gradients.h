/* The backward graph beside the forward one, port by port: how each is computed, and how its
 * cotangent is.
 *
 * Computed on a worker from a snapshot while the list is seen. A click on a row goes to the node.
 * Signals: "go" (guint uid): the port of this node was chosen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/document/document.h"

G_BEGIN_DECLS

#define WEFT_TYPE_GRADIENTS (weft_gradients_get_type ())
G_DECLARE_FINAL_TYPE (WeftGradients, weft_gradients, WEFT, GRADIENTS, AdwBin)

/* @document changed, or is another one; NULL: none. */
void weft_gradients_update (WeftGradients *gradients, WeftDocument *document);

G_END_DECLS
