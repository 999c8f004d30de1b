/* Values on the cards: dragging a number changes it, a double-click opens what it is typed or
 * chosen with.
 *
 * The document is changed once, when the button is let go or what was typed is taken; Escape leaves
 * it as it was.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include "ui/inspector/param-row.h"
#include "ui/inspector/param-text.h"

#include <math.h>
#include <string.h>

/* So far must the pointer go for one step of a number. */
#define STEP_PX 6
/* The right part of a row is the value, which is scrubbed; the name beside it moves the card. */
#define VALUE_SHARE 0.5

static const WeftParam *
find_param (WeftCanvas *canvas, const WeftCanvasNode *node, guint row)
{
  const WeftNode  *of = weft_document_node (canvas->document, node->uid);
  const char      *name = row < node->art->n_rows ? node->art->rows[row].param : NULL;
  guint            n = 0;
  const WeftParam *params = of && name ? weft_catalogue_params (of->op, &n) : NULL;

  for (guint i = 0; i < n; i++)
    if (g_str_equal (params[i].name, name))
      return &params[i];
  return NULL;
}

static WeftJson *
value_of (WeftCanvas *canvas, guint32 uid, const WeftParam *param)
{
  WeftJson *given = weft_json_get (weft_document_node (canvas->document, uid)->params, param->name);

  return given ? given : param->otherwise;
}

/* ---- Scrubbing ---- */

/* Whether @hit is a number's value, at which @view_x points. */
gboolean
weft_canvas_is_scrubbed (WeftCanvas *canvas, const WeftHit *hit, double view_x)
{
  const WeftParam *param;
  WeftJsonKind     kind;
  WeftRect         box;
  double           x, y;

  if (hit->kind != WEFT_HIT_NODE || hit->row == 0)
    return FALSE;
  param = find_param (canvas, hit->node, hit->row - 1);
  if (!param || (param->kind != WEFT_PARAM_INT && param->kind != WEFT_PARAM_NUMBER))
    return FALSE;
  kind = weft_json_kind (value_of (canvas, hit->node->uid, param));
  box = weft_node_art_row_box (hit->node->art, canvas->style, hit->row - 1);
  weft_canvas_from_view (canvas, view_x, 0, &x, &y);
  return (kind == WEFT_JSON_INT || kind == WEFT_JSON_NUMBER) &&
         x > hit->node->x + box.x + box.width * VALUE_SHARE;
}

/* The press on a value becomes a drag. */
void
weft_canvas_take_value (WeftCanvas *canvas)
{
  WeftDrag *drag = &canvas->drag;

  drag->kind = WEFT_DRAG_VALUE;
  drag->param = drag->hit.node->art->rows[drag->hit.row - 1].param;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (canvas), "ew-resize");
}

static void
show_value (WeftCanvasNode *node, const char *param, WeftJson *value)
{
  for (guint i = 0; i < node->art->n_rows; i++)
    if (node->art->rows[i].param == param)
      {
        g_free (node->art->rows[i].value);
        node->art->rows[i].value = weft_node_art_value_text (value);
      }
  weft_canvas_node_redraw (node);
}

/* To the right is more; with Shift the steps are fine. */
void
weft_canvas_drag_value (WeftCanvas *canvas, GdkModifierType modifiers)
{
  WeftDrag        *drag = &canvas->drag;
  WeftCanvasNode  *node = weft_canvas_find_node (canvas, drag->hit_uid);
  const WeftParam *param = NULL;
  double           way = (drag->x - drag->start_x) / (STEP_PX * canvas->screen->scale);

  for (guint i = 0; node && i < node->art->n_rows; i++)
    if (node->art->rows[i].param == drag->param)
      param = find_param (canvas, node, i);
  if (!param)
    {
      weft_canvas_cancel (canvas);
      return;
    }
  g_clear_pointer (&drag->value, weft_json_unref);
  drag->value = weft_param_move (param, weft_json_number (value_of (canvas, node->uid, param), 0),
                                 trunc (way), (modifiers & GDK_SHIFT_MASK) != 0);
  show_value (node, drag->param, drag->value);
}

/* One edit, where the number is another one and @keep says so; the caller ends the drag. */
void
weft_canvas_drop_value (WeftCanvas *canvas, gboolean keep)
{
  WeftDrag       *drag = &canvas->drag;
  WeftCanvasNode *node = weft_canvas_find_node (canvas, drag->hit_uid);
  g_autoptr (WeftJson) value = g_steal_pointer (&drag->value);
  g_autoptr (GError) error = NULL;
  WeftJson *before;

  if (!node || !value)
    return;
  before = weft_json_get (weft_document_node (canvas->document, node->uid)->params, drag->param);
  if (keep && !(before && weft_json_equal (before, value)) &&
      !weft_document_set_param (canvas->document, node->uid, drag->param, weft_json_ref (value),
                                &error))
    weft_canvas_fail (canvas, error->message);
  weft_canvas_node_rebuild (node);
}

/* ---- Typing ---- */

typedef struct
{
  WeftCanvas   *canvas;
  WeftParamRow *row; /* borrowed from the popover */
  guint32       uid;
  guint         index; /* of the row on the card */
  gboolean      block; /* several lines */
} Editor;

static gboolean
apply_cb (WeftParamRow *row, const char *name, WeftJson *value, gpointer data, GError **error)
{
  Editor *editor = data;

  if (!editor->canvas->document || !weft_document_node (editor->canvas->document, editor->uid))
    {
      weft_json_unref (value);
      return TRUE;
    }
  return weft_document_set_param (editor->canvas->document, editor->uid, name, value, error);
}

static void
closed_cb (GtkPopover *popover, Editor *editor)
{
  WeftCanvasNode  *node = weft_canvas_find_node (editor->canvas, editor->uid);
  g_autofree char *message = g_strdup (weft_param_row_get_message (editor->row));

  if (message)
    weft_canvas_fail (editor->canvas, message);
  gtk_widget_grab_focus (node ? GTK_WIDGET (node) : GTK_WIDGET (editor->canvas));
}

/* The next or the previous value of the card; from the last one back to the card. */
static void
go_on (Editor *editor, gint by)
{
  WeftCanvas     *canvas = editor->canvas;
  WeftCanvasNode *node = weft_canvas_find_node (canvas, editor->uid);
  gint            next = (gint) editor->index + by;

  while (node && next >= 0 && next < (gint) node->art->n_rows &&
         !find_param (canvas, node, (guint) next))
    next += by;
  if (node && next >= 0 && next < (gint) node->art->n_rows)
    weft_canvas_edit_value (canvas, node->uid, (guint) next);
  else
    gtk_popover_popdown (GTK_POPOVER (canvas->value_editor));
}

static gboolean
key_cb (GtkEventControllerKey *controller,
        guint                  key,
        guint                  code,
        GdkModifierType        modifiers,
        Editor                *editor)
{
  gboolean enter = key == GDK_KEY_Return || key == GDK_KEY_KP_Enter;
  gboolean tab = key == GDK_KEY_Tab || key == GDK_KEY_ISO_Left_Tab;

  if (key == GDK_KEY_Escape)
    {
      weft_param_row_revert (editor->row);
      gtk_popover_popdown (GTK_POPOVER (editor->canvas->value_editor));
      return GDK_EVENT_STOP;
    }
  if (!weft_param_row_is_text (editor->row)
        ? !tab
        : !tab && (!enter || (editor->block && !(modifiers & GDK_CONTROL_MASK))))
    return GDK_EVENT_PROPAGATE;
  weft_param_row_commit (editor->row);
  if (weft_param_row_get_message (editor->row))
    return GDK_EVENT_STOP;
  if (tab)
    go_on (editor, modifiers & GDK_SHIFT_MASK ? -1 : 1);
  else
    gtk_popover_popdown (GTK_POPOVER (editor->canvas->value_editor));
  return GDK_EVENT_STOP;
}

/* Over the row of the card, as wide as it. */
static void
place_editor (WeftCanvas *canvas, const WeftCanvasNode *node, guint row)
{
  WeftRect     box = weft_node_art_row_box (node->art, canvas->style, row);
  GdkRectangle at;
  double       x, y;

  weft_canvas_to_view (canvas, node->x + box.x, node->y + box.y, &x, &y);
  at = (GdkRectangle){ (int) x, (int) y, (int) (box.width * canvas->zoom), 1 };
  gtk_popover_set_has_arrow (GTK_POPOVER (canvas->value_editor), FALSE);
  gtk_popover_set_position (GTK_POPOVER (canvas->value_editor), GTK_POS_BOTTOM);
  gtk_popover_set_pointing_to (GTK_POPOVER (canvas->value_editor), &at);
  gtk_widget_set_size_request (gtk_popover_get_child (GTK_POPOVER (canvas->value_editor)),
                               MAX (220, at.width), -1);
}

static Editor *
make_editor (WeftCanvas *canvas, const WeftCanvasNode *node, guint row, const WeftParam *param)
{
  Editor             *editor = g_new0 (Editor, 1);
  GtkWidget          *list = gtk_list_box_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  WeftJson           *value =
    weft_json_get (weft_document_node (canvas->document, node->uid)->params, param->name);
  WeftParamFace face = { .param = param };

  face.block = param->kind == WEFT_PARAM_TEXT && strchr (weft_json_string (value, ""), '\n');
  *editor =
    (Editor){ canvas, weft_param_row_new (&face, apply_cb, editor), node->uid, row, face.block };
  weft_param_row_set_patient (editor->row);
  weft_param_row_set_value (editor->row, value);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_list_box_append (GTK_LIST_BOX (list), GTK_WIDGET (editor->row));
  canvas->value_editor = gtk_popover_new ();
  gtk_widget_add_css_class (canvas->value_editor, "value-editor");
  gtk_popover_set_child (GTK_POPOVER (canvas->value_editor), list);
  g_object_set_data_full (G_OBJECT (canvas->value_editor), "editor", editor, g_free);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), editor);
  gtk_widget_add_controller (canvas->value_editor, keys);
  g_signal_connect (canvas->value_editor, "closed", G_CALLBACK (closed_cb), editor);
  return editor;
}

/* Opens what row @row of the card is changed with; nothing where it is no parameter. */
void
weft_canvas_edit_value (WeftCanvas *canvas, guint32 uid, guint row)
{
  WeftCanvasNode  *node = weft_canvas_find_node (canvas, uid);
  const WeftParam *param = node ? find_param (canvas, node, row) : NULL;
  Editor          *editor;

  if (!param)
    return;
  g_clear_pointer (&canvas->value_editor, gtk_widget_unparent);
  editor = make_editor (canvas, node, row, param);
  gtk_widget_set_parent (canvas->value_editor, GTK_WIDGET (canvas));
  place_editor (canvas, node, row);
  gtk_popover_popup (GTK_POPOVER (canvas->value_editor));
  weft_param_row_focus (editor->row);
}

/* The first value of the card; FALSE: it has none. */
gboolean
weft_canvas_edit_first_value (WeftCanvas *canvas, guint32 uid)
{
  WeftCanvasNode *node = weft_canvas_find_node (canvas, uid);

  for (guint i = 0; node && i < node->art->n_rows; i++)
    if (find_param (canvas, node, i))
      {
        weft_canvas_edit_value (canvas, uid, i);
        return TRUE;
      }
  return FALSE;
}
