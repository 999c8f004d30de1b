/* Documents of an earlier start that were not saved, or were open when it ended badly; see
 * recover.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/window/window.h"

G_BEGIN_DECLS

void weft_recover_documents (GtkApplication *application);

G_END_DECLS
