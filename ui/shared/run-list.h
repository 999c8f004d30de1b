/* The runs of a document that are kept on disk, and which of them are looked at: those that wait
 * for their turn first, in the order of their turns, then the others, newest first.
 *
 * A list model of WeftRunItem. The disk is looked at in the background, only at what has changed;
 * the curves of a run are read there when it is shown for the first time.
 *
 * Signals: "shown" (): other runs are shown, or the curves of one have been read; "looked" (): the
 * list is as the disk was just now.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/train/runs.h"
#include "ui/curves/run-data.h"

G_BEGIN_DECLS

#define WEFT_TYPE_RUN_ITEM (weft_run_item_get_type ())
G_DECLARE_FINAL_TYPE (WeftRunItem, weft_run_item, WEFT, RUN_ITEM, GObject)
#define WEFT_TYPE_RUN_LIST (weft_run_list_get_type ())
G_DECLARE_FINAL_TYPE (WeftRunList, weft_run_list, WEFT, RUN_LIST, GObject)

WeftRunList *weft_run_list_new (void);
/* Where the runs of a document lie; NULL: nowhere. @live: folder of the run that goes on in this
 * window, which has its own curves; NULL: none. */
void        weft_run_list_set_folder (WeftRunList *list, const char *folder);
const char *weft_run_list_get_folder (WeftRunList *list);
void        weft_run_list_set_live (WeftRunList *list, const char *live);
void        weft_run_list_refresh (WeftRunList *list);

const WeftKeptRun *weft_run_item_get_run (WeftRunItem *item); /* borrowed until the list changes */
guint              weft_run_item_get_number (WeftRunItem *item);
const char        *weft_run_item_get_title (WeftRunItem *item);
const char        *weft_run_item_get_folder (WeftRunItem *item);
const char        *weft_run_item_get_note (WeftRunItem *item); /* "loss 0.083 valid 97.8%" */
const char              *
weft_run_item_get_difference (WeftRunItem *item); /* from the run before it; "" : none */
const char  *weft_run_item_get_problem (WeftRunItem *item);    /* NULL: its curves can be read */
guint        weft_run_item_get_look (WeftRunItem *item);
gboolean     weft_run_item_is_shown (WeftRunItem *item);
gboolean     weft_run_item_is_live (WeftRunItem *item);
WeftRunData *weft_run_item_get_data (WeftRunItem *item); /* NULL: not read yet */
void         weft_run_list_show (WeftRunList *list, WeftRunItem *item, gboolean shown);
gboolean
weft_run_list_rename (WeftRunList *list, WeftRunItem *item, const char *title, GError **error);
/* Into the trash of the folder, and out of it. */
gboolean weft_run_list_remove (WeftRunList *list, WeftRunItem *item, GError **error);
gboolean weft_run_list_restore (WeftRunList *list, guint number, GError **error);

G_END_DECLS
