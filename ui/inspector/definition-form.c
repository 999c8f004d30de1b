/* What a definition looks like from outside, and the form to change it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspector/definition-form.h"

#include "engine/document/interface.h"
#include "ui/inspector/knob-text.h"
#include "ui/inspector/param-row.h"
#include "ui/shared/widget-style.h"

#include <glib/gi18n.h>

struct _WeftDefinitionForm
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkLabel     *ports;
  WeftParamRow *summary, *knobs;

  /* Owned */
  WeftDocument *document; /* NULL: none */

  /* Plain values */
  gboolean building;
};

G_DEFINE_FINAL_TYPE (WeftDefinitionForm, weft_definition_form, ADW_TYPE_BIN)

gboolean
weft_is_definition (WeftDocument *document)
{
  return document != NULL && (weft_document_get_group_name (document) != NULL ||
                              weft_document_get_member (document, "layer") != NULL);
}

/* What the rows show: the texts of the definition's "layer". */
static const WeftParam params[] = {
  { .name = "summary",
    .summary = N_ ("What it does, in one sentence"),
    .kind = WEFT_PARAM_TEXT,
    .optional = TRUE },
  { .name = "knobs",
    .summary = N_ ("What its users can set, one a line, such as units: int [1, 100] = 64; texts "
                   "inside use the names"),
    .kind = WEFT_PARAM_TEXT,
    .optional = TRUE },
};

static WeftJson *
get_layer (WeftDefinitionForm *form, const char *key)
{
  WeftJson *layer = weft_document_get_member (form->document, "layer");
  return layer != NULL ? weft_json_get (layer, key) : NULL;
}

static gboolean
apply_cb (WeftParamRow *row, const char *name, WeftJson *value, gpointer data, GError **error)
{
  WeftDefinitionForm *form = data;
  WeftJson           *knobs;
  if (form->building || form->document == NULL)
    {
      g_clear_pointer (&value, weft_json_unref);
      return TRUE;
    }
  if (g_str_equal (name, "summary"))
    return weft_document_set_layer (form->document, name, value, error);
  knobs =
    weft_knobs_from_text (weft_json_string (value, ""), get_layer (form, "knobs"), error);
  g_clear_pointer (&value, weft_json_unref);
  return knobs != NULL && weft_document_set_layer (form->document, name, knobs, error);
}

static void
show_ports (WeftDefinitionForm *form)
{
  const WeftInterface *interface = weft_document_interface (form->document);
  g_autofree char     *inputs = g_strjoinv (", ", (char **) interface->inputs);
  g_autoptr (GString) outputs = g_string_new (NULL);
  for (guint i = 0; i < interface->n_results; i++)
    g_string_append_printf (outputs, "%s%s", i > 0 ? ", " : "", interface->outputs[i]);
  g_autofree char *text = g_strdup_printf ("(%s) → (%s)", inputs, outputs->str);
  gtk_label_set_label (form->ports, text);
}

/**
 * weft_definition_form_update:
 * @form: the form
 *
 * Shows what the definition says now.
 */
void
weft_definition_form_update (WeftDefinitionForm *form)
{
  if (form->document == NULL)
    return;
  WeftJson        *summary = get_layer (form, "summary");
  g_autofree char *text = weft_knobs_to_text (get_layer (form, "knobs"));
  g_autoptr (WeftJson) knobs = weft_json_new_string (text);
  form->building = TRUE;
  show_ports (form);
  weft_param_row_set_value (form->summary, summary);
  weft_param_row_set_value (form->knobs, knobs);
  form->building = FALSE;
}

/**
 * weft_definition_form_set_document:
 * @form: the form
 * @document: (nullable): a definition; another document or NULL: the form shows nothing
 */
void
weft_definition_form_set_document (WeftDefinitionForm *form, WeftDocument *document)
{
  WeftDocument *definition = weft_is_definition (document) ? document : NULL;
  g_set_object (&form->document, definition);
  gtk_widget_set_visible (GTK_WIDGET (form), definition != NULL);
  weft_definition_form_update (form);
}

/**
 * weft_definition_form_commit:
 * @form: the form
 *
 * Applies what was typed and not yet asked for.
 */
void
weft_definition_form_commit (WeftDefinitionForm *form)
{
  if (form->document == NULL)
    return;
  weft_param_row_commit (form->summary);
  weft_param_row_commit (form->knobs);
}

static void
weft_definition_form_dispose (GObject *object)
{
  WeftDefinitionForm *form = WEFT_DEFINITION_FORM (object);
  form->building = TRUE;
  g_clear_object (&form->document);
  G_OBJECT_CLASS (weft_definition_form_parent_class)->dispose (object);
}

static void
weft_definition_form_class_init (WeftDefinitionFormClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_definition_form_dispose;
}

static void
weft_definition_form_init (WeftDefinitionForm *form)
{
  const WeftParamFace summary = { .param = &params[0], .block = TRUE };
  const WeftParamFace knobs = { .param = &params[1], .block = TRUE };
  GtkWidget          *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget          *list = gtk_list_box_new ();
  form->ports = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (form->ports, 0);
  gtk_label_set_wrap (form->ports, TRUE);
  gtk_label_set_wrap_mode (form->ports, PANGO_WRAP_WORD_CHAR);
  weft_widget_show_code (GTK_WIDGET (form->ports));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (form->ports));
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "form");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Definition"), -1);
  form->summary = weft_param_row_new (&summary, apply_cb, form);
  form->knobs = weft_param_row_new (&knobs, apply_cb, form);
  gtk_list_box_append (GTK_LIST_BOX (list), GTK_WIDGET (form->summary));
  gtk_list_box_append (GTK_LIST_BOX (list), GTK_WIDGET (form->knobs));
  gtk_box_append (GTK_BOX (box), list);
  adw_bin_set_child (ADW_BIN (form), box);
}
