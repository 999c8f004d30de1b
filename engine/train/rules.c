/* The tables of update rules and schedules, and the reading of their knobs' texts.
 *
 * A mistake in a row is our bug and stops at first use with the row's name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/session.h"

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

typedef struct
{
  guint    n;
  WeftKnob knobs[WEFT_MAX_KNOBS];
} KnobList;

static KnobList rule_knobs[G_N_ELEMENTS (rules)];
static KnobList schedule_knobs[G_N_ELEMENTS (schedules)];

/* "name: float [0, 1) = 0.9" */
static void
read_knob (const WeftRuleRow *row, const char *text, WeftKnob *knob)
{
  g_autoptr (GRegex) form =
    g_regex_new ("^ *(\\w+): float ([\\[(])([^,]+), ([^\\])]+)([\\])]) = (\\S+) *$", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  if (!g_regex_match (form, text, 0, &match))
    g_error ("%s: knob \"%s\" is not of the form name: float [a, b) = c", row->name, text);

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
  g_assert (weft_knob_accepts (knob, knob->otherwise));
}

static void
read_knobs (const WeftRuleRow *rows, guint n, KnobList *lists)
{
  for (guint i = 0; i < n; i++)
    {
      g_auto (GStrv) texts = g_strsplit (rows[i].knobs, ";", -1);

      for (guint k = 0; texts[k] != NULL; k++)
        {
          g_assert (lists[i].n < WEFT_MAX_KNOBS);
          read_knob (&rows[i], texts[k], &lists[i].knobs[lists[i].n++]);
        }
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

/* weft_rule_row_knobs:
 * @row: an update rule's or a schedule's row
 * @n: (out): how many
 *
 * Returns: the row's knobs, static. Any thread.
 */
const WeftKnob *
weft_rule_row_knobs (const WeftRuleRow *row, guint *n)
{
  const KnobList *list;

  read_tables ();
  if (row >= rules && row < rules + G_N_ELEMENTS (rules))
    list = &rule_knobs[row - rules];
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
