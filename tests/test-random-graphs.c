/* Rewriting of random whole graphs: optimised against unoptimised, and random subsets of the rules,
 * which must all end.
 *
 * WEFT_SEED and WEFT_GRAPHS in the environment try other graphs, and more of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/random-graph.h"

#define N_COMPARED 2000
#define N_SUBSETS 10000
/* Parts, so that one failure names its range and a part takes seconds. */
#define N_PARTS 10
/* One in so many is also compiled and run. */
#define RUN_EVERY 4

static guint32 first_seed = 1;
static guint   n_graphs;
/* Names of rules, by all parts. */
static GHashTable *fired;

static const char *const *
as_names (const char **names)
{
  return (const char *const *) names;
}

static void
complain (
  RandomGraph *random, guint32 seed, const char *const *without, gboolean run, const char *problem)
{
  g_autofree char *small = random_graph_shrink (random, without, run);

  g_test_message ("seed %u: %s\nsmallest: %s", seed, problem, small);
  g_test_fail ();
}

/* ---- Values ---- */

static void
test_values (gconstpointer data)
{
  guint       n = n_graphs / N_PARTS;
  guint32     seed = first_seed + GPOINTER_TO_UINT (data) * 1000000;
  RandomCheck check = { .fired = fired };
  guint       n_ops = 0;

  for (; check.n_compared < n && !g_test_failed (); seed++)
    {
      g_autoptr (RandomGraph) random = random_graph_new (seed);
      g_autofree char *problem = NULL;
      gboolean         run = seed % RUN_EVERY == 0;

      if (random == NULL)
        continue;
      n_ops += weft_graph_n_applies (random->graph);
      problem = random_graph_check (random, NULL, run, &check);
      if (problem != NULL)
        complain (random, seed, NULL, run, problem);
    }
  g_test_message ("%u graphs, %u applications, %u steps; %u numbers equal, %u better",
                  check.n_compared, n_ops, check.n_steps, check.n_elements, check.n_improved);
  g_assert_true (g_test_failed () || check.n_steps > n);
}

/* What never fires is not tested here. */
static void
test_fired (void)
{
  g_autoptr (GString) idle = g_string_new (NULL);
  guint n_idle = 0;

  if (g_hash_table_size (fired) == 0)
    {
      g_test_skip ("no graphs before");
      return;
    }
  for (guint i = 0; i < weft_rule_count (); i++)
    if (!g_hash_table_contains (fired, g_intern_string (weft_rule_get (i)->name)))
      {
        n_idle++;
        g_string_append_printf (idle, " %s", weft_rule_get (i)->name);
      }
  g_test_message ("%u of %u rules never fired:%s", n_idle, weft_rule_count (), idle->str);
  g_assert_cmpuint (n_idle * 4, <, weft_rule_count ());
}

/* ---- Subsets ---- */

static void
test_subsets (gconstpointer data)
{
  guint   n = MAX (n_graphs, N_COMPARED) / N_PARTS * (N_SUBSETS / N_COMPARED), n_steps = 0;
  guint32 seed = first_seed + 500000 + GPOINTER_TO_UINT (data) * 1000000;

  for (guint i = 0; i < n && !g_test_failed (); i++, seed++)
    {
      g_autoptr (RandomGraph) random = random_graph_new_blind (seed);
      g_autofree const char **without =
        random_graph_without (random, (const double[]){ 0.02, 0.05, 0.15, 0.4, 0.8 }[i % 5]);
      guint            steps = 0;
      g_autofree char *problem = random_graph_rewrite (random, as_names (without), &steps);

      n_steps += steps;
      if (problem != NULL)
        complain (random, seed, as_names (without), FALSE, problem);
    }
  g_test_message ("%u graphs, %u steps", n, n_steps);
}

/* ---- What a failure would look like ---- */

/* The same graph with another output in place of the rewritten one must be told apart. */
static void
test_planted (void)
{
  RandomCheck check = { 0 };
  guint       n_found = 0, n_tried = 0;

  for (guint32 seed = 1; seed < 60; seed++)
    {
      g_autoptr (RandomGraph) random = random_graph_new (seed);
      g_autofree char *problem = NULL;
      WeftValue       *output;

      if (random == NULL)
        continue;
      output = random->outputs->pdata[0];
      if (output->type.dtype != WEFT_F64)
        continue;
      n_tried++;
      problem = random_graph_compare (
        random, output,
        weft_graph_op (random->graph, "add", output,
                       weft_graph_scalar (random->graph, WEFT_F64, 1e-5), NULL),
        &check);
      n_found += problem != NULL;
    }
  g_test_message ("%u of %u found", n_found, n_tried);
  g_assert_cmpuint (n_found * 10, >=, n_tried * 8);
}

int
main (int argc, char **argv)
{
  const char *seed = g_getenv ("WEFT_SEED"), *number = g_getenv ("WEFT_GRAPHS");

  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  random_graph_register ();
  if (seed != NULL)
    first_seed = g_ascii_strtoull (seed, NULL, 10);
  fired = g_hash_table_new (NULL, NULL);
  n_graphs = number != NULL ? g_ascii_strtoull (number, NULL, 10) : N_COMPARED;
  for (guint i = 0; i < N_PARTS; i++)
    {
      g_autofree char *values = g_strdup_printf ("/engine/rewrite/random/values/%u", i);
      g_autofree char *subsets = g_strdup_printf ("/engine/rewrite/random/subsets/%u", i);

      g_test_add_data_func (values, GUINT_TO_POINTER (i), test_values);
      g_test_add_data_func (subsets, GUINT_TO_POINTER (i), test_subsets);
    }
  g_test_add_func ("/engine/rewrite/random/planted", test_planted);
  g_test_add_func ("/engine/rewrite/random/values-fired/share", test_fired);
  return g_test_run ();
}
