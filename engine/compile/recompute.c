/* Values that are computed again where they are read, instead of being kept in memory until then.
 *
 * A kernel stores what a later one reads. Where such a value costs little to make, and what it is
 * made from is there later anyway, each later kernel gets a node of its own that makes it again,
 * and nothing is stored: typically what a gradient reads of the way there (parts of an activation).
 * It is done for all later readers of a value or for none, and only if they are loop nests that can
 * take the node in. A value that nobody needs later is stored if that saves storing more than one
 * made from it.
 *
 * Linear in the nodes: what one value may cost is bounded.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

/* Below so many bytes a value stays in the cache; above so many it comes from main memory, and a
 * function costs less than the way there and back. */
#define MIN_BYTES (16 * 1024)
#define MANY_BYTES (1024 * 1024)
/* What a value may cost to make again, in instructions, and if it is of many bytes. */
#define MAX_COST 6
#define MAX_COST_OF_MANY 45
/* In how many kernels. */
#define MAX_LEVELS 2
/* How many values that are made of one are looked at. */
#define MAX_NEAR 24

/* One operand of one node that gets @clone in place of what it reads. */
typedef struct
{
  guint user, operand, clone, next;
} Redirect;

/* A node that does again what @node does. */
typedef struct
{
  guint    node, level, space;
  gboolean per_row, placed;
  guint    root;
  guint   *from; /* by operand: 1 + the clone that makes it; 0: what @node reads */
} Clone;

typedef struct
{
  WeftBuilder *builder;
  guint       *starts, *readers; /* of node i: readers[starts[i]] to readers[starts[i + 1] - 1] */
  GArray      *clones;           /* Clone, each after those that it reads */
  GHashTable  *known;            /* node and level, in one number -> 1 + clone */
  GArray      *redirects;        /* Redirect */
  guint       *first_redirect;   /* by node: 1 + number; 0: none */
} Pass;

/* ---- Who reads what ---- */

static guint
maker_of (WeftBuilder *builder, const WeftView *view)
{
  return weft_builder_root (builder, view->root)->node;
}

static void
find_readers (Pass *pass)
{
  guint n = pass->builder->nodes->len, total = 0;
  pass->starts = g_new0 (guint, n + 2);
  for (guint i = 0; i < n; i++)
    {
      const WeftNode *node = weft_builder_node (pass->builder, i);
      for (guint k = 0; k < node->n_operands; k++)
        {
          guint maker = maker_of (pass->builder, &node->operands[k]);
          if (maker != WEFT_NO_NODE)
            pass->starts[maker + 2]++;
        }
    }
  for (guint i = 0; i < n; i++)
    pass->starts[i + 2] += pass->starts[i + 1];
  total = pass->starts[n + 1];
  pass->readers = g_new (guint, MAX (total, 1));
  for (guint i = 0; i < n; i++)
    {
      const WeftNode *node = weft_builder_node (pass->builder, i);
      for (guint k = 0; k < node->n_operands; k++)
        {
          guint maker = maker_of (pass->builder, &node->operands[k]);
          if (maker != WEFT_NO_NODE)
            pass->readers[pass->starts[maker + 1]++] = i;
        }
    }
}

/* ---- What can be made again ---- */

static gboolean
is_there (const WeftRoot *root, guint level)
{
  return root->node == WEFT_NO_NODE || root->n == 1 || root->kept || root->last_level >= level;
}

static gsize
bytes_of (const WeftRoot *root)
{
  return (gsize) root->n * weft_dtype_size (root->value->type.dtype);
}

/* Puts @node into the space of @user, which reads it. FALSE: it cannot be there. */
static gboolean
move_to (WeftBuilder *builder, WeftNode *node, const WeftNode *user, const WeftView *operand)
{
  if (node->space == user->space)
    return weft_edge_fuses (builder, user, operand);
  node->space = 0;
  node->per_row = FALSE;
  return user->space != 0 ? weft_node_join (builder, node, user->space, user, operand)
                          : weft_edge_fuses (builder, user, operand);
}

/* Whether what @node makes can be made again at @level, within @cost, where @user reads it. As deep
 * as @cost allows. */
static gboolean
can_clone (Pass           *pass,
           WeftNode       *node,
           guint           level,
           const WeftNode *user,
           const WeftView *operand,
           guint          *cost)
{
  WeftBuilder *builder = pass->builder;
  guint        own = weft_node_cost (node), space = node->space;
  gboolean     per_row = node->per_row, can;
  if (node->kind != WEFT_NODE_ELEMENTWISE || weft_node_picks (node) || own > *cost)
    return FALSE;
  *cost -= own;
  can = move_to (builder, node, user, operand);
  for (guint k = 0; k < node->n_operands && can; k++)
    {
      const WeftRoot *root = weft_builder_root (builder, node->operands[k].root);
      can = is_there (root, level) || can_clone (pass, weft_builder_node (builder, root->node),
                                                 level, node, &node->operands[k], cost);
    }
  node->space = space;
  node->per_row = per_row;
  return can;
}

static gint64
key_of (guint node, guint level)
{
  return (gint64) node << 32 | level;
}

/* The clone of node @number at @level for @user, made where it is not yet. */
static guint
clone_of (Pass *pass, guint number, guint level, const WeftNode *user, const WeftView *operand)
{
  WeftBuilder *builder = pass->builder;
  WeftNode    *node = weft_builder_node (builder, number);
  Clone        clone = { .node = number, .level = level };
  guint        space = node->space, known;
  gboolean     per_row = node->per_row, moved = move_to (builder, node, user, operand);
  gint64      *key, search = key_of (number, level);
  g_assert (moved);
  clone.space = node->space;
  clone.per_row = node->per_row;
  known = GPOINTER_TO_UINT (g_hash_table_lookup (pass->known, &search));
  if (known == 0 || g_array_index (pass->clones, Clone, known - 1).space != clone.space)
    {
      clone.from = weft_builder_alloc (builder, MAX (node->n_operands, 1) * sizeof (guint));
      for (guint k = 0; k < node->n_operands; k++)
        {
          const WeftRoot *root = weft_builder_root (builder, node->operands[k].root);
          if (!is_there (root, level))
            clone.from[k] = 1 + clone_of (pass, root->node, level, node, &node->operands[k]);
        }
      g_array_append_val (pass->clones, clone);
      known = pass->clones->len;
      key = weft_builder_alloc (builder, sizeof *key);
      *key = search;
      g_hash_table_insert (pass->known, key, GUINT_TO_POINTER (known));
    }
  node->space = space;
  node->per_row = per_row;
  return known - 1;
}

static void
redirect (Pass *pass, guint user, guint root, guint maker, guint level)
{
  const WeftNode *node = weft_builder_node (pass->builder, user);
  for (guint k = 0; k < node->n_operands; k++)
    if (node->operands[k].root == root)
      {
        Redirect own = { .user = user, .operand = k, .next = pass->first_redirect[user] };
        own.clone = clone_of (pass, maker, level, node, &node->operands[k]);
        g_array_append_val (pass->redirects, own);
        pass->first_redirect[user] = pass->redirects->len;
      }
}

/* Whether all that @user reads of @node can be a clone's. */
static gboolean
can_redirect (Pass *pass, WeftNode *node, const WeftNode *user)
{
  gboolean many = bytes_of (weft_builder_root (pass->builder, node->first_result)) >= MANY_BYTES;
  for (guint k = 0; k < user->n_operands; k++)
    if (user->operands[k].root == node->first_result)
      {
        guint cost = many ? MAX_COST_OF_MANY : MAX_COST;
        if (!weft_node_is_nest (user) || (weft_node_picks (user) && k == 0) ||
            !can_clone (pass, node, user->level, user, &user->operands[k], &cost))
          return FALSE;
      }
  return TRUE;
}

/* Whether later kernels read what node @number makes, and all of them can make it again. @last gets
 * the last of their levels. */
static gboolean
can_be_made_again (Pass *pass, guint number, guint *last)
{
  WeftBuilder    *builder = pass->builder;
  WeftNode       *node = weft_builder_node (builder, number);
  const WeftRoot *root = weft_builder_root (builder, node->first_result);
  guint           levels[MAX_LEVELS], n_levels = 0;
  *last = 0;
  if (node->kind != WEFT_NODE_ELEMENTWISE || root->kept || bytes_of (root) < MIN_BYTES)
    return FALSE;
  for (guint i = pass->starts[number]; i < pass->starts[number + 1]; i++)
    {
      const WeftNode *user = weft_builder_node (builder, pass->readers[i]);
      guint           known = 0;
      if (user->level == node->level)
        continue;
      while (known < n_levels && levels[known] != user->level)
        known++;
      *last = MAX (*last, user->level);
      if (known == MAX_LEVELS || !can_redirect (pass, node, user))
        return FALSE;
      levels[known] = user->level;
      n_levels = MAX (n_levels, known + 1);
    }
  return n_levels > 0;
}

/* Makes the value of node @number again for all later kernels that read it. */
static void
make_again (Pass *pass, guint number)
{
  WeftBuilder    *builder = pass->builder;
  const WeftNode *node = weft_builder_node (builder, number);
  for (guint i = pass->starts[number]; i < pass->starts[number + 1]; i++)
    {
      guint    user = pass->readers[i], level = weft_builder_node (builder, user)->level;
      gboolean twice = i > pass->starts[number] && pass->readers[i - 1] == user;
      if (level != node->level && !twice)
        redirect (pass, user, node->first_result, number, level);
    }
  weft_builder_root (builder, node->first_result)->last_level = node->level;
}

/* Fills @near with what is made, at the level of node @number, of its result, up to MAX_NEAR. */
static guint
made_of (Pass *pass, guint number, guint *near)
{
  guint n = 0, level = weft_builder_node (pass->builder, number)->level;
  for (guint done = 0, from = number;; from = near[done++])
    {
      for (guint i = pass->starts[from]; i < pass->starts[from + 1] && n < MAX_NEAR; i++)
        {
          const WeftNode *user = weft_builder_node (pass->builder, pass->readers[i]);
          guint           known = 0;
          while (known < n && near[known] != pass->readers[i])
            known++;
          if (known == n && user->level == level && user->kind == WEFT_NODE_ELEMENTWISE)
            near[n++] = pass->readers[i];
        }
      if (done == n)
        return n;
    }
}

/* Keeps the value of node @number for later if more that is made of it need not be kept then. */
static void
keep_if_that_pays (Pass *pass, guint number)
{
  WeftBuilder    *builder = pass->builder;
  const WeftNode *node = weft_builder_node (builder, number);
  WeftRoot       *root = weft_builder_root (builder, node->first_result);
  guint           near[MAX_NEAR], n, before = root->last_level, last = before;
  gboolean        could[MAX_NEAR];
  double          saved = 0;
  if (node->kind != WEFT_NODE_ELEMENTWISE || bytes_of (root) < MIN_BYTES || root->kept ||
      before > node->level)
    return;
  n = made_of (pass, number, near);
  for (guint i = 0; i < n; i++)
    {
      guint level;
      could[i] = can_be_made_again (pass, near[i], &level);
      last = MAX (last, level);
    }
  root->last_level = last;
  for (guint i = 0; i < n && last > before; i++)
    {
      guint level;
      if (!could[i] && can_be_made_again (pass, near[i], &level))
        saved += bytes_of (
          weft_builder_root (builder, weft_builder_node (builder, near[i])->first_result));
    }
  if (saved <= bytes_of (root))
    root->last_level = before;
}

/* ---- The nodes anew ---- */

static void
place_clone (Pass *pass, GArray *nodes, guint number)
{
  WeftBuilder *builder = pass->builder;
  Clone       *clone = &g_array_index (pass->clones, Clone, number);
  WeftNode     node = *weft_builder_node (builder, clone->node);
  WeftRoot     root = *weft_builder_root (builder, node.first_result);
  if (clone->placed)
    return;
  for (guint k = 0; k < node.n_operands; k++)
    if (clone->from[k] != 0)
      place_clone (pass, nodes, clone->from[k] - 1);
  node.operands = weft_builder_alloc (builder, MAX (node.n_operands, 1) * sizeof (WeftView));
  memcpy (node.operands, weft_builder_node (builder, clone->node)->operands,
          node.n_operands * sizeof (WeftView));
  for (guint k = 0; k < node.n_operands; k++)
    if (clone->from[k] != 0)
      node.operands[k].root = g_array_index (pass->clones, Clone, clone->from[k] - 1).root;
  node.space = clone->space;
  node.per_row = clone->per_row;
  node.again = TRUE;
  clone->root = node.first_result = builder->roots->len;
  clone->placed = TRUE;
  root.node = nodes->len;
  root.kind = WEFT_SLOT_ARENA;
  root.again = TRUE;
  g_array_append_val (builder->roots, root);
  g_array_append_val (nodes, node);
}

/* The clone that operand @k of node @user reads, or NULL. */
static Clone *
clone_read (Pass *pass, guint user, guint k)
{
  for (guint r = pass->first_redirect[user]; r != 0;)
    {
      const Redirect *one = &g_array_index (pass->redirects, Redirect, r - 1);
      if (one->operand == k)
        return &g_array_index (pass->clones, Clone, one->clone);
      r = one->next;
    }
  return NULL;
}

/* Marks the makers of what @clone reads, as deep as a clone may cost. */
static void
mark_read (Pass *pass, const Clone *clone, gboolean *is_read)
{
  const WeftNode *node = weft_builder_node (pass->builder, clone->node);
  for (guint k = 0; k < node->n_operands; k++)
    {
      guint maker = maker_of (pass->builder, &node->operands[k]);
      if (clone->from[k] != 0)
        mark_read (pass, &g_array_index (pass->clones, Clone, clone->from[k] - 1), is_read);
      else if (maker != WEFT_NO_NODE)
        is_read[maker] = TRUE;
    }
}

/* Which nodes somebody still reads, by number; all but elementwise ones count as read. */
static gboolean *
find_read (Pass *pass)
{
  WeftBuilder *builder = pass->builder;
  gboolean    *is_read = g_new0 (gboolean, builder->nodes->len + 1);
  for (guint i = builder->nodes->len; i-- > 0;)
    {
      const WeftNode *node = weft_builder_node (builder, i);
      is_read[i] |= node->kind != WEFT_NODE_ELEMENTWISE || weft_node_picks (node) ||
                    weft_builder_root (builder, node->first_result)->kept;
      for (guint k = 0; k < node->n_operands && is_read[i]; k++)
        {
          const Clone *clone = clone_read (pass, i, k);
          guint        maker = maker_of (builder, &node->operands[k]);
          if (clone != NULL)
            mark_read (pass, clone, is_read);
          else if (maker != WEFT_NO_NODE)
            is_read[maker] = TRUE;
        }
    }
  return is_read;
}

/* Puts each clone before its first reader, and leaves out what nobody reads any more. */
static void
rebuild (Pass *pass)
{
  WeftBuilder         *builder = pass->builder;
  guint                n_roots = builder->roots->len;
  g_autofree guint    *now = g_new (guint, builder->nodes->len + 1);
  g_autofree gboolean *is_read = find_read (pass);
  GArray              *nodes =
    g_array_sized_new (FALSE, TRUE, sizeof (WeftNode), builder->nodes->len + pass->clones->len);
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      WeftNode *node = weft_builder_node (builder, i);
      now[i] = nodes->len;
      if (!is_read[i])
        continue;
      for (guint r = pass->first_redirect[i]; r != 0;)
        {
          const Redirect *one = &g_array_index (pass->redirects, Redirect, r - 1);
          place_clone (pass, nodes, one->clone);
          node->operands[one->operand].root = g_array_index (pass->clones, Clone, one->clone).root;
          r = one->next;
        }
      now[i] = nodes->len;
      g_array_append_val (nodes, *node);
    }
  for (guint i = 0; i < n_roots; i++)
    {
      WeftRoot *root = weft_builder_root (builder, i);
      if (root->node != WEFT_NO_NODE)
        root->node = now[root->node];
    }
  g_array_unref (builder->nodes);
  builder->nodes = nodes;
}

/* Levels are the lowest. Returns whether nodes came in. */
gboolean
weft_compile_recompute (WeftBuilder *builder)
{
  Pass     pass = { .builder = builder };
  gboolean any;
  find_readers (&pass);
  pass.clones = g_array_new (FALSE, TRUE, sizeof (Clone));
  pass.redirects = g_array_new (FALSE, TRUE, sizeof (Redirect));
  pass.known = g_hash_table_new (g_int64_hash, g_int64_equal);
  pass.first_redirect = g_new0 (guint, builder->nodes->len + 1);
  for (guint i = 0; i < builder->nodes->len; i++)
    {
      guint last;
      keep_if_that_pays (&pass, i);
      if (can_be_made_again (&pass, i, &last))
        make_again (&pass, i);
    }
  any = pass.clones->len > 0;
  if (any)
    rebuild (&pass);
  g_array_free (pass.clones, TRUE);
  g_array_free (pass.redirects, TRUE);
  g_hash_table_unref (pass.known);
  g_free (pass.first_redirect);
  g_free (pass.starts);
  g_free (pass.readers);
  return any;
}
