/* Draws a sample for the eye: layout-draw KIND N SEED OUT [STEP] writes OUT.svg, and OUT.dot for
 * Graphviz. KIND history: N nodes, N / 2 rewrites.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/layout-samples.h"

#include <stdlib.h>

int
main (int argc, char **argv)
{
  g_autoptr (Sample) sample = NULL;
  g_autoptr (WeftLayout) layout = NULL;
  g_autofree char *svg = NULL, *dot = NULL, *svg_path = NULL, *dot_path = NULL;
  guint            n, seed, step;

  if (argc < 5)
    return 2;
  n = (guint) atoi (argv[2]);
  seed = (guint) atoi (argv[3]);
  step = argc > 5 ? (guint) atoi (argv[5]) : 0;
  for (guint i = 0; i < SAMPLE_N_KINDS; i++)
    if (g_str_equal (argv[1], sample_kind_name (i)))
      sample = sample_new (i, n, seed);
  if (g_str_equal (argv[1], "history"))
    sample = sample_new_history (n, n / 2, seed);
  if (sample == NULL)
    return 2;
  layout = sample_layout (sample, NULL);
  svg = sample_to_svg (sample, layout, step);
  dot = sample_to_dot (sample, step);
  svg_path = g_strconcat (argv[4], ".svg", NULL);
  dot_path = g_strconcat (argv[4], ".dot", NULL);
  g_print ("%s: %u nodes, %u slots, %u ranks, %u crossings, %.0f x %.0f\n", sample->name,
           layout->n_nodes, layout->n_slots, layout->n_ranks,
           weft_layout_crossings (layout, (const WeftLayoutNode *) (gpointer) sample->nodes->data,
                                  (const WeftLayoutEdge *) (gpointer) sample->edges->data, step),
           layout->width, layout->height);
  return g_file_set_contents (svg_path, svg, -1, NULL) &&
             g_file_set_contents (dot_path, dot, -1, NULL)
           ? 0
           : 3;
}
