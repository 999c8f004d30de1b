/* Pan, zoom, fit, and gliding to what changes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/graph-pane-private.h"

#include <math.h>

#define ZOOM_TEXT 0.5   /* below: names alone, larger */
#define ZOOM_NAMES 0.28 /* below: blocks */
#define FIT_MARGIN_PX 24
#define FIT_TOP_PX 44    /* under the title */
#define FIT_BOTTOM_PX 52 /* above the choice of what is shown */
/* What is gone to is at least this large; so is a graph that is opened, of which then the
 * beginning is shown. */
#define READABLE 0.45
#define GLIDE_MS 250

WeftDetail
weft_graph_pane_detail (WeftGraphPane *pane)
{
  double zoom = weft_graph_camera_get_zoom (pane->camera);

  if (zoom < ZOOM_NAMES)
    return WEFT_DETAIL_BLOCK;
  return zoom < ZOOM_TEXT ? WEFT_DETAIL_PORTS : WEFT_DETAIL_FULL;
}

/* What can be seen, in the picture's coordinates. */
WeftRect
weft_graph_pane_viewport (WeftGraphPane *pane)
{
  double    zoom = weft_graph_camera_get_zoom (pane->camera);
  WeftPoint corner = weft_graph_pane_from_view (pane, 0, 0);

  return (WeftRect){ corner.x, corner.y, gtk_widget_get_width (GTK_WIDGET (pane)) / zoom,
                     gtk_widget_get_height (GTK_WIDGET (pane)) / zoom };
}

WeftPoint
weft_graph_pane_from_view (WeftGraphPane *pane, double view_x, double view_y)
{
  double zoom = weft_graph_camera_get_zoom (pane->camera);

  return (WeftPoint){ (view_x - round (gtk_widget_get_width (GTK_WIDGET (pane)) / 2.0)) / zoom +
                        weft_graph_camera_get_x (pane->camera),
                      (view_y - round (gtk_widget_get_height (GTK_WIDGET (pane)) / 2.0)) / zoom +
                        weft_graph_camera_get_y (pane->camera) };
}

WeftRect
weft_graph_pane_to_view (WeftGraphPane *pane, WeftRect rect)
{
  double    zoom = weft_graph_camera_get_zoom (pane->camera);
  WeftPoint corner = weft_graph_pane_from_view (pane, 0, 0);

  return (WeftRect){ (rect.x - corner.x) * zoom, (rect.y - corner.y) * zoom, rect.width * zoom,
                     rect.height * zoom };
}

/* What is at the point of the view stays there. */
void
weft_graph_pane_zoom_at (WeftGraphPane *pane, double factor, double view_x, double view_y)
{
  WeftPoint at = weft_graph_pane_from_view (pane, view_x, view_y);
  double    zoom = CLAMP (weft_graph_camera_get_zoom (pane->camera) * factor, WEFT_CAMERA_ZOOM_MIN,
                          WEFT_CAMERA_ZOOM_MAX);

  weft_graph_pane_stop_gliding (pane);
  /* Steps of a wheel must come back to 100 % exactly, where text is crispest. */
  if (fabs (zoom - 1) < 0.02)
    zoom = 1;
  weft_graph_camera_move (
    pane->camera, at.x - (view_x - gtk_widget_get_width (GTK_WIDGET (pane)) / 2.0) / zoom,
    at.y - (view_y - gtk_widget_get_height (GTK_WIDGET (pane)) / 2.0) / zoom, zoom);
}

/** weft_graph_pane_zoom_by: around the middle. */
void
weft_graph_pane_zoom_by (WeftGraphPane *pane, double factor)
{
  g_return_if_fail (WEFT_IS_GRAPH_PANE (pane));
  weft_graph_pane_zoom_at (pane, factor, gtk_widget_get_width (GTK_WIDGET (pane)) / 2.0,
                           gtk_widget_get_height (GTK_WIDGET (pane)) / 2.0);
}

/* ---- Gliding ---- */

static void
glide_cb (double value, gpointer data)
{
  WeftGraphPane *pane = data;
  const double  *from = pane->from, *to = pane->to;

  weft_graph_camera_move (pane->camera, from[0] + (to[0] - from[0]) * value,
                          from[1] + (to[1] - from[1]) * value,
                          from[2] + (to[2] - from[2]) * value);
}

static void
glided_cb (AdwAnimation *animation, WeftGraphPane *pane)
{
  if (pane->gliding == animation)
    g_clear_object (&pane->gliding);
}

void
weft_graph_pane_stop_gliding (WeftGraphPane *pane)
{
  if (!pane->gliding)
    return;
  adw_animation_pause (pane->gliding);
  g_clear_object (&pane->gliding);
}

static void
glide (WeftGraphPane *pane, double x, double y, double zoom)
{
  g_autoptr (AdwAnimation) keep = NULL;

  weft_graph_pane_stop_gliding (pane);
  pane->from[0] = weft_graph_camera_get_x (pane->camera);
  pane->from[1] = weft_graph_camera_get_y (pane->camera);
  pane->from[2] = weft_graph_camera_get_zoom (pane->camera);
  pane->to[0] = x;
  pane->to[1] = y;
  pane->to[2] = zoom;
  pane->gliding = adw_timed_animation_new (
    GTK_WIDGET (pane), 0, 1, GLIDE_MS, adw_callback_animation_target_new (glide_cb, pane, NULL));
  g_signal_connect (pane->gliding, "done", G_CALLBACK (glided_cb), pane);
  /* Without animations it is done before it returns. */
  keep = g_object_ref (pane->gliding);
  adw_animation_play (keep);
}

/* ---- Fit ---- */

/* The camera that shows @rect below the title; at most at 100 %. */
static void
fit_rect (WeftGraphPane *pane, WeftRect rect, double *x, double *y, double *zoom)
{
  double width = gtk_widget_get_width (GTK_WIDGET (pane));
  double height = gtk_widget_get_height (GTK_WIDGET (pane));

  *zoom = MIN ((width - 2 * FIT_MARGIN_PX) / rect.width,
               (height - FIT_TOP_PX - FIT_BOTTOM_PX) / rect.height);
  *zoom = CLAMP (*zoom, WEFT_CAMERA_ZOOM_MIN, 1);
  *x = rect.x + rect.width / 2;
  *y = rect.y + rect.height / 2 - (FIT_TOP_PX - FIT_BOTTOM_PX) / 2.0 / *zoom;
  /* Whole pixels, so that text at 100 % is not smeared. */
  if (*zoom == 1)
    {
      *x = round (*x);
      *y = round (*y);
    }
}

/* Everything, however small. */
void
weft_graph_pane_show_all (WeftGraphPane *pane)
{
  WeftRect rect = weft_graph_camera_get_bounds (pane->camera);
  double   x, y, zoom;

  if (rect.width <= 0 || gtk_widget_get_width (GTK_WIDGET (pane)) <= 1)
    return;
  fit_rect (pane, rect, &x, &y, &zoom);
  weft_graph_pane_stop_gliding (pane);
  weft_graph_camera_move (pane->camera, x, y, zoom);
}

/* The box of the first rank that is nearest to the middle. */
static WeftRect
find_beginning (WeftGraphPane *pane, double middle)
{
  guint        n = 0;
  const guint *boxes = pane->scene ? weft_graph_scene_boxes (pane->scene, &n) : NULL;
  WeftRect     best = { 0 };

  for (guint i = 0; i < n; i++)
    {
      WeftRect rect = weft_graph_scene_rect (pane->scene, boxes[i]);
      double   now = fabs (best.x + best.width / 2 - middle);
      double   then = fabs (rect.x + rect.width / 2 - middle);

      if (i == 0 || rect.y + rect.height < best.y ||
          (rect.y < best.y + best.height && then < now))
        best = rect;
    }
  return best;
}

void
weft_graph_pane_apply_fit (WeftGraphPane *pane)
{
  WeftRect rect = weft_graph_camera_get_bounds (pane->camera);
  double   x, y, zoom;

  pane->fit_pending = FALSE;
  if (rect.width <= 0)
    return;
  fit_rect (pane, rect, &x, &y, &zoom);
  if (zoom < ZOOM_NAMES)
    {
      zoom = READABLE;
      rect = find_beginning (pane, x);
      x = rect.x + rect.width / 2;
      y = rect.y + (gtk_widget_get_height (GTK_WIDGET (pane)) / 2.0 - FIT_TOP_PX) / zoom;
    }
  weft_graph_pane_stop_gliding (pane);
  weft_graph_camera_move (pane->camera, x, y, zoom);
}

/** weft_graph_pane_fit: everything, or where that would be too small to read the beginning; as
 * soon as it has a size. */
void
weft_graph_pane_fit (WeftGraphPane *pane)
{
  g_return_if_fail (WEFT_IS_GRAPH_PANE (pane));
  if (gtk_widget_get_width (GTK_WIDGET (pane)) > 1)
    weft_graph_pane_apply_fit (pane);
  else
    pane->fit_pending = TRUE;
}

/* ---- Reveal ---- */

/* How far an interval must move to lie in another; one that is longer is centred. */
static double
shift_into (double low, double high, double from, double to)
{
  if (high - low > to - from)
    return (low + high) / 2 - (from + to) / 2;
  if (low < from)
    return low - from;
  return high > to ? high - to : 0;
}

static void
reveal_rect (WeftGraphPane *pane, WeftRect rect)
{
  double zoom = weft_graph_camera_get_zoom (pane->camera);
  double width = gtk_widget_get_width (GTK_WIDGET (pane));
  double height = gtk_widget_get_height (GTK_WIDGET (pane));
  double x = weft_graph_camera_get_x (pane->camera);
  double y = weft_graph_camera_get_y (pane->camera);
  double most = MIN ((width - 2 * FIT_MARGIN_PX) / rect.width,
                     (height - FIT_TOP_PX - FIT_BOTTOM_PX) / rect.height);
  /* As a fit does: it is left alone where names can be read. */
  double   wanted = zoom < ZOOM_NAMES ? READABLE : zoom;
  double   next = CLAMP (MIN (wanted, most), WEFT_CAMERA_ZOOM_MIN, WEFT_CAMERA_ZOOM_MAX);
  WeftRect view;

  if (next != zoom)
    {
      x = rect.x + rect.width / 2;
      y = rect.y + rect.height / 2;
    }
  view = (WeftRect){ x - width / 2 / next, y - height / 2 / next, width / next, height / next };
  x += shift_into (rect.x, rect.x + rect.width, view.x + FIT_MARGIN_PX / next,
                   view.x + view.width - FIT_MARGIN_PX / next);
  y += shift_into (rect.y, rect.y + rect.height, view.y + FIT_TOP_PX / next,
                   view.y + view.height - FIT_BOTTOM_PX / next);
  if (hypot (x - weft_graph_camera_get_x (pane->camera),
             y - weft_graph_camera_get_y (pane->camera)) *
          next >
        1 ||
      next != zoom)
    glide (pane, x, y, next);
}

/* The keyboard's way: panned only, as little as can be. */
void
weft_graph_pane_reveal_box (WeftGraphPane *pane, guint box)
{
  if (pane->scene && gtk_widget_get_width (GTK_WIDGET (pane)) > 1)
    reveal_rect (pane, weft_rect_grow (weft_graph_scene_rect (pane->scene, box), 16));
}

/**
 * weft_graph_pane_reveal:
 * @applies: guint, numbers of applications; those that are not there count nothing
 */
void
weft_graph_pane_reveal (WeftGraphPane *pane, const GArray *applies)
{
  WeftRect all = { 0 };

  g_return_if_fail (WEFT_IS_GRAPH_PANE (pane));
  for (guint i = 0; pane->scene && i < applies->len; i++)
    {
      guint    box = weft_graph_art_find (pane->art, g_array_index (applies, guint, i));
      WeftRect rect;

      if (box == WEFT_NO_BOX ||
          !(weft_graph_scene_has (pane->scene, box) ||
            (pane->before && weft_graph_scene_has (pane->before, box))))
        continue;
      rect = weft_graph_scene_rect (pane->scene, box);
      all = weft_rect_union (&all, &rect);
    }
  if (all.width > 0 && gtk_widget_get_width (GTK_WIDGET (pane)) > 1 && !pane->fit_pending)
    reveal_rect (pane, weft_rect_grow (all, 30));
}
