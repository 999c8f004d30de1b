/* The kinds of transforms, for forms that change the list of a specification.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/base/json.h"

G_BEGIN_DECLS

/* The kind at @index: its word in "do", its options with spaces between, whether it is about one
 * column. FALSE: there are no more. */
gboolean weft_transform_describe (guint        index,
                                  const char **name,
                                  const char **options,
                                  gboolean    *has_column);
/* When the transform @step acts, in words for people; NULL: there is no such kind. */
const char *weft_transform_when (WeftJson *step);

G_END_DECLS
