/* The curves of a run side by side.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/dock/curves.h"

#include "ui/curves/curve-export.h"
#include "ui/dock/chart.h"
#include "ui/shared/adaptive-bin.h"
#include "ui/shared/settings.h"

#include <glib/gi18n.h>
#include <math.h>

/* Height of one of the charts that stand above each other, and how many of them are to be seen at
 * once. */
#define STACKED_HEIGHT 132
#define MOST_STACKED 3

struct _WeftCurves
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkBox            *box;
  WeftAdaptiveBin   *tools;
  GtkBox            *tool_box;
  GtkWidget         *logs[2], *fit; /* tools that the menu has too */
  GtkMenuButton     *menu_button;
  GtkScrolledWindow *scroller;

  /* Owned */
  WeftRunModel *run;
  WeftRunList  *list;
  GPtrArray    *charts; /* of WeftChart, borrowed from the box */
  GStrv         hidden; /* names of curves that there are but that have no chart */
};

G_DEFINE_FINAL_TYPE (WeftCurves, weft_curves, ADW_TYPE_BIN)

static const char *const SETTINGS[] = { "chart-x", "chart-log-x", "log-axis", "smoothing-kind",
                                        "chart-skip-start" };

static WeftChart *
find_chart (WeftCurves *curves, const char *name)
{
  for (guint i = 0; i < curves->charts->len; i++)
    {
      WeftChart *chart = g_ptr_array_index (curves->charts, i);
      if (g_str_equal (weft_chart_get_art (chart)->name, name))
        return chart;
    }
  return NULL;
}

static const char *
chart_name (WeftCurves *curves, guint index)
{
  return weft_chart_get_art (g_ptr_array_index (curves->charts, index))->name;
}

/* ---- One cursor and one range for all ---- */

static void
cursor_moved_cb (WeftChart *moved, double x, WeftCurves *curves)
{
  WeftClockKind kind = (WeftClockKind) g_settings_get_enum (weft_settings_get (), "chart-x");
  for (guint i = 0; i < curves->charts->len; i++)
    weft_chart_set_cursor (g_ptr_array_index (curves->charts, i), x);
  if (curves->run != NULL)
    weft_run_model_set_cursor (
      curves->run,
      isnan (x) ? NAN
                : round (weft_clock_step (weft_run_model_get_data (curves->run)->clock, kind, x)));
}

/* The cursor was moved elsewhere: by another set of charts, or by a view. */
static void
follow_cursor (WeftCurves *curves)
{
  WeftClockKind kind = (WeftClockKind) g_settings_get_enum (weft_settings_get (), "chart-x");
  double        step = weft_run_model_get_cursor (curves->run);
  double        x = isnan (step)
                      ? NAN
                      : weft_clock_value (weft_run_model_get_data (curves->run)->clock, kind, step);
  for (guint i = 0; i < curves->charts->len; i++)
    if (isnan (x) || isnan (weft_chart_get_art (g_ptr_array_index (curves->charts, i))->cursor))
      weft_chart_set_cursor (g_ptr_array_index (curves->charts, i), x);
}

static void
range_changed_cb (WeftChart *changed, double from, double to, WeftCurves *curves)
{
  for (guint i = 0; i < curves->charts->len; i++)
    weft_chart_set_range (g_ptr_array_index (curves->charts, i), from, to);
}

/**
 * weft_curves_fit:
 * @curves: curves
 *
 * Every chart shows everything.
 */
void
weft_curves_fit (WeftCurves *curves)
{
  for (guint i = 0; i < curves->charts->len; i++)
    weft_chart_fit (g_ptr_array_index (curves->charts, i));
}

/* ---- Runs in the charts ---- */

static const char *
empty_text (WeftRunModel *run)
{
  WeftRunState state = weft_run_model_get_state (run);
  return state == WEFT_RUN_LOADING   ? _ ("Preparing…")
         : state == WEFT_RUN_RUNNING ? _ ("Waiting for the first step…")
                                     : _ ("Press Train to see the loss fall");
}

static gboolean
has_points (WeftRunModel *run)
{
  return run != NULL && weft_run_data_last_step (weft_run_model_get_data (run)) > 0;
}

/* How the run that goes on is called and looks: as its row in the list does. */
static WeftRunItem *
find_live (WeftCurves *curves)
{
  guint n = curves->list != NULL ? g_list_model_get_n_items (G_LIST_MODEL (curves->list)) : 0;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (WeftRunItem) item = g_list_model_get_item (G_LIST_MODEL (curves->list), i);
      if (weft_run_item_is_live (item))
        return item; /* the list keeps it */
    }
  return NULL;
}

static void
add_tracks (WeftCurves *curves, WeftChartArt *art)
{
  WeftRunItem *live = find_live (curves);
  guint        n = curves->list != NULL ? g_list_model_get_n_items (G_LIST_MODEL (curves->list)) : 0;
  g_array_set_size (art->tracks, 0);
  if (curves->run != NULL && (live == NULL || weft_run_item_is_shown (live)) &&
      (live != NULL || has_points (curves->run)))
    weft_chart_art_add (art, weft_run_model_get_data (curves->run),
                        live != NULL ? weft_run_item_get_title (live) : _ ("this run"),
                        live != NULL ? weft_run_item_get_look (live) : 0);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (WeftRunItem) item = g_list_model_get_item (G_LIST_MODEL (curves->list), i);
      if (item != live && weft_run_item_is_shown (item) && weft_run_item_get_data (item) != NULL)
        weft_chart_art_add (art, weft_run_item_get_data (item), weft_run_item_get_title (item),
                            weft_run_item_get_look (item));
    }
}

static void
set_look (WeftCurves *curves, WeftChartArt *art)
{
  GSettings *settings = weft_settings_get ();
  art->look.x = (WeftClockKind) g_settings_get_enum (settings, "chart-x");
  art->look.x_scale =
    g_settings_get_boolean (settings, "chart-log-x") ? WEFT_SCALE_LOG : WEFT_SCALE_LINEAR;
  art->look.y_scale =
    g_settings_get_boolean (settings, "log-axis") ? WEFT_SCALE_LOG : WEFT_SCALE_LINEAR;
  art->look.skip_start = g_settings_get_boolean (settings, "chart-skip-start");
  art->look.smoothed = g_settings_get_double (settings, "smoothing") > 0;
  art->empty = curves->run != NULL ? empty_text (curves->run) : NULL;
}

static void
update_charts (WeftCurves *curves)
{
  for (guint i = 0; i < curves->charts->len; i++)
    {
      WeftChart *chart = g_ptr_array_index (curves->charts, i);
      add_tracks (curves, weft_chart_get_art (chart));
      set_look (curves, weft_chart_get_art (chart));
      weft_chart_changed (chart);
    }
}

/* ---- Which charts there are ---- */

static void
add_names (GPtrArray *names, WeftRunData *data)
{
  for (guint i = 0; i < data->curves->len; i++)
    {
      char *name = ((WeftRunCurve *) g_ptr_array_index (data->curves, i))->name;
      if (!g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
        g_ptr_array_add (names, g_strdup (name));
    }
}

/* Names in the order of their charts. */
static GPtrArray *
collect_names (WeftCurves *curves)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) order = g_settings_get_strv (weft_settings_get (), "charts");
  guint n = curves->list != NULL ? g_list_model_get_n_items (G_LIST_MODEL (curves->list)) : 0;
  if (curves->run != NULL)
    add_names (all, weft_run_model_get_data (curves->run));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (WeftRunItem) item = g_list_model_get_item (G_LIST_MODEL (curves->list), i);
      if (weft_run_item_is_shown (item) && weft_run_item_get_data (item) != NULL)
        add_names (all, weft_run_item_get_data (item));
    }
  if (all->len == 0)
    g_ptr_array_add (all, g_strdup ("loss"));
  for (guint i = 0; order[i] != NULL; i++)
    if (g_ptr_array_find_with_equal_func (all, order[i], g_str_equal, NULL))
      g_ptr_array_add (names, g_strdup (order[i]));
  for (guint i = 0; i < all->len; i++)
    if (!g_strv_contains ((const char *const *) order, g_ptr_array_index (all, i)))
      g_ptr_array_add (names, g_strdup (g_ptr_array_index (all, i)));
  return names;
}

static void menu_cb (WeftChart *chart, double x, double y, WeftCurves *curves);

static void
add_chart (WeftCurves *curves, const char *name)
{
  WeftChart *chart = weft_chart_new (name);
  GtkWidget *card = adw_bin_new ();
  gtk_widget_add_css_class (card, "chart-card");
  adw_bin_set_child (ADW_BIN (card), GTK_WIDGET (chart));
  gtk_box_append (curves->box, card);
  g_ptr_array_add (curves->charts, chart);
  g_signal_connect_object (chart, "cursor-moved", G_CALLBACK (cursor_moved_cb), curves, 0);
  g_signal_connect_object (chart, "range-changed", G_CALLBACK (range_changed_cb), curves, 0);
  g_signal_connect_object (chart, "menu", G_CALLBACK (menu_cb), curves, 0);
}

static gboolean
is_stacked (WeftCurves *curves)
{
  return gtk_orientable_get_orientation (GTK_ORIENTABLE (curves->box)) == GTK_ORIENTATION_VERTICAL;
}

static void
set_least_height (WeftCurves *curves)
{
  int n = (int) CLAMP (curves->charts->len, 1, MOST_STACKED);
  gtk_scrolled_window_set_min_content_height (curves->scroller,
                                              is_stacked (curves) ? n * STACKED_HEIGHT : -1);
}

static gboolean
has_charts (WeftCurves *curves, const GPtrArray *names)
{
  if (names->len != curves->charts->len)
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    if (!g_str_equal (chart_name (curves, i), g_ptr_array_index (names, i)))
      return FALSE;
  return TRUE;
}

static void
rebuild (WeftCurves *curves)
{
  g_autoptr (GPtrArray) names = collect_names (curves);
  g_autoptr (GStrvBuilder) hidden = g_strv_builder_new ();
  g_auto (GStrv) unwanted = g_settings_get_strv (weft_settings_get (), "charts-hidden");
  GtkWidget *child;
  for (guint i = names->len; i > 0; i--)
    if (names->len > 1 &&
        g_strv_contains ((const char *const *) unwanted, g_ptr_array_index (names, i - 1)))
      {
        g_strv_builder_add (hidden, g_ptr_array_index (names, i - 1));
        g_ptr_array_remove_index (names, i - 1);
      }
  g_strfreev (curves->hidden);
  curves->hidden = g_strv_builder_end (hidden);
  if (!has_charts (curves, names))
    {
      g_ptr_array_set_size (curves->charts, 0);
      while ((child = gtk_widget_get_first_child (GTK_WIDGET (curves->box))) != NULL)
        gtk_box_remove (curves->box, child);
      for (guint i = 0; i < names->len; i++)
        add_chart (curves, g_ptr_array_index (names, i));
      set_least_height (curves);
    }
  update_charts (curves);
}

static void
begun_cb (WeftCurves *curves)
{
  rebuild (curves);
  weft_curves_fit (curves);
}

static void
points_cb (WeftCurves *curves)
{
  if (curves->charts->len > 0 &&
      weft_chart_get_art (g_ptr_array_index (curves->charts, 0))->tracks->len == 0)
    update_charts (curves);
  for (guint i = 0; i < curves->charts->len; i++)
    weft_chart_changed (g_ptr_array_index (curves->charts, i));
}

/* ---- Menus ---- */

static void
append (GMenu *menu, const char *label, const char *action, const char *target)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);
  g_menu_item_set_action_and_target_value (item, action,
                                           target != NULL ? g_variant_new_string (target) : NULL);
  g_menu_append_item (menu, item);
}

static void
append_section (GMenu *menu, const char *label, GMenu *section)
{
  g_menu_append_section (menu, label, G_MENU_MODEL (section));
  g_object_unref (section);
}

static void
append_choices (GMenu *menu)
{
  GMenu *along = g_menu_new (), *smooth = g_menu_new (), *axes = g_menu_new ();
  append (along, _ ("_Steps"), "charts.chart-x", "step");
  append (along, _ ("_Epochs"), "charts.chart-x", "epoch");
  append (along, _ ("_Time Without Pauses"), "charts.chart-x", "time");
  append (along, _ ("E_xamples"), "charts.chart-x", "examples");
  append_section (menu, _ ("Along the Chart"), along);
  append (axes, _ ("Logarithmic _Values"), "charts.log-axis", NULL);
  append (axes, _ ("Logarithmic Along"), "charts.chart-log-x", NULL);
  append (axes, _ ("_Fit Without the First Ten Steps"), "charts.chart-skip-start", NULL);
  append_section (menu, NULL, axes);
  append (smooth, _ ("Running _Mean"), "charts.smoothing-kind", "mean");
  append (smooth, _ ("_Bell Over Both Sides"), "charts.smoothing-kind", "bell");
  append_section (menu, _ ("Smoothing"), smooth);
}

/* @name: of the chart that was asked; NULL: of all. */
static GMenuModel *
new_menu (WeftCurves *curves, const char *name)
{
  GMenu *menu = g_menu_new (), *chart = g_menu_new (), *more = g_menu_new ();
  append (chart, _ ("_Show Everything"), "curves.fit", NULL);
  if (name != NULL && curves->charts->len > 1)
    {
      append (chart, _ ("Move _Before"), "curves.earlier", name);
      append (chart, _ ("Move Be_hind"), "curves.later", name);
      append (chart, _ ("H_ide This Chart"), "curves.hide", name);
    }
  append_section (menu, NULL, chart);
  append_choices (menu);
  for (guint i = 0; curves->hidden[i] != NULL; i++)
    {
      g_autofree char *label = g_strdup_printf (_ ("Show “%s”"), curves->hidden[i]);
      append (more, label, "curves.show", curves->hidden[i]);
    }
  append (more, name != NULL ? _ ("E_xport This Chart…") : _ ("E_xport Curves…"), "curves.export",
          name != NULL ? name : "");
  append_section (menu, NULL, more);
  return G_MENU_MODEL (menu);
}

static gboolean
unparent_cb (gpointer data)
{
  gtk_widget_unparent (data);
  return G_SOURCE_REMOVE;
}

/* Its action is still to come when a popover closes. */
static void
closed_cb (GtkWidget *popover)
{
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, unparent_cb, g_object_ref (popover), g_object_unref);
}

static void
menu_cb (WeftChart *chart, double x, double y, WeftCurves *curves)
{
  g_autoptr (GMenuModel) menu = new_menu (curves, weft_chart_get_art (chart)->name);
  GtkWidget *popover = gtk_popover_menu_new_from_model (menu);
  double     view_x, view_y;
  gtk_widget_translate_coordinates (GTK_WIDGET (chart), GTK_WIDGET (curves), x, y, &view_x,
                                    &view_y);
  GdkRectangle at = { (int) view_x, (int) view_y, 1, 1 };
  gtk_widget_set_parent (popover, GTK_WIDGET (curves));
  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_widget_set_halign (popover, GTK_ALIGN_START);
  gtk_popover_set_pointing_to (GTK_POPOVER (popover), &at);
  g_signal_connect (popover, "closed", G_CALLBACK (closed_cb), NULL);
  gtk_popover_popup (GTK_POPOVER (popover));
}

static void
create_popup_cb (GtkMenuButton *button, gpointer data)
{
  g_autoptr (GMenuModel) menu = new_menu (data, NULL);
  gtk_menu_button_set_menu_model (button, menu);
}

/* ---- Actions ---- */

static void
fit_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_curves_fit (WEFT_CURVES (widget));
}

static void
set_hidden (const char *name, gboolean hidden)
{
  g_auto (GStrv) old = g_settings_get_strv (weft_settings_get (), "charts-hidden");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  for (guint i = 0; old[i] != NULL; i++)
    if (!g_str_equal (old[i], name))
      g_strv_builder_add (builder, old[i]);
  if (hidden)
    g_strv_builder_add (builder, name);
  g_auto (GStrv) names = g_strv_builder_end (builder);
  g_settings_set_strv (weft_settings_get (), "charts-hidden", (const char *const *) names);
}

static void
hide_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  set_hidden (g_variant_get_string (parameter, NULL), TRUE);
}

static void
show_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  set_hidden (g_variant_get_string (parameter, NULL), FALSE);
}

/* Changes places with the chart before it, or behind it. */
static void
move_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftCurves *curves = WEFT_CURVES (widget);
  int         by = g_str_equal (name, "curves.earlier") ? -1 : 1;
  WeftChart  *chart = find_chart (curves, g_variant_get_string (parameter, NULL));
  guint       at, n = curves->charts->len;
  if (chart == NULL || !g_ptr_array_find (curves->charts, chart, &at) || (gint) at + by < 0 ||
      (gint) at + by >= (gint) n)
    return;
  g_autofree const char **names = g_new0 (const char *, n + 1);
  for (guint i = 0; i < n; i++)
    names[i] = chart_name (curves, i);
  guint       other = (guint) ((gint) at + by);
  const char *kept = names[at];
  names[at] = names[other];
  names[other] = kept;
  g_settings_set_strv (weft_settings_get (), "charts", names);
}

/* ---- Export ---- */

/**
 * weft_curves_export:
 * @curves: curves
 * @name: (nullable): of a curve; NULL: all that are shown
 * @path: where to; its end says the form: .csv, .jsonl, .svg, .pdf, .png
 *
 * Errors: WEFT_CURVES_ERROR, G_FILE_ERROR
 */
gboolean
weft_curves_export (WeftCurves *curves, const char *name, const char *path, GError **error)
{
  g_autoptr (GPtrArray) arts = g_ptr_array_new ();
  for (guint i = 0; i < curves->charts->len; i++)
    if (name == NULL || g_str_equal (name, chart_name (curves, i)))
      g_ptr_array_add (arts, weft_chart_get_art (g_ptr_array_index (curves->charts, i)));
  return weft_curves_write (arts, path, NULL, error);
}

static void
response_cb (GtkNativeDialog *dialog, int response, WeftCurves *curves)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  const char      *name = g_object_get_data (G_OBJECT (dialog), "curve");
  g_autoptr (GError) error = NULL;
  if (response == GTK_RESPONSE_ACCEPT && path != NULL &&
      !weft_curves_export (curves, *name != '\0' ? name : NULL, path, &error))
    {
      GtkWidget *message =
        adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (curves))),
                                _ ("Could Not Export"), error->message);
      adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (message), "close", _ ("_Close"));
      gtk_window_present (GTK_WINDOW (message));
    }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

static void
export_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  static const struct
  {
    const char *title, *pattern;
  } FORMATS[] = { { N_ ("SVG, PDF or PNG picture"), "*.[spSP]*[gfGF]" },
                  { N_ ("CSV table"), "*.csv" },
                  { N_ ("JSON lines"), "*.jsonl" } };
  const char           *name = g_variant_get_string (parameter, NULL);
  g_autofree char      *file = g_strconcat (*name != '\0' ? name : _ ("curves"), ".svg", NULL);
  GtkFileChooserNative *dialog =
    gtk_file_chooser_native_new (_ ("Export Curves"), GTK_WINDOW (gtk_widget_get_root (widget)),
                                 GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_object_set_data_full (G_OBJECT (dialog), "curve", g_strdup (name), g_free);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), g_strdelimit (file, "/", '-'));
  for (guint i = 0; i < G_N_ELEMENTS (FORMATS); i++)
    {
      g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
      gtk_file_filter_set_name (filter, _ (FORMATS[i].title));
      gtk_file_filter_add_pattern (filter, FORMATS[i].pattern);
      gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
    }
  g_signal_connect_object (dialog, "response", G_CALLBACK (response_cb), widget, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* For scripts: no dialog. */
static void
export_to_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (GError) error = NULL;
  if (!weft_curves_export (WEFT_CURVES (widget), NULL, g_variant_get_string (parameter, NULL),
                           &error))
    g_warning ("%s", error->message);
}

/* ---- The widget ---- */

/**
 * weft_curves_set_run:
 * @curves: curves
 * @run: (nullable): whose
 */
void
weft_curves_set_run (WeftCurves *curves, WeftRunModel *run)
{
  if (curves->run != NULL)
    {
      g_signal_handlers_disconnect_by_func (curves->run, begun_cb, curves);
      g_signal_handlers_disconnect_by_func (curves->run, rebuild, curves);
      g_signal_handlers_disconnect_by_func (curves->run, points_cb, curves);
      g_signal_handlers_disconnect_by_func (curves->run, update_charts, curves);
      g_signal_handlers_disconnect_by_func (curves->run, follow_cursor, curves);
    }
  g_set_object (&curves->run, run);
  if (run != NULL)
    {
      g_signal_connect_object (run, "begun", G_CALLBACK (begun_cb), curves, G_CONNECT_SWAPPED);
      g_signal_connect_object (run, "past", G_CALLBACK (rebuild), curves, G_CONNECT_SWAPPED);
      g_signal_connect_object (run, "points", G_CALLBACK (points_cb), curves, G_CONNECT_SWAPPED);
      g_signal_connect_object (run, "notify::state", G_CALLBACK (update_charts), curves,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (run, "notify::cursor", G_CALLBACK (follow_cursor), curves,
                               G_CONNECT_SWAPPED);
    }
  rebuild (curves);
}

/**
 * weft_curves_set_list:
 * @curves: curves
 * @list: (nullable): other runs, of which those that are shown there are drawn too
 */
void
weft_curves_set_list (WeftCurves *curves, WeftRunList *list)
{
  if (curves->list != NULL)
    g_signal_handlers_disconnect_by_func (curves->list, rebuild, curves);
  g_set_object (&curves->list, list);
  if (list != NULL)
    g_signal_connect_object (list, "shown", G_CALLBACK (rebuild), curves, G_CONNECT_SWAPPED);
  rebuild (curves);
}

/**
 * weft_curves_set_stacked:
 * @curves: curves
 * @stacked: one chart above the other, with a tool bar, instead of side by side
 */
void
weft_curves_set_stacked (WeftCurves *curves, gboolean stacked)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (curves->box),
                                  stacked ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  gtk_scrolled_window_set_policy (curves->scroller,
                                  stacked ? GTK_POLICY_NEVER : GTK_POLICY_AUTOMATIC,
                                  stacked ? GTK_POLICY_AUTOMATIC : GTK_POLICY_NEVER);
  gtk_widget_set_visible (GTK_WIDGET (curves->tools), stacked);
  set_least_height (curves);
}

/**
 * weft_curves_add_tool:
 * @curves: curves that are stacked
 * @tool: stands at the end of the tool bar, before the menu
 */
void
weft_curves_add_tool (WeftCurves *curves, GtkWidget *tool)
{
  gtk_box_insert_child_after (curves->tool_box, tool,
                              gtk_widget_get_prev_sibling (GTK_WIDGET (curves->menu_button)));
}

static void
weft_curves_dispose (GObject *object)
{
  WeftCurves *curves = WEFT_CURVES (object);
  g_clear_object (&curves->run);
  g_clear_object (&curves->list);
  g_clear_pointer (&curves->charts, g_ptr_array_unref);
  g_clear_pointer (&curves->hidden, g_strfreev);
  G_OBJECT_CLASS (weft_curves_parent_class)->dispose (object);
}

static void
weft_curves_class_init (WeftCurvesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_curves_dispose;
  gtk_widget_class_set_css_name (widget_class, "weft-curves");
  gtk_widget_class_install_action (widget_class, "curves.fit", NULL, fit_action);
  gtk_widget_class_install_action (widget_class, "curves.hide", "s", hide_action);
  gtk_widget_class_install_action (widget_class, "curves.show", "s", show_action);
  gtk_widget_class_install_action (widget_class, "curves.earlier", "s", move_action);
  gtk_widget_class_install_action (widget_class, "curves.later", "s", move_action);
  gtk_widget_class_install_action (widget_class, "curves.export", "s", export_action);
  gtk_widget_class_install_action (widget_class, "curves.export-to", "s", export_to_action);
}

static GtkWidget *
new_tool (const char *label, const char *tooltip, const char *action)
{
  GtkWidget *button = gtk_toggle_button_new_with_mnemonic (label);
  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_widget_add_css_class (button, "flat");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  return button;
}

/* What there is no room for is found in the menu. */
static void
fold_tools_cb (WeftCurves *curves)
{
  guint level = weft_adaptive_bin_get_level (curves->tools);
  gtk_widget_set_visible (curves->logs[0], level < 1);
  gtk_widget_set_visible (curves->logs[1], level < 2);
  gtk_widget_set_visible (curves->fit, level < 3);
}

static GtkWidget *
new_along (void)
{
  static const char *const nicks[] = { "step", "epoch", "time", "examples", NULL };
  const char              *labels[] = { _ ("Steps"), _ ("Epochs"), _ ("Time"), _ ("Examples"), NULL };
  GtkWidget               *along = gtk_drop_down_new_from_strings (labels);
  gtk_widget_set_tooltip_text (along, _ ("What stands along the charts"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (along), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What stands along the charts"), -1);
  gtk_widget_add_css_class (along, "flat");
  g_settings_bind_with_mapping (weft_settings_get (), "chart-x", along, "selected",
                                G_SETTINGS_BIND_DEFAULT, weft_settings_as_selected,
                                weft_settings_from_selected, (gpointer) nicks, NULL);
  return along;
}

static GtkWidget *
new_menu_button (WeftCurves *curves)
{
  GtkWidget *button = gtk_menu_button_new ();
  curves->menu_button = GTK_MENU_BUTTON (button);
  gtk_menu_button_set_icon_name (curves->menu_button, "view-more-symbolic");
  gtk_menu_button_set_create_popup_func (curves->menu_button, create_popup_cb, curves, NULL);
  gtk_widget_set_tooltip_text (button, _ ("Charts, smoothing, export"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Charts, smoothing, export"), -1);
  gtk_widget_add_css_class (button, "flat");
  return button;
}

static GtkWidget *
new_tools (WeftCurves *curves)
{
  GtkWidget *tools = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  GtkWidget *room = gtk_separator_new (GTK_ORIENTATION_HORIZONTAL);
  curves->tool_box = GTK_BOX (tools);
  curves->logs[0] =
    new_tool (_ ("Log _x"), _ ("Logarithmic axis along the charts"), "charts.chart-log-x");
  curves->logs[1] =
    new_tool (_ ("Log _y"), _ ("Logarithmic axis for the values"), "charts.log-axis");
  curves->fit = gtk_button_new_with_mnemonic (_ ("_Fit"));
  gtk_widget_set_tooltip_text (curves->fit, _ ("Show everything (double click)"));
  gtk_widget_add_css_class (curves->fit, "flat");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (curves->fit), "curves.fit");
  gtk_widget_add_css_class (room, "spacer");
  gtk_widget_set_hexpand (room, TRUE);
  gtk_box_append (curves->tool_box, new_along ());
  gtk_box_append (curves->tool_box, curves->logs[0]);
  gtk_box_append (curves->tool_box, curves->logs[1]);
  gtk_box_append (curves->tool_box, curves->fit);
  gtk_box_append (curves->tool_box, room);
  gtk_box_append (curves->tool_box, new_menu_button (curves));
  gtk_widget_add_css_class (tools, "chart-tools");
  curves->tools = g_object_new (WEFT_TYPE_ADAPTIVE_BIN, "levels", 3, "child", tools, NULL);
  g_signal_connect_swapped (curves->tools, "notify::level", G_CALLBACK (fold_tools_cb), curves);
  return GTK_WIDGET (curves->tools);
}

static void
follow_settings (WeftCurves *curves)
{
  GSettings *settings = weft_settings_get ();
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  g_signal_connect_object (settings, "changed::charts", G_CALLBACK (rebuild), curves,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::charts-hidden", G_CALLBACK (rebuild), curves,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::smoothing", G_CALLBACK (update_charts), curves,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::chart-x", G_CALLBACK (weft_curves_fit), curves,
                           G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (SETTINGS); i++)
    {
      g_autofree char *signal = g_strconcat ("changed::", SETTINGS[i], NULL);
      g_autoptr (GAction) action = g_settings_create_action (settings, SETTINGS[i]);
      g_signal_connect_object (settings, signal, G_CALLBACK (update_charts), curves,
                               G_CONNECT_SWAPPED);
      g_action_map_add_action (G_ACTION_MAP (group), action);
    }
  gtk_widget_insert_action_group (GTK_WIDGET (curves), "charts", G_ACTION_GROUP (group));
}

static void
weft_curves_init (WeftCurves *curves)
{
  GtkWidget *all = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  curves->charts = g_ptr_array_new ();
  curves->hidden = g_new0 (char *, 1);
  curves->box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10));
  gtk_box_set_homogeneous (curves->box, TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (curves->box), TRUE);
  curves->scroller = GTK_SCROLLED_WINDOW (gtk_scrolled_window_new ());
  gtk_scrolled_window_set_child (curves->scroller, GTK_WIDGET (curves->box));
  gtk_box_append (GTK_BOX (all), new_tools (curves));
  gtk_box_append (GTK_BOX (all), GTK_WIDGET (curves->scroller));
  adw_bin_set_child (ADW_BIN (curves), all);
  weft_curves_set_stacked (curves, FALSE);
  follow_settings (curves);
}
