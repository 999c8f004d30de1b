/* The order of the kernels.
 *
 * A kernel runs once all that it reads is there; of several that could, the one of the lowest level
 * and, among those, the first that was made. Kernels that write new values of shared variables wait
 * until nothing else is left: then nothing can fail any more, and few are left that read the old
 * value.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

/* A binary heap of keys, the smallest first. The kernel's number is in the low half. */
static void
heap_push (GArray *heap, guint64 key)
{
  guint i = heap->len;
  g_array_append_val (heap, key);
  while (i > 0)
    {
      guint    up = (i - 1) / 2;
      guint64 *keys = (guint64 *) heap->data;
      if (keys[up] <= key)
        break;
      keys[i] = keys[up];
      keys[up] = key;
      i = up;
    }
}

static guint64
heap_pop (GArray *heap)
{
  guint64 *keys = (guint64 *) heap->data;
  guint64  first = keys[0], last = keys[heap->len - 1];
  guint    i = 0, n = heap->len - 1;
  g_array_set_size (heap, n);
  while (2 * i + 1 < n)
    {
      guint child = 2 * i + 1;
      if (child + 1 < n && keys[child + 1] < keys[child])
        child++;
      if (last <= keys[child])
        break;
      keys[i] = keys[child];
      i = child;
    }
  if (n > 0)
    keys[i] = last;
  return first;
}

static guint64
kernel_key (WeftBuilder *builder, guint kernel)
{
  const WeftKernelDraft *draft = weft_builder_kernel (builder, kernel);
  return ((guint64) (draft->late ? 1 : 0) << 63) | ((guint64) (draft->level & 0x7fffffff) << 32) |
         kernel;
}

static void
mark_maker_late (WeftBuilder *builder, const WeftView *value)
{
  guint           maker = weft_builder_root (builder, value->root)->node;
  const WeftNode *node = maker != WEFT_NO_NODE ? weft_builder_node (builder, maker) : NULL;
  if (node != NULL && (node->kind == WEFT_NODE_ELEMENTWISE || weft_node_overwrites (node) != 0))
    weft_builder_kernel (builder, weft_builder_node (builder, maker)->kernel)->late = TRUE;
}

/* So are those that write over an operand: others may still want to read it. */
static void
mark_late (WeftBuilder *builder)
{
  for (guint i = 0; i < builder->n_updates; i++)
    mark_maker_late (builder, &builder->updates[i]);
  for (guint i = 0; builder->donors != NULL && i < builder->n_outputs; i++)
    if (builder->donors[i] != 0)
      mark_maker_late (builder, &builder->outputs[i]);
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      const WeftNode *node = weft_builder_node (builder, i);
      if (node->kind == WEFT_NODE_OP && weft_node_overwrites (node) != 0)
        weft_builder_kernel (builder, node->kernel)->late = TRUE;
    }
}

/* Who reads whom, kernel by kernel: the users of kernel i are users[starts[i]] to users[starts[i +
 * 1] - 1]. */
typedef struct
{
  guint *waiting, *starts, *users;
} Edges;

/* Calls @edge for every operand that one kernel takes from another. */
static void
each_edge (WeftBuilder *builder, void (*edge) (guint from, guint to, Edges *edges), Edges *edges)
{
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      const WeftNode *node = weft_builder_node (builder, i);
      for (guint k = 0; k < node->n_operands; k++)
        {
          guint maker = weft_builder_root (builder, node->operands[k].root)->node;
          if (maker != WEFT_NO_NODE && weft_builder_node (builder, maker)->kernel != node->kernel)
            edge (weft_builder_node (builder, maker)->kernel, node->kernel, edges);
        }
    }
}

static void
count_edge (guint from, guint to, Edges *edges)
{
  edges->waiting[to]++;
  edges->starts[from + 1]++;
}

static void
fill_edge (guint from, guint to, Edges *edges)
{
  edges->users[edges->starts[from]++] = to;
}

static void
collect_edges (WeftBuilder *builder, Edges *edges)
{
  guint n = builder->kernels->len;
  edges->waiting = g_new0 (guint, n + 1);
  edges->starts = g_new0 (guint, n + 2);
  each_edge (builder, count_edge, edges);
  for (guint i = 0; i < n; i++)
    edges->starts[i + 1] += edges->starts[i];
  edges->users = g_new (guint, MAX (edges->starts[n], 1));
  each_edge (builder, fill_edge, edges);
  /* Filling moved every start to the next one's place. */
  memmove (edges->starts + 1, edges->starts, n * sizeof (guint));
  edges->starts[0] = 0;
}

void
weft_compile_schedule (WeftBuilder *builder)
{
  guint n = builder->kernels->len, done = 0;
  Edges edges;
  g_autoptr (GArray) heap = g_array_new (FALSE, FALSE, sizeof (guint64));
  mark_late (builder);
  collect_edges (builder, &edges);
  builder->sequence = g_new (guint, MAX (n, 1));
  for (guint i = 0; i < n; i++)
    if (edges.waiting[i] == 0)
      heap_push (heap, kernel_key (builder, i));
  while (heap->len > 0)
    {
      guint kernel = (guint) heap_pop (heap);
      weft_builder_kernel (builder, kernel)->order = done;
      builder->sequence[done++] = kernel;
      for (guint k = edges.starts[kernel]; k < edges.starts[kernel + 1]; k++)
        if (--edges.waiting[edges.users[k]] == 0)
          heap_push (heap, kernel_key (builder, edges.users[k]));
    }
  g_assert (done == n);
  g_free (edges.waiting);
  g_free (edges.starts);
  g_free (edges.users);
}
