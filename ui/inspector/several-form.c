/* What the inspector shows where several nodes are selected.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspector/several-form.h"

#include "ui/draw/format.h"
#include "ui/inspector/param-row.h"
#include "ui/shared/commands.h"

#include <glib/gi18n.h>

struct _WeftSeveralForm
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkLabel   *title, *kinds;
  GtkListBox *list;

  /* Borrowed */
  WeftTyping *typing;

  /* Owned */
  WeftDocument *document; /* NULL: none */
  GArray       *uids;     /* of guint32 */
  GPtrArray    *rows;     /* of WeftParamRow, borrowed from the list */
  char         *op;       /* whose parameters the list has; NULL: the list is to be made */

  /* Plain values */
  gboolean building;
};

G_DEFINE_FINAL_TYPE (WeftSeveralForm, weft_several_form, ADW_TYPE_BIN)

enum
{
  COMMAND,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* Two in a line; a row without an action is a heading. */
static const struct
{
  const char *title, *action;
} tools[] = {
  /* clang-format off */
  { N_ ("Together"),                NULL },
  { N_ ("Group"),                   "win.group" },
  { N_ ("Frame"),                   "canvas.frame" },
  { N_ ("Bypass"),                  "canvas.bypass" },
  { N_ ("Collapse"),                "canvas.collapse" },
  { N_ ("Link in a Row"),           "canvas.link-row" },
  { N_ ("Tidy"),                    "canvas.tidy" },
  { N_ ("Duplicate"),               "canvas.duplicate" },
  { N_ ("Delete"),                  "canvas.delete" },
  { N_ ("Arrange"),                 NULL },
  { N_ ("Align Left"),              "canvas.align-left" },
  { N_ ("Align Right"),             "canvas.align-right" },
  { N_ ("Align Top"),               "canvas.align-top" },
  { N_ ("Align Bottom"),            "canvas.align-bottom" },
  { N_ ("Align Centres"),           "canvas.align-centre" },
  { N_ ("Align Middles"),           "canvas.align-middle" },
  { N_ ("Distribute Horizontally"), "canvas.distribute-across" },
  { N_ ("Distribute Vertically"),   "canvas.distribute-down" },
  { N_ ("Straighten Wires"),        "canvas.straighten" },
  /* clang-format on */
};

static const WeftNode *
node_at (WeftSeveralForm *form, guint i)
{
  return weft_document_node (form->document, g_array_index (form->uids, guint32, i));
}

/* ---- Parameters ---- */

static const WeftParam *
find_param (const char *op, const char *name)
{
  guint            n = 0;
  const WeftParam *params = weft_catalogue_params (op, &n);
  for (guint i = 0; i < n; i++)
    if (g_str_equal (params[i].name, name))
      return &params[i];
  return NULL;
}

static gboolean
same_choices (const WeftParam *a, const WeftParam *b)
{
  return a->choices == b->choices ||
         (a->choices != NULL && b->choices != NULL &&
          g_strv_equal ((const char *const *) a->choices, (const char *const *) b->choices));
}

/* Whether each of them has it, of the same kind. */
static gboolean
is_common (WeftSeveralForm *form, const WeftParam *param)
{
  const char *last = NULL;
  for (guint i = 1; i < form->uids->len; i++)
    {
      const WeftNode  *node = node_at (form, i);
      const WeftParam *other;
      if (node == NULL)
        return FALSE;
      if (g_strcmp0 (node->op, last) == 0)
        continue;
      last = node->op;
      other = find_param (node->op, param->name);
      if (other == NULL || other->kind != param->kind || !same_choices (other, param))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_all (WeftSeveralForm *form, const char *name, WeftJson *value, GError **error)
{
  for (guint i = 0; i < form->uids->len; i++)
    {
      const WeftNode  *node = node_at (form, i);
      const WeftParam *param = node != NULL ? find_param (node->op, name) : NULL;
      if (param != NULL && value != NULL && !weft_param_check (param, value, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
apply_cb (WeftParamRow *row, const char *name, WeftJson *value, gpointer data, GError **error)
{
  WeftSeveralForm *form = data;
  g_autoptr (WeftJson) owned = value;
  gboolean ok = TRUE;
  if (form->building || form->document == NULL)
    return TRUE;
  /* All of them or none. */
  if (!check_all (form, name, value, error))
    return FALSE;
  g_autofree char *label = g_strdup_printf (
    g_dngettext (NULL, "Change %s of %u Node", "Change %s of %u Nodes", form->uids->len), name,
    form->uids->len);
  weft_document_begin (form->document, label);
  for (guint i = 0; ok && i < form->uids->len; i++)
    ok = node_at (form, i) == NULL ||
         weft_document_set_param (form->document, g_array_index (form->uids, guint32, i), name,
                                  value != NULL ? weft_json_ref (value) : NULL, error);
  weft_document_end (form->document);
  return ok;
}

static void
clear_list (WeftSeveralForm *form)
{
  GtkListBoxRow *row;
  g_ptr_array_set_size (form->rows, 0);
  g_clear_pointer (&form->op, g_free);
  while ((row = gtk_list_box_get_row_at_index (form->list, 0)) != NULL)
    gtk_list_box_remove (form->list, GTK_WIDGET (row));
}

/* Structure and texts belong to one node. */
static gboolean
is_for_several (const WeftParam *param)
{
  return param->kind != WEFT_PARAM_JSON && param->kind != WEFT_PARAM_TEXT;
}

static void
build_list (WeftSeveralForm *form, const WeftNode *first)
{
  guint            n = 0;
  const WeftParam *params = weft_catalogue_params (first->op, &n);
  clear_list (form);
  form->op = g_strdup (first->op);
  for (guint i = 0; i < n; i++)
    if (is_for_several (&params[i]) && is_common (form, &params[i]))
      {
        WeftParamFace face = { .param = &params[i] };
        WeftParamRow *row = weft_param_row_new (&face, apply_cb, form);
        gtk_list_box_append (form->list, GTK_WIDGET (row));
        g_ptr_array_add (form->rows, row);
      }
  gtk_widget_set_visible (GTK_WIDGET (form->list), form->rows->len > 0);
}

static gboolean
is_same (const WeftParam *param, WeftJson *a, WeftJson *b)
{
  WeftJson *one = a != NULL ? a : param->otherwise, *other = b != NULL ? b : param->otherwise;
  return one == other || (one != NULL && other != NULL && weft_json_equal (one, other));
}

static void
show_value (WeftSeveralForm *form, WeftParamRow *row, const WeftNode *first)
{
  const char *name = weft_param_row_get_name (row);
  WeftJson   *value = weft_json_get (first->params, name);
  for (guint i = 1; i < form->uids->len; i++)
    {
      const WeftNode  *node = node_at (form, i);
      const WeftParam *param = node != NULL ? find_param (node->op, name) : NULL;
      if (param != NULL && !is_same (param, value, weft_json_get (node->params, name)))
        {
          weft_param_row_set_mixed (row);
          return;
        }
    }
  weft_param_row_set_value (row, value);
}

/* ---- What they are ---- */

/* "2 Dense · 1 softmax · 8 320 numbers to train", in the order of the selection. */
static char *
dup_kinds (WeftSeveralForm *form)
{
  g_autoptr (GHashTable) counts = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) ops = g_ptr_array_new ();
  GString *text = g_string_new (NULL);
  gint64   n_numbers = 0;
  for (guint i = 0; i < form->uids->len; i++)
    {
      const WeftNode *node = node_at (form, i);
      gpointer        count;
      if (node == NULL)
        continue;
      count = g_hash_table_lookup (counts, node->op);
      if (count == NULL)
        g_ptr_array_add (ops, (gpointer) node->op);
      g_hash_table_insert (counts, (gpointer) node->op,
                           GUINT_TO_POINTER (GPOINTER_TO_UINT (count) + 1));
      n_numbers += weft_typing_n_parameters (form->typing, node->uid, NULL);
    }
  for (guint i = 0; i < ops->len; i++)
    {
      const WeftEntry *entry = weft_catalogue_find (ops->pdata[i]);
      g_autofree char *words =
        g_strdelimit (g_strdup (entry != NULL ? entry->title : ops->pdata[i]), "_", ' ');
      g_string_append_printf (text, "%s%u %s", i > 0 ? " · " : "",
                              GPOINTER_TO_UINT (g_hash_table_lookup (counts, ops->pdata[i])),
                              words);
    }
  if (n_numbers > 0)
    {
      g_autofree char *count = weft_format_count (n_numbers);
      g_string_append (text, " · ");
      g_string_append_printf (
        text, g_dngettext (NULL, "%s number to train", "%s numbers to train", (gulong) n_numbers),
        count);
    }
  return g_string_free (text, FALSE);
}

/**
 * weft_several_form_update:
 * @form: the form
 *
 * Shows what the document and its types, which must be up to date, say now.
 */
void
weft_several_form_update (WeftSeveralForm *form)
{
  const WeftNode *first;
  if (form->document == NULL || form->uids->len < 2 || form->building)
    return;
  first = node_at (form, 0);
  if (first == NULL)
    return;
  form->building = TRUE;
  g_autofree char *kinds = dup_kinds (form);
  gtk_label_set_label (form->kinds, kinds);
  if (form->op == NULL)
    build_list (form, first);
  for (guint i = 0; i < form->rows->len; i++)
    show_value (form, form->rows->pdata[i], first);
  form->building = FALSE;
}

/**
 * weft_several_form_set_selection:
 * @form: the form
 * @uids: (array length=n): the selected nodes
 * @n: how many; fewer than two: the form has nothing to show
 */
void
weft_several_form_set_selection (WeftSeveralForm *form, const guint32 *uids, guint n)
{
  g_array_set_size (form->uids, 0);
  g_array_append_vals (form->uids, uids, n);
  form->building = TRUE;
  clear_list (form);
  form->building = FALSE;
  g_autofree char *text =
    g_strdup_printf (g_dngettext (NULL, "%u node selected", "%u nodes selected", n), n);
  gtk_label_set_label (form->title, text);
  weft_several_form_update (form);
}

/**
 * weft_several_form_set_document:
 * @form: the form
 * @document: (nullable): the document
 * @typing: (nullable): its types, which outlive the form or its next document
 */
void
weft_several_form_set_document (WeftSeveralForm *form, WeftDocument *document, WeftTyping *typing)
{
  g_array_set_size (form->uids, 0);
  form->building = TRUE;
  clear_list (form);
  form->building = FALSE;
  g_set_object (&form->document, document);
  form->typing = typing;
}

/**
 * weft_several_form_commit:
 * @form: the form
 *
 * Applies what was typed and not yet asked for.
 */
void
weft_several_form_commit (WeftSeveralForm *form)
{
  for (guint i = 0; i < form->rows->len; i++)
    weft_param_row_commit (form->rows->pdata[i]);
}

/* ---- Making it ---- */

static void
clicked_cb (GtkButton *button, WeftSeveralForm *form)
{
  g_signal_emit (form, signals[COMMAND], 0,
                 g_object_get_data (G_OBJECT (button), "weft-action"));
}

static GtkLabel *
add_label (GtkBox *box, const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, style);
  gtk_box_append (box, label);
  return GTK_LABEL (label);
}

static GtkWidget *
new_tool (WeftSeveralForm *form, const char *title, const char *action)
{
  const WeftCommand *command = weft_commands_find (action);
  GtkWidget         *button = gtk_button_new (), *label = gtk_label_new (_ (title));
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_button_set_child (GTK_BUTTON (button), label);
  gtk_widget_set_hexpand (button, TRUE);
  g_object_set_data (G_OBJECT (button), "weft-action", (gpointer) action);
  g_signal_connect (button, "clicked", G_CALLBACK (clicked_cb), form);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (title), -1);
  if (command != NULL)
    {
      g_autofree char *keys = weft_commands_dup_label (command);
      g_autofree char *tip = keys != NULL && *keys != '\0'
                               ? g_strdup_printf ("%s (%s)", _ (command->title), keys)
                               : g_strdup (_ (command->title));
      gtk_widget_set_tooltip_text (button, tip);
    }
  return button;
}

static void
add_tools (WeftSeveralForm *form, GtkBox *box)
{
  GtkGrid *grid = NULL;
  int      n = 0;
  for (guint i = 0; i < G_N_ELEMENTS (tools); i++)
    if (tools[i].action == NULL)
      {
        add_label (box, _ (tools[i].title), "section");
        grid = GTK_GRID (gtk_grid_new ());
        gtk_grid_set_column_homogeneous (grid, TRUE);
        gtk_grid_set_column_spacing (grid, 6);
        gtk_grid_set_row_spacing (grid, 6);
        gtk_widget_add_css_class (GTK_WIDGET (grid), "tools");
        gtk_box_append (box, GTK_WIDGET (grid));
        n = 0;
      }
    else
      {
        gtk_grid_attach (grid, new_tool (form, tools[i].title, tools[i].action), n % 2, n / 2, 1,
                         1);
        n++;
      }
}

static void
weft_several_form_dispose (GObject *object)
{
  WeftSeveralForm *form = WEFT_SEVERAL_FORM (object);
  form->building = TRUE;
  g_clear_object (&form->document);
  G_OBJECT_CLASS (weft_several_form_parent_class)->dispose (object);
}

static void
weft_several_form_finalize (GObject *object)
{
  WeftSeveralForm *form = WEFT_SEVERAL_FORM (object);
  g_array_unref (form->uids);
  g_ptr_array_unref (form->rows);
  g_free (form->op);
  G_OBJECT_CLASS (weft_several_form_parent_class)->finalize (object);
}

static void
weft_several_form_class_init (WeftSeveralFormClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_several_form_dispose;
  G_OBJECT_CLASS (klass)->finalize = weft_several_form_finalize;
  signals[COMMAND] = g_signal_new ("command", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
weft_several_form_init (WeftSeveralForm *form)
{
  GtkBox *box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 6));
  form->uids = g_array_new (FALSE, FALSE, sizeof (guint32));
  form->rows = g_ptr_array_new ();
  form->title = add_label (box, NULL, "name");
  form->kinds = add_label (box, NULL, "dim-label");
  form->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (form->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (form->list), "form");
  gtk_accessible_update_property (GTK_ACCESSIBLE (form->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Parameters"), -1);
  gtk_box_append (box, GTK_WIDGET (form->list));
  add_tools (form, box);
  adw_bin_set_child (ADW_BIN (form), GTK_WIDGET (box));
}
