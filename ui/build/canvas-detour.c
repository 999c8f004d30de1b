/* Whether a wire passes behind cards, and which dots lead it around them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

/* A curve is looked at in so many points. */
#define N_POINTS 24
/* A wire that comes nearer than this looks as if it ended there. */
#define CLEARANCE 4

static gboolean
passes_behind (const WeftCurve *curve, const WeftRect *card)
{
  WeftRect bounds = weft_curve_bounds (curve);
  WeftRect box = weft_rect_grow (*card, CLEARANCE);

  if (!weft_rect_overlaps (&bounds, &box))
    return FALSE;
  for (guint i = 0; i <= N_POINTS; i++)
    {
      WeftPoint at = weft_curve_at (curve, (double) i / N_POINTS);

      if (weft_rect_contains (&box, at.x, at.y))
        return TRUE;
    }
  return FALSE;
}

/**
 * weft_wire_is_hidden:
 * @cards: [n] all of them
 *
 * Whether the wire passes behind a card that it neither comes from nor goes to.
 */
gboolean
weft_wire_is_hidden (const WeftWireArt *wire, const WeftCardBox *cards, guint n)
{
  for (guint i = 0; i < n; i++)
    for (guint k = 0; k < wire->n_curves && cards[i].uid != wire->from && cards[i].uid != wire->to;
         k++)
      if (passes_behind (&wire->curves[k], &cards[i].box))
        return TRUE;
  return FALSE;
}

static gboolean
is_clear (
  WeftWireArt *wire, const GArray *dots, const WeftPoint ends[2], const WeftCardBox *cards, guint n)
{
  weft_wire_art_set_dots (wire, (const double (*)[2]) (gpointer) dots->data, dots->len);
  weft_wire_art_set_ends (wire, ends[0].x, ends[0].y, ends[1].x, ends[1].y);
  return !weft_wire_is_hidden (wire, cards, n);
}

/**
 * weft_wire_find_detour:
 * @wire: an art of its own, which is changed
 * @ends: where it begins and ends
 * @dots: (inout): of double[2], a way that might do; then the fewest of them that are needed, none
 * where the wire is clear without, or hidden with all of them
 */
void
weft_wire_find_detour (
  WeftWireArt *wire, const WeftPoint ends[2], GArray *dots, const WeftCardBox *cards, guint n)
{
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, 2 * sizeof (double));

  if (dots->len == 0 || is_clear (wire, none, ends, cards, n) ||
      !is_clear (wire, dots, ends, cards, n))
    {
      g_array_set_size (dots, 0);
      return;
    }
  for (guint i = dots->len; i-- > 0 && dots->len > 1;)
    {
      g_autoptr (GArray) fewer = g_array_copy (dots);

      g_array_remove_index (fewer, i);
      if (is_clear (wire, fewer, ends, cards, n))
        g_array_remove_index (dots, i);
    }
}
