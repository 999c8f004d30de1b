/* weft-cli curves and weft-cli report: what runs measured, as tables, pictures, events and a page.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"

#include "ui/curves/curve-export.h"
#include "ui/curves/report.h"
#include "ui/curves/run-folder.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_SMOOTHING 0.999

static gboolean as_json, as_csv, dark, log_x, linear, bell;
static char    *events, *picture, *output, *along;
static char   **metrics;
static double   smoothing;

static const GOptionEntry entries[] = {
  { "csv", 0, 0, G_OPTION_ARG_NONE, &as_csv, N_ ("every point as a table"), NULL },
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("every point as a line of JSON"), NULL },
  { "tensorboard", 0, 0, G_OPTION_ARG_FILENAME, &events,
    N_ ("write events for TensorBoard below a folder"), "DIR" },
  { "svg", 0, 0, G_OPTION_ARG_FILENAME, &picture,
    N_ ("draw the curves; the name ends in .svg, .pdf or .png"), "FILE" },
  { "metric", 0, 0, G_OPTION_ARG_STRING_ARRAY, &metrics,
    N_ ("only this curve; may be given several times"), "NAME" },
  { "x", 0, 0, G_OPTION_ARG_STRING, &along, N_ ("draw over step, epoch, time or examples"),
    "WHAT" },
  { "log-x", 0, 0, G_OPTION_ARG_NONE, &log_x, N_ ("draw with a logarithmic axis along"), NULL },
  { "linear", 0, 0, G_OPTION_ARG_NONE, &linear, N_ ("draw values on an even axis"), NULL },
  { "smoothing", 0, 0, G_OPTION_ARG_DOUBLE, &smoothing,
    N_ ("draw a running mean over the raw curve: weight of the past, 0 to 0.999"), "WEIGHT" },
  { "bell", 0, 0, G_OPTION_ARG_NONE, &bell, N_ ("smooth with a bell over both sides"), NULL },
  { "dark", 0, 0, G_OPTION_ARG_NONE, &dark, N_ ("dark colours"), NULL },
  { NULL }
};

static const GOptionEntry report_entries[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_ ("the page to write"), "FILE.html" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL },
  { NULL }
};

typedef struct
{
  GPtrArray *runs; /* of WeftKeptRun */
  GPtrArray *data; /* of WeftRunData */
  GArray    *tracks;
} Curves;

static void
curves_clear (Curves *curves)
{
  g_clear_pointer (&curves->runs, g_ptr_array_unref);
  g_clear_pointer (&curves->data, g_ptr_array_unref);
  g_clear_pointer (&curves->tracks, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Curves, curves_clear)

/* FALSE: said. */
static gboolean
open_run (Curves *curves, const char *path, int *code)
{
  g_autoptr (GError) error = NULL;
  WeftKeptRun   *run = weft_run_folder_open (path);
  WeftRunData   *data;
  WeftChartTrack track;

  if (run == NULL)
    {
      *code = cli_say (CLI_INPUT, _ ("%s: is neither the folder of a run nor a log"), path);
      return FALSE;
    }
  g_ptr_array_add (curves->runs, run);
  data = weft_run_folder_read (path, INFINITY, NULL, &error);
  if (data == NULL)
    {
      *code = cli_say_error (error);
      return FALSE;
    }
  g_ptr_array_add (curves->data, data);
  weft_run_data_set_smoothing (data, bell ? WEFT_SMOOTHING_BELL : WEFT_SMOOTHING_MEAN, smoothing);
  track = (WeftChartTrack){ data, run->title, curves->tracks->len };
  g_array_append_val (curves->tracks, track);
  return TRUE;
}

static gboolean
open_runs (Curves *curves, int argc, char **argv, int *code)
{
  curves->runs = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_kept_run_free);
  curves->data = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_run_data_free);
  curves->tracks = g_array_new (FALSE, FALSE, sizeof (WeftChartTrack));
  for (int i = 1; i < argc; i++)
    if (!open_run (curves, argv[i], code))
      return FALSE;
  return TRUE;
}

static gboolean
find_along (WeftClockKind *kind, int *code)
{
  static const char *const names[WEFT_N_CLOCK_KINDS] = { "step", "epoch", "time", "examples" };

  *kind = WEFT_CLOCK_STEP;
  for (guint i = 0; along != NULL && i < WEFT_N_CLOCK_KINDS; i++)
    if (g_str_equal (along, names[i]))
      {
        *kind = (WeftClockKind) i;
        return TRUE;
      }
  if (along != NULL)
    *code = cli_say (CLI_CALL, _ ("--x must be step, epoch, time or examples, not “%s”"), along);
  return along == NULL;
}

static gboolean
has_art (GPtrArray *arts, const char *name)
{
  for (guint i = 0; i < arts->len; i++)
    if (g_str_equal (((WeftChartArt *) g_ptr_array_index (arts, i))->name, name))
      return TRUE;
  return FALSE;
}

/* A chart for each curve that any run has. */
static GPtrArray *
new_arts (Curves *curves, WeftClockKind kind)
{
  GPtrArray *arts = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_chart_art_free);

  for (guint i = 0; i < curves->data->len; i++)
    {
      WeftRunData *data = g_ptr_array_index (curves->data, i);

      for (guint k = 0; k < data->curves->len; k++)
        {
          const char   *name = ((WeftRunCurve *) g_ptr_array_index (data->curves, k))->name;
          WeftChartArt *art;

          if (has_art (arts, name) ||
              (metrics != NULL && !g_strv_contains ((const char *const *) metrics, name)))
            continue;
          art = weft_chart_art_new (name);
          art->look =
            (WeftChartLook){ kind, log_x ? WEFT_SCALE_LOG : WEFT_SCALE_LINEAR,
                             linear ? WEFT_SCALE_LINEAR : WEFT_SCALE_LOG, TRUE, smoothing > 0 };
          g_array_append_vals (art->tracks, curves->tracks->data, curves->tracks->len);
          g_ptr_array_add (arts, art);
        }
    }
  return arts;
}

static void
print_summary (const Curves *curves)
{
  for (guint i = 0; i < curves->runs->len; i++)
    {
      const WeftKeptRun *run = g_ptr_array_index (curves->runs, i);
      const WeftRunData *data = g_ptr_array_index (curves->data, i);
      g_autofree char   *note = weft_run_folder_dup_note (run->folder);

      printf (_ ("%s: %.0f steps  %s\n"), run->title, weft_run_data_last_step (data), note);
    }
}

static int
write_out (Curves *curves, WeftClockKind kind)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) arts = new_arts (curves, kind);
  WeftCurvesPicture  options = { .theme = dark ? WEFT_THEME_DARK : WEFT_THEME_LIGHT };
  const char *const *names = (const char *const *) metrics;

  if (picture != NULL && !weft_curves_write (arts, picture, &options, &error))
    return error->domain == WEFT_CURVES_ERROR ? cli_say (CLI_CALL, "%s", error->message)
                                              : cli_say_error (error);
  if (events != NULL && !weft_curves_write_tensorboard (curves->tracks, events, 0, &error))
    return cli_say_error (error);
  if (as_csv || as_json)
    {
      g_autofree char *text = as_csv ? weft_curves_to_csv (curves->tracks, names)
                                     : weft_curves_to_json_lines (curves->tracks, names);

      fputs (text, stdout);
    }
  else if (picture == NULL && events == NULL)
    print_summary (curves);
  return CLI_DONE;
}

/* cli_curves:
 *
 * Returns: the exit code.
 */
int
cli_curves (int argc, char **argv)
{
  g_auto (Curves) curves = { NULL };
  WeftClockKind kind;
  int           code = cli_parse (&argc, &argv, entries);

  if (code >= 0)
    return code;
  if (argc < 2)
    return cli_say (CLI_CALL,
                    _ ("which run? Give its folder, such as digits.runs/0001, or its log"));
  if (!(smoothing >= 0 && smoothing <= MAX_SMOOTHING))
    return cli_say (CLI_CALL, _ ("--smoothing must be from 0 to 0.999"));
  if (!find_along (&kind, &code) || !open_runs (&curves, argc, argv, &code))
    return code;
  return write_out (&curves, kind);
}

/* cli_report:
 *
 * Returns: the exit code.
 */
int
cli_report (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  const char *folder;
  int         code = cli_parse (&argc, &argv, report_entries);

  if (code >= 0 || (code = cli_one_file (argc, argv, &folder)) >= 0)
    return code;
  if (output == NULL)
    return cli_say (CLI_CALL, _ ("where to? Give the page to write: -o report.html"));
  if (!weft_report_write (folder, output, &error))
    return cli_say_error (error);
  if (as_json)
    {
      WeftJson *answer = weft_json_new_object ();

      weft_json_set_string (answer, "file", output);
      cli_answer (answer);
    }
  return CLI_DONE;
}
