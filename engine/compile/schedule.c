/* The order of the kernels.
 *
 * A kernel runs once all that it reads is there. Of several that could, either the one of the
 * lowest level and, among those, the first that was made; or, of the first few of these, the one
 * that leaves the least in memory. Both are tried; the order that needs less is taken. Kernels that
 * write new values of shared variables wait until nothing else is left: then nothing can fail
 * any more, and few are left that read the old value.
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

/* ---- What is in memory ---- */

/* How many of the kernels that could run are looked at. */
#define CANDIDATES 32

/* Which results of other kernels a kernel reads: those of kernel i are roots[starts[i]] to
 * roots[starts[i + 1] - 1], each once. */
typedef struct
{
  guint  *starts;
  GArray *roots;
  guint  *readers; /* by root: how many kernels are still to read it; for ever, if it is kept */
  gsize  *made;    /* by kernel: bytes of its results */
} Memory;

static gsize
root_bytes (const WeftRoot *root)
{
  if (root->kind != WEFT_SLOT_ARENA || root->node == WEFT_NO_NODE || !root->stored)
    return 0;
  return (gsize) root->n * (root->scratch ? 1 : weft_dtype_size (root->value->type.dtype));
}

static void
add_reads (WeftBuilder *builder, Memory *memory, guint kernel, guint *seen)
{
  const WeftKernelDraft *draft = weft_builder_kernel (builder, kernel);
  for (guint i = 0; i < draft->n_nodes; i++)
    {
      const WeftNode *node = weft_builder_node (
        builder, g_array_index (builder->kernel_nodes, guint, draft->first_node + i));
      for (guint k = 0; k < node->n_results; k++)
        memory->made[kernel] += root_bytes (weft_builder_root (builder, node->first_result + k));
      for (guint k = 0; k < node->n_operands; k++)
        {
          guint root = node->operands[k].root, maker = weft_builder_root (builder, root)->node;
          if (maker == WEFT_NO_NODE || seen[root] == kernel + 1 ||
              weft_builder_node (builder, maker)->kernel == kernel)
            continue;
          seen[root] = kernel + 1;
          memory->readers[root]++;
          g_array_append_val (memory->roots, root);
        }
    }
}

static void
memory_init (WeftBuilder *builder, Memory *memory)
{
  guint             n = builder->kernels->len;
  g_autofree guint *seen = g_new0 (guint, builder->roots->len + 1);
  memory->starts = g_new (guint, n + 1);
  memory->roots = g_array_new (FALSE, FALSE, sizeof (guint));
  memory->readers = g_new0 (guint, builder->roots->len + 1);
  memory->made = g_new0 (gsize, n + 1);
  for (guint i = 0; i < n; i++)
    {
      memory->starts[i] = memory->roots->len;
      add_reads (builder, memory, i, seen);
    }
  memory->starts[n] = memory->roots->len;
  for (guint i = 0; i < builder->roots->len; i++)
    if (weft_builder_root (builder, i)->kept)
      memory->readers[i] = G_MAXUINT / 2;
}

static void
memory_clear (Memory *memory)
{
  g_free (memory->starts);
  g_array_free (memory->roots, TRUE);
  g_free (memory->readers);
  g_free (memory->made);
}

/* Bytes that @kernel is the last to read. */
static gsize
freed_by (WeftBuilder *builder, const Memory *memory, guint kernel)
{
  gsize bytes = 0;
  for (guint i = memory->starts[kernel]; i < memory->starts[kernel + 1]; i++)
    {
      guint root = g_array_index (memory->roots, guint, i);
      if (memory->readers[root] == 1)
        bytes += root_bytes (weft_builder_root (builder, root));
    }
  return bytes;
}

/* ---- An order ---- */

typedef struct
{
  WeftBuilder *builder;
  Memory      *memory;
  GArray      *heap;
  gsize        live, peak;
} Scheduler;

/* The kernel that leaves the least in memory, of the first ones in the heap. */
static guint
pop_smallest (Scheduler *scheduler)
{
  guint64 keys[CANDIDATES];
  gssize  least = G_MAXSSIZE;
  guint   n = 0, best = 0;
  while (n < CANDIDATES && scheduler->heap->len > 0)
    {
      guint64 key = heap_pop (scheduler->heap);
      guint   kernel = (guint) key;
      gssize  grows;
      /* Updates keep their order, and wait for all else. */
      if (n > 0 && weft_builder_kernel (scheduler->builder, kernel)->late)
        {
          heap_push (scheduler->heap, key);
          break;
        }
      grows = (gssize) scheduler->memory->made[kernel] -
              (gssize) freed_by (scheduler->builder, scheduler->memory, kernel);
      keys[n] = key;
      if (grows < least)
        {
          least = grows;
          best = n;
        }
      n++;
      if (weft_builder_kernel (scheduler->builder, kernel)->late)
        break;
    }
  for (guint i = 0; i < n; i++)
    if (i != best)
      heap_push (scheduler->heap, keys[i]);
  return (guint) keys[best];
}

/* Counts what @kernel adds and leaves. A loop nest may write where it reads. */
static void
account (Scheduler *scheduler, guint kernel)
{
  WeftBuilder    *builder = scheduler->builder;
  Memory         *memory = scheduler->memory;
  const WeftNode *node = weft_builder_node (
    builder, g_array_index (builder->kernel_nodes, guint,
                            weft_builder_kernel (builder, kernel)->first_node));
  gsize made = memory->made[kernel], freed = freed_by (builder, memory, kernel);
  gsize over = weft_node_is_nest (node) ? MIN (made, freed) : 0;
  scheduler->peak = MAX (scheduler->peak, scheduler->live + made - over);
  scheduler->live = scheduler->live + made - freed;
  for (guint i = memory->starts[kernel]; i < memory->starts[kernel + 1]; i++)
    memory->readers[g_array_index (memory->roots, guint, i)]--;
}

/* Fills @sequence; returns the bytes that it needs at once. */
static gsize
find_order (WeftBuilder *builder, const Edges *edges, gboolean by_memory, guint *sequence)
{
  guint             n = builder->kernels->len, done = 0;
  g_autofree guint *waiting = g_memdup2 (edges->waiting, (n + 1) * sizeof (guint));
  Memory            memory;
  Scheduler         scheduler = { builder, &memory, NULL, 0, 0 };
  scheduler.heap = g_array_new (FALSE, FALSE, sizeof (guint64));
  memory_init (builder, &memory);
  for (guint i = 0; i < n; i++)
    if (waiting[i] == 0)
      heap_push (scheduler.heap, kernel_key (builder, i));
  while (scheduler.heap->len > 0)
    {
      guint kernel = by_memory ? pop_smallest (&scheduler) : (guint) heap_pop (scheduler.heap);
      account (&scheduler, kernel);
      sequence[done++] = kernel;
      for (guint k = edges->starts[kernel]; k < edges->starts[kernel + 1]; k++)
        if (--waiting[edges->users[k]] == 0)
          heap_push (scheduler.heap, kernel_key (builder, edges->users[k]));
    }
  g_assert (done == n);
  g_array_free (scheduler.heap, TRUE);
  memory_clear (&memory);
  return scheduler.peak;
}

void
weft_compile_schedule (WeftBuilder *builder)
{
  guint             n = builder->kernels->len;
  Edges             edges;
  g_autofree guint *other = g_new (guint, MAX (n, 1));
  mark_late (builder);
  collect_edges (builder, &edges);
  builder->sequence = g_new (guint, MAX (n, 1));
  if (find_order (builder, &edges, TRUE, other) <
      find_order (builder, &edges, FALSE, builder->sequence))
    memcpy (builder->sequence, other, n * sizeof *other);
  for (guint i = 0; i < n; i++)
    weft_builder_kernel (builder, builder->sequence[i])->order = i;
  g_free (edges.waiting);
  g_free (edges.starts);
  g_free (edges.users);
}
