/* The picture of a history: boxes, wires, what is at a point, what is said, every state drawn;
 * rules as pictures; files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <cairo.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "engine/graph/expr.h"
#include "engine/ops/ops.h"
#include "ui/draw/graph-export.h"
#include "ui/draw/rule-art.h"
#include "ui/draw/rule-tree.h"

#define LOSS "-mean(take_along_axis(log(softmax(x @ W + b)), expand_dims(y, 1), 1))"

/* Texts over the fixture's names whose histories have steps of many kinds. */
static const char *const texts[] = {
  LOSS,
  "log(softmax(x @ W + b))",
  "s * 1 + 0",
  "x * 1 - x * 1",
  "sum((x @ W + b) ** 2) * 0.5 + sum((x @ W + b) ** 2) * 0.5",
  "2.0 * 3.0",
  "1 / (1 + exp(-(x @ W)))",
  "mean(log(1 + exp(x @ W)) * s)",
  "scan(lambda r, h: tanh(h * 1 + r), sequences=[x], states=[x[0] * 0])",
  "x.T.T @ W + 0 * b",
};

/* ---- A history ---- */

typedef struct
{
  WeftHistory  *history;
  WeftGraphArt *art;
  WeftCursor   *cursor;
} Fixture;

static void
fixture_clear (Fixture *f)
{
  weft_cursor_free (f->cursor);
  weft_graph_art_free (f->art);
  weft_history_unref (f->history);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static void
add_input (WeftGraph    *graph,
           WeftScope    *scope,
           const char   *name,
           WeftDType     dtype,
           guint         rank,
           const gint64 *shape)
{
  WeftType type = { .dtype = dtype, .shape = weft_shape_new (rank, shape) };

  weft_scope_set_value (scope, name, weft_graph_input (graph, name, &type));
}

/* Of @text over x (64, 784), W (784, 10) shared, b (10,), y (64,) whole numbers, s one number. */
static void
fixture_init (Fixture *f, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (WeftArray) weights = weft_array_new (WEFT_F32, 2, (gint64[]){ 784, 10 });
  g_autoptr (WeftShared) shared = weft_shared_new ("W", "parameter", weights);
  WeftGraph  *graph = weft_graph_new ();
  WeftValue  *output;
  const char *name = "cost";

  g_assert_no_error (error);
  add_input (graph, scope, "x", WEFT_F32, 2, (gint64[]){ 64, 784 });
  weft_scope_set_value (scope, "W", weft_graph_shared (graph, shared));
  add_input (graph, scope, "b", WEFT_F32, 1, (gint64[]){ 10 });
  add_input (graph, scope, "y", WEFT_I64, 1, (gint64[]){ 64 });
  add_input (graph, scope, "s", WEFT_F32, 0, NULL);
  output = weft_expr_build_value (expr, graph, scope, &error);
  g_assert_no_error (error);
  f->history = weft_history_new (graph, 1, &output, &name, NULL, NULL);
  f->art = weft_graph_art_new (f->history, 1, NULL);
  f->cursor = weft_cursor_new (f->history);
}

static WeftGraphScene *
scene_at (Fixture *f, guint step)
{
  weft_cursor_go (f->cursor, step);
  return weft_graph_scene_new (f->art, f->cursor);
}

/* The step of @rule, 0: none. */
static guint
step_of (Fixture *f, const char *rule)
{
  for (guint step = 1; step <= weft_history_n_steps (f->history); step++)
    if (g_str_equal (weft_history_get_step (f->history, step)->rule, rule))
      return step;
  return 0;
}

static guint
box_titled (const WeftGraphScene *scene, Fixture *f, const char *title)
{
  guint        n;
  const guint *boxes = weft_graph_scene_boxes (scene, &n);

  for (guint i = 0; i < n; i++)
    if (g_str_equal (weft_graph_art_get_box (f->art, boxes[i])->title, title))
      return boxes[i];
  return WEFT_NO_BOX;
}

/* ---- What there is ---- */

static void
test_boxes (void)
{
  static const struct
  {
    const char *title, *detail;
    WeftBoxKind kind;
  } expected[] = {
    { "x", NULL, WEFT_BOX_INPUT },
    { "W", NULL, WEFT_BOX_PARAMETER },
    { "y", NULL, WEFT_BOX_LABELS },
    { "matmul", "(64, 10)", WEFT_BOX_OP },
    { "softmax", "(64, 10)", WEFT_BOX_OP },
    { "expand_dims", "i64 (64, 1)", WEFT_BOX_OP },
    { "mean", "()", WEFT_BOX_OP },
  };
  g_auto (Fixture) f = { 0 };
  g_autoptr (WeftGraphScene) scene = NULL;

  fixture_init (&f, LOSS);
  scene = scene_at (&f, 0);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      guint               box = box_titled (scene, &f, expected[i].title);
      const WeftGraphBox *art;

      g_assert_cmpuint (box, !=, WEFT_NO_BOX);
      art = weft_graph_art_get_box (f.art, box);
      g_assert_cmpstr (art->detail, ==, expected[i].detail);
      g_assert_cmpint (art->kind, ==, expected[i].kind);
      g_assert_cmpuint (weft_graph_art_find (f.art, art->apply), ==, box);
    }
  g_assert_cmpuint (weft_graph_art_find (f.art, G_MAXUINT), ==, WEFT_NO_BOX);
}

static gboolean
is_number (const WeftApply *apply)
{
  return apply->literal && apply->literal->n_elements == 1;
}

/* Every application of the graph has its box, and every operand that is no number its wire from
 * the right place. */
static void
check_scene (Fixture *f, guint step)
{
  g_autoptr (WeftGraphScene) scene = scene_at (f, step);
  g_autoptr (GArray) order = weft_cursor_order (f->cursor);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint        n_boxes, n_wires, expected = 0;
  const guint *wires = weft_graph_scene_wires (scene, &n_wires);

  weft_graph_scene_boxes (scene, &n_boxes);
  for (guint i = 0; i < n_wires; i++)
    {
      const WeftGraphWire *wire = weft_graph_art_get_wire (f->art, wires[i]);
      guint                reader = weft_graph_art_get_box (f->art, wire->to)->apply;
      guint                source = weft_graph_art_get_box (f->art, wire->from)->apply;

      g_assert_true (weft_graph_scene_has (scene, wire->from));
      g_assert_true (weft_graph_scene_has (scene, wire->to));
      g_assert_cmpuint (weft_cursor_input (f->cursor, reader, wire->to_port), ==, wire->value);
      g_assert_cmpuint (weft_history_value_apply (f->history, wire->value), ==, source);
      g_assert_true (g_hash_table_add (seen, GUINT_TO_POINTER (wires[i] + 1)));
    }
  for (guint i = 0; i < order->len; i++)
    {
      guint            id = g_array_index (order, guint, i);
      const WeftApply *apply = weft_history_apply (f->history, id);

      if (!is_number (apply))
        g_assert_true (weft_graph_scene_has (scene, weft_graph_art_find (f->art, id)));
      n_boxes -= !is_number (apply);
      for (guint k = 0; k < apply->n_inputs; k++)
        {
          guint value = weft_cursor_input (f->cursor, id, k);

          expected += !is_number (weft_history_value (f->history, value)->apply);
        }
    }
  g_assert_cmpuint (n_wires, ==, expected);
  /* What is left are numbers that are handed out. */
  g_assert_cmpuint (n_boxes, <=, weft_cursor_n_outputs (f->cursor));
}

static void
test_complete (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_auto (Fixture) f = { 0 };

      fixture_init (&f, texts[i]);
      for (guint step = 0; step <= weft_history_n_steps (f.history); step++)
        check_scene (&f, step);
    }
}

/* A number alone is a graph too. */
static void
test_number (void)
{
  g_auto (Fixture) f = { 0 };
  g_autoptr (WeftGraphScene) scene = NULL;
  guint        n;
  const guint *boxes;

  fixture_init (&f, "2.0 * 3.0");
  scene = scene_at (&f, weft_history_n_steps (f.history));
  boxes = weft_graph_scene_boxes (scene, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (weft_graph_art_get_box (f.art, boxes[0])->title, ==, "6");
  g_assert_cmpint (weft_graph_art_get_box (f.art, boxes[0])->kind, ==, WEFT_BOX_CONSTANT);
}

/* What survives a step stays where it is, and nothing stands on something else. */
static void
test_still (void)
{
  g_auto (Fixture) f = { 0 };
  g_autoptr (WeftGraphScene) first = NULL;

  fixture_init (&f, texts[4]);
  first = scene_at (&f, 0);
  for (guint step = 0; step <= weft_history_n_steps (f.history); step++)
    {
      g_autoptr (WeftGraphScene) scene = scene_at (&f, step);
      guint        n;
      const guint *boxes = weft_graph_scene_boxes (scene, &n);

      for (guint i = 0; i < n; i++)
        {
          WeftRect here = weft_graph_scene_rect (scene, boxes[i]);
          WeftRect there = weft_graph_scene_rect (first, boxes[i]);

          g_assert_cmpfloat (here.x, ==, there.x);
          g_assert_cmpfloat (here.y, ==, there.y);
          for (guint k = 0; k < i; k++)
            {
              WeftRect other = weft_graph_scene_rect (scene, boxes[k]);

              g_assert_false (weft_rect_overlaps (&here, &other));
            }
        }
    }
}

static void
test_compact (void)
{
  g_auto (Fixture) f = { 0 };
  g_autoptr (WeftGraphScene) wide = NULL;
  g_autoptr (WeftGraphScene) tight = NULL;
  guint n;

  fixture_init (&f, LOSS);
  n = weft_history_n_steps (f.history);
  wide = scene_at (&f, n);
  tight = scene_at (&f, n);
  g_assert_true (weft_graph_scene_compact (tight, NULL));
  g_assert_cmpfloat (weft_graph_scene_bounds (tight).height, <,
                     weft_graph_scene_bounds (wide).height);
}

static void
test_cancelled (void)
{
  g_auto (Fixture) f = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  fixture_init (&f, LOSS);
  g_cancellable_cancel (cancellable);
  g_assert_null (weft_graph_art_new (f.history, 1, cancellable));
}

/* ---- Marks ---- */

static guint
marks_at (Fixture *f, const WeftGraphScene *scene, const guint8 *marks, const char *title)
{
  guint box = box_titled (scene, f, title);

  g_assert_cmpuint (box, !=, WEFT_NO_BOX);
  return marks[weft_graph_art_get_box (f->art, box)->apply];
}

static void
test_marks (void)
{
  g_auto (Fixture) f = { 0 };
  g_autoptr (WeftGraphScene) before = NULL;
  g_autoptr (WeftGraphScene) after = NULL;
  g_autoptr (GArray) tags = NULL;
  g_autofree guint8 *marks = NULL;
  guint              all = WEFT_MARK_MATCHED | WEFT_MARK_REMOVED | WEFT_MARK_ADDED;
  guint              step;

  fixture_init (&f, LOSS);
  marks = g_new0 (guint8, weft_history_n_applies (f.history));
  step = step_of (&f, "log-softmax");
  g_assert_cmpuint (step, >, 0);
  before = scene_at (&f, step - 1);
  after = scene_at (&f, step);
  weft_graph_scene_mark (before, step, all, marks);
  g_assert_cmpuint (marks_at (&f, before, marks, "softmax"), ==,
                    WEFT_MARK_MATCHED | WEFT_MARK_REMOVED);
  g_assert_cmpuint (marks_at (&f, before, marks, "log"), ==, WEFT_MARK_MATCHED | WEFT_MARK_REMOVED);
  g_assert_cmpuint (marks_at (&f, before, marks, "add"), ==, 0);
  g_assert_cmpuint (marks_at (&f, after, marks, "log_softmax"), ==, WEFT_MARK_ADDED);
  memset (marks, 0, weft_history_n_applies (f.history));
  weft_graph_scene_mark (before, step, WEFT_MARK_MATCHED, marks);
  g_assert_cmpuint (marks_at (&f, before, marks, "log"), ==, WEFT_MARK_MATCHED);
  tags = weft_graph_scene_tags (before, step);
  g_assert_cmpuint (tags->len, ==, 1);
  g_assert_cmpstr (g_array_index (tags, WeftGraphTag, 0).name, ==, "x");
  g_assert_cmpuint (g_array_index (tags, WeftGraphTag, 0).colour, ==,
                    weft_rule_colour (weft_rule_find ("log-softmax"), "x"));
  g_assert_cmpuint (
    weft_history_value_apply (f.history, g_array_index (tags, WeftGraphTag, 0).value), ==,
    weft_graph_art_get_box (f.art, box_titled (before, &f, "add"))->apply);
}

/* Where nothing is new, what takes the place of what went is marked. */
static void
test_marks_without_new (void)
{
  g_auto (Fixture) f = { 0 };
  g_autoptr (WeftGraphScene) after = NULL;
  g_autofree guint8 *marks = NULL;
  guint              step;

  fixture_init (&f, "tanh(s) * 1");
  marks = g_new0 (guint8, weft_history_n_applies (f.history));
  step = step_of (&f, "mul-one");
  g_assert_cmpuint (step, >, 0);
  after = scene_at (&f, step);
  weft_graph_scene_mark (after, step, WEFT_MARK_MATCHED | WEFT_MARK_ADDED, marks);
  g_assert_cmpuint (marks_at (&f, after, marks, "tanh"), ==, WEFT_MARK_MATCHED);
}

/* ---- Asking ---- */

static void
test_hit (void)
{
  g_auto (Fixture) f = { 0 };
  g_autoptr (WeftGraphScene) scene = NULL;
  guint        n, wire;
  const guint *boxes;
  WeftRect     bounds, add, softmax;

  fixture_init (&f, LOSS);
  scene = scene_at (&f, 0);
  boxes = weft_graph_scene_boxes (scene, &n);
  bounds = weft_graph_scene_bounds (scene);
  for (guint i = 0; i < n; i++)
    {
      WeftRect rect = weft_graph_scene_rect (scene, boxes[i]);

      g_assert_cmpuint (weft_graph_scene_box_at (scene, rect.x + 2, rect.y + rect.height - 2), ==,
                        boxes[i]);
      g_assert_cmpuint (weft_graph_scene_box_at (scene, rect.x - 2, rect.y + 2), ==, WEFT_NO_BOX);
      g_assert_true (weft_rect_contains (&bounds, rect.x, rect.y));
    }
  add = weft_graph_scene_rect (scene, box_titled (scene, &f, "add"));
  softmax = weft_graph_scene_rect (scene, box_titled (scene, &f, "softmax"));
  wire = weft_graph_scene_wire_at (scene, add.x + add.width / 2, add.y + add.height + 1, 7);
  g_assert_cmpuint (wire, !=, WEFT_NO_BOX);
  g_assert_cmpuint (weft_graph_art_get_wire (f.art, wire)->to, ==,
                    box_titled (scene, &f, "softmax"));
  g_assert_cmpuint (
    weft_graph_scene_wire_at (scene, softmax.x + softmax.width / 2, softmax.y - 1, 7), ==, wire);
  g_assert_cmpuint (weft_graph_scene_wire_at (scene, bounds.x, bounds.y, 7), ==, WEFT_NO_BOX);
}

static void
test_words (void)
{
  static const struct
  {
    const char *title, *words;
  } expected[] = {
    { "softmax", "softmax, f32 (64, 10), reads add, read by log" },
    { "W", "W, parameter, f32 (784, 10), read by matmul" },
    { "y", "y, labels, i64 (64,), read by expand_dims" },
    { "matmul", "matmul, f32 (64, 10), reads x, W, read by add" },
    { "neg", "neg, f32 (), reads mean, gives cost" },
  };
  g_auto (Fixture) f = { 0 };
  g_autoptr (WeftGraphScene) scene = NULL;
  g_autofree char *matched = NULL;
  g_autofree char *plain = NULL;
  guint            step;

  fixture_init (&f, LOSS);
  scene = scene_at (&f, 0);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *words =
        weft_graph_scene_describe (scene, box_titled (scene, &f, expected[i].title));

      g_assert_cmpstr (words, ==, expected[i].words);
    }
  step = step_of (&f, "log-softmax");
  matched =
    weft_graph_scene_describe_marks (scene, 0, step, WEFT_MARK_MATCHED | WEFT_MARK_SELECTED);
  g_assert_cmpstr (matched, ==, "matched by log-softmax, selected");
  plain = weft_graph_scene_describe_marks (scene, 0, step, WEFT_MARK_DIMMED);
  g_assert_null (plain);
}

static void
test_numbers_at_ports (void)
{
  g_auto (Fixture) f = { 0 };
  g_autoptr (WeftGraphScene) scene = NULL;
  g_autofree char *words = NULL;
  guint            box;

  fixture_init (&f, "s ** 2.5");
  scene = scene_at (&f, 0);
  box = box_titled (scene, &f, "pow");
  words = weft_graph_scene_describe (scene, box);
  g_assert_cmpstr (words, ==, "pow, f32 (), reads s, 2.5, gives cost");
  g_assert_cmpuint (box_titled (scene, &f, "2.5"), ==, WEFT_NO_BOX);
}

static void
test_walk (void)
{
  g_auto (Fixture) f = { 0 };
  g_autoptr (WeftGraphScene) scene = NULL;
  guint softmax, log, matmul, x;

  fixture_init (&f, LOSS);
  scene = scene_at (&f, 0);
  softmax = box_titled (scene, &f, "softmax");
  log = box_titled (scene, &f, "log");
  matmul = box_titled (scene, &f, "matmul");
  x = box_titled (scene, &f, "x");
  g_assert_cmpuint (weft_graph_scene_walk (scene, softmax, WEFT_WALK_DOWN), ==, log);
  g_assert_cmpuint (weft_graph_scene_walk (scene, log, WEFT_WALK_UP), ==, softmax);
  g_assert_cmpuint (weft_graph_scene_walk (scene, x, WEFT_WALK_DOWN), ==, matmul);
  g_assert_cmpuint (weft_graph_scene_walk (scene, x, WEFT_WALK_UP), ==, WEFT_NO_BOX);
  g_assert_cmpuint (weft_graph_scene_walk (scene, weft_graph_scene_walk (scene, x, WEFT_WALK_RIGHT),
                                           WEFT_WALK_LEFT),
                    ==, x);
}

/* ---- Drawing ---- */

static GBytes *
paint (WeftGraphScene *scene, WeftThemeKind theme, const WeftGraphLook *look, const WeftRect *frame)
{
  g_autoptr (WeftStyle) style = weft_style_new (NULL, theme);
  WeftRect         bounds = frame ? *frame : weft_graph_scene_bounds (scene);
  int              width = (int) bounds.width + 80, height = (int) bounds.height + 80;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t         *cr = cairo_create (surface);
  WeftPen          pen = weft_pen_for_cairo (cr);
  GBytes          *bytes;

  weft_pen_fill (&pen, (WeftRect){ 0, 0, width, height }, 0,
                 weft_theme_colour (theme, WEFT_ROLE_CANVAS));
  cairo_translate (cr, 40 - bounds.x, 40 - bounds.y);
  weft_graph_scene_draw (scene, &pen, style, look);
  g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  bytes = g_bytes_new (cairo_image_surface_get_data (surface),
                       (gsize) cairo_image_surface_get_stride (surface) * (gsize) height);
  cairo_surface_destroy (surface);
  return bytes;
}

/* Without its colours: the green channel alone, and that in 8 steps. */
static GBytes *
without_colour (GBytes *picture)
{
  gsize         size;
  const guint8 *pixels = g_bytes_get_data (picture, &size);
  guint8       *grey = g_malloc (size / 4);

  for (gsize i = 0; i < size / 4; i++)
    grey[i] = (guint8) ((pixels[4 * i] + 2 * pixels[4 * i + 1] + pixels[4 * i + 2]) / 4);
  return g_bytes_new_take (grey, size / 4);
}

/* Each mark changes the picture, in every theme and at every distance, and each in its own way,
 * without colours too. */
static void
test_states (void)
{
  static const guint8 marks[] = { 0,
                                  WEFT_MARK_MATCHED,
                                  WEFT_MARK_REMOVED,
                                  WEFT_MARK_ADDED,
                                  WEFT_MARK_SELECTED,
                                  WEFT_MARK_LINKED,
                                  WEFT_MARK_FOCUSED,
                                  WEFT_MARK_DIMMED };
  g_auto (Fixture) f = { 0 };
  g_autoptr (WeftGraphScene) scene = NULL;
  g_autofree guint8 *all = NULL;
  guint              softmax;

  fixture_init (&f, LOSS);
  scene = scene_at (&f, 0);
  all = g_new0 (guint8, weft_history_n_applies (f.history));
  softmax = weft_graph_art_get_box (f.art, box_titled (scene, &f, "softmax"))->apply;
  for (WeftThemeKind theme = 0; theme < WEFT_N_THEMES; theme++)
    for (WeftDetail detail = WEFT_DETAIL_FULL; detail <= WEFT_DETAIL_BLOCK; detail++)
      {
        g_autoptr (GPtrArray) seen =
          g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

        for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
          {
            WeftGraphLook look = WEFT_GRAPH_LOOK_PLAIN;
            g_autoptr (GBytes) picture = NULL;
            GBytes *grey;

            /* From far away a focus and a link look alike. */
            if (detail == WEFT_DETAIL_BLOCK && marks[i] == WEFT_MARK_FOCUSED)
              continue;
            all[softmax] = marks[i];
            look.marks = all;
            look.detail = detail;
            picture = paint (scene, theme, &look, NULL);
            grey = without_colour (picture);
            for (guint k = 0; k < seen->len; k++)
              g_assert_false (g_bytes_equal (grey, seen->pdata[k]));
            g_ptr_array_add (seen, grey);
          }
      }
}

/* Where lines cross, which one is drawn first may differ: so many pixels may. */
#define MAX_OTHER 60

static gboolean
looks_like (GBytes *a, GBytes *b)
{
  gsize         size, other = 0;
  const guint8 *one = g_bytes_get_data (a, &size);
  const guint8 *two = g_bytes_get_data (b, NULL);

  g_assert_cmpuint (size, ==, g_bytes_get_size (b));
  for (gsize i = 0; i < size; i += 4)
    other += memcmp (one + i, two + i, 3) != 0;
  return other <= MAX_OTHER;
}

/* A fade begins as the one picture and ends as the other. */
static void
test_fade (void)
{
  g_auto (Fixture) f = { 0 };
  g_autoptr (WeftGraphScene) before = NULL;
  g_autoptr (WeftGraphScene) after = NULL;
  WeftGraphLook look = WEFT_GRAPH_LOOK_PLAIN;
  GBytes       *frames[5];
  WeftRect      frame;
  guint         step;

  fixture_init (&f, LOSS);
  step = step_of (&f, "log-softmax");
  before = scene_at (&f, step - 1);
  after = scene_at (&f, step);
  frame = weft_graph_scene_bounds (before);
  frames[0] = paint (before, WEFT_THEME_LIGHT, &look, &frame);
  frames[1] = paint (after, WEFT_THEME_LIGHT, &look, &frame);
  look.before = before;
  for (guint i = 0; i < 3; i++)
    {
      look.fade = i / 2.0;
      frames[2 + i] = paint (after, WEFT_THEME_LIGHT, &look, &frame);
    }
  g_assert_true (looks_like (frames[2], frames[0]));
  g_assert_true (looks_like (frames[4], frames[1]));
  g_assert_false (looks_like (frames[3], frames[0]) || looks_like (frames[3], frames[1]));
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    g_bytes_unref (frames[i]);
}

/* Nothing outside the area is drawn, everything in it is. */
static void
test_area (void)
{
  g_auto (Fixture) f = { 0 };
  g_autoptr (WeftGraphScene) scene = NULL;
  g_autoptr (GBytes) whole = NULL;
  g_autoptr (GBytes) all = NULL;
  g_autoptr (GBytes) none = NULL;
  WeftGraphLook look = WEFT_GRAPH_LOOK_PLAIN;
  WeftRect      bounds, nowhere = { -5000, -5000, 10, 10 };
  const guint8 *pixels;
  gsize         size;

  fixture_init (&f, LOSS);
  scene = scene_at (&f, 0);
  bounds = weft_graph_scene_bounds (scene);
  whole = paint (scene, WEFT_THEME_LIGHT, &look, NULL);
  look.area = &bounds;
  all = paint (scene, WEFT_THEME_LIGHT, &look, NULL);
  look.area = &nowhere;
  none = paint (scene, WEFT_THEME_LIGHT, &look, NULL);
  g_assert_true (g_bytes_equal (whole, all));
  pixels = g_bytes_get_data (none, &size);
  for (gsize i = 4; i < size; i += 4)
    g_assert_cmpuint (pixels[i + 1], ==, pixels[1]);
}

/* ---- A pen that writes down what it is told ---- */

static void
note_colour (GString *out, const char *what, WeftColour c)
{
  g_string_append_printf (out, "%s #%02x%02x%02x", what, (guint) lroundf (c.red * 255),
                          (guint) lroundf (c.green * 255), (guint) lroundf (c.blue * 255));
}

static void
note_fill (WeftPen *pen, const WeftRect *rect, const WeftCorners *corners, WeftColour colour)
{
  note_colour (pen->target, "fill", colour);
  g_string_append_c (pen->target, '\n');
}

static void
note_stroke (GString *out, const char *what, const WeftStroke *stroke)
{
  static const char *const dashes[] = { "", " dashed", " dotted" };

  note_colour (out, what, stroke->colour);
  g_string_append_printf (out, " %.1f%s\n", stroke->width, dashes[stroke->dash]);
}

static void
note_border (WeftPen           *pen,
             const WeftRect    *rect,
             const WeftCorners *corners,
             const WeftStroke  *stroke)
{
  note_stroke (pen->target, "border", stroke);
}

static void
note_curves (WeftPen *pen, guint n, const WeftCurve *curves, const WeftStroke *stroke)
{
  note_stroke (pen->target, "wire", stroke);
}

static void
note_layout (WeftPen *pen, PangoLayout *layout, double x, double y, WeftColour colour)
{
  note_colour (pen->target, "text", colour);
  g_string_append_printf (pen->target, " %s\n", pango_layout_get_text (layout));
}

static const WeftPenBack note_back = {
  .fill_rect = note_fill,
  .stroke_rect = note_border,
  .stroke_curves = note_curves,
  .layout = note_layout,
};

/* What is drawn, stroke by stroke, without places, which depend on the fonts of the machine. */
static void
test_golden (void)
{
  g_auto (Fixture) f = { 0 };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (WeftStyle) style = weft_style_new (NULL, WEFT_THEME_LIGHT);
  g_autofree guint8 *marks = NULL;
  g_autofree char   *path = g_test_build_filename (G_TEST_DIST, "golden", "graph-art.txt", NULL);
  g_autofree char   *expected = NULL;
  WeftPen            pen = { &note_back, out };
  guint              step;

  fixture_init (&f, "log(softmax(x @ W + 2.5))");
  step = step_of (&f, "log-softmax");
  marks = g_new0 (guint8, weft_history_n_applies (f.history));
  for (guint half = 0; half < 2; half++)
    {
      g_autoptr (WeftGraphScene) scene = scene_at (&f, step - 1 + half);
      g_autoptr (GArray) tags = weft_graph_scene_tags (scene, step);
      WeftGraphLook look = WEFT_GRAPH_LOOK_PLAIN;

      weft_graph_scene_mark (scene, step, half == 0 ? WEFT_MARK_REMOVED : WEFT_MARK_ADDED, marks);
      look.marks = marks;
      look.tags = (const WeftGraphTag *) (gpointer) tags->data;
      look.n_tags = tags->len;
      g_string_append (out, half == 0 ? "== before\n" : "== after\n");
      weft_graph_scene_draw (scene, &pen, style, &look);
    }
  if (g_getenv ("WEFT_WRITE_GOLDEN"))
    g_assert_true (g_file_set_contents (path, out->str, -1, NULL));
  g_assert_true (g_file_get_contents (path, &expected, NULL, NULL));
  g_assert_cmpstr (out->str, ==, expected);
}

/* ---- Rules ---- */

static void
test_rule_names (void)
{
  const WeftRuleInfo *rule = weft_rule_find ("log-softmax");
  g_autoptr (GArray) runs = weft_rule_runs (rule, rule->pattern);
  const WeftRuleRun *run;

  g_assert_cmpuint (runs->len, ==, 2);
  run = &g_array_index (runs, WeftRuleRun, 0);
  g_assert_true (strncmp (rule->pattern + run->start, "x", run->length) == 0);
  g_assert_cmpuint (run->colour, ==, 0);
  run = &g_array_index (runs, WeftRuleRun, 1);
  g_assert_true (strncmp (rule->pattern + run->start, "axis", run->length) == 0);
  g_assert_cmpuint (run->colour, ==, WEFT_RULE_ATTRIBUTE);
  rule = weft_rule_find ("logaddexp");
  g_assert_cmpuint (weft_rule_colour (rule, "a"), ==, 0);
  g_assert_cmpuint (weft_rule_colour (rule, "b"), ==, 1);
  g_assert_null (weft_rule_find ("no such rule"));
}

/* Every row that has a pattern has a picture, and names keep their colour on both sides. */
static void
test_rule_pictures (void)
{
  g_autoptr (WeftStyle) style = weft_style_new (NULL, WEFT_THEME_LIGHT);

  for (guint i = 0; i < weft_rule_count (); i++)
    {
      const WeftRuleInfo *rule = weft_rule_get (i);
      g_autoptr (WeftRuleArt) art = weft_rule_art_new (rule, style);
      g_autoptr (WeftRuleTree) tree = rule->pattern ? weft_rule_tree_new (rule->pattern) : NULL;
      g_autoptr (GString) out = g_string_new (NULL);
      WeftPen pen = { &note_back, out };
      double  width, height;

      g_test_message ("%s: %s", rule->name, rule->pattern);
      g_assert_true ((art != NULL) == (rule->pattern && *rule->pattern));
      if (!art)
        continue;
      g_assert_nonnull (tree);
      weft_rule_art_get_size (art, &width, &height);
      g_assert_cmpfloat (width, >, 40);
      g_assert_cmpfloat (height, >, 10);
      weft_rule_art_draw (art, &pen, style);
      for (guint k = 0; k < tree->order->len; k++)
        {
          const WeftRuleNode *node =
            tree->nodes->pdata[g_array_index (tree->order, guint, k)];
          g_autofree char *line = g_strdup_printf (" %s\n", node->title);

          g_assert_nonnull (strstr (out->str, line));
          if (node->kind == WEFT_RULE_VALUE)
            g_assert_cmpuint (weft_rule_colour (rule, node->title), !=, WEFT_RULE_ATTRIBUTE);
        }
    }
}

/* Equal parts of a pattern are one node; attributes are none. */
static void
test_rule_tree (void)
{
  g_autoptr (WeftRuleTree) tree = weft_rule_tree_new ("exp(x) / sum(exp(x), axis, True)");
  const WeftRuleNode *root;

  g_assert_nonnull (tree);
  g_assert_cmpuint (tree->order->len, ==, 4); /* x, exp, sum, div */
  root = tree->nodes->pdata[g_array_index (tree->order, guint, 3)];
  g_assert_cmpstr (root->title, ==, "div");
  g_assert_cmpuint (root->operands->len, ==, 2);
  root = tree->nodes->pdata[g_array_index (tree->order, guint, 2)];
  g_assert_cmpstr (root->title, ==, "sum");
  g_assert_cmpstr (root->detail, ==, "axis, keepdims=True");
  g_assert_null (weft_rule_tree_new ("@compose-sums"));
  g_assert_null (weft_rule_tree_new ("a = b"));
  g_assert_null (weft_rule_tree_new ("("));
}

/* ---- Files ---- */

static char *
temporary (const char *name)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-graph-XXXXXX", NULL);

  g_assert_nonnull (folder);
  return g_build_filename (folder, name, NULL);
}

static gsize
pdf_length (WeftGraphArt *art, guint first, guint last)
{
  WeftGraphExport  options = { .first = first, .last = last };
  g_autofree char *path = temporary ("steps.pdf");
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *bytes = NULL;
  gsize            length;

  g_assert_true (weft_graph_export (art, path, &options, NULL, NULL));
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  return length;
}

static void
test_export (void)
{
  static const struct
  {
    const char *name, *begins;
    guint       files;
  } formats[] = { { "steps.svg", "<?xml", 2 },
                  { "steps.pdf", "%PDF", 1 },
                  { "steps.png", "\x89PNG", 2 } };
  g_auto (Fixture) f = { 0 };
  WeftGraphExport options = { .title = "Test", .first = 0, .last = 1, .scale = 1 };

  fixture_init (&f, LOSS);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autofree char *path = temporary (formats[i].name);
      g_autofree char *folder = g_path_get_dirname (path);
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) written = NULL;

      g_assert_true (weft_graph_export (f.art, path, &options, &written, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (g_strv_length (written), ==, formats[i].files);
      for (guint k = 0; written[k]; k++)
        {
          g_autofree char *bytes = NULL;
          gsize            length;

          g_assert_true (g_file_get_contents (written[k], &bytes, &length, NULL));
          g_assert_true (g_str_has_prefix (bytes, formats[i].begins));
          g_unlink (written[k]);
        }
      g_assert_cmpint (g_rmdir (folder), ==, 0);
    }
  /* A page a step: fonts are shared, what is drawn is not. */
  g_assert_cmpuint (pdf_length (f.art, 0, 1), >, pdf_length (f.art, 0, 0) + 1000);
}

static void
test_export_errors (void)
{
  g_auto (Fixture) f = { 0 };
  WeftGraphExport options = { .first = 0, .last = 0, .scale = 90 };
  g_autoptr (GError) format = NULL;
  g_autoptr (GError) size = NULL;
  g_autoptr (GError) place = NULL;

  fixture_init (&f, LOSS);
  g_assert_false (weft_graph_export (f.art, "picture.gif", &options, NULL, &format));
  g_assert_error (format, WEFT_RENDER_ERROR, WEFT_RENDER_ERROR_FORMAT);
  g_assert_false (weft_graph_export (f.art, "picture.png", &options, NULL, &size));
  g_assert_error (size, WEFT_RENDER_ERROR, WEFT_RENDER_ERROR_SIZE);
  g_assert_false (weft_graph_export (f.art, "/nonexistent/picture.svg", &options, NULL, &place));
  g_assert_nonnull (place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/draw/graph/boxes", test_boxes);
  g_test_add_func ("/draw/graph/complete", test_complete);
  g_test_add_func ("/draw/graph/number", test_number);
  g_test_add_func ("/draw/graph/still", test_still);
  g_test_add_func ("/draw/graph/compact", test_compact);
  g_test_add_func ("/draw/graph/cancelled", test_cancelled);
  g_test_add_func ("/draw/graph/marks", test_marks);
  g_test_add_func ("/draw/graph/marks-without-new", test_marks_without_new);
  g_test_add_func ("/draw/graph/hit", test_hit);
  g_test_add_func ("/draw/graph/words", test_words);
  g_test_add_func ("/draw/graph/numbers-at-ports", test_numbers_at_ports);
  g_test_add_func ("/draw/graph/walk", test_walk);
  g_test_add_func ("/draw/graph/states", test_states);
  g_test_add_func ("/draw/graph/fade", test_fade);
  g_test_add_func ("/draw/graph/area", test_area);
  g_test_add_func ("/draw/graph/golden", test_golden);
  g_test_add_func ("/draw/rule/names", test_rule_names);
  g_test_add_func ("/draw/rule/pictures", test_rule_pictures);
  g_test_add_func ("/draw/rule/tree", test_rule_tree);
  g_test_add_func ("/draw/export/files", test_export);
  g_test_add_func ("/draw/export/errors", test_export_errors);
  return g_test_run ();
}
