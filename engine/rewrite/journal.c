/* The journal of a run: what each step matched and made.
 *
 * An application that is made again only because an operand was replaced keeps its number here: who
 * replays the steps puts root_after in the place of root_before in everything that reads it, and
 * sees every form in between.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/rewrite-private.h"

static void
clear_step (gpointer data)
{
  WeftRewriteStep *step = data;

  g_free (step->matched);
  g_free (step->added);
}

/* An empty journal; free with weft_rewrite_free. */
WeftRewrite *
weft_rewrite_new (void)
{
  WeftRewrite *journal = g_new0 (WeftRewrite, 1);

  journal->steps = g_array_new (FALSE, FALSE, sizeof (WeftRewriteStep));
  g_array_set_clear_func (journal->steps, clear_step);
  return journal;
}

/* Frees @journal; NULL is fine. */
void
weft_rewrite_free (WeftRewrite *journal)
{
  if (journal == NULL)
    return;
  g_array_unref (journal->steps);
  g_free (journal->oscillation);
  g_free (journal);
}

/* The @n steps in order, borrowed. */
const WeftRewriteStep *
weft_rewrite_steps (WeftRewrite *journal, guint *n)
{
  *n = journal->steps->len;
  return (const WeftRewriteStep *) journal->steps->data;
}

/* How many applications (inputs and constants left out) the results needed before and after, and
 * how long it took; each may be NULL. */
void
weft_rewrite_get_counts (WeftRewrite *journal, guint *before, guint *after, double *us)
{
  if (before != NULL)
    *before = journal->ops_before;
  if (after != NULL)
    *after = journal->ops_after;
  if (us != NULL)
    *us = journal->us;
}

/* The two rules that undid each other until the driver stopped them, as a sentence, borrowed; NULL
 * where all is well. */
const char *
weft_rewrite_get_oscillation (WeftRewrite *journal)
{
  return journal->oscillation;
}

static WeftJson *
ids_to_json (guint n, const guint *ids)
{
  WeftJson *array = weft_json_new_array ();

  for (guint i = 0; i < n; i++)
    weft_json_append (array, weft_json_new_int (ids[i]));
  return array;
}

/* The journal as one object: "ops_before", "ops_after", "us", and "steps" with their ids. The
 * caller frees it. */
WeftJson *
weft_rewrite_to_json (WeftRewrite *journal)
{
  WeftJson *object = weft_json_new_object ();
  WeftJson *steps = weft_json_new_array ();

  weft_json_set_int (object, "ops_before", journal->ops_before);
  weft_json_set_int (object, "ops_after", journal->ops_after);
  weft_json_set_number (object, "us", journal->us);
  for (guint i = 0; i < journal->steps->len; i++)
    {
      const WeftRewriteStep *step = &g_array_index (journal->steps, WeftRewriteStep, i);
      WeftJson              *item = weft_json_new_object ();

      weft_json_set_int (item, "step", step->step);
      weft_json_set_string (item, "phase", weft_phase_name (step->phase));
      weft_json_set_string (item, "rule", step->rule);
      weft_json_set (item, "matched", ids_to_json (step->n_matched, step->matched));
      weft_json_set (item, "added", ids_to_json (step->n_added, step->added));
      weft_json_set_int (item, "root_before", step->root_before);
      weft_json_set_int (item, "root_after", step->root_after);
      weft_json_set_number (item, "us", step->us);
      weft_json_append (steps, item);
    }
  weft_json_set (object, "steps", steps);
  return object;
}
