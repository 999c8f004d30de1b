/* Cursors: the graph of a history after a step.
 *
 * A cursor is a history and a step: what is there and what it reads is looked up in the history's
 * lists, so going anywhere costs nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/history-private.h"

struct _WeftCursor
{
  WeftHistory *history; /* owned */
  guint        step;
};

/* A cursor of @history (referenced) after step 0. The caller frees it. */
WeftCursor *
weft_cursor_new (WeftHistory *history)
{
  WeftCursor *cursor = g_new0 (WeftCursor, 1);

  cursor->history = weft_history_ref (history);
  return cursor;
}

/* Frees @cursor; NULL is fine. */
void
weft_cursor_free (WeftCursor *cursor)
{
  if (cursor == NULL)
    return;
  weft_history_unref (cursor->history);
  g_free (cursor);
}

/* Goes to the graph after @step; beyond the last: after the last. */
void
weft_cursor_go (WeftCursor *cursor, guint step)
{
  cursor->step = MIN (step, cursor->history->n_steps);
}

/* Where it is. */
guint
weft_cursor_get_step (WeftCursor *cursor)
{
  return cursor->step;
}

/* The history that it looks at, borrowed. */
WeftHistory *
weft_cursor_get_history (WeftCursor *cursor)
{
  return cursor->history;
}

/* Whether @apply is part of the graph. */
gboolean
weft_cursor_has (WeftCursor *cursor, guint apply)
{
  return apply < cursor->history->n_applies &&
         weft_history_alive (cursor->history, apply, cursor->step);
}

/* The number of the value that @apply reads as its operand @input (from 0). */
guint
weft_cursor_input (WeftCursor *cursor, guint apply, guint input)
{
  const WeftHistory *history = cursor->history;

  g_return_val_if_fail (apply < history->n_applies, G_MAXUINT);
  g_return_val_if_fail (history->slot[apply] + input < history->slot[apply + 1], G_MAXUINT);
  return weft_history_slot_at (history, history->slot[apply] + input, cursor->step);
}

/* How many outputs there are: as many at every step. */
guint
weft_cursor_n_outputs (WeftCursor *cursor)
{
  return cursor->history->n_outputs;
}

/* The number of the value that is output @index. */
guint
weft_cursor_output (WeftCursor *cursor, guint index)
{
  const WeftHistory *history = cursor->history;

  g_return_val_if_fail (index < history->n_outputs, G_MAXUINT);
  return weft_history_slot_at (history, history->slot[history->n_applies] + index, cursor->step);
}

/* What output @index is called, borrowed; NULL: it has no name. */
const char *
weft_cursor_output_name (WeftCursor *cursor, guint index)
{
  g_return_val_if_fail (index < cursor->history->n_outputs, NULL);
  return cursor->history->names[index];
}

/* ---- Order ---- */

/* An application being walked, and how many of its operands have been. */
typedef struct
{
  guint apply, next;
} Visit;

/* The @index-th application that @apply needs, G_MAXUINT beyond the last. */
static guint
needed_by (const WeftHistory *history, guint apply, guint index, guint step)
{
  guint        n_inputs = history->slot[apply + 1] - history->slot[apply], n_hidden;
  const guint *hidden = weft_lists_get (&history->hidden, apply, &n_hidden);

  if (index < n_inputs)
    return history->value_apply[weft_history_slot_at (history, history->slot[apply] + index, step)];
  return index - n_inputs < n_hidden ? hidden[index - n_inputs] : G_MAXUINT;
}

GArray *
weft_history_order (const WeftHistory *history, guint step)
{
  g_autofree guint8 *seen = g_malloc0 (history->n_applies + 1);
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (Visit));
  GArray *order = g_array_new (FALSE, FALSE, sizeof (guint));
  guint   outputs = history->slot[history->n_applies];

  for (guint i = 0; i < history->n_outputs; i++)
    {
      Visit root = { history->value_apply[weft_history_slot_at (history, outputs + i, step)], 0 };

      if (!seen[root.apply])
        g_array_append_val (stack, root);
      seen[root.apply] = 1;
      while (stack->len > 0)
        {
          Visit *visit = &g_array_index (stack, Visit, stack->len - 1);
          Visit  next = { needed_by (history, visit->apply, visit->next++, step), 0 };

          if (next.apply == G_MAXUINT)
            {
              g_array_append_val (order, visit->apply);
              g_array_set_size (stack, stack->len - 1);
            }
          else if (!seen[next.apply])
            {
              seen[next.apply] = 1;
              g_array_append_val (stack, next);
            }
        }
    }
  return order;
}

/* The numbers of what is there, inputs before users; guint. The caller owns the array. */
GArray *
weft_cursor_order (WeftCursor *cursor)
{
  return weft_history_order (cursor->history, cursor->step);
}

/* ---- Graphs of their own ---- */

typedef struct
{
  WeftCursor *cursor;
  WeftGraph  *graph;
  WeftValue **copies; /* by value number */
  guint8     *needed; /* by application number */
} Copy;

static void
copy_counted (const char *name, gpointer data)
{
  Copy      *copy = data;
  WeftValue *value = weft_graph_find_counted (copy->cursor->history->graph, name);

  if (value != NULL && weft_graph_find_counted (copy->graph, name) == NULL)
    weft_graph_define_counted (
      copy->graph, name, copy->copies[weft_history_value_number (copy->cursor->history, value)]);
}

static void
copy_apply (Copy *copy, guint number)
{
  WeftHistory           *history = copy->cursor->history;
  const WeftApply       *apply = weft_history_apply (history, number);
  g_autofree WeftValue **inputs = g_new (WeftValue *, apply->n_inputs + 1);
  WeftApply             *again;

  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = copy->copies[weft_cursor_input (copy->cursor, number, i)];
  if (weft_graph_has_counted (history->graph))
    weft_apply_foreach_name (apply, copy_counted, copy);
  again = weft_graph_again (copy->graph, apply, inputs);
  for (guint i = 0; i < apply->n_outputs; i++)
    copy->copies[apply->outputs[i].id] = &again->outputs[i];
}

/* Marks what the @n @values need; walked backwards over @order. */
static void
mark_needed (Copy *copy, const GArray *order, guint n, const guint *values)
{
  const WeftHistory *history = copy->cursor->history;

  for (guint i = 0; i < n; i++)
    copy->needed[history->value_apply[values[i]]] = 1;
  for (guint i = order->len; i-- > 0;)
    {
      guint apply = g_array_index (order, guint, i), next;

      for (guint k = 0; copy->needed[apply] &&
                        (next = needed_by (history, apply, k, copy->cursor->step)) != G_MAXUINT;
           k++)
        copy->needed[next] = 1;
    }
}

/* A graph of its own with @n of the cursor's @values (numbers of values that are there) and what
 * they need, bodies included. @results gets them; @map (or NULL) gets number + 1 -> WeftValue* for
 * every value. The caller frees the graph. */
WeftGraph *
weft_cursor_copy (
  WeftCursor *cursor, guint n, const guint *values, WeftValue **results, GHashTable *map)
{
  WeftHistory           *history = cursor->history;
  g_autofree WeftValue **copies = g_new0 (WeftValue *, history->n_values + 1);
  g_autofree guint8     *needed = g_malloc0 (history->n_applies + 1);
  g_autoptr (GArray) order = weft_cursor_order (cursor);
  Copy copy = { cursor, weft_graph_new (), copies, needed };

  mark_needed (&copy, order, n, values);
  for (guint i = 0; i < order->len; i++)
    if (needed[g_array_index (order, guint, i)])
      copy_apply (&copy, g_array_index (order, guint, i));
  for (guint i = 0; i < n; i++)
    results[i] = copies[values[i]];
  for (guint i = 0; map != NULL && i < history->n_values; i++)
    if (copies[i] != NULL)
      g_hash_table_insert (map, GUINT_TO_POINTER (i + 1), copies[i]);
  return copy.graph;
}

/* The graph as text that reads back, one assignment a line. The caller owns it. */
char *
weft_cursor_to_string (WeftCursor *cursor)
{
  guint                  n = cursor->history->n_outputs;
  g_autofree guint      *values = g_new (guint, n + 1);
  g_autofree WeftValue **results = g_new (WeftValue *, n + 1);
  g_autoptr (WeftGraph) graph = NULL;

  for (guint i = 0; i < n; i++)
    values[i] = weft_cursor_output (cursor, i);
  graph = weft_cursor_copy (cursor, n, values, results, NULL);
  return weft_graph_to_string (graph, n, results);
}

/* Value number @value, which is there, as one expression, elided beyond @limit ops. The caller owns
 * the text. */
char *
weft_cursor_expression (WeftCursor *cursor, guint value, guint limit)
{
  g_autoptr (WeftGraph) graph = NULL;
  WeftValue *result;

  graph = weft_cursor_copy (cursor, 1, &value, &result, NULL);
  return weft_value_to_expression (result, limit);
}
