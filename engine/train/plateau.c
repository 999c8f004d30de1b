/* When a run has come to a plateau.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/plateau.h"

#include <math.h>

static double
knob_of (const WeftTraining *training, const char *name)
{
  guint           n;
  const WeftKnob *knobs = weft_rule_row_knobs (training->schedule, &n);

  for (guint i = 0; i < n; i++)
    if (g_str_equal (knobs[i].name, name))
      return training->schedule_knobs[i];
  g_assert_not_reached ();
}

static gboolean
is_better (const WeftPlateau *plateau, const WeftTraining *training, double value)
{
  double share = training->monitor.greater ? 1 + knob_of (training, "threshold")
                                           : 1 - knob_of (training, "threshold");

  if (!plateau->known)
    return TRUE;
  return training->monitor.greater ? value > plateau->best * share : value < plateau->best * share;
}

/* weft_plateau_follow:
 * @value: of the metric that the training section watches; NaN is no better than anything
 */
gboolean
weft_plateau_follow (WeftPlateau *plateau, const WeftTraining *training, double value)
{
  if (!g_str_equal (training->schedule->name, "plateau"))
    return FALSE;
  if (!isnan (value) && is_better (plateau, training, value))
    {
      plateau->best = value;
      plateau->known = 1;
      plateau->worse = 0;
    }
  else
    plateau->worse++;
  if (plateau->rest > 0)
    {
      plateau->rest--;
      plateau->worse = 0;
    }
  if (plateau->worse <= knob_of (training, "patience"))
    return FALSE;
  plateau->count++;
  plateau->worse = 0;
  plateau->rest = (gint64) knob_of (training, "cooldown");
  return TRUE;
}
