/* What if? How a node that is not there yet would take a value, and what it would make of it.
 *
 * The node is lowered alone over a placeholder into a graph of its own; the document is not
 * touched.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/typing-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Without all of its parameters a node says nothing about types yet. */
static gboolean
wants_parameters (WeftTyping *typing, const char *op, WeftJson *params)
{
  guint            n;
  const WeftParam *list = weft_document_params (typing->document, op, &n);

  for (guint i = 0; i < n; i++)
    if (!list[i].optional && !list[i].otherwise &&
        !(params && weft_json_has (params, list[i].name)))
      return TRUE;
  return FALSE;
}

/* What the error says, without where in a layer's text it arose and whose it is: nobody has seen
 * the node yet. */
static char *
without_place (const char *message, const WeftNode *node)
{
  const char *names[] = { node->id, node->op };
  const char *at = message;

  while (g_ascii_isdigit (*at) || *at == ':')
    at++;
  if (at > message && *at == ' ')
    message = at + 1;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *prefix = g_strdup_printf ("%s: ", names[i]);

      if (g_str_has_prefix (message, prefix))
        message += strlen (prefix);
    }
  return g_strdup (message);
}

/**
 * weft_typing_try:
 * @op: what the new node would be
 * @params: (nullable): its parameters; borrowed
 * @port: the input that the value would be wired to
 * @type: the value's
 * @output: (nullable): the output port that is asked for
 * @made: (out): what comes out of @output
 * @known: (out): whether that is known: other inputs are still open
 * @why: (out): why the node does not take it; the caller owns it
 *
 * Returns: whether the node takes the value, as far as one knows without its other inputs
 */
gboolean
weft_typing_try (WeftTyping     *typing,
                 const char     *op,
                 WeftJson       *params,
                 const char     *port,
                 const WeftType *type,
                 const char     *output,
                 WeftType       *made,
                 gboolean       *known,
                 char          **why)
{
  g_autoptr (WeftJson) none = weft_json_new_object ();
  WeftNode node = { .id = "new", .op = op, .params = params ? params : none };
  WeftFed  fed = { .port = g_intern_string (port), .known = TRUE, .type = *type };
  g_autoptr (GArray) feeds = g_array_new (FALSE, FALSE, sizeof (WeftFed));
  g_autoptr (WeftGraph) graph = NULL;
  g_autoptr (GHashTable) outputs = NULL;
  g_autoptr (GPtrArray) shared = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *blamed = NULL;
  WeftValue       *value;

  *known = FALSE;
  if (wants_parameters (typing, op, params))
    return TRUE;
  g_array_append_val (feeds, fed);
  graph = weft_graph_new ();
  outputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  shared = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  if (!weft_typing_lower (typing, graph, &node, feeds, outputs, shared, &blamed, &error))
    {
      if (blamed && !g_str_equal (blamed, port))
        return TRUE;
      *why = without_place (error->message, &node);
      return FALSE;
    }
  value = output ? g_hash_table_lookup (outputs, output) : NULL;
  *known = value != NULL;
  if (value)
    *made = value->type;
  return TRUE;
}
