/* Rules that undo each other, or go on for ever: found by bounds, named, and off for the rest of
 * the run.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/driver-private.h"

/* In what is said of them. */
#define MAX_NAMED 6
#define SHOWN_OPS 8

/* ---- Rules that undo each other ---- */

/* The rules whose steps, one on top of the other, led to @apply, last first: at most @n. */
static guint
list_makers (WeftRun *run, const WeftApply *apply, const WeftRewriteStep **makers, guint n)
{
  guint found = 0, made_by = weft_run_note (run, apply)->made_by;

  while (found < n && made_by > 0)
    {
      const WeftRewriteStep *step =
        &g_array_index (run->journal->steps, WeftRewriteStep, made_by - 1);
      guint root = g_array_index (run->roots, guint, made_by - 1);

      makers[found++] = step;
      made_by = g_array_index (run->notes, WeftRunNote, root).made_by;
    }
  return found;
}

/* After how many of the @n @makers the same rules come again. */
static guint
find_period (const WeftRewriteStep *const *makers, guint n)
{
  for (guint period = 1; period <= n / 2; period++)
    {
      guint same = 0;

      while (same + period < n && makers[same]->rule == makers[same + period]->rule)
        same++;
      if (same + period == n)
        return period;
    }
  return n;
}

/* What is not heard of again in this run. */
static void
switch_off (WeftRun *run, const char *name)
{
  for (guint i = 0; i < run->options->n_rules; i++)
    if (g_str_equal (run->options->rules[i].info.name, name))
      run->on[i] = FALSE;
}

static void
say_oscillation (WeftRun                      *run,
                 const WeftRewriteStep *const *makers,
                 guint                         period,
                 const WeftApply              *apply)
{
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GString) loop = g_string_new (NULL);
  g_autofree char *form = weft_value_to_expression ((WeftValue *) &apply->outputs[0], SHOWN_OPS);

  for (guint i = MIN (period, MAX_NAMED); i-- > 0;)
    {
      guint            root = g_array_index (run->roots, guint, makers[i]->step - 1);
      WeftApply       *before = weft_graph_get_apply (run->graph, root);
      g_autofree char *was = weft_value_to_expression (&before->outputs[0], SHOWN_OPS);

      g_string_append_printf (names, "%s%s",
                              names->len == 0 ? ""
                              : i == 0        ? " and "
                                              : ", ",
                              makers[i]->rule);
      g_string_append_printf (loop, "%s -> ", was);
    }
  run->journal->oscillation = g_strdup_printf (
    period == 1 ? "the rule %s never comes to an end: %s%s" : "the rules %s undo each other: %s%s",
    names->str, loop->str, form);
}

/* Names the rules that led to @apply again and again, which @rule would replace once more, if none
 * are named yet; they are off from now on. */
void
weft_run_note_endless (WeftRun *run, const WeftApply *apply, const char *rule)
{
  const WeftRewriteStep *makers[WEFT_RUN_MAX_GENERATION];
  guint                  n = list_makers (run, apply, makers, WEFT_RUN_MAX_GENERATION);
  guint                  period = find_period (makers, n);

  if (run->journal->oscillation == NULL && n > 0)
    say_oscillation (run, makers, period, apply);
  else if (run->journal->oscillation == NULL)
    run->journal->oscillation = g_strdup_printf ("the rule %s makes too many steps", rule);
  switch_off (run, rule);
  for (guint i = 0; i < period && period < n; i++)
    switch_off (run, makers[i]->rule);
}

/* Whether one more step may be made on top of those that led to @apply. */
gboolean
weft_run_may_rewrite (WeftRun *run, const WeftApply *apply, const char *rule)
{
  if (weft_run_note (run, apply)->generation < WEFT_RUN_MAX_GENERATION && run->steps_left > 0 &&
      run->all_left > 0)
    return TRUE;
  weft_run_note_endless (run, apply, rule);
  return FALSE;
}
