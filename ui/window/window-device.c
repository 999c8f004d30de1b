/* What computes: the menu of the button that says so, and what is offered when a device fails.
 *
 * Devices are looked for once a process, on a worker: asking a driver may take a second.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "engine/run/devices.h"
#include "ui/shared/settings.h"
#include "ui/window/notice.h"

#include <glib/gi18n.h>
#include <string.h>

/* Left out of a device's name on the button. */
#define MAKER "NVIDIA "

typedef struct
{
  GPtrArray *all; /* of WeftDeviceInfo */
  char      *why; /* there is none */
} Found;

static Found *found; /* NULL: not yet */

static guint
n_threads (void)
{
  int chosen = g_settings_get_int (weft_settings_get (), "threads");
  return chosen > 0 ? (guint) chosen : g_get_num_processors ();
}

/* ---- The button ---- */

static const WeftDeviceInfo *
find_device (const char *word)
{
  for (guint i = 0; found != NULL && i < found->all->len; i++)
    if (g_str_equal (((WeftDeviceInfo *) g_ptr_array_index (found->all, i))->word, word))
      return g_ptr_array_index (found->all, i);
  return NULL;
}

static gboolean
has_choice (void)
{
  for (guint i = 0; found != NULL && i < found->all->len; i++)
    if (((WeftDeviceInfo *) g_ptr_array_index (found->all, i))->problem == NULL)
      return TRUE;
  return FALSE;
}

static void
update_label (WeftWindow *window)
{
  g_autofree char      *word = g_settings_get_string (weft_settings_get (), "device");
  const WeftDeviceInfo *info = find_device (word);
  g_autofree char      *label = NULL;
  if (info != NULL)
    label = g_strdup (info->name + (g_str_has_prefix (info->name, MAKER) ? strlen (MAKER) : 0));
  else if (g_str_equal (word, "auto") && has_choice ())
    label = g_strdup (C_ ("device", "Auto"));
  else
    label = g_strdup_printf (_ ("CPU · %u thr"), n_threads ());
  gtk_menu_button_set_label (window->device_button, label);
}

/* ---- The menu ---- */

static void
append_device (GMenu *menu, const char *label, const char *word)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);
  g_menu_item_set_action_and_target (item, "win.device", "s", word);
  g_menu_append_item (menu, item);
}

/* An action that nobody has: the row is grey. */
static void
append_reason (GMenu *menu, const char *name, const char *reason)
{
  g_autofree char *label = g_strdup_printf ("%s: %s", name, reason);
  g_menu_append (menu, label, "win.no-device");
}

static GMenuModel *
device_menu (void)
{
  GMenu           *menu = g_menu_new ();
  g_autofree char *word = g_settings_get_string (weft_settings_get (), "device");
  if (has_choice ())
    append_device (menu, _ ("Whichever Is Faster"), "auto");
  /* Where there is nothing else, whatever was chosen means the CPU. */
  append_device (menu, _ ("CPU"), has_choice () ? "cpu" : word);
  for (guint i = 0; found != NULL && i < found->all->len; i++)
    {
      const WeftDeviceInfo *info = g_ptr_array_index (found->all, i);
      g_autofree char      *memory = g_format_size (info->bytes);
      g_autofree char      *label = g_strdup_printf ("%s · %s", info->name, memory);
      if (info->problem != NULL)
        append_reason (menu, info->name, info->problem);
      else
        append_device (menu, label, info->word);
    }
  if (has_choice ())
    g_menu_append (menu, _ ("Faster Products on a GPU (TF32)"), "win.tf32");
  if (found != NULL && found->all->len == 0)
    append_reason (menu, _ ("GPU"), found->why);
  return G_MENU_MODEL (menu);
}

static GMenuModel *
thread_menu (void)
{
  GMenu           *counts = g_menu_new ();
  guint            n = g_get_num_processors ();
  g_autofree char *all =
    g_strdup_printf (g_dngettext (NULL, "Every core (%u thread)", "Every core (%u threads)", n), n);
  g_autoptr (GMenuItem) item = g_menu_item_new (all, NULL);
  g_menu_item_set_action_and_target (item, "win.threads", "i", 0);
  g_menu_append_item (counts, item);
  for (guint i = 1; i <= n; i = i < 4 ? i + 1 : i * 2)
    {
      g_autofree char *label =
        g_strdup_printf (g_dngettext (NULL, "%u thread", "%u threads", i), i);
      g_autoptr (GMenuItem) one = g_menu_item_new (label, NULL);
      g_menu_item_set_action_and_target (one, "win.threads", "i", (gint32) i);
      g_menu_append_item (counts, one);
    }
  return G_MENU_MODEL (counts);
}

static void
update_menu (WeftWindow *window)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenuModel) devices = device_menu (), threads = thread_menu ();
  g_menu_append_section (menu, _ ("Train On"), devices);
  g_menu_append_section (menu, _ ("Threads, from the Next Run On"), threads);
  gtk_menu_button_set_menu_model (window->device_button, G_MENU_MODEL (menu));
  update_label (window);
}

/* ---- Looking for devices ---- */

static void
look_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Found *mine = g_new0 (Found, 1);
  mine->all = weft_devices_list (&mine->why);
  g_task_return_pointer (task, mine, NULL);
}

/* What another window found meanwhile is the same; both live as long as the process. */
static void
looked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  found = g_task_propagate_pointer (G_TASK (result), NULL);
  update_menu (WEFT_WINDOW (source));
}

/* For internal use: the menu of the button that says what computes. */
void
weft_window_init_device (WeftWindow *window)
{
  GSettings               *settings = weft_settings_get ();
  static const char *const keys[] = { "threads", "device", "tf32" };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GAction) action = g_settings_create_action (settings, keys[i]);
      g_autofree char *changed = g_strconcat ("changed::", keys[i], NULL);
      g_action_map_add_action (G_ACTION_MAP (window), action);
      g_signal_connect_object (settings, changed, G_CALLBACK (update_label), window,
                               G_CONNECT_SWAPPED);
    }
  update_menu (window);
  if (found != NULL)
    return;
  g_autoptr (GTask) task = g_task_new (window, NULL, looked_cb, NULL);
  g_task_run_in_thread (task, look_thread);
}

/* ---- Failures ---- */

static void
go_on_cpu_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  weft_notice_hide (window->notices, "device");
  g_settings_set_string (weft_settings_get (), "device", "cpu");
  weft_run_model_train (window->run);
}

const GActionEntry weft_window_device_actions[] = {
  { .name = "go-on-cpu", .activate = go_on_cpu_action },
};
const guint weft_window_n_device_actions = G_N_ELEMENTS (weft_window_device_actions);

/* For internal use: a device failed, or had no room. What the run knew is kept. */
void
weft_window_offer_cpu (WeftWindow *window, const char *message)
{
  const WeftNotice notice = { .key = "device",
                              .text = message,
                              .label = weft_run_model_get_progress (window->run)->step > 0
                                         ? _ ("_Go On on the CPU")
                                         : _ ("_Train on the CPU"),
                              .action = "win.go-on-cpu",
                              .error = TRUE };
  weft_notice_show (window->notices, &notice);
}
