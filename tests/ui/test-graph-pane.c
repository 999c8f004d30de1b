/* The pane of a history's graph: what is shown and said, camera, keys, fading, ghost links.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <adwaita.h>
#include <math.h>
#include <string.h>

#include "engine/graph/expr.h"
#include "engine/ops/ops.h"
#include "ui/optimise/ghost-links.h"
#include "ui/optimise/graph-pane-private.h"

#define LIMIT_US (60 * G_USEC_PER_SEC)

typedef struct
{
  GtkWidget       *window;
  WeftGraphPane   *left, *right;
  WeftGhostLinks  *links;
  WeftGraphCamera *camera;
  WeftHistory     *history;
  WeftGraphArt    *art;
  WeftCursor      *before, *after;
  guint            step;
  guint            selected, activated, n_hovers, n_views;
} Fixture;

/* ---- Set up ---- */

static WeftHistory *
make_history (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftGraph *graph = weft_graph_new ();
  WeftType   type = { .dtype = WEFT_F32, .shape = weft_shape_new (2, (gint64[]){ 64, 10 }) };
  WeftValue *output;

  g_assert_no_error (error);
  weft_scope_set_value (scope, "x", weft_graph_input (graph, "x", &type));
  output = weft_expr_build_value (expr, graph, scope, &error);
  g_assert_no_error (error);
  return weft_history_new (graph, 1, &output, NULL, NULL, NULL);
}

static void
select_cb (WeftGraphPane *pane, guint apply, Fixture *f)
{
  f->selected = apply;
}

static void
activate_cb (WeftGraphPane *pane, guint apply, Fixture *f)
{
  f->activated = apply;
}

static void
hover_cb (WeftGraphPane *pane, guint apply, Fixture *f)
{
  f->n_hovers++;
}

static void
view_cb (WeftGraphPane *pane, Fixture *f)
{
  f->n_views++;
}

static gboolean
tick_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_for (gboolean (*check) (Fixture *f), Fixture *f)
{
  gint64 end = g_get_monotonic_time () + LIMIT_US;
  guint  tick = g_timeout_add (10, tick_cb, NULL);

  while (!check (f))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (tick);
}

static gboolean
is_at_rest (Fixture *f)
{
  return !f->left->before && !f->right->before && !f->right->gliding && !f->left->fit_pending &&
         !f->right->fit_pending &&
         gtk_widget_get_width (GTK_WIDGET (f->right)) > 1;
}

static void
fixture_set_up (Fixture *f, gconstpointer data)
{
  GtkWidget *overlay = gtk_overlay_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 1);

  f->selected = f->activated = 12345;
  f->history = make_history ("sum(log(softmax(x * 1.5)))");
  f->art = weft_graph_art_new (f->history, 1, NULL);
  for (f->step = 1; strcmp (weft_history_get_step (f->history, f->step)->rule, "log-softmax") != 0;)
    f->step++;
  f->before = weft_cursor_new (f->history);
  f->after = weft_cursor_new (f->history);
  weft_cursor_go (f->before, f->step - 1);
  weft_cursor_go (f->after, f->step);
  f->camera = weft_graph_camera_new ();
  f->left = weft_graph_pane_new ();
  f->right = weft_graph_pane_new ();
  weft_graph_pane_set_camera (f->left, f->camera);
  weft_graph_pane_set_camera (f->right, f->camera);
  f->links = weft_ghost_links_new (f->left, f->right);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (f->left));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (f->right));
  gtk_box_set_homogeneous (GTK_BOX (box), TRUE);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), box);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), GTK_WIDGET (f->links));
  f->window = adw_window_new ();
  adw_window_set_content (ADW_WINDOW (f->window), overlay);
  gtk_window_set_default_size (GTK_WINDOW (f->window), 1200, 640);
  g_signal_connect (f->right, "select", G_CALLBACK (select_cb), f);
  g_signal_connect (f->right, "activate", G_CALLBACK (activate_cb), f);
  g_signal_connect (f->right, "hover", G_CALLBACK (hover_cb), f);
  g_signal_connect (f->right, "view-changed", G_CALLBACK (view_cb), f);
  weft_graph_pane_show (f->left, f->art, f->before, f->step, WEFT_MARK_MATCHED | WEFT_MARK_REMOVED,
                        TRUE);
  weft_graph_pane_show (f->right, f->art, f->after, f->step, WEFT_MARK_ADDED, FALSE);
  gtk_window_present (GTK_WINDOW (f->window));
  wait_for (is_at_rest, f);
}

static void
fixture_tear_down (Fixture *f, gconstpointer data)
{
  gpointer left = f->left, right = f->right, links = f->links;

  g_object_add_weak_pointer (left, &left);
  g_object_add_weak_pointer (right, &right);
  g_object_add_weak_pointer (links, &links);
  gtk_window_destroy (GTK_WINDOW (f->window));
  g_assert_null (left);
  g_assert_null (right);
  g_assert_null (links);
  weft_cursor_free (f->before);
  weft_cursor_free (f->after);
  weft_graph_art_free (f->art);
  weft_history_unref (f->history);
  g_assert_finalize_object (f->camera);
}

static guint
apply_of (WeftGraphPane *pane, const char *title)
{
  guint        n;
  const guint *boxes = weft_graph_scene_boxes (pane->scene, &n);

  for (guint i = 0; i < n; i++)
    if (g_str_equal (weft_graph_art_get_box (pane->art, boxes[i])->title, title))
      return weft_graph_art_get_box (pane->art, boxes[i])->apply;
  return G_MAXUINT;
}

/* The widget of a box; NULL: it has none. */
static GtkWidget *
widget_of (WeftGraphPane *pane, guint apply)
{
  return g_hash_table_lookup (pane->boxes,
                              GUINT_TO_POINTER (weft_graph_art_find (pane->art, apply)));
}

static void
activate_action (WeftGraphPane *pane, const char *name)
{
  gtk_widget_activate_action (GTK_WIDGET (pane), name, NULL);
}

/* ---- Tests ---- */

static void
test_shown (Fixture *f, gconstpointer data)
{
  guint softmax = apply_of (f->left, "softmax");
  guint log_softmax = apply_of (f->right, "log_softmax");

  g_assert_cmpuint (softmax, !=, G_MAXUINT);
  g_assert_cmpuint (apply_of (f->right, "softmax"), ==, G_MAXUINT);
  g_assert_cmpuint (weft_graph_pane_get_marks (f->left, softmax), ==,
                    WEFT_MARK_MATCHED | WEFT_MARK_REMOVED);
  g_assert_cmpuint (weft_graph_pane_get_marks (f->right, log_softmax), ==, WEFT_MARK_ADDED);
  g_assert_cmpuint (weft_graph_pane_get_marks (f->right, apply_of (f->right, "sum")), ==, 0);
  g_assert_cmpuint (f->left->tags->len, ==, 1);
  g_assert_null (f->right->tags);
}

/* Each box is a widget that says what it is and what happens to it. */
static void
test_spoken (Fixture *f, gconstpointer data)
{
  GtkWidget *softmax = widget_of (f->left, apply_of (f->left, "softmax"));
  GtkWidget *added = widget_of (f->right, apply_of (f->right, "log_softmax"));
  guint      n;

  g_assert_nonnull (softmax);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (softmax), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "softmax, f32 (64, 10), reads mul, read by log");
  gtk_test_accessible_assert_property (
    GTK_ACCESSIBLE (softmax), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "removed by log-softmax");
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (added), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       "added by log-softmax");
  weft_graph_scene_boxes (f->left->scene, &n);
  g_assert_cmpuint (g_hash_table_size (f->left->boxes), ==, n);
  weft_graph_pane_set_title (f->left, "As drawn");
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (f->left), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "As drawn");
}

static void
test_selection (Fixture *f, gconstpointer data)
{
  guint sum = apply_of (f->right, "sum");
  guint mul = apply_of (f->right, "mul");
  g_autoptr (GArray) linked = g_array_new (FALSE, FALSE, sizeof (guint));

  g_array_append_val (linked, mul);
  g_array_append_val (linked, sum);
  weft_graph_pane_set_selection (f->right, sum, linked);
  g_assert_cmpuint (weft_graph_pane_get_marks (f->right, sum), ==, WEFT_MARK_SELECTED);
  g_assert_cmpuint (weft_graph_pane_get_marks (f->right, mul), ==, WEFT_MARK_LINKED);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (widget_of (f->right, sum)),
                                       GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "selected");
  gtk_test_accessible_assert_state (GTK_ACCESSIBLE (widget_of (f->right, sum)),
                                    GTK_ACCESSIBLE_STATE_SELECTED, TRUE);
  g_array_set_size (linked, 1);
  weft_graph_pane_set_found (f->right, linked);
  g_assert_cmpuint (weft_graph_pane_get_marks (f->right, apply_of (f->right, "log_softmax")), ==,
                    WEFT_MARK_DIMMED | WEFT_MARK_ADDED);
  weft_graph_pane_set_found (f->right, NULL);
  weft_graph_pane_set_selection (f->right, G_MAXUINT, NULL);
  g_assert_cmpuint (weft_graph_pane_get_marks (f->right, sum), ==, 0);
}

/* Ctrl with an arrow goes along the wires and asks for a selection; Enter opens. */
static void
test_keys (Fixture *f, gconstpointer data)
{
  guint log_softmax = apply_of (f->right, "log_softmax");

  weft_graph_pane_set_selection (f->right, apply_of (f->right, "sum"), NULL);
  activate_action (f->right, "graph.walk-up");
  g_assert_cmpuint (f->selected, ==, log_softmax);
  g_assert_true (gtk_widget_is_focus (widget_of (f->right, log_softmax)));
  activate_action (f->right, "graph.activate");
  g_assert_cmpuint (f->activated, ==, log_softmax);
  activate_action (f->right, "graph.walk-up");
  activate_action (f->right, "graph.walk-up");
  g_assert_cmpuint (f->selected, ==, apply_of (f->right, "x"));
  activate_action (f->right, "graph.walk-up");
  g_assert_cmpuint (f->selected, ==, apply_of (f->right, "x"));
}

/* A rewrite that takes away what has the focus leaves it in the pane. */
static void
test_focus_stays (Fixture *f, gconstpointer data)
{
  weft_graph_pane_focus_box (f->left, weft_graph_art_find (f->art, apply_of (f->left, "softmax")));
  g_assert_cmpuint (weft_graph_pane_focused_box (f->left), !=, WEFT_NO_BOX);
  weft_graph_pane_show (f->left, f->art, f->after, f->step, WEFT_MARK_ADDED, FALSE);
  g_assert_true (gtk_widget_is_focus (GTK_WIDGET (f->left)));
}

/* One camera: where one pane is, the other is. */
static void
test_camera (Fixture *f, gconstpointer data)
{
  graphene_rect_t a, b, nearer;
  guint           sum = apply_of (f->right, "sum");
  double          zoom;

  g_assert_true (weft_graph_pane_get_rect (f->left, sum, &a));
  g_assert_true (weft_graph_pane_get_rect (f->right, sum, &b));
  g_assert_cmpfloat (fabsf (a.origin.x - b.origin.x), <=, 1);
  g_assert_cmpfloat (a.origin.y, ==, b.origin.y);
  g_assert_cmpfloat (a.origin.y, >, 0);
  g_assert_cmpfloat (a.origin.y + a.size.height, <, gtk_widget_get_height (GTK_WIDGET (f->left)));
  f->n_views = 0;
  weft_graph_pane_zoom_at (f->left, 0.5, a.origin.x, a.origin.y);
  g_assert_cmpuint (f->n_views, >, 0);
  g_assert_true (weft_graph_pane_get_rect (f->left, sum, &nearer));
  g_assert_cmpfloat (fabsf (nearer.origin.x - a.origin.x), <=, 1);
  g_assert_cmpfloat (fabsf (nearer.size.width - a.size.width / 2), <, 0.01);
  zoom = weft_graph_camera_get_zoom (f->camera);
  activate_action (f->right, "graph.zoom-in");
  g_assert_cmpfloat (weft_graph_camera_get_zoom (f->camera), >, zoom);
  activate_action (f->right, "graph.fit");
  g_assert_true (weft_graph_pane_get_rect (f->right, sum, &nearer));
  g_assert_cmpfloat (fabsf (nearer.origin.y - b.origin.y), <=, 1);
  g_assert_false (weft_graph_pane_get_rect (f->right, apply_of (f->left, "softmax"), &a));
}

static void
test_reveal (Fixture *f, gconstpointer data)
{
  graphene_rect_t rect;
  guint           sum = apply_of (f->right, "sum");
  g_autoptr (GArray) one = g_array_new (FALSE, FALSE, sizeof (guint));

  g_array_append_val (one, sum);
  weft_graph_camera_move (f->camera, 5000, 5000, 0.1);
  weft_graph_pane_reveal (f->right, one);
  wait_for (is_at_rest, f);
  g_assert_true (weft_graph_pane_get_rect (f->right, sum, &rect));
  g_assert_cmpfloat (rect.origin.x, >, 0);
  g_assert_cmpfloat (rect.origin.y, >, 0);
  g_assert_cmpfloat (rect.origin.x + rect.size.width, <,
                     gtk_widget_get_width (GTK_WIDGET (f->right)));
  g_assert_cmpfloat (rect.origin.y + rect.size.height, <,
                     gtk_widget_get_height (GTK_WIDGET (f->right)));
  g_assert_cmpint (weft_graph_pane_detail (f->right), !=, WEFT_DETAIL_BLOCK);
}

/* What goes fades; nothing that stays moves; then it is gone. */
static void
test_fading (Fixture *f, gconstpointer data)
{
  graphene_rect_t before, after;
  guint           sum = apply_of (f->left, "sum");

  g_assert_true (weft_graph_pane_get_rect (f->left, sum, &before));
  weft_graph_pane_show (f->left, f->art, f->after, f->step, WEFT_MARK_ADDED, FALSE);
  g_assert_nonnull (f->left->before);
  wait_for (is_at_rest, f);
  g_assert_cmpfloat (f->left->fade, ==, 1);
  g_assert_true (weft_graph_pane_get_rect (f->left, sum, &after));
  g_assert_true (graphene_rect_equal (&before, &after));
  /* Shown again while it fades, and shown another history. */
  weft_graph_pane_show (f->left, f->art, f->before, 0, 0, FALSE);
  weft_graph_pane_show (f->left, f->art, f->after, 0, 0, FALSE);
  weft_graph_pane_show (f->left, NULL, NULL, 0, 0, FALSE);
  g_assert_null (f->left->scene);
  g_assert_cmpuint (g_hash_table_size (f->left->boxes), ==, 0);
  wait_for (is_at_rest, f);
}

static void
test_compact (Fixture *f, gconstpointer data)
{
  graphene_rect_t wide, tight;
  guint           sum = apply_of (f->right, "sum");

  g_assert_true (weft_graph_pane_get_rect (f->right, sum, &wide));
  activate_action (f->right, "graph.compact");
  g_assert_true (weft_graph_pane_get_compact (f->right));
  wait_for (is_at_rest, f);
  g_assert_true (weft_graph_pane_get_rect (f->right, sum, &tight));
  g_assert_cmpfloat (tight.origin.y, <, wide.origin.y);
  activate_action (f->right, "graph.compact");
  wait_for (is_at_rest, f);
  g_assert_true (weft_graph_pane_get_rect (f->right, sum, &tight));
  g_assert_true (graphene_rect_equal (&wide, &tight));
}

static void
painted_cb (GdkFrameClock *clock, gboolean *painted)
{
  *painted = TRUE;
}

/* One more frame. */
static void
wait_for_frame (Fixture *f)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (f->window);
  gboolean       painted = FALSE;
  gulong         handler = g_signal_connect (clock, "after-paint", G_CALLBACK (painted_cb), &painted);

  gtk_widget_queue_draw (GTK_WIDGET (f->left));
  gtk_widget_queue_draw (GTK_WIDGET (f->right));
  while (!painted)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handler_disconnect (clock, handler);
}

/* Over boxes and wires; every frame is drawn without a warning, in every look and at every
 * distance. */
static void
test_drawn (Fixture *f, gconstpointer data)
{
  static const double zooms[] = { 1.3, 0.4, 0.1 };
  graphene_rect_t     rect;

  for (guint i = 0; i < G_N_ELEMENTS (zooms); i++)
    for (guint dark = 0; dark < 2; dark++)
      {
        g_autoptr (GArray) from = g_array_new (FALSE, FALSE, sizeof (guint));
        g_autoptr (GArray) to = g_array_new (FALSE, FALSE, sizeof (guint));
        guint ends[] = { apply_of (f->left, "softmax"), apply_of (f->left, "log") };
        guint added = apply_of (f->right, "log_softmax");

        adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                            dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                                 : ADW_COLOR_SCHEME_FORCE_LIGHT);
        g_array_append_vals (from, ends, 2);
        g_array_append_val (to, added);
        weft_ghost_links_set (f->links, from, to);
        weft_graph_camera_move (f->camera, weft_graph_camera_get_x (f->camera),
                                weft_graph_camera_get_y (f->camera), zooms[i]);
        weft_graph_pane_set_hovered (f->right, weft_graph_art_find (f->art, added), WEFT_NO_BOX);
        weft_graph_pane_set_hovered (f->left, WEFT_NO_BOX, 0);
        wait_for_frame (f);
        wait_for (is_at_rest, f);
      }
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
  g_assert_cmpuint (f->n_hovers, ==, 1);
  g_assert_true (weft_graph_pane_get_rect (f->left, apply_of (f->left, "sum"), &rect));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  weft_ops_init ();
#define ADD(name, func) \
  g_test_add ("/ui/graph-pane/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("shown", test_shown);
  ADD ("spoken", test_spoken);
  ADD ("selection", test_selection);
  ADD ("keys", test_keys);
  ADD ("focus-stays", test_focus_stays);
  ADD ("camera", test_camera);
  ADD ("reveal", test_reveal);
  ADD ("fading", test_fading);
  ADD ("compact", test_compact);
  ADD ("drawn", test_drawn);
  return g_test_run ();
}
