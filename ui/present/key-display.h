/* What is pressed and done, in large letters at the foot of a window, for those who watch.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_KEY_DISPLAY (weft_key_display_get_type ())
G_DECLARE_FINAL_TYPE (WeftKeyDisplay, weft_key_display, WEFT, KEY_DISPLAY, AdwBin)

GtkWidget *weft_key_display_new (void);
/* Looks at every event of @window, which gets it all the same; NULL: none any more. */
void weft_key_display_watch (WeftKeyDisplay *display, GtkWidget *window);
/* Shows @text for a while; the same again counts. */
void        weft_key_display_show (WeftKeyDisplay *display, const char *text);
const char *weft_key_display_get_text (WeftKeyDisplay *display); /* "" where nothing is shown */

G_END_DECLS
