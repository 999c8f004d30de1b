/* The dialog that makes a lesson; see lesson-editor.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/present/lesson-editor.h"

#include "engine/document/catalogue.h"
#include "engine/document/lesson.h"
#include "ui/inspector/param-text.h"
#include "ui/present/lesson-text.h"

#include <glib/gi18n.h>

#define TEXT_MARGIN 9

/* Of the training, what needs no list of choices; as the form calls it. */
static const struct
{
  const char *name, *title;
} TRAINING[] = {
  { "rate", N_ ("Rate") },
  { "batch", N_ ("Batch") },
  { "epochs", N_ ("Epochs") },
  { "steps", N_ ("Steps") },
  { "seed", N_ ("Seed") },
  { "l1", N_ ("L1 penalty") },
  { "l2", N_ ("L2 penalty") },
};

struct _WeftLessonEditor
{
  AdwWindow parent_instance;

  /* Children, borrowed */
  GtkEntry    *title;
  GtkListBox  *knobs;
  GtkTextView *steps;
  GtkLabel    *message;

  /* Owned */
  WeftDocument *document;
};

G_DEFINE_FINAL_TYPE (WeftLessonEditor, weft_lesson_editor, ADW_TYPE_WINDOW)

/* ---- Knobs ---- */

static gboolean
is_same_knob (WeftJson *a, WeftJson *b)
{
  static const char *const keys[] = { "node", "param", "training" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_strcmp0 (weft_json_get_string (a, keys[i], NULL),
                   weft_json_get_string (b, keys[i], NULL)) != 0)
      return FALSE;
  return TRUE;
}

/* The knob as the lesson has it, with its bounds and texts; NULL: it has none such. */
static WeftJson *
find_knob (WeftJson *lesson, WeftJson *knob)
{
  WeftJson *knobs = lesson != NULL ? weft_json_get (lesson, "knobs") : NULL;

  for (guint i = 0; knobs != NULL && i < weft_json_length (knobs); i++)
    if (is_same_knob (weft_json_at (knobs, i), knob))
      return weft_json_at (knobs, i);
  return NULL;
}

static void
add_knob (WeftLessonEditor *editor, WeftJson *lesson, WeftJson *take_knob, const char *name)
{
  WeftJson  *known = find_knob (lesson, take_knob);
  GtkWidget *check = gtk_check_button_new_with_label (name);

  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), known != NULL);
  g_object_set_data_full (G_OBJECT (check), "weft-knob",
                          weft_json_copy (known != NULL ? known : take_knob),
                          (GDestroyNotify) weft_json_unref);
  weft_json_unref (take_knob);
  gtk_list_box_append (editor->knobs, check);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (gtk_widget_get_parent (check)), FALSE);
  gtk_widget_set_focusable (gtk_widget_get_parent (check), FALSE);
}

/* Whether a value of the kind has a control in the lesson's panel. */
static gboolean
can_be_knob (const WeftParam *param)
{
  return param->kind == WEFT_PARAM_INT || param->kind == WEFT_PARAM_NUMBER ||
         param->kind == WEFT_PARAM_BOOL ||
         (param->kind == WEFT_PARAM_CHOICE && param->choices != NULL);
}

static void
list_knobs (WeftLessonEditor *editor, WeftJson *lesson)
{
  for (guint i = 0; i < G_N_ELEMENTS (TRAINING); i++)
    {
      WeftJson        *knob = weft_json_new_object ();
      g_autofree char *name = g_strdup_printf (_ ("Training: %s"), _ (TRAINING[i].title));

      weft_json_set_string (knob, "training", TRAINING[i].name);
      add_knob (editor, lesson, knob, name);
    }
  for (guint i = 0; i < weft_document_n_nodes (editor->document); i++)
    {
      const WeftNode  *node = weft_document_node_at (editor->document, i);
      guint            n = 0;
      const WeftParam *params = weft_catalogue_params (node->op, &n);

      for (guint k = 0; k < n; k++)
        if (can_be_knob (&params[k]))
          {
            WeftJson        *knob = weft_json_new_object ();
            g_autofree char *title = weft_param_title (params[k].name);
            g_autofree char *name = g_strdup_printf ("%s: %s", node->id, title);

            weft_json_set_string (knob, "node", node->id);
            weft_json_set_string (knob, "param", params[k].name);
            add_knob (editor, lesson, knob, name);
          }
    }
}

static WeftJson *
chosen_knobs (WeftLessonEditor *editor)
{
  WeftJson      *knobs = weft_json_new_array ();
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (editor->knobs, i)) != NULL; i++)
    {
      GtkWidget *check = gtk_list_box_row_get_child (row);

      if (gtk_check_button_get_active (GTK_CHECK_BUTTON (check)))
        weft_json_append (knobs, weft_json_ref (g_object_get_data (G_OBJECT (check), "weft-knob")));
    }
  return knobs;
}

/* Knobs that the list does not offer, such as the rule, stay. */
static void
keep_other_knobs (WeftLessonEditor *editor, WeftJson *lesson, WeftJson *knobs)
{
  WeftJson *old = lesson != NULL ? weft_json_get (lesson, "knobs") : NULL;

  for (guint i = 0; old != NULL && i < weft_json_length (old); i++)
    {
      WeftJson      *knob = weft_json_at (old, i);
      gboolean       offered = FALSE;
      GtkListBoxRow *row;

      for (int k = 0; (row = gtk_list_box_get_row_at_index (editor->knobs, k)) != NULL; k++)
        offered =
          offered ||
          is_same_knob (
            g_object_get_data (G_OBJECT (gtk_list_box_row_get_child (row)), "weft-knob"), knob);
      if (!offered)
        weft_json_append (knobs, weft_json_copy (knob));
    }
}

/* ---- Keeping ---- */

gboolean
weft_lesson_editor_keep (WeftLessonEditor *editor)
{
  WeftJson        *old = weft_document_get_member (editor->document, "lesson");
  WeftJson        *lesson = old != NULL ? weft_json_copy (old) : weft_json_new_object ();
  WeftJson        *knobs = chosen_knobs (editor);
  const char      *title = gtk_editable_get_text (GTK_EDITABLE (editor->title));
  GtkTextBuffer   *buffer = gtk_text_view_get_buffer (editor->steps);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_object_get (buffer, "text", &text, NULL);
  keep_other_knobs (editor, old, knobs);
  weft_json_remove (lesson, "title");
  if (*title != '\0')
    weft_json_set_string (lesson, "title", title);
  weft_json_set (lesson, "knobs", knobs);
  weft_json_set (lesson, "steps", weft_lesson_steps_from_text (text));
  if (!weft_document_set_lesson (editor->document, lesson, &error))
    {
      gtk_label_set_label (editor->message, error->message);
      gtk_widget_set_visible (GTK_WIDGET (editor->message), TRUE);
      return FALSE;
    }
  g_signal_emit_by_name (editor, "kept");
  gtk_window_destroy (GTK_WINDOW (editor));
  return TRUE;
}

static void
remove_cb (WeftLessonEditor *editor)
{
  if (weft_document_set_lesson (editor->document, NULL, NULL))
    g_signal_emit_by_name (editor, "kept");
  gtk_window_destroy (GTK_WINDOW (editor));
}

/* ---- Widget ---- */

/* What @of is, and below it, if it needs one, an explanation. */
static void
add_heading (GtkBox *page, const char *text, const char *explanation, GtkWidget *of)
{
  GtkWidget *heading = gtk_label_new (text), *below = gtk_label_new (explanation);

  gtk_label_set_xalign (GTK_LABEL (heading), 0);
  gtk_widget_add_css_class (heading, "heading");
  gtk_box_append (page, heading);
  gtk_label_set_xalign (GTK_LABEL (below), 0);
  gtk_label_set_wrap (GTK_LABEL (below), TRUE);
  gtk_widget_add_css_class (below, "caption");
  gtk_widget_add_css_class (below, "dim-label");
  gtk_widget_set_visible (below, explanation != NULL);
  gtk_box_append (page, below);
  gtk_accessible_update_property (GTK_ACCESSIBLE (of), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  explanation != NULL ? explanation : "", -1);
}

static GtkWidget *
new_scroller (GtkWidget *child)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), child);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_widget_add_css_class (scroller, "card");
  return scroller;
}

static GtkWidget *
new_bar (WeftLessonEditor *editor)
{
  GtkWidget *bar = adw_header_bar_new ();
  GtkWidget *keep = gtk_button_new_with_mnemonic (_ ("_Keep"));
  GtkWidget *remove = gtk_button_new_with_mnemonic (_ ("_Remove the Lesson"));

  gtk_widget_add_css_class (keep, "suggested-action");
  g_signal_connect_swapped (keep, "clicked", G_CALLBACK (weft_lesson_editor_keep), editor);
  g_signal_connect_swapped (remove, "clicked", G_CALLBACK (remove_cb), editor);
  gtk_widget_set_visible (remove, weft_document_get_member (editor->document, "lesson") != NULL);
  adw_header_bar_pack_end (ADW_HEADER_BAR (bar), keep);
  adw_header_bar_pack_start (ADW_HEADER_BAR (bar), remove);
  return bar;
}

static GtkWidget *
new_page (WeftLessonEditor *editor)
{
  GtkWidget *page = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);

  editor->title = GTK_ENTRY (gtk_entry_new ());
  editor->knobs = GTK_LIST_BOX (gtk_list_box_new ());
  editor->steps = GTK_TEXT_VIEW (gtk_text_view_new ());
  editor->message = GTK_LABEL (gtk_label_new (NULL));
  gtk_list_box_set_selection_mode (editor->knobs, GTK_SELECTION_NONE);
  gtk_text_view_set_wrap_mode (editor->steps, GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_accepts_tab (editor->steps, FALSE);
  gtk_text_view_set_left_margin (editor->steps, TEXT_MARGIN);
  gtk_text_view_set_right_margin (editor->steps, TEXT_MARGIN);
  gtk_text_view_set_top_margin (editor->steps, TEXT_MARGIN);
  gtk_text_view_set_bottom_margin (editor->steps, TEXT_MARGIN);
  gtk_label_set_wrap (editor->message, TRUE);
  gtk_label_set_xalign (editor->message, 0);
  gtk_widget_add_css_class (GTK_WIDGET (editor->message), "error");
  gtk_widget_set_visible (GTK_WIDGET (editor->message), FALSE);
  add_heading (GTK_BOX (page), _ ("Title"), NULL, GTK_WIDGET (editor->title));
  gtk_box_append (GTK_BOX (page), GTK_WIDGET (editor->title));
  add_heading (GTK_BOX (page), _ ("Knobs"), _ ("Values that can be changed; all else is locked"),
               GTK_WIDGET (editor->knobs));
  gtk_box_append (GTK_BOX (page), new_scroller (GTK_WIDGET (editor->knobs)));
  add_heading (GTK_BOX (page), _ ("Steps"),
               _ ("“# Title” begins one, “view: train” and “show: hidden” may follow"),
               GTK_WIDGET (editor->steps));
  gtk_box_append (GTK_BOX (page), new_scroller (GTK_WIDGET (editor->steps)));
  gtk_box_append (GTK_BOX (page), GTK_WIDGET (editor->message));
  gtk_widget_set_margin_start (page, 12);
  gtk_widget_set_margin_end (page, 12);
  gtk_widget_set_margin_top (page, 12);
  gtk_widget_set_margin_bottom (page, 12);
  return page;
}

static void
weft_lesson_editor_dispose (GObject *object)
{
  g_clear_object (&WEFT_LESSON_EDITOR (object)->document);
  G_OBJECT_CLASS (weft_lesson_editor_parent_class)->dispose (object);
}

static void
weft_lesson_editor_class_init (WeftLessonEditorClass *class)
{
  G_OBJECT_CLASS (class)->dispose = weft_lesson_editor_dispose;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (class), GDK_KEY_Escape, 0, "window.close",
                                       NULL);
  g_signal_new ("kept", WEFT_TYPE_LESSON_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
}

static void
weft_lesson_editor_init (WeftLessonEditor *editor)
{
}

/** weft_lesson_editor_new: @document is no definition; referenced. */
WeftLessonEditor *
weft_lesson_editor_new (GtkWindow *parent, WeftDocument *document)
{
  WeftLessonEditor *editor =
    g_object_new (WEFT_TYPE_LESSON_EDITOR, "title", _ ("Lesson"), "modal", TRUE, "transient-for",
                  parent, "default-width", 560, "default-height", 620, NULL);
  WeftJson        *lesson = weft_document_get_member (document, "lesson");
  GtkWidget       *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  g_autofree char *text = NULL;

  editor->document = g_object_ref (document);
  gtk_box_append (GTK_BOX (box), new_bar (editor));
  gtk_box_append (GTK_BOX (box), new_page (editor));
  adw_window_set_content (ADW_WINDOW (editor), box);
  list_knobs (editor, lesson);
  text = lesson != NULL ? weft_lesson_steps_to_text (weft_json_get (lesson, "steps"))
                        : g_strdup (_ ("# First step\nWhat there is to see and to try."));
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (editor->steps), text, -1);
  gtk_editable_set_text (GTK_EDITABLE (editor->title),
                         lesson != NULL ? weft_json_get_string (lesson, "title", "") : "");
  return editor;
}
