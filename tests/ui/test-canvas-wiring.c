/* Wiring and adding on the canvas: what mends a wire, cycles, and every gesture that changes wires.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/ui/canvas-tools.h"
#include "ui/build/link-habits.h"

/* Presses at an output and moves to an input, without letting go. */
static void
pull (Fixture *fixture, guint32 from, const char *from_port, guint32 to, const char *to_port)
{
  double x, y, x1, y1;

  port_at (fixture, from, from_port, TRUE, &x, &y);
  port_at (fixture, to, to_port, FALSE, &x1, &y1);
  weft_canvas_press (fixture->canvas, x, y, 1, 0);
  weft_canvas_motion (fixture->canvas, (x + x1) / 2, (y + y1) / 2, 0);
  weft_canvas_motion (fixture->canvas, x1, y1, 0);
}

static void
let_go (Fixture *fixture)
{
  weft_canvas_release (fixture->canvas, fixture->canvas->drag.x, fixture->canvas->drag.y, 0);
}

/* Wires without the hand, for setting up. */
static void
wire (Fixture *fixture, guint32 from, const char *from_port, guint32 to, const char *to_port)
{
  g_autoptr (GError) error = NULL;

  weft_document_connect (fixture->document, from, from_port, to, to_port, &error);
  g_assert_no_error (error);
  weft_canvas_flush (fixture->canvas);
}

static const WeftFix *
first_fix (Fixture *fixture)
{
  const GPtrArray *fixes = fixture->canvas->drag.link.fixes;

  return fixes && fixes->len > 0 ? fixes->pdata[0] : NULL;
}

/* ---- What does not fit ---- */

/* a + b with (batch, 64) and (batch, 32): a Dense with 32 units mends it, with one key, in one undo
 * step. */
static void
test_fix_layer (Fixture *fixture, gconstpointer data)
{
  guint32 other = add (fixture, "input", "other", shape_params ("[\"batch\", 32]", NULL), 0, 450);
  guint32 sum = add (fixture, "add", "sum", NULL, 450, 400);
  guint32 middle;

  wire (fixture, other, fixture->out, sum, "b");
  pull (fixture, fixture->x, fixture->out, sum, "a");
  g_assert_nonnull (fixture->canvas->drag.link.refusal);
  g_assert_nonnull (first_fix (fixture));
  g_assert_cmpstr (first_fix (fixture)->op, ==, "dense");
  g_assert_nonnull (strstr (fixture->hint, "1: Insert Dense with 32 units"));
  g_assert_false (weft_canvas_link_key (fixture->canvas, GDK_KEY_3));
  g_assert_true (weft_canvas_link_key (fixture->canvas, GDK_KEY_1));
  g_assert_cmpint (fixture->canvas->drag.kind, ==, WEFT_DRAG_NONE);
  middle = weft_canvas_get_selection (fixture->canvas, NULL)[0];
  g_assert_cmpstr (weft_document_node (fixture->document, middle)->op, ==, "dense");
  g_assert_true (is_wired (fixture, fixture->x, middle, "x"));
  g_assert_true (is_wired (fixture, middle, sum, "a"));
  weft_canvas_flush (fixture->canvas);
  g_assert_null (weft_typing_node_problem (fixture->typing, sum));
  weft_document_undo (fixture->document);
  g_assert_null (weft_document_node (fixture->document, middle));
  g_assert_null (weft_document_wire_into (fixture->document, sum, "a"));
}

static void
test_fix_transpose (Fixture *fixture, gconstpointer data)
{
  guint32 a = add (fixture, "input", "a", shape_params ("[3, 4]", NULL), 0, 420);
  guint32 b = add (fixture, "input", "b", shape_params ("[5, 4]", NULL), 0, 520);
  guint32 product = add (fixture, "matmul", "product", NULL, 450, 420);
  g_autoptr (WeftPorts) ports = weft_document_ports (fixture->document, product);

  wire (fixture, a, fixture->out, product, ports->inputs[0].name);
  pull (fixture, b, fixture->out, product, ports->inputs[1].name);
  g_assert_nonnull (first_fix (fixture));
  g_assert_cmpstr (first_fix (fixture)->op, ==, "transpose");
  /* Letting go offers the same as a list. */
  let_go (fixture);
  settle ();
  g_assert_true (gtk_widget_get_visible (fixture->canvas->link_menu));
  g_assert_null (weft_document_wire_into (fixture->document, product, ports->inputs[1].name));
  gtk_popover_popdown (GTK_POPOVER (fixture->canvas->link_menu));
  settle ();
}

/* Rows of 64 numbers into a convolution: pictures of 8 by 8. */
static void
test_fix_picture (Fixture *fixture, gconstpointer data)
{
  guint32 conv = add (fixture, "conv2d", "conv", NULL, 450, 400);

  weft_canvas_flush (fixture->canvas);
  pull (fixture, fixture->x, fixture->out, conv, "x");
  g_assert_nonnull (first_fix (fixture));
  g_assert_cmpstr (first_fix (fixture)->op, ==, "reshape");
  g_assert_true (weft_canvas_link_key (fixture->canvas, GDK_KEY_Return));
  weft_canvas_flush (fixture->canvas);
  g_assert_null (weft_typing_node_problem (fixture->typing, conv));
}

static void
test_fix_cast (Fixture *fixture, gconstpointer data)
{
  guint32 picked = add (fixture, "one_hot", "picked", NULL, 450, 400);

  weft_document_set_param (fixture->document, picked, "n", weft_json_new_int (10), NULL);
  weft_canvas_flush (fixture->canvas);
  pull (fixture, fixture->x, fixture->out, picked, "labels");
  g_assert_nonnull (first_fix (fixture));
  g_assert_cmpstr (first_fix (fixture)->op, ==, "cast");
  weft_canvas_cancel (fixture->canvas);
  g_assert_null (fixture->hint);
}

/* The wires that a new one would close to a cycle are red while it is in the hand. */
static void
test_cycle (Fixture *fixture, gconstpointer data)
{
  guint32 last = add (fixture, "tanh", "last", NULL, 900, 0);

  wire (fixture, fixture->hidden, "y", fixture->logits, "x");
  wire (fixture, fixture->logits, "y", last, "x");
  weft_canvas_set_view (fixture->canvas, 20, 50, 0.7);
  pull (fixture, last, "y", fixture->hidden, "x");
  g_assert_nonnull (fixture->canvas->drag.link.cycle);
  g_assert_cmpuint (fixture->canvas->drag.link.cycle->len, ==, 2);
  g_assert_null (first_fix (fixture));
  g_assert_nonnull (strstr (fixture->hint, "hidden -> logits -> last -> hidden"));
  let_go (fixture);
  g_assert_nonnull (fixture->failure);
  g_assert_true (is_wired (fixture, fixture->x, fixture->hidden, "x"));
}

/* ---- What the search offers ---- */

/* -1: not listed. */
static int
find_row (const GArray *rows, const char *op)
{
  for (guint i = 0; i < rows->len; i++)
    if (g_str_equal (g_array_index (rows, WeftSearchRow, i).entry->op, op))
      return (int) i;
  return -1;
}

static GArray *
list_for (WeftSearchList *list, const char *text)
{
  gboolean complete;
  GArray  *rows = weft_search_list_find (list, text, 40, G_MAXINT32, &complete);

  g_assert_true (complete);
  return rows;
}

static void
test_rank (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftSearchList) list =
    weft_search_list_new (fixture->document, fixture->typing, fixture->x, fixture->out, TRUE);
  g_autoptr (GArray) all = list_for (list, "");
  g_autoptr (GArray) conv = list_for (list, "conv");
  g_autoptr (GArray) loss = list_for (list, "cross");
  int at;

  g_assert_cmpint (find_row (all, "dense"), ==, 0);
  g_assert_cmpint (find_row (all, "relu"), >, 0);
  g_assert_cmpint (find_row (all, "relu"), <, 10);
  g_assert_cmpint (find_row (all, "reshape"), <, 10);
  g_assert_cmpint (find_row (all, "dataset"), <, 0);
  /* What does not take rows of 64 numbers stands last and says why. */
  at = find_row (all, "conv2d");
  g_assert_cmpint (at, >, find_row (all, "reshape"));
  g_assert_nonnull (g_array_index (all, WeftSearchRow, at).refusal);
  g_assert_null (g_array_index (all, WeftSearchRow, 0).refusal);
  g_assert_cmpint (find_row (conv, "conv2d"), >=, 0);
  g_assert_nonnull (g_array_index (conv, WeftSearchRow, find_row (conv, "conv2d")).refusal);
  at = find_row (loss, "cross_entropy");
  g_assert_cmpstr (g_array_index (loss, WeftSearchRow, at).port, ==, "logits");
}

/* What one does often comes first the next time, and fades. */
static void
test_habits (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftSearchList) list =
    weft_search_list_new (fixture->document, fixture->typing, fixture->x, fixture->out, TRUE);
  g_autoptr (GArray) before = list_for (list, "");
  g_autoptr (GArray) after = NULL;
  double rate = weft_habits_rate ("input", "sigmoid");

  g_assert_cmpint (find_row (before, "sigmoid"), >, 2);
  for (guint i = 0; i < 3; i++)
    weft_habits_note ("input", "sigmoid");
  after = list_for (list, "");
  g_assert_cmpint (find_row (after, "sigmoid"), ==, 0);
  weft_habits_flush ();
  g_assert_cmpfloat_with_epsilon (weft_habits_rate ("input", "sigmoid"), rate + 3 * 0.8, 1e-3);
}

/* A wire by hand is such a habit; dropped on empty ground it asks for what fits. */
static void
test_learn (Fixture *fixture, gconstpointer data)
{
  double before = weft_habits_rate ("dense", "dense");

  pull (fixture, fixture->hidden, "y", fixture->logits, "x");
  let_go (fixture);
  g_assert_cmpfloat (weft_habits_rate ("dense", "dense"), >, before);
}

static void
test_expression (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftSearchList) list =
    weft_search_list_new (fixture->document, fixture->typing, fixture->x, fixture->out, TRUE);
  g_autofree char *refusal = NULL;
  g_autofree char *type = weft_search_list_try_expression (list, "sum(x**2, axis=1)", &refusal);
  g_autofree char *none = weft_search_list_try_expression (list, "reshape(x, (3, 5, 7))", &refusal);

  g_assert_cmpstr (type, ==, "f32 (batch,)");
  g_assert_null (none);
}

/* ---- Gestures on wires ---- */

/* x -> hidden -> middle (tanh) -> logits */
static guint32
make_chain (Fixture *fixture)
{
  guint32 middle = add (fixture, "tanh", "middle", NULL, 450, 150);

  wire (fixture, fixture->hidden, "y", middle, "x");
  wire (fixture, middle, "y", fixture->logits, "x");
  return middle;
}

/* A stroke across two wires cuts both, in one step; Esc cuts none. */
static void
test_knife (Fixture *fixture, gconstpointer data)
{
  WeftCanvas *canvas = fixture->canvas;
  guint32     other = add (fixture, "tanh", "other", NULL, 300, 150);
  double      x, y, x1, y1, x2, y2;

  wire (fixture, fixture->x, fixture->out, other, "x");
  port_at (fixture, fixture->x, fixture->out, TRUE, &x, &y);
  port_at (fixture, fixture->hidden, "x", FALSE, &x1, &y1);
  port_at (fixture, other, "x", FALSE, &x2, &y2);
  for (guint i = 0; i < 2; i++)
    {
      weft_canvas_press_knife (canvas, x1 - 30, y1 - 40, GDK_CONTROL_MASK);
      weft_canvas_motion (canvas, x1 - 30, (y1 + y2) / 2, GDK_CONTROL_MASK);
      weft_canvas_motion (canvas, x1 - 30, y2 + 40, GDK_CONTROL_MASK);
      g_assert_cmpuint (canvas->drag.cut->len, ==, 2);
      settle ();
      if (i == 0)
        weft_canvas_cancel (canvas);
    }
  g_assert_cmpuint (weft_document_n_wires (fixture->document), ==, 2);
  weft_canvas_release (canvas, x1 - 30, y2 + 40, GDK_CONTROL_MASK);
  g_assert_cmpuint (weft_document_n_wires (fixture->document), ==, 0);
  weft_document_undo (fixture->document);
  g_assert_cmpuint (weft_document_n_wires (fixture->document), ==, 2);
}

/* With Shift the stroke puts a dot on each wire, in one step. */
static void
test_knife_dots (Fixture *fixture, gconstpointer data)
{
  WeftCanvas     *canvas = fixture->canvas;
  const WeftWire *wire;
  double          x, y;

  port_at (fixture, fixture->hidden, "x", FALSE, &x, &y);
  weft_canvas_press_knife (canvas, x - 60, y - 60, GDK_SHIFT_MASK);
  weft_canvas_motion (canvas, x - 60, y, GDK_SHIFT_MASK);
  weft_canvas_motion (canvas, x - 60, y + 90, GDK_SHIFT_MASK);
  settle ();
  weft_canvas_release (canvas, x - 60, y + 90, GDK_SHIFT_MASK);
  wire = weft_document_wire_into (fixture->document, fixture->hidden, "x");
  g_assert_nonnull (wire);
  g_assert_cmpuint (wire->n_dots, ==, 1);
  weft_canvas_from_view (canvas, x - 60, y, &x, &y);
  g_assert_cmpfloat_with_epsilon (wire->dots[0][0], x, 15);
  weft_document_undo (fixture->document);
  g_assert_cmpuint (weft_document_wire_into (fixture->document, fixture->hidden, "x")->n_dots, ==,
                    0);
}

/* With Ctrl and Alt it bypasses the cards that it goes through; again, and none is bypassed. */
static void
test_knife_bypass (Fixture *fixture, gconstpointer data)
{
  WeftCanvas           *canvas = fixture->canvas;
  guint32               middle = make_chain (fixture);
  const WeftCanvasNode *card = weft_canvas_find_node (canvas, middle);
  GdkModifierType       held = GDK_CONTROL_MASK | GDK_ALT_MASK;
  double                x, y;

  settle ();
  weft_canvas_to_view (canvas, card->x + card->art->width / 2, card->y, &x, &y);
  for (guint i = 0; i < 2; i++)
    {
      weft_canvas_press_knife (canvas, x, y - 20, held);
      weft_canvas_motion (canvas, x + 5, y + card->art->height + 20, held);
      g_assert_true (card->look.faded);
      weft_canvas_release (canvas, x + 5, y + card->art->height + 20, held);
      g_assert_cmpint (weft_document_node (fixture->document, middle)->flags & WEFT_NODE_BYPASSED,
                       ==, i == 0 ? WEFT_NODE_BYPASSED : 0);
      g_assert_false (card->look.faded);
    }
  g_assert_cmpuint (weft_document_n_wires (fixture->document), ==, 3);
  weft_document_undo (fixture->document);
  g_assert_true (weft_document_node (fixture->document, middle)->flags & WEFT_NODE_BYPASSED);
}

/* Ctrl on an output takes all of its wires to another one. */
static void
test_move_wires (Fixture *fixture, gconstpointer data)
{
  guint32 other = add (fixture, "input", "other", shape_params ("[\"batch\", 32]", NULL), 0, 450);
  double  x, y, x1, y1;

  wire (fixture, fixture->x, fixture->out, fixture->logits, "x");
  port_at (fixture, fixture->x, fixture->out, TRUE, &x, &y);
  port_at (fixture, other, fixture->out, TRUE, &x1, &y1);
  drag (fixture, x, y, x1, y1, GDK_CONTROL_MASK);
  g_assert_true (is_wired (fixture, other, fixture->hidden, "x"));
  g_assert_true (is_wired (fixture, other, fixture->logits, "x"));
  weft_document_undo (fixture->document);
  g_assert_true (is_wired (fixture, fixture->x, fixture->hidden, "x"));
  g_assert_true (is_wired (fixture, fixture->x, fixture->logits, "x"));
  /* Let go on empty ground: as before. */
  drag (fixture, x, y, x + 30, y + 300, GDK_CONTROL_MASK);
  g_assert_true (is_wired (fixture, fixture->x, fixture->hidden, "x"));
  g_assert_false (fixture->canvas->search && gtk_widget_get_visible (fixture->canvas->search));
}

static void
test_take_out (Fixture *fixture, gconstpointer data)
{
  guint32 middle = make_chain (fixture);
  double  x, y;

  card_at (fixture, middle, &x, &y);
  drag (fixture, x, y, x + 40, y + 200, GDK_ALT_MASK);
  g_assert_true (is_wired (fixture, fixture->hidden, fixture->logits, "x"));
  g_assert_null (weft_document_wire_into (fixture->document, middle, "x"));
  g_assert_cmpfloat (weft_document_node (fixture->document, middle)->y, >, 300);
  weft_document_undo (fixture->document);
  g_assert_true (is_wired (fixture, middle, fixture->logits, "x"));
  g_assert_cmpfloat (weft_document_node (fixture->document, middle)->y, ==, 150);
}

static void
act (Fixture *fixture, const char *action)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), action, NULL));
}

static void
test_dissolve (Fixture *fixture, gconstpointer data)
{
  guint32 middle = make_chain (fixture);
  guint32 both[2] = { middle, fixture->hidden };

  weft_canvas_set_selection (fixture->canvas, both, 2);
  act (fixture, "canvas.dissolve");
  g_assert_null (weft_document_node (fixture->document, middle));
  g_assert_true (is_wired (fixture, fixture->x, fixture->logits, "x"));
  weft_document_undo (fixture->document);
  g_assert_nonnull (weft_document_node (fixture->document, middle));
  g_assert_true (is_wired (fixture, middle, fixture->logits, "x"));
}

static void
test_swap (Fixture *fixture, gconstpointer data)
{
  guint32 difference = add (fixture, "sub", "difference", NULL, 450, 400);

  wire (fixture, fixture->x, fixture->out, difference, "a");
  weft_canvas_set_selection (fixture->canvas, &difference, 1);
  act (fixture, "canvas.swap-inputs");
  g_assert_null (weft_document_wire_into (fixture->document, difference, "a"));
  g_assert_true (is_wired (fixture, fixture->x, difference, "b"));
  wire (fixture, fixture->hidden, "y", difference, "a");
  act (fixture, "canvas.swap-inputs");
  g_assert_true (is_wired (fixture, fixture->x, difference, "a"));
  g_assert_true (is_wired (fixture, fixture->hidden, difference, "b"));
}

static void
test_link_row (Fixture *fixture, gconstpointer data)
{
  guint32 last = add (fixture, "tanh", "last", NULL, 900, 0);
  guint32 all[3] = { last, fixture->hidden, fixture->logits };

  weft_canvas_set_selection (fixture->canvas, all, 3);
  act (fixture, "canvas.link-row");
  g_assert_null (fixture->failure);
  g_assert_true (is_wired (fixture, fixture->hidden, fixture->logits, "x"));
  g_assert_true (is_wired (fixture, fixture->logits, last, "x"));
}

/* Several outputs at once: one is dragged, the other selected ones follow. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  guint32 joined = add (fixture, "concat", "joined", NULL, 500, 350);
  guint32 more = add (fixture, "input", "more", shape_params ("[\"batch\", 64]", NULL), 0, 450);
  guint32 three[3] = { fixture->x, more, fixture->hidden };
  double  x, y, x1, y1;
  guint   n = 0;

  weft_canvas_set_selection (fixture->canvas, three, 3);
  port_at (fixture, fixture->x, fixture->out, TRUE, &x, &y);
  card_at (fixture, joined, &x1, &y1);
  drag (fixture, x, y, x1, y1, 0);
  for (guint i = 0; i < weft_document_n_wires (fixture->document); i++)
    n += weft_document_wire_at (fixture->document, i)->to == joined;
  g_assert_cmpuint (n, ==, 3);
  weft_document_undo (fixture->document);
  g_assert_cmpuint (weft_document_n_wires (fixture->document), ==, 1);
}

static void
test_replace (Fixture *fixture, gconstpointer data)
{
  guint32     middle = make_chain (fixture);
  WeftCanvas *canvas = fixture->canvas;
  guint32     next;

  weft_canvas_set_selection (canvas, &middle, 1);
  act (fixture, "canvas.replace");
  settle ();
  g_assert_true (gtk_widget_get_visible (canvas->search));
  g_signal_emit_by_name (canvas->search, "chosen", "relu", NULL, FALSE);
  gtk_popover_popdown (GTK_POPOVER (canvas->search));
  next = weft_canvas_get_selection (canvas, NULL)[0];
  g_assert_cmpstr (weft_document_node (fixture->document, next)->op, ==, "relu");
  g_assert_true (is_wired (fixture, next, fixture->logits, "x"));
  g_assert_true (is_wired (fixture, fixture->hidden, next, "x"));
  g_assert_cmpfloat (weft_document_node (fixture->document, next)->x, ==, 450);
}

static void
test_bypass (Fixture *fixture, gconstpointer data)
{
  guint32 middle = make_chain (fixture);

  weft_canvas_set_selection (fixture->canvas, &middle, 1);
  act (fixture, "canvas.bypass");
  g_assert_cmpint (weft_document_node (fixture->document, middle)->flags, ==, WEFT_NODE_BYPASSED);
  act (fixture, "canvas.bypass");
  g_assert_cmpint (weft_document_node (fixture->document, middle)->flags, ==, 0);
  /* Numbers of 64 in, of as many as there are units out: nothing could take its place. */
  weft_canvas_set_selection (fixture->canvas, &fixture->label, 1);
  act (fixture, "canvas.bypass");
  g_assert_nonnull (fixture->failure);
}

static void
test_unused (Fixture *fixture, gconstpointer data)
{
  guint32 middle = make_chain (fixture);

  weft_document_set_training (fixture->document, "loss", weft_json_new_string ("middle.y"));
  act (fixture, "canvas.select-unused");
  g_assert_false (weft_canvas_is_selected (fixture->canvas, middle));
  g_assert_false (weft_canvas_is_selected (fixture->canvas, fixture->x));
  g_assert_true (weft_canvas_is_selected (fixture->canvas, fixture->logits));
  g_assert_true (weft_canvas_is_selected (fixture->canvas, fixture->label));
}

/* Only where it is asked for: a card near a port that fits is connected to it. */
static void
test_near (Fixture *fixture, gconstpointer data)
{
  WeftCanvas           *canvas = fixture->canvas;
  guint32               card = add (fixture, "tanh", "card", NULL, 300, 400);
  const WeftCanvasNode *hidden = weft_canvas_find_node (canvas, fixture->hidden);
  double                x, y;

  for (guint on = 0; on < 2; on++)
    {
      g_object_set (canvas, "connect-near", on == 1, NULL);
      card_at (fixture, card, &x, &y);
      weft_canvas_press (canvas, x, y, 1, 0);
      weft_canvas_motion (canvas, x + 20, y - 20, 0);
      /* Its input is right of hidden's output then. */
      weft_canvas_motion (canvas, x + hidden->x + hidden->art->width + 40 - 300, y + 0 - 400, 0);
      settle ();
      g_assert_cmpuint (canvas->drag.near.from, ==, on ? fixture->hidden : 0);
      weft_canvas_release (canvas, canvas->drag.x, canvas->drag.y, 0);
      g_assert_true (is_wired (fixture, fixture->hidden, card, "x") == (on == 1));
      weft_document_undo (fixture->document);
      weft_canvas_flush (canvas);
    }
}

static GtkWidget *
find_button (GtkWidget *root, const char *label)
{
  for (GtkWidget *child = gtk_widget_get_first_child (root); child;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_button (child, label);

      if (found || (GTK_IS_BUTTON (child) &&
                    g_strcmp0 (gtk_button_get_label (GTK_BUTTON (child)), label) == 0))
        return found ? found : child;
    }
  return NULL;
}

/* On a card whose ports all would do, one is asked which. */
static void
test_which_port (Fixture *fixture, gconstpointer data)
{
  guint32    difference = add (fixture, "sub", "difference", NULL, 450, 400);
  guint32    sum = add (fixture, "add", "sum", NULL, 700, 400);
  GtkWidget *button;
  double     x, y, x1, y1;

  port_at (fixture, fixture->x, fixture->out, TRUE, &x, &y);
  card_at (fixture, sum, &x1, &y1);
  drag (fixture, x, y, x1, y1, 0);
  g_assert_true (is_wired (fixture, fixture->x, sum, "a"));
  card_at (fixture, difference, &x1, &y1);
  drag (fixture, x, y, x1, y1, 0);
  g_assert_null (weft_document_wire_into (fixture->document, difference, "a"));
  settle ();
  button = find_button (fixture->canvas->link_menu, "difference.b");
  g_assert_nonnull (button);
  g_signal_emit_by_name (button, "clicked");
  settle ();
  g_assert_true (is_wired (fixture, fixture->x, difference, "b"));
}

/* A letter alone is a command where something is selected; two are the beginning of a name. */
static void
test_letters (Fixture *fixture, gconstpointer data)
{
  guint32     middle = make_chain (fixture);
  WeftCanvas *canvas = fixture->canvas;

  weft_canvas_set_selection (canvas, &middle, 1);
  weft_canvas_type_letter (canvas, 'm', "canvas.bypass");
  g_assert_cmpint (weft_document_node (fixture->document, middle)->flags, ==, 0);
  for (guint i = 0; i < 100 && canvas->letter; i++)
    settle ();
  g_assert_cmpint (weft_document_node (fixture->document, middle)->flags, ==, WEFT_NODE_BYPASSED);
  weft_canvas_type_letter (canvas, 'm', "canvas.bypass");
  weft_canvas_type_letter (canvas, 'a', NULL);
  g_assert_true (gtk_widget_get_visible (canvas->search));
  settle ();
  g_assert_cmpint (weft_document_node (fixture->document, middle)->flags, ==, WEFT_NODE_BYPASSED);
  gtk_popover_popdown (GTK_POPOVER (canvas->search));
  settle ();
}

/* ---- How wires run ---- */

static const WeftWire *
wire_of (Fixture *fixture)
{
  return weft_document_wire_into (fixture->document, fixture->hidden, "x");
}

/* A double click puts a dot on a wire, a drag moves it, Delete takes it off: a step each, and the
 * wire is the same one all the time. */
static void
test_dots (Fixture *fixture, gconstpointer data)
{
  WeftCanvas *canvas = fixture->canvas;
  double      x, y, x1, y1;
  gint        n;

  port_at (fixture, fixture->x, fixture->out, TRUE, &x, &y);
  port_at (fixture, fixture->hidden, "x", FALSE, &x1, &y1);
  weft_canvas_press (canvas, (x + x1) / 2, (y + y1) / 2, 2, 0);
  weft_canvas_motion (canvas, (x + x1) / 2, 300, 0);
  weft_canvas_release (canvas, (x + x1) / 2, 300, 0);
  g_assert_cmpuint (wire_of (fixture)->n_dots, ==, 1);
  g_assert_cmpfloat (wire_of (fixture)->dots[0][1], ==, 250);
  g_assert_cmpuint (weft_document_n_wires (fixture->document), ==, 1);
  g_assert_cmpuint (weft_document_n_nodes (fixture->document), ==, 4);
  n = weft_canvas_find_wire (canvas, fixture->hidden, "x")->n_curves;
  g_assert_cmpint (n, ==, 2);
  /* Esc puts it back. */
  weft_canvas_press (canvas, (x + x1) / 2, 300, 1, 0);
  weft_canvas_motion (canvas, (x + x1) / 2 + 60, 400, 0);
  g_assert_cmpint (canvas->drag.kind, ==, WEFT_DRAG_DOT);
  weft_canvas_cancel (canvas);
  g_assert_cmpfloat (weft_canvas_find_wire (canvas, fixture->hidden, "x")->dots[0].y, ==, 250);
  drag (fixture, (x + x1) / 2, 300, (x + x1) / 2 + 60, 400, 0);
  g_assert_cmpfloat (wire_of (fixture)->dots[0][1], ==, 350);
  weft_document_undo (fixture->document);
  g_assert_cmpfloat (wire_of (fixture)->dots[0][1], ==, 250);
  click (fixture, (x + x1) / 2, 300, 0);
  weft_canvas_delete (canvas);
  g_assert_nonnull (wire_of (fixture));
  g_assert_cmpuint (wire_of (fixture)->n_dots, ==, 0);
  weft_document_undo (fixture->document);
  weft_document_undo (fixture->document);
  g_assert_cmpuint (wire_of (fixture)->n_dots, ==, 0);
}

/* Dots between two cards that are moved go along. */
static void
test_dots_move (Fixture *fixture, gconstpointer data)
{
  const double dots[1][2] = { { 240, 200 } };
  guint32      both[2] = { fixture->x, fixture->hidden };
  double       x, y;

  weft_document_set_dots (fixture->document, fixture->hidden, "x", dots, 1);
  weft_canvas_set_selection (fixture->canvas, both, 2);
  card_at (fixture, fixture->x, &x, &y);
  weft_canvas_press (fixture->canvas, x, y, 1, 0);
  weft_canvas_motion (fixture->canvas, x + 50, y + 100, GDK_SHIFT_MASK);
  g_assert_cmpfloat (
    weft_canvas_find_wire (fixture->canvas, fixture->hidden, "x")->curves[0].p[3].x, ==, 290);
  weft_canvas_release (fixture->canvas, x + 50, y + 100, GDK_SHIFT_MASK);
  g_assert_cmpfloat (wire_of (fixture)->dots[0][0], ==, 290);
  g_assert_cmpfloat (wire_of (fixture)->dots[0][1], ==, 300);
}

static void
test_tags (Fixture *fixture, gconstpointer data)
{
  WeftCanvas  *canvas = fixture->canvas;
  WeftWireArt *art;
  WeftRect     rect;
  WeftHit      hit;
  double       x, y;

  weft_canvas_set_selection (canvas, &fixture->x, 1);
  act (fixture, "canvas.tag");
  g_assert_true (wire_of (fixture)->tag);
  art = weft_canvas_find_wire (canvas, fixture->hidden, "x");
  g_assert_cmpstr (art->tag, ==, "x.y");
  /* One can take hold of it where its name stands. */
  rect = weft_wire_art_tag_rect (art, TRUE);
  weft_canvas_to_view (canvas, rect.x + 8, rect.y + rect.height / 2, &x, &y);
  hit = weft_canvas_pick (canvas, x, y);
  g_assert_cmpint (hit.kind, ==, WEFT_HIT_WIRE);
  settle ();
  act (fixture, "canvas.tag");
  g_assert_false (wire_of (fixture)->tag);
  g_assert_null (weft_canvas_find_wire (canvas, fixture->hidden, "x")->tag);
}

/* Right angles are the document's: they are there again when it is opened. */
static void
test_angles (Fixture *fixture, gconstpointer data)
{
  WeftCanvas        *canvas = fixture->canvas;
  const WeftWireArt *art;

  weft_document_move_nodes (fixture->document, &fixture->hidden, 1, 0, 120);
  act (fixture, "canvas.right-angles");
  art = weft_canvas_find_wire (canvas, fixture->hidden, "x");
  g_assert_cmpuint (art->n_curves, >, 3);
  for (guint i = 0; i < art->n_curves; i++)
    g_assert_true (ABS (art->curves[i].p[0].x - art->curves[i].p[3].x) < 8 ||
                   ABS (art->curves[i].p[0].y - art->curves[i].p[3].y) < 8);
  for (guint i = 0; i < 30 && canvas->view_id; i++)
    settle ();
  weft_canvas_set_document (canvas, NULL, NULL);
  canvas->angular = FALSE;
  weft_canvas_set_document (canvas, fixture->document, fixture->typing);
  g_assert_true (canvas->angular);
}

/* ---- Into a wire ---- */

/* A card let go on a wire goes into it, and what is behind makes room; undo takes back all. */
static void
test_splice (Fixture *fixture, gconstpointer data)
{
  WeftCanvas *canvas = fixture->canvas;
  guint32     card = add (fixture, "tanh", "card", NULL, 300, 400);
  guint32     wrong = add (fixture, "conv2d", "wrong", NULL, 500, 400);
  double      x, y, x0, y0, x1, y1, dx, dy;

  wire (fixture, fixture->hidden, "y", fixture->logits, "x");
  port_at (fixture, fixture->x, fixture->out, TRUE, &x0, &y0);
  port_at (fixture, fixture->hidden, "x", FALSE, &x1, &y1);
  for (guint alt = 0; alt < 2; alt++)
    {
      GdkModifierType       modifiers = alt ? GDK_ALT_MASK : 0;
      const WeftCanvasNode *node = weft_canvas_find_node (canvas, card);

      card_at (fixture, card, &x, &y);
      weft_canvas_press (canvas, x, y, 1, 0);
      weft_canvas_motion (canvas, x + 10, y - 10, modifiers);
      weft_canvas_motion (canvas, (x0 + x1) / 2, (y0 + y1) / 2 - node->art->height / 2 + 10,
                          modifiers);
      g_assert_true ((canvas->drag.splice_to == fixture->hidden) == !alt);
      weft_canvas_node_offset (canvas, weft_canvas_find_node (canvas, fixture->logits), &dx, &dy);
      g_assert_true (alt ? dx == 0 : dx > 0);
      settle ();
      if (alt)
        weft_canvas_cancel (canvas);
      else
        weft_canvas_release (canvas, canvas->drag.x, canvas->drag.y, 0);
      if (!alt)
        {
          g_assert_true (is_wired (fixture, fixture->x, card, "x"));
          g_assert_true (is_wired (fixture, card, fixture->hidden, "x"));
          g_assert_cmpfloat (weft_document_node (fixture->document, fixture->logits)->x, >, 600);
          weft_document_undo (fixture->document);
          g_assert_true (is_wired (fixture, fixture->x, fixture->hidden, "x"));
          g_assert_cmpfloat (weft_document_node (fixture->document, fixture->logits)->x, ==, 600);
          weft_canvas_flush (canvas);
        }
    }
  /* One that does not take what flows there is only put down. */
  card_at (fixture, wrong, &x, &y);
  drag (fixture, x, y, (x0 + x1) / 2, (y0 + y1) / 2 - 40, 0);
  g_assert_null (weft_document_wire_into (fixture->document, wrong, "x"));
  g_assert_true (is_wired (fixture, fixture->x, fixture->hidden, "x"));
}

#define TEST(PATH, FUNCTION) g_test_add (PATH, Fixture, NULL, set_up, FUNCTION, tear_down)

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  weft_ops_init ();
  TEST ("/ui/canvas/fix/layer", test_fix_layer);
  TEST ("/ui/canvas/fix/transpose", test_fix_transpose);
  TEST ("/ui/canvas/fix/picture", test_fix_picture);
  TEST ("/ui/canvas/fix/cast", test_fix_cast);
  TEST ("/ui/canvas/cycle", test_cycle);
  TEST ("/ui/canvas/search/rank", test_rank);
  TEST ("/ui/canvas/search/habits", test_habits);
  TEST ("/ui/canvas/search/learn", test_learn);
  TEST ("/ui/canvas/search/expression", test_expression);
  TEST ("/ui/canvas/wires/knife", test_knife);
  TEST ("/ui/canvas/wires/knife/dots", test_knife_dots);
  TEST ("/ui/canvas/wires/knife/bypass", test_knife_bypass);
  TEST ("/ui/canvas/wires/move", test_move_wires);
  TEST ("/ui/canvas/wires/take-out", test_take_out);
  TEST ("/ui/canvas/wires/dissolve", test_dissolve);
  TEST ("/ui/canvas/wires/swap", test_swap);
  TEST ("/ui/canvas/wires/row", test_link_row);
  TEST ("/ui/canvas/wires/many", test_many);
  TEST ("/ui/canvas/wires/replace", test_replace);
  TEST ("/ui/canvas/wires/bypass", test_bypass);
  TEST ("/ui/canvas/wires/unused", test_unused);
  TEST ("/ui/canvas/wires/which-port", test_which_port);
  TEST ("/ui/canvas/wires/near", test_near);
  TEST ("/ui/canvas/letters", test_letters);
  TEST ("/ui/canvas/routes/dots", test_dots);
  TEST ("/ui/canvas/routes/moved", test_dots_move);
  TEST ("/ui/canvas/routes/tags", test_tags);
  TEST ("/ui/canvas/routes/angles", test_angles);
  TEST ("/ui/canvas/splice", test_splice);
  return g_test_run ();
}
