/* The pen on a GtkSnapshot.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "ui/draw/pen.h"

G_BEGIN_DECLS

WeftPen         weft_pen_for_snapshot (GtkSnapshot *snapshot);
GdkRGBA         weft_colour_to_rgba (WeftColour colour);
graphene_rect_t weft_rect_to_graphene (WeftRect rect);

G_END_DECLS
