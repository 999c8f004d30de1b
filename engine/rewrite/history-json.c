/* Histories as JSON: the graph as it was, and every step with all that is known of it; see
 * data/schema/rewrite.schema.json, which says how it is replayed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/history-private.h"

/* Ops shown of a formula. */
#define FORMULA_OPS 30
/* Of an output. */
#define OUTPUT_OPS 160

/* ---- The graph ---- */

static WeftJson *
attrs_to_json (const WeftApply *apply)
{
  WeftJson *attrs = weft_json_new_object ();

  for (guint i = 0; i < apply->op->n_attrs; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      if (apply->attrs[i].kind == WEFT_ATTR_BODY)
        weft_body_append (apply->attrs[i].body, text);
      else
        weft_attr_append (&apply->attrs[i], text);
      weft_json_set_string (attrs, apply->op->attrs[i].name, text->str);
    }
  return attrs;
}

static WeftJson *
origins_to_json (const WeftOrigins *origins)
{
  WeftJson *array = weft_json_new_array ();

  for (guint i = 0; i < origins->n; i++)
    weft_json_append (array, weft_json_new_int (origins->nodes[i]));
  return array;
}

static WeftJson *
apply_to_json (WeftHistory *history, guint number)
{
  const WeftApply *apply = weft_history_apply (history, number);
  WeftJson        *json = weft_json_new_object ();
  WeftJson        *inputs = weft_json_new_array ();
  WeftJson        *outputs = weft_json_new_array ();
  guint            n_hidden;
  const guint     *hidden = weft_lists_get (&history->hidden, number, &n_hidden);

  weft_json_set_int (json, "id", number);
  weft_json_set_string (json, "op", apply->op->name);
  for (guint slot = history->slot[number]; slot < history->slot[number + 1]; slot++)
    weft_json_append (inputs, weft_json_new_int (history->slots.initial[slot]));
  weft_json_set (json, "inputs", inputs);
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      WeftJson        *output = weft_json_new_object ();
      g_autofree char *type = weft_type_to_string (&apply->outputs[i].type);

      weft_json_set_int (output, "value", apply->outputs[i].id);
      weft_json_set_string (output, "type", type);
      if (apply->outputs[i].name != NULL)
        weft_json_set_string (output, "name", apply->outputs[i].name);
      weft_json_append (outputs, output);
    }
  weft_json_set (json, "outputs", outputs);
  if (apply->op->n_attrs > 0)
    weft_json_set (json, "attrs", attrs_to_json (apply));
  if (n_hidden > 0)
    weft_json_set (json, "needs", weft_numbers_to_json (n_hidden, hidden));
  weft_json_set (json, "origins", origins_to_json (apply->origins));
  return json;
}

/* Every application that ever is part of the graph or that a step made. */
static WeftJson *
applies_to_json (WeftHistory *history)
{
  WeftJson          *applies = weft_json_new_array ();
  g_autofree guint8 *told = g_malloc0 (history->n_applies + 1);

  for (guint i = 0; i < history->n_applies; i++)
    told[i] = history->toggles.first[i + 1] > history->toggles.first[i];
  for (guint i = 1; i <= history->n_steps; i++)
    {
      const WeftRewriteStep *step = weft_history_get_step (history, i);

      for (guint k = 0; k < step->n_added; k++)
        told[step->added[k]] = 1;
    }
  for (guint i = 0; i < history->n_applies; i++)
    if (told[i])
      weft_json_append (applies, apply_to_json (history, i));
  return applies;
}

/* The outputs, each with its formula before the first step and after the last. */
static WeftJson *
outputs_to_json (WeftHistory *history)
{
  WeftJson *outputs = weft_json_new_array ();
  g_autoptr (WeftCursor) cursor = weft_cursor_new (history);

  for (guint i = 0; i < history->n_outputs; i++)
    {
      WeftJson        *output = weft_json_new_object ();
      g_autofree char *before = NULL, *after = NULL;

      weft_cursor_go (cursor, 0);
      weft_json_set_int (output, "value", weft_cursor_output (cursor, i));
      if (history->names[i] != NULL)
        weft_json_set_string (output, "name", history->names[i]);
      before = weft_cursor_expression (cursor, weft_cursor_output (cursor, i), OUTPUT_OPS);
      weft_cursor_go (cursor, history->n_steps);
      after = weft_cursor_expression (cursor, weft_cursor_output (cursor, i), OUTPUT_OPS);
      weft_json_set_string (output, "before", before);
      weft_json_set_string (output, "after", after);
      weft_json_append (outputs, output);
    }
  return outputs;
}

/* ---- Steps ---- */

static WeftJson *
cost_to_json (const WeftCost *cost)
{
  WeftJson *json = weft_json_new_object ();

  weft_json_set_int (json, "ops", cost->ops);
  weft_json_set_number (json, "flops", cost->flops);
  weft_json_set_number (json, "bytes", cost->bytes);
  weft_json_set_number (json, "peak_bytes", cost->peak_bytes);
  return json;
}

static WeftJson *
guards_to_json (WeftHistory *history, guint step)
{
  g_autoptr (GPtrArray) guards = weft_history_guards (history, step);
  WeftJson *array = weft_json_new_array ();

  for (guint i = 0; i < guards->len; i++)
    {
      const WeftGuardValue *guard = g_ptr_array_index (guards, i);
      WeftJson             *json = weft_json_new_object ();

      weft_json_set_string (json, "condition", guard->condition);
      weft_json_set_string (json, "value", guard->value);
      weft_json_append (array, json);
    }
  return array;
}

static WeftJson *
bindings_to_json (WeftHistory *history, guint step)
{
  g_autoptr (GPtrArray) bindings = weft_history_bindings (history, step);
  WeftJson *array = weft_json_new_array ();

  for (guint i = 0; i < bindings->len; i++)
    {
      const WeftBindingText *binding = g_ptr_array_index (bindings, i);
      WeftJson              *json = weft_json_new_object ();

      weft_json_set_string (json, "name", binding->name);
      if (binding->value != G_MAXUINT)
        weft_json_set_int (json, "value", binding->value);
      weft_json_set_string (json, "text", binding->text);
      weft_json_append (array, json);
    }
  return array;
}

/* By step: the applications that it takes away. */
static WeftLists
find_removed (WeftHistory *history)
{
  g_autoptr (GArray) steps = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) applies = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < history->n_applies; i++)
    {
      guint        n;
      const guint *toggles = weft_lists_get (&history->toggles, i, &n);

      for (guint k = 1; k < n; k += 2)
        {
          g_array_append_val (steps, toggles[k]);
          g_array_append_val (applies, i);
        }
    }
  return weft_lists_new (history->n_steps + 1, steps->len, (guint *) steps->data,
                         (guint *) applies->data);
}

/* @cost: of the graph before the step, and then of the graph after it. */
static WeftJson *
step_to_json (WeftHistory *history, guint number, const WeftLists *removed, WeftCost *cost)
{
  const WeftRewriteStep *step = weft_history_get_step (history, number);
  WeftJson              *json = weft_rewrite_step_to_json (step);
  g_autofree char       *before = NULL, *after = NULL;
  guint                  n;
  const guint           *gone = weft_lists_get (removed, number, &n);

  weft_json_set (json, "removed", weft_numbers_to_json (n, gone));
  weft_history_formulas (history, number, FORMULA_OPS, &before, &after);
  weft_json_set_string (json, "before", before);
  weft_json_set_string (json, "after", after);
  weft_json_set (json, "bindings", bindings_to_json (history, number));
  weft_json_set (json, "guards", guards_to_json (history, number));
  weft_json_set (json, "cost_before", cost_to_json (cost));
  if (step->n_replaced > 0)
    weft_history_cost (history, number, cost);
  weft_json_set (json, "cost_after", cost_to_json (cost));
  if (step->inner != NULL)
    {
      g_autoptr (WeftHistory) inner = weft_history_inner (history, number);

      weft_json_set (json, "inner", weft_history_to_json (inner));
    }
  return json;
}

/* All of @history as one object, as data/schema/rewrite.schema.json says; histories of bodies
 * inside it. The caller unrefs it. */
WeftJson *
weft_history_to_json (WeftHistory *history)
{
  WeftJson          *json = weft_json_new_object ();
  WeftJson          *steps = weft_json_new_array ();
  WeftJson          *without = weft_json_new_array ();
  const WeftRewrite *journal = history->journal;
  WeftLists          removed = find_removed (history);
  WeftCost           cost;

  weft_json_set_int (json, "ops_before", journal->ops_before);
  weft_json_set_int (json, "ops_after", journal->ops_after);
  weft_json_set_number (json, "us", journal->us);
  if (journal->oscillation != NULL)
    weft_json_set_string (json, "oscillation", journal->oscillation);
  for (guint i = 0; history->without[i] != NULL; i++)
    weft_json_append (without, weft_json_new_string (history->without[i]));
  weft_json_set (json, "without", without);
  weft_json_set (json, "applies", applies_to_json (history));
  weft_json_set (json, "outputs", outputs_to_json (history));
  weft_history_cost (history, 0, &cost);
  weft_json_set (json, "cost_before", cost_to_json (&cost));
  for (guint i = 1; i <= history->n_steps; i++)
    weft_json_append (steps, step_to_json (history, i, &removed, &cost));
  weft_json_set (json, "cost_after", cost_to_json (&cost));
  weft_json_set (json, "steps", steps);
  weft_lists_clear (&removed);
  return json;
}
