/* The list of runs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/dock/runs-pane.h"

#include "ui/curves/chart-art.h"
#include "ui/curves/run-folder.h"
#include "ui/shared/settings.h"

#include <glib/gi18n.h>

#define SWATCH_WIDTH 22
#define SWATCH_HEIGHT 14
/* Rows at first, and so many more with each press of the button below them. */
#define MOST_ROWS 40

struct _WeftRunsPane
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkBox    *box;
  GtkWidget *queue, *start_queue, *stop_queue, *none, *more;
  GtkLabel  *queue_label;

  /* Owned */
  WeftRunList *list;
  GPtrArray   *rows; /* of the first items; GtkWidget, borrowed from the box */

  /* Plain values */
  guint    most;
  gboolean training; /* the queue is */
};

enum
{
  SIGNAL_OPEN,
  SIGNAL_REPORT,
  SIGNAL_REMOVED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftRunsPane, weft_runs_pane, ADW_TYPE_BIN)

/* (transfer full) */
static WeftRunItem *
find_item (WeftRunsPane *runs, guint number)
{
  guint n = runs->list != NULL ? g_list_model_get_n_items (G_LIST_MODEL (runs->list)) : 0;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (WeftRunItem) item = g_list_model_get_item (G_LIST_MODEL (runs->list), i);
      if (weft_run_item_get_number (item) == number)
        return g_steal_pointer (&item);
    }
  return NULL;
}

static void
show_error (WeftRunsPane *runs, const char *heading, const GError *error)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (runs))),
                                              heading, error->message);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

/* ---- A row ---- */

static void
draw_swatch (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer look)
{
  weft_run_look_sample (cr, weft_settings_get_theme (), GPOINTER_TO_UINT (look), width, height);
}

static GtkWidget *
new_swatch (WeftRunItem *item)
{
  GtkWidget *area = gtk_drawing_area_new ();
  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (area), SWATCH_WIDTH);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (area), SWATCH_HEIGHT);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), draw_swatch,
                                  GUINT_TO_POINTER (weft_run_item_get_look (item)), NULL);
  gtk_widget_set_valign (area, GTK_ALIGN_CENTER);
  return area;
}

static void
toggled_cb (GtkToggleButton *button, WeftRunsPane *runs)
{
  WeftRunItem *item = g_object_get_data (G_OBJECT (button), "run");
  gboolean     shown = gtk_toggle_button_get_active (button);
  gtk_button_set_icon_name (GTK_BUTTON (button),
                            shown ? "view-reveal-symbolic" : "view-conceal-symbolic");
  weft_run_list_show (runs->list, item, shown);
}

static GtkWidget *
new_eye (WeftRunsPane *runs, WeftRunItem *item)
{
  gboolean         shown = weft_run_item_is_shown (item);
  GtkWidget       *eye = gtk_toggle_button_new ();
  g_autofree char *text =
    g_strdup_printf (_ ("Show %s in the charts"), weft_run_item_get_title (item));
  gtk_button_set_icon_name (GTK_BUTTON (eye),
                            shown ? "view-reveal-symbolic" : "view-conceal-symbolic");
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (eye), shown);
  gtk_widget_set_tooltip_text (eye, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (eye), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_widget_add_css_class (eye, "flat");
  gtk_widget_set_valign (eye, GTK_ALIGN_CENTER);
  g_object_set_data_full (G_OBJECT (eye), "run", g_object_ref (item), g_object_unref);
  g_signal_connect_object (eye, "toggled", G_CALLBACK (toggled_cb), runs, 0);
  return eye;
}

typedef enum
{
  WHEN_QUEUED = 1 << 0,
  WHEN_TRAINED = 1 << 1, /* here or by another program */
  WHEN_ENDED = 1 << 2,
} When;

static When
when_of (WeftRunItem *item)
{
  WeftKeptState state = weft_run_item_get_run (item)->state;
  if (state == WEFT_KEPT_QUEUED)
    return WHEN_QUEUED;
  return state == WEFT_KEPT_RUNNING || weft_run_item_is_live (item) ? WHEN_TRAINED : WHEN_ENDED;
}

static GtkWidget *
new_menu (WeftRunItem *item)
{
  static const struct
  {
    const char *label, *action;
    When        when;
  } ENTRIES[] = {
    { N_ ("Move _Up"), "runs.earlier", WHEN_QUEUED },
    { N_ ("Move Dow_n"), "runs.later", WHEN_QUEUED },
    { N_ ("_Rename…"), "runs.rename", WHEN_QUEUED | WHEN_TRAINED | WHEN_ENDED },
    { N_ ("_Open as It Was"), "runs.open", WHEN_QUEUED | WHEN_TRAINED | WHEN_ENDED },
    { N_ ("_Export Curves…"), "runs.export", WHEN_TRAINED | WHEN_ENDED },
    { N_ ("Export Re_port…"), "runs.report", WHEN_TRAINED | WHEN_ENDED },
    { N_ ("_Stop"), "win.stop-queued", WHEN_TRAINED },
    { N_ ("_Take Out of the Queue"), "runs.remove", WHEN_QUEUED },
    { N_ ("_Delete"), "runs.remove", WHEN_ENDED },
  };
  GtkWidget *button = gtk_menu_button_new ();
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autofree char *text = g_strdup_printf (_ ("More about %s"), weft_run_item_get_title (item));
  When             when = when_of (item);
  for (guint i = 0; i < G_N_ELEMENTS (ENTRIES); i++)
    {
      g_autoptr (GMenuItem) entry = g_menu_item_new (_ (ENTRIES[i].label), NULL);
      /* The window's own run is stopped by its button. */
      if ((ENTRIES[i].when & when) == 0 ||
          (g_str_has_prefix (ENTRIES[i].action, "win.") && weft_run_item_is_live (item)))
        continue;
      g_menu_item_set_action_and_target (entry, ENTRIES[i].action, "u",
                                         weft_run_item_get_number (item));
      g_menu_append_item (menu, entry);
    }
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  gtk_widget_set_tooltip_text (button, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  return button;
}

static GtkWidget *
new_label (const char *text, const char *class)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, class);
  return label;
}

/* What it measured; before that, how it stands. */
static char *
dup_note (WeftRunItem *item)
{
  const WeftKeptRun *run = weft_run_item_get_run (item);
  const char        *note = weft_run_item_get_note (item);
  gboolean           plain = run->state == WEFT_KEPT_FINISHED || run->state == WEFT_KEPT_QUEUED ||
                   weft_run_item_is_live (item);
  if (plain || run->problem != NULL)
    return g_strdup (note);
  return g_strdup_printf ("%s%s%s", _ (weft_kept_state_name (run->state)),
                          *note != '\0' ? " · " : "", note);
}

static GtkWidget *
new_head (WeftRunsPane *runs, WeftRunItem *item)
{
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *title = gtk_label_new (weft_run_item_get_title (item));
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_wrap (GTK_LABEL (title), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (title), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_lines (GTK_LABEL (title), 2);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (title, TRUE);
  gtk_widget_set_tooltip_text (title, weft_run_item_get_title (item));
  gtk_widget_add_css_class (title, "heading");
  if (when_of (item) != WHEN_QUEUED)
    gtk_box_append (GTK_BOX (head), new_swatch (item));
  gtk_box_append (GTK_BOX (head), title);
  if (when_of (item) != WHEN_QUEUED)
    gtk_box_append (GTK_BOX (head), new_eye (runs, item));
  gtk_box_append (GTK_BOX (head), new_menu (item));
  return head;
}

/* The labels of a row, as its item is now. */
static void
fill_row (GtkWidget *row, WeftRunItem *item)
{
  static const char *const names[] = { "run-note", "run-difference", "error" };
  const WeftKeptRun       *run = weft_run_item_get_run (item);
  g_autofree char         *note = dup_note (item);
  const char              *problem = weft_run_item_get_problem (item);
  if (problem == NULL)
    problem = run->problem != NULL ? run->problem : run->state == WEFT_KEPT_FAILED ? run->message
                                                                                   : NULL;
  /* The title of a sweep's run says what it differs in. */
  const char *texts[] = { note, run->sweep > 0 ? NULL : weft_run_item_get_difference (item),
                          problem };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      GtkLabel *label = g_object_get_data (G_OBJECT (row), names[i]);
      gtk_label_set_label (label, texts[i] != NULL ? texts[i] : "");
      gtk_widget_set_visible (GTK_WIDGET (label), texts[i] != NULL && *texts[i] != '\0');
    }
}

/* What can be done with a run; with another one its row is made anew. */
static char *
dup_kind (WeftRunItem *item)
{
  return g_strdup_printf ("%u %d %s", when_of (item), weft_run_item_is_live (item),
                          weft_run_item_get_title (item));
}

static GtkWidget *
new_row (WeftRunsPane *runs, WeftRunItem *item)
{
  static const char *const names[] = { "run-note", "run-difference", "error" };
  GtkWidget               *row = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  gtk_box_append (GTK_BOX (row), new_head (runs, item));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      GtkWidget *label = new_label ("", names[i]);
      gtk_box_append (GTK_BOX (row), label);
      g_object_set_data (G_OBJECT (row), names[i], label);
    }
  g_object_set_data (G_OBJECT (row), "item", item);
  g_object_set_data_full (G_OBJECT (row), "kind", dup_kind (item), g_free);
  gtk_widget_add_css_class (row, "run-row");
  if (when_of (item) == WHEN_TRAINED)
    gtk_widget_add_css_class (row, "live");
  fill_row (row, item);
  return row;
}

/* ---- All of them ---- */

static void
drop_row (WeftRunsPane *runs, guint index)
{
  gtk_box_remove (runs->box, g_ptr_array_index (runs->rows, index));
  g_ptr_array_remove_index (runs->rows, index);
}

static void
insert_row (WeftRunsPane *runs, guint index)
{
  g_autoptr (WeftRunItem) item = g_list_model_get_item (G_LIST_MODEL (runs->list), index);
  GtkWidget *row = new_row (runs, item);
  gtk_box_insert_child_after (runs->box, row,
                              index > 0 ? g_ptr_array_index (runs->rows, index - 1) : runs->queue);
  g_ptr_array_insert (runs->rows, (int) index, row);
}

/* A row whose menu may be open stays where only what is written in it has changed. */
static gboolean
refresh_row (WeftRunsPane *runs, guint index)
{
  g_autoptr (WeftRunItem) item = g_list_model_get_item (G_LIST_MODEL (runs->list), index);
  GtkWidget       *row = g_ptr_array_index (runs->rows, index);
  g_autofree char *kind = dup_kind (item);
  if (g_object_get_data (G_OBJECT (row), "item") != item ||
      !g_str_equal (g_object_get_data (G_OBJECT (row), "kind"), kind))
    return FALSE;
  fill_row (row, item);
  return TRUE;
}

/* "3 runs wait": how many, and what may be done about it. */
static void
update_queue (WeftRunsPane *runs, guint n)
{
  guint n_waiting = 0;
  for (; n_waiting < n; n_waiting++)
    {
      g_autoptr (WeftRunItem) item = g_list_model_get_item (G_LIST_MODEL (runs->list), n_waiting);
      if (when_of (item) != WHEN_QUEUED)
        break;
    }
  g_autofree char *text =
    n_waiting == 0
      ? g_strdup (_ ("The last of the queue is trained"))
      : g_strdup_printf (g_dngettext (NULL, "%u run waits", "%u runs wait", n_waiting), n_waiting);
  gtk_label_set_label (runs->queue_label, text);
  gtk_widget_set_visible (runs->queue, n_waiting > 0 || runs->training);
  gtk_widget_set_visible (runs->start_queue, !runs->training);
  gtk_widget_set_visible (runs->stop_queue, runs->training);
}

static void
update_ends (WeftRunsPane *runs)
{
  guint n = runs->list != NULL ? g_list_model_get_n_items (G_LIST_MODEL (runs->list)) : 0;
  g_autofree char *text = g_strdup_printf (_ ("Show More of %u Runs"), n);
  update_queue (runs, n);
  gtk_widget_set_visible (runs->none, n == 0);
  gtk_widget_set_visible (runs->more, n > runs->rows->len);
  gtk_button_set_label (GTK_BUTTON (runs->more), text);
}

/* As many rows as there are items, up to the most that are shown. */
static void
changed_cb (GListModel *list, guint position, guint n_removed, guint n_added, WeftRunsPane *runs)
{
  guint n = g_list_model_get_n_items (list);
  for (; n_removed > 0 && n_removed == n_added && position < runs->rows->len &&
         refresh_row (runs, position);
       position++)
    n_removed = --n_added;
  for (guint i = 0; i < n_removed && position < runs->rows->len; i++)
    drop_row (runs, position);
  for (guint i = 0; i < n_added && position + i < runs->most && position + i <= runs->rows->len;
       i++)
    insert_row (runs, position + i);
  while (runs->rows->len > runs->most)
    drop_row (runs, runs->rows->len - 1);
  while (runs->rows->len < MIN (n, runs->most))
    insert_row (runs, runs->rows->len);
  update_ends (runs);
}

static void
more_cb (WeftRunsPane *runs)
{
  runs->most += MOST_ROWS;
  changed_cb (G_LIST_MODEL (runs->list), 0, 0, 0, runs);
}

/**
 * weft_runs_pane_set_list:
 * @runs: the widget
 * @list: (nullable): what it shows
 */
void
weft_runs_pane_set_list (WeftRunsPane *runs, WeftRunList *list)
{
  if (runs->list != NULL)
    g_signal_handlers_disconnect_by_func (runs->list, changed_cb, runs);
  while (runs->rows->len > 0)
    drop_row (runs, runs->rows->len - 1);
  g_set_object (&runs->list, list);
  if (list == NULL)
    return;
  g_signal_connect_object (list, "items-changed", G_CALLBACK (changed_cb), runs, 0);
  changed_cb (G_LIST_MODEL (list), 0, 0, 0, runs);
}

/**
 * weft_runs_pane_set_training:
 * @runs: the widget
 * @training: whether the queue is being trained
 */
void
weft_runs_pane_set_training (WeftRunsPane *runs, gboolean training)
{
  runs->training = training;
  update_ends (runs);
}

/* ---- Actions ---- */

static void
rename_cb (AdwMessageDialog *dialog, const char *response, WeftRunsPane *runs)
{
  GtkEditable *entry = GTK_EDITABLE (adw_message_dialog_get_extra_child (dialog));
  guint        number = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (dialog), "number"));
  g_autoptr (WeftRunItem) item = find_item (runs, number);
  g_autoptr (GError) error = NULL;
  if (g_str_equal (response, "rename") && item != NULL && *gtk_editable_get_text (entry) != '\0' &&
      !weft_run_list_rename (runs->list, item, gtk_editable_get_text (entry), &error))
    show_error (runs, _ ("Could Not Rename"), error);
}

static AdwMessageDialog *
new_dialog (GtkWidget *widget, guint number, const char *heading, const char *body)
{
  GtkWidget *dialog =
    adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (widget)), heading, body);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"));
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data (G_OBJECT (dialog), "number", GUINT_TO_POINTER (number));
  return ADW_MESSAGE_DIALOG (dialog);
}

static void
rename_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guint number = g_variant_get_uint32 (parameter);
  g_autoptr (WeftRunItem) item = find_item (WEFT_RUNS_PANE (widget), number);
  if (item == NULL)
    return;
  AdwMessageDialog *dialog = new_dialog (widget, number, _ ("Rename Run"), NULL);
  GtkWidget        *entry = gtk_entry_new ();
  gtk_editable_set_text (GTK_EDITABLE (entry), weft_run_item_get_title (item));
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  adw_message_dialog_set_extra_child (dialog, entry);
  adw_message_dialog_add_response (dialog, "rename", _ ("_Rename"));
  adw_message_dialog_set_default_response (dialog, "rename");
  g_signal_connect_object (dialog, "response", G_CALLBACK (rename_cb), widget, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* Asks nothing: whoever hears of it offers to take it back. */
static void
remove_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftRunsPane *runs = WEFT_RUNS_PANE (widget);
  guint         number = g_variant_get_uint32 (parameter);
  g_autoptr (WeftRunItem) item = find_item (runs, number);
  g_autoptr (GError) error = NULL;
  if (item == NULL)
    return;
  if (weft_run_list_remove (runs->list, item, &error))
    g_signal_emit (runs, signals[SIGNAL_REMOVED], 0, number, weft_run_item_get_title (item));
  else
    show_error (runs, _ ("Could Not Delete"), error);
}

static void
turn_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftRunsPane *runs = WEFT_RUNS_PANE (widget);
  int           by = g_str_equal (name, "runs.earlier") ? -1 : 1;
  if (runs->list != NULL && weft_runs_move_turn (weft_run_list_get_folder (runs->list),
                                                 g_variant_get_uint32 (parameter), by))
    weft_run_list_refresh (runs->list);
}

static void
open_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (WeftRunItem) item =
    find_item (WEFT_RUNS_PANE (widget), g_variant_get_uint32 (parameter));
  if (item == NULL)
    return;
  g_autofree char *path = g_build_filename (weft_run_item_get_folder (item), "document.weft", NULL);
  g_signal_emit (widget, signals[SIGNAL_OPEN], 0, path);
}

static void
report_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (WeftRunItem) item =
    find_item (WEFT_RUNS_PANE (widget), g_variant_get_uint32 (parameter));
  if (item != NULL)
    g_signal_emit (widget, signals[SIGNAL_REPORT], 0, weft_run_item_get_folder (item));
}

/* ---- Export ---- */

typedef struct
{
  char *folder, *path;
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;
  g_free (export->folder);
  g_free (export->path);
  g_free (export);
}

/* The log of a long run is long. */
static void
export_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Export *export = data;
  GError       *error = NULL;
  if (weft_run_folder_export (export->folder, export->path, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  if (!g_task_propagate_boolean (G_TASK (result), &error) &&
      gtk_widget_get_root (GTK_WIDGET (source)) != NULL)
    show_error (WEFT_RUNS_PANE (source), _ ("Could Not Export"), error);
}

static void
chosen_cb (GtkNativeDialog *dialog, int response, WeftRunsPane *runs)
{
  guint number = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (dialog), "number"));
  g_autoptr (WeftRunItem) item = find_item (runs, number);
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  if (response == GTK_RESPONSE_ACCEPT && path != NULL && item != NULL)
    {
      g_autoptr (GTask) task = g_task_new (runs, NULL, exported_cb, NULL);
      Export *export = g_new0 (Export, 1);
      export->folder = g_strdup (weft_run_item_get_folder (item));
      export->path = g_steal_pointer (&path);
      g_task_set_task_data (task, export, export_free);
      g_task_run_in_thread (task, export_thread);
    }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

static void
export_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  static const char *const PATTERNS[][2] = {
    { N_ ("CSV table"), "*.csv" },   { N_ ("JSON lines"), "*.jsonl" },
    { N_ ("SVG picture"), "*.svg" }, { N_ ("PDF picture"), "*.pdf" },
    { N_ ("PNG picture"), "*.png" }, { N_ ("TensorBoard events, in a folder"), "*.tensorboard" }
  };
  guint                 number = g_variant_get_uint32 (parameter);
  GtkFileChooserNative *dialog =
    gtk_file_chooser_native_new (_ ("Export Curves"), GTK_WINDOW (gtk_widget_get_root (widget)),
                                 GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_object_set_data (G_OBJECT (dialog), "number", GUINT_TO_POINTER (number));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), _ ("curves.csv"));
  for (guint i = 0; i < G_N_ELEMENTS (PATTERNS); i++)
    {
      g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
      gtk_file_filter_set_name (filter, _ (PATTERNS[i][0]));
      gtk_file_filter_add_pattern (filter, PATTERNS[i][1]);
      gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
    }
  g_signal_connect_object (dialog, "response", G_CALLBACK (chosen_cb), widget, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* ---- The widget ---- */

static void
weft_runs_pane_dispose (GObject *object)
{
  WeftRunsPane *runs = WEFT_RUNS_PANE (object);
  g_clear_object (&runs->list);
  g_clear_pointer (&runs->rows, g_ptr_array_unref);
  G_OBJECT_CLASS (weft_runs_pane_parent_class)->dispose (object);
}

static void
weft_runs_pane_class_init (WeftRunsPaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_runs_pane_dispose;
  gtk_widget_class_set_css_name (widget_class, "weft-runs-pane");
  gtk_widget_class_install_action (widget_class, "runs.rename", "u", rename_action);
  gtk_widget_class_install_action (widget_class, "runs.remove", "u", remove_action);
  gtk_widget_class_install_action (widget_class, "runs.earlier", "u", turn_action);
  gtk_widget_class_install_action (widget_class, "runs.later", "u", turn_action);
  gtk_widget_class_install_action (widget_class, "runs.open", "u", open_action);
  gtk_widget_class_install_action (widget_class, "runs.export", "u", export_action);
  gtk_widget_class_install_action (widget_class, "runs.report", "u", report_action);
  signals[SIGNAL_OPEN] = g_signal_new ("open", WEFT_TYPE_RUNS_PANE, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_REPORT] = g_signal_new ("report", WEFT_TYPE_RUNS_PANE, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_REMOVED] =
    g_signal_new ("removed", WEFT_TYPE_RUNS_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_STRING);
}

static GtkWidget *
new_queue_button (const char *label, const char *action, const char *tip)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_tooltip_text (button, tip);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  return button;
}

static void
weft_runs_pane_init (WeftRunsPane *runs)
{
  runs->rows = g_ptr_array_new ();
  runs->most = MOST_ROWS;
  runs->box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 8));
  runs->queue = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  runs->queue_label = GTK_LABEL (new_label ("", "dim-label"));
  gtk_widget_set_hexpand (GTK_WIDGET (runs->queue_label), TRUE);
  runs->start_queue = new_queue_button (_ ("_Train Them"), "win.start-queue",
                                        _ ("Train the runs that wait, one after the other"));
  runs->stop_queue = new_queue_button (_ ("_Hold"), "win.stop-queue",
                                       _ ("What is trained writes a checkpoint and waits again"));
  gtk_box_append (GTK_BOX (runs->queue), GTK_WIDGET (runs->queue_label));
  gtk_box_append (GTK_BOX (runs->queue), runs->start_queue);
  gtk_box_append (GTK_BOX (runs->queue), runs->stop_queue);
  runs->none = new_label (_ ("Runs are kept here, to be compared."), "dim-label");
  runs->more = gtk_button_new ();
  g_signal_connect_object (runs->more, "clicked", G_CALLBACK (more_cb), runs, G_CONNECT_SWAPPED);
  gtk_box_append (runs->box, runs->queue);
  gtk_box_append (runs->box, runs->none);
  gtk_box_append (runs->box, runs->more);
  adw_bin_set_child (ADW_BIN (runs), GTK_WIDGET (runs->box));
  update_ends (runs);
}
