/* The edits: each checks what it is asked, then does one or more reversible changes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/nearest.h"
#include "engine/document/catalogue.h"
#include "engine/document/document-undo.h"
#include "engine/document/step.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

/* ---- Operations that exist ---- */

static char *
op_hint (const char *op)
{
  WeftNearest nearest;

  weft_nearest_begin (&nearest, op);
  for (guint i = 0; i < weft_catalogue_n (); i++)
    weft_nearest_offer (&nearest, weft_catalogue_at (i)->op);
  return weft_nearest_hint (&nearest);
}

/* TRUE if a node of @document may be an @op. Errors: WEFT_DOCUMENT_ERROR_EDIT, with the nearest
 * known name. */
gboolean
weft_document_check_op (WeftDocument *document, const char *op, GError **error)
{
  g_autofree char *hint = NULL;

  if (weft_catalogue_find (op) != NULL)
    return TRUE;
  if (weft_group_of_op (op) != NULL)
    {
      if (weft_document_group_of (document, op) == NULL)
        return weft_document_refuse (error, _ ("There is no group “%s”."), weft_group_of_op (op));
      return TRUE;
    }
  hint = op_hint (op);
  return weft_document_refuse (error, _ ("There is no operation “%s”%s"), op,
                               *hint != '\0' ? hint : ".");
}

/* ---- Nodes ---- */

/* Adds a node and returns its number. @op: what it is; @id: its name, made unique by a number at
 * its end, NULL: after the op.
 * @params (taken, may be NULL): its parameters. Returns 0 on failure. Errors:
 * WEFT_DOCUMENT_ERROR_EDIT for an unknown op or a name that is none. */
guint32
weft_document_add_node (WeftDocument *document,
                        const char   *op,
                        const char   *id,
                        WeftJson     *params,
                        double        x,
                        double        y,
                        GError      **error)
{
  g_autoptr (WeftJson) owned = params;
  g_autofree char *unique = NULL;
  Edit             edit = { .kind = EDIT_ADD_NODE, .index = document->nodes->len };

  if (weft_document_is_frozen (document, error))
    return 0;
  if (!weft_document_check_op (document, op, error))
    return 0;
  if (weft_group_of_op (op) != NULL &&
      !weft_document_check_nesting (document, weft_group_of_op (op), error))
    return 0;
  if (id == NULL)
    id = weft_group_of_op (op) != NULL ? weft_group_of_op (op) : op;
  if (!weft_document_id_is_valid (id))
    {
      weft_document_refuse (error, _ ("“%s” cannot be a name: use letters, digits, _ and -."), id);
      return 0;
    }
  unique = weft_document_unique_id (document, id);
  edit.node = weft_node_box_new (weft_document_next_uid (), unique, op, g_steal_pointer (&owned),
                                 weft_document_on_canvas (x), weft_document_on_canvas (y));
  weft_document_begin_told (document, _ ("Add Node"));
  edit.uid = edit.node->node.uid;
  weft_document_do (document, &edit);
  weft_document_end_told (document);
  return edit.uid;
}

static void
remove_wire (WeftDocument *document, guint index)
{
  Edit edit = { .kind = EDIT_REMOVE_WIRE, .index = index };

  edit.wire = g_rc_box_acquire ((WireBox *) g_ptr_array_index (document->wires, index));
  weft_document_do (document, &edit);
}

/* Nodes that stand for ports of a definition. */
static gboolean
is_port_node (const char *op)
{
  return g_str_equal (op, "input") || g_str_equal (op, "output") || g_str_equal (op, "parameter") ||
         g_str_equal (op, "shared");
}

/* Removes the @n nodes @uids and all wires at them. */
void
weft_document_remove_nodes (WeftDocument *document, const guint32 *uids, guint n)
{
  g_autoptr (GHashTable) gone = g_hash_table_new (NULL, NULL);
  g_autofree char *label =
    g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Delete Node", "Delete %u Nodes", n), n);

  if (weft_document_is_frozen (document, NULL))
    return;
  for (guint i = 0; i < n; i++)
    g_hash_table_add (gone, GUINT_TO_POINTER (uids[i]));
  weft_document_begin_told (document, label);
  for (guint i = document->wires->len; i-- > 0;)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);

      if (g_hash_table_contains (gone, GUINT_TO_POINTER (wire->from)) ||
          g_hash_table_contains (gone, GUINT_TO_POINTER (wire->to)))
        remove_wire (document, i);
    }
  for (guint i = document->nodes->len; i-- > 0;)
    {
      Edit edit = { .kind = EDIT_REMOVE_NODE, .index = i };

      if (!g_hash_table_contains (gone,
                                  GUINT_TO_POINTER (weft_document_node_at (document, i)->uid)))
        continue;
      edit.node = g_rc_box_acquire ((NodeBox *) g_ptr_array_index (document->nodes, i));
      weft_document_do (document, &edit);
      if (is_port_node (edit.node->op))
        weft_document_port_renamed (document, edit.node->id, NULL);
    }
  weft_document_end_told (document);
}

static void
set_training (WeftDocument *document, WeftJson *take_training)
{
  Edit edit = { .kind = EDIT_TRAINING,
                .before = weft_json_ref (document->training),
                .after = take_training };

  weft_document_do (document, &edit);
}

/* Members of the training section that name ports are given to @func; what it returns (owned) comes
 * in their place, NULL leaves them. Between begin and end. */
void
weft_document_map_training (WeftDocument *document,
                            char *(*func) (const char *port, gpointer data),
                            gpointer data)
{
  g_autoptr (WeftJson) training = weft_json_copy (document->training);
  WeftJson *metrics = weft_json_get (training, "metrics");
  gboolean  changed = FALSE;

  for (guint i = 0; i < weft_json_n_members (training) + weft_json_n_members (metrics); i++)
    {
      guint            n = weft_json_n_members (training);
      WeftJson        *object = i < n ? training : metrics, *value;
      const char      *key = weft_json_member (object, i < n ? i : i - n, &value);
      const char      *text = weft_json_string (value, NULL);
      g_autofree char *port = text != NULL ? func (text, data) : NULL;

      if (port != NULL)
        weft_json_set (object, key, weft_json_new_string (port));
      changed |= port != NULL;
    }
  if (changed)
    set_training (document, g_steal_pointer (&training));
}

typedef struct
{
  const char *old, *id;
} Renaming;

/* "old.port" as "new.port"; NULL if it is another node's. */
static char *
renamed_port (const char *port, gpointer data)
{
  const Renaming *renaming = data;
  gsize           length = strlen (renaming->old);

  if (!g_str_has_prefix (port, renaming->old) || port[length] != '.')
    return NULL;
  return g_strconcat (renaming->id, port + length, NULL);
}

static void
set_params (WeftDocument *document, const WeftNode *node, WeftJson *take_params)
{
  Edit edit = { .kind = EDIT_PARAMS, .uid = node->uid };

  edit.before = weft_json_ref (node->params);
  edit.after = take_params;
  weft_document_do (document, &edit);
}

/* An "update" node says whose new value it is. */
static void
rename_targets (WeftDocument *document, const char *old, const char *id)
{
  for (guint i = 0; i < document->nodes->len; i++)
    {
      const WeftNode *node = weft_document_node_at (document, i);

      if (g_str_equal (node->op, "update") &&
          g_str_equal (weft_json_get_string (node->params, "target", ""), old))
        {
          WeftJson *params = weft_json_copy (node->params);

          weft_json_set_string (params, "target", id);
          set_params (document, node, params);
        }
    }
}

/* Renames node @uid to @id; the training section follows. Errors: WEFT_DOCUMENT_ERROR_EDIT if the
 * name is taken or none. */
gboolean
weft_document_rename_node (WeftDocument *document, guint32 uid, const char *id, GError **error)
{
  NodeBox         *box = weft_document_box (document, uid);
  g_autofree char *old = NULL;
  Edit             edit = { .kind = EDIT_RENAME, .uid = uid };

  g_return_val_if_fail (box != NULL, FALSE);
  if (weft_document_is_frozen (document, error))
    return FALSE;
  if (g_str_equal (box->id, id))
    return TRUE;
  if (!weft_document_id_is_valid (id))
    return weft_document_refuse (error, _ ("“%s” cannot be a name: use letters, digits, _ and -."),
                                 id);
  if (g_hash_table_contains (document->by_id, id))
    return weft_document_refuse (error, _ ("Another node is called “%s” already."), id);
  old = g_strdup (box->id);
  edit.before = weft_json_new_string (old);
  edit.after = weft_json_new_string (id);
  weft_document_begin_told (document, _ ("Rename Node"));
  weft_document_do (document, &edit);
  weft_document_map_training (document, renamed_port, &(Renaming){ old, id });
  rename_targets (document, old, id);
  if (is_port_node (box->op))
    weft_document_port_renamed (document, old, id);
  weft_document_end_told (document);
  return TRUE;
}

static void
do_moves (WeftDocument *document, GArray *moves)
{
  Edit edit = { .kind = EDIT_MOVE, .moves = moves };

  weft_document_begin_told (document, _ ("Move"));
  weft_document_do (document, &edit);
  weft_document_end_told (document);
}

static gboolean
is_among (const GArray *moves, guint32 uid)
{
  for (guint i = 0; i < moves->len; i++)
    if (g_array_index (moves, Move, i).uid == uid)
      return TRUE;
  return FALSE;
}

/* The dots of wires between nodes that moved move along. */
static void
move_dots (WeftDocument *document, const GArray *moves, double dx, double dy)
{
  for (guint i = 0; i < document->wires->len; i++)
    {
      WireBox *box = g_ptr_array_index (document->wires, i);
      double (*dots)[2];

      if (box->wire.n_dots == 0 || !is_among (moves, box->wire.from) ||
          !is_among (moves, box->wire.to))
        continue;
      dots = g_memdup2 (box->dots, box->wire.n_dots * sizeof *dots);
      for (guint k = 0; k < box->wire.n_dots; k++)
        {
          dots[k][0] += dx;
          dots[k][1] += dy;
        }
      weft_document_set_dots (document, box->wire.to, box->to_port, (const double (*)[2]) dots,
                              box->wire.n_dots);
      g_free (dots);
    }
}

/* Moves the @n nodes @uids by (@dx, @dy), and the dots of the wires among them. */
void
weft_document_move_nodes (
  WeftDocument *document, const guint32 *uids, guint n, double dx, double dy)
{
  GArray *moves;

  if (n == 0 || (dx == 0 && dy == 0) || !isfinite (dx) || !isfinite (dy) ||
      weft_document_is_frozen (document, NULL))
    return;
  moves = g_array_sized_new (FALSE, FALSE, sizeof (Move), n);
  for (guint i = 0; i < n; i++)
    {
      const WeftNode *node = weft_document_node (document, uids[i]);
      Move            move;

      if (node == NULL)
        continue;
      move = (Move){ uids[i],
                     { node->x, node->y },
                     { weft_document_on_canvas (node->x + dx),
                       weft_document_on_canvas (node->y + dy) } };
      g_array_append_val (moves, move);
    }
  weft_document_begin_told (document, _ ("Move"));
  move_dots (document, moves, dx, dy);
  do_moves (document, moves);
  weft_document_end_told (document);
}

/* Puts the @n nodes @uids at @places, each at its own; told as one change. Those that are there
 * already are left out; where all are, nothing happens. */
void
weft_document_place_nodes (WeftDocument  *document,
                           const guint32 *uids,
                           guint          n,
                           const double (*places)[2])
{
  g_autoptr (GArray) moves = g_array_new (FALSE, FALSE, sizeof (Move));

  if (weft_document_is_frozen (document, NULL))
    return;
  for (guint i = 0; i < n; i++)
    {
      const WeftNode *node = weft_document_node (document, uids[i]);
      Move            move = { uids[i],
                               { 0, 0 },
                               { weft_document_on_canvas (places[i][0]),
                                 weft_document_on_canvas (places[i][1]) } };

      if (node == NULL || (node->x == move.to[0] && node->y == move.to[1]))
        continue;
      move.from[0] = node->x;
      move.from[1] = node->y;
      g_array_append_val (moves, move);
    }
  if (moves->len > 0)
    do_moves (document, g_steal_pointer (&moves));
}

/* ---- Parameters ---- */

static gboolean
is_choice (const WeftParam *param, const char *text)
{
  return param->choices == NULL || g_strv_contains (param->choices, text);
}

static gboolean
number_fits (const WeftParam *param, WeftJson *value)
{
  WeftJsonKind kind = weft_json_kind (value);
  double       x = weft_json_number (value, NAN);

  if (param->kind == WEFT_PARAM_INT ? kind != WEFT_JSON_INT
                                    : kind != WEFT_JSON_INT && kind != WEFT_JSON_NUMBER)
    return FALSE;
  return x >= param->minimum && x <= param->maximum;
}

/* Numbers and names, as in [64, "batch"]. */
static gboolean
list_fits (WeftJson *value, gboolean names)
{
  if (weft_json_length (value) > WEFT_MAX_RANK)
    return FALSE;
  for (guint i = 0; i < weft_json_length (value); i++)
    {
      WeftJsonKind kind = weft_json_kind (weft_json_at (value, i));

      if (kind != WEFT_JSON_INT && !(names && kind == WEFT_JSON_STRING))
        return FALSE;
    }
  return TRUE;
}

static gboolean
value_fits (const WeftParam *param, WeftJson *value)
{
  WeftJsonKind kind = weft_json_kind (value);
  WeftDType    dtype;

  if (kind == WEFT_JSON_NULL)
    return param->optional;
  switch (param->kind)
    {
    case WEFT_PARAM_INT:
    case WEFT_PARAM_NUMBER:
      return number_fits (param, value);
    case WEFT_PARAM_BOOL:
      return kind == WEFT_JSON_BOOL;
    case WEFT_PARAM_CHOICE:
      return kind == WEFT_JSON_STRING && is_choice (param, weft_json_string (value, ""));
    case WEFT_PARAM_TEXT:
      return kind == WEFT_JSON_STRING;
    case WEFT_PARAM_DTYPE:
      return kind == WEFT_JSON_STRING && weft_dtype_parse (weft_json_string (value, ""), &dtype);
    case WEFT_PARAM_SHAPE:
      return kind == WEFT_JSON_STRING || kind == WEFT_JSON_INT ||
             (kind == WEFT_JSON_ARRAY && list_fits (value, TRUE));
    case WEFT_PARAM_AXES:
      return kind == WEFT_JSON_INT || kind == WEFT_JSON_STRING ||
             (kind == WEFT_JSON_ARRAY && list_fits (value, FALSE));
    case WEFT_PARAM_JSON:
      return TRUE;
    }
  return FALSE;
}

static char *
wanted (const WeftParam *param)
{
  g_autofree char *choices = NULL;

  switch (param->kind)
    {
    case WEFT_PARAM_INT:
    case WEFT_PARAM_NUMBER:
      if (isinf (param->minimum) && isinf (param->maximum))
        return g_strdup (param->kind == WEFT_PARAM_INT ? _ ("a whole number") : _ ("a number"));
      if (isinf (param->maximum))
        return g_strdup_printf (param->kind == WEFT_PARAM_INT ? _ ("a whole number of at least %g")
                                                              : _ ("a number of at least %g"),
                                param->minimum);
      return g_strdup_printf (param->kind == WEFT_PARAM_INT ? _ ("a whole number from %g to %g")
                                                            : _ ("a number from %g to %g"),
                              param->minimum, param->maximum);
    case WEFT_PARAM_BOOL:
      return g_strdup (_ ("true or false"));
    case WEFT_PARAM_CHOICE:
      choices =
        param->choices != NULL ? g_strjoinv (", ", (char **) param->choices) : g_strdup ("");
      return g_strdup_printf (_ ("one of %s"), choices);
    case WEFT_PARAM_TEXT:
      return g_strdup (_ ("a text"));
    case WEFT_PARAM_SHAPE:
      return g_strdup (_ ("a shape such as (batch, 784)"));
    case WEFT_PARAM_AXES:
      return g_strdup (_ ("an axis or a list of axes"));
    case WEFT_PARAM_DTYPE:
      return g_strdup (_ ("an element type such as f32"));
    case WEFT_PARAM_JSON:
      break;
    }
  return g_strdup (_ ("a value"));
}

/* TRUE if @value is one that parameter @param can have. Errors: WEFT_DOCUMENT_ERROR_EDIT, "units
 * must be a whole number of at least 1". */
gboolean
weft_param_check (const WeftParam *param, WeftJson *value, GError **error)
{
  g_autofree char *what = NULL;

  if (value_fits (param, value))
    return TRUE;
  what = wanted (param);
  return weft_document_refuse (error, _ ("%s must be %s."), param->name, what);
}

static const WeftParam *
find_param (WeftDocument *document, const char *op, const char *name, GError **error)
{
  WeftNearest      nearest;
  g_autofree char *hint = NULL;
  guint            n;
  const WeftParam *params = weft_document_params (document, op, &n);

  weft_nearest_begin (&nearest, name);
  for (guint i = 0; i < n; i++)
    {
      if (g_str_equal (params[i].name, name))
        return &params[i];
      weft_nearest_offer (&nearest, params[i].name);
    }
  hint = weft_nearest_hint (&nearest);
  weft_document_refuse (error, _ ("%s has no parameter %s%s"), op, name,
                        *hint != '\0' ? hint : ".");
  return NULL;
}

static gboolean
has_port (const WeftPorts *ports, gboolean input, const char *name)
{
  guint           n = input ? ports->n_inputs : ports->n_outputs;
  const WeftPort *list = input ? ports->inputs : ports->outputs;

  for (guint i = 0; i < n; i++)
    if (g_str_equal (list[i].name, name))
      return TRUE;
  return FALSE;
}

/* After a change of a text: wires at ports that it no longer has go. A text that does not parse has
 * no ports and loses nothing. */
void
weft_document_drop_stale_wires (WeftDocument *document, guint32 uid)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (document, uid);

  if (ports->n_inputs + ports->n_outputs == 0)
    return;
  for (guint i = document->wires->len; i-- > 0;)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);

      if ((wire->to == uid && !has_port (ports, TRUE, wire->to_port)) ||
          (wire->from == uid && !has_port (ports, FALSE, wire->from_port)))
        remove_wire (document, i);
    }
}

/* Sets parameter @name of node @uid to @value (taken; NULL: back to the default).
 * Errors: WEFT_DOCUMENT_ERROR_EDIT if there is no such parameter or it cannot have that value. */
gboolean
weft_document_set_param (
  WeftDocument *document, guint32 uid, const char *name, WeftJson *value, GError **error)
{
  g_autoptr (WeftJson) owned = value;
  NodeBox         *box = weft_document_box (document, uid);
  const WeftParam *param;
  g_autofree char *label = NULL;
  Edit             edit = { .kind = EDIT_PARAMS, .uid = uid };

  g_return_val_if_fail (box != NULL, FALSE);
  if (weft_document_is_frozen (document, error))
    return FALSE;
  param = find_param (document, box->op, name, error);
  if (param == NULL || (value != NULL && !weft_param_check (param, value, error)))
    return FALSE;
  if (weft_loop_kind (box->op, NULL) &&
      weft_document_get_group (document, weft_json_string (value, NULL)) != NULL &&
      !weft_document_check_nesting (document, weft_json_string (value, ""), error))
    return FALSE;
  edit.before = weft_json_ref (box->node.params);
  edit.after = weft_json_copy (box->node.params);
  if (value != NULL)
    weft_json_set (edit.after, name, g_steal_pointer (&owned));
  else
    weft_json_remove (edit.after, name);
  if (weft_json_equal (edit.before, edit.after))
    {
      weft_json_unref (edit.before);
      weft_json_unref (edit.after);
      return TRUE;
    }
  label = g_strdup_printf (_ ("Change %s of %s"), name, box->id);
  weft_document_begin_told (document, label);
  weft_document_do (document, &edit);
  weft_document_drop_stale_wires (document, uid);
  weft_document_end_told (document);
  return TRUE;
}

/* ---- Wires ---- */

static gboolean
check_ports (WeftDocument *document, guint32 uid, gboolean input, const char *port, GError **error)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (document, uid);

  if (has_port (ports, input, port))
    return TRUE;
  return weft_document_refuse (error,
                               input ? _ ("%s has no input %s.") : _ ("%s has no output %s."),
                               weft_document_node (document, uid)->id, port);
}

/* Wires output @from_port of node @from to input @to_port of node @to, in place of what was wired
 * there. Errors: WEFT_DOCUMENT_ERROR_EDIT: no such port, or a cycle, with its path. Types are not
 * checked here. */
gboolean
weft_document_connect (WeftDocument *document,
                       guint32       from,
                       const char   *from_port,
                       guint32       to,
                       const char   *to_port,
                       GError      **error)
{
  const WeftWire  *old;
  g_autofree char *path = NULL;
  Edit             edit = { .kind = EDIT_ADD_WIRE };

  g_return_val_if_fail (
    weft_document_box (document, from) != NULL && weft_document_box (document, to) != NULL, FALSE);
  if (weft_document_is_frozen (document, error))
    return FALSE;
  if (!check_ports (document, from, FALSE, from_port, error) ||
      !check_ports (document, to, TRUE, to_port, error))
    return FALSE;
  path = weft_document_path_between (document, to, from);
  if (path != NULL)
    return weft_document_refuse (error, _ ("This would make a cycle: %s -> %s."), path,
                                 weft_document_node (document, to)->id);
  old = weft_document_wire_into (document, to, to_port);
  if (old != NULL && old->from == from && g_str_equal (old->from_port, from_port))
    return TRUE;
  weft_document_begin_told (document, _ ("Connect"));
  if (old != NULL)
    weft_document_disconnect (document, to, to_port);
  edit.index = document->wires->len;
  edit.wire = weft_wire_box_new (from, from_port, to, to_port);
  weft_document_do (document, &edit);
  weft_document_end_told (document);
  return TRUE;
}

/* Removes the wire that ends in input @to_port of node @to, if there is one. */
void
weft_document_disconnect (WeftDocument *document, guint32 to, const char *to_port)
{
  const WeftWire *wire = weft_document_wire_into (document, to, to_port);

  if (wire == NULL || weft_document_is_frozen (document, NULL))
    return;
  weft_document_begin_told (document, _ ("Disconnect"));
  remove_wire (document, weft_document_wire_index (document, (const WireBox *) wire));
  weft_document_end_told (document);
}

/* ---- The document as a whole ---- */

/* Sets member @key of the training section to @value (taken; NULL removes it). */
void
weft_document_set_training (WeftDocument *document, const char *key, WeftJson *value)
{
  g_autoptr (WeftJson) training = weft_json_copy (document->training);
  g_autofree char *label = g_strdup_printf (_ ("Change %s"), key);

  if (value != NULL)
    weft_json_set (training, key, value);
  else
    weft_json_remove (training, key);
  if (weft_json_equal (training, document->training) || weft_document_is_frozen (document, NULL))
    return;
  weft_document_begin_told (document, label);
  set_training (document, g_steal_pointer (&training));
  weft_document_end_told (document);
}

/* Sets the title. */
void
weft_document_set_title (WeftDocument *document, const char *title)
{
  Edit edit = { .kind = EDIT_TITLE };

  if (g_str_equal (document->title, title) || weft_document_is_frozen (document, NULL))
    return;
  edit.before = weft_json_new_string (document->title);
  edit.after = weft_json_new_string (title);
  weft_document_begin_told (document, _ ("Change Title"));
  weft_document_do (document, &edit);
  weft_document_end_told (document);
}
