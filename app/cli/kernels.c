/* weft-cli kernels: the program of a document's function, a line a kernel.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/batch.h"

#include "engine/compile/emit.h"
#include "engine/run/function.h"

#include <glib/gi18n.h>
#include <stdio.h>

static gboolean as_json, with_source;
static char    *function_name, *device;
static int      rows;

static const GOptionEntry entries[] = {
  { "function", 0, 0, G_OPTION_ARG_STRING, &function_name, N_ ("train, measure or predict"), "F" },
  { "batch", 0, 0, G_OPTION_ARG_INT, &rows, N_ ("rows of a batch (the document's)"), "N" },
  { "device", 0, 0, G_OPTION_ARG_STRING, &device, N_ ("cpu or cuda: which text --source gives"),
    "D" },
  { "source", 0, 0, G_OPTION_ARG_NONE, &with_source, N_ ("the text of each kernel, in C or CUDA C"),
    NULL },
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL },
  { NULL }
};

static WeftJson *
nodes_json (WeftDocument *document, const WeftOrigins *origins)
{
  WeftJson *array = weft_json_new_array ();

  for (guint i = 0; origins != NULL && i < origins->n; i++)
    {
      const WeftNode *node = weft_document_node (document, origins->nodes[i]);

      if (node != NULL)
        weft_json_append (array, weft_json_new_string (node->id));
    }
  return array;
}

static WeftTextLanguage
language (void)
{
  return g_strcmp0 (device, "cuda") == 0 ? WEFT_TEXT_CUDA : WEFT_TEXT_C;
}

/* The kernel's text, if it has one. */
static void
add_source (WeftJson *kernel, const WeftProgram *program, guint step)
{
  g_autoptr (WeftKernelText) text =
    weft_emit_step (program, step, language ());

  if (text != NULL)
    weft_json_set_string (kernel, "source", text->text);
}

static WeftJson *
to_json (WeftDocument *document, const WeftProgram *program)
{
  static const char *const kinds[] = { "tiles", "op", "gemm", "copy", "loop", "branch" };
  WeftJson                *json = weft_json_new_object ();
  WeftJson                *kernels = weft_json_new_array ();

  for (guint i = 0; i < program->n_steps; i++)
    {
      const WeftStep *step = &program->steps[i];
      WeftJson       *kernel = weft_json_new_object ();

      weft_json_set_string (kernel, "name", step->name);
      weft_json_set_string (kernel, "kind", kinds[step->kind]);
      weft_json_set_number (kernel, "flops", step->flops);
      weft_json_set_number (kernel, "bytes", step->bytes);
      weft_json_set (kernel, "nodes", nodes_json (document, step->origins));
      if (with_source)
        add_source (kernel, program, i);
      weft_json_append (kernels, kernel);
    }
  weft_json_set (json, "kernels", kernels);
  weft_json_set_int (json, "arena_bytes", program->arena_bytes);
  weft_json_set_int (json, "intermediate_bytes", program->intermediate_bytes);
  return json;
}

/* The text of each kernel of @program, those of bodies after them. */
static void
print_source (const WeftProgram *program)
{
  g_autoptr (GPtrArray) programs = g_ptr_array_new ();
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (programs, (gpointer) program);
  g_ptr_array_add (labels, g_strdup (""));
  for (guint k = 0; k < programs->len; k++)
    for (guint i = 0; i < ((const WeftProgram *) programs->pdata[k])->n_steps; i++)
      {
        const WeftStep *step = &((const WeftProgram *) programs->pdata[k])->steps[i];
        g_autoptr (WeftKernelText) text =
          weft_emit_step (programs->pdata[k], i, language ());

        printf ("/* %s%u: %s */\n%s\n", (char *) labels->pdata[k], i, step->name,
                text != NULL ? text->text
                             : _ ("/* It calls a library, or a kernel that is built in. */\n"));
        for (guint b = 0; step->bodies != NULL && b < step->bodies->n_programs; b++)
          {
            g_ptr_array_add (programs, step->bodies->programs[b]);
            g_ptr_array_add (labels, g_strdup_printf ("%s%u.%u.", (char *) labels->pdata[k], i, b));
          }
      }
}

static int
show (WeftDocument *document, WeftModel *model, WeftModelPart part)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *text = NULL;
  const WeftProgram *program;
  WeftBatch          batch;
  int                code = CLI_DONE;

  if (!cli_batch_open (&batch, document, model, rows > 0 ? (gsize) rows : weft_model_batch (model),
                       FALSE, &code))
    return code;
  if (!weft_model_prepare (model, part, batch.columns, &error))
    code = cli_say_error (error);
  weft_batch_clear (&batch);
  if (error != NULL)
    return code;
  program = weft_function_get_program (weft_model_function (model, part, NULL));
  if (as_json)
    {
      cli_answer (to_json (document, program));
      return code;
    }
  if (with_source)
    {
      print_source (program);
      return code;
    }
  text = weft_program_to_string ((WeftProgram *) program);
  fputs (text, stdout);
  return code;
}

/* cli_kernels:
 *
 * Returns: the exit code.
 */
int
cli_kernels (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = NULL;
  g_autoptr (WeftModel) model = NULL;
  WeftModelPart part;
  const char   *file;
  guint32       node;
  int           code = cli_parse (&argc, &argv, entries);

  if (code >= 0 || (code = cli_one_file (argc, argv, &file)) >= 0)
    return code;
  code = CLI_DONE;
  if (!cli_find_part (function_name, &part, &code))
    return code;
  if (device != NULL && !g_str_equal (device, "cpu") && !g_str_equal (device, "cuda"))
    return cli_say (CLI_CALL, _ ("there is no text for “%s”; there are cpu and cuda"), device);
  document = cli_load (file, &code);
  if (document == NULL)
    return code;
  model = weft_model_new (document, NULL, &node, &error);
  return model != NULL ? show (document, model, part) : cli_say_error (error);
}
