/* The table of commands and their keys, as they are bound now.
 *
 * A new command is a row in commands.def and the action that it names. Whoever uses the editor may
 * give it other keys; these stand in the settings and act at once in every window.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_COMMAND_SECTION,
  WEFT_COMMAND_GROUP,
  WEFT_COMMAND_ACTION,
} WeftCommandKind;

typedef struct
{
  WeftCommandKind kind;
  const char     *action; /* "win.train", "win.view::build"; a section's name; NULL: of a group */
  const char     *keys;   /* unless bound otherwise; with spaces between them */
  const char     *title;  /* to be translated */
} WeftCommand;

const WeftCommand *weft_commands_get (guint *n);
const WeftCommand *weft_commands_find (const char *action);
const WeftCommand *weft_commands_match (const char *prefix, GdkEvent *event);

char             **weft_commands_dup_keys (const WeftCommand *command);
char              *weft_commands_dup_label (const WeftCommand *command);
gboolean           weft_commands_is_rebound (const WeftCommand *command);
const WeftCommand *weft_commands_find_conflict (const WeftCommand *command, const char *key);
void               weft_commands_set_keys (const WeftCommand *command, const char *const *keys);

void weft_commands_bind (GtkApplication *application, GSettings *settings);
void weft_commands_add_keys (GtkWidget *widget, const char *prefix);

G_END_DECLS
