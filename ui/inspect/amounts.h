/* Amounts of work for people: times, bytes, operations, and rates of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* All: caller owns. */
char *weft_amount_of_time (double ns);        /* "0.42 µs", "61 µs", "1.2 ms" */
char *weft_amount_of_bytes (double bytes);    /* "32 KiB" */
char *weft_amount_of_flops (double flops);    /* "16 kflop", "0" */
char *weft_rate_of_flops (double per_second); /* "180 GFLOP/s" */
char *weft_rate_of_bytes (double per_second); /* "21 GB/s" */

G_END_DECLS
