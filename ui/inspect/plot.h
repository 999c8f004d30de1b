/* What the drawn panes of the Inspect view share: a widget that draws a picture of the anatomy and
 * knows what stands under the pointer.
 *
 * A pane is a WeftPlotKind; the widget does the rest: colours and fonts, redrawing, tooltips,
 * clicks that select a kernel.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/draw/pen.h"
#include "ui/inspect/inspect-model.h"

G_BEGIN_DECLS

/* One drawing: where, with what, of what. */
typedef struct
{
  WeftPen            pen;
  WeftStyle         *style;
  WeftInspectModel  *model;
  const WeftAnatomy *anatomy; /* never NULL */
  double             width, height;
  gboolean           rtl;
} WeftPlotting;

typedef struct
{
  const char *name;   /* N_("Memory"): its accessible name */
  int         height; /* the least, in pixels at text scale 1 */
  void (*draw) (WeftPlotting *plotting);
  /* What is at a place: @kernel gets the kernel that a click there selects, or WEFT_NO_KERNEL.
   * Returns the tooltip, caller owns; NULL: nothing is there. */
  char *(*at) (WeftPlotting *plotting, double x, double y, guint *kernel);
  char *(*describe) (WeftPlotting *plotting); /* for those who do not see it; caller owns */
} WeftPlotKind;

#define WEFT_TYPE_PLOT (weft_plot_get_type ())
G_DECLARE_FINAL_TYPE (WeftPlot, weft_plot, WEFT, PLOT, AdwBin)

/* @kind is static. */
WeftPlot *weft_plot_new (WeftInspectModel *model, const WeftPlotKind *kind);

/* The colour and the name of a kind of kernel. */
WeftColour  weft_kernel_kind_colour (WeftThemeKind theme, WeftStepKind kind);
const char *weft_kernel_kind_name (WeftStepKind kind);

extern const WeftPlotKind weft_time_plot, weft_memory_plot, weft_roofline_plot;

G_END_DECLS
