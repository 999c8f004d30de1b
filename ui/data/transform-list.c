/* The transforms of a dataset as an ordered list.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/transform-list.h"

#include "engine/dataset/dataset.h"
#include "engine/dataset/transform-list.h"

#include <glib/gi18n.h>
#include <string.h>

struct _WeftTransformList
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkBox      *rows;
  GtkLabel    *message;
  GtkDropDown *kind, *column;

  /* Owned */
  WeftJson *transforms; /* as shown; NULL: none */
  WeftJson *params;     /* a copy, to try changes on */
  char     *folder;

  /* Plain values */
  WeftTransformsApply apply;
  gpointer            data;
};

G_DEFINE_FINAL_TYPE (WeftTransformList, weft_transform_list, ADW_TYPE_BIN)

/* ---- Asking ---- */

/* Whether a dataset with these transforms can be: what is wrong is said here, not on the canvas. */
static gboolean
is_possible (WeftTransformList *list, WeftJson *transforms, GError **error)
{
  g_autoptr (WeftJson) params = weft_json_copy (list->params);
  g_autoptr (WeftDatasetSpec) spec = NULL;

  weft_json_set (params, "transforms", weft_json_copy (transforms));
  spec = weft_dataset_spec_new (params, list->folder, error);
  return spec != NULL;
}

/* Takes @transforms. */
static void
ask (WeftTransformList *list, WeftJson *transforms)
{
  g_autoptr (GError) error = NULL;

  if (is_possible (list, transforms, &error))
    list->apply (transforms, list->data, &error);
  else
    weft_json_unref (transforms);
  gtk_label_set_label (list->message, error != NULL ? error->message : "");
  gtk_widget_set_visible (GTK_WIDGET (list->message), error != NULL);
}

/* A copy without the one at @index, which stands at @to instead (G_MAXUINT: nowhere). */
static WeftJson *
moved (WeftTransformList *list, guint index, guint to)
{
  WeftJson *out = weft_json_new_array ();
  guint     n = weft_json_length (list->transforms);

  for (guint i = 0, from = 0; i < n; i++)
    {
      if (i == to)
        weft_json_append (out, weft_json_copy (weft_json_at (list->transforms, index)));
      else
        {
          from += from == index;
          if (from < n)
            weft_json_append (out, weft_json_copy (weft_json_at (list->transforms, from++)));
        }
    }
  return out;
}

static guint
index_of (GtkWidget *widget)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (widget), "weft-index"));
}

static void
up_cb (GtkButton *button, WeftTransformList *list)
{
  guint index = index_of (GTK_WIDGET (button));

  ask (list, moved (list, index, index - 1));
}

static void
down_cb (GtkButton *button, WeftTransformList *list)
{
  guint index = index_of (GTK_WIDGET (button));

  ask (list, moved (list, index, index + 1));
}

static void
remove_cb (GtkButton *button, WeftTransformList *list)
{
  ask (list, moved (list, index_of (GTK_WIDGET (button)), G_MAXUINT));
}

/* Options that a transform cannot be without. */
static const struct
{
  const char *kind, *option, *value;
} usual[] = {
  { "window", "length", "8" },
  { "ngrams", "n", "2" },
  { "cast", "to", "\"f32\"" },
  { "pad", "length", "8" },
  { "crop", "size", "8" },
  { "filter", "where", "\"1 == 1\"" },
  { "expression", "name", "\"z\"" },
  { "expression", "text", "\"1\"" },
  { "mask", "name", "\"mask\"" },
};

static void
add_cb (GtkButton *button, WeftTransformList *list)
{
  GtkStringObject *column = gtk_drop_down_get_selected_item (list->column);
  WeftJson        *step = weft_json_new_object ();
  WeftJson        *all = list->transforms != NULL ? weft_json_copy (list->transforms)
                                                  : weft_json_new_array ();
  const char      *name, *options;
  gboolean         has_column;

  if (weft_transform_describe (gtk_drop_down_get_selected (list->kind), &name, &options,
                               &has_column))
    {
      weft_json_set_string (step, "do", name);
      if (has_column && column != NULL)
        weft_json_set_string (step, "column", gtk_string_object_get_string (column));
      for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
        if (strcmp (usual[i].kind, name) == 0)
          weft_json_set (step, usual[i].option, weft_json_parse (usual[i].value, -1, NULL));
    }
  weft_json_append (all, step);
  ask (list, all);
}

/* Numbers, true and false are such; all else is text. Nothing takes the option away. */
static void
option_cb (GtkEntry *entry, WeftTransformList *list)
{
  const char      *name = g_object_get_data (G_OBJECT (entry), "weft-option");
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));
  WeftJson        *all = weft_json_copy (list->transforms);
  WeftJson        *step = weft_json_at (all, index_of (GTK_WIDGET (entry)));
  WeftJson        *value = weft_json_parse (text, -1, NULL);

  if (*text == '\0')
    weft_json_remove (step, name);
  else
    weft_json_set (step, name, value != NULL ? value : weft_json_new_string (text));
  ask (list, all);
}

/* ---- Showing ---- */

static void
add_button (WeftTransformList *list,
            GtkBox            *box,
            guint              index,
            const char        *icon,
            const char        *name,
            gboolean           possible,
            GCallback          callback)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, name);
  gtk_widget_set_sensitive (button, possible);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data (G_OBJECT (button), "weft-index", GUINT_TO_POINTER (index));
  g_signal_connect (button, "clicked", callback, list);
  gtk_box_append (box, button);
}

static char *
dup_value (WeftJson *value)
{
  if (value == NULL)
    return g_strdup ("");
  return weft_json_kind (value) == WEFT_JSON_STRING ? g_strdup (weft_json_string (value, ""))
                                                    : weft_json_to_string (value);
}

static void
add_option (WeftTransformList *list, GtkBox *row, guint index, WeftJson *step, const char *option)
{
  GtkWidget       *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget       *label = gtk_label_new (option);
  GtkWidget       *entry = gtk_entry_new ();
  g_autofree char *text = dup_value (weft_json_get (step, option));

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_width_chars (GTK_LABEL (label), 9);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  gtk_editable_set_width_chars (GTK_EDITABLE (entry), 6);
  gtk_widget_set_hexpand (entry, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, option,
                                  -1);
  g_object_set_data (G_OBJECT (entry), "weft-index", GUINT_TO_POINTER (index));
  g_object_set_data_full (G_OBJECT (entry), "weft-option", g_strdup (option), g_free);
  g_signal_connect (entry, "activate", G_CALLBACK (option_cb), list);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), entry);
  gtk_box_append (row, box);
}

static const char *
options_of (const char *kind)
{
  const char *name, *options;
  gboolean    has_column;

  for (guint i = 0; weft_transform_describe (i, &name, &options, &has_column); i++)
    if (strcmp (name, kind) == 0)
      return options;
  return "";
}

static GtkWidget *
new_note (const char *text)
{
  GtkWidget *note = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (note), 0);
  gtk_label_set_wrap (GTK_LABEL (note), TRUE);
  gtk_widget_add_css_class (note, "dim-label");
  gtk_widget_add_css_class (note, "caption");
  return note;
}

static void
add_row (WeftTransformList *list, guint index, guint n)
{
  WeftJson        *step = weft_json_at (list->transforms, index);
  const char      *kind = weft_json_get_string (step, "do", "");
  const char      *column = weft_json_get_string (step, "column", NULL);
  g_autofree char *title =
    column != NULL ? g_strdup_printf ("%s · %s", kind, column) : g_strdup (kind);
  g_auto (GStrv) options = g_strsplit (options_of (kind), " ", -1);
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *label = gtk_label_new (title);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (head), label);
  add_button (list, GTK_BOX (head), index, "go-up-symbolic", _ ("Earlier"), index > 0,
              G_CALLBACK (up_cb));
  add_button (list, GTK_BOX (head), index, "go-down-symbolic", _ ("Later"), index + 1 < n,
              G_CALLBACK (down_cb));
  add_button (list, GTK_BOX (head), index, "list-remove-symbolic", _ ("Remove"), TRUE,
              G_CALLBACK (remove_cb));
  gtk_box_append (GTK_BOX (row), head);
  if (weft_transform_when (step) != NULL)
    gtk_box_append (GTK_BOX (row), new_note (weft_transform_when (step)));
  for (guint i = 0; options[i] != NULL; i++)
    if (*options[i] != '\0')
      add_option (list, GTK_BOX (row), index, step, options[i]);
  gtk_box_append (list->rows, row);
}

static void
fill_columns (WeftTransformList *list)
{
  g_autoptr (WeftDatasetSpec) spec = weft_dataset_spec_new (list->params, list->folder, NULL);
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint             n = 0;
  const WeftColumn *columns = spec != NULL ? weft_dataset_spec_columns (spec, &n) : NULL;

  for (guint i = 0; i < n; i++)
    gtk_string_list_append (names, columns[i].name);
  gtk_drop_down_set_model (list->column, G_LIST_MODEL (names));
}

static void
clear_rows (WeftTransformList *list)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (list->rows))) != NULL)
    gtk_box_remove (list->rows, child);
}

/** weft_transform_list_set_params: shows what they say; what stands there already is left alone. */
void
weft_transform_list_set_params (WeftTransformList *list, WeftJson *params, const char *folder)
{
  g_autoptr (WeftJson) whole = weft_dataset_resolve (params, NULL);
  WeftJson *transforms =
    weft_json_get (whole, "transforms"); /* those of a set that ships, until they are changed */
  guint n = weft_json_length (transforms);

  if (list->params != NULL && weft_json_equal (list->params, params))
    return;
  weft_json_unref (list->params);
  weft_json_unref (list->transforms);
  g_free (list->folder);
  list->params = weft_json_copy (params);
  list->transforms = transforms != NULL ? weft_json_copy (transforms) : NULL;
  list->folder = g_strdup (folder);
  clear_rows (list);
  for (guint i = 0; i < n; i++)
    add_row (list, i, n);
  fill_columns (list);
  gtk_widget_set_visible (GTK_WIDGET (list->message), FALSE);
}

static GtkDropDown *
new_choice (const char *label)
{
  const char *const none[] = { NULL };
  GtkWidget        *drop = gtk_drop_down_new_from_strings (none);

  gtk_widget_set_hexpand (drop, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (drop), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  return GTK_DROP_DOWN (drop);
}

static GtkWidget *
make_adder (WeftTransformList *list)
{
  GtkWidget  *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget  *button = gtk_button_new_with_label (_ ("Add Transform"));
  const char *name, *options;
  gboolean    has_column;
  g_autoptr (GtkStringList) kinds = gtk_string_list_new (NULL);

  for (guint i = 0; weft_transform_describe (i, &name, &options, &has_column); i++)
    gtk_string_list_append (kinds, name);
  list->kind = new_choice (_ ("Transform"));
  list->column = new_choice (_ ("Column"));
  gtk_drop_down_set_model (list->kind, G_LIST_MODEL (kinds));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (list->kind));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (list->column));
  gtk_box_append (GTK_BOX (box), button);
  g_signal_connect (button, "clicked", G_CALLBACK (add_cb), list);
  return box;
}

static void
finalize (GObject *object)
{
  WeftTransformList *list = WEFT_TRANSFORM_LIST (object);

  weft_json_unref (list->params);
  weft_json_unref (list->transforms);
  g_free (list->folder);
  G_OBJECT_CLASS (weft_transform_list_parent_class)->finalize (object);
}

static void
weft_transform_list_class_init (WeftTransformListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = finalize;
}

static void
weft_transform_list_init (WeftTransformList *list)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  GtkWidget *title = gtk_label_new (_ ("Transforms, in their order"));

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_widget_add_css_class (title, "dim-label");
  list->rows = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 8));
  list->message = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_wrap (list->message, TRUE);
  gtk_label_set_xalign (list->message, 0);
  gtk_widget_add_css_class (GTK_WIDGET (list->message), "error");
  gtk_widget_set_visible (GTK_WIDGET (list->message), FALSE);
  gtk_widget_add_css_class (box, "data-bar");
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (list->rows));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (list->message));
  gtk_box_append (GTK_BOX (box), make_adder (list));
  adw_bin_set_child (ADW_BIN (list), box);
}

WeftTransformList *
weft_transform_list_new (WeftTransformsApply apply, gpointer data)
{
  WeftTransformList *list = g_object_new (WEFT_TYPE_TRANSFORM_LIST, NULL);

  list->apply = apply;
  list->data = data;
  return list;
}
