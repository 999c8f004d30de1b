/* The Optimise view's actions and their keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/optimise-view-private.h"

#include "ui/shared/commands.h"

#include <glib/gi18n.h>

/* ---- Actions ---- */

static guint
n_steps (WeftOptimiseView *view)
{
  WeftHistory *history = weft_optimise_model_get_history (view->model);
  return history != NULL ? weft_history_n_steps (history) : 0;
}

/* By whole steps one sees results; the halves are for looking closely. */
static void
go_by (WeftOptimiseView *view, int by)
{
  gint64 step = (gint64) weft_optimise_model_get_step (view->model) + by;
  weft_optimise_model_go (view->model, (guint) CLAMP (step, 0, n_steps (view)), WEFT_HALF_MADE);
}

static void
next_step_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  go_by (WEFT_OPTIMISE_VIEW (widget), 1);
}

static void
previous_step_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  go_by (WEFT_OPTIMISE_VIEW (widget), -1);
}

static void
next_half_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_optimise_model_next_half (WEFT_OPTIMISE_VIEW (widget)->model);
}

static void
previous_half_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (widget);
  if (view->quiz)
    go_by (view, -1);
  else
    weft_optimise_model_previous_half (view->model);
}

static void
next_phase_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_optimise_model_next_phase (WEFT_OPTIMISE_VIEW (widget)->model);
}

static void
previous_phase_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_optimise_model_previous_phase (WEFT_OPTIMISE_VIEW (widget)->model);
}

static void
first_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_optimise_model_go (WEFT_OPTIMISE_VIEW (widget)->model, 0, WEFT_HALF_MADE);
}

static void
last_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (widget);
  weft_optimise_model_go (view->model, n_steps (view), WEFT_HALF_MADE);
}

/* At the end, playing begins again. */
static void
play_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (widget);
  gboolean          playing = weft_optimise_model_get_playing (view->model);
  if (!playing && weft_optimise_model_get_step (view->model) == n_steps (view))
    weft_optimise_model_go (view->model, 0, WEFT_HALF_MADE);
  weft_optimise_model_set_playing (view->model, !playing);
}

static void
search_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (widget);
  if (weft_step_list_is_searching (view->list) &&
      gtk_widget_get_focus_child (GTK_WIDGET (view->list)) == NULL)
    weft_step_list_end_search (view->list);
  else
    weft_optimise_view_search (view);
}

static void
toggle_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_step_list_toggle_current (WEFT_OPTIMISE_VIEW (widget)->list);
}

static void
leave_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_optimise_model_leave (WEFT_OPTIMISE_VIEW (widget)->model);
}

static void
biography_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_step_list_set_selection_only (WEFT_OPTIMISE_VIEW (widget)->list, TRUE);
}

static void
quiz_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (widget);
  weft_optimise_view_set_quiz (view, !view->quiz);
}

static void
copy_formula_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (widget);
  g_autofree char  *before = NULL, *after = NULL;
  weft_history_formulas (weft_optimise_model_get_history (view->model),
                         weft_optimise_model_get_step (view->model), G_MAXUINT, &before, &after);
  g_autofree char *text = g_strdup_printf ("%s -> %s", before, after);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
  weft_optimise_view_tell (view, _ ("The formula is on the clipboard"));
}

static void
export_step_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_optimise_view_export (WEFT_OPTIMISE_VIEW (widget), FALSE);
}

static void
export_all_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_optimise_view_export (WEFT_OPTIMISE_VIEW (widget), TRUE);
}

/* Takes back one thing: the search, the quiz, the body that is open, the selection. */
static void
escape_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftOptimiseView *view = WEFT_OPTIMISE_VIEW (widget);
  if (weft_step_list_is_searching (view->list))
    weft_step_list_end_search (view->list);
  else if (view->quiz)
    weft_optimise_view_set_quiz (view, FALSE);
  else if (weft_optimise_model_depth (view->model) > 0)
    weft_optimise_model_leave (view->model);
  else
    weft_optimise_model_select (view->model, WEFT_SIDE_NOW, G_MAXUINT);
}

static const struct
{
  const char *name;
  void (*activate) (GtkWidget *widget, const char *name, GVariant *parameter);
} ACTIONS[] = {
  { "optimise.next-step", next_step_action },
  { "optimise.previous-step", previous_step_action },
  { "optimise.next-half", next_half_action },
  { "optimise.previous-half", previous_half_action },
  { "optimise.next-phase", next_phase_action },
  { "optimise.previous-phase", previous_phase_action },
  { "optimise.first", first_action },
  { "optimise.last", last_action },
  { "optimise.play", play_action },
  { "optimise.search", search_action },
  { "optimise.toggle", toggle_action },
  { "optimise.leave", leave_action },
  { "optimise.escape", escape_action },
  { "optimise.biography", biography_action },
  { "optimise.quiz", quiz_action },
  { "optimise.copy-formula", copy_formula_action },
  { "optimise.export-step", export_step_action },
  { "optimise.export-all", export_all_action },
};

/* For internal use. */
void
weft_optimise_view_install_actions (GtkWidgetClass *klass)
{
  for (guint i = 0; i < G_N_ELEMENTS (ACTIONS); i++)
    gtk_widget_class_install_action (klass, ACTIONS[i].name, NULL, ACTIONS[i].activate);
}

/* For internal use: what can be done now. */
void
weft_optimise_view_update_actions (WeftOptimiseView *view)
{
  GtkWidget               *widget = GTK_WIDGET (view);
  guint                    step = weft_optimise_model_get_step (view->model), n = n_steps (view);
  gboolean                 seen = weft_optimise_model_get_half (view->model) == WEFT_HALF_SAW;
  gboolean                 onwards = !view->quiz && (step < n || seen), back = step > 0;
  gboolean                 exportable = weft_optimise_model_get_art (view->model) != NULL;
  static const char *const ONWARDS[] = { "optimise.next-step", "optimise.next-half",
                                         "optimise.next-phase", "optimise.last" };
  static const char *const BACK[] = { "optimise.previous-step", "optimise.previous-half",
                                      "optimise.previous-phase", "optimise.first" };
  for (guint i = 0; i < G_N_ELEMENTS (ONWARDS); i++)
    gtk_widget_action_set_enabled (widget, ONWARDS[i], onwards);
  for (guint i = 0; i < G_N_ELEMENTS (BACK); i++)
    gtk_widget_action_set_enabled (widget, BACK[i], back);
  gtk_widget_action_set_enabled (widget, "optimise.play", n > 0 && !view->quiz);
  gtk_widget_action_set_enabled (widget, "optimise.search", n > 0);
  gtk_widget_action_set_enabled (widget, "optimise.quiz", n > 0);
  gtk_widget_action_set_enabled (widget, "optimise.copy-formula", step > 0);
  gtk_widget_action_set_enabled (widget, "optimise.export-step", exportable);
  gtk_widget_action_set_enabled (widget, "optimise.export-all", exportable);
  gtk_widget_action_set_enabled (widget, "optimise.leave",
                                 weft_optimise_model_depth (view->model) > 0);
  gtk_widget_action_set_enabled (widget, "optimise.biography",
                                 weft_optimise_model_get_selected (view->model, NULL) != G_MAXUINT);
}

/* ---- Keys ---- */

/* Where keys of the view act: on what shows steps, not in the panel with its controls, and not
 * where one types. */
static gboolean
takes_keys (WeftOptimiseView *view, GtkWidget *focus)
{
  if (focus == NULL || focus == GTK_WIDGET (view))
    return TRUE;
  return !GTK_IS_TEXT (focus) && !gtk_widget_is_ancestor (focus, GTK_WIDGET (view->panel)) &&
         gtk_widget_get_ancestor (focus, GTK_TYPE_POPOVER) == NULL;
}

static gboolean
is_pressed (GtkWidget *focus)
{
  return focus != NULL &&
         (GTK_IS_BUTTON (focus) || GTK_IS_DROP_DOWN (focus) || GTK_IS_FLOW_BOX_CHILD (focus) ||
          gtk_widget_get_ancestor (focus, GTK_TYPE_DROP_DOWN) != NULL);
}

static gboolean
is_in_graph (WeftOptimiseView *view, GtkWidget *focus)
{
  return focus != NULL && gtk_widget_get_ancestor (focus, WEFT_TYPE_GRAPH_PANE) != NULL;
}

/* A button or a drop-down that has the focus is pressed by these, a graph opens what is in it. */
static gboolean
is_taken (WeftOptimiseView *view, GtkWidget *focus, const char *action)
{
  gboolean toggle = g_str_equal (action, "optimise.toggle");
  if ((toggle || g_str_equal (action, "optimise.play")) && is_pressed (focus))
    return TRUE;
  return toggle && is_in_graph (view, focus);
}

/* Where text runs from right to left, so do the halves of a step. */
static const char *
mirrored (GtkWidget *view, const char *action)
{
  if (gtk_widget_get_direction (view) != GTK_TEXT_DIR_RTL)
    return action;
  if (g_str_equal (action, "optimise.next-half"))
    return "optimise.previous-half";
  return g_str_equal (action, "optimise.previous-half") ? "optimise.next-half" : action;
}

static gboolean
key_cb (GtkEventControllerKey *controller,
        guint                  key,
        guint                  code,
        GdkModifierType        modifiers,
        WeftOptimiseView      *view)
{
  GtkRoot   *root = gtk_widget_get_root (GTK_WIDGET (view));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  GdkEvent  *event = gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (controller));
  if (view->model == NULL || weft_optimise_model_get_history (view->model) == NULL ||
      !takes_keys (view, focus))
    return GDK_EVENT_PROPAGATE;
  const WeftCommand *command = weft_commands_match ("optimise.", event);
  if (command == NULL || is_taken (view, focus, command->action))
    return GDK_EVENT_PROPAGATE;
  gtk_widget_activate_action (GTK_WIDGET (view), mirrored (GTK_WIDGET (view), command->action),
                              NULL);
  return GDK_EVENT_STOP;
}

/* For internal use. */
void
weft_optimise_view_add_keys (WeftOptimiseView *view)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), view);
  gtk_widget_add_controller (GTK_WIDGET (view), keys);
}
