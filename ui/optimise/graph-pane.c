/* The pane: what it shows, its looks, drawing.
 *
 * What does not change is kept as two render nodes (wires, boxes) that cover the view and half
 * as much on each side, so that panning draws nothing anew; what fades, and what the pointer is
 * on, is drawn in each frame above them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/graph-pane-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "ui/build/pen-snapshot.h"
#include "ui/shared/widget-style.h"

#define FADE_MS 250
#define GRID 20
/* Dots closer than this many pixels are thinned out. */
#define MIN_DOTS_PX 12
/* Zooming in keeps what was drawn until it is this many times as wide as the view. */
#define MAX_COVER 5
/* Widgets follow the view when it has rested this long. */
#define REST_MS 150
#define TITLE_MARGIN 14
/* Graphs whose sizes differ by less are taken for versions of one. */
#define ALIKE 0.3

G_DEFINE_FINAL_TYPE (WeftGraphPane, weft_graph_pane, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_CAMERA,
  PROP_TITLE,
  PROP_COMPACT,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

enum
{
  SELECT,
  HOVER,
  ACTIVATE,
  VIEW_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* ---- Looks ---- */

/* What is kept is drawn anew. */
void
weft_graph_pane_invalidate (WeftGraphPane *pane)
{
  g_clear_pointer (&pane->wires, gsk_render_node_unref);
  g_clear_pointer (&pane->cards, gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (pane));
}

static void
restyle (WeftGraphPane *pane)
{
  g_clear_pointer (&pane->grid, gsk_render_node_unref);
  g_clear_pointer (&pane->style, weft_style_free);
  pane->style = weft_widget_style_new (GTK_WIDGET (pane));
  weft_graph_pane_invalidate (pane);
}

static void
mark (WeftGraphPane *pane, const GArray *applies, guint n_marks, guint8 bit)
{
  for (guint i = 0; applies && i < applies->len; i++)
    if (g_array_index (applies, guint, i) < n_marks)
      pane->marks[g_array_index (applies, guint, i)] |= bit;
}

/* Marks of every application, from what the pane was told. */
static void
update_marks (WeftGraphPane *pane)
{
  guint n = pane->art ? weft_history_n_applies (weft_graph_art_get_history (pane->art)) : 0;

  g_clear_pointer (&pane->marks, g_free);
  if (!pane->scene)
    return;
  pane->marks = g_new0 (guint8, n + 1);
  if (pane->found)
    {
      memset (pane->marks, WEFT_MARK_DIMMED, n);
      for (guint i = 0; i < pane->found->len; i++)
        if (g_array_index (pane->found, guint, i) < n)
          pane->marks[g_array_index (pane->found, guint, i)] = 0;
    }
  weft_graph_scene_mark (pane->scene, pane->change, pane->which, pane->marks);
  if (pane->before)
    weft_graph_scene_mark (pane->before, pane->change, pane->which & WEFT_MARK_REMOVED,
                           pane->marks);
  mark (pane, pane->linked, n, WEFT_MARK_LINKED);
  if (pane->selected < n)
    {
      pane->marks[pane->selected] &= (guint8) ~WEFT_MARK_LINKED;
      pane->marks[pane->selected] |= WEFT_MARK_SELECTED;
    }
}

guint8
weft_graph_pane_marks_of (WeftGraphPane *pane, guint box)
{
  return pane->marks ? pane->marks[weft_graph_art_get_box (pane->art, box)->apply] : 0;
}

/** weft_graph_pane_get_marks: WeftGraphMark, 0 where @apply is not there. */
guint
weft_graph_pane_get_marks (WeftGraphPane *pane, guint apply)
{
  g_return_val_if_fail (WEFT_IS_GRAPH_PANE (pane), 0);
  if (!pane->marks || apply >= weft_history_n_applies (weft_graph_art_get_history (pane->art)))
    return 0;
  return pane->marks[apply];
}

/* ---- Telling ---- */

void
weft_graph_pane_emit (WeftGraphPane *pane, const char *signal, guint box)
{
  guint apply = box == WEFT_NO_BOX ? G_MAXUINT : weft_graph_art_get_box (pane->art, box)->apply;

  g_signal_emit_by_name (pane, signal, apply);
}

void
weft_graph_pane_set_hovered (WeftGraphPane *pane, guint box, guint wire)
{
  gboolean other = box != pane->hovered;

  if (!other && wire == pane->wire)
    return;
  pane->hovered = box;
  pane->wire = wire;
  gtk_widget_queue_draw (GTK_WIDGET (pane));
  if (other)
    weft_graph_pane_emit (pane, "hover", box);
}

static gboolean
query_tooltip_cb (WeftGraphPane *pane, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  guint            box = keyboard ? weft_graph_pane_focused_box (pane) : pane->hovered;
  g_autofree char *what = NULL;
  g_autofree char *marks = NULL;
  g_autofree char *text = NULL;
  WeftRect         rect;
  GdkRectangle     area;

  if (!pane->scene || box == WEFT_NO_BOX || !weft_graph_scene_has (pane->scene, box))
    return FALSE;
  what = weft_graph_scene_describe (pane->scene, box);
  marks = weft_graph_scene_describe_marks (pane->scene, box, pane->change,
                                           weft_graph_pane_marks_of (pane, box));
  text = marks ? g_strdup_printf ("%s\n%s", what, marks) : NULL;
  rect = weft_graph_pane_to_view (pane, weft_graph_scene_rect (pane->scene, box));
  area = (GdkRectangle){ (int) rect.x, (int) rect.y, (int) rect.width, (int) rect.height };
  gtk_tooltip_set_text (tooltip, text ? text : what);
  gtk_tooltip_set_tip_area (tooltip, &area);
  return TRUE;
}

/* ---- Fading ---- */

static void
fade_cb (double value, gpointer data)
{
  WeftGraphPane *pane = data;

  pane->fade = value;
  gtk_widget_queue_draw (GTK_WIDGET (pane));
}

static void
end_fade (WeftGraphPane *pane)
{
  g_clear_pointer (&pane->before, weft_graph_scene_free);
  pane->fade = 1;
  update_marks (pane);
  weft_graph_pane_invalidate (pane);
}

static void
faded_cb (AdwAnimation *animation, WeftGraphPane *pane)
{
  if (pane->fading != animation)
    return;
  g_clear_object (&pane->fading);
  end_fade (pane);
}

static void
stop_fading (WeftGraphPane *pane)
{
  AdwAnimation *fading = g_steal_pointer (&pane->fading);

  if (!fading)
    return;
  adw_animation_pause (fading);
  g_object_unref (fading);
  end_fade (pane);
}

static void
start_fading (WeftGraphPane *pane)
{
  g_autoptr (AdwAnimation) keep = NULL;

  if (!gtk_widget_get_mapped (GTK_WIDGET (pane)) || !pane->before)
    {
      end_fade (pane);
      return;
    }
  pane->fade = 0;
  pane->fading = adw_timed_animation_new (
    GTK_WIDGET (pane), 0, 1, FADE_MS, adw_callback_animation_target_new (fade_cb, pane, NULL));
  adw_timed_animation_set_easing (ADW_TIMED_ANIMATION (pane->fading), ADW_LINEAR);
  g_signal_connect (pane->fading, "done", G_CALLBACK (faded_cb), pane);
  /* Without animations it is done before it returns. */
  keep = g_object_ref (pane->fading);
  adw_animation_play (keep);
}

/* ---- What is shown ---- */

static void
tell_bounds (WeftGraphPane *pane)
{
  WeftRect bounds = pane->scene ? weft_graph_scene_bounds (pane->scene) : (WeftRect){ 0 };

  weft_graph_camera_set_bounds (pane->camera, pane, &bounds);
}

static gboolean
expose_cb (gpointer data)
{
  WeftGraphPane *pane = data;

  pane->rest_id = 0;
  weft_graph_pane_expose (pane);
  return G_SOURCE_REMOVE;
}

static void
expose_soon (WeftGraphPane *pane)
{
  if (pane->rest_id == 0)
    pane->rest_id = g_timeout_add (REST_MS, expose_cb, pane);
}

/* Another scene in place of the one that is there, which may fade out. */
static void
take_scene (WeftGraphPane *pane, WeftGraphScene *scene, gboolean fades)
{
  stop_fading (pane);
  g_clear_pointer (&pane->before, weft_graph_scene_free);
  if (fades)
    pane->before = g_steal_pointer (&pane->scene);
  g_clear_pointer (&pane->scene, weft_graph_scene_free);
  pane->scene = scene;
  pane->hovered = pane->wire = WEFT_NO_BOX;
  if (scene && pane->compact)
    weft_graph_scene_compact (scene, NULL);
  update_marks (pane);
  tell_bounds (pane);
  weft_graph_pane_invalidate (pane);
  start_fading (pane);
  weft_graph_pane_expose (pane);
  g_signal_emit (pane, signals[VIEW_CHANGED], 0);
}

/* A rule switched off, a word edited: one stays where one is. Another graph is looked at from
 * its beginning. */
static gboolean
is_another (WeftRect before, WeftRect now)
{
  return before.width <= 0 || fabs (now.width - before.width) > ALIKE * before.width ||
         fabs (now.height - before.height) > ALIKE * before.height;
}

/**
 * weft_graph_pane_show:
 * @art: (nullable): referenced
 * @cursor: (nullable): of its history; NULL with @art
 * @change: the step whose marks are shown; 0: none
 * @which: WEFT_MARK_MATCHED, REMOVED, ADDED
 * @tags: whether what the names of its rule stand for is shown too
 */
void
weft_graph_pane_show (WeftGraphPane *pane,
                      WeftGraphArt  *art,
                      WeftCursor    *cursor,
                      guint          change,
                      guint          which,
                      gboolean       tags)
{
  gboolean same = art && art == pane->art && pane->scene;
  WeftRect before = pane->scene ? weft_graph_scene_bounds (pane->scene) : (WeftRect){ 0 };

  g_return_if_fail (WEFT_IS_GRAPH_PANE (pane));
  g_return_if_fail (!art == !cursor);
  if (!same)
    {
      stop_fading (pane);
      weft_graph_pane_drop_boxes (pane);
      g_clear_pointer (&pane->before, weft_graph_scene_free);
      g_clear_pointer (&pane->scene, weft_graph_scene_free);
      g_clear_pointer (&pane->art, weft_graph_art_free);
      pane->art = art ? weft_graph_art_ref (art) : NULL;
      pane->selected = G_MAXUINT;
      g_array_set_size (pane->linked, 0);
      g_clear_pointer (&pane->found, g_array_unref);
    }
  pane->change = change;
  pane->which = which;
  take_scene (pane, art ? weft_graph_scene_new (art, cursor) : NULL,
              same && weft_cursor_get_step (cursor) != weft_graph_scene_get_step (pane->scene));
  g_clear_pointer (&pane->tags, g_array_unref);
  if (art && tags)
    pane->tags = weft_graph_scene_tags (pane->scene, change);
  if (art && !same && is_another (before, weft_graph_scene_bounds (pane->scene)))
    weft_graph_pane_fit (pane);
}

static GArray *
copy_numbers (const GArray *numbers)
{
  GArray *copy = g_array_new (FALSE, FALSE, sizeof (guint));

  if (numbers && numbers->len > 0)
    g_array_append_vals (copy, numbers->data, numbers->len);
  return copy;
}

static void
looks_changed (WeftGraphPane *pane)
{
  update_marks (pane);
  weft_graph_pane_invalidate (pane);
  weft_graph_pane_expose (pane);
}

/** weft_graph_pane_set_selection: what is selected here, and what belongs to a selection
 * elsewhere. */
void
weft_graph_pane_set_selection (WeftGraphPane *pane, guint selected, const GArray *linked)
{
  g_return_if_fail (WEFT_IS_GRAPH_PANE (pane));
  pane->selected = selected;
  g_array_unref (pane->linked);
  pane->linked = copy_numbers (linked);
  looks_changed (pane);
}

/** weft_graph_pane_set_found: the others are dimmed. */
void
weft_graph_pane_set_found (WeftGraphPane *pane, const GArray *found)
{
  g_return_if_fail (WEFT_IS_GRAPH_PANE (pane));
  if (!found && !pane->found)
    return;
  g_clear_pointer (&pane->found, g_array_unref);
  if (found)
    pane->found = copy_numbers (found);
  looks_changed (pane);
}

gboolean
weft_graph_pane_get_compact (WeftGraphPane *pane)
{
  g_return_val_if_fail (WEFT_IS_GRAPH_PANE (pane), FALSE);
  return pane->compact;
}

/* The same graph with its gaps closed, or as it stood. */
static WeftGraphScene *
restack (WeftGraphPane *pane)
{
  g_autoptr (WeftCursor) cursor = weft_cursor_new (weft_graph_art_get_history (pane->art));

  weft_cursor_go (cursor, weft_graph_scene_get_step (pane->scene));
  return weft_graph_scene_new (pane->art, cursor);
}

/** weft_graph_pane_set_compact: boxes glide; off, all are back at the places that they have in
 * every step. */
void
weft_graph_pane_set_compact (WeftGraphPane *pane, gboolean compact)
{
  g_return_if_fail (WEFT_IS_GRAPH_PANE (pane));
  compact = compact != FALSE;
  if (compact == pane->compact)
    return;
  pane->compact = compact;
  if (pane->scene)
    take_scene (pane, restack (pane), TRUE);
  g_object_notify_by_pspec (G_OBJECT (pane), props[PROP_COMPACT]);
}

/** weft_graph_pane_get_rect: of @apply, in the pane's coordinates; it may lie outside. */
gboolean
weft_graph_pane_get_rect (WeftGraphPane *pane, guint apply, graphene_rect_t *rect)
{
  guint box;

  g_return_val_if_fail (WEFT_IS_GRAPH_PANE (pane), FALSE);
  box = pane->scene ? weft_graph_art_find (pane->art, apply) : WEFT_NO_BOX;
  if (box == WEFT_NO_BOX || !weft_graph_scene_has (pane->scene, box))
    return FALSE;
  *rect = weft_rect_to_graphene (
    weft_graph_pane_to_view (pane, weft_graph_scene_rect (pane->scene, box)));
  return TRUE;
}

/* ---- Drawing ---- */

static void
snapshot_grid (WeftGraphPane *pane, GtkSnapshot *snapshot, int width, int height)
{
  WeftColour      grey = weft_theme_colour (pane->style->theme, WEFT_ROLE_GRID);
  GdkRGBA         colour = weft_colour_to_rgba (grey);
  double          pitch = GRID * weft_graph_camera_get_zoom (pane->camera);
  WeftRect        origin = weft_graph_pane_to_view (pane, (WeftRect){ 0 });
  graphene_rect_t cell, bounds = GRAPHENE_RECT_INIT (0, 0, width, height);

  while (pitch < MIN_DOTS_PX)
    pitch *= 2;
  cell = GRAPHENE_RECT_INIT ((float) (fmod (origin.x, pitch) - pitch),
                             (float) (fmod (origin.y, pitch) - pitch), (float) pitch,
                             (float) pitch);
  if (!pane->grid || !graphene_rect_equal (&cell, &pane->grid_cell) ||
      !graphene_rect_equal (&bounds, &pane->grid_bounds))
    {
      GtkSnapshot *dots = gtk_snapshot_new ();

      gtk_snapshot_push_repeat (dots, &bounds, &cell);
      gtk_snapshot_append_color (
        dots, &colour, &GRAPHENE_RECT_INIT (cell.origin.x, cell.origin.y, 1.5f, 1.5f));
      gtk_snapshot_pop (dots);
      g_clear_pointer (&pane->grid, gsk_render_node_unref);
      pane->grid = gtk_snapshot_free_to_node (dots);
      pane->grid_cell = cell;
      pane->grid_bounds = bounds;
    }
  if (pane->grid)
    gtk_snapshot_append_node (snapshot, pane->grid);
}

static WeftGraphLook
make_look (WeftGraphPane *pane, const WeftRect *area)
{
  return (WeftGraphLook){ .marks = pane->marks,
                          .area = area,
                          .before = pane->before,
                          .fade = pane->fade,
                          .detail = weft_graph_pane_detail (pane),
                          .n_tags = pane->tags ? pane->tags->len : 0,
                          .tags = pane->tags
                                    ? (const WeftGraphTag *) (gpointer) pane->tags->data
                                    : NULL };
}

static GskRenderNode *
draw_wires (WeftGraphPane *pane, const WeftGraphLook *look)
{
  graphene_rect_t bounds = weft_rect_to_graphene (*look->area);
  GskRenderNode  *node = gsk_cairo_node_new (&bounds);
  cairo_t        *cr = gsk_cairo_node_get_draw_context (node);
  WeftPen         pen = weft_pen_for_cairo (cr);

  cairo_set_antialias (cr, look->detail == WEFT_DETAIL_BLOCK ? CAIRO_ANTIALIAS_NONE
                                                             : CAIRO_ANTIALIAS_FAST);
  weft_graph_scene_draw_wires (pane->scene, &pen, pane->style, look);
  cairo_destroy (cr);
  return node;
}

static gboolean
covers (const WeftRect *outer, const WeftRect *inner)
{
  return inner->x >= outer->x && inner->y >= outer->y &&
         inner->x + inner->width <= outer->x + outer->width &&
         inner->y + inner->height <= outer->y + outer->height;
}

static void
refresh_cache (WeftGraphPane *pane, const WeftRect *view)
{
  WeftGraphLook look;
  GtkSnapshot  *snapshot;
  WeftPen       pen;

  if (pane->wires && covers (&pane->drawn, view) && pane->drawn.width < MAX_COVER * view->width &&
      pane->drawn_detail == weft_graph_pane_detail (pane))
    return;
  g_clear_pointer (&pane->wires, gsk_render_node_unref);
  g_clear_pointer (&pane->cards, gsk_render_node_unref);
  pane->drawn = (WeftRect){ view->x - view->width / 2, view->y - view->height / 2, 2 * view->width,
                            2 * view->height };
  pane->drawn_detail = weft_graph_pane_detail (pane);
  look = make_look (pane, &pane->drawn);
  look.still_only = TRUE;
  pane->wires = draw_wires (pane, &look);
  snapshot = gtk_snapshot_new ();
  pen = weft_pen_for_snapshot (snapshot);
  weft_graph_scene_draw_boxes (pane->scene, &pen, pane->style, &look);
  pane->cards = gtk_snapshot_free_to_node (snapshot);
}

/* What the pointer and the keyboard are on. */
static void
snapshot_current (WeftGraphPane *pane, GtkSnapshot *snapshot, const WeftGraphLook *look)
{
  WeftPen pen = weft_pen_for_snapshot (snapshot);
  guint   focused = weft_graph_pane_focused_box (pane);

  if (pane->wire != WEFT_NO_BOX && look->detail != WEFT_DETAIL_BLOCK)
    weft_graph_scene_draw_wire_label (pane->scene, pane->wire, &pen, pane->style, look);
  if (pane->hovered != WEFT_NO_BOX && pane->hovered != focused)
    weft_graph_scene_draw_box (pane->scene, pane->hovered, WEFT_MARK_HOVERED, &pen, pane->style,
                               look);
  if (focused != WEFT_NO_BOX && gtk_widget_has_visible_focus (gtk_widget_get_focus_child (
                                  GTK_WIDGET (pane))))
    weft_graph_scene_draw_box (pane->scene, focused, WEFT_MARK_FOCUSED, &pen, pane->style, look);
}

static void
snapshot_graph (WeftGraphPane *pane, GtkSnapshot *snapshot)
{
  WeftRect      view = weft_graph_pane_viewport (pane);
  WeftRect      origin = weft_graph_pane_to_view (pane, (WeftRect){ 0 });
  float         zoom = (float) weft_graph_camera_get_zoom (pane->camera);
  WeftGraphLook look;

  refresh_cache (pane, &view);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) origin.x, (float) origin.y));
  gtk_snapshot_scale (snapshot, zoom, zoom);
  if (pane->wires)
    gtk_snapshot_append_node (snapshot, pane->wires);
  look = make_look (pane, &view);
  look.moving_only = TRUE;
  if (pane->before)
    {
      GskRenderNode *moving = draw_wires (pane, &look);

      gtk_snapshot_append_node (snapshot, moving);
      gsk_render_node_unref (moving);
    }
  if (pane->cards)
    gtk_snapshot_append_node (snapshot, pane->cards);
  if (pane->before)
    {
      WeftPen pen = weft_pen_for_snapshot (snapshot);

      weft_graph_scene_draw_boxes (pane->scene, &pen, pane->style, &look);
    }
  look.moving_only = FALSE;
  snapshot_current (pane, snapshot, &look);
  gtk_snapshot_restore (snapshot);
}

static void
weft_graph_pane_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftGraphPane *pane = WEFT_GRAPH_PANE (widget);
  int            width = gtk_widget_get_width (widget);
  int            height = gtk_widget_get_height (widget);
  WeftColour     canvas = weft_theme_colour (pane->style->theme, WEFT_ROLE_CANVAS);
  GdkRGBA        ground = weft_colour_to_rgba (canvas);

  gtk_snapshot_append_color (snapshot, &ground, &GRAPHENE_RECT_INIT (0, 0, width, height));
  snapshot_grid (pane, snapshot, width, height);
  if (pane->scene)
    snapshot_graph (pane, snapshot);
  gtk_widget_snapshot_child (widget, pane->title, snapshot);
}

/* ---- Geometry ---- */

static void
weft_graph_pane_measure (GtkWidget     *widget,
                         GtkOrientation orientation,
                         int            for_size,
                         int           *minimum,
                         int           *natural,
                         int           *minimum_baseline,
                         int           *natural_baseline)
{
  *minimum = 120;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 520;
}

/* Not while things get their places: panes that share the camera must not ask for others then. */
static gboolean
fit_cb (gpointer data)
{
  WeftGraphPane *pane = data;

  pane->fit_id = 0;
  if (pane->fit_pending)
    weft_graph_pane_apply_fit (pane);
  return G_SOURCE_REMOVE;
}

static void
weft_graph_pane_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WeftGraphPane *pane = WEFT_GRAPH_PANE (widget);
  int            least, w, h;

  if (pane->fit_pending && width > 1 && height > 1 && pane->fit_id == 0)
    pane->fit_id = g_idle_add_full (G_PRIORITY_HIGH_IDLE, fit_cb, pane, NULL);
  gtk_widget_measure (pane->title, GTK_ORIENTATION_HORIZONTAL, -1, &least, &w, NULL, NULL);
  w = MAX (least, MIN (w, width - 2 * TITLE_MARGIN));
  gtk_widget_measure (pane->title, GTK_ORIENTATION_VERTICAL, w, NULL, &h, NULL, NULL);
  gtk_widget_allocate (
    pane->title, w, h, -1,
    gsk_transform_translate (NULL, &GRAPHENE_POINT_INIT (TITLE_MARGIN, TITLE_MARGIN)));
  weft_graph_pane_place_boxes (pane);
}

/* One stop for Tab; arrows with Ctrl go on inside. */
static gboolean
weft_graph_pane_focus (GtkWidget *widget, GtkDirectionType direction)
{
  WeftGraphPane *pane = WEFT_GRAPH_PANE (widget);
  guint          box = pane->art && pane->selected != G_MAXUINT
                         ? weft_graph_art_find (pane->art, pane->selected)
                         : WEFT_NO_BOX;

  if (gtk_widget_is_focus (widget) || gtk_widget_get_focus_child (widget))
    return FALSE;
  if (pane->scene && box != WEFT_NO_BOX && weft_graph_scene_has (pane->scene, box))
    {
      weft_graph_pane_focus_box (pane, box);
      return TRUE;
    }
  return gtk_widget_grab_focus (widget);
}

static void
camera_changed_cb (WeftGraphPane *pane)
{
  gtk_widget_queue_allocate (GTK_WIDGET (pane));
  gtk_widget_queue_draw (GTK_WIDGET (pane));
  expose_soon (pane);
  g_signal_emit (pane, signals[VIEW_CHANGED], 0);
}

static void
weft_graph_pane_system_setting_changed (GtkWidget *widget, GtkSystemSetting setting)
{
  GTK_WIDGET_CLASS (weft_graph_pane_parent_class)->system_setting_changed (widget, setting);
  if (setting != GTK_SYSTEM_SETTING_ICON_THEME)
    restyle (WEFT_GRAPH_PANE (widget));
}

/* ---- Object ---- */

static void
drop_camera (WeftGraphPane *pane)
{
  if (!pane->camera)
    return;
  weft_graph_camera_set_bounds (pane->camera, pane, NULL);
  g_clear_signal_handler (&pane->camera_handler, pane->camera);
  g_clear_object (&pane->camera);
}

static void
weft_graph_pane_dispose (GObject *object)
{
  WeftGraphPane *pane = WEFT_GRAPH_PANE (object);

  weft_graph_pane_stop_gliding (pane);
  if (pane->fading)
    adw_animation_pause (pane->fading);
  g_clear_object (&pane->fading);
  g_clear_handle_id (&pane->rest_id, g_source_remove);
  g_clear_handle_id (&pane->fit_id, g_source_remove);
  drop_camera (pane);
  weft_graph_pane_drop_boxes (pane);
  g_clear_pointer (&pane->title, gtk_widget_unparent);
  g_clear_pointer (&pane->wires, gsk_render_node_unref);
  g_clear_pointer (&pane->cards, gsk_render_node_unref);
  g_clear_pointer (&pane->grid, gsk_render_node_unref);
  G_OBJECT_CLASS (weft_graph_pane_parent_class)->dispose (object);
}

static void
weft_graph_pane_finalize (GObject *object)
{
  WeftGraphPane *pane = WEFT_GRAPH_PANE (object);

  g_clear_pointer (&pane->before, weft_graph_scene_free);
  g_clear_pointer (&pane->scene, weft_graph_scene_free);
  g_clear_pointer (&pane->art, weft_graph_art_free);
  g_clear_pointer (&pane->tags, g_array_unref);
  g_clear_pointer (&pane->found, g_array_unref);
  g_array_unref (pane->linked);
  g_free (pane->marks);
  g_hash_table_unref (pane->boxes);
  weft_style_free (pane->style);
  G_OBJECT_CLASS (weft_graph_pane_parent_class)->finalize (object);
}

static void
weft_graph_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WeftGraphPane *pane = WEFT_GRAPH_PANE (object);

  if (id == PROP_CAMERA)
    g_value_set_object (value, pane->camera);
  else if (id == PROP_TITLE)
    g_value_set_string (value, gtk_label_get_text (GTK_LABEL (pane->title)));
  else if (id == PROP_COMPACT)
    g_value_set_boolean (value, pane->compact);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
weft_graph_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  WeftGraphPane *pane = WEFT_GRAPH_PANE (object);

  if (id == PROP_CAMERA)
    weft_graph_pane_set_camera (pane, g_value_get_object (value));
  else if (id == PROP_TITLE)
    weft_graph_pane_set_title (pane, g_value_get_string (value));
  else if (id == PROP_COMPACT)
    weft_graph_pane_set_compact (pane, g_value_get_boolean (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
install_properties (GObjectClass *class)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  props[PROP_CAMERA] = g_param_spec_object ("camera", NULL, NULL, WEFT_TYPE_GRAPH_CAMERA, flags);
  props[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, "", flags);
  props[PROP_COMPACT] = g_param_spec_boolean ("compact", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (class, N_PROPS, props);
}

static void
weft_graph_pane_class_init (WeftGraphPaneClass *class)
{
  static const char *const names[] = { "select", "hover", "activate" };
  GObjectClass            *object_class = G_OBJECT_CLASS (class);
  GtkWidgetClass          *widget_class = GTK_WIDGET_CLASS (class);

  object_class->dispose = weft_graph_pane_dispose;
  object_class->finalize = weft_graph_pane_finalize;
  object_class->get_property = weft_graph_pane_get_property;
  object_class->set_property = weft_graph_pane_set_property;
  widget_class->measure = weft_graph_pane_measure;
  widget_class->size_allocate = weft_graph_pane_size_allocate;
  widget_class->snapshot = weft_graph_pane_snapshot;
  widget_class->focus = weft_graph_pane_focus;
  widget_class->system_setting_changed = weft_graph_pane_system_setting_changed;
  install_properties (object_class);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    signals[i] = g_signal_new (names[i], WEFT_TYPE_GRAPH_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[VIEW_CHANGED] = g_signal_new ("view-changed", WEFT_TYPE_GRAPH_PANE, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 0);
  weft_graph_pane_install_actions (widget_class);
  gtk_widget_class_set_css_name (widget_class, "weftgraph");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
weft_graph_pane_init (WeftGraphPane *pane)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  pane->fade = 1;
  pane->selected = G_MAXUINT;
  pane->hovered = pane->wire = WEFT_NO_BOX;
  pane->boxes = g_hash_table_new (NULL, NULL);
  pane->linked = copy_numbers (NULL);
  pane->style = weft_widget_style_new (GTK_WIDGET (pane));
  /* What it says is announced when it changes. */
  pane->title =
    g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, NULL);
  gtk_label_set_ellipsize (GTK_LABEL (pane->title), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (pane->title, "graph-title");
  gtk_widget_set_can_target (pane->title, FALSE);
  gtk_widget_set_visible (pane->title, FALSE);
  gtk_widget_set_parent (pane->title, GTK_WIDGET (pane));
  weft_graph_pane_set_camera (pane, NULL);
  weft_graph_pane_add_controllers (pane);
  gtk_widget_set_overflow (GTK_WIDGET (pane), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_focusable (GTK_WIDGET (pane), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (pane), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (pane), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (pane), TRUE);
  g_signal_connect (pane, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
  g_signal_connect_object (manager, "notify::dark", G_CALLBACK (restyle), pane, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::high-contrast", G_CALLBACK (restyle), pane,
                           G_CONNECT_SWAPPED);
}

/** weft_graph_pane_new: shows nothing yet. Floating. */
WeftGraphPane *
weft_graph_pane_new (void)
{
  return g_object_new (WEFT_TYPE_GRAPH_PANE, NULL);
}

/** weft_graph_pane_set_camera: @camera is referenced; NULL: one of its own. */
void
weft_graph_pane_set_camera (WeftGraphPane *pane, WeftGraphCamera *camera)
{
  g_return_if_fail (WEFT_IS_GRAPH_PANE (pane));
  if (camera && camera == pane->camera)
    return;
  drop_camera (pane);
  pane->camera = camera ? g_object_ref (camera) : weft_graph_camera_new ();
  pane->camera_handler = g_signal_connect_swapped (pane->camera, "changed",
                                                   G_CALLBACK (camera_changed_cb), pane);
  tell_bounds (pane);
  camera_changed_cb (pane);
  g_object_notify_by_pspec (G_OBJECT (pane), props[PROP_CAMERA]);
}

WeftGraphCamera *
weft_graph_pane_get_camera (WeftGraphPane *pane)
{
  g_return_val_if_fail (WEFT_IS_GRAPH_PANE (pane), NULL);
  return pane->camera;
}

/** weft_graph_pane_set_title: NULL or "": none. */
void
weft_graph_pane_set_title (WeftGraphPane *pane, const char *title)
{
  g_return_if_fail (WEFT_IS_GRAPH_PANE (pane));
  if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (pane->title)), title ? title : "") == 0)
    return;
  gtk_label_set_text (GTK_LABEL (pane->title), title ? title : "");
  gtk_widget_set_visible (pane->title, title && *title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (pane), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  title ? title : "", -1);
  g_object_notify_by_pspec (G_OBJECT (pane), props[PROP_TITLE]);
}
