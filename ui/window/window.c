/* A window with one document: structure, titles, views and panes, and the document's changes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "engine/document/catalogue.h"
#include "ui/shared/frame-memory.h"
#include "ui/shared/settings.h"
#include "ui/start/examples.h"
#include "ui/window/application.h"
#include "ui/window/command-palette.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (WeftWindow, weft_window, ADW_TYPE_APPLICATION_WINDOW)

/**
 * weft_window_get_document:
 * @window: a window
 *
 * Returns: (transfer none) (nullable): its document; NULL: it shows the start page
 */
WeftDocument *
weft_window_get_document (WeftWindow *window)
{
  return window->document;
}

/**
 * weft_window_get_run:
 * @window: a window
 *
 * Returns: (transfer none) (nullable): its document's run
 */
WeftRunModel *
weft_window_get_run (WeftWindow *window)
{
  return window->run;
}

/* For internal use: a message for the foot of the window. */
AdwToast *
weft_window_new_toast (const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  return adw_toast_new (escaped);
}

/* For internal use: a short message at the foot of the window. */
void
weft_window_toast (WeftWindow *window, const char *text)
{
  adw_toast_overlay_add_toast (window->toasts, weft_window_new_toast (text));
}

/**
 * weft_window_show_error:
 * @window: a window
 * @heading: what could not be done
 * @message: why, and what to do
 */
void
weft_window_show_error (WeftWindow *window, const char *heading, const char *message)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (window), heading, message);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "close");
  gtk_window_present (GTK_WINDOW (dialog));
}

/* ---- Titles ---- */

static const char *
state_text (WeftWindow *window)
{
  switch (weft_run_model_get_state (window->run))
    {
    case WEFT_RUN_LOADING:
      return weft_run_model_get_message (window->run) != NULL
               ? weft_run_model_get_message (window->run)
               : _ ("preparing");
    case WEFT_RUN_RUNNING:
      return _ ("training");
    case WEFT_RUN_PAUSED:
      return _ ("paused");
    case WEFT_RUN_IDLE:
    case WEFT_RUN_FINISHED:
    case WEFT_RUN_FAILED:
      break;
    }
  if (weft_document_get_modified (window->document))
    return _ ("edited");
  return weft_document_get_path (window->document) != NULL ? _ ("saved") : _ ("not saved");
}

/* The actions of the window's other files. */
static const struct
{
  const GActionEntry *entries;
  const guint        *n;
  gboolean            of_document; /* without one they cannot be done */
} ACTIONS[] = {
  { weft_window_file_actions, &weft_window_n_file_actions, FALSE },
  { weft_window_run_actions, &weft_window_n_run_actions, TRUE },
  { weft_window_device_actions, &weft_window_n_device_actions, TRUE },
  { weft_window_phase_actions, &weft_window_n_phase_actions, TRUE },
  { weft_window_runs_actions, &weft_window_n_runs_actions, TRUE },
  { weft_window_queue_actions, &weft_window_n_queue_actions, TRUE },
  { weft_window_group_actions, &weft_window_n_group_actions, TRUE },
  { weft_window_value_actions, &weft_window_n_value_actions, TRUE },
  { weft_window_guard_actions, &weft_window_n_guard_actions, TRUE },
  { weft_window_history_actions, &weft_window_n_history_actions, TRUE },
  { weft_window_export_actions, &weft_window_n_export_actions, TRUE },
  { weft_window_print_actions, &weft_window_n_print_actions, TRUE },
  { weft_window_source_actions, &weft_window_n_source_actions, TRUE },
  { weft_window_data_actions, &weft_window_n_data_actions, TRUE },
  { weft_window_view_actions, &weft_window_n_view_actions, TRUE },
  { weft_window_dock_actions, &weft_window_n_dock_actions, TRUE },
  { weft_window_present_actions, &weft_window_n_present_actions, FALSE },
};

static void
set_enabled (WeftWindow *window, const char *action, gboolean enabled)
{
  g_simple_action_set_enabled (
    G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (window), action)), enabled);
}

static void
describe_undo (GtkWidget *button, const char *format, const char *what, const char *label)
{
  g_autofree char *text = label != NULL ? g_strdup_printf (format, label) : g_strdup (what);
  gtk_widget_set_tooltip_text (button, text);
}

/* For internal use: titles, and what follows from the document's state. */
void
weft_window_update_titles (WeftWindow *window)
{
  WeftDocument *document = window->document;
  if (document == NULL)
    {
      gtk_label_set_label (window->title, "Weft");
      gtk_widget_set_visible (GTK_WIDGET (window->subtitle), FALSE);
      gtk_window_set_title (GTK_WINDOW (window), "Weft");
      return;
    }
  const char      *path = weft_document_get_path (document), *given = weft_document_get_title (document);
  g_autofree char *file = path != NULL ? g_path_get_basename (path) : g_strdup (_ ("Untitled"));
  const char      *title = given != NULL && *given != '\0' ? given : file;
  g_autofree char *subtitle = g_strdup_printf ("%s · %s", file, state_text (window));
  gtk_label_set_label (window->title, title);
  gtk_label_set_label (window->subtitle, subtitle);
  gtk_widget_set_visible (GTK_WIDGET (window->subtitle), TRUE);
  gtk_widget_set_tooltip_text (GTK_WIDGET (window->subtitle), path);
  g_autofree char *window_title = g_strdup_printf (_ ("%s – Weft"), title);
  gtk_window_set_title (GTK_WINDOW (window), window_title);
  const char *undo = weft_document_get_undo_label (document),
             *redo = weft_document_get_redo_label (document);
  set_enabled (window, "undo", undo != NULL);
  set_enabled (window, "redo", redo != NULL);
  describe_undo (window->undo_button, _ ("Undo: %s"), _ ("Undo"), undo);
  describe_undo (window->redo_button, _ ("Redo: %s"), _ ("Redo"), redo);
}

/* For internal use: the line at the foot. */
void
weft_window_update_status (WeftWindow *window)
{
  if (window->document == NULL)
    return;
  if (window->hint != NULL)
    {
      gtk_label_set_label (window->status, window->hint);
      return;
    }
  guint n_nodes = weft_document_n_nodes (weft_window_get_shown (window)),
        n_problems = weft_typing_n_problems (window->typing);
  g_autofree char *nodes =
    g_strdup_printf (g_dngettext (NULL, "%u node", "%u nodes", n_nodes), n_nodes);
  g_autofree char *problems =
    n_problems == 0
      ? g_strdup (_ ("every type fits"))
      : g_strdup_printf (g_dngettext (NULL, "%u problem", "%u problems", n_problems), n_problems);
  g_autofree char *text =
    n_nodes == 0 ? g_strdup (_ ("Drag something from the palette, or press Space to search"))
                 : g_strdup_printf ("%s · %s", nodes, problems);
  gtk_label_set_label (window->status, text);
}

/* ---- Following the document ---- */

static void
refresh (WeftWindow *window)
{
  g_clear_handle_id (&window->refresh_source, g_source_remove);
  if (window->document == NULL)
    return;
  weft_typing_update (window->typing);
  weft_window_update_levels (window);
  weft_inspector_update (window->inspector);
  weft_outline_refresh (window->outline);
  weft_training_form_update (window->train_form);
  weft_optimise_model_document_changed (window->optimise_model);
  weft_inspect_model_document_changed (window->inspect_model);
  weft_window_dock_changed (window);
  weft_dock_update_problems (window->dock, window->document, window->typing, window->run);
  weft_window_update_status (window);
}

static gboolean
refresh_cb (gpointer data)
{
  WeftWindow *window = data;
  window->refresh_source = 0;
  refresh (window);
  return G_SOURCE_REMOVE;
}

static void
document_changed_cb (WeftDocument *document, const WeftChange *change, WeftWindow *window)
{
  weft_window_update_titles (window);
  if ((change->flags & (WEFT_CHANGE_TRAINING | WEFT_CHANGE_EVERYTHING)) != 0)
    weft_window_follow_training (window);
  /* After the frame that shows the edit. The canvas says "typed" earlier, where it is seen. */
  if (window->refresh_source == 0 &&
      (change->flags & ~(WEFT_CHANGE_POSITIONS | WEFT_CHANGE_NOTES | WEFT_CHANGE_LOOKS)) != 0)
    window->refresh_source = g_idle_add (refresh_cb, window);
}

static void
typed_cb (WeftWindow *window)
{
  refresh (window);
}

static void
selection_changed_cb (WeftWindow *window)
{
  guint          n;
  const guint32 *uids = weft_canvas_get_selection (window->canvas, &n);
  if (window->document != NULL)
    weft_inspector_set_selection (window->inspector, uids, n);
}

static void
activate_node_cb (WeftCanvas *canvas, guint uid, WeftWindow *window)
{
  if (weft_window_open_node (window, uid) || weft_window_look_at_data (window, uid))
    return;
  weft_window_show_pane (window, WEFT_PANE_INSPECTOR);
  weft_inspector_focus_name (window->inspector);
}

/* The canvas has the actions of its own, and above it the window's. */
static void
inspector_command_cb (WeftInspector *inspector, const char *action, WeftWindow *window)
{
  gtk_widget_activate_action (GTK_WIDGET (window->canvas), action, NULL);
}

static void
hint_cb (WeftCanvas *canvas, const char *text, WeftWindow *window)
{
  g_free (window->hint);
  window->hint = text != NULL && *text != '\0' ? g_strdup (text) : NULL;
  weft_window_update_status (window);
}

static void
refused_cb (WeftCanvas *canvas, const char *message, WeftWindow *window)
{
  weft_window_toast (window, message);
}

/* For internal use: goes to a node on the canvas. */
void
weft_window_show_node (WeftWindow *window, guint32 uid)
{
  gtk_stack_set_visible_child_name (window->views, "build");
  weft_window_leave_levels (window, 0);
  weft_canvas_reveal (window->canvas, uid);
}

static void
found_cb (WeftGraphSearch *search, GBytes *found, WeftWindow *window)
{
  weft_window_select_found (window, found);
}

static void
search_go_cb (WeftGraphSearch *search, guint uid, WeftWindow *window)
{
  weft_window_go_inside (window, uid);
}

static void
search_closed_cb (WeftGraphSearch *search, WeftWindow *window)
{
  gtk_widget_grab_focus (GTK_WIDGET (window->canvas));
}

static void
go_cb (WeftDock *dock, guint uid, WeftWindow *window)
{
  weft_window_show_node (window, uid);
}

static void
place_cb (WeftPalette *palette, const char *op, const char *text, WeftWindow *window)
{
  WeftJson *params = NULL;
  if (text != NULL)
    {
      params = weft_json_new_object ();
      weft_json_set_string (params, "text", text);
    }
  weft_window_clear_canvas (window);
  weft_canvas_append (window->canvas, op, params);
}

static void
view_changed_cb (WeftWindow *window)
{
  const char *view = gtk_stack_get_visible_child_name (window->views);
  GAction    *action = g_action_map_lookup_action (G_ACTION_MAP (window), "view");
  if (action != NULL && view != NULL)
    g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_string (view));
  if (view != NULL)
    gtk_menu_button_set_label (window->view_button,
                               gtk_stack_page_get_title (gtk_stack_get_page (
                                 window->views, gtk_stack_get_visible_child (window->views))));
  weft_window_update_panes (window);
  if (window->optimise_model != NULL)
    weft_window_follow_optimise (window);
  if (window->inspect_model != NULL)
    weft_window_follow_inspect (window);
}

static void
leave_document (WeftWindow *window)
{
  if (window->document == NULL)
    return;
  g_clear_handle_id (&window->refresh_source, g_source_remove);
  g_clear_pointer (&window->previews, weft_previews_free);
  weft_window_leave_phases (window);
  weft_window_end_guard (window);
  g_signal_handlers_disconnect_by_data (window->document, window);
  g_signal_handlers_disconnect_by_data (window->run, window);
  weft_inspector_set_document (window->inspector, NULL, NULL);
  weft_training_form_set_document (window->train_form, NULL, NULL);
  weft_dock_set_run (window->dock, NULL);
  weft_dock_update_problems (window->dock, NULL, NULL, NULL);
  weft_board_set_run (window->board, NULL, NULL);
  weft_optimise_model_set_document (window->optimise_model, NULL);
  weft_inspect_model_set_document (window->inspect_model, NULL);
  weft_canvas_set_document (window->canvas, NULL, NULL);
  weft_outline_set_document (window->outline, NULL, NULL);
  weft_graph_search_set_document (window->graph_search, NULL, NULL);
  weft_window_clear_levels (window);
  g_clear_object (&window->run);
  g_clear_pointer (&window->typing, weft_typing_free);
  g_clear_object (&window->document);
  weft_window_follow_dock (window);
}

/**
 * weft_window_set_document:
 * @window: a window
 * @document: (nullable): what it shows; NULL: the start page
 */
void
weft_window_set_document (WeftWindow *window, WeftDocument *document)
{
  if (document != NULL)
    g_object_ref (document);
  leave_document (window);
  window->document = document;
  gboolean has = document != NULL;
  gtk_stack_set_visible_child_name (window->pages, has ? "editor" : "start");
  gtk_widget_set_visible (window->edit_tools, has);
  gtk_widget_set_visible (window->run_tools, has);
  gtk_widget_set_visible (window->view_choice, has);
  for (guint k = 0; k < G_N_ELEMENTS (ACTIONS); k++)
    for (guint i = 0; ACTIONS[k].of_document && i < *ACTIONS[k].n; i++)
      set_enabled (window, ACTIONS[k].entries[i].name, has);
  static const char *const NEED_DOCUMENT[] = { "save", "save-as", "save-to", "undo", "redo",
                                               "view", "find", "find-operation" };
  for (guint i = 0; i < G_N_ELEMENTS (NEED_DOCUMENT); i++)
    {
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (window), NEED_DOCUMENT[i]);
      if (G_IS_SIMPLE_ACTION (action))
        g_simple_action_set_enabled (G_SIMPLE_ACTION (action), has);
    }
  if (has)
    {
      window->typing = weft_typing_new (document);
      window->run = weft_run_model_new (document);
      g_signal_connect (document, "changed", G_CALLBACK (document_changed_cb), window);
      g_signal_connect_swapped (document, "notify", G_CALLBACK (weft_window_update_titles), window);
      weft_window_begin_guard (window);
      weft_typing_update (window->typing);
      window->fit_wanted = weft_json_n_members (weft_document_get_view (document)) == 0;
      weft_canvas_set_document (window->canvas, document, window->typing);
      weft_graph_search_set_document (window->graph_search, document, window->typing);
      weft_inspector_set_document (window->inspector, document, window->typing);
      weft_training_form_set_document (window->train_form, document, window->typing);
      weft_dock_set_run (window->dock, window->run);
      weft_board_set_run (window->board, document, window->run);
      weft_optimise_model_set_document (window->optimise_model, document);
      weft_inspect_model_set_document (window->inspect_model, document);
      weft_window_follow_dock (window);
      weft_window_watch_run (window);
      weft_window_watch_phases (window);
      weft_window_follow_runs (window);
      weft_window_follow_training (window);
      weft_window_update_run (window);
      refresh (window);
      gtk_widget_grab_focus (GTK_WIDGET (window->canvas));
    }
  else
    weft_start_page_refresh (window->start);
  weft_window_follow_lesson (window);
  weft_window_follow_outline (window);
  weft_window_update_panes (window);
  weft_adaptive_bin_retry (WEFT_ADAPTIVE_BIN (window->header));
  weft_window_update_titles (window);
}

/* ---- Actions on the view ---- */

/* A text that is being written has steps of its own; the keys are theirs as long as it has the
 * focus. */
static gboolean
is_for_text (WeftWindow *window, const char *action)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (window));
  if (!GTK_IS_TEXT (focus) && !GTK_IS_TEXT_VIEW (focus))
    return FALSE;
  gtk_widget_activate_action (focus, action, NULL);
  return TRUE;
}

static void
undo_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  if (!is_for_text (data, "text.undo"))
    weft_document_undo (WEFT_WINDOW (data)->document);
}

static void
redo_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  if (!is_for_text (data, "text.redo"))
    weft_document_redo (WEFT_WINDOW (data)->document);
}

static void
find_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  if (g_strcmp0 (gtk_stack_get_visible_child_name (window->views), "optimise") == 0)
    {
      weft_optimise_view_search (window->optimise);
      return;
    }
  gtk_stack_set_visible_child_name (window->views, "build");
  weft_graph_search_open (window->graph_search);
}

static void
find_operation_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  gtk_stack_set_visible_child_name (window->views, "build");
  weft_window_show_pane (window, WEFT_PANE_PALETTE);
  gtk_stack_set_visible_child_name (window->side_pages, "palette");
  weft_palette_focus_search (window->palette);
}

static void
commands_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_window_present (weft_command_palette_new (data));
}

static void
view_state (GSimpleAction *action, GVariant *state, gpointer data)
{
  WeftWindow *window = data;
  const char *view = g_variant_get_string (state, NULL);
  if (gtk_stack_get_child_by_name (window->views, view) != NULL)
    gtk_stack_set_visible_child_name (window->views, view);
}

static void
fullscreen_state (GSimpleAction *action, GVariant *state, gpointer data)
{
  if (g_variant_get_boolean (state))
    gtk_window_fullscreen (data);
  else
    gtk_window_unfullscreen (data);
  g_simple_action_set_state (action, state);
}

static const GActionEntry VIEW_ACTIONS[] = {
  { .name = "undo", .activate = undo_action },
  { .name = "redo", .activate = redo_action },
  { .name = "find", .activate = find_action },
  { .name = "find-operation", .activate = find_operation_action },
  { .name = "commands", .activate = commands_action },
  { .name = "view", .parameter_type = "s", .state = "'build'", .change_state = view_state },
  { .name = "fullscreen", .state = "false", .change_state = fullscreen_state },
};

/* ---- Panes ---- */

static void
start_open_cb (WeftStartPage *page, const char *path, gboolean is_example, WeftWindow *window)
{
  weft_application_open_path (WEFT_APPLICATION (gtk_window_get_application (GTK_WINDOW (window))),
                              window, path, is_example);
}

static void
fill_recent (GtkPopover *popover, WeftWindow *window)
{
  weft_window_fill_recent (window);
}

static void
recent_activated_cb (GtkListBox *list, GtkListBoxRow *row, WeftWindow *window)
{
  WeftRecentFile *file =
    g_ptr_array_index (window->recent, (guint) gtk_list_box_row_get_index (row));
  g_autofree char *path = g_strdup (file->path);
  gtk_popover_popdown (window->recent_popover);
  weft_application_open_path (WEFT_APPLICATION (gtk_window_get_application (GTK_WINDOW (window))),
                              window, path, FALSE);
}

/* Once the editor has its size: panes at the end have their sizes from the settings, within reason.
 * In the next frame, when the canvas has its size too, a document that has no view of its own is
 * shown whole. */
static gboolean
arrange_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WeftWindow *window = data;
  GSettings  *settings = weft_settings_get ();
  int         width = gtk_widget_get_width (GTK_WIDGET (window->inspector_pane));
  int         height = gtk_widget_get_height (GTK_WIDGET (window->dock_pane));
  if (width <= 0 || height <= 0)
    return G_SOURCE_CONTINUE;
  if (!window->arranged)
    {
      window->arranged = TRUE;
      int inspector = MIN (g_settings_get_int (settings, "inspector-width"), width * 2 / 5);
      int dock = MIN (g_settings_get_int (settings, "dock-height"), height * 45 / 100);
      gtk_paned_set_position (window->inspector_pane, width - inspector);
      gtk_paned_set_position (window->dock_pane, height - dock);
      return G_SOURCE_CONTINUE;
    }
  if (window->fit_wanted)
    weft_canvas_fit (window->canvas);
  window->fit_wanted = FALSE;
  return G_SOURCE_REMOVE;
}

static void
editor_map_cb (WeftWindow *window)
{
  gtk_widget_add_tick_callback (GTK_WIDGET (window->inspector_pane), arrange_cb, window, NULL);
}

/* For internal use: the panes have other places: they get their sizes again. */
void
weft_window_arrange (WeftWindow *window)
{
  window->arranged = FALSE;
  editor_map_cb (window);
}

/* For internal use: to the settings. */
void
weft_window_remember_sizes (WeftWindow *window)
{
  GSettings *settings = weft_settings_get ();
  int        width, height;
  gtk_window_get_default_size (GTK_WINDOW (window), &width, &height);
  g_settings_set_boolean (settings, "window-maximized",
                          gtk_window_is_maximized (GTK_WINDOW (window)));
  if (width >= 360 && height >= 400)
    {
      g_settings_set_int (settings, "window-width", width);
      g_settings_set_int (settings, "window-height", height);
    }
  if (!window->arranged)
    return;
  int inspector = gtk_widget_get_width (GTK_WIDGET (window->inspector)),
      dock = gtk_widget_get_height (GTK_WIDGET (window->dock));
  if (!window->panes[WEFT_PANE_PALETTE].folded)
    g_settings_set_int (settings, "palette-width",
                        CLAMP (gtk_paned_get_position (window->palette_pane), 120, 1000));
  if (inspector > 0 && !window->panes[WEFT_PANE_INSPECTOR].folded)
    g_settings_set_int (settings, "inspector-width", CLAMP (inspector, 180, 1000));
  if (dock > 0)
    g_settings_set_int (settings, "dock-height", CLAMP (dock, 120, 4000));
}

static void
weft_window_unmap (GtkWidget *widget)
{
  weft_window_remember_sizes (WEFT_WINDOW (widget));
  GTK_WIDGET_CLASS (weft_window_parent_class)->unmap (widget);
}

static void
weft_window_dispose (GObject *object)
{
  WeftWindow *window = WEFT_WINDOW (object);
  weft_window_stop_presenting (window);
  leave_document (window);
  g_clear_pointer (&window->recent, g_ptr_array_unref);
  g_clear_pointer (&window->hint, g_free);
  g_clear_pointer (&window->train_text, g_free);
  g_clear_object (&window->narrow_section);
  g_clear_object (&window->optimise_model);
  g_clear_object (&window->run_queue);
  g_clear_object (&window->run_list);
  g_clear_pointer (&window->lost_runs, g_free);
  g_clear_object (&window->inspect_model);
  g_clear_object (&window->dock_result);
  g_clear_object (&window->print_settings);
  G_OBJECT_CLASS (weft_window_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
#define CHILD(name) gtk_widget_class_bind_template_child (widget_class, WeftWindow, name)
  CHILD (toasts);
  CHILD (pages);
  CHILD (start);
  CHILD (views);
  CHILD (view_choice);
  CHILD (view_button);
  CHILD (open_button);
  CHILD (recent_popover);
  CHILD (recent_list);
  CHILD (new_button);
  CHILD (titles);
  CHILD (edit_place);
  CHILD (edit_tools);
  CHILD (run_tools);
  CHILD (transport);
  CHILD (palette_button);
  CHILD (inspector_button);
  CHILD (primary_menu);
  CHILD (build_bin);
  CHILD (train_bin);
  CHILD (train_pane);
  CHILD (build_stage);
  CHILD (start_float);
  CHILD (end_float);
  CHILD (undo_button);
  CHILD (redo_button);
  CHILD (history_popover);
  CHILD (history_list);
  CHILD (notices);
  CHILD (title);
  CHILD (subtitle);
  CHILD (device_button);
  CHILD (train_content);
  CHILD (train_button);
  CHILD (palette_pane);
  CHILD (inspector_pane);
  CHILD (dock_pane);
  CHILD (palette);
  CHILD (side);
  CHILD (side_pages);
  CHILD (outline);
  CHILD (graph_search);
  CHILD (canvas);
  CHILD (dock);
  CHILD (inspector);
  CHILD (train_form);
  CHILD (board);
  CHILD (runs_pane);
  CHILD (progress_pane);
  CHILD (train_smoothing);
  CHILD (optimise);
  CHILD (inspect);
  CHILD (status);
  CHILD (progress_label);
  CHILD (progress);
  CHILD (path_bar);
  CHILD (path_lines);
  CHILD (path_crumbs);
  CHILD (path_about);
  CHILD (path_own);
  CHILD (path_rename);
  CHILD (path_save);
  CHILD (header);
  CHILD (status_bar);
  CHILD (foot);
#undef CHILD
}

static void
weft_window_class_init (WeftWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_window_dispose;
  widget_class->unmap = weft_window_unmap;
  GTK_WINDOW_CLASS (klass)->close_request = weft_window_close_request;
  g_type_ensure (WEFT_TYPE_ADAPTIVE_BIN);
  g_type_ensure (WEFT_TYPE_START_PAGE);
  g_type_ensure (WEFT_TYPE_PALETTE);
  g_type_ensure (WEFT_TYPE_OUTLINE);
  g_type_ensure (WEFT_TYPE_GRAPH_SEARCH);
  g_type_ensure (WEFT_TYPE_CANVAS);
  g_type_ensure (WEFT_TYPE_DOCK);
  g_type_ensure (WEFT_TYPE_INSPECTOR);
  g_type_ensure (WEFT_TYPE_TRAINING_FORM);
  g_type_ensure (WEFT_TYPE_BOARD);
  g_type_ensure (WEFT_TYPE_RUNS_PANE);
  g_type_ensure (WEFT_TYPE_PROGRESS_PANE);
  g_type_ensure (WEFT_TYPE_OPTIMISE_VIEW);
  g_type_ensure (WEFT_TYPE_INSPECT_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/weft/Weft/window/window.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, start_open_cb);
  gtk_widget_class_bind_template_callback (widget_class, fill_recent);
  gtk_widget_class_bind_template_callback (widget_class, recent_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, view_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, place_cb);
  gtk_widget_class_bind_template_callback (widget_class, selection_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_node_cb);
  gtk_widget_class_bind_template_callback (widget_class, typed_cb);
  gtk_widget_class_bind_template_callback (widget_class, hint_cb);
  gtk_widget_class_bind_template_callback (widget_class, inspector_command_cb);
  gtk_widget_class_bind_template_callback_full (widget_class, "path_level_cb",
                                                G_CALLBACK (weft_window_arrange_path));
  gtk_widget_class_bind_template_callback (widget_class, refused_cb);
  gtk_widget_class_bind_template_callback (widget_class, go_cb);
  gtk_widget_class_bind_template_callback (widget_class, found_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_go_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_closed_cb);
}

static void
weft_window_init (WeftWindow *window)
{
  GSettings *settings = weft_settings_get ();
  gtk_widget_init_template (GTK_WIDGET (window));
  g_action_map_add_action_entries (G_ACTION_MAP (window), VIEW_ACTIONS, G_N_ELEMENTS (VIEW_ACTIONS),
                                   window);
  for (guint i = 0; i < G_N_ELEMENTS (ACTIONS); i++)
    g_action_map_add_action_entries (G_ACTION_MAP (window), ACTIONS[i].entries,
                                     (gint) *ACTIONS[i].n, window);
  weft_window_init_panes (window);
  weft_window_init_header (window);
  g_settings_bind (settings, "connect-near", window->canvas, "connect-near",
                   G_SETTINGS_BIND_GET);
  g_settings_bind (settings, "minimap-visible", window->canvas, "minimap-visible",
                   G_SETTINGS_BIND_DEFAULT);
  weft_window_init_device (window);
  weft_window_init_history (window);
  weft_window_init_outline (window);
  weft_window_init_optimise (window);
  weft_window_init_inspect (window);
  weft_window_init_dock (window);
  weft_window_init_data (window);
  weft_window_init_present (window);
  weft_window_begin_runs (window);
  view_changed_cb (window);
  g_settings_bind (settings, "smoothing",
                   gtk_range_get_adjustment (GTK_RANGE (window->train_smoothing)), "value",
                   G_SETTINGS_BIND_DEFAULT);

  gtk_window_set_default_size (GTK_WINDOW (window), g_settings_get_int (settings, "window-width"),
                               g_settings_get_int (settings, "window-height"));
  if (g_settings_get_boolean (settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (window));
  gtk_paned_set_position (window->palette_pane, g_settings_get_int (settings, "palette-width"));
  g_signal_connect_swapped (window->inspector_pane, "map", G_CALLBACK (editor_map_cb), window);
  weft_window_set_document (window, NULL);
}

/**
 * weft_window_new:
 * @application: the application
 *
 * Returns: (transfer none): a window with the start page
 */
WeftWindow *
weft_window_new (GtkApplication *application)
{
  WeftWindow *window = g_object_new (WEFT_TYPE_WINDOW, "application", application, NULL);

  weft_keep_frame_memory (GTK_WIDGET (window));
  return window;
}
