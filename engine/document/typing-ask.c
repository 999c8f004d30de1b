/* Questions to the typing: would this wire fit, and what is the gradient of this node?
 *
 * Both lower the one node into a graph of their own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/typing-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "engine/document/document-private.h"
#include "engine/grad/grad.h"
#include "engine/rewrite/rewrite.h"

/* Longer gradients are elided. */
#define MAX_OPS 24

/* ---- Would it fit? ---- */

static char *
refuse_cycle (WeftTyping *typing, guint32 from, guint32 to)
{
  g_autofree char *path = from == to ? g_strdup (weft_document_node (typing->document, to)->id)
                                     : weft_document_path_between (typing->document, to, from);

  if (!path)
    return NULL;
  return g_strdup_printf (_ ("this would make a cycle: %s -> %s"), path,
                          weft_document_node (typing->document, to)->id);
}

/* What would flow into the node with @new; NULL if something of it is not known. */
static GArray *
feed_with (const WeftNodeTypes *types, const WeftFed *new)
{
  GArray  *fed = g_array_new (FALSE, FALSE, sizeof (WeftFed));
  gboolean known = new->known;

  for (guint i = 0; i < types->fed->len; i++)
    {
      const WeftFed *in = &g_array_index (types->fed, WeftFed, i);

      if (g_str_equal (in->port, new->port))
        continue;
      known = known && in->known;
      g_array_append_val (fed, *in);
    }
  if (known)
    {
      g_array_append_val (fed, *new);
      return fed;
    }
  g_array_unref (fed);
  return NULL;
}

static gboolean
is_fed (const GArray *fed, const char *port)
{
  for (guint i = 0; i < fed->len; i++)
    if (g_str_equal (g_array_index (fed, WeftFed, i).port, port))
      return TRUE;
  return FALSE;
}

/* Why the node would not be well typed with @new; NULL: it would, or one cannot know. */
static char *
refuse_feed (WeftTyping          *typing,
             const WeftNode      *node,
             const WeftNodeTypes *types,
             const WeftFed *new)
{
  g_autoptr (GArray) fed = feed_with (types, new);
  g_autoptr (WeftGraph) graph = NULL;
  g_autoptr (GHashTable) outputs = NULL;
  g_autoptr (GPtrArray) shared = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *port = NULL;

  if (!fed)
    return NULL;
  graph = weft_graph_new ();
  outputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  shared = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  if (weft_typing_lower (typing, graph, node, fed, outputs, shared, &port, &error))
    return NULL;
  if ((port && !is_fed (fed, port)) || g_strcmp0 (error->message, types->problem.message) == 0)
    return NULL;
  return g_strdup (error->message);
}

/**
 * weft_typing_refusal:
 *
 * Whether the node at the input would still be well typed. An input that stays open, or a type that
 * is not known yet, refuses nothing; nor does a problem that the node has anyway.
 *
 * Returns: (nullable): NULL if the wire fits; else why not; the caller owns it
 */
char *
weft_typing_refusal (
  WeftTyping *typing, guint32 from, const char *from_port, guint32 to, const char *to_port)
{
  const WeftNode      *node = weft_document_node (typing->document, to);
  const WeftNodeTypes *types = g_hash_table_lookup (typing->nodes, GUINT_TO_POINTER (to));
  const WeftType      *type;
  WeftFed new;
  char *cycle;

  if (!node || !weft_document_node (typing->document, from))
    return g_strdup (_ ("the node is gone"));
  cycle = refuse_cycle (typing, from, to);
  if (cycle || !types)
    return cycle;
  type = weft_typing_output (typing, from, from_port);
  new = (WeftFed){ .port = g_intern_string (to_port),
                   .from_port = g_intern_string (from_port),
                   .from = from,
                   .known = type != NULL };
  if (type)
    new.type = *type;
  return refuse_feed (typing, node, types, &new);
}

/**
 * weft_typing_refusal_of_type:
 *
 * Returns: (nullable): why the input would not take a value of @type, as weft_typing_refusal()
 */
char *
weft_typing_refusal_of_type (WeftTyping     *typing,
                             const WeftType *type,
                             guint32         to,
                             const char     *to_port)
{
  const WeftNode      *node = weft_document_node (typing->document, to);
  const WeftNodeTypes *types = g_hash_table_lookup (typing->nodes, GUINT_TO_POINTER (to));
  WeftFed new = { .port = g_intern_string (to_port), .known = TRUE, .type = *type };

  return node && types ? refuse_feed (typing, node, types, &new) : NULL;
}

/* ---- Gradients ---- */

static WeftValue *
first_float (GHashTable *outputs, const WeftPorts *ports, const char **port)
{
  for (guint i = 0; i < ports->n_outputs; i++)
    {
      WeftValue *value = g_hash_table_lookup (outputs, ports->outputs[i].name);

      if (value && weft_dtype_is_float (value->type.dtype) &&
          !g_str_equal (value->apply->op->name, "shared"))
        {
          *port = ports->outputs[i].name;
          return value;
        }
    }
  return NULL;
}

/* What the gradient is taken by: the float inputs in the order of the ports, then the parameters.
 */
static GPtrArray *
list_wrt (WeftGraph *graph, const WeftPorts *ports, GPtrArray *shared)
{
  GPtrArray *wrt = g_ptr_array_new ();

  for (guint p = 0; p < ports->n_inputs; p++)
    for (guint i = 0; i < weft_graph_n_applies (graph); i++)
      {
        WeftApply *apply = weft_graph_get_apply (graph, i);

        if (g_str_equal (apply->op->name, "input") &&
            g_strcmp0 (apply->outputs[0].name, ports->inputs[p].name) == 0 &&
            weft_dtype_is_float (apply->outputs[0].type.dtype))
          {
            g_ptr_array_add (wrt, &apply->outputs[0]);
            break;
          }
      }
  for (guint i = 0; i < shared->len; i++)
    if (((WeftShared *) shared->pdata[i])->trainable)
      g_ptr_array_add (wrt, weft_graph_shared (graph, shared->pdata[i]));
  return wrt;
}

/* "hidden.W" is W here: the node is known. */
static const char *
short_name (const WeftValue *value)
{
  const char *name = value->name ? value->name : "?";
  const char *dot = strrchr (name, '.');

  return dot ? dot + 1 : name;
}

static void
strip_prefix (GString *text, const char *id)
{
  g_autofree char *prefix = g_strdup_printf ("%s.", id);

  g_string_replace (text, prefix, "", 0);
}

/* "f(...)" as a whole: such a text can stand for a name wherever it is found. */
static gboolean
is_call (const char *text)
{
  const char *at = text;
  gint        depth = 0;

  while (g_ascii_isalnum (*at) || *at == '_')
    at++;
  if (at == text || *at != '(')
    return FALSE;
  for (; *at; at++)
    {
      depth += (*at == '(') - (*at == ')');
      if (depth == 0)
        return at[1] == '\0';
    }
  return FALSE;
}

/* The node's own result inside its gradient is said by its port. */
static void
name_result (GString *text, WeftValue *result, const char *port)
{
  g_autofree char *forward = weft_value_to_expression (result, MAX_OPS);

  if (is_call (forward))
    g_string_replace (text, forward, port, 0);
}

static char *
write_gradients (
  WeftGraph *graph, WeftValue *cost, const char *port, GPtrArray *wrt, const char *id)
{
  g_autofree WeftValue **grads = g_new0 (WeftValue *, wrt->len + 1);
  g_autofree WeftValue **simple = g_new0 (WeftValue *, wrt->len + 1);
  g_autoptr (GError) error = NULL;
  WeftValue *gy = weft_graph_input (graph, "gy", &cost->type);
  GString   *out = g_string_new (NULL);

  if (!weft_grad (graph, cost, gy, NULL, wrt->len, (WeftValue *const *) wrt->pdata,
                  WEFT_DISCONNECTED_NONE, grads, &error))
    {
      g_string_assign (out, error->message);
      return g_string_free (out, FALSE);
    }
  for (guint i = 0; i < wrt->len; i++)
    {
      g_autofree char *text = NULL;

      if (grads[i])
        weft_rewrite (graph, 1, &grads[i], NULL, &simple[i], NULL);
      text = grads[i] ? weft_value_to_expression (simple[i], MAX_OPS)
                      : g_strdup (_ ("0 (the output does not depend on it)"));
      g_string_append_printf (out, "%sd%s = %s", i ? "\n" : "", short_name (wrt->pdata[i]), text);
    }
  name_result (out, cost, port);
  strip_prefix (out, id);
  return g_string_free (out, FALSE);
}

/* An op's gradient is its row's text: what the reader can look up. */
static char *
row_gradients (const WeftOp *op)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < op->n_inputs && op->no_grad == NULL; i++)
    if (op->grad[MIN (i, 3)])
      g_string_append_printf (out, "%sd%s = %s", out->len ? "\n" : "", op->input_names[i],
                              op->grad[MIN (i, 3)]);
  if (out->len == 0)
    g_string_append (out, op->no_grad ? _ (op->no_grad) : _ ("no input has a gradient"));
  return g_string_free (out, FALSE);
}

/**
 * weft_typing_gradient_text:
 *
 * Returns: one text a line, or why there is none, or what is missing; the caller owns it
 */
char *
weft_typing_gradient_text (WeftTyping *typing, guint32 uid)
{
  const WeftNode      *node = weft_document_node (typing->document, uid);
  const WeftNodeTypes *types = g_hash_table_lookup (typing->nodes, GUINT_TO_POINTER (uid));
  const WeftOp        *op = node ? weft_op_find (node->op) : NULL;
  g_autoptr (WeftGraph) graph = NULL;
  g_autoptr (GHashTable) outputs = NULL;
  g_autoptr (GPtrArray) shared = NULL;
  g_autoptr (GPtrArray) wrt = NULL;
  g_autoptr (WeftPorts) ports = NULL;
  g_autofree char *port = NULL;
  const char      *result = NULL;
  WeftValue       *cost;

  if (!node || !types || weft_lower_is_source (node->op))
    return g_strdup (_ ("nothing flows into it, so it has no gradient"));
  if (op && op->n_inputs > 0)
    return row_gradients (op);
  ports = weft_document_ports (typing->document, uid);
  graph = weft_graph_new ();
  outputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  shared = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  for (guint i = 0; i < types->fed->len; i++)
    if (!g_array_index (types->fed, WeftFed, i).known)
      return g_strdup (_ ("known when the types of its inputs are"));
  if (!ports || !weft_typing_lower (typing, graph, node, types->fed, outputs, shared, &port, NULL))
    return g_strdup (_ ("known when the node's problem is solved"));
  cost = first_float (outputs, ports, &result);
  wrt = list_wrt (graph, ports, shared);
  if (!cost || wrt->len == 0)
    return g_strdup (_ ("nothing real flows through it, so it has no gradient"));
  return write_gradients (graph, cost, result, wrt, node->id);
}
