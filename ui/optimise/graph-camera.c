/* The camera that panes share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/graph-camera.h"

struct _WeftGraphCamera
{
  GObject parent_instance;

  /* Owned */
  GHashTable *bounds; /* owner -> WeftRect */

  /* Plain values */
  double x, y, zoom;
};

G_DEFINE_FINAL_TYPE (WeftGraphCamera, weft_graph_camera, G_TYPE_OBJECT)

static guint changed_signal;

static void
weft_graph_camera_finalize (GObject *object)
{
  g_hash_table_unref (WEFT_GRAPH_CAMERA (object)->bounds);
  G_OBJECT_CLASS (weft_graph_camera_parent_class)->finalize (object);
}

static void
weft_graph_camera_class_init (WeftGraphCameraClass *class)
{
  G_OBJECT_CLASS (class)->finalize = weft_graph_camera_finalize;
  changed_signal = g_signal_new ("changed", WEFT_TYPE_GRAPH_CAMERA, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_graph_camera_init (WeftGraphCamera *camera)
{
  camera->zoom = 1;
  camera->bounds = g_hash_table_new_full (NULL, NULL, NULL, g_free);
}

/** weft_graph_camera_new: looks at the origin, at 100 %. Owned. */
WeftGraphCamera *
weft_graph_camera_new (void)
{
  return g_object_new (WEFT_TYPE_GRAPH_CAMERA, NULL);
}

/** weft_graph_camera_move: @x and @y are in the middle of every view; @zoom is kept within
 * bounds. */
void
weft_graph_camera_move (WeftGraphCamera *camera, double x, double y, double zoom)
{
  g_return_if_fail (WEFT_IS_GRAPH_CAMERA (camera));
  zoom = CLAMP (zoom, WEFT_CAMERA_ZOOM_MIN, WEFT_CAMERA_ZOOM_MAX);
  if (x == camera->x && y == camera->y && zoom == camera->zoom)
    return;
  camera->x = x;
  camera->y = y;
  camera->zoom = zoom;
  g_signal_emit (camera, changed_signal, 0);
}

double
weft_graph_camera_get_x (WeftGraphCamera *camera)
{
  return camera->x;
}

double
weft_graph_camera_get_y (WeftGraphCamera *camera)
{
  return camera->y;
}

double
weft_graph_camera_get_zoom (WeftGraphCamera *camera)
{
  return camera->zoom;
}

void
weft_graph_camera_set_bounds (WeftGraphCamera *camera, gpointer owner, const WeftRect *bounds)
{
  g_return_if_fail (WEFT_IS_GRAPH_CAMERA (camera));
  if (bounds && bounds->width > 0)
    g_hash_table_insert (camera->bounds, owner, g_memdup2 (bounds, sizeof *bounds));
  else
    g_hash_table_remove (camera->bounds, owner);
}

WeftRect
weft_graph_camera_get_bounds (WeftGraphCamera *camera)
{
  GHashTableIter iter;
  gpointer       bounds;
  WeftRect       all = { 0 };

  g_hash_table_iter_init (&iter, camera->bounds);
  while (g_hash_table_iter_next (&iter, NULL, &bounds))
    all = weft_rect_union (&all, bounds);
  return all;
}
