/* Errors of models.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/model-error.h"

#include "engine/document/document.h"

/**
 * weft_model_fail:
 * @error: (out) (optional): gets a WEFT_DOCUMENT_ERROR_MODEL
 * @format: a sentence
 *
 * Returns: FALSE, always
 */
gboolean
weft_model_fail (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, format, args);
  va_end (args);
  return FALSE;
}
