/* Text as a long row of characters, cut into windows: x is a window, y the same one character
 * later.
 *
 * The characters are stored once, a byte each; the windows are views of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/pages.h"
#include "engine/base/number-text.h"
#include "engine/dataset/readers-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#define MAX_WINDOW 65536
/* Characters between two looks at what was touched. */
#define TOUCHED_AT_ONCE ((gint64) 1 << 20)

static void
fail_at (const char *path, const char *data, const char *at, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);
  guint            line = 1;
  char             character[8] = "";

  for (const char *c = data; c < at; c++)
    line += *c == '\n';
  g_utf8_strncpy (character, at, 1);
  g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE,
               _ ("%s:%u: the character “%s” is not among the “characters” of the specification"),
               name, line, character);
}

/* The number of each character, one byte each; the vocabulary has at most 256. */
static WeftArray *
encode (const char *path, const char *data, gsize size, const char *characters, GError **error)
{
  g_autoptr (GHashTable) codes = g_hash_table_new (NULL, NULL);
  gint64 most = (gint64) size, n = 0;
  g_autoptr (WeftArray) out = weft_pages_new_array (WEFT_U8, 1, &most, NULL, error);
  gboolean on_disk = out != NULL && weft_pages_contain (out->data);
  guint    count = 0;

  if (out == NULL)
    return NULL;

  for (const char *c = characters; *c != '\0'; c = g_utf8_next_char (c))
    g_hash_table_insert (codes, GUINT_TO_POINTER (g_utf8_get_char (c)), GUINT_TO_POINTER (++count));
  for (const char *c = data; c < data + size; c = g_utf8_next_char (c))
    {
      guint code =
        GPOINTER_TO_UINT (g_hash_table_lookup (codes, GUINT_TO_POINTER (g_utf8_get_char (c))));

      if (code == 0)
        {
          fail_at (path, data, c, error);
          return NULL;
        }
      ((guint8 *) out->data)[n++] = (guint8) (code - 1);
      if (n % TOUCHED_AT_ONCE == 0)
        weft_dataset_report ((gsize) (c - data), size);
      if (on_disk && n % TOUCHED_AT_ONCE == 0)
        weft_pages_touched (2 * TOUCHED_AT_ONCE);
    }
  return weft_array_wrap (WEFT_U8, 1, &n, out->data, weft_array_ref (out),
                          (GDestroyNotify) weft_array_unref);
}

/* Takes @codes, of all of the text. */
WeftTable *
weft_text_cut_windows (WeftDatasetSpec *spec, const char *path, WeftArray *codes, GError **error)
{
  g_autoptr (WeftArray) x = codes;
  g_autoptr (WeftTable) table = weft_table_new (spec->n_sources);
  gint64 n = x->n_elements, n_later = n - 1;

  if (n < spec->window + 1)
    {
      g_autofree char *name = g_filename_display_name (path);

      g_set_error (
        error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE,
        _ ("%s: byte %s: the text ends before the first window of %s and the one after it"), name,
        WEFT_INT_TEXT (n), WEFT_INT_TEXT (spec->window));
      return NULL;
    }
  table->n_rows = (n - 1 - spec->window) / spec->step + 1;
  for (guint c = 0; c < spec->n_sources; c++)
    {
      gboolean later = strcmp (spec->sources[c].from[0], "y") == 0;

      table->strides[c] = spec->step;
      table->arrays[c] =
        later
          ? weft_array_wrap (x->dtype, 1, &n_later, (char *) x->data + weft_dtype_size (x->dtype),
                             weft_array_ref (x), (GDestroyNotify) weft_array_unref)
          : weft_array_ref (x);
    }
  return g_steal_pointer (&table);
}

WeftTable *
weft_text_read (WeftDatasetSpec       *spec,
                const WeftSourceFiles *files,
                GCancellable          *cancellable,
                GError               **error)
{
  const char *path = files->paths[0];
  g_autoptr (GBytes) bytes = weft_dataset_load (path, WEFT_DATASET_MAX_BYTES, cancellable, error);
  const char *data, *invalid;
  WeftArray  *codes;
  gsize       size;
  gint64      n;

  if (bytes == NULL)
    return NULL;
  data = g_bytes_get_data (bytes, &size);
  n = (gint64) size;
  if (spec->characters == NULL)
    codes = weft_array_wrap (WEFT_U8, 1, &n, (gpointer) data, g_bytes_ref (bytes),
                             (GDestroyNotify) g_bytes_unref);
  else if (!g_utf8_validate_len (data, size, &invalid))
    {
      g_autofree char *name = g_filename_display_name (path);

      g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE,
                   _ ("%s: byte %s: the text is not UTF-8; save it as UTF-8, or "
                      "leave “characters” out to read bytes"),
                   name, WEFT_SIZE_TEXT ((gsize) (invalid - data)));
      return NULL;
    }
  else
    codes = encode (path, data, size, spec->characters, error);
  return codes == NULL ? NULL : weft_text_cut_windows (spec, path, codes, error);
}

/* ---- Options and columns ---- */

gboolean
weft_text_options (WeftDatasetSpec *spec, WeftJson *json, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  if (!weft_spec_in_range (json, "window", 1, MAX_WINDOW, 64, &spec->window, error) ||
      !weft_spec_in_range (json, "step", 1, G_MAXINT32, spec->window, &spec->step, error))
    return FALSE;
  spec->characters = g_strdup (weft_json_get_string (json, "characters", NULL));
  if (spec->characters == NULL)
    return TRUE;
  for (const char *c = spec->characters; *c != '\0'; c = g_utf8_next_char (c))
    if (!g_hash_table_add (seen, GUINT_TO_POINTER (g_utf8_get_char (c))))
      return weft_spec_fail (error, _ ("data set: “characters” has “%.*s” twice"),
                             (int) (g_utf8_next_char (c) - c), c);
  if (g_hash_table_size (seen) < 1 || g_hash_table_size (seen) > 256)
    return weft_spec_fail (error,
                           _ ("data set: “characters” has %u characters; 1 to 256 are possible"),
                           g_hash_table_size (seen));
  return TRUE;
}

static char **
split_characters (const char *characters)
{
  GPtrArray *list = g_ptr_array_new ();

  for (const char *c = characters; *c != '\0'; c = g_utf8_next_char (c))
    g_ptr_array_add (list, g_strndup (c, g_utf8_next_char (c) - c));
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (list, FALSE);
}

void
weft_text_columns (WeftDatasetSpec *spec)
{
  for (guint i = 0; i < 2; i++)
    weft_spec_add_column (spec, i == 0 ? "x" : "y", WEFT_I32, spec->window,
                          spec->characters != NULL ? split_characters (spec->characters)
                                                   : weft_number_classes (256));
}
