/* The clock of a run: which epoch, time and number of examples belong to a step, and back.
 *
 * However long the run, it keeps a few thousand marks and takes a straight line between two of
 * them. One thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What stands along a chart. The nicks are those of the setting "chart-x" and of weft-cli curves.
 */
typedef enum
{
  WEFT_CLOCK_STEP,
  WEFT_CLOCK_EPOCH,
  WEFT_CLOCK_TIME, /* seconds of training, without pauses */
  WEFT_CLOCK_EXAMPLES,
} WeftClockKind;
#define WEFT_N_CLOCK_KINDS (WEFT_CLOCK_EXAMPLES + 1)

typedef struct _WeftClock WeftClock;

WeftClock *weft_clock_new (void);
void       weft_clock_free (WeftClock *clock);
void       weft_clock_clear (WeftClock *clock);
void       weft_clock_set_batch (WeftClock *clock, double rows);
void       weft_clock_add (WeftClock *clock, double step, double epoch, double time_s);
void       weft_clock_rewind (WeftClock *clock, double step); /* forgets what came after it */
void       weft_clock_join (WeftClock *clock, const WeftClock *later);
double     weft_clock_value (const WeftClock *clock, WeftClockKind kind, double step);
double     weft_clock_step (const WeftClock *clock, WeftClockKind kind, double value);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftClock, weft_clock_free)

G_END_DECLS
