/* What the passes of the compiler share: graph values become roots (bytes) and views of them,
 * applications become nodes, nodes are gathered into kernels, kernels are put in order, and bytes
 * get their places.
 *
 *     weft_compile_nodes     views alias, constants fold, one node an application that computes
 *     weft_compile_place     products write where only a copy of them would be read
 *     weft_compile_spaces    which rows a node belongs to
 *     weft_compile_levels    which nodes may share a kernel
 *     weft_compile_kernels   the kernels: fused loop nests cut to a bounded size, or one node each
 *     weft_compile_schedule  an order; updates in place come last
 *     weft_compile_memory    in-place reuse, liveness, offsets
 *     weft_compile_groups    which neighbours may run at once
 *
 * Every pass is linear in the graph but for one sort or heap.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/program.h"

G_BEGIN_DECLS

#define WEFT_NO_NODE G_MAXUINT

/* How a value lies in the bytes of a root, in elements. */
typedef struct
{
  guint    root;
  gboolean contiguous; /* strides are those of C order (the offset may be anything) */
  gint64   offset;
  gint64   strides[WEFT_MAX_RANK];
} WeftView;

/* A value that owns bytes: a leaf, or something a node writes. */
typedef struct
{
  const WeftValue *value;
  WeftSlotKind
           kind; /* INPUT, SHARED, CONSTANT for leaves; ARENA, OUTPUT, or SHARED in place for results */
  guint    index;
  guint    node;       /* WEFT_NO_NODE: a leaf */
  gint64   n;          /* elements */
  guint    last_level; /* the deepest level that reads it, before sinking */
  gboolean scratch;    /* no value: @n bytes that only its node uses */
  gboolean counts;     /* CONSTANT: element i is i */
  gboolean again;      /* the value of another root, computed again */
  gboolean picked;     /* a node picks elements from its rows, so they must be in memory */
  gboolean stored;     /* read by another kernel or by the caller: it needs memory */
  gboolean kept;       /* read after the last kernel */
  guint    slot;
  /* Filled by weft_compile_memory */
  guint born, dies; /* kernel numbers in execution order */
  guint buffer;     /* roots in one buffer share bytes */
} WeftRoot;

typedef enum
{
  WEFT_NODE_ELEMENTWISE,
  WEFT_NODE_REDUCTION,
  WEFT_NODE_OP,
  WEFT_NODE_GEMM,
  WEFT_NODE_COPY,
  WEFT_NODE_LOOP,
  WEFT_NODE_BRANCH,
} WeftNodeKind;

/* What a REDUCTION leaves of the rows of its operand. */
typedef enum
{
  WEFT_REDUCTION_NONE,   /* it is none */
  WEFT_REDUCTION_ROWS,   /* one number a row */
  WEFT_REDUCTION_ACROSS, /* one row */
  WEFT_REDUCTION_ALL,    /* one number */
} WeftReduction;

/* Rows that nodes may be gathered over: node->n is n_rows times row, or n_rows. In line: all
 * elements one after the other, whatever their axes, and no node stands once a row; the last row
 * then ends after @ragged elements, if that is not 0. */
typedef struct
{
  gint64   n_rows, row;
  gboolean in_line;
  gint64   ragged;
} WeftSpace;

typedef struct
{
  WeftNodeKind     kind;
  const WeftApply *apply;
  WeftView        *operands; /* broadcast to the dims for ELEMENTWISE and COPY */
  guint            n_operands;
  guint            n_results;
  guint            first_result; /* root numbers follow each other */
  WeftView        *result;       /* GEMM: how it lies in its root, if not in C order; else NULL */
  guint            rank;         /* of the (first) result; REDUCTION: of the operand */
  gint64           dims[WEFT_MAX_RANK];
  gint64           n;
  WeftReduction    reduction; /* of the one operand, or of the product of two */
  guint            combine;   /* REDUCTION: as in WeftTileOp */
  double           count;     /* what the result is divided by in the end; 0: by nothing */
  guint            space;     /* ELEMENTWISE, REDUCTION: number in builder->spaces; 0: none */
  gboolean         per_row;   /* it stands once a row of its space, not once an element */
  gboolean         again;     /* it does what another node does too, for a later kernel */
  guint            level;
  guint            kernel;
  guint            place; /* its number in its kernel */
} WeftNode;

typedef struct
{
  WeftStep step;
  guint    first_node, n_nodes; /* into builder->kernel_nodes */
  guint    level;
  gboolean late; /* writes an update: after everything that can fail */
  guint    order;
} WeftKernelDraft;

typedef struct
{
  WeftProgram *program;
  GPtrArray   *order;    /* WeftApply* */
  guint       *views_of; /* value id -> number in views + 1; 0: not reached */
  GArray      *views;    /* WeftView */
  GArray      *roots;    /* WeftRoot */
  GArray      *nodes;    /* WeftNode */
  GArray      *spaces;   /* WeftSpace; the first is none */
  GHashTable  *space_numbers;
  GArray      *kernels;      /* WeftKernelDraft */
  GArray      *kernel_nodes; /* guint, nodes of the kernels one after the other, ascending */
  guint       *sequence;     /* kernel numbers in execution order */
  GHashTable  *copies;       /* value id -> view number + 1 of its contiguous copy */
  GPtrArray   *constants;
  GPtrArray   *shared;
  GPtrArray   *blocks; /* memory of operand arrays */
  gsize        block_used, block_size;
  guint        n_inputs, n_outputs, n_updates;
  WeftView    *outputs; /* contiguous */
  WeftView    *updates;
  const guint *donors; /* a body's, by output: 1 + the input whose bytes it may take; 0: none */
} WeftBuilder;

static inline WeftRoot *
weft_builder_root (WeftBuilder *builder, guint i)
{
  return &g_array_index (builder->roots, WeftRoot, i);
}
static inline WeftNode *
weft_builder_node (WeftBuilder *builder, guint i)
{
  return &g_array_index (builder->nodes, WeftNode, i);
}
static inline WeftSpace *
weft_builder_space (WeftBuilder *builder, guint i)
{
  return &g_array_index (builder->spaces, WeftSpace, i);
}
static inline WeftKernelDraft *
weft_builder_kernel (WeftBuilder *builder, guint i)
{
  return &g_array_index (builder->kernels, WeftKernelDraft, i);
}

/* nodes.c */
gpointer weft_builder_alloc (WeftBuilder *builder, gsize size);
void     weft_compile_nodes (WeftBuilder       *builder,
                             guint              n_inputs,
                             WeftValue *const  *inputs,
                             guint              n_outputs,
                             WeftValue *const  *outputs,
                             guint              n_updates,
                             WeftShared *const *targets,
                             WeftValue *const  *new_values);
WeftView weft_builder_view (WeftBuilder *builder, const WeftValue *value);
/* The view of @value, or of a copy of it in C order. */
WeftView  weft_builder_contiguous (WeftBuilder *builder, const WeftValue *value);
WeftView  weft_builder_copy (WeftBuilder *builder, const WeftValue *value);
WeftNode *weft_builder_add_node (WeftBuilder     *builder,
                                 WeftNodeKind     kind,
                                 const WeftApply *apply,
                                 const WeftValue *result,
                                 guint            n_operands);
/* One root for each result of @apply, made by the last node. */
void weft_builder_add_results (WeftBuilder *builder, const WeftApply *apply);
void weft_builder_set_view (WeftBuilder *builder, const WeftValue *value, const WeftView *view);
/* place.c */
void weft_compile_place (WeftBuilder *builder);
/* reductions.c: FALSE if @apply is none that loop nests do. */
gboolean weft_compile_lower_reduction (WeftBuilder *builder, const WeftApply *apply);
gboolean weft_compile_lower_dot (WeftBuilder *builder, const WeftApply *apply);
gboolean weft_compile_lower_pick (WeftBuilder *builder, const WeftApply *apply);
/* spaces.c */
guint    weft_space_hash (gconstpointer space);
gboolean weft_space_equal (gconstpointer a, gconstpointer b);
guint    weft_builder_space_number (WeftBuilder *builder, gint64 n_rows, gint64 row);
gint64   weft_space_n (const WeftSpace *space); /* elements */
void     weft_compile_spaces (WeftBuilder *builder);
gboolean weft_node_is_nest (const WeftNode *node); /* part of a loop nest */
guint    weft_node_cost (const WeftNode *node);    /* of an element, in instructions */
/* Puts @node, which has no space, into @space if it can be there and @operand (of @user, which is
 * @node or reads it) is then an edge within a nest. */
gboolean weft_node_join (
  WeftBuilder *builder, WeftNode *node, guint space, const WeftNode *user, const WeftView *operand);
/* Whether it takes one element of each row of its first operand, whose strides go on along the row.
 */
gboolean weft_node_picks (const WeftNode *node);
/* Whether @user can stand in one loop nest with the node that makes @operand. */
gboolean weft_edge_fuses (WeftBuilder *builder, const WeftNode *user, const WeftView *operand);
/* Whether the last axes of @dims make rows of @row elements, each element of @view at one distance
 * from the one before. */
gboolean weft_view_has_rows (guint rank, const gint64 *dims, const WeftView *view, gint64 row);
/* The axes of a nest: how many elements one step along each of them passes, times its size,
 * descending. */
typedef struct
{
  guint  n;
  gint64 at[WEFT_MAX_RANK];
} WeftAxes;
/* Makes room for the axes of @node in a nest with rows of @row elements. FALSE: they cut each
 * other, and @axes is as before. */
gboolean weft_axes_add (WeftAxes *axes, const WeftNode *node, gint64 row);
/* views.c */
gboolean weft_view_is_contiguous (const WeftView *view, guint rank, const gint64 *dims);
gint64   weft_view_contiguous_strides (guint         rank,
                                       const gint64 *dims,
                                       gint64       *strides); /* returns the element count */
void     weft_view_set_contiguous (WeftView *view, guint rank, const gint64 *dims);
WeftView weft_view_broadcast (
  const WeftView *view, guint rank, const gint64 *dims, guint to_rank, const gint64 *to_dims);
gboolean weft_view_of_apply (const WeftApply *apply, const WeftView *input, WeftView *view);
/* reshape.c */
gboolean weft_view_reshape (const WeftView *input,
                            guint           in_rank,
                            const gint64   *in_dims,
                            guint           rank,
                            const gint64   *dims,
                            WeftView       *view);
guint    weft_type_dims (const WeftType *type, gint64 *dims); /* returns the rank */
/* Whether node @user reads @operand element by element as the node that makes it writes it. */
gboolean
         weft_operand_is_direct (WeftBuilder *builder, const WeftNode *user, const WeftView *operand);
gboolean weft_compile_recompute (WeftBuilder *builder);
/* fuse.c */
void weft_compile_levels (WeftBuilder *builder);
void weft_compile_kernels (WeftBuilder *builder);
/* tiles.c, products.c */
void weft_compile_tiles (WeftBuilder *builder, WeftKernelDraft *kernel);
void weft_compile_copy (WeftBuilder *builder, const WeftNode *node, WeftStep *step);
/* Whether a loop nest whose slots are still roots may write the root @result over @operand: it is
 * done with the operand's row by then. */
gboolean weft_tiles_may_write_over (const WeftStep *step, guint result, guint operand);
void     weft_compile_gemm (WeftBuilder *builder, WeftNode *node, WeftStep *step);
/* 1 + the operand whose bytes the kernel of @node, which is no loop nest, may write over; 0: none.
 */
guint weft_node_overwrites (const WeftNode *node);
/* Whether the rewriter, where there was one, lets @apply take the bytes of input number @input. */
gboolean weft_compile_may_overwrite (const WeftApply *apply, guint input);
gboolean weft_gemm_can_read (const WeftView *view, const gint64 *dims, guint rank);
gboolean weft_gemm_can_write (const WeftView *view, const gint64 *dims, guint rank);
/* loops.c: nodes of loops and choices, and their steps. */
gboolean weft_compile_is_bodies (const WeftApply *apply);
void     weft_compile_lower_bodies (WeftBuilder *builder, const WeftApply *apply);
void     weft_compile_bodies (WeftBuilder *builder, WeftNode *node, WeftStep *step);
void     weft_bodies_free (WeftBodies *bodies);
/* program.c: as weft_program_new; @donors: see WeftBuilder, or NULL. */
WeftProgram *weft_program_new_body (WeftGraph        *graph,
                                    guint             n_inputs,
                                    WeftValue *const *inputs,
                                    guint             n_outputs,
                                    WeftValue *const *outputs,
                                    const guint      *donors);
/* schedule.c, memory.c, groups.c */
void weft_compile_schedule (WeftBuilder *builder);
void weft_compile_memory (WeftBuilder *builder);
void weft_compile_groups (WeftProgram *program);

G_END_DECLS
