/* The backward graph beside the forward one, port by port.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/dock/gradients.h"

#include "engine/train/backward.h"
#include "ui/shared/adaptive-bin.h"
#include "ui/shared/choice-row.h"
#include "ui/shared/widget-style.h"

#include <glib/gi18n.h>

/* A formula keeps so much beside another one; where there is less room they stand below each other.
 */
#define FORMULA_CHARS 24
/* Then below the name, too. */
#define NARROW_CHARS 12
enum
{
  BESIDE,
  BELOW,
  BELOW_NAME,
};

struct _WeftGradients
{
  AdwBin parent_instance;

  /* Children, borrowed */
  WeftAdaptiveBin *bin;
  GtkStack        *pages; /* list, message */
  GtkListBox      *list;
  GtkLabel        *message;

  /* Owned */
  WeftDocument *document; /* NULL: none */
  GCancellable *working;  /* of the computation that is wanted; NULL: none */

  /* Plain values */
  gboolean stale; /* to be computed when it is seen */
};

enum
{
  SIGNAL_GO,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftGradients, weft_gradients, ADW_TYPE_BIN)

/* ---- Rows ---- */

/* What a row is made of. */
typedef struct
{
  GtkBox   *box, *texts;
  GtkLabel *formulas[2];
} Row;

static void
arrange_row (GtkListBoxRow *item, guint level)
{
  Row *row = g_object_get_data (G_OBJECT (item), "weft-row");
  gtk_orientable_set_orientation (GTK_ORIENTABLE (row->texts), level >= BELOW
                                                                 ? GTK_ORIENTATION_VERTICAL
                                                                 : GTK_ORIENTATION_HORIZONTAL);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (row->box), level >= BELOW_NAME
                                                               ? GTK_ORIENTATION_VERTICAL
                                                               : GTK_ORIENTATION_HORIZONTAL);
  gtk_box_set_homogeneous (row->texts, level == BESIDE);
  gtk_box_set_spacing (row->texts, level == BESIDE ? 16 : 2);
  gtk_box_set_spacing (row->box, level == BELOW_NAME ? 2 : 16);
  for (guint i = 0; i < G_N_ELEMENTS (row->formulas); i++)
    gtk_label_set_width_chars (row->formulas[i],
                               level == BELOW_NAME ? NARROW_CHARS : FORMULA_CHARS);
}

static void
arrange_rows (WeftGradients *gradients)
{
  guint          level = weft_adaptive_bin_get_level (gradients->bin);
  GtkListBoxRow *item;
  for (int i = 0; (item = gtk_list_box_get_row_at_index (gradients->list, i)) != NULL; i++)
    arrange_row (item, level);
}

static GtkWidget *
new_text (const char *text, const char *class)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_yalign (GTK_LABEL (label), 0);
  if (g_str_equal (class, "monospace"))
    {
      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
      gtk_widget_set_hexpand (label, TRUE);
      weft_widget_show_code (label);
    }
  else
    gtk_widget_add_css_class (label, class);
  return label;
}

static void
add_row (WeftGradients *gradients, const WeftBackwardRow *row, GtkSizeGroup *names)
{
  GtkWidget       *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 16);
  GtkWidget       *texts = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 16);
  GtkWidget       *name = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget       *item = weft_choice_row_new ();
  const char      *backward = row->backward != NULL ? row->backward : _ ("nothing flows back");
  g_autofree char *forward = row->forward != NULL ? g_strdup_printf ("= %s", row->forward)
                                                  : g_strdup (_ ("given"));
  g_autofree char *back = g_strdup_printf ("d_%s = %s", row->port, backward);
  g_autofree char *label = g_strdup_printf ("%s %s; %s", row->port, forward, back);
  gtk_box_append (GTK_BOX (name), new_text (row->port, "heading"));
  gtk_box_append (GTK_BOX (name), new_text (row->type, "caption"));
  gtk_widget_add_css_class (gtk_widget_get_last_child (name), "dim-label");
  gtk_size_group_add_widget (names, name);
  gtk_box_append (GTK_BOX (box), name);
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (texts), new_text (forward, "monospace"));
  gtk_box_append (GTK_BOX (texts), new_text (back, "monospace"));
  gtk_widget_add_css_class (gtk_widget_get_last_child (texts),
                            row->backward != NULL ? "accent" : "dim-label");
  gtk_box_append (GTK_BOX (box), texts);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (item), box);
  g_object_set_data (G_OBJECT (item), "weft-node", GUINT_TO_POINTER (row->node));
  gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  Row made = { GTK_BOX (box),
               GTK_BOX (texts),
               { GTK_LABEL (gtk_widget_get_first_child (texts)),
                 GTK_LABEL (gtk_widget_get_last_child (texts)) } };
  g_object_set_data_full (G_OBJECT (item), "weft-row", g_memdup2 (&made, sizeof made), g_free);
  gtk_list_box_append (gradients->list, item);
}

static void
show_message (WeftGradients *gradients, const char *text)
{
  gtk_label_set_label (gradients->message, text);
  gtk_stack_set_visible_child (gradients->pages, GTK_WIDGET (gradients->message));
}

static void
show_rows (WeftGradients *gradients, GPtrArray *rows)
{
  g_autoptr (GtkSizeGroup) names = gtk_size_group_new (GTK_SIZE_GROUP_HORIZONTAL);
  GtkListBoxRow *row;
  while ((row = gtk_list_box_get_row_at_index (gradients->list, 0)) != NULL)
    gtk_list_box_remove (gradients->list, GTK_WIDGET (row));
  for (guint i = 0; i < rows->len; i++)
    add_row (gradients, g_ptr_array_index (rows, i), names);
  arrange_rows (gradients);
  weft_adaptive_bin_retry (gradients->bin);
  gtk_stack_set_visible_child_name (gradients->pages, "list");
}

/* ---- The worker ---- */

static void
work_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autofree char *loss = NULL;
  guint32          node;
  GError          *error = NULL;
  GPtrArray       *rows = weft_backward_rows (data, &loss, &node, &error);
  if (rows != NULL)
    g_task_return_pointer (task, rows, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static void
worked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftGradients *gradients = WEFT_GRADIENTS (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = g_task_propagate_pointer (G_TASK (result), &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&gradients->working);
  if (rows == NULL)
    show_message (gradients, error->message);
  else if (rows->len == 0)
    show_message (gradients, _ ("The loss depends on no port."));
  else
    show_rows (gradients, rows);
}

static void
work (WeftGradients *gradients)
{
  g_autoptr (GTask) task = NULL;
  if (!gradients->stale || gradients->document == NULL ||
      !gtk_widget_get_mapped (GTK_WIDGET (gradients)))
    return;
  gradients->stale = FALSE;
  g_cancellable_cancel (gradients->working);
  g_clear_object (&gradients->working);
  gradients->working = g_cancellable_new ();
  task = g_task_new (gradients, gradients->working, worked_cb, NULL);
  g_task_set_task_data (task, weft_document_snapshot (gradients->document), g_object_unref);
  g_task_run_in_thread (task, work_thread);
}

/**
 * weft_gradients_update:
 * @gradients: the list
 * @document: (nullable): the document, changed or another one; NULL: none
 */
void
weft_gradients_update (WeftGradients *gradients, WeftDocument *document)
{
  g_set_object (&gradients->document, document);
  gradients->stale = TRUE;
  if (document == NULL)
    g_cancellable_cancel (gradients->working);
  work (gradients);
}

/* ---- The widget ---- */

static void
row_activated_cb (GtkListBox *list, GtkListBoxRow *row, WeftGradients *gradients)
{
  guint node = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "weft-node"));
  if (node != 0)
    g_signal_emit (gradients, signals[SIGNAL_GO], 0, node);
}

static void
weft_gradients_dispose (GObject *object)
{
  WeftGradients *gradients = WEFT_GRADIENTS (object);
  g_cancellable_cancel (gradients->working);
  g_clear_object (&gradients->working);
  g_clear_object (&gradients->document);
  G_OBJECT_CLASS (weft_gradients_parent_class)->dispose (object);
}

static void
weft_gradients_class_init (WeftGradientsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_gradients_dispose;
  signals[SIGNAL_GO] = g_signal_new ("go", WEFT_TYPE_GRADIENTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
weft_gradients_init (WeftGradients *gradients)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gradients->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (gradients->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (gradients->list), "problems");
  gtk_accessible_update_property (GTK_ACCESSIBLE (gradients->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("The gradient, port by port"), -1);
  g_signal_connect (gradients->list, "row-activated", G_CALLBACK (row_activated_cb), gradients);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (gradients->list));
  gradients->message = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_wrap (gradients->message, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (gradients->message), "dim-label");
  gradients->pages = GTK_STACK (gtk_stack_new ());
  gtk_stack_add_child (gradients->pages, GTK_WIDGET (gradients->message));
  gtk_stack_add_named (gradients->pages, scroller, "list");
  gradients->bin =
    g_object_new (WEFT_TYPE_ADAPTIVE_BIN, "child", gradients->pages, "levels", BELOW_NAME, NULL);
  g_signal_connect_swapped (gradients->bin, "notify::level", G_CALLBACK (arrange_rows), gradients);
  adw_bin_set_child (ADW_BIN (gradients), GTK_WIDGET (gradients->bin));
  g_signal_connect_after (gradients, "map", G_CALLBACK (work), NULL);
}
