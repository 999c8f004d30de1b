/* weft-cli rewrite: steps, costs and proofs as lines.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/rewrite-private.h"

#include "engine/base/text-diff.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* So many steps of one rule in a row are told as one. */
#define LEAST_REPEATED 4

static const WeftRuleInfo *
rule_of (const WeftRewriteStep *step)
{
  for (guint i = 0; i < weft_rule_count (); i++)
    if (g_str_equal (weft_rule_get (i)->name, step->rule))
      return weft_rule_get (i);
  return NULL;
}

/* ---- Costs ---- */

/* "15.1 k"; the caller owns it. */
static char *
amount (double number)
{
  static const char *const units[] = { "", "k", "M", "G", "T" };
  guint                    i = 0;

  for (; i + 1 < G_N_ELEMENTS (units) && fabs (number) >= 999.5; i++)
    number /= 1000;
  return i == 0 ? g_strdup_printf ("%.0f", number) : g_strdup_printf ("%.4g %s", number, units[i]);
}

/* "15.1 k -> 14.5 k flops", or "15.1 k flops" where nothing changed. */
static void
append_change (GString *out, const char *what, double before, double after)
{
  g_autofree char *from = amount (before), *to = amount (after);

  if (out->len > 0)
    g_string_append (out, ", ");
  if (g_str_equal (from, to))
    g_string_append_printf (out, "%s %s", from, what);
  else
    g_string_append_printf (out, "%s -> %s %s", from, to, what);
}

static char *
cost_text (WeftHistory *history, guint from, guint to, gboolean with_peak)
{
  GString *out = g_string_new (NULL);
  WeftCost before, after;

  (with_peak ? weft_history_cost : weft_history_counts) (history, from, &before);
  (with_peak ? weft_history_cost : weft_history_counts) (history, to, &after);
  append_change (out, _ ("ops"), before.ops, after.ops);
  append_change (out, _ ("flops"), before.flops, after.flops);
  append_change (out, _ ("bytes moved"), before.bytes, after.bytes);
  if (with_peak)
    append_change (out, _ ("bytes at most"), before.peak_bytes, after.peak_bytes);
  return g_string_free (out, FALSE);
}

/* ---- Proofs ---- */

gboolean
cli_rewrite_prove (CliRewrite *rewrite, guint step, WeftProof *proof, char **reason)
{
  g_autoptr (GError) error = NULL;
  gboolean done = step == G_MAXUINT
                    ? weft_proof_whole (rewrite->history, weft_history_n_steps (rewrite->history),
                                        REWRITE_SEED, NULL, proof, &error)
                    : weft_proof_step (rewrite->history, step, REWRITE_SEED, NULL, proof, &error);

  if (!done)
    *reason = g_strdup (error->message);
  return done;
}

/* "256 rows agree to 1.1e-16 in float64, 2.1e-07 as typed; 24 rows were infinite or NaN, 0 are";
 * the caller owns it. */
char *
cli_rewrite_proof_text (const WeftProof *proof)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, g_dngettext (GETTEXT_PACKAGE, "%u row", "%u rows", proof->n_rows),
                          proof->n_rows);
  if (!proof->agrees)
    g_string_append_printf (out,
                            _ (" DO NOT AGREE: the difference is %.2g in float64, %.2g as typed"),
                            proof->difference, proof->typed_difference);
  else if (proof->bit_equal)
    g_string_append (out, _ (" agree to the last bit"));
  else
    g_string_append_printf (out, _ (" agree to %.2g in float64, %.2g as typed"), proof->difference,
                            proof->typed_difference);
  if (proof->bad_before > 0 || proof->bad_after > 0)
    g_string_append_printf (out, _ ("; infinite or NaN: %u before, %u after"), proof->bad_before,
                            proof->bad_after);
  return g_string_free (out, FALSE);
}

/* Prints the proof of @step, or of the whole; whether the sides disagree. */
static gboolean
print_proof (CliRewrite *rewrite, guint step, const char *label)
{
  g_autofree char *text = NULL;
  WeftProof        proof;

  if (!cli_rewrite_prove (rewrite, step, &proof, &text))
    {
      printf ("%s%s\n", label, text);
      return FALSE;
    }
  text = cli_rewrite_proof_text (&proof);
  printf ("%s%s\n", label, text);
  return !proof.agrees;
}

/* ---- Steps ---- */

/* What changed in the formula of the result that the step is part of. */
static void
print_formula (CliRewrite *rewrite, guint step)
{
  g_autoptr (WeftCursor) before = weft_cursor_new (rewrite->history);
  g_autoptr (WeftCursor) after = weft_cursor_new (rewrite->history);

  weft_cursor_go (before, step - 1);
  weft_cursor_go (after, step);
  for (guint i = 0; i < weft_cursor_n_outputs (before); i++)
    {
      g_autofree char *from =
        weft_cursor_expression (before, weft_cursor_output (before, i), 4 * REWRITE_SHOWN_OPS);
      g_autofree char *to =
        weft_cursor_expression (after, weft_cursor_output (after, i), 4 * REWRITE_SHOWN_OPS);
      g_autofree char *change = weft_text_diff_to_string (from, to);
      const char      *name = weft_cursor_output_name (before, i);

      if (!g_str_equal (from, to))
        printf ("        %s = %s\n", name != NULL ? name : "out", change);
    }
}

/* One step in full; whether its sides disagree. */
static gboolean
print_step (CliRewrite *rewrite, guint number)
{
  const WeftRewriteStep *step = weft_history_get_step (rewrite->history, number);
  const WeftRuleInfo    *rule = rule_of (step);
  g_autofree char       *before = NULL, *after = NULL, *cost = NULL;

  printf ("%4u  %-12s %s\n", step->step, weft_phase_name (step->phase), step->rule);
  weft_history_formulas (rewrite->history, number, REWRITE_SHOWN_OPS, &before, &after);
  if (before != NULL && after != NULL)
    printf (g_str_equal (before, after) ? "        %s\n" : "        %s\n     -> %s\n", before,
            after);
  if (rewrite->formulas)
    print_formula (rewrite, number);
  if (rule != NULL && rule->why != NULL)
    printf ("        %s\n", _ (rule->why));
  cost = cost_text (rewrite->history, number - 1, number, FALSE);
  printf ("        %s\n", cost);
  return rewrite->proof && print_proof (rewrite, number, "        ");
}

/* How many of @steps from @first on are one after the other and say the same. */
static guint
count_repeated (CliRewrite *rewrite, const guint *steps, guint n, guint first)
{
  const WeftRewriteStep *head = weft_history_get_step (rewrite->history, steps[first]);
  guint                  end = first + 1;

  for (; end < n && steps[end] == steps[end - 1] + 1; end++)
    {
      const WeftRewriteStep *step = weft_history_get_step (rewrite->history, steps[end]);

      if (!g_str_equal (step->rule, head->rule) || step->phase != head->phase)
        break;
    }
  return end - first;
}

/* Steps that are told by their number only. */
static guint
prove_silently (CliRewrite *rewrite, const guint *steps, guint n)
{
  guint n_wrong = 0;

  for (guint i = 0; rewrite->proof && i < n; i++)
    {
      g_autofree char *reason = NULL;
      WeftProof        proof;

      if (cli_rewrite_prove (rewrite, steps[i], &proof, &reason) && !proof.agrees)
        {
          print_step (rewrite, steps[i]);
          n_wrong++;
        }
    }
  return n_wrong;
}

guint
cli_rewrite_print_steps (CliRewrite *rewrite, const guint *steps, guint n)
{
  guint n_wrong = 0;

  for (guint i = 0; i < n;)
    {
      guint            repeated = rewrite->all ? 1 : count_repeated (rewrite, steps, n, i);
      g_autofree char *cost = NULL;

      n_wrong += print_step (rewrite, steps[i]);
      if (repeated < LEAST_REPEATED)
        {
          i++;
          continue;
        }
      cost = cost_text (rewrite->history, steps[i], steps[i + repeated - 1], FALSE);
      printf (_ ("      and %s %u times more, up to step %u: %s\n"),
              weft_history_get_step (rewrite->history, steps[i])->rule, repeated - 1,
              steps[i + repeated - 1], cost);
      n_wrong += prove_silently (rewrite, steps + i + 1, repeated - 1);
      i += repeated;
    }
  return n_wrong;
}

guint
cli_rewrite_print_total (CliRewrite *rewrite)
{
  guint            n = weft_history_n_steps (rewrite->history);
  g_autofree char *cost = cost_text (rewrite->history, 0, n, TRUE);
  g_autofree char *count =
    g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u step", "%u steps", n), n);
  const char *oscillation =
    weft_rewrite_get_oscillation (weft_history_get_journal (rewrite->history));

  printf ("%s: %s\n", count, cost);
  if (oscillation != NULL)
    cli_note ("%s", oscillation);
  return rewrite->proof && print_proof (rewrite, G_MAXUINT, _ ("the whole: "));
}

/* ---- Rules, graphs ---- */

void
cli_rewrite_print_rules (CliRewrite *rewrite)
{
  guint n_steps = weft_history_n_steps (rewrite->history);

  for (guint i = 0; i < weft_rule_count (); i++)
    {
      const WeftRuleInfo *rule = weft_rule_get (i);
      guint               count = 0;
      gboolean            off = g_strv_contains (weft_history_without (rewrite->history), rule->name);

      for (guint step = 1; step <= n_steps; step++)
        count += g_str_equal (weft_history_get_step (rewrite->history, step)->rule, rule->name);
      if (count > 0 || off)
        printf ("%6u  %-12s %s%s\n", count, weft_phase_name (rule->phase), rule->name,
                off ? _ ("  (off)") : "");
    }
}

void
cli_rewrite_print_graph (CliRewrite *rewrite, guint step)
{
  g_autoptr (WeftCursor) cursor = weft_cursor_new (rewrite->history);
  g_autofree char *text = NULL;

  weft_cursor_go (cursor, step);
  text = weft_cursor_to_string (cursor);
  printf ("%s", text);
}
