/* Guards: conditions of a rule that its pattern cannot say, by name.
 *
 * A guard text is "NAME argument..." with several separated by ";". It holds where its condition
 * holds for each argument.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/actions.h"
#include "engine/rewrite/blas.h"
#include "engine/rewrite/fuse.h"
#include "engine/rewrite/stable.h"
#include "engine/rewrite/facts.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

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

/* Else folding has it. */
static gboolean
is_live (const WeftMatch *match, guint slot)
{
  return literal_of (match->values[slot]) == NULL;
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
  return weft_known_not_negative (match->values[slot]);
}

static gboolean
is_positive (const WeftMatch *match, guint slot)
{
  return weft_known_positive (match->values[slot]);
}

static gboolean
is_nonzero (const WeftMatch *match, guint slot)
{
  return weft_known_nonzero (match->values[slot]);
}

static gboolean
is_unit (const WeftMatch *match, guint slot)
{
  return weft_known_unit (match->values[slot]);
}

static gboolean
is_whole (const WeftMatch *match, guint slot)
{
  return weft_known_whole (match->values[slot]);
}

static gboolean
is_array (const WeftMatch *match, guint slot)
{
  return match->values[slot]->type.shape.rank > 0;
}

static gboolean
is_integer (const WeftMatch *match, guint slot)
{
  return weft_dtypes[match->values[slot]->type.dtype].kind == WEFT_KIND_INT;
}

/* As many elements as the result. */
static gboolean
is_same_size (const WeftMatch *match, guint slot)
{
  return weft_dim_equal (weft_shape_size (&match->values[slot]->type.shape),
                         weft_shape_size (&match->root->type.shape));
}

static gboolean
are_same_shape (const WeftMatch *match, guint slots)
{
  return weft_shape_equal (&match->values[WEFT_GUARD_FIRST (slots)]->type.shape,
                           &match->values[WEFT_GUARD_SECOND (slots)]->type.shape);
}

/* Slices that go forwards one by one, and no axis comes or goes. */
static gboolean
is_plain (const WeftMatch *match, guint slot)
{
  const WeftAttr *index = match->attrs[slot];

  for (guint i = 0; i < index->n_index; i++)
    if (index->index[i].kind != WEFT_INDEX_REST &&
        (index->index[i].kind != WEFT_INDEX_SLICE || index->index[i].step != 1))
      return FALSE;
  return TRUE;
}

/* A slice of the first axis and nothing else. */
static gboolean
is_rows (const WeftMatch *match, guint slot)
{
  const WeftAttr *index = match->attrs[slot];

  return index->n_index == 1 && index->index[0].kind == WEFT_INDEX_SLICE;
}

/* Of the root, which is the index. */
static gboolean
is_certain (const WeftMatch *match, guint slot)
{
  return weft_index_is_certain (match->root->apply);
}

/* Of the root, which is a reduction: its last axis alone. */
static gboolean
is_last (const WeftMatch *match, guint slot)
{
  const WeftAttr *axis = match->attrs[slot];
  guint           rank = match->root->apply->inputs[0]->type.shape.rank;

  return axis->kind == WEFT_ATTR_AXES && axis->dims->rank == 1 && rank > 0 &&
         weft_counted_axis (axis->dims->dims[0].offset, rank) == rank - 1;
}

/* For people: a rule that holds as long as it is. */
static gboolean
is_taken_finite (const WeftMatch *match, guint slot)
{
  return TRUE;
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

  return a->dtype == b->dtype && a->weak == b->weak && weft_shape_equal (&a->shape, &b->shape);
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

/* For rules.c: the replacement may cost more than the pattern. */
static gboolean
is_worth (const WeftMatch *match, guint slot)
{
  return TRUE;
}

/* Zeros with something added at an index, read by nobody else. */
static gboolean
is_scattered (const WeftMatch *match, guint slot)
{
  const WeftApply *apply = match->values[slot]->apply;

  return apply->op->id == WEFT_OP_INDEX_ADD && match->uses[apply->id] == 1;
}

/* ---- What they say ---- */

static char *
say_finite (const WeftMatch *match, guint slot, const char *name, gboolean holds)
{
  const WeftValue *value = match->values[slot];
  const char      *dtype = weft_dtypes[value->type.dtype].name;

  if (!holds)
    return g_strdup_printf (_ ("%s is %s and may be infinite or NaN"), name, dtype);
  if (!weft_dtype_is_float (value->type.dtype))
    return g_strdup_printf (_ ("%s is %s, and whole numbers are finite"), name, dtype);
  if (literal_of (value) != NULL)
    return g_strdup_printf (_ ("%s is a constant, and every number of it is finite"), name);
  return g_strdup_printf (_ ("%s was a whole number before it was cast, and those are finite"),
                          name);
}

static char *
say_made (const WeftMatch *match, guint slot, const char *name, const char *is, const char *may_not)
{
  const WeftValue *value = match->values[slot];
  double           fill;

  if (weft_constant_fill (value, &fill))
    return g_strdup_printf (_ ("%s is the constant %g"), name, fill);
  if (value->apply->n_inputs == 0)
    return g_strdup_printf (_ ("nothing is known of the numbers in %s"), name);
  return g_strdup_printf (is != NULL ? is : may_not, name, value->apply->op->name);
}

static char *
say_not_negative (const WeftMatch *match, guint slot, const char *name, gboolean holds)
{
  return say_made (match, slot, name,
                   holds ? _ ("%s is what %s makes, and that is never negative") : NULL,
                   _ ("%s is what %s makes, and that may be negative"));
}

static char *
say_positive (const WeftMatch *match, guint slot, const char *name, gboolean holds)
{
  return say_made (match, slot, name,
                   holds ? _ ("%s is what %s makes, and that is always positive") : NULL,
                   _ ("%s is what %s makes, and that may be 0 or negative"));
}

static char *
say_nonzero (const WeftMatch *match, guint slot, const char *name, gboolean holds)
{
  return say_made (match, slot, name, holds ? _ ("%s is what %s makes, and that is never 0") : NULL,
                   _ ("%s is what %s makes, and that may be 0"));
}

static char *
say_unit (const WeftMatch *match, guint slot, const char *name, gboolean holds)
{
  return say_made (match, slot, name, holds ? _ ("%s is what %s makes, between -1 and 1") : NULL,
                   _ ("%s is what %s makes, and that may leave -1 to 1"));
}

/* ---- The table ---- */

/* The fourth column says what the generated test gives an argument: words ("constant", "scalar",
 * "single", "matrix", "bool", "whole", "real": float64, "number": never NaN), else texts over a
 * drawn value x, separated by "|". NULL: anything, drawn until the condition holds. */
static const WeftGuard guards[] = {
  { "constant", WEFT_GUARD_OF_VALUE, is_constant, "constant", N_ ("$x is the constant $v"),
    N_ ("$x is only known when the program runs") },
  { "live", WEFT_GUARD_OF_VALUE, is_live, NULL, N_ ("$x is only known when the program runs"),
    N_ ("$x is the constant $v") },
  { "finite", WEFT_GUARD_OF_VALUE, is_finite, "whole", NULL, NULL, say_finite },
  { "nonnegative", WEFT_GUARD_OF_VALUE, is_not_negative,
    "exp(x)|square(x)|abs(x)|sigmoid(x)|exp(x) + square(x)|sqrt(abs(x))", NULL, NULL,
    say_not_negative },
  { "positive", WEFT_GUARD_OF_VALUE, is_positive, "exp(x)|sigmoid(x)|1 + square(x)|softplus(x)",
    NULL, NULL, say_positive },
  { "nonzero", WEFT_GUARD_OF_VALUE, is_nonzero, "exp(x)|-exp(x)|1 + square(x)|cosh(x)", NULL, NULL,
    say_nonzero },
  { "unit", WEFT_GUARD_OF_VALUE, is_unit, "sin(x)|tanh(x)|-sigmoid(x)|cos(x)", NULL, NULL,
    say_unit },
  { "whole", WEFT_GUARD_OF_VALUE, is_whole, "floor(x)|round(x)|sign(x)|cast(cast(x, i32), f64)",
    N_ ("$x is a whole number"), N_ ("$x may have a fraction") },
  { "integer", WEFT_GUARD_OF_VALUE, is_integer, "whole", N_ ("$x is $t, a whole number"),
    N_ ("$x is $t, not a whole number") },
  { "array", WEFT_GUARD_OF_VALUE, is_array, NULL, N_ ("$x has the shape $s"),
    N_ ("$x is a single number") },
  { "same-size", WEFT_GUARD_OF_VALUE, is_same_size, NULL,
    N_ ("$x has as many elements as the result"),
    N_ ("$x, $s, has more elements than the result") },
  { "same-shape", WEFT_GUARD_OF_PAIR, are_same_shape, NULL, N_ ("both have the shape $s"),
    N_ ("one is $s, and the other is not") },
  { "plain", WEFT_GUARD_OF_ATTR, is_plain, NULL, N_ ("$x takes neighbours in their order"),
    N_ ("$x drops or adds axes, or takes steps") },
  { "rows", WEFT_GUARD_OF_ATTR, is_rows, "slice", N_ ("$x picks rows"),
    N_ ("$x is not only about rows") },
  { "last", WEFT_GUARD_OF_ATTR, is_last, NULL, N_ ("$x is the last axis"),
    N_ ("$x is not the last axis alone") },
  { "certain", WEFT_GUARD_OF_ATTR, is_certain, NULL, N_ ("$x takes the same part for every size"),
    N_ ("$x takes another part for another size") },
  { "taken-finite", WEFT_GUARD_OF_VALUE, is_taken_finite, "number", N_ ("$x is taken to be finite"),
    N_ ("$x is taken to be finite") },
  { "scalar", WEFT_GUARD_OF_VALUE, is_scalar, "scalar", N_ ("$x is a single number"),
    N_ ("$x has the shape $s") },
  { "single", WEFT_GUARD_OF_VALUE, is_single, "single", N_ ("$x holds one number"),
    N_ ("$x has the shape $s") },
  { "matrix", WEFT_GUARD_OF_VALUE, is_matrix, "matrix", N_ ("$x is a matrix, $s"),
    N_ ("$x is no matrix, its shape is $s") },
  { "float", WEFT_GUARD_OF_VALUE, is_float, "real", N_ ("$x is $t, a fraction"),
    N_ ("$x is $t, and whole numbers wrap around") },
  { "bool", WEFT_GUARD_OF_VALUE, is_bool, "bool", N_ ("$x is true or false"),
    N_ ("$x is $t, not true or false") },
  { "power-of-two", WEFT_GUARD_OF_VALUE, is_power_of_two, "constant",
    N_ ("$x is the constant $v, a power of two"), N_ ("$x is $v, no constant power of two") },
  { "unchanged", WEFT_GUARD_OF_VALUE, is_unchanged, NULL, N_ ("$x is $t, as the result"),
    N_ ("$x is $t, and the result has another type") },
  { "kept-by-cast", WEFT_GUARD_OF_VALUE, is_kept_by_cast, NULL,
    N_ ("$x is $t, and the first cast keeps every such number"),
    N_ ("$x is $t, and the first cast loses some such numbers") },
  /* Taken to be finite. */
  { "rate", WEFT_GUARD_OF_VALUE, is_scalar, "scalar number", N_ ("$x is a single number"),
    N_ ("$x has the shape $s") },
  { "scattered", WEFT_GUARD_OF_VALUE, is_scattered,
    "getitem_back(x[[0, 0]], x[[0, 0]])|getitem_back(x[1:], x[1:])",
    N_ ("$x is zeros with something added at an index, and nobody else reads it"),
    N_ ("$x is not zeros with something added at an index that nobody else reads") },
  { "in-order", WEFT_GUARD_OF_ATTR, is_in_order, NULL, N_ ("$x leaves every axis where it is"),
    N_ ("$x moves axes") },
  { "unshared", WEFT_GUARD_OF_MATCH, is_unshared, NULL, N_ ("nobody else reads what goes away"),
    N_ ("somebody else reads a part of it too, which would stay") },
  { "worth", WEFT_GUARD_OF_MATCH, is_worth, NULL, N_ ("it costs more, and is worth it"),
    N_ ("it costs more, and is worth it") },
};

static const guint n_guards = G_N_ELEMENTS (guards);

/* This table and those of other files, a line each. */
static const struct
{
  const WeftGuard *guards;
  const guint     *n;
} tables[] = {
  { guards, &n_guards },
  { weft_guards_stable, &weft_n_guards_stable },
  { weft_guards_blas, &weft_n_guards_blas },
  { weft_guards_fuse, &weft_n_guards_fuse },
  { weft_guards_windows, &weft_n_guards_windows },
};

static const WeftGuard *
find_guard (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (guint k = 0; k < *tables[i].n; k++)
      if (g_strcmp0 (tables[i].guards[k].name, name) == 0)
        return &tables[i].guards[k];
  return NULL;
}

/* ---- Reading ---- */

static gboolean
add_guard (WeftRule *rule, const char *text, const WeftGuard *guard, gint slot, GError **error)
{
  if (rule->n_guards == WEFT_RULE_MAX_GUARDS)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME, "guard '%s': too many conditions",
                   text);
      return FALSE;
    }
  rule->guards[rule->n_guards++] = (WeftRuleGuard){ guard->func, slot, guard };
  return TRUE;
}

static gboolean
add_pair (WeftRule *rule, const char *text, const WeftGuard *guard, char **names, GError **error)
{
  gint first = weft_pattern_value_slot (&rule->pattern, names[0]);
  gint second = names[1] != NULL ? weft_pattern_value_slot (&rule->pattern, names[1]) : -1;

  if (first >= 0 && second >= 0 && names[2] == NULL)
    return add_guard (rule, text, guard, WEFT_GUARD_PAIR (first, second), error);
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME,
               "guard '%s': two names of the pattern are needed", text);
  return FALSE;
}

static gboolean
compile_one (WeftRule *rule, const char *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  const WeftGuard *guard = find_guard (words[0]);

  if (guard == NULL)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME, "unknown guard '%s'", text);
      return FALSE;
    }
  if ((words[1] == NULL) != (guard->kind == WEFT_GUARD_OF_MATCH))
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME,
                   "guard '%s': wrong number of names", text);
      return FALSE;
    }
  if (words[1] == NULL)
    return add_guard (rule, text, guard, 0, error);
  if (guard->kind == WEFT_GUARD_OF_PAIR)
    return add_pair (rule, text, guard, words + 1, error);
  for (guint i = 1; words[i] != NULL; i++)
    {
      gint slot = guard->kind == WEFT_GUARD_OF_ATTR
                    ? weft_pattern_attr_slot (&rule->pattern, words[i])
                    : weft_pattern_value_slot (&rule->pattern, words[i]);

      if (slot < 0)
        {
          g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME,
                       "guard '%s': the pattern has no %s", text, words[i]);
          return FALSE;
        }
      if (!add_guard (rule, text, guard, slot, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
weft_guards_worth (const WeftRule *rule)
{
  for (guint i = 0; i < rule->n_guards; i++)
    if (rule->guards[i].func == is_worth)
      return TRUE;
  return FALSE;
}

/* Reads the conditions of @text (or NULL) into @rule, whose pattern is there. Errors:
 * WEFT_EXPR_ERROR_NAME. */
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
  static const char *const small[] = { "constant", "power-of-two", "scalar", "rate", NULL };
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_auto (GStrv) parts = text != NULL ? g_strsplit (text, ";", -1) : NULL;

  for (guint i = 0; parts != NULL && parts[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (g_strstrip (parts[i]), " ", -1);

      if (words[0] != NULL && g_strv_contains (small, words[0]))
        for (guint k = 1; words[k] != NULL; k++)
          g_strv_builder_add (names, words[k]);
    }
  return g_strv_builder_end (names);
}

/* ---- For people ---- */

static const char *
argument_name (const WeftRule *rule, const WeftRuleGuard *guard)
{
  switch (guard->guard->kind)
    {
    case WEFT_GUARD_OF_VALUE:
      return rule->pattern.values[guard->slot];
    case WEFT_GUARD_OF_ATTR:
      return rule->pattern.attrs[guard->slot];
    case WEFT_GUARD_OF_PAIR:
      return rule->pattern.values[WEFT_GUARD_FIRST (guard->slot)];
    case WEFT_GUARD_OF_MATCH:
      break;
    }
  return NULL;
}

char *
weft_guard_condition (const WeftRule *rule, guint guard)
{
  const WeftRuleGuard *said = &rule->guards[guard];
  const char          *name = argument_name (rule, said);

  if (said->guard->kind == WEFT_GUARD_OF_PAIR)
    return g_strdup_printf ("%s %s %s", said->guard->name, name,
                            rule->pattern.values[WEFT_GUARD_SECOND (said->slot)]);
  return name != NULL ? g_strconcat (rule->guards[guard].guard->name, " ", name, NULL)
                      : g_strdup (rule->guards[guard].guard->name);
}

/* Most ops of a value that a sentence writes out. */
#define TEXT_OPS 6

/* What "$LETTER" stands for in a sentence; the caller owns it. */
static char *
what_it_is (const WeftRule *rule, const WeftRuleGuard *guard, const WeftMatch *match, char letter)
{
  const WeftValue *value;

  if (letter == 'x' ||
      (guard->guard->kind != WEFT_GUARD_OF_VALUE && guard->guard->kind != WEFT_GUARD_OF_PAIR))
    return g_strdup (argument_name (rule, guard));
  value = match->values[guard->guard->kind == WEFT_GUARD_OF_PAIR ? WEFT_GUARD_FIRST (guard->slot)
                                                                 : guard->slot];
  if (letter == 't')
    return g_strdup (weft_dtypes[value->type.dtype].name);
  if (letter == 's')
    return weft_shape_to_string (&value->type.shape);
  return weft_value_to_expression ((WeftValue *) value, TEXT_OPS);
}

char *
weft_guard_say (const WeftRule *rule, guint index, const WeftMatch *match, gboolean *holds)
{
  const WeftRuleGuard *guard = &rule->guards[index];
  gboolean             held = guard->func (match, guard->slot);
  g_autoptr (GString) text = g_string_new (NULL);
  const char *sentence = held ? guard->guard->holds : guard->guard->fails;

  if (holds != NULL)
    *holds = held;
  if (guard->guard->say != NULL)
    return guard->guard->say (match, guard->slot, argument_name (rule, guard), held);
  for (sentence = _ (sentence); *sentence != '\0'; sentence++)
    if (*sentence != '$')
      g_string_append_c (text, *sentence);
    else
      {
        g_autofree char *word = what_it_is (rule, guard, match, *++sentence);

        g_string_append (text, word);
      }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
