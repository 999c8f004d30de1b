/* Rules by phase and by the op of their root, with what the root's first operands must be: what the
 * driver looks at before it tries to match.
 *
 * The index of all rules is made once a process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/driver-private.h"

struct _WeftRuleIndex
{
  GArray *by_op[WEFT_N_PHASES][WEFT_N_OPS]; /* WeftRunCandidate, or NULL */
};

static guint
wanted_of (const WeftPatternNode *node)
{
  switch (node->kind)
    {
    case WEFT_PATTERN_NUMBER:
      return WEFT_RUN_A_NUMBER;
    case WEFT_PATTERN_OP:
      return node->op_class < 0 ? node->op->id : WEFT_RUN_ANYTHING;
    case WEFT_PATTERN_VALUE:
      break;
    }
  return WEFT_RUN_ANYTHING;
}

/* @rule is tried in its phase; forms that are canonical in every phase from theirs on, to tidy what
 * the others make. */
static void
add_rule (WeftRuleIndex *index, guint op, const WeftRule *rule)
{
  const WeftPattern     *pattern = &rule->pattern;
  const WeftPatternNode *root = &pattern->nodes[pattern->n_nodes - 1];
  WeftRunCandidate       candidate = { .rule = rule, .swaps = root->swap >= 0 };

  candidate.n_wanted = MIN (root->n_inputs, G_N_ELEMENTS (candidate.wanted));
  for (guint i = 0; i < candidate.n_wanted; i++)
    candidate.wanted[i] = wanted_of (&pattern->nodes[root->inputs[i]]);
  for (WeftPhase phase = WEFT_PHASE_CANONICALISE; phase < WEFT_N_PHASES; phase++)
    {
      GArray **list = &index->by_op[phase][op];

      if (rule->info.phase != phase && rule->info.phase != WEFT_PHASE_CANONICALISE)
        continue;
      if (*list == NULL)
        *list = g_array_new (FALSE, FALSE, sizeof (WeftRunCandidate));
      g_array_append_val (*list, candidate);
    }
}

static WeftRuleIndex *
index_new (const WeftRule *rules, guint n)
{
  WeftRuleIndex *index = g_new0 (WeftRuleIndex, 1);

  for (guint i = 0; i < n; i++)
    {
      const WeftPattern     *pattern = &rules[i].pattern;
      const WeftPatternNode *root;

      if (pattern->n_nodes == 0)
        continue;
      root = &pattern->nodes[pattern->n_nodes - 1];
      if (root->op_class < 0)
        add_rule (index, root->op->id, &rules[i]);
      for (guint op = 0; root->op_class >= 0 && op < WEFT_N_OPS; op++)
        if (weft_pattern_takes (pattern, op))
          add_rule (index, op, &rules[i]);
    }
  return index;
}

/* The index of the @n @rules; @owned gets it where the caller has to free it, else NULL. */
const WeftRuleIndex *
weft_rule_index_for (const WeftRule *rules, guint n, WeftRuleIndex **owned)
{
  static WeftRuleIndex *of_all;
  guint                 n_all;
  const WeftRule       *all = weft_rules (&n_all);

  *owned = NULL;
  if (rules != all || n != n_all)
    return *owned = index_new (rules, n);
  if (g_once_init_enter (&of_all))
    g_once_init_leave (&of_all, index_new (rules, n));
  return of_all;
}

/* Frees what weft_rule_index_for gave away; NULL is fine. */
void
weft_rule_index_free (WeftRuleIndex *index)
{
  for (guint phase = 0; index != NULL && phase < WEFT_N_PHASES; phase++)
    for (guint op = 0; op < WEFT_N_OPS; op++)
      g_clear_pointer (&index->by_op[phase][op], g_array_unref);
  g_free (index);
}

/* The rules to try in @phase at an application of op number @op, WeftRunCandidate; NULL: none. */
const GArray *
weft_rule_index_get (const WeftRuleIndex *index, WeftPhase phase, guint op)
{
  return index->by_op[phase][op];
}
