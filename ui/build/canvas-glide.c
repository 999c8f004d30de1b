/* Gliding: cards that were put elsewhere are seen going there, for a quarter of a second.
 *
 * The document has the new places at once; only what is drawn lags behind. Whoever wants less
 * motion sees none.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <adwaita.h>

#define GLIDE_US 250000

/* Ends the glide: everything stands where the document has it. */
void
weft_canvas_glide_stop (WeftCanvas *canvas)
{
  if (canvas->glide_tick == 0)
    return;
  gtk_widget_remove_tick_callback (GTK_WIDGET (canvas), canvas->glide_tick);
  canvas->glide_tick = 0;
  canvas->glide_left = 0;
  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];

      node->glide_x = node->glide_y = 0;
    }
  weft_canvas_place_wires (canvas, WEFT_PLACE_ALL);
  gtk_widget_queue_allocate (canvas->world);
}

static gboolean
glide_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WeftCanvas *canvas = WEFT_CANVAS (widget);
  double      t = (double) (gdk_frame_clock_get_frame_time (clock) - canvas->glide_from_us) / GLIDE_US;

  if (t >= 1)
    {
      weft_canvas_glide_stop (canvas);
      return G_SOURCE_REMOVE;
    }
  t = CLAMP (t, 0, 1);
  canvas->glide_left = (1 - t) * (1 - t) * (1 - t);
  weft_canvas_place_wires (canvas, WEFT_PLACE_ENDS);
  gtk_widget_queue_allocate (canvas->world);
  return G_SOURCE_CONTINUE;
}

/**
 * weft_canvas_glide:
 * @from: [n] where the cards of @uids were before the document moved them
 */
void
weft_canvas_glide (WeftCanvas *canvas, const guint32 *uids, guint n, const double (*from)[2])
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (canvas));

  weft_canvas_glide_stop (canvas);
  if (!clock || !gtk_widget_get_mapped (GTK_WIDGET (canvas)) ||
      !adw_get_enable_animations (GTK_WIDGET (canvas)))
    return;
  for (guint i = 0; i < n; i++)
    {
      WeftCanvasNode *node = weft_canvas_find_node (canvas, uids[i]);

      if (!node)
        continue;
      node->glide_x = from[i][0] - node->x;
      node->glide_y = from[i][1] - node->y;
    }
  canvas->glide_left = 1;
  canvas->glide_from_us = gdk_frame_clock_get_frame_time (clock);
  canvas->glide_tick = gtk_widget_add_tick_callback (GTK_WIDGET (canvas), glide_cb, NULL, NULL);
  weft_canvas_place_wires (canvas, WEFT_PLACE_ENDS);
  gtk_widget_queue_allocate (canvas->world);
}

/**
 * weft_canvas_place_nodes:
 * @label: of the undo step, translated
 * @places: [n] where the nodes go
 *
 * One step of the history; the cards glide. FALSE where all of them are there already.
 */
gboolean
weft_canvas_place_nodes (
  WeftCanvas *canvas, const char *label, const guint32 *uids, guint n, const double (*places)[2])
{
  g_autofree guint32 *moved = g_new (guint32, n + 1);
  g_autofree double (*from)[2] = g_malloc ((n + 1) * sizeof *from);
  guint n_moved = 0;

  for (guint i = 0; i < n; i++)
    {
      const WeftNode *node = weft_document_node (canvas->document, uids[i]);

      if (!node || (node->x == places[i][0] && node->y == places[i][1]))
        continue;
      from[n_moved][0] = node->x;
      from[n_moved][1] = node->y;
      moved[n_moved++] = uids[i];
    }
  if (n_moved == 0)
    return FALSE;
  weft_document_begin (canvas->document, label);
  weft_document_place_nodes (canvas->document, uids, n, places);
  weft_document_end (canvas->document);
  weft_canvas_glide (canvas, moved, n_moved, (const double (*)[2]) from);
  return TRUE;
}
