/* weft-cli rules: the tables of rewrite rules, update rules and schedules.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"

#include "engine/base/nearest.h"
#include "engine/rewrite/rewrite.h"
#include "engine/train/session.h"

#include <glib/gi18n.h>
#include <stdio.h>

static gboolean as_json;

static const GOptionEntry entries[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL }, { NULL }
};

/* The four tables behind one counter. */
typedef enum
{
  TABLE_REWRITE,
  TABLE_UPDATE,
  TABLE_SCHEDULE,
  TABLE_ADJUSTMENT,
} Table;

typedef struct
{
  Table               table;
  const WeftRuleInfo *rewrite;
  const WeftRuleRow  *row;
  const char         *name;
} Rule;

static gboolean
rule_at (guint index, Rule *rule)
{
  *rule = (Rule){ .table = TABLE_REWRITE };
  if (index < weft_rule_count ())
    {
      rule->rewrite = weft_rule_get (index);
      rule->name = rule->rewrite->name;
      return TRUE;
    }
  index -= weft_rule_count ();
  rule->table = TABLE_UPDATE;
  if (index < weft_update_rule_count ())
    rule->row = weft_update_rule_get (index);
  else if (index - weft_update_rule_count () < weft_schedule_count ())
    {
      rule->table = TABLE_SCHEDULE;
      rule->row = weft_schedule_get (index - weft_update_rule_count ());
    }
  else if (index - weft_update_rule_count () - weft_schedule_count () < weft_adjustment_count ())
    {
      rule->table = TABLE_ADJUSTMENT;
      rule->row = weft_adjustment_get (index - weft_update_rule_count () - weft_schedule_count ());
    }
  if (rule->row == NULL)
    return FALSE;
  rule->name = rule->row->name;
  return TRUE;
}

static void
set_optional (WeftJson *json, const char *key, const char *value)
{
  if (value != NULL)
    weft_json_set_string (json, key, value);
}

static WeftJson *
to_json (const Rule *rule)
{
  static const char *const tables[] = { "rewrite", "update", "schedule", "adjustment" };
  WeftJson                *json = weft_json_new_object ();

  weft_json_set_string (json, "table", tables[rule->table]);
  weft_json_set_string (json, "name", rule->name);
  if (rule->rewrite != NULL)
    {
      weft_json_set_string (json, "phase", weft_phase_name (rule->rewrite->phase));
      set_optional (json, "pattern", rule->rewrite->pattern);
      set_optional (json, "replacement", rule->rewrite->replacement);
      set_optional (json, "guard", rule->rewrite->guard);
      weft_json_set_bool (json, "exact", rule->rewrite->exact);
      weft_json_set_string (json, "why", _ (rule->rewrite->why));
      set_optional (json, "file", rule->rewrite->file);
      weft_json_set_int (json, "line", rule->rewrite->line);
      return json;
    }
  weft_json_set_string (json, "title", _ (rule->row->title));
  weft_json_set_string (json, "text", rule->row->text);
  weft_json_set_string (json, "knobs", rule->row->knobs);
  weft_json_set_string (json, "summary", _ (rule->row->summary));
  return json;
}

static char *
rewrite_text (const WeftRuleInfo *rule)
{
  if (rule->pattern == NULL || rule->replacement == NULL)
    return g_strdup (rule->pattern != NULL ? rule->pattern : "");
  return g_strdup_printf ("%s -> %s", rule->pattern, rule->replacement);
}

static void
print_one (const Rule *rule)
{
  if (rule->rewrite != NULL)
    {
      g_autofree char *text = rewrite_text (rule->rewrite);

      printf (_ ("%s (rewrite, phase %s)\n"), rule->name, weft_phase_name (rule->rewrite->phase));
      if (*text != '\0')
        printf ("  %s\n", text);
      if (rule->rewrite->guard != NULL)
        printf (_ ("  only if: %s\n"), rule->rewrite->guard);
      printf (_ ("  keeps: %s\n"),
              rule->rewrite->exact ? _ ("every bit") : _ ("the value over the reals"));
      printf ("  %s\n", _ (rule->rewrite->why));
      if (rule->rewrite->file != NULL)
        printf ("  %s:%u\n", rule->rewrite->file, rule->rewrite->line);
      return;
    }
  if (rule->table == TABLE_ADJUSTMENT)
    printf (_ ("%s (member of the training section)\n"), rule->name);
  else
    printf (rule->table == TABLE_UPDATE ? _ ("%s (update rule)\n") : _ ("%s (schedule)\n"),
            rule->name);
  printf ("  %s\n", rule->row->text);
  if (*rule->row->knobs != '\0')
    printf ("  %s\n", rule->row->knobs);
  printf ("  %s\n", _ (rule->row->summary));
}

static void
print_list (void)
{
  static const char *const titles[] = { N_ ("Rewrite rules"), N_ ("Update rules"), N_ ("Schedules"),
                                        N_ ("Around the update rule, in the training section") };
  Rule                     rule;
  int                      last = -1;

  for (guint i = 0; rule_at (i, &rule); i++)
    {
      g_autofree char *text =
        rule.rewrite != NULL ? rewrite_text (rule.rewrite) : g_strdup (rule.row->text);

      if (last != (int) rule.table)
        printf ("%s%s\n", last >= 0 ? "\n" : "", _ (titles[rule.table]));
      last = rule.table;
      if (rule.rewrite != NULL)
        printf ("  %-13s %-24s %s\n", weft_phase_name (rule.rewrite->phase), rule.name, text);
      else
        printf ("  %-24s %s\n", rule.name, text);
    }
}

static int
one (const char *name)
{
  WeftNearest      nearest;
  gboolean         found = FALSE;
  g_autofree char *hint = NULL;
  Rule             rule;

  weft_nearest_begin (&nearest, name);
  for (guint i = 0; rule_at (i, &rule); i++)
    {
      weft_nearest_offer (&nearest, rule.name);
      if (!g_str_equal (rule.name, name))
        continue;
      found = TRUE;
      if (as_json)
        cli_answer (to_json (&rule));
      else
        print_one (&rule);
    }
  if (found)
    return CLI_DONE;
  hint = weft_nearest_hint (&nearest);
  return cli_say (CLI_INPUT, _ ("there is no rule “%s”%s"), name, hint);
}

/* cli_rules:
 *
 * Returns: the exit code.
 */
int
cli_rules (int argc, char **argv)
{
  int       code = cli_parse (&argc, &argv, entries);
  WeftJson *all;
  Rule      rule;

  if (code >= 0)
    return code;
  if (argc > 2)
    return cli_say (CLI_CALL, _ ("one name at a time: %s is one too many"), argv[2]);
  if (argc == 2)
    return one (argv[1]);
  if (!as_json)
    {
      print_list ();
      return CLI_DONE;
    }
  all = weft_json_new_array ();
  for (guint i = 0; rule_at (i, &rule); i++)
    weft_json_append (all, to_json (&rule));
  cli_answer (all);
  return CLI_DONE;
}
