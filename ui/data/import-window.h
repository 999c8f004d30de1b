/* Importing a file: what it holds is shown, the guess of columns, roles and types is changed or
 * confirmed, then "import" carries the parameters of a dataset node.
 *
 * The file is read on a thread; closing the window ends that.
 *
 * Signal "import" (gpointer WeftJson, borrowed): the person agreed; the window closes itself.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_IMPORT_WINDOW (weft_import_window_get_type ())
G_DECLARE_FINAL_TYPE (WeftImportWindow, weft_import_window, WEFT, IMPORT_WINDOW, AdwWindow)

WeftImportWindow *weft_import_window_new (GtkWindow *parent, const char *path);

G_END_DECLS
