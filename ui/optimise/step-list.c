/* The list of steps with its search and its filters.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/step-list.h"

#include "ui/optimise/phase.h"
#include "ui/optimise/step-line.h"

#include <glib/gi18n.h>
#include <math.h>

struct _WeftStepList
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkRevealer     *search_bar;
  GtkSearchEntry  *search;
  GtkDropDown     *phase, *rule;
  GtkToggleButton *selection_only;
  GtkLabel        *count;
  GtkStack        *pages; /* list, nothing (found), none (to find) */
  GtkListView     *view;

  /* Owned */
  WeftOptimiseModel  *model;
  WeftCosts          *costs;
  WeftStepRows       *rows;
  GtkSingleSelection *selection;
  GtkStringList      *rules;
  GHashTable         *lines; /* WeftStepLine*, borrowed: those that show a row now */

  /* Plain values */
  gboolean following; /* the selection follows the model, not a person */
  gboolean quiz;
};

enum
{
  SIGNAL_GO,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftStepList, weft_step_list, ADW_TYPE_BIN)

/* ---- The current step ---- */

/* The height of a row, all of which are alike. 0: none has a place yet. */
static int
row_height (WeftStepList *list)
{
  GHashTableIter iter;
  gpointer       line;
  int            height = 0;
  g_hash_table_iter_init (&iter, list->lines);
  while (height == 0 && g_hash_table_iter_next (&iter, &line, NULL))
    height = gtk_widget_get_height (gtk_widget_get_parent (GTK_WIDGET (line)));
  return height;
}

/* The list scrolls by whole rows, so that none is cut at its top. */
static void
scroll_to (WeftStepList *list, guint position)
{
  GtkAdjustment *place = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (list->view));
  double         height = row_height (list), page = gtk_adjustment_get_page_size (place);
  double         n = g_list_model_get_n_items (G_LIST_MODEL (list->rows));
  double         top = position * height, least = ceil ((top + height - page) / MAX (height, 1)) * height;

  /* Before the list has looked at its rows it knows better itself. */
  if (height == 0 || fabs (gtk_adjustment_get_upper (place) - MAX (n * height, page)) > height)
    gtk_widget_activate_action (GTK_WIDGET (list->view), "list.scroll-to-item", "u", position);
  else
    gtk_adjustment_set_value (place,
                              CLAMP (gtk_adjustment_get_value (place), MIN (least, top), top));
}

static void
follow_step (WeftStepList *list)
{
  guint position = weft_step_rows_find (list->rows, weft_optimise_model_get_step (list->model));
  list->following = TRUE;
  gtk_single_selection_set_selected (list->selection,
                                     position == G_MAXUINT ? GTK_INVALID_LIST_POSITION : position);
  list->following = FALSE;
  if (position != G_MAXUINT)
    scroll_to (list, position);
}

/**
 * weft_step_list_reveal:
 * @list: a list
 *
 * Scrolls to the row of the current step.
 */
void
weft_step_list_reveal (WeftStepList *list)
{
  follow_step (list);
}

static void
show_line (WeftStepList *list, WeftStepLine *line)
{
  weft_step_line_show (line, list->model, list->costs, list->rows, weft_step_line_get_row (line));
}

static gboolean
is_of (WeftStepLine *line, guint step)
{
  WeftStepRow *row = weft_step_line_get_row (line);
  return step >= weft_step_row_first (row) && step <= weft_step_row_last (row);
}

/* Lines of several steps show the current one of them. */
static void
refresh_several (WeftStepList *list)
{
  GHashTableIter iter;
  gpointer       line;
  g_hash_table_iter_init (&iter, list->lines);
  while (g_hash_table_iter_next (&iter, &line, NULL))
    if (weft_step_row_n (weft_step_line_get_row (line)) > 1)
      show_line (list, line);
}

static void
proved_cb (WeftStepList *list, guint step)
{
  GHashTableIter iter;
  gpointer       line;
  g_hash_table_iter_init (&iter, list->lines);
  while (g_hash_table_iter_next (&iter, &line, NULL))
    if (is_of (line, step))
      show_line (list, line);
}

static void
refresh_lines (WeftStepList *list)
{
  GHashTableIter iter;
  gpointer       line;
  g_hash_table_iter_init (&iter, list->lines);
  while (g_hash_table_iter_next (&iter, &line, NULL))
    show_line (list, line);
}

static void
selected_cb (WeftStepList *list)
{
  g_autoptr (WeftStepRow) row = NULL;
  guint position = gtk_single_selection_get_selected (list->selection);
  guint current = weft_optimise_model_get_step (list->model);
  if (list->following || position == GTK_INVALID_LIST_POSITION)
    return;
  row = g_list_model_get_item (G_LIST_MODEL (list->rows), position);
  if (row == NULL || (current >= weft_step_row_first (row) && current <= weft_step_row_last (row)))
    return;
  weft_optimise_model_go (list->model, weft_step_row_first (row), WEFT_HALF_MADE);
}

static void
activated_cb (GtkListView *view, guint position, WeftStepList *list)
{
  weft_step_rows_toggle (list->rows, position);
  follow_step (list);
}

/**
 * weft_step_list_toggle_current:
 * @list: a list
 *
 * Opens or closes the row that is selected, if it stands for several steps.
 */
void
weft_step_list_toggle_current (WeftStepList *list)
{
  activated_cb (list->view, gtk_single_selection_get_selected (list->selection), list);
}

/* ---- Lines ---- */

static void
toggled_cb (WeftStepLine *line, WeftStepList *list)
{
  WeftStepRow *row = weft_step_line_get_row (line);
  guint        position =
    row != NULL ? weft_step_rows_find (list->rows, weft_step_row_first (row)) : G_MAXUINT;
  if (position == G_MAXUINT)
    return;
  if (weft_step_row_get_kind (row) == WEFT_ROW_OPEN)
    position--; /* its own row stands before that of its first step */
  weft_step_rows_toggle (list->rows, position);
  follow_step (list);
}

static void
go_cb (WeftStepLine *line, guint node, WeftStepList *list)
{
  g_signal_emit (list, signals[SIGNAL_GO], 0, node);
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, WeftStepList *list)
{
  WeftStepLine *line = weft_step_line_new ();
  g_signal_connect_object (line, "toggled", G_CALLBACK (toggled_cb), list, 0);
  g_signal_connect_object (line, "go", G_CALLBACK (go_cb), list, 0);
  gtk_list_item_set_child (item, GTK_WIDGET (line));
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, WeftStepList *list)
{
  WeftStepLine *line = WEFT_STEP_LINE (gtk_list_item_get_child (item));
  weft_step_line_show (line, list->model, list->costs, list->rows, gtk_list_item_get_item (item));
  g_hash_table_add (list->lines, line);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, WeftStepList *list)
{
  WeftStepLine *line = WEFT_STEP_LINE (gtk_list_item_get_child (item));
  if (list->lines != NULL)
    g_hash_table_remove (list->lines, line);
  weft_step_line_show (line, NULL, NULL, NULL, NULL);
}

/* ---- Filters ---- */

static void
follow_filter (WeftStepList *list)
{
  WeftStepFilter filter = WEFT_STEP_FILTER_NONE;
  WeftHistory   *history = weft_optimise_model_get_history (list->model);
  guint          phase = gtk_drop_down_get_selected (list->phase);
  guint          rule = gtk_drop_down_get_selected (list->rule);
  filter.text = gtk_editable_get_text (GTK_EDITABLE (list->search));
  if (phase != 0 && phase != GTK_INVALID_LIST_POSITION)
    filter.phase = phase - 1;
  if (rule != 0 && rule != GTK_INVALID_LIST_POSITION)
    filter.rule = gtk_string_list_get_string (list->rules, rule);
  if (gtk_toggle_button_get_active (list->selection_only))
    filter.apply = weft_optimise_model_get_selected (list->model, NULL);
  if (list->quiz)
    filter.until = weft_optimise_model_get_step (list->model);
  list->following = TRUE;
  weft_step_rows_set_filter (list->rows, &filter);
  list->following = FALSE;
  guint n = weft_step_rows_n_shown (list->rows),
        all = history != NULL ? weft_history_n_steps (history) : 0;
  g_autofree char *text =
    g_strdup_printf (g_dngettext (NULL, "%u of %u step", "%u of %u steps", all), n, all);
  gtk_label_set_label (list->count, text);
  gtk_stack_set_visible_child_name (list->pages, history != NULL && all == 0 ? "none"
                                                 : n > 0 || list->quiz       ? "list"
                                                                             : "nothing");
  follow_step (list);
}

static void
fill_rules (WeftStepList *list)
{
  WeftHistory *history = weft_optimise_model_get_history (list->model);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = history != NULL ? weft_history_n_steps (history) : 0;
  gtk_drop_down_set_selected (list->rule, 0);
  gtk_string_list_splice (list->rules, 1, g_list_model_get_n_items (G_LIST_MODEL (list->rules)) - 1,
                          NULL);
  for (guint step = 1; step <= n; step++)
    {
      const char *rule = weft_history_get_step (history, step)->rule;
      if (g_hash_table_add (seen, (gpointer) rule))
        gtk_string_list_append (list->rules, rule);
    }
}

static void
follow_selection (WeftStepList *list)
{
  gboolean any = weft_optimise_model_get_selected (list->model, NULL) != G_MAXUINT;
  gtk_widget_set_sensitive (GTK_WIDGET (list->selection_only),
                            any || gtk_toggle_button_get_active (list->selection_only));
  if (gtk_toggle_button_get_active (list->selection_only))
    follow_filter (list);
}

static void
moved_cb (WeftStepList *list)
{
  if (list->quiz)
    follow_filter (list);
  else
    follow_step (list);
  refresh_several (list);
}

static void
changed_cb (WeftStepList *list)
{
  fill_rules (list);
  follow_filter (list);
}

/**
 * weft_step_list_is_searching:
 * @list: a list
 *
 * Returns: whether the search is shown
 */
gboolean
weft_step_list_is_searching (WeftStepList *list)
{
  return gtk_revealer_get_reveal_child (list->search_bar);
}

/**
 * weft_step_list_search:
 * @list: a list
 *
 * Shows the search and enters it.
 */
void
weft_step_list_search (WeftStepList *list)
{
  gtk_revealer_set_reveal_child (list->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (list->search));
}

/**
 * weft_step_list_end_search:
 * @list: a list
 *
 * Hides the search and shows every step again.
 */
void
weft_step_list_end_search (WeftStepList *list)
{
  gboolean inside = gtk_widget_get_focus_child (GTK_WIDGET (list->search_bar)) != NULL;
  gtk_editable_set_text (GTK_EDITABLE (list->search), "");
  gtk_drop_down_set_selected (list->phase, 0);
  gtk_drop_down_set_selected (list->rule, 0);
  gtk_toggle_button_set_active (list->selection_only, FALSE);
  gtk_revealer_set_reveal_child (list->search_bar, FALSE);
  follow_filter (list);
  if (inside)
    gtk_widget_grab_focus (GTK_WIDGET (list->view));
}

/**
 * weft_step_list_set_selection_only:
 * @list: a list
 * @only: whether only the steps are shown that touched what is selected
 */
void
weft_step_list_set_selection_only (WeftStepList *list, gboolean only)
{
  if (only)
    gtk_revealer_set_reveal_child (list->search_bar, TRUE);
  gtk_toggle_button_set_active (list->selection_only, only);
}

/**
 * weft_step_list_set_quiz:
 * @list: a list
 * @quiz: whether what comes after the current step is hidden
 */
void
weft_step_list_set_quiz (WeftStepList *list, gboolean quiz)
{
  list->quiz = quiz;
  follow_filter (list);
}

/**
 * weft_step_list_focus:
 * @list: a list
 *
 * Gives the steps the focus.
 */
void
weft_step_list_focus (WeftStepList *list)
{
  gtk_widget_grab_focus (GTK_WIDGET (list->view));
}

/* ---- The widget ---- */

static GtkWidget *
new_drop_down (WeftStepList *list, GListModel *texts, const char *label)
{
  GtkWidget *drop = gtk_drop_down_new (texts, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (drop), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_set_tooltip_text (drop, label);
  g_signal_connect_object (drop, "notify::selected", G_CALLBACK (follow_filter), list,
                           G_CONNECT_SWAPPED);
  return drop;
}

static GtkWidget *
new_close_button (WeftStepList *list)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("window-close-symbolic");
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _ ("Show every step"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("End the search"), -1);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (weft_step_list_end_search), list);
  return button;
}

static void
add_search (WeftStepList *list, GtkBox *box)
{
  GtkWidget     *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkStringList *phases = gtk_string_list_new (NULL);
  gtk_string_list_append (phases, _ ("Any phase"));
  for (guint i = 0; i < WEFT_N_PHASES; i++)
    gtk_string_list_append (phases, weft_phase_title (i));
  list->rules = gtk_string_list_new (NULL);
  gtk_string_list_append (list->rules, _ ("Any rule"));
  list->search = GTK_SEARCH_ENTRY (gtk_search_entry_new ());
  g_object_set (list->search, "placeholder-text", _ ("Search the steps"), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list->search), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Search the steps"), -1);
  gtk_widget_set_hexpand (GTK_WIDGET (list->search), TRUE);
  g_signal_connect_object (list->search, "search-changed", G_CALLBACK (follow_filter), list,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (list->search, "stop-search", G_CALLBACK (weft_step_list_end_search),
                           list, G_CONNECT_SWAPPED);
  g_signal_connect_object (list->search, "activate", G_CALLBACK (weft_step_list_focus), list,
                           G_CONNECT_SWAPPED);
  list->phase = GTK_DROP_DOWN (new_drop_down (list, G_LIST_MODEL (phases), _ ("Phase")));
  list->rule =
    GTK_DROP_DOWN (new_drop_down (list, g_object_ref (G_LIST_MODEL (list->rules)), _ ("Rule")));
  list->selection_only = GTK_TOGGLE_BUTTON (gtk_toggle_button_new_with_mnemonic (_ ("S_election")));
  gtk_widget_set_tooltip_text (GTK_WIDGET (list->selection_only),
                               _ ("Only the steps that touched the selected operation"));
  g_signal_connect_object (list->selection_only, "toggled", G_CALLBACK (follow_filter), list,
                           G_CONNECT_SWAPPED);
  list->count =
    GTK_LABEL (g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, NULL));
  gtk_widget_add_css_class (GTK_WIDGET (list->count), "dim-label");
  gtk_box_append (GTK_BOX (bar), GTK_WIDGET (list->search));
  gtk_box_append (GTK_BOX (bar), GTK_WIDGET (list->phase));
  gtk_box_append (GTK_BOX (bar), GTK_WIDGET (list->rule));
  gtk_box_append (GTK_BOX (bar), GTK_WIDGET (list->selection_only));
  gtk_box_append (GTK_BOX (bar), GTK_WIDGET (list->count));
  gtk_box_append (GTK_BOX (bar), new_close_button (list));
  gtk_widget_add_css_class (bar, "step-search");
  list->search_bar = GTK_REVEALER (gtk_revealer_new ());
  gtk_revealer_set_child (list->search_bar, bar);
  gtk_box_append (box, GTK_WIDGET (list->search_bar));
}

static GtkWidget *
new_none (void)
{
  GtkWidget *page = adw_status_page_new (), *scroller = gtk_scrolled_window_new ();
  adw_status_page_set_title (ADW_STATUS_PAGE (page), _ ("No Rewrites"));
  adw_status_page_set_description (
    ADW_STATUS_PAGE (page),
    _ ("No rule that is on has anything to do here: the graph stays as it is drawn."));
  gtk_widget_add_css_class (page, "compact");
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), page);
  return scroller;
}

static void
add_view (WeftStepList *list, GtkBox *box)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget          *scroller = gtk_scrolled_window_new ();
  GtkWidget          *nothing = gtk_label_new (_ ("No step is like that."));
  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cb), list, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), list, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cb), list, 0);
  list->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (list->selection, FALSE);
  gtk_single_selection_set_can_unselect (list->selection, TRUE);
  g_signal_connect_object (list->selection, "notify::selected", G_CALLBACK (selected_cb), list,
                           G_CONNECT_SWAPPED);
  list->view = GTK_LIST_VIEW (
    gtk_list_view_new (GTK_SELECTION_MODEL (g_object_ref (list->selection)), factory));
  gtk_widget_add_css_class (GTK_WIDGET (list->view), "steps");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Steps"), -1);
  g_signal_connect_object (list->view, "activate", G_CALLBACK (activated_cb), list, 0);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (list->view));
  gtk_widget_add_css_class (nothing, "dim-label");
  list->pages = GTK_STACK (gtk_stack_new ());
  gtk_stack_add_named (list->pages, scroller, "list");
  gtk_stack_add_named (list->pages, nothing, "nothing");
  gtk_stack_add_named (list->pages, new_none (), "none");
  gtk_widget_set_vexpand (GTK_WIDGET (list->pages), TRUE);
  gtk_box_append (box, GTK_WIDGET (list->pages));
}

static void
weft_step_list_dispose (GObject *object)
{
  WeftStepList *list = WEFT_STEP_LIST (object);
  if (list->view != NULL)
    gtk_list_view_set_model (list->view, NULL);
  list->view = NULL;
  g_clear_pointer (&list->lines, g_hash_table_unref);
  g_clear_object (&list->selection);
  g_clear_object (&list->rows);
  g_clear_object (&list->rules);
  g_clear_object (&list->costs);
  g_clear_object (&list->model);
  G_OBJECT_CLASS (weft_step_list_parent_class)->dispose (object);
}

static void
weft_step_list_class_init (WeftStepListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_step_list_dispose;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "weft-step-list");
  signals[SIGNAL_GO] = g_signal_new ("go", WEFT_TYPE_STEP_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
weft_step_list_init (WeftStepList *list)
{
  list->lines = g_hash_table_new (NULL, NULL);
}

/**
 * weft_step_list_new:
 * @model: whose steps
 * @costs: its costs
 *
 * Returns: (transfer floating): a list
 */
WeftStepList *
weft_step_list_new (WeftOptimiseModel *model, WeftCosts *costs)
{
  WeftStepList *list = g_object_new (WEFT_TYPE_STEP_LIST, NULL);
  GtkWidget    *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  list->model = g_object_ref (model);
  list->costs = g_object_ref (costs);
  /* The rows follow the model before the list does. */
  list->rows = weft_step_rows_new (model);
  add_search (list, GTK_BOX (box));
  add_view (list, GTK_BOX (box));
  gtk_single_selection_set_model (list->selection, G_LIST_MODEL (list->rows));
  adw_bin_set_child (ADW_BIN (list), box);
  g_signal_connect_object (model, "changed", G_CALLBACK (changed_cb), list, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "moved", G_CALLBACK (moved_cb), list, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "selection", G_CALLBACK (follow_selection), list,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "proved", G_CALLBACK (proved_cb), list, G_CONNECT_SWAPPED);
  g_signal_connect_object (costs, "ready", G_CALLBACK (refresh_lines), list, G_CONNECT_SWAPPED);
  changed_cb (list);
  follow_selection (list);
  return list;
}
