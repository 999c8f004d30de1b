/* Sweeps: texts of values, combinations, waiting runs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/sweep.h"

#include "engine/tensor/philox.h"
#include "engine/train/runs.h"
#include "engine/train/training.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMBER "sweep"
#define RANGE ".."
#define POINTS 3
/* Whole numbers up to here are themselves as double. */
#define MOST_WHOLE 9007199254740992.0
/* Of a number that was drawn: people read them. */
#define DIGITS 4

static void
axis_free (gpointer data)
{
  WeftSweepAxis *axis = data;

  g_free (axis->setting);
  g_free (axis->text);
  g_clear_pointer (&axis->list, g_ptr_array_unref);
  g_free (axis);
}

/* weft_sweep_new:
 */
WeftSweep *
weft_sweep_new (void)
{
  WeftSweep *sweep = g_new0 (WeftSweep, 1);

  sweep->axes = g_ptr_array_new_with_free_func (axis_free);
  sweep->seed = 1;
  return sweep;
}

/* weft_sweep_free:
 */
void
weft_sweep_free (WeftSweep *sweep)
{
  g_ptr_array_unref (sweep->axes);
  g_free (sweep);
}

static gboolean
refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list          args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, message);
  return FALSE;
}

/* ---- Texts of values ---- */

static gboolean
is_whole (const char *text)
{
  return *text != '\0' && strspn (text, "+-0123456789") == strlen (text);
}

static gboolean
read_number (const char *text, double *number)
{
  char *end;

  *number = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (*number);
}

/* What follows a range: "log", "in 5". */
static gboolean
read_words (WeftSweepAxis *axis, char **words, GError **error)
{
  for (guint i = 0; words[i] != NULL; i++)
    {
      guint64 n;

      if (*words[i] == '\0')
        continue;
      if (g_str_equal (words[i], "log"))
        axis->log = TRUE;
      else if (g_str_equal (words[i], "in") && words[i + 1] != NULL &&
               g_ascii_string_to_unsigned (words[i + 1], 10, 1, WEFT_SWEEP_MAX_RUNS, &n, NULL))
        {
          axis->n = (guint) n;
          i++;
        }
      else
        return refuse (error, _ ("%s: after a range come “log” and “in N”, not “%s”"),
                       axis->setting, words[i]);
    }
  return TRUE;
}

static gboolean
read_range (WeftSweepAxis *axis, GError **error)
{
  const char      *dots = strstr (axis->text, RANGE);
  g_autofree char *low = g_strstrip (g_strndup (axis->text, dots - axis->text));
  g_autofree char *rest = g_strstrip (g_strdup (dots + strlen (RANGE)));
  g_auto (GStrv) words = g_strsplit_set (rest, " \t", -1);

  axis->n = POINTS;
  if (!read_number (low, &axis->low) || words[0] == NULL || !read_number (words[0], &axis->high) ||
      axis->low >= axis->high)
    return refuse (
      error,
      _ ("%s: a range is written LOW..HIGH with two numbers, the smaller first; “%s” is none"),
      axis->setting, axis->text);
  axis->whole =
    is_whole (low) && is_whole (words[0]) && fmax (-axis->low, axis->high) <= MOST_WHOLE;
  if (!read_words (axis, words + 1, error))
    return FALSE;
  return !axis->log || axis->low > 0 ||
         refuse (error, _ ("%s: a logarithmic range begins above 0, not at %s"), axis->setting,
                 low);
}

static gboolean
read_list (WeftSweepAxis *axis, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (axis->text, ",", -1);

  axis->list = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_json_unref);
  for (guint i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0')
      g_ptr_array_add (axis->list, weft_setting_parse (parts[i]));
  return axis->list->len > 0 ||
         refuse (error, _ ("%s: give it values, such as 1, 2, 3 or 0.001..0.1 log in 4"),
                 axis->setting);
}

/* weft_sweep_add:
 */
gboolean
weft_sweep_add (WeftSweep *sweep, const char *setting, const char *values, GError **error)
{
  WeftSweepAxis *axis;

  for (guint i = 0; i < sweep->axes->len; i++)
    if (g_str_equal (((WeftSweepAxis *) g_ptr_array_index (sweep->axes, i))->setting, setting))
      return refuse (error, _ ("%s: it is varied twice"), setting);
  axis = g_new0 (WeftSweepAxis, 1);
  axis->setting = g_strdup (setting);
  axis->text = g_strdup (values);
  g_ptr_array_add (sweep->axes, axis);
  return strstr (values, RANGE) != NULL ? read_range (axis, error) : read_list (axis, error);
}

/* ---- In the document ---- */

/* weft_sweep_read:
 */
WeftSweep *
weft_sweep_read (WeftDocument *document, GError **error)
{
  WeftJson *json = weft_json_get (weft_document_get_training (document), MEMBER);
  WeftJson *over = weft_json_get (json, "over"), *values;
  g_autoptr (WeftSweep) sweep = weft_sweep_new ();
  const char *setting;

  if (json == NULL)
    return NULL;
  for (WeftJsonIter i = { over };
       weft_json_kind (over) == WEFT_JSON_OBJECT && weft_json_next (&i, &setting, &values);)
    if (!weft_sweep_add (sweep, setting, weft_json_string (values, ""), error))
      return NULL;
  sweep->draws = (guint) CLAMP (weft_json_get_int (json, "draws", 0), 0, WEFT_SWEEP_MAX_RUNS);
  sweep->seed = weft_json_get_int (json, "seed", 1);
  return g_steal_pointer (&sweep);
}

/* weft_sweep_to_json:
 */
WeftJson *
weft_sweep_to_json (const WeftSweep *sweep)
{
  WeftJson *json = weft_json_new_object (), *over = weft_json_new_object ();

  for (guint i = 0; i < sweep->axes->len; i++)
    {
      const WeftSweepAxis *axis = g_ptr_array_index (sweep->axes, i);

      weft_json_set_string (over, axis->setting, axis->text);
    }
  weft_json_set (json, "over", over);
  if (sweep->draws > 0)
    {
      weft_json_set_int (json, "draws", sweep->draws);
      weft_json_set_int (json, "seed", sweep->seed);
    }
  return json;
}

/* ---- Combinations ---- */

static double
rounded (double number)
{
  char text[32];

  snprintf (text, sizeof text, "%.*g", DIGITS, number);
  return strtod (text, NULL);
}

/* The value at share @at of the way through a range. */
static WeftJson *
value_at (const WeftSweepAxis *axis, double at)
{
  double number = axis->log ? axis->low * pow (axis->high / axis->low, at)
                            : axis->low + (axis->high - axis->low) * at;

  if (axis->whole)
    return weft_json_new_int ((gint64) floor (number + 0.5));
  return weft_json_new_number (CLAMP (rounded (number), axis->low, axis->high));
}

/* The points of @axis on a grid. The caller owns the array and them. */
static GPtrArray *
grid_of (const WeftSweepAxis *axis)
{
  GPtrArray *values = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_json_unref);

  for (guint i = 0; axis->list != NULL && i < axis->list->len; i++)
    g_ptr_array_add (values, weft_json_ref (g_ptr_array_index (axis->list, i)));
  for (guint i = 0; axis->list == NULL && i < axis->n; i++)
    {
      WeftJson *value = value_at (axis, axis->n > 1 ? (double) i / (axis->n - 1) : 0);

      /* Few whole numbers lie between. */
      if (values->len > 0 && weft_json_equal (value, g_ptr_array_index (values, values->len - 1)))
        weft_json_unref (value);
      else
        g_ptr_array_add (values, value);
    }
  return values;
}

/* @at: in [0, 1). */
static WeftJson *
drawn (const WeftSweepAxis *axis, double at)
{
  WeftSweepAxis wide = *axis;

  if (axis->list != NULL)
    return weft_json_ref (g_ptr_array_index (axis->list, (guint) (at * axis->list->len)));
  if (!axis->whole || axis->log)
    return value_at (axis, at);
  /* Each whole number, also the first and the last, as often as any other. */
  wide.low -= 0.5;
  wide.high += 0.5;
  return value_at (&wide, at);
}

static void
draw (const WeftSweep *sweep, GPtrArray *points)
{
  g_autofree double *at = g_new (double, sweep->draws);

  for (guint i = 0; i < sweep->draws; i++)
    g_ptr_array_add (points, weft_json_new_object ());
  for (guint k = 0; k < sweep->axes->len; k++)
    {
      const WeftSweepAxis *axis = g_ptr_array_index (sweep->axes, k);

      weft_philox_uniform_f64 ((guint64) sweep->seed, k, 0, sweep->draws, at);
      for (guint i = 0; i < sweep->draws; i++)
        weft_json_set (g_ptr_array_index (points, i), axis->setting, drawn (axis, at[i]));
    }
}

/* All combinations, the last setting changing fastest. */
static gboolean
cross (const WeftSweep *sweep, GPtrArray *points, GError **error)
{
  g_ptr_array_add (points, weft_json_new_object ());
  for (guint k = 0; k < sweep->axes->len; k++)
    {
      const WeftSweepAxis *axis = g_ptr_array_index (sweep->axes, k);
      g_autoptr (GPtrArray) values = grid_of (axis);
      guint n = points->len;

      if ((gsize) n * values->len > WEFT_SWEEP_MAX_RUNS)
        return refuse (
          error,
          _ ("these are more than %d combinations; take fewer values, or draw some at random"),
          WEFT_SWEEP_MAX_RUNS);
      for (guint i = 0; i < n; i++)
        for (guint j = 0; j < values->len; j++)
          {
            WeftJson *point = weft_json_copy (g_ptr_array_index (points, i));

            weft_json_set (point, axis->setting, weft_json_ref (g_ptr_array_index (values, j)));
            g_ptr_array_add (points, point);
          }
      g_ptr_array_remove_range (points, 0, n);
    }
  return TRUE;
}

/* weft_sweep_points:
 */
GPtrArray *
weft_sweep_points (const WeftSweep *sweep, GError **error)
{
  g_autoptr (GPtrArray) points = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_json_unref);

  if (sweep->axes->len == 0)
    {
      refuse (error, _ ("a sweep varies at least one setting"));
      return NULL;
    }
  if (sweep->draws > 0)
    draw (sweep, points);
  else if (!cross (sweep, points, error))
    return NULL;
  return g_steal_pointer (&points);
}

/* weft_sweep_title:
 */
char *
weft_sweep_title (WeftJson *point)
{
  GString    *text = g_string_new (NULL);
  const char *setting;
  WeftJson   *value;

  for (WeftJsonIter i = { point }; weft_json_next (&i, &setting, &value);)
    {
      g_autofree char *word = weft_setting_text (value);
      const char      *name = setting;

      if (g_str_has_prefix (name, "training.knobs."))
        name += strlen ("training.knobs.");
      else if (g_str_has_prefix (name, "training."))
        name += strlen ("training.");
      g_string_append_printf (text, "%s%s %s", text->len > 0 ? ", " : "", name, word);
    }
  return g_string_free (text, FALSE);
}

/* ---- Runs ---- */

/* @document with the settings of @point. Caller owns; NULL: it cannot be. */
static WeftDocument *
at_point (WeftDocument *document, WeftJson *point, GError **error)
{
  g_autoptr (WeftDocument) changed = weft_document_snapshot (document);
  g_autoptr (WeftTraining) training = NULL;
  const char *setting;
  WeftJson   *value;

  weft_document_set_training (changed, MEMBER, NULL);
  for (WeftJsonIter i = { point }; weft_json_next (&i, &setting, &value);)
    if (!weft_setting_set (changed, setting, weft_json_ref (value), error))
      {
        g_prefix_error (error, "%s: ", setting);
        return NULL;
      }
  training = weft_training_new (changed, error);
  return training != NULL ? g_steal_pointer (&changed) : NULL;
}

static gboolean
queue_one (WeftDocument *document,
           WeftJson     *point,
           const char   *folder,
           guint        *first,
           GPtrArray    *made,
           GError      **error)
{
  g_autofree char *title = weft_sweep_title (point);
  WeftRunOrigin    origin = { .title = title, .queued = TRUE, .sweep = *first, .settings = point };
  guint            number;
  char            *run_folder = weft_runs_begin (folder, document, &origin, &number, error);
  g_autoptr (WeftJson) changes = NULL;

  if (run_folder == NULL)
    return FALSE;
  g_ptr_array_add (made, run_folder);
  if (*first > 0)
    return TRUE;
  *first = number;
  changes = weft_json_new_object ();
  weft_json_set_int (changes, "sweep", number);
  return weft_runs_note (run_folder, changes, error);
}

/* weft_sweep_queue:
 */
gboolean
weft_sweep_queue (const WeftSweep *sweep,
                  WeftDocument    *document,
                  const char      *folder,
                  guint           *number,
                  guint           *n,
                  GError         **error)
{
  g_autoptr (GPtrArray) points = weft_sweep_points (sweep, error);
  g_autoptr (GPtrArray) documents = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func (g_free);
  gboolean ok = points != NULL;

  *number = 0;
  for (guint i = 0; ok && i < points->len; i++)
    {
      WeftDocument *changed = at_point (document, g_ptr_array_index (points, i), error);

      ok = changed != NULL;
      if (ok)
        g_ptr_array_add (documents, changed);
    }
  for (guint i = 0; ok && i < points->len; i++)
    ok = queue_one (g_ptr_array_index (documents, i), g_ptr_array_index (points, i), folder, number,
                    made, error);
  for (guint i = 0; !ok && i < made->len; i++)
    weft_runs_remove (g_ptr_array_index (made, i), NULL);
  *n = made->len;
  return ok;
}

/* ---- Suggestions ---- */

/* As much as fits of @setting from a tenth to ten times its value. */
static char *
suggest_range (const WeftSetting *setting, double value)
{
  double low = MAX (value / 10, setting->minimum), high = MIN (value * 10, setting->maximum);

  if (high >= 1 && setting->maximum <= 1)
    high = 1 - (1 - value) / 2;
  return low > 0 ? g_strdup_printf ("%.4g..%.4g log", low, high)
                 : g_strdup_printf ("%.4g..%.4g", low, high);
}

static char *
suggest_whole (const WeftSetting *setting, gint64 value)
{
  GString *text = g_string_new (NULL);

  for (gint64 number = value > 1 ? value / 2 : value; number <= MAX (value, 1) * 2;
       number = MAX (number * 2, 1))
    if (number >= setting->minimum && number <= setting->maximum)
      g_string_append_printf (text, "%s%" G_GINT64_FORMAT, text->len > 0 ? ", " : "", number);
  return g_string_free (text, FALSE);
}

/* weft_sweep_suggest:
 */
char *
weft_sweep_suggest (const WeftSetting *setting)
{
  double value = weft_json_number (setting->value, NAN);

  if (setting->kind == WEFT_PARAM_BOOL)
    return g_strdup ("true, false");
  if (setting->choices != NULL)
    return g_strjoinv (", ", setting->choices);
  if (setting->kind == WEFT_PARAM_INT && isfinite (value))
    return suggest_whole (setting, (gint64) CLAMP (value, 0, 1e9));
  if (isfinite (value) && value > 0)
    return suggest_range (setting, value);
  if (isfinite (setting->minimum) && isfinite (setting->maximum))
    return g_strdup_printf ("%.4g..%.4g", setting->minimum, setting->maximum);
  return g_strdup ("0.0001..0.01 log");
}
