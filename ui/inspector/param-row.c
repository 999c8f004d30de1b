/* One row of a form: the name of a parameter and what it is changed with.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspector/param-row.h"

#include "ui/inspector/param-text.h"
#include "ui/shared/outside-text.h"

#include <glib/gi18n.h>
#include <math.h>

/* A label keeps so much beside its control, and has more lines where it is longer. */
#define LABEL_CHARS 10
/* Around text of several lines, whose background has round corners. */
#define VIEW_MARGIN_PX 6

struct _WeftParamRow
{
  GtkListBoxRow parent_instance;

  /* Children, borrowed; of the controls only the one of the parameter's kind is there */
  GtkLabel    *message;
  GtkBox      *line;
  GtkEntry    *entry;
  GtkTextView *view;
  GtkSwitch   *toggle;
  GtkDropDown *choice;
  GtkLabel    *mixed; /* beside a switch; NULL: it never was mixed */

  /* Borrowed */
  const WeftParam *param;
  WeftParamApply   apply;
  gpointer         apply_data;

  /* Owned */
  char **values; /* of the choice */
  char  *shown;  /* the text as it was set last */

  /* Plain values */
  gboolean setting; /* the control is being told, it does not ask */
  gboolean is_mixed;
  gboolean patient; /* arrows change the text; nothing is asked before Enter */
};

G_DEFINE_FINAL_TYPE (WeftParamRow, weft_param_row, GTK_TYPE_LIST_BOX_ROW)

/* How many Latin letters are as wide; a Chinese sign is as wide as two. */
static int
count_columns (const char *text)
{
  int n = 0;
  for (; *text != '\0'; text = g_utf8_next_char (text))
    n += g_unichar_iswide (g_utf8_get_char (text)) ? 2 : 1;
  return n;
}

static void
show_message (WeftParamRow *row, const char *message)
{
  GtkWidget *control = row->entry != NULL ? GTK_WIDGET (row->entry) : GTK_WIDGET (row->view);
  gtk_label_set_label (row->message, message != NULL ? message : "");
  gtk_widget_set_visible (GTK_WIDGET (row->message), message != NULL);
  if (control == NULL)
    return;
  if (message != NULL)
    gtk_widget_add_css_class (control, "error");
  else
    gtk_widget_remove_css_class (control, "error");
  gtk_accessible_update_state (
    GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_STATE_INVALID,
    message != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
}

static char *
dup_text (WeftParamRow *row)
{
  if (row->entry != NULL)
    return g_strdup (gtk_editable_get_text (GTK_EDITABLE (row->entry)));
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (row->view);
  GtkTextIter    start, end;
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
}

static void
ask (WeftParamRow *row, WeftJson *value)
{
  g_autoptr (GError) error = NULL;
  g_object_ref (row);
  if (!row->apply (row, row->param->name, value, row->apply_data, &error))
    show_message (row, error->message);
  else
    {
      show_message (row, NULL);
      /* What stands there now is the document's, also where an undo comes before the next look at
       * it. */
      if (row->entry != NULL || row->view != NULL)
        {
          g_free (row->shown);
          row->shown = dup_text (row);
        }
    }
  g_object_unref (row);
}

/**
 * weft_param_row_commit:
 * @row: a row
 *
 * Asks for what has been typed and not been asked for yet.
 */
void
weft_param_row_commit (WeftParamRow *row)
{
  if (row->entry == NULL && row->view == NULL)
    return;
  g_autofree char *text = dup_text (row);
  if (g_strcmp0 (text, row->shown) == 0)
    {
      show_message (row, NULL);
      return;
    }
  g_autoptr (GError) error = NULL;
  WeftJson *value = NULL;
  if (weft_param_from_text (row->param, text, &value, &error))
    ask (row, value);
  else
    show_message (row, error->message);
}

/**
 * weft_param_row_revert:
 * @row: a row
 *
 * Brings back what the document says.
 */
void
weft_param_row_revert (WeftParamRow *row)
{
  if (row->entry == NULL && row->view == NULL)
    return;
  g_autofree char *shown = g_strdup (row->shown != NULL ? row->shown : "");
  if (row->entry != NULL)
    gtk_editable_set_text (GTK_EDITABLE (row->entry), shown);
  else
    gtk_text_buffer_set_text (gtk_text_view_get_buffer (row->view), shown, -1);
  show_message (row, NULL);
}

static void
propose (WeftParamRow *row, WeftJson *value)
{
  if (!row->patient)
    {
      ask (row, value);
      return;
    }
  g_autofree char *text = weft_param_to_text (row->param, value);
  gtk_editable_set_text (GTK_EDITABLE (row->entry), text);
  weft_json_unref (value);
}

/* Of numbers that are not whole: a step of about a tenth, with Shift of a hundredth. */
static void
step_number (WeftParamRow *row, double by, gboolean fine)
{
  g_autofree char *text = dup_text (row);
  char            *end;
  double           number = g_ascii_strtod (text, &end);
  if (end != text && *end == '\0' && isfinite (number))
    propose (row, weft_param_move (row->param, number, by, fine));
}

static void
step (WeftParamRow *row, gint64 by)
{
  g_autofree char *text = dup_text (row);
  char            *end;
  gint64           number = g_ascii_strtoll (text, &end, 10);
  if (end == text || *end != '\0')
    return;
  double wanted = CLAMP ((double) (number + by), row->param->minimum, row->param->maximum);
  if (wanted != (double) number)
    propose (row, weft_json_new_int ((gint64) wanted));
}

static void
less_cb (WeftParamRow *row)
{
  step (row, -1);
}

static void
more_cb (WeftParamRow *row)
{
  step (row, 1);
}

static gboolean
key_cb (GtkEventControllerKey *controller,
        guint                  key,
        guint                  code,
        GdkModifierType        modifiers,
        WeftParamRow          *row)
{
  gboolean is_int = row->param->kind == WEFT_PARAM_INT && row->entry != NULL;
  if (key == GDK_KEY_Escape && weft_param_row_is_wrong (row))
    {
      weft_param_row_revert (row);
      return GDK_EVENT_STOP;
    }
  if (row->view != NULL && (key == GDK_KEY_Return || key == GDK_KEY_KP_Enter) &&
      (modifiers & GDK_CONTROL_MASK) != 0)
    {
      weft_param_row_commit (row);
      return GDK_EVENT_STOP;
    }
  if (row->param->kind == WEFT_PARAM_NUMBER && row->entry != NULL &&
      (key == GDK_KEY_Up || key == GDK_KEY_Down))
    {
      step_number (row, key == GDK_KEY_Up ? 1 : -1, (modifiers & GDK_SHIFT_MASK) != 0);
      return GDK_EVENT_STOP;
    }
  if (is_int && (key == GDK_KEY_Up || key == GDK_KEY_Down))
    {
      step (row, (key == GDK_KEY_Up ? 1 : -1) * (modifiers & GDK_SHIFT_MASK ? 10 : 1));
      return GDK_EVENT_STOP;
    }
  return GDK_EVENT_PROPAGATE;
}

static void
toggled_cb (WeftParamRow *row)
{
  if (!row->setting)
    ask (row, weft_json_new_bool (gtk_switch_get_active (row->toggle)));
}

static void
chosen_cb (WeftParamRow *row)
{
  guint selected = gtk_drop_down_get_selected (row->choice);
  if (!row->setting && selected < g_strv_length (row->values))
    ask (row, *row->values[selected] == '\0' ? NULL : weft_json_new_string (row->values[selected]));
}

static void
name_control (WeftParamRow *row, GtkWidget *control, const char *title)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  -1);
  if (row->param->summary != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                    _ (row->param->summary), -1);
}

static void
outside_cb (gpointer row)
{
  weft_param_row_commit (row);
}

static void
watch_text (WeftParamRow *row, GtkWidget *control)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), row);
  gtk_widget_add_controller (control, keys);
  GtkEventController *focus = gtk_event_controller_focus_new ();
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (weft_param_row_commit), row);
  gtk_widget_add_controller (control, focus);
  weft_outside_text_watch (control, outside_cb, row);
}

static void
add_step_button (
  WeftParamRow *row, const char *icon, const char *format, const char *title, GCallback callback)
{
  GtkWidget       *button = gtk_button_new_from_icon_name (icon);
  g_autofree char *label = g_strdup_printf (format, title);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "step");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_focusable (button, FALSE); /* the entry's Up and Down do the same */
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  g_signal_connect_swapped (button, "clicked", callback, row);
  gtk_box_append (row->line, button);
}

/* Values are code: they run from left to right in every language, and stand at the end of the row.
 */
static void
set_value_direction (GtkEditable *editable)
{
  gboolean   mirrored = gtk_widget_get_default_direction () == GTK_TEXT_DIR_RTL;
  GtkWidget *text = GTK_WIDGET (gtk_editable_get_delegate (editable));
  gtk_widget_set_direction (text, GTK_TEXT_DIR_LTR);
  for (GtkWidget *part = gtk_widget_get_first_child (text); part != NULL;
       part = gtk_widget_get_next_sibling (part))
    gtk_widget_set_direction (part, GTK_TEXT_DIR_LTR); /* the placeholder */
  gtk_editable_set_alignment (editable, mirrored ? 0 : 1);
}

static const char *
get_placeholder (WeftParamRow *row)
{
  gboolean number = row->param->kind == WEFT_PARAM_INT || row->param->kind == WEFT_PARAM_NUMBER;
  return number ? _ ("none") : NULL;
}

static void
add_entry (WeftParamRow *row, const char *title)
{
  row->entry = GTK_ENTRY (gtk_entry_new ());
  gtk_entry_set_has_frame (row->entry, FALSE);
  gtk_editable_set_width_chars (GTK_EDITABLE (row->entry), 4);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (row->entry),
                                    4); /* and all that the title leaves */
  gtk_widget_set_hexpand (GTK_WIDGET (row->entry), TRUE);
  gtk_entry_set_placeholder_text (row->entry, get_placeholder (row));
  set_value_direction (GTK_EDITABLE (row->entry));
  gtk_widget_add_css_class (GTK_WIDGET (row->entry), "value");
  g_signal_connect_swapped (row->entry, "activate", G_CALLBACK (weft_param_row_commit), row);
  watch_text (row, GTK_WIDGET (row->entry));
  name_control (row, GTK_WIDGET (row->entry), title);
  gtk_box_append (row->line, GTK_WIDGET (row->entry));
  if (row->param->kind != WEFT_PARAM_INT)
    return;
  add_step_button (row, "list-remove-symbolic", _ ("Less: %s"), title, G_CALLBACK (less_cb));
  add_step_button (row, "list-add-symbolic", _ ("More: %s"), title, G_CALLBACK (more_cb));
}

static void
add_view (WeftParamRow *row, const char *title)
{
  row->view = GTK_TEXT_VIEW (gtk_text_view_new ());
  gtk_text_view_set_monospace (row->view, TRUE);
  gtk_widget_set_direction (GTK_WIDGET (row->view), GTK_TEXT_DIR_LTR);
  gtk_text_view_set_wrap_mode (row->view, GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_accepts_tab (row->view, FALSE);
  gtk_text_view_set_top_margin (row->view, VIEW_MARGIN_PX);
  gtk_text_view_set_bottom_margin (row->view, VIEW_MARGIN_PX);
  gtk_text_view_set_left_margin (row->view, VIEW_MARGIN_PX);
  gtk_text_view_set_right_margin (row->view, VIEW_MARGIN_PX);
  gtk_widget_add_css_class (GTK_WIDGET (row->view), "value");
  watch_text (row, GTK_WIDGET (row->view));
  name_control (row, GTK_WIDGET (row->view), title);
  gtk_box_append (GTK_BOX (gtk_widget_get_parent (GTK_WIDGET (row->line))), GTK_WIDGET (row->view));
}

static void
add_switch (WeftParamRow *row, const char *title)
{
  row->toggle = GTK_SWITCH (gtk_switch_new ());
  gtk_widget_set_hexpand (GTK_WIDGET (row->toggle), TRUE);
  gtk_widget_set_halign (GTK_WIDGET (row->toggle), GTK_ALIGN_END);
  gtk_widget_set_valign (GTK_WIDGET (row->toggle), GTK_ALIGN_CENTER);
  g_signal_connect_swapped (row->toggle, "notify::active", G_CALLBACK (toggled_cb), row);
  name_control (row, GTK_WIDGET (row->toggle), title);
  gtk_box_append (row->line, GTK_WIDGET (row->toggle));
}

static void
add_choice (WeftParamRow *row, const WeftParamFace *face, const char *title)
{
  const char *const *values =
    face->values != NULL ? face->values : (const char *const *) face->param->choices;
  row->values = g_strdupv ((char **) values);
  row->choice =
    GTK_DROP_DOWN (gtk_drop_down_new_from_strings (face->titles != NULL ? face->titles : values));
  gtk_widget_set_hexpand (GTK_WIDGET (row->choice), TRUE);
  gtk_widget_set_halign (GTK_WIDGET (row->choice), GTK_ALIGN_END);
  gtk_widget_add_css_class (GTK_WIDGET (row->choice), "value");
  g_signal_connect_swapped (row->choice, "notify::selected", G_CALLBACK (chosen_cb), row);
  name_control (row, GTK_WIDGET (row->choice), title);
  gtk_box_append (row->line, GTK_WIDGET (row->choice));
}

/* NULL-terminated names of the element types. */
static char **
dup_dtype_names (gboolean optional)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  if (optional)
    g_strv_builder_add (names, "");
  for (guint i = 0; i < WEFT_N_DTYPES; i++)
    g_strv_builder_add (names, weft_dtypes[i].name);
  return g_strv_builder_end (names);
}

static void
add_control (WeftParamRow *row, const WeftParamFace *face, const char *title)
{
  if (face->values != NULL || row->param->choices != NULL)
    {
      add_choice (row, face, title);
      return;
    }
  switch (row->param->kind)
    {
    case WEFT_PARAM_BOOL:
      add_switch (row, title);
      return;
    case WEFT_PARAM_DTYPE:
      {
        g_auto (GStrv) names = dup_dtype_names (row->param->optional);
        WeftParamFace with_names = *face;
        with_names.values = (const char *const *) names;
        add_choice (row, &with_names, title);
        return;
      }
    case WEFT_PARAM_INT:
    case WEFT_PARAM_NUMBER:
    case WEFT_PARAM_CHOICE:
    case WEFT_PARAM_TEXT:
    case WEFT_PARAM_SHAPE:
    case WEFT_PARAM_AXES:
    case WEFT_PARAM_JSON:
      break;
    }
  if (face->block)
    add_view (row, title);
  else
    add_entry (row, title);
}

/**
 * weft_param_row_get_name:
 * @row: a row
 *
 * Returns: (transfer none): the parameter's
 */
const char *
weft_param_row_get_name (WeftParamRow *row)
{
  return row->param->name;
}

/**
 * weft_param_row_is_wrong:
 * @row: a row
 *
 * Returns: TRUE while it shows a message about what was typed
 */
gboolean
weft_param_row_is_wrong (WeftParamRow *row)
{
  return gtk_widget_get_visible (GTK_WIDGET (row->message));
}

/**
 * weft_param_row_get_message:
 * @row: a row
 *
 * Returns: (transfer none) (nullable): what is wrong with what was typed
 */
const char *
weft_param_row_get_message (WeftParamRow *row)
{
  return weft_param_row_is_wrong (row) ? gtk_label_get_label (row->message) : NULL;
}

/**
 * weft_param_row_is_text:
 * @row: a row
 *
 * Returns: TRUE if its value is typed, neither switched nor chosen
 */
gboolean
weft_param_row_is_text (WeftParamRow *row)
{
  return row->entry != NULL || row->view != NULL;
}

/**
 * weft_param_row_set_patient:
 * @row: a row
 *
 * Arrow keys and buttons change the text from now on; the change is asked for with Enter, or when
 * the focus leaves.
 */
void
weft_param_row_set_patient (WeftParamRow *row)
{
  row->patient = TRUE;
}

/**
 * weft_param_row_focus:
 * @row: a row
 *
 * Puts the focus into its control; what stands there is selected, so that typing replaces it.
 */
void
weft_param_row_focus (WeftParamRow *row)
{
  GtkWidget *control = row->entry    ? GTK_WIDGET (row->entry)
                       : row->view   ? GTK_WIDGET (row->view)
                       : row->toggle ? GTK_WIDGET (row->toggle)
                                     : GTK_WIDGET (row->choice);
  gtk_widget_grab_focus (control);
  if (row->entry != NULL)
    gtk_editable_select_region (GTK_EDITABLE (row->entry), 0, -1);
}

static void
set_text (WeftParamRow *row, const char *text)
{
  g_free (row->shown);
  row->shown = g_strdup (text);
  if (row->entry != NULL)
    gtk_editable_set_text (GTK_EDITABLE (row->entry), text);
  else
    gtk_text_buffer_set_text (gtk_text_view_get_buffer (row->view), text, -1);
}

/* What stands for "several values": words of an entry that is empty, one more choice, words beside
 * a switch. */
static void
mark_mixed (WeftParamRow *row, gboolean mixed)
{
  if (row->is_mixed == mixed)
    return;
  row->is_mixed = mixed;
  if (row->entry != NULL)
    gtk_entry_set_placeholder_text (row->entry, mixed ? _ ("different") : get_placeholder (row));
  else if (row->choice != NULL)
    {
      const char *added[] = { _ ("different"), NULL };
      gtk_string_list_splice (GTK_STRING_LIST (gtk_drop_down_get_model (row->choice)),
                              g_strv_length (row->values), mixed ? 0 : 1, mixed ? added : NULL);
    }
  else if (row->toggle != NULL && row->mixed == NULL)
    {
      row->mixed = GTK_LABEL (gtk_label_new (_ ("different")));
      gtk_widget_add_css_class (GTK_WIDGET (row->mixed), "dim-label");
      gtk_widget_set_hexpand (GTK_WIDGET (row->mixed), TRUE);
      gtk_widget_set_halign (GTK_WIDGET (row->mixed), GTK_ALIGN_END);
      gtk_widget_set_hexpand (GTK_WIDGET (row->toggle), FALSE);
      gtk_box_insert_child_after (row->line, GTK_WIDGET (row->mixed),
                                  gtk_widget_get_prev_sibling (GTK_WIDGET (row->toggle)));
    }
  if (row->mixed != NULL)
    gtk_label_set_label (row->mixed, mixed ? _ ("different") : "");
}

/**
 * weft_param_row_set_mixed:
 * @row: a row
 *
 * Says that what the row stands for has several values. Text that is being typed stays.
 */
void
weft_param_row_set_mixed (WeftParamRow *row)
{
  row->setting = TRUE;
  if ((row->entry != NULL || row->view != NULL) && !row->is_mixed)
    set_text (row, "");
  mark_mixed (row, TRUE);
  if (row->toggle != NULL)
    gtk_switch_set_active (row->toggle, FALSE);
  else if (row->choice != NULL)
    gtk_drop_down_set_selected (row->choice, g_strv_length (row->values));
  row->setting = FALSE;
}

/**
 * weft_param_row_set_value:
 * @row: a row
 * @value: (nullable) (transfer none): what the document says; NULL: nothing, the default holds
 *
 * Shows the value. Text that is being typed stays if the value has not changed.
 */
void
weft_param_row_set_value (WeftParamRow *row, WeftJson *value)
{
  WeftJson *shown = value != NULL ? value : row->param->otherwise;
  row->setting = TRUE;
  mark_mixed (row, FALSE);
  if (row->toggle != NULL)
    gtk_switch_set_active (row->toggle, weft_json_bool (shown, FALSE));
  else if (row->choice != NULL)
    {
      guint selected = GTK_INVALID_LIST_POSITION;
      for (guint i = 0; row->values[i] != NULL; i++)
        if (g_str_equal (row->values[i], weft_json_string (shown, "")))
          selected = i;
      gtk_drop_down_set_selected (row->choice, selected);
    }
  else
    {
      g_autofree char *text = weft_param_to_text (row->param, value);
      if (g_strcmp0 (text, row->shown) != 0)
        {
          set_text (row, text);
          show_message (row, NULL);
        }
    }
  row->setting = FALSE;
}

static void
weft_param_row_finalize (GObject *object)
{
  WeftParamRow *row = WEFT_PARAM_ROW (object);
  g_strfreev (row->values);
  g_free (row->shown);
  G_OBJECT_CLASS (weft_param_row_parent_class)->finalize (object);
}

static void
weft_param_row_class_init (WeftParamRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_param_row_finalize;
}

static void
weft_param_row_init (WeftParamRow *row)
{
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (GTK_WIDGET (row), FALSE);
}

/**
 * weft_param_row_new:
 * @face: what the row is made from
 * @apply: (scope notified): called for each change that a person asks for
 * @data: for @apply
 *
 * Returns: (transfer floating): a row that shows nothing yet
 */
WeftParamRow *
weft_param_row_new (const WeftParamFace *face, WeftParamApply apply, gpointer data)
{
  WeftParamRow    *row = g_object_new (WEFT_TYPE_PARAM_ROW, NULL);
  g_autofree char *title =
    face->title != NULL ? g_strdup (face->title) : weft_param_title (face->param->name);
  row->param = face->param;
  row->apply = apply;
  row->apply_data = data;

  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  row->line = GTK_BOX (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (row->line));
  GtkWidget *label = gtk_label_new (title);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_width_chars (GTK_LABEL (label), MIN (LABEL_CHARS, count_columns (title)));
  gtk_box_append (row->line, label);
  row->message = GTK_LABEL (gtk_label_new (NULL));

  add_control (row, face, title);
  gtk_label_set_xalign (row->message, 0);
  gtk_label_set_wrap (row->message, TRUE);
  gtk_label_set_wrap_mode (row->message, PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (GTK_WIDGET (row->message), "error");
  gtk_widget_add_css_class (GTK_WIDGET (row->message), "caption");
  gtk_widget_set_visible (GTK_WIDGET (row->message), FALSE);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (row->message));
  if (row->param->summary != NULL)
    gtk_widget_set_tooltip_text (GTK_WIDGET (row), _ (row->param->summary));
  return row;
}
