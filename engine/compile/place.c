/* Products that write their result where it is wanted: a product of which only a copy is read, with
 * its axes in another order, makes the copy itself.
 *
 * Runs over the nodes before they are gathered; the copies' nodes go away.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

/* How often the bytes of each root are read. */
static guint *
count_readers (WeftBuilder *builder)
{
  guint *readers = g_new0 (guint, builder->roots->len + 1);
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      const WeftNode *node = weft_builder_node (builder, i);
      for (guint k = 0; k < node->n_operands; k++)
        readers[node->operands[k].root]++;
    }
  return readers;
}

/* Axes of @copy longer than 1, those first along which its operand takes the longest steps. */
static guint
axes_by_step (const WeftNode *copy, guint *axes)
{
  const gint64 *steps = copy->operands[0].strides;
  guint         n = 0;
  for (guint i = 0; i < copy->rank; i++)
    {
      guint at = n;
      if (copy->dims[i] == 1)
        continue;
      for (; at > 0 && steps[axes[at - 1]] < steps[i]; at--)
        axes[at] = axes[at - 1];
      axes[at] = i;
      n++;
    }
  return n;
}

/* Where the elements of the product @made, in C order, lie in the result of @copy, which holds each
 * of them once. FALSE: no strides say that, or no product can write so. */
static gboolean
find_result (const WeftNode *made, const WeftNode *copy, WeftView *result)
{
  gint64   dims[WEFT_MAX_RANK], strides[WEFT_MAX_RANK], step = 1;
  guint    axes[WEFT_MAX_RANK], n = axes_by_step (copy, axes);
  WeftView moved = { .root = copy->first_result };
  if (copy->n != made->n || copy->operands[0].offset != 0 || made->rank < 2)
    return FALSE;
  weft_view_contiguous_strides (copy->rank, copy->dims, strides);
  for (guint i = n; i-- > 0; step *= dims[i])
    {
      dims[i] = copy->dims[axes[i]];
      moved.strides[i] = strides[axes[i]];
      if (copy->operands[0].strides[axes[i]] != step)
        return FALSE;
    }
  return weft_view_reshape (&moved, n, dims, made->rank, made->dims, result) &&
         weft_gemm_can_write (result, made->dims, made->rank);
}

/* A product whose result has both its rows and its columns, and nothing added to it that could lie
 * in the same bytes: only what is repeated. */
static gboolean
is_plain_product (WeftBuilder *builder, const WeftNode *node)
{
  if (node->kind != WEFT_NODE_GEMM || node->apply->inputs[0]->type.shape.rank < 2 ||
      node->apply->inputs[1]->type.shape.rank < 2)
    return FALSE;
  return node->apply->op->id == WEFT_OP_MATMUL ||
         (node->apply->op->id == WEFT_OP_GEMM &&
          weft_builder_root (builder, node->operands[2].root)->n < node->n);
}

static gboolean
place_product (WeftBuilder *builder, const WeftNode *copy, const guint *readers)
{
  const WeftRoot *root = weft_builder_root (builder, copy->operands[0].root);
  WeftNode       *made;
  WeftView        result;
  if (root->node == WEFT_NO_NODE || root->kept || readers[copy->operands[0].root] != 1)
    return FALSE;
  made = weft_builder_node (builder, root->node);
  if (!is_plain_product (builder, made) || made->result != NULL ||
      !find_result (made, copy, &result))
    return FALSE;
  weft_builder_root (builder, copy->first_result)->node = root->node;
  made->first_result = copy->first_result;
  made->result = weft_builder_alloc (builder, sizeof result);
  *made->result = result;
  return TRUE;
}

/* Takes out the nodes marked in @gone. */
static void
remove_nodes (WeftBuilder *builder, const gboolean *gone)
{
  g_autofree guint *now = g_new (guint, builder->nodes->len + 1);
  guint             n = 0;
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      now[i] = n;
      if (!gone[i])
        *weft_builder_node (builder, n++) = *weft_builder_node (builder, i);
    }
  g_array_set_size (builder->nodes, n);
  for (guint i = 0; i < builder->roots->len; i++)
    {
      WeftRoot *root = weft_builder_root (builder, i);
      if (root->node != WEFT_NO_NODE)
        root->node = now[root->node];
    }
}

void
weft_compile_place (WeftBuilder *builder)
{
  g_autofree guint    *readers = count_readers (builder);
  g_autofree gboolean *gone = g_new0 (gboolean, builder->nodes->len + 1);
  gboolean             any = FALSE;
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      const WeftNode *node = weft_builder_node (builder, i);
      gone[i] = node->kind == WEFT_NODE_COPY && place_product (builder, node, readers);
      any |= gone[i];
    }
  if (any)
    remove_nodes (builder, gone);
}
