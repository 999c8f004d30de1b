/* The list of what is wrong with a document, and why its run failed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/dock/problems.h"

#include "ui/shared/choice-row.h"

#include <glib/gi18n.h>

struct _WeftProblems
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkListBox *list;

  /* Plain values */
  guint n;
};

enum
{
  PROP_0,
  PROP_N_PROBLEMS,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_GO,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftProblems, weft_problems, ADW_TYPE_BIN)

static void
add_row (WeftProblems *problems, const char *place, const char *message, guint32 node)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  GtkWidget *icon = gtk_image_new_from_icon_name ("dialog-error-symbolic");
  gtk_widget_add_css_class (icon, "error");
  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  gtk_box_append (GTK_BOX (box), icon);
  GtkWidget *where = gtk_label_new (place);
  gtk_widget_add_css_class (where, "heading");
  gtk_widget_set_valign (where, GTK_ALIGN_START);
  gtk_box_append (GTK_BOX (box), where);
  GtkWidget *what = gtk_label_new (message);
  gtk_label_set_wrap (GTK_LABEL (what), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (what), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (what), 0);
  gtk_widget_set_hexpand (what, TRUE);
  gtk_box_append (GTK_BOX (box), what);

  GtkWidget *row = weft_choice_row_new ();
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), node != 0);
  g_object_set_data (G_OBJECT (row), "weft-node", GUINT_TO_POINTER (node));
  g_autofree char *label = g_strdup_printf ("%s: %s", place, message);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_list_box_append (problems->list, row);
  problems->n++;
}

static char *
dup_place (WeftDocument *document, guint32 uid, const char *port)
{
  const WeftNode *node = uid != 0 ? weft_document_node (document, uid) : NULL;
  if (node == NULL)
    return g_strdup (_ ("Document"));
  return port != NULL ? g_strdup_printf ("%s.%s", node->id, port) : g_strdup (node->id);
}

/* A run that failed where the types do not fit says the same once more. */
static gboolean
says_more (WeftTyping *typing, WeftRunModel *run)
{
  guint32 node = weft_run_model_get_failed_node (run);

  if (weft_run_model_get_state (run) != WEFT_RUN_FAILED || weft_run_model_get_message (run) == NULL)
    return FALSE;
  return node == 0 || weft_typing_node_problem (typing, node) == NULL;
}

/**
 * weft_problems_update:
 * @problems: the list
 * @document: (nullable): the document; NULL: nothing to show
 * @typing: its types, up to date
 * @run: its run
 */
void
weft_problems_update (WeftProblems *problems,
                      WeftDocument *document,
                      WeftTyping   *typing,
                      WeftRunModel *run)
{
  GtkListBoxRow *row;
  guint          before = problems->n;
  problems->n = 0;
  while ((row = gtk_list_box_get_row_at_index (problems->list, 0)) != NULL)
    gtk_list_box_remove (problems->list, GTK_WIDGET (row));
  if (document != NULL && says_more (typing, run))
    {
      guint32          node = weft_run_model_get_failed_node (run);
      g_autofree char *place =
        node != 0 ? dup_place (document, node, NULL) : g_strdup (_ ("Training"));

      add_row (problems, place, weft_run_model_get_message (run), node);
    }
  for (guint i = 0; document != NULL && i < weft_typing_n_problems (typing); i++)
    {
      const WeftProblem *problem = weft_typing_problem (typing, i);
      g_autofree char   *place = dup_place (document, problem->node, problem->port);
      add_row (problems, place, problem->message, problem->node);
    }
  if (problems->n != before)
    g_object_notify_by_pspec (G_OBJECT (problems), properties[PROP_N_PROBLEMS]);
}

/**
 * weft_problems_get_n:
 * @problems: the list
 *
 * Returns: how many problems it shows
 */
guint
weft_problems_get_n (WeftProblems *problems)
{
  return problems->n;
}

static void
row_activated_cb (GtkListBox *list, GtkListBoxRow *row, WeftProblems *problems)
{
  guint node = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "weft-node"));
  if (node != 0)
    g_signal_emit (problems, signals[SIGNAL_GO], 0, node);
}

static void
weft_problems_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_N_PROBLEMS)
    g_value_set_uint (value, WEFT_PROBLEMS (object)->n);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
weft_problems_class_init (WeftProblemsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->get_property = weft_problems_get_property;
  properties[PROP_N_PROBLEMS] =
    g_param_spec_uint ("n-problems", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_GO] = g_signal_new ("go", WEFT_TYPE_PROBLEMS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
weft_problems_init (WeftProblems *problems)
{
  problems->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (problems->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (problems->list), "problems");
  gtk_accessible_update_property (GTK_ACCESSIBLE (problems->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Problems"), -1);
  GtkWidget *nothing = gtk_label_new (_ ("Every type fits: there are no problems."));
  gtk_widget_add_css_class (nothing, "dim-label");
  gtk_widget_set_margin_top (nothing, 24);
  gtk_widget_set_margin_bottom (nothing, 24);
  gtk_list_box_set_placeholder (problems->list, nothing);
  g_signal_connect (problems->list, "row-activated", G_CALLBACK (row_activated_cb), problems);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (problems->list));
  adw_bin_set_child (ADW_BIN (problems), scroller);
}
