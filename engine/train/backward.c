/* The backward graph beside the forward one.
 *
 * Each text is a value's expression over the names of other ports: a copy of what lies between, in
 * which the ports and their cotangents are inputs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/backward.h"

#include "engine/grad/grad.h"
#include "engine/rewrite/rewrite.h"
#include "engine/train/model.h"

#include <glib/gi18n.h>
#include <string.h>

/* Ops that one text shows; what is beyond is "...". */
#define LIMIT 60

typedef struct
{
  WeftValue *value;
  char      *port;
  WeftValue *cotangent; /* NULL: none */
} Port;

static void
row_free (gpointer data)
{
  WeftBackwardRow *row = data;

  g_free (row->port);
  g_free (row->type);
  g_free (row->forward);
  g_free (row->backward);
  g_free (row);
}

static void
port_clear (gpointer data)
{
  g_free (((Port *) data)->port);
}

static int
compare_ports (gconstpointer a, gconstpointer b)
{
  const Port *x = a, *y = b;

  if (x->value->id != y->value->id)
    return x->value->id < y->value->id ? -1 : 1;
  return strcmp (x->port, y->port);
}

/* The float ports that the loss depends on. */
static GArray *
ports_of (WeftLowered *lowered, WeftValue *loss)
{
  GArray *ports = g_array_new (FALSE, TRUE, sizeof (Port));
  g_autoptr (GPtrArray) order = weft_graph_order (lowered->graph, 1, &loss);
  g_autoptr (GHashTable) reached = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer       name, value;

  g_array_set_clear_func (ports, port_clear);
  for (guint i = 0; i < order->len; i++)
    g_hash_table_add (reached, g_ptr_array_index (order, i));
  g_hash_table_iter_init (&iter, lowered->values);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      const WeftValue *one = value;
      Port             port = { value, NULL, NULL };

      if (!weft_dtype_is_float (one->type.dtype) || one->apply->literal != NULL ||
          !g_hash_table_contains (reached, one->apply))
        continue;
      port.port = g_strdup (name);
      g_array_append_val (ports, port);
    }
  g_array_sort (ports, compare_ports);
  return ports;
}

static gboolean
differentiate (WeftLowered *lowered, WeftValue *loss, GArray *ports, GError **error)
{
  g_autofree WeftValue **wrt = g_new (WeftValue *, MAX (ports->len, 1));
  g_autofree WeftValue **grads = g_new0 (WeftValue *, MAX (ports->len, 1));

  for (guint i = 0; i < ports->len; i++)
    wrt[i] = g_array_index (ports, Port, i).value;
  if (!weft_grad (lowered->graph, loss, NULL, NULL, ports->len, wrt, WEFT_DISCONNECTED_NONE, grads,
                  error))
    return FALSE;
  for (guint i = 0; i < ports->len; i++)
    g_array_index (ports, Port, i).cotangent = grads[i];
  return TRUE;
}

/* Value -> name: ports stand for their values, "d_hidden.y" for cotangents; the first of several
 * wins. */
static GHashTable *
names_of (GArray *ports)
{
  GHashTable *names = g_hash_table_new_full (NULL, NULL, NULL, g_free);

  for (guint i = 0; i < ports->len; i++)
    {
      const Port *port = &g_array_index (ports, Port, i);

      if (!g_hash_table_contains (names, port->value))
        g_hash_table_insert (names, port->value, g_strdup (port->port));
    }
  /* From the loss backwards, as they are computed. */
  for (guint i = ports->len; i-- > 0;)
    {
      const Port *port = &g_array_index (ports, Port, i);

      if (port->cotangent != NULL && !g_hash_table_contains (names, port->cotangent))
        g_hash_table_insert (names, port->cotangent, g_strconcat ("d_", port->port, NULL));
    }
  return names;
}

/* @value over the names of others; its own name where it is another port's value. */
static char *
text_of (WeftGraph *graph, WeftValue *value, const char *own_name, GHashTable *names)
{
  g_autoptr (WeftGraph) copy = weft_graph_new ();
  g_autoptr (GHashTable) replacements = g_hash_table_new (NULL, NULL);
  const char    *name = g_hash_table_lookup (names, value);
  GHashTableIter iter;
  gpointer       other, text;
  WeftValue     *result;
  g_autoptr (WeftRewrite) journal = NULL;

  if (name != NULL && !g_str_equal (name, own_name))
    return g_strdup (name);
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &other, &text))
    if (other != value && ((WeftValue *) other)->id < value->id)
      g_hash_table_insert (replacements, other,
                           weft_graph_input (copy, g_intern_string (text),
                                             &((WeftValue *) other)->type));
  if (!weft_graph_clone (graph, copy, 1, &value, replacements, NULL, &result, NULL))
    return g_strdup ("...");
  /* A gradient without what only differentiation leaves behind, such as x**(2 - 1). */
  if (g_str_has_prefix (own_name, "d_"))
    weft_rewrite (copy, 1, &result, NULL, &result, &journal);
  return weft_value_to_expression (result, LIMIT);
}

static WeftBackwardRow *
row_of (WeftDocument *document, WeftGraph *graph, const Port *port, GHashTable *names)
{
  WeftBackwardRow *row = g_new0 (WeftBackwardRow, 1);
  g_autofree char *id = g_strndup (port->port, strchr (port->port, '.') - port->port);
  g_autofree char *own = g_strconcat ("d_", port->port, NULL);
  const WeftNode  *node = weft_document_node_by_id (document, id);

  row->node = node != NULL ? node->uid : 0;
  row->port = g_strdup (port->port);
  row->type = weft_type_to_string (&port->value->type);
  if (!(port->value->apply->op->traits & WEFT_TRAIT_LEAF))
    row->forward = text_of (graph, port->value, port->port, names);
  if (port->cotangent != NULL)
    row->backward = text_of (graph, port->cotangent, own, names);
  return row;
}

static void
blame_problem (WeftDocument *document, WeftLowered *lowered, guint32 *node, GError **error)
{
  const WeftProblem *problem = g_ptr_array_index (lowered->problems, 0);

  *node = weft_document_outer_node (document, problem->node);
  g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, problem->message);
}

GPtrArray *
weft_backward_rows (WeftDocument *document, char **loss, guint32 *node, GError **error)
{
  const WeftLowerOptions options = { .training = TRUE, .no_init = TRUE };
  g_autoptr (WeftLowered) lowered = weft_document_lower (document, &options);
  g_autoptr (GArray) ports = NULL;
  g_autoptr (GHashTable) names = NULL;
  g_autoptr (GError) problem = NULL;
  g_autofree char *port = NULL;
  WeftValue       *cost;
  GPtrArray       *rows;

  *node = 0;
  port = g_strdup (weft_json_get_string (weft_document_get_training (document), "loss", NULL));
  if (port == NULL)
    port = weft_model_guess_loss (document, lowered, &problem);
  cost = port != NULL ? weft_lowered_get (lowered, port) : NULL;
  if (cost == NULL && lowered->problems->len > 0)
    {
      blame_problem (document, lowered, node, error);
      return NULL;
    }
  if (cost == NULL)
    {
      if (problem == NULL)
        g_set_error (&problem, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                     _ ("training: the loss %.60s is no output of the model"), port);
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  ports = ports_of (lowered, cost);
  if (!differentiate (lowered, cost, ports, &problem))
    {
      if (problem->domain == WEFT_GRAD_ERROR)
        *node = weft_document_outer_node (document, weft_grad_error_get_node (problem));
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  names = names_of (ports);
  rows = g_ptr_array_new_with_free_func (row_free);
  for (guint i = 0; i < ports->len; i++)
    g_ptr_array_add (rows,
                     row_of (document, lowered->graph, &g_array_index (ports, Port, i), names));
  *loss = g_steal_pointer (&port);
  return rows;
}
