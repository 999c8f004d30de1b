/* Outputs of a model for chosen rows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/predict.h"

#include "engine/grad/grad.h"
#include "engine/run/function.h"
#include "engine/train/model.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What a call must be given. */
typedef struct
{
  gboolean is_data;
  guint    column;
  WeftType type;
} Input;

struct _WeftPredictor
{
  WeftFunction *function;
  GArray       *inputs; /* of Input */
  GPtrArray    *names;  /* of the outputs */
  GPtrArray    *shared; /* WeftShared */
};

static gboolean
refuse (WeftLowered *lowered, const char *port, GError **error)
{
  if (lowered->problems->len > 0)
    {
      const WeftProblem *problem = g_ptr_array_index (lowered->problems, 0);
      g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, problem->message);
    }
  else
    g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                 _ ("there is no output “%s”"), port);
  return FALSE;
}

static gboolean
add_gradients (WeftPredictor *predictor,
               WeftDocument  *document,
               WeftLowered   *lowered,
               GPtrArray     *outputs,
               GError       **error)
{
  g_autofree char *port = weft_model_guess_loss (document, lowered, error);
  g_autoptr (GPtrArray) wrt = g_ptr_array_new ();
  g_autoptr (GPtrArray) parameters = g_ptr_array_new ();
  g_autofree WeftValue **grads = g_new0 (WeftValue *, lowered->shared->len + 1);
  if (port == NULL)
    return FALSE;
  WeftValue *loss = weft_lowered_get (lowered, port);
  if (loss == NULL)
    return refuse (lowered, port, error);
  for (guint i = 0; i < lowered->shared->len; i++)
    {
      WeftShared *shared = g_ptr_array_index (lowered->shared, i);
      if (!shared->trainable)
        continue;
      g_ptr_array_add (parameters, shared);
      g_ptr_array_add (wrt, weft_graph_shared (lowered->graph, shared));
    }
  if (wrt->len > 0 && !weft_grad (lowered->graph, loss, NULL, NULL, wrt->len,
                                  (WeftValue **) wrt->pdata, WEFT_DISCONNECTED_NONE, grads, error))
    return FALSE;
  for (guint i = 0; i < wrt->len; i++)
    if (grads[i] != NULL)
      {
        g_ptr_array_add (outputs, grads[i]);
        g_ptr_array_add (predictor->names,
                         g_strdup (((WeftShared *) g_ptr_array_index (parameters, i))->name));
      }
  return TRUE;
}

/* The inputs that @outputs need. */
static GPtrArray *
find_inputs (WeftPredictor *predictor, WeftLowered *lowered, GPtrArray *outputs)
{
  g_autoptr (GPtrArray) order =
    weft_graph_order (lowered->graph, outputs->len, (WeftValue **) outputs->pdata);
  g_autoptr (GHashTable) reached = g_hash_table_new (NULL, NULL);
  GPtrArray *values = g_ptr_array_new ();
  for (guint i = 0; i < order->len; i++)
    g_hash_table_add (reached, g_ptr_array_index (order, i));
  for (guint i = 0; i < lowered->inputs->len; i++)
    {
      const WeftInputPort *port = g_ptr_array_index (lowered->inputs, i);
      Input                input = { port->dataset != NULL, port->column, port->value->type };
      if (!g_hash_table_contains (reached, port->value->apply))
        continue;
      g_array_append_val (predictor->inputs, input);
      g_ptr_array_add (values, port->value);
    }
  return values;
}

/* weft_predictor_new:
 *
 * Returns: a predictor with fresh parameters; caller owns.
 */
WeftPredictor *
weft_predictor_new (
  WeftDocument *document, guint n, const char *const *ports, gboolean gradients, GError **error)
{
  WeftLowerOptions options = {
    .seed = weft_json_get_int (weft_document_get_training (document), "seed", 1),
  };
  g_autoptr (WeftLowered) lowered = weft_document_lower (document, &options);
  g_autoptr (WeftPredictor) predictor = g_new0 (WeftPredictor, 1);
  g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) inputs = NULL;
  WeftFunctionSpec spec = { .graph = lowered->graph, .seed = options.seed };
  predictor->inputs = g_array_new (FALSE, FALSE, sizeof (Input));
  predictor->names = g_ptr_array_new_with_free_func (g_free);
  predictor->shared = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  for (guint i = 0; i < n; i++)
    {
      WeftValue *value = weft_lowered_get (lowered, ports[i]);
      if (value == NULL)
        {
          refuse (lowered, ports[i], error);
          return NULL;
        }
      g_ptr_array_add (outputs, value);
      g_ptr_array_add (predictor->names, g_strdup (ports[i]));
    }
  if (gradients && !add_gradients (predictor, document, lowered, outputs, error))
    return NULL;
  for (guint i = 0; i < lowered->shared->len; i++)
    g_ptr_array_add (predictor->shared, weft_shared_ref (g_ptr_array_index (lowered->shared, i)));
  inputs = find_inputs (predictor, lowered, outputs);
  spec.n_inputs = inputs->len;
  spec.inputs = (WeftValue **) inputs->pdata;
  spec.n_outputs = outputs->len;
  spec.outputs = (WeftValue **) outputs->pdata;
  predictor->function = weft_function_new (&spec, error);
  return predictor->function != NULL ? g_steal_pointer (&predictor) : NULL;
}

/* weft_predictor_free: */
void
weft_predictor_free (WeftPredictor *predictor)
{
  if (predictor == NULL)
    return;
  g_clear_pointer (&predictor->function, weft_function_free);
  g_array_unref (predictor->inputs);
  g_ptr_array_unref (predictor->names);
  g_ptr_array_unref (predictor->shared);
  g_free (predictor);
}

/* weft_predictor_n_outputs: */
guint
weft_predictor_n_outputs (WeftPredictor *predictor)
{
  return predictor->names->len;
}

/* weft_predictor_output_name: */
const char *
weft_predictor_output_name (WeftPredictor *predictor, guint index)
{
  return g_ptr_array_index (predictor->names, index);
}

static gboolean
same_form (const WeftArray *a, const WeftArray *b)
{
  return a->dtype == b->dtype && a->rank == b->rank &&
         memcmp (a->shape, b->shape, a->rank * sizeof *a->shape) == 0;
}

/* weft_predictor_set_values: */
void
weft_predictor_set_values (WeftPredictor *predictor, GHashTable *values)
{
  for (guint i = 0; values != NULL && i < predictor->shared->len; i++)
    {
      WeftShared *shared = g_ptr_array_index (predictor->shared, i);
      WeftArray  *array = g_hash_table_lookup (values, shared->name);
      if (array != NULL && same_form (array, shared->value))
        memcpy (shared->value->data, array->data, array->n_bytes);
    }
}

/* weft_predictor_value: */
WeftArray *
weft_predictor_value (WeftPredictor *predictor, const char *name)
{
  for (guint i = 0; i < predictor->shared->len; i++)
    {
      WeftShared *shared = g_ptr_array_index (predictor->shared, i);
      if (g_str_equal (shared->name, name))
        return shared->value;
    }
  return NULL;
}

typedef struct
{
  WeftBindings *bindings;
  gint64        rows;
} Binder;

static void
bind_cb (const char *name, gpointer data)
{
  Binder *binder = data;
  if (!weft_bindings_has (binder->bindings, name))
    weft_bindings_set (binder->bindings, name, binder->rows);
}

/* Zeros where nothing was given: sizes that are not known are the number of rows. */
static gboolean
fill_rest (WeftPredictor *predictor, WeftArray **arrays, gsize n, GError **error)
{
  g_autoptr (WeftBindings) bindings = weft_bindings_new ();
  Binder binder = { bindings, (gint64) n };
  for (guint i = 0; i < predictor->inputs->len; i++)
    for (guint k = 0; arrays[i] != NULL && k < arrays[i]->rank; k++)
      weft_dim_match (g_array_index (predictor->inputs, Input, i).type.shape.dims[k],
                      arrays[i]->shape[k], bindings);
  for (guint i = 0; i < predictor->inputs->len; i++)
    {
      const WeftType *type = &g_array_index (predictor->inputs, Input, i).type;
      gint64          shape[WEFT_MAX_RANK];
      if (arrays[i] != NULL)
        continue;
      for (guint k = 0; k < type->shape.rank; k++)
        weft_dim_foreach_name (type->shape.dims[k], bind_cb, &binder);
      if (!weft_shape_resolve (&type->shape, bindings, shape))
        memset (shape, 0, sizeof shape);
      arrays[i] = weft_array_try_new (type->dtype, type->shape.rank, shape, error);
      if (arrays[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

static void
drop (WeftPredictor *predictor, WeftArray **arrays)
{
  for (guint i = 0; i < predictor->inputs->len; i++)
    g_clear_pointer (&arrays[i], weft_array_unref);
}

static gboolean
call (WeftPredictor *predictor,
      WeftArray    **arrays,
      gsize          n,
      WeftArray    **results,
      GCancellable  *cancellable,
      GError       **error)
{
  gboolean done = fill_rest (predictor, arrays, n, error) &&
                  weft_function_call (predictor->function, arrays, results, cancellable, error);
  drop (predictor, arrays);
  return done;
}

/* weft_predictor_rows: */
gboolean
weft_predictor_rows (WeftPredictor *predictor,
                     WeftDataset   *dataset,
                     WeftSplit      split,
                     const guint32 *rows,
                     gsize          n,
                     WeftArray    **results,
                     GCancellable  *cancellable,
                     GError       **error)
{
  g_autofree WeftArray **arrays = g_new0 (WeftArray *, predictor->inputs->len + 1);
  for (guint i = 0; i < predictor->inputs->len; i++)
    {
      const Input *input = &g_array_index (predictor->inputs, Input, i);
      if (!input->is_data || dataset == NULL)
        continue;
      arrays[i] = weft_dataset_gather (dataset, split, input->column, rows, n, error);
      if (arrays[i] == NULL)
        {
          drop (predictor, arrays);
          return FALSE;
        }
    }
  return call (predictor, arrays, n, results, cancellable, error);
}

/* weft_predictor_array: */
gboolean
weft_predictor_array (WeftPredictor *predictor,
                      guint          column,
                      WeftArray     *given,
                      WeftArray    **results,
                      GCancellable  *cancellable,
                      GError       **error)
{
  g_autofree WeftArray **arrays = g_new0 (WeftArray *, predictor->inputs->len + 1);
  for (guint i = 0; i < predictor->inputs->len; i++)
    {
      const Input *input = &g_array_index (predictor->inputs, Input, i);
      if (input->is_data && input->column == column)
        arrays[i] = weft_array_ref (given);
    }
  return call (predictor, arrays, given->rank > 0 ? (gsize) given->shape[0] : 1, results,
               cancellable, error);
}
