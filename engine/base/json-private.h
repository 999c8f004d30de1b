/* What the files of the JSON reader and writer share: the only place that includes json-c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/base/json.h"

#include <json-c/json.h>

/* Deeper trees are refused, so that recursion over a tree is bounded. */
#define WEFT_JSON_MAX_DEPTH 64
