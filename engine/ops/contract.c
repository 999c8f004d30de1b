/* See contract.h.
 *
 * Labels of both operands that the result keeps are batch axes, labels of both that it does not
 * keep are summed, and each side's axes in a group become one axis of a matrix.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/contract.h"

#include <string.h>

/* A size for costs where the number is known at the call only. */
#define UNKNOWN_SIZE 64.0

/* Of a dimension, for comparing costs. */
double
weft_estimate_size (WeftDim dim)
{
  return weft_dim_is_number (dim) ? (double) dim.offset : UNKNOWN_SIZE;
}

/* ---- Operands with labelled axes ---- */

int
weft_operand_find (const WeftOperand *operand, guint8 label)
{
  for (guint i = 0; i < operand->n; i++)
    if (operand->labels[i] == label)
      return i;
  return -1;
}

static WeftDim
label_dim (const WeftOperand *operand, guint8 label)
{
  return operand->value->type.shape.dims[weft_operand_find (operand, label)];
}

/* Sums the axes whose labels are not @kept. */
gboolean
weft_operand_sum (WeftGraph *graph, WeftOperand *operand, const gboolean *kept, GError **error)
{
  guint mask = 0, n = 0;

  for (guint i = 0; i < operand->n; i++)
    if (!kept[operand->labels[i]])
      mask |= 1u << i;
    else
      operand->labels[n++] = operand->labels[i];
  operand->n = n;
  operand->value = weft_expand_sum (graph, operand->value, mask, FALSE, error);
  return operand->value != NULL;
}

/* The axes in the order of @n @labels, all of the operand's. */
gboolean
weft_operand_order (
  WeftGraph *graph, WeftOperand *operand, guint n, const guint8 *labels, GError **error)
{
  gint64   order[WEFT_MAX_RANK];
  gboolean same = TRUE;

  for (guint i = 0; i < n; i++)
    {
      order[i] = weft_operand_find (operand, labels[i]);
      same = same && order[i] == i;
    }
  memcpy (operand->labels, labels, n);
  operand->n = n;
  if (!same)
    operand->value = weft_expand_transpose (graph, operand->value, order, error);
  return operand->value != NULL;
}

/* Drops axes of size 1 of @a where @b has another size for the label: the product broadcasts. */
static gboolean
drop_broadcast (WeftGraph *graph, WeftOperand *a, const WeftOperand *b, GError **error)
{
  gint64   axes[WEFT_MAX_RANK];
  guint    n_dropped = 0, n = 0;
  WeftAttr attr;

  for (guint i = 0; i < a->n; i++)
    {
      int there = weft_operand_find (b, a->labels[i]);

      if (there >= 0 && weft_dim_is_one (a->value->type.shape.dims[i]) &&
          !weft_dim_is_one (b->value->type.shape.dims[there]))
        axes[n_dropped++] = i;
      else
        a->labels[n++] = a->labels[i];
    }
  a->n = n;
  if (n_dropped == 0)
    return TRUE;
  attr = weft_attr_axes (graph, n_dropped, axes);
  a->value = weft_expand_apply (graph, WEFT_OP_SQUEEZE, a->value, &attr, error);
  return a->value != NULL;
}

/* ---- Two operands ---- */

/* Labels by what becomes of them. */
typedef struct
{
  guint  n_batch, n_rows, n_columns, n_summed;
  guint8 batch[WEFT_MAX_RANK], rows[WEFT_MAX_RANK], columns[WEFT_MAX_RANK], summed[WEFT_MAX_RANK];
} Groups;

static void
group_labels (const WeftOperand *a, const WeftOperand *b, const gboolean *kept, Groups *groups)
{
  memset (groups, 0, sizeof *groups);
  for (guint i = 0; i < a->n; i++)
    if (weft_operand_find (b, a->labels[i]) < 0)
      groups->rows[groups->n_rows++] = a->labels[i];
    else if (kept[a->labels[i]])
      groups->batch[groups->n_batch++] = a->labels[i];
    else
      groups->summed[groups->n_summed++] = a->labels[i];
  for (guint i = 0; i < b->n; i++)
    if (weft_operand_find (a, b->labels[i]) < 0)
      groups->columns[groups->n_columns++] = b->labels[i];
}

static guint
join_labels (
  guint8 *to, guint n_a, const guint8 *a, guint n_b, const guint8 *b, guint n_c, const guint8 *c)
{
  memcpy (to, a, n_a);
  memcpy (to + n_a, b, n_b);
  memcpy (to + n_a + n_b, c, n_c);
  return n_a + n_b + n_c;
}

static WeftDim
size_of (const WeftOperand *operand, guint n, const guint8 *labels)
{
  WeftDim size = weft_dim (1);

  for (guint i = 0; i < n; i++)
    size = weft_dim_mul (size, label_dim (operand, labels[i]));
  return size;
}

/* @operand as a stack of matrices [batch, first, second]; without batch labels one matrix. */
static WeftValue *
as_matrices (WeftGraph    *graph,
             WeftOperand  *operand,
             const Groups *groups,
             guint         n_first,
             const guint8 *first,
             guint         n_second,
             const guint8 *second,
             GError      **error)
{
  guint8    order[3 * WEFT_MAX_RANK];
  WeftShape shape = { 0 };
  guint     n;

  n = join_labels (order, groups->n_batch, groups->batch, n_first, first, n_second, second);
  if (groups->n_batch > 0)
    shape.dims[shape.rank++] = size_of (operand, groups->n_batch, groups->batch);
  shape.dims[shape.rank++] = size_of (operand, n_first, first);
  shape.dims[shape.rank++] = size_of (operand, n_second, second);
  return weft_operand_order (graph, operand, n, order, error)
           ? weft_expand_reshape (graph, operand->value, &shape, error)
           : NULL;
}

/* Where nothing is summed: the elements side by side, times each other. */
static WeftValue *
broadcast_product (
  WeftGraph *graph, WeftOperand *a, WeftOperand *b, const WeftOperand *result, GError **error)
{
  WeftOperand *sides[2] = { a, b };

  for (guint k = 0; k < 2; k++)
    {
      guint8    order[WEFT_MAX_RANK];
      WeftShape shape = { .rank = result->n };
      guint     n = 0;

      for (guint i = 0; i < result->n; i++)
        {
          gboolean there = weft_operand_find (sides[k], result->labels[i]) >= 0;

          shape.dims[i] = there ? label_dim (sides[k], result->labels[i]) : weft_dim (1);
          if (there)
            order[n++] = result->labels[i];
        }
      if (!weft_operand_order (graph, sides[k], n, order, error))
        return NULL;
      sides[k]->value = weft_expand_reshape (graph, sides[k]->value, &shape, error);
      if (sides[k]->value == NULL)
        return NULL;
    }
  return weft_graph_apply (graph, weft_op (WEFT_OP_MUL), 2, (WeftValue *[]){ a->value, b->value },
                           NULL, error);
}

/* The product of @a and @b, summed over the labels of both that are not @kept. */
gboolean
weft_contract (WeftGraph      *graph,
               WeftOperand     a,
               WeftOperand     b,
               const gboolean *kept,
               WeftOperand    *result,
               GError        **error)
{
  gboolean   wanted[WEFT_N_LABELS];
  Groups     groups;
  WeftShape  shape = { 0 };
  WeftValue *pair[2], *product;

  if (!drop_broadcast (graph, &a, &b, error) || !drop_broadcast (graph, &b, &a, error))
    return FALSE;
  memcpy (wanted, kept, sizeof wanted);
  for (guint i = 0; i < a.n; i++)
    wanted[a.labels[i]] |= weft_operand_find (&b, a.labels[i]) >= 0;
  if (!weft_operand_sum (graph, &a, wanted, error) || !weft_operand_sum (graph, &b, wanted, error))
    return FALSE;
  group_labels (&a, &b, kept, &groups);
  if (groups.n_batch + groups.n_rows + groups.n_columns > WEFT_MAX_RANK)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "a product on the way has %u axes; at most %u are possible",
                   groups.n_batch + groups.n_rows + groups.n_columns, WEFT_MAX_RANK);
      return FALSE;
    }
  result->n = join_labels (result->labels, groups.n_batch, groups.batch, groups.n_rows, groups.rows,
                           groups.n_columns, groups.columns);
  if (groups.n_summed == 0)
    {
      result->value = broadcast_product (graph, &a, &b, result, error);
      return result->value != NULL;
    }
  for (guint i = 0; i < result->n; i++)
    shape.dims[i] = label_dim (i < groups.n_batch + groups.n_rows ? &a : &b, result->labels[i]);
  shape.rank = result->n;
  pair[0] = as_matrices (graph, &a, &groups, groups.n_rows, groups.rows, groups.n_summed,
                         groups.summed, error);
  pair[1] = pair[0] != NULL ? as_matrices (graph, &b, &groups, groups.n_summed, groups.summed,
                                           groups.n_columns, groups.columns, error)
                            : NULL;
  product = pair[1] != NULL
              ? weft_graph_apply (graph, weft_op (WEFT_OP_MATMUL), 2, pair, NULL, error)
              : NULL;
  result->value = product != NULL ? weft_expand_reshape (graph, product, &shape, error) : NULL;
  return result->value != NULL;
}
