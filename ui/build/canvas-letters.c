/* Letters that are commands, and letters that begin a name.
 *
 * Where something is selected, a letter alone is a command. But whoever has just added a card and
 * types "conv" for the next one means a name: so the command waits a moment, and if another letter
 * follows, both go into the search.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#define WAIT_MS 300

void
weft_canvas_forget_letter (WeftCanvas *canvas)
{
  g_clear_handle_id (&canvas->letter_id, g_source_remove);
  canvas->letter = 0;
}

static gboolean
act_cb (gpointer data)
{
  WeftCanvas *canvas = data;
  const char *action = canvas->letter_action;

  canvas->letter_id = 0;
  canvas->letter = 0;
  gtk_widget_activate_action (GTK_WIDGET (canvas), action, NULL);
  return G_SOURCE_REMOVE;
}

/* Without Ctrl or Alt. @action: (nullable): static; what the letter does where it is a command. */
void
weft_canvas_type_letter (WeftCanvas *canvas, gunichar letter, const char *action)
{
  gunichar before = canvas->letter;
  char     text[16] = { 0 };
  gint     n = 0;

  weft_canvas_forget_letter (canvas);
  if (!before && action)
    {
      canvas->letter = letter;
      canvas->letter_action = action;
      canvas->letter_id = g_timeout_add (WAIT_MS, act_cb, canvas);
      return;
    }
  if (before)
    n = g_unichar_to_utf8 (before, text);
  g_unichar_to_utf8 (letter, text + n);
  weft_canvas_search (canvas, text);
}
