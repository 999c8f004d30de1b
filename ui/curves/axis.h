/* An axis: which range it shows, where its marks stand, what they are called.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WEFT_AXIS_MAX_MARKS 12

typedef enum
{
  WEFT_AXIS_VALUE,
  WEFT_AXIS_PERCENT,
  WEFT_AXIS_COUNT,
} WeftAxisKind;

typedef struct
{
  WeftAxisKind kind;
  gboolean     log;
  double       minimum, maximum;
  guint        n_marks;
  double       marks[WEFT_AXIS_MAX_MARKS];
  double       pitch; /* between marks; 0 on a logarithmic axis */
} WeftAxis;

void   weft_axis_init (WeftAxis    *axis,
                       WeftAxisKind kind,
                       gboolean     log_axis,
                       double       minimum,
                       double       maximum,
                       guint        n_wanted);
double weft_axis_place (const WeftAxis *axis, double value);
char  *weft_axis_label (const WeftAxis *axis, double value);

G_END_DECLS
