/* Tests of how rows train: in sequence, drawn by weight, in batches of one length, with and without
 * a short one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/dataset.h"

#include <math.h>
#include <string.h>

#define N_ROWS 1003
#define BATCH 50

/* Row i: its number, a weight, a length and a class of which the first has nine of ten rows. */
static char *
make_table (void)
{
  GString *text = g_string_new ("i\tw\tn\tc\n");

  for (guint i = 0; i < N_ROWS; i++)
    g_string_append_printf (text, "%u\t%u\t%u\t%s\n", i, i % 3, i * 7919 % 100,
                            i % 10 == 0 ? "rare" : "often");
  return g_string_free (text, FALSE);
}

static WeftDatasetSpec *
read_spec (const char *batches, GError **error)
{
  g_autofree char *text =
    g_strdup_printf ("{'columns': [{'name': 'i', 'type': 'i32'}, {'name': 'w'}, {'name': 'n'}, "
                     "{'name': 'c', 'classes': ['often', 'rare']}, "
                     "{'name': 'pair', 'from': ['w', 'n']}], 'split': {'train': 1, 'shuffle': "
                     "false}, 'batches': %s}",
                     batches);
  g_autofree char *table = make_table ();
  g_autoptr (WeftJson) json = weft_json_parse (g_strdelimit (text, "'", '"'), -1, error);

  g_assert_nonnull (json);
  weft_json_set_string (json, "table", table);
  return weft_dataset_spec_new (json, NULL, error);
}

static WeftDataset *
open_data (const char *batches)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDatasetSpec) spec = read_spec (batches, &error);
  WeftDataset *dataset;

  g_assert_no_error (error);
  dataset = weft_dataset_open (spec, NULL, &error);
  g_assert_no_error (error);
  return dataset;
}

/* The rows' numbers as they come, of epoch @epoch; all batches but the last one are whole. */
static GArray *
walk (WeftDataset *dataset, guint64 epoch)
{
  g_autoptr (WeftBatches) batches =
    weft_batches_new (dataset, WEFT_SPLIT_TRAIN, BATCH, TRUE, 1, epoch);
  GArray    *order = g_array_new (FALSE, FALSE, sizeof (gint32));
  WeftArray *columns[5];
  gsize      n;

  while (weft_batches_next (batches, columns, &n, NULL))
    {
      g_array_append_vals (order, columns[0]->data, (guint) n);
      for (guint c = 0; c < 5; c++)
        weft_array_unref (columns[c]);
    }
  return order;
}

static gint32
number (const GArray *order, guint i)
{
  return g_array_index (order, gint32, i);
}

static void
test_sequential (void)
{
  g_autoptr (WeftDataset) dataset = open_data ("{'order': 'sequential'}");
  g_autoptr (GArray) order = walk (dataset, 3);

  g_assert_cmpuint (order->len, ==, N_ROWS);
  for (guint i = 0; i < N_ROWS; i++)
    g_assert_cmpint (number (order, i), ==, (gint32) i);
}

static void
test_last (void)
{
  g_autoptr (WeftDataset) keep = open_data ("{'order': 'sequential', 'last': 'keep'}");
  g_autoptr (WeftDataset) drop = open_data ("{'order': 'sequential', 'last': 'drop'}");
  g_autoptr (WeftDataset) fill = open_data ("{'order': 'sequential', 'last': 'fill'}");
  g_autoptr (WeftBatches) measured = weft_batches_new (drop, WEFT_SPLIT_TRAIN, BATCH, FALSE, 0, 0);
  g_autoptr (GArray) kept = walk (keep, 0), dropped = walk (drop, 0), filled = walk (fill, 0);

  g_assert_cmpuint (kept->len, ==, N_ROWS);
  g_assert_cmpuint (dropped->len, ==, N_ROWS / BATCH * BATCH);
  g_assert_cmpuint (filled->len, ==, (N_ROWS / BATCH + 1) * BATCH);
  for (guint i = N_ROWS; i < filled->len; i++)
    g_assert_cmpint (number (filled, i), ==, (gint32) (i - N_ROWS));
  g_assert_cmpuint (weft_batches_count (measured), ==,
                    N_ROWS / BATCH + 1); /* what is measured is all of it */
}

/* Rows of weight 0 never come, those of weight 2 twice as often as those of weight 1: 5 deviations.
 */
static void
test_weights (void)
{
  g_autoptr (WeftDataset) dataset = open_data ("{'weights': 'w'}");
  guint counts[3] = { 0 }, n = 0;

  for (guint64 epoch = 0; epoch < 20; epoch++)
    {
      g_autoptr (GArray) order = walk (dataset, epoch), again = walk (dataset, epoch);

      g_assert_cmpuint (order->len, ==, N_ROWS);
      g_assert_cmpmem (order->data, order->len * 4, again->data, again->len * 4);
      for (guint i = 0; i < order->len; i++, n++)
        counts[number (order, i) % 3]++;
    }
  g_assert_cmpuint (counts[0], ==, 0);
  g_assert_cmpfloat (fabs (counts[2] - n * 2 / 3.0), <, 5 * sqrt (n * 2 / 9.0) + 0.01 * n);
}

static void
test_classes (void)
{
  g_autoptr (WeftDataset) dataset = open_data ("{'weights': 'c'}");
  guint rare = 0, n = 0;

  for (guint64 epoch = 0; epoch < 20; epoch++)
    {
      g_autoptr (GArray) order = walk (dataset, epoch);

      for (guint i = 0; i < order->len; i++, n++)
        rare += number (order, i) % 10 == 0;
    }
  g_assert_cmpfloat (fabs (rare - n / 2.0), <, 5 * sqrt (n / 4.0));
}

static gint32
length_of (const GArray *order, guint i)
{
  return number (order, i) * 7919 % 100;
}

/* All rows once; a batch's lengths lie closer together than a tenth of all, but batches come in any
 * order. */
static void
test_bucket (void)
{
  g_autoptr (WeftDataset) dataset = open_data ("{'bucket': 'n'}");
  g_autoptr (GArray) order = walk (dataset, 0), later = walk (dataset, 1);
  gboolean seen[N_ROWS] = { FALSE };
  guint    falling = 0;

  g_assert_cmpuint (order->len, ==, N_ROWS);
  for (guint i = 0; i < N_ROWS; i++)
    {
      g_assert_false (seen[number (order, i)]);
      seen[number (order, i)] = TRUE;
    }
  for (guint first = 0; first + BATCH <= N_ROWS; first += BATCH)
    {
      gint32 low = 100, high = 0;

      for (guint i = first; i < first + BATCH; i++)
        {
          low = MIN (low, length_of (order, i));
          high = MAX (high, length_of (order, i));
        }
      g_assert_cmpint (high - low, <, 10);
      falling += first > 0 && length_of (order, first) < length_of (order, first - 1);
    }
  g_assert_cmpuint (falling, >, 3);
  g_assert_true (memcmp (order->data, later->data, N_ROWS * 4) != 0);
}

static void
test_bad (void)
{
  static const char *const bad[][2] = {
    { "{'order': 'random'}", "batches.order" },
    { "{'order': 3}", "batches.order" },
    { "{'last': 'skip'}", "batches.last" },
    { "{'weights': 'none'}", "batches.weights" },
    { "{'weights': 7}", "batches.weights" },
    { "{'bucket': 'none'}", "batches.bucket" },
    { "{'order': 'sequential', 'weights': 'w'}", "sequence" },
    { "{'size': 3}", "batches.size" },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDatasetSpec) spec = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) local = NULL;

      g_assert_null (read_spec (bad[i][0], &local));
      g_assert_error (local, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_SPEC);
      g_assert_nonnull (strstr (local->message, bad[i][1]));
    }
  spec = read_spec ("{'weights': 'pair'}", &error);
  g_assert_no_error (error);
  g_assert_null (weft_dataset_open (spec, NULL, &error));
  g_assert_nonnull (strstr (error->message, "batches.weights"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/order/sequential", test_sequential);
  g_test_add_func ("/engine/order/last", test_last);
  g_test_add_func ("/engine/order/weights", test_weights);
  g_test_add_func ("/engine/order/classes", test_classes);
  g_test_add_func ("/engine/order/bucket", test_bucket);
  g_test_add_func ("/engine/order/bad", test_bad);
  return g_test_run ();
}
