/* Whole numbers in texts that are translated. Such a text holds no macro for the width of a type,
 * which would hide it from the tools of translators: it says %s, and gets WEFT_INT_TEXT (n) or
 * WEFT_SIZE_TEXT (n). The characters live as long as the block in which they are written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

#define WEFT_NUMBER_TEXT_BYTES 24 /* a sign, 20 digits and the end */

const char *weft_int_text (char text[WEFT_NUMBER_TEXT_BYTES], gint64 n);
const char *weft_size_text (char text[WEFT_NUMBER_TEXT_BYTES], guint64 n);

#define WEFT_INT_TEXT(n) (weft_int_text ((char[WEFT_NUMBER_TEXT_BYTES]) { 0 }, (n)))
#define WEFT_SIZE_TEXT(n) (weft_size_text ((char[WEFT_NUMBER_TEXT_BYTES]) { 0 }, (n)))
