/* Numbers on wires while a training step is seen in phases: what flows, then the gradients that
 * flow back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

static void
set_number (WeftCanvas *canvas, WeftWireArt *wire, const WeftWireNumber *number, gboolean *news)
{
  double flow = number ? number->flow : -1;

  *news = weft_wire_art_set_number (wire, number ? number->text : NULL,
                                    number ? number->short_text : NULL,
                                    number ? number->tone : WEFT_WIRE_VALUE) ||
          wire->flow != flow || *news;
  wire->flow = flow;
}

/**
 * weft_canvas_set_wire_numbers:
 * @numbers: one of an output port; those of ports without wires are passed over
 *
 * Wires of other ports show what they showed. Until the wires change or
 * weft_canvas_clear_wire_numbers().
 */
void
weft_canvas_set_wire_numbers (WeftCanvas *canvas, const WeftWireNumber *numbers, guint n)
{
  gboolean news = FALSE;

  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  for (guint k = 0; k < n; k++)
    for (guint i = 0; i < canvas->wires->len; i++)
      {
        WeftWireArt *wire = canvas->wires->pdata[i];

        if (wire->from == numbers[k].uid && g_str_equal (wire->from_port, numbers[k].port))
          set_number (canvas, wire, &numbers[k], &news);
      }
  if (!news)
    return;
  weft_canvas_place_wires (canvas, WEFT_PLACE_STALE);
  weft_canvas_world_invalidate (canvas->world);
}

/** weft_canvas_clear_wire_numbers: the wires show shapes again, and how thick the watches make
 * them. */
void
weft_canvas_clear_wire_numbers (WeftCanvas *canvas)
{
  gboolean news = FALSE;

  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  for (guint i = 0; i < canvas->wires->len; i++)
    {
      WeftWireArt *wire = canvas->wires->pdata[i];

      if (wire->number)
        set_number (canvas, wire, NULL, &news);
    }
  if (!news)
    return;
  weft_canvas_place_wires (canvas, WEFT_PLACE_STALE);
  weft_canvas_world_invalidate (canvas->world);
}
