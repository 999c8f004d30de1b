/* The two sides of a rewrite as one graph over common operands.
 *
 * What a step matched or made is inside; what both sides read beyond that are operands. Where one
 * side reads a value that the other does not, what makes it is taken inside, so that numbers that
 * depend on each other do so in the proof; so is what both sides read and one makes of what is
 * inside. What can only have certain numbers (an exponential, a
 * softmax) is taken inside with what makes it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/proof-private.h"

#include "engine/graph/body.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Of the 24 binary digits of a float32, those that a number written by a person takes at most. */
#define ROUND_BITS 12

/* Most applications that are taken inside because of what an operand depends on. */
#define MAX_DEPENDENT 300
/* The same because of the numbers that it can have, and how far the search for a reason goes. */
#define MAX_RESTRICTED 24
#define RESTRICTED_DEPTH 4

/* ---- What is inside ---- */

static gboolean
is_leaf (const WeftApply *apply)
{
  return apply->shared != NULL || apply->op->id == WEFT_OP_INPUT;
}

static gboolean
is_inside (WeftSides *sides, guint apply)
{
  const WeftApply *it = weft_history_apply (sides->history, apply);

  if (is_leaf (it))
    return FALSE;
  return it->n_inputs == 0 || sides->whole ||
         g_hash_table_contains (sides->inside, GUINT_TO_POINTER (apply + 1));
}

static void
take_inside (WeftSides *sides, guint apply)
{
  g_hash_table_add (sides->inside, GUINT_TO_POINTER (apply + 1));
}

static guint
pair_value (WeftSides *sides, guint index, gboolean after)
{
  const WeftReplaced *pair = &g_array_index (sides->pairs, WeftReplaced, index);

  return after ? pair->after : pair->before;
}

/* A walk of one side: what is inside in the order of computation, and the values that it reads from
 * outside. */
typedef struct
{
  WeftSides  *sides;
  WeftCursor *cursor;
  GArray     *order;    /* guint application numbers */
  GHashTable *seen;     /* set of application numbers + 1: entered; value 1: left */
  GHashTable *operands; /* set of value numbers + 1 */
} Walk;

static void
walk_from (Walk *walk, guint value)
{
  WeftHistory *history = walk->sides->history;
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint));

  g_array_append_val (stack, value);
  while (stack->len > 0)
    {
      guint            top = g_array_index (stack, guint, stack->len - 1);
      guint            apply = weft_history_value_apply (history, top);
      const WeftApply *it = weft_history_apply (history, apply);
      gpointer         key = GUINT_TO_POINTER (apply + 1), state;

      if (!is_inside (walk->sides, apply))
        {
          g_hash_table_add (walk->operands, GUINT_TO_POINTER (top + 1));
          g_array_set_size (stack, stack->len - 1);
          continue;
        }
      if (!g_hash_table_lookup_extended (walk->seen, key, NULL, &state))
        {
          g_hash_table_insert (walk->seen, key, NULL);
          for (guint i = 0; i < it->n_inputs; i++)
            {
              guint input = weft_cursor_input (walk->cursor, apply, i);

              g_array_append_val (stack, input);
            }
          continue;
        }
      if (state == NULL)
        {
          g_hash_table_insert (walk->seen, key, GUINT_TO_POINTER (1));
          g_array_append_val (walk->order, apply);
        }
      g_array_set_size (stack, stack->len - 1);
    }
}

static void
walk_side (Walk *walk, WeftSides *sides, gboolean after)
{
  walk->sides = sides;
  walk->cursor = after ? sides->after : sides->before;
  walk->order = g_array_new (FALSE, FALSE, sizeof (guint));
  walk->seen = g_hash_table_new (NULL, NULL);
  walk->operands = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < sides->pairs->len; i++)
    walk_from (walk, pair_value (sides, i, after));
}

static void
walk_clear (Walk *walk)
{
  g_array_unref (walk->order);
  g_hash_table_unref (walk->seen);
  g_hash_table_unref (walk->operands);
}

/* ---- Operands that depend on each other ---- */

/* Takes inside what makes those operands of @walk that @other does not have; how many. */
static guint
take_private (WeftSides *sides, const Walk *walk, const Walk *other, gboolean all)
{
  GHashTableIter iter;
  gpointer       key;
  guint          n = 0;

  g_hash_table_iter_init (&iter, walk->operands);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      guint apply = weft_history_value_apply (sides->history, GPOINTER_TO_UINT (key) - 1);

      if (g_hash_table_contains (other->operands, key) ||
          (!all && is_leaf (weft_history_apply (sides->history, apply))))
        continue;
      n++;
      if (!is_leaf (weft_history_apply (sides->history, apply)))
        take_inside (sides, apply);
    }
  return n;
}

/* Whether @value comes of something inside that computes; @known: by application + 1, 1 for no, 2
 * for yes, 0 while on the way there. */
static gboolean
comes_of_inside (WeftSides *sides, WeftCursor *cursor, guint value, GHashTable *known)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint));
  guint root = weft_history_value_apply (sides->history, value);

  g_array_append_val (stack, root);
  while (stack->len > 0)
    {
      guint            top = g_array_index (stack, guint, stack->len - 1), answer = 1;
      const WeftApply *it = weft_history_apply (sides->history, top);
      gpointer         key = GUINT_TO_POINTER (top + 1), state;
      gboolean         entered = g_hash_table_lookup_extended (known, key, NULL, &state);

      if (!entered && it->n_inputs > 0 && !is_inside (sides, top))
        {
          g_hash_table_insert (known, key, NULL);
          for (guint i = 0; i < it->n_inputs; i++)
            {
              guint next = weft_history_value_apply (sides->history,
                                                     weft_cursor_input (cursor, top, i));

              g_array_append_val (stack, next);
            }
          continue;
        }
      g_array_set_size (stack, stack->len - 1);
      if (entered && state != NULL)
        continue;
      if (!entered && it->n_inputs > 0)
        answer = 2;
      for (guint i = 0; entered && i < it->n_inputs; i++)
        {
          guint next =
            weft_history_value_apply (sides->history, weft_cursor_input (cursor, top, i));

          answer = MAX (answer, GPOINTER_TO_UINT (
                                  g_hash_table_lookup (known, GUINT_TO_POINTER (next + 1))));
        }
      g_hash_table_insert (known, key, GUINT_TO_POINTER (answer));
    }
  return GPOINTER_TO_UINT (g_hash_table_lookup (known, GUINT_TO_POINTER (root + 1))) == 2;
}

/* Whether @value is another operand of @walk in another shape. */
static gboolean
is_view_of_operand (WeftSides *sides, const Walk *walk, guint value)
{
  for (;;)
    {
      guint            number = weft_history_value_apply (sides->history, value);
      const WeftApply *apply = weft_history_apply (sides->history, number);

      if (!(apply->op->traits & WEFT_TRAIT_VIEW) || apply->n_inputs == 0)
        return FALSE;
      value = weft_cursor_input (walk->cursor, number, 0);
      if (g_hash_table_contains (walk->operands, GUINT_TO_POINTER (value + 1)))
        return TRUE;
    }
}

/* Takes inside those operands of @walk that come of what is inside, or are others in another shape:
 * they are no numbers of their own, though both sides read them (a stack that a loop made, beside
 * another stack of that loop). */
static void
take_downstream (WeftSides *sides, const Walk *walk)
{
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint));
  GHashTableIter iter;
  gpointer       key;

  g_hash_table_iter_init (&iter, walk->operands);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      guint value = GPOINTER_TO_UINT (key) - 1;
      guint apply = weft_history_value_apply (sides->history, value);

      if (comes_of_inside (sides, walk->cursor, value, known) ||
          is_view_of_operand (sides, walk, value))
        g_array_append_val (found, apply);
    }
  for (guint i = 0; i < found->len; i++)
    take_inside (sides, g_array_index (found, guint, i));
}

static void
take_dependent (WeftSides *sides)
{
  gboolean again = TRUE;

  while (again && g_hash_table_size (sides->inside) < MAX_DEPENDENT)
    {
      guint size = g_hash_table_size (sides->inside);
      Walk  before, after;

      walk_side (&before, sides, FALSE);
      walk_side (&after, sides, TRUE);
      if (take_private (sides, &after, &before, TRUE) > 0)
        take_private (sides, &before, &after, FALSE);
      take_downstream (sides, &after);
      again = g_hash_table_size (sides->inside) > size;
      walk_clear (&before);
      walk_clear (&after);
    }
}

/* ---- Operands that can have certain numbers only ---- */

static gboolean
is_restricting (const WeftApply *apply)
{
  static const char *const names[] = {
    "exp", "exp2", "expm1", "abs", "square", "sqrt",
    "rsqrt", "reciprocal", "sigmoid", "hard_sigmoid", "fast_sigmoid", "relu",
    "relu6", "squared_relu", "softplus", "squareplus", "softmax", "log_softmax",
    "hypot", "var", "std", "l2_norm", "cosh", "tanh",
    "erf", "erfc", "sin", "cos", "sign", "one_hot",
    "argmax", "argmin", "argsort", "floor", "ceil", "round",
    "trunc", "clip", "maximum", "minimum", "logaddexp", "logsumexp",
    "cast", "heaviside", "elu", "cholesky", "exponential", "uniform",
    "zeros", "index_add", NULL
  };

  return apply->op->traits & WEFT_TRAIT_BOOL_RESULT || g_strv_contains (names, apply->op->name);
}

/* What hands on such numbers. */
static gboolean
is_passing (const WeftApply *apply)
{
  static const char *const names[] = {
    "transpose", "broadcast_to", "getitem", "concat", "add", "sub", "mul", "div",
    "neg", "max", "min", "sum", "mean", "prod", "where", "add_n",
    "identity", "stop_gradient", "sum_to", "cumsum", "diagonal", "pow", NULL
  };

  return apply->op->traits & WEFT_TRAIT_VIEW || g_strv_contains (names, apply->op->name);
}

typedef enum
{
  KIND_FREE,       /* any number of its type, as far as can be seen */
  KIND_RESTRICTED, /* some numbers only, or numbers that another operand decides: -x beside x */
  KIND_CONSTANT,   /* these numbers */
} Kind;

static Kind
kind_of (WeftSides *sides, guint value, guint depth)
{
  guint            number = weft_history_value_apply (sides->history, value);
  const WeftApply *apply = weft_history_apply (sides->history, number);
  Kind             kind = KIND_CONSTANT;
  gboolean         decides;

  if (apply->n_inputs == 0)
    return is_leaf (apply) ? KIND_FREE : apply->literal != NULL ? KIND_CONSTANT
                                                                : KIND_RESTRICTED;
  decides = is_restricting (apply) || apply->op->traits & WEFT_TRAIT_ELEMENTWISE;
  if (depth == 0 || !(decides || is_passing (apply)) || !weft_cursor_has (sides->before, number))
    return decides ? KIND_RESTRICTED : KIND_FREE;
  for (guint i = 0; i < apply->n_inputs && kind == KIND_CONSTANT; i++)
    kind = kind_of (sides, weft_cursor_input (sides->before, number, i), depth - 1);
  return kind == KIND_CONSTANT ? kind : decides ? KIND_RESTRICTED
                                                : kind;
}

static void
take_restricted (WeftSides *sides, Kind least)
{
  guint    most = g_hash_table_size (sides->inside) + MAX_RESTRICTED;
  gboolean again = TRUE;

  for (guint depth = 0;
       again && depth < RESTRICTED_DEPTH && g_hash_table_size (sides->inside) < most; depth++)
    {
      guint          size = g_hash_table_size (sides->inside);
      Walk           before;
      GHashTableIter iter;
      gpointer       key;

      walk_side (&before, sides, FALSE);
      g_hash_table_iter_init (&iter, before.operands);
      while (g_hash_table_iter_next (&iter, &key, NULL))
        {
          guint value = GPOINTER_TO_UINT (key) - 1;

          if (kind_of (sides, value, RESTRICTED_DEPTH) >= least)
            take_inside (sides, weft_history_value_apply (sides->history, value));
        }
      again = g_hash_table_size (sides->inside) > size;
      walk_clear (&before);
    }
}

/* ---- Sizes ---- */

static void
learn_sizes (WeftSizes *sizes, WeftSides *sides, const Walk *walk)
{
  GHashTableIter iter;
  gpointer       key;

  for (guint i = 0; i < walk->order->len; i++)
    weft_sizes_learn (sizes,
                      weft_history_apply (sides->history, g_array_index (walk->order, guint, i)));
  g_hash_table_iter_init (&iter, walk->operands);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const WeftValue *value = weft_history_value (sides->history, GPOINTER_TO_UINT (key) - 1);

      weft_sizes_learn (sizes, value->apply);
      if (value->apply->shared == NULL && value->type.shape.rank > 0)
        weft_sizes_learn_leading (sizes, value->type.shape.dims[0]);
    }
}

/* ---- Operands ---- */

/* Lower: says more about what is meant. */
static guint
strength (WeftDomain domain)
{
  static const WeftDomain order[] = { WEFT_DOMAIN_PROBABILITY, WEFT_DOMAIN_ABOVE_ONE,
                                      WEFT_DOMAIN_UNIT, WEFT_DOMAIN_POSITIVE,
                                      WEFT_DOMAIN_NEGATIVE, WEFT_DOMAIN_NONZERO };

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    if (order[i] == domain)
      return i;
  return G_N_ELEMENTS (order);
}

/* The size of the axis along which input @index of @apply picks; 0: it picks nothing. */
static gint64
picks (const WeftApply *apply, guint index, const WeftType *first)
{
  gint64 limit = 0;

  if (apply->op->traits & WEFT_TRAIT_ELEMENTWISE)
    return 0;
  if (apply->op->id == WEFT_OP_ONE_HOT)
    return weft_dim_is_number (apply->attrs[0].dims->dims[0]) ? apply->attrs[0].dims->dims[0].offset
                                                              : 0;
  if (index == 0)
    return 0;
  for (guint i = 0; i < first->shape.rank; i++)
    if (weft_dim_is_number (first->shape.dims[i]) &&
        (limit == 0 || first->shape.dims[i].offset < limit))
      limit = first->shape.dims[i].offset;
  return MAX (limit, 1);
}

/* What @consumer, an application of the sides' graph, wants of its input @index, which is @operand.
 */
static void
learn_use (WeftProofOperand *operand, const WeftApply *consumer, guint index)
{
  /* What picks is a whole number; a fraction there is a factor, as of a product or a convolution.
   */
  gint64 limit = weft_dtype_is_float (consumer->inputs[index]->type.dtype)
                   ? 0
                   : picks (consumer, index, &consumer->inputs[0]->type);

  if (limit > 0)
    operand->limit = operand->limit > 0 ? MIN (operand->limit, limit) : limit;
  if (strength (consumer->op->domain) < strength (operand->domain))
    operand->domain = consumer->op->domain;
  if (g_str_equal (consumer->op->family, "algebra") && index == 0)
    operand->definite = TRUE;
}

static void
learn_uses (WeftSides *sides, guint n, WeftValue *const *outputs)
{
  g_autoptr (GPtrArray) order = weft_graph_order (sides->graph, n, outputs);
  g_autoptr (GHashTable) found = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < sides->operands->len; i++)
    g_hash_table_insert (found, g_array_index (sides->operands, WeftProofOperand, i).input,
                         GUINT_TO_POINTER (i + 1));
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; k < apply->n_inputs; k++)
        {
          gpointer index = g_hash_table_lookup (found, apply->inputs[k]);

          if (index == NULL)
            continue;
          learn_use (
            &g_array_index (sides->operands, WeftProofOperand, GPOINTER_TO_UINT (index) - 1), apply,
            k);
          /* What is cast may pick too. */
          if (apply->op->id == WEFT_OP_CAST)
            g_hash_table_insert (found, (gpointer) &apply->outputs[0], index);
        }
    }
}

static WeftValue *
find_operand (WeftSides *sides, WeftSizes *sizes, guint value)
{
  const WeftValue *it = weft_history_value (sides->history, value);
  WeftShared      *shared = it->apply->shared;
  WeftProofOperand operand = { .value = value, .shared = shared, .domain = WEFT_DOMAIN_REALS };
  WeftType         type = it->type;
  g_autofree char *name = NULL;

  for (guint i = 0; i < sides->operands->len; i++)
    {
      const WeftProofOperand *old = &g_array_index (sides->operands, WeftProofOperand, i);

      if (old->value == value || (shared != NULL && old->shared == shared))
        return old->input;
    }
  for (guint i = 0; i < type.shape.rank; i++)
    type.shape.dims[i] = weft_sizes_map (sizes, type.shape.dims[i]);
  name = g_strdup_printf ("x%u", sides->operands->len);
  operand.input = weft_graph_input (sides->graph, name, &type);
  g_array_append_val (sides->operands, operand);
  return operand.input;
}

/* ---- Copies of other sizes ---- */

/* The first numbers of @literal where its axes are shrunk. */
static WeftArray *
shrink_literal (WeftSizes *sizes, WeftArray *literal)
{
  gint64     shape[WEFT_MAX_RANK];
  WeftArray *part;
  gsize      size = weft_dtype_size (literal->dtype);

  for (guint i = 0; i < literal->rank; i++)
    shape[i] = weft_sizes_map (sizes, weft_dim (literal->shape[i])).offset;
  part = weft_array_new (literal->dtype, literal->rank, shape);
  for (gint64 i = 0; i < part->n_elements; i++)
    {
      gint64 rest = i, from = 0, stride = 1;

      for (guint k = literal->rank; k-- > 0;)
        {
          from += rest % shape[k] * stride;
          rest /= shape[k];
          stride *= literal->shape[k];
        }
      memcpy ((char *) part->data + i * size, (const char *) literal->data + from * size, size);
    }
  return part;
}

static WeftValue *
build_leaf (WeftGraph *graph, WeftSizes *sizes, const WeftApply *apply)
{
  g_autoptr (WeftArray) part = NULL;
  WeftValue *value;

  if (apply->literal == NULL)
    return weft_graph_dim (graph, weft_sizes_map (sizes, apply->attrs[0].dims->dims[0]));
  part = shrink_literal (sizes, apply->literal);
  value = weft_graph_constant (graph, part);
  value->type.weak = apply->outputs[0].type.weak;
  return value;
}

static WeftBody *
map_body (WeftGraph *graph, WeftSizes *sizes, const WeftBody *body, GError **error);

static gboolean
map_attr (WeftGraph *graph, WeftSizes *sizes, const WeftAttr *from, WeftAttr *to, GError **error)
{
  *to = *from;
  if (from->kind == WEFT_ATTR_SHAPE || from->kind == WEFT_ATTR_DIM)
    {
      WeftShape *shape = weft_graph_alloc (graph, sizeof *shape);

      *shape = *from->dims;
      for (guint i = 0; i < (from->kind == WEFT_ATTR_DIM ? 1 : shape->rank); i++)
        shape->dims[i] = weft_sizes_map (sizes, shape->dims[i]);
      to->dims = shape;
    }
  if (from->kind == WEFT_ATTR_INDEX && from->n_index > 0)
    {
      to->index = weft_graph_alloc (graph, from->n_index * sizeof *to->index);
      for (guint i = 0; i < from->n_index; i++)
        {
          to->index[i] = from->index[i];
          to->index[i].start = weft_dim_substitute (to->index[i].start, sizes->bindings);
          to->index[i].stop = weft_sizes_map (sizes, to->index[i].stop);
        }
    }
  if (from->kind == WEFT_ATTR_BODY)
    {
      WeftBody *body = map_body (graph, sizes, from->body, error);

      if (body == NULL)
        return FALSE;
      *to = weft_attr_take_body (graph, body);
    }
  return TRUE;
}

/* @apply on @inputs in @graph, with the sizes of @sizes. */
static WeftApply *
make_apply (WeftGraph        *graph,
            WeftSizes        *sizes,
            const WeftApply  *apply,
            WeftValue *const *inputs,
            GError          **error)
{
  g_autofree WeftAttr *attrs = g_new0 (WeftAttr, MAX (apply->op->n_attrs, 1));
  WeftValue           *value;

  if (apply->literal != NULL || apply->op->id == WEFT_OP_DIM)
    return build_leaf (graph, sizes, apply)->apply;
  for (guint i = 0; i < apply->op->n_attrs; i++)
    if (!map_attr (graph, sizes, &apply->attrs[i], &attrs[i], error))
      return NULL;
  value = weft_graph_apply (graph, apply->op, apply->n_inputs, inputs, attrs, error);
  if (value == NULL)
    return NULL;
  value->apply->stream = apply->stream;
  for (guint i = 0; i < apply->n_outputs; i++)
    weft_apply_output (value->apply, i)->type.weak = apply->outputs[i].type.weak;
  return value->apply;
}

static gboolean
map_body_apply (
  WeftGraph *graph, WeftSizes *sizes, const WeftApply *apply, GHashTable *map, GError **error)
{
  g_autofree WeftValue **inputs = g_new (WeftValue *, MAX (apply->n_inputs, 1));
  WeftApply             *made;

  if (g_hash_table_contains (map, &apply->outputs[0]))
    return TRUE;
  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = g_hash_table_lookup (map, apply->inputs[i]);
  made = make_apply (graph, sizes, apply, inputs, error);
  for (guint i = 0; made != NULL && i < apply->n_outputs; i++)
    g_hash_table_insert (map, (gpointer) &apply->outputs[i], weft_apply_output (made, i));
  return made != NULL;
}

/* @body, for use in @graph; recursion follows how deep bodies are nested. */
static WeftBody *
map_body (WeftGraph *graph, WeftSizes *sizes, const WeftBody *body, GError **error)
{
  g_autoptr (WeftBodyMaker) maker = weft_body_maker_new (graph);
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) order = weft_graph_order (body->graph, body->n_outputs, body->outputs);
  g_autoptr (GPtrArray) captures = g_ptr_array_new ();
  g_autofree WeftValue **outputs = g_new (WeftValue *, MAX (body->n_outputs, 1));

  for (guint i = 0; i < body->n_inputs; i++)
    {
      WeftType type = body->inputs[i]->type;

      for (guint k = 0; k < type.shape.rank; k++)
        type.shape.dims[k] = weft_sizes_map (sizes, type.shape.dims[k]);
      g_hash_table_insert (map, body->inputs[i],
                           weft_body_maker_input (maker, body->inputs[i]->name, &type));
    }
  for (guint i = 0; i < order->len; i++)
    if (!map_body_apply (weft_body_maker_get_graph (maker), sizes, order->pdata[i], map, error))
      return NULL;
  for (guint i = 0; i < body->n_outputs; i++)
    outputs[i] = g_hash_table_lookup (map, body->outputs[i]);
  return weft_body_maker_finish (maker, body->n_outputs, outputs, captures);
}

/* ---- Work ---- */

static double
elements (const WeftShape *shape)
{
  double n = 1;

  for (guint i = 0; i < shape->rank; i++)
    n *= (double) shape->dims[i].offset;
  return n;
}

/* About how many multiplications @apply takes; recursion follows how deep bodies are nested. */
static double
work_of (const WeftApply *apply)
{
  double work = elements (&apply->outputs[0].type.shape), inner = 0, steps = 1;

  for (guint i = 0; i < apply->n_inputs; i++)
    work = MAX (work, elements (&apply->inputs[i]->type.shape));
  if (apply->n_inputs > 1 && !(apply->op->traits & WEFT_TRAIT_ELEMENTWISE) &&
      apply->inputs[0]->type.shape.rank > 0)
    {
      const WeftShape *shape = &apply->inputs[0]->type.shape;
      double           inside = (double) MAX (shape->dims[shape->rank - 1].offset, 1);

      /* Of a convolution each number meets each window's, channel by channel. */
      if (g_str_has_prefix (apply->op->name, "conv"))
        inside =
          MIN (elements (&apply->inputs[1]->type.shape), elements (&apply->outputs[0].type.shape)) /
          inside;
      work *= MAX (inside, 1);
    }
  for (guint i = 0; i < apply->op->n_attrs; i++)
    if (apply->attrs[i].kind == WEFT_ATTR_BODY)
      {
        const WeftBody *body = apply->attrs[i].body;

        for (guint k = 0; k < weft_graph_n_applies (body->graph); k++)
          inner += work_of (weft_graph_get_apply (body->graph, k)) + 1;
      }
    else if (apply->op->id == WEFT_OP_LOOP && apply->attrs[i].kind == WEFT_ATTR_DIM)
      steps = (double) apply->attrs[i].dims->dims[0].offset;
  return inner > 0 ? inner * MAX (steps, 1) : work;
}

/* ---- The graph ---- */

static gboolean
build_apply (WeftSides  *sides,
             WeftSizes  *sizes,
             WeftCursor *cursor,
             guint       number,
             GHashTable *made,
             GError    **error)
{
  const WeftApply       *apply = weft_history_apply (sides->history, number);
  g_autofree WeftValue **inputs = g_new (WeftValue *, MAX (apply->n_inputs, 1));
  WeftApply             *copy;

  for (guint i = 0; i < apply->n_inputs; i++)
    {
      guint input = weft_cursor_input (cursor, number, i);

      inputs[i] = g_hash_table_lookup (made, GUINT_TO_POINTER (input + 1));
      if (inputs[i] == NULL)
        inputs[i] = find_operand (sides, sizes, input);
    }
  copy = make_apply (sides->graph, sizes, apply, inputs, error);
  if (copy == NULL)
    return FALSE;
  if (apply->n_inputs > 0)
    sides->work += work_of (copy);
  for (guint i = 0; i < apply->n_outputs; i++)
    g_hash_table_insert (made, GUINT_TO_POINTER (apply->outputs[i].id + 1),
                         weft_apply_output (copy, i));
  return TRUE;
}

/* Builds the side that @walk went through; its results go to every second place of the outputs. */
static gboolean
build_side (WeftSides *sides, WeftSizes *sizes, const Walk *walk, gboolean after, GError **error)
{
  g_autoptr (GHashTable) made = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < walk->order->len; i++)
    if (!build_apply (sides, sizes, walk->cursor, g_array_index (walk->order, guint, i), made,
                      error))
      return FALSE;
  for (guint i = 0; i < sides->pairs->len; i++)
    {
      guint      number = pair_value (sides, i, after);
      WeftValue *value = g_hash_table_lookup (made, GUINT_TO_POINTER (number + 1));

      sides->outputs[2 * i + (after ? 1 : 0)] =
        value != NULL ? value : find_operand (sides, sizes, number);
    }
  return TRUE;
}

static gboolean
check_pairs (WeftSides *sides, GError **error)
{
  for (guint i = 0; i < sides->pairs->len; i++)
    {
      const WeftType *before = &sides->outputs[2 * i]->type,
                     *after = &sides->outputs[2 * i + 1]->type;

      if (weft_shape_equal (&before->shape, &after->shape) && weft_shape_is_static (&before->shape))
        continue;
      g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INPUT,
                   _ ("the two sides cannot be compared: the sizes of %s depend on data"),
                   sides->outputs[2 * i]->apply->op->name);
      return FALSE;
    }
  return TRUE;
}

static void
forget_graph (WeftSides *sides)
{
  g_clear_pointer (&sides->graph, weft_graph_free);
  g_clear_pointer (&sides->operands, g_array_unref);
  g_clear_pointer (&sides->outputs, g_free);
  sides->work = 0;
}

gboolean
weft_sides_build (WeftSides *sides, WeftShrink shrink, gint64 size, GError **error)
{
  WeftSizes sizes;
  guint     n = 2 * sides->pairs->len;
  Walk      before, after;
  gboolean  done;

  forget_graph (sides);
  sides->graph = weft_graph_new ();
  sides->operands = g_array_new (FALSE, FALSE, sizeof (WeftProofOperand));
  sides->outputs = g_new0 (WeftValue *, MAX (n, 1));
  weft_sizes_init (&sizes, shrink, size);
  walk_side (&before, sides, FALSE);
  walk_side (&after, sides, TRUE);
  learn_sizes (&sizes, sides, &before);
  learn_sizes (&sizes, sides, &after);
  weft_sizes_settle (&sizes);
  done = build_side (sides, &sizes, &before, FALSE, error) &&
         build_side (sides, &sizes, &after, TRUE, error) && check_pairs (sides, error);
  walk_clear (&before);
  walk_clear (&after);
  sides->named = sizes.n_names > 0;
  weft_sizes_clear (&sizes);
  if (done)
    learn_uses (sides, n, sides->outputs);
  return done;
}

/* ---- What is compared ---- */

/* Whether @literal may be a number that float32 rounded: it takes more than half of its digits. */
static gboolean
may_be_rounded (const WeftArray *literal)
{
  for (gint64 i = 0; literal->dtype == WEFT_F32 && i < literal->n_elements; i++)
    {
      int    exponent;
      double digits = ldexp (frexp (weft_array_get (literal, i), &exponent), ROUND_BITS);

      if (isfinite (digits) && digits != trunc (digits))
        return TRUE;
    }
  return FALSE;
}

/* Whether such a constant is on the side of @walk and not on that of @other. */
static gboolean
has_own_constant (WeftSides *sides, const Walk *walk, const Walk *other)
{
  for (guint i = 0; i < walk->order->len; i++)
    {
      guint            number = g_array_index (walk->order, guint, i);
      const WeftApply *apply = weft_history_apply (sides->history, number);

      if (apply->literal != NULL &&
          !g_hash_table_contains (other->seen, GUINT_TO_POINTER (number + 1)) &&
          may_be_rounded (apply->literal))
        return TRUE;
    }
  return FALSE;
}

/* Whether the sides differ by a constant that float32 rounded. */
static gboolean
rounds_constant (WeftSides *sides)
{
  Walk     before, after;
  gboolean rounds;

  walk_side (&before, sides, FALSE);
  walk_side (&after, sides, TRUE);
  rounds = has_own_constant (sides, &before, &after) || has_own_constant (sides, &after, &before);
  walk_clear (&before);
  walk_clear (&after);
  return rounds;
}

static gboolean
sides_init (WeftSides *sides, WeftHistory *history, guint from, guint step, GError **error)
{
  if (step > weft_history_n_steps (history) || (from == G_MAXUINT && step == 0))
    {
      g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INPUT,
                   _ ("there is no step %u; the last one is %u"), step,
                   weft_history_n_steps (history));
      return FALSE;
    }
  sides->history = weft_history_ref (history);
  sides->before = weft_cursor_new (history);
  sides->after = weft_cursor_new (history);
  weft_cursor_go (sides->before, from == G_MAXUINT ? step - 1 : from);
  weft_cursor_go (sides->after, step);
  sides->inside = g_hash_table_new (NULL, NULL);
  sides->pairs = g_array_new (FALSE, FALSE, sizeof (WeftReplaced));
  return TRUE;
}

/* Whether @rule looks at what makes its operands, beyond the numbers of its pattern. */
static gboolean
is_guarded (const char *rule)
{
  for (guint i = 0; i < weft_rule_count (); i++)
    if (g_str_equal (weft_rule_get (i)->name, rule))
      return weft_rule_get (i)->guard != NULL || *weft_rule_get (i)->pattern == '\0' ||
             *weft_rule_get (i)->replacement == '@';
  return TRUE;
}

gboolean
weft_sides_step (WeftSides *sides, WeftHistory *history, guint step, GError **error)
{
  const WeftRewriteStep *it;

  if (!sides_init (sides, history, G_MAXUINT, step, error))
    return FALSE;
  it = weft_history_get_step (history, step);
  for (guint i = 0; i < it->n_matched; i++)
    take_inside (sides, it->matched[i]);
  for (guint i = 0; i < it->n_added; i++)
    take_inside (sides, it->added[i]);
  g_array_append_vals (sides->pairs, it->replaced, it->n_replaced);
  if (it->n_replaced == 0)
    {
      WeftReplaced root = { it->root_before, it->root_after };

      g_array_append_val (sides->pairs, root);
    }
  take_dependent (sides);
  take_restricted (sides, is_guarded (it->rule) ? KIND_RESTRICTED : KIND_CONSTANT);
  sides->rounded = rounds_constant (sides);
  return TRUE;
}

gboolean
weft_sides_whole (WeftSides *sides, WeftHistory *history, guint step, GError **error)
{
  if (!sides_init (sides, history, 0, step, error))
    return FALSE;
  sides->whole = TRUE;
  for (guint i = 0; i < weft_cursor_n_outputs (sides->before); i++)
    {
      WeftReplaced pair = { weft_cursor_output (sides->before, i),
                            weft_cursor_output (sides->after, i) };

      g_array_append_val (sides->pairs, pair);
    }
  sides->rounded = rounds_constant (sides);
  return TRUE;
}

void
weft_sides_clear (WeftSides *sides)
{
  forget_graph (sides);
  g_clear_pointer (&sides->inside, g_hash_table_unref);
  g_clear_pointer (&sides->pairs, g_array_unref);
  g_clear_pointer (&sides->before, weft_cursor_free);
  g_clear_pointer (&sides->after, weft_cursor_free);
  g_clear_pointer (&sides->history, weft_history_unref);
}
