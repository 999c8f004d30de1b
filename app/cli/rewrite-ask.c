/* weft-cli rewrite: questions about one place: why a rule did not fire there, and what became of
 * it.
 *
 * A place is a node of the document, a port, the name of a value or result, or an application by
 * its number.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/rewrite-private.h"

#include "engine/base/nearest.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

/* ---- Places ---- */

static gboolean
has_origin (const WeftApply *apply, guint32 uid)
{
  for (guint i = 0; i < apply->origins->n; i++)
    if (apply->origins->nodes[i] == uid)
      return TRUE;
  return FALSE;
}

static gboolean
is_named (const WeftApply *apply, const char *name)
{
  for (guint i = 0; i < apply->n_outputs; i++)
    if (g_strcmp0 (apply->outputs[i].name, name) == 0)
      return TRUE;
  return apply->shared != NULL && g_str_equal (apply->shared->name, name);
}

/* The node that @place or what stands before its dot names; 0: none. */
static guint32
node_of (CliRewrite *rewrite, const char *place)
{
  const char      *dot = strchr (place, '.');
  g_autofree char *id = dot != NULL ? g_strndup (place, dot - place) : g_strdup (place);
  const WeftNode  *node =
    rewrite->document != NULL ? weft_document_node_by_id (rewrite->document, id) : NULL;

  return node != NULL ? node->uid : 0;
}

static void
offer_places (CliRewrite *rewrite, WeftCursor *cursor, WeftNearest *nearest)
{
  for (guint i = 0; i < weft_cursor_n_outputs (cursor); i++)
    if (weft_cursor_output_name (cursor, i) != NULL)
      weft_nearest_offer (nearest, weft_cursor_output_name (cursor, i));
  for (guint i = 0; i < weft_history_n_applies (rewrite->history); i++)
    {
      const WeftApply *apply = weft_history_apply (rewrite->history, i);

      for (guint k = 0; k < apply->n_outputs; k++)
        if (apply->outputs[k].name != NULL)
          weft_nearest_offer (nearest, apply->outputs[k].name);
    }
  for (guint i = 0; rewrite->document != NULL && i < weft_document_n_nodes (rewrite->document); i++)
    weft_nearest_offer (nearest, weft_document_node_at (rewrite->document, i)->id);
}

static void
take_number (CliRewrite *rewrite, const char *place, GArray *found)
{
  char  *end;
  gint64 number = g_ascii_strtoll (place, &end, 10);
  guint  apply = (guint) number, first, last;

  if (*end == '\0' && end != place && number >= 0 &&
      number < weft_history_n_applies (rewrite->history) &&
      weft_history_lifetime (rewrite->history, apply, &first, &last))
    g_array_append_val (found, apply);
}

/* Application numbers that @place stands for, of any step: the first way to read it that finds
 * some. NULL: said. */
static GArray *
find_place (CliRewrite *rewrite, const char *option, const char *place, int *code)
{
  g_autoptr (WeftCursor) cursor = weft_cursor_new (rewrite->history);
  GArray          *found = g_array_new (FALSE, FALSE, sizeof (guint));
  guint32          node = node_of (rewrite, place);
  WeftNearest      nearest;
  g_autofree char *hint = NULL;
  guint            first, last;

  take_number (rewrite, place, found);
  for (guint way = 0; way < 3 && found->len == 0; way++)
    {
      for (guint i = 0; way == 1 && i < weft_cursor_n_outputs (cursor); i++)
        if (g_strcmp0 (weft_cursor_output_name (cursor, i), place) == 0)
          {
            guint apply =
              weft_history_value_apply (rewrite->history, weft_cursor_output (cursor, i));

            g_array_append_val (found, apply);
          }
      for (guint i = 0; way != 1 && i < weft_history_n_applies (rewrite->history); i++)
        if (weft_history_lifetime (rewrite->history, i, &first, &last) &&
            (way == 0 ? is_named (weft_history_apply (rewrite->history, i), place)
                      : node != 0 && has_origin (weft_history_apply (rewrite->history, i), node)))
          g_array_append_val (found, i);
    }
  if (found->len > 0)
    return found;
  g_array_unref (found);
  weft_nearest_begin (&nearest, place);
  offer_places (rewrite, cursor, &nearest);
  hint = weft_nearest_hint (&nearest);
  *code =
    cli_say (CLI_INPUT, _ ("%s: there is no node, port or value “%s”%s"), option, place, hint);
  return NULL;
}

/* ---- Why not ---- */

/* @place: NULL: wherever the rule comes nearest. @step: as the graph is after it. */
int
cli_rewrite_why_not (CliRewrite *rewrite, const char *rule, const char *place, guint step)
{
  g_autoptr (WeftCursor) cursor = weft_cursor_new (rewrite->history);
  g_autoptr (GArray) applies = NULL;
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  int      code = CLI_DONE;
  gboolean any = FALSE;

  if (cli_rewrite_find_rule ("--why-not", rule, &code) == NULL)
    return code;
  weft_cursor_go (cursor, step);
  if (place == NULL)
    {
      g_autofree char *text = weft_cursor_why_not (cursor, rule, G_MAXUINT);

      printf ("%s\n", text);
      return CLI_DONE;
    }
  applies = find_place (rewrite, "--at", place, &code);
  if (applies == NULL)
    return code;
  for (guint i = 0; i < applies->len; i++)
    any |= weft_cursor_has (cursor, g_array_index (applies, guint, i)) &&
           weft_history_apply (rewrite->history, g_array_index (applies, guint, i))->n_inputs > 0;
  for (guint i = 0; i < applies->len; i++)
    {
      guint            apply = g_array_index (applies, guint, i);
      const WeftApply *it = weft_history_apply (rewrite->history, apply);
      char            *text;

      /* What is gone is told of only where nothing else is left of the place. */
      if (it->n_inputs == 0 || (any && !weft_cursor_has (cursor, apply)))
        continue;
      text = weft_cursor_why_not (cursor, rule, apply);
      if (g_hash_table_contains (told, text))
        {
          g_free (text);
          continue;
        }
      printf (_ ("%s (number %u): %s\n"), it->op->name, apply, text);
      g_hash_table_add (told, text);
    }
  if (g_hash_table_size (told) == 0)
    return cli_say (CLI_INPUT, _ ("--at: “%s” computes nothing that a rule could match"), place);
  return CLI_DONE;
}

/* ---- Biographies ---- */

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return (x > y) - (x < y);
}

static void
take_steps (GArray *steps, GArray *more)
{
  for (guint i = 0; i < more->len; i++)
    {
      gboolean known = FALSE;

      for (guint k = 0; k < steps->len && !known; k++)
        known = g_array_index (steps, guint, k) == g_array_index (more, guint, i);
      if (!known)
        g_array_append_val (steps, g_array_index (more, guint, i));
    }
}

int
cli_rewrite_biography (CliRewrite *rewrite, const char *place)
{
  int code = CLI_DONE;
  g_autoptr (GArray) applies = find_place (rewrite, "--biography", place, &code);
  g_autoptr (GArray) steps = g_array_new (FALSE, FALSE, sizeof (guint));
  guint n_steps = weft_history_n_steps (rewrite->history), n_wrong;

  if (applies == NULL)
    return code;
  for (guint i = 0; i < applies->len; i++)
    {
      g_autoptr (GArray) more =
        weft_history_biography (rewrite->history, g_array_index (applies, guint, i));

      take_steps (steps, more);
    }
  g_array_sort (steps, compare_numbers);
  n_wrong = cli_rewrite_print_steps (rewrite, (const guint *) steps->data, steps->len);
  printf (g_dngettext (GETTEXT_PACKAGE, "%s: %u of %u step\n", "%s: %u of %u steps\n", n_steps),
          place, steps->len, n_steps);
  return n_wrong > 0 ? CLI_INPUT : CLI_DONE;
}
