/* Numbers for people: short, with thin spaces between thousands, the same width where they change
 * often.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *weft_format_count (gint64 count);
char *weft_format_short (double number);
char *weft_format_value (double value);
char *weft_format_number (double number);
char *weft_format_duration (double seconds);
char *weft_format_step_time (double steps_per_s);

G_END_DECLS
