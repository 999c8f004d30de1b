/* The page that a window without a document shows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/start/start-page.h"

#include "ui/shared/adaptive-bin.h"
#include "ui/start/examples.h"
#include "ui/start/graph-picture.h"

#include <glib/gi18n.h>

struct _WeftStartPage
{
  AdwBin parent_instance;

  /* Template children, borrowed */
  WeftAdaptiveBin *heading_bin;
  GtkBox          *heading;
  GtkFlowBox      *examples, *lessons;
  GtkWidget       *recent_section;
  GtkListBox      *recent;

  /* Owned */
  GPtrArray *loaded, *loaded_lessons; /* of WeftExample */
  GPtrArray *files;  /* of WeftRecentFile */
};

enum
{
  SIGNAL_OPEN,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftStartPage, weft_start_page, ADW_TYPE_BIN)

static void
example_clicked_cb (GtkButton *button, WeftStartPage *page)
{
  WeftExample *example = g_object_get_data (G_OBJECT (button), "weft-example");
  g_signal_emit (page, signals[SIGNAL_OPEN], 0, example->path, TRUE);
}

static GtkWidget *
new_label (const char *text, const char *css_class, int lines)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_lines (GTK_LABEL (label), lines);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 30);
  gtk_widget_add_css_class (label, css_class);
  return label;
}

static GtkWidget *
new_card (WeftStartPage *page, WeftExample *example)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_box_append (GTK_BOX (box), weft_graph_picture_new (example->document));
  gtk_box_append (GTK_BOX (box), new_label (_ (example->title), "heading", 1));
  if (example->summary != NULL)
    gtk_box_append (GTK_BOX (box), new_label (_ (example->summary), "dim-label", 3));
  GtkWidget *button = gtk_button_new ();
  gtk_button_set_child (GTK_BUTTON (button), box);
  gtk_widget_set_valign (button, GTK_ALIGN_FILL);
  gtk_widget_add_css_class (button, "card");
  gtk_widget_add_css_class (button, "example");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (example->title), -1);
  if (example->summary != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                    _ (example->summary), -1);
  g_object_set_data (G_OBJECT (button), "weft-example", example);
  g_signal_connect (button, "clicked", G_CALLBACK (example_clicked_cb), page);
  return button;
}

static void
add_examples (WeftStartPage *page, GtkFlowBox *box, GPtrArray *examples)
{
  for (guint i = 0; i < examples->len; i++)
    {
      GtkWidget *child = gtk_flow_box_child_new ();
      gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (child),
                                    new_card (page, g_ptr_array_index (examples, i)));
      gtk_widget_set_focusable (child, FALSE); /* the button in it has the focus */
      gtk_flow_box_append (box, child);
    }
}

static void
recent_activated_cb (GtkListBox *list, GtkListBoxRow *row, WeftStartPage *page)
{
  WeftRecentFile *file = g_ptr_array_index (page->files, (guint) gtk_list_box_row_get_index (row));
  g_signal_emit (page, signals[SIGNAL_OPEN], 0, file->path, FALSE);
}

/**
 * weft_start_page_refresh:
 * @page: the page
 *
 * Reads the list of files that were open lately anew.
 */
void
weft_start_page_refresh (WeftStartPage *page)
{
  GtkListBoxRow *row;
  while ((row = gtk_list_box_get_row_at_index (page->recent, 0)) != NULL)
    gtk_list_box_remove (page->recent, GTK_WIDGET (row));
  g_clear_pointer (&page->files, g_ptr_array_unref);
  page->files = weft_recent_files ();
  for (guint i = 0; i < page->files->len; i++)
    {
      WeftRecentFile *file = g_ptr_array_index (page->files, i);
      GtkWidget      *action = adw_action_row_new ();
      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (action), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (action), file->name);
      g_autofree char *folder = g_markup_escape_text (file->folder, -1);
      adw_action_row_set_subtitle (ADW_ACTION_ROW (action), folder);
      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (action), TRUE);
      gtk_list_box_append (page->recent, action);
    }
  gtk_widget_set_visible (page->recent_section, page->files->len > 0);
}

static void
weft_start_page_finalize (GObject *object)
{
  WeftStartPage *page = WEFT_START_PAGE (object);
  g_clear_pointer (&page->loaded, g_ptr_array_unref);
  g_clear_pointer (&page->loaded_lessons, g_ptr_array_unref);
  g_clear_pointer (&page->files, g_ptr_array_unref);
  G_OBJECT_CLASS (weft_start_page_parent_class)->finalize (object);
}

/* The button goes below the name where there is no room beside it. */
static void
level_cb (WeftStartPage *page)
{
  gboolean narrow = weft_adaptive_bin_get_level (page->heading_bin) > 0;
  gtk_orientable_set_orientation (GTK_ORIENTABLE (page->heading),
                                  narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
}

static void
weft_start_page_class_init (WeftStartPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->finalize = weft_start_page_finalize;
  g_type_ensure (WEFT_TYPE_ADAPTIVE_BIN);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/weft/Weft/start/start-page.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftStartPage, heading_bin);
  gtk_widget_class_bind_template_child (widget_class, WeftStartPage, heading);
  gtk_widget_class_bind_template_child (widget_class, WeftStartPage, examples);
  gtk_widget_class_bind_template_child (widget_class, WeftStartPage, lessons);
  gtk_widget_class_bind_template_child (widget_class, WeftStartPage, recent_section);
  gtk_widget_class_bind_template_child (widget_class, WeftStartPage, recent);
  gtk_widget_class_bind_template_callback (widget_class, recent_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, level_cb);
  signals[SIGNAL_OPEN] = g_signal_new ("open", WEFT_TYPE_START_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
}

static void
weft_start_page_init (WeftStartPage *page)
{
  gtk_widget_init_template (GTK_WIDGET (page));
  page->loaded = weft_examples_load (FALSE);
  page->loaded_lessons = weft_examples_load (TRUE);
  add_examples (page, page->examples, page->loaded);
  add_examples (page, page->lessons, page->loaded_lessons);
  weft_start_page_refresh (page);
}
