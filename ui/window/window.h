/* A window with one document: header bar, views, panes, and the run of the document.
 *
 * Without a document it shows the start page.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/document/document.h"
#include "ui/shared/run-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_WINDOW (weft_window_get_type ())
G_DECLARE_FINAL_TYPE (WeftWindow, weft_window, WEFT, WINDOW, AdwApplicationWindow)

WeftWindow   *weft_window_new (GtkApplication *application);
WeftDocument *weft_window_get_document (WeftWindow *window);
WeftRunModel *weft_window_get_run (WeftWindow *window);
void          weft_window_set_document (WeftWindow *window, WeftDocument *document);
void          weft_window_show_error (WeftWindow *window, const char *heading, const char *message);
gboolean      weft_window_save_to (WeftWindow *window, const char *path, GError **error);

void weft_window_quit (WeftWindow *window);

G_END_DECLS
