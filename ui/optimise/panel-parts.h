/* What the parts of the rule panel are made of: sections with a heading, tables of facts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @child below a heading, which names it. Returns the box of both. */
GtkWidget *weft_panel_section (const char *title, GtkWidget *child);
/* Another heading for it. */
void weft_panel_section_set_title (GtkWidget *section, const char *title);
/* A table on a card; names stand on the left, values on the right. */
GtkWidget *weft_panel_table (void);
GtkLabel  *weft_panel_add_name (GtkGrid *table, int row, const char *name);
GtkLabel  *weft_panel_add_value (GtkGrid *table, int row, int column);
void       weft_panel_clear (GtkGrid *table);
/* A text over several lines. */
GtkLabel *weft_panel_text (const char *class);
/* Its text is a formula: from left to right in every language, at the side where lines begin. */
void weft_panel_set_formula (GtkLabel *label);
/* Gives it a style class, or takes it away. */
void weft_panel_mark (GtkWidget *widget, const char *class, gboolean on);

G_END_DECLS
