/* Drops on the canvas: entries of the palette (a string, the op) and data files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* A card is dropped with the pointer on its header, where one takes hold of it. */
#define HOLD_X 75
#define HOLD_Y 14

static gboolean
drop_op (WeftCanvas *canvas, const char *text, double x, double y)
{
  g_autofree char *op = g_strstrip (g_strdup (text));
  WeftCanvasNode  *node;
  WeftWireArt     *wire;
  guint32          uid;

  if (g_str_has_prefix (op, "op:"))
    memmove (op, op + strlen ("op:"), strlen (op) - strlen ("op:") + 1);
  if (!weft_catalogue_find (op))
    {
      g_autofree char *message = g_strdup_printf (
        _ ("Only operations and data files can be dropped here; “%.40s” is neither."), op);

      weft_canvas_fail (canvas, message);
      return FALSE;
    }
  weft_document_begin (canvas->document, _ ("Insert Node"));
  uid = weft_canvas_add (canvas, op, NULL, x - HOLD_X, y - HOLD_Y);
  node = weft_canvas_find_node (canvas, uid);
  wire = node ? weft_canvas_find_splice (canvas, uid, x - node->art->width / 2,
                                         y - node->art->height / 2)
              : NULL;
  if (wire)
    weft_canvas_splice (canvas, uid, wire->to, wire->to_port);
  weft_document_end (canvas->document);
  return uid != 0;
}

static gboolean
drop_files (WeftCanvas *canvas, GSList *files, double x, double y)
{
  gboolean any = FALSE;

  for (; files; files = files->next, y += 20 * WEFT_GRID)
    {
      g_autofree char *path = g_file_get_path (files->data);
      gboolean         taken = FALSE;

      if (!path)
        weft_canvas_fail (canvas, _ ("Only files on this computer can be dropped here."));
      else
        {
          g_signal_emit_by_name (canvas, "file-dropped", path, x - HOLD_X, y - HOLD_Y, &taken);
          any |= taken || weft_canvas_add_file (canvas, path, x - HOLD_X, y - HOLD_Y);
        }
    }
  return any;
}

static gboolean
drop_cb (
  GtkDropTarget *target, const GValue *value, double view_x, double view_y, WeftCanvas *canvas)
{
  double x, y;

  if (!canvas->document)
    return FALSE;
  weft_canvas_from_view (canvas, view_x, view_y, &x, &y);
  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    return drop_files (canvas, g_value_get_boxed (value), x, y);
  return G_VALUE_HOLDS_STRING (value) && g_value_get_string (value) &&
         drop_op (canvas, g_value_get_string (value), x, y);
}

static GdkDragAction
drop_motion_cb (GtkDropTarget *target, double x, double y, WeftCanvas *canvas)
{
  weft_canvas_remember_pointer (canvas, x, y);
  return canvas->document ? GDK_ACTION_COPY : 0;
}

/* Once, in the canvas's init. */
void
weft_canvas_add_drop_target (WeftCanvas *canvas)
{
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY);
  GType          types[] = { GDK_TYPE_FILE_LIST, G_TYPE_STRING };

  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  g_signal_connect (target, "drop", G_CALLBACK (drop_cb), canvas);
  g_signal_connect (target, "motion", G_CALLBACK (drop_motion_cb), canvas);
  gtk_widget_add_controller (GTK_WIDGET (canvas), GTK_EVENT_CONTROLLER (target));
}
