/* Nine places of a document that one can go back to: a view each, under a number.
 *
 * They are kept beside the view in the document's file, and like it are no step of the history.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#define PLACES "places"
#define GO_US 250000

/* The places that @view has, for the one that replaces it; NULL: none. Caller owns. */
WeftJson *
weft_canvas_copy_places (WeftJson *view)
{
  WeftJson *places = view ? weft_json_get (view, PLACES) : NULL;

  return places ? weft_json_copy (places) : NULL;
}

/**
 * weft_canvas_keep_place: what is in the middle of the view, and the zoom.
 * @number: 1 to 9
 */
void
weft_canvas_keep_place (WeftCanvas *canvas, guint number)
{
  WeftRect         seen = weft_canvas_viewport (canvas);
  g_autofree char *key = g_strdup_printf ("%u", number);
  g_autofree char *hint = g_strdup_printf (_ ("Place %u is kept."), number);
  WeftJson        *view, *places, *place;

  if (!canvas->document)
    return;
  view = weft_json_copy (weft_document_get_view (canvas->document));
  places = weft_canvas_copy_places (view);
  if (!places)
    places = weft_json_new_object ();
  place = weft_json_new_array ();
  weft_json_append (place, weft_json_new_number (round (seen.x + seen.width / 2)));
  weft_json_append (place, weft_json_new_number (round (seen.y + seen.height / 2)));
  weft_json_append (place, weft_json_new_number (round (canvas->zoom * 1000) / 1000));
  weft_json_set (places, key, place);
  weft_json_set (view, PLACES, places);
  weft_document_set_view (canvas->document, view);
  weft_canvas_set_hint (canvas, hint);
}

/* ---- On the way ---- */

typedef struct
{
  gint64 from_us;
  double x0, y0, zoom0, x1, y1, zoom1; /* the view's middle, document */
} Way;

static void
show (WeftCanvas *canvas, double x, double y, double zoom)
{
  weft_canvas_set_view (canvas, round (gtk_widget_get_width (GTK_WIDGET (canvas)) / 2.0 - x * zoom),
                        round (gtk_widget_get_height (GTK_WIDGET (canvas)) / 2.0 - y * zoom), zoom);
}

static gboolean
go_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WeftCanvas *canvas = WEFT_CANVAS (widget);
  const Way  *way = data;
  double      t = (double) (gdk_frame_clock_get_frame_time (clock) - way->from_us) / GO_US;

  if (t >= 1)
    {
      show (canvas, way->x1, way->y1, way->zoom1);
      canvas->go_tick = 0;
      return G_SOURCE_REMOVE;
    }
  t = MAX (t, 0);
  t = t * t * (3 - 2 * t);
  show (canvas, way->x0 + t * (way->x1 - way->x0), way->y0 + t * (way->y1 - way->y0),
        way->zoom0 * pow (way->zoom1 / way->zoom0, t));
  return G_SOURCE_CONTINUE;
}

/**
 * weft_canvas_go_to_place: glides there, unless less motion is wanted. "failed" says so where none
 * was kept.
 */
void
weft_canvas_go_to_place (WeftCanvas *canvas, guint number)
{
  g_autofree char *key = g_strdup_printf ("%u", number);
  WeftJson        *view = canvas->document ? weft_document_get_view (canvas->document) : NULL;
  WeftJson        *places = view ? weft_json_get (view, PLACES) : NULL;
  WeftJson        *place = places ? weft_json_get (places, key) : NULL;
  WeftRect         seen = weft_canvas_viewport (canvas);
  GdkFrameClock   *clock = gtk_widget_get_frame_clock (GTK_WIDGET (canvas));
  Way              way = { 0 };

  if (!place || weft_json_length (place) != 3)
    {
      g_autofree char *message = g_strdup_printf (
        _ ("No place is kept under %u: Ctrl+Shift+%u keeps the one that is shown."), number,
        number);

      weft_canvas_fail (canvas, message);
      return;
    }
  way.x0 = seen.x + seen.width / 2;
  way.y0 = seen.y + seen.height / 2;
  way.zoom0 = canvas->zoom;
  way.x1 = weft_json_number (weft_json_at (place, 0), 0);
  way.y1 = weft_json_number (weft_json_at (place, 1), 0);
  way.zoom1 = CLAMP (weft_json_number (weft_json_at (place, 2), 1), WEFT_ZOOM_MIN, WEFT_ZOOM_MAX);
  if (canvas->go_tick)
    gtk_widget_remove_tick_callback (GTK_WIDGET (canvas), canvas->go_tick);
  canvas->go_tick = 0;
  if (!clock || !gtk_widget_get_mapped (GTK_WIDGET (canvas)) ||
      !adw_get_enable_animations (GTK_WIDGET (canvas)))
    {
      show (canvas, way.x1, way.y1, way.zoom1);
      return;
    }
  way.from_us = gdk_frame_clock_get_frame_time (clock);
  canvas->go_tick =
    gtk_widget_add_tick_callback (GTK_WIDGET (canvas), go_cb, g_memdup2 (&way, sizeof way), g_free);
}
