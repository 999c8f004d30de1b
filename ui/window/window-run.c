/* A window's run: its buttons, its progress, its numbers on the canvas, what it says when it ends.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "engine/train/training.h"
#include "ui/draw/format.h"
#include "ui/window/notice.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Numbers that change faster cannot be read, and the window is laid out anew for each text. */
#define TELL_INTERVAL_US 125000
/* Of what a print or a watch shows. */
#define SHOWN_CHARACTERS 26

/* ---- Actions ---- */

static void
train_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  weft_run_model_train (WEFT_WINDOW (data)->run);
}

static void
pause_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  weft_run_model_pause (WEFT_WINDOW (data)->run);
}

static void
step_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  weft_run_model_step (WEFT_WINDOW (data)->run);
}

static void
stop_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  weft_run_model_stop (WEFT_WINDOW (data)->run);
}

static void
branch_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  weft_run_model_branch (WEFT_WINDOW (data)->run);
}

const GActionEntry weft_window_run_actions[] = {
  { .name = "train", .activate = train_action },
  { .name = "pause", .activate = pause_action },
  { .name = "step", .activate = step_action },
  { .name = "stop", .activate = stop_action },
  { .name = "branch", .activate = branch_action },
};
const guint weft_window_n_run_actions = G_N_ELEMENTS (weft_window_run_actions);

static void
enable (WeftWindow *window, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (
    G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (window), name)), enabled);
}

/* ---- Progress ---- */

static char *
dup_progress_text (const WeftRunProgress *progress, gboolean running)
{
  GString         *text = g_string_new (NULL);
  g_autofree char *step = weft_format_count (progress->step);
  if (progress->total_epochs > 0)
    g_string_append_printf (text, _ ("epoch %.0f/%.0f"),
                            MIN (floor (progress->epoch) + 1, progress->total_epochs),
                            progress->total_epochs);
  else
    g_string_append_printf (text, _ ("step %s"), step);
  if (progress->steps_per_s > 0)
    {
      g_autofree char *time = weft_format_step_time (progress->steps_per_s);
      g_autofree char *steps = weft_format_short (progress->steps_per_s);
      g_string_append_printf (text, " · %s · ", time);
      g_string_append_printf (text, _ ("%s steps/s"), steps);
    }
  if (progress->rows_per_s > 0)
    {
      g_autofree char *rows = weft_format_short (progress->rows_per_s);
      g_string_append (text, " · ");
      g_string_append_printf (text, _ ("%s rows/s"), rows);
    }
  if (running && isfinite (progress->left_s))
    {
      g_autofree char *left = weft_format_duration (progress->left_s);
      g_string_append (text, " · ");
      g_string_append_printf (text, _ ("%s left"), left);
    }
  return g_string_free (text, FALSE);
}

static void
update_progress (WeftWindow *window)
{
  const WeftRunProgress *progress = weft_run_model_get_progress (window->run);
  gboolean               busy = weft_run_model_is_busy (window->run);
  gtk_widget_set_visible (GTK_WIDGET (window->progress), busy);
  if (progress->step == 0)
    {
      gtk_label_set_label (window->progress_label, "");
      gtk_progress_bar_set_fraction (window->progress, 0);
      return;
    }
  g_autofree char *text =
    dup_progress_text (progress, weft_run_model_get_state (window->run) == WEFT_RUN_RUNNING);
  gtk_label_set_label (window->progress_label, text);
  if (progress->total_steps > 0)
    gtk_progress_bar_set_fraction (
      window->progress, MIN (1, (double) progress->step / (double) progress->total_steps));
}

/* ---- Numbers on the canvas ---- */

/* "cost.loss" -> the node "cost". */
static const WeftNode *
port_node (WeftWindow *window, const char *port)
{
  const char *dot = port != NULL ? strrchr (port, '.') : NULL;
  if (dot == NULL)
    return NULL;
  g_autofree char *id = g_strndup (port, (gsize) (dot - port));
  return weft_document_node_by_id (window->document, id);
}

static void
update_badges (WeftWindow *window)
{
  g_autoptr (WeftTraining) training = weft_training_new (window->document, NULL);
  for (guint i = 0; training != NULL && i < weft_run_model_n_curves (window->run); i++)
    {
      const WeftRunCurve *curve = weft_run_model_get_curve (window->run, i);
      guint               n = weft_series_n (curve->train);
      const char         *port = i == 0 ? training->loss : NULL;
      for (guint j = 0; i > 0 && j < training->n_metrics; j++)
        if (g_str_equal (training->names[j], curve->name))
          port = training->ports[j];
      const WeftNode *node = port_node (window, port);
      if (node == NULL || n == 0)
        continue;
      double           smooth = weft_series_smooth (curve->train, n - 1);
      g_autofree char *text =
        weft_format_value (isfinite (smooth) ? smooth : weft_series_y (curve->train, n - 1));
      weft_canvas_set_badge (window->canvas, node->uid, text);
    }
}

/* All texts change in the same frame: those of the progress pane keep the same beat. */
static void
points_cb (WeftWindow *window)
{
  gint64 beat = g_get_monotonic_time () / TELL_INTERVAL_US;
  if (beat == window->told_beat && weft_run_model_get_state (window->run) == WEFT_RUN_RUNNING)
    return;
  window->told_beat = beat;
  update_progress (window);
  update_badges (window);
  enable (window, "rewind", weft_run_model_can_rewind (window->run));
}

/* ---- State ---- */

/* The overview shows what a run computes: the loss, the metrics and what they need. */
static void
show_running (WeftWindow *window, gboolean at_work)
{
  g_autoptr (WeftTraining) training = at_work ? weft_training_new (window->document, NULL) : NULL;
  g_autoptr (GArray) uids = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; training != NULL && i <= training->n_metrics; i++)
    {
      const WeftNode *node = port_node (window, i == 0 ? training->loss : training->ports[i - 1]);
      if (node != NULL)
        g_array_append_val (uids, node->uid);
    }
  weft_canvas_set_running (window->canvas, (const guint32 *) (gpointer) uids->data, uids->len);
}

/* For internal use: what can be asked of the run now. */
void
weft_window_update_run (WeftWindow *window)
{
  WeftRunState state = weft_run_model_get_state (window->run);
  gboolean     at_work = state == WEFT_RUN_LOADING || state == WEFT_RUN_RUNNING;
  enable (window, "train", !at_work);
  show_running (window, at_work);
  enable (window, "pause", state == WEFT_RUN_RUNNING);
  enable (window, "step", !at_work);
  enable (window, "step-phase", !at_work);
  enable (window, "one-epoch", !at_work);
  enable (window, "run-to", !at_work);
  enable (window, "rewind", weft_run_model_can_rewind (window->run));
  if (state != WEFT_RUN_PAUSED && state != WEFT_RUN_FAILED)
    weft_window_forget_phase (window);
  enable (window, "stop", weft_run_model_is_busy (window->run));
  enable (window, "branch", !at_work && weft_run_model_get_looked_at (window->run) >= 0);
  const char *label = state == WEFT_RUN_PAUSED ? _ ("_Continue") : _ ("_Train");
  weft_window_set_train_text (window, label);
  gtk_widget_set_tooltip_text (window->train_button, state == WEFT_RUN_PAUSED
                                                       ? _ ("Go on with the run")
                                                       : _ ("Train the model"));
  weft_window_update_titles (window);
  update_progress (window);
}

static void
begun_cb (WeftWindow *window)
{
  weft_canvas_clear_badges (window->canvas);
  weft_canvas_set_alarm (window->canvas, 0);
  weft_notice_hide (window->notices, "device");
  weft_dock_update_problems (window->dock, window->document, window->typing, window->run);
}

/* Without a program that shows notifications GLib would complain about each. */
static void
asked_cb (GObject *connection, GAsyncResult *result, gpointer data)
{
  g_autoptr (GNotification) notification = data;
  g_autoptr (GVariant) reply =
    g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, NULL);
  GApplication *application = g_application_get_default ();
  if (reply != NULL && application != NULL)
    g_application_send_notification (application, "run", notification);
}

/* Who looks at another window hears of the end too. */
static void
notify_end (WeftWindow *window, const char *text)
{
  GtkApplication  *application = gtk_window_get_application (GTK_WINDOW (window));
  GDBusConnection *bus =
    application != NULL ? g_application_get_dbus_connection (G_APPLICATION (application)) : NULL;
  const char *title = weft_document_get_title (window->document);
  if (bus == NULL || gtk_window_is_active (GTK_WINDOW (window)))
    return;
  GNotification *notification = g_notification_new (title != NULL ? title : "Weft");
  g_notification_set_body (notification, text);
  g_notification_set_default_action_and_target (
    notification, "app.show-run", "u",
    gtk_application_window_get_id (GTK_APPLICATION_WINDOW (window)));
  /* Starts the program if the desktop can. */
  g_dbus_connection_call (bus, "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
                          "org.freedesktop.Notifications", "GetServerInformation", NULL, NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, asked_cb, notification);
}

/* For internal use: in the window, and outside of it where another window is looked at. */
void
weft_window_tell_end (WeftWindow *window, const char *text)
{
  weft_window_toast (window, text);
  notify_end (window, text);
}

static void
finished_cb (WeftRunModel *run, const char *reason, WeftWindow *window)
{
  update_badges (window);
  if (g_strcmp0 (reason, "stopped") == 0 || weft_run_model_n_curves (run) == 0)
    return;
  const WeftRunCurve *loss = weft_run_model_get_curve (run, 0);
  guint               n = weft_series_n (loss->train);
  /* As measured: the row of the run and the command line say the same number. */
  g_autofree char *value = weft_format_value (
    isfinite (loss->test) || n == 0 ? loss->test : weft_series_y (loss->train, n - 1));
  g_autofree char *text = g_strdup_printf (
    isfinite (loss->test) ? _ ("Training is done: test loss %s") : _ ("Training is done: loss %s"),
    value);
  weft_window_tell_end (window, text);
}

/* The state is that before the step that failed: from there one can go back further, with another
 * rate. */
static void
toast_failure (WeftWindow *window, const char *message)
{
  AdwToast *toast = weft_window_new_toast (message);
  adw_toast_set_button_label (toast, _ ("_Rewind One Step"));
  adw_toast_set_action_name (toast, "win.rewind");
  adw_toast_set_timeout (toast, 0);
  adw_toast_overlay_add_toast (window->toasts, toast);
}

static void
failed_cb (WeftRunModel *run, guint node, const char *message, WeftWindow *window)
{
  weft_dock_update_problems (window->dock, window->document, window->typing, run);
  weft_dock_show (window->dock, "problems");
  if (node != 0 && weft_document_node (window->document, node) != NULL)
    {
      weft_canvas_reveal (window->canvas, node);
      weft_canvas_set_badge (window->canvas, node, _ ("failed"));
      weft_canvas_set_alarm (window->canvas, node);
    }
  if (weft_run_model_is_of_device (run))
    {
      weft_window_offer_cpu (window, message);
      notify_end (window, message);
      return;
    }
  if (!weft_run_model_can_rewind (run))
    {
      weft_window_tell_end (window, message);
      return;
    }
  toast_failure (window, message);
  notify_end (window, message);
}

/* What fits at a node: the beginning, on one line. Caller owns. */
static char *
dup_short (const char *message)
{
  g_auto (GStrv) words = g_regex_split_simple ("\\s+", message, 0, 0);
  g_autofree char *line = g_strjoinv (" ", words);
  g_autofree char *begin = NULL;
  if (g_utf8_strlen (line, -1) <= SHOWN_CHARACTERS)
    return g_steal_pointer (&line);
  begin = g_utf8_substring (line, 0, SHOWN_CHARACTERS);
  return g_strconcat (begin, "…", NULL);
}

/* What a print or a watch shows stands at its node; the newest replaces what was there. */
static void
said_cb (WeftRunModel *run, guint node, const char *message, WeftWindow *window)
{
  guint32          outer = weft_document_outer_node (window->document, node);
  g_autofree char *text = outer != 0 ? dup_short (message) : NULL;
  if (text != NULL)
    weft_canvas_set_badge (window->canvas, outer, text);
}

static void
noted_cb (WeftRunModel *run, const char *message, WeftWindow *window)
{
  weft_window_toast (window, message);
}

/* For internal use: connects the window to its new run. */
void
weft_window_watch_run (WeftWindow *window)
{
  g_signal_connect_swapped (window->run, "notify::state", G_CALLBACK (weft_window_update_run),
                            window);
  g_signal_connect_swapped (window->run, "points", G_CALLBACK (points_cb), window);
  g_signal_connect_swapped (window->run, "begun", G_CALLBACK (begun_cb), window);
  g_signal_connect (window->run, "finished", G_CALLBACK (finished_cb), window);
  g_signal_connect (window->run, "failed", G_CALLBACK (failed_cb), window);
  g_signal_connect (window->run, "said", G_CALLBACK (said_cb), window);
  g_signal_connect_swapped (window->run, "values-changed", G_CALLBACK (weft_window_update_run),
                            window);
  g_signal_connect (window->run, "noted", G_CALLBACK (noted_cb), window);
  weft_progress_pane_set_run (window->progress_pane, window->run, window->document);
}

/* For internal use: a rate that was changed acts on the run that goes on, whoever changed it, undo
 * too. */
void
weft_window_follow_training (WeftWindow *window)
{
  g_autoptr (WeftTraining) training = weft_training_new (window->document, NULL);
  if (training == NULL)
    return;
  gboolean changed = training->rate != window->rate;
  window->rate = training->rate;
  if (changed && weft_run_model_is_busy (window->run))
    weft_run_model_set_rate (window->run, training->rate);
}
