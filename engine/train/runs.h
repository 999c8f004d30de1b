/* Runs on disk: each in a folder of its own, FILE.runs/NNNN beside the document FILE.weft.
 *
 *   run.json                    what run it is and how it stands (data/schema/run.schema.json)
 *   document.weft               the document as it ran
 *   log.jsonl                   its log (log.h)
 *   checkpoint.safetensors      where it stands (checkpoint.h): a run goes on from here to the last
 * bit best.safetensors            the checkpoint of the best epoch, where one is measured
 *   checkpoints/STEP.safetensors  older ones, spread over the run
 *
 * A run that waits for its turn has only its record and its document (queue.h trains it).
 * Whoever trains the run holds a lock (flock) on its folder.
 * So the folder of a run is a folder for `weft-cli train --resume`. Files are written whole and
 * renamed. A document without a name, in a folder where nothing can be written, or one that ships,
 * has its runs in the state directory. Runs that were deleted lie in ".trash" for a while:
 * runs-tidy.c.
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
  WEFT_KEPT_QUEUED, /* waits for its turn */
} WeftKeptState;
/* "running", as in run.json; N_() marks it for people. */
const char *weft_kept_state_name (WeftKeptState state);

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
  gint64 turn; /* of a run that came from a queue: those with smaller ones go first; 0: it came from
                  none */
  guint         sweep;              /* number of the first run of its sweep; 0: of none */
  WeftJson     *settings; /* what the sweep set, by setting ("training.rate"); NULL: nothing */
  gboolean      named;              /* somebody gave it its title */
  char         *problem; /* one sentence where run.json cannot be read; the rest is then empty */
} WeftKeptRun;
void weft_kept_run_free (WeftKeptRun *run);
/* The last value of @metric for validation rows, else for training rows; NaN: none. */
double weft_kept_run_measured (const WeftKeptRun *run, const char *metric);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftKeptRun, weft_kept_run_free)

/* Where the runs of @document lie; the folder need not exist. NULL: it has neither a name nor a
 * journal. Caller owns. */
char *weft_runs_folder (WeftDocument *document);
/* WeftKeptRun, oldest first; a damaged one has a problem. The caller owns the array and them. Any
 * thread. */
GPtrArray *weft_runs_list (const char *folder);
/* Numbers of the runs, ascending, read from the folder's names alone; caller owns the array of
 * guint. Any thread. */
GArray *weft_runs_numbers (const char *folder);
/* The folder of run @number; caller owns. */
char *weft_runs_path (const char *folder, guint number);
/* One of them. Caller owns. Any thread. */
WeftKeptRun *weft_runs_open (const char *run_folder);

typedef struct
{
  const char *title;         /* NULL: made from the document's */
  const char *parent_folder; /* of the run that it branches from; NULL: none */
  gint64      parent_step;   /* 0: the parent's last */
  gboolean    queued;        /* it waits for its turn */
  guint       sweep;         /* as in WeftKeptRun */
  WeftJson   *settings;      /* likewise; borrowed */
} WeftRunOrigin;

/* Makes the folder of a new run of @document in @folder. Returns the run's folder; caller owns.
 * @number gets its number. Errors: G_FILE_ERROR. */
char *weft_runs_begin (const char          *folder,
                       WeftDocument        *document,
                       const WeftRunOrigin *origin,
                       guint               *number,
                       GError             **error);
/* The record says that the run is trained from now on, and with what. Errors: as weft_runs_rename.
 */
gboolean
weft_runs_note_begun (const char *run_folder, gint64 seed, const char *signature, GError **error);
/* Errors: G_FILE_ERROR; WEFT_JSON_ERROR where run.json is damaged. */
gboolean weft_runs_rename (const char *run_folder, const char *title, GError **error);
/* Sets the members of @changes in run.json. Errors: as weft_runs_rename. */
gboolean weft_runs_note (const char *run_folder, WeftJson *changes, GError **error);
/* Moves a run that waits before (@by < 0) or behind the next one that does. FALSE: there is none.
 */
gboolean weft_runs_move_turn (const char *folder, guint number, int by);

/* ---- Old runs (runs-tidy.c) ---- */
/* Removes the run with all that Weft writes there; refused while somebody trains it. Errors:
 * G_FILE_ERROR. */
gboolean weft_runs_remove (const char *run_folder, GError **error);
/* The same, but weft_runs_restore brings it back until the trash is emptied. Errors: likewise. */
gboolean weft_runs_trash (const char *run_folder, GError **error);
gboolean weft_runs_restore (const char *folder, guint number, GError **error);
void     weft_runs_empty_trash (const char *folder);
/* Removes the oldest that have ended until @most of those are left; not those that somebody named,
 * nor whose branches are there.
 * @dry: only counts. Returns how many. */
guint weft_runs_prune (const char *folder, guint most, gboolean dry);
/* The document of @from has another name now, and its runs are to be in @to, behind those that are
 * there. From a document without a name they move: one that is trained goes on, and a link stands
 * where it was. Else they are there twice, but for those that wait or are trained; files that are
 * never written twice are shared. Any thread. Errors: G_FILE_ERROR. */
gboolean weft_runs_follow (const char *from, const char *to, GError **error);
/* The runs beside @path of a document that was renamed to that outside of Weft: they lie in a
 * folder of runs whose document is gone, one of the last trained a document of this @signature, and
 * no other folder there is like that. NULL: there are none. Caller owns. Any thread. */
char *weft_runs_find_lost (const char *path, const char *signature);
/* Removes the runs of documents without a name that no journal holds any more. */
void weft_runs_sweep_untitled (void);

/* Steps of the checkpoints that are kept, ascending; caller owns the array of gint64. */
GArray *weft_runs_steps (const char *run_folder);
/* The file of the checkpoint at @step. Caller owns. */
char *weft_runs_checkpoint (const char *run_folder, gint64 step);

G_END_DECLS
