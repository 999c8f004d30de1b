/* JSON trees as text: one line, members in their order, shortest numbers that read back the same.
 *
 * Does not change the tree (json-c's own printer keeps a buffer in it), so threads may print at
 * once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/json-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

static void
write_string (GString *out, const char *text, gsize length)
{
  static const char from[] = "\"\\\b\f\n\r\t";
  static const char to[] = "\"\\bfnrt";

  g_string_append_c (out, '"');
  for (gsize i = 0; i < length; i++)
    {
      const char *found = text[i] == '\0' ? NULL : strchr (from, text[i]);

      if (found != NULL)
        {
          g_string_append_c (out, '\\');
          g_string_append_c (out, to[found - from]);
        }
      else if ((guchar) text[i] < 0x20 || text[i] == 0x7f)
        g_string_append_printf (out, "\\u%04x", text[i]);
      else
        g_string_append_c (out, text[i]);
    }
  g_string_append_c (out, '"');
}

/* 15 digits are always meaningful (not so below DBL_MIN) and 17 always enough. A number keeps a
 * point or an exponent, so that it stays one when it is read back. */
static void
write_number (GString *out, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  for (int digits = fabs (value) < DBL_MIN ? 1 : 15; digits <= 17; digits++)
    {
      char format[] = "%.00g";

      format[2] = '0' + digits / 10;
      format[3] = '0' + digits % 10;
      g_ascii_formatd (text, sizeof text, format, value);
      if (g_ascii_strtod (text, NULL) == value)
        break;
    }
  g_string_append (out, text);
  if (strpbrk (text, ".e") == NULL)
    g_string_append (out, ".0");
}

static void write_value (GString *out, WeftJson *json);

static void
write_object (GString *out, WeftJson *object)
{
  WeftJsonIter iter = { object };
  const char  *key, *separator = "";
  WeftJson    *value;

  g_string_append_c (out, '{');
  for (; weft_json_next (&iter, &key, &value); separator = ", ")
    {
      g_string_append (out, separator);
      write_string (out, key, strlen (key));
      g_string_append (out, ": ");
      write_value (out, value);
    }
  g_string_append_c (out, '}');
}

/* Recursion is bounded by the reader's WEFT_JSON_MAX_DEPTH, and by what our own code builds. */
static void
write_value (GString *out, WeftJson *json)
{
  switch (weft_json_kind (json))
    {
    case WEFT_JSON_NULL:
      g_string_append (out, "null");
      break;
    case WEFT_JSON_BOOL:
      g_string_append (out, weft_json_bool (json, FALSE) ? "true" : "false");
      break;
    case WEFT_JSON_INT:
      g_string_append_printf (out, "%" G_GINT64_FORMAT, weft_json_int (json, 0));
      break;
    case WEFT_JSON_NUMBER:
      write_number (out, weft_json_number (json, 0));
      break;
    case WEFT_JSON_STRING:
      write_string (out, json_object_get_string (json), json_object_get_string_len (json));
      break;
    case WEFT_JSON_ARRAY:
      g_string_append_c (out, '[');
      for (guint i = 0; i < weft_json_length (json); i++)
        {
          g_string_append (out, i > 0 ? ", " : "");
          write_value (out, weft_json_at (json, i));
        }
      g_string_append_c (out, ']');
      break;
    case WEFT_JSON_OBJECT:
      write_object (out, json);
      break;
    }
}

/* Returns: (transfer full): the text, without a line break */
char *
weft_json_to_string (WeftJson *json)
{
  GString *out = g_string_new (NULL);

  write_value (out, json);
  return g_string_free (out, FALSE);
}
