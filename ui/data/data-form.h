/* How the rows of a dataset are split, what is done about missing ones, and how they come in
 * batches: one form.
 *
 * The form asks; what it shows is what it is then told.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/base/json.h"

G_BEGIN_DECLS

#define WEFT_TYPE_DATA_FORM (weft_data_form_get_type ())
G_DECLARE_FINAL_TYPE (WeftDataForm, weft_data_form, WEFT, DATA_FORM, AdwBin)

/* Whether parameter @name of a dataset is in this form. */
gboolean weft_data_form_has (const char *name);
/* Parameter @name becomes @value, which is given away; NULL: it goes. FALSE and an error: refused.
 */
typedef gboolean (*WeftDataFormApply) (const char *name,
                                       WeftJson   *value,
                                       gpointer    data,
                                       GError    **error);

WeftDataForm *weft_data_form_new (WeftDataFormApply apply, gpointer data);
/* @params: of the dataset node, borrowed; @folder: of its document, or NULL. */
void weft_data_form_set_params (WeftDataForm *form, WeftJson *params, const char *folder);

G_END_DECLS
