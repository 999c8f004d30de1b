/* How a table of text is written: what stands between fields, how numbers look, and what its bytes
 * mean.
 *
 * A specification says each part of it that differs from the usual; a file that is looked at for
 * the first time is guessed from its first records.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

#include "engine/base/json.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_ENCODING_UTF8,
  WEFT_ENCODING_WINDOWS_1252, /* Latin-1 and more */
  WEFT_ENCODING_UTF16,
  WEFT_N_ENCODINGS
} WeftEncoding;

typedef struct
{
  char         delimiter; /* a space: any number of spaces and tabs */
  char         decimal;   /* . or , */
  char         thousands; /* 0: none; a space: also those that do not break */
  WeftEncoding encoding;
  gboolean     header; /* the first record names the fields */
} WeftDialect;

#define WEFT_DIALECT_INIT                 \
  {                                       \
    ',', '.', 0, WEFT_ENCODING_UTF8, TRUE \
  }

/* The parts that are chosen from a few: all that names them. */
typedef enum
{
  WEFT_DIALECT_DELIMITER,
  WEFT_DIALECT_DECIMAL,
  WEFT_DIALECT_THOUSANDS,
  WEFT_DIALECT_ENCODING,
  WEFT_N_DIALECT_PARTS
} WeftDialectPart;

typedef struct
{
  int         value; /* in a WeftDialect */
  const char *word;  /* in a specification */
  const char *title; /* for people */
} WeftDialectChoice;

typedef struct
{
  const char              *member;  /* of a specification */
  const char              *title;   /* for people */
  const WeftDialectChoice *choices; /* up to one without a word */
} WeftDialectRow;

extern const WeftDialectRow weft_dialect_parts[WEFT_N_DIALECT_PARTS];

int  weft_dialect_get (const WeftDialect *dialect, WeftDialectPart part);
void weft_dialect_set (WeftDialect *dialect, WeftDialectPart part, int value);
/* Whether what is written by one is read the same by the other. */
gboolean weft_dialect_equal (const WeftDialect *a, const WeftDialect *b);

/* The members of a specification over what @dialect says. Errors: WEFT_DATASET_ERROR_SPEC. */
gboolean weft_dialect_read (WeftDialect *dialect, WeftJson *json, GError **error);
/* Those that are not usual. */
void weft_dialect_write (const WeftDialect *dialect, WeftJson *json);
/* All parts but the encoding, from the first records of a text in UTF-8. */
void weft_dialect_guess (WeftDialect *dialect, GBytes *text);
/* What was found, as a sentence's part: "fields between semicolons, decimal commas"; caller owns.
 */
char *weft_dialect_describe (const WeftDialect *dialect);

/* A finite number as this dialect writes it, and nothing else. */
gboolean weft_dialect_number (const WeftDialect *dialect, const char *field, double *value);

G_END_DECLS
