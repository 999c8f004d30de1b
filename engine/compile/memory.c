/* Where the bytes are: updates in place, results in place of operands that die, and offsets in the
 * arena.
 *
 * A fused kernel reads and writes element by element, so its result may take the bytes of an
 * operand that it reads the same way and that nobody reads later. Where buffers go: pack.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"
#include "engine/compile/pack.h"

static gsize
root_bytes (const WeftRoot *root)
{
  return (gsize) root->n * (root->scratch ? 1 : weft_dtype_size (root->value->type.dtype));
}

/* ---- Liveness ---- */

static void
find_lives (WeftBuilder *builder)
{
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      const WeftNode *node = weft_builder_node (builder, i);
      guint           at = weft_builder_kernel (builder, node->kernel)->order;
      for (guint k = 0; k < node->n_results; k++)
        {
          WeftRoot *root = weft_builder_root (builder, node->first_result + k);
          root->born = at;
          root->dies = MAX (root->dies, at);
        }
      for (guint k = 0; k < node->n_operands; k++)
        {
          WeftRoot *root = weft_builder_root (builder, node->operands[k].root);
          root->dies = MAX (root->dies, at);
        }
    }
  for (guint i = 0; i < builder->roots->len; i++)
    {
      WeftRoot *root = weft_builder_root (builder, i);
      if (root->kept)
        root->dies = builder->kernels->len;
    }
}

/* Whether all that @node reads of its operand @k lies where its own element, or row, lies. */
static gboolean
reads_own_element (WeftBuilder *builder, const WeftNode *node, guint k)
{
  const WeftView  *operand = &node->operands[k];
  const WeftSpace *space = weft_builder_space (builder, node->space);
  if (weft_node_picks (node) && k == 0)
    return operand->contiguous && operand->offset == 0 &&
           weft_builder_root (builder, operand->root)->n == space->n_rows * space->row;
  return weft_operand_is_direct (builder, node, operand);
}

/* Whether kernel @kernel reads @root only as it goes along it, or not at all. */
static gboolean
reads_directly (WeftBuilder *builder, const WeftKernelDraft *kernel, guint root)
{
  for (guint i = 0; i < kernel->n_nodes; i++)
    {
      const WeftNode *node = weft_builder_node (
        builder, g_array_index (builder->kernel_nodes, guint, kernel->first_node + i));
      for (guint k = 0; k < node->n_operands; k++)
        if (node->operands[k].root == root && !reads_own_element (builder, node, k))
          return FALSE;
    }
  return TRUE;
}

/* Whether @kernel, a loop nest, may write the root @result where @operand lies. */
static gboolean
nest_writes_over (WeftBuilder *builder, const WeftKernelDraft *kernel, guint result, guint operand)
{
  return reads_directly (builder, kernel, operand) &&
         weft_tiles_may_write_over (&kernel->step, result, operand);
}

/* ---- Results in place of what they replace ---- */

/* The operand whose bytes the kernel of @node may write over, its only use there; NULL: none. */
static const WeftView *
overwritten_operand (WeftBuilder *builder, const WeftNode *node)
{
  const WeftView *operand;
  guint           number = weft_node_overwrites (node);
  if (number == 0)
    return NULL;
  operand = &node->operands[--number];
  for (guint k = 0; k < node->n_operands; k++)
    if (k != number && node->operands[k].root == operand->root)
      return NULL;
  return operand->offset == 0 && operand->contiguous &&
             weft_builder_root (builder, operand->root)->n ==
               weft_builder_root (builder, node->first_result)->n
           ? operand
           : NULL;
}

/* The root before @result in a chain of kernels that each write over what the one before made; or
 * G_MAXUINT. */
static guint
chain_before (WeftBuilder *builder, guint result)
{
  const WeftRoot *root = weft_builder_root (builder, result);
  const WeftView *operand;
  if (root->node == WEFT_NO_NODE)
    return G_MAXUINT;
  operand = overwritten_operand (builder, weft_builder_node (builder, root->node));
  if (operand == NULL || weft_builder_node (builder, root->node)->first_result != result ||
      weft_builder_root (builder, operand->root)->dies != root->born)
    return G_MAXUINT;
  return operand->root;
}

static gboolean
is_free (WeftBuilder *builder, guint root)
{
  const WeftRoot *r = weft_builder_root (builder, root);
  return r->kind == WEFT_SLOT_ARENA && r->node != WEFT_NO_NODE && r->stored && !r->scratch;
}

/* Whether the value @result, and what it is made from in place, can lie where the root @old lies
 * (G_MAXUINT: where nothing is yet). */
static gboolean
can_replace (WeftBuilder *builder, guint result, guint old)
{
  const WeftRoot *root = weft_builder_root (builder, result), *leaf;
  guint           before = chain_before (builder, result);
  while (before != old && before != G_MAXUINT && is_free (builder, before))
    {
      result = before;
      before = chain_before (builder, result);
    }
  root = weft_builder_root (builder, result);
  if (old == G_MAXUINT || before == old)
    return TRUE;
  leaf = weft_builder_root (builder, old);
  if (leaf->n != root->n || leaf->value->type.dtype != root->value->type.dtype)
    return FALSE;
  return leaf->dies < root->born ||
         (leaf->dies == root->born &&
          weft_builder_node (builder, root->node)->kind == WEFT_NODE_ELEMENTWISE &&
          nest_writes_over (builder, weft_builder_kernel (builder, builder->sequence[root->born]),
                            result, old));
}

/* Puts @result, and what it is made from in place, where @kind and @index say. Returns the first
 * kernel that writes there. */
static guint
replace (WeftBuilder *builder, guint result, WeftSlotKind kind, guint index)
{
  guint first = G_MAXUINT;
  for (gboolean more = TRUE; more;)
    {
      WeftRoot *root = weft_builder_root (builder, result);
      root->kind = kind;
      root->index = index;
      first = root->born;
      result = chain_before (builder, result);
      more = result != G_MAXUINT && is_free (builder, result);
    }
  return first;
}

/* ---- Updates in place ---- */

/* The root of each shared variable's old value; G_MAXUINT: nobody reads it. */
static guint *
leaves_of_shared (WeftBuilder *builder)
{
  guint *leaves = g_new (guint, MAX (builder->shared->len, 1));
  memset (leaves, 0xff, MAX (builder->shared->len, 1) * sizeof (guint));
  for (guint i = 0; i < builder->roots->len; i++)
    {
      const WeftRoot *root = weft_builder_root (builder, i);
      if (root->kind == WEFT_SLOT_SHARED && root->node == WEFT_NO_NODE)
        leaves[root->index] = i;
    }
  return leaves;
}

/* Whether what @node can fail at is known before it runs: it can be asked, and the numbers that it
 * is asked about are there after kernel @known. */
static gboolean
fails_early (WeftBuilder *builder, const WeftNode *node, gint64 known)
{
  if (node->kind != WEFT_NODE_OP || node->apply->op->kernel->check == NULL)
    return FALSE;
  for (guint k = 0; k < node->n_operands; k++)
    {
      const WeftRoot *root = weft_builder_root (builder, node->operands[k].root);
      if (root->node != WEFT_NO_NODE && !weft_dtype_is_float (root->value->type.dtype) &&
          k + 1 != node->apply->op->kernel->in_place && (gint64) root->born > known)
        return FALSE;
    }
  return TRUE;
}

/* The last kernel that can fail without having been asked before; -1: none. */
static gint64
last_that_fails (WeftBuilder *builder)
{
  gint64 last = -1;
  for (guint at = 0; at < builder->kernels->len; at++)
    {
      const WeftKernelDraft *kernel = weft_builder_kernel (builder, builder->sequence[at]);
      const WeftNode        *node = weft_builder_node (
               builder, g_array_index (builder->kernel_nodes, guint, kernel->first_node));
      if (node->kind == WEFT_NODE_LOOP || node->kind == WEFT_NODE_BRANCH ||
          weft_step_picks (&kernel->step) ||
          (node->kind == WEFT_NODE_OP && !fails_early (builder, node, last)))
        last = at;
    }
  return last;
}

static gboolean
can_update_in_place (WeftBuilder *builder, const WeftView *value, guint leaf, gint64 last_failing)
{
  const WeftRoot *root = weft_builder_root (builder, value->root);
  const WeftNode *node;
  guint           first = value->root;
  if (!is_free (builder, value->root) || value->offset != 0)
    return FALSE;
  node = weft_builder_node (builder, root->node);
  if (node->kind != WEFT_NODE_ELEMENTWISE && overwritten_operand (builder, node) == NULL)
    return FALSE;
  for (guint before = chain_before (builder, first);
       before != G_MAXUINT && is_free (builder, before); before = chain_before (builder, first))
    first = before;
  return (gint64) weft_builder_root (builder, first)->born > last_failing &&
         can_replace (builder, value->root, leaf);
}

/* Writes new values straight into their variables where nobody reads the old one later and nothing
 * can fail later. */
static void
update_in_place (WeftBuilder *builder)
{
  WeftProgram         *program = builder->program;
  g_autofree guint    *leaves = leaves_of_shared (builder);
  g_autofree gboolean *taken = g_new0 (gboolean, MAX (builder->shared->len, 1));
  gint64               last_failing = last_that_fails (builder);
  program->first_in_place = builder->kernels->len;
  for (guint i = 0; i < builder->n_updates; i++)
    {
      WeftUpdate *update = &program->updates[i];
      guint       first;
      if (taken[update->shared] || !can_update_in_place (builder, &builder->updates[i],
                                                         leaves[update->shared], last_failing))
        continue;
      taken[update->shared] = TRUE;
      first = replace (builder, builder->updates[i].root, WEFT_SLOT_SHARED, update->shared);
      update->in_place = TRUE;
      program->first_in_place = MIN (program->first_in_place, first);
    }
}

/* ---- A body's results in place ---- */

static guint
count_results_in (WeftBuilder *builder, guint root)
{
  guint n = 0;
  for (guint i = 0; i < builder->n_outputs; i++)
    n += builder->outputs[i].root == root;
  return n;
}

/* Results that are made in place start in their own array; a body's go where its donors' were. */
static void
results_in_place (WeftBuilder *builder)
{
  for (guint i = 0; i < builder->n_outputs; i++)
    {
      guint     donor = builder->donors != NULL ? builder->donors[i] : 0;
      guint     number = builder->outputs[i].root, before = chain_before (builder, number);
      WeftRoot *root = weft_builder_root (builder, number);
      if (root->kind != WEFT_SLOT_OUTPUT || root->index != i)
        continue;
      /* The inputs are the first roots. */
      if (donor != 0 && builder->outputs[i].offset == 0 &&
          count_results_in (builder, number) == 1 && can_replace (builder, number, donor - 1))
        {
          replace (builder, number, WEFT_SLOT_INPUT, donor - 1);
          builder->program->written_over[i] = TRUE;
        }
      else if (before != G_MAXUINT && is_free (builder, before))
        replace (builder, number, WEFT_SLOT_OUTPUT, i);
    }
}

/* ---- Buffers ---- */

static gboolean
can_take_over (WeftBuilder           *builder,
               GArray                *buffers,
               const WeftKernelDraft *kernel,
               guint                  result,
               guint                  operand,
               guint                  at)
{
  const WeftRoot   *root = weft_builder_root (builder, operand);
  const WeftBuffer *buffer;
  if (!is_free (builder, operand) ||
      root_bytes (root) != root_bytes (weft_builder_root (builder, result)))
    return FALSE;
  buffer = &g_array_index (buffers, WeftBuffer, root->buffer);
  return buffer->born < at && buffer->dies == at && root->dies == at &&
         (kernel->step.kind != WEFT_STEP_TILES ||
          nest_writes_over (builder, kernel, result, operand));
}

static guint
take_over (GArray *buffers, const WeftRoot *from, const WeftRoot *result)
{
  g_array_index (buffers, WeftBuffer, from->buffer).dies = result->dies;
  return from->buffer;
}

/* The root that @node's result is marked to take over, through what the same loop nest makes on the
 * way; G_MAXUINT: none. */
static guint
marked_root (WeftBuilder *builder, const WeftNode *node)
{
  for (;;)
    {
      guint           root = G_MAXUINT, maker;
      const WeftNode *next;
      for (guint i = 0; node->apply->placed && i < node->n_operands && root == G_MAXUINT; i++)
        if (weft_compile_may_overwrite (node->apply, i))
          root = node->operands[i].root;
      if (root == G_MAXUINT || weft_builder_root (builder, root)->stored)
        return root;
      maker = weft_builder_root (builder, root)->node;
      next = maker != WEFT_NO_NODE ? weft_builder_node (builder, maker) : NULL;
      if (next == NULL || next->kind != WEFT_NODE_ELEMENTWISE)
        return G_MAXUINT;
      node = next;
    }
}

/* A buffer for a result of the kernel at @at: one that dies here, or a new one. */
static guint
buffer_for (WeftBuilder           *builder,
            GArray                *buffers,
            const WeftKernelDraft *kernel,
            guint                  number,
            guint                  at)
{
  const WeftRoot *result = weft_builder_root (builder, number);
  WeftBuffer      buffer = { .bytes = root_bytes (result), .born = at, .dies = result->dies };
  for (guint i = 0; kernel->step.kind == WEFT_STEP_TILES && i < kernel->step.n_in; i++)
    if (can_take_over (builder, buffers, kernel, number, kernel->step.in[i].slot, at))
      return take_over (buffers, weft_builder_root (builder, kernel->step.in[i].slot), result);
  if (kernel->step.kind == WEFT_STEP_OP || kernel->step.kind == WEFT_STEP_GEMM)
    {
      const WeftNode *node = weft_builder_node (builder, result->node);
      const WeftView *operand = overwritten_operand (builder, node);
      if (operand != NULL && result == weft_builder_root (builder, node->first_result) &&
          can_take_over (builder, buffers, kernel, number, operand->root, at))
        return take_over (buffers, weft_builder_root (builder, operand->root), result);
    }
  g_array_append_val (buffers, buffer);
  return buffers->len - 1;
}

/* Gives the results of @kernel, a loop nest, the operands' buffers that they are marked to take
 * over.
 * @done gets which. */
static void
take_marked (WeftBuilder           *builder,
             GArray                *buffers,
             const WeftKernelDraft *kernel,
             guint                  at,
             gboolean              *done)
{
  for (guint i = 0; i < kernel->step.n_out && kernel->step.kind == WEFT_STEP_TILES; i++)
    {
      WeftRoot *root = weft_builder_root (builder, kernel->step.out[i].slot);
      guint     marked = marked_root (builder, weft_builder_node (builder, root->node));
      done[i] = root->kind == WEFT_SLOT_ARENA && marked != G_MAXUINT &&
                can_take_over (builder, buffers, kernel, kernel->step.out[i].slot, marked, at);
      if (done[i])
        root->buffer = take_over (buffers, weft_builder_root (builder, marked), root);
    }
}

static GArray *
assign_buffers (WeftBuilder *builder)
{
  GArray *buffers = g_array_new (FALSE, TRUE, sizeof (WeftBuffer));
  for (guint at = 0; at < builder->kernels->len; at++)
    {
      const WeftKernelDraft *kernel = weft_builder_kernel (builder, builder->sequence[at]);
      g_autofree gboolean   *done = g_new0 (gboolean, kernel->step.n_out + 1);
      take_marked (builder, buffers, kernel, at, done);
      for (guint i = 0; i < kernel->step.n_out; i++)
        {
          WeftRoot *root = weft_builder_root (builder, kernel->step.out[i].slot);
          if (root->kind == WEFT_SLOT_ARENA && !done[i])
            root->buffer = buffer_for (builder, buffers, kernel, kernel->step.out[i].slot, at);
        }
    }
  return buffers;
}

/* ---- Slots ---- */

static void
make_slots (WeftBuilder *builder, GArray *buffers)
{
  WeftProgram *program = builder->program;
  g_autoptr (GArray) slots = g_array_new (FALSE, TRUE, sizeof (WeftSlot));
  for (guint i = 0; i < builder->roots->len; i++)
    {
      WeftRoot *root = weft_builder_root (builder, i);
      WeftSlot  slot = { .kind = root->kind,
                         .index = root->index,
                         .bytes = root_bytes (root),
                         .dtype = root->value->type.dtype,
                         .born = root->born,
                         .dies = root->dies,
                         .value = root->value->id };
      if (root->node != WEFT_NO_NODE && !root->scratch && !root->again)
        program->intermediate_bytes += slot.bytes;
      if (root->node != WEFT_NO_NODE && !root->stored)
        continue;
      slot.rank = weft_type_dims (&root->value->type, slot.shape);
      if (root->scratch)
        {
          slot.dtype = WEFT_U8;
          slot.rank = 1;
          slot.shape[0] = root->n;
        }
      if (root->kind == WEFT_SLOT_ARENA)
        slot.offset = g_array_index (buffers, WeftBuffer, root->buffer).offset;
      root->slot = slots->len;
      g_array_append_val (slots, slot);
    }
  program->n_slots = slots->len;
  program->slots = g_memdup2 (slots->data, slots->len * sizeof (WeftSlot));
}

void
weft_compile_memory (WeftBuilder *builder)
{
  g_autoptr (GArray) buffers = NULL;
  find_lives (builder);
  update_in_place (builder);
  results_in_place (builder);
  buffers = assign_buffers (builder);
  builder->program->arena_bytes =
    weft_compile_pack ((WeftBuffer *) buffers->data, buffers->len, builder->kernels->len,
                       &builder->program->bound_bytes);
  make_slots (builder, buffers);
}
