/* Runs on disk: each in a folder of its own, FILE.runs/NNNN beside the document FILE.weft.
 *
 *   run.json                    what run it is and how it stands (data/schema/run.schema.json)
 *   document.weft               the document as it ran
 *   log.jsonl                   its log (log.h)
 *   checkpoint.safetensors      where it stands (checkpoint.h): a run goes on from here to the last bit
 *   best.safetensors            the checkpoint of the best epoch, where one is measured
 *   checkpoints/STEP.safetensors  older ones, spread over the run
 *
 * Whoever trains the run holds a lock (flock) on its folder.
 * So the folder of a run is a folder for `weft-cli train --resume`. Files are written whole and renamed.
 * A document in a folder where nothing can be written, or one that ships, has its runs in the state directory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"

G_BEGIN_DECLS

#define WEFT_RUN_FILE "run.json"
#define WEFT_RUN_DOCUMENT "document.weft"
#define WEFT_RUN_BEST "best.safetensors"
#define WEFT_RUN_RING "checkpoints"

typedef enum
{
  WEFT_KEPT_RUNNING,     /* somebody trains it now */
  WEFT_KEPT_INTERRUPTED, /* nobody does, and it has not ended: it can go on */
  WEFT_KEPT_FINISHED,
  WEFT_KEPT_STOPPED,
  WEFT_KEPT_FAILED,
} WeftKeptState;

typedef struct
{
  guint         number;
  char         *folder, *title;
  WeftKeptState state;
  char         *signature; /* of the document (model.h); NULL: not said */
  char         *message;            /* why it ended; NULL: it has not */
  gint64        begun;              /* seconds since 1970 */
  gint64        step, seed;         /* step: of the last checkpoint or of its end */
  guint         parent;             /* of a branch: the run that it began from; 0: none */
  gint64        parent_step;
  WeftJson     *train, *validation, *test; /* last metrics by name; NULL: not measured */
  char         *problem;            /* one sentence where run.json cannot be read; the rest is then empty */
} WeftKeptRun;
void weft_kept_run_free (WeftKeptRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftKeptRun, weft_kept_run_free)

/* Where the runs of @document lie; the folder need not exist. NULL: it has no name yet. Caller owns. */
char *weft_runs_folder (WeftDocument *document);
/* WeftKeptRun, oldest first; a damaged one has a problem. The caller owns the array and them. Any thread. */
GPtrArray *weft_runs_list (const char *folder);
/* One of them. Caller owns. */
WeftKeptRun *weft_runs_open (const char *run_folder);

typedef struct
{
  const char *title;       /* NULL: made from the document's */
  guint       parent;      /* 0: none */
  gint64      parent_step;
} WeftRunOrigin;

/* Makes the folder of a new run of @document in @folder. Returns the run's folder; caller owns. @number gets its number. Errors: G_FILE_ERROR. */
char *weft_runs_begin (const char *folder, WeftDocument *document, const WeftRunOrigin *origin, guint *number, GError **error);
/* Errors: G_FILE_ERROR; WEFT_JSON_ERROR where run.json is damaged. */
gboolean weft_runs_rename (const char *run_folder, const char *title, GError **error);
/* Removes the run with all that Weft writes there; refused while somebody trains it. Errors: G_FILE_ERROR. */
gboolean weft_runs_remove (const char *run_folder, GError **error);
/* Sets the members of @changes in run.json. Errors: as weft_runs_rename. */
gboolean weft_runs_note (const char *run_folder, WeftJson *changes, GError **error);

/* Steps of the checkpoints that are kept, ascending; caller owns the array of gint64. */
GArray *weft_runs_steps (const char *run_folder);
/* The file of the checkpoint at @step. Caller owns. */
char *weft_runs_checkpoint (const char *run_folder, gint64 step);

G_END_DECLS
