/* Marks of what is computed in place: which operand's bytes a result takes.
 *
 * A mark is a promise about the graph, whatever order its kernels run in: who else reads the
 * operand has done so before, or can be made to. The compiler overwrites an operand of a product, a
 * write or a loop only where there is a mark; a fused loop nest, for which nothing is to be
 * promised, reuses whatever bytes are free.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/graph.h"

G_BEGIN_DECLS

typedef struct
{
  WeftApply  *apply;
  guint       overwrites; /* number of the operand, from 1 */
  const char *rule;
} WeftInPlaceMark;

/* What the @n @results need, in its order: WeftInPlaceMark. Forgets earlier marks of all that is
 * reached. The caller owns the array. */
GArray *weft_in_place_marks (WeftGraph *graph, guint n, WeftValue *const *results);
/* Tells the compiler. */
void weft_in_place_set (const WeftInPlaceMark *mark);

G_END_DECLS
