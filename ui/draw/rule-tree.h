/* The text of one side of a rule as a graph: equal parts are one node, as the matcher wants one
 * value.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_RULE_VALUE,  /* a name that stands for any value */
  WEFT_RULE_NUMBER, /* a number, None, True */
  WEFT_RULE_OP,
} WeftRuleNodeKind;

typedef struct
{
  WeftRuleNodeKind kind;
  char            *title;  /* "log", "x", "1" */
  char            *detail; /* attributes: "axis"; NULL: none */
  char            *text;   /* the whole expression */
  GArray          *operands; /* guint */
} WeftRuleNode;

typedef struct
{
  GPtrArray *nodes; /* WeftRuleNode */
  GArray    *order; /* guint: what the root needs, operands before their readers, the root last */
} WeftRuleTree;

/* NULL where @text is no expression (code makes it). The caller owns it. */
WeftRuleTree *weft_rule_tree_new (const char *text);
void          weft_rule_tree_free (WeftRuleTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRuleTree, weft_rule_tree_free)

G_END_DECLS
