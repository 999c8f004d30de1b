/* The page that a window without a document shows: examples, files that were open lately, an empty
 * document.
 *
 * Signals: "open" (const char *path, gboolean is_example)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_START_PAGE (weft_start_page_get_type ())
G_DECLARE_FINAL_TYPE (WeftStartPage, weft_start_page, WEFT, START_PAGE, AdwBin)

void weft_start_page_refresh (WeftStartPage *page);

G_END_DECLS
