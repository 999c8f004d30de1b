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
  WEFT_AXIS_TIME, /* seconds */
} WeftAxisKind;

typedef enum
{
  WEFT_SCALE_LINEAR,
  WEFT_SCALE_LOG,       /* where there is zero or less: symmetric */
  WEFT_SCALE_SYMMETRIC, /* logarithmic on both sides of zero, straight around it */
} WeftScale;

typedef struct
{
  WeftAxisKind kind;
  WeftScale    scale;
  double       minimum, maximum;
  guint        n_marks;
  double       marks[WEFT_AXIS_MAX_MARKS];
  double       pitch; /* between marks; 0 on a logarithmic axis */
  double       bend;  /* of a symmetric one: below this it is straight */
  double       unit;  /* of time, in seconds */
} WeftAxis;

void   weft_axis_init (WeftAxis    *axis,
                       WeftAxisKind kind,
                       WeftScale    scale,
                       double       minimum,
                       double       maximum,
                       guint        n_wanted);
double weft_axis_place (const WeftAxis *axis, double value);
double weft_axis_value (const WeftAxis *axis, double place);
char  *weft_axis_label (const WeftAxis *axis, double value);

G_END_DECLS
