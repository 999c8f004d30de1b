/* The document's output ports as a model computes them: their order, and where a NaN comes from.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/model-private.h"

#include <math.h>
#include <string.h>

static int
compare_values (gconstpointer a, gconstpointer b)
{
  const WeftModelPort *x = a, *y = b;

  if (x->value->id != y->value->id)
    return x->value->id < y->value->id ? -1 : 1;
  return strcmp (x->port, y->port);
}

/* weft_model_ports:
 * @roots: values of the model as it is trained
 *
 * Returns: (element-type WeftModelPort): those that the roots depend on and their own, inputs
 * first; caller owns.
 */
GArray *
weft_model_ports (WeftModel *model, guint n_roots, WeftValue *const *roots)
{
  WeftLowered *lowered = model->lowered[TRUE];
  GArray      *ports = g_array_new (FALSE, FALSE, sizeof (WeftModelPort));
  g_autoptr (GPtrArray) order = weft_graph_order (lowered->graph, n_roots, roots);
  g_autoptr (GHashTable) reached = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer       name, value;

  for (guint i = 0; i < order->len; i++)
    g_hash_table_add (reached, g_ptr_array_index (order, i));
  g_hash_table_iter_init (&iter, lowered->values);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      WeftModelPort one = { name, value };

      if (g_hash_table_contains (reached, one.value->apply))
        g_array_append_val (ports, one);
    }
  g_array_sort (ports, compare_values);
  return ports;
}

static gboolean
is_finite (const WeftArray *array)
{
  for (gint64 i = 0; i < array->n_elements; i++)
    if (!isfinite (weft_array_get (array, i)))
      return FALSE;
  return TRUE;
}

/* weft_model_first_bad:
 * @columns: the batch of the step
 * @step: its number
 * @node: (out): the node
 *
 * Evaluates every port on the way to the loss once more, slowly.
 *
 * Returns: the first port with a number that is not finite; caller owns. NULL: all are finite.
 */
char *
weft_model_first_bad (WeftModel *model, WeftArray *const *columns, gint64 step, guint32 *node)
{
  WeftLowered *lowered = model->lowered[TRUE];
  WeftValue   *loss = weft_lowered_get (lowered, model->loss);
  g_autoptr (GArray) ports = weft_model_ports (model, 1, &loss);
  g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
  g_autofree WeftArray **arrays = g_new0 (WeftArray *, ports->len + 1);
  WeftPartSpec           spec = { .outputs = outputs };
  WeftPart               part = { 0 };
  WeftStepInfo           info = { .step = step };
  char                  *found = NULL;

  *node = 0;
  for (guint i = 0; i < ports->len; i++)
    g_ptr_array_add (outputs, g_array_index (ports, WeftModelPort, i).value);
  if (weft_part_make (model, lowered, &spec, &part, NULL) &&
      weft_part_call (&part, columns, &info, arrays, NULL, NULL))
    for (guint i = 0; i < ports->len; i++)
      {
        const WeftModelPort *one = &g_array_index (ports, WeftModelPort, i);

        if (found == NULL && !is_finite (arrays[i]))
          {
            found = g_strdup (one->port);
            *node = one->value->apply->origins->n > 0 ? one->value->apply->origins->nodes[0] : 0;
          }
        weft_array_unref (arrays[i]);
      }
  weft_part_clear (&part);
  return found;
}
