/* What is said beside an answer.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "app/cli/cli.h"

#include "engine/document/lower.h"
#include "engine/run/function.h"

G_BEGIN_DECLS

/* One sentence; @document (or NULL) names the node. The caller owns it. */
char *cli_widening_text (const WeftWidening *one, WeftDocument *document);
/* Warns where @values meet float64 that nobody asked for. */
void cli_warn_widened (WeftGraph *graph, guint n, WeftValue *const *values, WeftDocument *document);
/* Shows what print, watch and breakpoint see. */
void cli_listen (WeftFunction *function);

G_END_DECLS
