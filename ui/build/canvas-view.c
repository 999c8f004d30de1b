/* Pan, zoom, and what of the document can be seen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <math.h>

/* A step of the keyboard's zoom. */
#define ZOOM_STEP 1.25
#define FIT_MARGIN_PX 40
/* The view is written to the document when it has rested this long. */
#define VIEW_REST_MS 400

void
weft_canvas_to_view (WeftCanvas *canvas, double x, double y, double *view_x, double *view_y)
{
  *view_x = x * canvas->zoom + canvas->pan_x;
  *view_y = y * canvas->zoom + canvas->pan_y;
}

void
weft_canvas_from_view (WeftCanvas *canvas, double view_x, double view_y, double *x, double *y)
{
  *x = (view_x - canvas->pan_x) / canvas->zoom;
  *y = (view_y - canvas->pan_y) / canvas->zoom;
}

/* What can be seen, in the document's coordinates. */
WeftRect
weft_canvas_viewport (WeftCanvas *canvas)
{
  WeftRect view;

  weft_canvas_from_view (canvas, 0, 0, &view.x, &view.y);
  view.width = gtk_widget_get_width (GTK_WIDGET (canvas)) / canvas->zoom;
  view.height = gtk_widget_get_height (GTK_WIDGET (canvas)) / canvas->zoom;
  return view;
}

/* Around all cards and notes, or the selected cards; without area if there are none. */
WeftRect
weft_canvas_bounds (WeftCanvas *canvas, gboolean selection_only)
{
  WeftRect all = { 0 };

  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect              card = { node->x, node->y, node->art->width, node->art->height };

      if (!selection_only || node->look.selected)
        all = weft_rect_union (&all, &card);
    }
  for (guint i = 0;
       !selection_only && canvas->document && i < weft_document_n_notes (canvas->document); i++)
    {
      const WeftNote *note = weft_document_note_at (canvas->document, i);
      WeftRect        box = { note->x, note->y, note->width, note->height };

      all = weft_rect_union (&all, &box);
    }
  return all;
}

/* ---- Changing it ---- */

static gboolean
remember_view_cb (gpointer data)
{
  WeftCanvas *canvas = data;
  WeftJson   *view = weft_json_copy (weft_document_get_view (canvas->document));
  WeftJson   *at = weft_json_new_array ();
  WeftRect    seen = weft_canvas_viewport (canvas);

  canvas->view_id = 0;
  weft_json_append (at, weft_json_new_number (round (seen.x)));
  weft_json_append (at, weft_json_new_number (round (seen.y)));
  weft_json_set (view, "at", at);
  weft_json_set_number (view, "zoom", round (canvas->zoom * 1000) / 1000);
  if (canvas->angular)
    weft_json_set_string (view, "wires", "angular");
  else
    weft_json_remove (view, "wires");
  weft_document_set_view (canvas->document, view);
  return G_SOURCE_REMOVE;
}

/* The one place where pan and zoom change. */
void
weft_canvas_set_view (WeftCanvas *canvas, double pan_x, double pan_y, double zoom)
{
  gboolean zoomed = zoom != canvas->zoom;
  /* Whoever has small text reads small text. */
  WeftDetail detail = weft_detail_for_zoom (zoom / MIN (canvas->screen->scale, 1));

  canvas->pan_x = pan_x;
  canvas->pan_y = pan_y;
  canvas->zoom = zoom;
  if (detail != canvas->detail)
    {
      canvas->detail = detail;
      weft_canvas_update_looks (canvas);
    }
  weft_canvas_place_world (canvas);
  gtk_widget_queue_draw (canvas->world);
  gtk_widget_queue_draw (canvas->minimap);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
  if (canvas->document && canvas->view_id == 0)
    canvas->view_id = g_timeout_add (VIEW_REST_MS, remember_view_cb, canvas);
  if (zoomed)
    g_object_notify (G_OBJECT (canvas), "zoom");
}

double
weft_canvas_get_zoom (WeftCanvas *canvas)
{
  g_return_val_if_fail (WEFT_IS_CANVAS (canvas), 1);
  return canvas->zoom;
}

/**
 * weft_canvas_zoom_at:
 * @factor: above 1 comes nearer
 * @view_x: what is here stays here
 */
void
weft_canvas_zoom_at (WeftCanvas *canvas, double factor, double view_x, double view_y)
{
  double zoom, x, y;

  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  zoom = CLAMP (canvas->zoom * factor, WEFT_ZOOM_MIN, WEFT_ZOOM_MAX);
  /* Steps of a wheel must come back to 100 % exactly, where text is crispest. */
  if (fabs (zoom / canvas->screen->scale - 1) < 0.02)
    zoom = canvas->screen->scale;
  weft_canvas_from_view (canvas, view_x, view_y, &x, &y);
  weft_canvas_set_view (canvas, view_x - x * zoom, view_y - y * zoom, zoom);
}

/** weft_canvas_set_zoom: keeps the view's centre. */
void
weft_canvas_set_zoom (WeftCanvas *canvas, double zoom)
{
  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  weft_canvas_zoom_at (canvas, zoom / canvas->zoom,
                       gtk_widget_get_width (GTK_WIDGET (canvas)) / 2.0,
                       gtk_widget_get_height (GTK_WIDGET (canvas)) / 2.0);
}

void
weft_canvas_zoom_in (WeftCanvas *canvas)
{
  weft_canvas_set_zoom (canvas, canvas->zoom * ZOOM_STEP);
}

void
weft_canvas_zoom_out (WeftCanvas *canvas)
{
  weft_canvas_set_zoom (canvas, canvas->zoom / ZOOM_STEP);
}

static void
fit_rect (WeftCanvas *canvas, WeftRect rect)
{
  double width = gtk_widget_get_width (GTK_WIDGET (canvas));
  double height = gtk_widget_get_height (GTK_WIDGET (canvas));
  double zoom;

  weft_canvas_stop_fling (canvas);
  if (rect.width <= 0 || rect.height <= 0)
    {
      weft_canvas_set_view (canvas, 0, 0, canvas->screen->scale);
      return;
    }
  zoom = MIN ((width - 2 * FIT_MARGIN_PX) / rect.width, (height - 2 * FIT_MARGIN_PX) / rect.height);
  zoom = CLAMP (zoom, WEFT_ZOOM_MIN, canvas->screen->scale);
  /* Whole pixels, so that text at 100 % is not smeared. */
  weft_canvas_set_view (canvas, round (width / 2 - (rect.x + rect.width / 2) * zoom),
                        round (height / 2 - (rect.y + rect.height / 2) * zoom), zoom);
}

/** weft_canvas_fit: everything, at most at 100 %. */
void
weft_canvas_fit (WeftCanvas *canvas)
{
  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  if (gtk_widget_get_width (GTK_WIDGET (canvas)) <= 0)
    canvas->fit_pending = TRUE;
  else
    fit_rect (canvas, weft_canvas_bounds (canvas, FALSE));
}

/** weft_canvas_fit_selection: everything, where nothing is selected. */
void
weft_canvas_fit_selection (WeftCanvas *canvas)
{
  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  fit_rect (canvas, weft_canvas_bounds (canvas, canvas->selection->len > 0));
}

/** weft_canvas_reveal: selects, focuses, and pans if the card is not wholly in view. */
void
weft_canvas_reveal (WeftCanvas *canvas, guint32 uid)
{
  WeftCanvasNode *node = weft_canvas_find_node (canvas, uid);
  WeftRect        view = weft_canvas_viewport (canvas);
  double          zoom = MAX (canvas->zoom, WEFT_ZOOM_PORTS);

  if (!node)
    return;
  weft_canvas_stop_fling (canvas);
  weft_canvas_set_selection (canvas, &uid, 1);
  gtk_widget_grab_focus (GTK_WIDGET (node));
  if (zoom == canvas->zoom && weft_rect_contains (&view, node->x, node->y) &&
      weft_rect_contains (&view, node->x + node->art->width, node->y + node->art->height))
    return;
  weft_canvas_set_view (canvas,
                        round (gtk_widget_get_width (GTK_WIDGET (canvas)) / 2.0 -
                               (node->x + node->art->width / 2) * zoom),
                        round (gtk_widget_get_height (GTK_WIDGET (canvas)) / 2.0 -
                               (node->y + node->art->height / 2) * zoom),
                        zoom);
}

void
weft_canvas_remember_view (WeftCanvas *canvas)
{
  if (canvas->view_id == 0)
    canvas->view_id = g_timeout_add (VIEW_REST_MS, remember_view_cb, canvas);
}

/* The view that the document was left with; a document without one is shown whole. */
void
weft_canvas_restore_view (WeftCanvas *canvas)
{
  WeftJson *view = weft_document_get_view (canvas->document);
  WeftJson *at = view ? weft_json_get (view, "at") : NULL;
  double    zoom = view ? weft_json_get_number (view, "zoom", 0) : 0;

  weft_canvas_set_angular (
    canvas, view && g_str_equal (weft_json_get_string (view, "wires", ""), "angular"));
  if (!at || weft_json_length (at) != 2 || !(zoom >= WEFT_ZOOM_MIN && zoom <= WEFT_ZOOM_MAX))
    {
      canvas->fit_pending = TRUE;
      gtk_widget_queue_allocate (GTK_WIDGET (canvas));
      return;
    }
  canvas->fit_pending = FALSE;
  weft_canvas_set_view (canvas, round (-weft_json_number (weft_json_at (at, 0), 0) * zoom),
                        round (-weft_json_number (weft_json_at (at, 1), 0) * zoom), zoom);
}
