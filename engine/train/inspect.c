/* The graph of a function of a document before any rewrite.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/inspect.h"

#include "engine/grad/grad.h"
#include "engine/train/model.h"
#include "engine/train/training.h"

#include <glib/gi18n.h>

/* Sizes of named dimensions: "batch" as the training section says, else this; and any other name.
 */
#define BATCH 64
#define OTHER 16

static const char *const part_names[WEFT_N_INSPECT] = { "forward", "gradient", "backward",
                                                        "train", "measure", "predict" };

/* weft_inspect_name:
 */
const char *
weft_inspect_name (WeftInspectPart part)
{
  g_return_val_if_fail (part < WEFT_N_INSPECT, NULL);
  return part_names[part];
}

/* weft_inspected_free:
 */
void
weft_inspected_free (WeftInspected *inspected)
{
  if (inspected == NULL)
    return;
  g_clear_pointer (&inspected->graph, weft_graph_free);
  g_clear_pointer (&inspected->forward, weft_graph_free);
  g_free (inspected->outputs);
  g_free (inspected->loss_name);
  g_strfreev (inspected->names);
  g_free (inspected);
}

/* ---- Sizes ---- */

static void
bind_cb (const char *name, gpointer data)
{
  if (!weft_bindings_has (data, name))
    weft_bindings_set (data, name, OTHER);
}

/* Numbers for every name among the inputs' dimensions. */
static WeftBindings *
sizes_of (WeftDocument *document, WeftLowered *lowered)
{
  WeftBindings *bindings = weft_bindings_new ();
  g_autoptr (WeftTraining) training = weft_training_new (document, NULL);

  weft_bindings_set (bindings, "batch", training != NULL ? (gint64) training->batch : BATCH);
  for (guint i = 0; i < lowered->inputs->len; i++)
    {
      const WeftInputPort *port = g_ptr_array_index (lowered->inputs, i);
      const WeftShape     *shape = &port->value->type.shape;

      for (guint k = 0; k < shape->rank; k++)
        weft_dim_foreach_name (shape->dims[k], bind_cb, bindings);
    }
  return bindings;
}

/* ---- What the results are ---- */

static gboolean
is_read (WeftDocument *document, guint32 uid, const char *port)
{
  for (guint i = 0; i < weft_document_n_wires (document); i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);

      if (wire->from == uid && g_str_equal (wire->from_port, port))
        return TRUE;
    }
  return FALSE;
}

/* Every port that is computed and that nothing reads. */
static void
find_ends (WeftDocument *document, WeftLowered *lowered, GPtrArray *values, GPtrArray *names)
{
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      const WeftNode *node = weft_document_node_at (document, i);
      g_autoptr (WeftPorts) ports = weft_document_ports (document, node->uid);

      for (guint k = 0; ports != NULL && k < ports->n_outputs; k++)
        {
          g_autofree char *name = g_strdup_printf ("%s.%s", node->id, ports->outputs[k].name);
          WeftValue       *value = weft_lowered_get (lowered, name);

          if (value == NULL || value->apply->n_inputs == 0 ||
              is_read (document, node->uid, ports->outputs[k].name))
            continue;
          g_ptr_array_add (values, value);
          g_ptr_array_add (names, g_steal_pointer (&name));
        }
    }
}

/* What the loss is differentiated by: parameters, else inputs of floats. */
static void
find_wrt (WeftLowered *lowered, WeftValue *loss, GPtrArray *wrt, GPtrArray *names)
{
  g_autoptr (GPtrArray) order = weft_graph_order (lowered->graph, 1, &loss);

  for (guint pass = 0; pass < 2 && wrt->len == 0; pass++)
    for (guint i = 0; i < order->len; i++)
      {
        WeftApply *apply = g_ptr_array_index (order, i);
        gboolean   wanted = pass == 0 ? apply->shared != NULL && apply->shared->trainable
                                      : g_str_equal (apply->op->name, "input");

        if (!wanted || !weft_dtype_is_float (apply->outputs[0].type.dtype))
          continue;
        g_ptr_array_add (wrt, &apply->outputs[0]);
        g_ptr_array_add (
          names,
          g_strconcat ("d_", apply->shared != NULL ? apply->shared->name : apply->outputs[0].name,
                       NULL));
      }
}

static gboolean
differentiate (
  WeftDocument *document, WeftLowered *lowered, GPtrArray *values, GPtrArray *names, GError **error)
{
  g_autofree char *port = weft_model_guess_loss (document, lowered, error);
  g_autoptr (GPtrArray) wrt = g_ptr_array_new ();
  WeftValue *loss;

  if (port == NULL)
    return FALSE;
  loss = weft_lowered_get (lowered, port);
  if (loss == NULL)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("training: there is no port %s, which the loss is said to be"), port);
      return FALSE;
    }
  g_ptr_array_add (values, loss);
  g_ptr_array_add (names, g_steal_pointer (&port));
  find_wrt (lowered, loss, wrt, names);
  g_ptr_array_set_size (values, 1 + wrt->len);
  if (wrt->len > 0 &&
      !weft_grad (lowered->graph, loss, NULL, NULL, wrt->len, (WeftValue **) wrt->pdata,
                  WEFT_DISCONNECTED_NONE, (WeftValue **) values->pdata + 1, error))
    return FALSE;
  for (guint i = values->len; i-- > 1;)
    if (g_ptr_array_index (values, i) == NULL)
      {
        g_ptr_array_remove_index (values, i);
        g_free (g_ptr_array_remove_index (names, i));
      }
  return TRUE;
}

/* ---- Parts ---- */

static gboolean
refuse_problems (WeftDocument *document, WeftLowered *lowered, guint32 *node, GError **error)
{
  const WeftProblem *problem;
  const WeftNode    *blamed;

  if (lowered->problems->len == 0)
    return FALSE;
  problem = g_ptr_array_index (lowered->problems, 0);
  blamed = weft_document_node (document, problem->node);
  *node = problem->node;
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, "%s%s%s",
               blamed != NULL ? blamed->id : "", blamed != NULL ? ": " : "", problem->message);
  return TRUE;
}

static WeftInspected *
finish (WeftGraph *graph, GPtrArray *values, GPtrArray *names, guint n_forward)
{
  WeftInspected *inspected = g_new0 (WeftInspected, 1);

  inspected->graph = graph;
  inspected->n = values->len;
  inspected->outputs = g_memdup2 (values->pdata, values->len * sizeof (WeftValue *));
  g_ptr_array_add (names, NULL);
  inspected->names = (char **) g_ptr_array_steal (names, NULL);
  inspected->n_forward = n_forward;
  return inspected;
}

/* The lowered document, forwards or with its gradient. */
static WeftInspected *
inspect_drawn (WeftDocument *document, WeftInspectPart part, guint32 *node, GError **error)
{
  WeftLowerOptions options = { .training = part == WEFT_INSPECT_GRADIENT, .no_init = TRUE };
  g_autoptr (WeftLowered) lowered = weft_document_lower (document, &options);
  g_autoptr (WeftBindings) bindings = sizes_of (document, lowered);
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (WeftGraph) copy = weft_graph_new ();

  if (refuse_problems (document, lowered, node, error))
    return NULL;
  if (part == WEFT_INSPECT_FORWARD)
    find_ends (document, lowered, values, names);
  else if (!differentiate (document, lowered, values, names, error))
    return NULL;
  if (!weft_graph_clone (lowered->graph, copy, values->len, (WeftValue **) values->pdata, NULL,
                         bindings, (WeftValue **) values->pdata, error))
    return NULL;
  return finish (g_steal_pointer (&copy), values, names,
                 part == WEFT_INSPECT_GRADIENT ? 1 : values->len);
}

/* ---- The backward graph alone ---- */

/* Values of ports by value: char* names, owned. */
static GHashTable *
port_names (GPtrArray *values, GPtrArray *names)
{
  GHashTable *ports = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < values->len; i++)
    if (!g_hash_table_contains (ports, g_ptr_array_index (values, i)))
      g_hash_table_insert (ports, g_ptr_array_index (values, i), g_ptr_array_index (names, i));
  return ports;
}

/* Appends every port that the loss needs. */
static void
add_ports (WeftLowered *lowered, WeftValue *loss, GPtrArray *values, GPtrArray *names)
{
  g_autoptr (GPtrArray) order = weft_graph_order (lowered->graph, 1, &loss);
  g_autoptr (GHashTable) reached = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer       name, value;

  for (guint i = 0; i < order->len; i++)
    g_hash_table_add (reached, g_ptr_array_index (order, i));
  g_hash_table_iter_init (&iter, lowered->values);
  while (g_hash_table_iter_next (&iter, &name, &value))
    if (g_hash_table_contains (reached, ((WeftValue *) value)->apply))
      {
        g_ptr_array_add (values, value);
        g_ptr_array_add (names, g_strdup (name));
      }
}

/* What stands in the backward graph for the forward value that @apply reads: an input of its name.
 */
static void
stand_in (WeftGraph *graph, const WeftValue *value, GHashTable *ports, GHashTable *replacements)
{
  const char *name = g_hash_table_lookup (ports, value);

  if (g_hash_table_contains (replacements, value))
    return;
  if (name == NULL)
    name = value->name != NULL ? value->name : value->apply->op->name;
  weft_graph_push_origins (graph, value->apply->origins);
  g_hash_table_insert (replacements, (gpointer) value,
                       weft_graph_input (graph, g_intern_string (name), &value->type));
  weft_graph_pop_origin (graph);
}

/* @whole: loss, gradients and ports, of which @n are the loss and the gradients; which it takes. */
static WeftInspected *
split (WeftGraph *whole, GPtrArray *values, GPtrArray *names, guint n, GError **error)
{
  WeftValue *loss = g_ptr_array_index (values, 0);
  g_autoptr (WeftGraph) forward = whole;
  g_autoptr (WeftGraph) backward = weft_graph_new ();
  g_autoptr (GHashTable) ports = port_names (values, names);
  g_autoptr (GHashTable) reached = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) replacements = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) order = weft_graph_order (whole, 1, &loss);
  g_autoptr (GPtrArray) all = weft_graph_order (whole, n, (WeftValue **) values->pdata);
  g_autofree char *loss_name = g_strdup (g_ptr_array_index (names, 0));
  WeftInspected   *inspected;

  for (guint i = 0; i < order->len; i++)
    g_hash_table_add (reached, g_ptr_array_index (order, i));
  for (guint i = 0; i < all->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (all, i);

      for (guint k = 0; k < apply->n_inputs && !g_hash_table_contains (reached, apply); k++)
        if (apply->inputs[k]->apply->n_inputs > 0 &&
            g_hash_table_contains (reached, apply->inputs[k]->apply))
          stand_in (backward, apply->inputs[k], ports, replacements);
    }
  g_ptr_array_set_size (values, n);
  g_ptr_array_remove_index (values, 0);
  g_ptr_array_set_size (names, n);
  g_ptr_array_remove_index (names, 0);
  if (!weft_graph_clone (whole, backward, values->len, (WeftValue **) values->pdata, replacements,
                         NULL, (WeftValue **) values->pdata, error))
    return NULL;
  inspected = finish (g_steal_pointer (&backward), values, names, 0);
  inspected->forward = g_steal_pointer (&forward);
  inspected->loss = loss;
  inspected->loss_name = g_steal_pointer (&loss_name);
  return inspected;
}

static WeftInspected *
inspect_backward (WeftDocument *document, guint32 *node, GError **error)
{
  WeftLowerOptions options = { .training = TRUE, .no_init = TRUE };
  g_autoptr (WeftLowered) lowered = weft_document_lower (document, &options);
  g_autoptr (WeftBindings) bindings = sizes_of (document, lowered);
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (WeftGraph) copy = weft_graph_new ();
  guint n;

  if (refuse_problems (document, lowered, node, error) ||
      !differentiate (document, lowered, values, names, error))
    return NULL;
  n = values->len;
  add_ports (lowered, g_ptr_array_index (values, 0), values, names);
  if (!weft_graph_clone (lowered->graph, copy, values->len, (WeftValue **) values->pdata, NULL,
                         bindings, (WeftValue **) values->pdata, error))
    return NULL;
  return split (g_steal_pointer (&copy), values, names, n, error);
}

/* ---- Training step, measuring, prediction ---- */

static WeftInspected *
inspect_model (WeftDocument *document, WeftModelPart part, guint32 *node, GError **error)
{
  WeftModelOptions options = { .seed = -1, .mode = WEFT_MODE_REFERENCE, .no_rewrites = TRUE };
  g_autoptr (WeftModel) model = weft_model_new (document, &options, node, error);
  g_autoptr (WeftLowered) lowered = NULL;
  g_autoptr (WeftBindings) bindings = NULL;
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  WeftGraph *graph;

  if (model == NULL)
    return NULL;
  lowered = weft_document_lower (document, &(WeftLowerOptions){ .no_init = TRUE });
  bindings = sizes_of (document, lowered);
  graph = weft_model_copy_graph (model, part, bindings, values, names, error);
  if (graph == NULL)
    return NULL;
  return finish (graph, values, names,
                 part == WEFT_MODEL_STEP ? weft_model_n_metrics (model) : values->len);
}

/* weft_inspect:
 */
WeftInspected *
weft_inspect (WeftDocument *document, WeftInspectPart part, guint32 *node, GError **error)
{
  *node = 0;
  switch (part)
    {
    case WEFT_INSPECT_FORWARD:
    case WEFT_INSPECT_GRADIENT:
      return inspect_drawn (document, part, node, error);
    case WEFT_INSPECT_BACKWARD:
      return inspect_backward (document, node, error);
    case WEFT_INSPECT_TRAIN:
      return inspect_model (document, WEFT_MODEL_STEP, node, error);
    case WEFT_INSPECT_MEASURE:
      return inspect_model (document, WEFT_MODEL_MEASURE, node, error);
    case WEFT_INSPECT_PREDICT:
      return inspect_model (document, WEFT_MODEL_PREDICT, node, error);
    case WEFT_N_INSPECT:
      break;
    }
  g_return_val_if_reached (NULL);
}

/* ---- Kernels ---- */

static gboolean
is_static (const WeftApply *apply)
{
  for (guint i = 0; i < apply->n_outputs; i++)
    if (!weft_shape_is_static (&apply->outputs[i].type.shape))
      return FALSE;
  return TRUE;
}

/* weft_inspect_kernels:
 */
gboolean
weft_inspect_kernels (WeftHistory *history, guint *n_kernels, double *bytes)
{
  g_autoptr (WeftCursor) cursor = weft_cursor_new (history);
  g_autoptr (WeftGraph) graph = NULL;
  g_autoptr (GPtrArray) order = NULL;
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  guint                  n = weft_cursor_n_outputs (cursor);
  g_autofree guint      *values = g_new (guint, MAX (n, 1));
  g_autofree WeftValue **results = g_new (WeftValue *, MAX (n, 1));
  WeftProgram           *program;

  weft_cursor_go (cursor, weft_history_n_steps (history));
  for (guint i = 0; i < n; i++)
    values[i] = weft_cursor_output (cursor, i);
  graph = weft_cursor_copy (cursor, n, values, results, NULL);
  order = weft_graph_order (graph, n, results);
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      if (!is_static (apply))
        return FALSE;
      if (g_str_equal (apply->op->name, "input"))
        g_ptr_array_add (inputs, &apply->outputs[0]);
    }
  program = weft_program_new (g_steal_pointer (&graph), inputs->len, (WeftValue **) inputs->pdata,
                              n, results, 0, NULL, NULL);
  *n_kernels = program->n_steps;
  *bytes = program->bytes;
  weft_program_free (program);
  return TRUE;
}
