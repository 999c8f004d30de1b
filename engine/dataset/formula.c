/* Expressions in Weft's language over the columns of a data set.
 *
 * Every column is an array [rows, ...] by its name; the result has a row for each row. The types
 * are known before a file is opened.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/pages.h"
#include "engine/dataset/source-private.h"
#include "engine/dataset/transform-private.h"
#include "engine/graph/expr.h"
#include "engine/ops/ops.h"
#include "engine/run/function.h"

#include <string.h>
#include <glib/gi18n-lib.h>

typedef struct
{
  guint     column;
  WeftDType dtype;
  guint     rank; /* of a row */
  gint64    shape[WEFT_MAX_RANK];
} Input;

struct _WeftFormula
{
  WeftExpr *expr;   /* owned */
  GArray   *inputs; /* owned, of Input */
  char    **names;  /* owned: of the inputs */
};

void
weft_formula_free (WeftFormula *formula)
{
  if (formula == NULL)
    return;
  g_clear_pointer (&formula->expr, weft_expr_unref);
  g_array_unref (formula->inputs);
  g_strfreev (formula->names);
  g_free (formula);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftFormula, weft_formula_free)

static gboolean
add_inputs (WeftFormula *formula, WeftDatasetSpec *spec, const char *where, GError **error)
{
  const char **free_names = weft_expr_free_names (formula->expr);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; free_names[i] != NULL; i++)
    {
      Input input = { 0 };

      while (input.column < spec->n_columns &&
             strcmp (spec->columns[input.column].name, free_names[i]) != 0)
        input.column++;
      if (input.column == spec->n_columns)
        continue; /* an op's name, or an error when it is built */
      input.dtype = spec->columns[input.column].dtype;
      input.rank = spec->columns[input.column].rank;
      memcpy (input.shape, spec->columns[input.column].shape, sizeof input.shape);
      g_array_append_val (formula->inputs, input);
      g_ptr_array_add (names, g_strdup (free_names[i]));
    }
  g_ptr_array_add (names, NULL);
  formula->names = (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
  return formula->inputs->len > 0 ||
         weft_spec_fail (error, _ ("data set: the expression of “%s” names no column"), where);
}

/* The result in a new graph; @values gets the inputs. */
static WeftValue *
build (WeftFormula *formula, WeftGraph *graph, GPtrArray *values, GError **error)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();

  for (guint i = 0; i < formula->inputs->len; i++)
    {
      const Input *input = &g_array_index (formula->inputs, Input, i);
      WeftType     type = { .dtype = input->dtype };
      WeftValue   *value;

      type.shape = weft_shape_new (input->rank, input->shape);
      memmove (type.shape.dims + 1, type.shape.dims, input->rank * sizeof type.shape.dims[0]);
      type.shape.dims[0] = weft_dim_named ("rows");
      type.shape.rank++;
      value = weft_graph_input (graph, formula->names[i], &type);
      g_ptr_array_add (values, value);
      weft_scope_set_value (scope, formula->names[i], value);
    }
  return weft_expr_build_value (formula->expr, graph, scope, error);
}

static gboolean
check_result (const WeftValue *value,
              const char      *where,
              WeftDType       *dtype,
              guint           *rank,
              gint64          *shape,
              GError         **error)
{
  const WeftShape *type = &value->type.shape;
  const char      *name = type->rank > 0 ? weft_dim_name (type->dims[0]) : NULL;

  if (name == NULL || strcmp (name, "rows") != 0)
    return weft_spec_fail (
      error, _ ("data set: the expression of “%s” must give a value for each row"), where);
  *dtype = value->type.dtype;
  *rank = type->rank - 1;
  for (guint i = 0; i < *rank; i++)
    {
      if (!weft_dim_is_number (type->dims[i + 1]) || type->dims[i + 1].offset < 1)
        return weft_spec_fail (
          error, _ ("data set: the expression of “%s” must give as many values for each row"),
          where);
      shape[i] = type->dims[i + 1].offset;
    }
  return TRUE;
}

WeftFormula *
weft_formula_new (WeftDatasetSpec *spec,
                  const char      *text,
                  const char      *where,
                  WeftDType       *dtype,
                  guint           *rank,
                  gint64          *shape,
                  GError         **error)
{
  g_autoptr (WeftFormula) formula = g_new0 (WeftFormula, 1);
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GError) local = NULL;
  WeftValue *result = NULL;

  weft_ops_init ();
  formula->inputs = g_array_new (FALSE, FALSE, sizeof (Input));
  formula->expr = weft_expr_parse (text, &local);
  if (formula->expr != NULL && !add_inputs (formula, spec, where, error))
    return NULL;
  if (formula->expr != NULL)
    result = build (formula, graph, values, &local);
  if (result == NULL)
    {
      weft_spec_fail (error, _ ("data set: the expression of “%s”: %s"), where, local->message);
      return NULL;
    }
  return check_result (result, where, dtype, rank, shape, error) ? g_steal_pointer (&formula)
                                                                 : NULL;
}

/* Column @input of the table as [rows, ...]. */
static WeftArray *
take_input (const Input *input, const WeftTable *table, GError **error)
{
  WeftArray *from = table->arrays[input->column];
  gint64     shape[WEFT_MAX_RANK] = { table->n_rows };

  g_autoptr (WeftArray) array = NULL;

  memcpy (shape + 1, input->shape, input->rank * sizeof shape[0]);
  if (table->strides[input->column] == table->elements[input->column])
    array = weft_array_wrap (from->dtype, input->rank + 1, shape, from->data, weft_array_ref (from),
                             (GDestroyNotify) weft_array_unref);
  else
    {
      gsize size = weft_dtype_size (from->dtype);
      gsize bytes = (gsize) table->elements[input->column] * size;

      array = weft_pages_new_array (from->dtype, input->rank + 1, shape, from, error);
      for (gint64 row = 0; array != NULL && row < table->n_rows; row++)
        memcpy ((char *) array->data + (gsize) row * bytes,
                (const char *) from->data + (gsize) (row * table->strides[input->column]) * size,
                bytes);
    }
  return array == NULL || array->dtype == input->dtype
           ? g_steal_pointer (&array)
           : weft_pages_cast (array, input->dtype, error);
}

WeftArray *
weft_formula_evaluate (WeftFormula     *formula,
                       const WeftTable *table,
                       GCancellable    *cancellable,
                       GError         **error)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GPtrArray) arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  WeftValue       *result = build (formula, graph, values, error);
  WeftFunctionSpec spec = { .graph = graph, .mode = WEFT_MODE_INTERPRET };
  g_autoptr (WeftFunction) function = NULL;
  WeftArray *output = NULL;

  if (result == NULL)
    return NULL;
  for (guint i = 0; i < formula->inputs->len; i++)
    {
      WeftArray *array = take_input (&g_array_index (formula->inputs, Input, i), table, error);

      if (array == NULL)
        return NULL;
      g_ptr_array_add (arrays, array);
    }
  spec.n_inputs = values->len;
  spec.inputs = (WeftValue *const *) values->pdata;
  spec.n_outputs = 1;
  spec.outputs = &result;
  function = weft_function_new (&spec, error);
  return function != NULL && weft_function_call (function, (WeftArray *const *) arrays->pdata,
                                                 &output, cancellable, error)
           ? output
           : NULL;
}
