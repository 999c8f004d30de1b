/* einsum: NumPy's whole notation, as contractions of two operands at a time in the cheapest order.
 *
 * "ij,jk->ik", repeated labels of an operand (its diagonal), "..." for axes that broadcast, and no
 * "->": the labels that stand once, in alphabetical order, after the axes of "...".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/contract.h"

#include <string.h>

/* Orders of up to so many operands are all compared (3^n steps); more are taken from left to right.
 */
#define MAX_ORDERED 10
#define MAX_OPERANDS 63

typedef struct
{
  guint        n_operands;
  WeftOperand *operands;
  guint        n_ellipsis; /* most axes that an operand has for "..." */
  guint        n_out;
  guint8       out[WEFT_MAX_RANK];
  gboolean     kept[WEFT_N_LABELS]; /* in the output */
} Einsum;

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list          args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s", message);
  return FALSE;
}

/* ---- Reading the subscripts ---- */

/* Moves @text over one operand's or the output's subscripts into @labels (letters, and 0 for
 * "..."); at most WEFT_MAX_RANK + 1 of them. */
static gboolean
read_term (const char **text, guint8 *labels, guint *n, GError **error)
{
  gboolean ellipsis = FALSE;

  *n = 0;
  for (; **text != '\0' && **text != ',' && !g_str_has_prefix (*text, "->"); (*text)++)
    {
      if (**text == ' ')
        continue;
      if (*n > WEFT_MAX_RANK)
        return refuse (error, "an operand has more than %u subscripts", WEFT_MAX_RANK);
      if (g_str_has_prefix (*text, "...") && !ellipsis)
        {
          ellipsis = TRUE;
          labels[(*n)++] = 0;
          *text += 2;
        }
      else if (g_ascii_isalpha (**text))
        labels[(*n)++] = **text;
      else
        return refuse (
          error, "'%s' is no subscript; letters, one '...' an operand, ',' and '->' are", *text);
    }
  return TRUE;
}

/* The labels of an operand or output of @rank axes from its subscripts. */
static void
spell_out (const guint8 *term, guint n_term, guint n_ellipsis, guint8 *labels, guint *n)
{
  *n = 0;
  for (guint i = 0; i < n_term; i++)
    if (term[i] != 0)
      labels[(*n)++] = term[i];
    else
      for (guint k = n_ellipsis; k-- > 0;)
        labels[(*n)++] = WEFT_ELLIPSIS_LABEL + k;
}

static gboolean
has_ellipsis (const guint8 *term, guint n)
{
  return n > 0 && memchr (term, 0, n) != NULL;
}

static gboolean
read_operand (Einsum *einsum, guint which, const char **text, GError **error)
{
  WeftOperand *operand = &einsum->operands[which];
  guint8       term[WEFT_MAX_RANK + 1];
  guint        n, rank = operand->value->type.shape.rank, letters, n_ellipsis = 0;

  if (!read_term (text, term, &n, error))
    return FALSE;
  letters = n - (has_ellipsis (term, n) ? 1 : 0);
  if (rank < letters || (rank > letters && letters == n))
    return refuse (error, "operand %u has %u axes, its subscripts name %u", which, rank, letters);
  n_ellipsis = rank - letters;
  einsum->n_ellipsis = MAX (einsum->n_ellipsis, n_ellipsis);
  spell_out (term, n, n_ellipsis, operand->labels, &operand->n);
  return TRUE;
}

/* Without "->": the ellipsis, then labels that stand once in all subscripts, sorted. */
static gboolean
implicit_output (Einsum *einsum, GError **error)
{
  guint count[WEFT_N_LABELS] = { 0 };

  for (guint k = 0; k < einsum->n_operands; k++)
    for (guint i = 0; i < einsum->operands[k].n; i++)
      count[einsum->operands[k].labels[i]]++;
  for (guint k = einsum->n_ellipsis; k-- > 0;)
    einsum->out[einsum->n_out++] = WEFT_ELLIPSIS_LABEL + k;
  for (guint label = 0; label < WEFT_ELLIPSIS_LABEL; label++)
    if (count[label] == 1)
      {
        if (einsum->n_out == WEFT_MAX_RANK)
          return refuse (error, "the result has more than %u axes", WEFT_MAX_RANK);
        einsum->out[einsum->n_out++] = label;
      }
  return TRUE;
}

static gboolean
read_output (Einsum *einsum, const char *text, GError **error)
{
  guint8 term[WEFT_MAX_RANK + 1], labels[2 * WEFT_MAX_RANK + 1];
  guint  n;

  if (!read_term (&text, term, &n, error))
    return FALSE;
  if (*text != '\0')
    return refuse (error, "'%s' follows the output's subscripts", text);
  if (einsum->n_ellipsis > 0 && !has_ellipsis (term, n))
    return refuse (error, "the output must have '...' too");
  spell_out (term, n, einsum->n_ellipsis, labels, &einsum->n_out);
  if (einsum->n_out > WEFT_MAX_RANK)
    return refuse (error, "the result has more than %u axes", WEFT_MAX_RANK);
  memcpy (einsum->out, labels, einsum->n_out);
  return TRUE;
}

static gboolean
check_output (Einsum *einsum, GError **error)
{
  for (guint i = 0; i < einsum->n_out; i++)
    {
      guint8   label = einsum->out[i];
      gboolean found = FALSE;

      if (einsum->kept[label])
        return refuse (error, "the output names %c twice", label);
      einsum->kept[label] = TRUE;
      for (guint k = 0; k < einsum->n_operands; k++)
        found = found || weft_operand_find (&einsum->operands[k], label) >= 0;
      if (!found)
        return refuse (error, "the output's %c is in no operand", label);
    }
  return TRUE;
}

static gboolean
read_subscripts (Einsum *einsum, const char *text, GError **error)
{
  for (guint k = 0; k < einsum->n_operands; k++)
    {
      if (!read_operand (einsum, k, &text, error))
        return FALSE;
      if (*text != ',' && k + 1 < einsum->n_operands)
        return refuse (error, "%u operands, but subscripts for %u", einsum->n_operands, k + 1);
      if (*text == ',' && k + 1 == einsum->n_operands)
        return refuse (error, "%u operands, but subscripts for more", einsum->n_operands);
      if (*text == ',')
        text++;
    }
  return (*text == '\0' ? implicit_output (einsum, error)
                        : read_output (einsum, text + 2, error)) &&
         check_output (einsum, error);
}

/* ---- Operands ---- */

/* Labels that stand twice become one: the diagonal of their axes, which comes last. */
static gboolean
take_diagonals (WeftGraph *graph, WeftOperand *operand, GError **error)
{
  for (guint i = 0; i < operand->n; i++)
    for (guint k = i + 1; k < operand->n; k++)
      if (operand->labels[i] == operand->labels[k])
        {
          WeftAttr attrs[3] = { weft_attr_int (0), weft_attr_int (i), weft_attr_int (k) };
          guint8   label = operand->labels[i];
          guint    n = 0;

          operand->value =
            weft_expand_apply (graph, WEFT_OP_DIAGONAL, operand->value, attrs, error);
          if (operand->value == NULL)
            return FALSE;
          for (guint j = 0; j < operand->n; j++)
            if (j != i && j != k)
              operand->labels[n++] = operand->labels[j];
          operand->labels[n++] = label;
          operand->n = n;
          /* Everything has moved: from the start again. */
          i = 0;
          k = 0;
        }
  return TRUE;
}

/* One size a label, but for 1. */
static gboolean
check_sizes (const Einsum *einsum, double *sizes, GError **error)
{
  WeftDim  known[WEFT_N_LABELS];
  gboolean seen[WEFT_N_LABELS] = { FALSE };

  for (guint k = 0; k < einsum->n_operands; k++)
    for (guint i = 0; i < einsum->operands[k].n; i++)
      {
        guint8  label = einsum->operands[k].labels[i];
        WeftDim dim = einsum->operands[k].value->type.shape.dims[i];

        if (!seen[label] || weft_dim_is_one (known[label]))
          known[label] = dim;
        else if (!weft_dim_is_one (dim) && weft_dim_differs (dim, known[label]))
          {
            g_autoptr (GString) text = g_string_new (NULL);

            weft_dim_append (known[label], text);
            g_string_append (text, " != ");
            weft_dim_append (dim, text);
            if (label < WEFT_ELLIPSIS_LABEL)
              return refuse (error, "%s (subscript %c)", text->str, label);
            return refuse (error, "%s (axes of '...')", text->str);
          }
        seen[label] = TRUE;
        sizes[label] = weft_estimate_size (known[label]);
      }
  return TRUE;
}

/* ---- The order ---- */

/* Sets of labels as bits: the letters, then the ellipsis. */
static guint
bit_of (guint8 label)
{
  if (label >= WEFT_ELLIPSIS_LABEL)
    return 52 + label - WEFT_ELLIPSIS_LABEL;
  return g_ascii_islower (label) ? (guint) (label - 'a') : 26 + (guint) (label - 'A');
}

static guint64
bits_of (guint n, const guint8 *labels)
{
  guint64 bits = 0;

  for (guint i = 0; i < n; i++)
    bits |= G_GUINT64_CONSTANT (1) << bit_of (labels[i]);
  return bits;
}

/* How many products a contraction with these labels makes. */
static double
cost_of (guint64 bits, const double *sizes)
{
  double cost = 1;

  for (guint i = 0; i < 64; i++)
    if (bits >> i & 1)
      cost *= sizes[i];
  return cost;
}

/* For each set of operands that is met on the cheapest way to all of them: the part that is
 * contracted first. By dynamic programming over sets: Lam, Sadayappan and Wenger 1997, "On
 * optimizing a class of multi-dimensional loops with reductions for parallel execution". */
static void
find_parts (const Einsum *einsum, const double *label_sizes, guint *parts)
{
  guint               n = einsum->n_operands, all = (1u << n) - 1;
  g_autofree guint64 *inside = g_new0 (guint64, all + 1);
  g_autofree guint64 *bits = g_new0 (guint64, all + 1);
  g_autofree double  *costs = g_new0 (double, all + 1);
  guint64             out = bits_of (einsum->n_out, einsum->out);
  double              sizes[64];

  for (guint i = 0; i < 64; i++)
    sizes[i] = 1;
  for (guint label = 0; label < WEFT_N_LABELS; label++)
    if (label >= WEFT_ELLIPSIS_LABEL || g_ascii_isalpha (label))
      sizes[bit_of (label)] = MAX (1, label_sizes[label]);
  for (guint set = 1; set <= all; set++)
    for (guint k = 0; k < n; k++)
      if (set >> k & 1)
        inside[set] |= bits_of (einsum->operands[k].n, einsum->operands[k].labels);
  for (guint set = 1; set <= all; set++)
    {
      bits[set] = inside[set] & (out | inside[all & ~set]);
      costs[set] = (set & (set - 1)) == 0 ? 0 : G_MAXDOUBLE;
      for (guint part = (set - 1) & set; part > 0 && costs[set] > 0; part = (part - 1) & set)
        {
          guint  rest = set & ~part;
          double cost = costs[part] + costs[rest] + cost_of (bits[part] | bits[rest], sizes);

          if (part > rest && cost < costs[set])
            {
              costs[set] = cost;
              parts[set] = rest;
            }
        }
    }
}

/* What a product of the operands in @set keeps. */
static void
kept_of (const Einsum *einsum, guint64 set, gboolean *kept)
{
  memcpy (kept, einsum->kept, sizeof einsum->kept);
  for (guint k = 0; k < einsum->n_operands; k++)
    for (guint i = 0; i < einsum->operands[k].n && !(set >> k & 1); i++)
      kept[einsum->operands[k].labels[i]] = TRUE;
}

/* Sets are made from smaller ones, which are smaller numbers. */
static gboolean
contract_cheaply (
  WeftGraph *graph, const Einsum *einsum, const double *sizes, WeftOperand *result, GError **error)
{
  guint                   all = (1u << einsum->n_operands) - 1;
  g_autofree guint       *parts = g_new0 (guint, all + 1);
  g_autofree gboolean    *needed = g_new0 (gboolean, all + 1);
  g_autofree WeftOperand *made = g_new0 (WeftOperand, all + 1);
  gboolean                kept[WEFT_N_LABELS];

  find_parts (einsum, sizes, parts);
  needed[all] = TRUE;
  for (guint set = all; set > 0; set--)
    if (needed[set] && parts[set] != 0)
      needed[parts[set]] = needed[set & ~parts[set]] = TRUE;
  for (guint k = 0; k < einsum->n_operands; k++)
    made[1u << k] = einsum->operands[k];
  for (guint set = 1; set <= all; set++)
    {
      if (!needed[set] || parts[set] == 0)
        continue;
      kept_of (einsum, set, kept);
      if (!weft_contract (graph, made[parts[set]], made[set & ~parts[set]], kept, &made[set],
                          error))
        return FALSE;
    }
  *result = made[all];
  return TRUE;
}

static gboolean
contract_in_turn (WeftGraph *graph, const Einsum *einsum, WeftOperand *result, GError **error)
{
  *result = einsum->operands[0];
  for (guint k = 1; k < einsum->n_operands; k++)
    {
      gboolean    kept[WEFT_N_LABELS];
      WeftOperand product;

      kept_of (einsum, (G_GUINT64_CONSTANT (2) << k) - 1, kept);
      if (!weft_contract (graph, *result, einsum->operands[k], kept, &product, error))
        return FALSE;
      *result = product;
    }
  return TRUE;
}

static gboolean
run (WeftGraph *graph, Einsum *einsum, WeftOperand *result, GError **error)
{
  double sizes[WEFT_N_LABELS] = { 0 };

  for (guint k = 0; k < einsum->n_operands; k++)
    if (!take_diagonals (graph, &einsum->operands[k], error))
      return FALSE;
  return check_sizes (einsum, sizes, error) &&
         (einsum->n_operands <= MAX_ORDERED ? contract_cheaply (graph, einsum, sizes, result, error)
                                            : contract_in_turn (graph, einsum, result, error)) &&
         weft_operand_sum (graph, result, einsum->kept, error) &&
         weft_operand_order (graph, result, einsum->n_out, einsum->out, error);
}

static gboolean
einsum (WeftGraph         *graph,
        const WeftBinding *text,
        const WeftBinding *values,
        WeftOperand       *result,
        GError           **error)
{
  Einsum                  einsum = { .n_operands = values->n_items };
  WeftAttr                subscripts;
  g_autofree WeftOperand *operands = NULL;

  if (!weft_binding_to_attr (text, graph, WEFT_ATTR_STRING, &subscripts, error))
    return FALSE;
  if (values->kind != WEFT_BIND_TUPLE || einsum.n_operands == 0 || einsum.n_operands > MAX_OPERANDS)
    return refuse (error, "needs subscripts and 1 to %d operands", MAX_OPERANDS);
  operands = g_new0 (WeftOperand, einsum.n_operands);
  einsum.operands = operands;
  for (guint k = 0; k < einsum.n_operands; k++)
    {
      operands[k].value = weft_binding_to_value (&values->items[k], graph, error);
      if (operands[k].value == NULL)
        return FALSE;
    }
  return read_subscripts (&einsum, subscripts.s, error) && run (graph, &einsum, result, error);
}

/* Source: the notation is NumPy's, numpy.einsum. */
EXPAND (einsum)
{
  WeftOperand product = { 0 };

  if (einsum (graph, &args[0], &args[1], &product, error))
    return weft_expand_give (product.value, result);
  g_prefix_error (error, "einsum: ");
  return FALSE;
}
