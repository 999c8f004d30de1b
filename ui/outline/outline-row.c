/* One row of the Outline.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/outline/outline-row.h"

#include <glib/gi18n.h>

struct _WeftOutlineRow
{
  GtkBox parent_instance;

  /* Borrowed from the widget tree */
  GtkWidget *title, *about;

  /* Owned */
  WeftOutlineItem *item;

  /* Plain values */
  gulong changed_handler;
};

G_DEFINE_FINAL_TYPE (WeftOutlineRow, weft_outline_row, GTK_TYPE_BOX)

static guint perform_signal;

const char *const weft_outline_actions[] = { "go", "open", "connect", "disconnect",
                                             "rename", "delete", "move-left", "move-right",
                                             "move-up", "move-down", NULL };

static void
perform_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_signal_emit (widget, perform_signal, 0, name + strlen ("row."));
}

/**
 * weft_outline_has_action:
 * @kind: of an item
 * @what: one of weft_outline_actions
 *
 * A wire has ends to go to, a port what a node has to wire, a node everything.
 */
gboolean
weft_outline_has_action (WeftOutlineKind kind, const char *what)
{
  static const char *const PORTS[] = { "go", "connect", "disconnect", NULL };
  static const char *const WIRES[] = { "go", "disconnect", NULL };
  return kind == WEFT_OUTLINE_NODE ||
         g_strv_contains (kind == WEFT_OUTLINE_PORT ? PORTS : WIRES, what);
}

static void
update_actions (WeftOutlineRow *row)
{
  for (guint i = 0; weft_outline_actions[i] != NULL; i++)
    {
      g_autofree char *name = g_strdup_printf ("row.%s", weft_outline_actions[i]);
      gtk_widget_action_set_enabled (
        GTK_WIDGET (row), name,
        weft_outline_has_action (row->item->kind, weft_outline_actions[i]));
    }
}

static void
show (WeftOutlineRow *row)
{
  WeftOutlineItem *item = row->item;
  gtk_label_set_label (GTK_LABEL (row->title), item->title);
  gtk_label_set_label (GTK_LABEL (row->about), item->about != NULL ? item->about : "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (row), item->about);
  if (item->wrong)
    gtk_widget_add_css_class (row->about, "error");
  else
    gtk_widget_remove_css_class (row->about, "error");
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, item->title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  item->about != NULL ? item->about : "", -1);
}

/**
 * weft_outline_row_set_item:
 * @row: a row
 * @item: (nullable): what it shows
 */
void
weft_outline_row_set_item (WeftOutlineRow *row, WeftOutlineItem *item)
{
  if (row->item != NULL)
    g_clear_signal_handler (&row->changed_handler, row->item);
  g_set_object (&row->item, item);
  if (item == NULL)
    return;
  row->changed_handler = g_signal_connect_swapped (item, "changed", G_CALLBACK (show), row);
  show (row);
  update_actions (row);
}

/**
 * weft_outline_row_get_item:
 * @row: a row
 *
 * Returns: (transfer none) (nullable): what it shows
 */
WeftOutlineItem *
weft_outline_row_get_item (WeftOutlineRow *row)
{
  return row->item;
}

static void
weft_outline_row_dispose (GObject *object)
{
  weft_outline_row_set_item (WEFT_OUTLINE_ROW (object), NULL);
  G_OBJECT_CLASS (weft_outline_row_parent_class)->dispose (object);
}

static void
weft_outline_row_class_init (WeftOutlineRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_outline_row_dispose;
  perform_signal = g_signal_new ("perform", WEFT_TYPE_OUTLINE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  for (guint i = 0; weft_outline_actions[i] != NULL; i++)
    {
      g_autofree char *name = g_strdup_printf ("row.%s", weft_outline_actions[i]);
      gtk_widget_class_install_action (widget_class, name, NULL, perform_action);
    }
}

static void
weft_outline_row_init (WeftOutlineRow *row)
{
  row->title = gtk_label_new (NULL);
  row->about = gtk_label_new (NULL);
  gtk_box_set_spacing (GTK_BOX (row), 8);
  gtk_label_set_ellipsize (GTK_LABEL (row->title), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (row->title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (row->about), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (row->about), 1);
  gtk_widget_set_hexpand (row->about, TRUE);
  gtk_widget_add_css_class (row->about, "caption");
  gtk_widget_add_css_class (row->about, "dim-label");
  gtk_widget_set_margin_end (GTK_WIDGET (row), 8);
  gtk_box_append (GTK_BOX (row), row->title);
  gtk_box_append (GTK_BOX (row), row->about);
}

/**
 * weft_outline_row_new:
 *
 * Returns: (transfer floating): an empty row
 */
GtkWidget *
weft_outline_row_new (void)
{
  return g_object_new (WEFT_TYPE_OUTLINE_ROW, NULL);
}
