/* Text word by word: x is a window of words, y the same one word later.
 *
 * A word is a run of letters, digits, _ and '; any other mark is a word of its own; all in small
 * letters. The specification lists the words; where "<unknown>" is among them it stands for all
 * others.
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
#define MAX_WORDS 65536
/* Words between two looks at who watches. */
#define WORDS_A_LOOK 16384
#define UNKNOWN "<unknown>"
/* A guess takes so many of the most frequent. */
#define GUESSED_WORDS 5000
#define GUESSED_WINDOW 32

typedef struct
{
  const char *at, *end;
  guint       line;
  GString    *word; /* owned by who walks */
} Walker;

static gboolean
is_part (gunichar c)
{
  return g_unichar_isalnum (c) || c == '_' || c == '\'';
}

static gboolean
next_word (Walker *walker)
{
  g_string_truncate (walker->word, 0);
  for (; walker->at < walker->end; walker->at = g_utf8_next_char (walker->at))
    {
      gunichar c = g_utf8_get_char (walker->at);

      if (walker->word->len > 0 && !is_part (c))
        return TRUE;
      walker->line += c == '\n';
      if (g_unichar_isspace (c) || c == 0)
        continue;
      g_string_append_unichar (walker->word, g_unichar_tolower (c));
      if (!is_part (c))
        {
          walker->at = g_utf8_next_char (walker->at);
          return TRUE;
        }
    }
  return walker->word->len > 0;
}

static GBytes *
load_text (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) bytes = weft_dataset_load (path, WEFT_DATASET_MAX_BYTES, cancellable, error);
  const char *data, *invalid;
  gsize       size;

  if (bytes == NULL)
    return NULL;
  data = g_bytes_get_data (bytes, &size);
  if (g_utf8_validate_len (data, size, &invalid))
    return g_steal_pointer (&bytes);
  weft_source_fail (path, error, _ ("byte %s: the text is not UTF-8; save it as "
                                    "UTF-8"),
                    WEFT_SIZE_TEXT ((gsize) (invalid - data)));
  return NULL;
}

/* ---- Reading ---- */

gboolean
weft_words_options (WeftDatasetSpec *spec, WeftJson *json, GError **error)
{
  WeftJson *words = weft_json_get (json, "words");
  guint     n = weft_json_length (words);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  if (!weft_spec_in_range (json, "window", 1, MAX_WINDOW, GUESSED_WINDOW, &spec->window, error) ||
      !weft_spec_in_range (json, "step", 1, G_MAXINT32, spec->window, &spec->step, error))
    return FALSE;
  if (weft_json_kind (words) != WEFT_JSON_ARRAY || n < 1 || n > MAX_WORDS)
    return weft_spec_fail (error, _ ("data set: “words” must list 1 to %d different words"),
                           MAX_WORDS);
  spec->words = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    {
      const char *word = weft_json_string (weft_json_at (words, i), NULL);

      if (word == NULL || !g_hash_table_add (seen, (gpointer) word))
        return weft_spec_fail (error, _ ("data set: “words” must list 1 to %d different words"),
                               MAX_WORDS);
      spec->words[i] = g_strdup (word);
    }
  return TRUE;
}

void
weft_words_columns (WeftDatasetSpec *spec)
{
  for (guint i = 0; i < 2; i++)
    weft_spec_add_column (spec, i == 0 ? "x" : "y", WEFT_I32, spec->window,
                          g_strdupv (spec->words));
}

/* The numbers of all words, i32, into @out. */
static gboolean
encode (WeftDatasetSpec *spec,
        const char      *path,
        GBytes          *bytes,
        WeftBuffer      *out,
        gsize           *n,
        GCancellable    *cancellable,
        GError         **error)
{
  g_autoptr (GHashTable) codes = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) word = g_string_new (NULL);
  Walker      walker = { .line = 1, .word = word };
  gsize       size;
  const char *data = g_bytes_get_data (bytes, &size);
  guint       unknown;

  for (guint i = 0; spec->words[i] != NULL; i++)
    g_hash_table_insert (codes, spec->words[i], GUINT_TO_POINTER (i + 1));
  unknown = GPOINTER_TO_UINT (g_hash_table_lookup (codes, UNKNOWN));
  walker.at = data;
  walker.end = data + size;
  for (*n = 0; next_word (&walker); (*n)++)
    {
      guint  code = GPOINTER_TO_UINT (g_hash_table_lookup (codes, word->str));
      gint32 number = (gint32) (code > 0 ? code : unknown) - 1;

      if (number < 0)
        {
          g_autofree char *name = g_filename_display_name (path);

          g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE,
                       _ ("%s:%u: “%s” is not among the “words” of the specification, nor is "
                          "“<unknown>”"),
                       name, walker.line, word->str);
          return FALSE;
        }
      if (*n % WORDS_A_LOOK == 0)
        {
          weft_dataset_report ((gsize) (walker.at - data), size);
          if (g_cancellable_set_error_if_cancelled (cancellable, error))
            return FALSE;
        }
      if (!weft_buffer_reserve (out, (*n + 1) * sizeof number, error))
        return FALSE;
      ((gint32 *) (gpointer) out->data)[*n] = number;
    }
  return TRUE;
}

WeftTable *
weft_words_read (WeftDatasetSpec       *spec,
                 const WeftSourceFiles *files,
                 GCancellable          *cancellable,
                 GError               **error)
{
  const char *path = files->paths[0];
  g_autoptr (GBytes) bytes = load_text (path, cancellable, error);
  WeftBuffer out = WEFT_BUFFER_INIT;
  GBytes    *codes;
  gsize      n_words;
  gint64     n;

  if (bytes == NULL)
    return NULL;
  if (!encode (spec, path, bytes, &out, &n_words, cancellable, error))
    {
      weft_buffer_clear (&out);
      return NULL;
    }
  n = (gint64) n_words;
  codes = weft_buffer_steal (&out, n_words * sizeof (gint32));
  return weft_text_cut_windows (spec, path,
                                weft_array_wrap (WEFT_I32, 1, &n,
                                                 (gpointer) g_bytes_get_data (codes, NULL), codes,
                                                 (GDestroyNotify) g_bytes_unref),
                                error);
}

/* ---- Guessing ---- */

typedef struct
{
  const char *word;
  guint       n;
} Counted;

static int
compare_counts (gconstpointer a, gconstpointer b)
{
  const Counted *x = a, *y = b;

  return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp (x->word, y->word);
}

static GArray *
sort_counts (GHashTable *counts)
{
  GArray        *list = g_array_new (FALSE, FALSE, sizeof (Counted));
  GHashTableIter iter;
  gpointer       word, n;

  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &word, &n))
    {
      Counted counted = { word, GPOINTER_TO_UINT (n) };

      g_array_append_val (list, counted);
    }
  g_array_sort (list, compare_counts);
  return list;
}

WeftJson *
weft_words_guess (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = load_text (path, NULL, error);
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GString) word = g_string_new (NULL);
  g_autoptr (GArray) list = NULL;
  Walker    walker = { .line = 1, .word = word };
  gsize     size, n = 0;
  WeftJson *spec, *words;

  if (bytes == NULL)
    return NULL;
  walker.at = g_bytes_get_data (bytes, &size);
  walker.end = walker.at + size;
  for (; next_word (&walker); n++)
    {
      guint count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, word->str));

      g_hash_table_insert (counts, g_strdup (word->str), GUINT_TO_POINTER (count + 1));
    }
  if (n < 2)
    {
      weft_source_fail (path, error, _ ("the text is too short to cut windows from"));
      return NULL;
    }
  list = sort_counts (counts);
  spec = weft_json_new_object ();
  words = weft_json_new_array ();
  weft_json_append (words, weft_json_new_string (UNKNOWN));
  for (guint i = 0; i < MIN (list->len, GUESSED_WORDS); i++)
    weft_json_append (words, weft_json_new_string (g_array_index (list, Counted, i).word));
  weft_json_set_string (spec, "format", "words");
  weft_json_set_string (spec, "file", path);
  weft_json_set (spec, "words", words);
  weft_json_set_int (spec, "window", MIN (GUESSED_WINDOW, (gint64) n / 2));
  weft_json_set_int (spec, "step", MIN (GUESSED_WINDOW, (gint64) n / 2));
  return spec;
}
