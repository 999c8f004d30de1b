/* From the nodes of a fused kernel to its tile instructions.
 *
 * Until the program is put together an operand's slot is the number of its root.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

typedef struct
{
  WeftBuilder *builder;
  guint        rank;
  GArray      *operands; /* WeftOperand, over the full dims */
  GArray      *load_reg; /* guint16: the register of each operand */
  GArray      *ops;      /* WeftTileOp */
  guint        n_registers;
} Emitter;

static gint64
view_elements (const gint64 *strides, guint rank, const gint64 *dims)
{
  gint64 n = 1;
  for (guint i = 0; i < rank; i++)
    n *= strides[i] == 0 ? MIN (dims[i], 1) : dims[i];
  return n;
}

static guint16
emit (Emitter *emitter, WeftTileOp op)
{
  op.dst = emitter->n_registers++;
  g_array_append_val (emitter->ops, op);
  return op.dst;
}

/* The register of @view, loaded where it is not yet. */
static guint16
load (Emitter *emitter, const WeftView *view)
{
  const WeftRoot *root = weft_builder_root (emitter->builder, view->root);
  WeftOperand     operand = { .slot = view->root, .offset = view->offset };
  WeftTileOp      op = { .op = WEFT_TILE_LOAD,
                         .dtype = root->value->type.dtype,
                         .from = root->value->type.dtype };
  guint16         reg;
  for (guint i = 0; i < emitter->operands->len; i++)
    {
      const WeftOperand *known = &g_array_index (emitter->operands, WeftOperand, i);
      if (known->slot == view->root && known->offset == view->offset &&
          memcmp (known->strides, view->strides, emitter->rank * sizeof (gint64)) == 0)
        return g_array_index (emitter->load_reg, guint16, i);
    }
  memcpy (operand.strides, view->strides, sizeof operand.strides);
  op.src[0] = emitter->operands->len;
  op.apply = root->value->apply->id;
  g_array_append_val (emitter->operands, operand);
  reg = emit (emitter, op);
  g_array_append_val (emitter->load_reg, reg);
  return reg;
}

static guint16
source (Emitter *emitter, const WeftNode *node, guint kernel, guint k)
{
  const WeftView *view = &node->operands[k];
  guint           maker = weft_builder_root (emitter->builder, view->root)->node;
  if (maker != WEFT_NO_NODE)
    {
      const WeftNode *made_by = weft_builder_node (emitter->builder, maker);
      if (made_by->kernel == kernel && made_by->kind == WEFT_NODE_ELEMENTWISE)
        return made_by->reg;
    }
  return load (emitter, view);
}

static void
fill_numbers (const WeftApply *apply, WeftTileOp *op)
{
  guint found = 0;
  for (guint i = 0; i < apply->op->n_attrs && found < 2; i++)
    {
      const WeftAttr *attr = &apply->attrs[i];
      double         *to = found == 0 ? &op->p : &op->q;
      if (apply->op->attrs[i].kind != WEFT_ATTR_FLOAT && apply->op->attrs[i].kind != WEFT_ATTR_INT)
        continue;
      *to = attr->kind == WEFT_ATTR_INT ? (double) attr->i : attr->f;
      found++;
    }
}

static void
emit_node (Emitter *emitter, WeftNode *node, guint kernel)
{
  const WeftApply *apply = node->apply;
  WeftTileOp       op = { .op = apply->op->id, .apply = apply->id };
  gboolean         condition = (apply->op->traits & WEFT_TRAIT_CONDITION) != 0;
  op.from = op.dtype = apply->inputs[condition ? 1 : 0]->type.dtype;
  if (apply->op->id == WEFT_OP_ADD_N)
    {
      node->reg = source (emitter, node, kernel, 0);
      for (guint k = 1; k < node->n_operands; k++)
        {
          op.op = WEFT_OP_ADD;
          op.src[0] = node->reg;
          op.src[1] = op.src[2] = source (emitter, node, kernel, k);
          node->reg = emit (emitter, op);
        }
      return;
    }
  if (apply->op->id == WEFT_OP_CAST)
    {
      op.op = WEFT_TILE_CAST;
      op.dtype = apply->outputs[0].type.dtype;
    }
  else
    fill_numbers (apply, &op);
  g_assert (node->n_operands >= 1 && node->n_operands <= 3);
  /* Primitives read three operands whatever the row needs; the missing ones repeat the last. */
  for (guint k = 0; k < 3; k++)
    op.src[k] = k < node->n_operands ? source (emitter, node, kernel, k) : op.src[k - 1];
  node->reg = emit (emitter, op);
}

/* ---- Collapsing ---- */

static gboolean
can_merge (const WeftStep *step, guint axis)
{
  for (guint i = 0; i < step->n_in; i++)
    if (step->in[i].strides[axis] != step->in[i].strides[axis + 1] * step->dims[axis + 1])
      return FALSE;
  return TRUE;
}

static void
drop_axis (WeftStep *step, guint axis)
{
  for (guint i = axis; i + 1 < step->rank; i++)
    {
      step->dims[i] = step->dims[i + 1];
      for (guint k = 0; k < step->n_in; k++)
        step->in[k].strides[i] = step->in[k].strides[i + 1];
    }
  step->rank--;
}

/* Drops axes of size 1 and makes one axis of two wherever every operand runs through both in one
 * stride. Results are in C order, so they always do. */
static void
collapse (WeftStep *step)
{
  for (guint axis = step->rank; axis-- > 0;)
    if (step->dims[axis] == 1)
      drop_axis (step, axis);
  for (guint axis = step->rank > 0 ? step->rank - 1 : 0; axis-- > 0;)
    if (can_merge (step, axis))
      {
        step->dims[axis] *= step->dims[axis + 1];
        for (guint k = 0; k < step->n_in; k++)
          step->in[k].strides[axis] = step->in[k].strides[axis + 1];
        drop_axis (step, axis + 1);
      }
}

/* ---- Steps ---- */

static void
name_tiles (WeftBuilder *builder, const WeftKernelDraft *kernel, WeftStep *step)
{
  GString *name = g_string_new (kernel->n_nodes > 1 ? "fused" : "");
  for (guint i = 0; i < kernel->n_nodes; i++)
    {
      const WeftNode *node = weft_builder_node (
        builder, g_array_index (builder->kernel_nodes, guint, kernel->first_node + i));
      if (i == 6)
        {
          g_string_append_printf (name, " and %u more", kernel->n_nodes - i);
          break;
        }
      g_string_append_printf (name, "%s%s", name->len > 0 ? " " : "", node->apply->op->name);
    }
  step->name = g_string_free (name, FALSE);
}

static void
store_results (Emitter *emitter, const WeftKernelDraft *kernel, WeftStep *step)
{
  WeftBuilder *builder = emitter->builder;
  GArray      *out = g_array_new (FALSE, TRUE, sizeof (WeftOperand));
  for (guint i = 0; i < kernel->n_nodes; i++)
    {
      const WeftNode *node = weft_builder_node (
        builder, g_array_index (builder->kernel_nodes, guint, kernel->first_node + i));
      const WeftRoot *root = weft_builder_root (builder, node->first_result);
      WeftOperand     operand = { .slot = node->first_result };
      WeftTileOp      op = { .op = WEFT_TILE_STORE,
                             .dtype = root->value->type.dtype,
                             .from = root->value->type.dtype };
      if (!root->stored)
        continue;
      op.dst = out->len;
      op.src[0] = node->reg;
      op.apply = node->apply->id;
      g_array_append_val (emitter->ops, op);
      g_array_append_val (out, operand);
      step->bytes += (double) root->n * weft_dtype_size (op.dtype);
    }
  step->n_out = out->len;
  step->out = (WeftOperand *) g_array_free (out, FALSE);
}

static void
take_operands (Emitter *emitter, WeftStep *step)
{
  step->n_in = emitter->operands->len;
  step->in = (WeftOperand *) g_array_free (emitter->operands, FALSE);
  for (guint i = 0; i < step->n_in; i++)
    {
      const WeftValue *value = weft_builder_root (emitter->builder, step->in[i].slot)->value;
      step->bytes += (double) view_elements (step->in[i].strides, step->rank, step->dims) *
                     weft_dtype_size (value->type.dtype);
    }
}

/* Fills the step of a kernel of elementwise nodes. */
void
weft_compile_tiles (WeftBuilder *builder, WeftKernelDraft *kernel)
{
  const guint    *nodes = &g_array_index (builder->kernel_nodes, guint, kernel->first_node);
  const WeftNode *first = weft_builder_node (builder, nodes[0]);
  WeftStep       *step = &kernel->step;
  Emitter         emitter = { .builder = builder, .rank = first->rank };
  emitter.operands = g_array_new (FALSE, TRUE, sizeof (WeftOperand));
  emitter.load_reg = g_array_new (FALSE, FALSE, sizeof (guint16));
  emitter.ops = g_array_new (FALSE, TRUE, sizeof (WeftTileOp));
  step->kind = WEFT_STEP_TILES;
  step->rank = first->rank;
  memcpy (step->dims, first->dims, sizeof step->dims);
  for (guint i = 0; i < kernel->n_nodes; i++)
    {
      WeftNode *node = weft_builder_node (builder, nodes[i]);
      emit_node (&emitter, node, node->kernel);
      step->origins = step->origins == NULL
                        ? node->apply->origins
                        : weft_graph_union_origins (builder->program->graph, step->origins,
                                                    node->apply->origins);
    }
  step->flops = (double) first->n * (emitter.ops->len - emitter.operands->len);
  store_results (&emitter, kernel, step);
  take_operands (&emitter, step);
  step->n_registers = emitter.n_registers;
  step->n_ops = emitter.ops->len;
  step->ops = (WeftTileOp *) g_array_free (emitter.ops, FALSE);
  g_array_free (emitter.load_reg, TRUE);
  name_tiles (builder, kernel, step);
  collapse (step);
}

/* Fills the step of a COPY node: one operand over collapsed dims. */
void
weft_compile_copy (WeftBuilder *builder, const WeftNode *node, WeftStep *step)
{
  const WeftView *view = &node->operands[0];
  step->kind = WEFT_STEP_COPY;
  step->name = g_strdup ("copy");
  step->origins = node->apply->origins;
  step->rank = node->rank;
  memcpy (step->dims, node->dims, sizeof step->dims);
  step->n_in = step->n_out = 1;
  step->in = g_new0 (WeftOperand, 1);
  step->out = g_new0 (WeftOperand, 1);
  step->in[0].slot = view->root;
  step->in[0].offset = view->offset;
  memcpy (step->in[0].strides, view->strides, sizeof view->strides);
  step->out[0].slot = node->first_result;
  step->bytes = 2.0 * node->n *
                weft_dtype_size (weft_builder_root (builder, view->root)->value->type.dtype);
  collapse (step);
}
