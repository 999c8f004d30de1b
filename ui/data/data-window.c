/* Looking at the data of a dataset node.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/data-window.h"

#include "ui/data/field-list.h"
#include "ui/data/row-table.h"
#include "ui/data/survey-pages.h"
#include "ui/draw/format.h"

#include <glib/gi18n.h>

struct _WeftDataWindow
{
  AdwWindow parent_instance;

  /* Children, borrowed */
  WeftSurveyPages *pages;
  WeftFieldList   *fields;
  WeftRowTable    *rows;
  GtkDropDown     *split, *label;
  GtkLabel        *shown;

  /* Owned */
  WeftSurvey *survey;

  /* Plain values */
  int       label_column;          /* -1: none has classes */
  WeftSplit splits[WEFT_N_SPLITS]; /* that have rows, as in the list */
};

G_DEFINE_FINAL_TYPE (WeftDataWindow, weft_data_window, ADW_TYPE_WINDOW)

/* ---- Rows ---- */

static void
show_rows (WeftDataWindow *window)
{
  guint     label = gtk_drop_down_get_selected (window->label);
  WeftSplit split;
  g_autoptr (WeftRowModel) model = NULL;
  g_autofree char *count = NULL, *text = NULL;
  guint            n;

  if (window->survey == NULL)
    return;
  split = window->splits[MIN (gtk_drop_down_get_selected (window->split), WEFT_N_SPLITS - 1)];
  model = weft_row_model_new_dataset (window->survey->dataset, split,
                                      label > 0 && label != GTK_INVALID_LIST_POSITION
                                        ? window->label_column
                                        : -1,
                                      label - 1);
  n = g_list_model_get_n_items (G_LIST_MODEL (model));
  count = weft_format_count (n);
  text = g_strdup_printf (g_dngettext (NULL, "%s row", "%s rows", n), count);
  gtk_label_set_label (window->shown, text);
  /* All of them are counted in the list of splits. */
  gtk_widget_set_visible (GTK_WIDGET (window->shown),
                          label > 0 && label != GTK_INVALID_LIST_POSITION);
  weft_row_table_set_model (window->rows, model);
}

static void
fill_splits (WeftDataWindow *window)
{
  const char *names[] = { _ ("Training"), _ ("Validation"), _ ("Test") };
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  guint n = 0;

  for (guint i = 0; i < WEFT_N_SPLITS; i++)
    {
      gint64           rows = weft_dataset_n_rows (window->survey->dataset, i);
      g_autofree char *count = weft_format_count (rows);
      g_autofree char *text = NULL;

      if (rows == 0)
        continue;
      text = g_strdup_printf (g_dngettext (NULL, "%s: %s row", "%s: %s rows", (gulong) rows),
                              names[i], count);
      gtk_string_list_append (list, text);
      window->splits[n++] = i;
    }
  gtk_drop_down_set_model (window->split, G_LIST_MODEL (list));
}

/* The last column with classes is what is told apart. */
static void
fill_labels (WeftDataWindow *window)
{
  guint             n;
  const WeftColumn *columns =
    weft_dataset_spec_columns (weft_dataset_get_spec (window->survey->dataset), &n);
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);

  window->label_column = -1;
  for (guint i = 0; i < n; i++)
    if (columns[i].classes != NULL && columns[i].rank == 0)
      window->label_column = (int) i;
  gtk_widget_set_visible (GTK_WIDGET (window->label), window->label_column >= 0);
  if (window->label_column < 0)
    return;
  gtk_string_list_append (list, _ ("All classes"));
  for (char **class = columns[window->label_column].classes; *class != NULL; class ++)
    gtk_string_list_append (list, *class);
  gtk_drop_down_set_model (window->label, G_LIST_MODEL (list));
}

/* ---- Reading ---- */

static void
show (WeftSurvey *survey, const GError *error, gpointer data)
{
  WeftDataWindow *window = data;

  window->survey = survey;
  fill_splits (window);
  fill_labels (window);
  weft_field_list_set_survey (window->fields, survey, NULL);
  show_rows (window);
}

/* ---- The window ---- */

static GtkDropDown *
add_choice (WeftDataWindow *window, GtkBox *bar, const char *label)
{
  const char *const none[] = { NULL };
  GtkWidget        *drop = gtk_drop_down_new_from_strings (none);

  gtk_accessible_update_property (GTK_ACCESSIBLE (drop), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_swapped (drop, "notify::selected", G_CALLBACK (show_rows), window);
  gtk_box_append (bar, drop);
  return GTK_DROP_DOWN (drop);
}

static GtkWidget *
make_data (WeftDataWindow *window)
{
  GtkWidget *paned = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);
  GtkWidget *main = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  window->fields = weft_field_list_new ();
  window->rows = weft_row_table_new ();
  window->split = add_choice (window, GTK_BOX (bar), _ ("Split"));
  window->label = add_choice (window, GTK_BOX (bar), _ ("Class"));
  window->shown = GTK_LABEL (gtk_label_new (NULL));
  gtk_widget_add_css_class (GTK_WIDGET (window->shown), "dim-label");
  gtk_box_append (GTK_BOX (bar), GTK_WIDGET (window->shown));
  gtk_widget_add_css_class (bar, "data-bar");
  gtk_box_append (GTK_BOX (main), bar);
  gtk_box_append (GTK_BOX (main), GTK_WIDGET (window->rows));
  gtk_widget_set_size_request (GTK_WIDGET (window->fields), 260, -1);
  gtk_paned_set_start_child (GTK_PANED (paned), GTK_WIDGET (window->fields));
  gtk_paned_set_end_child (GTK_PANED (paned), main);
  gtk_paned_set_resize_start_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_shrink_start_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (paned), FALSE);
  return paned;
}

static void
dispose (GObject *object)
{
  WeftDataWindow *window = WEFT_DATA_WINDOW (object);

  if (window->fields != NULL)
    weft_field_list_set_survey (window->fields, NULL, NULL);
  window->fields = NULL;
  G_OBJECT_CLASS (weft_data_window_parent_class)->dispose (object);
}

static void
finalize (GObject *object)
{
  WeftDataWindow *window = WEFT_DATA_WINDOW (object);

  weft_survey_free (window->survey);
  G_OBJECT_CLASS (weft_data_window_parent_class)->finalize (object);
}

static void
weft_data_window_class_init (WeftDataWindowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dispose;
  G_OBJECT_CLASS (klass)->finalize = finalize;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close",
                                       NULL);
}

static void
weft_data_window_init (WeftDataWindow *window)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  window->pages = weft_survey_pages_new (_ ("Reading the data…"), _ ("These Data Cannot Be Read"),
                                         make_data (window), show, window);
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (window->pages));
  adw_window_set_content (ADW_WINDOW (window), box);
  gtk_window_set_default_size (GTK_WINDOW (window), 900, 600);
}

/**
 * weft_data_window_new:
 * @name: of the node
 * @params: of the node, copied
 * @folder: (nullable): of the document
 *
 * Returns: (transfer none): the window, not shown yet; GTK owns it
 */
WeftDataWindow *
weft_data_window_new (GtkWindow *parent, const char *name, WeftJson *params, const char *folder)
{
  g_autofree char *title = g_strdup_printf (_ ("Data of %s"), name);
  WeftDataWindow  *window = g_object_new (WEFT_TYPE_DATA_WINDOW, "transient-for", parent, "title",
                                          title, NULL);

  weft_survey_pages_read_set (window->pages, params, folder);
  return window;
}
