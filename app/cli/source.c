/* Documents and expressions, fed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/source.h"

#include "engine/base/nearest.h"
#include "engine/base/number-text.h"
#include "engine/graph/expr.h"
#include "engine/train/sample.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 64

void
cli_feed_free (CliFeed *feed)
{
  g_free (feed->name);
  g_clear_pointer (&feed->array, weft_array_unref);
  g_free (feed);
}

static void
array_unref (gpointer array)
{
  if (array != NULL)
    weft_array_unref (array);
}

void
cli_source_clear (CliSource *source)
{
  if (source->lowered == NULL)
    g_clear_pointer (&source->graph, weft_graph_free);
  g_clear_pointer (&source->lowered, weft_lowered_free);
  g_clear_object (&source->document);
  g_clear_pointer (&source->named, g_hash_table_unref);
  g_clear_pointer (&source->inputs, g_ptr_array_unref);
  g_clear_pointer (&source->results, g_ptr_array_unref);
  g_clear_pointer (&source->arrays, g_ptr_array_unref);
  g_clear_pointer (&source->feeds, g_ptr_array_unref);
}

/* ---- Feeds ---- */

static CliFeed *
find_feed (CliSource *source, const char *name)
{
  for (guint i = 0; i < source->feeds->len; i++)
    {
      CliFeed *feed = g_ptr_array_index (source->feeds, i);

      if (g_str_equal (feed->name, name))
        return feed;
    }
  return NULL;
}

/* A whole number is i64, any other f32, as in the expression language. */
static WeftArray *
read_number (const char *text)
{
  char  *end;
  double number;
  gint64 whole;

  errno = 0;
  whole = g_ascii_strtoll (text, &end, 10);
  if (end != text && *end == '\0' && errno == 0)
    return weft_array_new_scalar (WEFT_I64, whole);
  number = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' ? weft_array_new_scalar (WEFT_F32, number) : NULL;
}

/* Zeros of the type "f32(64, 10)" or "i64"; NULL and no error: @text is no type. */
static WeftArray *
read_type (const char *text, GError **error)
{
  const char      *open = strchr (text, '(');
  g_autofree char *word = open != NULL ? g_strndup (text, open - text) : g_strdup (text);
  gint64           shape[WEFT_MAX_RANK];
  guint            rank = 0;
  WeftDType        dtype;

  if (!weft_dtype_parse (g_strstrip (word), &dtype) ||
      (open != NULL && !g_str_has_suffix (open, ")")))
    return NULL;
  if (open != NULL)
    {
      g_autofree char *list = g_strndup (open + 1, strlen (open) - 2);
      g_auto (GStrv) parts = g_strsplit (list, ",", -1);

      for (guint i = 0; parts[i] != NULL; i++)
        {
          char *end;

          if (*g_strstrip (parts[i]) == '\0' && parts[i + 1] == NULL)
            break;
          if (rank == WEFT_MAX_RANK)
            return NULL;
          shape[rank++] = g_ascii_strtoll (parts[i], &end, 10);
          if (end == parts[i] || *end != '\0' || shape[rank - 1] < 0)
            return NULL;
        }
    }
  return weft_array_try_new (dtype, rank, shape, error);
}

/* "NAME=FILE.npy", "NAME=NUMBER" or "NAME=TYPE" that follows @option; NULL: said. Caller frees. */
CliFeed *
cli_feed_new (const char *option, const char *text, int *code)
{
  g_autoptr (GError) error = NULL;
  const char *equals = strchr (text, '=');
  CliFeed    *feed;

  if (equals == NULL || equals == text || equals[1] == '\0')
    {
      *code = cli_say (
        CLI_CALL,
        _ ("%s takes NAME=FILE.npy, NAME=NUMBER or NAME=TYPE, such as f32(64, 10), not “%s”"),
        option, text);
      return NULL;
    }
  feed = g_new0 (CliFeed, 1);
  feed->name = g_strndup (text, equals - text);
  feed->array = read_number (equals + 1);
  feed->is_number = feed->array != NULL;
  if (feed->array == NULL)
    feed->array = read_type (equals + 1, &error);
  if (feed->array == NULL && error == NULL)
    feed->array = weft_npy_read (equals + 1, &error);
  if (feed->array != NULL)
    return feed;
  cli_feed_free (feed);
  *code = cli_say_error (error);
  return NULL;
}

static gboolean
add_feed (CliSource *source, const char *text, int *code)
{
  CliFeed *feed = cli_feed_new ("--feed", text, code);

  if (feed == NULL)
    return FALSE;
  if (find_feed (source, feed->name) == NULL)
    {
      g_ptr_array_add (source->feeds, feed);
      return TRUE;
    }
  *code = cli_say (CLI_CALL, _ ("%s is fed twice"), feed->name);
  cli_feed_free (feed);
  return FALSE;
}

/* ---- Expressions ---- */

static gboolean
holds (GPtrArray *names, const char *name)
{
  return names != NULL && g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL);
}

static gboolean
add_expression_input (
  CliSource *source, WeftScope *scope, const char *name, GPtrArray *floats, int *code)
{
  CliFeed   *feed = find_feed (source, name);
  WeftType   type = { 0 };
  WeftValue *value;

  if (feed == NULL)
    {
      *code = cli_say (
        CLI_INPUT,
        _ ("%s has no value; give it one with --feed %s=NUMBER, --feed %s=FILE.npy or, where the "
           "type is enough, --feed '%s=f32(64, 10)'"),
        name, name, name, name);
      return FALSE;
    }
  feed->used = TRUE;
  if (feed->is_number && feed->array->dtype == WEFT_I64 && holds (floats, name))
    {
      WeftArray *as_float = weft_array_cast (feed->array, WEFT_F32);

      weft_array_unref (feed->array);
      feed->array = as_float;
    }
  type.dtype = weft_dtypes[feed->array->dtype].compute;
  type.shape = weft_array_get_shape (feed->array);
  value = weft_graph_input (source->graph, name, &type);
  weft_scope_set_value (scope, name, value);
  g_hash_table_insert (source->named, (gpointer) g_intern_string (name), value);
  g_ptr_array_add (source->inputs, value);
  g_ptr_array_add (source->arrays, weft_array_ref (feed->array));
  return TRUE;
}

/* "maximum" in reduce(maximum, xs, 0), unless it is fed. */
static gboolean
is_known_to_language (CliSource *source, const char *name)
{
  return find_feed (source, name) == NULL &&
         (weft_op_find (name) != NULL || weft_expr_find_function (name) != NULL);
}

/* The result, or those of a tuple as out0, out1, ... */
static gboolean
take_result (CliSource *source, const WeftBinding *result, GError **error)
{
  guint n = result->kind == WEFT_BIND_TUPLE ? result->n_items : 1;

  for (guint i = 0; i < n; i++)
    {
      const WeftBinding *item = result->kind == WEFT_BIND_TUPLE ? &result->items[i] : result;
      g_autofree char   *name = n == 1 ? g_strdup ("out") : g_strdup_printf ("out%u", i);
      WeftValue         *value = weft_binding_to_value (item, source->graph, error);

      if (value == NULL)
        return FALSE;
      value = weft_graph_strong (source->graph, value);
      g_ptr_array_add (source->results, g_strdup (name));
      g_hash_table_insert (source->named, (gpointer) g_intern_string (name), value);
    }
  return TRUE;
}

static gboolean
open_expression (CliSource *source, const char *text, GPtrArray *floats, int *code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftBinding  result = { 0 };
  const char **names;

  source->graph = weft_graph_new ();
  if (expr == NULL)
    {
      *code = cli_say_error (error);
      return FALSE;
    }
  names = weft_expr_free_names (expr);
  for (guint i = 0; names[i] != NULL; i++)
    if (!is_known_to_language (source, names[i]) &&
        !add_expression_input (source, scope, names[i], floats, code))
      return FALSE;
  if (!weft_expr_build (expr, source->graph, scope, weft_expr_has_result (expr) ? &result : NULL,
                        &error) ||
      (weft_expr_has_result (expr) && !take_result (source, &result, &error)))
    {
      *code = cli_say_error (error);
      return FALSE;
    }
  names = weft_expr_assigned_names (expr);
  for (guint i = 0; names[i] != NULL; i++)
    {
      WeftBinding *binding = weft_scope_get (scope, names[i]);
      WeftValue   *value =
        binding != NULL ? weft_binding_to_value (binding, source->graph, NULL) : NULL;

      if (value != NULL)
        value = weft_graph_strong (source->graph, value);
      if (value != NULL)
        g_hash_table_insert (source->named, (gpointer) g_intern_string (names[i]), value);
      if (value != NULL && source->results->len == 0 && names[i + 1] == NULL)
        {
          g_ptr_array_add (source->results, g_strdup ("out"));
          g_hash_table_insert (source->named, (gpointer) "out", value);
        }
    }
  return TRUE;
}

/* ---- Documents ---- */

static gboolean
open_document (CliSource *source, const char *file, int *code)
{
  WeftLowerOptions options = { 0 };
  WeftJson        *training;

  source->document = cli_load (file, code);
  if (source->document == NULL)
    return FALSE;
  training = weft_document_get_training (source->document);
  options.seed = weft_json_get_int (training, "seed", 1);
  source->lowered = weft_document_lower (source->document, &options);
  source->graph = source->lowered->graph;
  for (guint i = 0; i < source->lowered->inputs->len; i++)
    {
      WeftInputPort *port = g_ptr_array_index (source->lowered->inputs, i);

      g_ptr_array_add (source->inputs, port->value);
      g_ptr_array_add (source->arrays, NULL);
    }
  return TRUE;
}

gboolean
cli_source_open (CliSource  *source,
                 const char *file,
                 const char *expression,
                 char      **texts,
                 GPtrArray  *floats,
                 int        *code)
{
  *source = (CliSource){ 0 };
  source->named = g_hash_table_new (g_str_hash, g_str_equal);
  source->inputs = g_ptr_array_new ();
  source->results = g_ptr_array_new_with_free_func (g_free);
  source->arrays = g_ptr_array_new_with_free_func (array_unref);
  source->feeds = g_ptr_array_new_with_free_func ((GDestroyNotify) cli_feed_free);
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    if (!add_feed (source, texts[i], code))
      return FALSE;
  return expression != NULL ? open_expression (source, expression, floats, code)
                            : open_document (source, file, code);
}

static gboolean
say_problem (CliSource *source, int *code)
{
  const WeftProblem *problem;
  const WeftNode    *node;

  if (source->lowered == NULL || source->lowered->problems->len == 0)
    return FALSE;
  problem = g_ptr_array_index (source->lowered->problems, 0);
  node = weft_document_node (source->document, problem->node);
  *code = cli_say (CLI_INPUT, "%s: %s%s%s%s%s", weft_document_get_path (source->document),
                   node != NULL ? node->id : "", problem->port != NULL ? "." : "",
                   problem->port != NULL ? problem->port : "", node != NULL ? ": " : "",
                   problem->message);
  return TRUE;
}

/* "hidden" is short for its first output. */
static WeftValue *
find_first_output (CliSource *source, const char *id)
{
  const WeftNode *node = weft_document_node_by_id (source->document, id);
  g_autoptr (WeftPorts) ports =
    node != NULL ? weft_document_ports (source->document, node->uid) : NULL;
  g_autofree char *port = NULL;

  if (ports == NULL || ports->n_outputs == 0)
    return NULL;
  port = g_strdup_printf ("%s.%s", id, ports->outputs[0].name);
  return weft_lowered_get (source->lowered, port);
}

WeftValue *
cli_source_find (CliSource *source, const char *name, int *code)
{
  WeftValue       *value = NULL;
  WeftNearest      nearest;
  GHashTableIter   iter;
  gpointer         key;
  g_autofree char *hint = NULL;

  if (source->lowered != NULL)
    value = strchr (name, '.') != NULL ? weft_lowered_get (source->lowered, name)
                                       : find_first_output (source, name);
  else
    value = g_hash_table_lookup (source->named, name);
  if (value != NULL || say_problem (source, code))
    return value;
  weft_nearest_begin (&nearest, name);
  g_hash_table_iter_init (&iter, source->lowered != NULL ? source->lowered->values : source->named);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    weft_nearest_offer (&nearest, key);
  hint = weft_nearest_hint (&nearest);
  if (source->lowered != NULL)
    *code = cli_say (CLI_INPUT, _ ("%s has no output “%s”%s"),
                     weft_document_get_path (source->document), name, hint);
  else
    *code = cli_say (CLI_INPUT, _ ("the expression has no value “%s”%s; its result is “out”"), name,
                     hint);
  return NULL;
}

/* ---- Feeding a document ---- */

static gboolean
check_fed_type (const char *name, const WeftArray *array, const WeftType *type, int *code)
{
  g_autofree char *want = NULL;
  g_autofree char *have = NULL;
  WeftType         given = { .dtype = weft_dtypes[array->dtype].compute,
                             .shape = weft_array_get_shape (array) };
  gboolean         fits = array->rank == type->shape.rank;

  for (guint i = 0; fits && i < array->rank; i++)
    fits = !weft_dim_differs (given.shape.dims[i], type->shape.dims[i]);
  if (fits)
    return TRUE;
  want = weft_type_to_string (type);
  have = weft_type_to_string (&given);
  *code = cli_say (CLI_INPUT, _ ("%s takes %s, but %s is fed"), name, want, have);
  return FALSE;
}

/* Rows of the data set of @node for all its ports that are not fed. */
static gboolean
feed_rows (CliSource *source, const WeftInputPort *wanted, gsize rows, int *code)
{
  g_autoptr (GError) error = NULL;
  const WeftNode *node = weft_document_node (source->document, wanted->node);
  g_autoptr (WeftDataset) dataset =
    weft_sample_dataset (source->document, wanted->node, NULL, &error);
  gsize n;

  if (dataset == NULL)
    {
      *code = cli_say_error (error);
      return FALSE;
    }
  n = MIN (rows, (gsize) weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN));
  for (guint i = 0; i < source->lowered->inputs->len; i++)
    {
      const WeftInputPort *port = g_ptr_array_index (source->lowered->inputs, i);

      if (port->node == wanted->node && source->arrays->pdata[i] == NULL)
        source->arrays->pdata[i] = weft_sample_rows (dataset, port->column, rows, &error);
      if (error != NULL)
        {
          *code = cli_say_error (error);
          return FALSE;
        }
    }
  cli_note (_ ("%s: the first %s rows of its training data"), node->id, WEFT_SIZE_TEXT (n));
  return TRUE;
}

static gboolean
feed_port (CliSource *source, guint index, gsize rows, int *code)
{
  const WeftInputPort *port = g_ptr_array_index (source->lowered->inputs, index);
  CliFeed             *feed = find_feed (source, port->name);

  if (source->arrays->pdata[index] != NULL)
    return TRUE;
  if (feed != NULL)
    {
      feed->used = TRUE;
      if (!check_fed_type (port->name, feed->array, &port->value->type, code))
        return FALSE;
      source->arrays->pdata[index] = feed->is_number
                                       ? weft_array_cast (feed->array, port->value->type.dtype)
                                       : weft_array_ref (feed->array);
      return TRUE;
    }
  if (port->dataset != NULL)
    return feed_rows (source, port, rows, code);
  *code = cli_say (CLI_INPUT, _ ("the input %s has no value; give it one with --feed %s=FILE.npy"),
                   port->name, port->name);
  return FALSE;
}

static gboolean
check_used (CliSource *source, int *code)
{
  for (guint i = 0; i < source->feeds->len; i++)
    {
      CliFeed         *feed = g_ptr_array_index (source->feeds, i);
      WeftNearest      nearest;
      g_autofree char *hint = NULL;
      gboolean         known = FALSE;

      weft_nearest_begin (&nearest, feed->name);
      for (guint k = 0; k < source->inputs->len; k++)
        {
          const char *name =
            source->lowered != NULL
              ? ((WeftInputPort *) g_ptr_array_index (source->lowered->inputs, k))->name
              : ((WeftValue *) g_ptr_array_index (source->inputs, k))->name;

          known = known || g_strcmp0 (name, feed->name) == 0;
          if (name != NULL)
            weft_nearest_offer (&nearest, name);
        }
      if (feed->used || known)
        continue;
      hint = weft_nearest_hint (&nearest);
      *code = cli_say (CLI_INPUT, _ ("there is no input “%s” to feed%s"), feed->name, hint);
      return FALSE;
    }
  return TRUE;
}

gboolean
cli_source_feed (CliSource *source, guint n, WeftValue *const *values, gsize rows, int *code)
{
  g_autoptr (GPtrArray) order = weft_graph_order (source->graph, n, values);
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) arrays = g_ptr_array_new_with_free_func (array_unref);

  for (guint i = 0; i < source->inputs->len; i++)
    {
      WeftValue *input = g_ptr_array_index (source->inputs, i);

      if (!g_ptr_array_find (order, input->apply, NULL))
        continue;
      if (source->lowered != NULL && !feed_port (source, i, rows, code))
        return FALSE;
      g_ptr_array_add (inputs, input);
      g_ptr_array_add (arrays, weft_array_ref (source->arrays->pdata[i]));
    }
  if (!check_used (source, code))
    return FALSE;
  /* From here on the source's inputs are those that are needed. */
  g_ptr_array_unref (source->inputs);
  g_ptr_array_unref (source->arrays);
  source->inputs = g_steal_pointer (&inputs);
  source->arrays = g_steal_pointer (&arrays);
  return TRUE;
}

GPtrArray *
cli_source_results (CliSource *source)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  if (source->lowered == NULL)
    {
      for (guint i = 0; i < source->results->len; i++)
        g_ptr_array_add (names, g_strdup (g_ptr_array_index (source->results, i)));
      return names;
    }
  for (guint i = 0; i < weft_document_n_nodes (source->document); i++)
    {
      const WeftNode *node = weft_document_node_at (source->document, i);
      g_autoptr (WeftPorts) ports = weft_document_ports (source->document, node->uid);

      for (guint k = 0; ports != NULL && k < ports->n_outputs; k++)
        {
          gboolean         wired = FALSE;
          g_autofree char *name = g_strdup_printf ("%s.%s", node->id, ports->outputs[k].name);
          WeftValue       *value = weft_lowered_get (source->lowered, name);

          for (guint w = 0; w < weft_document_n_wires (source->document) && !wired; w++)
            {
              const WeftWire *wire = weft_document_wire_at (source->document, w);
              wired =
                wire->from == node->uid && g_str_equal (wire->from_port, ports->outputs[k].name);
            }
          if (!wired && value != NULL && value->apply->shared == NULL && value->apply->n_inputs > 0)
            g_ptr_array_add (names, g_steal_pointer (&name));
        }
    }
  return names;
}
