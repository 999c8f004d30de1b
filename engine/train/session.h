/* The training session: an engine thread that owns programs, values and the run. Commands down,
 * events up.
 *
 * Any thread may send commands; they return at once. Events are taken by one consumer with
 * weft_session_next_event; the notify function is called on the engine thread when the queue goes
 * from empty to filled (wake a main loop or a condition there). Metric points of steps come through
 * a lock-free ring, newest kept. A command is looked at between steps and between kernels: answered
 * within 50 ms.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/dataset.h"
#include "engine/document/breakpoints.h"
#include "engine/document/lower.h"
#include "engine/run/device.h"
#include "engine/run/function.h"

G_BEGIN_DECLS

typedef struct _WeftSession WeftSession;

typedef enum
{
  WEFT_RUN_IDLE,    /* nothing compiled */
  WEFT_RUN_LOADING, /* reading data, compiling */
  WEFT_RUN_RUNNING,
  WEFT_RUN_PAUSED,
  WEFT_RUN_FINISHED,
  WEFT_RUN_FAILED,
} WeftRunState;

typedef enum
{
  WEFT_EVENT_STATE,    /* state; message: while LOADING, how far the data are read */
  WEFT_EVENT_STARTED,  /* metric names; total steps and epochs; message: the folder of a kept run */
  WEFT_EVENT_STEP,     /* step, epoch, time_s, train metrics */
  WEFT_EVENT_EPOCH,    /* the same, with validation metrics */
  WEFT_EVENT_RATE,     /* step, rate: the rate changed */
  WEFT_EVENT_FLAG,     /* step; message: another knob that changed ("batch", "drop.rate"), rate: its
                          value, NaN if it is no number */
  WEFT_EVENT_SAID,     /* step, message, node: what print, watch or breakpoint tell */
  WEFT_EVENT_NOTE,     /* message: about this machine, not the run; no log holds it */
  WEFT_EVENT_PHASE,    /* phase, ports; node id in message: a breakpoint of it was met there; no log
                          holds it */
  WEFT_EVENT_REWOUND,  /* step: the run is back there; what it said of later ones is not true any
                          more; no log holds it */
  WEFT_EVENT_FINISHED, /* reason, step, test metrics, steps_per_s, peak_bytes */
  WEFT_EVENT_FAILED,   /* message, node */
} WeftEventKind;

/* ---- A step in slow motion ---- */

/* What of a step has been seen; nothing of the run changes before UPDATE. */
typedef enum
{
  WEFT_STEP_NONE,
  WEFT_STEP_FORWARD,  /* what flows to the loss */
  WEFT_STEP_LOSS,     /* the loss and the metrics */
  WEFT_STEP_BACKWARD, /* gradients of the loss by what flows, and by the parameters */
  WEFT_STEP_UPDATE,   /* the step is done: how much the parameters changed */
} WeftStepPhase;

/* Numbers of an array in short. Those that are not finite are only counted. */
typedef struct
{
  guint  rank;
  gint64 shape[WEFT_MAX_RANK];
  gint64 n_elements, n_bad;
  double minimum, maximum, mean;
  double size; /* root of the mean square */
} WeftNumbers;
WeftNumbers weft_numbers_of (const WeftArray *array);

typedef struct
{
  char       *name; /* of an output port, "hidden.y", or of a parameter, "hidden.W" */
  gboolean    parameter;
  double      before; /* UPDATE: its size before the step, beside which numbers.size stands */
  WeftNumbers numbers;
} WeftPortNumbers;

/* Where a run pauses by itself: at whichever comes first. */
typedef struct
{
  gint64   step;         /* after so many steps; 0: no */
  gint64   epoch;        /* after so many epochs have been measured; 0: no */
  gboolean next_epoch;   /* after the epoch that it is in */
  gint     metric;       /* 0: the loss, then the metrics as the document has them; -1: no */
  gboolean validation;   /* as measured after an epoch, not that of each step */
  gboolean above;        /* it is at least the value, not at most */
  double   value;
} WeftUntil;
#define WEFT_UNTIL_NOTHING ((WeftUntil){ .metric = -1 })

#define WEFT_MAX_METRICS 16
typedef struct
{
  WeftEventKind kind;
  guint         run; /* number of the run: events of older runs are dropped by the consumer */
  WeftRunState  state;
  gint64        step, total_steps;
  double        epoch; /* fractional */
  double        total_epochs;
  double        time_s; /* without pauses */
  double        rate;
  guint         n_metrics;
  double        train[WEFT_MAX_METRICS], validation[WEFT_MAX_METRICS],
    test[WEFT_MAX_METRICS]; /* NaN: not measured */
  gboolean      has_validation, has_test;
  gint64 dropped; /* steps without effect so far, where a run drops those that are not finite */
  double        steps_per_s;
  gsize         peak_bytes;
  guint32       node;    /* FAILED: where, 0 unknown */
  char         *message; /* owned; FINISHED: "epochs", "steps", "early" (no better for long enough),
                            "stopped" */
  char        **names;   /* STARTED: metric names, "loss" first */
  gboolean of_device; /* FAILED: of a device, not of the model: weft_session_resume goes on on the
                         CPU, where it ran */
  WeftStepPhase phase;
  GPtrArray    *ports; /* PHASE: of WeftPortNumbers, owned */
} WeftEvent;
void weft_event_free (WeftEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftEvent, weft_event_free)

typedef struct
{
  gint64      steps, epochs;               /* -1: the document's */
  gint64      seed;                        /* -1: the document's */
  guint       log_every;                   /* a STEP event each so many steps; 0: 1 */
  const char *checkpoint_dir, *resume_dir; /* NULL: none */
  gboolean    kept;                        /* checkpoint_dir is the folder of a run (runs.h) */
  const char *runs_folder; /* a run that begins is kept in a folder of its own there (runs.h), and
                              goes on where it cannot be; NULL: no */
  gint64   resume_step;    /* of resume_dir, a run's folder: an older checkpoint; 0: the last */
  gboolean branch; /* the document may differ from the resumed one's, as in weft_session_change */
  gsize       max_bytes;                   /* 0: no limit but memory */
  guint       threads;                     /* of the process's pool; 0: as it is */
  WeftMode    mode;
  WeftDevice *device; /* borrowed, outlives the session; NULL: as device_word says */
  const char *device_word;   /* of engine/run/devices.h; "auto" measures and says what it took in a
                                NOTE; NULL: the CPU */
  WeftDeviceChoices choices; /* of any device */
  double            guard;   /* stop before a step that makes a number that is NaN or larger
                                (weft_function_set_guard); 0: only the loss is looked at */
  gboolean    breakpoints; /* pause after a step in which one was met */
  gboolean    lossless;    /* wait for the consumer rather than drop old STEP events */
} WeftRunOptions;

/* Ending a session writes the checkpoint of a kept run: it can go on another time. */
WeftSession *weft_session_new (void (*notify) (gpointer data), gpointer data);
void         weft_session_free (WeftSession *session); /* stops and joins */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSession, weft_session_free)

/* Starts a new run of @snapshot (taken), or goes on if one is paused and the model has not changed.
 * Returns the run's number. */
guint
weft_session_train (WeftSession *session, WeftDocument *snapshot, const WeftRunOptions *options);
void  weft_session_pause (WeftSession *session);
void  weft_session_resume (WeftSession *session);
/* One step, then paused; starts a run if there is none. */
guint
weft_session_step (WeftSession *session, WeftDocument *snapshot, const WeftRunOptions *options);
/* The next phase of a step, then paused; starts a run if there is none. Anything else done to the
 * run in between finishes the step, or forgets what was seen of it; the numbers of the run are the
 * same in either case. */
guint weft_session_step_phase (WeftSession          *session,
                               WeftDocument         *snapshot,
                               const WeftRunOptions *options);
/* As weft_session_train, and paused where @until says. */
guint weft_session_run_to (WeftSession          *session,
                           WeftDocument         *snapshot,
                           const WeftRunOptions *options,
                           const WeftUntil      *until);
/* Paused where it was before the last step, to the last bit: REWOUND. Also after a step that made a
 * NaN; a NOTE where the session remembers no earlier state. */
void weft_session_rewind (WeftSession *session);
/* From the next step on, also of later runs: it pauses in the step, at the node, before anything of
 * the run changes.
 * @points (taken): of WeftBreakpoint. */
void weft_session_set_breakpoints (WeftSession *session, GPtrArray *points);
void  weft_session_stop (WeftSession *session); /* FINISHED with reason "stopped" */
void  weft_session_set_rate (WeftSession *session, double rate); /* at the next step; RATE event */
/* The run goes on at the next step as @snapshot (taken) says, where that has the same parameters:
 * another batch, rule, dropout, ... Each thing that changed is a RATE or FLAG event. Does nothing
 * where it has other parameters or there is no run. */
void  weft_session_change (WeftSession *session, WeftDocument *snapshot);

WeftRunState weft_session_get_state (WeftSession *session);  /* any thread */
WeftEvent   *weft_session_next_event (WeftSession *session); /* NULL: none now; caller owns */

/* After FINISHED or while PAUSED: parameters and state by name to a safetensors file. Waits for the
 * engine. */
gboolean weft_session_save (WeftSession *session, const char *path, GError **error);
/* The same, name -> WeftArray; caller owns. */
GHashTable *weft_session_dup_values (WeftSession *session, GError **error);

/* ---- Update rules, schedules and adjustments: rows of text (rules.def, schedules.def,
 * adjustments.def) ---- */
typedef struct _WeftKnob WeftKnob;
typedef struct
{
  const char *name, *title, *text, *summary;
  const char *knobs; /* "rate: float (0, inf) = 0.001; beta1: float [0, 1) = 0.9" */
  /*< of a rule that a document brings >*/
  const WeftKnob *own_knobs;
  guint           n_own_knobs;
} WeftRuleRow;
guint              weft_update_rule_count (void);
const WeftRuleRow *weft_update_rule_get (guint index);
const WeftRuleRow *weft_update_rule_find (const char *name);
guint              weft_schedule_count (void);
const WeftRuleRow *weft_schedule_get (guint index);
const WeftRuleRow *weft_schedule_find (const char *name);
guint              weft_adjustment_count (void);
const WeftRuleRow *weft_adjustment_get (
  guint index); /* its name is the training section's member; one knob of that name */

#define WEFT_MAX_KNOBS 8
struct _WeftKnob
{
  const char *name; /* interned */
  double      minimum, maximum, otherwise;
  gboolean    open_minimum, open_maximum;
};
const WeftKnob *weft_rule_row_knobs (const WeftRuleRow *row, guint *n);
gboolean        weft_knob_accepts (const WeftKnob *knob, double value);
char           *weft_knob_range (const WeftKnob *knob); /* "[0, 1)"; caller owns */

G_END_DECLS
