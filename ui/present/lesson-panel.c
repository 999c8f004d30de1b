/* The lesson of a document: its text, a step at a time, and its knobs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/present/lesson-panel.h"

#include "ui/inspector/param-row.h"

#include <glib/gi18n.h>

#define WIDTH 320

struct _WeftLessonPanel
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkLabel          *title, *count, *step_title, *text;
  GtkWidget         *knobs_title;
  GtkListBox        *knobs;
  GtkWidget         *back, *next;
  GtkScrolledWindow *scroller;

  /* Owned */
  WeftDocument *document; /* NULL: none */
  WeftLesson   *lesson;
  GPtrArray    *rows; /* of WeftParamRow, borrowed from the list */

  /* Plain values */
  guint step;
};

enum
{
  SIGNAL_STEP,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftLessonPanel, weft_lesson_panel, ADW_TYPE_BIN)

/* ---- Knobs ---- */

static gboolean
apply_cb (WeftParamRow *row, const char *name, WeftJson *value, gpointer data, GError **error)
{
  WeftLessonPanel *panel = data;
  return weft_lesson_turn (panel->document, g_object_get_data (G_OBJECT (row), "weft-knob"), value,
                           error);
}

static void
update_knobs (WeftLessonPanel *panel)
{
  for (guint i = 0; i < panel->rows->len; i++)
    weft_param_row_set_value (panel->rows->pdata[i],
                              weft_lesson_knob_value (panel->document, &panel->lesson->knobs[i]));
}

static void
clear_knobs (WeftLessonPanel *panel)
{
  GtkListBoxRow *row;
  g_ptr_array_set_size (panel->rows, 0);
  while ((row = gtk_list_box_get_row_at_index (panel->knobs, 0)) != NULL)
    gtk_list_box_remove (panel->knobs, GTK_WIDGET (row));
}

static void
build_knobs (WeftLessonPanel *panel)
{
  for (guint i = 0; i < panel->lesson->n_knobs; i++)
    {
      WeftLessonKnob *knob = &panel->lesson->knobs[i];
      WeftParamFace   face = { .param = &knob->param,
                               .title = knob->title != NULL ? _ (knob->title) : NULL };
      WeftParamRow   *row = weft_param_row_new (&face, apply_cb, panel);
      g_object_set_data (G_OBJECT (row), "weft-knob", knob);
      gtk_list_box_append (panel->knobs, GTK_WIDGET (row));
      g_ptr_array_add (panel->rows, row);
    }
  gtk_widget_set_visible (GTK_WIDGET (panel->knobs), panel->rows->len > 0);
  gtk_widget_set_visible (panel->knobs_title, panel->rows->len > 0);
}

static void
document_changed_cb (WeftDocument *document, const WeftChange *change, WeftLessonPanel *panel)
{
  if ((change->flags & (WEFT_CHANGE_NODES | WEFT_CHANGE_TRAINING | WEFT_CHANGE_EVERYTHING)) != 0)
    update_knobs (panel);
}

/* ---- Steps ---- */

static void
show_step (WeftLessonPanel *panel)
{
  const WeftLessonStep *step = &panel->lesson->steps[panel->step];
  guint                 n = panel->lesson->n_steps;
  /* Translators: which step of a lesson, and of how many */
  g_autofree char *count = g_strdup_printf (_ ("Step %u of %u"), panel->step + 1, n);
  gtk_label_set_label (panel->count, count);
  gtk_label_set_label (panel->step_title, step->title != NULL ? _ (step->title) : "");
  gtk_widget_set_visible (GTK_WIDGET (panel->step_title), step->title != NULL);
  gtk_label_set_label (panel->text, *step->text != '\0' ? _ (step->text) : "");
  gtk_widget_set_sensitive (panel->back, panel->step > 0);
  gtk_widget_set_sensitive (panel->next, panel->step + 1 < n);
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (panel->scroller), 0);
  g_signal_emit (panel, signals[SIGNAL_STEP], 0, panel->step);
}

/**
 * weft_lesson_panel_go:
 * @panel: the panel
 * @by: steps on, or back where negative; not beyond the first and the last
 */
void
weft_lesson_panel_go (WeftLessonPanel *panel, int by)
{
  if (panel->lesson == NULL)
    return;
  int wanted = CLAMP ((int) panel->step + by, 0, (int) panel->lesson->n_steps - 1);
  if ((guint) wanted == panel->step)
    return;
  panel->step = (guint) wanted;
  show_step (panel);
}

static void
back_cb (WeftLessonPanel *panel)
{
  weft_lesson_panel_go (panel, -1);
}

static void
next_cb (WeftLessonPanel *panel)
{
  weft_lesson_panel_go (panel, 1);
}

/**
 * weft_lesson_panel_get_step:
 *
 * Returns: (transfer none) (nullable): the step that is shown; NULL: no lesson
 */
const WeftLessonStep *
weft_lesson_panel_get_step (WeftLessonPanel *panel)
{
  return panel->lesson != NULL ? &panel->lesson->steps[panel->step] : NULL;
}

static void
leave_document (WeftLessonPanel *panel)
{
  if (panel->document != NULL)
    g_signal_handlers_disconnect_by_data (panel->document, panel);
  clear_knobs (panel);
  g_clear_object (&panel->document);
  g_clear_pointer (&panel->lesson, weft_lesson_free);
}

/**
 * weft_lesson_panel_set_document:
 * @panel: the panel
 * @document: (nullable): whose lesson; NULL: none
 * @error: return location
 *
 * Returns: TRUE if there is a lesson to show
 * Errors: WEFT_DOCUMENT_ERROR_FORMAT
 */
gboolean
weft_lesson_panel_set_document (WeftLessonPanel *panel, WeftDocument *document, GError **error)
{
  leave_document (panel);
  panel->lesson = document != NULL ? weft_lesson_new (document, error) : NULL;
  if (panel->lesson == NULL)
    return FALSE;
  panel->document = g_object_ref (document);
  panel->step = 0;
  const char *title =
    panel->lesson->title != NULL ? panel->lesson->title : weft_document_get_title (document);
  gtk_label_set_label (panel->title, title != NULL && *title != '\0' ? _ (title) : "");
  build_knobs (panel);
  update_knobs (panel);
  g_signal_connect (document, "changed", G_CALLBACK (document_changed_cb), panel);
  show_step (panel);
  return TRUE;
}

/* ---- Widget ---- */

static GtkLabel *
new_label (const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, css_class);
  return GTK_LABEL (label);
}

static GtkWidget *
new_page (WeftLessonPanel *panel)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  panel->title = new_label ("title-3");
  panel->count = g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS,
                               "xalign", 0.0, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (panel->count), "dim-label");
  panel->step_title = new_label ("heading");
  panel->text = new_label ("body");
  gtk_label_set_selectable (panel->text, TRUE);
  GtkLabel *knobs_title = new_label ("section");
  gtk_label_set_label (knobs_title, _ ("Knobs"));
  panel->knobs_title = GTK_WIDGET (knobs_title);
  panel->knobs = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (panel->knobs, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (panel->knobs), "form");
  gtk_accessible_update_property (GTK_ACCESSIBLE (panel->knobs), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Knobs"), -1);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (panel->title));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (panel->count));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (panel->step_title));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (panel->text));
  gtk_box_append (GTK_BOX (box), panel->knobs_title);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (panel->knobs));
  gtk_widget_add_css_class (box, "inspector-page");
  return box;
}

static GtkWidget *
new_bar (WeftLessonPanel *panel)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  panel->back = gtk_button_new_with_mnemonic (_ ("_Back"));
  panel->next = gtk_button_new_with_mnemonic (_ ("_Next"));
  gtk_widget_add_css_class (panel->next, "suggested-action");
  gtk_box_set_homogeneous (GTK_BOX (bar), TRUE);
  gtk_box_append (GTK_BOX (bar), panel->back);
  gtk_box_append (GTK_BOX (bar), panel->next);
  gtk_widget_add_css_class (bar, "lesson-bar");
  g_signal_connect_swapped (panel->back, "clicked", G_CALLBACK (back_cb), panel);
  g_signal_connect_swapped (panel->next, "clicked", G_CALLBACK (next_cb), panel);
  return bar;
}

static void
weft_lesson_panel_dispose (GObject *object)
{
  WeftLessonPanel *panel = WEFT_LESSON_PANEL (object);
  leave_document (panel);
  G_OBJECT_CLASS (weft_lesson_panel_parent_class)->dispose (object);
}

static void
weft_lesson_panel_finalize (GObject *object)
{
  g_ptr_array_unref (WEFT_LESSON_PANEL (object)->rows);
  G_OBJECT_CLASS (weft_lesson_panel_parent_class)->finalize (object);
}

static void
weft_lesson_panel_class_init (WeftLessonPanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_lesson_panel_dispose;
  G_OBJECT_CLASS (klass)->finalize = weft_lesson_panel_finalize;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
  signals[SIGNAL_STEP] = g_signal_new ("step", WEFT_TYPE_LESSON_PANEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
weft_lesson_panel_init (WeftLessonPanel *panel)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  panel->rows = g_ptr_array_new ();
  panel->scroller = GTK_SCROLLED_WINDOW (gtk_scrolled_window_new ());
  gtk_scrolled_window_set_policy (panel->scroller, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (panel->scroller, new_page (panel));
  gtk_widget_set_vexpand (GTK_WIDGET (panel->scroller), TRUE);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (panel->scroller));
  gtk_box_append (GTK_BOX (box), new_bar (panel));
  gtk_widget_set_size_request (box, WIDTH, -1);
  adw_bin_set_child (ADW_BIN (panel), box);
  gtk_widget_add_css_class (GTK_WIDGET (panel), "side");
  gtk_widget_add_css_class (GTK_WIDGET (panel), "lesson-panel");
  gtk_accessible_update_property (GTK_ACCESSIBLE (panel), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Lesson"), -1);
}

/** weft_lesson_panel_new: a panel that shows no lesson yet. Floating. */
GtkWidget *
weft_lesson_panel_new (void)
{
  return g_object_new (WEFT_TYPE_LESSON_PANEL, NULL);
}
