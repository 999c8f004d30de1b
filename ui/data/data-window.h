/* Looking at the data of a dataset node as a network gets them: rows of a split or of one class,
 * and how each column is spread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/base/json.h"

G_BEGIN_DECLS

#define WEFT_TYPE_DATA_WINDOW (weft_data_window_get_type ())
G_DECLARE_FINAL_TYPE (WeftDataWindow, weft_data_window, WEFT, DATA_WINDOW, AdwWindow)

/* @params: of the node, copied. */
WeftDataWindow *
weft_data_window_new (GtkWindow *parent, const char *name, WeftJson *params, const char *folder);

G_END_DECLS
