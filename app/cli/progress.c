/* The progress line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/progress.h"

#include "app/cli/cli.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define INTERVAL_US 100000
#define MAX_BAR 30
#define MIN_BAR 8

static char *
time_text (double seconds)
{
  gint64 s = seconds + 0.5;

  if (s >= 3600)
    return g_strdup_printf ("%d:%02d:%02d", (int) (s / 3600), (int) (s / 60 % 60), (int) (s % 60));
  return g_strdup_printf ("%d:%02d", (int) (s / 60), (int) (s % 60));
}

/* @columns of bar, the part @done filled; eighths of a column where the terminal has the
 * characters. */
static void
append_bar (GString *text, double done, int columns, gboolean ascii)
{
  static const char *const eighths[] = { " ", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
  int                      filled = CLAMP (done, 0, 1) * columns * 8;

  g_string_append (text, ascii ? "[" : "▕");
  for (int i = 0; i < columns; i++)
    if (filled >= 8 * (i + 1))
      g_string_append (text, ascii ? "#" : "█");
    else if (ascii)
      g_string_append_c (text, '.');
    else
      g_string_append (text, eighths[filled > 8 * i ? filled - 8 * i : 0]);
  g_string_append (text, ascii ? "] " : "▏ ");
}

/* The parts in order of how much one would miss them. */
static void
append_parts (GPtrArray *parts, const WeftEvent *event, const char *const *names, double speed)
{
  double left =
    speed > 0 && event->total_steps > 0 ? (event->total_steps - event->step) / speed : -1;

  g_ptr_array_add (
    parts, event->total_steps > 0
             ? g_strdup_printf ("%3.0f %%", floor (100.0 * event->step / event->total_steps))
             : g_strdup_printf ("%" G_GINT64_FORMAT, event->step));
  g_ptr_array_add (parts, g_strdup_printf ("%s %.4g", names[0], event->train[0]));
  if (speed > 0)
    g_ptr_array_add (parts, g_strdup_printf (_ ("%.*f steps/s"), speed < 10 ? 1 : 0, speed));
  if (left >= 0)
    {
      g_autofree char *time = time_text (left);
      g_ptr_array_add (parts, g_strdup_printf (_ ("%s left"), time));
    }
  if (event->total_epochs >= 1)
    g_ptr_array_add (
      parts, g_strdup_printf (_ ("epoch %.1f of %g"), event->epoch, ceil (event->total_epochs)));
  for (guint i = 1; i < event->n_metrics; i++)
    g_ptr_array_add (parts, g_strdup_printf ("%s %.4g", names[i], event->train[i]));
}

/* cli_progress_text:
 * @event: the newest STEP
 * @names: metric names
 * @speed: steps a second, 0 unknown
 * @width: columns to fill at most
 *
 * Returns: the line; caller owns.
 */
char *
cli_progress_text (
  const WeftEvent *event, const char *const *names, double speed, int width, gboolean ascii)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) tail = g_string_new (NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  int used = 0, bar;

  append_parts (parts, event, names, speed);
  for (guint i = 0; i < parts->len; i++)
    {
      const char *part = g_ptr_array_index (parts, i);
      int         length = g_utf8_strlen (part, -1) + (i > 0 ? 2 : 0);

      if (used + length > width)
        break;
      g_string_append_printf (tail, "%s%s", i > 0 ? "  " : "", part);
      used += length;
    }
  bar = MIN (width - used - 3, MAX_BAR);
  if (bar >= MIN_BAR && event->total_steps > 0)
    append_bar (text, (double) event->step / event->total_steps, bar, ascii);
  g_string_append (text, tail->str);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
measure_speed (CliProgress *progress, const WeftEvent *event, gint64 now)
{
  gint64 steps = event->step - progress->first_step;

  if (progress->first_us == 0 || steps < 0)
    {
      progress->first_us = now;
      progress->first_step = event->step;
      return;
    }
  if (steps == 0 || now == progress->first_us)
    return;
  progress->speed = steps * 1e6 / (now - progress->first_us);
}

/* cli_progress_draw:
 */
void
cli_progress_draw (CliProgress *progress, const WeftEvent *event, const char *const *names)
{
  gint64           now = g_get_monotonic_time ();
  int              width = cli_terminal_width (STDERR_FILENO);
  g_autofree char *text = NULL;

  if (width == 0 || now - progress->last_us < INTERVAL_US)
    return;
  measure_speed (progress, event, now);
  /* The last column stays free: terminals wrap there. */
  text = cli_progress_text (event, names, progress->speed, width - 1, !g_get_charset (NULL));
  fprintf (stderr, "\r\033[K%s", text);
  fflush (stderr);
  progress->shown = TRUE;
  progress->last_us = now;
}

/* cli_progress_clear:
 */
void
cli_progress_clear (CliProgress *progress)
{
  if (progress->shown)
    fprintf (stderr, "\r\033[K");
  progress->shown = FALSE;
  progress->last_us = 0;
}
