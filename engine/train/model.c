/* From a document to the functions of a training run.
 *
 * The document is lowered twice, for training and for measuring, over the same shared values.
 * Functions other than the step are made when first asked for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/model-private.h"

#include "engine/grad/grad.h"
#include "engine/rewrite/rewrite.h"
#include "engine/train/training.h"
#include "engine/train/update.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* Inputs of a function that are no columns. */
#define SLOT_STEP (-1)

/* weft_part_clear:
 */
void
weft_part_clear (WeftPart *part)
{
  g_clear_pointer (&part->function, weft_function_free);
  g_clear_pointer (&part->slots, g_free);
}

/* weft_model_free:
 */
void
weft_model_free (WeftModel *model)
{
  for (guint i = 0; i < G_N_ELEMENTS (model->parts); i++)
    weft_part_clear (&model->parts[i]);
  for (guint i = 0; i < G_N_ELEMENTS (model->lowered); i++)
    g_clear_pointer (&model->lowered[i], weft_lowered_free);
  g_clear_pointer (&model->shared, g_ptr_array_unref);
  g_clear_pointer (&model->names, g_ptr_array_unref);
  g_clear_pointer (&model->dropped, weft_shared_unref);
  g_clear_pointer (&model->training, weft_training_free);
  g_strfreev (model->without);
  g_free (model->loss);
  g_free (model->output);
  g_free (model);
}

/* ---- Ports ---- */

static gboolean
is_cost (WeftValue *value)
{
  const WeftApply *apply = value->apply;

  return value->type.shape.rank == 0 && weft_dtype_is_float (value->type.dtype) &&
         apply->shared == NULL && apply->literal == NULL && apply->n_inputs > 0 &&
         apply->op->no_grad == NULL;
}

static gboolean
is_wired (WeftDocument *document, guint32 node, const char *port)
{
  for (guint i = 0; i < weft_document_n_wires (document); i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);

      if (wire->from == node && g_str_equal (wire->from_port, port))
        return TRUE;
    }
  return FALSE;
}

/* weft_model_guess_loss:
 * @lowered: of @document
 *
 * Returns: the loss that the training section names, else the one scalar that nothing uses and that
 * has a gradient; caller owns.
 * Errors: WEFT_DOCUMENT_ERROR_MODEL if there is none, or more than one.
 */
char *
weft_model_guess_loss (WeftDocument *document, WeftLowered *lowered, GError **error)
{
  const char *stated =
    weft_json_get_string (weft_document_get_training (document), "loss", NULL);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *list = NULL;

  if (stated != NULL)
    return g_strdup (stated);
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      const WeftNode *node = weft_document_node_at (document, i);
      g_autoptr (WeftPorts) ports = weft_document_ports (document, node->uid);

      for (guint k = 0; ports != NULL && k < ports->n_outputs; k++)
        {
          g_autofree char *port = g_strdup_printf ("%s.%s", node->id, ports->outputs[k].name);
          WeftValue       *value = weft_lowered_get (lowered, port);

          if (value != NULL && is_cost (value) &&
              !is_wired (document, node->uid, ports->outputs[k].name))
            g_ptr_array_add (found, g_steal_pointer (&port));
        }
    }
  if (found->len == 1)
    return g_ptr_array_steal_index (found, 0);
  g_ptr_array_add (found, NULL);
  list = g_strjoinv (", ", (char **) found->pdata);
  if (found->len == 1)
    g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                 _ ("training: there is no loss; add a loss such as cross_entropy to the model"));
  else
    g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                 _ ("training: which of %s is the loss? Say so in the training section"), list);
  return NULL;
}

static guint32
port_node (WeftDocument *document, const char *port)
{
  const char      *dot = strchr (port, '.');
  g_autofree char *id = dot != NULL ? g_strndup (port, dot - port) : g_strdup (port);
  const WeftNode  *node = weft_document_node_by_id (document, id);

  return node != NULL ? node->uid : 0;
}

static char *
problem_text (WeftDocument *document, const WeftProblem *problem)
{
  const WeftNode *node = weft_document_node (document, problem->node);

  if (node == NULL)
    return g_strdup (problem->message);
  if (problem->port == NULL)
    return g_strdup_printf ("%s: %s", node->id, problem->message);
  return g_strdup_printf ("%s.%s: %s", node->id, problem->port, problem->message);
}

/* The scalar at @port, as a metric or loss. */
static WeftValue *
find_scalar (WeftDocument *document,
             WeftLowered  *lowered,
             const char   *what,
             const char   *port,
             guint32      *blame,
             GError      **error)
{
  WeftValue *value = weft_lowered_get (lowered, port);
  guint32    node = port_node (document, port);

  *blame = node;
  for (guint i = 0; value == NULL && i < lowered->problems->len; i++)
    {
      const WeftProblem *problem = g_ptr_array_index (lowered->problems, i);
      g_autofree char   *text = problem_text (document, problem);

      *blame = problem->node;
      g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, text);
      return NULL;
    }
  if (value == NULL)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("training: %s is “%s”, but there is no such output"), what, port);
      return NULL;
    }
  if (value->type.shape.rank != 0)
    {
      g_autofree char *shape = weft_shape_to_string (&value->type.shape);
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("training: %s %s has shape %s; it must be one number, such as its mean"),
                   what, port, shape);
      return NULL;
    }
  *blame = 0;
  return value;
}

/* Loss and metrics in @lowered, in order; NULL and an error if one is missing. */
static GPtrArray *
find_metrics (
  WeftModel *model, WeftDocument *document, WeftLowered *lowered, guint32 *blame, GError **error)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  WeftTraining *training = model->training;
  WeftValue    *loss = find_scalar (document, lowered, _ ("the loss"), model->loss, blame, error);

  if (loss == NULL)
    return NULL;
  g_ptr_array_add (values, loss);
  for (guint i = 0; i < training->n_metrics; i++)
    {
      WeftValue *metric =
        find_scalar (document, lowered, training->names[i], training->ports[i], blame, error);

      if (metric == NULL)
        return NULL;
      g_ptr_array_add (values, metric);
    }
  return g_steal_pointer (&values);
}

/* ---- Functions ---- */

static int
input_slot (WeftLowered *lowered, WeftValue *const *extra, WeftValue *value)
{
  for (guint k = 0; k < lowered->inputs->len; k++)
    {
      const WeftInputPort *port = g_ptr_array_index (lowered->inputs, k);

      if (port->value == value)
        return port->column;
    }
  for (guint k = 0; k < WEFT_N_SCHEDULE_INPUTS && extra != NULL; k++)
    if (extra[k] == value)
      return SLOT_STEP - (int) k;
  g_error ("the input %s is none of the document's", value->name);
}

/* Only one data set can feed a step, and an input node nothing. */
static gboolean
check_input (WeftModel    *model,
             WeftDocument *document,
             WeftLowered  *lowered,
             WeftValue    *value,
             guint32      *blame,
             GError      **error)
{
  for (guint k = 0; k < lowered->inputs->len; k++)
    {
      const WeftInputPort *port = g_ptr_array_index (lowered->inputs, k);

      if (port->value != value)
        continue;
      *blame = port->node;
      if (port->dataset == NULL)
        {
          g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                       _ ("training: the loss needs the input %s, which has no data; wire a data "
                          "set there instead"),
                       port->name);
          return FALSE;
        }
      if (model->dataset != 0 && model->dataset != port->node)
        {
          const WeftNode *first = weft_document_node (document, model->dataset);
          g_set_error (
            error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
            _ ("training: the loss reads two data sets, %s and %s; one run can read one"),
            first->id, port->dataset);
          return FALSE;
        }
      model->dataset = port->node;
      *blame = 0;
    }
  return TRUE;
}

/* weft_part_make:
 * @lowered: of the model, one of the two
 *
 * Errors: those of weft_function_new; cleared by the caller then too.
 */
gboolean
weft_part_make (
  WeftModel *model, WeftLowered *lowered, const WeftPartSpec *spec, WeftPart *part, GError **error)
{
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) roots = g_ptr_array_new ();
  g_autoptr (GPtrArray) order = NULL;
  WeftFunctionSpec function = { 0 };

  g_ptr_array_extend (roots, spec->outputs, NULL, NULL);
  if (spec->values != NULL)
    g_ptr_array_extend (roots, spec->values, NULL, NULL);
  order = weft_graph_order (lowered->graph, roots->len, (WeftValue **) roots->pdata);
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      if (g_str_equal (apply->op->name, "input"))
        g_ptr_array_add (inputs, weft_apply_output (apply, 0));
    }
  part->n_inputs = inputs->len;
  part->n_outputs = spec->outputs->len;
  part->slots = g_new0 (int, inputs->len + 1);
  for (guint i = 0; i < inputs->len; i++)
    part->slots[i] = input_slot (lowered, spec->extra, g_ptr_array_index (inputs, i));
  function.graph = lowered->graph;
  function.n_inputs = inputs->len;
  function.inputs = (WeftValue **) inputs->pdata;
  function.n_outputs = spec->outputs->len;
  function.outputs = (WeftValue **) spec->outputs->pdata;
  if (spec->targets != NULL)
    {
      function.n_updates = spec->targets->len;
      function.targets = (WeftShared **) spec->targets->pdata;
      function.new_values = (WeftValue **) spec->values->pdata;
    }
  function.mode = model->options.mode;
  function.device = model->options.device;
  function.seed = model->seed;
  function.no_rewrites = model->options.no_rewrites;
  function.without = (const char *const *) model->without;
  part->function = weft_function_new (&function, error);
  return part->function != NULL;
}

/* The trainable values that @loss depends on and that are not frozen, with their gradients; those
 * that it does not depend on are left out. */
static gboolean
find_gradients (WeftModel *model,
                WeftValue *loss,
                GPtrArray *parameters,
                GPtrArray *gradients,
                GPtrArray *frozen,
                GError   **error)
{
  WeftLowered *lowered = model->lowered[TRUE];
  g_autoptr (GPtrArray) wrt = g_ptr_array_new ();
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_autofree WeftValue **grads = NULL;

  for (guint i = 0; i < lowered->shared->len; i++)
    {
      WeftShared *shared = g_ptr_array_index (lowered->shared, i);

      if (!shared->trainable)
        continue;
      if (weft_adjustments_get (&model->training->adjustments, shared->name).frozen)
        {
          g_ptr_array_add (frozen, shared);
          continue;
        }
      g_ptr_array_add (all, shared);
      g_ptr_array_add (wrt, weft_graph_shared (lowered->graph, shared));
    }
  grads = g_new0 (WeftValue *, wrt->len + 1);
  if (wrt->len > 0 && !weft_grad (lowered->graph, loss, NULL, NULL, wrt->len,
                                  (WeftValue **) wrt->pdata, WEFT_DISCONNECTED_NONE, grads, error))
    return FALSE;
  for (guint i = 0; i < wrt->len; i++)
    if (grads[i] != NULL)
      {
        g_ptr_array_add (parameters, g_ptr_array_index (all, i));
        g_ptr_array_add (gradients, grads[i]);
      }
  if (parameters->len > 0)
    return TRUE;
  if (frozen->len > 0)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("training: there is nothing to train: every parameter that the loss %s "
                      "depends on is frozen"),
                   model->loss);
      return FALSE;
    }
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
               _ ("training: there is nothing to train: the loss %s depends on no parameter"),
               model->loss);
  return FALSE;
}

static void
keep_shared (WeftModel *model, WeftShared *shared)
{
  if (!g_ptr_array_find (model->shared, shared, NULL))
    g_ptr_array_add (model->shared, weft_shared_ref (shared));
}

/* State that a checkpoint holds; no node can have this name. */
static WeftShared *
new_counter (void)
{
  g_autoptr (WeftArray) zero = weft_array_new_scalar (WEFT_F64, 0);
  WeftShared *counter = weft_shared_new ("training:dropped", "state", zero);

  counter->trainable = FALSE;
  return counter;
}

static gboolean
add_updates (
  WeftModel *model, WeftValue *loss, WeftValue *const *extra, WeftPartSpec *spec, GError **error)
{
  WeftGraph    *graph = model->lowered[TRUE]->graph;
  WeftTraining *training = model->training;
  g_autoptr (GPtrArray) parameters = g_ptr_array_new ();
  g_autoptr (GPtrArray) gradients = g_ptr_array_new ();
  g_autoptr (GPtrArray) frozen = g_ptr_array_new ();
  WeftUpdateContext context = { .graph = graph, .frozen = frozen };

  if (!find_gradients (model, loss, parameters, gradients, frozen, error))
    return FALSE;
  context.rate =
    weft_schedule_build (training->schedule, training->schedule_knobs, graph, extra, error);
  if (context.rate == NULL)
    return FALSE;
  context.t = weft_graph_op (graph, "add", extra[0], weft_graph_scalar (graph, WEFT_F64, 1), NULL);
  if (training->drop_non_finite)
    model->dropped = new_counter ();
  for (guint i = 0; i < model->lowered[TRUE]->targets->len; i++)
    {
      g_ptr_array_add (spec->targets,
                       weft_shared_ref (g_ptr_array_index (model->lowered[TRUE]->targets, i)));
      g_ptr_array_add (spec->values, g_ptr_array_index (model->lowered[TRUE]->new_values, i));
    }
  if (!weft_updates_build (training, &context, loss, model->dropped, parameters, gradients,
                           spec->targets, spec->values, error))
    return FALSE;
  for (guint i = 0; i < parameters->len; i++)
    model->n_parameters += ((WeftShared *) g_ptr_array_index (parameters, i))->value->n_elements;
  for (guint i = 0; i < spec->targets->len; i++)
    keep_shared (model, g_ptr_array_index (spec->targets, i));
  g_ptr_array_add (spec->outputs, context.rate);
  return TRUE;
}

static gboolean
make_step (WeftModel *model, WeftDocument *document, guint32 *blame, GError **error)
{
  WeftLowered *lowered = model->lowered[TRUE];
  WeftType     scalar = { .dtype = WEFT_F64 };
  g_autoptr (GPtrArray) outputs = find_metrics (model, document, lowered, blame, error);
  g_autoptr (GPtrArray) targets =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GPtrArray) roots = g_ptr_array_new ();
  g_autoptr (GPtrArray) order = NULL;
  WeftValue   *extra[WEFT_N_SCHEDULE_INPUTS];
  WeftPartSpec spec;

  if (outputs == NULL)
    return FALSE;
  g_ptr_array_extend (roots, outputs, NULL, NULL);
  g_ptr_array_extend (roots, lowered->new_values, NULL, NULL);
  order = weft_graph_order (lowered->graph, roots->len, (WeftValue **) roots->pdata);
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      if (g_str_equal (apply->op->name, "input") &&
          !check_input (model, document, lowered, weft_apply_output (apply, 0), blame, error))
        return FALSE;
    }
  for (guint i = 0; i < WEFT_N_SCHEDULE_INPUTS; i++)
    extra[i] = weft_graph_input (lowered->graph, weft_schedule_input_names[i], &scalar);
  spec = (WeftPartSpec){ outputs, targets, values, extra };
  if (add_updates (model, g_ptr_array_index (outputs, 0), extra, &spec, error) &&
      weft_part_make (model, lowered, &spec, &model->parts[WEFT_MODEL_STEP], error))
    return TRUE;
  *blame = port_node (document, model->loss);
  return FALSE;
}

static gboolean
make_measure (WeftModel *model, WeftDocument *document, guint32 *blame, GError **error)
{
  g_autoptr (GPtrArray) outputs =
    find_metrics (model, document, model->lowered[FALSE], blame, error);
  WeftPartSpec spec = { .outputs = outputs };

  return outputs != NULL && weft_part_make (model, model->lowered[FALSE], &spec,
                                            &model->parts[WEFT_MODEL_MEASURE], error);
}

/* What the model predicts: the port that the section names, else what feeds the loss node's first
 * input. */
static char *
find_output (WeftModel *model, WeftDocument *document)
{
  guint32 loss = port_node (document, model->loss);
  g_autoptr (WeftPorts) ports = weft_document_ports (document, loss);
  const WeftWire *wire = NULL;

  if (model->training->output != NULL)
    return g_strdup (model->training->output);
  if (ports != NULL && ports->n_inputs > 0)
    wire = weft_document_wire_into (document, loss, ports->inputs[0].name);
  if (wire == NULL)
    return NULL;
  return g_strdup_printf ("%s.%s", weft_document_node (document, wire->from)->id, wire->from_port);
}

static gboolean
make_predict (WeftModel *model, GError **error)
{
  WeftValue *value =
    model->output != NULL ? weft_lowered_get (model->lowered[FALSE], model->output) : NULL;
  g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
  WeftPartSpec spec = { .outputs = outputs };

  if (value == NULL)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("training: the model has no output to predict; name one in the training "
                      "section, \"output\": \"logits.y\""));
      return FALSE;
    }
  g_ptr_array_add (outputs, value);
  return weft_part_make (model, model->lowered[FALSE], &spec, &model->parts[WEFT_MODEL_PREDICT],
                         error);
}

/* ---- Making a model ---- */

static gboolean
lower (WeftModel *model, WeftDocument *document)
{
  g_autoptr (GHashTable) shared = g_hash_table_new (g_str_hash, g_str_equal);
  WeftLowerOptions options = { .training = TRUE, .seed = model->seed };

  model->lowered[TRUE] = weft_document_lower (document, &options);
  for (guint i = 0; i < model->lowered[TRUE]->shared->len; i++)
    {
      WeftShared *one = g_ptr_array_index (model->lowered[TRUE]->shared, i);

      keep_shared (model, one);
      g_hash_table_insert (shared, one->name, one);
    }
  options.training = FALSE;
  options.shared = shared;
  model->lowered[FALSE] = weft_document_lower (document, &options);
  return TRUE;
}

/* weft_model_new:
 * @document: read only during the call
 * @options: (nullable): seed, mode, rules off
 * @node: (out): the node to blame for an error, 0 if none
 *
 * Returns: the model with fresh parameters; caller owns.
 * Errors: WEFT_DOCUMENT_ERROR_MODEL; those of gradients and functions.
 */
WeftModel *
weft_model_new (WeftDocument           *document,
                const WeftModelOptions *options,
                guint32                *node,
                GError                **error)
{
  g_autoptr (WeftModel) model = g_new0 (WeftModel, 1);

  *node = 0;
  model->shared = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  model->names = g_ptr_array_new ();
  model->training = weft_training_new (document, error);
  if (model->training == NULL)
    return NULL;
  model->options.seed = -1;
  if (options != NULL)
    model->options = *options;
  model->without = g_strdupv ((char **) model->options.without);
  if (!model->options.no_rewrites)
    weft_rules_prepare ();
  model->seed = model->options.seed >= 0 ? model->options.seed : model->training->seed;
  lower (model, document);
  model->loss = weft_model_guess_loss (document, model->lowered[TRUE], error);
  if (model->loss == NULL)
    return NULL;
  g_ptr_array_add (model->names, (gpointer) "loss");
  for (guint i = 0; i < model->training->n_metrics; i++)
    g_ptr_array_add (model->names, model->training->names[i]);
  g_ptr_array_add (model->names, NULL);
  model->output = find_output (model, document);
  if (!make_step (model, document, node, error) || !make_measure (model, document, node, error))
    return NULL;
  return g_steal_pointer (&model);
}

/* ---- Looking ---- */

gint64
weft_model_seed (WeftModel *model)
{
  return model->seed;
}

double
weft_model_rate (WeftModel *model)
{
  return model->training->rate;
}

gsize
weft_model_batch (WeftModel *model)
{
  return model->training->batch;
}

gint64
weft_model_steps (WeftModel *model)
{
  return model->training->steps;
}

gint64
weft_model_epochs (WeftModel *model)
{
  return model->training->epochs;
}

const WeftTraining *
weft_model_training (WeftModel *model)
{
  return model->training;
}

const WeftMonitor *
weft_model_monitor (WeftModel *model)
{
  return &model->training->monitor;
}

guint32
weft_model_dataset (WeftModel *model)
{
  return model->dataset;
}

guint
weft_model_n_metrics (WeftModel *model)
{
  return model->names->len - 1;
}

const char *const *
weft_model_metric_names (WeftModel *model)
{
  return (const char *const *) model->names->pdata;
}

const char *
weft_model_loss_port (WeftModel *model)
{
  return model->loss;
}

const char *
weft_model_output_port (WeftModel *model)
{
  return model->output;
}

GPtrArray *
weft_model_shared (WeftModel *model)
{
  return model->shared;
}

gint64
weft_model_n_parameters (WeftModel *model)
{
  return model->n_parameters;
}

/* weft_model_drops:
 * @dropped: (out): how many so far
 *
 * Returns: whether steps that are not finite are dropped.
 */
gboolean
weft_model_drops (WeftModel *model, gint64 *dropped)
{
  if (model->dropped != NULL)
    weft_shared_settle (model->dropped);
  *dropped = model->dropped != NULL ? (gint64) weft_array_get (model->dropped->value, 0) : 0;
  return model->dropped != NULL;
}

/* ---- Calling ---- */

/* The part's inputs in order; those made here go to @made too. */
static WeftArray **
gather_inputs (const WeftPart     *part,
               WeftArray *const   *columns,
               const WeftStepInfo *info,
               GPtrArray          *made)
{
  WeftArray **inputs = g_new0 (WeftArray *, part->n_inputs + 1);

  for (guint i = 0; i < part->n_inputs; i++)
    if (part->slots[i] >= 0)
      inputs[i] = columns[part->slots[i]];
    else
      {
        double numbers[WEFT_N_SCHEDULE_INPUTS] = { info->step, info->total, info->rate,
                                                   info->plateaus };

        inputs[i] = weft_array_new_scalar (WEFT_F64, numbers[SLOT_STEP - part->slots[i]]);
        g_ptr_array_add (made, inputs[i]);
      }
  return inputs;
}

/* weft_part_call:
 * @outputs: (out): as many as the part has, caller owns
 */
gboolean
weft_part_call (const WeftPart     *part,
                WeftArray *const   *columns,
                const WeftStepInfo *info,
                WeftArray         **outputs,
                GCancellable       *cancellable,
                GError            **error)
{
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  g_autofree WeftArray **inputs = gather_inputs (part, columns, info, made);

  weft_function_set_step (part->function, info->step);
  return weft_function_call (part->function, inputs, outputs, cancellable, error);
}

static gboolean
call_for_numbers (const WeftPart     *part,
                  WeftArray *const   *columns,
                  const WeftStepInfo *info,
                  double             *numbers,
                  GCancellable       *cancellable,
                  GError            **error)
{
  WeftArray *outputs[WEFT_MAX_METRICS + 1];

  if (!weft_part_call (part, columns, info, outputs, cancellable, error))
    return FALSE;
  for (guint i = 0; i < part->n_outputs; i++)
    {
      numbers[i] = weft_array_get (outputs[i], 0);
      weft_array_unref (outputs[i]);
    }
  return TRUE;
}

/* weft_model_step:
 * @columns: batches of the data set's columns
 * @info: where the run is
 * @metrics: (out): n_metrics numbers
 * @rate_now: (out) (nullable): the scheduled rate
 *
 * One training step. Errors: those of weft_function_call; nothing is updated then.
 */
gboolean
weft_model_step (WeftModel          *model,
                 WeftArray *const   *columns,
                 const WeftStepInfo *info,
                 double             *metrics,
                 double             *rate_now,
                 GCancellable       *cancellable,
                 GError            **error)
{
  double numbers[WEFT_MAX_METRICS + 1];
  guint  n = weft_model_n_metrics (model);

  if (!call_for_numbers (&model->parts[WEFT_MODEL_STEP], columns, info, numbers, cancellable,
                         error))
    return FALSE;
  memcpy (metrics, numbers, n * sizeof *metrics);
  if (rate_now != NULL)
    *rate_now = numbers[n];
  return TRUE;
}

/* weft_model_measure:
 * @step: decides random numbers, where the model still has any
 *
 * Loss and metrics without training. Errors: those of weft_function_call.
 */
gboolean
weft_model_measure (WeftModel        *model,
                    WeftArray *const *columns,
                    gint64            step,
                    double           *metrics,
                    GCancellable     *cancellable,
                    GError          **error)
{
  WeftStepInfo info = { .step = step };

  return call_for_numbers (&model->parts[WEFT_MODEL_MEASURE], columns, &info, metrics, cancellable,
                           error);
}

/* weft_model_function:
 *
 * Returns: the part's function, borrowed; NULL and WEFT_DOCUMENT_ERROR_MODEL if the document has no
 * output to predict.
 */
WeftFunction *
weft_model_function (WeftModel *model, WeftModelPart part, GError **error)
{
  if (model->parts[part].function == NULL && !make_predict (model, error))
    return NULL;
  return model->parts[part].function;
}

/* weft_model_predict:
 * @output: (out): caller owns
 */
gboolean
weft_model_predict (WeftModel        *model,
                    WeftArray *const *columns,
                    WeftArray       **output,
                    GCancellable     *cancellable,
                    GError          **error)
{
  WeftStepInfo info = { 0 };

  if (weft_model_function (model, WEFT_MODEL_PREDICT, error) == NULL)
    return FALSE;
  return weft_part_call (&model->parts[WEFT_MODEL_PREDICT], columns, &info, output, cancellable,
                         error);
}

/* weft_model_prepare:
 *
 * Makes the program of @part for these shapes. Errors: those of weft_function_prepare.
 */
gboolean
weft_model_prepare (WeftModel *model, WeftModelPart part, WeftArray *const *columns, GError **error)
{
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  g_autofree WeftArray **inputs = NULL;
  WeftStepInfo           info = { .total = 1, .rate = 1 };

  if (weft_model_function (model, part, error) == NULL)
    return FALSE;
  inputs = gather_inputs (&model->parts[part], columns, &info, made);
  return weft_function_prepare (model->parts[part].function, inputs, error);
}

/* ---- Graphs of parts ---- */

static void
name_results (WeftModel *model, WeftModelPart part, guint n, GPtrArray *names)
{
  guint n_metrics = weft_model_n_metrics (model);

  for (guint i = 0; i < n; i++)
    {
      const char *name = model->output;

      if (part != WEFT_MODEL_PREDICT && i < n_metrics)
        name = g_ptr_array_index (model->names, i);
      else if (part == WEFT_MODEL_STEP && i == n_metrics)
        name = "rate";
      else if (part == WEFT_MODEL_STEP)
        name = weft_function_get_target (model->parts[part].function, i - n_metrics - 1)->name;
      g_ptr_array_add (names, g_strdup (name));
    }
}

/* weft_model_copy_graph:
 * @names: gets a name for each of @results: loss, metrics, "rate" and the shared values that get
 * new values; the port that is predicted
 */
WeftGraph *
weft_model_copy_graph (WeftModel    *model,
                       WeftModelPart part,
                       WeftBindings *bindings,
                       GPtrArray    *results,
                       GPtrArray    *names,
                       GError      **error)
{
  WeftFunction *function = weft_model_function (model, part, error);
  WeftGraph    *graph;

  if (function == NULL)
    return NULL;
  graph = weft_function_copy_graph (function, bindings, results, error);
  if (graph != NULL)
    name_results (model, part, results->len, names);
  return graph;
}
