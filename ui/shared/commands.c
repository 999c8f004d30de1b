/* The table of commands; see commands.def for its rows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/commands.h"

#include <glib/gi18n.h>

#define KEY "keys" /* in the settings: what is bound otherwise, by action */

static const WeftCommand COMMANDS[] = {
#define SECTION(name, title) { WEFT_COMMAND_SECTION, name, NULL, title },
#define GROUP(title) { WEFT_COMMAND_GROUP, NULL, NULL, title },
#define COMMAND(action, keys, title) { WEFT_COMMAND_ACTION, action, keys, title },
#include "ui/shared/commands.def"
#undef SECTION
#undef GROUP
#undef COMMAND
};

/* NULL until the application has bound its keys: then nothing is bound otherwise. */
static GSettings *rebound;

/**
 * weft_commands_get:
 * @n: (out): how many rows
 *
 * Returns: (transfer none): the table, with its headings
 */
const WeftCommand *
weft_commands_get (guint *n)
{
  *n = G_N_ELEMENTS (COMMANDS);
  return COMMANDS;
}

/**
 * weft_commands_find:
 * @action: its name, with its parameter where it has one
 *
 * Returns: (transfer none) (nullable): its row
 */
const WeftCommand *
weft_commands_find (const char *action)
{
  for (guint i = 0; i < G_N_ELEMENTS (COMMANDS); i++)
    if (COMMANDS[i].kind == WEFT_COMMAND_ACTION && g_str_equal (COMMANDS[i].action, action))
      return &COMMANDS[i];
  return NULL;
}

/* ---- The keys of a command ---- */

/**
 * weft_commands_dup_keys:
 * @command: a row with an action
 *
 * Returns: (transfer full): its keys as they are bound now
 */
char **
weft_commands_dup_keys (const WeftCommand *command)
{
  char **keys = NULL;
  if (rebound != NULL)
    {
      g_autoptr (GVariant) all = g_settings_get_value (rebound, KEY);
      if (g_variant_lookup (all, command->action, "^as", &keys))
        return keys;
    }
  return *command->keys == '\0' ? g_new0 (char *, 1) : g_strsplit (command->keys, " ", -1);
}

/**
 * weft_commands_dup_label:
 * @command: a row with an action
 *
 * Returns: (transfer full) (nullable): its first key for people, as "Ctrl+Z"; NULL: it has none
 */
char *
weft_commands_dup_label (const WeftCommand *command)
{
  g_auto (GStrv) keys = weft_commands_dup_keys (command);
  guint           key;
  GdkModifierType modifiers;
  if (keys[0] == NULL || !gtk_accelerator_parse (keys[0], &key, &modifiers))
    return NULL;
  return gtk_accelerator_get_label (key, modifiers);
}

/**
 * weft_commands_is_rebound:
 * @command: a row with an action
 *
 * Returns: whether it has other keys than those of the table
 */
gboolean
weft_commands_is_rebound (const WeftCommand *command)
{
  g_auto (GStrv) keys = weft_commands_dup_keys (command);
  g_autofree char *joined = g_strjoinv (" ", keys);
  return !g_str_equal (joined, command->keys);
}

/**
 * weft_commands_set_keys:
 * @command: a row with an action
 * @keys: (nullable): its keys from now on; NULL: those of the table again
 */
void
weft_commands_set_keys (const WeftCommand *command, const char *const *keys)
{
  GVariantBuilder builder;
  GVariantIter    iter;
  const char     *action;
  GVariant       *value;
  g_return_if_fail (rebound != NULL);
  g_autoptr (GVariant) all = g_settings_get_value (rebound, KEY);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sas}"));
  g_variant_iter_init (&iter, all);
  while (g_variant_iter_loop (&iter, "{&s@as}", &action, &value))
    if (!g_str_equal (action, command->action))
      g_variant_builder_add (&builder, "{s@as}", action, value);
  if (keys != NULL)
    g_variant_builder_add (&builder, "{s^as}", command->action, keys);
  g_settings_set_value (rebound, KEY, g_variant_builder_end (&builder));
}

/* ---- One meaning for a key ---- */

/* The drawings stand in the Optimise view. */
static const char *
place_of (const WeftCommand *command)
{
  if (g_str_has_prefix (command->action, "app.") || g_str_has_prefix (command->action, "win."))
    return NULL;
  if (g_str_has_prefix (command->action, "outline."))
    return "outline";
  return g_str_has_prefix (command->action, "canvas.") ? "canvas" : "optimise";
}

/* The view leaves Return to a drawing that has the focus. */
static gboolean
may_share (const WeftCommand *a, const WeftCommand *b)
{
  const char *one = place_of (a), *other = place_of (b);
  if (one == NULL || other == NULL)
    return FALSE;
  if (!g_str_equal (one, other))
    return TRUE;
  const char *const SHARED[] = { "optimise.toggle", "graph.activate", NULL };
  return g_strv_contains (SHARED, a->action) && g_strv_contains (SHARED, b->action);
}

static gboolean
same_key (const char *a, const char *b)
{
  guint           key_a, key_b;
  GdkModifierType modifiers_a, modifiers_b;
  return gtk_accelerator_parse (a, &key_a, &modifiers_a) &&
         gtk_accelerator_parse (b, &key_b, &modifiers_b) &&
         gdk_keyval_to_lower (key_a) == gdk_keyval_to_lower (key_b) && modifiers_a == modifiers_b;
}

/**
 * weft_commands_find_conflict:
 * @command: a row with an action
 * @key: one that it might have
 *
 * Returns: (transfer none) (nullable): another command that has the key where @command would take
 * it
 */
const WeftCommand *
weft_commands_find_conflict (const WeftCommand *command, const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (COMMANDS); i++)
    {
      const WeftCommand *other = &COMMANDS[i];
      if (other->kind != WEFT_COMMAND_ACTION || other == command || may_share (command, other))
        continue;
      g_auto (GStrv) keys = weft_commands_dup_keys (other);
      for (guint k = 0; keys[k] != NULL; k++)
        if (same_key (keys[k], key))
          return other;
    }
  return NULL;
}

/* ---- Binding ---- */

static GtkShortcutTrigger *
new_trigger (const char *key)
{
  guint           value;
  GdkModifierType modifiers;
  if (!gtk_accelerator_parse (key, &value, &modifiers))
    return NULL;
  return gtk_keyval_trigger_new (value, modifiers);
}

/**
 * weft_commands_match:
 * @prefix: of actions, as "canvas."
 * @event: a press of a key
 *
 * Returns: (transfer none) (nullable): the command among them whose key was pressed
 */
const WeftCommand *
weft_commands_match (const char *prefix, GdkEvent *event)
{
  const WeftCommand *partly = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (COMMANDS); i++)
    {
      if (COMMANDS[i].kind != WEFT_COMMAND_ACTION || !g_str_has_prefix (COMMANDS[i].action, prefix))
        continue;
      g_auto (GStrv) keys = weft_commands_dup_keys (&COMMANDS[i]);
      for (guint k = 0; keys[k] != NULL; k++)
        {
          g_autoptr (GtkShortcutTrigger) trigger = new_trigger (keys[k]);
          GdkKeyMatch match =
            trigger != NULL ? gtk_shortcut_trigger_trigger (trigger, event, FALSE)
                            : GDK_KEY_MATCH_NONE;
          if (match == GDK_KEY_MATCH_EXACT)
            return &COMMANDS[i];
          if (match == GDK_KEY_MATCH_PARTIAL && partly == NULL)
            partly = &COMMANDS[i];
        }
    }
  return partly;
}

/* The last one first: menus show the key that was added last, and the first is the one to show. */
static void
add_keys (GtkShortcutController *controller, const WeftCommand *command)
{
  g_auto (GStrv) keys = weft_commands_dup_keys (command);
  for (guint k = g_strv_length (keys); k-- > 0;)
    {
      GtkShortcutTrigger *trigger = new_trigger (keys[k]);
      if (trigger != NULL)
        gtk_shortcut_controller_add_shortcut (
          controller, gtk_shortcut_new (trigger, gtk_named_action_new (command->action)));
    }
}

static void
fill (GtkShortcutController *controller)
{
  const char *prefix = g_object_get_data (G_OBJECT (controller), "weft-prefix");
  GListModel *model = G_LIST_MODEL (controller);
  while (g_list_model_get_n_items (model) > 0)
    {
      g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (model, 0);
      gtk_shortcut_controller_remove_shortcut (controller, shortcut);
    }
  for (guint i = 0; i < G_N_ELEMENTS (COMMANDS); i++)
    if (COMMANDS[i].kind == WEFT_COMMAND_ACTION && g_str_has_prefix (COMMANDS[i].action, prefix))
      add_keys (controller, &COMMANDS[i]);
}

static void
refill_cb (GSettings *settings, const char *key, GtkShortcutController *controller)
{
  fill (controller);
}

/**
 * weft_commands_add_keys:
 * @widget: a widget with class actions
 * @prefix: of their names, as "canvas."; static
 *
 * Gives the widget's actions their keys, and others when they are bound otherwise. They act where
 * the widget or something in it has the focus, unless that takes the key itself.
 */
void
weft_commands_add_keys (GtkWidget *widget, const char *prefix)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();
  g_object_set_data (G_OBJECT (controller), "weft-prefix", (gpointer) prefix);
  fill (GTK_SHORTCUT_CONTROLLER (controller));
  if (rebound != NULL)
    g_signal_connect_object (rebound, "changed::" KEY, G_CALLBACK (refill_cb), controller, 0);
  gtk_widget_add_controller (widget, controller);
}

static void
bind_application (GtkApplication *application)
{
  for (guint i = 0; i < G_N_ELEMENTS (COMMANDS); i++)
    if (COMMANDS[i].kind == WEFT_COMMAND_ACTION && place_of (&COMMANDS[i]) == NULL)
      {
        g_auto (GStrv) keys = weft_commands_dup_keys (&COMMANDS[i]);
        gtk_application_set_accels_for_action (application, COMMANDS[i].action,
                                               (const char *const *) keys);
      }
}

static void
rebind_cb (GSettings *settings, const char *key, GtkApplication *application)
{
  bind_application (application);
}

/**
 * weft_commands_bind:
 * @application: the application
 * @settings: where the keys stand that are bound otherwise
 *
 * Gives the actions of the application and of its windows their keys. Before any window is made.
 */
void
weft_commands_bind (GtkApplication *application, GSettings *settings)
{
  g_set_object (&rebound, settings);
  g_signal_connect_object (settings, "changed::" KEY, G_CALLBACK (rebind_cb), application, 0);
  bind_application (application);
}
