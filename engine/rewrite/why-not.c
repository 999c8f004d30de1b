/* Why a rule did not fire: the first thing that did not fit, in one sentence.
 *
 * The rule is tried again on the graph as the cursor shows it; of the ways in which the operands
 * can be exchanged, and of all places where none is given, the one where it comes nearest speaks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/explain.h"
#include "engine/rewrite/loops.h"

#include <glib/gi18n-lib.h>

/* Ops shown of a value. */
#define SHOWN_OPS 6

/* How near a rule came at one value; the largest speaks. */
typedef struct
{
  guint      fit;    /* applications that fit, and one more for a pattern that fits whole */
  WeftMisfit misfit; /* where it does not */
  WeftMatch  match;
  gboolean   whole; /* the pattern fits */
  guint      guard; /* the first that does not hold; n_guards: all hold */
  WeftValue *root;
  guint      apply;
} Nearness;

static char *
show (WeftValue *value)
{
  return weft_value_to_expression (value, SHOWN_OPS);
}

/* ---- Trying ---- */

static guint
first_failing_guard (const WeftRule *rule, const WeftMatch *match)
{
  guint i = 0;

  while (i < rule->n_guards && rule->guards[i].func (match, rule->guards[i].slot))
    i++;
  return i;
}

static void
try_order (
  const WeftScene *scene, const WeftRule *rule, WeftValue *root, guint order, Nearness *best)
{
  Nearness one = { .root = root };

  one.whole = weft_pattern_explain (&rule->pattern, root, order, &one.match, &one.misfit);
  one.match.uses = scene->uses;
  one.match.fused = scene->fused;
  one.match.without = weft_history_without (scene->history);
  one.fit = one.whole ? one.match.n_covered + 1 : one.misfit.n_covered;
  if (one.whole)
    one.guard = first_failing_guard (rule, &one.match);
  if (best->root == NULL || one.fit > best->fit ||
      (one.whole && one.fit == best->fit && one.guard > best->guard))
    *best = one;
}

static void
try_rule (
  const WeftScene *scene, const WeftRule *rule, WeftValue *root, guint apply, Nearness *best)
{
  Nearness here = { 0 };

  for (guint order = 0; order < 1u << rule->pattern.n_swaps; order++)
    try_order (scene, rule, root, order, &here);
  here.apply = apply;
  if (best->root == NULL || here.fit > best->fit ||
      (here.whole && here.fit == best->fit && here.guard > best->guard))
    *best = here;
}

/* ---- Saying ---- */

static const char *
node_name (const WeftRule *rule, const WeftPatternNode *node)
{
  return node->op_class >= 0 ? rule->pattern.ops[node->op_slot] : node->op->name;
}

static char *
say_attr (const WeftRule *rule, const Nearness *near)
{
  const WeftPatternNode *node = &rule->pattern.nodes[near->misfit.node];
  const WeftApply       *apply = near->misfit.value->apply;

  for (guint i = 0; i < node->op->n_attrs; i++)
    {
      const WeftPatternAttr *attr = &node->attrs[i];
      const WeftAttr        *wanted =
        attr->kind == WEFT_PATTERN_ATTR_GIVEN ? &attr->attr : near->match.attrs[attr->slot];
      g_autoptr (GString) is = g_string_new (NULL);
      g_autoptr (GString) should = g_string_new (NULL);

      if (wanted == NULL || weft_attr_equal (wanted, &apply->attrs[i]))
        continue;
      weft_attr_append (&apply->attrs[i], is);
      weft_attr_append (wanted, should);
      return g_strdup_printf (_ ("%s has %s=%s, and the rule needs %s."), apply->op->name,
                              node->op->attrs[i].name, is->str, should->str);
    }
  return g_strdup_printf (_ ("The attributes of %s are others."), apply->op->name);
}

static char *
say_misfit (const WeftRule *rule, const Nearness *near)
{
  const WeftMisfit      *misfit = &near->misfit;
  const WeftPatternNode *node = &rule->pattern.nodes[misfit->node];
  g_autofree char       *is = show (misfit->value);

  switch (misfit->kind)
    {
    case WEFT_MISFIT_OP:
      return g_strdup_printf (_ ("The rule needs %s where %s stands."), node_name (rule, node), is);
    case WEFT_MISFIT_OPERANDS:
      return g_strdup_printf (_ ("%s has another number of operands."), is);
    case WEFT_MISFIT_BOOL:
      return g_strdup_printf (_ ("%s computes with truth values, and the rule is about numbers."),
                              is);
    case WEFT_MISFIT_ATTR:
      return say_attr (rule, near);
    case WEFT_MISFIT_VALUE:
      {
        g_autofree char *other = show (near->match.values[node->slot]);

        return g_strdup_printf (
          _ ("%s would have to stand for one value, and it is %s in one place and %s in another."),
          rule->pattern.values[node->slot], other, is);
      }
    case WEFT_MISFIT_NUMBER:
      return g_strdup_printf (_ ("The rule needs the number %g where %s stands."), node->number,
                              is);
    case WEFT_MISFIT_WEAK:
      break;
    }
  return g_strdup_printf (_ ("%s is a bare number: it is computed, not rewritten."), is);
}

/* When the rule is tried, and what that means for where the cursor is. */
static char *
say_fits (WeftHistory *history, const WeftRule *rule, guint step)
{
  guint first, end;

  weft_history_phase (history, rule->info.phase, &first, &end);
  if (step + 1 < first)
    return g_strdup_printf (_ ("It fits here; it is tried in the phase %s, from step %u on."),
                            weft_phase_name (rule->info.phase), first);
  return g_strdup (_ ("It fits here; another rule that is tried before it came first, or what it "
                      "makes is there already."));
}

static char *
say_near (WeftHistory *history, const WeftRule *rule, const Nearness *near, guint step)
{
  g_autofree char *condition = NULL, *value = NULL;

  if (!near->whole)
    return say_misfit (rule, near);
  if (near->guard == rule->n_guards)
    return say_fits (history, rule, step);
  condition = weft_guard_condition (rule, near->guard);
  value = weft_guard_say (rule, near->guard, &near->match, NULL);
  return g_strdup_printf (_ ("It needs “%s”: %s."), condition, value);
}

/* ---- What is built in ---- */

static char *
say_merge (WeftCursor *cursor, guint apply)
{
  WeftHistory     *history = weft_cursor_get_history (cursor);
  const WeftApply *row = weft_history_apply (history, apply);
  g_autoptr (GArray) order = NULL;
  guint n_alike = 0;

  if (!weft_apply_mergeable (row))
    return g_strdup_printf (
      _ (
        "%s draws random numbers, shows something or comes from outside: two of them are not one."),
      row->op->name);
  order = weft_cursor_order (cursor);
  for (guint i = 0; i < order->len; i++)
    n_alike += weft_history_apply (history, g_array_index (order, guint, i))->op == row->op;
  return n_alike > 1
           ? g_strdup_printf (_ ("No other %s reads the same values with the same attributes."),
                              row->op->name)
           : g_strdup_printf (_ ("There is no other %s."), row->op->name);
}

static char *
say_fold (WeftCursor *cursor, guint apply)
{
  WeftHistory     *history = weft_cursor_get_history (cursor);
  const WeftApply *row = weft_history_apply (history, apply);

  for (guint i = 0; i < row->n_inputs; i++)
    {
      guint            number = weft_cursor_input (cursor, apply, i);
      g_autofree char *text = NULL;

      if (weft_history_value (history, number)->apply->literal != NULL)
        continue;
      text = weft_cursor_expression (cursor, number, SHOWN_OPS);
      return g_strdup_printf (_ ("%s is not known before the program runs."), text);
    }
  return g_strdup (row->n_inputs == 0 ? _ ("There is nothing to compute.")
                                      : _ ("The operands are known, but the result would be large, "
                                           "or it is a function that a later rule may still see."));
}

static gboolean
is_about_bodies (const WeftRule *rule)
{
  for (guint i = 0; i < weft_n_body_rules; i++)
    if (g_str_equal (weft_body_rules[i].name, rule->info.name))
      return TRUE;
  return FALSE;
}

static gboolean
has_bodies (WeftCursor *cursor)
{
  WeftHistory *history = weft_cursor_get_history (cursor);
  g_autoptr (GArray) order = weft_cursor_order (cursor);

  for (guint i = 0; i < order->len; i++)
    if (weft_history_apply (history, g_array_index (order, guint, i))->op->traits &
        WEFT_TRAIT_BODY)
      return TRUE;
  return FALSE;
}

static char *
say_built_in (WeftCursor *cursor, const WeftRule *rule, guint apply)
{
  const WeftApply *row;

  if (apply == G_MAXUINT)
    return g_strdup (is_about_bodies (rule) && !has_bodies (cursor)
                       ? _ ("There is no loop or choice in this graph.")
                       : _ ("It found nothing to do."));
  row = weft_history_apply (weft_cursor_get_history (cursor), apply);
  if (g_str_equal (rule->info.name, "merge"))
    return say_merge (cursor, apply);
  if (g_str_equal (rule->info.name, "fold"))
    return say_fold (cursor, apply);
  for (guint i = 0; i < weft_n_body_rules; i++)
    if (g_str_equal (weft_body_rules[i].name, rule->info.name) &&
        (!(row->op->traits & WEFT_TRAIT_BODY) ||
         (weft_body_rules[i].loops_only && row->op->id != WEFT_OP_LOOP)))
      return g_strdup_printf (_ ("It is about loops and choices, and this is %s."), row->op->name);
  return g_strdup_printf (_ ("It found nothing to do at this %s."), row->op->name);
}

/* ---- The question ---- */

/* The first step of @rule that matched @apply (anything: G_MAXUINT); 0: none. */
static guint
find_firing (WeftHistory *history, const char *rule, guint apply)
{
  for (guint i = 1; i <= history->n_steps; i++)
    {
      const WeftRewriteStep *step = weft_history_get_step (history, i);

      if (!g_str_equal (step->rule, rule))
        continue;
      for (guint k = 0; k < step->n_matched; k++)
        if (apply == G_MAXUINT || step->matched[k] == apply)
          return i;
    }
  return 0;
}

/* Tries @rule at @apply, or at everything that is there. */
static char *
say_pattern (WeftCursor *cursor, const WeftRule *rule, guint apply)
{
  WeftHistory *history = weft_cursor_get_history (cursor);
  g_autoptr (GArray) order = weft_cursor_order (cursor);
  g_autofree guint *values = g_new (guint, order->len + 1);
  Nearness          best = { 0 };
  WeftScene         scene;
  guint             n = 0;
  char             *text;

  for (guint i = 0; i < order->len; i++)
    {
      guint number = g_array_index (order, guint, i);

      if (apply == number ||
          (apply == G_MAXUINT &&
           weft_pattern_takes (&rule->pattern, weft_history_apply (history, number)->op->id)))
        values[n++] = weft_history_apply (history, number)->outputs[0].id;
    }
  if (n == 0)
    return g_strdup_printf (_ ("There is no %s in this graph."),
                            node_name (rule, &rule->pattern.nodes[rule->pattern.n_nodes - 1]));
  weft_scene_init (&scene, cursor, n, values);
  for (guint i = 0; i < n; i++)
    try_rule (&scene, rule, weft_scene_value (&scene, values[i]),
              weft_history_value_apply (history, values[i]), &best);
  text = say_near (history, rule, &best, weft_cursor_get_step (cursor));
  if (apply == G_MAXUINT)
    {
      g_autofree char *place = show (best.root);
      g_autofree char *what = g_steal_pointer (&text);

      text = g_strdup_printf (_ ("It comes nearest at %s: %s"), place, what);
    }
  weft_scene_clear (&scene);
  return text;
}

/* Why @rule did not fire at application number @apply as the graph is where @cursor is: the first
 * condition that fails, in one sentence; or that it did, and when. @apply G_MAXUINT: wherever it
 * comes nearest. The caller owns the text. NULL if there is no such rule. */
char *
weft_cursor_why_not (WeftCursor *cursor, const char *rule, guint apply)
{
  WeftHistory    *history = weft_cursor_get_history (cursor);
  const WeftRule *row = weft_rule_named (rule);
  guint           fired;

  if (row == NULL)
    return NULL;
  if (g_strv_contains (weft_history_without (history), rule))
    return g_strdup (_ ("The rule is switched off."));
  fired = find_firing (history, rule, apply);
  if (fired > 0)
    return g_strdup_printf (
      apply != G_MAXUINT ? _ ("It did, in step %u.") : _ ("It fired, first in step %u."), fired);
  if (apply != G_MAXUINT && !weft_cursor_has (cursor, apply))
    return g_strdup_printf (_ ("This is not part of the graph after step %u."),
                            weft_cursor_get_step (cursor));
  return row->pattern.n_nodes == 0 ? say_built_in (cursor, row, apply)
                                   : say_pattern (cursor, row, apply);
}
