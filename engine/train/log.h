/* Events as JSON lines: what `weft-cli train --json` and `--log` write, and the log kept beside a
 * checkpoint.
 *
 *   {"event": "step", "step": 100, "epoch": 0.11, "time_s": 0.04, "train": {"loss": 0.61,
 * "accuracy": 0.85}}
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/session.h"

G_BEGIN_DECLS

/* NULL for kinds that a log does not hold. @names: NULL-terminated, those of STARTED. @no_times:
 * leaves out what differs between two equal runs. Caller owns. */
WeftJson *weft_event_to_json (const WeftEvent *event, const char *const *names, gboolean no_times);
/* Drops the lines after @step and those of the end from the log at @path, so that a resumed run can
 * go on writing. */
gboolean weft_log_rewind (const char *path, gint64 step, GError **error);

G_END_DECLS
