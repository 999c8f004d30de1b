/* Importing a file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/import-window.h"

#include "ui/data/dialect-bar.h"
#include "ui/data/field-list.h"
#include "ui/data/import-steps.h"
#include "ui/data/row-table.h"
#include "ui/data/survey-pages.h"
#include "ui/draw/format.h"

#include <glib/gi18n.h>

#define SPLIT_SEED 1

/* What a person has to decide: an answer is a word of the specification, and the first is none. */
typedef struct
{
  const char *word, *title;
} Answer;

static const Answer missing_answers[] = {
  { NULL, N_ ("Choose…") },
  { "skip", N_ ("Leave such rows out") },
  { "mean", N_ ("Fill in the mean") },
  { "median", N_ ("Fill in the median") },
  { "error", N_ ("Refuse the file") },
  { 0 },
};
static const Answer bad_answers[] = {
  { NULL, N_ ("Choose…") },
  { "skip", N_ ("Leave them out") },
  { "error", N_ ("Refuse the file") },
  { 0 },
};

typedef struct
{
  const char   *member; /* of the specification */
  const Answer *answers;
  GtkWidget    *bar;
  GtkLabel     *text;
  GtkDropDown  *choice;
} Question;

struct _WeftImportWindow
{
  AdwWindow parent_instance;

  /* Children, borrowed */
  WeftSurveyPages *pages;
  WeftDialectBar  *dialect;
  GtkWidget       *import;
  AdwWindowTitle  *title; /* below it: how many rows there are */
  WeftFieldList   *fields;
  WeftRowTable    *rows;
  WeftImportSteps *steps;
  GtkWidget       *split_bar;
  GtkLabel        *message;
  Question         missing, bad;
  GtkSpinButton   *validation, *test;

  /* Owned */
  WeftSurvey      *survey;
  WeftFieldChoice *choices; /* NULL: no table */
  char            *problem; /* NULL: it can be read as it is said to be written */
};

G_DEFINE_FINAL_TYPE (WeftImportWindow, weft_import_window, ADW_TYPE_WINDOW)

enum
{
  SIGNAL_IMPORT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* ---- The answer ---- */

/* Whether the question, if it is asked, has an answer; it goes to @spec. */
static gboolean
take_answer (const Question *question, WeftJson *spec)
{
  const char *word = question->answers[gtk_drop_down_get_selected (question->choice)].word;

  if (!gtk_widget_get_visible (question->bar))
    return TRUE;
  if (word != NULL)
    weft_json_set_string (spec, question->member, word);
  return word != NULL;
}

static void
set_split (WeftImportWindow *window, WeftJson *spec)
{
  double    validation = gtk_spin_button_get_value (window->validation) / 100;
  double    test = gtk_spin_button_get_value (window->test) / 100;
  WeftJson *split;

  if (!gtk_widget_get_visible (window->split_bar))
    return;
  split = weft_json_new_object ();
  weft_json_set_number (split, "train", (100 - 100 * validation - 100 * test) / 100);
  if (validation > 0)
    weft_json_set_number (split, "validation", validation);
  if (test > 0)
    weft_json_set_number (split, "test", test);
  weft_json_set_int (split, "seed", SPLIT_SEED);
  weft_json_set (spec, "split", split);
}

/* What the columns say, before anything else is asked. */
static WeftJson *
write_columns (WeftImportWindow *window, GError **error)
{
  return window->choices != NULL ? weft_survey_write (window->survey, window->choices, error)
                                 : weft_json_copy (window->survey->guess);
}

/* What the window says now; NULL with a sentence that says what to do. */
static WeftJson *
make_spec (WeftImportWindow *window, GError **error)
{
  WeftJson   *spec = window->problem == NULL ? write_columns (window, error) : NULL;
  const char *todo = window->problem;

  if (spec != NULL)
    {
      weft_import_steps_apply (window->steps, spec);
      set_split (window, spec);
      if (!take_answer (&window->missing, spec))
        todo = _ ("Choose what to do about the missing numbers.");
      else if (!take_answer (&window->bad, spec))
        todo = _ ("Choose what to do about the rows that cannot be read.");
    }
  if (todo == NULL)
    return spec;
  g_set_error_literal (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_SPEC, todo);
  weft_json_unref (spec);
  return NULL;
}

static void
ask_missing (WeftImportWindow *window)
{
  gint64           n = window->choices != NULL ? weft_survey_n_missing (window->survey, window->choices) : 0;
  g_autofree char *count = weft_format_count (n);
  g_autofree char *text = g_strdup_printf (
    g_dngettext (NULL, "%s number is missing.", "%s numbers are missing.", (gulong) n), count);

  gtk_widget_set_visible (window->missing.bar, n > 0);
  gtk_label_set_label (window->missing.text, text);
}

static void
ask_bad (WeftImportWindow *window)
{
  gint64           n = window->choices != NULL ? weft_survey_n_bad (window->survey, window->choices) : 0;
  g_autofree char *count = weft_format_count (n);
  g_autofree char *text = g_strdup_printf (
    g_dngettext (NULL, "%s row cannot be read.", "%s rows cannot be read.", (gulong) n), count);
  g_autofree char *first = g_strdup_printf ("%s %s.", text, window->survey->bad);

  gtk_widget_set_visible (window->bad.bar, n > 0);
  gtk_label_set_label (window->bad.text, window->survey->bad != NULL ? first : text);
}

static void
update (WeftImportWindow *window)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftJson) spec = NULL, columns = NULL;

  if (window->survey == NULL)
    return;
  ask_missing (window);
  ask_bad (window);
  columns = write_columns (window, NULL);
  weft_import_steps_show (window->steps, columns);
  spec = make_spec (window, &error);
  gtk_widget_set_sensitive (window->import, spec != NULL && !window->survey->is_partial);
  gtk_label_set_label (window->message, error != NULL ? error->message : "");
  gtk_widget_set_visible (gtk_widget_get_parent (GTK_WIDGET (window->message)), error != NULL);
}

static void
import_cb (GtkButton *button, WeftImportWindow *window)
{
  g_autoptr (WeftJson) spec = make_spec (window, NULL);

  if (spec == NULL)
    return;
  g_signal_emit (window, signals[SIGNAL_IMPORT], 0, spec);
  gtk_window_close (GTK_WINDOW (window));
}

/* ---- What was read ---- */

/* Of all splits. */
static gint64
count_rows (const WeftSurvey *survey)
{
  gint64 n = 0;

  for (guint i = 0; survey->dataset != NULL && i < WEFT_N_SPLITS; i++)
    n += weft_dataset_n_rows (survey->dataset, i);
  return survey->dataset != NULL ? n : survey->n_rows;
}

/* What a person chose stays where the columns are the same. */
static WeftFieldChoice *
keep_choices (const WeftSurvey *survey, const WeftSurvey *before, const WeftFieldChoice *chosen)
{
  WeftFieldChoice *choices = weft_survey_choices (survey);

  for (guint i = 0; chosen != NULL && survey->n_fields == before->n_fields && i < survey->n_fields;
       i++)
    if (chosen[i].role != before->fields[i].role || chosen[i].kind != before->fields[i].kind)
      choices[i] = chosen[i];
  return choices;
}

static void
show_rows (WeftImportWindow *window)
{
  const WeftSurvey *survey = window->survey;
  g_autofree char  *rows = weft_format_count (count_rows (survey));
  g_autofree char  *counts = NULL;
  g_autoptr (WeftRowModel) model = NULL;

  counts = g_strdup_printf (
    g_dngettext (NULL, "%s rows, %u column", "%s rows, %u columns", survey->n_fields), rows,
    survey->n_fields);
  adw_window_title_set_subtitle (window->title,
                                 survey->is_partial ? _ ("Reading the file…") : counts);
  model = survey->is_table ? weft_row_model_new_table (survey)
                           : weft_row_model_new_dataset (survey->dataset, WEFT_SPLIT_TRAIN, -1, 0);
  weft_row_table_set_model (window->rows, model);
}

/* Takes @survey. */
static void
show_survey (WeftImportWindow *window, WeftSurvey *survey)
{
  g_autoptr (WeftSurvey) before = window->survey;
  g_autofree WeftFieldChoice *chosen = window->choices;

  window->survey = survey;
  window->choices = survey->is_table ? keep_choices (survey, before, chosen) : NULL;
  weft_field_list_set_survey (window->fields, survey, window->choices);
  gtk_widget_set_visible (GTK_WIDGET (window->dialect), survey->is_text);
  weft_dialect_bar_set (window->dialect, &survey->dialect);
  show_rows (window);
  gtk_widget_set_visible (window->split_bar,
                          survey->is_table || weft_json_get (survey->guess, "file") != NULL);
}

static void
show (WeftSurvey *survey, const GError *error, gpointer data)
{
  WeftImportWindow *window = data;
  gboolean          first = window->survey == NULL;

  g_free (window->problem);
  window->problem = error != NULL ? g_strdup (error->message) : NULL;
  if (survey != NULL)
    show_survey (window, survey);
  update (window);
  if (first)
    gtk_widget_grab_focus (window->import);
}

static void
dialect_cb (WeftImportWindow *window)
{
  WeftDialect dialect = weft_dialect_bar_get (window->dialect);

  gtk_widget_set_sensitive (window->import, FALSE);
  weft_survey_pages_read_file (window->pages, window->survey->path, &dialect);
}

/* ---- The window ---- */

static GtkWidget *
add_bar (GtkBox *box, const char *text)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (bar, "data-bar");
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_box_append (GTK_BOX (bar), label);
  gtk_box_append (box, bar);
  return bar;
}

static void
add_question (WeftImportWindow *window,
              GtkBox           *box,
              Question         *question,
              const char       *member,
              const Answer     *answers,
              const char       *name)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  for (const Answer *answer = answers; answer->title != NULL; answer++)
    gtk_string_list_append (titles, _ (answer->title));
  question->member = member;
  question->answers = answers;
  question->bar = add_bar (box, NULL);
  gtk_widget_add_css_class (question->bar, "missing");
  question->text = GTK_LABEL (gtk_widget_get_first_child (question->bar));
  gtk_label_set_wrap (question->text, TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (question->text), TRUE);
  question->choice =
    GTK_DROP_DOWN (gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&titles)), NULL));
  gtk_accessible_update_property (GTK_ACCESSIBLE (question->choice), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name, -1);
  gtk_box_append (GTK_BOX (question->bar), GTK_WIDGET (question->choice));
  g_signal_connect_swapped (question->choice, "notify::selected", G_CALLBACK (update), window);
}

static GtkSpinButton *
add_share (WeftImportWindow *window, const char *title, double value)
{
  GtkWidget *label = gtk_label_new (title);
  GtkWidget *spin = gtk_spin_button_new_with_range (0, 45, 1);

  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), value);
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), spin);
  gtk_accessible_update_property (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_box_append (GTK_BOX (window->split_bar), label);
  gtk_box_append (GTK_BOX (window->split_bar), spin);
  return GTK_SPIN_BUTTON (spin);
}

static GtkWidget *
make_preview (WeftImportWindow *window)
{
  GtkWidget *paned = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);
  GtkWidget *side = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *main = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  window->fields = weft_field_list_new ();
  g_signal_connect_swapped (window->fields, "changed", G_CALLBACK (update), window);
  gtk_box_append (GTK_BOX (side), GTK_WIDGET (window->fields));
  gtk_widget_set_size_request (side, 300, -1);
  window->dialect = weft_dialect_bar_new ();
  g_signal_connect_swapped (window->dialect, "changed", G_CALLBACK (dialect_cb), window);
  gtk_box_append (GTK_BOX (main), GTK_WIDGET (window->dialect));
  add_question (window, GTK_BOX (main), &window->missing, "missing", missing_answers,
                _ ("Missing numbers"));
  add_question (window, GTK_BOX (main), &window->bad, "bad_rows", bad_answers,
                _ ("Rows that cannot be read"));
  window->rows = weft_row_table_new ();
  gtk_box_append (GTK_BOX (main), GTK_WIDGET (window->rows));
  window->steps = weft_import_steps_new ();
  g_signal_connect_swapped (window->steps, "changed", G_CALLBACK (update), window);
  gtk_box_append (GTK_BOX (main), GTK_WIDGET (window->steps));
  window->split_bar = add_bar (GTK_BOX (main), _ ("Kept from training, in percent:"));
  window->validation = add_share (window, _ ("Validation"), 10);
  window->test = add_share (window, _ ("Test"), 10);
  window->message = GTK_LABEL (gtk_widget_get_first_child (add_bar (GTK_BOX (main), NULL)));
  gtk_label_set_wrap (window->message, TRUE);
  gtk_paned_set_start_child (GTK_PANED (paned), side);
  gtk_paned_set_end_child (GTK_PANED (paned), main);
  gtk_paned_set_resize_start_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_shrink_start_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (paned), FALSE);
  return paned;
}

/* The mnemonic's underscore is no part of what a button is called. */
static GtkWidget *
new_button (const char *text)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (text);
  g_auto (GStrv) parts = g_strsplit (text, "_", 2);
  g_autofree char *name = g_strjoinv (NULL, parts);

  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return button;
}

static GtkWidget *
make_header (WeftImportWindow *window)
{
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *cancel = new_button (_ ("_Cancel"));

  window->import = new_button (_ ("_Import"));
  gtk_widget_add_css_class (window->import, "suggested-action");
  gtk_widget_set_sensitive (window->import, FALSE);
  window->title = ADW_WINDOW_TITLE (adw_window_title_new (NULL, NULL));
  g_object_bind_property (window, "title", window->title, "title", G_BINDING_SYNC_CREATE);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), GTK_WIDGET (window->title));
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), window->import);
  g_signal_connect_swapped (cancel, "clicked", G_CALLBACK (gtk_window_close), window);
  g_signal_connect (window->import, "clicked", G_CALLBACK (import_cb), window);
  return header;
}

static void
dispose (GObject *object)
{
  WeftImportWindow *window = WEFT_IMPORT_WINDOW (object);

  if (window->fields != NULL)
    weft_field_list_set_survey (window->fields, NULL, NULL);
  window->fields = NULL;
  G_OBJECT_CLASS (weft_import_window_parent_class)->dispose (object);
}

static void
finalize (GObject *object)
{
  WeftImportWindow *window = WEFT_IMPORT_WINDOW (object);

  g_free (window->problem);
  weft_survey_free (window->survey);
  g_free (window->choices);
  G_OBJECT_CLASS (weft_import_window_parent_class)->finalize (object);
}

static void
weft_import_window_class_init (WeftImportWindowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dispose;
  G_OBJECT_CLASS (klass)->finalize = finalize;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close",
                                       NULL);
  signals[SIGNAL_IMPORT] = g_signal_new ("import", WEFT_TYPE_IMPORT_WINDOW, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
weft_import_window_init (WeftImportWindow *window)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  window->pages = weft_survey_pages_new (_ ("Reading the file…"), _ ("This File Cannot Be Read"),
                                         make_preview (window), show, window);
  gtk_box_append (GTK_BOX (box), make_header (window));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (window->pages));
  adw_window_set_content (ADW_WINDOW (window), box);
  gtk_window_set_default_size (GTK_WINDOW (window), 960, 640);
}

/**
 * weft_import_window_new:
 * @path: the file, read from now on
 *
 * Returns: (transfer none): the window, not shown yet; GTK owns it
 */
WeftImportWindow *
weft_import_window_new (GtkWindow *parent, const char *path)
{
  g_autofree char  *name = g_filename_display_basename (path);
  g_autofree char  *title = g_strdup_printf (_ ("Import %s"), name);
  WeftImportWindow *window = g_object_new (WEFT_TYPE_IMPORT_WINDOW, "transient-for", parent,
                                           "modal", TRUE, "title", title, NULL);

  weft_survey_pages_read_file (window->pages, path, NULL);
  return window;
}
