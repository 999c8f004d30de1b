/* Importing a file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/import-window.h"

#include "ui/data/field-list.h"
#include "ui/data/import-steps.h"
#include "ui/data/row-table.h"
#include "ui/data/survey-job.h"
#include "ui/draw/format.h"

#include <glib/gi18n.h>

#define SPLIT_SEED 1

struct _WeftImportWindow
{
  AdwWindow parent_instance;

  /* Children, borrowed */
  GtkStack        *pages; /* reading, problem, preview */
  GtkProgressBar  *progress;
  AdwStatusPage   *problem;
  GtkWidget       *import;
  AdwWindowTitle  *title; /* below it: how many rows there are */
  WeftFieldList   *fields;
  WeftRowTable    *rows;
  WeftImportSteps *steps;
  GtkWidget       *missing_bar, *split_bar;
  GtkLabel        *missing_text, *message;
  GtkDropDown     *missing;
  GtkSpinButton   *validation, *test;

  /* Owned */
  char            *path;
  GCancellable    *cancellable;
  WeftSurvey      *survey;
  WeftFieldChoice *choices; /* NULL: no table */
};

G_DEFINE_FINAL_TYPE (WeftImportWindow, weft_import_window, ADW_TYPE_WINDOW)

enum
{
  SIGNAL_IMPORT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* What is done about missing numbers: words of the specification and for people. The first is no
 * answer: the person has to choose. */
static const struct
{
  const char *word, *title;
} policies[] = {
  { NULL, N_ ("Choose…") },
  { "skip", N_ ("Leave such rows out") },
  { "mean", N_ ("Fill in the mean") },
  { "median", N_ ("Fill in the median") },
  { "error", N_ ("Refuse the file") },
};

/* ---- The answer ---- */

static gboolean
lacks_numbers (WeftImportWindow *window)
{
  return window->choices != NULL && weft_survey_n_missing (window->survey, window->choices) > 0;
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

/* What the window says now; NULL with an error that says what to do. */
static WeftJson *
make_spec (WeftImportWindow *window, GError **error)
{
  guint     policy = gtk_drop_down_get_selected (window->missing);
  WeftJson *spec = write_columns (window, error);

  if (spec == NULL)
    return NULL;
  weft_import_steps_apply (window->steps, spec);
  if (lacks_numbers (window))
    {
      if (policies[policy].word == NULL)
        {
          g_set_error_literal (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_SPEC,
                               _ ("Choose what to do about the missing numbers."));
          weft_json_unref (spec);
          return NULL;
        }
      weft_json_set_string (spec, "missing", policies[policy].word);
    }
  set_split (window, spec);
  return spec;
}

static void
update (WeftImportWindow *window)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftJson) spec = NULL, columns = NULL;
  gboolean lacks;

  if (window->survey == NULL)
    return;
  lacks = lacks_numbers (window);
  gtk_widget_set_visible (window->missing_bar, lacks);
  if (lacks)
    {
      gint64           n = weft_survey_n_missing (window->survey, window->choices);
      g_autofree char *count = weft_format_count (n);
      g_autofree char *text = g_strdup_printf (
        g_dngettext (NULL, "%s number is missing.", "%s numbers are missing.", (gulong) n), count);

      gtk_label_set_label (window->missing_text, text);
    }
  columns = write_columns (window, NULL);
  weft_import_steps_show (window->steps, columns);
  spec = make_spec (window, &error);
  gtk_widget_set_sensitive (window->import, spec != NULL);
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

static void
show_preview (WeftImportWindow *window)
{
  const WeftSurvey *survey = window->survey;
  g_autofree char  *rows = weft_format_count (count_rows (survey));
  g_autofree char  *counts = NULL;
  g_autoptr (WeftRowModel) model = NULL;

  window->choices = survey->is_table ? weft_survey_choices (survey) : NULL;
  counts = g_strdup_printf (
    g_dngettext (NULL, "%s rows, %u column", "%s rows, %u columns", survey->n_fields), rows,
    survey->n_fields);
  adw_window_title_set_subtitle (window->title, counts);
  weft_field_list_set_survey (window->fields, survey, window->choices);
  model = survey->is_table ? weft_row_model_new_table (survey)
                           : weft_row_model_new_dataset (survey->dataset, WEFT_SPLIT_TRAIN, -1, 0);
  weft_row_table_set_model (window->rows, model);
  gtk_widget_set_visible (window->split_bar,
                          survey->is_table || weft_json_get (survey->guess, "file") != NULL);
  gtk_stack_set_visible_child_name (window->pages, "preview");
  update (window);
  gtk_widget_grab_focus (window->import);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftImportWindow *window = WEFT_IMPORT_WINDOW (source);
  g_autoptr (GError) error = NULL;
  WeftSurvey *survey = weft_survey_job_finish (result, &error);

  if (g_cancellable_is_cancelled (window->cancellable))
    {
      weft_survey_free (survey);
      return;
    }
  if (survey == NULL)
    {
      adw_status_page_set_description (window->problem, error->message);
      gtk_stack_set_visible_child_name (window->pages, "problem");
      return;
    }
  window->survey = survey;
  show_preview (window);
}

static void
progress_cb (double fraction, gpointer data)
{
  WeftImportWindow *window = data;

  gtk_progress_bar_set_fraction (window->progress, fraction);
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
make_missing_bar (WeftImportWindow *window, GtkBox *box)
{
  const char *titles[G_N_ELEMENTS (policies) + 1] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (policies); i++)
    titles[i] = _ (policies[i].title);
  window->missing_bar = add_bar (box, NULL);
  gtk_widget_add_css_class (window->missing_bar, "missing");
  window->missing_text = GTK_LABEL (gtk_widget_get_first_child (window->missing_bar));
  window->missing = GTK_DROP_DOWN (gtk_drop_down_new_from_strings (titles));
  gtk_accessible_update_property (GTK_ACCESSIBLE (window->missing), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Missing numbers"), -1);
  gtk_box_append (GTK_BOX (window->missing_bar), GTK_WIDGET (window->missing));
  g_signal_connect_swapped (window->missing, "notify::selected", G_CALLBACK (update), window);
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
  make_missing_bar (window, GTK_BOX (main));
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

static GtkWidget *
make_reading (WeftImportWindow *window)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_widget_set_halign (box, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), gtk_label_new (_ ("Reading the file…")));
  window->progress = GTK_PROGRESS_BAR (gtk_progress_bar_new ());
  gtk_widget_set_size_request (GTK_WIDGET (window->progress), 280, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (window->progress), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Reading the file"), -1);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (window->progress));
  return box;
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

  if (window->cancellable != NULL)
    g_cancellable_cancel (window->cancellable);
  if (window->fields != NULL)
    weft_field_list_set_survey (window->fields, NULL, NULL);
  window->fields = NULL;
  G_OBJECT_CLASS (weft_import_window_parent_class)->dispose (object);
}

static void
finalize (GObject *object)
{
  WeftImportWindow *window = WEFT_IMPORT_WINDOW (object);

  g_free (window->path);
  g_object_unref (window->cancellable);
  weft_survey_free (window->survey);
  g_free (window->choices);
  G_OBJECT_CLASS (weft_import_window_parent_class)->finalize (object);
}

static gboolean
close_request (GtkWindow *window)
{
  g_cancellable_cancel (WEFT_IMPORT_WINDOW (window)->cancellable);
  return GTK_WINDOW_CLASS (weft_import_window_parent_class)->close_request (window);
}

static void
weft_import_window_class_init (WeftImportWindowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dispose;
  G_OBJECT_CLASS (klass)->finalize = finalize;
  GTK_WINDOW_CLASS (klass)->close_request = close_request;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close",
                                       NULL);
  signals[SIGNAL_IMPORT] = g_signal_new ("import", WEFT_TYPE_IMPORT_WINDOW, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
weft_import_window_init (WeftImportWindow *window)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  window->cancellable = g_cancellable_new ();
  window->pages = GTK_STACK (gtk_stack_new ());
  window->problem = ADW_STATUS_PAGE (adw_status_page_new ());
  adw_status_page_set_icon_name (window->problem, "dialog-warning-symbolic");
  adw_status_page_set_title (window->problem, _ ("This File Cannot Be Read"));
  gtk_stack_add_named (window->pages, make_reading (window), "reading");
  gtk_stack_add_named (window->pages, GTK_WIDGET (window->problem), "problem");
  gtk_stack_add_named (window->pages, make_preview (window), "preview");
  gtk_widget_set_vexpand (GTK_WIDGET (window->pages), TRUE);
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

  window->path = g_strdup (path);
  weft_survey_job_start (G_OBJECT (window), path, NULL, NULL, window->cancellable, progress_cb,
                         read_cb, window);
  return window;
}
