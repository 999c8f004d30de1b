/* A table of rows of data.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/row-table.h"

#include <glib/gi18n.h>

/* Every column has widgets in every row that is seen; more than these nobody reads. */
#define MAX_COLUMNS 64
#define PICTURE_PX 48
#define MOST_LETTERS 32

struct _WeftRowTable
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkColumnView *view;

  /* Owned */
  WeftRowModel *model;
};

G_DEFINE_FINAL_TYPE (WeftRowTable, weft_row_table, ADW_TYPE_BIN)

/* A column's number, 0 for that of the rows' numbers. */
static guint
column_of (GtkSignalListItemFactory *factory)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (factory), "weft-column"));
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, WeftRowTable *table)
{
  guint      column = column_of (factory);
  GtkWidget *child;

  if (column > 0 && weft_row_model_is_picture (table->model, column - 1))
    {
      child = gtk_picture_new ();
      gtk_widget_set_size_request (child, PICTURE_PX, PICTURE_PX);
      gtk_widget_set_halign (child, GTK_ALIGN_START);
    }
  else
    {
      child = gtk_label_new (NULL);
      gtk_label_set_ellipsize (GTK_LABEL (child), PANGO_ELLIPSIZE_END);
      gtk_label_set_width_chars (GTK_LABEL (child), column == 0 ? 5 : 8);
      gtk_label_set_max_width_chars (GTK_LABEL (child), MOST_LETTERS);
      gtk_label_set_xalign (
        GTK_LABEL (child),
        column == 0 || weft_row_model_is_number (table->model, column - 1) ? 1 : 0);
      gtk_widget_add_css_class (child, "numeric");
      if (column == 0)
        gtk_widget_add_css_class (child, "dim-label");
    }
  gtk_list_item_set_child (item, child);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, WeftRowTable *table)
{
  guint            column = column_of (factory);
  WeftRow         *row = gtk_list_item_get_item (item);
  GtkWidget       *child = gtk_list_item_get_child (item);
  g_autofree char *text = NULL;

  if (GTK_IS_PICTURE (child))
    {
      g_autoptr (GdkTexture) picture = weft_row_dup_picture (row, column - 1);

      gtk_picture_set_paintable (GTK_PICTURE (child), GDK_PAINTABLE (picture));
      return;
    }
  text = column == 0 ? g_strdup_printf ("%u", weft_row_get_number (row) + 1)
                     : weft_row_dup_text (row, column - 1);
  gtk_label_set_label (GTK_LABEL (child), text);
  gtk_widget_set_tooltip_text (child,
                               column > 0 && g_utf8_strlen (text, -1) > MOST_LETTERS ? text : NULL);
}

static void
add_column (WeftRowTable *table, guint column, const char *title)
{
  GtkListItemFactory  *factory = gtk_signal_list_item_factory_new ();
  GtkColumnViewColumn *added;

  g_object_set_data (G_OBJECT (factory), "weft-column", GUINT_TO_POINTER (column));
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), table);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), table);
  added = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_resizable (added, TRUE);
  gtk_column_view_append_column (table->view, added);
  g_object_unref (added);
}

/* The table is as wide as its place. */
static void
expand_last (WeftRowTable *table)
{
  GListModel *columns = gtk_column_view_get_columns (table->view);
  g_autoptr (GtkColumnViewColumn) last =
    g_list_model_get_item (columns, g_list_model_get_n_items (columns) - 1);

  gtk_column_view_column_set_expand (last, TRUE);
}

static void
clear_columns (WeftRowTable *table)
{
  GListModel *columns = gtk_column_view_get_columns (table->view);

  while (g_list_model_get_n_items (columns) > 0)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, 0);

      gtk_column_view_remove_column (table->view, column);
    }
}

static void
dispose (GObject *object)
{
  g_clear_object (&WEFT_ROW_TABLE (object)->model);
  G_OBJECT_CLASS (weft_row_table_parent_class)->dispose (object);
}

static void
weft_row_table_class_init (WeftRowTableClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dispose;
}

static void
weft_row_table_init (WeftRowTable *table)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  table->view = GTK_COLUMN_VIEW (gtk_column_view_new (NULL));
  gtk_column_view_set_show_column_separators (table->view, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (table->view), "data-table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (table->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Rows"), -1);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (table->view));
  gtk_widget_set_hexpand (scrolled, TRUE);
  gtk_widget_set_vexpand (scrolled, TRUE);
  adw_bin_set_child (ADW_BIN (table), scrolled);
}

WeftRowTable *
weft_row_table_new (void)
{
  return g_object_new (WEFT_TYPE_ROW_TABLE, NULL);
}

/** weft_row_table_set_model: @model may be NULL. */
void
weft_row_table_set_model (WeftRowTable *table, WeftRowModel *model)
{
  g_autoptr (GtkSelectionModel) selection = NULL;

  gtk_column_view_set_model (table->view, NULL);
  clear_columns (table);
  g_set_object (&table->model, model);
  if (model == NULL)
    return;
  add_column (table, 0, _ ("Row"));
  for (guint i = 0; i < weft_row_model_n_cells (model) && i < MAX_COLUMNS; i++)
    add_column (table, i + 1, weft_row_model_cell_name (model, i));
  expand_last (table);
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (model))));
  gtk_column_view_set_model (table->view, selection);
}
