/* Data larger than memory: files and buffers that are mapped, and whose pages are given back as
 * they are walked over.
 *
 * What is mapped lies in the system's cache of files; the process holds the pages that it touched
 * lately and no more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/tensor/array.h"

G_BEGIN_DECLS

/* @path read only; NULL and errno where the system refuses. */
GBytes *weft_pages_map_file (const char *path);
/* Whether @at lies in mapped data. Any thread. */
gboolean weft_pages_contain (const void *at);
/* @bytes of mapped data were touched: gives all pages back whenever enough of them were. Any
 * thread. */
void weft_pages_touched (gsize bytes);
/* Asks for pages that are needed soon; returns at once. */
void weft_pages_ask (const void *at, gsize bytes);
/* Whether the file that @at is mapped from is as it was. Any thread. */
gboolean weft_pages_check (const void *at, GError **error);
/* Mapped data that were gone when they were read. Any thread. */
guint weft_pages_n_faults (void);
/* Bytes that are mapped now, for tests. */
gsize weft_pages_n_bytes (void);

/* Bytes that grow: in memory, and beyond weft_dataset_get_memory() in a file without a name. */
typedef struct
{
  char    *data;
  gsize    capacity;
  int      file;    /* -1: in memory */
  gboolean on_disk; /* from the beginning */
} WeftBuffer;
#define WEFT_BUFFER_INIT { .file = -1 }
/* At least @bytes, of which the first ones stay. Errors: WEFT_DATASET_ERROR_FILE: memory or disk is
 * full. */
gboolean weft_buffer_reserve (WeftBuffer *buffer, gsize bytes, GError **error);
void     weft_buffer_clear (WeftBuffer *buffer);
/* The buffer is empty afterwards. */
GBytes *weft_buffer_steal (WeftBuffer *buffer, gsize size);

/* An array of zeros, on disk if it is larger than the limit or @like lies there. */
WeftArray *weft_pages_new_array (
  WeftDType dtype, guint rank, const gint64 *shape, const WeftArray *like, GError **error);

/* @array in another type, on disk where it is. */
WeftArray *weft_pages_cast (const WeftArray *array, WeftDType dtype, GError **error);

G_END_DECLS
