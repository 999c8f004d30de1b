/* The families' colours as CSS: class "family-KEY" of a palette row, following the theme.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void weft_family_colours_init (void);

G_END_DECLS
