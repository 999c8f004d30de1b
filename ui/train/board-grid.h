/* A grid of panels that fills its place: as many columns as there is room for, the first panel
 * twice as wide where there are three; the panels of the last row share its whole width. Scrolls
 * where rows would be too low.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_BOARD_GRID (weft_board_grid_get_type ())
G_DECLARE_FINAL_TYPE (WeftBoardGrid, weft_board_grid, WEFT, BOARD_GRID, GtkWidget)

GtkWidget *weft_board_grid_new (void);
void       weft_board_grid_insert (WeftBoardGrid *grid, GtkWidget *panel, GtkWidget *after);
void       weft_board_grid_remove (WeftBoardGrid *grid, GtkWidget *panel);
/* Only @panel is seen; NULL: all are. */
void       weft_board_grid_set_full (WeftBoardGrid *grid, GtkWidget *panel);
GtkWidget *weft_board_grid_get_full (WeftBoardGrid *grid);

G_END_DECLS
