/* Whole numbers in texts that are translated; see number-text.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/number-text.h"

/**
 * weft_int_text:
 * @text: room for the digits; WEFT_INT_TEXT gives it
 * @n: a whole number
 *
 * Returns: @text, which now says @n in decimal digits. Any thread.
 */
const char *
weft_int_text (char text[WEFT_NUMBER_TEXT_BYTES], gint64 n)
{
  g_snprintf (text, WEFT_NUMBER_TEXT_BYTES, "%" G_GINT64_FORMAT, n);
  return text;
}

/**
 * weft_size_text:
 * @text: room for the digits; WEFT_SIZE_TEXT gives it
 * @n: a number of things or of bytes
 *
 * Returns: @text, which now says @n in decimal digits. Any thread.
 */
const char *
weft_size_text (char text[WEFT_NUMBER_TEXT_BYTES], guint64 n)
{
  g_snprintf (text, WEFT_NUMBER_TEXT_BYTES, "%" G_GUINT64_FORMAT, n);
  return text;
}
