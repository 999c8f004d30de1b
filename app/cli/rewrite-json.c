/* weft-cli rewrite: the history as JSON.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/rewrite-private.h"

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

/* As data/schema/rewrite.schema.json says. */
WeftJson *
cli_rewrite_to_json (CliRewrite *rewrite, guint *n_wrong)
{
  WeftJson *json = weft_history_to_json (rewrite->history);
  WeftJson *steps = weft_json_get (json, "steps");
  WeftJson *outputs = weft_json_get (json, "outputs");

  if (*rewrite->function != '\0')
    weft_json_set_string (json, "function", rewrite->function);
  if (weft_json_length (outputs) > 0)
    {
      WeftJson *first = weft_json_at (outputs, 0);

      weft_json_set_string (json, "before", weft_json_get_string (first, "before", ""));
      weft_json_set_string (json, "after", weft_json_get_string (first, "after", ""));
    }
  for (guint i = 0; rewrite->proof && i < weft_json_length (steps); i++)
    weft_json_set (weft_json_at (steps, i), "proof", proof_to_json (rewrite, i + 1, n_wrong));
  if (rewrite->proof)
    weft_json_set (json, "proof", proof_to_json (rewrite, G_MAXUINT, n_wrong));
  return json;
}
