/* How nodes and wires look and whether a node is passed by: flags, dots, tags.
 *
 * A node that is bypassed hands its first input on as its first output. That is asked for only
 * where the types allow it, so that what follows does not notice; later edits may change the types,
 * and what does not fit then is said where it does not fit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/document-undo.h"
#include "engine/document/lower.h"

#include <glib/gi18n-lib.h>

/* ---- Flags ---- */

static const char *
label_of (WeftNodeFlags flag, gboolean on)
{
  switch (flag)
    {
    case WEFT_NODE_BYPASSED:
      return on ? _ ("Bypass") : _ ("Stop Bypassing");
    case WEFT_NODE_COLLAPSED:
      return on ? _ ("Collapse") : _ ("Expand");
    case WEFT_NODE_PINNED:
      return on ? _ ("Pin") : _ ("Unpin");
    case WEFT_NODE_BARE:
      return on ? _ ("Hide Open Ports") : _ ("Show Open Ports");
    }
  return "";
}

/* What is wired into the first input of the node that has a wire; NULL: nothing. */
static const char *
first_wired (WeftDocument *document, guint32 uid, const WeftPorts *ports)
{
  for (guint i = 0; i < ports->n_inputs; i++)
    if (weft_document_wire_into (document, uid, ports->inputs[i].name) != NULL)
      return ports->inputs[i].name;
  return NULL;
}

/* Only the first output is still there when the node is bypassed. */
static gboolean
check_outputs (WeftDocument    *document,
               const WeftNode  *node,
               const WeftPorts *ports,
               GError         **error)
{
  for (guint i = 0; i < document->wires->len; i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);

      if (wire->from == node->uid && !g_str_equal (wire->from_port, ports->outputs[0].name))
        return weft_document_refuse (
          error, _ ("%s cannot be bypassed: %s uses its %s, which would not be there."), node->id,
          weft_document_node (document, wire->to)->id, wire->from_port);
    }
  return TRUE;
}

static gboolean
same_type (const WeftType *a, const WeftType *b)
{
  return a->dtype == b->dtype && weft_shape_equal (&a->shape, &b->shape);
}

static gboolean
check_bypass (WeftDocument *document, WeftTyping *typing, const WeftNode *node, GError **error)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (document, node->uid);
  const WeftType  *in, *out;
  const char      *input;
  g_autofree char *is = NULL, *would_be = NULL;

  if (ports->n_outputs == 0)
    return weft_document_refuse (error, _ ("%s cannot be bypassed: it has no output."), node->id);
  if (ports->n_inputs == 0)
    return weft_document_refuse (
      error, _ ("%s cannot be bypassed: it has no input to let through."), node->id);
  if (!check_outputs (document, node, ports, error))
    return FALSE;
  input = first_wired (document, node->uid, ports);
  in = input != NULL ? weft_typing_input (typing, node->uid, input) : NULL;
  out = weft_typing_output (typing, node->uid, ports->outputs[0].name);
  if (in == NULL || out == NULL || same_type (in, out))
    return TRUE;
  is = weft_type_to_string (in);
  would_be = weft_type_to_string (out);
  return weft_document_refuse (
    error, _ ("%s cannot be bypassed: its input %s is %s, its output %s is %s."), node->id, input,
    is, ports->outputs[0].name, would_be);
}

static gboolean
check_bypasses (
  WeftDocument *document, const guint32 *uids, guint n, WeftTyping *typing, GError **error)
{
  g_autoptr (WeftTyping) own = typing == NULL ? weft_typing_new (document) : NULL;

  if (typing == NULL)
    typing = own;
  weft_typing_update (typing);
  for (guint i = 0; i < n; i++)
    {
      const WeftNode *node = weft_document_node (document, uids[i]);

      if (node != NULL && !(node->flags & WEFT_NODE_BYPASSED) &&
          !check_bypass (document, typing, node, error))
        return FALSE;
    }
  return TRUE;
}

/* Sets or clears @flag of the @n nodes @uids. Errors: WEFT_DOCUMENT_ERROR_EDIT where a node that
 * shall be bypassed has nothing to let through in its place; no node is changed then. */
gboolean
weft_document_set_flag (WeftDocument  *document,
                        const guint32 *uids,
                        guint          n,
                        WeftNodeFlags  flag,
                        gboolean       on,
                        WeftTyping    *typing,
                        GError       **error)
{
  if (weft_document_is_frozen (document, error))
    return FALSE;
  if (on && flag == WEFT_NODE_BYPASSED && !check_bypasses (document, uids, n, typing, error))
    return FALSE;
  weft_document_begin_told (document, label_of (flag, on));
  for (guint i = 0; i < n; i++)
    {
      const WeftNode *node = weft_document_node (document, uids[i]);
      Edit            edit = { .kind = EDIT_FLAGS, .uid = uids[i] };

      if (node == NULL || ((node->flags & flag) != 0) == (on != FALSE))
        continue;
      edit.before = weft_json_new_int (node->flags);
      edit.after = weft_json_new_int (node->flags ^ flag);
      weft_document_do (document, &edit);
    }
  weft_document_end_told (document);
  return TRUE;
}

/* ---- Wires ---- */

/* The wire at @index is drawn as @box would be, which is given up. */
static void
set_route (WeftDocument *document, const WireBox *wire, WireBox *box, const char *label)
{
  Edit edit = { .kind = EDIT_ROUTE, .index = weft_document_wire_index (document, wire) };

  edit.before = weft_wire_box_get_route (wire);
  edit.after = weft_wire_box_get_route (box);
  weft_wire_box_unref (box);
  if (weft_json_equal (edit.before, edit.after))
    {
      weft_json_unref (edit.before);
      weft_json_unref (edit.after);
      return;
    }
  weft_document_begin_told (document, label);
  weft_document_do (document, &edit);
  weft_document_end_told (document);
}

static WireBox *
twin_of (const WireBox *wire)
{
  WireBox *box =
    weft_wire_box_new (wire->wire.from, wire->from_port, wire->wire.to, wire->to_port);

  weft_wire_box_look_like (box, wire, 0, 0);
  return box;
}

/* The wire into input @to_port of node @to passes the @n @dots, from its source on; 0: none.
 * Nothing happens where there is no wire. */
void
weft_document_set_dots (
  WeftDocument *document, guint32 to, const char *to_port, const double (*dots)[2], guint n)
{
  const WireBox *wire = (const WireBox *) weft_document_wire_into (document, to, to_port);
  WireBox       *box;
  const char    *label;

  if (wire == NULL || weft_document_is_frozen (document, NULL))
    return;
  n = MIN (n, WEFT_MAX_DOTS);
  label = n > wire->wire.n_dots   ? _ ("Add Dot")
          : n < wire->wire.n_dots ? _ ("Delete Dot")
                                  : _ ("Move Dot");
  box = twin_of (wire);
  g_free (box->dots);
  box->dots = n > 0 ? g_malloc_n (n, sizeof *box->dots) : NULL;
  box->wire.n_dots = n;
  for (guint i = 0; i < n; i++)
    {
      box->dots[i][0] = weft_document_on_canvas (dots[i][0]);
      box->dots[i][1] = weft_document_on_canvas (dots[i][1]);
    }
  set_route (document, wire, box, label);
}

/* The wire into input @to_port of node @to is drawn as a name at both its ends. Nothing happens
 * where there is no wire. */
void
weft_document_set_tag (WeftDocument *document, guint32 to, const char *to_port, gboolean tag)
{
  const WireBox *wire = (const WireBox *) weft_document_wire_into (document, to, to_port);
  WireBox       *box;

  if (wire == NULL || weft_document_is_frozen (document, NULL))
    return;
  box = twin_of (wire);
  box->wire.tag = tag != FALSE;
  set_route (document, wire, box, tag ? _ ("Show as Tag") : _ ("Show as Wire"));
}
