/* Which elementwise nodes and reductions share a kernel.
 *
 * Every node gets a level. An edge within a space (spaces.c: the same rows, or the same shape) from
 * a node to one that reads it element by element, or row by row, keeps the level; any other edge
 * raises it. So a path that leaves a space or a level never comes back to that level, and any set
 * of nodes of one level and space can run as one loop nest. Those connected by an edge or by a
 * common operand do. A set that is too large is cut in the order of its nodes. With kernels ordered
 * by level, then set, then cut, every edge goes forward: there are no cycles, however many spaces
 * meet at a level.
 *
 * Levels start as low as they can. A node then sinks to its first user if what it reads lives until
 * there anyway: then its result needs no memory (the derivative of an activation, the decay of a
 * parameter). One that is computed again (recompute.c) sinks to its readers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

/* The longest loop body. Beyond it nothing is saved: a tile goes through the second-level cache
 * between two kernels. */
#define MAX_KERNEL_OPS 64
#define MAX_KERNEL_OPERANDS 48

/* ---- Levels ---- */

static void
lowest_levels (WeftBuilder *builder)
{
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      WeftNode *node = weft_builder_node (builder, i);
      for (guint k = 0; k < node->n_operands; k++)
        {
          guint maker = weft_builder_root (builder, node->operands[k].root)->node;
          if (maker != WEFT_NO_NODE)
            node->level = MAX (node->level, weft_builder_node (builder, maker)->level +
                                              !weft_edge_fuses (builder, node, &node->operands[k]));
        }
      for (guint k = 0; k < node->n_operands; k++)
        {
          WeftRoot *root = weft_builder_root (builder, node->operands[k].root);
          root->last_level = MAX (root->last_level, node->level);
        }
    }
}

/* Whether all that @node reads will be there later at no cost: leaves, single numbers, what later
 * levels read too, and what can sink along with it. */
static gboolean
can_sink (WeftBuilder *builder, const WeftNode *node, const gboolean *sinks)
{
  if (node->again)
    return TRUE;
  if (node->kind != WEFT_NODE_ELEMENTWISE || node->n == 1)
    return FALSE;
  for (guint k = 0; k < node->n_operands; k++)
    {
      const WeftRoot *root = weft_builder_root (builder, node->operands[k].root);
      if (root->node == WEFT_NO_NODE || root->n == 1 || root->kept ||
          root->last_level > node->level)
        continue;
      if (!sinks[root->node] || !weft_edge_fuses (builder, node, &node->operands[k]))
        return FALSE;
    }
  return TRUE;
}

static void
sink (WeftBuilder *builder)
{
  g_autofree gboolean *sinks = g_new0 (gboolean, MAX (builder->nodes->len, 1));
  g_autofree guint    *bound = g_new (guint, MAX (builder->nodes->len, 1));
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      bound[i] = G_MAXUINT;
      sinks[i] = can_sink (builder, weft_builder_node (builder, i), sinks);
    }
  for (guint i = builder->nodes->len; i-- > 0;)
    {
      WeftNode *node = weft_builder_node (builder, i);
      if (sinks[i] && bound[i] != G_MAXUINT)
        node->level = MAX (node->level, bound[i]);
      for (guint k = 0; k < node->n_operands; k++)
        {
          guint maker = weft_builder_root (builder, node->operands[k].root)->node;
          if (maker != WEFT_NO_NODE)
            bound[maker] = MIN (bound[maker],
                                node->level - !weft_edge_fuses (builder, node, &node->operands[k]));
        }
    }
}

static void
forget_levels (WeftBuilder *builder)
{
  for (guint i = 0; i < builder->nodes->len; i++)
    weft_builder_node (builder, i)->level = 0;
  for (guint i = 0; i < builder->roots->len; i++)
    weft_builder_root (builder, i)->last_level = 0;
}

void
weft_compile_levels (WeftBuilder *builder)
{
  lowest_levels (builder);
  if (weft_compile_recompute (builder))
    {
      forget_levels (builder);
      lowest_levels (builder);
    }
  sink (builder);
}

/* ---- Sets of connected nodes ---- */

static guint
find (guint *parent, guint i)
{
  while (parent[i] != i)
    {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
  return i;
}

/* The smaller number becomes the head, so that heads come first. */
static void
unite (guint *parent, guint a, guint b)
{
  a = find (parent, a);
  b = find (parent, b);
  if (a < b)
    parent[b] = a;
  else
    parent[a] = b;
}

static gboolean
same_loop (WeftBuilder *builder, guint a, guint b)
{
  const WeftNode *x = weft_builder_node (builder, a), *y = weft_builder_node (builder, b);
  return x->level == y->level && x->space == y->space &&
         (x->space != 0 || (x->rank == y->rank &&
                            memcmp (x->dims, y->dims, x->rank * sizeof (gint64)) == 0));
}

/* Joins nodes of one level and shape that read the same array. The last reader of each root is
 * enough to remember: readers of another level or shape start over, which can only miss a chance.
 * Single numbers are all of one kernel. */
static void
unite_by_operand (WeftBuilder *builder, guint *parent)
{
  g_autofree guint *last = g_new (guint, MAX (builder->roots->len, 1));
  guint             last_scalar = WEFT_NO_NODE;
  memset (last, 0xff, MAX (builder->roots->len, 1) * sizeof (guint));
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      const WeftNode *node = weft_builder_node (builder, i);
      if (!weft_node_is_nest (node))
        continue;
      if (node->n == 1 && node->space == 0)
        {
          if (last_scalar != WEFT_NO_NODE && same_loop (builder, i, last_scalar))
            unite (parent, i, last_scalar);
          last_scalar = i;
          continue;
        }
      for (guint k = 0; k < node->n_operands; k++)
        {
          guint *reader = &last[node->operands[k].root];
          if (weft_builder_root (builder, node->operands[k].root)->n == 1)
            continue;
          if (*reader != WEFT_NO_NODE && same_loop (builder, i, *reader))
            unite (parent, i, *reader);
          *reader = i;
        }
    }
}

static guint *
connected_nodes (WeftBuilder *builder)
{
  guint *parent = g_new (guint, MAX (builder->nodes->len, 1));
  for (guint i = 0; i < builder->nodes->len; i++)
    parent[i] = i;
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      const WeftNode *node = weft_builder_node (builder, i);
      for (guint k = 0; k < node->n_operands; k++)
        {
          guint maker = weft_builder_root (builder, node->operands[k].root)->node;
          if (maker != WEFT_NO_NODE && weft_edge_fuses (builder, node, &node->operands[k]) &&
              same_loop (builder, i, maker))
            unite (parent, i, maker);
        }
    }
  unite_by_operand (builder, parent);
  return parent;
}

/* ---- Kernels ---- */

static guint
node_ops (const WeftNode *node)
{
  return node->apply->op->id == WEFT_OP_ADD_N ? MAX (node->n_operands, 2) - 1 : 1;
}

/* A kernel under construction for one set of connected nodes; a new one follows when it is full. */
typedef struct
{
  guint    kernel, ops, operands;
  WeftAxes axes;
} Open;

static guint
open_kernel (WeftBuilder *builder, const WeftNode *node)
{
  WeftKernelDraft kernel = { .level = node->level };
  g_array_append_val (builder->kernels, kernel);
  return builder->kernels->len - 1;
}

/* The axes of nodes that have no space are equal anyway; a line needs none for its rows. */
static gboolean
add_axes (WeftBuilder *builder, Open *head, const WeftNode *node)
{
  const WeftSpace *space = weft_builder_space (builder, node->space);
  return node->space == 0 ||
         weft_axes_add (&head->axes, node, space->in_line ? 1 : space->row);
}

/* Numbers the kernels and says which one each node goes to. Cutting a set in node order keeps all
 * edges going forward. */
static void
assign_kernels (WeftBuilder *builder, guint *parent)
{
  g_autofree Open *open = g_new0 (Open, MAX (builder->nodes->len, 1));
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      WeftNode *node = weft_builder_node (builder, i);
      Open     *head = &open[find (parent, i)];
      guint     ops;
      if (!weft_node_is_nest (node))
        {
          node->kernel = open_kernel (builder, node);
          continue;
        }
      ops = node_ops (node);
      if (head->ops == 0 || head->ops + ops > MAX_KERNEL_OPS ||
          head->operands + node->n_operands > MAX_KERNEL_OPERANDS ||
          !add_axes (builder, head, node))
        {
          *head = (Open){ .kernel = open_kernel (builder, node) };
          add_axes (builder, head, node);
        }
      head->ops += ops;
      for (guint k = 0; k < node->n_operands; k++)
        {
          guint maker = weft_builder_root (builder, node->operands[k].root)->node;
          head->operands += maker == WEFT_NO_NODE ||
                            weft_builder_node (builder, maker)->kernel != head->kernel ||
                            !weft_edge_fuses (builder, node, &node->operands[k]);
        }
      node->kernel = head->kernel;
    }
}

/* What another kernel reads needs memory. A kernel that is an op's own writes all its results; a
 * loop those that are read. */
static void
mark_stored (WeftBuilder *builder)
{
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      const WeftNode *node = weft_builder_node (builder, i);
      for (guint k = 0; k < node->n_operands; k++)
        {
          WeftRoot *root = weft_builder_root (builder, node->operands[k].root);
          if (root->node != WEFT_NO_NODE &&
              (weft_builder_node (builder, root->node)->kernel != node->kernel))
            root->stored = TRUE;
        }
      if (weft_node_is_nest (node) || node->kind == WEFT_NODE_LOOP ||
          node->kind == WEFT_NODE_BRANCH)
        continue;
      for (guint k = 0; k < node->n_results; k++)
        weft_builder_root (builder, node->first_result + k)->stored = TRUE;
    }
}

/* Lists the nodes of each kernel one after the other, ascending (a counting sort). */
static void
list_nodes (WeftBuilder *builder)
{
  guint first = 0;
  for (guint i = 0; i < builder->nodes->len; i++)
    weft_builder_kernel (builder, weft_builder_node (builder, i)->kernel)->n_nodes++;
  for (guint i = 0; i < builder->kernels->len; i++)
    {
      WeftKernelDraft *kernel = weft_builder_kernel (builder, i);
      kernel->first_node = first;
      first += kernel->n_nodes;
      kernel->n_nodes = 0;
    }
  g_array_set_size (builder->kernel_nodes, first);
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      WeftKernelDraft *kernel = weft_builder_kernel (builder,
                                                     weft_builder_node (builder, i)->kernel);
      g_array_index (builder->kernel_nodes, guint, kernel->first_node + kernel->n_nodes++) = i;
    }
}

void
weft_compile_kernels (WeftBuilder *builder)
{
  g_autofree guint *parent = connected_nodes (builder);
  assign_kernels (builder, parent);
  mark_stored (builder);
  list_nodes (builder);
}
