/* Rewriting inside: the bodies of a loop or choice, each as a graph of its own with a journal of
 * its own, by the rules of the phase in which its surroundings are.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/loops.h"

#include <string.h>

/* @body rewritten; NULL where no rule had anything to do. Owned by the caller, as is the @journal
 * of it. */
static WeftBody *
rewrite_body (const WeftBody *body, const WeftBodyPass *pass, WeftRewrite **journal)
{
  g_autoptr (WeftBindings) none = weft_bindings_new ();
  g_autoptr (WeftBody) copy = weft_body_bind (body, none, NULL);
  g_autofree WeftValue **before = NULL, **after = NULL;
  WeftRewriteOptions     options = *pass->options;
  WeftBody              *result;
  guint                  n_steps;

  g_assert (copy != NULL);
  before = g_memdup2 (copy->outputs, copy->n_outputs * sizeof *before);
  after = g_new (WeftValue *, copy->n_outputs + 1);
  options.observe = NULL;
  options.first = pass->phase;
  options.end = pass->phase + 1;
  weft_rewrite_run (copy->graph, &options, copy->n_outputs, before, after, journal);
  weft_rewrite_steps (*journal, &n_steps);
  if (n_steps == 0)
    return NULL;
  memcpy (copy->outputs, after, copy->n_outputs * sizeof *after);
  /* Once more, so that nothing is left of what was replaced. */
  result = weft_body_bind (copy, none, NULL);
  memcpy (copy->outputs, before, copy->n_outputs * sizeof *before);
  (*journal)->body = g_steal_pointer (&copy);
  return result;
}

/* The application with its next body rewritten, the others as they are. */
gboolean
weft_rewrite_inside (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results)
{
  g_autofree WeftAttr *attrs = g_memdup2 (apply->attrs, apply->op->n_attrs * sizeof *attrs);
  g_autoptr (WeftRewrite) journal = NULL;
  g_autoptr (GError) error = NULL;
  WeftBody  *body = NULL;
  WeftValue *made;

  for (guint i = 0; i < apply->op->n_attrs && body == NULL; i++)
    if (attrs[i].kind == WEFT_ATTR_BODY && g_hash_table_add (pass->done, attrs[i].body))
      {
        g_clear_pointer (&journal, weft_rewrite_free);
        body = rewrite_body (attrs[i].body, pass, &journal);
        if (body != NULL)
          attrs[i] = weft_attr_take_body (graph, body);
      }
  if (body == NULL)
    return FALSE;
  g_hash_table_add (pass->done, body);
  made = weft_graph_apply (graph, apply->op, apply->n_inputs, apply->inputs, attrs, &error);
  if (made == NULL)
    g_error ("a rewrite changed a type: %s", error->message);
  for (guint i = 0; i < apply->n_outputs; i++)
    results[i] = &made->apply->outputs[i];
  pass->inner = g_steal_pointer (&journal);
  return TRUE;
}
