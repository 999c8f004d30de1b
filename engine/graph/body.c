/* Bodies of ops, and how they are made.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/body.h"
#include "engine/graph/graph-private.h"

#include <string.h>

struct _WeftBodyMaker
{
  WeftGraph  *outer;    /* borrowed */
  WeftGraph  *graph;    /* owned */
  GPtrArray  *inputs;   /* WeftValue* of graph: parameters */
  GHashTable *inside;   /* outer WeftValue* -> WeftValue* of graph */
  GPtrArray  *captured; /* outer WeftValue* in the order of their capture */
};

/* ---- Bodies ---- */

/* One more reference to @body. Any thread. */
WeftBody *
weft_body_ref (WeftBody *body)
{
  g_atomic_ref_count_inc (&body->ref_count);
  return body;
}

/* Gives a reference back. Any thread. */
void
weft_body_unref (WeftBody *body)
{
  if (!g_atomic_ref_count_dec (&body->ref_count))
    return;
  weft_graph_free (body->graph);
  g_free (body->inputs);
  g_free (body->outputs);
  g_free (body);
}

static WeftBody *
body_new (WeftGraph *take, guint n_inputs, guint n_outputs)
{
  WeftBody *body = g_new0 (WeftBody, 1);

  g_atomic_ref_count_init (&body->ref_count);
  body->graph = take;
  take->is_body = TRUE;
  body->n_inputs = n_inputs;
  body->n_outputs = n_outputs;
  body->inputs = g_new0 (WeftValue *, n_inputs + 1);
  body->outputs = g_new0 (WeftValue *, n_outputs + 1);
  return body;
}

/* @body as an attribute value; @graph takes over the reference. */
WeftAttr
weft_attr_take_body (WeftGraph *graph, WeftBody *body)
{
  g_ptr_array_add (graph->bodies, body);
  return (WeftAttr){ .kind = WEFT_ATTR_BODY, .body = body };
}

/* ---- Comparing ---- */

static gboolean
same_apply (const WeftApply *a, const WeftApply *b, GHashTable *partner)
{
  if (a->op != b->op || a->n_inputs != b->n_inputs || a->n_outputs != b->n_outputs ||
      a->stream != b->stream || (a->literal == NULL) != (b->literal == NULL))
    return FALSE;
  for (guint i = 0; i < a->n_inputs; i++)
    if (g_hash_table_lookup (partner, a->inputs[i]) != b->inputs[i])
      return FALSE;
  for (guint i = 0; i < a->op->n_attrs; i++)
    if (!weft_attr_equal (&a->attrs[i], &b->attrs[i]))
      return FALSE;
  for (guint i = 0; i < a->n_outputs; i++)
    if (!weft_type_equal (&a->outputs[i].type, &b->outputs[i].type))
      return FALSE;
  return a->literal == NULL || weft_array_same (a->literal, b->literal);
}

/* TRUE if @a and @b are the same applications in the same order on inputs of the same types; names
 * do not matter. Any thread. */
gboolean
weft_body_equal (const WeftBody *a, const WeftBody *b)
{
  g_autoptr (GHashTable) partner = g_hash_table_new (NULL, NULL);
  guint n = weft_graph_n_applies (a->graph);

  if (a == b)
    return TRUE;
  if (a->n_inputs != b->n_inputs || a->n_outputs != b->n_outputs ||
      n != weft_graph_n_applies (b->graph))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      WeftApply *x = weft_graph_get_apply (a->graph, i), *y = weft_graph_get_apply (b->graph, i);

      if (!same_apply (x, y, partner))
        return FALSE;
      for (guint k = 0; k < x->n_outputs; k++)
        g_hash_table_insert (partner, &x->outputs[k], &y->outputs[k]);
    }
  for (guint i = 0; i < a->n_inputs; i++)
    if (g_hash_table_lookup (partner, a->inputs[i]) != b->inputs[i])
      return FALSE;
  for (guint i = 0; i < a->n_outputs; i++)
    if (g_hash_table_lookup (partner, a->outputs[i]) != b->outputs[i])
      return FALSE;
  return TRUE;
}

/* ---- Copies ---- */

/* @body with the names of @bindings made numbers; the caller owns it. Errors: WEFT_TYPE_ERROR if
 * the numbers do not fit. */
WeftBody *
weft_body_bind (const WeftBody *body, WeftBindings *bindings, GError **error)
{
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (WeftBody) copy = body_new (weft_graph_new (), body->n_inputs, body->n_outputs);

  for (guint i = 0; i < body->n_inputs; i++)
    {
      WeftType type = body->inputs[i]->type;

      weft_shape_substitute (&type.shape, bindings);
      weft_graph_push_origins (copy->graph, body->inputs[i]->apply->origins);
      copy->inputs[i] = weft_graph_input (copy->graph, body->inputs[i]->name, &type);
      weft_graph_pop_origin (copy->graph);
      g_hash_table_insert (map, body->inputs[i], copy->inputs[i]);
    }
  if (!weft_graph_clone (body->graph, copy->graph, body->n_outputs, body->outputs, map, bindings,
                         copy->outputs, error))
    return NULL;
  return g_steal_pointer (&copy);
}

/* @body for inputs of the element types @inputs: what is inside is inferred again, and the outputs
 * are cast to @outputs if that is not NULL. The caller owns it. Errors: WEFT_TYPE_ERROR if an op
 * does not take the new types. */
WeftBody *
weft_body_retype (const WeftBody  *body,
                  const WeftDType *inputs,
                  const WeftDType *outputs,
                  GError         **error)
{
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (WeftBody) copy = body_new (weft_graph_new (), body->n_inputs, body->n_outputs);

  for (guint i = 0; i < body->n_inputs; i++)
    {
      WeftType type = body->inputs[i]->type;

      type.dtype = inputs[i];
      weft_graph_push_origins (copy->graph, body->inputs[i]->apply->origins);
      copy->inputs[i] = weft_graph_input (copy->graph, body->inputs[i]->name, &type);
      weft_graph_pop_origin (copy->graph);
      g_hash_table_insert (map, body->inputs[i], copy->inputs[i]);
    }
  if (!weft_graph_clone (body->graph, copy->graph, body->n_outputs, body->outputs, map, NULL,
                         copy->outputs, error))
    return NULL;
  for (guint i = 0; outputs != NULL && i < body->n_outputs; i++)
    copy->outputs[i] = weft_graph_cast (copy->graph, copy->outputs[i], outputs[i]);
  return g_steal_pointer (&copy);
}

/* Applies @body once in @graph to @inputs, which have the types of the body's inputs; results in
 * @outputs. */
void
weft_body_inline (const WeftBody   *body,
                  WeftGraph        *graph,
                  WeftValue *const *inputs,
                  WeftValue       **outputs)
{
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < body->n_inputs; i++)
    g_hash_table_insert (map, body->inputs[i], inputs[i]);
  if (!weft_graph_clone (body->graph, graph, body->n_outputs, body->outputs, map, NULL, outputs,
                         &error))
    g_error ("%s", error->message);
}

/* ---- Making ---- */

/* A maker of a body inside @outer, which it borrows. The caller frees it. */
WeftBodyMaker *
weft_body_maker_new (WeftGraph *outer)
{
  WeftBodyMaker *maker = g_new0 (WeftBodyMaker, 1);

  maker->outer = outer;
  maker->graph = weft_graph_new ();
  maker->graph->n_streams = outer->n_streams;
  maker->graph->is_body = TRUE;
  maker->graph->depth = outer->depth + 1;
  maker->graph->n_calls = outer->n_calls;
  weft_graph_push_origins (maker->graph, g_ptr_array_index (outer->stack, outer->stack->len - 1));
  maker->inputs = g_ptr_array_new ();
  maker->inside = g_hash_table_new (NULL, NULL);
  maker->captured = g_ptr_array_new ();
  return maker;
}

/* Frees @maker (NULL is fine) and what was built in its graph. */
void
weft_body_maker_free (WeftBodyMaker *maker)
{
  if (maker == NULL)
    return;
  g_ptr_array_unref (maker->captured);
  g_hash_table_unref (maker->inside);
  g_ptr_array_unref (maker->inputs);
  weft_graph_free (maker->graph);
  g_free (maker);
}

/* Where the body is built; borrowed. */
WeftGraph *
weft_body_maker_get_graph (WeftBodyMaker *maker)
{
  return maker->graph;
}

/* The parameters so far, WeftValue*; borrowed. */
GPtrArray *
weft_body_maker_get_inputs (WeftBodyMaker *maker)
{
  return maker->inputs;
}

/* The next parameter of the body, of @type. */
WeftValue *
weft_body_maker_input (WeftBodyMaker *maker, const char *name, const WeftType *type)
{
  WeftValue *input = weft_graph_input (maker->graph, name, type);

  g_ptr_array_add (maker->inputs, input);
  return input;
}

/* What stands for @outer, a value of the graph around, inside the body: constants that are no
 * larger than a number and dimensions are written again, everything else becomes an input. */
WeftValue *
weft_body_maker_capture (WeftBodyMaker *maker, WeftValue *outer)
{
  WeftValue *inside = g_hash_table_lookup (maker->inside, outer);

  if (inside != NULL)
    return inside;
  if (outer->apply->literal != NULL && outer->apply->literal->n_elements == 1)
    {
      inside = weft_graph_constant (maker->graph, outer->apply->literal);
      inside->type.weak = outer->type.weak;
    }
  else if (g_str_equal (outer->apply->op->name, "dim"))
    inside = weft_graph_dim (maker->graph, outer->apply->attrs[0].dims->dims[0]);
  else
    {
      WeftValue *strong = weft_graph_strong (maker->outer, outer);

      inside = weft_graph_input (maker->graph, outer->name, &strong->type);
      g_ptr_array_add (maker->captured, strong);
      g_hash_table_insert (maker->inside, strong, inside);
    }
  g_hash_table_insert (maker->inside, outer, inside);
  return inside;
}

/* A name that no input has yet: letters, digits and _ only. */
static const char *
unused_name (GHashTable *taken, const char *name)
{
  g_autofree char *base = g_strdup (name != NULL && *name != '\0' ? name : "c");
  g_autofree char *numbered = NULL;
  const char      *result;

  g_strcanon (base,
              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", '_');
  /* v7 is how a body's values without a name are written. */
  if (g_ascii_isdigit (base[0]) || (base[0] == 'v' && g_ascii_isdigit (base[1])))
    base[0] = '_';
  result = g_intern_string (base);
  for (guint i = 1; g_hash_table_contains (taken, result); i++)
    {
      g_free (numbered);
      numbered = g_strdup_printf ("%s_%u", base, i);
      result = g_intern_string (numbered);
    }
  g_hash_table_add (taken, (gpointer) result);
  return result;
}

typedef struct
{
  WeftBody   *body;
  GHashTable *map;   /* of the maker's graph -> of the body's */
  GHashTable *names; /* taken */
  guint       n;     /* inputs so far */
} Finish;

static void
add_input (Finish *finish, WeftValue *raw)
{
  WeftBody  *body = finish->body;
  WeftValue *input;

  body->inputs = g_renew (WeftValue *, body->inputs, finish->n + 1);
  weft_graph_push_origins (body->graph, raw->apply->origins);
  input = weft_graph_input (body->graph, unused_name (finish->names, raw->name), &raw->type);
  weft_graph_pop_origin (body->graph);
  body->inputs[finish->n++] = input;
  g_hash_table_insert (finish->map, raw, input);
}

/* Ends the making: a body with @outputs, of which bare numbers get a definite type. Its inputs are
 * the parameters in order, then one for each outer value that the outputs need, which @captures
 * (WeftValue*, not owned) gets in the same order. The caller owns the result; the maker is good for
 * nothing else but to be freed. */
WeftBody *
weft_body_maker_finish (WeftBodyMaker    *maker,
                        guint             n_outputs,
                        WeftValue *const *outputs,
                        GPtrArray        *captures)
{
  g_autofree WeftValue **raw = g_new (WeftValue *, n_outputs + 1);
  g_autoptr (GPtrArray) order = NULL;
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) names = g_hash_table_new (NULL, NULL);
  g_autofree guint8 *reached = NULL;
  WeftBody          *body = body_new (weft_graph_new (), 0, n_outputs);
  Finish             finish = { body, map, names, 0 };
  gboolean           done;

  for (guint i = 0; i < n_outputs; i++)
    raw[i] = weft_graph_strong (maker->graph, outputs[i]);
  for (guint i = 0; i < maker->inputs->len; i++)
    add_input (&finish, g_ptr_array_index (maker->inputs, i));
  order = weft_graph_order (maker->graph, n_outputs, raw);
  reached = g_malloc0 (weft_graph_n_applies (maker->graph));
  for (guint i = 0; i < order->len; i++)
    reached[((WeftApply *) g_ptr_array_index (order, i))->id] = 1;
  for (guint i = 0; i < maker->captured->len; i++)
    {
      WeftValue *outer = g_ptr_array_index (maker->captured, i);
      WeftValue *inside = g_hash_table_lookup (maker->inside, outer);

      if (!reached[inside->apply->id])
        continue;
      add_input (&finish, inside);
      g_ptr_array_add (captures, outer);
    }
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      if (apply->shared == NULL)
        continue;
      add_input (&finish, &apply->outputs[0]);
      g_ptr_array_add (captures, weft_graph_shared (maker->outer, apply->shared));
    }
  body->n_inputs = finish.n;
  done =
    weft_graph_clone (maker->graph, body->graph, n_outputs, raw, map, NULL, body->outputs, NULL);
  g_assert (done);
  maker->outer->n_streams = MAX (maker->outer->n_streams, maker->graph->n_streams);
  maker->outer->n_calls = maker->graph->n_calls;
  return body;
}

/* ---- Parts of a graph as bodies ---- */

/* The part of @graph between @inputs and @outputs as a body: its first inputs are @inputs in order,
 * the others are what the outputs need that does not depend on @inputs, in @captures (WeftValue* of
 * @graph). The caller owns it. */
WeftBody *
weft_body_extract (WeftGraph        *graph,
                   guint             n_inputs,
                   WeftValue *const *inputs,
                   guint             n_outputs,
                   WeftValue *const *outputs,
                   GPtrArray        *captures)
{
  g_autoptr (WeftBodyMaker) maker = weft_body_maker_new (graph);
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n_outputs, outputs);
  g_autofree guint8     *depends = g_malloc0 (weft_graph_n_applies (graph));
  g_autofree WeftValue **results = g_new (WeftValue *, n_outputs + 1);
  gboolean               done;

  for (guint i = 0; i < n_inputs; i++)
    g_hash_table_insert (map, inputs[i],
                         weft_body_maker_input (maker, inputs[i]->name, &inputs[i]->type));
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; k < apply->n_inputs && !depends[apply->id]; k++)
        depends[apply->id] =
          depends[apply->inputs[k]->apply->id] || g_hash_table_contains (map, apply->inputs[k]);
    }
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; depends[apply->id] && k < apply->n_inputs; k++)
        {
          WeftValue *input = apply->inputs[k];

          if (!depends[input->apply->id] && !g_hash_table_contains (map, input))
            g_hash_table_insert (map, input, weft_body_maker_capture (maker, input));
        }
    }
  for (guint i = 0; i < n_outputs; i++)
    if (!depends[outputs[i]->apply->id] && !g_hash_table_contains (map, outputs[i]))
      g_hash_table_insert (map, outputs[i], weft_body_maker_capture (maker, outputs[i]));
  done = weft_graph_clone (graph, maker->graph, n_outputs, outputs, map, NULL, results, NULL);
  g_assert (done);
  return weft_body_maker_finish (maker, n_outputs, results, captures);
}
