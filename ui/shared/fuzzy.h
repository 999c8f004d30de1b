/* How well a text fits what somebody types of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

guint weft_fuzzy_score (const char *typed, const char *text);

G_END_DECLS
