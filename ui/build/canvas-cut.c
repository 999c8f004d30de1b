/* The knife: a stroke with the right button and Ctrl cuts the wires that it crosses.
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
crosses (const WeftWireArt *wire, WeftPoint a, WeftPoint b)
{
  for (guint k = 0; k < wire->n_curves; k++)
    {
      const WeftCurve *curve = &wire->curves[k];
      WeftPoint        last = curve->p[0];

      for (guint i = 1; i <= N_CHORDS; i++)
        {
          WeftPoint next = weft_curve_at (curve, (double) i / N_CHORDS);

          if (segments_cross (a, b, last, next))
            return TRUE;
          last = next;
        }
    }
  return FALSE;
}

gboolean
weft_canvas_is_cut (WeftCanvas *canvas, const WeftWireArt *wire)
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

/* The right button went down with Ctrl. */
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
  guint     before = canvas->drag.cut->len;

  if (hypot (x - last.x, y - last.y) * canvas->zoom < MIN_STEP_PX)
    return;
  g_array_append_val (stroke, at);
  for (guint i = 0; i < canvas->wires->len; i++)
    {
      const WeftWireArt *wire = canvas->wires->pdata[i];
      WeftEnds           ends = { wire->from, wire->to, wire->from_port, wire->to_port };

      if (!weft_canvas_is_cut (canvas, wire) && crosses (wire, last, at))
        g_array_append_val (canvas->drag.cut, ends);
    }
  if (before != canvas->drag.cut->len)
    weft_canvas_world_invalidate (canvas->world);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

/* Cuts; the caller ends the drag. */
void
weft_canvas_drop_knife (WeftCanvas *canvas)
{
  g_autoptr (GArray) cut = g_steal_pointer (&canvas->drag.cut);
  g_autofree char *label = NULL;

  if (!cut || cut->len == 0)
    return;
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
  WeftPen               pen = weft_pen_for_snapshot (snapshot);
  WeftStroke            stroke = { weft_theme_colour (canvas->style->theme, WEFT_ROLE_ERROR), 2,
                                   WEFT_DASH_LONG };
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
