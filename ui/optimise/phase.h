/* The phases of rewriting as people see them: their names and their colours.
 *
 * Style classes, once weft_phase_init has been called: "phase-pill" with one of "phase-0" ... for a
 * label.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/rewrite/rewrite.h"
#include "ui/draw/theme.h"

G_BEGIN_DECLS

const char *weft_phase_title (WeftPhase phase); /* translated */
WeftColour  weft_phase_colour (WeftThemeKind theme, WeftPhase phase);
WeftColour  weft_phase_text (WeftThemeKind theme); /* on that colour */
void        weft_phase_init (void);
/* Gives @label the phase's name and pill; what it had before goes. */
void weft_phase_set_pill (GtkLabel *label, WeftPhase phase);

G_END_DECLS
