/* What the files of weft-cli verify share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "app/cli/cli.h"

G_BEGIN_DECLS

/* Proves every rewrite of what @document trains and predicts with, and each of the two as a whole,
 * on samples. Adds to @report and, unless
 * @quiet, prints a line for each; returns how many do not agree. */
guint cli_verify_rewrites (WeftDocument *document, gboolean quiet, WeftJson *report);

G_END_DECLS
