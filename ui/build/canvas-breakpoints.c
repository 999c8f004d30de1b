/* Breakpoints on cards: nodes at which a run pauses, kept in the document's view.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include "engine/document/breakpoints.h"

#include <glib/gi18n.h>
#include <math.h>

#define DEFAULT_LIMIT 10
/* A failed card flashes so often, in this time each way. */
#define FLASHES 3
#define FLASH_MS 220

/* ---- On the cards ---- */

static void
show (WeftCanvasNode *node)
{
  WeftDocument    *document = node->canvas->document;
  const WeftNode  *one = weft_document_node (document, node->uid);
  WeftBreakpoint  *point = one ? weft_document_get_breakpoint (document, one->id) : NULL;
  g_autofree char *text = point ? weft_breakpoint_text (point) : NULL;

  weft_breakpoint_free (point);
  if (g_strcmp0 (node->extras.stop, text) == 0)
    return;
  g_free (node->extras.stop);
  node->extras.stop = g_steal_pointer (&text);
  node->ink = weft_node_art_ink (node->art, node->canvas->style);
  weft_canvas_node_redraw (node);
  weft_canvas_node_speak (node);
}

/* All cards, after others came. */
void
weft_canvas_show_breakpoints (WeftCanvas *canvas)
{
  for (guint i = 0; i < canvas->order->len; i++)
    show (canvas->order->pdata[i]);
}

/* ---- Setting them ---- */

static gboolean
can_set (WeftCanvas *canvas)
{
  if (!canvas->document || canvas->selection->len == 0)
    {
      weft_canvas_fail (canvas, _ ("Select the nodes at which a run is to pause."));
      return FALSE;
    }
  if (weft_document_get_root (canvas->document) == canvas->document)
    return TRUE;
  weft_canvas_fail (canvas, _ ("A run pauses at nodes of the document, not inside of a group."));
  return FALSE;
}

static const WeftNode *
selected_node (WeftCanvas *canvas, guint index)
{
  return weft_document_node (canvas->document, g_array_index (canvas->selection, guint32, index));
}

/* @point: NULL: none. */
static void
set_selected (WeftCanvas *canvas, const WeftBreakpoint *point)
{
  for (guint i = 0; i < canvas->selection->len; i++)
    {
      const WeftNode *node = selected_node (canvas, i);

      if (node && point)
        {
          WeftBreakpoint one = { (char *) node->id, point->kind, point->limit };

          weft_document_set_breakpoint (canvas->document, &one);
        }
      else if (node)
        weft_document_remove_breakpoint (canvas->document, node->id);
    }
  weft_canvas_show_breakpoints (canvas);
  g_signal_emit_by_name (canvas, "breakpoints-changed");
}

static void
toggle (WeftCanvas *canvas)
{
  WeftBreakpoint  always = { 0 };
  WeftBreakpoint *first =
    weft_document_get_breakpoint (canvas->document, selected_node (canvas, 0)->id);

  set_selected (canvas, first ? NULL : &always);
  weft_canvas_set_hint (canvas, first
                                  ? _ ("A run pauses here no more.")
                                  : _ ("A run pauses here, in every step. Shift+B: only where…"));
  weft_breakpoint_free (first);
}

/* ---- Conditions ---- */

typedef struct
{
  WeftCanvas *canvas;
  GtkWidget  *rows[3]; /* as WeftBreakKind */
  GtkWidget  *limit, *set;
} Chooser;

static void
close_chooser (Chooser *chooser)
{
  gtk_popover_popdown (GTK_POPOVER (chooser->canvas->value_editor));
}

static void
chosen_cb (GtkButton *button, Chooser *chooser)
{
  WeftBreakpoint point = { .limit = gtk_spin_button_get_value (GTK_SPIN_BUTTON (chooser->limit)) };

  for (guint i = 0; i < G_N_ELEMENTS (chooser->rows); i++)
    if (gtk_check_button_get_active (GTK_CHECK_BUTTON (chooser->rows[i])))
      point.kind = (WeftBreakKind) i;
  set_selected (chooser->canvas, &point);
  close_chooser (chooser);
}

static void
never_cb (GtkButton *button, Chooser *chooser)
{
  set_selected (chooser->canvas, NULL);
  close_chooser (chooser);
}

static void
closed_cb (GtkPopover *popover, Chooser *chooser)
{
  gtk_widget_grab_focus (GTK_WIDGET (chooser->canvas));
}

static void
limit_cb (GtkSpinButton *limit, Chooser *chooser)
{
  gtk_check_button_set_active (GTK_CHECK_BUTTON (chooser->rows[WEFT_BREAK_ABOVE]), TRUE);
}

static GtkWidget *
new_limit_row (Chooser *chooser, double limit)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  chooser->limit = gtk_spin_button_new_with_range (0, 1e30, 1);
  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (chooser->limit), 3);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (chooser->limit), limit);
  gtk_widget_set_hexpand (chooser->limit, TRUE);
  gtk_text_set_activates_default (
    GTK_TEXT (gtk_editable_get_delegate (GTK_EDITABLE (chooser->limit))), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (chooser->limit), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Limit"), -1);
  gtk_box_append (GTK_BOX (row), chooser->rows[WEFT_BREAK_ABOVE]);
  gtk_box_append (GTK_BOX (row), chooser->limit);
  return row;
}

static GtkWidget *
new_buttons (Chooser *chooser)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *never = gtk_button_new_with_mnemonic (_ ("_Never"));

  chooser->set = gtk_button_new_with_mnemonic (_ ("_Pause Here"));
  gtk_widget_add_css_class (chooser->set, "suggested-action");
  gtk_box_append (GTK_BOX (row), never);
  gtk_box_append (GTK_BOX (row), chooser->set);
  gtk_box_set_homogeneous (GTK_BOX (row), TRUE);
  g_signal_connect (never, "clicked", G_CALLBACK (never_cb), chooser);
  g_signal_connect (chooser->set, "clicked", G_CALLBACK (chosen_cb), chooser);
  return row;
}

static GtkWidget *
new_content (Chooser *chooser, const WeftBreakpoint *point)
{
  static const char *const titles[] = { N_ ("In every step"), N_ ("Where a number is not finite"),
                                        N_ ("Where a number is beyond ±") };
  GtkWidget               *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget               *title = gtk_label_new (_ ("Pause a Run Here"));

  gtk_widget_add_css_class (title, "heading");
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_box_append (GTK_BOX (box), title);
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      chooser->rows[i] = gtk_check_button_new_with_label (_ (titles[i]));
      if (i > 0)
        gtk_check_button_set_group (GTK_CHECK_BUTTON (chooser->rows[i]),
                                    GTK_CHECK_BUTTON (chooser->rows[0]));
      if (i < WEFT_BREAK_ABOVE)
        gtk_box_append (GTK_BOX (box), chooser->rows[i]);
    }
  gtk_box_append (GTK_BOX (box), new_limit_row (chooser, point && point->kind == WEFT_BREAK_ABOVE
                                                           ? point->limit
                                                           : DEFAULT_LIMIT));
  gtk_box_append (GTK_BOX (box), new_buttons (chooser));
  gtk_check_button_set_active (
    GTK_CHECK_BUTTON (chooser->rows[point ? point->kind : WEFT_BREAK_BAD]), TRUE);
  g_signal_connect (chooser->limit, "value-changed", G_CALLBACK (limit_cb), chooser);
  return box;
}

/* Under the first selected card. */
static void
choose (WeftCanvas *canvas)
{
  WeftCanvasNode *node =
    weft_canvas_find_node (canvas, g_array_index (canvas->selection, guint32, 0));
  WeftBreakpoint *point =
    weft_document_get_breakpoint (canvas->document, selected_node (canvas, 0)->id);
  Chooser     *chooser = g_new0 (Chooser, 1);
  GdkRectangle at;
  double       x, y;

  chooser->canvas = canvas;
  g_clear_pointer (&canvas->value_editor, gtk_widget_unparent);
  canvas->value_editor = gtk_popover_new ();
  g_object_set_data_full (G_OBJECT (canvas->value_editor), "chooser", chooser, g_free);
  gtk_popover_set_child (GTK_POPOVER (canvas->value_editor), new_content (chooser, point));
  g_signal_connect (canvas->value_editor, "closed", G_CALLBACK (closed_cb), chooser);
  gtk_popover_set_default_widget (GTK_POPOVER (canvas->value_editor), chooser->set);
  gtk_widget_set_parent (canvas->value_editor, GTK_WIDGET (canvas));
  weft_canvas_to_view (canvas, node->x, node->y + node->art->height, &x, &y);
  at = (GdkRectangle){ (int) x, (int) y, (int) (node->art->width * canvas->zoom), 1 };
  gtk_popover_set_position (GTK_POPOVER (canvas->value_editor), GTK_POS_BOTTOM);
  gtk_popover_set_pointing_to (GTK_POPOVER (canvas->value_editor), &at);
  gtk_popover_popup (GTK_POPOVER (canvas->value_editor));
  weft_breakpoint_free (point);
}

static void
breakpoint_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftCanvas *canvas = WEFT_CANVAS (widget);

  if (!can_set (canvas))
    return;
  if (g_str_equal (name, "canvas.breakpoint"))
    toggle (canvas);
  else
    choose (canvas);
}

/* Once, in the canvas's class_init. */
void
weft_canvas_install_breakpoint_actions (GtkWidgetClass *class)
{
  gtk_widget_class_install_action (class, "canvas.breakpoint", NULL, breakpoint_action);
  gtk_widget_class_install_action (class, "canvas.breakpoint-when", NULL, breakpoint_action);
}

/* ---- The card where something went wrong ---- */

static void
set_alarm (WeftCanvas *canvas, gboolean on)
{
  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      WeftNodeLook    look = node->look;

      look.alarm = on && node->uid == canvas->alarm_uid;
      weft_canvas_node_set_look (node, &look);
    }
}

static gboolean
flash_cb (gpointer data)
{
  WeftCanvas *canvas = data;

  canvas->alarm_turns++;
  set_alarm (canvas, canvas->alarm_turns % 2 == 0);
  if (canvas->alarm_turns < 2 * FLASHES)
    return G_SOURCE_CONTINUE;
  canvas->alarm_id = 0;
  return G_SOURCE_REMOVE;
}

/**
 * weft_canvas_set_alarm: outlines the card for good after a few flashes, or at once where motion is
 * not wanted.
 * @uid: of a node; 0: of none
 */
void
weft_canvas_set_alarm (WeftCanvas *canvas, guint32 uid)
{
  gboolean moves;

  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  g_clear_handle_id (&canvas->alarm_id, g_source_remove);
  if (uid == 0 && canvas->alarm_uid == 0)
    return;
  canvas->alarm_uid = uid;
  canvas->alarm_turns = 0;
  set_alarm (canvas, uid != 0);
  g_object_get (gtk_widget_get_settings (GTK_WIDGET (canvas)), "gtk-enable-animations", &moves,
                NULL);
  if (uid != 0 && moves)
    canvas->alarm_id = g_timeout_add (FLASH_MS, flash_cb, canvas);
}
