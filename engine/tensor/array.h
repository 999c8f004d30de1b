/* Dense arrays: a buffer with an element type and a shape of numbers, C order, 64-byte aligned.
 *
 * Reference counted; the count is atomic, the contents are not guarded: an array that has been
 * given to another thread is not written any more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/tensor/dtype.h"
#include "engine/tensor/shape.h"

G_BEGIN_DECLS

typedef struct _WeftArray WeftArray;
struct _WeftArray
{
  WeftDType dtype;
  guint     rank;
  gint64    shape[WEFT_MAX_RANK];
  gint64    n_elements;
  gsize     n_bytes;
  void     *data;
  /*< private >*/
  gatomicrefcount ref_count;
  gpointer        owner; /* keeps foreign data alive, with its destroy notify */
  GDestroyNotify  owner_free;
};

#define WEFT_TENSOR_ERROR (weft_tensor_error_quark ())
typedef enum
{
  WEFT_TENSOR_ERROR_TOO_LARGE, /* more than the address space or memory allows */
  WEFT_TENSOR_ERROR_FORMAT,    /* a file is not what it says */
} WeftTensorErrorCode;
GQuark weft_tensor_error_quark (void);

/* Zeroed. new aborts only on rank > 8 or overflow (our bug); try_new reports TOO_LARGE for
 * input-given shapes. */
WeftArray *weft_array_new (WeftDType dtype, guint rank, const gint64 *shape);
WeftArray *weft_array_try_new (WeftDType dtype, guint rank, const gint64 *shape, GError **error);
WeftArray *weft_array_new_scalar (WeftDType dtype, double value);
/* Borrows @data (64-byte alignment not required); owner_free (owner) runs with the last
 * reference. */
WeftArray *weft_array_wrap (WeftDType      dtype,
                            guint          rank,
                            const gint64  *shape,
                            void          *data,
                            gpointer       owner,
                            GDestroyNotify owner_free);
WeftArray *weft_array_ref (WeftArray *array);
void       weft_array_unref (WeftArray *array);
WeftArray *weft_array_copy (const WeftArray *array);
/* Copies; float to int truncates and saturates, NaN gives 0. */
WeftArray *weft_array_cast (const WeftArray *array, WeftDType dtype);
/* The same on bare memory: @n elements of @from at @in into @to at @out; they do not overlap. */
void weft_convert (WeftDType to, void *out, WeftDType from, const void *in, gsize n);
/* Shares the data. */
WeftArray *weft_array_reshape (WeftArray *array, guint rank, const gint64 *shape);
WeftShape  weft_array_get_shape (const WeftArray *array);
double     weft_array_get (const WeftArray *array, gint64 index); /* flat index, as double */
void       weft_array_set (WeftArray *array, gint64 index, double value);
gboolean   weft_array_same (const WeftArray *a, const WeftArray *b); /* type, shape and every bit */
/* NumPy-like text, long arrays elided after @limit elements an axis (0: never). */
char *weft_array_to_string (const WeftArray *array, guint limit);

/* npy (C and Fortran order, both byte orders read; C order, little end first written), npz and
 * safetensors. Errors: WEFT_TENSOR_ERROR, G_FILE_ERROR; nothing is allocated in proportion to a
 * number in the file that its size does not back. */
WeftArray *weft_npy_read (const char *path, GError **error);
/* The array of a file that is there already; shares its bytes where it can. */
WeftArray *weft_npy_view (const char *path, GBytes *bytes, GError **error);
gboolean   weft_npy_write (const char *path, const WeftArray *array, GError **error);
/* name -> WeftArray, owned by the table. */
GHashTable *weft_npz_read (const char *path, GError **error);
/* @metadata (out, optional): text -> text, owned by the caller. */
GHashTable *weft_safetensors_read (const char *path, GHashTable **metadata, GError **error);
/* @metadata: NULL or text -> text. */
gboolean
weft_safetensors_write (const char *path, GHashTable *arrays, GHashTable *metadata, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftArray, weft_array_unref)

G_END_DECLS
