/* Examples of rows as settings; see examples.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/examples.h"

#include "engine/ops/domain.h"
#include "engine/tensor/philox.h"

#include <math.h>
#include <string.h>

/* The example that is being built: sample functions add to it. */
static Example *building;

/* Moves @x to a lattice that puts numbers of different streams or positions, and 0, 1 and 2.5, at
 * least ten steps of a difference apart, so that no kink (of abs, of maximum, between a bound and
 * what it bounds) lies within one. */
static double
off_the_kinks (double x, guint stream, guint i)
{
  return 0.05 * floor (x / 0.05) + 0.01 * (1 + stream % 4) + 0.0003 * (i % 20);
}

double
example_sample (WeftDomain domain, guint stream, guint i)
{
  double u, x;

  weft_philox_uniform_f64 (20240607, stream, i, 1, &u);
  if (weft_domain_number (domain, u, &x))
    return x;
  if (domain == WEFT_DOMAIN_NONZERO)
    return off_the_kinks ((u < 0.5 ? -1 : 1) * (0.4 + 1.5 * fmod (u * 97, 1)), stream, i);
  if (domain == WEFT_DOMAIN_INTS)
    return floor (7 * u) - 3;
  if (domain == WEFT_DOMAIN_BOOLS)
    return u < 0.5;
  return off_the_kinks (4.4 * u - 2.2, stream, i);
}

/* ---- Sample functions ---- */

typedef struct
{
  const char *name;
  WeftDomain  domain;
  guint       n_numbers;                                                /* arguments before the shape */
  void (*fill) (WeftArray *array, guint stream, const gint64 *numbers); /* NULL: by the domain */
} Sample;

static void
fill_ints (WeftArray *array, guint stream, const gint64 *numbers)
{
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double u = example_sample (WEFT_DOMAIN_PROBABILITY, stream, i);

      u = (u - 0.05) / 0.9;
      weft_array_set (array, i, numbers[0] + floor (u * (numbers[1] - numbers[0])));
    }
}

static void
fill_labels (WeftArray *array, guint stream, const gint64 *numbers)
{
  fill_ints (array, stream, (const gint64[]){ 0, numbers[0] });
}

/* A permutation of well separated numbers. */
static void
fill_distinct (WeftArray *array, guint stream, const gint64 *numbers)
{
  gint64 n = MAX (array->n_elements, 1), step = 1;

  for (gint64 candidate = 1 + (7 + stream) % n; candidate < 2 * n + 2; candidate++)
    {
      gint64 a = candidate, b = n;

      while (b != 0)
        {
          gint64 rest = a % b;

          a = b;
          b = rest;
        }
      if (a == 1)
        {
          step = candidate;
          break;
        }
    }
  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, 0.31 * ((i * step + stream) % n) - 0.13 * n + 0.017 * stream);
}

/* A A^T + n I, matrix by matrix. */
static void
fill_spd (WeftArray *array, guint stream, const gint64 *numbers)
{
  gint64 n = array->rank > 0 ? array->shape[array->rank - 1] : 1;

  for (gint64 start = 0; start < array->n_elements; start += n * n)
    for (gint64 i = 0; i < n; i++)
      for (gint64 k = 0; k < n; k++)
        {
          double sum = i == k ? n : 0;

          for (gint64 j = 0; j < n; j++)
            sum += example_sample (WEFT_DOMAIN_UNIT, stream, start + i * n + j) *
                   example_sample (WEFT_DOMAIN_UNIT, stream, start + k * n + j);
          weft_array_set (array, start + i * n + k, sum);
        }
}

static const Sample samples[] = {
  { "reals", WEFT_DOMAIN_REALS, 0, NULL },
  { "not_zero", WEFT_DOMAIN_NONZERO, 0, NULL },
  { "positive", WEFT_DOMAIN_POSITIVE, 0, NULL },
  { "negative", WEFT_DOMAIN_NEGATIVE, 0, NULL },
  { "unit", WEFT_DOMAIN_UNIT, 0, NULL },
  { "probability", WEFT_DOMAIN_PROBABILITY, 0, NULL },
  { "above_one", WEFT_DOMAIN_ABOVE_ONE, 0, NULL },
  { "small_ints", WEFT_DOMAIN_INTS, 0, NULL },
  { "bools", WEFT_DOMAIN_BOOLS, 0, NULL },
  { "distinct", WEFT_DOMAIN_REALS, 0, fill_distinct },
  { "spd", WEFT_DOMAIN_SPECIAL, 0, fill_spd },
  { "ints", WEFT_DOMAIN_INTS, 2, fill_ints },
  { "labels", WEFT_DOMAIN_INTS, 1, fill_labels },
};

static gboolean
is_real (const Sample *sample)
{
  return sample->domain != WEFT_DOMAIN_INTS && sample->domain != WEFT_DOMAIN_BOOLS;
}

static WeftArray *
fill (const Sample *sample, guint stream, const gint64 *numbers, guint rank, const gint64 *shape)
{
  WeftDType  dtype = is_real (sample)                      ? building->dtype
                     : sample->domain == WEFT_DOMAIN_BOOLS ? WEFT_BOOL
                                                           : WEFT_I64;
  WeftArray *array = weft_array_new (dtype, rank, shape);

  if (sample->fill != NULL)
    sample->fill (array, stream, numbers);
  else
    for (gint64 i = 0; i < array->n_elements; i++)
      weft_array_set (array, i, example_sample (sample->domain, stream, i));
  return array;
}

static gboolean
expand_sample (WeftGraph         *graph,
               guint              n_args,
               const WeftBinding *args,
               const char *const *keywords,
               gpointer           data,
               WeftBinding       *result,
               GError           **error)
{
  const Sample    *sample = data;
  guint            index = building->n_inputs++, rank = 0;
  gint64           numbers[2 + WEFT_MAX_RANK], *shape = numbers + sample->n_numbers;
  g_autofree char *name = g_strdup_printf ("x%u", index);
  WeftType         type;

  g_assert_cmpuint (index, <, EXAMPLE_MAX_INPUTS);
  g_assert_cmpuint (n_args, >=, sample->n_numbers);
  for (guint i = 0; i < n_args; i++)
    {
      WeftAttr attr;

      if (!weft_binding_to_attr (&args[i], graph, WEFT_ATTR_INT, &attr, error))
        return FALSE;
      numbers[i] = attr.i;
    }
  if (g_str_equal (sample->name, "spd"))
    numbers[n_args] = numbers[n_args - 1], n_args++;
  rank = n_args - sample->n_numbers;
  building->real[index] = is_real (sample);
  building->arrays[index] = fill (sample, building->stream + index + 1, numbers, rank, shape);
  type = (WeftType){ building->arrays[index]->dtype, FALSE,
                     weft_array_get_shape (building->arrays[index]) };
  for (guint i = 0; i < rank && building->named; i++)
    if (shape[i] > 1)
      {
        g_autofree char *dim = g_strdup_printf ("n%d", (int) shape[i]);

        type.shape.dims[i] = weft_dim_named (g_intern_string (dim));
        if (building->bindings != NULL)
          weft_bindings_set (building->bindings, g_intern_string (dim), shape[i]);
      }
  building->inputs[index] = weft_graph_input (graph, name, &type);
  *result = (WeftBinding){ .kind = WEFT_BIND_VALUE, .value = building->inputs[index] };
  return TRUE;
}

void
example_register_samples (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    weft_expr_register_function (&(WeftExprFunction){
      samples[i].name, expand_sample, (gpointer) &samples[i], "...", "a sampled input" });
}

/* ---- Building and calling ---- */

void
example_begin (Example *example)
{
  building = example;
}

static gboolean
add_output (Example *example, const WeftBinding *binding, GError **error)
{
  if (binding->kind == WEFT_BIND_TUPLE)
    {
      for (guint i = 0; i < binding->n_items; i++)
        if (!add_output (example, &binding->items[i], error))
          return FALSE;
      return TRUE;
    }

  WeftValue *value = weft_binding_to_value (binding, example->graph, error);

  if (value == NULL)
    return FALSE;
  g_assert_cmpuint (example->n_outputs, <, EXAMPLE_MAX_OUTPUTS);
  example->outputs[example->n_outputs++] = weft_graph_strong (example->graph, value);
  return TRUE;
}

gboolean
example_open (Example *example, const char *text, WeftDType dtype, gboolean named, GError **error)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, error);
  WeftBinding result;

  memset (example, 0, sizeof *example);
  example->graph = weft_graph_new ();
  example->dtype = dtype;
  example->named = named;
  example_begin (example);
  if (expr == NULL || !weft_expr_build (expr, example->graph, scope, &result, error) ||
      !add_output (example, &result, error))
    {
      example_close (example);
      return FALSE;
    }
  return TRUE;
}

void
example_close (Example *example)
{
  for (guint i = 0; i < example->n_inputs; i++)
    g_clear_pointer (&example->arrays[i], weft_array_unref);
  g_clear_pointer (&example->graph, weft_graph_free);
}

WeftFunction *
example_function (
  Example *example, WeftMode mode, guint n, WeftValue *const *values, GError **error)
{
  WeftFunctionSpec spec = { .graph = example->graph,
                            .n_inputs = example->n_inputs,
                            .inputs = example->inputs,
                            .n_outputs = n,
                            .outputs = values,
                            .mode = mode };

  return weft_function_new (&spec, error);
}

gboolean
example_call (Example          *example,
              WeftMode          mode,
              guint             n,
              WeftValue *const *values,
              WeftArray       **results,
              GError          **error)
{
  g_autoptr (WeftFunction) function = example_function (example, mode, n, values, error);

  return function != NULL &&
         weft_function_call (function, example->arrays, results, NULL, error);
}

WeftValue *
example_cost (Example *example, guint n, WeftValue *const *values, guint stream)
{
  WeftValue *cost = NULL;

  for (guint k = 0; k < n; k++)
    {
      WeftValue *weights, *term;
      gint64     dims[WEFT_MAX_RANK];

      if (!weft_dtype_is_float (values[k]->type.dtype))
        continue;
      if (weft_shape_resolve (&values[k]->type.shape, NULL, dims))
        {
          g_autoptr (WeftArray) array =
            weft_array_new (example->dtype, values[k]->type.shape.rank, dims);

          for (gint64 i = 0; i < array->n_elements; i++)
            weft_array_set (array, i, example_sample (WEFT_DOMAIN_NONZERO, stream + k, i));
          weights = weft_graph_constant (example->graph, array);
        }
      else /* a size that depends on data */
        weights = weft_graph_float (example->graph, 0.7);
      term = weft_graph_op (example->graph, "sum",
                            weft_graph_op (example->graph, "mul", values[k], weights, NULL), NULL);
      cost = cost == NULL ? term : weft_graph_op (example->graph, "add", cost, term, NULL);
    }
  return cost;
}
