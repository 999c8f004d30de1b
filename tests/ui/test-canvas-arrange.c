/* The canvas: putting cards in order, guides, selecting along wires, and what one reads off it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>

#include "tests/ui/canvas-tools.h"
#include "ui/build/help-page.h"

/* ---- Set up ---- */

static void
wire (Fixture *fixture, guint32 from, guint32 to, guint input)
{
  g_autoptr (WeftPorts) out = weft_document_ports (fixture->document, from);
  g_autoptr (WeftPorts) in = weft_document_ports (fixture->document, to);
  g_autoptr (GError) error = NULL;

  weft_document_connect (fixture->document, from, out->outputs[0].name, to, in->inputs[input].name,
                         &error);
  g_assert_no_error (error);
}

/* x feeds a and b, both feed sum, sum feeds out; alone hangs on nothing. */
static void
set_up_diamond (Fixture *fixture, gconstpointer data)
{
  fixture->document = weft_document_new ();
  fixture->x = add (fixture, "input", "x", shape_params ("[\"batch\", 64]", NULL), 0, 0);
  fixture->a = add (fixture, "tanh", "a", NULL, 300, 13);
  fixture->b = add (fixture, "exp", "b", NULL, 320, 200);
  fixture->sum = add (fixture, "add", "sum", NULL, 610, 57);
  fixture->last = add (fixture, "tanh", "out", NULL, 900, 31);
  fixture->alone = add (fixture, "tanh", "alone", NULL, 0, 400);
  wire (fixture, fixture->x, fixture->a, 0);
  wire (fixture, fixture->x, fixture->b, 0);
  wire (fixture, fixture->a, fixture->sum, 0);
  wire (fixture, fixture->b, fixture->sum, 1);
  wire (fixture, fixture->sum, fixture->last, 0);
  show (fixture, 1200, 700);
}

/* ---- Hands ---- */

static const WeftNode *
node_of (Fixture *fixture, guint32 uid)
{
  return weft_document_node (fixture->document, uid);
}

static WeftCanvasNode *
card_of (Fixture *fixture, guint32 uid)
{
  return weft_canvas_find_node (fixture->canvas, uid);
}

static void
choose (Fixture *fixture, guint n, ...)
{
  guint32 uids[8];
  va_list list;

  va_start (list, n);
  for (guint i = 0; i < n; i++)
    uids[i] = va_arg (list, guint32);
  va_end (list);
  weft_canvas_set_selection (fixture->canvas, uids, n);
}

static void
act (Fixture *fixture, const char *action)
{
  g_assert_true (
    gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), action, NULL));
}

static void
view_at (Fixture *fixture, double x, double y, double *view_x, double *view_y)
{
  weft_canvas_to_view (fixture->canvas, x, y, view_x, view_y);
}

/* From and to in the document's coordinates. */
static void
drag_inside (
  Fixture *fixture, double x0, double y0, double x1, double y1, GdkModifierType modifiers)
{
  double x, y, to_x, to_y;

  view_at (fixture, x0, y0, &x, &y);
  view_at (fixture, x1, y1, &to_x, &to_y);
  drag (fixture, x, y, to_x, to_y, modifiers);
}

/* Whether exactly these are selected. */
static gboolean
chosen (Fixture *fixture, guint n, ...)
{
  gboolean all = weft_canvas_n_selected (fixture->canvas) == n;
  va_list  list;

  va_start (list, n);
  for (guint i = 0; i < n; i++)
    all = weft_canvas_is_selected (fixture->canvas, va_arg (list, guint32)) && all;
  va_end (list);
  return all;
}

static guint
count_steps (Fixture *fixture)
{
  guint n = 0;

  while (weft_document_get_step_label (fixture->document, FALSE, n))
    n++;
  return n;
}

/* ---- Arranging ---- */

static void
test_align (Fixture *fixture, gconstpointer data)
{
  guint steps = count_steps (fixture);

  choose (fixture, 1, fixture->a);
  act (fixture, "canvas.align-left");
  g_assert_nonnull (fixture->failure);
  choose (fixture, 3, fixture->a, fixture->b, fixture->sum);
  act (fixture, "canvas.align-left");
  g_assert_cmpuint (count_steps (fixture), ==, steps + 1);
  g_assert_cmpfloat (node_of (fixture, fixture->b)->x, ==, 300);
  g_assert_cmpfloat (node_of (fixture, fixture->sum)->x, ==, 300);
  g_assert_cmpfloat (node_of (fixture, fixture->b)->y, ==, 200);
  weft_document_undo (fixture->document);
  g_assert_cmpfloat (node_of (fixture, fixture->b)->x, ==, 320);
  act (fixture, "canvas.align-top");
  g_assert_cmpfloat (node_of (fixture, fixture->b)->y, ==, 13);
  g_assert_cmpfloat (node_of (fixture, fixture->sum)->y, ==, 13);
  weft_document_undo (fixture->document);
  act (fixture, "canvas.align-right");
  g_assert_cmpfloat (node_of (fixture, fixture->a)->x + card_of (fixture, fixture->a)->art->width,
                     ==, 610 + card_of (fixture, fixture->sum)->art->width);
  weft_document_undo (fixture->document);
  act (fixture, "canvas.align-bottom");
  g_assert_cmpfloat (node_of (fixture, fixture->a)->y + card_of (fixture, fixture->a)->art->height,
                     ==, 200 + card_of (fixture, fixture->b)->art->height);
  weft_document_undo (fixture->document);
  act (fixture, "canvas.align-centre");
  g_assert_cmpfloat (
    fabs (node_of (fixture, fixture->a)->x + card_of (fixture, fixture->a)->art->width / 2 -
          node_of (fixture, fixture->sum)->x - card_of (fixture, fixture->sum)->art->width / 2),
    <=, 1);
  weft_document_undo (fixture->document);
  act (fixture, "canvas.align-middle");
  g_assert_cmpfloat (
    fabs (node_of (fixture, fixture->a)->y + card_of (fixture, fixture->a)->art->height / 2 -
          node_of (fixture, fixture->sum)->y - card_of (fixture, fixture->sum)->art->height / 2),
    <=, 1);
}

static void
test_distribute (Fixture *fixture, gconstpointer data)
{
  double first, second;

  choose (fixture, 2, fixture->a, fixture->b);
  act (fixture, "canvas.distribute-across");
  g_assert_nonnull (fixture->failure);
  choose (fixture, 4, fixture->x, fixture->b, fixture->sum, fixture->last);
  act (fixture, "canvas.distribute-across");
  first = node_of (fixture, fixture->b)->x - card_of (fixture, fixture->x)->art->width;
  second = node_of (fixture, fixture->sum)->x - node_of (fixture, fixture->b)->x -
           card_of (fixture, fixture->b)->art->width;
  g_assert_cmpfloat (fabs (first - second), <=, 2);
  g_assert_cmpfloat (node_of (fixture, fixture->last)->x, ==, 900);
  g_assert_cmpfloat (node_of (fixture, fixture->x)->x, ==, 0);
  g_assert_cmpfloat (node_of (fixture, fixture->a)->x, ==, 300);
}

/* How far from level the first wire into @to is. */
static double
slope (Fixture *fixture, guint32 to)
{
  WeftWireArt       *found = NULL;
  const WeftNodeArt *a, *b;

  weft_canvas_flush (fixture->canvas);
  for (guint i = 0; i < fixture->canvas->wires->len && !found; i++)
    if (((WeftWireArt *) fixture->canvas->wires->pdata[i])->to == to)
      found = fixture->canvas->wires->pdata[i];
  g_assert_nonnull (found);
  a = card_of (fixture, found->from)->art;
  b = card_of (fixture, to)->art;
  return fabs (node_of (fixture, found->from)->y +
               a->outputs[weft_node_art_find_output (a, found->from_port)].y -
               node_of (fixture, to)->y -
               b->inputs[weft_node_art_find_input (b, found->to_port)].y);
}

static void
test_straighten (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpfloat (slope (fixture, fixture->last), >, 10);
  choose (fixture, 4, fixture->x, fixture->a, fixture->sum, fixture->last);
  act (fixture, "canvas.straighten");
  g_assert_cmpfloat (slope (fixture, fixture->a), ==, 0);
  g_assert_cmpfloat (slope (fixture, fixture->last), ==, 0);
  g_assert_cmpfloat (node_of (fixture, fixture->x)->y, ==, 0);
  weft_document_undo (fixture->document);
  g_assert_cmpfloat (node_of (fixture, fixture->last)->y, ==, 31);
}

/* ---- Tidy ---- */

static gboolean
overlap (Fixture *fixture)
{
  GPtrArray *order = fixture->canvas->order;

  for (guint i = 0; i < order->len; i++)
    for (guint k = 0; k < i; k++)
      {
        WeftCanvasNode *p = order->pdata[i], *q = order->pdata[k];
        WeftRect        a = { p->x, p->y, p->art->width, p->art->height };
        WeftRect        b = { q->x, q->y, q->art->width, q->art->height };

        if (weft_rect_overlaps (&a, &b))
          return TRUE;
      }
  return FALSE;
}

static void
test_tidy (Fixture *fixture, gconstpointer data)
{
  guint            steps = count_steps (fixture);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  for (guint i = 0; i < fixture->canvas->order->len; i++)
    {
      WeftCanvasNode *node = fixture->canvas->order->pdata[i];

      weft_document_move_nodes (fixture->document, &node->uid, 1, 40 - node->x,
                                30 + 7 * i - node->y);
    }
  steps = count_steps (fixture);
  act (fixture, "canvas.tidy");
  g_assert_cmpuint (count_steps (fixture), ==, steps + 1);
  g_assert_cmpstr (weft_document_get_undo_label (fixture->document), ==, "Tidy");
  g_assert_false (overlap (fixture));
  for (guint i = 0; i < weft_document_n_wires (fixture->document); i++)
    {
      const WeftWire *w = weft_document_wire_at (fixture->document, i);

      g_assert_cmpfloat (node_of (fixture, w->from)->x + card_of (fixture, w->from)->art->width, <,
                         node_of (fixture, w->to)->x);
    }
  g_assert_cmpfloat (node_of (fixture, fixture->a)->y, <, node_of (fixture, fixture->b)->y);
  weft_canvas_glide_stop (fixture->canvas);
  g_assert_cmpfloat (slope (fixture, fixture->last), ==, 0);
  /* Tidy again: nothing is left to do. */
  first = weft_document_to_text (fixture->document);
  act (fixture, "canvas.tidy");
  second = weft_document_to_text (fixture->document);
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpuint (count_steps (fixture), ==, steps + 1);
  weft_document_undo (fixture->document);
  g_assert_cmpfloat (node_of (fixture, fixture->last)->x, ==, 40);
}

static WeftRect
box_of (const WeftCanvasNode *card)
{
  return (WeftRect){ card->x, card->y, card->art->width, card->art->height };
}

static guint
n_hidden (Fixture *fixture)
{
  WeftCanvas             *canvas = fixture->canvas;
  g_autofree WeftCardBox *cards = g_new (WeftCardBox, canvas->order->len);
  guint                   n = 0;

  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *card = canvas->order->pdata[i];

      cards[i] = (WeftCardBox){ card->uid, box_of (card) };
    }
  for (guint i = 0; i < canvas->wires->len; i++)
    n += weft_wire_is_hidden (canvas->wires->pdata[i], cards, canvas->order->len);
  return n;
}

/* A wire over several columns is led around what stands there, in the same step; no other wire is.
 */
static void
test_tidy_detour (Fixture *fixture, gconstpointer data)
{
  guint32 last = fixture->last, first = fixture->x;
  guint   n_dots = 0, n_wires;

  for (guint i = 0; i < 3; i++)
    {
      guint32 next = add (fixture, "add", NULL, NULL, 1200 + 300 * i, 40);

      wire (fixture, last, next, 0);
      wire (fixture, first, next, 1);
      last = next;
    }
  settle ();
  act (fixture, "canvas.tidy");
  settle ();
  weft_canvas_glide_stop (fixture->canvas);
  g_assert_cmpuint (n_hidden (fixture), ==, 0);
  n_wires = fixture->canvas->wires->len;
  for (guint i = 0; i < n_wires; i++)
    n_dots += ((WeftWireArt *) fixture->canvas->wires->pdata[i])->n_dots;
  g_assert_cmpuint (n_dots, >, 0);
  g_assert_cmpuint (n_dots, <, 10);
  g_assert_cmpstr (weft_document_get_undo_label (fixture->document), ==, "Tidy");
  /* Without the dots wires would pass behind cards. */
  for (guint i = 0; i < n_wires; i++)
    {
      const WeftWireArt *art = fixture->canvas->wires->pdata[i];

      if (art->n_dots > 0)
        weft_document_set_dots (fixture->document, art->to, art->to_port, NULL, 0);
    }
  settle ();
  g_assert_cmpuint (n_hidden (fixture), >, 0);
  while (g_strcmp0 (weft_document_get_undo_label (fixture->document), "Tidy") != 0)
    weft_document_undo (fixture->document);
  weft_document_undo (fixture->document);
  for (guint i = 0; i < weft_document_n_wires (fixture->document); i++)
    g_assert_cmpuint (weft_document_wire_at (fixture->document, i)->n_dots, ==, 0);
}

/* A card that shows a picture is taller, and what is put in order makes room for it. */
static void
test_tidy_previews (Fixture *fixture, gconstpointer data)
{
  const float     bars[] = { 0.5f, 1, 0.2f };
  WeftCanvasNode *a = card_of (fixture, fixture->a), *b = card_of (fixture, fixture->b);
  double          plain = a->art->height;
  WeftRect        upper, lower;

  weft_canvas_set_bars (fixture->canvas, fixture->a, bars, 3);
  weft_canvas_set_bars (fixture->canvas, fixture->b, bars, 3);
  settle ();
  g_assert_cmpfloat (a->art->height, >, plain + 30);
  act (fixture, "canvas.tidy");
  settle ();
  weft_canvas_glide_stop (fixture->canvas);
  upper = box_of (a);
  lower = box_of (b);
  g_assert_false (weft_rect_overlaps (&upper, &lower));
  g_assert_cmpfloat (fabs (upper.y - lower.y), >, a->art->height);
}

static void
test_tidy_selection (Fixture *fixture, gconstpointer data)
{
  choose (fixture, 3, fixture->a, fixture->b, fixture->sum);
  act (fixture, "canvas.tidy");
  g_assert_cmpfloat (node_of (fixture, fixture->x)->x, ==, 0);
  g_assert_cmpfloat (node_of (fixture, fixture->last)->y, ==, 31);
  g_assert_cmpfloat (node_of (fixture, fixture->alone)->y, ==, 400);
  g_assert_cmpfloat (node_of (fixture, fixture->a)->x, ==, node_of (fixture, fixture->b)->x);
}

static void
test_tidy_pinned (Fixture *fixture, gconstpointer data)
{
  g_assert_true (
    weft_document_set_flag (fixture->document, &fixture->b, 1, WEFT_NODE_PINNED, TRUE, NULL, NULL));
  weft_document_move_nodes (fixture->document, &fixture->b, 1, 3, 0);
  act (fixture, "canvas.tidy");
  g_assert_cmpfloat (node_of (fixture, fixture->b)->x, ==, 323);
  g_assert_cmpfloat (node_of (fixture, fixture->b)->y, ==, 200);
  g_assert_false (overlap (fixture));
}

static void
test_tidy_frame (Fixture *fixture, gconstpointer data)
{
  const WeftNote *frame;

  weft_document_add_frame (fixture->document, "Part", 280, -20, 260, 400);
  act (fixture, "canvas.tidy");
  frame = weft_document_note_at (fixture->document, 0);
  for (guint i = 0; i < fixture->canvas->order->len; i++)
    {
      WeftCanvasNode *node = fixture->canvas->order->pdata[i];
      WeftRect        card = { node->x, node->y, node->art->width, node->art->height };
      WeftRect        box = { frame->x, frame->y, frame->width, frame->height };
      gboolean        member = node->uid == fixture->a || node->uid == fixture->b;

      g_assert_cmpint (weft_rect_overlaps (&box, &card), ==, member);
      if (member)
        g_assert_true (weft_rect_contains (&box, card.x + card.width, card.y + card.height));
    }
}

/* The document moves at once; the cards are seen on their way, and end there. */
static void
test_glide (Fixture *fixture, gconstpointer data)
{
  double dx, dy;

  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
  choose (fixture, 2, fixture->a, fixture->b);
  act (fixture, "canvas.align-left");
  g_assert_cmpfloat (card_of (fixture, fixture->b)->x, ==, 300);
  weft_canvas_node_offset (fixture->canvas, card_of (fixture, fixture->b), &dx, &dy);
  g_assert_cmpfloat (dx, ==, 20);
  while (fixture->canvas->glide_tick)
    g_main_context_iteration (NULL, TRUE);
  weft_canvas_node_offset (fixture->canvas, card_of (fixture, fixture->b), &dx, &dy);
  g_assert_cmpfloat (dx, ==, 0);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  act (fixture, "canvas.align-right");
  weft_canvas_node_offset (fixture->canvas, card_of (fixture, fixture->a), &dx, &dy);
  g_assert_cmpfloat (dx, ==, 0);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
}

/* ---- Guides ---- */

static void
test_guides (Fixture *fixture, gconstpointer data)
{
  WeftCanvasNode *card = card_of (fixture, fixture->alone);
  double          x, y;

  /* Its left side near that of b (320), 4 units off: it takes it, though the grid is at 320 too;
   * of sum (613) only the guide gives the number. */
  weft_document_move_nodes (fixture->document, &fixture->sum, 1, 3, 0);
  settle ();
  view_at (fixture, card->x + 20, card->y + 10, &x, &y);
  weft_canvas_press (fixture->canvas, x, y, 1, 0);
  weft_canvas_motion (fixture->canvas, x + 300, y, 0);
  weft_canvas_motion (fixture->canvas, x + 616, y, 0);
  g_assert_cmpuint (fixture->canvas->guides->len, >, 0);
  settle ();
  weft_canvas_release (fixture->canvas, x + 616, y, 0);
  g_assert_cmpfloat (node_of (fixture, fixture->alone)->x, ==, 613);
  g_assert_cmpuint (fixture->canvas->guides->len, ==, 0);
  /* Shift suspends both. */
  drag_inside (fixture, 620, 410, 624, 410, GDK_SHIFT_MASK);
  drag_inside (fixture, 620, 410, 627, 417, GDK_SHIFT_MASK);
  g_assert_cmpfloat (node_of (fixture, fixture->alone)->x, ==, 620);
  g_assert_cmpfloat (node_of (fixture, fixture->alone)->y, ==, 407);
}

/* A wire that is nearly straight becomes straight. */
static void
test_guides_wire (Fixture *fixture, gconstpointer data)
{
  WeftCanvasNode *out = card_of (fixture, fixture->last);
  double          at = slope (fixture, fixture->last);

  g_assert_cmpfloat (at, ==, 26);
  drag_inside (fixture, out->x + 20, out->y + 10, out->x + 23, out->y + 10 + at - 4, 0);
  g_assert_cmpfloat (slope (fixture, fixture->last), ==, 0);
}

/* ---- Selecting ---- */

static void
test_select_along (Fixture *fixture, gconstpointer data)
{
  choose (fixture, 1, fixture->sum);
  act (fixture, "canvas.select-upstream");
  g_assert_true (chosen (fixture, 4, fixture->x, fixture->a, fixture->b, fixture->sum));
  choose (fixture, 1, fixture->a);
  act (fixture, "canvas.select-downstream");
  g_assert_true (chosen (fixture, 3, fixture->a, fixture->sum, fixture->last));
  choose (fixture, 2, fixture->last, fixture->x);
  act (fixture, "canvas.select-paths");
  g_assert_true (
    chosen (fixture, 5, fixture->x, fixture->a, fixture->b, fixture->sum, fixture->last));
  choose (fixture, 1, fixture->a);
  act (fixture, "canvas.select-same");
  g_assert_true (chosen (fixture, 3, fixture->a, fixture->last, fixture->alone));
  act (fixture, "canvas.select-others");
  g_assert_true (chosen (fixture, 3, fixture->x, fixture->b, fixture->sum));
  choose (fixture, 0);
  act (fixture, "canvas.select-paths");
  g_assert_nonnull (fixture->failure);
}

/* To the right a box takes what lies in it, to the left what it touches. */
static void
test_box (Fixture *fixture, gconstpointer data)
{
  drag_inside (fixture, 290, -20, 400, 330, 0);
  g_assert_true (chosen (fixture, 0));
  drag_inside (fixture, 290, -20, 520, 330, 0);
  g_assert_true (chosen (fixture, 2, fixture->a, fixture->b));
  drag_inside (fixture, 340, 330, 250, 190, 0);
  g_assert_true (chosen (fixture, 1, fixture->b));
}

static void
test_lasso (Fixture *fixture, gconstpointer data)
{
  static const double way[][2] = {
    { 295, 190 }, { 480, 190 }, { 480, 300 }, { 295, 300 }, { 292, 195 }
  };
  GdkModifierType modifiers = GDK_CONTROL_MASK | GDK_ALT_MASK;
  double          x, y;

  view_at (fixture, 290, 185, &x, &y);
  weft_canvas_press (fixture->canvas, x, y, 1, modifiers);
  for (guint i = 0; i < G_N_ELEMENTS (way); i++)
    {
      view_at (fixture, way[i][0], way[i][1], &x, &y);
      weft_canvas_motion (fixture->canvas, x, y, modifiers);
      settle ();
    }
  g_assert_true (chosen (fixture, 1, fixture->b));
  weft_canvas_cancel (fixture->canvas);
  g_assert_true (chosen (fixture, 0));
}

/* ---- What stands out ---- */

static gboolean
fades (Fixture *fixture, guint32 to, guint index)
{
  for (guint i = 0; i < fixture->canvas->wires->len; i++)
    {
      WeftWireArt *art = fixture->canvas->wires->pdata[i];

      if (art->to == to && index-- == 0)
        return weft_canvas_is_wire_faded (fixture->canvas, art);
    }
  g_assert_not_reached ();
}

static void
test_highlight (Fixture *fixture, gconstpointer data)
{
  g_assert_false (fades (fixture, fixture->last, 0));
  choose (fixture, 1, fixture->a);
  g_assert_false (fades (fixture, fixture->a, 0));
  g_assert_false (fades (fixture, fixture->sum, 0));
  g_assert_true (fades (fixture, fixture->b, 0));
  g_assert_true (fades (fixture, fixture->last, 0));
  g_assert_false (card_of (fixture, fixture->b)->look.faded);
  /* Shift: all that a depends on and all that depends on it. */
  weft_canvas_hold_cone (fixture->canvas, TRUE);
  while (!fixture->canvas->upstream)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (fades (fixture, fixture->last, 0));
  g_assert_true (fades (fixture, fixture->b, 0));
  g_assert_true (card_of (fixture, fixture->b)->look.faded);
  g_assert_false (card_of (fixture, fixture->last)->look.faded);
  choose (fixture, 1, fixture->b);
  g_assert_false (card_of (fixture, fixture->b)->look.faded);
  g_assert_true (card_of (fixture, fixture->a)->look.faded);
  weft_canvas_hold_cone (fixture->canvas, FALSE);
  g_assert_false (card_of (fixture, fixture->a)->look.faded);
}

static void
test_light_port (Fixture *fixture, gconstpointer data)
{
  WeftCanvasNode *card = card_of (fixture, fixture->sum);
  guint64         revision = weft_document_get_revision (fixture->document);
  double          x, y;

  /* The second input of sum: the value of b. */
  view_at (fixture, card->x, card->y + card->art->inputs[1].y, &x, &y);
  weft_canvas_press (fixture->canvas, x, y, 1, 0);
  weft_canvas_release (fixture->canvas, x + 1, y, 0);
  g_assert_cmpuint (weft_document_get_revision (fixture->document), ==, revision);
  g_assert_cmpuint (fixture->canvas->lit_uid, ==, fixture->b);
  g_assert_false (fades (fixture, fixture->sum, 1));
  g_assert_true (fades (fixture, fixture->sum, 0));
  g_assert_true (card_of (fixture, fixture->a)->look.faded);
  weft_canvas_press (fixture->canvas, x, y, 1, 0);
  weft_canvas_release (fixture->canvas, x, y, 0);
  g_assert_cmpuint (fixture->canvas->lit_uid, ==, 0);
  g_assert_false (card_of (fixture, fixture->a)->look.faded);
}

static gboolean
in_view (Fixture *fixture, guint32 uid)
{
  WeftCanvasNode *card = card_of (fixture, uid);
  WeftRect        view = weft_canvas_viewport (fixture->canvas);

  return weft_rect_contains (&view, card->x, card->y);
}

static void
test_other_end (Fixture *fixture, gconstpointer data)
{
  act (fixture, "canvas.other-end");
  g_assert_nonnull (fixture->failure);
  weft_document_move_nodes (fixture->document, &fixture->last, 1, 5000, 0);
  choose (fixture, 1, fixture->last);
  weft_canvas_set_view (fixture->canvas, -5000, 50, 1);
  g_assert_false (in_view (fixture, fixture->sum));
  act (fixture, "canvas.other-end");
  g_assert_true (in_view (fixture, fixture->sum));
  g_assert_true (chosen (fixture, 1, fixture->last));
  choose (fixture, 0);
  fixture->canvas->selected_to = fixture->last;
  fixture->canvas->selected_port = card_of (fixture, fixture->last)->art->inputs[0].name;
  act (fixture, "canvas.other-end");
  g_assert_true (in_view (fixture, fixture->last));
  act (fixture, "canvas.other-end");
  g_assert_true (in_view (fixture, fixture->sum));
}

/* ---- What wires say ---- */

static void
test_bytes (Fixture *fixture, gconstpointer data)
{
  WeftWireArt *art = fixture->canvas->wires->pdata[0];

  weft_document_set_training (fixture->document, "batch", weft_json_new_int (32));
  weft_canvas_flush (fixture->canvas);
  g_assert_cmpint (art->n_bytes, ==, 32 * 64 * 4);
  g_assert_nonnull (strstr (art->long_label, "8.0\302\240KiB"));
  g_assert_true (art->shown != art->long_label);
  weft_document_move_nodes (fixture->document, &fixture->a, 1, 600, 0);
  art = fixture->canvas->wires->pdata[0];
  g_assert_true (art->shown == art->long_label);
  weft_document_set_training (fixture->document, "batch", weft_json_new_int (64));
  weft_canvas_flush (fixture->canvas);
  g_assert_cmpint (art->n_bytes, ==, 64 * 64 * 4);
}

/* ---- Frames and notes ---- */

static void
test_frame (Fixture *fixture, gconstpointer data)
{
  const WeftNote *frame;
  double          x = node_of (fixture, fixture->a)->x, y = node_of (fixture, fixture->a)->y;

  choose (fixture, 2, fixture->a, fixture->b);
  act (fixture, "canvas.frame");
  g_assert_cmpuint (weft_document_n_notes (fixture->document), ==, 1);
  g_clear_pointer (&fixture->canvas->note_editor, gtk_widget_unparent);
  frame = weft_document_note_at (fixture->document, 0);
  g_assert_true (frame->frame && frame->x < 300 && frame->y < 0);
  /* By its title it moves what it holds, and nothing else. */
  drag_inside (fixture, frame->x + 60, frame->y + 10, frame->x + 60 + 500, frame->y + 10 + 300,
               GDK_SHIFT_MASK);
  g_assert_cmpfloat (node_of (fixture, fixture->a)->x, ==, x + 500);
  g_assert_cmpfloat (node_of (fixture, fixture->b)->y, ==, 500);
  g_assert_cmpfloat (node_of (fixture, fixture->sum)->x, ==, 610);
  g_assert_cmpstr (weft_document_get_undo_label (fixture->document), ==, "Move Frame");
  weft_document_undo (fixture->document);
  g_assert_cmpfloat (node_of (fixture, fixture->a)->x, ==, x);
  g_assert_cmpfloat (node_of (fixture, fixture->a)->y, ==, y);
  /* Inside one can draw a box. */
  frame = weft_document_note_at (fixture->document, 0);
  drag_inside (fixture, frame->x + 300, frame->y + 320, frame->x + 250, frame->y + 200, 0);
  g_assert_cmpfloat (weft_document_note_at (fixture->document, 0)->x, ==, frame->x);
  /* The corner changes the size. */
  drag_inside (fixture, frame->x + frame->width - 5, frame->y + frame->height - 5,
               frame->x + frame->width + 95, frame->y + frame->height + 45, GDK_SHIFT_MASK);
  g_assert_cmpstr (weft_document_get_undo_label (fixture->document), ==, "Resize Frame");
  choose (fixture, 1, fixture->a);
  act (fixture, "canvas.fit-frame");
  g_assert_cmpstr (weft_document_get_undo_label (fixture->document), ==, "Fit Frame");
  act (fixture, "canvas.remove-frame");
  g_assert_cmpuint (weft_document_n_notes (fixture->document), ==, 0);
}

/* A frame in a frame lies on it and moves with it. */
static void
test_frames_nest (Fixture *fixture, gconstpointer data)
{
  WeftHit hit;
  double  x, y;

  weft_document_add_frame (fixture->document, "Inner", 620, 320, 200, 150);
  weft_document_add_frame (fixture->document, "Outer", 580, 260, 400, 300);
  weft_document_add_note (fixture->document, "note", 600, 500, 100, 40);
  view_at (fixture, 650, 330, &x, &y);
  hit = weft_canvas_pick (fixture->canvas, x, y);
  g_assert_cmpint (hit.kind, ==, WEFT_HIT_NOTE);
  g_assert_cmpuint (hit.note, ==, 0);
  drag_inside (fixture, 600, 270, 620, 310, GDK_SHIFT_MASK);
  g_assert_cmpfloat (weft_document_note_at (fixture->document, 0)->x, ==, 640);
  g_assert_cmpfloat (weft_document_note_at (fixture->document, 1)->y, ==, 300);
  g_assert_cmpfloat (weft_document_note_at (fixture->document, 2)->y, ==, 540);
}

static void
check_markup (const char *line, gboolean first, WeftNoteLine kind, const char *expected)
{
  WeftNoteLine     found;
  g_autofree char *markup = weft_note_line_markup (line, first, &found);

  g_assert_cmpstr (markup, ==, expected);
  g_assert_cmpint (found, ==, kind);
  g_assert_true (pango_parse_markup (markup, -1, 0, NULL, NULL, NULL, NULL));
}

static void
test_markdown (void)
{
  check_markup ("Plain <text> & more", TRUE, WEFT_NOTE_HEADING, "Plain &lt;text&gt; &amp; more");
  check_markup ("## Sub", FALSE, WEFT_NOTE_SUBHEADING, "Sub");
  check_markup ("- an *item* of `c < d`", FALSE, WEFT_NOTE_ITEM,
                "an <i>item</i> of <tt>c &lt; d</tt>");
  check_markup ("c = f*c + i*tanh(g), y**2 ** 3", FALSE, WEFT_NOTE_TEXT,
                "c = f*c + i*tanh(g), y**2 ** 3");
  check_markup ("**bold** and lone *", FALSE, WEFT_NOTE_TEXT, "<b>bold</b> and lone *");
  check_markup ("$h_t = \\sigma(W x_{t-1}) * y^2$", FALSE, WEFT_NOTE_TEXT,
                "<i>h<sub>t</sub> = σ(W x<sub>t−1</sub>) · y<sup>2</sup></i>");
  check_markup ("$x_$ $^$ $\\unknown _{$ a_b_c", FALSE, WEFT_NOTE_TEXT,
                "<i>x_</i> <i>^</i> <i>\\unknown <sub></sub></i> a_b_c");
}

/* ---- Looks ---- */

static void
test_collapse (Fixture *fixture, gconstpointer data)
{
  double height = card_of (fixture, fixture->x)->art->height;

  choose (fixture, 1, fixture->x);
  act (fixture, "canvas.collapse");
  weft_canvas_flush (fixture->canvas);
  g_assert_cmpfloat (card_of (fixture, fixture->x)->art->height, <, height);
  g_assert_cmpstr (card_of (fixture, fixture->x)->art->type_text, ==, "f32 (batch, 64)");
  act (fixture, "canvas.collapse");
  g_assert_cmpfloat (card_of (fixture, fixture->x)->art->height, ==, height);
}

static void
test_hide_open (Fixture *fixture, gconstpointer data)
{
  WeftCanvasNode *card;
  double          x, y;

  weft_document_disconnect (fixture->document, fixture->sum,
                            card_of (fixture, fixture->sum)->art->inputs[0].name);
  choose (fixture, 1, fixture->sum);
  act (fixture, "canvas.hide-open");
  card = card_of (fixture, fixture->sum);
  g_assert_true (card->art->inputs[0].hidden);
  g_assert_false (card->art->inputs[1].hidden);
  g_assert_false (card->art->outputs[0].hidden);
  wire (fixture, fixture->a, fixture->sum, 0);
  g_assert_false (card_of (fixture, fixture->sum)->art->inputs[0].hidden);
  weft_document_disconnect (fixture->document, fixture->sum, card->art->inputs[0].name);
  view_at (fixture, card->x, card->y + card->art->inputs[0].y, &x, &y);
  g_assert_true (card->art->inputs[0].hidden);
}

static void
test_far (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    double     zoom;
    WeftDetail detail;
  } levels[] = { { 1, WEFT_DETAIL_FULL },
                 { 0.5, WEFT_DETAIL_PORTS },
                 { 0.2, WEFT_DETAIL_BLOCK },
                 { 0.08, WEFT_DETAIL_FRAME } };

  weft_document_add_frame (fixture->document, "Part", 280, -20, 260, 400);
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    {
      weft_canvas_set_view (fixture->canvas, 0, 0, levels[i].zoom);
      settle ();
      g_assert_cmpint (card_of (fixture, fixture->a)->look.detail, ==, levels[i].detail);
    }
}

/* ---- Tooltips, help, places ---- */

static void
test_tip (Fixture *fixture, gconstpointer data)
{
  WeftCanvasNode  *card = card_of (fixture, fixture->a);
  g_autofree char *tip = NULL;
  g_autofree char *port = NULL;
  double           x, y;

  view_at (fixture, card->x + 40, card->y + 10, &x, &y);
  tip = weft_canvas_dup_tip (fixture->canvas, x, y);
  g_assert_nonnull (strstr (tip, "<b>a, tanh</b>"));
  g_assert_nonnull (strstr (tip, "the shape stays"));
  g_assert_nonnull (strstr (tip, "f32 (batch, 64)"));
  g_assert_nonnull (strstr (tip, "F1"));
  g_assert_true (pango_parse_markup (tip, -1, 0, NULL, NULL, NULL, NULL));
  view_at (fixture, card->x, card->y + card->art->inputs[0].y, &x, &y);
  port = weft_canvas_dup_tip (fixture->canvas, x, y);
  g_assert_nonnull (strstr (port, "f32 (batch, 64)"));
  g_assert_null (weft_canvas_dup_tip (fixture->canvas, 1100, 690));
}

static void
collect_labels (GtkWidget *widget, GString *out)
{
  if (GTK_IS_LABEL (widget))
    g_string_append_printf (out, "%s\n", gtk_label_get_text (GTK_LABEL (widget)));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    collect_labels (child, out);
}

/* Every op of the palette has a page, with its example drawn. */
static void
test_help (Fixture *fixture, gconstpointer data)
{
  GListModel *windows = gtk_window_get_toplevels ();
  guint       before = g_list_model_get_n_items (windows);
  g_autoptr (GString) text = g_string_new (NULL);
  GtkWindow *page;

  act (fixture, "canvas.help");
  g_assert_nonnull (fixture->failure);
  choose (fixture, 1, fixture->a);
  act (fixture, "canvas.help");
  g_assert_cmpuint (g_list_model_get_n_items (windows), ==, before + 1);
  page = weft_help_window_new (fixture->document, fixture->typing, fixture->a);
  collect_labels (GTK_WIDGET (page), text);
  g_assert_nonnull (strstr (text->str, "tanh(x)"));
  g_assert_nonnull (strstr (text->str, "Gradient"));
  g_assert_nonnull (strstr (text->str, "Example"));
  gtk_window_destroy (page);
  for (guint i = 0; i < weft_catalogue_n (); i++)
    {
      const char *op = weft_catalogue_at (i)->op;
      guint32     uid = weft_document_add_node (fixture->document, op, NULL, NULL, 0, 600, NULL);
      GtkWindow  *window =
        uid ? weft_help_window_new (fixture->document, fixture->typing, uid) : NULL;

      if (!window)
        continue;
      gtk_window_destroy (window);
      weft_document_remove_nodes (fixture->document, &uid, 1);
    }
}

static void
test_help_example (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftDocument) example =
    weft_help_example (fixture->document, fixture->typing, fixture->sum);
  g_autoptr (WeftTyping) typing = weft_typing_new (example);
  const WeftNode *sum = weft_document_node_by_id (example, "sum");

  g_assert_cmpuint (weft_document_n_nodes (example), ==, 3);
  g_assert_cmpuint (weft_document_n_wires (example), ==, 2);
  weft_typing_update (typing);
  g_assert_cmpuint (weft_typing_n_problems (typing), ==, 0);
  g_assert_nonnull (
    weft_typing_output (typing, sum->uid, card_of (fixture, fixture->sum)->art->outputs[0].name));
}

static void
test_places (Fixture *fixture, gconstpointer data)
{
  WeftCanvas *canvas = fixture->canvas;

  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  act (fixture, "canvas.go-to-place-3");
  g_assert_nonnull (fixture->failure);
  weft_canvas_set_view (canvas, -300, -200, 2);
  act (fixture, "canvas.keep-place-3");
  g_assert_nonnull (strstr (fixture->hint, "3"));
  weft_canvas_set_view (canvas, 50, 50, 1);
  act (fixture, "canvas.keep-place-4");
  act (fixture, "canvas.go-to-place-3");
  g_assert_cmpfloat_with_epsilon (canvas->pan_x, -300, 1.01);
  g_assert_cmpfloat (canvas->zoom, ==, 2);
  /* They outlive what the canvas itself remembers of the view. */
  while (canvas->view_id)
    g_main_context_iteration (NULL, TRUE);
  act (fixture, "canvas.go-to-place-4");
  g_assert_cmpfloat (canvas->zoom, ==, 1);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
}

/* ---- All of them ---- */

#define CASE(PATH, TEST) \
  g_test_add ("/ui/canvas-arrange/" PATH, Fixture, NULL, set_up_diamond, TEST, tear_down)

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  weft_ops_init ();
  CASE ("align", test_align);
  CASE ("distribute", test_distribute);
  CASE ("straighten", test_straighten);
  CASE ("tidy", test_tidy);
  CASE ("tidy-detour", test_tidy_detour);
  CASE ("tidy-previews", test_tidy_previews);
  CASE ("tidy-selection", test_tidy_selection);
  CASE ("tidy-pinned", test_tidy_pinned);
  CASE ("tidy-frame", test_tidy_frame);
  CASE ("glide", test_glide);
  CASE ("guides", test_guides);
  CASE ("guides-wire", test_guides_wire);
  CASE ("select-along", test_select_along);
  CASE ("box", test_box);
  CASE ("lasso", test_lasso);
  CASE ("highlight", test_highlight);
  CASE ("tip", test_tip);
  CASE ("help", test_help);
  CASE ("help-example", test_help_example);
  CASE ("places", test_places);
  CASE ("frame", test_frame);
  CASE ("frames-nest", test_frames_nest);
  CASE ("collapse", test_collapse);
  CASE ("hide-open", test_hide_open);
  CASE ("far", test_far);
  g_test_add_func ("/ui/canvas-arrange/markdown", test_markdown);
  CASE ("bytes", test_bytes);
  CASE ("light-port", test_light_port);
  CASE ("other-end", test_other_end);
  return g_test_run ();
}
