/* Strict JSON reader (RFC 8259): makes json-c trees, but reads the text itself, because json-c
 * takes NaN, duplicate keys and zero bytes, and reports no lines.
 *
 * Errors name line and column (both from 1, columns in characters) and what was expected.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/json-private.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

/* What some editors put before UTF-8. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

typedef struct
{
  /* Borrowed */
  const char *text, *end;
  const char *at;

  /* Owned */
  GString *buffer; /* the string that is being read */
  GError  *error;
} Parser;

static gboolean
fail (Parser *p, const char *at, const char *message)
{
  guint       line = 1;
  const char *start = p->text;

  if (p->error != NULL)
    return FALSE;
  for (const char *c = p->text; c < at; c++)
    if (*c == '\n')
      {
        line++;
        start = c + 1;
      }
  p->error = g_error_new (WEFT_JSON_ERROR, WEFT_JSON_ERROR_SYNTAX, "%u:%ld: %s", line,
                          g_utf8_strlen (start, at - start) + 1, message);
  return FALSE;
}

static void
skip_space (Parser *p)
{
  while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r'))
    p->at++;
}

static gboolean
accept (Parser *p, char c)
{
  if (p->at >= p->end || *p->at != c)
    return FALSE;
  p->at++;
  return TRUE;
}

static gboolean
read_hex (Parser *p, guint *value)
{
  *value = 0;
  for (guint i = 0; i < 4; i++, p->at++)
    {
      if (p->at >= p->end || !g_ascii_isxdigit (*p->at))
        return fail (p, p->at, _ ("four hexadecimal digits must follow \\u"));
      *value = *value * 16 + g_ascii_xdigit_value (*p->at);
    }
  return TRUE;
}

/* After "\u". A pair of surrogates is one character; half a pair is none. */
static gboolean
read_unicode (Parser *p, const char *start)
{
  guint unit, low;

  if (!read_hex (p, &unit))
    return FALSE;
  if (unit == 0)
    return fail (p, start, _ ("a string cannot contain the character \\u0000"));
  if (unit >= 0xD800 && unit < 0xDC00)
    {
      if (p->end - p->at < 2 || p->at[0] != '\\' || p->at[1] != 'u')
        return fail (p, start, _ ("half of a surrogate pair"));
      p->at += 2;
      if (!read_hex (p, &low))
        return FALSE;
      if (low < 0xDC00 || low > 0xDFFF)
        return fail (p, start, _ ("half of a surrogate pair"));
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
  else if (unit >= 0xDC00 && unit <= 0xDFFF)
    return fail (p, start, _ ("half of a surrogate pair"));
  g_string_append_unichar (p->buffer, unit);
  return TRUE;
}

static gboolean
read_escape (Parser *p)
{
  static const char from[] = "\"\\/bfnrt";
  static const char to[] = "\"\\/\b\f\n\r\t";
  const char       *start = p->at++;
  const char       *found;

  if (accept (p, 'u'))
    return read_unicode (p, start);
  found = p->at < p->end && *p->at != '\0' ? strchr (from, *p->at) : NULL;
  if (found == NULL)
    return fail (p, start, _ ("unknown escape; use one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u"));
  g_string_append_c (p->buffer, to[found - from]);
  p->at++;
  return TRUE;
}

/* Into p->buffer. */
static gboolean
read_string (Parser *p)
{
  const char *start = p->at;

  if (!accept (p, '"'))
    return fail (p, p->at, _ ("expected a string in double quotes"));
  g_string_truncate (p->buffer, 0);
  while (p->at < p->end && *p->at != '"')
    {
      const char *run = p->at;

      if ((guchar) *p->at < 0x20)
        return fail (p, p->at,
                     _ ("a line break or control character in a string; write it as an escape such "
                        "as \\n"));
      if (*p->at == '\\')
        {
          if (!read_escape (p))
            return FALSE;
          continue;
        }
      while (p->at < p->end && *p->at != '"' && *p->at != '\\' && (guchar) *p->at >= 0x20)
        p->at++;
      g_string_append_len (p->buffer, run, p->at - run);
    }
  return accept (p, '"') || fail (p, start, _ ("this string has no closing quote"));
}

static gboolean
read_digits (Parser *p)
{
  const char *start = p->at;

  while (p->at < p->end && g_ascii_isdigit (*p->at))
    p->at++;
  return p->at > start || fail (p, p->at, _ ("expected a digit"));
}

static gboolean
read_number (Parser *p, WeftJson **value)
{
  const char      *start = p->at;
  g_autofree char *text = NULL;
  gboolean         whole = TRUE;
  double           number;

  accept (p, '-');
  if (p->at + 1 < p->end && p->at[0] == '0' && g_ascii_isdigit (p->at[1]))
    return fail (p, start, _ ("a number cannot start with 0; leave the zero out"));
  if (!read_digits (p))
    return FALSE;
  if (accept (p, '.'))
    {
      whole = FALSE;
      if (!read_digits (p))
        return FALSE;
    }
  if (accept (p, 'e') || accept (p, 'E'))
    {
      whole = FALSE;
      if (!accept (p, '-'))
        accept (p, '+');
      if (!read_digits (p))
        return FALSE;
    }
  text = g_strndup (start, p->at - start);
  if (whole)
    {
      gint64 n;

      errno = 0;
      n = g_ascii_strtoll (text, NULL, 10);
      if (errno == 0)
        {
          *value = weft_json_new_int (n);
          return TRUE;
        }
    }
  number = g_ascii_strtod (text, NULL);
  if (!isfinite (number))
    return fail (p, start, _ ("this number is too large for double precision"));
  *value = weft_json_new_number (number);
  return TRUE;
}

static gboolean
read_word (Parser *p, WeftJson **value)
{
  static const char *const words[] = { "null", "true", "false" };
  const char              *start = p->at;
  gsize                    length;

  while (p->at < p->end && (g_ascii_isalnum (*p->at) || *p->at == '_'))
    p->at++;
  length = p->at - start;
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strlen (words[i]) == length && memcmp (words[i], start, length) == 0)
      {
        *value = i == 0 ? NULL : weft_json_new_bool (i == 1);
        return TRUE;
      }
  p->at = start;
  return fail (p, start,
               _ ("expected a value: an object, list, string, number, true, false or null"));
}

static gboolean read_value (Parser *p, guint depth, WeftJson **value);

static gboolean
read_array (Parser *p, guint depth, WeftJson **value)
{
  g_autoptr (WeftJson) array = weft_json_new_array ();

  p->at++;
  skip_space (p);
  if (!accept (p, ']'))
    while (TRUE)
      {
        WeftJson *item;

        if (!read_value (p, depth + 1, &item))
          return FALSE;
        weft_json_append (array, item);
        skip_space (p);
        if (accept (p, ']'))
          break;
        if (!accept (p, ','))
          return fail (p, p->at, _ ("expected “,” or “]” after a list element"));
      }
  *value = g_steal_pointer (&array);
  return TRUE;
}

static gboolean
read_member (Parser *p, guint depth, WeftJson *object)
{
  g_autofree char *key = NULL;
  WeftJson        *item;
  const char      *start;

  skip_space (p);
  start = p->at;
  if (!read_string (p))
    return FALSE;
  key = g_strndup (p->buffer->str, p->buffer->len);
  if (weft_json_has (object, key))
    {
      g_autofree char *message = g_strdup_printf (_ ("the key “%s” is there twice"), key);

      return fail (p, start, message);
    }
  skip_space (p);
  if (!accept (p, ':'))
    return fail (p, p->at, _ ("expected “:” after a key"));
  if (!read_value (p, depth + 1, &item))
    return FALSE;
  weft_json_set (object, key, item);
  return TRUE;
}

static gboolean
read_object (Parser *p, guint depth, WeftJson **value)
{
  g_autoptr (WeftJson) object = weft_json_new_object ();

  p->at++;
  skip_space (p);
  if (!accept (p, '}'))
    while (TRUE)
      {
        if (!read_member (p, depth, object))
          return FALSE;
        skip_space (p);
        if (accept (p, '}'))
          break;
        if (!accept (p, ','))
          return fail (p, p->at, _ ("expected “,” or “}” after a member"));
      }
  *value = g_steal_pointer (&object);
  return TRUE;
}

/* Recursion is bounded by WEFT_JSON_MAX_DEPTH. */
static gboolean
read_value (Parser *p, guint depth, WeftJson **value)
{
  skip_space (p);
  if (p->at >= p->end)
    return fail (p, p->at, _ ("the text ends where a value should be"));
  if (depth >= WEFT_JSON_MAX_DEPTH && (*p->at == '{' || *p->at == '['))
    return fail (p, p->at, _ ("lists and objects are nested more than 64 deep"));
  if (*p->at == '{')
    return read_object (p, depth, value);
  if (*p->at == '[')
    return read_array (p, depth, value);
  if (*p->at == '-' || g_ascii_isdigit (*p->at))
    return read_number (p, value);
  if (*p->at == '"')
    {
      if (!read_string (p))
        return FALSE;
      *value = json_object_new_string_len (p->buffer->str, (int) p->buffer->len);
      return TRUE;
    }
  return read_word (p, value);
}

/**
 * weft_json_parse:
 * @text: UTF-8
 * @length: bytes, or -1 if @text ends with a zero
 *
 * Reads one JSON value; a byte order mark before it is skipped. Any thread.
 *
 * Errors: #WEFT_JSON_ERROR_SYNTAX, "LINE:COLUMN: what is wrong".
 *
 * Returns: (transfer full) (nullable): the tree; %NULL without an error for the text `null`
 */
WeftJson *
weft_json_parse (const char *text, gssize length, GError **error)
{
  Parser      parser = { .text = text, .at = text };
  const char *invalid;
  WeftJson   *value = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  parser.end = text + (length < 0 ? strlen (text) : (gsize) length);
  if (parser.end - text >= 3 && memcmp (text, BYTE_ORDER_MARK, 3) == 0)
    parser.at += 3;
  parser.buffer = g_string_new (NULL);
  if (parser.end - text > G_MAXINT / 2)
    fail (&parser, text, _ ("more than 1 GB of text"));
  else if (!g_utf8_validate (text, parser.end - text, &invalid))
    fail (&parser, invalid,
          *invalid == '\0' ? _ ("a zero byte in the text") : _ ("the text is not UTF-8 here"));
  else if (read_value (&parser, 0, &value))
    {
      skip_space (&parser);
      if (parser.at < parser.end)
        {
          fail (&parser, parser.at, _ ("more text after the end of the value"));
          g_clear_pointer (&value, weft_json_unref);
        }
    }
  g_string_free (parser.buffer, TRUE);
  if (parser.error != NULL)
    g_propagate_error (error, parser.error);
  return value;
}
