/* weft-cli profile: what each kernel of a document's function costs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/batch.h"

#include "engine/train/anatomy.h"

#include <glib/gi18n.h>
#include <stdio.h>

#define DEFAULT_STEPS 50
#define MAX_STEPS 1000000

static gboolean as_json;
static char    *function_name;
static int      steps = DEFAULT_STEPS, threads;

static const GOptionEntry entries[] = {
  { "function", 0, 0, G_OPTION_ARG_STRING, &function_name, N_ ("train, measure or predict"), "F" },
  { "steps", 0, 0, G_OPTION_ARG_INT, &steps, N_ ("how often it is called (50)"), "N" },
  { "threads", 0, 0, G_OPTION_ARG_INT, &threads, CLI_THREADS_HELP, "N" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL },
  { NULL }
};

/* What part of the time of @row the machine needs at least; above 1: its data lie in a cache. */
static double
part_of_limit (const WeftProfile *profile, const WeftProfileKernel *row, gboolean *by_flops)
{
  double limit = weft_roofline_limit (&profile->roofline, row, by_flops);

  return row->ns > 0 ? limit / row->ns : 0;
}

/* ---- JSON ---- */

static WeftJson *
kernel_json (WeftDocument *document, const WeftAnatomy *anatomy, guint i)
{
  const WeftProfileKernel *row = &anatomy->profile->kernels[i];
  g_autofree char         *place = weft_anatomy_dup_place (&anatomy->kernels[i], document);
  WeftJson                *json = weft_json_new_object ();
  gboolean                 by_flops;
  double                   part = part_of_limit (anatomy->profile, row, &by_flops);

  weft_json_set_string (json, "name", row->name);
  weft_json_set_string (json, "place", place);
  weft_json_set_int (json, "depth", row->depth);
  weft_json_set_number (json, "calls", row->calls);
  weft_json_set_number (json, "ns", row->ns);
  weft_json_set_number (json, "share", row->ns / anatomy->profile->call_ns);
  weft_json_set_number (json, "flops", row->flops);
  weft_json_set_number (json, "bytes", row->bytes);
  weft_json_set_string (json, "bound", by_flops ? "flops" : "bytes");
  weft_json_set_number (json, "of_limit", part);
  weft_json_set_bool (json, "compiled", row->compiled);
  return json;
}

static void
answer (WeftDocument *document, const WeftAnatomy *anatomy)
{
  WeftJson *json = weft_json_new_object (), *kernels = weft_json_new_array ();

  for (guint i = 0; i < anatomy->n_kernels; i++)
    weft_json_append (kernels, kernel_json (document, anatomy, i));
  weft_json_set_number (json, "call_ns", anatomy->profile->call_ns);
  weft_json_set_int (json, "calls", anatomy->profile->n_calls);
  weft_json_set_int (json, "threads", anatomy->profile->roofline.threads);
  weft_json_set_number (json, "flops_per_s", anatomy->profile->roofline.flops_per_s);
  weft_json_set_number (json, "bytes_per_s", anatomy->profile->roofline.bytes_per_s);
  weft_json_set_int (json, "arena_bytes", anatomy->arena_bytes);
  weft_json_set_int (json, "intermediate_bytes", anatomy->intermediate_bytes);
  weft_json_set_int (json, "parameter_bytes", anatomy->parameter_bytes);
  weft_json_set_int (json, "state_bytes", anatomy->state_bytes);
  weft_json_set (json, "kernels", kernels);
  cli_answer (json);
}

/* ---- A table ---- */

static void
print_row (WeftDocument *document, const WeftAnatomy *anatomy, guint i)
{
  const WeftProfileKernel *row = &anatomy->profile->kernels[i];
  g_autofree char         *place = weft_anatomy_dup_place (&anatomy->kernels[i], document);
  gboolean                 by_flops;
  double                   part = part_of_limit (anatomy->profile, row, &by_flops);
  g_autofree char         *limit = part > 1 ? g_strdup (_ ("cache"))
                                            : g_strdup_printf ("%.0f %%", 100 * part);

  printf ("%10.2f %6.1f %% %7.0f %10.3g %10.3g  %-5s %6s  %*s%s%s%s\n", row->ns / 1000,
          100 * row->ns / anatomy->profile->call_ns, row->calls, row->flops, row->bytes,
          by_flops ? _ ("flops") : _ ("bytes"), limit, 2 * (int) row->depth, "", row->name,
          *place != '\0' ? "  # " : "", place);
}

static void
print_sums (const WeftAnatomy *anatomy)
{
  const WeftRoofline *roofline = &anatomy->profile->roofline;
  g_autofree char    *peak = g_format_size_full (anatomy->arena_bytes, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char    *sum =
    g_format_size_full (anatomy->intermediate_bytes, G_FORMAT_SIZE_IEC_UNITS);

  printf (_ ("one call: %.2f us, median of %u\n"), anatomy->profile->call_ns / 1000,
          anatomy->profile->n_calls);
  printf (g_dngettext (NULL, "this machine: %.0f GFLOP/s, %.1f GB/s on %u thread\n",
                       "this machine: %.0f GFLOP/s, %.1f GB/s on %u threads\n", roofline->threads),
          roofline->flops_per_s / 1e9, roofline->bytes_per_s / 1e9, roofline->threads);
  printf (_ ("memory: peak %s of %s without reuse\n"), peak, sum);
}

static int
show (WeftDocument *document, WeftModelPart part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftAnatomy) anatomy = NULL;
  guint32 node;

  anatomy = weft_anatomy_new (document, part, (guint) steps, NULL, &node, &error);
  if (anatomy == NULL)
    return cli_say_error (error);
  if (as_json)
    {
      answer (document, anatomy);
      return CLI_DONE;
    }
  printf ("%10s %8s %7s %10s %10s  %-5s %6s  %s\n", _ ("us"), _ ("share"), _ ("calls"),
          _ ("flops"), _ ("bytes"), _ ("bound"), _ ("limit"), _ ("kernel"));
  for (guint i = 0; i < anatomy->n_kernels; i++)
    print_row (document, anatomy, i);
  print_sums (anatomy);
  return CLI_DONE;
}

/* cli_profile:
 *
 * Returns: the exit code.
 */
int
cli_profile (int argc, char **argv)
{
  g_autoptr (WeftDocument) document = NULL;
  WeftModelPart part;
  const char   *file;
  int           code = cli_parse (&argc, &argv, entries);

  if (code >= 0 || (code = cli_one_file (argc, argv, &file)) >= 0)
    return code;
  code = CLI_DONE;
  if (steps < 1 || steps > MAX_STEPS)
    return cli_say (CLI_CALL, _ ("--steps must be a number from 1 to %d"), MAX_STEPS);
  if (!cli_use_threads (threads, &code) || !cli_find_part (function_name, &part, &code))
    return code;
  document = cli_load (file, &code);
  return document != NULL ? show (document, part) : code;
}
