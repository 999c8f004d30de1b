/* The main area of the Train page.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/board.h"

#include "ui/train/board-grid.h"

struct _WeftBoard
{
  AdwBin parent_instance;

  /* Children, borrowed */
  WeftBoardGrid *grid;
  WeftCurves    *curves;

  /* Owned; NULL: nothing is shown */
  WeftDocument *document;
  WeftRunModel *run;
};

G_DEFINE_FINAL_TYPE (WeftBoard, weft_board, ADW_TYPE_BIN)

/**
 * weft_board_set_run:
 * @board: a board
 * @document: (nullable): what it shows
 * @run: (nullable): the run of @document
 */
void
weft_board_set_run (WeftBoard *board, WeftDocument *document, WeftRunModel *run)
{
  g_set_object (&board->document, document);
  g_set_object (&board->run, run);
  weft_curves_set_run (board->curves, run);
}

/**
 * weft_board_get_curves:
 * @board: a board
 *
 * Returns: (transfer none): its first panel
 */
WeftCurves *
weft_board_get_curves (WeftBoard *board)
{
  return board->curves;
}

static void
weft_board_dispose (GObject *object)
{
  WeftBoard *board = WEFT_BOARD (object);
  g_clear_object (&board->document);
  g_clear_object (&board->run);
  G_OBJECT_CLASS (weft_board_parent_class)->dispose (object);
}

static void
weft_board_class_init (WeftBoardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_board_dispose;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "weft-board");
}

static void
weft_board_init (WeftBoard *board)
{
  GtkWidget *scroller = gtk_scrolled_window_new (), *grid = weft_board_grid_new ();
  board->grid = WEFT_BOARD_GRID (grid);
  board->curves = g_object_new (WEFT_TYPE_CURVES, NULL);
  weft_curves_set_stacked (board->curves, TRUE);
  weft_board_grid_insert (board->grid, GTK_WIDGET (board->curves), NULL);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), grid);
  adw_bin_set_child (ADW_BIN (board), scroller);
}
