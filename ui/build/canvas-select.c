/* Selecting by what nodes are and how they hang together, and with a lasso.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

/* A lasso's points are at least this far apart. */
#define LASSO_STEP_PX 3.0

/* ---- Along the wires ---- */

/* uid -> GArray of uids: those that it feeds, or (@back) that feed it. */
static GHashTable *
neighbours (WeftCanvas *canvas, gboolean back)
{
  GHashTable *map = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref);

  for (guint i = 0; i < canvas->wires->len; i++)
    {
      const WeftWireArt *wire = canvas->wires->pdata[i];
      guint32            key = back ? wire->to : wire->from;
      guint32            value = back ? wire->from : wire->to;
      GArray            *list = g_hash_table_lookup (map, GUINT_TO_POINTER (key));

      if (!list)
        {
          list = g_array_new (FALSE, FALSE, sizeof (guint32));
          g_hash_table_insert (map, GUINT_TO_POINTER (key), list);
        }
      g_array_append_val (list, value);
    }
  return map;
}

/* Adds to @set all that can be reached from @uid along the wires, itself included. */
static void
spread (GHashTable *map, guint32 uid, GHashTable *set)
{
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (guint32));

  if (g_hash_table_add (set, GUINT_TO_POINTER (uid)))
    g_array_append_val (open, uid);
  while (open->len > 0)
    {
      guint32 at = g_array_index (open, guint32, open->len - 1);
      GArray *list = g_hash_table_lookup (map, GUINT_TO_POINTER (at));

      g_array_set_size (open, open->len - 1);
      for (guint i = 0; list && i < list->len; i++)
        {
          guint32 next = g_array_index (list, guint32, i);

          if (g_hash_table_add (set, GUINT_TO_POINTER (next)))
            g_array_append_val (open, next);
        }
    }
}

/**
 * weft_canvas_reached: set of the nodes that the @n nodes @uids depend on (@back) or that depend on
 * them, themselves included. Caller owns.
 */
GHashTable *
weft_canvas_reached (WeftCanvas *canvas, const guint32 *uids, guint n, gboolean back)
{
  g_autoptr (GHashTable) map = neighbours (canvas, back);
  GHashTable *set = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < n; i++)
    spread (map, uids[i], set);
  return set;
}

static void
select_set (WeftCanvas *canvas, GHashTable *set)
{
  g_autoptr (GArray) uids = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *node = canvas->order->pdata[i];

      if (g_hash_table_contains (set, GUINT_TO_POINTER (node->uid)))
        g_array_append_val (uids, node->uid);
    }
  weft_canvas_set_selection (canvas, (const guint32 *) (gpointer) uids->data, uids->len);
}

static GHashTable *
reached_from_selection (WeftCanvas *canvas, gboolean back)
{
  return weft_canvas_reached (canvas, (const guint32 *) (gpointer) canvas->selection->data,
                              canvas->selection->len, back);
}

/* Adds the nodes on every path between two selected ones, whichever comes first. */
static void
select_paths (WeftCanvas *canvas)
{
  g_autoptr (GHashTable) down = neighbours (canvas, FALSE);
  g_autoptr (GHashTable) up = neighbours (canvas, TRUE);
  g_autoptr (GHashTable) found = g_hash_table_new (NULL, NULL);
  guint before = canvas->selection->len;

  for (guint i = 0; i < canvas->selection->len; i++)
    for (guint k = 0; k < canvas->selection->len; k++)
      {
        g_autoptr (GHashTable) after = g_hash_table_new (NULL, NULL);
        g_autoptr (GHashTable) ahead = g_hash_table_new (NULL, NULL);
        GHashTableIter iter;
        gpointer       uid;

        g_hash_table_add (found, GUINT_TO_POINTER (g_array_index (canvas->selection, guint32, i)));
        if (i == k)
          continue;
        spread (down, g_array_index (canvas->selection, guint32, i), after);
        spread (up, g_array_index (canvas->selection, guint32, k), ahead);
        g_hash_table_iter_init (&iter, after);
        while (g_hash_table_iter_next (&iter, &uid, NULL))
          if (g_hash_table_contains (ahead, uid))
            g_hash_table_add (found, uid);
      }
  select_set (canvas, found);
  if (canvas->selection->len == before)
    weft_canvas_fail (canvas, _ ("No other node lies on a path between the selected ones."));
}

static void
select_same (WeftCanvas *canvas)
{
  g_autoptr (GHashTable) ops = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) found = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < canvas->selection->len; i++)
    g_hash_table_add (ops, (gpointer) weft_document_node (
                             canvas->document, g_array_index (canvas->selection, guint32, i))
                             ->op);
  for (guint i = 0; i < canvas->order->len; i++)
    {
      guint32 uid = ((WeftCanvasNode *) canvas->order->pdata[i])->uid;

      if (g_hash_table_contains (ops, weft_document_node (canvas->document, uid)->op))
        g_hash_table_add (found, GUINT_TO_POINTER (uid));
    }
  select_set (canvas, found);
}

static void
select_others (WeftCanvas *canvas)
{
  g_autoptr (GHashTable) found = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < canvas->order->len; i++)
    if (!((WeftCanvasNode *) canvas->order->pdata[i])->look.selected)
      g_hash_table_add (found,
                        GUINT_TO_POINTER (((WeftCanvasNode *) canvas->order->pdata[i])->uid));
  select_set (canvas, found);
}

/**
 * weft_canvas_select: the selection grows along wires or to its like, or is turned over.
 */
void
weft_canvas_select (WeftCanvas *canvas, WeftSelect what)
{
  g_autoptr (GHashTable) set = NULL;

  if (!canvas->document)
    return;
  if (what == WEFT_SELECT_OTHERS)
    {
      select_others (canvas);
      return;
    }
  if (canvas->selection->len < (what == WEFT_SELECT_PATHS ? 2 : 1))
    {
      weft_canvas_fail (canvas, what == WEFT_SELECT_PATHS
                                  ? _ ("Select two nodes or more to select what lies between them.")
                                  : _ ("Select a node to select from there."));
      return;
    }
  if (what == WEFT_SELECT_PATHS)
    select_paths (canvas);
  else if (what == WEFT_SELECT_SAME)
    select_same (canvas);
  else
    {
      set = reached_from_selection (canvas, what == WEFT_SELECT_UPSTREAM);
      select_set (canvas, set);
    }
}

/* ---- With box and lasso ---- */

static gboolean
was_before (const GArray *before, guint32 uid)
{
  for (guint i = 0; i < before->len; i++)
    if (g_array_index (before, guint32, i) == uid)
      return TRUE;
  return FALSE;
}

static gboolean
encloses (const WeftRect *outer, const WeftRect *inner)
{
  return inner->x >= outer->x && inner->y >= outer->y &&
         inner->x + inner->width <= outer->x + outer->width &&
         inner->y + inner->height <= outer->y + outer->height;
}

/* Whether a polygon (closed by its ends) goes around a point. */
static gboolean
goes_around (const GArray *points, double x, double y)
{
  gboolean inside = FALSE;

  for (guint i = 0, k = points->len - 1; i < points->len; k = i++)
    {
      const WeftPoint *a = &g_array_index (points, WeftPoint, i);
      const WeftPoint *b = &g_array_index (points, WeftPoint, k);

      if ((a->y > y) != (b->y > y) && x < (b->x - a->x) * (y - a->y) / (b->y - a->y) + a->x)
        inside = !inside;
    }
  return inside;
}

static gboolean
is_caught (const WeftDrag *drag, const WeftRect *box, const WeftRect *card)
{
  if (drag->kind == WEFT_DRAG_LASSO)
    return goes_around (drag->lasso, card->x + card->width / 2, card->y + card->height / 2);
  return drag->x >= drag->start_x ? encloses (box, card) : weft_rect_overlaps (box, card);
}

/**
 * weft_canvas_drag_area: box or lasso, with the pointer at (@x, @y)
 *
 * A box drawn to the right takes the cards that lie in it, one drawn to the left all that it
 * touches; a lasso those whose middle it goes around. With Shift also those from before, with Ctrl
 * those turned over.
 */
void
weft_canvas_drag_area (WeftCanvas *canvas, double x, double y)
{
  WeftDrag *drag = &canvas->drag;
  WeftRect  box = { MIN (x, drag->from_x), MIN (y, drag->from_y), fabs (x - drag->from_x),
                    fabs (y - drag->from_y) };
  WeftPoint at = { x, y };
  g_autoptr (GArray) next = g_array_new (FALSE, FALSE, sizeof (guint32));

  weft_canvas_to_view (canvas, drag->from_x, drag->from_y, &drag->start_x, &drag->start_y);
  if (drag->kind == WEFT_DRAG_LASSO &&
      (drag->lasso->len == 0 ||
       hypot (x - g_array_index (drag->lasso, WeftPoint, drag->lasso->len - 1).x,
              y - g_array_index (drag->lasso, WeftPoint, drag->lasso->len - 1).y) *
           canvas->zoom >=
         LASSO_STEP_PX))
    g_array_append_val (drag->lasso, at);
  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect              card = { node->x, node->y, node->art->width, node->art->height };
      gboolean              caught = is_caught (drag, &box, &card);
      gboolean              before = was_before (drag->before, node->uid);
      gboolean              lasso = drag->kind == WEFT_DRAG_LASSO;

      if ((drag->modifiers & GDK_CONTROL_MASK) && !lasso ? caught != before
          : drag->modifiers & GDK_SHIFT_MASK             ? caught || before
                                                         : caught)
        g_array_append_val (next, node->uid);
    }
  weft_canvas_set_selection (canvas, (const guint32 *) (gpointer) next->data, next->len);
  weft_canvas_set_hint (
    canvas,
    drag->kind == WEFT_DRAG_LASSO ? NULL
    : drag->x >= drag->start_x
      ? _ ("Selects the nodes inside; drag to the left to select all that are touched.")
      : _ ("Selects all nodes that are touched; drag to the right to select those inside."));
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

static void
draw_lasso (WeftCanvas *canvas, WeftPen *pen, WeftStroke stroke)
{
  const GArray         *points = canvas->drag.lasso;
  g_autofree WeftCurve *pieces = g_new (WeftCurve, points->len + 1);

  for (guint i = 0; i < points->len; i++)
    {
      const WeftPoint *a = &g_array_index (points, WeftPoint, i);
      const WeftPoint *b = &g_array_index (points, WeftPoint, (i + 1) % points->len);
      WeftPoint        p, q;

      weft_canvas_to_view (canvas, a->x, a->y, &p.x, &p.y);
      weft_canvas_to_view (canvas, b->x, b->y, &q.x, &q.y);
      pieces[i] = (WeftCurve){ { p, p, q, q } };
    }
  if (points->len > 1)
    weft_pen_curves (pen, points->len, pieces, stroke);
}

/* The box (a broken border where it takes what it touches) or the lasso, in view coordinates. */
void
weft_canvas_draw_area (WeftCanvas *canvas, GtkSnapshot *snapshot)
{
  WeftDrag  *drag = &canvas->drag;
  WeftRect   box = { MIN (drag->start_x, drag->x), MIN (drag->start_y, drag->y),
                     fabs (drag->x - drag->start_x), fabs (drag->y - drag->start_y) };
  WeftPen    pen = weft_pen_for_snapshot (snapshot);
  WeftStroke stroke = { weft_theme_colour (canvas->style->theme, WEFT_ROLE_ACCENT), 1,
                        drag->x >= drag->start_x ? WEFT_DASH_NONE : WEFT_DASH_LONG };

  if (drag->kind == WEFT_DRAG_LASSO)
    {
      stroke.width = 1.5;
      stroke.dash = WEFT_DASH_LONG;
      draw_lasso (canvas, &pen, stroke);
      return;
    }
  weft_pen_fill (&pen, box, 2, weft_theme_colour (canvas->style->theme, WEFT_ROLE_ACCENT_FILL));
  weft_pen_border (&pen, box, 2, stroke);
}
