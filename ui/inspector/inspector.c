/* The inspector: what is selected, and the form to change it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspector/inspector.h"

#include "engine/ops/ops.h"
#include "ui/data/data-form.h"
#include "ui/data/transform-list.h"
#include "ui/inspector/definition-form.h"
#include "ui/inspector/param-row.h"
#include "ui/inspector/several-form.h"
#include "ui/inspector/training-form.h"
#include "ui/inspector/sweep-menu.h"
#include "ui/draw/format.h"
#include "ui/shared/outside-text.h"
#include "ui/shared/widget-style.h"

#include <glib/gi18n.h>
#include <string.h>

struct _WeftInspector
{
  AdwBin parent_instance;

  /* Template children, borrowed */
  GtkStack           *pages;
  GtkEntry           *name;
  GtkLabel           *name_message;
  GtkLabel           *kind;
  GtkLabel           *body;
  GtkLabel           *summary;
  GtkLabel           *problem;
  GtkListBox         *form;
  GtkWidget          *output_section;
  GtkGrid            *outputs;
  GtkWidget          *gradient_section;
  GtkGrid            *gradient;
  WeftSeveralForm    *several;
  GtkEntry           *title;
  GtkLabel           *counts;
  WeftTrainingForm   *training;
  GtkWidget          *training_section;
  WeftDefinitionForm *definition;

  /* Borrowed */
  WeftTyping *typing;

  /* Owned */
  WeftDocument *document;
  GPtrArray    *rows; /* of WeftParamRow, borrowed from the form */
  char         *op;   /* whose parameters the form has */

  /* Borrowed from the form; NULL: no dataset is selected */
  WeftTransformList *transforms;
  WeftDataForm      *data_form;

  /* Plain values */
  guint32  node; /* 0: none */
  gboolean building;
};

G_DEFINE_FINAL_TYPE (WeftInspector, weft_inspector, ADW_TYPE_BIN)

enum
{
  COMMAND,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
set_optional_text (GtkLabel *label, const char *text)
{
  gtk_label_set_label (label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL && *text != '\0');
}

/* ---- Name ---- */

/* A Latin name begins where the page begins also in a mirrored window; GTK would have it at the
 * left. */
static void
align_entry (GtkEditable *entry)
{
  gboolean mirrored = gtk_widget_get_direction (GTK_WIDGET (entry)) == GTK_TEXT_DIR_RTL;
  g_autoptr (PangoLayout) layout =
    gtk_widget_create_pango_layout (GTK_WIDGET (entry), gtk_editable_get_text (entry));
  gboolean latin = pango_layout_get_direction (layout, 0) == PANGO_DIRECTION_LTR;
  gtk_editable_set_alignment (entry, mirrored && latin ? 1 : 0);
}

static void
commit_name (WeftInspector *inspector)
{
  const WeftNode *node =
    inspector->node != 0 ? weft_document_node (inspector->document, inspector->node) : NULL;
  if (inspector->building || node == NULL)
    return;
  g_autoptr (GError) error = NULL;
  g_autofree char *wanted =
    g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (inspector->name))));
  if (g_str_equal (wanted, node->id))
    set_optional_text (inspector->name_message, NULL);
  else if (weft_document_rename_node (inspector->document, inspector->node, wanted, &error))
    set_optional_text (inspector->name_message, NULL);
  else
    set_optional_text (inspector->name_message, error->message);
}

static void
commit_title (WeftInspector *inspector)
{
  if (inspector->building || inspector->document == NULL ||
      weft_is_definition (inspector->document))
    return;
  const char *wanted = gtk_editable_get_text (GTK_EDITABLE (inspector->title));
  const char *title = weft_document_get_title (inspector->document);
  if (g_strcmp0 (wanted, title != NULL ? title : "") != 0)
    weft_document_set_title (inspector->document, wanted);
}

/**
 * weft_inspector_focus_name:
 * @inspector: the inspector
 *
 * Puts the cursor into the selected node's name.
 */
void
weft_inspector_focus_name (WeftInspector *inspector)
{
  gtk_widget_grab_focus (GTK_WIDGET (inspector->name));
}

/* ---- Form ---- */

static gboolean
apply_cb (WeftParamRow *row, const char *name, WeftJson *value, gpointer data, GError **error)
{
  WeftInspector *inspector = data;
  if (inspector->building || weft_document_node (inspector->document, inspector->node) == NULL)
    {
      weft_json_unref (value);
      return TRUE;
    }
  return weft_document_set_param (inspector->document, inspector->node, name, value, error);
}

static void
clear_form (WeftInspector *inspector)
{
  GtkListBoxRow *row;
  g_ptr_array_set_size (inspector->rows, 0);
  inspector->transforms = NULL;
  inspector->data_form = NULL;
  g_clear_pointer (&inspector->op, g_free);
  while ((row = gtk_list_box_get_row_at_index (inspector->form, 0)) != NULL)
    gtk_list_box_remove (inspector->form, GTK_WIDGET (row));
}

static gboolean
transforms_cb (WeftJson *transforms, gpointer data, GError **error)
{
  WeftInspector *inspector = data;

  return weft_document_set_param (inspector->document, inspector->node, "transforms", transforms,
                                  error);
}

static gboolean
data_form_cb (const char *name, WeftJson *value, gpointer data, GError **error)
{
  WeftInspector *inspector = data;

  return weft_document_set_param (inspector->document, inspector->node, name, value, error);
}

/* What a dataset has besides its parameters: its rows to look at, its transforms. */
static void
add_data_rows (WeftInspector *inspector)
{
  GtkWidget *look = gtk_button_new_with_label (_ ("Look at Data…"));

  gtk_actionable_set_action_name (GTK_ACTIONABLE (look), "win.look-at-data");
  gtk_list_box_append (inspector->form, look);
  inspector->transforms = weft_transform_list_new (transforms_cb, inspector);
  gtk_list_box_append (inspector->form, GTK_WIDGET (inspector->transforms));
  inspector->data_form = weft_data_form_new (data_form_cb, inspector);
  gtk_list_box_append (inspector->form, GTK_WIDGET (inspector->data_form));
}

static void
build_form (WeftInspector *inspector, const WeftNode *node)
{
  guint            n = 0;
  const WeftParam *params = weft_catalogue_params (node->op, &n);
  clear_form (inspector);
  inspector->op = g_strdup (node->op);
  for (guint i = 0; i < n; i++)
    {
      /* Structure that has no form yet is shown where it is stated. */
      if (g_str_equal (node->op, "dataset") &&
          (g_str_equal (params[i].name, "transforms") || weft_data_form_has (params[i].name)))
        continue;
      if (params[i].kind == WEFT_PARAM_JSON && !weft_json_has (node->params, params[i].name))
        continue;
      gboolean is_text =
        g_str_equal (node->op, "expression") && g_str_equal (params[i].name, "text");
      WeftParamFace face = { .param = &params[i], .block = is_text };
      WeftParamRow *row = weft_param_row_new (&face, apply_cb, inspector);
      weft_sweep_menu_attach (row, &params[i], node->id);
      gtk_list_box_append (inspector->form, GTK_WIDGET (row));
      g_ptr_array_add (inspector->rows, row);
    }
  if (g_str_equal (node->op, "dataset"))
    add_data_rows (inspector);
  gtk_widget_set_visible (GTK_WIDGET (inspector->form),
                          inspector->rows->len > 0 || inspector->transforms != NULL);
}

/* ---- What is known about the node ---- */

static char *
dup_kind (WeftInspector *inspector, const WeftNode *node, const WeftEntry *entry)
{
  GString *text = g_string_new (NULL);
  if (entry == NULL)
    g_string_append (text, node->op);
  else if (entry->body != NULL)
    g_string_append_printf (text, _ ("%s layer"), entry->title);
  else
    {
      g_autofree char *words = g_strdelimit (g_strdup (entry->title), "_", ' ');

      g_string_append (text, words);
    }
  guint  n_tensors = 0;
  gint64 n = weft_typing_n_parameters (inspector->typing, node->uid, &n_tensors);
  if (n > 0)
    {
      g_autofree char *count = weft_format_count (n);
      g_string_append (text, " · ");
      g_string_append_printf (text, g_dngettext (NULL, "%u parameter", "%u parameters", n_tensors),
                              n_tensors);
      g_string_append (text, " · ");
      g_string_append_printf (text, g_dngettext (NULL, "%s number", "%s numbers", (gulong) n),
                              count);
    }
  return g_string_free (text, FALSE);
}

static GtkWidget *
new_value_label (const char *text, gboolean dim)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_yalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), !dim);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_can_focus (label, FALSE);
  weft_widget_show_code (label);
  if (dim)
    gtk_widget_add_css_class (label, "dim-label");
  else
    gtk_widget_set_hexpand (label, TRUE);
  return label;
}

static void
clear_grid (GtkGrid *grid)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (grid))) != NULL)
    gtk_grid_remove (grid, child);
}

static void
show_outputs (WeftInspector *inspector, const WeftNode *node)
{
  clear_grid (inspector->outputs);
  g_autoptr (WeftPorts) ports = weft_document_ports (inspector->document, node->uid);
  guint n = ports != NULL ? ports->n_outputs : 0;
  for (guint i = 0; i < n; i++)
    {
      const WeftType *type =
        weft_typing_output (inspector->typing, node->uid, ports->outputs[i].name);
      g_autofree char *text =
        type != NULL ? weft_type_to_string (type) : g_strdup (_ ("not known yet"));
      gtk_grid_attach (inspector->outputs, new_value_label (ports->outputs[i].name, TRUE), 0,
                       (int) i, 1, 1);
      gtk_grid_attach (inspector->outputs, new_value_label (text, FALSE), 1, (int) i, 1, 1);
    }
  gtk_widget_set_visible (inspector->output_section, n > 0);
}

/* "dx = gy * W" stands in two columns, so that a long right side wraps below itself; a sentence
 * takes both. */
static void
show_gradient (WeftInspector *inspector, const WeftNode *node)
{
  g_autofree char *text = weft_typing_gradient_text (inspector->typing, node->uid);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  int row = 0;

  clear_grid (inspector->gradient);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *sign = strstr (lines[i], " = ");

      if (*lines[i] == '\0')
        continue;
      if (sign == NULL)
        gtk_grid_attach (inspector->gradient, new_value_label (lines[i], FALSE), 0, row++, 2, 1);
      else
        {
          *sign = '\0';
          gtk_grid_attach (inspector->gradient, new_value_label (lines[i], TRUE), 0, row, 1, 1);
          gtk_grid_attach (inspector->gradient, new_value_label (sign + 3, FALSE), 1, row++, 1, 1);
        }
    }
  gtk_widget_set_visible (inspector->gradient_section, row > 0);
}

static void
show_node (WeftInspector *inspector, const WeftNode *node)
{
  const WeftEntry *entry = weft_catalogue_find (node->op);
  if (!gtk_widget_has_focus (
        GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (inspector->name)))))
    {
      gtk_editable_set_text (GTK_EDITABLE (inspector->name), node->id);
      set_optional_text (inspector->name_message, NULL);
    }
  g_autofree char *kind = dup_kind (inspector, node, entry);
  gtk_label_set_label (inspector->kind, kind);
  g_autofree char *body = entry != NULL && entry->body != NULL && strchr (entry->body, '=') == NULL
                            ? g_strconcat ("y = ", entry->body, NULL)
                            : g_strdup (entry != NULL ? entry->body : NULL);
  set_optional_text (inspector->body, body);
  set_optional_text (inspector->summary,
                     entry != NULL && entry->summary != NULL ? _ (entry->summary) : NULL);

  if (g_strcmp0 (inspector->op, node->op) != 0)
    build_form (inspector, node);
  for (guint i = 0; i < inspector->rows->len; i++)
    {
      WeftParamRow *row = g_ptr_array_index (inspector->rows, i);
      weft_param_row_set_value (row, weft_json_get (node->params, weft_param_row_get_name (row)));
    }

  if (inspector->transforms != NULL)
    {
      g_autofree char *folder = weft_document_dup_folder (inspector->document);

      weft_transform_list_set_params (inspector->transforms, node->params, folder);
      weft_data_form_set_params (inspector->data_form, node->params, folder);
    }

  const WeftProblem *problem = weft_typing_node_problem (inspector->typing, node->uid);
  set_optional_text (inspector->problem, problem != NULL ? problem->message : NULL);
  show_outputs (inspector, node);
  show_gradient (inspector, node);
}

static void
show_document (WeftInspector *inspector)
{
  gboolean    is_definition = weft_is_definition (inspector->document);
  const char *group = weft_document_get_group_name (inspector->document);
  const char *title = group != NULL ? group : weft_document_get_title (inspector->document);
  gtk_editable_set_editable (GTK_EDITABLE (inspector->title), !is_definition);
  gtk_widget_set_visible (inspector->training_section, !is_definition);
  if (!gtk_widget_has_focus (
        GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (inspector->title)))))
    gtk_editable_set_text (GTK_EDITABLE (inspector->title), title != NULL ? title : "");
  guint  n_nodes = weft_document_n_nodes (inspector->document);
  gint64 n_numbers = 0;
  for (guint i = 0; i < n_nodes; i++)
    n_numbers += weft_typing_n_parameters (
      inspector->typing, weft_document_node_at (inspector->document, i)->uid, NULL);
  g_autofree char *count = weft_format_count (n_numbers);
  g_autofree char *nodes =
    g_strdup_printf (g_dngettext (NULL, "%u node", "%u nodes", n_nodes), n_nodes);
  g_autofree char *numbers = g_strdup_printf (
    g_dngettext (NULL, "%s number to train", "%s numbers to train", (gulong) n_numbers), count);
  g_autofree char *counts = g_strdup_printf ("%s · %s", nodes, numbers);
  gtk_label_set_label (inspector->counts, counts);
  weft_training_form_update (inspector->training);
  weft_definition_form_update (inspector->definition);
}

/**
 * weft_inspector_update:
 * @inspector: the inspector
 *
 * Shows what the document and its types, which must be up to date, say now.
 */
void
weft_inspector_update (WeftInspector *inspector)
{
  if (inspector->document == NULL || inspector->building)
    return;
  inspector->building = TRUE;
  const WeftNode *node =
    inspector->node != 0 ? weft_document_node (inspector->document, inspector->node) : NULL;
  const char *page = gtk_stack_get_visible_child_name (inspector->pages);
  if (node != NULL)
    show_node (inspector, node);
  else if (g_strcmp0 (page, "document") == 0)
    show_document (inspector);
  else
    weft_several_form_update (inspector->several);
  inspector->building = FALSE;
}

/* What was typed belongs to what was selected when it was typed. */
static void
commit_all (WeftInspector *inspector)
{
  if (inspector->document == NULL || inspector->building)
    return;
  commit_name (inspector);
  commit_title (inspector);
  weft_definition_form_commit (inspector->definition);
  weft_several_form_commit (inspector->several);
  for (guint i = 0; i < inspector->rows->len; i++)
    weft_param_row_commit (g_ptr_array_index (inspector->rows, i));
}

/**
 * weft_inspector_set_selection:
 * @inspector: the inspector
 * @uids: (array length=n): the selected nodes
 * @n: how many
 */
void
weft_inspector_set_selection (WeftInspector *inspector, const guint32 *uids, guint n)
{
  guint32 node = n == 1 ? uids[0] : 0;
  if (node != inspector->node)
    {
      commit_all (inspector);
      inspector->building = TRUE;
      clear_form (inspector);
      inspector->building = FALSE;
    }
  else if (node == 0)
    weft_several_form_commit (inspector->several);
  inspector->node = node;
  weft_several_form_set_selection (inspector->several, uids, n > 1 ? n : 0);
  gtk_stack_set_visible_child_name (inspector->pages, n == 0   ? "document"
                                                      : n == 1 ? "node"
                                                               : "several");
  if (node != 0 && weft_document_node (inspector->document, node) != NULL)
    gtk_editable_set_text (GTK_EDITABLE (inspector->name),
                           weft_document_node (inspector->document, node)->id);
  weft_inspector_update (inspector);
}

/**
 * weft_inspector_set_document:
 * @inspector: the inspector
 * @document: (nullable): the document
 * @typing: (nullable): its types, which outlive the inspector or its next document
 */
void
weft_inspector_set_document (WeftInspector *inspector, WeftDocument *document, WeftTyping *typing)
{
  if (document == NULL)
    commit_all (inspector);
  inspector->building = TRUE;
  clear_form (inspector);
  g_set_object (&inspector->document, document);
  inspector->typing = typing;
  inspector->node = 0;
  weft_training_form_set_document (inspector->training, document, typing);
  weft_definition_form_set_document (inspector->definition, document);
  weft_several_form_set_document (inspector->several, document, typing);
  inspector->building = FALSE;
  if (document != NULL)
    weft_inspector_set_selection (inspector, NULL, 0);
}

static void
command_cb (WeftSeveralForm *several, const char *action, WeftInspector *inspector)
{
  g_signal_emit (inspector, signals[COMMAND], 0, action);
}

static void
weft_inspector_dispose (GObject *object)
{
  WeftInspector *inspector = WEFT_INSPECTOR (object);
  inspector->building = TRUE;
  g_clear_object (&inspector->document);
  G_OBJECT_CLASS (weft_inspector_parent_class)->dispose (object);
}

static void
weft_inspector_finalize (GObject *object)
{
  WeftInspector *inspector = WEFT_INSPECTOR (object);
  g_ptr_array_unref (inspector->rows);
  g_free (inspector->op);
  G_OBJECT_CLASS (weft_inspector_parent_class)->finalize (object);
}

static void
weft_inspector_class_init (WeftInspectorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_inspector_dispose;
  G_OBJECT_CLASS (klass)->finalize = weft_inspector_finalize;
  g_type_ensure (WEFT_TYPE_TRAINING_FORM);
  g_type_ensure (WEFT_TYPE_DEFINITION_FORM);
  g_type_ensure (WEFT_TYPE_SEVERAL_FORM);
  signals[COMMAND] = g_signal_new ("command", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/weft/Weft/inspector/inspector.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, pages);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, name);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, name_message);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, kind);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, body);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, summary);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, problem);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, form);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, output_section);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, outputs);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, gradient_section);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, gradient);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, several);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, title);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, counts);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, training);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, training_section);
  gtk_widget_class_bind_template_child (widget_class, WeftInspector, definition);
  gtk_widget_class_bind_template_callback (widget_class, commit_name);
  gtk_widget_class_bind_template_callback (widget_class, commit_title);
  gtk_widget_class_bind_template_callback (widget_class, command_cb);
}

static void
outside_name_cb (gpointer inspector)
{
  commit_name (inspector);
}

static void
outside_title_cb (gpointer inspector)
{
  commit_title (inspector);
}

static void
weft_inspector_init (WeftInspector *inspector)
{
  inspector->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (inspector));
  weft_widget_show_code (GTK_WIDGET (inspector->body));
  g_signal_connect (inspector->name, "changed", G_CALLBACK (align_entry), NULL);
  g_signal_connect (inspector->title, "changed", G_CALLBACK (align_entry), NULL);
  weft_outside_text_watch (GTK_WIDGET (inspector->name), outside_name_cb, inspector);
  weft_outside_text_watch (GTK_WIDGET (inspector->title), outside_title_cb, inspector);
}
