/* Specifications of data sets: where the rows come from and how they are split.
 *
 *   {"data": "mnist"}                                one that ships; other members replace its own
 *   {"file": "my.csv"}                               one file, split by "split"
 *   {"files": {"train": "a.csv", "test": "b.csv"}}   a file a split; for IDX a file a field, as in
 *                                                    {"train": {"images": "a", "labels": "b"}}
 *   {"generate": "moons", "rows": 1000, "noise": 0.1, "classes": 2, "seed": 1}
 *                                                    moons, spirals, circles, blobs or xor
 *   {"table": "a\tb\n1\t2\n"}                       pasted: the text itself
 *   "format": "csv", "idx", ...                      where the name does not say it (sources.c)
 *   "header": true, "delimiter": ",", "decimal": ".", "thousands": "", "encoding": "utf-8"
 *                                                    how a table is written (dialect.c)
 *   "window": 64, "step": 64, "characters": "ab..."  text: columns x and y; without the last, bytes
 *   "columns": [...], "transforms": [...]            see spec-columns.c
 *   "split": {"train": 0.8, "validation": 0.1, "test": 0.1, "seed": 1, "shuffle": true}
 *            or with folds, of which one validates: {"folds": 5, "fold": 0, "test": 0.1};
 *            "stratify": "label" gives each split its share of each class
 *   "batches": {...}                                 see order.c
 *   "missing": "error" | "skip" | "mean" | "median" | a number
 *   "bad_rows": "error" | "skip"                     rows of a table that cannot be read
 *   "title", "summary", "rows"                       for people
 *
 * Shares of a split with a sum above 1 are weights: 55000 and 5000 of 60000 rows are just these
 * numbers. They divide the rows that are in no file of another split. Text is split in its order,
 * all else shuffled.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/source-private.h"
#include "engine/dataset/transform-private.h"

#include "engine/base/file.h"
#include "engine/base/nearest.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

G_DEFINE_QUARK (weft_dataset_error, weft_dataset_error)

/* A specification is small; a larger file is something else. */
#define MAX_SPEC_BYTES (1 << 20)

static const char *const split_names[WEFT_N_SPLITS] = { "train", "validation", "test" };

static const char *const members[] = {
  "data", "file", "files", "generate", "table", "words", "format",
  "header", "delimiter", "decimal", "thousands", "encoding", "bad_rows", "window",
  "step", "characters", "columns", "transforms", "split", "batches", "missing",
  "title", "summary", "rows", "noise", "classes", "seed", NULL
};

#define fail weft_spec_fail

/* ---- Life ---- */

WeftDatasetSpec *
weft_dataset_spec_ref (WeftDatasetSpec *spec)
{
  g_atomic_ref_count_inc (&spec->ref_count);
  return spec;
}

void
weft_dataset_spec_unref (WeftDatasetSpec *spec)
{
  if (spec == NULL || !g_atomic_ref_count_dec (&spec->ref_count))
    return;
  for (guint i = 0; i < WEFT_N_SPLITS; i++)
    {
      g_strfreev (spec->files[i].fields);
      g_strfreev (spec->files[i].paths);
    }
  for (guint c = 0; c < spec->n_sources; c++)
    {
      g_free (spec->sources[c].name);
      g_strfreev (spec->sources[c].from);
      g_strfreev (spec->sources[c].classes);
    }
  for (guint c = 0; c < spec->n_columns; c++)
    {
      g_free (spec->columns[c].name);
      g_strfreev (spec->columns[c].classes);
    }
  g_free (spec->sources);
  g_free (spec->columns);
  g_array_unref (spec->transforms);
  g_free (spec->title);
  g_free (spec->generator);
  g_free (spec->table);
  g_free (spec->key);
  g_free (spec->cached);
  g_strfreev (spec->words);
  g_free (spec->stratify);
  g_free (spec->characters);
  g_free (spec);
}

/* Returns: (transfer none): the columns that a batch has, in their order */
const WeftColumn *
weft_dataset_spec_columns (WeftDatasetSpec *spec, guint *n)
{
  *n = spec->n_columns;
  return spec->columns;
}

const char *
weft_dataset_spec_title (WeftDatasetSpec *spec)
{
  return spec->title;
}

/* Returns: (transfer none) (nullable): [:null] */
char **
weft_dataset_spec_fields (WeftDatasetSpec *spec, guint column)
{
  g_return_val_if_fail (column < spec->n_columns, NULL);

  return column < spec->n_sources ? spec->sources[column].from : NULL;
}

gint64
weft_dataset_spec_rows (WeftDatasetSpec *spec)
{
  return spec->n_rows;
}

/* ---- Members ---- */

gboolean
weft_dataset_check_members (WeftJson          *object,
                            const char        *where,
                            const char *const *known,
                            GError           **error)
{
  WeftJsonIter iter = { object };
  const char  *key;

  while (weft_json_next (&iter, &key, NULL))
    if (!g_strv_contains (known, key))
      {
        WeftNearest      nearest;
        g_autofree char *hint = NULL;

        weft_nearest_begin (&nearest, key);
        for (guint i = 0; known[i] != NULL; i++)
          weft_nearest_offer (&nearest, known[i]);
        hint = weft_nearest_hint (&nearest);
        return fail (error, _ ("data set: unknown member “%s%s”%s"), where, key, hint);
      }
  return TRUE;
}

/* A member of the wrong kind is an error; a missing or null one is not. */
static gboolean
check_kind (WeftJson *json, const char *key, WeftJsonKind kind, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (weft_json_get (json, key) == NULL || weft_json_expect (json, key, kind, &local) != NULL)
    return TRUE;
  return fail (error, _ ("data set: %s"), local->message);
}

static gboolean
check_kinds (WeftJson *json, GError **error)
{
  /* clang-format off */
  static const struct
  {
    const char  *key;
    WeftJsonKind kind;
  } kinds[] = {
    { "data", WEFT_JSON_STRING },                   { "file", WEFT_JSON_STRING },
    { "files", WEFT_JSON_OBJECT },                  { "generate", WEFT_JSON_STRING },
    { "format", WEFT_JSON_STRING },                 { "header", WEFT_JSON_BOOL },
    { "delimiter", WEFT_JSON_STRING },              { "decimal", WEFT_JSON_STRING },
    { "thousands", WEFT_JSON_STRING },              { "encoding", WEFT_JSON_STRING },
    { "bad_rows", WEFT_JSON_STRING },
    { "window", WEFT_JSON_INT },
    { "step", WEFT_JSON_INT },                      { "characters", WEFT_JSON_STRING },
    { "columns", WEFT_JSON_ARRAY },                 { "transforms", WEFT_JSON_ARRAY },
    { "split", WEFT_JSON_OBJECT },                  { "batches", WEFT_JSON_OBJECT },
                     { "table", WEFT_JSON_STRING },                  { "words", WEFT_JSON_ARRAY },
    { "title", WEFT_JSON_STRING },
    { "summary", WEFT_JSON_STRING },
    { "rows", WEFT_JSON_INT },                      { "noise", WEFT_JSON_NUMBER },
    { "classes", WEFT_JSON_INT },                   { "seed", WEFT_JSON_INT },
  };
  /* clang-format on */

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (!check_kind (json, kinds[i].key, kinds[i].kind, error))
      return FALSE;
  return TRUE;
}

/* @value's place in @words; FALSE, naming all of them, if it is none. NULL is the first. */
static gboolean
choose (const char *key, const char *value, const char *const *words, guint *index, GError **error)
{
  g_autofree char *all = NULL;

  for (*index = 0; words[*index] != NULL; (*index)++)
    if (value == NULL || strcmp (value, words[*index]) == 0)
      return TRUE;
  all = g_strjoinv (", ", (char **) words);
  return fail (error, _ ("data set: “%s” is “%s”; it must be one of %s"), key, value, all);
}

/* ---- Sources ---- */

static char *
make_path (const char *name, const char *folder, GError **error)
{
  if (*name == '\0')
    {
      fail (error, _ ("data set: a file name is empty"));
      return NULL;
    }
  if (g_path_is_absolute (name))
    return g_strdup (name);
  if (folder == NULL)
    {
      fail (error,
            _ ("data set: the file name “%s” is relative, but the document has no folder yet; save "
               "the document first"),
            name);
      return NULL;
    }
  return g_build_filename (folder, name, NULL);
}

static gboolean
add_file (
  WeftSourceFiles *files, const char *field, const char *name, const char *folder, GError **error)
{
  char *path = make_path (name, folder, error);

  if (path == NULL)
    return FALSE;
  files->n++;
  files->paths = g_renew (char *, files->paths, files->n + 1);
  files->paths[files->n - 1] = path;
  files->paths[files->n] = NULL;
  if (field != NULL)
    {
      files->fields = g_renew (char *, files->fields, files->n + 1);
      files->fields[files->n - 1] = g_strdup (field);
      files->fields[files->n] = NULL;
    }
  return TRUE;
}

/* A file name, or an object of them by field. */
static gboolean
read_files_of_split (
  WeftSourceFiles *files, const char *split, WeftJson *json, const char *folder, GError **error)
{
  WeftJsonIter iter = { json };
  const char  *field;
  WeftJson    *value;

  if (weft_json_kind (json) == WEFT_JSON_STRING)
    return add_file (files, NULL, weft_json_string (json, ""), folder, error);
  if (weft_json_n_members (json) == 0)
    return fail (error,
                 _ ("data set: “files.%s” must be a file name, or an object of one file name a "
                    "field"),
                 split);
  while (weft_json_next (&iter, &field, &value))
    {
      if (weft_json_kind (value) != WEFT_JSON_STRING)
        return fail (error, _ ("data set: “files.%s.%s” must be a file name"), split, field);
      if (!add_file (files, field, weft_json_string (value, ""), folder, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_files (WeftDatasetSpec *spec, WeftJson *json, const char *folder, GError **error)
{
  static const char *const known[] = { "train", "validation", "test", NULL };
  const char              *file = weft_json_get_string (json, "file", NULL);
  WeftJson                *files = weft_json_get (json, "files");

  if (file != NULL)
    return add_file (&spec->files[WEFT_SPLIT_TRAIN], NULL, file, folder, error);
  if (!weft_dataset_check_members (files, "files.", known, error))
    return FALSE;
  if (!weft_json_has (files, "train"))
    return fail (error, _ ("data set: “files.train” is missing; it names the file to train with"));
  for (guint i = 0; i < WEFT_N_SPLITS; i++)
    if (weft_json_has (files, split_names[i]) &&
        !read_files_of_split (&spec->files[i], split_names[i],
                              weft_json_get (files, split_names[i]), folder, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_format (WeftDatasetSpec *spec, WeftJson *json, GError **error)
{
  const char       *name = spec->files[WEFT_SPLIT_TRAIN].paths[0];
  const char       *format = weft_json_get_string (json, "format", NULL);
  const WeftSource *source =
    format != NULL ? weft_source_find (format) : weft_source_of_path (name);

  if (source == NULL && format == NULL)
    source = weft_source_find ("csv");
  if (source == NULL || (source->flags & WEFT_SOURCE_NO_FILE) != 0)
    {
      g_autofree char *all = weft_source_list ();

      return fail (error, _ ("data set: “format” is “%s”; it must be one of %s"), format, all);
    }
  spec->source = source;
  for (guint i = 0; i < WEFT_N_SPLITS; i++)
    if (spec->files[i].fields != NULL && (source->flags & WEFT_SOURCE_FILE_A_FIELD) == 0)
      return fail (
        error, _ ("data set: “files.%s” names several files; only IDX and NPY have one a field"),
        split_names[i]);
  return TRUE;
}

static gboolean
read_source (WeftDatasetSpec *spec, WeftJson *json, const char *folder, GError **error)
{
  guint n = (weft_json_get (json, "file") != NULL) + (weft_json_get (json, "files") != NULL) +
            (weft_json_get (json, "generate") != NULL) + (weft_json_get (json, "table") != NULL);

  if (n == 0)
    return fail (error, _ ("data set: nothing says where the rows come from; add “data”, “file”, "
                           "“files” or “generate”"));
  if (n > 1)
    return fail (error, _ ("data set: only one of “file”, “files” and “generate” is possible"));
  if (weft_json_get (json, "table") != NULL)
    {
      spec->source = weft_source_find ("table");
      return spec->source->read_options (spec, json, error);
    }
  if (weft_json_get (json, "generate") != NULL)
    {
      spec->source = weft_source_find ("generated");
      return spec->source->read_options (spec, json, error);
    }
  if (!read_files (spec, json, folder, error) || !read_format (spec, json, error) ||
      !weft_spec_in_range (json, "rows", -1, G_MAXINT64, -1, &spec->n_rows, error))
    return FALSE;
  return spec->source->read_options == NULL || spec->source->read_options (spec, json, error);
}

/* ---- Splits ---- */

static gboolean
read_folds (WeftDatasetSpec *spec, WeftJson *split, GError **error)
{
  gint64 folds, fold;

  if (!check_kind (split, "folds", WEFT_JSON_INT, error) ||
      !check_kind (split, "fold", WEFT_JSON_INT, error) ||
      !check_kind (split, "stratify", WEFT_JSON_STRING, error) ||
      !weft_spec_in_range (split, "folds", 2, 1000, 2, &folds, error) ||
      !weft_spec_in_range (split, "fold", 0, folds - 1, 0, &fold, error))
    return FALSE;
  spec->n_folds = weft_json_get (split, "folds") != NULL ? (guint) folds : 0;
  spec->fold = (guint) fold;
  spec->stratify = g_strdup (weft_json_get_string (split, "stratify", NULL));
  if (spec->n_folds == 0)
    return weft_json_get (split, "fold") == NULL ||
           fail (error, _ ("data set: “split.fold” needs “split.folds”"));
  if (weft_json_get (split, "train") != NULL || weft_json_get (split, "validation") != NULL)
    return fail (error, _ ("data set: “split.folds” divides the rows into train and validation; "
                           "leave both out"));
  return TRUE;
}

/* Known only when the columns are. */
static gboolean
check_stratify (WeftDatasetSpec *spec, GError **error)
{
  for (guint c = 0; spec->stratify != NULL && c < spec->n_sources; c++)
    if (strcmp (spec->columns[c].name, spec->stratify) == 0 && spec->sources[c].classes != NULL &&
        spec->sources[c].rank == 0)
      return TRUE;
  return spec->stratify == NULL ||
         fail (error, _ ("data set: “split.stratify” is “%s”, which is no column with classes"),
               spec->stratify);
}

static gboolean
read_split (WeftDatasetSpec *spec, WeftJson *json, GError **error)
{
  static const char *const known[] = { "train", "validation", "test", "seed", "shuffle",
                                       "folds", "fold", "stratify", NULL };
  static const double      usual[WEFT_N_SPLITS] = { 0.8, 0.1, 0.1 };
  WeftJson                *split = weft_json_get (json, "split");
  gint64                   seed;

  if (!weft_dataset_check_members (split, "split.", known, error) ||
      !check_kind (split, "shuffle", WEFT_JSON_BOOL, error) ||
      !check_kind (split, "seed", WEFT_JSON_INT, error) ||
      !weft_spec_in_range (split, "seed", G_MININT64, G_MAXINT64, 0, &seed, error))
    return FALSE;
  if (!read_folds (spec, split, error))
    return FALSE;
  spec->split_seed = (guint64) seed;
  spec->split_stated = weft_json_get (split, "shuffle") != NULL;
  spec->split_shuffled = weft_json_get_bool (split, "shuffle",
                                             (spec->source->flags & WEFT_SOURCE_IN_ORDER) == 0);
  for (guint i = 0; i < WEFT_N_SPLITS; i++)
    {
      double weight = weft_json_get_number (split, split_names[i], split == NULL ? usual[i] : 0);

      if (!check_kind (split, split_names[i], WEFT_JSON_NUMBER, error))
        return FALSE;
      if (!(weight >= 0 && weight <= 0x1p31))
        return fail (error, _ ("data set: “split.%s” must be a share, 0 to 1, or a number of rows"),
                     split_names[i]);
      if (i != WEFT_SPLIT_TRAIN && spec->files[i].n > 0)
        weight = 0;
      spec->weights[i] = weight;
    }
  if (spec->n_folds > 0 && !(spec->weights[WEFT_SPLIT_TEST] < 1))
    return fail (error, _ ("data set: with folds “split.test” must be a share below 1"));
  if (spec->n_folds == 0 && spec->weights[WEFT_SPLIT_TRAIN] <= 0)
    return fail (error,
                 _ ("data set: “split.train” must be above 0; without it nothing is trained with"));
  return TRUE;
}

/* ---- Shipped sets ---- */

static gboolean
is_plain_name (const char *name)
{
  return *name != '\0' && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen (name);
}

static char *
shipped_folder (const char *name)
{
  return g_build_filename (weft_data_dir (), "datasets", name, NULL);
}

static WeftJson *
read_shipped (const char *name, GError **error)
{
  g_autofree char *folder = shipped_folder (name);
  g_autofree char *path = g_build_filename (folder, "dataset.json", NULL);
  g_autoptr (GBytes) bytes = weft_file_read (path, MAX_SPEC_BYTES, error);
  WeftJson *json = NULL;

  if (bytes != NULL)
    json =
      weft_json_parse (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), error);
  if (bytes != NULL && json == NULL)
    g_prefix_error (error, "%s:", path);
  return json;
}

static gboolean
fail_unknown_name (const char *name, GError **error)
{
  g_auto (GStrv) names = weft_dataset_names ();
  g_autofree char *all = g_strjoinv (", ", names);

  return fail (error, _ ("data set: there is no “%s”; there are %s"), name, all);
}

/* @json over the shipped set it names. A source of its own takes the place of the shipped one. */
static WeftJson *
merge_shipped (WeftJson *json, const char *name, GError **error)
{
  g_autoptr (WeftJson) merged = NULL;
  g_auto (GStrv) names = weft_dataset_names ();
  WeftJsonIter iter = { json };
  const char  *key;
  WeftJson    *value;

  if (!is_plain_name (name) || !g_strv_contains ((const char *const *) names, name))
    {
      fail_unknown_name (name, error);
      return NULL;
    }
  if (weft_json_get (json, "file") != NULL || weft_json_get (json, "files") != NULL ||
      weft_json_get (json, "generate") != NULL || weft_json_get (json, "table") != NULL)
    {
      fail (error, _ ("data set: only one of “data”, “file”, “files” and “generate” is possible"));
      return NULL;
    }
  merged = read_shipped (name, error);
  if (merged == NULL)
    return NULL;
  while (weft_json_next (&iter, &key, &value))
    if (strcmp (key, "data") != 0 && value != NULL)
      weft_json_set (merged, key, weft_json_ref (value));
  return g_steal_pointer (&merged);
}

/**
 * weft_dataset_resolve:
 *
 * Any thread.
 *
 * Errors: #WEFT_DATASET_ERROR_SPEC if no such set ships.
 *
 * Returns: (transfer full): the whole specification
 */
WeftJson *
weft_dataset_resolve (WeftJson *json, GError **error)
{
  const char *name = weft_json_get_string (json, "data", NULL);

  return name != NULL ? merge_shipped (json, name, error) : weft_json_ref (json);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Returns: (transfer full): the names of the sets that ship, sorted; empty where the data folder
 * is missing */
char **
weft_dataset_names (void)
{
  g_autofree char *folder = g_build_filename (weft_data_dir (), "datasets", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray  *names = g_ptr_array_new ();
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, "dataset.json", NULL);

      if (is_plain_name (name) && g_file_test (path, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

/* Returns: (transfer full) (nullable): the sentence about a shipped set; %NULL if there is no
 * such set */
char *
weft_dataset_summary (const char *name)
{
  g_autoptr (WeftJson) json = is_plain_name (name) ? read_shipped (name, NULL) : NULL;

  return g_strdup (weft_json_get_string (json, "summary", NULL));
}

/* ---- All together ---- */

static char *
make_title (WeftDatasetSpec *spec, WeftJson *json, const char *name)
{
  const char *title = weft_json_get_string (json, "title", name);

  if (title != NULL)
    return g_strdup (title);
  if (spec->generator != NULL)
    return g_strdup (spec->generator);
  if (spec->table != NULL)
    return g_strdup (_ ("Table"));
  return g_path_get_basename (spec->files[WEFT_SPLIT_TRAIN].paths[0]);
}

static void
clear_transform (gpointer data)
{
  weft_formula_free (((WeftTransform *) data)->formula);
}

/* A word, or the number that goes where one is missing. */
static gboolean
read_missing (WeftDatasetSpec *spec, WeftJson *json, GError **error)
{
  static const char *const words[] = { "error", "skip", "mean", "median", NULL };
  WeftJson                *missing = weft_json_get (json, "missing");
  guint                    index;

  if (weft_json_kind (missing) == WEFT_JSON_INT || weft_json_kind (missing) == WEFT_JSON_NUMBER)
    {
      spec->missing = WEFT_MISSING_CONSTANT;
      spec->missing_value = weft_json_number (missing, 0);
      return TRUE;
    }
  if (missing != NULL && weft_json_kind (missing) != WEFT_JSON_STRING &&
      weft_json_kind (missing) != WEFT_JSON_NULL)
    return fail (error, _ ("data set: “missing” must be error, skip, mean, median or a number"));
  if (!choose ("missing", weft_json_string (missing, NULL), words, &index, error))
    return FALSE;
  spec->missing = (WeftMissing) index;
  return TRUE;
}

static gboolean
read_bad_rows (WeftDatasetSpec *spec, WeftJson *json, GError **error)
{
  static const char *const words[] = { "error", "skip", NULL };
  guint                    index;

  if (!choose ("bad_rows", weft_json_get_string (json, "bad_rows", NULL), words, &index, error))
    return FALSE;
  spec->skip_bad = index == 1;
  return TRUE;
}

static gboolean
read_spec (
  WeftDatasetSpec *spec, WeftJson *json, const char *name, const char *folder, GError **error)
{
  if (!check_kinds (json, error) || !read_source (spec, json, folder, error) ||
      !read_missing (spec, json, error) || !read_bad_rows (spec, json, error))
    return FALSE;
  spec->title = make_title (spec, json, name);
  return read_split (spec, json, error) &&
         weft_dataset_spec_read_columns (spec, weft_json_get (json, "columns"), error) &&
         weft_dataset_spec_read_transforms (spec, weft_json_get (json, "transforms"), error) &&
         weft_dataset_spec_read_batches (spec, weft_json_get (json, "batches"), error) &&
         check_stratify (spec, error);
}

/* The specification without what only people read, and what is done with the rows that there are.
 */
static char *
make_key (WeftJson *json)
{
  static const char *const ignored[] = { "title", "summary", "rows", "split", "batches" };
  g_autoptr (WeftJson) rest = weft_json_copy (json);

  for (guint i = 0; i < G_N_ELEMENTS (ignored); i++)
    weft_json_remove (rest, ignored[i]);
  return weft_json_to_string (rest);
}

/**
 * weft_dataset_spec_new:
 * @json: an object with the members above; not kept
 * @folder: (nullable): what relative file names are relative to; %NULL: there must be none
 *
 * Reads a specification. Opens no file but the dataset.json of a shipped set. Any thread.
 *
 * Errors: #WEFT_DATASET_ERROR_SPEC naming the member; #G_FILE_ERROR and #WEFT_JSON_ERROR where a
 * shipped dataset.json cannot be read.
 *
 * Returns: (transfer full): the specification
 */
WeftDatasetSpec *
weft_dataset_spec_new (WeftJson *json, const char *folder, GError **error)
{
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (WeftJson) merged = NULL;
  g_autofree char *own_folder = NULL;
  const char      *name;

  if (weft_json_kind (json) != WEFT_JSON_OBJECT)
    {
      fail (error, _ ("data set: a specification must be an object, not %s"),
            weft_json_kind_name (weft_json_kind (json)));
      return NULL;
    }
  if (!weft_dataset_check_members (json, "", members, error) || !check_kinds (json, error))
    return NULL;
  name = weft_json_get_string (json, "data", NULL);
  merged = weft_dataset_resolve (json, error);
  if (merged == NULL)
    return NULL;
  if (name != NULL)
    folder = own_folder = shipped_folder (name);

  spec = g_new0 (WeftDatasetSpec, 1);
  g_atomic_ref_count_init (&spec->ref_count);
  spec->transforms = g_array_new (FALSE, FALSE, sizeof (WeftTransform));
  g_array_set_clear_func (spec->transforms, clear_transform);
  spec->n_rows = -1;
  spec->key = make_key (merged);
  return read_spec (spec, merged, name, folder, error) ? g_steal_pointer (&spec) : NULL;
}
