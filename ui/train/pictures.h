/* Rows of a data set as small pictures, or as text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/facts.h"

G_BEGIN_DECLS

/* Row @row of @array, which holds the model's input, as grey or red, green and blue bytes; caller
 * owns. NULL: it is no picture. */
guint8 *weft_row_picture (const WeftFacts *facts, const WeftArray *array, gsize row);
/* Its first numbers: "5.1, 3.5, 1.4"; caller owns. */
char *weft_row_text (const WeftArray *array, gsize row, guint most);
/* @n numbers as grey bytes, the least black and the greatest white. */
void weft_grey_bytes (const double *numbers, gsize n, guint8 *bytes);

G_END_DECLS
