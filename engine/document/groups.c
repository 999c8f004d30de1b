/* Groups: definitions that a document holds, and where they are used. Making and changing them is
 * in group-edit.c.
 *
 * A definition is a document of its own whose "root" is the document that holds it. Definitions are
 * all at one level and use one another by name; none contains itself.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/document-private.h"
#include "engine/document/step.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define PREFIX "group:"

/* Groups in groups, and what one use may unfold into: more is a mistake, or meant to do harm. */
#define MAX_NESTED 64
#define MAX_UNFOLDED 1000000

/* ---- Looking ---- */

/* The document that definition @document belongs to; @document itself if it is none. Borrowed. */
WeftDocument *
weft_document_get_root (WeftDocument *document)
{
  return document->root != NULL ? document->root : document;
}

/* The name of definition @document; NULL if it is none (any more). Borrowed. */
const char *
weft_document_get_group_name (WeftDocument *document)
{
  return document->root != NULL ? document->group_name : NULL;
}

/* How many definitions the document (a definition's: its root) has. */
guint
weft_document_n_groups (WeftDocument *document)
{
  return weft_document_get_root (document)->groups->len;
}

/* Definition number @index, in the order of the file; borrowed. */
WeftDocument *
weft_document_group_at (WeftDocument *document, guint index)
{
  GPtrArray *groups = weft_document_get_root (document)->groups;

  g_return_val_if_fail (index < groups->len, NULL);
  return g_ptr_array_index (groups, index);
}

/* The definition called @name, NULL if there is none; borrowed. */
WeftDocument *
weft_document_get_group (WeftDocument *document, const char *name)
{
  GPtrArray *groups = weft_document_get_root (document)->groups;

  for (guint i = 0; name != NULL && i < groups->len; i++)
    if (g_str_equal (((WeftDocument *) g_ptr_array_index (groups, i))->group_name, name))
      return g_ptr_array_index (groups, i);
  return NULL;
}

const char *
weft_group_of_op (const char *op)
{
  return g_str_has_prefix (op, PREFIX) ? op + strlen (PREFIX) : NULL;
}

/* The definition that a node with @op uses, NULL if it is no group; borrowed. */
WeftDocument *
weft_document_group_of (WeftDocument *document, const char *op)
{
  return weft_document_get_group (document, weft_group_of_op (op));
}

const char *
weft_group_of_step (WeftDocument *document, const WeftNode *node, const char *param)
{
  const char *step = weft_json_get_string (node->params, param, NULL);

  return step != NULL && weft_document_get_group (document, step) != NULL ? step : NULL;
}

/* Calls @func with each name of a group, or of what may be one, that @node uses. */
static void
foreach_use (const WeftNode *node, void (*func) (const char *name, gpointer data), gpointer data)
{
  const char  *name = weft_group_of_op (node->op);
  WeftLoopKind kind;

  if (name != NULL)
    func (name, data);
  if (!weft_loop_kind (node->op, &kind))
    return;
  for (const char *const *param = weft_loop_steps (kind); *param != NULL; param++)
    func (weft_json_get_string (node->params, *param, ""), data);
}

typedef struct
{
  const char *name;
  gboolean    found;
} Wanted;

static void
compare_name (const char *name, gpointer data)
{
  Wanted *wanted = data;

  wanted->found = wanted->found || g_str_equal (name, wanted->name);
}

static gboolean
uses_group (const WeftNode *node, const char *name)
{
  Wanted wanted = { name, FALSE };

  foreach_use (node, compare_name, &wanted);
  return wanted.found;
}

GArray *
weft_document_uses (WeftDocument *document, const char *name)
{
  GArray *uses = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      const WeftNode *node = weft_document_node_at (document, i);

      if (uses_group (node, name))
        g_array_append_val (uses, node->uid);
    }
  return uses;
}

/* How many nodes use the definition called @name, in the document and in its definitions. */
guint
weft_document_count_uses (WeftDocument *document, const char *name)
{
  WeftDocument *root = weft_document_get_root (document);
  guint         n = 0;

  for (guint i = 0; i <= root->groups->len; i++)
    {
      WeftDocument *user = i < root->groups->len ? g_ptr_array_index (root->groups, i) : root;
      g_autoptr (GArray) uses = weft_document_uses (user, name);

      n += uses->len;
    }
  return n;
}

/* The node of @document itself that node @uid stands in: it, or the first one that uses, directly
 * or not, the definition which holds it. 0: there is none. */
guint32
weft_document_outer_node (WeftDocument *document, guint32 uid)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  if (weft_document_node (document, uid) != NULL)
    return uid;
  for (guint i = 0; i < weft_document_n_groups (document); i++)
    if (weft_document_node (weft_document_group_at (document, i), uid) != NULL)
      g_ptr_array_add (names, weft_document_group_at (document, i)->group_name);
  for (guint i = 0; i < names->len; i++)
    {
      g_autoptr (GArray) uses = weft_document_uses (document, g_ptr_array_index (names, i));

      if (uses->len > 0)
        return g_array_index (uses, guint32, 0);
      for (guint k = 0; k < weft_document_n_groups (document); k++)
        {
          WeftDocument *user = weft_document_group_at (document, k);
          g_autoptr (GArray) inside = weft_document_uses (user, g_ptr_array_index (names, i));

          if (inside->len > 0 && !g_ptr_array_find (names, user->group_name, NULL))
            g_ptr_array_add (names, user->group_name);
        }
    }
  return 0;
}

/* ---- What can be used as it is ---- */

/* The definitions, and who uses whom; what is used before what uses it. */
typedef struct
{
  GPtrArray  *groups; /* borrowed */
  GHashTable *index;  /* name -> number + 1 */
  GArray    **uses;   /* [groups->len] of guint: numbers, one for each use */
  guint      *depth;  /* of groups in groups */
  guint64    *size;   /* nodes when unfolded, no more than a little above MAX_UNFOLDED */
} Nest;

typedef struct
{
  const Nest *nest;
  GArray     *uses;
} Using;

static void
add_use (const char *name, gpointer data)
{
  Using *using = data;
  guint used = GPOINTER_TO_UINT (g_hash_table_lookup (using->nest->index, name));

  if (used-- > 0)
    g_array_append_val (using->uses, used);
}

static void
nest_init (Nest *nest, GPtrArray *groups)
{
  nest->groups = groups;
  nest->index = g_hash_table_new (g_str_hash, g_str_equal);
  nest->uses = g_new0 (GArray *, groups->len + 1);
  nest->depth = g_new0 (guint, groups->len + 1);
  nest->size = g_new0 (guint64, groups->len + 1);
  for (guint i = 0; i < groups->len; i++)
    g_hash_table_insert (nest->index, ((WeftDocument *) g_ptr_array_index (groups, i))->group_name,
                         GUINT_TO_POINTER (i + 1));
  for (guint i = 0; i < groups->len; i++)
    {
      WeftDocument *group = g_ptr_array_index (groups, i);

      nest->uses[i] = g_array_new (FALSE, FALSE, sizeof (guint));
      for (guint k = 0; k < weft_document_n_nodes (group); k++)
        {
          Using using = { nest, nest->uses[i] };

          foreach_use (weft_document_node_at (group, k), add_use, &using);
        }
    }
}

static void
nest_clear (Nest *nest)
{
  for (guint i = 0; i < nest->groups->len; i++)
    g_array_unref (nest->uses[i]);
  g_hash_table_unref (nest->index);
  g_free (nest->uses);
  g_free (nest->depth);
  g_free (nest->size);
}

static void
measure (Nest *nest, guint i)
{
  nest->size[i] = weft_document_n_nodes (g_ptr_array_index (nest->groups, i));
  nest->depth[i] = 1;
  for (guint k = 0; k < nest->uses[i]->len; k++)
    {
      guint used = g_array_index (nest->uses[i], guint, k);

      nest->size[i] = MIN (nest->size[i] + nest->size[used], MAX_UNFOLDED + 1);
      nest->depth[i] = MAX (nest->depth[i], nest->depth[used] + 1);
    }
}

/* Measures all that contain only measured ones, until none is left; those that are left contain
 * themselves. */
static GArray *
sort (Nest *nest)
{
  guint               n = nest->groups->len;
  g_autofree guint   *open = g_new0 (guint, n + 1);
  g_autofree GArray **users = g_new0 (GArray *, n + 1);
  GArray             *order = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < n; i++)
    users[i] = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < n; i++)
    {
      open[i] = nest->uses[i]->len;
      for (guint k = 0; k < open[i]; k++)
        g_array_append_val (users[g_array_index (nest->uses[i], guint, k)], i);
      if (open[i] == 0)
        g_array_append_val (order, i);
    }
  for (guint at = 0; at < order->len; at++)
    {
      guint i = g_array_index (order, guint, at);

      measure (nest, i);
      for (guint k = 0; k < users[i]->len; k++)
        {
          guint user = g_array_index (users[i], guint, k);

          if (--open[user] == 0)
            g_array_append_val (order, user);
        }
    }
  for (guint i = 0; i < n; i++)
    g_array_unref (users[i]);
  return order;
}

static const char *
name_at (const Nest *nest, guint i)
{
  return ((WeftDocument *) g_ptr_array_index (nest->groups, i))->group_name;
}

/* One of those that are left uses another one that is left, and so on, until it comes round. */
static char *
spell_cycle (const Nest *nest, const GArray *order)
{
  g_autofree gboolean *done = g_new0 (gboolean, nest->groups->len + 1);
  g_autofree guint    *seen = g_new0 (guint, nest->groups->len + 1);
  GString             *text = g_string_new (NULL);
  guint                at = 0, begin;

  for (guint i = 0; i < order->len; i++)
    done[g_array_index (order, guint, i)] = TRUE;
  while (done[at])
    at++;
  while (seen[at]++ == 0)
    for (guint k = 0; k < nest->uses[at]->len; k++)
      if (!done[g_array_index (nest->uses[at], guint, k)])
        {
          at = g_array_index (nest->uses[at], guint, k);
          break;
        }
  begin = at;
  do
    {
      g_string_append_printf (text, "%s%s", text->len > 0 ? " -> " : "", name_at (nest, at));
      for (guint k = 0; k < nest->uses[at]->len; k++)
        if (!done[g_array_index (nest->uses[at], guint, k)])
          {
            at = g_array_index (nest->uses[at], guint, k);
            break;
          }
    }
  while (at != begin && text->len < 200);
  g_string_append_printf (text, " -> %s", at == begin ? name_at (nest, begin) : "…");
  return g_string_free (text, FALSE);
}

gboolean
weft_document_check_groups (WeftDocument *document, GError **error)
{
  Nest             nest;
  g_autofree char *message = NULL;
  g_autoptr (GArray) order = NULL;

  nest_init (&nest, weft_document_get_root (document)->groups);
  order = sort (&nest);
  if (order->len < nest.groups->len)
    {
      g_autofree char *cycle = spell_cycle (&nest, order);

      message = g_strdup_printf (_ ("A group cannot contain itself: %s."), cycle);
    }
  for (guint i = 0; message == NULL && i < nest.groups->len; i++)
    if (nest.depth[i] > MAX_NESTED)
      message = g_strdup_printf (_ ("Groups can be nested %d deep, and %s is deeper."), MAX_NESTED,
                                 name_at (&nest, i));
    else if (nest.size[i] > MAX_UNFOLDED)
      message = g_strdup_printf (_ ("The group %s unfolds into more than %d nodes."),
                                 name_at (&nest, i), MAX_UNFOLDED);
  nest_clear (&nest);
  if (message != NULL)
    g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT, message);
  return message == NULL;
}

gboolean
weft_document_check_nesting (WeftDocument *document, const char *name, GError **error)
{
  g_autofree char *op = g_strconcat (PREFIX, name, NULL);
  NodeBox         *box;
  gboolean         fits;

  if (document->root == NULL)
    return TRUE;
  /* As if it were there: nobody is told. */
  box = weft_node_box_new (0, "", op, NULL, 0, 0);
  g_ptr_array_add (document->nodes, box);
  fits = weft_document_check_groups (document, error);
  g_ptr_array_remove_index (document->nodes, document->nodes->len - 1);
  return fits;
}

/* ---- Copies ---- */

char *
weft_document_unique_group_name (WeftDocument *document, const char *name)
{
  gsize            stem = strlen (name);
  g_autofree char *base = NULL;

  if (weft_document_get_group (document, name) == NULL)
    return g_strdup (name);
  while (stem > 1 && g_ascii_isdigit (name[stem - 1]))
    stem--;
  base = g_strndup (name, stem);
  for (guint i = 2;; i++)
    {
      g_autofree char *head =
        g_utf8_substring (base, 0, MIN (g_utf8_strlen (base, -1), WEFT_MAX_ID - 10));
      g_autofree char *next = g_strdup_printf ("%s%u", head, i);

      if (weft_document_get_group (document, next) == NULL)
        return g_steal_pointer (&next);
    }
}

static void
keep_name (const char *name, gpointer names)
{
  g_ptr_array_add (names, g_strdup (name));
}

void
weft_document_copy_groups (WeftDocument *from, const WeftNode *node, WeftDocument *target)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  foreach_use (node, keep_name, names);
  for (guint i = 0; i < names->len; i++)
    {
      WeftDocument *group = weft_document_get_group (from, g_ptr_array_index (names, i));
      g_autoptr (WeftDocument) twin = NULL;

      if (group == NULL || weft_document_get_group (target, group->group_name) != NULL)
        continue;
      twin = weft_document_new ();
      weft_document_copy_content (group, twin, TRUE);
      weft_document_insert_group (target, target->groups->len, twin, group->group_name);
      for (guint k = 0; k < group->nodes->len; k++)
        foreach_use (weft_document_node_at (group, k), keep_name, names);
    }
}
