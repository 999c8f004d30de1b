/* Style classes whose colours are the theme's: written anew whenever it turns dark, light or high
 * in contrast.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/draw/theme.h"

G_BEGIN_DECLS

/* Appends the rules of a stylesheet. */
typedef void (*WeftThemeCss) (GString *css, WeftThemeKind theme);

void weft_theme_css_follow (WeftThemeCss write);

G_END_DECLS
