/* Events as JSON lines.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/log.h"

#include "engine/base/file.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define MAX_LOG_BYTES ((gsize) 1 << 32)

/* Epochs and seconds are for reading: four and three digits after the point. */
#define EPOCH_UNIT 1e4
#define TIME_UNIT 1e3

static WeftJson *
rounded (double value, double unit)
{
  return weft_json_new_number (round (value * unit) / unit);
}

static void
set_metrics (
  WeftJson *json, const char *key, const char *const *names, guint n, const double *values)
{
  WeftJson *metrics = weft_json_new_object ();

  for (guint i = 0; i < n && names[i] != NULL; i++)
    weft_json_set_number (metrics, names[i], values[i]);
  weft_json_set (json, key, metrics);
}

static void
set_progress (WeftJson *json, const WeftEvent *event, gboolean no_times)
{
  weft_json_set_int (json, "step", event->step);
  weft_json_set (json, "epoch", rounded (event->epoch, EPOCH_UNIT));
  if (!no_times)
    weft_json_set (json, "time_s", rounded (event->time_s, TIME_UNIT));
  if (event->dropped > 0)
    weft_json_set_int (json, "dropped", event->dropped);
}

static void
set_end (WeftJson *json, const WeftEvent *event, const char *const *names, gboolean no_times)
{
  weft_json_set_string (json, "reason", event->message);
  weft_json_set_int (json, "step", event->step);
  if (event->dropped > 0)
    weft_json_set_int (json, "dropped", event->dropped);
  if (event->has_test)
    set_metrics (json, "test", names, event->n_metrics, event->test);
  if (no_times)
    return;
  weft_json_set (json, "steps_per_s", rounded (event->steps_per_s, 10));
  weft_json_set_int (json, "peak_bytes", event->peak_bytes);
}

/* weft_event_to_json:
 * @event: of any kind
 * @names: (array zero-terminated): metric names
 * @no_times: leave out times, speeds and memory
 *
 * Returns: the object, owned by the caller; NULL for kinds that a log does not hold. Any thread.
 */
WeftJson *
weft_event_to_json (const WeftEvent *event, const char *const *names, gboolean no_times)
{
  WeftJson *json = weft_json_new_object ();

  switch (event->kind)
    {
    case WEFT_EVENT_STEP:
    case WEFT_EVENT_EPOCH:
      weft_json_set_string (json, "event", event->kind == WEFT_EVENT_STEP ? "step" : "epoch");
      set_progress (json, event, no_times);
      set_metrics (json, "train", names, event->n_metrics, event->train);
      if (event->has_validation)
        set_metrics (json, "validation", names, event->n_metrics, event->validation);
      return json;
    case WEFT_EVENT_RATE:
      weft_json_set_string (json, "event", "rate");
      weft_json_set_int (json, "step", event->step);
      weft_json_set_number (json, "rate", event->rate);
      return json;
    case WEFT_EVENT_FLAG:
      weft_json_set_string (json, "event", "flag");
      weft_json_set_int (json, "step", event->step);
      weft_json_set_string (json, "knob", event->message);
      weft_json_set_number (json, "value", event->rate);
      return json;
    case WEFT_EVENT_SAID:
      weft_json_set_string (json, "event", "said");
      weft_json_set_int (json, "step", event->step);
      weft_json_set_string (json, "message", event->message);
      return json;
    case WEFT_EVENT_FINISHED:
      weft_json_set_string (json, "event", "finished");
      set_end (json, event, names, no_times);
      return json;
    case WEFT_EVENT_FAILED:
      weft_json_set_string (json, "event", "failed");
      weft_json_set_string (json, "message", event->message);
      weft_json_set_int (json, "step", event->step);
      return json;
    case WEFT_EVENT_STATE:
    case WEFT_EVENT_STARTED:
    case WEFT_EVENT_NOTE:
    case WEFT_EVENT_PHASE:
    case WEFT_EVENT_REWOUND:
      break;
    }
  weft_json_unref (json);
  return NULL;
}

/* How weft_event_to_json begins the lines that come by the million: they need no tree. */
#define STEP_LINE "{\"event\": \"step\", \"step\": "

/* @line ends in a newline. */
static gboolean
is_kept (const char *line, gsize length, gint64 step)
{
  static const char *const kept[] = { "step", "epoch", "rate", "flag", "said", NULL };
  g_autoptr (WeftJson) json = NULL;
  const char *event;

  if (length > strlen (STEP_LINE) && memcmp (line, STEP_LINE, strlen (STEP_LINE)) == 0)
    return g_ascii_strtoll (line + strlen (STEP_LINE), NULL, 10) <= step;
  json = weft_json_parse (line, length, NULL);
  event = weft_json_get_string (json, "event", "");
  if (!g_strv_contains (kept, event))
    return FALSE;
  return weft_json_get_int (json, "step", G_MAXINT64) <= step;
}

/* What is kept of @text. @n: (out): as many bytes of it as are the beginning of @text; 0 where
 * lines between others are left out. */
static GString *
keep_lines (const char *text, gsize size, gint64 step, gsize *n)
{
  GString    *kept = g_string_sized_new (size);
  const char *begin = text;
  gboolean    gap = FALSE;

  *n = 0;
  while (size > 0)
    {
      const char *end = memchr (text, '\n', size);
      gsize       length = end != NULL ? (gsize) (end - text) + 1 : size;

      /* A line without an end was being written when the machine stopped. */
      if (end == NULL || !is_kept (text, length, step))
        gap = TRUE;
      else
        {
          *n = gap ? 0 : (gsize) (text - begin) + length;
          g_string_append_len (kept, text, length);
        }
      text += length;
      size -= length;
    }
  return kept;
}

/* weft_log_rewind:
 * @path: a log; need not exist
 * @step: the checkpoint's
 *
 * Errors: G_FILE_ERROR.
 */
gboolean
weft_log_rewind (const char *path, gint64 step, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GString) kept = NULL;
  const char *text;
  gsize       size, n;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  bytes = weft_file_read (path, MAX_LOG_BYTES, error);
  if (bytes == NULL)
    return FALSE;
  text = g_bytes_get_data (bytes, &size);
  kept = keep_lines (text, size, step, &n);
  /* Mostly lines at the end go: then the file is cut, not written anew. */
  if (n == kept->len && (n == size || truncate (path, (off_t) n) == 0))
    return TRUE;
  return weft_file_write_atomic (path, kept->str, kept->len, error);
}
