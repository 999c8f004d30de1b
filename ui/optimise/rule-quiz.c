/* A question for a class: which rule comes next?
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/rule-quiz.h"

#include "ui/optimise/panel-parts.h"

#include <glib/gi18n.h>

struct _WeftRuleQuiz
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkLabel  *question, *answer, *score;
  GtkButton *answers[WEFT_QUIZ_ANSWERS];

  /* Owned */
  WeftOptimiseModel *model;
  GPtrArray         *rules; /* const char*, borrowed from the table: the answers to the question */

  /* Plain values */
  gboolean active;
  guint    asked; /* the step that was asked about last; 0: none */
  guint    n_asked, n_right;
  gboolean failed; /* the question had a wrong answer already */
};

G_DEFINE_FINAL_TYPE (WeftRuleQuiz, weft_rule_quiz, ADW_TYPE_BIN)

/* ---- Answers ---- */

static void
add_answer (WeftRuleQuiz *quiz, const char *rule)
{
  if (quiz->rules->len < WEFT_QUIZ_ANSWERS &&
      !g_ptr_array_find_with_equal_func (quiz->rules, rule, g_str_equal, NULL))
    g_ptr_array_add (quiz->rules, (gpointer) rule);
}

/* The right one, others of the same run, then others of the table; the same at every asking. */
static void
choose_answers (WeftRuleQuiz *quiz, WeftHistory *history, guint step)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (step);
  gint32 n = (gint32) weft_history_n_steps (history), n_rules = (gint32) weft_rule_count ();
  g_ptr_array_set_size (quiz->rules, 0);
  add_answer (quiz, weft_history_get_step (history, step)->rule);
  for (guint i = 0; i < 8; i++)
    add_answer (quiz,
                weft_history_get_step (history, (guint) g_rand_int_range (random, 1, n + 1))->rule);
  for (guint i = 0; i < 64; i++)
    add_answer (quiz, weft_rule_get ((guint) g_rand_int_range (random, 0, n_rules))->name);
  guint    place = (guint) g_rand_int_range (random, 0, (gint32) quiz->rules->len);
  gpointer right = g_ptr_array_index (quiz->rules, 0);
  g_ptr_array_index (quiz->rules, 0) = g_ptr_array_index (quiz->rules, place);
  g_ptr_array_index (quiz->rules, place) = right;
}

static void
show_answers (WeftRuleQuiz *quiz)
{
  for (guint i = 0; i < WEFT_QUIZ_ANSWERS; i++)
    {
      GtkWidget *button = GTK_WIDGET (quiz->answers[i]);
      gboolean   there = i < quiz->rules->len;
      gtk_widget_set_visible (button, there);
      gtk_widget_set_sensitive (button, TRUE);
      if (there)
        gtk_button_set_label (quiz->answers[i], g_ptr_array_index (quiz->rules, i));
    }
}

static void
show_score (WeftRuleQuiz *quiz)
{
  g_autofree char *text =
    g_strdup_printf (_ ("%u of %u at the first try"), quiz->n_right, quiz->n_asked);
  gtk_label_set_label (quiz->score, text);
  gtk_widget_set_visible (GTK_WIDGET (quiz->score), quiz->n_asked > 0);
}

static void
ask (WeftRuleQuiz *quiz)
{
  WeftHistory *history = weft_optimise_model_get_history (quiz->model);
  guint        next = weft_optimise_model_get_step (quiz->model) + 1;
  if (!quiz->active || history == NULL || next == quiz->asked)
    return;
  quiz->asked = next;
  quiz->failed = FALSE;
  if (next > weft_history_n_steps (history))
    {
      g_ptr_array_set_size (quiz->rules, 0);
      gtk_label_set_label (quiz->question, _ ("That was the last step."));
    }
  else
    {
      g_autofree char *text = g_strdup_printf (_ ("Which rule makes step %u?"), next);
      gtk_label_set_label (quiz->question, text);
      choose_answers (quiz, history, next);
    }
  show_answers (quiz);
  show_score (quiz);
}

static void
say_right (WeftRuleQuiz *quiz, const char *rule)
{
  const char *why = "";
  for (guint i = 0; i < weft_rule_count (); i++)
    if (g_str_equal (weft_rule_get (i)->name, rule))
      why = _ (weft_rule_get (i)->why);
  g_autofree char *text = g_strdup_printf (_ ("Right, %s: %s"), rule, why);
  gtk_label_set_label (quiz->answer, text);
}

static void
say_wrong (WeftRuleQuiz *quiz, const char *rule)
{
  g_autofree char *why =
    weft_cursor_why_not (weft_optimise_model_get_cursor (quiz->model), rule, G_MAXUINT);
  g_autofree char *text = g_strdup_printf (_ ("Not %s: %s"), rule, why != NULL ? why : "");
  gtk_label_set_label (quiz->answer, text);
}

static void
answered_cb (GtkButton *button, WeftRuleQuiz *quiz)
{
  WeftHistory     *history = weft_optimise_model_get_history (quiz->model);
  g_autofree char *rule = g_strdup (gtk_button_get_label (button));
  if (history == NULL || quiz->asked == 0 || quiz->asked > weft_history_n_steps (history))
    return;
  gboolean right = g_str_equal (rule, weft_history_get_step (history, quiz->asked)->rule);
  gtk_widget_set_visible (GTK_WIDGET (quiz->answer), TRUE);
  if (!quiz->failed)
    {
      quiz->n_asked++;
      quiz->n_right += right;
    }
  if (!right)
    {
      quiz->failed = TRUE;
      say_wrong (quiz, rule);
      show_score (quiz);
      gtk_widget_set_sensitive (GTK_WIDGET (button), FALSE);
      return;
    }
  say_right (quiz, rule);
  weft_optimise_model_go (quiz->model, quiz->asked, WEFT_HALF_MADE);
}

/**
 * weft_rule_quiz_set_active:
 * @quiz: a quiz
 * @active: TRUE: begins it, with nothing answered yet
 */
void
weft_rule_quiz_set_active (WeftRuleQuiz *quiz, gboolean active)
{
  quiz->active = active;
  quiz->asked = quiz->n_asked = quiz->n_right = 0;
  gtk_widget_set_visible (GTK_WIDGET (quiz->answer), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (quiz), active);
  ask (quiz);
}

/* ---- The widget ---- */

static void
changed_cb (WeftRuleQuiz *quiz)
{
  quiz->asked = 0;
  ask (quiz);
}

static GtkLabel *
new_status (const char *class)
{
  GtkLabel *label =
    GTK_LABEL (g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, "wrap",
                             TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR, "xalign", 0.0, NULL));
  gtk_label_set_width_chars (label, 8);
  gtk_widget_add_css_class (GTK_WIDGET (label), class);
  return label;
}

static void
weft_rule_quiz_dispose (GObject *object)
{
  WeftRuleQuiz *quiz = WEFT_RULE_QUIZ (object);
  g_clear_object (&quiz->model);
  g_clear_pointer (&quiz->rules, g_ptr_array_unref);
  G_OBJECT_CLASS (weft_rule_quiz_parent_class)->dispose (object);
}

static void
weft_rule_quiz_class_init (WeftRuleQuizClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_rule_quiz_dispose;
}

static void
weft_rule_quiz_init (WeftRuleQuiz *quiz)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *end = gtk_button_new_with_mnemonic (_ ("_End the Quiz"));
  quiz->rules = g_ptr_array_new ();
  quiz->question = weft_panel_text ("rule-title");
  quiz->answer = new_status ("text-card");
  quiz->score = new_status ("dim-label");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (quiz->question));
  for (guint i = 0; i < WEFT_QUIZ_ANSWERS; i++)
    {
      quiz->answers[i] = GTK_BUTTON (gtk_button_new_with_label (""));
      g_signal_connect_object (quiz->answers[i], "clicked", G_CALLBACK (answered_cb), quiz, 0);
      gtk_box_append (GTK_BOX (box), GTK_WIDGET (quiz->answers[i]));
    }
  gtk_actionable_set_action_name (GTK_ACTIONABLE (end), "optimise.quiz");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (quiz->answer));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (quiz->score));
  gtk_box_append (GTK_BOX (box), end);
  adw_bin_set_child (ADW_BIN (quiz), box);
  gtk_widget_set_visible (GTK_WIDGET (quiz), FALSE);
}

/**
 * weft_rule_quiz_new:
 * @model: whose steps are asked about
 *
 * Returns: (transfer floating): a quiz that has not begun
 */
WeftRuleQuiz *
weft_rule_quiz_new (WeftOptimiseModel *model)
{
  WeftRuleQuiz *quiz = g_object_new (WEFT_TYPE_RULE_QUIZ, NULL);
  quiz->model = g_object_ref (model);
  g_signal_connect_object (model, "changed", G_CALLBACK (changed_cb), quiz, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "moved", G_CALLBACK (ask), quiz, G_CONNECT_SWAPPED);
  return quiz;
}
