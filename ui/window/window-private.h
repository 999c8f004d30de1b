/* What the window's files share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/window/window.h"

#include "ui/build/canvas.h"
#include "ui/window/previews.h"
#include "ui/dock/dock.h"
#include "ui/dock/progress-pane.h"
#include "ui/dock/runs-pane.h"
#include "ui/inspector/inspector.h"
#include "ui/inspector/training-form.h"
#include "ui/inspect/inspect-view.h"
#include "ui/optimise/optimise-view.h"
#include "ui/outline/outline.h"
#include "ui/palette/palette.h"
#include "ui/shared/adaptive-bin.h"
#include "ui/shared/run-queue.h"
#include "ui/start/start-page.h"
#include "ui/train/board.h"
#include "ui/train/observer.h"
#include "ui/window/graph-search.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_PANE_PALETTE,
  WEFT_PANE_INSPECTOR,
  WEFT_PANE_DOCK,
  WEFT_N_PANES
} WeftPane;

struct _WeftWindow
{
  AdwApplicationWindow parent_instance;

  /* Template children, borrowed */
  AdwToastOverlay  *toasts;
  GtkStack         *pages; /* start, editor */
  WeftStartPage    *start;
  GtkStack         *views; /* build, train, optimise, inspect */
  GtkWidget        *view_choice; /* tabs, or view_button where they have no room */
  GtkMenuButton    *view_button;
  AdwSplitButton   *open_button;
  GtkPopover       *recent_popover;
  GtkListBox       *recent_list;
  GtkWidget        *new_button, *titles, *edit_place, *edit_tools, *run_tools, *transport;
  GtkWidget        *palette_button, *inspector_button; /* where these are folded */
  GMenu            *primary_menu;
  GtkWidget        *undo_button, *redo_button;
  GtkPopover       *history_popover;
  GtkListView      *history_list;
  GtkBox           *notices; /* see notice.h */
  GtkLabel         *title, *subtitle;
  GtkMenuButton    *device_button;
  AdwButtonContent *train_content;
  GtkWidget        *train_button;
  WeftAdaptiveBin  *build_bin, *train_bin;
  GtkOverlay       *build_stage;
  AdwBin           *start_float, *end_float;
  GtkPaned         *palette_pane, *inspector_pane, *dock_pane, *train_pane;
  WeftPalette      *palette;
  GtkWidget        *side; /* palette or outline */
  GtkStack         *side_pages;
  WeftOutline      *outline;
  WeftGraphSearch  *graph_search;
  WeftCanvas       *canvas;
  WeftDock         *dock;
  GtkWidget *dock_values, *dock_no_values, *dock_graph, *dock_memory, *dock_kernels; /* its pages */
  WeftInspector    *inspector;
  WeftTrainingForm *train_form;
  WeftBoard        *board;
  WeftRunsPane     *runs_pane;
  WeftProgressPane *progress_pane;
  GtkScale         *train_smoothing;
  WeftOptimiseView *optimise;
  WeftInspectView  *inspect;
  GtkLabel         *status, *progress_label;
  GtkProgressBar   *progress;
  GtkWidget        *path_bar, *path_lines, *path_own, *path_rename, *path_save;
  GtkBox           *path_crumbs;
  GtkLabel         *path_about;
  GtkWidget        *header, *status_bar;
  WeftAdaptiveBin  *foot; /* round the status bar */

  /* Children made in window-phases.c, borrowed; NULL: not yet */
  GtkWidget *phase_strip, *phase_labels[WEFT_STEP_UPDATE + 1];
  GtkLabel  *phase_text;

  /* Children made in window-present.c, borrowed */
  GtkWidget *lesson, *keys, *leave_button;

  /* Owned */
  WeftDocument      *document; /* NULL: the start page */
  WeftTyping        *typing;
  WeftRunModel      *run;
  WeftRunList       *run_list; /* of the document; always there */
  char              *lost_runs; /* a folder of runs that may be the document's; NULL: none */
  WeftRunQueue      *run_queue; /* likewise */
  WeftPreviews      *previews; /* NULL: nothing was watched yet */
  WeftOptimiseModel *optimise_model; /* always there */
  WeftInspectModel  *inspect_model;  /* likewise */
  WeftOptimiseModel *dock_result;    /* likewise */
  WeftObserver *dock_observer; /* of the values below the canvas; NULL: they were not seen yet */
  GFileMonitor      *monitor;        /* of the document's file; NULL: it has none */
  GPtrArray         *recent;         /* of WeftRecentFile, as in the popover */
  char              *hint;           /* of the canvas; NULL: none */
  GPtrArray         *levels; /* definitions that are open, see window-groups.c; NULL: none */
  GHashTable        *captioned;      /* set of nodes whose cards show parameters of a phase */
  GtkPrintSettings  *print_settings; /* as they were chosen last; NULL: not yet */
  GMenu             *narrow_section; /* of the menu, see window-header.c; NULL: there is room */
  char              *train_text;     /* of the button that trains */

  /* Plain values */
  WeftStepPhase phase; /* that is shown */
  struct
  {
    gboolean held, folded, floats; /* see window-panes.c */
  } panes[WEFT_N_PANES];
  guint    header_level; /* as the header bar is arranged */
  guint    refresh_source;
  guint    sync_source, look_source; /* window-guard.c's */
  guint    disk_state;               /* WeftDiskState, as last seen */
  guint    n_undone;                 /* rows of the history above the one that is now */
  gboolean keep_journal;             /* when it is left: the next start shows the document again */
  double   rate;            /* of the training section, as last seen */
  gint64   told_beat;       /* when texts about the run changed */
  gboolean arranged;        /* the panes have their places */
  gboolean fit_wanted;      /* the document has no view of its own */
  gboolean close_confirmed; /* nothing more to ask */
  gboolean presenting, was_fullscreen;
  guint    fit_frames;  /* since it began or ended */
  gint64   refused_us; /* when a refusal was said last */
};

/* window.c */
void weft_window_update_titles (WeftWindow *window);
void weft_window_update_status (WeftWindow *window);
AdwToast *weft_window_new_toast (const char *text);
void weft_window_toast (WeftWindow *window, const char *text);
void weft_window_show_node (WeftWindow *window, guint32 uid);
void weft_window_arrange (WeftWindow *window);
void weft_window_remember_sizes (WeftWindow *window);

/* window-panes.c */
void weft_window_init_panes (WeftWindow *window);
void weft_window_update_panes (WeftWindow *window);
void weft_window_hold_pane (WeftWindow *window, WeftPane pane, gboolean held);
void weft_window_show_pane (WeftWindow *window, WeftPane pane);
void weft_window_clear_canvas (WeftWindow *window);

/* window-header.c */
void weft_window_init_header (WeftWindow *window);
void weft_window_set_train_text (WeftWindow *window, const char *text);

/* window-file.c */
extern const GActionEntry weft_window_file_actions[];
extern const guint        weft_window_n_file_actions;
gboolean                  weft_window_close_request (GtkWindow *window);
void                      weft_window_fill_recent (WeftWindow *window);

/* window-runs.c */
extern const GActionEntry weft_window_runs_actions[];
extern const guint        weft_window_n_runs_actions;
void                      weft_window_begin_runs (WeftWindow *window);
void                      weft_window_follow_runs (WeftWindow *window);
void                      weft_window_limit_runs (WeftWindow *window);

/* window-queue.c */
extern const GActionEntry weft_window_queue_actions[];
extern const guint        weft_window_n_queue_actions;
void                      weft_window_renew_queue (WeftWindow *window);

/* window-guard.c */
extern const GActionEntry weft_window_guard_actions[];
extern const guint        weft_window_n_guard_actions;
void                      weft_window_begin_guard (WeftWindow *window);
void                      weft_window_end_guard (WeftWindow *window);
gboolean                  weft_window_look_at_disk (WeftWindow *window);
gboolean                  weft_window_is_shared (WeftWindow *window);

/* window-history.c */
extern const GActionEntry weft_window_history_actions[];
extern const guint        weft_window_n_history_actions;
void                      weft_window_init_history (WeftWindow *window);

/* window-groups.c */
extern const GActionEntry weft_window_group_actions[];
extern const guint        weft_window_n_group_actions;
WeftDocument             *weft_window_get_shown (WeftWindow *window);
WeftTyping               *weft_window_get_shown_typing (WeftWindow *window);
gboolean                  weft_window_open_node (WeftWindow *window, guint32 uid);
void                      weft_window_leave_levels (WeftWindow *window, guint n);
void                      weft_window_arrange_path (WeftWindow *window);
void                      weft_window_clear_levels (WeftWindow *window);
void                      weft_window_update_levels (WeftWindow *window);

/* window-values.c */
extern const GActionEntry weft_window_value_actions[];
extern const guint        weft_window_n_value_actions;

/* window-export.c */
typedef struct
{
  gboolean selection, dark; /* only the selected nodes, where there are any */
  double   scale;           /* pixels a unit of a PNG */
} WeftExportChoice;
extern const GActionEntry weft_window_export_actions[];
extern const guint        weft_window_n_export_actions;
extern const GActionEntry weft_window_print_actions[];
extern const guint        weft_window_n_print_actions;
void weft_window_suggest_file (WeftWindow *window, GtkFileChooser *chooser, const char *end);
void weft_window_export_to (WeftWindow *window, const char *path, const WeftExportChoice *choice);
void                      weft_window_print (WeftWindow *window, const char *path);

/* window-source.c */
extern const GActionEntry weft_window_source_actions[];
extern const guint        weft_window_n_source_actions;

/* window-data.c */
extern const GActionEntry weft_window_data_actions[];
extern const guint        weft_window_n_data_actions;
void                      weft_window_init_data (WeftWindow *window);
gboolean                  weft_window_look_at_data (WeftWindow *window, guint32 uid);

/* window-views.c */
extern const GActionEntry weft_window_view_actions[];
extern const guint        weft_window_n_view_actions;

/* window-present.c */
extern const GActionEntry weft_window_present_actions[];
extern const guint        weft_window_n_present_actions;
void                      weft_window_init_present (WeftWindow *window);
void                      weft_window_follow_lesson (WeftWindow *window);
void                      weft_window_stop_presenting (WeftWindow *window);

/* window-optimise.c */
void weft_window_init_optimise (WeftWindow *window);
void weft_window_follow_optimise (WeftWindow *window);
/* window-search.c */
void weft_window_select_found (WeftWindow *window, GBytes *found);
void weft_window_go_inside (WeftWindow *window, guint32 uid);

/* window-outline.c */
void weft_window_init_outline (WeftWindow *window);
void weft_window_follow_outline (WeftWindow *window);
/* window-inspect.c */
void weft_window_init_inspect (WeftWindow *window);
void weft_window_follow_inspect (WeftWindow *window);

/* window-dock.c */
extern const GActionEntry weft_window_dock_actions[];
extern const guint        weft_window_n_dock_actions;
void                      weft_window_init_dock (WeftWindow *window);
void                      weft_window_follow_dock (WeftWindow *window);
void                      weft_window_dock_changed (WeftWindow *window);
gboolean                  weft_window_dock_inspects (WeftWindow *window);

/* window-run.c */
extern const GActionEntry weft_window_run_actions[];
extern const guint        weft_window_n_run_actions;
void                      weft_window_watch_run (WeftWindow *window);

/* window-device.c */
extern const GActionEntry weft_window_device_actions[];
extern const guint        weft_window_n_device_actions;
void                      weft_window_offer_cpu (WeftWindow *window, const char *message);

/* window-phases.c */
extern const GActionEntry weft_window_phase_actions[];
extern const guint        weft_window_n_phase_actions;
void                      weft_window_watch_phases (WeftWindow *window);
void                      weft_window_leave_phases (WeftWindow *window);
void                      weft_window_forget_phase (WeftWindow *window);
void                      weft_window_update_run (WeftWindow *window);
void                      weft_window_tell_end (WeftWindow *window, const char *text);
void                      weft_window_follow_training (WeftWindow *window);
void                      weft_window_init_device (WeftWindow *window);

G_END_DECLS
