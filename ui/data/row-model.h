/* Rows of data as a list for a table: of a file's first lines, or of a split of a data set, read
 * when they are shown.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/dataset/survey.h"

G_BEGIN_DECLS

#define WEFT_TYPE_ROW_MODEL (weft_row_model_get_type ())
G_DECLARE_FINAL_TYPE (WeftRowModel, weft_row_model, WEFT, ROW_MODEL, GObject)

/* An item of the list. */
#define WEFT_TYPE_ROW (weft_row_get_type ())
G_DECLARE_FINAL_TYPE (WeftRow, weft_row, WEFT, ROW, GObject)

WeftRowModel *weft_row_model_new_table (const WeftSurvey *survey);
/* @column < 0: all rows of @split; else those of class @label of that column, as far as the first
 * million rows have them. */
WeftRowModel *
weft_row_model_new_dataset (WeftDataset *dataset, WeftSplit split, int column, guint label);

/* Cells of a row. */
guint       weft_row_model_n_cells (WeftRowModel *model);
const char *weft_row_model_cell_name (WeftRowModel *model, guint cell);
gboolean    weft_row_model_is_picture (WeftRowModel *model, guint cell);
gboolean    weft_row_model_is_number (WeftRowModel *model, guint cell);

guint       weft_row_get_number (WeftRow *row); /* in the split or the file's rows, from 0 */
char       *weft_row_dup_text (WeftRow *row, guint cell);
GdkTexture *weft_row_dup_picture (WeftRow *row, guint cell); /* NULL: not one */

G_END_DECLS
