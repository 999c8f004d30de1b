/* A rule as a picture: the graph of its pattern, an arrow, the graph of its replacement; and where
 * its names stand in a text.
 *
 * A name that stands for a value has one colour wherever it stands: in the rule's text, in the
 * picture, and as a tag on the graph that it matched. Names of attributes are grey. Plain data; no
 * GTK.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/rewrite/rewrite.h"
#include "ui/draw/pen.h"

G_BEGIN_DECLS

#define WEFT_RULE_ATTRIBUTE G_MAXUINT

const WeftRuleInfo *weft_rule_find (const char *name); /* NULL: there is none */
/* Index of the colour of @name in @rule's texts; WEFT_RULE_ATTRIBUTE for attributes, and what is no
 * name of the rule. */
guint      weft_rule_colour (const WeftRuleInfo *rule, const char *name);
WeftColour weft_rule_colour_of (WeftThemeKind theme, guint colour);

typedef struct
{
  guint start, length; /* bytes */
  guint colour;        /* for weft_rule_colour_of */
} WeftRuleRun;
/* Where names of @rule stand in @text, its pattern, its replacement or its guard; WeftRuleRun. The
 * caller owns the array. */
GArray *weft_rule_runs (const WeftRuleInfo *rule, const char *text);

typedef struct _WeftRuleArt WeftRuleArt;

/* NULL for a rule without a pattern (what is built in). The caller owns it. Any thread. */
WeftRuleArt *weft_rule_art_new (const WeftRuleInfo *rule, WeftStyle *style);
void         weft_rule_art_free (WeftRuleArt *art);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRuleArt, weft_rule_art_free)
void weft_rule_art_get_size (const WeftRuleArt *art, double *width, double *height);
void weft_rule_art_draw (const WeftRuleArt *art,
                         WeftPen           *pen,
                         WeftStyle         *style); /* top left corner at the origin */
/* "log of softmax of x becomes log_softmax of x": the caller owns it. */
char *weft_rule_art_describe (const WeftRuleArt *art);

G_END_DECLS
