/* What is said beside an answer, on standard error: float64 that nobody asked for, and what print,
 * watch and breakpoint see while a function runs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/remarks.h"

#include <glib/gi18n.h>
#include <stdio.h>

/* Elements of a printed array that are shown. */
#define SHOWN 64

static const char *
name_of (const WeftValue *value)
{
  return value->name != NULL ? value->name : value->apply->op->name;
}

/* The document node that @apply comes from, or the op. */
static const char *
place_of (const WeftApply *apply, WeftDocument *document)
{
  const WeftNode *node = document != NULL && apply->origins->n > 0
                           ? weft_document_node (document, weft_document_outer_node (
                                                             document, apply->origins->nodes[0]))
                           : NULL;

  return node != NULL ? node->id : apply->op->name;
}

char *
cli_widening_text (const WeftWidening *one, WeftDocument *document)
{
  return g_strdup_printf (
    _ ("%s is computed in float64, because %s is float64 and %s is not; write f32(%s) to stay in "
       "float32"),
    place_of (one->apply, document), name_of (one->wide), name_of (one->narrow),
    name_of (one->wide));
}

void
cli_warn_widened (WeftGraph *graph, guint n, WeftValue *const *values, WeftDocument *document)
{
  g_autoptr (GArray) found = weft_graph_widenings (graph, n, values);

  for (guint i = 0; i < found->len; i++)
    {
      g_autofree char *text =
        cli_widening_text (&g_array_index (found, WeftWidening, i), document);

      cli_note (_ ("warning: %s"), text);
    }
}

static void
show_cb (const WeftRunEvent *event, gpointer data)
{
  g_autofree char *value = weft_array_to_string (event->value, SHOWN);

  if (*event->message != '\0')
    cli_note ("%s: %s: %s", event->op->name, event->message, value);
  else
    cli_note ("%s: %s", event->op->name, value);
}

void
cli_listen (WeftFunction *function)
{
  weft_function_set_event (function, show_cb, NULL);
}
