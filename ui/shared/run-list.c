/* The runs of a document that are kept on disk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/run-list.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/document/differences.h"
#include "ui/curves/run-folder.h"
#include "ui/draw/format.h"
#include "ui/shared/settings.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

struct _WeftRunItem
{
  GObject parent_instance;

  /* Owned */
  WeftRunFolder *run;
  char          *note, *difference, *problem;
  WeftRunData   *data;
  GCancellable  *cancellable; /* of its reading; NULL: it is not read */

  /* Plain values */
  guint    look;
  gboolean shown, live;
};

struct _WeftRunList
{
  GObject parent_instance;

  /* Owned */
  char      *folder, *live;
  GPtrArray *items; /* of WeftRunItem, newest first */

  /* Plain values */
  guint next_look;
};

enum
{
  SIGNAL_SHOWN,
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
  g_clear_pointer (&item->run, weft_run_folder_free);
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
  WeftRunData *read = weft_run_folder_read (folder, cancellable, &error);
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

static void
read_curves (WeftRunList *list, WeftRunItem *item)
{
  if (item->cancellable != NULL || item->data != NULL || item->live)
    return;
  item->cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (list, item->cancellable, read_cb, g_object_ref (item));
  g_task_set_task_data (task, g_strdup (item->run->folder), g_free);
  g_task_run_in_thread (task, read_thread);
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

static WeftRunItem *
find_item (GPtrArray *items, guint number)
{
  for (guint i = 0; i < items->len; i++)
    if (((WeftRunItem *) g_ptr_array_index (items, i))->run->number == number)
      return g_ptr_array_index (items, i);
  return NULL;
}

/* Takes @run. A run that was known keeps its look and its curves; one that was going on is read
 * again. */
static WeftRunItem *
new_item (WeftRunList *list, WeftRunFolder *run)
{
  WeftRunItem *old = find_item (list->items, run->number);
  WeftRunItem *item = g_object_new (WEFT_TYPE_RUN_ITEM, NULL);
  item->run = run;
  item->live = g_strcmp0 (run->folder, list->live) == 0;
  item->look = old != NULL ? old->look : list->next_look++;
  /* A run that begins is looked at, also where its folder was seen before it said that it is the one. */
  item->shown = (item->live && (old == NULL || !old->live)) || (old != NULL && old->shown);
  item->note = weft_run_folder_dup_note (run);
  if (old != NULL && !old->live)
    item->data = g_steal_pointer (&old->data);
  if (old != NULL && old->cancellable != NULL)
    g_cancellable_cancel (old->cancellable);
  return item;
}

static void
say_differences (GPtrArray *items)
{
  g_autoptr (WeftJson) after = NULL;
  for (guint i = 0; i < items->len; i++)
    {
      WeftRunItem *item = g_ptr_array_index (items, i);
      g_autoptr (WeftJson) before = NULL;
      if (after == NULL)
        after = weft_run_folder_read_document (item->run);
      if (i + 1 < items->len)
        before =
          weft_run_folder_read_document (((WeftRunItem *) g_ptr_array_index (items, i + 1))->run);
      item->difference = before != NULL && after != NULL
                           ? weft_document_differences_text (before, after, 4)
                           : g_strdup ("");
      g_clear_pointer (&after, weft_json_unref);
      after = g_steal_pointer (&before);
    }
}

/**
 * weft_run_list_refresh:
 * @list: a list
 *
 * Looks at the disk again.
 */
void
weft_run_list_refresh (WeftRunList *list)
{
  g_autoptr (GPtrArray) runs = weft_run_folders (list->folder);
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);
  guint      n = list->items->len;
  for (guint i = runs->len; i > 0; i--)
    g_ptr_array_insert (items, 0, new_item (list, g_ptr_array_index (runs, i - 1)));
  g_ptr_array_set_free_func (runs, NULL);
  say_differences (items);
  g_ptr_array_unref (list->items);
  list->items = items;
  for (guint i = 0; i < items->len; i++)
    if (((WeftRunItem *) g_ptr_array_index (items, i))->shown)
      read_curves (list, g_ptr_array_index (items, i));
  g_list_model_items_changed (G_LIST_MODEL (list), 0, n, items->len);
  g_signal_emit (list, signals[SIGNAL_SHOWN], 0);
}

/**
 * weft_run_list_set_folder:
 * @list: a list
 * @folder: (nullable): where the runs lie; need not be there
 */
void
weft_run_list_set_folder (WeftRunList *list, const char *folder)
{
  if (g_strcmp0 (list->folder, folder) == 0)
    return;
  g_free (list->folder);
  list->folder = g_strdup (folder);
  list->next_look = 0;
  weft_run_list_refresh (list);
}

/**
 * weft_run_list_set_live:
 * @list: a list
 * @live: (nullable): folder of the run whose curves the window has itself
 *
 * Looks at the disk again.
 */
void
weft_run_list_set_live (WeftRunList *list, const char *live)
{
  if (g_strcmp0 (list->live, live) == 0)
    return;
  g_autofree char *kept = g_strdup (live);
  g_free (list->live);
  list->live = g_steal_pointer (&kept);
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
  if (!weft_run_folder_rename (item->run, title, error))
    return FALSE;
  weft_run_list_refresh (list);
  return TRUE;
}

/**
 * weft_run_list_remove:
 * @list: a list
 * @item: of it, not one that goes on
 *
 * Removes the run from the disk.
 *
 * Errors: G_IO_ERROR
 */
gboolean
weft_run_list_remove (WeftRunList *list, WeftRunItem *item, GError **error)
{
  if (!weft_run_folder_remove (item->run, error))
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
