/* What the files about arrays share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/tensor/array.h"

G_BEGIN_DECLS

gboolean weft_array_measure (WeftDType dtype, guint rank, const gint64 *shape, gint64 *n_elements, gsize *n_bytes);

/* @n elements at @data, converted as weft_array_cast() does. */
void weft_elements_to_f64 (WeftDType dtype, const void *data, gsize n, double *out);
void weft_elements_to_i64 (WeftDType dtype, const void *data, gsize n, gint64 *out);
void weft_elements_from_f64 (WeftDType dtype, void *data, gsize n, const double *in);
void weft_elements_from_i64 (WeftDType dtype, void *data, gsize n, const gint64 *in);

G_END_DECLS
