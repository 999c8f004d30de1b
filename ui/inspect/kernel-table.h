/* The kernels of a function, one row each: name, place, time, share, what bounds it, and how near
 * to that bound it is.
 *
 * A click on a heading sorts; the selected row is the model's selected kernel.
 * Signals: "go" (guint node): a row was activated.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/inspect/inspect-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_KERNEL_TABLE (weft_kernel_table_get_type ())
G_DECLARE_FINAL_TYPE (WeftKernelTable, weft_kernel_table, WEFT, KERNEL_TABLE, AdwBin)

WeftKernelTable *weft_kernel_table_new (WeftInspectModel *model);

G_END_DECLS
