/* Writing a part of an array: x[i].set (v), .add, .mul, .min, .max.
 *
 * The result is x with the part changed; where x is not needed any more only the part is touched.
 * One unit: indices may name a place several times, and the last one wins.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"
#include "engine/ops/index-text.h"
#include "engine/ops/index-walk.h"

#include <math.h>
#include <string.h>

typedef enum
{
  MODE_SET,
  MODE_ADD,
  MODE_MUL,
  MODE_MIN,
  MODE_MAX,
} Mode;

static const char *const mode_names[] = { "set", "add", "mul", "min", "max" };

static Mode
get_mode (const WeftAttr *attrs)
{
  guint mode = 0;

  while (!g_str_equal (mode_names[mode], attrs[1].s))
    mode++;
  return mode;
}

static INFER (infer_write)
{
  WeftIndexPlan plan;

  if (!weft_index_plan (op, &attrs[0], &inputs[0].shape, n_inputs - 2, inputs + 2, &plan, error) ||
      !weft_infer_broadcast (op, &inputs[1].shape, &plan.shape, error))
    return FALSE;
  if (inputs[1].dtype != inputs[0].dtype)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE, "%s: %s cannot be written to %s",
                   op->name, weft_dtypes[inputs[1].dtype].name, weft_dtypes[inputs[0].dtype].name);
      return FALSE;
    }
  types[0].dtype = inputs[0].dtype;
  types[0].shape = inputs[0].shape;
  return TRUE;
}

/* ---- The kernel ---- */

typedef struct
{
  WeftIndexWalk walk;
  gint64        value_step[WEFT_MAX_RANK]; /* in v, along each axis of the part */
  gint64        value_inner;               /* and along a run: 1, or 0 for one number */
} Write;

/* Steps through v as it is broadcast to the part. A run that is neither all of v's last axes nor
 * one of its numbers is walked element by element. */
static void
find_value_steps (Write *write, guint rank, const gint64 *shape)
{
  WeftIndexWalk *walk = &write->walk;
  gint64         stride = 1;
  gboolean       whole = TRUE, single = TRUE;

  for (guint i = walk->rank; i-- > 0;)
    {
      guint  from_end = walk->rank - i;
      gint64 size = from_end <= rank ? shape[rank - from_end] : 1;

      write->value_step[i] = size == 1 ? 0 : stride;
      stride *= size;
      if (i >= walk->outer_rank)
        {
          whole = whole && size == walk->shape[i];
          single = single && size == 1;
        }
    }
  write->value_inner = single ? 0 : 1;
  if (!whole && !single)
    weft_index_walk_flatten (walk);
}

static gpointer
write_prepare (const WeftKernelCall *call)
{
  Write *write = g_new0 (Write, 1);

  weft_index_walk_init (&write->walk, call->op, &call->attrs[0], call->in_ranks[0],
                        call->in_shapes[0], call->n_inputs - 2, call->in_dtypes + 2,
                        call->in_ranks + 2, call->in_shapes + 2);
  find_value_steps (write, call->in_ranks[1], call->in_shapes[1]);
  return write;
}

static gint64
one_unit (const WeftKernelCall *call)
{
  return 1;
}

#define RUN(TYPE, STATEMENT)                                          \
  for (gint64 k = 0; k < n; k++)                                      \
    {                                                                 \
      TYPE *x = (TYPE *) to + k, v = ((const TYPE *) from)[k * step]; \
      STATEMENT;                                                      \
    }                                                                 \
  return;
#define MODES(TYPE, NOT_A_NUMBER)                      \
  switch (mode)                                        \
    {                                                  \
    case MODE_SET:                                     \
      RUN (TYPE, *x = v)                               \
    case MODE_ADD:                                     \
      RUN (TYPE, *x = (TYPE) (*x + v))                 \
    case MODE_MUL:                                     \
      RUN (TYPE, *x = (TYPE) (*x * v))                 \
    case MODE_MIN:                                     \
      RUN (TYPE, *x = NOT_A_NUMBER || v < *x ? v : *x) \
    case MODE_MAX:                                     \
      RUN (TYPE, *x = NOT_A_NUMBER || v > *x ? v : *x) \
    }

/* @n neighbours. Truth values add and multiply as or and and. */
static void
write_run (Mode mode, WeftDType dtype, void *to, const void *from, gint64 step, gint64 n)
{
  switch ((guint) dtype)
    {
    case WEFT_F32:
      MODES (float, v != v)
      return;
    case WEFT_F64:
      MODES (double, v != v)
      return;
    case WEFT_I64:
      MODES (gint64, FALSE)
      return;
    case WEFT_I32:
      MODES (gint32, FALSE)
      return;
    default:
      if (mode == MODE_ADD)
        mode = MODE_MAX;
      MODES (guint8, FALSE)
    }
}

static void
write_part (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  Write           write = *(const Write *) call->prepared;
  WeftDType       dtype = call->out_dtype[0];
  gsize           size = weft_dtype_size (dtype);
  Mode            mode = get_mode (call->attrs);
  WeftIndexCursor cursor;

  if (call->in[0] != call->out[0])
    memcpy (call->out[0], call->in[0], weft_product (call->out_shape[0], call->out_rank[0]) * size);
  if (weft_product (write.walk.shape, write.walk.rank) == 0)
    return;
  if (weft_index_walk_is_nowhere (&write.walk, call->out_rank[0], call->out_shape[0]))
    {
      g_atomic_int_set (call->bad, 3);
      return;
    }
  weft_index_walk_set_data (&write.walk, call->in + 2);
  weft_index_cursor_init (&cursor, &write.walk, 0);
  for (gint64 i = 0; i < write.walk.n_outer; i++, weft_index_cursor_next (&cursor))
    {
      gint64 at = weft_index_cursor_at (&cursor, call->bad, 3), from = 0;

      for (guint k = 0; k < write.walk.outer_rank; k++)
        from += cursor.index[k] * write.value_step[k];
      write_run (mode, dtype, (char *) call->out[0] + at * size,
                 (const char *) call->in[1] + from * size, write.value_inner, write.walk.inner);
    }
}

/* Looks at the index arrays only. */
static void
write_check (const WeftKernelCall *call)
{
  WeftIndexWalk   walk = ((const Write *) call->prepared)->walk;
  WeftIndexCursor cursor;

  if (walk.n_arrays == 0 || weft_product (walk.shape, walk.rank) == 0)
    return;
  if (weft_index_walk_is_nowhere (&walk, call->out_rank[0], call->out_shape[0]))
    {
      g_atomic_int_set (call->bad, 3);
      return;
    }
  weft_index_walk_set_data (&walk, call->in + 2);
  weft_index_cursor_init (&cursor, &walk, 0);
  for (gint64 i = 0; i < walk.n_outer; i++, weft_index_cursor_next (&cursor))
    weft_index_cursor_at (&cursor, call->bad, 3);
}

/* What a place becomes, as write_run says. */
static const char *
mode_text (Mode mode, WeftDType dtype)
{
  gboolean is_float = weft_dtype_is_float (dtype);

  if (mode == MODE_ADD && dtype == WEFT_BOOL)
    mode = MODE_MAX;
  switch (mode)
    {
    case MODE_ADD:
      return "x + v";
    case MODE_MUL:
      return "x * v";
    case MODE_MIN:
      return is_float ? "v != v || v < x ? v : x" : "v < x ? v : x";
    case MODE_MAX:
      return is_float ? "v != v || v > x ? v : x" : "v > x ? v : x";
    case MODE_SET:
      break;
    }
  return "v";
}

static gboolean
write_text (const WeftKernelCall *call, guint launch, WeftThreadText *text)
{
  const WeftIndexWriting writing = {
    .index = &call->attrs[0],
    .first = 2,
    .value = 1,
    .start = "in0[at]",
    .with = mode_text (get_mode (call->attrs), call->out_dtype[0]),
  };

  return launch == 0 && weft_index_text_write (call, &writing, text);
}

static const WeftKernel write_kernel = { .units = one_unit,
                                         .run = write_part,
                                         .prepare = write_prepare,
                                         .release = g_free,
                                         .in_place = 1,
                                         .check = write_check,
                                         .text = write_text };

/* ---- The reference ---- */

static double
write_number (Mode mode, double x, double v)
{
  switch (mode)
    {
    case MODE_ADD:
      return x + v;
    case MODE_MUL:
      return x * v;
    case MODE_MIN:
      return isnan (x) || isnan (v) ? NAN : MIN (x, v);
    case MODE_MAX:
      return isnan (x) || isnan (v) ? NAN : MAX (x, v);
    case MODE_SET:
      break;
    }
  return v;
}

static REFERENCE (write_reference)
{
  const WeftArray   *x = inputs[0], *v = inputs[1];
  Mode               mode = get_mode (apply->attrs);
  g_autofree gint64 *places =
    weft_index_places (apply, &apply->attrs[0], x, apply->n_inputs - 2, inputs + 2);
  g_autofree WeftType *types = g_new0 (WeftType, apply->n_inputs);
  WeftShape            shape = weft_array_get_shape (x);
  WeftIndexPlan        plan;

  for (guint i = 2; i < apply->n_inputs; i++)
    types[i] = (WeftType){ .dtype = WEFT_I64, .shape = weft_array_get_shape (inputs[i]) };
  if (!weft_index_plan (apply->op, &apply->attrs[0], &shape, apply->n_inputs - 2, types + 2, &plan,
                        NULL))
    g_assert_not_reached ();
  memcpy (outputs[0]->data, x->data, x->n_bytes);
  for (gint64 i = 0; i < weft_shape_size (&plan.shape).offset; i++)
    {
      gint64 at = i, from = 0, stride = 1;

      for (guint k = 0; k < v->rank; k++)
        {
          gint64 size = plan.shape.dims[plan.shape.rank - 1 - k].offset;

          from += v->shape[v->rank - 1 - k] == 1 ? 0 : at % size * stride;
          stride *= v->shape[v->rank - 1 - k];
          at /= size;
        }
      if (places[i] >= 0)
        weft_array_set (outputs[0], places[i],
                        write_number (mode, weft_array_get (outputs[0], places[i]),
                                      weft_array_get (v, from)));
    }
  if (apply->outputs[0].type.dtype == WEFT_BOOL)
    for (gint64 i = 0; i < outputs[0]->n_elements; i++)
      weft_array_set (outputs[0], i, weft_array_get (outputs[0], i) != 0);
}

const WeftOpCode weft_code_index_write = { .infer = infer_write,
                                           .reference = write_reference,
                                           .kernel = &write_kernel };

/* ---- Building: x[i].set (v) ---- */

/* @x with @v written where @like, a getitem or a write, has its index: its index arrays start at
 * input @first. */
static WeftValue *
write_like (WeftGraph       *graph,
            WeftValue       *x,
            WeftValue       *v,
            const WeftApply *like,
            guint            first,
            const char      *mode,
            GError         **error)
{
  g_autofree WeftValue **inputs = g_new (WeftValue *, like->n_inputs + 2);
  WeftAttr               attrs[2] = { *weft_apply_attr (like, "index"), weft_attr_string (mode) };

  inputs[0] = x;
  inputs[1] = weft_graph_cast (graph, v, x->type.dtype);
  for (guint i = first; i < like->n_inputs; i++)
    inputs[2 + i - first] = like->inputs[i];
  return weft_graph_apply (graph, weft_op (WEFT_OP_INDEX_WRITE), like->n_inputs + 2 - first, inputs,
                           attrs, error);
}

/* The mask that @part picks by, if that is all its index does; else NULL. */
static WeftValue *
mask_of (const WeftApply *part)
{
  const WeftAttr *index = weft_apply_attr (part, "index");
  WeftValue      *mask = NULL;

  for (guint i = 0; i < index->n_index; i++)
    if (index->index[i].kind != WEFT_INDEX_ARRAY)
      return NULL;
  for (guint i = 1; i < part->n_inputs; i++)
    {
      const WeftApply *row = part->inputs[i]->apply;

      if (row->op->id != WEFT_OP_GETITEM || row->inputs[0]->apply->op->id != WEFT_OP_NONZERO_AT)
        return NULL;
      row = row->inputs[0]->apply;
      if (row->inputs[0]->type.dtype != WEFT_BOOL || (mask != NULL && row->inputs[0] != mask))
        return NULL;
      mask = row->inputs[0];
    }
  return mask != NULL && mask->type.shape.rank == part->n_inputs - 1 ? mask : NULL;
}

/* x[mask].set (v) with a v that does not depend on how many are picked needs no count. */
static gboolean
write_masked (WeftGraph       *graph,
              const WeftApply *part,
              WeftValue       *mask,
              WeftValue       *v,
              const char      *mode,
              WeftBinding     *result,
              GError         **error)
{
  static const char *const texts[] = { "where(m, v, x)", "where(m, x + v, x)", "where(m, x * v, x)",
                                       "where(m, minimum(x, v), x)", "where(m, maximum(x, v), x)" };
  WeftValue               *x = part->inputs[0];
  WeftShape                shape = mask->type.shape;
  guint                    k = 0;

  while (shape.rank < x->type.shape.rank)
    shape.dims[shape.rank++] = weft_dim (1);
  mask = weft_expand_reshape (graph, mask, &shape, error);
  if (mask == NULL)
    return FALSE;
  while (!g_str_equal (mode_names[k], mode))
    k++;
  return weft_expand_text (graph, result, error, texts[k], "m", mask, "x", x, "v",
                           weft_graph_cast (graph, v, x->type.dtype), NULL);
}

static gboolean
fits_dtype (const WeftValue *x, const WeftValue *v, GError **error)
{
  WeftDType to = x->type.dtype, from = v->type.dtype;

  if ((weft_dtype_is_float (from) && !weft_dtype_is_float (to)) ||
      (to == WEFT_BOOL && from != WEFT_BOOL))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE,
                   "write: %s cannot be written to %s; cast it first", weft_dtypes[from].name,
                   weft_dtypes[to].name);
      return FALSE;
    }
  return TRUE;
}

EXPAND (write_part)
{
  WeftValue *part = weft_binding_to_value (&args[0], graph, error),
            *v = part != NULL ? weft_binding_to_value (&args[1], graph, error) : NULL, *mask;
  const char *mode = args[2].attr.s;
  gboolean    minus = v != NULL && g_str_equal (mode, "sub");

  if (v == NULL)
    return FALSE;
  if (part->apply->op->id != WEFT_OP_GETITEM)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "%s: only a part of a tensor can be written, such as x[0].%s(v)", mode, mode);
      return FALSE;
    }
  if (minus || g_str_equal (mode, "div"))
    {
      v = weft_graph_op (graph, minus ? "neg" : "reciprocal", v, NULL);
      mode = minus ? "add" : "mul";
    }
  if (!fits_dtype (part->apply->inputs[0], v, error))
    return FALSE;
  mask = mask_of (part->apply);
  if (mask != NULL &&
      (v->type.shape.rank < part->type.shape.rank || weft_dim_is_one (v->type.shape.dims[0])))
    return write_masked (graph, part->apply, mask, v, mode, result, error);
  return weft_expand_give (
    write_like (graph, part->apply->inputs[0], v, part->apply, 1, mode, error), result);
}

/* ---- Gradients ---- */

/* @g where the write @y has its index. */
static WeftValue *
read_like (WeftGraph *graph, WeftValue *g, const WeftApply *y, GError **error)
{
  g_autofree WeftValue **inputs = g_new (WeftValue *, y->n_inputs);

  inputs[0] = g;
  for (guint i = 2; i < y->n_inputs; i++)
    inputs[i - 1] = y->inputs[i];
  return weft_graph_apply (graph, weft_op (WEFT_OP_GETITEM), y->n_inputs - 1, inputs, &y->attrs[0],
                           error);
}

EXPAND (write_dx)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *y = g != NULL ? weft_binding_to_value (&args[1], graph, error) : NULL;

  if (y == NULL)
    return FALSE;
  switch (get_mode (y->apply->attrs))
    {
    case MODE_ADD:
      return weft_expand_give (g, result);
    case MODE_SET:
      return weft_expand_give (write_like (graph, g, weft_graph_scalar (graph, g->type.dtype, 0),
                                           y->apply, 2, "set", error),
                               result);
    case MODE_MUL:
      return weft_expand_give (
        write_like (graph, g, y->apply->inputs[1], y->apply, 2, "mul", error), result);
    case MODE_MIN:
    case MODE_MAX:
      break;
    }
  return weft_expand_text (graph, result, error, "g * (x == y)", "g", g, "x", y->apply->inputs[0],
                           "y", y, NULL);
}

EXPAND (write_dv)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *y = g != NULL ? weft_binding_to_value (&args[1], graph, error) : NULL, *v, *x, *z;
  Mode mode;

  if (y == NULL)
    return FALSE;
  mode = get_mode (y->apply->attrs);
  v = y->apply->inputs[1];
  g = read_like (graph, g, y->apply, error);
  x = g != NULL ? read_like (graph, y->apply->inputs[0], y->apply, error) : NULL;
  z = x != NULL ? read_like (graph, y, y->apply, error) : NULL;
  if (z == NULL)
    return FALSE;
  return weft_expand_text (graph, result, error,
                           mode == MODE_SET || mode == MODE_ADD ? "unbroadcast(g, v)"
                           : mode == MODE_MUL                   ? "unbroadcast(g * x, v)"
                                                                : "unbroadcast(g * ((z == v) & (x != z)), v)",
                           "g", g, "v", v, "x", x, "z", z, NULL);
}
