/* The settings, and what follows from them everywhere: the colour scheme and the theme that is
 * drawn with.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "ui/draw/theme.h"

G_BEGIN_DECLS

gboolean      weft_settings_init (GError **error);
GSettings    *weft_settings_get (void);
WeftThemeKind weft_settings_get_theme (void);
gboolean      weft_settings_as_selected (GValue *value, GVariant *variant, gpointer data);
GVariant *
weft_settings_from_selected (const GValue *value, const GVariantType *type, gpointer data);

G_END_DECLS
