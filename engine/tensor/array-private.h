/* What the files about arrays share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/tensor/array.h"

G_BEGIN_DECLS

gboolean weft_array_measure (
  WeftDType dtype, guint rank, const gint64 *shape, gint64 *n_elements, gsize *n_bytes);

/* @n elements at @data, converted as weft_array_cast() does. */
void weft_elements_to_f64 (WeftDType dtype, const void *data, gsize n, double *out);
void weft_elements_to_i64 (WeftDType dtype, const void *data, gsize n, gint64 *out);
void weft_elements_from_f64 (WeftDType dtype, void *data, gsize n, const double *in);
void weft_elements_from_i64 (WeftDType dtype, void *data, gsize n, const gint64 *in);

/* Sets WEFT_TENSOR_ERROR_FORMAT, "PATH: byte OFFSET: what". Returns FALSE. */
gboolean
weft_array_file_error (const char *path, gsize offset, GError **error, const char *format, ...)
  G_GNUC_PRINTF (4, 5);
/* The largest file that is read or written. */
#define WEFT_ARRAY_MAX_FILE_BYTES ((gsize) 64 << 30)
/* An npy file in memory; @path is for messages. */
WeftArray *weft_npy_parse (const char *path, const guint8 *data, gsize size, GError **error);

G_END_DECLS
