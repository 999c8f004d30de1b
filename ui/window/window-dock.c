/* The pages below the canvas that show a part of the other views while a model is drawn: values
 * over time, the optimised graph, memory and kernels. Each works only while it is seen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "ui/inspect/inspect-pane.h"
#include "ui/inspect/kernel-table.h"
#include "ui/inspect/plot.h"
#include "ui/optimise/result-pane.h"

#include <glib/gi18n.h>

static void
go_cb (GtkWidget *page, guint node, WeftWindow *window)
{
  weft_window_show_node (window, node);
}

/* ---- Values ---- */

static const char *const VALUES[] = { "weights", "activations", "health" };

/* There is more room on the Train page; panels are moved and closed there. */
static void
asked_cb (WeftView *view, const char *what, WeftWindow *window)
{
  const char *name = weft_view_get_kind (view)->name;
  if (g_str_equal (what, "full"))
    g_action_group_activate_action (G_ACTION_GROUP (window), "show-view",
                                    g_variant_new_string (name));
}

static void
add_view (WeftWindow *window, const WeftViewKind *kind)
{
  WeftView *view = weft_view_new (kind, window->dock_observer, NULL);
  gtk_widget_set_hexpand (GTK_WIDGET (view), TRUE);
  gtk_widget_action_set_enabled (GTK_WIDGET (view), "panel.earlier", FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (view), "panel.later", FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (view), "panel.close", FALSE);
  g_signal_connect_object (view, "asked", G_CALLBACK (asked_cb), window, 0);
  gtk_box_append (GTK_BOX (window->dock_values), GTK_WIDGET (view));
}

/* What fits is found by typing the whole document: not before it is seen. */
static void
fill_values (WeftWindow *window)
{
  if (window->run == NULL || window->dock_observer != NULL)
    return;
  window->dock_observer = weft_observer_new (window->document, window->run);
  const WeftFacts *facts = weft_observer_get_facts (window->dock_observer);
  for (guint i = 0; i < G_N_ELEMENTS (VALUES); i++)
    {
      const WeftViewKind *kind = weft_view_kind_find (VALUES[i]);
      if (kind->fits == NULL || kind->fits (facts, window->document))
        add_view (window, kind);
    }
  gtk_widget_set_visible (window->dock_no_values,
                          gtk_widget_get_first_child (window->dock_values) ==
                            gtk_widget_get_last_child (window->dock_values));
}

static void
clear_values (WeftWindow *window)
{
  GtkWidget *view;
  while ((view = gtk_widget_get_last_child (window->dock_values)) != window->dock_no_values)
    gtk_box_remove (GTK_BOX (window->dock_values), view);
  if (window->dock_observer != NULL)
    weft_observer_close (window->dock_observer);
  g_clear_object (&window->dock_observer);
}

static GtkWidget *
new_values (WeftWindow *window)
{
  GtkWidget *none = gtk_label_new (_ ("A model with weights shows here how they change."));
  gtk_label_set_wrap (GTK_LABEL (none), TRUE);
  gtk_widget_set_hexpand (none, TRUE);
  gtk_widget_add_css_class (none, "dim-label");
  window->dock_no_values = none;
  window->dock_values = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  gtk_box_set_homogeneous (GTK_BOX (window->dock_values), TRUE);
  gtk_box_append (GTK_BOX (window->dock_values), none);
  g_signal_connect_swapped (window->dock_values, "map", G_CALLBACK (fill_values), window);
  return window->dock_values;
}

/* ---- The optimised graph ---- */

static void
follow_result (WeftWindow *window)
{
  weft_optimise_model_set_active (window->dock_result,
                                  gtk_widget_get_mapped (window->dock_graph));
}

static GtkWidget *
new_result (WeftWindow *window)
{
  window->dock_result = weft_optimise_model_new ();
  window->dock_graph = GTK_WIDGET (weft_result_pane_new (window->dock_result));
  g_signal_connect_object (window->dock_graph, "go", G_CALLBACK (go_cb), window, 0);
  g_signal_connect_swapped (window->dock_graph, "map", G_CALLBACK (follow_result), window);
  g_signal_connect_swapped (window->dock_graph, "unmap", G_CALLBACK (follow_result), window);
  return window->dock_graph;
}

/* ---- Memory and kernels, as the Inspect view measures them ---- */

static GtkWidget *
new_inspected (WeftWindow *window, GtkWidget *child)
{
  GtkWidget *pane = GTK_WIDGET (weft_inspect_pane_new (window->inspect_model, child));
  g_signal_connect_swapped (pane, "map", G_CALLBACK (weft_window_follow_inspect), window);
  g_signal_connect_swapped (pane, "unmap", G_CALLBACK (weft_window_follow_inspect), window);
  return pane;
}

/* For internal use: whether a page of the dock shows what is measured. */
gboolean
weft_window_dock_inspects (WeftWindow *window)
{
  return gtk_widget_get_mapped (window->dock_memory) ||
         gtk_widget_get_mapped (window->dock_kernels);
}

/* ---- The window's ---- */

static void
add_page (WeftWindow *window, const char *name, const char *title, GtkWidget *page)
{
  gtk_widget_add_css_class (page, "dock-page");
  weft_dock_add_page (window->dock, name, title, page);
}

static void
dock_page_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  g_action_group_change_action_state (G_ACTION_GROUP (window), "view",
                                      g_variant_new_string ("build"));
  g_action_group_change_action_state (G_ACTION_GROUP (window), "dock",
                                      g_variant_new_boolean (TRUE));
  weft_dock_show (window->dock, g_variant_get_string (parameter, NULL));
}

const GActionEntry weft_window_dock_actions[] = {
  { .name = "dock-page", .activate = dock_page_action, .parameter_type = "s" },
};
const guint weft_window_n_dock_actions = G_N_ELEMENTS (weft_window_dock_actions);

/* For internal use: adds the pages; the models of the Inspect view are there. */
void
weft_window_init_dock (WeftWindow *window)
{
  WeftKernelTable *kernels = weft_kernel_table_new (window->inspect_model);
  WeftPlot        *memory = weft_plot_new (window->inspect_model, &weft_memory_plot);
  g_signal_connect_object (kernels, "go", G_CALLBACK (go_cb), window, 0);
  window->dock_memory = new_inspected (window, GTK_WIDGET (memory));
  window->dock_kernels = new_inspected (window, GTK_WIDGET (kernels));
  add_page (window, "values", _ ("Values"), new_values (window));
  add_page (window, "optimised", _ ("Optimised Graph"), new_result (window));
  add_page (window, "memory", _ ("Memory"), window->dock_memory);
  add_page (window, "kernels", _ ("Kernels"), window->dock_kernels);
}

/* For internal use: another document, or none. */
void
weft_window_follow_dock (WeftWindow *window)
{
  clear_values (window);
  weft_optimise_model_set_document (window->dock_result, window->document);
  if (gtk_widget_get_mapped (window->dock_values))
    fill_values (window);
}

/* For internal use: the document was edited. */
void
weft_window_dock_changed (WeftWindow *window)
{
  weft_optimise_model_document_changed (window->dock_result);
}
