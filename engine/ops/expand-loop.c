/* Loops as functions of the language: scan, map, reduce, fold, foldr, and LOOP as it is written
 * out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/scan.h"

/* ---- Marks: taps (x, -1, 0) and until (condition) ---- */

EXPAND (taps)
{
  WeftGraph *owner = graph;

  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE,
                           .op = g_intern_static_string ("taps"),
                           .n_items = args[1].n_items + 1 };
  result->items = weft_graph_alloc (owner, result->n_items * sizeof *result->items);
  result->items[0] = args[0];
  for (guint i = 0; i < args[1].n_items; i++)
    result->items[1 + i] = args[1].items[i];
  if (args[1].kind == WEFT_BIND_TUPLE && args[1].n_items > 0)
    return TRUE;
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
               "taps: needs the steps to look at, such as taps(x, -1, 0)");
  return FALSE;
}

EXPAND (until)
{
  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE,
                           .op = g_intern_static_string ("until"),
                           .n_items = 1 };
  result->items = weft_graph_alloc (graph, sizeof *result->items);
  result->items[0] = args[0];
  return TRUE;
}

/* ---- What a text gets ---- */

static gboolean
give_values (WeftGraph *graph, const GPtrArray *values, WeftBinding *result)
{
  if (values->len == 1)
    return weft_expand_give (g_ptr_array_index (values, 0), result);
  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = values->len };
  result->items = weft_graph_alloc (graph, (values->len + 1) * sizeof *result->items);
  for (guint i = 0; i < values->len; i++)
    weft_expand_give (g_ptr_array_index (values, i), &result->items[i]);
  return TRUE;
}

/* The rows that were reached. */
static gboolean
cut_rows (WeftScan *scan, const WeftScanResults *results, GPtrArray *values, GError **error)
{
  WeftBinding count = { .kind = WEFT_BIND_VALUE, .value = results->count };
  WeftAttr    attr;
  WeftDim     n;

  if (!weft_binding_to_attr (&count, scan->graph, WEFT_ATTR_DIM, &attr, error))
    {
      g_prefix_error (error, "%s: ", scan->name);
      return FALSE;
    }
  n = attr.dims->dims[0];
  for (guint i = 0; i < values->len; i++)
    values->pdata[i] =
      weft_rows (scan->graph, values->pdata[i],
                 scan->backwards ? weft_dim_sub (scan->n, n) : weft_dim (0), n);
  return TRUE;
}

/* Every state's trajectory, then the extras. */
static gboolean
give_rows (WeftScan *scan, const WeftScanResults *results, WeftBinding *result, GError **error)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new ();

  for (guint i = 0; i < scan->states->len; i++)
    g_ptr_array_add (values, g_ptr_array_index (results->trajectories,
                                                weft_scan_item (scan->states, i)->first));
  weft_scan_add_all (values, scan->graph, results->extras, FALSE);
  if (scan->until && !cut_rows (scan, results, values, error))
    return FALSE;
  if (values->len == 0)
    return weft_scan_fail (scan, error, "the step returns nothing");
  return give_values (scan->graph, values, result);
}

static gboolean
give_finals (WeftScan *scan, const WeftScanResults *results, WeftBinding *result, GError **error)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new ();

  for (guint i = 0; i < scan->states->len; i++)
    g_ptr_array_add (values,
                     g_ptr_array_index (results->finals, weft_scan_item (scan->states, i)->first));
  if (values->len == 0)
    return weft_scan_fail (scan, error, "there is no state; map gives what each step returns");
  return give_values (scan->graph, values, result);
}

EXPAND (scan)
{
  g_auto (WeftScan) scan = { 0 };
  g_auto (WeftScanResults) results = { 0 };
  WeftAttr backwards;
  gint64   truncate, checkpoint;

  weft_scan_init (&scan, "scan", graph, &args[0]);
  weft_scan_results_init (&results);
  if (!weft_scan_read_items (&scan, &args[1], 0, TRUE, scan.sequences, error) ||
      !weft_scan_read_items (&scan, &args[2], -1, FALSE, scan.states, error) ||
      !weft_scan_read_items (&scan, &args[3], 0, FALSE, scan.constants, error) ||
      !weft_scan_read_steps (&scan, &args[4], error) ||
      !weft_binding_to_attr (&args[5], graph, WEFT_ATTR_BOOL, &backwards, error) ||
      !weft_scan_read_length (&scan, &args[6], "truncate", &truncate, error) ||
      !weft_scan_read_length (&scan, &args[7], "checkpoint", &checkpoint, error))
    return FALSE;
  scan.backwards = backwards.i != 0;
  return weft_scan_make_body (&scan, error) &&
         weft_scan_run (&scan, truncate, checkpoint, &results, error) &&
         give_rows (&scan, &results, result, error);
}

EXPAND (map)
{
  g_auto (WeftScan) scan = { 0 };
  g_auto (WeftScanResults) results = { 0 };

  weft_scan_init (&scan, "map", graph, &args[0]);
  weft_scan_results_init (&results);
  return weft_scan_read_items (&scan, &args[1], 0, TRUE, scan.sequences, error) &&
         weft_scan_make_body (&scan, error) && weft_scan_run (&scan, 0, 0, &results, error) &&
         give_rows (&scan, &results, result, error);
}

static gboolean
fold (const char        *name,
      WeftGraph         *graph,
      const WeftBinding *args,
      gboolean           backwards,
      WeftBinding       *result,
      GError           **error)
{
  g_auto (WeftScan) scan = { 0 };
  g_auto (WeftScanResults) results = { 0 };

  weft_scan_init (&scan, name, graph, &args[0]);
  weft_scan_results_init (&results);
  scan.backwards = backwards;
  return weft_scan_read_items (&scan, &args[1], 0, TRUE, scan.sequences, error) &&
         weft_scan_read_items (&scan, &args[2], -1, FALSE, scan.states, error) &&
         weft_scan_read_steps (&scan, &args[3], error) && weft_scan_make_body (&scan, error) &&
         weft_scan_run (&scan, 0, 0, &results, error) &&
         give_finals (&scan, &results, result, error);
}

EXPAND (reduce)
{
  return fold ("reduce", graph, args, FALSE, result, error);
}

EXPAND (fold)
{
  return fold ("fold", graph, args, FALSE, result, error);
}

EXPAND (foldr)
{
  return fold ("foldr", graph, args, TRUE, result, error);
}

/* ---- LOOP as it is written out ---- */

EXPAND (loop)
{
  g_auto (WeftScan) scan = { 0 };
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  WeftLoop   loop = { 0 };
  WeftAttr   flags[2];
  gint64     n_sequences, n_states;
  WeftApply *apply;

  weft_scan_init (&scan, "loop", graph, &args[1]);
  if (!weft_expand_get_int (&args[3], graph, &n_sequences, error) ||
      !weft_expand_get_int (&args[4], graph, &n_states, error) ||
      !weft_binding_to_attr (&args[5], graph, WEFT_ATTR_BOOL, &flags[0], error) ||
      !weft_binding_to_attr (&args[6], graph, WEFT_ATTR_BOOL, &flags[1], error) ||
      !weft_scan_read_steps (&scan, &args[2], error))
    return FALSE;
  if (args[0].kind != WEFT_BIND_TUPLE || n_sequences < 0 || n_states < 0 ||
      n_sequences + n_states > args[0].n_items)
    return weft_scan_fail (&scan, error, "needs a tuple of sequences, states and constants");
  for (guint i = 0; i < args[0].n_items; i++)
    if (!weft_scan_read_item (&scan, &args[0].items[i], i < n_sequences ? 0 : -1,
                              i < n_sequences              ? scan.sequences
                              : i < n_sequences + n_states ? scan.states
                                                           : scan.constants,
                              error))
      return FALSE;
  if (!weft_scan_make_body (&scan, error))
    return FALSE;
  loop = (WeftLoop){ .step = scan.body,
                     .steps = scan.n,
                     .n_sequences = n_sequences,
                     .n_states = n_states,
                     .until = scan.until || flags[0].i,
                     .backwards = flags[1].i };
  weft_scan_add_all (inputs, graph, scan.rows, FALSE);
  weft_scan_add_all (inputs, graph, scan.initial, FALSE);
  weft_scan_add_all (inputs, graph, scan.rest, FALSE);
  apply = weft_loop_apply (graph, &loop, inputs->len, (WeftValue **) inputs->pdata, error);
  if (apply == NULL)
    return FALSE;
  for (guint i = 0; i < apply->n_outputs; i++)
    g_ptr_array_add (values, weft_apply_output (apply, i));
  return give_values (graph, values, result);
}
