/* Where the bytes of a model's function lie, and which nodes they are of.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/anatomy-private.h"

#include <string.h>

/* ---- Blocks ---- */

static int
compare_blocks (gconstpointer a, gconstpointer b)
{
  const WeftAnatomyBlock *one = a, *other = b;

  if (one->born != other->born)
    return one->born < other->born ? -1 : 1;
  return (one->offset > other->offset) - (one->offset < other->offset);
}

static void
read_blocks (WeftAnatomy *anatomy, const WeftProgram *program)
{
  g_autoptr (GArray) blocks = g_array_new (FALSE, FALSE, sizeof (WeftAnatomyBlock));
  g_autoptr (GHashTable) makers = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < program->n_steps; i++)
    for (guint k = 0; k < program->steps[i].n_out; k++)
      g_hash_table_insert (makers, GUINT_TO_POINTER (program->steps[i].out[k].slot),
                           &program->steps[i]);
  for (guint i = 0; i < program->n_slots; i++)
    {
      const WeftSlot  *slot = &program->slots[i];
      const WeftStep  *maker = g_hash_table_lookup (makers, GUINT_TO_POINTER (i));
      WeftAnatomyBlock block = { .offset = slot->offset,
                                 .bytes = slot->bytes,
                                 .born = slot->born,
                                 .dies = MIN (slot->dies, program->n_steps - 1) };

      if (slot->kind != WEFT_SLOT_ARENA || slot->bytes == 0 || maker == NULL)
        continue;
      block.name = g_strdup (maker->name);
      if (maker->origins != NULL && maker->origins->n > 0)
        block.node = maker->origins->nodes[0];
      g_array_append_val (blocks, block);
    }
  g_array_sort (blocks, compare_blocks);
  anatomy->n_blocks = blocks->len;
  anatomy->blocks = (WeftAnatomyBlock *) g_array_free (g_steal_pointer (&blocks), FALSE);
  anatomy->arena_bytes = program->arena_bytes;
  anatomy->intermediate_bytes = program->intermediate_bytes;
}

/* ---- The peak ---- */

static gboolean
lives (const WeftAnatomyBlock *block, guint step)
{
  return block->born <= step && step <= block->dies;
}

static int
compare_offsets (gconstpointer a, gconstpointer b)
{
  const WeftAnatomyBlock *one = *(WeftAnatomyBlock *const *) a;
  const WeftAnatomyBlock *other = *(WeftAnatomyBlock *const *) b;

  return (one->offset > other->offset) - (one->offset < other->offset);
}

/* The bytes that @ordered, by offset, cover in @step: a value that takes the place of its operand
 * lies where that lies. */
static gsize
covered (WeftAnatomyBlock *const *ordered, guint n, guint step)
{
  gsize bytes = 0, end = 0;

  for (guint i = 0; i < n; i++)
    {
      gsize begin = MAX (ordered[i]->offset, end), stop = ordered[i]->offset + ordered[i]->bytes;

      if (!lives (ordered[i], step) || stop <= begin)
        continue;
      bytes += stop - begin;
      end = stop;
    }
  return bytes;
}

static void
find_peak (WeftAnatomy *anatomy)
{
  g_autofree WeftAnatomyBlock **ordered = g_new (WeftAnatomyBlock *, anatomy->n_blocks + 1);

  for (guint i = 0; i < anatomy->n_blocks; i++)
    ordered[i] = &anatomy->blocks[i];
  qsort (ordered, anatomy->n_blocks, sizeof *ordered, compare_offsets);
  for (guint step = 0; step < anatomy->n_steps; step++)
    {
      gsize bytes = covered (ordered, anatomy->n_blocks, step);

      if (bytes <= anatomy->peak_bytes)
        continue;
      anatomy->peak_bytes = bytes;
      anatomy->peak_step = step;
    }
}

/* ---- Shares ---- */

typedef struct
{
  WeftDocument *document;
  GArray       *shares; /* of WeftAnatomyShare */
} Sharing;

/* The share of the node of the canvas that stands for @node; valid until the next call. */
static WeftAnatomyShare *
find_share (Sharing *sharing, guint32 node)
{
  guint32          outer = node != 0 ? weft_document_outer_node (sharing->document, node) : 0;
  WeftAnatomyShare share = { .node = outer };

  for (guint i = 0; i < sharing->shares->len; i++)
    if (g_array_index (sharing->shares, WeftAnatomyShare, i).node == outer)
      return &g_array_index (sharing->shares, WeftAnatomyShare, i);
  g_array_append_val (sharing->shares, share);
  return &g_array_index (sharing->shares, WeftAnatomyShare, sharing->shares->len - 1);
}

/* What of @block nobody who was born later lies over in the step of the peak. */
static gsize
own_bytes (const WeftAnatomy *anatomy, const WeftAnatomyBlock *block)
{
  gsize bytes = block->bytes, end = block->offset + block->bytes;

  /* Blocks stand by birth; those that are born in one step never overlap. */
  for (const WeftAnatomyBlock *other = block + 1; other < anatomy->blocks + anatomy->n_blocks;
       other++)
    {
      gsize from = MAX (other->offset, block->offset);
      gsize to = MIN (other->offset + other->bytes, end);

      if (lives (other, anatomy->peak_step) && other->born > block->born && from < to)
        bytes -= MIN (to - from, bytes);
    }
  return bytes;
}

/* The parameter that a rule's variable belongs to: "hidden.W" of "hidden.W.m"; NULL: none. */
static const WeftShared *
parameter_of (GPtrArray *shared, const WeftShared *state)
{
  for (guint i = 0; i < shared->len; i++)
    {
      const WeftShared *one = g_ptr_array_index (shared, i);
      gsize             n = strlen (one->name);

      if (one->trainable && strncmp (state->name, one->name, n) == 0 && state->name[n] == '.')
        return one;
    }
  return NULL;
}

static void
share_variable (Sharing *sharing, WeftAnatomy *anatomy, GPtrArray *shared, const WeftShared *one)
{
  const WeftShared *owner = one->node != 0 ? one : parameter_of (shared, one);
  WeftAnatomyShare *share = find_share (sharing, owner != NULL ? owner->node : 0);

  if (one->trainable)
    {
      anatomy->parameter_bytes += one->value->n_bytes;
      share->parameter_bytes += one->value->n_bytes;
    }
  else
    {
      anatomy->state_bytes += one->value->n_bytes;
      share->state_bytes += one->value->n_bytes;
    }
}

static int
compare_shares (gconstpointer a, gconstpointer b)
{
  const WeftAnatomyShare *one = a, *other = b;
  gsize                   x = one->peak_bytes + one->parameter_bytes + one->state_bytes;
  gsize                   y = other->peak_bytes + other->parameter_bytes + other->state_bytes;

  return (x < y) - (x > y);
}

void
weft_anatomy_read_memory (WeftAnatomy       *anatomy,
                          const WeftProgram *program,
                          GPtrArray         *shared,
                          const WeftBatch   *batch,
                          WeftDocument      *document)
{
  Sharing sharing = { document, g_array_new (FALSE, FALSE, sizeof (WeftAnatomyShare)) };

  read_blocks (anatomy, program);
  find_peak (anatomy);
  for (guint i = 0; i < anatomy->n_blocks; i++)
    if (lives (&anatomy->blocks[i], anatomy->peak_step))
      find_share (&sharing, anatomy->blocks[i].node)->peak_bytes +=
        own_bytes (anatomy, &anatomy->blocks[i]);
  for (guint i = 0; i < shared->len; i++)
    share_variable (&sharing, anatomy, shared, g_ptr_array_index (shared, i));
  for (guint i = 0; i < batch->n; i++)
    anatomy->batch_bytes += batch->columns[i]->n_bytes;
  g_array_sort (sharing.shares, compare_shares);
  anatomy->n_shares = sharing.shares->len;
  anatomy->shares = (WeftAnatomyShare *) g_array_free (sharing.shares, FALSE);
}
