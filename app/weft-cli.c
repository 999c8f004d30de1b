/* weft-cli: everything that Weft can do to a document or a run, without a display.
 *
 * Finds the subcommand; app/cli does the work.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"

#include "engine/base/nearest.h"
#include "engine/ops/ops.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static void
print_help (FILE *out)
{
  fprintf (out, "%s\n\n", _ ("Usage: weft-cli COMMAND ..."));
  for (guint i = 0; i < cli_n_commands; i++)
    {
      g_autofree char *call =
        g_strdup_printf ("%s %s", cli_commands[i].name, _ (cli_commands[i].usage));
      fprintf (out, "  %-34s %s\n", call, _ (cli_commands[i].summary));
    }
  fprintf (
    out, "\n%s\n%s\n",
    _ ("weft-cli COMMAND --help tells the options of one. Every command takes --json."),
    _ ("Exit status: 0 done, 1 the input is wrong, 2 the call is wrong, 3 the system failed."));
}

static int
refuse_command (const char *name)
{
  WeftNearest      nearest;
  g_autofree char *hint = NULL;

  weft_nearest_begin (&nearest, name);
  for (guint i = 0; i < cli_n_commands; i++)
    weft_nearest_offer (&nearest, cli_commands[i].name);
  hint = weft_nearest_hint (&nearest);
  if (g_str_has_suffix (name, ".weft"))
    return cli_say (CLI_CALL,
                    _ ("“%s” is a file; say what to do with it, such as: weft-cli train %s"), name,
                    name);
  return cli_say (CLI_CALL, _ ("there is no command “%s”%s%s"), name, hint,
                  *hint == '\0' ? _ ("; see weft-cli help") : "");
}

static int
help (int argc, char **argv)
{
  const CliCommand *command;
  char             *call[] = { argc > 2 ? argv[2] : NULL, (char *) "--help", NULL };

  if (argc <= 2)
    {
      print_help (stdout);
      return CLI_DONE;
    }
  command = cli_find_command (argv[2]);
  return command != NULL ? command->run (2, call) : refuse_command (argv[2]);
}

int
main (int argc, char **argv)
{
  const CliCommand *command;
  int               code;

  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* numbers are written so that programs can read them */
  bindtextdomain (GETTEXT_PACKAGE, WEFT_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  if (argc < 2)
    {
      print_help (stderr);
      return CLI_CALL;
    }
  if (g_str_equal (argv[1], "--version") || g_str_equal (argv[1], "version"))
    {
      printf ("weft-cli %s\n", WEFT_VERSION);
      return CLI_DONE;
    }
  if (g_str_equal (argv[1], "help") || g_str_equal (argv[1], "--help") ||
      g_str_equal (argv[1], "-h"))
    return help (argc, argv);
  command = cli_find_command (argv[1]);
  if (command == NULL)
    return refuse_command (argv[1]);
  weft_ops_init ();
  code = command->run (argc - 1, argv + 1);
  if (fflush (stdout) != 0 || ferror (stdout))
    return cli_say (CLI_SYSTEM, _ ("the answer could not be written: is the disk full?"));
  return code;
}
