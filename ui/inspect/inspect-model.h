/* What the Inspect view shows: the kernels of one function of the document, measured.
 *
 * Compiled and measured on a worker from a snapshot whenever the document or the function has
 * changed and somebody looks (set_active); until that is done the last result stays. Main thread.
 *
 * Signals
 *   "changed" ()     another anatomy, or another state
 *   "selection" ()   another kernel is selected
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"
#include "engine/train/anatomy.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_INSPECTING_EMPTY,   /* no document, or nothing in it */
  WEFT_INSPECTING_WORKING, /* the last anatomy, if there is one, is still shown */
  WEFT_INSPECTING_READY,
  WEFT_INSPECTING_FAILED, /* get_message, get_failed_node */
} WeftInspecting;

#define WEFT_NO_KERNEL G_MAXUINT

#define WEFT_TYPE_INSPECT_MODEL (weft_inspect_model_get_type ())
G_DECLARE_FINAL_TYPE (WeftInspectModel, weft_inspect_model, WEFT, INSPECT_MODEL, GObject)

WeftInspectModel *weft_inspect_model_new (void);
void              weft_inspect_model_set_document (WeftInspectModel *model,
                                                   WeftDocument     *document); /* NULL: none */
void              weft_inspect_model_document_changed (WeftInspectModel *model);
void              weft_inspect_model_set_active (WeftInspectModel *model, gboolean active);
/* Compiles and measures again. */
void weft_inspect_model_measure (WeftInspectModel *model);

WeftInspecting     weft_inspect_model_get_state (WeftInspectModel *model);
const char        *weft_inspect_model_get_message (WeftInspectModel *model);
guint32            weft_inspect_model_get_failed_node (WeftInspectModel *model);
const WeftAnatomy *weft_inspect_model_get_anatomy (
  WeftInspectModel *model); /* NULL: none yet; borrowed until "changed" */

/* The function: WEFT_MODEL_STEP at first. */
WeftModelPart weft_inspect_model_get_part (WeftInspectModel *model);
void          weft_inspect_model_set_part (WeftInspectModel *model, WeftModelPart part);

/* A kernel, by its number in the anatomy; WEFT_NO_KERNEL: none. */
guint weft_inspect_model_get_selected (WeftInspectModel *model);
void  weft_inspect_model_select (WeftInspectModel *model, guint kernel);
/* Where a kernel comes from, for people: "hidden", "gradient of hidden", "update of hidden.W";
 * caller owns. */
char *weft_inspect_model_dup_place (WeftInspectModel *model, guint kernel);
/* The node of the document that it comes from, the first of several; 0: none is known. */
guint32 weft_inspect_model_node_of (WeftInspectModel *model, guint kernel);
/* The same for what lies at a place in memory. */
char *weft_inspect_model_dup_block_place (WeftInspectModel *model, const WeftAnatomyBlock *block);

/* Time, NaN where it is not measured: ns of a call, the part of the whole, what the machine could
 * do at best of it. */
double weft_inspect_model_kernel_ns (WeftInspectModel *model, guint kernel);
double weft_inspect_model_kernel_share (WeftInspectModel *model, guint kernel);
double weft_inspect_model_kernel_limit (WeftInspectModel *model, guint kernel, gboolean *by_flops);

G_END_DECLS
