/* What the readers of a document's member "training" share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sets WEFT_DOCUMENT_ERROR_MODEL, "training: " and what is wrong; always FALSE. */
gboolean weft_training_fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
