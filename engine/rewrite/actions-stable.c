/* Actions of stabilise.def: products and quotients of any length, seen as what is multiplied and
 * what is divided by.
 *
 * Reverse mode makes long products in which a factor that overflows meets one that underflows far
 * from it:
 * ((gy / (1 + exp(x))) * y) * exp(x). The rows of the table say what two factors are worth beside
 * each other; these actions bring them together. A pair is looked for with the rows' own patterns,
 * so a new row needs nothing here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/stable.h"

#include <string.h>

/* Longer products and sums are left alone: the pairs of their parts would take too long to look
 * through. */
#define MAX_FACTORS 10
#define MAX_TERMS 6

/* ---- Rows that say what a pair, or a logarithm, is worth ---- */

typedef struct
{
  GPtrArray
            *pairs; /* const WeftRule*: a product or quotient of two operations, or of a value by itself */
  GPtrArray *logs;  /* a logarithm of an operation */
} Rows;

/* Whether the value @value stands a second time in @pattern. */
static gboolean
stands_twice (const WeftPattern *pattern, const WeftPatternNode *value)
{
  for (guint i = 0; i < pattern->n_nodes; i++)
    if (&pattern->nodes[i] != value && pattern->nodes[i].kind == WEFT_PATTERN_VALUE &&
        pattern->nodes[i].slot == value->slot)
      return TRUE;
  return FALSE;
}

static gboolean
is_pair (const WeftPattern *pattern)
{
  const WeftPatternNode *root = &pattern->nodes[pattern->n_nodes - 1], *a, *b;

  if (root->op->id != WEFT_OP_MUL && root->op->id != WEFT_OP_DIV)
    return FALSE;
  a = &pattern->nodes[root->inputs[0]];
  b = &pattern->nodes[root->inputs[1]];
  if (a->kind == WEFT_PATTERN_OP && b->kind == WEFT_PATTERN_OP)
    return a->op->id != WEFT_OP_WHERE;
  if (a->kind == WEFT_PATTERN_VALUE && b->kind == WEFT_PATTERN_OP)
    return stands_twice (pattern, a);
  return a->kind == WEFT_PATTERN_VALUE && b->kind == WEFT_PATTERN_VALUE && a->slot == b->slot;
}

static const Rows *
get_rows (void)
{
  static Rows rows;

  if (g_once_init_enter (&rows.pairs))
    {
      guint           n;
      const WeftRule *rules = weft_rules (&n);
      GPtrArray      *pairs = g_ptr_array_new ();

      rows.logs = g_ptr_array_new ();
      for (guint i = 0; i < n; i++)
        {
          const WeftPattern     *pattern = &rules[i].pattern;
          const WeftPatternNode *root = &pattern->nodes[MAX (pattern->n_nodes, 1) - 1];

          if (rules[i].info.phase != WEFT_PHASE_STABILISE || pattern->n_nodes == 0 ||
              root->op == NULL)
            continue;
          if (is_pair (pattern))
            g_ptr_array_add (pairs, (gpointer) &rules[i]);
          else if (root->op->id == WEFT_OP_LOG &&
                   pattern->nodes[root->inputs[0]].kind == WEFT_PATTERN_OP &&
                   rules[i].replacement != NULL)
            g_ptr_array_add (rows.logs, (gpointer) &rules[i]);
        }
      g_once_init_leave (&rows.pairs, pairs);
    }
  return &rows;
}

/* ---- Factors ---- */

typedef struct
{
  WeftValue       *value;  /* below @view, if there is one */
  gboolean         below;  /* divided by */
  const WeftApply *parent; /* the product or quotient that it is an operand of */
  guint            place;  /* which */
  const WeftApply *view;   /* expand_dims of the product that it stands in, or NULL */
} Factor;

typedef struct
{
  guint    n;
  gboolean negative, too_long;
  Factor   factors[MAX_FACTORS];
} Product;

static gboolean
is_same_type (const WeftValue *a, const WeftValue *b)
{
  return a->type.dtype == b->type.dtype && weft_shape_equal (&a->type.shape, &b->type.shape);
}

/* Whether the factors of @value itself, of which @factor says where it stands, are looked at. */
static gboolean
is_product (const WeftValue *value)
{
  switch (value->apply->op->id)
    {
    case WEFT_OP_MUL:
    case WEFT_OP_DIV:
    case WEFT_OP_NEG:
    case WEFT_OP_RECIPROCAL:
      return TRUE;
    case WEFT_OP_SQUARE:
      return weft_is_above_zero (value->apply->inputs[0]);
    default:
      return FALSE;
    }
}

/* Operand @k of the product that @whole is. A single number needs no view. */
static Factor
part_of (const Factor *whole, guint k, gboolean below)
{
  const WeftApply *apply = whole->value->apply;
  WeftValue       *value = apply->inputs[k];

  return (Factor){ value, below, apply, k,
                   value->type.shape.rank > 0 || apply->outputs[0].type.shape.rank == 0
                     ? whole->view
                     : NULL };
}

/* Appends the parts of factor @i in its place; FALSE where it has none. */
static gboolean
split_factor (Product *product, guint i)
{
  Factor           whole = product->factors[i];
  const WeftApply *apply = whole.value->apply;
  Factor           part = whole;
  guint            id = apply->op->id;

  if (id == WEFT_OP_EXPAND_DIMS && whole.view == NULL && is_product (apply->inputs[0]))
    {
      part.view = apply;
      part.value = apply->inputs[0];
      product->factors[i] = part;
      return TRUE;
    }
  if (!is_product (whole.value))
    return FALSE;
  for (guint k = 0; k < apply->n_inputs; k++)
    if (whole.view != NULL && apply->inputs[k]->type.shape.rank > 0 &&
        !is_same_type (apply->inputs[k], whole.value))
      return FALSE;
  if (product->n == MAX_FACTORS && apply->n_inputs + (id == WEFT_OP_SQUARE) > 1)
    {
      product->too_long = TRUE;
      return FALSE;
    }
  part = part_of (&whole, 0, whole.below != (id == WEFT_OP_RECIPROCAL));
  product->factors[i] = part;
  product->negative ^= id == WEFT_OP_NEG;
  if (id == WEFT_OP_SQUARE)
    product->factors[product->n++] = part;
  else if (apply->n_inputs == 2)
    product->factors[product->n++] = part_of (&whole, 1, whole.below != (id == WEFT_OP_DIV));
  return TRUE;
}

static void
collect (Product *product, WeftValue *value)
{
  *product = (Product){ .n = 1, .factors = { { .value = value } } };
  for (guint i = 0; i < product->n; i++)
    while (split_factor (product, i))
      ;
}

static WeftValue *
make_factor (WeftGraph *graph, const Factor *factor)
{
  WeftValue *value = factor->value;

  return factor->view == NULL ? value : &weft_graph_again (graph, factor->view, &value)->outputs[0];
}

/* ---- What two factors are worth beside each other ---- */

/* An application that is in no graph, to hold against patterns. */
typedef struct
{
  WeftApply *apply;
  WeftValue *inputs[2];
} Probe;

static void
probe_init (Probe *probe, const WeftOp *op, WeftAttr *attrs, const WeftType *type)
{
  probe->apply = g_malloc0 (sizeof *probe->apply + sizeof (WeftValue));
  probe->apply->op = op;
  probe->apply->attrs = attrs;
  probe->apply->n_outputs = 1;
  probe->apply->inputs = probe->inputs;
  probe->apply->outputs[0].apply = probe->apply;
  probe->apply->outputs[0].type = *type;
}

static WeftValue *
probe_factor (Probe *probe, const Factor *factor)
{
  if (factor->view == NULL)
    return factor->value;
  probe_init (probe, factor->view->op, factor->view->attrs, &factor->view->outputs[0].type);
  probe->apply->n_inputs = 1;
  probe->inputs[0] = factor->value;
  return &probe->apply->outputs[0];
}

static gboolean
rule_takes (const WeftRule *rule, WeftValue *value, const WeftMatch *given)
{
  for (guint order = 0; order < 1u << rule->pattern.n_swaps;)
    {
      WeftMatch match;
      gboolean  holds;

      if (!weft_pattern_match (&rule->pattern, value, order, &match))
        {
          /* What was not looked at makes no difference. */
          order = (order | ((1u << match.n_unasked) - 1)) + 1;
          continue;
        }
      match.uses = given->uses;
      match.fused = given->fused;
      holds = TRUE;
      for (guint i = 0; i < rule->n_guards && holds; i++)
        holds = rule->guards[i].func (&match, rule->guards[i].slot);
      if (holds)
        return TRUE;
      order++;
    }
  return FALSE;
}

/* Whether the ops of @a and @b are those that @rule, a product or quotient of two, wants of its
 * operands. */
static gboolean
ops_fit (const WeftRule *rule, const WeftValue *a, const WeftValue *b)
{
  const WeftPatternNode *root = &rule->pattern.nodes[rule->pattern.n_nodes - 1];
  const WeftPatternNode *p = &rule->pattern.nodes[root->inputs[0]],
                        *q = &rule->pattern.nodes[root->inputs[1]];

#define FITS(NODE, VALUE) ((NODE)->kind != WEFT_PATTERN_OP || (NODE)->op == (VALUE)->apply->op)
  return (FITS (p, a) && FITS (q, b)) || (root->swap >= 0 && FITS (p, b) && FITS (q, a));
#undef FITS
}

static gboolean
is_on (const WeftRule *rule, const WeftMatch *match)
{
  return match->without == NULL || !g_strv_contains (match->without, rule->info.name);
}

/* Whether a row says what @a and @b, multiplied or divided, are. */
static gboolean
are_pair (const Factor *a, const Factor *b, const WeftMatch *match)
{
  const Rows *rows = get_rows ();
  Probe       probes[3] = { 0 };
  gboolean    found = FALSE, quotient = a->below != b->below;
  WeftValue  *first = probe_factor (&probes[0], a), *second = probe_factor (&probes[1], b);
  WeftValue  *whole;

  /* A square is the same factor twice, and needs nobody. */
  if (a->value == b->value && !quotient)
    return FALSE;
  probe_init (&probes[2], weft_op (quotient ? WEFT_OP_DIV : WEFT_OP_MUL), NULL, &match->root->type);
  probes[2].apply->n_inputs = 2;
  probes[2].inputs[0] = quotient && a->below ? second : first;
  probes[2].inputs[1] = quotient && a->below ? first : second;
  whole = &probes[2].apply->outputs[0];
  for (guint i = 0; i < rows->pairs->len && !found; i++)
    {
      const WeftRule        *rule = g_ptr_array_index (rows->pairs, i);
      const WeftPatternNode *root = &rule->pattern.nodes[rule->pattern.n_nodes - 1];

      found = root->op == probes[2].apply->op &&
              ops_fit (rule, probes[2].inputs[0], probes[2].inputs[1]) &&
              rule_takes (rule, whole, match) && is_on (rule, match);
    }
  for (guint i = 0; i < G_N_ELEMENTS (probes); i++)
    g_free (probes[i].apply);
  return found;
}

static WeftValue *
times (WeftGraph *graph, WeftValue *a, WeftValue *b)
{
  return a == NULL ? b : weft_graph_op (graph, "mul", a, b, NULL);
}

/* The product of the factors of @product other than @i and @k, times @with; divided by what is
 * below. */
static WeftValue *
rest_times (WeftGraph *graph, const Product *product, guint i, guint k, WeftValue *with)
{
  WeftValue *above = NULL;

  for (guint j = 0; j < product->n; j++)
    if (j != i && j != k && !product->factors[j].below)
      above = times (graph, above, make_factor (graph, &product->factors[j]));
  above = times (graph, above, with);
  for (guint j = 0; j < product->n; j++)
    if (j != i && j != k && product->factors[j].below)
      above = weft_graph_op (graph, "div", above, make_factor (graph, &product->factors[j]), NULL);
  return product->negative ? weft_graph_op (graph, "neg", above, NULL) : above;
}

/* @a and @b beside each other; one of them at least is not divided by. */
static WeftValue *
make_pair (WeftGraph *graph, const Factor *a, const Factor *b)
{
  WeftValue *first = make_factor (graph, a->below ? b : a),
            *second = make_factor (graph, a->below ? a : b);

  return weft_graph_op (graph, a->below != b->below ? "div" : "mul", first, second, NULL);
}

/* Whether @factor makes a pair with what stands beside it already. */
static gboolean
has_partner (const Product *product, const Factor *factor, const WeftMatch *match)
{
  for (guint i = 0; i < product->n; i++)
    {
      const Factor *other = &product->factors[i];

      if (other != factor && other->parent == factor->parent && other->place != factor->place &&
          other->view == factor->view &&
          are_pair (factor, other, match))
        return TRUE;
    }
  return FALSE;
}

/* A long product: the two of its factors of which a row says what they are together become a
 * product or quotient of their own. */
static WeftValue *
pair_factors (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  Product product;

  collect (&product, match->root);
  if (product.too_long || product.n < 2)
    return NULL;
  for (guint i = 0; i < product.n; i++)
    for (guint k = i + 1; k < product.n; k++)
      {
        const Factor *a = &product.factors[i], *b = &product.factors[k];

        if ((a->below && b->below) || !are_pair (a, b, match))
          continue;
        if (has_partner (&product, a, match) || has_partner (&product, b, match))
          return NULL;
        return rest_times (graph, &product, i, k, make_pair (graph, a, b));
      }
  return NULL;
}

/* ---- What is added at an index ---- */

/* Whether @scattered is zeros with quotients added at an index, by what stands at that index of
 * @factor: that divisor. */
static WeftValue *
divisor_at_index (const Factor *scattered, const Factor *factor)
{
  const WeftApply *apply = scattered->value->apply;
  Product          product;

  if (apply->op->id != WEFT_OP_INDEX_ADD || scattered->below || scattered->view != NULL ||
      factor->below || factor->view != NULL || !is_same_type (scattered->value, factor->value))
    return NULL;
  collect (&product, apply->inputs[0]);
  for (guint i = 0; i < product.n && !product.too_long; i++)
    {
      WeftValue       *divisor = product.factors[i].value;
      const WeftApply *part = divisor->apply;

      if (product.factors[i].below && product.factors[i].view == NULL &&
          part->op->id == WEFT_OP_GETITEM && part->inputs[0] == factor->value &&
          part->n_inputs == apply->n_inputs &&
          memcmp (part->inputs + 1, apply->inputs + 1,
                  (part->n_inputs - 1) * sizeof *part->inputs) == 0 &&
          weft_attr_equal (weft_apply_attr (part, "index"), weft_apply_attr (apply, "index")))
        return divisor;
    }
  return NULL;
}

/* A product with something that is added to zeros at an index: it is multiplied before it is added,
 * by the part of the other factor that it was divided by. */
static WeftValue *
pair_scattered (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  Product product;

  collect (&product, match->root);
  for (guint i = 0; i < product.n && !product.too_long; i++)
    for (guint k = 0; k < product.n; k++)
      {
        const WeftApply       *apply = product.factors[i].value->apply;
        WeftValue             *divisor = divisor_at_index (&product.factors[i], &product.factors[k]);
        g_autofree WeftValue **inputs = NULL;

        if (divisor == NULL)
          continue;
        inputs = g_memdup2 (apply->inputs, apply->n_inputs * sizeof *inputs);
        inputs[0] = weft_graph_op (graph, "mul", inputs[0], divisor, NULL);
        return rest_times (
          graph, &product, i, k,
          weft_graph_apply (graph, apply->op, apply->n_inputs, inputs, apply->attrs, NULL));
      }
  return NULL;
}

/* ---- Sums ---- */

typedef struct
{
  guint      n;
  WeftValue *values[MAX_TERMS];
  gboolean   negative[MAX_TERMS];
} Terms;

static gboolean
is_sum (const WeftValue *value)
{
  guint id = value->apply->op->id;

  return id == WEFT_OP_ADD || id == WEFT_OP_SUB || id == WEFT_OP_ADD_N;
}

/* FALSE where there are too many. */
static gboolean
collect_terms (Terms *terms, WeftValue *sum)
{
  *terms = (Terms){ .n = 1, .values = { sum } };
  for (guint i = 0; i < terms->n; i++)
    while (is_sum (terms->values[i]) || terms->values[i]->apply->op->id == WEFT_OP_NEG)
      {
        const WeftApply *apply = terms->values[i]->apply;
        gboolean         negative = terms->negative[i];

        if (terms->n + apply->n_inputs - 1 > MAX_TERMS)
          return FALSE;
        for (guint k = 1; k < apply->n_inputs; k++)
          {
            terms->negative[terms->n] = negative != (apply->op->id == WEFT_OP_SUB);
            terms->values[terms->n++] = apply->inputs[k];
          }
        terms->negative[i] = negative != (apply->op->id == WEFT_OP_NEG);
        terms->values[i] = apply->inputs[0];
      }
  return TRUE;
}

/* @term times @factor, which stands beside the factor of @term that it makes a pair with; NULL
 * where there is none. */
static WeftValue *
multiply_pair (WeftGraph *graph, WeftValue *term, const Factor *factor, const WeftMatch *match)
{
  Product product;

  collect (&product, term);
  for (guint k = 0; k < product.n && !product.too_long; k++)
    {
      const Factor *other = &product.factors[k];

      if ((!other->below || !factor->below) && are_pair (other, factor, match))
        return rest_times (graph, &product, k, k, make_pair (graph, other, factor));
    }
  return NULL;
}

/* Whether @term is a pair for @factor, or what is added at an index in it is. */
static gboolean
term_pairs (WeftValue *term, const Factor *factor, const WeftMatch *match)
{
  Product product;

  collect (&product, term);
  for (guint k = 0; k < product.n && !product.too_long; k++)
    if (((!product.factors[k].below || !factor->below) &&
         are_pair (&product.factors[k], factor, match)) ||
        divisor_at_index (&product.factors[k], factor) != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
any_term_pairs (const Terms *terms, const Factor *factor, const WeftMatch *match)
{
  for (guint i = 0; i < terms->n; i++)
    if (term_pairs (terms->values[i], factor, match))
      return TRUE;
  return FALSE;
}

/* @factor times every one of @terms, added. */
static WeftValue *
multiply_terms (WeftGraph *graph, const Terms *terms, const Factor *factor, const WeftMatch *match)
{
  WeftValue *sum = NULL;

  for (guint i = 0; i < terms->n; i++)
    {
      WeftValue *term = multiply_pair (graph, terms->values[i], factor, match);

      if (term == NULL)
        term = weft_graph_op (graph, factor->below ? "div" : "mul", terms->values[i],
                              make_factor (graph, factor), NULL);
      if (sum == NULL)
        sum = terms->negative[i] ? weft_graph_op (graph, "neg", term, NULL) : term;
      else
        sum = weft_graph_op (graph, terms->negative[i] ? "sub" : "add", sum, term, NULL);
    }
  return sum;
}

/* A product with a sum in it: another factor goes to each term, where it meets the one that it
 * makes a pair with. */
static WeftValue *
pair_terms (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  Product product;

  collect (&product, match->root);
  if (product.too_long)
    return NULL;
  for (guint i = 0; i < product.n; i++)
    {
      const Factor *sum = &product.factors[i];
      Terms         terms;

      if (sum->below || sum->view != NULL || !is_sum (sum->value) ||
          !collect_terms (&terms, sum->value))
        continue;
      for (guint k = 0; k < product.n; k++)
        if (k != i && any_term_pairs (&terms, &product.factors[k], match))
          return rest_times (graph, &product, i, k,
                             multiply_terms (graph, &terms, &product.factors[k], match));
    }
  return NULL;
}

/* ---- Probability less target ---- */

/* Whether b = 1 - a, seen from how they are made. */
static gboolean
are_complements (const WeftValue *a, const WeftValue *b)
{
  const WeftApply *p = a->apply, *q = b->apply;
  double           fill;

  if (p->op->id == WEFT_OP_CAST && q->op->id == WEFT_OP_CAST && a->type.dtype == b->type.dtype)
    return p->inputs[0]->type.dtype != WEFT_BOOL && are_complements (p->inputs[0], q->inputs[0]);
  if (p->op->id == WEFT_OP_SUB && p->inputs[1] == b && weft_constant_fill (p->inputs[0], &fill))
    return fill == 1;
  return q->op->id == WEFT_OP_SUB && q->inputs[1] == a &&
         weft_constant_fill (q->inputs[0], &fill) && fill == 1;
}

/* Takes the numbers out of @product: what they multiply to. */
static double
take_numbers (Product *product)
{
  double number = product->negative ? -1 : 1, fill;
  guint  n = 0;

  for (guint i = 0; i < product->n; i++)
    if (weft_constant_fill (product->factors[i].value, &fill))
      number = product->factors[i].below ? number / fill : number * fill;
    else
      product->factors[n++] = product->factors[i];
  product->n = n;
  product->negative = FALSE;
  return number;
}

/* Takes what both have out of @b; FALSE unless two factors of @a, put first, and of @b are left. */
static gboolean
take_common (Product *a, Product *b)
{
  guint kept = 0;

  if (a->n != b->n)
    return FALSE;
  for (guint i = 0; i < a->n; i++)
    {
      guint k = 0;

      while (k < b->n && (b->factors[k].value != a->factors[i].value ||
                          b->factors[k].view != a->factors[i].view ||
                          b->factors[k].below != a->factors[i].below))
        k++;
      if (k < b->n)
        b->factors[k] = b->factors[--b->n];
      else
        {
          Factor own = a->factors[i];

          a->factors[i] = a->factors[kept];
          a->factors[kept++] = own;
        }
    }
  return kept == 2 && b->n == 2;
}

/* For t sigmoid(-z) and (1 - t) sigmoid(z): z's sigmoid, and @target is t; NULL if they are none.
 */
static WeftValue *
match_outcomes (const Factor *one, const Factor *other, WeftValue **target)
{
  for (guint i = 0; i < 2; i++)
    for (guint k = 0; k < 2; k++)
      {
        const WeftValue *s = one[1 - i].value, *r = other[1 - k].value;

        if (s->apply->op->id != WEFT_OP_SIGMOID || r->apply->op->id != WEFT_OP_SIGMOID ||
            !weft_are_opposite (s->apply->inputs[0], r->apply->inputs[0]) ||
            !are_complements (one[i].value, other[k].value) || !is_same_type (s, r))
          continue;
        *target = one[i].value;
        return other[1 - k].value;
      }
  return NULL;
}

/* c t sigmoid(-z) - c (1 - t) sigmoid(z) = c (t - sigmoid(z)), the gradient of the binary
 * cross-entropy. */
static WeftValue *
target_less_sigmoid (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *apply = match->root->apply;
  Product          a, b;
  double           c, d;
  WeftValue       *target, *sigmoid, *difference;

  collect (&a, apply->inputs[0]);
  collect (&b, apply->inputs[1]);
  if (a.too_long || b.too_long)
    return NULL;
  c = take_numbers (&a);
  d = take_numbers (&b) * (apply->op->id == WEFT_OP_SUB ? -1 : 1);
  if (c != -d || !take_common (&a, &b))
    return NULL;
  for (guint i = 0; i < 2; i++)
    if (a.factors[i].below || b.factors[i].below || a.factors[i].view != NULL ||
        b.factors[i].view != NULL)
      return NULL;
  sigmoid = match_outcomes (a.factors, b.factors, &target);
  if (sigmoid == NULL)
    return NULL;
  difference = weft_graph_op (graph, "sub", target, sigmoid, NULL);
  difference = weft_graph_op (graph, "mul", difference,
                              weft_graph_scalar (graph, difference->type.dtype, c), NULL);
  return rest_times (graph, &a, 0, 1, difference);
}

/* ---- Logarithms of products ---- */

/* Whether a row says what the logarithm of @value is. */
static gboolean
has_log (WeftValue *value, const WeftMatch *match)
{
  const Rows *rows = get_rows ();
  Probe       probe;
  gboolean    found = FALSE;

  probe_init (&probe, weft_op (WEFT_OP_LOG), NULL, &value->type);
  probe.apply->n_inputs = 1;
  probe.inputs[0] = value;
  for (guint i = 0; i < rows->logs->len && !found; i++)
    found = rule_takes (g_ptr_array_index (rows->logs, i), &probe.apply->outputs[0], match) &&
            is_on (g_ptr_array_index (rows->logs, i), match);
  g_free (probe.apply);
  return found;
}

/* The logarithm of a product: a factor that is positive, and whose logarithm is known, is taken out
 * of it. */
static WeftValue *
split_log (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  WeftValue *argument = match->root->apply->inputs[0], *rest, *log;
  Product    product;

  collect (&product, argument);
  if (product.too_long || product.n < 2)
    return NULL;
  for (guint i = 0; i < product.n; i++)
    {
      const Factor *factor = &product.factors[i];

      if (factor->view != NULL || !weft_is_above_zero (factor->value) ||
          !has_log (factor->value, match))
        continue;
      rest = rest_times (graph, &product, i, i, weft_graph_scalar (graph, argument->type.dtype, 1));
      log = weft_graph_op (graph, "log", factor->value, NULL);
      return weft_graph_op (graph, factor->below ? "sub" : "add",
                            weft_graph_op (graph, "log", rest, NULL), log, NULL);
    }
  return NULL;
}

/* The text @text over the names of the pattern. */
static WeftValue *
build_text (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match, const char *text)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, NULL);
  g_autoptr (WeftScope) scope = weft_scope_new ();

  for (guint i = 0; i < rule->pattern.n_values; i++)
    weft_scope_set_value (scope, rule->pattern.values[i], match->values[i]);
  for (guint i = 0; i < rule->pattern.n_attrs; i++)
    {
      WeftAttr attr = *match->attrs[i];

      /* One axis is a number: that serves ops that take one axis and those that take several. */
      if (attr.kind == WEFT_ATTR_AXES && attr.dims->rank == 1)
        attr = weft_attr_int (attr.dims->dims[0].offset);
      weft_scope_set_attr (scope, rule->pattern.attrs[i], &attr);
    }
  return weft_expr_build_value (expr, graph, scope, NULL);
}

/* log(x ** y): y times the logarithm, where that is known in a form that stays finite. */
static WeftValue *
log_of_any_power (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  return build_text (graph, rule, match,
                     has_log (match->values[0], match) ? "where(y == 0, 0, y * log(x))"
                                                       : "xlogy(y, x)");
}

/* Whether the elements of its result are elements of its first operand. */
static gboolean
rearranges (const WeftOp *op)
{
  return op->id == WEFT_OP_GETITEM || op->id == WEFT_OP_RESHAPE || op->id == WEFT_OP_EXPAND_DIMS ||
         op->id == WEFT_OP_SQUEEZE || op->id == WEFT_OP_TRANSPOSE;
}

/* log(x) of a part of x, or of x in another form: that part or form of its logarithm, where that is
 * known. */
static WeftValue *
log_of_part (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply       *part = match->root->apply->inputs[0]->apply;
  g_autofree WeftValue **inputs = NULL;

  if (!rearranges (part->op) || !weft_is_above_zero (part->inputs[0]) ||
      !has_log (part->inputs[0], match))
    return NULL;
  inputs = g_memdup2 (part->inputs, part->n_inputs * sizeof *inputs);
  inputs[0] = weft_graph_op (graph, "log", inputs[0], NULL);
  return weft_graph_apply (graph, part->op, part->n_inputs, inputs, part->attrs, NULL);
}

static WeftValue *
log_mean_exp (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  return build_text (
    graph, rule, match,
    "logsumexp(x, axis=axis, keepdims=keepdims) - log(cast(count(x, axis), x.dtype))");
}

/* exp(x) over its mean. */
static WeftValue *
softmax_times_count (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  return build_text (graph, rule, match, "softmax(x, axis) * cast(count(x, axis), x.dtype)");
}

static WeftValue *
softmax_times_size (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  return build_text (graph, rule, match, "softmax(x) * cast(count(x), x.dtype)");
}

static WeftValue *
log_det (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  return build_text (graph, rule, match, "sign, size = slogdet(x)\nlog(sign) + size");
}

static WeftValue *
log_abs_det (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  return build_text (graph, rule, match, "slogdet(x)[1]");
}

/* ---- What reverse mode leaves of reductions ---- */

/* sum(x, axis) over all axes of x: the sum of all. */
static WeftValue *
sum_of_all (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *apply = match->root->apply;
  WeftAttr         attrs[3] = { weft_attr_none (), weft_attr_bool (FALSE), weft_attr_none () };

  if (match->root->type.shape.rank != 0 || weft_apply_attr (apply, "axis")->kind == WEFT_ATTR_NONE)
    return NULL;
  return weft_graph_apply (graph, apply->op, 1, apply->inputs, attrs, NULL);
}

/* The sum along axes along which x was repeated: x times how often. */
static WeftValue *
sum_of_fill (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  WeftValue       *x = match->values[0];
  const WeftShape *from = &x->type.shape, *wide = &match->root->apply->inputs[0]->type.shape;
  const WeftShape *to = &match->root->type.shape;
  double           n = 1;

  if (from->rank != wide->rank)
    return NULL;
  for (guint i = 0; i < wide->rank; i++)
    {
      if (weft_dim_equal (to->dims[i], wide->dims[i]))
        continue;
      if (!weft_dim_equal (from->dims[i], weft_dim (1)) || wide->dims[i].terms != NULL)
        return NULL;
      n *= (double) wide->dims[i].offset;
    }
  return weft_graph_op (graph, "mul", x, weft_graph_scalar (graph, x->type.dtype, n), NULL);
}

/* ---- Masks ---- */

/* Whether @value is what a mask leaves of something, 0 elsewhere: which of its choices that is. */
static gboolean
is_masked (const WeftValue *value, guint *kept)
{
  const WeftApply *apply = value->apply;
  double           fill;

  if (apply->op->id != WEFT_OP_WHERE)
    return FALSE;
  for (*kept = 1; *kept < 3; ++*kept)
    if (weft_constant_fill (apply->inputs[3 - *kept], &fill) && fill == 0)
      return TRUE;
  return FALSE;
}

/* A product with a factor that a mask has made 0 in places: the mask goes over the whole product.
 */
static WeftValue *
sink_where (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  Product product;

  collect (&product, match->root);
  for (guint i = 0; i < product.n && !product.too_long; i++)
    {
      const Factor *factor = &product.factors[i];
      gboolean      varies = FALSE;
      guint         kept;
      WeftValue    *inputs[3], *whole;
      double        fill;

      if (factor->below || factor->view != NULL || !is_masked (factor->value, &kept))
        continue;
      for (guint k = 0; k < product.n; k++)
        varies |= k != i && !weft_constant_fill (product.factors[k].value, &fill);
      if (!varies)
        continue;
      whole = rest_times (graph, &product, i, i, factor->value->apply->inputs[kept]);
      inputs[0] = factor->value->apply->inputs[0];
      inputs[kept] = whole;
      inputs[3 - kept] = weft_graph_scalar (graph, whole->type.dtype, 0);
      return weft_graph_apply (graph, factor->value->apply->op, 3, inputs, NULL, NULL);
    }
  return NULL;
}

const WeftAction weft_actions_stable[] = {
  { "pair-factors", pair_factors },
  { "pair-terms", pair_terms },
  { "pair-scattered", pair_scattered },
  { "target-less-sigmoid", target_less_sigmoid },
  { "split-log", split_log },
  { "log-of-any-power", log_of_any_power },
  { "log-of-part", log_of_part },
  { "log-mean-exp", log_mean_exp },
  { "softmax-times-count", softmax_times_count },
  { "softmax-times-size", softmax_times_size },
  { "log-det", log_det },
  { "log-abs-det", log_abs_det },
  { "sum-of-all", sum_of_all },
  { "sum-of-fill", sum_of_fill },
  { "sink-where", sink_where },
};
const guint weft_n_actions_stable = G_N_ELEMENTS (weft_actions_stable);
