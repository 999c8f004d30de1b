/* Arrays made of whole arrays or of nothing: concat, pad, iota, one_hot.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"
#include "engine/ops/thread-text.h"

#include <string.h>

static gint64
one_unit (const WeftKernelCall *call)
{
  return 1;
}

/* ---- concat ---- */

static INFER (weft_infer_concat)
{
  guint axis;

  if (n_inputs == 0)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ARITY, "%s: needs at least one value",
                   op->name);
      return FALSE;
    }
  if (!weft_infer_axis (op, attrs[0].i, inputs[0].shape.rank, &axis, error))
    return FALSE;
  types[0].dtype = inputs[0].dtype;
  types[0].shape = inputs[0].shape;
  for (guint i = 1; i < n_inputs; i++)
    {
      g_autofree char *shapes = weft_two_shapes (&inputs[0].shape, &inputs[i].shape);

      if (inputs[i].shape.rank != inputs[0].shape.rank)
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %u != %u axes (%s)",
                       op->name, inputs[0].shape.rank, inputs[i].shape.rank, shapes);
          return FALSE;
        }
      for (guint k = 0; k < inputs[0].shape.rank; k++)
        if (k == axis)
          types[0].shape.dims[k] = weft_dim_add (types[0].shape.dims[k], inputs[i].shape.dims[k]);
        else if (!weft_infer_same_dim (op, &types[0].shape.dims[k], inputs[i].shape.dims[k], shapes,
                                       error))
          return FALSE;
    }
  return TRUE;
}

static guint
concat_axis (const WeftAttr *attr, guint rank)
{
  return attr->i < 0 ? attr->i + rank : attr->i;
}

static gint64
concat_units (const WeftKernelCall *call)
{
  return weft_product (call->out_shape[0], concat_axis (&call->attrs[0], call->out_rank[0]));
}

static void
concat_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  guint rank = call->out_rank[0], axis = concat_axis (&call->attrs[0], rank);
  gsize row =
    weft_product (call->out_shape[0] + axis, rank - axis) * weft_dtype_size (call->out_dtype[0]);
  gsize offset = 0;

  for (guint k = 0; k < call->n_inputs; k++)
    {
      gsize bytes = weft_product (call->in_shapes[k] + axis, rank - axis) *
                    weft_dtype_size (call->out_dtype[0]);

      for (gint64 i = begin; bytes > 0 && i < end; i++)
        memcpy ((char *) call->out[0] + i * row + offset, (const char *) call->in[k] + i * bytes,
                bytes);
      offset += bytes;
    }
}

/* A thread an element of the result, or four. */
static gboolean
concat_text (const WeftKernelCall *call, guint launch, WeftThreadText *text)
{
  guint    rank = call->out_rank[0], axis = concat_axis (&call->attrs[0], rank);
  gint64   row = weft_product (call->out_shape[0] + axis, rank - axis), begin = 0;
  gboolean fours = text->aligned;

  if (launch > 0)
    return FALSE;
  for (guint k = 0; k < call->n_inputs; k++)
    fours = fours && weft_product (call->in_shapes[k] + axis, rank - axis) % 4 == 0;
  text->width = fours ? 4 : 1;
  text->n = weft_product (call->out_shape[0], rank) / text->width;
  row = MAX (row / text->width, 1);
  weft_thread_line (text, "const auto u = i / %" G_GINT64_FORMAT ", j = i %% %" G_GINT64_FORMAT ";",
                    row, row);
  for (guint k = 0; k < call->n_inputs; k++)
    {
      gint64 part = weft_product (call->in_shapes[k] + axis, rank - axis) / text->width;

      if (part == 0)
        continue;
      weft_thread_line (text, "%sif (j < %" G_GINT64_FORMAT ")", begin > 0 ? "else " : "",
                        begin + part);
      weft_thread_line (text,
                        "  ((R *) out0)[i] = ((const R *) in%u)[u * %" G_GINT64_FORMAT
                        " + j - %" G_GINT64_FORMAT "];",
                        k, part, begin);
      begin += part;
    }
  return TRUE;
}

static const WeftKernel weft_concat_kernel = { .units = concat_units,
                                               .run = concat_run,
                                               .text = concat_text };

static REFERENCE (weft_concat_reference)
{
  guint  rank = outputs[0]->rank, axis = concat_axis (&apply->attrs[0], rank);
  gint64 inner = weft_product (outputs[0]->shape + axis + 1, rank - axis - 1), start = 0;

  for (guint k = 0; k < apply->n_inputs; k++)
    {
      gint64 size = inputs[k]->shape[axis];

      for (gint64 i = 0; i < inputs[k]->n_elements; i++)
        {
          gint64 outer = i / (size * inner), at = i / inner % size;

          weft_array_set (outputs[0],
                          (outer * outputs[0]->shape[axis] + start + at) * inner + i % inner,
                          weft_array_get (inputs[k], i));
        }
      start += size;
    }
}

/* ---- pad_constant ---- */

static INFER (infer_pad)
{
  guint rank = inputs[0].shape.rank;

  if (attrs[0].dims->rank != rank || attrs[1].dims->rank != rank)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %u widths for %u axes",
                   op->name,
                   attrs[0].dims->rank != rank ? attrs[0].dims->rank : attrs[1].dims->rank, rank);
      return FALSE;
    }
  if (inputs[1].shape.rank != 0)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: the padding must be a single number", op->name);
      return FALSE;
    }
  types[0].dtype = inputs[0].dtype;
  types[0].shape = inputs[0].shape;
  for (guint i = 0; i < rank; i++)
    {
      WeftDim before = attrs[0].dims->dims[i], after = attrs[1].dims->dims[i];

      if ((weft_dim_is_number (before) && before.offset < 0) ||
          (weft_dim_is_number (after) && after.offset < 0))
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                       "%s: a width of axis %u is negative", op->name, i);
          return FALSE;
        }
      types[0].shape.dims[i] = weft_dim_add (types[0].shape.dims[i], weft_dim_add (before, after));
    }
  return TRUE;
}

/* Units are lines along the last axis. */
static gint64
pad_units (const WeftKernelCall *call)
{
  guint rank = call->out_rank[0];

  return weft_product (call->out_shape[0], rank) == 0
           ? 0
           : weft_product (call->out_shape[0], rank > 0 ? rank - 1 : 0);
}

/* Where line @line of the result is in x; -1: outside of it. */
static gint64
pad_source (const WeftKernelCall *call, gint64 line)
{
  gint64 at = 0, stride = 1;

  for (guint i = call->out_rank[0] > 0 ? call->out_rank[0] - 1 : 0; i-- > 0;)
    {
      gint64 size = call->in_shapes[0][i];
      gint64 index = line % call->out_shape[0][i] - call->attrs[0].dims->dims[i].offset;

      if (index < 0 || index >= size)
        return -1;
      at += index * stride;
      stride *= size;
      line /= call->out_shape[0][i];
    }
  return at;
}

static void
fill (char *to, const char *value, gsize size, gint64 n)
{
  for (gint64 i = 0; i < n; i++)
    memcpy (to + i * size, value, size);
}

static void
pad_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  guint  rank = call->out_rank[0];
  gsize  size = weft_dtype_size (call->out_dtype[0]);
  gint64 n = rank > 0 ? call->out_shape[0][rank - 1] : 1;
  gint64 kept = rank > 0 ? call->in_shapes[0][rank - 1] : 1;
  gint64 before = rank > 0 ? call->attrs[0].dims->dims[rank - 1].offset : 0;

  for (gint64 line = begin; line < end; line++)
    {
      gint64 from = pad_source (call, line);
      char  *to = (char *) call->out[0] + line * n * size;

      if (from < 0)
        {
          fill (to, call->in[1], size, n);
          continue;
        }
      fill (to, call->in[1], size, before);
      memcpy (to + before * size, (const char *) call->in[0] + from * kept * size, kept * size);
      fill (to + (before + kept) * size, call->in[1], size, n - before - kept);
    }
}

static gboolean
pad_text (const WeftKernelCall *call, guint launch, WeftThreadText *text)
{
  gint64 below = 1, stride = 1;

  if (launch > 0)
    return FALSE;
  text->n = weft_product (call->out_shape[0], call->out_rank[0]);
  weft_thread_line (text, "bool inside = true;");
  weft_thread_line (text, "long long at = 0;");
  for (guint a = call->out_rank[0]; text->n > 0 && a-- > 0;)
    {
      weft_thread_line (text,
                        "const long long c%u = i / %" G_GINT64_FORMAT " %% %" G_GINT64_FORMAT
                        " - %" G_GINT64_FORMAT ";",
                        a, below, call->out_shape[0][a], call->attrs[0].dims->dims[a].offset);
      weft_thread_line (text, "inside &= c%u >= 0 && c%u < %" G_GINT64_FORMAT ";", a, a,
                        call->in_shapes[0][a]);
      weft_thread_line (text, "at += c%u * %" G_GINT64_FORMAT ";", a, stride);
      below *= call->out_shape[0][a];
      stride *= call->in_shapes[0][a];
    }
  weft_thread_line (text, "out0[i] = inside ? in0[at] : in1[0];");
  return TRUE;
}

static const WeftKernel pad_kernel = { .units = pad_units, .run = pad_run, .text = pad_text };

static REFERENCE (pad_reference)
{
  guint rank = outputs[0]->rank;

  for (gint64 i = 0; i < outputs[0]->n_elements; i++)
    {
      gint64   rest = i, from = 0, stride = 1;
      gboolean inside = TRUE;

      for (guint axis = rank; axis-- > 0; rest /= outputs[0]->shape[axis])
        {
          gint64 at =
            rest % outputs[0]->shape[axis] - apply->attrs[0].dims->dims[axis].offset;

          inside = inside && at >= 0 && at < inputs[0]->shape[axis];
          from += at * stride;
          stride *= inputs[0]->shape[axis];
        }
      weft_array_set (outputs[0], i,
                      inside ? weft_array_get (inputs[0], from) : weft_array_get (inputs[1], 0));
    }
}

const WeftOpCode weft_code_pad_constant = { .infer = infer_pad,
                                            .reference = pad_reference,
                                            .kernel = &pad_kernel };

/* ---- iota and one_hot ---- */

static INFER (weft_infer_iota)
{
  types[0].dtype = weft_dtypes[attrs[1].i].compute;
  types[0].shape.rank = 1;
  types[0].shape.dims[0] = attrs[0].dims->dims[0];
  if (weft_dim_is_number (types[0].shape.dims[0]) && types[0].shape.dims[0].offset < 0)
    types[0].shape.dims[0] = weft_dim (0);
  return TRUE;
}

static void
iota_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  for (gint64 i = 0; i < call->out_shape[0][0]; i++)
    weft_store_int (call->out_dtype[0], call->out[0], i, i);
}

static const WeftKernel weft_iota_kernel = { one_unit, iota_run, NULL, NULL };

static REFERENCE (weft_iota_reference)
{
  for (gint64 i = 0; i < outputs[0]->n_elements; i++)
    weft_array_set (outputs[0], i, apply->outputs[0].type.dtype == WEFT_BOOL ? i != 0 : i);
}

static INFER (weft_infer_one_hot)
{
  if (weft_dtype_is_float (inputs[0].dtype))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE,
                   "%s: labels must be whole numbers, not %s", op->name,
                   weft_dtypes[inputs[0].dtype].name);
      return FALSE;
    }
  if (inputs[0].shape.rank == WEFT_MAX_RANK ||
      (weft_dim_is_number (attrs[0].dims->dims[0]) && attrs[0].dims->dims[0].offset < 0))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: no place for one more axis of that size", op->name);
      return FALSE;
    }
  types[0].dtype = weft_dtypes[attrs[1].i].compute;
  types[0].shape = inputs[0].shape;
  types[0].shape.dims[types[0].shape.rank++] = attrs[0].dims->dims[0];
  return TRUE;
}

static gint64
one_hot_units (const WeftKernelCall *call)
{
  return weft_product (call->in_shapes[0], call->in_ranks[0]);
}

static void
one_hot_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gint64 n = call->out_shape[0][call->out_rank[0] - 1];
  gsize  size = weft_dtype_size (call->out_dtype[0]);

  memset ((char *) call->out[0] + begin * n * size, 0, (end - begin) * n * size);
  for (gint64 i = begin; i < end; i++)
    {
      gint64 label = weft_load_int (call->in_dtypes[0], call->in[0], i);

      if (label >= 0 && label < n)
        weft_store_int (call->out_dtype[0], call->out[0], i * n + label, 1);
      else if (call->bad != NULL)
        g_atomic_int_set (call->bad, 1);
    }
}

static const WeftKernel weft_one_hot_kernel = { one_hot_units, one_hot_run, NULL, NULL };

static REFERENCE (weft_one_hot_reference)
{
  gint64 n = outputs[0]->shape[outputs[0]->rank - 1];

  for (gint64 i = 0; i < outputs[0]->n_elements; i++)
    weft_array_set (outputs[0], i, weft_array_get (inputs[0], i / n) == (double) (i % n));
}

/* ---- What the rows name ---- */

const WeftOpCode weft_code_concat = { .infer = weft_infer_concat,
                                      .reference = weft_concat_reference,
                                      .kernel = &weft_concat_kernel };
const WeftOpCode weft_code_iota = { .infer = weft_infer_iota,
                                    .reference = weft_iota_reference,
                                    .kernel = &weft_iota_kernel };
const WeftOpCode weft_code_one_hot = { .infer = weft_infer_one_hot,
                                       .reference = weft_one_hot_reference,
                                       .kernel = &weft_one_hot_kernel };
