/* The palette of commands: type some letters of what should be done, Return does it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/window/window.h"

G_BEGIN_DECLS

GtkWindow *weft_command_palette_new (WeftWindow *window);

G_END_DECLS
