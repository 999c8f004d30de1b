/* A chart of one curve of one or several runs: size, pointer, keys, what it tells assistive
 * technology.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/dock/chart.h"

#include "ui/draw/format.h"
#include "ui/shared/settings.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

/* Telling assistive technology costs messages on a bus. */
#define DESCRIBE_INTERVAL_US 250000
/* A shorter drag is a click; a flatter box zooms along only. */
#define LEAST_BOX_PX 6
#define FLAT_BOX_PX 14
#define ZOOM_STEP 1.25
#define PAN_SHARE 0.1

struct _WeftChart
{
  GtkWidget parent_instance;

  /* Owned */
  WeftChartArt *art;
  WeftStyle    *style; /* NULL: to be made anew */

  /* Plain values */
  WeftRect box; /* that is dragged; no width: none */
  double   pointer_x;
  gint64   described_us;
  guint    describe_source;
};

enum
{
  SIGNAL_CURSOR_MOVED,
  SIGNAL_RANGE_CHANGED,
  SIGNAL_MENU,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftChart, weft_chart, GTK_TYPE_WIDGET)

/* ---- In words ---- */

static void
append_curve (WeftChart *chart, GString *text, const WeftRunCurve *curve)
{
  guint n = weft_series_n (curve->train), n_valid = weft_series_n (curve->validation);
  if (n > 0)
    {
      g_autofree char *last = weft_format_value (weft_series_y (curve->train, n - 1));
      g_string_append_printf (
        text, g_dngettext (NULL, "%u point, last %s", "%u points, last %s", n), n, last);
    }
  if (n_valid > 0)
    {
      g_autofree char *valid = weft_format_value (weft_series_y (curve->validation, n_valid - 1));
      g_string_append (text, n > 0 ? "; " : "");
      g_string_append_printf (text,
                              g_dngettext (NULL, "validation: %u point, last %s",
                                           "validation: %u points, last %s", n_valid),
                              n_valid, valid);
    }
  if (weft_series_n_gaps (curve->train) > 0)
    {
      double from, to;
      weft_series_gap (curve->train, 0, &from, &to);
      g_string_append (text, "; ");
      g_string_append_printf (text, _ ("not a number from step %.0f"), from);
    }
}

/**
 * weft_chart_dup_summary:
 * @chart: a chart
 *
 * Returns: (transfer full): the chart in words: "1 250 points, last 0.083; validation: 4 points,
 * last 0.09"
 */
char *
weft_chart_dup_summary (WeftChart *chart)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < chart->art->tracks->len; i++)
    {
      const WeftChartTrack *track = &g_array_index (chart->art->tracks, WeftChartTrack, i);
      const WeftRunCurve   *curve = weft_run_data_find (track->data, chart->art->name);
      if (curve == NULL || weft_series_n (curve->train) + weft_series_n (curve->validation) == 0)
        continue;
      if (text->len > 0)
        g_string_append (text, "\n");
      if (chart->art->tracks->len > 1)
        g_string_append_printf (text, "%s: ", track->title);
      append_curve (chart, text, curve);
    }
  if (text->len == 0)
    g_string_append (text, _ ("No points yet"));
  return g_string_free (text, FALSE);
}

static void
describe (WeftChart *chart)
{
  g_autofree char *summary = weft_chart_dup_summary (chart);
  gtk_accessible_update_property (GTK_ACCESSIBLE (chart), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  summary, -1);
  chart->described_us = g_get_monotonic_time ();
}

static gboolean
describe_cb (gpointer data)
{
  WeftChart *chart = data;
  chart->describe_source = 0;
  describe (chart);
  return G_SOURCE_REMOVE;
}

/* ---- From outside ---- */

/**
 * weft_chart_get_art:
 * @chart: a chart
 *
 * Returns: (transfer none): what it draws
 */
WeftChartArt *
weft_chart_get_art (WeftChart *chart)
{
  return chart->art;
}

/**
 * weft_chart_changed:
 * @chart: a chart whose runs have new points, or that is to look otherwise
 */
void
weft_chart_changed (WeftChart *chart)
{
  gtk_widget_queue_draw (GTK_WIDGET (chart));
  if (chart->describe_source == 0)
    {
      gint64 due = chart->described_us + DESCRIBE_INTERVAL_US - g_get_monotonic_time ();
      chart->describe_source = g_timeout_add_full (G_PRIORITY_LOW, (guint) (MAX (due, 0) / 1000),
                                                   describe_cb, chart, NULL);
    }
}

/**
 * weft_chart_set_cursor:
 * @chart: a chart
 * @x: what is looked at on the x axis; NaN: nothing
 */
void
weft_chart_set_cursor (WeftChart *chart, double x)
{
  if (x == chart->art->cursor || (isnan (x) && isnan (chart->art->cursor)))
    return;
  chart->art->cursor = x;
  gtk_widget_queue_draw (GTK_WIDGET (chart));
}

/**
 * weft_chart_set_range:
 * @chart: a chart
 * @from: on the x axis; NaN: all of it
 * @to: likewise
 */
void
weft_chart_set_range (WeftChart *chart, double from, double to)
{
  chart->art->x_from = from;
  chart->art->x_to = to;
  gtk_widget_queue_draw (GTK_WIDGET (chart));
}

static void
tell_range (WeftChart *chart, double from, double to)
{
  g_signal_emit (chart, signals[SIGNAL_RANGE_CHANGED], 0, from, to);
}

/**
 * weft_chart_fit:
 * @chart: a chart
 *
 * Shows everything.
 */
void
weft_chart_fit (WeftChart *chart)
{
  chart->art->y_from = chart->art->y_to = NAN;
  weft_chart_set_range (chart, NAN, NAN);
  tell_range (chart, NAN, NAN);
}

/* ---- Zoom ---- */

/* What stands at places @from and @to of the axis comes to its ends. */
static void
show_places (WeftChart *chart, double from, double to)
{
  const WeftAxis *x = &chart->art->x;
  if (!chart->art->laid_out || !(to > from))
    return;
  double   begin = weft_axis_value (x, from), end = weft_axis_value (x, to);
  gboolean counts = x->kind == WEFT_AXIS_COUNT;
  /* Not closer than three points, nor before the beginning. */
  if (x->scale == WEFT_SCALE_LINEAR && begin < 0)
    end -= begin, begin = 0;
  if (end - begin < (counts ? 3 : 1e-9 * fabs (end)))
    return;
  tell_range (chart, begin, end);
}

static void
zoom_at (WeftChart *chart, double place, double factor)
{
  show_places (chart, place - place / factor, place + (1 - place) / factor);
}

static void
pan (WeftChart *chart, double share)
{
  if (!isnan (chart->art->x_from))
    show_places (chart, share, 1 + share);
}

static double
place_at (WeftChart *chart, double view_x)
{
  const WeftRect *plot = &chart->art->plot;
  return CLAMP ((view_x - plot->x) / MAX (plot->width, 1), 0, 1);
}

static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy, WeftChart *chart)
{
  GdkModifierType state =
    gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  if (!chart->art->laid_out)
    return GDK_EVENT_PROPAGATE;
  if ((state & GDK_CONTROL_MASK) != 0)
    zoom_at (chart, place_at (chart, chart->pointer_x), pow (ZOOM_STEP, -dy));
  else if (isnan (chart->art->x_from) || (dx == 0 && (state & GDK_SHIFT_MASK) == 0))
    return GDK_EVENT_PROPAGATE;
  else
    pan (chart, PAN_SHARE * (dx != 0 ? dx : dy));
  return GDK_EVENT_STOP;
}

static void
drag_update_cb (GtkGestureDrag *drag, double dx, double dy, WeftChart *chart)
{
  const WeftRect *plot = &chart->art->plot;
  double          x, y;
  gtk_gesture_drag_get_start_point (drag, &x, &y);
  double left = CLAMP (MIN (x, x + dx), plot->x, plot->x + plot->width);
  double right = CLAMP (MAX (x, x + dx), plot->x, plot->x + plot->width);
  double top = CLAMP (MIN (y, y + dy), plot->y, plot->y + plot->height);
  double bottom = CLAMP (MAX (y, y + dy), plot->y, plot->y + plot->height);
  if (bottom - top < FLAT_BOX_PX)
    top = plot->y, bottom = plot->y + plot->height;
  chart->box = chart->art->laid_out && right - left >= LEAST_BOX_PX
                 ? (WeftRect){ left, top, right - left, bottom - top }
                 : (WeftRect){ 0 };
  gtk_widget_queue_draw (GTK_WIDGET (chart));
}

static void
drag_end_cb (GtkGestureDrag *drag, double dx, double dy, WeftChart *chart)
{
  WeftRect        box = chart->box;
  const WeftRect *plot = &chart->art->plot;
  chart->box = (WeftRect){ 0 };
  gtk_widget_queue_draw (GTK_WIDGET (chart));
  if (box.width <= 0)
    return;
  if (box.height < plot->height)
    {
      double low = weft_chart_art_y_at (chart->art, box.y + box.height);
      chart->art->y_to = weft_chart_art_y_at (chart->art, box.y);
      chart->art->y_from = low;
    }
  show_places (chart, place_at (chart, box.x), place_at (chart, box.x + box.width));
}

static void
pressed_cb (GtkGestureClick *click, int n_press, double x, double y, WeftChart *chart)
{
  gtk_widget_grab_focus (GTK_WIDGET (chart));
  if (gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (click)) == GDK_BUTTON_SECONDARY)
    g_signal_emit (chart, signals[SIGNAL_MENU], 0, x, y);
  else if (n_press == 2)
    weft_chart_fit (chart);
}

/* ---- Cursor and keys ---- */

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, WeftChart *chart)
{
  double at = weft_chart_art_x_at (chart->art, x);
  chart->pointer_x = x;
  if (chart->art->laid_out && chart->art->x.kind == WEFT_AXIS_COUNT)
    at = round (at);
  g_signal_emit (chart, signals[SIGNAL_CURSOR_MOVED], 0, at);
}

static void
leave_cb (GtkEventControllerMotion *controller, WeftChart *chart)
{
  g_signal_emit (chart, signals[SIGNAL_CURSOR_MOVED], 0, NAN);
}

/* From point to point of the first run, so that values can be read without a pointer. */
static void
move_cursor (WeftChart *chart, int direction)
{
  const WeftChartArt *art = chart->art;
  if (art->tracks->len == 0)
    return;
  const WeftChartTrack *track = &g_array_index (art->tracks, WeftChartTrack, 0);
  const WeftRunCurve   *curve = weft_run_data_find (track->data, art->name);
  guint                 n = curve != NULL ? weft_series_n (curve->train) : 0;
  if (n == 0)
    return;
  const WeftSeries *series = curve->train;
  guint             stride = MAX (1, n / 100);
  guint             at = n - 1;
  if (!isnan (art->cursor))
    at = MIN (weft_series_find (
                series, round (weft_clock_step (track->data->clock, art->look.x, art->cursor))),
              n - 1);
  at = direction < 0 ? at - MIN (at, stride) : MIN (at + stride, n - 1);
  g_signal_emit (chart, signals[SIGNAL_CURSOR_MOVED], 0,
                 weft_clock_value (track->data->clock, art->look.x, weft_series_x (series, at)));
}

static gboolean
key_cb (GtkEventControllerKey *controller,
        guint                  key,
        guint                  code,
        GdkModifierType        modifiers,
        WeftChart             *chart)
{
  gboolean shift = (modifiers & GDK_SHIFT_MASK) != 0;
  if ((modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_Right:
      if (shift)
        pan (chart, key == GDK_KEY_Left ? -PAN_SHARE : PAN_SHARE);
      else
        move_cursor (chart, key == GDK_KEY_Left ? -1 : 1);
      return GDK_EVENT_STOP;
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
      zoom_at (chart, 0.5, ZOOM_STEP);
      return GDK_EVENT_STOP;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      zoom_at (chart, 0.5, 1 / ZOOM_STEP);
      return GDK_EVENT_STOP;
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      weft_chart_fit (chart);
      return GDK_EVENT_STOP;
    case GDK_KEY_Menu:
    case GDK_KEY_F10:
      if (key == GDK_KEY_F10 && !shift)
        return GDK_EVENT_PROPAGATE;
      g_signal_emit (chart, signals[SIGNAL_MENU], 0,
                     gtk_widget_get_width (GTK_WIDGET (chart)) / 2.0, 20.0);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

/* ---- The widget ---- */

static void
weft_chart_measure (GtkWidget     *widget,
                    GtkOrientation orientation,
                    int            for_size,
                    int           *minimum,
                    int           *natural,
                    int           *minimum_baseline,
                    int           *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 180 : 110;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 360 : 220;
}

static void
draw_box (WeftChart *chart, cairo_t *cr)
{
  WeftColour accent = weft_theme_colour (chart->style->theme, WEFT_ROLE_ACCENT);
  WeftPen    pen = weft_pen_for_cairo (cr);
  if (chart->box.width <= 0)
    return;
  weft_pen_fill (&pen, chart->box, 0, weft_colour_fade (accent, 0.15));
  weft_pen_border (&pen, chart->box, 0, (WeftStroke){ accent, 1, WEFT_DASH_NONE });
}

static void
weft_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftChart *chart = WEFT_CHART (widget);
  int        width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  if (width <= 0 || height <= 0)
    return;
  if (chart->style == NULL)
    chart->style =
      weft_style_new (gtk_widget_get_pango_context (widget), weft_settings_get_theme ());
  cairo_t *cr =
    gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  weft_chart_art_draw (chart->art, cr, chart->style, width, height);
  draw_box (chart, cr);
  cairo_destroy (cr);
}

static void
forget_style (WeftChart *chart)
{
  g_clear_pointer (&chart->style, weft_style_free);
  gtk_widget_queue_draw (GTK_WIDGET (chart));
}

static void
weft_chart_system_setting_changed (GtkWidget *widget, GtkSystemSetting setting)
{
  GTK_WIDGET_CLASS (weft_chart_parent_class)->system_setting_changed (widget, setting);
  forget_style (WEFT_CHART (widget));
}

static void
weft_chart_dispose (GObject *object)
{
  WeftChart *chart = WEFT_CHART (object);
  g_clear_handle_id (&chart->describe_source, g_source_remove);
  G_OBJECT_CLASS (weft_chart_parent_class)->dispose (object);
}

static void
weft_chart_finalize (GObject *object)
{
  WeftChart *chart = WEFT_CHART (object);
  g_clear_pointer (&chart->style, weft_style_free);
  weft_chart_art_free (chart->art);
  G_OBJECT_CLASS (weft_chart_parent_class)->finalize (object);
}

static void
weft_chart_class_init (WeftChartClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_chart_dispose;
  G_OBJECT_CLASS (klass)->finalize = weft_chart_finalize;
  widget_class->measure = weft_chart_measure;
  widget_class->snapshot = weft_chart_snapshot;
  widget_class->system_setting_changed = weft_chart_system_setting_changed;
  gtk_widget_class_set_css_name (widget_class, "weft-chart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);

  signals[SIGNAL_CURSOR_MOVED] = g_signal_new ("cursor-moved", WEFT_TYPE_CHART, G_SIGNAL_RUN_LAST,
                                               0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  signals[SIGNAL_RANGE_CHANGED] =
    g_signal_new ("range-changed", WEFT_TYPE_CHART, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  signals[SIGNAL_MENU] = g_signal_new ("menu", WEFT_TYPE_CHART, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
}

static void
add_controllers (WeftChart *chart)
{
  GtkWidget          *widget = GTK_WIDGET (chart);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  g_signal_connect (motion, "enter", G_CALLBACK (motion_cb), chart);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), chart);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), chart);
  gtk_widget_add_controller (widget, motion);
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), chart);
  gtk_widget_add_controller (widget, keys);
  GtkEventController *scroll =
    gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), chart);
  gtk_widget_add_controller (widget, scroll);
  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), chart);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), chart);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  GtkGesture *click = gtk_gesture_click_new ();
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), 0);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), chart);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
}

static void
weft_chart_init (WeftChart *chart)
{
  GtkWidget *widget = GTK_WIDGET (chart);
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_hexpand (widget, TRUE);
  gtk_widget_set_vexpand (widget, TRUE);
  add_controllers (chart);
  AdwStyleManager *style = adw_style_manager_get_default ();
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (forget_style), chart,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (forget_style), chart,
                           G_CONNECT_SWAPPED);
}

/**
 * weft_chart_new:
 * @name: of the curve
 *
 * Returns: (transfer floating): a chart of no runs
 */
WeftChart *
weft_chart_new (const char *name)
{
  WeftChart *chart = g_object_new (WEFT_TYPE_CHART, NULL);
  chart->art = weft_chart_art_new (name);
  g_autofree char *title = weft_chart_art_dup_title (chart->art);
  gtk_accessible_update_property (GTK_ACCESSIBLE (chart), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  describe (chart);
  return chart;
}
