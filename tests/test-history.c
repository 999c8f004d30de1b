/* Histories: every intermediate graph, as the driver saw it, comes out of the journal again,
 * forwards, backwards and at random; what a history says of its applications and steps; costs.
 *
 * The driver's own view is taken down by an observer while it rewrites: what the outputs reach
 * then, through its table of replaced values. The history knows nothing of that table.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/document.h"
#include "engine/rewrite/history-private.h"
#include "engine/train/inspect.h"
#include "tests/graph-tools.h"
#include "tests/random-graph.h"

#include <math.h>
#include <string.h>

/* ---- What the driver sees ---- */

/* A graph in numbers: for each application in order its number, op and operands, then the outputs.
 */
typedef struct
{
  GPtrArray *forms; /* GArray of guint, by step */
  WeftGraph *graph;
} Seen;

static void
add_number (GArray *form, guint number)
{
  g_array_append_val (form, number);
}

static int
compare_guint (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

typedef struct
{
  GPtrArray *stack;
  WeftGraph *graph;
} Reach;

static void
reach_name (const char *name, gpointer data)
{
  Reach     *reach = data;
  WeftValue *value = weft_graph_find_counted (reach->graph, name);

  if (value != NULL)
    g_ptr_array_add (reach->stack, value->apply);
}

/* Number -> the application that stands for it now, of all that the outputs reach. */
static GHashTable *
reach (WeftObserved *observed, WeftGraph *graph)
{
  GHashTable *reached = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();
  Reach what = { stack, graph };

  for (guint i = 0; i < weft_observed_n_outputs (observed); i++)
    g_ptr_array_add (stack, weft_observed_output (observed, i)->apply);
  while (stack->len > 0)
    {
      WeftApply *apply = g_ptr_array_steal_index_fast (stack, stack->len - 1);
      gpointer   key = GUINT_TO_POINTER (weft_observed_apply_number (observed, apply));
      WeftApply *known = g_hash_table_lookup (reached, key);

      if (known == apply)
        continue;
      /* Two applications of one number would be two forms of one thing. */
      g_assert_null (known);
      g_hash_table_insert (reached, key, apply);
      for (guint i = 0; i < apply->n_inputs; i++)
        g_ptr_array_add (stack, weft_observed_now (observed, apply->inputs[i])->apply);
      weft_apply_foreach_name (apply, reach_name, &what);
    }
  return reached;
}

/* Made again, an application is what it was but for its operands. */
static void
assert_same_kind (const WeftApply *first, const WeftApply *again)
{
  g_assert_true (first->op == again->op);
  g_assert_cmpuint (first->n_inputs, ==, again->n_inputs);
  g_assert_cmpuint (first->n_outputs, ==, again->n_outputs);
  g_assert_cmpuint (first->stream, ==, again->stream);
  g_assert_true (first->literal == again->literal && first->shared == again->shared);
  for (guint i = 0; i < first->op->n_attrs; i++)
    g_assert_true (weft_attr_equal (&first->attrs[i], &again->attrs[i]));
  for (guint i = 0; i < first->n_outputs; i++)
    g_assert_true (weft_type_equal (&first->outputs[i].type, &again->outputs[i].type));
}

static void
observe (WeftObserved *observed, guint step, gpointer data)
{
  Seen *seen = data;
  g_autoptr (GHashTable) reached = reach (observed, seen->graph);
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  GArray        *form = g_array_new (FALSE, FALSE, sizeof (guint));
  GHashTableIter iter;
  gpointer       key;

  g_assert_cmpuint (step, ==, seen->forms->len);
  g_hash_table_iter_init (&iter, reached);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    add_number (numbers, GPOINTER_TO_UINT (key));
  g_array_sort (numbers, compare_guint);
  for (guint i = 0; i < numbers->len; i++)
    {
      guint            number = g_array_index (numbers, guint, i);
      const WeftApply *apply = g_hash_table_lookup (reached, GUINT_TO_POINTER (number));

      assert_same_kind (weft_graph_get_apply (seen->graph, number), apply);
      add_number (form, number);
      add_number (form, apply->op->id);
      for (guint k = 0; k < apply->n_inputs; k++)
        add_number (form, weft_observed_value_number (
                            observed, weft_observed_now (observed, apply->inputs[k])));
    }
  for (guint i = 0; i < weft_observed_n_outputs (observed); i++)
    add_number (form, weft_observed_value_number (observed, weft_observed_output (observed, i)));
  g_ptr_array_add (seen->forms, form);
}

/* ---- What the history says ---- */

static GArray *
form_of (WeftCursor *cursor)
{
  WeftHistory *history = weft_cursor_get_history (cursor);
  GArray      *form = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < weft_history_n_applies (history); i++)
    {
      const WeftApply *apply = weft_history_apply (history, i);

      if (!weft_cursor_has (cursor, i))
        continue;
      add_number (form, i);
      add_number (form, apply->op->id);
      for (guint k = 0; k < apply->n_inputs; k++)
        add_number (form, weft_cursor_input (cursor, i, k));
    }
  for (guint i = 0; i < weft_cursor_n_outputs (cursor); i++)
    add_number (form, weft_cursor_output (cursor, i));
  return form;
}

static void
assert_form (WeftCursor *cursor, const Seen *seen, guint step)
{
  g_autoptr (GArray) form = NULL;
  const GArray *wanted = g_ptr_array_index (seen->forms, step);

  weft_cursor_go (cursor, step);
  form = form_of (cursor);
  if (form->len != wanted->len ||
      memcmp (form->data, wanted->data, form->len * sizeof (guint)) != 0)
    g_test_message ("the graph after step %u is another one", step);
  g_assert_cmpmem (form->data, form->len * sizeof (guint), wanted->data,
                   wanted->len * sizeof (guint));
}

/* Order and copy of the graph where @cursor is agree with what it says of each application. */
static void
assert_copy (WeftCursor *cursor)
{
  WeftHistory           *history = weft_cursor_get_history (cursor);
  guint                  n = weft_cursor_n_outputs (cursor), n_there = 0;
  g_autofree guint      *values = g_new (guint, n + 1);
  g_autofree WeftValue **results = g_new (WeftValue *, n + 1);
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) order = weft_cursor_order (cursor);
  g_autoptr (WeftGraph) graph = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++)
    values[i] = weft_cursor_output (cursor, i);
  graph = weft_cursor_copy (cursor, n, values, results, map);
  for (guint i = 0; i < order->len; i++)
    {
      guint            number = g_array_index (order, guint, i);
      const WeftApply *apply = weft_history_apply (history, number);
      const WeftValue *copy =
        g_hash_table_lookup (map, GUINT_TO_POINTER (apply->outputs[0].id + 1));

      g_assert_true (weft_cursor_has (cursor, number));
      g_assert_nonnull (copy);
      assert_same_kind (apply, copy->apply);
      for (guint k = 0; k < apply->n_inputs; k++)
        g_assert_true (
          copy->apply->inputs[k] ==
          g_hash_table_lookup (map, GUINT_TO_POINTER (weft_cursor_input (cursor, number, k) + 1)));
    }
  for (guint i = 0; i < weft_history_n_applies (history); i++)
    n_there += weft_cursor_has (cursor, i);
  g_assert_cmpuint (n_there, ==, order->len);
  g_assert_true (weft_graph_check (graph, n, results, &error));
  g_assert_no_error (error);
}

static gboolean
contains (const GArray *numbers, guint number)
{
  for (guint i = 0; i < numbers->len; i++)
    if (g_array_index (numbers, guint, i) == number)
      return TRUE;
  return FALSE;
}

/* Sources and results are two sides of one relation; what is there comes from something. */
static void
assert_provenance (WeftHistory *history, WeftCursor *cursor)
{
  guint end = weft_history_n_steps (history), checked = 0;

  weft_cursor_go (cursor, end);
  for (guint i = 0; i < weft_history_n_applies (history) && checked < 200; i++)
    {
      g_autoptr (GArray) sources = NULL;

      if (!weft_cursor_has (cursor, i))
        continue;
      checked++;
      sources = weft_history_sources (history, i);
      g_assert_cmpuint (sources->len, >, 0);
      for (guint k = 0; k < sources->len; k++)
        {
          g_autoptr (GArray) results =
            weft_history_results (history, g_array_index (sources, guint, k), end);

          g_assert_true (contains (results, i));
        }
    }
}

static void
assert_lifetimes (WeftHistory *history, WeftCursor *cursor)
{
  for (guint i = 0; i < weft_history_n_applies (history); i++)
    {
      guint first, end;

      if (!weft_history_lifetime (history, i, &first, &end))
        continue;
      weft_cursor_go (cursor, first);
      g_assert_true (weft_cursor_has (cursor, i));
      if (first > 0)
        {
          weft_cursor_go (cursor, first - 1);
          g_assert_false (weft_cursor_has (cursor, i));
        }
      g_assert_cmpuint (end, <=, weft_history_n_steps (history) + 1);
      weft_cursor_go (cursor, end - 1);
      g_assert_true (weft_cursor_has (cursor, i));
      if (end > weft_history_n_steps (history))
        continue;
      weft_cursor_go (cursor, end);
      g_assert_false (weft_cursor_has (cursor, i));
    }
}

/* Every step says what it did: its root gave way, and nothing is matched that was not there. */
static void
assert_steps (WeftHistory *history, WeftCursor *cursor)
{
  for (guint i = 1; i <= weft_history_n_steps (history); i++)
    {
      const WeftRewriteStep *step = weft_history_get_step (history, i);

      g_assert_cmpuint (step->step, ==, i);
      g_assert_cmpuint (step->n_matched, >, 0);
      weft_cursor_go (cursor, i - 1);
      g_assert_true (weft_cursor_has (cursor, step->matched[0]));
      if (step->n_replaced == 0)
        {
          g_assert_cmpuint (step->root_before, ==, step->root_after);
          continue;
        }
      g_assert_cmpuint (step->replaced[0].before, ==, step->root_before);
      g_assert_cmpuint (step->replaced[0].after, ==, step->root_after);
      g_assert_cmpuint (weft_history_value_apply (history, step->root_before), ==,
                        step->matched[0]);
      weft_cursor_go (cursor, i);
      if (!weft_cursor_has (cursor, weft_history_value_apply (history, step->root_after)))
        g_test_message ("step %u, %s: what it made is not there", i, step->rule);
      g_assert_true (
        weft_cursor_has (cursor, weft_history_value_apply (history, step->root_after)));
    }
}

/* The end of what was done inside is the body of what the step made. */
static void
assert_inner (WeftHistory *history)
{
  for (guint i = 1; i <= weft_history_n_steps (history); i++)
    {
      const WeftRewriteStep *step = weft_history_get_step (history, i);
      g_autoptr (WeftHistory) inner = weft_history_inner (history, i);
      g_autoptr (WeftCursor) cursor = NULL;
      const WeftApply *was, *made;
      guint            attr = 0;

      g_assert_cmpint (inner != NULL, ==, step->inner != NULL);
      if (inner == NULL)
        continue;
      was = weft_history_apply (history, step->matched[0]);
      made = weft_history_apply (history, weft_history_value_apply (history, step->root_after));
      while (was->attrs[attr].body == made->attrs[attr].body)
        attr++;
      cursor = weft_cursor_new (inner);
      for (guint end = 0; end < 2; end++)
        {
          const WeftBody *body = (end ? made : was)->attrs[attr].body;

          weft_cursor_go (cursor, end ? G_MAXUINT : 0);
          g_assert_cmpuint (weft_cursor_n_outputs (cursor), ==, body->n_outputs);
          for (guint k = 0; k < body->n_outputs; k++)
            {
              g_autofree char *text = weft_value_to_expression (body->outputs[k], 1000);
              g_autofree char *told =
                weft_cursor_expression (cursor, weft_cursor_output (cursor, k), 1000);

              g_assert_cmpstr (told, ==, text);
            }
        }
      assert_copy (cursor);
      assert_inner (inner);
    }
}

/* Counts of every step against a sum over what is there. */
static void
assert_costs (WeftHistory *history, WeftCursor *cursor, guint step)
{
  g_autoptr (GArray) order = NULL;
  WeftCost cost, all;
  guint    ops = 0;

  weft_cursor_go (cursor, step);
  order = weft_cursor_order (cursor);
  for (guint i = 0; i < order->len; i++)
    ops += weft_history_apply (history, g_array_index (order, guint, i))->n_inputs > 0;
  weft_history_counts (history, step, &cost);
  weft_history_cost (history, step, &all);
  g_assert_cmpuint (cost.ops, ==, ops);
  g_assert_cmpuint (all.ops, ==, ops);
  g_assert_true (cost.flops == all.flops && cost.bytes == all.bytes);
  g_assert_true (isnan (cost.peak_bytes) && all.peak_bytes >= 0);
}

/* Rewrites @graph (taken) as @options say and compares every graph on the way. The caller unrefs
 * the history. */
static WeftHistory *
check_run (WeftGraph                *graph,
           const WeftRewriteOptions *run,
           guint                     n,
           WeftValue *const         *outputs,
           const char *const        *names)
{
  g_autoptr (GPtrArray) forms = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  Seen               seen = { forms, graph };
  WeftRewriteOptions options = *run;
  g_autoptr (WeftHistory) history = NULL;
  g_autoptr (WeftCursor) cursor = NULL;
  guint end;

  options.observe = observe;
  options.data = &seen;
  history = weft_history_new_run (graph, &options, n, outputs, names);
  g_assert_nonnull (history);
  end = weft_history_n_steps (history);
  g_assert_cmpuint (forms->len, ==, end + 1);
  cursor = weft_cursor_new (history);
  for (guint step = 0; step <= end; step++)
    assert_form (cursor, &seen, step);
  for (guint step = end + 1; step-- > 0;)
    assert_form (cursor, &seen, step);
  for (guint i = 0; i <= end; i++)
    assert_form (cursor, &seen, g_test_rand_int_range (0, end + 1));
  for (guint i = 0; i < 6; i++)
    {
      weft_cursor_go (cursor, i == 0   ? 0
                              : i == 1 ? end
                                       : (guint) g_test_rand_int_range (0, end + 1));
      assert_copy (cursor);
      assert_costs (history, cursor, weft_cursor_get_step (cursor));
    }
  assert_steps (history, cursor);
  assert_lifetimes (history, cursor);
  assert_provenance (history, cursor);
  assert_inner (history);
  return g_steal_pointer (&history);
}

/* The same by all rules but those of @without. Returns the number of steps. */
static guint
check_history (WeftGraph         *graph,
               guint              n,
               WeftValue *const  *outputs,
               const char *const *names,
               const char *const *without)
{
  WeftRewriteOptions options = { .without = without };
  g_autoptr (WeftHistory) history = NULL;

  options.rules = weft_rules (&options.n_rules);
  history = check_run (graph, &options, n, outputs, names);
  return weft_history_n_steps (history);
}

/* ---- Expressions for each kind of built-in ---- */

static WeftHistory *
history_of (const char *text, WeftRewriteOptions *options)
{
  WeftGraph         *graph = weft_graph_new ();
  WeftRewriteOptions all = { 0 };
  g_autoptr (WeftScope) scope = weft_scope_new ();
  static const char *const names[] = { "x", "y", "z", "w" };
  WeftValue               *value;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    bind_input (graph, scope, names[i], WEFT_F64, i < 3 ? 2 : 1, (gint64[]){ 4, 4 });
  value = build_value (graph, scope, text);
  if (options == NULL)
    options = &all;
  options->rules = weft_rules (&options->n_rules);
  if (options->data != NULL)
    ((Seen *) options->data)->graph = graph;
  return weft_history_new_run (graph, options, 1, &value, NULL);
}

static void
test_kinds (void)
{
  static const char *const texts[] = {
    "sin(x + y) * cos(y + x)",
    "sin(x + 1.0) + cos(x + 1.0) * 1.0",
    "(x + 1) + 2 + 3 + (y * 2) * 3 * (1 + 1)",
    "log(softmax(x + 0)) * y",
    "exp(broadcast_to(sum(x), (4, 4))) * y + tanh(broadcast_to(w, (4, 4)))",
    "scan(lambda a, h: h * 1 + log(softmax(a + 0)), x, w)",
    "scan(lambda a, h: tanh(a @ y + h * sigmoid(z[0])), x, w)",
    "a, b = scan(lambda r, h, g: (h + r * 1, g * r), x, (w, w)); a",
    "a, b = scan(lambda r, h, g: (h + r, g * r + 0), x, (w, w)); a + b",
    "cond(sum(x) > 0, x * 1 + 0, log(softmax(y * 1)))",
    "map(lambda r: map(lambda s: s * 1 + log(exp(s)), r), x * 1)",
    "x * 1 + nonzero(y > 0)[0].shape[0] * (2 + 1)",
    "sum(x[0:2] * 1) + (x @ y).T.T[0, 0]",
    "uniform((4, 4)) * 1 + uniform((4, 4)) * x",
    "maximum(x, 0) * sigmoid(maximum(x, 0)) + (-x) * (-y) / 4",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GPtrArray) forms = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
      Seen               seen = { forms, NULL };
      WeftRewriteOptions options = { .observe = observe, .data = &seen };
      g_autoptr (WeftHistory) history = NULL;
      g_autoptr (WeftCursor) cursor = NULL;

      g_test_message ("%s", texts[i]);
      history = history_of (texts[i], &options);
      cursor = weft_cursor_new (history);
      g_assert_cmpuint (weft_history_n_steps (history), >, 0);
      for (guint step = 0; step <= weft_history_n_steps (history); step++)
        {
          assert_form (cursor, &seen, step);
          assert_copy (cursor);
          assert_costs (history, cursor, step);
        }
      assert_steps (history, cursor);
      assert_lifetimes (history, cursor);
      assert_provenance (history, cursor);
      assert_inner (history);
    }
}

/* ---- Random graphs ---- */

#define N_RANDOM 1500

static void
test_random (void)
{
  guint n_steps = 0;

  for (guint32 seed = 1; seed <= N_RANDOM; seed++)
    {
      g_autoptr (RandomGraph) random = random_graph_new_blind (seed + 77000);
      g_autofree const char **without = random_graph_without (random, seed % 4 == 0 ? 0.3 : 0);
      g_autofree WeftValue  **copies = g_new (WeftValue *, random->outputs->len + 1);
      WeftGraph              *graph = weft_graph_new ();
      gboolean                cloned =
        weft_graph_clone (random->graph, graph, random->outputs->len,
                          (WeftValue **) random->outputs->pdata, NULL, NULL, copies, NULL);

      g_assert_true (cloned);
      n_steps +=
        check_history (graph, random->outputs->len, copies, NULL, (const char *const *) without);
    }
  g_test_message ("%d graphs, %u steps", N_RANDOM, n_steps);
  g_assert_cmpuint (n_steps, >=, 2 * N_RANDOM);
}

/* ---- The shipped examples ---- */

static void
test_example (gconstpointer data)
{
  const char      *name = data;
  g_autofree char *path = g_build_filename (g_getenv ("WEFT_DATA_DIR"), "examples", name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_load (path, &error);
  WeftInspectPart parts[] = { WEFT_INSPECT_TRAIN, WEFT_INSPECT_GRADIENT, WEFT_INSPECT_FORWARD };

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autoptr (WeftInspected) part = NULL;
      guint32 node;
      guint   n;

      part = weft_inspect (document, parts[i], &node, NULL);
      if (part == NULL)
        continue;
      n = check_history (g_steal_pointer (&part->graph), part->n, part->outputs,
                         (const char *const *) part->names, NULL);
      g_test_message ("%s %s: %u steps", name, weft_inspect_name (parts[i]), n);
    }
}

/* ---- What a history says ---- */

static guint
find_step (WeftHistory *history, const char *rule)
{
  for (guint i = 1; i <= weft_history_n_steps (history); i++)
    if (g_str_equal (weft_history_get_step (history, i)->rule, rule))
      return i;
  return 0;
}

static void
test_log_softmax (void)
{
  g_autoptr (WeftHistory) history = history_of ("log(softmax(x + 0)) * y", NULL);
  g_autoptr (WeftCursor) cursor = weft_cursor_new (history);
  guint                  step = find_step (history, "log-softmax"), made, first, end;
  const WeftRewriteStep *entry = weft_history_get_step (history, step);
  g_autoptr (GArray) sources = NULL;
  g_autoptr (GArray) results = NULL;
  g_autoptr (GArray) biography = NULL;
  g_autofree char *before = NULL, *after = NULL;

  g_assert_nonnull (entry);
  g_assert_cmpuint (entry->n_matched, ==, 2);
  g_assert_cmpuint (entry->n_bound, ==, 1);
  g_assert_cmpstr (weft_history_value (history, entry->bound[0])->name, ==, "x");
  made = weft_history_value_apply (history, entry->root_after);
  sources = weft_history_sources (history, made);
  g_assert_cmpuint (sources->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    g_assert_true (contains (sources, entry->matched[i]));
  results = weft_history_results (history, entry->matched[1], step);
  g_assert_cmpuint (results->len, ==, 1);
  g_assert_cmpuint (g_array_index (results, guint, 0), ==, made);
  g_array_unref (results);
  results = weft_history_results (history, entry->matched[1], step - 1);
  g_assert_cmpuint (g_array_index (results, guint, 0), ==, entry->matched[1]);
  g_assert_true (weft_history_lifetime (history, entry->matched[1], &first, &end));
  g_assert_cmpuint (first, ==, 0);
  g_assert_cmpuint (end, ==, step);
  biography = weft_history_biography (history, entry->matched[1]);
  g_assert_cmpuint (biography->len, ==, 1);
  g_assert_cmpuint (g_array_index (biography, guint, 0), ==, step);
  weft_cursor_go (cursor, 0);
  before = weft_cursor_expression (cursor, weft_cursor_output (cursor, 0), 50);
  g_assert_cmpstr (before, ==, "log(softmax(x + 0.0)) * y");
  weft_cursor_go (cursor, find_step (history, "log-softmax-rows") - 1);
  after = weft_cursor_expression (cursor, weft_cursor_output (cursor, 0), 50);
  g_assert_cmpstr (after, ==, "log_softmax(x) * y");
}

/* A product of (4, 4) matrices in f64: 128 operations, 3 arrays of 128 bytes; a function of it
 * reads and writes one. */
static void
test_costs (void)
{
  g_autoptr (WeftHistory) history = history_of ("exp((x @ y + 0) * 1)", NULL);
  WeftCost before, after;

  weft_history_cost (history, 0, &before);
  weft_history_cost (history, weft_history_n_steps (history), &after);
  g_assert_cmpuint (before.ops, ==, 4);
  g_assert_cmpuint (after.ops, ==, 2);
  g_assert_cmpfloat (after.flops, ==, 128 + 16);
  g_assert_cmpfloat (before.flops, ==, 128 + 3 * 16);
  g_assert_cmpfloat (after.bytes, ==, 3 * 128 + 2 * 128);
  /* The product and what is made of it. */
  g_assert_cmpfloat (after.peak_bytes, ==, 2 * 128);
  g_assert_cmpfloat (before.peak_bytes, ==, 2 * 128);
}

/* What a product reads transposed is a flag of its call; what anything else reads so is copied. */
static void
test_transposes (void)
{
  g_autoptr (WeftHistory) flag = history_of ("exp(x.T @ y)", NULL);
  g_autoptr (WeftHistory) copied = history_of ("exp(x.T @ y) + cumsum(x.T, 0)", NULL);
  WeftCost one, other;

  weft_history_counts (flag, 0, &one);
  weft_history_counts (copied, 0, &other);
  g_assert_cmpfloat (one.bytes, ==, 3 * 128 + 2 * 128);
  g_assert_cmpfloat (one.flops, ==, 128 + 16);
  /* The transpose once more in each of the two texts: they are merged at once or later. */
  g_assert_cmpfloat (other.bytes, ==, one.bytes + 2 * 128 + 2 * 128 + 3 * 128);
}

static void
test_inner (void)
{
  g_autoptr (WeftHistory) history =
    history_of ("scan(lambda a, h: h * 1 + log(softmax(a + 0)), x, w)", NULL);
  g_autoptr (WeftHistory) inner = NULL;
  g_autoptr (WeftCursor) cursor = NULL;
  g_autofree char *text = NULL;
  guint            step = 0, n_inside = 0;

  g_assert_null (weft_history_inner (history, 0));
  for (guint i = 1; i <= weft_history_n_steps (history); i++)
    {
      const WeftRewriteStep *entry = weft_history_get_step (history, i);

      g_assert_cmpint (entry->inner != NULL, ==, g_str_equal (entry->rule, "inside"));
      n_inside += entry->inner != NULL;
      if (entry->inner != NULL && entry->phase == WEFT_PHASE_STABILISE)
        step = i;
    }
  g_assert_cmpuint (n_inside, >=, 2);
  inner = weft_history_inner (history, step);
  g_clear_pointer (&history, weft_history_unref);
  g_assert_nonnull (inner);
  g_assert_cmpuint (find_step (inner, "log-softmax"), >, 0);
  cursor = weft_cursor_new (inner);
  text = weft_cursor_to_string (cursor);
  g_assert_nonnull (strstr (text, "softmax"));
  g_assert_null (strstr (text, "log_softmax"));
  weft_cursor_go (cursor, G_MAXUINT);
  assert_copy (cursor);
  g_free (text);
  text = weft_cursor_to_string (cursor);
  g_assert_nonnull (strstr (text, "log_softmax"));
}

static void
test_phases (void)
{
  g_autoptr (WeftHistory) history = history_of ("log(softmax(x * 1)) + log(softmax(x * 1))", NULL);
  guint next = 1;

  for (WeftPhase phase = 0; phase < WEFT_N_PHASES; phase++)
    {
      guint first, end;

      weft_history_phase (history, phase, &first, &end);
      g_assert_cmpuint (first, ==, next);
      for (guint i = first; i < end; i++)
        g_assert_cmpint (weft_history_get_step (history, i)->phase, ==, phase);
      next = end;
    }
  g_assert_cmpuint (next, ==, weft_history_n_steps (history) + 1);
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  WeftGraph *graph = weft_graph_new ();
  WeftType   type = { WEFT_F64, FALSE, weft_shape (1, 4) };
  WeftValue *value = weft_graph_op (graph, "neg", weft_graph_input (graph, "x", &type), NULL);

  g_cancellable_cancel (cancellable);
  g_assert_null (weft_history_new (graph, 1, &value, NULL, NULL, cancellable));
}

/* ---- Rules that never come to an end ---- */

/* Names, patterns and replacements, got past the measure by hand. */
typedef struct
{
  const char *what;
  const char *rules[3][3];
  const char *said[3];
} Planted;

static const Planted planted[] = {
  { "undo",
    { { "one-way", "sin(x)", "cos(x)" }, { "the-other", "cos(x)", "sin(x)" } },
    { "one-way", "the-other", "sin(-x) -> cos(-x)" } },
  { "ring",
    { { "a", "sin(x)", "cos(x)" }, { "b", "cos(x)", "tan(x)" }, { "c", "tan(x)", "sin(x)" } },
    { "a", "b", "c" } },
  { "grow", { { "longer", "neg(x)", "-(-(-x))" } }, { "longer", "never" } },
  { "grow-inside", { { "deeper", "exp(x)", "exp(exp(x))" } }, { "deeper", "never" } },
  { "fan-out", { { "twice", "sin(x)", "sin(x + 1.0) * sin(x + 2.0)" } }, { "twice" } },
  { "fan-out-two",
    { { "there", "sin(x)", "cos(x + 1.0) + cos(x + 2.0) * cos(x)" },
      { "back", "cos(x)", "sin(x) - sin(x * 3.0)" } },
    { "there", "back" } },
};

static void
test_planted (gconstpointer data)
{
  const Planted     *one = data;
  WeftRule           rules[3] = { 0 };
  WeftGraph         *graph = weft_graph_new ();
  WeftType           type = { WEFT_F32, FALSE, weft_shape (1, 3) };
  WeftValue         *x = weft_graph_input (graph, "x", &type), *y;
  WeftRewriteOptions options = { .rules = rules };
  g_autoptr (WeftHistory) history = NULL;
  const char *said;
  gint64      start = g_get_monotonic_time ();

  for (; options.n_rules < 3 && one->rules[options.n_rules][0] != NULL; options.n_rules++)
    {
      WeftRule *rule = &rules[options.n_rules];
      g_autoptr (WeftExpr) pattern = weft_expr_parse (one->rules[options.n_rules][1], NULL);

      g_assert_true (weft_pattern_compile (pattern, &rule->pattern, NULL));
      rule->info.name = one->rules[options.n_rules][0];
      rule->info.phase = WEFT_PHASE_CANONICALISE;
      rule->replacement = weft_expr_parse (one->rules[options.n_rules][2], NULL);
    }
  y = weft_graph_op (
    graph, "exp", weft_graph_op (graph, "sin", weft_graph_op (graph, "neg", x, NULL), NULL), NULL);
  history = check_run (graph, &options, 1, &y, NULL);
  said = weft_rewrite_get_oscillation (weft_history_get_journal (history));
  g_test_message ("%s: %u steps in %.0f ms: %s", one->what, weft_history_n_steps (history),
                  (double) (g_get_monotonic_time () - start) / 1e3,
                  said != NULL ? said : "nothing");
  g_assert_nonnull (said);
  for (guint i = 0; i < G_N_ELEMENTS (one->said) && one->said[i] != NULL; i++)
    g_assert_nonnull (strstr (said, one->said[i]));
  for (guint i = 0; i < 3; i++)
    weft_rule_clear (&rules[i]);
}

static void
add_planted (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (planted); i++)
    {
      g_autofree char *test = g_strdup_printf ("/engine/history/endless/%s", planted[i].what);

      g_test_add_data_func (test, &planted[i], test_planted);
    }
}

static void
add_examples (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("WEFT_DATA_DIR"), "examples", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".weft"))
      {
        g_autofree char *test = g_strdup_printf ("/engine/history/replay/%s", name);

        g_test_add_data_func (test, g_intern_string (name), test_example);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  random_graph_register ();
  g_test_add_func ("/engine/history/kinds", test_kinds);
  g_test_add_func ("/engine/history/random-graphs", test_random);
  add_examples ();
  add_planted ();
  g_test_add_func ("/engine/history/log-softmax", test_log_softmax);
  g_test_add_func ("/engine/history/costs", test_costs);
  g_test_add_func ("/engine/history/transposes", test_transposes);
  g_test_add_func ("/engine/history/inner", test_inner);
  g_test_add_func ("/engine/history/phases", test_phases);
  g_test_add_func ("/engine/history/cancelled", test_cancelled);
  return g_test_run ();
}
