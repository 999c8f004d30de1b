/* What the pane's files share.
 *
 *   graph-pane.c        the widget: what it shows, its looks, drawing
 *   graph-pane-view.c   pan, zoom, fit, reveal
 *   graph-pane-input.c  controllers and keys
 *   graph-pane-box.c    one small widget a box, for focus and assistive technology
 *
 * View coordinates are pixels of the pane: view = (picture - camera) * zoom + middle of the pane.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/optimise/graph-pane.h"

G_BEGIN_DECLS

/* Everything is exposed up to this many boxes; beyond, what can be seen and what is marked. */
#define WEFT_PANE_MAX_EXPOSED 300

#define WEFT_TYPE_GRAPH_PANE_BOX (weft_graph_pane_box_get_type ())
G_DECLARE_FINAL_TYPE (WeftGraphPaneBox, weft_graph_pane_box, WEFT, GRAPH_PANE_BOX, GtkWidget)

struct _WeftGraphPane
{
  GtkWidget parent_instance;

  /* Children, borrowed */
  GtkWidget *title;

  /* Owned */
  WeftGraphCamera *camera;
  WeftStyle       *style;
  WeftGraphArt    *art;
  WeftGraphScene  *scene;          /* NULL: nothing is shown */
  WeftGraphScene  *before;         /* what fades out, NULL: nothing */
  guint8          *marks;          /* by application */
  GArray          *tags;           /* WeftGraphTag */
  GArray          *linked, *found; /* guint; found NULL: all */
  GHashTable      *boxes;          /* box -> WeftGraphPaneBox, borrowed from the widget tree */
  AdwAnimation    *fading, *gliding;
  GskRenderNode   *wires, *cards, *grid;

  /* Plain values */
  graphene_rect_t grid_cell, grid_bounds;
  WeftRect        drawn;          /* what wires and cards cover */
  WeftDetail      drawn_detail;   /* and how */
  double          fade;           /* 0 .. 1 */
  double          from[3], to[3]; /* of a glide: x, y, zoom */
  guint           change, which;
  guint           selected;      /* application, G_MAXUINT: none */
  guint           hovered, wire; /* box, wire; WEFT_NO_BOX: none */
  gboolean        compact, fit_pending;
  gulong          camera_handler;
  guint           rest_id, fit_id;
  /* A press */
  gboolean pressed, panning;
  double   press_x, press_y, press_camera_x, press_camera_y;
  double   pointer_x, pointer_y, pinch_zoom;
};

/* graph-pane.c */
void   weft_graph_pane_invalidate (WeftGraphPane *pane);
void   weft_graph_pane_emit (WeftGraphPane *pane, const char *signal, guint box);
void   weft_graph_pane_set_hovered (WeftGraphPane *pane, guint box, guint wire);
guint8 weft_graph_pane_marks_of (WeftGraphPane *pane, guint box);

/* graph-pane-view.c */
WeftDetail weft_graph_pane_detail (WeftGraphPane *pane);
WeftRect   weft_graph_pane_viewport (WeftGraphPane *pane);
WeftPoint  weft_graph_pane_from_view (WeftGraphPane *pane, double view_x, double view_y);
WeftRect   weft_graph_pane_to_view (WeftGraphPane *pane, WeftRect rect);
void       weft_graph_pane_zoom_at (WeftGraphPane *pane, double factor, double view_x, double view_y);
void       weft_graph_pane_reveal_box (WeftGraphPane *pane, guint box);
void       weft_graph_pane_apply_fit (WeftGraphPane *pane);
void       weft_graph_pane_show_all (WeftGraphPane *pane);
void       weft_graph_pane_stop_gliding (WeftGraphPane *pane);

/* graph-pane-input.c */
void weft_graph_pane_add_controllers (WeftGraphPane *pane);
void weft_graph_pane_install_actions (GtkWidgetClass *class);

/* graph-pane-box.c */
void  weft_graph_pane_expose (WeftGraphPane *pane);      /* boxes for what is shown */
void  weft_graph_pane_place_boxes (WeftGraphPane *pane); /* in size_allocate */
guint weft_graph_pane_focused_box (WeftGraphPane *pane); /* WEFT_NO_BOX: none */
void  weft_graph_pane_focus_box (WeftGraphPane *pane, guint box);
void  weft_graph_pane_drop_boxes (WeftGraphPane *pane);

G_END_DECLS
