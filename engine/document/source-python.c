/* Parts of a document as Python: NumPy functions, or a PyTorch module.
 *
 * The lines are the graph's own text, which is Python already; what its functions are there is the
 * table source.def.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/source-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

typedef struct
{
  const char *op, *texts[2]; /* by language */
} Row;

static const Row rows[] = {
#define SOURCE(op, numpy, torch) { op, { numpy, torch } },
#include "engine/document/source.def"
#undef SOURCE
};

typedef struct
{
  WeftSourceLanguage language;
  GHashTable        *used; /* set of definitions that are put before the model */
  GString           *definitions;
  char              *missing; /* what there is no function for */
} Writer;

static const char helpers[] =
  "def _t(x):\n"
  "    return torch.as_tensor(x)\n"
  "\n\n"
  "def _same(a, b):\n"
  "    a, b = _t(a), _t(b)\n"
  "    dtype = torch.result_type(a, b)\n"
  "    return a.to(dtype), b.to(dtype)\n"
  "\n\n"
  "def _axes(x, axis):\n"
  "    return tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)\n";

static const char loader[] =
  "def load(path):\n"
  "    \"\"\"Parameters by name, from a file that weft-cli train --save writes.\"\"\"\n"
  "    with open(path, \"rb\") as file:\n"
  "        data = file.read()\n"
  "    length = int.from_bytes(data[:8], \"little\")\n"
  "    types = {\"F32\": np.float32, \"F64\": np.float64, \"I64\": np.int64, \"I32\": np.int32, \"BOOL\": np.bool_}\n"
  "    found = {}\n"
  "    for name, entry in json.loads(data[8:8 + length]).items():\n"
  "        if name != \"__metadata__\":\n"
  "            begin, end = (8 + length + at for at in entry[\"data_offsets\"])\n"
  "            found[name] = np.frombuffer(data[begin:end], types[entry[\"dtype\"]]).reshape(entry[\"shape\"]).copy()\n"
  "    return found\n";

static const Row *
find_row (const char *op)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].op, op))
      return &rows[i];
  return NULL;
}

/* The function @name as the language calls it; NULL: it has none. */
static const char *
function_of (Writer *writer, const char *name)
{
  const Row  *row = find_row (name);
  const char *text = row != NULL ? row->texts[writer->language] : NULL;

  if (text == NULL || !g_str_has_prefix (text, "def "))
    return text;
  if (!g_hash_table_add (writer->used, (gpointer) row->op))
    return row->op;
  if (strstr (text, " _windows(") != NULL && !g_str_equal (name, "_windows"))
    function_of (writer, "_windows");
  g_string_append_printf (writer->definitions, "%s\n\n\n", text);
  return row->op;
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
  static const char *const signs[][2] = { { "and", "&" }, { "or", "|" }, { "not", "~" } };
  const char              *function = next == '(' ? function_of (writer, word) : NULL;
  g_autofree char         *dtype = next != '(' && next != '=' ? dtype_name (writer, word) : NULL;

  /* Of arrays, element by element; a line holds one operation. */
  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    if (g_str_equal (word, signs[i][0]))
      {
        g_string_append (out, signs[i][1]);
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
      if (n == 0 || g_ascii_isdigit (line[i]))
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

/* ---- Dimensions ---- */

typedef struct
{
  Writer               *writer;
  const WeftSourcePart *part;
  GHashTable           *known;
  GString              *out;
  gboolean              missing;
} Dims;

/* "batch = pixels.shape[0]": the first input that has the dimension says it. */
static void
define_dim_cb (const char *name, gpointer data)
{
  Dims *dims = data;

  if (!g_hash_table_add (dims->known, (gpointer) name))
    return;
  for (guint i = 0; i < dims->part->inputs->len; i++)
    {
      const WeftSourceInput *input = g_ptr_array_index (dims->part->inputs, i);

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
  dims->missing = TRUE;
}

/* ---- Functions ---- */

/* The lines of @part after its names; FALSE: something in it has no function in the language. */
static gboolean
append_lines (Writer *writer, const WeftSourcePart *part, GString *out, guint32 *node)
{
  WeftValue *const *outputs = (WeftValue *const *) part->outputs->pdata;
  g_autoptr (GPtrArray) order = weft_graph_order (part->graph, part->outputs->len, outputs);
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *text = weft_graph_to_string (part->graph, part->outputs->len, outputs);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  Dims  dims = { writer, part, known, out, FALSE };
  guint at = 0;

  for (guint i = 0; i < order->len; i++)
    weft_apply_foreach_name (g_ptr_array_index (order, i), define_dim_cb, &dims);
  for (guint i = 0; lines[i] != NULL && !dims.missing; i++)
    {
      const char *equals = strstr (lines[i], " = ");

      if (lines[i][0] == '#' || equals == NULL)
        continue;
      while (at < order->len &&
             (((WeftApply *) g_ptr_array_index (order, at))->op->traits & WEFT_TRAIT_LEAF))
        at++;
      g_string_append_printf (out, "    %.*s = ", (int) (equals - lines[i]), lines[i]);
      append_translated (writer, equals + 3, strlen (equals + 3), out);
      g_string_append_c (out, '\n');
      if (writer->missing != NULL && at < order->len)
        {
          const WeftOrigins *origins = ((WeftApply *) g_ptr_array_index (order, at))->origins;

          *node = origins->n > 0 ? origins->nodes[0] : 0;
          return FALSE;
        }
      at++;
    }
  if (dims.missing)
    writer->missing = g_strdup (_ ("a size that the data decide"));
  return writer->missing == NULL;
}

/* Names of results in the text: of a leaf its input's, of another its own. */
static char *
result_name (const WeftValue *value)
{
  g_autofree char *name = value->name != NULL ? g_strdup (value->name) : g_strdup_printf ("v%u", value->id);

  g_strcanon (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_", '_');
  return g_steal_pointer (&name);
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
append_constant (const Writer *writer, const WeftSourceInput *input, GString *out)
{
  g_autofree char *dtype = dtype_name (writer, weft_dtypes[input->array->dtype].name);
  gboolean         numpy = writer->language == WEFT_SOURCE_NUMPY;

  g_string_append_printf (out, "    %s = %s([", input->name, numpy ? "np.array" : "torch.tensor");
  for (gint64 i = 0; i < input->array->n_elements; i++)
    {
      char buffer[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (out, "%s%s", i > 0 ? ", " : "",
                              g_ascii_formatd (buffer, sizeof buffer, "%.17g",
                                               weft_array_get (input->array, i)));
    }
  g_string_append_printf (out, "], dtype=%s).reshape((", dtype);
  for (guint i = 0; i < input->array->rank; i++)
    g_string_append_printf (out, "%" G_GINT64_FORMAT ", ", input->array->shape[i]);
  g_string_append (out, "))\n");
}

static void
append_given (const Writer *writer, const WeftSourcePart *part, GString *out)
{
  for (guint i = 0; i < part->inputs->len; i++)
    {
      const WeftSourceInput *input = g_ptr_array_index (part->inputs, i);

      if (input->array != NULL)
        append_constant (writer, input, out);
      else if (input->is_parameter && writer->language == WEFT_SOURCE_NUMPY)
        g_string_append_printf (out, "    %s = p[\"%s\"]\n", input->name, input->key);
      else if (input->is_parameter)
        g_string_append_printf (out, "    %s = self.%s\n", input->name, input->name);
      else if (writer->language == WEFT_SOURCE_PYTORCH && !weft_dtype_is_float (input->type.dtype) &&
               input->type.dtype != WEFT_I64 && input->type.dtype != WEFT_BOOL)
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
    {
      g_autofree char *name = result_name (g_ptr_array_index (part->outputs, i));

      g_string_append_printf (out, "%s\"%s\": %s", i > 0 ? ", " : "",
                              (char *) g_ptr_array_index (part->keys, i), name);
    }
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
append_head (const Writer *writer, const char *title, GString *out)
{
  gboolean         numpy = writer->language == WEFT_SOURCE_NUMPY;
  g_autofree char *plain = g_strdup (title);

  g_strdelimit (plain, "\\\"\n\r", ' ');
  g_string_append_printf (out, "\"\"\"%s%sMade by Weft %s.\"\"\"\n\nimport json\n%s\nimport numpy as np\n%s\n\n",
                          plain, *plain != '\0' ? ". " : "", WEFT_VERSION,
                          numpy ? "import math\n" : "", numpy ? "" : "import torch\n");
  if (!numpy)
    g_string_append_printf (out, "%s\n\n", helpers);
  g_string_append_printf (out, "%s\n\n%s", loader, writer->definitions->str);
}

static char *
finish (const Writer *writer, const char *title, GPtrArray *parts, const char *functions)
{
  GString *out = g_string_new (NULL);

  append_head (writer, title, out);
  if (writer->language == WEFT_SOURCE_NUMPY)
    g_string_append (out, functions);
  else
    {
      g_string_append (out, "class Model(torch.nn.Module):\n"
                            "    def __init__(self, p=None):\n"
                            "        super().__init__()\n");
      append_parameters (parts, out);
      g_string_append (out, "\n    @staticmethod\n"
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
  Writer   writer = { .language = language };
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
                 language == WEFT_SOURCE_NUMPY ? _ ("%s cannot be written in NumPy yet")
                                               : _ ("%s cannot be written in PyTorch yet"),
                 writer.missing);
  g_string_free (functions, TRUE);
  g_string_free (writer.definitions, TRUE);
  g_hash_table_unref (writer.used);
  g_free (writer.missing);
  return text;
}
