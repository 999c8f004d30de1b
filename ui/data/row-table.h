/* A table of rows of data, numbered, pictures as pictures.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/data/row-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_ROW_TABLE (weft_row_table_get_type ())
G_DECLARE_FINAL_TYPE (WeftRowTable, weft_row_table, WEFT, ROW_TABLE, AdwBin)

WeftRowTable *weft_row_table_new (void);
void          weft_row_table_set_model (WeftRowTable *table, WeftRowModel *model);

G_END_DECLS
