/* Tests of a dataset's forms: what they show, and what they ask for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/data-form.h"
#include "ui/data/import-steps.h"
#include "ui/data/transform-list.h"

#include <string.h>

/* What was asked for last. */
static char *asked;

static gboolean
apply_cb (const char *name, WeftJson *value, gpointer data, GError **error)
{
  g_autofree char *text = value != NULL ? weft_json_to_string (value) : g_strdup ("default");

  g_free (asked);
  asked = g_strdup_printf ("%s: %s", name, text);
  weft_json_unref (value);
  return TRUE;
}

static WeftJson *
parse (const char *text)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GError) error = NULL;
  WeftJson *json = weft_json_parse (quoted, -1, &error);

  g_assert_no_error (error);
  return json;
}

/* The first widget of @type under @widget that stands @skip places after another such. */
static GtkWidget *
find (GtkWidget *widget, GType type, guint *skip)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type) && (*skip)-- == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type, skip);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static GtkWidget *
nth (WeftDataForm *form, GType type, guint n)
{
  return find (GTK_WIDGET (form), type, &n);
}

static WeftDataForm *
new_form (const char *params)
{
  g_autoptr (WeftJson) json = parse (params);
  WeftDataForm *form = g_object_ref_sink (weft_data_form_new (apply_cb, NULL));

  weft_data_form_set_params (form, json, NULL);
  g_clear_pointer (&asked, g_free);
  return form;
}

/* The drop-downs in their order: each class alike, missing, order, last, weights, bucket. */
static void
test_choices (void)
{
  g_autoptr (WeftDataForm) form = new_form ("{'data': 'iris', 'batches': {'last': 'drop'}}");

  g_assert_cmpuint (gtk_drop_down_get_selected (GTK_DROP_DOWN (nth (form, GTK_TYPE_DROP_DOWN, 3))),
                    ==, 1);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (nth (form, GTK_TYPE_DROP_DOWN, 2)), 1);
  g_assert_cmpstr (asked, ==, "batches: {\"last\": \"drop\", \"order\": \"sequential\"}");
  gtk_drop_down_set_selected (GTK_DROP_DOWN (nth (form, GTK_TYPE_DROP_DOWN, 3)), 0);
  g_assert_cmpstr (asked, ==, "batches: default");
  gtk_drop_down_set_selected (GTK_DROP_DOWN (nth (form, GTK_TYPE_DROP_DOWN, 1)), 3);
  g_assert_cmpstr (asked, ==, "missing: \"median\"");
}

static void
test_columns (void)
{
  g_autoptr (WeftDataForm) form = new_form ("{'data': 'iris'}");
  GtkDropDown *weights = GTK_DROP_DOWN (nth (form, GTK_TYPE_DROP_DOWN, 4));
  guint        n = g_list_model_get_n_items (gtk_drop_down_get_model (weights));

  g_assert_cmpuint (n, >, 1);
  for (guint i = 1; i < n; i++) /* one of them is of classes: it can weigh */
    gtk_drop_down_set_selected (weights, i);
  g_assert_true (g_str_has_prefix (asked, "batches: {\"weights\": "));
}

static gboolean
says (GtkWidget *widget, const char *text)
{
  if (GTK_IS_LABEL (widget) && g_str_equal (gtk_label_get_label (GTK_LABEL (widget)), text))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (says (child, text))
      return TRUE;
  return FALSE;
}

/* Columns are words, not JSON. */
static void
test_sources (void)
{
  g_autoptr (WeftDataForm) form = new_form (
    "{'file': 'a.csv', 'columns': [{'name': 'x', 'from': ['a', 'b', 'c', 'd', 'e']},"
    " {'name': 'kind', 'from': 'k', 'classes': ['p', 'q']}]}");

  g_assert_true (weft_data_form_has ("columns"));
  g_assert_true (says (GTK_WIDGET (form), "x: a, b, c and 2 more\nkind: k, 2 classes"));
}

/* What stands in a set that ships is shown, and stays where one number changes. */
static void
test_numbers (void)
{
  g_autoptr (WeftDataForm) form = new_form ("{'data': 'mnist'}");
  GtkWidget *train = nth (form, GTK_TYPE_ENTRY, 0);

  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (train)), ==, "55000");
  gtk_editable_set_text (GTK_EDITABLE (train), "1000");
  g_signal_emit_by_name (train, "activate");
  g_assert_cmpstr (asked, ==, "split: {\"train\": 1000, \"validation\": 5000, \"seed\": 1}");
}

/* Nothing impossible is asked for; the form says why. */
static void
test_impossible (void)
{
  g_autoptr (WeftDataForm) form = new_form ("{'data': 'iris'}");
  GtkWidget *train = nth (form, GTK_TYPE_ENTRY, 0);
  guint      said = 0;

  gtk_editable_set_text (GTK_EDITABLE (train), "-3");
  g_signal_emit_by_name (train, "activate");
  g_assert_null (asked);
  for (guint i = 0;; i++)
    {
      GtkWidget *label = nth (form, GTK_TYPE_LABEL, i);

      if (label == NULL)
        break;
      said += strstr (gtk_label_get_label (GTK_LABEL (label)), "split.train") != NULL;
    }
  g_assert_cmpuint (said, ==, 1);
}

static gboolean
transforms_cb (WeftJson *transforms, gpointer data, GError **error)
{
  g_free (asked);
  asked = weft_json_to_string (transforms);
  weft_json_unref (transforms);
  return TRUE;
}

/* The list begins with what a set that ships does itself: to add one more leaves those. */
static void
test_transforms (void)
{
  g_autoptr (WeftJson) json = parse ("{'data': 'mnist'}");
  g_autoptr (WeftTransformList) list =
    g_object_ref_sink (weft_transform_list_new (transforms_cb, NULL));
  guint last = 0;

  weft_transform_list_set_params (list, json, NULL);
  for (guint n = 0;; last++, n = last)
    if (find (GTK_WIDGET (list), GTK_TYPE_BUTTON, &n) == NULL)
      break;
  for (guint n = 0; n < last; n++)
    {
      guint      skip = n;
      GtkWidget *button = find (GTK_WIDGET (list), GTK_TYPE_BUTTON, &skip);

      if (g_strcmp0 (gtk_button_get_label (GTK_BUTTON (button)), "Add Transform") == 0)
        g_signal_emit_by_name (button, "clicked");
    }
  g_assert_nonnull (asked);
  g_assert_nonnull (strstr (asked, "\"flatten\""));
  g_assert_nonnull (strstr (asked, "\"scale\""));
}

/* What an import adds by itself is said, and a tick taken takes it out. */
static void
test_import_steps (void)
{
  g_autoptr (WeftJson) spec =
    parse ("{'columns': [{'name': 'features', 'from': ['a', 'b']}, {'name': 'kind', 'from': 'c'}],"
           " 'transforms': [{'do': 'standardise', 'column': 'features'}, {'do': 'one_hot', "
           "'column': 'kind'}]}");
  g_autoptr (WeftImportSteps) steps = g_object_ref_sink (weft_import_steps_new ());
  guint           first = 0, second = 1, third = 2;
  GtkCheckButton *standardised =
    GTK_CHECK_BUTTON (find (GTK_WIDGET (steps), GTK_TYPE_CHECK_BUTTON, &first));
  GtkCheckButton *one_hot =
    GTK_CHECK_BUTTON (find (GTK_WIDGET (steps), GTK_TYPE_CHECK_BUTTON, &second));

  weft_import_steps_show (steps, spec);
  g_assert_cmpstr (gtk_check_button_get_label (standardised), ==,
                   "Standardised: features (2 columns)");
  g_assert_cmpstr (gtk_check_button_get_label (one_hot), ==, "One number per class: kind");
  g_assert_false (
    gtk_widget_get_visible (find (GTK_WIDGET (steps), GTK_TYPE_CHECK_BUTTON, &third)));
  gtk_check_button_set_active (standardised, FALSE);
  weft_import_steps_apply (steps, spec);
  g_assert_cmpuint (weft_json_length (weft_json_get (spec, "transforms")), ==, 1);
  weft_import_steps_show (steps, NULL);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (steps)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gtk_init ();
  adw_init ();
  g_test_add_func ("/ui/data-form/choices", test_choices);
  g_test_add_func ("/ui/data-form/columns", test_columns);
  g_test_add_func ("/ui/data-form/sources", test_sources);
  g_test_add_func ("/ui/data-form/numbers", test_numbers);
  g_test_add_func ("/ui/data-form/impossible", test_impossible);
  g_test_add_func ("/ui/data-form/transforms", test_transforms);
  g_test_add_func ("/ui/import/steps", test_import_steps);
  return g_test_run ();
}
