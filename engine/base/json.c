/* JSON trees over json-c: access and building. Parsing is in json-parse.c, text in json-write.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/json-private.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

G_DEFINE_QUARK (weft_json_error, weft_json_error)

/* Returns: (transfer full): @json with one reference more. */
WeftJson *
weft_json_ref (WeftJson *json)
{
  return json_object_get (json);
}

void
weft_json_unref (WeftJson *json)
{
  json_object_put (json);
}

/* Returns: (transfer full): a tree of its own with the same contents. */
WeftJson *
weft_json_copy (WeftJson *json)
{
  WeftJson *copy = NULL;

  if (json != NULL && json_object_deep_copy (json, &copy, NULL) != 0)
    g_error ("out of memory while copying a JSON tree");
  return copy;
}

/* Same kinds, same values, members in any order. An int never equals a number: 1 is not 1.0. */
gboolean
weft_json_equal (WeftJson *a, WeftJson *b)
{
  return json_object_equal (a, b);
}

WeftJsonKind
weft_json_kind (WeftJson *json)
{
  switch (json_object_get_type (json))
    {
    case json_type_boolean:
      return WEFT_JSON_BOOL;
    case json_type_int:
      return WEFT_JSON_INT;
    case json_type_double:
      return WEFT_JSON_NUMBER;
    case json_type_string:
      return WEFT_JSON_STRING;
    case json_type_array:
      return WEFT_JSON_ARRAY;
    case json_type_object:
      return WEFT_JSON_OBJECT;
    case json_type_null:
    default:
      return WEFT_JSON_NULL;
    }
}

/* Returns: (transfer none): the kind for people, with its article: "a string" */
const char *
weft_json_kind_name (WeftJsonKind kind)
{
  static const char *const names[] = {
    [WEFT_JSON_NULL] = N_ ("null"),
    [WEFT_JSON_BOOL] = N_ ("true or false"),
    [WEFT_JSON_INT] = N_ ("a whole number"),
    [WEFT_JSON_NUMBER] = N_ ("a number"),
    [WEFT_JSON_STRING] = N_ ("a string"),
    [WEFT_JSON_ARRAY] = N_ ("a list"),
    [WEFT_JSON_OBJECT] = N_ ("an object"),
  };

  g_return_val_if_fail (kind < G_N_ELEMENTS (names), NULL);
  return _ (names[kind]);
}

/* ---- Scalars ---- */

/* The value of an int, or of a number that is whole and fits; else @otherwise. */
gint64
weft_json_int (WeftJson *json, gint64 otherwise)
{
  if (json_object_is_type (json, json_type_int))
    return json_object_get_int64 (json);
  if (json_object_is_type (json, json_type_double))
    {
      double value = json_object_get_double (json);

      /* Both bounds are powers of two, so the comparison is exact. */
      if (value == floor (value) && value >= -0x1p63 && value < 0x1p63)
        return (gint64) value;
    }
  return otherwise;
}

double
weft_json_number (WeftJson *json, double otherwise)
{
  if (json_object_is_type (json, json_type_double) || json_object_is_type (json, json_type_int))
    return json_object_get_double (json);
  return otherwise;
}

gboolean
weft_json_bool (WeftJson *json, gboolean otherwise)
{
  return json_object_is_type (json, json_type_boolean) ? json_object_get_boolean (json) : otherwise;
}

const char *
weft_json_string (WeftJson *json, const char *otherwise)
{
  return json_object_is_type (json, json_type_string) ? json_object_get_string (json) : otherwise;
}

/* ---- Objects ---- */

guint
weft_json_n_members (WeftJson *object)
{
  return json_object_is_type (object, json_type_object) ? (guint) json_object_object_length (object)
                                                        : 0;
}

/* Returns: (transfer none) (nullable): the member; %NULL if it is missing or null, or @object is
 * no object */
WeftJson *
weft_json_get (WeftJson *object, const char *key)
{
  WeftJson *value = NULL;

  if (json_object_is_type (object, json_type_object))
    json_object_object_get_ex (object, key, &value);
  return value;
}

gboolean
weft_json_has (WeftJson *object, const char *key)
{
  return json_object_is_type (object, json_type_object) &&
         json_object_object_get_ex (object, key, NULL);
}

gint64
weft_json_get_int (WeftJson *object, const char *key, gint64 otherwise)
{
  return weft_json_int (weft_json_get (object, key), otherwise);
}

double
weft_json_get_number (WeftJson *object, const char *key, double otherwise)
{
  return weft_json_number (weft_json_get (object, key), otherwise);
}

gboolean
weft_json_get_bool (WeftJson *object, const char *key, gboolean otherwise)
{
  return weft_json_bool (weft_json_get (object, key), otherwise);
}

const char *
weft_json_get_string (WeftJson *object, const char *key, const char *otherwise)
{
  return weft_json_string (weft_json_get (object, key), otherwise);
}

/**
 * weft_json_next:
 * @iter: `{ object }` before the first call
 * @key: (out) (transfer none): the member's key
 * @value: (out) (optional) (transfer none): its value
 *
 * Returns: %FALSE after the last member
 */
gboolean
weft_json_next (WeftJsonIter *iter, const char **key, WeftJson **value)
{
  struct lh_entry *entry;

  if (!json_object_is_type (iter->object, json_type_object))
    return FALSE;
  entry = iter->begun ? iter->next : lh_table_head (json_object_get_object (iter->object));
  if (entry == NULL)
    return FALSE;
  *key = lh_entry_k (entry);
  if (value != NULL)
    *value = lh_entry_v (entry);
  iter->begun = TRUE;
  iter->next = lh_entry_next (entry);
  return TRUE;
}

/* Returns: (transfer none) (nullable): the key of member @index; %NULL past the end */
const char *
weft_json_member (WeftJson *object, guint index, WeftJson **value)
{
  WeftJsonIter iter = { object };
  const char  *key;

  while (weft_json_next (&iter, &key, value))
    if (index-- == 0)
      return key;
  return NULL;
}

/**
 * weft_json_expect:
 *
 * Errors: #WEFT_JSON_ERROR_TYPE, naming @key, if the member is missing or of another kind. Where a
 * number is asked for, an int will do.
 *
 * Returns: (transfer none): the member
 */
WeftJson *
weft_json_expect (WeftJson *object, const char *key, WeftJsonKind kind, GError **error)
{
  WeftJson    *value = weft_json_get (object, key);
  WeftJsonKind actual = weft_json_kind (value);

  if (!weft_json_has (object, key))
    {
      g_set_error (error, WEFT_JSON_ERROR, WEFT_JSON_ERROR_TYPE,
                   _ ("“%s” is missing; it must be %s"), key, weft_json_kind_name (kind));
      return NULL;
    }
  if (actual != kind && !(kind == WEFT_JSON_NUMBER && actual == WEFT_JSON_INT))
    {
      g_set_error (error, WEFT_JSON_ERROR, WEFT_JSON_ERROR_TYPE, _ ("“%s” must be %s, not %s"), key,
                   weft_json_kind_name (kind), weft_json_kind_name (actual));
      return NULL;
    }
  return value;
}

/* ---- Arrays ---- */

guint
weft_json_length (WeftJson *array)
{
  return json_object_is_type (array, json_type_array) ? (guint) json_object_array_length (array)
                                                      : 0;
}

/* Returns: (transfer none) (nullable): the element; %NULL past the end */
WeftJson *
weft_json_at (WeftJson *array, guint index)
{
  return json_object_is_type (array, json_type_array) ? json_object_array_get_idx (array, index)
                                                      : NULL;
}

/* ---- Building ---- */

WeftJson *
weft_json_new_null (void)
{
  return NULL; /* json-c's own form of null */
}

WeftJson *
weft_json_new_bool (gboolean value)
{
  return json_object_new_boolean (value);
}

WeftJson *
weft_json_new_int (gint64 value)
{
  return json_object_new_int64 (value);
}

/* JSON has no NaN and no infinity: these become null. */
WeftJson *
weft_json_new_number (double value)
{
  return isfinite (value) ? json_object_new_double (value) : NULL;
}

/* @value: (nullable): UTF-8; %NULL gives null, invalid bytes become U+FFFD */
WeftJson *
weft_json_new_string (const char *value)
{
  g_autofree char *valid = NULL;

  if (value == NULL)
    return NULL;
  if (!g_utf8_validate (value, -1, NULL))
    value = valid = g_utf8_make_valid (value, -1);
  return json_object_new_string (value);
}

WeftJson *
weft_json_new_array (void)
{
  return json_object_new_array ();
}

WeftJson *
weft_json_new_object (void)
{
  return json_object_new_object ();
}

/* @value: (transfer full) (nullable). A key that is there keeps its place. */
void
weft_json_set (WeftJson *object, const char *key, WeftJson *value)
{
  g_return_if_fail (json_object_is_type (object, json_type_object) && key != NULL);

  json_object_object_add (object, key, value);
}

void
weft_json_set_int (WeftJson *object, const char *key, gint64 value)
{
  weft_json_set (object, key, weft_json_new_int (value));
}

void
weft_json_set_number (WeftJson *object, const char *key, double value)
{
  weft_json_set (object, key, weft_json_new_number (value));
}

void
weft_json_set_bool (WeftJson *object, const char *key, gboolean value)
{
  weft_json_set (object, key, weft_json_new_bool (value));
}

void
weft_json_set_string (WeftJson *object, const char *key, const char *value)
{
  weft_json_set (object, key, weft_json_new_string (value));
}

void
weft_json_remove (WeftJson *object, const char *key)
{
  g_return_if_fail (json_object_is_type (object, json_type_object));

  json_object_object_del (object, key);
}

/* @value: (transfer full) (nullable) */
void
weft_json_append (WeftJson *array, WeftJson *value)
{
  g_return_if_fail (json_object_is_type (array, json_type_array));

  json_object_array_add (array, value);
}
