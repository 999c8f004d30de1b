/* Spaces: the rows that the nodes of a loop nest are gathered over.
 *
 * A reduction brings a space: so many rows of so many elements. A neighbour joins the space of the
 * first node beside it that has one and that it can stand in one nest with: as a node of elements,
 * if all that it reads can be walked row by row, or as one that stands once a row. A node has one
 * space for good; an edge between two spaces is one between two kernels.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

/* Of a function of the prelude, in instructions. */
#define COST_OF_FUNCTION 30
/* The rows that a line of elements is cut into: a few kilobytes. */
#define LINE_ROW 4096
/* Rows of an axis that are as good: the lanes are full, and there are some to share out. */
#define MIN_GOOD_ROW 256
#define MAX_GOOD_ROW 65536

guint
weft_space_hash (gconstpointer space)
{
  const WeftSpace *s = space;
  return (guint) (s->n_rows * 0x9e3779b1 + s->row * 31 + s->ragged);
}

gboolean
weft_space_equal (gconstpointer a, gconstpointer b)
{
  const WeftSpace *x = a, *y = b;
  return x->n_rows == y->n_rows && x->row == y->row && x->in_line == y->in_line &&
         x->ragged == y->ragged;
}

gint64
weft_space_n (const WeftSpace *space)
{
  return space->n_rows * space->row - (space->ragged > 0 ? space->row - space->ragged : 0);
}

static guint
space_number (WeftBuilder *builder, WeftSpace space)
{
  guint      number = GPOINTER_TO_UINT (g_hash_table_lookup (builder->space_numbers, &space));
  WeftSpace *own;
  if (number != 0)
    return number;
  number = builder->spaces->len;
  g_array_append_val (builder->spaces, space);
  own = weft_builder_alloc (builder, sizeof *own);
  *own = space;
  g_hash_table_insert (builder->space_numbers, own, GUINT_TO_POINTER (number));
  return number;
}

guint
weft_builder_space_number (WeftBuilder *builder, gint64 n_rows, gint64 row)
{
  return space_number (builder, (WeftSpace){ .n_rows = n_rows, .row = row });
}

gboolean
weft_node_is_nest (const WeftNode *node)
{
  return node->kind == WEFT_NODE_ELEMENTWISE || node->kind == WEFT_NODE_REDUCTION;
}

gboolean
weft_node_picks (const WeftNode *node)
{
  return node->kind == WEFT_NODE_ELEMENTWISE && node->apply->op->id == WEFT_OP_CROSS_ENTROPY_PICK;
}

guint
weft_node_cost (const WeftNode *node)
{
  const char *text = node->apply->op->c;
  if (node->apply->op->id == WEFT_OP_ADD_N)
    return node->n_operands;
  return text != NULL && strstr (text, "W (") != NULL ? COST_OF_FUNCTION : 1;
}

/* ---- Rows ---- */

/* The first of the last axes, which have @row elements; G_MAXUINT: no axis begins there. */
static guint
first_axis_of_row (guint rank, const gint64 *dims, gint64 row)
{
  gint64 n = 1;
  while (rank > 0 && n < row)
    n *= dims[--rank];
  return n == row ? rank : G_MAXUINT;
}

gboolean
weft_view_has_rows (guint rank, const gint64 *dims, const WeftView *view, gint64 row)
{
  guint  first = first_axis_of_row (rank, dims, row);
  gint64 stride = 0, passed = 1;
  if (first == G_MAXUINT)
    return FALSE;
  for (guint i = rank; i-- > first; passed *= dims[i])
    if (dims[i] != 1)
      {
        if (passed == 1)
          stride = view->strides[i];
        else if (view->strides[i] != stride * passed)
          return FALSE;
      }
  return TRUE;
}

/* Whether @view, which has one stride, is one number or as many as @node has, side by side. */
static gboolean
is_in_line (const WeftNode *node, const WeftView *view)
{
  for (guint i = node->rank; i-- > 0;)
    if (node->dims[i] != 1)
      return view->strides[i] == 0 || view->strides[i] == 1;
  return TRUE;
}

/* Whether @view repeats one number along each row of @node and has those of the rows in order. */
static gboolean
is_one_a_row (const WeftNode *node, const WeftView *view, gint64 row)
{
  guint  first = first_axis_of_row (node->rank, node->dims, row);
  gint64 passed = 1;
  if (first == G_MAXUINT || view->offset != 0)
    return FALSE;
  for (guint i = node->rank; i-- > 0;)
    {
      if (node->dims[i] == 1)
        continue;
      if (view->strides[i] != (i >= first ? 0 : passed))
        return FALSE;
      if (i < first)
        passed *= node->dims[i];
    }
  return TRUE;
}

/* ---- Axes ---- */

/* Puts @at into @axes, descending. FALSE: no room. */
static gboolean
insert_axis (WeftAxes *axes, gint64 at)
{
  guint i = 0;
  while (i < axes->n && axes->at[i] > at)
    i++;
  if (at == 1 || (i < axes->n && axes->at[i] == at))
    return TRUE;
  if (axes->n == WEFT_MAX_RANK)
    return FALSE;
  memmove (&axes->at[i + 1], &axes->at[i], (axes->n - i) * sizeof (gint64));
  axes->at[i] = at;
  axes->n++;
  return TRUE;
}

gboolean
weft_axes_add (WeftAxes *axes, const WeftNode *node, gint64 row)
{
  WeftAxes more = *axes;
  gint64   passed = node->per_row ? row : 1;
  if (!insert_axis (&more, row))
    return FALSE;
  for (guint i = node->rank; i-- > 0;)
    {
      passed *= node->dims[i];
      if (!insert_axis (&more, passed))
        return FALSE;
    }
  for (guint i = 0; i + 1 < more.n; i++)
    if (more.at[i] % more.at[i + 1] != 0)
      return FALSE;
  *axes = more;
  return TRUE;
}

/* ---- Edges ---- */

static gboolean
same_dims (const WeftNode *a, const WeftNode *b)
{
  return a->rank == b->rank && memcmp (a->dims, b->dims, a->rank * sizeof (gint64)) == 0;
}

gboolean
weft_edge_fuses (WeftBuilder *builder, const WeftNode *user, const WeftView *operand)
{
  guint           number = weft_builder_root (builder, operand->root)->node;
  const WeftNode *maker;
  if (number == WEFT_NO_NODE || !weft_node_is_nest (user))
    return FALSE;
  maker = weft_builder_node (builder, number);
  if (!weft_node_is_nest (maker) || maker->space != user->space ||
      (maker->reduction != WEFT_REDUCTION_NONE && maker->reduction != WEFT_REDUCTION_ROWS))
    return FALSE;
  if (user->space == 0)
    return same_dims (user, maker) && weft_operand_is_direct (builder, user, operand);
  if (user->per_row == (maker->per_row || maker->reduction == WEFT_REDUCTION_ROWS))
    return weft_operand_is_direct (builder, user, operand);
  return !user->per_row && user->kind == WEFT_NODE_ELEMENTWISE &&
         is_one_a_row (user, operand, weft_builder_space (builder, user->space)->row);
}

/* ---- Who joins ---- */

/* Whether all that @node reads can be walked as the rows of @space are. */
static gboolean
reads_rows (const WeftNode *node, const WeftSpace *space)
{
  for (guint k = 0; k < node->n_operands; k++)
    if (!weft_view_has_rows (node->rank, node->dims, &node->operands[k],
                             space->in_line ? node->n : space->row) ||
        (space->in_line && !is_in_line (node, &node->operands[k])))
      return FALSE;
  return TRUE;
}

gboolean
weft_node_join (
  WeftBuilder *builder, WeftNode *node, guint space, const WeftNode *user, const WeftView *operand)
{
  const WeftSpace *rows = weft_builder_space (builder, space);
  gboolean         elements = node->n == weft_space_n (rows);
  gboolean         fits =
    elements ? reads_rows (node, rows) : node->n == rows->n_rows && !rows->in_line;
  node->per_row = fits && !elements;
  node->space = space;
  if (fits && weft_edge_fuses (builder, user, operand))
    return TRUE;
  node->space = 0;
  node->per_row = FALSE;
  return FALSE;
}

static gboolean
is_free (WeftBuilder *builder, const WeftNode *node)
{
  return weft_node_is_nest (node) && node->space == 0 && node->n > 0 &&
         !weft_builder_root (builder, node->first_result)->picked;
}

/* Gives nodes the space of what they read. */
static void
join_makers (WeftBuilder *builder)
{
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      WeftNode *node = weft_builder_node (builder, i);
      for (guint k = 0; k < node->n_operands && is_free (builder, node); k++)
        {
          guint maker = weft_builder_root (builder, node->operands[k].root)->node;
          guint space = maker == WEFT_NO_NODE ? 0 : weft_builder_node (builder, maker)->space;
          if (space != 0)
            weft_node_join (builder, node, space, node, &node->operands[k]);
        }
    }
}

/* Gives nodes the space of the last that reads them. */
static void
join_users (WeftBuilder *builder)
{
  for (guint i = builder->nodes->len; i-- > 0;)
    {
      const WeftNode *node = weft_builder_node (builder, i);
      for (guint k = 0; k < node->n_operands && node->space != 0; k++)
        {
          guint maker = weft_builder_root (builder, node->operands[k].root)->node;
          if (maker != WEFT_NO_NODE && is_free (builder, weft_builder_node (builder, maker)))
            weft_node_join (builder, weft_builder_node (builder, maker), node->space, node,
                            &node->operands[k]);
        }
    }
}

/* Whether all elements of @node, and of what makes its operands, lie in one line. */
static gboolean
is_one_line (WeftBuilder *builder, const WeftNode *node)
{
  const WeftSpace line = { .n_rows = 1, .row = node->n, .in_line = TRUE };
  if (!reads_rows (node, &line))
    return FALSE;
  for (guint k = 0; k < node->n_operands; k++)
    {
      guint           number = weft_builder_root (builder, node->operands[k].root)->node;
      const WeftNode *maker = number == WEFT_NO_NODE ? NULL : weft_builder_node (builder, number);
      if (maker != NULL && maker->kind == WEFT_NODE_ELEMENTWISE && maker->n == node->n &&
          !reads_rows (maker, &line))
        return FALSE;
    }
  return TRUE;
}

/* The rows for a total of @node, of what has none: one, where that is little work: then what
 * follows need not wait for the end. Those of the last axis, if that has a good length; else the
 * line of all elements is cut into rows. */
static guint
space_of_total (WeftBuilder *builder, const WeftNode *node)
{
  gint64    last = node->dims[node->rank - 1];
  gboolean  line = is_one_line (builder, node);
  WeftSpace space = { .row = LINE_ROW, .in_line = TRUE, .ragged = node->n % LINE_ROW };
  if (line && node->n <= LINE_ROW)
    return weft_builder_space_number (builder, 1, node->n);
  if (!line || (last >= MIN_GOOD_ROW && last <= MAX_GOOD_ROW))
    return weft_builder_space_number (builder, node->n / last, last);
  space.n_rows = (node->n + LINE_ROW - 1) / LINE_ROW;
  return space_number (builder, space);
}

static void
place_totals (WeftBuilder *builder)
{
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      WeftNode *node = weft_builder_node (builder, i);
      if (node->kind == WEFT_NODE_REDUCTION && node->space == 0)
        node->space = space_of_total (builder, node);
    }
}

/* One row leaves one number, there at once. */
static void
settle_totals (WeftBuilder *builder)
{
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      WeftNode *node = weft_builder_node (builder, i);
      if (node->reduction == WEFT_REDUCTION_ALL && !node->per_row &&
          weft_builder_space (builder, node->space)->n_rows == 1)
        node->reduction = WEFT_REDUCTION_ROWS;
    }
}

/* Says which space each node belongs to, and how. */
void
weft_compile_spaces (WeftBuilder *builder)
{
  join_makers (builder);
  place_totals (builder);
  settle_totals (builder);
  join_users (builder);
  join_makers (builder);
}
