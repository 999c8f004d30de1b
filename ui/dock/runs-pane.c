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

struct _WeftRunsPane
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkBox *box;

  /* Owned */
  WeftRunList *list;
};

enum
{
  SIGNAL_OPEN,
  SIGNAL_REPORT,
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

static GtkWidget *
new_menu (WeftRunItem *item)
{
  static const struct
  {
    const char *label, *action;
    gboolean    needs_end; /* not while it goes on */
  } ENTRIES[] = {
    { N_ ("_Rename…"), "runs.rename", FALSE },
    { N_ ("_Open as It Was"), "runs.open", FALSE },
    { N_ ("_Export Curves…"), "runs.export", FALSE },
    { N_ ("Export Re_port…"), "runs.report", FALSE },
    { N_ ("_Delete…"), "runs.remove", TRUE },
  };
  GtkWidget *button = gtk_menu_button_new ();
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autofree char *text = g_strdup_printf (_ ("More about %s"), weft_run_item_get_title (item));
  for (guint i = 0; i < G_N_ELEMENTS (ENTRIES); i++)
    {
      g_autoptr (GMenuItem) entry = g_menu_item_new (_ (ENTRIES[i].label), NULL);
      if (ENTRIES[i].needs_end && weft_run_item_is_live (item))
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

static GtkWidget *
new_row (WeftRunsPane *runs, WeftRunItem *item)
{
  GtkWidget  *row = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget  *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget  *title = gtk_label_new (weft_run_item_get_title (item));
  const char *difference = weft_run_item_get_difference (item);
  const char *problem = weft_run_item_get_problem (item);
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (title, TRUE);
  gtk_widget_set_tooltip_text (title, weft_run_item_get_title (item));
  gtk_widget_add_css_class (title, "heading");
  gtk_box_append (GTK_BOX (head), new_swatch (item));
  gtk_box_append (GTK_BOX (head), title);
  gtk_box_append (GTK_BOX (head), new_eye (runs, item));
  gtk_box_append (GTK_BOX (head), new_menu (item));
  gtk_box_append (GTK_BOX (row), head);
  if (*weft_run_item_get_note (item) != '\0')
    gtk_box_append (GTK_BOX (row), new_label (weft_run_item_get_note (item), "run-note"));
  if (difference != NULL && *difference != '\0')
    gtk_box_append (GTK_BOX (row), new_label (difference, "run-difference"));
  if (problem != NULL)
    gtk_box_append (GTK_BOX (row), new_label (problem, "error"));
  gtk_widget_add_css_class (row, "run-row");
  if (weft_run_item_is_live (item))
    gtk_widget_add_css_class (row, "live");
  return row;
}

static void
rebuild (WeftRunsPane *runs)
{
  guint      n = runs->list != NULL ? g_list_model_get_n_items (G_LIST_MODEL (runs->list)) : 0;
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (runs->box))) != NULL)
    gtk_box_remove (runs->box, child);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (WeftRunItem) item = g_list_model_get_item (G_LIST_MODEL (runs->list), i);
      gtk_box_append (runs->box, new_row (runs, item));
    }
  if (n == 0)
    gtk_box_append (runs->box, new_label (_ ("Runs are kept here, to be compared."), "dim-label"));
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
    g_signal_handlers_disconnect_by_func (runs->list, rebuild, runs);
  g_set_object (&runs->list, list);
  if (list != NULL)
    g_signal_connect_object (list, "items-changed", G_CALLBACK (rebuild), runs, G_CONNECT_SWAPPED);
  rebuild (runs);
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

static void
remove_cb (AdwMessageDialog *dialog, const char *response, WeftRunsPane *runs)
{
  guint number = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (dialog), "number"));
  g_autoptr (WeftRunItem) item = find_item (runs, number);
  g_autoptr (GError) error = NULL;
  if (g_str_equal (response, "delete") && item != NULL &&
      !weft_run_list_remove (runs->list, item, &error))
    show_error (runs, _ ("Could Not Delete"), error);
}

static void
remove_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guint number = g_variant_get_uint32 (parameter);
  g_autoptr (WeftRunItem) item = find_item (WEFT_RUNS_PANE (widget), number);
  if (item == NULL)
    return;
  g_autofree char  *heading = g_strdup_printf (_ ("Delete “%s”?"), weft_run_item_get_title (item));
  AdwMessageDialog *dialog =
    new_dialog (widget, number, heading,
                _ ("Its curves and checkpoints are deleted from the disk; this cannot be undone."));
  adw_message_dialog_add_response (dialog, "delete", _ ("_Delete"));
  adw_message_dialog_set_response_appearance (dialog, "delete", ADW_RESPONSE_DESTRUCTIVE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (remove_cb), widget, 0);
  gtk_window_present (GTK_WINDOW (dialog));
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

static void
exported_cb (GtkNativeDialog *dialog, int response, WeftRunsPane *runs)
{
  guint number = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (dialog), "number"));
  g_autoptr (WeftRunItem) item = find_item (runs, number);
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  g_autoptr (GError) error = NULL;
  if (response == GTK_RESPONSE_ACCEPT && path != NULL && item != NULL &&
      !weft_run_folder_export (weft_run_item_get_folder (item), path, &error))
    show_error (runs, _ ("Could Not Export"), error);
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

static void
export_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  static const char *const PATTERNS[][2] = {
    { N_ ("CSV table"), "*.csv" }, { N_ ("JSON lines"), "*.jsonl" }, { N_ ("SVG picture"), "*.svg" }, { N_ ("PDF picture"), "*.pdf" }, { N_ ("PNG picture"), "*.png" }, { N_ ("TensorBoard events, in a folder"), "*.tensorboard" }
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
  g_signal_connect_object (dialog, "response", G_CALLBACK (exported_cb), widget, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* ---- The widget ---- */

static void
weft_runs_pane_dispose (GObject *object)
{
  g_clear_object (&WEFT_RUNS_PANE (object)->list);
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
  gtk_widget_class_install_action (widget_class, "runs.open", "u", open_action);
  gtk_widget_class_install_action (widget_class, "runs.export", "u", export_action);
  gtk_widget_class_install_action (widget_class, "runs.report", "u", report_action);
  signals[SIGNAL_OPEN] = g_signal_new ("open", WEFT_TYPE_RUNS_PANE, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_REPORT] = g_signal_new ("report", WEFT_TYPE_RUNS_PANE, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
weft_runs_pane_init (WeftRunsPane *runs)
{
  runs->box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 8));
  adw_bin_set_child (ADW_BIN (runs), GTK_WIDGET (runs->box));
  rebuild (runs);
}
