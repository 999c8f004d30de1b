/* Rewrites of loops: what nobody reads goes, and what is the same in every step is computed once
 * before.
 *
 * A pass looks at one application and, where it can do something, makes another in its place; the
 * driver looks at that again until no pass has anything to do. Each pass makes the body smaller or
 * works on a body once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/loops.h"

#include <string.h>

/* ---- What is needed ---- */

/* Given the outputs of the loop's step that are needed (@outputs, a flag each), marks the states
 * that those read as well, and in @inputs (or NULL) all inputs of the step that are read. */
void
weft_loop_close (const WeftLoop *loop, gboolean *outputs, gboolean *inputs)
{
  const WeftBody        *body = loop->step;
  g_autofree WeftValue **wanted = g_new (WeftValue *, body->n_outputs + 1);
  gboolean               more = TRUE;

  while (more)
    {
      g_autofree guint8 *reached = g_malloc0 (weft_graph_n_applies (body->graph) + 1);
      g_autoptr (GPtrArray) order = NULL;
      guint n = 0;

      for (guint i = 0; i < body->n_outputs; i++)
        if (outputs[i])
          wanted[n++] = body->outputs[i];
      order = weft_graph_order (body->graph, n, wanted);
      for (guint i = 0; i < order->len; i++)
        reached[((WeftApply *) g_ptr_array_index (order, i))->id] = 1;
      more = FALSE;
      for (guint i = 0; i < loop->n_states; i++)
        if (!outputs[i] && reached[body->inputs[loop->n_sequences + i]->apply->id])
          more = outputs[i] = TRUE;
      for (guint i = 0; inputs != NULL && i < body->n_inputs; i++)
        inputs[i] = reached[body->inputs[i]->apply->id] != 0;
    }
}

gboolean
weft_value_is_needed (const GArray *needed, const WeftValue *value)
{
  return value->id >= needed->len || g_array_index (needed, guint8, value->id);
}

/* Which outputs of the step somebody outside needs, or the loop itself. */
static gboolean *
needed_outputs (const WeftApply *apply, const WeftLoop *loop, const GArray *needed)
{
  gboolean *outputs = g_new0 (gboolean, loop->step->n_outputs + 1);

  for (guint i = 0; i < loop->n_states; i++)
    outputs[i] = weft_value_is_needed (needed, &apply->outputs[i]);
  for (guint i = 0; i < loop->n_states + loop->n_extras; i++)
    outputs[i] |= weft_value_is_needed (needed, &apply->outputs[loop->n_states + i]);
  if (loop->until)
    outputs[loop->step->n_outputs - 1] = TRUE;
  return outputs;
}

static void
need (GArray *needed, const WeftValue *value)
{
  g_array_index (needed, guint8, value->id) = 1;
}

/* By value id, whether the @n @results need it, seen through loops that do not need all that they
 * are given. guint8; the caller owns it. */
GArray *
weft_loops_needed (WeftGraph *graph, guint n, WeftValue *const *results)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n, results);
  GArray *needed = g_array_new (FALSE, TRUE, sizeof (guint8));
  guint   n_values = 0;

  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      n_values = MAX (n_values, apply->outputs[apply->n_outputs - 1].id + 1);
    }
  g_array_set_size (needed, n_values);
  for (guint i = 0; i < n; i++)
    need (needed, results[i]);
  for (guint i = order->len; i-- > 0;)
    {
      const WeftApply     *apply = g_ptr_array_index (order, i);
      g_autofree gboolean *inputs = g_new0 (gboolean, apply->n_inputs + 1);
      gboolean             any = FALSE;

      for (guint k = 0; k < apply->n_outputs; k++)
        any |= weft_value_is_needed (needed, &apply->outputs[k]);
      if (any && apply->op->id == WEFT_OP_LOOP)
        {
          WeftLoop             loop = weft_loop_read (apply);
          g_autofree gboolean *outputs = needed_outputs (apply, &loop, needed);

          weft_loop_close (&loop, outputs, inputs);
        }
      for (guint k = 0; k < apply->n_inputs && any; k++)
        if (apply->op->id != WEFT_OP_LOOP || inputs[k])
          need (needed, apply->inputs[k]);
    }
  return needed;
}

/* ---- Steps made again ---- */

/* Begins a step like that of @loop with the inputs @keep says (all if NULL); @map gets what stands
 * for each of them. */
WeftBodyMaker *
weft_step_begin (WeftGraph *graph, const WeftBody *body, const gboolean *keep, GHashTable *map)
{
  WeftBodyMaker *maker = weft_body_maker_new (graph);

  for (guint i = 0; i < body->n_inputs; i++)
    if (keep == NULL || keep[i])
      g_hash_table_insert (
        map, body->inputs[i],
        weft_body_maker_input (maker, body->inputs[i]->name, &body->inputs[i]->type));
  return maker;
}

/* Ends it with copies of the @n @outputs of @body. Owned by the caller. */
WeftBody *
weft_step_finish (WeftBodyMaker    *maker,
                  const WeftBody   *body,
                  guint             n,
                  WeftValue *const *outputs,
                  GHashTable       *map)
{
  g_autofree WeftValue **copies = g_new (WeftValue *, n + 1);
  g_autoptr (GPtrArray) nothing = g_ptr_array_new ();
  gboolean  cloned = weft_graph_clone (body->graph, weft_body_maker_get_graph (maker), n, outputs,
                                       map, NULL, copies, NULL);
  WeftBody *result;

  g_assert (cloned);
  result = weft_body_maker_finish (maker, n, copies, nothing);
  g_assert (nothing->len == 0);
  return result;
}

guint
weft_step_output (GPtrArray *outputs, WeftValue *value)
{
  guint number;

  if (!g_ptr_array_find (outputs, value, &number))
    {
      number = outputs->len;
      g_ptr_array_add (outputs, value);
    }
  return number;
}

WeftApply *
weft_loop_remake (WeftGraph *graph, WeftLoop *loop, WeftBody *take, GPtrArray *inputs)
{
  g_autoptr (GError) error = NULL;
  WeftApply *apply;

  loop->step = take;
  apply = weft_loop_apply (graph, loop, inputs->len, (WeftValue **) inputs->pdata, &error);
  weft_body_unref (take);
  if (apply == NULL)
    g_error ("a rewrite changed a type: %s", error->message);
  return apply;
}

/* ---- Unused parts ---- */

/* The first output of the step that is the same value as extra number @extra and is kept; the
 * extra itself if there is none. */
static guint
same_output (const WeftBody *body, const gboolean *outputs, guint extra)
{
  for (guint i = 0; i < extra; i++)
    if (outputs[i] && body->outputs[i] == body->outputs[extra])
      return i;
  return extra;
}

/* What stands for each output of the old loop in the new one. */
static void
map_outputs (const WeftApply *apply,
             const WeftLoop  *loop,
             WeftApply       *made,
             const gboolean  *outputs,
             const guint     *same,
             WeftValue      **results)
{
  WeftLoop          now = weft_loop_read (made);
  g_autofree guint *number = g_new0 (guint, loop->step->n_outputs + 1);
  guint             n = 0;

  for (guint i = 0; i < loop->n_states + loop->n_extras; i++)
    if (outputs[i] && same[i] == i)
      number[i] = n++;
  for (guint i = 0; i < loop->n_states + loop->n_extras; i++)
    {
      if (!outputs[i])
        continue;
      if (i < loop->n_states)
        results[i] = weft_loop_final (made, number[i]);
      results[loop->n_states + i] = weft_apply_output (made, now.n_states + number[same[i]]);
    }
  results[apply->n_outputs - 1] = weft_loop_count (made);
}

static gboolean
drops_something (const WeftLoop *loop,
                 const gboolean *outputs,
                 const gboolean *inputs,
                 const guint    *same)
{
  for (guint i = 0; i < loop->step->n_outputs; i++)
    if (!outputs[i] || same[i] != i)
      return TRUE;
  for (guint i = 0; i < loop->step->n_inputs; i++)
    if (!inputs[i] && (i < loop->n_sequences || i >= loop->n_sequences + loop->n_states))
      return TRUE;
  return FALSE;
}

/* The loop without the states, stacks, sequences and constants that nobody reads, and with one of
 * several equal stacks. */
static gboolean
drop_unused (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results)
{
  WeftLoop               loop = weft_loop_read (apply), less = loop;
  const WeftBody        *body = loop.step;
  g_autofree gboolean   *outputs = needed_outputs (apply, &loop, pass->needed);
  g_autofree gboolean   *inputs = g_new0 (gboolean, body->n_inputs + 1);
  g_autofree guint      *same = g_new (guint, body->n_outputs + 1);
  g_autofree WeftValue **wanted = g_new (WeftValue *, body->n_outputs + 1);
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) given = g_ptr_array_new ();
  g_autoptr (WeftBodyMaker) maker = NULL;
  WeftApply *made;
  guint      n = 0;

  weft_loop_close (&loop, outputs, inputs);
  for (guint i = 0; i < body->n_outputs; i++)
    same[i] = i < loop.n_states || i >= loop.n_states + loop.n_extras
                ? i
                : same_output (body, outputs, i);
  if (!drops_something (&loop, outputs, inputs, same))
    return FALSE;
  less.n_sequences = less.n_states = 0;
  for (guint i = 0; i < loop.n_states; i++)
    {
      inputs[loop.n_sequences + i] = outputs[i];
      less.n_states += outputs[i];
    }
  for (guint i = 0; i < loop.n_sequences; i++)
    less.n_sequences += inputs[i];
  for (guint i = 0; i < body->n_outputs; i++)
    if (outputs[i] && same[i] == i)
      wanted[n++] = body->outputs[i];
  for (guint i = 0; i < body->n_inputs; i++)
    if (inputs[i])
      g_ptr_array_add (given, apply->inputs[i]);
  maker = weft_step_begin (graph, body, inputs, map);
  made = weft_loop_remake (graph, &less, weft_step_finish (maker, body, n, wanted, map), given);
  map_outputs (apply, &loop, made, outputs, same, results);
  return TRUE;
}

/* ---- What is the same in every step ---- */

static gboolean
only_looks (const WeftApply *apply)
{
  guint id = apply->op->id;

  return apply->op->traits & WEFT_TRAIT_VIEW || id == WEFT_OP_TRANSPOSE ||
         id == WEFT_OP_BROADCAST_TO || id == WEFT_OP_IDENTITY ||
         (id == WEFT_OP_GETITEM && apply->n_inputs == 1);
}

/* By application of the step, whose order is @order: whether it gives the same in every step. The
 * caller owns it. */
guint8 *
weft_loop_constants (const WeftLoop *loop, const GPtrArray *order)
{
  const WeftBody *body = loop->step;
  guint8         *constant = g_malloc0 (weft_graph_n_applies (body->graph) + 1);

  for (guint i = loop->n_sequences + loop->n_states; i < body->n_inputs; i++)
    constant[body->inputs[i]->apply->id] = 1;
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      if (apply->op->id == WEFT_OP_INPUT ||
          apply->op->traits & (WEFT_TRAIT_RANDOM | WEFT_TRAIT_EFFECT))
        continue;
      constant[apply->id] = 1;
      for (guint k = 0; k < apply->n_inputs; k++)
        constant[apply->id] &= constant[apply->inputs[k]->apply->id];
    }
  return constant;
}

static void
add_constant (GPtrArray *found, GHashTable *seen, WeftValue *value, const guint8 *constant)
{
  while (constant[value->apply->id] && value->apply->n_inputs > 0 && only_looks (value->apply))
    value = value->apply->inputs[0];
  if (constant[value->apply->id] && value->apply->n_inputs > 0 && g_hash_table_add (seen, value))
    g_ptr_array_add (found, value);
}

/* Rows of a left operand up to which a transposed matrix on the right is noticed, and rows in all
 * steps from which turning it once pays: some 0.006 ns an element and row against 1 ns an element.
 */
#define FEW_ROWS 128
#define ENOUGH_ROWS 256
/* Steps from which it pays for a product that the engine makes itself, and how large such a one is.
 */
#define ENOUGH_STEPS 4
#define SMALL_WORK 32768

/* Whether @apply is a product of few rows with a matrix that is turned: BLAS reads that slower, and
 * a loop can have it turned once, before. */
static gboolean
turns_a_matrix (const WeftLoop *loop, const WeftApply *apply)
{
  gint64 rows = 1, work = 1;

  if ((apply->op->id != WEFT_OP_MATMUL && apply->op->id != WEFT_OP_GEMM) ||
      apply->inputs[1]->apply->op->id != WEFT_OP_TRANSPOSE ||
      apply->inputs[1]->type.shape.rank != 2 || !weft_dim_is_number (loop->steps) ||
      !weft_shape_is_static (&apply->inputs[0]->type.shape) ||
      !weft_loop_fits_stacked (loop, apply->inputs[1]))
    return FALSE;
  for (guint i = 0; i + 1 < apply->inputs[0]->type.shape.rank; i++)
    rows *= apply->inputs[0]->type.shape.dims[i].offset;
  for (guint i = 0; i < 2; i++)
    work *= apply->inputs[1]->type.shape.dims[i].offset;
  if (rows * work <= SMALL_WORK)
    return loop->steps.offset >= ENOUGH_STEPS;
  return rows <= FEW_ROWS && rows * loop->steps.offset >= ENOUGH_ROWS;
}

/* What the step computes from constants alone and then uses with what changes; late in the run also
 * matrices that are only turned. */
static GPtrArray *
constant_values (const WeftLoop *loop, gboolean late)
{
  const WeftBody *body = loop->step;
  g_autoptr (GPtrArray) order = weft_graph_order (body->graph, body->n_outputs, body->outputs);
  g_autofree guint8 *constant = weft_loop_constants (loop, order);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; k < apply->n_inputs && !constant[apply->id]; k++)
        if (k == 1 && late && turns_a_matrix (loop, apply) && constant[apply->inputs[1]->apply->id])
          {
            if (g_hash_table_add (seen, apply->inputs[1]))
              g_ptr_array_add (found, apply->inputs[1]);
          }
        else
          add_constant (found, seen, apply->inputs[k], constant);
    }
  for (guint i = 0; i < body->n_outputs; i++)
    add_constant (found, seen, body->outputs[i], constant);
  return found;
}

/* The loop with its constant parts computed before it. */
static gboolean
hoist (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results)
{
  WeftLoop        loop = weft_loop_read (apply);
  const WeftBody *body = loop.step;
  g_autoptr (GPtrArray) found = constant_values (&loop, pass->phase >= WEFT_PHASE_SPECIALISE);
  g_autoptr (GHashTable) outside = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) given = g_ptr_array_new ();
  g_autoptr (WeftBodyMaker) maker = NULL;
  g_autofree WeftValue **computed = g_new (WeftValue *, found->len + 1);
  gboolean               cloned;
  WeftApply             *made;

  if (found->len == 0)
    return FALSE;
  for (guint i = 0; i < body->n_inputs; i++)
    {
      g_hash_table_insert (outside, body->inputs[i], apply->inputs[i]);
      g_ptr_array_add (given, apply->inputs[i]);
    }
  cloned = weft_graph_clone (body->graph, graph, found->len, (WeftValue **) found->pdata, outside,
                             NULL, computed, NULL);
  g_assert (cloned);
  maker = weft_step_begin (graph, body, NULL, map);
  for (guint i = 0; i < found->len; i++)
    {
      const WeftValue *value = g_ptr_array_index (found, i);

      computed[i] = weft_graph_strong (graph, computed[i]);
      g_hash_table_insert (
        map, (gpointer) value,
        weft_body_maker_input (maker, value->name, &computed[i]->type));
      g_ptr_array_add (given, computed[i]);
    }
  made = weft_loop_remake (
    graph, &loop, weft_step_finish (maker, body, body->n_outputs, body->outputs, map), given);
  for (guint i = 0; i < apply->n_outputs; i++)
    results[i] = &made->outputs[i];
  return TRUE;
}

/* ---- All of them ---- */

/* In the order in which they are tried. */
const WeftBodyRule weft_body_rules[] = {
  { "loop-once", weft_loop_once, TRUE },
  { "loop-unused", drop_unused, TRUE },
  { "loop-same", weft_loop_same, TRUE },
  { "loop-constant", weft_loop_constant, TRUE },
  { "inside", weft_rewrite_inside, FALSE },
  { "loop-hoist", hoist, TRUE },
  { "loop-lift", weft_loop_lift, TRUE },
  { "loop-sum", weft_loop_sum, TRUE },
  { "loop-push", weft_loop_push, TRUE },
};
const guint weft_n_body_rules = G_N_ELEMENTS (weft_body_rules);
