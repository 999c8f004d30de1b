/* weft-cli render: a document as a picture.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"

#include "ui/draw/render.h"

#include <glib/gi18n.h>
#include <stdio.h>

static gboolean as_json, dark, transparent;
static char    *output;
static char   **selection;
static double   scale;

static const GOptionEntry entries[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
    N_ ("picture to write; its name ends in .svg, .pdf or .png"), "FILE" },
  { "selection", 0, 0, G_OPTION_ARG_STRING_ARRAY, &selection,
    N_ ("only these nodes and the wires among them; may be given several times"), "NODE[,NODE]" },
  { "dark", 0, 0, G_OPTION_ARG_NONE, &dark, N_ ("dark colours"), NULL },
  { "transparent", 0, 0, G_OPTION_ARG_NONE, &transparent, N_ ("nothing behind the cards"), NULL },
  { "scale", 0, 0, G_OPTION_ARG_DOUBLE, &scale, N_ ("pixels a unit of a PNG (2)"), "NUMBER" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL },
  { NULL }
};

/* Numbers of the nodes that --selection names; NULL: one is not there, which has been said. */
static GArray *
find_selection (WeftDocument *document)
{
  g_autoptr (GArray) uids = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; selection[i] != NULL; i++)
    {
      g_auto (GStrv) names = g_strsplit (selection[i], ",", -1);

      for (guint k = 0; names[k] != NULL; k++)
        {
          const WeftNode *node = weft_document_node_by_id (document, names[k]);

          if (node == NULL)
            {
              cli_say (CLI_CALL, _ ("--selection: there is no node “%s”"), names[k]);
              return NULL;
            }
          g_array_append_val (uids, node->uid);
        }
    }
  return g_steal_pointer (&uids);
}

/* cli_render:
 *
 * Returns: the exit code.
 */
int
cli_render (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = NULL;
  g_autoptr (WeftTyping) typing = NULL;
  g_autoptr (GArray) nodes = NULL;
  WeftRenderOptions options = { 0 };
  const char       *file;
  int               code = cli_parse (&argc, &argv, entries);

  if (code >= 0 || (code = cli_one_file (argc, argv, &file)) >= 0)
    return code;
  if (output == NULL)
    return cli_say (CLI_CALL, _ ("where to? Give a picture to write: -o %s.svg"), file);
  if (scale < 0 || scale > 100)
    return cli_say (CLI_CALL, _ ("--scale must be above 0 and at most 100"));
  document = cli_load (file, &code);
  if (document == NULL)
    return code;
  if (selection != NULL)
    {
      nodes = find_selection (document);
      if (nodes == NULL)
        return CLI_CALL;
      options.nodes = (const guint32 *) (gconstpointer) nodes->data;
      options.n_nodes = nodes->len;
    }
  typing = weft_typing_new (document);
  weft_typing_update (typing);
  options.theme = dark ? WEFT_THEME_DARK : WEFT_THEME_LIGHT;
  options.transparent = transparent;
  options.scale = scale;
  if (!weft_render_file (document, typing, output, &options, &error))
    return error->domain == WEFT_RENDER_ERROR && error->code == WEFT_RENDER_ERROR_FORMAT
             ? cli_say (CLI_CALL, "%s", error->message)
             : cli_say_error (error);
  if (as_json)
    {
      WeftJson *answer = weft_json_new_object ();

      weft_json_set_string (answer, "file", output);
      cli_answer (answer);
    }
  return CLI_DONE;
}
