/* The two sides of a rewrite as one graph over common operands.
 *
 * What a step matched or made is inside; what both sides read beyond that are operands. Where one
 * side reads a value that the other does not, what makes it is taken inside, so that numbers that
 * depend on each other do so in the proof. What can only have certain numbers (an exponential, a
 * softmax) is taken inside with what makes it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/proof-private.h"

#include "engine/graph/body.h"

#include <glib/gi18n.h>
#include <string.h>

/* Most applications that are taken inside because of what an operand depends on. */
#define MAX_DEPENDENT 300
/* The same because of the numbers that it can have, and how far the search for a reason goes. */
#define MAX_RESTRICTED 24
#define RESTRICTED_DEPTH 4
/* Sizes above this are shrunk, to the numbers from here on. */
#define SMALL_SIZE 7

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
    "identity", "stop_gradient", "sum_to", "cumsum", "diagonal", "matmul", "pow", NULL
  };

  return apply->op->traits & WEFT_TRAIT_VIEW || g_strv_contains (names, apply->op->name);
}

typedef enum
{
  KIND_FREE,       /* any number of its type, as far as can be seen */
  KIND_CONSTANT,   /* these numbers */
  KIND_RESTRICTED, /* some numbers only */
} Kind;

static Kind
kind_of (WeftSides *sides, guint value, guint depth)
{
  guint            number = weft_history_value_apply (sides->history, value);
  const WeftApply *apply = weft_history_apply (sides->history, number);
  gboolean         constant = TRUE;

  if (apply->n_inputs == 0)
    return is_leaf (apply) ? KIND_FREE : apply->literal != NULL ? KIND_CONSTANT
                                                                : KIND_RESTRICTED;
  if (is_restricting (apply))
    return KIND_RESTRICTED;
  if (depth == 0 || !is_passing (apply) || !weft_cursor_has (sides->before, number))
    return KIND_FREE;
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      Kind kind = kind_of (sides, weft_cursor_input (sides->before, number, i), depth - 1);

      if (kind == KIND_RESTRICTED)
        return kind;
      constant = constant && kind == KIND_CONSTANT;
    }
  return constant ? KIND_CONSTANT : KIND_FREE;
}

static void
take_restricted (WeftSides *sides)
{
  guint    most = g_hash_table_size (sides->inside) + MAX_RESTRICTED;
  gboolean again = TRUE;

  while (again && g_hash_table_size (sides->inside) < most)
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

          if (kind_of (sides, value, RESTRICTED_DEPTH) != KIND_FREE)
            take_inside (sides, weft_history_value_apply (sides->history, value));
        }
      again = g_hash_table_size (sides->inside) > size;
      walk_clear (&before);
    }
}

/* ---- Sizes ---- */

typedef struct
{
  gboolean      shrink;
  gint64        size;  /* of names; 0: each its own */
  GArray       *large; /* gint64, sorted: sizes that are shrunk to SMALL_SIZE + 1 + position */
  WeftBindings *bindings;
  guint         n_names;
} Sizes;

static void
bind_name (const char *name, gpointer data)
{
  Sizes *sizes = data;

  if (!weft_bindings_has (sizes->bindings, name))
    weft_bindings_set (sizes->bindings, name,
                       sizes->size > 0 ? sizes->size : 3 + sizes->n_names++ % 4);
}

static gint
compare_sizes (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static void
learn_dim (Sizes *sizes, WeftDim dim)
{
  weft_dim_foreach_name (dim, bind_name, sizes);
  if (!sizes->shrink || !weft_dim_is_number (dim) || dim.offset <= SMALL_SIZE)
    return;
  for (guint i = 0; i < sizes->large->len; i++)
    if (g_array_index (sizes->large, gint64, i) == dim.offset)
      return;
  g_array_append_val (sizes->large, dim.offset);
}

static WeftDim
map_dim (Sizes *sizes, WeftDim dim)
{
  dim = weft_dim_substitute (dim, sizes->bindings);
  for (guint i = 0; sizes->shrink && weft_dim_is_number (dim) && i < sizes->large->len; i++)
    if (g_array_index (sizes->large, gint64, i) == dim.offset)
      return weft_dim (SMALL_SIZE + 1 + i);
  return dim;
}

static void
learn_types (Sizes *sizes, const WeftApply *apply)
{
  for (guint i = 0; i < apply->n_outputs; i++)
    for (guint k = 0; k < apply->outputs[i].type.shape.rank; k++)
      learn_dim (sizes, apply->outputs[i].type.shape.dims[k]);
  for (guint i = 0; i < apply->op->n_attrs; i++)
    weft_attr_foreach_name (&apply->attrs[i], bind_name, sizes);
}

static void
learn_sizes (Sizes *sizes, WeftSides *sides, const Walk *walk)
{
  GHashTableIter iter;
  gpointer       key;

  for (guint i = 0; i < walk->order->len; i++)
    learn_types (sizes, weft_history_apply (sides->history, g_array_index (walk->order, guint, i)));
  g_hash_table_iter_init (&iter, walk->operands);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      guint apply = weft_history_value_apply (sides->history, GPOINTER_TO_UINT (key) - 1);

      learn_types (sizes, weft_history_apply (sides->history, apply));
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
  gint64 limit = picks (consumer, index, &consumer->inputs[0]->type);

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
find_operand (WeftSides *sides, Sizes *sizes, guint value)
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
    type.shape.dims[i] = map_dim (sizes, type.shape.dims[i]);
  name = g_strdup_printf ("x%u", sides->operands->len);
  operand.input = weft_graph_input (sides->graph, name, &type);
  g_array_append_val (sides->operands, operand);
  return operand.input;
}

/* ---- The graph ---- */

/* The first numbers of @literal where its axes are shrunk. */
static WeftArray *
shrink_literal (Sizes *sizes, WeftArray *literal)
{
  gint64     shape[WEFT_MAX_RANK];
  WeftArray *part;
  gsize      size = weft_dtype_size (literal->dtype);

  for (guint i = 0; i < literal->rank; i++)
    shape[i] = map_dim (sizes, weft_dim (literal->shape[i])).offset;
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
build_leaf (WeftSides *sides, Sizes *sizes, const WeftApply *apply)
{
  g_autoptr (WeftArray) part = NULL;
  WeftValue *value;

  if (apply->literal == NULL)
    return weft_graph_dim (sides->graph, map_dim (sizes, apply->attrs[0].dims->dims[0]));
  part = shrink_literal (sizes, apply->literal);
  value = weft_graph_constant (sides->graph, part);
  value->type.weak = apply->outputs[0].type.weak;
  return value;
}

static gboolean
map_attr (WeftSides *sides, Sizes *sizes, const WeftAttr *from, WeftAttr *to, GError **error)
{
  *to = *from;
  if (from->kind == WEFT_ATTR_SHAPE || from->kind == WEFT_ATTR_DIM)
    {
      WeftShape *shape = weft_graph_alloc (sides->graph, sizeof *shape);

      *shape = *from->dims;
      for (guint i = 0; i < (from->kind == WEFT_ATTR_DIM ? 1 : shape->rank); i++)
        shape->dims[i] = map_dim (sizes, shape->dims[i]);
      to->dims = shape;
    }
  if (from->kind == WEFT_ATTR_INDEX && from->n_index > 0)
    {
      to->index = weft_graph_alloc (sides->graph, from->n_index * sizeof *to->index);
      for (guint i = 0; i < from->n_index; i++)
        {
          to->index[i] = from->index[i];
          to->index[i].start = weft_dim_substitute (to->index[i].start, sizes->bindings);
          to->index[i].stop = map_dim (sizes, to->index[i].stop);
        }
    }
  if (from->kind == WEFT_ATTR_BODY)
    {
      WeftBody *body = weft_body_bind (from->body, sizes->bindings, error);

      if (body == NULL)
        return FALSE;
      *to = weft_attr_take_body (sides->graph, body);
    }
  return TRUE;
}

/* About how many multiplications @apply takes. */
static double
work_of (const WeftApply *apply)
{
  double work = 1;

  for (guint i = 0; i < apply->outputs[0].type.shape.rank; i++)
    work *= (double) apply->outputs[0].type.shape.dims[i].offset;
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      const WeftShape *shape = &apply->inputs[i]->type.shape;
      double           size = 1;

      for (guint k = 0; k < shape->rank; k++)
        size *= (double) shape->dims[k].offset;
      work = MAX (work, size);
    }
  if (apply->n_inputs > 0 && !(apply->op->traits & WEFT_TRAIT_ELEMENTWISE))
    {
      const WeftShape *shape = &apply->inputs[0]->type.shape;
      gboolean         is_product = g_str_equal (apply->op->family, "algebra") || apply->n_inputs > 1;

      if (is_product && shape->rank > 0)
        work *= (double) shape->dims[shape->rank - 1].offset;
    }
  return work;
}

static gboolean
build_apply (WeftSides  *sides,
             Sizes      *sizes,
             WeftCursor *cursor,
             guint       number,
             GHashTable *made,
             GError    **error)
{
  const WeftApply       *apply = weft_history_apply (sides->history, number);
  g_autofree WeftValue **inputs = g_new (WeftValue *, MAX (apply->n_inputs, 1));
  g_autofree WeftAttr   *attrs = g_new0 (WeftAttr, MAX (apply->op->n_attrs, 1));
  WeftValue             *value;

  if (apply->literal != NULL || apply->op->id == WEFT_OP_DIM)
    value = build_leaf (sides, sizes, apply);
  else
    {
      for (guint i = 0; i < apply->n_inputs; i++)
        {
          guint input = weft_cursor_input (cursor, number, i);

          inputs[i] = g_hash_table_lookup (made, GUINT_TO_POINTER (input + 1));
          if (inputs[i] == NULL)
            inputs[i] = find_operand (sides, sizes, input);
        }
      for (guint i = 0; i < apply->op->n_attrs; i++)
        if (!map_attr (sides, sizes, &apply->attrs[i], &attrs[i], error))
          return FALSE;
      value = weft_graph_apply (sides->graph, apply->op, apply->n_inputs, inputs, attrs, error);
      if (value == NULL)
        return FALSE;
      value->apply->stream = apply->stream;
      sides->work += work_of (value->apply);
    }
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      weft_apply_output (value->apply, i)->type.weak = apply->outputs[i].type.weak;
      g_hash_table_insert (made, GUINT_TO_POINTER (apply->outputs[i].id + 1),
                           weft_apply_output (value->apply, i));
    }
  return TRUE;
}

/* Builds the side that @walk went through; its results go to every second place of the outputs. */
static gboolean
build_side (WeftSides *sides, Sizes *sizes, const Walk *walk, gboolean after, GError **error)
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
weft_sides_build (WeftSides *sides, gboolean shrink, gint64 size, GError **error)
{
  g_autoptr (WeftBindings) bindings = weft_bindings_new ();
  g_autoptr (GArray) large = g_array_new (FALSE, FALSE, sizeof (gint64));
  Sizes    sizes = { shrink, size, large, bindings, 0 };
  guint    n = 2 * sides->pairs->len;
  Walk     before, after;
  gboolean done;

  forget_graph (sides);
  sides->graph = weft_graph_new ();
  sides->operands = g_array_new (FALSE, FALSE, sizeof (WeftProofOperand));
  sides->outputs = g_new0 (WeftValue *, MAX (n, 1));
  walk_side (&before, sides, FALSE);
  walk_side (&after, sides, TRUE);
  learn_sizes (&sizes, sides, &before);
  learn_sizes (&sizes, sides, &after);
  g_array_sort (large, compare_sizes);
  done = build_side (sides, &sizes, &before, FALSE, error) &&
         build_side (sides, &sizes, &after, TRUE, error) && check_pairs (sides, error);
  walk_clear (&before);
  walk_clear (&after);
  if (done)
    learn_uses (sides, n, sides->outputs);
  return done;
}

/* ---- What is compared ---- */

/* Whether a float32 constant is there at the end that was not there before. */
static gboolean
made_constant (WeftSides *sides)
{
  Walk     before, after;
  gboolean made = FALSE;

  walk_side (&before, sides, FALSE);
  walk_side (&after, sides, TRUE);
  for (guint i = 0; i < after.order->len && !made; i++)
    {
      guint            number = g_array_index (after.order, guint, i);
      const WeftApply *apply = weft_history_apply (sides->history, number);

      made = apply->literal != NULL && apply->literal->dtype == WEFT_F32 &&
             !g_hash_table_contains (before.seen, GUINT_TO_POINTER (number + 1));
    }
  walk_clear (&before);
  walk_clear (&after);
  return made;
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
  take_restricted (sides);
  sides->rounded = made_constant (sides);
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
  sides->rounded = made_constant (sides);
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
