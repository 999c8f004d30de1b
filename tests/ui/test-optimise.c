/* The Optimise view, from inside, over real histories: steps, halves, filters, switches, the quiz,
 * what it says where there is nothing to show.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/ui/window-tools.h"

#include "ui/optimise/cost-track.h"
#include "ui/optimise/optimise-view-private.h"
#include "ui/optimise/rule-panel.h"
#include "ui/optimise/rule-quiz.h"
#include "ui/optimise/rule-switches.h"
#include "ui/optimise/selection-card.h"
#include "ui/optimise/step-line.h"
#include "ui/optimise/step-list.h"
#include "ui/optimise/step-map.h"
#include "ui/optimise/step-rows.h"
#include "ui/optimise/timeline.h"

#include <glib/gstdio.h>

typedef struct
{
  GtkWindow         *window;
  WeftOptimiseView  *view;
  WeftOptimiseModel *model;
  WeftDocument      *document;
} Fixture;

/* One expression node over inputs of ten rows. */
static WeftDocument *
new_document (const char *expression)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text =
    g_strdup_printf ("{\"format\": \"weft\", \"version\": 1, \"nodes\": ["
                     "{\"id\": \"x\", \"op\": \"input\", \"params\": {\"dtype\": \"float32\", "
                     "\"shape\": \"(10, 4)\"}},"
                     "{\"id\": \"cost\", \"op\": \"expression\", \"params\": {\"text\": \"%s\"}}],"
                     "\"wires\": [\"x.y -> cost.x\"]}",
                     expression);
  WeftDocument *document = weft_document_parse (text, -1, "test", &error);
  g_assert_no_error (error);
  return document;
}

static gboolean
is_settled (gpointer data)
{
  WeftOptimiseState state = weft_optimise_model_get_state (data);
  return state == WEFT_OPTIMISE_READY || state == WEFT_OPTIMISE_FAILED;
}

static void
set_up_document (Fixture *fixture, WeftDocument *document, int width, int height)
{
  fixture->document = document;
  fixture->model = weft_optimise_model_new ();
  fixture->view = weft_optimise_view_new ();
  weft_optimise_view_set_model (fixture->view, fixture->model);
  weft_optimise_model_set_document (fixture->model, document);
  fixture->window = GTK_WINDOW (gtk_window_new ());
  gtk_window_set_default_size (fixture->window, width, height);
  gtk_window_set_child (fixture->window, GTK_WIDGET (fixture->view));
  gtk_window_present (fixture->window);
  wait_for (is_drawn, fixture->window);
  if (document == NULL)
    return;
  wait_for (is_settled, fixture->model);
  settle ();
}

static void
set_up (Fixture *fixture, const char *expression)
{
  set_up_document (fixture, new_document (expression), 1400, 820);
}

/* Work in other threads holds the model until it is done. */
static gboolean
is_alone (gpointer model)
{
  return G_OBJECT (model)->ref_count == 1;
}

static void
tear_down (Fixture *fixture)
{
  gtk_window_destroy (fixture->window);
  g_clear_object (&fixture->document);
  wait_for (is_alone, fixture->model);
  g_assert_finalize_object (fixture->model);
}

static guint
n_steps (Fixture *fixture)
{
  return weft_history_n_steps (weft_optimise_model_get_history (fixture->model));
}

static void
act_on (Fixture *fixture, const char *action)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->view), action, NULL));
  settle ();
}

/* The number of the first step by @rule; 0: none. */
static guint
find_step (Fixture *fixture, const char *rule)
{
  for (guint step = 1; step <= n_steps (fixture); step++)
    if (g_str_equal (
          weft_history_get_step (weft_optimise_model_get_history (fixture->model), step)->rule,
          rule))
      return step;
  return 0;
}

static gboolean
shows_text (GtkWidget *widget, gconstpointer text)
{
  return GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget) &&
         strstr (gtk_label_get_text (GTK_LABEL (widget)), text) != NULL;
}

static gboolean
has_text (gpointer root, const char *text)
{
  return find (GTK_WIDGET (root), shows_text, text) != NULL;
}

#define LOG_SOFTMAX "mean(log(softmax(x * 1, -1)) + 0)"

/* ---- Places of steps ---- */

static void
test_step_map (void)
{
  WeftStepMap few = {
    .n_steps = 23,
    .n_runs = 3,
    .runs = { { .first = 1, .end = 3 }, { .first = 3, .end = 8 }, { .first = 8, .end = 24 } }
  };
  WeftStepMap many = { .n_steps = 5001,
                       .n_runs = 2,
                       .runs = { { .first = 1, .end = 2 }, { .first = 2, .end = 5002 } } };
  weft_step_map_lay_out (&few, 1200, 30);
  for (guint step = 0; step <= few.n_steps; step++)
    g_assert_cmpuint (weft_step_map_step (&few, weft_step_map_x (&few, step)), ==, step);
  g_assert_cmpuint (weft_step_map_step (&few, -50), ==, 0);
  g_assert_cmpuint (weft_step_map_step (&few, 9000), ==, 23);
  g_assert_cmpfloat_with_epsilon (few.runs[0].width + few.runs[1].width + few.runs[2].width, 1200,
                                  1e-6);
  /* In proportion. */
  g_assert_cmpfloat_with_epsilon (few.runs[2].width / few.runs[1].width, 16 / 5.0, 1e-6);
  weft_step_map_lay_out (&many, 1200, 30);
  g_assert_cmpfloat_with_epsilon (many.runs[0].width, 30, 1e-6);
  g_assert_cmpfloat_with_epsilon (many.runs[1].x + many.runs[1].width, 1200, 1e-6);
  g_assert_cmpuint (weft_step_map_step (&many, 1199.9), ==, 5001);
  for (guint step = 0; step <= many.n_steps; step++)
    g_assert_cmpuint (weft_step_map_step (&many, weft_step_map_x (&many, step)), ==, step);
  /* Narrower than its phases: equal parts. */
  weft_step_map_lay_out (&many, 40, 30);
  g_assert_cmpfloat_with_epsilon (many.runs[0].width, 20, 1e-6);
}

/* ---- Steps ---- */

/* Every step and half is reached by the actions, and everything says where one is. */
static void
test_steps (void)
{
  Fixture fixture;
  set_up (&fixture, LOG_SOFTMAX);
  guint n = n_steps (&fixture), rule = find_step (&fixture, "log-softmax");
  g_assert_cmpuint (rule, >, 0);
  WeftTimeline  *timeline = find_type (fixture.view, WEFT_TYPE_TIMELINE);
  WeftRulePanel *panel = find_type (fixture.view, WEFT_TYPE_RULE_PANEL);
  act_on (&fixture, "optimise.first");
  g_assert_true (has_text (panel, "As drawn"));
  for (guint step = 1; step <= n; step++)
    {
      act_on (&fixture, "optimise.next-step");
      g_assert_cmpuint (weft_optimise_model_get_step (fixture.model), ==, step);
      const char *name =
        weft_history_get_step (weft_optimise_model_get_history (fixture.model), step)->rule;
      g_autofree char *expected = g_strdup_printf ("step %u of %u, %s", step, n, name);
      g_autofree char *text = weft_timeline_dup_text (timeline);
      g_assert_cmpstr (text, ==, expected);
      g_assert_true (has_text (panel, name));
    }
  act_on (&fixture, "optimise.first");
  for (guint half = 1; half <= 2 * n; half++)
    {
      act_on (&fixture, "optimise.next-half");
      g_assert_cmpuint (weft_optimise_model_get_step (fixture.model), ==, (half + 1) / 2);
      g_assert_cmpint (weft_optimise_model_get_half (fixture.model), ==,
                       half % 2 == 1 ? WEFT_HALF_SAW : WEFT_HALF_MADE);
    }
  weft_optimise_model_go (fixture.model, rule, WEFT_HALF_MADE);
  settle ();
  g_assert_true (has_text (panel, "log(softmax(x, axis))"));
  g_assert_true (has_text (panel, "→ log_softmax(x, axis)"));
  g_assert_true (has_text (panel, "stabilise"));
  tear_down (&fixture);
}

static gboolean
has_proof (gpointer model)
{
  const char *message;
  return weft_optimise_model_get_proof (model, weft_optimise_model_get_step (model), &message) !=
         NULL;
}

static gboolean
has_remark (gpointer list)
{
  return has_text (list, "now finite");
}

/* The proof arrives by itself, in the panel and in the list. */
static void
test_proof (void)
{
  Fixture fixture;
  set_up (&fixture, LOG_SOFTMAX);
  weft_optimise_model_go (fixture.model, find_step (&fixture, "log-softmax"), WEFT_HALF_MADE);
  wait_for (has_proof, fixture.model);
  settle ();
  const char      *message;
  const WeftProof *proof = weft_optimise_model_get_proof (
    fixture.model, weft_optimise_model_get_step (fixture.model), &message);
  g_assert_true (proof->agrees);
  g_assert_cmpuint (proof->bad_before, >, proof->bad_after);
  g_autofree char *rows = g_strdup_printf ("%u rows", proof->n_rows);
  g_assert_true (has_text (find_type (fixture.view, WEFT_TYPE_RULE_PANEL), rows));
  wait_for (has_remark, find_type (fixture.view, WEFT_TYPE_STEP_LIST));
  tear_down (&fixture);
}

/* ---- The list ---- */

static WeftStepRow *
row_at (WeftStepRows *rows, guint position)
{
  WeftStepRow *row = g_list_model_get_item (G_LIST_MODEL (rows), position);
  g_assert_nonnull (row);
  return row;
}

/* Repeated steps are one row that opens and closes; every step is found in its row. */
static void
test_collapse (void)
{
  Fixture fixture;
  set_up (&fixture,
          "mean(--x) + sum(--(x + 1)) + max(--(x + 2)) + min(--(x + 3)) + sum(--(x + 4))");
  g_autoptr (WeftStepRows) rows = weft_step_rows_new (fixture.model);
  guint n = n_steps (&fixture), closed = G_MAXUINT;
  g_assert_cmpuint (weft_step_rows_n_shown (rows), ==, n);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (rows)); i++)
    {
      g_autoptr (WeftStepRow) row = row_at (rows, i);
      if (weft_step_row_get_kind (row) == WEFT_ROW_CLOSED)
        closed = i;
    }
  g_assert_cmpuint (closed, !=, G_MAXUINT);
  guint before = g_list_model_get_n_items (G_LIST_MODEL (rows));
  {
    g_autoptr (WeftStepRow) row = row_at (rows, closed);
    guint inside = weft_step_row_n (row), first = weft_step_row_first (row);
    g_assert_cmpuint (inside, >=, 4);
    g_assert_cmpuint (weft_step_rows_find (rows, first + 1), ==, closed);
    weft_step_rows_toggle (rows, closed);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (rows)), ==, before + inside);
    g_assert_cmpuint (weft_step_rows_find (rows, first), ==, closed + 1);
    g_assert_cmpuint (weft_step_rows_find (rows, first + 1), ==, closed + 2);
    weft_step_rows_toggle (rows, closed);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (rows)), ==, before);
  }
  for (guint step = 1; step <= n; step++)
    {
      g_autoptr (WeftStepRow) row = row_at (rows, weft_step_rows_find (rows, step));
      g_assert_cmpuint (weft_step_row_first (row), <=, step);
      g_assert_cmpuint (weft_step_row_last (row), >=, step);
    }
  tear_down (&fixture);
}

static void
test_filter (void)
{
  Fixture fixture;
  set_up (&fixture, LOG_SOFTMAX);
  g_autoptr (WeftStepRows) rows = weft_step_rows_new (fixture.model);
  WeftStepFilter filter = WEFT_STEP_FILTER_NONE;
  guint          step = find_step (&fixture, "log-softmax");
  filter.text = "LOG_softmax stabil";
  weft_step_rows_set_filter (rows, &filter);
  g_assert_cmpuint (weft_step_rows_find (rows, step), !=, G_MAXUINT);
  guint by_text = weft_step_rows_n_shown (rows);
  g_assert_cmpuint (by_text, <, n_steps (&fixture));
  filter = WEFT_STEP_FILTER_NONE;
  filter.rule = "log-softmax";
  weft_step_rows_set_filter (rows, &filter);
  g_assert_cmpuint (weft_step_rows_n_shown (rows), ==, 1);
  filter = WEFT_STEP_FILTER_NONE;
  filter.phase = WEFT_PHASE_STABILISE;
  weft_step_rows_set_filter (rows, &filter);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (rows)); i++)
    {
      g_autoptr (WeftStepRow) row = row_at (rows, i);
      const WeftRewriteStep *info = weft_history_get_step (
        weft_optimise_model_get_history (fixture.model), weft_step_row_first (row));
      g_assert_cmpint (info->phase, ==, WEFT_PHASE_STABILISE);
    }
  filter = WEFT_STEP_FILTER_NONE;
  filter.text = "nothing like that";
  weft_step_rows_set_filter (rows, &filter);
  g_assert_cmpuint (weft_step_rows_n_shown (rows), ==, 0);
  /* The biography of what log-softmax made has that step. */
  WeftHistory *history = weft_optimise_model_get_history (fixture.model);
  filter = WEFT_STEP_FILTER_NONE;
  filter.apply =
    weft_history_value_apply (history, weft_history_get_step (history, step)->root_after);
  weft_step_rows_set_filter (rows, &filter);
  g_assert_cmpuint (weft_step_rows_find (rows, step), !=, G_MAXUINT);
  tear_down (&fixture);
}

/* The search opens, finds, and Escape's way out shows everything again. */
static void
test_search (void)
{
  Fixture fixture;
  set_up (&fixture, LOG_SOFTMAX);
  WeftStepList *list = find_type (fixture.view, WEFT_TYPE_STEP_LIST);
  weft_optimise_view_search (fixture.view);
  settle ();
  g_assert_true (weft_step_list_is_searching (list));
  GtkSearchEntry *entry = find_type (list, GTK_TYPE_SEARCH_ENTRY);
  gtk_editable_set_text (GTK_EDITABLE (entry), "no such step");
  g_signal_emit_by_name (entry, "search-changed");
  settle ();
  g_assert_true (has_text (list, "No step is like that."));
  weft_step_list_end_search (list);
  settle ();
  g_assert_false (weft_step_list_is_searching (list));
  g_assert_false (has_text (list, "No step is like that."));
  tear_down (&fixture);
}

/* ---- Rules ---- */

static gboolean
is_switch_of (GtkWidget *widget, gconstpointer rule)
{
  return GTK_IS_SWITCH (widget) &&
         g_str_equal (g_object_get_data (G_OBJECT (widget), "weft-rule"), rule);
}

typedef struct
{
  Fixture    *fixture;
  const char *rule;
  gboolean    there;
} RuleWait;

static gboolean
is_rule_there (gpointer data)
{
  RuleWait *wait = data;
  return is_settled (wait->fixture->model) &&
         (find_step (wait->fixture, wait->rule) > 0) == wait->there;
}

/* A switch replays at once without its rule; it stays where it is, and resetting brings the rule
 * back. */
static void
test_switches (void)
{
  Fixture  fixture;
  RuleWait wait = { &fixture, "log-softmax", FALSE };
  set_up (&fixture, LOG_SOFTMAX);
  WeftRuleSwitches *switches = find_type (fixture.view, WEFT_TYPE_RULE_SWITCHES);
  GtkWidget        *button = find (GTK_WIDGET (switches), is_switch_of, "log-softmax");
  g_assert_true (gtk_switch_get_active (GTK_SWITCH (button)));
  gtk_switch_set_active (GTK_SWITCH (button), FALSE);
  wait_for (is_rule_there, &wait);
  settle ();
  g_assert_true (gtk_widget_get_mapped (button));
  g_assert_true (has_text (switches, "1 rule is off"));
  weft_optimise_model_reset_rules (fixture.model);
  wait.there = TRUE;
  wait_for (is_rule_there, &wait);
  settle ();
  g_assert_true (gtk_switch_get_active (GTK_SWITCH (button)));
  g_assert_false (has_text (switches, "is off"));
  tear_down (&fixture);
}

static void
test_selection (void)
{
  Fixture fixture;
  set_up (&fixture, LOG_SOFTMAX);
  guint        step = find_step (&fixture, "log-softmax");
  WeftHistory *history = weft_optimise_model_get_history (fixture.model);
  guint        made =
    weft_history_value_apply (history, weft_history_get_step (history, step)->root_after);
  weft_optimise_model_go (fixture.model, step, WEFT_HALF_MADE);
  weft_optimise_model_select (fixture.model, WEFT_SIDE_NOW, made);
  settle ();
  WeftSelectionCard *card = find_type (fixture.view, WEFT_TYPE_SELECTION_CARD);
  g_assert_true (has_text (card, "touched this"));
  act_on (&fixture, "optimise.biography");
  g_assert_true (weft_step_list_is_searching (find_type (fixture.view, WEFT_TYPE_STEP_LIST)));
  /* Why not: one sentence for every rule that one may choose. */
  GtkDropDown *drop = find_type (card, GTK_TYPE_DROP_DOWN);
  gtk_drop_down_set_selected (drop, 2);
  settle ();
  weft_optimise_model_select (fixture.model, WEFT_SIDE_NOW, G_MAXUINT);
  settle ();
  g_assert_false (has_text (card, "touched this"));
  tear_down (&fixture);
}

static gboolean
is_answer (GtkWidget *widget, gconstpointer rule)
{
  return GTK_IS_BUTTON (widget) && gtk_widget_get_mapped (widget) &&
         g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), rule) == 0;
}

/* The right answers lead through all steps; what is to come is hidden until then. */
static void
test_quiz (void)
{
  Fixture fixture;
  set_up (&fixture, LOG_SOFTMAX);
  act_on (&fixture, "optimise.first");
  act_on (&fixture, "optimise.quiz");
  WeftRuleQuiz *quiz = find_type (fixture.view, WEFT_TYPE_RULE_QUIZ);
  for (guint step = 1; step <= n_steps (&fixture); step++)
    {
      const char *rule =
        weft_history_get_step (weft_optimise_model_get_history (fixture.model), step)->rule;
      g_assert_true (has_text (quiz, "Which rule makes step"));
      GtkWidget *answer = find (GTK_WIDGET (quiz), is_answer, rule);
      g_assert_nonnull (answer);
      g_signal_emit_by_name (answer, "clicked");
      settle ();
      g_assert_cmpuint (weft_optimise_model_get_step (fixture.model), ==, step);
    }
  g_assert_true (has_text (quiz, "That was the last step."));
  g_autofree char *score =
    g_strdup_printf ("%u of %u at the first try", n_steps (&fixture), n_steps (&fixture));
  g_assert_true (has_text (quiz, score));
  act_on (&fixture, "optimise.quiz");
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (quiz)));
  tear_down (&fixture);
}

/* ---- Nothing to show ---- */

static void
test_empty (void)
{
  Fixture fixture;
  set_up_document (&fixture, NULL, 1400, 820);
  g_assert_true (has_text (fixture.view, "Nothing to Optimise Yet"));
  tear_down (&fixture);
}

static void
test_failed (void)
{
  Fixture fixture;
  guint32 node = 0;
  set_up (&fixture, "x @ x");
  g_assert_cmpint (weft_optimise_model_get_state (fixture.model), ==, WEFT_OPTIMISE_FAILED);
  g_assert_true (has_text (fixture.view, "This Cannot Be Optimised Yet"));
  g_assert_true (has_text (fixture.view, weft_optimise_model_get_message (fixture.model)));
  node = weft_optimise_model_get_failed_node (fixture.model);
  g_assert_cmpuint (node, !=, 0);
  tear_down (&fixture);
}

static void
test_nothing_done (void)
{
  Fixture fixture;
  set_up (&fixture, "tanh(x)");
  g_assert_cmpuint (n_steps (&fixture), ==, 0);
  g_assert_true (has_text (fixture.view, "No Rewrites"));
  tear_down (&fixture);
}

/* ---- Accessibility ---- */

static gboolean
is_control (GtkWidget *widget)
{
  GtkWidget *parent = gtk_widget_get_parent (widget);
  if (parent != NULL && (GTK_IS_MENU_BUTTON (parent) || GTK_IS_DROP_DOWN (parent)))
    return FALSE; /* its inside */
  return GTK_IS_SWITCH (widget) || GTK_IS_DROP_DOWN (widget) || GTK_IS_SEARCH_ENTRY (widget) ||
         GTK_IS_MENU_BUTTON (widget) || GTK_IS_LIST_VIEW (widget) ||
         (GTK_IS_BUTTON (widget) && gtk_button_get_label (GTK_BUTTON (widget)) == NULL);
}

static gboolean
is_nameless (GtkWidget *widget, gconstpointer data)
{
  return gtk_widget_get_mapped (widget) && gtk_widget_get_child_visible (widget) &&
         is_control (widget) &&
         !gtk_test_accessible_has_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL);
}

/* Every control has a name; the timeline is a slider that says where it stands. */
static void
test_accessible (void)
{
  Fixture fixture;
  set_up (&fixture, LOG_SOFTMAX);
  weft_optimise_model_go (fixture.model, find_step (&fixture, "log-softmax"), WEFT_HALF_MADE);
  weft_optimise_view_search (fixture.view);
  settle ();
  GtkWidget *nameless = find (GTK_WIDGET (fixture.view), is_nameless, NULL);
  if (nameless != NULL)
    g_test_message ("%s %s has no name", G_OBJECT_TYPE_NAME (nameless),
                    gtk_widget_get_css_name (nameless));
  g_assert_null (nameless);
  GtkAccessible *timeline = find_type (fixture.view, WEFT_TYPE_TIMELINE);
  g_assert_true (gtk_test_accessible_has_role (timeline, GTK_ACCESSIBLE_ROLE_SLIDER));
  gtk_test_accessible_assert_property (timeline, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
                                       (double) weft_optimise_model_get_step (fixture.model));
  tear_down (&fixture);
}

/* ---- Pictures ---- */

static char *said;

static void
message_cb (WeftOptimiseView *view, const char *message)
{
  g_free (said);
  said = g_strdup (message);
}

static gboolean
has_said (gpointer data)
{
  return said != NULL;
}

/* The current step as SVG, all of them as one PDF; a folder that is not there is told. */
static void
test_export (void)
{
  Fixture          fixture;
  g_autofree char *folder = g_dir_make_tmp ("weft-optimise-XXXXXX", NULL);
  const char      *names[] = { "step.svg", "all.pdf", "gone/step.svg" };
  set_up (&fixture, LOG_SOFTMAX);
  weft_optimise_model_go (fixture.model, 1, WEFT_HALF_MADE);
  g_signal_connect (fixture.view, "message", G_CALLBACK (message_cb), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      g_autofree char *expected = g_strdup_printf ("Saved %s", names[i]);
      weft_optimise_view_export_to (fixture.view, path, i == 1);
      wait_for (has_said, NULL);
      g_assert_cmpint (g_file_test (path, G_FILE_TEST_EXISTS), ==, i < 2);
      g_assert_cmpint (g_str_equal (said, expected), ==, i < 2);
      g_clear_pointer (&said, g_free);
      if (i < 2)
        g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  tear_down (&fixture);
}

/* ---- Room ---- */

static void
test_small (void)
{
  Fixture fixture;
  int     width, height;
  set_up_document (&fixture, new_document (LOG_SOFTMAX), 1024, 530);
  gtk_widget_measure (GTK_WIDGET (fixture.view), GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL,
                      NULL);
  gtk_widget_measure (GTK_WIDGET (fixture.view), GTK_ORIENTATION_VERTICAL, 1024, &height, NULL,
                      NULL, NULL);
  g_assert_cmpint (width, <=, 1024);
  g_assert_cmpint (height, <=, 530);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (fixture.view)), ==, 1024);
  tear_down (&fixture);
}

/* Text that runs to the left mirrors the timeline. */
static void
test_mirrored (void)
{
  Fixture fixture;
  set_up (&fixture, LOG_SOFTMAX);
  gtk_widget_set_direction (GTK_WIDGET (fixture.window), GTK_TEXT_DIR_RTL);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  gtk_widget_queue_draw (GTK_WIDGET (fixture.view));
  settle ();
  act_on (&fixture, "optimise.next-step");
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  start_application ();
  g_test_add_func ("/ui/optimise/step-map", test_step_map);
  g_test_add_func ("/ui/optimise/steps", test_steps);
  g_test_add_func ("/ui/optimise/proof", test_proof);
  g_test_add_func ("/ui/optimise/collapse", test_collapse);
  g_test_add_func ("/ui/optimise/filter", test_filter);
  g_test_add_func ("/ui/optimise/search", test_search);
  g_test_add_func ("/ui/optimise/switches", test_switches);
  g_test_add_func ("/ui/optimise/selection", test_selection);
  g_test_add_func ("/ui/optimise/quiz", test_quiz);
  g_test_add_func ("/ui/optimise/empty", test_empty);
  g_test_add_func ("/ui/optimise/failed", test_failed);
  g_test_add_func ("/ui/optimise/nothing-done", test_nothing_done);
  g_test_add_func ("/ui/optimise/accessible", test_accessible);
  g_test_add_func ("/ui/optimise/export", test_export);
  g_test_add_func ("/ui/optimise/small", test_small);
  g_test_add_func ("/ui/optimise/mirrored", test_mirrored);
  return g_test_run ();
}
