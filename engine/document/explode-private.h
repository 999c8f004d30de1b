/* What the files of taking expressions apart share: the plan of the nodes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/catalogue.h"
#include "engine/graph/expr.h"

/* Where a value comes from: a planned node's output, the wire into a name of the text, or nothing
 * yet, where nothing is wired in. */
typedef struct
{
  gint        plan; /* -1: from outside */
  const char *port; /* of the planned node, interned */
  char       *name; /* in texts; unique */
} WeftSource;

typedef struct
{
  char      *op, *id;
  WeftJson  *params;
  GPtrArray *ports;   /* char *: inputs */
  GArray    *sources; /* guint: what each gets */
  guint      depth, row;
  guint32    uid;
} WeftPlan;

/* What an item is: text that is no value, text with values in it that is none itself, a value. */
typedef enum
{
  WEFT_HEAT_COLD,
  WEFT_HEAT_HOT,
  WEFT_HEAT_VALUE,
} WeftHeat;

typedef struct
{
  WeftDocument   *document;
  const WeftNode *node;
  WeftPorts      *ports;
  WeftExprTree   *tree;
  WeftHeat       *heat;
  gint           *source;  /* of WEFT_HEAT_VALUE items */
  char          **texts;   /* what stands for an item in a text, NULL: itself */
  GPtrArray      *sources; /* WeftSource */
  GHashTable     *by_name; /* name of a source -> index */
  GHashTable     *names;   /* assigned name -> item, which stands for it */
  GHashTable     *taken;   /* names that mean something in the text */
  GPtrArray      *plans;   /* WeftPlan */
} WeftExplosion;

void              weft_explosion_init (WeftExplosion  *self,
                                       WeftDocument   *document,
                                       const WeftNode *node,
                                       WeftExpr       *expr);
void              weft_explosion_clear (WeftExplosion *self);
guint             weft_explosion_add_source (WeftExplosion *self, gint plan, const char *port, char *take_name);
const WeftSource *weft_explosion_source (const WeftExplosion *self, guint index);
void              weft_explosion_be_value (WeftExplosion *self, guint item, guint source);
guint             weft_explosion_finish (WeftExplosion *self, WeftPlan *plan, const char *port);
guint             weft_explosion_operand (const WeftExplosion *self, guint item, guint k);
char             *weft_explosion_text (WeftExplosion *self, guint item);
WeftPlan         *weft_explosion_plan_text (WeftExplosion *self, const char *text);
WeftPlan         *weft_explosion_plan_op (WeftExplosion *self, guint item);
void              weft_explosion_plan_free (gpointer data);
char             *weft_explosion_free_name (const WeftExplosion *self);
