/* The window that shows all keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/shortcuts.h"

#include "ui/shared/commands.h"

#include <glib/gi18n.h>

#define MAX_SHOWN 2 /* keys of a command; those of the keypad are not shown */

static char *
join_keys (const WeftCommand *command)
{
  g_auto (GStrv) keys = weft_commands_dup_keys (command);
  GString *joined = g_string_new (NULL);
  guint    n = 0;
  for (guint k = 0; keys[k] != NULL && n < MAX_SHOWN; k++)
    {
      if (strstr (keys[k], "KP_") != NULL)
        continue;
      g_string_append_printf (joined, "%s%s", n > 0 ? " " : "", keys[k]);
      n++;
    }
  return g_string_free (joined, FALSE);
}

/* GTK makes these windows from XML only. */
static void
append_shortcut (GString *xml, const WeftCommand *command)
{
  g_autofree char *keys = join_keys (command);
  if (*keys == '\0')
    return;
  g_autofree char *text =
    g_markup_printf_escaped ("<child><object class=\"GtkShortcutsShortcut\">"
                             "<property name=\"accelerator\">%s</property>"
                             "<property name=\"title\">%s</property></object></child>",
                             keys, _ (command->title));
  g_string_append (xml, text);
}

/* Columns that GTK makes of a section, which begins at @command, where each has so many rows: it
 * keeps groups whole. */
static guint
count_columns (const WeftCommand *command, const WeftCommand *end, guint rows)
{
  guint columns = 1, used = 0;
  for (command++; command < end && command->kind != WEFT_COMMAND_SECTION;)
    {
      guint height = 1;
      for (command++; command < end && command->kind == WEFT_COMMAND_ACTION; command++)
        {
          g_autofree char *keys = join_keys (command);
          height += *keys != '\0';
        }
      if (used > 0 && used + height > rows)
        {
          columns++;
          used = 0;
        }
      used += height;
    }
  return columns;
}

/* Not more than two columns a section: GTK would show pages with numbers. */
static guint
fit_rows (const WeftCommand *command, const WeftCommand *end)
{
  guint rows = 12;
  while (count_columns (command, end, rows) > 2)
    rows++;
  return rows;
}

/* Whether one of the commands of the group that begins at @command has a key. */
static gboolean
has_keys (const WeftCommand *command, const WeftCommand *end)
{
  for (command++; command < end && command->kind == WEFT_COMMAND_ACTION; command++)
    {
      g_autofree char *keys = join_keys (command);
      if (*keys != '\0')
        return TRUE;
    }
  return FALSE;
}

static void
append_beginning (GString *xml, const WeftCommand *command, const WeftCommand *end)
{
  g_autofree char *title = g_markup_escape_text (_ (command->title), -1);
  if (command->kind == WEFT_COMMAND_SECTION)
    g_string_append_printf (
      xml,
      "<child><object class=\"GtkShortcutsSection\"><property name=\"section-name\">%s</property>"
      "<property name=\"title\">%s</property><property name=\"max-height\">%u</property>",
      command->action, title, fit_rows (command, end));
  else
    g_string_append_printf (
      xml, "<child><object class=\"GtkShortcutsGroup\"><property name=\"title\">%s</property>",
      title);
}

/**
 * weft_shortcuts_new:
 *
 * Returns: (transfer full): the window that shows all keys as they are bound now
 */
GtkWindow *
weft_shortcuts_new (void)
{
  GString           *xml = g_string_new ("<interface><object class=\"GtkShortcutsWindow\" "
                                                   "id=\"window\"><property name=\"modal\">1</property>");
  guint              n;
  gboolean           in_section = FALSE, in_group = FALSE;
  const WeftCommand *commands = weft_commands_get (&n);
  for (guint i = 0; i < n; i++)
    {
      if (commands[i].kind == WEFT_COMMAND_ACTION)
        {
          append_shortcut (xml, &commands[i]);
          continue;
        }
      gboolean section = commands[i].kind == WEFT_COMMAND_SECTION;
      if (!section && !has_keys (&commands[i], commands + n))
        continue;
      if (in_group)
        g_string_append (xml, "</object></child>");
      if (section && in_section)
        g_string_append (xml, "</object></child>");
      append_beginning (xml, &commands[i], commands + n);
      in_group = !section;
      in_section = TRUE;
    }
  g_string_append (xml, "</object></child></object></child></object></interface>");
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_string (xml->str, (gssize) xml->len);
  g_string_free (xml, TRUE);
  return GTK_WINDOW (g_object_ref (gtk_builder_get_object (builder, "window")));
}
