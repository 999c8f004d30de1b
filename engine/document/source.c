/* Source texts: the parts of a document that are written, as graphs with names.
 *
 * A part is the graph behind some outputs, in a copy in which everything that it is given (data,
 * parameters, what flows in from outside of a selection) is an input with a name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/source-private.h"

#include "engine/document/document-private.h"
#include "engine/graph/expr.h"

#include <string.h>

#include <glib/gi18n-lib.h>

static void
input_free (gpointer data)
{
  WeftSourceInput *input = data;

  g_free (input->name);
  g_free (input->key);
  g_clear_pointer (&input->array, weft_array_unref);
  g_free (input);
}

static WeftSourcePart *
part_new (const char *function)
{
  WeftSourcePart *part = g_new0 (WeftSourcePart, 1);

  part->function = function;
  part->graph = weft_graph_new ();
  part->inputs = g_ptr_array_new_with_free_func (input_free);
  part->outputs = g_ptr_array_new ();
  part->keys = g_ptr_array_new_with_free_func (g_free);
  return part;
}

static void
part_free (gpointer data)
{
  WeftSourcePart *part = data;

  g_ptr_array_unref (part->inputs);
  g_ptr_array_unref (part->outputs);
  g_ptr_array_unref (part->keys);
  weft_graph_free (part->graph);
  g_free (part);
}

/* weft_source_identifier:
 */
char *
weft_source_identifier (const char *text)
{
  static const char *const words[] = { "and", "as", "assert", "break", "class", "continue", "def",
                                       "del", "elif", "else", "except", "finally", "for", "from",
                                       "global", "if", "import", "in", "is", "lambda", "nonlocal",
                                       "not", "or", "pass", "raise", "return", "try", "while",
                                       "with", "yield", "None", "True", "False", "np", "torch",
                                       "math", "self", "p", "load", NULL };
  g_autofree char         *name = g_strdup (text);

  g_strcanon (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_", '_');
  if (*name == '\0' || g_ascii_isdigit (*name) || g_strv_contains (words, name) ||
      weft_op_find (name) != NULL || weft_expr_find_function (name) != NULL)
    return g_strconcat (g_ascii_isdigit (*name) ? "_" : "", name, "_", NULL);
  return g_steal_pointer (&name);
}

/* ---- One part ---- */

typedef struct
{
  WeftDocument   *document;
  WeftLowered    *lowered;
  WeftSourcePart *part;
  GHashTable     *replacements; /* WeftValue -> WeftValue of the part */
  GHashTable     *names;        /* set of identifiers, owned */
} Making;

static char *
unique_name (Making *making, const char *wish)
{
  g_autofree char *base = weft_source_identifier (wish);

  for (guint i = 1;; i++)
    {
      char *name = i == 1 ? g_strdup (base) : g_strdup_printf ("%s_%u", base, i);

      if (g_hash_table_add (making->names, g_strdup (name)))
        return name;
      g_free (name);
    }
}

static WeftSourceInput *
add_input (Making *making, WeftValue *value, const char *key)
{
  WeftSourceInput *input = g_new0 (WeftSourceInput, 1);

  input->key = g_strdup (key);
  input->name = unique_name (making, key);
  input->type = value->type;
  g_ptr_array_add (making->part->inputs, input);
  g_hash_table_insert (making->replacements, value,
                       weft_graph_input (making->part->graph, input->name, &value->type));
  return input;
}

/* "cost.loss" -> cost, "cost.top" -> cost_top. */
static char *
port_name (const char *port)
{
  const char *dot = strrchr (port, '.');

  if (dot != NULL && (g_str_equal (dot, ".y") || g_str_equal (dot, ".out")))
    return g_strndup (port, dot - port);
  return g_strdup (port);
}

/* The data, parameters and large constants that @values need. */
static void
add_leaves (Making *making, guint n, WeftValue *const *values)
{
  g_autoptr (GPtrArray) order = weft_graph_order (making->lowered->graph, n, values);

  for (guint i = 0; i < order->len; i++)
    {
      WeftApply       *apply = g_ptr_array_index (order, i);
      WeftValue       *value = &apply->outputs[0];
      WeftSourceInput *input;

      if (g_hash_table_contains (making->replacements, value))
        continue;
      if (apply->shared != NULL)
        {
          input = add_input (making, value, apply->shared->name);
          input->is_parameter = TRUE;
          input->trainable = apply->shared->trainable;
        }
      else if (apply->literal != NULL && apply->literal->rank > 0)
        {
          input = add_input (making, value, "constant");
          input->array = weft_array_ref (apply->literal);
        }
      else if (g_str_equal (apply->op->name, "input"))
        add_input (making, value, value->name != NULL ? value->name : "x");
    }
}

/* Results at ports have the names of their nodes. */
static void
name_values (Making *making, GPtrArray *ports, WeftValue *const *values)
{
  for (guint i = 0; i < ports->len; i++)
    {
      g_autofree char *wish = NULL;
      g_autofree char *name = NULL;

      if (values[i]->apply->op->traits & WEFT_TRAIT_LEAF)
        continue;
      if (values[i]->name != NULL)
        continue;
      wish = port_name (g_ptr_array_index (ports, i));
      name = unique_name (making, wish);
      weft_graph_named (making->part->graph, values[i], g_intern_string (name));
    }
}

/* What expressions call their parts: two of them may use one name. */
static void
part_names (Making *making, guint n, WeftValue *const *values)
{
  g_autoptr (GPtrArray) order = weft_graph_order (making->part->graph, n, values);
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < making->part->inputs->len; i++)
    {
      WeftSourceInput *input = g_ptr_array_index (making->part->inputs, i);

      g_hash_table_add (taken, input->name);
    }
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; k < apply->n_outputs && !(apply->op->traits & WEFT_TRAIT_LEAF); k++)
        {
          const char      *name = apply->outputs[k].name;
          g_autofree char *other = NULL;

          if (name == NULL)
            continue;
          if (g_hash_table_add (taken, (gpointer) name) &&
              g_hash_table_contains (making->names, name))
            continue;
          other = unique_name (making, name);
          weft_graph_named (making->part->graph, &apply->outputs[k], g_intern_string (other));
        }
    }
}

/* All ports that a node of the document has, with their values there. */
static GPtrArray *
all_ports (Making *making, GPtrArray *values)
{
  GPtrArray *ports = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < making->document->nodes->len; i++)
    {
      const WeftNode *node = weft_document_node_at (making->document, i);
      g_autoptr (WeftPorts) has = weft_document_ports (making->document, node->uid);

      for (guint k = 0; k < has->n_outputs; k++)
        {
          char      *port = g_strconcat (node->id, ".", has->outputs[k].name, NULL);
          WeftValue *value = weft_lowered_get (making->lowered, port);

          if (value != NULL && !g_ptr_array_find (values, value, NULL))
            {
              g_ptr_array_add (ports, port);
              g_ptr_array_add (values, value);
            }
          else
            g_free (port);
        }
    }
  return ports;
}

/* The part that computes what stands at @keys, from what @given (port -> name; may be NULL) says is
 * given. */
static WeftSourcePart *
make_part (WeftDocument *document,
           WeftLowered  *lowered,
           const char   *function,
           GPtrArray    *keys,
           GPtrArray    *given,
           GError      **error)
{
  g_autoptr (GHashTable) replacements = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GPtrArray) ports = NULL;
  g_autoptr (GPtrArray) wanted = g_ptr_array_new ();
  g_autofree WeftValue **results = NULL;
  Making                 making = { document, lowered, part_new (function), replacements, names };
  WeftSourcePart        *part = making.part;

  for (guint i = 0; i < keys->len; i++)
    g_ptr_array_add (wanted, weft_lowered_get (lowered, g_ptr_array_index (keys, i)));
  for (guint i = 0; given != NULL && i < given->len; i++)
    {
      WeftValue       *value = weft_lowered_get (lowered, g_ptr_array_index (given, i));
      g_autofree char *name = port_name (g_ptr_array_index (given, i));

      if (value != NULL && !g_hash_table_contains (replacements, value))
        add_input (&making, value, name);
    }
  add_leaves (&making, wanted->len, (WeftValue *const *) wanted->pdata);
  ports = all_ports (&making, values);
  for (guint i = 0; i < wanted->len; i++)
    g_ptr_array_add (values, g_ptr_array_index (wanted, i));
  results = g_new0 (WeftValue *, values->len + 1);
  if (!weft_graph_clone (lowered->graph, part->graph, values->len,
                         (WeftValue *const *) values->pdata, replacements, NULL, results, error))
    {
      part_free (part);
      return NULL;
    }
  name_values (&making, ports, results);
  part_names (&making, values->len, results);
  for (guint i = 0; i < keys->len; i++)
    {
      g_ptr_array_add (part->keys, g_strdup (g_ptr_array_index (keys, i)));
      g_ptr_array_add (part->outputs, results[ports->len + i]);
    }
  return part;
}

/* ---- What is written ---- */

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, "%s", message);
  return FALSE;
}

static void
add_port (GPtrArray *keys, WeftLowered *lowered, const char *port)
{
  if (port == NULL || weft_lowered_get (lowered, port) == NULL)
    return;
  for (guint i = 0; i < keys->len; i++)
    if (g_str_equal (g_ptr_array_index (keys, i), port))
      return;
  g_ptr_array_add (keys, g_strdup (port));
}

static gboolean
add_part (GPtrArray    *parts,
          WeftDocument *document,
          WeftLowered  *lowered,
          const char   *function,
          GPtrArray    *keys,
          GPtrArray    *given,
          GError      **error)
{
  WeftSourcePart *part =
    keys->len > 0 ? make_part (document, lowered, function, keys, given, error) : NULL;

  if (part != NULL)
    g_ptr_array_add (parts, part);
  return part != NULL || keys->len == 0;
}

/* Results that nobody uses, where the training section names none. */
static void
add_ends (WeftDocument *document, WeftLowered *lowered, GPtrArray *keys)
{
  g_autoptr (GHashTable) used = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < document->wires->len; i++)
    g_hash_table_add (used, GUINT_TO_POINTER (weft_document_wire_at (document, i)->from));
  for (guint i = 0; i < document->nodes->len; i++)
    {
      const WeftNode *node = weft_document_node_at (document, i);
      g_autoptr (WeftPorts) ports = weft_document_ports (document, node->uid);
      g_autofree char *port = NULL;

      if (ports->n_outputs == 0 || ports->n_inputs == 0 ||
          g_hash_table_contains (used, GUINT_TO_POINTER (node->uid)))
        continue;
      port = g_strconcat (node->id, ".", ports->outputs[0].name, NULL);
      add_port (keys, lowered, port);
    }
}

static gboolean
add_model (GPtrArray *parts, WeftDocument *document, WeftLowered *lowered, GError **error)
{
  WeftJson *training = weft_document_get_training (document), *port;
  g_autoptr (GPtrArray) predict = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) measure = g_ptr_array_new_with_free_func (g_free);
  WeftJsonIter iter = { weft_json_get (training, "metrics") };
  const char  *name;

  add_port (predict, lowered, weft_json_get_string (training, "output", NULL));
  add_port (measure, lowered, weft_json_get_string (training, "loss", NULL));
  while (weft_json_next (&iter, &name, &port))
    add_port (measure, lowered, weft_json_string (port, NULL));
  if (predict->len + measure->len == 0)
    add_ends (document, lowered, predict);
  return add_part (parts, document, lowered, "predict", predict, NULL, error) &&
         add_part (parts, document, lowered, "measure", measure, NULL, error);
}

static gboolean
is_chosen (const guint32 *uids, guint n, guint32 uid)
{
  for (guint i = 0; i < n; i++)
    if (uids[i] == uid)
      return TRUE;
  return FALSE;
}

static char *
source_port (WeftDocument *document, const WeftWire *wire)
{
  return g_strconcat (weft_document_node (document, wire->from)->id, ".", wire->from_port, NULL);
}

/* What flows into the chosen nodes is given; what nobody among them uses is the result. */
static gboolean
add_selection (GPtrArray     *parts,
               WeftDocument  *document,
               WeftLowered   *lowered,
               const guint32 *uids,
               guint          n,
               GError       **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) given = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) inside = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < document->wires->len; i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);

      if (!is_chosen (uids, n, wire->to))
        continue;
      if (is_chosen (uids, n, wire->from))
        g_hash_table_add (inside, GUINT_TO_POINTER (wire->from));
      else
        g_ptr_array_add (given, source_port (document, wire));
    }
  for (guint i = 0; i < n; i++)
    {
      const WeftNode *node = weft_document_node (document, uids[i]);
      g_autoptr (WeftPorts) ports = weft_document_ports (document, uids[i]);
      g_autofree char *port = NULL;

      if (node == NULL || ports->n_outputs == 0 ||
          g_hash_table_contains (inside, GUINT_TO_POINTER (uids[i])))
        continue;
      port = g_strconcat (node->id, ".", ports->outputs[0].name, NULL);
      add_port (keys, lowered, port);
    }
  return add_part (parts, document, lowered, "part", keys, given, error);
}

/* "hidden = \mathrm{relu}(x W + b)": each node from what is wired into it, the last from above. */
static char *
formulas (
  WeftDocument *document, WeftLowered *lowered, const guint32 *uids, guint n, GError **error)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < document->nodes->len; i++)
    {
      const WeftNode *node = weft_document_node_at (document, i);
      g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (part_free);
      g_autoptr (WeftPorts) ports = weft_document_ports (document, node->uid);
      g_autofree char *expression = NULL, *tex = NULL, *name = NULL, *left = NULL;
      WeftSourcePart  *part;

      if (ports->n_inputs == 0 || ports->n_outputs == 0 ||
          (n > 0 && !is_chosen (uids, n, node->uid)))
        continue;
      if (!add_selection (parts, document, lowered, &node->uid, 1, error))
        break;
      part = parts->len > 0 ? g_ptr_array_index (parts, 0) : NULL;
      if (part == NULL)
        continue;
      name = weft_source_identifier (node->id);
      expression = weft_value_to_expression (g_ptr_array_index (part->outputs, 0), 200);
      tex = weft_expression_to_tex (expression, error);
      left = weft_expression_to_tex (name, NULL);
      if (tex == NULL)
        break;
      g_string_append_printf (out, "%s%s &= %s", out->len > 0 ? " \\\\\n" : "", left, tex);
    }
  if (out->len > 0)
    g_string_append_c (out, '\n');
  return g_string_free (out, FALSE);
}

/* weft_document_to_source:
 */
char *
weft_document_to_source (WeftDocument      *document,
                         const guint32     *uids,
                         guint              n,
                         WeftSourceLanguage language,
                         guint32           *node,
                         GError           **error)
{
  const WeftLowerOptions options = { .no_init = TRUE };
  g_autoptr (WeftLowered) lowered = weft_document_lower (document, &options);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (part_free);
  guint32 blamed = 0;
  GError *problem = NULL;
  char   *text = NULL;

  if (lowered->problems->len > 0)
    {
      const WeftProblem *first = g_ptr_array_index (lowered->problems, 0);

      blamed = first->node;
      refuse (&problem, first->message);
    }
  else if (language == WEFT_SOURCE_TEX)
    text = formulas (document, lowered, uids, n, &problem);
  else if (n > 0 ? add_selection (parts, document, lowered, uids, n, &problem)
                 : add_model (parts, document, lowered, &problem))
    text =
      weft_source_python (weft_document_get_title (document), parts, language, &blamed, &problem);
  if (problem == NULL && (text == NULL || *text == '\0'))
    refuse (&problem, _ ("nothing there computes anything"));
  if (problem != NULL)
    {
      g_clear_pointer (&text, g_free);
      g_propagate_error (error, problem);
    }
  if (node != NULL)
    *node = blamed;
  return text;
}
