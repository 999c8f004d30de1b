/* What differs between two documents as files, in words.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/differences.h"

#include <glib/gi18n.h>
#include <string.h>

/* A longer text, such as an expression, is only said to have changed. */
#define MAX_VALUE_LENGTH 48

static void say (GPtrArray *parts, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
say (GPtrArray *parts, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (parts, g_strdup_vprintf (format, args));
  va_end (args);
}

/* A string without its quotes, anything else as in the file. */
static char *
dup_value (WeftJson *value)
{
  const char *string = weft_json_string (value, NULL);

  return string != NULL ? g_strdup (string) : weft_json_to_string (value);
}

static void
say_value (GPtrArray *parts, const char *owner, const char *key, WeftJson *before, WeftJson *after)
{
  g_autofree char *name = owner != NULL ? g_strdup_printf ("%s.%s", owner, key) : g_strdup (key);
  g_autofree char *old = before != NULL ? dup_value (before) : NULL;
  g_autofree char *new = after != NULL ? dup_value (after) : NULL;

  if ((old != NULL && strlen (old) > MAX_VALUE_LENGTH) ||
      (new != NULL &&strlen (new) > MAX_VALUE_LENGTH))
    say (parts, _ ("%s changed"), name);
  else if (old != NULL && new != NULL)
    say (parts, _ ("%s %s → %s"), name, old, new);
  else if (new != NULL)
    say (parts, _ ("%s %s"), name, new);
  else
    say (parts, _ ("%s no longer %s"), name, old);
}

/* A sweep of the training section says nothing of this run. */
static gboolean
counts (const char *owner, const char *key)
{
  return owner != NULL || !g_str_equal (key, "sweep");
}

static void
compare_members (GPtrArray *parts, const char *owner, WeftJson *before, WeftJson *after)
{
  WeftJsonIter iter = { .object = after };
  const char  *key;
  WeftJson    *value;

  if (weft_json_kind (after) == WEFT_JSON_OBJECT)
    while (weft_json_next (&iter, &key, &value))
      if (counts (owner, key) && !weft_json_equal (weft_json_get (before, key), value))
        say_value (parts, owner, key, weft_json_get (before, key), value);
  iter = (WeftJsonIter){ .object = before };
  if (weft_json_kind (before) == WEFT_JSON_OBJECT)
    while (weft_json_next (&iter, &key, &value))
      if (counts (owner, key) && !weft_json_has (after, key))
        say_value (parts, owner, key, value, NULL);
}

/* id -> node, borrowed. */
static GHashTable *
index_nodes (WeftJson *document)
{
  GHashTable *nodes = g_hash_table_new (g_str_hash, g_str_equal);
  WeftJson   *array = weft_json_get (document, "nodes");

  for (guint i = 0; i < weft_json_length (array); i++)
    {
      WeftJson   *node = weft_json_at (array, i);
      const char *id = weft_json_get_string (node, "id", NULL);

      if (id != NULL)
        g_hash_table_insert (nodes, (gpointer) id, node);
    }
  return nodes;
}

static gboolean
is_bypassed (WeftJson *node)
{
  return weft_json_get_bool (node, "bypass", FALSE);
}

static void
compare_node (GPtrArray *parts, const char *id, WeftJson *before, WeftJson *after)
{
  const char *old = weft_json_get_string (before, "op", ""),
             *new = weft_json_get_string (after, "op", "");

  if (!g_str_equal (old, new))
    say (parts, _ ("%s: %s instead of %s"), id, new, old);
  else
    compare_members (parts, id, weft_json_get (before, "params"), weft_json_get (after, "params"));
  if (is_bypassed (after) && !is_bypassed (before))
    say (parts, _ ("%s bypassed"), id);
  else if (is_bypassed (before) && !is_bypassed (after))
    say (parts, _ ("%s no longer bypassed"), id);
}

static void
compare_nodes (GPtrArray *parts, WeftJson *before, WeftJson *after)
{
  g_autoptr (GHashTable) old = index_nodes (before);
  g_autoptr (GHashTable) new = index_nodes (after);
  WeftJson *of_new = weft_json_get (after, "nodes"), *of_old = weft_json_get (before, "nodes");

  for (guint i = 0; i < weft_json_length (of_new); i++)
    {
      WeftJson   *node = weft_json_at (of_new, i);
      const char *id = weft_json_get_string (node, "id", "");
      WeftJson   *was = g_hash_table_lookup (old, id);

      if (was == NULL)
        say (parts, _ ("new %s (%s)"), id, weft_json_get_string (node, "op", ""));
      else
        compare_node (parts, id, was, node);
    }
  for (guint i = 0; i < weft_json_length (of_old); i++)
    {
      const char *id = weft_json_get_string (weft_json_at (of_old, i), "id", "");

      if (!g_hash_table_contains (new, id))
        say (parts, _ ("without %s"), id);
    }
}

/* A wire is a string, or an object with more said about it. */
static char *
wire_text (WeftJson *wire)
{
  if (weft_json_kind (wire) == WEFT_JSON_STRING)
    return g_strdup (weft_json_string (wire, ""));
  return g_strdup (weft_json_get_string (wire, "wire", ""));
}

static gboolean
has_end (const char *wire, GHashTable *nodes)
{
  g_auto (GStrv) ends = g_strsplit (wire, " -> ", 2);

  for (guint i = 0; ends[i] != NULL; i++)
    {
      char *dot = strrchr (ends[i], '.');

      if (dot != NULL)
        *dot = '\0';
      if (!g_hash_table_contains (nodes, ends[i]))
        return FALSE;
    }
  return TRUE;
}

/* Wires of nodes that came or went go without saying. */
static void
compare_wires (GPtrArray *parts, WeftJson *before, WeftJson *after, const char *format)
{
  g_autoptr (GHashTable) others = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) nodes = index_nodes (before);
  WeftJson *old = weft_json_get (before, "wires"), *new = weft_json_get (after, "wires");

  for (guint i = 0; i < weft_json_length (old); i++)
    g_hash_table_add (others, wire_text (weft_json_at (old, i)));
  for (guint i = 0; i < weft_json_length (new); i++)
    {
      g_autofree char *wire = wire_text (weft_json_at (new, i));
      g_autoptr (GString) part = g_string_new (format);

      if (g_hash_table_contains (others, wire) || !has_end (wire, nodes))
        continue;
      g_string_replace (part, "%s", wire, 1);
      g_ptr_array_add (parts, g_strdup (part->str));
    }
}

/* weft_document_differences:
 * @before: a document's file
 * @after: another one's
 *
 * Returns: (element-type utf8): what differs; owned by the caller.
 */
GPtrArray *
weft_document_differences (WeftJson *before, WeftJson *after)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (g_free);

  compare_nodes (parts, before, after);
  compare_wires (parts, before, after, _ ("new wire %s"));
  compare_wires (parts, after, before, _ ("no wire %s"));
  if (!weft_json_equal (weft_json_get (before, "groups"), weft_json_get (after, "groups")))
    g_ptr_array_add (parts, g_strdup (_ ("groups changed")));
  compare_members (parts, NULL, weft_json_get (before, "training"),
                   weft_json_get (after, "training"));
  return parts;
}

/* weft_document_differences_text:
 * @most: so many are named; 0: all
 *
 * Returns: them, joined; "" where nothing differs; owned by the caller.
 */
char *
weft_document_differences_text (WeftJson *before, WeftJson *after, guint most)
{
  g_autoptr (GPtrArray) parts = weft_document_differences (before, after);
  GString *text = g_string_new (NULL);
  guint    n = most > 0 ? MIN (most, parts->len) : parts->len;

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "; " : "",
                            (const char *) g_ptr_array_index (parts, i));
  if (n < parts->len)
    g_string_append_printf (
      text, g_dngettext (NULL, "; and %u more", "; and %u more", parts->len - n), parts->len - n);
  return g_string_free (text, FALSE);
}
