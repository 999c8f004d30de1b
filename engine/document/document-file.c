/* Documents as files: reading, with a clear message for all that can be wrong.
 *
 * Nothing is half loaded: a document is given back whole or not at all. Unknown keys survive at
 * every level. What concerns a node's parameters and ports is no error here but a problem of the
 * document (lower.h): half-finished work must open again.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/base/number-text.h"
#include "engine/document/document-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#define MAX_FILE_BYTES (64 * 1024 * 1024)

/* A message quotes what the file says; of something longer its beginning is enough. */
#define MAX_MESSAGE_CHARACTERS 400

typedef struct
{
  WeftDocument *document;
  const char   *name;     /* for messages */
  GHashTable   *notes;    /* ids of notes so far */
  gboolean      in_layer; /* ops are not looked at: the catalogue is being made */
} Reader;

static gboolean fail (const Reader *reader, GError **error, const char *format, ...)
  G_GNUC_PRINTF (3, 4);

static gboolean
fail (const Reader *reader, GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list          args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  if (g_utf8_strlen (message, -1) > MAX_MESSAGE_CHARACTERS)
    {
      g_autofree char *whole = g_steal_pointer (&message);
      g_autofree char *cut = g_utf8_substring (whole, 0, MAX_MESSAGE_CHARACTERS);

      message = g_strconcat (cut, "…", NULL);
    }
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_FORMAT, "%s: %s", reader->name,
               message);
  return FALSE;
}

/* ---- Reading ---- */

/* Two numbers at @key, as in [40, 60]; 0, 0 where the key is absent. */
static gboolean
read_pair (const Reader *reader,
           const char   *what,
           WeftJson     *object,
           const char   *key,
           double       *x,
           double       *y,
           GError      **error)
{
  WeftJson *pair = weft_json_get (object, key);
  double    values[2];

  *x = *y = 0;
  if (!weft_json_has (object, key))
    return TRUE;
  for (guint i = 0; i < 2; i++)
    {
      WeftJson *item = weft_json_length (pair) == 2 ? weft_json_at (pair, i) : NULL;

      values[i] = weft_json_number (item, NAN);
      if (!(fabs (values[i]) <= WEFT_MAX_POSITION))
        return fail (reader, error, _ ("%s: “%s” must be two numbers, such as [40, 60]."), what,
                     key);
    }
  *x = values[0];
  *y = values[1];
  return TRUE;
}

/* A string member that must be there and not empty. */
static const char *
read_name (
  const Reader *reader, const char *what, WeftJson *object, const char *key, GError **error)
{
  const char *text = weft_json_get_string (object, key, NULL);

  if (text == NULL || *text == '\0')
    {
      fail (reader, error, _ ("%s: “%s” must be a text."), what, key);
      return NULL;
    }
  return text;
}

/* The member @key is true; FALSE and an error where it is something else than true or false. */
static gboolean
read_bool (const Reader *reader,
           const char   *what,
           WeftJson     *object,
           const char   *key,
           gboolean     *is_set,
           GError      **error)
{
  WeftJson *value = weft_json_get (object, key);

  *is_set = weft_json_bool (value, FALSE);
  return !weft_json_has (object, key) || weft_json_kind (value) == WEFT_JSON_BOOL ||
         fail (reader, error, _ ("%s: “%s” must be true or false."), what, key);
}

static gboolean
read_flags (
  const Reader *reader, const char *what, WeftJson *json, WeftNodeFlags *flags, GError **error)
{
  *flags = 0;
  for (guint i = 0; i < weft_n_flag_names; i++)
    {
      gboolean is_set;

      if (!read_bool (reader, what, json, weft_flag_names[i].name, &is_set, error))
        return FALSE;
      if (is_set)
        *flags |= weft_flag_names[i].flag;
    }
  return TRUE;
}

/* The node that @json says, whatever its op is; NULL and an error where it is none. */
static NodeBox *
read_node_box (const Reader *reader, guint32 uid, guint index, WeftJson *json, GError **error)
{
  static const char *const known[] = { "id", "op", "params", "at", "bypass",
                                       "collapsed", "pinned", "bare", NULL };
  g_autofree char         *what = g_strdup_printf (_ ("node number %u"), index + 1);
  const char              *id, *op;
  WeftJson                *params;
  NodeBox                 *box;
  double                   x, y;
  WeftNodeFlags            flags;

  if (weft_json_kind (json) != WEFT_JSON_OBJECT)
    {
      fail (reader, error, _ ("%s must be an object."), what);
      return NULL;
    }
  id = read_name (reader, what, json, "id", error);
  if (id == NULL)
    return NULL;
  if (!weft_document_id_is_valid (id))
    {
      fail (reader, error, _ ("%s: “%s” cannot be a name; use letters, digits, _ and -."), what,
            id);
      return NULL;
    }
  g_free (what);
  what = g_strdup_printf (_ ("node %s"), id);
  op = read_name (reader, what, json, "op", error);
  if (op == NULL || !read_pair (reader, what, json, "at", &x, &y, error) ||
      !read_flags (reader, what, json, &flags, error))
    return NULL;
  params = weft_json_get (json, "params");
  if (weft_json_has (json, "params") && weft_json_kind (params) != WEFT_JSON_OBJECT)
    {
      fail (reader, error, _ ("%s: “params” must be an object."), what);
      return NULL;
    }
  box = weft_node_box_new (uid, id, op, params != NULL ? weft_json_ref (params) : NULL, x, y);
  box->node.flags = flags;
  box->extra = weft_json_unknown_members (json, known);
  return box;
}

NodeBox *
weft_node_box_from_json (WeftJson *json, guint32 uid, GError **error)
{
  const Reader reader = { .name = _ ("journal") };

  return read_node_box (&reader, uid, 0, json, error);
}

static gboolean
read_node (Reader *reader, guint index, WeftJson *json, GError **error)
{
  NodeBox *box = read_node_box (reader, weft_document_next_uid (), index, json, error);
  gboolean done = FALSE;
  g_autoptr (GError) problem = NULL;

  if (box == NULL)
    return FALSE;
  if (g_hash_table_contains (reader->document->by_id, box->id))
    fail (reader, error, _ ("node %s: two nodes have this name."), box->id);
  else if (!reader->in_layer && !weft_document_check_op (reader->document, box->op, &problem))
    fail (reader, error, _ ("node %s: %s"), box->id, problem->message);
  else
    {
      weft_document_insert_node (reader->document, index, box);
      done = TRUE;
    }
  weft_node_box_unref (box);
  return done;
}

/* "hidden.y" from @text at *@at: the node and the port; moves *@at behind it. */
static gboolean
read_port (
  Reader *reader, const char *wire, const char **at, guint32 *uid, char **port, GError **error)
{
  const char      *dot = strchr (*at, '.');
  gsize            length = dot != NULL ? strcspn (dot + 1, " ") : 0;
  const WeftNode  *node;
  g_autofree char *id = NULL;

  if (length == 0)
    return fail (reader, error, _ ("wire “%s”: must read “node.port -> node.port”."), wire);
  id = g_strndup (*at, dot - *at);
  node = weft_document_node_by_id (reader->document, id);
  if (node == NULL)
    return fail (reader, error, _ ("wire “%s”: there is no node %s."), wire, id);
  *uid = node->uid;
  *port = g_strndup (dot + 1, length);
  *at = dot + 1 + length;
  return TRUE;
}

static gboolean
read_wire (Reader *reader, guint index, WeftJson *json, GError **error)
{
  const char      *text = weft_json_string (json, NULL), *at = text;
  guint32          from, to;
  g_autofree char *from_port = NULL, *to_port = NULL;
  WireBox         *box;

  if (text == NULL)
    return fail (reader, error, _ ("wire number %u must be a text such as “a.y -> b.x”."),
                 index + 1);
  if (!read_port (reader, text, &at, &from, &from_port, error))
    return FALSE;
  if (!g_str_has_prefix (at, " -> "))
    return fail (reader, error, _ ("wire “%s”: must read “node.port -> node.port”."), text);
  at += strlen (" -> ");
  if (!read_port (reader, text, &at, &to, &to_port, error))
    return FALSE;
  if (*at != '\0')
    return fail (reader, error, _ ("wire “%s”: must read “node.port -> node.port”."), text);
  if (weft_document_wire_into (reader->document, to, to_port) != NULL)
    return fail (reader, error, _ ("wire “%s”: another wire ends in the same input."), text);
  box = weft_wire_box_new (from, from_port, to, to_port);
  weft_document_insert_wire (reader->document, index, box);
  weft_wire_box_unref (box);
  return TRUE;
}

/* The note that @json says; NULL and an error where it is none. */
static NoteBox *
read_note_box (const Reader *reader, guint index, WeftJson *json, GError **error)
{
  static const char *const known[] = { "id", "text", "at", "size", "frame", NULL };
  g_autofree char         *what = g_strdup_printf (_ ("note number %u"), index + 1);
  const char              *id;
  NoteBox                 *box;
  double                   x, y, width, height;
  gboolean                 frame;

  if (weft_json_kind (json) != WEFT_JSON_OBJECT)
    {
      fail (reader, error, _ ("%s must be an object."), what);
      return NULL;
    }
  id = read_name (reader, what, json, "id", error);
  if (id == NULL || !read_pair (reader, what, json, "at", &x, &y, error) ||
      !read_pair (reader, what, json, "size", &width, &height, error) ||
      !read_bool (reader, what, json, "frame", &frame, error))
    return NULL;
  box = weft_note_box_new (id, weft_json_get_string (json, "text", ""), x, y,
                           MAX (width, WEFT_MIN_NOTE_WIDTH), MAX (height, WEFT_MIN_NOTE_HEIGHT));
  box->note.frame = frame;
  box->extra = weft_json_unknown_members (json, known);
  return box;
}

NoteBox *
weft_note_box_from_json (WeftJson *json, GError **error)
{
  const Reader reader = { .name = _ ("journal") };

  return read_note_box (&reader, 0, json, error);
}

static gboolean
read_note (Reader *reader, guint index, WeftJson *json, GError **error)
{
  NoteBox *box = read_note_box (reader, index, json, error);
  gboolean is_new = box != NULL && g_hash_table_add (reader->notes, g_strdup (box->id));

  if (box == NULL)
    return FALSE;
  if (is_new)
    weft_document_insert_note (reader->document, index, box);
  else
    fail (reader, error, _ ("note number %u: two notes are called %s."), index + 1, box->id);
  weft_note_box_unref (box);
  return is_new;
}

/* The names of a cycle, shortened in its middle where it is long. */
static char *
cycle_text (WeftDocument *document, const GArray *backwards, guint begin)
{
  GString *out = g_string_new (NULL);
  guint    n = backwards->len - begin;

  for (guint i = 0; i <= n; i++)
    if (i < 5 || i + 5 > n)
      g_string_append_printf (
        out, "%s%s", i > 0 ? " -> " : "",
        weft_document_node (document,
                            g_array_index (backwards, guint32, backwards->len - 1 - i % n))
          ->id);
    else if (i == 5)
      g_string_append (out, " -> …");
  return g_string_free (out, FALSE);
}

/* Every node that is left has a wire from another one that is left: going back along them must come
 * round. */
static gboolean
fail_cycle (Reader *reader, GHashTable *open, GError **error)
{
  WeftDocument *document = reader->document;
  g_autoptr (GHashTable) before = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) place = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) way = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autofree char *text = NULL;
  guint32          at = 0;

  for (guint i = 0; i < document->wires->len; i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);

      if (GPOINTER_TO_UINT (g_hash_table_lookup (open, GUINT_TO_POINTER (wire->from))) == 0)
        continue;
      g_hash_table_insert (before, GUINT_TO_POINTER (wire->to), GUINT_TO_POINTER (wire->from));
      at = wire->to;
    }
  while (!g_hash_table_contains (place, GUINT_TO_POINTER (at)))
    {
      g_hash_table_insert (place, GUINT_TO_POINTER (at), GUINT_TO_POINTER (way->len));
      g_array_append_val (way, at);
      at = GPOINTER_TO_UINT (g_hash_table_lookup (before, GUINT_TO_POINTER (at)));
    }
  text = cycle_text (document, way,
                     GPOINTER_TO_UINT (g_hash_table_lookup (place, GUINT_TO_POINTER (at))));
  return fail (reader, error, _ ("the wires make a cycle: %s."), text);
}

/* A cycle among the wires, by taking away nodes without open inputs until none is left (Kahn 1962).
 */
static gboolean
check_cycles (Reader *reader, GError **error)
{
  WeftDocument *document = reader->document;
  g_autoptr (GHashTable) open = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) next = weft_document_targets (document);
  g_autoptr (GArray) queue = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < document->wires->len; i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);
      guint           n = GPOINTER_TO_UINT (g_hash_table_lookup (open, GUINT_TO_POINTER (wire->to)));

      g_hash_table_insert (open, GUINT_TO_POINTER (wire->to), GUINT_TO_POINTER (n + 1));
    }
  for (guint i = 0; i < document->nodes->len; i++)
    if (!g_hash_table_contains (open, GUINT_TO_POINTER (weft_document_node_at (document, i)->uid)))
      g_array_append_val (queue, weft_document_node_at (document, i)->uid);
  for (guint i = 0; i < queue->len; i++)
    {
      GArray *targets =
        g_hash_table_lookup (next, GUINT_TO_POINTER (g_array_index (queue, guint32, i)));

      for (guint k = 0; targets != NULL && k < targets->len; k++)
        {
          guint32 to = g_array_index (targets, guint32, k);
          guint   n = GPOINTER_TO_UINT (g_hash_table_lookup (open, GUINT_TO_POINTER (to))) - 1;

          g_hash_table_insert (open, GUINT_TO_POINTER (to), GUINT_TO_POINTER (n));
          if (n == 0)
            g_array_append_val (queue, to);
        }
    }
  return queue->len == document->nodes->len || fail_cycle (reader, open, error);
}

static gboolean
check_head (Reader *reader, WeftJson *root, GError **error)
{
  WeftJson *version = weft_json_get (root, "version");

  if (weft_json_kind (root) != WEFT_JSON_OBJECT ||
      g_strcmp0 (weft_json_get_string (root, "format", NULL), "weft") != 0)
    return fail (reader, error, _ ("this is no Weft document: it lacks “format”: “weft”."));
  if (weft_json_kind (version) != WEFT_JSON_INT || weft_json_int (version, 0) < 1)
    return fail (reader, error, _ ("“version” must be a whole number of at least 1."));
  if (weft_json_int (version, 0) > WEFT_DOCUMENT_VERSION)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_VERSION,
                   _ ("%s: this document has version %s; this Weft reads up to version %d, so open "
                      "it with a newer one."),
                   reader->name, WEFT_INT_TEXT (weft_json_int (version, 0)), WEFT_DOCUMENT_VERSION);
      return FALSE;
    }
  return TRUE;
}

/* The array @key of @root, each item read by @read; absent is empty. */
static gboolean
read_array (Reader     *reader,
            WeftJson   *root,
            const char *key,
            gboolean (*read) (Reader *, guint, WeftJson *, GError **),
            GError **error)
{
  WeftJson *array = weft_json_get (root, key);

  if (weft_json_has (root, key) && weft_json_kind (array) != WEFT_JSON_ARRAY)
    return fail (reader, error, _ ("“%s” must be a list."), key);
  for (guint i = 0; i < weft_json_length (array); i++)
    if (!read (reader, i, weft_json_at (array, i), error))
      return FALSE;
  return TRUE;
}

/* The object @key of @root, absent is empty. */
static gboolean
read_object (Reader *reader, WeftJson *root, const char *key, WeftJson **object, GError **error)
{
  WeftJson *value = weft_json_get (root, key);

  if (!weft_json_has (root, key))
    return TRUE;
  if (weft_json_kind (value) != WEFT_JSON_OBJECT)
    return fail (reader, error, _ ("“%s” must be an object."), key);
  weft_json_unref (*object);
  *object = weft_json_ref (value);
  return TRUE;
}

static gboolean
check_route (const Reader *reader, const char *port, WeftJson *route, GError **error)
{
  g_autofree char *what = g_strdup_printf (_ ("route %s"), port);
  WeftJson        *dots = weft_json_get (route, "dots");
  gboolean         tag;

  if (weft_json_kind (route) != WEFT_JSON_OBJECT)
    return fail (reader, error, _ ("%s must be an object."), what);
  if (!read_bool (reader, what, route, "tag", &tag, error))
    return FALSE;
  if (weft_json_has (route, "dots") &&
      (weft_json_kind (dots) != WEFT_JSON_ARRAY || weft_json_length (dots) > WEFT_MAX_DOTS))
    return fail (reader, error, _ ("%s: “dots” must be a list of at most %d points."), what,
                 WEFT_MAX_DOTS);
  for (guint i = 0; i < weft_json_length (dots); i++)
    {
      WeftJson *dot = weft_json_at (dots, i);

      if (weft_json_length (dot) != 2 ||
          !(fabs (weft_json_number (weft_json_at (dot, 0), NAN)) <= WEFT_MAX_POSITION) ||
          !(fabs (weft_json_number (weft_json_at (dot, 1), NAN)) <= WEFT_MAX_POSITION))
        return fail (reader, error, _ ("%s: a dot must be two numbers, such as [40, 60]."), what);
    }
  return TRUE;
}

/* How wires are drawn, by the inputs that they go to. What is said of a wire that is not there is
 * nothing. */
static gboolean
read_routes (Reader *reader, WeftJson *root, GError **error)
{
  WeftJson    *routes = weft_json_get (root, "routes"), *route;
  WeftJsonIter iter = { routes };
  const char  *port;

  if (weft_json_has (root, "routes") && weft_json_kind (routes) != WEFT_JSON_OBJECT)
    return fail (reader, error, _ ("“%s” must be an object."), "routes");
  while (weft_json_next (&iter, &port, &route))
    {
      const char      *dot = strchr (port, '.');
      g_autofree char *id = dot != NULL ? g_strndup (port, dot - port) : g_strdup (port);
      const WeftNode  *node = weft_document_node_by_id (reader->document, id);
      const WeftWire  *wire = node != NULL && dot != NULL
                                ? weft_document_wire_into (reader->document, node->uid, dot + 1)
                                : NULL;

      if (!check_route (reader, port, route, error))
        return FALSE;
      if (wire != NULL)
        weft_wire_box_set_route ((WireBox *) wire, route);
    }
  return TRUE;
}

/* What a document and a definition both have. */
static gboolean
read_content (Reader *reader, WeftJson *root, GError **error)
{
  static const char *const known[] = { "format", "version", "title", "nodes", "wires",
                                       "routes", "notes", "groups", "training", "view", NULL };
  WeftDocument            *document = reader->document;
  WeftJson                *extra = weft_json_unknown_members (root, known);
  WeftJson                *title = weft_json_get (root, "title");

  if (extra != NULL)
    {
      weft_json_unref (document->extra);
      document->extra = extra;
    }
  if (title != NULL && weft_json_kind (title) != WEFT_JSON_STRING)
    return fail (reader, error, _ ("“title” must be a text."));
  if (weft_json_has (document->extra, "layer") &&
      weft_json_kind (weft_json_get (document->extra, "layer")) != WEFT_JSON_OBJECT)
    return fail (reader, error, _ ("“layer” must be an object."));
  g_free (document->title);
  document->title = g_strdup (weft_json_string (title, ""));
  return read_array (reader, root, "nodes", read_node, error) &&
         read_array (reader, root, "wires", read_wire, error) && check_cycles (reader, error) &&
         read_routes (reader, root, error) &&
         read_array (reader, root, "notes", read_note, error) &&
         read_object (reader, root, "training", &document->training, error) &&
         read_object (reader, root, "view", &document->view, error);
}

static gboolean
read_group (const Reader *reader, WeftDocument *group, WeftJson *json, GError **error)
{
  g_autofree char *name = g_strdup_printf (_ ("%s: group %s"), reader->name, group->group_name);
  g_autoptr (GHashTable) notes =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Reader inside = { group, name, notes, reader->in_layer };

  if (weft_json_kind (json) != WEFT_JSON_OBJECT)
    return fail (&inside, error, _ ("a group must be an object."));
  if (weft_json_has (json, "groups"))
    return fail (&inside, error, _ ("groups stand side by side; move “groups” of this one up."));
  if (!read_content (&inside, json, error))
    return FALSE;
  group->flags = 0;
  g_array_set_size (group->touched, 0);
  return TRUE;
}

WeftDocument *
weft_document_group_from_json (const char *name, WeftJson *json)
{
  g_autoptr (WeftDocument) group = weft_document_new ();
  g_autoptr (GHashTable) notes = g_hash_table_new (g_str_hash, g_str_equal);
  Reader reader = { group, name, notes, TRUE };

  group->group_name = g_strdup (name);
  if (!read_group (&reader, group, json, NULL))
    return NULL;
  g_clear_pointer (&group->group_name, g_free);
  return g_steal_pointer (&group);
}

/* All names first: groups use one another in any order. */
static gboolean
read_groups (Reader *reader, WeftJson *root, GError **error)
{
  WeftDocument *document = reader->document;
  WeftJson     *groups = weft_json_get (root, "groups"), *json;
  WeftJsonIter  iter = { groups };
  const char   *name;
  g_autoptr (GError) problem = NULL;

  if (weft_json_has (root, "groups") && weft_json_kind (groups) != WEFT_JSON_OBJECT)
    return fail (reader, error, _ ("“groups” must be an object."));
  while (weft_json_next (&iter, &name, &json))
    {
      g_autoptr (WeftDocument) group = weft_document_new ();

      if (!weft_document_id_is_valid (name))
        return fail (reader, error, _ ("“%s” cannot name a group; use letters, digits, _ and -."),
                     name);
      weft_document_insert_group (document, document->groups->len, group, name);
    }
  iter = (WeftJsonIter){ groups };
  for (guint i = 0; weft_json_next (&iter, &name, &json); i++)
    if (!read_group (reader, weft_document_group_at (document, i), json, error))
      return FALSE;
  return weft_document_check_groups (document, &problem) ||
         fail (reader, error, "%s", problem->message);
}

WeftDocument *
weft_document_from_json (WeftJson *root, const char *name, GError **error)
{
  g_autoptr (WeftDocument) document = weft_document_new ();
  g_autoptr (GHashTable) notes =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Reader reader = { document, name, notes, weft_json_has (root, "layer") };

  weft_document_hold (document);
  if (!check_head (&reader, root, error) || !read_groups (&reader, root, error) ||
      !read_content (&reader, root, error))
    {
      document->flags = 0;
      return NULL;
    }
  document->flags = WEFT_CHANGE_EVERYTHING;
  weft_document_release (document);
  return g_steal_pointer (&document);
}

/* A document from @text (@length bytes, -1: up to its end); @name stands in messages. The caller
 * owns it. Errors: WEFT_DOCUMENT_ERROR_FORMAT "NAME:LINE:COLUMN: ..." or "NAME: node hidden: ...",
 * WEFT_DOCUMENT_ERROR_VERSION. */
WeftDocument *
weft_document_parse (const char *text, gssize length, const char *name, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (WeftJson) root = weft_json_parse (text, length, &problem);

  if (problem != NULL)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_FORMAT, "%s:%s", name,
                   problem->message);
      return NULL;
    }
  return weft_document_from_json (root, name, error);
}

static WeftDocument *
load (const char *file, GBytes **bytes, GError **error)
{
  const char *text;
  gsize       length;

  *bytes = weft_file_read (file, MAX_FILE_BYTES, error);
  if (*bytes == NULL)
    return NULL;
  text = g_bytes_get_data (*bytes, &length);
  return weft_document_parse (length > 0 ? text : "", length, file, error);
}

/* Reads the document at @path; it becomes its path. The caller owns it. Errors: as
 * weft_document_parse, and G_FILE_ERROR. */
WeftDocument *
weft_document_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  WeftDocument    *document = load (path, &bytes, error);
  gsize            length;
  const char      *text;

  if (document == NULL)
    return NULL;
  text = g_bytes_get_data (bytes, &length);
  weft_document_note_content (document, text, length);
  weft_document_mark_saved (document, absolute);
  return document;
}

/* weft_document_load_for:
 * @file: read
 * @path: (nullable): where it belongs
 *
 * Returns: the document; caller owns. Errors: as weft_document_load.
 */
WeftDocument *
weft_document_load_for (const char *file, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  WeftDocument *document = load (file, &bytes, error);

  if (document != NULL && path != NULL)
    weft_document_mark_saved (document, path);
  return document;
}
