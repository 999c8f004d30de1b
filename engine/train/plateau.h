/* When a run has come to a plateau: its measure got no better for some epochs. The schedule
 * "plateau" lowers the rate there.
 *
 * Source: PyTorch's ReduceLROnPlateau, with a threshold that is relative.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/training.h"

G_BEGIN_DECLS

/* What a run remembers of it; all zero at its beginning. */
typedef struct
{
  gint64 count; /* of plateaus so far */
  gint64 worse; /* epochs since the best */
  gint64 rest;  /* epochs in which nothing is counted */
  gint64 known; /* 0: nothing was measured */
  double best;
} WeftPlateau;

/* Counts an epoch that measured @value. TRUE: a plateau has ended, and the rate is another. Other
 * schedules have none. */
gboolean weft_plateau_follow (WeftPlateau *plateau, const WeftTraining *training, double value);

G_END_DECLS
