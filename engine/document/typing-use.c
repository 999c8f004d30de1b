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
#include "engine/document/step.h"
#include "engine/ops/loop.h"

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

/* Of a loop, whose step the definition is: a row of each sequence, states and constants as they
 * are, and a token of a beam search. */
static void
put_step_types (WeftTyping          *typing,
                const WeftNode      *node,
                const WeftNodeTypes *types,
                GArray              *values)
{
  WeftDocument *outer = typing->outer->document;
  const char   *name = weft_document_get_group_name (typing->document);
  WeftLoopKind  kind = WEFT_LOOP_SCAN;

  weft_loop_kind (node->op, &kind);
  for (const char *const *param = weft_loop_steps (kind); *param; param++)
    {
      g_autoptr (WeftStep) step =
        g_strcmp0 (weft_group_of_step (outer, node, *param), name) == 0
          ? weft_step_new (outer, node, *param, NULL)
          : NULL;

      for (guint i = 0; step && i < step->inputs->len; i++)
        {
          const WeftStepInput *input = &g_array_index (step->inputs, WeftStepInput, i);
          WeftType             row;

          for (guint k = 0; k < types->fed->len; k++)
            {
              const WeftFed *fed = &g_array_index (types->fed, WeftFed, k);

              if (!fed->known || !g_str_equal (fed->port, input->name))
                continue;
              row = fed->type;
              if (input->role == WEFT_STEP_ROW && row.shape.rank > 0)
                row = weft_row_type (&fed->type);
              put_type (values, input->name, &row);
            }
          if (kind == WEFT_LOOP_BEAM && i == 0)
            {
              row = (WeftType){ .dtype = WEFT_I64, .shape = { .rank = 1 } };
              row.shape.dims[0] = weft_dim_named ("batch");
              put_type (values, input->name, &row);
            }
        }
      if (step)
        return;
    }
}

/* The knobs that the loop gives its step; the others' defaults. */
static WeftJson *
step_knobs (WeftDocument *definition, const WeftNode *node)
{
  WeftJson    *knobs = default_knobs (definition);
  WeftJsonIter iter = { weft_json_get (node->params, "knobs") };
  const char  *name;
  WeftJson    *value;

  while (weft_json_next (&iter, &name, &value))
    if (value && weft_json_has (knobs, name))
      weft_json_set (knobs, name, weft_json_copy (value));
  return knobs;
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
  if (weft_loop_kind (node->op, NULL))
    {
      *knobs = step_knobs (typing->document, node);
      put_step_types (typing, node, types, values);
    }
  else
    *knobs = weft_lower_knobs (&level, node);
  for (guint i = 0; !weft_loop_kind (node->op, NULL) && i < types->fed->len; i++)
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
