/* The fields of data, one below the other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/field-list.h"

#include "ui/data/histogram.h"
#include "ui/draw/format.h"

#include <glib/gi18n.h>
#include <math.h>

/* More fields are chosen together in the specification; nobody reads so many rows. */
#define MAX_ROWS 200

struct _WeftFieldList
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkListBox *list;

  /* Borrowed */
  const WeftSurvey *survey;
  WeftFieldChoice  *choices;

  /* Plain values */
  gboolean building;
};

G_DEFINE_FINAL_TYPE (WeftFieldList, weft_field_list, ADW_TYPE_BIN)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* The parts of a row, found again by the number of its field. */
typedef struct
{
  guint          field;
  GtkLabel      *summary;
  WeftHistogram *histogram;
  GtkDropDown   *role, *kind;
} Row;

/* ---- Words ---- */

/* A mean that is zero but for rounding. */
#define ZERO_SHARE 1e-6

/* A class as it can be read: of a text's letters some are white space. */
static const char *
visible_class (const char *text)
{
  return g_str_equal (text, "\n") ? "↵" : g_str_equal (text, " ")  ? "␣"
                                        : g_str_equal (text, "\t") ? "⇥"
                                                                   : text;
}

/* With so many digits that matter, and without a power of ten where people write none. */
static char *
dup_number (double number, int digits)
{
  return fabs (number) >= 1000 && fabs (number) < 1e7 ? g_strdup_printf ("%.0f", number)
                                                      : g_strdup_printf ("%.*g", digits, number);
}

static char *
dup_spread (const WeftField *field)
{
  g_autofree char *low = dup_number (field->low, 5), *high = dup_number (field->high, 5);
  g_autofree char *mean =
    dup_number (fabs (field->mean) < ZERO_SHARE * field->deviation ? 0 : field->mean, 4);
  g_autofree char *deviation = dup_number (field->deviation, 3);

  return g_strdup_printf (_ ("%s to %s, mean %s ± %s"), low, high, mean, deviation);
}

static char *
dup_summary (const WeftField *field, WeftFieldKind kind)
{
  GString *text = g_string_new (NULL);

  if (kind == WEFT_FIELD_NUMBER && field->n_numbers > 0)
    {
      g_autofree char *spread = dup_spread (field);

      g_string_append (text, spread);
    }
  else if (kind == WEFT_FIELD_CATEGORY && field->texts != NULL)
    {
      guint n = g_strv_length (field->texts);

      g_string_append_printf (text, g_dngettext (NULL, "%u class: ", "%u classes: ", n), n);
      for (guint i = 0; i < n && i < 4; i++)
        g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", visible_class (field->texts[i]));
      if (n > 4)
        g_string_append (text, ", …");
    }
  else
    g_string_append (text, field->is_date ? _ ("Dates") : _ ("Text"));
  return g_string_free (text, FALSE);
}

static char *
dup_missing (const WeftField *field)
{
  g_autofree char *count = weft_format_count (field->n_missing);

  return g_strdup_printf (g_dngettext (NULL, "%s missing", "%s missing", (gulong) field->n_missing),
                          count);
}

/* ---- Rows ---- */

static void
show_choice (WeftFieldList *list, Row *row)
{
  const WeftField *field = &list->survey->fields[row->field];
  WeftFieldKind    kind =
    list->choices != NULL ? list->choices[row->field].kind : field->kind;
  g_autofree char *summary = dup_summary (field, kind);

  gtk_label_set_label (row->summary, summary);
  weft_histogram_set_field (row->histogram, field, kind);
  if (row->kind != NULL)
    gtk_widget_set_sensitive (GTK_WIDGET (row->kind),
                              list->choices[row->field].role != WEFT_ROLE_IGNORED);
}

static void
chosen_cb (GtkDropDown *drop, GParamSpec *pspec, WeftFieldList *list)
{
  Row             *row = g_object_get_data (G_OBJECT (drop), "weft-row");
  WeftFieldChoice *choice = &list->choices[row->field];

  if (list->building)
    return;
  choice->role = gtk_drop_down_get_selected (row->role);
  if (row->kind != NULL)
    choice->kind = gtk_drop_down_get_selected (row->kind);
  else if (choice->kind == WEFT_FIELD_TEXT) /* what is used is a number or a class */
    choice->kind =
      list->survey->fields[row->field].can_be_number ? WEFT_FIELD_NUMBER : WEFT_FIELD_CATEGORY;
  show_choice (list, row);
  g_signal_emit (list, signals[SIGNAL_CHANGED], 0);
}

static GtkDropDown *
add_choice (WeftFieldList     *list,
            GtkBox            *box,
            Row               *row,
            const char *const *words,
            guint              selected,
            const char        *label)
{
  GtkWidget *drop = gtk_drop_down_new_from_strings (words);

  gtk_drop_down_set_selected (GTK_DROP_DOWN (drop), selected);
  gtk_widget_set_valign (drop, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (drop), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_object_set_data (G_OBJECT (drop), "weft-row", row);
  g_signal_connect_object (drop, "notify::selected", G_CALLBACK (chosen_cb), list, 0);
  gtk_box_append (box, drop);
  return GTK_DROP_DOWN (drop);
}

static void
add_choices (WeftFieldList *list, GtkBox *box, Row *row)
{
  const WeftField *field = &list->survey->fields[row->field];
  const char      *roles[] = { _ ("Input"), _ ("Label"), _ ("Ignored"), NULL };
  const char      *kinds[] = { _ ("Number"), _ ("Category"), NULL };
  g_autofree char *role = g_strdup_printf (_ ("Role of %s"), field->name);
  g_autofree char *kind = g_strdup_printf (_ ("Type of %s"), field->name);
  GtkWidget       *choices = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  gtk_box_append (box, choices);
  row->role =
    add_choice (list, GTK_BOX (choices), row, roles, list->choices[row->field].role, role);
  if (field->can_be_number && field->can_be_category)
    row->kind =
      add_choice (list, GTK_BOX (choices), row, kinds, list->choices[row->field].kind, kind);
  /* What can be neither a number nor a class cannot be used. */
  gtk_widget_set_sensitive (GTK_WIDGET (row->role), field->can_be_number || field->can_be_category);
}

static GtkLabel *
add_label (GtkBox *box, const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, css_class);
  gtk_box_append (box, label);
  return GTK_LABEL (label);
}

static void
add_row (WeftFieldList *list, guint index)
{
  const WeftField *field = &list->survey->fields[index];
  GtkWidget       *item = gtk_list_box_row_new ();
  GtkWidget       *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget       *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  Row             *row = g_new0 (Row, 1);
  GtkLabel        *name;

  row->field = index;
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (item), FALSE);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (item), box);
  g_object_set_data_full (G_OBJECT (item), "weft-row", row, g_free);
  gtk_widget_add_css_class (box, "data-field");
  gtk_box_append (GTK_BOX (box), head);
  name = add_label (GTK_BOX (head), field->name, "heading");
  gtk_widget_set_hexpand (GTK_WIDGET (name), TRUE);
  if (field->n_missing > 0)
    {
      g_autofree char *missing = dup_missing (field);

      add_label (GTK_BOX (head), missing, "warning");
    }
  row->summary = add_label (GTK_BOX (box), NULL, "dim-label");
  gtk_label_set_ellipsize (row->summary, PANGO_ELLIPSIZE_NONE);
  gtk_label_set_wrap (row->summary, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (row->summary), "caption");
  row->histogram = WEFT_HISTOGRAM (weft_histogram_new ());
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (row->histogram));
  if (list->choices != NULL)
    add_choices (list, GTK_BOX (box), row);
  show_choice (list, row);
  gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, field->name,
                                  -1);
  gtk_list_box_append (list->list, item);
}

static void
add_rest (WeftFieldList *list, guint n)
{
  g_autofree char *text = g_strdup_printf (
    g_dngettext (NULL, "%u more column is not shown.", "%u more columns are not shown.", n), n);
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (label, "dim-label");
  gtk_list_box_append (list->list, label);
}

static void
weft_field_list_class_init (WeftFieldListClass *klass)
{
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", WEFT_TYPE_FIELD_LIST, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_field_list_init (WeftFieldList *list)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  list->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (list->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (list->list), "data-fields");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Columns"), -1);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (list->list));
  gtk_widget_set_vexpand (scrolled, TRUE);
  adw_bin_set_child (ADW_BIN (list), scrolled);
}

WeftFieldList *
weft_field_list_new (void)
{
  return g_object_new (WEFT_TYPE_FIELD_LIST, NULL);
}

void
weft_field_list_set_survey (WeftFieldList    *list,
                            const WeftSurvey *survey,
                            WeftFieldChoice  *choices)
{
  GtkListBoxRow *row;

  list->building = TRUE;
  while ((row = gtk_list_box_get_row_at_index (list->list, 0)) != NULL)
    gtk_list_box_remove (list->list, GTK_WIDGET (row));
  list->survey = survey;
  list->choices = choices;
  for (guint i = 0; survey != NULL && i < survey->n_fields && i < MAX_ROWS; i++)
    add_row (list, i);
  if (survey != NULL && survey->n_fields > MAX_ROWS)
    add_rest (list, survey->n_fields - MAX_ROWS);
  list->building = FALSE;
}
