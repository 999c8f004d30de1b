/* A loop's lambda drawn as a group: its parameters are inputs, its text is a formula, its values
 * are outputs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/catalogue.h"
#include "engine/document/document-undo.h"
#include "engine/document/step.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define PORT_DISTANCE 250

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT, message);
  return FALSE;
}

/* What stands after the lambda's colon, without spaces around. */
static char *
body_of (const char *lambda)
{
  const char *colon = strchr (lambda, ':');

  return g_strstrip (g_strdup (colon != NULL ? colon + 1 : ""));
}

/* The last ";" of a block "(a = x; a + 1)", NULL if @body is none: one pair of brackets around all
 * of it, with statements inside. */
static char *
last_statement (char *body)
{
  char *last = NULL;
  gint  depth = 0;

  if (*body != '(')
    return NULL;
  for (char *at = body; *at != '\0'; at++)
    {
      depth += (strchr ("([{", *at) != NULL) - (strchr (")]}", *at) != NULL);
      if (depth == 0 && at[1] != '\0')
        return NULL;
      if (depth == 1 && *at == ';')
        last = at;
    }
  return last;
}

/* "new_h, y = BODY"; a block's statements come before. */
static char *
write_text (const char *lambda, const GPtrArray *names)
{
  g_autofree char *body = body_of (lambda);
  char            *last = last_statement (body);
  GString         *text = g_string_new (NULL);

  if (last != NULL)
    {
      body[strlen (body) - 1] = '\0';
      *last = '\0';
      g_string_append_printf (text, "%s\n", g_strstrip (body + 1));
      last = g_strstrip (last + 1);
    }
  else
    last = body;
  for (guint i = 0; i < names->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", (char *) g_ptr_array_index (names, i));
  g_string_append_printf (text, " = %s", last);
  return g_string_free (text, FALSE);
}

static guint32
add_node (
  WeftDocument *group, const char *id, const char *op, WeftJson *take_params, double x, double y)
{
  guint32  uid = weft_document_next_uid ();
  NodeBox *box = weft_node_box_new (uid, id, op, take_params, x, y);

  weft_document_insert_node (group, group->nodes->len, box);
  weft_node_box_unref (box);
  return uid;
}

static void
add_wire (WeftDocument *group, guint32 from, const char *from_port, guint32 to, const char *to_port)
{
  WireBox *box = weft_wire_box_new (from, from_port, to, to_port);

  weft_document_insert_wire (group, group->wires->len, box);
  weft_wire_box_unref (box);
}

static void
add_input (WeftDocument *group, const char *name, guint32 body, WeftJson *names)
{
  guint   n = weft_json_length (names);
  guint32 uid = add_node (group, name, "input", NULL, 0, n * PORT_DISTANCE / 2);

  add_wire (group, uid, "y", body, name);
  weft_json_append (names, weft_json_new_string (name));
}

static WeftDocument *
draw (const WeftStep *step, const char *lambda)
{
  WeftDocument    *group = weft_document_new ();
  WeftJson        *layer = weft_json_new_object ();
  WeftJson        *inputs = weft_json_new_array (), *outputs = weft_json_new_array ();
  WeftJson        *params = weft_json_new_object ();
  g_autofree char *text = write_text (lambda, step->results);
  guint32          body;

  weft_json_set_string (params, "text", text);
  body = add_node (group, "body", "expression", params, PORT_DISTANCE, 0);
  for (guint i = 0; i < step->inputs->len; i++)
    add_input (group, g_array_index (step->inputs, WeftStepInput, i).name, body, inputs);
  for (guint i = 0; i < step->outer->len; i++)
    add_input (group, g_ptr_array_index (step->outer, i), body, inputs);
  for (guint i = 0; i < step->results->len; i++)
    {
      const char      *name = g_ptr_array_index (step->results, i);
      g_autofree char *id = weft_document_unique_id (group, name);
      guint32          uid = add_node (group, id, "output", NULL, 2 * PORT_DISTANCE, i * PORT_DISTANCE / 2);

      add_wire (group, body, name, uid, "x");
      weft_json_append (outputs, weft_json_new_string (id));
    }
  weft_json_set (layer, "inputs", inputs);
  weft_json_set (layer, "outputs", outputs);
  weft_json_set (group->extra, "layer", layer);
  group->flags = 0;
  g_array_set_size (group->touched, 0);
  return group;
}

static void
append_name (GString *list, const char *name)
{
  g_string_append_printf (list, "%s%s", list->len > 0 ? " " : "", name);
}

/* The node says the group's name, and which of its inputs are states and constants. */
static void
use (WeftDocument   *document,
     const WeftNode *node,
     const char     *param,
     const WeftStep *step,
     const char     *name)
{
  Edit edit = { .kind = EDIT_PARAMS, .uid = node->uid };
  g_autoptr (GString) states = g_string_new (NULL), constants = g_string_new (NULL);
  WeftLoopKind kind = WEFT_LOOP_SCAN;

  for (guint i = 0; i < step->inputs->len; i++)
    {
      const WeftStepInput *input = &g_array_index (step->inputs, WeftStepInput, i);

      if (input->role != WEFT_STEP_ROW)
        append_name (input->role == WEFT_STEP_STATE ? states : constants, input->name);
    }
  for (guint i = 0; i < step->outer->len; i++)
    append_name (constants, g_ptr_array_index (step->outer, i));
  weft_loop_kind (node->op, &kind);
  edit.before = weft_json_ref (node->params);
  edit.after = weft_json_copy (node->params);
  weft_json_set_string (edit.after, param, name);
  if (kind == WEFT_LOOP_SCAN && states->len > 0)
    weft_json_set_string (edit.after, "states", states->str);
  if (kind != WEFT_LOOP_COND && constants->len > 0)
    weft_json_set_string (edit.after, "constants", constants->str);
  weft_document_do (document, &edit);
}

/* weft_document_step_to_group:
 * @uid: a loop node
 * @param: "step"; "then" or "otherwise"
 *
 * Errors: WEFT_DOCUMENT_ERROR_EDIT if it is a group already, or ends by until; WEFT_EXPR_ERROR if
 * it cannot be read.
 */
gboolean
weft_document_step_to_group (WeftDocument *document, guint32 uid, const char *param, GError **error)
{
  const WeftNode *node = weft_document_node (document, uid);
  WeftDocument   *root = weft_document_get_root (document);
  g_autoptr (WeftStep) step = NULL;
  g_autofree char *lambda = NULL, *name = NULL;
  Edit             edit = { .kind = EDIT_ADD_GROUP, .index = root->groups->len };

  if (weft_document_is_frozen (document, error))
    return FALSE;
  if (!weft_loop_kind (node->op, NULL))
    return refuse (error, _ ("Only the step of a loop becomes a group so."));
  step = weft_step_new (document, node, param, error);
  if (step == NULL)
    return FALSE;
  if (step->group != NULL)
    return refuse (error, _ ("The step is a group already."));
  if (step->until)
    return refuse (error,
                   _ ("A step that ends by until cannot be drawn from its text; draw a group "
                      "with an output until."));
  lambda = weft_expr_to_string (step->lambda);
  name = weft_document_unique_group_name (document, node->id);
  edit.group = draw (step, lambda);
  edit.after = weft_json_new_string (name);
  weft_document_begin (root, _ ("Open Step"));
  weft_document_hold (root);
  weft_document_do (root, &edit);
  use (document, node, param, step, name);
  weft_document_drop_stale_wires (document, uid);
  weft_document_release (root);
  weft_document_end (root);
  return TRUE;
}
