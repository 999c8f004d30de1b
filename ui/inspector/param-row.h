/* One row of a form: the name of a parameter and what it is changed with, made from its
 * description.
 *
 * The row asks for a change and shows what it is then told; what is wrong with a typed text is said
 * below it, and nothing is applied. Typed text asks on Enter and when the focus leaves; numbers
 * also by arrows, unless the row is patient: then they change the text only.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/document/catalogue.h"

G_BEGIN_DECLS

#define WEFT_TYPE_PARAM_ROW (weft_param_row_get_type ())
G_DECLARE_FINAL_TYPE (WeftParamRow, weft_param_row, WEFT, PARAM_ROW, GtkListBoxRow)

/* @value is given away; NULL: the default. FALSE and an error: not applied, the row shows the
 * message. */
typedef gboolean (*WeftParamApply) (
  WeftParamRow *row, const char *name, WeftJson *value, gpointer data, GError **error);

/* What a row is made from; borrowed while the row lives, but for titles and values. */
typedef struct
{
  const WeftParam   *param;
  const char        *title;  /* NULL: made from the name */
  const char *const *values; /* of a choice, in the file; NULL: the parameter's */
  const char *const *titles; /* the same for people, NULL: as in the file */
  gboolean           block;  /* several lines of text */
} WeftParamFace;

WeftParamRow *weft_param_row_new (const WeftParamFace *face, WeftParamApply apply, gpointer data);
const char   *weft_param_row_get_name (WeftParamRow *row);
void          weft_param_row_set_value (WeftParamRow *row, WeftJson *value);
void          weft_param_row_set_mixed (WeftParamRow *row); /* several values, none of them shown */
void          weft_param_row_commit (WeftParamRow *row);
void          weft_param_row_revert (WeftParamRow *row); /* what was typed is forgotten */
gboolean      weft_param_row_is_wrong (WeftParamRow *row);
const char   *weft_param_row_get_message (WeftParamRow *row); /* what is wrong; NULL: nothing */
gboolean      weft_param_row_is_text (WeftParamRow *row);     /* typed, neither switched nor chosen */
void          weft_param_row_set_patient (WeftParamRow *row);
void          weft_param_row_focus (WeftParamRow *row); /* the control, its text selected */

G_END_DECLS
