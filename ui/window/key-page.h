/* The page of keys in Preferences: every command with its keys, which can be changed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/shared/commands.h"

G_BEGIN_DECLS

GtkWidget *weft_key_page_new (void);

/* Gives @command the key that was pressed. NULL, or a sentence that says why it cannot have it; the
 * caller owns it. */
char *weft_key_page_take (const WeftCommand *command, guint key, GdkModifierType modifiers);

G_END_DECLS
