/* The kinds of views, each in a file of its own, and what several of them use.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/train/observer.h"

G_BEGIN_DECLS

extern const WeftViewKind weft_boundary_view, weft_classes_view, weft_confusion_view,
  weft_embedding_view, weft_filters_view, weft_gradients_view, weft_health_view,
  weft_activations_view, weft_memory_view, weft_numbers_view, weft_pad_view, weft_predictions_view,
  weft_sweep_view, weft_text_view, weft_weights_view;

/* "validation", for a sentence; static. */
const char *weft_split_name (WeftSplit split);
/* "step 1 200"; caller owns. */
char *weft_step_note (gint64 step);
/* Names of the parameters that are trained, "hidden.W"; with at least @rank axes. Caller owns. */
char **weft_parameter_names (WeftDocument *document, guint rank);
/* Output ports of floats between the data and the loss, "hidden.y"; caller owns. */
char **weft_inner_ports (const WeftFacts *facts, WeftDocument *document);

/* "@head; ITEM; ITEM ...", the first of @result's @n items; caller owns. @head: NULL for none. */
char *weft_describe_items (const char   *head,
                           gconstpointer result,
                           guint         n,
                           char *(*text) (gconstpointer, guint));

/* Pairs of axes with marks, for pictures of points. */
typedef struct
{
  WeftRect plot;
  double   x_low, x_high, y_low, y_high;
} WeftFrame;
double weft_frame_x (const WeftFrame *frame, double x);
double weft_frame_y (const WeftFrame *frame, double y);
/* The square of a mark at a point, @radius to each side. */
WeftRect weft_frame_mark (const WeftFrame *frame, double x, double y, double radius);
void     weft_frame_draw (WeftDrawing     *drawing,
                          const WeftFrame *frame,
                          const char      *x_name,
                          const char      *y_name);

G_END_DECLS
