/* Typing of definitions: what their inputs and knobs stand for.
 *
 * A definition that was opened from a node takes the types that flow into that node and its knobs;
 * one that was opened by itself takes the types that its input nodes say and the knobs' defaults.
 * Where a type is not known yet, what hangs on it is unknown and no problem.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/typing-private.h"

#include "engine/document/document-private.h"
#include "engine/document/interface.h"

static gboolean
is_definition (WeftDocument *document)
{
  return weft_document_get_group_name (document) != NULL ||
         weft_document_get_member (document, "layer") != NULL;
}

/**
 * weft_typing_set_use:
 * @typing: of a definition
 * @outer: (nullable): of the document in which node @uid uses it; borrowed, outlives @typing
 *
 * The next update types the definition as the node uses it; with NULL, as it stands by itself.
 */
void
weft_typing_set_use (WeftTyping *typing, WeftTyping *outer, guint32 uid)
{
  typing->outer = outer;
  typing->outer_uid = uid;
}

static void
put_type (GArray *values, const char *name, const WeftType *type)
{
  WeftPortType port = { g_intern_string (name), *type };

  g_array_append_val (values, port);
}

static WeftJson *
default_knobs (WeftDocument *document)
{
  WeftJson            *knobs = weft_json_new_object ();
  const WeftInterface *interface = weft_document_interface (document);

  for (guint i = 0; i < interface->params->len; i++)
    {
      const WeftParam *param = &g_array_index (interface->params, WeftParam, i);

      weft_json_set (knobs, param->name,
                     param->otherwise != NULL ? weft_json_copy (param->otherwise)
                                              : weft_json_new_null ());
    }
  return knobs;
}

/* The types that the input nodes themselves say. */
static void
read_inputs (WeftTyping *typing, WeftJson *knobs, GArray *values)
{
  const WeftLowerOptions options = { .no_init = TRUE };
  const WeftLowerUse     use = { NULL, knobs };

  for (guint i = 0; i < weft_document_n_nodes (typing->document); i++)
    {
      const WeftNode *node = weft_document_node_at (typing->document, i);
      g_autoptr (WeftGraph) graph = NULL;
      g_autoptr (GHashTable) inputs = NULL;
      g_autoptr (GHashTable) outputs = NULL;
      g_autofree char *port = NULL;
      WeftValue       *value;

      if (!g_str_equal (node->op, "input"))
        continue;
      graph = weft_graph_new ();
      inputs = g_hash_table_new (g_str_hash, g_str_equal);
      outputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      if (weft_lower_node (graph, typing->document, &use, node, &options, inputs, outputs, NULL,
                           &port, NULL) &&
          (value = g_hash_table_lookup (outputs, "y")) != NULL)
        put_type (values, node->id, &value->type);
    }
}

/* What flows into the node that uses the definition; FALSE: it does not (any more). */
static gboolean
read_outer (WeftTyping *typing, GArray *values, WeftJson **knobs, gboolean *open)
{
  WeftTyping          *outer = typing->outer;
  const WeftNode      *node = outer ? weft_document_node (outer->document, typing->outer_uid) : NULL;
  const WeftNodeTypes *types =
    node ? g_hash_table_lookup (outer->nodes, GUINT_TO_POINTER (node->uid)) : NULL;
  WeftLowerLevel level = { 0 };

  if (!types)
    return FALSE;
  level.document = outer->document;
  level.knobs = outer->knobs;
  *knobs = weft_lower_knobs (&level, node);
  for (guint i = 0; i < types->fed->len; i++)
    {
      const WeftFed *fed = &g_array_index (types->fed, WeftFed, i);

      if (fed->known)
        put_type (values, fed->port, &fed->type);
    }
  *open = FALSE;
  for (const char **name = weft_document_interface (typing->document)->inputs; *name; name++)
    {
      gboolean known = FALSE;

      for (guint i = 0; i < values->len; i++)
        known = known || g_str_equal (g_array_index (values, WeftPortType, i).port, *name);
      *open = *open || (!known && !weft_definition_is_optional (typing->document, *name));
    }
  return TRUE;
}

static gboolean
same_values (const GArray *a, const GArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const WeftPortType *x = &g_array_index (a, WeftPortType, i);
      const WeftPortType *y = &g_array_index (b, WeftPortType, i);

      if (x->port != y->port || !weft_type_equal (&x->type, &y->type))
        return FALSE;
    }
  return TRUE;
}

/* Looks at the use anew. TRUE if it is another one than before: then every node is typed anew. */
gboolean
weft_typing_read_use (WeftTyping *typing)
{
  g_autoptr (GArray) values = NULL;
  g_autoptr (WeftJson) knobs = NULL;
  gboolean open = FALSE;

  if (!is_definition (typing->document))
    return FALSE;
  values = g_array_new (FALSE, FALSE, sizeof (WeftPortType));
  if (!read_outer (typing, values, &knobs, &open))
    {
      knobs = default_knobs (typing->document);
      read_inputs (typing, knobs, values);
    }
  if (typing->knobs && weft_json_equal (knobs, typing->knobs) && open == typing->open &&
      same_values (values, typing->values))
    return FALSE;
  g_clear_pointer (&typing->knobs, weft_json_unref);
  g_clear_pointer (&typing->values, g_array_unref);
  typing->knobs = g_steal_pointer (&knobs);
  typing->values = g_steal_pointer (&values);
  typing->open = open;
  return TRUE;
}

/* The use for one node in @graph; NULL: the document is no definition. */
GHashTable *
weft_typing_use_values (WeftTyping *typing, WeftGraph *graph)
{
  GHashTable *values = typing->values ? g_hash_table_new (g_str_hash, g_str_equal) : NULL;

  for (guint i = 0; values && i < typing->values->len; i++)
    {
      const WeftPortType *port = &g_array_index (typing->values, WeftPortType, i);

      g_hash_table_insert (values, (gpointer) port->port,
                           weft_graph_input (graph, port->port, &port->type));
    }
  return values;
}
