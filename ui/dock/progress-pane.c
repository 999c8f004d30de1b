/* The progress of a run.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/dock/progress-pane.h"

#include "engine/train/training.h"
#include "ui/draw/format.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Listing the checkpoints reads a folder. */
#define LIST_INTERVAL_US G_USEC_PER_SEC
/* Texts of a run change on this beat, also those of the window: it is laid out anew for each. */
#define TELL_INTERVAL_US 125000

struct _WeftProgressPane
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkLabel       *place, *left, *speed, *best;
  GtkProgressBar *bar;
  GtkBox         *past; /* the timeline and what belongs to it */
  GtkScale       *timeline;
  GtkLabel       *looked;
  GtkWidget      *branch; /* there while an older step is looked at */

  /* Owned */
  WeftRunModel *run;
  WeftDocument *document;
  GArray       *steps; /* gint64: of the checkpoints on the timeline */

  /* Plain values */
  guint    metric; /* what the best epoch is judged by */
  gboolean greater;
  guint    n_seen; /* validation points that are in best_value */
  double   best_value, best_step;
  gint64   steps_us; /* when the checkpoints were listed */
  gint64   told_beat;
  gboolean filling; /* the timeline is moved by the pane itself */
};

G_DEFINE_FINAL_TYPE (WeftProgressPane, weft_progress_pane, ADW_TYPE_BIN)

static void
set_text (GtkLabel *label, const char *text)
{
  gtk_label_set_label (label, text);
  gtk_widget_set_visible (GTK_WIDGET (label), *text != '\0');
}

static char *
dup_place (const WeftRunProgress *progress)
{
  g_autofree char *step = weft_format_count (progress->step);
  g_autofree char *total = weft_format_count (progress->total_steps);
  if (progress->total_epochs > 1 && progress->total_epochs < (double) progress->total_steps)
    return g_strdup_printf (_ ("Epoch %.0f of %.0f"),
                            MIN (floor (progress->epoch) + 1, ceil (progress->total_epochs)),
                            ceil (progress->total_epochs));
  if (progress->total_steps > 0)
    return g_strdup_printf (_ ("Step %s of %s"), step, total);
  return g_strdup_printf (_ ("Step %s"), step);
}

static char *
dup_speed (const WeftRunProgress *progress)
{
  if (!(progress->steps_per_s > 0))
    return g_strdup ("");
  g_autofree char *time = weft_format_step_time (progress->steps_per_s);
  if (!(progress->rows_per_s > 0))
    return g_steal_pointer (&time);
  g_autofree char *rows = weft_format_short (progress->rows_per_s);
  g_autofree char *text = g_strdup_printf (_ ("%s rows/s"), rows);
  return g_strdup_printf ("%s · %s", time, text);
}

/* ---- The best epoch ---- */

static void
forget_best (WeftProgressPane *pane)
{
  g_autoptr (WeftTraining) training = weft_training_new (pane->document, NULL);
  pane->metric = training != NULL ? training->monitor.metric : 0;
  pane->greater = training != NULL && training->monitor.greater;
  pane->n_seen = 0;
  pane->best_value = NAN;
}

static void
look_for_best (WeftProgressPane *pane, const WeftSeries *series)
{
  for (; pane->n_seen < weft_series_n (series); pane->n_seen++)
    {
      double value = weft_series_y (series, pane->n_seen);
      if (!isfinite (value) ||
          (isfinite (pane->best_value) &&
           !(pane->greater ? value > pane->best_value : value < pane->best_value)))
        continue;
      pane->best_value = value;
      pane->best_step = weft_series_x (series, pane->n_seen);
    }
}

static char *
dup_best (WeftProgressPane *pane)
{
  if (pane->metric >= weft_run_model_n_curves (pane->run))
    return g_strdup ("");
  const WeftRunCurve *curve = weft_run_model_get_curve (pane->run, pane->metric);
  look_for_best (pane, curve->validation);
  if (!isfinite (pane->best_value))
    return g_strdup ("");
  g_autofree char *value = g_str_has_suffix (curve->name, "accuracy")
                             ? g_strdup_printf (_ ("%.1f %%"), 100 * pane->best_value)
                             : weft_format_value (pane->best_value);
  g_autofree char *step = weft_format_count ((gint64) pane->best_step);
  return g_strdup_printf (_ ("best valid %s %s at %s"), curve->name, value, step);
}

/* ---- The timeline: a place for each checkpoint, in order, and the run itself at the right end
 * ---- */

static void
show_looked_at (WeftProgressPane *pane)
{
  gint64 step = weft_run_model_get_looked_at (pane->run);
  guint  place = 0;
  while (place < pane->steps->len &&
         (step < 0 || g_array_index (pane->steps, gint64, place) != step))
    place++;
  pane->filling = TRUE;
  gtk_range_set_value (GTK_RANGE (pane->timeline), place);
  pane->filling = FALSE;
  gtk_widget_set_visible (pane->branch, step >= 0);
  if (step < 0)
    {
      gtk_label_set_label (pane->looked, _ ("Views follow the run"));
      return;
    }
  g_autofree char *count = weft_format_count (step);
  g_autofree char *text = g_strdup_printf (_ ("Views show step %s"), count);
  gtk_label_set_label (pane->looked, text);
}

static gboolean
same_steps (const GArray *a, const GArray *b)
{
  return a->len == b->len &&
         (a->len == 0 || memcmp (a->data, b->data, a->len * sizeof (gint64)) == 0);
}

static void
list_checkpoints (WeftProgressPane *pane)
{
  GArray *steps = weft_run_model_get_checkpoints (pane->run);
  pane->steps_us = g_get_monotonic_time ();
  if (pane->steps != NULL && same_steps (steps, pane->steps))
    {
      g_array_unref (steps);
      return;
    }
  g_clear_pointer (&pane->steps, g_array_unref);
  pane->steps = steps;
  pane->filling = TRUE;
  gtk_scale_clear_marks (pane->timeline);
  gtk_range_set_range (GTK_RANGE (pane->timeline), 0, MAX (steps->len, 1));
  for (guint i = 0; i <= steps->len; i++)
    gtk_scale_add_mark (pane->timeline, i, GTK_POS_BOTTOM, NULL);
  pane->filling = FALSE;
  gtk_widget_set_visible (GTK_WIDGET (pane->past), steps->len > 0);
  show_looked_at (pane);
}

static void
timeline_cb (WeftProgressPane *pane)
{
  if (pane->filling || pane->run == NULL)
    return;
  guint place = (guint) lround (gtk_range_get_value (GTK_RANGE (pane->timeline)));
  weft_run_model_look_at (
    pane->run, place < pane->steps->len ? g_array_index (pane->steps, gint64, place) : -1);
  show_looked_at (pane);
}

/* ---- What it follows ---- */

static void
update (WeftProgressPane *pane)
{
  const WeftRunProgress *progress = weft_run_model_get_progress (pane->run);
  WeftRunState           state = weft_run_model_get_state (pane->run);
  gtk_widget_set_visible (GTK_WIDGET (pane), progress->step > 0);
  if (progress->step == 0)
    return;
  g_autofree char *place = dup_place (progress);
  g_autofree char *speed = dup_speed (progress);
  g_autofree char *best = dup_best (pane);
  g_autofree char *left = NULL;
  if (state == WEFT_RUN_RUNNING && isfinite (progress->left_s))
    {
      g_autofree char *time = weft_format_duration (progress->left_s);
      left = g_strdup_printf (_ ("%s left"), time);
    }
  else if (state == WEFT_RUN_PAUSED)
    left = g_strdup (_ ("paused"));
  set_text (pane->place, place);
  set_text (pane->left, left != NULL ? left : "");
  set_text (pane->speed, speed);
  set_text (pane->best, best);
  gtk_progress_bar_set_fraction (
    pane->bar, progress->total_steps > 0
                 ? MIN (1, (double) progress->step / (double) progress->total_steps)
                 : 0);
  if (state != WEFT_RUN_RUNNING || g_get_monotonic_time () - pane->steps_us > LIST_INTERVAL_US)
    list_checkpoints (pane);
}

static void
points_cb (WeftProgressPane *pane)
{
  gint64 beat = g_get_monotonic_time () / TELL_INTERVAL_US;
  if (beat == pane->told_beat && weft_run_model_get_state (pane->run) == WEFT_RUN_RUNNING)
    return;
  pane->told_beat = beat;
  update (pane);
}

static void
begun_cb (WeftProgressPane *pane)
{
  forget_best (pane);
  list_checkpoints (pane);
  update (pane);
}

/**
 * weft_progress_pane_set_run:
 * @pane: a pane
 * @run: followed from now on
 * @document: that it trains; says what the best epoch is judged by
 */
void
weft_progress_pane_set_run (WeftProgressPane *pane, WeftRunModel *run, WeftDocument *document)
{
  if (pane->run != NULL)
    g_signal_handlers_disconnect_by_data (pane->run, pane);
  g_set_object (&pane->run, run);
  g_set_object (&pane->document, document);
  g_signal_connect_swapped (run, "points", G_CALLBACK (points_cb), pane);
  g_signal_connect_swapped (run, "notify::state", G_CALLBACK (update), pane);
  g_signal_connect_swapped (run, "begun", G_CALLBACK (begun_cb), pane);
  g_signal_connect_swapped (run, "past", G_CALLBACK (begun_cb), pane);
  g_signal_connect_swapped (run, "values-changed", G_CALLBACK (show_looked_at), pane);
  begun_cb (pane);
}

/* ---- The widget ---- */

static GtkLabel *
add_label (GtkBox *box, const char *style, gboolean wide)
{
  GtkLabel *label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (label, 0);
  gtk_label_set_wrap (label, TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (label), wide);
  gtk_widget_add_css_class (GTK_WIDGET (label), style);
  gtk_box_append (box, GTK_WIDGET (label));
  return label;
}

static void
weft_progress_pane_dispose (GObject *object)
{
  WeftProgressPane *pane = WEFT_PROGRESS_PANE (object);
  if (pane->run != NULL)
    g_signal_handlers_disconnect_by_data (pane->run, pane);
  g_clear_object (&pane->run);
  g_clear_object (&pane->document);
  g_clear_pointer (&pane->steps, g_array_unref);
  G_OBJECT_CLASS (weft_progress_pane_parent_class)->dispose (object);
}

static void
weft_progress_pane_class_init (WeftProgressPaneClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_progress_pane_dispose;
}

static void
add_past (WeftProgressPane *pane, GtkBox *box)
{
  GtkWidget *branch = pane->branch = gtk_button_new_with_mnemonic (_ ("_Branch from Here"));
  pane->past = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 0));
  pane->timeline =
    GTK_SCALE (gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0, 1, 1));
  gtk_accessible_update_property (GTK_ACCESSIBLE (pane->timeline), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Checkpoint that the views show"), -1);
  g_signal_connect_swapped (pane->timeline, "value-changed", G_CALLBACK (timeline_cb), pane);
  gtk_box_append (pane->past, GTK_WIDGET (pane->timeline));
  pane->looked = add_label (pane->past, "caption", TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (pane->looked), "dim-label");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (branch), "win.branch");
  gtk_widget_set_tooltip_text (branch,
                               _ ("Begins another run with the values of the step that is shown"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (branch), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Branch from Here"), -1);
  gtk_widget_set_margin_top (branch, 6);
  gtk_box_append (pane->past, branch);
  gtk_widget_set_visible (GTK_WIDGET (pane->past), FALSE);
  gtk_box_append (box, GTK_WIDGET (pane->past));
}

static void
weft_progress_pane_init (WeftProgressPane *pane)
{
  GtkBox *box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 6));
  GtkBox *row = GTK_BOX (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6));
  gtk_label_set_label (add_label (box, "section", FALSE), _ ("Progress"));
  gtk_box_append (box, GTK_WIDGET (row));
  pane->place = add_label (row, "heading", TRUE);
  pane->left = add_label (row, "dim-label", FALSE);
  pane->bar = GTK_PROGRESS_BAR (gtk_progress_bar_new ());
  gtk_accessible_update_property (GTK_ACCESSIBLE (pane->bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Progress of training"), -1);
  gtk_box_append (box, GTK_WIDGET (pane->bar));
  pane->speed = add_label (box, "monospace", FALSE);
  pane->best = add_label (box, "monospace", FALSE);
  gtk_widget_add_css_class (GTK_WIDGET (pane->speed), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (pane->best), "caption");
  add_past (pane, box);
  pane->best_value = NAN;
  adw_bin_set_child (ADW_BIN (pane), GTK_WIDGET (box));
  gtk_widget_set_visible (GTK_WIDGET (pane), FALSE);
}
