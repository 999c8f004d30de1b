/* The op registry: rows from the tables, their signatures read from text.
 *
 * Rows are registered once, before other threads start; lookups are safe from any thread
 * afterwards.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/body.h"

#include <math.h>
#include <string.h>

static GPtrArray  *ops;     /* WeftOp*, borrowed from the tables */
static GHashTable *by_name; /* name or alias -> WeftOp* */

/* ---- Signatures: "axis: axes = None; rate: float [0, 1) = 0.5; mode: constant|edge" ---- */

static const struct
{
  const char  *name;
  WeftAttrKind kind;
} kinds[] = {
  { "bool", WEFT_ATTR_BOOL },
  { "int", WEFT_ATTR_INT },
  { "float", WEFT_ATTR_FLOAT },
  { "dtype", WEFT_ATTR_DTYPE },
  { "axes", WEFT_ATTR_AXES },
  { "shape", WEFT_ATTR_SHAPE },
  { "dim", WEFT_ATTR_DIM },
  { "string", WEFT_ATTR_STRING },
  { "index", WEFT_ATTR_INDEX },
  { "body", WEFT_ATTR_BODY },
};

static void
read_kind (const WeftOp *op, WeftAttrSpec *spec, const char *text)
{
  if (strchr (text, '|') != NULL)
    {
      spec->kind = WEFT_ATTR_STRING;
      spec->choices = g_strsplit (text, "|", -1);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].name, text))
      {
        spec->kind = kinds[i].kind;
        return;
      }
  g_error ("op %s: attribute %s: unknown kind \"%s\"", op->name, spec->name, text);
}

/* "[0, 1)" after a number kind. */
static void
read_range (const WeftOp *op, WeftAttrSpec *spec, const char *text)
{
  char *end;

  spec->open_minimum = text[0] == '(';
  spec->minimum = g_ascii_strtod (text + 1, &end);
  if (*end != ',')
    g_error ("op %s: attribute %s: a range is written [low, high)", op->name, spec->name);
  spec->maximum = g_ascii_strtod (end + 1, &end);
  if (*end != ')' && *end != ']')
    g_error ("op %s: attribute %s: a range ends with ) or ]", op->name, spec->name);
  spec->open_maximum = *end == ')';
}

/* A list of whole numbers: "(0, 1)", "0", "()". */
static gboolean
read_dims (const char *text, WeftShape *shape)
{
  shape->rank = 0;
  while (*text != '\0' && *text != ')')
    {
      char *end;

      if (*text == '(' || *text == ' ' || *text == ',')
        {
          text++;
          continue;
        }
      if (shape->rank == WEFT_MAX_RANK)
        return FALSE;
      shape->dims[shape->rank++] = weft_dim (g_ascii_strtoll (text, &end, 10));
      if (end == text)
        return FALSE;
      text = end;
    }
  return TRUE;
}

static void
read_default (const WeftOp *op, WeftAttrSpec *spec, const char *text)
{
  WeftAttr *attr = &spec->otherwise;
  char     *end = NULL;
  WeftDType dtype;

  spec->has_default = TRUE;
  attr->kind = spec->kind;
  if (g_str_equal (text, "None"))
    {
      spec->optional = TRUE;
      attr->kind = WEFT_ATTR_NONE;
    }
  else if (spec->kind == WEFT_ATTR_BOOL)
    attr->i = g_str_equal (text, "True");
  else if (spec->kind == WEFT_ATTR_INT)
    attr->i = g_ascii_strtoll (text, &end, 10);
  else if (spec->kind == WEFT_ATTR_FLOAT)
    attr->f = g_ascii_strtod (text, &end);
  else if (spec->kind == WEFT_ATTR_STRING)
    {
      g_autofree char *bare = g_strdelimit (g_strdup (text), "'\"", ' ');

      attr->s = g_intern_string (g_strstrip (bare));
    }
  else if (spec->kind == WEFT_ATTR_DTYPE && weft_dtype_parse (text, &dtype))
    attr->i = dtype;
  else if (spec->kind == WEFT_ATTR_AXES || spec->kind == WEFT_ATTR_SHAPE ||
           spec->kind == WEFT_ATTR_DIM)
    {
      attr->dims = g_new0 (WeftShape, 1);
      if (!read_dims (text, attr->dims))
        g_error ("op %s: attribute %s: \"%s\" is no list of whole numbers", op->name, spec->name,
                 text);
    }
  else
    g_error ("op %s: attribute %s: no default \"%s\" for this kind", op->name, spec->name, text);
  if (end != NULL && *end != '\0')
    g_error ("op %s: attribute %s: \"%s\" is no number", op->name, spec->name, text);
}

static void
read_spec (const WeftOp *op, WeftAttrSpec *spec, const char *text)
{
  g_auto (GStrv) sides = g_strsplit (text, "=", 2);
  char *colon = strchr (sides[0], ':');
  char *range;

  if (colon == NULL)
    g_error ("op %s: attribute \"%s\" has no kind", op->name, text);
  *colon = '\0';
  spec->name = g_intern_string (g_strstrip (sides[0]));
  spec->minimum = -INFINITY;
  spec->maximum = INFINITY;
  range = strpbrk (colon + 1, "[(");
  if (range != NULL)
    {
      read_range (op, spec, range);
      *range = '\0';
    }
  read_kind (op, spec, g_strstrip (colon + 1));
  if (sides[1] != NULL)
    read_default (op, spec, g_strstrip (sides[1]));
}

static void
read_attrs (WeftOp *op)
{
  g_auto (GStrv) texts = g_strsplit (op->attr_text != NULL ? op->attr_text : "", ";", -1);
  GArray *specs = g_array_new (FALSE, TRUE, sizeof (WeftAttrSpec));

  for (guint i = 0; texts[i] != NULL; i++)
    if (*g_strstrip (texts[i]) != '\0')
      {
        g_array_set_size (specs, specs->len + 1);
        read_spec (op, &g_array_index (specs, WeftAttrSpec, specs->len - 1), texts[i]);
      }
  op->n_attrs = specs->len;
  op->attrs = (WeftAttrSpec *) (void *) g_array_free (specs, FALSE);
}

static guint
read_names (const char *text, const char ***names)
{
  g_auto (GStrv) words = g_strsplit (text != NULL ? text : "", " ", -1);
  GPtrArray *list = g_ptr_array_new ();
  guint      n;

  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      g_ptr_array_add (list, (gpointer) g_intern_string (words[i]));
  n = list->len;
  *names = (const char **) g_ptr_array_free (list, FALSE);
  return n;
}

static void
add_name (WeftOp *op, const char *name)
{
  if (*name != '\0' && !g_hash_table_insert (by_name, (gpointer) g_intern_string (name), op))
    g_error ("op %s: the name %s is taken", op->name, name);
}

/* Adds @n rows to the registry and reads their texts. The rows stay the caller's and must live for
 * ever. Once at start, before other threads; a mistake in a row is our bug and aborts naming it. */
void
weft_op_register (WeftOp *rows, guint n)
{
  if (ops == NULL)
    {
      ops = g_ptr_array_new ();
      by_name = g_hash_table_new (g_str_hash, g_str_equal);
    }
  for (guint i = 0; i < n; i++)
    {
      WeftOp *op = &rows[i];
      g_auto (GStrv) aliases = g_strsplit (op->aliases != NULL ? op->aliases : "", " ", -1);
      const char **names;

      op->id = ops->len;
      if (op->code != NULL)
        {
          op->infer = op->code->infer;
          op->reference = op->code->reference;
          op->kernel = op->code->kernel;
        }
      op->n_inputs = read_names (op->inputs, &op->input_names);
      op->n_outputs = read_names (op->outputs != NULL ? op->outputs : "y", &names);
      op->output_names = names;
      read_attrs (op);
      g_ptr_array_add (ops, op);
      add_name (op, op->name);
      for (guint k = 0; aliases[k] != NULL; k++)
        add_name (op, aliases[k]);
    }
}

/* How many ops are registered. Any thread. */
guint
weft_op_count (void)
{
  return ops != NULL ? ops->len : 0;
}

/* The row number @id, in the order of registration. Any thread. */
const WeftOp *
weft_op_get (guint id)
{
  g_return_val_if_fail (id < weft_op_count (), NULL);
  return g_ptr_array_index (ops, id);
}

/* The row called @name_or_alias, or NULL. Any thread. */
const WeftOp *
weft_op_find (const char *name_or_alias)
{
  return by_name != NULL ? g_hash_table_lookup (by_name, name_or_alias) : NULL;
}

/* The position of attribute @name, or -1. Any thread. */
gint
weft_op_attr_index (const WeftOp *op, const char *name)
{
  for (guint i = 0; i < op->n_attrs; i++)
    if (g_str_equal (op->attrs[i].name, name))
      return i;
  return -1;
}

/* The position of input @name, or -1. Any thread. */
gint
weft_op_input_index (const WeftOp *op, const char *name)
{
  for (guint i = 0; i < op->n_inputs; i++)
    if (g_str_equal (op->input_names[i], name))
      return i;
  return -1;
}

/* ---- Attribute values ---- */

static void
append_tuple (const WeftShape *shape, GString *out)
{
  g_string_append_c (out, '(');
  for (guint i = 0; i < shape->rank; i++)
    {
      if (i > 0)
        g_string_append (out, ", ");
      weft_dim_append (shape->dims[i], out);
    }
  g_string_append (out, shape->rank == 1 ? ",)" : ")");
}

static void
append_index (const WeftIndex *index, GString *out)
{
  switch (index->kind)
    {
    case WEFT_INDEX_AT:
      weft_dim_append (index->start, out);
      break;
    case WEFT_INDEX_SLICE:
      if (index->has_start)
        weft_dim_append (index->start, out);
      g_string_append_c (out, ':');
      if (index->has_stop)
        weft_dim_append (index->stop, out);
      if (index->step != 1)
        g_string_append_printf (out, ":%" G_GINT64_FORMAT, index->step);
      break;
    case WEFT_INDEX_NEWAXIS:
      g_string_append (out, "None");
      break;
    case WEFT_INDEX_REST:
      g_string_append (out, "...");
      break;
    case WEFT_INDEX_ARRAY:
      g_string_append (out, "array");
      break;
    }
}

/* Appends @attr as it stands in an expression: "(0, 1)", "True", "'edge'", "0:2, None". Any thread.
 */
void
weft_attr_append (const WeftAttr *attr, GString *out)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  switch (attr->kind)
    {
    case WEFT_ATTR_NONE:
      g_string_append (out, "None");
      break;
    case WEFT_ATTR_BOOL:
      g_string_append (out, attr->i ? "True" : "False");
      break;
    case WEFT_ATTR_INT:
      g_string_append_printf (out, "%" G_GINT64_FORMAT, attr->i);
      break;
    case WEFT_ATTR_FLOAT:
      g_string_append (out, g_ascii_dtostr (buffer, sizeof buffer, attr->f));
      if (strpbrk (buffer, ".ein") == NULL)
        g_string_append (out, ".0");
      break;
    case WEFT_ATTR_DTYPE:
      g_string_append (out, weft_dtypes[attr->i].name);
      break;
    case WEFT_ATTR_AXES:
    case WEFT_ATTR_SHAPE:
      append_tuple (attr->dims, out);
      break;
    case WEFT_ATTR_DIM:
      weft_dim_append (attr->dims->dims[0], out);
      break;
    case WEFT_ATTR_STRING:
      g_string_append_printf (out, "'%s'", attr->s);
      break;
    case WEFT_ATTR_INDEX:
      for (guint i = 0; i < attr->n_index; i++)
        {
          if (i > 0)
            g_string_append (out, ", ");
          append_index (&attr->index[i], out);
        }
      break;
    case WEFT_ATTR_BODY:
      weft_body_append (attr->body, out);
      break;
    }
}

static gboolean
index_equal (const WeftIndex *a, const WeftIndex *b)
{
  return a->kind == b->kind && a->has_start == b->has_start && a->has_stop == b->has_stop &&
         a->step == b->step && weft_dim_equal (a->start, b->start) &&
         weft_dim_equal (a->stop, b->stop);
}

/* TRUE if @a and @b are the same value. Any thread. */
gboolean
weft_attr_equal (const WeftAttr *a, const WeftAttr *b)
{
  if (a->kind != b->kind)
    return FALSE;
  switch (a->kind)
    {
    case WEFT_ATTR_NONE:
      return TRUE;
    case WEFT_ATTR_BOOL:
    case WEFT_ATTR_INT:
    case WEFT_ATTR_DTYPE:
      return a->i == b->i;
    case WEFT_ATTR_FLOAT:
      return memcmp (&a->f, &b->f, sizeof a->f) == 0;
    case WEFT_ATTR_AXES:
    case WEFT_ATTR_SHAPE:
    case WEFT_ATTR_DIM:
      return weft_shape_equal (a->dims, b->dims);
    case WEFT_ATTR_STRING:
      return a->s == b->s;
    case WEFT_ATTR_INDEX:
      if (a->n_index != b->n_index)
        return FALSE;
      for (guint i = 0; i < a->n_index; i++)
        if (!index_equal (&a->index[i], &b->index[i]))
          return FALSE;
      return TRUE;
    case WEFT_ATTR_BODY:
      return weft_body_equal (a->body, b->body);
    }
  return FALSE;
}

static const char *
kind_sentence (WeftAttrKind kind)
{
  switch (kind)
    {
    case WEFT_ATTR_BOOL:
      return "True or False";
    case WEFT_ATTR_INT:
      return "a whole number";
    case WEFT_ATTR_FLOAT:
      return "a number";
    case WEFT_ATTR_DTYPE:
      return "an element type such as f32";
    case WEFT_ATTR_AXES:
      return "an axis or a tuple of axes";
    case WEFT_ATTR_SHAPE:
      return "a tuple of dimensions";
    case WEFT_ATTR_DIM:
      return "a dimension";
    case WEFT_ATTR_STRING:
      return "a name in quotes";
    case WEFT_ATTR_INDEX:
      return "an index";
    case WEFT_ATTR_BODY:
      return "a function";
    case WEFT_ATTR_NONE:
      break;
    }
  return "None";
}

static gboolean
in_range (const WeftAttrSpec *spec, double x)
{
  return (spec->open_minimum ? x > spec->minimum : x >= spec->minimum) &&
         (spec->open_maximum ? x < spec->maximum : x <= spec->maximum);
}

/* Checks @attr's kind, choice and range against @spec of @op. Any thread.
 * Errors: WEFT_TYPE_ERROR_ATTRIBUTE, "softmax: axis must be a whole number". */
gboolean
weft_attr_check (const WeftOp *op, const WeftAttrSpec *spec, const WeftAttr *attr, GError **error)
{
  double x;

  if (attr->kind == WEFT_ATTR_NONE && spec->optional)
    return TRUE;
  if (attr->kind != spec->kind)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE, "%s: %s must be %s%s",
                   op->name, spec->name, kind_sentence (spec->kind),
                   spec->optional ? " or None" : "");
      return FALSE;
    }
  if (spec->choices != NULL && !g_strv_contains ((const char *const *) spec->choices, attr->s))
    {
      g_autofree char *choices = g_strjoinv (", ", spec->choices);

      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                   "%s: %s must be one of %s, not %s", op->name, spec->name, choices, attr->s);
      return FALSE;
    }
  if (spec->kind != WEFT_ATTR_INT && spec->kind != WEFT_ATTR_FLOAT)
    return TRUE;
  x = spec->kind == WEFT_ATTR_INT ? (double) attr->i : attr->f;
  if (!in_range (spec, x))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                   "%s: %s = %g is outside %c%g, %g%c", op->name, spec->name, x,
                   spec->open_minimum ? '(' : '[', spec->minimum, spec->maximum,
                   spec->open_maximum ? ')' : ']');
      return FALSE;
    }
  return TRUE;
}
