/* The view of the canvas: panning at the edge, throwing, the overview.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/ui/canvas-tools.h"

#define PATIENCE_US (10 * G_TIME_SPAN_SECOND)

static void
animate (gboolean on)
{
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", on, NULL);
}

/* Until @value is beyond @limit, or the test fails. */
static void
wait_beyond (const double *value, double limit)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_US;

  while (*value <= limit && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpfloat (*value, >, limit);
}

static void
wait_for_rest (Fixture *fixture)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_US;

  while (fixture->canvas->fling_tick != 0 && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (fixture->canvas->fling_tick, ==, 0);
}

/* ---- At the edge ---- */

/* A card held at the left edge makes the view go there, and the card goes with the hand; let go, it
 * is one step. */
static void
test_edge (Fixture *fixture, gconstpointer data)
{
  WeftCanvas *canvas = fixture->canvas;
  double      x, y, put;

  card_at (fixture, fixture->hidden, &x, &y);
  weft_canvas_press (canvas, x, y, 1, 0);
  weft_canvas_motion (canvas, x - 50, y, 0);
  weft_canvas_motion (canvas, 2, y, 0);
  wait_beyond (&canvas->pan_x, 200);
  weft_canvas_release (canvas, 2, y, 0);
  put = canvas->pan_x;
  settle ();
  g_assert_cmpfloat (canvas->pan_x, ==, put);
  g_assert_cmpfloat (weft_document_node (fixture->document, fixture->hidden)->x, <, -150);
  weft_document_undo (fixture->document);
  g_assert_cmpfloat (weft_document_node (fixture->document, fixture->hidden)->x, ==, 300);
}

/* A wire in the hand does so too; Escape ends both. */
static void
test_edge_wire (Fixture *fixture, gconstpointer data)
{
  WeftCanvas *canvas = fixture->canvas;
  double      x, y, put;

  port_at (fixture, fixture->x, fixture->out, TRUE, &x, &y);
  weft_canvas_press (canvas, x, y, 1, 0);
  weft_canvas_motion (canvas, x + 60, y, 0);
  weft_canvas_motion (canvas, x + 60, 1, 0);
  wait_beyond (&canvas->pan_y, 150);
  weft_canvas_cancel (canvas);
  put = canvas->pan_y;
  settle ();
  g_assert_cmpfloat (canvas->pan_y, ==, put);
}

/* ---- Throwing ---- */

static void
test_fling (Fixture *fixture, gconstpointer data)
{
  WeftCanvas *canvas = fixture->canvas;
  double      from = canvas->pan_x;

  animate (TRUE);
  weft_canvas_fling (canvas, 1000, 0);
  wait_for_rest (fixture);
  /* 1000 px/s times a third of a second. */
  g_assert_cmpfloat_with_epsilon (canvas->pan_x - from, 318, 12);
  /* A press holds it. */
  weft_canvas_fling (canvas, 1000, 0);
  weft_canvas_press (canvas, 500, 500, 1, 0);
  g_assert_cmpuint (canvas->fling_tick, ==, 0);
  weft_canvas_release (canvas, 500, 500, 0);
  animate (FALSE);
  from = canvas->pan_x;
  weft_canvas_fling (canvas, 1000, 0);
  g_assert_cmpuint (canvas->fling_tick, ==, 0);
  g_assert_cmpfloat (canvas->pan_x, ==, from);
}

/* A hand that moves when it lets go throws, one that rests does not. Its times are given, not
 * taken. */
static void
test_throw (Fixture *fixture, gconstpointer data)
{
  WeftCanvas *canvas = fixture->canvas;

  animate (TRUE);
  for (guint rests = 0; rests < 2; rests++)
    {
      gint64 now = 1000000;

      weft_canvas_press_pan (canvas, 300, 300);
      for (guint i = 0; i < 30; i++, now += 10000)
        weft_canvas_track_hand (canvas, 300 + 5 * i, 300 - 2 * i, now);
      weft_canvas_throw (canvas, now + (rests ? 200000 : 0));
      g_assert_true ((canvas->fling_tick == 0) == (rests == 1));
      if (!rests)
        {
          g_assert_cmpfloat_with_epsilon (canvas->fling_x, 500, 1);
          g_assert_cmpfloat_with_epsilon (canvas->fling_y, -200, 1);
        }
      weft_canvas_cancel (canvas);
      weft_canvas_stop_fling (canvas);
    }
  animate (FALSE);
}

/* ---- Less motion ---- */

/* Whoever wants less motion sees a view, a card and an alarm where they end, at once. */
static void
test_still (Fixture *fixture, gconstpointer data)
{
  WeftCanvas   *canvas = fixture->canvas;
  const guint32 moved[] = { fixture->hidden };
  const double  places[][2] = { { 400, 700 } };

  for (guint moves = 0; moves < 2; moves++)
    {
      animate (moves == 1);
      gtk_widget_activate_action (GTK_WIDGET (canvas), "canvas.keep-place-1", NULL);
      weft_canvas_set_view (canvas, canvas->pan_x - 500, canvas->pan_y, 2);
      gtk_widget_activate_action (GTK_WIDGET (canvas), "canvas.go-to-place-1", NULL);
      g_assert_true ((canvas->zoom == 1) == (moves == 0));
      while (canvas->zoom != 1)
        settle ();
      weft_canvas_place_nodes (canvas, "Move", moved, 1, places);
      g_assert_true ((canvas->glide_tick != 0) == (moves == 1));
      weft_canvas_glide_stop (canvas);
      weft_document_undo (fixture->document);
      weft_canvas_set_alarm (canvas, fixture->hidden);
      g_assert_true ((canvas->alarm_id != 0) == (moves == 1));
      g_assert_true (weft_canvas_find_node (canvas, fixture->hidden)->look.alarm);
      weft_canvas_set_alarm (canvas, 0);
    }
  animate (FALSE);
}

/* ---- The overview ---- */

static void
test_minimap (Fixture *fixture, gconstpointer data)
{
  WeftCanvas *canvas = fixture->canvas;
  GtkWidget  *minimap = canvas->minimap;
  WeftRect    view;

  /* While everything can be seen it is not in the way. */
  weft_canvas_fit (canvas);
  settle ();
  g_assert_false (gtk_widget_contains (minimap, 5, 5));
  weft_canvas_set_view (canvas, -2000, -2000, 1);
  settle ();
  g_assert_true (gtk_widget_contains (minimap, 5, 5));
  /* In its upper left is what is up on the left. */
  weft_minimap_go_to (WEFT_MINIMAP (minimap), 12, 12);
  view = weft_canvas_viewport (canvas);
  g_assert_cmpfloat (view.x, <, 300);
  g_assert_cmpfloat (view.y, <, 300);
  g_assert_cmpfloat (canvas->zoom, ==, 1);
}

/* What runs stands out, what is wrong is red in both cases. */
static void
test_minimap_running (Fixture *fixture, gconstpointer data)
{
  WeftCanvas    *canvas = fixture->canvas;
  WeftThemeKind  theme = canvas->style->theme;
  WeftColour     accent = weft_theme_colour (theme, WEFT_ROLE_ACCENT), colour;
  const guint32  runs[] = { fixture->x, fixture->hidden, fixture->label };
  const gboolean expected[] = { TRUE, TRUE, FALSE };

  weft_canvas_set_running (canvas, &fixture->hidden, 1);
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      colour = weft_minimap_card_colour (canvas, weft_canvas_find_node (canvas, runs[i]));
      g_assert_true ((memcmp (&colour, &accent, sizeof accent) == 0) == expected[i]);
    }
  weft_canvas_set_running (canvas, NULL, 0);
  colour = weft_minimap_card_colour (canvas, weft_canvas_find_node (canvas, fixture->x));
  g_assert_true (memcmp (&colour, &accent, sizeof accent) != 0);
}

#define TEST(PATH, FUNCTION) \
  g_test_add ("/ui/canvas/" PATH, Fixture, NULL, set_up, FUNCTION, tear_down)

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  weft_ops_init ();
  TEST ("edge", test_edge);
  TEST ("edge/wire", test_edge_wire);
  TEST ("fling", test_fling);
  TEST ("fling/throw", test_throw);
  TEST ("still", test_still);
  TEST ("minimap", test_minimap);
  TEST ("minimap/running", test_minimap_running);
  return g_test_run ();
}
