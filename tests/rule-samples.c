/* Random graphs of a rule's pattern; see rule-samples.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/rule-samples.h"

#include "engine/ops/domain.h"
#include "tests/evaluate.h"
#include "tests/examples.h"

#include <string.h>

/* What one draw has in common. */
typedef struct
{
  RuleSample     *sample;
  const WeftRule *rule;
  GRand          *rand;
  WeftScope      *scope;
  Example         texts; /* inputs that the row's text made */
  WeftShape       base;  /* what operands have, or repeat to */
  WeftDType       dtype;
  gboolean        named;                         /* dimensions above 1 have names */
  gboolean        mixed;                         /* operands differ in type */
  gboolean        matrices;                      /* the pattern has products or algebra */
  const WeftOp   *ops[WEFT_PATTERN_MAX_SLOTS];   /* what the names of classes are this time */
  gboolean        bound[WEFT_PATTERN_MAX_SLOTS]; /* attributes */
  WeftAttr        attrs[WEFT_PATTERN_MAX_SLOTS];
} Draw;

static gboolean
chance (Draw *draw, double share)
{
  return g_rand_double (draw->rand) < share;
}

static gint
below (Draw *draw, gint n)
{
  return g_rand_int_range (draw->rand, 0, n);
}

/* ---- Shapes ---- */

static WeftDim
dim_of (Draw *draw, gint64 size)
{
  g_autofree char *name = g_strdup_printf ("n%d", (int) size);

  if (!draw->named || size < 2)
    return weft_dim (size);
  weft_bindings_set (draw->sample->bindings, g_intern_string (name), size);
  return weft_dim_named (g_intern_string (name));
}

static WeftDim
draw_dim (Draw *draw)
{
  return chance (draw, 0.01) ? weft_dim (0) : dim_of (draw, 1 + below (draw, 4));
}

static WeftShape
draw_base (Draw *draw)
{
  static const guint ranks[] = { 0, 1, 1, 2, 2, 2, 3, 3, 4 };
  static const guint matrix_ranks[] = { 2, 2, 2, 2, 3, 1 };
  WeftShape          shape = { 0 };
  WeftDim            n = dim_of (draw, 2 + below (draw, 2));
  gboolean           square = draw->matrices && chance (draw, 0.7);

  shape.rank = draw->matrices ? matrix_ranks[below (draw, G_N_ELEMENTS (matrix_ranks))]
                              : ranks[below (draw, G_N_ELEMENTS (ranks))];
  for (guint i = 0; i < shape.rank; i++)
    shape.dims[i] = square && i + 2 >= shape.rank ? n : draw_dim (draw);
  return shape;
}

/* A shape that repeats to @shape. */
static WeftShape
draw_repeated (Draw *draw, const WeftShape *shape)
{
  WeftShape result = { 0 };
  guint     dropped = shape->rank > 0 ? below (draw, shape->rank + 1) : 0;

  for (guint i = dropped; i < shape->rank; i++)
    result.dims[result.rank++] = chance (draw, 0.3) ? weft_dim (1) : shape->dims[i];
  return result;
}

static WeftShape
draw_shape (Draw *draw)
{
  WeftShape shape = { 0 };

  if (chance (draw, draw->matrices ? 0.75 : 0.6))
    return draw->base;
  if (!draw->matrices)
    return draw_repeated (draw, &draw->base);
  shape.rank = 2;
  for (guint i = 0; i < 2; i++)
    shape.dims[i] = chance (draw, 0.5) && draw->base.rank > 0
                      ? draw->base.dims[below (draw, draw->base.rank)]
                      : dim_of (draw, 2 + below (draw, 2));
  return shape;
}

/* ---- Operands ---- */

/* What the guards want of a name, in the words of their sample column. */
typedef struct
{
  gboolean    constant, scalar, single, matrix, boolean, whole, real, number;
  const char *text; /* alternatives over x, separated by "|" */
} Wanted;

static void
want (Wanted *wanted, const char *sample)
{
  const struct
  {
    const char *word;
    gboolean   *flag;
  } words[] = {
    { "constant", &wanted->constant },
    { "scalar", &wanted->scalar },
    { "single", &wanted->single },
    { "matrix", &wanted->matrix },
    { "bool", &wanted->boolean },
    { "whole", &wanted->whole },
    { "real", &wanted->real },
    { "number", &wanted->number },
  };
  g_auto (GStrv) said = g_strsplit (sample, " ", -1);
  gboolean is_text = TRUE;

  for (guint k = 0; said[k] != NULL; k++)
    for (guint i = 0; i < G_N_ELEMENTS (words); i++)
      if (g_str_equal (words[i].word, said[k]))
        {
          *words[i].flag = TRUE;
          is_text = FALSE;
        }
  if (is_text)
    wanted->text = sample;
}

static Wanted
wanted_of (const WeftRule *rule, guint slot)
{
  Wanted wanted = { 0 };

  for (guint i = 0; i < rule->n_guards; i++)
    if (rule->guards[i].guard->sample != NULL &&
        rule->guards[i].guard->kind == WEFT_GUARD_OF_VALUE && rule->guards[i].slot == slot)
      want (&wanted, rule->guards[i].guard->sample);
  return wanted;
}

static const WeftOp *
op_of (Draw *draw, const WeftPatternNode *node)
{
  return node->op_class >= 0 ? draw->ops[node->op_slot] : node->op;
}

/* The op that reads node @index first, and as which operand; NULL for the root. */
static const WeftOp *
reader_of (Draw *draw, guint index, guint *position)
{
  const WeftPattern *pattern = &draw->rule->pattern;

  for (guint i = index + 1; i < pattern->n_nodes; i++)
    for (guint k = 0; pattern->nodes[i].kind == WEFT_PATTERN_OP && k < pattern->nodes[i].n_inputs;
         k++)
      if (pattern->nodes[i].inputs[k] == index)
        {
          *position = k;
          return op_of (draw, &pattern->nodes[i]);
        }
  return NULL;
}

static WeftDType
draw_dtype (Draw *draw, const Wanted *wanted, const WeftOp *reader, guint position)
{
  static const WeftDType any[] = { WEFT_F64, WEFT_F64, WEFT_F64, WEFT_I64, WEFT_I32, WEFT_BOOL };

  if (wanted->boolean)
    return WEFT_BOOL;
  if (wanted->real)
    return WEFT_F64;
  if (wanted->whole)
    return chance (draw, 0.5) ? WEFT_I32 : WEFT_I64;
  if (reader != NULL && reader->traits & WEFT_TRAIT_CONDITION && position == 0)
    return WEFT_BOOL;
  if (reader != NULL && g_str_has_prefix (reader->name, "logical_") && chance (draw, 0.7))
    return WEFT_BOOL;
  if (reader != NULL &&
      (reader->traits & WEFT_TRAIT_INT_ONLY || reader->domain == WEFT_DOMAIN_INTS))
    return chance (draw, 0.3) ? WEFT_BOOL : WEFT_I64;
  return draw->mixed ? any[below (draw, G_N_ELEMENTS (any))] : draw->dtype;
}

static WeftValue *
add_input (Draw *draw, const WeftType *type, WeftDomain domain)
{
  RuleSample      *sample = draw->sample;
  guint            index = sample->n_inputs++;
  g_autofree char *name = g_strdup_printf ("v%u", index);
  gint64           dims[WEFT_MAX_RANK];

  g_assert_cmpuint (index, <, RULE_SAMPLE_MAX_INPUTS);
  g_assert_true (weft_shape_resolve (&type->shape, sample->bindings, dims));
  sample->arrays[index] = weft_array_new (WEFT_F64, type->shape.rank, dims);
  sample->domains[index] = domain;
  return sample->inputs[index] = weft_graph_input (sample->graph, name, type);
}

/* An array, or one number, known now; @adopts: it takes the type of what it meets. */
static WeftValue *
add_constant (Draw *draw, const WeftType *type, gboolean adopts)
{
  static const double numbers[] = { 1.75, -2.5, 0.25, 3, -1, 0.5, 8, 0 };
  g_autoptr (WeftArray) array = NULL;
  gint64     dims[WEFT_MAX_RANK];
  WeftValue *value;

  if (!weft_shape_is_static (&type->shape) || chance (draw, 0.6))
    {
      array =
        weft_array_new_scalar (type->dtype, numbers[below (draw, G_N_ELEMENTS (numbers) - 1)]);
      value = weft_graph_constant (draw->sample->graph, array);
      if (type->dtype == WEFT_F64 && adopts && chance (draw, 0.5))
        value->type.weak = TRUE; /* as a number in a text; nobody has it yet */
      if (chance (draw, 0.2) && !value->type.weak)
        {
          WeftAttr shape = weft_attr_shape (draw->sample->graph, &type->shape);

          value = weft_graph_apply (draw->sample->graph, weft_op (WEFT_OP_BROADCAST_TO), 1, &value,
                                    &shape, NULL);
        }
      return value;
    }
  weft_shape_resolve (&type->shape, NULL, dims);
  array = weft_array_new (type->dtype, type->shape.rank, dims);
  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, numbers[below (draw, G_N_ELEMENTS (numbers) - 1)]);
  return weft_graph_constant (draw->sample->graph, array);
}

/* One of the alternatives of @texts over @x. */
static WeftValue *
apply_text (Draw *draw, const char *texts, WeftValue *x)
{
  g_auto (GStrv) alternatives = g_strsplit (texts, "|", -1);
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr =
    weft_expr_parse (alternatives[below (draw, g_strv_length (alternatives))], &error);

  g_assert_no_error (error);
  weft_scope_set_value (scope, "x", x);
  return weft_expr_build_value (expr, draw->sample->graph, scope, NULL);
}

/* A value for @slot, which node @index reads first. */
static WeftValue *
draw_value (Draw *draw, gint slot, guint index)
{
  Wanted        wanted = slot >= 0 ? wanted_of (draw->rule, slot) : (Wanted){ 0 };
  guint         position = 0;
  const WeftOp *reader = reader_of (draw, index, &position);
  WeftType      type = { draw_dtype (draw, &wanted, reader, position), FALSE, draw_shape (draw) };
  WeftDomain    domain = reader != NULL && chance (draw, 0.5) ? reader->domain : WEFT_DOMAIN_REALS;
  WeftValue    *value;

  if (wanted.scalar)
    type.shape.rank = 0;
  else if (wanted.single)
    for (guint i = 0; i < type.shape.rank; i++)
      type.shape.dims[i] = weft_dim (1);
  else if (wanted.matrix && type.shape.rank != 2)
    return NULL;
  if (domain == WEFT_DOMAIN_SPECIAL || domain == WEFT_DOMAIN_BOOLS)
    domain = WEFT_DOMAIN_REALS;
  if (wanted.text == NULL && !wanted.constant && slot > 0 &&
      draw->sample->values[slot - 1] != NULL && chance (draw, 0.05))
    return draw->sample->values[slot - 1];
  if (wanted.constant || (wanted.text == NULL && chance (draw, 0.08)))
    value = add_constant (draw, &type, reader != NULL && reader->n_inputs > 1);
  else
    value = add_input (draw, &type, domain);
  if (wanted.number && value->apply->op->id == WEFT_OP_INPUT)
    draw->sample->number[draw->sample->n_inputs - 1] = TRUE;
  if (wanted.text != NULL && !wanted.constant)
    value = apply_text (draw, wanted.text, value);
  return value;
}

static WeftValue *
number_value (Draw *draw, guint index, double number)
{
  guint         position;
  const WeftOp *reader = reader_of (draw, index, &position);
  WeftValue    *value = number == floor (number) ? weft_graph_int (draw->sample->graph, number)
                                                 : weft_graph_float (draw->sample->graph, number);

  if (reader != NULL && g_str_has_prefix (reader->name, "logical_") && chance (draw, 0.7))
    return weft_graph_cast (draw->sample->graph, value, WEFT_BOOL);
  /* As the rows of the gradients make them: as large as what they meet. */
  if (!draw->mixed && draw->dtype == WEFT_F64 && chance (draw, 0.2))
    {
      WeftAttr shape = weft_attr_shape (draw->sample->graph, &draw->base);

      value = weft_graph_cast (draw->sample->graph, value, WEFT_F64);
      value = weft_graph_apply (draw->sample->graph, weft_op (WEFT_OP_BROADCAST_TO), 1, &value,
                                &shape, NULL);
    }
  return value;
}

/* ---- Attributes ---- */

static WeftAttr
draw_axes (Draw *draw, const WeftOp *op, const WeftAttrSpec *spec, const WeftType *x)
{
  gint   rank = x->shape.rank;
  gint64 axes[WEFT_MAX_RANK];
  guint  n = 0;

  if (op->id == WEFT_OP_TRANSPOSE)
    {
      for (n = 0; (gint) n < rank; n++)
        {
          guint other = below (draw, n + 1);

          axes[n] = axes[other];
          axes[other] = n;
        }
      if (chance (draw, 0.2))
        return weft_attr_none ();
      if (chance (draw, 0.2))
        for (guint i = 0; i < n; i++)
          axes[i] = i;
      return weft_attr_axes (draw->sample->graph, n, axes);
    }
  if (op->id == WEFT_OP_EXPAND_DIMS)
    return weft_attr_axes (draw->sample->graph, 1,
                           (gint64[]){ below (draw, 2 * rank + 2) - rank - 1 });
  if (spec->optional && chance (draw, 0.3))
    return weft_attr_none ();
  for (gint i = 0; i < rank; i++)
    if (chance (draw, 0.45) &&
        (op->id != WEFT_OP_SQUEEZE || weft_dim_equal (x->shape.dims[i], weft_dim (1))))
      axes[n++] = chance (draw, 0.3) ? i - rank : i;
  if (n == 0 && rank > 0)
    axes[n++] = below (draw, 2 * rank) - rank;
  return weft_attr_axes (draw->sample->graph, n, axes);
}

/* The elements of @x in another shape. */
static WeftShape
draw_reshape (Draw *draw, const WeftShape *x)
{
  WeftShape shape = { 0 };

  for (guint i = 0; i < x->rank && shape.rank + 2 < WEFT_MAX_RANK; i++)
    {
      if (shape.rank > 0 && chance (draw, 0.4))
        shape.dims[shape.rank - 1] = weft_dim_mul (shape.dims[shape.rank - 1], x->dims[i]);
      else if (weft_dim_equal (x->dims[i], weft_dim (4)) && chance (draw, 0.5))
        shape.dims[shape.rank] = shape.dims[shape.rank + 1] = weft_dim (2), shape.rank += 2;
      else
        shape.dims[shape.rank++] = x->dims[i];
      if (chance (draw, 0.15))
        shape.dims[shape.rank++] = weft_dim (1);
    }
  return shape;
}

static WeftShape
draw_broadcast (Draw *draw, const WeftShape *x)
{
  WeftShape shape = { .rank = x->rank < WEFT_MAX_RANK - 2 ? below (draw, 3) : 0 };

  for (guint i = 0; i < shape.rank; i++)
    shape.dims[i] = draw_dim (draw);
  for (guint i = 0; i < x->rank; i++)
    shape.dims[shape.rank++] =
      weft_dim_equal (x->dims[i], weft_dim (1)) ? draw_dim (draw) : x->dims[i];
  return shape;
}

static WeftAttr
draw_shape_attr (Draw *draw, const WeftOp *op, const WeftType *x)
{
  WeftShape shape = x->shape;

  if (op->id == WEFT_OP_RESHAPE)
    shape = draw_reshape (draw, &x->shape);
  else if (op->id == WEFT_OP_BROADCAST_TO)
    shape = draw_broadcast (draw, &x->shape);
  else if (op->id == WEFT_OP_SUM_TO)
    shape = draw_repeated (draw, &x->shape);
  else if (op->id == WEFT_OP_PAD_CONSTANT)
    for (guint i = 0; i < shape.rank; i++)
      shape.dims[i] = weft_dim (below (draw, 3));
  return weft_attr_shape (draw->sample->graph, &shape);
}

static WeftIndex
draw_index_entry (Draw *draw, WeftDim dim)
{
  WeftIndex entry = { .kind = WEFT_INDEX_SLICE, .step = 1 };
  gint64    size = 2;

  weft_dim_resolve (dim, draw->sample->bindings, &size);
  size = MAX (size, 0); /* of a slice that a named size turns out too small for */
  if (chance (draw, 0.25) && size > 0)
    {
      entry.kind = WEFT_INDEX_AT;
      entry.has_start = TRUE;
      entry.start = weft_dim (below (draw, size) - (chance (draw, 0.3) ? size : 0));
      return entry;
    }
  entry.step = chance (draw, 0.6) ? 1 : chance (draw, 0.5) ? 2
                                      : chance (draw, 0.7) ? -1
                                                           : -2;
  entry.has_start = chance (draw, 0.4);
  entry.has_stop = chance (draw, 0.4);
  entry.start = weft_dim (entry.has_start ? below (draw, 2 * size + 1) - size : 0);
  entry.stop = weft_dim (entry.has_stop ? below (draw, 2 * size + 1) - size : 0);
  return entry;
}

/* Basic indexing: numbers, slices, new axes and the rest. */
static WeftAttr
draw_index (Draw *draw, const WeftType *x)
{
  WeftIndex *index =
    weft_graph_alloc (draw->sample->graph, 2 * (WEFT_MAX_RANK + 2) * sizeof *index);
  guint    n = 0, axes = x->shape.rank > 0 ? 1 + below (draw, x->shape.rank) : 0;
  gboolean rest = chance (draw, 0.25);
  guint    skipped = rest ? x->shape.rank - axes : 0;

  if (rest)
    index[n++] = (WeftIndex){ .kind = WEFT_INDEX_REST, .step = 1 };
  for (guint i = 0; i < axes; i++)
    {
      if (chance (draw, 0.1))
        index[n++] = (WeftIndex){ .kind = WEFT_INDEX_NEWAXIS, .step = 1 };
      index[n++] = draw_index_entry (draw, x->shape.dims[skipped + i]);
    }
  return (WeftAttr){ .kind = WEFT_ATTR_INDEX, .n_index = n, .index = index };
}

static WeftAttr
draw_attr (
  Draw *draw, const WeftOp *op, const WeftAttrSpec *spec, guint n, WeftValue *const *inputs)
{
  static const WeftType  none = { 0 };
  static const WeftDType dtypes[] = { WEFT_F64, WEFT_F64, WEFT_I64, WEFT_I32, WEFT_BOOL, WEFT_F32 };
  const WeftType        *x = n > 0 ? &inputs[0]->type : &none;
  gint                   rank = x->shape.rank;
  double                 low = MAX (spec->minimum, -3), high = MIN (spec->maximum, low + 6);

  if (spec->optional && spec->kind != WEFT_ATTR_AXES && chance (draw, 0.3))
    return weft_attr_none ();
  switch (spec->kind)
    {
    case WEFT_ATTR_BOOL:
      return weft_attr_bool (chance (draw, 0.5));
    case WEFT_ATTR_INT:
      if (g_str_has_prefix (spec->name, "axis"))
        return weft_attr_int (rank > 0 ? below (draw, 2 * rank) - rank : 0);
      return weft_attr_int (ceil (low) + below (draw, (gint) (high - ceil (low)) + 1));
    case WEFT_ATTR_FLOAT:
      return weft_attr_float (low + 0.125 + (high - low - 0.25) * g_rand_double (draw->rand));
    case WEFT_ATTR_DTYPE:
      return weft_attr_dtype (dtypes[below (draw, G_N_ELEMENTS (dtypes))]);
    case WEFT_ATTR_AXES:
      return draw_axes (draw, op, spec, x);
    case WEFT_ATTR_SHAPE:
      return draw_shape_attr (draw, op, x);
    case WEFT_ATTR_DIM:
      return weft_attr_dim (draw->sample->graph, dim_of (draw, 2 + below (draw, 3)));
    case WEFT_ATTR_STRING:
      return weft_attr_string (
        spec->choices != NULL ? spec->choices[below (draw, g_strv_length (spec->choices))] : "x");
    case WEFT_ATTR_INDEX:
      return draw_index (draw, x);
    case WEFT_ATTR_NONE:
    case WEFT_ATTR_BODY:
      break;
    }
  return weft_attr_none ();
}

/* ---- Texts of the row ---- */

static void
take_text_inputs (Draw *draw)
{
  RuleSample *sample = draw->sample;

  for (guint i = 0; i < draw->texts.n_inputs; i++)
    {
      guint index = sample->n_inputs;

      if (draw->texts.inputs[i] == NULL)
        continue;
      g_assert_cmpuint (index, <, RULE_SAMPLE_MAX_INPUTS);
      sample->n_inputs++;
      sample->inputs[index] = draw->texts.inputs[i];
      sample->arrays[index] = weft_array_cast (draw->texts.arrays[i], WEFT_F64);
      sample->given[index] = TRUE;
      g_clear_pointer (&draw->texts.arrays[i], weft_array_unref);
    }
}

/* Inputs of names that a guard takes to hold numbers get no NaN. */
static void
keep_numbers (Draw *draw)
{
  RuleSample *sample = draw->sample;

  for (guint slot = 0; slot < draw->rule->pattern.n_values; slot++)
    for (guint i = 0; sample->values[slot] != NULL && i < sample->n_inputs; i++)
      {
        g_autoptr (GPtrArray) order = weft_graph_order (sample->graph, 1, &sample->values[slot]);

        sample->number[i] |= wanted_of (draw->rule, slot).number &&
                             g_ptr_array_find (order, sample->inputs[i]->apply, NULL);
      }
}

/* What the text says names of the pattern stand for. */
static gboolean
take_names (Draw *draw)
{
  const WeftPattern *pattern = &draw->rule->pattern;

  for (guint i = 0; i < pattern->n_values; i++)
    {
      const WeftBinding *binding = weft_scope_get (draw->scope, pattern->values[i]);

      if (binding == NULL || draw->sample->values[i] != NULL)
        continue;
      draw->sample->values[i] = weft_binding_to_value (binding, draw->sample->graph, NULL);
      if (draw->sample->values[i] == NULL)
        return FALSE;
    }
  for (guint i = 0; i < pattern->n_attrs; i++)
    {
      const WeftBinding *binding = weft_scope_get (draw->scope, pattern->attrs[i]);

      draw->bound[i] = binding != NULL;
      if (binding != NULL && !weft_binding_to_attr (binding, draw->sample->graph,
                                                    pattern->attr_kinds[i], &draw->attrs[i], NULL))
        return FALSE;
    }
  keep_numbers (draw);
  return TRUE;
}

/* One of the row's texts: some names, or with a last expression the whole graph, which *@root then
 * gets. */
static gboolean
read_text (Draw *draw, WeftValue **root)
{
  static const char *const sizes[] = { "n", "m", "k", NULL };
  guint                    n_texts = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = NULL;
  const char **names;
  WeftBinding  result;

  while (n_texts < WEFT_RULE_MAX_SAMPLES && draw->rule->samples[n_texts] != NULL)
    n_texts++;
  if (n_texts == 0)
    return TRUE;
  expr = weft_expr_parse (draw->rule->samples[below (draw, n_texts)], &error);
  g_assert_no_error (error);
  for (guint i = 0; sizes[i] != NULL; i++)
    {
      WeftAttr attr = weft_attr_int (1 + below (draw, 4));

      weft_scope_set_attr (draw->scope, sizes[i], &attr);
    }
  names = weft_expr_free_names (expr);
  for (guint i = 0; names[i] != NULL; i++)
    if (!g_strv_contains (sizes, names[i]) && weft_op_find (names[i]) == NULL)
      {
        gint       slot = weft_pattern_value_slot (&draw->rule->pattern, names[i]);
        WeftValue *value = draw_value (draw, slot, 0);

        if (value == NULL)
          return FALSE;
        weft_scope_set_value (draw->scope, names[i], value);
      }
  draw->texts = (Example){ .graph = draw->sample->graph,
                           .dtype = WEFT_F64,
                           .named = draw->named,
                           .bindings = draw->sample->bindings,
                           .stream = g_rand_int_range (draw->rand, 0, 1 << 20) };
  example_begin (&draw->texts);
  if (!weft_expr_build (expr, draw->sample->graph, draw->scope, &result, &error))
    {
      g_test_message ("%s: %s", draw->rule->info.name, error->message);
      take_text_inputs (draw);
      return FALSE;
    }
  take_text_inputs (draw);
  if (weft_expr_has_result (expr))
    *root = weft_binding_to_value (&result, draw->sample->graph, NULL);
  return take_names (draw);
}

/* ---- The graph ---- */

/* Attribute number @index of @op: what the pattern says of it, or anything. */
static WeftAttr
attr_value (Draw                  *draw,
            const WeftPatternNode *node,
            const WeftOp          *op,
            guint                  index,
            guint                  n,
            WeftValue *const      *inputs)
{
  const WeftPatternAttr *attr = index < node->op->n_attrs ? &node->attrs[index] : NULL;

  if (attr == NULL)
    return draw_attr (draw, op, &op->attrs[index], n, inputs);
  if (attr->kind == WEFT_PATTERN_ATTR_GIVEN)
    return attr->attr;
  if (!draw->bound[attr->slot])
    draw->attrs[attr->slot] = draw_attr (draw, op, &op->attrs[index], n, inputs);
  draw->bound[attr->slot] = TRUE;
  return draw->attrs[attr->slot];
}

static WeftValue *
build_op (Draw *draw, const WeftPatternNode *node, WeftValue *const *values)
{
  const WeftOp *op = op_of (draw, node);
  WeftValue    *inputs[WEFT_PATTERN_MAX_SLOTS + 4];
  WeftAttr      attrs[16];
  guint         n = node->n_inputs;

  g_assert_cmpuint (op->n_attrs, <=, G_N_ELEMENTS (attrs));
  for (guint i = 0; i < n; i++)
    inputs[i] = values[node->inputs[i]];
  for (guint more = node->rest ? 1 + below (draw, 4) : 0; more > 0; more--)
    {
      inputs[n] = draw_value (draw, -1, node - draw->rule->pattern.nodes - 1);
      if (inputs[n++] == NULL)
        return NULL;
    }
  for (guint i = 0; i < op->n_attrs; i++)
    attrs[i] = attr_value (draw, node, op, i, n, inputs);
  return weft_graph_apply (draw->sample->graph, op, n, inputs, attrs, NULL);
}

static WeftValue *
build_pattern (Draw *draw)
{
  const WeftPattern *pattern = &draw->rule->pattern;
  WeftValue         *values[WEFT_PATTERN_MAX_NODES], *other = NULL;

  for (guint i = 0; i < pattern->n_nodes; i++)
    {
      const WeftPatternNode *node = &pattern->nodes[i];

      switch (node->kind)
        {
        case WEFT_PATTERN_VALUE:
          if (draw->sample->values[node->slot] == NULL)
            draw->sample->values[node->slot] = draw_value (draw, node->slot, i);
          values[i] = draw->sample->values[node->slot];
          break;
        case WEFT_PATTERN_NUMBER:
          values[i] = number_value (draw, i, node->number);
          break;
        case WEFT_PATTERN_OP:
          values[i] = build_op (draw, node, values);
          break;
        }
      if (values[i] == NULL)
        return NULL;
      if (node->kind == WEFT_PATTERN_OP && i + 1 < pattern->n_nodes && chance (draw, 0.05))
        other = values[i];
    }
  if (other != NULL)
    draw->sample->outputs[draw->sample->n_outputs++] =
      weft_graph_op (draw->sample->graph, "neg", other, NULL);
  return values[pattern->n_nodes - 1];
}

/* A member of each class that the pattern names. */
static void
draw_ops (Draw *draw)
{
  const WeftPattern *pattern = &draw->rule->pattern;

  for (guint i = 0; i < pattern->n_nodes; i++)
    {
      const WeftPatternNode *node = &pattern->nodes[i];

      if (node->kind != WEFT_PATTERN_OP || node->op_class < 0)
        continue;
      while (draw->ops[node->op_slot] == NULL)
        {
          const WeftOp *op = weft_op_get (below (draw, WEFT_N_OPS));

          if (weft_op_class_has (node->op_class, op))
            draw->ops[node->op_slot] = op;
        }
    }
}

static void
draw_world (Draw *draw)
{
  const WeftPattern *pattern = &draw->rule->pattern;
  gboolean           exact_numbers = TRUE;

  for (guint i = 0; i < pattern->n_nodes; i++)
    {
      const WeftPatternNode *node = &pattern->nodes[i];

      if (node->kind == WEFT_PATTERN_NUMBER)
        exact_numbers &= node->number == (float) node->number;
      if (node->kind == WEFT_PATTERN_OP)
        draw->matrices |=
          g_str_equal (node->op->family, "algebra") || g_str_equal (node->op->name, "matmul");
    }
  draw_ops (draw);
  draw->named = chance (draw, 0.25);
  draw->base = draw_base (draw);
  draw->dtype = WEFT_F64;
  if (exact_numbers && chance (draw, 0.15))
    draw->dtype = chance (draw, 0.6) ? WEFT_I64 : chance (draw, 0.5) ? WEFT_I32
                                                                     : WEFT_BOOL;
  else
    draw->mixed = exact_numbers && chance (draw, 0.15);
}

/* Dimensions with names may turn out to differ. */
static gboolean
fits (RuleSample *sample)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  WeftValue *copies[RULE_SAMPLE_MAX_OUTPUTS];

  return weft_graph_clone (sample->graph, graph, sample->n_outputs, sample->outputs, NULL,
                           sample->bindings, copies, NULL);
}

gboolean
rule_sample_new (RuleSample *sample, const WeftRule *rule, GRand *rand)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();
  Draw       draw = { sample, rule, rand, scope };
  WeftValue *root = NULL;
  gboolean   fine;

  memset (sample, 0, sizeof *sample);
  sample->graph = weft_graph_new ();
  sample->bindings = weft_bindings_new ();
  sample->n_outputs = 1;
  draw_world (&draw);
  fine = read_text (&draw, &root);
  if (fine && root == NULL)
    root = build_pattern (&draw);
  sample->outputs[0] = root;
  if (fine && root != NULL && fits (sample))
    return TRUE;
  rule_sample_clear (sample);
  return FALSE;
}

void
rule_sample_clear (RuleSample *sample)
{
  for (guint i = 0; i < sample->n_inputs; i++)
    g_clear_pointer (&sample->arrays[i], weft_array_unref);
  g_clear_pointer (&sample->bindings, weft_bindings_free);
  g_clear_pointer (&sample->graph, weft_graph_free);
}

/* ---- Numbers ---- */

static double
plain_number (WeftDType dtype, WeftDomain domain, GRand *rand)
{
  double u = g_rand_double (rand), x;

  if (dtype == WEFT_BOOL)
    return u < 0.5;
  if (!weft_dtype_is_float (dtype))
    return domain == WEFT_DOMAIN_INTS ? floor (4 * u) : floor (9 * u) - 4;
  if (weft_domain_number (domain, u, &x))
    return x;
  if (domain == WEFT_DOMAIN_NONZERO)
    return (u < 0.5 ? -1 : 1) * (0.3 + 2 * g_rand_double (rand));
  if (domain == WEFT_DOMAIN_INTS || domain == WEFT_DOMAIN_BOOLS)
    return floor (7 * u) - 3;
  return 6 * u - 3;
}

static double
special_number (WeftDType dtype, RuleNumbers numbers, GRand *rand)
{
  static const double special[] = { 0.0, -0.0, 1, -1, INFINITY, -INFINITY, NAN,
                                    1e300, -1e300, 1e-300, 800, -800, 0.5, -0.5,
                                    2.5, 40, 0x1p-1074, -0x1p-1030, 1.7e308, 0x1p52 };
  static const double large[] = {
    0.0, -0.0, 1, -1, 1e100, -1e100, 1e-100, 800, -800, 0.5, 2.5, 40
  };
  static const double whole[] = { 0, 1, -1, 2, -3, 100, -128, 7 };

  if (dtype == WEFT_BOOL)
    return g_rand_boolean (rand);
  if (numbers == RULE_NUMBERS_LARGE && weft_dtype_is_float (dtype))
    return large[g_rand_int_range (rand, 0, G_N_ELEMENTS (large))];
  return weft_dtype_is_float (dtype) ? special[g_rand_int_range (rand, 0, G_N_ELEMENTS (special))]
                                     : whole[g_rand_int_range (rand, 0, G_N_ELEMENTS (whole))];
}

static gboolean
reads (RuleSample *sample, WeftValue *value, const WeftValue *input)
{
  g_autoptr (GPtrArray) order = weft_graph_order (sample->graph, 1, &value);

  return g_ptr_array_find (order, input->apply, NULL);
}

/* Whether a name that the replacement does not mention needs @input. */
static gboolean
is_dropped (RuleSample *sample, const WeftRule *rule, const WeftValue *input)
{
  const char **kept = rule->replacement != NULL ? weft_expr_free_names (rule->replacement) : NULL;

  for (guint i = 0; kept != NULL && i < rule->pattern.n_values; i++)
    if (sample->values[i] != NULL && !g_strv_contains (kept, rule->pattern.values[i]) &&
        reads (sample, sample->values[i], input))
      return TRUE;
  return FALSE;
}

void
rule_sample_spoil (RuleSample *sample, const WeftRule *rule, WeftValue *read, GRand *rand)
{
  guint first = g_rand_int_range (rand, 0, MAX (sample->n_inputs, 1));

  for (guint k = 0; k < sample->n_inputs; k++)
    {
      guint      index = (first + k) % sample->n_inputs;
      WeftArray *array = sample->arrays[index];

      if (array->n_elements == 0 || !weft_dtype_is_float (sample->inputs[index]->type.dtype) ||
          sample->number[index] || !reads (sample, read, sample->inputs[index]) ||
          is_dropped (sample, rule, sample->inputs[index]))
        continue;
      weft_array_set (array, g_rand_int_range (rand, 0, array->n_elements), NAN);
      return;
    }
}

void
rule_sample_fill (RuleSample *sample, RuleNumbers numbers, GRand *rand)
{
  for (guint i = 0; i < sample->n_inputs; i++)
    {
      WeftDType  dtype = sample->inputs[i]->type.dtype;
      WeftArray *array = sample->arrays[i];
      WeftDomain domain = sample->domains[i];

      if (sample->given[i])
        continue;
      if (domain == WEFT_DOMAIN_REALS && g_rand_double (rand) < 0.5)
        domain = g_rand_int_range (rand, WEFT_DOMAIN_NONZERO, WEFT_DOMAIN_INTS + 1);
      for (gint64 k = 0; k < array->n_elements; k++)
        weft_array_set (array, k,
                        numbers != RULE_NUMBERS_PLAIN && g_rand_double (rand) < 0.5
                          ? special_number (dtype, numbers, rand)
                          : plain_number (dtype, domain, rand));
    }
}

gboolean
rule_sample_evaluate (
  RuleSample *sample, guint n, WeftValue *const *values, WeftArray **results, double *largest)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (GHashTable) inputs = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree WeftValue **copies = g_new (WeftValue *, n);

  for (guint i = 0; i < sample->n_inputs; i++)
    g_hash_table_insert (inputs, (gpointer) sample->inputs[i]->name, sample->arrays[i]);
  if (!weft_graph_clone (sample->graph, graph, n, values, NULL, sample->bindings, copies, NULL))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      largest[i] = 0;
      evaluate_values (graph, 1, &copies[i], inputs, &results[i], &largest[i]);
    }
  return TRUE;
}
