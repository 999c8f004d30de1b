/* weft-cli find: values of a document's graph by name, op and role, and what stands before and
 * behind one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/source.h"

#include "engine/base/nearest.h"
#include "engine/graph/tools.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

static gboolean as_json;
static char    *name, *op, *role, *before, *behind;

static const GOptionEntry entries[] = {
  { "name", 0, 0, G_OPTION_ARG_STRING, &name,
    N_ ("of a port or parameter; * and ? stand for any letters"), "PATTERN" },
  { "op", 0, 0, G_OPTION_ARG_STRING, &op, N_ ("what computes it"), "NAME" },
  { "role", 0, 0, G_OPTION_ARG_STRING, &role,
    N_ ("input constant parameter weight bias state random loop or cost"), "ROLE" },
  { "before", 0, 0, G_OPTION_ARG_STRING, &before, N_ ("among what this is computed from"), "PORT" },
  { "behind", 0, 0, G_OPTION_ARG_STRING, &behind, N_ ("among what depends on this"), "PORT" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL },
  { NULL }
};

/* WeftValue* -> its port, borrowed. */
static GHashTable *
names_of (CliSource *source)
{
  GHashTable    *names = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer       port, value;

  g_hash_table_iter_init (&iter, source->lowered->values);
  while (g_hash_table_iter_next (&iter, &port, &value))
    {
      const char *known = g_hash_table_lookup (names, value);

      /* Of several ports with one value the first in the alphabet. */
      if (known == NULL || strcmp (port, known) < 0)
        g_hash_table_insert (names, value, port);
    }
  return names;
}

/* Nothing uses these. */
static GPtrArray *
ends_of (CliSource *source)
{
  g_autoptr (GPtrArray) ports = cli_source_results (source);
  GPtrArray *ends = g_ptr_array_new ();

  for (guint i = 0; i < ports->len; i++)
    g_ptr_array_add (ends, weft_lowered_get (source->lowered, g_ptr_array_index (ports, i)));
  return ends;
}

static const char *
name_of (GHashTable *names, const WeftValue *value)
{
  const char *port = g_hash_table_lookup (names, value);

  if (port == NULL && value->apply->shared != NULL)
    port = value->apply->shared->name;
  return port != NULL ? port : value->name;
}

static void
show (GHashTable *names, const WeftValue *value, WeftJson *list)
{
  const char      *port = name_of (names, value);
  g_autofree char *type = weft_type_to_string (&value->type);
  WeftJson        *json;

  if (!as_json)
    {
      printf ("%-24s %-16s %s\n", port != NULL ? port : "", value->apply->op->name, type);
      return;
    }
  json = weft_json_new_object ();
  if (port != NULL)
    weft_json_set_string (json, "name", port);
  weft_json_set_string (json, "op", value->apply->op->name);
  weft_json_set_string (json, "type", type);
  weft_json_append (list, json);
}

static gboolean
among (GPtrArray *values, WeftValue *value)
{
  return values == NULL || g_ptr_array_find (values, value, NULL);
}

static int
find (CliSource *source)
{
  WeftGraphQuery query = { .op = op, .role = role };
  int            code = CLI_DONE;
  WeftValue     *first = before != NULL ? cli_source_find (source, before, &code) : NULL;
  WeftValue     *second =
    behind != NULL && code == CLI_DONE ? cli_source_find (source, behind, &code) : NULL;
  g_autoptr (GHashTable) names = names_of (source);
  g_autoptr (GPtrArray) ends = ends_of (source);
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GPtrArray) up = NULL;
  g_autoptr (GPtrArray) down = NULL;
  WeftJson *list;

  if (code != CLI_DONE)
    return code;
  if (first != NULL)
    up = weft_graph_ancestors (source->graph, 1, &first);
  if (second != NULL)
    down =
      weft_graph_descendants (source->graph, 1, &second, ends->len, (WeftValue **) ends->pdata);
  found = weft_graph_find (source->graph, ends->len, (WeftValue **) ends->pdata, &query);
  list = weft_json_new_array ();
  for (guint i = 0; i < found->len; i++)
    {
      WeftValue  *value = g_ptr_array_index (found, i);
      const char *port = name_of (names, value);

      if (among (up, value) && among (down, value) &&
          (name == NULL || (port != NULL && g_pattern_match_simple (name, port))))
        show (names, value, list);
    }
  if (as_json)
    cli_answer (list);
  else
    weft_json_unref (list);
  return CLI_DONE;
}

static int
check_role (void)
{
  WeftNearest      nearest;
  g_autofree char *hint = NULL;

  if (role == NULL || g_strv_contains (weft_graph_roles, role))
    return -1;
  weft_nearest_begin (&nearest, role);
  for (guint i = 0; weft_graph_roles[i] != NULL; i++)
    weft_nearest_offer (&nearest, weft_graph_roles[i]);
  hint = weft_nearest_hint (&nearest);
  return cli_say (CLI_CALL, _ ("there is no role “%s”%s"), role, hint);
}

/* cli_find:
 *
 * Returns: the exit code.
 */
int
cli_find (int argc, char **argv)
{
  g_auto (CliSource) source = { 0 };
  const char *file;
  int         code = cli_parse (&argc, &argv, entries);

  if (code >= 0 || (code = cli_one_file (argc, argv, &file)) >= 0 || (code = check_role ()) >= 0)
    return code;
  if (op != NULL && weft_op_find (op) == NULL)
    return cli_say (CLI_CALL, _ ("there is no op “%s”"), op);
  code = CLI_DONE;
  return cli_source_open (&source, file, NULL, NULL, NULL, &code) ? find (&source) : code;
}
