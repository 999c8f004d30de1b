/* The table of sources. A new kind is a row here, and a file of functions.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/source-private.h"

#include "engine/base/number-text.h"
#include "engine/dataset/readers-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#define TEXT (WEFT_SOURCE_OWN_COLUMNS | WEFT_SOURCE_IN_ORDER)

/* clang-format off */
const WeftSource weft_sources[] = {
  { "csv", N_("Table (CSV)"), ".csv .data", WEFT_SOURCE_FIELD_LISTS,
    .read_options = weft_csv_options, .read = weft_csv_read, .guess = weft_guess_csv },
  { "tsv", N_("Table (TSV)"), ".tsv .tab", WEFT_SOURCE_FIELD_LISTS,
    .read_options = weft_tsv_options, .read = weft_csv_read, .guess = weft_guess_csv },
  { "jsonl", N_("Table (JSON lines)"), ".jsonl .ndjson", WEFT_SOURCE_FIELD_LISTS,
    .read_options = weft_csv_options, .read = weft_csv_read, .guess = weft_guess_csv },
  { "table", N_("Pasted table"), NULL, WEFT_SOURCE_FIELD_LISTS | WEFT_SOURCE_NO_FILE,
    .read_options = weft_table_options, .read = weft_table_source_read },
  { "idx", N_("Arrays (IDX)"), "idx ubyte", WEFT_SOURCE_FILE_A_FIELD,
    .read = weft_idx_read, .matches = weft_idx_matches, .guess = weft_idx_guess },
  { "npy", N_("Array (NumPy)"), ".npy", WEFT_SOURCE_FILE_A_FIELD,
    .read = weft_npy_source_read, .matches = weft_npy_matches, .guess = weft_npy_guess },
  { "npz", N_("Arrays (NumPy)"), ".npz", 0,
    .read = weft_npz_source_read, .guess = weft_npz_guess },
  { "hdf5", N_("Arrays (HDF5)"), ".h5 .hdf5 .hdf", 0,
    .read = weft_hdf5_read, .matches = weft_hdf5_matches, .guess = weft_hdf5_guess },
  { "cifar", N_("Pictures (CIFAR)"), ".bin", 0,
    .read = weft_cifar_read, .guess = weft_cifar_guess },
  { "images", N_("Pictures in folders"), NULL, WEFT_SOURCE_FOLDER,
    .check_columns = weft_images_check, .read = weft_images_read, .guess = weft_images_guess },
  { "text", N_("Text by characters"), ".txt .text .md", TEXT,
    .read_options = weft_text_options, .add_columns = weft_text_columns,
    .read = weft_text_read, .guess = weft_text_guess },
  { "words", N_("Text by words"), NULL, TEXT,
    .read_options = weft_words_options, .add_columns = weft_words_columns,
    .read = weft_words_read, .guess = weft_words_guess },
  { "generated", N_("Generated points"), NULL, WEFT_SOURCE_OWN_COLUMNS | WEFT_SOURCE_NO_FILE,
    .read_options = weft_generator_options, .add_columns = weft_generator_columns,
    .read = weft_generate },
};
/* clang-format on */

const guint weft_n_sources = G_N_ELEMENTS (weft_sources);

const WeftSource *
weft_source_find (const char *name)
{
  for (guint i = 0; i < weft_n_sources; i++)
    if (strcmp (weft_sources[i].name, name) == 0)
      return &weft_sources[i];
  return NULL;
}

static gboolean
has_ending (const char *name, const char *endings)
{
  g_auto (GStrv) list = g_strsplit (endings, " ", -1);

  for (guint i = 0; list[i] != NULL; i++)
    if (g_str_has_suffix (name, list[i]))
      return TRUE;
  return FALSE;
}

const WeftSource *
weft_source_of_path (const char *path)
{
  g_autofree char *name = g_ascii_strdown (path, -1);

  if (g_str_has_suffix (name, ".gz"))
    name[strlen (name) - 3] = '\0';
  for (guint i = 0; i < weft_n_sources; i++)
    if (weft_sources[i].endings != NULL && has_ending (name, weft_sources[i].endings))
      return &weft_sources[i];
  return NULL;
}

char *
weft_source_list (void)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < weft_n_sources; i++)
    if ((weft_sources[i].flags & WEFT_SOURCE_NO_FILE) == 0)
      g_string_append_printf (all, "%s%s", all->len > 0 ? ", " : "", weft_sources[i].name);
  return g_string_free (all, FALSE);
}

gboolean
weft_spec_fail (GError **error, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *what = NULL;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_SPEC, what);
  return FALSE;
}

gboolean
weft_source_fail (const char *path, GError **error, const char *format, ...)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *what = NULL, *valid = NULL;
  va_list          arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  valid = g_utf8_make_valid (what, -1); /* names in files may be anything */
  g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, "%s: %s", name, valid);
  return FALSE;
}

gboolean
weft_spec_in_range (WeftJson   *json,
                    const char *key,
                    gint64      low,
                    gint64      high,
                    gint64      otherwise,
                    gint64     *value,
                    GError    **error)
{
  *value = weft_json_get_int (json, key, otherwise);
  return (*value >= low && *value <= high) ||
         weft_spec_fail (error,
                         _ ("data set: “%s” is %s; it must be from %s to %s"),
                         key, WEFT_INT_TEXT (*value), WEFT_INT_TEXT (low), WEFT_INT_TEXT (high));
}

void
weft_spec_add_column (
  WeftDatasetSpec *spec, const char *name, WeftDType dtype, gint64 n, char **classes)
{
  WeftSourceColumn *column;

  spec->sources = g_renew (WeftSourceColumn, spec->sources, spec->n_sources + 1);
  column = &spec->sources[spec->n_sources++];
  *column = (WeftSourceColumn){ 0 };
  column->name = g_strdup (name);
  column->from = g_strsplit (name, "\n", 1);
  column->dtype = dtype;
  column->rank = n > 0;
  column->shape[0] = n;
  column->classes = classes;
}

char **
weft_number_classes (guint n)
{
  char **classes = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    classes[i] = g_strdup_printf ("%u", i);
  return classes;
}
