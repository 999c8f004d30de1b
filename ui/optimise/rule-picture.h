/* A rule drawn as the small graph of its pattern, an arrow, and that of its replacement.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/draw/rule-art.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_RULE_PICTURE (weft_rule_picture_get_type ())
G_DECLARE_FINAL_TYPE (WeftRulePicture, weft_rule_picture, WEFT, RULE_PICTURE, GtkWidget)

WeftRulePicture *weft_rule_picture_new (void);
/* NULL, and a rule without a pattern: nothing, and the widget is hidden. */
void weft_rule_picture_set_rule (WeftRulePicture *picture, const WeftRuleInfo *rule);

G_END_DECLS
