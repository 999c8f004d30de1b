/* What --grad and its kin ask for, as values of the source's graph.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/derivatives.h"

#include "engine/graph/expr.h"

#include <glib/gi18n.h>
#include <string.h>

typedef enum
{
  KIND_GRAD,
  KIND_JACOBIAN,
  KIND_HESSIAN,
  KIND_HVP,
  N_KINDS
} Kind;

static const char *const options[N_KINDS] = { "--grad", "--jacobian", "--hessian", "--hvp" };

typedef struct
{
  Kind       kind;
  char      *cost;
  GPtrArray *wrt; /* char*, as given */
} Request;

static GPtrArray *requests; /* Request* */
static GPtrArray *tangents; /* char*: NAME=TANGENT */

static void
request_free (Request *request)
{
  g_free (request->cost);
  g_ptr_array_unref (request->wrt);
  g_free (request);
}

static Request *
new_request (Kind kind, const char *cost)
{
  Request *request = g_new0 (Request, 1);

  request->kind = kind;
  request->cost = g_strdup (cost);
  request->wrt = g_ptr_array_new_with_free_func (g_free);
  if (requests == NULL)
    requests = g_ptr_array_new_with_free_func ((GDestroyNotify) request_free);
  g_ptr_array_add (requests, request);
  return request;
}

gboolean
cli_derivatives_of_cb (const char *option, const char *value, gpointer data, GError **error)
{
  for (guint i = 0; i < N_KINDS; i++)
    if (g_str_equal (options[i], option))
      new_request (i, value);
  return TRUE;
}

gboolean
cli_derivatives_wrt_cb (const char *option, const char *value, gpointer data, GError **error)
{
  Request *request = requests != NULL ? g_ptr_array_index (requests, requests->len - 1) : NULL;

  if (request == NULL)
    request = new_request (KIND_GRAD, NULL);
  g_ptr_array_add (request->wrt, g_strdup (value));
  return TRUE;
}

gboolean
cli_derivatives_jvp_cb (const char *option, const char *value, gpointer data, GError **error)
{
  if (tangents == NULL)
    tangents = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (tangents, g_strdup (value));
  return TRUE;
}

gboolean
cli_derivatives_asked (void)
{
  return requests != NULL;
}

gboolean
cli_derivatives_jvp_asked (void)
{
  return tangents != NULL;
}

void
cli_derivatives_clear (void)
{
  g_clear_pointer (&requests, g_ptr_array_unref);
  g_clear_pointer (&tangents, g_ptr_array_unref);
}

static char *
name_of (const char *text)
{
  return g_strndup (text, strcspn (text, "="));
}

gboolean
cli_derivatives_check (int *code)
{
  for (guint i = 0; requests != NULL && i < requests->len; i++)
    {
      Request *request = g_ptr_array_index (requests, i);

      if (request->cost == NULL)
        *code = cli_say (CLI_CALL, _ ("--wrt %s: the gradient of what? Give --grad COST before it"),
                         (char *) g_ptr_array_index (request->wrt, 0));
      else if (request->wrt->len == 0)
        *code = cli_say (CLI_CALL, _ ("%s %s: by what? Give --wrt NAME"), options[request->kind],
                         request->cost);
      for (guint k = 0; k < request->wrt->len && *code == CLI_DONE; k++)
        {
          const char *text = g_ptr_array_index (request->wrt, k);
          gboolean    has_vector = strchr (text, '=') != NULL;

          if (request->kind == KIND_HVP && !has_vector)
            *code = cli_say (CLI_CALL,
                             _ ("--hvp %s --wrt %s: times which vector? Give --wrt %s=FILE.npy"),
                             request->cost, text, text);
          else if (request->kind != KIND_HVP && has_vector)
            *code = cli_say (CLI_CALL, _ ("%s takes --wrt NAME, without a value"),
                             options[request->kind]);
        }
      if (*code != CLI_DONE)
        return FALSE;
    }
  return TRUE;
}

void
cli_derivatives_names (GPtrArray *names)
{
  for (guint i = 0; requests != NULL && i < requests->len; i++)
    {
      Request *request = g_ptr_array_index (requests, i);

      for (guint k = 0; k < request->wrt->len; k++)
        g_ptr_array_add (names, name_of (g_ptr_array_index (request->wrt, k)));
    }
  for (guint i = 0; tangents != NULL && i < tangents->len; i++)
    g_ptr_array_add (names, name_of (g_ptr_array_index (tangents, i)));
}

/* ---- Vectors ---- */

static gboolean
fits (const WeftType *given, const WeftType *wanted)
{
  gboolean same = given->shape.rank == wanted->shape.rank;

  for (guint i = 0; same && i < given->shape.rank; i++)
    same = !weft_dim_differs (given->shape.dims[i], wanted->shape.dims[i]);
  return same;
}

/* "NAME=FILE.npy" or "NAME=NUMBER" as a constant of the type of @x; a number stands for all
 * elements. */
static WeftValue *
vector_of (CliSource *source, const char *option, const char *text, WeftValue *x, int *code)
{
  CliFeed         *feed = cli_feed_new (option, text, code);
  g_autofree char *given = NULL;
  g_autofree char *wanted = NULL;
  WeftValue       *value = NULL;

  if (feed == NULL)
    return NULL;
  value = weft_graph_cast (source->graph, weft_graph_constant (source->graph, feed->array),
                           x->type.dtype);
  if (feed->is_number)
    {
      WeftAttr shape = weft_attr_shape (source->graph, &x->type.shape);

      value =
        weft_graph_apply (source->graph, weft_op_find ("broadcast_to"), 1, &value, &shape, NULL);
    }
  else if (!fits (&value->type, &x->type))
    {
      given = weft_type_to_string (&value->type);
      wanted = weft_type_to_string (&x->type);
      *code = cli_say (CLI_INPUT, _ ("%s %s: it is %s, and %s is %s"), option, text, given,
                       feed->name, wanted);
      value = NULL;
    }
  cli_feed_free (feed);
  return value;
}

/* ---- Requests ---- */

static gboolean
several (Kind kind)
{
  const char *first = NULL;

  for (guint i = 0; i < requests->len; i++)
    {
      Request *request = g_ptr_array_index (requests, i);

      if (request->kind != kind)
        continue;
      if (first != NULL && !g_str_equal (first, request->cost))
        return TRUE;
      first = request->cost;
    }
  return FALSE;
}

static void
put (const Request *request,
     const char    *x,
     const char    *y,
     WeftValue     *value,
     GPtrArray     *names,
     GPtrArray     *values)
{
  gboolean         with_cost = several (request->kind);
  g_autofree char *name =
    g_strdup_printf ("%s%s%s.%s%s%s", options[request->kind] + 2, with_cost ? "." : "",
                     with_cost ? request->cost : "", x, y != NULL ? "." : "", y != NULL ? y : "");

  /* Not connected, and asked to say nothing of it. */
  if (value == NULL)
    {
      cli_note (_ ("%s: %s does not depend on it"), name, request->cost);
      return;
    }
  g_ptr_array_add (names, g_steal_pointer (&name));
  g_ptr_array_add (values, value);
}

static gboolean
derive (const Request   *request,
        CliSource       *source,
        WeftValue       *cost,
        GPtrArray       *wrt,
        GPtrArray       *vectors,
        WeftDisconnected disconnected,
        WeftValue      **results,
        GError         **error)
{
  WeftValue *const *x = (WeftValue **) wrt->pdata;

  switch (request->kind)
    {
    case KIND_GRAD:
      return weft_grad (source->graph, cost, NULL, NULL, wrt->len, x, disconnected, results, error);
    case KIND_JACOBIAN:
      return weft_jacobian (source->graph, cost, wrt->len, x, disconnected, results, error);
    case KIND_HESSIAN:
      return weft_hessian (source->graph, cost, wrt->len, x, disconnected, results, error);
    case KIND_HVP:
      return weft_hvp (source->graph, cost, wrt->len, x, (WeftValue **) vectors->pdata,
                       disconnected, results, error);
    case N_KINDS:
      break;
    }
  g_assert_not_reached ();
}

static gboolean
add_request (const Request   *request,
             CliSource       *source,
             WeftDisconnected disconnected,
             GPtrArray       *names,
             GPtrArray       *values,
             int             *code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) wrt = g_ptr_array_new ();
  g_autoptr (GPtrArray) vectors = g_ptr_array_new ();
  g_autoptr (GPtrArray) wrt_names = g_ptr_array_new_with_free_func (g_free);
  guint                  n = request->wrt->len;
  g_autofree WeftValue **results = g_new0 (WeftValue *, (gsize) n * n + 1);
  WeftValue             *cost = cli_source_find (source, request->cost, code);

  for (guint i = 0; cost != NULL && i < n; i++)
    {
      const char *text = g_ptr_array_index (request->wrt, i);
      char       *name = name_of (text);
      WeftValue  *x = cli_source_find (source, name, code);
      WeftValue  *vector = NULL;

      g_ptr_array_add (wrt_names, name);
      if (x != NULL && request->kind == KIND_HVP)
        vector = vector_of (source, "--wrt", text, x, code);
      if (x == NULL || (vector == NULL && request->kind == KIND_HVP))
        return FALSE;
      g_ptr_array_add (wrt, x);
      g_ptr_array_add (vectors, vector);
    }
  if (cost == NULL)
    return FALSE;
  if (!derive (request, source, cost, wrt, vectors, disconnected, results, &error))
    {
      *code = cli_say_error (error);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < (request->kind == KIND_HESSIAN ? n : 1); j++)
      put (request, wrt_names->pdata[i],
           request->kind == KIND_HESSIAN && n > 1 ? wrt_names->pdata[j] : NULL,
           results[request->kind == KIND_HESSIAN ? i * n + j : i], names, values);
  return TRUE;
}

/* The derivative of @y along all tangents together; NULL: said. */
static WeftValue *
pushed_forward (CliSource *source, WeftValue *y, int *code)
{
  WeftValue *sum = NULL;

  for (guint i = 0; i < tangents->len; i++)
    {
      const char      *text = g_ptr_array_index (tangents, i);
      g_autofree char *name = name_of (text);
      g_autoptr (GError) error = NULL;
      WeftValue *x = cli_source_find (source, name, code);
      WeftValue *v = x != NULL ? vector_of (source, "--jvp", text, x, code) : NULL;
      WeftValue *one = v != NULL ? weft_jvp (source->graph, y, x, v, &error) : NULL;

      if (error != NULL)
        *code = cli_say_error (error);
      if (one == NULL)
        return NULL;
      sum = sum != NULL ? weft_graph_op (source->graph, "add", sum, one, NULL) : one;
    }
  return sum;
}

gboolean
cli_derivatives_add (
  CliSource *source, WeftDisconnected disconnected, GPtrArray *names, GPtrArray *values, int *code)
{
  guint n = values->len;

  for (guint i = 0; tangents != NULL && i < n; i++)
    {
      WeftValue *value = pushed_forward (source, g_ptr_array_index (values, i), code);

      if (value == NULL)
        return FALSE;
      g_ptr_array_add (values, value);
      g_ptr_array_add (names, g_strdup_printf ("jvp.%s", (char *) g_ptr_array_index (names, i)));
    }
  for (guint i = 0; requests != NULL && i < requests->len; i++)
    if (!add_request (g_ptr_array_index (requests, i), source, disconnected, names, values, code))
      return FALSE;
  return TRUE;
}
