/* The first pass: what must be computed, and over which bytes.
 *
 * Leaves become roots; views alias; casts of constants are done here; every other application
 * becomes a node. A consumer that needs C order (an op's own kernel, a reshape, a result) gets a
 * COPY node where its operand has other strides, one a value however many consumers there are.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

#define BLOCK_BYTES (256 * 1024)
/* The longest array of numbers that count up that a program carries along. */
#define MAX_COUNTED 65536

gpointer
weft_builder_alloc (WeftBuilder *builder, gsize size)
{
  size = (size + 15) & ~(gsize) 15;
  if (builder->blocks->len == 0 || builder->block_used + size > builder->block_size)
    {
      builder->block_size = MAX (BLOCK_BYTES, size);
      builder->block_used = 0;
      g_ptr_array_add (builder->blocks, g_malloc0 (builder->block_size));
    }
  builder->block_used += size;
  return (char *) g_ptr_array_index (builder->blocks, builder->blocks->len - 1) +
         builder->block_used - size;
}

static WeftView *
value_view (WeftBuilder *builder, const WeftValue *value)
{
  g_assert (builder->views_of[value->id] != 0);
  return &g_array_index (builder->views, WeftView, builder->views_of[value->id] - 1);
}

WeftView
weft_builder_view (WeftBuilder *builder, const WeftValue *value)
{
  return *value_view (builder, value);
}

void
weft_builder_set_view (WeftBuilder *builder, const WeftValue *value, const WeftView *view)
{
  g_array_append_vals (builder->views, view, 1);
  builder->views_of[value->id] = builder->views->len;
}

/* A new owner of bytes shaped as @value; returns its view in C order. */
static WeftView
add_root (WeftBuilder *builder, const WeftValue *value, WeftSlotKind kind, guint index, guint node)
{
  WeftRoot root = { .value = value, .kind = kind, .index = index, .node = node };
  WeftView view = { .root = builder->roots->len };
  gint64   dims[WEFT_MAX_RANK];
  guint    rank = weft_type_dims (&value->type, dims);
  root.n = weft_view_contiguous_strides (rank, dims, view.strides);
  view.contiguous = TRUE;
  g_array_append_val (builder->roots, root);
  return view;
}

/* The node gets @n_operands zeroed operands; the pointer is good until the next node. */
WeftNode *
weft_builder_add_node (WeftBuilder     *builder,
                       WeftNodeKind     kind,
                       const WeftApply *apply,
                       const WeftValue *result,
                       guint            n_operands)
{
  WeftNode node = { .kind = kind,
                    .apply = apply,
                    .n_operands = n_operands,
                    .first_result = builder->roots->len,
                    .n_results = 1 };
  gint64   strides[WEFT_MAX_RANK];
  node.operands = weft_builder_alloc (builder, MAX (n_operands, 1) * sizeof (WeftView));
  node.rank = weft_type_dims (&result->type, node.dims);
  node.n = weft_view_contiguous_strides (node.rank, node.dims, strides);
  g_array_append_val (builder->nodes, node);
  return weft_builder_node (builder, builder->nodes->len - 1);
}

static WeftView
add_constant (WeftBuilder *builder, const WeftValue *value, WeftArray *take)
{
  g_ptr_array_add (builder->constants, take);
  return add_root (builder, value, WEFT_SLOT_CONSTANT, builder->constants->len - 1, WEFT_NO_NODE);
}

/* A copy of @value in C order in bytes of its own, made once. */
WeftView
weft_builder_copy (WeftBuilder *builder, const WeftValue *value)
{
  guint known = GPOINTER_TO_UINT (
    g_hash_table_lookup (builder->copies, GUINT_TO_POINTER (value->id + 1)));
  WeftNode *node;
  WeftView  view;
  if (known != 0)
    return g_array_index (builder->views, WeftView, known - 1);
  node = weft_builder_add_node (builder, WEFT_NODE_COPY, value->apply, value, 1);
  node->operands[0] = *value_view (builder, value);
  view = add_root (builder, value, WEFT_SLOT_ARENA, 0, builder->nodes->len - 1);
  g_array_append_val (builder->views, view);
  g_hash_table_insert (builder->copies, GUINT_TO_POINTER (value->id + 1),
                       GUINT_TO_POINTER (builder->views->len));
  return view;
}

WeftView
weft_builder_contiguous (WeftBuilder *builder, const WeftValue *value)
{
  WeftView *view = value_view (builder, value);
  return view->contiguous ? *view : weft_builder_copy (builder, value);
}

/* ---- Leaves ---- */

static guint
shared_number (WeftBuilder *builder, WeftShared *shared)
{
  guint i;
  if (!g_ptr_array_find (builder->shared, shared, &i))
    {
      i = builder->shared->len;
      g_ptr_array_add (builder->shared, weft_shared_ref (shared));
    }
  return i;
}

static void
lower_leaf (WeftBuilder *builder, const WeftApply *apply)
{
  const WeftValue *value = &apply->outputs[0];
  WeftView         view;
  if (apply->op->id == WEFT_OP_CONSTANT)
    view = add_constant (builder, value, weft_array_ref (apply->literal));
  else if (apply->op->id == WEFT_OP_DIM)
    view = add_constant (
      builder, value,
      weft_array_new_scalar (value->type.dtype,
                             weft_apply_attr (apply, "dim")->dims->dims[0].offset));
  else
    {
      g_assert (apply->op->id == WEFT_OP_SHARED); /* inputs are known before */
      view = add_root (builder, value, WEFT_SLOT_SHARED, shared_number (builder, apply->shared),
                       WEFT_NO_NODE);
    }
  weft_builder_set_view (builder, value, &view);
}

/* ---- What computes ---- */

static gboolean
fold_cast (WeftBuilder *builder, const WeftApply *apply)
{
  const WeftRoot *root;
  WeftView       *view, folded;
  if (apply->op->id != WEFT_OP_CAST)
    return FALSE;
  view = value_view (builder, apply->inputs[0]);
  root = weft_builder_root (builder, view->root);
  if (root->kind != WEFT_SLOT_CONSTANT || !view->contiguous || root->value != apply->inputs[0])
    return FALSE;
  folded = add_constant (builder, &apply->outputs[0],
                         weft_array_cast (g_ptr_array_index (builder->constants, root->index),
                                          apply->outputs[0].type.dtype));
  weft_builder_set_view (builder, &apply->outputs[0], &folded);
  return TRUE;
}

static void
lower_elementwise (WeftBuilder *builder, const WeftApply *apply)
{
  const WeftValue *result = &apply->outputs[0];
  WeftNode        *node = weft_builder_add_node (builder, WEFT_NODE_ELEMENTWISE, apply, result,
                                                 apply->n_inputs);
  WeftView         view;
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      gint64 dims[WEFT_MAX_RANK];
      guint  rank = weft_type_dims (&apply->inputs[i]->type, dims);
      node->operands[i] = weft_view_broadcast (value_view (builder, apply->inputs[i]), rank, dims,
                                               node->rank, node->dims);
    }
  view = add_root (builder, result, WEFT_SLOT_ARENA, 0, builder->nodes->len - 1);
  weft_builder_set_view (builder, result, &view);
}

void
weft_builder_add_results (WeftBuilder *builder, const WeftApply *apply)
{
  guint node = builder->nodes->len - 1;
  weft_builder_node (builder, node)->n_results = apply->n_outputs;
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      WeftView view = add_root (builder, &apply->outputs[i], WEFT_SLOT_ARENA, 0, node);
      weft_builder_set_view (builder, &apply->outputs[i], &view);
    }
}

/* MATMUL or GEMM: what is added may lie anyhow. */
static void
lower_product (WeftBuilder *builder, const WeftApply *apply)
{
  g_autofree WeftView *operands = g_new (WeftView, apply->n_inputs);
  WeftNode            *node;
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      gint64 dims[WEFT_MAX_RANK];
      guint  rank = weft_type_dims (&apply->inputs[i]->type, dims);
      operands[i] = *value_view (builder, apply->inputs[i]);
      if (i < 2 && !weft_gemm_can_read (&operands[i], dims, rank))
        operands[i] = weft_builder_copy (builder, apply->inputs[i]);
    }
  node =
    weft_builder_add_node (builder, WEFT_NODE_GEMM, apply, &apply->outputs[0], apply->n_inputs);
  memcpy (node->operands, operands, apply->n_inputs * sizeof *operands);
  weft_builder_add_results (builder, apply);
}

static void
lower_op (WeftBuilder *builder, const WeftApply *apply)
{
  WeftNode *node;
  for (guint i = 0; i < apply->n_inputs; i++)
    weft_builder_contiguous (builder, apply->inputs[i]);
  node = weft_builder_add_node (builder, WEFT_NODE_OP, apply, &apply->outputs[0], apply->n_inputs);
  for (guint i = 0; i < apply->n_inputs; i++)
    node->operands[i] = weft_builder_contiguous (builder, apply->inputs[i]);
  weft_builder_add_results (builder, apply);
  if (apply->op->traits & WEFT_TRAIT_RANDOM)
    builder->program->n_random++;
}

/* Numbers that count up are there before the program runs, unless they are many. */
static gboolean
lower_iota (WeftBuilder *builder, const WeftApply *apply)
{
  const WeftValue *value = &apply->outputs[0];
  gint64           dims[WEFT_MAX_RANK];
  guint            rank = weft_type_dims (&value->type, dims);
  WeftArray       *array;
  WeftView         view;
  if (apply->op->id != WEFT_OP_IOTA || dims[0] > MAX_COUNTED)
    return FALSE;
  array = weft_array_new (value->type.dtype, rank, dims);
  for (gint64 i = 0; i < dims[0]; i++)
    weft_array_set (array, i, i);
  view = add_constant (builder, value, array);
  weft_builder_root (builder, view.root)->counts = TRUE;
  weft_builder_set_view (builder, value, &view);
  return TRUE;
}

static void
lower_apply (WeftBuilder *builder, const WeftApply *apply)
{
  WeftView view;
  if (apply->op->traits & WEFT_TRAIT_LEAF && apply->op->id != WEFT_OP_CAST)
    {
      if (apply->op->id != WEFT_OP_INPUT)
        lower_leaf (builder, apply);
      return;
    }
  if (fold_cast (builder, apply))
    return;
  if (apply->n_inputs > 0 &&
      weft_view_of_apply (apply, value_view (builder, apply->inputs[0]), &view))
    weft_builder_set_view (builder, &apply->outputs[0], &view);
  else if (apply->op->traits & WEFT_TRAIT_VIEW)
    {
      WeftView copy = weft_builder_copy (builder, apply->inputs[0]);
      gboolean is_view = weft_view_of_apply (apply, &copy, &view);
      g_assert (is_view);
      weft_builder_set_view (builder, &apply->outputs[0], &view);
    }
  else if (apply->op->traits & WEFT_TRAIT_ELEMENTWISE)
    lower_elementwise (builder, apply);
  else if (weft_compile_lower_dot (builder, apply))
    return;
  else if (apply->op->id == WEFT_OP_MATMUL || apply->op->id == WEFT_OP_GEMM)
    lower_product (builder, apply);
  else if (weft_compile_is_bodies (apply))
    weft_compile_lower_bodies (builder, apply);
  else if (!weft_compile_lower_reduction (builder, apply) &&
           !weft_compile_lower_pick (builder, apply) && !lower_iota (builder, apply))
    lower_op (builder, apply);
}

/* ---- Results ---- */

static void
keep (WeftBuilder *builder, const WeftView *view)
{
  WeftRoot *root = weft_builder_root (builder, view->root);
  root->kept = TRUE;
  root->stored = TRUE;
}

/* New values of updates must not be bytes that another update writes: those are copied first, so
 * that all happen at once. */
static void
lower_updates (WeftBuilder       *builder,
               guint              n,
               WeftShared *const *targets,
               WeftValue *const  *new_values)
{
  for (guint i = 0; i < n; i++)
    builder->program->updates[i].shared = shared_number (builder, targets[i]);
  for (guint i = 0; i < n; i++)
    {
      WeftView view = weft_builder_contiguous (builder, new_values[i]);
      if (weft_builder_root (builder, view.root)->kind == WEFT_SLOT_SHARED)
        view = weft_builder_copy (builder, new_values[i]);
      builder->updates[i] = view;
      keep (builder, &view);
    }
}

/* A result that is a whole root of its own is written straight into the array of the result. A
 * result that is a shared variable which an update may write in place is read after the kernels, so
 * it keeps the variable from being written. */
static void
lower_outputs (WeftBuilder *builder, guint n, WeftValue *const *outputs)
{
  for (guint i = 0; i < n; i++)
    {
      WeftView  view = weft_builder_contiguous (builder, outputs[i]);
      WeftRoot *root = weft_builder_root (builder, view.root);
      gint64    dims[WEFT_MAX_RANK], strides[WEFT_MAX_RANK];
      guint     rank = weft_type_dims (&outputs[i]->type, dims);
      if (root->kind == WEFT_SLOT_ARENA &&
          root->n == weft_view_contiguous_strides (rank, dims, strides) &&
          root->value->type.dtype == outputs[i]->type.dtype)
        {
          root->kind = WEFT_SLOT_OUTPUT;
          root->index = i;
        }
      builder->outputs[i] = view;
      keep (builder, &view);
    }
}

/* Fills roots, nodes, views. @inputs are the roots 0 to @n_inputs - 1. */
void
weft_compile_nodes (WeftBuilder       *builder,
                    guint              n_inputs,
                    WeftValue *const  *inputs,
                    guint              n_outputs,
                    WeftValue *const  *outputs,
                    guint              n_updates,
                    WeftShared *const *targets,
                    WeftValue *const  *new_values)
{
  for (guint i = 0; i < n_inputs; i++)
    {
      WeftView view = add_root (builder, inputs[i], WEFT_SLOT_INPUT, i, WEFT_NO_NODE);
      weft_builder_set_view (builder, inputs[i], &view);
    }
  for (guint i = 0; i < builder->order->len; i++)
    lower_apply (builder, g_ptr_array_index (builder->order, i));
  lower_updates (builder, n_updates, targets, new_values);
  lower_outputs (builder, n_outputs, outputs);
}
