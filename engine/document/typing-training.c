/* Problems of the training section that hang on the nodes: ports that are not there, a loss that is
 * no number.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/typing-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void
add_problem (WeftTyping *typing, guint32 node, const char *port, char *take_message)
{
  WeftProblem *problem = g_new (WeftProblem, 1);

  *problem = (WeftProblem){ node, g_strdup (port), take_message };
  g_ptr_array_add (typing->training_problems, problem);
}

/* "cost.loss" as node and port; NULL after a problem. */
static const WeftNode *
find_port (WeftTyping *typing, const char *what, const char *text, const char **port)
{
  const char      *dot = strrchr (text, '.');
  g_autofree char *id = dot ? g_strndup (text, (gsize) (dot - text)) : NULL;
  const WeftNode  *node = id ? weft_document_node_by_id (typing->document, id) : NULL;
  g_autoptr (WeftPorts) ports = NULL;

  if (!dot)
    {
      add_problem (
        typing, 0, NULL,
        g_strdup_printf (_ ("training: %s must be a port such as cost.loss, and “%.60s” is none"),
                         what, text));
      return NULL;
    }
  if (!node)
    {
      add_problem (
        typing, 0, NULL,
        g_strdup_printf (_ ("training: %s is %.60s, but there is no node %.60s"), what, text, id));
      return NULL;
    }
  *port = dot + 1;
  ports = weft_document_ports (typing->document, node->uid);
  for (guint i = 0; i < ports->n_outputs; i++)
    if (g_str_equal (ports->outputs[i].name, *port))
      return node;
  /* A node whose ports are not known has a problem of its own. */
  if (ports->n_outputs > 0)
    add_problem (typing, node->uid, NULL,
                 g_strdup_printf (_ ("training: %s is %.60s, but %.60s has no output %.60s"), what,
                                  text, id, *port));
  return NULL;
}

static void
check_loss (WeftTyping *typing, const char *text)
{
  const char      *port = NULL;
  const WeftNode  *node = find_port (typing, "loss", text, &port);
  const WeftType  *type = node ? weft_typing_output (typing, node->uid, port) : NULL;
  g_autofree char *type_text = NULL;

  if (!type || (type->shape.rank == 0 && weft_dtype_is_float (type->dtype)))
    return;
  type_text = weft_type_to_string (type);
  add_problem (typing, node->uid, port,
               g_strdup_printf (
                 _ ("training: the loss must be one real number, and %.60s is %s; take its mean"),
                 text, type_text));
}

static char *
all_messages (GPtrArray *problems)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < problems->len; i++)
    g_string_append_printf (all, "%u %s\n", ((WeftProblem *) problems->pdata[i])->node,
                            ((WeftProblem *) problems->pdata[i])->message);
  return g_string_free (all, FALSE);
}

/* After the nodes are typed. TRUE if its problems are others than before. */
gboolean
weft_typing_check_training (WeftTyping *typing)
{
  WeftJson        *training = weft_document_get_training (typing->document);
  WeftJson        *metrics = weft_json_get (training, "metrics");
  const char      *loss = weft_json_get_string (training, "loss", NULL);
  g_autofree char *before = all_messages (typing->training_problems);
  g_autofree char *after = NULL;
  WeftJsonKind     kind = weft_json_kind (metrics);

  g_ptr_array_set_size (typing->training_problems, 0);
  if (loss)
    check_loss (typing, loss);
  for (guint i = 0; kind == WEFT_JSON_OBJECT && i < weft_json_n_members (metrics); i++)
    {
      WeftJson   *value;
      const char *name = weft_json_member (metrics, i, &value);
      const char *text = weft_json_string (value, NULL);
      const char *port;

      if (text)
        find_port (typing, name, text, &port);
    }
  after = all_messages (typing->training_problems);
  return !g_str_equal (before, after);
}
