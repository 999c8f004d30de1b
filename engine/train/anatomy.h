/* What one call of a model's function is made of: its kernels with their texts, where its bytes
 * lie, and what each kernel costs.
 *
 * A snapshot: nothing in it changes or refers to the model it was made from.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/emit.h"
#include "engine/run/profile.h"
#include "engine/train/model.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_STAGE_FORWARD, /* the loss, or another result, needs it */
  WEFT_STAGE_BACKWARD,
  WEFT_STAGE_UPDATE, /* writes parameters or the update rule's state */
} WeftKernelStage;

typedef struct
{
  char           *name; /* "gemm 64x256x784" */
  WeftStepKind    kind;
  WeftKernelStage stage;
  guint           depth; /* 0: a step of the program; 1: of the body of the loop before it, ... */
  guint           step;  /* its number in its program */
  guint           n_nodes;
  guint32        *nodes;        /* document nodes it comes from */
  double          flops, bytes; /* of one time */
  char           *updates;      /* "hidden.W": of UPDATE, what it writes; else NULL */
  WeftKernelText *texts[2]; /* by WeftTextLanguage; NULL: a library's or an op's own code runs */
} WeftAnatomyKernel;

/* Bytes of the arena that belong to one value. */
typedef struct
{
  char   *name; /* the op that makes it */
  guint32 node; /* 0: none is known */
  gsize   offset, bytes;
  guint   born, dies; /* steps of the program, inclusive */
} WeftAnatomyBlock;

/* What one node of the canvas takes. Of the plan only what lies there at the peak counts: what is
 * written over in the same step counts for the value that takes its place. */
typedef struct
{
  guint32 node; /* 0: of no node */
  gsize   peak_bytes, parameter_bytes, state_bytes;
} WeftAnatomyShare;

typedef struct
{
  guint              n_kernels; /* in the order of execution; those of a body follow their loop */
  WeftAnatomyKernel *kernels;
  guint              n_steps; /* those of depth 0 */
  guint              n_blocks;
  WeftAnatomyBlock  *blocks;                          /* by birth, then by offset */
  gsize              arena_bytes, intermediate_bytes; /* with and without reuse */
  gsize              parameter_bytes, state_bytes, batch_bytes;
  guint              peak_step; /* the first of those in which most bytes hold values */
  gsize              peak_bytes;
  guint              n_shares; /* they sum up to the peak, the parameters and the state */
  WeftAnatomyShare  *shares;   /* the largest first */
  WeftProfile       *profile; /* row i is of kernel i; NULL: not measured */
} WeftAnatomy;

/* Compiles @part of @document's model for a batch as the training section says, and calls it
 * @n_calls times (0: not at all) on copies of its parameters, with the first rows of its data
 * (zeros where they cannot be read). Caller owns. Any thread that may read
 * @document; takes seconds where the model is large. @node gets the node to blame, 0: none.
 * Errors: as weft_model_new and weft_model_step; G_IO_ERROR_CANCELLED. */
WeftAnatomy *weft_anatomy_new (WeftDocument *document,
                               WeftModelPart part,
                               guint         n_calls,
                               GCancellable *cancellable,
                               guint32      *node,
                               GError      **error);
void         weft_anatomy_free (WeftAnatomy *anatomy);
/* Where a kernel comes from, for people: "hidden", "gradient of hidden", "update of hidden.W";
 * caller owns. */
char *weft_anatomy_dup_place (const WeftAnatomyKernel *kernel, WeftDocument *document);
/* The nodes of @document that stand for @nodes, those on its canvas, each once: "hidden", "hidden,
 * logits and 4 more"; NULL: none. Caller owns. */
char *weft_anatomy_dup_nodes (guint n, const guint32 *nodes, WeftDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftAnatomy, weft_anatomy_free)

G_END_DECLS
