/* Reads the log of a run.
 *
 * The lines that a run writes by the thousand are walked through once, without a tree; any other
 * line goes through the JSON reader, which also decides whether it is damaged.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/log-read.h"

#include "engine/base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_BYTES ((gsize) 1 << 20)
/* A longer line is none of a log. */
#define MAX_LINE_BYTES ((gsize) 1 << 22)
/* Names of metrics are few; a file with more of them is no log. */
#define MAX_NAMES 1024
/* Powers of ten up to this one, and integers below 2^53, are exact in a double: so are their
 * quotients and products. */
#define EXACT_POWER 22

typedef struct
{
  WeftLogFunc    func;
  gpointer       data;
  WeftLogReport *report;
  GHashTable    *names; /* of strings, owned */
  WeftLogLine    line;
} Reader;

typedef struct
{
  const char *at, *end;
} Cursor;

/* ---- Names ---- */

static const char *
keep_name (Reader *reader, const char *name, gsize length)
{
  g_autofree char *copy = g_strndup (name, length);
  const char      *kept = g_hash_table_lookup (reader->names, copy);

  if (kept == NULL && g_hash_table_size (reader->names) < MAX_NAMES)
    {
      kept = copy;
      g_hash_table_add (reader->names, g_steal_pointer (&copy));
    }
  return kept;
}

static void
begin_line (WeftLogLine *line)
{
  line->step = line->epoch = line->time_s = line->examples = line->value = NAN;
  line->text = NULL;
  line->n_train = line->n_validation = line->n_test = 0;
}

/* ---- The common form ---- */

static void
skip_space (Cursor *cursor)
{
  while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t'))
    cursor->at++;
}

static gboolean
take (Cursor *cursor, char c)
{
  skip_space (cursor);
  if (cursor->at >= cursor->end || *cursor->at != c)
    return FALSE;
  cursor->at++;
  return TRUE;
}

/* A string of plain characters: FALSE at an escape. */
static gboolean
take_string (Cursor *cursor, const char **text, gsize *length)
{
  const char *close;

  if (!take (cursor, '"'))
    return FALSE;
  *text = cursor->at;
  close = memchr (cursor->at, '"', (gsize) (cursor->end - cursor->at));
  if (close == NULL)
    return FALSE;
  *length = (gsize) (close - *text);
  for (const char *c = *text; c < close; c++)
    if (*c == '\\' || (guchar) *c < 0x20 || (guchar) *c >= 0x80)
      return FALSE;
  cursor->at = close + 1;
  return TRUE;
}

static gboolean
take_digits (Cursor *cursor, guint64 *number, int *n)
{
  const char *begin = cursor->at;

  for (; cursor->at < cursor->end && g_ascii_isdigit (*cursor->at); cursor->at++)
    if (*number < G_GUINT64_CONSTANT (1000000000000000000))
      *number = *number * 10 + (guint64) (*cursor->at - '0');
    else
      return FALSE;
  *n = (int) (cursor->at - begin);
  return *n > 0;
}

/* FALSE: a number that takes more care, or none. */
static gboolean
take_number (Cursor *cursor, double *number)
{
  static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
  guint64             mantissa = 0, exponent = 0;
  int                 n, power = 0;
  gboolean            negative, down;

  skip_space (cursor);
  if (cursor->end - cursor->at >= 4 && memcmp (cursor->at, "null", 4) == 0)
    {
      cursor->at += 4;
      *number = NAN;
      return TRUE;
    }
  negative = cursor->at < cursor->end && *cursor->at == '-';
  cursor->at += negative;
  if (!take_digits (cursor, &mantissa, &n))
    return FALSE;
  if (cursor->at < cursor->end && *cursor->at == '.')
    {
      cursor->at++;
      if (!take_digits (cursor, &mantissa, &n))
        return FALSE;
      power = -n;
    }
  if (cursor->at < cursor->end && (*cursor->at == 'e' || *cursor->at == 'E'))
    {
      cursor->at++;
      down = cursor->at < cursor->end && *cursor->at == '-';
      cursor->at += cursor->at < cursor->end && (down || *cursor->at == '+');
      if (!take_digits (cursor, &exponent, &n) || exponent > 400)
        return FALSE;
      power += down ? -(int) exponent : (int) exponent;
    }
  if (mantissa >> 53 != 0 || ABS (power) > EXACT_POWER)
    return FALSE;
  *number = power < 0 ? (double) mantissa / powers[-power] : (double) mantissa * powers[power];
  *number = negative ? -*number : *number;
  return TRUE;
}

/* {"loss": 0.6, "accuracy": 0.8}. Names mostly stand where they stood in the line before. */
static gboolean
take_values (Reader *reader, Cursor *cursor, WeftLogValue *values, guint *n)
{
  const char *name;
  gsize       length;

  *n = 0;
  if (!take (cursor, '{'))
    return FALSE;
  if (take (cursor, '}'))
    return TRUE;
  do
    {
      WeftLogValue *value = &values[*n];

      if (*n == WEFT_LOG_MAX_VALUES || !take_string (cursor, &name, &length) ||
          !take (cursor, ':') || !take_number (cursor, &value->value))
        return FALSE;
      if (value->name == NULL || strlen (value->name) != length ||
          memcmp (value->name, name, length) != 0)
        value->name = keep_name (reader, name, length);
      if (value->name == NULL)
        return FALSE;
      ++*n;
    }
  while (take (cursor, ','));
  return take (cursor, '}');
}

static gboolean
is_key (const char *key, gsize length, const char *wanted)
{
  return strlen (wanted) == length && memcmp (key, wanted, length) == 0;
}

static gboolean
take_member (Reader *reader, Cursor *cursor)
{
  WeftLogLine *line = &reader->line;
  const char  *key, *text;
  gsize        length, text_length;
  double       ignored;

  if (!take_string (cursor, &key, &length) || !take (cursor, ':'))
    return FALSE;
  if (is_key (key, length, "event"))
    {
      if (!take_string (cursor, &text, &text_length))
        return FALSE;
      line->kind = is_key (text, text_length, "epoch") ? WEFT_LOG_EPOCH : WEFT_LOG_STEP;
      return line->kind == WEFT_LOG_EPOCH || is_key (text, text_length, "step");
    }
  if (is_key (key, length, "train"))
    return take_values (reader, cursor, line->train, &line->n_train);
  if (is_key (key, length, "validation"))
    return take_values (reader, cursor, line->validation, &line->n_validation);
  return take_number (cursor, is_key (key, length, "step")       ? &line->step
                              : is_key (key, length, "epoch")    ? &line->epoch
                              : is_key (key, length, "time_s")   ? &line->time_s
                              : is_key (key, length, "examples") ? &line->examples
                                                                 : &ignored);
}

/* FALSE: not a step or an epoch as runs write them. */
static gboolean
read_common (Reader *reader, const char *text, gsize size)
{
  Cursor cursor = { text, text + size };

  if (!take (&cursor, '{'))
    return FALSE;
  do
    if (!take_member (reader, &cursor))
      return FALSE;
  while (take (&cursor, ','));
  if (!take (&cursor, '}'))
    return FALSE;
  skip_space (&cursor);
  return cursor.at == cursor.end && isfinite (reader->line.step);
}

/* ---- Any form ---- */

static guint
read_values (Reader *reader, WeftJson *object, WeftLogValue *values)
{
  WeftJsonIter iter = { .object = object };
  const char  *name;
  WeftJson    *value;
  guint        n = 0;

  if (weft_json_kind (object) != WEFT_JSON_OBJECT)
    return 0;
  while (n < WEFT_LOG_MAX_VALUES && weft_json_next (&iter, &name, &value))
    {
      values[n].name = keep_name (reader, name, strlen (name));
      values[n].value = weft_json_number (value, NAN);
      n += values[n].name != NULL;
    }
  return n;
}

static gboolean
find_kind (const char *event, WeftLogKind *kind)
{
  static const struct
  {
    const char *name;
    WeftLogKind kind;
  } kinds[] = {
    { "step", WEFT_LOG_STEP },
    { "epoch", WEFT_LOG_EPOCH },
    { "flag", WEFT_LOG_FLAG },
    { "rate", WEFT_LOG_FLAG },
    { "finished", WEFT_LOG_FINISHED },
    { "failed", WEFT_LOG_FAILED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (event, kinds[i].name))
      {
        *kind = kinds[i].kind;
        return TRUE;
      }
  return FALSE;
}

/* FALSE: damaged. A line of a kind that says nothing about curves is not told on. */
static gboolean
read_any (Reader *reader, const char *text, gsize size)
{
  g_autoptr (WeftJson) json = weft_json_parse (text, (gssize) size, NULL);
  const char  *event = weft_json_get_string (json, "event", NULL);
  WeftLogLine *line = &reader->line;

  begin_line (line);
  if (event == NULL)
    return FALSE;
  if (!find_kind (event, &line->kind))
    return TRUE;
  line->step = weft_json_get_number (json, "step", NAN);
  line->epoch = weft_json_get_number (json, "epoch", NAN);
  line->time_s = weft_json_get_number (json, "time_s", NAN);
  line->examples = weft_json_get_number (json, "examples", NAN);
  line->n_train = read_values (reader, weft_json_get (json, "train"), line->train);
  line->n_validation = read_values (reader, weft_json_get (json, "validation"), line->validation);
  line->n_test = read_values (reader, weft_json_get (json, "test"), line->test);
  line->value = weft_json_get_number (json, g_str_equal (event, "rate") ? "rate" : "value", NAN);
  line->text =
    g_str_equal (event, "rate") ? "rate"
    : line->kind == WEFT_LOG_FLAG
      ? weft_json_get_string (json, "knob", "rate")
      : weft_json_get_string (json, line->kind == WEFT_LOG_FAILED ? "message" : "reason", NULL);
  if ((line->kind == WEFT_LOG_STEP || line->kind == WEFT_LOG_EPOCH ||
       line->kind == WEFT_LOG_FLAG) &&
      !isfinite (line->step))
    return FALSE;
  reader->func (line, reader->data);
  return TRUE;
}

static void
read_line (Reader *reader, const char *text, gsize size)
{
  WeftLogReport *report = reader->report;

  report->n_lines++;
  begin_line (&reader->line);
  if (read_common (reader, text, size))
    reader->func (&reader->line, reader->data);
  else if (size > MAX_LINE_BYTES || !read_any (reader, text, size))
    {
      report->n_damaged++;
      if (report->first_damaged == 0)
        report->first_damaged = report->n_lines;
    }
}

/* Reads the whole lines; returns how many bytes they had. */
static gsize
read_lines (Reader *reader, const char *text, gsize size)
{
  const char *at = text, *end = text + size, *stop;

  while (at < end && (stop = memchr (at, '\n', (gsize) (end - at))) != NULL)
    {
      if (stop > at)
        read_line (reader, at, (gsize) (stop - at));
      at = stop + 1;
    }
  return (gsize) (at - text);
}

static void
reader_init (Reader *reader, WeftLogFunc func, gpointer data, WeftLogReport *report)
{
  *report = (WeftLogReport){ 0 };
  reader->func = func;
  reader->data = data;
  reader->report = report;
  reader->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/* weft_log_read_text:
 * @text: lines
 * @size: bytes of them
 * @func: is given each line about curves, in turn
 * @report: (out): how it went
 *
 * Any thread.
 */
void
weft_log_read_text (
  const char *text, gsize size, WeftLogFunc func, gpointer data, WeftLogReport *report)
{
  g_autofree Reader *reader = g_new0 (Reader, 1);

  reader_init (reader, func, data, report);
  read_lines (reader, text, size);
  g_hash_table_unref (reader->names);
}

static gboolean
read_file (Reader *reader, int file, const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree char *buffer = g_malloc (MAX_LINE_BYTES + CHUNK_BYTES);
  gsize            filled = 0;
  gssize           n;

  while ((n = read (file, buffer + filled, CHUNK_BYTES)) != 0)
    {
      gsize done;

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                       _ ("%s: cannot be read: %s"), path, g_strerror (errno));
          return FALSE;
        }
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      filled += (gsize) n;
      done = read_lines (reader, buffer, filled);
      /* What is longer than any line is given up, piece by piece. */
      if (done == 0 && filled > MAX_LINE_BYTES)
        {
          read_line (reader, buffer, filled);
          done = filled;
        }
      memmove (buffer, buffer + done, filled - done);
      filled -= done;
    }
  return TRUE;
}

/* weft_log_read:
 * @path: a log
 * @func: is given each line about curves, in turn
 * @report: (out): how it went
 *
 * Any thread.
 *
 * Errors: G_FILE_ERROR, G_IO_ERROR_CANCELLED.
 */
gboolean
weft_log_read (const char    *path,
               WeftLogFunc    func,
               gpointer       data,
               WeftLogReport *report,
               GCancellable  *cancellable,
               GError       **error)
{
  g_autofree Reader *reader = g_new0 (Reader, 1);
  int                file = open (path, O_RDONLY | O_CLOEXEC);
  gboolean           done;

  *report = (WeftLogReport){ 0 };
  if (file < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   _ ("%s: cannot be read: %s"), path, g_strerror (errno));
      return FALSE;
    }
  reader_init (reader, func, data, report);
  done = read_file (reader, file, path, cancellable, error);
  g_hash_table_unref (reader->names);
  close (file);
  return done;
}
