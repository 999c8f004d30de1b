/* What people are told of a step: what its names stood for, what its guards saw, its two sides as
 * formulas.
 *
 * Nothing of this is in the journal: the graph of the step is made again and the rule is matched
 * once more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/explain.h"

#include <string.h>

/* Ops shown of a value that a name stands for. */
#define BINDING_OPS 6

/* ---- The graph of a step ---- */

static WeftApply *
copy_of (const WeftScene *scene, guint apply)
{
  guint      value = weft_history_apply (scene->history, apply)->outputs[0].id;
  WeftValue *copy = g_hash_table_lookup (scene->map, GUINT_TO_POINTER (value + 1));

  return copy != NULL ? copy->apply : NULL;
}

static void
count_readers (WeftScene *scene, WeftCursor *cursor)
{
  g_autoptr (GArray) order = weft_cursor_order (cursor);
  guint n = weft_graph_n_applies (scene->graph);

  scene->uses = g_new0 (guint, n + 1);
  scene->fused = g_new0 (guint8, n + 1);
  for (guint i = 0; i < order->len; i++)
    {
      guint            number = g_array_index (order, guint, i);
      const WeftApply *apply = weft_history_apply (scene->history, number);

      for (guint k = 0; k < apply->n_inputs; k++)
        {
          guint read =
            weft_history_value_apply (scene->history, weft_cursor_input (cursor, number, k));
          WeftApply *copy = copy_of (scene, read);

          if (copy == NULL)
            continue;
          scene->uses[copy->id]++;
          scene->fused[copy->id] |= (apply->op->traits & WEFT_TRAIT_ELEMENTWISE) != 0;
        }
    }
  for (guint i = 0; i < weft_cursor_n_outputs (cursor); i++)
    {
      WeftApply *copy =
        copy_of (scene, weft_history_value_apply (scene->history, weft_cursor_output (cursor, i)));

      if (copy != NULL)
        scene->uses[copy->id]++;
    }
}

/* A copy of what the @n @values need where @cursor is, with its readers counted; free with
 * weft_scene_clear. */
void
weft_scene_init (WeftScene *scene, WeftCursor *cursor, guint n, const guint *values)
{
  g_autofree WeftValue **results = g_new (WeftValue *, n + 1);

  scene->history = weft_cursor_get_history (cursor);
  scene->map = g_hash_table_new (NULL, NULL);
  scene->graph = weft_cursor_copy (cursor, n, values, results, scene->map);
  count_readers (scene, cursor);
}

void
weft_scene_clear (WeftScene *scene)
{
  g_clear_pointer (&scene->uses, g_free);
  g_clear_pointer (&scene->fused, g_free);
  g_clear_pointer (&scene->map, g_hash_table_unref);
  g_clear_pointer (&scene->graph, weft_graph_free);
}

/* The copy of value number @value, NULL if it is not there. */
WeftValue *
weft_scene_value (const WeftScene *scene, guint value)
{
  return g_hash_table_lookup (scene->map, GUINT_TO_POINTER (value + 1));
}

const WeftRule *
weft_rule_named (const char *name)
{
  guint           n;
  const WeftRule *rules = weft_rules (&n);

  for (guint i = 0; i < n; i++)
    if (g_str_equal (rules[i].info.name, name))
      return &rules[i];
  return NULL;
}

static gboolean
guards_hold (const WeftRule *rule, const WeftMatch *match)
{
  for (guint i = 0; i < rule->n_guards; i++)
    if (!rule->guards[i].func (match, rule->guards[i].slot))
      return FALSE;
  return TRUE;
}

/* Whether @rule has a pattern that fits @root of @scene, in the order of operands in which its
 * guards hold if there is one. */
gboolean
weft_scene_match (const WeftScene *scene, const WeftRule *rule, WeftValue *root, WeftMatch *match)
{
  gboolean found = FALSE;

  if (rule->pattern.n_nodes == 0)
    return FALSE;
  for (guint order = 0; order < 1u << rule->pattern.n_swaps; order++)
    {
      WeftMatch one;

      if (!weft_pattern_match (&rule->pattern, root, order, &one))
        continue;
      one.uses = scene->uses;
      one.fused = scene->fused;
      one.without = weft_history_without (scene->history);
      if (!found || guards_hold (rule, &one))
        *match = one;
      found = TRUE;
      if (guards_hold (rule, match))
        break;
    }
  return found;
}

/* The graph before @step, and how its rule matched; FALSE where the rule has no pattern. */
static gboolean
open_step (
  WeftHistory *history, guint step, WeftScene *scene, const WeftRule **rule, WeftMatch *match)
{
  const WeftRewriteStep *entry = weft_history_get_step (history, step);
  g_autoptr (WeftCursor) cursor = NULL;

  if (entry == NULL)
    return FALSE;
  *rule = weft_rule_named (entry->rule);
  if (*rule == NULL || (*rule)->pattern.n_nodes == 0)
    return FALSE;
  cursor = weft_cursor_new (history);
  weft_cursor_go (cursor, step - 1);
  weft_scene_init (scene, cursor, 1, &entry->root_before);
  if (weft_scene_match (scene, *rule, weft_scene_value (scene, entry->root_before), match))
    return TRUE;
  weft_scene_clear (scene);
  return FALSE;
}

/* ---- Guards and bindings ---- */

static void
guard_value_free (gpointer data)
{
  WeftGuardValue *value = data;

  g_free (value->condition);
  g_free (value->value);
  g_free (value);
}

/* What the guards of @step's rule saw, WeftGuardValue; empty where it has none. The caller owns the
 * array. */
GPtrArray *
weft_history_guards (WeftHistory *history, guint step)
{
  GPtrArray      *values = g_ptr_array_new_with_free_func (guard_value_free);
  WeftScene       scene;
  WeftMatch       match;
  const WeftRule *rule;

  if (!open_step (history, step, &scene, &rule, &match))
    return values;
  for (guint i = 0; i < rule->n_guards; i++)
    {
      WeftGuardValue *value = g_new0 (WeftGuardValue, 1);

      value->condition = weft_guard_condition (rule, i);
      value->value = weft_guard_say (rule, i, &match, NULL);
      g_ptr_array_add (values, value);
    }
  weft_scene_clear (&scene);
  return values;
}

static void
binding_text_free (gpointer data)
{
  WeftBindingText *binding = data;

  g_free (binding->text);
  g_free (binding);
}

static void
add_binding (GPtrArray *bindings, const char *name, guint value, char *take_text)
{
  WeftBindingText *binding = g_new0 (WeftBindingText, 1);

  binding->name = name;
  binding->value = value;
  binding->text = take_text;
  g_ptr_array_add (bindings, binding);
}

/* What the names of the pattern of @step's rule stood for, in the pattern's order, values first;
 * WeftBindingText. Empty for what is built in. The caller owns the array. */
GPtrArray *
weft_history_bindings (WeftHistory *history, guint step)
{
  const WeftRewriteStep *entry = weft_history_get_step (history, step);
  GPtrArray             *bindings = g_ptr_array_new_with_free_func (binding_text_free);
  WeftScene              scene;
  WeftMatch              match;
  const WeftRule        *rule;

  if (!open_step (history, step, &scene, &rule, &match))
    return bindings;
  for (guint i = 0; i < rule->pattern.n_values; i++)
    add_binding (bindings, rule->pattern.values[i], entry->bound[i],
                 weft_value_to_expression (match.values[i], BINDING_OPS));
  for (guint i = 0; i < rule->pattern.n_attrs; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      weft_attr_append (match.attrs[i], text);
      add_binding (bindings, rule->pattern.attrs[i], G_MAXUINT,
                   g_string_free (g_steal_pointer (&text), FALSE));
    }
  for (guint i = 0; i < rule->pattern.n_ops; i++)
    add_binding (bindings, rule->pattern.ops[i], G_MAXUINT, g_strdup (match.ops[i]->op->name));
  weft_scene_clear (&scene);
  return bindings;
}

/* ---- Formulas ---- */

/* Two sides over the same operands. */
typedef struct
{
  WeftHistory           *history;
  const WeftRewriteStep *entry;
  GHashTable            *names; /* number of a value + 1 -> what it is called, owned */
  GHashTable            *taken; /* such names */
  guint                  n_letters;
} Sides;

static gboolean
is_one_of (guint number, guint n, const guint *numbers)
{
  for (guint i = 0; i < n; i++)
    if (numbers[i] == number)
      return TRUE;
  return FALSE;
}

/* Whether the formula shows what @apply does. */
static gboolean
is_open (const Sides *sides, guint apply)
{
  const WeftRewriteStep *entry = sides->entry;

  return is_one_of (apply, entry->n_matched, entry->matched) ||
         (entry->n_added > 0 && apply >= entry->added[0] &&
          apply <= entry->added[entry->n_added - 1]);
}

/* What the operand @value is called in both: its name, the pattern's, or a letter. */
static const char *
name_operand (Sides *sides, guint number)
{
  const WeftValue *value = weft_history_value (sides->history, number);
  const WeftRule  *rule = weft_rule_named (sides->entry->rule);
  gpointer         key = GUINT_TO_POINTER (number + 1);
  char            *name = g_hash_table_lookup (sides->names, key);

  if (name != NULL)
    return name;
  if (value->name != NULL)
    name = g_strdup (value->name);
  for (guint i = 0; name == NULL && rule != NULL && i < sides->entry->n_bound; i++)
    if (sides->entry->bound[i] == number)
      name = g_strdup (rule->pattern.values[i]);
  while (name == NULL || g_hash_table_contains (sides->taken, name))
    {
      g_free (name);
      name = sides->n_letters < 26 ? g_strdup_printf ("%c", 'a' + sides->n_letters)
                                   : g_strdup_printf ("v%u", sides->n_letters);
      sides->n_letters++;
    }
  g_hash_table_add (sides->taken, name);
  g_hash_table_insert (sides->names, key, name);
  return name;
}

/* The leaf that stands for value @number in @graph. */
static WeftValue *
make_operand (Sides *sides, WeftGraph *graph, guint number)
{
  const WeftValue *value = weft_history_value (sides->history, number);

  if (value->apply->literal != NULL)
    return &weft_graph_again (graph, value->apply, NULL)->outputs[0];
  return weft_graph_input (graph, name_operand (sides, number), &value->type);
}

/* An application being made, after its operands. */
typedef struct
{
  guint apply, next;
} Visit;

/* Makes the applications that value @root needs and the formula shows, in @graph; @made gets the
 * values by number + 1. */
static void
make_open (Sides *sides, WeftCursor *cursor, WeftGraph *graph, guint root, GHashTable *made)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (Visit));
  Visit visit = { weft_history_value_apply (sides->history, root), 0 };

  g_array_append_val (stack, visit);
  while (stack->len > 0)
    {
      Visit           *top = &g_array_index (stack, Visit, stack->len - 1);
      const WeftApply *apply = weft_history_apply (sides->history, top->apply);
      WeftValue       *inputs[WEFT_PATTERN_MAX_NODES];
      WeftApply       *again;

      if (top->next < apply->n_inputs)
        {
          guint number = weft_cursor_input (cursor, top->apply, top->next++);
          guint maker = weft_history_value_apply (sides->history, number);

          if (g_hash_table_contains (made, GUINT_TO_POINTER (number + 1)))
            continue;
          visit = (Visit){ maker, 0 };
          if (is_open (sides, maker) && weft_history_apply (sides->history, maker)->n_inputs > 0 &&
              weft_history_apply (sides->history, maker)->n_inputs <= G_N_ELEMENTS (inputs))
            g_array_append_val (stack, visit);
          else
            g_hash_table_insert (made, GUINT_TO_POINTER (number + 1),
                                 make_operand (sides, graph, number));
          continue;
        }
      for (guint i = 0; i < apply->n_inputs; i++)
        inputs[i] = g_hash_table_lookup (
          made, GUINT_TO_POINTER (weft_cursor_input (cursor, top->apply, i) + 1));
      again = weft_graph_again (graph, apply, inputs);
      for (guint i = 0; i < apply->n_outputs; i++)
        {
          again->outputs[i].name = NULL;
          g_hash_table_insert (made, GUINT_TO_POINTER (apply->outputs[i].id + 1),
                               &again->outputs[i]);
        }
      g_array_set_size (stack, stack->len - 1);
    }
}

static char *
write_side (Sides *sides, guint step, guint root, guint limit)
{
  g_autoptr (WeftCursor) cursor = weft_cursor_new (sides->history);
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (GHashTable) made = g_hash_table_new (NULL, NULL);
  guint            maker = weft_history_value_apply (sides->history, root);
  const WeftApply *apply = weft_history_apply (sides->history, maker);

  weft_cursor_go (cursor, step);
  if (!is_open (sides, maker) || apply->n_inputs == 0 || apply->n_inputs > WEFT_PATTERN_MAX_NODES)
    return weft_value_to_expression (make_operand (sides, graph, root), limit);
  make_open (sides, cursor, graph, root, made);
  return weft_value_to_expression (g_hash_table_lookup (made, GUINT_TO_POINTER (root + 1)), limit);
}

/* The two sides of @step as formulas over its operands, "log(softmax(h))" and "log_softmax(h)",
 * elided beyond @limit ops; @before and @after get texts that the caller owns. */
void
weft_history_formulas (WeftHistory *history, guint step, guint limit, char **before, char **after)
{
  Sides sides = { .history = history, .entry = weft_history_get_step (history, step) };

  if (sides.entry == NULL)
    {
      *before = g_strdup ("");
      *after = g_strdup ("");
      return;
    }
  sides.names = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  sides.taken = g_hash_table_new (g_str_hash, g_str_equal);
  *before = write_side (&sides, step - 1, sides.entry->root_before, limit);
  *after = write_side (&sides, step, sides.entry->root_after, limit);
  g_hash_table_unref (sides.taken);
  g_hash_table_unref (sides.names);
}

/* ---- The same step ---- */

/* The document nodes that the step's root comes from. */
static const WeftOrigins *
origins_of (WeftHistory *history, guint step)
{
  const WeftRewriteStep *entry = weft_history_get_step (history, step);

  return weft_history_apply (history, entry->matched[0])->origins;
}

static gboolean
is_same_step (WeftHistory *a, guint i, WeftHistory *b, guint k)
{
  const WeftRewriteStep *x = weft_history_get_step (a, i), *y = weft_history_get_step (b, k);
  const WeftOrigins     *p, *q;

  /* Names of rules are those of the tables: one text each. */
  if (x->phase != y->phase || x->rule != y->rule)
    return FALSE;
  p = origins_of (a, i);
  q = origins_of (b, k);
  return p->n == q->n && memcmp (p->nodes, q->nodes, p->n * sizeof *p->nodes) == 0;
}

/* The step of @now that does what @step of @old did, after an edit of the document: the same rule
 * in the same phase at what comes from the same nodes; of several the one with the same place among
 * them. If there is none, the counterpart of the nearest step before @step; 0 if nothing is left.
 */
guint
weft_history_same_step (WeftHistory *now, WeftHistory *old, guint step)
{
  for (step = MIN (step, old->n_steps); step > 0; step--)
    {
      guint place = 0, found = 0;

      for (guint i = 1; i < step; i++)
        place += is_same_step (old, i, old, step);
      for (guint i = 1; i <= now->n_steps; i++)
        if (is_same_step (now, i, old, step))
          {
            found = i;
            if (place-- == 0)
              return i;
          }
      if (found > 0)
        return found;
    }
  return 0;
}
