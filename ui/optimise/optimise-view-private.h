/* What the view's files share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/optimise-view.h"

#include "ui/optimise/cost-track.h"
#include "ui/optimise/ghost-links.h"
#include "ui/optimise/rule-panel.h"
#include "ui/optimise/step-list.h"
#include "ui/optimise/timeline.h"

G_BEGIN_DECLS

struct _WeftOptimiseView
{
  AdwBin parent_instance;

  /* Template children, borrowed */
  GtkStack      *pages; /* status, content */
  AdwStatusPage *status;
  GtkSpinner    *status_spinner, *spinner;
  GtkWidget     *status_button;
  GtkDropDown   *status_function, *function, *speed;
  GtkPaned      *side_pane, *bottom_pane, *panes;
  GtkOverlay    *panes_overlay, *drawn_overlay, *now_overlay;
  GtkLabel      *heading, *summary;
  GtkWidget     *leave_button, *play_button;
  GtkBox        *bottom;

  /* Other children, borrowed; NULL before there is a model */
  WeftGraphPane  *graphs[2]; /* by WeftSide */
  WeftGhostLinks *links;
  WeftTimeline   *timeline;
  WeftStepList   *list;
  WeftRulePanel  *panel;

  /* Owned */
  WeftOptimiseModel *model;
  WeftCosts         *costs;
  WeftGraphCamera   *cameras[2]; /* the second only where the panes show different graphs */
  GtkStringList     *functions;

  /* Plain values */
  guint    waiting;   /* source: until a spinner is shown */
  gboolean following; /* a drop-down follows the model, not a person */
  int      arranged_width, arranged_height;
  int      side, foot; /* sizes that the panes at the end were given; 0: none yet */
  guint    arranging;  /* tick callback */
  guint    stage;      /* how far that is */
  guint    frames;     /* since it was mapped */
  gboolean quiz;
};

/* optimise-view-keys.c */
void weft_optimise_view_install_actions (GtkWidgetClass *klass);
void weft_optimise_view_add_keys (WeftOptimiseView *view);
void weft_optimise_view_update_actions (WeftOptimiseView *view);

/* optimise-view-panes.c */
void weft_optimise_view_add_panes (WeftOptimiseView *view);
void weft_optimise_view_follow_history (WeftOptimiseView *view);
void weft_optimise_view_follow_step (WeftOptimiseView *view);

/* optimise-export.c */
void weft_optimise_view_export (WeftOptimiseView *view, gboolean all);
void weft_optimise_view_export_to (WeftOptimiseView *view, const char *path, gboolean all);

/* optimise-view.c */
void weft_optimise_view_set_quiz (WeftOptimiseView *view, gboolean quiz);
void weft_optimise_view_tell (WeftOptimiseView *view, const char *message);

G_END_DECLS
