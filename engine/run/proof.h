/* The proof of a rewrite on samples: both sides computed on the same operands, in float64 and as
 * typed.
 *
 * Operands are drawn within what their readers are for, most of them ordinary, some extreme;
 * constants are what they are, and what can only have certain numbers (an exponential, a softmax)
 * is computed from what makes it. Large sizes are made small where that fits.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/rewrite/history.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  guint    n_samples;              /* numbers of the result that were compared */
  guint    n_rows;                 /* draws of all operands */
  double   difference; /* largest in float64 among ordinary operands, relative to MAX (1, |before|);
                        * infinite where only   the second side is not finite */
  double
        typed_difference; /* the same as typed: both sides in float32 where the result is float32 */
  guint bad_before,
    bad_after; /* rows with a result that is infinite or NaN, as typed, extreme operands included */
  gboolean bit_equal;              /* in float64, every sample */
  gboolean agrees; /* as the rule promises: bit for bit, or to 1e-10 (the whole: 1e-9; where a
                    * constant was rounded to float32: 1e-5; where roundings of the operands matter
                    * more: as much as they do) */
  double   extreme;                /* the largest operand drawn */
} WeftProof;

/* Errors: WEFT_RUN_ERROR, with what cannot be computed alone (sizes that depend on data, too much
 * work for a sample); G_IO_ERROR_CANCELLED. Any thread; one history may be proved by several at
 * once. */
gboolean weft_proof_step (WeftHistory  *history,
                          guint         step,
                          guint64       seed,
                          GCancellable *cancellable,
                          WeftProof    *proof,
                          GError      **error);
/* The whole: as drawn against after @step, on operands drawn for the inputs. */
gboolean weft_proof_whole (WeftHistory  *history,
                           guint         step,
                           guint64       seed,
                           GCancellable *cancellable,
                           WeftProof    *proof,
                           GError      **error);

G_END_DECLS
