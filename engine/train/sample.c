/* Values for one batch.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/sample.h"

#include "engine/run/function.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define DEFAULT_BATCH 64
#define MAX_BATCH (1 << 20)

/* weft_sample_batch:
 *
 * Returns: how many rows a training step takes. Any thread.
 */
gsize
weft_sample_batch (WeftDocument *document)
{
  return CLAMP (weft_json_get_int (weft_document_get_training (document), "batch", DEFAULT_BATCH),
                1, MAX_BATCH);
}

/* weft_sample_dataset:
 * @node: a dataset node
 *
 * Returns: the data set; caller owns. Errors: WEFT_DATASET_ERROR.
 */
WeftDataset *
weft_sample_dataset (WeftDocument *document,
                     guint32       node,
                     GCancellable *cancellable,
                     GError      **error)
{
  static GMutex       lock;
  static char        *kept_key;
  static WeftDataset *kept;
  WeftJson           *params = weft_document_node (document, node)->params;
  g_autofree char    *folder = weft_document_dup_folder (document);
  g_autofree char    *text = weft_json_to_string (params);
  g_autofree char    *key = g_strdup_printf ("%s\n%s", folder != NULL ? folder : "", text);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  g_autoptr (WeftDatasetSpec) spec = NULL;

  if (g_strcmp0 (key, kept_key) == 0)
    return weft_dataset_ref (kept);
  spec = weft_dataset_spec_new (params, folder, error);
  if (spec == NULL)
    return NULL;
  g_clear_pointer (&kept_key, g_free);
  g_clear_pointer (&kept, weft_dataset_unref);
  kept = weft_dataset_open (spec, cancellable, error);
  if (kept == NULL)
    return NULL;
  kept_key = g_steal_pointer (&key);
  return weft_dataset_ref (kept);
}

/* weft_sample_rows:
 *
 * Returns: the rows, [rows, ...]; caller owns.
 */
WeftArray *
weft_sample_rows (WeftDataset *dataset, guint column, gsize rows, GError **error)
{
  gsize n = MIN (rows, (gsize) weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN));

  return weft_dataset_gather (dataset, WEFT_SPLIT_TRAIN, column, NULL, n, error);
}

static gboolean
fail (WeftDocument *document, WeftLowered *lowered, const char *port, guint32 *node, GError **error)
{
  const char      *dot = strrchr (port, '.');
  g_autofree char *id = dot != NULL ? g_strndup (port, dot - port) : g_strdup (port);
  const WeftNode  *wanted = weft_document_node_by_id (document, id);

  if (lowered->problems->len > 0)
    {
      const WeftProblem *problem = g_ptr_array_index (lowered->problems, 0);

      *node = problem->node;
      g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, problem->message);
      return FALSE;
    }
  *node = wanted != NULL ? wanted->uid : 0;
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, _ ("there is no output “%s”"),
               port);
  return FALSE;
}

static void
put_values (WeftLowered *lowered, GHashTable *values)
{
  for (guint i = 0; values != NULL && i < lowered->shared->len; i++)
    {
      WeftShared *shared = g_ptr_array_index (lowered->shared, i);
      WeftArray  *array = g_hash_table_lookup (values, shared->name);

      if (array != NULL && array->dtype == shared->value->dtype &&
          array->rank == shared->value->rank &&
          memcmp (array->shape, shared->value->shape, array->rank * sizeof *array->shape) == 0)
        memcpy (shared->value->data, array->data, array->n_bytes);
    }
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

/* Zeros for an input node; sizes that are not known are those of a batch. */
static WeftArray *
zeros_for (const WeftType *type, Binder *binder, GError **error)
{
  gint64 shape[WEFT_MAX_RANK], size = 1;

  for (guint i = 0; i < type->shape.rank; i++)
    weft_dim_foreach_name (type->shape.dims[i], bind_cb, binder);
  if (!weft_shape_resolve (&type->shape, binder->bindings, shape))
    memset (shape, 0, sizeof shape);
  for (guint i = 0; i < type->shape.rank; i++)
    if (__builtin_mul_overflow (size, MAX (shape[i], 1), &size) || size > G_MAXINT32)
      {
        g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                     _ ("an input of this shape is too large to be filled with zeros"));
        return NULL;
      }
  return weft_array_new (type->dtype, type->shape.rank, shape);
}

/* The inputs that @values reach, and an array for each. */
static gboolean
feed (WeftDocument *document,
      WeftLowered  *lowered,
      GPtrArray    *values,
      GPtrArray    *inputs,
      GPtrArray    *arrays,
      guint32      *node,
      GCancellable *cancellable,
      GError      **error)
{
  g_autoptr (GPtrArray) order =
    weft_graph_order (lowered->graph, values->len, (WeftValue **) values->pdata);
  g_autoptr (GHashTable) reached = g_hash_table_new (NULL, NULL);
  g_autoptr (WeftBindings) bindings = weft_bindings_new ();
  Binder binder = { bindings, weft_sample_batch (document) };

  for (guint i = 0; i < order->len; i++)
    g_hash_table_add (reached, g_ptr_array_index (order, i));
  /* Data first: it says how many rows there are. */
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < lowered->inputs->len; i++)
      {
        const WeftInputPort *port = g_ptr_array_index (lowered->inputs, i);
        g_autoptr (WeftDataset) dataset = NULL;
        WeftArray *array = NULL;

        if ((port->dataset == NULL) != (pass == 1) ||
            !g_hash_table_contains (reached, port->value->apply))
          continue;
        *node = port->node;
        if (pass == 0)
          dataset = weft_sample_dataset (document, port->node, cancellable, error);
        if (dataset != NULL)
          array = weft_sample_rows (dataset, port->column, binder.rows, error);
        else if (pass == 1)
          array = zeros_for (&port->value->type, &binder, error);
        if (array == NULL)
          return FALSE;
        for (guint k = 0; k < array->rank; k++)
          weft_dim_match (port->value->type.shape.dims[k], array->shape[k], bindings);
        g_ptr_array_add (inputs, port->value);
        g_ptr_array_add (arrays, array);
      }
  *node = 0;
  return TRUE;
}

/* weft_sample_evaluate:
 * @document: read during the call only
 *
 * Errors: WEFT_DOCUMENT_ERROR_MODEL, WEFT_DATASET_ERROR, those of functions; G_IO_ERROR_CANCELLED.
 */
gboolean
weft_sample_evaluate (WeftDocument      *document,
                      guint              n,
                      const char *const *ports,
                      GHashTable        *values,
                      WeftArray        **results,
                      guint32           *node,
                      GCancellable      *cancellable,
                      GError           **error)
{
  WeftLowerOptions options = {
    .seed = weft_json_get_int (weft_document_get_training (document), "seed", 1),
  };
  g_autoptr (WeftLowered) lowered = weft_document_lower (document, &options);
  g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) arrays =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  g_autoptr (WeftFunction) function = NULL;
  WeftFunctionSpec spec = { .graph = lowered->graph, .n_outputs = n, .seed = options.seed };

  *node = 0;
  for (guint i = 0; i < n; i++)
    {
      WeftValue *value = weft_lowered_get (lowered, ports[i]);

      if (value == NULL)
        return fail (document, lowered, ports[i], node, error);
      g_ptr_array_add (outputs, value);
    }
  put_values (lowered, values);
  if (!feed (document, lowered, outputs, inputs, arrays, node, cancellable, error))
    return FALSE;
  spec.n_inputs = inputs->len;
  spec.inputs = (WeftValue **) inputs->pdata;
  spec.outputs = (WeftValue **) outputs->pdata;
  function = weft_function_new (&spec, error);
  return function != NULL && weft_function_call (function, (WeftArray **) arrays->pdata, results,
                                                 cancellable, error);
}
