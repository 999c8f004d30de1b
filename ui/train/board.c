/* The main area of the Train page.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/board.h"

#include "ui/train/board-grid.h"
#include "ui/train/observer.h"

#include <glib/gi18n.h>

#define MEMBER "board"
/* What stands there before anybody chose: so many views that show the model at work. */
#define N_FIRST 4

struct _WeftBoard
{
  AdwBin parent_instance;

  /* Children, borrowed */
  WeftBoardGrid     *grid;
  WeftCurves        *curves;
  GtkScrolledWindow *scroller;
  GtkMenuButton     *add;

  /* Owned; NULL: nothing is shown */
  WeftDocument *document;
  WeftRunModel *run;
  WeftObserver *observer;
  GPtrArray    *views; /* WeftView, borrowed from the grid, in its order; never NULL */

  /* Plain values */
  gboolean filled; /* the views of the document are there */
};

G_DEFINE_FINAL_TYPE (WeftBoard, weft_board, ADW_TYPE_BIN)

/* ---- Kept with the document ---- */

static void
keep (WeftBoard *board)
{
  WeftJson *view = weft_document_get_view (board->document);
  WeftJson *list = weft_json_new_array ();
  view = view != NULL ? weft_json_copy (view) : weft_json_new_object ();
  for (guint i = 0; i < board->views->len; i++)
    {
      WeftView *one = g_ptr_array_index (board->views, i);
      WeftJson *json = weft_json_new_object ();
      weft_json_set_string (json, "view", weft_view_get_kind (one)->name);
      if (weft_view_get_choice (one) != NULL)
        weft_json_set_string (json, "of", weft_view_get_choice (one));
      weft_json_append (list, json);
    }
  weft_json_set (view, MEMBER, list);
  weft_document_set_view (board->document, view);
}

/* ---- Panels ---- */

static gboolean
fits (WeftBoard *board, const WeftViewKind *kind)
{
  return kind->fits == NULL ||
         kind->fits (weft_observer_get_facts (board->observer), board->document);
}

static void
set_full (WeftBoard *board, WeftView *view)
{
  for (guint i = 0; i < board->views->len; i++)
    weft_view_set_full (g_ptr_array_index (board->views, i),
                        g_ptr_array_index (board->views, i) == view);
  weft_board_grid_set_full (board->grid, view != NULL ? GTK_WIDGET (view) : NULL);
}

static void
move (WeftBoard *board, WeftView *view, int by)
{
  guint at = 0;
  g_ptr_array_find (board->views, view, &at);
  if ((int) at + by < 0 || at + (guint) by >= board->views->len)
    return;
  guint to = (guint) ((int) at + by);
  g_ptr_array_index (board->views, at) = g_ptr_array_index (board->views, to);
  g_ptr_array_index (board->views, to) = view;
  for (guint i = 0; i < board->views->len; i++)
    weft_board_grid_insert (board->grid, g_ptr_array_index (board->views, i),
                            gtk_widget_get_last_child (GTK_WIDGET (board->grid)));
}

static void
close_view (WeftBoard *board, WeftView *view)
{
  g_ptr_array_remove (board->views, view);
  weft_board_grid_remove (board->grid, GTK_WIDGET (view));
}

static void
asked_cb (WeftView *view, const char *what, WeftBoard *board)
{
  if (g_str_equal (what, "full"))
    set_full (board, weft_board_grid_get_full (board->grid) == GTK_WIDGET (view) ? NULL : view);
  else if (g_str_equal (what, "earlier"))
    move (board, view, -1);
  else if (g_str_equal (what, "later"))
    move (board, view, 1);
  else if (g_str_equal (what, "close"))
    close_view (board, view);
  if (board->filled)
    keep (board);
}

static WeftView *
add_view (WeftBoard *board, const WeftViewKind *kind, const char *of)
{
  WeftView *view = weft_view_new (kind, board->observer, of);
  g_signal_connect_object (view, "asked", G_CALLBACK (asked_cb), board, 0);
  weft_board_grid_insert (board->grid, GTK_WIDGET (view),
                          gtk_widget_get_last_child (GTK_WIDGET (board->grid)));
  g_ptr_array_add (board->views, view);
  return view;
}

static WeftView *
find_view (WeftBoard *board, const WeftViewKind *kind, const char *of)
{
  for (guint i = 0; i < board->views->len; i++)
    {
      WeftView *view = g_ptr_array_index (board->views, i);
      if (weft_view_get_kind (view) == kind &&
          (of == NULL || g_strcmp0 (weft_view_get_choice (view), of) == 0))
        return view;
    }
  return NULL;
}

static void
fill (WeftBoard *board)
{
  WeftJson *kept = weft_json_get (weft_document_get_view (board->document), MEMBER);
  for (guint i = 0; kept != NULL && i < weft_json_length (kept); i++)
    {
      WeftJson           *json = weft_json_at (kept, i);
      const WeftViewKind *kind = weft_view_kind_find (weft_json_get_string (json, "view", ""));
      if (kind != NULL)
        add_view (board, kind, weft_json_get_string (json, "of", NULL));
    }
  for (guint i = 0; kept == NULL && weft_view_kinds (i) != NULL && board->views->len < N_FIRST; i++)
    if (weft_view_kinds (i)->first && fits (board, weft_view_kinds (i)))
      add_view (board, weft_view_kinds (i), NULL);
  board->filled = TRUE;
}

/* The predictions are what shows the rows of a cell. */
static void
cell_cb (WeftObserver *observer, int truth, int guess, WeftBoard *board)
{
  if (truth >= 0)
    weft_board_open (board, "predictions", NULL);
}

/**
 * weft_board_set_run:
 * @board: a board
 * @document: (nullable): what it shows
 * @run: (nullable): the run of @document
 */
void
weft_board_set_run (WeftBoard *board, WeftDocument *document, WeftRunModel *run)
{
  set_full (board, NULL);
  board->filled = FALSE;
  while (board->views->len > 0)
    close_view (board, g_ptr_array_index (board->views, 0));
  if (board->observer != NULL)
    weft_observer_close (board->observer);
  g_clear_object (&board->observer);
  g_set_object (&board->document, document);
  g_set_object (&board->run, run);
  weft_curves_set_run (board->curves, run);
  if (run == NULL)
    return;
  board->observer = weft_observer_new (document, run);
  g_signal_connect_object (board->observer, "cell", G_CALLBACK (cell_cb), board, 0);
  if (gtk_widget_get_mapped (GTK_WIDGET (board)))
    fill (board);
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

/* ---- Opening ---- */

/* Once it has its place: scrolls there. */
static gboolean
reveal_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WeftBoard      *board = WEFT_BOARD (widget);
  GtkAdjustment  *scroll = gtk_scrolled_window_get_vadjustment (board->scroller);
  graphene_rect_t bounds;
  if (!g_ptr_array_find (board->views, data, NULL))
    return G_SOURCE_REMOVE;
  if (gtk_widget_get_height (data) == 0)
    return G_SOURCE_CONTINUE;
  if (gtk_widget_compute_bounds (data, GTK_WIDGET (board->grid), &bounds))
    gtk_adjustment_clamp_page (scroll, bounds.origin.y, bounds.origin.y + bounds.size.height);
  return G_SOURCE_REMOVE;
}

/**
 * weft_board_open:
 * @board: a board with a run
 * @name: a view: "confusion"
 * @of: (nullable): one of its choices
 *
 * Returns: whether it fits; where it is open already it is only shown
 */
gboolean
weft_board_open (WeftBoard *board, const char *name, const char *of)
{
  const WeftViewKind *kind = weft_view_kind_find (name);
  if (kind == NULL || board->observer == NULL || !fits (board, kind))
    return FALSE;
  if (!board->filled)
    fill (board);
  WeftView *view = find_view (board, kind, of);
  if (view == NULL)
    {
      view = add_view (board, kind, of);
      keep (board);
    }
  GtkWidget *full = weft_board_grid_get_full (board->grid);
  if (full != NULL && full != GTK_WIDGET (view))
    set_full (board, NULL);
  gtk_widget_add_tick_callback (GTK_WIDGET (board), reveal_cb, view, NULL);
  return TRUE;
}

/**
 * weft_board_open_node:
 * @board: a board with a run
 * @what: a view that has a choice of nodes' ports or parameters
 * @id: a node
 *
 * Returns: FALSE: the node has nothing of the kind
 */
gboolean
weft_board_open_node (WeftBoard *board, const char *what, const char *id)
{
  const WeftViewKind *kind = weft_view_kind_find (what);
  g_autofree char    *prefix = g_strconcat (id, ".", NULL);
  g_auto (GStrv) choices =
    kind != NULL && kind->choices != NULL && board->observer != NULL
      ? kind->choices (weft_observer_get_facts (board->observer), board->document)
      : NULL;
  for (guint i = 0; choices != NULL && choices[i] != NULL; i++)
    if (g_str_has_prefix (choices[i], prefix))
      return weft_board_open (board, what, choices[i]);
  return FALSE;
}

static void
open_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_board_open (WEFT_BOARD (widget), g_variant_get_string (parameter, NULL), NULL);
}

static void
fill_menu_cb (GtkMenuButton *button, gpointer data)
{
  WeftBoard *board = data;
  g_autoptr (GMenu) menu = g_menu_new ();
  for (guint i = 0; board->observer != NULL && weft_view_kinds (i) != NULL; i++)
    {
      const WeftViewKind *kind = weft_view_kinds (i);
      if (!fits (board, kind) || find_view (board, kind, NULL) != NULL)
        continue;
      g_autoptr (GMenuItem) item = g_menu_item_new (_ (kind->title), NULL);
      g_menu_item_set_action_and_target (item, "board.open", "s", kind->name);
      g_menu_append_item (menu, item);
    }
  if (g_menu_model_get_n_items (G_MENU_MODEL (menu)) == 0)
    g_menu_append (menu, _ ("All views that fit this model are open"), "board.none");
  gtk_menu_button_set_menu_model (button, G_MENU_MODEL (menu));
}

/* ---- The widget ---- */

/* The views wait until they are seen for the first time: what fits is found by typing the whole
 * document. */
static void
weft_board_map (GtkWidget *widget)
{
  WeftBoard *board = WEFT_BOARD (widget);
  if (board->observer != NULL && !board->filled)
    fill (board);
  GTK_WIDGET_CLASS (weft_board_parent_class)->map (widget);
}

static void
weft_board_dispose (GObject *object)
{
  WeftBoard *board = WEFT_BOARD (object);
  if (board->observer != NULL)
    weft_observer_close (board->observer);
  g_ptr_array_set_size (board->views, 0);
  adw_bin_set_child (ADW_BIN (board), NULL);
  g_clear_object (&board->observer);
  g_clear_object (&board->document);
  g_clear_object (&board->run);
  G_OBJECT_CLASS (weft_board_parent_class)->dispose (object);
}

static void
weft_board_finalize (GObject *object)
{
  g_ptr_array_unref (WEFT_BOARD (object)->views);
  G_OBJECT_CLASS (weft_board_parent_class)->finalize (object);
}

static void
weft_board_class_init (WeftBoardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_board_dispose;
  G_OBJECT_CLASS (klass)->finalize = weft_board_finalize;
  widget_class->map = weft_board_map;
  gtk_widget_class_set_css_name (widget_class, "weft-board");
  gtk_widget_class_install_action (widget_class, "board.open", "s", open_action);
}

static void
weft_board_init (WeftBoard *board)
{
  GtkWidget *scroller = gtk_scrolled_window_new (), *grid = weft_board_grid_new ();
  GtkWidget *add = gtk_menu_button_new ();
  board->views = g_ptr_array_new ();
  board->grid = WEFT_BOARD_GRID (grid);
  board->scroller = GTK_SCROLLED_WINDOW (scroller);
  board->add = GTK_MENU_BUTTON (add);
  board->curves = g_object_new (WEFT_TYPE_CURVES, NULL);
  weft_curves_set_stacked (board->curves, TRUE);
  weft_board_grid_insert (board->grid, GTK_WIDGET (board->curves), NULL);
  gtk_menu_button_set_label (board->add, _ ("_Add View"));
  gtk_menu_button_set_use_underline (board->add, TRUE);
  gtk_menu_button_set_create_popup_func (board->add, fill_menu_cb, board, NULL);
  gtk_widget_add_css_class (add, "flat");
  weft_curves_add_tool (board->curves, add);
  gtk_scrolled_window_set_policy (board->scroller, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (board->scroller, grid);
  adw_bin_set_child (ADW_BIN (board), scroller);
}
