/* Sorting: sort, argsort, topk. Always stable; NaN is larger than every number.
 *
 * One unit is one line along the axis. A line is sorted as pairs of a whole-number key, whose order
 * is the elements' order, and the element's place.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"
#include "engine/ops/thread-text.h"

#include <math.h>
#include <string.h>

/* ---- Types ---- */

static INFER (infer_sort)
{
  guint axis;

  if (!weft_infer_axis (op, attrs[0].i, inputs[0].shape.rank, &axis, error))
    return FALSE;
  types[0].dtype = op->id == WEFT_OP_ARGSORT ? WEFT_I64 : inputs[0].dtype;
  types[0].shape = inputs[0].shape;
  return TRUE;
}

static INFER (infer_topk)
{
  WeftDim k = attrs[0].dims->dims[0];
  guint   axis;

  if (!weft_infer_axis (op, attrs[1].i, inputs[0].shape.rank, &axis, error))
    return FALSE;
  if (weft_dim_is_number (k) && weft_dim_is_number (inputs[0].shape.dims[axis]) &&
      (k.offset < 0 || k.offset > inputs[0].shape.dims[axis].offset))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: k = %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " elements (axis %u)",
                   op->name, k.offset, inputs[0].shape.dims[axis].offset, axis);
      return FALSE;
    }
  types[0].dtype = inputs[0].dtype;
  types[1].dtype = WEFT_I64;
  types[0].shape = inputs[0].shape;
  types[0].shape.dims[axis] = k;
  types[1].shape = types[0].shape;
  return TRUE;
}

/* ---- Lines ---- */

typedef struct
{
  guint64 key;
  gint64  place;
} Pair;

/* Lines of @n elements @inner apart. */
typedef struct
{
  gint64   n, inner, kept;
  gboolean descending;
} Lines;

static Lines
lines_of (const WeftOp *op, const WeftAttr *attrs, guint rank, const gint64 *shape)
{
  gboolean topk = op->id == WEFT_OP_TOPK;
  gint64   number = attrs[topk ? 1 : 0].i;
  guint    axis = number < 0 ? number + rank : number;
  Lines    lines = { .n = shape[axis],
                     .inner = weft_product (shape + axis + 1, rank - axis - 1),
                     .kept = shape[axis],
                     .descending = topk ? attrs[2].i != 0 : attrs[1].i != 0 };

  if (topk)
    lines.kept = attrs[0].dims->dims[0].offset;
  return lines;
}

/* Larger for a larger element, equal for equal ones; -0 is 0. */
static guint64
key_of (WeftDType dtype, const void *data, gint64 i)
{
  const guint64 sign = (guint64) 1 << 63;
  double        number;
  guint64       bits;

  if (!weft_dtype_is_float (dtype))
    return (guint64) weft_load_int (dtype, data, i) ^ sign;
  number = weft_load_number (dtype, data, i);
  if (isnan (number))
    return G_MAXUINT64;
  number = number == 0 ? 0 : number;
  memcpy (&bits, &number, sizeof bits);
  return bits & sign ? ~bits : bits | sign;
}

/* Merges the sorted @a and @b into @to. */
static void
merge (const Pair *a, const Pair *end_a, const Pair *b, const Pair *end_b, Pair *to)
{
  while (a < end_a && b < end_b)
    *to++ = b->key < a->key ? *b++ : *a++;
  memcpy (to, a, (end_a - a) * sizeof *a);
  memcpy (to + (end_a - a), b, (end_b - b) * sizeof *b);
}

/* Runs of this length are sorted by insertion before they are merged. */
#define RUN 16

static void
insertion_sort (Pair *pairs, gint64 n)
{
  for (gint64 i = 1; i < n; i++)
    {
      Pair   pair = pairs[i];
      gint64 k = i;

      for (; k > 0 && pairs[k - 1].key > pair.key; k--)
        pairs[k] = pairs[k - 1];
      pairs[k] = pair;
    }
}

/* Sorts @pairs [n] with @spare [n]; the result is where the answer points. */
static Pair *
merge_sort (Pair *pairs, Pair *spare, gint64 n)
{
  for (gint64 i = 0; i < n; i += RUN)
    insertion_sort (pairs + i, MIN (RUN, n - i));
  for (gint64 width = RUN; width < n; width *= 2)
    {
      Pair *other = pairs;

      for (gint64 i = 0; i < n; i += 2 * width)
        {
          gint64 middle = MIN (i + width, n), end = MIN (i + 2 * width, n);

          merge (pairs + i, pairs + middle, pairs + middle, pairs + end, spare + i);
        }
      pairs = spare;
      spare = other;
    }
  return pairs;
}

/* ---- Kernels ---- */

static gint64
sort_units (const WeftKernelCall *call)
{
  Lines lines = lines_of (call->op, call->attrs, call->in_ranks[0], call->in_shapes[0]);

  return lines.n == 0 || lines.kept == 0
           ? 0
           : weft_product (call->in_shapes[0], call->in_ranks[0]) / lines.n;
}

static gsize
sort_scratch (const WeftKernelCall *call)
{
  Lines lines = lines_of (call->op, call->attrs, call->in_ranks[0], call->in_shapes[0]);

  return 2 * lines.n * sizeof (Pair);
}

static void
store_line (const WeftKernelCall *call, const Lines *lines, const Pair *pairs, gint64 from, gint64 to)
{
  gsize       size = weft_dtype_size (call->in_dtypes[0]);
  const char *x = call->in[0];
  gint64     *places = call->op->id == WEFT_OP_ARGSORT ? call->out[0]
                       : call->op->id == WEFT_OP_TOPK  ? call->out[1]
                                                       : NULL;
  char       *values = call->op->id == WEFT_OP_ARGSORT ? NULL : call->out[0];

  for (gint64 i = 0; i < lines->kept; i++)
    {
      if (places != NULL)
        places[to + i * lines->inner] = pairs[i].place;
      if (values != NULL)
        memcpy (values + (to + i * lines->inner) * size,
                x + (from + pairs[i].place * lines->inner) * size, size);
    }
}

static void
sort_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  Lines lines = lines_of (call->op, call->attrs, call->in_ranks[0], call->in_shapes[0]);
  Pair *pairs = call->scratch;

  for (gint64 line = begin; line < end; line++)
    {
      gint64 outer = line / lines.inner, first = line % lines.inner;
      gint64 from = outer * lines.n * lines.inner + first;

      for (gint64 i = 0; i < lines.n; i++)
        {
          guint64 key = key_of (call->in_dtypes[0], call->in[0], from + i * lines.inner);

          pairs[i] = (Pair){ lines.descending ? ~key : key, i };
        }
      store_line (call, &lines, merge_sort (pairs, pairs + lines.n, lines.n), from,
                  outer * lines.kept * lines.inner + first);
    }
}

static double
sort_flops (const WeftKernelCall *call)
{
  gint64 n = weft_product (call->in_shapes[0], call->in_ranks[0]);

  return n * log2 (n + 1.0);
}

/* Longer lines are the CPU's: all pairs of a line are looked at. */
#define LONGEST_COUNTED 16384

/* A thread an element: its place is how many stand before it. */
static gboolean
sort_text (const WeftKernelCall *call, guint launch, WeftThreadText *text)
{
  Lines lines = lines_of (call->op, call->attrs, call->in_ranks[0], call->in_shapes[0]);

  if (launch > 0 || lines.n > LONGEST_COUNTED)
    return FALSE;
  text->n = lines.kept > 0 ? weft_product (call->in_shapes[0], call->in_ranks[0]) : 0;
  if (text->n == 0)
    return TRUE;
  weft_thread_line (text, "const int me = i / %" G_GINT64_FORMAT " %% %" G_GINT64_FORMAT ";",
                    lines.inner, lines.n);
  weft_thread_line (text,
                    "const auto *const line = in0 + (i - me * (long long) %" G_GINT64_FORMAT ");",
                    lines.inner);
  weft_thread_line (text, "const auto x = in0[i];");
  weft_thread_line (text, "int place = 0;");
  weft_thread_line (text, "for (int k = 0; k < %" G_GINT64_FORMAT "; k++)", lines.n);
  weft_thread_line (text, "  {");
  weft_thread_line (text, "    const auto other = line[k * (long long) %" G_GINT64_FORMAT "];",
                    lines.inner);
  weft_thread_line (text, "    const bool same = other == x || (other != other && x != x);");
  if (lines.descending)
    weft_thread_line (text, "    const bool before = other > x || (other != other && x == x);");
  else
    weft_thread_line (text, "    const bool before = other < x || (x != x && other == other);");
  weft_thread_line (text, "    place += before || (same && k < me);");
  weft_thread_line (text, "  }");
  weft_thread_line (text, "if (place < %" G_GINT64_FORMAT ")", lines.kept);
  weft_thread_line (text, "  {");
  weft_thread_line (text,
                    "    const long long to = (i / %" G_GINT64_FORMAT " * (long long) %" G_GINT64_FORMAT
                    " + place) * %" G_GINT64_FORMAT " + i %% %" G_GINT64_FORMAT ";",
                    lines.inner * lines.n, lines.kept, lines.inner, lines.inner);
  weft_thread_line (text, "    out0[to] = %s;", call->op->id == WEFT_OP_ARGSORT ? "me" : "x");
  if (call->op->id == WEFT_OP_TOPK)
    weft_thread_line (text, "    out1[to] = me;");
  weft_thread_line (text, "  }");
  return TRUE;
}

static const WeftKernel sort_kernel = { .units = sort_units,
                                        .run = sort_run,
                                        .scratch = sort_scratch,
                                        .flops = sort_flops,
                                        .text = sort_text };

/* ---- The definition: each element's place is how many stand before it ---- */

static gboolean
stands_before (double a, gint64 at_a, double b, gint64 at_b, gboolean descending)
{
  gboolean less = descending ? a > b || (isnan (a) && !isnan (b))
                             : a < b || (isnan (b) && !isnan (a));
  gboolean equal = a == b || (isnan (a) && isnan (b));

  return less || (equal && at_a < at_b);
}

static REFERENCE (sort_reference)
{
  const WeftArray *x = inputs[0];
  Lines            lines = lines_of (apply->op, apply->attrs, x->rank, x->shape);
  guint            id = apply->op->id;

  for (gint64 i = 0; i < x->n_elements; i++)
    {
      gint64 at = i / lines.inner % lines.n, place = 0, to;
      double value = weft_array_get (x, i);

      for (gint64 k = 0; k < lines.n; k++)
        place += stands_before (weft_array_get (x, i + (k - at) * lines.inner), k, value, at,
                                lines.descending);
      if (place >= lines.kept)
        continue;
      to = (i / (lines.inner * lines.n) * lines.kept + place) * lines.inner + i % lines.inner;
      weft_array_set (outputs[0], to, id == WEFT_OP_ARGSORT ? at : value);
      if (id == WEFT_OP_TOPK)
        weft_array_set (outputs[1], to, (double) at);
    }
}

const WeftOpCode weft_code_sort = { .infer = infer_sort,
                                    .reference = sort_reference,
                                    .kernel = &sort_kernel };
const WeftOpCode weft_code_topk = { .infer = infer_topk,
                                    .reference = sort_reference,
                                    .kernel = &sort_kernel };
