/* The table of commands: every action of the editor with its keys, its title and its group.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/commands.h"

#include <glib/gi18n.h>

#define SECTION "section"

/* A row without keys begins a group; groups stand in sections, a page of the shortcuts window
 * each. A key has one meaning in a section: canvas and Optimise bind theirs themselves, where they have the focus. */
static const WeftCommand COMMANDS[] = {
  /* action             keys                                               title */
  { SECTION, { NULL }, N_ ("Window") },
  { NULL, { NULL }, N_ ("Documents") },
  { "app.new", { "<Control>n" }, N_ ("New document") },
  { "app.new-window", { "<Control><Shift>n" }, N_ ("New window") },
  { "win.open", { "<Control>o" }, N_ ("Open") },
  { "win.save", { "<Control>s" }, N_ ("Save") },
  { "win.save-as", { "<Control><Shift>s" }, N_ ("Save as") },
  { "win.close", { "<Control>w" }, N_ ("Close the window") },
  { "app.quit", { "<Control>q" }, N_ ("Quit") },
  { NULL, { NULL }, N_ ("Training") },
  { "win.train", { "<Control>Return", "F5" }, N_ ("Train, or go on") },
  { "win.pause", { "F7" }, N_ ("Pause") },
  { "win.step", { "F8" }, N_ ("One step") },
  { "win.stop", { "<Shift>F5" }, N_ ("Stop") },
  { NULL, { NULL }, N_ ("Window") },
  { "win.view::build", { "<Control>1" }, N_ ("Build") },
  { "win.view::train", { "<Control>2" }, N_ ("Train") },
  { "win.view::optimise", { "<Control>3" }, N_ ("Optimise") },
  { "win.view::inspect", { "<Control>4" }, N_ ("Inspect") },
  { "win.find", { "<Control>f" }, N_ ("Search the palette, or the rewrites") },
  { "win.palette", { "F9" }, N_ ("Show or hide the palette") },
  { "win.inspector", { "<Shift>F9" }, N_ ("Show or hide the inspector") },
  { "win.dock", { "<Control>F9" }, N_ ("Show or hide curves and problems") },
  { "win.fullscreen", { "F11" }, N_ ("Full screen") },
  { "app.preferences", { "<Control>comma" }, N_ ("Preferences") },
  { "app.shortcuts", { "<Control>question" }, N_ ("Keyboard shortcuts") },
  { SECTION, { NULL }, N_ ("Canvas") },
  { NULL, { NULL }, N_ ("Editing") },
  { "win.undo", { "<Control>z" }, N_ ("Undo") },
  { "win.redo", { "<Control><Shift>z", "<Control>y" }, N_ ("Redo") },
  { "canvas.add", { "<Shift>a", "space" }, N_ ("Add at the pointer") },
  { "canvas.cut", { "<Control>x" }, N_ ("Cut") },
  { "canvas.copy", { "<Control>c" }, N_ ("Copy") },
  { "canvas.paste", { "<Control>v" }, N_ ("Paste") },
  { "canvas.duplicate", { "<Control>d" }, N_ ("Duplicate") },
  { "canvas.delete", { "Delete" }, N_ ("Delete") },
  { "canvas.select-all", { "<Control>a" }, N_ ("Select all") },
  { "canvas.open", { "Return" }, N_ ("Edit the selected node") },
  { "canvas.connect", { "<Shift>Return" }, N_ ("Connect the selected node") },
  { "canvas.disconnect", { "<Alt>d" }, N_ ("Disconnect the selected node") },
  { "canvas.add-note", { "<Control>j" }, N_ ("Add a note") },
  { "win.values", { "<Control>e" }, N_ ("Values of the selected node") },
  { NULL, { NULL }, N_ ("Groups") },
  { "win.group", { "<Control>g" }, N_ ("Make a group of the selection") },
  { "win.ungroup", { "<Control><Shift>g" }, N_ ("Take the group apart") },
  { "win.make-unique", { "<Control>u" }, N_ ("Make the group unique, the layer my own") },
  { "win.open-node", { "<Alt>Down" }, N_ ("Open a group, layer or loop") },
  { "win.up", { "<Alt>Up" }, N_ ("Back out of it") },
  { NULL, { NULL }, N_ ("Canvas") },
  { "canvas.nudge-left", { "Left", "Right", "Up" }, N_ ("Move the selection; with Shift farther") },
  { "canvas.walk-left", { "<Control>Left", "<Control>Right" }, N_ ("Go to the next node") },
  { "canvas.fit", { "Home" }, N_ ("Show everything") },
  { "canvas.fit-selection", { "period" }, N_ ("Show the selection") },
  { "canvas.zoom-in", { "<Control>plus" }, N_ ("Zoom in") },
  { "canvas.zoom-out", { "<Control>minus" }, N_ ("Zoom out") },
  { "canvas.zoom-reset", { "<Control>0" }, N_ ("Full size") },
  { SECTION, { NULL }, N_ ("Optimise") },
  { NULL, { NULL }, N_ ("Rewrites") },
  { "optimise.next-step", { "Down" }, N_ ("Next step") },
  { "optimise.previous-step", { "Up" }, N_ ("Step before") },
  { "optimise.next-half", { "Right" }, N_ ("What the rule saw, then what it made") },
  { "optimise.previous-half", { "Left" }, N_ ("Half a step back") },
  { "optimise.next-phase", { "n" }, N_ ("Next phase") },
  { "optimise.previous-phase", { "p" }, N_ ("Phase before") },
  { "optimise.first", { "Home" }, N_ ("The graph as drawn") },
  { "optimise.last", { "End" }, N_ ("The last step") },
  { "optimise.play", { "space" }, N_ ("Play, pause") },
  { NULL, { NULL }, N_ ("Looking") },
  { "optimise.search", { "slash" }, N_ ("Search the steps") },
  { "optimise.toggle", { "Return" }, N_ ("Open repeated steps; on a graph, what is inside an operation") },
  { "optimise.escape", { "Escape" }, N_ ("Out of search, quiz, body, selection") },
  { "graph.walk-up", { "<Control>Up", "<Control>Down" }, N_ ("Walk along the wires") },
  { "graph.fit", { "period", "f" }, N_ ("Show everything") },
  { "graph.zoom-in", { "plus", "minus", "0" }, N_ ("Zoom in, out, full size") },
  { "graph.compact", { "c" }, N_ ("Close the gaps of this step") },
};

/**
 * weft_commands_get:
 * @n: (out): how many rows
 *
 * Returns: (transfer none): the table; rows without keys are titles of groups and sections
 */
const WeftCommand *
weft_commands_get (guint *n)
{
  *n = G_N_ELEMENTS (COMMANDS);
  return COMMANDS;
}

static gboolean
is_bound_here (const char *action)
{
  return g_str_has_prefix (action, "win.") || g_str_has_prefix (action, "app.");
}

/**
 * weft_commands_bind:
 * @application: the application
 *
 * Gives the actions of the application and of its windows their keys.
 */
void
weft_commands_bind (GtkApplication *application)
{
  for (guint i = 0; i < G_N_ELEMENTS (COMMANDS); i++)
    if (COMMANDS[i].keys[0] != NULL && is_bound_here (COMMANDS[i].action))
      gtk_application_set_accels_for_action (application, COMMANDS[i].action, COMMANDS[i].keys);
}

/* GTK makes these windows from XML only. */
static void
append_shortcut (GString *xml, const WeftCommand *command)
{
  g_autofree char *keys = g_strjoinv (" ", (char **) command->keys);
  g_autofree char *text =
    g_markup_printf_escaped ("<child><object class=\"GtkShortcutsShortcut\">"
                             "<property name=\"accelerator\">%s</property>"
                             "<property name=\"title\">%s</property></object></child>",
                             keys, _ (command->title));
  g_string_append (xml, text);
}

/* Not more than two columns a section: GTK would show pages with numbers. */
static void
append_beginning (GString *xml, const WeftCommand *command, gboolean section)
{
  g_autofree char *title = g_markup_escape_text (_ (command->title), -1);
  if (section)
    g_string_append_printf (
      xml,
      "<child><object class=\"GtkShortcutsSection\"><property name=\"section-name\">%s</property>"
      "<property name=\"title\">%s</property><property name=\"max-height\">14</property>",
      command->title, title);
  else
    g_string_append_printf (
      xml, "<child><object class=\"GtkShortcutsGroup\"><property name=\"title\">%s</property>",
      title);
}

/**
 * weft_commands_new_window:
 *
 * Returns: (transfer floating): the window that shows all keys
 */
GtkWindow *
weft_commands_new_window (void)
{
  GString *xml = g_string_new ("<interface><object class=\"GtkShortcutsWindow\" "
                               "id=\"window\"><property name=\"modal\">1</property>");
  gboolean in_section = FALSE, in_group = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (COMMANDS); i++)
    {
      if (COMMANDS[i].keys[0] != NULL)
        {
          append_shortcut (xml, &COMMANDS[i]);
          continue;
        }
      gboolean section = g_strcmp0 (COMMANDS[i].action, SECTION) == 0;
      if (in_group)
        g_string_append (xml, "</object></child>");
      if (section && in_section)
        g_string_append (xml, "</object></child>");
      append_beginning (xml, &COMMANDS[i], section);
      in_group = !section;
      in_section = TRUE;
    }
  g_string_append (xml, "</object></child></object></child></object></interface>");
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_string (xml->str, (gssize) xml->len);
  g_string_free (xml, TRUE);
  return GTK_WINDOW (g_object_ref (gtk_builder_get_object (builder, "window")));
}
