/* What is wrong with a document as a model, in a sentence for people.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sets WEFT_DOCUMENT_ERROR_MODEL; always FALSE. */
gboolean weft_model_fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
