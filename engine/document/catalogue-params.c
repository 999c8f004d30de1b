/* Parameters of nodes: from op rows' attributes, layers' knobs, and a table for sources.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/catalogue-private.h"

#include "engine/document/lower-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

static GArray *
new_params (void)
{
  return g_array_new (FALSE, TRUE, sizeof (WeftParam));
}

/* ---- Op rows ---- */

/* The default as it would stand in a document. */
static WeftJson *
attr_to_json (const WeftAttr *attr)
{
  g_autoptr (GString) text = g_string_new (NULL);

  switch (attr->kind)
    {
    case WEFT_ATTR_NONE:
      return weft_json_new_null ();
    case WEFT_ATTR_BOOL:
      return weft_json_new_bool (attr->i != 0);
    case WEFT_ATTR_INT:
      return weft_json_new_int (attr->i);
    case WEFT_ATTR_FLOAT:
      return weft_json_new_number (attr->f);
    case WEFT_ATTR_DTYPE:
      return weft_json_new_string (weft_dtypes[attr->i].name);
    case WEFT_ATTR_STRING:
      return weft_json_new_string (attr->s);
    case WEFT_ATTR_AXES:
    case WEFT_ATTR_SHAPE:
    case WEFT_ATTR_DIM:
    case WEFT_ATTR_INDEX:
    case WEFT_ATTR_BODY:
      break;
    }
  weft_attr_append (attr, text);
  return weft_json_new_string (text->str);
}

static WeftParamKind
attr_kind (const WeftAttrSpec *spec)
{
  switch (spec->kind)
    {
    case WEFT_ATTR_BOOL:
      return WEFT_PARAM_BOOL;
    case WEFT_ATTR_INT:
      return WEFT_PARAM_INT;
    case WEFT_ATTR_FLOAT:
      return WEFT_PARAM_NUMBER;
    case WEFT_ATTR_DTYPE:
      return WEFT_PARAM_DTYPE;
    case WEFT_ATTR_AXES:
      return WEFT_PARAM_AXES;
    case WEFT_ATTR_SHAPE:
    case WEFT_ATTR_DIM:
      return WEFT_PARAM_SHAPE;
    case WEFT_ATTR_STRING:
      return spec->choices != NULL ? WEFT_PARAM_CHOICE : WEFT_PARAM_TEXT;
    case WEFT_ATTR_INDEX:
    case WEFT_ATTR_BODY:
    case WEFT_ATTR_NONE:
      break;
    }
  return WEFT_PARAM_TEXT;
}

GArray *
weft_params_of_op (const WeftOp *op)
{
  GArray *params = new_params ();

  for (guint i = 0; i < op->n_attrs; i++)
    {
      const WeftAttrSpec *spec = &op->attrs[i];
      WeftParam           param = { .name = spec->name,
                                    .kind = attr_kind (spec),
                                    .optional = spec->optional };

      /* An open end is the last number before it. */
      param.minimum = spec->open_minimum ? nextafter (spec->minimum, INFINITY) : spec->minimum;
      param.maximum = spec->open_maximum ? nextafter (spec->maximum, -INFINITY) : spec->maximum;
      param.choices = (const char **) spec->choices;
      param.otherwise = spec->has_default ? attr_to_json (&spec->otherwise) : NULL;
      g_array_append_val (params, param);
    }
  return params;
}

/* ---- Sources ---- */

static const struct
{
  const char   *op, *name;
  WeftParamKind kind;
  gboolean      optional;
  const char   *otherwise; /* JSON; NULL: none */
  const char   *summary;
} source_params[] = {
  { "dataset", "data", WEFT_PARAM_TEXT, TRUE, NULL,
    N_ ("Name of a data set that ships, such as mnist") },
  { "dataset", "file", WEFT_PARAM_TEXT, TRUE, NULL, N_ ("A file of your own") },
  { "dataset", "files", WEFT_PARAM_JSON, TRUE, NULL,
    N_ ("Files for training, validation and test") },
  { "dataset", "generate", WEFT_PARAM_TEXT, TRUE, NULL,
    N_ ("Points made by a formula: moons, spirals, circles, blobs or xor") },
  { "dataset", "rows", WEFT_PARAM_INT, TRUE, NULL, N_ ("How many rows") },
  { "dataset", "noise", WEFT_PARAM_NUMBER, TRUE, NULL, N_ ("How far generated points stray") },
  { "dataset", "classes", WEFT_PARAM_INT, TRUE, NULL, N_ ("How many kinds of generated points") },
  { "dataset", "seed", WEFT_PARAM_INT, TRUE, NULL, N_ ("Where the random numbers begin") },
  { "dataset", "format", WEFT_PARAM_TEXT, TRUE, NULL,
    N_ ("csv, idx or text, where the file's name does not say it") },
  { "dataset", "header", WEFT_PARAM_BOOL, TRUE, NULL,
    N_ ("Whether the first line names the columns") },
  { "dataset", "delimiter", WEFT_PARAM_TEXT, TRUE, NULL, N_ ("What separates columns") },
  { "dataset", "window", WEFT_PARAM_INT, TRUE, NULL, N_ ("Characters in a row of a text") },
  { "dataset", "step", WEFT_PARAM_INT, TRUE, NULL,
    N_ ("Characters from one row of a text to the next") },
  { "dataset", "characters", WEFT_PARAM_TEXT, TRUE, NULL,
    N_ ("The characters that a text is made of") },
  { "dataset", "columns", WEFT_PARAM_JSON, TRUE, NULL,
    N_ ("Which columns, and how they are read") },
  { "dataset", "transforms", WEFT_PARAM_JSON, TRUE, NULL,
    N_ ("What is done to columns before they are used") },
  { "dataset", "split", WEFT_PARAM_JSON, TRUE, NULL,
    N_ ("Shares for training, validation and test") },
  { "dataset", "batches", WEFT_PARAM_JSON, TRUE, NULL,
    N_ ("How rows come in batches while they train") },
  { "dataset", "missing", WEFT_PARAM_TEXT, TRUE, NULL,
    N_ ("What to do about missing values: error, skip or mean") },
  { "dataset", "title", WEFT_PARAM_TEXT, TRUE, NULL, NULL },
  { "dataset", "summary", WEFT_PARAM_TEXT, TRUE, NULL, NULL },
  { "input", "shape", WEFT_PARAM_SHAPE, FALSE, "\"(batch, 784)\"",
    N_ ("Its dimensions; a name stands for a number that the call decides") },
  { "input", "default", WEFT_PARAM_TEXT, TRUE, "null",
    N_ ("In a group or layer: what it is where nothing is wired in, an expression") },
  { "input", "dtype", WEFT_PARAM_DTYPE, FALSE, "\"f32\"", N_ ("Type of its elements") },
  { "constant", "value", WEFT_PARAM_JSON, FALSE, "0", N_ ("A number, or nested lists of numbers") },
  { "constant", "dtype", WEFT_PARAM_DTYPE, TRUE, "null",
    N_ ("Type of its elements; left out, as the numbers are written") },
  { "parameter", "shape", WEFT_PARAM_SHAPE, FALSE, "\"()\"", N_ ("Its dimensions") },
  { "parameter", "init", WEFT_PARAM_TEXT, FALSE, "\"zeros\"",
    N_ ("How it begins: an initialiser or an expression") },
  { "parameter", "dtype", WEFT_PARAM_DTYPE, FALSE, "\"f32\"", N_ ("Type of its elements") },
  { "parameter", "trainable", WEFT_PARAM_BOOL, FALSE, "true", N_ ("Whether training changes it") },
  { "shared", "shape", WEFT_PARAM_SHAPE, FALSE, "\"()\"", N_ ("Its dimensions") },
  { "shared", "init", WEFT_PARAM_TEXT, FALSE, "\"zeros\"",
    N_ ("How it begins: an initialiser or an expression") },
  { "shared", "dtype", WEFT_PARAM_DTYPE, FALSE, "\"f32\"", N_ ("Type of its elements") },
  { "update", "target", WEFT_PARAM_TEXT, FALSE, "\"\"",
    N_ ("Name of the shared value, which stands in the same document") },
  { "scan", "step", WEFT_PARAM_TEXT, FALSE, "\"lambda x, h: tanh(x + h)\"",
    N_ ("A group, or a lambda: rows and states in; new states, then what else comes out") },
  { "scan", "states", WEFT_PARAM_TEXT, TRUE, "null",
    N_ ("Which inputs of the step it hands on; left out, those with an output new_…") },
  { "scan", "constants", WEFT_PARAM_TEXT, TRUE, "null",
    N_ ("Which inputs of the step are the same each time") },
  { "scan", "steps", WEFT_PARAM_TEXT, TRUE, "null",
    N_ ("How many steps; left out, as many as there are rows") },
  { "scan", "backwards", WEFT_PARAM_BOOL, FALSE, "false", N_ ("From the last row to the first") },
  { "scan", "truncate", WEFT_PARAM_INT, TRUE, "null",
    N_ ("How many steps back the gradient goes; left out, all") },
  { "scan", "checkpoint", WEFT_PARAM_INT, TRUE, "null",
    N_ ("Keep every so many states for the gradient, and compute the others again") },
  { "scan", "knobs", WEFT_PARAM_JSON, TRUE, "null", N_ ("The knobs of the group") },
  { "map", "step", WEFT_PARAM_TEXT, FALSE, "\"lambda x: x**2\"", N_ ("A group, or a lambda") },
  { "map", "constants", WEFT_PARAM_TEXT, TRUE, "null",
    N_ ("Which inputs of the step are the same each time") },
  { "map", "knobs", WEFT_PARAM_JSON, TRUE, "null", N_ ("The knobs of the group") },
  { "reduce", "step", WEFT_PARAM_TEXT, FALSE, "\"lambda x, total: x + total\"",
    N_ ("A group, or a lambda: a row, and what there is so far") },
  { "reduce", "constants", WEFT_PARAM_TEXT, TRUE, "null",
    N_ ("Which inputs of the step are the same each time") },
  { "reduce", "knobs", WEFT_PARAM_JSON, TRUE, "null", N_ ("The knobs of the group") },
  { "cond", "then", WEFT_PARAM_TEXT, FALSE, "\"lambda x: x\"",
    N_ ("A group, or a lambda, that is run where the condition holds") },
  { "cond", "otherwise", WEFT_PARAM_TEXT, FALSE, "\"lambda x: -x\"",
    N_ ("A group, or a lambda, that is run where it does not") },
  { "cond", "knobs", WEFT_PARAM_JSON, TRUE, "null", N_ ("The knobs of the groups") },
  { "beam_search", "step", WEFT_PARAM_TEXT, FALSE, "\"lambda token, h: (h, h)\"",
    N_ ("A group, or a lambda: a token and states in; new states, then logits") },
  { "beam_search", "beam", WEFT_PARAM_INT, FALSE, "4", N_ ("How many sequences are kept") },
  { "beam_search", "steps", WEFT_PARAM_INT, FALSE, "20", N_ ("How many tokens are written") },
  { "beam_search", "start", WEFT_PARAM_INT, FALSE, "0", N_ ("The token before the first") },
  { "beam_search", "end", WEFT_PARAM_INT, FALSE, "1",
    N_ ("The token after which a sequence is at its end") },
  { "beam_search", "constants", WEFT_PARAM_TEXT, TRUE, "null",
    N_ ("Which inputs of the step are the same each time") },
  { "beam_search", "knobs", WEFT_PARAM_JSON, TRUE, "null", N_ ("The knobs of the group") },
  { "expression", "text", WEFT_PARAM_TEXT, FALSE, "\"x\"",
    N_ ("The formula, such as 1e-4 * sum(W**2)") },
};

/* The names of initialisers, as suggestions. */
static const char **
initialisers (void)
{
  guint        n = weft_initialiser_count ();
  const char **names = g_new0 (const char *, n + 1);

  for (guint i = 0; i < n; i++)
    names[i] = weft_initialiser_get (i)->name;
  return names;
}

GArray *
weft_params_of_source (const char *op)
{
  GArray *params = new_params ();

  for (guint i = 0; i < G_N_ELEMENTS (source_params); i++)
    if (g_str_equal (source_params[i].op, op))
      {
        WeftParam param = { source_params[i].name,
                            source_params[i].summary,
                            source_params[i].kind,
                            source_params[i].optional,
                            -INFINITY,
                            INFINITY,
                            NULL,
                            NULL,
                            FALSE };

        if (g_str_equal (param.name, "init"))
          param.choices = initialisers ();
        if (source_params[i].otherwise != NULL)
          param.otherwise = weft_json_parse (source_params[i].otherwise, -1, NULL);
        g_array_append_val (params, param);
      }
  return params;
}

/* ---- Layers ---- */

static const struct
{
  const char   *type;
  WeftParamKind kind;
} knob_types[] = {
  { "int", WEFT_PARAM_INT },
  { "number", WEFT_PARAM_NUMBER },
  { "bool", WEFT_PARAM_BOOL },
  { "op", WEFT_PARAM_CHOICE },
  { "choice", WEFT_PARAM_CHOICE },
  { "shape", WEFT_PARAM_SHAPE },
  { "axes", WEFT_PARAM_AXES },
  { "dtype", WEFT_PARAM_DTYPE },
  { "text", WEFT_PARAM_TEXT },
};

/* Whether a knob of a definition can be of @type: "int", "choice", ... */
gboolean
weft_knob_type_exists (const char *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (knob_types); i++)
    if (g_str_equal (knob_types[i].type, type))
      return TRUE;
  return FALSE;
}

static WeftParamKind
knob_kind (const char *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (knob_types); i++)
    if (g_str_equal (knob_types[i].type, type))
      return knob_types[i].kind;
  return WEFT_PARAM_TEXT;
}

static const char **
read_choices (WeftJson *array)
{
  guint        n = weft_json_length (array);
  const char **choices = n > 0 ? g_new0 (const char *, n + 1) : NULL;

  for (guint i = 0; i < n; i++)
    choices[i] = g_intern_string (weft_json_string (weft_json_at (array, i), ""));
  return choices;
}

GArray *
weft_params_of_knobs (WeftJson *knobs)
{
  GArray *params = new_params ();

  for (guint i = 0; i < weft_json_length (knobs); i++)
    {
      WeftJson   *knob = weft_json_at (knobs, i);
      const char *name = weft_json_get_string (knob, "name", NULL);
      WeftParam   param = { 0 };

      if (name == NULL)
        continue;
      param.name = g_intern_string (name);
      param.summary = g_intern_string (weft_json_get_string (knob, "summary", NULL));
      param.kind = knob_kind (weft_json_get_string (knob, "type", "text"));
      param.minimum = weft_json_get_number (knob, "minimum", -INFINITY);
      param.maximum = weft_json_get_number (knob, "maximum", INFINITY);
      param.is_op = g_str_equal (weft_json_get_string (knob, "type", ""), "op");
      param.choices = read_choices (weft_json_get (knob, "choices"));
      param.otherwise = weft_json_get (knob, "default");
      param.optional =
        weft_json_has (knob, "default") && weft_json_kind (param.otherwise) == WEFT_JSON_NULL;
      g_array_append_val (params, param);
    }
  return params;
}
