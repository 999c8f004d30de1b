/* The selected kernel: its text in C or CUDA C, each line with the node that it computes, and what
 * it reads, writes and calculates.
 *
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/inspect/inspect-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SOURCE_PANE (weft_source_pane_get_type ())
G_DECLARE_FINAL_TYPE (WeftSourcePane, weft_source_pane, WEFT, SOURCE_PANE, AdwBin)

WeftSourcePane *weft_source_pane_new (WeftInspectModel *model);

G_END_DECLS
