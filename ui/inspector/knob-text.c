/* The knobs of a definition as people type them; see knob-text.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspector/knob-text.h"

#include "engine/document/catalogue.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

G_DEFINE_QUARK (weft_knob_error, weft_knob_error)

/* ---- To text ---- */

static void
append_choices (GString *out, WeftJson *choices)
{
  for (guint i = 0; i < weft_json_length (choices); i++)
    g_string_append_printf (out, "%c%s", i == 0 ? ' ' : '|',
                            weft_json_string (weft_json_at (choices, i), ""));
}

static void
append_range (GString *out, WeftJson *knob)
{
  g_autofree char *low = NULL, *high = NULL;

  if (!weft_json_has (knob, "minimum") && !weft_json_has (knob, "maximum"))
    return;
  low = weft_json_has (knob, "minimum") ? weft_json_to_string (weft_json_get (knob, "minimum"))
                                        : g_strdup ("-inf");
  high = weft_json_has (knob, "maximum") ? weft_json_to_string (weft_json_get (knob, "maximum"))
                                         : g_strdup ("inf");
  g_string_append_printf (out, " [%s, %s]", low, high);
}

char *
weft_knobs_to_text (WeftJson *knobs)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; knobs != NULL && i < weft_json_length (knobs); i++)
    {
      WeftJson        *knob = weft_json_at (knobs, i), *otherwise = weft_json_get (knob, "default");
      const char      *word = weft_json_string (otherwise, NULL);
      g_autofree char *value = word != NULL ? g_strdup (word) : weft_json_to_string (otherwise);

      g_string_append_printf (out, "%s%s: %s", i > 0 ? "\n" : "",
                              weft_json_get_string (knob, "name", ""),
                              weft_json_get_string (knob, "type", "text"));
      append_choices (out, weft_json_get (knob, "choices"));
      append_range (out, knob);
      g_string_append_printf (out, " = %s", value);
    }
  return g_string_free (out, FALSE);
}

/* ---- From text ---- */

static gboolean
fail (GError **error, guint line, const char *message)
{
  g_set_error (error, WEFT_KNOB_ERROR, WEFT_KNOB_ERROR_TEXT, _ ("line %u: %s"), line + 1, message);
  return FALSE;
}

static WeftJson *
find_knob (WeftJson *knobs, const char *name)
{
  for (guint i = 0; knobs != NULL && i < weft_json_length (knobs); i++)
    if (g_strcmp0 (weft_json_get_string (weft_json_at (knobs, i), "name", NULL), name) == 0)
      return weft_json_at (knobs, i);
  return NULL;
}

/* "inf" and "-inf" are no bound. */
static gboolean
set_bound (WeftJson *knob, const char *key, const char *text)
{
  char  *end;
  double value = g_ascii_strtod (text, &end);

  weft_json_remove (knob, key);
  if (end == text || *end != '\0')
    return FALSE;
  if (value == (double) (gint64) value && ABS (value) < 1e15)
    weft_json_set_int (knob, key, (gint64) value);
  else if (value - value == 0)
    weft_json_set_number (knob, key, value);
  return TRUE;
}

static gboolean
set_default (WeftJson *knob, const char *type, const char *text)
{
  char *end;

  if (g_str_equal (text, "null"))
    {
      weft_json_set (knob, "default", weft_json_new_null ());
      return TRUE;
    }
  if (g_str_equal (type, "int"))
    {
      gint64 value = g_ascii_strtoll (text, &end, 10);

      weft_json_set_int (knob, "default", value);
      return end != text && *end == '\0';
    }
  if (g_str_equal (type, "number"))
    {
      double value = g_ascii_strtod (text, &end);

      weft_json_set_number (knob, "default", value);
      return end != text && *end == '\0';
    }
  if (g_str_equal (type, "bool"))
    {
      weft_json_set_bool (knob, "default", g_str_equal (text, "true"));
      return g_str_equal (text, "true") || g_str_equal (text, "false");
    }
  weft_json_set_string (knob, "default", text);
  return *text != '\0';
}

static gboolean
set_details (WeftJson *knob, const char *type, const char *choices, const char *range)
{
  if (choices != NULL && *choices != '\0')
    {
      g_auto (GStrv) words = g_strsplit (choices, "|", -1);
      WeftJson *list = weft_json_new_array ();

      for (guint i = 0; words[i] != NULL; i++)
        weft_json_append (list, weft_json_new_string (g_strstrip (words[i])));
      weft_json_set (knob, "choices", list);
    }
  else if (g_str_equal (type, "choice"))
    return FALSE;
  if (range != NULL && *range != '\0')
    {
      g_auto (GStrv) ends = g_strsplit (range, ",", 2);

      return ends[1] != NULL && set_bound (knob, "minimum", g_strstrip (ends[0])) &&
             set_bound (knob, "maximum", g_strstrip (ends[1]));
    }
  weft_json_remove (knob, "minimum");
  weft_json_remove (knob, "maximum");
  return TRUE;
}

static WeftJson *
read_line (const char *text, guint line, WeftJson *before, GError **error)
{
  g_autoptr (GRegex) regex = g_regex_new (
    "^\\s*([A-Za-z_]\\w*)\\s*:\\s*(\\w+)\\s*([\\w|\\s]*?)\\s*(?:\\[(.*?)\\])?\\s*=\\s*(.*?)\\s*$",
    0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (WeftJson) knob = NULL;

  if (!g_regex_match (regex, text, 0, &match))
    {
      fail (error, line, _ ("a knob is written as “units: int [1, 100] = 64”."));
      return NULL;
    }
  g_autofree char *name = g_match_info_fetch (match, 1), *type = g_match_info_fetch (match, 2);
  g_autofree char *choices = g_match_info_fetch (match, 3), *range = g_match_info_fetch (match, 4);
  g_autofree char *value = g_match_info_fetch (match, 5);
  WeftJson        *old = find_knob (before, name);

  knob = old != NULL ? weft_json_copy (old) : weft_json_new_object ();
  if (!weft_knob_type_exists (type))
    {
      fail (error, line,
            _ ("a knob is an int, number, bool, op, choice, shape, axes, dtype or text."));
      return NULL;
    }
  weft_json_set_string (knob, "name", name);
  weft_json_set_string (knob, "type", type);
  if (!set_details (knob, type, choices, range) || !set_default (knob, type, value))
    {
      fail (error, line, _ ("its range, its choices or its default do not fit its type."));
      return NULL;
    }
  return g_steal_pointer (&knob);
}

WeftJson *
weft_knobs_from_text (const char *text, WeftJson *before, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (WeftJson) knobs = weft_json_new_array ();

  for (guint i = 0; lines[i] != NULL; i++)
    {
      WeftJson *knob;

      if (*g_strstrip (lines[i]) == '\0')
        continue;
      knob = read_line (lines[i], i, before, error);
      if (knob == NULL)
        return NULL;
      weft_json_append (knobs, knob);
    }
  return g_steal_pointer (&knobs);
}
