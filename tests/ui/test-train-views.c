/* Views of a model: what they count and compute, against the same done another way; the board
 * opens, keeps and closes them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "window-tools.h"

#include "engine/train/sample.h"
#include "ui/train/measures.h"
#include "ui/train/observer.h"

#include <glib/gstdio.h>
#include <math.h>

/* ---- Counting ---- */

static void
fill_guesses (WeftGuesses *guesses, guint n_classes)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  for (gsize i = 0; i < guesses->n; i++)
    {
      guesses->truth[i] = (guint32) g_rand_int_range (random, 0, (gint32) n_classes);
      guesses->guess[i] = (guint32) g_rand_int_range (random, 0, (gint32) n_classes);
      guesses->sure[i] = g_rand_int_range (random, 0, 50) / 50.0; /* some are equal */
    }
}

static WeftGuesses *
random_guesses (gsize n, guint n_classes)
{
  WeftGuesses *guesses = g_new0 (WeftGuesses, 1);
  guesses->n = n;
  guesses->truth = g_new0 (guint32, n);
  guesses->guess = g_new0 (guint32, n);
  guesses->sure = g_new0 (double, n);
  fill_guesses (guesses, n_classes);
  return guesses;
}

static void
test_confusion (void)
{
  g_autoptr (WeftGuesses) guesses = random_guesses (500, 4);
  guint32 counts[16];
  weft_guesses_count (guesses, 4, counts);
  for (guint t = 0; t < 4; t++)
    for (guint g = 0; g < 4; g++)
      {
        guint n = 0;
        for (gsize i = 0; i < guesses->n; i++)
          n += guesses->truth[i] == t && guesses->guess[i] == g;
        g_assert_cmpuint (counts[4 * t + g], ==, n);
      }
}

static void
test_scores (void)
{
  /* Worked out by hand: 8 of class 0, of which 6 are found; 5 of class 1, of which 4 are; nothing
   * of class 2. */
  const guint32  counts[9] = { 6, 2, 0, 1, 4, 0, 0, 0, 0 };
  WeftClassScore scores[3];
  weft_class_scores (counts, 3, scores);
  g_assert_cmpfloat_with_epsilon (scores[0].precision, 6.0 / 7, 1e-12);
  g_assert_cmpfloat_with_epsilon (scores[0].recall, 6.0 / 8, 1e-12);
  g_assert_cmpfloat_with_epsilon (scores[0].f1, 2 * (6.0 / 7) * (6.0 / 8) / (6.0 / 7 + 6.0 / 8),
                                  1e-12);
  g_assert_cmpfloat_with_epsilon (scores[1].precision, 4.0 / 6, 1e-12);
  g_assert_cmpuint (scores[1].support, ==, 5);
  g_assert_true (isnan (scores[2].precision) && isnan (scores[2].recall) && isnan (scores[2].f1));
}

static void
test_least_sure (void)
{
  g_autoptr (WeftGuesses) guesses = random_guesses (300, 3);
  gsize               n;
  g_autofree guint32 *rows = weft_guesses_least_sure (guesses, 1, 2, &n);
  gsize               expected = 0;
  for (gsize i = 0; i < guesses->n; i++)
    expected += guesses->truth[i] == 1 && guesses->guess[i] == 2;
  g_assert_cmpuint (n, ==, expected);
  for (gsize i = 0; i < n; i++)
    {
      g_assert_cmpuint (guesses->truth[rows[i]], ==, 1);
      g_assert_cmpuint (guesses->guess[rows[i]], ==, 2);
      if (i > 0)
        g_assert_true (
          guesses->sure[rows[i - 1]] < guesses->sure[rows[i]] ||
          (guesses->sure[rows[i - 1]] == guesses->sure[rows[i]] && rows[i - 1] < rows[i]));
    }
  g_autofree guint32 *all = weft_guesses_least_sure (guesses, -1, -1, &n);
  g_assert_cmpuint (n, ==, guesses->n);
}

/* ---- Principal components ---- */

/* The length of the projection on the direction that power iteration finds, with what @first (or
 * NULL) holds taken out. */
static void
power (const double *rows, gsize n, gsize m, const double *first, double *direction)
{
  g_autofree double *next = g_new (double, m);
  for (gsize k = 0; k < m; k++)
    direction[k] = 1 + 0.1 * (double) k;
  for (guint round = 0; round < 3000; round++)
    {
      double size = 0, along = 0;
      memset (next, 0, m * sizeof *next);
      for (gsize i = 0; i < n; i++)
        {
          double dot = 0;
          for (gsize k = 0; k < m; k++)
            dot += rows[i * m + k] * direction[k];
          for (gsize k = 0; k < m; k++)
            next[k] += dot * rows[i * m + k];
        }
      for (gsize k = 0; first != NULL && k < m; k++)
        along += next[k] * first[k];
      for (gsize k = 0; k < m; k++)
        {
          next[k] -= first != NULL ? along * first[k] : 0;
          size += next[k] * next[k];
        }
      for (gsize k = 0; k < m; k++)
        direction[k] = next[k] / sqrt (size);
    }
}

static void
check_plane (gsize n, gsize m)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (11);
  g_autofree double *rows = g_new (double, n *m), *xy = g_new (double, 2 * n);
  g_autofree double *a = g_new (double, m), *b = g_new (double, m);
  double             shares[2], total = 0, lengths[2] = { 0 };
  for (gsize i = 0; i < n * m; i++)
    rows[i] = g_rand_double_range (random, -1, 1) * (1 + 4.0 * (i % m == 1) + 2.0 * (i % m == 0));
  g_assert_true (weft_principal_plane (rows, n, m, xy, shares));
  for (gsize k = 0; k < m; k++)
    {
      double mean = 0;
      for (gsize i = 0; i < n; i++)
        mean += rows[i * m + k] / (double) n;
      for (gsize i = 0; i < n; i++)
        rows[i * m + k] -= mean;
    }
  power (rows, n, m, NULL, a);
  power (rows, n, m, a, b);
  for (gsize i = 0; i < n; i++)
    {
      double x = 0, y = 0;
      for (gsize k = 0; k < m; k++)
        {
          x += rows[i * m + k] * a[k];
          y += rows[i * m + k] * b[k];
          total += rows[i * m + k] * rows[i * m + k];
        }
      g_assert_cmpfloat_with_epsilon (fabs (x), fabs (xy[2 * i]), 1e-6);
      g_assert_cmpfloat_with_epsilon (fabs (y), fabs (xy[2 * i + 1]), 1e-6);
      lengths[0] += x * x;
      lengths[1] += y * y;
    }
  g_assert_cmpfloat_with_epsilon (shares[0], lengths[0] / total, 1e-8);
  g_assert_cmpfloat_with_epsilon (shares[1], lengths[1] / total, 1e-8);
}

static void
test_plane (void)
{
  double xy[4], shares[2];
  check_plane (60, 5);
  check_plane (12, 30); /* wider than high: another way to the same */
  g_assert_false (weft_principal_plane ((const double[]){ 1, 2 }, 1, 2, xy, shares));
}

static void
test_histogram (void)
{
  g_autoptr (WeftArray) array = weft_array_new (WEFT_F32, 1, (gint64[]){ 6 });
  const float numbers[6] = { 0, 0.24f, 0.26f, 1, NAN, 2 };
  guint32     bins[4];
  memcpy (array->data, numbers, sizeof numbers);
  weft_histogram (array, 0, 1, 4, bins);
  g_assert_cmpuint (bins[0], ==, 2);
  g_assert_cmpuint (bins[1], ==, 1);
  g_assert_cmpuint (bins[2], ==, 0);
  g_assert_cmpuint (bins[3], ==, 1);
}

/* ---- Facts and predictions ---- */

static WeftDocument *
load (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = example_path (name);
  WeftDocument    *document = weft_document_load (path, &error);
  g_assert_no_error (error);
  return document;
}

static void
test_facts (void)
{
  static const struct
  {
    const char *example;
    WeftTask    task;
    guint       n_classes, width;
    gboolean    single, is_probability;
    gint64      n_features;
  } cases[] = {
    { "iris", WEFT_TASK_CLASSES, 3, 0, FALSE, TRUE, 4 },
    { "digits-mlp", WEFT_TASK_CLASSES, 10, 8, FALSE, TRUE, 64 },
    { "two-moons", WEFT_TASK_CLASSES, 2, 0, TRUE, TRUE, 2 },
    { "auto-mpg", WEFT_TASK_NUMBERS, 0, 0, FALSE, FALSE, 7 },
    { "char-lstm", WEFT_TASK_TEXT, 65, 0, FALSE, FALSE, 64 },
    { "mnist-lenet", WEFT_TASK_CLASSES, 10, 28, FALSE, TRUE, 784 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WeftDocument) document = load (cases[i].example);
      g_autoptr (WeftFacts) facts = weft_facts_new (document);
      g_test_message ("%s", cases[i].example);
      g_assert_cmpint (facts->task, ==, cases[i].task);
      g_assert_cmpuint (facts->n_classes, ==, cases[i].n_classes);
      g_assert_cmpuint (facts->width, ==, cases[i].width);
      g_assert_cmpint (facts->single, ==, cases[i].single);
      g_assert_cmpint (facts->is_probability, ==, cases[i].is_probability);
      if (cases[i].example[0] != 'a')
        g_assert_cmpint (facts->n_features, ==, cases[i].n_features);
    }
}

/* Rows by number give what the whole batch gives, and the same numbers come in as an array. */
static void
test_predict (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = load ("two-moons");
  g_autoptr (WeftFacts) facts = weft_facts_new (document);
  const char *port = facts->output;
  g_autoptr (WeftPredictor) predictor = weft_predictor_new (document, 1, &port, TRUE, &error);
  g_assert_no_error (error);
  g_autoptr (WeftDataset) dataset = weft_sample_dataset (document, facts->dataset, NULL, &error);
  g_assert_no_error (error);
  guint                  n = weft_predictor_n_outputs (predictor);
  guint32                rows[3] = { 7, 2, 5 };
  g_autofree WeftArray **all = g_new0 (WeftArray *, n), **some = g_new0 (WeftArray *, n),
                       **given = g_new0 (WeftArray *, n);
  g_assert_cmpuint (n, ==, 7); /* p.y, and W and b of three layers */
  g_assert_true (
    weft_predictor_rows (predictor, dataset, WEFT_SPLIT_VALIDATION, NULL, 10, all, NULL, &error));
  g_assert_true (
    weft_predictor_rows (predictor, dataset, WEFT_SPLIT_VALIDATION, rows, 3, some, NULL, &error));
  g_autoptr (WeftArray) input =
    weft_dataset_gather (dataset, WEFT_SPLIT_VALIDATION, (guint) facts->input, rows, 3, NULL);
  g_assert_true (
    weft_predictor_array (predictor, (guint) facts->input, input, given, NULL, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpfloat_with_epsilon (weft_array_get (some[0], i), weft_array_get (all[0], rows[i]),
                                      1e-6);
      g_assert_cmpfloat_with_epsilon (weft_array_get (given[0], i), weft_array_get (some[0], i),
                                      1e-6);
    }
  /* Other values, other results; those that do not fit are passed over. */
  g_autoptr (GHashTable) values =
    g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) weft_array_unref);
  WeftArray *zero = weft_array_new (WEFT_F32, 2, (gint64[]){ 16, 1 });
  g_hash_table_insert (values, (gpointer) "logit.W", zero);
  g_hash_table_insert (values, (gpointer) "first.W", weft_array_new (WEFT_F32, 1, (gint64[]){ 3 }));
  weft_predictor_set_values (predictor, values);
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&some[i], weft_array_unref);
  g_assert_true (
    weft_predictor_rows (predictor, dataset, WEFT_SPLIT_VALIDATION, rows, 3, some, NULL, &error));
  g_assert_cmpfloat_with_epsilon (weft_array_get (some[0], 0), 0.5, 1e-7);
  for (guint i = 0; i < n; i++)
    {
      weft_array_unref (all[i]);
      weft_array_unref (some[i]);
      weft_array_unref (given[i]);
    }
}

static void
test_probabilities (void)
{
  g_autoptr (WeftArray) output = weft_array_new (WEFT_F32, 2, (gint64[]){ 2, 3 });
  WeftFacts facts = { .n_classes = 3 };
  double    p[3];
  for (gint64 i = 0; i < 3; i++)
    weft_array_set (output, 3 + i, (double) i);
  weft_facts_probabilities (&facts, output, 3, p);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpfloat_with_epsilon (p[i], exp (i) / (1 + exp (1) + exp (2)), 1e-9);
  facts.single = TRUE;
  weft_facts_probabilities (&facts, output, 4, p);
  g_assert_cmpfloat_with_epsilon (p[1], 1 / (1 + exp (-1)), 1e-9);
  g_assert_cmpfloat_with_epsilon (p[0] + p[1], 1, 1e-12);
}

/* ---- The board ---- */

static gboolean
has_run (gpointer data)
{
  return weft_run_model_get_state (data) == WEFT_RUN_FINISHED;
}

typedef struct
{
  WeftWindow *window;
  const char *kind;
} Wanted;

static gboolean
is_view (GtkWidget *widget, gconstpointer kind)
{
  return WEFT_IS_VIEW (widget) && g_str_equal (weft_view_get_kind (WEFT_VIEW (widget))->name, kind);
}

static gboolean
has_result (gpointer data)
{
  const Wanted *wanted = data;
  GtkWidget    *view = find (GTK_WIDGET (wanted->window), is_view, wanted->kind);
  return view != NULL && weft_view_get_result (WEFT_VIEW (view)) != NULL;
}

static void
open_view (WeftWindow *window, const char *kind)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), "show-view",
                                  g_variant_new_string (kind));
}

/* Every view that fits an example has something to show and to say of it once the model was
 * trained; and a picture. */
static void
test_example (gconstpointer data)
{
  WeftWindow         *window = open_example (data);
  g_autofree char    *folder = g_dir_make_tmp ("weft-views-XXXXXX", NULL);
  g_autofree char    *path = g_build_filename (folder, "view.svg", NULL);
  WeftRunModel       *run = weft_window_get_run (window);
  const WeftViewKind *kind;
  weft_document_set_training (weft_window_get_document (window), "epochs", NULL);
  weft_document_set_training (weft_window_get_document (window), "steps", weft_json_new_int (60));
  act (window, "train");
  wait_for (has_run, run);
  for (guint i = 0; (kind = weft_view_kinds (i)) != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      Wanted wanted = { window, kind->name };
      /* It is of several runs: see journey-sweep.py. */
      if (g_str_equal (kind->name, "sweep"))
        continue;
      open_view (window, kind->name);
      if (find (GTK_WIDGET (window), is_view, kind->name) == NULL)
        continue;
      g_test_message ("%s", kind->name);
      wait_for (has_result, &wanted);
      WeftView        *view = WEFT_VIEW (find (GTK_WIDGET (window), is_view, kind->name));
      g_autofree char *text = kind->describe (weft_view_get_result (view));
      g_assert_cmpuint (strlen (text), >, 8);
      g_assert_true (weft_view_export (view, path, &error));
      g_assert_no_error (error);
      gtk_widget_activate_action (GTK_WIDGET (view), "panel.close", NULL);
      g_assert_null (find (GTK_WIDGET (window), is_view, kind->name));
    }
  g_remove (path);
  g_rmdir (folder);
  close_window (window);
}

/* A click on what a node takes of the memory goes to the node on the canvas; the plan is there
 * before anything is trained. */
static void
test_memory (void)
{
  WeftWindow   *window = open_example ("digits-mlp");
  WeftDocument *document = weft_window_get_document (window);
  Wanted        wanted = { window, "memory" };
  guint         n;
  open_view (window, wanted.kind);
  wait_for (has_result, &wanted);
  WeftView           *view = WEFT_VIEW (find (GTK_WIDGET (window), is_view, wanted.kind));
  const WeftViewKind *kind = weft_view_get_kind (view);
  gconstpointer       result = weft_view_get_result (view);
  g_autofree char    *text = kind->item_text (result, 0);
  g_assert_cmpuint (kind->n_items (result), >, 4);
  g_assert_true (g_str_has_prefix (text, "hidden · "));
  kind->activate (view, result, 0);
  const guint32 *selected =
    weft_canvas_get_selection (find_type (window, WEFT_TYPE_CANVAS), &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (weft_document_node (document, selected[0])->id, ==, "hidden");
  close_window (window);
}

/* A view of what is selected on the canvas is about that node. */
static void
test_of_node (void)
{
  WeftWindow *window = open_example ("iris");
  select_node (window, "logits");
  g_action_group_activate_action (G_ACTION_GROUP (window), "show-of",
                                  g_variant_new_string ("gradients"));
  GtkWidget *view = find (GTK_WIDGET (window), is_view, "gradients");
  g_assert_nonnull (view);
  g_assert_cmpstr (weft_view_get_choice (WEFT_VIEW (view)), ==, "logits.W");
  close_window (window);
}

/* ---- The pad ---- */

typedef struct
{
  WeftView *view;
  char     *before;
} Drawn;

static gboolean
has_answer (gpointer data)
{
  Drawn           *drawn = data;
  gconstpointer    result = weft_view_get_result (drawn->view);
  g_autofree char *text =
    result != NULL ? weft_view_get_kind (drawn->view)->describe (result) : NULL;
  return text != NULL && strcmp (text, drawn->before) != 0;
}

static void
draw_line (WeftView *view, double x, double from, double to)
{
  g_autoptr (WeftStyle) style = weft_style_new (NULL, WEFT_THEME_LIGHT);
  const WeftViewKind *kind = weft_view_get_kind (view);
  WeftDrawing         drawing = { .style = style, .width = 300, .height = 200 };
  drawing.result = weft_view_get_result (view);
  drawing.scratch = weft_view_get_scratch (view);
  kind->drag (view, &drawing, x, from, WEFT_DRAG_BEGIN);
  kind->drag (view, &drawing, x, to, WEFT_DRAG_MOVE);
  kind->drag (view, &drawing, x, to, WEFT_DRAG_END);
}

/* A stroke in the middle of the pad: the model says what it takes it for. */
static void
test_pad (void)
{
  WeftWindow *window = open_example ("digits-mlp");
  Wanted      wanted = { window, "pad" };
  weft_document_set_training (weft_window_get_document (window), "epochs", weft_json_new_int (5));
  act (window, "train");
  wait_for (has_run, weft_window_get_run (window));
  open_view (window, wanted.kind);
  wait_for (has_result, &wanted);
  WeftView           *view = WEFT_VIEW (find (GTK_WIDGET (window), is_view, wanted.kind));
  const WeftViewKind *kind = weft_view_get_kind (view);
  Drawn               drawn = { view, kind->describe (weft_view_get_result (view)) };
  draw_line (view, 87, 40, 160);
  wait_for (has_answer, &drawn);
  g_autofree char *answer = kind->describe (weft_view_get_result (view));
  g_test_message ("%s", answer);
  g_assert_nonnull (strchr (answer, '%'));
  g_free (drawn.before);
  close_window (window);
}

/* What is open is kept with the document. */
static void
test_kept (void)
{
  WeftWindow *window = open_example ("iris");
  open_view (window, "classes");
  WeftJson *board =
    weft_json_get (weft_document_get_view (weft_window_get_document (window)), "board");
  gboolean found = FALSE;
  for (guint i = 0; i < weft_json_length (board); i++)
    found |=
      g_strcmp0 (weft_json_get_string (weft_json_at (board, i), "view", NULL), "classes") == 0;
  g_assert_true (found);
  open_view (window, "text"); /* does not fit */
  g_assert_null (find (GTK_WIDGET (window), is_view, "text"));
  close_window (window);
}

int
main (int argc, char **argv)
{
  static const char *const examples[] = { "iris", "two-moons", "auto-mpg", "digits-mlp" };
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  start_application ();
  g_test_add_func ("/ui/train/confusion", test_confusion);
  g_test_add_func ("/ui/train/scores", test_scores);
  g_test_add_func ("/ui/train/least-sure", test_least_sure);
  g_test_add_func ("/ui/train/plane", test_plane);
  g_test_add_func ("/ui/train/histogram", test_histogram);
  g_test_add_func ("/ui/train/facts", test_facts);
  g_test_add_func ("/ui/train/predict", test_predict);
  g_test_add_func ("/ui/train/probabilities", test_probabilities);
  g_test_add_func ("/ui/train/kept", test_kept);
  g_test_add_func ("/ui/train/memory", test_memory);
  g_test_add_func ("/ui/train/of-node", test_of_node);
  g_test_add_func ("/ui/train/pad", test_pad);
  for (guint i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      g_autofree char *name = g_strconcat ("/ui/train/views/", examples[i], NULL);
      g_test_add_data_func (name, examples[i], test_example);
    }
  return g_test_run ();
}
