/* A view of what a model does: the panel and what every kind shares.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/observer.h"

#include "ui/shared/adaptive-bin.h"
#include "ui/shared/settings.h"
#include "ui/shared/widget-style.h"

#include <glib/gi18n.h>
#include <string.h>

struct _WeftView
{
  AdwBin parent_instance;

  /* Children, borrowed */
  WeftAdaptiveBin *header;
  GtkLabel        *title, *note;
  GtkDropDown     *choices;
  GtkDrawingArea  *area;
  GtkButton       *action;

  /* Owned */
  WeftObserver  *observer;
  WeftStyle     *style; /* NULL: to be made */
  char          *choice, *message;
  gpointer       result; /* NULL: none yet */
  gpointer       scratch;
  GDestroyNotify scratch_free;

  /* Borrowed */
  const WeftViewKind *kind;

  /* Plain values */
  gint     item;          /* that has the keyboard; -1: none */
  gboolean full, filling; /* the list of choices is being filled */
  gboolean listed;        /* it was, for the document of this revision */
  guint64  revision;
};

enum
{
  SIGNAL_ASKED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftView, weft_view, ADW_TYPE_BIN)

/* ---- Drawing ---- */

static void
begin (WeftView *view, WeftDrawing *drawing, cairo_t *cr, double width, double height)
{
  if (view->style == NULL)
    view->style = weft_widget_style_new (GTK_WIDGET (view->area));
  *drawing = (WeftDrawing){ .cr = cr,
                            .style = view->style,
                            .width = width,
                            .height = height,
                            .result = view->result,
                            .scratch = view->scratch,
                            .item = view->item };
  if (cr != NULL)
    drawing->pen = weft_pen_for_cairo (cr);
}

/* For finding what is where. */
static void
begin_here (WeftView *view, WeftDrawing *drawing)
{
  begin (view, drawing, NULL, gtk_widget_get_width (GTK_WIDGET (view->area)),
         gtk_widget_get_height (GTK_WIDGET (view->area)));
}

static void
draw (WeftView *view, WeftDrawing *drawing)
{
  if (view->result == NULL)
    {
      weft_drawing_message (drawing, view->message != NULL ? view->message : _ (view->kind->empty));
      return;
    }
  view->kind->draw (drawing);
  if (view->item < 0 || view->kind->item_rect == NULL ||
      !gtk_widget_has_visible_focus (GTK_WIDGET (view->area)))
    return;
  weft_pen_border (&drawing->pen,
                   weft_rect_grow (view->kind->item_rect (drawing, (guint) view->item), 1), 4,
                   (WeftStroke){ weft_drawing_colour (drawing, WEFT_ROLE_ACCENT), 2, 0 });
}

static void
draw_cb (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  WeftDrawing drawing;
  begin (data, &drawing, cr, width, height);
  draw (data, &drawing);
}

/* ---- Items ---- */

static guint
count_items (WeftView *view)
{
  return view->result != NULL && view->kind->n_items != NULL ? view->kind->n_items (view->result)
                                                             : 0;
}

/* The item at a place; -1: none. The last drawn is the first found. */
static gint
item_at (WeftView *view, double x, double y)
{
  WeftDrawing drawing;
  begin_here (view, &drawing);
  for (guint i = count_items (view); i-- > 0;)
    {
      WeftRect rect = view->kind->item_rect (&drawing, i);
      if (weft_rect_contains (&rect, x, y))
        return (gint) i;
    }
  return -1;
}

static void
describe (WeftView *view)
{
  g_autofree char *text =
    view->result != NULL ? view->kind->describe (view->result)
                         : g_strdup (view->message != NULL ? view->message : _ (view->kind->empty));
  g_autofree char *item = view->item >= 0 && view->item < (gint) count_items (view)
                            ? view->kind->item_text (view->result, (guint) view->item)
                            : NULL;
  g_autofree char *all = item != NULL ? g_strdup_printf ("%s; %s", item, text) : NULL;
  gtk_accessible_update_property (GTK_ACCESSIBLE (view->area), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  all != NULL ? all : text, -1);
}

static gboolean
tooltip_cb (GtkWidget *area, int x, int y, gboolean keyboard, GtkTooltip *tooltip, WeftView *view)
{
  gint             item = keyboard ? view->item : item_at (view, x, y);
  g_autofree char *text = item >= 0 && item < (gint) count_items (view)
                            ? view->kind->item_text (view->result, (guint) item)
                            : NULL;
  if (text == NULL && keyboard && view->result != NULL)
    text = view->kind->describe (view->result);
  gtk_tooltip_set_text (tooltip, text);
  return text != NULL;
}

static void
activate (WeftView *view, gint item)
{
  if (item >= 0 && item < (gint) count_items (view) && view->kind->activate != NULL)
    view->kind->activate (view, view->result, (guint) item);
}

static void
released_cb (GtkGestureClick *click, int n, double x, double y, WeftView *view)
{
  if (view->kind->drag == NULL)
    activate (view, item_at (view, x, y));
}

static void
pressed_cb (GtkGestureClick *click, int n, double x, double y, WeftView *view)
{
  gtk_widget_grab_focus (GTK_WIDGET (view->area));
  view->item = item_at (view, x, y);
  gtk_widget_queue_draw (GTK_WIDGET (view->area));
}

static gboolean
key_cb (GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state, WeftView *view)
{
  gint        n = (gint) count_items (view), item = view->item, columns = MAX (n, 1);
  WeftDrawing drawing;
  if (n == 0 || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  begin_here (view, &drawing);
  if (view->kind->item_columns != NULL)
    columns = (gint) view->kind->item_columns (&drawing);
  if (key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_space)
    {
      activate (view, item);
      return GDK_EVENT_STOP;
    }
  gint by = key == GDK_KEY_Right  ? 1
            : key == GDK_KEY_Left ? -1
            : key == GDK_KEY_Down ? columns
            : key == GDK_KEY_Up   ? -columns
                                  : 0;
  if (by == 0 || (item >= 0 && (item + by < 0 || item + by >= n)))
    return GDK_EVENT_PROPAGATE;
  view->item = item < 0 ? 0 : MIN (item + by, n - 1);
  describe (view);
  gtk_widget_queue_draw (GTK_WIDGET (view->area));
  return GDK_EVENT_STOP;
}

/* ---- A picture that is drawn on ---- */

static void
drag (WeftView *view, double x, double y, WeftDragPhase phase)
{
  WeftDrawing drawing;
  begin_here (view, &drawing);
  view->kind->drag (view, &drawing, x, y, phase);
  gtk_widget_queue_draw (GTK_WIDGET (view->area));
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, WeftView *view)
{
  drag (view, x, y, WEFT_DRAG_BEGIN);
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, WeftView *view)
{
  double x, y;
  if (gtk_gesture_drag_get_start_point (gesture, &x, &y))
    drag (view, x + dx, y + dy, WEFT_DRAG_MOVE);
}

static void
drag_end_cb (GtkGestureDrag *gesture, double dx, double dy, WeftView *view)
{
  double x, y;
  if (gtk_gesture_drag_get_start_point (gesture, &x, &y))
    drag (view, x + dx, y + dy, WEFT_DRAG_END);
}

/* ---- What comes ---- */

/* The list of choices, as the document has them now; what was chosen stays if it is still there. */
static void
fill_choices (WeftView *view)
{
  guint64 revision = weft_document_get_revision (weft_observer_get_document (view->observer));
  if (view->kind->choices == NULL || (view->revision == revision && view->listed))
    return;
  view->revision = revision;
  view->listed = TRUE;
  g_auto (GStrv) names = view->kind->choices (weft_observer_get_facts (view->observer),
                                              weft_observer_get_document (view->observer));
  GListModel *shown = gtk_drop_down_get_model (view->choices);
  guint       n = names != NULL ? g_strv_length (names) : 0, selected = 0;
  gboolean    same = shown != NULL && g_list_model_get_n_items (shown) == n;
  for (guint i = 0; i < n; i++)
    {
      if (same && !g_str_equal (names[i], gtk_string_list_get_string (GTK_STRING_LIST (shown), i)))
        same = FALSE;
      if (g_strcmp0 (names[i], view->choice) == 0)
        selected = i;
    }
  if (same)
    return;
  view->filling = TRUE;
  g_autoptr (GtkStringList) list = gtk_string_list_new ((const char *const *) names);
  gtk_drop_down_set_model (view->choices, G_LIST_MODEL (list));
  gtk_drop_down_set_selected (view->choices, selected);
  gtk_widget_set_visible (GTK_WIDGET (view->choices), n > 1);
  view->filling = FALSE;
  weft_view_set_choice (view, n > 0 ? names[selected] : NULL);
}

static void
chosen_cb (WeftView *view)
{
  GtkStringObject *item = gtk_drop_down_get_selected_item (view->choices);
  if (!view->filling && item != NULL)
    weft_view_set_choice (view, gtk_string_object_get_string (item));
}

static void
drop_result (WeftView *view)
{
  if (view->result != NULL)
    g_atomic_rc_box_release_full (g_steal_pointer (&view->result), view->kind->free);
  g_clear_pointer (&view->message, g_free);
}

static void
show (WeftView *view)
{
  g_autofree char *note =
    view->result != NULL && view->kind->note != NULL ? view->kind->note (view->result) : NULL;
  if (g_strcmp0 (gtk_label_get_label (view->note), note != NULL ? note : "") != 0)
    gtk_label_set_label (view->note, note != NULL ? note : "");
  if (view->item >= (gint) count_items (view))
    view->item = -1;
  if (view->action != NULL && view->kind->can_act != NULL)
    gtk_widget_set_visible (GTK_WIDGET (view->action),
                            view->result != NULL && view->kind->can_act (view->result));
  describe (view);
  gtk_widget_queue_draw (GTK_WIDGET (view->area));
}

/**
 * weft_view_take:
 * @view: a view
 * @result: (transfer full) (nullable): what to show
 * @message: (nullable): why there is nothing
 */
void
weft_view_take (WeftView *view, gpointer result, const char *message)
{
  drop_result (view);
  view->result = result;
  view->message = g_strdup (message);
  fill_choices (view);
  show (view);
}

gconstpointer
weft_view_get_result (WeftView *view)
{
  return view->result;
}

const WeftViewKind *
weft_view_get_kind (WeftView *view)
{
  return view->kind;
}

WeftObserver *
weft_view_get_observer (WeftView *view)
{
  return view->observer;
}

const char *
weft_view_get_choice (WeftView *view)
{
  return view->choice;
}

gpointer
weft_view_get_scratch (WeftView *view)
{
  return view->scratch;
}

void
weft_view_set_scratch (WeftView *view, gpointer scratch, GDestroyNotify destroy)
{
  if (view->scratch_free != NULL && view->scratch != NULL)
    view->scratch_free (view->scratch);
  view->scratch = scratch;
  view->scratch_free = destroy;
}

/**
 * weft_view_set_choice:
 * @view: a view
 * @choice: (nullable): one of its kind's choices
 */
void
weft_view_set_choice (WeftView *view, const char *choice)
{
  GListModel *shown = view->choices != NULL ? gtk_drop_down_get_model (view->choices) : NULL;
  if (g_strcmp0 (view->choice, choice) == 0)
    return;
  g_free (view->choice);
  view->choice = g_strdup (choice);
  for (guint i = 0; shown != NULL && i < g_list_model_get_n_items (shown); i++)
    if (g_strcmp0 (gtk_string_list_get_string (GTK_STRING_LIST (shown), i), choice) == 0)
      gtk_drop_down_set_selected (view->choices, i);
  drop_result (view);
  show (view);
  weft_observer_ask (view->observer);
  g_signal_emit (view, signals[SIGNAL_ASKED], 0, "kept");
}

/* ---- Header ---- */

static void
ask_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_signal_emit (widget, signals[SIGNAL_ASKED], 0, name + strlen ("panel."));
}

static void
export_done_cb (GtkNativeDialog *dialog, int response, WeftView *view)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file =
    response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  if (file != NULL && !weft_view_export (view, g_file_peek_path (file), &error))
    {
      weft_view_take (view, NULL, error->message);
    }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

static void
export_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftView             *view = WEFT_VIEW (widget);
  GtkFileChooserNative *dialog =
    gtk_file_chooser_native_new (_ ("Export View"), GTK_WINDOW (gtk_widget_get_root (widget)),
                                 GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), _ ("_Cancel"));
  g_autofree char *file = g_strconcat (view->kind->name, ".svg", NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), file);
  g_signal_connect_object (dialog, "response", G_CALLBACK (export_done_cb), view, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static GMenuModel *
make_menu (WeftView *view)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) last = g_menu_new ();
  g_menu_append (menu, view->full ? _ ("_All Panels") : _ ("_Full Size"), "panel.full");
  g_menu_append (menu, _ ("_Export…"), "panel.export");
  g_menu_append (last, _ ("Move _Earlier"), "panel.earlier");
  g_menu_append (last, _ ("Move _Later"), "panel.later");
  g_menu_append (last, _ ("_Close"), "panel.close");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (last));
  return G_MENU_MODEL (menu);
}

static GtkWidget *
new_menu_button (WeftView *view)
{
  GtkWidget *button = gtk_menu_button_new ();
  g_autoptr (GMenuModel) menu = make_menu (view);
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), menu);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _ ("What this panel can do"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Menu of the panel"), -1);
  g_object_set_data (G_OBJECT (view), "menu-button", button);
  return button;
}

/**
 * weft_view_set_full:
 * @view: a view
 * @full: whether it is the only panel that is seen
 */
void
weft_view_set_full (WeftView *view, gboolean full)
{
  view->full = full;
  g_autoptr (GMenuModel) menu = make_menu (view);
  gtk_menu_button_set_menu_model (g_object_get_data (G_OBJECT (view), "menu-button"), menu);
}

/* Where there is no room the note goes first, then the end of the title; the tooltip has both. */
static void
fold_header_cb (WeftView *view)
{
  guint level = weft_adaptive_bin_get_level (view->header);
  gtk_widget_set_visible (GTK_WIDGET (view->note), level < 1);
  gtk_label_set_ellipsize (view->title, level < 2 ? PANGO_ELLIPSIZE_NONE : PANGO_ELLIPSIZE_END);
}

static GtkLabel *
add_header_label (GtkBox *box, const char *text)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_box_append (box, label);
  return GTK_LABEL (label);
}

static void
add_choices (WeftView *view, GtkBox *box)
{
  GtkWidget *choices = gtk_drop_down_new (NULL, NULL);
  view->choices = GTK_DROP_DOWN (choices);
  gtk_widget_add_css_class (choices, "flat");
  gtk_widget_set_visible (choices, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (choices), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What it shows"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  _ (view->kind->title), -1);
  g_signal_connect_swapped (choices, "notify::selected", G_CALLBACK (chosen_cb), view);
  gtk_box_append (box, choices);
}

static GtkWidget *
new_header (WeftView *view)
{
  GtkBox *box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8));
  gtk_widget_add_css_class (GTK_WIDGET (box), "view-header");
  view->title = add_header_label (box, _ (view->kind->title));
  gtk_label_set_xalign (view->title, 0);
  gtk_widget_add_css_class (GTK_WIDGET (view->title), "strong");
  if (view->kind->choices != NULL)
    add_choices (view, box);
  view->note = add_header_label (box, "");
  gtk_widget_add_css_class (GTK_WIDGET (view->note), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (view->note), "dim-label");
  GtkWidget *room = gtk_separator_new (GTK_ORIENTATION_HORIZONTAL);
  gtk_widget_add_css_class (room, "spacer");
  gtk_widget_set_hexpand (room, TRUE);
  gtk_box_insert_child_after (box, room, gtk_widget_get_prev_sibling (GTK_WIDGET (view->note)));
  if (view->kind->action != NULL)
    {
      view->action = GTK_BUTTON (gtk_button_new_with_label (_ (view->kind->action)));
      gtk_widget_add_css_class (GTK_WIDGET (view->action), "flat");
      g_signal_connect_swapped (view->action, "clicked", G_CALLBACK (view->kind->act), view);
      gtk_box_append (box, GTK_WIDGET (view->action));
    }
  gtk_box_append (box, new_menu_button (view));
  view->header = g_object_new (WEFT_TYPE_ADAPTIVE_BIN, "levels", 2, "child", box, NULL);
  g_signal_connect_swapped (view->header, "notify::level", G_CALLBACK (fold_header_cb), view);
  return GTK_WIDGET (view->header);
}

static GtkWidget *
new_area (WeftView *view)
{
  GtkWidget *area =
    g_object_new (GTK_TYPE_DRAWING_AREA, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG, NULL);
  GtkGesture         *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  view->area = GTK_DRAWING_AREA (area);
  gtk_drawing_area_set_draw_func (view->area, draw_cb, view, NULL);
  gtk_widget_set_vexpand (area, TRUE);
  gtk_widget_set_focusable (area, TRUE);
  gtk_widget_set_has_tooltip (area, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (area), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (view->kind->title), -1);
  g_signal_connect (area, "query-tooltip", G_CALLBACK (tooltip_cb), view);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), view);
  g_signal_connect (click, "released", G_CALLBACK (released_cb), view);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), view);
  gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (area, keys);
  if (view->kind->drag != NULL)
    {
      GtkGesture *gesture = gtk_gesture_drag_new ();
      g_signal_connect (gesture, "drag-begin", G_CALLBACK (drag_begin_cb), view);
      g_signal_connect (gesture, "drag-update", G_CALLBACK (drag_update_cb), view);
      g_signal_connect (gesture, "drag-end", G_CALLBACK (drag_end_cb), view);
      gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (gesture));
    }
  return area;
}

/* Fonts or colours are others now. */
static void
restyle (WeftView *view)
{
  g_clear_pointer (&view->style, weft_style_free);
  gtk_widget_queue_draw (GTK_WIDGET (view->area));
}

static void
weft_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (weft_view_parent_class)->map (widget);
  weft_observer_ask (WEFT_VIEW (widget)->observer);
}

static void
weft_view_dispose (GObject *object)
{
  WeftView *view = WEFT_VIEW (object);
  if (view->observer != NULL)
    weft_observer_remove (view->observer, view);
  adw_bin_set_child (ADW_BIN (view), NULL);
  drop_result (view);
  weft_view_set_scratch (view, NULL, NULL);
  g_clear_pointer (&view->style, weft_style_free);
  g_clear_pointer (&view->choice, g_free);
  g_clear_object (&view->observer);
  G_OBJECT_CLASS (weft_view_parent_class)->dispose (object);
}

static void
weft_view_class_init (WeftViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_view_dispose;
  widget_class->map = weft_view_map;
  gtk_widget_class_set_css_name (widget_class, "weft-view");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_install_action (widget_class, "panel.full", NULL, ask_action);
  gtk_widget_class_install_action (widget_class, "panel.close", NULL, ask_action);
  gtk_widget_class_install_action (widget_class, "panel.earlier", NULL, ask_action);
  gtk_widget_class_install_action (widget_class, "panel.later", NULL, ask_action);
  gtk_widget_class_install_action (widget_class, "panel.export", NULL, export_action);
  signals[SIGNAL_ASKED] = g_signal_new ("asked", WEFT_TYPE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
weft_view_init (WeftView *view)
{
  view->item = -1;
}

/**
 * weft_view_new:
 * @kind: what it shows; static
 * @observer: who computes for it
 * @choice: (nullable): which of its choices; NULL: the first
 *
 * Returns: (transfer floating): a view
 */
WeftView *
weft_view_new (const WeftViewKind *kind, WeftObserver *observer, const char *choice)
{
  WeftView        *view = g_object_new (WEFT_TYPE_VIEW, NULL);
  GtkWidget       *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  AdwStyleManager *style = adw_style_manager_get_default ();
  view->kind = kind;
  view->observer = g_object_ref (observer);
  view->choice = g_strdup (choice);
  gtk_box_append (GTK_BOX (box), new_header (view));
  gtk_box_append (GTK_BOX (box), new_area (view));
  gtk_widget_add_css_class (GTK_WIDGET (view), "chart-card");
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (kind->title), -1);
  adw_bin_set_child (ADW_BIN (view), box);
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (restyle), view, G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (restyle), view,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_settings_get_default (), "notify::gtk-xft-dpi", G_CALLBACK (restyle),
                           view, G_CONNECT_SWAPPED);
  fill_choices (view);
  show (view);
  weft_observer_add (observer, view);
  return view;
}
