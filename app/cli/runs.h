/* Kept runs as text and JSON, for the subcommands that tell of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/runs.h"

G_BEGIN_DECLS

/* "loss 0.083  accuracy 0.978"; caller owns. */
char *cli_metrics_text (WeftJson *metrics);
/* Caller owns. */
WeftJson *cli_run_json (const WeftKeptRun *run);

G_END_DECLS
