/* Fonts, text scale and colours of a widget that draws with the pen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "ui/draw/pen.h"

G_BEGIN_DECLS

/* Of @widget as it is now, in the current theme; to be made again when either changes. Caller owns.
 */
WeftStyle *weft_widget_style_new (GtkWidget *widget);

/* Shapes, formulas, numbers: from left to right in every language. */
void weft_widget_show_code (GtkWidget *widget);

G_END_DECLS
