/* A widget that draws a picture of the anatomy.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspect/plot.h"

#include "ui/shared/settings.h"
#include "ui/shared/widget-style.h"

#include <glib/gi18n.h>

struct _WeftPlot
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkDrawingArea *area;

  /* Owned */
  WeftInspectModel *model;
  WeftStyle        *style; /* NULL: to be made */

  /* Borrowed */
  const WeftPlotKind *kind;
};

G_DEFINE_FINAL_TYPE (WeftPlot, weft_plot, ADW_TYPE_BIN)

/* ---- Kinds of kernels ---- */

static const struct
{
  guint       colour; /* of weft_theme_binding */
  const char *name;
} kinds[] = {
  [WEFT_STEP_TILES] = { 2, N_ ("fused loop") },
  [WEFT_STEP_OP] = { 3, N_ ("operation") },
  [WEFT_STEP_GEMM] = { 0, N_ ("product") },
  [WEFT_STEP_COPY] = { 4, N_ ("copy") },
  [WEFT_STEP_LOOP] = { 1, N_ ("loop") },
  [WEFT_STEP_BRANCH] = { 5, N_ ("choice") },
};

/**
 * weft_kernel_kind_colour:
 * @theme: the theme
 * @kind: a kind of kernel
 *
 * Returns: what it is drawn in
 */
WeftColour
weft_kernel_kind_colour (WeftThemeKind theme, WeftStepKind kind)
{
  return weft_theme_binding (theme, kinds[kind].colour);
}

/**
 * weft_kernel_kind_name:
 * @kind: a kind of kernel
 *
 * Returns: what people call it
 */
const char *
weft_kernel_kind_name (WeftStepKind kind)
{
  return _ (kinds[kind].name);
}

/* ---- Drawing ---- */

/* FALSE: there is nothing to draw. */
static gboolean
begin (WeftPlot *plot, WeftPlotting *plotting)
{
  const WeftAnatomy *anatomy = weft_inspect_model_get_anatomy (plot->model);
  GtkWidget         *area = GTK_WIDGET (plot->area);
  if (anatomy == NULL || anatomy->n_kernels == 0)
    return FALSE;
  if (plot->style == NULL)
    plot->style = weft_widget_style_new (area);
  *plotting = (WeftPlotting){ .style = plot->style,
                              .model = plot->model,
                              .anatomy = anatomy,
                              .width = gtk_widget_get_width (area),
                              .height = gtk_widget_get_height (area),
                              .rtl = gtk_widget_get_direction (area) == GTK_TEXT_DIR_RTL };
  return TRUE;
}

static void
draw_cb (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  WeftPlot    *plot = data;
  WeftPlotting plotting;
  if (!begin (plot, &plotting))
    return;
  plotting.pen = weft_pen_for_cairo (cr);
  plot->kind->draw (&plotting);
}

static gboolean
tooltip_cb (GtkWidget *area, int x, int y, gboolean keyboard, GtkTooltip *tooltip, WeftPlot *plot)
{
  WeftPlotting     plotting;
  g_autofree char *text = NULL;
  guint            kernel = WEFT_NO_KERNEL;
  if (begin (plot, &plotting))
    text = keyboard ? plot->kind->describe (&plotting) : plot->kind->at (&plotting, x, y, &kernel);
  gtk_tooltip_set_text (tooltip, text);
  return text != NULL;
}

static void
pressed_cb (GtkGestureClick *click, int n, double x, double y, WeftPlot *plot)
{
  WeftPlotting     plotting;
  g_autofree char *text = NULL;
  guint            kernel = WEFT_NO_KERNEL;
  gtk_widget_grab_focus (GTK_WIDGET (plot->area));
  if (begin (plot, &plotting))
    text = plot->kind->at (&plotting, x, y, &kernel);
  if (kernel != WEFT_NO_KERNEL)
    weft_inspect_model_select (plot->model, kernel);
}

/* The kernel after the selected one, or the one before it. */
static gboolean
key_cb (GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state, WeftPlot *plot)
{
  const WeftAnatomy *anatomy = weft_inspect_model_get_anatomy (plot->model);
  guint              selected = weft_inspect_model_get_selected (plot->model);
  gboolean           forward = key == GDK_KEY_Right || key == GDK_KEY_Down;
  if (anatomy == NULL || anatomy->n_kernels == 0 ||
      !(forward || key == GDK_KEY_Left || key == GDK_KEY_Up))
    return GDK_EVENT_PROPAGATE;
  if (selected == WEFT_NO_KERNEL)
    selected = 0;
  else if (forward)
    selected = MIN (selected + 1, anatomy->n_kernels - 1);
  else if (selected > 0)
    selected--;
  weft_inspect_model_select (plot->model, selected);
  return GDK_EVENT_STOP;
}

static void
follow_model (WeftPlot *plot)
{
  WeftPlotting     plotting;
  g_autofree char *text = begin (plot, &plotting) ? plot->kind->describe (&plotting) : NULL;
  gtk_accessible_update_property (GTK_ACCESSIBLE (plot->area), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text != NULL ? text : "", -1);
  gtk_widget_queue_draw (GTK_WIDGET (plot->area));
}

/* Fonts or colours are others now. */
static void
restyle (WeftPlot *plot)
{
  g_clear_pointer (&plot->style, weft_style_free);
  gtk_widget_queue_draw (GTK_WIDGET (plot->area));
}

static void
weft_plot_dispose (GObject *object)
{
  WeftPlot *plot = WEFT_PLOT (object);
  adw_bin_set_child (ADW_BIN (plot), NULL);
  g_clear_pointer (&plot->style, weft_style_free);
  g_clear_object (&plot->model);
  G_OBJECT_CLASS (weft_plot_parent_class)->dispose (object);
}

static void
weft_plot_class_init (WeftPlotClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_plot_dispose;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "weft-plot");
}

static void
weft_plot_init (WeftPlot *plot)
{
  GtkWidget *area =
    g_object_new (GTK_TYPE_DRAWING_AREA, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG, NULL);
  GtkGesture         *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  AdwStyleManager    *style = adw_style_manager_get_default ();
  plot->area = GTK_DRAWING_AREA (area);
  gtk_drawing_area_set_draw_func (plot->area, draw_cb, plot, NULL);
  gtk_widget_set_has_tooltip (area, TRUE);
  gtk_widget_set_focusable (area, TRUE);
  g_signal_connect (area, "query-tooltip", G_CALLBACK (tooltip_cb), plot);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), plot);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), plot);
  gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (area, keys);
  adw_bin_set_child (ADW_BIN (plot), area);
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (restyle), plot, G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (restyle), plot,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_settings_get_default (), "notify::gtk-xft-dpi", G_CALLBACK (restyle),
                           plot, G_CONNECT_SWAPPED);
}

/**
 * weft_plot_new:
 * @model: what it shows
 * @kind: how
 *
 * Returns: (transfer floating): a pane
 */
WeftPlot *
weft_plot_new (WeftInspectModel *model, const WeftPlotKind *kind)
{
  WeftPlot *plot = g_object_new (WEFT_TYPE_PLOT, NULL);
  plot->model = g_object_ref (model);
  plot->kind = kind;
  gtk_drawing_area_set_content_height (plot->area, kind->height);
  gtk_widget_set_vexpand (GTK_WIDGET (plot->area), kind != &weft_time_plot);
  gtk_accessible_update_property (GTK_ACCESSIBLE (plot->area), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (kind->name), -1);
  g_signal_connect_object (model, "changed", G_CALLBACK (follow_model), plot, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "selection", G_CALLBACK (gtk_widget_queue_draw), plot->area,
                           G_CONNECT_SWAPPED);
  follow_model (plot);
  return plot;
}
