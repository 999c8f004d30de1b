/* weft-cli eval: values of a document or an expression, and gradients of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/source.h"

#include "engine/grad/grad.h"
#include "engine/run/function.h"
#include "engine/train/checkpoint.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_ELEMENTS 8

static gboolean as_json;
static char    *expression, *device, *mode, *output_dir, *load_path;
static char   **feeds, **fetches;
static gint64   seed;

/* --grad COST and the --wrt NAMEs that follow it, in the order of the call. */
typedef struct
{
  char *cost, *wrt;
} Gradient;
static GPtrArray *gradients;
static char      *pending_cost;

static gboolean
grad_cb (const char *name, const char *value, gpointer data, GError **error)
{
  g_free (pending_cost);
  pending_cost = g_strdup (value);
  return TRUE;
}

static gboolean
wrt_cb (const char *name, const char *value, gpointer data, GError **error)
{
  Gradient *gradient = g_new (Gradient, 1);

  gradient->cost = g_strdup (pending_cost);
  gradient->wrt = g_strdup (value);
  g_ptr_array_add (gradients, gradient);
  return TRUE;
}

static const GOptionEntry entries[] = {
  { "expression", 'e', 0, G_OPTION_ARG_STRING, &expression, N_ ("evaluate this instead of a file"),
    "EXPR" },
  { "feed", 0, 0, G_OPTION_ARG_STRING_ARRAY, &feeds, N_ ("value of an input"),
    "NAME=FILE.npy|NUMBER" },
  { "fetch", 0, 0, G_OPTION_ARG_STRING_ARRAY, &fetches,
    N_ ("what to evaluate (all that nothing uses)"), "PORT" },
  { "grad", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer) grad_cb,
    N_ ("gradient of this, by what --wrt names"), "COST" },
  { "wrt", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer) wrt_cb, N_ ("an input or parameter"), "NAME" },
  { "load", 0, 0, G_OPTION_ARG_FILENAME, &load_path, N_ ("parameters, as train --save writes them"),
    "FILE.safetensors" },
  { "device", 0, 0, G_OPTION_ARG_STRING, &device, N_ ("cpu or cuda"), "D" },
  { "mode", 0, 0, G_OPTION_ARG_STRING, &mode, N_ ("interpret or reference (plain float64)"),
    "MODE" },
  { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, N_ ("start of the random numbers"), "S" },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output_dir,
    N_ ("write DIR/PORT.npy instead of printing"), "DIR" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL },
  { NULL }
};

typedef struct
{
  CliSource  source;
  GPtrArray *names;  /* of the results, owned */
  GPtrArray *values; /* WeftValue* */
} Call;

/* ---- Answers ---- */

static WeftJson *
element_json (const WeftArray *array, gint64 i)
{
  double x = weft_array_get (array, i);

  if (array->dtype == WEFT_BOOL)
    return weft_json_new_bool (x != 0);
  if (array->dtype == WEFT_I64)
    return weft_json_new_int (((const gint64 *) array->data)[i]);
  if (!weft_dtype_is_float (array->dtype))
    return weft_json_new_int ((gint64) x);
  /* JSON has no such numbers; Python's float () and NumPy read these words. */
  if (isnan (x))
    return weft_json_new_string ("nan");
  if (isinf (x))
    return weft_json_new_string (x > 0 ? "inf" : "-inf");
  return weft_json_new_number (x);
}

static WeftJson *
array_json (const WeftArray *array)
{
  WeftJson *json = weft_json_new_object ();
  WeftJson *shape = weft_json_new_array ();
  WeftJson *data = weft_json_new_array ();

  for (guint i = 0; i < array->rank; i++)
    weft_json_append (shape, weft_json_new_int (array->shape[i]));
  for (gint64 i = 0; i < array->n_elements; i++)
    weft_json_append (data, element_json (array, i));
  weft_json_set_string (json, "dtype", weft_dtypes[array->dtype].numpy_name);
  weft_json_set (json, "shape", shape);
  weft_json_set (json, "data", data);
  return json;
}

static void
print_array (const char *name, const WeftArray *array, gboolean alone)
{
  WeftType         type = { .dtype = array->dtype, .shape = weft_array_get_shape (array) };
  g_autofree char *text = weft_array_to_string (array, SHOWN_ELEMENTS);
  g_autofree char *type_text = weft_type_to_string (&type);

  if (alone)
    printf ("%s\n", text);
  else if (array->rank == 0)
    printf ("%s = %s\n", name, text);
  else
    printf ("%s  %s\n%s\n", name, type_text, text);
}

static int
write_arrays (Call *call, WeftArray **arrays)
{
  if (g_mkdir_with_parents (output_dir, 0777) != 0)
    return cli_say (CLI_SYSTEM, _ ("%s: cannot be made: %s"), output_dir, g_strerror (errno));
  for (guint i = 0; i < call->names->len; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *file =
        g_strdup_printf ("%s.npy", (char *) g_ptr_array_index (call->names, i));
      g_autofree char *path = NULL;

      g_strdelimit (file, "/", '_');
      path = g_build_filename (output_dir, file, NULL);
      if (!weft_npy_write (path, arrays[i], &error))
        return cli_say_error (error);
      if (!as_json)
        printf ("%s\n", path);
    }
  return CLI_DONE;
}

static int
answer (Call *call, WeftArray **arrays)
{
  WeftJson *json;
  int       code = output_dir != NULL ? write_arrays (call, arrays) : CLI_DONE;

  if (code != CLI_DONE)
    return code;
  if (!as_json)
    {
      for (guint i = 0; output_dir == NULL && i < call->names->len; i++)
        print_array (g_ptr_array_index (call->names, i), arrays[i],
                     call->names->len == 1 && call->source.lowered == NULL);
      return CLI_DONE;
    }
  json = weft_json_new_object ();
  for (guint i = 0; i < call->names->len; i++)
    weft_json_set (json, g_ptr_array_index (call->names, i), array_json (arrays[i]));
  cli_answer (json);
  return CLI_DONE;
}

/* ---- What to evaluate ---- */

static gboolean
add_fetches (Call *call, int *code)
{
  g_autoptr (GPtrArray) results = NULL;

  for (guint i = 0; fetches != NULL && fetches[i] != NULL; i++)
    g_ptr_array_add (call->names, g_strdup (fetches[i]));
  if (fetches == NULL && gradients->len == 0)
    {
      results = cli_source_results (&call->source);
      for (guint i = 0; i < results->len; i++)
        g_ptr_array_add (call->names, g_strdup (g_ptr_array_index (results, i)));
    }
  for (guint i = 0; i < call->names->len; i++)
    {
      WeftValue *value = cli_source_find (&call->source, g_ptr_array_index (call->names, i), code);

      if (value == NULL)
        return FALSE;
      g_ptr_array_add (call->values, value);
    }
  if (call->names->len == 0 && gradients->len == 0)
    *code = cli_say (CLI_INPUT, _ ("there is nothing to evaluate"));
  return call->names->len > 0 || gradients->len > 0;
}

static gboolean
several_costs (void)
{
  for (guint i = 1; i < gradients->len; i++)
    if (g_strcmp0 (((Gradient *) g_ptr_array_index (gradients, i))->cost,
                   ((Gradient *) g_ptr_array_index (gradients, 0))->cost) != 0)
      return TRUE;
  return FALSE;
}

static gboolean
add_gradient (Call *call, const Gradient *gradient, int *code)
{
  g_autoptr (GError) error = NULL;
  WeftValue *cost, *wrt, *result;

  if (gradient->cost == NULL)
    {
      *code = cli_say (CLI_CALL, _ ("--wrt %s: the gradient of what? Give --grad COST before it"),
                       gradient->wrt);
      return FALSE;
    }
  cost = cli_source_find (&call->source, gradient->cost, code);
  wrt = cost != NULL ? cli_source_find (&call->source, gradient->wrt, code) : NULL;
  if (wrt == NULL)
    return FALSE;
  if (!weft_grad (call->source.graph, cost, NULL, NULL, 1, &wrt, WEFT_DISCONNECTED_ERROR, &result,
                  &error))
    {
      *code = cli_say_error (error);
      return FALSE;
    }
  g_ptr_array_add (call->values, result);
  g_ptr_array_add (call->names, several_costs ()
                                  ? g_strdup_printf ("grad.%s.%s", gradient->cost, gradient->wrt)
                                  : g_strdup_printf ("grad.%s", gradient->wrt));
  return TRUE;
}

static gboolean
find_mode (WeftMode *which, int *code)
{
  if (mode == NULL || g_str_equal (mode, "interpret"))
    *which = WEFT_MODE_INTERPRET;
  else if (g_str_equal (mode, "reference"))
    *which = WEFT_MODE_REFERENCE;
  else if (g_str_equal (mode, "compile"))
    *code = cli_say (CLI_SYSTEM, _ ("this build has no compiled mode; use --mode interpret"));
  else
    *code =
      cli_say (CLI_CALL, _ ("there is no mode “%s”; there are interpret and reference"), mode);
  return *code == CLI_DONE;
}

static gsize
batch_of (CliSource *source)
{
  if (source->document == NULL)
    return 1;
  return CLAMP (weft_json_get_int (weft_document_get_training (source->document), "batch", 64), 1,
                1 << 20);
}

static int
run (Call *call, WeftMode which)
{
  g_autoptr (GError) error = NULL;
  g_autofree WeftArray **arrays = g_new0 (WeftArray *, call->values->len + 1);
  g_autoptr (WeftFunction) function = NULL;
  WeftFunctionSpec spec = {
    .graph = call->source.graph,
    .n_inputs = call->source.inputs->len,
    .inputs = (WeftValue **) call->source.inputs->pdata,
    .n_outputs = call->values->len,
    .outputs = (WeftValue **) call->values->pdata,
    .mode = which,
    .seed = seed,
  };
  int code;

  function = weft_function_new (&spec, &error);
  if (function == NULL || !weft_function_call (function, (WeftArray **) call->source.arrays->pdata,
                                               arrays, NULL, &error))
    return cli_say_error (error);
  code = answer (call, arrays);
  for (guint i = 0; i < call->values->len; i++)
    weft_array_unref (arrays[i]);
  return code;
}

static int
evaluate (const char *file, WeftMode which)
{
  int code = CLI_DONE;
  g_autoptr (GPtrArray) floats = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  Call     call = { .names = g_ptr_array_new_with_free_func (g_free), .values = g_ptr_array_new () };
  gboolean ready;

  for (guint i = 0; i < gradients->len; i++)
    g_ptr_array_add (floats, ((Gradient *) g_ptr_array_index (gradients, i))->wrt);
  ready = cli_source_open (&call.source, file, expression, feeds, floats, &code) &&
          add_fetches (&call, &code);
  for (guint i = 0; ready && i < gradients->len; i++)
    ready = add_gradient (&call, g_ptr_array_index (gradients, i), &code);
  if (ready && load_path != NULL && call.source.lowered != NULL &&
      !weft_parameters_read (load_path, call.source.lowered->shared, &error))
    {
      code = cli_say_error (error);
      ready = FALSE;
    }
  if (ready && cli_source_feed (&call.source, call.values->len, (WeftValue **) call.values->pdata,
                                batch_of (&call.source), &code))
    code = run (&call, which);
  g_ptr_array_unref (call.names);
  g_ptr_array_unref (call.values);
  cli_source_clear (&call.source);
  return code;
}

static void
gradient_free (gpointer data)
{
  Gradient *gradient = data;

  g_free (gradient->cost);
  g_free (gradient->wrt);
  g_free (gradient);
}

static int
check_call (int argc, char **argv, const char **file, WeftMode *which)
{
  int code = CLI_DONE;

  *file = NULL;
  if (expression != NULL && argc > 1)
    return cli_say (CLI_CALL, _ ("give a file or -e EXPR, not both"));
  if (expression == NULL && (code = cli_one_file (argc, argv, file)) >= 0)
    return code;
  code = CLI_DONE;
  if (!cli_check_device (device, &code) || !find_mode (which, &code))
    return code;
  if (pending_cost != NULL && gradients->len == 0)
    return cli_say (CLI_CALL, _ ("--grad %s: by what? Give --wrt NAME"), pending_cost);
  if (load_path != NULL && expression != NULL)
    return cli_say (CLI_CALL, _ ("--load needs a document; an expression has no parameters"));
  return -1;
}

/* cli_eval:
 *
 * Returns: the exit code.
 */
int
cli_eval (int argc, char **argv)
{
  const char *file;
  WeftMode    which = WEFT_MODE_INTERPRET;
  int         code;

  gradients = g_ptr_array_new_with_free_func (gradient_free);
  code = cli_parse (&argc, &argv, entries);
  if (code < 0)
    code = check_call (argc, argv, &file, &which);
  if (code < 0)
    code = evaluate (file, which);
  g_ptr_array_unref (gradients);
  return code;
}
