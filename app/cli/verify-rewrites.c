/* weft-cli verify: every rewrite of a document, on samples.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/verify-private.h"

#include "engine/run/proof.h"
#include "engine/train/inspect.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

/* Ops that a complaint shows of a formula. */
#define SHOWN_OPS 12
#define SEED 1

typedef struct
{
  guint  n_steps, n_proved, n_wrong;
  double difference; /* the largest of what agrees */
} Count;

static void
complain (WeftHistory *history, guint step, const WeftProof *proof)
{
  g_autofree char *before = NULL, *after = NULL;

  weft_history_formulas (history, step, SHOWN_OPS, &before, &after);
  cli_say (CLI_INPUT, _ ("step %u, %s: %s is not %s; the largest difference is %.3g"), step,
           weft_history_get_step (history, step)->rule, before, after, proof->difference);
}

static void
take (Count *count, const WeftProof *proof)
{
  count->n_proved++;
  if (proof->agrees)
    count->difference = fmax (count->difference, proof->difference);
  else
    count->n_wrong++;
}

static Count
prove_steps (WeftHistory *history)
{
  Count count = { .n_steps = weft_history_n_steps (history) };

  for (guint step = 1; step <= count.n_steps; step++)
    {
      WeftProof proof;

      if (!weft_proof_step (history, step, SEED, NULL, &proof, NULL))
        continue;
      take (&count, &proof);
      if (!proof.agrees)
        complain (history, step, &proof);
    }
  return count;
}

static void
print_line (const char *what, const char *text, double difference, gboolean ok)
{
  printf (_ ("%-20s %-34s largest difference %.2g  %s\n"), what, text, difference,
          ok ? _ ("ok") : _ ("WRONG"));
}

/* What is proved of each function: every step where it is a whole; and all of it, but of a training
 * step only up to the gradient: an update such as g / (|g| + 1e-8) makes something of the rounding
 * of a gradient that is nothing. */
static const struct
{
  WeftInspectPart part;
  gboolean        steps, whole;
} parts[] = {
  { WEFT_INSPECT_TRAIN, TRUE, FALSE },
  { WEFT_INSPECT_GRADIENT, FALSE, TRUE },
  { WEFT_INSPECT_MEASURE, FALSE, TRUE },
  { WEFT_INSPECT_PREDICT, TRUE, TRUE },
};

static guint
verify_steps (WeftHistory *history, const char *name, gboolean quiet, WeftJson *json)
{
  Count            count = prove_steps (history);
  g_autofree char *text =
    g_strdup_printf (_ ("%s: %u of %u steps"), name, count.n_proved, count.n_steps);

  weft_json_set_int (json, "steps", count.n_steps);
  weft_json_set_int (json, "proved", count.n_proved);
  weft_json_set_int (json, "wrong", count.n_wrong);
  weft_json_set_number (json, "difference", count.difference);
  if (!quiet)
    print_line (_ ("rewrites"), text, count.difference, count.n_wrong == 0);
  return count.n_wrong;
}

static guint
verify_whole (WeftHistory *history, const char *name, gboolean quiet, WeftJson *json)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strdup_printf (_ ("%s: before against after"), name);
  WeftProof        whole;

  if (!weft_proof_whole (history, weft_history_n_steps (history), SEED, NULL, &whole, &error))
    {
      weft_json_set_string (json, "whole_error", error->message);
      if (!quiet)
        printf ("%-20s %-34s %s\n", _ ("rewrites"), text, error->message);
      return 0;
    }
  weft_json_set_bool (json, "whole_agrees", whole.agrees);
  weft_json_set_number (json, "whole_difference", whole.difference);
  if (!quiet)
    print_line (_ ("rewrites"), text, whole.difference, whole.agrees);
  return !whole.agrees;
}

guint
cli_verify_rewrites (WeftDocument *document, gboolean quiet, WeftJson *report)
{
  WeftJson *list = weft_json_new_array ();
  guint     n_wrong = 0;

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      guint32     node;
      const char *name = weft_inspect_name (parts[i].part);
      g_autoptr (WeftInspected) inspected = weft_inspect (document, parts[i].part, &node, NULL);
      g_autoptr (WeftHistory) history = NULL;
      WeftJson *json;

      /* A document need not predict anything. */
      if (inspected == NULL)
        continue;
      history =
        weft_history_new (g_steal_pointer (&inspected->graph), inspected->n, inspected->outputs,
                          (const char *const *) inspected->names, NULL, NULL);
      json = weft_json_new_object ();
      weft_json_set_string (json, "function", name);
      if (parts[i].steps)
        n_wrong += verify_steps (history, name, quiet, json);
      if (parts[i].whole)
        n_wrong += verify_whole (history, name, quiet, json);
      weft_json_append (list, json);
    }
  weft_json_set (report, "proofs", list);
  return n_wrong;
}
