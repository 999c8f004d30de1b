/* The ports and knobs of definitions, read from their nodes and the member "layer".
 *
 * Made when first asked for after a change. A layer's document never changes and its interface is
 * made when it is read, so that any thread may ask for it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/interface.h"

#include "engine/document/catalogue-private.h"
#include "engine/document/document-private.h"

#include "engine/graph/expr.h"

#include <glib/gi18n-lib.h>

static void
add (GPtrArray *names, const char *name)
{
  const char *interned = g_intern_string (name);

  if (!g_ptr_array_find (names, interned, NULL))
    g_ptr_array_add (names, (gpointer) interned);
}

/* The names of @list that are there (@exists), in its order. */
static void
add_listed (GPtrArray *names, WeftDocument *document, WeftJson *list, const char *op)
{
  gboolean text = weft_document_n_nodes (document) == 0;

  for (guint i = 0; i < weft_json_length (list); i++)
    {
      const char     *name = weft_json_string (weft_json_at (list, i), NULL);
      const WeftNode *node = name != NULL ? weft_document_node_by_id (document, name) : NULL;

      if (name != NULL && (text || (node != NULL && g_str_equal (node->op, op))))
        add (names, name);
    }
}

static void
add_nodes (GPtrArray *names, WeftDocument *document, const char *op)
{
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      const WeftNode *node = weft_document_node_at (document, i);

      if (g_str_equal (node->op, op))
        add (names, node->id);
    }
}

static void
add_held (GPtrArray *names, WeftDocument *document)
{
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      const WeftNode *node = weft_document_node_at (document, i);

      if (g_str_equal (node->op, "parameter") || g_str_equal (node->op, "shared"))
        add (names, node->id);
    }
}

static const char **
finish (GPtrArray *names)
{
  g_ptr_array_add (names, NULL);
  return (const char **) g_ptr_array_free (names, FALSE);
}

/* A definition without nodes computes its text, whose ports those are that it names. */
static void
add_text (GPtrArray *inputs, GPtrArray *outputs, WeftJson *layer)
{
  const char *text = weft_json_get_string (layer, "body", "");
  g_autoptr (WeftExpr) expr = *text != '\0' ? weft_expr_parse (text, NULL) : NULL;

  if (expr == NULL)
    return;
  for (const char **name = weft_expr_assigned_names (expr); *name != NULL && outputs->len == 0;
       name++)
    if (!weft_expr_has_result (expr))
      add (outputs, *name);
  if (outputs->len == 0)
    add (outputs, "y");
  for (const char **name = weft_expr_free_names (expr); *name != NULL && inputs->len == 0; name++)
    add (inputs, *name);
}

static WeftInterface *
read_interface (WeftDocument *document)
{
  WeftInterface *interface = g_new0 (WeftInterface, 1);
  WeftJson      *layer = weft_document_get_member (document, "layer");
  GPtrArray     *inputs = g_ptr_array_new (), *outputs = g_ptr_array_new ();

  add_listed (inputs, document, weft_json_get (layer, "inputs"), "input");
  add_nodes (inputs, document, "input");
  add_listed (outputs, document, weft_json_get (layer, "outputs"), "output");
  add_nodes (outputs, document, "output");
  if (weft_document_n_nodes (document) == 0)
    add_text (inputs, outputs, layer);
  interface->n_results = outputs->len;
  add_held (outputs, document);
  interface->inputs = finish (inputs);
  interface->outputs = finish (outputs);
  interface->params = weft_params_of_knobs (weft_json_get (layer, "knobs"));
  interface->revision = weft_document_get_revision (document);
  return interface;
}

void
weft_interface_free (gpointer data)
{
  WeftInterface *interface = data;

  g_free (interface->inputs);
  g_free (interface->outputs);
  for (guint i = 0; i < interface->params->len; i++)
    g_free (g_array_index (interface->params, WeftParam, i).choices);
  g_array_unref (interface->params);
  g_free (interface);
}

/* weft_document_interface:
 *
 * Returns: (transfer none): until @definition changes.
 */
const WeftInterface *
weft_document_interface (WeftDocument *definition)
{
  WeftInterface *interface = definition->interface;

  if (interface != NULL && interface->revision == definition->revision && definition->flags == 0)
    return interface;
  g_clear_pointer (&definition->interface, weft_interface_free);
  definition->interface = read_interface (definition);
  return definition->interface;
}

/* weft_definition_is_optional:
 */
gboolean
weft_definition_is_optional (WeftDocument *definition, const char *name)
{
  const WeftNode *node = weft_document_node_by_id (definition, name);

  return node != NULL && g_str_equal (node->op, "input") &&
         weft_json_get_string (node->params, "default", NULL) != NULL;
}

/* ---- Nodes of documents, groups among them ---- */

/* The @n parameters of nodes of @document with @op; borrowed until the group changes. */
const WeftParam *
weft_document_params (WeftDocument *document, const char *op, guint *n)
{
  WeftDocument *group = weft_document_group_of (document, op);
  GArray       *params;

  if (group == NULL)
    return weft_catalogue_params (op, n);
  params = weft_document_interface (group)->params;
  *n = params->len;
  return (const WeftParam *) (void *) params->data;
}

/* An entry's title, translated; a group's title, or its name where it has none. */
const char *
weft_document_op_title (WeftDocument *document, const char *op)
{
  WeftDocument    *group = weft_document_group_of (document, op);
  const WeftEntry *entry = weft_catalogue_find (op);

  if (group != NULL && *weft_document_get_title (group) != '\0')
    return weft_document_get_title (group);
  if (group != NULL)
    return weft_document_get_group_name (group);
  return entry != NULL ? _ (entry->title) : op;
}
