/* Lowering of loop nodes: the step becomes a function that the language's own scan, map, reduce and
 * cond call, so that a loop that is drawn and one that is written are the same.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/lower-private.h"

#include "engine/document/document-private.h"
#include "engine/document/interface.h"
#include "engine/document/step.h"
#include "engine/ops/loop.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What a call of a group as a step needs; it lives as long as the scope that knows it. */
typedef struct
{
  WeftLowerLevel  level;
  const WeftNode *node;
  WeftStep       *step;
  char          **port; /* the port to blame */
} StepCall;

static void
step_call_free (gpointer data)
{
  StepCall *call = data;

  g_clear_pointer (&call->step, weft_step_free);
  g_free (call);
}

static gboolean
nothing_wired (const WeftLowerCall *call, const char *port, GError **error)
{
  g_free (*call->port);
  *call->port = g_strdup (port);
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, _ ("nothing is wired in"));
  return FALSE;
}

/* ---- One step ---- */

static gpointer
new_items (WeftGraph *graph, guint n)
{
  return weft_graph_alloc (graph, MAX (n, 1) * sizeof (WeftBinding));
}

static void
put_value (WeftBinding *binding, WeftValue *value)
{
  *binding = (WeftBinding){ .kind = WEFT_BIND_VALUE, .value = value };
}

/* New states in the order of the states, then the rest, then when to stop. */
static gboolean
collect_results (
  StepCall *call, WeftGraph *graph, GHashTable *outputs, WeftBinding *result, GError **error)
{
  const WeftStep      *step = call->step;
  g_autofree gboolean *taken = g_new0 (gboolean, step->results->len + 1);
  WeftBinding         *items = new_items (graph, step->results->len + 1);
  guint                n = 0;

  for (guint i = 0; i < step->inputs->len; i++)
    {
      const WeftStepInput *input = &g_array_index (step->inputs, WeftStepInput, i);
      gint                 at = input->role == WEFT_STEP_STATE ? weft_step_new_state (step, input->name) : -1;

      if (at < 0)
        continue;
      put_value (&items[n++], g_hash_table_lookup (outputs, g_ptr_array_index (step->results, at)));
      taken[at] = TRUE;
    }
  for (guint i = 0; i < step->results->len; i++)
    if (!taken[i])
      put_value (&items[n++], g_hash_table_lookup (outputs, g_ptr_array_index (step->results, i)));
  for (guint i = 0; i < n; i++)
    if (items[i].value == NULL)
      {
        g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                     _ ("an output of the step is open"));
        return FALSE;
      }
  if (step->until)
    {
      WeftBinding *mark = new_items (graph, 1);

      put_value (mark, g_hash_table_lookup (outputs, "until"));
      items[n++] = (WeftBinding){
        .kind = WEFT_BIND_TUPLE, .op = g_intern_string ("until"), .n_items = 1, .items = mark
      };
    }
  *result = n == 1 && !step->until
              ? items[0]
              : (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = n, .items = items };
  return TRUE;
}

static gboolean
call_group (
  StepCall *call, WeftGraph *graph, GHashTable *inputs, WeftBinding *result, GError **error)
{
  WeftJson        *knobs = weft_json_get (call->node->params, "knobs");
  g_autofree char *op =
    g_strconcat ("group:", weft_document_get_group_name (call->step->group), NULL);
  g_autoptr (WeftJson) none = weft_json_new_object ();
  g_autoptr (GHashTable) outputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  WeftNode       node = { call->node->uid, call->node->id, op, knobs != NULL ? knobs : none, 0, 0 };
  WeftLowerLevel inside = call->level;
  WeftLowerCall  one = { &node, inputs, outputs, call->port };

  inside.graph = graph;
  inside.updates = NULL;
  inside.in_step = TRUE;
  return weft_lower_definition (&inside, &one, call->step->group, error) &&
         collect_results (call, graph, outputs, result, error);
}

/* A group as a function of all its inputs. */
static gboolean
step_func (WeftGraph         *graph,
           guint              n_args,
           const WeftBinding *args,
           gpointer           data,
           WeftBinding       *result,
           GError           **error)
{
  StepCall *call = data;
  g_autoptr (GHashTable) inputs = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < n_args && i < call->step->inputs->len; i++)
    {
      WeftValue *value = weft_binding_to_value (&args[i], graph, error);

      if (value == NULL)
        return FALSE;
      g_hash_table_insert (
        inputs, (gpointer) g_array_index (call->step->inputs, WeftStepInput, i).name, value);
    }
  return call_group (call, graph, inputs, result, error);
}

/* ---- The call as a text ---- */

/* A call that is being written: "scan(lambda _s0, _h1: _step(_s0, _h1, _c2), ...". */
typedef struct
{
  const WeftLowerLevel *level;
  const WeftLowerCall  *call;
  WeftScope            *scope;
  GString              *text;
} Writing;

/* Makes "_@param" in the scope the step; NULL after an error. The caller owns it. */
static WeftStep *
bind_step (const Writing *writing, const char *param, GError **error)
{
  g_autoptr (WeftStep) step =
    weft_step_new (writing->level->document, writing->call->node, param, error);
  g_autofree char *name = g_strconcat ("_", param, NULL);
  WeftBinding      lambda = { 0 };
  StepCall        *step_call;

  if (step == NULL)
    return NULL;
  for (guint i = 0; i < step->outer->len; i++)
    if (weft_scope_get (writing->scope, g_ptr_array_index (step->outer, i)) == NULL)
      {
        nothing_wired (writing->call, g_ptr_array_index (step->outer, i), error);
        return NULL;
      }
  if (step->lambda != NULL)
    {
      weft_lower_bind_groups (writing->level, writing->call, step->lambda, writing->scope);
      if (!weft_expr_build (step->lambda, writing->level->graph, writing->scope, &lambda, error))
        return NULL;
      weft_scope_set (writing->scope, name, &lambda);
      return g_steal_pointer (&step);
    }
  step_call = g_new0 (StepCall, 1);
  step_call->level = *writing->level;
  step_call->node = writing->call->node;
  step_call->step = weft_step_new (writing->level->document, writing->call->node, param, NULL);
  step_call->port = writing->call->port;
  weft_scope_set_function (writing->scope, name, step_func, step_call, step_call_free);
  return g_steal_pointer (&step);
}

static char
letter (WeftStepRole role)
{
  return role == WEFT_STEP_ROW ? 's' : role == WEFT_STEP_STATE ? 'h'
                                                               : 'c';
}

/* "_s0, _s1, " for the inputs with @role, which are what is wired in; FALSE: one is open. */
static gboolean
write_inputs (const Writing *writing, const WeftStep *step, WeftStepRole role, GError **error)
{
  for (guint i = 0; i < step->inputs->len; i++)
    {
      const WeftStepInput *input = &g_array_index (step->inputs, WeftStepInput, i);
      WeftValue           *value = g_hash_table_lookup (writing->call->inputs, input->name);
      g_autofree char     *name = g_strdup_printf ("_%c%u", letter (role), i);

      if (input->role != role)
        continue;
      if (value == NULL)
        return nothing_wired (writing->call, input->name, error);
      weft_scope_set_value (writing->scope, name, value);
      g_string_append_printf (writing->text, "%s, ", name);
    }
  return TRUE;
}

/* "lambda _s0, _h1: _step(_s0, _h1, _c2)": rows, states, and constants from around. */
static gboolean
write_step (const Writing *writing, const WeftStep *step, const char *param, GError **error)
{
  g_autoptr (GString) args = g_string_new (NULL);
  g_autofree char *inputs = NULL;

  for (guint i = 0; i < step->inputs->len; i++)
    {
      const WeftStepInput *input = &g_array_index (step->inputs, WeftStepInput, i);
      WeftValue           *value = g_hash_table_lookup (writing->call->inputs, input->name);
      g_autofree char     *name = g_strdup_printf ("_%c%s%u", letter (input->role), param, i);

      g_string_append_printf (args, "%s%s", args->len > 0 ? ", " : "", name);
      if (input->role != WEFT_STEP_CONSTANT)
        continue;
      if (value == NULL)
        return nothing_wired (writing->call, input->name, error);
      weft_scope_set_value (writing->scope, name, value);
    }
  g_string_append (writing->text, "lambda");
  for (guint role = WEFT_STEP_ROW, n = 0; role <= WEFT_STEP_STATE; role++)
    for (guint i = 0; i < step->inputs->len; i++)
      if (g_array_index (step->inputs, WeftStepInput, i).role == role)
        g_string_append_printf (writing->text, "%s _%c%s%u", n++ > 0 ? "," : "", letter (role),
                                param, i);
  g_string_append_printf (writing->text, ": _%s(%s)", param, args->str);
  return TRUE;
}

static WeftBinding *
run_text (const Writing *writing, GError **error)
{
  g_autoptr (WeftExpr) expr = weft_lower_parse (writing->text->str, error);
  WeftBinding *result = weft_graph_alloc (writing->level->graph, sizeof *result);

  return expr != NULL &&
             weft_expr_build (expr, writing->level->graph, writing->scope, result, error)
           ? result
           : NULL;
}

/* Result number @index of what a loop gave. */
static WeftValue *
nth (const WeftBinding *result, guint index)
{
  const WeftBinding *item = result;

  if (result->kind == WEFT_BIND_TUPLE)
    item = index < result->n_items ? &result->items[index] : NULL;
  else if (index > 0)
    item = NULL;
  return item != NULL && item->kind == WEFT_BIND_VALUE ? item->value : NULL;
}

/* ---- The four ---- */

/* "steps=..., truncate=..." as far as they are given. */
static void
write_options (const WeftLowerLevel *level, const WeftLowerCall *call, GString *out)
{
  static const char *const names[] = { "steps", "truncate", "checkpoint" };

  if (weft_json_bool (weft_lower_param (level, call->node, "backwards"), FALSE))
    g_string_append (out, ", backwards=True");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      WeftJson        *json = weft_lower_param (level, call->node, names[i]);
      const char      *text = weft_json_string (json, NULL);
      g_autofree char *number = text == NULL ? weft_json_to_string (json) : NULL;

      if (weft_json_kind (json) != WEFT_JSON_NULL && (text == NULL || *text != '\0'))
        g_string_append_printf (out, ", %s=%s", names[i], text != NULL ? text : number);
    }
}

/* The state after the last step that was done: what the loop itself hands out, or the last row. */
static WeftValue *
last_state (WeftGraph *graph, WeftValue *trajectory, gboolean backwards, GError **error)
{
  const char *text = backwards ? "x[0]" : "x[-1]";
  g_autoptr (WeftExpr) expr = NULL;
  g_autoptr (WeftScope) scope = NULL;

  if (g_str_equal (trajectory->apply->op->name, "loop"))
    {
      WeftLoop loop = weft_loop_read (trajectory->apply);

      if (trajectory->index >= loop.n_states && trajectory->index < 2 * loop.n_states)
        return weft_loop_final (trajectory->apply, trajectory->index - loop.n_states);
    }
  expr = weft_lower_parse (text, error);
  scope = weft_scope_new ();
  weft_scope_set_value (scope, "x", trajectory);
  return weft_expr_build_value (expr, graph, scope, error);
}

static gboolean
put_scan (const WeftLowerLevel *level,
          const WeftLowerCall  *call,
          const WeftStep       *step,
          const WeftBinding    *result,
          GError              **error)
{
  gboolean             backwards = weft_json_bool (weft_lower_param (level, call->node, "backwards"), FALSE);
  g_autofree gboolean *taken = g_new0 (gboolean, step->results->len + 1);
  guint                n = 0;

  for (guint i = 0; i < step->inputs->len; i++)
    {
      const WeftStepInput *input = &g_array_index (step->inputs, WeftStepInput, i);
      g_autofree char     *name = g_strconcat ("last_", input->name, NULL);
      gint                 at = input->role == WEFT_STEP_STATE ? weft_step_new_state (step, input->name) : -1;
      WeftValue           *rows = at >= 0 ? nth (result, n++) : NULL;
      WeftValue           *last = rows != NULL ? last_state (level->graph, rows, backwards, error) : NULL;

      if (at < 0)
        continue;
      if (last == NULL)
        return FALSE;
      taken[at] = TRUE;
      weft_lower_put (call, input->name, rows);
      weft_lower_put (call, name, last);
    }
  for (guint i = 0; i < step->results->len; i++)
    if (!taken[i])
      weft_lower_put (call, g_ptr_array_index (step->results, i), nth (result, n++));
  return TRUE;
}

static gboolean
check_states (const WeftStep *step, GError **error)
{
  for (guint i = 0; i < step->inputs->len; i++)
    {
      const WeftStepInput *input = &g_array_index (step->inputs, WeftStepInput, i);

      if (input->role == WEFT_STEP_STATE && weft_step_new_state (step, input->name) < 0)
        {
          g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                       _ ("the step gives no new value for the state %s; an output new_%s would"),
                       input->name, input->name);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
lower_scan (const Writing *writing, GError **error)
{
  g_autoptr (WeftStep) step = bind_step (writing, "step", error);
  WeftBinding *result;

  g_string_append (writing->text, "scan(");
  if (step == NULL || !check_states (step, error) || !write_step (writing, step, "step", error))
    return FALSE;
  g_string_append (writing->text, ", sequences=(");
  if (!write_inputs (writing, step, WEFT_STEP_ROW, error))
    return FALSE;
  g_string_append (writing->text, "), states=(");
  if (!write_inputs (writing, step, WEFT_STEP_STATE, error))
    return FALSE;
  g_string_append_c (writing->text, ')');
  write_options (writing->level, writing->call, writing->text);
  g_string_append_c (writing->text, ')');
  result = run_text (writing, error);
  return result != NULL && put_scan (writing->level, writing->call, step, result, error);
}

static void
put_results (const WeftLowerCall *call, const WeftStep *step, const WeftBinding *result)
{
  for (guint i = 0; i < step->results->len; i++)
    if (nth (result, i) != NULL)
      weft_lower_put (call, g_ptr_array_index (step->results, i), nth (result, i));
}

/* Runs the text, whose results are those of @step. */
static gboolean
run_into (const Writing *writing, const WeftStep *step, GError **error)
{
  WeftBinding *result = run_text (writing, error);

  if (result != NULL)
    put_results (writing->call, step, result);
  return result != NULL;
}

static gboolean
lower_map (const Writing *writing, GError **error)
{
  g_autoptr (WeftStep) step = bind_step (writing, "step", error);

  g_string_append (writing->text, "map(");
  if (step == NULL || !write_step (writing, step, "step", error))
    return FALSE;
  g_string_append (writing->text, ", ");
  if (!write_inputs (writing, step, WEFT_STEP_ROW, error))
    return FALSE;
  g_string_append_c (writing->text, ')');
  return run_into (writing, step, error);
}

static gboolean
lower_reduce (const Writing *writing, GError **error)
{
  g_autoptr (WeftStep) step = bind_step (writing, "step", error);
  guint n_rows = 0;

  for (guint i = 0; step != NULL && i < step->inputs->len; i++)
    n_rows += g_array_index (step->inputs, WeftStepInput, i).role == WEFT_STEP_ROW;
  if (step != NULL && n_rows != 1)
    {
      g_set_error (
        error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
        _ ("the step of reduce takes one row and what there is so far; for more use scan"));
      return FALSE;
    }
  g_string_append (writing->text, "reduce(");
  if (step == NULL || !write_step (writing, step, "step", error))
    return FALSE;
  g_string_append (writing->text, ", ");
  if (!write_inputs (writing, step, WEFT_STEP_ROW, error) ||
      !write_inputs (writing, step, WEFT_STEP_STATE, error))
    return FALSE;
  g_string_append_c (writing->text, ')');
  return run_into (writing, step, error);
}

static gboolean
lower_cond (const Writing *writing, GError **error)
{
  WeftValue *condition = g_hash_table_lookup (writing->call->inputs, "condition");
  g_autoptr (WeftStep) then = bind_step (writing, "then", error);
  g_autoptr (WeftStep) otherwise = then != NULL ? bind_step (writing, "otherwise", error) : NULL;

  if (otherwise == NULL)
    return FALSE;
  if (condition == NULL)
    return nothing_wired (writing->call, "condition", error);
  if (then->results->len != otherwise->results->len)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("one branch gives %u values and the other %u"), then->results->len,
                   otherwise->results->len);
      return FALSE;
    }
  weft_scope_set_value (writing->scope, "_condition", condition);
  g_string_append (writing->text, "cond(_condition, ");
  if (!write_step (writing, then, "then", error))
    return FALSE;
  g_string_append (writing->text, ", ");
  if (!write_step (writing, otherwise, "otherwise", error))
    return FALSE;
  g_string_append_c (writing->text, ')');
  return run_into (writing, then, error);
}

/* ---- Beam search ---- */

static gint64
int_param (const Writing *writing, const char *name)
{
  return weft_json_int (weft_lower_param (writing->level, writing->call->node, name), 1);
}

/* The step's call in the loop, states and constants under their names. */
static gboolean
write_beam_call (const Writing *writing, const WeftStep *step, gint64 k, GError **error)
{
  g_autoptr (GString) states = g_string_new (NULL);

  for (guint i = 1; i < step->inputs->len; i++)
    if (g_array_index (step->inputs, WeftStepInput, i).role == WEFT_STEP_STATE)
      g_string_append_printf (states, "_n%u, ", i);
  g_string_append_printf (writing->text, "%s_l = _step(reshape(_tok, (_b*%" G_GINT64_FORMAT ",))",
                          states->str, k);
  for (guint i = 1; i < step->inputs->len; i++)
    {
      const WeftStepInput *input = &g_array_index (step->inputs, WeftStepInput, i);
      WeftValue           *value = g_hash_table_lookup (writing->call->inputs, input->name);
      g_autofree char     *name = g_strdup_printf ("_%c%u", letter (input->role), i);

      if (value == NULL)
        return nothing_wired (writing->call, input->name, error);
      if (input->role == WEFT_STEP_STATE)
        g_string_append_printf (writing->text, ", _x%u", i);
      else
        g_string_append_printf (writing->text, ", %s", name);
      weft_scope_set_value (writing->scope, name, value);
    }
  g_string_append (writing->text, ")");
  return TRUE;
}

/* " SEPARATOR PREFIX i SUFFIX" for each state. */
static void
write_states (const Writing *writing, const WeftStep *step, const char *format)
{
  for (guint i = 1; i < step->inputs->len; i++)
    if (g_array_index (step->inputs, WeftStepInput, i).role == WEFT_STEP_STATE)
      {
        g_autofree char *number = g_strdup_printf ("%u", i);
        g_auto (GStrv) parts = g_strsplit (format, "#", -1);
        g_autofree char *text = g_strjoinv (number, parts);

        g_string_append (writing->text, text);
      }
}

static gint
first_state (const WeftStep *step)
{
  for (guint i = 1; i < step->inputs->len; i++)
    if (g_array_index (step->inputs, WeftStepInput, i).role == WEFT_STEP_STATE)
      return (gint) i;
  return -1;
}

/* At each step the best of all continuations of the beams; a beam that ended stays as it is. What
 * came from which is read back at the end. Source: Graves 2012, arXiv:1211.3711, section 2.3,
 * without the length of the output. */
static gboolean
write_beam (const Writing *writing, const WeftStep *step, GError **error)
{
  gint64 k = int_param (writing, "beam"), start = int_param (writing, "start"),
         stop = int_param (writing, "end"), steps = int_param (writing, "steps");
  GString *text = writing->text;

  g_string_append_printf (text, "_b = _h%d.shape[0]\n", first_state (step));
  write_states (writing, step, "_f# = _h#[:, None]\n");
  g_string_append (text, "_r = scan(lambda _t, _tok, _score");
  write_states (writing, step, ", _x#");
  g_string_append (text, ": (");
  if (!write_beam_call (writing, step, k, error))
    return FALSE;
  g_string_append_printf (
    text,
    "; _p = reshape(log_softmax(_l), (_b, %" G_GINT64_FORMAT ", _l.shape[-1]))"
    "; _q = where((_tok == %" G_GINT64_FORMAT
    ")[:, :, None], where(arange(_l.shape[-1]) == %" G_GINT64_FORMAT ", 0.0, -1e9), _p)"
    "; _best, _at = topk(reshape(_score[:, :, None] + _q, (_b, -1)), %" G_GINT64_FORMAT ")"
    "; _from = _at // _l.shape[-1]"
    "; _pick = reshape(arange(_b)[:, None] * %" G_GINT64_FORMAT " + _from, (-1,))"
    "; (_at %% _l.shape[-1], _best",
    k, stop, stop, k, k);
  write_states (writing, step, ", take(_n#, _pick, axis=0)");
  g_string_append_printf (text,
                          ", _from)), sequences=arange(%" G_GINT64_FORMAT
                          "), states=(full((_b, %" G_GINT64_FORMAT "), %" G_GINT64_FORMAT
                          ", i64), broadcast_to(where(arange(%" G_GINT64_FORMAT
                          ") == 0, 0.0, -1e9), (_b, %" G_GINT64_FORMAT "))",
                          steps, k, start, k, k);
  for (guint i = 1; i < step->inputs->len; i++)
    if (g_array_index (step->inputs, WeftStepInput, i).role == WEFT_STEP_STATE)
      g_string_append_printf (text,
                              ", reshape(broadcast_to(_f%u, (_b, %" G_GINT64_FORMAT
                              ") + _h%u.shape[1:]), (_b*%" G_GINT64_FORMAT ",) + _h%u.shape[1:])",
                              i, k, i, k, i);
  g_string_append_printf (
    text,
    "))\n_back = scan(lambda _w, _from, _at: (take_along_axis(_from, _at, axis=1), "
    "take_along_axis(_w, _at, axis=1)), sequences=(_r[0], _r[-1]), "
    "states=broadcast_to(arange(%" G_GINT64_FORMAT "), (_b, %" G_GINT64_FORMAT
    ")), backwards=True)\n"
    "(moveaxis(_back[1], 0, 2), _r[1][-1])",
    k, k);
  return TRUE;
}

static gboolean
lower_beam (const Writing *writing, GError **error)
{
  g_autoptr (WeftStep) step = bind_step (writing, "step", error);
  WeftBinding *result;

  if (step == NULL || !check_states (step, error))
    return FALSE;
  if (first_state (step) < 0)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("the step of a beam search takes a token and at least one state"));
      return FALSE;
    }
  if (!write_beam (writing, step, error))
    return FALSE;
  result = run_text (writing, error);
  if (result == NULL)
    return FALSE;
  weft_lower_put (writing->call, "tokens", nth (result, 0));
  weft_lower_put (writing->call, "scores", nth (result, 1));
  return TRUE;
}

/* weft_lower_loop:
 *
 * A node whose op is scan, map, reduce or cond. Errors: of the language; WEFT_DOCUMENT_ERROR_MODEL
 * where the step is none or a port is open.
 */
gboolean
weft_lower_loop (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error)
{
  g_autoptr (WeftScope) scope = weft_lower_scope (level, call->inputs);
  g_autoptr (GString) text = g_string_new (NULL);
  Writing      writing = { level, call, scope, text };
  WeftLoopKind kind = WEFT_LOOP_SCAN;

  weft_loop_kind (call->node->op, &kind);
  switch (kind)
    {
    case WEFT_LOOP_SCAN:
      return lower_scan (&writing, error);
    case WEFT_LOOP_MAP:
      return lower_map (&writing, error);
    case WEFT_LOOP_REDUCE:
      return lower_reduce (&writing, error);
    case WEFT_LOOP_COND:
      return lower_cond (&writing, error);
    case WEFT_LOOP_BEAM:
      return lower_beam (&writing, error);
    }
  return FALSE;
}

/* ---- Groups as functions of texts ---- */

typedef struct
{
  WeftLowerLevel level;
  WeftDocument  *group;
  char          *name; /* of the call's node: what its parameters are called after */
  guint32        uid;
  char         **port;
} GroupCall;

static void
group_call_free (gpointer data)
{
  GroupCall *call = data;

  g_free (call->name);
  g_free (call);
}

/* Positional arguments are the group's inputs; several outputs are a tuple. */
static gboolean
group_func (WeftGraph         *graph,
            guint              n_args,
            const WeftBinding *args,
            gpointer           data,
            WeftBinding       *result,
            GError           **error)
{
  GroupCall           *call = data;
  const WeftInterface *interface = weft_document_interface (call->group);
  g_autofree char     *op = g_strconcat ("group:", weft_document_get_group_name (call->group), NULL);
  g_autoptr (WeftJson) none = weft_json_new_object ();
  g_autoptr (GHashTable) inputs = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) outputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  WeftNode       node = { call->uid, call->name, op, none, 0, 0 };
  WeftLowerLevel inside = call->level;
  WeftLowerCall  one = { &node, inputs, outputs, call->port };
  WeftBinding   *items = new_items (graph, interface->n_results);

  for (guint i = 0; i < n_args; i++)
    {
      WeftValue *value = weft_binding_to_value (&args[i], graph, error);

      if (value == NULL)
        return FALSE;
      if (interface->inputs[i] == NULL)
        {
          g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                       _ ("%s takes %u values, and %u are given"), call->name, i, n_args);
          return FALSE;
        }
      g_hash_table_insert (inputs, (gpointer) interface->inputs[i], value);
    }
  inside.graph = graph;
  inside.updates = graph == call->level.graph ? call->level.updates : NULL;
  inside.in_step = TRUE;
  if (!weft_lower_definition (&inside, &one, call->group, error))
    return FALSE;
  for (guint i = 0; i < interface->n_results; i++)
    {
      WeftValue *value = g_hash_table_lookup (outputs, interface->outputs[i]);

      if (value == NULL)
        {
          g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, _ ("%s.%s is open"),
                       call->name, interface->outputs[i]);
          return FALSE;
        }
      put_value (&items[i], value);
    }
  *result =
    interface->n_results == 1
      ? items[0]
      : (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = interface->n_results, .items = items };
  return TRUE;
}

/* weft_lower_bind_groups:
 *
 * Groups that @expr names become functions of @scope, unless the name stands for something else,
 * there or in the language. Their parameters are called after the node and the group.
 */
void
weft_lower_bind_groups (const WeftLowerLevel *level,
                        const WeftLowerCall  *call,
                        const WeftExpr       *expr,
                        WeftScope            *scope)
{
  guint               n = 0;
  const WeftExprItem *items =
    weft_document_n_groups (level->document) > 0 ? weft_expr_items (expr, &n) : NULL;

  for (guint i = 0; i < n; i++)
    {
      WeftDocument *group = items[i].kind == WEFT_EXPR_CALL || items[i].kind == WEFT_EXPR_NAME
                              ? weft_document_get_group (level->document, items[i].name)
                              : NULL;
      GroupCall    *made;

      if (group == NULL || weft_scope_get (scope, items[i].name) != NULL ||
          weft_op_find (items[i].name) != NULL || weft_expr_find_function (items[i].name) != NULL)
        continue;
      made = g_new0 (GroupCall, 1);
      made->level = *level;
      made->group = group;
      made->name = g_strconcat (call->node->id, ".", items[i].name, NULL);
      made->uid = call->node->uid;
      made->port = call->port;
      weft_scope_set_function (scope, items[i].name, group_func, made, group_call_free);
    }
}

/* ---- Gradients of their own ---- */

typedef struct
{
  WeftLowerLevel       level;
  const WeftLowerCall *call;
  WeftDocument        *definition;
} PlainCall;

/* The definition without its own gradient. */
static gboolean
plain_func (WeftGraph         *graph,
            guint              n_args,
            const WeftBinding *args,
            gpointer           data,
            WeftBinding       *result,
            GError           **error)
{
  PlainCall           *plain = data;
  const WeftInterface *interface = weft_document_interface (plain->definition);
  g_autoptr (GHashTable) inputs = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) outputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  WeftLowerLevel level = plain->level;
  WeftLowerCall  call = { plain->call->node, inputs, outputs, plain->call->port };
  WeftBinding   *items = new_items (graph, interface->n_results);

  for (guint i = 0; i < n_args && interface->inputs[i] != NULL; i++)
    {
      WeftValue *value = weft_binding_to_value (&args[i], graph, error);

      if (value == NULL)
        return FALSE;
      g_hash_table_insert (inputs, (gpointer) interface->inputs[i], value);
    }
  level.graph = graph;
  level.plain = TRUE;
  level.in_step = TRUE;
  if (!weft_lower_definition (&level, &call, plain->definition, error))
    return FALSE;
  for (guint i = 0; i < interface->n_results; i++)
    put_value (&items[i], g_hash_table_lookup (outputs, interface->outputs[i]));
  *result =
    interface->n_results == 1
      ? items[0]
      : (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = interface->n_results, .items = items };
  return TRUE;
}

static void
append_name (GString *list, const char *prefix, const char *name)
{
  g_string_append_printf (list, "%s%s%s", list->len > 0 ? ", " : "", prefix, name);
}

/* "custom_gradient(_f, lambda x, gy: (y = _f(x); dx = gy * (1 - y**2); dx), x)" */
static char *
write_own_gradient (const WeftInterface *interface, const char *gradient, GError **error)
{
  g_autoptr (GString) inputs = g_string_new (NULL), outputs = g_string_new (NULL);
  g_autoptr (GString) cotangents = g_string_new (NULL), results = g_string_new (NULL);
  g_autoptr (WeftExpr) expr = weft_lower_parse (gradient, error);
  g_auto (GStrv) lines = g_strsplit_set (gradient, "\n;", -1);
  g_autofree char *statements = NULL;

  if (expr == NULL)
    return NULL;
  for (guint i = 0; interface->inputs[i] != NULL; i++)
    {
      g_autofree char *name = g_strconcat ("d", interface->inputs[i], NULL);

      append_name (inputs, "", interface->inputs[i]);
      append_name (results, "", name);
      if (!g_strv_contains (weft_expr_assigned_names (expr), name))
        {
          g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                       _ ("the gradient must say what %s is"), name);
          return NULL;
        }
    }
  for (guint i = 0; i < interface->n_results; i++)
    {
      append_name (outputs, "", interface->outputs[i]);
      append_name (cotangents, "g", interface->n_results == 1 ? "y" : interface->outputs[i]);
    }
  statements = g_strjoinv ("; ", lines);
  return g_strdup_printf ("custom_gradient(_f, lambda %s, %s: (%s = _f(%s); %s; (%s,)), %s)",
                          inputs->str, cotangents->str, outputs->str, inputs->str, statements,
                          results->str, inputs->str);
}

/* weft_lower_own_gradient:
 *
 * Errors: WEFT_DOCUMENT_ERROR_MODEL where the gradient leaves an input out, or there are
 * parameters, whose gradient nobody says.
 */
gboolean
weft_lower_own_gradient (const WeftLowerLevel *level,
                         const WeftLowerCall  *call,
                         WeftDocument         *definition,
                         GHashTable           *values,
                         const char           *gradient,
                         GError              **error)
{
  const WeftInterface *interface = weft_document_interface (definition);
  g_autofree char     *written = NULL;
  g_autoptr (WeftScope) scope = NULL;
  g_autoptr (GString) text = NULL;
  Writing writing = { level, call, NULL, NULL };
  g_autoptr (WeftJson) knobs = weft_lower_knobs (level, call->node);
  WeftLowerLevel within = *level;
  PlainCall     *plain;
  WeftBinding   *result;

  if (interface->outputs[interface->n_results] != NULL)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("a gradient of one's own leaves %s out; wire it in as an input"),
                   interface->outputs[interface->n_results]);
      return FALSE;
    }
  written = write_own_gradient (interface, gradient, error);
  if (written == NULL)
    return FALSE;
  plain = g_new0 (PlainCall, 1);
  plain->level = *level;
  plain->call = call;
  plain->definition = definition;
  within.document = definition;
  within.knobs = knobs;
  writing.scope = scope = weft_lower_scope (&within, values);
  writing.text = text = g_string_new (written);
  weft_scope_set_function (scope, "_f", plain_func, plain, g_free);
  result = run_text (&writing, error);
  for (guint i = 0; result != NULL && i < interface->n_results; i++)
    if (nth (result, i) != NULL)
      weft_lower_put (call, interface->outputs[i], nth (result, i));
  return result != NULL;
}
