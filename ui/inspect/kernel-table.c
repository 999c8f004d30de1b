/* The kernels of a function, one row each.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspect/kernel-table.h"

#include "ui/inspect/amounts.h"

#include <glib/gi18n.h>
#include <math.h>

/* ---- A row's object: the number of a kernel ---- */

#define WEFT_TYPE_KERNEL_ROW (weft_kernel_row_get_type ())
G_DECLARE_FINAL_TYPE (WeftKernelRow, weft_kernel_row, WEFT, KERNEL_ROW, GObject)

struct _WeftKernelRow
{
  GObject parent_instance;
  guint   kernel;
};

G_DEFINE_FINAL_TYPE (WeftKernelRow, weft_kernel_row, G_TYPE_OBJECT)

static void
weft_kernel_row_class_init (WeftKernelRowClass *klass)
{
}

static void
weft_kernel_row_init (WeftKernelRow *row)
{
}

/* ---- The table ---- */

typedef enum
{
  COLUMN_NAME,
  COLUMN_PLACE,
  COLUMN_TIME,
  COLUMN_SHARE,
  COLUMN_BOUND,
  COLUMN_LIMIT,
  N_COLUMNS
} Column;

struct _WeftKernelTable
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkColumnView *view;

  /* Owned */
  WeftInspectModel   *model;
  GListStore         *rows;
  GtkSingleSelection *selection;

  /* Plain values */
  gboolean following; /* the model; it need not be told */
};

G_DEFINE_FINAL_TYPE (WeftKernelTable, weft_kernel_table, ADW_TYPE_BIN)

enum
{
  SIGNAL_GO,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* ---- Cells ---- */

static char *
dup_limit (WeftKernelTable *table, guint kernel, Column column)
{
  gboolean by_flops;
  double   part = weft_inspect_model_kernel_limit (table->model, kernel, &by_flops);
  if (isnan (part))
    return g_strdup ("");
  if (column == COLUMN_BOUND)
    return g_strdup (by_flops ? _ ("flops") : _ ("bytes"));
  return part > 1 ? g_strdup (_ ("cache")) : g_strdup_printf ("%.0f%%", 100 * part);
}

/* The text of a cell; caller owns. */
static char *
dup_text (WeftKernelTable *table, guint kernel, Column column)
{
  const WeftAnatomyKernel *k = &weft_inspect_model_get_anatomy (table->model)->kernels[kernel];
  double                   ns = weft_inspect_model_kernel_ns (table->model, kernel);
  if (column == COLUMN_NAME)
    return g_strdup_printf ("%*s%s", (int) (3 * k->depth), "", k->name);
  if (column == COLUMN_PLACE)
    return weft_inspect_model_dup_place (table->model, kernel);
  if (column == COLUMN_TIME)
    return isnan (ns) ? g_strdup ("") : weft_amount_of_time (ns);
  return dup_limit (table, kernel, column);
}

static void
setup_text_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  Column     column = GPOINTER_TO_UINT (data);
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), column == COLUMN_TIME || column == COLUMN_LIMIT);
  if (column <= COLUMN_PLACE)
    gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, column == COLUMN_PLACE ? "accent" : "numeric");
  if (column == COLUMN_NAME)
    gtk_widget_add_css_class (label, "monospace");
  gtk_list_item_set_child (item, label);
}

static void
bind_text_cb (GtkSignalListItemFactory *factory, GtkListItem *item, WeftKernelTable *table)
{
  Column           column = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (factory), "weft-column"));
  WeftKernelRow   *row = gtk_list_item_get_item (item);
  GtkWidget       *label = gtk_list_item_get_child (item);
  g_autofree char *text = dup_text (table, row->kernel, column);
  gtk_label_set_label (GTK_LABEL (label), text);
  gtk_widget_set_tooltip_text (label, column <= COLUMN_PLACE ? text : NULL);
}

static void
setup_share_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  GtkWidget *bar = gtk_level_bar_new ();
  gtk_widget_set_valign (bar, GTK_ALIGN_CENTER);
  gtk_widget_set_size_request (bar, 40, -1);
  for (guint i = 0; i < 3; i++)
    gtk_level_bar_remove_offset_value (
      GTK_LEVEL_BAR (bar), (const char *[]){ GTK_LEVEL_BAR_OFFSET_LOW, GTK_LEVEL_BAR_OFFSET_HIGH,
                                             GTK_LEVEL_BAR_OFFSET_FULL }[i]);
  gtk_list_item_set_child (item, bar);
}

static void
bind_share_cb (GtkSignalListItemFactory *factory, GtkListItem *item, WeftKernelTable *table)
{
  WeftKernelRow   *row = gtk_list_item_get_item (item);
  GtkWidget       *bar = gtk_list_item_get_child (item);
  double           share = weft_inspect_model_kernel_share (table->model, row->kernel);
  g_autofree char *text = isnan (share) ? NULL : g_strdup_printf ("%.1f%%", 100 * share);
  gtk_level_bar_set_value (GTK_LEVEL_BAR (bar), isnan (share) ? 0 : CLAMP (share, 0, 1));
  gtk_widget_set_tooltip_text (bar, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                  text != NULL ? text : "", -1);
}

/* ---- Columns ---- */

typedef struct
{
  WeftKernelTable *table;
  Column           column;
} Sorting;

static double
sort_number (WeftKernelTable *table, guint kernel, Column column)
{
  gboolean by_flops;
  double   number = column == COLUMN_LIMIT
                      ? weft_inspect_model_kernel_limit (table->model, kernel, &by_flops)
                      : weft_inspect_model_kernel_ns (table->model, kernel);
  return isnan (number) ? -1 : number;
}

static int
compare_rows (gconstpointer a, gconstpointer b, gpointer data)
{
  const Sorting *sorting = data;
  guint          one = ((const WeftKernelRow *) a)->kernel, other = ((const WeftKernelRow *) b)->kernel;
  if (sorting->column == COLUMN_TIME || sorting->column == COLUMN_SHARE ||
      sorting->column == COLUMN_LIMIT)
    {
      double x = sort_number (sorting->table, one, sorting->column),
             y = sort_number (sorting->table, other, sorting->column);
      return x < y ? 1 : x > y ? -1
                               : 0; /* the largest first */
    }
  g_autofree char *x = dup_text (sorting->table, one, sorting->column);
  g_autofree char *y = dup_text (sorting->table, other, sorting->column);
  return g_utf8_collate (x, y);
}

static GtkListItemFactory *
new_factory (WeftKernelTable *table, Column column)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  gboolean            share = column == COLUMN_SHARE;
  g_object_set_data (G_OBJECT (factory), "weft-column", GUINT_TO_POINTER (column));
  g_signal_connect (factory, "setup",
                    share ? G_CALLBACK (setup_share_cb) : G_CALLBACK (setup_text_cb),
                    GUINT_TO_POINTER (column));
  g_signal_connect (factory, "bind", share ? G_CALLBACK (bind_share_cb) : G_CALLBACK (bind_text_cb),
                    table);
  return factory;
}

static void
add_column (WeftKernelTable *table, Column column, const char *title)
{
  GtkColumnViewColumn *view = gtk_column_view_column_new (title, new_factory (table, column));
  Sorting             *sorting = g_new (Sorting, 1);
  *sorting = (Sorting){ table, column };
  g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare_rows, sorting, g_free));
  gtk_column_view_column_set_sorter (view, sorter);
  gtk_column_view_column_set_expand (view, column == COLUMN_NAME || column == COLUMN_PLACE);
  gtk_column_view_column_set_resizable (view, column <= COLUMN_PLACE);
  gtk_column_view_append_column (table->view, view);
  g_object_unref (view);
}

/* ---- The model ---- */

static guint
position_of (WeftKernelTable *table, guint kernel)
{
  GListModel *model = G_LIST_MODEL (table->selection);
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (WeftKernelRow) row = g_list_model_get_item (model, i);
      if (row->kernel == kernel)
        return i;
    }
  return GTK_INVALID_LIST_POSITION;
}

static void
follow_selection (WeftKernelTable *table)
{
  table->following = TRUE;
  gtk_single_selection_set_selected (
    table->selection, position_of (table, weft_inspect_model_get_selected (table->model)));
  table->following = FALSE;
}

static void
follow_model (WeftKernelTable *table)
{
  const WeftAnatomy *anatomy = weft_inspect_model_get_anatomy (table->model);
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);
  table->following = TRUE;
  for (guint i = 0; anatomy != NULL && i < anatomy->n_kernels; i++)
    {
      WeftKernelRow *row = g_object_new (WEFT_TYPE_KERNEL_ROW, NULL);
      row->kernel = i;
      g_ptr_array_add (rows, row);
    }
  g_list_store_splice (table->rows, 0, g_list_model_get_n_items (G_LIST_MODEL (table->rows)),
                       rows->pdata, rows->len);
  table->following = FALSE;
  follow_selection (table);
}

static void
selected_cb (WeftKernelTable *table)
{
  WeftKernelRow *row = gtk_single_selection_get_selected_item (table->selection);
  if (!table->following && row != NULL)
    weft_inspect_model_select (table->model, row->kernel);
}

static void
activate_cb (WeftKernelTable *table, guint position)
{
  g_autoptr (WeftKernelRow) row = g_list_model_get_item (G_LIST_MODEL (table->selection), position);
  guint32 node = row != NULL ? weft_inspect_model_node_of (table->model, row->kernel) : 0;
  if (node != 0)
    g_signal_emit (table, signals[SIGNAL_GO], 0, node);
}

/* ---- The widget ---- */

static void
weft_kernel_table_dispose (GObject *object)
{
  WeftKernelTable *table = WEFT_KERNEL_TABLE (object);
  adw_bin_set_child (ADW_BIN (table), NULL);
  g_clear_object (&table->selection);
  g_clear_object (&table->rows);
  g_clear_object (&table->model);
  G_OBJECT_CLASS (weft_kernel_table_parent_class)->dispose (object);
}

static void
weft_kernel_table_class_init (WeftKernelTableClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_kernel_table_dispose;
  signals[SIGNAL_GO] = g_signal_new ("go", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "weft-kernel-table");
}

static void
weft_kernel_table_init (WeftKernelTable *table)
{
  static const char *const titles[N_COLUMNS] = {
    N_ ("kernel"), N_ ("comes from"), N_ ("time"), N_ ("share"), N_ ("bound"), N_ ("of limit")
  };
  GtkWidget        *scroller = gtk_scrolled_window_new ();
  GtkSortListModel *sorted;
  table->rows = g_list_store_new (WEFT_TYPE_KERNEL_ROW);
  table->view = GTK_COLUMN_VIEW (gtk_column_view_new (NULL));
  for (Column column = 0; column < N_COLUMNS; column++)
    add_column (table, column, _ (titles[column]));
  sorted = gtk_sort_list_model_new (g_object_ref (G_LIST_MODEL (table->rows)),
                                    g_object_ref (gtk_column_view_get_sorter (table->view)));
  table->selection = gtk_single_selection_new (G_LIST_MODEL (sorted));
  gtk_single_selection_set_autoselect (table->selection, FALSE);
  gtk_single_selection_set_can_unselect (table->selection, TRUE);
  gtk_column_view_set_model (table->view, GTK_SELECTION_MODEL (table->selection));
  gtk_widget_add_css_class (GTK_WIDGET (table->view), "kernels");
  gtk_accessible_update_property (GTK_ACCESSIBLE (table->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Kernels"), -1);
  g_signal_connect_swapped (table->selection, "notify::selected", G_CALLBACK (selected_cb), table);
  g_signal_connect_swapped (table->view, "activate", G_CALLBACK (activate_cb), table);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (table->view));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_AUTOMATIC,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand (scroller, TRUE);
  adw_bin_set_child (ADW_BIN (table), scroller);
}

/**
 * weft_kernel_table_new:
 * @model: what it shows
 *
 * Returns: (transfer floating): a table
 */
WeftKernelTable *
weft_kernel_table_new (WeftInspectModel *model)
{
  WeftKernelTable *table = g_object_new (WEFT_TYPE_KERNEL_TABLE, NULL);
  table->model = g_object_ref (model);
  g_signal_connect_object (model, "changed", G_CALLBACK (follow_model), table, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "selection", G_CALLBACK (follow_selection), table,
                           G_CONNECT_SWAPPED);
  follow_model (table);
  return table;
}
