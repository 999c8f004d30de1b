/* Dealing out rows to train, validate and test: by shares, by folds, each class alike where that is
 * asked.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/opened-private.h"
#include "engine/tensor/philox.h"

#include <math.h>
#include <string.h>

/* The stream of random numbers that splits come from. */
#define STREAM_SPLIT 3

/* Of @order, the first share trains, the next validates, then come test rows. */
static void
assign_shares (const WeftDatasetSpec *spec, const guint32 *order, gint64 n, guint8 *assigned)
{
  double sum = 0, reached = 0;
  gint64 begin = 0;

  for (guint i = 0; i < WEFT_N_SPLITS; i++)
    sum += spec->weights[i];
  sum = sum > 1 + 1e-9 ? sum : 1;
  for (guint i = 0; i < WEFT_N_SPLITS; i++)
    {
      gint64 end;

      reached += spec->weights[i];
      end = MIN (n, (gint64) rint ((double) n * (reached / sum)));
      for (; begin < end; begin++)
        assigned[order[begin]] = (guint8) i;
    }
}

/* The last share tests; of the others each fold validates in its turn. */
static void
assign_folds (const WeftDatasetSpec *spec, const guint32 *order, gint64 n, guint8 *assigned)
{
  gint64 n_test = (gint64) rint ((double) n * spec->weights[WEFT_SPLIT_TEST]), m = n - n_test;
  gint64 begin = m * spec->fold / spec->n_folds, end = m * (spec->fold + 1) / spec->n_folds;

  for (gint64 i = 0; i < n; i++)
    assigned[order[i]] = i >= m                  ? WEFT_SPLIT_TEST
                         : i >= begin && i < end ? WEFT_SPLIT_VALIDATION
                                                 : WEFT_SPLIT_TRAIN;
}

static void
assign (const WeftDatasetSpec *spec, const guint32 *order, gint64 n, guint8 *assigned)
{
  if (spec->n_folds > 0)
    assign_folds (spec, order, n, assigned);
  else
    assign_shares (spec, order, n, assigned);
}

/* Each class for itself, in the order that all rows have. */
static void
assign_classes (const WeftDatasetSpec *spec,
                const WeftTable       *table,
                const guint32         *order,
                gint64                 n_runs,
                gint64                 run,
                guint8                *assigned)
{
  g_autofree guint32 *chosen = g_new (guint32, MAX (n_runs, 1));
  guint               c = 0, n_classes;

  while (strcmp (spec->columns[c].name, spec->stratify) != 0)
    c++; /* the specification was checked */
  n_classes = g_strv_length (spec->sources[c].classes);
  for (guint k = 0; k < n_classes; k++)
    {
      gint64 n = 0;

      for (gint64 i = 0; i < n_runs; i++)
        if (weft_array_get (table->arrays[c], order[i] * run * table->strides[c]) == k)
          chosen[n++] = order[i];
      assign (spec, chosen, n, assigned);
    }
}

/* Which split each of @n runs of @run rows goes to, by the class of its first row where classes
 * count; WEFT_N_SPLITS: none. */
guint8 *
weft_dataset_assign_rows (const WeftDatasetSpec *spec, const WeftTable *table, gint64 n, gint64 run)
{
  guint8             *assigned = g_malloc ((gsize) MAX (n, 1));
  g_autofree guint32 *order = g_new (guint32, MAX (n, 1));

  if (spec->split_shuffled)
    weft_philox_permutation (spec->split_seed, STREAM_SPLIT, (gsize) n, order);
  for (gint64 i = 0; !spec->split_shuffled && i < n; i++)
    order[i] = (guint32) i;
  memset (assigned, WEFT_N_SPLITS, (gsize) MAX (n, 1));
  if (spec->stratify != NULL)
    assign_classes (spec, table, order, n, run, assigned);
  else
    assign (spec, order, n, assigned);
  return assigned;
}
