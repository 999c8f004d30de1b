/* What a loop computes is not computed again by the loop that goes back through it, its gradient:
 * the first stacks it and the second reads the rows.
 *
 * A loop that reads the rows, the constants and the states that each step of another loop began
 * with can compute all that the other does, and the gradient of a loop is written like that. Of
 * what both compute, as few bytes as possible are stacked such that no product, reduction or
 * anything else that is more than arithmetic on elements remains in the reader: a least cut
 * between such work and what only the reader does; of several, the one that leaves the reader the
 * least to do.
 *
 * Source: Ford & Fulkerson 1956, "Maximal flow through a network", Canad. J. Math. 8.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/loops.h"

/* Values of a step that are looked at. */
#define MAX_SHARED 4096
#define NOWHERE G_MAXUINT

/* ---- What both compute ---- */

typedef struct
{
  WeftApply  *maker, *reader;
  WeftLoop    made, read;
  GPtrArray  *order;  /* of the reader's step */
  GHashTable *theirs; /* value of the reader's step -> of the maker's */
} Pair;

static void
pair_clear (Pair *pair)
{
  g_clear_pointer (&pair->order, g_ptr_array_unref);
  g_clear_pointer (&pair->theirs, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

/* The state of the maker with whose old values the rows of @stack begin: [1, ...] before the
 * trajectory, or after it backwards, without what the last step left. NOWHERE: none. */
static guint
state_before (const Pair *pair, const WeftValue *stack)
{
  const WeftLoop  *loop = &pair->made;
  const WeftApply *part = stack->apply, *joined, *first;
  const WeftAttr  *index;
  WeftDim          start;

  if (part->op->id != WEFT_OP_GETITEM || part->n_inputs != 1)
    return NOWHERE;
  index = weft_apply_attr (part, "index");
  joined = part->inputs[0]->apply;
  if (index->n_index != 1 || index->index[0].kind != WEFT_INDEX_SLICE ||
      index->index[0].step != 1 || joined->op->id != WEFT_OP_CONCAT || joined->n_inputs != 2 ||
      weft_apply_attr (joined, "axis")->i != 0)
    return NOWHERE;
  start = index->index[0].has_start ? index->index[0].start : weft_dim (0);
  first = joined->inputs[loop->backwards ? 1 : 0]->apply;
  if (!weft_dim_equal (start, weft_dim (loop->backwards ? 1 : 0)) ||
      first->op->id != WEFT_OP_EXPAND_DIMS ||
      !weft_dim_equal (first->outputs[0].type.shape.dims[0], weft_dim (1)))
    return NOWHERE;
  for (guint i = 0; i < loop->n_states; i++)
    if (first->inputs[0] == pair->maker->inputs[loop->n_sequences + i] &&
        joined->inputs[loop->backwards ? 0 : 1] ==
          weft_loop_trajectory (pair->maker, loop, i) &&
        weft_type_equal (&first->inputs[0]->type, &loop->step->inputs[loop->n_sequences + i]->type))
      return i;
  return NOWHERE;
}

/* What a row of @stack is in the maker's step, or NULL. */
static WeftValue *
row_of (const Pair *pair, const WeftValue *stack)
{
  const WeftLoop *loop = &pair->made;
  guint           state;

  for (guint i = 0; i < loop->n_sequences; i++)
    if (pair->maker->inputs[i] == stack)
      return loop->step->inputs[i];
  if (stack->apply == pair->maker && stack->index >= loop->n_states &&
      stack->index < 2 * loop->n_states + loop->n_extras)
    return loop->step->outputs[stack->index - loop->n_states];
  state = state_before (pair, stack);
  return state == NOWHERE ? NULL : loop->step->inputs[loop->n_sequences + state];
}

static void
match_inputs (Pair *pair)
{
  const WeftLoop *made = &pair->made, *read = &pair->read;
  guint           constants = made->n_sequences + made->n_states;

  for (guint i = 0; i < read->n_sequences; i++)
    {
      WeftValue *row = row_of (pair, pair->reader->inputs[i]);

      if (row != NULL && weft_type_equal (&row->type, &read->step->inputs[i]->type))
        g_hash_table_insert (pair->theirs, read->step->inputs[i], row);
    }
  for (guint i = read->n_sequences + read->n_states; i < read->step->n_inputs; i++)
    for (guint k = constants; k < made->step->n_inputs; k++)
      if (pair->reader->inputs[i] == pair->maker->inputs[k] &&
          weft_type_equal (&made->step->inputs[k]->type, &read->step->inputs[i]->type))
        g_hash_table_insert (pair->theirs, read->step->inputs[i], made->step->inputs[k]);
}

/* @apply over what @map has for its operands: something to look for. NULL where it has none. Free
 * with probe_free. */
static WeftApply *
probe_new (const WeftApply *apply, GHashTable *map)
{
  WeftApply *probe;

  for (guint i = 0; i < apply->n_inputs; i++)
    if (!g_hash_table_contains (map, apply->inputs[i]))
      return NULL;
  probe = g_memdup2 (apply, sizeof *apply + sizeof apply->outputs[0]);
  probe->inputs = g_new (WeftValue *, apply->n_inputs + 1);
  for (guint i = 0; i < apply->n_inputs; i++)
    probe->inputs[i] = g_hash_table_lookup (map, apply->inputs[i]);
  return probe;
}

static void
probe_free (WeftApply *probe)
{
  g_free (probe->inputs);
  g_free (probe);
}

static gboolean
can_match (const WeftApply *apply)
{
  return apply->n_outputs == 1 && weft_apply_mergeable (apply);
}

/* The maker's values by how they are computed; of those that are computed alike, the first. */
static GHashTable *
list_known (const WeftBody *body)
{
  g_autoptr (GPtrArray) order = weft_graph_order (body->graph, body->n_outputs, body->outputs);
  g_autoptr (GHashTable) first = g_hash_table_new (NULL, NULL);
  GHashTable *known = g_hash_table_new_full (weft_apply_hash, weft_apply_same,
                                             (GDestroyNotify) probe_free, NULL);

  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);
      WeftApply *probe = can_match (apply) ? probe_new (apply, first) : NULL;
      WeftValue *same = probe != NULL ? g_hash_table_lookup (known, probe) : NULL;

      for (guint k = 0; k < apply->n_outputs; k++)
        g_hash_table_insert (first, &apply->outputs[k], &apply->outputs[k]);
      if (same != NULL)
        g_hash_table_insert (first, &apply->outputs[0], same);
      if (probe != NULL && same == NULL)
        g_hash_table_insert (known, probe, &apply->outputs[0]);
      else if (probe != NULL)
        probe_free (probe);
    }
  return known;
}

/* Which values of the reader's step the maker computes from the same. */
static void
match_values (Pair *pair)
{
  g_autoptr (GHashTable) known = list_known (pair->made.step);

  for (guint i = 0; i < pair->order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (pair->order, i);
      WeftApply *probe = can_match (apply) ? probe_new (apply, pair->theirs) : NULL;
      WeftValue *same;

      if (probe == NULL)
        continue;
      same = g_hash_table_lookup (known, probe);
      if (same != NULL && weft_type_equal (&same->type, &apply->outputs[0].type))
        g_hash_table_insert (pair->theirs, &apply->outputs[0], same);
      probe_free (probe);
    }
}

/* ---- The least cut ---- */

/* From one place of the network to another, with the way back beside it (number ^ 1). */
typedef struct
{
  guint  to, next;
  gint64 room;
} Arc;

#define SOURCE 0
#define SINK 1
#define IN(I) (2 + 2 * (I))
#define OUT(I) (3 + 2 * (I))
#define NO_LIMIT (G_MAXINT64 / 4)

typedef struct
{
  guint   n_places;
  guint  *first;   /* by place: number in arcs, or NOWHERE */
  guint  *arrived; /* by place: the arc that a search came by */
  GArray *arcs;    /* Arc */
} Network;

static void
network_init (Network *network, guint n_values)
{
  network->n_places = IN (n_values);
  network->first = g_new (guint, network->n_places);
  network->arrived = g_new (guint, network->n_places);
  network->arcs = g_array_new (FALSE, FALSE, sizeof (Arc));
  memset (network->first, 0xff, network->n_places * sizeof (guint));
}

static void
network_clear (Network *network)
{
  g_free (network->first);
  g_free (network->arrived);
  g_array_unref (network->arcs);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Network, network_clear)

static void
add_arc (Network *network, guint from, guint to, gint64 room)
{
  Arc there = { to, network->first[from], room }, back = { from, network->first[to], 0 };

  network->first[from] = network->arcs->len;
  g_array_append_val (network->arcs, there);
  network->first[to] = network->arcs->len;
  g_array_append_val (network->arcs, back);
}

/* Marks what can be reached from @from, or, @against, from where it can be reached. */
static void
search (Network *network, guint from, gboolean against)
{
  g_autofree guint *queue = g_new (guint, network->n_places);
  guint             head = 0, tail = 0;

  memset (network->arrived, 0xff, network->n_places * sizeof (guint));
  network->arrived[from] = 0;
  queue[tail++] = from;
  while (head < tail)
    for (guint i = network->first[queue[head++]]; i != NOWHERE;
         i = g_array_index (network->arcs, Arc, i).next)
      {
        const Arc *arc = &g_array_index (network->arcs, Arc, i);
        gint64     room = against ? g_array_index (network->arcs, Arc, i ^ 1).room : arc->room;

        if (room == 0 || arc->to == from || network->arrived[arc->to] != NOWHERE)
          continue;
        network->arrived[arc->to] = i;
        queue[tail++] = arc->to;
      }
}

/* Fills the network; FALSE where no cut is finite. Afterwards what reaches the sink is marked. */
static gboolean
fill_network (Network *network)
{
  for (search (network, SOURCE, FALSE); network->arrived[SINK] != NOWHERE;
       search (network, SOURCE, FALSE))
    {
      gint64 room = NO_LIMIT;

      for (guint at = SINK; at != SOURCE;
           at = g_array_index (network->arcs, Arc, network->arrived[at] ^ 1).to)
        room = MIN (room, g_array_index (network->arcs, Arc, network->arrived[at]).room);
      if (room == NO_LIMIT)
        return FALSE;
      for (guint at = SINK; at != SOURCE;
           at = g_array_index (network->arcs, Arc, network->arrived[at] ^ 1).to)
        {
          g_array_index (network->arcs, Arc, network->arrived[at]).room -= room;
          g_array_index (network->arcs, Arc, network->arrived[at] ^ 1).room += room;
        }
    }
  search (network, SINK, TRUE);
  return TRUE;
}

/* Whether @apply only moves elements or does arithmetic on each. */
static gboolean
is_cheap (const WeftApply *apply)
{
  guint id = apply->op->id;

  return apply->op->traits & (WEFT_TRAIT_ELEMENTWISE | WEFT_TRAIT_VIEW | WEFT_TRAIT_LEAF) ||
         id == WEFT_OP_TRANSPOSE || id == WEFT_OP_BROADCAST_TO || id == WEFT_OP_IDENTITY ||
         id == WEFT_OP_CONCAT || (id == WEFT_OP_GETITEM && apply->n_inputs == 1);
}

/* Number among the maker's results of the stack of @value, a value of its step; NOWHERE: it is not
 * stacked. */
static guint
stack_of (const Pair *pair, const WeftValue *value)
{
  for (guint i = 0; i < pair->made.n_states + pair->made.n_extras; i++)
    if (pair->made.step->outputs[i] == value)
      return pair->made.n_states + i;
  return NOWHERE;
}

/* What it costs to stack @value of the reader's step. */
static gint64
bytes_to_stack (const Pair *pair, const WeftValue *value)
{
  gint64 bytes = weft_dtype_size (value->type.dtype);

  if (stack_of (pair, g_hash_table_lookup (pair->theirs, value)) != NOWHERE)
    return 0;
  if (value->type.weak || !weft_loop_fits_stacked (&pair->read, value))
    return NO_LIMIT;
  for (guint i = 0; i < value->type.shape.rank; i++)
    bytes *= value->type.shape.dims[i].offset;
  return bytes;
}

/* The values that both compute and that change from row to row, numbered in the reader's order. */
static GPtrArray *
shared_values (const Pair *pair, GHashTable *numbers)
{
  g_autofree guint8 *constant = weft_loop_constants (&pair->read, pair->order);
  GPtrArray         *values = g_ptr_array_new ();

  for (guint i = 0; i < pair->order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (pair->order, i);

      if (constant[apply->id] || apply->op->id == WEFT_OP_INPUT ||
          !g_hash_table_contains (pair->theirs, &apply->outputs[0]))
        continue;
      g_hash_table_insert (numbers, &apply->outputs[0], GUINT_TO_POINTER (values->len + 1));
      g_ptr_array_add (values, &apply->outputs[0]);
    }
  return values;
}

static void
add_read (Network *network, GHashTable *numbers, const WeftValue *value, guint by)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (numbers, value));

  if (number > 0)
    add_arc (network, OUT (number - 1), by, NO_LIMIT);
}

/* The network: work flows from what is no arithmetic through what both compute to what only the
 * reader does. */
static void
build_network (const Pair *pair, const GPtrArray *values, GHashTable *numbers, Network *network)
{
  for (guint i = 0; i < values->len; i++)
    {
      const WeftValue *value = g_ptr_array_index (values, i);

      add_arc (network, IN (i), OUT (i), bytes_to_stack (pair, value));
      if (!is_cheap (value->apply))
        add_arc (network, SOURCE, IN (i), NO_LIMIT);
    }
  for (guint i = 0; i < pair->order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (pair->order, i);
      guint            number =
        GPOINTER_TO_UINT (g_hash_table_lookup (numbers, &apply->outputs[0]));

      for (guint k = 0; k < apply->n_inputs; k++)
        add_read (network, numbers, apply->inputs[k], number > 0 ? IN (number - 1) : SINK);
    }
  for (guint i = 0; i < pair->read.step->n_outputs; i++)
    add_read (network, numbers, pair->read.step->outputs[i], SINK);
}

/* By value: whether something that is no arithmetic goes into it. */
static gboolean *
find_costly (const GPtrArray *values, GHashTable *numbers)
{
  gboolean *costly = g_new0 (gboolean, values->len + 1);

  for (guint i = 0; i < values->len; i++)
    {
      const WeftApply *apply = ((WeftValue *) g_ptr_array_index (values, i))->apply;

      costly[i] = !is_cheap (apply);
      for (guint k = 0; k < apply->n_inputs; k++)
        {
          guint number = GPOINTER_TO_UINT (g_hash_table_lookup (numbers, apply->inputs[k]));

          costly[i] |= number > 0 && costly[number - 1];
        }
    }
  return costly;
}

/* Values of the reader's step to read instead of computing them. */
static GPtrArray *
choose (const Pair *pair)
{
  g_autoptr (GHashTable) numbers = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) values = shared_values (pair, numbers);
  g_autofree gboolean *costly = find_costly (values, numbers);
  g_auto (Network) network = { 0 };
  GPtrArray *chosen = g_ptr_array_new ();

  network_init (&network, values->len);
  if (values->len == 0 || values->len > MAX_SHARED)
    return chosen;
  build_network (pair, values, numbers, &network);
  if (!fill_network (&network))
    return chosen;
  for (guint i = 0; i < values->len; i++)
    if (costly[i] && network.arrived[IN (i)] == NOWHERE && network.arrived[OUT (i)] != NOWHERE)
      g_ptr_array_add (chosen, g_ptr_array_index (values, i));
  return chosen;
}

/* ---- The two loops made again ---- */

/* The outputs of the maker's step with what is in @chosen and is none yet. */
static GPtrArray *
more_outputs (const Pair *pair, const GPtrArray *chosen)
{
  const WeftBody *body = pair->made.step;
  GPtrArray      *outputs = g_ptr_array_new ();

  for (guint i = 0; i < body->n_outputs; i++)
    g_ptr_array_add (outputs, body->outputs[i]);
  for (guint i = 0; i < chosen->len; i++)
    {
      WeftValue *value = g_hash_table_lookup (pair->theirs, g_ptr_array_index (chosen, i));

      if (!g_ptr_array_find (outputs, value, NULL))
        g_ptr_array_add (outputs, value);
    }
  return outputs;
}

static WeftApply *
make_maker (WeftGraph *graph, const Pair *pair, const GPtrArray *outputs)
{
  const WeftBody *body = pair->made.step;
  WeftLoop        more = pair->made;
  g_autoptr (GPtrArray) given = g_ptr_array_new ();
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (WeftBodyMaker) maker = NULL;

  if (outputs->len == body->n_outputs)
    return pair->maker;
  for (guint i = 0; i < pair->maker->n_inputs; i++)
    g_ptr_array_add (given, pair->maker->inputs[i]);
  maker = weft_step_begin (graph, body, NULL, map);
  return weft_loop_remake (
    graph, &more,
    weft_step_finish (maker, body, outputs->len, (WeftValue **) outputs->pdata, map), given);
}

/* The reader over the stacks of @made, whose step has @outputs, for what is in @chosen. */
static WeftApply *
make_reader (WeftGraph       *graph,
             const Pair      *pair,
             const GPtrArray *chosen,
             WeftApply       *made,
             GPtrArray       *outputs)
{
  const WeftBody *body = pair->read.step;
  WeftLoop        more = pair->read;
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) given = g_ptr_array_new ();
  g_autoptr (WeftBodyMaker) maker = weft_body_maker_new (graph);
  guint number = 0;

  more.n_sequences += chosen->len;
  for (guint i = 0; i <= body->n_inputs; i++)
    {
      for (guint k = 0; k < chosen->len && i == pair->read.n_sequences; k++)
        {
          WeftValue *value = g_ptr_array_index (chosen, k);

          g_ptr_array_find (outputs, g_hash_table_lookup (pair->theirs, value), &number);
          g_hash_table_insert (map, value,
                               weft_body_maker_input (maker, value->name, &value->type));
          g_ptr_array_add (given, weft_apply_output (made, pair->made.n_states + number));
        }
      if (i == body->n_inputs)
        break;
      g_hash_table_insert (
        map, body->inputs[i],
        weft_body_maker_input (maker, body->inputs[i]->name, &body->inputs[i]->type));
      g_ptr_array_add (given, pair->reader->inputs[i]);
    }
  return weft_loop_remake (graph, &more,
                           weft_step_finish (maker, body, body->n_outputs, body->outputs, map),
                           given);
}

/* Whether @reader computes again what @maker, a loop before it, has computed; then @made_maker and
 * @made_reader get what stands for the two, output by output: the maker's further outputs come
 * after the old ones but for the count. @made_maker may be @maker. */
gboolean
weft_loops_save (WeftGraph  *graph,
                 WeftApply  *maker,
                 WeftApply  *reader,
                 WeftApply **made_maker,
                 WeftApply **made_reader)
{
  g_auto (Pair) pair = { .maker = maker, .reader = reader };
  g_autoptr (GPtrArray) chosen = NULL;
  g_autoptr (GPtrArray) outputs = NULL;

  pair.made = weft_loop_read (maker);
  pair.read = weft_loop_read (reader);
  if (pair.made.until || pair.read.until || !weft_dim_equal (pair.made.steps, pair.read.steps))
    return FALSE;
  pair.theirs = g_hash_table_new (NULL, NULL);
  pair.order =
    weft_graph_order (pair.read.step->graph, pair.read.step->n_outputs, pair.read.step->outputs);
  match_inputs (&pair);
  match_values (&pair);
  chosen = choose (&pair);
  if (chosen->len == 0)
    return FALSE;
  outputs = more_outputs (&pair, chosen);
  *made_maker = make_maker (graph, &pair, outputs);
  *made_reader = make_reader (graph, &pair, chosen, *made_maker, outputs);
  return TRUE;
}
