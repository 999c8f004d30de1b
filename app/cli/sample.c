/* weft-cli sample: a trained model of a text writes on, one character at a time.
 *
 * The model is one that trains on a data set of format "text": from a window of characters it
 * gives, at each place, a number for every character that may follow. Only what stands before a
 * place may decide what it gives there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"

#include "engine/base/nearest.h"
#include "engine/base/number-text.h"
#include "engine/dataset/dataset.h"
#include "engine/tensor/philox.h"
#include "engine/train/checkpoint.h"
#include "engine/train/model.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_LENGTH 10000000

static gboolean as_json;
static char    *checkpoint, *load_path, *seed_text;
static int      length;
static double   temperature;
static gint64   seed;

static const GOptionEntry entries[] = {
  { "checkpoint", 0, 0, G_OPTION_ARG_FILENAME, &checkpoint,
    N_ ("parameters, as train --checkpoint keeps them"), "DIR" },
  { "load", 0, 0, G_OPTION_ARG_FILENAME, &load_path, N_ ("parameters, as train --save writes them"),
    "FILE.safetensors" },
  { "length", 0, 0, G_OPTION_ARG_INT, &length, N_ ("how many characters (300)"), "N" },
  { "seed-text", 0, 0, G_OPTION_ARG_STRING, &seed_text, N_ ("what the text begins with"), "TEXT" },
  { "temperature", 0, 0, G_OPTION_ARG_DOUBLE, &temperature,
    N_ ("below 1 surer, above 1 bolder; 0 always takes the likeliest (1)"), "T" },
  { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, N_ ("start of the random numbers (1)"), "S" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL },
  { NULL }
};

typedef struct
{
  WeftModel *model;
  char     **characters; /* each a string; borrowed */
  guint      n_characters, column, n_columns;
  gint64     window;
  GArray    *written; /* gint32 */
  guint64    drawn;
} Writer;

/* The column that the model reads, and its characters. */
static gboolean
find_column (Writer *writer, WeftDatasetSpec *spec, const char *node, int *code)
{
  const WeftColumn *columns = weft_dataset_spec_columns (spec, &writer->n_columns);

  for (guint i = 0; i < writer->n_columns; i++)
    {
      if (!g_str_equal (columns[i].name, "x") || columns[i].rank != 1 || columns[i].classes == NULL)
        continue;
      writer->column = i;
      writer->characters = columns[i].classes;
      writer->n_characters = g_strv_length (columns[i].classes);
      writer->window = columns[i].shape[0];
      return TRUE;
    }
  *code =
    cli_say (CLI_INPUT, _ ("%s is no text of characters: there is nothing to write with"), node);
  return FALSE;
}

static gboolean
read_seed_text (Writer *writer, const char *text, int *code)
{
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    {
      g_autofree char *character = g_strndup (c, g_utf8_next_char (c) - c);
      gint32           found = -1;

      for (guint i = 0; i < writer->n_characters && found < 0; i++)
        if (g_str_equal (writer->characters[i], character))
          found = i;
      if (found < 0)
        {
          *code = cli_say (CLI_INPUT, _ ("--seed-text: the model knows no “%s”"), character);
          return FALSE;
        }
      g_array_append_val (writer->written, found);
    }
  return TRUE;
}

/* The last characters, as many as a window holds; *last is the place of the last of them. */
static WeftArray *
window_of (Writer *writer, gint64 *last)
{
  gint64     shape[2] = { 1, writer->window };
  WeftArray *x = weft_array_new (WEFT_I32, 2, shape);
  gint64     n = MIN ((gint64) writer->written->len, writer->window);

  memcpy (x->data, (gint32 *) writer->written->data + writer->written->len - n,
          n * sizeof (gint32));
  *last = n - 1;
  return x;
}

/* Draws from @numbers: what softmax is taken of, or probabilities. */
static guint
draw (Writer *writer, double *numbers)
{
  guint    best = 0;
  double   sum = 0, point, at;
  gboolean probabilities = TRUE;

  for (guint i = 0; i < writer->n_characters; i++)
    {
      sum += numbers[i];
      probabilities = probabilities && numbers[i] >= 0;
      if (numbers[i] > numbers[best])
        best = i;
    }
  if (temperature == 0)
    return best;
  probabilities = probabilities && fabs (sum - 1) < 1e-3;
  sum = 0;
  at = probabilities ? log (numbers[best]) : numbers[best];
  for (guint i = 0; i < writer->n_characters; i++)
    {
      numbers[i] = exp (((probabilities ? log (numbers[i]) : numbers[i]) - at) / temperature);
      sum += numbers[i];
    }
  weft_philox_uniform_f64 (seed, 0, writer->drawn++, 1, &point);
  point *= sum;
  for (guint i = 0; i < writer->n_characters; i++)
    if ((point -= numbers[i]) < 0)
      return i;
  return best;
}

/* The next character's number, -1: said. */
static gint32
next_character (Writer *writer, int *code)
{
  g_autoptr (GError) error = NULL;
  g_autofree WeftArray **columns = g_new0 (WeftArray *, writer->n_columns);
  g_autofree double     *numbers = g_new (double, writer->n_characters);
  g_autoptr (WeftArray) output = NULL;
  g_autoptr (WeftArray) x = NULL;
  gint64 last;

  x = columns[writer->column] = window_of (writer, &last);
  if (!weft_model_predict (writer->model, columns, &output, NULL, &error))
    {
      *code = cli_say_error (error);
      return -1;
    }
  if (output->n_elements != writer->window * writer->n_characters)
    {
      WeftType         type = { .dtype = output->dtype, .shape = weft_array_get_shape (output) };
      g_autofree char *text = weft_type_to_string (&type);

      *code = cli_say (
        CLI_INPUT, _ ("%s is %s for one window; it should give %u numbers for each of %s places"),
        weft_model_output_port (writer->model), text, writer->n_characters,
        WEFT_INT_TEXT (writer->window));
      return -1;
    }
  for (guint i = 0; i < writer->n_characters; i++)
    numbers[i] = weft_array_get (output, last * writer->n_characters + i);
  return draw (writer, numbers);
}

static int
write_text (Writer *writer)
{
  GString *text = g_string_new (seed_text);
  int      code = CLI_DONE;

  if (!as_json)
    fputs (seed_text, stdout);
  for (int i = 0; i < length && code == CLI_DONE; i++)
    {
      gint32 next = next_character (writer, &code);

      if (next < 0)
        break;
      g_array_append_val (writer->written, next);
      g_string_append (text, writer->characters[next]);
      if (as_json)
        continue;
      fputs (writer->characters[next], stdout);
      fflush (stdout);
    }
  if (!as_json)
    putchar ('\n');
  else if (code == CLI_DONE)
    {
      WeftJson *json = weft_json_new_object ();

      weft_json_set_string (json, "text", text->str);
      cli_answer (json);
    }
  g_string_free (text, TRUE);
  return code;
}

static int
sample (const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = NULL;
  g_autoptr (WeftModel) model = NULL;
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (GArray) written = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autofree char *folder = NULL;
  g_autofree char *path = checkpoint != NULL
                            ? g_build_filename (checkpoint, WEFT_CHECKPOINT_FILE, NULL)
                            : g_strdup (load_path);
  const WeftNode  *node;
  Writer           writer = { .written = written };
  guint32          blame;
  int              code = CLI_DONE;

  document = cli_load (file, &code);
  if (document == NULL)
    return code;
  model = writer.model = weft_model_new (document, NULL, &blame, &error);
  if (model == NULL)
    return cli_say_error (error);
  node = weft_document_node (document, weft_model_dataset (model));
  if (node == NULL)
    return cli_say (CLI_INPUT, _ ("%s trains on no data set: there is nothing to write with"),
                    file);
  folder = weft_document_dup_folder (document);
  spec = weft_dataset_spec_new (node->params, folder, &error);
  if (spec == NULL ||
      (path != NULL && !weft_parameters_read (path, weft_model_shared (model), &error)))
    return cli_say_error (error);
  if (path == NULL)
    cli_note (_ ("the model is not trained; give it parameters with --checkpoint or --load"));
  if (!find_column (&writer, spec, node->id, &code) || !read_seed_text (&writer, seed_text, &code))
    return code;
  return write_text (&writer);
}

/* cli_sample:
 *
 * Returns: the exit code.
 */
int
cli_sample (int argc, char **argv)
{
  const char *file;
  int         code;

  length = 300;
  temperature = 1;
  seed = 1;
  code = cli_parse (&argc, &argv, entries);
  if (code >= 0 || (code = cli_one_file (argc, argv, &file)) >= 0)
    return code;
  if (length < 0 || length > MAX_LENGTH)
    return cli_say (CLI_CALL, _ ("--length must be from 0 to %d"), MAX_LENGTH);
  if (!(temperature >= 0 && isfinite (temperature)))
    return cli_say (CLI_CALL, _ ("--temperature must be 0 or more"));
  if (checkpoint != NULL && load_path != NULL)
    return cli_say (CLI_CALL, _ ("give --checkpoint or --load, not both"));
  if (seed_text == NULL || *seed_text == '\0')
    seed_text = g_strdup ("\n");
  return sample (file);
}
