/* What explain.c and why-not.c share: the graph of a step with its readers counted, so that rules
 * can be matched on it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/rewrite/history-private.h"

G_BEGIN_DECLS

typedef struct
{
  WeftHistory *history; /* borrowed */
  WeftGraph   *graph;
  GHashTable  *map;   /* number of a value + 1 -> its copy */
  guint       *uses;  /* by application id of the copy, as in WeftMatch */
  guint8      *fused;
} WeftScene;

void       weft_scene_init (WeftScene *scene, WeftCursor *cursor, guint n, const guint *values);
void       weft_scene_clear (WeftScene *scene);
WeftValue *weft_scene_value (const WeftScene *scene, guint value);
gboolean
weft_scene_match (const WeftScene *scene, const WeftRule *rule, WeftValue *root, WeftMatch *match);
/* NULL: there is none of this name. */
const WeftRule *weft_rule_named (const char *name);

G_END_DECLS
