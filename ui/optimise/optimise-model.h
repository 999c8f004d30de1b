/* What the Optimise view shows: the history of one function of the document, and where in it one
 * is.
 *
 * The history is made on a worker from a snapshot whenever the document, the function or the rules
 * that are off have changed and somebody looks (set_active); until it is there the old one stays. A
 * new one is entered at the step that corresponds to the old one. A step has two halves, two key
 * presses: what the rule saw, and what it made of it. Main thread.
 *
 * Signals
 *   "changed" ()            another history, or another state
 *   "moved" ()              another step or half
 *   "selection" ()          another selection
 *   "proved" (guint step)   the proof of the step is there
 *   "rules" ()              another rule is off
 *   "playing" ()            it began or ended to play, or at another speed
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"
#include "engine/run/proof.h"
#include "engine/train/inspect.h"
#include "ui/draw/graph-art.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_OPTIMISE_EMPTY,   /* no document, or nothing in it */
  WEFT_OPTIMISE_WORKING, /* being made; the last history, if there is one, is still shown */
  WEFT_OPTIMISE_READY,
  WEFT_OPTIMISE_FAILED, /* get_message, get_failed_node */
} WeftOptimiseState;

typedef enum
{
  WEFT_HALF_SAW,  /* the graph before the step, what the rule matched is marked */
  WEFT_HALF_MADE, /* the graph after it, what is new is marked; what is gone may still be shown
                     faintly */
} WeftHalf;

/* Which of the two panes something is about. */
typedef enum
{
  WEFT_SIDE_DRAWN, /* the graph as drawn: after step 0 */
  WEFT_SIDE_NOW,   /* the graph at the current step */
} WeftSide;

#define WEFT_TYPE_OPTIMISE_MODEL (weft_optimise_model_get_type ())
G_DECLARE_FINAL_TYPE (WeftOptimiseModel, weft_optimise_model, WEFT, OPTIMISE_MODEL, GObject)

WeftOptimiseModel *weft_optimise_model_new (void);
void               weft_optimise_model_set_document (WeftOptimiseModel *model,
                                                     WeftDocument      *document); /* NULL: none */
void               weft_optimise_model_document_changed (WeftOptimiseModel *model);
void               weft_optimise_model_set_active (WeftOptimiseModel *model, gboolean active);
void               weft_optimise_model_set_text_scale (WeftOptimiseModel *model,
                                                       double scale); /* of the pictures' text; 1: as designed */
WeftDocument      *weft_optimise_model_get_document (WeftOptimiseModel *model);

/* ---- The history ---- */
WeftOptimiseState weft_optimise_model_get_state (WeftOptimiseModel *model);
const char       *weft_optimise_model_get_message (WeftOptimiseModel *model);
guint32           weft_optimise_model_get_failed_node (WeftOptimiseModel *model);
WeftHistory      *weft_optimise_model_get_history (
       WeftOptimiseModel *model); /* NULL: none yet; borrowed until "changed" */
WeftGraphArt *weft_optimise_model_get_art (WeftOptimiseModel *model); /* its picture; the same */
/* What the compiler makes of it: how many kernels, and the bytes that they move and those that the
 * graph as drawn would move op by op. FALSE: not known. */
gboolean weft_optimise_model_get_kernels (WeftOptimiseModel *model,
                                          guint             *kernels,
                                          double            *bytes,
                                          double            *drawn_bytes);

/* What a pane shows. Both sides are of one history, but where the backward graph stands beside the
 * forward one. */
WeftHistory  *weft_optimise_model_get_side_history (WeftOptimiseModel *model, WeftSide side);
WeftGraphArt *weft_optimise_model_get_side_art (WeftOptimiseModel *model, WeftSide side);
WeftCursor   *weft_optimise_model_get_side_cursor (WeftOptimiseModel *model, WeftSide side);
/* "As drawn", "Forward"; "Backward" or NULL for the graph at a step. */
const char   *weft_optimise_model_side_title (WeftOptimiseModel *model, WeftSide side);
/* The document's note that leads through its history, NULL: it has none. Borrowed. */
const char   *weft_optimise_model_get_lesson (WeftOptimiseModel *model);

/* ---- Functions: "forward", "gradient", "backward", "train", "predict" ---- */
guint       weft_optimise_model_n_functions (WeftOptimiseModel *model);
const char *weft_optimise_model_function_name (WeftOptimiseModel *model,
                                               guint              index); /* for programs */
const char *weft_optimise_model_function_title (WeftOptimiseModel *model,
                                                guint              index); /* for people */
guint       weft_optimise_model_get_function (WeftOptimiseModel *model);
void        weft_optimise_model_set_function (WeftOptimiseModel *model, guint index);

/* ---- Where one is ---- */
guint    weft_optimise_model_get_step (WeftOptimiseModel *model); /* 0: as drawn */
WeftHalf weft_optimise_model_get_half (WeftOptimiseModel *model); /* of step 0: MADE */
/* The graph to show on the right: after step - 1 for SAW, after step for MADE. */
guint    weft_optimise_model_get_shown_step (WeftOptimiseModel *model);
/* At that step; borrowed; moves with the model. */
WeftCursor *weft_optimise_model_get_cursor (WeftOptimiseModel *model);
/* For the pane of the graph as drawn: stays at step 0. */
WeftCursor *weft_optimise_model_get_drawn_cursor (WeftOptimiseModel *model);
void        weft_optimise_model_go (WeftOptimiseModel *model, guint step, WeftHalf half);
void        weft_optimise_model_next_half (WeftOptimiseModel *model);
void        weft_optimise_model_previous_half (WeftOptimiseModel *model);
void        weft_optimise_model_next_phase (WeftOptimiseModel *model);
void        weft_optimise_model_previous_phase (WeftOptimiseModel *model);
gboolean    weft_optimise_model_get_playing (WeftOptimiseModel *model);
void        weft_optimise_model_set_playing (WeftOptimiseModel *model, gboolean playing);
double      weft_optimise_model_get_speed (WeftOptimiseModel *model); /* halves a second */
void        weft_optimise_model_set_speed (WeftOptimiseModel *model, double speed);

/* ---- Inside loops and choices ---- */
/* Opens the history of what was done inside application @apply's body; FALSE: it has none. leave
 * goes back out one level. */
gboolean weft_optimise_model_enter (WeftOptimiseModel *model, guint apply);
gboolean weft_optimise_model_leave (WeftOptimiseModel *model);
guint    weft_optimise_model_depth (WeftOptimiseModel *model); /* 0: the function itself */

/* ---- Selection: an application on one side, and what belongs to it on the other ---- */
void  weft_optimise_model_select (WeftOptimiseModel *model,
                                  WeftSide           side,
                                  guint              apply); /* G_MAXUINT: nothing */
guint weft_optimise_model_get_selected (WeftOptimiseModel *model,
                                        WeftSide          *side); /* G_MAXUINT: nothing */
/* Sorted guint: what is selected or linked on @side; borrowed until "selection" or "moved". */
const GArray *weft_optimise_model_get_linked (WeftOptimiseModel *model, WeftSide side);
/* The document node that @apply of the history on @side NOW comes from, 0: none; the first of
 * several. */
guint32  weft_optimise_model_node_of (WeftOptimiseModel *model, guint apply);
/* "cost", "gradient of hidden", "": which nodes it comes from; caller owns. */
char    *weft_optimise_model_dup_place (WeftOptimiseModel *model, guint apply);
/* Whether it belongs to the forward graph as drawn; of the gradient and the training step: else it
 * is backward. */
gboolean weft_optimise_model_is_forward (WeftOptimiseModel *model, guint apply);

/* ---- Rules ---- */
gboolean weft_optimise_model_rule_is_on (WeftOptimiseModel *model, const char *rule);
void     weft_optimise_model_set_rule (WeftOptimiseModel *model, const char *rule, gboolean on);
guint    weft_optimise_model_n_off (WeftOptimiseModel *model);
void     weft_optimise_model_reset_rules (WeftOptimiseModel *model);
guint    weft_optimise_model_rule_count (WeftOptimiseModel *model,
                                         const char        *rule); /* steps by this rule */

/* ---- Proofs ---- */
/* NULL: not known yet (computed soon; "proved"), or cannot be had: @message, borrowed, then says
 * why. */
const WeftProof *
weft_optimise_model_get_proof (WeftOptimiseModel *model, guint step, const char **message);

G_END_DECLS
