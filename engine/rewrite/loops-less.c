/* Smaller loops: what is the same in every row becomes a constant, what stands twice is kept once,
 * and a loop of one step, or of none, is no loop.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/loops.h"

#include "engine/graph/tools.h"

#include <math.h>

/* Whole numbers beyond this are no doubles. */
#define MAX_WHOLE 0x1p53

static WeftValue *
broadcast (WeftGraph *graph, WeftValue *value, const WeftShape *shape)
{
  WeftAttr attr = weft_attr_shape (graph, shape);

  if (weft_shape_equal (&value->type.shape, shape))
    return value;
  return weft_graph_apply (graph, weft_op (WEFT_OP_BROADCAST_TO), 1, &value, &attr, NULL);
}

static WeftValue *
reshape (WeftGraph *graph, WeftValue *value, const WeftShape *shape)
{
  WeftAttr attr = weft_attr_shape (graph, shape);

  return weft_graph_apply (graph, weft_op (WEFT_OP_RESHAPE), 1, &value, &attr, NULL);
}

/* A loop that is being made again with some of its inputs put otherwise. */
typedef struct
{
  WeftGraph     *graph;
  WeftApply     *apply;
  WeftLoop       loop, less;
  gboolean      *keep; /* by input of the step */
  GHashTable    *map;
  GPtrArray     *given;
  WeftBodyMaker *maker;
} Remake;

static void
remake_init (Remake *remake, WeftGraph *graph, WeftApply *apply)
{
  *remake = (Remake){ .graph = graph, .apply = apply };
  remake->loop = remake->less = weft_loop_read (apply);
  remake->keep = g_new (gboolean, remake->loop.step->n_inputs + 1);
  for (guint i = 0; i < remake->loop.step->n_inputs; i++)
    remake->keep[i] = TRUE;
  remake->map = g_hash_table_new (NULL, NULL);
  remake->given = g_ptr_array_new ();
}

/* Once it is known which inputs are kept. */
static void
remake_begin (Remake *remake)
{
  const WeftLoop *loop = &remake->loop;

  remake->maker = weft_step_begin (remake->graph, loop->step, remake->keep, remake->map);
  for (guint i = 0; i < loop->step->n_inputs; i++)
    if (remake->keep[i])
      g_ptr_array_add (remake->given, remake->apply->inputs[i]);
    else if (i < loop->n_sequences)
      remake->less.n_sequences--;
    else if (i < loop->n_sequences + loop->n_states)
      remake->less.n_states--;
}

static WeftApply *
remake_finish (Remake *remake, guint n, WeftValue *const *outputs)
{
  WeftBody *body = weft_step_finish (remake->maker, remake->loop.step, n, outputs, remake->map);

  return weft_loop_remake (remake->graph, &remake->less, body, remake->given);
}

static void
remake_clear (Remake *remake)
{
  g_free (remake->keep);
  g_hash_table_unref (remake->map);
  g_ptr_array_unref (remake->given);
  g_clear_pointer (&remake->maker, weft_body_maker_free);
}

/* ---- The same in every row ---- */

/* One row of @stack where all are the same: made in @graph; NULL where they are not. */
static WeftValue *
common_row (WeftGraph *graph, const WeftValue *stack)
{
  const WeftApply *apply = stack->apply;
  WeftType         row = weft_row_type (&stack->type);
  WeftValue       *source;
  WeftShape        shape;

  if (apply->op->id != WEFT_OP_BROADCAST_TO)
    return NULL;
  source = apply->inputs[0];
  shape = source->type.shape;
  if (shape.rank == stack->type.shape.rank)
    {
      if (!weft_dim_equal (shape.dims[0], weft_dim (1)))
        return NULL;
      for (guint i = 1; i < shape.rank; i++)
        shape.dims[i - 1] = shape.dims[i];
      shape.rank--;
      source = reshape (graph, source, &shape);
    }
  return broadcast (graph, source, &row.shape);
}

/* Whether input @input of the step is one known number all over. */
static gboolean
is_known (const WeftApply *apply, const WeftLoop *loop, guint input, double *number)
{
  if (input >= loop->n_sequences && input < loop->n_sequences + loop->n_states)
    return FALSE;
  return weft_constant_fill (apply->inputs[input], number) &&
         (weft_dtype_is_float (apply->inputs[input]->type.dtype) || fabs (*number) <= MAX_WHOLE);
}

gboolean
weft_loop_constant (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results)
{
  Remake      remake;
  WeftApply  *made = NULL;
  WeftValue **rows;
  double      number;
  guint       n = 0;

  remake_init (&remake, graph, apply);
  rows = g_new0 (WeftValue *, apply->n_inputs + 1);
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      if (i < remake.loop.n_sequences)
        rows[i] = common_row (graph, apply->inputs[i]);
      if (rows[i] == NULL && !is_known (apply, &remake.loop, i, &number))
        continue;
      remake.keep[i] = FALSE;
      n++;
    }
  if (n > 0)
    {
      WeftBody  *body = remake.loop.step;
      WeftGraph *inside;

      remake_begin (&remake);
      inside = weft_body_maker_get_graph (remake.maker);
      for (guint i = 0; i < apply->n_inputs; i++)
        {
          const WeftType *type = &body->inputs[i]->type;
          WeftValue      *value;

          if (remake.keep[i])
            continue;
          if (is_known (apply, &remake.loop, i, &number))
            value =
              broadcast (inside, weft_graph_scalar (inside, type->dtype, number), &type->shape);
          else
            {
              value = weft_body_maker_input (remake.maker, body->inputs[i]->name, type);
              g_ptr_array_add (remake.given, rows[i]);
            }
          g_hash_table_insert (remake.map, body->inputs[i], value);
        }
      made = remake_finish (&remake, body->n_outputs, body->outputs);
    }
  for (guint i = 0; made != NULL && i < apply->n_outputs; i++)
    results[i] = &made->outputs[i];
  g_free (rows);
  remake_clear (&remake);
  return made != NULL;
}

/* ---- Twice the same ---- */

/* Whether states @a and @b have the same value in every step: they start so, and a step that finds
 * them so leaves them so. */
static gboolean
states_agree (const WeftApply *apply, const WeftLoop *loop, guint a, guint b)
{
  const WeftBody *body = loop->step;
  g_autoptr (GHashTable) partners = g_hash_table_new (NULL, NULL);

  if (apply->inputs[loop->n_sequences + a] != apply->inputs[loop->n_sequences + b])
    return FALSE;
  g_hash_table_insert (partners, body->inputs[loop->n_sequences + a],
                       body->inputs[loop->n_sequences + b]);
  return body->outputs[a] == body->outputs[b] ||
         weft_graph_same (1, &body->outputs[a], &body->outputs[b], partners);
}

/* The first input of the step that always has the value of @input and is of its kind; @input itself
 * if there is none. */
static guint
same_input (const WeftApply *apply, const WeftLoop *loop, guint input)
{
  guint    states = loop->n_sequences, constants = loop->n_sequences + loop->n_states;
  gboolean is_state = input >= states && input < constants;
  guint    first = input < states ? 0 : is_state ? states
                                                 : constants;

  for (guint i = first; i < input; i++)
    if (is_state ? states_agree (apply, loop, i - states, input - states)
                 : apply->inputs[i] == apply->inputs[input])
      return i;
  return input;
}

gboolean
weft_loop_same (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results)
{
  Remake   remake;
  guint   *same = g_new (guint, apply->n_inputs + 1), n = 0;
  gboolean found = FALSE;

  remake_init (&remake, graph, apply);
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      same[i] = same_input (apply, &remake.loop, i);
      remake.keep[i] = same[i] == i;
      found |= !remake.keep[i];
    }
  if (found)
    {
      const WeftLoop *loop = &remake.loop;
      WeftBody       *body = loop->step;
      WeftValue     **outputs = g_new (WeftValue *, body->n_outputs + 1);
      guint          *number = g_new0 (guint, loop->n_states + 1);
      WeftApply      *made;

      remake_begin (&remake);
      for (guint i = 0; i < apply->n_inputs; i++)
        if (!remake.keep[i])
          g_hash_table_insert (remake.map, body->inputs[i],
                               g_hash_table_lookup (remake.map, body->inputs[same[i]]));
      for (guint i = 0; i < body->n_outputs; i++)
        {
          if (i < loop->n_states)
            number[i] = n;
          if (i >= loop->n_states || remake.keep[loop->n_sequences + i])
            outputs[n++] = body->outputs[i];
        }
      for (guint i = 0; i < loop->n_states; i++)
        number[i] = number[same[loop->n_sequences + i] - loop->n_sequences];
      made = remake_finish (&remake, n, outputs);
      for (guint i = 0; i < loop->n_states; i++)
        {
          results[i] = weft_apply_output (made, number[i]);
          results[loop->n_states + i] = weft_apply_output (made, remake.less.n_states + number[i]);
        }
      for (guint i = 0; i <= loop->n_extras; i++)
        results[2 * loop->n_states + i] = weft_apply_output (made, 2 * remake.less.n_states + i);
      g_free (outputs);
      g_free (number);
    }
  g_free (same);
  remake_clear (&remake);
  return found;
}

/* ---- One step, or none ---- */

static WeftValue *
only_row (WeftGraph *graph, WeftValue *stack)
{
  WeftType row = weft_row_type (&stack->type);

  return reshape (graph, stack, &row.shape);
}

static void
inline_once (WeftGraph *graph, WeftApply *apply, const WeftLoop *loop, WeftValue **results)
{
  const WeftBody        *body = loop->step;
  g_autofree WeftValue **inputs = g_new (WeftValue *, body->n_inputs + 1);
  g_autofree WeftValue **outputs = g_new (WeftValue *, body->n_outputs + 1);

  for (guint i = 0; i < body->n_inputs; i++)
    inputs[i] = i < loop->n_sequences ? only_row (graph, apply->inputs[i]) : apply->inputs[i];
  weft_body_inline (body, graph, inputs, outputs);
  for (guint i = 0; i < loop->n_states + loop->n_extras; i++)
    {
      outputs[i] = weft_graph_strong (graph, outputs[i]);
      if (i < loop->n_states)
        results[i] = outputs[i];
      results[loop->n_states + i] =
        reshape (graph, outputs[i], &apply->outputs[loop->n_states + i].type.shape);
    }
}

static gboolean
make_empty (WeftGraph *graph, WeftApply *apply, const WeftLoop *loop, WeftValue **results)
{
  for (guint i = 0; i < loop->n_states + loop->n_extras; i++)
    {
      const WeftType *type = &apply->outputs[loop->n_states + i].type;
      g_autoptr (WeftArray) nothing = NULL;
      gint64 dims[WEFT_MAX_RANK];

      if (!weft_shape_is_static (&type->shape))
        return FALSE;
      weft_shape_resolve (&type->shape, NULL, dims);
      nothing = weft_array_new (type->dtype, type->shape.rank, dims);
      results[loop->n_states + i] = weft_graph_constant (graph, nothing);
    }
  for (guint i = 0; i < loop->n_states; i++)
    results[i] = apply->inputs[loop->n_sequences + i];
  return TRUE;
}

/* Whether @body, or a body inside it, draws random numbers. */
static gboolean
draws (WeftBody *body)
{
  g_autoptr (GPtrArray) bodies = g_ptr_array_new ();

  g_ptr_array_add (bodies, body);
  while (bodies->len > 0)
    {
      WeftBody *next = g_ptr_array_steal_index (bodies, bodies->len - 1);
      g_autoptr (GPtrArray) order = weft_graph_order (next->graph, next->n_outputs, next->outputs);

      for (guint i = 0; i < order->len; i++)
        {
          const WeftApply *apply = g_ptr_array_index (order, i);

          if (apply->op->traits & WEFT_TRAIT_RANDOM)
            return TRUE;
          for (guint k = 0; k < apply->op->n_attrs; k++)
            if (apply->attrs[k].kind == WEFT_ATTR_BODY)
              g_ptr_array_add (bodies, apply->attrs[k].body);
        }
    }
  return FALSE;
}

/* Numbers that a loop draws depend on its row: what draws stays a loop. */
gboolean
weft_loop_once (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results)
{
  WeftLoop loop = weft_loop_read (apply);
  guint    count = apply->n_outputs - 1;

  if (!weft_dim_is_number (loop.steps) || loop.steps.offset > 1 || draws (loop.step))
    return FALSE;
  if (loop.steps.offset == 1)
    inline_once (graph, apply, &loop, results);
  else if (!make_empty (graph, apply, &loop, results))
    return FALSE;
  results[count] =
    weft_graph_scalar (graph, apply->outputs[count].type.dtype, (double) loop.steps.offset);
  return TRUE;
}
