/* How the values of a field are spread: bars of a histogram, or one a class.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/dataset/survey.h"

G_BEGIN_DECLS

#define WEFT_TYPE_HISTOGRAM (weft_histogram_get_type ())
G_DECLARE_FINAL_TYPE (WeftHistogram, weft_histogram, WEFT, HISTOGRAM, GtkWidget)

GtkWidget *weft_histogram_new (void);
/* Copies what it needs. @kind: how the field is looked at; NULL: nothing to show. */
void
weft_histogram_set_field (WeftHistogram *histogram, const WeftField *field, WeftFieldKind kind);

G_END_DECLS
