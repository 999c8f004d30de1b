/* What was added last; see recents.h. The file has a line for each; one that cannot be written is
 * no reason to disturb anybody.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/recents.h"

#include <gtk/gtk.h>

static GtkStringList *recents; /* NULL: not read yet */

static char *
file_name (void)
{
  return g_build_filename (g_get_user_state_dir (), "weft", "recent", NULL);
}

static void
read_recents (void)
{
  g_autofree char *name = file_name ();
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (recents)
    return;
  recents = gtk_string_list_new (NULL);
  if (!g_file_get_contents (name, &text, NULL, NULL) || !g_utf8_validate (text, -1, NULL))
    return;
  lines = g_strsplit (text, "\n", WEFT_MAX_RECENTS + 1);
  for (guint i = 0; lines[i] && i < WEFT_MAX_RECENTS; i++)
    if (*lines[i])
      gtk_string_list_append (recents, lines[i]);
}

static void
write_recents (void)
{
  g_autofree char *name = file_name ();
  g_autofree char *folder = g_path_get_dirname (name);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; gtk_string_list_get_string (recents, i); i++)
    g_string_append_printf (text, "%s\n", gtk_string_list_get_string (recents, i));
  if (g_mkdir_with_parents (folder, 0700) == 0)
    g_file_set_contents (name, text->str, (gssize) text->len, NULL);
}

void
weft_recents_note (const char *op)
{
  const char *first[] = { op, NULL };
  const char *known;
  guint       i = 0;

  read_recents ();
  if (g_str_has_prefix (op, "group:") ||
      g_strcmp0 (gtk_string_list_get_string (recents, 0), op) == 0)
    return;
  while ((known = gtk_string_list_get_string (recents, i)) && !g_str_equal (known, op))
    i++;
  if (known || i == WEFT_MAX_RECENTS)
    gtk_string_list_remove (recents, known ? i : i - 1);
  gtk_string_list_splice (recents, 0, 0, first);
  write_recents ();
}

GListModel *
weft_recents_get (void)
{
  read_recents ();
  return G_LIST_MODEL (recents);
}
