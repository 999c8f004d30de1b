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

typedef struct
{
  GHashTable *free_seen, *assigned_seen;
  GPtrArray  *free_names, *assigned;
  GPtrArray  *local;  /* names of the functions around, innermost last */
  GArray     *starts; /* guint: where the names of each function around begin in @local */
} Names;

static gboolean
is_local (const Names *names, const char *name)
{
  for (guint i = names->local->len; i-- > 0;)
    if (g_ptr_array_index (names->local, i) == name)
      return TRUE;
  return FALSE;
}

static void
add_assigned (Names *names, const char *name)
{
  if (names->starts->len > 0)
    g_ptr_array_add (names->local, (gpointer) name);
  else
    add_once (names->assigned, names->assigned_seen, name);
}

static void
add_name (Names *names, const char *name)
{
  if (!is_local (names, name) && !g_hash_table_contains (names->assigned_seen, name) &&
      !is_own_name (name))
    add_once (names->free_names, names->free_seen, name);
}

/* One item; returns how many items after it were its own. */
static guint
find_names_of (Names *names, const WeftExprItem *item)
{
  switch ((guint) item->kind)
    {
    case WEFT_EXPR_NAME:
      add_name (names, item->name);
      return 0;
    case WEFT_EXPR_ASSIGN:
      add_assigned (names, item->name);
      return 0;
    case WEFT_EXPR_LAMBDA:
      g_array_append_val (names->starts, names->local->len);
      for (guint k = 0; k < item->n_args; k++)
        add_assigned (names, item[1 + k].name);
      return item->n_args;
    case WEFT_EXPR_LAMBDA_END:
      g_ptr_array_set_size (names->local,
                            g_array_index (names->starts, guint, names->starts->len - 1));
      g_array_set_size (names->starts, names->starts->len - 1);
      return 0;
    case WEFT_EXPR_UNPACK:
      for (guint k = 0; k < item->n_args; k++)
        add_assigned (names, item[1 + k].name);
      return item->n_args;
    default:
      return 0;
    }
}

static void
find_names (WeftExpr *expr)
{
  g_autoptr (GHashTable) free_seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) assigned_seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) local = g_ptr_array_new ();
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (guint));
  Names names = { free_seen, assigned_seen, g_ptr_array_new (), g_ptr_array_new (), local, starts };

  for (guint i = 0; i < expr->items->len; i++)
    {
      const WeftExprItem *item = &g_array_index (expr->items, WeftExprItem, i);

      i += find_names_of (&names, item);
      expr->has_result = item->kind != WEFT_EXPR_ASSIGN && item->kind != WEFT_EXPR_UNPACK;
    }
  expr->free_names = finish_list (names.free_names);
  expr->assigned_names = finish_list (names.assigned);
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
