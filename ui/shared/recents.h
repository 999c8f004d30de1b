/* What was added last, for the palette: a few operations, the last one first, kept per user in the
 * state directory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define WEFT_MAX_RECENTS 6

/* @op: a node's "op". Groups of documents mean nothing elsewhere and are left out. */
void        weft_recents_note (const char *op);
/* Of GtkStringObject; one for the program, borrowed. */
GListModel *weft_recents_get (void);

G_END_DECLS
