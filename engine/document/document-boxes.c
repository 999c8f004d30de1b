/* Boxes: the nodes, wires and notes that a document holds, how they look, and what the file says of
 * each.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/document-private.h"

#include <math.h>

const WeftFlagName weft_flag_names[] = {
  { "bypass", WEFT_NODE_BYPASSED },
  { "collapsed", WEFT_NODE_COLLAPSED },
  { "pinned", WEFT_NODE_PINNED },
  { "bare", WEFT_NODE_BARE },
};
const guint weft_n_flag_names = G_N_ELEMENTS (weft_flag_names);

/* ---- Life ---- */

NodeBox *
weft_node_box_new (
  guint32 uid, const char *id, const char *op, WeftJson *take_params, double x, double y)
{
  NodeBox *box = g_rc_box_new0 (NodeBox);

  box->id = g_strdup (id);
  box->op = g_strdup (op);
  box->node =
    (WeftNode){ uid, box->id, box->op, take_params != NULL ? take_params : weft_json_new_object (),
                x, y };
  return box;
}

static void
clear_node (gpointer data)
{
  NodeBox *box = data;

  g_free (box->id);
  g_free (box->op);
  weft_json_unref (box->node.params);
  g_clear_pointer (&box->extra, weft_json_unref);
}

void
weft_node_box_unref (NodeBox *box)
{
  g_rc_box_release_full (box, clear_node);
}

WireBox *
weft_wire_box_new (guint32 from, const char *from_port, guint32 to, const char *to_port)
{
  WireBox *box = g_rc_box_new0 (WireBox);

  box->from_port = g_strdup (from_port);
  box->to_port = g_strdup (to_port);
  box->wire = (WeftWire){ from, to, box->from_port, box->to_port };
  return box;
}

static void
clear_wire (gpointer data)
{
  WireBox *box = data;

  g_free (box->from_port);
  g_free (box->to_port);
  g_free (box->dots);
  g_clear_pointer (&box->extra, weft_json_unref);
}

void
weft_wire_box_unref (WireBox *box)
{
  g_rc_box_release_full (box, clear_wire);
}

NoteBox *
weft_note_box_new (
  const char *id, const char *text, double x, double y, double width, double height)
{
  NoteBox *box = g_rc_box_new0 (NoteBox);

  box->id = g_strdup (id);
  box->text = g_strdup (text);
  box->note = (WeftNote){ box->id, box->text, x, y, width, height };
  return box;
}

static void
clear_note (gpointer data)
{
  NoteBox *box = data;

  g_free (box->id);
  g_free (box->text);
  g_clear_pointer (&box->extra, weft_json_unref);
}

void
weft_note_box_unref (NoteBox *box)
{
  g_rc_box_release_full (box, clear_note);
}

/* ---- As JSON ---- */

/* Members of @object that are not among the NULL-terminated @known ones; NULL if there are none. */
WeftJson *
weft_json_unknown_members (WeftJson *object, const char *const *known)
{
  WeftJson    *extra = NULL, *value;
  WeftJsonIter iter = { object };
  const char  *key;

  while (weft_json_next (&iter, &key, &value))
    {
      if (g_strv_contains (known, key))
        continue;
      if (extra == NULL)
        extra = weft_json_new_object ();
      weft_json_set (extra, key, value != NULL ? weft_json_ref (value) : weft_json_new_null ());
    }
  return extra;
}

/* 40 rather than 40.0. */
static WeftJson *
json_number (double x)
{
  return x == floor (x) && fabs (x) < 0x1p53 ? weft_json_new_int ((gint64) x)
                                             : weft_json_new_number (x);
}

static WeftJson *
json_pair (double x, double y)
{
  WeftJson *pair = weft_json_new_array ();

  weft_json_append (pair, json_number (x));
  weft_json_append (pair, json_number (y));
  return pair;
}

static void
add_members (WeftJson *object, WeftJson *extra)
{
  WeftJsonIter iter = { extra };
  const char  *key;
  WeftJson    *value;

  while (weft_json_next (&iter, &key, &value))
    weft_json_set (object, key, value != NULL ? weft_json_ref (value) : weft_json_new_null ());
}

WeftJson *
weft_wire_box_get_route (const WireBox *box)
{
  WeftJson *route = weft_json_new_object (), *dots;

  if (box->wire.n_dots > 0)
    {
      dots = weft_json_new_array ();
      for (guint i = 0; i < box->wire.n_dots; i++)
        weft_json_append (dots, json_pair (box->dots[i][0], box->dots[i][1]));
      weft_json_set (route, "dots", dots);
    }
  if (box->wire.tag)
    weft_json_set_bool (route, "tag", TRUE);
  add_members (route, box->extra);
  if (weft_json_n_members (route) > 0)
    return route;
  weft_json_unref (route);
  return weft_json_new_null ();
}

void
weft_wire_box_set_route (WireBox *box, WeftJson *route)
{
  static const char *const known[] = { "dots", "tag", NULL };
  WeftJson                *dots = weft_json_get (route, "dots");

  g_clear_pointer (&box->extra, weft_json_unref);
  g_clear_pointer (&box->dots, g_free);
  box->extra = weft_json_unknown_members (route, known);
  box->wire.tag = weft_json_get_bool (route, "tag", FALSE);
  box->wire.n_dots = weft_json_length (dots);
  if (box->wire.n_dots > 0)
    box->dots = g_malloc_n (box->wire.n_dots, sizeof *box->dots);
  for (guint i = 0; i < box->wire.n_dots; i++)
    for (guint k = 0; k < 2; k++)
      box->dots[i][k] = weft_json_number (weft_json_at (weft_json_at (dots, i), k), 0);
  box->wire.dots = box->dots;
}

void
weft_wire_box_look_like (WireBox *box, const WireBox *look, double dx, double dy)
{
  g_autoptr (WeftJson) route = weft_wire_box_get_route (look);

  weft_wire_box_set_route (box, route);
  for (guint i = 0; i < box->wire.n_dots; i++)
    {
      box->dots[i][0] = weft_document_on_canvas (box->dots[i][0] + dx);
      box->dots[i][1] = weft_document_on_canvas (box->dots[i][1] + dy);
    }
}

void
weft_node_box_look_like (NodeBox *box, const NodeBox *look)
{
  box->node.flags = look->node.flags;
  g_clear_pointer (&box->extra, weft_json_unref);
  box->extra = look->extra != NULL ? weft_json_copy (look->extra) : NULL;
}

void
weft_note_box_read (NoteBox *box, WeftJson *json)
{
  WeftJson *at = weft_json_get (json, "at"), *size = weft_json_get (json, "size");

  g_free (box->text);
  box->text = g_strdup (weft_json_get_string (json, "text", ""));
  box->note.text = box->text;
  box->note.x = weft_json_number (weft_json_at (at, 0), 0);
  box->note.y = weft_json_number (weft_json_at (at, 1), 0);
  box->note.width = weft_json_number (weft_json_at (size, 0), WEFT_MIN_NOTE_WIDTH);
  box->note.height = weft_json_number (weft_json_at (size, 1), WEFT_MIN_NOTE_HEIGHT);
  box->note.frame = weft_json_get_bool (json, "frame", FALSE);
}

WeftJson *
weft_node_box_to_json (const NodeBox *box)
{
  WeftJson *object = weft_json_new_object ();

  weft_json_set_string (object, "id", box->id);
  weft_json_set_string (object, "op", box->op);
  if (weft_json_n_members (box->node.params) > 0)
    weft_json_set (object, "params", weft_json_ref (box->node.params));
  weft_json_set (object, "at", json_pair (box->node.x, box->node.y));
  for (guint i = 0; i < weft_n_flag_names; i++)
    if (box->node.flags & weft_flag_names[i].flag)
      weft_json_set_bool (object, weft_flag_names[i].name, TRUE);
  add_members (object, box->extra);
  return object;
}

WeftJson *
weft_note_box_to_json (const NoteBox *box)
{
  WeftJson *object = weft_json_new_object ();

  weft_json_set_string (object, "id", box->id);
  weft_json_set_string (object, "text", box->text);
  weft_json_set (object, "at", json_pair (box->note.x, box->note.y));
  weft_json_set (object, "size", json_pair (box->note.width, box->note.height));
  if (box->note.frame)
    weft_json_set_bool (object, "frame", TRUE);
  add_members (object, box->extra);
  return object;
}
