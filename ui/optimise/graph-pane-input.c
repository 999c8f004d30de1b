/* Controllers and keys of the pane. A press that does not move is a click; one that moves pans.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/graph-pane-private.h"

#include "ui/shared/commands.h"

#include <math.h>

#define WHEEL_STEP 1.15
#define KEY_STEP 1.25
#define DRAG_THRESHOLD_PX 4.0
#define WIRE_REACH_PX 7.0
#define SCROLL_PX 48

/* ---- Pointer ---- */

static guint
box_at (WeftGraphPane *pane, double x, double y)
{
  WeftPoint at = weft_graph_pane_from_view (pane, x, y);

  return pane->scene ? weft_graph_scene_box_at (pane->scene, at.x, at.y) : WEFT_NO_BOX;
}

static void
hover (WeftGraphPane *pane, double x, double y)
{
  WeftPoint at = weft_graph_pane_from_view (pane, x, y);
  guint     box = box_at (pane, x, y);
  guint     wire = WEFT_NO_BOX;

  pane->pointer_x = x;
  pane->pointer_y = y;
  if (box == WEFT_NO_BOX && pane->scene)
    wire = weft_graph_scene_wire_at (pane->scene, at.x, at.y,
                                     WIRE_REACH_PX / weft_graph_camera_get_zoom (pane->camera));
  weft_graph_pane_set_hovered (pane, box, wire);
}

static void
press (WeftGraphPane *pane, double x, double y)
{
  weft_graph_pane_stop_gliding (pane);
  pane->pressed = TRUE;
  pane->panning = FALSE;
  pane->press_x = x;
  pane->press_y = y;
  pane->press_camera_x = weft_graph_camera_get_x (pane->camera);
  pane->press_camera_y = weft_graph_camera_get_y (pane->camera);
}

static void
pan_to (WeftGraphPane *pane, double x, double y)
{
  double zoom = weft_graph_camera_get_zoom (pane->camera);

  if (!pane->panning &&
      hypot (x - pane->press_x, y - pane->press_y) < DRAG_THRESHOLD_PX)
    return;
  if (!pane->panning)
    gtk_widget_set_cursor_from_name (GTK_WIDGET (pane), "grabbing");
  pane->panning = TRUE;
  weft_graph_camera_move (pane->camera, pane->press_camera_x - (x - pane->press_x) / zoom,
                          pane->press_camera_y - (y - pane->press_y) / zoom, zoom);
}

static void
release (WeftGraphPane *pane)
{
  pane->pressed = pane->panning = FALSE;
  gtk_widget_set_cursor (GTK_WIDGET (pane), NULL);
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, WeftGraphPane *pane)
{
  guint box = box_at (pane, x, y);

  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  press (pane, x, y);
  if (box != WEFT_NO_BOX)
    weft_graph_pane_focus_box (pane, box);
  else
    gtk_widget_grab_focus (GTK_WIDGET (pane));
  if (n_press == 2 && box != WEFT_NO_BOX)
    weft_graph_pane_emit (pane, "activate", box);
}

static void
update_cb (GtkGesture *gesture, GdkEventSequence *sequence, WeftGraphPane *pane)
{
  double x, y;

  if (pane->pressed && gtk_gesture_get_point (gesture, sequence, &x, &y))
    pan_to (pane, x, y);
}

static void
end_cb (GtkGesture *gesture, GdkEventSequence *sequence, WeftGraphPane *pane)
{
  double   x, y;
  gboolean click = pane->pressed && !pane->panning;

  release (pane);
  if (click && gtk_gesture_get_point (gesture, sequence, &x, &y))
    weft_graph_pane_emit (pane, "select", box_at (pane, x, y));
}

static void
cancel_cb (GtkGesture *gesture, GdkEventSequence *sequence, WeftGraphPane *pane)
{
  release (pane);
}

static void
middle_begin_cb (GtkGestureDrag *gesture, double x, double y, WeftGraphPane *pane)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  press (pane, x, y);
}

static void
middle_update_cb (GtkGestureDrag *gesture, double dx, double dy, WeftGraphPane *pane)
{
  if (pane->pressed)
    pan_to (pane, pane->press_x + dx, pane->press_y + dy);
}

static void
middle_end_cb (GtkGestureDrag *gesture, double dx, double dy, WeftGraphPane *pane)
{
  release (pane);
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, WeftGraphPane *pane)
{
  if (!pane->pressed)
    hover (pane, x, y);
}

static void
leave_cb (GtkEventControllerMotion *controller, WeftGraphPane *pane)
{
  weft_graph_pane_set_hovered (pane, WEFT_NO_BOX, WEFT_NO_BOX);
}

/* As on the canvas: a wheel zooms at the pointer; two fingers pan, with Ctrl they zoom; Shift
 * turns a wheel sideways. */
static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy, WeftGraphPane *pane)
{
  GtkEventController *self = GTK_EVENT_CONTROLLER (controller);
  GdkModifierType     state = gtk_event_controller_get_current_event_state (self);
  GdkDevice          *device = gtk_event_controller_get_current_event_device (self);
  gboolean            surface =
    gtk_event_controller_scroll_get_unit (controller) == GDK_SCROLL_UNIT_SURFACE;
  gboolean touchpad =
    surface || (device && gdk_device_get_source (device) == GDK_SOURCE_TOUCHPAD);
  double unit = surface ? 1 : SCROLL_PX;
  double zoom = weft_graph_camera_get_zoom (pane->camera);

  weft_graph_pane_stop_gliding (pane);
  if (state & GDK_SHIFT_MASK)
    weft_graph_camera_move (pane->camera,
                            weft_graph_camera_get_x (pane->camera) +
                              (dx != 0 ? dx : dy) * unit / zoom,
                            weft_graph_camera_get_y (pane->camera), zoom);
  else if (touchpad && !(state & GDK_CONTROL_MASK))
    weft_graph_camera_move (pane->camera, weft_graph_camera_get_x (pane->camera) + dx * unit / zoom,
                            weft_graph_camera_get_y (pane->camera) + dy * unit / zoom, zoom);
  else
    weft_graph_pane_zoom_at (pane, pow (WHEEL_STEP, -dy * (touchpad ? unit / SCROLL_PX : 1)),
                             pane->pointer_x, pane->pointer_y);
  return GDK_EVENT_STOP;
}

static void
pinch_begin_cb (GtkGesture *gesture, GdkEventSequence *sequence, WeftGraphPane *pane)
{
  release (pane);
  pane->pinch_zoom = weft_graph_camera_get_zoom (pane->camera);
}

static void
pinch_cb (GtkGestureZoom *gesture, double scale, WeftGraphPane *pane)
{
  double x, y;

  if (pane->pinch_zoom > 0 &&
      gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y))
    weft_graph_pane_zoom_at (
      pane, pane->pinch_zoom * scale / weft_graph_camera_get_zoom (pane->camera), x, y);
}

static void
add_buttons (WeftGraphPane *pane)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *middle = gtk_gesture_drag_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_PRIMARY);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), pane);
  g_signal_connect (click, "update", G_CALLBACK (update_cb), pane);
  g_signal_connect (click, "end", G_CALLBACK (end_cb), pane);
  g_signal_connect (click, "cancel", G_CALLBACK (cancel_cb), pane);
  gtk_widget_add_controller (GTK_WIDGET (pane), GTK_EVENT_CONTROLLER (click));

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (middle), GDK_BUTTON_MIDDLE);
  g_signal_connect (middle, "drag-begin", G_CALLBACK (middle_begin_cb), pane);
  g_signal_connect (middle, "drag-update", G_CALLBACK (middle_update_cb), pane);
  g_signal_connect (middle, "drag-end", G_CALLBACK (middle_end_cb), pane);
  gtk_widget_add_controller (GTK_WIDGET (pane), GTK_EVENT_CONTROLLER (middle));
}

/* Once, in the pane's init. */
void
weft_graph_pane_add_controllers (WeftGraphPane *pane)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll =
    gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkGesture *pinch = gtk_gesture_zoom_new ();

  add_buttons (pane);
  weft_commands_add_keys (GTK_WIDGET (pane), "graph.");
  g_signal_connect (motion, "enter", G_CALLBACK (motion_cb), pane);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), pane);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), pane);
  gtk_widget_add_controller (GTK_WIDGET (pane), motion);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), pane);
  gtk_widget_add_controller (GTK_WIDGET (pane), scroll);
  g_signal_connect (pinch, "begin", G_CALLBACK (pinch_begin_cb), pane);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (pinch_cb), pane);
  gtk_widget_add_controller (GTK_WIDGET (pane), GTK_EVENT_CONTROLLER (pinch));
}

/* ---- Keys ---- */

static guint
current_box (WeftGraphPane *pane)
{
  guint box = weft_graph_pane_focused_box (pane);

  if (box == WEFT_NO_BOX && pane->art && pane->selected != G_MAXUINT)
    box = weft_graph_art_find (pane->art, pane->selected);
  return box;
}

static void
walk_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  static const char *const names[] = { "graph.walk-up", "graph.walk-down", "graph.walk-left",
                                       "graph.walk-right" };
  WeftGraphPane           *pane = WEFT_GRAPH_PANE (widget);
  guint                    to = WEFT_NO_BOX;

  for (guint i = 0; pane->scene && i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i]))
      to = weft_graph_scene_walk (pane->scene, current_box (pane), (WeftWalk) i);
  if (to == WEFT_NO_BOX)
    return;
  weft_graph_pane_focus_box (pane, to);
  weft_graph_pane_emit (pane, "select", to);
}

static void
activate_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftGraphPane *pane = WEFT_GRAPH_PANE (widget);
  guint          box = current_box (pane);

  if (box != WEFT_NO_BOX)
    weft_graph_pane_emit (pane, "activate", box);
}

static void
zoom_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftGraphPane *pane = WEFT_GRAPH_PANE (widget);

  if (g_str_equal (name, "graph.fit"))
    weft_graph_pane_show_all (pane);
  else if (g_str_equal (name, "graph.zoom-reset"))
    weft_graph_pane_zoom_by (pane, 1 / weft_graph_camera_get_zoom (pane->camera));
  else
    weft_graph_pane_zoom_by (pane, g_str_equal (name, "graph.zoom-in") ? KEY_STEP : 1 / KEY_STEP);
}

static void
compact_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftGraphPane *pane = WEFT_GRAPH_PANE (widget);

  weft_graph_pane_set_compact (pane, !weft_graph_pane_get_compact (pane));
}

/* Once, in the pane's class_init. */
void
weft_graph_pane_install_actions (GtkWidgetClass *class)
{
  static const struct
  {
    const char                 *name;
    GtkWidgetActionActivateFunc func;
  } actions[] = {
    { "graph.walk-up", walk_action },
    { "graph.walk-down", walk_action },
    { "graph.walk-left", walk_action },
    { "graph.walk-right", walk_action },
    { "graph.activate", activate_action },
    { "graph.zoom-in", zoom_action },
    { "graph.zoom-out", zoom_action },
    { "graph.zoom-reset", zoom_action },
    { "graph.fit", zoom_action },
    { "graph.compact", compact_action },
  };

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (class, actions[i].name, NULL, actions[i].func);
}
