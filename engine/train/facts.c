/* What a model does, as far as its document says.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/facts.h"

#include "engine/train/model.h"

#include <math.h>
#include <string.h>

#define LEAST_SIDE 5 /* pixels: fewer numbers are no picture */

/* What feeds the first input of the loss, or of the one node that does: a loss may be a sum. */
static char *
guess_output (WeftDocument *document, guint32 dataset, const char *target)
{
  for (guint i = 0; i < weft_document_n_wires (document); i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);
      if (wire->from != dataset || g_strcmp0 (wire->from_port, target) != 0)
        continue;
      for (guint k = 0; k < weft_document_n_wires (document); k++)
        {
          const WeftWire *other = weft_document_wire_at (document, k);
          if (other->to == wire->to && other->from != dataset)
            return g_strdup_printf ("%s.%s", weft_document_node (document, other->from)->id,
                                    other->from_port);
        }
    }
  return NULL;
}

static GHashTable *
reached_by (WeftLowered *lowered, const char *port)
{
  WeftValue  *value = port != NULL ? weft_lowered_get (lowered, port) : NULL;
  GHashTable *set = g_hash_table_new (NULL, NULL);
  if (value == NULL)
    return set;
  g_autoptr (GPtrArray) order = weft_graph_order (lowered->graph, 1, &value);
  for (guint i = 0; i < order->len; i++)
    g_hash_table_add (set, g_ptr_array_index (order, i));
  return set;
}

/* The columns that the output reads, and those that only the loss does. */
static void
find_columns (WeftFacts *facts, WeftLowered *lowered)
{
  g_autoptr (GHashTable) by_output = reached_by (lowered, facts->output);
  g_autoptr (GHashTable) by_loss = reached_by (lowered, facts->loss);
  guint n_inputs = 0, n_targets = 0;
  for (guint i = 0; i < lowered->inputs->len; i++)
    {
      const WeftInputPort *port = g_ptr_array_index (lowered->inputs, i);
      if (port->dataset == NULL)
        continue;
      facts->dataset = port->node;
      if (g_hash_table_contains (by_output, port->value->apply))
        {
          n_inputs++;
          facts->input = (int) port->column;
        }
      else if (g_hash_table_contains (by_loss, port->value->apply))
        {
          n_targets++;
          facts->target = (int) port->column;
        }
    }
  if (n_inputs != 1)
    facts->input = -1;
  if (n_targets != 1)
    facts->target = -1;
}

static char *
guess_from_wires (WeftFacts *facts, WeftDocument *document, WeftLowered *lowered)
{
  g_autoptr (GHashTable) by_loss = reached_by (lowered, facts->loss);
  for (guint i = lowered->inputs->len; i-- > 0;)
    {
      const WeftInputPort *port = g_ptr_array_index (lowered->inputs, i);
      const char          *dot = strrchr (port->name, '.');
      if (port->dataset == NULL || dot == NULL ||
          !g_hash_table_contains (by_loss, port->value->apply))
        continue;
      char *found = guess_output (document, port->node, dot + 1);
      if (found != NULL)
        return found;
    }
  return NULL;
}

static void
find_picture (WeftFacts *facts)
{
  const WeftColumn *column = facts->input_column;
  gint64            side = (gint64) llround (sqrt ((double) facts->n_features));
  if (column->dtype == WEFT_I32 || column->dtype == WEFT_I64)
    return;
  facts->channels = 1;
  if (column->rank == 1 && side >= LEAST_SIDE && side * side == facts->n_features)
    facts->width = facts->height = (guint) side;
  else if (column->rank == 2)
    {
      facts->height = (guint) column->shape[0];
      facts->width = (guint) column->shape[1];
    }
  else if (column->rank == 3)
    {
      facts->channels_last = column->shape[2] <= 4 && column->shape[0] > 4;
      facts->channels = (guint) column->shape[facts->channels_last ? 2 : 0];
      facts->height = (guint) column->shape[facts->channels_last ? 0 : 1];
      facts->width = (guint) column->shape[facts->channels_last ? 1 : 2];
    }
  if (facts->width < LEAST_SIDE || facts->height < LEAST_SIDE ||
      (facts->channels != 1 && facts->channels != 3))
    facts->width = facts->height = facts->channels = 0;
}

static gboolean
is_whole (WeftDType dtype)
{
  return dtype == WEFT_I32 || dtype == WEFT_I64;
}

/* Numbers a row of the output holds; -1: not known. */
static gint64
last_size (const WeftValue *value)
{
  const WeftShape *shape = &value->type.shape;
  if (shape->rank < 2)
    return 1;
  return weft_dim_is_number (shape->dims[shape->rank - 1]) ? shape->dims[shape->rank - 1].offset
                                                           : -1;
}

static void
find_task (WeftFacts *facts, const WeftValue *output)
{
  const WeftColumn *target = facts->target_column;
  gint64            last = last_size (output);
  if (target->rank >= 1 && is_whole (target->dtype) && output->type.shape.rank >= 3)
    {
      facts->task = target->classes != NULL ? WEFT_TASK_TEXT : WEFT_TASK_OTHER;
      facts->n_classes = target->classes != NULL ? g_strv_length (target->classes) : 0;
      return;
    }
  gboolean classes = target->classes != NULL || is_whole (target->dtype);
  if (classes && target->rank == 0 && (last == 1 || last >= 2))
    {
      facts->task = WEFT_TASK_CLASSES;
      facts->single = last == 1;
      facts->n_classes = facts->single ? 2 : (guint) last;
    }
  else if (!classes && target->rank <= 1 && output->type.shape.rank <= 2)
    facts->task = WEFT_TASK_NUMBERS;
}

static gboolean
is_squashed (WeftDocument *document, const char *port)
{
  g_autofree char *id = g_strndup (port, (gsize) (strrchr (port, '.') - port));
  const WeftNode  *node = weft_document_node_by_id (document, id);
  const char      *activation =
    node != NULL ? weft_json_get_string (node->params, "activation", "") : "";
  return node != NULL &&
         (g_str_equal (node->op, "sigmoid") || g_str_equal (node->op, "softmax") ||
          g_str_equal (activation, "sigmoid") || g_str_equal (activation, "softmax"));
}

/**
 * weft_facts_new:
 * @document: a document
 *
 * Returns: (transfer full): what it is about
 */
WeftFacts *
weft_facts_new (WeftDocument *document)
{
  WeftLowerOptions options = { .no_init = TRUE };
  g_autoptr (WeftLowered) lowered = weft_document_lower (document, &options);
  g_autofree char *folder = weft_document_dup_folder (document);
  WeftFacts       *facts = g_new0 (WeftFacts, 1);
  guint            n;
  facts->input = facts->target = -1;
  facts->loss = weft_model_guess_loss (document, lowered, NULL);
  facts->output =
    g_strdup (weft_json_get_string (weft_document_get_training (document), "output", NULL));
  if (facts->output == NULL && facts->loss != NULL)
    facts->output = guess_from_wires (facts, document, lowered);
  find_columns (facts, lowered);
  WeftValue *output = facts->output != NULL ? weft_lowered_get (lowered, facts->output) : NULL;
  if (facts->dataset == 0 || output == NULL)
    return facts;
  facts->is_probability = is_squashed (document, facts->output);
  facts->spec =
    weft_dataset_spec_new (weft_document_node (document, facts->dataset)->params, folder, NULL);
  if (facts->spec == NULL)
    return facts;
  const WeftColumn *columns = weft_dataset_spec_columns (facts->spec, &n);
  if (facts->input >= 0 && facts->input < (int) n)
    {
      facts->input_column = &columns[facts->input];
      facts->n_features = 1;
      for (guint i = 0; i < facts->input_column->rank; i++)
        facts->n_features *= facts->input_column->shape[i];
      find_picture (facts);
    }
  if (facts->target >= 0 && facts->target < (int) n)
    {
      facts->target_column = &columns[facts->target];
      find_task (facts, output);
    }
  return facts;
}

/**
 * weft_facts_free:
 * @facts: (nullable): facts
 */
void
weft_facts_free (WeftFacts *facts)
{
  if (facts == NULL)
    return;
  g_free (facts->loss);
  g_free (facts->output);
  g_clear_pointer (&facts->spec, weft_dataset_spec_unref);
  g_free (facts);
}

/**
 * weft_facts_probabilities:
 * @facts: of a model that predicts classes
 * @output: its output, [rows, classes]
 * @first: the row's first element
 * @p: gets a probability for each class
 *
 * Logits become probabilities: by softmax, or the logistic function where one number says it all.
 */
void
weft_facts_probabilities (const WeftFacts *facts, const WeftArray *output, gint64 first, double *p)
{
  guint  n = facts->n_classes;
  double sum = 0, most = -INFINITY;
  if (facts->single)
    {
      double x = weft_array_get (output, first);
      p[1] = facts->is_probability ? x : 1 / (1 + exp (-x));
      p[0] = 1 - p[1];
      return;
    }
  for (guint i = 0; i < n; i++)
    {
      p[i] = weft_array_get (output, first + i);
      most = MAX (most, p[i]);
    }
  if (facts->is_probability)
    return;
  for (guint i = 0; i < n; i++)
    sum += p[i] = exp (p[i] - most);
  for (guint i = 0; i < n; i++)
    p[i] /= sum;
}

/**
 * weft_facts_class_name:
 * @facts: of a model that predicts classes
 * @index: a class
 *
 * Returns: (transfer full): what people call it
 */
char *
weft_facts_class_name (const WeftFacts *facts, guint index)
{
  char **classes = facts->target_column != NULL ? facts->target_column->classes : NULL;
  if (classes != NULL && index < g_strv_length (classes))
    return g_strdup (classes[index]);
  return g_strdup_printf ("%u", index);
}
