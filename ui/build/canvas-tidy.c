/* Tidy: a layered drawing of the selected cards or of all, from left to right.
 *
 * Frames keep what lies in them: each is laid out by itself and then stands as one box among the
 * others. Pinned cards stay where they are, and so does a frame that holds one; the rest is put
 * around them. Cards of one column keep their order unless that costs crossings, so that tidying
 * twice changes nothing. A wire that would pass behind cards gets dots that lead it around them;
 * the others between cards that were laid out lose theirs, which belonged to places that are left.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include "engine/layout/layout.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define RANK_GAP 100 /* room for a wire's label */
#define NODE_GAP 40
#define FRAME_PAD 20
#define FRAME_HEAD 30 /* above the cards in a frame, for its title */
/* The order that somebody gave is worth this many crossings. */
#define ORDER_WORTH 2
/* Under a card with a problem its message is shown. */
#define PROBLEM_ROOM 60

/* A card or a frame. */
typedef struct
{
  WeftCanvasNode *card;   /* NULL: a frame */
  char           *frame;  /* its id, owned */
  guint           parent; /* index of the frame that it lies in, or G_MAXUINT */
  gboolean        fixed;  /* stays as it is */
  WeftRect        from;
  double          x, y; /* in its frame while that is laid out, then in the document */
  double          width, height;
  guint           index; /* in the layout being made, or G_MAXUINT */
} Unit;

typedef struct
{
  WeftCanvas *canvas;
  GArray     *units; /* Unit: frames from the largest to the smallest, then cards */
  GHashTable *cards; /* uid -> index + 1 */
  GHashTable *ways;  /* WeftWireArt -> Way */
} Tidy;

/* How the layout would lead a wire. */
typedef struct
{
  guint   unit;   /* which it begins at */
  GArray *joints; /* of double[2], from the unit's corner */
} Way;

#define unit_at(tidy, i) (&g_array_index ((tidy)->units, Unit, i))

static void
way_free (gpointer data)
{
  g_array_unref (((Way *) data)->joints);
  g_free (data);
}

static void
unit_clear (gpointer data)
{
  g_free (((Unit *) data)->frame);
}

/* ---- What is laid out ---- */

static gint
by_area (gconstpointer a, gconstpointer b)
{
  const Unit *p = a, *q = b;
  double      area = q->width * q->height - p->width * p->height;

  return (area > 0) - (area < 0);
}

/* The smallest frame around the middle of @unit among the first @n units. */
static guint
frame_around (Tidy *tidy, const Unit *unit, guint n)
{
  for (guint i = n; i-- > 0;)
    {
      const Unit *frame = unit_at (tidy, i);
      WeftRect    box = { frame->x, frame->y, frame->width, frame->height };

      if (frame->frame &&
          weft_rect_contains (&box, unit->x + unit->width / 2, unit->y + unit->height / 2))
        return i;
    }
  return G_MAXUINT;
}

static void
collect_frames (Tidy *tidy)
{
  WeftDocument *document = tidy->canvas->document;

  for (guint i = 0; i < weft_document_n_notes (document); i++)
    {
      const WeftNote *note = weft_document_note_at (document, i);
      Unit unit = { .x = note->x, .y = note->y, .width = note->width, .height = note->height };

      if (!note->frame)
        continue;
      unit.frame = g_strdup (note->id);
      g_array_append_val (tidy->units, unit);
    }
  g_array_sort (tidy->units, by_area);
  for (guint i = 0; i < tidy->units->len; i++)
    unit_at (tidy, i)->parent = frame_around (tidy, unit_at (tidy, i), i);
}

static void
collect_cards (Tidy *tidy, gboolean selection)
{
  WeftCanvas *canvas = tidy->canvas;
  guint       n_frames = tidy->units->len;

  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *card = canvas->order->pdata[i];
      const WeftNode *node = weft_document_node (canvas->document, card->uid);
      Unit unit = { .card = card, .x = node->x, .y = node->y, .width = card->art->width };

      if (selection && !card->look.selected)
        continue;
      unit.height =
        card->art->height + (card->art->problem && !card->art->incomplete ? PROBLEM_ROOM : 0);
      unit.fixed = (node->flags & WEFT_NODE_PINNED) != 0;
      unit.parent = selection ? G_MAXUINT : frame_around (tidy, &unit, n_frames);
      g_array_append_val (tidy->units, unit);
      g_hash_table_insert (tidy->cards, GUINT_TO_POINTER (card->uid),
                           GUINT_TO_POINTER (tidy->units->len));
    }
}

/* A frame with a fixed unit in it is fixed, and then so is all that it holds. */
static void
spread_fixed (Tidy *tidy)
{
  for (guint i = tidy->units->len; i-- > 0;)
    if (unit_at (tidy, i)->fixed && unit_at (tidy, i)->parent != G_MAXUINT)
      unit_at (tidy, unit_at (tidy, i)->parent)->fixed = TRUE;
  for (guint i = 0; i < tidy->units->len; i++)
    {
      Unit *unit = unit_at (tidy, i);

      if (unit->parent != G_MAXUINT && unit_at (tidy, unit->parent)->fixed)
        unit->fixed = TRUE;
      unit->from = (WeftRect){ unit->x, unit->y, unit->width, unit->height };
    }
}

/* ---- One container ---- */

/* The unit of this level that the card is or lies in; NULL: it is elsewhere. */
static Unit *
unit_of (Tidy *tidy, guint32 uid, guint parent)
{
  guint i = GPOINTER_TO_UINT (g_hash_table_lookup (tidy->cards, GUINT_TO_POINTER (uid)));

  if (i == 0)
    return NULL;
  for (i--; i != G_MAXUINT; i = unit_at (tidy, i)->parent)
    if (unit_at (tidy, i)->parent == parent)
      return unit_at (tidy, i);
  return NULL;
}

/* Ports stand at any height, those of the layout at even distances: a port at every pixel. */
static guint
port_number (const Unit *unit, const Tidy *tidy, guint32 uid, const char *port, gboolean output)
{
  WeftCanvasNode *card = weft_canvas_find_node (tidy->canvas, uid);
  gint            i = output ? weft_node_art_find_output (card->art, port)
                             : weft_node_art_find_input (card->art, port);
  double          y =
    i < 0 ? card->art->header_height / 2 : (output ? card->art->outputs : card->art->inputs)[i].y;

  /* Of a card in a frame: from the top of the frame that is a unit here. */
  for (const Unit *at = &g_array_index (
         tidy->units, Unit,
         GPOINTER_TO_UINT (g_hash_table_lookup (tidy->cards, GUINT_TO_POINTER (uid))) - 1);
       at != unit; at = &g_array_index (tidy->units, Unit, at->parent))
    y += at->y;
  return (guint) CLAMP (y, 0, unit->height - 1);
}

static GArray *
collect_edges (Tidy *tidy, guint parent, GPtrArray *wires)
{
  GArray *edges = g_array_new (FALSE, FALSE, sizeof (WeftLayoutEdge));

  for (guint i = 0; i < tidy->canvas->wires->len; i++)
    {
      const WeftWireArt *wire = tidy->canvas->wires->pdata[i];
      const Unit        *from = unit_of (tidy, wire->from, parent);
      const Unit        *to = unit_of (tidy, wire->to, parent);
      WeftLayoutEdge     edge;

      if (!from || !to || from == to)
        continue;
      edge =
        (WeftLayoutEdge){ from->index, port_number (from, tidy, wire->from, wire->from_port, TRUE),
                          to->index,   port_number (to, tidy, wire->to, wire->to_port, FALSE),
                          0,           G_MAXUINT };
      g_array_append_val (edges, edge);
      g_ptr_array_add (wires, tidy->canvas->wires->pdata[i]);
    }
  return edges;
}

/* As it was ordered from top to bottom, or freely where that has fewer crossings. */
static WeftLayout *
best_layout (GArray *nodes, GArray *edges, const double *across, double scale)
{
  const WeftLayoutNode *all = (const WeftLayoutNode *) (gpointer) nodes->data;
  const WeftLayoutEdge *links = (const WeftLayoutEdge *) (gpointer) edges->data;
  WeftLayoutOptions     options = { RANK_GAP * scale, NODE_GAP * scale, TRUE, across };
  WeftLayout           *kept = weft_layout_new (nodes->len, all, edges->len, links, &options, NULL);
  WeftLayout           *free;

  options.across = NULL;
  free = weft_layout_new (nodes->len, all, edges->len, links, &options, NULL);
  if (weft_layout_crossings (kept, all, links, 0) >
      weft_layout_crossings (free, all, links, 0) + ORDER_WORTH)
    {
      weft_layout_free (kept);
      return free;
    }
  weft_layout_free (free);
  return kept;
}

/* Where the pieces of the layout's curves meet are the places for dots. */
static void
keep_ways (
  Tidy *tidy, guint parent, const WeftLayout *layout, const GArray *edges, GPtrArray *wires)
{
  for (guint i = 0; i < edges->len; i++)
    {
      WeftWireArt *wire = wires->pdata[i];
      Unit        *from = unit_of (tidy, wire->from, parent);
      Way         *way;

      if (layout->n_points[i] <= 4)
        continue;
      way = g_new0 (Way, 1);
      way->unit = (guint) (from - unit_at (tidy, 0));
      way->joints = g_array_new (FALSE, FALSE, 2 * sizeof (double));
      for (guint k = 3; k + 3 < layout->n_points[i]; k += 3)
        {
          double at[2] = { layout->points[i][k].x - layout->places[from->index].x,
                           layout->points[i][k].y - layout->places[from->index].y };

          g_array_append_val (way->joints, at);
        }
      g_hash_table_insert (tidy->ways, wire, way);
    }
}

/* Lays out what lies in @parent (G_MAXUINT: outside of all frames), from (0, 0) on. */
static void
lay_out (Tidy *tidy, guint parent)
{
  g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (WeftLayoutNode));
  g_autoptr (GArray) across = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) edges = NULL;
  g_autoptr (GPtrArray) wires = g_ptr_array_new ();
  g_autoptr (WeftLayout) layout = NULL;

  for (guint i = 0; i < tidy->units->len; i++)
    {
      Unit          *unit = unit_at (tidy, i);
      WeftLayoutNode node = { ceil (unit->width), ceil (unit->height), (guint) ceil (unit->height),
                              (guint) ceil (unit->height), 0, G_MAXUINT, WEFT_LAYOUT_NOBODY };
      double         middle = unit->from.y + unit->height / 2;

      unit->index = G_MAXUINT;
      if (unit->parent != parent || (parent != G_MAXUINT && unit->fixed))
        continue;
      unit->index = nodes->len;
      g_array_append_val (nodes, node);
      g_array_append_val (across, middle);
    }
  if (nodes->len == 0)
    return;
  edges = collect_edges (tidy, parent, wires);
  layout = best_layout (nodes, edges, (const double *) (gpointer) across->data,
                        tidy->canvas->style->scale);
  keep_ways (tidy, parent, layout, edges, wires);
  for (guint i = 0; i < tidy->units->len; i++)
    {
      Unit *unit = unit_at (tidy, i);

      if (unit->index == G_MAXUINT)
        continue;
      unit->x = round (layout->places[unit->index].x / WEFT_GRID) * WEFT_GRID;
      unit->y = round (layout->places[unit->index].y / WEFT_GRID) * WEFT_GRID;
    }
}

/* The frame around what was laid out in it. An empty one keeps its size. */
static void
fit_frame (Tidy *tidy, guint index)
{
  Unit    *frame = unit_at (tidy, index);
  double   s = tidy->canvas->style->scale;
  WeftRect all = { 0 };

  for (guint i = 0; i < tidy->units->len; i++)
    {
      const Unit *unit = unit_at (tidy, i);
      WeftRect    box = { unit->x, unit->y, unit->width, unit->height };

      if (unit->parent == index)
        all = weft_rect_union (&all, &box);
    }
  if (all.width <= 0)
    return;
  for (guint i = 0; i < tidy->units->len; i++)
    if (unit_at (tidy, i)->parent == index)
      {
        unit_at (tidy, i)->x += round (FRAME_PAD * s) - all.x;
        unit_at (tidy, i)->y += round (FRAME_HEAD * s) - all.y;
      }
  frame->width = ceil ((all.width + 2 * FRAME_PAD * s) / WEFT_GRID) * WEFT_GRID;
  frame->height = ceil ((all.height + (FRAME_PAD + FRAME_HEAD) * s) / WEFT_GRID) * WEFT_GRID;
}

/* ---- Where the whole goes ---- */

/* The layout begins where the cards did; where some are fixed, as near to them as it can. */
static void
move_into_place (Tidy *tidy)
{
  double left = G_MAXDOUBLE, top = G_MAXDOUBLE, now_left = G_MAXDOUBLE, now_top = G_MAXDOUBLE;
  double dx = 0, dy = 0;
  guint  n_fixed = 0;

  for (guint i = 0; i < tidy->units->len; i++)
    {
      const Unit *unit = unit_at (tidy, i);

      if (unit->parent != G_MAXUINT)
        continue;
      left = MIN (left, unit->from.x);
      top = MIN (top, unit->from.y);
      now_left = MIN (now_left, unit->x);
      now_top = MIN (now_top, unit->y);
      if (!unit->fixed)
        continue;
      dx += unit->from.x - unit->x;
      dy += unit->from.y - unit->y;
      n_fixed++;
    }
  dx = n_fixed ? dx / n_fixed : left - now_left;
  dy = n_fixed ? dy / n_fixed : top - now_top;
  for (guint i = 0; i < tidy->units->len; i++)
    {
      Unit *unit = unit_at (tidy, i);

      if (unit->fixed)
        {
          unit->x = unit->from.x;
          unit->y = unit->from.y;
        }
      else if (unit->parent == G_MAXUINT)
        {
          unit->x = round ((unit->x + dx) / WEFT_GRID) * WEFT_GRID;
          unit->y = round ((unit->y + dy) / WEFT_GRID) * WEFT_GRID;
        }
    }
}

/* What would lie on something fixed goes down until it is free. */
static void
make_room (Tidy *tidy)
{
  for (guint i = 0; i < tidy->units->len; i++)
    {
      Unit *unit = unit_at (tidy, i);

      for (guint k = 0; unit->parent == G_MAXUINT && !unit->fixed && k < tidy->units->len; k++)
        {
          const Unit *fixed = unit_at (tidy, k);
          WeftRect    box = { unit->x, unit->y, unit->width, unit->height };
          WeftRect    there = { fixed->x, fixed->y, fixed->width, fixed->height };

          if (!fixed->fixed || fixed->parent != G_MAXUINT || !weft_rect_overlaps (&box, &there))
            continue;
          unit->y = ceil ((there.y + there.height + NODE_GAP) / WEFT_GRID) * WEFT_GRID;
          k = G_MAXUINT; /* the loop begins again at 0 */
        }
    }
}

/* From places in their frames to places in the document: frames come before what they hold. */
static void
unfold (Tidy *tidy)
{
  for (guint i = 0; i < tidy->units->len; i++)
    {
      Unit *unit = unit_at (tidy, i);

      if (unit->fixed || unit->parent == G_MAXUINT)
        continue;
      unit->x += unit_at (tidy, unit->parent)->x;
      unit->y += unit_at (tidy, unit->parent)->y;
    }
}

/* ---- Telling the document ---- */

static const Unit *
frame_called (Tidy *tidy, const char *id)
{
  for (guint i = 0; i < tidy->units->len; i++)
    if (g_strcmp0 (unit_at (tidy, i)->frame, id) == 0)
      return unit_at (tidy, i);
  return NULL;
}

/* The smallest frame that held the point before. */
static const Unit *
frame_that_held (Tidy *tidy, double x, double y)
{
  for (guint i = tidy->units->len; i-- > 0;)
    if (unit_at (tidy, i)->frame && weft_rect_contains (&unit_at (tidy, i)->from, x, y))
      return unit_at (tidy, i);
  return NULL;
}

/* Frames get their places and sizes; notes that lie in one go with it. */
static void
place_notes (Tidy *tidy)
{
  WeftDocument *document = tidy->canvas->document;

  for (guint i = 0; i < weft_document_n_notes (document); i++)
    {
      WeftNote         note = *weft_document_note_at (document, i);
      g_autofree char *id = g_strdup (note.id);
      g_autofree char *text = g_strdup (note.text);
      const Unit      *frame =
        note.frame ? frame_called (tidy, id)
                        : frame_that_held (tidy, note.x + note.width / 2, note.y + note.height / 2);
      WeftRect         to = { note.x, note.y, note.width, note.height };

      if (!frame)
        continue;
      if (note.frame)
        to = (WeftRect){ frame->x, frame->y, frame->width, frame->height };
      else
        {
          to.x += frame->x - frame->from.x;
          to.y += frame->y - frame->from.y;
        }
      if (to.x != note.x || to.y != note.y || to.width != note.width || to.height != note.height)
        weft_document_set_note (document, id, text, to.x, to.y, to.width, to.height);
    }
}

/* ---- Wires ---- */

typedef struct
{
  guint32     to;
  const char *port; /* interned */
  GArray     *dots; /* of double[2] */
} Detour;

static void
detour_clear (gpointer data)
{
  g_array_unref (((Detour *) data)->dots);
}

/* Where all cards will be. */
static WeftCardBox *
boxes_then (Tidy *tidy)
{
  WeftCanvas  *canvas = tidy->canvas;
  WeftCardBox *boxes = g_new (WeftCardBox, canvas->order->len + 1);

  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *card = canvas->order->pdata[i];
      guint k = GPOINTER_TO_UINT (g_hash_table_lookup (tidy->cards, GUINT_TO_POINTER (card->uid)));
      const Unit           *unit = k > 0 ? unit_at (tidy, k - 1) : NULL;

      boxes[i] = (WeftCardBox){ card->uid,
                                { unit ? unit->x : card->x, unit ? unit->y : card->y,
                                  card->art->width, card->art->height } };
    }
  return boxes;
}

static WeftPoint
port_then (Tidy *tidy, guint32 uid, const char *port, gboolean output)
{
  const Unit *unit = unit_at (
    tidy, GPOINTER_TO_UINT (g_hash_table_lookup (tidy->cards, GUINT_TO_POINTER (uid))) - 1);
  const WeftNodeArt *art = unit->card->art;
  gint i = output ? weft_node_art_find_output (art, port) : weft_node_art_find_input (art, port);
  const WeftPortArt *at = i < 0 ? NULL : output ? &art->outputs[i] : &art->inputs[i];

  return (WeftPoint){ unit->x + (at       ? at->x
                                 : output ? art->width
                                          : 0),
                      unit->y + (at ? at->y : art->header_height / 2) };
}

static GArray *
dots_for (Tidy *tidy, const WeftWire *wire, const Way *way, const WeftCardBox *boxes)
{
  GArray *dots = g_array_new (FALSE, FALSE, 2 * sizeof (double));
  g_autoptr (WeftWireArt) art = weft_wire_art_new (wire);
  WeftPoint ends[2] = { port_then (tidy, wire->from, wire->from_port, TRUE),
                        port_then (tidy, wire->to, wire->to_port, FALSE) };

  for (guint k = 0; way && k < way->joints->len; k++)
    {
      const double *from = &g_array_index (way->joints, double, 2 * k);
      double at[2] = { round ((unit_at (tidy, way->unit)->x + from[0]) / WEFT_GRID) * WEFT_GRID,
                       round ((unit_at (tidy, way->unit)->y + from[1]) / WEFT_GRID) * WEFT_GRID };

      g_array_append_val (dots, at);
    }
  art->angular = tidy->canvas->angular;
  weft_wire_find_detour (art, ends, dots, boxes, tidy->canvas->order->len);
  return dots;
}

/* Of Detour: the wires whose dots are to be others than they are. */
static GArray *
find_detours (Tidy *tidy)
{
  WeftCanvas             *canvas = tidy->canvas;
  g_autofree WeftCardBox *boxes = boxes_then (tidy);
  GArray                 *all = g_array_new (FALSE, FALSE, sizeof (Detour));

  g_array_set_clear_func (all, detour_clear);
  for (guint i = 0; i < canvas->wires->len; i++)
    {
      WeftWireArt    *art = canvas->wires->pdata[i];
      const WeftWire *wire = weft_document_wire_into (canvas->document, art->to, art->to_port);
      Detour          detour = { .to = art->to, .port = art->to_port };

      if (!wire || wire->tag ||
          !g_hash_table_contains (tidy->cards, GUINT_TO_POINTER (wire->from)) ||
          !g_hash_table_contains (tidy->cards, GUINT_TO_POINTER (wire->to)))
        continue;
      detour.dots = dots_for (tidy, wire, g_hash_table_lookup (tidy->ways, art), boxes);
      if (detour.dots->len == wire->n_dots &&
          (wire->n_dots == 0 ||
           memcmp (wire->dots, detour.dots->data, wire->n_dots * sizeof *wire->dots) == 0))
        detour_clear (&detour);
      else
        g_array_append_val (all, detour);
    }
  return all;
}

static void
apply (Tidy *tidy)
{
  g_autoptr (GArray) detours = find_detours (tidy);

  g_autofree guint32 *uids = g_new (guint32, tidy->units->len + 1);
  g_autofree double (*places)[2] = g_malloc ((tidy->units->len + 1) * sizeof *places);
  guint n = 0;

  for (guint i = 0; i < tidy->units->len; i++)
    {
      const Unit *unit = unit_at (tidy, i);

      if (!unit->card)
        continue;
      uids[n] = unit->card->uid;
      places[n][0] = unit->x;
      places[n++][1] = unit->y;
    }
  weft_document_begin (tidy->canvas->document, _ ("Tidy"));
  place_notes (tidy);
  weft_canvas_place_nodes (tidy->canvas, _ ("Tidy"), uids, n, (const double (*)[2]) places);
  for (guint i = 0; i < detours->len; i++)
    {
      const Detour *detour = &g_array_index (detours, Detour, i);

      weft_document_set_dots (tidy->canvas->document, detour->to, detour->port,
                              (const double (*)[2]) (gpointer) detour->dots->data,
                              detour->dots->len);
    }
  weft_document_end (tidy->canvas->document);
}

/**
 * weft_canvas_tidy: the selected cards where there are two or more, else all. One step of the
 * history.
 */
void
weft_canvas_tidy (WeftCanvas *canvas)
{
  Tidy     tidy = { .canvas = canvas };
  gboolean selection = canvas->selection->len > 1;

  if (!canvas->document || canvas->order->len == 0)
    return;
  weft_canvas_flush (canvas);
  tidy.units = g_array_new (FALSE, TRUE, sizeof (Unit));
  g_array_set_clear_func (tidy.units, unit_clear);
  tidy.cards = g_hash_table_new (NULL, NULL);
  tidy.ways = g_hash_table_new_full (NULL, NULL, NULL, way_free);
  if (!selection)
    collect_frames (&tidy);
  collect_cards (&tidy, selection);
  spread_fixed (&tidy);
  for (guint i = tidy.units->len; i-- > 0;)
    if (unit_at (&tidy, i)->frame && !unit_at (&tidy, i)->fixed)
      {
        lay_out (&tidy, i);
        fit_frame (&tidy, i);
      }
  lay_out (&tidy, G_MAXUINT);
  move_into_place (&tidy);
  make_room (&tidy);
  unfold (&tidy);
  apply (&tidy);
  g_array_unref (tidy.units);
  g_hash_table_unref (tidy.cards);
  g_hash_table_unref (tidy.ways);
}
