/* Parts of a document as Python: NumPy functions, or a PyTorch module.
 *
 * The lines are the graph's own text, which is Python already; what its functions are there is said
 * by source-numpy.py and source-torch.py. A body is a function inside of the function that uses it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/source-private.h"

#include "engine/graph/body.h"

#include <string.h>

#include <glib/gi18n-lib.h>

typedef struct
{
  WeftSourceLanguage    language;
  const WeftSourceText *table;
  GHashTable           *used; /* set of definitions that are put before the model */
  GString              *definitions;
  const WeftSourcePart *part;    /* the one that is written */
  char                 *missing; /* what there is no function for */
} Writer;

static const char loader[] =
  "def load(path):\n"
  "    \"\"\"Parameters by name, from a file that weft-cli train --save writes.\"\"\"\n"
  "    with open(path, \"rb\") as file:\n"
  "        data = file.read()\n"
  "    length = int.from_bytes(data[:8], \"little\")\n"
  "    types = {\"F32\": np.float32, \"F64\": np.float64, \"I64\": np.int64, \"I32\": np.int32, "
  "\"BOOL\": np.bool_}\n"
  "    found = {}\n"
  "    for name, entry in json.loads(data[8:8 + length]).items():\n"
  "        if name != \"__metadata__\":\n"
  "            begin, end = (8 + length + at for at in entry[\"data_offsets\"])\n"
  "            found[name] = np.frombuffer(data[begin:end], "
  "types[entry[\"dtype\"]]).reshape(entry[\"shape\"]).copy()\n"
  "    return found\n";

static const WeftSourceText *
find_text (const Writer *writer, const char *name)
{
  for (const WeftSourceText *text = writer->table; text->name != NULL; text++)
    if (g_str_equal (text->name, name) ||
        (*text->name == '_' && g_str_equal (text->name + 1, name)))
      return text;
  return NULL;
}

/* Puts the definition of @text before the model, after those that it uses. Recursion as deep as
 * definitions use one another. */
static void
define (Writer *writer, const WeftSourceText *text)
{
  g_auto (GStrv) used = NULL;

  if (text->text == NULL || !g_hash_table_add (writer->used, (gpointer) text->name))
    return;
  used = g_strsplit (text->used, " ", -1);
  for (guint i = 0; used[i] != NULL; i++)
    if (*used[i] != '\0')
      define (writer, find_text (writer, used[i]));
  g_string_append_printf (writer->definitions, "%s\n\n\n", text->text);
}

/* The function @name as the language calls it; NULL: it has none. */
static const char *
function_of (Writer *writer, const char *name)
{
  const WeftSourceText *text = find_text (writer, name);

  if (text == NULL)
    return NULL;
  define (writer, text);
  return text->calls;
}

static char *
dtype_name (const Writer *writer, const char *name)
{
  static const struct
  {
    WeftDType   dtype;
    const char *name;
  } names[] = {
    { WEFT_F32, "float32" },
    { WEFT_F64, "float64" },
    { WEFT_F16, "float16" },
    { WEFT_I64, "int64" },
    { WEFT_I32, "int32" },
    { WEFT_I16, "int16" },
    { WEFT_I8, "int8" },
    { WEFT_U8, "uint8" },
    { WEFT_BOOL, "bool" },
  };
  WeftDType   dtype;
  const char *module = writer->language == WEFT_SOURCE_NUMPY ? "np" : "torch";

  if (!weft_dtype_parse (name, &dtype))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i].dtype == dtype)
      return g_strdup_printf ("%s.%s", module,
                              dtype == WEFT_BOOL && writer->language == WEFT_SOURCE_NUMPY
                                ? "bool_"
                                : names[i].name);
  return NULL;
}

/* A word of the graph's text: a function, an element type, or a name as it is. */
static void
append_word (Writer *writer, const char *word, char next, GString *out)
{
  static const char *const others[][2] = {
    { "and", "&" }, /* of arrays, element by element; a line holds one operation */
    { "or", "|" },
    { "not", "~" },
    { "inf", "float(\"inf\")" },
    { "nan", "float(\"nan\")" },
  };
  const char      *function = next == '(' ? function_of (writer, word) : NULL;
  g_autofree char *dtype = next != '(' && next != '=' ? dtype_name (writer, word) : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_equal (word, others[i][0]))
      {
        g_string_append (out, others[i][1]);
        return;
      }
  if (next == '(' && function == NULL && writer->missing == NULL)
    writer->missing = g_strdup (word);
  g_string_append (out, function != NULL ? function : dtype != NULL ? dtype
                                                                    : word);
}

/* One line of the graph's text in the language. */
static void
append_translated (Writer *writer, const char *line, gsize length, GString *out)
{
  for (gsize i = 0; i < length;)
    {
      gsize            n = 0;
      g_autofree char *word = NULL;

      if (line[i] == '\'')
        {
          const char *end = memchr (line + i + 1, '\'', length - i - 1);

          n = end != NULL ? (gsize) (end - line) - i + 1 : length - i;
          g_string_append_len (out, line + i, (gssize) n);
          i += n;
          continue;
        }
      while (i + n < length && (g_ascii_isalnum (line[i + n]) || line[i + n] == '_'))
        n++;
      if (n == 0 || g_ascii_isdigit (line[i]) || (i > 0 && line[i - 1] == '.'))
        {
          g_string_append_len (out, line + i, (gssize) MAX (n, 1));
          i += MAX (n, 1);
          continue;
        }
      word = g_strndup (line + i, n);
      append_word (writer, word, i + n < length ? line[i + n] : '\0', out);
      i += n;
    }
}

/* ---- Lines ---- */

typedef struct
{
  Writer     *writer;
  GHashTable *known; /* set of names */
  GString    *out;
} Dims;

/* "batch = pixels.shape[0]": the first input that has the dimension says it. */
static void
define_dim_cb (const char *name, gpointer data)
{
  Dims                 *dims = data;
  const WeftSourcePart *part = dims->writer->part;

  if (weft_graph_find_counted (part->graph, name) != NULL ||
      !g_hash_table_add (dims->known, (gpointer) name))
    return;
  for (guint i = 0; i < part->inputs->len; i++)
    {
      const WeftSourceInput *input = g_ptr_array_index (part->inputs, i);

      for (guint k = 0; k < input->type.shape.rank; k++)
        {
          g_autoptr (GString) text = g_string_new (NULL);

          weft_dim_append (input->type.shape.dims[k], text);
          if (!g_str_equal (text->str, name))
            continue;
          g_string_append_printf (dims->out, "    %s = %s.shape[%u]\n", name, input->name, k);
          return;
        }
    }
  if (dims->writer->missing == NULL)
    dims->writer->missing = g_strdup (_ ("a size that the data decide"));
}

/* The dimensions that @order and the bodies in it mention. Recursion as deep as bodies are
 * nested. */
static void
define_dims (Dims *dims, const GPtrArray *order, gboolean in_body)
{
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      if (!in_body || !g_str_equal (apply->op->name, "input"))
        weft_apply_foreach_name (apply, define_dim_cb, dims);
      for (guint k = 0; k < apply->op->n_attrs; k++)
        if (apply->attrs[k].kind == WEFT_ATTR_BODY)
          {
            const WeftBody *body = apply->attrs[k].body;
            g_autoptr (GPtrArray) inside =
              weft_graph_order (body->graph, body->n_outputs, body->outputs);

            define_dims (dims, inside, TRUE);
          }
    }
}

static void
append_array (
  const Writer *writer, const char *name, const WeftArray *array, guint depth, GString *out)
{
  g_autofree char *dtype = dtype_name (writer, weft_dtypes[array->dtype].name);
  gboolean         numpy = writer->language == WEFT_SOURCE_NUMPY;

  g_string_append_printf (out, "%*s%s = %s([", 4 * (int) depth, "", name,
                          numpy ? "np.array" : "torch.tensor");
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      char buffer[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (
        out, "%s%s", i > 0 ? ", " : "",
        g_ascii_formatd (buffer, sizeof buffer, "%.17g", weft_array_get (array, i)));
    }
  g_string_append_printf (out, "], dtype=%s).reshape((", dtype);
  for (guint i = 0; i < array->rank; i++)
    g_string_append_printf (out, "%" G_GINT64_FORMAT ", ", array->shape[i]);
  g_string_append (out, "))\n");
}

/* "x.at[i].add(v)" -> "_At(x)[i].add(v)", which the language can be taught. */
static void
append_write (Writer *writer, const char *text, GString *out)
{
  const char      *at = strstr (text, ".at[");
  g_autofree char *call = NULL;

  function_of (writer, "_At");
  call = g_strdup_printf ("_At(%.*s)%s", (int) (at - text), text, at + strlen (".at"));
  append_translated (writer, call, strlen (call), out);
}

static void append_body (
  Writer *writer, const WeftApply *apply, guint attr, guint depth, GString *out);

/* The line of @apply; FALSE: something in it has no function in the language. */
static gboolean
append_apply (Writer *writer, const WeftApply *apply, guint depth, GString *out)
{
  g_autofree char *line = weft_apply_to_line (apply, depth > 1);
  const char      *text = strstr (line, " = ") + strlen (" = ");
  gboolean         custom = g_str_equal (apply->op->name, "custom"); /* a gradient of its own */

  for (guint i = 0; i < apply->op->n_attrs; i++)
    if (apply->attrs[i].kind == WEFT_ATTR_BODY && !custom)
      append_body (writer, apply, i, depth, out);
  g_string_append_printf (out, "%*s%.*s", 4 * (int) depth, "", (int) (text - line), line);
  if (custom)
    g_string_append (out, weft_value_line_name (apply->inputs[0], depth > 1));
  else if (g_str_equal (apply->op->name, "index_write"))
    append_write (writer, text, out);
  else
    append_translated (writer, text, strlen (text), out);
  g_string_append_c (out, '\n');
  return writer->missing == NULL;
}

/* All lines of @order; those of dimensions that values give too. @node: of the first that
 * failed. */
static gboolean
append_order (Writer          *writer,
              const GPtrArray *order,
              GArray          *counted,
              guint            depth,
              GString         *out,
              guint32         *node)
{
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      if (!(apply->op->traits & WEFT_TRAIT_LEAF) && !append_apply (writer, apply, depth, out))
        {
          if (node != NULL)
            *node = apply->origins->n > 0 ? apply->origins->nodes[0] : 0;
          return FALSE;
        }
      for (guint k = 0; k < counted->len; k++)
        {
          const WeftCounted *one = &g_array_index (counted, WeftCounted, k);

          if (one->value->apply == apply)
            g_string_append_printf (out, "%*s%s = int(%s)\n", 4 * (int) depth, "", one->name,
                                    weft_value_line_name (one->value, depth > 1));
        }
    }
  return TRUE;
}

/* Body @attr of @apply as a function; it gives a tuple. Recursion as deep as bodies are nested. */
static void
append_body (Writer *writer, const WeftApply *apply, guint attr, guint depth, GString *out)
{
  const WeftBody *body = apply->attrs[attr].body;
  g_autoptr (GPtrArray) order = weft_graph_order (body->graph, body->n_outputs, body->outputs);
  g_autoptr (GArray) counted =
    weft_graph_counted_dims (body->graph, body->n_outputs, body->outputs);

  g_string_append_printf (out, "%*sdef %s(", 4 * (int) depth, "",
                          weft_apply_body_name (apply, attr));
  for (guint i = 0; i < body->n_inputs; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? ", " : "", body->inputs[i]->name);
  g_string_append (out, "):\n");
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *leaf = g_ptr_array_index (order, i);

      if (leaf->literal != NULL && leaf->literal->rank > 0)
        append_array (writer, weft_value_line_name (&leaf->outputs[0], TRUE), leaf->literal,
                      depth + 1, out);
    }
  append_order (writer, order, counted, depth + 1, out, NULL);
  g_string_append_printf (out, "%*sreturn (", 4 * (int) (depth + 1), "");
  for (guint i = 0; i < body->n_outputs; i++)
    {
      const WeftArray *literal = body->outputs[i]->apply->literal;
      char             buffer[G_ASCII_DTOSTR_BUF_SIZE];

      if (literal != NULL && literal->rank == 0)
        g_string_append_printf (
          out, "%s, ",
          g_ascii_formatd (buffer, sizeof buffer, "%.17g", weft_array_get (literal, 0)));
      else
        g_string_append_printf (out, "%s, ", weft_value_line_name (body->outputs[i], TRUE));
    }
  g_string_append (out, ")\n\n");
}

/* The lines of @part after its names; FALSE: something in it has no function in the language. */
static gboolean
append_lines (Writer *writer, const WeftSourcePart *part, GString *out, guint32 *node)
{
  WeftValue *const *outputs = (WeftValue *const *) part->outputs->pdata;
  g_autoptr (GPtrArray) order = weft_graph_order (part->graph, part->outputs->len, outputs);
  g_autoptr (GArray) counted = weft_graph_counted_dims (part->graph, part->outputs->len, outputs);
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  Dims dims = { writer, known, out };

  writer->part = part;
  define_dims (&dims, order, FALSE);
  return writer->missing == NULL && append_order (writer, order, counted, 1, out, node);
}

static void
append_signature (const WeftSourcePart *part, const char *first, GString *out)
{
  g_string_append_printf (out, "def %s(%s", part->function, first);
  for (guint i = 0; i < part->inputs->len; i++)
    {
      const WeftSourceInput *input = g_ptr_array_index (part->inputs, i);

      if (!input->is_parameter && input->array == NULL)
        g_string_append_printf (out, ", %s", input->name);
    }
  g_string_append (out, "):\n");
}

static void
append_given (const Writer *writer, const WeftSourcePart *part, GString *out)
{
  for (guint i = 0; i < part->inputs->len; i++)
    {
      const WeftSourceInput *input = g_ptr_array_index (part->inputs, i);

      if (input->array != NULL)
        append_array (writer, input->name, input->array, 1, out);
      else if (input->is_parameter && writer->language == WEFT_SOURCE_NUMPY)
        g_string_append_printf (out, "    %s = p[\"%s\"]\n", input->name, input->key);
      else if (input->is_parameter)
        g_string_append_printf (out, "    %s = self.%s\n", input->name, input->name);
      else if (writer->language == WEFT_SOURCE_PYTORCH &&
               !weft_dtype_is_float (input->type.dtype) && input->type.dtype != WEFT_I64 &&
               input->type.dtype != WEFT_BOOL)
        g_string_append_printf (out, "    %s = %s.long()\n", input->name, input->name);
    }
}

static gboolean
append_function (Writer *writer, const WeftSourcePart *part, GString *out, guint32 *node)
{
  append_signature (part, writer->language == WEFT_SOURCE_NUMPY ? "p" : "self", out);
  append_given (writer, part, out);
  if (!append_lines (writer, part, out, node))
    return FALSE;
  g_string_append (out, "    return {");
  for (guint i = 0; i < part->outputs->len; i++)
    g_string_append_printf (out, "%s\"%s\": %s", i > 0 ? ", " : "",
                            (char *) g_ptr_array_index (part->keys, i),
                            weft_value_line_name (g_ptr_array_index (part->outputs, i), FALSE));
  g_string_append (out, "}\n");
  return TRUE;
}

/* ---- Files ---- */

/* Each parameter once, with the shape that it has. */
static void
append_parameters (GPtrArray *parts, GString *out)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < parts->len; i++)
    for (guint k = 0; k < ((WeftSourcePart *) g_ptr_array_index (parts, i))->inputs->len; k++)
      {
        const WeftSourceInput *input =
          g_ptr_array_index (((WeftSourcePart *) g_ptr_array_index (parts, i))->inputs, k);
        g_autofree char *shape = NULL;

        if (!input->is_parameter || !g_hash_table_add (seen, input->key))
          continue;
        shape = weft_shape_to_string (&input->type.shape);
        if (input->trainable)
          g_string_append_printf (
            out, "        self.%s = torch.nn.Parameter(self.given(p, \"%s\", %s))\n", input->name,
            input->key, shape);
        else
          g_string_append_printf (
            out, "        self.register_buffer(\"%s\", self.given(p, \"%s\", %s))\n", input->name,
            input->key, shape);
      }
}

static void
append_indented (GString *out, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    g_string_append_printf (out, "%s%s\n", *lines[i] != '\0' ? "    " : "", lines[i]);
  if (out->len > 0 && g_str_has_suffix (out->str, "\n\n"))
    g_string_truncate (out, out->len - 1);
}

static void
append_head (const Writer *writer, const char *title, const char *functions, GString *out)
{
  static const char *const modules[][2] = { { "math.", "import math\n" },
                                            { "np.", "import numpy as np\n" },
                                            { "scipy.linalg.", "import scipy.linalg\n" },
                                            { "scipy.special.", "import scipy.special\n" },
                                            { "torch.", "import torch\n" } };
  g_autofree char         *plain = g_strdup (title);
  gboolean                 torch = writer->language == WEFT_SOURCE_PYTORCH;

  g_strdelimit (plain, "\\\"\n\r", ' ');
  g_string_append_printf (out, "\"\"\"%s%sMade by Weft %s.\"\"\"\n\nimport json\n", plain,
                          *plain != '\0' ? ". " : "", WEFT_VERSION);
  for (guint i = 0; i < G_N_ELEMENTS (modules); i++)
    {
      gboolean used = strstr (writer->definitions->str, modules[i][0]) != NULL ||
                      strstr (functions, modules[i][0]) != NULL ||
                      strstr (loader, modules[i][0]) != NULL ||
                      (torch && g_str_equal (modules[i][0], "torch."));

      if (used)
        g_string_append (out, modules[i][1]);
      if (i == 0)
        g_string_append_c (out, '\n');
    }
  g_string_append_printf (out, "\n\n%s\n\n%s", loader, writer->definitions->str);
}

static char *
finish (const Writer *writer, const char *title, GPtrArray *parts, const char *functions)
{
  GString *out = g_string_new (NULL);

  append_head (writer, title, functions, out);
  if (writer->language == WEFT_SOURCE_NUMPY)
    g_string_append (out, functions);
  else
    {
      g_string_append (out, "class Model(torch.nn.Module):\n"
                            "    def __init__(self, p=None):\n"
                            "        super().__init__()\n");
      append_parameters (parts, out);
      g_string_append (
        out, "\n    @staticmethod\n"
             "    def given(p, name, shape):\n"
             "        return torch.zeros(shape) if p is None else torch.as_tensor(p[name])\n\n");
      append_indented (out, functions);
    }
  return g_string_free (out, FALSE);
}

/* weft_source_python:
 */
char *
weft_source_python (
  const char *title, GPtrArray *parts, WeftSourceLanguage language, guint32 *node, GError **error)
{
  gboolean numpy = language == WEFT_SOURCE_NUMPY;
  Writer   writer = { .language = language, .table = numpy ? weft_source_numpy : weft_source_torch };
  GString *functions = g_string_new (NULL);
  gboolean done = parts->len > 0;
  char    *text = NULL;

  writer.used = g_hash_table_new (g_str_hash, g_str_equal);
  writer.definitions = g_string_new (NULL);
  for (guint i = 0; done && i < parts->len; i++)
    {
      if (i > 0)
        g_string_append (functions, language == WEFT_SOURCE_NUMPY ? "\n\n" : "\n");
      done = append_function (&writer, g_ptr_array_index (parts, i), functions, node);
    }
  if (done)
    text = finish (&writer, title, parts, functions->str);
  else if (writer.missing != NULL)
    g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                 numpy ? _ ("NumPy has nothing for %s") : _ ("PyTorch has nothing for %s"),
                 writer.missing);
  g_string_free (functions, TRUE);
  g_string_free (writer.definitions, TRUE);
  g_hash_table_unref (writer.used);
  g_free (writer.missing);
  return text;
}
