/* Frames and notes in the hand: moving a frame moves what lies in it, a corner changes the size.
 *
 * A card or a note lies in a frame where its middle does. So nothing needs to be joined or parted:
 * dropping a card on a frame is enough.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

#define PAD 20
/* Of a frame around nothing. */
#define EMPTY_WIDTH 400
#define EMPTY_HEIGHT 240
#define LEAST_WIDTH 80
#define LEAST_HEIGHT 50

/* ---- What lies where ---- */

static const WeftNote *
find_note (WeftCanvas *canvas, const char *id)
{
  for (guint i = 0; id && canvas->document && i < weft_document_n_notes (canvas->document); i++)
    if (g_str_equal (weft_document_note_at (canvas->document, i)->id, id))
      return weft_document_note_at (canvas->document, i);
  return NULL;
}

static WeftRect
box_of (const WeftNote *note)
{
  return (WeftRect){ note->x, note->y, note->width, note->height };
}

static gboolean
holds_card (const WeftRect *box, const WeftCanvasNode *node)
{
  return weft_rect_contains (box, node->x + node->art->width / 2, node->y + node->art->height / 2);
}

/* Of two frames the smaller one lies in the larger one. */
static gboolean
holds_note (const WeftNote *frame, const WeftNote *note)
{
  WeftRect box = box_of (frame);

  return note != frame &&
         weft_rect_contains (&box, note->x + note->width / 2, note->y + note->height / 2) &&
         (!note->frame || note->width * note->height < frame->width * frame->height);
}

/* The smallest frame around the first selected card; NULL: none. */
static const WeftNote *
frame_of_selection (WeftCanvas *canvas)
{
  const WeftNote       *best = find_note (canvas, canvas->selected_note);
  const WeftCanvasNode *node =
    canvas->selection->len
      ? weft_canvas_find_node (canvas, g_array_index (canvas->selection, guint32, 0))
      : NULL;

  if (best)
    return best->frame ? best : NULL;
  for (guint i = 0; node && i < weft_document_n_notes (canvas->document); i++)
    {
      const WeftNote *note = weft_document_note_at (canvas->document, i);
      WeftRect        box = box_of (note);

      if (note->frame && holds_card (&box, node) &&
          (!best || note->width * note->height < best->width * best->height))
        best = note;
    }
  return best;
}

/* ---- Moving ---- */

/* The drag of a note begins: with a frame goes what it holds. */
void
weft_canvas_take_note (WeftCanvas *canvas)
{
  const WeftNote *note = find_note (canvas, canvas->drag.note);
  WeftRect        box;

  canvas->drag.notes = g_ptr_array_new_with_free_func (g_free);
  if (!note)
    return;
  g_ptr_array_add (canvas->drag.notes, g_strdup (note->id));
  if (!note->frame)
    return;
  box = box_of (note);
  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];

      node->moving = holds_card (&box, node);
    }
  for (guint i = 0; i < weft_document_n_notes (canvas->document); i++)
    if (holds_note (note, weft_document_note_at (canvas->document, i)))
      g_ptr_array_add (canvas->drag.notes,
                       g_strdup (weft_document_note_at (canvas->document, i)->id));
}

/* Whether a note goes with the drag. */
gboolean
weft_canvas_note_moves (WeftCanvas *canvas, const char *id)
{
  for (guint i = 0; canvas->drag.kind == WEFT_DRAG_MOVE_NOTE && canvas->drag.notes &&
                    i < canvas->drag.notes->len;
       i++)
    if (g_str_equal (canvas->drag.notes->pdata[i], id))
      return TRUE;
  return FALSE;
}

static double
to_grid (double at, GdkModifierType modifiers)
{
  return modifiers & GDK_SHIFT_MASK ? at : round (at / WEFT_GRID) * WEFT_GRID;
}

/* The pointer is at (@x, @y) of the document. */
void
weft_canvas_drag_note (WeftCanvas *canvas, double x, double y, GdkModifierType modifiers)
{
  WeftDrag       *drag = &canvas->drag;
  const WeftNote *note = find_note (canvas, drag->note);
  WeftRect        box;
  double          put_x, put_y;

  if (!note)
    {
      weft_canvas_cancel (canvas);
      return;
    }
  box =
    (WeftRect){ note->x + x - drag->from_x, note->y + y - drag->from_y, note->width, note->height };
  if (drag->kind == WEFT_DRAG_SIZE_NOTE)
    {
      drag->dx =
        MAX (LEAST_WIDTH, to_grid (note->width + x - drag->from_x, modifiers)) - note->width;
      drag->dy =
        MAX (LEAST_HEIGHT, to_grid (note->height + y - drag->from_y, modifiers)) - note->height;
    }
  else
    {
      put_x = to_grid (box.x, modifiers);
      put_y = to_grid (box.y, modifiers);
      if (modifiers & GDK_SHIFT_MASK)
        weft_canvas_clear_guides (canvas);
      else
        weft_canvas_snap_to_guides (canvas, NULL, &box, &put_x, &put_y);
      drag->dx = put_x - note->x;
      drag->dy = put_y - note->y;
      weft_canvas_place_wires (canvas, WEFT_PLACE_MOVING);
      gtk_widget_queue_allocate (canvas->world);
    }
  gtk_widget_queue_draw (canvas->world);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

/* Where a drag shows the note. */
void
weft_canvas_dragged_note (WeftCanvas *canvas, WeftNote *note)
{
  if (weft_canvas_note_moves (canvas, note->id))
    {
      note->x += canvas->drag.dx;
      note->y += canvas->drag.dy;
    }
  else if (canvas->drag.kind == WEFT_DRAG_SIZE_NOTE && g_str_equal (canvas->drag.note, note->id))
    {
      note->width += canvas->drag.dx;
      note->height += canvas->drag.dy;
    }
}

static void
place_note (WeftCanvas *canvas, const char *id, WeftRect to)
{
  const WeftNote  *note = find_note (canvas, id);
  g_autofree char *text = note ? g_strdup (note->text) : NULL;

  if (note)
    weft_document_set_note (canvas->document, id, text, to.x, to.y, to.width, to.height);
}

/* The drag ends here: one step of the history. @end forgets the drag. */
void
weft_canvas_drop_note (WeftCanvas *canvas, void (*end) (WeftCanvas *canvas))
{
  g_autoptr (GPtrArray) notes = canvas->drag.notes ? g_ptr_array_ref (canvas->drag.notes) : NULL;
  g_autoptr (GArray) cards = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autofree char *held = g_strdup (canvas->drag.note);
  const WeftNote  *note = find_note (canvas, held);
  gboolean         sized = canvas->drag.kind == WEFT_DRAG_SIZE_NOTE;
  gboolean         frame = note && note->frame;
  double           dx = canvas->drag.dx, dy = canvas->drag.dy;

  for (guint i = 0; i < canvas->order->len; i++)
    if (((WeftCanvasNode *) canvas->order->pdata[i])->moving)
      g_array_append_val (cards, ((WeftCanvasNode *) canvas->order->pdata[i])->uid);
  end (canvas);
  if (!note || (dx == 0 && dy == 0))
    return;
  weft_document_begin (canvas->document, frame   ? (sized ? _ ("Resize Frame") : _ ("Move Frame"))
                                         : sized ? _ ("Resize Note")
                                                 : _ ("Move Note"));
  if (sized)
    place_note (canvas, held, (WeftRect){ note->x, note->y, note->width + dx, note->height + dy });
  else
    {
      weft_document_move_nodes (canvas->document, (const guint32 *) (gpointer) cards->data,
                                cards->len, dx, dy);
      for (guint i = 0; notes && i < notes->len; i++)
        {
          note = find_note (canvas, notes->pdata[i]);
          if (note)
            place_note (canvas, notes->pdata[i],
                        (WeftRect){ note->x + dx, note->y + dy, note->width, note->height });
        }
    }
  weft_document_end (canvas->document);
}

/* ---- Commands ---- */

/* Around cards, with room for the title; without area if there are none. */
static WeftRect
around (WeftRect cards)
{
  WeftRect box = cards;

  if (cards.width <= 0)
    return box;
  box.x = floor ((cards.x - PAD) / WEFT_GRID) * WEFT_GRID;
  box.y = floor ((cards.y - PAD - WEFT_FRAME_HEAD) / WEFT_GRID) * WEFT_GRID;
  box.width = ceil ((cards.x + cards.width + PAD - box.x) / WEFT_GRID) * WEFT_GRID;
  box.height = ceil ((cards.y + cards.height + PAD - box.y) / WEFT_GRID) * WEFT_GRID;
  return box;
}

/**
 * weft_canvas_add_frame: around the selected cards; where none are, an empty one at the pointer.
 */
void
weft_canvas_add_frame (WeftCanvas *canvas)
{
  WeftRect         box = around (weft_canvas_bounds (canvas, TRUE));
  WeftRect         view = weft_canvas_viewport (canvas);
  g_autofree char *id = NULL;

  if (!canvas->document)
    return;
  if (canvas->selection->len == 0 || box.width <= 0)
    {
      box =
        (WeftRect){ view.x + view.width / 2, view.y + view.height / 2, EMPTY_WIDTH, EMPTY_HEIGHT };
      if (canvas->pointer_inside)
        weft_canvas_from_view (canvas, canvas->pointer_x, canvas->pointer_y, &box.x, &box.y);
      box.x = round ((box.x - EMPTY_WIDTH / 2.0) / WEFT_GRID) * WEFT_GRID;
      box.y = round ((box.y - EMPTY_HEIGHT / 2.0) / WEFT_GRID) * WEFT_GRID;
    }
  id = g_strdup (
    weft_document_add_frame (canvas->document, _ ("Frame"), box.x, box.y, box.width, box.height));
  if (id)
    weft_canvas_edit_note (canvas, id);
}

/**
 * weft_canvas_remove_frame: the selected one, or the smallest around the selected card; what lies
 * in it stays.
 */
void
weft_canvas_remove_frame (WeftCanvas *canvas)
{
  const WeftNote  *frame = canvas->document ? frame_of_selection (canvas) : NULL;
  g_autofree char *id = frame ? g_strdup (frame->id) : NULL;

  if (!frame)
    {
      weft_canvas_fail (canvas, _ ("Select a frame, or a node in one, to remove the frame."));
      return;
    }
  weft_document_begin (canvas->document, _ ("Remove Frame"));
  weft_document_remove_note (canvas->document, id);
  weft_document_end (canvas->document);
}

/**
 * weft_canvas_fit_frame: the frame becomes as large as what lies in it needs.
 */
void
weft_canvas_fit_frame (WeftCanvas *canvas)
{
  const WeftNote  *frame = canvas->document ? frame_of_selection (canvas) : NULL;
  g_autofree char *id = frame ? g_strdup (frame->id) : NULL;
  WeftRect         box = frame ? box_of (frame) : (WeftRect){ 0 };
  WeftRect         all = { 0 };

  for (guint i = 0; frame && i < canvas->order->len; i++)
    {
      const WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect              card = { node->x, node->y, node->art->width, node->art->height };

      if (holds_card (&box, node))
        all = weft_rect_union (&all, &card);
    }
  for (guint i = 0; frame && i < weft_document_n_notes (canvas->document); i++)
    {
      const WeftNote *note = weft_document_note_at (canvas->document, i);
      WeftRect        inner = box_of (note);

      if (holds_note (frame, note))
        all = weft_rect_union (&all, &inner);
    }
  if (all.width <= 0)
    {
      weft_canvas_fail (canvas, _ ("Select a frame with nodes in it to fit it around them."));
      return;
    }
  weft_document_begin (canvas->document, _ ("Fit Frame"));
  place_note (canvas, id, around (all));
  weft_document_end (canvas->document);
}
