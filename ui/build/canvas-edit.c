/* What the canvas asks of the document: adding, deleting, the clipboard.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "engine/dataset/dataset.h"
#include "ui/shared/recents.h"

/* A card's usual size, for placing one that is not there yet. */
#define USUAL_WIDTH 150
#define USUAL_HEIGHT 100
#define COLUMN_GAP 100
#define PASTE_OFFSET 30
/* Pastes land this far apart before they start at the first place again. */
#define N_PASTE_PLACES 8

static double
on_grid (double at)
{
  return round (at / WEFT_GRID) * WEFT_GRID;
}

/* ---- Places ---- */

static gboolean
is_free (WeftCanvas *canvas, double x, double y)
{
  WeftRect box = { x - WEFT_GRID, y - WEFT_GRID, USUAL_WIDTH + 2 * WEFT_GRID,
                   USUAL_HEIGHT + 2 * WEFT_GRID };

  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect              card = { node->x, node->y, node->art->width, node->art->height };

      if (weft_rect_overlaps (&box, &card))
        return FALSE;
    }
  return TRUE;
}

/* Goes down in steps, then in the next column, until a card finds room. */
void
weft_canvas_find_room (WeftCanvas *canvas, double *x, double *y)
{
  double top = *y;

  for (guint column = 0; column < 20; column++)
    {
      for (guint row = 0; row < 20; row++)
        {
          *y = top + row * 4 * WEFT_GRID;
          if (is_free (canvas, *x, *y))
            return;
        }
      *x += USUAL_WIDTH + COLUMN_GAP;
    }
  *y = top;
}

void
weft_canvas_remember_pointer (WeftCanvas *canvas, double view_x, double view_y)
{
  canvas->pointer_x = view_x;
  canvas->pointer_y = view_y;
  canvas->pointer_inside = TRUE;
}

static void
centre_of_view (WeftCanvas *canvas, double *x, double *y)
{
  weft_canvas_from_view (canvas, gtk_widget_get_width (GTK_WIDGET (canvas)) / 2.0,
                         gtk_widget_get_height (GTK_WIDGET (canvas)) / 2.0, x, y);
}

/* ---- Adding ---- */

static char *
add_label (const char *op)
{
  const WeftEntry *entry = weft_catalogue_find (op);

  /* Translators: %s is what an operation is called, such as "softmax" */
  return g_strdup_printf (_ ("Add %s"), entry && entry->title ? entry->title : op);
}

/* Adds and, with @link, wires in one undo step. */
guint32
weft_canvas_add_linked (WeftCanvas            *canvas,
                        const char            *op,
                        WeftJson              *params,
                        double                 x,
                        double                 y,
                        const WeftPendingLink *link)
{
  g_autofree char *label = add_label (op);
  g_autoptr (GError) error = NULL;
  guint32 uid;

  weft_document_begin (canvas->document, label);
  uid =
    weft_document_add_node (canvas->document, op, NULL, params, on_grid (x), on_grid (y), &error);
  if (uid && link && link->uid)
    weft_canvas_connect_best (canvas, link, uid, FALSE);
  weft_document_end (canvas->document);
  if (!uid)
    {
      weft_canvas_fail (canvas, error->message);
      return 0;
    }
  weft_recents_note (op);
  weft_canvas_set_selection (canvas, &uid, 1);
  if (weft_canvas_find_node (canvas, uid))
    gtk_widget_grab_focus (GTK_WIDGET (weft_canvas_find_node (canvas, uid)));
  return uid;
}

/**
 * weft_canvas_add:
 * @op: a node's "op"
 * @params: (nullable): taken
 *
 * Returns: the new node, selected; 0 after "failed"
 */
guint32
weft_canvas_add (WeftCanvas *canvas, const char *op, WeftJson *params, double x, double y)
{
  g_return_val_if_fail (WEFT_IS_CANVAS (canvas) && canvas->document, 0);
  return weft_canvas_add_linked (canvas, op, params, x, y, NULL);
}

/** weft_canvas_add_at_centre: on free ground near the view's centre. */
guint32
weft_canvas_add_at_centre (WeftCanvas *canvas, const char *op, WeftJson *params)
{
  double x, y;

  centre_of_view (canvas, &x, &y);
  x = on_grid (x - USUAL_WIDTH / 2.0);
  y = on_grid (y - USUAL_HEIGHT / 2.0);
  weft_canvas_find_room (canvas, &x, &y);
  return weft_canvas_add (canvas, op, params, x, y);
}

/** weft_canvas_add_at_pointer: at the centre, if the pointer is elsewhere. */
guint32
weft_canvas_add_at_pointer (WeftCanvas *canvas, const char *op, WeftJson *params)
{
  double x, y;

  if (!canvas->pointer_inside)
    return weft_canvas_add_at_centre (canvas, op, params);
  weft_canvas_from_view (canvas, canvas->pointer_x, canvas->pointer_y, &x, &y);
  return weft_canvas_add (canvas, op, params, x, y);
}

/** weft_canvas_append: to the right of the one selected node and wired to its first output, if it
 * has one. */
guint32
weft_canvas_append (WeftCanvas *canvas, const char *op, WeftJson *params)
{
  WeftCanvasNode *node =
    canvas->selection->len == 1
      ? weft_canvas_find_node (canvas, g_array_index (canvas->selection, guint32, 0))
      : NULL;
  WeftPendingLink link = { 0 };
  double          x, y;
  guint32         uid;

  if (!node || node->art->n_outputs == 0)
    return weft_canvas_add_at_centre (canvas, op, params);
  link = (WeftPendingLink){ .uid = node->uid,
                            .port = g_intern_string (node->art->outputs[0].name),
                            .from_output = TRUE };
  x = node->x + node->art->width + COLUMN_GAP;
  y = node->y;
  weft_canvas_find_room (canvas, &x, &y);
  uid = weft_canvas_add_linked (canvas, op, params, x, y, &link);
  if (uid)
    weft_canvas_reveal (canvas, uid);
  return uid;
}

/** weft_canvas_add_file: guesses columns and types from the file's first lines. */
guint32
weft_canvas_add_file (WeftCanvas *canvas, const char *path, double x, double y)
{
  g_autoptr (GError) error = NULL;
  WeftJson *params;

  g_return_val_if_fail (WEFT_IS_CANVAS (canvas) && canvas->document, 0);
  params = weft_dataset_guess (path, &error);
  if (!params)
    {
      weft_canvas_fail (canvas, error->message);
      return 0;
    }
  return weft_canvas_add (canvas, "dataset", params, x, y);
}

/* ---- Deleting ---- */

static void
delete_wire (WeftCanvas *canvas)
{
  guint32     to = canvas->selected_to;
  const char *port = canvas->selected_port;

  canvas->selected_to = 0;
  weft_document_begin (canvas->document, _ ("Disconnect"));
  weft_document_disconnect (canvas->document, to, port);
  weft_document_end (canvas->document);
}

static void
delete_note (WeftCanvas *canvas)
{
  g_autofree char *id = g_steal_pointer (&canvas->selected_note);

  weft_document_begin (canvas->document, _ ("Delete Note"));
  weft_document_remove_note (canvas->document, id);
  weft_document_end (canvas->document);
}

/* @format: what that is called, with the number of nodes. */
static void
remove_selection (WeftCanvas *canvas, const char *format)
{
  g_autoptr (GArray) gone = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autofree char *label = NULL;

  if (canvas->selection->len == 0)
    return;
  g_array_append_vals (gone, canvas->selection->data, canvas->selection->len);
  label = g_strdup_printf (format, gone->len);
  weft_document_begin (canvas->document, label);
  weft_document_remove_nodes (canvas->document, (const guint32 *) (gpointer) gone->data, gone->len);
  weft_document_end (canvas->document);
}

/** weft_canvas_delete: the selected nodes with their wires, or the selected wire, or note. */
void
weft_canvas_delete (WeftCanvas *canvas)
{
  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  weft_canvas_cancel (canvas);
  if (!canvas->document)
    return;
  if (canvas->selected_to && canvas->selected_dot)
    {
      weft_canvas_remove_dot (canvas, canvas->selected_to, canvas->selected_port,
                              canvas->selected_dot - 1);
      canvas->selected_dot = 0;
    }
  else if (canvas->selected_to)
    delete_wire (canvas);
  else if (canvas->selected_note)
    delete_note (canvas);
  else
    remove_selection (canvas, g_dngettext (GETTEXT_PACKAGE, "Delete %u Node", "Delete %u Nodes",
                                           canvas->selection->len));
}

/* ---- Clipboard ---- */

/* The selection as text; NULL: there is none. */
static char *
dup_selection (WeftCanvas *canvas)
{
  if (!canvas->document || canvas->selection->len == 0)
    return NULL;
  return weft_document_copy (canvas->document,
                             (const guint32 *) (gpointer) canvas->selection->data,
                             canvas->selection->len);
}

/** weft_canvas_copy: as text, so that it can be sent in a message as well as pasted here. */
void
weft_canvas_copy (WeftCanvas *canvas)
{
  g_autofree char *text = NULL;

  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  text = dup_selection (canvas);
  if (!text)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (canvas)), text);
  canvas->paste_count = 0;
}

void
weft_canvas_cut (WeftCanvas *canvas)
{
  weft_canvas_copy (canvas);
  if (canvas->document)
    remove_selection (canvas, g_dngettext (GETTEXT_PACKAGE, "Cut %u Node", "Cut %u Nodes",
                                           canvas->selection->len));
}

/* Pasted cards land with their top left corner at the pointer, or beside the originals if that is
 * elsewhere. */
static void
bring_to_pointer (WeftCanvas *canvas, const GArray *uids)
{
  double left = G_MAXDOUBLE, top = G_MAXDOUBLE, x, y;

  if (!canvas->pointer_inside)
    return;
  for (guint i = 0; i < uids->len; i++)
    {
      const WeftNode *node =
        weft_document_node (canvas->document, g_array_index (uids, guint32, i));

      left = MIN (left, node->x);
      top = MIN (top, node->y);
    }
  weft_canvas_from_view (canvas, canvas->pointer_x, canvas->pointer_y, &x, &y);
  x += canvas->paste_count % N_PASTE_PLACES * PASTE_OFFSET;
  y += canvas->paste_count % N_PASTE_PLACES * PASTE_OFFSET;
  weft_document_move_nodes (canvas->document, (const guint32 *) (gpointer) uids->data, uids->len,
                            on_grid (x) - left, on_grid (y) - top);
}

static void
paste_text (WeftCanvas *canvas, const char *text, const char *label, gboolean at_pointer)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) uids = NULL;

  weft_document_begin (canvas->document, label);
  uids = weft_document_paste (canvas->document, text, PASTE_OFFSET, PASTE_OFFSET, &error);
  if (uids && uids->len > 0 && at_pointer)
    bring_to_pointer (canvas, uids);
  weft_document_end (canvas->document);
  if (!uids)
    weft_canvas_fail (canvas, error->message);
  else
    weft_canvas_set_selection (canvas, (const guint32 *) (gpointer) uids->data, uids->len);
  canvas->paste_count++;
}

/* A table, as spreadsheets copy it, becomes a data set. FALSE: the text is none. */
static gboolean
paste_table (WeftCanvas *canvas, const char *text)
{
  WeftJson *params;

  if (*text == '{' || strchr (text, '\t') == NULL || strchr (text, '\n') == NULL)
    return FALSE;
  params = weft_dataset_guess_table (text, NULL);
  if (!params)
    return FALSE;
  return weft_canvas_add_at_centre (canvas, "dataset", params) != 0;
}

static void
read_clipboard_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (WeftCanvas) canvas = data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);

  if (text && *text && canvas->document && !paste_table (canvas, text))
    paste_text (canvas, text, _ ("Paste"), TRUE);
}

/** weft_canvas_paste: when the clipboard's text has come; a table becomes a data set, other foreign
 * text only makes "failed" say so.
 */
void
weft_canvas_paste (WeftCanvas *canvas)
{
  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  if (canvas->document)
    gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (canvas)), NULL,
                                   read_clipboard_cb, g_object_ref (canvas));
}

/** weft_canvas_duplicate: beside the originals, without touching the clipboard. */
void
weft_canvas_duplicate (WeftCanvas *canvas)
{
  g_autofree char *text = NULL;

  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  text = dup_selection (canvas);
  if (!text)
    return;
  paste_text (canvas, text, _ ("Duplicate"), FALSE);
}

/** weft_canvas_nudge: moves the selection. */
void
weft_canvas_nudge (WeftCanvas *canvas, double dx, double dy)
{
  g_autoptr (GArray) moved = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autofree char *label = NULL;

  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  if (!canvas->document || canvas->selection->len == 0)
    return;
  g_array_append_vals (moved, canvas->selection->data, canvas->selection->len);
  label = g_strdup_printf (
    g_dngettext (GETTEXT_PACKAGE, "Move %u Node", "Move %u Nodes", moved->len), moved->len);
  weft_document_begin (canvas->document, label);
  weft_document_move_nodes (canvas->document, (const guint32 *) (gpointer) moved->data, moved->len,
                            dx, dy);
  weft_document_end (canvas->document);
}
