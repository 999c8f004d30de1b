/* Actions on what is zero but for a part: the gradients of parts that lie side by side are parts of
 * one value, joined.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/index-plan.h"
#include "engine/rewrite/actions.h"

/* A term that is zeros but for @part, which stands at @begin to @end along @axis. */
typedef struct
{
  WeftValue *part;
  guint      axis;
  gint64     begin, end;
} Stretch;

/* FALSE where @term is none, or lies elsewhere for another size. */
static gboolean
read_stretch (const WeftValue *term, Stretch *stretch)
{
  const WeftApply *apply = term->apply;
  const WeftShape *shape = &term->type.shape;
  WeftIndexPlan    plan = { 0 };
  guint            n = 0;

  if (apply->op->id != WEFT_OP_INDEX_ADD || apply->n_inputs != 1 ||
      !weft_index_plan (apply->op, weft_apply_attr (apply, "index"), shape, 0, NULL, &plan, NULL) ||
      plan.shape.rank != shape->rank)
    return FALSE;
  stretch->part = apply->inputs[0];
  for (guint i = 0; i < shape->rank; i++)
    {
      const WeftAxisIndex *axis = &plan.axes[i];

      if (plan.from[i] != (int) i || axis->step != 1)
        return FALSE;
      if (weft_dim_equal (axis->start, weft_dim (0)) &&
          weft_dim_equal (axis->count, shape->dims[i]))
        continue;
      if (!weft_dim_is_number (axis->start) || !weft_dim_is_number (axis->count) ||
          !weft_dim_is_number (shape->dims[i]))
        return FALSE;
      stretch->axis = i;
      stretch->begin = axis->start.offset;
      stretch->end = axis->start.offset + axis->count.offset;
      n++;
    }
  return n == 1 && stretch->end > stretch->begin && !stretch->part->type.weak &&
         stretch->part->type.dtype == term->type.dtype &&
         weft_shape_equal (&stretch->part->type.shape, &plan.shape);
}

static gint
compare_stretches (gconstpointer a, gconstpointer b)
{
  const Stretch *one = a, *other = b;

  if (one->axis != other->axis)
    return one->axis < other->axis ? -1 : 1;
  return one->begin < other->begin ? -1 : one->begin > other->begin;
}

/* Zeros like @whole with the @n @stretches, which follow each other, in their place. */
static WeftValue *
join_stretches (WeftGraph *graph, const WeftValue *whole, guint n, const Stretch *stretches)
{
  const WeftOp          *op = weft_op (WEFT_OP_INDEX_ADD);
  guint                  axis = stretches[0].axis;
  gint64                 begin = stretches[0].begin, end = stretches[n - 1].end;
  g_autofree WeftValue **parts = g_new (WeftValue *, n);
  WeftAttr               along = weft_attr_int (axis), attrs[2];
  WeftIndex              entries[WEFT_MAX_RANK] = { 0 };
  WeftValue             *joined;

  for (guint i = 0; i < n; i++)
    parts[i] = stretches[i].part;
  joined =
    n == 1 ? parts[0] : weft_graph_apply (graph, weft_op (WEFT_OP_CONCAT), n, parts, &along, NULL);
  if (weft_shape_equal (&joined->type.shape, &whole->type.shape))
    return joined;
  for (guint i = 0; i <= axis; i++)
    entries[i] = (WeftIndex){ .kind = WEFT_INDEX_SLICE, .step = 1 };
  entries[axis] =
    (WeftIndex){ WEFT_INDEX_SLICE, TRUE, TRUE, weft_dim (begin), weft_dim (end), 1 };
  attrs[weft_op_attr_index (op, "shape")] = weft_attr_shape (graph, &whole->type.shape);
  attrs[weft_op_attr_index (op, "index")] =
    (WeftAttr){ .kind = WEFT_ATTR_INDEX, .n_index = axis + 1, .index = entries };
  return weft_graph_apply (graph, op, 1, &joined, attrs, NULL);
}

/* Adds to @terms one for each row of stretches that follow each other. */
static void
add_joined (WeftGraph *graph, const WeftValue *whole, const GArray *stretches, GPtrArray *terms)
{
  const Stretch *all = (const Stretch *) stretches->data;
  guint          n;

  for (guint first = 0; first < stretches->len; first += n)
    {
      for (n = 1; first + n < stretches->len && all[first + n].axis == all[first].axis &&
                  all[first + n].begin == all[first + n - 1].end;
           n++)
        ;
      g_ptr_array_add (terms, join_stretches (graph, whole, n, all + first));
    }
}

static gboolean
have_neighbours (const GArray *stretches)
{
  for (guint i = 1; i < stretches->len; i++)
    {
      const Stretch *one = &g_array_index (stretches, Stretch, i - 1), *next = one + 1;

      if (one->axis == next->axis && one->end == next->begin)
        return TRUE;
    }
  return FALSE;
}

static gboolean
may_have_stretches (const WeftApply *sum)
{
  guint n = 0;

  for (guint i = 0; i < sum->n_inputs; i++)
    n += sum->inputs[i]->apply->op->id == WEFT_OP_INDEX_ADD;
  return n > 1;
}

/* add_n(...), a + b: of the terms that are zeros but for a part, those whose parts are neighbours
 * become one, their parts joined. */
static WeftValue *
join_parts (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *sum = match->covered[0];
  const WeftOp    *op = weft_op (WEFT_OP_ADD_N);
  g_autoptr (GArray) stretches = NULL;
  g_autoptr (GPtrArray) terms = NULL;

  if (!may_have_stretches (sum))
    return NULL;
  stretches = g_array_new (FALSE, FALSE, sizeof (Stretch));
  terms = g_ptr_array_new ();
  for (guint i = 0; i < sum->n_inputs; i++)
    {
      WeftValue *term = sum->inputs[i];
      Stretch    stretch;

      if (!weft_type_equal (&term->type, &match->root->type))
        return NULL;
      if (read_stretch (term, &stretch))
        g_array_append_val (stretches, stretch);
      else
        g_ptr_array_add (terms, term);
    }
  g_array_sort (stretches, compare_stretches);
  if (!have_neighbours (stretches))
    return NULL;
  add_joined (graph, match->root, stretches, terms);
  if (terms->len == 1)
    return g_ptr_array_index (terms, 0);
  return weft_graph_apply (graph, op, terms->len, (WeftValue **) terms->pdata, NULL, NULL);
}

const WeftAction weft_actions_parts[] = {
  { "join-parts", join_parts },
};
const guint weft_n_actions_parts = G_N_ELEMENTS (weft_actions_parts);
