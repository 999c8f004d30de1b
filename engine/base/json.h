/* JSON trees.
 *
 * A thin, typed face over json-c; json.c is the only file that includes json-c. A WeftJson is
 * reference counted. Readers that take a member never fail on a missing or mistyped one: they
 * return the given default, and weft_json_expect reports a GError that names the key.
 *
 * A tree may be read from many threads at once; the reference count is not atomic, so another
 * thread that keeps a tree gets a copy.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct json_object WeftJson;

typedef enum
{
  WEFT_JSON_NULL,
  WEFT_JSON_BOOL,
  WEFT_JSON_INT,
  WEFT_JSON_NUMBER,
  WEFT_JSON_STRING,
  WEFT_JSON_ARRAY,
  WEFT_JSON_OBJECT,
} WeftJsonKind;

#define WEFT_JSON_ERROR (weft_json_error_quark ())
typedef enum
{
  WEFT_JSON_ERROR_SYNTAX, /* message starts with "LINE:COLUMN: " */
  WEFT_JSON_ERROR_TYPE,   /* a member is missing or has the wrong kind */
} WeftJsonErrorCode;
GQuark weft_json_error_quark (void);

/* Strict: no comments, no NaN or infinity, no trailing text, no duplicate keys, UTF-8, at most
 * 64 levels. */
WeftJson    *weft_json_parse (const char *text, gssize length, GError **error);
WeftJson    *weft_json_ref (WeftJson *json);
void         weft_json_unref (WeftJson *json);
WeftJson    *weft_json_copy (WeftJson *json); /* deep */
gboolean     weft_json_equal (WeftJson *a, WeftJson *b);
WeftJsonKind weft_json_kind (WeftJson *json); /* NULL pointer is WEFT_JSON_NULL */
const char  *weft_json_kind_name (WeftJsonKind kind);
/* One line, shortest numbers that read back the same. */
char *weft_json_to_string (WeftJson *json);

/* Scalars; wrong kinds give the default. Numbers: ints are accepted where a number is asked for. */
gint64      weft_json_int (WeftJson *json, gint64 otherwise);
double      weft_json_number (WeftJson *json, double otherwise);
gboolean    weft_json_bool (WeftJson *json, gboolean otherwise);
const char *weft_json_string (WeftJson *json, const char *otherwise); /* borrowed */

/* Objects, in insertion order. get borrows. */
guint       weft_json_n_members (WeftJson *object);
WeftJson   *weft_json_get (WeftJson *object, const char *key);
gboolean    weft_json_has (WeftJson *object, const char *key);
gint64      weft_json_get_int (WeftJson *object, const char *key, gint64 otherwise);
double      weft_json_get_number (WeftJson *object, const char *key, double otherwise);
gboolean    weft_json_get_bool (WeftJson *object, const char *key, gboolean otherwise);
const char *weft_json_get_string (WeftJson *object, const char *key, const char *otherwise);
/* The member's key and value at @index; walks there, so loop over all members with
 * weft_json_next. */
const char *weft_json_member (WeftJson *object, guint index, WeftJson **value);
/* for (WeftJsonIter i = { object }; weft_json_next (&i, &key, &value);) ...; the object is not
 * changed meanwhile. */
typedef struct
{
  WeftJson *object;
  gpointer  next;
  gboolean  begun;
} WeftJsonIter;
gboolean weft_json_next (WeftJsonIter *iter, const char **key, WeftJson **value);
/* The member, which must exist and be of @kind; borrowed. */
WeftJson *weft_json_expect (WeftJson *object, const char *key, WeftJsonKind kind, GError **error);

/* Arrays */
guint     weft_json_length (WeftJson *array);
WeftJson *weft_json_at (WeftJson *array, guint index);

/* Building. set and append take ownership of @value. */
WeftJson *weft_json_new_null (void);
WeftJson *weft_json_new_bool (gboolean value);
WeftJson *weft_json_new_int (gint64 value);
WeftJson *weft_json_new_number (double value); /* NaN and infinities become null */
WeftJson *weft_json_new_string (const char *value);
WeftJson *weft_json_new_array (void);
WeftJson *weft_json_new_object (void);
void      weft_json_set (WeftJson *object, const char *key, WeftJson *value);
void      weft_json_set_int (WeftJson *object, const char *key, gint64 value);
void      weft_json_set_number (WeftJson *object, const char *key, double value);
void      weft_json_set_bool (WeftJson *object, const char *key, gboolean value);
void      weft_json_set_string (WeftJson *object, const char *key, const char *value);
void      weft_json_remove (WeftJson *object, const char *key);
void      weft_json_append (WeftJson *array, WeftJson *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftJson, weft_json_unref)

G_END_DECLS
