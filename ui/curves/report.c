/* The report of a run.
 *
 * Pictures are data in the text itself, each in light and in dark: the browser takes what fits.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/report.h"

#include "engine/base/file.h"
#include "engine/document/differences.h"
#include "ui/curves/curve-export.h"
#include "ui/curves/run-folder.h"
#include "ui/draw/format.h"
#include "ui/draw/render.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* Steps; a shorter run is shown as it was. */
#define LEAST_SMOOTHED 500

static const char STYLE[] =
  ":root{color-scheme:light dark}"
  "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
  "background:#fafafa;color:#241f31}"
  "h1{margin-bottom:0}h2{margin-top:2.5rem;font-size:1.2rem}.dim{color:#5e5c64;margin-top:0}"
  "img{max-width:100%;border:1px solid #d5d3d9;border-radius:9px}"
  "table{border-collapse:collapse;margin:.5rem 0}"
  "th,td{text-align:left;padding:.25rem 1.5rem .25rem 0;border-bottom:1px solid #d5d3d9}"
  "td{font-variant-numeric:tabular-nums}.wide{overflow-x:auto}"
  ".grid th,.grid td{padding:.25rem .5rem;border:0;text-align:center}.grid "
  "td{min-width:2rem;border-radius:3px}"
  ".grid{border-collapse:separate;border-spacing:2px}"
  ".plot{width:26rem;max-width:100%;border:1px solid #d5d3d9;border-radius:9px}"
  ".plot line{stroke:#8886}.plot g{fill:#3584e4;fill-opacity:.55}"
  "@media(prefers-color-scheme:dark){body{background:#1d1d20;color:#fff}.dim{color:#b5b3ba}"
  "img,.plot,th,td{border-color:#44444a}.plot g{fill:#78aeed}}";

typedef struct
{
  WeftKeptRun *run;
  WeftRunData *data;
  WeftJson    *document; /* NULL: there is none */
  GString     *html;
} Report;

static void
append_escaped (Report *report, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *escaped = g_markup_escape_text (valid, -1);
  g_string_append (report->html, escaped);
}

static void
append_heading (Report *report, const char *text)
{
  g_string_append (report->html, "<h2>");
  append_escaped (report, text);
  g_string_append (report->html, "</h2>\n");
}

static void
append_row (Report *report, const char *tag, const char *const *cells)
{
  g_string_append (report->html, "<tr>");
  for (guint i = 0; cells[i] != NULL; i++)
    {
      g_string_append_printf (report->html, "<%s>", tag);
      append_escaped (report, cells[i]);
      g_string_append_printf (report->html, "</%s>", tag);
    }
  g_string_append (report->html, "</tr>\n");
}

/* ---- Pictures ---- */

static void
append_picture (Report *report, const char *what, const char *light, const char *dark)
{
  g_autofree char *light64 = g_base64_encode ((const guchar *) light, strlen (light));
  g_autofree char *dark64 = g_base64_encode ((const guchar *) dark, strlen (dark));
  g_string_append_printf (report->html,
                          "<picture><source media=\"(prefers-color-scheme: dark)\" "
                          "srcset=\"data:image/svg+xml;base64,%s\">"
                          "<img src=\"data:image/svg+xml;base64,%s\" alt=\"",
                          dark64, light64);
  append_escaped (report, what);
  g_string_append (report->html, "\"></picture>\n");
}

/* The graph as the text of an SVG; NULL on error. */
static char *
draw_graph (WeftDocument *document, WeftThemeKind theme, const char *folder, GError **error)
{
  g_autofree char  *path = g_build_filename (folder, "graph.svg", NULL);
  WeftRenderOptions options = { .theme = theme };
  g_autofree char  *text = NULL;
  g_autoptr (WeftTyping) typing = weft_typing_new (document);
  weft_typing_update (typing);
  if (!weft_render_file (document, typing, path, &options, error))
    return NULL;
  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  g_unlink (path);
  return g_steal_pointer (&text);
}

/* A run that has lost its document has a report without its graph. */
static gboolean
append_graph (Report *report, GError **error)
{
  g_autofree char *path = g_build_filename (report->run->folder, "document.weft", NULL);
  g_autofree char *folder = NULL;
  g_autofree char *light = NULL, *dark = NULL;
  g_autoptr (WeftDocument) document =
    report->document != NULL ? weft_document_load (path, NULL) : NULL;
  if (document == NULL)
    return TRUE;
  folder = g_dir_make_tmp ("weft-report-XXXXXX", error);
  if (folder == NULL)
    return FALSE;
  light = draw_graph (document, WEFT_THEME_LIGHT, folder, error);
  dark = light != NULL ? draw_graph (document, WEFT_THEME_DARK, folder, error) : NULL;
  g_rmdir (folder);
  if (dark == NULL)
    return FALSE;
  append_heading (report, _ ("Graph"));
  append_picture (report, _ ("The graph of the model"), light, dark);
  return TRUE;
}

static gboolean
append_curves (Report *report, GError **error)
{
  g_autoptr (GPtrArray) arts =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_chart_art_free);
  WeftCurvesPicture picture = { .theme = WEFT_THEME_LIGHT };
  g_autofree char  *light = NULL, *dark = NULL;
  gboolean          long_enough = weft_run_data_last_step (report->data) >= LEAST_SMOOTHED;
  if (long_enough)
    weft_run_data_set_smoothing (report->data, WEFT_SMOOTHING_MEAN, 0.9);
  for (guint i = 0; i < report->data->curves->len; i++)
    {
      const WeftRunCurve *curve = g_ptr_array_index (report->data->curves, i);
      WeftChartArt       *art = weft_chart_art_new (curve->name);
      art->look.smoothed = long_enough;
      art->look.skip_start = TRUE;
      weft_chart_art_add (art, report->data, report->run->title, 0);
      g_ptr_array_add (arts, art);
    }
  if (arts->len == 0)
    return TRUE;
  light = weft_curves_to_svg (arts, &picture, error);
  picture.theme = WEFT_THEME_DARK;
  dark = light != NULL ? weft_curves_to_svg (arts, &picture, error) : NULL;
  if (dark == NULL)
    return FALSE;
  append_heading (report, _ ("Curves"));
  append_picture (report, _ ("Loss and metrics over steps"), light, dark);
  return TRUE;
}

/* ---- Tables ---- */

static char *
dup_last (const WeftSeries *series)
{
  guint n = weft_series_n (series);
  return n > 0 && isfinite (weft_series_y (series, n - 1))
           ? weft_format_value (weft_series_y (series, n - 1))
           : g_strdup ("–");
}

static void
append_metrics (Report *report)
{
  const char *head[] = { "", _ ("train"), _ ("validation"), _ ("test"), NULL };
  append_heading (report, _ ("Last Values"));
  g_string_append (report->html, "<table>\n");
  append_row (report, "th", head);
  for (guint i = 0; i < report->data->curves->len; i++)
    {
      const WeftRunCurve *curve = g_ptr_array_index (report->data->curves, i);
      g_autofree char    *train = dup_last (curve->train), *valid = dup_last (curve->validation);
      g_autofree char    *test =
        isfinite (curve->test) ? weft_format_value (curve->test) : g_strdup ("–");
      const char *cells[] = { curve->name, train, valid, test, NULL };
      append_row (report, "td", cells);
    }
  g_string_append (report->html, "</table>\n");
}

static void
append_members (Report *report, const char *owner, WeftJson *object)
{
  WeftJsonIter iter = { .object = object };
  const char  *key;
  WeftJson    *value;
  if (weft_json_kind (object) != WEFT_JSON_OBJECT)
    return;
  while (weft_json_next (&iter, &key, &value))
    {
      g_autofree char *name =
        owner != NULL ? g_strdup_printf ("%s.%s", owner, key) : g_strdup (key);
      const char      *string = weft_json_string (value, NULL);
      g_autofree char *text = string != NULL ? g_strdup (string) : weft_json_to_string (value);
      const char      *cells[] = { name, text, NULL };
      append_row (report, "td", cells);
    }
}

static void
append_settings (Report *report)
{
  WeftJson *nodes = weft_json_get (report->document, "nodes");
  if (report->document == NULL)
    return;
  append_heading (report, _ ("Settings"));
  g_string_append (report->html, "<table>\n");
  append_members (report, NULL, weft_json_get (report->document, "training"));
  for (guint i = 0; i < weft_json_length (nodes); i++)
    {
      WeftJson *node = weft_json_at (nodes, i);
      append_members (report, weft_json_get_string (node, "id", ""),
                      weft_json_get (node, "params"));
    }
  g_string_append (report->html, "</table>\n");
}

static void
append_knobs (Report *report)
{
  const GArray *flags = report->data->flags;
  const char   *head[] = { _ ("step"), _ ("knob"), _ ("value"), NULL };
  if (flags->len == 0)
    return;
  append_heading (report, _ ("Changed While It Ran"));
  g_string_append (report->html, "<table>\n");
  append_row (report, "th", head);
  for (guint i = 0; i < flags->len; i++)
    {
      const WeftRunFlag *flag = &g_array_index (flags, WeftRunFlag, i);
      g_autofree char   *step = g_strdup_printf ("%.0f", flag->step);
      g_autofree char   *value = weft_format_number (flag->value);
      const char        *cells[] = { step, flag->knob, value, NULL };
      append_row (report, "td", cells);
    }
  g_string_append (report->html, "</table>\n");
}

/* From the run before it in the same folder. */
static void
append_differences (Report *report)
{
  g_autofree char *parent = g_path_get_dirname (report->run->folder);
  g_autoptr (GArray) numbers = weft_runs_numbers (parent);
  guint number = 0;
  for (guint i = 0; i < numbers->len && g_array_index (numbers, guint, i) < report->run->number;
       i++)
    number = g_array_index (numbers, guint, i);
  if (number == 0 || report->document == NULL)
    return;
  g_autofree char *path = weft_runs_path (parent, number);
  g_autoptr (WeftKeptRun) before = weft_runs_open (path);
  g_autoptr (WeftJson) old = weft_run_folder_read_document (path);
  if (old == NULL)
    return;
  g_autoptr (GPtrArray) parts = weft_document_differences (old, report->document);
  g_autofree char *heading = g_strdup_printf (_ ("What Differs from “%s”"), before->title);
  append_heading (report, heading);
  g_string_append (report->html, parts->len > 0 ? "<ul>\n" : "<p>");
  for (guint i = 0; i < parts->len; i++)
    {
      g_string_append (report->html, "<li>");
      append_escaped (report, g_ptr_array_index (parts, i));
      g_string_append (report->html, "</li>\n");
    }
  if (parts->len == 0)
    append_escaped (report, _ ("Nothing."));
  g_string_append (report->html, parts->len > 0 ? "</ul>\n" : "</p>\n");
}

/* With what it was trained: for whoever wants to have the same again. */
static void
append_surroundings (Report *report)
{
  g_autofree char *seed = report->run->seed >= 0
                            ? g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) report->run->seed)
                            : g_strdup ("–");
  g_autofree char *system = g_get_os_info (G_OS_INFO_KEY_PRETTY_NAME);
  g_autofree char *cores = g_strdup_printf ("%u", g_get_num_processors ());
  const char      *rows[][3] = {
         { _ ("Weft"), WEFT_VERSION, NULL },
         { _ ("seed"), seed, NULL },
         { _ ("system"), system != NULL ? system : "–", NULL },
         { _ ("processor cores"), cores, NULL },
         { _ ("folder"), report->run->folder, NULL },
  };
  append_heading (report, _ ("Surroundings"));
  g_string_append (report->html, "<table>\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    append_row (report, "td", rows[i]);
  g_string_append (report->html, "</table>\n");
}

static void
append_title (Report *report)
{
  const char      *model = weft_json_get_string (report->document, "title", "");
  const char      *about = weft_json_get_string (report->document, "summary", "");
  g_autofree char *steps = weft_format_count ((gint64) weft_run_data_last_step (report->data));
  g_autofree char *count = g_strdup_printf (_ ("%s steps"), steps);
  g_string_append (report->html, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">"
                                 "<meta name=\"viewport\" content=\"width=device-width\"><title>");
  append_escaped (report, report->run->title);
  g_string_append_printf (report->html, "</title><style>%s</style></head><body>\n<h1>", STYLE);
  append_escaped (report, report->run->title);
  g_string_append (report->html, "</h1>\n<p class=\"dim\">");
  append_escaped (report, model);
  append_escaped (report, *model != '\0' ? " · " : "");
  append_escaped (report, count);
  if (report->data->reason != NULL)
    {
      g_string_append (report->html, " · ");
      append_escaped (report, report->data->reason);
    }
  if (report->run->begun > 0)
    {
      g_autoptr (GDateTime) begun = g_date_time_new_from_unix_local (report->run->begun);
      g_autofree char *when = begun != NULL ? g_date_time_format (begun, "%F %R") : g_strdup ("");
      g_string_append (report->html, " · ");
      append_escaped (report, when);
    }
  g_string_append (report->html, "</p>\n<p>");
  append_escaped (report, about);
  g_string_append (report->html, "</p>\n");
}

/**
 * weft_report_write:
 * @folder: of a run, or a log
 * @path: the HTML file
 *
 * Any thread.
 *
 * Errors: G_FILE_ERROR, WEFT_CURVES_ERROR, WEFT_RENDER_ERROR
 */
gboolean
weft_report_write (const char *folder, const char *path, GError **error)
{
  g_autoptr (WeftRunData) data = weft_run_folder_read (folder, INFINITY, NULL, error);
  g_autoptr (WeftKeptRun) run = data != NULL ? weft_run_folder_open (folder) : NULL;
  g_autoptr (WeftJson) document = run != NULL ? weft_run_folder_read_document (folder) : NULL;
  g_autoptr (GString) html = g_string_new (NULL);
  Report report = { run, data, document, html };
  if (run == NULL)
    return FALSE; /* the error is set: without a log there was nothing to read */
  append_title (&report);
  append_metrics (&report);
  if (!append_curves (&report, error))
    return FALSE;
  weft_report_append_model (html, folder);
  if (!append_graph (&report, error))
    return FALSE;
  append_differences (&report);
  append_knobs (&report);
  append_settings (&report);
  append_surroundings (&report);
  g_string_append (html, "</body></html>\n");
  return weft_file_write_atomic (path, html->str, html->len, error);
}
