/* The proof of a rewrite on samples; see proof.h.
 *
 * Each row draws all operands anew. The plain reference computes both sides in double, the
 * interpreter as they are typed, without rewrites.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/proof-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Rows of a proof, and how many where they are large; the work of all of them is about this: a
 * second of the reference. */
#define MOST_ROWS 256
#define LEAST_ROWS 2
#define MOST_WORK 2e7
/* What one row may take at most, in multiplications: some seconds of the reference. */
#define MOST_ROW_WORK 5e8
/* One row in so many is extreme, one at least. */
#define EXTREME_EVERY 8
/* Relative. The two sides round differently, and a sum of some hundred terms, a quotient by
 * something small and a factorisation make up to some hundred thousand roundings of that. A wrong
 * rule is not that close. */
#define TOLERANCE 1e-10
#define TOLERANCE_WHOLE 1e-9
/* Where a constant was rounded to float32. */
#define TOLERANCE_ROUNDED 1e-5

/* Some thousand roundings, relative. Where such a change of the operands moves the result more than
 * the tolerance, that is how closely the two sides can be told apart. */
#define ROUNDINGS 1e-12
/* The same where the sides differ by a constant that float32 rounded. */
#define ROUNDINGS_TYPED 2e-7
/* What is tried instead: float32 operands must feel it. */
#define NUDGE 1e-6
#define NUDGED_ROWS 4

typedef struct
{
  WeftSides    *sides;
  WeftProof    *proof;
  WeftFunction *reference, *typed;
  guint         n;       /* outputs */
  guint         extreme; /* one row in so many is */
} Trial;

static void
unref_all (WeftArray **arrays, guint n)
{
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&arrays[i], weft_array_unref);
}

/* ---- Comparison ---- */

static gboolean
all_finite (WeftArray *const *results, guint n, guint first)
{
  for (guint i = first; i < n; i += 2)
    for (gint64 k = 0; k < results[i]->n_elements; k++)
      if (!isfinite (weft_array_get (results[i], k)))
        return FALSE;
  return TRUE;
}

/* The largest difference; infinite where only the first side is finite. */
static double
difference (WeftArray *const *results, guint n)
{
  double largest = 0;

  for (guint i = 0; i < n; i += 2)
    for (gint64 k = 0; k < results[i]->n_elements; k++)
      {
        double a = weft_array_get (results[i], k), b = weft_array_get (results[i + 1], k);

        if (!isfinite (a))
          continue;
        if (!isfinite (b))
          return INFINITY;
        largest = MAX (largest, fabs (a - b) / MAX (1, fabs (a)));
      }
  return largest;
}

static gboolean
same_bits (WeftArray *const *results, guint n)
{
  for (guint i = 0; i < n; i += 2)
    for (gint64 k = 0; k < results[i]->n_elements; k++)
      {
        double a = weft_array_get (results[i], k), b = weft_array_get (results[i + 1], k);

        if (memcmp (&a, &b, sizeof a) != 0 && !(isnan (a) && isnan (b)))
          return FALSE;
      }
  return TRUE;
}

/* ---- Rows ---- */

/* A label out of range or an assertion that does not hold is the operands' fault, not the rule's.
 */
static gboolean
is_refusal (const GError *error)
{
  return g_error_matches (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INDEX) ||
         g_error_matches (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_ASSERT);
}

static void
take_row (Trial *trial, WeftArray *const *exact, WeftArray *const *typed, gboolean extreme)
{
  WeftProof *proof = trial->proof;

  proof->n_rows++;
  for (guint i = 0; i < trial->n; i += 2)
    proof->n_samples += (guint) exact[i]->n_elements;
  if (!extreme)
    {
      proof->difference = MAX (proof->difference, difference (exact, trial->n));
      proof->typed_difference = MAX (proof->typed_difference, difference (typed, trial->n));
    }
  proof->bit_equal = proof->bit_equal && same_bits (exact, trial->n);
  proof->bad_before += !all_finite (typed, trial->n, 0);
  proof->bad_after += !all_finite (typed, trial->n, 1);
}

/* The operands of a row. The caller owns the array. */
static GPtrArray *
draw_row (Trial *trial, guint64 seed, guint row, gboolean extreme)
{
  GArray    *operands = trial->sides->operands;
  GPtrArray *inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);

  for (guint i = 0; i < operands->len; i++)
    g_ptr_array_add (inputs, weft_proof_draw (&g_array_index (operands, WeftProofOperand, i), seed,
                                              i, extreme ? row / trial->extreme : row, extreme,
                                              &trial->proof->extreme));
  return inputs;
}

static gboolean
is_extreme (const Trial *trial, guint row)
{
  return row % trial->extreme == trial->extreme - 1;
}

/* One draw of all operands. FALSE and an error: not only this one cannot be computed. */
static gboolean
run_row (Trial *trial, guint64 seed, guint row, GCancellable *cancellable, GError **error)
{
  gboolean extreme = is_extreme (trial, row);
  g_autoptr (GPtrArray) inputs = draw_row (trial, seed, row, extreme);
  g_autofree WeftArray **exact = g_new0 (WeftArray *, trial->n);
  g_autofree WeftArray **typed = g_new0 (WeftArray *, trial->n);
  g_autoptr (GError) local = NULL;
  WeftArray **arrays = (WeftArray **) inputs->pdata;
  gboolean    done;

  done = weft_function_call (trial->reference, arrays, exact, cancellable, &local) &&
         weft_function_call (trial->typed, arrays, typed, cancellable, &local);
  if (done)
    take_row (trial, exact, typed, extreme);
  unref_all (exact, trial->n);
  unref_all (typed, trial->n);
  if (done || is_refusal (local))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* ---- What a rounding may do ---- */

/* Moves every other number up and the others down. */
static void
nudge (WeftArray *array)
{
  for (gint64 k = 0; weft_dtype_is_float (array->dtype) && k < array->n_elements; k++)
    weft_array_set (array, k, weft_array_get (array, k) * (1 + (k % 2 == 0 ? NUDGE : -NUDGE)));
}

/* How far the roundings in which the sides differ move the first of them where the operands feel
 * them, relative to MAX (1, |result|). */
static double
sensitivity (Trial *trial, guint64 seed, GCancellable *cancellable)
{
  double largest = 0;

  for (guint row = 0; row < NUDGED_ROWS; row++)
    {
      g_autoptr (GPtrArray) inputs = draw_row (trial, seed, row, FALSE);
      g_autofree WeftArray **still = g_new0 (WeftArray *, trial->n);
      g_autofree WeftArray **moved = g_new0 (WeftArray *, trial->n);
      WeftArray            **arrays = (WeftArray **) inputs->pdata;
      gboolean               done;

      done = weft_function_call (trial->reference, arrays, still, cancellable, NULL);
      for (guint i = 0; i < inputs->len; i++)
        nudge (arrays[i]);
      if (done && weft_function_call (trial->reference, arrays, moved, cancellable, NULL))
        for (guint i = 0; i < trial->n; i += 2)
          {
            WeftArray *pair[] = { still[i], moved[i] };
            double     distance = difference (pair, 2);

            largest = isfinite (distance) ? MAX (largest, distance) : largest;
          }
      unref_all (still, trial->n);
      unref_all (moved, trial->n);
    }
  return largest / NUDGE * (trial->sides->rounded ? ROUNDINGS_TYPED : ROUNDINGS);
}

static WeftFunction *
function_of (Trial *trial, WeftMode mode, GError **error)
{
  WeftSides             *sides = trial->sides;
  g_autofree WeftValue **inputs = g_new (WeftValue *, MAX (sides->operands->len, 1));
  WeftFunctionSpec       spec = { .graph = sides->graph,
                                  .n_inputs = sides->operands->len,
                                  .inputs = inputs,
                                  .n_outputs = trial->n,
                                  .outputs = sides->outputs,
                                  .mode = mode,
                                  .no_rewrites = TRUE };

  for (guint i = 0; i < sides->operands->len; i++)
    inputs[i] = g_array_index (sides->operands, WeftProofOperand, i).input;
  return weft_function_new (&spec, error);
}

static gboolean
run_rows (Trial *trial, guint64 seed, GCancellable *cancellable, GError **error)
{
  double work = MAX (trial->sides->work, 1);
  guint  n_rows = (guint) CLAMP (MOST_WORK / work, LEAST_ROWS, MOST_ROWS);

  if (work > MOST_ROW_WORK)
    {
      g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_MEMORY,
                   _ ("a sample takes %.1g multiplications, which is too many"), work);
      return FALSE;
    }
  *trial->proof = (WeftProof){ .bit_equal = TRUE };
  trial->extreme = MIN (n_rows, EXTREME_EVERY);
  trial->n = 2 * trial->sides->pairs->len;
  trial->reference = function_of (trial, WEFT_MODE_REFERENCE, error);
  trial->typed = trial->reference != NULL ? function_of (trial, WEFT_MODE_INTERPRET, error) : NULL;
  if (trial->typed == NULL)
    return FALSE;
  for (guint row = 0; row < n_rows; row++)
    if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
        !run_row (trial, seed, row, cancellable, error))
      return FALSE;
  if (trial->proof->n_rows > 0)
    return TRUE;
  g_set_error_literal (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INPUT,
                       _ ("no operands were found that it can be computed with"));
  return FALSE;
}

static void
judge (Trial *trial, gboolean exact, guint64 seed, GCancellable *cancellable)
{
  WeftSides *sides = trial->sides;
  WeftProof *proof = trial->proof;
  double     tolerance = sides->rounded ? TOLERANCE_ROUNDED
                         : sides->whole ? TOLERANCE_WHOLE
                                        : TOLERANCE;

  if (exact)
    proof->agrees = proof->bit_equal;
  else
    proof->agrees =
      proof->difference <= tolerance ||
      (isfinite (proof->difference) && proof->difference <= sensitivity (trial, seed, cancellable));
}

static gboolean
attempt (WeftSides    *sides,
         WeftShrink    shrink,
         gint64        size,
         gboolean      exact,
         guint64       seed,
         GCancellable *cancellable,
         WeftProof    *proof,
         GError      **error)
{
  Trial    trial = { .sides = sides, .proof = proof };
  gboolean done;

  done =
    weft_sides_build (sides, shrink, size, error) && run_rows (&trial, seed, cancellable, error);
  if (done)
    judge (&trial, exact, seed, cancellable);
  g_clear_pointer (&trial.reference, weft_function_free);
  g_clear_pointer (&trial.typed, weft_function_free);
  return done;
}

/* ---- What was promised ---- */

static gboolean
keeps_bits (WeftHistory *history, guint step)
{
  const char *rule = weft_history_get_step (history, step)->rule;

  for (guint i = 0; i < weft_rule_count (); i++)
    if (g_str_equal (weft_rule_get (i)->name, rule))
      return weft_rule_get (i)->exact;
  return FALSE;
}

/* Small sizes first; the sizes as they are where those do not fit, or where it matters that a
 * constant is one of them. */
static gboolean
prove (WeftSides    *sides,
       gboolean      exact,
       guint64       seed,
       GCancellable *cancellable,
       WeftProof    *proof,
       GError      **error)
{
  static const struct
  {
    WeftShrink shrink;
    gint64     size;
  } ways[] = { { WEFT_SHRINK_ALL, 0 },
               { WEFT_SHRINK_LEADING, 0 },
               { WEFT_SHRINK_NONE, 0 },
               { WEFT_SHRINK_NONE, 4 },
               { WEFT_SHRINK_NONE, 8 } };
  g_autoptr (GError) first = NULL;
  gboolean found = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (ways) && (ways[i].size == 0 || sides->named); i++)
    {
      g_autoptr (GError) local = NULL;
      WeftProof now;

      if (attempt (sides, ways[i].shrink, ways[i].size, exact, seed, cancellable, &now, &local))
        {
          *proof = now;
          found = TRUE;
          if (now.agrees || ways[i].shrink == WEFT_SHRINK_NONE)
            return TRUE;
        }
      else if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      else
        {
          g_debug ("proof, way %u: %s", i, local->message);
          if (ways[i].shrink == WEFT_SHRINK_NONE && first == NULL)
            first = g_steal_pointer (&local);
        }
    }
  if (!found)
    g_propagate_error (error, g_steal_pointer (&first));
  return found;
}

gboolean
weft_proof_step (WeftHistory  *history,
                 guint         step,
                 guint64       seed,
                 GCancellable *cancellable,
                 WeftProof    *proof,
                 GError      **error)
{
  WeftSides sides = { 0 };
  gboolean  done = weft_sides_step (&sides, history, step, error) &&
                  prove (&sides, keeps_bits (history, step), seed, cancellable, proof, error);

  weft_sides_clear (&sides);
  return done;
}

gboolean
weft_proof_whole (WeftHistory  *history,
                  guint         step,
                  guint64       seed,
                  GCancellable *cancellable,
                  WeftProof    *proof,
                  GError      **error)
{
  WeftSides sides = { 0 };
  gboolean  done = weft_sides_whole (&sides, history, step, error) &&
                  prove (&sides, FALSE, seed, cancellable, proof, error);

  weft_sides_clear (&sides);
  return done;
}
