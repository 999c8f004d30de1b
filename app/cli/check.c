/* weft-cli check: the types of all outputs, and the problems.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/remarks.h"

#include "engine/document/lesson.h"
#include "engine/train/training.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

static gboolean as_json;

static const GOptionEntry entries[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL }, { NULL }
};

typedef struct
{
  WeftDocument *document;
  WeftTyping   *typing;
  WeftJson     *types;    /* object */
  WeftJson     *problems; /* array */
  WeftJson     *warnings; /* array */
} Report;

static void
add_problem (Report *report, const char *node, const char *port, const char *message)
{
  WeftJson *problem = weft_json_new_object ();

  if (node != NULL)
    weft_json_set_string (problem, "node", node);
  if (port != NULL)
    weft_json_set_string (problem, "port", port);
  weft_json_set_string (problem, "message", message);
  weft_json_append (report->problems, problem);
}

static void
add_types (Report *report)
{
  for (guint i = 0; i < weft_document_n_nodes (report->document); i++)
    {
      const WeftNode *node = weft_document_node_at (report->document, i);
      g_autoptr (WeftPorts) ports = weft_document_ports (report->document, node->uid);

      for (guint k = 0; ports != NULL && k < ports->n_outputs; k++)
        {
          const WeftType *type =
            weft_typing_output (report->typing, node->uid, ports->outputs[k].name);
          g_autofree char *port = g_strdup_printf ("%s.%s", node->id, ports->outputs[k].name);
          g_autofree char *text = type != NULL ? weft_type_to_string (type) : NULL;

          weft_json_set (report->types, port,
                         text != NULL ? weft_json_new_string (text) : weft_json_new_null ());
        }
    }
}

/* A port that the training section names must exist and be one number. */
static void
check_port (Report *report, const char *what, const char *port, gboolean scalar)
{
  const char      *dot = strchr (port, '.');
  g_autofree char *id = dot != NULL ? g_strndup (port, dot - port) : NULL;
  const WeftNode  *node = id != NULL ? weft_document_node_by_id (report->document, id) : NULL;
  const WeftType  *type =
    node != NULL ? weft_typing_output (report->typing, node->uid, dot + 1) : NULL;
  g_autoptr (WeftPorts) ports =
    node != NULL ? weft_document_ports (report->document, node->uid) : NULL;
  g_autofree char *message = NULL;
  gboolean         exists = FALSE;

  for (guint i = 0; ports != NULL && i < ports->n_outputs; i++)
    exists = exists || g_str_equal (ports->outputs[i].name, dot + 1);
  if (!exists)
    message = g_strdup_printf (_ ("training: %s is “%s”, but there is no such output"), what, port);
  else if (type != NULL && scalar && type->shape.rank != 0)
    {
      g_autofree char *text = weft_type_to_string (type);
      message = g_strdup_printf (
        _ ("training: %s %s is %s; it must be one number, such as its mean"), what, port, text);
    }
  if (message != NULL)
    add_problem (report, NULL, NULL, message);
}

static void
check_training (Report *report)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTraining) training = NULL;

  if (weft_json_n_members (weft_document_get_training (report->document)) == 0)
    return;
  training = weft_training_new (report->document, &error);
  if (training == NULL)
    {
      add_problem (report, NULL, NULL, error->message);
      return;
    }
  if (training->loss != NULL)
    check_port (report, _ ("the loss"), training->loss, TRUE);
  if (training->output != NULL)
    check_port (report, _ ("the output"), training->output, FALSE);
  for (guint i = 0; i < training->n_metrics; i++)
    check_port (report, training->names[i], training->ports[i], TRUE);
}

static void
add_problems (Report *report)
{
  for (guint i = 0; i < weft_typing_n_problems (report->typing); i++)
    {
      const WeftProblem *problem = weft_typing_problem (report->typing, i);
      const WeftNode    *node = weft_document_node (report->document, problem->node);

      add_problem (report, node != NULL ? node->id : NULL, problem->port, problem->message);
    }
  check_training (report);
}

/* Float64 that nobody asked for, in a document without problems. */
static void
add_warnings (Report *report)
{
  WeftLowerOptions options = { .training = TRUE, .no_init = TRUE };
  g_autoptr (WeftLowered) lowered = NULL;
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GArray) found = NULL;
  GHashTableIter iter;
  gpointer       value;

  if (weft_json_length (report->problems) > 0)
    return;
  lowered = weft_document_lower (report->document, &options);
  g_hash_table_iter_init (&iter, lowered->values);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (values, value);
  found = weft_graph_widenings (lowered->graph, values->len, (WeftValue **) values->pdata);
  for (guint i = 0; i < found->len; i++)
    {
      g_autofree char *text =
        cli_widening_text (&g_array_index (found, WeftWidening, i), report->document);

      weft_json_append (report->warnings, weft_json_new_string (text));
    }
}

static void
check_lesson (Report *report)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftLesson) lesson = weft_lesson_new (report->document, &error);

  if (error != NULL)
    add_problem (report, NULL, NULL, error->message);
}

static void
print_text (const char *file, Report *report)
{
  guint n = weft_json_length (report->problems);
  int   width = 0;

  for (guint i = 0; i < weft_json_n_members (report->types); i++)
    width = MAX (width, (int) g_utf8_strlen (weft_json_member (report->types, i, NULL), -1));
  for (guint i = 0; i < weft_json_n_members (report->types); i++)
    {
      WeftJson   *type;
      const char *port = weft_json_member (report->types, i, &type);

      printf ("%-*s  %s\n", width, port, weft_json_string (type, _ ("unknown")));
    }
  for (guint i = 0; i < n; i++)
    {
      WeftJson   *problem = weft_json_at (report->problems, i);
      const char *node = weft_json_get_string (problem, "node", NULL);
      const char *port = weft_json_get_string (problem, "port", NULL);

      fflush (stdout);
      fprintf (stderr, "%s: %s%s%s%s%s\n", file, node != NULL ? node : "", port != NULL ? "." : "",
               port != NULL ? port : "", node != NULL ? ": " : "",
               weft_json_get_string (problem, "message", ""));
    }
  for (guint i = 0; i < weft_json_length (report->warnings); i++)
    cli_note (_ ("%s: warning: %s"), file,
              weft_json_string (weft_json_at (report->warnings, i), ""));
  if (n == 0)
    cli_note (_ ("%s: no problems"), file);
  else
    cli_note (g_dngettext (GETTEXT_PACKAGE, "%s: %u problem", "%s: %u problems", n), file, n);
}

static int
check_file (const char *file)
{
  int code = CLI_DONE;
  g_autoptr (WeftDocument) document = cli_load (file, &code);
  Report report = { .document = document };
  guint  n;

  if (document == NULL)
    return code;
  report.typing = weft_typing_new (document);
  report.types = weft_json_new_object ();
  report.problems = weft_json_new_array ();
  weft_typing_update (report.typing);
  add_types (&report);
  add_problems (&report);
  check_lesson (&report);
  report.warnings = weft_json_new_array ();
  add_warnings (&report);
  n = weft_json_length (report.problems);
  if (as_json)
    {
      WeftJson *answer = weft_json_new_object ();

      weft_json_set_string (answer, "file", file);
      weft_json_set (answer, "types", report.types);
      weft_json_set (answer, "problems", report.problems);
      if (weft_json_length (report.warnings) > 0)
        weft_json_set (answer, "warnings", weft_json_ref (report.warnings));
      cli_answer (answer);
    }
  else
    {
      print_text (file, &report);
      weft_json_unref (report.types);
      weft_json_unref (report.problems);
    }
  weft_json_unref (report.warnings);
  weft_typing_free (report.typing);
  return n > 0 ? CLI_INPUT : CLI_DONE;
}

/* cli_check:
 *
 * Returns: the exit code; 1 when there are problems.
 */
int
cli_check (int argc, char **argv)
{
  int         code = cli_parse (&argc, &argv, entries);
  const char *file;

  if (code >= 0)
    return code;
  if (argc < 2)
    return cli_one_file (argc, argv, &file);
  code = CLI_DONE;
  for (int i = 1; i < argc; i++)
    {
      int one = check_file (argv[i]);
      code = MAX (code, one);
    }
  return code;
}
