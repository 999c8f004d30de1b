/* Dense arrays: making, sharing, reading and writing single elements.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/array-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <glib/gi18n-lib.h>

/* One line of the processor's cache, and the widest vector. */
#define ALIGNMENT 64
#define HUGE_PAGE ((gsize) 2 << 20)

G_DEFINE_QUARK (weft_tensor_error, weft_tensor_error)

/* FALSE if the array would not fit in the address space. */
gboolean
weft_array_measure (
  WeftDType dtype, guint rank, const gint64 *shape, gint64 *n_elements, gsize *n_bytes)
{
  gint64   n = 1;
  gboolean empty = FALSE;

  for (guint i = 0; i < rank; i++)
    empty = empty || shape[i] == 0;
  for (guint i = 0; i < rank; i++)
    if (shape[i] < 0 || (!empty && __builtin_mul_overflow (n, shape[i], &n)))
      return FALSE;
  *n_elements = empty ? 0 : n;
  return !__builtin_mul_overflow ((gsize) *n_elements, weft_dtype_size (dtype), n_bytes) &&
         *n_bytes <= G_MAXSSIZE - 2 * ALIGNMENT;
}

static WeftArray *
new_header (WeftDType dtype, guint rank, const gint64 *shape)
{
  WeftArray *array = g_new0 (WeftArray, 1);

  array->dtype = dtype;
  array->rank = rank;
  if (rank > 0)
    memcpy (array->shape, shape, rank * sizeof *shape);
  g_atomic_ref_count_init (&array->ref_count);
  return array;
}

/* Large pages where the system gives them only to who asks: the first write to @n_bytes then costs
 * a fraction. */
static void
ask_for_huge_pages (void *data, gsize n_bytes)
{
#ifdef MADV_HUGEPAGE
  guintptr begin = ((guintptr) data + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
  guintptr end = ((guintptr) data + n_bytes) / HUGE_PAGE * HUGE_PAGE;

  if (n_bytes >= 4 * HUGE_PAGE)
    madvise ((void *) begin, end - begin, MADV_HUGEPAGE);
#endif
}

/**
 * weft_array_try_new:
 * @shape: @rank sizes
 *
 * A zeroed array of a size that came from outside. Any thread.
 *
 * Errors: #WEFT_TENSOR_ERROR_TOO_LARGE if the rank is over 8, a size is negative, or there is not
 * so much memory.
 *
 * Returns: (transfer full): the array
 */
WeftArray *
weft_array_try_new (WeftDType dtype, guint rank, const gint64 *shape, GError **error)
{
  WeftArray *array;
  gint64     n_elements;
  gsize      n_bytes;
  char      *block = NULL;

  if (rank > WEFT_MAX_RANK)
    {
      g_set_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_TOO_LARGE,
                   _ ("%u axes; an array has at most %d"), rank, WEFT_MAX_RANK);
      return NULL;
    }
  /* calloc: the kernel gives large blocks as zero pages that cost nothing until they are
   * written. */
  if (weft_array_measure (dtype, rank, shape, &n_elements, &n_bytes))
    block = calloc (1, n_bytes + 2 * ALIGNMENT);
  if (block == NULL)
    {
      WeftShape        dims = weft_shape_new (rank, shape);
      g_autofree char *text = weft_shape_to_string (&dims);

      g_set_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_TOO_LARGE,
                   _ ("There is not enough memory for an array %s of %s; make it smaller"), text,
                   weft_dtypes[dtype].name);
      return NULL;
    }
  array = new_header (dtype, rank, shape);
  array->n_elements = n_elements;
  array->n_bytes = n_bytes;
  array->data = (void *) (((guintptr) block + ALIGNMENT - 1) & ~(guintptr) (ALIGNMENT - 1));
  array->owner = block;
  array->owner_free = free;
  ask_for_huge_pages (array->data, n_bytes);
  return array;
}

/* Returns: (transfer full): a zeroed array; ends the program where there is no memory, as
 * g_malloc() does. */
WeftArray *
weft_array_new (WeftDType dtype, guint rank, const gint64 *shape)
{
  g_autoptr (GError) error = NULL;
  WeftArray *array = weft_array_try_new (dtype, rank, shape, &error);

  if (array == NULL)
    g_error ("%s", error->message);
  return array;
}

/* Returns: (transfer full): an array of rank 0 */
WeftArray *
weft_array_new_scalar (WeftDType dtype, double value)
{
  WeftArray *array = weft_array_new (dtype, 0, NULL);

  weft_array_set (array, 0, value);
  return array;
}

/**
 * weft_array_wrap:
 * @data: the elements in C order; lives until @owner_free
 * @owner: (nullable): what is given to @owner_free with the last reference
 * @owner_free: (nullable)
 *
 * Returns: (transfer full): an array over memory that someone else made
 */
WeftArray *
weft_array_wrap (WeftDType      dtype,
                 guint          rank,
                 const gint64  *shape,
                 void          *data,
                 gpointer       owner,
                 GDestroyNotify owner_free)
{
  WeftArray *array;
  gint64     n_elements;
  gsize      n_bytes;

  g_return_val_if_fail (rank <= WEFT_MAX_RANK, NULL);
  g_return_val_if_fail (weft_array_measure (dtype, rank, shape, &n_elements, &n_bytes), NULL);

  array = new_header (dtype, rank, shape);
  array->n_elements = n_elements;
  array->n_bytes = n_bytes;
  array->data = data;
  array->owner = owner;
  array->owner_free = owner_free;
  return array;
}

/* Any thread. */
WeftArray *
weft_array_ref (WeftArray *array)
{
  g_return_val_if_fail (array != NULL, NULL);

  g_atomic_ref_count_inc (&array->ref_count);
  return array;
}

/* @array: (nullable). Any thread. */
void
weft_array_unref (WeftArray *array)
{
  if (array == NULL || !g_atomic_ref_count_dec (&array->ref_count))
    return;
  if (array->owner_free != NULL)
    array->owner_free (array->owner);
  g_free (array);
}

/* Returns: (transfer full): an array of its own with the same elements */
WeftArray *
weft_array_copy (const WeftArray *array)
{
  WeftArray *copy = weft_array_new (array->dtype, array->rank, array->shape);

  memcpy (copy->data, array->data, array->n_bytes);
  return copy;
}

/**
 * weft_array_reshape:
 * @shape: [@rank] sizes with as many elements as @array has
 *
 * Returns: (transfer full): the same elements under another shape; they are shared, not copied
 */
WeftArray *
weft_array_reshape (WeftArray *array, guint rank, const gint64 *shape)
{
  gint64 n_elements;
  gsize  n_bytes;

  g_return_val_if_fail (rank <= WEFT_MAX_RANK, NULL);
  g_return_val_if_fail (weft_array_measure (array->dtype, rank, shape, &n_elements, &n_bytes),
                        NULL);
  g_return_val_if_fail (n_elements == array->n_elements, NULL);

  return weft_array_wrap (array->dtype, rank, shape, array->data, weft_array_ref (array),
                          (GDestroyNotify) weft_array_unref);
}

WeftShape
weft_array_get_shape (const WeftArray *array)
{
  return weft_shape_new (array->rank, array->shape);
}

/* Element @index in C order; an i64 beyond 2**53 is rounded. */
double
weft_array_get (const WeftArray *array, gint64 index)
{
  double value;

  g_return_val_if_fail (index >= 0 && index < array->n_elements, NAN);

  weft_elements_to_f64 (
    array->dtype, (const char *) array->data + index * weft_dtype_size (array->dtype), 1, &value);
  return value;
}

/* Stores @value as weft_array_cast() would. */
void
weft_array_set (WeftArray *array, gint64 index, double value)
{
  g_return_if_fail (index >= 0 && index < array->n_elements);

  weft_elements_from_f64 (array->dtype,
                          (char *) array->data + index * weft_dtype_size (array->dtype), 1, &value);
}

/* Every bit: two zeros of different sign differ, a NaN equals itself. */
gboolean
weft_array_same (const WeftArray *a, const WeftArray *b)
{
  return a->dtype == b->dtype && a->rank == b->rank &&
         (a->rank == 0 || memcmp (a->shape, b->shape, a->rank * sizeof a->shape[0]) == 0) &&
         memcmp (a->data, b->data, a->n_bytes) == 0;
}
