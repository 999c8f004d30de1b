/* weft-cli rewrite: the history as JSON.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/rewrite-private.h"

#include <math.h>

static WeftJson *
proof_to_json (CliRewrite *rewrite, guint step, guint *n_wrong)
{
  WeftJson        *json = weft_json_new_object ();
  g_autofree char *reason = NULL;
  WeftProof        proof;

  if (!cli_rewrite_prove (rewrite, step, &proof, &reason))
    {
      weft_json_set_string (json, "error", reason);
      return json;
    }
  *n_wrong += !proof.agrees;
  weft_json_set_bool (json, "agrees", proof.agrees);
  weft_json_set_bool (json, "bit_equal", proof.bit_equal);
  weft_json_set_int (json, "rows", proof.n_rows);
  weft_json_set_int (json, "samples", proof.n_samples);
  weft_json_set_number (json, "difference", proof.difference);
  weft_json_set_number (json, "typed_difference", proof.typed_difference);
  weft_json_set_int (json, "bad_before", proof.bad_before);
  weft_json_set_int (json, "bad_after", proof.bad_after);
  weft_json_set_number (json, "extreme", proof.extreme);
  return json;
}

static WeftJson *
cost_to_json (WeftHistory *history, guint step, gboolean with_peak)
{
  WeftJson *json = weft_json_new_object ();
  WeftCost  cost;

  (with_peak ? weft_history_cost : weft_history_counts) (history, step, &cost);
  weft_json_set_int (json, "ops", cost.ops);
  weft_json_set_number (json, "flops", cost.flops);
  weft_json_set_number (json, "bytes", cost.bytes);
  if (with_peak)
    weft_json_set_number (json, "peak_bytes", cost.peak_bytes);
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

static void
add_to_step (CliRewrite *rewrite, guint number, WeftJson *json, guint *n_wrong)
{
  g_autofree char *before = NULL, *after = NULL;

  weft_history_formulas (rewrite->history, number, REWRITE_SHOWN_OPS, &before, &after);
  if (before != NULL && after != NULL)
    {
      weft_json_set_string (json, "before", before);
      weft_json_set_string (json, "after", after);
    }
  weft_json_set (json, "cost", cost_to_json (rewrite->history, number, FALSE));
  weft_json_set (json, "guards", guards_to_json (rewrite->history, number));
  if (rewrite->proof)
    weft_json_set (json, "proof", proof_to_json (rewrite, number, n_wrong));
}

/* Each result as a formula, at first and at last. */
static WeftJson *
outputs_to_json (WeftHistory *history)
{
  g_autoptr (WeftCursor) before = weft_cursor_new (history);
  g_autoptr (WeftCursor) after = weft_cursor_new (history);
  WeftJson *array = weft_json_new_array ();

  weft_cursor_go (after, weft_history_n_steps (history));
  for (guint i = 0; i < weft_cursor_n_outputs (before); i++)
    {
      g_autofree char *from =
        weft_cursor_expression (before, weft_cursor_output (before, i), 8 * REWRITE_SHOWN_OPS);
      g_autofree char *to =
        weft_cursor_expression (after, weft_cursor_output (after, i), 8 * REWRITE_SHOWN_OPS);
      const char *name = weft_cursor_output_name (before, i);
      WeftJson   *json = weft_json_new_object ();

      if (name != NULL)
        weft_json_set_string (json, "name", name);
      weft_json_set_string (json, "before", from);
      weft_json_set_string (json, "after", to);
      weft_json_append (array, json);
    }
  return array;
}

WeftJson *
cli_rewrite_to_json (CliRewrite *rewrite, guint *n_wrong)
{
  WeftHistory *history = rewrite->history;
  WeftRewrite *journal = weft_history_get_journal (history);
  WeftJson    *json = weft_rewrite_to_json (journal);
  WeftJson    *steps = weft_json_get (json, "steps");
  WeftJson    *outputs = outputs_to_json (history);

  if (*rewrite->function != '\0')
    weft_json_set_string (json, "function", rewrite->function);
  if (weft_json_length (outputs) > 0)
    {
      WeftJson *first = weft_json_at (outputs, 0);

      weft_json_set_string (json, "before", weft_json_get_string (first, "before", ""));
      weft_json_set_string (json, "after", weft_json_get_string (first, "after", ""));
    }
  weft_json_set (json, "outputs", outputs);
  weft_json_set (json, "cost_before", cost_to_json (history, 0, TRUE));
  weft_json_set (json, "cost_after", cost_to_json (history, weft_history_n_steps (history), TRUE));
  for (guint i = 0; i < weft_json_length (steps); i++)
    add_to_step (rewrite, i + 1, weft_json_at (steps, i), n_wrong);
  if (rewrite->proof)
    weft_json_set (json, "proof", proof_to_json (rewrite, G_MAXUINT, n_wrong));
  if (weft_rewrite_get_oscillation (journal) != NULL)
    weft_json_set_string (json, "oscillation", weft_rewrite_get_oscillation (journal));
  return json;
}
