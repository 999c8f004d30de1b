/* The rewrites of a history as a line of ticks under a bar for each phase.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/timeline.h"

#include "ui/optimise/phase.h"
#include "ui/optimise/step-map.h"
#include "ui/shared/settings.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>
#include <pango/pangocairo.h>

/* Lengths in units of the text's size. */
#define BAR_HEIGHT 21.0
#define BAR_GAP 4.0
#define BAR_RADIUS 5.0
#define TICK_ROW 32.0
#define TICK_RADIUS 6.5
#define CURRENT_RADIUS 10.5
#define DENSE_PITCH 11.0 /* below it, ticks are a strip */
#define STRIP_HEIGHT 22.0
#define STRIP_LEAST 3.0
#define COLUMN_PX 2.0

struct _WeftTimeline
{
  GtkWidget parent_instance;

  /* Owned */
  WeftOptimiseModel *model;
  WeftCosts         *costs;

  /* Plain values */
  WeftStepMap map;
  double      unit;
  double      scrolled;
  double      drag_x;
  gboolean    quiz;
};

G_DEFINE_FINAL_TYPE (WeftTimeline, weft_timeline, GTK_TYPE_WIDGET)

typedef struct
{
  WeftTimeline *timeline;
  cairo_t      *cr;
  WeftThemeKind theme;
  double        unit, width;
  guint         step;
} Plot;

/* ---- Places ---- */

static gboolean
is_mirrored (WeftTimeline *timeline)
{
  return gtk_widget_get_direction (GTK_WIDGET (timeline)) == GTK_TEXT_DIR_RTL;
}

static void
lay_out (WeftTimeline *timeline)
{
  double width =
    gtk_widget_get_width (GTK_WIDGET (timeline)) - 2 * WEFT_STEP_MAP_INSET * timeline->unit;
  weft_step_map_lay_out (&timeline->map, width, WEFT_STEP_MAP_LEAST * timeline->unit);
}

static guint
step_at (WeftTimeline *timeline, double x)
{
  if (is_mirrored (timeline))
    x = gtk_widget_get_width (GTK_WIDGET (timeline)) - x;
  return weft_step_map_step (&timeline->map, x - WEFT_STEP_MAP_INSET * timeline->unit);
}

/* ---- Drawing ---- */

static void
set_colour (const Plot *plot, WeftColour colour, double alpha)
{
  cairo_set_source_rgba (plot->cr, colour.red, colour.green, colour.blue, colour.alpha * alpha);
}

static void
round_rect (cairo_t *cr, double x, double y, double width, double height, double radius)
{
  radius = MIN (radius, MIN (width, height) / 2);
  cairo_new_sub_path (cr);
  cairo_arc (cr, x + width - radius, y + radius, radius, -G_PI_2, 0);
  cairo_arc (cr, x + width - radius, y + height - radius, radius, 0, G_PI_2);
  cairo_arc (cr, x + radius, y + height - radius, radius, G_PI_2, G_PI);
  cairo_arc (cr, x + radius, y + radius, radius, G_PI, 1.5 * G_PI);
  cairo_close_path (cr);
}

/* Where @x of the line, counted from its beginning, is drawn. */
static double
view_x (const Plot *plot, double x)
{
  x += WEFT_STEP_MAP_INSET * plot->unit;
  return is_mirrored (plot->timeline) ? plot->width - x : x;
}

/* The name of a phase in its bar, as much of it as there is room for. */
static void
draw_name (const Plot *plot, WeftPhase phase, double middle, double width)
{
  double room = width - 6 * plot->unit;
  int    text_width, text_height;
  if (room < 10 * plot->unit)
    return;
  PangoLayout *layout =
    gtk_widget_create_pango_layout (GTK_WIDGET (plot->timeline), weft_phase_title (phase));
  PangoAttrList *attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_attr_list_insert (attributes, pango_attr_scale_new (0.82));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_get_pixel_size (layout, &text_width, &text_height);
  if (text_width > room)
    {
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
      pango_layout_set_width (layout, (int) (room * PANGO_SCALE));
      pango_layout_get_pixel_size (layout, &text_width, NULL);
    }
  set_colour (plot, weft_phase_text (plot->theme), 1);
  cairo_move_to (plot->cr, round (middle - text_width / 2.0),
                 round ((BAR_HEIGHT * plot->unit - text_height) / 2));
  pango_cairo_show_layout (plot->cr, layout);
  g_object_unref (layout);
}

static void
draw_bar (const Plot *plot, const WeftStepRun *run)
{
  double gap = MIN (BAR_GAP * plot->unit, run->width / 4);
  double width = run->width - gap, middle = view_x (plot, run->x + run->width / 2);
  round_rect (plot->cr, middle - width / 2, 0, width, BAR_HEIGHT * plot->unit,
              BAR_RADIUS * plot->unit);
  set_colour (plot, weft_phase_colour (plot->theme, run->phase), 1);
  cairo_fill (plot->cr);
  draw_name (plot, run->phase, middle, width);
}

static double
tick_y (const Plot *plot)
{
  return (BAR_HEIGHT + TICK_ROW / 2) * plot->unit;
}

/* Done: filled; to come: a ring. What the rule saw of the current step is a ring with a dot, what
 * it made is filled. */
static void
draw_tick (const Plot *plot, WeftPhase phase, guint step, double radius)
{
  WeftColour colour = weft_phase_colour (plot->theme, phase);
  double     x = view_x (plot, weft_step_map_x (&plot->timeline->map, step));
  gboolean   seen =
    step == plot->step && weft_optimise_model_get_half (plot->timeline->model) == WEFT_HALF_SAW;
  cairo_new_path (plot->cr);
  cairo_arc (plot->cr, x, tick_y (plot), radius, 0, 2 * G_PI);
  if (step <= plot->step && !seen)
    {
      set_colour (plot, colour, 1);
      cairo_fill (plot->cr);
      return;
    }
  set_colour (plot, weft_theme_colour (plot->theme, WEFT_ROLE_CARD), 1);
  cairo_fill_preserve (plot->cr);
  set_colour (plot, colour, 1);
  cairo_set_line_width (plot->cr, (seen ? 2.6 : 1.7) * plot->unit);
  cairo_stroke (plot->cr);
  if (!seen)
    return;
  cairo_arc (plot->cr, x, tick_y (plot), radius * 0.45, 0, 2 * G_PI);
  cairo_fill (plot->cr);
}

static double
ops_saved (WeftTimeline *timeline, guint step)
{
  double saved = weft_costs_get (timeline->costs, WEFT_COST_OPS, step - 1) -
                 weft_costs_get (timeline->costs, WEFT_COST_OPS, step);
  return saved > 0 ? saved : 0;
}

/* Thousands of steps: a column for each few pixels, as high as they saved ops; what is to come is
 * paler. */
static void
draw_strip (const Plot *plot, const WeftStepRun *run)
{
  WeftColour colour = weft_phase_colour (plot->theme, run->phase);
  guint      n = MIN (run->end - run->first, (guint) MAX (1, run->width / COLUMN_PX));
  double    *saved = g_new0 (double, n);
  double     most = 0, pitch = run->width / n;
  for (guint step = run->first; step < run->end; step++)
    {
      guint column = (guint) ((guint64) (step - run->first) * n / (run->end - run->first));
      saved[column] += ops_saved (plot->timeline, step);
      most = MAX (most, saved[column]);
    }
  for (guint i = 0; i < n; i++)
    {
      guint  step = run->first + (guint) ((guint64) i * (run->end - run->first) / n);
      double share = most > 0 ? sqrt (saved[i] / most) : 0;
      double height = (STRIP_LEAST + (STRIP_HEIGHT - STRIP_LEAST) * share) * plot->unit;
      double x = view_x (plot, run->x + (i + 0.5) * pitch);
      cairo_rectangle (plot->cr, x - pitch / 2, tick_y (plot) - height / 2, pitch, height);
      set_colour (plot, colour, step <= plot->step ? 1 : 0.4);
      cairo_fill (plot->cr);
    }
  g_free (saved);
}

static void
draw_ticks (const Plot *plot, const WeftStepRun *run)
{
  double pitch = weft_step_map_pitch (run);
  double radius = MIN (TICK_RADIUS * plot->unit, pitch * 0.38);
  if (pitch < DENSE_PITCH * plot->unit)
    {
      draw_strip (plot, run);
      return;
    }
  for (guint step = run->first; step < run->end; step++)
    if (step != plot->step)
      draw_tick (plot, run->phase, step, radius);
}

/* Over everything else, with a ring of the ground round it. */
static void
draw_current (const Plot *plot)
{
  const WeftStepMap *map = &plot->timeline->map;
  double             radius = CURRENT_RADIUS * plot->unit;
  double             x = view_x (plot, plot->step == 0 ? 0 : weft_step_map_x (map, plot->step));
  cairo_new_path (plot->cr);
  cairo_arc (plot->cr, x, tick_y (plot), radius + 2 * plot->unit, 0, 2 * G_PI);
  set_colour (plot, weft_theme_colour (plot->theme, WEFT_ROLE_CARD), 1);
  cairo_fill (plot->cr);
  for (guint i = 0; i < map->n_runs; i++)
    if (plot->step >= map->runs[i].first && plot->step < map->runs[i].end)
      draw_tick (plot, map->runs[i].phase, plot->step, radius);
  if (plot->step > 0)
    return;
  cairo_arc (plot->cr, x, tick_y (plot), TICK_RADIUS * plot->unit, 0, 2 * G_PI);
  set_colour (plot, weft_theme_colour (plot->theme, WEFT_ROLE_TEXT_DIM), 1);
  cairo_fill (plot->cr);
}

static void
draw_line (const Plot *plot)
{
  double y = round (tick_y (plot)) + 0.5;
  set_colour (plot, weft_theme_colour (plot->theme, WEFT_ROLE_CARD_BORDER), 1);
  cairo_set_line_width (plot->cr, MAX (1, round (1.5 * plot->unit)));
  cairo_move_to (plot->cr, view_x (plot, 0), y);
  cairo_line_to (plot->cr, view_x (plot, plot->timeline->map.width), y);
  cairo_stroke (plot->cr);
}

static void
weft_timeline_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftTimeline *timeline = WEFT_TIMELINE (widget);
  int           width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  if (width <= 0 || height <= 0)
    return;
  cairo_t *cr =
    gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  Plot plot = { .timeline = timeline,
                .cr = cr,
                .theme = weft_settings_get_theme (),
                .unit = timeline->unit,
                .width = width,
                .step = weft_optimise_model_get_step (timeline->model) };
  lay_out (timeline);
  draw_line (&plot);
  for (guint i = 0; i < timeline->map.n_runs; i++)
    {
      if (timeline->quiz && timeline->map.runs[i].first > plot.step)
        break;
      draw_bar (&plot, &timeline->map.runs[i]);
      draw_ticks (&plot, &timeline->map.runs[i]);
    }
  draw_current (&plot);
  cairo_destroy (cr);
}

/* ---- What it tells ---- */

static char *
dup_step_text (WeftTimeline *timeline, guint step)
{
  WeftHistory *history = weft_optimise_model_get_history (timeline->model);
  guint        n = timeline->map.n_steps;
  if (history == NULL)
    return g_strdup (_ ("no steps"));
  if (step == 0 || step > n)
    return g_strdup_printf (
      g_dngettext (NULL, "as drawn, before %u step", "as drawn, before %u steps", n), n);
  /* Translators: step 7 of 23, log-softmax */
  return g_strdup_printf (_ ("step %u of %u, %s"), step, n,
                          weft_history_get_step (history, step)->rule);
}

/**
 * weft_timeline_dup_text:
 * @timeline: a timeline
 *
 * Returns: (transfer full): where it stands, in words
 */
char *
weft_timeline_dup_text (WeftTimeline *timeline)
{
  return dup_step_text (timeline, weft_optimise_model_get_step (timeline->model));
}

/* GTK 4.8 gives a slider of one's own no value on the bus, so the text is its description too. */
static void
describe (WeftTimeline *timeline)
{
  g_autofree char *text = weft_timeline_dup_text (timeline);
  guint            step = weft_optimise_model_get_step (timeline->model);
  gtk_accessible_update_property (GTK_ACCESSIBLE (timeline), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, (double) timeline->map.n_steps,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, (double) step,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static gboolean
weft_timeline_query_tooltip (
  GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  WeftTimeline *timeline = WEFT_TIMELINE (widget);
  guint         current = weft_optimise_model_get_step (timeline->model),
        step = keyboard ? current : step_at (timeline, x);
  if (timeline->map.n_steps == 0 || (timeline->quiz && step > current))
    return FALSE;
  g_autofree char *text = dup_step_text (timeline, step);
  if (step > 0)
    {
      g_autofree char *before = NULL, *after = NULL;
      weft_history_formulas (weft_optimise_model_get_history (timeline->model), step, 12, &before,
                             &after);
      g_autofree char *whole = g_strdup_printf ("%s\n%s → %s", text, before, after);
      gtk_tooltip_set_text (tooltip, whole);
    }
  else
    gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

/* ---- Pointer ---- */

static void
go_to (WeftTimeline *timeline, double x)
{
  guint step = step_at (timeline, x), current = weft_optimise_model_get_step (timeline->model);
  if (timeline->map.n_steps == 0 || (timeline->quiz && step > current))
    return;
  weft_optimise_model_go (timeline->model, step, WEFT_HALF_MADE);
}

static void
drag_begin_cb (GtkGestureDrag *drag, double x, double y, WeftTimeline *timeline)
{
  gtk_widget_grab_focus (GTK_WIDGET (timeline));
  gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_CLAIMED);
  timeline->drag_x = x;
  go_to (timeline, x);
}

static void
drag_update_cb (GtkGestureDrag *drag, double dx, double dy, WeftTimeline *timeline)
{
  go_to (timeline, timeline->drag_x + dx);
}

static gboolean
scroll_cb (GtkEventControllerScroll *scroll, double dx, double dy, WeftTimeline *timeline)
{
  guint  current = weft_optimise_model_get_step (timeline->model);
  double whole;
  timeline->scrolled = modf (timeline->scrolled + dx + dy, &whole);
  gint64 step = CLAMP ((gint64) current + (gint64) whole, 0, timeline->map.n_steps);
  if (step != current && !(timeline->quiz && step > current))
    weft_optimise_model_go (timeline->model, (guint) step, WEFT_HALF_MADE);
  return GDK_EVENT_STOP;
}

/* ---- The widget ---- */

static void
moved_cb (WeftTimeline *timeline)
{
  describe (timeline);
  gtk_widget_queue_draw (GTK_WIDGET (timeline));
}

static void
changed_cb (WeftTimeline *timeline)
{
  weft_step_map_init (&timeline->map, weft_optimise_model_get_history (timeline->model));
  moved_cb (timeline);
}

/**
 * weft_timeline_set_quiz:
 * @timeline: a timeline
 * @quiz: whether what comes after the current step is hidden
 */
void
weft_timeline_set_quiz (WeftTimeline *timeline, gboolean quiz)
{
  timeline->quiz = quiz;
  gtk_widget_queue_draw (GTK_WIDGET (timeline));
}

static void
weft_timeline_measure (GtkWidget     *widget,
                       GtkOrientation orientation,
                       int            for_size,
                       int           *minimum,
                       int           *natural,
                       int           *minimum_baseline,
                       int           *natural_baseline)
{
  WeftTimeline *timeline = WEFT_TIMELINE (widget);
  timeline->unit = weft_step_map_unit (widget);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = (int) (200 * timeline->unit);
      *natural = (int) (600 * timeline->unit);
    }
  else
    *minimum = *natural = (int) ceil ((BAR_HEIGHT + TICK_ROW) * timeline->unit);
}

static void
weft_timeline_dispose (GObject *object)
{
  WeftTimeline *timeline = WEFT_TIMELINE (object);
  g_clear_object (&timeline->model);
  g_clear_object (&timeline->costs);
  G_OBJECT_CLASS (weft_timeline_parent_class)->dispose (object);
}

static void
weft_timeline_class_init (WeftTimelineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_timeline_dispose;
  widget_class->measure = weft_timeline_measure;
  widget_class->snapshot = weft_timeline_snapshot;
  widget_class->query_tooltip = weft_timeline_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "weft-timeline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
add_controllers (WeftTimeline *timeline)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), timeline);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), timeline);
  gtk_widget_add_controller (GTK_WIDGET (timeline), GTK_EVENT_CONTROLLER (drag));
  GtkEventController *scroll =
    gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), timeline);
  gtk_widget_add_controller (GTK_WIDGET (timeline), scroll);
}

static void
weft_timeline_init (WeftTimeline *timeline)
{
  timeline->unit = 1;
  gtk_widget_set_focusable (GTK_WIDGET (timeline), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (timeline), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (timeline), TRUE);
  add_controllers (timeline);
  AdwStyleManager *style = adw_style_manager_get_default ();
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (gtk_widget_queue_draw), timeline,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (gtk_widget_queue_draw),
                           timeline, G_CONNECT_SWAPPED);
}

/**
 * weft_timeline_new:
 * @model: where one is, and where one goes
 * @costs: its costs
 *
 * Returns: (transfer floating): a timeline
 */
WeftTimeline *
weft_timeline_new (WeftOptimiseModel *model, WeftCosts *costs)
{
  WeftTimeline *timeline = g_object_new (WEFT_TYPE_TIMELINE, NULL);
  timeline->model = g_object_ref (model);
  timeline->costs = g_object_ref (costs);
  g_signal_connect_object (model, "changed", G_CALLBACK (changed_cb), timeline, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "moved", G_CALLBACK (moved_cb), timeline, G_CONNECT_SWAPPED);
  g_signal_connect_object (costs, "ready", G_CALLBACK (gtk_widget_queue_draw), timeline,
                           G_CONNECT_SWAPPED);
  gtk_accessible_update_property (GTK_ACCESSIBLE (timeline), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Timeline of the rewrites"), -1);
  changed_cb (timeline);
  return timeline;
}
