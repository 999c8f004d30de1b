/* What the parts of the rule panel are made of.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/panel-parts.h"

/**
 * weft_panel_text:
 * @class: (nullable): a style class
 *
 * Returns: (transfer floating): a label that wraps
 */
GtkLabel *
weft_panel_text (const char *class)
{
  GtkLabel *label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (label, 0);
  gtk_label_set_wrap (label, TRUE);
  gtk_label_set_wrap_mode (label, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_width_chars (label, 8);
  if (class != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (label), class);
  return label;
}

/**
 * weft_panel_section:
 * @title: a heading
 * @child: what stands below it
 *
 * Returns: (transfer floating): both
 */
GtkWidget *
weft_panel_section (const char *title, GtkWidget *child)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *heading = GTK_WIDGET (weft_panel_text ("section"));
  gtk_box_append (GTK_BOX (box), heading);
  gtk_box_append (GTK_BOX (box), child);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                  heading, NULL, -1);
  weft_panel_section_set_title (box, title);
  return box;
}

/**
 * weft_panel_section_set_title:
 * @section: a section
 * @title: its heading
 */
void
weft_panel_section_set_title (GtkWidget *section, const char *title)
{
  gtk_label_set_label (GTK_LABEL (gtk_widget_get_first_child (section)), title);
}

/**
 * weft_panel_table:
 *
 * Returns: (transfer floating): an empty table
 */
GtkWidget *
weft_panel_table (void)
{
  GtkWidget *table = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (table), 10);
  gtk_grid_set_row_spacing (GTK_GRID (table), 5);
  gtk_widget_add_css_class (table, "text-card");
  return table;
}

/**
 * weft_panel_add_name:
 * @table: a table
 * @row: which row
 * @name: what stands in it
 *
 * Returns: (transfer none): the label
 */
GtkLabel *
weft_panel_add_name (GtkGrid *table, int row, const char *name)
{
  GtkLabel *label = weft_panel_text (NULL);
  gtk_label_set_label (label, name);
  gtk_label_set_yalign (label, 0);
  gtk_widget_set_hexpand (GTK_WIDGET (label), TRUE);
  gtk_grid_attach (table, GTK_WIDGET (label), 0, row, 1, 1);
  return label;
}

/**
 * weft_panel_add_value:
 * @table: a table
 * @row: which row
 * @column: which column, from 1
 *
 * Returns: (transfer none): an empty label
 */
GtkLabel *
weft_panel_add_value (GtkGrid *table, int row, int column)
{
  GtkLabel *label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (label, 1);
  gtk_label_set_yalign (label, 0);
  weft_panel_set_formula (label);
  gtk_grid_attach (table, GTK_WIDGET (label), column, row, 1, 1);
  return label;
}

/**
 * weft_panel_clear:
 * @table: a table
 *
 * Takes everything out of it.
 */
void
weft_panel_clear (GtkGrid *table)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (table))) != NULL)
    gtk_grid_remove (table, child);
}

/**
 * weft_panel_set_formula:
 * @label: a label whose text is a formula, or numbers with signs
 */
void
weft_panel_set_formula (GtkLabel *label)
{
  gboolean mirrored = gtk_widget_get_default_direction () == GTK_TEXT_DIR_RTL;
  gtk_widget_set_direction (GTK_WIDGET (label), GTK_TEXT_DIR_LTR);
  gtk_widget_add_css_class (GTK_WIDGET (label), "monospace");
  if (mirrored)
    gtk_label_set_xalign (label, 1 - gtk_label_get_xalign (label));
}

/**
 * weft_panel_mark:
 * @widget: a widget
 * @class: a style class
 * @on: whether it has it
 */
void
weft_panel_mark (GtkWidget *widget, const char *class, gboolean on)
{
  if (on)
    gtk_widget_add_css_class (widget, class);
  else
    gtk_widget_remove_css_class (widget, class);
}
