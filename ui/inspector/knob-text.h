/* The knobs of a definition as people type them, one a line:
 *
 *     units: int [1, 1000000] = 64
 *     rate: number [0, 1] = 0.5
 *     activation: op = relu
 *     mode: choice valid|same = same
 *     shape: text = (2, 3)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/base/json.h"

G_BEGIN_DECLS

#define WEFT_KNOB_ERROR (weft_knob_error_quark ())
typedef enum
{
  WEFT_KNOB_ERROR_TEXT, /* "line 2: ..." */
} WeftKnobErrorCode;
GQuark weft_knob_error_quark (void);

/* @knobs: the array of a definition's "layer", or NULL. Caller owns. */
char *weft_knobs_to_text (WeftJson *knobs);
/* The array; members of @before's knobs of the same name that the text does not say (summaries) are
 * kept. */
WeftJson *weft_knobs_from_text (const char *text, WeftJson *before, GError **error);

G_END_DECLS
