/* The editor as an application: its windows, what it opens, and the actions that belong to no
 * window.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/application.h"

#include "engine/base/file.h"
#include "engine/ops/ops.h"
#include "ui/shared/commands.h"
#include "ui/shared/settings.h"
#include "ui/start/examples.h"
#include "ui/window/preferences.h"
#include "ui/window/recover.h"
#include "ui/window/shortcuts.h"
#include "weft-resources.h"

#include <glib/gi18n.h>

#define MAX_DOCUMENT_BYTES (64 << 20)

struct _WeftApplication
{
  AdwApplication parent_instance;

  gboolean recovered; /* what an earlier start left */
};

G_DEFINE_FINAL_TYPE (WeftApplication, weft_application, ADW_TYPE_APPLICATION)

static WeftWindow *
active_window (WeftApplication *application)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));
  while (window != NULL && !WEFT_IS_WINDOW (window))
    window = gtk_window_get_transient_for (window);
  return window != NULL ? WEFT_WINDOW (window) : NULL;
}

static WeftWindow *
find_window (WeftApplication *application, const char *path)
{
  g_autoptr (GFile) wanted = g_file_new_for_path (path);
  for (GList *item = gtk_application_get_windows (GTK_APPLICATION (application)); item != NULL;
       item = item->next)
    {
      WeftDocument *document =
        WEFT_IS_WINDOW (item->data) ? weft_window_get_document (item->data) : NULL;
      const char *open = document != NULL ? weft_document_get_path (document) : NULL;
      g_autoptr (GFile) file = open != NULL ? g_file_new_for_path (open) : NULL;
      if (file != NULL && g_file_equal (file, wanted))
        return item->data;
    }
  return NULL;
}

/* A copy has no path: saving it asks for one, and what ships stays as it is. */
static WeftDocument *
load_copy (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = weft_file_read (path, MAX_DOCUMENT_BYTES, error);
  if (bytes == NULL)
    return NULL;
  gsize            size;
  const char      *text = g_bytes_get_data (bytes, &size);
  g_autofree char *name = g_path_get_basename (path);
  return weft_document_parse (text, (gssize) size, name, error);
}

/**
 * weft_application_open_path:
 * @application: the application
 * @window: (nullable): where it is asked for; used if it has no document yet
 * @path: of a document
 * @as_copy: open it without its path, as examples are
 *
 * Shows the document in a window, or why it cannot be read; then nothing of it is shown.
 *
 * Returns: FALSE if it could not be read
 */
gboolean
weft_application_open_path (WeftApplication *application,
                            WeftWindow      *window,
                            const char      *path,
                            gboolean         as_copy)
{
  WeftWindow *shown = as_copy ? NULL : find_window (application, path);
  if (shown != NULL)
    {
      gtk_window_present (GTK_WINDOW (shown));
      return TRUE;
    }
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document =
    as_copy ? load_copy (path, &error) : weft_document_load (path, &error);
  if (window == NULL || (document != NULL && weft_window_get_document (window) != NULL))
    window = weft_window_new (GTK_APPLICATION (application));
  if (document != NULL)
    weft_window_set_document (window, document);
  gtk_window_present (GTK_WINDOW (window));
  if (document == NULL)
    {
      g_autofree char *name = g_path_get_basename (path);
      g_autofree char *heading = g_strdup_printf (_ ("Could Not Open “%s”"), name);
      weft_window_show_error (window, heading, error->message);
      return FALSE;
    }
  if (!as_copy)
    weft_recent_add (path);
  return TRUE;
}

/* ---- Actions ---- */

static void
new_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = active_window (data);
  g_autoptr (WeftDocument) document = weft_document_new ();
  if (window == NULL || weft_window_get_document (window) != NULL)
    window = weft_window_new (data);
  weft_window_set_document (window, document);
  gtk_window_present (GTK_WINDOW (window));
}

static void
new_window_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_window_present (GTK_WINDOW (weft_window_new (data)));
}

/* For scripts: no dialog. */
static void
open_path_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  weft_application_open_path (data, active_window (data), g_variant_get_string (parameter, NULL),
                              FALSE);
}

/* Of a notification about a run: whoever clicks it wants to see that one. */
static void
show_run_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWindow *window = gtk_application_get_window_by_id (data, g_variant_get_uint32 (parameter));
  if (!WEFT_IS_WINDOW (window))
    return;
  g_action_group_change_action_state (G_ACTION_GROUP (window), "view",
                                      g_variant_new_string ("train"));
  gtk_window_present (window);
}

/* Nothing is lost, so nothing is asked: the next start shows what is not saved. The last window
 * that closes ends the program. */
static void
quit_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GList) windows = g_list_copy (gtk_application_get_windows (data));
  for (GList *item = windows; item != NULL; item = item->next)
    if (WEFT_IS_WINDOW (item->data))
      weft_window_quit (item->data);
}

static void
preferences_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWidget *window = weft_preferences_new ();
  gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (active_window (data)));
  gtk_window_present (GTK_WINDOW (window));
}

static void
shortcuts_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWindow *window = weft_shortcuts_new ();
  gtk_window_set_transient_for (window, GTK_WINDOW (active_window (data)));
  gtk_window_present (window);
}

static void
about_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  adw_show_about_window (GTK_WINDOW (active_window (data)), "application-name", "Weft",
                         "application-icon", "org.weft.Weft", "version", WEFT_VERSION, "comments",
                         _ ("Draw a mathematical model, see what the compiler makes of it, and "
                            "train it. What you make with Weft is yours."),
                         "license-type", GTK_LICENSE_LGPL_2_1, NULL);
}

static const GActionEntry ACTIONS[] = {
  { .name = "new", .activate = new_action },
  { .name = "new-window", .activate = new_window_action },
  { .name = "open-path", .activate = open_path_action, .parameter_type = "s" },
  { .name = "show-run", .activate = show_run_action, .parameter_type = "u" },
  { .name = "quit", .activate = quit_action },
  { .name = "preferences", .activate = preferences_action },
  { .name = "shortcuts", .activate = shortcuts_action },
  { .name = "about", .activate = about_action },
};

/* ---- Application ---- */

/* Without a compositor nothing is transparent: shadows, round corners and arrows of what pops up
 * would be black. */
static const char FLAT_POPOVERS[] =
  "popover.background { background-color: @popover_bg_color; margin: 0; padding: 0;"
  "  box-shadow: inset 0 0 0 1px mix(@popover_bg_color, @popover_fg_color, .25); }"
  "popover > contents { background: none; border: none; border-radius: 0; box-shadow: none; "
  "margin: 1px; }"
  "popover > arrow { background: none; border: none; box-shadow: none; }"
  "tooltip.background { background-color: #1e1e1e; border-radius: 0; margin: 0; box-shadow: none; "
  "}";

static void
follow_compositor (GdkDisplay *display)
{
  static GtkCssProvider *flat;
  gboolean               wanted = !gdk_display_is_composited (display);
  if (wanted == (flat != NULL))
    return;
  if (wanted)
    {
      flat = gtk_css_provider_new ();
      gtk_css_provider_load_from_data (flat, FLAT_POPOVERS, -1);
      gtk_style_context_add_provider_for_display (display, GTK_STYLE_PROVIDER (flat),
                                                  GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
    }
  else
    {
      gtk_style_context_remove_provider_for_display (display, GTK_STYLE_PROVIDER (flat));
      g_clear_object (&flat);
    }
}

static void
weft_application_startup (GApplication *application)
{
  G_APPLICATION_CLASS (weft_application_parent_class)->startup (application);
  g_autoptr (GError) error = NULL;
  if (!weft_settings_init (&error))
    {
      g_printerr ("weft: %s\n", error->message);
      exit (3);
    }
  weft_ops_init ();
  gtk_window_set_default_icon_name ("org.weft.Weft");
  follow_compositor (gdk_display_get_default ());
  g_signal_connect (gdk_display_get_default (), "notify::composited",
                    G_CALLBACK (follow_compositor), NULL);
  weft_commands_bind (GTK_APPLICATION (application), weft_settings_get ());
}

static void
recover (GApplication *application)
{
  WeftApplication *self = WEFT_APPLICATION (application);
  if (self->recovered)
    return;
  self->recovered = TRUE;
  weft_recover_documents (GTK_APPLICATION (application));
}

static void
weft_application_activate (GApplication *application)
{
  recover (application);
  WeftWindow *window = active_window (WEFT_APPLICATION (application));
  if (window == NULL)
    window = weft_window_new (GTK_APPLICATION (application));
  gtk_window_present (GTK_WINDOW (window));
}

static void
weft_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  recover (application);
  for (int i = 0; i < n_files; i++)
    {
      g_autofree char *path = g_file_get_path (files[i]);
      if (path != NULL)
        weft_application_open_path (WEFT_APPLICATION (application),
                                    active_window (WEFT_APPLICATION (application)), path, FALSE);
    }
}

static void
weft_application_class_init (WeftApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);
  application_class->startup = weft_application_startup;
  application_class->activate = weft_application_activate;
  application_class->open = weft_application_open;
}

static void
weft_application_init (WeftApplication *application)
{
  g_action_map_add_action_entries (G_ACTION_MAP (application), ACTIONS, G_N_ELEMENTS (ACTIONS),
                                   application);
}

/**
 * weft_application_new:
 *
 * Returns: (transfer full): the editor
 */
WeftApplication *
weft_application_new (void)
{
  weft_register_resource ();
  return g_object_new (WEFT_TYPE_APPLICATION, "application-id", "org.weft.Weft", "flags",
                       G_APPLICATION_HANDLES_OPEN, "resource-base-path", "/org/weft/Weft", NULL);
}
