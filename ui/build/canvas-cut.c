/* The knife: a stroke with the right button and Ctrl cuts the wires that it crosses. With Alt too
 * it bypasses the cards that it crosses, or bypasses them no more; with Shift in place of Ctrl it
 * puts a dot on each wire.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

#define N_CHORDS 24
#define MIN_STEP_PX 3

/* ---- Crossing ---- */

static double
side_of (WeftPoint a, WeftPoint b, WeftPoint p)
{
  return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
}

static gboolean
segments_cross (WeftPoint a, WeftPoint b, WeftPoint c, WeftPoint d)
{
  return side_of (a, b, c) * side_of (a, b, d) <= 0 && side_of (c, d, a) * side_of (c, d, b) <= 0 &&
         (a.x != b.x || a.y != b.y) && (c.x != d.x || c.y != d.y);
}

static gboolean
crosses (const WeftWireArt *wire, WeftPoint a, WeftPoint b, WeftPoint *where)
{
  for (guint k = 0; k < wire->n_curves; k++)
    {
      const WeftCurve *curve = &wire->curves[k];
      WeftPoint        last = curve->p[0];

      for (guint i = 1; i <= N_CHORDS; i++)
        {
          WeftPoint next = weft_curve_at (curve, (double) i / N_CHORDS);

          if (segments_cross (a, b, last, next))
            {
              *where = (WeftPoint){ (last.x + next.x) / 2, (last.y + next.y) / 2 };
              return TRUE;
            }
          last = next;
        }
    }
  return FALSE;
}

static gboolean
is_crossed (WeftCanvas *canvas, const WeftWireArt *wire)
{
  const GArray *cut = canvas->drag.kind == WEFT_DRAG_KNIFE ? canvas->drag.cut : NULL;

  for (guint i = 0; cut && i < cut->len; i++)
    {
      const WeftEnds *ends = &g_array_index (cut, WeftEnds, i);

      if (ends->to == wire->to && g_strcmp0 (ends->to_port, wire->to_port) == 0)
        return TRUE;
    }
  return FALSE;
}

/* ---- The stroke ---- */

static gboolean
bypasses (const WeftDrag *drag)
{
  return (drag->modifiers & GDK_ALT_MASK) != 0;
}

static gboolean
puts_dots (const WeftDrag *drag)
{
  return !bypasses (drag) && (drag->modifiers & GDK_SHIFT_MASK) != 0;
}

/* Whether letting go would cut the wire. */
gboolean
weft_canvas_is_cut (WeftCanvas *canvas, const WeftWireArt *wire)
{
  return !puts_dots (&canvas->drag) && is_crossed (canvas, wire);
}

gboolean
weft_canvas_is_swept (WeftCanvas *canvas, guint32 uid)
{
  const GArray *swept = canvas->drag.swept;

  for (guint i = 0; swept && i < swept->len; i++)
    if (g_array_index (swept, guint32, i) == uid)
      return TRUE;
  return FALSE;
}

static void
sweep_cards (WeftCanvas *canvas, WeftPoint a, WeftPoint b)
{
  guint before = canvas->drag.swept->len;

  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *node = canvas->order->pdata[i];
      WeftPoint             corner[2] = { { node->x, node->y },
                                          { node->x + node->art->width, node->y + node->art->height } };
      WeftPoint             other[2] = { { corner[0].x, corner[1].y }, { corner[1].x, corner[0].y } };

      /* Who goes through a box crosses one of its diagonals. */
      if (!weft_canvas_is_swept (canvas, node->uid) &&
          (segments_cross (a, b, corner[0], corner[1]) ||
           segments_cross (a, b, other[0], other[1])))
        g_array_append_val (canvas->drag.swept, node->uid);
    }
  if (before != canvas->drag.swept->len)
    weft_canvas_update_looks (canvas);
}

static void
sweep_wires (WeftCanvas *canvas, WeftPoint a, WeftPoint b)
{
  guint before = canvas->drag.cut->len;

  for (guint i = 0; i < canvas->wires->len; i++)
    {
      const WeftWireArt *wire = canvas->wires->pdata[i];
      WeftEnds           ends = { wire->from, wire->to, wire->from_port, wire->to_port };
      WeftPoint          where;

      if (is_crossed (canvas, wire) || !crosses (wire, a, b, &where))
        continue;
      g_array_append_val (canvas->drag.cut, ends);
      g_array_append_val (canvas->drag.crossings, where);
    }
  if (before != canvas->drag.cut->len)
    weft_canvas_world_invalidate (canvas->world);
}

/* The right button went down with Ctrl, or with Shift. */
void
weft_canvas_press_knife (WeftCanvas     *canvas,
                         double          view_x,
                         double          view_y,
                         GdkModifierType modifiers)
{
  WeftPoint at;

  weft_canvas_press_pan (canvas, view_x, view_y);
  canvas->drag.kind = WEFT_DRAG_KNIFE;
  canvas->drag.modifiers = modifiers;
  canvas->drag.lasso = g_array_new (FALSE, FALSE, sizeof (WeftPoint));
  canvas->drag.cut = g_array_new (FALSE, FALSE, sizeof (WeftEnds));
  canvas->drag.crossings = g_array_new (FALSE, FALSE, sizeof (WeftPoint));
  canvas->drag.swept = g_array_new (FALSE, FALSE, sizeof (guint32));
  weft_canvas_from_view (canvas, view_x, view_y, &at.x, &at.y);
  g_array_append_val (canvas->drag.lasso, at);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (canvas), "crosshair");
}

/* Longer strokes mark more wires; those show what letting go would cut. */
void
weft_canvas_drag_knife (WeftCanvas *canvas, double x, double y)
{
  GArray   *stroke = canvas->drag.lasso;
  WeftPoint last = g_array_index (stroke, WeftPoint, stroke->len - 1);
  WeftPoint at = { x, y };

  if (hypot (x - last.x, y - last.y) * canvas->zoom < MIN_STEP_PX)
    return;
  g_array_append_val (stroke, at);
  if (bypasses (&canvas->drag))
    sweep_cards (canvas, last, at);
  else
    sweep_wires (canvas, last, at);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

/* All that can be are bypassed; where all are already, none is any more. What cannot be says why.
 */
static void
bypass_swept (WeftCanvas *canvas, const GArray *swept)
{
  gboolean         on = FALSE;
  g_autofree char *why = NULL;

  for (guint i = 0; i < swept->len; i++)
    on = on || !(weft_document_node (canvas->document, g_array_index (swept, guint32, i))->flags &
                 WEFT_NODE_BYPASSED);
  weft_document_begin (canvas->document, on ? _ ("Bypass") : _ ("Bypass no More"));
  for (guint i = 0; i < swept->len; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!weft_document_set_flag (canvas->document, &g_array_index (swept, guint32, i), 1,
                                   WEFT_NODE_BYPASSED, on, canvas->typing, &error) &&
          !why)
        why = g_strdup (error->message);
    }
  weft_document_end (canvas->document);
  if (why)
    weft_canvas_fail (canvas, why);
}

static void
put_dots (WeftCanvas *canvas, const GArray *wires, const GArray *crossings)
{
  g_autofree char *label = g_strdup_printf (
    g_dngettext (GETTEXT_PACKAGE, "Add %u Dot", "Add %u Dots", wires->len), wires->len);

  weft_document_begin (canvas->document, label);
  for (guint i = 0; i < wires->len; i++)
    {
      const WeftEnds *ends = &g_array_index (wires, WeftEnds, i);

      weft_canvas_insert_dot (canvas, ends->to, ends->to_port,
                              g_array_index (crossings, WeftPoint, i));
    }
  weft_document_end (canvas->document);
}

/* Does what the stroke is for; the caller ends the drag. */
void
weft_canvas_drop_knife (WeftCanvas *canvas)
{
  g_autoptr (GArray) cut = g_steal_pointer (&canvas->drag.cut);
  g_autofree char *label = NULL;

  if (bypasses (&canvas->drag) && canvas->drag.swept->len > 0)
    bypass_swept (canvas, canvas->drag.swept);
  if (!cut || cut->len == 0)
    return;
  if (puts_dots (&canvas->drag))
    {
      put_dots (canvas, cut, canvas->drag.crossings);
      return;
    }
  label = g_strdup_printf (
    g_dngettext (GETTEXT_PACKAGE, "Cut %u Wire", "Cut %u Wires", cut->len), cut->len);
  weft_document_begin (canvas->document, label);
  for (guint i = 0; i < cut->len; i++)
    {
      const WeftEnds *ends = &g_array_index (cut, WeftEnds, i);

      weft_document_disconnect (canvas->document, ends->to, ends->to_port);
    }
  weft_document_end (canvas->document);
}

void
weft_canvas_draw_knife (WeftCanvas *canvas, GtkSnapshot *snapshot)
{
  WeftPen  pen = weft_pen_for_snapshot (snapshot);
  WeftRole role =
    puts_dots (&canvas->drag) || bypasses (&canvas->drag) ? WEFT_ROLE_ACCENT : WEFT_ROLE_ERROR;
  WeftStroke            stroke = { weft_theme_colour (canvas->style->theme, role), 2, WEFT_DASH_LONG };
  GArray               *points = canvas->drag.lasso;
  g_autofree WeftCurve *pieces = g_new (WeftCurve, points->len);

  for (guint i = 0; i < points->len; i++)
    {
      WeftPoint at = g_array_index (points, WeftPoint, i);
      WeftPoint next = g_array_index (points, WeftPoint, MIN (i + 1, points->len - 1));

      weft_canvas_to_view (canvas, at.x, at.y, &at.x, &at.y);
      weft_canvas_to_view (canvas, next.x, next.y, &next.x, &next.y);
      pieces[i] = (WeftCurve){ { at, at, next, next } };
    }
  if (points->len > 1)
    weft_pen_curves (&pen, points->len - 1, pieces, stroke);
}
