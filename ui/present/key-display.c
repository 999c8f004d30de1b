/* What is pressed and done, in large letters at the foot of a window.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/present/key-display.h"

#include "ui/present/key-text.h"

#include <glib/gi18n.h>
#include <math.h>

/* How long a key stays. */
#define SHOWN_MS 2500
/* Scrolling and pinching come in many events: one word for those within this time. */
#define SAME_GESTURE_US (700 * 1000)
#define DRAG_PX 8.0

struct _WeftKeyDisplay
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkRevealer *revealer;
  GtkLabel    *label;

  /* Borrowed */
  GtkWidget          *window; /* that is watched; NULL: none */
  GtkEventController *watch;  /* of the window */

  /* Owned */
  char *last; /* what was shown last */

  /* Plain values */
  guint  times, hide_id;
  gint64 last_us;
  guint  button; /* that is down; 0: none */
  double press_x, press_y;
};

G_DEFINE_FINAL_TYPE (WeftKeyDisplay, weft_key_display, ADW_TYPE_BIN)

static gboolean
hide_cb (gpointer data)
{
  WeftKeyDisplay *display = data;
  display->hide_id = 0;
  gtk_revealer_set_reveal_child (display->revealer, FALSE);
  g_clear_pointer (&display->last, g_free);
  return G_SOURCE_REMOVE;
}

static void
show (WeftKeyDisplay *display, const char *text, gboolean counts)
{
  gboolean same = g_strcmp0 (text, display->last) == 0;
  display->times = same ? display->times + (counts ? 1 : 0) : 1;
  /* Translators: a key and how often it was pressed in a row */
  g_autofree char *label =
    display->times > 1 ? g_strdup_printf (_ ("%s × %u"), text, display->times) : g_strdup (text);
  gtk_label_set_label (display->label, label);
  gtk_revealer_set_reveal_child (display->revealer, TRUE);
  if (!same)
    {
      g_free (display->last);
      display->last = g_strdup (text);
    }
  display->last_us = g_get_monotonic_time ();
  g_clear_handle_id (&display->hide_id, g_source_remove);
  display->hide_id = g_timeout_add (SHOWN_MS, hide_cb, display);
}

/**
 * weft_key_display_show:
 * @display: the display
 * @text: a key or gesture
 */
void
weft_key_display_show (WeftKeyDisplay *display, const char *text)
{
  show (display, text, TRUE);
}

/**
 * weft_key_display_get_text:
 *
 * Returns: (transfer none): what is shown; "": nothing
 */
const char *
weft_key_display_get_text (WeftKeyDisplay *display)
{
  return gtk_revealer_get_reveal_child (display->revealer) ? gtk_label_get_label (display->label)
                                                           : "";
}

/* ---- Events ---- */

static gboolean
is_writing (WeftKeyDisplay *display)
{
  GtkRoot   *root = gtk_widget_get_root (display->window);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  return GTK_IS_TEXT (focus) || GTK_IS_TEXT_VIEW (focus);
}

static void
show_gesture (WeftKeyDisplay *display, WeftGestureKind kind, guint button, GdkEvent *event)
{
  g_autofree char *text = weft_gesture_text (kind, button, gdk_event_get_modifier_state (event));
  gboolean         goes_on = g_strcmp0 (text, display->last) == 0 &&
                     g_get_monotonic_time () - display->last_us < SAME_GESTURE_US;
  show (display, text, (kind == WEFT_GESTURE_CLICK || kind == WEFT_GESTURE_DRAG) && !goes_on);
}

static void
button_released (WeftKeyDisplay *display, GdkEvent *event)
{
  double x = 0, y = 0;
  gdk_event_get_position (event, &x, &y);
  if (display->button == 0)
    return;
  /* The second click of two shows what both are. */
  g_autofree char *click = weft_gesture_text (WEFT_GESTURE_CLICK, display->button,
                                              gdk_event_get_modifier_state (event));
  int              double_ms = 400;
  g_object_get (gtk_widget_get_settings (display->window), "gtk-double-click-time", &double_ms,
                NULL);
  if (hypot (x - display->press_x, y - display->press_y) > DRAG_PX)
    show_gesture (display, WEFT_GESTURE_DRAG, display->button, event);
  else if (g_strcmp0 (click, display->last) == 0 &&
           g_get_monotonic_time () - display->last_us < double_ms * 1000)
    show_gesture (display, WEFT_GESTURE_DOUBLE_CLICK, display->button, event);
  else
    show_gesture (display, WEFT_GESTURE_CLICK, display->button, event);
  display->button = 0;
}

static gboolean
event_cb (GtkEventControllerLegacy *controller, GdkEvent *event, WeftKeyDisplay *display)
{
  switch ((guint) gdk_event_get_event_type (event))
    {
    case GDK_KEY_PRESS:
      {
        g_autofree char *text = weft_key_text (gdk_key_event_get_keyval (event),
                                               gdk_event_get_modifier_state (event),
                                               is_writing (display));
        if (text != NULL)
          show (display, text, TRUE);
        break;
      }
    case GDK_BUTTON_PRESS:
      display->button = gdk_button_event_get_button (event);
      gdk_event_get_position (event, &display->press_x, &display->press_y);
      break;
    case GDK_BUTTON_RELEASE:
      button_released (display, event);
      break;
    case GDK_SCROLL:
      show_gesture (display, WEFT_GESTURE_SCROLL, 0, event);
      break;
    case GDK_TOUCHPAD_PINCH:
      show_gesture (display, WEFT_GESTURE_PINCH, 0, event);
      break;
    default:
      break;
    }
  return GDK_EVENT_PROPAGATE;
}

/**
 * weft_key_display_watch:
 * @display: the display
 * @window: (nullable): whose events are shown; NULL: none any more
 */
void
weft_key_display_watch (WeftKeyDisplay *display, GtkWidget *window)
{
  if (display->window != NULL)
    {
      gtk_widget_remove_controller (display->window, display->watch);
      g_object_remove_weak_pointer (G_OBJECT (display->window), (gpointer *) &display->window);
    }
  display->window = window;
  display->button = 0;
  if (window == NULL)
    {
      g_clear_handle_id (&display->hide_id, g_source_remove);
      hide_cb (display);
      return;
    }
  g_object_add_weak_pointer (G_OBJECT (window), (gpointer *) &display->window);
  display->watch = gtk_event_controller_legacy_new ();
  gtk_event_controller_set_propagation_phase (display->watch, GTK_PHASE_CAPTURE);
  g_signal_connect_object (display->watch, "event", G_CALLBACK (event_cb), display, 0);
  gtk_widget_add_controller (window, display->watch);
}

/* ---- Widget ---- */

static void
weft_key_display_dispose (GObject *object)
{
  WeftKeyDisplay *display = WEFT_KEY_DISPLAY (object);
  g_clear_handle_id (&display->hide_id, g_source_remove);
  if (display->window != NULL)
    g_object_remove_weak_pointer (G_OBJECT (display->window), (gpointer *) &display->window);
  display->window = NULL;
  g_clear_pointer (&display->last, g_free);
  G_OBJECT_CLASS (weft_key_display_parent_class)->dispose (object);
}

static void
weft_key_display_class_init (WeftKeyDisplayClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_key_display_dispose;
}

static void
weft_key_display_init (WeftKeyDisplay *display)
{
  display->revealer = GTK_REVEALER (gtk_revealer_new ());
  display->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_widget_add_css_class (GTK_WIDGET (display->label), "key-display");
  gtk_revealer_set_transition_type (display->revealer, GTK_REVEALER_TRANSITION_TYPE_CROSSFADE);
  gtk_revealer_set_child (display->revealer, GTK_WIDGET (display->label));
  adw_bin_set_child (ADW_BIN (display), GTK_WIDGET (display->revealer));
  gtk_widget_set_halign (GTK_WIDGET (display), GTK_ALIGN_CENTER);
  gtk_widget_set_valign (GTK_WIDGET (display), GTK_ALIGN_END);
  gtk_widget_set_can_target (GTK_WIDGET (display), FALSE);
}

/** weft_key_display_new: a display that watches nothing yet. Floating. */
GtkWidget *
weft_key_display_new (void)
{
  return g_object_new (WEFT_TYPE_KEY_DISPLAY, NULL);
}
