/* A bin whose child can be made compact in steps: where it has no room, its owner is asked for the
 * next step.
 *
 * "level" goes from 0, everything is shown, to the number of levels, as little as possible. The
 * owner follows "notify::level" by hiding, folding or shortening at once; the bin measures what
 * comes of it and takes the first level that fits. Sizes are measured, never guessed, so text of
 * any size and language is met. The bin itself may be as narrow as its last level.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_ADAPTIVE_BIN (weft_adaptive_bin_get_type ())
G_DECLARE_FINAL_TYPE (WeftAdaptiveBin, weft_adaptive_bin, WEFT, ADAPTIVE_BIN, GtkWidget)

guint weft_adaptive_bin_get_level (WeftAdaptiveBin *bin);
void  weft_adaptive_bin_retry (WeftAdaptiveBin *bin);

G_END_DECLS
