/* How a table of text is written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/dialect-bar.h"

#include <glib/gi18n.h>

struct _WeftDialectBar
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkDropDown    *parts[WEFT_N_DIALECT_PARTS];
  GtkCheckButton *header;
  GtkLabel       *found; /* in words */

  /* Plain values */
  gboolean setting;
};

G_DEFINE_FINAL_TYPE (WeftDialectBar, weft_dialect_bar, ADW_TYPE_BIN)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
chosen_cb (WeftDialectBar *bar)
{
  if (!bar->setting)
    g_signal_emit (bar, signals[SIGNAL_CHANGED], 0);
}

static GtkDropDown *
new_choice (WeftDialectBar *bar, const WeftDialectRow *part)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  GtkWidget *drop;

  for (const WeftDialectChoice *choice = part->choices; choice->word != NULL; choice++)
    gtk_string_list_append (titles, _ (choice->title));
  drop = gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&titles)), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (drop), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (part->title), -1);
  g_signal_connect_swapped (drop, "notify::selected", G_CALLBACK (chosen_cb), bar);
  return GTK_DROP_DOWN (drop);
}

void
weft_dialect_bar_set (WeftDialectBar *bar, const WeftDialect *dialect)
{
  g_autofree char *words = weft_dialect_describe (dialect);

  bar->setting = TRUE;
  gtk_label_set_label (bar->found, words);
  for (guint i = 0; i < WEFT_N_DIALECT_PARTS; i++)
    {
      const WeftDialectChoice *choices = weft_dialect_parts[i].choices;

      for (guint k = 0; choices[k].word != NULL; k++)
        if (choices[k].value == weft_dialect_get (dialect, i))
          gtk_drop_down_set_selected (bar->parts[i], k);
    }
  gtk_check_button_set_active (bar->header, dialect->header);
  bar->setting = FALSE;
}

/** weft_dialect_bar_get: what is chosen now */
WeftDialect
weft_dialect_bar_get (WeftDialectBar *bar)
{
  WeftDialect dialect = WEFT_DIALECT_INIT;

  for (guint i = 0; i < WEFT_N_DIALECT_PARTS; i++)
    weft_dialect_set (
      &dialect, i,
      weft_dialect_parts[i].choices[gtk_drop_down_get_selected (bar->parts[i])].value);
  dialect.header = gtk_check_button_get_active (bar->header);
  return dialect;
}

static void
weft_dialect_bar_class_init (WeftDialectBarClass *klass)
{
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", WEFT_TYPE_DIALECT_BAR, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static GtkWidget *
make_choices (WeftDialectBar *bar)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  for (int i = 0; i < WEFT_N_DIALECT_PARTS; i++)
    {
      GtkWidget *title = gtk_label_new (_ (weft_dialect_parts[i].title));

      bar->parts[i] = new_choice (bar, &weft_dialect_parts[i]);
      gtk_label_set_xalign (GTK_LABEL (title), 0);
      gtk_grid_attach (GTK_GRID (grid), title, 0, i, 1, 1);
      gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (bar->parts[i]), 1, i, 1, 1);
    }
  bar->header =
    GTK_CHECK_BUTTON (gtk_check_button_new_with_label (_ ("First line names the columns")));
  g_signal_connect_swapped (bar->header, "toggled", G_CALLBACK (chosen_cb), bar);
  gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (bar->header), 0, WEFT_N_DIALECT_PARTS, 2, 1);
  return grid;
}

static void
weft_dialect_bar_init (WeftDialectBar *bar)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *button = gtk_menu_button_new ();
  GtkWidget *popover = gtk_popover_new ();

  gtk_popover_set_child (GTK_POPOVER (popover), make_choices (bar));
  gtk_menu_button_set_label (GTK_MENU_BUTTON (button), _ ("Read Differently"));
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), popover);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  bar->found = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (bar->found, 0);
  gtk_label_set_wrap (bar->found, TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (bar->found), TRUE);
  gtk_widget_add_css_class (box, "data-bar");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (bar->found));
  gtk_box_append (GTK_BOX (box), button);
  adw_bin_set_child (ADW_BIN (bar), box);
}

WeftDialectBar *
weft_dialect_bar_new (void)
{
  return g_object_new (WEFT_TYPE_DIALECT_BAR, NULL);
}
