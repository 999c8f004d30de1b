/* A row of a list that can be chosen without pointer and focus.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/choice-row.h"

struct _WeftChoiceRow
{
  GtkListBoxRow parent_instance;
};

G_DEFINE_FINAL_TYPE (WeftChoiceRow, weft_choice_row, GTK_TYPE_LIST_BOX_ROW)

/* Its list emits "row-activated". */
static void
choose_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_activate (widget);
}

static void
weft_choice_row_class_init (WeftChoiceRowClass *klass)
{
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (klass), "row.choose", NULL, choose_action);
}

static void
weft_choice_row_init (WeftChoiceRow *row)
{
}

/**
 * weft_choice_row_new:
 *
 * Returns: (transfer floating): an empty row
 */
GtkWidget *
weft_choice_row_new (void)
{
  return g_object_new (WEFT_TYPE_CHOICE_ROW, NULL);
}
