/* What the files of actions share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/rewrite/rewrite-private.h"

G_BEGIN_DECLS

/* Axis @axis of @rank, counted from the first. */
static inline guint
weft_counted_axis (gint64 axis, guint rank)
{
  return axis < 0 ? axis + rank : axis;
}

/* Where axis @i of the result of a transpose by @axes comes from. */
static inline guint
weft_source_axis (const WeftAttr *axes, guint rank, guint i)
{
  return axes->kind == WEFT_ATTR_NONE ? rank - 1 - i
                                      : weft_counted_axis (axes->dims->dims[i].offset, rank);
}

/* Marks in @reduced the axes of an array of @rank that @axes names; None: all. */
static inline void
weft_mark_axes (const WeftAttr *axes, guint rank, gboolean *reduced)
{
  for (guint i = 0; i < rank; i++)
    reduced[i] = axes->kind == WEFT_ATTR_NONE;
  for (guint i = 0; axes->kind == WEFT_ATTR_AXES && i < axes->dims->rank; i++)
    reduced[weft_counted_axis (axes->dims->dims[i].offset, rank)] = TRUE;
}

/* Whether the part that @apply, an index, takes is the same whatever number a named size is. */
gboolean weft_index_is_certain (const WeftApply *apply);

/* Of what slides over axes: guards-windows.c. */
extern const WeftGuard weft_guards_windows[];
extern const guint     weft_n_guards_windows;

extern const WeftAction weft_actions_index[];
extern const guint      weft_n_actions_index;
extern const WeftAction weft_actions_parts[];
extern const guint      weft_n_actions_parts;
extern const WeftAction weft_actions_sums[];
extern const guint      weft_n_actions_sums;

G_END_DECLS
