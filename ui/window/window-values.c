/* Values here: what flows out of a node for one batch of the document's own data, with the
 * parameters as trained so far.
 *
 * The engine evaluates on a worker; a small window shows the numbers, and the card a histogram.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "engine/document/catalogue.h"
#include "engine/train/sample.h"
#include "ui/shared/widget-style.h"

#include <glib/gi18n.h>
#include <math.h>

#define N_BARS 24
/* Numbers an axis that the text shows. */
#define SHOWN 8

typedef struct
{
  WeftDocument *document; /* a snapshot */
  WeftRunModel *run;
  guint32       uid;
  char         *id;
  GPtrArray    *ports;  /* "hidden.y" */
  GPtrArray    *arrays; /* WeftArray, as the ports */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  g_object_unref (request->document);
  g_object_unref (request->run);
  g_ptr_array_unref (request->ports);
  g_clear_pointer (&request->arrays, g_ptr_array_unref);
  g_free (request->id);
  g_free (request);
}

static void
evaluate_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  g_autoptr (GHashTable) trained = weft_run_model_dup_values (request->run);
  g_autofree WeftArray **results = g_new0 (WeftArray *, request->ports->len + 1);
  guint32                node;
  GError                *error = NULL;
  if (!weft_sample_evaluate (request->document, request->ports->len,
                             (const char *const *) request->ports->pdata, trained, results, &node,
                             cancellable, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  request->arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  for (guint i = 0; i < request->ports->len; i++)
    g_ptr_array_add (request->arrays, results[i]);
  g_task_return_boolean (task, TRUE);
}

/* ---- Numbers ---- */

typedef struct
{
  double minimum, maximum, mean, deviation;
  gint64 n_finite, n_zero;
} Summary;

static Summary
summarise (const WeftArray *array)
{
  Summary summary = { INFINITY, -INFINITY, 0, 0, 0, 0 };
  double  squares = 0;
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double x = weft_array_get (array, i);
      if (!isfinite (x))
        continue;
      summary.n_finite++;
      summary.n_zero += x == 0;
      summary.minimum = MIN (summary.minimum, x);
      summary.maximum = MAX (summary.maximum, x);
      /* Welford 1962. */
      double delta = x - summary.mean;
      summary.mean += delta / summary.n_finite;
      squares += delta * (x - summary.mean);
    }
  summary.deviation = summary.n_finite > 0 ? sqrt (squares / summary.n_finite) : 0;
  return summary;
}

static char *
summary_text (const WeftArray *array, const Summary *summary)
{
  if (array->n_elements == 0)
    return g_strdup (_ ("It has no elements."));
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, _ ("from %.4g to %.4g, mean %.4g, deviation %.4g"),
                          summary->minimum, summary->maximum, summary->mean, summary->deviation);
  if (summary->n_zero > 0)
    g_string_append_printf (text, _ (", %.3g %% zero"),
                            100.0 * summary->n_zero / array->n_elements);
  if (summary->n_finite < array->n_elements)
    g_string_append_printf (text, _ (", %.3g %% not finite"),
                            100.0 * (array->n_elements - summary->n_finite) / array->n_elements);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
show_bars (WeftWindow *window, guint32 uid, const WeftArray *array, const Summary *summary)
{
  float  heights[N_BARS] = { 0 }, most = 0;
  double width = summary->maximum - summary->minimum;
  if (summary->n_finite < 2 || !(width > 0))
    return;
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double x = weft_array_get (array, i);
      if (isfinite (x))
        heights[MIN (N_BARS - 1, (int) ((x - summary->minimum) / width * N_BARS))]++;
    }
  for (guint i = 0; i < N_BARS; i++)
    most = MAX (most, heights[i]);
  for (guint i = 0; i < N_BARS; i++)
    heights[i] /= most;
  weft_canvas_set_bars (window->canvas, uid, heights, N_BARS);
}

/* ---- The window ---- */

static GtkWidget *
new_label (const char *text, const char *class)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), g_strcmp0 (class, "monospace") != 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_can_focus (label, FALSE);
  if (g_str_equal (class, "monospace"))
    weft_widget_show_code (label);
  else
    gtk_widget_add_css_class (label, class);
  return label;
}

static void
add_port (GtkBox *box, const char *port, const WeftArray *array, const Summary *summary)
{
  WeftType         type = { array->dtype, FALSE, weft_array_get_shape (array) };
  g_autofree char *type_text = weft_type_to_string (&type);
  g_autofree char *title = g_strdup_printf ("%s: %s", port, type_text);
  g_autofree char *numbers = weft_array_to_string (array, SHOWN);
  g_autofree char *about = summary_text (array, summary);
  GtkWidget       *frame = gtk_scrolled_window_new ();
  GtkWidget       *text = new_label (numbers, "monospace");
  gtk_box_append (box, new_label (title, "heading"));
  gtk_box_append (box, new_label (about, "dim-label"));
  gtk_widget_set_valign (text, GTK_ALIGN_START);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (frame), text);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (frame), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (frame), 260);
  gtk_widget_add_css_class (frame, "text-card");
  gtk_box_append (box, frame);
}

static void
show_values (WeftWindow *window, Request *request)
{
  GtkWidget       *dialog = adw_window_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  GtkWidget       *whole = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget       *scroller = gtk_scrolled_window_new ();
  g_autofree char *title = g_strdup_printf (_ ("Values of %s"), request->id);
  for (guint i = 0; i < request->ports->len; i++)
    {
      const WeftArray *array = g_ptr_array_index (request->arrays, i);
      Summary          summary = summarise (array);
      add_port (GTK_BOX (box), g_ptr_array_index (request->ports, i), array, &summary);
      if (i == 0 && weft_document_node (window->document, request->uid) != NULL)
        show_bars (window, request->uid, array, &summary);
    }
  gtk_widget_add_css_class (box, "values");
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), box);
  /* The texts at their full height, not at the least that they can do with. */
  g_object_set (gtk_scrolled_window_get_child (GTK_SCROLLED_WINDOW (scroller)), "vscroll-policy",
                GTK_SCROLL_NATURAL, NULL);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (whole), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (whole), scroller);
  adw_window_set_content (ADW_WINDOW (dialog), whole);
  gtk_window_set_title (GTK_WINDOW (dialog), title);
  gtk_window_set_transient_for (GTK_WINDOW (dialog), GTK_WINDOW (window));
  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  gtk_window_set_default_size (GTK_WINDOW (dialog), 720, 540);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
evaluated_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftWindow *window = WEFT_WINDOW (source);
  g_autoptr (GError) error = NULL;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    show_values (window, g_task_get_task_data (G_TASK (result)));
  else
    weft_window_toast (window, error->message);
}

static void
values_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow    *window = data;
  guint          n;
  const guint32 *uids = weft_canvas_get_selection (window->canvas, &n);
  g_autoptr (WeftPorts) ports = NULL;
  g_autoptr (GTask) task = NULL;
  Request *request;
  if (n != 1 || weft_window_get_shown (window) != window->document)
    {
      weft_window_toast (window, _ ("Select one node of the document to see its values."));
      return;
    }
  ports = weft_document_ports (window->document, uids[0]);
  if (ports == NULL || ports->n_outputs == 0)
    {
      weft_window_toast (window, _ ("This node gives no values."));
      return;
    }
  request = g_new0 (Request, 1);
  request->uid = uids[0];
  request->id = g_strdup (weft_document_node (window->document, uids[0])->id);
  request->document = weft_document_snapshot (window->document);
  request->run = g_object_ref (window->run);
  request->ports = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < ports->n_outputs; i++)
    g_ptr_array_add (request->ports,
                     g_strdup_printf ("%s.%s", request->id, ports->outputs[i].name));
  task = g_task_new (window, NULL, evaluated_cb, NULL);
  g_task_set_task_data (task, request, request_free);
  g_task_run_in_thread (task, evaluate_thread);
}

/* ---- Watching ---- */

static WeftPreviews *
get_watch (WeftWindow *window)
{
  if (window->previews == NULL)
    window->previews = weft_previews_new (window->canvas, window->document, window->run);
  return window->previews;
}

static void
watch_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow           *window = data;
  guint                 n;
  const guint32        *uids = weft_canvas_get_selection (window->canvas, &n);
  g_autofree guint32   *chosen = g_memdup2 (uids, n * sizeof *uids);
  gboolean              form = g_str_equal (g_action_get_name (G_ACTION (action)), "watch-form");
  if (n == 0 || weft_window_get_shown (window) != window->document)
    {
      weft_window_toast (window,
                         _ ("Select nodes of the document to watch what flows out of them."));
      return;
    }
  for (guint i = 0; i < n; i++)
    if (form)
      weft_previews_next_form (get_watch (window), chosen[i]);
    else
      weft_previews_toggle (get_watch (window), chosen[i]);
}

static void
previews_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  weft_previews_set_all (get_watch (window), !weft_previews_get_all (get_watch (window)));
}

const GActionEntry weft_window_value_actions[] = {
  { .name = "values", .activate = values_action },
  { .name = "watch", .activate = watch_action },
  { .name = "watch-form", .activate = watch_action },
  { .name = "previews", .activate = previews_action },
};
const guint weft_window_n_value_actions = G_N_ELEMENTS (weft_window_value_actions);
