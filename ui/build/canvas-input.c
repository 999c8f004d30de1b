/* Event controllers of the canvas. They know the input devices, nothing else: what is done stands
 * in canvas-drag.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include "ui/shared/commands.h"

#include <math.h>

#define WHEEL_STEP 1.15

static GdkModifierType
state_of (gpointer controller)
{
  return gtk_event_controller_get_current_event_state (controller);
}

/* ---- First button ---- */

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, WeftCanvas *canvas)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  weft_canvas_press (canvas, x, y, (guint) n_press, state_of (gesture));
}

static void
update_cb (GtkGesture *gesture, GdkEventSequence *sequence, WeftCanvas *canvas)
{
  double x, y;

  if (canvas->drag.kind != WEFT_DRAG_NONE && gtk_gesture_get_point (gesture, sequence, &x, &y))
    weft_canvas_motion (canvas, x, y, state_of (gesture));
}

static void
end_cb (GtkGesture *gesture, GdkEventSequence *sequence, WeftCanvas *canvas)
{
  double x, y;

  if (canvas->drag.kind != WEFT_DRAG_NONE && gtk_gesture_get_point (gesture, sequence, &x, &y))
    weft_canvas_release (canvas, x, y, state_of (gesture));
}

static void
cancel_cb (GtkGesture *gesture, GdkEventSequence *sequence, WeftCanvas *canvas)
{
  weft_canvas_cancel (canvas);
}

/* ---- Middle button ---- */

static void
middle_begin_cb (GtkGestureDrag *gesture, double x, double y, WeftCanvas *canvas)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  weft_canvas_press_pan (canvas, x, y);
}

static void
middle_update_cb (GtkGestureDrag *gesture, double dx, double dy, WeftCanvas *canvas)
{
  if (canvas->drag.kind == WEFT_DRAG_PAN)
    weft_canvas_motion (canvas, canvas->drag.start_x + dx, canvas->drag.start_y + dy, 0);
}

static void
middle_end_cb (GtkGestureDrag *gesture, double dx, double dy, WeftCanvas *canvas)
{
  if (canvas->drag.kind == WEFT_DRAG_PAN)
    weft_canvas_release (canvas, canvas->drag.start_x + dx, canvas->drag.start_y + dy, 0);
}

/* ---- Right button, long press ---- */

static void
menu_cb (GtkGestureClick *gesture, int n_press, double x, double y, WeftCanvas *canvas)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  weft_canvas_remember_pointer (canvas, x, y);
  if (state_of (gesture) & (GDK_CONTROL_MASK | GDK_SHIFT_MASK) && canvas->document)
    weft_canvas_press_knife (canvas, x, y, state_of (gesture));
  else
    weft_canvas_popup_menu (canvas, x, y);
}

static void
long_press_cb (GtkGestureLongPress *gesture, double x, double y, WeftCanvas *canvas)
{
  weft_canvas_remember_pointer (canvas, x, y);
  weft_canvas_popup_menu (canvas, x, y);
}

/* ---- Motion, wheel, pinch ---- */

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, WeftCanvas *canvas)
{
  weft_canvas_hover (canvas, x, y);
}

static void
leave_cb (GtkEventControllerMotion *controller, WeftCanvas *canvas)
{
  canvas->pointer_inside = FALSE;
}

/* A wheel zooms at the pointer; two fingers on a touchpad pan, with Ctrl they zoom; Shift turns a
 * wheel sideways. */
static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy, WeftCanvas *canvas)
{
  GtkEventController *self = GTK_EVENT_CONTROLLER (controller);
  GdkModifierType     state = gtk_event_controller_get_current_event_state (self);
  GdkDevice          *device = gtk_event_controller_get_current_event_device (self);
  gboolean            touchpad =
    gtk_event_controller_scroll_get_unit (controller) == GDK_SCROLL_UNIT_SURFACE ||
    (device && gdk_device_get_source (device) == GDK_SOURCE_TOUCHPAD);
  double unit =
    gtk_event_controller_scroll_get_unit (controller) == GDK_SCROLL_UNIT_SURFACE ? 1 : 48;

  weft_canvas_stop_fling (canvas);
  if (touchpad && !(state & GDK_CONTROL_MASK))
    weft_canvas_set_view (canvas, canvas->pan_x - dx * unit, canvas->pan_y - dy * unit,
                          canvas->zoom);
  else if (state & GDK_SHIFT_MASK)
    weft_canvas_set_view (canvas, canvas->pan_x - (dx != 0 ? dx : dy) * unit, canvas->pan_y,
                          canvas->zoom);
  else
    weft_canvas_zoom_at (canvas, pow (WHEEL_STEP, -dy * (touchpad ? unit / 48 : 1)),
                         canvas->pointer_x, canvas->pointer_y);
  /* A zoom in the middle of a drag moves what is under the pointer. */
  if (canvas->drag.kind != WEFT_DRAG_NONE && canvas->drag.kind != WEFT_DRAG_PAN)
    weft_canvas_motion (canvas, canvas->drag.x, canvas->drag.y, state);
  return GDK_EVENT_STOP;
}

/* Two fingers left the touchpad; a wheel only zooms, nothing goes on. */
static void
decelerate_cb (GtkEventControllerScroll *controller, double x, double y, WeftCanvas *canvas)
{
  GtkEventController *self = GTK_EVENT_CONTROLLER (controller);
  GdkDevice          *device = gtk_event_controller_get_current_event_device (self);

  if (canvas->drag.kind == WEFT_DRAG_NONE && device &&
      gdk_device_get_source (device) == GDK_SOURCE_TOUCHPAD &&
      !(gtk_event_controller_get_current_event_state (self) & GDK_CONTROL_MASK))
    weft_canvas_fling (canvas, -x, -y);
}

static void
pinch_begin_cb (GtkGesture *gesture, GdkEventSequence *sequence, WeftCanvas *canvas)
{
  weft_canvas_cancel (canvas);
  canvas->zoom_start = canvas->zoom;
}

static void
pinch_cb (GtkGestureZoom *gesture, double scale, WeftCanvas *canvas)
{
  double x, y;

  if (canvas->zoom_start > 0 && gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y))
    weft_canvas_zoom_at (canvas, canvas->zoom_start * scale / canvas->zoom, x, y);
}

/* ---- Keys that are not actions ---- */

/* What a key does on the canvas; a letter alone only where something is selected. NULL: nothing. */
static const char *
find_command (WeftCanvas *canvas, GtkEventControllerKey *controller, gunichar letter)
{
  GdkEvent          *event = gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (controller));
  const WeftCommand *command;

  if (g_unichar_islower (letter) && canvas->selection->len == 0 && canvas->selected_to == 0)
    return NULL;
  command = weft_commands_match ("canvas.", event);
  return command ? command->action : NULL;
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint                  keyval,
                guint                  keycode,
                GdkModifierType        state,
                WeftCanvas            *canvas)
{
  gunichar    letter = gdk_keyval_to_unicode (keyval);
  const char *action;

  if (!canvas->document || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)))
    return GDK_EVENT_PROPAGATE;
  if (weft_canvas_link_key (canvas, keyval))
    return GDK_EVENT_STOP;
  if (keyval == GDK_KEY_Shift_L || keyval == GDK_KEY_Shift_R)
    weft_canvas_hold_cone (canvas, TRUE);
  if (keyval == GDK_KEY_space && !(state & GDK_SHIFT_MASK))
    {
      if (!canvas->space_held)
        gtk_widget_set_cursor_from_name (GTK_WIDGET (canvas), "grab");
      canvas->space_held = TRUE;
      return GDK_EVENT_STOP;
    }
  if (canvas->drag.kind != WEFT_DRAG_NONE || !g_unichar_isgraph (letter))
    return GDK_EVENT_PROPAGATE;
  action = find_command (canvas, controller, letter);
  if (action && !g_unichar_islower (letter))
    return GDK_EVENT_PROPAGATE;
  weft_canvas_type_letter (canvas, letter, action);
  return GDK_EVENT_STOP;
}

static void
key_released_cb (GtkEventControllerKey *controller,
                 guint                  keyval,
                 guint                  keycode,
                 GdkModifierType        state,
                 WeftCanvas            *canvas)
{
  if (keyval == GDK_KEY_Shift_L || keyval == GDK_KEY_Shift_R)
    weft_canvas_hold_cone (canvas, FALSE);
  if (keyval != GDK_KEY_space || !canvas->space_held)
    return;
  canvas->space_held = FALSE;
  gtk_widget_set_cursor (GTK_WIDGET (canvas), NULL);
  if (!canvas->space_used && canvas->drag.kind == WEFT_DRAG_NONE)
    weft_canvas_search (canvas, NULL);
  canvas->space_used = FALSE;
}

static void
focus_leave_cb (GtkEventControllerFocus *controller, WeftCanvas *canvas)
{
  canvas->space_held = canvas->space_used = FALSE;
  weft_canvas_hold_cone (canvas, FALSE);
}

/* ---- All of them ---- */

static void
add_buttons (WeftCanvas *canvas)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *middle = gtk_gesture_drag_new ();
  GtkGesture *right = gtk_gesture_click_new ();
  GtkGesture *hold = gtk_gesture_long_press_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_PRIMARY);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), canvas);
  g_signal_connect (click, "update", G_CALLBACK (update_cb), canvas);
  g_signal_connect (click, "end", G_CALLBACK (end_cb), canvas);
  g_signal_connect (click, "cancel", G_CALLBACK (cancel_cb), canvas);
  gtk_widget_add_controller (GTK_WIDGET (canvas), GTK_EVENT_CONTROLLER (click));

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (middle), GDK_BUTTON_MIDDLE);
  g_signal_connect (middle, "drag-begin", G_CALLBACK (middle_begin_cb), canvas);
  g_signal_connect (middle, "drag-update", G_CALLBACK (middle_update_cb), canvas);
  g_signal_connect (middle, "drag-end", G_CALLBACK (middle_end_cb), canvas);
  gtk_widget_add_controller (GTK_WIDGET (canvas), GTK_EVENT_CONTROLLER (middle));

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (right), GDK_BUTTON_SECONDARY);
  g_signal_connect (right, "pressed", G_CALLBACK (menu_cb), canvas);
  g_signal_connect (right, "update", G_CALLBACK (update_cb), canvas);
  g_signal_connect (right, "end", G_CALLBACK (end_cb), canvas);
  g_signal_connect (right, "cancel", G_CALLBACK (cancel_cb), canvas);
  gtk_widget_add_controller (GTK_WIDGET (canvas), GTK_EVENT_CONTROLLER (right));

  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (hold), TRUE);
  g_signal_connect (hold, "pressed", G_CALLBACK (long_press_cb), canvas);
  gtk_widget_add_controller (GTK_WIDGET (canvas), GTK_EVENT_CONTROLLER (hold));
}

/* Once, in the canvas's init. */
void
weft_canvas_add_controllers (WeftCanvas *canvas)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll =
    gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES |
                                     GTK_EVENT_CONTROLLER_SCROLL_KINETIC);
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkGesture         *pinch = gtk_gesture_zoom_new ();

  add_buttons (canvas);
  g_signal_connect (motion, "enter", G_CALLBACK (motion_cb), canvas);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), canvas);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), canvas);
  gtk_widget_add_controller (GTK_WIDGET (canvas), motion);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), canvas);
  g_signal_connect (scroll, "decelerate", G_CALLBACK (decelerate_cb), canvas);
  gtk_widget_add_controller (GTK_WIDGET (canvas), scroll);
  /* Before the keys that are not commands, so that it runs after them. */
  weft_commands_add_keys (GTK_WIDGET (canvas), "canvas.");
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed_cb), canvas);
  g_signal_connect (keys, "key-released", G_CALLBACK (key_released_cb), canvas);
  gtk_widget_add_controller (GTK_WIDGET (canvas), keys);
  g_signal_connect (focus, "leave", G_CALLBACK (focus_leave_cb), canvas);
  gtk_widget_add_controller (GTK_WIDGET (canvas), focus);
  g_signal_connect (pinch, "begin", G_CALLBACK (pinch_begin_cb), canvas);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (pinch_cb), canvas);
  gtk_widget_add_controller (GTK_WIDGET (canvas), GTK_EVENT_CONTROLLER (pinch));
}
