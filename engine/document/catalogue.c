/* The catalogue: sources, layers, op rows and the expression node behind one face, and the search
 * in it.
 *
 * Made from the tables and the layers. When the user's layers are read again it is made anew and
 * replaced as a whole; the old one stays, so any thread may read it at any time.
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
  { "scan", N_ ("Scan"), "loop", N_ ("A step again and again over rows, handing states on"),
    "loop recurrent for rnn scan time", NULL },
  { "map", N_ ("Map"), "loop", N_ ("A step on each row by itself"), "loop foreach vmap", NULL },
  { "reduce", N_ ("Reduce"), "loop", N_ ("A step that adds row after row to what there is so far"),
    "loop fold accumulate", NULL },
  { "cond", N_ ("If"), "loop", N_ ("One of two steps; the other one is not run"),
    "if choice branch lazy ifelse switch", NULL },
  { "beam_search", N_ ("Beam search"), "loop",
    N_ ("The likeliest sequences of tokens that a step writes one by one"),
    "decode generate text translation sample", NULL },
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
      WeftEntry        entry = { layer->op, layer->title, layer->family, layer->summary,
                                 layer->aliases, layer->body, layer->own };

      if (g_str_equal (layer->family, family))
        add (catalogue, &entry, weft_params_of_knobs (layer->knobs));
    }
  for (guint i = 0; i < weft_op_count (); i++)
    {
      const WeftOp *op = weft_op_get (i);
      WeftEntry     entry = { op->name, op->name, op->family, op->summary, op->aliases, NULL, FALSE };

      if (is_for_people (op) && g_str_equal (op->family, family))
        add (catalogue, &entry, weft_params_of_op (op));
    }
}

static Catalogue *
make_catalogue (void)
{
  Catalogue *made = g_new (Catalogue, 1);

  weft_ops_init ();
  made->items = g_ptr_array_new ();
  made->by_op = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < weft_n_op_families; i++)
    add_family (made, weft_op_families[i].key);
  return made;
}

static Catalogue *current;
static gint       serial;

static Catalogue *
get_catalogue (void)
{
  static gsize begun;

  if (g_once_init_enter (&begun))
    {
      g_atomic_pointer_set (&current, make_catalogue ());
      g_once_init_leave (&begun, 1);
    }
  return g_atomic_pointer_get (&current);
}

/* TRUE if @op is one of those that are neither a layer nor an op row. Any thread. */
gboolean
weft_op_is_source (const char *op)
{
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    if (g_str_equal (sources[i].op, op))
      return TRUE;
  return FALSE;
}

/* ---- The user's layers come and go ---- */

typedef struct
{
  guint number;
  void (*func) (gpointer data);
  gpointer data;
} Watcher;

static GArray       *watchers; /* Watcher */
static GFileMonitor *monitor;
static guint         reload_source;

/* Reads the user's layers again. Returns whether something is another; the watchers know then. Main
 * thread. */
gboolean
weft_catalogue_reload (void)
{
  static GPtrArray *earlier; /* so that nothing is lost sight of */
  Catalogue        *before = get_catalogue ();
  g_autoptr (GArray) told = NULL;

  if (!weft_layers_reload ())
    return FALSE;
  if (earlier == NULL)
    earlier = g_ptr_array_new ();
  g_ptr_array_add (earlier, before);
  g_atomic_pointer_set (&current, make_catalogue ());
  g_atomic_int_inc (&serial);
  told = watchers != NULL ? g_array_copy (watchers) : NULL;
  for (guint i = 0; told != NULL && i < told->len; i++)
    g_array_index (told, Watcher, i).func (g_array_index (told, Watcher, i).data);
  return TRUE;
}

static gboolean
reload_cb (gpointer data)
{
  reload_source = 0;
  weft_catalogue_reload ();
  return G_SOURCE_REMOVE;
}

/* A file that is written changes several times: wait until that is over. */
#define SETTLE_MS 200

static void
folder_changed_cb (
  GFileMonitor *from, GFile *file, GFile *other, GFileMonitorEvent event, gpointer data)
{
  if (reload_source == 0)
    reload_source = g_timeout_add (SETTLE_MS, reload_cb, NULL);
}

/* Calls @func with @data after each change. Returns a number for weft_catalogue_unwatch. Main
 * thread. */
guint
weft_catalogue_watch (void (*func) (gpointer data), gpointer data)
{
  static guint last;
  Watcher      watcher = { ++last, func, data };

  if (watchers == NULL)
    watchers = g_array_new (FALSE, FALSE, sizeof (Watcher));
  g_array_append_val (watchers, watcher);
  if (monitor == NULL)
    {
      g_autoptr (GFile) folder = g_file_new_for_path (weft_layer_folder ());

      monitor = g_file_monitor_directory (folder, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
      if (monitor != NULL)
        g_signal_connect (monitor, "changed", G_CALLBACK (folder_changed_cb), NULL);
    }
  return watcher.number;
}

/* No more calls to watcher @number; with the last one the folder is left alone. */
void
weft_catalogue_unwatch (guint number)
{
  for (guint i = 0; watchers != NULL && i < watchers->len; i++)
    if (g_array_index (watchers, Watcher, i).number == number)
      g_array_remove_index (watchers, i--);
  if (watchers == NULL || watchers->len > 0)
    return;
  g_clear_object (&monitor);
  g_clear_handle_id (&reload_source, g_source_remove);
  g_clear_pointer (&watchers, g_array_unref);
}

/* How many times something changed. Any thread. */
guint
weft_catalogue_serial (void)
{
  return (guint) g_atomic_int_get (&serial);
}

/* ---- Looking ---- */

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
  g_autofree char *joined = g_strdelimit (g_strdup (typed), " -", '_'); /* as ops are written */
  Rank             rank = MIN (rank_name (entry->op, joined), rank_name (title, typed));

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
