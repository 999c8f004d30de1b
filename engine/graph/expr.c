/* Parsed expressions: reference counting and the names in them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/expr-private.h"

#include <math.h>

static void
add_once (GPtrArray *list, GHashTable *seen, const char *name)
{
  if (g_hash_table_add (seen, (gpointer) name))
    g_ptr_array_add (list, (gpointer) name);
}

static const char **
finish_list (GPtrArray *list)
{
  g_ptr_array_add (list, NULL);
  return (const char **) g_ptr_array_free (list, FALSE);
}

gboolean
weft_expr_constant (const char *name, double *value)
{
  static const struct
  {
    const char *name;
    double      value;
  } constants[] = { { "pi", G_PI }, { "inf", INFINITY }, { "nan", NAN } };

  for (guint i = 0; i < G_N_ELEMENTS (constants); i++)
    if (g_str_equal (constants[i].name, name))
      {
        *value = constants[i].value;
        return TRUE;
      }
  return FALSE;
}

/* Names of the language itself: they mean something without being bound. */
static gboolean
is_own_name (const char *name)
{
  WeftDType dtype;
  double    value;

  return weft_expr_constant (name, &value) || g_str_equal (name, "newaxis") ||
         weft_dtype_parse (name, &dtype);
}

static void
find_names (WeftExpr *expr)
{
  g_autoptr (GHashTable) free_seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) assigned_seen = g_hash_table_new (NULL, NULL);
  GPtrArray *free_names = g_ptr_array_new (), *assigned = g_ptr_array_new ();

  for (guint i = 0; i < expr->items->len; i++)
    {
      const WeftExprItem *item = &g_array_index (expr->items, WeftExprItem, i);

      if (item->kind == WEFT_EXPR_NAME && !g_hash_table_contains (assigned_seen, item->name) &&
          !is_own_name (item->name))
        add_once (free_names, free_seen, item->name);
      else if (item->kind == WEFT_EXPR_ASSIGN)
        add_once (assigned, assigned_seen, item->name);
      else if (item->kind == WEFT_EXPR_UNPACK)
        for (guint k = 0; k < item->n_args; k++)
          add_once (assigned, assigned_seen, g_array_index (expr->items, WeftExprItem, ++i).name);
      expr->has_result = item->kind != WEFT_EXPR_ASSIGN && item->kind != WEFT_EXPR_UNPACK;
    }
  expr->free_names = finish_list (free_names);
  expr->assigned_names = finish_list (assigned);
}

WeftExpr *
weft_expr_take (GArray *items)
{
  WeftExpr *expr = g_new0 (WeftExpr, 1);

  g_atomic_ref_count_init (&expr->ref_count);
  expr->items = items;
  find_names (expr);
  return expr;
}

/* One more reference to @expr. Any thread. */
WeftExpr *
weft_expr_ref (WeftExpr *expr)
{
  g_atomic_ref_count_inc (&expr->ref_count);
  return expr;
}

/* Gives a reference back. Any thread. */
void
weft_expr_unref (WeftExpr *expr)
{
  if (!g_atomic_ref_count_dec (&expr->ref_count))
    return;
  g_array_unref (expr->items);
  g_free (expr->free_names);
  g_free (expr->assigned_names);
  g_free (expr);
}

/* The @n items of @expr in postfix order; borrowed. */
const WeftExprItem *
weft_expr_items (const WeftExpr *expr, guint *n)
{
  *n = expr->items->len;
  return (const WeftExprItem *) (void *) expr->items->data;
}

/* Names that are read before they are assigned, are no functions called and no names of the
 * language (pi, f32), in order of appearance; NULL-terminated, borrowed. */
const char **
weft_expr_free_names (const WeftExpr *expr)
{
  return expr->free_names;
}

/* Names that are assigned, in order of the first assignment; NULL-terminated, borrowed. */
const char **
weft_expr_assigned_names (const WeftExpr *expr)
{
  return expr->assigned_names;
}

/* TRUE if the last statement is an expression and no assignment. */
gboolean
weft_expr_has_result (const WeftExpr *expr)
{
  return expr->has_result;
}
