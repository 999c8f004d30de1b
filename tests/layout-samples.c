/* Graphs to lay out. Every number comes from Philox, so that they are the same on every machine.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/layout-samples.h"

#include "engine/tensor/philox.h"

/* As the editor draws them: a box with two lines, and a pill with one. */
#define BOX_WIDTH 104
#define BOX_HEIGHT 34
#define PILL_WIDTH 58
#define PILL_HEIGHT 22
#define MARGIN 20
/* Points to the inch, as Graphviz counts. */
#define INCH 72.0

typedef struct
{
  guint64 seed, counter;
} Random;

/* A number below @n. */
static guint
draw (Random *random, guint n)
{
  guint32 words[4];

  weft_philox (random->seed, 0, random->counter++, words);
  return words[0] % n;
}

/* ---- Building ---- */

Sample *
sample_new_empty (const char *name)
{
  Sample *sample = g_new0 (Sample, 1);

  sample->name = g_strdup (name);
  sample->n_steps = 1;
  sample->nodes = g_array_new (FALSE, TRUE, sizeof (WeftLayoutNode));
  sample->edges = g_array_new (FALSE, TRUE, sizeof (WeftLayoutEdge));
  return sample;
}

void
sample_free (Sample *sample)
{
  if (sample == NULL)
    return;
  g_free (sample->name);
  g_array_unref (sample->nodes);
  g_array_unref (sample->edges);
  g_free (sample);
}

WeftLayoutNode *
sample_node (const Sample *sample, guint node)
{
  return &g_array_index (sample->nodes, WeftLayoutNode, node);
}

WeftLayoutEdge *
sample_edge (const Sample *sample, guint edge)
{
  return &g_array_index (sample->edges, WeftLayoutEdge, edge);
}

guint
sample_add_node (Sample *sample, double width, double height, guint n_inputs, guint n_outputs)
{
  WeftLayoutNode node = { width, height, n_inputs, n_outputs, 0, G_MAXUINT, WEFT_LAYOUT_NOBODY };

  g_array_append_val (sample->nodes, node);
  return sample->nodes->len - 1;
}

void
sample_add_edge (Sample *sample, guint from, guint to, guint to_port)
{
  WeftLayoutEdge edge = { from, 0, to, to_port, 0, G_MAXUINT };

  g_array_append_val (sample->edges, edge);
}

WeftLayout *
sample_layout (const Sample *sample, const WeftLayoutOptions *options)
{
  return weft_layout_new (
    sample->nodes->len, (const WeftLayoutNode *) (gpointer) sample->nodes->data, sample->edges->len,
    (const WeftLayoutEdge *) (gpointer) sample->edges->data, options, NULL);
}

gboolean
sample_has_node (const Sample *sample, guint node, guint step)
{
  return sample_node (sample, node)->first <= step && step < sample_node (sample, node)->end;
}

gboolean
sample_has_edge (const Sample *sample, guint edge, guint step)
{
  const WeftLayoutEdge *e = sample_edge (sample, edge);

  return e->first <= step && step < e->end && sample_has_node (sample, e->from, step) &&
         sample_has_node (sample, e->to, step);
}

static guint
add_box (Sample *sample)
{
  return sample_add_node (sample, BOX_WIDTH, BOX_HEIGHT, 0, 0);
}

/* ---- Plain graphs ---- */

static void
make_random (Sample *sample, guint n, Random *random)
{
  for (guint i = 0; i < n; i++)
    {
      add_box (sample);
      /* Near ones are read more often than far ones, as in programs. */
      for (guint k = 0; k < 1 + (i % 2) && i > 0; k++)
        sample_add_edge (sample, i - 1 - MIN (draw (random, i), draw (random, MIN (i, 12))), i, 0);
    }
}

static void
make_tree (Sample *sample, guint n, Random *random)
{
  for (guint i = 0; i < n; i++)
    {
      add_box (sample);
      if (i > 0)
        sample_add_edge (sample, draw (random, i), i, 0);
    }
}

/* Edges are replaced by two in a row or two side by side. */
static void
make_series (Sample *sample, guint n, Random *random)
{
  add_box (sample);
  add_box (sample);
  sample_add_edge (sample, 0, 1, 0);
  while (sample->nodes->len < n)
    {
      guint           e = draw (random, sample->edges->len), node = add_box (sample);
      WeftLayoutEdge *edge = sample_edge (sample, e);
      guint           from = edge->from, to = edge->to;

      if (draw (random, 2) == 0)
        edge->to = node;
      else
        sample_add_edge (sample, from, node, 0);
      sample_add_edge (sample, node, to, 0);
    }
}

static void
make_grid (Sample *sample, guint n, Random *random)
{
  guint side = 2;

  while (side * side < n)
    side++;
  for (guint i = 0; i < side * side; i++)
    {
      add_box (sample);
      if (i >= side)
        sample_add_edge (sample, i - side, i, 0);
      if (i % side > 0)
        sample_add_edge (sample, i - 1, i, 0);
    }
}

static void
make_layers (Sample *sample, guint n, Random *random)
{
  guint width = 2 + draw (random, 6);

  for (guint i = 0; i < n; i++)
    {
      add_box (sample);
      for (guint k = 0; k < 2 && i >= width; k++)
        sample_add_edge (sample, (i / width - 1) * width + draw (random, width), i, 0);
    }
}

/* ---- Graphs of programs ---- */

static guint
add_input (Sample *sample)
{
  return sample_add_node (sample, PILL_WIDTH, PILL_HEIGHT, 0, 1);
}

static guint
add_op (Sample *sample, guint a, guint b)
{
  guint node = sample_add_node (sample, BOX_WIDTH, BOX_HEIGHT, b == WEFT_LAYOUT_NOBODY ? 1 : 2, 1);

  sample_add_edge (sample, a, node, 0);
  if (b != WEFT_LAYOUT_NOBODY)
    sample_add_edge (sample, b, node, 1);
  return node;
}

/* A layer has 4 nodes forward (weight, bias, product, sum, tanh) and about 9 backward. */
static void
make_training (Sample *sample, guint n, Random *random)
{
  guint             n_layers = MAX (1, n / 15), x = add_input (sample), labels, gradient;
  g_autofree guint *weights = g_new (guint, n_layers), *activations = g_new (guint, n_layers + 1),
                   *biases = g_new (guint, n_layers);

  activations[0] = x;
  for (guint i = 0; i < n_layers; i++)
    {
      weights[i] = add_input (sample);
      biases[i] = add_input (sample);
      x = add_op (sample, add_op (sample, x, weights[i]), biases[i]);
      activations[i + 1] = x = add_op (sample, x, WEFT_LAYOUT_NOBODY);
    }
  labels = add_input (sample);
  add_op (sample, add_op (sample, add_op (sample, x, labels), WEFT_LAYOUT_NOBODY),
          WEFT_LAYOUT_NOBODY);
  gradient = add_op (sample, add_op (sample, x, WEFT_LAYOUT_NOBODY), labels);
  for (guint i = n_layers; i-- > 0;)
    {
      guint square = add_op (sample, activations[i + 1], WEFT_LAYOUT_NOBODY);

      gradient = add_op (sample, gradient, add_op (sample, square, WEFT_LAYOUT_NOBODY));
      add_op (sample, biases[i], add_op (sample, gradient, WEFT_LAYOUT_NOBODY));
      add_op (sample, weights[i],
              add_op (sample, add_op (sample, activations[i], WEFT_LAYOUT_NOBODY), gradient));
      if (i > 0)
        gradient = add_op (sample, gradient, add_op (sample, weights[i], WEFT_LAYOUT_NOBODY));
    }
}

static void
make_unrolled (Sample *sample, guint n, Random *random)
{
  guint w = add_input (sample), u = add_input (sample), b = add_input (sample),
        h = add_input (sample);

  while (sample->nodes->len + 4 < n)
    {
      guint x = add_op (sample, add_input (sample), w);

      h = add_op (sample, add_op (sample, add_op (sample, x, add_op (sample, h, u)), b),
                  WEFT_LAYOUT_NOBODY);
    }
}

static const struct
{
  const char *name;
  void (*make) (Sample *sample, guint n, Random *random);
} kinds[SAMPLE_N_KINDS] = {
  { "random", make_random },
  { "tree", make_tree },
  { "series-parallel", make_series },
  { "grid", make_grid },
  { "layers", make_layers },
  { "training", make_training },
  { "unrolled", make_unrolled },
};

const char *
sample_kind_name (SampleKind kind)
{
  return kinds[kind].name;
}

Sample *
sample_new (SampleKind kind, guint n, guint seed)
{
  Random           random = { seed * 1000 + kind };
  g_autofree char *name = g_strdup_printf ("%s-%u-%u", kinds[kind].name, n, seed);
  Sample          *sample = sample_new_empty (name);

  kinds[kind].make (sample, n, &random);
  return sample;
}

/* ---- Histories ---- */

/* What a node reads at the moment: edges that are not over. */
static guint
inputs_now (const Sample *sample, guint node, guint *edges)
{
  guint n = 0;

  for (guint e = 0; e < sample->edges->len; e++)
    if (sample_edge (sample, e)->to == node && sample_edge (sample, e)->end == G_MAXUINT)
      edges[n++] = e;
  return n;
}

static guint
add_edge_at (Sample *sample, guint from, guint to, guint port, guint step)
{
  WeftLayoutEdge edge = { from, 0, to, port, step, G_MAXUINT };

  g_array_append_val (sample->edges, edge);
  return sample->edges->len - 1;
}

/* Readers of @old read @new_node from @step on. */
static void
redirect (Sample *sample, guint old, guint new_node, guint step)
{
  for (guint e = sample->edges->len; e-- > 0;)
    {
      WeftLayoutEdge edge = *sample_edge (sample, e);

      if (edge.from != old || edge.end != G_MAXUINT || edge.first == step)
        continue;
      sample_edge (sample, e)->end = step;
      add_edge_at (sample, new_node, edge.to, edge.to_port, step);
    }
}

/* Ends what nobody reads, but for what nobody read in the first graph either: its results. */
static void
collect (Sample *sample, guint n_first, const guint8 *kept, guint step)
{
  gboolean again = TRUE;

  while (again)
    {
      again = FALSE;
      for (guint i = 0; i < sample->nodes->len; i++)
        {
          gboolean read = i < n_first && kept[i];

          if (sample_node (sample, i)->end != G_MAXUINT || sample_node (sample, i)->first == step)
            continue;
          for (guint e = 0; e < sample->edges->len && !read; e++)
            read = sample_edge (sample, e)->from == i && sample_edge (sample, e)->end == G_MAXUINT;
          if (read)
            continue;
          sample_node (sample, i)->end = step;
          again = TRUE;
          for (guint e = 0; e < sample->edges->len; e++)
            if (sample_edge (sample, e)->to == i && sample_edge (sample, e)->end == G_MAXUINT)
              sample_edge (sample, e)->end = step;
        }
    }
}

/* A root and what it reads become one or two other nodes over the same operands. */
static void
rewrite (Sample *sample, guint root, guint n_outputs, guint step, Random *random)
{
  guint edges[8], inner[8], n = inputs_now (sample, root, edges), made, n_read = 0, operands[16];

  for (guint i = 0; i < n; i++)
    {
      guint other = sample_edge (sample, edges[i])->from,
            n_inner = inputs_now (sample, other, inner);

      if (n_inner == 0 || draw (random, 2) == 0)
        operands[n_read++] = other;
      for (guint k = 0; k < n_inner && n_read < 12 && operands[MAX (n_read, 1) - 1] != other; k++)
        operands[n_read++] = sample_edge (sample, inner[k])->from;
    }
  made = sample_add_node (sample, BOX_WIDTH, BOX_HEIGHT, MAX (1, n_read), 1);
  if (n_read > 1 && draw (random, 2) == 0)
    {
      guint second = sample_add_node (sample, BOX_WIDTH, BOX_HEIGHT, 1, 1);

      sample_node (sample, second)->first = step;
      add_edge_at (sample, operands[0], second, 0, step);
      operands[0] = second;
    }
  sample_node (sample, made)->first = step;
  sample_node (sample, made)->place_of = root;
  for (guint i = 0; i < MIN (n_read, 4); i++)
    add_edge_at (sample, operands[i], made, i, step);
  redirect (sample, root, made, step);
}

Sample *
sample_new_history (guint n, guint n_rewrites, guint seed)
{
  Sample            *sample = sample_new (SAMPLE_TRAINING, n, seed);
  Random             random = { seed + 77777 };
  guint              n_first = sample->nodes->len, edges[8];
  g_autofree guint8 *kept = g_new0 (guint8, n_first);

  g_free (sample->name);
  sample->name = g_strdup_printf ("history-%u-%u-%u", n, n_rewrites, seed);
  memset (kept, TRUE, n_first);
  for (guint e = 0; e < sample->edges->len; e++)
    kept[sample_edge (sample, e)->from] = FALSE;
  for (guint step = 1; step <= n_rewrites; step++)
    {
      guint root = WEFT_LAYOUT_NOBODY;

      for (guint tries = 0; tries < 1000 && root == WEFT_LAYOUT_NOBODY; tries++)
        {
          guint    node = draw (&random, sample->nodes->len);
          gboolean read = FALSE;

          for (guint e = 0; e < sample->edges->len; e++)
            read |=
              sample_edge (sample, e)->from == node && sample_edge (sample, e)->end == G_MAXUINT;
          if (read && sample_node (sample, node)->end == G_MAXUINT &&
              inputs_now (sample, node, edges) > 0)
            root = node;
        }
      if (root == WEFT_LAYOUT_NOBODY)
        break;
      rewrite (sample, root, n_first, step, &random);
      collect (sample, n_first, kept, step);
      sample->n_steps = step + 1;
    }
  return sample;
}

/* ---- Pictures ---- */

char *
sample_to_svg (const Sample *sample, const WeftLayout *layout, guint step)
{
  GString *svg = g_string_new (NULL);

  g_string_append_printf (svg,
                          "<svg xmlns='http://www.w3.org/2000/svg' width='%.0f' height='%.0f' "
                          "viewBox='%d %d %.0f %.0f'>\n"
                          "<rect x='%d' y='%d' width='100%%' height='100%%' fill='#fafafa'/>\n",
                          layout->width + 2 * MARGIN, layout->height + 2 * MARGIN, -MARGIN, -MARGIN,
                          layout->width + 2 * MARGIN, layout->height + 2 * MARGIN, -MARGIN,
                          -MARGIN);
  for (guint e = 0; e < layout->n_edges; e++)
    {
      if (!sample_has_edge (sample, e, step))
        continue;
      g_string_append_printf (
        svg, "<path fill='none' stroke='%s' stroke-width='1.3' d='M%.1f,%.1f C",
        layout->back[e] ? "#c01c28" : "#8a8a8a", layout->points[e][0].x, layout->points[e][0].y);
      for (guint i = 1; i < layout->n_points[e]; i++)
        g_string_append_printf (svg, " %.1f,%.1f", layout->points[e][i].x, layout->points[e][i].y);
      g_string_append (svg, "'/>\n");
    }
  for (guint i = 0; i < layout->n_nodes; i++)
    {
      const WeftLayoutNode *node = sample_node (sample, i);

      if (!sample_has_node (sample, i, step))
        continue;
      g_string_append_printf (
        svg,
        "<rect x='%.1f' y='%.1f' width='%.1f' height='%.1f' rx='7' fill='%s' stroke='#b0b0b0'/>\n",
        layout->places[i].x, layout->places[i].y, node->width, node->height,
        node->height < BOX_HEIGHT ? "#e5a50a"
        : node->first > 0         ? "#d2f4df"
                                  : "white");
      g_string_append_printf (svg,
                              "<text x='%.1f' y='%.1f' font-family='DejaVu Sans' font-size='11' "
                              "text-anchor='middle'>%u</text>\n",
                              layout->places[i].x + node->width / 2,
                              layout->places[i].y + node->height / 2 + 4, i);
    }
  g_string_append (svg, "</svg>\n");
  return g_string_free (svg, FALSE);
}

/* Nodes with ports are records, so that both programs have to respect them. */
char *
sample_to_dot (const Sample *sample, guint step)
{
  GString *dot = g_string_new ("digraph g {\n  nodesep=0.33; ranksep=0.55;\n  node [shape=box "
                               "fixedsize=true label=\"\"];\n  edge [arrowhead=none];\n");

  for (guint i = 0; i < sample->nodes->len; i++)
    {
      const WeftLayoutNode *node = sample_node (sample, i);

      if (!sample_has_node (sample, i, step))
        continue;
      g_string_append_printf (dot, "  n%u [width=%.3f height=%.3f", i, node->width / INCH,
                              node->height / INCH);
      if (node->n_inputs > 1)
        {
          g_string_append (dot, " shape=record label=\"{{");
          for (guint k = 0; k < node->n_inputs; k++)
            g_string_append_printf (dot, "%s<i%u>", k > 0 ? "|" : "", k);
          g_string_append (dot, "}|<o>}\"");
        }
      g_string_append (dot, "];\n");
    }
  for (guint e = 0; e < sample->edges->len; e++)
    {
      const WeftLayoutEdge *edge = sample_edge (sample, e);
      gboolean              from_record = sample_node (sample, edge->from)->n_inputs > 1;

      if (!sample_has_edge (sample, e, step))
        continue;
      g_string_append_printf (dot, "  n%u%s -> n%u", edge->from, from_record ? ":o:s" : ":s",
                              edge->to);
      if (sample_node (sample, edge->to)->n_inputs > 1)
        g_string_append_printf (dot, ":i%u:n;\n", edge->to_port);
      else
        g_string_append (dot, ":n;\n");
    }
  g_string_append (dot, "}\n");
  return g_string_free (dot, FALSE);
}
