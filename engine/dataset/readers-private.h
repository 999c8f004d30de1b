/* The functions that the rows of the table of sources name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/source-private.h"

G_BEGIN_DECLS

#define WEFT_SOURCE_READ(name)                                                                     \
  WeftTable *name (WeftDatasetSpec *spec, const WeftSourceFiles *files, GCancellable *cancellable, \
                   GError **error)
#define WEFT_SOURCE_OPTIONS(name)                                                                  \
  gboolean name (WeftDatasetSpec *spec, WeftJson *json, GError **error)
#define WEFT_SOURCE_MATCHES(name) gboolean name (const guint8 *head, gsize n)
#define WEFT_SOURCE_GUESS(name) WeftJson *name (const char *path, GError **error)

WEFT_SOURCE_OPTIONS (weft_csv_options);
WEFT_SOURCE_OPTIONS (weft_tsv_options);
WEFT_SOURCE_READ (weft_csv_read);
WEFT_SOURCE_OPTIONS (weft_table_options);
WEFT_SOURCE_READ (weft_table_source_read);
WEFT_SOURCE_OPTIONS (weft_words_options);
WEFT_SOURCE_READ (weft_words_read);
WEFT_SOURCE_GUESS (weft_words_guess);
void weft_words_columns (WeftDatasetSpec *spec);
WEFT_SOURCE_GUESS (weft_guess_csv);

WEFT_SOURCE_READ (weft_idx_read);
WEFT_SOURCE_MATCHES (weft_idx_matches);
WEFT_SOURCE_GUESS (weft_idx_guess);

WEFT_SOURCE_READ (weft_npy_source_read);
WEFT_SOURCE_MATCHES (weft_npy_matches);
WEFT_SOURCE_GUESS (weft_npy_guess);
WEFT_SOURCE_READ (weft_npz_source_read);
WEFT_SOURCE_GUESS (weft_npz_guess);

WEFT_SOURCE_READ (weft_hdf5_read);
WEFT_SOURCE_MATCHES (weft_hdf5_matches);
WEFT_SOURCE_GUESS (weft_hdf5_guess);

WEFT_SOURCE_READ (weft_cifar_read);
WEFT_SOURCE_GUESS (weft_cifar_guess);

gboolean weft_images_check (WeftDatasetSpec *spec, GError **error);
WEFT_SOURCE_READ (weft_images_read);
WEFT_SOURCE_GUESS (weft_images_guess);

WEFT_SOURCE_OPTIONS (weft_text_options);
WEFT_SOURCE_READ (weft_text_read);
WEFT_SOURCE_GUESS (weft_text_guess);
void weft_text_columns (WeftDatasetSpec *spec);

WEFT_SOURCE_OPTIONS (weft_generator_options);
WEFT_SOURCE_READ (weft_generate);
void weft_generator_columns (WeftDatasetSpec *spec);

G_END_DECLS
