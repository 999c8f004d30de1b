/* weft-cli export: a function of a document as a program of its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/batch.h"

#include "engine/base/file.h"
#include "engine/compile/export.h"
#include "engine/document/source.h"
#include "engine/run/function.h"
#include "engine/train/checkpoint.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define MAX_ROWS 1000000

static char *format, *function_name, *folder, *checkpoint, *load_path;
static int   rows;

static const GOptionEntry entries[] = {
  { "to", 0, 0, G_OPTION_ARG_STRING, &format, N_ ("what to write: c, numpy, pytorch or tex"),
    "c" },
  { "function", 0, 0, G_OPTION_ARG_STRING, &function_name,
    N_ ("train, measure or predict (predict)"), "F" },
  { "batch", 0, 0, G_OPTION_ARG_INT, &rows, N_ ("rows of a call (1)"), "N" },
  { "checkpoint", 0, 0, G_OPTION_ARG_FILENAME, &checkpoint,
    N_ ("parameters, as train --checkpoint keeps them"), "DIR" },
  { "load", 0, 0, G_OPTION_ARG_FILENAME, &load_path, N_ ("parameters, as train --save writes them"),
    "FILE.safetensors" },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &folder, N_ ("where NAME.c and NAME.h go (here)"),
    "DIR" },
  { NULL }
};

/* ---- Names ---- */

/* @names without two that would be one identifier: those get numbers. */
static void
tell_apart (GPtrArray *names, guint first)
{
  for (guint i = first; i < names->len; i++)
    {
      g_autofree char *plain = weft_export_identifier (g_ptr_array_index (names, i));
      guint            same = 1;

      for (guint k = 0; k < i; k++)
        {
          g_autofree char *other = weft_export_identifier (g_ptr_array_index (names, k));

          same += g_str_equal (plain, other);
        }
      if (same > 1)
        {
          g_free (g_ptr_array_index (names, i));
          names->pdata[i] = g_strdup_printf ("%s_%u", plain, same);
        }
    }
}

/* Names of inputs, then of outputs; @n_inputs of them are inputs. */
static GPtrArray *
find_names (WeftModel *model, WeftModelPart part, guint n_outputs, guint *n_inputs)
{
  GPtrArray         *names = g_ptr_array_new_with_free_func (g_free);
  WeftFunction      *function = weft_model_function (model, part, NULL);
  const char *const *metrics = weft_model_metric_names (model);

  *n_inputs = weft_function_n_inputs (function);
  for (guint i = 0; i < *n_inputs; i++)
    {
      const char *name = weft_function_input_name (function, i);

      g_ptr_array_add (names, name != NULL ? g_strdup (name) : g_strdup_printf ("input%u", i));
    }
  for (guint i = 0; i < n_outputs; i++)
    {
      const char *name = part == WEFT_MODEL_PREDICT         ? weft_model_output_port (model)
                         : i < weft_model_n_metrics (model) ? metrics[i]
                                                            : "rate";

      g_ptr_array_add (names, g_strdup (name));
    }
  tell_apart (names, 0);
  return names;
}

/* "mnist-mlp.weft" -> "mnist_mlp" */
static char *
program_name (const char *file)
{
  g_autofree char *base = g_path_get_basename (file);
  char            *dot = strrchr (base, '.');

  if (dot != NULL && dot != base)
    *dot = '\0';
  return weft_export_identifier (base);
}

/* ---- Writing ---- */

static gboolean
write_file (const char *name, const char *suffix, const char *text, int *code)
{
  g_autofree char *file = g_strconcat (name, suffix, NULL);
  g_autofree char *path = g_build_filename (folder != NULL ? folder : ".", file, NULL);
  g_autoptr (GError) error = NULL;

  if (!weft_file_write_atomic (path, text, strlen (text), &error))
    {
      *code = cli_say_error (error);
      return FALSE;
    }
  printf ("%s\n", path);
  return TRUE;
}

static int
refuse (WeftDocument *document, guint32 node, const GError *error)
{
  guint32         outer = node != 0 ? weft_document_outer_node (document, node) : 0;
  const WeftNode *blamed = outer != 0 ? weft_document_node (document, outer) : NULL;

  if (blamed == NULL)
    return cli_say (CLI_INPUT, "%s", error->message);
  return cli_say (CLI_INPUT, "%s: %s", blamed->id, error->message);
}

static int
write_program (WeftDocument *document, WeftModel *model, WeftModelPart part, const char *file)
{
  const WeftProgram *program = weft_function_get_program (weft_model_function (model, part, NULL));
  guint              n_inputs;
  guint32            node;
  g_autoptr (GPtrArray) names = find_names (model, part, program->n_outputs, &n_inputs);
  g_autoptr (GError) error = NULL;
  g_autofree char  *name = program_name (file), *header = NULL, *source = NULL;
  g_autofree char **inputs = g_new0 (char *, n_inputs + 1);
  g_autofree char  *about =
    g_strdup_printf ("Made by Weft %s: one batch of %d.", WEFT_VERSION, rows);
  WeftExportNames all = { .name = name, .about = about, .inputs = (const char *const *) inputs };
  int             code = CLI_DONE;

  memcpy (inputs, names->pdata, n_inputs * sizeof *inputs);
  all.outputs = (const char *const *) names->pdata + n_inputs;
  if (!weft_export_c (program, &all, &header, &source, &node, &error))
    return refuse (document, node, error);
  if (write_file (name, ".h", header, &code))
    write_file (name, ".c", source, &code);
  return code;
}

static int
show (WeftDocument *document, WeftModelPart part, const char *file)
{
  g_autofree char *path = checkpoint != NULL
                            ? g_build_filename (checkpoint, WEFT_CHECKPOINT_FILE, NULL)
                            : g_strdup (load_path);
  g_autoptr (WeftModel) model = NULL;
  g_autoptr (GError) error = NULL;
  WeftBatch batch;
  guint32   node;
  int       code = CLI_DONE;

  model = weft_model_new (document, NULL, &node, &error);
  if (model == NULL ||
      (path != NULL && !weft_parameters_read (path, weft_model_shared (model), &error)))
    return cli_say_error (error);
  if (path == NULL)
    cli_note (_ ("the model is not trained; give it parameters with --checkpoint or --load"));
  if (!cli_batch_open (&batch, document, model, (gsize) rows, FALSE, &code))
    return code;
  if (!weft_model_prepare (model, part, batch.columns, &error))
    code = cli_say_error (error);
  weft_batch_clear (&batch);
  return error == NULL ? write_program (document, model, part, file) : code;
}

/* ---- Source texts ---- */

static const struct Source
{
  const char        *name, *suffix;
  WeftSourceLanguage language;
} sources[] = {
  { "numpy", ".py", WEFT_SOURCE_NUMPY },
  { "pytorch", ".py", WEFT_SOURCE_PYTORCH },
  { "tex", ".tex", WEFT_SOURCE_TEX },
};

/* What --to names; NULL: none of them. */
static const struct Source *
find_source (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    if (g_strcmp0 (format, sources[i].name) == 0)
      return &sources[i];
  return NULL;
}

static int
write_source (WeftDocument *document, const struct Source *source, const char *file)
{
  guint32 node = 0;
  g_autoptr (GError) error = NULL;
  g_autofree char *text =
    weft_document_to_source (document, NULL, 0, source->language, &node, &error);
  g_autofree char *name = program_name (file);
  int              code = CLI_DONE;

  if (text == NULL)
    return refuse (document, node, error);
  write_file (name, source->suffix, text, &code);
  return code;
}

/* cli_export:
 *
 * Returns: the exit code.
 */
int
cli_export (int argc, char **argv)
{
  g_autoptr (WeftDocument) document = NULL;
  WeftModelPart part;
  const char   *file;
  int           code;

  rows = 1;
  code = cli_parse (&argc, &argv, entries);
  if (code >= 0 || (code = cli_one_file (argc, argv, &file)) >= 0)
    return code;
  code = CLI_DONE;
  if (format != NULL && !g_str_equal (format, "c") && find_source () == NULL)
    return cli_say (CLI_CALL, _ ("--to must be c, numpy, pytorch or tex, not “%s”"), format);
  if (format == NULL)
    return cli_say (CLI_CALL, _ ("say what to write with --to c, numpy, pytorch or tex"));
  if (rows < 1 || rows > MAX_ROWS)
    return cli_say (CLI_CALL, _ ("--batch must be a number from 1 to %d"), MAX_ROWS);
  if (checkpoint != NULL && load_path != NULL)
    return cli_say (CLI_CALL, _ ("give --checkpoint or --load, not both"));
  if (!cli_find_part (function_name != NULL ? function_name : "predict", &part, &code))
    return code;
  document = cli_load (file, &code);
  if (document != NULL && find_source () != NULL)
    return write_source (document, find_source (), file);
  return document != NULL ? show (document, part, file) : code;
}
