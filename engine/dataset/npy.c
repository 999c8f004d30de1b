/* NPY and NPZ files of NumPy as sources. An NPY file that is larger than memory stays on disk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/readers-private.h"

#include <string.h>

/* The reader's message, which names the file; what it quotes may be anything. */
static void
take_message (const GError *local, GError **error)
{
  g_autofree char *valid = g_utf8_make_valid (local->message, -1);

  g_set_error_literal (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, valid);
}

static GHashTable *
load_npy (const char *path, const char *const *fields, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) bytes = weft_dataset_load (path, WEFT_DATASET_MAX_BYTES, cancellable, error);
  WeftArray  *array = bytes != NULL ? weft_npy_view (path, bytes, &local) : NULL;
  GHashTable *arrays;

  if (bytes == NULL)
    return NULL;
  if (array == NULL)
    {
      take_message (local, error);
      return NULL;
    }
  arrays =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) weft_array_unref);
  g_hash_table_insert (arrays, g_strdup (""), array);
  return arrays;
}

static GHashTable *
load_npz (const char *path, const char *const *fields, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local = NULL;
  GHashTable *arrays = weft_npz_read (path, &local);

  if (arrays == NULL)
    take_message (local, error);
  return arrays;
}

WeftTable *
weft_npy_source_read (WeftDatasetSpec       *spec,
                      const WeftSourceFiles *files,
                      GCancellable          *cancellable,
                      GError               **error)
{
  return weft_arrays_read (spec, files, load_npy, cancellable, error);
}

WeftTable *
weft_npz_source_read (WeftDatasetSpec       *spec,
                      const WeftSourceFiles *files,
                      GCancellable          *cancellable,
                      GError               **error)
{
  return weft_arrays_read (spec, files, load_npz, cancellable, error);
}

gboolean
weft_npy_matches (const guint8 *head, gsize n)
{
  return n >= 6 && memcmp (head, "\x93NUMPY", 6) == 0;
}

static WeftJson *
guess (const char *path, const char *format, WeftArraysLoad load, GError **error)
{
  g_autoptr (GHashTable) arrays = load (path, NULL, NULL, error);

  return arrays == NULL ? NULL : weft_arrays_guess (path, format, arrays, error);
}

WeftJson *
weft_npy_guess (const char *path, GError **error)
{
  return guess (path, "npy", load_npy, error);
}

WeftJson *
weft_npz_guess (const char *path, GError **error)
{
  return guess (path, "npz", load_npz, error);
}
