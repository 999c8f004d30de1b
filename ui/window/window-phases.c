/* A run looked at closely: a step phase by phase with its numbers on the wires, breakpoints, one
 * epoch, run to, one step back.
 *
 * What was seen stands on the canvas until the run goes on.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "engine/document/breakpoints.h"
#include "engine/train/training.h"
#include "ui/draw/format.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* A wire whose numbers are so many powers of ten smaller than the largest is thin. */
#define DECADES 3.0
/* Steps that Run To offers to make. */
#define OFFERED_STEPS 100

static const char *const phase_titles[] = {
  [WEFT_STEP_FORWARD] = N_ ("Forward"),
  [WEFT_STEP_LOSS] = N_ ("Loss"),
  [WEFT_STEP_BACKWARD] = N_ ("Backward"),
  [WEFT_STEP_UPDATE] = N_ ("Update"),
};

/* ---- Numbers ---- */

static char *
shape_text (const WeftNumbers *numbers)
{
  g_autoptr (GString) text = g_string_new ("(");
  for (guint i = 0; i < numbers->rank; i++)
    g_string_append_printf (text, i == 0 ? "%" G_GINT64_FORMAT : ", %" G_GINT64_FORMAT,
                            numbers->shape[i]);
  g_string_append (text, ") · ");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* @whole: with shape and range; otherwise what fits into a narrow gap. Caller owns. */
static char *
number_text (const WeftNumbers *numbers, gboolean gradient, gboolean whole)
{
  g_autofree char *shape = whole && numbers->rank > 0 ? shape_text (numbers) : g_strdup ("");
  const char      *sign = gradient ? "∇ " : "";
  if (numbers->n_bad > 0)
    {
      g_autofree char *count = weft_format_count (numbers->n_bad);
      g_autofree char *bad = g_strdup_printf (_ ("%s not finite"), count);
      return g_strconcat (sign, shape, bad, NULL);
    }
  if (numbers->n_elements == 1)
    return g_strdup_printf ("%s%.4g", sign, numbers->mean);
  if (!whole)
    return gradient ? g_strdup_printf ("∇ %.2g", numbers->size)
                    : g_strdup_printf ("⌀ %.2g", numbers->mean);
  if (gradient)
    return g_strdup_printf ("∇ %s%.3g · %.3g … %.3g", shape, numbers->size, numbers->minimum,
                            numbers->maximum);
  return g_strdup_printf ("%s⌀ %.3g · %.3g … %.3g", shape, numbers->mean, numbers->minimum,
                          numbers->maximum);
}

/* "hidden.y" -> the node and its port; NULL: it is no node of the document. */
static const WeftNode *
find_port (WeftWindow *window, const char *name, const char **port)
{
  const char *dot = strchr (name, '.');
  if (dot == NULL)
    return NULL;
  g_autofree char *id = g_strndup (name, (gsize) (dot - name));
  *port = dot + 1;
  return weft_document_node_by_id (window->document, id);
}

static double
largest (const GPtrArray *ports)
{
  double most = 0;
  for (guint i = 0; i < ports->len; i++)
    {
      const WeftPortNumbers *one = g_ptr_array_index (ports, i);
      if (!one->parameter && isfinite (one->numbers.size))
        most = MAX (most, one->numbers.size);
    }
  return most;
}

static void
show_on_wires (WeftWindow *window, const WeftEvent *event)
{
  gboolean gradient = event->phase == WEFT_STEP_BACKWARD;
  double   most = largest (event->ports);
  for (guint i = 0; i < event->ports->len; i++)
    {
      const WeftPortNumbers *one = g_ptr_array_index (event->ports, i);
      const char            *port;
      const WeftNode        *node = one->parameter ? NULL : find_port (window, one->name, &port);
      if (node == NULL)
        continue;
      double           part = most > 0 ? one->numbers.size / most : 0;
      g_autofree char *text = number_text (&one->numbers, gradient, TRUE);
      g_autofree char *brief = number_text (&one->numbers, gradient, FALSE);
      WeftWireNumber   number = { node->uid, port, text, brief,
                                gradient ? WEFT_WIRE_GRADIENT : WEFT_WIRE_VALUE, 0 };
      if (one->numbers.n_bad > 0)
        number.tone = WEFT_WIRE_WRONG;
      if (part > 0)
        number.flow = CLAMP (1 + log10 (part) / DECADES, 0, 1);
      weft_canvas_set_wire_numbers (window->canvas, &number, 1);
      /* What no wire carries stands on the card: the loss, a metric. */
      if (event->phase == WEFT_STEP_LOSS)
        weft_canvas_set_badge (window->canvas, node->uid, brief);
    }
}

/* Of parameters a line on their card: how large the gradient is, or the change beside what was
 * there. */
static void
show_on_cards (WeftWindow *window, const WeftEvent *event)
{
  g_autoptr (GHashTable) lines = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  GHashTableIter iter;
  gpointer       uid, line;
  for (guint i = 0; i < event->ports->len; i++)
    {
      const WeftPortNumbers *one = g_ptr_array_index (event->ports, i);
      const char            *port;
      const WeftNode        *node = one->parameter ? find_port (window, one->name, &port) : NULL;
      if (node == NULL)
        continue;
      double           share = one->before > 0 ? 100 * one->numbers.size / one->before : NAN;
      g_autofree char *text =
        event->phase == WEFT_STEP_BACKWARD ? g_strdup_printf ("∇%s %.2g", port, one->numbers.size)
        : isfinite (share)                 ? g_strdup_printf ("Δ%s %.2g %%", port, share)
                                           : g_strdup_printf ("Δ%s %.2g", port, one->numbers.size);
      const char *before = g_hash_table_lookup (lines, GUINT_TO_POINTER (node->uid));
      g_hash_table_replace (lines, GUINT_TO_POINTER (node->uid),
                            before != NULL ? g_strdup_printf ("%s · %s", before, text)
                                           : g_strdup (text));
    }
  g_hash_table_iter_init (&iter, lines);
  while (g_hash_table_iter_next (&iter, &uid, &line))
    {
      weft_canvas_set_caption (window->canvas, GPOINTER_TO_UINT (uid), line);
      g_hash_table_add (window->captioned, uid);
    }
}

/* ---- The strip above the canvas ---- */

static char *
dup_sentence (WeftWindow *window, const WeftEvent *event)
{
  g_autofree char *step = weft_format_count (event->step);
  const char      *port;
  if (event->message != NULL)
    {
      g_autofree char *name = g_strconcat (event->message, ".", NULL);
      const WeftNode  *node = find_port (window, name, &port);
      WeftBreakpoint  *point = weft_document_get_breakpoint (window->document, event->message);
      g_autofree char *where = point != NULL ? weft_breakpoint_text (point) : g_strdup ("");
      weft_breakpoint_free (point);
      return g_strdup_printf (*where != '\0' ? _ ("Step %s paused at %s: %s")
                                             : _ ("Step %s paused at %s"),
                              step, node != NULL ? node->id : event->message, where);
    }
  if (event->phase == WEFT_STEP_FORWARD)
    return g_strdup_printf (_ ("Step %s: what flows to the loss"), step);
  if (event->phase == WEFT_STEP_LOSS)
    return g_strdup_printf (_ ("Step %s: the loss and the metrics"), step);
  if (event->phase == WEFT_STEP_BACKWARD)
    return g_strdup_printf (_ ("Step %s: gradients of the loss"), step);
  return g_strdup_printf (_ ("Step %s: how much the parameters changed"), step);
}

static GtkWidget *
new_button (const char *label, const char *action, const char *tip)
{
  GtkWidget *button = gtk_button_new_with_label (label);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_tooltip_text (button, tip);
  gtk_widget_set_focus_on_click (button, FALSE);
  return button;
}

/* What the strip is made of: names of the phases, a sentence, buttons; in a line, in two, in three.
 */
enum
{
  STRIP_WIDE,
  SENTENCE_BELOW,
  ALL_BELOW,
};
/* So much of the sentence stands in the line, or it stands below. */
#define SENTENCE_CHARS 28

static void
strip_level_cb (WeftAdaptiveBin *bin, GParamSpec *property, GtkBox *line)
{
  guint      level = weft_adaptive_bin_get_level (bin);
  GtkWidget *names = gtk_widget_get_first_child (GTK_WIDGET (line));
  GtkWidget *sentence = gtk_widget_get_next_sibling (names);
  GtkWidget *tools = gtk_widget_get_last_child (GTK_WIDGET (line));
  if (sentence == tools)
    sentence = gtk_widget_get_last_child (gtk_widget_get_parent (GTK_WIDGET (line)));
  gtk_orientable_set_orientation (GTK_ORIENTABLE (line), level == ALL_BELOW
                                                           ? GTK_ORIENTATION_VERTICAL
                                                           : GTK_ORIENTATION_HORIZONTAL);
  gtk_widget_set_hexpand (names, level == SENTENCE_BELOW);
  gtk_label_set_width_chars (GTK_LABEL (sentence), level == STRIP_WIDE ? SENTENCE_CHARS : -1);
  gtk_label_set_wrap (GTK_LABEL (sentence), level != STRIP_WIDE);
  gtk_label_set_ellipsize (GTK_LABEL (sentence),
                           level == STRIP_WIDE ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  for (GtkWidget *name = gtk_widget_get_first_child (names); name != NULL;
       name = gtk_widget_get_next_sibling (name))
    gtk_label_set_ellipsize (GTK_LABEL (name), level == ALL_BELOW ? PANGO_ELLIPSIZE_END
                                                                  : PANGO_ELLIPSIZE_NONE);
  GtkBox *place = level == STRIP_WIDE ? line : GTK_BOX (gtk_widget_get_parent (GTK_WIDGET (line)));
  if (gtk_widget_get_parent (sentence) == GTK_WIDGET (place))
    return;
  g_object_ref (sentence);
  gtk_box_remove (GTK_BOX (gtk_widget_get_parent (sentence)), sentence);
  gtk_box_insert_child_after (place, sentence,
                              level == STRIP_WIDE ? names : GTK_WIDGET (line));
  g_object_unref (sentence);
}

static GtkWidget *
new_strip (WeftWindow *window)
{
  GtkWidget *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *names = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *tools = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *strip;
  for (guint i = WEFT_STEP_FORWARD; i <= WEFT_STEP_UPDATE; i++)
    {
      window->phase_labels[i] = gtk_label_new (_ (phase_titles[i]));
      gtk_widget_add_css_class (window->phase_labels[i], "phase");
      gtk_box_append (GTK_BOX (names), window->phase_labels[i]);
    }
  window->phase_text = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_ellipsize (window->phase_text, PANGO_ELLIPSIZE_END);
  gtk_label_set_width_chars (window->phase_text, SENTENCE_CHARS);
  gtk_label_set_xalign (window->phase_text, 0);
  gtk_widget_set_hexpand (GTK_WIDGET (window->phase_text), TRUE);
  gtk_box_append (GTK_BOX (tools), new_button (_ ("Next Phase"), "win.step-phase",
                                               _ ("The next phase of this step")));
  gtk_box_append (GTK_BOX (tools),
                  new_button (_ ("Rewind"), "win.rewind", _ ("Back to before the last step")));
  gtk_box_append (GTK_BOX (line), names);
  gtk_box_append (GTK_BOX (line), GTK_WIDGET (window->phase_text));
  gtk_box_append (GTK_BOX (line), tools);
  gtk_box_append (GTK_BOX (lines), line);
  gtk_widget_add_css_class (lines, "phases");
  strip = g_object_new (WEFT_TYPE_ADAPTIVE_BIN, "child", lines, "levels", ALL_BELOW, NULL);
  g_signal_connect (strip, "notify::level", G_CALLBACK (strip_level_cb), line);
  gtk_box_insert_child_after (GTK_BOX (gtk_widget_get_parent (GTK_WIDGET (window->canvas))), strip,
                              GTK_WIDGET (window->graph_search));
  return strip;
}

static void
show_strip (WeftWindow *window, WeftStepPhase phase, const char *text)
{
  if (window->phase_strip == NULL)
    window->phase_strip = new_strip (window);
  for (guint i = WEFT_STEP_FORWARD; i <= WEFT_STEP_UPDATE; i++)
    {
      if (i == (guint) phase)
        gtk_widget_add_css_class (window->phase_labels[i], "current");
      else
        gtk_widget_remove_css_class (window->phase_labels[i], "current");
    }
  gtk_label_set_label (window->phase_text, text);
  gtk_widget_set_visible (window->phase_strip, TRUE);
}

/* ---- Events ---- */

static void
forget_captions (WeftWindow *window)
{
  GHashTableIter iter;
  gpointer       uid;
  g_hash_table_iter_init (&iter, window->captioned);
  while (g_hash_table_iter_next (&iter, &uid, NULL))
    weft_canvas_set_caption (window->canvas, GPOINTER_TO_UINT (uid), NULL);
  g_hash_table_remove_all (window->captioned);
}

/* For internal use: the run goes on, or is over: what was seen of a step is true no more. */
void
weft_window_forget_phase (WeftWindow *window)
{
  if (window->phase == WEFT_STEP_NONE)
    return;
  window->phase = WEFT_STEP_NONE;
  weft_canvas_clear_wire_numbers (window->canvas);
  forget_captions (window);
  gtk_widget_set_visible (window->phase_strip, FALSE);
}

static void
phase_cb (WeftRunModel *run, const WeftEvent *event, WeftWindow *window)
{
  g_autofree char *text = dup_sentence (window, event);
  const char      *port;
  if (weft_window_get_shown (window) == window->document && event->ports != NULL)
    {
      /* Gradients stand beside values only where a wire carries one of them. */
      if (event->phase == WEFT_STEP_FORWARD || event->phase == WEFT_STEP_UPDATE)
        weft_canvas_clear_wire_numbers (window->canvas);
      forget_captions (window);
      if (event->phase != WEFT_STEP_UPDATE)
        show_on_wires (window, event);
      show_on_cards (window, event);
    }
  window->phase = event->phase;
  show_strip (window, event->phase, text);
  if (event->message == NULL)
    return;
  g_autofree char *name = g_strconcat (event->message, ".", NULL);
  const WeftNode  *node = find_port (window, name, &port);
  if (node != NULL)
    weft_canvas_reveal (window->canvas, node->uid);
}

static void
rewound_cb (WeftRunModel *run, WeftWindow *window)
{
  g_autofree char *step = weft_format_count (weft_run_model_get_progress (run)->step);
  g_autofree char *text = g_strdup_printf (_ ("Back at step %s"), step);
  weft_canvas_set_alarm (window->canvas, 0);
  weft_window_forget_phase (window);
  weft_dock_update_problems (window->dock, window->document, window->typing, run);
  weft_window_toast (window, text);
}

/* For internal use: connects the window to its new run. */
void
weft_window_watch_phases (WeftWindow *window)
{
  window->captioned = g_hash_table_new (NULL, NULL);
  g_signal_connect (window->run, "phase", G_CALLBACK (phase_cb), window);
  g_signal_connect (window->run, "rewound", G_CALLBACK (rewound_cb), window);
  g_signal_connect_object (window->canvas, "breakpoints-changed",
                           G_CALLBACK (weft_run_model_follow_breakpoints), window->run,
                           G_CONNECT_SWAPPED);
}

/* For internal use: of the document that is left. */
void
weft_window_leave_phases (WeftWindow *window)
{
  weft_window_forget_phase (window);
  g_clear_pointer (&window->captioned, g_hash_table_unref);
}

/* ---- Run To ---- */

typedef struct
{
  WeftWindow    *window;
  GtkDropDown   *what;  /* step, epoch, then a training and a validation row for each metric */
  GtkDropDown   *bound; /* at most, at least */
  GtkSpinButton *value;
} RunTo;

#define FIRST_METRIC 2

static void
what_cb (GtkDropDown *what, GParamSpec *pspec, RunTo *dialog)
{
  const WeftRunProgress *progress = weft_run_model_get_progress (dialog->window->run);
  guint                  chosen = gtk_drop_down_get_selected (what);
  gboolean               metric = chosen >= FIRST_METRIC;
  gtk_widget_set_visible (GTK_WIDGET (dialog->bound), metric);
  gtk_spin_button_set_digits (dialog->value, metric ? 4 : 0);
  gtk_spin_button_set_increments (dialog->value, metric ? 0.01 : 1, metric ? 0.1 : 10);
  if (!metric)
    gtk_spin_button_set_value (dialog->value, chosen == 0 ? (double) progress->step + OFFERED_STEPS
                                                          : floor (progress->epoch) + 1);
  else
    {
      gtk_drop_down_set_selected (dialog->bound, chosen >= FIRST_METRIC + 2);
      gtk_spin_button_set_value (dialog->value, chosen >= FIRST_METRIC + 2 ? 0.9 : 0.1);
    }
}

static GtkStringList *
list_measures (WeftWindow *window)
{
  g_autoptr (WeftTraining) training = weft_training_new (window->document, NULL);
  GtkStringList *list = gtk_string_list_new (NULL);
  gtk_string_list_append (list, _ ("Step"));
  gtk_string_list_append (list, _ ("Epoch"));
  for (guint i = 0; i <= (training != NULL ? training->n_metrics : 0); i++)
    {
      const char *name = i == 0 ? _ ("loss") : training->names[i - 1];
      gtk_string_list_take (list, g_strdup_printf (_ ("%s of a step"), name));
      gtk_string_list_take (list, g_strdup_printf (_ ("%s after an epoch, validation"), name));
    }
  return list;
}

static void
run_to_cb (AdwMessageDialog *message, const char *response, RunTo *dialog)
{
  guint     what = gtk_drop_down_get_selected (dialog->what);
  double    value = gtk_spin_button_get_value (dialog->value);
  WeftUntil until = WEFT_UNTIL_NOTHING;
  if (!g_str_equal (response, "run"))
    return;
  if (what == 0)
    until.step = (gint64) value;
  else if (what == 1)
    until.epoch = (gint64) value;
  else
    {
      until.metric = (gint) (what - FIRST_METRIC) / 2;
      until.validation = (what - FIRST_METRIC) % 2 == 1;
      until.above = gtk_drop_down_get_selected (dialog->bound) == 1;
      until.value = value;
    }
  weft_run_model_run_to (dialog->window->run, &until);
}

static void
run_to_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  static const char *const bounds[] = { N_ ("at most"), N_ ("at least") };
  WeftWindow              *window = data;
  GtkWidget               *message = adw_message_dialog_new (
                  GTK_WINDOW (window), _ ("Run To"), _ ("The run pauses there, or ends where it would have."));
  GtkWidget     *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkStringList *list = gtk_string_list_new (NULL);
  RunTo         *dialog = g_new0 (RunTo, 1);
  for (guint i = 0; i < G_N_ELEMENTS (bounds); i++)
    gtk_string_list_append (list, _ (bounds[i]));
  dialog->window = window;
  dialog->what = GTK_DROP_DOWN (gtk_drop_down_new (G_LIST_MODEL (list_measures (window)), NULL));
  dialog->bound = GTK_DROP_DOWN (gtk_drop_down_new (G_LIST_MODEL (list), NULL));
  dialog->value = GTK_SPIN_BUTTON (gtk_spin_button_new_with_range (0, 1e12, 1));
  gtk_accessible_update_property (GTK_ACCESSIBLE (dialog->what), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Run to"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (dialog->bound), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Bound"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (dialog->value), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Value"), -1);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (dialog->what));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (dialog->bound));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (dialog->value));
  gtk_widget_set_halign (box, GTK_ALIGN_CENTER);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (message), box);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (message), "cancel", _ ("_Cancel"), "run",
                                    _ ("_Run"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (message), "run",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (message), "run");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (message), "cancel");
  gtk_text_set_activates_default (
    GTK_TEXT (gtk_editable_get_delegate (GTK_EDITABLE (dialog->value))), TRUE);
  g_object_set_data_full (G_OBJECT (message), "run-to", dialog, g_free);
  g_signal_connect (dialog->what, "notify::selected", G_CALLBACK (what_cb), dialog);
  g_signal_connect (message, "response", G_CALLBACK (run_to_cb), dialog);
  what_cb (dialog->what, NULL, dialog);
  gtk_window_present (GTK_WINDOW (message));
}

/* ---- Other actions ---- */

static void
step_phase_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  weft_run_model_step_phase (WEFT_WINDOW (data)->run);
}

static void
one_epoch_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftUntil until = WEFT_UNTIL_NOTHING;
  until.next_epoch = TRUE;
  weft_run_model_run_to (WEFT_WINDOW (data)->run, &until);
}

static void
rewind_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  weft_run_model_rewind (WEFT_WINDOW (data)->run);
}

const GActionEntry weft_window_phase_actions[] = {
  { .name = "step-phase", .activate = step_phase_action },
  { .name = "one-epoch", .activate = one_epoch_action },
  { .name = "run-to", .activate = run_to_action },
  { .name = "rewind", .activate = rewind_action },
};
const guint weft_window_n_phase_actions = G_N_ELEMENTS (weft_window_phase_actions);
