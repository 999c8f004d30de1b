/* Records of CSV text, for reading and for guessing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/dataset-private.h"
#include "engine/dataset/dialect.h"

G_BEGIN_DECLS

/* A text that begins with this has a header that is no line of its file. */
#define WEFT_CSV_LINE_ZERO "\x1e"

typedef struct
{
  /* Borrowed */
  const char *at, *end;

  /* Owned */
  GString *text;    /* the record's fields, each with a zero behind it */
  GArray  *offsets; /* of gsize: where each field begins in text */

  /* Plain values */
  char  delimiter;
  guint line;        /* of what is read next, from 1 */
  guint record_line; /* where the record began */
} WeftCsv;

/* @bytes is borrowed and must be UTF-8. */
void weft_csv_init (WeftCsv *csv, GBytes *bytes, char delimiter);
void weft_csv_clear (WeftCsv *csv);
/* Reads the next record that is not an empty line. FALSE at the end, or with @error set where
 * quotes are wrong. */
gboolean    weft_csv_next (WeftCsv *csv, GError **error);
const char *weft_csv_field (const WeftCsv *csv, guint index);
/* Nothing, or a word for it such as "?" and "NA". */
gboolean weft_csv_is_missing (const char *field);
/* A day as programs write it, such as 2021-03-01, 1.3.2021 or 03/01/21, also with a time. */
gboolean weft_csv_is_date (const char *field);
/* A finite decimal number and nothing else. */
gboolean weft_csv_number (const char *field, double *value);
/* JSON lines come as CSV text (jsonl.c). */
gboolean weft_jsonl_is (const char *path);
GBytes  *weft_jsonl_to_csv (GBytes *bytes, const char *path, GError **error);
/* The fields' names, each once; caller owns. */
char **weft_csv_names (const WeftCsv *csv, gboolean header);
/* Of a first line such as "sep=;"; 0: there is none. */
char weft_csv_stated_delimiter (GBytes *bytes);
/* A file's text in UTF-8, not empty, without zero bytes. @encoding: WEFT_N_ENCODINGS: it is found
 * out. */
GBytes         *
weft_csv_load (const char *path, WeftEncoding *encoding, GCancellable *cancellable, GError **error);
GBytes *weft_csv_decode (const char   *path,
                         GBytes       *bytes,
                         WeftEncoding *encoding,
                         GCancellable *cancellable,
                         GError      **error);

G_END_DECLS
