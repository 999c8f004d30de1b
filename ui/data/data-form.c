/* The form of a dataset's split and batches: a table of rows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/data-form.h"

#include "engine/dataset/dataset.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

typedef enum
{
  FIELD_WORDS,   /* one of some words, the first of which is what is so anyway */
  FIELD_COLUMN,  /* a column, or none */
  FIELD_CLASSES, /* a column with classes, or none */
  FIELD_NUMBER,
} FieldKind;

/* A row of the form. @param: of the node; @member: of it, NULL: it is the parameter. @words and
 * @titles: with | between. */
static const struct
{
  const char *param, *member, *title;
  FieldKind   kind;
  const char *words, *titles;
  const char *tip;
} fields[] = {
  { "split", "train", N_ ("Train with"), FIELD_NUMBER,
    .tip = N_ ("A share from 0 to 1, or a number of rows") },
  { "split", "validation", N_ ("Validate with"), FIELD_NUMBER,
    .tip = N_ ("A share from 0 to 1, or a number of rows") },
  { "split", "test", N_ ("Test with"), FIELD_NUMBER,
    .tip = N_ ("A share from 0 to 1, or a number of rows") },
  { "split", "stratify", N_ ("Each class alike"), FIELD_CLASSES,
    .tip = N_ ("Every split gets its share of each class of this column") },
  { "split", "folds", N_ ("Folds"), FIELD_NUMBER,
    .tip = N_ (
      "So many parts, of which one validates; instead of the shares for training and validation") },
  { "split", "fold", N_ ("Fold that validates"), FIELD_NUMBER, .tip = N_ ("From 0 on") },
  { "missing", NULL, N_ ("Missing numbers"), FIELD_WORDS, "error|skip|mean|median",
    N_ ("Are an error|Leave their row out|Become the mean|Become the median"), NULL },
  { "batches", "order", N_ ("Order"), FIELD_WORDS, "shuffled|sequential",
    N_ ("Shuffled|As they stand"), NULL },
  { "batches", "last", N_ ("Short last batch"), FIELD_WORDS, "keep|drop|fill",
    N_ ("Kept|Left out|Filled up"), NULL },
  { "batches", "weights", N_ ("Drawn by weight"), FIELD_COLUMN,
    .tip = N_ (
      "Rows come as often as this column says; of a column with classes, each class alike often") },
  { "batches", "bucket", N_ ("One length a batch"), FIELD_COLUMN,
    .tip = N_ ("Rows of about the same length come together: by this number, or by the items up to "
               "the zeros at the end") },
};

#define N_FIELDS G_N_ELEMENTS (fields)

struct _WeftDataForm
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkWidget *controls[N_FIELDS]; /* a GtkDropDown or a GtkEntry */
  GtkWidget *columns_title;
  GtkLabel  *columns, *message;

  /* Owned */
  WeftJson *params; /* a copy, to try changes on */
  WeftJson *whole;  /* the same with what a shipped set says itself; NULL: unknown */
  char     *folder;

  /* Plain values */
  WeftDataFormApply apply;
  gpointer          data;
  gboolean          showing; /* what changes now was not asked for */
};

G_DEFINE_FINAL_TYPE (WeftDataForm, weft_data_form, ADW_TYPE_BIN)

gboolean
weft_data_form_has (const char *name)
{
  for (guint i = 0; i < N_FIELDS; i++)
    if (strcmp (fields[i].param, name) == 0)
      return TRUE;
  return strcmp (name, "columns") == 0;
}

/* ---- Asking ---- */

/* Whether a dataset with @value as its parameter @name can be: what is wrong is said here, not on
 * the canvas. */
static gboolean
is_possible (WeftDataForm *form, const char *name, WeftJson *value, GError **error)
{
  g_autoptr (WeftJson) params = weft_json_copy (form->params);
  g_autoptr (WeftDatasetSpec) spec = NULL;

  if (value != NULL)
    weft_json_set (params, name, weft_json_copy (value));
  else
    weft_json_remove (params, name);
  spec = weft_dataset_spec_new (params, form->folder, error);
  return spec != NULL;
}

/* Takes @value. */
static void
ask (WeftDataForm *form, const char *name, WeftJson *value)
{
  g_autoptr (GError) error = NULL;

  if (is_possible (form, name, value, &error))
    form->apply (name, value, form->data, &error);
  else
    weft_json_unref (value);
  gtk_label_set_label (form->message, error != NULL ? error->message : "");
  gtk_widget_set_visible (GTK_WIDGET (form->message), error != NULL);
}

/* @value, taken, as field @index says; NULL: what is so anyway. */
static void
ask_for_field (WeftDataForm *form, guint index, WeftJson *value)
{
  const char *param = fields[index].param, *member = fields[index].member;
  WeftJson   *now = weft_json_get (form->whole != NULL ? form->whole : form->params, param), *changed;

  if (member == NULL)
    {
      ask (form, param, value);
      return;
    }
  changed = now != NULL ? weft_json_copy (now) : weft_json_new_object ();
  if (value != NULL)
    weft_json_set (changed, member, value);
  else
    weft_json_remove (changed, member);
  if (weft_json_n_members (changed) == 0)
    g_clear_pointer (&changed, weft_json_unref);
  ask (form, param, changed);
}

static guint
index_of (GObject *object)
{
  return GPOINTER_TO_UINT (g_object_get_data (object, "weft-field"));
}

static void
chosen_cb (GObject *drop, GParamSpec *spec, WeftDataForm *form)
{
  guint            index = index_of (drop), selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (drop));
  GtkStringObject *item = gtk_drop_down_get_selected_item (GTK_DROP_DOWN (drop));
  const char      *word = item != NULL ? gtk_string_object_get_string (item) : NULL;

  if (form->showing || item == NULL)
    return;
  if (fields[index].kind == FIELD_WORDS)
    {
      g_auto (GStrv) words = g_strsplit (fields[index].words, "|", -1);

      word = selected < g_strv_length (words) ? words[selected] : word;
      ask_for_field (form, index, selected > 0 ? weft_json_new_string (word) : NULL);
    }
  else
    ask_for_field (form, index, selected > 0 ? weft_json_new_string (word) : NULL);
}

static void
entered_cb (GtkEntry *entry, WeftDataForm *form)
{
  guint       index = index_of (G_OBJECT (entry));
  const char *text = gtk_editable_get_text (GTK_EDITABLE (entry));
  char       *end;
  double      number = g_strtod (text, &end);

  if (*text == '\0')
    ask_for_field (form, index, NULL);
  else if (*end != '\0' || !isfinite (number))
    ask_for_field (form, index, weft_json_new_string (text)); /* the refusal says what is right */
  else if (number == floor (number) && fabs (number) < 1e15)
    ask_for_field (form, index, weft_json_new_int ((gint64) number));
  else
    ask_for_field (form, index, weft_json_new_number (number));
}

static void
left_cb (GtkEventController *controller, WeftDataForm *form)
{
  GtkWidget  *entry = gtk_event_controller_get_widget (controller);
  const char *shown = g_object_get_data (G_OBJECT (entry), "weft-shown");

  if (g_strcmp0 (shown, gtk_editable_get_text (GTK_EDITABLE (entry))) != 0)
    entered_cb (GTK_ENTRY (entry), form);
}

/* ---- Showing ---- */

static WeftJson *
value_of (WeftDataForm *form, guint index)
{
  WeftJson *value =
    weft_json_get (form->whole != NULL ? form->whole : form->params, fields[index].param);

  return fields[index].member != NULL ? weft_json_get (value, fields[index].member) : value;
}

static void
show_choice (WeftDataForm *form, guint index, GtkStringList *choices, const char *const *words)
{
  WeftJson        *value = value_of (form, index);
  g_autofree char *text = weft_json_kind (value) == WEFT_JSON_STRING
                            ? g_strdup (weft_json_string (value, ""))
                          : value != NULL ? weft_json_to_string (value)
                                          : NULL;
  guint            selected = 0, n = 0;

  for (; words[n] != NULL; n++)
    if (text != NULL && strcmp (words[n], text) == 0)
      selected = n;
  if (text != NULL && selected == 0 && strcmp (words[0], text) != 0)
    {
      gtk_string_list_append (choices, text); /* such as a number that fills in */
      selected = n;
    }
  gtk_drop_down_set_model (GTK_DROP_DOWN (form->controls[index]), G_LIST_MODEL (choices));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (form->controls[index]), selected);
}

static void
show_words (WeftDataForm *form, guint index)
{
  g_auto (GStrv) words = g_strsplit (fields[index].words, "|", -1);
  g_auto (GStrv) titles = g_strsplit (_ (fields[index].titles), "|", -1);
  g_autoptr (GtkStringList) choices = gtk_string_list_new ((const char *const *) titles);

  show_choice (form, index, choices, (const char *const *) words);
}

static void
show_columns (WeftDataForm *form, guint index)
{
  g_autoptr (WeftDatasetSpec) spec = weft_dataset_spec_new (form->params, form->folder, NULL);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  g_autoptr (GtkStringList) choices = gtk_string_list_new (NULL);
  guint             n = 0;
  const WeftColumn *columns = spec != NULL ? weft_dataset_spec_columns (spec, &n) : NULL;

  gtk_string_list_append (choices, _ ("None"));
  g_ptr_array_add (words, (gpointer) "");
  for (guint c = 0; c < n; c++)
    if (fields[index].kind == FIELD_COLUMN || columns[c].classes != NULL)
      {
        gtk_string_list_append (choices, columns[c].name);
        g_ptr_array_add (words, columns[c].name);
      }
  g_ptr_array_add (words, NULL);
  show_choice (form, index, choices, (const char *const *) words->pdata);
}

static void
show_number (WeftDataForm *form, guint index)
{
  WeftJson        *value = value_of (form, index);
  g_autofree char *text = value != NULL ? weft_json_to_string (value) : g_strdup ("");

  gtk_editable_set_text (GTK_EDITABLE (form->controls[index]), text);
  g_object_set_data_full (G_OBJECT (form->controls[index]), "weft-shown", g_steal_pointer (&text),
                          g_free);
}

/* More fields of a column are counted. */
#define MAX_NAMED 3

/* "features: length, width and 2 more"; "species: 3 classes". */
static void
append_column (GString *text, WeftJson *column)
{
  WeftJson *from = weft_json_get (column, "from"), *classes = weft_json_get (column, "classes");
  guint     n = weft_json_length (from), n_classes = weft_json_length (classes);

  g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "",
                          weft_json_get_string (column, "name", ""));
  for (guint i = 0; i < MIN (n, MAX_NAMED); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : ": ",
                            weft_json_string (weft_json_at (from, i), ""));
  if (n > MAX_NAMED)
    g_string_append_printf (text, _ (" and %u more"), n - MAX_NAMED);
  if (weft_json_kind (from) == WEFT_JSON_STRING)
    g_string_append_printf (text, ": %s", weft_json_string (from, ""));
  if (weft_json_kind (classes) == WEFT_JSON_INT)
    n_classes = (guint) CLAMP (weft_json_int (classes, 0), 0, G_MAXUINT16);
  if (n_classes > 0)
    g_string_append_printf (text, g_dngettext (NULL, ", %u class", ", %u classes", n_classes),
                            n_classes);
}

/* What comes out of the node, and which fields of the file it is made of. */
static void
show_sources (WeftDataForm *form)
{
  WeftJson *columns = weft_json_get (form->whole != NULL ? form->whole : form->params, "columns");
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < weft_json_length (columns); i++)
    append_column (text, weft_json_at (columns, i));
  gtk_label_set_label (form->columns, text->str);
  gtk_widget_set_visible (GTK_WIDGET (form->columns), text->len > 0);
  gtk_widget_set_visible (form->columns_title, text->len > 0);
}

/** weft_data_form_set_params: shows what they say; what stands there already is left alone. */
void
weft_data_form_set_params (WeftDataForm *form, WeftJson *params, const char *folder)
{
  if (form->params != NULL && weft_json_equal (form->params, params))
    return;
  g_clear_pointer (&form->params, weft_json_unref);
  g_clear_pointer (&form->whole, weft_json_unref);
  g_free (form->folder);
  form->params = weft_json_copy (params);
  form->whole = weft_dataset_resolve (params, NULL);
  form->folder = g_strdup (folder);
  form->showing = TRUE;
  show_sources (form);
  for (guint i = 0; i < N_FIELDS; i++)
    if (fields[i].kind == FIELD_WORDS)
      show_words (form, i);
    else if (fields[i].kind == FIELD_NUMBER)
      show_number (form, i);
    else
      show_columns (form, i);
  form->showing = FALSE;
  gtk_widget_set_visible (GTK_WIDGET (form->message), FALSE);
}

/* ---- Life ---- */

static GtkWidget *
new_control (WeftDataForm *form, guint index)
{
  const char *const   none[] = { NULL };
  gboolean            number = fields[index].kind == FIELD_NUMBER;
  GtkWidget          *control = number ? gtk_entry_new () : gtk_drop_down_new_from_strings (none);
  GtkEventController *focus;

  g_object_set_data (G_OBJECT (control), "weft-field", GUINT_TO_POINTER (index));
  gtk_widget_set_hexpand (control, TRUE);
  gtk_widget_set_tooltip_text (control, fields[index].tip != NULL ? _ (fields[index].tip) : NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (fields[index].title), -1);
  if (!number)
    {
      g_signal_connect (control, "notify::selected", G_CALLBACK (chosen_cb), form);
      return control;
    }
  gtk_editable_set_width_chars (GTK_EDITABLE (control), 6);
  g_signal_connect (control, "activate", G_CALLBACK (entered_cb), form);
  focus = gtk_event_controller_focus_new ();
  g_signal_connect (focus, "leave", G_CALLBACK (left_cb), form);
  gtk_widget_add_controller (control, focus);
  return control;
}

static void
finalize (GObject *object)
{
  WeftDataForm *form = WEFT_DATA_FORM (object);

  g_clear_pointer (&form->params, weft_json_unref);
  g_clear_pointer (&form->whole, weft_json_unref);
  g_free (form->folder);
  G_OBJECT_CLASS (weft_data_form_parent_class)->finalize (object);
}

static void
weft_data_form_class_init (WeftDataFormClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = finalize;
}

static GtkWidget *
new_label (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_set_hexpand (label, TRUE);
  return label;
}

static void
weft_data_form_init (WeftDataForm *form)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  GtkWidget *title = new_label (_ ("Split and batches")), *grid = gtk_grid_new ();

  gtk_widget_add_css_class (title, "dim-label");
  gtk_widget_add_css_class (box, "data-bar");
  gtk_grid_set_column_spacing (GTK_GRID (grid), 8);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 4);
  for (guint i = 0; i < N_FIELDS; i++)
    {
      form->controls[i] = new_control (form, i);
      gtk_grid_attach (GTK_GRID (grid), new_label (_ (fields[i].title)), 0, (int) i, 1, 1);
      gtk_grid_attach (GTK_GRID (grid), form->controls[i], 1, (int) i, 1, 1);
    }
  form->columns_title = new_label (_ ("Columns"));
  gtk_widget_add_css_class (form->columns_title, "dim-label");
  form->columns = GTK_LABEL (new_label (NULL));
  gtk_label_set_wrap_mode (form->columns, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (form->columns, TRUE);
  form->message = GTK_LABEL (new_label (NULL));
  gtk_widget_add_css_class (GTK_WIDGET (form->message), "error");
  gtk_widget_set_visible (GTK_WIDGET (form->message), FALSE);
  gtk_box_append (GTK_BOX (box), form->columns_title);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (form->columns));
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), grid);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (form->message));
  adw_bin_set_child (ADW_BIN (form), box);
}

WeftDataForm *
weft_data_form_new (WeftDataFormApply apply, gpointer data)
{
  WeftDataForm *form = g_object_new (WEFT_TYPE_DATA_FORM, NULL);

  form->apply = apply;
  form->data = data;
  return form;
}
