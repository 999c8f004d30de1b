/* weft-cli eval: values of a document or an expression, and gradients of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/remarks.h"
#include "app/cli/derivatives.h"

#include "engine/run/function.h"
#include "engine/train/checkpoint.h"
#include "engine/train/sample.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_ELEMENTS 8

static gboolean as_json;
static char    *expression, *device, *mode, *output_dir, *load_path, *disconnected;
static char   **feeds, **fetches;
static gint64   seed;
static int      threads;

static const GOptionEntry entries[] = {
  { "expression", 'e', 0, G_OPTION_ARG_STRING, &expression, N_ ("evaluate this instead of a file"),
    "EXPR" },
  { "feed", 0, 0, G_OPTION_ARG_STRING_ARRAY, &feeds, N_ ("value of an input"),
    "NAME=FILE.npy|NUMBER" },
  { "fetch", 0, 0, G_OPTION_ARG_STRING_ARRAY, &fetches,
    N_ ("what to evaluate (all that nothing uses)"), "PORT" },
  { "grad", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer) cli_derivatives_of_cb,
    N_ ("gradient of this, by what --wrt names"), "COST" },
  { "jacobian", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer) cli_derivatives_of_cb,
    N_ ("all derivatives of this, by what --wrt names"), "PORT" },
  { "hessian", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer) cli_derivatives_of_cb,
    N_ ("second derivatives of this, by what --wrt names"), "COST" },
  { "hvp", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer) cli_derivatives_of_cb,
    N_ ("the Hessian of this times the vectors of --wrt NAME=VECTOR"), "COST" },
  { "wrt", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer) cli_derivatives_wrt_cb,
    N_ ("an input or parameter"), "NAME" },
  { "jvp", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer) cli_derivatives_jvp_cb,
    N_ ("derivative of what is fetched along this"), "NAME=FILE.npy|NUMBER" },
  { "disconnected", 0, 0, G_OPTION_ARG_STRING, &disconnected,
    N_ ("where nothing depends on a --wrt: error (default), zero or none"), "WHAT" },
  { "load", 0, 0, G_OPTION_ARG_FILENAME, &load_path, N_ ("parameters, as train --save writes them"),
    "FILE.safetensors" },
  { "device", 0, 0, G_OPTION_ARG_STRING, &device, CLI_DEVICE_HELP, "D" },
  { "mode", 0, 0, G_OPTION_ARG_STRING, &mode, CLI_MODE_HELP, "MODE" },
  { "threads", 0, 0, G_OPTION_ARG_INT, &threads, CLI_THREADS_HELP, "N" },
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
  if (fetches == NULL && !cli_derivatives_asked ())
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
  if (call->names->len == 0 && !cli_derivatives_asked ())
    *code = cli_say (CLI_INPUT, _ ("there is nothing to evaluate"));
  return call->names->len > 0 || cli_derivatives_asked ();
}

static gboolean
find_disconnected (WeftDisconnected *which, int *code)
{
  static const char *const words[] = { "error", "zero", "none" };

  *which = WEFT_DISCONNECTED_ERROR;
  for (guint i = 0; disconnected != NULL && i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i], disconnected))
      {
        *which = (WeftDisconnected) i;
        return TRUE;
      }
  if (disconnected != NULL)
    *code =
      cli_say (CLI_CALL, _ ("--disconnected takes error, zero or none, not “%s”"), disconnected);
  return disconnected == NULL;
}

static gsize
rows_of (CliSource *source)
{
  return source->document != NULL ? weft_sample_batch (source->document) : 1;
}

/* The error, after the node that it arose at. */
static int
say_where (CliSource *source, const GError *error)
{
  gboolean        known = source->document != NULL && error->domain == WEFT_RUN_ERROR;
  guint32         uid = known ? weft_run_error_get_node (error) : 0;
  const WeftNode *node =
    uid != 0
      ? weft_document_node (source->document, weft_document_outer_node (source->document, uid))
      : NULL;

  if (node != NULL && strstr (error->message, node->id) == NULL)
    return cli_say (CLI_INPUT, "%s: %s", node->id, error->message);
  return cli_say_error (error);
}

/* One call is worth no compiler unless it was asked for; then it waits for it. */
static gboolean
prepare (WeftFunction *function, Call *call, WeftMode which, GError **error)
{
  if (which != WEFT_MODE_COMPILE)
    return TRUE;
  if (!weft_function_prepare (function, (WeftArray **) call->source.arrays->pdata, error))
    return FALSE;
  weft_function_wait_compiled (function);
  if (weft_function_get_compile_message (function) != NULL)
    cli_note ("%s", weft_function_get_compile_message (function));
  return TRUE;
}

static int
run (Call *call, WeftMode which, WeftDevice *on)
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
    .device = on,
  };
  int code;

  cli_warn_widened (spec.graph, spec.n_outputs, spec.outputs, call->source.document);
  function = weft_function_new (&spec, &error);
  if (function != NULL)
    cli_listen (function);
  if (function == NULL || !prepare (function, call, which, &error) ||
      !weft_function_call (function, (WeftArray **) call->source.arrays->pdata, arrays, NULL,
                           &error))
    return say_where (&call->source, error);
  code = answer (call, arrays);
  for (guint i = 0; i < call->values->len; i++)
    weft_array_unref (arrays[i]);
  return code;
}

static int
evaluate (const char *file, WeftMode which, WeftDisconnected loose)
{
  int code = CLI_DONE;
  g_autoptr (WeftDevice) on = NULL;
  g_autoptr (GPtrArray) floats = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  Call     call = { .names = g_ptr_array_new_with_free_func (g_free), .values = g_ptr_array_new () };
  gboolean ready;

  cli_derivatives_names (floats);
  ready = cli_open_device (device, &on, &code) &&
          cli_source_open (&call.source, file, expression, feeds, floats, &code) &&
          add_fetches (&call, &code) &&
          cli_derivatives_add (&call.source, loose, call.names, call.values, &code);
  if (ready && load_path != NULL && call.source.lowered != NULL &&
      !weft_parameters_read (load_path, call.source.lowered->shared, &error))
    {
      code = cli_say_error (error);
      ready = FALSE;
    }
  if (ready && cli_source_feed (&call.source, call.values->len, (WeftValue **) call.values->pdata,
                                rows_of (&call.source), &code))
    code = run (&call, which, on);
  g_ptr_array_unref (call.names);
  g_ptr_array_unref (call.values);
  cli_source_clear (&call.source);
  return code;
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
  if (!cli_find_mode (mode, WEFT_MODE_INTERPRET, which, &code) ||
      !cli_use_threads (threads, &code))
    return code;
  if (!cli_derivatives_check (&code))
    return code;
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
  const char      *file;
  WeftMode         which = WEFT_MODE_INTERPRET;
  int              code;
  WeftDisconnected loose;

  code = cli_parse (&argc, &argv, entries);
  if (code < 0)
    code = check_call (argc, argv, &file, &which);
  if (code < 0)
    {
      code = CLI_DONE;
      if (find_disconnected (&loose, &code))
        code = evaluate (file, which, loose);
    }
  cli_derivatives_clear ();
  return code;
}
