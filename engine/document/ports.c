/* The ports of a document's nodes, by what the node is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/catalogue.h"

#include "engine/dataset/dataset.h"
#include "engine/document/interface.h"
#include "engine/document/layer.h"
#include "engine/document/step.h"
#include "engine/graph/expr.h"

#include <stdlib.h>
#include <string.h>

/* Of a row that takes any number of operands, at least so many are offered. */
#define LEAST_VARIADIC 2

static void
clear_port (gpointer data)
{
  g_free (((WeftPort *) data)->name);
}

/* Frees @ports; NULL is fine. */
void
weft_ports_free (WeftPorts *ports)
{
  if (ports == NULL)
    return;
  for (guint i = 0; i < ports->n_inputs; i++)
    clear_port (&ports->inputs[i]);
  for (guint i = 0; i < ports->n_outputs; i++)
    clear_port (&ports->outputs[i]);
  g_free (ports->inputs);
  g_free (ports->outputs);
  g_free (ports);
}

typedef struct
{
  GArray *inputs, *outputs; /* WeftPort */
} Lists;

static void
add_port (GArray *list, const char *name, gboolean optional)
{
  WeftPort port = { g_strdup (name), optional };

  g_array_append_val (list, port);
}

static void
add_once (GArray *list, const char *name)
{
  for (guint i = 0; i < list->len; i++)
    if (g_str_equal (g_array_index (list, WeftPort, i).name, name))
      return;
  add_port (list, name, FALSE);
}

static void
add_names (GArray *list, const char *const *names)
{
  for (guint i = 0; names[i] != NULL; i++)
    add_port (list, names[i], FALSE);
}

/* Inputs of a definition that say what they are where nothing is wired in may stay open. */
static void
add_inputs (GArray *list, WeftDocument *definition)
{
  for (const char **name = weft_document_interface (definition)->inputs; *name != NULL; name++)
    add_port (list, *name, weft_definition_is_optional (definition, *name));
}

/* ---- By kind ---- */

static void
add_dataset (Lists *lists, WeftDocument *document, const WeftNode *node)
{
  g_autofree char *folder = weft_document_dup_folder (document);
  g_autoptr (WeftDatasetSpec) spec = weft_dataset_spec_new (node->params, folder, NULL);
  const WeftColumn *columns;
  guint             n = 0;

  if (spec == NULL)
    return;
  columns = weft_dataset_spec_columns (spec, &n);
  for (guint i = 0; i < n; i++)
    add_port (lists->outputs, columns[i].name, FALSE);
}

/* TRUE if @name means something in a text without a wire: whether one trains, a knob, a group. */
static gboolean
is_known (WeftDocument *document, const WeftNode *node, const char *name)
{
  GArray *knobs = weft_document_get_member (document, "layer") != NULL
                    ? weft_document_interface (document)->params
                    : NULL;

  if (weft_document_wire_into (document, node->uid, name) != NULL)
    return FALSE;
  for (guint i = 0; knobs != NULL && i < knobs->len; i++)
    if (g_str_equal (g_array_index (knobs, WeftParam, i).name, name))
      return TRUE;
  if (g_str_has_prefix (name, "has_") &&
      weft_definition_is_optional (document, name + strlen ("has_")))
    return TRUE;
  return g_str_equal (name, "training") || weft_document_get_group (document, name) != NULL;
}

static const char *
param_text (const WeftNode *node, const char *name, const char *otherwise)
{
  guint            n;
  const WeftParam *params = weft_catalogue_params (node->op, &n);

  if (weft_json_has (node->params, name))
    return weft_json_get_string (node->params, name, "");
  for (guint i = 0; i < n; i++)
    if (g_str_equal (params[i].name, name))
      return weft_json_string (params[i].otherwise, otherwise);
  return otherwise;
}

/* Inputs are the names that the text reads, but for those that are known without a wire; outputs
 * its result, "out", or the names that it assigns. */
static void
add_expression (Lists *lists, WeftDocument *document, const WeftNode *node)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (param_text (node, "text", ""), NULL);

  if (expr == NULL)
    return;
  for (const char **name = weft_expr_free_names (expr); *name != NULL; name++)
    if (!is_known (document, node, *name))
      add_port (lists->inputs, *name, FALSE);
  if (weft_expr_has_result (expr))
    add_port (lists->outputs, "out", FALSE);
  else
    add_names (lists->outputs, weft_expr_assigned_names (expr));
}

/* An operand that may repeat: NAME0, NAME1, ...; one more than is wired. */
static void
add_variadic (Lists *lists, WeftDocument *document, const WeftNode *node, const char *name)
{
  guint n = LEAST_VARIADIC;

  for (guint i = 0; i < weft_document_n_wires (document); i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);
      const char     *rest = wire->to == node->uid && g_str_has_prefix (wire->to_port, name)
                               ? wire->to_port + strlen (name)
                               : "";
      gsize           digits = strspn (rest, "0123456789");

      if (digits > 0 && digits < 4 && rest[digits] == '\0')
        n = MAX (n, (guint) atoi (rest) + 2);
    }
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *port = g_strdup_printf ("%s%u", name, i);

      add_port (lists->inputs, port, i > 0);
    }
}

/* An index may be text with names of its own: x[1:, i]. */
static void
add_index (Lists *lists, const WeftNode *node, const WeftOp *op, const char *name)
{
  g_autofree char *text =
    g_strdup_printf ("%s[%s]", op->input_names[0], param_text (node, name, "..."));
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, NULL);

  add_port (lists->inputs, op->input_names[0], FALSE);
  for (const char **free_name = expr != NULL ? weft_expr_free_names (expr) : NULL;
       free_name != NULL && *free_name != NULL; free_name++)
    if (!g_str_equal (*free_name, op->input_names[0]))
      add_port (lists->inputs, *free_name, FALSE);
}

static void
add_op (Lists *lists, WeftDocument *document, const WeftNode *node, const WeftOp *op)
{
  gboolean indexed = FALSE;

  for (guint i = 0; i < op->n_attrs; i++)
    if (op->attrs[i].kind == WEFT_ATTR_INDEX)
      {
        add_index (lists, node, op, op->attrs[i].name);
        indexed = TRUE;
      }
  for (guint i = 0; !indexed && i < op->n_inputs; i++)
    if (op->traits & WEFT_TRAIT_VARIADIC && i + 1 == op->n_inputs)
      add_variadic (lists, document, node, op->input_names[i]);
    else
      add_port (lists->inputs, op->input_names[i], FALSE);
  for (guint i = 0; i < op->n_outputs; i++)
    add_port (lists->outputs, op->output_names[i], FALSE);
}

/* A port for each of the step's inputs, wired to the sequence, the beginning of the state, or the
 * constant, and for what a lambda uses besides. */
static void
add_step_inputs (
  Lists *lists, WeftDocument *document, const WeftNode *node, const WeftStep *step, guint first)
{
  for (guint i = first; i < step->inputs->len; i++)
    add_once (lists->inputs, g_array_index (step->inputs, WeftStepInput, i).name);
  for (guint i = 0; i < step->outer->len; i++)
    if (!is_known (document, node, g_ptr_array_index (step->outer, i)))
      add_once (lists->inputs, g_ptr_array_index (step->outer, i));
}

static void
add_scan_outputs (Lists *lists, const WeftStep *step)
{
  g_autofree gboolean *taken = g_new0 (gboolean, step->results->len + 1);

  for (guint i = 0; i < step->inputs->len; i++)
    {
      const WeftStepInput *input = &g_array_index (step->inputs, WeftStepInput, i);
      g_autofree char     *last = g_strconcat ("last_", input->name, NULL);
      gint                 at = input->role == WEFT_STEP_STATE ? weft_step_new_state (step, input->name) : -1;

      if (at < 0)
        continue;
      taken[at] = TRUE;
      add_port (lists->outputs, input->name, FALSE);
      add_port (lists->outputs, last, FALSE);
    }
  for (guint i = 0; i < step->results->len; i++)
    if (!taken[i])
      add_port (lists->outputs, g_ptr_array_index (step->results, i), FALSE);
}

static void
add_loop (Lists *lists, WeftDocument *document, const WeftNode *node, WeftLoopKind kind)
{
  const char *const *params = weft_loop_steps (kind);

  if (kind == WEFT_LOOP_COND)
    add_port (lists->inputs, "condition", FALSE);
  for (guint i = 0; params[i] != NULL; i++)
    {
      g_autoptr (WeftStep) step = weft_step_new (document, node, params[i], NULL);

      if (step == NULL)
        continue;
      add_step_inputs (lists, document, node, step, kind == WEFT_LOOP_BEAM ? 1 : 0);
      if (kind == WEFT_LOOP_BEAM)
        {
          add_port (lists->outputs, "tokens", FALSE);
          add_port (lists->outputs, "scores", FALSE);
        }
      else if (kind == WEFT_LOOP_SCAN)
        add_scan_outputs (lists, step);
      else
        for (guint k = 0; i == 0 && k < step->results->len; k++)
          add_port (lists->outputs, g_ptr_array_index (step->results, k), FALSE);
    }
}

static gboolean
is_one_of (const char *op, const char *const *names)
{
  return g_strv_contains (names, op);
}

static WeftPorts *
list_ports (WeftDocument *document, const WeftNode *node)
{
  static const char *const one_output[] = { "input", "constant", "parameter", "shared", NULL };
  WeftPorts               *ports = g_new0 (WeftPorts, 1);
  Lists                    lists;
  WeftDocument            *definition;
  WeftLoopKind             kind;

  lists.inputs = g_array_new (FALSE, FALSE, sizeof (WeftPort));
  lists.outputs = g_array_new (FALSE, FALSE, sizeof (WeftPort));
  if (g_str_equal (node->op, "dataset"))
    add_dataset (&lists, document, node);
  else if (is_one_of (node->op, one_output))
    add_port (lists.outputs, "y", FALSE);
  else if (g_str_equal (node->op, "expression"))
    add_expression (&lists, document, node);
  else if (g_str_equal (node->op, "output") || g_str_equal (node->op, "update"))
    add_port (lists.inputs, "x", FALSE);
  else if ((definition = weft_layer_document (node->op)) != NULL ||
           (definition = weft_document_group_of (document, node->op)) != NULL)
    {
      add_inputs (lists.inputs, definition);
      add_names (lists.outputs, weft_document_interface (definition)->outputs);
    }
  else if (weft_loop_kind (node->op, &kind))
    add_loop (&lists, document, node, kind);
  else if (weft_op_find (node->op) != NULL)
    add_op (&lists, document, node, weft_op_find (node->op));
  ports->n_inputs = lists.inputs->len;
  ports->n_outputs = lists.outputs->len;
  ports->inputs = (WeftPort *) (void *) g_array_free (lists.inputs, FALSE);
  ports->outputs = (WeftPort *) (void *) g_array_free (lists.outputs, FALSE);
  return ports;
}

/* The ports of node @uid; the caller frees them. None if the node is unknown, its expression does
 * not parse, or its data set is not understood. */
WeftPorts *
weft_document_ports (WeftDocument *document, guint32 uid)
{
  const WeftNode *node = weft_document_node (document, uid);

  return node != NULL ? list_ports (document, node) : g_new0 (WeftPorts, 1);
}

/**
 * weft_document_ports_of:
 * @op: what a new node of @document would be
 * @params: (nullable): its parameters; borrowed
 *
 * Returns: (transfer full): the ports that the node would have
 */
WeftPorts *
weft_document_ports_of (WeftDocument *document, const char *op, WeftJson *params)
{
  g_autoptr (WeftJson) none = weft_json_new_object ();
  const WeftNode node = { .id = "new", .op = op, .params = params != NULL ? params : none };

  return list_ports (document, &node);
}
