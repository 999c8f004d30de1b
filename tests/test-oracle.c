/* Agreement with NumPy, SciPy and PyTorch: tests/golden/oracle/FAMILY.jsonl holds what they
 * answered (tests/oracle makes these files), one case a line:
 *
 *   {"e": "sum(x, axis=0)", "in": {"x": ["f32", "reals", [3, 4], 7]}, "y": [["f32", [4], [1.5,
 * ...]]], "tol": 1e-5}
 *
 * Inputs are made by the same integer hash on both sides: type, domain, shape, seed. y has one
 * entry an output; with "grad": ["x", ...] the outputs are the gradients of the scalar e by these.
 * "nan", "inf" and "-inf" stand for themselves. tol is relative to the largest number of the
 * expected output, and to 1.
 *
 * Each case runs in the interpreter and in the float64 reference.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/json.h"
#include "engine/grad/grad.h"
#include "engine/run/function.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_INPUTS 8
#define MAX_OUTPUTS 8

typedef struct
{
  WeftGraph *graph;
  WeftScope *scope;
  guint      n_inputs, n_outputs;
  WeftValue *inputs[MAX_INPUTS], *outputs[MAX_OUTPUTS];
  WeftArray *arrays[MAX_INPUTS];
} Setting;

/* ---- Inputs, as tests/oracle/samples.py makes them ---- */

static guint32
hash (guint32 seed, guint32 i)
{
  guint32 x = i * 2654435761u + seed * 2246822519u + 374761393u;

  x ^= x >> 15;
  x *= 2246822519u;
  x ^= x >> 13;
  x *= 3266489917u;
  return x ^ x >> 16;
}

static double
sample (const char *domain, guint32 seed, guint32 i)
{
  guint32 x = hash (seed, i);
  double  u = x / 4294967296.0;
  int     low, high;

  if (g_str_equal (domain, "reals"))
    return floor (u * 512 - 256) / 64;
  if (g_str_equal (domain, "big"))
    return floor (u * 512 - 256) * 39;
  if (g_str_equal (domain, "nonzero"))
    return (x & 1 ? 1 : -1) * (0.25 + floor (u * 192) / 64);
  if (g_str_equal (domain, "positive"))
    return (1 + floor (u * 256)) / 64;
  if (g_str_equal (domain, "unit"))
    return floor (u * 120 - 60) / 64;
  if (g_str_equal (domain, "probability"))
    return (3 + floor (u * 58)) / 64;
  if (g_str_equal (domain, "above_one"))
    return 1 + (1 + floor (u * 192)) / 64;
  if (g_str_equal (domain, "bools"))
    return x & 1;
  if (sscanf (domain, "ints:%d:%d", &low, &high) == 2)
    return low + floor (u * (high - low));
  g_error ("no domain %s", domain);
}

/* Different numbers, a quarter apart: the ranks of the hashes. */
static void
fill_distinct (WeftArray *array, guint32 seed)
{
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      gint64 rank = 0;

      for (gint64 k = 0; k < array->n_elements; k++)
        rank += hash (seed, k) < hash (seed, i) || (hash (seed, k) == hash (seed, i) && k < i);
      weft_array_set (array, i, 0.25 * rank - 0.125 * array->n_elements);
    }
}

/* A A^T + n I, matrix by matrix. */
static void
fill_spd (WeftArray *array, guint32 seed)
{
  gint64 n = array->shape[array->rank - 1];

  for (gint64 start = 0; start < array->n_elements; start += n * n)
    for (gint64 i = 0; i < n; i++)
      for (gint64 k = 0; k < n; k++)
        {
          double sum = i == k ? n : 0;

          for (gint64 j = 0; j < n; j++)
            sum +=
              sample ("unit", seed, start + i * n + j) * sample ("unit", seed, start + k * n + j);
          weft_array_set (array, start + i * n + k, sum);
        }
}

static WeftArray *
make_input (WeftJson *row)
{
  const char *domain = weft_json_string (weft_json_at (row, 1), "");
  WeftJson   *dims = weft_json_at (row, 2);
  guint32     seed = weft_json_int (weft_json_at (row, 3), 0);
  gint64      shape[WEFT_MAX_RANK];
  WeftDType   dtype;
  WeftArray  *array;

  g_assert_true (weft_dtype_parse (weft_json_string (weft_json_at (row, 0), ""), &dtype));
  for (guint i = 0; i < weft_json_length (dims); i++)
    shape[i] = weft_json_int (weft_json_at (dims, i), 0);
  array = weft_array_new (dtype, weft_json_length (dims), shape);
  if (g_str_equal (domain, "distinct"))
    fill_distinct (array, seed);
  else if (g_str_equal (domain, "spd"))
    fill_spd (array, seed);
  else
    for (gint64 i = 0; i < array->n_elements; i++)
      weft_array_set (array, i, sample (domain, seed, i));
  return array;
}

/* ---- A case ---- */

static void
add_output (Setting *setting, const WeftBinding *binding)
{
  g_autoptr (GError) error = NULL;
  WeftValue *value;

  if (binding->kind == WEFT_BIND_TUPLE)
    {
      for (guint i = 0; i < binding->n_items; i++)
        add_output (setting, &binding->items[i]);
      return;
    }
  value = weft_binding_to_value (binding, setting->graph, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (setting->n_outputs, <, MAX_OUTPUTS);
  setting->outputs[setting->n_outputs++] = weft_graph_strong (setting->graph, value);
}

static void
differentiate (Setting *setting, WeftJson *names, const char *text)
{
  g_autoptr (GError) error = NULL;
  WeftValue *wrt[MAX_INPUTS], *cost = setting->outputs[0];

  setting->n_outputs = weft_json_length (names);
  for (guint i = 0; i < setting->n_outputs; i++)
    wrt[i] =
      weft_scope_get (setting->scope, weft_json_string (weft_json_at (names, i), ""))->value;
  if (!weft_grad (setting->graph, cost, NULL, NULL, setting->n_outputs, wrt,
                  WEFT_DISCONNECTED_ERROR, setting->outputs, &error))
    g_error ("%s: %s", text, error->message);
}

static void
open_setting (Setting *setting, WeftJson *json, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
  WeftBinding result;
  const char *name;
  WeftJson   *row;

  *setting = (Setting){ .graph = weft_graph_new (), .scope = weft_scope_new () };
  for (WeftJsonIter i = { weft_json_get (json, "in") }; weft_json_next (&i, &name, &row);)
    {
      WeftArray *array = make_input (row);
      WeftType   type = { array->dtype, FALSE, weft_array_get_shape (array) };

      setting->arrays[setting->n_inputs] = array;
      setting->inputs[setting->n_inputs] =
        weft_graph_input (setting->graph, g_intern_string (name), &type);
      weft_scope_set_value (setting->scope, g_intern_string (name),
                            setting->inputs[setting->n_inputs++]);
    }
  if (expr == NULL || !weft_expr_build (expr, setting->graph, setting->scope, &result, &error))
    g_error ("%s: %s", text, error->message);
  add_output (setting, &result);
  if (weft_json_has (json, "grad"))
    differentiate (setting, weft_json_get (json, "grad"), text);
}

static void
close_setting (Setting *setting)
{
  for (guint i = 0; i < setting->n_inputs; i++)
    weft_array_unref (setting->arrays[i]);
  weft_scope_free (setting->scope);
  weft_graph_free (setting->graph);
}

static double
expected_number (WeftJson *json)
{
  const char *word = weft_json_string (json, NULL);

  return word != NULL ? g_ascii_strtod (word, NULL) : weft_json_number (json, NAN);
}

static void
compare (
  const char *text, WeftMode mode, guint number, const WeftArray *got, WeftJson *row, double tol)
{
  const char *type = weft_json_string (weft_json_at (row, 0), "");
  WeftJson   *dims = weft_json_at (row, 1), *data = weft_json_at (row, 2);
  double      scale = 1;

  if (mode == WEFT_MODE_INTERPRET && !g_str_equal (weft_dtypes[got->dtype].name, type))
    g_error ("%s: output %u is %s, expected %s", text, number, weft_dtypes[got->dtype].name, type);
  if (got->rank != weft_json_length (dims))
    g_error ("%s: output %u has %u axes, expected %u", text, number, got->rank,
             weft_json_length (dims));
  for (guint i = 0; i < got->rank; i++)
    if (got->shape[i] != weft_json_int (weft_json_at (dims, i), -1))
      g_error ("%s: axis %u of output %u is %d, expected %d", text, i, number,
               (int) got->shape[i], (int) weft_json_int (weft_json_at (dims, i), -1));
  for (gint64 i = 0; i < got->n_elements; i++)
    {
      double b = expected_number (weft_json_at (data, i));

      if (isfinite (b))
        scale = MAX (scale, fabs (b));
    }
  for (gint64 i = 0; i < got->n_elements; i++)
    {
      double a = weft_array_get (got, i), b = expected_number (weft_json_at (data, i));

      if (a != b && !(isnan (a) && isnan (b)) && !(fabs (a - b) <= tol * scale))
        g_error ("%s: output %u, element %d is %.9g, expected %.9g (%s)", text, number, (int) i, a,
                 b, mode == WEFT_MODE_REFERENCE ? "reference" : "interpreter");
    }
}

static void
test_case (gconstpointer data)
{
  WeftJson   *json = (WeftJson *) data;
  const char *text = weft_json_get_string (json, "e", "");
  WeftJson   *expected = weft_json_get (json, "y");
  Setting     setting;

  open_setting (&setting, json, text);
  g_assert_cmpuint (setting.n_outputs, ==, weft_json_length (expected));
  for (WeftMode mode = WEFT_MODE_INTERPRET; mode <= WEFT_MODE_REFERENCE; mode++)
    {
      g_autoptr (GError) error = NULL;
      WeftArray       *results[MAX_OUTPUTS] = { NULL };
      WeftFunctionSpec spec = { .graph = setting.graph,
                                .n_inputs = setting.n_inputs,
                                .inputs = setting.inputs,
                                .n_outputs = setting.n_outputs,
                                .outputs = setting.outputs,
                                .mode = mode };
      g_autoptr (WeftFunction) function = weft_function_new (&spec, &error);

      if (function == NULL || !weft_function_call (function, setting.arrays, results, NULL, &error))
        g_error ("%s: %s", text, error->message);
      for (guint i = 0; i < setting.n_outputs; i++)
        {
          compare (text, mode, i, results[i], weft_json_at (expected, i),
                   weft_json_get_number (json, "tol", 0));
          weft_array_unref (results[i]);
        }
    }
  close_setting (&setting);
}

/* ---- Files ---- */

static void
add_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *content = NULL;
  g_autofree char *family = g_strndup (name, strlen (name) - strlen (".jsonl"));
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &content, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (content, "\n", -1);
  for (guint i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++)
    {
      g_autofree char *test = g_strdup_printf ("/engine/oracle/%s/%u", family, i + 1);
      WeftJson        *json = weft_json_parse (lines[i], -1, &error);

      if (json == NULL)
        g_error ("%s:%u: %s", path, i + 1, error->message);
      g_test_add_data_func_full (test, json, test_case, (GDestroyNotify) weft_json_unref);
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  folder = g_test_build_filename (G_TEST_DIST, "golden", "oracle", NULL);
  dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".jsonl"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    add_file (folder, g_ptr_array_index (names, i));
  return g_test_run ();
}
