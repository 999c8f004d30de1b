/* The window of a sweep.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/sweep-window.h"

#include "engine/train/sweep.h"

#include <glib/gi18n.h>

#define FIRST_SETTING "training.rate"
#define DRAWS 20

struct _WeftSweepWindow
{
  AdwWindow parent_instance;

  /* Children, borrowed */
  GtkBox    *axes;
  GtkWidget *random, *draws, *draws_row, *seed, *seed_row, *message, *queue_button, *train_button;

  /* Owned */
  WeftDocument *document;
  GPtrArray    *settings; /* WeftSetting */
  GPtrArray    *rows;     /* Row */
};

/* A setting and its values. */
typedef struct
{
  GtkWidget *box, *setting, *values;
} Row;

enum
{
  SIGNAL_QUEUE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftSweepWindow, weft_sweep_window, ADW_TYPE_WINDOW)

static const WeftSetting *
chosen_setting (WeftSweepWindow *window, const Row *row)
{
  return g_ptr_array_index (window->settings,
                            gtk_drop_down_get_selected (GTK_DROP_DOWN (row->setting)));
}

/* ---- What is asked for ---- */

/* Caller owns; NULL: @error says why. */
static WeftSweep *
read_sweep (WeftSweepWindow *window, GError **error)
{
  g_autoptr (WeftSweep) sweep = weft_sweep_new ();
  for (guint i = 0; i < window->rows->len; i++)
    {
      const Row *row = g_ptr_array_index (window->rows, i);
      if (!weft_sweep_add (sweep, chosen_setting (window, row)->name,
                           gtk_editable_get_text (GTK_EDITABLE (row->values)), error))
        return NULL;
    }
  if (gtk_switch_get_active (GTK_SWITCH (window->random)))
    sweep->draws = (guint) gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (window->draws));
  sweep->seed = gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (window->seed));
  return g_steal_pointer (&sweep);
}

/* How many runs these are, or why they are none. */
static void
update (WeftSweepWindow *window)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftSweep) sweep = read_sweep (window, &error);
  g_autoptr (GPtrArray) points = sweep != NULL ? weft_sweep_points (sweep, &error) : NULL;
  g_autofree char *text =
    points == NULL
      ? g_strdup (error->message)
      : g_strdup_printf (g_dngettext (NULL, "%u run", "%u runs", points->len), points->len);
  gboolean random = gtk_switch_get_active (GTK_SWITCH (window->random));
  gtk_label_set_label (GTK_LABEL (window->message), text);
  if (points == NULL)
    gtk_widget_add_css_class (window->message, "error");
  else
    gtk_widget_remove_css_class (window->message, "error");
  gtk_widget_set_sensitive (window->queue_button, points != NULL);
  gtk_widget_set_sensitive (window->train_button, points != NULL);
  gtk_widget_set_visible (window->draws_row, random);
  gtk_widget_set_visible (window->seed_row, random);
}

/* ---- Settings ---- */

static int
find_exact (WeftSweepWindow *window, const char *name)
{
  for (guint i = 0; i < window->settings->len; i++)
    if (g_str_equal (((WeftSetting *) g_ptr_array_index (window->settings, i))->name, name))
      return (int) i;
  return -1;
}

/* A form calls knobs as it calls members of the section. */
static int
find_setting (WeftSweepWindow *window, const char *name)
{
  int              index = find_exact (window, name);
  const char      *dot = strchr (name, '.');
  g_autofree char *knob =
    dot != NULL ? g_strdup_printf ("%.*s.knobs%s", (int) (dot - name), name, dot) : NULL;
  return index >= 0 || knob == NULL ? index : find_exact (window, knob);
}

static void
remove_cb (GtkButton *button, WeftSweepWindow *window)
{
  Row *row = g_object_get_data (G_OBJECT (button), "row");
  gtk_box_remove (window->axes, row->box);
  g_ptr_array_remove (window->rows, row);
  update (window);
}

static void
setting_cb (GtkDropDown *choice, GParamSpec *pspec, WeftSweepWindow *window)
{
  Row             *row = g_object_get_data (G_OBJECT (choice), "row");
  g_autofree char *values = weft_sweep_suggest (chosen_setting (window, row));
  gtk_editable_set_text (GTK_EDITABLE (row->values), values);
  update (window);
}

/* Those that are looked for by typing. */
static GtkWidget *
new_choice (WeftSweepWindow *window, guint selected)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  g_autoptr (GtkExpression) expression =
    gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string");
  for (guint i = 0; i < window->settings->len; i++)
    gtk_string_list_append (names, ((WeftSetting *) g_ptr_array_index (window->settings, i))->name);
  GtkWidget *choice =
    gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&names)), g_steal_pointer (&expression));
  gtk_drop_down_set_enable_search (GTK_DROP_DOWN (choice), TRUE);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (choice), selected);
  gtk_widget_set_size_request (choice, 190, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (choice), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Setting to vary"), -1);
  return choice;
}

static void
name_values (GtkWidget *entry)
{
  gtk_widget_set_hexpand (entry, TRUE);
  gtk_widget_set_tooltip_text (
    entry, _ ("A list: 32, 64, 128. A range: 0.001..0.1, with “log” for even steps of the "
              "logarithm and “in 5” for so many points."));
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Values"), -1);
}

static void
add_axis (WeftSweepWindow *window, guint selected, const char *values)
{
  Row             *row = g_new0 (Row, 1);
  GtkWidget       *remove = gtk_button_new_from_icon_name ("user-trash-symbolic");
  g_autofree char *suggested = weft_sweep_suggest (g_ptr_array_index (window->settings, selected));
  row->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  row->setting = new_choice (window, selected);
  row->values = gtk_entry_new ();
  name_values (row->values);
  gtk_editable_set_text (GTK_EDITABLE (row->values), values != NULL ? values : suggested);
  gtk_widget_set_tooltip_text (remove, _ ("Vary this setting no more"));
  gtk_widget_add_css_class (remove, "flat");
  gtk_box_append (GTK_BOX (row->box), row->setting);
  gtk_box_append (GTK_BOX (row->box), row->values);
  gtk_box_append (GTK_BOX (row->box), remove);
  g_object_set_data (G_OBJECT (row->setting), "row", row);
  g_object_set_data (G_OBJECT (remove), "row", row);
  g_signal_connect_object (row->setting, "notify::selected", G_CALLBACK (setting_cb), window, 0);
  g_signal_connect_object (row->values, "changed", G_CALLBACK (update), window, G_CONNECT_SWAPPED);
  g_signal_connect_object (remove, "clicked", G_CALLBACK (remove_cb), window, 0);
  gtk_box_append (window->axes, row->box);
  g_ptr_array_add (window->rows, row);
}

static gboolean
is_varied (WeftSweepWindow *window, const char *name)
{
  for (guint i = 0; i < window->rows->len; i++)
    if (g_str_equal (chosen_setting (window, g_ptr_array_index (window->rows, i))->name, name))
      return TRUE;
  return FALSE;
}

static void
add_cb (WeftSweepWindow *window)
{
  for (guint i = 0; i < window->settings->len; i++)
    if (!is_varied (window, ((WeftSetting *) g_ptr_array_index (window->settings, i))->name))
      {
        add_axis (window, i, NULL);
        update (window);
        return;
      }
}

/* ---- Runs ---- */

static void
ask (WeftSweepWindow *window, gboolean train)
{
  g_autoptr (WeftSweep) sweep = read_sweep (window, NULL);
  if (sweep == NULL)
    return;
  weft_document_begin (window->document, _ ("Change the Sweep"));
  weft_document_set_training (window->document, "sweep", weft_sweep_to_json (sweep));
  weft_document_end (window->document);
  g_signal_emit (window, signals[SIGNAL_QUEUE], 0, train);
  gtk_window_close (GTK_WINDOW (window));
}

static void
queue_cb (WeftSweepWindow *window)
{
  ask (window, FALSE);
}

static void
train_cb (WeftSweepWindow *window)
{
  ask (window, TRUE);
}

/* ---- The window ---- */

static GtkWidget *
new_spin (double low, double high, double value, const char *name)
{
  GtkWidget *spin = gtk_spin_button_new_with_range (low, high, 1);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), value);
  gtk_widget_set_valign (spin, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return spin;
}

static GtkWidget *
add_option (GtkListBox *list, const char *title, const char *subtitle, GtkWidget *control)
{
  GtkWidget *row = adw_action_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_widget_set_valign (control, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), control);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), control);
  gtk_list_box_append (list, row);
  return row;
}

static GtkWidget *
new_options (WeftSweepWindow *window)
{
  GtkWidget *list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  window->random = gtk_switch_new ();
  window->draws = new_spin (1, WEFT_SWEEP_MAX_RUNS, DRAWS, _ ("Draws"));
  window->seed = new_spin (0, 1e9, 1, _ ("Seed of the draws"));
  add_option (GTK_LIST_BOX (list), _ ("At Random"),
              _ ("Draw some combinations instead of taking all"), window->random);
  window->draws_row = add_option (GTK_LIST_BOX (list), _ ("Draws"), NULL, window->draws);
  window->seed_row = add_option (GTK_LIST_BOX (list), _ ("Seed of the Draws"), NULL, window->seed);
  g_signal_connect_object (window->random, "notify::active", G_CALLBACK (update), window,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (window->draws, "value-changed", G_CALLBACK (update), window,
                           G_CONNECT_SWAPPED);
  return list;
}

static GtkWidget *
new_bar (WeftSweepWindow *window)
{
  GtkWidget *bar = adw_header_bar_new (), *cancel = gtk_button_new_with_mnemonic (_ ("_Cancel"));
  window->queue_button = gtk_button_new_with_mnemonic (_ ("_Queue"));
  window->train_button = gtk_button_new_with_mnemonic (_ ("_Train"));
  gtk_widget_set_tooltip_text (window->queue_button,
                               _ ("Let the runs wait until the queue is trained"));
  gtk_widget_set_tooltip_text (window->train_button, _ ("Train the runs one after the other"));
  gtk_widget_add_css_class (window->train_button, "suggested-action");
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (bar), FALSE);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (bar), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (bar), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (bar), window->train_button);
  adw_header_bar_pack_end (ADW_HEADER_BAR (bar), window->queue_button);
  g_signal_connect_object (cancel, "clicked", G_CALLBACK (gtk_window_close), window,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (window->queue_button, "clicked", G_CALLBACK (queue_cb), window,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (window->train_button, "clicked", G_CALLBACK (train_cb), window,
                           G_CONNECT_SWAPPED);
  return bar;
}

static GtkWidget *
new_content (WeftSweepWindow *window)
{
  GtkWidget *content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12),
            *scrolled = gtk_scrolled_window_new ();
  GtkWidget *add = gtk_button_new_with_mnemonic (_ ("_Vary Another Setting"));
  window->axes = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 6));
  window->message = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (window->message), TRUE);
  gtk_label_set_xalign (GTK_LABEL (window->message), 0);
  gtk_widget_set_halign (add, GTK_ALIGN_START);
  gtk_widget_set_margin_top (content, 18);
  gtk_widget_set_margin_bottom (content, 18);
  gtk_widget_set_margin_start (content, 18);
  gtk_widget_set_margin_end (content, 18);
  gtk_box_append (GTK_BOX (content), GTK_WIDGET (window->axes));
  gtk_box_append (GTK_BOX (content), add);
  gtk_box_append (GTK_BOX (content), new_options (window));
  gtk_box_append (GTK_BOX (content), window->message);
  g_signal_connect_object (add, "clicked", G_CALLBACK (add_cb), window, G_CONNECT_SWAPPED);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), content);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand (scrolled, TRUE);
  return scrolled;
}

static void
weft_sweep_window_dispose (GObject *object)
{
  WeftSweepWindow *window = WEFT_SWEEP_WINDOW (object);
  g_clear_object (&window->document);
  G_OBJECT_CLASS (weft_sweep_window_parent_class)->dispose (object);
}

static void
weft_sweep_window_finalize (GObject *object)
{
  WeftSweepWindow *window = WEFT_SWEEP_WINDOW (object);
  g_ptr_array_unref (window->rows);
  g_clear_pointer (&window->settings, g_ptr_array_unref);
  G_OBJECT_CLASS (weft_sweep_window_parent_class)->finalize (object);
}

static void
weft_sweep_window_class_init (WeftSweepWindowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_sweep_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = weft_sweep_window_finalize;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close",
                                       NULL);
  signals[SIGNAL_QUEUE] = g_signal_new ("queue", WEFT_TYPE_SWEEP_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void
weft_sweep_window_init (WeftSweepWindow *window)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  window->rows = g_ptr_array_new_with_free_func (g_free);
  gtk_window_set_title (GTK_WINDOW (window), _ ("Sweep"));
  gtk_window_set_default_size (GTK_WINDOW (window), 560, 460);
  gtk_window_set_modal (GTK_WINDOW (window), TRUE);
  gtk_box_append (GTK_BOX (box), new_bar (window));
  gtk_box_append (GTK_BOX (box), new_content (window));
  adw_window_set_content (ADW_WINDOW (window), box);
}

/* What the document's sweep says; one that cannot be read is begun anew. */
static void
fill (WeftSweepWindow *window, const char *setting)
{
  g_autoptr (WeftSweep) sweep = weft_sweep_read (window->document, NULL);
  for (guint i = 0; sweep != NULL && i < sweep->axes->len; i++)
    {
      const WeftSweepAxis *axis = g_ptr_array_index (sweep->axes, i);
      int                  index = find_setting (window, axis->setting);
      if (index >= 0)
        add_axis (window, (guint) index, axis->text);
    }
  if (sweep != NULL && sweep->draws > 0)
    {
      gtk_switch_set_active (GTK_SWITCH (window->random), TRUE);
      gtk_spin_button_set_value (GTK_SPIN_BUTTON (window->draws), sweep->draws);
      gtk_spin_button_set_value (GTK_SPIN_BUTTON (window->seed), (double) sweep->seed);
    }
  int index = find_setting (window, setting != NULL ? setting : FIRST_SETTING);
  if (index >= 0 && (setting != NULL || window->rows->len == 0) &&
      !is_varied (window,
                  ((WeftSetting *) g_ptr_array_index (window->settings, (guint) index))->name))
    add_axis (window, (guint) index, NULL);
}

/**
 * weft_sweep_window_new:
 * @parent: the window that asks for it
 * @document: what is trained
 * @setting: (nullable): to be varied
 *
 * Returns: (transfer none): the window
 */
GtkWidget *
weft_sweep_window_new (GtkWindow *parent, WeftDocument *document, const char *setting)
{
  WeftSweepWindow *window = g_object_new (WEFT_TYPE_SWEEP_WINDOW, "transient-for", parent, NULL);
  window->document = g_object_ref (document);
  window->settings = weft_settings_of (document);
  fill (window, setting);
  update (window);
  return GTK_WIDGET (window);
}
