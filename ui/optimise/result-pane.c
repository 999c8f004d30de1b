/* What the optimiser makes of a function.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/result-pane.h"

#include "ui/optimise/graph-pane.h"

#include <glib/gi18n.h>

struct _WeftResultPane
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkStack      *pages; /* graph, message */
  WeftGraphPane *graph;
  GtkDropDown   *functions;
  GtkLabel      *message;

  /* Owned */
  WeftOptimiseModel *model;

  /* Plain values */
  gboolean following; /* the model; it need not be told */
};

G_DEFINE_FINAL_TYPE (WeftResultPane, weft_result_pane, ADW_TYPE_BIN)

enum
{
  SIGNAL_GO,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static char *
title_of (WeftHistory *history)
{
  guint before, after;
  weft_rewrite_get_counts (weft_history_get_journal (history), &before, &after, NULL);
  return g_strdup_printf (_ ("Operations: %u as drawn, %u as optimised"), before, after);
}

static void
show_graph (WeftResultPane *pane)
{
  WeftHistory *history = weft_optimise_model_get_history (pane->model);
  guint        last = weft_history_n_steps (history);
  if (weft_optimise_model_get_step (pane->model) != last)
    weft_optimise_model_go (pane->model, last, WEFT_HALF_MADE);
  g_autofree char *title = title_of (history);
  weft_graph_pane_show (pane->graph, weft_optimise_model_get_art (pane->model),
                        weft_optimise_model_get_cursor (pane->model), last, 0, FALSE);
  weft_graph_pane_set_title (pane->graph, title);
}

static const char *
message_of (WeftOptimiseModel *model)
{
  switch (weft_optimise_model_get_state (model))
    {
    case WEFT_OPTIMISE_FAILED:
      return weft_optimise_model_get_message (model);
    case WEFT_OPTIMISE_EMPTY:
      return _ ("Draw a model, and what the optimiser makes of it is shown here.");
    case WEFT_OPTIMISE_WORKING:
    case WEFT_OPTIMISE_READY:
      break;
    }
  return _ ("Optimising…");
}

static void
follow_model (WeftResultPane *pane)
{
  gboolean has = weft_optimise_model_get_history (pane->model) != NULL;
  if (has)
    show_graph (pane);
  else
    {
      weft_graph_pane_show (pane->graph, NULL, NULL, 0, 0, FALSE);
      gtk_label_set_label (pane->message, message_of (pane->model));
    }
  gtk_stack_set_visible_child_name (pane->pages, has ? "graph" : "message");
  pane->following = TRUE;
  gtk_drop_down_set_selected (pane->functions, weft_optimise_model_get_function (pane->model));
  pane->following = FALSE;
}

static void
chosen_cb (WeftResultPane *pane)
{
  if (!pane->following)
    weft_optimise_model_set_function (pane->model, gtk_drop_down_get_selected (pane->functions));
}

static void
select_cb (WeftGraphPane *graph, guint apply, WeftResultPane *pane)
{
  weft_graph_pane_set_selection (graph, apply, NULL);
}

static void
activate_cb (WeftGraphPane *graph, guint apply, WeftResultPane *pane)
{
  guint32 node = weft_optimise_model_node_of (pane->model, apply);
  if (node != 0)
    g_signal_emit (pane, signals[SIGNAL_GO], 0, node);
}

/* ---- The widget ---- */

static GtkWidget *
new_functions (WeftResultPane *pane)
{
  GtkStringList *titles = gtk_string_list_new (NULL);
  for (guint i = 0; i < weft_optimise_model_n_functions (pane->model); i++)
    gtk_string_list_append (titles, weft_optimise_model_function_title (pane->model, i));
  GtkWidget *functions = gtk_drop_down_new (G_LIST_MODEL (titles), NULL);
  gtk_widget_set_halign (functions, GTK_ALIGN_END);
  gtk_widget_set_valign (functions, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (functions), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Function"), -1);
  pane->functions = GTK_DROP_DOWN (functions);
  g_signal_connect_swapped (functions, "notify::selected", G_CALLBACK (chosen_cb), pane);
  return functions;
}

static void
weft_result_pane_dispose (GObject *object)
{
  WeftResultPane *pane = WEFT_RESULT_PANE (object);
  adw_bin_set_child (ADW_BIN (pane), NULL);
  g_clear_object (&pane->model);
  G_OBJECT_CLASS (weft_result_pane_parent_class)->dispose (object);
}

static void
weft_result_pane_class_init (WeftResultPaneClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_result_pane_dispose;
  signals[SIGNAL_GO] = g_signal_new ("go", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
weft_result_pane_init (WeftResultPane *pane)
{
  GtkWidget *message = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (message), TRUE);
  gtk_label_set_justify (GTK_LABEL (message), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (message, "dim-label");
  pane->message = GTK_LABEL (message);
  pane->graph = weft_graph_pane_new ();
  pane->pages = GTK_STACK (gtk_stack_new ());
  gtk_stack_add_named (pane->pages, GTK_WIDGET (pane->graph), "graph");
  gtk_stack_add_named (pane->pages, message, "message");
  g_signal_connect_object (pane->graph, "select", G_CALLBACK (select_cb), pane, 0);
  g_signal_connect_object (pane->graph, "activate", G_CALLBACK (activate_cb), pane, 0);
}

/**
 * weft_result_pane_new:
 * @model: a model that nobody else moves
 *
 * Returns: (transfer floating): a pane
 */
WeftResultPane *
weft_result_pane_new (WeftOptimiseModel *model)
{
  WeftResultPane *pane = g_object_new (WEFT_TYPE_RESULT_PANE, NULL);
  GtkWidget      *overlay = gtk_overlay_new ();
  pane->model = g_object_ref (model);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), GTK_WIDGET (pane->pages));
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), new_functions (pane));
  adw_bin_set_child (ADW_BIN (pane), overlay);
  g_signal_connect_object (model, "changed", G_CALLBACK (follow_model), pane, G_CONNECT_SWAPPED);
  follow_model (pane);
  return pane;
}
