/* JSON lines as a table: an object a line, each of its members a field.
 *
 * Members of members are "a.b", items of lists "a.0"; true and false are 1 and 0; null, and what a
 * line does not have, is missing. The lines become CSV text of as many lines, so that all that is
 * known of tables holds, and errors name the line of the file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/csv-private.h"
#include "engine/dataset/readers-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#define MAX_FIELDS 65536
#define MAX_DEPTH 8

typedef struct
{
  GPtrArray  *names;  /* owned, of char*: in the order they first come up */
  GHashTable *places; /* name (borrowed from names) -> 1 + place */
  GPtrArray  *values; /* owned, of char*: of the record at hand, NULL: missing */
} Fields;

static void
clear_fields (Fields *fields)
{
  g_ptr_array_unref (fields->names);
  g_hash_table_unref (fields->places);
  g_ptr_array_unref (fields->values);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fields, clear_fields)

/* The text of a value that has no members; NULL: missing. */
static char *
value_text (WeftJson *json)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  switch (weft_json_kind (json))
    {
    case WEFT_JSON_BOOL:
      return g_strdup (weft_json_bool (json, FALSE) ? "1" : "0");
    case WEFT_JSON_INT:
      return g_strdup_printf ("%" G_GINT64_FORMAT, weft_json_int (json, 0));
    case WEFT_JSON_NUMBER:
      return g_strdup (g_ascii_dtostr (number, sizeof number, weft_json_number (json, 0)));
    case WEFT_JSON_STRING:
      return g_strdup (weft_json_string (json, ""));
    case WEFT_JSON_NULL:
    case WEFT_JSON_ARRAY:
    case WEFT_JSON_OBJECT:
    default:
      return NULL;
    }
}

/* Takes @name. */
static gboolean
set_field (Fields *fields, char *name, WeftJson *json)
{
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (fields->places, name));

  if (place == 0)
    {
      if (fields->names->len >= MAX_FIELDS)
        {
          g_free (name);
          return FALSE;
        }
      g_ptr_array_add (fields->names, name);
      place = fields->names->len;
      g_hash_table_insert (fields->places, name, GUINT_TO_POINTER (place));
    }
  else
    g_free (name);
  if (fields->values->len < place)
    g_ptr_array_set_size (fields->values, (gint) place);
  g_free (fields->values->pdata[place - 1]);
  fields->values->pdata[place - 1] = value_text (json);
  return TRUE;
}

static char *
join (const char *prefix, const char *name)
{
  return *prefix == '\0' ? g_strdup (name) : g_strconcat (prefix, ".", name, NULL);
}

/* All of @json under the name @prefix; the depth is bounded. */
static gboolean
flatten (Fields *fields, const char *prefix, WeftJson *json, guint depth)
{
  WeftJsonIter iter = { json };
  const char  *key;
  WeftJson    *value;

  if (depth > MAX_DEPTH)
    return FALSE;
  if (weft_json_kind (json) == WEFT_JSON_ARRAY)
    {
      for (guint i = 0; i < weft_json_length (json); i++)
        {
          g_autofree char *number = g_strdup_printf ("%u", i);
          g_autofree char *name = join (prefix, number);

          if (!flatten (fields, name, weft_json_at (json, i), depth + 1))
            return FALSE;
        }
      return TRUE;
    }
  if (weft_json_kind (json) != WEFT_JSON_OBJECT)
    return set_field (fields, g_strdup (prefix), json);
  while (weft_json_next (&iter, &key, &value))
    {
      g_autofree char *name = join (prefix, key);

      if (!flatten (fields, name, value, depth + 1))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_line (Fields *fields, const char *path, guint line, const char *at, gsize n, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (WeftJson) json = weft_json_parse (at, (gssize) n, &local);
  g_autofree char *name = g_filename_display_name (path);
  const char      *what = NULL;

  for (guint i = 0; i < fields->values->len; i++)
    g_clear_pointer (&fields->values->pdata[i], g_free);
  if (json == NULL)
    what = local->message;
  else if (weft_json_kind (json) != WEFT_JSON_OBJECT)
    what = _ ("not an object; each line must be one, such as {\"x\": 1}");
  else if (!flatten (fields, "", json, 0))
    what = _ ("too many members, or members in too many members");
  if (what == NULL)
    return TRUE;
  g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, "%s:%u: %s", name, line, what);
  return FALSE;
}

/* A field in quotes; line breaks become spaces, so that lines stay lines. */
static void
append_field (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *c = text; *c != '\0'; c++)
    {
      if (*c == '"')
        g_string_append_c (out, '"');
      g_string_append_c (out, *c == '\n' || *c == '\r' ? ' ' : *c);
    }
  g_string_append_c (out, '"');
}

static void
append_record (GString *out, GPtrArray *texts, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      if (i < texts->len && texts->pdata[i] != NULL)
        append_field (out, texts->pdata[i]);
    }
  if (n == 1 && (texts->len == 0 || texts->pdata[0] == NULL))
    g_string_append (out, "\"\""); /* an empty line would be none */
  g_string_append_c (out, '\n');
}

/* Reads all lines; with @out, writes them. */
static gboolean
walk (Fields *fields, const char *path, GBytes *bytes, GString *out, GError **error)
{
  gsize       size;
  const char *at = g_bytes_get_data (bytes, &size), *end = at + size;

  for (guint line = 1; at < end; line++)
    {
      const char *stop = memchr (at, '\n', (gsize) (end - at));
      gsize       n = (gsize) ((stop != NULL ? stop : end) - at);
      gboolean    empty = TRUE;

      for (gsize i = 0; i < n && empty; i++)
        empty = g_ascii_isspace (at[i]);
      if (!empty && !read_line (fields, path, line, at, n, error))
        return FALSE;
      if (out != NULL && empty)
        g_string_append_c (out, '\n');
      else if (out != NULL)
        append_record (out, fields->values, fields->names->len);
      at += n + 1;
    }
  return TRUE;
}

gboolean
weft_jsonl_is (const char *path)
{
  const WeftSource *source = weft_source_of_path (path);

  return source != NULL && strcmp (source->name, "jsonl") == 0;
}

/* The lines of @bytes as CSV text with a header that is no line of the file. Errors:
 * #WEFT_DATASET_ERROR_FILE naming the line. */
GBytes *
weft_jsonl_to_csv (GBytes *bytes, const char *path, GError **error)
{
  g_auto (Fields) fields = { g_ptr_array_new_with_free_func (g_free),
                             g_hash_table_new (g_str_hash, g_str_equal),
                             g_ptr_array_new_with_free_func (g_free) };
  GString *out;

  if (!walk (&fields, path, bytes, NULL, error))
    return NULL;
  out = g_string_new (WEFT_CSV_LINE_ZERO);
  append_record (out, fields.names, fields.names->len);
  if (!walk (&fields, path, bytes, out, error))
    {
      g_string_free (out, TRUE);
      return NULL;
    }
  return g_string_free_to_bytes (out);
}
