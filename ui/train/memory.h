/* What the view of memory is of: memory-view.c finds it out and says it, memory-draw.c draws it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/anatomy.h"
#include "ui/train/view.h"

G_BEGIN_DECLS

typedef struct
{
  WeftAnatomy *anatomy;
  char       **names;       /* of each block's node */
  guint32     *nodes;       /* the same on the canvas; 0: none */
  char       **share_names; /* of each share's node */
  char        *signature;   /* of the document that it is the plan of */
} WeftMemoryPlan;

typedef struct
{
  gint64 time_us;
  double bytes;
} WeftMemorySize;

#define WEFT_MEMORY_SIZES 240

typedef struct
{
  WeftMemoryPlan *plan;   /* counted: the next result has the same */
  gsize           actual; /* of the run; 0: not known yet */
  guint           n_sizes;
  gint64          gap_us;                   /* between two of the sizes, at least */
  WeftMemorySize  sizes[WEFT_MEMORY_SIZES]; /* of the process, as time went on; never empty */
} WeftMemory;

/* Arena, parameters, the rule's state and a batch, together. */
gsize weft_memory_planned (const WeftMemory *memory);
/* What they are in words; caller owns. */
char *weft_memory_dup_sums (const WeftMemory *memory);
char *weft_memory_dup_peak (const WeftMemory *memory);
char *weft_memory_dup_process (const WeftMemory *memory);

void weft_memory_draw (WeftDrawing *drawing);
/* First the shares, then the blocks of the plan. */
WeftRect weft_memory_item_rect (WeftDrawing *drawing, guint item);

G_END_DECLS
