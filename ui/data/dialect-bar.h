/* How a table of text was recognised to be written, each part a choice.
 *
 * Signal "changed" (): a person chose something else.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/dataset/dialect.h"

G_BEGIN_DECLS

#define WEFT_TYPE_DIALECT_BAR (weft_dialect_bar_get_type ())
G_DECLARE_FINAL_TYPE (WeftDialectBar, weft_dialect_bar, WEFT, DIALECT_BAR, AdwBin)

WeftDialectBar *weft_dialect_bar_new (void);
void            weft_dialect_bar_set (WeftDialectBar *bar, const WeftDialect *dialect);
WeftDialect     weft_dialect_bar_get (WeftDialectBar *bar);

G_END_DECLS
