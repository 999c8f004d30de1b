/* Where the steps of a history stand along a line: phase after phase, each as wide as it has steps,
 * none too narrow to hit.
 *
 * Lengths are in pixels from the beginning of the line (its right end where text runs to the left).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/rewrite/history.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* In units of the text's size: */
#define WEFT_STEP_MAP_INSET \
  12.0                           /* of the line in a widget, so that the current tick at either end is whole */
#define WEFT_STEP_MAP_LEAST 30.0 /* width of a phase with few steps among thousands */

typedef struct
{
  WeftPhase phase;
  guint     first, end; /* steps first .. end - 1 */
  double    x, width;
} WeftStepRun;

typedef struct
{
  guint       n_steps, n_runs;
  double      width;
  WeftStepRun runs[WEFT_N_PHASES]; /* those that have steps, in order */
} WeftStepMap;

/* @history: NULL: no steps. */
void   weft_step_map_init (WeftStepMap *map, WeftHistory *history);
void   weft_step_map_lay_out (WeftStepMap *map, double width, double least);
double weft_step_map_x (const WeftStepMap *map,
                        guint              step);                          /* the middle of its place; of step 0: 0 */
guint  weft_step_map_step (const WeftStepMap *map, double x); /* the nearest; 0 before the first */
double weft_step_map_pitch (const WeftStepRun *run);          /* from one step to the next */
double weft_step_map_unit (GtkWidget *widget);                /* of its text: 1 where a line is 17 pixels high */

G_END_DECLS
