/* The tables of update rules, schedules and adjustments, and the reading of their knobs' texts.
 *
 * A mistake in a row is our bug and stops at first use with the row's name; one in a document's own
 * rule is an error.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/adjust.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const WeftRuleRow rules[] = {
#define RULE(NAME, TITLE, TEXT, KNOBS, SUMMARY) { NAME, TITLE, TEXT, SUMMARY, KNOBS },
#include "engine/train/rules.def"
#undef RULE
};

static const WeftRuleRow schedules[] = {
#define SCHEDULE(NAME, TITLE, TEXT, KNOBS, SUMMARY) { NAME, TITLE, TEXT, SUMMARY, KNOBS },
#include "engine/train/schedules.def"
#undef SCHEDULE
};

static const WeftRuleRow adjustments[] = {
#define ADJUSTMENT(NAME, TITLE, WHEN, RANK, TEXT, KNOB, SUMMARY) \
  { NAME, TITLE, TEXT, SUMMARY, KNOB },
#include "engine/train/adjustments.def"
#undef ADJUSTMENT
};
G_STATIC_ASSERT (G_N_ELEMENTS (adjustments) == WEFT_N_ADJUSTMENTS);

typedef struct
{
  guint    n;
  WeftKnob knobs[WEFT_MAX_KNOBS];
} KnobList;

static KnobList rule_knobs[G_N_ELEMENTS (rules)];
static KnobList schedule_knobs[G_N_ELEMENTS (schedules)];
static KnobList adjustment_knobs[G_N_ELEMENTS (adjustments)];

/* "name: float [0, 1) = 0.9" */
static gboolean
parse_knob (const char *text, WeftKnob *knob, GError **error)
{
  g_autoptr (GRegex) form = g_regex_new (
    "^ *([A-Za-z_]\\w*): float ([\\[(])([^,]+), ([^\\])]+)([\\])]) = (\\S+) *$", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  if (!g_regex_match (form, text, 0, &match))
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("the knob “%.60s” is not of the form name: float [0, 1) = 0.9"), text);
      return FALSE;
    }

  g_autofree char *name = g_match_info_fetch (match, 1);
  g_autofree char *opening = g_match_info_fetch (match, 2);
  g_autofree char *minimum = g_match_info_fetch (match, 3);
  g_autofree char *maximum = g_match_info_fetch (match, 4);
  g_autofree char *closing = g_match_info_fetch (match, 5);
  g_autofree char *otherwise = g_match_info_fetch (match, 6);

  *knob = (WeftKnob){
    .name = g_intern_string (name),
    .minimum = g_ascii_strtod (minimum, NULL),
    .maximum = g_ascii_strtod (maximum, NULL),
    .open_minimum = opening[0] == '(',
    .open_maximum = closing[0] == ')',
    .otherwise = g_ascii_strtod (otherwise, NULL),
  };
  if (weft_knob_accepts (knob, knob->otherwise))
    return TRUE;
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
               _ ("the knob %s stands at %s, which is outside its range"), name, otherwise);
  return FALSE;
}

/* weft_knobs_parse:
 * @text: "a: float [0, 1) = 0.9; b: ..."
 * @knobs: (out caller-allocates): up to WEFT_MAX_KNOBS
 * @n: (out): how many
 *
 * Errors: WEFT_DOCUMENT_ERROR_MODEL. Any thread.
 */
gboolean
weft_knobs_parse (const char *text, WeftKnob *knobs, guint *n, GError **error)
{
  g_auto (GStrv) texts = g_strsplit (text, ";", -1);

  *n = 0;
  for (guint i = 0; texts[i] != NULL; i++)
    {
      if (*g_strstrip (texts[i]) == '\0')
        continue;
      if (*n == WEFT_MAX_KNOBS)
        {
          g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                       _ ("a rule has at most %d knobs"), WEFT_MAX_KNOBS);
          return FALSE;
        }
      if (!parse_knob (texts[i], &knobs[*n], error))
        return FALSE;
      for (guint k = 0; k < *n; k++)
        if (knobs[k].name == knobs[*n].name)
          {
            g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                         _ ("there are two knobs called %s"), knobs[k].name);
            return FALSE;
          }
      ++*n;
    }
  return TRUE;
}

static void
read_knobs (const WeftRuleRow *rows, guint n, KnobList *lists)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!weft_knobs_parse (rows[i].knobs, lists[i].knobs, &lists[i].n, &error))
        g_error ("%s: %s", rows[i].name, error->message);
    }
}

static void
read_tables (void)
{
  static gsize done;

  if (!g_once_init_enter (&done))
    return;
  read_knobs (rules, G_N_ELEMENTS (rules), rule_knobs);
  read_knobs (schedules, G_N_ELEMENTS (schedules), schedule_knobs);
  read_knobs (adjustments, G_N_ELEMENTS (adjustments), adjustment_knobs);
  g_once_init_leave (&done, 1);
}

static const WeftRuleRow *
find_row (const WeftRuleRow *rows, guint n, const char *name)
{
  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (rows[i].name, name) == 0)
      return &rows[i];
  return NULL;
}

/* weft_update_rule_count:
 *
 * Returns: how many update rules there are. Any thread.
 */
guint
weft_update_rule_count (void)
{
  return G_N_ELEMENTS (rules);
}

/* weft_update_rule_get:
 * @index: below weft_update_rule_count
 *
 * Returns: the row, static. Any thread.
 */
const WeftRuleRow *
weft_update_rule_get (guint index)
{
  g_return_val_if_fail (index < G_N_ELEMENTS (rules), NULL);
  return &rules[index];
}

/* weft_update_rule_find:
 * @name: as in a document's training section, "adam"
 *
 * Returns: the row, or NULL. Any thread.
 */
const WeftRuleRow *
weft_update_rule_find (const char *name)
{
  return find_row (rules, G_N_ELEMENTS (rules), name);
}

/* weft_schedule_count:
 *
 * Returns: how many schedules there are. Any thread.
 */
guint
weft_schedule_count (void)
{
  return G_N_ELEMENTS (schedules);
}

/* weft_schedule_get:
 * @index: below weft_schedule_count
 *
 * Returns: the row, static. Any thread.
 */
const WeftRuleRow *
weft_schedule_get (guint index)
{
  g_return_val_if_fail (index < G_N_ELEMENTS (schedules), NULL);
  return &schedules[index];
}

/* weft_schedule_find:
 * @name: as in a document's training section, "cosine"
 *
 * Returns: the row, or NULL. Any thread.
 */
const WeftRuleRow *
weft_schedule_find (const char *name)
{
  return find_row (schedules, G_N_ELEMENTS (schedules), name);
}

/* weft_adjustment_count:
 *
 * Returns: how many adjustments there are. Any thread.
 */
guint
weft_adjustment_count (void)
{
  return G_N_ELEMENTS (adjustments);
}

/* weft_adjustment_get:
 * @index: below weft_adjustment_count
 *
 * Returns: the row, static; its name is a member of a document's training section, "clip_norm". Any
 * thread.
 */
const WeftRuleRow *
weft_adjustment_get (guint index)
{
  g_return_val_if_fail (index < G_N_ELEMENTS (adjustments), NULL);
  return &adjustments[index];
}

/* weft_rule_row_knobs:
 * @row: of any of the tables, or a document's own rule
 * @n: (out): how many
 *
 * Returns: the row's knobs, living as long as the row. Any thread.
 */
const WeftKnob *
weft_rule_row_knobs (const WeftRuleRow *row, guint *n)
{
  const KnobList *list;

  *n = row->n_own_knobs;
  if (row->own_knobs != NULL)
    return row->own_knobs;
  read_tables ();
  if (row >= rules && row < rules + G_N_ELEMENTS (rules))
    list = &rule_knobs[row - rules];
  else if (row >= adjustments && row < adjustments + G_N_ELEMENTS (adjustments))
    list = &adjustment_knobs[row - adjustments];
  else
    list = &schedule_knobs[row - schedules];
  *n = list->n;
  return list->knobs;
}

/* weft_knob_accepts:
 *
 * Returns: whether @value is inside the knob's range. Any thread.
 */
gboolean
weft_knob_accepts (const WeftKnob *knob, double value)
{
  return isfinite (value) &&
         (knob->open_minimum ? value > knob->minimum : value >= knob->minimum) &&
         (knob->open_maximum ? value < knob->maximum : value <= knob->maximum);
}

/* weft_knob_range:
 *
 * Returns: the range as people write it, "[0, 1)". Caller owns. Any thread.
 */
char *
weft_knob_range (const WeftKnob *knob)
{
  return g_strdup_printf ("%c%g, %g%c", knob->open_minimum ? '(' : '[', knob->minimum,
                          knob->maximum, knob->open_maximum ? ')' : ']');
}
