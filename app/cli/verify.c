/* weft-cli verify: gradients against finite differences, the interpreter against the plain
 * reference, and the two sides of every rewrite, on the data and (verify-rewrites.c) on samples.
 *
 * All in float64: the loss is rebuilt over float64 copies of the parameters and differentiated
 * there, so that a central difference has enough digits to tell a wrong gradient from rounding.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/source.h"
#include "app/cli/verify-private.h"

#include "engine/base/number-text.h"
#include "engine/grad/grad.h"
#include "engine/run/function.h"
#include "engine/tensor/philox.h"
#include "engine/train/model.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static gboolean as_json, all_elements;
static int      rows, threads;

static const GOptionEntry entries[] = {
  { "rows", 0, 0, G_OPTION_ARG_INT, &rows, N_ ("rows of the data to use (16)"), "N" },
  { "all", 0, 0, G_OPTION_ARG_NONE, &all_elements, N_ ("check every element, not a sample"), NULL },
  { "threads", 0, 0, G_OPTION_ARG_INT, &threads, CLI_THREADS_HELP, "N" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL },
  { NULL }
};

/* Elements of a parameter that are checked one by one; a random direction covers the others. */
#define SAMPLE 24

/* Step of the difference, relative to the element's size from 1 on. The quotient's error is about
 * eps |loss| / h from rounding and h^2 f''' / 6 from the curve: both below 1e-8 for losses of
 * ordinary size. */
#define H 1e-5
#define TOLERANCE_RELATIVE 1e-5
#define TOLERANCE_ABSOLUTE 1e-7

/* The same float64 arithmetic in another order. */
#define MODE_TOLERANCE 1e-9

typedef struct
{
  CliSource     source;
  WeftGraph    *graph; /* float64 copy */
  WeftValue    *loss;
  GPtrArray    *shared; /* WeftShared*, those that the loss depends on, borrowed */
  GPtrArray    *inputs; /* WeftValue*: data, then parameters */
  GPtrArray    *arrays; /* WeftArray*, in the same order, owned */
  guint         first;  /* index of the first parameter among the inputs */
  WeftFunction *value;  /* loss */
  WeftArray   **gradients;
  double        at; /* the loss */
  WeftJson     *report;
  guint         n_failed;
} Check;

static void
check_clear (Check *check)
{
  for (guint i = 0; check->gradients != NULL && i < check->shared->len; i++)
    weft_array_unref (check->gradients[i]);
  g_free (check->gradients);
  g_clear_pointer (&check->value, weft_function_free);
  g_clear_pointer (&check->graph, weft_graph_free);
  g_clear_pointer (&check->shared, g_ptr_array_unref);
  g_clear_pointer (&check->inputs, g_ptr_array_unref);
  g_clear_pointer (&check->arrays, g_ptr_array_unref);
  g_clear_pointer (&check->report, weft_json_unref);
  cli_source_clear (&check->source);
}

/* ---- The float64 copy ---- */

static WeftValue *
add_input (Check *check, const char *name, WeftDType dtype, WeftArray *array)
{
  WeftType   type = { .dtype = dtype, .shape = weft_array_get_shape (array) };
  WeftValue *input = weft_graph_input (check->graph, name, &type);

  g_ptr_array_add (check->inputs, input);
  g_ptr_array_add (check->arrays, weft_dtypes[array->dtype].compute == dtype
                                    ? weft_array_ref (array)
                                    : weft_array_cast (array, dtype));
  return input;
}

static WeftDType
widened (WeftDType dtype)
{
  return weft_dtype_is_float (dtype) ? WEFT_F64 : weft_dtypes[dtype].compute;
}

static gboolean
copy_in_float64 (Check *check, WeftValue *loss, GError **error)
{
  g_autoptr (GHashTable) replacements = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) order = weft_graph_order (check->source.graph, 1, &loss);
  g_autoptr (WeftBindings) bindings = weft_bindings_new ();

  check->graph = weft_graph_new ();
  for (guint i = 0; i < check->source.inputs->len; i++)
    {
      WeftValue       *input = g_ptr_array_index (check->source.inputs, i);
      const WeftArray *array = g_ptr_array_index (check->source.arrays, i);

      /* Shapes that mention the batch are numbers in the copy. */
      for (guint k = 0; k < array->rank; k++)
        weft_dim_match (input->type.shape.dims[k], array->shape[k], bindings);
      g_hash_table_insert (replacements, input,
                           add_input (check, input->name, widened (input->type.dtype),
                                      g_ptr_array_index (check->source.arrays, i)));
    }
  check->first = check->inputs->len;
  for (guint i = 0; i < check->source.lowered->shared->len; i++)
    {
      WeftShared *shared = g_ptr_array_index (check->source.lowered->shared, i);
      WeftValue  *value = weft_graph_shared (check->source.graph, shared);

      if (!shared->trainable || !g_ptr_array_find (order, value->apply, NULL))
        continue;
      g_ptr_array_add (check->shared, shared);
      g_hash_table_insert (replacements, value,
                           add_input (check, shared->name, WEFT_F64, shared->value));
    }
  return weft_graph_clone (check->source.graph, check->graph, 1, &loss, replacements, bindings,
                           &check->loss, error);
}

static WeftFunction *
make_function (Check *check, guint n, WeftValue *const *outputs, WeftMode mode, GError **error)
{
  WeftFunctionSpec spec = {
    .graph = check->graph,
    .n_inputs = check->inputs->len,
    .inputs = (WeftValue **) check->inputs->pdata,
    .n_outputs = n,
    .outputs = outputs,
    .mode = mode,
  };

  return weft_function_new (&spec, error);
}

/* ---- Modes ---- */

static double
largest_difference (const WeftArray *a, const WeftArray *b)
{
  double largest = 0;

  for (gint64 i = 0; i < a->n_elements; i++)
    {
      double x = weft_array_get (a, i), y = weft_array_get (b, i);
      double difference = fabs (x - y) / fmax (1, fmax (fabs (x), fabs (y)));

      largest =
        isnan (difference) && isnan (x) != isnan (y) ? INFINITY : fmax (largest, difference);
    }
  return largest;
}

static void
say_modes (Check *check, double difference)
{
  gboolean ok = difference <= MODE_TOLERANCE;

  check->n_failed += !ok;
  weft_json_set_number (check->report, "modes_difference", difference);
  if (!as_json)
    printf (_ ("%-20s %-34s largest difference %.2g  %s\n"), _ ("modes"),
            _ ("interpreter against reference"), difference, ok ? _ ("ok") : _ ("WRONG"));
}

/* ---- Rewrites ---- */

/* WeftValue* by id, NULL where an id is of another graph. */
static GPtrArray *
values_by_id (WeftGraph *graph)
{
  GPtrArray *values = g_ptr_array_new ();

  for (guint i = 0; i < weft_graph_n_applies (graph); i++)
    {
      WeftApply *apply = weft_graph_get_apply (graph, i);

      for (guint k = 0; k < apply->n_outputs; k++)
        {
          WeftValue *value = weft_apply_output (apply, k);

          if (value->id >= values->len)
            g_ptr_array_set_size (values, value->id + 1);
          values->pdata[value->id] = value;
        }
    }
  return values;
}

/* Where both are values of the same form in @values, they go to @sides, and the step's number to
 * @which. */
static void
collect_sides (
  GPtrArray *values, const WeftRewriteStep *step, guint number, GPtrArray *sides, GArray *which)
{
  WeftValue *before = step->root_before < values->len ? values->pdata[step->root_before] : NULL;
  WeftValue *after = step->root_after < values->len ? values->pdata[step->root_after] : NULL;

  if (before == NULL || after == NULL ||
      !weft_shape_equal (&before->type.shape, &after->type.shape))
    return;
  g_ptr_array_add (sides, before);
  g_ptr_array_add (sides, after);
  g_array_append_val (which, number);
}

static void
say_rewrites (
  Check *check, const WeftRewriteStep *steps, GPtrArray *sides, GArray *which, WeftArray **arrays)
{
  double largest = 0;
  guint  n_wrong = 0;

  for (guint i = 0; i < which->len; i++)
    {
      const WeftRewriteStep *step = &steps[g_array_index (which, guint, i)];
      double                 difference = largest_difference (arrays[2 * i], arrays[2 * i + 1]);

      largest = fmax (largest, difference);
      if (difference <= MODE_TOLERANCE)
        continue;
      n_wrong++;
      {
        g_autofree char *before = weft_value_to_expression (sides->pdata[2 * i], 12);
        g_autofree char *after = weft_value_to_expression (sides->pdata[2 * i + 1], 12);

        cli_say (CLI_INPUT, _ ("step %u, %s: %s is not %s; the largest difference is %.3g"),
                 step->step, step->rule, before, after, difference);
      }
    }
  check->n_failed += n_wrong;
  weft_json_set_int (check->report, "rewrites", which->len);
  weft_json_set_int (check->report, "rewrites_wrong", n_wrong);
  weft_json_set_number (check->report, "rewrites_difference", largest);
  if (!as_json)
    {
      g_autofree char *count = g_strdup_printf (_ ("both sides of %u steps"), which->len);

      printf (_ ("%-20s %-34s largest difference %.2g  %s\n"), _ ("rewrites on data"), count,
              largest, n_wrong == 0 ? _ ("ok") : _ ("WRONG"));
    }
}

/* Rewrites @outputs and evaluates what stood before and after each step, by the plain reference. */
static gboolean
check_rewrites (Check *check, guint n, WeftValue *const *outputs, GError **error)
{
  g_autofree WeftValue **results = g_new0 (WeftValue *, n + 1);
  g_autofree WeftArray **arrays = NULL;
  g_autoptr (WeftRewrite) journal = NULL;
  g_autoptr (WeftFunction) function = NULL;
  g_autoptr (GPtrArray) values = NULL;
  g_autoptr (GPtrArray) sides = g_ptr_array_new ();
  g_autoptr (GArray) which = g_array_new (FALSE, FALSE, sizeof (guint));
  const WeftRewriteStep *steps;
  guint                  n_steps;

  weft_rewrite (check->graph, n, outputs, NULL, results, &journal);
  steps = weft_rewrite_steps (journal, &n_steps);
  values = values_by_id (check->graph);
  for (guint i = 0; i < n_steps; i++)
    collect_sides (values, &steps[i], i, sides, which);
  arrays = g_new0 (WeftArray *, sides->len + 1);
  function =
    make_function (check, sides->len, (WeftValue **) sides->pdata, WEFT_MODE_REFERENCE, error);
  if (function == NULL ||
      !weft_function_call (function, (WeftArray **) check->arrays->pdata, arrays, NULL, error))
    return FALSE;
  say_rewrites (check, steps, sides, which, arrays);
  for (guint i = 0; i < sides->len; i++)
    weft_array_unref (arrays[i]);
  return TRUE;
}

/* Loss and gradients both ways; keeps those of the interpreter. */
static gboolean
evaluate (Check *check, GError **error)
{
  guint                  n = check->shared->len;
  g_autofree WeftValue **outputs = g_new0 (WeftValue *, n + 1);
  g_autofree WeftArray **fast = g_new0 (WeftArray *, n + 1);
  g_autofree WeftArray **slow = g_new0 (WeftArray *, n + 1);
  g_autoptr (WeftFunction) interpreter = NULL;
  g_autoptr (WeftFunction) reference = NULL;
  WeftArray **arrays = (WeftArray **) check->arrays->pdata;
  double      difference = 0;

  outputs[0] = check->loss;
  if (!weft_grad (check->graph, check->loss, NULL, NULL, n,
                  (WeftValue **) check->inputs->pdata + check->first, WEFT_DISCONNECTED_ZERO,
                  outputs + 1, error))
    return FALSE;
  interpreter = make_function (check, n + 1, outputs, WEFT_MODE_INTERPRET, error);
  if (interpreter == NULL || !weft_function_call (interpreter, arrays, fast, NULL, error))
    return FALSE;
  reference = make_function (check, n + 1, outputs, WEFT_MODE_REFERENCE, error);
  if (reference == NULL || !weft_function_call (reference, arrays, slow, NULL, error))
    return FALSE;
  check->at = weft_array_get (fast[0], 0);
  for (guint i = 0; i <= n; i++)
    {
      difference = fmax (difference, largest_difference (fast[i], slow[i]));
      weft_array_unref (slow[i]);
    }
  weft_array_unref (fast[0]);
  check->gradients = g_new0 (WeftArray *, n + 1);
  memcpy (check->gradients, fast + 1, n * sizeof *fast);
  say_modes (check, difference);
  check->n_failed += cli_verify_rewrites (check->source.document, as_json, check->report);
  return check_rewrites (check, n + 1, outputs, error);
}

/* ---- Differences ---- */

static double
loss_now (Check *check)
{
  WeftArray *result;
  double     loss = NAN;

  if (weft_function_call (check->value, (WeftArray **) check->arrays->pdata, &result, NULL, NULL))
    {
      loss = weft_array_get (result, 0);
      weft_array_unref (result);
    }
  return loss;
}

typedef struct
{
  double   quotient;
  gboolean kink; /* the slopes on both sides differ: there is no derivative */
} Slope;

/* The loss along @direction (one element: NULL) from @array. */
static Slope
slope_along (Check *check, WeftArray *array, gint64 element, const double *direction, double h)
{
  double            *x = array->data;
  g_autofree double *kept = g_memdup2 (x, array->n_bytes);
  gint64             begin = direction != NULL ? 0 : element,
         end = direction != NULL ? array->n_elements : element + 1;
  double loss[2], right, left;
  Slope  slope;

  for (int side = 0; side < 2; side++)
    {
      for (gint64 i = begin; i < end; i++)
        x[i] = kept[i] + (side == 0 ? h : -h) * (direction != NULL ? direction[i] : 1);
      loss[side] = loss_now (check);
    }
  for (gint64 i = begin; i < end; i++)
    x[i] = kept[i];
  slope.quotient = (loss[0] - loss[1]) / (2 * h);
  right = (loss[0] - check->at) / h;
  left = (check->at - loss[1]) / h;
  /* A smooth curve's one-sided slopes differ by h f''; a relu's by the whole weight. */
  slope.kink = fabs (right - left) > 1e-3 * fmax (fabs (right), fabs (left)) + 1e-4;
  return slope;
}

static gboolean
agrees (Check *check, double gradient, Slope slope)
{
  double tolerance = TOLERANCE_RELATIVE * fmax (fabs (gradient), fabs (slope.quotient)) +
                     TOLERANCE_ABSOLUTE * fmax (1, fabs (check->at));

  return slope.kink || fabs (gradient - slope.quotient) <= tolerance;
}

typedef struct
{
  gint64   checked, kinks, worst;          /* flat index */
  double   difference, gradient, quotient; /* at the worst */
  gboolean ok;
} Outcome;

static void
check_element (Check *check, guint index, gint64 element, Outcome *outcome)
{
  WeftArray *array = g_ptr_array_index (check->arrays, check->first + index);
  double     gradient = weft_array_get (check->gradients[index], element);
  double     h = H * fmax (1, fabs (weft_array_get (array, element)));
  Slope      slope = slope_along (check, array, element, NULL, h);
  gboolean   ok;

  /* A kink within reach of one step is mostly out of reach of a smaller one. */
  if (slope.kink || !agrees (check, gradient, slope))
    slope = slope_along (check, array, element, NULL, h / 16);
  /* A loss that rounds more than most, such as one through a factored matrix, wants a larger one.
   */
  if (!slope.kink && !agrees (check, gradient, slope))
    slope = slope_along (check, array, element, NULL, h * 64);
  ok = agrees (check, gradient, slope);
  outcome->checked++;
  outcome->kinks += slope.kink;
  if (slope.kink || (!outcome->ok && ok))
    return;
  if (outcome->worst < 0 || fabs (gradient - slope.quotient) > outcome->difference ||
      (outcome->ok && !ok))
    {
      outcome->worst = element;
      outcome->difference = fabs (gradient - slope.quotient);
      outcome->gradient = gradient;
      outcome->quotient = slope.quotient;
    }
  outcome->ok = outcome->ok && ok;
}

/* A random direction through all elements of the parameter: its slope is the gradient's product
 * with it. */
static gboolean
check_direction (Check *check, guint index)
{
  WeftArray         *array = g_ptr_array_index (check->arrays, check->first + index);
  g_autofree double *direction = g_new (double, array->n_elements + 1);
  double             product = 0, length = 0;
  Slope              slope;

  weft_philox_normal_f64 (1, index, 0, array->n_elements, direction);
  for (gint64 i = 0; i < array->n_elements; i++)
    length += direction[i] * direction[i];
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      direction[i] /= sqrt (length);
      product += direction[i] * weft_array_get (check->gradients[index], i);
    }
  slope = slope_along (check, array, 0, direction, H);
  if (!agrees (check, product, slope))
    slope = slope_along (check, array, 0, direction, H / 16);
  if (!agrees (check, product, slope))
    slope = slope_along (check, array, 0, direction, H * 64);
  return agrees (check, product, slope);
}

static Outcome
check_parameter (Check *check, guint index)
{
  WeftArray          *array = g_ptr_array_index (check->arrays, check->first + index);
  gint64              n = array->n_elements;
  Outcome             outcome = { .worst = -1, .ok = TRUE };
  g_autofree guint32 *order = NULL;
  gboolean            whole;

  whole = n <= SAMPLE || all_elements;
  order = g_new (guint32, n + 1);
  if (whole)
    for (gint64 i = 0; i < n; i++)
      order[i] = i;
  else
    weft_philox_permutation (1, index, n, order);
  for (gint64 i = 0; i < (whole ? n : SAMPLE); i++)
    check_element (check, index, order[i], &outcome);
  if (whole || !outcome.ok || check_direction (check, index))
    return outcome;
  /* Something outside the sample is wrong: find it. */
  for (gint64 i = SAMPLE; i < n && outcome.ok; i++)
    check_element (check, index, order[i], &outcome);
  return outcome;
}

/* ---- Report ---- */

static char *
element_text (const char *name, const WeftArray *array, gint64 element)
{
  GString *text = g_string_new (name);
  gint64   stride = array->n_elements;

  for (guint i = 0; i < array->rank; i++)
    {
      stride /= array->shape[i];
      g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i == 0 ? "[" : ", ", element / stride);
      element %= stride;
    }
  if (array->rank > 0)
    g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

static void
say_parameter (Check *check, guint index, const Outcome *outcome, WeftJson *list)
{
  WeftShared      *shared = g_ptr_array_index (check->shared, index);
  g_autofree char *element = element_text (shared->name, shared->value, MAX (outcome->worst, 0));
  g_autofree char *n = cli_count_text (shared->value->n_elements);
  g_autofree char *count =
    g_strdup_printf (_ ("%s of %s elements"), WEFT_INT_TEXT (outcome->checked), n);
  WeftJson *json = weft_json_new_object ();

  weft_json_set_string (json, "name", shared->name);
  weft_json_set_int (json, "elements", shared->value->n_elements);
  weft_json_set_int (json, "checked", outcome->checked);
  weft_json_set_int (json, "kinks", outcome->kinks);
  weft_json_set_number (json, "difference", outcome->difference);
  weft_json_set_string (json, "worst", element);
  weft_json_set_bool (json, "ok", outcome->ok);
  weft_json_append (list, json);
  if (!as_json)
    printf (_ ("%-20s %-34s largest difference %.2g  %s\n"), shared->name, count,
            outcome->difference, outcome->ok ? _ ("ok") : _ ("WRONG"));
  if (!outcome->ok)
    cli_say (CLI_INPUT, _ ("%s: the gradient is %.10g, the difference quotient %.10g"), element,
             outcome->gradient, outcome->quotient);
}

static int
check_all (Check *check)
{
  g_autoptr (GError) error = NULL;
  WeftJson *list = weft_json_new_array ();

  weft_json_set (check->report, "parameters", list);
  if (!evaluate (check, &error))
    return cli_say_error (error);
  if (!isfinite (check->at))
    return cli_say (CLI_INPUT, _ ("the loss is %g here; its gradient cannot be checked"),
                    check->at);
  check->value = make_function (check, 1, &check->loss, WEFT_MODE_INTERPRET, &error);
  if (check->value == NULL)
    return cli_say_error (error);
  for (guint i = 0; i < check->shared->len; i++)
    {
      Outcome outcome = check_parameter (check, i);

      check->n_failed += !outcome.ok;
      say_parameter (check, i, &outcome, list);
    }
  weft_json_set_int (check->report, "failed", check->n_failed);
  if (as_json)
    cli_answer (g_steal_pointer (&check->report));
  return check->n_failed > 0 ? CLI_INPUT : CLI_DONE;
}

static int
verify (const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftModel) model = NULL;
  Check      check = { 0 };
  WeftValue *loss;
  guint32    node;
  int        code = CLI_DONE;

  check.shared = g_ptr_array_new ();
  check.inputs = g_ptr_array_new ();
  check.arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  check.report = weft_json_new_object ();
  if (!cli_source_open (&check.source, file, NULL, NULL, NULL, &code))
    ;
  else if ((model = weft_model_new (check.source.document, NULL, &node, &error)) == NULL)
    code = cli_say_error (error);
  else if ((loss = cli_source_find (&check.source, weft_model_loss_port (model), &code)) != NULL &&
           cli_source_feed (&check.source, 1, &loss, rows, &code))
    code = copy_in_float64 (&check, loss, &error) ? check_all (&check) : cli_say_error (error);
  check_clear (&check);
  return code;
}

/* cli_verify:
 *
 * Returns: the exit code; 1 when something disagrees.
 */
int
cli_verify (int argc, char **argv)
{
  const char *file;
  int         code;

  rows = 16;
  code = cli_parse (&argc, &argv, entries);
  if (code >= 0 || (code = cli_one_file (argc, argv, &file)) >= 0)
    return code;
  if (rows < 1)
    return cli_say (CLI_CALL, _ ("--rows must be at least 1"));
  if (!cli_use_threads (threads, &code))
    return code;
  return verify (file);
}
