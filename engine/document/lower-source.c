/* Lowering of nodes that have no graph before them: data sets, inputs, constants, parameters and
 * shared values.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/lower-private.h"

#include "engine/dataset/dataset.h"
#include "engine/document/model-error.h"
#include "engine/run/function.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static gboolean
read_dtype (const WeftLowerLevel *level, const WeftNode *node, WeftDType *dtype, GError **error)
{
  const char *name = weft_json_string (weft_lower_param (level, node, "dtype"), NULL);

  if (name == NULL)
    return TRUE;
  if (weft_dtype_parse (name, dtype))
    return TRUE;
  return weft_model_fail (error, _ ("there is no element type “%s”; f32 and i64 are two"), name);
}

/* ---- Data sets ---- */

static gboolean
lower_dataset (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error)
{
  g_autoptr (WeftDatasetSpec) spec =
    weft_dataset_spec_new (call->node->params, level->folder, error);
  const WeftColumn *columns;
  guint             n;

  if (spec == NULL)
    return FALSE;
  columns = weft_dataset_spec_columns (spec, &n);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name =
        g_strdup_printf ("%s%s.%s", level->prefix, call->node->id, columns[i].name);
      WeftType type = { .dtype = weft_dtypes[columns[i].dtype].compute };

      if (columns[i].rank + 1 > WEFT_MAX_RANK)
        return weft_model_fail (error, _ ("column %s has too many dimensions"), columns[i].name);
      type.shape.rank = columns[i].rank + 1;
      type.shape.dims[0] = weft_dim_named ("batch");
      for (guint k = 0; k < columns[i].rank; k++)
        type.shape.dims[k + 1] = weft_dim (columns[i].shape[k]);
      weft_lower_put (call, columns[i].name, weft_graph_input (level->graph, name, &type));
    }
  return TRUE;
}

/* ---- Inputs ---- */

static gboolean
lower_input (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error)
{
  WeftType   type = { .dtype = WEFT_F32 };
  WeftValue *given =
    level->values != NULL ? g_hash_table_lookup (level->values, call->node->id) : NULL;

  if (given != NULL)
    {
      weft_lower_put (call, "y", given);
      return TRUE;
    }
  if (!read_dtype (level, call->node, &type.dtype, error) ||
      !weft_lower_shape (level, weft_lower_param (level, call->node, "shape"), &type.shape, error))
    return FALSE;
  type.dtype = weft_dtypes[type.dtype].compute;
  weft_lower_put (call, "y", weft_graph_input (level->graph, call->node->id, &type));
  return TRUE;
}

/* ---- Constants ---- */

/* The shape along the first items of nested arrays, and the least element type that holds all
 * numbers. */
static gboolean
measure (WeftJson *json, gint64 *shape, guint *rank, GError **error)
{
  *rank = 0;
  while (weft_json_kind (json) == WEFT_JSON_ARRAY)
    {
      if (*rank == WEFT_MAX_RANK)
        return weft_model_fail (error, _ ("value: more than %d dimensions"), WEFT_MAX_RANK);
      shape[(*rank)++] = weft_json_length (json);
      json = weft_json_at (json, 0);
    }
  return TRUE;
}

/* Nesting is as deep as the rank. */
static gboolean
fill (WeftJson     *json,
      guint         axis,
      guint         rank,
      const gint64 *shape,
      double      **next,
      WeftJsonKind *kind,
      GError      **error)
{
  WeftJsonKind here = weft_json_kind (json);

  if (axis == rank)
    {
      if (here != WEFT_JSON_INT && here != WEFT_JSON_NUMBER && here != WEFT_JSON_BOOL)
        return weft_model_fail (
          error, _ ("value: %s where a number should be"), weft_json_kind_name (here));
      *kind = MAX (*kind, here);
      *(*next)++ =
        here == WEFT_JSON_BOOL ? weft_json_bool (json, FALSE) : weft_json_number (json, 0);
      return TRUE;
    }
  if (here != WEFT_JSON_ARRAY || weft_json_length (json) != shape[axis])
    return weft_model_fail (error, _ ("value: rows of different lengths"));
  for (guint i = 0; i < shape[axis]; i++)
    if (!fill (weft_json_at (json, i), axis + 1, rank, shape, next, kind, error))
      return FALSE;
  return TRUE;
}

static gboolean
lower_constant (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error)
{
  WeftJson    *json = weft_lower_param (level, call->node, "value");
  gint64       shape[WEFT_MAX_RANK];
  guint        rank;
  WeftJsonKind kind = WEFT_JSON_BOOL;
  WeftDType    dtype;
  double      *next;
  g_autoptr (WeftArray) numbers = NULL;
  g_autoptr (WeftArray) array = NULL;

  if (json == NULL)
    return weft_model_fail (error, _ ("it has no value"));
  if (!measure (json, shape, &rank, error))
    return FALSE;
  numbers = weft_array_try_new (WEFT_F64, rank, shape, error);
  if (numbers == NULL)
    return FALSE;
  next = numbers->data;
  if (!fill (json, 0, rank, shape, &next, &kind, error))
    return FALSE;
  dtype = kind == WEFT_JSON_BOOL ? WEFT_BOOL : kind == WEFT_JSON_INT ? WEFT_I64
                                                                     : WEFT_F32;
  if (!read_dtype (level, call->node, &dtype, error))
    return FALSE;
  array = weft_array_cast (numbers, weft_dtypes[dtype].compute);
  weft_lower_put (call, "y", weft_graph_constant (level->graph, array));
  return TRUE;
}

/* ---- Parameters ---- */

/* FNV-1a: the same name gives the same numbers in every run. */
static guint64
seed_of (guint64 seed, const char *name)
{
  guint64 hash = 0xcbf29ce484222325u ^ seed * 0x9e3779b97f4a7c15u;

  for (const char *c = name; *c != '\0'; c++)
    hash = (hash ^ (guchar) *c) * 0x100000001b3u;
  return hash;
}

/* A typed value without memory: for checking, nobody reads it. */
static WeftArray *
placeholder (WeftDType dtype, guint rank, const gint64 *shape)
{
  return weft_array_wrap (dtype, rank, shape, NULL, NULL, NULL);
}

static gboolean
same_form (const WeftArray *array, WeftDType dtype, guint rank, const gint64 *shape)
{
  return array->dtype == dtype && array->rank == rank &&
         memcmp (array->shape, shape, rank * sizeof *shape) == 0;
}

static gboolean
fixed_shape (const WeftShape *shape, gint64 *dims, GError **error)
{
  gint64 n = 1;

  for (guint i = 0; i < shape->rank; i++)
    {
      if (!weft_dim_is_number (shape->dims[i]))
        {
          g_autofree char *text = weft_shape_to_string (shape);
          return weft_model_fail (
            error, _ ("the shape of a parameter must be numbers, not %s"), text);
        }
      dims[i] = shape->dims[i].offset;
      if (dims[i] < 0 || (dims[i] > 0 && n > G_MAXINT64 / 16 / dims[i]))
        {
          g_autofree char *text = weft_shape_to_string (shape);
          return weft_model_fail (error, _ ("a parameter cannot have the shape %s"), text);
        }
      n *= MAX (dims[i], 1);
    }
  return TRUE;
}

/* The variable @name that there is already: of another function, or of the step's last call. */
static WeftShared *
find_shared (const WeftLowerLevel *level, const char *name)
{
  for (guint i = 0; level->in_step && i < level->shared->len; i++)
    {
      WeftShared *shared = g_ptr_array_index (level->shared, i);

      if (g_str_equal (shared->name, name))
        return shared;
    }
  return level->options->shared != NULL ? g_hash_table_lookup (level->options->shared, name) : NULL;
}

static WeftShared *
make_shared (const WeftLowerLevel *level,
             const WeftLowerCall  *call,
             const char           *name,
             WeftDType             dtype,
             guint                 rank,
             const gint64         *shape,
             GError              **error)
{
  WeftShared *old = find_shared (level, name);
  WeftJson   *init = weft_lower_param (level, call->node, "init");
  gboolean    is_parameter = g_str_equal (call->node->op, "parameter");
  WeftShared *shared;
  g_autoptr (WeftArray) array = NULL;

  if (old != NULL && same_form (old->value, dtype, rank, shape))
    return weft_shared_ref (old);
  /* In a layer that ships the knob's choices have said so already. */
  if (level->options->no_init && !level->hidden &&
      !weft_initialise_check (init, dtype, rank, shape, error))
    {
      g_prefix_error (error, "init: ");
      return NULL;
    }
  array = level->options->no_init ? placeholder (dtype, rank, shape)
                                  : weft_initialise (init, dtype, rank, shape,
                                                     seed_of (level->options->seed, name), error);
  if (array == NULL)
    return NULL;
  shared = weft_shared_new (name, is_parameter ? "parameter" : "state", array);
  shared->trainable =
    is_parameter && weft_json_bool (weft_lower_param (level, call->node, "trainable"), TRUE);
  shared->node = level->node;
  return shared;
}

static gboolean
lower_shared (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error)
{
  g_autofree char *name = g_strconcat (level->prefix, call->node->id, NULL);
  WeftDType        dtype = WEFT_F32;
  WeftShape        shape;
  gint64           dims[WEFT_MAX_RANK];
  WeftShared      *shared;

  if (!read_dtype (level, call->node, &dtype, error) ||
      !weft_lower_shape (level, weft_lower_param (level, call->node, "shape"), &shape, error) ||
      !fixed_shape (&shape, dims, error))
    return FALSE;
  shared = make_shared (level, call, name, weft_dtypes[dtype].compute, shape.rank, dims, error);
  if (shared == NULL)
    return FALSE;
  weft_lower_put (call, "y",
                  weft_graph_named (level->graph, weft_graph_shared (level->graph, shared),
                                    g_intern_string (name)));
  if (level->in_step && g_ptr_array_find (level->shared, shared, NULL))
    weft_shared_unref (shared);
  else
    g_ptr_array_add (level->shared, shared);
  return TRUE;
}

/* ---- The table ---- */

static const struct
{
  const char *op;
  gboolean (*lower) (const WeftLowerLevel *, const WeftLowerCall *, GError **);
} sources[] = {
  { "dataset", lower_dataset },
  { "input", lower_input },
  { "constant", lower_constant },
  { "parameter", lower_shared },
  { "shared", lower_shared },
};

/* weft_lower_is_source:
 */
gboolean
weft_lower_is_source (const char *op)
{
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    if (g_str_equal (sources[i].op, op))
      return TRUE;
  return FALSE;
}

/* weft_lower_source:
 *
 * A node of one of the source ops. Errors: WEFT_DOCUMENT_ERROR_MODEL, those of data sets and
 * initialisers.
 */
gboolean
weft_lower_source (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    if (g_str_equal (sources[i].op, call->node->op))
      return sources[i].lower (level, call, error);
  g_return_val_if_reached (FALSE);
}
