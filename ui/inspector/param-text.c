/* Parameter values as people type them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspector/param-text.h"

#include "ui/shared/format.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

G_DEFINE_QUARK (weft_param_error, weft_param_error)

/**
 * weft_param_title:
 * @name: of a parameter: "kernel_size"
 *
 * Returns: (transfer full): "Kernel size", in the user's language
 */
char *
weft_param_title (const char *name)
{
  g_autofree char *spaced = g_strdelimit (g_strdup (name), "_", ' ');
  g_autofree char *first = g_utf8_substring (spaced, 0, MIN (1, g_utf8_strlen (spaced, -1)));
  g_autofree char *upper = g_utf8_strup (first, -1);
  g_autofree char *title = g_strconcat (upper, spaced + strlen (first), NULL);
  return g_strdup (*title != '\0' ? _ (title) : "");
}

static void
append_tuple (GString *text, WeftJson *array)
{
  guint n = weft_json_length (array);
  g_string_append_c (text, '(');
  for (guint i = 0; i < n; i++)
    {
      WeftJson        *item = weft_json_at (array, i);
      g_autofree char *plain = weft_json_kind (item) == WEFT_JSON_STRING
                                 ? g_strdup (weft_json_string (item, ""))
                                 : weft_json_to_string (item);
      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", plain);
    }
  g_string_append (text, n == 1 ? ",)" : ")");
}

/**
 * weft_param_to_text:
 * @param: a parameter
 * @value: (nullable): its value; NULL: the default
 *
 * Returns: (transfer full): the value as it stands in an entry; "" for none
 */
char *
weft_param_to_text (const WeftParam *param, WeftJson *value)
{
  if (value == NULL)
    value = param->otherwise;
  switch (weft_json_kind (value))
    {
    case WEFT_JSON_NULL:
      return g_strdup ("");
    case WEFT_JSON_STRING:
      return g_strdup (weft_json_string (value, ""));
    case WEFT_JSON_NUMBER:
      return weft_format_number (weft_json_number (value, 0));
    case WEFT_JSON_BOOL:
    case WEFT_JSON_INT:
    case WEFT_JSON_OBJECT:
      return weft_json_to_string (value);
    case WEFT_JSON_ARRAY:
      break;
    }
  if (param->kind == WEFT_PARAM_JSON)
    return weft_json_to_string (value);
  GString *text = g_string_new (NULL);
  append_tuple (text, value);
  return g_string_free (text, FALSE);
}

/**
 * weft_param_range:
 * @param: a number
 *
 * Returns: (transfer full) (nullable): "from 1 to 10", "from 1", "up to 1"; NULL: any
 */
char *
weft_param_range (const WeftParam *param)
{
  g_autofree char *low = weft_format_number (param->minimum),
                  *high = weft_format_number (param->maximum);
  gboolean has_low = param->minimum > -1e15, has_high = param->maximum < 1e15;
  if (has_low && has_high)
    return g_strdup_printf (_ ("from %s to %s"), low, high);
  if (has_low)
    return g_strdup_printf (_ ("from %s"), low);
  if (has_high)
    return g_strdup_printf (_ ("up to %s"), high);
  return NULL;
}

/**
 * weft_param_move:
 * @param: a number
 * @from: its value
 * @steps: how many, down where negative
 * @fine: for steps of a tenth of what they are otherwise, of one where it is whole
 *
 * A step is a tenth of the power of ten that the number has, so that learning rates and numbers of
 * units both move at a hand's pace; what comes out is a multiple of the step.
 *
 * Returns: (transfer full): the value, within the parameter's range
 */
WeftJson *
weft_param_move (const WeftParam *param, double from, double steps, gboolean fine)
{
  double power = from != 0 ? pow (10, floor (log10 (fabs (from)))) : 1;
  double step = power / (fine ? 100 : 10), to;
  if (param->kind == WEFT_PARAM_INT)
    step = fine ? 1 : MAX (1, round (step));
  to = steps != 0 ? round (from / step + steps) * step : from;
  to = CLAMP (to, param->minimum, param->maximum);
  if (param->kind == WEFT_PARAM_INT)
    return weft_json_new_int ((gint64) CLAMP (round (to), -1e15, 1e15));
  /* As people write it: 0.0012, not 0.0012000000000000001. */
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  return weft_json_new_number (
    g_ascii_strtod (g_ascii_formatd (text, sizeof text, "%.6g", to), NULL));
}

static gboolean
check_range (const WeftParam *param, double number, GError **error)
{
  if (number >= param->minimum && number <= param->maximum)
    return TRUE;
  g_autofree char *range = weft_param_range (param);
  g_set_error (error, WEFT_PARAM_ERROR, WEFT_PARAM_ERROR_RANGE, _ ("Must be %s."),
               range != NULL ? range : "");
  return FALSE;
}

static gboolean
read_int (const WeftParam *param, const char *text, WeftJson **value, GError **error)
{
  char *end;
  errno = 0;
  gint64 number = g_ascii_strtoll (text, &end, 10);
  if (end == text || *end != '\0' || errno != 0)
    {
      g_set_error (error, WEFT_PARAM_ERROR, WEFT_PARAM_ERROR_TEXT,
                   _ ("“%s” is not a whole number."), text);
      return FALSE;
    }
  if (!check_range (param, (double) number, error))
    return FALSE;
  *value = weft_json_new_int (number);
  return TRUE;
}

static gboolean
read_number (const WeftParam *param, const char *text, WeftJson **value, GError **error)
{
  char  *end;
  double number = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || !isfinite (number))
    {
      g_set_error (error, WEFT_PARAM_ERROR, WEFT_PARAM_ERROR_TEXT, _ ("“%s” is not a number."),
                   text);
      return FALSE;
    }
  if (!check_range (param, number, error))
    return FALSE;
  *value = weft_json_new_number (number);
  return TRUE;
}

/* "1", "(0, 1)", "0, 1": one number or several. */
static gboolean
read_axes (const char *text, WeftJson **value, GError **error)
{
  g_autofree char *inner = g_strstrip (g_strdelimit (g_strdup (text), "()[]", ' '));
  g_auto (GStrv) parts = g_strsplit (inner, ",", -1);
  g_autoptr (WeftJson) array = weft_json_new_array ();
  for (guint i = 0; parts[i] != NULL; i++)
    {
      char  *part = g_strstrip (parts[i]), *end;
      gint64 axis = g_ascii_strtoll (part, &end, 10);
      if (*part == '\0' && parts[i + 1] == NULL && i > 0)
        break;
      if (end == part || *end != '\0')
        {
          g_set_error (error, WEFT_PARAM_ERROR, WEFT_PARAM_ERROR_TEXT,
                       _ ("“%s” is not an axis such as -1, or axes such as (0, 1)."), text);
          return FALSE;
        }
      weft_json_append (array, weft_json_new_int (axis));
    }
  gboolean single = weft_json_length (array) == 1 && strchr (text, '(') == NULL;
  *value = single ? weft_json_ref (weft_json_at (array, 0)) : g_steal_pointer (&array);
  return TRUE;
}

/**
 * weft_param_from_text:
 * @param: a parameter
 * @text: what was typed
 * @value: (out) (transfer full) (nullable): its value; NULL: the default, where the text is empty
 * @error: return location
 *
 * Returns: FALSE if the text does not suit
 * Errors: WEFT_PARAM_ERROR, WEFT_JSON_ERROR; a sentence for people
 */
gboolean
weft_param_from_text (const WeftParam *param, const char *text, WeftJson **value, GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  *value = NULL;
  if (*trimmed == '\0' && param->kind != WEFT_PARAM_TEXT)
    return TRUE;
  if (param->optional && (g_str_equal (trimmed, "None") || g_str_equal (trimmed, "null")))
    return TRUE;
  switch (param->kind)
    {
    case WEFT_PARAM_INT:
      return read_int (param, trimmed, value, error);
    case WEFT_PARAM_NUMBER:
      return read_number (param, trimmed, value, error);
    case WEFT_PARAM_AXES:
      return read_axes (trimmed, value, error);
    case WEFT_PARAM_JSON:
      *value = weft_json_parse (trimmed, -1, error);
      return *value != NULL;
    case WEFT_PARAM_BOOL:
    case WEFT_PARAM_CHOICE:
    case WEFT_PARAM_TEXT:
    case WEFT_PARAM_SHAPE:
    case WEFT_PARAM_DTYPE:
      break;
    }
  *value = weft_json_new_string (trimmed);
  return TRUE;
}
