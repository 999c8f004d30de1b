/* Reading what a text says about a loop, and building its step.
 *
 * Taps are slices of the sequences and states that hand on older states: LOOP itself knows none.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/scan.h"

/* Builds of the step until the types of its states settle: bare numbers take the type and shape of
 * what the step makes of them. */
#define MAX_BUILDS 4

void
weft_scan_clear (WeftScan *scan)
{
  g_clear_pointer (&scan->sequences, g_array_unref);
  g_clear_pointer (&scan->states, g_array_unref);
  g_clear_pointer (&scan->constants, g_array_unref);
  g_clear_pointer (&scan->rows, g_ptr_array_unref);
  g_clear_pointer (&scan->initial, g_ptr_array_unref);
  g_clear_pointer (&scan->rest, g_ptr_array_unref);
  g_clear_pointer (&scan->body, weft_body_unref);
}

void
weft_scan_results_clear (WeftScanResults *results)
{
  g_clear_pointer (&results->finals, g_ptr_array_unref);
  g_clear_pointer (&results->trajectories, g_ptr_array_unref);
  g_clear_pointer (&results->extras, g_ptr_array_unref);
}

void
weft_scan_results_init (WeftScanResults *results)
{
  results->finals = g_ptr_array_new ();
  results->trajectories = g_ptr_array_new ();
  results->extras = g_ptr_array_new ();
}

void
weft_scan_init (WeftScan *scan, const char *name, WeftGraph *graph, const WeftBinding *step)
{
  *scan = (WeftScan){ .name = name, .graph = graph, .step = step };
  scan->sequences = g_array_new (FALSE, TRUE, sizeof (WeftScanItem));
  scan->states = g_array_new (FALSE, TRUE, sizeof (WeftScanItem));
  scan->constants = g_array_new (FALSE, TRUE, sizeof (WeftScanItem));
  scan->rows = g_ptr_array_new ();
  scan->initial = g_ptr_array_new ();
  scan->rest = g_ptr_array_new ();
}

gboolean
weft_scan_fail (const WeftScan *scan, GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list          args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s: %s", scan->name, message);
  return FALSE;
}

static gboolean
is_mark (const WeftBinding *binding, const char *mark)
{
  return binding->kind == WEFT_BIND_TUPLE && g_strcmp0 (binding->op, mark) == 0;
}

/* ---- Arguments ---- */

/* TRUE if @binding is a number, or a tuple of nothing else, which is an array. As deep as an array
 * has dimensions. */
static gboolean
is_numbers (const WeftBinding *binding, guint depth)
{
  if (binding->kind != WEFT_BIND_TUPLE)
    return binding->kind == WEFT_BIND_ATTR;
  if (binding->op != NULL || binding->n_items == 0 || depth == WEFT_MAX_RANK)
    return FALSE;
  for (guint i = 0; i < binding->n_items; i++)
    if (!is_numbers (&binding->items[i], depth + 1))
      return FALSE;
  return TRUE;
}

static gboolean
read_taps (WeftScan *scan, const WeftBinding *binding, WeftScanItem *item, GError **error)
{
  item->tapped = TRUE;
  item->n_taps = binding->n_items - 1;
  if (item->n_taps > WEFT_MAX_TAPS)
    return weft_scan_fail (scan, error, "at most %d taps", WEFT_MAX_TAPS);
  for (guint i = 0; i < item->n_taps; i++)
    {
      WeftAttr tap;

      if (!weft_binding_to_attr (&binding->items[1 + i], scan->graph, WEFT_ATTR_INT, &tap, error))
        {
          g_prefix_error (error, "taps: ");
          return FALSE;
        }
      if (tap.i < -WEFT_MAX_TAPS || tap.i > WEFT_MAX_TAPS)
        return weft_scan_fail (scan, error, "a tap of %" G_GINT64_FORMAT " is too far away", tap.i);
      item->taps[i] = tap.i;
    }
  return TRUE;
}

gboolean
weft_scan_read_item (
  WeftScan *scan, const WeftBinding *binding, gint64 default_tap, GArray *items, GError **error)
{
  WeftScanItem item = { .n_taps = 1, .taps = { default_tap } };

  if (is_mark (binding, "taps"))
    {
      if (!read_taps (scan, binding, &item, error))
        return FALSE;
      binding = &binding->items[0];
    }
  item.value = weft_binding_to_value (binding, scan->graph, error);
  if (item.value == NULL)
    {
      g_prefix_error (error, "%s: ", scan->name);
      return FALSE;
    }
  g_array_append_val (items, item);
  return TRUE;
}

/* One value or a tuple of them; with @numbers a tuple of bare numbers is one array. */
gboolean
weft_scan_read_items (WeftScan          *scan,
                      const WeftBinding *binding,
                      gint64             default_tap,
                      gboolean           numbers,
                      GArray            *items,
                      GError           **error)
{
  gboolean one = binding->kind != WEFT_BIND_TUPLE || binding->op != NULL;

  if (weft_expand_is_none (binding))
    return TRUE;
  one |= numbers && is_numbers (binding, 0);
  if (one)
    return weft_scan_read_item (scan, binding, default_tap, items, error);
  for (guint i = 0; i < binding->n_items; i++)
    if (!weft_scan_read_item (scan, &binding->items[i], default_tap, items, error))
      return FALSE;
  return TRUE;
}

gboolean
weft_scan_read_steps (WeftScan *scan, const WeftBinding *binding, GError **error)
{
  WeftAttr attr;

  if (weft_expand_is_none (binding))
    return TRUE;
  if (!weft_binding_to_attr (binding, scan->graph, WEFT_ATTR_DIM, &attr, error))
    {
      g_prefix_error (error, "%s: steps ", scan->name);
      return FALSE;
    }
  scan->n = attr.dims->dims[0];
  scan->has_n = TRUE;
  if (weft_dim_is_number (scan->n) && scan->n.offset < 0)
    return weft_scan_fail (scan, error, "there cannot be %" G_GINT64_FORMAT " steps",
                           scan->n.offset);
  return TRUE;
}

/* A whole number of at least 1, or 0 for None. */
gboolean
weft_scan_read_length (
  WeftScan *scan, const WeftBinding *binding, const char *what, gint64 *length, GError **error)
{
  *length = 0;
  if (weft_expand_is_none (binding))
    return TRUE;
  if (!weft_expand_get_int (binding, scan->graph, length, error))
    {
      g_prefix_error (error, "%s: %s ", scan->name, what);
      return FALSE;
    }
  return *length >= 1 || weft_scan_fail (scan, error, "%s must be at least 1", what);
}

/* ---- Sequences: one slice a tap ---- */

/* Time runs over the rows for which all taps of all sequences are there. */
static void
tap_range (const WeftScan *scan, gint64 *low, gint64 *high)
{
  *low = *high = 0;
  for (guint i = 0; i < scan->sequences->len; i++)
    for (guint k = 0; k < weft_scan_item (scan->sequences, i)->n_taps; k++)
      {
        *low = MIN (*low, weft_scan_item (scan->sequences, i)->taps[k]);
        *high = MAX (*high, weft_scan_item (scan->sequences, i)->taps[k]);
      }
}

/* How many steps the sequences allow. */
static gboolean
count_steps (WeftScan *scan, gint64 low, gint64 high, GError **error)
{
  WeftDim shortest = weft_dim (0);

  for (guint i = 0; i < scan->sequences->len; i++)
    {
      const WeftShape *shape = &weft_scan_item (scan->sequences, i)->value->type.shape;
      WeftDim          length;

      if (shape->rank == 0)
        return weft_scan_fail (scan, error, "sequence %u is a number and has no rows", i + 1);
      length = weft_dim_sub (shape->dims[0], weft_dim (high - low));
      if (weft_dim_is_number (length) && length.offset < 0)
        return weft_scan_fail (scan, error,
                               "sequence %u is %" G_GINT64_FORMAT
                               " long, its taps reach over %" G_GINT64_FORMAT,
                               i + 1, shape->dims[0].offset, high - low + 1);
      if (i > 0 && weft_dim_differs (length, shortest) && !scan->has_n)
        {
          g_autoptr (GString) text = g_string_new (NULL);

          weft_dim_append (shortest, text);
          g_string_append (text, " != ");
          weft_dim_append (length, text);
          return weft_scan_fail (scan, error, "%s (the sequences' lengths)", text->str);
        }
      if (i == 0 || weft_dim_is_number (length))
        shortest = length;
    }
  if (scan->has_n)
    {
      if (scan->sequences->len > 0 && weft_dim_is_number (scan->n) &&
          weft_dim_is_number (shortest) && shortest.offset < scan->n.offset)
        return weft_scan_fail (
          scan, error, "%" G_GINT64_FORMAT " steps, but the sequences give %" G_GINT64_FORMAT,
          scan->n.offset, shortest.offset);
      return TRUE;
    }
  if (scan->sequences->len == 0)
    return weft_scan_fail (scan, error, "how many steps? Give a sequence, or steps=");
  scan->n = shortest;
  return TRUE;
}

static gboolean
make_rows (WeftScan *scan, GError **error)
{
  gint64 low, high;

  tap_range (scan, &low, &high);
  if (!count_steps (scan, low, high, error))
    return FALSE;
  for (guint i = 0; i < scan->sequences->len; i++)
    {
      WeftScanItem *item = weft_scan_item (scan->sequences, i);
      WeftValue    *value = weft_graph_strong (scan->graph, item->value);

      for (guint k = 0; k < item->n_taps; k++)
        g_ptr_array_add (scan->rows,
                         weft_rows (scan->graph, value, weft_dim (item->taps[k] - low), scan->n));
    }
  return TRUE;
}

/* ---- States: one a step back ---- */

static gboolean
make_initial (WeftScan *scan, GError **error)
{
  for (guint i = 0; i < scan->states->len; i++)
    {
      WeftScanItem *item = weft_scan_item (scan->states, i);
      gint64        deepest = -1;

      item->first = scan->initial->len;
      for (guint k = 0; k < item->n_taps; k++)
        {
          if (item->taps[k] >= 0)
            return weft_scan_fail (scan, error,
                                   "a state is seen at earlier steps only: its taps are negative");
          deepest = MIN (deepest, item->taps[k]);
        }
      if (!item->tapped)
        {
          g_ptr_array_add (scan->initial, item->value);
          continue;
        }
      if (item->value->type.shape.rank == 0 ||
          weft_dim_differs (item->value->type.shape.dims[0], weft_dim (-deepest)))
        return weft_scan_fail (
          scan, error, "state %u needs %" G_GINT64_FORMAT " initial values along its first axis",
          i + 1, -deepest);
      for (gint64 k = 1; k <= -deepest; k++)
        {
          WeftIndex  entry = { .kind = WEFT_INDEX_AT, .step = 1, .start = weft_dim (-deepest - k) };
          WeftAttr   attr = { .kind = WEFT_ATTR_INDEX, .n_index = 1, .index = &entry };
          WeftValue *old =
            weft_expand_apply (scan->graph, WEFT_OP_GETITEM, item->value, &attr, error);

          if (old == NULL)
            return FALSE;
          g_ptr_array_add (scan->initial, old);
        }
    }
  return TRUE;
}

/* ---- The step ---- */

static const char *
param_name (const WeftScan *scan, guint number)
{
  return weft_binding_param (scan->step, number);
}

/* After the states of the loop that item @i stands for. */
static guint
end_of_state (const WeftScan *scan, guint i)
{
  return i + 1 < scan->states->len ? weft_scan_item (scan->states, i + 1)->first
                                   : scan->initial->len;
}

/* The arguments of the step inside the body: a row for each tap, states, constants. */
static void
make_params (WeftScan *scan, WeftBodyMaker *maker, GArray *args)
{
  g_autoptr (GPtrArray) history = g_ptr_array_new ();
  guint number = 0;

  for (guint i = 0; i < scan->rows->len; i++)
    {
      WeftValue  *sequence = g_ptr_array_index (scan->rows, i);
      WeftType    row = weft_row_type (&sequence->type);
      WeftBinding arg = { .kind = WEFT_BIND_VALUE };

      arg.value = weft_body_maker_input (maker, param_name (scan, number++), &row);
      g_array_append_val (args, arg);
    }
  /* Among the parameters only the taps that are named; the body has all of a state's history. */
  for (guint i = 0; i < scan->states->len; i++)
    {
      const WeftScanItem *item = weft_scan_item (scan->states, i);
      guint               end = end_of_state (scan, i);

      for (guint k = item->first; k < end; k++)
        {
          WeftValue  *initial = g_ptr_array_index (scan->initial, k);
          const char *name = NULL;

          for (guint j = 0; j < item->n_taps; j++)
            if (item->taps[j] == -(gint64) (k - item->first) - 1)
              name = param_name (scan, number + j);
          g_ptr_array_add (
            history, weft_body_maker_input (maker, name != NULL ? name : "h", &initial->type));
        }
      for (guint j = 0; j < item->n_taps; j++)
        {
          WeftBinding arg = { .kind = WEFT_BIND_VALUE };

          arg.value = g_ptr_array_index (history, item->first - item->taps[j] - 1);
          g_array_append_val (args, arg);
        }
      number += item->n_taps;
    }
  for (guint i = 0; i < scan->constants->len; i++)
    {
      WeftValue  *constant = g_ptr_array_index (scan->rest, i);
      WeftBinding arg = { .kind = WEFT_BIND_VALUE };

      arg.value = weft_body_maker_input (maker, param_name (scan, number++), &constant->type);
      g_array_append_val (args, arg);
    }
}

/* The values that the step returns, "until" taken off. */
static gboolean
read_step_results (WeftScan          *scan,
                   WeftGraph         *body,
                   const WeftBinding *result,
                   GPtrArray         *values,
                   WeftValue        **condition,
                   GError           **error)
{
  gboolean           one = result->kind != WEFT_BIND_TUPLE || result->op != NULL;
  const WeftBinding *items = one ? result : result->items;
  guint              n = one ? 1 : result->n_items;

  *condition = NULL;
  for (guint i = 0; i < n; i++)
    {
      gboolean   last = is_mark (&items[i], "until");
      WeftValue *value =
        weft_binding_to_value (last ? &items[i].items[0] : &items[i], body, error);

      if (value == NULL)
        {
          g_prefix_error (error, "%s: what the step returns ", scan->name);
          return FALSE;
        }
      if (last && i + 1 < n)
        return weft_scan_fail (scan, error, "until must be the last thing that the step returns");
      if (last)
        *condition = weft_graph_strong (body, value);
      else
        g_ptr_array_add (values, value);
    }
  if (values->len >= scan->states->len)
    return TRUE;
  return weft_scan_fail (scan, error, "the step returns %u values; it must return the new %s first",
                         values->len, scan->states->len == 1 ? "state" : "states");
}

/* The state and what the step makes of it as one element type, the wider one: *@again if that
 * changes the state. */
static void
settle_dtype (WeftScan *scan, WeftGraph *body, guint i, WeftValue **value, gboolean *again)
{
  guint     first = weft_scan_item (scan->states, i)->first;
  WeftDType dtype = ((WeftValue *) g_ptr_array_index (scan->initial, first))->type.dtype;
  WeftDType made = (*value)->type.dtype;

  /* A bare number adopts the state's type; a bare fraction lifts whole numbers to f32. */
  if ((*value)->type.weak)
    made = !weft_dtype_is_float (made) || weft_dtype_is_float (dtype) ? dtype : WEFT_F32;
  made = weft_dtype_promote (made, dtype);
  *value = weft_graph_cast (body, *value, made);
  if (made == dtype)
    return;
  for (guint k = first; k < end_of_state (scan, i); k++)
    scan->initial->pdata[k] = weft_graph_cast (scan->graph, scan->initial->pdata[k], made);
  *again = TRUE;
}

/* @x as @shape. */
static WeftValue *
spread (WeftGraph *graph, WeftValue *x, const WeftShape *shape, GError **error)
{
  WeftAttr attr = weft_attr_shape (graph, shape);

  return weft_expand_apply (graph, WEFT_OP_BROADCAST_TO, x, &attr, error);
}

/* Makes what the step returns for state @i one of the state's type, or the state's initial value
 * one of what the step returns: *@again. */
static gboolean
settle_state (WeftScan   *scan,
              WeftGraph  *body,
              guint       i,
              WeftValue **value,
              gboolean   *again,
              GError    **error)
{
  const WeftScanItem *item = weft_scan_item (scan->states, i);
  gboolean            bare = (*value)->apply->literal != NULL;
  WeftValue          *initial;
  g_autofree char    *is = NULL, *returned = NULL;

  settle_dtype (scan, body, i, value, again);
  initial = g_ptr_array_index (scan->initial, item->first);
  if (bare && (*value)->type.shape.rank == 0 && initial->type.shape.rank > 0)
    *value = spread (body, *value, &initial->type.shape, error);
  if (weft_shape_equal (&(*value)->type.shape, &initial->type.shape))
    return TRUE;
  if (item->value->type.weak && initial->type.shape.rank == 0)
    {
      initial = spread (scan->graph, initial, &(*value)->type.shape, error);
      scan->initial->pdata[item->first] = initial;
      *again = TRUE;
      return initial != NULL;
    }
  is = weft_type_to_string (&initial->type);
  returned = weft_type_to_string (&(*value)->type);
  return weft_scan_fail (scan, error, "state %u is %s, the step returns %s", i + 1, is, returned);
}

/* The loop's new states: what the step returns, and for each older one the one before it. */
static void
hand_on (
  WeftScan *scan, GPtrArray *values, const GArray *args, GPtrArray *inputs, GPtrArray *outputs)
{
  for (guint i = 0; i < scan->states->len; i++)
    {
      guint first = weft_scan_item (scan->states, i)->first, end = end_of_state (scan, i);

      g_ptr_array_add (outputs, g_ptr_array_index (values, i));
      for (guint k = first + 1; k < end; k++)
        g_ptr_array_add (outputs, g_ptr_array_index (inputs, scan->rows->len + k - 1));
    }
  for (guint i = scan->states->len; i < values->len; i++)
    g_ptr_array_add (outputs, g_ptr_array_index (values, i));
}

/* One build of the step; *@again if the types of the states changed. */
static gboolean
build_step (WeftScan *scan, gboolean *again, GError **error)
{
  g_autoptr (WeftBodyMaker) maker = weft_body_maker_new (scan->graph);
  WeftGraph *body = weft_body_maker_get_graph (maker);
  g_autoptr (GArray) args = g_array_new (FALSE, FALSE, sizeof (WeftBinding));
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
  WeftBinding step, result;
  WeftValue  *condition;

  *again = FALSE;
  make_params (scan, maker, args);
  if (!weft_binding_import (scan->step, maker, &step) ||
      !weft_binding_call (&step, body, args->len, (WeftBinding *) (void *) args->data, &result,
                          error))
    return FALSE;
  if (!read_step_results (scan, body, &result, values, &condition, error))
    return FALSE;
  for (guint i = 0; i < scan->states->len; i++)
    if (!settle_state (scan, body, i, (WeftValue **) &values->pdata[i], again, error))
      return FALSE;
  if (*again)
    return TRUE;
  scan->until = condition != NULL;
  scan->n_extras = values->len - scan->states->len;
  hand_on (scan, values, args, weft_body_maker_get_inputs (maker), outputs);
  if (condition != NULL)
    g_ptr_array_add (outputs, condition);
  g_ptr_array_set_size (scan->rest, scan->constants->len);
  scan->body = weft_body_maker_finish (maker, outputs->len, (WeftValue **) outputs->pdata,
                                       scan->rest);
  return TRUE;
}

static gboolean
check_step (WeftScan *scan, GError **error)
{
  guint given = scan->rows->len + scan->constants->len, n_taps = 0;
  gint  wanted = weft_binding_n_params (scan->step);

  for (guint i = 0; i < scan->states->len; i++)
    n_taps += weft_scan_item (scan->states, i)->n_taps;
  given += n_taps;
  if (!weft_binding_is_function (scan->step))
    return weft_scan_fail (scan, error,
                           "the step must be a function, such as lambda x, h: tanh(x + h)");
  if (wanted < 0 || (guint) wanted == given)
    return TRUE;
  return weft_scan_fail (
    scan, error,
    "the step takes %d arguments, the loop gives %u: %u of sequences, %u of states, "
    "%u constants",
    wanted, given, scan->rows->len, n_taps, scan->constants->len);
}

gboolean
weft_scan_make_body (WeftScan *scan, GError **error)
{
  gboolean again = TRUE;

  if (!make_rows (scan, error) || !make_initial (scan, error) || !check_step (scan, error))
    return FALSE;
  for (guint i = 0; i < scan->initial->len; i++)
    scan->initial->pdata[i] = weft_graph_strong (scan->graph, scan->initial->pdata[i]);
  for (guint i = 0; i < scan->constants->len; i++)
    g_ptr_array_add (scan->rest,
                     weft_graph_strong (scan->graph, weft_scan_item (scan->constants, i)->value));
  for (guint i = 0; again; i++)
    {
      if (i == MAX_BUILDS)
        return weft_scan_fail (
          scan, error, "the states change their type with each step; give them one with cast");
      if (!build_step (scan, &again, error))
        return FALSE;
    }
  return TRUE;
}
