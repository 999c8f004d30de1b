/* Crossings beside those of Graphviz: the same graphs, drawn by dot, counted by the same counter.
 * Of no class of graphs, nor of all together, may there be more than 1.3 times as many.
 *
 * Pairs of edges that share a port are left out: where their curves part is taste.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/layout-samples.h"

#include "engine/base/file.h"
#include "engine/train/inspect.h"

#include <stdlib.h>
#include <string.h>

/* A class with next to no crossings must not fail by one. */
#define MOST 1.3
#define ALLOWANCE 2
/* As the editor draws them. */
#define BOX_WIDTH 104
#define BOX_HEIGHT 34
#define PILL_WIDTH 58
#define PILL_HEIGHT 22

/* ---- What dot makes of it ---- */

static char *
run_dot (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) dot =
    g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                        G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                      &error, "dot", "-Tplain", "-y", NULL);
  char *out = NULL;

  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (dot, text, NULL, &out, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (dot));
  return out;
}

/* The first edge from @from to @to that has no points yet. */
static guint
find_edge (const Sample *sample, const WeftLayout *layout, guint from, guint to)
{
  for (guint e = 0; e < layout->n_edges; e++)
    if (sample_edge (sample, e)->from == from && sample_edge (sample, e)->to == to &&
        layout->n_points[e] == 0)
      return e;
  g_assert_not_reached ();
}

/* "edge n3:o:s n5:i1:n 4 x y x y x y x y solid black" */
static void
read_edge (const Sample *sample, WeftLayout *layout, char **words)
{
  guint e = find_edge (sample, layout, (guint) atoi (words[1] + 1), (guint) atoi (words[2] + 1)),
        n = (guint) atoi (words[3]);

  layout->n_points[e] = n;
  layout->points[e] = g_new (WeftLayoutPoint, n);
  for (guint i = 0; i < n; i++)
    layout->points[e][i] = (WeftLayoutPoint){ g_ascii_strtod (words[4 + 2 * i], NULL),
                                              g_ascii_strtod (words[5 + 2 * i], NULL) };
}

static WeftLayout *
dot_layout (const Sample *sample)
{
  g_autofree char *text = sample_to_dot (sample, 0), *answer = run_dot (text);
  g_auto (GStrv) lines = NULL;
  WeftLayout *layout = g_new0 (WeftLayout, 1);

  layout->n_edges = sample->edges->len;
  layout->n_points = g_new0 (guint, layout->n_edges + 1);
  layout->points = g_new0 (WeftLayoutPoint *, layout->n_edges + 1);
  /* Long lines are broken by a backslash. */
  lines = g_strsplit (answer, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "edge "))
      {
        g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);

        read_edge (sample, layout, words);
      }
  for (guint e = 0; e < layout->n_edges; e++)
    g_assert_cmpuint (layout->n_points[e] % 3, ==, 1);
  return layout;
}

static guint
count (const Sample *sample, const WeftLayout *layout)
{
  return weft_layout_crossings (layout, (const WeftLayoutNode *) (gpointer) sample->nodes->data,
                                (const WeftLayoutEdge *) (gpointer) sample->edges->data, 0);
}

/* ---- Tables ---- */

typedef struct
{
  guint n_graphs, n_nodes, n_edges, ours, dots;
} Row;

static Row total;

static void
print_row (const char *name, const Row *row)
{
  g_test_message ("%-18s %6u %6u %6u %8u %8u %8.2f", name, row->n_graphs, row->n_nodes,
                  row->n_edges, row->ours, row->dots,
                  row->dots > 0 ? (double) row->ours / row->dots : 1.0);
}

static void
compare (const Sample *sample, Row *row)
{
  g_autoptr (WeftLayout) ours = sample_layout (sample, NULL);
  g_autoptr (WeftLayout) dots = dot_layout (sample);

  row->n_graphs++;
  row->n_nodes += sample->nodes->len;
  row->n_edges += sample->edges->len;
  row->ours += count (sample, ours);
  row->dots += count (sample, dots);
}

static void
finish (const char *name, const Row *row)
{
  print_row (name, row);
  g_assert_cmpfloat (row->ours, <=, MOST * row->dots + ALLOWANCE);
  total.n_graphs += row->n_graphs;
  total.n_nodes += row->n_nodes;
  total.n_edges += row->n_edges;
  total.ours += row->ours;
  total.dots += row->dots;
}

static gboolean
have_dot (void)
{
  g_autofree char *path = g_find_program_in_path ("dot");

  if (path == NULL)
    g_test_skip ("dot of Graphviz is not installed");
  return path != NULL;
}

/* ---- Graphs ---- */

static void
test_kind (gconstpointer data)
{
  static const guint sizes[] = { 20, 40, 60, 80, 120 };
  SampleKind         kind = GPOINTER_TO_UINT (data);
  Row                row = { 0 };

  if (!have_dot ())
    return;
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (Sample) sample = sample_new (kind, sizes[i], i + 1);

      compare (sample, &row);
    }
  finish (sample_kind_name (kind), &row);
}

/* The applications that the outputs reach; an input, a parameter and a constant is a pill. */
static Sample *
sample_of_graph (const char *name, WeftGraph *graph, guint n, WeftValue *const *outputs)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n, outputs);
  g_autoptr (GHashTable) numbers = g_hash_table_new (NULL, NULL);
  Sample *sample = sample_new_empty (name);

  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);
      gboolean   pill = apply->n_inputs == 0;
      guint      node = sample_add_node (sample, pill ? PILL_WIDTH : BOX_WIDTH,
                                    pill ? PILL_HEIGHT : BOX_HEIGHT, apply->n_inputs, 1);

      g_hash_table_insert (numbers, apply, GUINT_TO_POINTER (node));
      for (guint k = 0; k < apply->n_inputs; k++)
        sample_add_edge (sample,
                         GPOINTER_TO_UINT (g_hash_table_lookup (numbers, apply->inputs[k]->apply)),
                         node, k);
    }
  return sample;
}

static void
compare_model (const char *file, WeftInspectPart part, Row *row)
{
  g_autofree char *path = g_build_filename (weft_data_dir (), "examples", file, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_load (path, &error);
  g_autoptr (WeftInspected) inspected = NULL;
  g_autoptr (Sample) sample = NULL;
  guint32 node;

  g_assert_no_error (error);
  inspected = weft_inspect (document, part, &node, &error);
  g_assert_no_error (error);
  sample = sample_of_graph (file, inspected->graph, inspected->n, inspected->outputs);
  compare (sample, row);
}

static void
test_models (gconstpointer data)
{
  static const char *const files[] = { "digits-mlp.weft", "mnist-softmax.weft",
                                       "linear-regression.weft", "logistic-l1.weft",
                                       "two-moons.weft", "mnist-lenet.weft" };
  WeftInspectPart          part = GPOINTER_TO_UINT (data);
  Row                      row = { 0 };

  if (!have_dot ())
    return;
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    compare_model (files[i], part, &row);
  finish (weft_inspect_name (part), &row);
}

static void
test_total (void)
{
  if (!have_dot ())
    return;
  print_row ("all", &total);
  g_assert_cmpfloat (total.ours, <=, MOST * total.dots);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_message ("%-18s %6s %6s %6s %8s %8s %8s", "crossings", "graphs", "nodes", "edges", "weft",
                  "dot", "ratio");
  for (guint i = 0; i < SAMPLE_N_KINDS; i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/layout-dot/%s", sample_kind_name (i));

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_kind);
    }
  g_test_add_data_func ("/engine/layout-dot/forward", GUINT_TO_POINTER (WEFT_INSPECT_FORWARD),
                        test_models);
  g_test_add_data_func ("/engine/layout-dot/gradient", GUINT_TO_POINTER (WEFT_INSPECT_GRADIENT),
                        test_models);
  g_test_add_data_func ("/engine/layout-dot/train", GUINT_TO_POINTER (WEFT_INSPECT_TRAIN),
                        test_models);
  g_test_add_func ("/engine/layout-dot/total", test_total);
  return g_test_run ();
}
