/* The graphs that the Optimise view looks at: every function of every example, without its data;
 * and the gradient taken apart into the forward and the backward graph, of which nothing is lost.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/train/inspect.h"

#include <string.h>

static WeftDocument *
load_example (const char *file)
{
  g_autofree char *path = g_build_filename (weft_data_dir (), "examples", file, NULL);
  g_autoptr (GError) error = NULL;
  WeftDocument *document = weft_document_load (path, &error);

  g_assert_no_error (error);
  return document;
}

static WeftInspected *
inspect (WeftDocument *document, WeftInspectPart part)
{
  g_autoptr (GError) error = NULL;
  guint32        node;
  WeftInspected *inspected = weft_inspect (document, part, &node, &error);

  g_assert_no_error (error);
  g_assert_nonnull (inspected);
  return inspected;
}

static void
count_ops (WeftGraph *graph, guint n, WeftValue *const *values, GHashTable *counts, gint by)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n, values);

  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);
      gint             count = GPOINTER_TO_INT (g_hash_table_lookup (counts, (gpointer) apply->op->name));

      if (apply->n_inputs > 0)
        g_hash_table_insert (counts, (gpointer) apply->op->name, GINT_TO_POINTER (count + by));
    }
}

/* ---- Every function of every example ---- */

static void
test_example (gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example (data);
  gboolean trains = weft_json_n_members (weft_document_get_training (document)) > 0;

  for (WeftInspectPart part = 0; part < WEFT_N_INSPECT; part++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftInspected) inspected = NULL;
      guint32 node;

      inspected = weft_inspect (document, part, &node, &error);
      if (inspected == NULL)
        {
          g_test_message ("%s: %s", weft_inspect_name (part), error->message);
          g_assert_false (trains);
          g_assert_cmpuint (part, !=, WEFT_INSPECT_FORWARD);
          continue;
        }
      g_assert_cmpuint (inspected->n, >, 0);
      g_assert_cmpuint (g_strv_length (inspected->names), ==, inspected->n);
      g_assert_true (weft_graph_check (inspected->graph, inspected->n, inspected->outputs, &error));
      g_assert_cmpuint (inspected->n_forward, <=, inspected->n);
      /* Sizes are numbers: costs can be told. */
      for (guint i = 0; i < inspected->n; i++)
        g_assert_true (weft_shape_is_static (&inspected->outputs[i]->type.shape));
    }
}

/* The kernels of what the optimiser makes of it. */
static void
test_kernels (void)
{
  g_autoptr (WeftDocument) document = load_example ("mnist-mlp.weft");
  guint  kernels[2];
  double bytes[2];

  for (guint i = 0; i < 2; i++)
    {
      const char *const without[] = { i == 0 ? NULL : "merge", NULL };
      g_autoptr (WeftInspected) inspected = inspect (document, WEFT_INSPECT_TRAIN);
      g_autoptr (WeftHistory) history = NULL;
      WeftCost cost;

      history = weft_history_new (g_steal_pointer (&inspected->graph), inspected->n,
                                  inspected->outputs, (const char *const *) inspected->names,
                                  without, NULL);
      g_assert_true (weft_inspect_kernels (history, &kernels[i], &bytes[i]));
      weft_history_cost (history, weft_history_n_steps (history), &cost);
      g_assert_cmpuint (kernels[i], >, 5);
      g_assert_cmpuint (kernels[i], <, cost.ops);
      g_assert_cmpfloat (bytes[i], <, cost.bytes);
    }
  g_assert_cmpuint (kernels[0], <=, kernels[1]);
}

/* ---- Forward and backward ---- */

static void
assert_equal_counts (GHashTable *counts)
{
  GHashTableIter iter;
  gpointer       op, count;

  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &op, &count))
    {
      if (count != NULL)
        g_test_message ("%s: %d", (const char *) op, GPOINTER_TO_INT (count));
      g_assert_null (count);
    }
}

/* The ops of both together are those of the gradient. */
static void
test_split (gconstpointer data)
{
  g_autoptr (WeftDocument) document = load_example (data);
  g_autoptr (WeftInspected) whole = inspect (document, WEFT_INSPECT_GRADIENT);
  g_autoptr (WeftInspected) parts = inspect (document, WEFT_INSPECT_BACKWARD);
  g_autoptr (GHashTable) counts = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) forward = g_hash_table_new (g_str_hash, g_str_equal);

  count_ops (whole->graph, whole->n, whole->outputs, counts, 1);
  count_ops (parts->graph, parts->n, parts->outputs, counts, -1);
  count_ops (parts->forward, 1, &parts->loss, counts, -1);
  assert_equal_counts (counts);
  count_ops (whole->graph, 1, whole->outputs, forward, 1);
  count_ops (parts->forward, 1, &parts->loss, forward, -1);
  assert_equal_counts (forward);
  g_assert_cmpstr (parts->loss_name, ==, whole->names[0]);
  for (guint i = 0; i < parts->n; i++)
    {
      g_assert_cmpstr (parts->names[i], ==, whole->names[i + 1]);
      g_assert_true (g_str_has_prefix (parts->names[i], "d_"));
    }
}

/* What the backward graph reads of the forward one has the name of its port. */
static void
test_names (void)
{
  g_autoptr (WeftDocument) document = load_example ("optimise-log-softmax.weft");
  g_autoptr (WeftInspected) parts = inspect (document, WEFT_INSPECT_BACKWARD);
  g_autoptr (GPtrArray) order = weft_graph_order (parts->graph, parts->n, parts->outputs);
  gboolean found = FALSE;

  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      if (g_str_equal (apply->op->name, "input") &&
          g_strcmp0 (apply->outputs[0].name, "p.y") == 0)
        {
          found = TRUE;
          g_assert_cmpuint (apply->origins->n, ==, 1);
          g_assert_cmpstr (weft_document_node (document, apply->origins->nodes[0])->id, ==, "p");
        }
    }
  g_assert_true (found);
}

/* ---- What cannot be looked at ---- */

static void
test_problems (void)
{
  g_autoptr (WeftDocument) document = weft_document_new ();
  g_autoptr (GError) error = NULL;
  guint32 node, softmax;

  softmax = weft_document_add_node (document, "softmax", NULL, NULL, 0, 0, &error);
  g_assert_no_error (error);
  g_assert_null (weft_inspect (document, WEFT_INSPECT_FORWARD, &node, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (node, ==, softmax);
  g_assert_nonnull (strstr (error->message, "softmax"));
}

int
main (int argc, char **argv)
{
  static const char *const split[] = { "optimise-log-softmax.weft", "optimise-cross-entropy.weft",
                                       "digits-mlp.weft", "mnist-lenet.weft", "char-lstm.weft" };
  g_autofree char         *folder = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *file;

  g_test_init (&argc, &argv, NULL);
  folder = g_build_filename (weft_data_dir (), "examples", NULL);
  dir = g_dir_open (folder, 0, NULL);
  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/train/inspect/example/%s", file);

      g_test_add_data_func_full (path, g_strdup (file), test_example, g_free);
    }
  for (guint i = 0; i < G_N_ELEMENTS (split); i++)
    {
      g_autofree char *path = g_strdup_printf ("/train/inspect/split/%s", split[i]);

      g_test_add_data_func (path, split[i], test_split);
    }
  g_test_add_func ("/train/inspect/kernels", test_kernels);
  g_test_add_func ("/train/inspect/names", test_names);
  g_test_add_func ("/train/inspect/problems", test_problems);
  return g_test_run ();
}
