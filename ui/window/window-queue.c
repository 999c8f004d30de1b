/* A window's queue of runs: sweeps, runs that wait, and what is said when they are done.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "engine/train/queue.h"
#include "engine/train/sweep.h"
#include "ui/shared/settings.h"
#include "ui/train/sweep-window.h"

#include <glib/gi18n.h>

/* ---- Training what waits ---- */

static void
start_queue (WeftWindow *window)
{
  const char *folder = weft_run_list_get_folder (window->run_list);
  g_autoptr (GError) error = NULL;
  if (folder == NULL || weft_run_queue_start (window->run_queue, folder,
                                              weft_document_get_path (window->document), &error))
    return;
  weft_window_show_error (window, _ ("Could Not Train the Queue"), error->message);
}

static void
start_queue_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  start_queue (data);
}

static void
stop_queue_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  weft_run_queue_hold (WEFT_WINDOW (data)->run_queue);
}

static void
stop_queued_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  if (!weft_run_queue_stop_run (WEFT_WINDOW (data)->run_queue, g_variant_get_uint32 (parameter)))
    weft_window_toast (data, _ ("Another program trains this run: stop it there"));
}

/* ---- Runs that wait ---- */

/* On a thread: writing hundreds of them takes a while. */
typedef struct
{
  WeftDocument *document; /* a snapshot */
  char         *folder;
  gboolean      sweep, train;
} Order;

static void
order_free (gpointer data)
{
  Order *order = data;
  g_object_unref (order->document);
  g_free (order->folder);
  g_free (order);
}

static gboolean
queue_sweep (Order *order, GError **error)
{
  g_autoptr (WeftSweep) sweep = weft_sweep_read (order->document, error);
  guint number, n;
  return sweep != NULL &&
         weft_sweep_queue (sweep, order->document, order->folder, &number, &n, error);
}

static gboolean
queue_one (Order *order, GError **error)
{
  WeftRunOrigin    origin = { .queued = TRUE };
  guint            number;
  g_autofree char *folder =
    weft_runs_begin (order->folder, order->document, &origin, &number, error);
  return folder != NULL;
}

static void
order_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Order  *order = data;
  GError *error = NULL;
  if (order->sweep ? queue_sweep (order, &error) : queue_one (order, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
ordered_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftWindow *window = WEFT_WINDOW (source);
  Order      *order = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean ok = g_task_propagate_boolean (G_TASK (result), &error);
  weft_run_list_refresh (window->run_list);
  if (!ok)
    weft_window_show_error (window, _ ("Could Not Make the Runs"), error->message);
  /* Another document may be in the window by now. */
  else if (order->train &&
           g_strcmp0 (order->folder, weft_run_list_get_folder (window->run_list)) == 0)
    start_queue (window);
}

static void
make_runs (WeftWindow *window, gboolean sweep, gboolean train)
{
  Order *order = g_new0 (Order, 1);
  order->document = weft_document_snapshot (window->document);
  order->folder = weft_runs_folder (window->document);
  order->sweep = sweep;
  order->train = train;
  g_autoptr (GTask) task = g_task_new (window, NULL, ordered_cb, NULL);
  g_task_set_task_data (task, order, order_free);
  if (order->folder != NULL)
    g_task_run_in_thread (task, order_thread);
  else
    g_task_return_new_error (task, G_FILE_ERROR, G_FILE_ERROR_NOENT, "%s",
                             _ ("There is no place to keep runs: save the document first."));
}

static void
queue_run_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  make_runs (window, FALSE, weft_run_queue_is_training (window->run_queue));
  weft_window_toast (window, _ ("A run of the model as it is now waits"));
}

static void
queue_cb (WeftSweepWindow *sweep, gboolean train, WeftWindow *window)
{
  make_runs (window, TRUE, train);
}

static void
open_sweep (WeftWindow *window, const char *setting)
{
  GtkWidget *sweep = weft_sweep_window_new (GTK_WINDOW (window), window->document, setting);
  g_signal_connect_object (sweep, "queue", G_CALLBACK (queue_cb), window, 0);
  gtk_window_present (GTK_WINDOW (sweep));
}

static void
sweep_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  open_sweep (data, NULL);
}

static void
sweep_setting_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  open_sweep (data, g_variant_get_string (parameter, NULL));
}

const GActionEntry weft_window_queue_actions[] = {
  { .name = "sweep", .activate = sweep_action },
  { .name = "sweep-setting", .activate = sweep_setting_action, .parameter_type = "s" },
  { .name = "queue-run", .activate = queue_run_action },
  { .name = "start-queue", .activate = start_queue_action },
  { .name = "stop-queue", .activate = stop_queue_action },
  { .name = "stop-queued", .activate = stop_queued_action, .parameter_type = "u" },
};
const guint weft_window_n_queue_actions = G_N_ELEMENTS (weft_window_queue_actions);

/* ---- The window ---- */

static void
training_cb (WeftWindow *window)
{
  weft_runs_pane_set_training (window->runs_pane, weft_run_queue_is_training (window->run_queue));
}

static void
ended_cb (WeftRunQueue *queue, guint n, WeftWindow *window)
{
  g_autofree char *text = g_strdup_printf (
    g_dngettext (NULL, "%u run of the queue is done", "%u runs of the queue are done", n), n);
  if (n > 0)
    weft_window_tell_end (window, text);
  weft_window_limit_runs (window);
}

/* For internal use: another document, or none; what its queue trained waits again. */
void
weft_window_renew_queue (WeftWindow *window)
{
  g_clear_object (&window->run_queue);
  window->run_queue = weft_run_queue_new ();
  g_signal_connect_object (window->run_queue, "notify::training", G_CALLBACK (training_cb), window,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (window->run_queue, "changed", G_CALLBACK (weft_run_list_refresh),
                           window->run_list, G_CONNECT_SWAPPED);
  g_signal_connect_object (window->run_queue, "ended", G_CALLBACK (ended_cb), window, 0);
  training_cb (window);
}
