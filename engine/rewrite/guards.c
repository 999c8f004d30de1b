/* Guards: conditions of a rule that its pattern cannot say, by name.
 *
 * A guard text is "NAME argument..." with several separated by ";". It holds where its condition
 * holds for each argument.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/rewrite-private.h"

#include <math.h>
#include <string.h>

/* ---- What is known of a value ---- */

static gboolean
is_view (const WeftApply *apply)
{
  return apply->op->traits & WEFT_TRAIT_VIEW || g_str_equal (apply->op->name, "broadcast_to");
}

/* The literal that @value repeats or reshapes, or NULL. */
static const WeftArray *
literal_of (const WeftValue *value)
{
  while (value->apply->literal == NULL)
    {
      if (value->apply->n_inputs != 1 || !is_view (value->apply))
        return NULL;
      value = value->apply->inputs[0];
    }
  return value->apply->literal;
}

/* Whether every element of @value is the same number, known now: @number. */
gboolean
weft_constant_fill (const WeftValue *value, double *number)
{
  const WeftArray *literal = literal_of (value);
  gsize            size;

  if (literal == NULL || literal->n_elements == 0)
    return FALSE;
  size = literal->n_bytes / literal->n_elements;
  /* Equal to itself one element on: every element is the first. */
  if (memcmp (literal->data, (const char *) literal->data + size, literal->n_bytes - size) != 0)
    return FALSE;
  *number = weft_array_get (literal, 0);
  return TRUE;
}

/* ---- Guards ---- */

static gboolean
is_constant (const WeftMatch *match, guint slot)
{
  return literal_of (match->values[slot]) != NULL;
}

static gboolean
is_finite (const WeftMatch *match, guint slot)
{
  const WeftValue *value = match->values[slot];
  const WeftArray *literal;

  if (!weft_dtype_is_float (value->type.dtype))
    return TRUE;
  if (g_str_equal (value->apply->op->name, "cast"))
    return !weft_dtype_is_float (value->apply->inputs[0]->type.dtype);
  literal = literal_of (value);
  if (literal == NULL)
    return FALSE;
  for (gint64 i = 0; i < literal->n_elements; i++)
    if (!isfinite (weft_array_get (literal, i)))
      return FALSE;
  return TRUE;
}

static gboolean
is_not_negative (const WeftMatch *match, guint slot)
{
  static const char *const never_negative[] = {
    "exp", "exp2", "square", "abs", "sigmoid", "hard_sigmoid", "relu",
    "softplus", "softmax", "hypot", "var", "std", "l2_norm", NULL
  };
  const WeftValue *value = match->values[slot];
  double           fill;

  if (weft_constant_fill (value, &fill))
    return fill >= 0;
  return g_strv_contains (never_negative, value->apply->op->name);
}

static gboolean
is_scalar (const WeftMatch *match, guint slot)
{
  return match->values[slot]->type.shape.rank == 0;
}

static gboolean
is_single (const WeftMatch *match, guint slot)
{
  return weft_dim_equal (weft_shape_size (&match->values[slot]->type.shape), weft_dim (1));
}

static gboolean
is_matrix (const WeftMatch *match, guint slot)
{
  return match->values[slot]->type.shape.rank == 2;
}

static gboolean
is_float (const WeftMatch *match, guint slot)
{
  return weft_dtype_is_float (match->values[slot]->type.dtype);
}

static gboolean
is_bool (const WeftMatch *match, guint slot)
{
  return match->values[slot]->type.dtype == WEFT_BOOL;
}

/* Division by it and multiplication by its reciprocal give the same bits. */
static gboolean
is_power_of_two (const WeftMatch *match, guint slot)
{
  double fill;
  int    exponent;

  return weft_constant_fill (match->values[slot], &fill) && isfinite (fill) &&
         fabs (frexp (fill, &exponent)) == 0.5 && exponent > -125 && exponent < 127;
}

/* The rule's result has the type of the argument: nothing happened to it. */
static gboolean
is_unchanged (const WeftMatch *match, guint slot)
{
  const WeftType *a = &match->values[slot]->type, *b = &match->root->type;

  return a->dtype == b->dtype && weft_shape_equal (&a->shape, &b->shape);
}

/* Every number of @from is a number of @to. */
static gboolean
holds (WeftDType to, WeftDType from)
{
  switch (from)
    {
    case WEFT_BOOL:
      return TRUE;
    case WEFT_I32:
      return to == WEFT_I32 || to == WEFT_I64 || to == WEFT_F64;
    case WEFT_I64:
      return to == WEFT_I64;
    case WEFT_F32:
      return to == WEFT_F32 || to == WEFT_F64;
    case WEFT_F64:
      return to == WEFT_F64;
    case WEFT_U8:
    case WEFT_I8:
    case WEFT_U16:
    case WEFT_I16:
    case WEFT_U32:
    case WEFT_U64:
    case WEFT_F16:
    case WEFT_BF16:
      return to == from;
    }
  return FALSE;
}

/* The inner cast, whose argument this is, loses nothing. */
static gboolean
is_kept_by_cast (const WeftMatch *match, guint slot)
{
  const WeftApply *inner = match->covered[match->n_covered - 1];

  return holds (inner->outputs[0].type.dtype, match->values[slot]->type.dtype);
}

/* The permutation leaves every axis where it is. */
static gboolean
is_in_order (const WeftMatch *match, guint slot)
{
  const WeftAttr *axes = match->attrs[slot];
  guint           rank = match->root->type.shape.rank;

  if (axes->kind == WEFT_ATTR_NONE)
    return rank < 2;
  for (guint i = 0; i < axes->dims->rank; i++)
    if (axes->dims->dims[i].offset != i && axes->dims->dims[i].offset + rank != i)
      return FALSE;
  return TRUE;
}

/* Nothing but the rule's root reads what the pattern covers: all of it goes away. */
static gboolean
is_unshared (const WeftMatch *match, guint slot)
{
  for (guint i = 1; i < match->n_covered; i++)
    if (match->uses[match->covered[i]->id] > 1)
      return FALSE;
  return TRUE;
}

/* Zeros with something added at an index, read by nobody else. */
static gboolean
is_scattered (const WeftMatch *match, guint slot)
{
  const WeftApply *apply = match->values[slot]->apply;

  return apply->op->id == WEFT_OP_INDEX_ADD && match->uses[apply->id] == 1;
}

/* The last column says what the generated test gives an argument: "constant", "scalar", "single", "matrix", "bool", "whole",
 * "real" (float64), "number" (never NaN), else texts over a drawn value x, separated by "|". NULL: anything, drawn until the condition holds. */
static const WeftGuard guards[] = {
  { "constant", FALSE, is_constant, "constant" },
  { "finite", FALSE, is_finite, "whole" },
  { "nonnegative", FALSE, is_not_negative, "exp(x)|square(x)|abs(x)|sigmoid(x)" },
  { "scalar", FALSE, is_scalar, "scalar" },
  { "single", FALSE, is_single, "single" },
  { "matrix", FALSE, is_matrix, "matrix" },
  { "float", FALSE, is_float, "real" },
  { "bool", FALSE, is_bool, "bool" },
  { "power-of-two", FALSE, is_power_of_two, "constant" },
  { "unchanged", FALSE, is_unchanged, NULL },
  { "kept-by-cast", FALSE, is_kept_by_cast, NULL },
  { "rate", FALSE, is_scalar, "scalar number" }, /* taken to be finite */
  { "scattered", FALSE, is_scattered, "getitem_back(x[[0, 0]], x[[0, 0]])|getitem_back(x[1:], x[1:])" },
  { "in-order", TRUE, is_in_order, NULL },
  { "unshared", FALSE, is_unshared, NULL }, /* of the whole match: takes no argument */
};

/* ---- Reading ---- */

static gboolean
compile_one (WeftRule *rule, const char *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint index = 0;

  while (index < G_N_ELEMENTS (guards) && g_strcmp0 (guards[index].name, words[0]) != 0)
    index++;
  if (index == G_N_ELEMENTS (guards))
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME, "unknown guard '%s'", text);
      return FALSE;
    }
  for (guint i = 1; words[i] != NULL; i++)
    {
      gint slot = guards[index].of_attr ? weft_pattern_attr_slot (&rule->pattern, words[i])
                                        : weft_pattern_value_slot (&rule->pattern, words[i]);

      if (slot < 0 || rule->n_guards == WEFT_RULE_MAX_GUARDS)
        {
          g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME,
                       "guard '%s': the pattern has no %s", text, words[i]);
          return FALSE;
        }
      rule->guards[rule->n_guards++] = (WeftRuleGuard){ guards[index].func, slot, &guards[index] };
    }
  if (guards[index].func == is_unshared && words[1] == NULL &&
      rule->n_guards < WEFT_RULE_MAX_GUARDS)
    rule->guards[rule->n_guards++] = (WeftRuleGuard){ is_unshared, 0, &guards[index] };
  else if (guards[index].func == is_unshared || words[1] == NULL)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME,
                   "guard '%s': wrong number of names", text);
      return FALSE;
    }
  return TRUE;
}

gboolean
weft_guards_compile (WeftRule *rule, const char *text, GError **error)
{
  g_auto (GStrv) parts = text != NULL ? g_strsplit (text, ";", -1) : NULL;

  for (guint i = 0; parts != NULL && parts[i] != NULL; i++)
    if (!compile_one (rule, g_strstrip (parts[i]), error))
      return FALSE;
  return TRUE;
}

char **
weft_guards_constants (const char *text)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_auto (GStrv) parts = text != NULL ? g_strsplit (text, ";", -1) : NULL;

  for (guint i = 0; parts != NULL && parts[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (g_strstrip (parts[i]), " ", -1);

      if (g_strcmp0 (words[0], "constant") == 0 || g_strcmp0 (words[0], "power-of-two") == 0)
        for (guint k = 1; words[k] != NULL; k++)
          g_strv_builder_add (names, words[k]);
    }
  return g_strv_builder_end (names);
}
