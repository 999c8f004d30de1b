/* Under the timeline: what the graph costs after each step.
 *
 * A line is the share of a cost's greatest value that is left; the band reaches from all of it down
 * to the least share of any, so that all four can be compared and small falls are seen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/cost-track.h"

#include "ui/optimise/step-map.h"
#include "ui/shared/settings.h"

#include <glib/gi18n.h>
#include <math.h>

#define BAND 32.0
#define MARGIN 3.0
#define MOST_LEAST 0.9 /* so that a change of one in a thousand does not look like a fall */
#define DROP_RADIUS 2.8
#define COLUMN_PX 1.0

struct _WeftCostTrack
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkDrawingArea *band;
  GtkButton      *buttons[WEFT_N_COSTS];
  GtkLabel       *labels[WEFT_N_COSTS];

  /* Owned */
  WeftOptimiseModel *model;
  WeftCosts         *costs;

  /* Plain values */
  WeftStepMap map;
  double      unit;
  double      least; /* share at the foot of the band */
};

G_DEFINE_FINAL_TYPE (WeftCostTrack, weft_cost_track, ADW_TYPE_BIN)

/* ---- The lines ---- */

static void
set_colour (cairo_t *cr, WeftColour colour, double alpha)
{
  cairo_set_source_rgba (cr, colour.red, colour.green, colour.blue, colour.alpha * alpha);
}

/* Told apart by colour and by dash; the colours are also told apart by those who do not see red and
 * green. */
static void
set_line (cairo_t *cr, WeftCostKind kind)
{
  static const WeftRole ROLES[] = { WEFT_ROLE_TEXT, WEFT_ROLE_WIRE_INT, WEFT_ROLE_WIRE_FLOAT,
                                    WEFT_ROLE_WIRE_BOOL };
  static const double   DASHES[][2] = { { 0, 0 }, { 6, 2 }, { 2, 2 }, { 9, 3 } };
  set_colour (cr, weft_theme_colour (weft_settings_get_theme (), ROLES[kind]), 1);
  cairo_set_dash (cr, DASHES[kind], DASHES[kind][0] > 0 ? 2 : 0, 0);
  cairo_set_line_width (cr, kind == WEFT_COST_OPS ? 2 : 1.6);
}

static double
view_x (WeftCostTrack *track, double x, int width)
{
  x += WEFT_STEP_MAP_INSET * track->unit;
  return gtk_widget_get_direction (GTK_WIDGET (track)) == GTK_TEXT_DIR_RTL ? width - x : x;
}

static double
view_y (WeftCostTrack *track, WeftCostKind kind, guint step, double greatest, int height)
{
  double share = greatest > 0 ? weft_costs_get (track->costs, kind, step) / greatest : 1;
  return MARGIN + (1 - share) / (1 - track->least) * (height - 3 * MARGIN);
}

/* A stair: a step's cost holds from its place to the next one's. */
static void
draw_line (WeftCostTrack *track, cairo_t *cr, WeftCostKind kind, int width, int height)
{
  double greatest = weft_costs_greatest (track->costs, kind), last = 0;
  double y = view_y (track, kind, 0, greatest, height);
  if (!isfinite (greatest))
    return;
  cairo_move_to (cr, view_x (track, 0, width), y);
  for (guint step = 1; step <= track->map.n_steps; step++)
    {
      double place = weft_step_map_x (&track->map, step);
      if (step < track->map.n_steps && place - last < COLUMN_PX)
        continue;
      last = place;
      cairo_line_to (cr, view_x (track, place, width), y);
      y = view_y (track, kind, step, greatest, height);
      cairo_line_to (cr, view_x (track, place, width), y);
    }
  cairo_line_to (cr, view_x (track, track->map.width, width), y);
  set_line (cr, kind);
  cairo_stroke (cr);
}

static void
draw_drop (WeftCostTrack *track, cairo_t *cr, WeftCostKind kind, int width, int height)
{
  guint drop = weft_costs_biggest_drop (track->costs, kind);
  if (drop == 0)
    return;
  cairo_arc (cr, view_x (track, weft_step_map_x (&track->map, drop), width),
             view_y (track, kind, drop, weft_costs_greatest (track->costs, kind), height),
             DROP_RADIUS * track->unit, 0, 2 * G_PI);
  cairo_fill (cr);
}

static void
draw_cb (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  WeftCostTrack *track = data;
  WeftThemeKind  theme = weft_settings_get_theme ();
  double         x;
  weft_step_map_lay_out (&track->map, width - 2 * WEFT_STEP_MAP_INSET * track->unit,
                         WEFT_STEP_MAP_LEAST * track->unit);
  set_colour (cr, weft_theme_colour (theme, WEFT_ROLE_GRID), 1);
  cairo_set_line_width (cr, 1);
  cairo_move_to (cr, view_x (track, 0, width), height - MARGIN + 0.5);
  cairo_line_to (cr, view_x (track, track->map.width, width), height - MARGIN + 0.5);
  cairo_stroke (cr);
  for (guint kind = WEFT_N_COSTS; kind-- > 0;)
    {
      draw_line (track, cr, kind, width, height);
      draw_drop (track, cr, kind, width, height);
    }
  x = round (view_x (
        track, weft_step_map_x (&track->map, weft_optimise_model_get_step (track->model)), width)) +
      0.5;
  cairo_set_dash (cr, NULL, 0, 0);
  set_colour (cr, weft_theme_colour (theme, WEFT_ROLE_ACCENT), 1);
  cairo_set_line_width (cr, 1);
  cairo_move_to (cr, x, 0);
  cairo_line_to (cr, x, height);
  cairo_stroke (cr);
}

/* A sample of the line, in front of its name. */
static void
draw_sample_cb (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  set_line (cr, GPOINTER_TO_UINT (data));
  cairo_move_to (cr, 0, height / 2.0);
  cairo_line_to (cr, width, height / 2.0);
  cairo_stroke (cr);
}

/* ---- What they say ---- */

/* "bytes moved 25.6k → 15.4k": as drawn, and after the current step. */
static void
follow_step (WeftCostTrack *track)
{
  guint step = weft_optimise_model_get_step (track->model);
  for (guint kind = 0; kind < WEFT_N_COSTS; kind++)
    {
      g_autofree char *drawn = weft_cost_text (kind, weft_costs_get (track->costs, kind, 0)),
                      *now = weft_cost_text (kind, weft_costs_get (track->costs, kind, step));
      g_autofree char *text = g_strdup_printf ("%s %s → %s", weft_cost_title (kind), drawn, now);
      gtk_label_set_label (track->labels[kind], text);
      gtk_accessible_update_property (GTK_ACCESSIBLE (track->buttons[kind]),
                                      GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
    }
  gtk_widget_queue_draw (GTK_WIDGET (track->band));
}

static void
find_least (WeftCostTrack *track)
{
  track->least = MOST_LEAST;
  for (guint kind = 0; kind < WEFT_N_COSTS; kind++)
    {
      double greatest = weft_costs_greatest (track->costs, kind);
      for (guint step = 0; greatest > 0 && step <= track->map.n_steps; step++)
        track->least = MIN (track->least, weft_costs_get (track->costs, kind, step) / greatest);
    }
}

static void
follow_costs (WeftCostTrack *track)
{
  WeftHistory *history = weft_optimise_model_get_history (track->model);
  weft_step_map_init (&track->map, history);
  find_least (track);
  for (guint kind = 0; kind < WEFT_N_COSTS; kind++)
    {
      guint            drop = weft_costs_biggest_drop (track->costs, kind);
      const char      *rule = drop > 0 ? weft_history_get_step (history, drop)->rule : NULL;
      g_autofree char *text = drop > 0
                                ? g_strdup_printf (_ ("The biggest drop: step %u, %s"), drop, rule)
                                : g_strdup (_ ("No step lowers it"));
      gtk_widget_set_tooltip_text (GTK_WIDGET (track->buttons[kind]), text);
    }
  follow_step (track);
}

static void
clicked_cb (GtkButton *button, WeftCostTrack *track)
{
  for (guint kind = 0; kind < WEFT_N_COSTS; kind++)
    if (button == track->buttons[kind])
      {
        guint drop = weft_costs_biggest_drop (track->costs, kind);
        if (drop > 0)
          weft_optimise_model_go (track->model, drop, WEFT_HALF_MADE);
      }
}

/* A click on a drop's dot goes there, one anywhere else to the step that stands there. */
static void
pressed_cb (GtkGestureClick *click, int n, double x, double y, WeftCostTrack *track)
{
  int width = gtk_widget_get_width (GTK_WIDGET (track->band));
  if (gtk_widget_get_direction (GTK_WIDGET (track)) == GTK_TEXT_DIR_RTL)
    x = width - x;
  x -= WEFT_STEP_MAP_INSET * track->unit;
  guint step = weft_step_map_step (&track->map, x);
  for (guint kind = 0; kind < WEFT_N_COSTS; kind++)
    {
      guint drop = weft_costs_biggest_drop (track->costs, kind);
      if (drop > 0 &&
          fabs (weft_step_map_x (&track->map, drop) - x) < 2 * DROP_RADIUS * track->unit)
        step = drop;
    }
  if (track->map.n_steps > 0)
    weft_optimise_model_go (track->model, step, WEFT_HALF_MADE);
}

/* ---- The widget ---- */

static void
add_button (WeftCostTrack *track, GtkFlowBox *legend, WeftCostKind kind)
{
  GtkWidget *button = gtk_button_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *sample = gtk_drawing_area_new (), *label = gtk_label_new (NULL);
  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (sample), 22);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (sample), 8);
  gtk_widget_set_valign (sample, GTK_ALIGN_CENTER);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (sample), draw_sample_cb,
                                  GUINT_TO_POINTER (kind), NULL);
  gtk_widget_add_css_class (label, "numeric");
  gtk_box_append (GTK_BOX (box), sample);
  gtk_box_append (GTK_BOX (box), label);
  gtk_button_set_child (GTK_BUTTON (button), box);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "cost");
  g_signal_connect (button, "clicked", G_CALLBACK (clicked_cb), track);
  gtk_flow_box_insert (legend, button, -1);
  gtk_widget_set_focusable (gtk_widget_get_parent (button), FALSE);
  track->buttons[kind] = GTK_BUTTON (button);
  track->labels[kind] = GTK_LABEL (label);
}

static void
weft_cost_track_dispose (GObject *object)
{
  WeftCostTrack *track = WEFT_COST_TRACK (object);
  g_clear_object (&track->model);
  g_clear_object (&track->costs);
  G_OBJECT_CLASS (weft_cost_track_parent_class)->dispose (object);
}

static void
weft_cost_track_class_init (WeftCostTrackClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_cost_track_dispose;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "weft-cost-track");
}

static void
measure_unit (WeftCostTrack *track)
{
  track->unit = weft_step_map_unit (GTK_WIDGET (track));
  gtk_drawing_area_set_content_height (track->band, (int) (BAND * track->unit));
}

static void
weft_cost_track_init (WeftCostTrack *track)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *legend = gtk_flow_box_new ();
  track->unit = 1;
  track->band = GTK_DRAWING_AREA (gtk_drawing_area_new ());
  gtk_drawing_area_set_draw_func (track->band, draw_cb, track, NULL);
  GtkGesture *click = gtk_gesture_click_new ();
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), track);
  gtk_widget_add_controller (GTK_WIDGET (track->band), GTK_EVENT_CONTROLLER (click));
  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (legend), GTK_SELECTION_NONE);
  gtk_flow_box_set_min_children_per_line (GTK_FLOW_BOX (legend), 2);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (legend), WEFT_N_COSTS);
  gtk_accessible_update_property (GTK_ACCESSIBLE (legend), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Costs as drawn and after this step"), -1);
  for (guint kind = 0; kind < WEFT_N_COSTS; kind++)
    add_button (track, GTK_FLOW_BOX (legend), kind);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (track->band));
  gtk_box_append (GTK_BOX (box), legend);
  adw_bin_set_child (ADW_BIN (track), box);
  g_signal_connect (track, "map", G_CALLBACK (measure_unit), NULL);
  AdwStyleManager *style = adw_style_manager_get_default ();
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (gtk_widget_queue_draw), track->band,
                           G_CONNECT_SWAPPED);
}

/**
 * weft_cost_track_new:
 * @model: where one is, and where one goes
 * @costs: its costs
 *
 * Returns: (transfer floating): a track
 */
WeftCostTrack *
weft_cost_track_new (WeftOptimiseModel *model, WeftCosts *costs)
{
  WeftCostTrack *track = g_object_new (WEFT_TYPE_COST_TRACK, NULL);
  track->model = g_object_ref (model);
  track->costs = g_object_ref (costs);
  g_signal_connect_object (model, "changed", G_CALLBACK (follow_costs), track, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "moved", G_CALLBACK (follow_step), track, G_CONNECT_SWAPPED);
  g_signal_connect_object (costs, "ready", G_CALLBACK (follow_costs), track, G_CONNECT_SWAPPED);
  follow_costs (track);
  return track;
}
