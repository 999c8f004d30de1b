/* The rule tables: read once, checked, and kept in the order in which rules are tried.
 *
 * A mistake in a row stops the program at start with "FILE:LINE: rule".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/rewrite-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#define EXACT TRUE
#define REAL FALSE
#define RULE(NAME, PATTERN, REPLACEMENT, KEEPS, GUARD, WHY, ...) \
  { NAME, PATTERN, REPLACEMENT, GUARD, WHY, PHASE, KEEPS, __FILE__, __LINE__, { __VA_ARGS__ } },
#define SAMPLES(...) __VA_ARGS__
#define BUILT_IN(NAME, KEEPS, WHY) { NAME, "", "", NULL, WHY, PHASE, KEEPS, __FILE__, __LINE__ },

static const WeftRuleRow rows[] = {
#define PHASE WEFT_PHASE_MERGE
#include "engine/rewrite/merge.def"
#undef PHASE
#define PHASE WEFT_PHASE_CANONICALISE
#include "engine/rewrite/canonicalise.def"
#include "engine/rewrite/loops.def"
#undef PHASE
#define PHASE WEFT_PHASE_STABILISE
#include "engine/rewrite/stabilise.def"
#undef PHASE
#define PHASE WEFT_PHASE_SPECIALISE
#include "engine/rewrite/specialise.def"
#undef PHASE
#define PHASE WEFT_PHASE_BLAS
#include "engine/rewrite/blas.def"
#undef PHASE
#define PHASE WEFT_PHASE_FUSE
#include "engine/rewrite/fuse.def"
#undef PHASE
#define PHASE WEFT_PHASE_IN_PLACE
#include "engine/rewrite/in-place.def"
#undef PHASE
};

/* ---- One row ---- */

static gboolean
is_bound (const WeftRule *rule, const char *name)
{
  return weft_pattern_value_slot (&rule->pattern, name) >= 0 ||
         weft_pattern_attr_slot (&rule->pattern, name) >= 0 || g_str_equal (name, "result");
}

/* A class in the replacement stands for the op that the pattern found. */
static gboolean
classes_are_bound (const WeftRule *rule, GError **error)
{
  guint               n;
  const WeftExprItem *items = weft_expr_items (rule->replacement, &n);

  for (guint i = 0; i < n; i++)
    if (items[i].kind == WEFT_EXPR_CALL && weft_op_find (items[i].name) == NULL &&
        weft_op_class_find (items[i].name) >= 0 &&
        weft_pattern_op_slot (&rule->pattern, items[i].name) < 0)
      {
        g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME,
                     "the replacement names %s, which the pattern does not bind", items[i].name);
        return FALSE;
      }
  return TRUE;
}

static gboolean
compile_replacement (const WeftRuleRow *row,
                     WeftRule          *rule,
                     const char *const *constants,
                     GError           **error)
{
  const char **names;
  double       cost;

  if (row->replacement[0] == '@')
    {
      rule->action = weft_action_find (row->replacement + 1);
      if (rule->action == NULL)
        g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME, "unknown action %s",
                     row->replacement);
      return rule->action != NULL;
    }
  rule->replacement = weft_expr_parse (row->replacement, error);
  if (rule->replacement == NULL)
    return FALSE;
  if (!classes_are_bound (rule, error))
    return FALSE;
  names = weft_expr_free_names (rule->replacement);
  for (guint i = 0; names[i] != NULL; i++)
    if (!is_bound (rule, names[i]))
      {
        g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME,
                     "the replacement names %s, which the pattern does not bind", names[i]);
        return FALSE;
      }
  if (!weft_rule_measure (rule->replacement, constants, &cost, error))
    return FALSE;
  if (cost >= rule->pattern.cost && !weft_guards_worth (rule))
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "the replacement costs %g, the pattern %g: it must be less", cost,
                   rule->pattern.cost);
      return FALSE;
    }
  return TRUE;
}

static gboolean
compile_texts (const WeftRuleRow *row, WeftRule *rule, GError **error)
{
  g_autoptr (WeftExpr) pattern = weft_expr_parse (row->pattern, error);
  g_auto (GStrv) constants = weft_guards_constants (row->guard);

  return pattern != NULL && weft_pattern_compile (pattern, &rule->pattern, error) &&
         weft_rule_measure (pattern, (const char *const *) constants, &rule->pattern.cost, error) &&
         weft_guards_compile (rule, row->guard, error) &&
         compile_replacement (row, rule, (const char *const *) constants, error);
}

/* Reads @row into @rule (zeroed), which the caller clears, also on failure.
 * Errors: WEFT_EXPR_ERROR, "FILE:LINE: NAME: what": no expression, an unknown op, guard, action or
 * name, wrong operands, or a replacement that does not cost less than the pattern. */
gboolean
weft_rule_compile (const WeftRuleRow *row, WeftRule *rule, GError **error)
{
  const char *base = strrchr (row->file, '/');

  rule->file = row->file;
  rule->line = row->line;
  rule->pattern.signed_zero = row->exact;
  rule->info =
    (WeftRuleInfo){ row->name, row->pattern, row->replacement, row->guard,
                    row->why, row->phase, row->exact, base != NULL ? base + 1 : row->file,
                    row->line };
  memcpy (rule->samples, row->samples, sizeof rule->samples);
  if (row->pattern[0] == '\0' || compile_texts (row, rule, error))
    return TRUE;
  g_prefix_error (error, "%s:%d: %s: ", row->file, row->line, row->name);
  return FALSE;
}

/* Frees what @rule owns. */
void
weft_rule_clear (WeftRule *rule)
{
  for (guint i = 0; i < rule->pattern.n_nodes; i++)
    g_free (rule->pattern.nodes[i].attrs);
  g_clear_pointer (&rule->replacement, weft_expr_unref);
}

/* ---- The tables ---- */

/* Reads @n rows; the caller clears the rules and frees the array. NULL on failure.
 * Errors: as weft_rule_compile; two rows of one name. */
WeftRule *
weft_rules_compile (const WeftRuleRow *table, guint n, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  WeftRule *rules = g_new0 (WeftRule, MAX (n, 1));

  for (guint i = 0; i < n; i++)
    {
      gboolean fine = g_hash_table_add (names, (gpointer) table[i].name);

      if (!fine)
        g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME,
                     "%s:%d: %s: there is a rule of this name already", table[i].file,
                     table[i].line, table[i].name);
      if (fine && weft_rule_compile (&table[i], &rules[i], error))
        continue;
      for (guint k = 0; k <= i; k++)
        weft_rule_clear (&rules[k]);
      g_free (rules);
      return NULL;
    }
  return rules;
}

/* Every rule; read at the first call. Any thread. */
const WeftRule *
weft_rules (guint *n)
{
  static WeftRule *rules;

  if (g_once_init_enter (&rules))
    {
      g_autoptr (GError) error = NULL;
      WeftRule *read;

      weft_ops_init ();
      read = weft_rules_compile (rows, G_N_ELEMENTS (rows), &error);
      if (read == NULL)
        g_error ("%s", error->message);
      g_once_init_leave (&rules, read);
    }
  *n = G_N_ELEMENTS (rows);
  return rules;
}

static gpointer
read_thread (gpointer data)
{
  guint n;
  weft_rules (&n);
  return NULL;
}

/* Begins to read the rules in the background, while what will be rewritten is still being made. Any
 * thread. */
void
weft_rules_prepare (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once))
    {
      GThread *thread = g_thread_try_new ("weft-rules", read_thread, NULL, NULL);

      g_clear_pointer (&thread, g_thread_unref);
      g_once_init_leave (&once, 1);
    }
}

/* How many rules there are. */
guint
weft_rule_count (void)
{
  return G_N_ELEMENTS (rows);
}

/* Rule number @index in table order; static. What is built in has an empty pattern; a replacement
 * that starts with "@" is code. */
const WeftRuleInfo *
weft_rule_get (guint index)
{
  guint           n;
  const WeftRule *rules = weft_rules (&n);

  g_return_val_if_fail (index < n, NULL);
  return &rules[index].info;
}

/* The name of @phase as people write it; static. */
const char *
weft_phase_name (WeftPhase phase)
{
  static const char *const names[WEFT_N_PHASES] = { "merge", "canonicalise", "stabilise",
                                                    "specialise", "blas", "fuse",
                                                    "in place" };

  g_return_val_if_fail (phase < WEFT_N_PHASES, NULL);
  return names[phase];
}
