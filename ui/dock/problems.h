/* The list of what is wrong with a document, and why its run failed. A click goes to the node.
 *
 * Signals: "go" (guint uid): the problem at this node was chosen.
 * Properties: "n-problems" (uint, notify).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/shared/run-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_PROBLEMS (weft_problems_get_type ())
G_DECLARE_FINAL_TYPE (WeftProblems, weft_problems, WEFT, PROBLEMS, AdwBin)

void  weft_problems_update (WeftProblems *problems,
                            WeftDocument *document,
                            WeftTyping   *typing,
                            WeftRunModel *run);
guint weft_problems_get_n (WeftProblems *problems);

G_END_DECLS
