/* weft-cli gradient: the backward graph beside the forward one, port by port.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"

#include "engine/train/backward.h"

#include <glib/gi18n.h>
#include <stdio.h>

static gboolean as_json;

static const GOptionEntry entries[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL }, { NULL }
};

static WeftJson *
row_to_json (const WeftBackwardRow *row)
{
  WeftJson *json = weft_json_new_object ();

  weft_json_set_string (json, "port", row->port);
  weft_json_set_string (json, "type", row->type);
  if (row->forward != NULL)
    weft_json_set_string (json, "forward", row->forward);
  if (row->backward != NULL)
    weft_json_set_string (json, "backward", row->backward);
  return json;
}

static void
answer_json (const char *loss, GPtrArray *rows)
{
  WeftJson *answer = weft_json_new_object (), *list = weft_json_new_array ();

  for (guint i = 0; i < rows->len; i++)
    weft_json_append (list, row_to_json (g_ptr_array_index (rows, i)));
  weft_json_set_string (answer, "loss", loss);
  weft_json_set (answer, "ports", list);
  cli_answer (answer);
}

static void
print_rows (GPtrArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const WeftBackwardRow *row = g_ptr_array_index (rows, i);

      if (row->forward != NULL)
        printf ("%s = %s    # %s\n", row->port, row->forward, row->type);
      else
        printf ("# %s: %s\n", row->port, row->type);
    }
  printf ("\n");
  for (guint i = rows->len; i-- > 0;)
    {
      const WeftBackwardRow *row = g_ptr_array_index (rows, i);

      if (row->backward != NULL)
        printf ("d_%s = %s\n", row->port, row->backward);
      else
        printf (_ ("# nothing flows back to %s\n"), row->port);
    }
}

int
cli_gradient (int argc, char **argv)
{
  const char *file;
  int         code = cli_parse (&argc, &argv, entries);
  guint32     node;
  g_autoptr (WeftDocument) document = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *loss = NULL;

  if (code >= 0 || (code = cli_one_file (argc, argv, &file)) >= 0)
    return code;
  document = cli_load (file, &code);
  if (document == NULL)
    return code;
  rows = weft_backward_rows (document, &loss, &node, &error);
  if (rows == NULL && node != 0)
    return cli_say (CLI_INPUT, "%s: %s: %s", file, weft_document_node (document, node)->id,
                    error->message);
  if (rows == NULL)
    return cli_say (CLI_INPUT, "%s: %s", file, error->message);
  if (as_json)
    answer_json (loss, rows);
  else
    print_rows (rows);
  return CLI_DONE;
}
