/* What a report says of the model itself: its best parameters, tried on rows that it was not
 * trained with.
 *
 * Classes: which were taken for which, and the rows that it was least sure of. Numbers: how far it
 * is off, and truth against prediction as a picture of points. A run without kept parameters, or
 * whose data are gone, has a report without these.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/report.h"

#include "engine/train/checkpoint.h"
#include "engine/train/runs.h"
#include "ui/draw/format.h"
#include "ui/train/measures.h"

#include <glib/gi18n.h>
#include <math.h>

#define MOST_CLASSES 40
#define MOST_UNSURE 12
#define MOST_DOTS 600
#define PLOT_PX 360

static void
append_text (GString *html, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *escaped = g_markup_escape_text (valid, -1);
  g_string_append (html, escaped);
}

static void
append_cell (GString *html, const char *tag, const char *text)
{
  g_string_append_printf (html, "<%s>", tag);
  append_text (html, text);
  g_string_append_printf (html, "</%s>", tag);
}

static void
append_heading (GString *html, const char *title, const WeftOutcome *outcome)
{
  g_autofree char *count = weft_format_count ((gint64) outcome->n);
  g_autofree char *rows = NULL;

  if (outcome->split == WEFT_SPLIT_TRAIN)
    rows = g_strdup_printf (_ ("%s training rows"), count);
  else if (outcome->split == WEFT_SPLIT_TEST)
    rows = g_strdup_printf (_ ("%s test rows"), count);
  else
    rows = g_strdup_printf (_ ("%s validation rows"), count);
  g_string_append (html, "<h2>");
  append_text (html, title);
  g_string_append (html, "</h2>\n<p class=\"dim\">");
  append_text (html, rows);
  g_string_append (html, "</p>\n");
}

/* ---- Classes ---- */

/* The more, the fuller the cell: right ones blue, wrong ones orange, and the count in each. */
static void
append_count (GString *html, guint count, guint most, gboolean right)
{
  double share = most > 0 ? sqrt ((double) count / most) : 0;
  char   alpha[G_ASCII_DTOSTR_BUF_SIZE];

  if (count == 0)
    {
      g_string_append (html, "<td class=\"n\"></td>");
      return;
    }
  g_ascii_formatd (alpha, sizeof alpha, "%.2f", 0.15 + 0.5 * share);
  g_string_append_printf (html, "<td class=\"n\" style=\"background:rgba(%s,%s)\">%u</td>",
                          right ? "53,132,228" : "230,97,0", alpha, count);
}

static void
append_confusion (GString *html, const WeftFacts *facts, const WeftGuesses *guesses)
{
  guint               n = facts->n_classes, most = 0;
  g_autofree guint32 *counts = g_new (guint32, n * n);

  weft_guesses_count (guesses, n, counts);
  for (guint i = 0; i < n * n; i++)
    most = MAX (most, counts[i]);
  g_string_append (html, "<div class=\"wide\"><table class=\"grid\">\n<tr><th></th>");
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = weft_facts_class_name (facts, i);
      append_cell (html, "th", name);
    }
  g_string_append (html, "</tr>\n");
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = weft_facts_class_name (facts, i);

      g_string_append (html, "<tr>");
      append_cell (html, "th", name);
      for (guint k = 0; k < n; k++)
        append_count (html, counts[i * n + k], most, i == k);
      g_string_append (html, "</tr>\n");
    }
  g_string_append (html, "</table></div>\n<p class=\"dim\">");
  append_text (html, _ ("A row is what it is, a column what the model takes it for."));
  g_string_append (html, "</p>\n");
}

static void
append_unsure (GString           *html,
               const WeftFacts   *facts,
               const WeftGuesses *guesses,
               const WeftOutcome *outcome)
{
  gsize               n;
  g_autofree guint32 *rows = weft_guesses_least_sure (guesses, -1, -1, &n);

  append_heading (html, _ ("Least Sure"), outcome);
  g_string_append (html, "<table>\n<tr>");
  append_cell (html, "th", _ ("row"));
  append_cell (html, "th", _ ("is"));
  append_cell (html, "th", _ ("taken for"));
  append_cell (html, "th", _ ("probability"));
  g_string_append (html, "</tr>\n");
  for (gsize i = 0; i < MIN (n, MOST_UNSURE); i++)
    {
      g_autofree char *truth = weft_facts_class_name (facts, guesses->truth[rows[i]]);
      g_autofree char *guess = weft_facts_class_name (facts, guesses->guess[rows[i]]);
      g_autofree char *row = weft_format_count (rows[i]);
      g_autofree char *sure = g_strdup_printf (_ ("%.1f %%"), 100 * guesses->sure[rows[i]]);

      g_string_append (html, "<tr>");
      append_cell (html, "td", row);
      append_cell (html, "td", truth);
      append_cell (html, "td", guess);
      append_cell (html, "td", sure);
      g_string_append (html, "</tr>\n");
    }
  g_string_append (html, "</table>\n");
}

static void
append_classes (GString *html, const WeftFacts *facts, const WeftOutcome *outcome)
{
  g_autoptr (WeftGuesses) guesses = weft_guesses_new (facts, outcome);

  if (facts->n_classes <= MOST_CLASSES)
    {
      append_heading (html, _ ("Confusion"), outcome);
      append_confusion (html, facts, guesses);
    }
  append_unsure (html, facts, guesses, outcome);
}

/* ---- Numbers ---- */

typedef struct
{
  double low, high, squares, sum, truths, truth_squares;
  gint64 n;
} Fit;

static Fit
measure_fit (const WeftArray *truth, const WeftArray *guess)
{
  Fit fit = { .low = INFINITY, .high = -INFINITY };

  for (gint64 i = 0; i < MIN (truth->n_elements, guess->n_elements); i++)
    {
      double x = weft_array_get (truth, i), y = weft_array_get (guess, i);

      if (!isfinite (x) || !isfinite (y))
        continue;
      fit.low = MIN (fit.low, MIN (x, y));
      fit.high = MAX (fit.high, MAX (x, y));
      fit.sum += fabs (y - x);
      fit.squares += (y - x) * (y - x);
      fit.truths += x;
      fit.truth_squares += x * x;
      fit.n++;
    }
  return fit;
}

static void
append_fact (GString *html, const char *name, double value)
{
  g_autofree char *text = weft_format_value (value);

  g_string_append (html, "<tr>");
  append_cell (html, "td", name);
  append_cell (html, "td", text);
  g_string_append (html, "</tr>\n");
}

/* A dot in the picture, whatever the language's decimal point. */
static void
append_dot (GString *html, double x, double y)
{
  char at_x[G_ASCII_DTOSTR_BUF_SIZE], at_y[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (at_x, sizeof at_x, "%.1f", x);
  g_ascii_formatd (at_y, sizeof at_y, "%.1f", y);
  g_string_append_printf (html, "<circle cx=\"%s\" cy=\"%s\" r=\"2.5\"/>", at_x, at_y);
}

static void
append_scatter (GString *html, const WeftArray *truth, const WeftArray *guess, const Fit *fit)
{
  gint64           stride = MAX (1, fit->n / MOST_DOTS);
  double           scale = fit->high > fit->low ? PLOT_PX / (fit->high - fit->low) : 0;
  g_autofree char *low = weft_format_value (fit->low), *high = weft_format_value (fit->high);

  g_string_append_printf (html,
                          "<svg class=\"plot\" viewBox=\"-8 -8 %d %d\" role=\"img\">"
                          "<line x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"0\"/><g>",
                          PLOT_PX + 16, PLOT_PX + 16, PLOT_PX, PLOT_PX);
  for (gint64 i = 0; i < MIN (truth->n_elements, guess->n_elements); i += stride)
    {
      double x = weft_array_get (truth, i), y = weft_array_get (guess, i);

      if (isfinite (x) && isfinite (y))
        append_dot (html, (x - fit->low) * scale, PLOT_PX - (y - fit->low) * scale);
    }
  g_string_append (html, "</g></svg>\n<p class=\"dim\">");
  g_autofree char *caption =
    g_strdup_printf (_ ("Along: the truth; up: the prediction; both from %s to %s."), low, high);
  append_text (html, caption);
  g_string_append (html, "</p>\n");
}

static void
append_numbers (GString *html, const WeftOutcome *outcome)
{
  Fit    fit = measure_fit (outcome->target, outcome->output);
  double n = (double) fit.n, spread = fit.truth_squares - fit.truths * fit.truths / MAX (n, 1);

  if (fit.n == 0 || outcome->target->n_elements != outcome->output->n_elements)
    return;
  append_heading (html, _ ("Predictions"), outcome);
  g_string_append (html, "<table>\n");
  append_fact (html, _ ("mean distance from the truth"), fit.sum / n);
  append_fact (html, _ ("root of the mean squared distance"), sqrt (fit.squares / n));
  if (spread > 0)
    append_fact (html, _ ("explained part of the variance"), 1 - fit.squares / spread);
  g_string_append (html, "</table>\n");
  append_scatter (html, outcome->target, outcome->output, &fit);
}

/* ---- The run ---- */

/* Of the best epoch where one is kept, else as the run left them. */
static GHashTable *
read_values (const char *folder)
{
  static const char *const names[] = { WEFT_RUN_BEST, WEFT_CHECKPOINT_FILE };
  GHashTable              *values = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names) && !values; i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      values = g_file_test (path, G_FILE_TEST_IS_REGULAR) ? weft_safetensors_read (path, NULL, NULL)
                                                          : NULL;
    }
  return values;
}

/* The run's own copy of the document, with its data beside the document that was trained. */
static WeftDocument *
read_document (const char *folder)
{
  g_autofree char *copy = g_build_filename (folder, "document.weft", NULL);
  g_autofree char *runs = g_path_get_dirname (folder);
  g_autofree char *beside = g_path_get_dirname (runs);
  g_autofree char *path = g_build_filename (beside, "document.weft", NULL);

  return weft_document_load_for (copy, path, NULL);
}

/**
 * weft_report_append_model:
 * @html: a page
 * @folder: of a run
 *
 * Appends what the run's parameters make of rows that they were not trained with; nothing where
 * that cannot be had. Any thread.
 */
void
weft_report_append_model (GString *html, const char *folder)
{
  g_autofree char *whole = g_canonicalize_filename (folder, NULL);
  g_autoptr (GHashTable) values = read_values (whole);
  g_autoptr (WeftDocument) document = values ? read_document (whole) : NULL;
  WeftLookCache cache = { 0 };
  WeftLook      look = {
         .document = document, .values = values, .truth = -1, .guess = -1, .cache = &cache
  };
  const WeftOutcome *outcome;

  if (!document)
    return;
  weft_look_begin (&look);
  outcome = look.facts->output ? weft_look_outcome (&look, NULL) : NULL;
  if (outcome && outcome->target && look.facts->task == WEFT_TASK_CLASSES)
    append_classes (html, look.facts, outcome);
  else if (outcome && outcome->target && look.facts->task == WEFT_TASK_NUMBERS)
    append_numbers (html, outcome);
  weft_look_end (&look);
  weft_look_cache_clear (&cache);
}
