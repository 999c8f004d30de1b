/* The loops of a scan: in one piece, cut off where the gradient ends, or as a loop of loops whose
 * gradient goes through each inner loop again, so that every k-th state is kept only.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/scan.h"

/* ---- Loops ---- */

static void
add_outputs (WeftScanResults *results, WeftApply *apply, const WeftLoop *loop)
{
  for (guint i = 0; i < loop->n_states; i++)
    {
      g_ptr_array_add (results->finals, weft_loop_final (apply, i));
      g_ptr_array_add (results->trajectories, weft_loop_trajectory (apply, loop, i));
    }
  for (guint i = 0; i < loop->n_extras; i++)
    g_ptr_array_add (results->extras, weft_loop_extra (apply, loop, i));
  results->count = weft_loop_count (apply);
}

void
weft_scan_add_all (GPtrArray *to, WeftGraph *graph, const GPtrArray *from, gboolean frozen)
{
  for (guint i = 0; i < from->len; i++)
    {
      WeftValue *value = g_ptr_array_index (from, i);

      g_ptr_array_add (to, frozen && weft_dtype_is_float (value->type.dtype)
                             ? weft_graph_op (graph, "stop_gradient", value, NULL)
                             : value);
    }
}

/* Steps @start to @start + @count from @initial on; @frozen: no gradient flows through them. */
static gboolean
run_plain (WeftScan        *scan,
           WeftDim          start,
           WeftDim          count,
           const GPtrArray *initial,
           gboolean         frozen,
           WeftScanResults *results,
           GError         **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  WeftLoop   loop = { .step = scan->body,
                      .steps = count,
                      .n_sequences = scan->rows->len,
                      .n_states = scan->initial->len,
                      .until = scan->until,
                      .backwards = scan->backwards };
  WeftApply *apply;

  for (guint i = 0; i < scan->rows->len; i++)
    g_ptr_array_add (rows, weft_rows (scan->graph, scan->rows->pdata[i], start, count));
  weft_scan_add_all (inputs, scan->graph, rows, frozen);
  weft_scan_add_all (inputs, scan->graph, initial, frozen);
  weft_scan_add_all (inputs, scan->graph, scan->rest, frozen);
  apply = weft_loop_apply (scan->graph, &loop, inputs->len, (WeftValue **) inputs->pdata, error);
  if (apply == NULL)
    return FALSE;
  loop = weft_loop_read (apply);
  add_outputs (results, apply, &loop);
  return TRUE;
}

/* @x with its first axis as (@outer, @inner). */
static WeftValue *
split_rows (WeftGraph *graph, WeftValue *x, WeftDim outer, WeftDim inner, GError **error)
{
  WeftType  row = weft_row_type (&x->type);
  WeftShape shape = { .rank = row.shape.rank + 2, .dims = { outer, inner } };

  for (guint i = 0; i < row.shape.rank; i++)
    shape.dims[i + 2] = row.shape.dims[i];
  return weft_expand_reshape (graph, x, &shape, error);
}

/* The first two axes of @x as one of @n. */
static WeftValue *
join_rows (WeftGraph *graph, WeftValue *x, WeftDim n, GError **error)
{
  WeftType  row = weft_row_type (&x->type);
  WeftShape shape = row.shape;

  shape.dims[0] = n;
  return weft_expand_reshape (graph, x, &shape, error);
}

/* The step of the outer loop: @count steps of the inner one. */
static WeftBody *
make_segment (
  WeftScan *scan, GPtrArray *segments, GPtrArray *initial, WeftDim count, GError **error)
{
  g_autoptr (WeftBodyMaker) maker = weft_body_maker_new (scan->graph);
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) nothing = g_ptr_array_new ();
  WeftLoop   loop = { .step = scan->body,
                      .steps = count,
                      .n_sequences = segments->len,
                      .n_states = initial->len,
                      .backwards = scan->backwards };
  WeftApply *apply;

  for (guint i = 0; i < scan->body->n_inputs; i++)
    {
      const WeftValue *outer =
        i < segments->len                  ? segments->pdata[i]
        : i < segments->len + initial->len ? initial->pdata[i - segments->len]
                                           : scan->rest->pdata[i - segments->len - initial->len];
      WeftType type = outer->type;

      if (i < segments->len)
        type = weft_row_type (&type);
      g_ptr_array_add (inputs,
                       weft_body_maker_input (maker, scan->body->inputs[i]->name, &type));
    }
  apply = weft_loop_apply (weft_body_maker_get_graph (maker), &loop, inputs->len,
                           (WeftValue **) inputs->pdata, error);
  if (apply == NULL)
    return NULL;
  for (guint i = 0; i + 1 < apply->n_outputs; i++)
    g_ptr_array_add (outputs, weft_apply_output (apply, i));
  return weft_body_maker_finish (maker, outputs->len, (WeftValue **) outputs->pdata, nothing);
}

/* @n_segments times @length steps from row 0: a loop of loops. */
static gboolean
run_segments (WeftScan        *scan,
              WeftDim          start,
              WeftDim          n_segments,
              WeftDim          length,
              const GPtrArray *initial,
              WeftScanResults *results,
              GError         **error)
{
  g_autoptr (GPtrArray) segments = g_ptr_array_new ();
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (WeftBody) segment = NULL;
  WeftDim    n = weft_dim_mul (n_segments, length);
  guint      n_states = initial->len;
  WeftApply *apply;
  WeftLoop   loop;

  for (guint i = 0; i < scan->rows->len; i++)
    {
      WeftValue *rows = weft_rows (scan->graph, scan->rows->pdata[i], start, n);
      WeftValue *split = split_rows (scan->graph, rows, n_segments, length, error);

      if (split == NULL)
        return FALSE;
      g_ptr_array_add (segments, split);
    }
  segment = make_segment (scan, segments, (GPtrArray *) initial, length, error);
  if (segment == NULL)
    return FALSE;
  loop = (WeftLoop){ .step = segment,
                     .steps = n_segments,
                     .n_sequences = segments->len,
                     .n_states = n_states,
                     .backwards = scan->backwards };
  weft_scan_add_all (inputs, scan->graph, segments, FALSE);
  weft_scan_add_all (inputs, scan->graph, initial, FALSE);
  weft_scan_add_all (inputs, scan->graph, scan->rest, FALSE);
  apply = weft_loop_apply (scan->graph, &loop, inputs->len, (WeftValue **) inputs->pdata, error);
  if (apply == NULL)
    return FALSE;
  loop = weft_loop_read (apply);
  for (guint i = 0; i < n_states; i++)
    g_ptr_array_add (results->finals, weft_loop_final (apply, i));
  for (guint i = 0; i < loop.n_extras; i++)
    {
      WeftValue *joined =
        join_rows (scan->graph, weft_loop_extra (apply, &loop, i), n, error);

      if (joined == NULL)
        return FALSE;
      g_ptr_array_add (i < n_states ? results->trajectories : results->extras, joined);
    }
  return TRUE;
}

/* ---- Parts of loops ---- */

/* Rows of @a, then rows of @b. */
static void
join_lists (WeftGraph *graph, GPtrArray *a, const GPtrArray *b)
{
  WeftAttr axis = weft_attr_int (0);

  for (guint i = 0; i < a->len; i++)
    {
      WeftValue *parts[2] = { a->pdata[i], b->pdata[i] };

      a->pdata[i] = weft_graph_apply (graph, weft_op (WEFT_OP_CONCAT), 2, parts, &axis, NULL);
      g_assert (a->pdata[i] != NULL);
    }
}

/* Steps @start to @start + @count, keeping every @checkpoint-th state only where that is not 0. */
static gboolean
run_part (WeftScan        *scan,
          WeftDim          start,
          WeftDim          count,
          gint64           checkpoint,
          const GPtrArray *initial,
          WeftScanResults *results,
          GError         **error)
{
  g_auto (WeftScanResults) tail = { 0 };
  WeftDim length = weft_dim (checkpoint), n_segments, whole, rest;

  if (checkpoint == 0)
    return run_plain (scan, start, count, initial, FALSE, results, error);
  n_segments = weft_dim_floor_div (count, length);
  whole = weft_dim_mul (n_segments, length);
  rest = weft_dim_sub (count, whole);
  if (weft_dim_equal (rest, weft_dim (0)))
    return run_segments (scan, start, n_segments, length, initial, results, error);
  if (weft_dim_equal (n_segments, weft_dim (0)))
    return run_plain (scan, start, count, initial, FALSE, results, error);
  weft_scan_results_init (&tail);
  if (scan->backwards)
    {
      if (!run_plain (scan, weft_dim_add (start, whole), rest, initial, FALSE, &tail, error) ||
          !run_segments (scan, start, n_segments, length, tail.finals, results, error))
        return FALSE;
    }
  else
    {
      if (!run_segments (scan, start, n_segments, length, initial, results, error) ||
          !run_plain (scan, weft_dim_add (start, whole), rest, results->finals, FALSE, &tail,
                      error))
        return FALSE;
      g_ptr_array_set_size (results->finals, 0);
      weft_scan_add_all (results->finals, scan->graph, tail.finals, FALSE);
    }
  join_lists (scan->graph, results->trajectories, tail.trajectories);
  join_lists (scan->graph, results->extras, tail.extras);
  return TRUE;
}

/* All steps; the gradient flows through the last @truncate of them only where that is not 0. */
gboolean
weft_scan_run (
  WeftScan *scan, gint64 truncate, gint64 checkpoint, WeftScanResults *results, GError **error)
{
  g_auto (WeftScanResults) first = { 0 };
  WeftDim last = weft_dim_minimum (scan->n, weft_dim (truncate));
  WeftDim cut = weft_dim_sub (scan->n, last);

  if ((truncate > 0 || checkpoint > 0) && scan->until)
    return weft_scan_fail (scan, error, "until does not go with truncate or checkpoint");
  if (truncate == 0 || weft_dim_equal (cut, weft_dim (0)))
    return run_part (scan, weft_dim (0), scan->n, checkpoint, scan->initial, results, error);
  weft_scan_results_init (&first);
  if (!run_plain (scan, scan->backwards ? last : weft_dim (0), cut, scan->initial, TRUE, &first,
                  error) ||
      !run_part (scan, scan->backwards ? weft_dim (0) : cut, last, checkpoint, first.finals,
                 results, error))
    return FALSE;
  if (scan->backwards)
    {
      join_lists (scan->graph, results->trajectories, first.trajectories);
      join_lists (scan->graph, results->extras, first.extras);
      return TRUE;
    }
  join_lists (scan->graph, first.trajectories, results->trajectories);
  join_lists (scan->graph, first.extras, results->extras);
  g_ptr_array_set_size (results->trajectories, 0);
  g_ptr_array_set_size (results->extras, 0);
  weft_scan_add_all (results->trajectories, scan->graph, first.trajectories, FALSE);
  weft_scan_add_all (results->extras, scan->graph, first.extras, FALSE);
  return TRUE;
}
