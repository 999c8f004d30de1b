/* The names of a rule: which stand for values, which for attributes, what colour each has, where
 * they stand in a text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/rule-art.h"
#include "ui/draw/rule-tree.h"

#include <string.h>

/** weft_rule_find: by its name. Any thread. */
const WeftRuleInfo *
weft_rule_find (const char *name)
{
  for (guint i = 0; i < weft_rule_count (); i++)
    if (g_str_equal (weft_rule_get (i)->name, name))
      return weft_rule_get (i);
  return NULL;
}

static gboolean
is_word (char c)
{
  return g_ascii_isalnum (c) || c == '_';
}

/* The next name in @text from @from on that is no call, keyword or member; its length in
 * @length. NULL: none. */
static const char *
next_name (const char *text, const char *from, gsize *length)
{
  const char *at = from;

  while (*at)
    {
      const char *end = at, *after;

      if (!is_word (*at))
        {
          at++;
          continue;
        }
      while (is_word (*end))
        end++;
      after = end + strspn (end, " ");
      *length = (gsize) (end - at);
      if (!g_ascii_isdigit (*at) && (at == text || at[-1] != '.') && *after != '(' &&
          !(*after == '=' && after[1] != '='))
        return at;
      at = end;
    }
  return NULL;
}

static gboolean
same (const char *name, const char *at, gsize length)
{
  return strlen (name) == length && strncmp (name, at, length) == 0;
}

static gboolean
is_value (const WeftRuleTree *tree, const char *at, gsize length)
{
  for (guint i = 0; tree && i < tree->order->len; i++)
    {
      const WeftRuleNode *node = tree->nodes->pdata[g_array_index (tree->order, guint, i)];

      if (node->kind == WEFT_RULE_VALUE && same (node->title, at, length))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_known (GPtrArray *names, const char *at, gsize length)
{
  for (guint i = 0; i < names->len; i++)
    if (same (names->pdata[i], at, length))
      return TRUE;
  return FALSE;
}

/* Names of values as people read them: first those of the pattern, from left to right. */
static GPtrArray *
value_names (const WeftRuleInfo *rule)
{
  GPtrArray  *names = g_ptr_array_new_with_free_func (g_free);
  const char *texts[] = { rule->pattern, rule->replacement };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (WeftRuleTree) tree = texts[i] ? weft_rule_tree_new (texts[i]) : NULL;
      const char *at = texts[i];
      gsize       length = 0;

      while (tree && (at = next_name (texts[i], at, &length)))
        {
          if (is_value (tree, at, length) && !is_known (names, at, length))
            g_ptr_array_add (names, g_strndup (at, length));
          at += length;
        }
    }
  return names;
}

/** weft_rule_colour: the same for a name wherever it stands. Any thread. */
guint
weft_rule_colour (const WeftRuleInfo *rule, const char *name)
{
  g_autoptr (GPtrArray) names = value_names (rule);

  for (guint i = 0; i < names->len; i++)
    if (g_str_equal (names->pdata[i], name))
      return i;
  return WEFT_RULE_ATTRIBUTE;
}

WeftColour
weft_rule_colour_of (WeftThemeKind theme, guint colour)
{
  return colour == WEFT_RULE_ATTRIBUTE ? weft_theme_colour (theme, WEFT_ROLE_TEXT_DIM)
                                       : weft_theme_binding (theme, colour);
}

static gboolean
stands_in (const char *text, const char *name, gsize length)
{
  const char *at = text;
  gsize       other = 0;

  while (at && (at = next_name (text, at, &other)))
    {
      if (other == length && strncmp (at, name, length) == 0)
        return TRUE;
      at += other;
    }
  return FALSE;
}

/**
 * weft_rule_runs:
 * @text: its pattern, replacement or guard, or a formula in its names
 *
 * Returns: (transfer full): WeftRuleRun, ascending
 */
GArray *
weft_rule_runs (const WeftRuleInfo *rule, const char *text)
{
  GArray     *runs = g_array_new (FALSE, FALSE, sizeof (WeftRuleRun));
  const char *at = text;
  gsize       length = 0;
  g_autoptr (GPtrArray) names = value_names (rule);

  while ((at = next_name (text, at, &length)))
    {
      WeftRuleRun run = { (guint) (at - text), (guint) length, WEFT_RULE_ATTRIBUTE };

      for (guint i = 0; i < names->len; i++)
        if (same (names->pdata[i], at, length))
          run.colour = i;
      if (run.colour != WEFT_RULE_ATTRIBUTE ||
          (rule->pattern && stands_in (rule->pattern, at, length) && !same ("True", at, length) &&
           !same ("False", at, length) && !same ("None", at, length)))
        g_array_append_val (runs, run);
      at += length;
    }
  return runs;
}
