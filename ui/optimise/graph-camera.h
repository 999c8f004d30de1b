/* Where one looks at a graph from: the point in the middle of the view and how large things are.
 * Panes that share a camera pan and zoom together.
 *
 * Signals
 *   "changed" ()
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib-object.h>

#include "ui/draw/pen.h"

G_BEGIN_DECLS

#define WEFT_CAMERA_ZOOM_MIN 0.04
#define WEFT_CAMERA_ZOOM_MAX 4.0

#define WEFT_TYPE_GRAPH_CAMERA (weft_graph_camera_get_type ())
G_DECLARE_FINAL_TYPE (WeftGraphCamera, weft_graph_camera, WEFT, GRAPH_CAMERA, GObject)

WeftGraphCamera *weft_graph_camera_new (void);
void             weft_graph_camera_move (WeftGraphCamera *camera, double x, double y, double zoom);
double           weft_graph_camera_get_x (WeftGraphCamera *camera);
double           weft_graph_camera_get_y (WeftGraphCamera *camera);
double           weft_graph_camera_get_zoom (WeftGraphCamera *camera);
/* What @owner shows, so that a fit holds what all panes show; NULL: nothing any more. */
void weft_graph_camera_set_bounds (WeftGraphCamera *camera, gpointer owner, const WeftRect *bounds);
WeftRect
weft_graph_camera_get_bounds (WeftGraphCamera *camera); /* of all owners; without area: nothing */

G_END_DECLS
