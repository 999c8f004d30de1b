/* weft-cli layers: the layer documents.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"

#include "engine/base/nearest.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

static gboolean as_json;

static const GOptionEntry entries[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL }, { NULL }
};

static char *
default_text (const WeftParam *param)
{
  return param->otherwise != NULL ? weft_json_to_string (param->otherwise)
                                  : g_strdup (_ ("must be given"));
}

static WeftJson *
to_json (const WeftEntry *entry)
{
  guint            n;
  const WeftParam *params = weft_catalogue_params (entry->op, &n);
  WeftJson        *json = weft_json_new_object ();
  WeftJson        *list = weft_json_new_array ();

  weft_json_set_string (json, "name", entry->op);
  weft_json_set_string (json, "title", entry->title);
  weft_json_set_string (json, "summary", entry->summary);
  weft_json_set_string (json, "body", entry->body);
  for (guint i = 0; i < n; i++)
    {
      WeftJson *param = weft_json_new_object ();

      weft_json_set_string (param, "name", params[i].name);
      if (params[i].summary != NULL)
        weft_json_set_string (param, "summary", params[i].summary);
      weft_json_set (param, "default",
                     params[i].otherwise != NULL ? weft_json_copy (params[i].otherwise)
                                                 : weft_json_new_null ());
      if (params[i].choices != NULL)
        {
          WeftJson *choices = weft_json_new_array ();

          for (guint k = 0; params[i].choices[k] != NULL; k++)
            weft_json_append (choices, weft_json_new_string (params[i].choices[k]));
          weft_json_set (param, "choices", choices);
        }
      weft_json_append (list, param);
    }
  weft_json_set (json, "params", list);
  return json;
}

static void
print_one (const WeftEntry *entry)
{
  guint            n;
  const WeftParam *params = weft_catalogue_params (entry->op, &n);

  printf ("%s (%s)\n  %s\n\n  %s\n\n", entry->op, entry->title, entry->summary, entry->body);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *otherwise = default_text (&params[i]);

      printf ("  %-14s %-16s %s\n", params[i].name, otherwise,
              params[i].summary != NULL ? params[i].summary : "");
      if (params[i].choices != NULL)
        {
          g_autofree char *choices = g_strjoinv (", ", (char **) params[i].choices);
          printf ("  %-14s %-16s %s\n", "", "", choices);
        }
    }
}

static int
one (const char *name)
{
  const WeftEntry *entry = weft_catalogue_find (name);
  g_autofree char *hint = NULL;
  WeftNearest      nearest;

  if (entry != NULL && entry->body != NULL)
    {
      if (as_json)
        cli_answer (to_json (entry));
      else
        print_one (entry);
      return CLI_DONE;
    }
  weft_nearest_begin (&nearest, name);
  for (guint i = 0; i < weft_catalogue_n (); i++)
    if (weft_catalogue_at (i)->body != NULL)
      weft_nearest_offer (&nearest, weft_catalogue_at (i)->op);
  hint = weft_nearest_hint (&nearest);
  if (entry != NULL)
    return cli_say (CLI_INPUT, _ ("“%s” is no layer but an op; see weft-cli ops %s"), name, name);
  return cli_say (CLI_INPUT, _ ("there is no layer “%s”%s"), name, hint);
}

/* cli_layers:
 *
 * Returns: the exit code.
 */
int
cli_layers (int argc, char **argv)
{
  int       code = cli_parse (&argc, &argv, entries);
  WeftJson *all;

  if (code >= 0)
    return code;
  if (argc > 2)
    return cli_say (CLI_CALL, _ ("one name at a time: %s is one too many"), argv[2]);
  if (argc == 2)
    return one (argv[1]);
  all = weft_json_new_array ();
  for (guint i = 0; i < weft_catalogue_n (); i++)
    {
      const WeftEntry *entry = weft_catalogue_at (i);

      if (entry->body == NULL)
        continue;
      weft_json_append (all, to_json (entry));
      if (!as_json)
        printf ("%-14s %-44s %s\n", entry->op, entry->body, entry->summary);
    }
  if (as_json)
    cli_answer (all);
  else
    weft_json_unref (all);
  return CLI_DONE;
}
