/* The steps of a lesson as text; see lesson-text.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/present/lesson-text.h"

#include <string.h>

char *
weft_lesson_steps_to_text (WeftJson *steps)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; steps != NULL && i < weft_json_length (steps); i++)
    {
      WeftJson *step = weft_json_at (steps, i), *show = weft_json_get (step, "show");

      g_string_append_printf (out, "%s# %s\n", i > 0 ? "\n\n" : "",
                              weft_json_get_string (step, "title", ""));
      if (weft_json_has (step, "view"))
        g_string_append_printf (out, "view: %s\n", weft_json_get_string (step, "view", ""));
      for (guint k = 0; show != NULL && k < weft_json_length (show); k++)
        g_string_append_printf (out, "%s%s%s", k == 0 ? "show: " : ", ",
                                weft_json_string (weft_json_at (show, k), ""),
                                k + 1 == weft_json_length (show) ? "\n" : "");
      g_string_append (out, weft_json_get_string (step, "text", ""));
    }
  return g_string_free (out, FALSE);
}

static void
set_show (WeftJson *step, const char *names)
{
  g_auto (GStrv) parts = g_strsplit (names, ",", -1);
  WeftJson *show = weft_json_new_array ();

  for (guint i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0')
      weft_json_append (show, weft_json_new_string (parts[i]));
  if (weft_json_length (show) > 0)
    weft_json_set (step, "show", show);
  else
    weft_json_unref (show);
}

static void
end_step (WeftJson *steps, WeftJson *take_step, GString *text)
{
  g_autofree char *all = g_strstrip (g_strdup (text->str));

  g_string_truncate (text, 0);
  if (take_step == NULL && *all == '\0')
    return;
  if (take_step == NULL)
    take_step = weft_json_new_object ();
  weft_json_set_string (take_step, "text", all);
  weft_json_append (steps, take_step);
}

WeftJson *
weft_lesson_steps_from_text (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) body = g_string_new (NULL);
  WeftJson *steps = weft_json_new_array (), *step = NULL;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      gboolean begun = step != NULL && body->len == 0;

      if (lines[i][0] == '#')
        {
          end_step (steps, step, body);
          step = weft_json_new_object ();
          if (*g_strstrip (lines[i] + 1) != '\0')
            weft_json_set_string (step, "title", lines[i] + 1);
        }
      else if (begun && g_str_has_prefix (lines[i], "view:"))
        weft_json_set_string (step, "view", g_strstrip (lines[i] + strlen ("view:")));
      else if (begun && g_str_has_prefix (lines[i], "show:"))
        set_show (step, lines[i] + strlen ("show:"));
      else if (body->len > 0 || *lines[i] != '\0')
        g_string_append_printf (body, "%s\n", lines[i]);
    }
  end_step (steps, step, body);
  return steps;
}
