/* What stands below the canvas: the curves of the run, the list of problems, the gradient.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/dock/dock.h"

#include "ui/dock/curves.h"
#include "ui/dock/gradients.h"
#include "ui/dock/problems.h"
#include "ui/shared/adaptive-bin.h"
#include "ui/shared/settings.h"

#include <glib/gi18n.h>

struct _WeftDock
{
  AdwBin parent_instance;

  /* Template children, borrowed */
  WeftAdaptiveBin *bar;
  GtkStack        *pages;
  GtkWidget       *tabs;     /* where there is room, else */
  GtkDropDown     *tab_list; /* of the same pages */
  GtkStackPage    *problems_page;
  WeftCurves      *curves;
  WeftProblems    *problems;
  WeftGradients   *gradients;
  GtkWidget       *curve_tools;
  GtkScale        *smoothing;
  GtkToggleButton *log_axis;
};

enum
{
  SIGNAL_GO,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftDock, weft_dock, ADW_TYPE_BIN)

static void
count_problems (WeftDock *dock)
{
  g_autofree char *title =
    g_strdup_printf (_ ("Problems %u"), weft_problems_get_n (dock->problems));
  gtk_stack_page_set_title (dock->problems_page, title);
}

static void
go_cb (GtkWidget *page, guint uid, WeftDock *dock)
{
  g_signal_emit (dock, signals[SIGNAL_GO], 0, uid);
}

static void
choose_page (WeftDock *dock)
{
  g_autoptr (GtkSelectionModel) pages = gtk_stack_get_pages (dock->pages);
  guint chosen = gtk_drop_down_get_selected (dock->tab_list);
  if (chosen != GTK_INVALID_LIST_POSITION)
    gtk_selection_model_select_item (pages, chosen, TRUE);
}

static void
follow_list (WeftDock *dock)
{
  g_autoptr (GtkSelectionModel) pages = gtk_stack_get_pages (dock->pages);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (pages)); i++)
    if (gtk_selection_model_is_selected (pages, i))
      gtk_drop_down_set_selected (dock->tab_list, i);
}

/* Where there is no room for all, the tools of the curves go first (Train has them, too); where not
 * even the tabs have it, the pages are a list, with the tools again as long as they fit. */
static void
follow_page (WeftDock *dock)
{
  const char *page = gtk_stack_get_visible_child_name (dock->pages);
  guint       level = weft_adaptive_bin_get_level (dock->bar);
  gtk_widget_set_visible (dock->curve_tools, g_strcmp0 (page, "curves") == 0 && level % 2 == 0);
  gtk_widget_set_visible (dock->tabs, level < 2);
  gtk_widget_set_visible (GTK_WIDGET (dock->tab_list), level >= 2);
  follow_list (dock);
}

/**
 * weft_dock_set_run:
 * @dock: the dock
 * @run: (nullable): whose curves are shown
 */
void
weft_dock_set_run (WeftDock *dock, WeftRunModel *run)
{
  weft_curves_set_run (dock->curves, run);
}

/**
 * weft_dock_update_problems:
 * @dock: the dock
 * @document: (nullable): the document
 * @typing: its types, up to date
 * @run: its run
 */
void
weft_dock_update_problems (WeftDock     *dock,
                           WeftDocument *document,
                           WeftTyping   *typing,
                           WeftRunModel *run)
{
  weft_problems_update (dock->problems, document, typing, run);
  weft_gradients_update (dock->gradients, document);
  count_problems (dock);
}

/**
 * weft_dock_show:
 * @dock: the dock
 * @page: "curves", "problems", "gradient" or the name of a page that was added
 */
void
weft_dock_show (WeftDock *dock, const char *page)
{
  gtk_stack_set_visible_child_name (dock->pages, page);
}

/**
 * weft_dock_add_page:
 * @dock: the dock
 * @name: for weft_dock_show()
 * @title: for people
 * @page: (transfer floating): comes after those that are there
 */
void
weft_dock_add_page (WeftDock *dock, const char *name, const char *title, GtkWidget *page)
{
  gtk_stack_add_titled (dock->pages, page, name, title);
}

static void
weft_dock_class_init (WeftDockClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  g_type_ensure (WEFT_TYPE_ADAPTIVE_BIN);
  g_type_ensure (WEFT_TYPE_CURVES);
  g_type_ensure (WEFT_TYPE_GRADIENTS);
  g_type_ensure (WEFT_TYPE_PROBLEMS);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/weft/Weft/dock/dock.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftDock, bar);
  gtk_widget_class_bind_template_child (widget_class, WeftDock, pages);
  gtk_widget_class_bind_template_child (widget_class, WeftDock, tabs);
  gtk_widget_class_bind_template_child (widget_class, WeftDock, tab_list);
  gtk_widget_class_bind_template_child (widget_class, WeftDock, problems_page);
  gtk_widget_class_bind_template_child (widget_class, WeftDock, curves);
  gtk_widget_class_bind_template_child (widget_class, WeftDock, problems);
  gtk_widget_class_bind_template_child (widget_class, WeftDock, gradients);
  gtk_widget_class_bind_template_child (widget_class, WeftDock, curve_tools);
  gtk_widget_class_bind_template_child (widget_class, WeftDock, smoothing);
  gtk_widget_class_bind_template_child (widget_class, WeftDock, log_axis);
  gtk_widget_class_bind_template_callback (widget_class, go_cb);
  gtk_widget_class_bind_template_callback (widget_class, follow_page);
  gtk_widget_class_bind_template_callback (widget_class, choose_page);
  signals[SIGNAL_GO] = g_signal_new ("go", WEFT_TYPE_DOCK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
weft_dock_init (WeftDock *dock)
{
  gtk_widget_init_template (GTK_WIDGET (dock));
  GSettings *settings = weft_settings_get ();
  g_settings_bind (settings, "smoothing", gtk_range_get_adjustment (GTK_RANGE (dock->smoothing)),
                   "value", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "log-axis", dock->log_axis, "active", G_SETTINGS_BIND_DEFAULT);
  g_autoptr (GtkSelectionModel) pages = gtk_stack_get_pages (dock->pages);
  gtk_drop_down_set_model (dock->tab_list, G_LIST_MODEL (pages));
  count_problems (dock);
  follow_page (dock);
}
