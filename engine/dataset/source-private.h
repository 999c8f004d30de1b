/* The kinds of sources: one row of the table in sources.c each; nothing else names them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/dataset-private.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_SOURCE_OWN_COLUMNS = 1 << 0,  /* brings its columns; "columns" is refused */
  WEFT_SOURCE_FIELD_LISTS = 1 << 1,  /* a column may be made of several fields, a number each */
  WEFT_SOURCE_FILE_A_FIELD = 1 << 2, /* "files" may name one file a field */
  WEFT_SOURCE_IN_ORDER = 1 << 3,     /* rows go on from each other: split in their order */
  WEFT_SOURCE_NO_FILE = 1 << 4,      /* the specification itself says it all */
  WEFT_SOURCE_FOLDER = 1 << 5,       /* the file is a folder */
} WeftSourceFlags;

struct _WeftSource
{
  const char     *name;    /* value of "format" */
  const char     *title;   /* for people */
  const char     *endings; /* of file names, with spaces between; NULL: none */
  WeftSourceFlags flags;

  /* Members of its own; NULL: none. Errors: WEFT_DATASET_ERROR_SPEC. */
  gboolean (*read_options) (WeftDatasetSpec *spec, WeftJson *json, GError **error);
  /* OWN_COLUMNS: what they are, known from the options alone. */
  void (*add_columns) (WeftDatasetSpec *spec);
  /* Whether the columns that were read are such as this source can fill; NULL: all are. */
  gboolean (*check_columns) (WeftDatasetSpec *spec, GError **error);
  /* All rows of one part. Errors: WEFT_DATASET_ERROR_FILE naming file and line or byte. */
  WeftTable *(*read) (WeftDatasetSpec       *spec,
                      const WeftSourceFiles *files,
                      GCancellable          *cancellable,
                      GError               **error);
  /* Whether a file that begins with these @n bytes is of this kind, whatever its name; NULL: the
   * name alone says it. */
  gboolean (*matches) (const guint8 *head, gsize n);
  /* A specification for the file at the absolute @path. NULL: cannot be guessed. */
  WeftJson *(*guess) (const char *path, GError **error);
};

extern const WeftSource weft_sources[];
extern const guint      weft_n_sources;

/* Returns: (transfer none) (nullable): the source of that name */
const WeftSource *weft_source_find (const char *name);
/* By the end of the file's name, without .gz; NULL: none says so. */
const WeftSource *weft_source_of_path (const char *path);
/* All names with commas between; caller owns. */
char *weft_source_list (void);

/* ---- For the sources ---- */

/* "data set: ..." as an error of the specification; FALSE. */
gboolean weft_spec_fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* "NAME: ..." as an error of the file; FALSE. */
gboolean weft_source_fail (const char *path, GError **error, const char *format, ...)
  G_GNUC_PRINTF (3, 4);
/* A whole number among the members, from @low to @high. */
gboolean weft_spec_in_range (WeftJson   *json,
                             const char *key,
                             gint64      low,
                             gint64      high,
                             gint64      otherwise,
                             gint64     *value,
                             GError    **error);
/* A column that the source brings; @n: its only size, 0: a single number. Takes @classes. */
void weft_spec_add_column (
  WeftDatasetSpec *spec, const char *name, WeftDType dtype, gint64 n, char **classes);
/* "0", "1", ... */
char **weft_number_classes (guint n);

/* Rows of a text that is coded as numbers, which it takes: x, and y one later. */
WeftTable *
weft_text_cut_windows (WeftDatasetSpec *spec, const char *path, WeftArray *codes, GError **error);
/* Files in archives (zip.c). */
gboolean weft_zip_split (const char *path, char **archive, char **member);
GBytes  *weft_zip_load (
   const char *archive, const char *member, gsize limit, GCancellable *cancellable, GError **error);
char    *weft_zip_find (const char *archive, GError **error);

/* Arrays by their names, [n, ...] each. @fields: what is wanted; NULL: all. */
typedef GHashTable *(*WeftArraysLoad) (const char         *path,
                                       const char *const *fields,
                                       GCancellable       *cancellable,
                                       GError            **error);
/* A table of arrays that files hold by name: checks shape, type, classes and that numbers are
 * finite. */
WeftTable *weft_arrays_read (WeftDatasetSpec       *spec,
                             const WeftSourceFiles *files,
                             WeftArraysLoad         load,
                             GCancellable          *cancellable,
                             GError               **error);
/* A specification over all arrays of @table that have as many rows as most have. */
WeftJson *
weft_arrays_guess (const char *path, const char *format, GHashTable *arrays, GError **error);
/* A column object of a guess with type and shape of @array's rows; classes where it is small whole
 * numbers. Its transforms go to @transforms. */
void weft_guess_add_array (WeftJson        *columns,
                           WeftJson        *transforms,
                           const char      *name,
                           const char      *from,
                           const WeftArray *array);

G_END_DECLS
