/* Graphs and values as text: turned into an expression's items, which the expression printer
 * writes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/expr-private.h"
#include "engine/graph/graph-private.h"

#include <math.h>
#include <string.h>

/* Constants of at most so many elements are written out, larger ones by name. */
#define MAX_WRITTEN 16

typedef enum
{
  TASK_VALUE,    /* write a value: a leaf, or its application */
  TASK_ZEROS,    /* write what the index_add adds to */
  TASK_AT,       /* write .at */
  TASK_BRACKETS, /* the operands of an index are written: write the index */
  TASK_ENTRY,    /* write entry @k of the application's index */
  TASK_APPLY,    /* all operands are written: write the op */
  TASK_PART,     /* an op of several results is written: take one of them */
} TaskKind;

typedef struct
{
  TaskKind         kind;
  const WeftValue *value;
  const WeftApply *apply;
  guint            k;
} Task;

typedef struct
{
  GArray     *items; /* WeftExprItem */
  GArray     *tasks;
  guint       budget;
  gboolean    one_line_each; /* operands are names of earlier lines */
  GHashTable *named;         /* in a body: the applications that have a line of their own; else NULL */
  gboolean    by_name;       /* bodies and constants with axes are names: weft_apply_to_line */
  gboolean    in_body;       /* names are those of a body */
} Writer;

static void
emit (Writer *writer, WeftExprKind kind, const char *name, guint n_args)
{
  WeftExprItem item = { .kind = kind, .name = name, .n_args = n_args };

  g_array_append_val (writer->items, item);
}

static void
emit_int (Writer *writer, gint64 value)
{
  WeftExprItem item = {
    .kind = WEFT_EXPR_NUMBER, .is_int = TRUE, .integer = value, .number = (double) value
  };

  g_array_append_val (writer->items, item);
}

static void
emit_float (Writer *writer, double value)
{
  WeftExprItem item = { .kind = WEFT_EXPR_NUMBER, .number = value };

  if (isnan (value))
    emit (writer, WEFT_EXPR_NAME, "nan", 0);
  else if (isinf (value))
    {
      emit (writer, WEFT_EXPR_NAME, "inf", 0);
      if (value < 0)
        emit (writer, WEFT_EXPR_UNARY, "neg", 0);
    }
  else
    g_array_append_val (writer->items, item);
}

static void
emit_dim (Writer *writer, WeftDim dim)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (weft_dim_is_number (dim))
    {
      emit_int (writer, dim.offset);
      return;
    }
  weft_dim_append (dim, text);
  emit (writer, WEFT_EXPR_NAME, g_intern_string (text->str), 0);
}

/* ---- Names ---- */

/* The name of @value as it stands in text; with @safe letters, digits and _ only. Interned. */
static const char *
name_of (const WeftValue *value, gboolean safe)
{
  g_autofree char *name = NULL;

  if (value->name == NULL)
    {
      name = g_strdup_printf ("v%u", value->id);
      return g_intern_string (name);
    }
  if (!safe)
    return value->name;
  name = g_strcanon (g_strdup (value->name),
                     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", '_');
  return g_intern_string (name);
}

/* The name of @value in its body: of an input its own, which no other has; else from its number. */
static const char *
local_name (const WeftValue *value)
{
  g_autofree char *name = NULL;

  if (g_str_equal (value->apply->op->name, "input"))
    return value->name;
  name = g_strdup_printf ("v%u", value->id);
  return g_intern_string (name);
}

/* What weft_apply_to_line calls @value. Interned. */
const char *
weft_value_line_name (const WeftValue *value, gboolean in_body)
{
  return in_body ? local_name (value) : name_of (value, TRUE);
}

static gboolean
is_leaf (const WeftApply *apply)
{
  return (apply->op->traits & WEFT_TRAIT_LEAF) != 0;
}

/* The shortest decimal that is @x again once it is a float: 1e-4, not 9.999999747378752e-05. */
static double
shortest_f32 (float x)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint digits = 1; digits <= 9; digits++)
    {
      char   format[8];
      double value;

      g_snprintf (format, sizeof format, "%%.%ug", digits);
      value = g_ascii_strtod (g_ascii_formatd (buffer, sizeof buffer, format, (double) x), NULL);
      if ((float) value == x)
        return value;
    }
  return (double) x;
}

static void
emit_element (Writer *writer, const WeftArray *array, gint64 index)
{
  if (array->dtype == WEFT_BOOL)
    emit (writer, WEFT_EXPR_CONST, weft_array_get (array, index) != 0 ? "True" : "False", 0);
  else if (array->dtype == WEFT_F32)
    emit_float (writer, shortest_f32 ((float) weft_array_get (array, index)));
  else if (weft_dtype_is_float (array->dtype))
    emit_float (writer, weft_array_get (array, index));
  else
    emit_int (writer, array->dtype == WEFT_I64 ? ((const gint64 *) array->data)[index]
                                               : (gint64) weft_array_get (array, index));
}

/* Nested tuples: a tuple item after each run of its members, innermost first. */
static void
emit_array (Writer *writer, const WeftArray *array)
{
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      gint64 run = 1;

      emit_element (writer, array, i);
      for (guint axis = array->rank; axis-- > 0;)
        {
          run *= array->shape[axis];
          if ((i + 1) % run == 0)
            emit (writer, WEFT_EXPR_TUPLE, NULL, array->shape[axis]);
          else
            break;
        }
    }
}

static void
emit_leaf (Writer *writer, const WeftValue *value)
{
  const WeftArray *literal = value->apply->literal;

  if (literal != NULL && literal->n_elements > 0 && literal->n_elements <= MAX_WRITTEN &&
      !(writer->by_name && literal->rank > 0))
    emit_array (writer, literal);
  else if (value->apply->op->n_attrs > 0)
    emit_dim (writer, value->apply->attrs[0].dims->dims[0]);
  else if (writer->named != NULL || writer->in_body)
    emit (writer, WEFT_EXPR_NAME, local_name (value), 0);
  else
    emit (writer, WEFT_EXPR_NAME, name_of (value, writer->one_line_each), 0);
}

/* ---- Attributes ---- */

static void
emit_dims (Writer *writer, const WeftShape *dims, gboolean single)
{
  for (guint i = 0; i < dims->rank; i++)
    emit_dim (writer, dims->dims[i]);
  if (!single || dims->rank != 1)
    emit (writer, WEFT_EXPR_TUPLE, NULL, dims->rank);
}

static void emit_body (Writer *writer, const WeftBody *body);

static void
emit_attr (Writer *writer, const WeftAttr *attr)
{
  switch (attr->kind)
    {
    case WEFT_ATTR_NONE:
    case WEFT_ATTR_INDEX:
      emit (writer, WEFT_EXPR_CONST, "None", 0);
      break;
    case WEFT_ATTR_BOOL:
      emit (writer, WEFT_EXPR_CONST, attr->i ? "True" : "False", 0);
      break;
    case WEFT_ATTR_INT:
      emit_int (writer, attr->i);
      break;
    case WEFT_ATTR_FLOAT:
      emit_float (writer, attr->f);
      break;
    case WEFT_ATTR_DTYPE:
      emit (writer, WEFT_EXPR_NAME, weft_dtypes[attr->i].name, 0);
      break;
    case WEFT_ATTR_AXES:
      emit_dims (writer, attr->dims, TRUE);
      break;
    case WEFT_ATTR_SHAPE:
      emit_dims (writer, attr->dims, FALSE);
      break;
    case WEFT_ATTR_DIM:
      emit_dim (writer, attr->dims->dims[0]);
      break;
    case WEFT_ATTR_STRING:
      emit (writer, WEFT_EXPR_STRING, attr->s, 0);
      break;
    case WEFT_ATTR_BODY:
      emit_body (writer, attr->body);
      break;
    }
}

/* Attributes that differ from their defaults, as keywords; how many. */
static guint
emit_attrs (Writer *writer, const WeftApply *apply)
{
  guint n = 0;

  for (guint i = 0; i < apply->op->n_attrs; i++)
    if (!apply->op->attrs[i].has_default ||
        !weft_attr_equal (&apply->attrs[i], &apply->op->attrs[i].otherwise))
      {
        if (writer->by_name && apply->attrs[i].kind == WEFT_ATTR_BODY)
          emit (writer, WEFT_EXPR_NAME, weft_apply_body_name (apply, i), 0);
        else
          emit_attr (writer, &apply->attrs[i]);
        emit (writer, WEFT_EXPR_KEYWORD, apply->op->attrs[i].name, 0);
        n++;
      }
  return n;
}

static gboolean
has_default_attrs (const WeftApply *apply)
{
  for (guint i = 0; i < apply->op->n_attrs; i++)
    if (!apply->op->attrs[i].has_default ||
        !weft_attr_equal (&apply->attrs[i], &apply->op->attrs[i].otherwise))
      return FALSE;
  return TRUE;
}

/* ---- Applications ---- */

/* The INDEX attribute of getitem and index_add, which are written with brackets; else NULL. */
static const WeftAttr *
index_of (const WeftApply *apply)
{
  gint index = weft_op_attr_index (apply->op, "index");

  return index >= 0 ? &apply->attrs[index] : NULL;
}

static gboolean
is_getitem (const WeftApply *apply)
{
  return g_str_equal (apply->op->name, "getitem");
}

/* Written as x.at[i].set (v). */
static gboolean
is_write (const WeftApply *apply)
{
  return g_str_equal (apply->op->name, "index_write");
}

/* What index_add adds to, as a text can say it: getitem_back (x, zeros (SHAPE)[INDEX]) makes the
 * same index_add. */
static void
emit_zeros (Writer *writer, const WeftApply *apply)
{
  emit_dims (writer, weft_apply_attr (apply, "shape")->dims, FALSE);
  emit (writer, WEFT_EXPR_CALL, "zeros", 1);
}

static void
emit_entry (Writer *writer, const WeftIndex *index)
{
  switch (index->kind)
    {
    case WEFT_INDEX_AT:
      emit_dim (writer, index->start);
      break;
    case WEFT_INDEX_NEWAXIS:
      emit (writer, WEFT_EXPR_CONST, "None", 0);
      break;
    case WEFT_INDEX_REST:
      emit (writer, WEFT_EXPR_CONST, "Ellipsis", 0);
      break;
    case WEFT_INDEX_SLICE:
      if (index->has_start)
        emit_dim (writer, index->start);
      else
        emit (writer, WEFT_EXPR_CONST, "None", 0);
      if (index->has_stop)
        emit_dim (writer, index->stop);
      else
        emit (writer, WEFT_EXPR_CONST, "None", 0);
      if (index->step != 1)
        emit_int (writer, index->step);
      else
        emit (writer, WEFT_EXPR_CONST, "None", 0);
      emit (writer, WEFT_EXPR_SLICE, NULL, 0);
      break;
    case WEFT_INDEX_ARRAY:
      break;
    }
}

/* The op itself, after its operands. */
static void
emit_apply (Writer *writer, const WeftApply *apply)
{
  const WeftOp *op = apply->op;
  guint         n = apply->n_inputs;

  if (index_of (apply) != NULL)
    {
      if (is_write (apply))
        {
          emit (writer, WEFT_EXPR_METHOD, weft_apply_attr (apply, "mode")->s, 1);
          return;
        }
      emit (writer, WEFT_EXPR_INDEX, NULL, index_of (apply)->n_index);
      if (!is_getitem (apply))
        emit (writer, WEFT_EXPR_CALL, "getitem_back", 2);
    }
  else if (n == 2 && weft_operator_of_op (op->name, FALSE) != NULL && has_default_attrs (apply))
    emit (writer, WEFT_EXPR_BINARY, op->name, 0);
  else if (n == 1 && weft_operator_of_op (op->name, TRUE) != NULL)
    emit (writer, WEFT_EXPR_UNARY, op->name, 0);
  else if (g_str_equal (op->name, "transpose") && has_default_attrs (apply))
    emit (writer, WEFT_EXPR_ATTR, "T", 0);
  else
    {
      if (op->traits & WEFT_TRAIT_VARIADIC && op->n_attrs > 0)
        {
          emit (writer, WEFT_EXPR_TUPLE, NULL, n - (op->n_inputs - 1));
          n = op->n_inputs;
        }
      n += emit_attrs (writer, apply);
      emit (writer, WEFT_EXPR_CALL, op->name, n);
    }
}

static void
push (Writer *writer, TaskKind kind, const WeftValue *value, const WeftApply *apply, guint k)
{
  Task task = { kind, value, apply, k };

  g_array_append_val (writer->tasks, task);
}

/* Pushes the operands of @apply, first one last, so that it is written first. */
static void
push_operands (Writer *writer, const WeftApply *apply)
{
  push (writer, TASK_APPLY, NULL, apply, 0);
  if (index_of (apply) != NULL)
    {
      const WeftAttr *index = index_of (apply);
      guint           array = apply->n_inputs;

      if (is_write (apply))
        {
          push (writer, TASK_VALUE, apply->inputs[1], NULL, 0);
          push (writer, TASK_BRACKETS, NULL, apply, 0);
        }
      for (guint k = index->n_index; k-- > 0;)
        if (index->index[k].kind == WEFT_INDEX_ARRAY)
          push (writer, TASK_VALUE, apply->inputs[--array], NULL, 0);
        else
          push (writer, TASK_ENTRY, NULL, apply, k);
      if (is_write (apply))
        push (writer, TASK_AT, NULL, apply, 0);
      else if (!is_getitem (apply))
        push (writer, TASK_ZEROS, NULL, apply, 0);
      push (writer, TASK_VALUE, apply->inputs[0], NULL, 0);
      return;
    }
  for (guint i = apply->n_inputs; i-- > 0;)
    push (writer, TASK_VALUE, apply->inputs[i], NULL, 0);
}

static void
write_value (Writer *writer, const WeftValue *value)
{
  if (is_leaf (value->apply))
    emit_leaf (writer, value);
  else if (writer->named != NULL && g_hash_table_contains (writer->named, value->apply))
    emit (writer, WEFT_EXPR_NAME, local_name (value), 0);
  else if (writer->one_line_each)
    emit (writer, WEFT_EXPR_NAME, weft_value_line_name (value, writer->in_body), 0);
  else if (writer->budget == 0)
    emit (writer, WEFT_EXPR_NAME, "...", 0);
  else
    {
      writer->budget--;
      if (value->apply->n_outputs > 1)
        push (writer, TASK_PART, value, NULL, 0);
      push_operands (writer, value->apply);
    }
}

static void
run_tasks (Writer *writer)
{
  while (writer->tasks->len > 0)
    {
      Task task = g_array_index (writer->tasks, Task, writer->tasks->len - 1);

      g_array_set_size (writer->tasks, writer->tasks->len - 1);
      if (task.kind == TASK_VALUE)
        write_value (writer, task.value);
      else if (task.kind == TASK_ZEROS)
        emit_zeros (writer, task.apply);
      else if (task.kind == TASK_AT)
        emit (writer, WEFT_EXPR_ATTR, "at", 0);
      else if (task.kind == TASK_BRACKETS)
        emit (writer, WEFT_EXPR_INDEX, NULL, index_of (task.apply)->n_index);
      else if (task.kind == TASK_ENTRY)
        emit_entry (writer, &weft_apply_attr (task.apply, "index")->index[task.k]);
      else if (task.kind == TASK_PART)
        {
          emit_int (writer, task.value->index);
          emit (writer, WEFT_EXPR_INDEX, NULL, 1);
        }
      else
        emit_apply (writer, task.apply);
    }
}

/* ---- Bodies ---- */

/* The applications of @order that need a line of their own: several results, or read twice. */
static GHashTable *
named_applies (const WeftBody *body, const GPtrArray *order)
{
  g_autoptr (GHashTable) read = g_hash_table_new (NULL, NULL);
  GHashTable *named = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      if (apply->n_outputs != 1)
        g_hash_table_add (named, apply);
      for (guint k = 0; k < apply->n_inputs; k++)
        if (!g_hash_table_add (read, apply->inputs[k]->apply))
          g_hash_table_add (named, apply->inputs[k]->apply);
    }
  for (guint i = 0; i < body->n_outputs; i++)
    if (!g_hash_table_add (read, body->outputs[i]->apply))
      g_hash_table_add (named, body->outputs[i]->apply);
  return named;
}

/* "name = op(...)" for an application of a body. */
static void
emit_line (Writer *writer, const WeftApply *apply)
{
  push_operands (writer, apply);
  run_tasks (writer);
  if (apply->n_outputs == 1)
    {
      emit (writer, WEFT_EXPR_ASSIGN, local_name (&apply->outputs[0]), 1);
      return;
    }
  emit (writer, WEFT_EXPR_UNPACK, NULL, apply->n_outputs);
  for (guint i = 0; i < apply->n_outputs; i++)
    emit (writer, WEFT_EXPR_NAME, local_name (&apply->outputs[i]), 0);
}

/* @body as a lambda, whose statements are what is read twice. Recursion as deep as bodies are
 * nested. */
static void
emit_body (Writer *outer, const WeftBody *body)
{
  g_autoptr (GPtrArray) order = weft_graph_order (body->graph, body->n_outputs, body->outputs);
  g_autoptr (GArray) tasks = g_array_new (FALSE, FALSE, sizeof (Task));
  g_autoptr (GHashTable) named = named_applies (body, order);
  gboolean elided =
    !outer->one_line_each && outer->named == NULL && order->len > body->n_inputs + outer->budget;
  Writer writer = { outer->items, tasks, G_MAXUINT, FALSE, named };
  guint  begin = outer->items->len, n = 1, length;

  emit (&writer, WEFT_EXPR_LAMBDA, NULL, body->n_inputs);
  for (guint i = 0; i < body->n_inputs; i++)
    emit (&writer, WEFT_EXPR_NAME, body->inputs[i]->name, 0);
  for (guint i = 0; i < order->len && !elided; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      if (is_leaf (apply) || !g_hash_table_contains (named, apply))
        continue;
      emit_line (&writer, apply);
      n++;
    }
  for (guint i = 0; i < body->n_outputs && !elided; i++)
    {
      push (&writer, TASK_VALUE, body->outputs[i], NULL, 0);
      run_tasks (&writer);
    }
  if (elided)
    emit (&writer, WEFT_EXPR_NAME, "...", 0);
  else if (body->n_outputs != 1)
    emit (&writer, WEFT_EXPR_TUPLE, NULL, body->n_outputs);
  length = outer->items->len - begin;
  emit (&writer, WEFT_EXPR_LAMBDA_END, NULL, n);
  g_array_index (outer->items, WeftExprItem, begin).integer = length;
  g_array_index (outer->items, WeftExprItem, begin + length).integer = length;
}

static char *
finish_text (Writer *writer)
{
  g_autoptr (WeftExpr) expr = weft_expr_take (g_array_ref (writer->items));

  return weft_expr_to_string (expr);
}

/* @value as one expression over the names of its leaves, elided with "..." beyond @limit ops. The
 * caller owns it. */
char *
weft_value_to_expression (WeftValue *value, guint limit)
{
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (WeftExprItem));
  g_autoptr (GArray) tasks = g_array_new (FALSE, FALSE, sizeof (Task));
  Writer writer = { items, tasks, limit, FALSE, NULL };

  push (&writer, TASK_VALUE, value, NULL, 0);
  run_tasks (&writer);
  return finish_text (&writer);
}

static void
append_declaration (const WeftApply *apply, GString *out)
{
  const WeftValue *value = &apply->outputs[0];
  g_autofree char *type = NULL;

  if (apply->literal != NULL && apply->literal->n_elements > 0 &&
      apply->literal->n_elements <= MAX_WRITTEN)
    return;
  if (apply->op->n_attrs > 0)
    return;
  type = weft_type_to_string (&value->type);
  g_string_append_printf (out, "# %s %s: %s\n", apply->op->name, name_of (value, TRUE), type);
}

static void
append_line (const WeftApply *apply, gboolean by_name, gboolean in_body, GString *out)
{
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (WeftExprItem));
  g_autoptr (GArray) tasks = g_array_new (FALSE, FALSE, sizeof (Task));
  Writer           writer = { items, tasks, 0, TRUE, NULL, by_name, in_body };
  g_autofree char *text = NULL;

  push_operands (&writer, apply);
  run_tasks (&writer);
  text = finish_text (&writer);
  for (guint i = 0; i < apply->n_outputs; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? ", " : "",
                            weft_value_line_name (&apply->outputs[i], in_body));
  g_string_append_printf (out, " = %s\n", text);
}

/* What the line of @apply calls the body that is attribute @attr: "step_14", after its first
 * result. Interned. */
const char *
weft_apply_body_name (const WeftApply *apply, guint attr)
{
  g_autofree char *name =
    g_strdup_printf ("%s_%u", apply->op->attrs[attr].name, apply->outputs[0].id);

  return g_intern_string (name);
}

/* "v3 = tanh(v2)": the line of @apply in the text of its graph (which is a body's with @in_body),
 * but with names for bodies and for constants that have axes. The caller owns it. */
char *
weft_apply_to_line (const WeftApply *apply, gboolean in_body)
{
  GString *out = g_string_new (NULL);

  append_line (apply, TRUE, in_body, out);
  g_string_truncate (out, out->len - 1);
  return g_string_free (out, FALSE);
}

/* "count_1 = count_dim(v3)" for the dimensions that values of @apply give. */
static void
append_counted (const WeftApply *apply, GArray *counted, GString *out)
{
  for (guint i = 0; i < counted->len; i++)
    {
      const WeftCounted *one = &g_array_index (counted, WeftCounted, i);

      if (one->value->apply == apply)
        g_string_append_printf (out, "%s = count_dim(%s)\n", one->name,
                                name_of (one->value, TRUE));
    }
}

/* Appends @body as it stands in an expression, "lambda x, h: tanh(x + h)". */
void
weft_body_append (const WeftBody *body, GString *out)
{
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (WeftExprItem));
  g_autoptr (GArray) tasks = g_array_new (FALSE, FALSE, sizeof (Task));
  Writer           writer = { items, tasks, 0, TRUE, NULL };
  g_autofree char *text = NULL;

  emit_body (&writer, body);
  text = finish_text (&writer);
  g_string_append (out, text);
}

/* What @outputs reach: one assignment a line in order, inputs, shared values and large constants
 * declared in comments with their types. Reads back with weft_expr_parse. The caller owns it. */
char *
weft_graph_to_string (WeftGraph *graph, guint n, WeftValue *const *outputs)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n, outputs);
  g_autoptr (GArray) counted = weft_graph_counted_dims (graph, n, outputs);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < order->len; i++)
    if (is_leaf (g_ptr_array_index (order, i)))
      append_declaration (g_ptr_array_index (order, i), out);
  for (guint i = 0; i < order->len; i++)
    {
      if (!is_leaf (g_ptr_array_index (order, i)))
        append_line (g_ptr_array_index (order, i), FALSE, FALSE, out);
      append_counted (g_ptr_array_index (order, i), counted, out);
    }
  return g_string_free (out, FALSE);
}
