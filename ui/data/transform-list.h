/* The transforms of a dataset as an ordered list: options changed, moved, removed, added.
 *
 * The list asks; what it shows is what it is then told.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/base/json.h"

G_BEGIN_DECLS

#define WEFT_TYPE_TRANSFORM_LIST (weft_transform_list_get_type ())
G_DECLARE_FINAL_TYPE (WeftTransformList, weft_transform_list, WEFT, TRANSFORM_LIST, AdwBin)

/* @transforms is given away. FALSE and an error: refused, the list shows the message. */
typedef gboolean (*WeftTransformsApply) (WeftJson *transforms, gpointer data, GError **error);

WeftTransformList *weft_transform_list_new (WeftTransformsApply apply, gpointer data);
/* @params: of the dataset node, borrowed; @folder: of its document, or NULL. */
void weft_transform_list_set_params (WeftTransformList *list, WeftJson *params, const char *folder);

G_END_DECLS
