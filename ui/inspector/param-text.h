/* Parameter values as people type them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/catalogue.h"

G_BEGIN_DECLS

#define WEFT_PARAM_ERROR (weft_param_error_quark ())
typedef enum
{
  WEFT_PARAM_ERROR_TEXT,  /* not a text of the parameter's kind */
  WEFT_PARAM_ERROR_RANGE, /* too small or too large */
} WeftParamErrorCode;
GQuark weft_param_error_quark (void);

char *weft_param_to_text (const WeftParam *param, WeftJson *value);
gboolean
weft_param_from_text (const WeftParam *param, const char *text, WeftJson **value, GError **error);
/* A number some steps on, within its range: of about a tenth of it, or whole; @fine: a tenth of
 * that. Caller owns. */
WeftJson *weft_param_move (const WeftParam *param, double from, double steps, gboolean fine);
char *weft_param_range (const WeftParam *param);
char *weft_param_title (const char *name);

G_END_DECLS
