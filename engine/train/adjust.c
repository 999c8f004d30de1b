/* Reads adjustments.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/adjust.h"

#include "engine/base/nearest.h"
#include "engine/train/training-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define MAX_PATTERNS 1000
#define MAX_RATE_FACTOR 1e6

static const struct
{
  WeftAdjustWhen when;
  guint          rank;
} stages[] = {
#define ADJUSTMENT(NAME, TITLE, WHEN, RANK, TEXT, KNOB, SUMMARY) { WEFT_ADJUST_##WHEN, RANK },
#include "engine/train/adjustments.def"
#undef ADJUSTMENT
};

/* weft_adjustment_when:
 *
 * Returns: whether the row acts before the rule or after it. Any thread.
 */
WeftAdjustWhen
weft_adjustment_when (guint index)
{
  return stages[index].when;
}

/* weft_adjustment_rank:
 *
 * Returns: the least rank of the parameters that the row acts on. Any thread.
 */
guint
weft_adjustment_rank (guint index)
{
  return stages[index].rank;
}

/* The value of row @index in @json, NaN where it is null. */
static gboolean
read_value (WeftJson *json, guint index, const char *where, double *value, GError **error)
{
  const WeftRuleRow *row = weft_adjustment_get (index);
  WeftJson          *member = weft_json_get (json, row->name);
  guint              n;
  const WeftKnob    *knob = weft_rule_row_knobs (row, &n);
  g_autofree char   *range = NULL;

  *value = NAN;
  if (weft_json_kind (member) == WEFT_JSON_NULL)
    return TRUE;
  *value = weft_json_number (member, NAN);
  if (weft_knob_accepts (knob, *value))
    return TRUE;
  range = weft_knob_range (knob);
  return weft_training_fail (error, _ ("%s%s must be a number in %s"), where, row->name, range);
}

static gboolean
check_pattern_members (const char *pattern, WeftJson *json, GError **error)
{
  WeftJsonIter iter = { json };
  const char  *key;
  WeftJson    *value;

  if (weft_json_kind (json) != WEFT_JSON_OBJECT)
    return weft_training_fail (
      error, _ ("parameters: %.60s must be an object such as {\"rate_factor\": 0.1}"),
      pattern);
  while (weft_json_next (&iter, &key, &value))
    {
      g_autofree char *hint = NULL;
      WeftNearest      nearest;
      gboolean         known = g_str_equal (key, "rate_factor") || g_str_equal (key, "frozen");

      weft_nearest_begin (&nearest, key);
      weft_nearest_offer (&nearest, "rate_factor");
      weft_nearest_offer (&nearest, "frozen");
      for (guint i = 0; i < WEFT_N_ADJUSTMENTS; i++)
        {
          weft_nearest_offer (&nearest, weft_adjustment_get (i)->name);
          known = known || g_str_equal (key, weft_adjustment_get (i)->name);
        }
      hint = weft_nearest_hint (&nearest);
      if (!known)
        return weft_training_fail (
          error, _ ("parameters: %.60s: there is no setting “%.60s”%s"), pattern, key,
          hint);
    }
  if (weft_json_has (json, "clip_total_norm"))
    return weft_training_fail (
      error,
      _ ("parameters: %.60s: clip_total_norm is of all gradients together; clip_norm is of one"),
      pattern);
  return TRUE;
}

static gboolean
read_pattern (WeftAdjustPattern *one, const char *pattern, WeftJson *json, GError **error)
{
  g_autofree char *where = g_strdup_printf ("parameters: %.60s: ", pattern);

  one->pattern = g_strdup (pattern);
  one->given.rate_factor = 1;
  if (!check_pattern_members (pattern, json, error))
    return FALSE;
  one->has_frozen = weft_json_has (json, "frozen");
  one->given.frozen = weft_json_get_bool (json, "frozen", FALSE);
  if (one->has_frozen && weft_json_kind (weft_json_get (json, "frozen")) != WEFT_JSON_BOOL)
    return weft_training_fail (error, _ ("%sfrozen must be true or false"), where);
  one->has_rate_factor = weft_json_has (json, "rate_factor");
  if (one->has_rate_factor)
    {
      one->given.rate_factor = weft_json_get_number (json, "rate_factor", NAN);
      if (!(one->given.rate_factor >= 0 && one->given.rate_factor <= MAX_RATE_FACTOR))
        return weft_training_fail (error, _ ("%srate_factor must be a number in [0, %g]"), where,
                                   MAX_RATE_FACTOR);
    }
  for (guint i = 0; i < WEFT_N_ADJUSTMENTS; i++)
    {
      one->has[i] = weft_json_has (json, weft_adjustment_get (i)->name);
      if (one->has[i] && !read_value (json, i, where, &one->given.values[i], error))
        return FALSE;
    }
  return TRUE;
}

/* weft_adjustments_read:
 * @adjustments: (out caller-allocates): cleared by the caller, also after an error
 */
gboolean
weft_adjustments_read (WeftAdjustments *adjustments, WeftJson *training, GError **error)
{
  WeftJson    *patterns = weft_json_get (training, "parameters");
  WeftJsonIter iter = { patterns };
  const char  *key;
  WeftJson    *value;
  guint        n = weft_json_n_members (patterns);

  adjustments->all.rate_factor = 1;
  for (guint i = 0; i < WEFT_N_ADJUSTMENTS; i++)
    if (!read_value (training, i, "", &adjustments->all.values[i], error))
      return FALSE;
  if (weft_json_kind (patterns) == WEFT_JSON_NULL)
    return TRUE;
  if (weft_json_kind (patterns) != WEFT_JSON_OBJECT)
    return weft_training_fail (
      error, _ ("parameters must be an object such as {\"*.b\": {\"l2\": null}}"));
  if (n > MAX_PATTERNS)
    return weft_training_fail (
      error, _ ("parameters: there are %u patterns; at most %d are read"), n,
      MAX_PATTERNS);
  adjustments->patterns = g_new0 (WeftAdjustPattern, n + 1);
  while (weft_json_next (&iter, &key, &value))
    if (!read_pattern (&adjustments->patterns[adjustments->n_patterns++], key, value, error))
      return FALSE;
  return TRUE;
}

/* weft_adjustments_clear:
 */
void
weft_adjustments_clear (WeftAdjustments *adjustments)
{
  for (guint i = 0; i < adjustments->n_patterns; i++)
    g_free (adjustments->patterns[i].pattern);
  g_clear_pointer (&adjustments->patterns, g_free);
  adjustments->n_patterns = 0;
}

/* weft_adjustments_get:
 * @name: of a parameter, "hidden.W"
 *
 * Returns: what holds for it: what the section says for all, changed by each pattern that matches.
 */
WeftAdjust
weft_adjustments_get (const WeftAdjustments *adjustments, const char *name)
{
  WeftAdjust adjust = adjustments->all;

  for (guint k = 0; k < adjustments->n_patterns; k++)
    {
      const WeftAdjustPattern *one = &adjustments->patterns[k];

      if (!g_pattern_match_simple (one->pattern, name))
        continue;
      if (one->has_frozen)
        adjust.frozen = one->given.frozen;
      if (one->has_rate_factor)
        adjust.rate_factor = one->given.rate_factor;
      for (guint i = 0; i < WEFT_N_ADJUSTMENTS; i++)
        if (one->has[i])
          adjust.values[i] = one->given.values[i];
    }
  return adjust;
}

static gboolean
matches_any (const char *pattern, GPtrArray *parameters)
{
  for (guint i = 0; parameters != NULL && i < parameters->len; i++)
    if (g_pattern_match_simple (pattern, ((WeftShared *) g_ptr_array_index (parameters, i))->name))
      return TRUE;
  return FALSE;
}

/* weft_adjustments_unmatched:
 * @parameters, @frozen: WeftShared*
 *
 * Returns: the first pattern that matches none of them, borrowed; NULL: each matches some.
 */
const char *
weft_adjustments_unmatched (const WeftAdjustments *adjustments,
                            GPtrArray             *parameters,
                            GPtrArray             *frozen)
{
  for (guint k = 0; k < adjustments->n_patterns; k++)
    if (!matches_any (adjustments->patterns[k].pattern, parameters) &&
        !matches_any (adjustments->patterns[k].pattern, frozen))
      return adjustments->patterns[k].pattern;
  return NULL;
}
