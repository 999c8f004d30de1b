/* The kinds of transforms, for forms that change the list of a specification.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The kind at @index: its word in "do", its options with spaces between, whether it is about one
 * column. FALSE: there are no more. */
gboolean weft_transform_describe (guint index, const char **name, const char **options, gboolean *has_column);

G_END_DECLS
