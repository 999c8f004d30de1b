/* The guesses' parts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/dataset-private.h"

G_BEGIN_DECLS

WeftJson *weft_guess_csv (const char *path, GError **error);

G_END_DECLS
