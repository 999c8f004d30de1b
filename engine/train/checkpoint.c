/* Checkpoints. Numbers in the metadata are text that reads back to the last bit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/checkpoint.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

static void
put (GHashTable *metadata, const char *key, char *value)
{
  g_hash_table_insert (metadata, g_strdup (key), value);
}

static void
put_int (GHashTable *metadata, const char *key, gint64 value)
{
  put (metadata, key, g_strdup_printf ("%" G_GINT64_FORMAT, value));
}

static void
put_number (GHashTable *metadata, const char *key, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  put (metadata, key, g_strdup (g_ascii_dtostr (text, sizeof text, value)));
}

static gint64
take_int (GHashTable *metadata, const char *key)
{
  const char *text = g_hash_table_lookup (metadata, key);

  return text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
}

static double
take_number (GHashTable *metadata, const char *key)
{
  const char *text = g_hash_table_lookup (metadata, key);

  return text != NULL ? g_ascii_strtod (text, NULL) : 0;
}

static gboolean
settle (WeftShared *one, const char *where, GError **error)
{
  if (weft_shared_settle (one))
    return TRUE;
  g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_DEVICE,
               _ ("%s: %s is lost with the device that held it; go on from an older checkpoint"),
               where, one->name);
  return FALSE;
}

/* NULL: a value is lost. */
static GHashTable *
arrays_of (const char *path, GPtrArray *shared, GError **error)
{
  g_autoptr (GHashTable) arrays =
    g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) weft_array_unref);

  for (guint i = 0; i < shared->len; i++)
    {
      WeftShared *one = g_ptr_array_index (shared, i);

      if (!settle (one, path, error))
        return NULL;
      g_hash_table_insert (arrays, one->name, weft_array_ref (one->value));
    }
  return g_steal_pointer (&arrays);
}

/* weft_checkpoint_copy:
 * @shared: WeftShared*, all of the model
 *
 * Returns: name -> WeftArray, copies; caller owns. NULL: a value is lost with its device
 */
GHashTable *
weft_checkpoint_copy (GPtrArray *shared, GError **error)
{
  g_autoptr (GHashTable) arrays =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) weft_array_unref);

  for (guint i = 0; i < shared->len; i++)
    {
      WeftShared *one = g_ptr_array_index (shared, i);

      if (!settle (one, _ ("values"), error))
        return NULL;
      g_hash_table_insert (arrays, g_strdup (one->name), weft_array_copy (one->value));
    }
  return g_steal_pointer (&arrays);
}

/* weft_checkpoint_write:
 * @path: of the file; written whole or not at all
 * @shared: WeftShared*, all of the model
 * @position: (nullable): where the run is; NULL: parameters only
 */
gboolean
weft_checkpoint_write (const char         *path,
                       GPtrArray          *shared,
                       const WeftPosition *position,
                       GError            **error)
{
  g_autoptr (GHashTable) arrays = arrays_of (path, shared, error);
  g_autoptr (GHashTable) metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  if (arrays == NULL)
    return FALSE;
  put (metadata, "producer", g_strdup ("weft " WEFT_VERSION));
  if (position != NULL)
    {
      put (metadata, "weft.signature", g_strdup (position->signature));
      put_int (metadata, "weft.step", position->step);
      put_int (metadata, "weft.epoch", position->epoch);
      put_int (metadata, "weft.batch", position->batch);
      put_int (metadata, "weft.seed", position->seed);
      put_int (metadata, "weft.rows", position->rows);
      put_int (metadata, "weft.epoch_batches", position->epoch_batches);
      put_int (metadata, "weft.best_epoch", position->best_epoch);
      put_number (metadata, "weft.best", position->best);
      put_int (metadata, "weft.plateau.count", position->plateau.count);
      put_int (metadata, "weft.plateau.worse", position->plateau.worse);
      put_int (metadata, "weft.plateau.rest", position->plateau.rest);
      put_int (metadata, "weft.plateau.known", position->plateau.known);
      put_number (metadata, "weft.plateau.best", position->plateau.best);
      put_number (metadata, "weft.rate", position->rate);
      put_number (metadata, "weft.time_s", position->time_s);
      put_number (metadata, "weft.step_time_s", position->step_time_s);
      for (guint i = 0; i < WEFT_MAX_METRICS; i++)
        {
          g_autofree char *key = g_strdup_printf ("weft.sum%u", i);
          put_number (metadata, key, position->sums[i]);
        }
    }
  return weft_safetensors_write (path, arrays, metadata, error);
}

static gboolean
same_form (const WeftArray *a, const WeftArray *b)
{
  return a->dtype == b->dtype && a->rank == b->rank &&
         memcmp (a->shape, b->shape, a->rank * sizeof *a->shape) == 0;
}

static char *
form_text (const WeftArray *array)
{
  WeftType type = { .dtype = array->dtype, .shape = weft_array_get_shape (array) };

  return weft_type_to_string (&type);
}

/* Every one of @shared that is not state (or all, if @whole) is in @arrays with its type and shape.
 */
static gboolean
check_arrays (
  const char *path, GHashTable *arrays, GPtrArray *shared, gboolean whole, GError **error)
{
  for (guint i = 0; i < shared->len; i++)
    {
      WeftShared *one = g_ptr_array_index (shared, i);
      WeftArray  *array = g_hash_table_lookup (arrays, one->name);

      if (array == NULL && !whole && g_strcmp0 (one->role, "parameter") != 0)
        continue;
      if (array == NULL)
        {
          g_set_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_FORMAT,
                       _ ("%s: there is no “%s” in it: it is of another model"), path, one->name);
          return FALSE;
        }
      if (!same_form (array, one->value))
        {
          g_autofree char *in_file = form_text (array);
          g_autofree char *in_model = form_text (one->value);

          g_set_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_FORMAT,
                       _ ("%s: %s is %s, but %s in this model"), path, one->name, in_file,
                       in_model);
          return FALSE;
        }
    }
  return TRUE;
}

static void
take_arrays (GHashTable *arrays, GPtrArray *shared)
{
  for (guint i = 0; i < shared->len; i++)
    {
      WeftShared *one = g_ptr_array_index (shared, i);
      WeftArray  *array = g_hash_table_lookup (arrays, one->name);

      if (array == NULL)
        continue;
      memcpy (one->value->data, array->data, array->n_bytes);
      weft_shared_changed (one);
    }
}

/* weft_checkpoint_read:
 * @shared: gets the numbers, all or none
 * @position: (out): where the run was
 */
gboolean
weft_checkpoint_read (const char *path, GPtrArray *shared, WeftPosition *position, GError **error)
{
  g_autoptr (GHashTable) metadata = NULL;
  g_autoptr (GHashTable) arrays = weft_safetensors_read (path, &metadata, error);
  const char *signature;

  if (arrays == NULL)
    return FALSE;
  signature = metadata != NULL ? g_hash_table_lookup (metadata, "weft.signature") : NULL;
  if (signature == NULL)
    {
      g_set_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_FORMAT,
                   _ ("%s: this file holds arrays but not where a run was; it cannot be resumed"),
                   path);
      return FALSE;
    }
  if (!check_arrays (path, arrays, shared, TRUE, error))
    return FALSE;
  take_arrays (arrays, shared);
  *position = (WeftPosition){
    .step = take_int (metadata, "weft.step"),
    .epoch = take_int (metadata, "weft.epoch"),
    .batch = take_int (metadata, "weft.batch"),
    .seed = take_int (metadata, "weft.seed"),
    .rows = take_int (metadata, "weft.rows"),
    .epoch_batches = take_int (metadata, "weft.epoch_batches"),
    .best_epoch = take_int (metadata, "weft.best_epoch"),
    .best = take_number (metadata, "weft.best"),
    .plateau = {
      .count = take_int (metadata, "weft.plateau.count"),
      .worse = take_int (metadata, "weft.plateau.worse"),
      .rest = take_int (metadata, "weft.plateau.rest"),
      .known = take_int (metadata, "weft.plateau.known"),
      .best = take_number (metadata, "weft.plateau.best"),
    },
    .rate = take_number (metadata, "weft.rate"),
    .time_s = take_number (metadata, "weft.time_s"),
    .step_time_s = take_number (metadata, "weft.step_time_s"),
  };
  g_strlcpy (position->signature, signature, sizeof position->signature);
  for (guint i = 0; i < WEFT_MAX_METRICS; i++)
    {
      g_autofree char *key = g_strdup_printf ("weft.sum%u", i);
      position->sums[i] = take_number (metadata, key);
    }
  return TRUE;
}

/* weft_parameters_read:
 * @shared: gets the numbers, all or none
 */
gboolean
weft_parameters_read (const char *path, GPtrArray *shared, GError **error)
{
  g_autoptr (GHashTable) arrays = weft_safetensors_read (path, NULL, error);

  if (arrays == NULL || !check_arrays (path, arrays, shared, FALSE, error))
    return FALSE;
  take_arrays (arrays, shared);
  return TRUE;
}
