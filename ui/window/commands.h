/* The table of commands: every action of the editor with its keys, its title and its group.
 *
 * The accelerators and the shortcuts window are made from it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_COMMAND_MAX_KEYS 3

typedef struct
{
  const char *action; /* "win.train"; those of the canvas and of Optimise are bound there and only told here */
  const char *keys[WEFT_COMMAND_MAX_KEYS + 1];
  const char *title;
} WeftCommand;

const WeftCommand *weft_commands_get (guint *n);
void               weft_commands_bind (GtkApplication *application);
GtkWindow         *weft_commands_new_window (void);

G_END_DECLS
