/* What the subcommands share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"

#include "gpu/cuda-device.h"

#include "engine/base/nearest.h"
#include "engine/graph/expr.h"
#include "engine/grad/grad.h"
#include "engine/dataset/dataset.h"
#include "engine/run/function.h"
#include "engine/train/setting.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const CliCommand cli_commands[] = {
  { "check", N_ ("FILE..."), N_ ("types of all outputs, and problems"), cli_check },
  { "eval", N_ ("FILE | -e EXPR"), N_ ("evaluate a document or an expression, and gradients"),
    cli_eval },
  { "train", N_ ("FILE"), N_ ("train a document's model"), cli_train },
  { "verify", N_ ("FILE"),
    N_ ("compare gradients with finite differences, the ways to run, and rewrites"), cli_verify },
  { "gradient", N_ ("FILE"), N_ ("the backward graph beside the forward one"), cli_gradient },
  { "rewrite", N_ ("FILE | -e EXPR"), N_ ("what the optimiser does, step by step"), cli_rewrite },
  { "devices", N_ (""), N_ ("what programs can run on"), cli_devices },
  { "kernels", N_ ("FILE"), N_ ("the program that runs"), cli_kernels },
  { "profile", N_ ("FILE"), N_ ("what each kernel costs, beside what the machine can do"),
    cli_profile },
  { "export", N_ ("FILE --to c -o DIR"), N_ ("a function as a C program of its own"), cli_export },
  { "ops", N_ ("[NAME]"), N_ ("the ops, or all about one"), cli_ops },
  { "rules", N_ ("[NAME]"), N_ ("the rewrite rules, update rules and schedules, or all about one"),
    cli_rules },
  { "find", N_ ("FILE"), N_ ("values by name, op and role"), cli_find },
  { "sample", N_ ("FILE"), N_ ("let a trained model of a text write"), cli_sample },
  { "data", N_ ("FILE|NAME"), N_ ("what a data file, or a set that ships, holds"), cli_data },
  { "layers", N_ ("[NAME]"), N_ ("the layers, or all about one"), cli_layers },
  { "sweep", N_ ("FILE"), N_ ("train a document with other settings, each combination of them"),
    cli_sweep },
  { "runs", N_ ("FILE"), N_ ("the runs of a document that are kept, and their checkpoints"),
    cli_runs },
  { "curves", N_ ("RUN..."), N_ ("what runs measured: tables, pictures, events"), cli_curves },
  { "report", N_ ("RUN -o FILE.html"), N_ ("a run as one page"), cli_report },
  { "render", N_ ("FILE -o OUT.svg|pdf|png"), N_ ("draw a document"), cli_render },
};
const guint cli_n_commands = G_N_ELEMENTS (cli_commands);

/* weft-cli's own name for messages: with the command, once that is known. */
static const CliCommand *current;

/* cli_find_command:
 *
 * Returns: the row and remembers it for messages; NULL: there is none.
 */
const CliCommand *
cli_find_command (const char *name)
{
  for (guint i = 0; i < cli_n_commands; i++)
    if (g_str_equal (cli_commands[i].name, name))
      {
        current = &cli_commands[i];
        return current;
      }
  return NULL;
}

static void
say (const char *text)
{
  fflush (stdout);
  if (current != NULL)
    fprintf (stderr, "weft-cli %s: %s\n", current->name, text);
  else
    fprintf (stderr, "weft-cli: %s\n", text);
}

int
cli_say (int code, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list          args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  say (text);
  return code;
}

void
cli_note (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list          args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fflush (stdout);
  fprintf (stderr, "%s\n", text);
}

/* A file that is not there or cannot be read is a wrong input; what the machine refuses is the
 * system's failure. */
static int
exit_code (const GError *error)
{
  if (error->domain == WEFT_TENSOR_ERROR && error->code == WEFT_TENSOR_ERROR_TOO_LARGE)
    return CLI_SYSTEM;
  if (error->domain == WEFT_RUN_ERROR && error->code == WEFT_RUN_ERROR_MEMORY)
    return CLI_SYSTEM;
  if (error->domain != G_FILE_ERROR && error->domain != G_IO_ERROR)
    return CLI_INPUT;
  if (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ||
      g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_IO) ||
      g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOMEM) ||
      g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_ROFS) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    return CLI_SYSTEM;
  return CLI_INPUT;
}

int
cli_say_error (const GError *error)
{
  say (error->message);
  return exit_code (error);
}

WeftDocument *
cli_load (const char *path, int *code)
{
  g_autoptr (GError) error = NULL;
  WeftDocument *document = weft_document_load (path, &error);

  if (document == NULL)
    *code = cli_say_error (error);
  return document;
}

void
cli_answer (WeftJson *json)
{
  g_autofree char *text = weft_json_to_string (json);

  printf ("%s\n", text);
  weft_json_unref (json);
}

/* ---- Options ---- */

static void
offer_options (WeftNearest *nearest, const GOptionEntry *entries)
{
  for (guint i = 0; entries[i].long_name != NULL; i++)
    weft_nearest_offer (nearest, entries[i].long_name);
  weft_nearest_offer (nearest, "help");
}

static int
refuse_call (const GError *error, const GOptionEntry *entries, const char *option)
{
  g_autofree char *hint = g_strdup ("");

  if (g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION) && option != NULL)
    {
      WeftNearest nearest;

      weft_nearest_begin (&nearest, option);
      offer_options (&nearest, entries);
      g_free (hint);
      hint = nearest.best != NULL ? g_strdup_printf (_ ("; did you mean --%s?"), nearest.best)
                                  : g_strdup_printf (_ ("; see weft-cli %s --help"), current->name);
    }
  return cli_say (CLI_CALL, "%s%s", error->message, hint);
}

/* The first word that looks like an option that @entries do not have: what GOption complained
 * about. */
static char *
find_unknown (int argc, char **argv, const GOptionEntry *entries)
{
  for (int i = 1; i < argc; i++)
    {
      gsize    length = strcspn (argv[i], "=");
      gboolean known = FALSE;

      if (!g_str_has_prefix (argv[i], "--") || length <= 2)
        continue;
      for (guint k = 0; entries[k].long_name != NULL; k++)
        known = known || (strlen (entries[k].long_name) == length - 2 &&
                          strncmp (entries[k].long_name, argv[i] + 2, length - 2) == 0);
      if (!known)
        return g_strndup (argv[i] + 2, length - 2);
    }
  return NULL;
}

int
cli_parse (int *argc, char ***argv, const GOptionEntry *entries)
{
  g_autoptr (GOptionContext) context = g_option_context_new (_ (current->usage));
  g_autoptr (GError) error = NULL;
  g_autofree char *summary = g_strdup (_ (current->summary));
  g_autofree char *program = g_strdup_printf ("weft-cli %s", current->name);
  g_autofree char *unknown = NULL;

  unknown = find_unknown (*argc, *argv, entries);
  summary[0] = g_ascii_toupper (summary[0]);
  g_set_prgname (program);
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (g_option_context_parse (context, argc, argv, &error))
    return -1;
  return refuse_call (error, entries, unknown);
}

int
cli_one_file (int argc, char **argv, const char **file)
{
  if (argc == 2)
    {
      *file = argv[1];
      return -1;
    }
  if (argc < 2)
    return cli_say (CLI_CALL, _ ("which file? Usage: weft-cli %s %s"), current->name,
                    _ (current->usage));
  return cli_say (CLI_CALL, _ ("one file at a time: %s is one too many"), argv[2]);
}

gboolean
cli_check_device (const char *device, int *code)
{
  weft_cuda_add_kind ();
  if (weft_devices_knows (device))
    return TRUE;
  *code =
    cli_say (CLI_CALL, _ ("there is no device “%s”; weft-cli devices lists what there is"), device);
  return FALSE;
}

gboolean
cli_open_device (const char *device, WeftDevice **opened, int *code)
{
  g_autoptr (GError) error = NULL;

  *opened = NULL;
  if (device == NULL)
    return TRUE;
  if (!cli_check_device (device, code))
    return FALSE;
  *opened = weft_devices_open (device, &error);
  if (error != NULL)
    *code = cli_say (CLI_SYSTEM, "%s", error->message);
  return error == NULL;
}

gboolean
cli_find_mode (const char *text, WeftMode otherwise, WeftMode *mode, int *code)
{
  static const char *const words[] = { [WEFT_MODE_INTERPRET] = "interpret",
                                       [WEFT_MODE_REFERENCE] = "reference",
                                       [WEFT_MODE_COMPILE] = "compile",
                                       [WEFT_MODE_COMPARE] = "compare" };

  *mode = otherwise;
  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (text, words[i]))
      {
        *mode = (WeftMode) i;
        return TRUE;
      }
  if (text != NULL)
    *code = cli_say (
      CLI_CALL, _ ("there is no mode “%s”; there are interpret, compile, reference and compare"),
      text);
  return text == NULL;
}

gboolean
cli_use_threads (int threads, int *code)
{
  if (threads < 0 || threads > CLI_MAX_THREADS)
    {
      *code = cli_say (CLI_CALL, _ ("--threads must be from 1 to %d"), CLI_MAX_THREADS);
      return FALSE;
    }
  if (threads > 0)
    weft_pool_set_threads ((guint) threads);
  return TRUE;
}

gboolean
cli_set_param (WeftDocument *document, const char *text, int *code)
{
  g_autoptr (GError) error = NULL;
  const char      *equals = strchr (text, '=');
  const char      *dot = strchr (text, '.');
  g_autofree char *name = NULL;

  if (equals == NULL || dot == NULL || dot > equals)
    {
      *code = cli_say (CLI_CALL, _ ("--set takes NODE.PARAM=VALUE, not “%s”"), text);
      return FALSE;
    }
  name = g_strndup (text, equals - text);
  if (weft_setting_set (document, name, weft_setting_parse (equals + 1), &error))
    return TRUE;
  *code = cli_say (CLI_INPUT, "--set %s: %s", text, error->message);
  return FALSE;
}

/* ---- Terminal ---- */

static volatile sig_atomic_t interrupted;

static void
interrupt_cb (int number)
{
  if (interrupted != 0)
    _exit (128 + number);
  interrupted = number;
}

/* cli_catch_interrupts:
 *
 * Once, before something long begins.
 */
void
cli_catch_interrupts (void)
{
  struct sigaction action = { .sa_handler = interrupt_cb };

  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
}

int
cli_interrupted (void)
{
  return interrupted;
}

int
cli_terminal_width (int fd)
{
  const char    *term = g_getenv ("TERM");
  struct winsize size;

  if (!isatty (fd) || term == NULL || *term == '\0' || g_str_equal (term, "dumb"))
    return 0;
  if (ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return 80;
}

char *
cli_count_text (gint64 n)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GINT64_FORMAT, n);
  GString         *text = g_string_new (NULL);
  gsize            length = strlen (digits);

  for (gsize i = 0; i < length; i++)
    {
      if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-')
        g_string_append_c (text, ' ');
      g_string_append_c (text, digits[i]);
    }
  return g_string_free (text, FALSE);
}
