/* Frozen parameters as a text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspector/frozen.h"

#include "engine/document/lower.h"
#include "ui/draw/format.h"
#include "ui/inspector/param-text.h"

#include <glib/gi18n.h>
#include <string.h>

#define MEMBER "frozen"
#define SHOWN_NAMES 6

static WeftJson *
patterns_of (WeftDocument *document)
{
  WeftJson *patterns = weft_json_get (weft_document_get_training (document), "parameters");
  return weft_json_kind (patterns) == WEFT_JSON_OBJECT ? patterns : NULL;
}

char *
weft_frozen_dup_text (WeftDocument *document)
{
  g_autoptr (GString) text = g_string_new (NULL);
  WeftJsonIter iter = { patterns_of (document) };
  const char  *pattern;
  WeftJson    *members;
  while (iter.object != NULL && weft_json_next (&iter, &pattern, &members))
    if (weft_json_get_bool (members, MEMBER, FALSE))
      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", pattern);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Whether the last pattern that speaks of @name freezes it. */
static gboolean
is_frozen (WeftDocument *document, const char *name)
{
  WeftJsonIter iter = { patterns_of (document) };
  const char  *pattern;
  WeftJson    *members;
  gboolean     frozen = FALSE;
  while (iter.object != NULL && weft_json_next (&iter, &pattern, &members))
    if (weft_json_has (members, MEMBER) && g_pattern_match_simple (pattern, name))
      frozen = weft_json_get_bool (members, MEMBER, FALSE);
  return frozen;
}

static WeftLowered *
lower (WeftDocument *document)
{
  const WeftLowerOptions options = { .training = TRUE, .no_init = TRUE };
  return weft_document_lower (document, &options);
}

char *
weft_frozen_dup_counts (WeftDocument *document)
{
  g_autofree char *text = weft_frozen_dup_text (document);
  if (*text == '\0')
    return NULL;
  g_autoptr (WeftLowered) lowered = lower (document);
  gint64 n_frozen = 0, n = 0, n_bytes = 0;
  for (guint i = 0; i < lowered->shared->len; i++)
    {
      const WeftShared *shared = g_ptr_array_index (lowered->shared, i);
      if (!shared->trainable)
        continue;
      n += shared->value->n_elements;
      if (!is_frozen (document, shared->name))
        continue;
      n_frozen += shared->value->n_elements;
      n_bytes += (gint64) shared->value->n_bytes;
    }
  g_autofree char *part = weft_format_count (n_frozen);
  g_autofree char *all = weft_format_count (n);
  g_autofree char *size = g_format_size_full ((guint64) n_bytes, G_FORMAT_SIZE_IEC_UNITS);
  return g_strdup_printf (_ ("%s of %s numbers (%s) are frozen"), part, all, size);
}

/* FALSE: @pattern is no name of a parameter; the error says some that are. */
static gboolean
check (WeftLowered *lowered, const char *pattern, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint n = 0;
  for (guint i = 0; i < lowered->shared->len; i++)
    {
      const WeftShared *shared = g_ptr_array_index (lowered->shared, i);
      if (!shared->trainable)
        continue;
      if (g_pattern_match_simple (pattern, shared->name))
        return TRUE;
      if (n++ < SHOWN_NAMES)
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", shared->name);
    }
  g_set_error (error, WEFT_PARAM_ERROR, WEFT_PARAM_ERROR_RANGE,
               _ ("No parameter is called “%s”; names are %s."), pattern, names->str);
  return FALSE;
}

gboolean
weft_frozen_set (WeftDocument *document, const char *text, GError **error)
{
  g_auto (GStrv) wanted = g_regex_split_simple ("[\\s,]+", text, 0, 0);
  g_autoptr (WeftLowered) lowered = lower (document);
  g_autoptr (WeftJson) patterns = weft_json_new_object ();
  WeftJsonIter iter = { patterns_of (document) };
  const char  *pattern;
  WeftJson    *members;
  for (guint i = 0; wanted[i] != NULL; i++)
    if (*wanted[i] != '\0' && !check (lowered, wanted[i], error))
      return FALSE;
  while (iter.object != NULL && weft_json_next (&iter, &pattern, &members))
    {
      WeftJson *copy = weft_json_copy (members);
      weft_json_remove (copy, MEMBER);
      if (weft_json_n_members (copy) > 0)
        weft_json_set (patterns, pattern, copy);
      else
        weft_json_unref (copy);
    }
  for (guint i = 0; wanted[i] != NULL; i++)
    if (*wanted[i] != '\0')
      {
        WeftJson *before = weft_json_get (patterns, wanted[i]);
        WeftJson *copy = before != NULL ? weft_json_copy (before) : weft_json_new_object ();
        weft_json_set (copy, MEMBER, weft_json_new_bool (TRUE));
        weft_json_set (patterns, wanted[i], copy);
      }
  weft_document_begin (document, *text != '\0' ? _ ("Freeze Parameters") : _ ("Thaw Parameters"));
  weft_document_set_training (document, "parameters",
                              weft_json_n_members (patterns) > 0 ? g_steal_pointer (&patterns)
                                                                 : NULL);
  weft_document_end (document);
  return TRUE;
}
