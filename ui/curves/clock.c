/* The clock of a run.
 *
 * Marks stand at every stride-th call; where there are too many, every second goes and the stride
 * doubles. The last one is always kept, provisionally.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/clock.h"

#include <math.h>

#define MAX_MARKS 4096

/* By kind; that of examples is the number of rows so far. */
typedef struct
{
  double at[WEFT_N_CLOCK_KINDS];
} Mark;

struct _WeftClock
{
  GArray  *marks;       /* of Mark, the first one is zero */
  gboolean provisional; /* the last one */
  guint    n_seen, stride;
  double   batch;
};

/**
 * weft_clock_new:
 *
 * Returns: (transfer full): a clock of which all is zero at step 0
 */
WeftClock *
weft_clock_new (void)
{
  WeftClock *clock = g_new0 (WeftClock, 1);
  clock->marks = g_array_new (FALSE, FALSE, sizeof (Mark));
  weft_clock_clear (clock);
  return clock;
}

/**
 * weft_clock_free:
 * @clock: (nullable) (transfer full): a clock
 */
void
weft_clock_free (WeftClock *clock)
{
  if (clock == NULL)
    return;
  g_array_unref (clock->marks);
  g_free (clock);
}

/**
 * weft_clock_clear:
 * @clock: a clock
 */
void
weft_clock_clear (WeftClock *clock)
{
  Mark zero = { 0 };
  g_array_set_size (clock->marks, 0);
  g_array_append_val (clock->marks, zero);
  clock->provisional = FALSE;
  clock->n_seen = 0;
  clock->stride = 1;
  clock->batch = 1;
}

/**
 * weft_clock_rewind:
 * @clock: a clock
 * @step: that the run went back to
 */
void
weft_clock_rewind (WeftClock *clock, double step)
{
  guint n = clock->marks->len;
  while (n > 1 && g_array_index (clock->marks, Mark, n - 1).at[WEFT_CLOCK_STEP] > step)
    n--;
  if (n < clock->marks->len)
    clock->provisional = FALSE;
  g_array_set_size (clock->marks, n);
}

/**
 * weft_clock_set_batch:
 * @clock: a clock
 * @rows: of a step, from the next mark on
 */
void
weft_clock_set_batch (WeftClock *clock, double rows)
{
  clock->batch = rows > 0 ? rows : 1;
}

static void
thin (WeftClock *clock)
{
  guint n = 0;
  for (guint i = 0; i < clock->marks->len; i += 2)
    g_array_index (clock->marks, Mark, n++) = g_array_index (clock->marks, Mark, i);
  g_array_set_size (clock->marks, n);
  clock->stride *= 2;
}

/**
 * weft_clock_add:
 * @clock: a clock
 * @step: not less than the last mark's
 * @epoch: with its fraction; NaN: not known
 * @time_s: NaN: not known
 */
void
weft_clock_add (WeftClock *clock, double step, double epoch, double time_s)
{
  Mark last = g_array_index (clock->marks, Mark, clock->marks->len - 1);
  if (step < last.at[WEFT_CLOCK_STEP])
    return;
  Mark mark = { { step, isnan (epoch) ? step : MAX (epoch, last.at[WEFT_CLOCK_EPOCH]),
                  isnan (time_s) ? step : MAX (time_s, last.at[WEFT_CLOCK_TIME]),
                  last.at[WEFT_CLOCK_EXAMPLES] +
                    clock->batch * (step - last.at[WEFT_CLOCK_STEP]) } };
  if (clock->provisional)
    g_array_index (clock->marks, Mark, clock->marks->len - 1) = mark;
  else
    g_array_append_val (clock->marks, mark);
  clock->n_seen++;
  clock->provisional = clock->n_seen % clock->stride != 0;
  if (!clock->provisional && clock->marks->len > MAX_MARKS)
    thin (clock);
}

/**
 * weft_clock_join:
 * @clock: a clock
 * @later: of the same run, from a later step on; its epochs and times count from the start of the
 * run
 */
void
weft_clock_join (WeftClock *clock, const WeftClock *later)
{
  weft_clock_set_batch (clock, later->batch);
  for (guint i = 1; i < later->marks->len; i++)
    {
      const double *at = g_array_index (later->marks, Mark, i).at;
      weft_clock_add (clock, at[WEFT_CLOCK_STEP], at[WEFT_CLOCK_EPOCH], at[WEFT_CLOCK_TIME]);
    }
}

/* What stands in @to where @from is @value: on the line between two marks, or on the last one's. */
static double
convert (const WeftClock *clock, WeftClockKind from, WeftClockKind to, double value)
{
  const Mark *marks = (const Mark *) (gconstpointer) clock->marks->data;
  guint       n = clock->marks->len, low = 1, high = n - 1;
  if (n < 2)
    return value;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (marks[middle].at[from] < value)
        low = middle + 1;
      else
        high = middle;
    }
  const Mark *a = &marks[low - 1], *b = &marks[low];
  double      width = b->at[from] - a->at[from];
  if (low == n - 1 && value > b->at[from])
    a = &marks[0], width = b->at[from] - a->at[from];
  if (!(width > 0))
    return value > b->at[from] ? value : a->at[to];
  return a->at[to] + (value - a->at[from]) / width * (b->at[to] - a->at[to]);
}

/**
 * weft_clock_value:
 * @clock: a clock
 * @kind: of what
 * @step: where
 *
 * Returns: the epoch, time or number of examples at @step; it grows with it
 */
double
weft_clock_value (const WeftClock *clock, WeftClockKind kind, double step)
{
  return kind == WEFT_CLOCK_STEP ? step : convert (clock, WEFT_CLOCK_STEP, kind, step);
}

/**
 * weft_clock_step:
 * @clock: a clock
 * @kind: of what
 * @value: an epoch, a time or a number of examples
 *
 * Returns: the step there, with its fraction
 */
double
weft_clock_step (const WeftClock *clock, WeftClockKind kind, double value)
{
  return kind == WEFT_CLOCK_STEP ? value : convert (clock, kind, WEFT_CLOCK_STEP, value);
}
