/* The ops that export-runtime.h has a function for, and how it is called.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/export-private.h"
#include "engine/ops/index-plan.h"
#include "engine/ops/windows.h"

typedef struct
{
  WeftExport *export;
  const WeftProgram *program;
  const WeftStep    *step;
  const WeftApply   *apply;
} Call;

/* FALSE: not in this form. */
typedef gboolean (*Writer) (Call *call);

static guint
dims_of (const WeftType *type, gint64 *dims)
{
  for (guint i = 0; i < type->shape.rank; i++)
    dims[i] = type->shape.dims[i].offset;
  return type->shape.rank;
}

static char *
in (Call *call, guint i)
{
  return weft_export_typed (call->export, call->program, &call->step->in[i]);
}

static char *
out (Call *call, guint i)
{
  return weft_export_typed (call->export, call->program, &call->step->out[i]);
}

static const char *
suffix (Call *call)
{
  return weft_export_suffix (call->apply->outputs[0].type.dtype);
}

static gboolean
is_float (Call *call)
{
  return weft_dtype_is_float (call->apply->outputs[0].type.dtype);
}

/* ---- Windows ---- */

static void
append_windows (
  Call *call, const WeftWindows *w, gint64 channels_in, gint64 channels_out, gint64 groups)
{
  const gint64 *parts[] = { w->in, w->size, w->out, w->stride, w->dilation, w->before };
  g_string_append_printf (call->export->programs,
                          "  {\n    static const struct weft_windows windows = { %" G_GINT64_FORMAT,
                          w->batch);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *numbers = weft_export_numbers (WEFT_WINDOW_AXES, parts[i]);
      g_string_append_printf (call->export->programs, ", { %s }", numbers);
    }
  g_string_append_printf (call->export->programs,
                          ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT " };\n",
                          channels_in, channels_out, groups);
}

/* @name (&windows, all inputs, the result); closes the block. */
static void
append_window_call (Call *call, const char *name)
{
  g_string_append_printf (call->export->programs, "    weft_%s_%s (&windows", name, suffix (call));
  for (guint i = 0; i < call->step->n_in; i++)
    {
      g_autofree char *operand = in (call, i);
      g_string_append_printf (call->export->programs, ", %s", operand);
    }
  g_autofree char *result = out (call, 0);
  g_string_append_printf (call->export->programs, ", %s);\n  }\n", result);
}

/* The three of a convolution: which of inputs and result are x, w, y. */
static gboolean
write_conv (Call *call)
{
  const WeftApply *apply = call->apply;
  guint            id = apply->op->id;
  const WeftType  *x = &apply->inputs[0]->type, *w = &apply->inputs[1]->type,
                 *y = &apply->outputs[0].type;
  gint64          xd[WEFT_MAX_RANK] = { 0 }, wd[WEFT_MAX_RANK] = { 0 }, yd[WEFT_MAX_RANK] = { 0 };
  const WeftAttr *groups = weft_apply_attr (apply, "groups");
  WeftWindows     windows;
  guint           rank;
  if (id == WEFT_OP_CONV_INPUT_GRAD)
    {
      x = &apply->outputs[0].type;
      y = &apply->inputs[0]->type;
    }
  else if (id == WEFT_OP_CONV_WEIGHT_GRAD)
    {
      w = &apply->outputs[0].type;
      y = &apply->inputs[1]->type;
    }
  rank = dims_of (x, xd);
  dims_of (w, wd);
  dims_of (y, yd);
  weft_windows_init (&windows, apply->op, apply->attrs, rank, xd, wd, yd);
  append_windows (call, &windows, xd[rank - 1], yd[rank - 1], groups != NULL ? groups->i : 1);
  append_window_call (call, id == WEFT_OP_CONV              ? "conv"
                            : id == WEFT_OP_CONV_INPUT_GRAD ? "conv_input_grad"
                                                            : "conv_weight_grad");
  return is_float (call);
}

static gboolean
write_max_pool (Call *call)
{
  const WeftApply *apply = call->apply;
  gboolean         forward = apply->op->id == WEFT_OP_MAX_POOL;
  gint64           x[WEFT_MAX_RANK] = { 0 }, y[WEFT_MAX_RANK] = { 0 };
  WeftWindows      windows;
  guint            rank = dims_of (&apply->inputs[0]->type, x);
  dims_of (forward ? &apply->outputs[0].type : &apply->inputs[1]->type, y);
  weft_windows_init_sized (&windows, apply->op, apply->attrs, rank, x, y);
  append_windows (call, &windows, x[rank - 1], y[rank - 1], 1);
  append_window_call (call, forward ? "max_pool" : "max_pool_grad");
  return is_float (call);
}

/* ---- Parts ---- */

/* Strides of index array @array over the arrays' common dims: 0 where it repeats. */
static char *
array_strides (const WeftType *array, const WeftShape *common)
{
  gint64 strides[WEFT_MAX_RANK] = { 0 }, step = 1;
  for (guint i = 0; i < array->shape.rank; i++)
    {
      guint  from = array->shape.rank - 1 - i, to = common->rank - 1 - i;
      gint64 dim = array->shape.dims[from].offset;
      strides[to] = dim == 1 ? 0 : step;
      step *= dim;
    }
  return weft_export_numbers (common->rank, strides);
}

static void
append_axis (Call *call, const WeftIndexPlan *plan, guint axis, gint64 size, gint64 stride)
{
  const WeftAxisIndex *index = &plan->axes[axis];
  gboolean             array = index->kind == WEFT_INDEX_ARRAY;
  g_autofree char     *values = array ? in (call, index->array + 1) : g_strdup ("0");
  g_autofree char     *name = array ? g_strdup_printf ("strides_%u", axis) : g_strdup ("0");
  g_string_append_printf (call->export->programs,
                          "      { %d, %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                          ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %d, %s, %s },\n",
                          array                             ? 2
                          : index->kind == WEFT_INDEX_SLICE ? 1
                                                            : 0,
                          array ? 0 : index->start.offset,
                          index->kind == WEFT_INDEX_SLICE ? index->step : 0, size, stride,
                          array ? call->apply->inputs[index->array + 1]->type.dtype == WEFT_I64 : 0,
                          values, name);
}

/* The tables of an index: axes, dims, from, inside a block that it opens. @part: the shape of what
 * is picked. */
static gboolean
append_index (Call *call, const WeftAttr *index, const WeftShape *source, const WeftType *part)
{
  const WeftApply *apply = call->apply;
  WeftType         arrays[WEFT_MAX_RANK];
  WeftIndexPlan    plan;
  gint64           dims[WEFT_MAX_RANK], stride = 1;
  guint            rank = dims_of (part, dims);
  GString         *text = call->export->programs;
  g_autofree char *shape = weft_export_numbers (rank, dims);
  for (guint i = 1; i < apply->n_inputs; i++)
    {
      arrays[i - 1] = apply->inputs[i]->type;
      if (arrays[i - 1].dtype == WEFT_BOOL)
        return FALSE;
    }
  if (!weft_index_plan (apply->op, index, source, apply->n_inputs - 1, arrays, &plan, NULL))
    return FALSE;
  g_string_append (text, "  {\n");
  for (guint a = 0; a < source->rank; a++)
    if (plan.axes[a].kind == WEFT_INDEX_ARRAY)
      {
        g_autofree char *strides = array_strides (&arrays[plan.axes[a].array], &plan.arrays);
        g_string_append_printf (text, "    static const long strides_%u[] = { %s%s };\n", a,
                                strides, plan.arrays.rank == 0 ? "0" : "");
      }
  for (guint a = 0; a < source->rank; a++)
    stride *= source->dims[a].offset;
  g_string_append (text, "    const struct weft_axis axes[] = {\n");
  for (guint a = 0; a < source->rank; a++)
    {
      gint64 size = source->dims[a].offset;
      stride = size > 0 ? stride / size : 0;
      append_axis (call, &plan, a, size, stride);
    }
  g_string_append_printf (
    text,
    "      { 0, 0, 0, 0, 0, 0, 0, 0 },\n    };\n"
    "    static const long dims[] = { %s%s };\n    static const int from[] = {",
    shape, rank == 0 ? "0" : "");
  for (guint d = 0; d < rank; d++)
    g_string_append_printf (text, " %d,", plan.from[d]);
  g_string_append (text, " 0 };\n");
  return TRUE;
}

static gboolean
write_getitem (Call *call)
{
  const WeftType  *source = &call->apply->inputs[0]->type, *part = &call->apply->outputs[0].type;
  g_autofree char *x = weft_export_operand (call->export, call->program, &call->step->in[0]);
  g_autofree char *y = weft_export_operand (call->export, call->program, &call->step->out[0]);
  if (!append_index (call, &call->apply->attrs[0], &source->shape, part))
    return FALSE;
  g_string_append_printf (call->export->programs,
                          "    if (weft_getitem (%" G_GSIZE_FORMAT
                          ", %u, dims, from, %u, axes, %s, %s))\n      return 1;\n  }\n",
                          weft_dtype_size (source->dtype), part->shape.rank, source->shape.rank, x,
                          y);
  return TRUE;
}

static gboolean
write_index_add (Call *call)
{
  const WeftType  *whole = &call->apply->outputs[0].type, *part = &call->apply->inputs[0]->type;
  g_autofree char *x = in (call, 0), *y = out (call, 0);
  gint64           n = 1;
  if (!is_float (call) || !append_index (call, &call->apply->attrs[1], &whole->shape, part))
    return FALSE;
  for (guint d = 0; d < whole->shape.rank; d++)
    n *= whole->shape.dims[d].offset;
  g_string_append_printf (call->export->programs,
                          "    if (weft_index_add_%s (%" G_GINT64_FORMAT
                          ", %u, dims, from, %u, axes, %s, %s))\n      return 1;\n  }\n",
                          suffix (call), n, part->shape.rank, whole->shape.rank, x, y);
  return TRUE;
}

static gboolean
write_concat (Call *call)
{
  const WeftApply *apply = call->apply;
  const WeftType  *result = &apply->outputs[0].type;
  const WeftAttr  *attr = weft_apply_attr (apply, "axis");
  gint64           axis = attr != NULL ? attr->i : 0, rows = 1, pitch = weft_dtype_size (result->dtype),
         at = 0;
  g_autofree char *y = weft_export_operand (call->export, call->program, &call->step->out[0]);
  axis += axis < 0 ? result->shape.rank : 0;
  for (guint d = 0; d < result->shape.rank; d++)
    if (d < axis)
      rows *= result->shape.dims[d].offset;
    else
      pitch *= result->shape.dims[d].offset;
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      g_autofree char *x = weft_export_operand (call->export, call->program, &call->step->in[i]);
      gint64           n = weft_dtype_size (result->dtype);
      for (guint d = axis; d < result->shape.rank; d++)
        n *= apply->inputs[i]->type.shape.dims[d].offset;
      g_string_append_printf (call->export->programs,
                              "  weft_join (%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                              ", %" G_GINT64_FORMAT ", %s, %s + %" G_GINT64_FORMAT ");\n",
                              rows, n, pitch, x, y, at);
      at += n;
    }
  return TRUE;
}

/* ---- Reductions ---- */

/* Over neighbouring axes. */
static gboolean
write_reduction (Call *call)
{
  static const struct
  {
    WeftOpId    op;
    const char *name;
  } names[] = { { WEFT_OP_SUM, "sum" },
                { WEFT_OP_MEAN, "mean" },
                { WEFT_OP_PROD, "prod" },
                { WEFT_OP_MAX, "max" },
                { WEFT_OP_MIN, "min" } };
  const WeftApply *apply = call->apply;
  const WeftType  *x = &apply->inputs[0]->type;
  guint            mask = weft_reduced_axes (apply->op, &apply->attrs[0], x->shape.rank);
  gint64           sizes[3] = { 1, 1, 1 }; /* outer, reduced, inner */
  guint            part = 0;
  g_autofree char *from = in (call, 0), *to = out (call, 0);
  if (!is_float (call) || apply->outputs[0].type.dtype != x->dtype)
    return FALSE;
  for (guint d = 0; d < x->shape.rank; d++)
    {
      gboolean reduced = mask >> d & 1;
      if (x->shape.dims[d].offset == 1)
        continue;
      if (reduced && part == 2)
        return FALSE;
      part = reduced ? 1 : part == 1 ? 2
                                     : part;
      sizes[part] *= x->shape.dims[d].offset;
    }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i].op == apply->op->id)
      {
        g_string_append_printf (call->export->programs,
                                "  weft_reduce_%s_%s (%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                                ", %" G_GINT64_FORMAT ", %s, %s);\n",
                                names[i].name, suffix (call), sizes[0], sizes[1], sizes[2], from,
                                to);
        return TRUE;
      }
  return FALSE;
}

/* Scores of several classes, or one that stands before a threshold; labels are whole numbers. */
static gboolean
write_accuracy (Call *call)
{
  const WeftType  *x = &call->apply->inputs[0]->type, *labels = &call->apply->inputs[1]->type;
  const WeftAttr  *threshold = weft_apply_attr (call->apply, "threshold");
  g_autofree char *scores = in (call, 0), *given = in (call, 1), *y = out (call, 0);
  gint64           rows = 1, n = 1;
  if (!weft_dtype_is_float (x->dtype) || (labels->dtype != WEFT_I32 && labels->dtype != WEFT_I64) ||
      call->apply->outputs[0].type.dtype != WEFT_F32)
    return FALSE;
  for (guint d = 0; d < labels->shape.rank; d++)
    rows *= labels->shape.dims[d].offset;
  for (guint d = 0; d < x->shape.rank; d++)
    n *= x->shape.dims[d].offset;
  g_string_append_printf (call->export->programs,
                          "  weft_accuracy_%s (%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                          ", %.17g, %s, %d, %s, %s);\n",
                          weft_export_suffix (x->dtype), rows, rows > 0 ? n / rows : 1,
                          threshold->f, scores, labels->dtype == WEFT_I64, given, y);
  return TRUE;
}

/* ---- The table ---- */

static const struct
{
  WeftOpId op;
  Writer   write;
} writers[] = {
  { WEFT_OP_CONV, write_conv },
  { WEFT_OP_CONV_INPUT_GRAD, write_conv },
  { WEFT_OP_CONV_WEIGHT_GRAD, write_conv },
  { WEFT_OP_MAX_POOL, write_max_pool },
  { WEFT_OP_MAX_POOL_GRAD, write_max_pool },
  { WEFT_OP_GETITEM, write_getitem },
  { WEFT_OP_INDEX_ADD, write_index_add },
  { WEFT_OP_CONCAT, write_concat },
  { WEFT_OP_ACCURACY, write_accuracy },
  { WEFT_OP_SUM, write_reduction },
  { WEFT_OP_MEAN, write_reduction },
  { WEFT_OP_PROD, write_reduction },
  { WEFT_OP_MAX, write_reduction },
  { WEFT_OP_MIN, write_reduction },
};

gboolean
weft_export_op (WeftExport *export,
                const WeftProgram *program,
                const WeftStep    *step,
                GError           **error)
{
  Call call = { export, program, step, step->apply };
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    if (writers[i].op == step->apply->op->id && writers[i].write (&call))
      return TRUE;
  return weft_export_refuse (export, step, step->apply->op->name, error);
}
