/* The order in which a chain of matrix products is cheapest.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WEFT_CHAIN_FACTORS 64
/* By first and last factor: the factor after which their product is cut in two. */
typedef guint8 WeftChainCuts[WEFT_CHAIN_FACTORS][WEFT_CHAIN_FACTORS];

void weft_chain_cut (guint n, const double *sides, WeftChainCuts cuts);

G_END_DECLS
