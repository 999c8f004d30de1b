/* The canvas: geometry, picking, and every gesture through the functions that its controllers call.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/ui/canvas-tools.h"

/* ---- Geometry ---- */

static void
test_view (Fixture *fixture, gconstpointer data)
{
  WeftCanvas *canvas = fixture->canvas;
  double      x, y, vx, vy;

  weft_canvas_from_view (canvas, 200, 100, &x, &y);
  weft_canvas_zoom_at (canvas, 1.7, 200, 100);
  weft_canvas_to_view (canvas, x, y, &vx, &vy);
  g_assert_cmpfloat_with_epsilon (vx, 200, 1e-9);
  g_assert_cmpfloat_with_epsilon (vy, 100, 1e-9);
  weft_canvas_zoom_at (canvas, 1e9, 0, 0);
  g_assert_cmpfloat (weft_canvas_get_zoom (canvas), ==, WEFT_ZOOM_MAX);
  weft_canvas_zoom_at (canvas, 1e-9, 0, 0);
  g_assert_cmpfloat (weft_canvas_get_zoom (canvas), ==, WEFT_ZOOM_MIN);
  weft_canvas_fit (canvas);
  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect        view = weft_canvas_viewport (canvas);

      g_assert_true (weft_rect_contains (&view, node->x, node->y));
      g_assert_true (
        weft_rect_contains (&view, node->x + node->art->width, node->y + node->art->height));
    }
  g_assert_cmpfloat (weft_canvas_get_zoom (canvas), <=, 1);
}

/* GTK's own picking agrees with where the canvas says a card is, at several zooms. */
static void
test_allocation (Fixture *fixture, gconstpointer data)
{
  static const double zooms[] = { 0.4, 1, 1.7 };

  for (guint i = 0; i < G_N_ELEMENTS (zooms); i++)
    {
      double x, y;

      weft_canvas_set_view (fixture->canvas, 20, 20, zooms[i]);
      settle ();
      card_at (fixture, fixture->hidden, &x, &y);
      g_assert_true (gtk_widget_pick (GTK_WIDGET (fixture->canvas), x, y, GTK_PICK_DEFAULT) ==
                     GTK_WIDGET (weft_canvas_find_node (fixture->canvas, fixture->hidden)));
    }
}

static void
test_detail (Fixture *fixture, gconstpointer data)
{
  WeftCanvasNode *node = weft_canvas_find_node (fixture->canvas, fixture->hidden);
  double          x, y;

  g_assert_cmpint (node->look.detail, ==, WEFT_DETAIL_FULL);
  weft_canvas_set_view (fixture->canvas, 0, 0, 0.5);
  g_assert_cmpint (node->look.detail, ==, WEFT_DETAIL_PORTS);
  weft_canvas_set_view (fixture->canvas, 0, 0, 0.2);
  g_assert_cmpint (node->look.detail, ==, WEFT_DETAIL_BLOCK);
  port_at (fixture, fixture->hidden, "y", TRUE, &x, &y);
  g_assert_cmpint (weft_canvas_pick (fixture->canvas, x - 2, y).kind, ==, WEFT_HIT_NODE);
  weft_canvas_set_view (fixture->canvas, 0, 0, 1);
  g_assert_cmpint (node->look.detail, ==, WEFT_DETAIL_FULL);
}

static void
test_pick (Fixture *fixture, gconstpointer data)
{
  static const double zooms[] = { 0.5, 1, 2 };
  WeftHit             hit;
  double              x, y, x1, y1;

  for (guint i = 0; i < G_N_ELEMENTS (zooms); i++)
    {
      weft_canvas_set_view (fixture->canvas, 30, 30, zooms[i]);
      port_at (fixture, fixture->hidden, "y", TRUE, &x, &y);
      /* 24 px at any zoom */
      hit = weft_canvas_pick (fixture->canvas, x + 11, y);
      g_assert_cmpint (hit.kind, ==, WEFT_HIT_OUTPUT);
      g_assert_cmpuint (hit.node->uid, ==, fixture->hidden);
      g_assert_cmpint (weft_canvas_pick (fixture->canvas, x + 14, y).kind, ==, WEFT_HIT_NOTHING);
    }
  weft_canvas_set_view (fixture->canvas, 50, 50, 1);
  port_at (fixture, fixture->x, fixture->out, TRUE, &x, &y);
  port_at (fixture, fixture->hidden, "x", FALSE, &x1, &y1);
  hit = weft_canvas_pick (fixture->canvas, (x + x1) / 2, (y + y1) / 2 + 3);
  g_assert_cmpint (hit.kind, ==, WEFT_HIT_WIRE);
  g_assert_cmpuint (hit.wire->to, ==, fixture->hidden);
  g_assert_cmpint (weft_canvas_pick (fixture->canvas, 500, 500).kind, ==, WEFT_HIT_NOTHING);
}

/* ---- Selection ---- */

static void
test_select (Fixture *fixture, gconstpointer data)
{
  WeftCanvas    *canvas = fixture->canvas;
  const guint32 *uids;
  guint          n;
  double         x, y;

  card_at (fixture, fixture->hidden, &x, &y);
  click (fixture, x, y, 0);
  uids = weft_canvas_get_selection (canvas, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (uids[0], ==, fixture->hidden);
  card_at (fixture, fixture->x, &x, &y);
  click (fixture, x, y, GDK_CONTROL_MASK);
  uids = weft_canvas_get_selection (canvas, &n);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpuint (uids[0], ==, fixture->x); /* document order */
  click (fixture, x, y, GDK_CONTROL_MASK);
  g_assert_cmpuint (weft_canvas_n_selected (canvas), ==, 1);
  click (fixture, 900, 560, 0);
  g_assert_cmpuint (weft_canvas_n_selected (canvas), ==, 0);
  weft_canvas_select_all (canvas);
  g_assert_cmpuint (weft_canvas_n_selected (canvas), ==, 4);
}

static void
test_box (Fixture *fixture, gconstpointer data)
{
  WeftCanvas *canvas = fixture->canvas;
  double      x, y;

  weft_canvas_to_view (canvas, 290, -20, &x, &y);
  drag (fixture, x + 490, y, x, y + 90, 0);
  g_assert_cmpuint (weft_canvas_n_selected (canvas), ==, 2);
  g_assert_true (weft_canvas_is_selected (canvas, fixture->hidden) &&
                 weft_canvas_is_selected (canvas, fixture->logits));
  weft_canvas_to_view (canvas, -20, -20, &x, &y);
  drag (fixture, x + 200, y, x + 100, y + 60, GDK_SHIFT_MASK);
  g_assert_cmpuint (weft_canvas_n_selected (canvas), ==, 3);
  drag (fixture, x + 200, y, x + 100, y + 60, GDK_CONTROL_MASK);
  g_assert_cmpuint (weft_canvas_n_selected (canvas), ==, 2);
  weft_canvas_press (canvas, x, y, 1, 0);
  weft_canvas_motion (canvas, x + 300, y + 200, 0);
  g_assert_true (weft_canvas_is_selected (canvas, fixture->x));
  weft_canvas_cancel (canvas);
  g_assert_false (weft_canvas_is_selected (canvas, fixture->x));
}

/* ---- Moving ---- */

static void
test_move (Fixture *fixture, gconstpointer data)
{
  WeftDocument *document = fixture->document;
  double        x, y;
  guint32       both[2] = { fixture->hidden, fixture->logits };

  weft_canvas_set_selection (fixture->canvas, both, 2);
  card_at (fixture, fixture->hidden, &x, &y);
  drag (fixture, x, y, x + 43, y + 58, 0);
  g_assert_cmpfloat (weft_document_node (document, fixture->hidden)->x, ==, 340);
  g_assert_cmpfloat (weft_document_node (document, fixture->hidden)->y, ==, 60);
  g_assert_cmpfloat (weft_document_node (document, fixture->logits)->x, ==, 640);
  g_assert_cmpfloat (weft_document_node (document, fixture->x)->x, ==, 0);
  g_assert_true (weft_document_undo (document));
  g_assert_cmpfloat (weft_document_node (document, fixture->hidden)->x, ==, 300);
  g_assert_cmpfloat (weft_document_node (document, fixture->logits)->x, ==, 600);
  g_assert_cmpfloat (weft_canvas_find_node (fixture->canvas, fixture->hidden)->x, ==, 300);
  g_assert_true (weft_document_redo (document));
  g_assert_cmpfloat (weft_document_node (document, fixture->logits)->y, ==, 60);
}

static void
test_move_free (Fixture *fixture, gconstpointer data)
{
  double x, y;

  card_at (fixture, fixture->hidden, &x, &y);
  weft_canvas_set_selection (fixture->canvas, &fixture->hidden, 1);
  weft_canvas_press (fixture->canvas, x, y, 1, 0);
  weft_canvas_motion (fixture->canvas, x + 33, y, GDK_SHIFT_MASK);
  weft_canvas_release (fixture->canvas, x + 33, y, GDK_SHIFT_MASK);
  g_assert_cmpfloat (weft_document_node (fixture->document, fixture->hidden)->x, ==, 333);
}

static void
test_move_cancel (Fixture *fixture, gconstpointer data)
{
  guint64         revision = weft_document_get_revision (fixture->document);
  WeftCanvasNode *node = weft_canvas_find_node (fixture->canvas, fixture->hidden);
  double          x, y, dx, dy;

  card_at (fixture, fixture->hidden, &x, &y);
  weft_canvas_press (fixture->canvas, x, y, 1, 0);
  weft_canvas_motion (fixture->canvas, x + 50, y, 0);
  weft_canvas_node_offset (fixture->canvas, node, &dx, &dy);
  g_assert_cmpfloat (dx, ==, 50);
  weft_canvas_cancel (fixture->canvas);
  weft_canvas_node_offset (fixture->canvas, node, &dx, &dy);
  g_assert_cmpfloat (dx, ==, 0);
  g_assert_cmpuint (weft_document_get_revision (fixture->document), ==, revision);
  weft_canvas_release (fixture->canvas, x + 50, y, 0);
  g_assert_cmpuint (weft_document_get_revision (fixture->document), ==, revision);
}

static void
test_pan (Fixture *fixture, gconstpointer data)
{
  weft_canvas_press_pan (fixture->canvas, 400, 300);
  weft_canvas_motion (fixture->canvas, 430, 280, 0);
  weft_canvas_release (fixture->canvas, 430, 280, 0);
  g_assert_cmpfloat (fixture->canvas->pan_x, ==, 80);
  g_assert_cmpfloat (fixture->canvas->pan_y, ==, 30);
  weft_canvas_press_pan (fixture->canvas, 400, 300);
  weft_canvas_motion (fixture->canvas, 0, 0, 0);
  weft_canvas_cancel (fixture->canvas);
  g_assert_cmpfloat (fixture->canvas->pan_x, ==, 80);
}

/* ---- Wires ---- */

static void
test_connect (Fixture *fixture, gconstpointer data)
{
  double x, y, x1, y1;

  port_at (fixture, fixture->hidden, "y", TRUE, &x, &y);
  port_at (fixture, fixture->logits, "x", FALSE, &x1, &y1);
  drag (fixture, x, y, x1 + 5, y1 - 5, 0);
  g_assert_null (fixture->failure);
  g_assert_true (is_wired (fixture, fixture->hidden, fixture->logits, "x"));
  weft_canvas_flush (fixture->canvas);
  g_assert_nonnull (weft_canvas_find_wire (fixture->canvas, fixture->logits, "x"));
  g_assert_nonnull (weft_canvas_find_wire (fixture->canvas, fixture->logits, "x")->label);
  weft_document_undo (fixture->document);
  g_assert_false (is_wired (fixture, fixture->hidden, fixture->logits, "x"));
  g_assert_null (weft_canvas_find_wire (fixture->canvas, fixture->logits, "x"));
}

static void
test_connect_backwards (Fixture *fixture, gconstpointer data)
{
  double x, y, x1, y1;

  port_at (fixture, fixture->logits, "x", FALSE, &x, &y);
  port_at (fixture, fixture->hidden, "y", TRUE, &x1, &y1);
  drag (fixture, x, y, x1, y1, 0);
  g_assert_true (is_wired (fixture, fixture->hidden, fixture->logits, "x"));
}

static void
test_connect_body (Fixture *fixture, gconstpointer data)
{
  double x, y, x1, y1;

  port_at (fixture, fixture->hidden, "y", TRUE, &x, &y);
  card_at (fixture, fixture->logits, &x1, &y1);
  drag (fixture, x, y, x1, y1, 0);
  g_assert_true (is_wired (fixture, fixture->hidden, fixture->logits, "x"));
}

static void
test_refusal (Fixture *fixture, gconstpointer data)
{
  double          x, y, x1, y1;
  WeftCanvasNode *hidden = weft_canvas_find_node (fixture->canvas, fixture->hidden);

  /* A cycle: hidden feeds itself through logits. */
  weft_document_connect (fixture->document, fixture->hidden, "y", fixture->logits, "x", NULL);
  port_at (fixture, fixture->logits, "y", TRUE, &x, &y);
  port_at (fixture, fixture->hidden, "x", FALSE, &x1, &y1);
  weft_canvas_press (fixture->canvas, x, y, 1, 0);
  weft_canvas_motion (fixture->canvas, x1, y1, 0);
  g_assert_nonnull (fixture->hint);
  g_assert_cmpuint (hidden->look.dim_inputs & 1, ==, 1);
  weft_canvas_release (fixture->canvas, x1, y1, 0);
  g_assert_nonnull (fixture->failure);
  g_assert_true (is_wired (fixture, fixture->x, fixture->hidden, "x"));
  g_assert_cmpuint (hidden->look.dim_inputs, ==, 0);
  g_assert_null (fixture->hint);
}

static void
test_disconnect (Fixture *fixture, gconstpointer data)
{
  double x, y;

  port_at (fixture, fixture->hidden, "x", FALSE, &x, &y);
  click (fixture, x, y, 0);
  g_assert_true (is_wired (fixture, fixture->x, fixture->hidden, "x"));
  drag (fixture, x, y, x - 40, y + 200, 0);
  g_assert_null (weft_document_wire_into (fixture->document, fixture->hidden, "x"));
  weft_document_undo (fixture->document);
  g_assert_true (is_wired (fixture, fixture->x, fixture->hidden, "x"));
  weft_canvas_press (fixture->canvas, x, y, 1, 0);
  weft_canvas_motion (fixture->canvas, x - 40, y + 200, 0);
  weft_canvas_cancel (fixture->canvas);
  g_assert_true (is_wired (fixture, fixture->x, fixture->hidden, "x"));
}

static void
test_reconnect (Fixture *fixture, gconstpointer data)
{
  double x, y, x1, y1;

  port_at (fixture, fixture->hidden, "x", FALSE, &x, &y);
  port_at (fixture, fixture->logits, "x", FALSE, &x1, &y1);
  drag (fixture, x, y, x1, y1, 0);
  g_assert_null (weft_document_wire_into (fixture->document, fixture->hidden, "x"));
  g_assert_true (is_wired (fixture, fixture->x, fixture->logits, "x"));
  /* One undo step brings both ends back. */
  weft_document_undo (fixture->document);
  g_assert_true (is_wired (fixture, fixture->x, fixture->hidden, "x"));
  g_assert_null (weft_document_wire_into (fixture->document, fixture->logits, "x"));
}

static void
test_delete_wire (Fixture *fixture, gconstpointer data)
{
  double x, y, x1, y1;

  port_at (fixture, fixture->x, fixture->out, TRUE, &x, &y);
  port_at (fixture, fixture->hidden, "x", FALSE, &x1, &y1);
  click (fixture, (x + x1) / 2, (y + y1) / 2, 0);
  weft_canvas_delete (fixture->canvas);
  g_assert_null (weft_document_wire_into (fixture->document, fixture->hidden, "x"));
  g_assert_cmpuint (weft_document_n_nodes (fixture->document), ==, 4);
}

/* ---- Editing ---- */

static void
test_delete (Fixture *fixture, gconstpointer data)
{
  weft_canvas_set_selection (fixture->canvas, &fixture->hidden, 1);
  weft_canvas_delete (fixture->canvas);
  g_assert_null (weft_document_node (fixture->document, fixture->hidden));
  g_assert_null (weft_canvas_find_node (fixture->canvas, fixture->hidden));
  g_assert_cmpuint (weft_canvas_n_selected (fixture->canvas), ==, 0);
  g_assert_cmpuint (fixture->canvas->wires->len, ==, 0);
  weft_document_undo (fixture->document);
  g_assert_nonnull (weft_canvas_find_node (fixture->canvas, fixture->hidden));
  g_assert_cmpuint (fixture->canvas->wires->len, ==, 1);
}

static void
test_add (Fixture *fixture, gconstpointer data)
{
  guint32 uid = weft_canvas_add (fixture->canvas, "tanh", NULL, 103, 207);
  guint32 next;

  g_assert_cmpuint (uid, !=, 0);
  g_assert_cmpfloat (weft_document_node (fixture->document, uid)->x, ==, 100);
  g_assert_true (weft_canvas_is_selected (fixture->canvas, uid));
  g_assert_cmpuint (weft_canvas_add (fixture->canvas, "no such op", NULL, 0, 0), ==, 0);
  g_assert_nonnull (fixture->failure);
  /* The palette's double click: behind the selection, wired to it. */
  weft_canvas_set_selection (fixture->canvas, &fixture->logits, 1);
  next = weft_canvas_append (fixture->canvas, "tanh", NULL);
  g_assert_true (is_wired (fixture, fixture->logits, next, "x"));
  g_assert_cmpfloat (weft_document_node (fixture->document, next)->x, >, 700);
  weft_document_undo (fixture->document);
  g_assert_null (weft_document_node (fixture->document, next));
}

static void
test_duplicate (Fixture *fixture, gconstpointer data)
{
  guint32 both[2] = { fixture->x, fixture->hidden };
  guint   n;

  weft_canvas_set_selection (fixture->canvas, both, 2);
  weft_canvas_duplicate (fixture->canvas);
  g_assert_null (fixture->failure);
  g_assert_cmpuint (weft_document_n_nodes (fixture->document), ==, 6);
  g_assert_cmpuint (weft_document_n_wires (fixture->document), ==, 2);
  weft_canvas_get_selection (fixture->canvas, &n);
  g_assert_cmpuint (n, ==, 2);
  g_assert_false (weft_canvas_is_selected (fixture->canvas, fixture->x));
}

/* What a spreadsheet copies becomes a data set. */
static void
test_paste_table (Fixture *fixture, gconstpointer data)
{
  guint before = weft_document_n_nodes (fixture->document);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (fixture->canvas)),
                          "x\ty\n1\t2\n3\t4\n5\t6\n");
  weft_canvas_paste (fixture->canvas);
  while (weft_document_n_nodes (fixture->document) == before)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (weft_document_n_nodes (fixture->document), ==, before + 1);
  weft_document_undo (fixture->document);
}

static void
test_clipboard (Fixture *fixture, gconstpointer data)
{
  weft_canvas_set_selection (fixture->canvas, &fixture->hidden, 1);
  weft_canvas_cut (fixture->canvas);
  g_assert_null (weft_document_node (fixture->document, fixture->hidden));
  weft_canvas_paste (fixture->canvas);
  for (guint i = 0; i < 20 && weft_document_n_nodes (fixture->document) < 4; i++)
    settle ();
  g_assert_cmpuint (weft_document_n_nodes (fixture->document), ==, 4);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (fixture->canvas)), "not a graph");
  weft_canvas_paste (fixture->canvas);
  for (guint i = 0; i < 20 && !fixture->failure; i++)
    settle ();
  g_assert_nonnull (fixture->failure);
  g_assert_cmpuint (weft_document_n_nodes (fixture->document), ==, 4);
}

static void
test_nudge (Fixture *fixture, gconstpointer data)
{
  weft_canvas_set_selection (fixture->canvas, &fixture->hidden, 1);
  g_assert_true (
    gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.nudge-right", NULL));
  g_assert_true (
    gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.nudge-down-far", NULL));
  g_assert_cmpfloat (weft_document_node (fixture->document, fixture->hidden)->x, ==, 310);
  g_assert_cmpfloat (weft_document_node (fixture->document, fixture->hidden)->y, ==, 50);
}

static void
test_activate (Fixture *fixture, gconstpointer data)
{
  double x, y;

  card_at (fixture, fixture->hidden, &x, &y);
  weft_canvas_press (fixture->canvas, x, y, 2, 0);
  weft_canvas_release (fixture->canvas, x, y, 0);
  g_assert_cmpuint (fixture->activated, ==, fixture->hidden);
}

/* ---- Search ---- */

static void
test_search (Fixture *fixture, gconstpointer data)
{
  WeftCanvas     *canvas = fixture->canvas;
  double          x, y;
  guint           before = weft_document_n_nodes (fixture->document);
  guint32         uid;
  WeftCanvasNode *placed[3];

  /* A wire dropped on empty ground opens the search; what is chosen is wired, in one step. */
  port_at (fixture, fixture->logits, "y", TRUE, &x, &y);
  drag (fixture, x, y, x + 60, y + 250, 0);
  g_assert_true (canvas->search && gtk_widget_get_visible (canvas->search));
  g_assert_cmpuint (canvas->pending.uid, ==, fixture->logits);
  g_signal_emit_by_name (canvas->search, "chosen", "tanh", NULL, FALSE);
  gtk_popover_popdown (GTK_POPOVER (canvas->search));
  settle ();
  g_assert_cmpuint (weft_document_n_nodes (fixture->document), ==, before + 1);
  uid = weft_canvas_get_selection (canvas, NULL)[0];
  g_assert_true (is_wired (fixture, fixture->logits, uid, "x"));
  g_assert_cmpuint (canvas->pending.uid, ==, 0);
  weft_document_undo (fixture->document);
  g_assert_cmpuint (weft_document_n_nodes (fixture->document), ==, before);
  /* An expression becomes an expression node. */
  weft_canvas_search_at (canvas, "1e-4 * sum(W**2)", 300, 300, NULL);
  g_signal_emit_by_name (canvas->search, "chosen", "expression", "1e-4 * sum(W**2)", FALSE);
  gtk_popover_popdown (GTK_POPOVER (canvas->search));
  uid = weft_canvas_get_selection (canvas, NULL)[0];
  g_assert_cmpstr (weft_document_node (fixture->document, uid)->op, ==, "expression");
  g_assert_cmpstr (
    weft_json_get_string (weft_document_node (fixture->document, uid)->params, "text", ""), ==,
    "1e-4 * sum(W**2)");
  /* From the keyboard each finds ground of its own. */
  for (guint i = 0; i < 3; i++)
    {
      canvas->pointer_inside = FALSE;
      weft_canvas_search (canvas, NULL);
      g_signal_emit_by_name (canvas->search, "chosen", "tanh", NULL, FALSE);
      gtk_popover_popdown (GTK_POPOVER (canvas->search));
      settle ();
      placed[i] = weft_canvas_find_node (canvas, weft_canvas_get_selection (canvas, NULL)[0]);
      g_test_message ("%g %g", placed[i]->x, placed[i]->y);
      for (guint k = 0; k < i; k++)
        g_assert_true (fabs (placed[i]->x - placed[k]->x) >= placed[k]->art->width ||
                       fabs (placed[i]->y - placed[k]->y) >= placed[k]->art->height);
    }
}

/* ---- Following ---- */

static void
test_follow (Fixture *fixture, gconstpointer data)
{
  WeftCanvasNode *node = weft_canvas_find_node (fixture->canvas, fixture->hidden);
  g_autoptr (GError) error = NULL;

  weft_document_rename_node (fixture->document, fixture->hidden, "renamed", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (node->art->title, ==, "renamed");
  weft_document_set_param (fixture->document, fixture->hidden, "units", weft_json_new_int (7),
                           &error);
  g_assert_no_error (error);
  g_assert_cmpstr (node->art->rows[0].value, ==, "7");
  weft_canvas_set_badge (fixture->canvas, fixture->hidden, "0.5");
  g_assert_cmpstr (node->extras.badge, ==, "0.5");
  weft_canvas_clear_badges (fixture->canvas);
  g_assert_null (node->extras.badge);
}

/* It stands below its card, and where another card is in the way, above. */
static void
check_message (Fixture *fixture, guint32 uid)
{
  WeftCanvasNode *node = weft_canvas_find_node (fixture->canvas, uid), *below;
  WeftRect        box = weft_canvas_problem_box (fixture->canvas, node);

  g_assert_cmpfloat (box.y, >, node->y + node->art->height);
  below = weft_canvas_find_node (fixture->canvas, add (fixture, "tanh", "below", NULL, node->x,
                                                       node->y + node->art->height + 20));
  box = weft_canvas_problem_box (fixture->canvas, node);
  g_assert_cmpfloat (box.y + box.height, <, node->y);
  g_assert_cmpfloat (weft_canvas_problem_box (fixture->canvas, below).width, <=, 0);
}

/* A wire of the wrong type: the node shows the equation, and one that hangs on it shows nothing. */
static void
test_problem (Fixture *fixture, gconstpointer data)
{
  guint32 sum = add (fixture, "add", "sum", NULL, 300, 300);
  guint32 after = add (fixture, "tanh", "after", NULL, 600, 300);
  g_autoptr (WeftPorts) ports = weft_document_ports (fixture->document, sum);
  guint32 other = add (fixture, "input", "other", shape_params ("[3]", NULL), 0, 200);

  weft_document_connect (fixture->document, fixture->x, fixture->out, sum, ports->inputs[0].name,
                         NULL);
  weft_document_connect (fixture->document, other, fixture->out, sum, ports->inputs[1].name, NULL);
  weft_document_connect (fixture->document, sum, ports->outputs[0].name, after, "x", NULL);
  weft_canvas_flush (fixture->canvas);
  g_assert_nonnull (weft_canvas_find_node (fixture->canvas, sum)->art->problem);
  g_assert_null (weft_canvas_find_node (fixture->canvas, after)->art->problem);
  g_assert_false (weft_canvas_find_wire (fixture->canvas, after, "x")->known);
  settle ();
  check_message (fixture, sum);
  weft_document_remove_nodes (fixture->document, &other, 1);
  weft_document_disconnect (fixture->document, sum, ports->inputs[1].name);
  weft_document_connect (fixture->document, fixture->x, fixture->out, sum, ports->inputs[1].name,
                         NULL);
  weft_canvas_flush (fixture->canvas);
  g_assert_null (weft_canvas_find_node (fixture->canvas, sum)->art->problem);
  g_assert_true (weft_canvas_find_wire (fixture->canvas, after, "x")->known);
}

static void
test_accessible (Fixture *fixture, gconstpointer data)
{
  WeftCanvasNode *node = weft_canvas_find_node (fixture->canvas, fixture->hidden);

  /* Descriptions are made when there is time. */
  for (guint i = 0; i < 100 && !node->spoken; i++)
    settle ();
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (node), GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (node), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "hidden, Dense");
  g_assert_nonnull (strstr (node->spoken, "input x"));
  g_assert_nonnull (strstr (node->spoken, "no problem"));
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (node), "node.select", NULL));
  g_assert_true (weft_canvas_is_selected (fixture->canvas, fixture->hidden));
  g_assert_nonnull (strstr (node->spoken, "selected"));
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (node), "node.move-right", NULL));
  g_assert_cmpfloat (node->x, ==, 310);
}

static void
test_walk (Fixture *fixture, gconstpointer data)
{
  weft_canvas_reveal (fixture->canvas, fixture->x);
  weft_canvas_walk (fixture->canvas, GTK_DIR_RIGHT);
  g_assert_true (weft_canvas_is_selected (fixture->canvas, fixture->hidden));
  weft_canvas_walk (fixture->canvas, GTK_DIR_RIGHT);
  g_assert_true (weft_canvas_is_selected (fixture->canvas, fixture->logits));
  weft_canvas_walk (fixture->canvas, GTK_DIR_LEFT);
  g_assert_true (weft_canvas_is_selected (fixture->canvas, fixture->hidden));
}

static void
test_connect_menu (Fixture *fixture, gconstpointer data)
{
  WeftCanvasNode *node = weft_canvas_find_node (fixture->canvas, fixture->hidden);

  weft_canvas_connect_menu (fixture->canvas, node);
  settle ();
  g_assert_true (gtk_widget_get_visible (fixture->canvas->link_menu));
  gtk_popover_popdown (GTK_POPOVER (fixture->canvas->link_menu));
  weft_canvas_popup_menu (fixture->canvas, 500, 500);
  settle ();
  g_assert_true (gtk_widget_get_visible (fixture->canvas->menu));
  gtk_popover_popdown (GTK_POPOVER (fixture->canvas->menu));
  settle ();
}

static void
test_note (Fixture *fixture, gconstpointer data)
{
  double x, y;

  weft_document_add_note (fixture->document, "Why?\nBecause.", 300, 250, 200, 100);
  settle ();
  weft_canvas_to_view (fixture->canvas, 400, 300, &x, &y);
  drag (fixture, x, y, x + 50, y + 20, 0);
  g_assert_cmpfloat (weft_document_note_at (fixture->document, 0)->x, ==, 350);
  click (fixture, x + 50, y + 20, 0);
  weft_canvas_delete (fixture->canvas);
  g_assert_cmpuint (weft_document_n_notes (fixture->document), ==, 0);
}

#define TEST(PATH, FUNCTION) g_test_add (PATH, Fixture, NULL, set_up, FUNCTION, tear_down)

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  weft_ops_init ();
  TEST ("/ui/canvas/view", test_view);
  TEST ("/ui/canvas/allocation", test_allocation);
  TEST ("/ui/canvas/detail", test_detail);
  TEST ("/ui/canvas/pick", test_pick);
  TEST ("/ui/canvas/select", test_select);
  TEST ("/ui/canvas/box", test_box);
  TEST ("/ui/canvas/move", test_move);
  TEST ("/ui/canvas/move/free", test_move_free);
  TEST ("/ui/canvas/move/cancel", test_move_cancel);
  TEST ("/ui/canvas/pan", test_pan);
  TEST ("/ui/canvas/connect", test_connect);
  TEST ("/ui/canvas/connect/backwards", test_connect_backwards);
  TEST ("/ui/canvas/connect/body", test_connect_body);
  TEST ("/ui/canvas/connect/refusal", test_refusal);
  TEST ("/ui/canvas/disconnect", test_disconnect);
  TEST ("/ui/canvas/reconnect", test_reconnect);
  TEST ("/ui/canvas/delete/wire", test_delete_wire);
  TEST ("/ui/canvas/delete", test_delete);
  TEST ("/ui/canvas/add", test_add);
  TEST ("/ui/canvas/duplicate", test_duplicate);
  TEST ("/ui/canvas/clipboard", test_clipboard);
  TEST ("/ui/canvas/clipboard/table", test_paste_table);
  TEST ("/ui/canvas/nudge", test_nudge);
  TEST ("/ui/canvas/activate", test_activate);
  TEST ("/ui/canvas/search", test_search);
  TEST ("/ui/canvas/follow", test_follow);
  TEST ("/ui/canvas/problem", test_problem);
  TEST ("/ui/canvas/accessible", test_accessible);
  TEST ("/ui/canvas/walk", test_walk);
  TEST ("/ui/canvas/connect-menu", test_connect_menu);
  TEST ("/ui/canvas/note", test_note);
  return g_test_run ();
}
