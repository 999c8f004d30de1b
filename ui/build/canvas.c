/* The canvas widget: children, allocation, drawing, selection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "ui/shared/widget-style.h"

/* Dots closer than this many pixels are thinned out. */
#define MIN_DOTS_PX 16
#define DOT_PX 1
#define MINIMAP_MARGIN 12

G_DEFINE_FINAL_TYPE (WeftCanvas, weft_canvas, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_DOCUMENT,
  PROP_MINIMAP_VISIBLE,
  PROP_CONNECT_NEAR,
  PROP_ZOOM,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

enum
{
  SELECTION_CHANGED,
  ACTIVATE_NODE,
  HINT,
  FAILED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* ---- Telling ---- */

/* One sentence for the status line and the pointer; NULL or "" ends it. */
void
weft_canvas_set_hint (WeftCanvas *canvas, const char *text)
{
  if (text && !*text)
    text = NULL;
  if (g_strcmp0 (canvas->hint, text) == 0)
    return;
  g_free (canvas->hint);
  canvas->hint = g_strdup (text);
  g_signal_emit (canvas, signals[HINT], 0, text);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

void
weft_canvas_fail (WeftCanvas *canvas, const char *message)
{
  g_signal_emit (canvas, signals[FAILED], 0, message);
}

/* ---- Looks ---- */

/* Places are the document's, so cards must not grow with the user's text: the view comes nearer. */
static void
make_styles (WeftCanvas *canvas)
{
  g_clear_pointer (&canvas->style, weft_style_free);
  g_clear_pointer (&canvas->screen, weft_style_free);
  canvas->style = weft_widget_style_new (GTK_WIDGET (canvas));
  canvas->style->scale = 1;
  canvas->screen = weft_widget_style_new (GTK_WIDGET (canvas));
}

/* Fonts, text scale or colours changed: everything is measured and drawn anew. */
void
weft_canvas_restyle (WeftCanvas *canvas)
{
  double before = canvas->screen->scale;

  g_clear_pointer (&canvas->grid, gsk_render_node_unref);
  make_styles (canvas);
  if (canvas->screen->scale != before)
    weft_canvas_set_zoom (canvas, canvas->zoom * canvas->screen->scale / before);
  for (guint i = 0; i < canvas->order->len; i++)
    weft_canvas_node_rebuild (canvas->order->pdata[i]);
  for (guint i = 0; i < canvas->order->len; i++)
    weft_canvas_node_update_types (canvas->order->pdata[i]);
  weft_canvas_place_wires (canvas, WEFT_PLACE_ALL);
  gtk_widget_queue_allocate (GTK_WIDGET (canvas));
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

/* Every card's outline, detail and dimmed ports, from the canvas's state. */
void
weft_canvas_update_looks (WeftCanvas *canvas)
{
  g_autoptr (GHashTable) selected = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < canvas->selection->len; i++)
    g_hash_table_add (selected,
                      GUINT_TO_POINTER (g_array_index (canvas->selection, guint32, i)));
  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      WeftNodeLook    look = node->look;

      look.detail = canvas->detail;
      look.selected = g_hash_table_contains (selected, GUINT_TO_POINTER (node->uid));
      look.faded = weft_canvas_is_node_faded (canvas, node->uid);
      weft_canvas_node_set_look (node, &look);
    }
  weft_canvas_world_invalidate (canvas->world);
}

/* ---- Selection ---- */

gboolean
weft_canvas_is_selected (WeftCanvas *canvas, guint32 uid)
{
  for (guint i = 0; i < canvas->selection->len; i++)
    if (g_array_index (canvas->selection, guint32, i) == uid)
      return TRUE;
  return FALSE;
}

/* Looks, accessible states and the signal, after the array was edited. */
void
weft_canvas_selection_changed (WeftCanvas *canvas)
{
  weft_canvas_update_cone (canvas);
  weft_canvas_update_looks (canvas);
  g_signal_emit (canvas, signals[SELECTION_CHANGED], 0);
}

guint
weft_canvas_n_selected (WeftCanvas *canvas)
{
  g_return_val_if_fail (WEFT_IS_CANVAS (canvas), 0);
  return canvas->selection->len;
}

/** weft_canvas_get_selection: borrowed until the selection changes. */
const guint32 *
weft_canvas_get_selection (WeftCanvas *canvas, guint *n)
{
  g_return_val_if_fail (WEFT_IS_CANVAS (canvas), NULL);
  if (n)
    *n = canvas->selection->len;
  return (const guint32 *) (gpointer) canvas->selection->data;
}

static gboolean
same_selection (GArray *a, const GArray *b)
{
  return a->len == b->len &&
         (a->len == 0 || memcmp (a->data, b->data, a->len * sizeof (guint32)) == 0);
}

/** weft_canvas_set_selection: exactly these; unknown ones are left out. */
void
weft_canvas_set_selection (WeftCanvas *canvas, const guint32 *uids, guint n)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);
  GArray *selection = g_array_new (FALSE, FALSE, sizeof (guint32));

  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  for (guint i = 0; i < n; i++)
    g_hash_table_add (wanted, GUINT_TO_POINTER (uids[i]));
  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];

      if (g_hash_table_contains (wanted, GUINT_TO_POINTER (node->uid)))
        g_array_append_val (selection, node->uid);
    }
  canvas->selected_to = 0;
  weft_canvas_light_port (canvas, 0, NULL);
  g_clear_pointer (&canvas->selected_note, g_free);
  if (same_selection (selection, canvas->selection))
    {
      g_array_unref (selection);
      weft_canvas_world_invalidate (canvas->world);
      return;
    }
  g_array_unref (canvas->selection);
  canvas->selection = selection;
  weft_canvas_selection_changed (canvas);
}

/** weft_canvas_select_all: every node. */
void
weft_canvas_select_all (WeftCanvas *canvas)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (guint32));

  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  for (guint i = 0; i < canvas->order->len; i++)
    g_array_append_val (all, ((WeftCanvasNode *) canvas->order->pdata[i])->uid);
  weft_canvas_set_selection (canvas, (const guint32 *) (gpointer) all->data, all->len);
}

/* ---- Document ---- */

WeftDocument *
weft_canvas_get_document (WeftCanvas *canvas)
{
  g_return_val_if_fail (WEFT_IS_CANVAS (canvas), NULL);
  return canvas->document;
}

WeftTyping *
weft_canvas_get_typing (WeftCanvas *canvas)
{
  g_return_val_if_fail (WEFT_IS_CANVAS (canvas), NULL);
  return canvas->typing;
}

/**
 * weft_canvas_set_document:
 * @document: (nullable): referenced
 * @typing: (nullable): of @document; borrowed until the next call or the canvas's end
 */
void
weft_canvas_set_document (WeftCanvas *canvas, WeftDocument *document, WeftTyping *typing)
{
  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  weft_canvas_cancel (canvas);
  weft_canvas_unfollow (canvas);
  g_set_object (&canvas->document, document);
  canvas->typing = typing;
  if (document)
    {
      weft_canvas_follow (canvas);
      weft_canvas_restore_view (canvas);
    }
  weft_canvas_selection_changed (canvas);
  g_object_notify_by_pspec (G_OBJECT (canvas), props[PROP_DOCUMENT]);
}

/* ---- What a run tells ---- */

static void
extras_changed (WeftCanvasNode *node, gboolean size)
{
  if (size)
    {
      weft_canvas_node_rebuild (node);
      weft_canvas_node_update_types (node);
      weft_canvas_place_wires (node->canvas, WEFT_PLACE_ALL);
    }
  node->ink = weft_node_art_ink (node->art, node->canvas->style);
  weft_canvas_node_redraw (node);
}

/** weft_canvas_set_running: with what they depend on now. */
void
weft_canvas_set_running (WeftCanvas *canvas, const guint32 *uids, guint n)
{
  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  if (n == 0 && !canvas->running)
    return;
  g_clear_pointer (&canvas->running, g_hash_table_unref);
  if (n > 0)
    canvas->running = weft_canvas_reached (canvas, uids, n, TRUE);
  gtk_widget_queue_draw (canvas->minimap);
}

/** weft_canvas_set_badge: NULL removes it. */
void
weft_canvas_set_badge (WeftCanvas *canvas, guint32 uid, const char *text)
{
  WeftCanvasNode *node = weft_canvas_find_node (canvas, uid);

  if (!node || g_strcmp0 (node->extras.badge, text) == 0)
    return;
  g_free (node->extras.badge);
  node->extras.badge = g_strdup (text);
  extras_changed (node, FALSE);
}

void
weft_canvas_clear_badges (WeftCanvas *canvas)
{
  for (guint i = 0; i < canvas->order->len; i++)
    weft_canvas_set_badge (canvas, ((WeftCanvasNode *) canvas->order->pdata[i])->uid, NULL);
}

/** weft_canvas_set_thumbnails: @pixels is [@n, @height, @width], copied. */
void
weft_canvas_set_thumbnails (
  WeftCanvas *canvas, guint32 uid, const guint8 *pixels, guint width, guint height, guint n)
{
  WeftCanvasNode *node = weft_canvas_find_node (canvas, uid);
  gboolean        size;

  if (!node)
    return;
  size = (node->extras.n_thumbnails > 0) != (n > 0);
  g_free (node->extras.thumbnails);
  node->extras.thumbnails = g_memdup2 (pixels, (gsize) width * height * n);
  node->extras.thumbnail_width = width;
  node->extras.thumbnail_height = height;
  node->extras.n_thumbnails = n;
  extras_changed (node, size);
}

/** weft_canvas_set_picture: @pixels is [@n, @height, @width], copied. */
void
weft_canvas_set_picture (WeftCanvas   *canvas,
                         guint32       uid,
                         const guint8 *pixels,
                         guint         width,
                         guint         height,
                         guint         n,
                         gboolean      wide)
{
  WeftCanvasNode *node = weft_canvas_find_node (canvas, uid);

  if (!node || (n == 0 && node->extras.n_thumbnails == 0))
    return;
  node->extras.wide = wide;
  weft_canvas_set_thumbnails (canvas, uid, pixels, width, height, n);
  if (n > 0)
    return;
  g_clear_pointer (&node->thumbnails_of, g_free);
  weft_canvas_update_thumbnails (canvas);
}

/** weft_canvas_set_flow: kept over edits of the wires. */
void
weft_canvas_set_flow (WeftCanvas *canvas, guint32 uid, double flow)
{
  WeftCanvasNode *node = weft_canvas_find_node (canvas, uid);
  gboolean        news = FALSE;

  if (!node)
    return;
  node->flow = flow;
  for (guint i = 0; i < canvas->wires->len; i++)
    {
      WeftWireArt *wire = canvas->wires->pdata[i];

      if (wire->from != uid || node->art->n_outputs == 0 ||
          g_strcmp0 (wire->from_port, node->art->outputs[0].name) != 0 || wire->flow == flow)
        continue;
      wire->flow = flow;
      news = TRUE;
    }
  if (news)
    weft_canvas_world_invalidate (canvas->world);
}

/** weft_canvas_set_caption: NULL removes it. */
void
weft_canvas_set_caption (WeftCanvas *canvas, guint32 uid, const char *text)
{
  WeftCanvasNode *node = weft_canvas_find_node (canvas, uid);
  gboolean        size;

  if (!node || g_strcmp0 (node->extras.caption, text) == 0)
    return;
  size = !node->extras.caption != !text;
  g_free (node->extras.caption);
  node->extras.caption = g_strdup (text);
  extras_changed (node, size);
}

/** weft_canvas_set_bars: @heights is [@n], 0..1, copied. */
void
weft_canvas_set_bars (WeftCanvas *canvas, guint32 uid, const float *heights, guint n)
{
  WeftCanvasNode *node = weft_canvas_find_node (canvas, uid);
  gboolean        size;

  if (!node)
    return;
  size = (node->extras.n_bars > 0) != (n > 0);
  g_free (node->extras.bars);
  node->extras.bars = g_memdup2 (heights, n * sizeof *heights);
  node->extras.n_bars = n;
  extras_changed (node, size);
}

/* ---- Drawing ---- */

/* Dots of whole pixels: a repeated pattern would be smoothed at every zoom that is not whole. */
static void
draw_dots (GskRenderNode *node, double x, double y, double pitch, const GdkRGBA *colour)
{
  cairo_t        *cr = gsk_cairo_node_get_draw_context (node);
  graphene_rect_t bounds;

  gsk_render_node_get_bounds (node, &bounds);
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
  gdk_cairo_set_source_rgba (cr, colour);
  for (double row = y; row < bounds.size.height; row += pitch)
    for (double column = x; column < bounds.size.width; column += pitch)
      cairo_rectangle (cr, round (column), round (row), DOT_PX, DOT_PX);
  cairo_fill (cr);
  cairo_destroy (cr);
}

/* The grid's node is kept while the view rests: GTK would take a new one, though equal, for a
 * change of the whole canvas. */
static void
snapshot_grid (WeftCanvas *canvas, GtkSnapshot *snapshot, int width, int height)
{
  GdkRGBA         colour = weft_colour_to_rgba (weft_theme_colour (canvas->style->theme, WEFT_ROLE_GRID));
  double          pitch = 2 * WEFT_GRID * canvas->zoom;
  double          x, y;
  graphene_rect_t cell, bounds = GRAPHENE_RECT_INIT (0, 0, width, height);

  while (pitch < MIN_DOTS_PX)
    pitch *= 2;
  x = fmod (canvas->pan_x, pitch) - pitch;
  y = fmod (canvas->pan_y, pitch) - pitch;
  cell = GRAPHENE_RECT_INIT ((float) x, (float) y, (float) pitch, (float) pitch);
  if (!canvas->grid || !graphene_rect_equal (&cell, &canvas->grid_cell) ||
      !graphene_rect_equal (&bounds, &canvas->grid_bounds))
    {
      g_clear_pointer (&canvas->grid, gsk_render_node_unref);
      canvas->grid = gsk_cairo_node_new (&bounds);
      draw_dots (canvas->grid, x, y, pitch, &colour);
      canvas->grid_cell = cell;
      canvas->grid_bounds = bounds;
    }
  gtk_snapshot_append_node (snapshot, canvas->grid);
}

/* Two lines in the middle of a canvas with nothing on it. */
static void
snapshot_empty (WeftCanvas *canvas, GtkSnapshot *snapshot, int width, int height)
{
  WeftPen    pen = weft_pen_for_snapshot (snapshot);
  WeftColour dim = weft_theme_colour (canvas->style->theme, WEFT_ROLE_TEXT_DIM);
  double     line = 24 * canvas->screen->scale;

  weft_pen_text (&pen, canvas->screen, _ ("Double-click or start typing to add an operation"),
                 (WeftFont){ 15, WEFT_FONT_BOLD },
                 (WeftRect){ 20, height / 2.0 - line, width - 40, line }, WEFT_ALIGN_CENTRE, dim);
  weft_pen_text (&pen, canvas->screen, _ ("or drag one from the palette, or drop a CSV file here"),
                 (WeftFont){ 13, WEFT_FONT_PLAIN },
                 (WeftRect){ 20, height / 2.0, width - 40, line }, WEFT_ALIGN_CENTRE, dim);
}

static double
widest_line (WeftStyle *style, const char *text, WeftFont font)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  double widest = 0;

  for (guint i = 0; lines[i]; i++)
    widest = MAX (widest, weft_text_width (style, lines[i], font));
  return widest;
}

/* What a wire in the hand would do, beside the pointer: why not in red, below it what would mend
 * it. */
static void
snapshot_hint (WeftCanvas *canvas, GtkSnapshot *snapshot, int width, int height)
{
  WeftStyle       *style = canvas->screen;
  const char      *more = canvas->drag.link.refusal ? strchr (canvas->hint, '\n') : NULL;
  g_autofree char *first =
    more ? g_strndup (canvas->hint, (gsize) (more - canvas->hint)) : g_strdup (canvas->hint);
  WeftFont font = { 12, WEFT_FONT_PLAIN };
  double   s = style->scale;
  double   most = MIN (520 * s, width - 24);
  double   text = MIN (widest_line (style, canvas->hint, font) + 2, most - 20 * s);
  double   rows = weft_paragraph_height (style, first, font, text, 4);
  double   rest = more ? weft_paragraph_height (style, more + 1, font, text, 4) + 4 * s : 0;
  WeftRect box = { canvas->drag.x + 16, canvas->drag.y + 14, text + 20 * s, rows + rest + 10 * s };
  WeftPen  pen = weft_pen_for_snapshot (snapshot);
  gboolean wrong = canvas->drag.link.refusal != NULL;
  WeftRole edge = wrong ? WEFT_ROLE_ERROR : WEFT_ROLE_LABEL_BORDER;

  box.x = CLAMP (box.x, 4, MAX (4, width - box.width - 4));
  box.y = CLAMP (box.y, 4, MAX (4, height - box.height - 4));
  weft_pen_shadow (&pen, box, 6, weft_theme_colour (style->theme, WEFT_ROLE_SHADOW), 2, 6);
  weft_pen_fill (&pen, box, 6, weft_theme_colour (style->theme, WEFT_ROLE_LABEL));
  if (wrong)
    weft_pen_fill (&pen, box, 6, weft_theme_colour (style->theme, WEFT_ROLE_ERROR_FILL));
  weft_pen_border (&pen, box, 6, (WeftStroke){ weft_theme_colour (style->theme, edge), 1 });
  weft_pen_paragraph (&pen, style, first, font,
                      (WeftRect){ box.x + 10 * s, box.y + 5 * s, text, rows }, 4,
                      weft_theme_colour (style->theme, wrong ? WEFT_ROLE_ERROR : WEFT_ROLE_TEXT));
  if (more)
    weft_pen_paragraph (&pen, style, more + 1, font,
                        (WeftRect){ box.x + 10 * s, box.y + 9 * s + rows, text, rest }, 4,
                        weft_theme_colour (style->theme, WEFT_ROLE_TEXT));
}

static void
weft_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftCanvas *canvas = WEFT_CANVAS (widget);
  int         width = gtk_widget_get_width (widget);
  int         height = gtk_widget_get_height (widget);
  GdkRGBA     ground = weft_colour_to_rgba (weft_theme_colour (canvas->style->theme, WEFT_ROLE_CANVAS));

  gtk_snapshot_append_color (snapshot, &ground, &GRAPHENE_RECT_INIT (0, 0, width, height));
  snapshot_grid (canvas, snapshot, width, height);
  if (canvas->document && canvas->order->len == 0 && weft_document_n_notes (canvas->document) == 0)
    snapshot_empty (canvas, snapshot, width, height);
  gtk_widget_snapshot_child (widget, canvas->world, snapshot);
  if (weft_canvas_uses_images (canvas))
    {
      weft_canvas_snapshot_images (canvas, snapshot);
      gtk_snapshot_save (snapshot);
      gtk_snapshot_translate (
        snapshot, &GRAPHENE_POINT_INIT ((float) canvas->pan_x, (float) canvas->pan_y));
      gtk_snapshot_scale (snapshot, (float) canvas->zoom, (float) canvas->zoom);
      weft_canvas_world_snapshot_above (canvas->world, snapshot);
      gtk_snapshot_restore (snapshot);
    }
  weft_canvas_draw_port_focus (canvas, snapshot);
  if (canvas->drag.kind == WEFT_DRAG_LINK)
    weft_canvas_link_draw (canvas, snapshot);
  if (canvas->pending.uid)
    weft_canvas_link_draw_pending (canvas, snapshot);
  if (canvas->drag.kind == WEFT_DRAG_BOX || canvas->drag.kind == WEFT_DRAG_LASSO)
    weft_canvas_draw_area (canvas, snapshot);
  weft_canvas_draw_guides (canvas, snapshot);
  if (canvas->drag.near.from)
    weft_canvas_draw_near (canvas, snapshot);
  if (canvas->drag.kind == WEFT_DRAG_KNIFE)
    weft_canvas_draw_knife (canvas, snapshot);
  if (canvas->hint && canvas->drag.kind == WEFT_DRAG_LINK)
    snapshot_hint (canvas, snapshot, width, height);
  gtk_widget_snapshot_child (widget, canvas->minimap, snapshot);
}

/* ---- Geometry ---- */

static void
weft_canvas_measure (GtkWidget     *widget,
                     GtkOrientation orientation,
                     int            for_size,
                     int           *minimum,
                     int           *natural,
                     int           *minimum_baseline,
                     int           *natural_baseline)
{
  *minimum = 120;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 800 : 500;
}

static void
allocate_minimap (WeftCanvas *canvas, int width)
{
  GskTransform *at;
  int           w, h;

  if (!gtk_widget_get_visible (canvas->minimap))
    return;
  gtk_widget_measure (canvas->minimap, GTK_ORIENTATION_HORIZONTAL, -1, &w, NULL, NULL, NULL);
  gtk_widget_measure (canvas->minimap, GTK_ORIENTATION_VERTICAL, -1, &h, NULL, NULL, NULL);
  at = gsk_transform_translate (
    NULL, &GRAPHENE_POINT_INIT (MAX (0, width - w - MINIMAP_MARGIN), MINIMAP_MARGIN));
  gtk_widget_allocate (canvas->minimap, w, h, -1, at);
}

static gboolean
is_open (GtkWidget *popover)
{
  return popover && gtk_widget_get_mapped (popover);
}

static void
allocate_world (WeftCanvas *canvas, int width, int height)
{
  GskTransform *at = gsk_transform_translate (
    NULL, &GRAPHENE_POINT_INIT ((float) canvas->pan_x, (float) canvas->pan_y));

  at = gsk_transform_scale (at, (float) canvas->zoom, (float) canvas->zoom);
  gtk_widget_measure (canvas->world, GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
  gtk_widget_allocate (canvas->world, width, height, -1, at);
}

/* After the view changed. At once, where nothing else must be placed: asking for a layout would lay
 * out the window, and that asks the display server ten times. */
void
weft_canvas_place_world (WeftCanvas *canvas)
{
  int      width = gtk_widget_get_width (GTK_WIDGET (canvas));
  gboolean popover = is_open (canvas->search) || is_open (canvas->menu) ||
                     is_open (canvas->link_menu) || is_open (canvas->note_editor) ||
                     is_open (canvas->value_editor);

  if (width > 1 && !canvas->fit_pending && !popover)
    allocate_world (canvas, width, gtk_widget_get_height (GTK_WIDGET (canvas)));
  else
    gtk_widget_queue_allocate (GTK_WIDGET (canvas));
}

static void
present_popover (GtkWidget *popover)
{
  if (popover)
    gtk_popover_present (GTK_POPOVER (popover));
}

static void
weft_canvas_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WeftCanvas *canvas = WEFT_CANVAS (widget);

  if (canvas->fit_pending && width > 1 && height > 1)
    {
      canvas->fit_pending = FALSE;
      weft_canvas_fit (canvas);
    }
  allocate_world (canvas, width, height);
  allocate_minimap (canvas, width);
  present_popover (canvas->search);
  present_popover (canvas->menu);
  present_popover (canvas->link_menu);
  present_popover (canvas->note_editor);
  present_popover (canvas->value_editor);
}

static gboolean
weft_canvas_focus (GtkWidget *widget, GtkDirectionType direction)
{
  WeftCanvas *canvas = WEFT_CANVAS (widget);

  /* The canvas itself is a stop (for typing, pasting, select all); Tab goes on to the cards. */
  if (gtk_widget_is_focus (widget) && direction == GTK_DIR_TAB_FORWARD)
    return gtk_widget_child_focus (canvas->world, direction);
  if (gtk_widget_get_focus_child (widget))
    return gtk_widget_child_focus (canvas->world, direction) ||
           (direction == GTK_DIR_TAB_BACKWARD && gtk_widget_grab_focus (widget));
  return !gtk_widget_is_focus (widget) && gtk_widget_grab_focus (widget);
}

static void
weft_canvas_system_setting_changed (GtkWidget *widget, GtkSystemSetting setting)
{
  GTK_WIDGET_CLASS (weft_canvas_parent_class)->system_setting_changed (widget, setting);
  if (setting != GTK_SYSTEM_SETTING_ICON_THEME)
    weft_canvas_restyle (WEFT_CANVAS (widget));
}

/* ---- Object ---- */

static void
weft_canvas_dispose (GObject *object)
{
  WeftCanvas *canvas = WEFT_CANVAS (object);

  if (canvas->document)
    {
      weft_canvas_cancel (canvas);
      weft_canvas_unfollow (canvas);
    }
  weft_canvas_stop_fling (canvas);
  g_clear_object (&canvas->document);
  g_clear_pointer (&canvas->grid, gsk_render_node_unref);
  canvas->typing = NULL;
  g_clear_pointer (&canvas->search, gtk_widget_unparent);
  g_clear_pointer (&canvas->menu, gtk_widget_unparent);
  g_clear_pointer (&canvas->link_menu, gtk_widget_unparent);
  g_clear_pointer (&canvas->note_editor, gtk_widget_unparent);
  g_clear_pointer (&canvas->value_editor, gtk_widget_unparent);
  g_clear_pointer (&canvas->minimap, gtk_widget_unparent);
  g_clear_pointer (&canvas->world, gtk_widget_unparent);
  G_OBJECT_CLASS (weft_canvas_parent_class)->dispose (object);
}

static void
weft_canvas_finalize (GObject *object)
{
  WeftCanvas *canvas = WEFT_CANVAS (object);

  g_hash_table_unref (canvas->nodes);
  g_hash_table_unref (canvas->dirty);
  g_hash_table_unref (canvas->lit_nodes);
  g_clear_pointer (&canvas->running, g_hash_table_unref);
  g_clear_pointer (&canvas->upstream, g_hash_table_unref);
  g_clear_pointer (&canvas->downstream, g_hash_table_unref);
  g_ptr_array_unref (canvas->order);
  g_ptr_array_unref (canvas->wires);
  g_array_unref (canvas->selection);
  g_array_unref (canvas->guides);
  weft_style_free (canvas->style);
  weft_style_free (canvas->screen);
  g_free (canvas->hint);
  g_free (canvas->selected_note);
  G_OBJECT_CLASS (weft_canvas_parent_class)->finalize (object);
}

static void
weft_canvas_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WeftCanvas *canvas = WEFT_CANVAS (object);

  if (id == PROP_DOCUMENT)
    g_value_set_object (value, canvas->document);
  else if (id == PROP_MINIMAP_VISIBLE)
    g_value_set_boolean (value, gtk_widget_get_visible (canvas->minimap));
  else if (id == PROP_ZOOM)
    g_value_set_double (value, canvas->zoom);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
set_minimap_visible (WeftCanvas *canvas, gboolean visible)
{
  if (visible == gtk_widget_get_visible (canvas->minimap))
    return;
  gtk_widget_set_visible (canvas->minimap, visible);
  g_object_notify_by_pspec (G_OBJECT (canvas), props[PROP_MINIMAP_VISIBLE]);
}

static void
weft_canvas_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_ZOOM)
    weft_canvas_set_zoom (WEFT_CANVAS (object), g_value_get_double (value));
  else if (id == PROP_MINIMAP_VISIBLE)
    set_minimap_visible (WEFT_CANVAS (object), g_value_get_boolean (value));
  else if (id == PROP_CONNECT_NEAR)
    WEFT_CANVAS (object)->connect_near = g_value_get_boolean (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
weft_canvas_class_init (WeftCanvasClass *class)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (class);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  object_class->dispose = weft_canvas_dispose;
  object_class->finalize = weft_canvas_finalize;
  object_class->get_property = weft_canvas_get_property;
  object_class->set_property = weft_canvas_set_property;
  widget_class->measure = weft_canvas_measure;
  widget_class->size_allocate = weft_canvas_size_allocate;
  widget_class->snapshot = weft_canvas_snapshot;
  widget_class->focus = weft_canvas_focus;
  widget_class->system_setting_changed = weft_canvas_system_setting_changed;

  props[PROP_DOCUMENT] = g_param_spec_object ("document", NULL, NULL, WEFT_TYPE_DOCUMENT,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_ZOOM] =
    g_param_spec_double ("zoom", NULL, NULL, WEFT_ZOOM_MIN, WEFT_ZOOM_MAX, 1,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  props[PROP_MINIMAP_VISIBLE] =
    g_param_spec_boolean ("minimap-visible", NULL, NULL, TRUE,
                          G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  props[PROP_CONNECT_NEAR] = g_param_spec_boolean ("connect-near", NULL, NULL, FALSE,
                                                   G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[SELECTION_CHANGED] = g_signal_new (
    "selection-changed", WEFT_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ACTIVATE_NODE] = g_signal_new ("activate-node", WEFT_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[HINT] = g_signal_new ("hint", WEFT_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[FAILED] = g_signal_new ("failed", WEFT_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  g_signal_new ("file-dropped", WEFT_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0,
                g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 3, G_TYPE_STRING,
                G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  g_signal_new ("breakpoints-changed", WEFT_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
  g_signal_new ("typed", WEFT_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  weft_canvas_install_actions (widget_class);
  weft_canvas_install_arrange_actions (widget_class);
  weft_canvas_install_rewire_actions (widget_class);
  weft_canvas_install_breakpoint_actions (widget_class);
  gtk_widget_class_set_css_name (widget_class, "weftcanvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
weft_canvas_init (WeftCanvas *canvas)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  canvas->zoom = 1;
  canvas->nodes = g_hash_table_new (NULL, NULL);
  canvas->dirty = g_hash_table_new (NULL, NULL);
  canvas->lit_nodes = g_hash_table_new (NULL, NULL);
  canvas->order = g_ptr_array_new ();
  canvas->wires = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_wire_art_free);
  canvas->selection = g_array_new (FALSE, FALSE, sizeof (guint32));
  canvas->guides = weft_canvas_new_guides ();
  make_styles (canvas);
  canvas->zoom = canvas->screen->scale;
  canvas->world = weft_canvas_world_new (canvas);
  gtk_widget_set_parent (canvas->world, GTK_WIDGET (canvas));
  canvas->minimap = weft_minimap_new (canvas);
  gtk_widget_set_parent (canvas->minimap, GTK_WIDGET (canvas));
  weft_canvas_add_controllers (canvas);
  weft_canvas_add_drop_target (canvas);
  weft_canvas_add_tips (canvas);
  gtk_widget_set_overflow (GTK_WIDGET (canvas), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_focusable (GTK_WIDGET (canvas), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (canvas), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (canvas), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (canvas), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Canvas"), -1);
  g_signal_connect_object (manager, "notify::dark", G_CALLBACK (weft_canvas_restyle), canvas,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::high-contrast", G_CALLBACK (weft_canvas_restyle),
                           canvas, G_CONNECT_SWAPPED);
}

/** weft_canvas_new: a canvas that shows nothing yet. Floating. */
WeftCanvas *
weft_canvas_new (void)
{
  return g_object_new (WEFT_TYPE_CANVAS, NULL);
}
