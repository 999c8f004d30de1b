/* Texts of what a thread of a device does: see WeftThreadText.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/ops.h"

G_BEGIN_DECLS

void weft_thread_line (WeftThreadText *text, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* @number as a constant of type double. */
#define WEFT_THREAD_NUMBER 40
void weft_thread_number (double number, char text[WEFT_THREAD_NUMBER]);
/* Where row number @row (a name) of an operand over @dims starts: "", or " + row * 10". */
char *weft_text_place (guint rank, const gint64 *dims, const gint64 *strides, const char *row);
/* @place as a number: without its first sign, or "0". */
const char *weft_text_index (const char *place);

G_END_DECLS
