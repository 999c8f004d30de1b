/* Random graphs; see random-graph.h. Whether rewriting changes them, and the smallest part that
 * shows it.
 *
 * Both sides are computed by the plain reference. Where they differ, the graph is computed again
 * with every float on the way changed by a few thousand roundings: what that moves, a rounding may
 * move, and only a larger difference counts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/random-graph.h"

#include <math.h>
#include <string.h>

/* Relative noise, some 4 500 and 16 roundings; what it moves, times SLACK, is not told apart. */
#define NOISE_F64 1e-12
#define NOISE_F32 1e-6
#define SLACK 1000
/* Relative to MAX (1, |before|). */
#define TOLERANCE_F64 1e-9
#define TOLERANCE_F32 1e-3
/* Where a sign decides between an infinity and none, each try shows it in every second case. */
#define N_NOISY 12
/* A rule may make several, and each of those meet others. */
#define STEPS_AN_OP 40
/* Of steps and ops, in a complaint. */
#define MAX_TOLD 20

/* ---- Evaluation ---- */

static void
unref_all (WeftArray **arrays, guint n)
{
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&arrays[i], weft_array_unref);
  g_free (arrays);
}

/* Arrays of @values, owned; NULL and the error. */
static WeftArray **
evaluate (WeftGraph         *graph,
          GPtrArray         *inputs,
          GPtrArray         *arrays,
          guint              n,
          WeftValue *const  *values,
          WeftMode           mode,
          gboolean           no_rewrites,
          const char *const *without,
          GError           **error)
{
  WeftFunctionSpec spec = { .graph = graph,
                            .n_inputs = inputs->len,
                            .inputs = (WeftValue **) inputs->pdata,
                            .n_outputs = n,
                            .outputs = values,
                            .mode = mode,
                            .no_rewrites = no_rewrites,
                            .without = without };
  g_autoptr (WeftFunction) function = weft_function_new (&spec, error);
  WeftArray **results = g_new0 (WeftArray *, MAX (n, 1));

  if (function != NULL &&
      weft_function_call (function, (WeftArray **) arrays->pdata, results, NULL, error))
    return results;
  unref_all (results, n);
  return NULL;
}

/* ---- Noise ---- */

typedef struct
{
  GRand      *rand;
  double      size;
  WeftGraph  *graph;
  GHashTable *map; /* WeftValue* -> WeftValue* of graph */
} Noise;

/* @value times numbers close to 1, each its own. */
static WeftValue *
shake (Noise *noise, WeftValue *value)
{
  gint64 shape[WEFT_MAX_RANK];
  g_autoptr (WeftArray) factors = NULL;

  if (!weft_dtype_is_float (value->type.dtype) || value->type.weak ||
      !weft_shape_resolve (&value->type.shape, NULL, shape))
    return value;
  factors = weft_array_new (WEFT_F64, value->type.shape.rank, shape);
  for (gint64 i = 0; i < factors->n_elements; i++)
    weft_array_set (factors, i, 1 + noise->size * g_rand_double_range (noise->rand, -1, 1));
  /* As float64, and not made a float32: the reference multiplies in double. */
  return weft_graph_cast (
    noise->graph,
    weft_graph_op (noise->graph, "mul", value, weft_graph_constant (noise->graph, factors), NULL),
    value->type.dtype);
}

static gboolean
add_noisy (Noise *noise, const WeftApply *apply)
{
  g_autofree WeftValue **inputs = g_new (WeftValue *, MAX (apply->n_inputs, 1));
  WeftValue             *value;

  if (apply->literal != NULL)
    {
      value = weft_graph_constant (noise->graph, apply->literal);
      value->type.weak = apply->outputs[0].type.weak;
    }
  else if (g_str_equal (apply->op->name, "dim"))
    value = weft_graph_dim (noise->graph, apply->attrs[0].dims->dims[0]);
  else
    {
      for (guint i = 0; i < apply->n_inputs; i++)
        inputs[i] = g_hash_table_lookup (noise->map, apply->inputs[i]);
      value =
        weft_graph_apply (noise->graph, apply->op, apply->n_inputs, inputs, apply->attrs, NULL);
      if (value == NULL)
        return FALSE;
      value->apply->stream = apply->stream;
    }
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      WeftValue *output = weft_apply_output (value->apply, i);

      output->type.weak = apply->outputs[i].type.weak;
      g_hash_table_insert (noise->map, (gpointer) &apply->outputs[i],
                           apply->n_inputs > 0 ? shake (noise, output) : output);
    }
  return TRUE;
}

/* @outputs with noise at every step: arrays, owned; NULL: it cannot be made. */
static WeftArray **
evaluate_noisy (RandomGraph *random, guint n, WeftValue *const *outputs, double size, guint32 seed)
{
  g_autoptr (WeftGraph) plain = weft_graph_new ();
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (GHashTable) replacements = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (WeftBindings) bindings = weft_bindings_new ();
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) order = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autofree WeftValue **values = g_new (WeftValue *, MAX (n, 1));
  Noise                  noise = { rand, size, graph, map };

  for (guint i = 0; i < random->inputs->len; i++)
    {
      WeftValue *input = g_ptr_array_index (random->inputs, i), *still, *shaken;
      WeftArray *array = g_ptr_array_index (random->arrays, i);
      WeftType   type = { input->type.dtype, FALSE, weft_array_get_shape (array) };

      for (guint k = 0; k < array->rank; k++)
        weft_dim_match (input->type.shape.dims[k], array->shape[k], bindings);
      still = weft_graph_input (plain, input->name, &type);
      shaken = weft_graph_input (graph, input->name, &type);
      g_hash_table_insert (replacements, input, still);
      g_ptr_array_add (inputs, shaken);
      g_hash_table_insert (map, still, shake (&noise, shaken));
    }
  if (weft_graph_has_counted (random->graph) ||
      !weft_graph_clone (random->graph, plain, n, outputs, replacements, bindings, values, NULL))
    return NULL;
  order = weft_graph_order (plain, n, values);
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      if (!g_hash_table_contains (map, &apply->outputs[0]) && !add_noisy (&noise, apply))
        return NULL;
    }
  for (guint i = 0; i < n; i++)
    values[i] = g_hash_table_lookup (map, values[i]);
  return evaluate (graph, inputs, random->arrays, n, values, WEFT_MODE_REFERENCE, TRUE, NULL, NULL);
}

/* ---- Comparison ---- */

typedef enum
{
  SAME,
  BETTER,
  OTHER,
} Verdict;

static Verdict
compare (double before, double after, double tolerance)
{
  if (isnan (before))
    return isnan (after) ? SAME : BETTER;
  if (isinf (before))
    return before == after ? SAME : isfinite (after) ? BETTER
                                                     : OTHER;
  return isfinite (after) && fabs (before - after) <= tolerance * MAX (1, fabs (before)) ? SAME
                                                                                         : OTHER;
}

/* Whether noise moves @before at least as far as @after is from it. */
static gboolean
is_noise (double before, double after, double *const noisy, guint n)
{
  double moved = 0;

  for (guint i = 0; i < n; i++)
    {
      if (!isfinite (noisy[i]) || !isfinite (before))
        {
          if (isnan (noisy[i]) != isnan (before) || isinf (noisy[i]) != isinf (before) ||
              (isinf (before) && noisy[i] != before))
            return TRUE;
          continue;
        }
      moved = MAX (moved, fabs (noisy[i] - before));
    }
  return isfinite (before) && isfinite (after) && fabs (before - after) <= SLACK * moved;
}

typedef struct
{
  RandomGraph *random;
  guint        n;
  WeftValue  **outputs;
  WeftArray  **before; /* by the reference, without rewrites */
  int          clean;  /* whether all numbers on the way are finite; -1: not looked at yet */
  WeftArray  **noisy[N_NOISY];
  double       noise; /* that noisy was made with; 0: not yet */
} Subject;

static void
forget_noise (Subject *subject)
{
  for (guint i = 0; i < N_NOISY; i++)
    if (subject->noisy[i] != NULL)
      unref_all (g_steal_pointer (&subject->noisy[i]), subject->n);
  subject->noise = 0;
}

static gboolean
moves (Subject *subject, guint output, gint64 element, double after, double size)
{
  double noisy[N_NOISY], before = weft_array_get (subject->before[output], element);

  if (subject->noise != size)
    {
      forget_noise (subject);
      for (guint i = 0; i < N_NOISY; i++)
        subject->noisy[i] =
          evaluate_noisy (subject->random, subject->n, subject->outputs, size, 100 + i);
      subject->noise = size;
    }
  for (guint i = 0; i < N_NOISY; i++)
    {
      if (subject->noisy[i] == NULL)
        return TRUE; /* cannot be told */
      noisy[i] = weft_array_get (subject->noisy[i][output], element);
    }
  return is_noise (before, after, noisy, N_NOISY);
}

static gboolean
all_finite (const WeftArray *array)
{
  for (gint64 i = 0; i < array->n_elements; i++)
    if (!isfinite (weft_array_get (array, i)))
      return FALSE;
  return TRUE;
}

/* An infinity or NaN on the way, which a rule may have mended, can end as another finite number:
 * through an argmax, say. */
static gboolean
is_clean (Subject *subject)
{
  RandomGraph *random = subject->random;
  g_autoptr (GPtrArray) order = NULL;
  g_autoptr (GPtrArray) values = NULL;
  WeftArray **arrays;

  if (subject->clean >= 0)
    return subject->clean;
  order = weft_graph_order (random->graph, subject->n, subject->outputs);
  values = g_ptr_array_new ();
  for (guint i = 0; i < order->len; i++)
    for (guint k = 0; k < ((WeftApply *) order->pdata[i])->n_outputs; k++)
      g_ptr_array_add (values, weft_apply_output (order->pdata[i], k));
  arrays = evaluate (random->graph, random->inputs, random->arrays, values->len,
                     (WeftValue **) values->pdata, WEFT_MODE_REFERENCE, TRUE, NULL, NULL);
  subject->clean = arrays != NULL;
  for (guint i = 0; i < values->len && subject->clean; i++)
    subject->clean = all_finite (arrays[i]);
  if (arrays != NULL)
    unref_all (arrays, values->len);
  return subject->clean;
}

/* NULL: @after is as good as before. */
static char *
compare_all (Subject *subject, WeftArray *const *after, gboolean narrow, RandomCheck *check)
{
  double tolerance = narrow ? TOLERANCE_F32 : TOLERANCE_F64;

  for (guint i = 0; i < subject->n; i++)
    {
      const WeftArray *before = subject->before[i];

      if (after[i]->n_elements != before->n_elements)
        return g_strdup_printf ("output %u has another shape", i);
      for (gint64 k = 0; k < before->n_elements; k++)
        {
          double  a = weft_array_get (before, k), b = weft_array_get (after[i], k);
          Verdict verdict = compare (a, b, tolerance);

          check->n_elements += verdict == SAME;
          check->n_improved += verdict == BETTER;
          if (verdict == OTHER && !moves (subject, i, k, b, narrow ? NOISE_F32 : NOISE_F64) &&
              (!isfinite (b) || is_clean (subject)))
            return g_strdup_printf ("output %u, element %d: %.17g before, %.17g after", i, (int) k,
                                    a, b);
        }
    }
  return NULL;
}

/* ---- The checks ---- */

static WeftValue **
rewritten (RandomGraph       *random,
           const char *const *without,
           GHashTable        *fired,
           guint             *n_steps,
           char             **problem)
{
  const WeftRewriteStep *steps;
  guint                  n = random->outputs->len, before, after;
  WeftValue            **outputs = (WeftValue **) random->outputs->pdata;
  WeftValue            **results = g_new (WeftValue *, MAX (n, 1));
  g_autoptr (WeftRewrite) journal = NULL;
  g_autoptr (GError) error = NULL;

  weft_rewrite (random->graph, n, outputs, without, results, &journal);
  steps = weft_rewrite_steps (journal, n_steps);
  for (guint i = 0; fired != NULL && i < *n_steps; i++)
    g_hash_table_add (fired, (gpointer) g_intern_string (steps[i].rule));
  weft_rewrite_get_counts (journal, &before, &after, NULL);
  if (weft_rewrite_get_oscillation (journal) != NULL)
    *problem = g_strdup (weft_rewrite_get_oscillation (journal));
  else if (*n_steps > STEPS_AN_OP * (before + 1))
    *problem = g_strdup_printf ("%u steps for %u ops", *n_steps, before);
  else if (!weft_graph_check (random->graph, n, results, &error))
    *problem = g_strdup (error->message);
  for (guint i = 0; i < n && *problem == NULL; i++)
    if (!weft_type_equal (&outputs[i]->type, &results[i]->type))
      {
        g_autofree char *was = weft_type_to_string (&outputs[i]->type);
        g_autofree char *is = weft_type_to_string (&results[i]->type);

        *problem = g_strdup_printf ("output %u was %s, is %s", i, was, is);
      }
  return results;
}

char *
random_graph_rewrite (RandomGraph *random, const char *const *without, guint *n_steps)
{
  char                  *problem = NULL;
  g_autofree WeftValue **results = rewritten (random, without, NULL, n_steps, &problem);

  return problem;
}

/* Whether anything is float32: a constant that was folded in it is rounded to it. */
static gboolean
is_narrow (WeftGraph *graph, guint n, WeftValue *const *outputs)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n, outputs);

  for (guint i = 0; i < order->len; i++)
    if (((WeftApply *) g_ptr_array_index (order, i))->outputs[0].type.dtype == WEFT_F32)
      return TRUE;
  return FALSE;
}

static char *
check_reference (Subject *subject, WeftValue *const *results, RandomCheck *check)
{
  g_autoptr (GError) error = NULL;
  RandomGraph *random = subject->random;
  WeftArray  **after = evaluate (random->graph, random->inputs, random->arrays, subject->n, results,
                                 WEFT_MODE_REFERENCE, TRUE, NULL, &error);
  char        *problem;

  if (after == NULL)
    return g_strdup_printf ("only the rewritten graph fails: %s", error->message);
  problem =
    compare_all (subject, after, is_narrow (random->graph, subject->n, subject->outputs), check);
  unref_all (after, subject->n);
  return problem;
}

char *
random_graph_compare (RandomGraph *random, WeftValue *before, WeftValue *after, RandomCheck *check)
{
  Subject subject = { random, 1, &before, .clean = -1 };
  char   *problem = NULL;

  subject.before = evaluate (random->graph, random->inputs, random->arrays, 1, &before,
                             WEFT_MODE_REFERENCE, TRUE, NULL, NULL);
  if (subject.before == NULL)
    return NULL;
  problem = check_reference (&subject, &after, check);
  forget_noise (&subject);
  unref_all (subject.before, 1);
  return problem;
}

/* The program as it is run. What it does without rewrites too is not theirs. */
static char *
check_program (Subject *subject, const char *const *without, RandomCheck *check)
{
  g_autoptr (GError) error = NULL;
  RandomGraph *random = subject->random;
  WeftArray  **plain = evaluate (random->graph, random->inputs, random->arrays, subject->n,
                                 subject->outputs, WEFT_MODE_INTERPRET, TRUE, NULL, NULL);
  WeftArray  **after;
  char        *problem = NULL, *other = NULL;
  RandomCheck  unused = { 0 };

  if (plain == NULL)
    return NULL;
  other = compare_all (subject, plain, TRUE, &unused);
  after = other == NULL ? evaluate (random->graph, random->inputs, random->arrays, subject->n,
                                    subject->outputs, WEFT_MODE_INTERPRET, FALSE, without, &error)
                        : NULL;
  if (after != NULL)
    problem = compare_all (subject, after, TRUE, check);
  else if (other == NULL)
    problem = g_strdup_printf ("only the optimised program fails: %s", error->message);
  unref_all (plain, subject->n);
  if (after != NULL)
    unref_all (after, subject->n);
  g_free (other);
  if (problem == NULL)
    return NULL;
  other = g_strconcat ("program: ", problem, NULL);
  g_free (problem);
  return other;
}

char *
random_graph_check (RandomGraph       *random,
                    const char *const *without,
                    gboolean           run,
                    RandomCheck       *check)
{
  WeftValue            **outputs = (WeftValue **) random->outputs->pdata;
  Subject                subject = { random, random->outputs->len, outputs, .clean = -1 };
  guint                  n_steps = 0;
  char                  *problem = NULL;
  g_autofree WeftValue **results = NULL;

  subject.before = evaluate (random->graph, random->inputs, random->arrays, subject.n,
                             subject.outputs, WEFT_MODE_REFERENCE, TRUE, NULL, NULL);
  results = rewritten (random, without, check->fired, &n_steps, &problem);
  check->n_steps += n_steps;
  if (subject.before == NULL)
    return problem;
  if (problem == NULL)
    problem = check_reference (&subject, results, check);
  if (problem == NULL && run)
    problem = check_program (&subject, without, check);
  check->n_compared += problem == NULL;
  forget_noise (&subject);
  unref_all (subject.before, subject.n);
  return problem;
}

/* ---- Shrinking ---- */

/* A copy with @value (or NULL) replaced by an input that is @array. */
static RandomGraph *
copy_graph (
  RandomGraph *random, guint n, WeftValue *const *outputs, WeftValue *value, WeftArray *array)
{
  RandomGraph *copy = g_new0 (RandomGraph, 1);
  g_autoptr (GHashTable) replacements = g_hash_table_new (NULL, NULL);
  g_autofree WeftValue **results = g_new (WeftValue *, MAX (n, 1));
  gboolean               done;

  copy->graph = weft_graph_new ();
  copy->rand = g_rand_new_with_seed (0);
  copy->dtype = random->dtype;
  copy->named = random->named;
  copy->inputs = g_ptr_array_new ();
  copy->arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  copy->values = g_ptr_array_new ();
  copy->outputs = g_ptr_array_new ();
  for (guint i = 0; i < random->inputs->len; i++)
    {
      WeftValue *input = g_ptr_array_index (random->inputs, i);
      WeftValue *twin = weft_graph_input (copy->graph, input->name, &input->type);

      g_hash_table_insert (replacements, input, twin);
      g_ptr_array_add (copy->inputs, twin);
      g_ptr_array_add (copy->arrays, weft_array_ref (g_ptr_array_index (random->arrays, i)));
    }
  if (value != NULL)
    {
      g_autofree char *name = g_strdup_printf ("y%u", random->inputs->len);
      WeftValue       *cut = weft_graph_input (copy->graph, name, &value->type);

      g_hash_table_insert (replacements, value, cut);
      g_ptr_array_add (copy->inputs, cut);
      g_ptr_array_add (copy->arrays, weft_array_cast (array, value->type.dtype));
    }
  done =
    weft_graph_clone (random->graph, copy->graph, n, outputs, replacements, NULL, results, NULL);
  for (guint i = 0; i < n && done; i++)
    g_ptr_array_add (copy->outputs, results[i]);
  if (done)
    return copy;
  random_graph_free (copy);
  return NULL;
}

static gboolean
still_fails (RandomGraph *random, const char *const *without, gboolean run)
{
  RandomGraph *copy =
    copy_graph (random, random->outputs->len, (WeftValue **) random->outputs->pdata, NULL, NULL);
  RandomCheck      check = { 0 };
  g_autofree char *problem = copy != NULL ? random_graph_check (copy, without, run, &check) : NULL;

  g_clear_pointer (&copy, random_graph_free);
  return problem != NULL;
}

/* Takes @candidate in place of *@random if it fails too. */
static gboolean
take (RandomGraph **random, RandomGraph *candidate, const char *const *without, gboolean run)
{
  if (candidate == NULL || !still_fails (candidate, without, run))
    {
      g_clear_pointer (&candidate, random_graph_free);
      return FALSE;
    }
  random_graph_free (*random);
  *random = candidate;
  return TRUE;
}

/* One output, cut off at the first value that will do. */
static gboolean
shrink_once (RandomGraph **random, const char *const *without, gboolean run)
{
  RandomGraph *now = *random;
  WeftValue  **outputs = (WeftValue **) now->outputs->pdata;
  g_autoptr (GPtrArray) order = weft_graph_order (now->graph, now->outputs->len, outputs);

  for (guint i = 0; i < now->outputs->len && now->outputs->len > 1; i++)
    if (take (random, copy_graph (now, 1, &outputs[i], NULL, NULL), without, run))
      return TRUE;
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply   *apply = g_ptr_array_index (order, i);
      WeftValue   *value = &apply->outputs[0];
      WeftArray  **arrays;
      RandomGraph *cut;

      if (apply->n_inputs == 0 || weft_graph_has_counted (now->graph))
        continue;
      if (value != outputs[0] &&
          take (random, copy_graph (now, 1, &value, NULL, NULL), without, run))
        return TRUE;
      arrays = evaluate (now->graph, now->inputs, now->arrays, 1, &value, WEFT_MODE_REFERENCE, TRUE,
                         NULL, NULL);
      if (arrays == NULL)
        continue;
      cut = copy_graph (now, now->outputs->len, outputs, value, arrays[0]);
      unref_all (arrays, 1);
      if (take (random, cut, without, run))
        return TRUE;
    }
  return FALSE;
}

/* The rules that fired, in order. */
static void
append_steps (RandomGraph *random, const char *const *without, GString *text)
{
  guint                  n = random->outputs->len, n_steps;
  g_autofree WeftValue **results = g_new (WeftValue *, MAX (n, 1));
  g_autoptr (WeftRewrite) journal = NULL;
  const WeftRewriteStep *steps;

  weft_rewrite (random->graph, n, (WeftValue **) random->outputs->pdata, without, results,
                &journal);
  steps = weft_rewrite_steps (journal, &n_steps);
  for (guint i = 0; i < MIN (n_steps, MAX_TOLD); i++)
    g_string_append_printf (text, "%s%s", i == 0 ? "steps: " : ", ", steps[i].rule);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *after = weft_value_to_expression (results[i], MAX_TOLD);

      g_string_append_printf (text, "\n-> %s\n", after);
    }
}

static void
append_inputs (RandomGraph *random, GString *text)
{
  g_autoptr (GPtrArray) order =
    weft_graph_order (random->graph, random->outputs->len, (WeftValue **) random->outputs->pdata);

  for (guint i = 0; i < random->inputs->len; i++)
    {
      WeftValue       *input = g_ptr_array_index (random->inputs, i);
      g_autofree char *numbers = weft_array_to_string (g_ptr_array_index (random->arrays, i), 0);

      if (g_ptr_array_find (order, input->apply, NULL))
        g_string_append_printf (text, "%s = %s\n", input->name, numbers);
    }
}

/* Switches on again every rule of @without that the failure can do with. */
static void
shrink_names (RandomGraph *random, GPtrArray *without, gboolean run)
{
  for (guint i = 0; i + 1 < without->len;)
    {
      gpointer name = g_ptr_array_remove_index (without, i);

      if (still_fails (random, (const char *const *) without->pdata, run))
        continue;
      g_ptr_array_insert (without, i, name);
      i++;
    }
}

char *
random_graph_shrink (RandomGraph *random, const char *const *without, gboolean run)
{
  guint        n = random->outputs->len;
  RandomGraph *small = copy_graph (random, n, (WeftValue **) random->outputs->pdata, NULL, NULL);
  GString     *text = g_string_new (NULL);
  RandomCheck  check = { 0 };
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; without != NULL && without[i] != NULL; i++)
    g_ptr_array_add (names, (gpointer) without[i]);
  g_ptr_array_add (names, NULL);
  while (small != NULL && shrink_once (&small, without, run))
    ;
  if (small != NULL)
    {
      shrink_names (small, names, run);
      without = (const char *const *) names->pdata;
      g_autofree char *graph = weft_graph_to_string (small->graph, small->outputs->len,
                                                     (WeftValue **) small->outputs->pdata);
      g_autofree char *problem = random_graph_check (small, without, run, &check);

      g_string_append_printf (text, "%s\n%s\n", problem != NULL ? problem : "(only as a whole)",
                              graph);
      append_inputs (small, text);
      append_steps (small, without, text);
      for (guint i = 0; without[i] != NULL; i++)
        g_string_append_printf (text, "%s%s", i == 0 ? "without " : " ", without[i]);
      random_graph_free (small);
    }
  return g_string_free (text, FALSE);
}
