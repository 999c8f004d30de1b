/* From the nodes of a loop nest to its tile instructions.
 *
 * A nest with rows is a run of what stands once a row, a loop over the row, a run, a loop, ...: a
 * loop ends with its reductions, and what needs their results stands in the next phase. A node of
 * elements is computed in the first loop that needs it; later loops compute it again where that
 * costs little, else they read what was kept. Each loop stores last, so that a result may lie where
 * an operand lay.
 *
 * Until the program is put together an operand's slot is the number of its root.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>

#include "engine/compile/compile-private.h"

/* In instructions: below it, computing again is cheaper than keeping and reading back. */
#define CHEAP 4
/* How many elements a call across rows should have at least, into how many a nest is cut at most,
 * and of how many rows each so that putting rows together costs little beside them. */
#define PIECE_ELEMENTS 8192
#define MAX_PIECES 64
#define MIN_PIECE_ROWS 8
#define NEVER G_MAXUINT
/* Whole numbers below it are doubles. */
#define MAX_EXACT 9007199254740992.0

/* A node of the kernel. */
typedef struct
{
  WeftNode *node;
  guint     phase;        /* it can be there in at the earliest */
  guint     cost;         /* of computing an element again */
  gboolean  wanted;       /* in the loop at hand */
  guint     written;      /* the phase it was last computed in; NEVER: not yet */
  guint     op;           /* then: its last instruction, in ops */
  guint16   reg, reduced; /* what it makes; REDUCTION: what it reads */
} Place;

/* A register that an operand was loaded into. */
typedef struct
{
  guint    operand;
  guint    phase;
  gboolean per_row;
  guint16  reg;
} Load;

typedef struct
{
  double    number;
  WeftDType dtype;
  guint16   reg;
} Number;

typedef struct
{
  WeftBuilder *builder;
  WeftStep    *step;
  gboolean     with_rows;
  gint64       row;     /* elements of a row; 1: there are no rows */
  gboolean     flat;    /* all nodes have the same shape, that of the step */
  gboolean     in_line; /* all elements are one line, cut into rows */
  guint        n_places, n_phases;
  Place       *places;
  WeftAxes     axes;
  guint        phase;
  GArray      *operands, *results; /* WeftOperand, over the full dims */
  GArray      *loads;              /* Load */
  GArray      *numbers;            /* Number */
  GArray      *start, *ops;        /* WeftTileOp: what is there from the start, and the rest */
  guint        n_registers, n_across;
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
emit (Emitter *emitter, GArray *ops, WeftTileOp op)
{
  op.dst = emitter->n_registers++;
  g_array_append_val (ops, op);
  return op.dst;
}

/* Whether @node stands once a row of this nest. */
static gboolean
is_per_row (const Emitter *emitter, const WeftNode *node)
{
  return emitter->with_rows && node->per_row;
}

/* ---- Operands ---- */

static gint64
line_stride (const WeftNode *node, const WeftView *view)
{
  for (guint i = node->rank; i-- > 0;)
    if (node->dims[i] != 1)
      return view->strides[i];
  return 0;
}

/* The strides of @view, an operand of @node, along the nest's axes. */
static void
spread (const Emitter *emitter, const WeftNode *node, const WeftView *view, gint64 *strides)
{
  gint64 passed = is_per_row (emitter, node) ? emitter->row : 1;
  guint  axis = emitter->axes.n;
  memset (strides, 0, WEFT_MAX_RANK * sizeof *strides);
  if (emitter->flat)
    {
      memcpy (strides, view->strides, node->rank * sizeof *strides);
      return;
    }
  if (emitter->in_line)
    {
      strides[1] = line_stride (node, view);
      strides[0] = strides[1] * emitter->row;
      return;
    }
  while (axis > 0 && emitter->axes.at[axis - 1] <= passed)
    axis--;
  for (guint i = node->rank; i-- > 0;)
    {
      gint64 below = passed;
      passed *= node->dims[i];
      for (; axis > 0 && emitter->axes.at[axis - 1] <= passed; axis--)
        strides[axis - 1] = view->strides[i] *
                            ((axis < emitter->axes.n ? emitter->axes.at[axis] : 1) / below);
    }
}

static guint
operand_number (Emitter *emitter, const WeftNode *node, const WeftView *view)
{
  WeftOperand operand = { .slot = view->root, .offset = view->offset };
  spread (emitter, node, view, operand.strides);
  for (guint i = 0; i < emitter->operands->len; i++)
    {
      const WeftOperand *known = &g_array_index (emitter->operands, WeftOperand, i);
      if (known->slot == view->root && known->offset == view->offset &&
          memcmp (known->strides, operand.strides, sizeof operand.strides) == 0)
        return i;
    }
  g_array_append_val (emitter->operands, operand);
  return emitter->operands->len - 1;
}

/* The numbers that @view counts up along each row, if it does that and no more. */
static gboolean
counts_along_row (
  const Emitter *emitter, const WeftNode *node, const WeftView *view, double *first, double *step)
{
  gint64 strides[WEFT_MAX_RANK];
  if (!emitter->with_rows || is_per_row (emitter, node) ||
      !weft_builder_root (emitter->builder, view->root)->counts)
    return FALSE;
  spread (emitter, node, view, strides);
  for (guint i = 0; i < emitter->axes.n; i++)
    if (emitter->axes.at[i] > emitter->row && strides[i] != 0)
      return FALSE;
  *first = view->offset;
  *step = strides[emitter->axes.n - 1];
  return TRUE;
}

/* The one number of @view, if the program knows it and a double holds it. */
static gboolean
is_known (const Emitter *emitter, const WeftView *view, double *value)
{
  const WeftRoot *root = weft_builder_root (emitter->builder, view->root);
  if (root->kind != WEFT_SLOT_CONSTANT || root->n != 1)
    return FALSE;
  *value = weft_array_get (g_ptr_array_index (emitter->builder->constants, root->index), 0);
  return weft_dtype_is_float (root->value->type.dtype) || fabs (*value) < MAX_EXACT;
}

/* The register of @view in the loop at hand, or in all of them, loaded where it is not yet. */
static guint16
load (Emitter *emitter, const WeftNode *node, const WeftView *view, gboolean per_row)
{
  const WeftRoot *root = weft_builder_root (emitter->builder, view->root);
  Load            own = { .operand = operand_number (emitter, node, view),
                          .phase = per_row ? 0 : emitter->phase,
                          .per_row = per_row };
  WeftTileOp      op = { .op = WEFT_TILE_LOAD,
                         .dtype = root->value->type.dtype,
                         .from = root->value->type.dtype,
                         .src = { own.operand },
                         .apply = root->value->apply->id,
                         .per_row = per_row };
  for (guint i = 0; i < emitter->loads->len; i++)
    {
      const Load *known = &g_array_index (emitter->loads, Load, i);
      if (known->operand == own.operand && known->phase == own.phase && known->per_row == per_row)
        return known->reg;
    }
  own.reg = emit (emitter, per_row ? emitter->start : emitter->ops, op);
  g_array_append_val (emitter->loads, own);
  return own.reg;
}

static guint16
number (Emitter *emitter, double value, const WeftValue *like)
{
  WeftDType  dtype = like->type.dtype;
  Number     own = { .number = value, .dtype = dtype };
  WeftTileOp op = { .op = WEFT_TILE_NUMBER,
                    .dtype = dtype,
                    .from = dtype,
                    .p = value,
                    .apply = like->apply->id,
                    .per_row = emitter->with_rows };
  for (guint i = 0; i < emitter->numbers->len; i++)
    {
      const Number *known = &g_array_index (emitter->numbers, Number, i);
      if (memcmp (&known->number, &value, sizeof value) == 0 && known->dtype == dtype)
        return known->reg;
    }
  own.reg = emit (emitter, emitter->start, op);
  g_array_append_val (emitter->numbers, own);
  return own.reg;
}

/* Whether @view repeats one number along each row. */
static gboolean
is_same_in_row (const Emitter *emitter, const WeftNode *node, const WeftView *view)
{
  gint64 strides[WEFT_MAX_RANK];
  spread (emitter, node, view, strides);
  for (guint i = 0; i < emitter->axes.n; i++)
    if (emitter->axes.at[i] <= emitter->row && strides[i] != 0)
      return FALSE;
  return TRUE;
}

/* The place of the node that makes @view, if it is one of this kernel's. */
static Place *
place_of (const Emitter *emitter, const WeftNode *node, const WeftView *view)
{
  guint           maker = weft_builder_root (emitter->builder, view->root)->node;
  const WeftNode *made_by;
  if (maker == WEFT_NO_NODE)
    return NULL;
  made_by = weft_builder_node (emitter->builder, maker);
  return made_by->kernel == node->kernel && weft_node_is_nest (made_by)
           ? &emitter->places[made_by->place]
           : NULL;
}

static guint16
count_along_row (Emitter *emitter, const WeftView *view, double first, double step)
{
  const WeftValue *value = weft_builder_root (emitter->builder, view->root)->value;
  WeftTileOp       op = { .op = WEFT_TILE_INDEX,
                          .dtype = value->type.dtype,
                          .from = value->type.dtype,
                          .p = first,
                          .q = step,
                          .apply = value->apply->id };
  return emit (emitter, emitter->ops, op);
}

/* The register of operand @k of @node. */
static guint16
source (Emitter *emitter, const WeftNode *node, guint k)
{
  const WeftView *view = &node->operands[k];
  const Place    *made_by = place_of (emitter, node, view);
  gboolean        elements = node->kind == WEFT_NODE_REDUCTION && !is_per_row (emitter, node);
  double          first, step;
  if (made_by != NULL)
    return made_by->reg;
  if (elements)
    return load (emitter, node, view, FALSE);
  if (is_known (emitter, view, &first))
    return number (emitter, first, weft_builder_root (emitter->builder, view->root)->value);
  if (counts_along_row (emitter, node, view, &first, &step))
    return count_along_row (emitter, view, first, step);
  return load (emitter, node, view, emitter->with_rows && is_same_in_row (emitter, node, view));
}

/* ---- Elementwise nodes ---- */

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

/* The quotient of a sum, in register @reg, and how many it is the sum of. */
static guint16
divide (Emitter *emitter, const WeftNode *node, guint16 reg, gboolean per_row)
{
  WeftDType  dtype = node->apply->outputs[0].type.dtype;
  WeftTileOp op = { .op = WEFT_OP_DIV,
                    .dtype = dtype,
                    .from = dtype,
                    .apply = node->apply->id,
                    .per_row = per_row };
  op.src[0] = reg;
  op.src[1] = op.src[2] = number (emitter, node->count, &node->apply->outputs[0]);
  return emit (emitter, emitter->ops, op);
}

static guint16
add_all (Emitter *emitter, const WeftNode *node, WeftTileOp op)
{
  guint16 sum = source (emitter, node, 0);
  op.op = WEFT_OP_ADD;
  for (guint k = 1; k < node->n_operands; k++)
    {
      op.src[0] = sum;
      op.src[1] = op.src[2] = source (emitter, node, k);
      sum = emit (emitter, emitter->ops, op);
    }
  return sum;
}

/* The element of a row at the row's label. */
static guint16
pick (Emitter *emitter, const WeftNode *node)
{
  const WeftView *view = &node->operands[0];
  WeftOperand     operand = { .slot = view->root, .offset = view->offset };
  WeftDType       dtype = node->apply->outputs[0].type.dtype;
  WeftTileOp      op = { .op = WEFT_TILE_PICK,
                         .dtype = dtype,
                         .from = dtype,
                         .src = { 0, source (emitter, node, 1) },
                         .apply = node->apply->id,
                         .per_row = TRUE };
  spread (emitter, node, view, operand.strides);
  for (guint i = emitter->axes.n; i-- > 0 && emitter->axes.at[i] <= emitter->row;)
    operand.strides[i] = view->strides[node->rank] *
                         (i + 1 < emitter->axes.n ? emitter->axes.at[i + 1] : 1);
  op.src[0] = emitter->operands->len;
  op.src[2] = op.src[1];
  g_array_append_val (emitter->operands, operand);
  return emit (emitter, emitter->ops, op);
}

static guint16
compute (Emitter *emitter, const WeftNode *node)
{
  const WeftApply *apply = node->apply;
  WeftTileOp       op = { .op = apply->op->id,
                          .apply = apply->id,
                          .per_row = is_per_row (emitter, node) };
  gboolean         condition = (apply->op->traits & WEFT_TRAIT_CONDITION) != 0;
  if (weft_node_picks (node))
    return pick (emitter, node);
  if (node->count != 0)
    return divide (emitter, node, source (emitter, node, 0), op.per_row);
  op.from = op.dtype = apply->inputs[condition ? 1 : 0]->type.dtype;
  if (apply->op->id == WEFT_OP_ADD_N)
    return add_all (emitter, node, op);
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
    op.src[k] = k < node->n_operands ? source (emitter, node, k) : op.src[k - 1];
  return emit (emitter, emitter->ops, op);
}

static void
write_place (Emitter *emitter, Place *place)
{
  place->reg = compute (emitter, place->node);
  place->written = emitter->phase;
  place->op = emitter->ops->len - 1;
}

/* ---- Results ---- */

static guint
add_result (Emitter *emitter, guint root)
{
  WeftOperand operand = { .slot = root };
  g_array_append_val (emitter->results, operand);
  return emitter->results->len - 1;
}

static void
store (Emitter *emitter, const Place *place, gboolean per_row)
{
  WeftDType dtype =
    weft_builder_root (emitter->builder, place->node->first_result)->value->type.dtype;
  WeftTileOp op = { .op = WEFT_TILE_STORE,
                    .dtype = dtype,
                    .from = dtype,
                    .src = { place->reg },
                    .apply = place->node->apply->id,
                    .per_row = per_row };
  op.dst = add_result (emitter, place->node->first_result);
  g_array_append_val (emitter->ops, op);
}

static gboolean
is_stored (const Emitter *emitter, const WeftNode *node)
{
  return weft_builder_root (emitter->builder, node->first_result)->stored;
}

/* ---- Reductions ---- */

/* What @node reduces, in the type that it does that in. */
static guint16
reduced_source (Emitter *emitter, const WeftNode *node, gboolean per_row)
{
  guint16    reg = source (emitter, node, 0);
  WeftTileOp op = { .op = WEFT_TILE_CAST,
                    .dtype = node->apply->outputs[0].type.dtype,
                    .from = node->apply->inputs[0]->type.dtype,
                    .src = { reg, reg, reg },
                    .apply = node->apply->id,
                    .per_row = per_row };
  if (node->n_operands == 2)
    {
      op.op = WEFT_OP_MUL;
      op.src[1] = op.src[2] = source (emitter, node, 1);
      return emit (emitter, emitter->ops, op);
    }
  return op.dtype == op.from ? reg : emit (emitter, emitter->ops, op);
}

static void
combine_across (Emitter *emitter, const WeftNode *node, guint16 reg, gboolean per_row)
{
  WeftDType  dtype = node->apply->outputs[0].type.dtype;
  WeftTileOp op = { .op = WEFT_TILE_ACROSS,
                    .dtype = dtype,
                    .from = dtype,
                    .src = { reg },
                    .apply = node->apply->id,
                    .per_row = per_row,
                    .combine = node->combine };
  op.dst = add_result (emitter, node->first_result);
  g_array_append_val (emitter->ops, op);
  emitter->n_across++;
}

/* At the end of a loop, when the sources of all reductions are there. */
static void
reduce (Emitter *emitter, Place *place)
{
  const WeftNode *node = place->node;
  WeftDType       dtype = node->apply->outputs[0].type.dtype;
  WeftTileOp      op = { .op = WEFT_TILE_REDUCE,
                         .dtype = dtype,
                         .from = dtype,
                         .apply = node->apply->id,
                         .combine = node->combine };
  op.src[0] = op.src[1] = op.src[2] = place->reduced;
  if (node->reduction == WEFT_REDUCTION_ACROSS)
    combine_across (emitter, node, op.src[0], FALSE);
  else
    place->reg = emit (emitter, emitter->ops, op);
}

/* What is done with a row's number when it is there. */
static void
finish_row (Emitter *emitter, Place *place)
{
  if (place->node->count != 0)
    place->reg = divide (emitter, place->node, place->reg, TRUE);
  if (place->node->reduction == WEFT_REDUCTION_ALL)
    combine_across (emitter, place->node, place->reg, TRUE);
}

/* ---- Phases ---- */

/* The phase in which @place's number is there for what stands once a row. */
static guint
ready_in (const Emitter *emitter, const Place *place)
{
  return place->phase +
         (place->node->kind == WEFT_NODE_REDUCTION && !is_per_row (emitter, place->node));
}

static void
find_phases (Emitter *emitter)
{
  for (guint i = 0; i < emitter->n_places; i++)
    {
      Place    *place = &emitter->places[i];
      WeftNode *node = place->node;
      place->written = NEVER;
      place->cost = weft_node_cost (node);
      for (guint k = 0; k < node->n_operands; k++)
        {
          const Place *made_by = place_of (emitter, node, &node->operands[k]);
          if (made_by != NULL)
            place->phase = MAX (place->phase, ready_in (emitter, made_by));
          if (made_by == NULL || made_by->cost > CHEAP)
            place->cost++;
          else if (!is_per_row (emitter, made_by->node))
            place->cost += made_by->cost;
        }
      emitter->n_phases = MAX (emitter->n_phases, ready_in (emitter, place) + 1);
    }
}

static void
run_of_rows (Emitter *emitter)
{
  for (guint i = 0; i < emitter->n_places; i++)
    {
      Place *place = &emitter->places[i];
      if (ready_in (emitter, place) != emitter->phase)
        continue;
      if (place->node->kind == WEFT_NODE_REDUCTION &&
          place->node->reduction != WEFT_REDUCTION_ACROSS)
        {
          if (is_per_row (emitter, place->node))
            place->reg = reduced_source (emitter, place->node, TRUE);
          finish_row (emitter, place);
        }
      else if (is_per_row (emitter, place->node))
        write_place (emitter, place);
    }
}

static gboolean
stands_in_loop (const Emitter *emitter, const Place *place)
{
  return !is_per_row (emitter, place->node) && place->phase == emitter->phase;
}

/* Marks what the loop at hand computes. */
static void
find_wanted (Emitter *emitter)
{
  for (guint i = 0; i < emitter->n_places; i++)
    {
      Place *place = &emitter->places[i];
      place->wanted =
        stands_in_loop (emitter, place) &&
        (place->node->kind == WEFT_NODE_REDUCTION || is_stored (emitter, place->node));
    }
  for (guint i = emitter->n_places; i-- > 0;)
    {
      Place *place = &emitter->places[i];
      if (!place->wanted)
        continue;
      if (place->written != NEVER && place->cost > CHEAP)
        {
          g_array_index (emitter->ops, WeftTileOp, place->op).kept = TRUE;
          place->wanted = FALSE;
          continue;
        }
      for (guint k = 0; k < place->node->n_operands; k++)
        {
          Place *made_by = place_of (emitter, place->node, &place->node->operands[k]);
          if (made_by != NULL && made_by->node->kind == WEFT_NODE_ELEMENTWISE &&
              !is_per_row (emitter, made_by->node))
            made_by->wanted = TRUE;
        }
    }
}

static void
loop_over_row (Emitter *emitter)
{
  find_wanted (emitter);
  for (guint i = 0; i < emitter->n_places; i++)
    if (emitter->places[i].wanted && emitter->places[i].node->kind == WEFT_NODE_ELEMENTWISE)
      write_place (emitter, &emitter->places[i]);
  for (guint i = 0; i < emitter->n_places; i++)
    if (emitter->places[i].wanted && emitter->places[i].node->kind == WEFT_NODE_REDUCTION)
      emitter->places[i].reduced = reduced_source (emitter, emitter->places[i].node, FALSE);
  for (guint i = 0; i < emitter->n_places; i++)
    if (emitter->places[i].wanted && emitter->places[i].node->kind == WEFT_NODE_REDUCTION)
      reduce (emitter, &emitter->places[i]);
  for (guint i = 0; i < emitter->n_places; i++)
    {
      const Place *place = &emitter->places[i];
      if (place->node->kind == WEFT_NODE_ELEMENTWISE && stands_in_loop (emitter, place) &&
          is_stored (emitter, place->node))
        store (emitter, place, FALSE);
    }
}

static void
store_rows (Emitter *emitter)
{
  for (guint i = 0; i < emitter->n_places; i++)
    {
      const Place *place = &emitter->places[i];
      gboolean     number = place->node->kind == WEFT_NODE_REDUCTION
                              ? place->node->reduction == WEFT_REDUCTION_ROWS
                              : is_per_row (emitter, place->node);
      if (number && is_stored (emitter, place->node))
        store (emitter, place, TRUE);
    }
}

static void
emit_all (Emitter *emitter)
{
  find_phases (emitter);
  for (emitter->phase = 0; emitter->phase < emitter->n_phases; emitter->phase++)
    {
      if (emitter->with_rows)
        run_of_rows (emitter);
      loop_over_row (emitter);
    }
  if (emitter->with_rows)
    store_rows (emitter);
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
 * stride; but for the one that begins a row (0: none does). Results are in C order, so they always
 * do. */
static void
collapse (WeftStep *step, guint first_of_row)
{
  for (guint axis = step->rank; axis-- > 0;)
    if (step->dims[axis] == 1)
      {
        drop_axis (step, axis);
        first_of_row -= axis < first_of_row;
      }
  for (guint axis = step->rank > 0 ? step->rank - 1 : 0; axis-- > 0;)
    if (axis + 1 != first_of_row && can_merge (step, axis))
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
          g_string_append_printf (name, " … +%u", kernel->n_nodes - i);
          break;
        }
      g_string_append_printf (name, "%s%s", name->len > 0 ? " " : "", node->apply->op->name);
    }
  step->name = g_string_free (name, FALSE);
}

static double
operand_bytes (WeftBuilder *builder, const WeftOperand *operand, const WeftStep *step)
{
  return (double) view_elements (operand->strides, step->rank, step->dims) *
         weft_dtype_size (weft_builder_root (builder, operand->slot)->value->type.dtype);
}

static double
root_size (WeftBuilder *builder, guint number)
{
  const WeftRoot *root = weft_builder_root (builder, number);
  return (double) root->n * weft_dtype_size (root->value->type.dtype);
}

/* Gives the step the emitter's arrays, and counts. */
static void
take_arrays (Emitter *emitter)
{
  WeftStep *step = emitter->step;
  double    elements = 1;
  step->n_in = emitter->operands->len;
  step->in = (WeftOperand *) g_array_free (emitter->operands, FALSE);
  step->n_out = emitter->results->len;
  for (guint i = 0; i < step->n_in; i++)
    step->bytes += operand_bytes (emitter->builder, &step->in[i], step);
  for (guint i = 0; i < step->n_out; i++)
    step->bytes += root_size (emitter->builder,
                              g_array_index (emitter->results, WeftOperand, i).slot);
  step->out = (WeftOperand *) g_array_free (emitter->results, FALSE);
  g_array_append_vals (emitter->start, emitter->ops->data, emitter->ops->len);
  step->n_registers = emitter->n_registers;
  step->n_ops = emitter->start->len;
  step->ops = (WeftTileOp *) g_array_free (emitter->start, FALSE);
  for (guint i = 0; i < step->rank; i++)
    elements *= step->dims[i];
  for (guint i = 0; i < step->n_ops; i++)
    if (step->ops[i].op != WEFT_TILE_LOAD && step->ops[i].op != WEFT_TILE_STORE &&
        step->ops[i].op != WEFT_TILE_NUMBER)
      step->flops += step->ops[i].per_row ? elements / emitter->row : elements;
  g_array_free (emitter->ops, TRUE);
  g_array_free (emitter->loads, TRUE);
  g_array_free (emitter->numbers, TRUE);
  g_free (emitter->places);
}

/* Cuts the rows into pieces where something goes across them, and makes room for what each leaves.
 * The pieces depend on nothing but the sizes: so do the sums. */
static void
cut_into_pieces (WeftBuilder *builder, WeftKernelDraft *kernel)
{
  WeftStep   *step = &kernel->step;
  gint64      n_rows = weft_step_units (step), n_pieces;
  guint       first = g_array_index (builder->kernel_nodes, guint, kernel->first_node);
  WeftRoot    room = { .kind = WEFT_SLOT_ARENA, .node = first, .scratch = TRUE, .stored = TRUE };
  WeftOperand operand = { .slot = builder->roots->len };
  step->piece_rows = MAX ((n_rows + MAX_PIECES - 1) / MAX_PIECES, PIECE_ELEMENTS / step->row);
  step->piece_rows = MIN (MAX (step->piece_rows, MIN_PIECE_ROWS), n_rows);
  n_pieces = (n_rows + step->piece_rows - 1) / step->piece_rows;
  if (n_pieces == 1)
    return;
  room.value = weft_builder_root (builder, weft_builder_node (builder, first)->first_result)->value;
  room.n = n_pieces * weft_step_partial_bytes (step);
  room.born = room.dies = kernel->order;
  g_array_append_val (builder->roots, room);
  step->partials = step->n_out++;
  step->out = g_renew (WeftOperand, step->out, step->n_out);
  step->out[step->partials] = operand;
}

static void
emitter_init (Emitter *emitter, WeftBuilder *builder, WeftKernelDraft *kernel)
{
  const guint *nodes = &g_array_index (builder->kernel_nodes, guint, kernel->first_node);
  gboolean     rows = FALSE, elements = FALSE;
  *emitter = (Emitter){ .builder = builder, .step = &kernel->step, .row = 1 };
  emitter->operands = g_array_new (FALSE, TRUE, sizeof (WeftOperand));
  emitter->results = g_array_new (FALSE, TRUE, sizeof (WeftOperand));
  emitter->loads = g_array_new (FALSE, TRUE, sizeof (Load));
  emitter->numbers = g_array_new (FALSE, TRUE, sizeof (Number));
  emitter->start = g_array_new (FALSE, TRUE, sizeof (WeftTileOp));
  emitter->ops = g_array_new (FALSE, TRUE, sizeof (WeftTileOp));
  emitter->n_places = kernel->n_nodes;
  emitter->places = g_new0 (Place, kernel->n_nodes);
  for (guint i = 0; i < kernel->n_nodes; i++)
    {
      WeftNode *node = weft_builder_node (builder, nodes[i]);
      emitter->places[i].node = node;
      node->place = i;
      rows = rows || node->per_row || node->kind == WEFT_NODE_REDUCTION;
      elements = elements || !node->per_row || node->kind == WEFT_NODE_REDUCTION ||
                 weft_node_picks (node);
    }
  emitter->with_rows = rows && elements;
  emitter->flat = emitter->places[0].node->space == 0;
}

/* The step's dims: the axes of all nodes. Returns which of them begins a row; 0: none does. */
static guint
find_axes (Emitter *emitter)
{
  WeftStep       *step = emitter->step;
  const WeftNode *first = emitter->places[0].node;
  guint           first_of_row = 0;
  if (emitter->flat)
    {
      step->rank = first->rank;
      memcpy (step->dims, first->dims, sizeof step->dims);
      return 0;
    }
  if (emitter->with_rows)
    {
      const WeftSpace *space = weft_builder_space (emitter->builder, first->space);
      step->row = emitter->row = space->row;
      step->ragged = space->ragged;
      emitter->in_line = space->in_line;
      if (space->in_line)
        emitter->axes = (WeftAxes){ 2, { space->n_rows * space->row, space->row } };
    }
  for (guint i = 0; i < emitter->n_places && !emitter->in_line; i++)
    {
      WeftNode node = *emitter->places[i].node;
      gboolean fits;
      node.per_row = is_per_row (emitter, &node);
      fits = weft_axes_add (&emitter->axes, &node, emitter->row);
      g_assert (fits);
    }
  step->rank = emitter->axes.n;
  for (guint i = 0; i < step->rank; i++)
    {
      step->dims[i] = emitter->axes.at[i] / (i + 1 < step->rank ? emitter->axes.at[i + 1] : 1);
      if (emitter->with_rows && emitter->axes.at[i] == emitter->row)
        first_of_row = i;
    }
  return first_of_row;
}

/* Fills the step of a kernel that is a loop nest. */
void
weft_compile_tiles (WeftBuilder *builder, WeftKernelDraft *kernel)
{
  WeftStep *step = &kernel->step;
  Emitter   emitter;
  guint     first_of_row;
  emitter_init (&emitter, builder, kernel);
  step->kind = WEFT_STEP_TILES;
  step->partials = WEFT_NOBODY;
  first_of_row = find_axes (&emitter);
  emit_all (&emitter);
  for (guint i = 0; i < emitter.n_places; i++)
    {
      const WeftOrigins *origins = emitter.places[i].node->apply->origins;
      step->origins = i == 0 ? origins
                             : weft_graph_union_origins (builder->program->graph, step->origins,
                                                         origins);
    }
  take_arrays (&emitter);
  name_tiles (builder, kernel, step);
  collapse (step, first_of_row);
  g_assert (step->row == 0 || step->dims[step->rank - 1] == step->row);
  if (emitter.n_across > 0)
    cut_into_pieces (builder, kernel);
}

gboolean
weft_tiles_may_write_over (const WeftStep *step, guint result, guint operand)
{
  gboolean written = FALSE;
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];
      if (op->op == WEFT_TILE_STORE && step->out[op->dst].slot == result)
        written = TRUE;
      else if (written && (op->op == WEFT_TILE_LOAD || op->op == WEFT_TILE_PICK) &&
               step->in[op->src[0]].slot == operand)
        return FALSE;
    }
  return written;
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
  collapse (step, 0);
}
