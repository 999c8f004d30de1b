/* The Inspect view.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspect/inspect-view.h"

#include "ui/inspect/amounts.h"
#include "ui/inspect/kernel-table.h"
#include "ui/inspect/plot.h"
#include "ui/inspect/source-pane.h"

#include <glib/gi18n.h>

/* What the start of a row or column of panes takes of it, in percent. */
#define UPPER_SHARE 56
#define LOWER_SHARE 54
#define HEIGHT_SHARE 50

struct _WeftInspectView
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkStack      *pages; /* panes, message, working */
  AdwStatusPage *message;
  GtkButton     *go;
  GtkDropDown   *parts;
  GtkLabel      *kernels_facts, *memory_facts, *roofline_facts, *memory_sum;
  GtkSpinner    *spinner;

  /* Owned */
  WeftInspectModel *model;
};

G_DEFINE_FINAL_TYPE (WeftInspectView, weft_inspect_view, ADW_TYPE_BIN)

enum
{
  SIGNAL_GO,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* ---- What the headings say ---- */

/* What the machine would need at least of the time that was measured. */
static double
whole_limit (WeftInspectView *view)
{
  const WeftAnatomy *anatomy = weft_inspect_model_get_anatomy (view->model);
  double             least = 0;
  for (guint i = 0; i < anatomy->n_kernels; i++)
    {
      double ns = anatomy->profile->kernels[i].ns,
             limit = weft_roofline_limit (&anatomy->profile->roofline,
                                          &anatomy->profile->kernels[i], NULL);
      if (anatomy->kernels[i].depth == 0)
        least += MIN (ns, limit);
    }
  return anatomy->profile->call_ns > 0 ? least / anatomy->profile->call_ns : 0;
}

static void
show_profile (WeftInspectView *view, const WeftAnatomy *anatomy)
{
  const WeftProfile *profile = anatomy->profile;
  g_autofree char   *kernels = NULL, *roofline = NULL;
  if (profile == NULL)
    kernels = g_strdup_printf (g_dngettext (NULL, "%u kernel", "%u kernels", anatomy->n_steps),
                               anatomy->n_steps);
  else
    {
      g_autofree char *time = weft_amount_of_time (profile->call_ns);
      g_autofree char *flops = weft_rate_of_flops (profile->roofline.flops_per_s);
      g_autofree char *bytes = weft_rate_of_bytes (profile->roofline.bytes_per_s);
      kernels = g_strdup_printf (_ ("%s · %u kernels · %.0f%% of the roofline"), time,
                                 anatomy->n_steps, 100 * whole_limit (view));
      roofline = g_strdup_printf (g_dngettext (NULL, "%u thread · %s · %s", "%u threads · %s · %s",
                                               profile->roofline.threads),
                                  profile->roofline.threads, flops, bytes);
    }
  gtk_label_set_label (view->kernels_facts, kernels);
  gtk_label_set_label (view->roofline_facts, roofline != NULL ? roofline : "");
}

static void
show_memory (WeftInspectView *view, const WeftAnatomy *anatomy)
{
  g_autofree char *peak = weft_amount_of_bytes (anatomy->arena_bytes);
  g_autofree char *sum = weft_amount_of_bytes (anatomy->intermediate_bytes);
  g_autofree char *parameters = weft_amount_of_bytes (anatomy->parameter_bytes);
  g_autofree char *state = weft_amount_of_bytes (anatomy->state_bytes);
  g_autofree char *batch = weft_amount_of_bytes (anatomy->batch_bytes);
  g_autofree char *facts = g_strdup_printf (_ ("peak %s of %s without reuse"), peak, sum);
  g_autofree char *beside =
    g_strdup_printf (_ ("Beside it: parameters %s, state of the update rule %s, batch %s."),
                     parameters, state, batch);
  gtk_label_set_label (view->memory_facts, facts);
  gtk_label_set_label (view->memory_sum, beside);
}

static void
show_message (WeftInspectView *view, WeftInspecting state)
{
  gboolean failed = state == WEFT_INSPECTING_FAILED;
  adw_status_page_set_title (view->message, failed ? _ ("This Document Does Not Compile Yet")
                                                   : _ ("Nothing to Inspect Yet"));
  adw_status_page_set_description (view->message,
                                   failed ? weft_inspect_model_get_message (view->model)
                                          : _ ("Draw a model, and its kernels are shown here."));
  gtk_widget_set_visible (GTK_WIDGET (view->go),
                          failed && weft_inspect_model_get_failed_node (view->model) != 0);
  gtk_stack_set_visible_child_name (view->pages, "message");
}

static void
follow_model (WeftInspectView *view)
{
  WeftInspecting     state = weft_inspect_model_get_state (view->model);
  const WeftAnatomy *anatomy = weft_inspect_model_get_anatomy (view->model);
  gtk_spinner_set_spinning (view->spinner, state == WEFT_INSPECTING_WORKING);
  if (anatomy != NULL)
    {
      show_profile (view, anatomy);
      show_memory (view, anatomy);
      gtk_stack_set_visible_child_name (view->pages, "panes");
    }
  else if (state == WEFT_INSPECTING_WORKING)
    gtk_stack_set_visible_child_name (view->pages, "working");
  else
    show_message (view, state);
}

/* ---- Asking ---- */

static void
go_cb (WeftInspectView *view)
{
  g_signal_emit (view, signals[SIGNAL_GO], 0, weft_inspect_model_get_failed_node (view->model));
}

static void
table_go_cb (WeftKernelTable *table, guint node, WeftInspectView *view)
{
  g_signal_emit (view, signals[SIGNAL_GO], 0, node);
}

static void
part_cb (WeftInspectView *view)
{
  static const WeftModelPart parts[] = { WEFT_MODEL_STEP, WEFT_MODEL_MEASURE, WEFT_MODEL_PREDICT };
  guint                      chosen = gtk_drop_down_get_selected (view->parts);
  if (view->model != NULL && chosen < G_N_ELEMENTS (parts))
    weft_inspect_model_set_part (view->model, parts[chosen]);
}

/* ---- The widget ---- */

/* A card with a heading, facts at its end, and @child. */
static GtkWidget *
new_card (const char *title, GtkLabel **facts, GtkWidget *before, GtkWidget *child)
{
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  GtkWidget *header = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  GtkWidget *heading = gtk_label_new (title), *label = gtk_label_new (NULL);
  gtk_widget_add_css_class (card, "inspect-card");
  gtk_widget_add_css_class (heading, "heading");
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (label), 1);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_add_css_class (label, "numeric");
  gtk_box_append (GTK_BOX (header), heading);
  if (before != NULL)
    gtk_box_append (GTK_BOX (header), before);
  gtk_box_append (GTK_BOX (header), label);
  gtk_box_append (GTK_BOX (card), header);
  gtk_box_append (GTK_BOX (card), child);
  *facts = GTK_LABEL (label);
  return card;
}

static GtkWidget *
new_choice (WeftInspectView *view)
{
  const char *const titles[] = { _ ("Training step"), _ ("Measuring"), _ ("Prediction"), NULL };
  GtkWidget        *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget        *again = gtk_button_new_from_icon_name ("view-refresh-symbolic");
  view->parts = GTK_DROP_DOWN (gtk_drop_down_new_from_strings (titles));
  gtk_accessible_update_property (GTK_ACCESSIBLE (view->parts), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Function"), -1);
  g_signal_connect_swapped (view->parts, "notify::selected", G_CALLBACK (part_cb), view);
  gtk_widget_add_css_class (again, "flat");
  gtk_widget_set_tooltip_text (again, _ ("Measure again"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (again), "inspect.measure");
  gtk_accessible_update_property (GTK_ACCESSIBLE (again), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Measure again"), -1);
  view->spinner = GTK_SPINNER (gtk_spinner_new ());
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (view->parts));
  gtk_box_append (GTK_BOX (box), again);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (view->spinner));
  return box;
}

/* @data: what the start takes, in percent, whenever the window's size changes. */
static void
share_cb (GtkPaned *paned, GParamSpec *pspec, gpointer data)
{
  gboolean across =
    gtk_orientable_get_orientation (GTK_ORIENTABLE (paned)) == GTK_ORIENTATION_HORIZONTAL;
  int size =
    across ? gtk_widget_get_width (GTK_WIDGET (paned)) : gtk_widget_get_height (GTK_WIDGET (paned));
  if (size > 0)
    gtk_paned_set_position (paned, size * GPOINTER_TO_INT (data) / 100);
}

static GtkWidget *
new_paned (GtkOrientation orientation, int share, GtkWidget *start, GtkWidget *end)
{
  GtkWidget *paned = gtk_paned_new (orientation);
  gtk_paned_set_start_child (GTK_PANED (paned), start);
  gtk_paned_set_end_child (GTK_PANED (paned), end);
  gtk_paned_set_shrink_start_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_resize_start_child (GTK_PANED (paned), TRUE);
  gtk_paned_set_resize_end_child (GTK_PANED (paned), TRUE);
  gtk_widget_add_css_class (paned, "inspect");
  g_signal_connect (paned, "notify::max-position", G_CALLBACK (share_cb), GINT_TO_POINTER (share));
  return paned;
}

static GtkWidget *
new_kernels (WeftInspectView *view)
{
  GtkWidget       *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8), *time = gtk_label_new (NULL);
  WeftKernelTable *table = weft_kernel_table_new (view->model);
  g_signal_connect (table, "go", G_CALLBACK (table_go_cb), view);
  gtk_label_set_label (GTK_LABEL (time), _ ("One step, in time"));
  gtk_label_set_xalign (GTK_LABEL (time), 0);
  gtk_widget_add_css_class (time, "section");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (table));
  gtk_box_append (GTK_BOX (box), time);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (weft_plot_new (view->model, &weft_time_plot)));
  return new_card (_ ("Kernels"), &view->kernels_facts, new_choice (view), box);
}

static GtkWidget *
new_memory (WeftInspectView *view)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *sum = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (sum), 0);
  gtk_label_set_wrap (GTK_LABEL (sum), TRUE);
  gtk_widget_add_css_class (sum, "dim-label");
  view->memory_sum = GTK_LABEL (sum);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (weft_plot_new (view->model, &weft_memory_plot)));
  gtk_box_append (GTK_BOX (box), sum);
  return new_card (_ ("Memory over one step"), &view->memory_facts, NULL, box);
}

static GtkWidget *
new_source (WeftInspectView *view)
{
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_add_css_class (card, "inspect-card");
  gtk_box_append (GTK_BOX (card), GTK_WIDGET (weft_source_pane_new (view->model)));
  return card;
}

static void
add_message (WeftInspectView *view)
{
  GtkWidget *message = adw_status_page_new (), *working = gtk_spinner_new ();
  view->message = ADW_STATUS_PAGE (message);
  view->go = GTK_BUTTON (gtk_button_new_with_label (_ ("Show the Node")));
  gtk_widget_set_halign (GTK_WIDGET (view->go), GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (GTK_WIDGET (view->go), "pill");
  g_signal_connect_swapped (view->go, "clicked", G_CALLBACK (go_cb), view);
  adw_status_page_set_child (view->message, GTK_WIDGET (view->go));
  gtk_spinner_set_spinning (GTK_SPINNER (working), TRUE);
  gtk_widget_set_size_request (working, 32, 32);
  gtk_widget_set_halign (working, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (working, GTK_ALIGN_CENTER);
  gtk_stack_add_named (view->pages, message, "message");
  gtk_stack_add_named (view->pages, working, "working");
}

static void
measure_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_inspect_model_measure (WEFT_INSPECT_VIEW (widget)->model);
}

static void
weft_inspect_view_dispose (GObject *object)
{
  WeftInspectView *view = WEFT_INSPECT_VIEW (object);
  adw_bin_set_child (ADW_BIN (view), NULL);
  g_clear_object (&view->model);
  G_OBJECT_CLASS (weft_inspect_view_parent_class)->dispose (object);
}

static void
weft_inspect_view_class_init (WeftInspectViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_inspect_view_dispose;
  signals[SIGNAL_GO] = g_signal_new ("go", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  gtk_widget_class_install_action (widget_class, "inspect.measure", NULL, measure_action);
  gtk_widget_class_set_css_name (widget_class, "weft-inspect-view");
}

static void
weft_inspect_view_init (WeftInspectView *view)
{
  view->pages = GTK_STACK (gtk_stack_new ());
  add_message (view);
  adw_bin_set_child (ADW_BIN (view), GTK_WIDGET (view->pages));
}

/**
 * weft_inspect_view_set_model:
 * @view: a view without a model
 * @model: what it shows
 */
void
weft_inspect_view_set_model (WeftInspectView *view, WeftInspectModel *model)
{
  g_return_if_fail (view->model == NULL);
  view->model = g_object_ref (model);
  GtkWidget *upper =
    new_paned (GTK_ORIENTATION_HORIZONTAL, UPPER_SHARE, new_kernels (view), new_source (view));
  GtkWidget *roofline = new_card (_ ("Roofline"), &view->roofline_facts, NULL,
                                  GTK_WIDGET (weft_plot_new (view->model, &weft_roofline_plot)));
  GtkWidget *lower =
    new_paned (GTK_ORIENTATION_HORIZONTAL, LOWER_SHARE, new_memory (view), roofline);
  gtk_stack_add_named (view->pages,
                       new_paned (GTK_ORIENTATION_VERTICAL, HEIGHT_SHARE, upper, lower), "panes");
  g_signal_connect_object (model, "changed", G_CALLBACK (follow_model), view, G_CONNECT_SWAPPED);
  follow_model (view);
}
