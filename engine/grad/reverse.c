/* Reverse mode: walks a graph from its cost to its inputs and applies each row's gradient text.
 *
 * The row says the cotangent of each input for the op alone. What all ops share is here, once: sums
 * over users (one n-ary add), sums over broadcast axes, casts back to the input's type, which paths
 * matter at all, and origins: what is made for an application carries that application's origins.
 * Linear in the graph; no recursion.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/grad/grad-private.h"

#include "engine/graph/expr.h"

typedef struct
{
  guint32 node;
} WeftGradErrorPrivate;

static void
weft_grad_error_private_init (WeftGradErrorPrivate *priv)
{
}

static void
weft_grad_error_private_copy (const WeftGradErrorPrivate *from, WeftGradErrorPrivate *to)
{
  *to = *from;
}

static void
weft_grad_error_private_clear (WeftGradErrorPrivate *priv)
{
}

G_DEFINE_EXTENDED_ERROR (WeftGradError, weft_grad_error)

/* The document node that a WEFT_GRAD_ERROR is about, 0 if none is known. Any thread. */
guint32
weft_grad_error_get_node (const GError *error)
{
  g_return_val_if_fail (error->domain == WEFT_GRAD_ERROR, 0);
  return weft_grad_error_get_private (error)->node;
}

static gboolean
fail (GError **error, WeftGradErrorCode code, const WeftApply *apply, const char *format, ...)
  G_GNUC_PRINTF (4, 5);

static gboolean
fail (GError **error, WeftGradErrorCode code, const WeftApply *apply, const char *format, ...)
{
  va_list args;
  GError *problem;

  va_start (args, format);
  problem = g_error_new_valist (WEFT_GRAD_ERROR, code, format, args);
  va_end (args);
  if (apply->origins->n > 0)
    weft_grad_error_get_private (problem)->node = apply->origins->nodes[apply->origins->n - 1];
  g_propagate_error (error, problem);
  return FALSE;
}

/* ---- Texts ---- */

/* The parsed text, parsed once a process. A text that does not parse is a mistake in a row and
 * aborts. */
static WeftExpr *
parse_once (const char *text)
{
  static GMutex      mutex;
  static GHashTable *parsed; /* text -> WeftExpr */
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  WeftExpr *expr;

  if (parsed == NULL)
    parsed = g_hash_table_new (g_str_hash, g_str_equal);
  expr = g_hash_table_lookup (parsed, text);
  if (expr == NULL)
    {
      g_autoptr (GError) error = NULL;

      expr = weft_expr_parse (text, &error);
      if (expr == NULL)
        g_error ("gradient \"%s\": %s", text, error->message);
      g_hash_table_insert (parsed, (gpointer) text, expr);
    }
  return expr;
}

/* The value that @text makes for the gradient of @apply.
 * Errors: WEFT_GRAD_ERROR_UNDEFINED: the shapes, as far as they are known, do not fit, which named
 * dimensions can bring about. */
static WeftValue *
build (WeftGraph       *graph,
       const char      *text,
       WeftScope       *scope,
       const WeftApply *apply,
       GError         **error)
{
  g_autoptr (GError) problem = NULL;
  WeftBinding result;
  WeftValue  *value = NULL;

  if (weft_expr_build (parse_once (text), graph, scope, &result, &problem))
    value = weft_binding_to_value (&result, graph, &problem);
  if (value == NULL)
    fail (error, WEFT_GRAD_ERROR_UNDEFINED, apply, "the gradient of %s cannot be formed: %s",
          apply->op->name, problem->message);
  return value;
}

/* ---- The pass ---- */

typedef struct
{
  WeftGraph  *graph;
  GPtrArray  *order;   /* what the cost reaches */
  guint8     *depends; /* by application id: some float path from a wrt */
  GHashTable *sums;    /* WeftValue* -> GPtrArray of its cotangents */
  GHashTable *known;   /* WeftValue* -> WeftValue*, or NULL */
  GHashTable *held;    /* set of WeftValue* that are constants, or NULL */
  GHashTable *wanted;  /* set of WeftValue*: wrt */
} Pass;

static gboolean
is_float (const WeftValue *value)
{
  return weft_dtype_is_float (value->type.dtype);
}

/* TRUE if @value changes with a wrt in a way that has a derivative. */
static gboolean
value_depends (const Pass *pass, const WeftValue *value)
{
  if (!is_float (value) || (pass->held != NULL && g_hash_table_contains (pass->held, value)))
    return FALSE;
  return pass->depends[value->apply->id] || g_hash_table_contains (pass->wanted, value);
}

/* The row's text for input number @k; NULL: nothing flows there. */
static const char *
gradient_text (const WeftOp *op, guint k)
{
  return op->grad[MIN (k, op->n_inputs - 1)];
}

static void
mark_dependent (Pass *pass)
{
  for (guint i = 0; i < pass->order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (pass->order, i);

      for (guint k = 0; k < apply->n_inputs && !pass->depends[apply->id]; k++)
        pass->depends[apply->id] =
          value_depends (pass, apply->inputs[k]) &&
          (apply->op->no_grad != NULL || gradient_text (apply->op, k) != NULL);
    }
}

static void
add_cotangent (Pass *pass, WeftValue *value, WeftValue *cotangent)
{
  GPtrArray *sum = g_hash_table_lookup (pass->sums, value);

  if (sum == NULL)
    {
      sum = g_ptr_array_new ();
      g_hash_table_insert (pass->sums, value, sum);
    }
  g_ptr_array_add (sum, cotangent);
}

/* The cotangent of @value: the given one, or the sum of what its users sent; NULL if there is none.
 */
static WeftValue *
cotangent_of (Pass *pass, WeftValue *value)
{
  WeftValue *given = pass->known != NULL ? g_hash_table_lookup (pass->known, value) : NULL;
  GPtrArray *sum = g_hash_table_lookup (pass->sums, value);

  if (given != NULL)
    return given;
  if (sum == NULL)
    return NULL;
  if (sum->len > 1)
    {
      WeftValue *total = weft_graph_apply (pass->graph, weft_op_find ("add_n"), sum->len,
                                           (WeftValue *const *) sum->pdata, NULL, NULL);

      g_assert (total != NULL);
      g_ptr_array_set_size (sum, 0);
      g_ptr_array_add (sum, total);
    }
  return g_ptr_array_index (sum, 0);
}

WeftValue *
weft_grad_zeros_like (WeftGraph *graph, const WeftValue *value)
{
  WeftAttr   shape = weft_attr_shape (graph, &value->type.shape);
  WeftValue *zero = weft_graph_scalar (graph, value->type.dtype, 0);

  return value->type.shape.rank == 0
           ? zero
           : weft_graph_apply (graph, weft_op_find ("broadcast_to"), 1, &zero, &shape, NULL);
}

/* @gradient as a cotangent of @input: its type, summed over the axes along which @input was
 * broadcast. */
static WeftValue *
fit (Pass *pass, const WeftApply *apply, WeftValue *gradient, WeftValue *input, GError **error)
{
  g_autoptr (WeftScope) scope = NULL;

  gradient = weft_graph_cast (pass->graph, gradient, input->type.dtype);
  if (weft_shape_equal (&gradient->type.shape, &input->type.shape))
    return gradient;
  scope = weft_scope_new ();
  weft_scope_set_value (scope, "g", gradient);
  weft_scope_set_value (scope, "x", input);
  gradient = build (pass->graph, "unbroadcast(g, x)", scope, apply, error);
  if (gradient == NULL || weft_shape_equal (&gradient->type.shape, &input->type.shape))
    return gradient;
  weft_scope_set_value (scope, "g", gradient);
  return build (pass->graph, "broadcast_to(g, x.shape)", scope, apply, error);
}

/* The names that a row's text may use. */
static WeftScope *
scope_of (Pass *pass, WeftApply *apply)
{
  const WeftOp *op = apply->op;
  WeftScope    *scope = weft_scope_new ();

  for (guint i = 0; i < apply->n_outputs; i++)
    {
      WeftValue       *cotangent = cotangent_of (pass, weft_apply_output (apply, i));
      g_autofree char *name = g_strdup_printf ("gy%u", i);

      if (cotangent == NULL)
        cotangent = weft_grad_zeros_like (pass->graph, weft_apply_output (apply, i));
      weft_scope_set_value (scope, name, cotangent);
      if (i == 0)
        weft_scope_set_value (scope, "gy", cotangent);
    }
  weft_scope_set_value (scope, "y", weft_apply_output (apply, 0));
  for (guint i = 0; i < apply->n_outputs; i++)
    weft_scope_set_value (scope, op->output_names[i], weft_apply_output (apply, i));
  for (guint i = 0; i < MIN (apply->n_inputs, op->n_inputs); i++)
    weft_scope_set_value (scope, op->input_names[i], apply->inputs[i]);
  for (guint i = 0; i < op->n_attrs; i++)
    weft_scope_set_attr (scope, op->attrs[i].name, &apply->attrs[i]);
  return scope;
}

static gboolean
has_cotangent (Pass *pass, WeftApply *apply)
{
  for (guint i = 0; i < apply->n_outputs; i++)
    if (cotangent_of (pass, weft_apply_output (apply, i)) != NULL)
      return TRUE;
  return FALSE;
}

/* The same for an op that owns graphs. */
static gboolean
visit_bodies (Pass *pass, WeftApply *apply, GError **error)
{
  g_autofree WeftValue **cotangents = g_new0 (WeftValue *, apply->n_outputs + 1);
  g_autofree WeftValue **results = g_new0 (WeftValue *, apply->n_inputs + 1);
  g_autofree gboolean   *wanted = g_new0 (gboolean, apply->n_inputs + 1);

  for (guint i = 0; i < apply->n_outputs; i++)
    cotangents[i] = cotangent_of (pass, weft_apply_output (apply, i));
  for (guint i = 0; i < apply->n_inputs; i++)
    wanted[i] = gradient_text (apply->op, i) != NULL && value_depends (pass, apply->inputs[i]);
  if (!weft_grad_of_bodies (pass->graph, apply, cotangents, wanted, results, error))
    return FALSE;
  for (guint i = 0; i < apply->n_inputs; i++)
    if (results[i] != NULL)
      {
        results[i] = fit (pass, apply, results[i], apply->inputs[i], error);
        if (results[i] == NULL)
          return FALSE;
        add_cotangent (pass, apply->inputs[i], results[i]);
      }
  return TRUE;
}

/* Sends cotangents from the outputs of @apply to its inputs. */
static gboolean
visit (Pass *pass, WeftApply *apply, GError **error)
{
  const WeftOp *op = apply->op;
  g_autoptr (WeftScope) scope = NULL;

  if (!has_cotangent (pass, apply))
    return TRUE;
  if (op->traits & WEFT_TRAIT_BODY)
    return visit_bodies (pass, apply, error);
  if (op->no_grad != NULL)
    return fail (error, WEFT_GRAD_ERROR_UNDEFINED, apply, "%s has no gradient: %s", op->name,
                 op->no_grad);
  scope = scope_of (pass, apply);
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      const char *text = gradient_text (op, i);
      WeftAttr    position = weft_attr_int (i);
      WeftValue  *gradient;

      /* "0" is a gradient of zeros: it adds nothing. */
      if (text == NULL || g_str_equal (text, "0") || !value_depends (pass, apply->inputs[i]))
        continue;
      weft_scope_set_attr (scope, "position", &position);
      weft_scope_set_value (scope, op->input_names[MIN (i, op->n_inputs - 1)], apply->inputs[i]);
      gradient = build (pass->graph, text, scope, apply, error);
      if (gradient != NULL)
        gradient = fit (pass, apply, gradient, apply->inputs[i], error);
      if (gradient == NULL)
        return FALSE;
      add_cotangent (pass, apply->inputs[i], gradient);
    }
  return TRUE;
}

static gboolean
check_cost (WeftValue *cost, WeftValue *cotangent, GError **error)
{
  g_autofree char *type = weft_type_to_string (&cost->type);
  g_autofree char *given = NULL;

  if (!is_float (cost))
    return fail (error, WEFT_GRAD_ERROR_COST, cost->apply, "the cost must be a float, it is %s",
                 type);
  if (cotangent == NULL && cost->type.shape.rank > 0)
    return fail (error, WEFT_GRAD_ERROR_COST, cost->apply,
                 "the cost must be a scalar, it is %s; take its mean or sum", type);
  if (cotangent == NULL || weft_shape_equal (&cotangent->type.shape, &cost->type.shape))
    return TRUE;
  given = weft_type_to_string (&cotangent->type);
  return fail (error, WEFT_GRAD_ERROR_COST, cost->apply, "the cotangent is %s, the cost %s", given,
               type);
}

/* TRUE if some cost or given cotangent is of @value itself. */
static gboolean
is_start (const Pass *pass, const WeftGradOptions *options, WeftValue *value)
{
  for (guint i = 0; i < options->n_costs; i++)
    if (options->costs[i] == value)
      return TRUE;
  return g_hash_table_contains (pass->sums, value);
}

/* TRUE if a cost depends on something wanted. */
static gboolean
any_depends (const Pass *pass, const WeftGradOptions *options)
{
  for (guint i = 0; i < options->n_costs; i++)
    if (pass->depends[options->costs[i]->apply->id])
      return TRUE;
  return FALSE;
}

static gboolean
collect (Pass                  *pass,
         const WeftGradOptions *options,
         guint                  n_wrt,
         WeftValue *const      *wrt,
         WeftValue            **grads,
         GError               **error)
{
  gboolean depends = any_depends (pass, options);

  for (guint i = 0; i < n_wrt; i++)
    {
      gboolean reached = is_start (pass, options, wrt[i]);

      grads[i] = cotangent_of (pass, wrt[i]);
      if (grads[i] != NULL)
        continue;
      for (guint k = 0; k < pass->order->len && !reached; k++)
        reached = g_ptr_array_index (pass->order, k) == (gpointer) wrt[i]->apply && depends;
      if (options->disconnected == WEFT_DISCONNECTED_NONE)
        continue;
      if (!reached && options->disconnected == WEFT_DISCONNECTED_ERROR)
        return fail (error, WEFT_GRAD_ERROR_DISCONNECTED, wrt[i]->apply,
                     "the cost does not depend on %s",
                     wrt[i]->name != NULL ? wrt[i]->name : wrt[i]->apply->op->name);
      grads[i] = weft_grad_zeros_like (pass->graph, wrt[i]);
    }
  return TRUE;
}

static gboolean
run (Pass *pass, GError **error)
{
  for (guint i = pass->order->len; i-- > 0;)
    {
      WeftApply *apply = g_ptr_array_index (pass->order, i);
      gboolean   ok;

      if (!pass->depends[apply->id])
        continue;
      weft_graph_push_origins (pass->graph, apply->origins);
      ok = visit (pass, apply, error);
      weft_graph_pop_origin (pass->graph);
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

/* What the pass starts from: the costs, and what cotangents are given of. */
static GPtrArray *
find_starts (const WeftGradOptions *options)
{
  GPtrArray     *starts = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer       value;

  for (guint i = 0; i < options->n_costs; i++)
    g_ptr_array_add (starts, options->costs[i]);
  if (options->known == NULL)
    return starts;
  g_hash_table_iter_init (&iter, options->known);
  while (g_hash_table_iter_next (&iter, &value, NULL))
    g_ptr_array_add (starts, value);
  return starts;
}

static void
add_costs (Pass *pass, const WeftGradOptions *options)
{
  for (guint i = 0; i < options->n_costs; i++)
    {
      WeftValue *cost = options->costs[i];
      WeftValue *cotangent = options->cotangents != NULL ? options->cotangents[i] : NULL;

      add_cotangent (pass, cost,
                     cotangent != NULL ? cotangent
                                       : weft_graph_scalar (pass->graph, cost->type.dtype, 1));
    }
}

/* The sum over options->costs of cotangent times d cost / d @wrt[i], as values of @graph, into
 * @grads (@n_wrt of them; each has the type and shape of its wrt).
 * options->known: cotangents taken as given instead of what the users of the key would send; the
 * pass starts from them too. options->constants: values that are not differentiated through. A
 * whole-number or bool value passes no cotangent. With WEFT_DISCONNECTED_NONE a wrt that gets no
 * cotangent gives NULL. The result can be differentiated again. Errors: WEFT_GRAD_ERROR_COST,
 * _UNDEFINED (says which op and why), _DISCONNECTED (names the wrt). */
gboolean
weft_grad_full (WeftGraph             *graph,
                const WeftGradOptions *options,
                guint                  n_wrt,
                WeftValue *const      *wrt,
                WeftValue            **grads,
                GError               **error)
{
  g_autoptr (GPtrArray) order = NULL;
  g_autoptr (GPtrArray) starts = find_starts (options);
  g_autoptr (GHashTable) sums =
    g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);
  g_autofree guint8 *depends = g_malloc0 (weft_graph_n_applies (graph));
  Pass               pass;

  for (guint i = 0; i < options->n_costs; i++)
    if (!check_cost (options->costs[i], options->cotangents != NULL ? options->cotangents[i] : NULL,
                     error))
      return FALSE;
  order = weft_graph_order (graph, starts->len, (WeftValue *const *) starts->pdata);
  for (guint i = 0; i < n_wrt; i++)
    g_hash_table_add (wanted, wrt[i]);
  pass = (Pass){ graph, order, depends, sums, options->known, options->constants, wanted };
  mark_dependent (&pass);
  add_costs (&pass, options);
  return run (&pass, error) && collect (&pass, options, n_wrt, wrt, grads, error);
}

void
weft_grad_reach (WeftGraph        *graph,
                 guint             n_outputs,
                 WeftValue *const *outputs,
                 guint             n_wrt,
                 WeftValue *const *wrt,
                 gboolean         *reached)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n_outputs, outputs);
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);
  g_autofree guint8 *depends = g_malloc0 (weft_graph_n_applies (graph));
  Pass               pass = { .graph = graph, .order = order, .depends = depends, .wanted = wanted };

  for (guint i = 0; i < n_wrt; i++)
    g_hash_table_add (wanted, wrt[i]);
  mark_dependent (&pass);
  for (guint i = 0; i < n_outputs; i++)
    reached[i] = value_depends (&pass, outputs[i]);
}

/* d @cost / d @wrt[i] as weft_grad_full does it: one cost, its @cotangent (NULL for a scalar),
 * @known cotangents or NULL. */
gboolean
weft_grad (WeftGraph        *graph,
           WeftValue        *cost,
           WeftValue        *cotangent,
           GHashTable       *known,
           guint             n_wrt,
           WeftValue *const *wrt,
           WeftDisconnected  disconnected,
           WeftValue       **grads,
           GError          **error)
{
  const WeftGradOptions options = { .n_costs = 1,
                                    .costs = &cost,
                                    .cotangents = &cotangent,
                                    .known = known,
                                    .disconnected = disconnected };

  return weft_grad_full (graph, &options, n_wrt, wrt, grads, error);
}

/* The directional derivative (Jacobian-vector product) of @y by @x along @v, which has the type of
 * @x: two reverse passes, so that every op with a gradient has it. Values of @graph. Errors: as
 * weft_grad; a @y that does not depend on @x gives zeros. Source: Townsend 2017, "A new trick for
 * calculating Jacobian vector products". */
WeftValue *
weft_jvp (WeftGraph *graph, WeftValue *y, WeftValue *x, WeftValue *v, GError **error)
{
  WeftValue *u = weft_graph_op (graph, "mul", weft_grad_zeros_like (graph, y),
                                weft_graph_float (graph, 1), NULL);
  WeftValue *pulled, *pushed;

  if (!weft_grad (graph, y, u, NULL, 1, &x, WEFT_DISCONNECTED_NONE, &pulled, error))
    return NULL;
  if (pulled == NULL)
    return weft_grad_zeros_like (graph, y);
  if (!weft_grad (graph, pulled, v, NULL, 1, &u, WEFT_DISCONNECTED_ZERO, &pushed, error))
    return NULL;
  return pushed;
}
