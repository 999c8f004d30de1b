/* The catalogue: sources, layers, op rows and the expression node behind one face, and the search
 * in it.
 *
 * Made once from the tables and data/layers; nothing of it changes after that, so any thread may
 * read it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/catalogue-private.h"

#include "engine/ops/ops.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  WeftEntry entry;
  GArray   *params; /* WeftParam */
} Item;

typedef struct
{
  GPtrArray  *items; /* Item */
  GHashTable *by_op;
} Catalogue;

/* What is neither a layer nor an op row. */
static const WeftEntry sources[] = {
  { "dataset", N_ ("Dataset"), "data", N_ ("Rows of a data set, a batch at a time"),
    "data csv idx mnist table file", NULL },
  { "input", N_ ("Input"), "data", N_ ("What a call is given"), "placeholder argument", NULL },
  { "output", N_ ("Output"), "data", N_ ("What a group or a layer gives"), "result return", NULL },
  { "constant", N_ ("Constant"), "data", N_ ("A fixed array of numbers"), "number literal value",
    NULL },
  { "parameter", N_ ("Parameter"), "parameter", N_ ("A value that training changes"),
    "weight variable trainable", NULL },
  { "shared", N_ ("Shared value"), "parameter",
    N_ ("A value that lives between calls, but is not trained"), "state variable", NULL },
  { "update", N_ ("New value"), "parameter",
    N_ ("What a shared value becomes with each training step"), "assign state running", NULL },
  { "expression", N_ ("expression"), "math",
    N_ ("A formula in NumPy's notation; its names are its inputs"),
    "formula text code python numpy", NULL },
};

/* ---- Making it ---- */

static void
add (Catalogue *catalogue, const WeftEntry *entry, GArray *params)
{
  Item *item = g_new (Item, 1);

  item->entry = *entry;
  item->params = params;
  g_ptr_array_add (catalogue->items, item);
  g_hash_table_insert (catalogue->by_op, (gpointer) entry->op, item);
}

static gboolean
is_for_people (const WeftOp *op)
{
  return !(op->traits & (WEFT_TRAIT_INTERNAL | WEFT_TRAIT_LEAF));
}

static void
add_family (Catalogue *catalogue, const char *family)
{
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    if (g_str_equal (sources[i].family, family))
      add (catalogue, &sources[i], weft_params_of_source (sources[i].op));
  for (guint i = 0; i < weft_layer_n (); i++)
    {
      const WeftLayer *layer = weft_layer_at (i);
      WeftEntry        entry = { layer->op, layer->title, layer->family,
                                 layer->summary, layer->aliases, layer->body };

      if (g_str_equal (layer->family, family))
        add (catalogue, &entry, weft_params_of_knobs (layer->knobs));
    }
  for (guint i = 0; i < weft_op_count (); i++)
    {
      const WeftOp *op = weft_op_get (i);
      WeftEntry     entry = { op->name, op->name, op->family, op->summary, op->aliases, NULL };

      if (is_for_people (op) && g_str_equal (op->family, family))
        add (catalogue, &entry, weft_params_of_op (op));
    }
}

static Catalogue *
get_catalogue (void)
{
  static Catalogue *catalogue;

  if (g_once_init_enter (&catalogue))
    {
      Catalogue *made = g_new (Catalogue, 1);

      weft_ops_init ();
      made->items = g_ptr_array_new ();
      made->by_op = g_hash_table_new (g_str_hash, g_str_equal);
      for (guint i = 0; i < weft_n_op_families; i++)
        add_family (made, weft_op_families[i].key);
      g_once_init_leave (&catalogue, made);
    }
  return catalogue;
}

/* How many entries there are. Any thread, as all of this file. */
guint
weft_catalogue_n (void)
{
  return get_catalogue ()->items->len;
}

/* Entry number @index in palette order; static. */
const WeftEntry *
weft_catalogue_at (guint index)
{
  g_return_val_if_fail (index < weft_catalogue_n (), NULL);
  return &((Item *) g_ptr_array_index (get_catalogue ()->items, index))->entry;
}

/* The entry that a node's @op names; static, NULL if there is none. */
const WeftEntry *
weft_catalogue_find (const char *op)
{
  Item *item = g_hash_table_lookup (get_catalogue ()->by_op, op);

  return item != NULL ? &item->entry : NULL;
}

/* The @n parameters of nodes with @op, in the order of forms; static. None for an unknown op. */
const WeftParam *
weft_catalogue_params (const char *op, guint *n)
{
  Item *item = g_hash_table_lookup (get_catalogue ()->by_op, op);

  *n = item != NULL ? item->params->len : 0;
  return *n > 0 ? (const WeftParam *) (void *) item->params->data : NULL;
}

/* ---- Search ---- */

/* How well something matches; less is better. */
typedef enum
{
  RANK_SAME,
  RANK_PREFIX,
  RANK_WORD,
  RANK_ALIAS_SAME,
  RANK_ALIAS,
  RANK_INSIDE,
  RANK_SUBSEQUENCE,
  RANK_SUMMARY,
  N_RANKS,
} Rank;

/* Whether a word of @text, which _, - and spaces separate, begins with @typed. Both in lower case.
 */
static gboolean
has_word (const char *text, const char *typed)
{
  for (const char *at = strstr (text, typed); at != NULL; at = strstr (at + 1, typed))
    if (at == text || strchr ("_- (", at[-1]) != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
is_subsequence (const char *text, const char *typed)
{
  while (*text != '\0' && *typed != '\0')
    if (*text++ == *typed)
      typed++;
  return *typed == '\0';
}

static Rank
rank_name (const char *name, const char *typed)
{
  if (g_str_equal (name, typed))
    return RANK_SAME;
  if (g_str_has_prefix (name, typed))
    return RANK_PREFIX;
  if (has_word (name, typed))
    return RANK_WORD;
  if (strstr (name, typed) != NULL)
    return RANK_INSIDE;
  return strlen (typed) > 1 && is_subsequence (name, typed) ? RANK_SUBSEQUENCE : N_RANKS;
}

static Rank
rank_alias (const char *aliases, const char *typed)
{
  g_auto (GStrv) words = g_strsplit (aliases, " ", -1);
  Rank rank = N_RANKS;

  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0' && rank_name (words[i], typed) <= RANK_WORD)
      rank = MIN (rank, g_str_equal (words[i], typed) ? RANK_ALIAS_SAME : RANK_ALIAS);
  return rank;
}

static Rank
rank_entry (const WeftEntry *entry, const char *typed)
{
  g_autofree char *title = g_utf8_strdown (_ (entry->title), -1);
  g_autofree char *summary = g_utf8_strdown (_ (entry->summary), -1);
  g_autofree char *aliases = g_utf8_strdown (entry->aliases, -1);
  Rank             rank = MIN (rank_name (entry->op, typed), rank_name (title, typed));

  rank = MIN (rank, rank_alias (aliases, typed));
  if (rank == N_RANKS && strlen (typed) > 2 && has_word (summary, typed))
    rank = RANK_SUMMARY;
  return rank;
}

static int
compare_lengths (gconstpointer a, gconstpointer b)
{
  const WeftEntry *x = *(WeftEntry *const *) a, *y = *(WeftEntry *const *) b;

  return (int) strlen (x->op) - (int) strlen (y->op);
}

/* The entries that match @text, best first, the shorter first of equals (const WeftEntry*); all of
 * them for an empty text. The caller owns the array. */
GPtrArray *
weft_catalogue_search (const char *text)
{
  g_autofree char *lower = g_utf8_strdown (text, -1);
  const char      *typed = g_strstrip (lower);
  GPtrArray       *found[N_RANKS + 1];
  GPtrArray       *result = g_ptr_array_new ();

  for (guint i = 0; i <= N_RANKS; i++)
    found[i] = g_ptr_array_new ();
  for (guint i = 0; i < weft_catalogue_n (); i++)
    {
      const WeftEntry *entry = weft_catalogue_at (i);

      g_ptr_array_add (found[*typed == '\0' ? RANK_SAME : rank_entry (entry, typed)],
                       (gpointer) entry);
    }
  for (guint i = 0; i < N_RANKS; i++)
    {
      if (*typed != '\0')
        g_ptr_array_sort (found[i], compare_lengths);
      g_ptr_array_extend (result, found[i], NULL, NULL);
    }
  for (guint i = 0; i <= N_RANKS; i++)
    g_ptr_array_unref (found[i]);
  return result;
}
