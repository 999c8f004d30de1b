/* The Optimise view: its pages, its labels, its panes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/optimise-view-private.h"

#include "ui/optimise/phase.h"
#include "ui/shared/settings.h"

#include <glib/gi18n.h>
#include <math.h>

/* Work that takes longer than this is shown. */
#define PATIENCE_MS 300
#define LEAST_SIDE_PX 220
#define LEAST_BOTTOM_PX 140

static const double SPEEDS[] = { 1, 2, 4, 8, 16 }; /* halves a second */
#define USUAL_SPEED 1

enum
{
  SIGNAL_GO,
  SIGNAL_MESSAGE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftOptimiseView, weft_optimise_view, ADW_TYPE_BIN)

/* ---- Labels ---- */

static char *
ops_text (double ops)
{
  if (!isfinite (ops))
    return g_strdup ("");
  return g_strdup_printf (g_dngettext (NULL, " · %.0f op", " · %.0f ops", (gulong) ops), ops);
}

static double
drawn_ops (WeftOptimiseView *view)
{
  WeftHistory *drawn = weft_optimise_model_get_side_history (view->model, WEFT_SIDE_DRAWN);
  WeftCost     cost;
  if (drawn == NULL || drawn == weft_optimise_model_get_history (view->model))
    return weft_costs_get (view->costs, WEFT_COST_OPS, 0);
  weft_history_cost (drawn, 0, &cost);
  return cost.ops;
}

static char *
now_title (WeftOptimiseView *view)
{
  WeftHistory *history = weft_optimise_model_get_history (view->model);
  guint        step = weft_optimise_model_get_step (view->model);
  guint        n = history != NULL ? weft_history_n_steps (history) : 0;
  const char  *title = weft_optimise_model_side_title (view->model, WEFT_SIDE_NOW);
  if (step == 0)
    return g_strdup (title != NULL ? title : _ ("Before the first step"));
  if (weft_optimise_model_get_half (view->model) == WEFT_HALF_SAW)
    return g_strdup_printf (_ ("What step %u of %u saw"), step, n);
  return g_strdup_printf (_ ("After step %u of %u"), step, n);
}

static void
follow_labels (WeftOptimiseView *view)
{
  const char      *title = weft_optimise_model_side_title (view->model, WEFT_SIDE_DRAWN);
  guint            shown = weft_optimise_model_get_shown_step (view->model);
  g_autofree char *drawn = ops_text (drawn_ops (view));
  g_autofree char *now = ops_text (weft_costs_get (view->costs, WEFT_COST_OPS, shown));
  g_autofree char *now_words = now_title (view);
  g_autofree char *drawn_text = g_strconcat (title != NULL ? title : _ ("As drawn"), drawn, NULL);
  g_autofree char *now_text = g_strconcat (now_words, now, NULL);
  weft_graph_pane_set_title (view->graphs[WEFT_SIDE_DRAWN], drawn_text);
  weft_graph_pane_set_title (view->graphs[WEFT_SIDE_NOW], now_text);
  gtk_widget_set_visible (view->leave_button, weft_optimise_model_depth (view->model) > 0);
}

static char *
time_text (double us)
{
  return us < 1000 ? g_strdup_printf (_ ("%.0f µs"), us)
                   : g_strdup_printf (_ ("%.1f ms"), us / 1000);
}

/* "11 ops → 5 kernels · 3.4× less memory traffic" */
static char *
summary_text (WeftOptimiseView *view, guint before, guint after)
{
  guint  kernels;
  double bytes, drawn_bytes;
  if (!weft_optimise_model_get_kernels (view->model, &kernels, &bytes, &drawn_bytes) ||
      weft_optimise_model_depth (view->model) > 0)
    return g_strdup_printf (g_dngettext (NULL, "%u → %u op", "%u → %u ops", after), before, after);
  g_autofree char *work = g_strdup_printf (
    g_dngettext (NULL, "%u ops → %u kernel", "%u ops → %u kernels", kernels), before, kernels);
  if (!(bytes > 0) || drawn_bytes / bytes < 1.05)
    return g_steal_pointer (&work);
  return g_strdup_printf (_ ("%s · %.1f× less memory traffic"), work, drawn_bytes / bytes);
}

static void
follow_summary (WeftOptimiseView *view)
{
  WeftHistory *history = weft_optimise_model_get_history (view->model);
  guint        before, after, n;
  double       us;
  if (history == NULL)
    return;
  n = weft_history_n_steps (history);
  weft_rewrite_get_counts (weft_history_get_journal (history), &before, &after, &us);
  g_autofree char *time = time_text (us);
  g_autofree char *heading =
    g_strdup_printf (g_dngettext (NULL, "%u rewrite in %s", "%u rewrites in %s", n), n, time);
  g_autofree char *summary = summary_text (view, before, after);
  gtk_label_set_label (view->heading, heading);
  gtk_label_set_label (view->summary, summary);
  gtk_widget_set_tooltip_text (GTK_WIDGET (view->summary), summary);
}

/* ---- Places of the panes ---- */

static int
end_size (GtkPaned *pane, GtkOrientation orientation)
{
  GtkWidget *child = gtk_paned_get_end_child (pane);
  return orientation == GTK_ORIENTATION_HORIZONTAL ? gtk_widget_get_width (child)
                                                   : gtk_widget_get_height (child);
}

/* Panes have their places from the settings, within reason. */
static gboolean
arrange (WeftOptimiseView *view)
{
  GSettings *settings = weft_settings_get ();
  int        width = gtk_widget_get_width (GTK_WIDGET (view->side_pane));
  int        height = gtk_widget_get_height (GTK_WIDGET (view->bottom_pane));
  if (width <= 0 || height <= 0)
    return FALSE;
  view->side = MIN (g_settings_get_int (settings, "optimise-side-width"), width * 2 / 5);
  view->foot = MIN (g_settings_get_int (settings, "optimise-bottom-height"), height * 48 / 100);
  gtk_paned_set_position (view->side_pane, width - view->side);
  gtk_paned_set_position (view->bottom_pane, height - view->foot);
  return TRUE;
}

static gboolean
is_content (WeftOptimiseView *view)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (view->pages), "content") == 0;
}

/* Both graphs have their shares of what the others have left. */
static void
share_out (WeftOptimiseView *view)
{
  double share = g_settings_get_double (weft_settings_get (), "optimise-drawn-share");
  int    width = gtk_widget_get_width (GTK_WIDGET (view->panes));
  gtk_paned_set_position (view->panes, (int) (width * share));
}

/* They are seen whole; so is the line of the current step. */
static void
bring_into_view (WeftOptimiseView *view)
{
  weft_graph_pane_fit (view->graphs[WEFT_SIDE_DRAWN]);
  weft_graph_pane_fit (view->graphs[WEFT_SIDE_NOW]);
  weft_optimise_view_follow_step (view);
  weft_step_list_reveal (view->list);
}

/* In the frames after another size, when the panes have taken it: first those outside, then those
 * inside, then what they show. */
static gboolean
arrange_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (widget);
  if (is_content (view) && view->stage == 0)
    {
      if (arrange (view))
        view->stage++;
      return G_SOURCE_CONTINUE;
    }
  if (is_content (view) && view->stage == 1)
    {
      share_out (view);
      view->stage++;
      return G_SOURCE_CONTINUE;
    }
  if (is_content (view))
    bring_into_view (view);
  view->arranging = view->stage = 0;
  return G_SOURCE_REMOVE;
}

static void
arrange_soon (WeftOptimiseView *view)
{
  if (view->arranging == 0 && is_content (view))
    view->arranging = gtk_widget_add_tick_callback (GTK_WIDGET (view), arrange_cb, NULL, NULL);
}

static gboolean
is_as_arranged (WeftOptimiseView *view)
{
  return view->side == 0 ||
         (ABS (end_size (view->side_pane, GTK_ORIENTATION_HORIZONTAL) - view->side) <= 1 &&
          ABS (end_size (view->bottom_pane, GTK_ORIENTATION_VERTICAL) - view->foot) <= 1);
}

/* The keys of the view act at once: the list has the focus, not whatever GTK finds when the focus
 * of the view before is hidden, which it does after the first frame. */
static gboolean
focus_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (widget);
  if (++view->frames < 3)
    return G_SOURCE_CONTINUE;
  if (view->list != NULL && is_content (view))
    weft_step_list_focus (view->list);
  return G_SOURCE_REMOVE;
}

/* ---- Pages ---- */

static void
show_status (WeftOptimiseView *view, const char *title, const char *description, gboolean working)
{
  guint32          node = weft_optimise_model_get_failed_node (view->model);
  gboolean         failed = weft_optimise_model_get_state (view->model) == WEFT_OPTIMISE_FAILED;
  g_autofree char *escaped = description != NULL ? g_markup_escape_text (description, -1) : NULL;
  adw_status_page_set_title (view->status, title);
  adw_status_page_set_description (view->status, escaped);
  gtk_widget_set_visible (GTK_WIDGET (view->status_spinner), working);
  gtk_spinner_set_spinning (view->status_spinner, working);
  gtk_widget_set_visible (view->status_button, failed && node != 0);
  gtk_widget_set_visible (GTK_WIDGET (view->status_function), failed);
  gtk_stack_set_visible_child_name (view->pages, "status");
}

static gboolean
waited_cb (gpointer data)
{
  WeftOptimiseView *view = data;
  view->waiting = 0;
  if (weft_optimise_model_get_history (view->model) == NULL)
    show_status (view, _ ("Optimising"), NULL, TRUE);
  else
    {
      gtk_widget_set_visible (GTK_WIDGET (view->spinner), TRUE);
      gtk_spinner_start (view->spinner);
    }
  return G_SOURCE_REMOVE;
}

static void
follow_work (WeftOptimiseView *view, gboolean working)
{
  if (working && view->waiting == 0)
    view->waiting = g_timeout_add (PATIENCE_MS, waited_cb, view);
  if (working)
    return;
  g_clear_handle_id (&view->waiting, g_source_remove);
  gtk_spinner_stop (view->spinner);
  gtk_widget_set_visible (GTK_WIDGET (view->spinner), FALSE);
}

static void
follow_state (WeftOptimiseView *view)
{
  WeftOptimiseState state = weft_optimise_model_get_state (view->model);
  follow_work (view, state == WEFT_OPTIMISE_WORKING);
  switch (state)
    {
    case WEFT_OPTIMISE_EMPTY:
      show_status (view, _ ("Nothing to Optimise Yet"),
                   _ ("Draw a computation in Build; what the optimiser makes of it is shown here, "
                      "rewrite by rewrite."),
                   FALSE);
      break;
    case WEFT_OPTIMISE_FAILED:
      show_status (view, _ ("This Cannot Be Optimised Yet"),
                   weft_optimise_model_get_message (view->model), FALSE);
      break;
    case WEFT_OPTIMISE_WORKING:
      if (weft_optimise_model_get_history (view->model) == NULL && view->waiting != 0)
        show_status (view, "", NULL, FALSE);
      break;
    case WEFT_OPTIMISE_READY:
      if (!is_content (view))
        {
          gtk_stack_set_visible_child_name (view->pages, "content");
          view->frames = 0;
          gtk_widget_add_tick_callback (GTK_WIDGET (view), focus_cb, NULL, NULL);
        }
      if (view->side == 0)
        arrange_soon (view);
      break;
    }
}

/* ---- Drop-downs ---- */

static void
follow_functions (WeftOptimiseView *view)
{
  GListModel *titles = G_LIST_MODEL (view->functions);
  guint       n = weft_optimise_model_n_functions (view->model);
  gboolean    same = g_list_model_get_n_items (titles) == n;
  for (guint i = 0; same && i < n; i++)
    same = g_str_equal (gtk_string_list_get_string (view->functions, i),
                        weft_optimise_model_function_title (view->model, i));
  view->following = TRUE;
  if (!same)
    {
      gtk_string_list_splice (view->functions, 0, g_list_model_get_n_items (titles), NULL);
      for (guint i = 0; i < n; i++)
        gtk_string_list_append (view->functions,
                                weft_optimise_model_function_title (view->model, i));
    }
  if (n > 0)
    {
      guint function = weft_optimise_model_get_function (view->model);
      gtk_drop_down_set_selected (view->function, function);
      gtk_drop_down_set_selected (view->status_function, function);
    }
  gtk_widget_set_visible (GTK_WIDGET (view->function), n > 1);
  view->following = FALSE;
}

static void
function_cb (GtkDropDown *drop, GParamSpec *pspec, WeftOptimiseView *view)
{
  guint function = gtk_drop_down_get_selected (drop);
  if (!view->following && function != GTK_INVALID_LIST_POSITION)
    weft_optimise_model_set_function (view->model, function);
}

static void
speed_cb (GtkDropDown *drop, GParamSpec *pspec, WeftOptimiseView *view)
{
  guint speed = gtk_drop_down_get_selected (drop);
  if (!view->following && speed < G_N_ELEMENTS (SPEEDS))
    weft_optimise_model_set_speed (view->model, SPEEDS[speed]);
}

static void
follow_playing (WeftOptimiseView *view)
{
  gboolean         playing = weft_optimise_model_get_playing (view->model);
  double           speed = weft_optimise_model_get_speed (view->model);
  const char      *text = playing ? _ ("Pause") : _ ("Play");
  g_autofree char *tip = g_strdup_printf (playing ? _ ("Pause (Space)") : _ ("Play (Space)"));
  gtk_button_set_icon_name (GTK_BUTTON (view->play_button), playing
                                                              ? "media-playback-pause-symbolic"
                                                              : "media-playback-start-symbolic");
  gtk_widget_set_tooltip_text (view->play_button, tip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view->play_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  text, -1);
  view->following = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (SPEEDS); i++)
    if (SPEEDS[i] == speed)
      gtk_drop_down_set_selected (view->speed, i);
  view->following = FALSE;
}

/* ---- Following the model ---- */

static void
show_now (WeftOptimiseView *view)
{
  follow_labels (view);
  weft_optimise_view_update_actions (view);
}

static void
moved_cb (WeftOptimiseView *view)
{
  show_now (view);
  weft_optimise_view_follow_step (view);
}

static void
changed_cb (WeftOptimiseView *view)
{
  follow_state (view);
  follow_functions (view);
  follow_summary (view);
  show_now (view);
  weft_optimise_view_follow_history (view);
}

/* For internal use: something that one should hear of. */
void
weft_optimise_view_tell (WeftOptimiseView *view, const char *message)
{
  g_signal_emit (view, signals[SIGNAL_MESSAGE], 0, message);
}

/* For internal use: in a quiz, what comes after the current step is asked, not told. */
void
weft_optimise_view_set_quiz (WeftOptimiseView *view, gboolean quiz)
{
  view->quiz = quiz;
  if (quiz)
    weft_optimise_model_set_playing (view->model, FALSE);
  if (quiz && weft_optimise_model_get_half (view->model) == WEFT_HALF_SAW)
    weft_optimise_model_previous_half (view->model);
  weft_timeline_set_quiz (view->timeline, quiz);
  weft_step_list_set_quiz (view->list, quiz);
  weft_rule_panel_set_quiz (view->panel, quiz);
  weft_optimise_view_update_actions (view);
}

static void
go_cb (GtkWidget *part, guint node, WeftOptimiseView *view)
{
  g_signal_emit (view, signals[SIGNAL_GO], 0, node);
}

static void
status_clicked_cb (WeftOptimiseView *view)
{
  g_signal_emit (view, signals[SIGNAL_GO], 0, weft_optimise_model_get_failed_node (view->model));
}

/**
 * weft_optimise_view_search:
 * @view: the view
 *
 * Shows the search of the steps and enters it.
 */
void
weft_optimise_view_search (WeftOptimiseView *view)
{
  if (weft_optimise_model_get_history (view->model) != NULL)
    weft_step_list_search (view->list);
}

/* ---- Panes ---- */

static void
remember (WeftOptimiseView *view)
{
  GSettings *settings = weft_settings_get ();
  int        panes = gtk_widget_get_width (GTK_WIDGET (view->panes));
  if (view->side == 0 || panes <= 0)
    return;
  if (!is_as_arranged (view))
    {
      int side = end_size (view->side_pane, GTK_ORIENTATION_HORIZONTAL);
      int foot = end_size (view->bottom_pane, GTK_ORIENTATION_VERTICAL);
      g_settings_set_int (settings, "optimise-side-width", CLAMP (side, LEAST_SIDE_PX, 1000));
      g_settings_set_int (settings, "optimise-bottom-height", CLAMP (foot, LEAST_BOTTOM_PX, 4000));
    }
  g_settings_set_double (settings, "optimise-drawn-share",
                         CLAMP ((double) gtk_paned_get_position (view->panes) / panes, 0, 1));
}

static void
weft_optimise_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (widget);
  gboolean          other = width != view->arranged_width || height != view->arranged_height;
  if (other && is_as_arranged (view))
    arrange_soon (view);
  view->arranged_width = width;
  view->arranged_height = height;
  GTK_WIDGET_CLASS (weft_optimise_view_parent_class)
    ->size_allocate (widget, width, height, baseline);
}

static void
weft_optimise_view_map (GtkWidget *widget)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (widget);
  GTK_WIDGET_CLASS (weft_optimise_view_parent_class)->map (widget);
  view->frames = 0;
  gtk_widget_add_tick_callback (widget, focus_cb, NULL, NULL);
  if (view->model != NULL)
    weft_optimise_model_set_active (view->model, TRUE);
}

static void
weft_optimise_view_unmap (GtkWidget *widget)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (widget);
  remember (view);
  if (view->model != NULL)
    {
      weft_optimise_model_set_playing (view->model, FALSE);
      weft_optimise_model_set_active (view->model, FALSE);
    }
  GTK_WIDGET_CLASS (weft_optimise_view_parent_class)->unmap (widget);
}

/* ---- The widget ---- */

static void
follow_text_scale (WeftOptimiseView *view)
{
  GtkSettings *settings = gtk_widget_get_settings (GTK_WIDGET (view));
  int          dpi;
  g_object_get (settings, "gtk-xft-dpi", &dpi, NULL);
  weft_optimise_model_set_text_scale (view->model, dpi > 0 ? dpi / (96.0 * PANGO_SCALE) : 1);
}

static void
add_parts (WeftOptimiseView *view)
{
  WeftCostTrack *track = weft_cost_track_new (view->model, view->costs);
  weft_optimise_view_add_panes (view);
  view->timeline = weft_timeline_new (view->model, view->costs);
  view->list = weft_step_list_new (view->model, view->costs);
  view->panel = weft_rule_panel_new (view->model, view->costs);
  gtk_box_append (view->bottom, GTK_WIDGET (view->timeline));
  gtk_box_append (view->bottom, GTK_WIDGET (track));
  gtk_box_append (view->bottom, GTK_WIDGET (view->list));
  gtk_paned_set_end_child (view->side_pane, GTK_WIDGET (view->panel));
  g_signal_connect_object (view->list, "go", G_CALLBACK (go_cb), view, 0);
  g_signal_connect_object (view->panel, "go", G_CALLBACK (go_cb), view, 0);
}

/**
 * weft_optimise_view_set_model:
 * @view: a view that has none yet
 * @model: what it shows
 */
void
weft_optimise_view_set_model (WeftOptimiseView *view, WeftOptimiseModel *model)
{
  g_return_if_fail (view->model == NULL);
  view->model = g_object_ref (model);
  view->costs = weft_costs_new (model);
  add_parts (view);
  g_signal_connect_object (model, "changed", G_CALLBACK (changed_cb), view, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "moved", G_CALLBACK (moved_cb), view, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "selection", G_CALLBACK (weft_optimise_view_update_actions), view,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "playing", G_CALLBACK (follow_playing), view, G_CONNECT_SWAPPED);
  g_signal_connect_object (view->costs, "ready", G_CALLBACK (follow_labels), view,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_widget_get_settings (GTK_WIDGET (view)), "notify::gtk-xft-dpi",
                           G_CALLBACK (follow_text_scale), view, G_CONNECT_SWAPPED);
  follow_text_scale (view);
  changed_cb (view);
  follow_playing (view);
  if (gtk_widget_get_mapped (GTK_WIDGET (view)))
    weft_optimise_model_set_active (model, TRUE);
}

static void
weft_optimise_view_dispose (GObject *object)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (object);
  g_clear_handle_id (&view->waiting, g_source_remove);
  g_clear_object (&view->cameras[0]);
  g_clear_object (&view->cameras[1]);
  g_clear_object (&view->costs);
  g_clear_object (&view->model);
  g_clear_object (&view->functions);
  G_OBJECT_CLASS (weft_optimise_view_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *klass)
{
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, pages);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, status);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, status_spinner);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, spinner);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, status_button);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, status_function);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, function);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, speed);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, side_pane);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, bottom_pane);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, panes);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, panes_overlay);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, drawn_overlay);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, now_overlay);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, heading);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, summary);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, leave_button);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, play_button);
  gtk_widget_class_bind_template_child (klass, WeftOptimiseView, bottom);
  gtk_widget_class_bind_template_callback (klass, status_clicked_cb);
}

static void
weft_optimise_view_class_init (WeftOptimiseViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_optimise_view_dispose;
  widget_class->size_allocate = weft_optimise_view_size_allocate;
  widget_class->map = weft_optimise_view_map;
  widget_class->unmap = weft_optimise_view_unmap;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/weft/Weft/optimise/optimise-view.ui");
  bind_children (widget_class);
  weft_optimise_view_install_actions (widget_class);
  signals[SIGNAL_GO] = g_signal_new ("go", WEFT_TYPE_OPTIMISE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[SIGNAL_MESSAGE] = g_signal_new ("message", WEFT_TYPE_OPTIMISE_VIEW, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
weft_optimise_view_init (WeftOptimiseView *view)
{
  static const char *const SPEED_NAMES[] = { "½×", "1×", "2×", "4×", "8×", NULL };
  G_STATIC_ASSERT (G_N_ELEMENTS (SPEED_NAMES) == G_N_ELEMENTS (SPEEDS) + 1);
  weft_phase_init ();
  gtk_widget_init_template (GTK_WIDGET (view));
  view->functions = gtk_string_list_new (NULL);
  gtk_drop_down_set_model (view->function, G_LIST_MODEL (view->functions));
  gtk_drop_down_set_model (view->status_function, G_LIST_MODEL (view->functions));
  g_autoptr (GtkStringList) speeds = gtk_string_list_new (SPEED_NAMES);
  gtk_drop_down_set_model (view->speed, G_LIST_MODEL (speeds));
  gtk_drop_down_set_selected (view->speed, USUAL_SPEED);
  g_signal_connect (view->function, "notify::selected", G_CALLBACK (function_cb), view);
  g_signal_connect (view->status_function, "notify::selected", G_CALLBACK (function_cb), view);
  g_signal_connect (view->speed, "notify::selected", G_CALLBACK (speed_cb), view);
  weft_optimise_view_add_keys (view);
}

/**
 * weft_optimise_view_new:
 *
 * Returns: (transfer floating): a view without a model yet
 */
WeftOptimiseView *
weft_optimise_view_new (void)
{
  return g_object_new (WEFT_TYPE_OPTIMISE_VIEW, NULL);
}
