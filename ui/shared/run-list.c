/* The runs of a document that are kept on disk.
 *
 * A refresh looks at the folder on a thread: it opens what has changed since the last one, and
 * hands that over in one piece.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/run-list.h"

#include "engine/base/json.h"
#include "engine/document/differences.h"
#include "engine/train/checkpoint.h"
#include "ui/curves/run-folder.h"
#include "ui/shared/settings.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* Of the differences from the run before. */
#define MOST_DIFFERENCES 4
/* Runs of a queue that are shown without anybody asking. */
#define MOST_SHOWN 8

struct _WeftRunItem
{
  GObject parent_instance;

  /* Owned */
  WeftKeptRun  *run;
  char         *note, *difference, *problem;
  WeftRunData  *data;
  GCancellable *cancellable; /* of its reading; NULL: it is not read */

  /* Plain values */
  gint64   stamp;
  guint    before; /* number of the run that it differs from */
  guint    look;
  gboolean shown, live, stale;
};

struct _WeftRunList
{
  GObject parent_instance;

  /* Owned */
  char      *folder, *live;
  GPtrArray *items; /* of WeftRunItem, in the order of the list */

  /* Plain values */
  guint    next_look;
  guint    serial; /* of the folder: what was found in another is dropped */
  gboolean looking, again;
};

enum
{
  SIGNAL_SHOWN,
  SIGNAL_LOOKED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void list_model_init (GListModelInterface *interface);

G_DEFINE_FINAL_TYPE (WeftRunItem, weft_run_item, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE (WeftRunList,
                               weft_run_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

/* ---- A run ---- */

static void
weft_run_item_finalize (GObject *object)
{
  WeftRunItem *item = WEFT_RUN_ITEM (object);
  g_clear_pointer (&item->run, weft_kept_run_free);
  g_clear_pointer (&item->data, weft_run_data_free);
  g_clear_object (&item->cancellable);
  g_free (item->note);
  g_free (item->difference);
  g_free (item->problem);
  G_OBJECT_CLASS (weft_run_item_parent_class)->finalize (object);
}

static void
weft_run_item_class_init (WeftRunItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_run_item_finalize;
}

static void
weft_run_item_init (WeftRunItem *item)
{
}

const WeftKeptRun *
weft_run_item_get_run (WeftRunItem *item)
{
  return item->run;
}

guint
weft_run_item_get_number (WeftRunItem *item)
{
  return item->run->number;
}

const char *
weft_run_item_get_title (WeftRunItem *item)
{
  return item->run->title;
}

const char *
weft_run_item_get_folder (WeftRunItem *item)
{
  return item->run->folder;
}

const char *
weft_run_item_get_note (WeftRunItem *item)
{
  return item->note;
}

const char *
weft_run_item_get_difference (WeftRunItem *item)
{
  return item->difference;
}

const char *
weft_run_item_get_problem (WeftRunItem *item)
{
  return item->problem;
}

guint
weft_run_item_get_look (WeftRunItem *item)
{
  return item->look;
}

gboolean
weft_run_item_is_shown (WeftRunItem *item)
{
  return item->shown;
}

gboolean
weft_run_item_is_live (WeftRunItem *item)
{
  return item->live;
}

WeftRunData *
weft_run_item_get_data (WeftRunItem *item)
{
  return item->data;
}

/* ---- Reading its curves ---- */

static void
smooth (WeftRunData *data)
{
  GSettings *settings = weft_settings_get ();
  weft_run_data_set_smoothing (data,
                               (WeftSmoothing) g_settings_get_enum (settings, "smoothing-kind"),
                               MIN (g_settings_get_double (settings, "smoothing"), 0.999));
}

static void
follow_smoothing (WeftRunList *list)
{
  for (guint i = 0; i < list->items->len; i++)
    {
      WeftRunItem *item = g_ptr_array_index (list->items, i);
      if (item->data != NULL)
        smooth (item->data);
    }
  g_signal_emit (list, signals[SIGNAL_SHOWN], 0);
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const char  *folder = data;
  GError      *error = NULL;
  WeftRunData *read = weft_run_folder_read (folder, INFINITY, cancellable, &error);
  if (read != NULL)
    g_task_return_pointer (task, read, (GDestroyNotify) weft_run_data_free);
  else
    g_task_return_error (task, error);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (WeftRunItem) item = data;
  g_autoptr (GError) error = NULL;
  WeftRunData *read = g_task_propagate_pointer (G_TASK (result), &error);
  g_clear_object (&item->cancellable);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_pointer (&item->problem, g_free);
  if (read == NULL)
    item->problem = g_strdup (error->message);
  else
    {
      weft_run_data_free (item->data);
      item->data = read;
      smooth (read);
    }
  g_signal_emit (source, signals[SIGNAL_SHOWN], 0);
}

/* What is there of its curves stays until more has been read. */
static void
read_curves (WeftRunList *list, WeftRunItem *item)
{
  if (item->cancellable != NULL || (item->data != NULL && !item->stale) || item->live ||
      item->run->state == WEFT_KEPT_QUEUED)
    return;
  item->stale = FALSE;
  item->cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (list, item->cancellable, read_cb, g_object_ref (item));
  g_task_set_task_data (task, g_strdup (item->run->folder), g_free);
  g_task_run_in_thread (task, read_thread);
}

/* ---- Looking at the disk: on a thread ---- */

/* What is known of a run, and what was found. */
typedef struct
{
  guint        number, before;
  gint64       stamp;
  gboolean     going_on;          /* whether it still does is not told by its files */
  WeftKeptRun *run;               /* NULL: nothing has changed */
  char        *note, *difference; /* NULL: likewise */
} Found;

typedef struct
{
  char       *folder;
  guint       serial;
  GHashTable *known; /* number -> Found */
  GPtrArray  *found; /* of Found, newest first */
} Look;

static void
found_free (gpointer data)
{
  Found *found = data;
  g_clear_pointer (&found->run, weft_kept_run_free);
  g_free (found->note);
  g_free (found->difference);
  g_free (found);
}

static void
look_free (gpointer data)
{
  Look *look = data;
  g_free (look->folder);
  g_hash_table_unref (look->known);
  g_ptr_array_unref (look->found);
  g_free (look);
}

/* Another one whenever its record is written. 0: there is none. */
static gint64
stamp_of (const char *run_folder)
{
  g_autofree char *path = g_build_filename (run_folder, WEFT_RUN_FILE, NULL);
  GStatBuf         info;
  if (g_stat (path, &info) != 0)
    return 0;
  return (gint64) info.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info.st_mtim.tv_nsec;
}

static gboolean
is_going_on (const WeftKeptRun *run)
{
  return run->state == WEFT_KEPT_RUNNING || run->state == WEFT_KEPT_INTERRUPTED;
}

static char *
differences (const char *before, const char *after)
{
  g_autoptr (WeftJson) old = weft_run_folder_read_document (before);
  g_autoptr (WeftJson) new = weft_run_folder_read_document (after);
  return old != NULL && new != NULL ? weft_document_differences_text (old, new, MOST_DIFFERENCES)
                                    : g_strdup ("");
}

static void
look_at (Look *look, guint number, guint before)
{
  const Found     *known = g_hash_table_lookup (look->known, GUINT_TO_POINTER (number));
  g_autofree char *path = weft_runs_path (look->folder, number);
  Found           *found = g_new0 (Found, 1);
  found->number = number;
  found->before = before;
  found->stamp = stamp_of (path);
  if (known == NULL || known->stamp != found->stamp || known->going_on)
    {
      found->run = weft_runs_open (path);
      found->note = weft_run_folder_dup_note (path);
    }
  if (known == NULL || known->before != before)
    {
      g_autofree char *other = before > 0 ? weft_runs_path (look->folder, before) : NULL;
      found->difference = other != NULL ? differences (other, path) : g_strdup ("");
    }
  g_ptr_array_add (look->found, found);
}

static void
look_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Look *look = data;
  g_autoptr (GArray) numbers = weft_runs_numbers (look->folder);
  for (guint i = numbers->len; i > 0; i--)
    look_at (look, g_array_index (numbers, guint, i - 1),
             i > 1 ? g_array_index (numbers, guint, i - 2) : 0);
  g_task_return_boolean (task, TRUE);
}

/* ---- The list ---- */

static GType
get_item_type (GListModel *model)
{
  return WEFT_TYPE_RUN_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return WEFT_RUN_LIST (model)->items->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  WeftRunList *list = WEFT_RUN_LIST (model);
  return position < list->items->len ? g_object_ref (g_ptr_array_index (list->items, position))
                                     : NULL;
}

static void
list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

/* A run that was moved while it was trained has two names. */
static gboolean
is_live (WeftRunList *list, const WeftKeptRun *run)
{
  if (list->live == NULL || g_str_equal (list->live, run->folder))
    return list->live != NULL;
  g_autofree char *place = g_file_read_link (list->live, NULL);
  return g_strcmp0 (place, run->folder) == 0;
}

/* TRUE: it is to be shown anew. */
static gboolean
set_live (WeftRunList *list, WeftRunItem *item)
{
  gboolean live = is_live (list, item->run);
  if (live == item->live)
    return FALSE;
  /* A run that begins is looked at, also where its folder was seen before it said that it is the
   * one; one that ended is read. */
  item->shown = item->shown || live;
  item->stale = TRUE;
  item->live = live;
  return TRUE;
}

static guint
count_shown (WeftRunList *list)
{
  guint n = 0;
  for (guint i = 0; i < list->items->len; i++)
    n += ((WeftRunItem *) g_ptr_array_index (list->items, i))->shown;
  return n;
}

/* Takes what is in @found. TRUE: something of @item is another. */
static gboolean
update_item (WeftRunList *list, WeftRunItem *item, Found *found)
{
  gboolean changed = found->run != NULL || found->difference != NULL;
  item->stamp = found->stamp;
  item->before = found->before;
  if (found->run != NULL)
    {
      changed = item->run == NULL || is_going_on (found->run) ||
                item->run->state != found->run->state || g_strcmp0 (item->note, found->note) != 0 ||
                g_strcmp0 (item->run->title, found->run->title) != 0 ||
                item->run->turn != found->run->turn || found->difference != NULL;
      item->stale = TRUE;
      /* A run of the queue that begins is looked at, where the charts have room for it. */
      if (item->run != NULL && item->run->state == WEFT_KEPT_QUEUED &&
          found->run->state == WEFT_KEPT_RUNNING)
        item->shown = item->shown || count_shown (list) < MOST_SHOWN;
      g_clear_pointer (&item->run, weft_kept_run_free);
      item->run = g_steal_pointer (&found->run);
      g_free (item->note);
      item->note = g_steal_pointer (&found->note);
    }
  if (found->difference != NULL)
    {
      g_free (item->difference);
      item->difference = g_steal_pointer (&found->difference);
    }
  return set_live (list, item) || changed;
}

/* Those that wait come first, as their turns are; then the others, newest first. */
static int
compare_items (gconstpointer a, gconstpointer b)
{
  const WeftKeptRun *one = (*(WeftRunItem *const *) a)->run,
                    *other = (*(WeftRunItem *const *) b)->run;
  gboolean waits = one->state == WEFT_KEPT_QUEUED;
  if (waits != (other->state == WEFT_KEPT_QUEUED))
    return waits ? -1 : 1;
  if (waits && one->turn != other->turn)
    return one->turn < other->turn ? -1 : 1;
  return one->number > other->number ? -1 : one->number < other->number;
}

/* Tells of the rows between the first and the last that are others. */
static void
take_items (WeftRunList *list, GPtrArray *items, GHashTable *changed)
{
  g_autoptr (GPtrArray) old = list->items;
  guint begin = 0, end = 0, least = MIN (old->len, items->len);
  list->items = items;
#define SAME(a, b) ((a) == (b) && !g_hash_table_contains (changed, a))
  while (begin < least && SAME (old->pdata[begin], items->pdata[begin]))
    begin++;
  while (end < least - begin &&
         SAME (old->pdata[old->len - end - 1], items->pdata[items->len - end - 1]))
    end++;
#undef SAME
  if (begin + end < MAX (old->len, items->len))
    g_list_model_items_changed (G_LIST_MODEL (list), begin, old->len - begin - end,
                                items->len - begin - end);
}

static GHashTable *
index_items (WeftRunList *list)
{
  GHashTable *items = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < list->items->len; i++)
    {
      WeftRunItem *item = g_ptr_array_index (list->items, i);
      g_hash_table_insert (items, GUINT_TO_POINTER (item->run->number), item);
    }
  return items;
}

static void
take_look (WeftRunList *list, Look *look)
{
  g_autoptr (GHashTable) known = index_items (list);
  g_autoptr (GHashTable) changed = g_hash_table_new (NULL, NULL);
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = look->found->len; i > 0; i--)
    {
      Found       *found = g_ptr_array_index (look->found, i - 1);
      WeftRunItem *item = g_hash_table_lookup (known, GUINT_TO_POINTER (found->number));
      if (item != NULL)
        g_object_ref (item);
      else if (found->run == NULL)
        continue;
      else
        {
          item = g_object_new (WEFT_TYPE_RUN_ITEM, NULL);
          item->look = list->next_look++;
        }
      if (update_item (list, item, found))
        g_hash_table_add (changed, item);
      g_ptr_array_add (items, item);
    }
  g_ptr_array_sort (items, compare_items);
  take_items (list, items, changed);
  for (guint i = 0; i < list->items->len; i++)
    if (((WeftRunItem *) g_ptr_array_index (list->items, i))->shown)
      read_curves (list, g_ptr_array_index (list->items, i));
  g_signal_emit (list, signals[SIGNAL_SHOWN], 0);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftRunList *list = WEFT_RUN_LIST (source);
  Look        *look = g_task_get_task_data (G_TASK (result));
  gboolean     again = list->again || look->serial != list->serial;
  list->looking = list->again = FALSE;
  if (look->serial == list->serial)
    take_look (list, look);
  if (again)
    weft_run_list_refresh (list);
  else
    g_signal_emit (list, signals[SIGNAL_LOOKED], 0);
}

/**
 * weft_run_list_refresh:
 * @list: a list
 *
 * Looks at the disk again, soon.
 */
void
weft_run_list_refresh (WeftRunList *list)
{
  list->again = list->looking;
  if (list->looking || list->folder == NULL)
    return;
  list->looking = TRUE;
  g_autoptr (GTask) task = g_task_new (list, NULL, looked_cb, NULL);
  Look *look = g_new0 (Look, 1);
  look->folder = g_strdup (list->folder);
  look->serial = list->serial;
  look->known = g_hash_table_new_full (NULL, NULL, NULL, found_free);
  look->found = g_ptr_array_new_with_free_func (found_free);
  for (guint i = 0; i < list->items->len; i++)
    {
      WeftRunItem *item = g_ptr_array_index (list->items, i);
      Found       *known = g_new0 (Found, 1);
      known->before = item->before;
      known->stamp = item->stamp;
      known->going_on = is_going_on (item->run);
      g_hash_table_insert (look->known, GUINT_TO_POINTER (item->run->number), known);
    }
  g_task_set_task_data (task, look, look_free);
  g_task_run_in_thread (task, look_thread);
}

/**
 * weft_run_list_set_folder:
 * @list: a list
 * @folder: (nullable): where the runs lie; need not be there
 */
void
weft_run_list_set_folder (WeftRunList *list, const char *folder)
{
  guint n = list->items->len;
  if (g_strcmp0 (list->folder, folder) == 0)
    return;
  g_free (list->folder);
  list->folder = g_strdup (folder);
  list->serial++;
  list->next_look = 0;
  g_ptr_array_set_size (list->items, 0);
  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (list), 0, n, 0);
  g_signal_emit (list, signals[SIGNAL_SHOWN], 0);
  weft_run_list_refresh (list);
}

/**
 * weft_run_list_get_folder:
 * @list: a list
 *
 * Returns: (transfer none) (nullable): where the runs lie
 */
const char *
weft_run_list_get_folder (WeftRunList *list)
{
  return list->folder;
}

/**
 * weft_run_list_set_live:
 * @list: a list
 * @live: (nullable): folder of the run whose curves the window has itself
 */
void
weft_run_list_set_live (WeftRunList *list, const char *live)
{
  if (g_strcmp0 (list->live, live) == 0)
    return;
  g_autofree char *kept = g_strdup (live);
  g_free (list->live);
  list->live = g_steal_pointer (&kept);
  for (guint i = 0; i < list->items->len; i++)
    if (set_live (list, g_ptr_array_index (list->items, i)))
      g_list_model_items_changed (G_LIST_MODEL (list), i, 1, 1);
  weft_run_list_refresh (list);
}

/**
 * weft_run_list_show:
 * @list: a list
 * @item: of it
 * @shown: whether it is in the charts
 */
void
weft_run_list_show (WeftRunList *list, WeftRunItem *item, gboolean shown)
{
  if (item->shown == shown)
    return;
  item->shown = shown;
  if (shown)
    read_curves (list, item);
  g_signal_emit (list, signals[SIGNAL_SHOWN], 0);
}

/**
 * weft_run_list_rename:
 * @list: a list
 * @item: of it
 * @title: its new title
 *
 * Errors: G_FILE_ERROR, WEFT_JSON_ERROR
 */
gboolean
weft_run_list_rename (WeftRunList *list, WeftRunItem *item, const char *title, GError **error)
{
  if (!weft_runs_rename (item->run->folder, title, error))
    return FALSE;
  weft_run_list_refresh (list);
  return TRUE;
}

/**
 * weft_run_list_remove:
 * @list: a list
 * @item: of it, not one that goes on
 *
 * Puts the run into the trash of its folder: weft_run_list_restore() brings it back.
 *
 * Errors: G_FILE_ERROR
 */
gboolean
weft_run_list_remove (WeftRunList *list, WeftRunItem *item, GError **error)
{
  if (!weft_runs_trash (item->run->folder, error))
    return FALSE;
  weft_run_list_refresh (list);
  return TRUE;
}

/**
 * weft_run_list_restore:
 * @list: a list
 * @number: of a run that was removed
 *
 * Errors: G_FILE_ERROR
 */
gboolean
weft_run_list_restore (WeftRunList *list, guint number, GError **error)
{
  if (!weft_runs_restore (list->folder, number, error))
    return FALSE;
  weft_run_list_refresh (list);
  return TRUE;
}

static void
weft_run_list_finalize (GObject *object)
{
  WeftRunList *list = WEFT_RUN_LIST (object);
  g_ptr_array_unref (list->items);
  g_free (list->folder);
  g_free (list->live);
  G_OBJECT_CLASS (weft_run_list_parent_class)->finalize (object);
}

static void
weft_run_list_class_init (WeftRunListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_run_list_finalize;
  signals[SIGNAL_SHOWN] = g_signal_new ("shown", WEFT_TYPE_RUN_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_LOOKED] = g_signal_new ("looked", WEFT_TYPE_RUN_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_run_list_init (WeftRunList *list)
{
  GSettings *settings = weft_settings_get ();
  list->items = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect_object (settings, "changed::smoothing", G_CALLBACK (follow_smoothing), list,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::smoothing-kind", G_CALLBACK (follow_smoothing), list,
                           G_CONNECT_SWAPPED);
}

/**
 * weft_run_list_new:
 *
 * Returns: (transfer full): a list of no runs
 */
WeftRunList *
weft_run_list_new (void)
{
  return g_object_new (WEFT_TYPE_RUN_LIST, NULL);
}
